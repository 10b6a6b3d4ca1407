"""The figures of a daily report, as codes and numbers: what is kept in the row, frozen, and compared between versions.

Everything is counted for many shelters at once, with the same number of queries for one as for a thousand. What nobody wrote
down is None, never zero. What each figure means stands in docs/capacity.md; words are given to it in shelters/report_words.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone

from cases.models import Group
from shelters import nights
from shelters.models import Meal, Shelter, SpaceKind, TurnAway
from shelters.services import capacity, roll_call
from shelters.services.capacity import ShelterFigures, SpaceFigures
from shelters.services.meals import meals_served
from shelters.services.supplies import Cover, days_of_cover

Figures = dict[str, Any]

SCHEMA = 1
SEXES = ["f", "m", "x", "unknown"]
AGES = ["0-5", "6-11", "12-17", "18-59", "60+", "unknown"]
GROUPS = [*Group.values, "none"]
PLACES = ["nominal", "out_of_service", "held", "surge", "occupied", "occupied_surge", "away", "free", "over"]
TOTALS = [*PLACES, "counted", "arrivals", "departures"]
# What is true of a moment and leaves no trace by which a later count could know it: it is taken while the night lasts.
MOMENTARY = ["staples", "legal_slots"]


@dataclass(frozen=True)
class Difference:
    """One figure that is another one now. `path` says which: ("spaces", 12, "free")."""

    path: tuple[Any, ...]
    old: Any
    new: Any


# --- Counting ----------------------------------------------------------------------------------------------------------


def count(shelters: Iterable[Shelter], night: date | None = None, now: datetime | None = None) -> dict[int, Figures]:
    """The figures of each shelter on one night (its own tonight), by shelter id. Raises Refused for a night not begun.

    The same number of queries for any number of shelters of one night.
    """
    now = now or timezone.now()
    rows = capacity.figures(shelters, night, now)
    found: dict[int, Figures] = {row.shelter.pk: _of_places(row) for row in rows}
    if found:
        pairs = [(row.shelter, row.night) for row in rows]
        _add_people(found, rows, now)
        _add_roll_calls(found, pairs, now)
        _add_turned_away(found, pairs)
        for (shelter_id, _night), meals in meals_served(pairs).items():
            found[shelter_id]["meals"] = {meal.value: meals[meal] for meal in Meal}
        _add_momentary(found, [row for row in rows if now < nights.morning_after(row.shelter, row.night)])
    return found


def recount(shelter: Shelter, night: date, now: datetime | None = None, *, before: Figures | None = None) -> Figures:
    """The figures of a night from the records as they stand now. What only that moment knew is taken from `before`."""
    now = now or timezone.now()
    figures = count([shelter], night, now)[shelter.pk]
    if before is not None and now >= nights.morning_after(shelter, night):
        figures |= {name: before.get(name) for name in MOMENTARY}
    return figures


def with_nobody_turned_away(figures: Figures) -> Figures:
    """What a person confirms who was told that nothing was written down: nobody was turned away."""
    if figures["turned_away"] is not None:
        return figures
    return figures | {"turned_away": 0, "turned_away_parties": 0, "turned_away_reasons": {}}


def _of_places(row: ShelterFigures) -> Figures:
    kinds: dict[str, dict[str, int]] = {}
    for space in row.per_space:
        sums = kinds.setdefault(space.space.kind, dict.fromkeys(PLACES, 0))
        for name in PLACES:
            sums[name] += getattr(space, name)
    return {
        "schema": SCHEMA,
        **{name: getattr(row, name) for name in TOTALS},
        "turned_away": row.turned_away,
        "turned_away_parties": None,
        "turned_away_reasons": None,
        "roll_call": None,
        "rooms": row.rooms,
        "spaces": [_of_space(space) for space in row.per_space],
        "kinds": {kind: kinds[kind] for kind in SpaceKind.values if kind in kinds},
        "people": {sex: dict.fromkeys(AGES, 0) for sex in SEXES},
        "groups": dict.fromkeys(GROUPS, 0),
        "meals": dict.fromkeys(Meal.values),
        "staples": None,
        "legal_slots": None,
    }


def _of_space(row: SpaceFigures) -> dict[str, Any]:
    space = row.space
    what = {"id": space.pk, "name": space.name, "kind": space.kind, "sleepers": space.sleepers}
    return what | {name: getattr(row, name) for name in PLACES}


# Everyone in the house: whoever the roll-call says is away does not sleep there. Sex and birth date are those that were kept
# when they were placed, and the file's where nothing was: a file that changes later does not change a past night. The case
# is the one that was open then, or, where a file was typed in later, the first one after.
PEOPLE = """
SELECT guest.shelter_id, known.sex,
       CASE WHEN known.born_on IS NULL OR known.born_on > guest.night THEN 'unknown'
            WHEN age.years < 6 THEN '0-5' WHEN age.years < 12 THEN '6-11' WHEN age.years < 18 THEN '12-17'
            WHEN age.years < 60 THEN '18-59' ELSE '60+' END AS band,
       main.name, count(*)
