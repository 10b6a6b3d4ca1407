"""The pages of the table: each as its view runs it up to rendering, and beside it the same facts by hand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from unittest.mock import patch

from django.db.models import QuerySet
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.views import families, people, processes
from ngo.dashboard import today_of
from shelters.models import Shelter
from shelters.services.offers import offers_for
from shelters.services.report_figures import count
from shelters.views import board, roll_call, tomorrow
from tests.bench import by_hand
from tests.bench.measuring import GROWTH_GOAL, OFFERS_GOAL, PAGE_GOAL, Row, p95, timed
from tests.bench.sites import Site

VIEWS = [families, people, processes, board, roll_call, tomorrow]
RUNS = 60


@dataclass(frozen=True)
class Page:
    """One page: `ours(site, run)` and `by_hand(site, run)` fetch the same facts. `parts` divides what grows with its subject."""

    name: str
    ours: Callable[[Site, int], Any]
    by_hand: Callable[[Site, int], Any]
    parts: Callable[[Site], int] = lambda site: 1
    goal: float = PAGE_GOAL
    pick: Callable[[list[float]], float] = median  # Which figure of all runs.
    grows: bool = True  # False where the house is of a size that only the full load has.


@contextmanager
def without_rendering() -> Iterator[list[dict[str, Any]]]:
    """The views answer with nothing, once all that their template would have asked for is fetched. Yields the last context."""
    drawn: list[dict[str, Any]] = []

    def stop(request: Any, template: str, context: dict[str, Any] | None = None, **_more: Any) -> HttpResponse:
        drawn[:] = [{"template": template, **(context or {})}]
        fetch(context or {})
        return HttpResponse()

    patches = [patch.object(view, "render", stop) for view in VIEWS]
    for one in patches:
        one.start()
    try:
        yield drawn
    finally:
        for one in patches:
            one.stop()


def fetch(context: dict[str, Any]) -> None:
    """Ask for the rows that a view leaves to its template."""
    for value in context.values():
        if isinstance(value, QuerySet):
            len(value)


# --- Ours --------------------------------------------------------------------------------------------------------------


def bed_board(site: Site, run: int) -> Any:
    return board.board(site.request(), slug=site.shelter.slug)


def large_board(site: Site, run: int) -> Any:
    return board.board(site.request(desk=site.large), slug=site.large.shelter.slug)


def roll_call_page(site: Site, run: int) -> Any:
    return roll_call.roll_call(site.request(desk=site.counted), slug=site.counted.shelter.slug)


def family_search(site: Site, run: int) -> Any:
    return people.people(site.request("POST", text=site.texts[run % len(site.texts)]))


def family_page(site: Site, run: int) -> Any:
    return families.family(site.request(), family_id=site.families[run % len(site.families)])


def case_page(site: Site, run: int) -> Any:
    return processes.case(site.request(desk=site.caseworker), process_id=site.cases[run % len(site.cases)])


def longest_case(site: Site, run: int) -> Any:
    """One with a history such as none has after years: the larger the load, the longer."""
    return processes.case(site.request(desk=site.caseworker), process_id=site.longest)


def caseload(site: Site, run: int) -> Any:
    return processes.cases(site.request(desk=site.caseworker))


def dashboard(site: Site, run: int) -> Any:
    return today_of(site.coordinator)


def tomorrow_list(site: Site, run: int) -> Any:
    """Of a day on which many leave: before the morning hour, and in a small house, tomorrow's own may be empty."""
    return tomorrow.tomorrow(site.request(day=site.busy_day.isoformat()))


def placement_options(site: Site, run: int) -> Any:
    """Every way to place a family in any house of the whole load, tonight and in the coming days."""
    houses = list(Shelter.objects.with_opening(timezone.now()).order_by("name", "pk"))
    return offers_for(family=site.unplaced[run % len(site.unplaced)], shelters=houses, by=site.coordinator)


