"""Rows of the table: how they are timed, when a goal is met, and how they are written."""

import gc
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

PAGE_GOAL, OFFERS_GOAL, GROWTH_GOAL = 3.0, 5.0, 1.5


@dataclass(frozen=True)
class Row:
    """One line. `ratio` is value ÷ limit, `goal` its bound: from above, or from below where higher is better."""

    name: str
    value: float
    unit: str
    limit: float
    goal: float
    queries: int | None = None
    higher_is_better: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.limit

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal if self.higher_is_better else self.ratio <= self.goal

    def as_json(self) -> dict[str, Any]:
        """What stands in var/bench.json."""
        row = asdict(self)
        better = "higher" if row.pop("higher_is_better") else "lower"
        numbers = {"value": round(self.value, 3), "limit": round(self.limit, 3), "ratio": round(self.ratio, 3)}
        return row | numbers | {"met": self.met, "better": better}


def milliseconds(work: Callable[[int], Any], run: int) -> float:
    begun = perf_counter()
    work(run)
    return (perf_counter() - begun) * 1000


def p95(taken: list[float]) -> float:
    """What nineteen of twenty took at most."""
    return sorted(taken)[ceil(0.95 * len(taken)) - 1]


def medians(works: Sequence[Callable[[int], Any]], runs: int, warm: int = 5) -> list[float]:
    """The median of each in milliseconds; see `timed`."""
    return timed(works, runs, median, warm)


def timed(
    works: Sequence[Callable[[int], Any]], runs: int, pick: Callable[[list[float]], float], warm: int = 5
) -> list[float]:
    """One figure of each (`pick`: its median, its p95) in milliseconds, one after the other in every run: what else the machine
    does meets all alike.

    Each gets the number of the run, so that all of them take the same subject in the same run.
    """
    for run in range(warm):
        for work in works:
            work(run)
    gc.collect()
    gc.freeze()  # What is there already is no part of what is measured.
    times: list[list[float]] = [[] for _work in works]
    for run in range(runs):
        for work, taken in zip(works, times, strict=True):
            taken.append(milliseconds(work, run))
    gc.unfreeze()
    return [pick(taken) for taken in times]


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal."""
    head = ("", "value", "limit", "unit", "ratio", "goal", "queries", "")
    lines = [head, *(line_of(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in {0, 3, 7} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def line_of(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.higher_is_better else "≤"
    queries = "" if row.queries is None else str(row.queries)
    verdict = "met" if row.met else "NOT MET"
    numbers = (f"{row.value:,.2f}", f"{row.limit:,.2f}", row.unit, f"{row.ratio:.2f}", f"{sign} {row.goal:g}")
    return (row.name, *numbers, queries, verdict)


def write(rows: Sequence[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n", encoding="utf-8")
