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
from shelters.models import CountingMethod, Opening, Shelter, ShelterState, Space, night_of_each

NOT_IN_THE_ROW = {"per_space", "away", "counted", "kept"}
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
    away: int = 0  # On leave or absent by the roll-call: not in the house, and what is theirs is held.
    counted: int = 0
    roll_calls: int = 0
    held_away: int = 0  # The part of the held that are beds of those who are away.
    kept: int = 0  # Empty beds beside a family in its cubicle: among the held, free for that family alone.

    @property
    def free(self) -> int:
        beds = self.nominal - self.out_of_service - self.held - self.occupied
        return max(0, beds if self.fire_room is None else min(beds, self.fire_room))

    @property
    def fire_room(self) -> int | None:
        """How many more the fire limit lets in: less who has a place here, away or not, and whom a place is held for."""
        limit = self.space.fire_limit
        return None if limit is None else limit - self.occupied - self.away - (self.held - self.held_away)

    @property
    def over(self) -> int:
        return max(0, self.occupied - (self.nominal - self.out_of_service))


@dataclass
class ShelterFigures:
    """One shelter on one night. `occupied` is everyone in the house; what nobody recorded is None, never zero.

    `away` and `counted` are None where no roll-call was taken: then everyone whom the records place here counts as in the house.
    """

    shelter: Shelter
    night: date
    state: str = LIVE
    nominal: int = 0
    out_of_service: int = 0
    held: int = 0
    surge: int = 0
    occupied: int = 0
    occupied_surge: int = 0
    away: int | None = None
    counted: int | None = None
    free: int = 0
    over: int = 0
    kept: int = 0
    arrivals: int = 0
    departures: int = 0
    turned_away: int | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    per_space: list[SpaceFigures] = field(default_factory=list)

    @property
    def guests(self) -> int:
        """Everyone whose stay covers the night, in the house or away: last night's and the arrivals, less the departures."""
        return self.occupied + (self.away or 0)

    @property
    def free_beds(self) -> int:
        """Bed by bed: those that are free to anyone, and those that are free beside a family in its own room."""
        return self.free + self.kept

    @property
    def rooms(self) -> dict[str, int]:
        """Room by room: family rooms that can be slept in, those that a family has, those that another family can have."""
        rooms = [space for space in self.per_space if space.space.is_for_one_family and space.nominal]
        usable = [room for room in rooms if room.nominal > room.out_of_service or room.occupied or room.away]
        taken = sum(bool(room.occupied or room.away) for room in usable)
        free = sum(not (room.occupied or room.away) and room.free > 0 for room in usable)
        return {"usable": len(usable), "taken": taken, "free": free, "free_beds": self.free_beds, "kept": self.kept}

    @property
    def not_counted(self) -> int | None:
        """Guests for whom the roll-call has no answer; they count as in the house."""
        return None if self.counted is None else self.guests - self.counted

    def as_row(self) -> dict[str, Any]:
        """The figures as the report prints them: names and ISO dates, in the order of the report."""
        figures = {name: value for name, value in vars(self).items() if name not in NOT_IN_THE_ROW}
        confirmed_at = self.confirmed_at.isoformat() if self.confirmed_at else None
        return figures | {"shelter": self.shelter.name, "night": self.night.isoformat(), "confirmed_at": confirmed_at}


@dataclass(frozen=True)
class PeopleFigures:
    """Who slept in a house on one night and who was away, and how many came, went and were turned away (None: not written)."""

    occupied: int
    away: int
    arrivals: int
    departures: int
    turned_away: int | None


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


# What stands in front of every query: one line per shelter, from parallel arrays.
COUNTS = """
WITH count AS (
    SELECT * FROM unnest(
        %(shelter_id)s::bigint[], %(by_night)s::boolean[], %(night)s::date[], %(day_before)s::date[],
        %(at)s::timestamptz[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(last_moment)s::timestamptz[]
    ) AS count(shelter_id, by_night, night, day_before, at, since, until, last_moment)
)"""

