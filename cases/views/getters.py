"""One getter per object: it fetches and authorises at once. What is not ours is not there (404)."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from cases.models import (
    Appointment,
    AppointmentKind,
    ChildAlert,
    ChildPlace,
    Consent,
    Document,
    Family,
    IntakeDraft,
    LegalProvider,
    NoticeRule,
    Person,
    Referral,
    WeeklySlot,
)


def family(request: Any, pk: int) -> Family:
    return get_object_or_404(Family.objects.visible_to(request.user), pk=pk)


def person(request: Any, pk: int) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user), pk=pk)


def alert(request: Any, pk: int) -> ChildAlert:
    names = ("person", "family", "notified_by", "closed_by", "place", "placed_by", "plan_recorded_by")
    alerts = ChildAlert.objects.visible_to(request.user).select_related(*names)
    return get_object_or_404(alerts, pk=pk)


def draft(request: Any, pk: Any) -> IntakeDraft:
    """An unfinished intake of this very person: nobody else's is there, not even a colleague's."""
    return get_object_or_404(IntakeDraft.objects.visible_to(request.user), pk=pk)


def appointment(request: Any, pk: int) -> Appointment:
    return get_object_or_404(Appointment.objects.visible_to(request.user).with_place(), pk=pk)


def appointment_kind(request: Any, pk: int) -> AppointmentKind:
    return get_object_or_404(AppointmentKind.objects.visible_to(request.user), pk=pk)


def notice_rule(request: Any, kind_id: int, pk: int) -> NoticeRule:
    return get_object_or_404(NoticeRule.objects.select_related("kind"), kind=appointment_kind(request, kind_id), pk=pk)


def legal_provider(request: Any, pk: int) -> LegalProvider:
    return get_object_or_404(LegalProvider.objects.visible_to(request.user), pk=pk)


def weekly_slot(request: Any, pk: int) -> WeeklySlot:
    return get_object_or_404(WeeklySlot.objects.visible_to(request.user).select_related("provider"), pk=pk)


def document(request: Any, pk: int) -> Document:
    rows = Document.objects.visible_to(request.user).select_related("family", "person", "added_by", "removed_by")
    return get_object_or_404(rows, pk=pk)


def consent(request: Any, pk: int) -> Consent:
    rows = Consent.objects.visible_to(request.user)
    names = ("family", "person", "said_by", "recipient_organisation", "by", "ended_by")
    return get_object_or_404(rows.select_related(*names), pk=pk)


def referral(request: Any, pk: int) -> Referral:
    """One that we sent."""
    names = ("family", "organisation", "to_organisation", "sent_by", "ended_by", "answered_by", "told_by")
    return get_object_or_404(Referral.objects.visible_to(request.user).select_related(*names), pk=pk)


def received(request: Any, code: UUID) -> Referral:
    """One that was sent to us, by the code that its sender's side gave it."""
    return get_object_or_404(Referral.objects.received_by(request.user).select_related("organisation"), code=code)


def child_place(request: Any, pk: int) -> ChildPlace:
    return get_object_or_404(ChildPlace.objects.visible_to(request.user), pk=pk)
