"""What leaves the house: nobody can be told apart in it, and no merged count can be found by subtraction."""

import itertools
import json
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelters.services.publishing import FEWEST, merge_small, publishable
from shelters.services.report_figures import AGES, GROUPS, PLACES, SEXES

ANSWERS = ["present", "on_leave", "absent", "not_counted"]
counts = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 30), min_size=1)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(counts)
def test_no_count_below_five_is_shown_and_nobody_is_lost(cells):
    shown = merge_small(cells)

    if shown is None:
        return
    assert all(number == 0 or number >= FEWEST for number in shown.cells.values())
    assert sum(shown.cells.values()) + shown.people == sum(cells.values())
    assert not shown.merged or (len(shown.merged) > 1 and shown.people >= FEWEST)
    assert {*shown.cells, *shown.merged} == set(cells)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(counts)
def test_large_counts_stay_as_they_are(cells):
    if any(0 < number < FEWEST for number in cells.values()):
        return
    shown = merge_small(cells)
    assert shown is not None
    assert shown.cells == cells
    assert shown.merged == []


@pytest.mark.parametrize(("cells", "most"), [(1, 14), (2, 14), (3, 14), (4, 11)])
def test_who_knows_the_rule_and_the_total_still_cannot_tell_a_merged_count(cells, most):
    """Every table of so many cells: all those that would be published alike leave each merged count open."""
    alike = defaultdict(list)
    for numbers in itertools.product(range(most + 1), repeat=cells):
        shown = merge_small(dict(enumerate(numbers)))
        published = shown and (tuple(shown.cells.items()), tuple(shown.merged), shown.people)
        alike[sum(numbers), published].append(numbers)
    told = [
        (tables[0], cell)
        for (total, published), tables in alike.items()
        for cell in (published[1] if published else range(cells) if cells > 1 else [])
        if 0 < tables[0][cell] < FEWEST and len({table[cell] for table in tables}) == 1
    ]
    assert told == []


@st.composite
def reports(draw):
    """Figures of a report as they are kept, consistent in themselves."""
    people = {sex: {age: draw(st.integers(0, 7)) for age in AGES} for sex in SEXES}
    occupied = sum(sum(ages.values()) for ages in people.values())
    groups, left = {}, occupied
    for group in GROUPS[:-1]:
        groups[group] = draw(st.integers(0, left))
        left -= groups[group]
    groups[GROUPS[-1]] = left
    spaces, left = [], occupied
    for number in range(draw(st.integers(0, 4))):
        inside = draw(st.integers(0, left))
        left -= inside
        numbers = dict.fromkeys(PLACES, 0) | {"nominal": 10, "occupied": inside, "free": max(0, 10 - inside)}
        kind = draw(st.sampled_from(["dormitory", "cubicle"]))
        spaces.append({"id": number, "name": f"S{number}", "kind": kind, "sleepers": "any", **numbers})
    kinds = {}
    for space in spaces:
        sums = kinds.setdefault(space["kind"], dict.fromkeys(PLACES, 0))
        for name in PLACES:
            sums[name] += space[name]
    small = st.integers(0, 9)
    return {
        "schema": 1,
        **dict.fromkeys(PLACES, 0),
        "nominal": 10 * len(spaces),
        "occupied": occupied,
        "counted": None,
        "arrivals": draw(small),
        "departures": draw(small),
        "turned_away": draw(st.none() | small),
        "turned_away_parties": None,
        "turned_away_reasons": draw(st.none() | st.dictionaries(st.sampled_from(["full", "curfew", "other"]), small)),
        "roll_call": draw(st.none() | st.fixed_dictionaries(dict.fromkeys(ANSWERS, small))),
        "spaces": spaces,
        "kinds": kinds,
        "people": people,
        "groups": groups,
        "meals": dict.fromkeys(["breakfast", "lunch", "supper"]),
        "staples": None,
        "legal_slots": None,
    }


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(reports())
def test_what_is_published_of_a_report_holds_no_small_group(figures):
    published = publishable(figures)

    for name in ("sexes", "ages", "groups"):
        if part := published[name]:
            assert all(number == 0 or number >= FEWEST for number in part["cells"].values())
            assert sum(part["cells"].values()) + part["merged_people"] == figures["occupied"]
    for space in published["spaces"] or []:
        assert space["occupied"] == 0 or space["occupied"] >= FEWEST
    assert published["occupied"] == figures["occupied"]
    assert {"people", "away", "counted", "turned_away_parties"}.isdisjoint(published)
    both = published["arrivals"], published["departures"]
    assert both == (None, None) or all(number == 0 or number >= FEWEST for number in both)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(reports())
def test_kinds_of_space_do_not_open_what_the_spaces_closed(figures):
    published = publishable(figures)

    if published["kinds"] is not None:
        assert len(published["spaces"]) == len(figures["spaces"])
        assert all(space["name"] for space in published["spaces"])


def test_the_roll_call_is_only_said_to_have_been_taken():
    answers = {"present": 20, "on_leave": 1, "absent": 0, "not_counted": 0}
    figures = dict.fromkeys((*PLACES, "arrivals", "departures"), 0) | {
        "schema": 1,
        "occupied": 20,
        "roll_call": answers,
    }
    figures |= {"spaces": [], "kinds": {}, "people": {sex: dict.fromkeys(AGES, 0) for sex in SEXES}}
    figures |= {"groups": dict.fromkeys(GROUPS, 0), "meals": {}, "staples": None, "legal_slots": None}
    figures |= {"turned_away": None, "turned_away_reasons": None}

    assert publishable(figures)["roll_call"] == "complete"
    assert "on_leave" not in json.dumps(publishable(figures))
