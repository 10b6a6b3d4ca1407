"""Counting clocks again: all that a change may move, in one go, with a record of each date that moved.

However many clocks run, it asks the same number of questions: the calendars, the rules, the clocks; then one statement writes the
dates and one the records (in batches).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from cases.clock_engine import Engine, counts_for, engine_of
from cases.daycount import Counted, Result
from cases.models import Cause, Clock, ClockResult, ClockRule, Closure
from ngo.models import Organisation, Staff

BATCH = 2000
MOVED = """
UPDATE cases_clock SET safe_on = moved.safe_on, likely_on = moved.likely_on
FROM unnest(%(clocks)s::bigint[], %(safe)s::date[], %(likely)s::date[]) AS moved(id, safe_on, likely_on)
WHERE cases_clock.id = moved.id
"""


@dataclass(frozen=True)
class Moved:
    """A clock whose dates change: what they were and what they become."""

    clock_id: int
    event_on: date
    was_safe_on: date
    was_likely_on: date
    result: Result


def moved_clocks(engine: Engine, clocks: QuerySet[Clock]) -> Iterator[Moved]:
    """Those of the clocks whose dates differ from what the engine counts. Two queries beside the engine's own."""
    rows = clocks.order_by("pk").values_list(
        "pk", "rule_id", "office_id", "event_on", "after_hours", "safe_on", "likely_on"
    )
    rules = ClockRule.objects.in_bulk(set(clocks.order_by().values_list("rule_id", flat=True).distinct()))
    for pk, rule_id, office_id, event_on, after_hours, safe_on, likely_on in rows.iterator(BATCH):
        result = engine.result(rules[rule_id], event_on, office_id, after_hours=after_hours)
        if result.safe.last != safe_on or result.likely.last != likely_on:
            yield Moved(pk, event_on, safe_on, likely_on, result)


def affected_by(closure: Closure) -> Any:
    """The clocks for which a closure may count: of its whole authority, or those that run at its office."""
    clocks = Clock.objects.counted_again().filter(organisation=closure.organisation_id)
    if closure.office_id is None:
        return clocks.filter(rule__authority=closure.authority_id)
    return clocks.filter(office=closure.office_id)


@transaction.atomic
def count_again(
    *,
    organisation: Organisation,
    cause: Cause,
    by: Staff | None,
    closure: Closure | None = None,
    clocks: QuerySet[Clock] | None = None,
) -> int:
    """Count clocks again and record each date that moved; returns how many did. Safe to repeat: the second time none do."""
    hold(organisation)
    if clocks is None:
        clocks = Clock.objects.counted_again().filter(organisation=organisation)
    moved = list(moved_clocks(engine_of(organisation.pk), clocks))
    if not moved:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            MOVED,
            {
                "clocks": [one.clock_id for one in moved],
                "safe": [one.result.safe.last for one in moved],
                "likely": [one.result.likely.last for one in moved],
            },
        )
    record(moved, cause=cause, by=by, closure=closure)
    return len(moved)


def record(moved: list[Moved], *, cause: Cause, by: Staff | None, closure: Closure | None = None) -> None:
    """One row per clock: what it was, what it is, and what it leaves out now."""
    told: dict[int, list[Any]] = {}  # The same for all that were counted at once.
    ClockResult.objects.bulk_create(
        [
            ClockResult(
                clock_id=one.clock_id,
                cause=cause,
                closure=closure,
                by=by,
                event_on=one.event_on,
                was_safe_on=one.was_safe_on,
                was_likely_on=one.was_likely_on,
                safe_on=one.result.safe.last,
                likely_on=one.result.likely.last,
                left_out=told.setdefault(id(one.result), left_out(one.result.likely)),
            )
            for one in moved
        ],
        batch_size=BATCH,
    )


def left_out(counted: Counted) -> list[Any]:
    """What a count left out, as it is kept: [first day, last day, closure or 0]."""
    return [[one.first.isoformat(), one.last.isoformat(), one.key] for one in counted.left_out]


def hold(organisation: Organisation) -> None:
    """Let nobody begin a clock or enter a closure meanwhile: each would miss the other."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


__all__ = ["Moved", "affected_by", "count_again", "counts_for", "hold", "left_out", "moved_clocks", "record"]
