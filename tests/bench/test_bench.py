"""The benchmark, small: it measures what it says, beside the same facts, and `met` is right in both directions."""

import json

import pytest
from django.db import connection

from ngo.services.demo.scale import make_scale
from shelters.models import Shelter
from tests.bench import by_hand, clocks, measuring, notices, pages, writes
from tests.bench.measuring import Row
from tests.bench.sites import Site

# What each page asks of the database, whatever the number of people, beds and years. The dashboard's stand in test_today.py.
QUERIES = {
    "bed-board": 8,
    "bed-board-250": 8,
    "bed-board-2500": 8,
    "roll-call-300": 8,
    "placement-options": 13,
    "family-search": 8,
    "family-page": 16,
    "case-page": 8,
    "case-page-long": 8,
    "caseload-500": 5,
    "tomorrow-list": 4,
    "report-one-night": 10,
}


def row(value, limit, goal, **more):
    return Row("name", value, "ms", limit, goal, **more)


def test_a_goal_is_met_below_its_bound_or_above_it_where_more_is_better():
    assert row(6, 2, 3).met
    assert not row(6.1, 2, 3).met
    assert row(50, 100, 0.5, higher_is_better=True).met
    assert not row(49, 100, 0.5, higher_is_better=True).met
    assert row(500, 100, 0.5, higher_is_better=True).met


def test_a_row_is_written_as_its_readers_expect(tmp_path):
    measuring.write(
        [row(6, 2, 3, queries=4), row(49, 100, 0.5, higher_is_better=True)], tmp_path / "var" / "bench.json"
    )

    page, rate = json.loads((tmp_path / "var" / "bench.json").read_text())

    assert page == {
        "name": "name",
        "value": 6,
        "unit": "ms",
        "limit": 2,
        "goal": 3,
        "queries": 4,
        "ratio": 3.0,
        "met": True,
        "better": "lower",
    }
    assert (rate["ratio"], rate["met"], rate["better"]) == (0.49, False, "higher")
    assert "NOT MET" in measuring.table([row(49, 100, 0.5, higher_is_better=True)])


def test_p95_is_what_nineteen_of_twenty_took_at_most():
    assert measuring.p95([float(number) for number in range(100, 0, -1)]) == 95
    assert measuring.p95([7.0]) == 7


def test_the_works_of_a_run_take_turns_with_the_same_subject():
    seen = []

    measuring.medians(
        [lambda run: seen.append(("ours", run)), lambda run: seen.append(("by hand", run))], runs=2, warm=0
    )

    assert seen == [("ours", 0), ("by hand", 0), ("ours", 1), ("by hand", 1)]


BEGUN = "SELECT FROM shelters_rollcall WHERE shelter_id = %(shelter)s AND night = %(night)s"


