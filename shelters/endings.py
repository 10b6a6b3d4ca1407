"""Whose stay ends soon, or should have ended, and what was asked beyond the limit. Without a day and a limit nothing ends.

The end is the day that was written for someone, else the last morning that the house's longest stay allows, an approved extension
included. Three queries, whatever the number of houses and people.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import DurationField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone

from shelters.models import AuthorityEffect, ExtensionState, Placement, PlacementState, Shelter, Stay, StayExtension
from shelters.nights import local
from shelters.services import limits
from shelters.services.extensions import can_be_undone

WITHIN = (3, 7, 14)  # The choices of the list, in days.
USUAL = 7


@dataclass(frozen=True)
class Leaver:
    """Someone in the house, where they sleep, and when their stay ends. `days` is negative for who should have left."""

    stay: Stay
    place: Placement | None
    ends_on: date | None
    days: int | None
    is_by_limit: bool
    is_asked: bool
    is_kept: bool = False  # Until that day because an authority took their date away.

    @property
    def is_overdue(self) -> bool:
        return self.days is not None and self.days < 0

    @property
    def days_over(self) -> int:
        return -self.days if self.days is not None else 0


@dataclass(frozen=True)
class Endings:
    """One house: who should have left first, then by day."""

    shelter: Shelter
    rows: list[Leaver]

    @property
    def overdue(self) -> int:
        return sum(row.is_overdue for row in self.rows)

    @property
    def people(self) -> int:
        return len(self.rows)


def endings_within(shelters: Sequence[Shelter], days: int | None, now: datetime | None = None) -> list[Endings]:
    """Of each house, whose stay ends within so many days or should have ended; with `days=None` everyone who is in it."""
    now = now or timezone.now()
    stays = Stay.objects.current().filter(shelter__in=[shelter.pk for shelter in shelters])
    rows = _leavers(stays if days is None else _may_end_by(stays, now + timedelta(days=days + 1)), now)
    wanted = [row for row in rows if days is None or (row.days is not None and row.days <= days)]
    return [Endings(shelter, [row for row in wanted if row.stay.shelter_id == shelter.pk]) for shelter in shelters]


def leavers(shelter: Shelter, stays: Iterable[int]) -> list[Leaver]:
    """Some of those who are in a house now; who has left meanwhile is not among them. Three queries."""
    return _leavers(Stay.objects.current().filter(shelter=shelter, pk__in=list(stays)), timezone.now())


def _may_end_by(stays: QuerySet[Stay], horizon: datetime) -> QuerySet[Stay]:
    """Those whose end may lie before an instant, a day more rather than less: the zones decide later."""
    nights = ExpressionWrapper(F("shelter__stay_limit") * Value(timedelta(days=1)), output_field=DurationField())
    by_day = Q(expected_departure_on__lte=horizon.date() + timedelta(days=1))
    by_limit = Q(expected_departure_on=None, shelter__stay_limit__isnull=False)
    by_limit &= Q(arrived_at__lte=Value(horizon + timedelta(days=1)) - nights)
    return stays.filter(by_day | by_limit)


def _leavers(stays: QuerySet[Stay], now: datetime) -> list[Leaver]:
    found = list(_with_extension(stays).annotate(is_kept=_kept()).select_related("shelter", "person", "family"))
    ids = [stay.pk for stay in found]
    places = Placement.objects.filter(stay__in=ids, state=PlacementState.IN).select_related("space", "bed")
    place = {row.stay_id: row for row in places}
    asked = set(StayExtension.objects.waiting().filter(stay__in=ids).values_list("stay_id", flat=True))
    rows = [_leaver(stay, place.get(stay.pk), stay.pk in asked, now) for stay in found]
    return sorted(rows, key=_overdue_first)


def _with_extension(stays: QuerySet[Stay]) -> QuerySet[Stay]:
    """Each stay with `.extended_to`, the latest day to which an approved extension leads."""
    extended = StayExtension.objects.approved().filter(stay=OuterRef("pk")).order_by()
    return stays.annotate(extended_to=Subquery(extended.values("stay").annotate(day=Max("to_on")).values("day")))


def _kept() -> Exists:
    """Whether the day of a stay is the one until which a change by an authority keeps their place."""
    mine = {"extension__stay": OuterRef("pk"), "extension__to_on": OuterRef("expected_departure_on")}
    return Exists(AuthorityEffect.objects.filter(extension__state=ExtensionState.APPROVED, **mine))


def _leaver(stay: Stay, place: Placement | None, is_asked: bool, now: datetime) -> Leaver:
    ends_on = limits.end_of(stay, stay.extended_to)  # type: ignore[attr-defined]
    by_limit = stay.expected_departure_on is None
    return Leaver(stay, place, ends_on, _days_left(stay, now), by_limit, is_asked, stay.is_kept)  # type: ignore[attr-defined]


def _days_left(stay: Stay, now: datetime) -> int | None:
    ends_on = limits.end_of(stay, stay.extended_to)  # type: ignore[attr-defined]
    return (ends_on - local(stay.shelter, now).date()).days if ends_on else None


def _overdue_first(row: Leaver) -> tuple[Any, ...]:
    return (row.ends_on or date.max, row.stay.family_id or 0, row.stay.pk)


# --- Extensions ------------------------------------------------------------------------------------------------------


@dataclass
class Asked:
    """What was asked together: the same people, day and reason."""

    rows: list[StayExtension] = field(default_factory=list)

    @property
    def first(self) -> StayExtension:
        return self.rows[0]

    @property
    def batch(self) -> uuid.UUID:
        return self.first.batch

    @property
    def shelter(self) -> Shelter:
        return self.first.stay.shelter

    @property
    def can_be_undone(self) -> bool:
        return all(can_be_undone(row) for row in self.rows)


def extensions_waiting(shelters: Iterable[Shelter]) -> list[Asked]:
    """What nobody has decided in these houses, the oldest first. One query."""
    rows = StayExtension.objects.waiting().filter(stay__shelter__in=[shelter.pk for shelter in shelters])
    return _by_batch(rows.order_by("asked_at", "pk"))


def extensions_of(family: Any, shelters: Iterable[Shelter]) -> list[Asked]:
    """Everything that was ever asked for a family in the houses of a viewer, the latest first. One query."""
    rows = StayExtension.objects.filter(stay__family=family, stay__shelter__in=[shelter.pk for shelter in shelters])
    return _by_batch(rows.order_by("-asked_at", "pk"))


def _by_batch(rows: QuerySet[StayExtension]) -> list[Asked]:
    found: dict[uuid.UUID, Asked] = {}
    for row in rows.select_related("stay__person", "stay__family", "stay__shelter", "asked_by", "decided_by"):
        found.setdefault(row.batch, Asked()).rows.append(row)
    return list(found.values())


# --- For the dashboard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EndingsInShort:
    """Figures without any person: who should have left, who leaves within the days, askings that wait for a decision."""

    overdue: int
    ending: int
    asked: int


def endings_in_short(shelters: Sequence[Shelter], days: int = 3, now: datetime | None = None) -> EndingsInShort:
    """The figures of these houses. Two queries, whatever their number."""
    now, by_id = now or timezone.now(), {shelter.pk: shelter for shelter in shelters}
    stays = _may_end_by(Stay.objects.current().filter(shelter__in=by_id), now + timedelta(days=days + 1))
    left = []
    for stay in _with_extension(stays).only("shelter_id", "arrived_at", "expected_departure_on"):
        stay.shelter = by_id[stay.shelter_id]
        left.append(_days_left(stay, now))
    asked = StayExtension.objects.waiting().filter(stay__shelter__in=by_id)
    batches = asked.order_by().values("batch").distinct().count()
    return EndingsInShort(
        overdue=sum(one is not None and one < 0 for one in left),
        ending=sum(one is not None and 0 <= one <= days for one in left),
        asked=batches,
    )
