"""The list of a roll-call: everyone who is expected on a night, by space and bed, with their answers and what the door saw."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import Exists, FilteredRelation, OuterRef, Q
from django.utils import timezone

from cases.faces import Face, of_face
from shelters import nights
from shelters.models import (
    AWAY,
    TAKEN,
    Answer,
    BedNight,
    CountingMethod,
    PlacementState,
    RollCall,
    RollCallMark,
    Shelter,
    Source,
    Space,
    Stay,
)
from shelters.models.stays import StayQuerySet
from shelters.services.door import Away, at_the_door

# What the list says of each guest and of each answer: some hundreds of rows, again every minute.
OF_A_MARK = ["roll_call", "stay", "answer", "happened_at", "source", "batch", "is_current", "by__name"]


class BedHere(NamedTuple):
    """A bed as far as the list shows it."""

    pk: int
    label: str
    position: int


@dataclass
class Row:
    """One guest on the list. `before` is another answer about them that stands but does not count: a conflict to see."""

    stay_id: int
    person: Face
    space: Space | None
    bed: "BedHere | None"
    mark: RollCallMark | None = None
    before: RollCallMark | None = None
    is_late: bool = False  # Came after the roll-call was begun.
    was_absent: bool = False  # On the night before, too.
    away: Away | None = None  # What the door saw, and leave: told to whoever asks, never an answer.
    came_in: datetime | None = None  # The door saw them after they were said to be away: somebody must answer again.
    typed: str = ""  # What the page said that could not be saved.
    typed_hour: str = ""

    @property
    def answer(self) -> str:
        return self.mark.answer if self.mark else ""

    @property
    def shown(self) -> str:
        return self.typed or self.answer


@dataclass
class Group:
    """The guests of one space, or those whose space nobody recorded."""

    space: Space | None
    rows: list[Row]

    @property
    def key(self) -> int:
        return self.space.pk if self.space else 0

    @property
    def missing(self) -> int:
        return sum(row.mark is None for row in self.rows)


@dataclass(frozen=True)
class Batch:
    """One press of "All present": whom it marked, and whether that still stands."""

    first: RollCallMark
    people: int
    standing: int


@dataclass
class Sheet:
    """The roll-call of a house for a night, as it stands."""

    shelter: Shelter
    night: date
    at: datetime
    roll_call: RollCall | None
    groups: list[Group]
    batches: list[Batch] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]

    @property
    def expected(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    @property
    def missing(self) -> int:
        return sum(group.missing for group in self.groups)

    @property
    def counted(self) -> int:
        return self.expected - self.missing

    def number(self, answer: str) -> int:
        return sum(row.answer == answer for row in self.rows)

    @property
    def came_in(self) -> int:
        """Who was seen coming in after they were said to be away, and still counts as away."""
        return sum(row.came_in is not None for row in self.rows)

    present = property(lambda self: self.number(Answer.PRESENT))
    on_leave = property(lambda self: self.number(Answer.LEAVE))
    absent = property(lambda self: self.number(Answer.ABSENT))

    @property
    def is_closed(self) -> bool:
        return self.roll_call is not None and self.roll_call.closed_at is not None

    @property
    def is_past(self) -> bool:
        return self.night < nights.tonight(self.shelter, self.at)

    @property
    def last(self) -> RollCallMark | None:
        """The answer that happened last, of those that count."""
        marks = [row.mark for row in self.rows if row.mark]
        return max(marks, key=lambda mark: (mark.happened_at, mark.pk), default=None)


def expected(shelter: Shelter, night: date, now: datetime | None = None) -> StayQuerySet:
    """The stays that cover a night, as the figures count them: now, or at the last moment of a night that is over."""
    at = nights.counting_instant(shelter, night, now)
    stays = Stay.objects.filter(shelter=shelter).at(at)
    if shelter.counting == CountingMethod.NIGHT_BY_NIGHT:
        slept = BedNight.objects.filter(shelter=shelter, night=night, person=OuterRef("person"))
        stays = stays.filter(Q(source=Source.DESK) | Exists(slept))
    return stays


def sheet_of(shelter: Shelter, night: date, now: datetime | None = None) -> Sheet:
    """Everyone expected on a night, by space and bed, with their answers. Seven queries for any number of guests."""
    now = now or timezone.now()
    at = nights.counting_instant(shelter, night, now)
    roll_call = RollCall.objects.filter(shelter=shelter, night=night).select_related("closed_by", "opened_by").first()
    spaces = shelter.spaces.in_bulk()
    marks, batches = _marks_of(roll_call)
    absent = RollCallMark.objects.current().filter(
        roll_call__shelter=shelter, roll_call__night=night - nights.ONE_DAY, answer=Answer.ABSENT
    )
    not_seen = set(absent.values_list("stay", flat=True))
    door = at_the_door([shelter], at, with_people=False)
    rows = []
    for stay, recorded_at, space, bed, label, position, *person in _in_their_places(shelter, night, now):
        of_stay = marks.get(stay, [])
        current = next((mark for mark in of_stay if mark.is_current), None)
        rows.append(
            Row(
                stay_id=stay,
                person=Face(*person),
                space=spaces.get(space),
                bed=BedHere(bed, label, position) if bed else None,
                mark=current,
                before=_conflict(of_stay),
                is_late=roll_call is not None and recorded_at > roll_call.opened_at,
                was_absent=stay in not_seen,
                away=door.out.get(stay),
                came_in=_came_in_since(current, door.came_in.get(stay)),
            )
        )
    return Sheet(shelter, night, now, roll_call, _by_space(rows), batches)


def _in_their_places(shelter: Shelter, night: date, now: datetime) -> Iterable[tuple]:
    """Each person who is expected, once, with the place that they have that night: the columns of a row. One query."""
    there = Q(placements__state=PlacementState.IN)
    if night < nights.tonight(shelter, now):
        at = nights.counting_instant(shelter, night, now)
        there = Q(placements__state__in=TAKEN, placements__actual__contains=at)
    stays = expected(shelter, night, now).annotate(place=FilteredRelation("placements", condition=there))
    place = ("place__space_id", "place__bed_id", "place__bed__label", "place__bed__position")
    rows = stays.order_by("arrived_at", "pk").values_list("pk", "recorded_at", *place, *of_face("person"))
    return {row[6]: row for row in rows}.values()  # Of someone who has two stays, the later one.


def _marks_of(roll_call: RollCall | None) -> tuple[dict[int, list[RollCallMark]], list[Batch]]:
    """The answers of a roll-call that were not taken back, by stay, the latest first; and the presses of "All present"."""
    if roll_call is None:
        return {}, []
    by_stay: dict[int, list[RollCallMark]] = {}
    batches: dict[uuid.UUID, list[RollCallMark]] = {}
    marks = roll_call.marks.filter(undone_at=None).select_related("by").only(*OF_A_MARK).order_by("-happened_at", "-pk")
    for mark in marks:
        by_stay.setdefault(mark.stay_id, []).append(mark)
        if mark.batch:
            batches.setdefault(mark.batch, []).append(mark)
    pressed = [Batch(rows[0], len(rows), sum(row.is_current for row in rows)) for rows in batches.values()]
    return by_stay, pressed


def _came_in_since(mark: RollCallMark | None, came_in: datetime | None) -> datetime | None:
    """When the door saw somebody come in after the answer that says they are away."""
    if mark is None or came_in is None or mark.answer not in AWAY:
        return None
    return came_in if came_in > mark.happened_at else None


def _conflict(marks: Sequence[RollCallMark]) -> RollCallMark | None:
    """Another answer that differs and does not count: somebody else's, or one's own that is no plain correction.

    It happened later than the one that counts, or came in later: two telephones of one account, a tap that was on its way.
    """
    current = next((mark for mark in marks if mark.is_current), None)
    if current is None:
        return None
    for mark in marks:
        if mark.answer == current.answer:
            continue
        if mark.by_id != current.by_id or mark.happened_at > current.happened_at or mark.pk > current.pk:
            return mark
    return None


def _by_space(rows: list[Row]) -> list[Group]:
    """By the house's own order of spaces and beds; whoever has no space comes last."""

    def order(row: Row) -> tuple:
        space = (row.space.position, row.space.pk) if row.space else (10**9, 0)
        bed = (row.bed.position, row.bed.pk) if row.bed else (10**9, row.stay_id)
        return (*space, *bed)

    rows = sorted(rows, key=order)
    return [Group(them[0].space, them) for _key, each in groupby(rows, lambda row: row.space) if (them := list(each))]
