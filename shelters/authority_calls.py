"""Whom the news did not reach that an authority cancelled or moved a date of theirs: until they would have left for it."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cases.models import Appointment, MessageWords
from cases.models.reminders import NOBODY_WROTE
from cases.people_to_call import not_left
from ngo.models.outbox import Outgoing, OutgoingState
from shelters.models import AuthorityEffect, AuthorityNotice


def unreached(staff: Any, now: datetime) -> dict[int, list[Outgoing]]:
    """The notices that did not arrive, by the first date of that family that the event reached. One query where there is none."""
    rows = list(_unreached(AuthorityNotice.objects.visible_to(staff), now).order_by("due_at", "pk"))
    if not rows:
        return {}
    effects = _dates().filter(
        not_left(now, "appointment__"),
        event__in={row.event_id for row in rows},
        family__in={row.family_id for row in rows},
    )
    first: dict[tuple[int, int | None], int] = {}
    for event, family, appointment in effects.order_by("appointment__leave_shelter_at", "pk").values_list(
        "event_id", "family_id", "appointment_id"
    ):
        first.setdefault((event, family), appointment)
    found: dict[int, list[Outgoing]] = {}
    for row in rows:
        if pk := first.get((row.event_id, row.family_id)):
            found.setdefault(pk, []).append(row)
    return found


def is_asked(appointment: Appointment) -> bool:
    """Whether somebody ought to tell a family what became of this date."""
    events = _dates().filter(appointment=appointment).values("event")
    rows = AuthorityNotice.objects.filter(event__in=events, family=appointment.family_id)
    return _unreached(rows, timezone.now()).exists()


def _dates() -> QuerySet[AuthorityEffect]:
    return AuthorityEffect.objects.filter(appointment__isnull=False, left_alone="")


def _unreached(rows: QuerySet[AuthorityNotice], now: datetime) -> QuerySet[AuthorityNotice]:
    """Of what says how things stand now: what did not arrive at any address or number, and nobody said since."""
    arrived = AuthorityNotice.objects.filter(
        event=OuterRef("event"),
        family=OuterRef("family"),
        is_of_undo=OuterRef("is_of_undo"),
        state__in=[OutgoingState.SENT, OutgoingState.DELIVERED],
    )
    dates = _dates().filter(event=OuterRef("event"), family=OuterRef("family"))
    said = dates.filter(
        appointment__reminders__words=MessageWords.CHANGED, appointment__reminders__called_at__gte=OuterRef("due_at")
    )
    in_person = dates.filter(successor__told_at__isnull=False)
    did_not = Q(state__in=[OutgoingState.FAILED, OutgoingState.EXPIRED]) | Q(reason__in=NOBODY_WROTE)
    stands = Q(event__undone_at=None, is_of_undo=False) | Q(event__undone_at__isnull=False, is_of_undo=True)
    rows = rows.filter(did_not, stands, Exists(dates.filter(not_left(now, "appointment__"))), due_at__lte=now)
    return rows.exclude(Exists(arrived)).exclude(Exists(said)).exclude(Q(Exists(in_person), is_of_undo=False))