def report_one_night(site: Site, run: int) -> Any:
    """Last night: it is over everywhere."""
    shelters = Shelter.objects.select_related("city").order_by("name", "pk")
    return count(shelters, site.facts()["night"] - timedelta(days=1))


PAGES = [
    Page("bed-board", bed_board, lambda site, run: by_hand.bed_board(site.by_hand, site.facts())),
    Page(
        "family-search",
        family_search,
        lambda site, run: by_hand.family_search(site.by_hand, site.facts(text=site.texts[run % len(site.texts)])),
    ),
    Page(
        "family-page",
        family_page,
        lambda site, run: by_hand.family_page(site.by_hand, site.facts(family=site.families[run % len(site.families)])),
    ),
    Page(
        "case-page",
        case_page,
        lambda site, run: by_hand.case_page(
            site.by_hand, site.facts(desk=site.caseworker, process=site.cases[run % len(site.cases)])
        ),
    ),
    Page(
        "case-page-long",
        longest_case,
        lambda site, run: by_hand.case_page(site.by_hand, site.facts(desk=site.caseworker, process=site.longest)),
    ),
    Page(
        "caseload-500",
        caseload,
        lambda site, run: by_hand.caseload(site.by_hand, site.facts(desk=site.caseworker, today=timezone.localdate())),
        pick=p95,
    ),
    Page(
        "dashboard", dashboard, lambda site, run: by_hand.dashboard(site.by_hand, site.facts(end=site.end_of_tomorrow))
    ),
    Page(
        "tomorrow-list",
        tomorrow_list,
        lambda site, run: by_hand.tomorrow_list(site.by_hand, site.facts(**site.instants_of(site.busy_day))),
    ),
    Page(
        "report-one-night",
        report_one_night,
        lambda site, run: by_hand.report(
            site.by_hand, site.facts(organisation=None, night=site.facts()["night"] - timedelta(days=1))
        ),
        parts=lambda site: Shelter.objects.count(),
    ),
    Page(
        "placement-options",
        placement_options,
        lambda site, run: by_hand.placement_options(
            site.by_hand, site.facts(family=site.unplaced[run % len(site.unplaced)].pk)
        ),
        goal=OFFERS_GOAL,
        grows=False,
    ),
    Page("bed-board-250", bed_board, lambda site, run: by_hand.bed_board(site.by_hand, site.facts()), grows=False),
    Page(
        "bed-board-2500",
        large_board,
        lambda site, run: by_hand.bed_board(site.by_hand, site.facts(desk=site.large)),
        grows=False,
    ),
    Page(
        "roll-call-300",
        roll_call_page,
        lambda site, run: by_hand.roll_call(site.by_hand, site.facts(desk=site.counted)),
        grows=False,
    ),
]


def measure(page: Page, full: Site, tenth: Site, runs: int = RUNS) -> list[Row]:
    """The row of a page, and how it grows from a tenth to the full size; all in turn, so that noise meets them alike."""

    def on(site: Site) -> Callable[[int], Any]:
        def work(run: int) -> Any:
            return page.ours(site, run)

        return work

    def switched(site: Site) -> Callable[[int], Any]:
        ours = on(site)

        def work(run: int) -> None:
            with site.using():
                ours(run)

        return work

    works = [switched(full), lambda run: page.by_hand(full, run)]
    ours, hand, *others = timed([*works, switched(tenth)] if page.grows else works, runs, page.pick)
    with full.using():
        parts = page.parts(full)
    with tenth.using():
        small_parts = page.parts(tenth)
    unit = "ms" if parts == 1 else "ms per shelter"
    row = Row(page.name, ours, "ms", hand, page.goal, queries=queries_of(page, full))
    if not page.grows:
        return [row]
    return [
        row,
        Row(f"growth-{page.name}", ours / parts, unit, others[0] / small_parts, GROWTH_GOAL),
    ]


def queries_of(page: Page, site: Site) -> int:
    with site.using(), CaptureQueriesContext(site.wrapper) as captured:
        page.ours(site, 0)
    return len(
        [query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    )