# Everyone whose stay covers the night, once; and what the night's roll-call says of them now, if it says anything.
GUESTS = """,
guest AS (
    SELECT count.shelter_id, count.night, stay.person_id, count.at
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
    SELECT count.shelter_id, count.night, bed_night.person_id, count.at
    FROM count JOIN shelters_bednight bed_night
      ON bed_night.shelter_id = count.shelter_id AND bed_night.night = count.night
    WHERE count.by_night
),
roll_call AS MATERIALIZED (
    SELECT count.shelter_id, count.night, count.at, roll_call.id
    FROM count JOIN shelters_rollcall roll_call
      ON roll_call.shelter_id = count.shelter_id AND roll_call.night = count.night
),
answer AS MATERIALIZED (
    SELECT DISTINCT ON (roll_call.shelter_id, roll_call.night, stay.person_id)
           roll_call.shelter_id, roll_call.night, stay.person_id, mark.answer
    FROM roll_call
    JOIN shelters_rollcallmark mark ON mark.roll_call_id = roll_call.id AND mark.is_current
    JOIN shelters_stay stay ON stay.id = mark.stay_id  -- Of a stay that goes on: who left and came back is asked again.
     AND stay.voided_at IS NULL AND stay.arrived_at <= roll_call.at
     AND (stay.departed_at IS NULL OR stay.departed_at > roll_call.at)
    ORDER BY roll_call.shelter_id, roll_call.night, stay.person_id, mark.happened_at DESC, mark.id DESC
)"""

# One line per shelter and space; the line without a space holds the guests whose space is not recorded.
PLACES = """,
bed AS MATERIALIZED (
    SELECT space.shelter_id, period.space_id, bed.id, bed.is_surge, count.night  -- Where it stood that night.
    FROM count JOIN shelters_space space ON space.shelter_id = count.shelter_id
    JOIN shelters_bedperiod period ON period.space_id = space.id AND period.nights @> count.night
    JOIN shelters_bed bed ON bed.id = period.bed_id
),
place AS (
    SELECT bed.shelter_id, bed.space_id,
           (NOT bed.is_surge)::int AS nominal,
           (NOT bed.is_surge AND block.id IS NOT NULL)::int AS out_of_service,
           0 AS held,
           (bed.is_surge AND block.id IS NULL)::int AS surge,
           0 AS occupied, 0 AS occupied_surge, 0 AS away, 0 AS counted, 0 AS roll_calls, 0 AS held_away
    FROM bed
    LEFT JOIN shelters_bedblock block ON block.bed_id = bed.id AND block.nights @> bed.night
    UNION ALL
    SELECT count.shelter_id, hold.space_id, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0
    FROM count
    JOIN shelters_placement hold ON hold.shelter_id = count.shelter_id
    WHERE (hold.state IN ('held', 'expired') OR hold.state = 'released' AND EXISTS (  -- Given back or used only afterwards.
              SELECT FROM shelters_act act
              WHERE act.shelter_id = count.shelter_id AND act.recorded_at > count.at AND act.happened_at > count.at
                AND act.undone_at IS NULL AND act.changed -> 'released' @> to_jsonb(hold.id)
          ))
      AND hold.hold_expires_at > count.at  -- It ran out later: it held then.
      AND hold.hold_expires_at IS NOT NULL AND hold.planned @> count.last_moment
      AND NOT EXISTS (SELECT FROM shelters_bed bed WHERE bed.id = hold.bed_id AND bed.is_surge)  -- It takes no regular place.
    UNION ALL
    SELECT roll_call.shelter_id, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 FROM roll_call
    UNION ALL
    SELECT there.shelter_id, there.space_id, 0, 0, (there.is_away AND there.keeps_bed)::int,
           0, (NOT there.is_away)::int,
           (NOT there.is_away AND there.space_id IS NOT NULL AND (there.bed_id IS NULL OR there.is_surge))::int,
           there.is_away::int, there.is_counted::int, 0, (there.is_away AND there.keeps_bed)::int
    FROM (
        SELECT guest.shelter_id, guest.night, placement.space_id, placement.bed_id,
               COALESCE(bed.is_surge, false) AS is_surge,
               COALESCE(answer.answer IN ('leave', 'absent'), false) AS is_away, answer.answer IS NOT NULL AS is_counted,
               (NOT COALESCE(bed.is_surge, false) AND EXISTS (  -- Their bed stays theirs, where it can be slept in.
                   SELECT FROM shelters_bedperiod period
                   WHERE period.bed_id = placement.bed_id AND period.nights @> guest.night
               ) AND NOT EXISTS (
                   SELECT FROM shelters_bedblock block WHERE block.bed_id = placement.bed_id AND block.nights @> guest.night
               )) AS keeps_bed
        FROM guest
        LEFT JOIN answer ON answer.shelter_id = guest.shelter_id AND answer.night = guest.night
         AND answer.person_id = guest.person_id
        LEFT JOIN LATERAL (
            SELECT space_id, bed_id FROM (
                SELECT * FROM shelters_placement WHERE person_id = guest.person_id
                OFFSET 0  -- The few places of each guest: not a look at every place of all years.
            ) place
            WHERE shelter_id = guest.shelter_id AND state IN ('in', 'out') AND actual @> guest.at
        ) placement ON true
        LEFT JOIN shelters_bed bed ON bed.id = placement.bed_id
    ) there
)
SELECT shelter_id, space_id, sum(nominal), sum(out_of_service), sum(held), sum(surge), sum(occupied), sum(occupied_surge),
       sum(away), sum(counted), sum(roll_calls), sum(held_away)
FROM place GROUP BY shelter_id, space_id
"""

