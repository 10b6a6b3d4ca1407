"""The sweep of the trips: who is not back, whom to tell next, what leaves by e-mail, and what is erased.

As often as one likes, from any number of workers, after any downtime. Each trip is looked at under its own lock, which whoever
comes back waits for too; each step of a round is one row; each message looks once more before it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ngo.messaging.email import MailLine, is_configured, words
from ngo.messaging.outbox import Ended, Send, Swept, is_too_late, sweep
from ngo.models import Heartbeat
from ngo.models.health import TRIPS
from ngo.models.outbox import OutgoingState
from shelters import nights
from shelters.models import (
    ON_THE_WAY,
    TRIP_OVER,
    ExitReason,
    PastTrip,
    Trip,
    TripAlarm,
    TripPerson,
    TripStep,
)
from shelters.services import trips

CHAIN = [TripStep.FIRST, TripStep.SECOND, TripStep.EVERYBODY]
NO_SERVER, HEARD_OF, LEFT, TOO_LATE = "no_mail_server", "heard_of", "does_not_follow_trips", "too_late"


@dataclass(frozen=True)
class Looked:
    """What one look did."""

    told: int  # Steps of the chain.
    ended: int  # Trips of whom everybody has left the house.
    erased: int
    sent: int
    failed: int


def look(now: datetime | None = None) -> Looked:
    """End what is over by itself, tell whom the chain comes to, send it, and erase what ended a day ago."""
    now = now or timezone.now()
    ended = end_of_the_departed()
    told = tell_the_next(now)
    swept = send_alarms()
    erased = erase(now)
    Heartbeat.objects.note(**{TRIPS: timezone.now()})
    return Looked(told, ended, erased, swept.sent, swept.failed + swept.given_up)


# --- Who is told ---------------------------------------------------------------------------------------------------------


def tell_the_next(now: datetime) -> int:
    """Every step that is due, of every trip; how many."""
    late = Trip.objects.on_the_way().filter(alarm_from__lte=now).order_by("alarm_from", "pk")
    return sum(_tell(pk, now) for pk in late.values_list("pk", flat=True))


@transaction.atomic
def _tell(trip_id: int, now: datetime) -> int:
    rows = Trip.objects.on_the_way().filter(pk=trip_id, alarm_from__lte=now)
    rows = rows.select_for_update(of=("self",), no_key=True).select_related(
        "organisation", "shelter", "first", "second"
    )
    row = rows.first()
    if row is None:  # Back, or heard of, while this waited.
        return 0
    steps = due_steps(row, now)
    for step in steps:
        trips.tell(row, step)
    return len(steps)


def due_steps(row: Trip, now: datetime) -> list[TripStep]:
    """The steps of this round that are due and were not taken yet."""
    told = dict(row.entries.filter(round=row.round, what__in=CHAIN).values_list("what", "at"))
    left = steps_left(row, told, trips.rules_of(row.shelter).minutes)
    return [step for step, due_at in left if due_at <= now]


def steps_left(row: Trip, told: Mapping[str, datetime], minutes: int) -> list[tuple[TripStep, datetime]]:
    """The steps of this round that were not taken, each with its moment. `told` has when the others were. Who takes a trip over
    has so many minutes before the next step, and again before the one after."""
    wait = timedelta(minutes=minutes)
    heard = [row.taken_at, *told.values()] if row.taken_at is not None else []
    left = [(place, step) for place, step in enumerate(CHAIN) if step not in told]
    found = []
    for turn, (place, step) in enumerate(left, start=1):
        due_at = row.alarm_from + place * wait
        if heard:
            due_at = max(due_at, max(heard) + turn * wait)
        found.append((step, due_at))
    return found


def end_of_the_departed() -> int:
    """Who was checked out of the house is not waited for any more; a trip of which all were is over.

    Not so who "left without saying", nor who did not return: that somebody wrote so much ends no search.
    """
    left = Q(stay__departed_at__isnull=False) & ~Q(stay__exit_reason=ExitReason.UNKNOWN)
    gone = TripPerson.objects.filter(left | Q(stay__voided_at__isnull=False), is_out=True, trip__state__in=ON_THE_WAY)
    ended = 0
    for trip_id in set(gone.values_list("trip", flat=True)):
        with transaction.atomic():
            row = trips.lock(trip_id)
            if row.has_ended:
                continue
            gone.filter(trip=row).update(is_out=False)
            trips.end_if_nobody_is_out(row)
            if row.has_ended:
                trips.write(row, TripStep.CLOSED, None)
                ended += 1
    return ended


# --- Messages --------------------------------------------------------------------------------------------------------------


def send_alarms(*, limit: int = 200) -> Swept:
    """Send what is due, with a last look at whether they are still missed."""
    rows = TripAlarm.objects.select_related("staff")
    with MailLine() as line:
        return sweep(rows, lambda row: _prepare(row, line), limit=limit)


def _prepare(row: TripAlarm, line: MailLine) -> Send | Ended:
    if (ended := last_look(row)) is not None:
        return ended
    said = words(name="trip_not_back", language=row.staff.language[:2], context={}, is_plain=True)
    return lambda: line.send(key=row.key, to=row.staff.email, said=said)


def last_look(row: TripAlarm) -> Ended | None:
    """Why a message is not to leave any more; None where it is still true."""
    if is_too_late(row):
        return Ended(OutgoingState.EXPIRED, TOO_LATE)
    trip = Trip.objects.filter(pk=row.trip_id, round=row.round, state__in=ON_THE_WAY).select_related("shelter").first()
    if trip is None:
        return Ended(OutgoingState.CANCELLED, HEARD_OF)
    if not trips.watchers_at(trip.shelter).filter(pk=row.staff_id).exists() and row.staff_id not in {
        one.pk for one in trips.coordinators_of(trip.organisation_id)
    }:
        return Ended(OutgoingState.CANCELLED, LEFT)
    if not is_configured():
        return Ended(OutgoingState.SUPPRESSED, NO_SERVER)
    return None


# --- What is erased ----------------------------------------------------------------------------------------------------------


def erase(now: datetime | None = None) -> int:
    """Delete the trips that ended a day ago, with everything that hangs on them; a line without an hour or a place stays."""
    before = (now or timezone.now()) - trips.UNDO_WITHIN
    over = Trip.objects.filter(state__in=TRIP_OVER, ended_at__lte=before)
    return sum(_erase(pk, before) for pk in over.values_list("pk", flat=True))


@transaction.atomic
def _erase(trip_id: int, before: datetime) -> int:
    rows = Trip.objects.filter(pk=trip_id, state__in=TRIP_OVER, ended_at__lte=before)
    row = rows.select_for_update(of=("self",), skip_locked=True).select_related("shelter").first()
    if row is None:
        return 0
    PastTrip.objects.create(
        organisation_id=row.organisation_id,
        shelter=row.shelter,
        month=nights.local(row.shelter, row.left_at).date().replace(day=1),
        people=row.people.count(),
        outcome=row.outcome,
        told=trips.told_of(row) or "",
    )
    row.delete()
    return 1