@pytest.fixture(params=[1600])
def site(transactional_db, request):
    make_scale(request.param, say=lambda line: None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = Site(connection.settings_dict["NAME"])
    found.look()
    yield found
    found.wrapper.close()
    found.by_hand.close()


def test_every_row_is_measured_beside_the_same_facts(site):
    with pages.without_rendering() as drawn:
        the_pages_and_the_sql_by_hand_agree(site, drawn)
        rows = [line for page in pages.PAGES for line in pages.measure(page, site, site, runs=2)]
    before = site.by_hand.execute("SELECT count(*) FROM shelters_stay").fetchone()
    rows += writes.measure(site, runs=2, notices=5)
    rows += notices.measure(site, notices=10, share=0.001)

    names = [page.name for page in pages.PAGES]
    assert {line.name for line in rows} == {
        *names,
        *(f"growth-{page.name}" for page in pages.PAGES if page.grows),
        "check-in",
        "reminders-by-mail",
        "reminders-throughput",
        "plan-100k",
        "send-memory",
    }
    assert all(line.value > 0 and line.limit > 0 for line in rows)
    begun = (
        site.by_hand.execute(BEGUN, site.facts(desk=site.counted)).fetchone() is not None
    )  # By the hour of the test.
    asked = QUERIES | {"roll-call-300": QUERIES["roll-call-300"] + begun}
    assert {line.name: line.queries for line in rows if line.name in asked} == asked
    assert site.by_hand.execute("SELECT count(*) FROM shelters_stay").fetchone() == before  # A check-in is undone.
    assert site.by_hand.execute("SELECT count(*) FROM cases_reminder WHERE state = 'sent'").fetchone()[0] > 0


def the_pages_and_the_sql_by_hand_agree(site, drawn):
    by_name = {page.name: page for page in pages.PAGES}

    def both(name, run=0):
        with site.using():
            ours = by_name[name].ours(site, run)
        return ours, by_name[name].by_hand(site, run)

    _answer, hand = both("bed-board")
    board = drawn[0]["board"]
    in_the_house = [line for line in hand["people"] if line[2] == "in" and line[-1] is None]
    assert board.people == len(in_the_house) + len(hand["nowhere"]) > 0
    assert sum(len(space.tiles) for space in board.spaces) == len(hand["beds"])
    for run in (0, 1):
        _answer, hand = both("family-search", run)
        found = drawn[0]
        assert {person.pk for person in found["persons"]} == {line[0] for line in hand["people"]} or found["has_more"]
        assert {family.pk for family in found["families"]} == {line[0] for line in hand["families"]}
        counted = {group: (people, since, first) for group, people, since, first in hand["groups"]}
        assert {one.group: (one.people, one.since) for one in found["groups"] if one.people} == {
            group: numbers[:2] for group, numbers in counted.items()
        }
    offers, hand = both("placement-options")
    assert {bed.pk for house in offers.houses.values() for beds in house.free.values() for bed in beds} == {
        line[0] for line in hand[6]
    }
    assert sum(len(house.sleepers) for house in offers.houses.values()) == len(hand[8])
    _answer, hand = both("roll-call-300")
    assert drawn[0]["sheet"].expected == len(hand["people"]) > 0
    on_the_list = {line[0] for line in hand["people"]}  # The answer of who left since stays, and is not asked for.
    answered = [line for line in hand["answers"] if line[6] and line[1] in on_the_list]
    assert sum(row.mark is not None for row in drawn[0]["sheet"].rows) == len(answered)
    _answer, hand = both("family-page")
    assert len(drawn[0]["file"].members) == len(hand["members"])
    for name in ("case-page", "case-page-long"):
        _answer, hand = both(name)
        file = drawn[0]["file"]
        assert len(file.people) + len(file.former) == len(hand["people"]) > 0
        assert [line.step.pk for line in file.steps] == [line[0] for line in hand["steps"]]
        assert {task.pk for task in file.tasks} == {line[0] for line in hand["tasks"] if line[6] is None}
        assert {row.pk for row in file.appointments} == {line[0] for line in hand["appointments"]}
        told = [line[1] for line in hand["changes"]] + [line[3] for line in hand["notes"]]
        told += [line[6] for line in hand["tasks"] if line[6]]
        assert [event.at for event in file.events] == sorted(told, reverse=True)[:15]
    assert len(file.events) == 15
    assert file.has_more
    _answer, hand = both("caseload-500")
    assert drawn[0]["page"].paginator.count == hand["count"][0] == 1600 // 40
    assert [row.pk for row in drawn[0]["page"].object_list] == [line[0] for line in hand["cases"]]
    assert [task.pk for task in drawn[0]["tasks"]] == [line[0] for line in hand["tasks"]] != []
    _answer, hand = both("tomorrow-list")
    assert drawn[0]["found"].people_shown == len(hand["people"])
    figures, hand = both("report-one-night")
    assert sum(row["occupied"] for row in figures.values()) == sum(line[6] for line in hand["places"]) > 0
    assert sum(row["nominal"] for row in figures.values()) == sum(line[2] for line in hand["places"])
    assert {pk: row["arrivals"] for pk, row in figures.items()} == {line[0]: line[1] for line in hand["movements"]}
    with site.using():
        assert len(figures) == Shelter.objects.count()


@pytest.mark.parametrize("site", [400], indirect=True)
def test_clocks_are_counted_again_with_the_same_number_of_queries_beside_a_bare_loop(site):
    few, many = (clocks.measure(site, runs=1, clocks=number)[0] for number in (20, 120))

    assert few.name == "clock-recompute"
    assert few.queries == many.queries < 15
    assert many.value > 0
    assert many.limit > 0
    assert site.by_hand.execute("SELECT count(*) FROM cases_clock").fetchone() == (0,)  # Both are undone.


@pytest.mark.parametrize("site", [400], indirect=True)
def test_the_sql_by_hand_writes_its_line_in_the_log_too(site):
    count = "SELECT count(*) FROM ngo_readlog"
    before = site.by_hand.execute(count).fetchone()[0]

    by_hand.bed_board(site.by_hand, site.facts())

    assert site.by_hand.execute(count).fetchone()[0] == before + 1
