"""Who has been absent without word for so many nights that a departure is proposed. Proposed: a person decides.

A night counts as absent only where a roll-call said so. A night without an answer is unknown: it neither adds to the nights nor
ends them. Whatever accounts for somebody begins the count anew: an answer "present" or "on leave", the door, an agreed return.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Family
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import (
    Act,
    Answer,
    Direction,
    ExitReason,
    Leave,
    Passage,
    Placement,
    PlacementState,
    RollCallMark,
    Shelter,
    Stay,
)
from shelters.services import stays as desk
from shelters.services.desk import lock


@dataclass(frozen=True)
class Proposal:
    """People of one family who were last accounted for at the same moment, and the departure that would follow from it."""

    shelter: Shelter
    family: Family | None
    stays: list[Stay]
    nights_absent: int
    last_night: date  # The last night on which they were seen, or their leave was known.
    leaves_at: datetime

    @property
    def key(self) -> int:
        return self.stays[0].pk


Row = tuple[Shelter, Stay, int, date, datetime]  # Whose it is, nights absent, the last night known, and when they left.


def proposals(shelters: Iterable[Shelter], now: datetime | None = None) -> list[Proposal]:
    """Of these shelters, longest absent first. Five queries, whatever their number and that of the people."""
    stays = Stay.objects.select_related("person", "family")
    return _together(_absent_for_long(shelters, now or timezone.now(), stays))


def proposed(shelters: Iterable[Shelter], now: datetime | None = None) -> Counter[int]:
    """How many departures are proposed, by shelter id. As many queries; one where nobody was absent for so long."""
    stays = Stay.objects.only("shelter_id", "family_id", "arrived_at")
    return Counter(key[0] for key in {_key(row) for row in _absent_for_long(shelters, now or timezone.now(), stays)})


def _absent_for_long(shelters: Iterable[Shelter], now: datetime, stays: QuerySet[Stay]) -> list[Row]:
    by_id = {shelter.pk: shelter for shelter in shelters}
    fewest = min((shelter.absent_nights for shelter in by_id.values()), default=0)
    # Who is out on a trip is looked for by its chain, and its page says how it ended: no departure is proposed meanwhile.
    here = Stay.objects.current().exclude(trip_rows__is_out=True)
    absent = RollCallMark.objects.current().filter(answer=Answer.ABSENT, stay__in=here)
    often = (
        absent.filter(stay__shelter__in=by_id).values("stay").annotate(nights=Count("pk")).filter(nights__gte=fewest)
    )
    found = list(stays.filter(pk__in=often.values("stay")).order_by("pk"))
    if not found:
        return []
    marks: dict[int, list[tuple[date, str]]] = {}
    answered = RollCallMark.objects.current().filter(stay__in=found).order_by("roll_call__night")
    for stay_id, night, answer in answered.values_list("stay", "roll_call__night", "answer"):
        marks.setdefault(stay_id, []).append((night, answer))
    passages = {row.stay_id: row for row in Passage.objects.last_of_each().filter(stay__in=found)}
    leaves: dict[int, datetime] = {}
    for leave in Leave.objects.filter(stay__in=found, starts_at__lte=now):
        until = min(leave.ended_at or leave.expected_back_at, leave.expected_back_at)
        leaves[leave.stay_id] = max(until, leaves.get(leave.stay_id, until))
    entered = Placement.objects.filter(stay__in=found, state=PlacementState.IN).values_list("stay", "actual")
    since = {stay_id: actual.lower for stay_id, actual in entered if actual}
    rows = []
    for stay in found:
        shelter = by_id[stay.shelter_id]
        last_night, leaves_at = _accounted(shelter, stay, marks[stay.pk], passages.get(stay.pk), leaves.get(stay.pk))
        absent_since = sum(answer == Answer.ABSENT and night > last_night for night, answer in marks[stay.pk])
        leaves_at = max(leaves_at, since.get(stay.pk, leaves_at))  # Moved to another bed while away: not before that.
        if absent_since >= shelter.absent_nights and leaves_at <= now:
            rows.append((shelter, stay, absent_since, last_night, leaves_at))
    return rows


def _accounted(
    shelter: Shelter, stay: Stay, marks: list[tuple[date, str]], passage: Passage | None, leave_until: datetime | None
) -> tuple[date, datetime]:
    """The last night on which somebody was seen or known to be on leave, and the moment of a departure that follows it.

    Who was seen walking out left then, unless they slept in the house later; who was last seen in it left in the morning.
    """

    def morning(night: date) -> tuple[date, datetime]:
        return night, nights.morning_after(shelter, night)

    known = [morning(nights.night_of(shelter, stay.arrived_at))]
    known += [morning(night) for night, answer in marks if answer != Answer.ABSENT]
    if passage is not None:
        night = nights.night_of(shelter, passage.happened_at)
        out = passage.direction == Direction.OUT
        known.append((night - nights.ONE_DAY, passage.happened_at) if out else morning(night))
    if leave_until is not None:
        known.append((nights.night_of(shelter, leave_until) - nights.ONE_DAY, leave_until))
    return max(known, key=lambda one: (one[1], one[0]))


def _key(row: Row) -> tuple[int, tuple[str, int], datetime]:
    """What those have in common who left together: the house, the family, the moment."""
    shelter, stay, _nights, _last, leaves_at = row
    return shelter.pk, ("family", stay.family_id) if stay.family_id else ("stay", stay.pk), leaves_at


def _together(rows: list[Row]) -> list[Proposal]:
    """One proposal for those of a family who were last known of at the same moment."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(_key(row), []).append(row)
    found = [
        Proposal(
            shelter=group[0][0],
            family=group[0][1].family,
            stays=[stay for _shelter, stay, *_rest in group],
            nights_absent=min(absent for _shelter, _stay, absent, *_rest in group),
            last_night=group[0][3],
            leaves_at=group[0][4],
        )
        for group in groups.values()
    ]
    return sorted(found, key=lambda one: (one.leaves_at, one.key))


@transaction.atomic
def confirm_departure(*, stay: Stay, leaves_at: datetime, by: Staff) -> Act:
    """Do what is proposed for the family of this stay: a departure without word, at the moment that the person saw.

    Raises Refused where the proposal is no longer the same: somebody came back, or was accounted for.
    """
    shelter = lock(Shelter.objects.get(pk=stay.shelter_id), by)
    desk.refuse_if_left(stay=stay, by=by)
    whose = Q(family=stay.family_id) if stay.family_id else Q(pk=stay.pk)
    waits = Stay.objects.current().filter(whose, shelter=shelter).select_for_update(no_key=True)
    list(waits.order_by("pk"))  # Who stands at the door just now is written after this, and sees the departure.
    found = [one for one in proposals([shelter]) if any(each.pk == stay.pk for each in one.stays)]
    if not found or found[0].leaves_at != leaves_at:
        raise Refused(_("Something is known of them since. Look at the list again before you write a departure."))
    return desk.check_out(stays=found[0].stays, by=by, exit_reason=ExitReason.UNKNOWN, happened_at=leaves_at)