FROM guest
JOIN cases_person person ON person.id = guest.person_id
LEFT JOIN LATERAL (
    SELECT place.sex, place.born_on FROM (
        SELECT * FROM shelters_placement WHERE person_id = guest.person_id
        OFFSET 0  -- The few places of each guest.
    ) place
    WHERE place.shelter_id = guest.shelter_id AND place.state IN ('in', 'out') AND place.actual @> guest.at
    LIMIT 1
) kept ON true
CROSS JOIN LATERAL (
    SELECT COALESCE(NULLIF(kept.sex, ''), person.sex) AS sex, COALESCE(kept.born_on, person.born_on) AS born_on
) known
CROSS JOIN LATERAL (SELECT date_part('year', age(guest.night, known.born_on)) AS years) age
LEFT JOIN answer ON answer.shelter_id = guest.shelter_id AND answer.night = guest.night AND answer.person_id = guest.person_id
LEFT JOIN LATERAL (
    SELECT found."group" AS name FROM cases_case found
    WHERE found.person_id = guest.person_id AND (found.closed_at IS NULL OR found.closed_at > guest.at)
    ORDER BY found.opened_at, found.id LIMIT 1
) main ON true
WHERE answer.answer IS NULL OR answer.answer NOT IN ('leave', 'absent')
GROUP BY 1, 2, 3, 4
"""


def _add_people(found: dict[int, Figures], rows: list[ShelterFigures], now: datetime) -> None:
    counts = [capacity.count_of(row.shelter, row.night, now) for row in rows]
    for shelter_id, sex, band, group, people in capacity.lines(capacity.GUESTS + PEOPLE, counts):
        figures = found[shelter_id]
        figures["people"][sex or "unknown"][band] += people
        figures["groups"][group or "none"] += people


def _add_roll_calls(found: dict[int, Figures], pairs: list[tuple[Shelter, date]], now: datetime) -> None:
    for (shelter_id, _night), answers in roll_call.counts(pairs, now).items():
        found[shelter_id]["roll_call"] = {
            name: getattr(answers, name) for name in ("present", "on_leave", "absent", "not_counted")
        }


def _add_turned_away(found: dict[int, Figures], pairs: list[tuple[Shelter, date]]) -> None:
    """Parties and people by reason; the sum stands in the figures of the night already."""
    night_of = {shelter.pk: night for shelter, night in pairs}
    parties = TurnAway.objects.standing().filter(shelter__in=night_of, night__in=set(night_of.values()))
    rows = parties.order_by("reason").values_list("shelter", "night", "reason")
    for shelter_id, night, reason, number, people in rows.annotate(Count("pk"), Sum("party_size")):
        if night_of[shelter_id] == night:
            figures = found[shelter_id]
            figures["turned_away_parties"] = (figures["turned_away_parties"] or 0) + number
            figures["turned_away_reasons"] = (figures["turned_away_reasons"] or {}) | {reason: people}


def _add_momentary(found: dict[int, Figures], rows: list[ShelterFigures]) -> None:
    """The store and the lawyers' free hours, for nights that are not over."""
    by_night: dict[date, list[Shelter]] = {}
    for row in rows:
        by_night.setdefault(row.night, []).append(row.shelter)
    for night, shelters in by_night.items():
        for shelter_id, covers in days_of_cover(shelters, night).items():
            found[shelter_id]["staples"] = [_of_cover(cover) for cover in covers]
    free = free_slots_next_week({(row.shelter.organisation_id, row.night) for row in rows})
    for row in rows:
        found[row.shelter.pk]["legal_slots"] = free[row.shelter.organisation_id, row.night]


