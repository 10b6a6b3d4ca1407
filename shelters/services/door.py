"""Who is out now: passages of the door, leave with an expected return, and how late somebody is.

Being out changes neither the stay nor the bed, and answers no roll-call: it only tells whoever takes one what the door saw.
"""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Answer, Direction, Leave, Passage, RollCallMark, SeenBy, Shelter, Stay, Trip
from shelters.models.stays import StayQuerySet
from shelters.services import desk, trips

LONGEST_LEAVE = timedelta(days=60)
UNDO_WITHIN = timedelta(hours=12)  # A night at the door.
PAPER_WITHIN = timedelta(days=7)
ONE_PASSAGE = timedelta(minutes=1)
ONE_PRESS = timedelta(minutes=10)  # So long a telephone may send the same press again.
A_STAY = ["stay", "stay__shelter_id"]


# --- Who is out ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Away:
    """Someone of the house who is not in it: seen going out, on leave, on a trip. `due_at` None: nobody said until when."""

    stay: Stay
    went_out: Passage | None
    leave: Leave | None
    due_at: datetime | None
    at: datetime
    trip: Trip | None = None

    @property
    def since(self) -> datetime:
        if self.went_out:
            return self.went_out.happened_at
        return self.leave.starts_at if self.leave else self.trip.left_at  # type: ignore[union-attr]

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at < self.at

    @property
    def late_minutes(self) -> int:
        """Whole minutes past the hour at which they were expected."""
        return int((self.at - self.due_at).total_seconds() // 60) if self.due_at and self.is_late else 0

    @property
    def late_hours(self) -> int:
        return self.late_minutes // 60

    @property
    def late_rest(self) -> int:
        return self.late_minutes % 60


@dataclass(frozen=True)
class AtTheDoor:
    """What the door saw of some houses: who is out, and when those whom it saw last coming in did."""

    out: dict[int, Away]
    came_in: dict[int, datetime]


def curfew_of(shelter: Shelter, left_at: datetime) -> datetime | None:
    """When the door closed, or closes, on the night in which somebody went out; None where it never does."""
    if shelter.curfew_at is None:
        return None
    return nights.hour_of_night(shelter, nights.night_of(shelter, left_at), shelter.curfew_at)


def due_back(shelter: Shelter, left_at: datetime, leave: Leave | None, trip: Trip | None = None) -> datetime | None:
    """When somebody must be back: as agreed, else when the door closes; who goes out after that is late at once."""
    if trip is not None:
        return trip.expected_at
    if leave is not None:
        return leave.expected_back_at
    curfew = curfew_of(shelter, left_at)
    return max(curfew, left_at) if curfew else None


def outside(shelters: Iterable[Shelter], now: datetime | None = None, *, with_people: bool = True) -> dict[int, Away]:
    """Everyone of these shelters who is out, on leave or on a trip at a moment, by stay id, the latest first. Two queries.

    Without `with_people` who they are, and who wrote it, is not read. Who was seen in the house after they went out, or after
    their leave or trip began (an answer "present" of the roll-call), is in it. A trip that ended is soon erased: of a moment
    that is past only those who are still on theirs are told.
    """
    return at_the_door(shelters, now, with_people=with_people).out


def at_the_door(shelters: Iterable[Shelter], now: datetime | None = None, *, with_people: bool = True) -> AtTheDoor:
    """Who is `outside`, and when each of the others was last seen coming in, by stay id. Two queries."""
    now = now or timezone.now()
    by_id = {shelter.pk: shelter for shelter in shelters}
    stays = Stay.objects.filter(shelter__in=by_id).at(now)
    present = RollCallMark.objects.current().filter(answer=Answer.PRESENT, happened_at__lte=now)
    seen, seen_of_stay = present.filter(stay=OuterRef("stay")), present.filter(stay=OuterRef("pk"))
    last = Passage.objects.last_of_each().filter(stay__in=stays, happened_at__lte=now)
    seen_at = Subquery(seen.order_by("-happened_at").values("happened_at")[:1])
    last = last.annotate(seen_at=seen_at)
    if with_people:
        last = last.select_related("stay__person", "stay__family", "by")
    else:
        last = last.select_related("stay").only("direction", "happened_at", *A_STAY)
    passages = {row.stay_id: row for row in last}
    out = {
        stay: row
        for stay, row in passages.items()
        if row.direction == Direction.OUT and (row.seen_at is None or row.seen_at <= row.happened_at)  # type: ignore[attr-defined]
    }
    apart = _on_leave_or_trip(stays, now, with_people=with_people)
    apart = apart.annotate(seen_at=Subquery(seen_of_stay.order_by("-happened_at").values("happened_at")[:1]))
    found, leaves, trips_of = [], {}, {}
    for stay in apart:
        leave, row = getattr(stay, "leave_now", None), getattr(stay, "trip_row", None)
        trip = row.trip if row is not None and row.trip.left_at <= now else None
        seen_at = stay.seen_at  # type: ignore[attr-defined]
        if leave is not None and (stay.pk in out or seen_at is None or seen_at < leave.starts_at):
            leaves[stay.pk] = (stay, leave)
        if trip is not None and (stay.pk in out or seen_at is None or seen_at < trip.left_at):
            trips_of[stay.pk] = (stay, trip)
    for stay_id in out.keys() | leaves.keys() | trips_of.keys():
        passage = out.get(stay_id)
        on_leave, leave = leaves.get(stay_id, (None, None))
        on_trip, trip = trips_of.get(stay_id, (None, None))
        stay = passage.stay if passage else on_leave or on_trip
        one = Away(stay, passage, leave, None, now, trip)
        found.append(replace(one, due_at=due_back(by_id[stay.shelter_id], one.since, leave, trip)))
    found.sort(key=lambda one: (one.due_at is None, one.due_at or one.since, one.stay.pk))
    came_in = {stay: row.happened_at for stay, row in passages.items() if row.direction == Direction.IN}
    return AtTheDoor({one.stay.pk: one for one in found}, came_in)


def _on_leave_or_trip(stays: StayQuerySet, now: datetime, *, with_people: bool) -> StayQuerySet:
    """Those of these stays who are on leave at a moment, or on a trip, each with both (`leave_now`, `trip_row`). One query."""
    on_leave = Q(leaves__ended_at=None) | Q(leaves__ended_at__gt=now)
    rows = stays.annotate(
        leave_now=FilteredRelation("leaves", condition=on_leave & Q(leaves__starts_at__lte=now)),
        trip_row=FilteredRelation("trip_rows", condition=Q(trip_rows__is_out=True)),
    ).filter(Q(leave_now__isnull=False) | Q(trip_row__isnull=False))
    whose = ["person", "family", "leave_now__recorded_by"] if with_people else ["leave_now"]
    return rows.select_related("trip_row__trip", *whose)


def late(shelters: Iterable[Shelter], now: datetime | None = None) -> dict[int, int]:
    """How many are out later than agreed, or than the door closes, by shelter id; with none, 0. Two queries."""
    shelters = list(shelters)
    found = dict.fromkeys((shelter.pk for shelter in shelters), 0)
    for one in outside(shelters, now, with_people=False).values():
        found[one.stay.shelter_id] += one.is_late
    return found


# --- Passages --------------------------------------------------------------------------------------------------------


def _held(stay: Stay, by: Staff) -> Stay:
    """The stay, locked: a second telephone at the door waits here, then sees what the first one wrote."""
    fresh = (
        Stay.objects.select_for_update(of=("self",), no_key=True)
        .select_related("shelter", "person", "family")
        .get(pk=stay.pk)
    )
    if by.organisation is None or fresh.shelter.organisation_id != by.organisation.pk:
        raise Refused(_("This shelter belongs to another organisation."))
    return fresh


def _check_is_of_the_house(stay: Stay, at: datetime, by: Staff) -> None:
    name = desk.word_for(stay.person, stay.family, by)
    if stay.voided_at is not None or at < stay.arrived_at:
        raise Refused(_("%(name)s had not arrived yet at that moment.") % {"name": name})
    if stay.departed_at is not None and at >= stay.departed_at:
        raise Refused(_("%(name)s has already left. To take them in again, give them a bed.") % {"name": name})


@transaction.atomic
def pass_door(
    *,
    stay: Stay,
    direction: Direction,
    by: Staff,
    source: SeenBy = SeenBy.LIST,
    happened_at: datetime | None = None,
    tap: uuid.UUID | None = None,
) -> Passage:
    """Write that someone went out or came in. Coming in ends a leave, and a trip. The same `tap` sent twice is one, and so is
    what two telephones at one door write within a minute.

    What was seen is never refused because something before it was not seen: out after out means that a return was missed.
    """
    stay = _held(stay, by)
    if tap and (known := Passage.objects.filter(tap=tap).first()):
        if known.stay_id != stay.pk:
            raise Refused(_("This answer was already used for someone else. Load the page again."))
        if _is_same_press(known):
            return known
        tap = None
    at = desk.when(happened_at)
    if at < timezone.now() - PAPER_WITHIN:
        raise Refused(
            _("That is more than %(days)d days ago. What the door saw then can no longer be written.")
            % {"days": PAPER_WITHIN.days}
        )
    _check_is_of_the_house(stay, at, by)
    near = Passage.objects.standing().filter(stay=stay, happened_at__range=(at - ONE_PASSAGE, at + ONE_PASSAGE))
    if (same := near.first()) and same.direction == direction:
        return same
    passage = Passage.objects.create(
        stay=stay, direction=direction, happened_at=at, by=by, source=source, tap=tap or uuid.uuid4()
    )
    if direction == Direction.IN:
        on_leave = Leave.objects.open().filter(stay=stay, starts_at__lte=at)
        on_leave.update(ended_at=at, ended_by=by, came_in=passage)
        trips.came_in(stay=stay, passage=passage, by=by)
    return passage


def _is_same_press(known: Passage) -> bool:
    """Sent again, and not pressed again on a page that was left open: soon, and nothing was written of them since."""
    is_soon = known.recorded_at > timezone.now() - ONE_PRESS
    return is_soon and not Passage.objects.filter(stay=known.stay_id, pk__gt=known.pk).exists()


@transaction.atomic
def undo_passage(*, passage: Passage, by: Staff) -> Passage:
    """Take back what was written by mistake; the record keeps both. Leave and a trip that it ended go on."""
    stay = _held(passage.stay, by)
    passage = Passage.objects.get(pk=passage.pk)
    if passage.direction == Direction.UNDO or Passage.objects.filter(undoes=passage).exists():
        raise Refused(_("This has already been taken back."))
    if passage.recorded_at < timezone.now() - UNDO_WITHIN:
        raise Refused(
            _("That is more than %(hours)d hours ago. Write what happened after it instead.")
            % {"hours": UNDO_WITHIN.seconds // 3600}
        )
    if stay.departed_at is not None:
        raise Refused(_("This person has left. Undo the departure first, at the beds of the family."))
    if Passage.objects.standing().filter(stay=stay, happened_at__gt=passage.happened_at).exists():
        raise Refused(_("The door saw this person again after that. Take the later passage back first."))
    undone = Passage.objects.create(
        stay=stay, direction=Direction.UNDO, happened_at=timezone.now(), by=by, source=passage.source, undoes=passage
    )
    with suppress(IntegrityError), transaction.atomic():  # Leave that was given since takes its place.
        Leave.objects.filter(came_in=passage).update(ended_at=None, ended_by=None, came_in=None)
    trips.undo_came_in(passage=passage, by=by)
    return undone


# --- Leave -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def grant_leave(
    *, stay: Stay, expected_back_at: datetime, by: Staff, starts_at: datetime | None = None, reason: str = ""
) -> Leave:
    """Someone is away from now, or from a later moment, until an agreed return. Leave that is open is moved to the new return.

    Raises Refused for a return that has passed, or is further away than the house plans.
    """
    stay = _held(stay, by)
    now = timezone.now()
    starts_at = max(starts_at or now, now)
    _check_is_of_the_house(stay, now, by)
    if expected_back_at <= starts_at:
        raise Refused(_("That return has passed. Write the day and hour at which they come back."))
    if expected_back_at > starts_at + LONGEST_LEAVE:
        raise Refused(
            _("Leave is at most %(days)d days. Who is away for longer leaves the house: write a departure.")
            % {"days": LONGEST_LEAVE.days}
        )
    open_leave = Leave.objects.open().filter(stay=stay).first()
    if open_leave is not None and open_leave.starts_at <= now:
        open_leave.expected_back_at, open_leave.reason = expected_back_at, reason.strip()
        open_leave.save(update_fields=["expected_back_at", "reason"])
        return open_leave
    if open_leave is not None:
        _end(open_leave, open_leave.starts_at, by)
    try:
        with transaction.atomic():
            return Leave.objects.create(
                stay=stay,
                starts_at=starts_at,
                expected_back_at=expected_back_at,
                reason=reason.strip(),
                recorded_by=by,
            )
    except IntegrityError as error:
        raise Refused(_("This person has another leave at that time. End that one first.")) from error


def _end(leave: Leave, at: datetime, by: Staff) -> None:
    leave.ended_at, leave.ended_by = max(at, leave.starts_at), by
    leave.save(update_fields=["ended_at", "ended_by"])


@transaction.atomic
def end_leave(*, leave: Leave, by: Staff) -> Leave:
    """The leave is over or will not be taken. Whoever comes through the door ends it by that; this is for the rest."""
    _held(leave.stay, by)
    leave = Leave.objects.get(pk=leave.pk)
    if leave.ended_at is not None:
        raise Refused(_("This leave has already ended."))
    _end(leave, timezone.now(), by)
    return leave


def history_of(stay: Stay) -> list[Passage]:
    """What the door saw of one stay, the latest first, what was taken back among it."""
    seen = Passage.objects.filter(stay=stay).exclude(direction=Direction.UNDO)
    return list(seen.select_related("by", "undone_by__by")[:50])
