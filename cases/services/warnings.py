"""Tasks that time makes: a limit of law that comes near or has passed, a paper of the file that ends soon, an offer that was
not confirmed in time.

Looked for again and again by a sweep. Each cause makes its task once, whatever became of it; what is over takes its open task
along. Who reads a date on a page sees it without any of this.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    RESTRICTED_DOCUMENTS,
    Actor,
    Clock,
    ClockState,
    Document,
    Process,
    ProcessPerson,
    Task,
    TaskKind,
    WarningDays,
)
from cases.services.appointments import recompute_instants
from cases.services.tasks import add_task, drop_all, warn_of_offers, works_here
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Role

OF_CLOCKS = [TaskKind.CLOCK, TaskKind.CLOCK_LATE, TaskKind.CLOCK_ASK]


def warning_days(organisation: Organisation) -> WarningDays:
    """What an organisation said, or what holds where it said nothing; not saved."""
    return WarningDays.objects.filter(organisation=organisation).first() or WarningDays(organisation=organisation)


@transaction.atomic
def set_warning_days(*, organisation: Organisation, clock_days: int, paper_days: int, by: Staff) -> WarningDays:
    """How long before a limit, and before the end of a paper, a task is made. What was made before stays."""
    if not 1 <= clock_days <= 60:
        raise Refused(_("Write between 1 and 60 days before a limit of law."))
    if not 1 <= paper_days <= 180:
        raise Refused(_("Write between 1 and 180 days before a paper ends."))
    said = {"clock_days": clock_days, "paper_days": paper_days, "changed_by": by}
    return WarningDays.objects.update_or_create(organisation=organisation, defaults=said)[0]


def look(day: date | None = None) -> int:
    """Make what is missing and drop what is over, in every organisation. Returns how many tasks were made.

    Before that, dates of places whose clock has another rule by now are counted anew.
    """
    day = day or timezone.localdate()
    recompute_instants()
    drop_what_is_over()
    return sum(_look_at(house, day) for house in Organisation.objects.order_by("pk"))


@transaction.atomic
def _look_at(house: Organisation, day: date) -> int:
    said = warning_days(house)
    near = day + timedelta(days=said.clock_days)
    persons = Q(rule__actor=Actor.PERSON, safe_on__lte=near)
    authoritys = Q(rule__actor=Actor.AUTHORITY, likely_on__lt=day)
    clocks = (
        Clock.objects.running()
        .filter(persons | authoritys, organisation=house)
        .select_related("rule", "person", "organisation", "process__owner")
    )
    papers = Document.objects.expiring(day + timedelta(days=said.paper_days)).filter(
        family__organisation=house, is_legal=False
    )
    papers = papers.exclude(kind__in=RESTRICTED_DOCUMENTS).select_related("person", "process__owner")
    made = _warn_of_clocks(list(clocks.order_by("pk")), day)
    made += _warn_of_papers(house, list(papers), said.paper_days)
    return made + warn_of_offers(organisation=house, now=timezone.now())


# --- Limits of law -----------------------------------------------------------------------------------------------------


def _warn_of_clocks(clocks: list[Clock], day: date) -> int:
    """One task for each clock and each date that it may have: when it comes near, and again when it has passed."""
    cases = _main_cases(clock.person_id for clock in clocks)
    known = _keys(clocks[0].organisation_id, OF_CLOCKS) if clocks else set()
    made = 0
    for clock in clocks:
        kind = _kind_on(clock, day)
        key = f"{kind}:{clock.pk}:{clock.due_on.isoformat()}"
        if key in known:
            continue
        process = clock.process or cases.get(clock.person_id or 0)
        late = kind == TaskKind.CLOCK_LATE
        _drop_before(clock, key)
        made += _add(
            clock.organisation,
            process,
            role=Role.LEGAL if late else Role.CASEWORKER,
            person=clock.person,
            clock=clock,
            kind=kind,
            due_on=day if kind != TaskKind.CLOCK else clock.safe_on,
            last_on=clock.likely_on if kind == TaskKind.CLOCK else None,
            is_urgent=late,
            key=key,
        )
    return made


def _kind_on(clock: Clock, day: date) -> TaskKind:
    if clock.rule.actor == Actor.AUTHORITY:
        return TaskKind.CLOCK_ASK
    return TaskKind.CLOCK_LATE if clock.safe_on < day else TaskKind.CLOCK


def _drop_before(clock: Clock, key: str) -> None:
    """What was to be done by another date of this clock, or before it had passed."""
    drop_all(Task.objects.filter(clock=clock, kind__in=OF_CLOCKS).exclude(key=key), _("Its date is another one now."))


# --- Papers ------------------------------------------------------------------------------------------------------------


def _warn_of_papers(house: Organisation, papers: list[Document], before: int) -> int:
    """One task for each paper and each end. Of papers in confidence none is made: they stand in their own list."""
    cases = _main_cases(paper.person_id for paper in papers)
    known = _keys(house.pk, [TaskKind.EXPIRY])
    made = 0
    for paper in papers:
        if paper.expires_on is None or (key := f"paper:{paper.pk}:{paper.expires_on.isoformat()}") in known:
            continue
        process = paper.process if paper.process and paper.process.is_open else cases.get(paper.person_id or 0)
        made += _add(
            house,
            process,
            role=Role.CASEWORKER,
            person=paper.person,
            document=paper,
            kind=TaskKind.EXPIRY,
            due_on=max(timezone.localdate(), paper.expires_on - timedelta(days=before)),
            key=key,
        )
    return made


# --- Both --------------------------------------------------------------------------------------------------------------


def drop_what_is_over() -> int:
    """Clocks that ended, papers that were removed, replaced or corrected: nothing is left to do for them."""
    ended = Clock.objects.filter(pk=OuterRef("clock")).exclude(state=ClockState.RUNNING)
    dropped = drop_all(Task.objects.filter(Exists(ended), kind__in=OF_CLOCKS), _("The clock has ended."))
    newer = Document.objects.filter(replaces=OuterRef("document"))
    papers = Task.objects.filter(document__isnull=False, kind=TaskKind.EXPIRY)
    over = papers.filter(Q(document__removed_at__isnull=False) | Exists(newer) | Q(document__expires_on=None))
    dropped += drop_all(Task.objects.filter(pk__in=over.open().values("pk")), _("The paper is another one now."))
    moved = [row.pk for row in papers.open().select_related("document") if not _names(row, row.document.expires_on)]  # type: ignore[union-attr]
    dropped += drop_all(Task.objects.filter(pk__in=moved), _("The paper is another one now."))
    clocks = Task.objects.open().filter(clock__isnull=False, kind__in=OF_CLOCKS).select_related("clock__rule")
    moved = [row.pk for row in clocks if not _names(row, row.clock.due_on)]  # type: ignore[union-attr]
    return dropped + drop_all(Task.objects.filter(pk__in=moved), _("Its date is another one now."))


def _names(task: Task, day: date | None) -> bool:
    """Whether a task was made for this day: its key says so. A date that moved since has another."""
    return day is not None and task.key.endswith(day.isoformat())


def _main_cases(people: Iterable[int | None]) -> dict[int, Process]:
    """The main case of each of these people, with who is responsible for it."""
    rows = ProcessPerson.objects.main().filter(person__in={pk for pk in people if pk})
    return {row.person_id: row.process for row in rows.select_related("process__owner")}


def _keys(organisation_id: int, kinds: list[TaskKind]) -> set[str]:
    rows = Task.objects.filter(organisation=organisation_id, kind__in=kinds).exclude(key="")
    return set(rows.values_list("key", flat=True))


def _add(house: Organisation, process: Process | None, **facts: Any) -> int:
    """For who is responsible for the case; where nobody is, or they left, for the role."""
    owner = process.owner if process is not None else None
    owner = owner if owner is not None and works_here(owner, house.pk) else None
    return add_task(organisation=house, process=process, owner=owner, by=None, **facts) is not None