def _of_cover(cover: Cover) -> dict[str, Any]:
    left = None if cover.left is None else f"{cover.left.normalize():f}"
    item = cover.item
    return {
        "id": item.pk,
        "name": item.name,
        "unit": item.unit,
        "left": left,
        "days": cover.days,
        "is_low": cover.is_low,
    }


# One slot falls on one date of a week. An organisation without an active provider has no line: it gives no consultations.
SLOTS = """
SELECT asked.organisation_id, asked.monday, count(slot.id) FILTER (WHERE booking.id IS NULL)
FROM unnest(%(organisation)s::bigint[], %(monday)s::date[]) AS asked(organisation_id, monday)
JOIN cases_legalprovider provider ON provider.organisation_id = asked.organisation_id AND provider.is_active
LEFT JOIN cases_weeklyslot slot ON slot.provider_id = provider.id
  AND slot.since <= asked.monday + slot.weekday AND (slot.until IS NULL OR slot.until >= asked.monday + slot.weekday)
LEFT JOIN cases_slotbooking booking ON booking.slot_id = slot.id
  AND booking.day = asked.monday + slot.weekday AND booking.released_at IS NULL
GROUP BY 1, 2
"""


def free_slots_next_week(asked: Iterable[tuple[int, date]]) -> dict[tuple[int, date], int | None]:
    """Free legal slots from the Monday after a date to its Sunday, by (organisation id, date). One query for any number.

    None where nobody gives consultations.
    """
    mondays = {(organisation, day): day + timedelta(days=7 - day.weekday()) for organisation, day in asked}
    if not mondays:
        return {}
    wanted = sorted({(organisation, monday) for (organisation, _day), monday in mondays.items()})
    with connection.cursor() as cursor:
        cursor.execute(SLOTS, {"organisation": [row[0] for row in wanted], "monday": [row[1] for row in wanted]})
        free = {(organisation, monday): number for organisation, monday, number in cursor.fetchall()}
    return {key: free.get((key[0], monday)) for key, monday in mondays.items()}


# --- Comparing ---------------------------------------------------------------------------------------------------------


def flat(figures: Figures) -> dict[tuple[Any, ...], Any]:
    """Every figure by its path. Lists of things go by their id, so that a thing that was added or removed shows as itself."""
    found: dict[tuple[Any, ...], Any] = {}
    _flatten((), figures, found)
    return found


def _flatten(path: tuple[Any, ...], value: Any, found: dict[tuple[Any, ...], Any]) -> None:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in {"id", "name", "unit", "schema", "sleepers"} and not (path and name == "kind"):
                _flatten((*path, name), one, found)
    elif isinstance(value, list):
        for one in value:
            _flatten((*path, one["id"]), one, found)
    else:
        found[path] = value


def differences(old: Figures, new: Figures) -> list[Difference]:
    """What is not the same, in the order of the report. A figure that one of them lacks is None there."""
    before, after = flat(old), flat(new)
    paths = [*after, *(path for path in before if path not in after)]
    pairs = ((path, before.get(path), after.get(path)) for path in paths)
    return [Difference(path, was, now) for path, was, now in pairs if was != now]
