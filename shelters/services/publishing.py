"""What of a report may leave the house: no breakdown of people from which fewer than five could be told apart.

Small counts are merged, and a further one with them, so that none can be found by subtraction from a total. Totals of the house
stay: how many sleep there, how many places are free. Two breakdowns of the same people are never given where one would open
the other (spaces and kinds of space; ages and sexes stand apart, never crossed).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shelters.services.report_figures import AGES, GROUPS, PLACES, SEXES, Figures

FEWEST = 5  # People: fewer could be recognised.
SPACE_COLUMNS = ["nominal", "out_of_service", "held", "surge", "occupied", "free", "over"]


@dataclass(frozen=True)
class Breakdown:
    """Cells that may be shown, and the ones that were merged with their sum."""

    cells: dict[Any, int]
    merged: list[Any]
    people: int  # In the merged cells together.

    def as_json(self) -> dict[str, Any]:
        return {"cells": self.cells, "merged": self.merged, "merged_people": self.people}


def merge_small(cells: Mapping[Any, int]) -> Breakdown | None:
    """Merge the counts below five, and further ones with them; None where nothing but the total would be left.

    Who knows the rule, the total and what is published can still not tell a merged count: at least two different counts are
    merged, and each of them could be in the place of the other.
    """
    nonzero = {code: number for code, number in cells.items() if number}
    merged = {code: number for code, number in nonzero.items() if number < FEWEST}
    while merged and (sum(merged.values()) < FEWEST or len(set(merged.values())) == 1):
        rest = [number for code, number in nonzero.items() if code not in merged]
        if not rest:
            return None
        merged |= {code: number for code, number in nonzero.items() if number == min(rest) and code not in merged}
    if merged and len(merged) == len(nonzero):
        return None
    shown = {code: number for code, number in cells.items() if code not in merged}
    return Breakdown(shown, [code for code in cells if code in merged], sum(merged.values()))


def publishable(figures: Figures) -> Figures:
    """The figures as they may leave the house. Breakdowns are `Breakdown.as_json()`, or None where nothing may be told."""
    by_sex = {sex: sum(figures["people"][sex].values()) for sex in SEXES}
    by_age = {age: sum(figures["people"][sex][age] for sex in SEXES) for age in AGES}
    reasons = figures["turned_away_reasons"]
    spaces = _spaces(figures)
    return {
        "schema": figures["schema"],
        **{name: figures[name] for name in PLACES if name != "away"},
        **_movements(figures),
        "turned_away": figures["turned_away"],
        "turned_away_reasons": _as_json(merge_small(reasons)) if reasons else reasons,
        "roll_call": _roll_call(figures["roll_call"]),
        "spaces": spaces,
        "kinds": _kinds(figures) if _tells_each(spaces) else None,
        "sexes": _as_json(merge_small(by_sex)),
        "ages": _as_json(merge_small(by_age)),
        "groups": _as_json(merge_small({group: figures["groups"][group] for group in GROUPS})),
        **{name: figures[name] for name in ("meals", "staples", "legal_slots")},
    }


def _as_json(breakdown: Breakdown | None) -> dict[str, Any] | None:
    return breakdown.as_json() if breakdown else None


def _movements(figures: Figures) -> Figures:
    """Arrivals and departures; both or none, for the difference between two nights' totals would give one by the other."""
    both = {name: figures[name] for name in ("arrivals", "departures")}
    return dict.fromkeys(both) if any(0 < number < FEWEST for number in both.values()) else both


def _roll_call(answers: dict[str, int] | None) -> str | None:
    """Whether one was taken, and of everyone: how many were away is not told."""
    if answers is None:
        return None
    return "partial" if answers["not_counted"] else "complete"


def _spaces(figures: Figures) -> list[dict[str, Any]] | None:
    """Each space, small ones merged into one line without a name; who sleeps in no recorded space counts as one more."""
    spaces = {space["id"]: space for space in figures["spaces"]}
    unplaced = figures["occupied"] - sum(space["occupied"] for space in spaces.values())
    breakdown = merge_small({**{pk: space["occupied"] for pk, space in spaces.items()}, None: unplaced})
    if breakdown is None:
        return None
    shown = [
        {"name": spaces[pk]["name"], "kind": spaces[pk]["kind"]} | {name: spaces[pk][name] for name in SPACE_COLUMNS}
        for pk in breakdown.cells
        if pk is not None
    ]
    if breakdown.merged:
        together = [spaces[pk] for pk in breakdown.merged if pk is not None]
        sums = {name: sum(space[name] for space in together) for name in SPACE_COLUMNS}
        shown.append({"name": None, "kind": None, **sums, "occupied": breakdown.people})
    return shown


def _tells_each(spaces: list[dict[str, Any]] | None) -> bool:
    return spaces is not None and all(space["name"] is not None for space in spaces)


def _kinds(figures: Figures) -> dict[str, dict[str, int]]:
    return {kind: {name: sums[name] for name in SPACE_COLUMNS} for kind, sums in figures["kinds"].items()}