# Who began or ended to be here: of each person the times that touch or overlap are one visit (two stays of an import, a bed
# night and a stay of our own), and each visit begins once and ends once. So the equation holds however often somebody comes.
MOVEMENTS = """,
mover AS (
    SELECT count.*, moved.person_id
    FROM count CROSS JOIN LATERAL (
        SELECT person_id FROM shelters_stay
        WHERE shelter_id = count.shelter_id AND voided_at IS NULL
          AND arrived_at >= count.since AND arrived_at < count.until AND arrived_at <= count.at
        UNION
        SELECT person_id FROM shelters_stay
        WHERE shelter_id = count.shelter_id AND voided_at IS NULL
          AND departed_at >= count.since AND departed_at < count.until AND departed_at <= count.at
        UNION
        (SELECT person_id FROM shelters_bednight  -- Who has both nights has neither come nor gone.
         WHERE count.by_night AND shelter_id = count.shelter_id AND night IN (count.day_before, count.night)
         GROUP BY person_id HAVING count(*) = 1)
    ) moved
),
visit AS (
    SELECT mover.shelter_id, mover.night, mover.since, mover.until, mover.at, unnest(range_agg(there.period)) AS period
    FROM mover CROSS JOIN LATERAL (
        SELECT tstzrange(arrived_at, departed_at, '[]') AS period FROM (  -- Also who came and went in one moment.
            SELECT * FROM shelters_stay WHERE person_id = mover.person_id
            OFFSET 0  -- The few stays of each person.
        ) stay
        WHERE shelter_id = mover.shelter_id AND voided_at IS NULL AND arrived_at <= mover.at
          AND (NOT mover.by_night OR source = 'desk')
        UNION ALL
        SELECT CASE WHEN night = mover.night THEN tstzrange(mover.since, mover.until) ELSE tstzrange(NULL, mover.since) END
        FROM shelters_bednight
        WHERE mover.by_night AND shelter_id = mover.shelter_id AND person_id = mover.person_id
          AND night IN (mover.day_before, mover.night)
    ) there
    GROUP BY mover.shelter_id, mover.night, mover.person_id, mover.since, mover.until, mover.at
),
movement AS (
    SELECT shelter_id, night, count(*) FILTER (WHERE since <= lower(period) AND lower(period) < until) AS arrivals,
           count(*) FILTER (WHERE since <= upper(period) AND upper(period) < until AND upper(period) <= at) AS departures
    FROM visit GROUP BY shelter_id, night
)
"""

CAME_AND_WENT = """
SELECT count.shelter_id, COALESCE(movement.arrivals, 0), COALESCE(movement.departures, 0),
       (SELECT sum(party_size) FROM shelters_turnaway party  -- No row: nobody wrote down whether anyone came.
        WHERE party.shelter_id = count.shelter_id AND party.night = count.night AND party.voided_at IS NULL)
FROM count LEFT JOIN movement ON movement.shelter_id = count.shelter_id AND movement.night = count.night
"""

# Of many nights at once, and without the places: who was in the house, who was away, who came, went and was turned away.
PEOPLE = """
SELECT count.shelter_id, count.night, COALESCE(slept.here, 0), COALESCE(slept.away, 0),
       COALESCE(movement.arrivals, 0), COALESCE(movement.departures, 0),
       (SELECT sum(party_size) FROM shelters_turnaway party
        WHERE party.shelter_id = count.shelter_id AND party.night = count.night AND party.voided_at IS NULL)
FROM count LEFT JOIN movement ON movement.shelter_id = count.shelter_id AND movement.night = count.night
LEFT JOIN (
    SELECT guest.shelter_id, guest.night,
           count(*) FILTER (WHERE answer.answer IS NULL OR answer.answer NOT IN ('leave', 'absent')) AS here,
           count(*) FILTER (WHERE answer.answer IN ('leave', 'absent')) AS away
    FROM guest LEFT JOIN answer
      ON answer.shelter_id = guest.shelter_id AND answer.night = guest.night AND answer.person_id = guest.person_id
    GROUP BY guest.shelter_id, guest.night
) slept ON slept.shelter_id = count.shelter_id AND slept.night = count.night
"""


