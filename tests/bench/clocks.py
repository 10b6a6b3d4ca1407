"""Counting clocks again: what a closure costs that moves ten thousand of them.

Ours is the whole service: the closure is entered, the calendars are made from the lists and the closures, every clock is counted
twice (safe and likely) with the days that it leaves out, both dates are written where they moved, and so is a record of each.
By hand it is the least that somebody would write for this one closure: the same clocks read by one statement, a bare loop over a
set of days that was worked out before (day after day, until enough were no weekend and not in the set), and the same two
statements that write. It knows no rule but these two, no office, and keeps no explanation. Both are undone.
"""

from datetime import date, timedelta
from typing import Any

from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import Connection

from cases.clock_engine import engine_of
from cases.models import Authority, Clock, ClockRule, DayList, Family
from cases.services.clock_rules import load_clocks
from cases.services.closures import enter_closure
from tests.bench.measuring import Row, medians
from tests.bench.sites import Site
from tests.bench.writes import undone

GOAL = 3.0
RUNS, CLOCKS = 10, 10_000
RULES = ("mx-claim", "mx-decision")
SPREAD = 38  # Days over which the events lie: each clock still runs, so that the closure moves it.


def measure(site: Site, only: str = "", runs: int = RUNS, clocks: int = CLOCKS) -> list[Row]:
    if only not in "clock-recompute":
        return []
    with site.using(), undone():
        make_clocks(site, clocks)
        first = timezone.localdate() + timedelta(days=1)
        given = {
            "organisation": site.organisation,
            "authority": Authority.objects.get(code="comar"),
            "by": site.coordinator,
            "first_day": first,
            "last_day": first + timedelta(days=8),
            "source": "Medida de prueba",
        }
        off = days_off(given["first_day"], given["last_day"])
        facts = {"organisation": site.organisation.pk, "staff": site.coordinator.pk, "now": timezone.now()}
        moved: dict[str, int] = {}

        def ours(_run: int) -> None:
            with undone():
                _closure, moved["ours"] = enter_closure(**given)

        def by_hand(_run: int) -> None:
            with undone():
                moved["by hand"] = count_by_hand(site.wrapper.connection, facts, off)

        service, hand = medians([ours, by_hand], runs, warm=1)
        if set(moved.values()) != {clocks}:
            raise AssertionError(f"Both should move every clock: {moved}")
        with CaptureQueriesContext(site.wrapper) as captured:
            ours(0)
    queries = [query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
    return [Row("clock-recompute", service, f"ms per {clocks:,}", hand, GOAL, queries=len(queries))]


def make_clocks(site: Site, number: int) -> None:
    """Clocks of two rules for families of the organisation, counted as they are before the closure; nothing else runs."""
    load_clocks()
    Clock.objects.running().update(
        state="stopped", closed_on=timezone.localdate(), closed_at=timezone.now(), closed_by=site.coordinator
    )
    rules = [ClockRule.objects.of(site.organisation.pk).in_force().get(code=code) for code in RULES]
    families = list(Family.objects.filter(organisation=site.organisation).order_by("pk").values_list("pk", flat=True))
    engine, today = engine_of(site.organisation.pk), timezone.localdate()
    made = []
    for place in range(number):
        rule, event_on = rules[place % len(rules)], today - timedelta(days=place % SPREAD)
        result = engine.result(rule, event_on)
        made.append(
            Clock(
                organisation=site.organisation,
                family_id=families[place % len(families)],
                rule=rule,
                event_on=event_on,
                safe_on=result.safe.last,
                likely_on=result.likely.last,
                started_by=site.coordinator,
            )
        )
    Clock.objects.bulk_create(made, batch_size=2000)


# --- By hand -----------------------------------------------------------------------------------------------------------

RUNNING = """
SELECT clock.id, event_on, safe_count, likely_count, safe_on, likely_on
FROM cases_clock clock JOIN cases_clockrule rule ON rule.id = rule_id
WHERE clock.organisation_id = %(organisation)s AND state IN ('running', 'passed') AND safe_unit = 'working'
"""
MOVE = """
UPDATE cases_clock SET safe_on = moved.safe_on, likely_on = moved.likely_on
FROM unnest(%(clocks)s::bigint[], %(safe)s::date[], %(likely)s::date[]) AS moved(id, safe_on, likely_on)
WHERE cases_clock.id = moved.id
"""
RECORD = """
INSERT INTO cases_clockresult (clock_id, cause, closure_id, at, by_id, event_on, was_safe_on, was_likely_on, safe_on, likely_on,
                               left_out, told_at, told_by_id, told_whom)
SELECT row.id, 'closure', NULL, %(now)s, %(staff)s, row.event_on, row.was_safe, row.was_likely, row.safe, row.likely,
       '[]', NULL, NULL, ''
FROM unnest(%(clocks)s::bigint[], %(events)s::date[], %(were_safe)s::date[], %(were_likely)s::date[], %(safe)s::date[],
            %(likely)s::date[]) AS row(id, event_on, was_safe, was_likely, safe, likely)
"""


def days_off(first: date, last: date) -> tuple[set[date], set[date]]:
    """The days that do not count, by the safe count and by the likely one: worked out before, no part of what is measured."""
    years = range(first.year - 1, first.year + 3)
    codes = Authority.objects.get(code="comar").lists
    lists = [one.counted for one in DayList.objects.filter(code__in=codes)]
    of_each = [{day for year in years for day in one.days_of(year)} for one in lists]
    closed = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return set.intersection(*of_each), set.union(*of_each, closed)


def count_by_hand(db: Connection, facts: dict[str, Any], off: tuple[set[date], set[date]]) -> int:
    moved: list[tuple[Any, ...]] = []
    for pk, event_on, safe_count, likely_count, was_safe, was_likely in db.execute(RUNNING, facts).fetchall():
        safe, likely = bare_loop(event_on, safe_count, off[0]), bare_loop(event_on, likely_count, off[1])
        if (safe, likely) != (was_safe, was_likely):
            moved.append((pk, event_on, was_safe, was_likely, safe, likely))
    names = ("clocks", "events", "were_safe", "were_likely", "safe", "likely")
    columns = {**facts, **dict(zip(names, map(list, zip(*moved, strict=True)), strict=True))}
    with db.cursor() as cursor:
        cursor.execute(MOVE, columns)
        cursor.execute(RECORD, columns)
    return len(moved)


def bare_loop(day: date, count: int, off: set[date]) -> date:
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in off:
            count -= 1
    return day
