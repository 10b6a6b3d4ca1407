"""One getter per object: it fetches and authorises at once. What is not ours is not there (404)."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from cases.link_file import open_grant
from cases.models import (
    Appointment,
    AppointmentKind,
    AwaitedDate,
    CalendarFeed,
    ChildAlert,
    ChildPlace,
    Clock,
    ClockResult,
    ClockRule,
    Closure,
    Consent,
    Document,
    Family,
    FileLink,
    IntakeDraft,
    LegalProvider,
    Merge,
    NoticeRule,
    Pathway,
    Person,
    PossibleDuplicate,
    Process,
    Referral,
    ReferralGrant,
    Reminder,
    SignIn,
    SignInDuty,
    Task,
    WaitlistTurn,
    WeeklySlot,
)
from cases.process_file import processes_for_page


def family(request: Any, pk: int) -> Family:
    return get_object_or_404(Family.objects.visible_to(request.user), pk=pk)


def person(request: Any, pk: int) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user), pk=pk)


def pair(request: Any, pk: int) -> PossibleDuplicate:
    """Two files that may be one person's, as long as both are there, or were joined."""
    pairs = PossibleDuplicate.objects.visible_to(request.user).select_related("one", "other", "decided_by")
    return get_object_or_404(pairs, pk=pk)


def merge(request: Any, pk: int) -> Merge:
    merges = Merge.objects.visible_to(request.user).select_related("kept", "merged", "by", "undone_by")
    return get_object_or_404(merges, pk=pk)


def alert(request: Any, pk: int) -> ChildAlert:
    names = ("person", "family", "notified_by", "closed_by", "place", "placed_by", "plan_recorded_by")
    alerts = ChildAlert.objects.visible_to(request.user).select_related(*names)
    return get_object_or_404(alerts, pk=pk)


def draft(request: Any, pk: Any) -> IntakeDraft:
    """An unfinished intake of this very person: nobody else's is there, not even a colleague's."""
    return get_object_or_404(IntakeDraft.objects.visible_to(request.user), pk=pk)


def appointment(request: Any, pk: int) -> Appointment:
    return get_object_or_404(Appointment.objects.visible_to(request.user).with_place(), pk=pk)


def awaited(request: Any, pk: int) -> AwaitedDate:
    return get_object_or_404(AwaitedDate.objects.visible_to(request.user).with_people(), pk=pk)


def reminder(request: Any, pk: int) -> Reminder:
    """One to a family; those to the staff and on the lists of the house are nobody's slip."""
    rows = Reminder.objects.visible_to(request.user).to_families().select_related("appointment__kind")
    return get_object_or_404(rows.filter(family__isnull=False), pk=pk)


def appointment_kind(request: Any, pk: int) -> AppointmentKind:
    return get_object_or_404(AppointmentKind.objects.visible_to(request.user), pk=pk)


def calendar_feed(request: Any, pk: int) -> CalendarFeed:
    """One's own alone."""
    return get_object_or_404(CalendarFeed.objects.visible_to(request.user).of(request.user), pk=pk)


def notice_rule(request: Any, kind_id: int, pk: int) -> NoticeRule:
    return get_object_or_404(NoticeRule.objects.select_related("kind"), kind=appointment_kind(request, kind_id), pk=pk)


def legal_provider(request: Any, pk: int) -> LegalProvider:
    return get_object_or_404(LegalProvider.objects.visible_to(request.user), pk=pk)


def weekly_slot(request: Any, pk: int) -> WeeklySlot:
    return get_object_or_404(WeeklySlot.objects.visible_to(request.user).select_related("provider"), pk=pk)


def process(request: Any, pk: int) -> Process:
    return get_object_or_404(processes_for_page().visible_to(request.user), pk=pk)


def task(request: Any, pk: int) -> Task:
    return get_object_or_404(
        Task.objects.visible_to(request.user)
        .with_case()
        .select_related("clock__rule", "document", "appointment__kind"),
        pk=pk,
    )


def pathway(request: Any, pk: int) -> Pathway:
    return get_object_or_404(Pathway.objects.visible_to(request.user), pk=pk)


def duty(request: Any, pk: int) -> SignInDuty:
    rows = SignInDuty.objects.visible_to(request.user).select_related("claim__process__version", "person", "office")
    return get_object_or_404(rows, pk=pk)


def sign_in(request: Any, pk: int) -> SignIn:
    rows = SignIn.objects.filter(duty__in=SignInDuty.objects.visible_to(request.user), replaced_at=None)
    return get_object_or_404(rows.select_related("duty__claim__process__version", "duty__person"), pk=pk)


def turn(request: Any, pk: int) -> WaitlistTurn:
    rows = WaitlistTurn.objects.visible_to(request.user).select_related("process__version__pathway")
    return get_object_or_404(rows, pk=pk)


def clock(request: Any, pk: int) -> Clock:
    return get_object_or_404(Clock.objects.visible_to(request.user).with_rule(), pk=pk)


def clock_result(request: Any, pk: int) -> ClockResult:
    return get_object_or_404(ClockResult.objects.visible_to(request.user).select_related("clock"), pk=pk)


def clock_rule(request: Any, pk: int) -> ClockRule:
    """A rule in force: what was replaced is history, and nobody writes on from it."""
    rules = ClockRule.objects.visible_to(request.user).filter(replaced_at=None).select_related("authority")
    return get_object_or_404(rules, pk=pk)


def closure(request: Any, pk: int) -> Closure:
    return get_object_or_404(Closure.objects.visible_to(request.user).select_related("authority", "office"), pk=pk)


def document(request: Any, pk: int) -> Document:
    rows = Document.objects.visible_to(request.user).select_related(
        "family", "person", "added_by", "removed_by", "process__version"
    )
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


def shared_person(request: Any, code: UUID, number: int) -> ReferralGrant:
    """One person of a referral that was sent to us, by their number in it, while they are shown."""
    grant = open_grant(received(request, code), number, timezone.now())
    if grant is None:
        raise Http404
    return grant


def link(request: Any, grant: ReferralGrant) -> FileLink:
    """The file of ours that is linked with a person who is shown to us."""
    return get_object_or_404(FileLink.objects.visible_to(request.user), grant=grant, ended_at=None)


def child_place(request: Any, pk: int) -> ChildPlace:
    return get_object_or_404(ChildPlace.objects.visible_to(request.user), pk=pk)
