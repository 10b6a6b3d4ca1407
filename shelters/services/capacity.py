"""The figures of a night: what the capacity report says, and what the board and the first page show.

The database counts; Python adds up spaces. Every call makes four queries, whatever the number of shelters, beds and people.
What each figure means, with its edges, stands in docs/capacity.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from shelters import nights
from shelters.models import CountingMethod, Opening, Shelter, ShelterState, Space

LIVE = "live"  # Counted from the records as they stand now; no report of this night has been drafted.


@dataclass
class SpaceFigures:
    """One space on one night, in places and people."""

    space: Space
    nominal: int = 0
    out_of_service: int = 0
    held: int = 0
    surge: int = 0
    occupied: int = 0
    occupied_surge: int = 0

    @property
    def free(self) -> int:
        return max(0, self.nominal - self.out_of_service - self.held - self.occupied)

    @property
    def over(self) -> int:
        return max(0, self.occupied - (self.nominal - self.out_of_service))


@dataclass
class ShelterFigures:
    """One shelter on one night. `occupied` is everyone in the house; what nobody recorded is None, never zero."""

    shelter: Shelter
    night: date
    state: str = LIVE
    nominal: int = 0
    out_of_service: int = 0
    held: int = 0
    surge: int = 0
    occupied: int = 0
    occupied_surge: int = 0
    free: int = 0
    over: int = 0
    arrivals: int = 0
    departures: int = 0
    turned_away: int | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    per_space: list[SpaceFigures] = field(default_factory=list)

    def as_row(self) -> dict[str, Any]:
        """The figures as the report prints them: names and ISO dates, in the order of the report."""
        figures = {name: value for name, value in vars(self).items() if name != "per_space"}
        confirmed_at = self.confirmed_at.isoformat() if self.confirmed_at else None
        return figures | {"shelter": self.shelter.name, "night": self.night.isoformat(), "confirmed_at": confirmed_at}


@dataclass(frozen=True)
class Count:
    """Where and when one shelter's people are counted, as the queries need it."""

    shelter_id: int
    by_night: bool  # Night by night: by its bed nights, and whom our own desk checked in. Otherwise by its stays.
    night: date
    day_before: date
    at: datetime  # People count where they are at this instant.
    since: datetime  # The night's arrivals and departures: from the morning hour of its date …
    until: datetime  # … to the morning hour after it.
    last_moment: datetime  # A hold counts where it reaches to the end of the night.


# What stands in front of both queries: one line per shelter, from parallel arrays.
COUNTS = """
WITH count AS (
    SELECT * FROM unnest(
        %(shelter_id)s::bigint[], %(by_night)s::boolean[], %(night)s::date[], %(day_before)s::date[],
        %(at)s::timestamptz[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(last_moment)s::timestamptz[]
    ) AS count(shelter_id, by_night, night, day_before, at, since, until, last_moment)
)"""

