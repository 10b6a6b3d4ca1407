"""Houses at one instant, as far as placing needs them: what is free, what becomes free on a known day, who sleeps there.

As many queries for all the houses of an organisation as for one, however many beds.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import DateTimeField, F, Func, Max, Q

from cases.models import Family
from shelters import nights
from shelters.models import (
    PROMISED,
    TAKEN,
    Bed,
    Opening,
    Placement,
    PlacementState,
    Shelter,
    Space,
    SpaceClosure,
    night_of_each,
)
from shelters.services import desk
from shelters.services.promises import Promise, Scope, promises, scopes_of, wanted
from shelters.services.rules import Sleeper

LOOKS_AHEAD = timedelta(days=14)
ENDS = Func(F("planned"), function="upper", output_field=DateTimeField())


@dataclass(frozen=True)
class House:
    """A shelter at one instant. `coming` are beds that are taken now and whose guests leave on a known day, by space."""

    shelter: Shelter
    at: datetime
    spaces: list[Space]
    free: dict[int, list[Bed]]
    sleepers: list[Sleeper]
    coming: dict[int, list[tuple[date, Bed]]] = field(default_factory=dict)
    until: date | None = None  # The departure date it was asked for; None where nobody knows it.
    room: dict[Scope, int] = field(default_factory=dict)  # Where places are held by number: how many are left to give.

    @cached_property
    def in_space(self) -> dict[int, list[Sleeper]]:
        """Those who sleep in each space, by its id."""
        found: dict[int, list[Sleeper]] = {}
        for row in self.sleepers:
            found.setdefault(row.space_id, []).append(row)
        return found

    def on(self, day: date) -> "House":
        """This house from the noon of a coming day on, as far as it is known now: who is expected to leave has left."""
        noon = nights.noon_of(self.shelter, day)
        free = {space.pk: list(self.free.get(space.pk, [])) for space in self.spaces}
        for space_id, beds in self.coming.items():
            free[space_id] += [bed for then, bed in beds if then <= day]
        free = {space_id: [bed for bed in beds if not is_gone(bed, day)] for space_id, beds in free.items()}
        open_ones = [space for space in self.spaces if not is_closed(space, day)]
        still = [row for row in self.sleepers if not (row.is_here and row.until and self.at < row.until <= noon)]
        return replace(self, at=noon, spaces=open_ones, free=free, sleepers=still, coming={}, room={})

    def days(self) -> list[date]:
        """The coming days on which a bed becomes free."""
        return sorted({day for beds in self.coming.values() for day, _bed in beds})


def is_open(shelter: Any) -> bool:
    """Whether a shelter (`with_opening`) takes people in: it is neither paused nor closed."""
    return getattr(shelter, "opening", Opening.OPEN) == Opening.OPEN


def is_gone(bed: Any, night: date) -> bool:
    """Whether a bed (`with_end`) is out of service on a coming night, or before it."""
    return bed.gone_on is not None and bed.gone_on <= night


def is_closed(space: Any, night: date) -> bool:
    """The same of a space (`with_closing`)."""
    return space.closes_on is not None and space.closes_on <= night


def look_at(shelter: Shelter, at: datetime, until: date | None, family: Family | None = None) -> House:
    """A shelter with its free beds at an instant, until a departure date or without end."""
    return look_at_all([shelter], at, until, family)[0]


def look_at_all(
    shelters: Iterable[Shelter], at: datetime, until: date | None = None, family: Family | None = None
) -> list[House]:
    """Several shelters, in the order given. What is held for the family is free to it. Seven queries for any number.

    A bed or a space that goes out of service later is among them where no departure date is given: it can be had until then.
    """
    shelters = list(shelters)
    if not shelters:
        return []
    night = {shelter.pk: nights.night_of(shelter, at) for shelter in shelters}
    promised = {shelter.pk: desk.promised(shelter, at, until) for shelter in shelters}
    in_the_way = Q()
    for span in set(promised.values()):
        ids = [shelter_id for shelter_id, one in promised.items() if one == span]
        in_the_way |= Q(shelter__in=ids, state__in=PROMISED, planned__overlap=span)
    busy = Placement.objects.filter(in_the_way | Q(state__in=TAKEN, actual__contains=at), shelter__in=night)
    busy = busy.filter(bed__isnull=False).exclude(state=PlacementState.HELD, hold_expires_at__lte=at)
    if family is not None:
        busy = busy.exclude(state=PlacementState.HELD, family=family)
    beds = Bed.objects.filter(space__shelter__in=night).usable(night_of_each(night, "bed__space__shelter"))
    beds = beds.with_cleaning().with_end(night_of_each(night, "bed__space__shelter"))
    free: dict[int, list[Bed]] = {}
    for bed in beds.exclude(pk__in=busy.values("bed")).order_by("is_surge", "position", "pk"):
        if until is None or not is_gone(bed, until - nights.ONE_DAY):
            free.setdefault(bed.space_id, []).append(bed)
    closed = SpaceClosure.objects.filter(nights__contains=night_of_each(night, "space__shelter")).values("space")
    spaces = Space.objects.filter(shelter__in=night).exclude(pk__in=closed)
    spaces = spaces.on_night(night_of_each(night, "space__shelter"))
    spaces = spaces.with_closing(night_of_each(night, "space__shelter"))
    by_house: dict[int, list[Space]] = {}
    for space in spaces:
        if until is None or not is_closed(space, until - nights.ONE_DAY):
            by_house.setdefault(space.shelter_id, []).append(space)
    coming, sleepers = _coming(shelters, busy, beds, at), desk.sleepers_of(shelters, at)
    held = promises(night, at, without=family)
    found = [
        House(shelter, at, by_house.get(shelter.pk, []), free, sleepers[shelter.pk], coming.get(shelter.pk, {}), until)
        for shelter in shelters
    ]
    return [_less_what_is_held(house, [row for row in held if row.shelter_id == house.shelter.pk]) for house in found]


def _less_what_is_held(house: House, held: list[Promise]) -> House:
    """A house without the beds that promises by number need. Which ones they are is open: the last of each space."""
    room = _room(house, held)
    if not room:
        return house
    free = {}
    for space in house.spaces:
        beds = house.free.get(space.pk, [])
        least = min((room[scope] for scope in scopes_of(space.pk, space.kind) if scope in room), default=len(beds))
        regular = [bed for bed in beds if not bed.is_surge]
        free[space.pk] = [*regular[: max(0, least)], *(bed for bed in beds if bed.is_surge)]
    return replace(house, free=free, room=room)


def _room(house: House, held: list[Promise]) -> dict[Scope, int]:
    """How many regular beds can still be given in each scope in which places are held, now and at each promised time."""
    taken = {row.space_id for row in house.sleepers if row.is_here}
    spaces = [space for space in house.spaces if not (space.is_for_one_family and space.pk in taken)]
    found: dict[Scope, int] = {}
    for span in {(row.planned.lower, row.planned.upper) for row in held}:
        start = max(span[0], house.at)
        meanwhile = [row for row in held if _meet(row, start, span[1])]
        then = house.on(nights.local(house.shelter, start).date()) if start > house.at else house
        free: Counter[Scope] = Counter()
        until = nights.first_untouched(house.shelter, start, span[1]) or date.max
        for space in spaces:
            beds: list[Any] = then.free.get(space.pk, [])
            number = sum(not bed.is_surge and not is_gone(bed, until - nights.ONE_DAY) for bed in beds)
            free.update(dict.fromkeys(scopes_of(space.pk, space.kind), number))
        for scope, places in wanted(meanwhile).items():
            found[scope] = min(found.get(scope, free[scope] - places), free[scope] - places)
    return found


def _meet(row: Promise, start: datetime, end: datetime | None) -> bool:
    return (row.planned.upper is None or row.planned.upper > start) and (end is None or row.planned.lower < end)


def _coming(
    shelters: list[Shelter], busy: Any, usable: Any, at: datetime
) -> dict[int, dict[int, list[tuple[date, Bed]]]]:
    """Beds in which someone is who leaves on a known day of the next two weeks, with that day, by shelter and space.

    Who should have left by now has not, and nobody knows when: such a bed does not count. Nor does one that is promised on.
    """
    known = busy.order_by().values("bed").annotate(until=Max(ENDS), is_open=BoolOr(Q(planned__upper_inf=True)))
    ends = dict(known.filter(is_open=False, until__gt=at, until__lte=at + LOOKS_AHEAD).values_list("bed", "until"))
    by_id = {shelter.pk: shelter for shelter in shelters}
    found: dict[int, dict[int, list[tuple[date, Bed]]]] = {}
    if not ends:
        return found
    for bed in usable.filter(pk__in=ends).annotate(house=F("space__shelter")).order_by("is_surge", "position", "pk"):
        shelter = by_id[bed.house]
        day = nights.local(shelter, ends[bed.pk]).date()
        if nights.noon_of(shelter, day) < ends[bed.pk]:
            day += nights.ONE_DAY
        found.setdefault(shelter.pk, {}).setdefault(bed.space_id, []).append((day, bed))
    for beds in found.values():
        for rows in beds.values():
            rows.sort(key=lambda row: row[0])
    return found