def figures(
    shelters: Iterable[Shelter], night: date | None = None, now: datetime | None = None
) -> list[ShelterFigures]:
    """The figures of each shelter on one night, in the order given; without a night, of each shelter's own tonight.

    Raises Refused for a night that has not begun in one of the shelters: what is not known is not a figure.
    """
    shelters = list(shelters)
    now = now or timezone.now()
    counts = [count_of(shelter, night, now) for shelter in shelters]
    found = {
        shelter.pk: ShelterFigures(shelter=shelter, night=count.night)
        for shelter, count in zip(shelters, counts, strict=True)
    }
    if found:
        unplaced = _add_spaces(found, lines(GUESTS + PLACES, counts))
        for shelter_id, arrivals, departures, turned_away in lines(MOVEMENTS + CAME_AND_WENT, counts):
            row = found[shelter_id]
            row.arrivals, row.departures, row.turned_away = arrivals, departures, turned_away
        closed = _closed(counts)
        for shelter_id, row in found.items():
            add_up(row, unplaced.get(shelter_id, SpaceFigures(space=Space())), shelter_id in closed)
    return [found[shelter.pk] for shelter in shelters]


def people_of(
    pairs: Iterable[tuple[Shelter, date]], now: datetime | None = None
) -> dict[tuple[int, date], PeopleFigures]:
    """The people of many nights of many shelters, by shelter id and night. One query, and none for no night."""
    now = now or timezone.now()
    counts = [count_of(shelter, night, now) for shelter, night in pairs]
    if not counts:
        return {}
    rows = lines(GUESTS + MOVEMENTS + PEOPLE, counts)
    return {(shelter_id, night): PeopleFigures(*numbers) for shelter_id, night, *numbers in rows}


def count_of(shelter: Shelter, night: date | None, now: datetime) -> Count:
    """Where and when a shelter's people are counted for a night (tonight). Raises Refused for one that has not begun."""
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


def lines(sql: str, counts: Sequence[Count]) -> list[tuple]:
    """The rows of a query over `count`, one line of it per Count."""
    rows = [asdict(count) for count in counts]
    with connection.cursor() as cursor:
        cursor.execute(COUNTS + sql, {name: [row[name] for row in rows] for name in rows[0]})
        return cursor.fetchall()


def _add_spaces(found: dict[int, ShelterFigures], rows: list[tuple]) -> dict[int, SpaceFigures]:
    """Give every shelter its spaces, in their order, with their counts. What has no space is given back, by shelter."""
    counted = {(shelter_id, space_id): numbers for shelter_id, space_id, *numbers in rows}
    night = night_of_each({shelter_id: row.night for shelter_id, row in found.items()}, "space__shelter")
    spaces = Space.objects.filter(shelter__in=found).on_night(night)
    for space in spaces.order_by("position", "pk"):
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

    A free bed beside a family in its cubicle is held for that family: it is not free to anyone else. Whoever is away and
    has no recorded space keeps one of the places that the others leave free.
    """
    spaces = row.per_space
    for space in spaces:
        if space.space.is_for_one_family and (space.occupied or space.away):
            space.kept = space.free
            space.held += space.kept
    everywhere = [*spaces, unplaced]
    for name in ("nominal", "out_of_service", "held", "surge", "occupied", "occupied_surge"):
        setattr(row, name, sum(getattr(space, name) for space in everywhere))
    if any(space.roll_calls for space in everywhere):
        row.away, row.counted = sum(space.away for space in everywhere), sum(space.counted for space in everywhere)
    free = sum(space.free for space in spaces)
    left = max(0, free - unplaced.held)
    fitting = min(unplaced.occupied, left)
    kept = min(unplaced.away, left - fitting)
    row.over = sum(space.over for space in spaces) + unplaced.occupied - fitting
    row.occupied_surge += unplaced.occupied - fitting
    row.held += kept
    row.free = 0 if is_closed else left - fitting - kept
    row.kept = 0 if is_closed else sum(space.kept for space in spaces)