# One line per shelter and space; the line without a space holds the guests whose space is not recorded.
PLACES = """,
guest AS (
    SELECT count.shelter_id, stay.person_id, count.at
    FROM count CROSS JOIN LATERAL (
        SELECT person_id, source FROM shelters_stay
        WHERE shelter_id = count.shelter_id AND voided_at IS NULL AND arrived_at <= count.at AND departed_at IS NULL
        UNION ALL
        SELECT person_id, source FROM shelters_stay
        WHERE shelter_id = count.shelter_id AND voided_at IS NULL AND arrived_at <= count.at AND departed_at > count.at
        OFFSET 0  -- Shelter by shelter, so that each takes its few rows by the index of departures.
    ) stay
    WHERE NOT count.by_night OR stay.source = 'desk'
    UNION
    SELECT count.shelter_id, bed_night.person_id, count.at
    FROM count JOIN shelters_bednight bed_night
      ON bed_night.shelter_id = count.shelter_id AND bed_night.night = count.night
    WHERE count.by_night
),
bed AS MATERIALIZED (
    SELECT space.shelter_id, bed.space_id, bed.id, bed.is_surge, count.night
    FROM count JOIN shelters_space space ON space.shelter_id = count.shelter_id
    JOIN shelters_bed bed ON bed.space_id = space.id
),
place AS (
    SELECT bed.shelter_id, bed.space_id,
           (NOT bed.is_surge)::int AS nominal,
           (NOT bed.is_surge AND block.id IS NOT NULL)::int AS out_of_service,
           0 AS held,
           (bed.is_surge AND block.id IS NULL)::int AS surge,
           0 AS occupied, 0 AS occupied_surge
    FROM bed
    JOIN shelters_bedperiod period ON period.bed_id = bed.id AND period.nights @> bed.night
    LEFT JOIN shelters_bedblock block ON block.bed_id = bed.id AND block.nights @> bed.night
    UNION ALL
    SELECT count.shelter_id, hold.space_id, 0, 0, 1, 0, 0, 0
    FROM count
    JOIN shelters_placement hold ON hold.shelter_id = count.shelter_id
    WHERE hold.state = 'held' AND hold.hold_expires_at > count.at AND hold.planned @> count.last_moment
    UNION ALL
    SELECT guest.shelter_id, placement.space_id, 0, 0, 0, 0, 1,
           (placement.space_id IS NOT NULL AND (placement.bed_id IS NULL OR bed.is_surge))::int
    FROM guest
    LEFT JOIN shelters_placement placement
      ON placement.shelter_id = guest.shelter_id AND placement.person_id = guest.person_id
     AND placement.state IN ('in', 'out') AND placement.actual @> guest.at
    LEFT JOIN shelters_bed bed ON bed.id = placement.bed_id
)
SELECT shelter_id, space_id, sum(nominal), sum(out_of_service), sum(held), sum(surge), sum(occupied), sum(occupied_surge)
FROM place GROUP BY shelter_id, space_id
"""

MOVEMENTS = """,
movement AS (
    SELECT count.shelter_id, stay.person_id, true AS is_arrival
    FROM count JOIN shelters_stay stay ON stay.shelter_id = count.shelter_id
    WHERE (NOT count.by_night OR stay.source = 'desk') AND stay.voided_at IS NULL
      AND stay.arrived_at >= count.since AND stay.arrived_at < count.until AND stay.arrived_at <= count.at
    UNION
    SELECT count.shelter_id, stay.person_id, false
    FROM count JOIN shelters_stay stay ON stay.shelter_id = count.shelter_id
    WHERE (NOT count.by_night OR stay.source = 'desk') AND stay.voided_at IS NULL
      AND stay.departed_at >= count.since AND stay.departed_at < count.until AND stay.departed_at <= count.at
    UNION
    SELECT count.shelter_id, bed_night.person_id, bed_night.night = count.night
    FROM count JOIN shelters_bednight bed_night
      ON bed_night.shelter_id = count.shelter_id AND bed_night.night IN (count.day_before, count.night)
    WHERE count.by_night AND NOT EXISTS (
        SELECT FROM shelters_bednight other
        WHERE other.shelter_id = bed_night.shelter_id AND other.person_id = bed_night.person_id
          AND other.night IN (count.day_before, count.night) AND other.night <> bed_night.night
    )
)
SELECT shelter_id, count(*) FILTER (WHERE is_arrival), count(*) FILTER (WHERE NOT is_arrival)
FROM movement GROUP BY shelter_id
"""


def figures(
    shelters: Iterable[Shelter], night: date | None = None, now: datetime | None = None
) -> list[ShelterFigures]:
    """The figures of each shelter on one night, in the order given; without a night, of each shelter's own tonight.

    Raises Refused for a night that has not begun in one of the shelters: what is not known is not a figure.
    """
    shelters = list(shelters)
    now = now or timezone.now()
    counts = [_count(shelter, night, now) for shelter in shelters]
    found = {
        shelter.pk: ShelterFigures(shelter=shelter, night=count.night)
        for shelter, count in zip(shelters, counts, strict=True)
    }
    if found:
        unplaced = _add_spaces(found, _lines(PLACES, counts))
        for shelter_id, arrivals, departures in _lines(MOVEMENTS, counts):
            found[shelter_id].arrivals, found[shelter_id].departures = arrivals, departures
        closed = _closed(counts)
        for shelter_id, row in found.items():
            add_up(row, unplaced.get(shelter_id, SpaceFigures(space=Space())), shelter_id in closed)
    return [found[shelter.pk] for shelter in shelters]


def _count(shelter: Shelter, night: date | None, now: datetime) -> Count:
    tonight = nights.tonight(shelter, now)
    night = night or tonight
    if night > tonight:
        raise Refused(
            _("The night of %(night)s has not begun at %(shelter)s: nobody can say who will be there.")
            % {"night": night.isoformat(), "shelter": shelter.name}
        )
    day_before = night - nights.ONE_DAY
    until = nights.morning_after(shelter, night)
    return Count(
        shelter_id=shelter.pk,
        by_night=shelter.counting == CountingMethod.NIGHT_BY_NIGHT,
        night=night,
        day_before=day_before,
        at=nights.counting_instant(shelter, night, now),
        since=nights.morning_after(shelter, day_before),
        until=until,
        last_moment=nights.last_moment_of(shelter, night),
    )


def _lines(sql: str, counts: Sequence[Count]) -> list[tuple]:
    rows = [asdict(count) for count in counts]
    with connection.cursor() as cursor:
        cursor.execute(COUNTS + sql, {name: [row[name] for row in rows] for name in rows[0]})
        return cursor.fetchall()


def _add_spaces(found: dict[int, ShelterFigures], lines: list[tuple]) -> dict[int, SpaceFigures]:
    """Give every shelter its spaces, in their order, with their counts. What has no space is given back, by shelter."""
    counted = {(shelter_id, space_id): numbers for shelter_id, space_id, *numbers in lines}
    for space in Space.objects.filter(shelter__in=found).order_by("position", "pk"):
        numbers = counted.get((space.shelter_id, space.pk), ())
        found[space.shelter_id].per_space.append(SpaceFigures(space, *numbers))
    return {
        shelter_id: SpaceFigures(Space(), *numbers)
        for (shelter_id, space_id), numbers in counted.items()
        if not space_id
    }


def _closed(counts: list[Count]) -> set[int]:
    """The shelters that are closed at their counting instant."""
    at = {count.shelter_id: count.at for count in counts}
    states = ShelterState.objects.filter(
        shelter__in=at, state=Opening.CLOSED, period__overlap=DateTimeTZRange(min(at.values()), max(at.values()), "[]")
    )
    return {state.shelter_id for state in states if at[state.shelter_id] in state.period}


def add_up(row: ShelterFigures, unplaced: SpaceFigures, is_closed: bool) -> None:
    """Sum the spaces; who has no recorded space fills the free places first, and the rest are over.

    A free bed beside a family in its cubicle is held for that family: it is not free to anyone else.
    """
    spaces = row.per_space
    for space in spaces:
        if space.space.is_for_one_family and space.occupied:
            space.held += space.free
    for name in ("nominal", "out_of_service", "held", "surge", "occupied", "occupied_surge"):
        setattr(row, name, sum(getattr(space, name) for space in [*spaces, unplaced]))
    free = sum(space.free for space in spaces)
    left = max(0, free - unplaced.held)
    fitting = min(unplaced.occupied, left)
    row.over = sum(space.over for space in spaces) + unplaced.occupied - fitting
    row.occupied_surge += unplaced.occupied - fitting
    row.free = 0 if is_closed else left - fitting
