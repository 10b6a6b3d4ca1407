"""All that the page of a case shows, read with the same number of queries whatever its history; and the caseload."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.family_file import Event
from cases.models import (
    PROTECTS,
    SAID_BEFORE,
    AlienNumber,
    Appointment,
    Check,
    Claim,
    ClaimState,
    Clock,
    Document,
    Group,
    NationalityNote,
    NeededPaper,
    PathwayVersion,
    Permit,
    Process,
    ProcessChange,
    ProcessNote,
    ProcessPerson,
    ReturnPlan,
    SeenPaper,
    SignIn,
    SignInDuty,
    Step,
    Task,
    WaitlistTurn,
    note_kinds_of,
)
from cases.process_words import STATE_OF, paper_names, words_of
from cases.services.consulate import SILENT
from cases.services.processes import notes_for
from cases.services.returns import Sheet, sheets_of, with_claims
from ngo.crypto import decrypt
from ngo.permissions import Permission, may

LATEST = 15  # Lines of the history on the page of a case.
LINES = 50  # And on one page of its whole history.


def processes_for_page() -> Any:
    """Cases with all that hangs on them once: the way, the step, the claim, the return, the papers that were seen."""
    seen = SeenPaper.objects.filter(process=OuterRef("pk"), taken_back_at=None).values("code")
    newer = PathwayVersion.objects.filter(pathway=OuterRef("version__pathway"), number__gt=OuterRef("version__number"))
    related = ("organisation", "family", "version__pathway", "step", "owner", "claim__office", "return_plan")
    return Process.objects.select_related(*related).annotate(
        seen_codes=ArraySubquery(seen),
        has_newer=Exists(newer),
        has_clocks=Exists(Clock.objects.running().filter(process=OuterRef("pk"))),
        has_documents=Exists(Document.objects.kept().filter(process=OuterRef("pk"))),
        has_turns=Exists(WaitlistTurn.objects.filter(process=OuterRef("pk"))),
        consulate_is_silent=Exists(_silent_claims()),
    )


def _silent_claims() -> Any:
    """Claims of anybody of the case, in whatever case they stand, for which the consulate is not to be told."""
    here = ProcessPerson.objects.to_the_end().filter(process=OuterRef(OuterRef(OuterRef("pk")))).values("person")
    theirs = ProcessPerson.objects.to_the_end().filter(process=OuterRef("process"), person__in=here)
    return Claim.objects.filter(SILENT, Exists(theirs))


def _rows_of(process: Process) -> list[ProcessPerson]:
    """The people of a case, now and before, each with its A-number, its duty to sign in, its last sign-in and its claims."""
    number = AlienNumber.objects.standing().filter(person=OuterRef("person")).values("number")[:1]
    duty = SignInDuty.objects.running().filter(claim__process=OuterRef("process"), person=OuterRef("person"))
    last = SignIn.objects.filter(
        duty__claim__process=OuterRef("process"), duty__person=OuterRef("person"), duty__ended_at=None, replaced_at=None
    ).exclude(result__in=SAID_BEFORE)
    facts = JSONObject(pk="pk", next_on="next_on", every_days="every_days", office="office__name")
    answered = JSONObject(pk="pk", due_on="due_on")
    papers = JSONObject(kind="kind", state="state", number="number", expires_on="expires_on")
    permits = Permit.objects.standing().filter(person=OuterRef("person")).order_by("kind", "pk")
    rows = with_claims(process.people.select_related("person")).annotate(
        a_number=Subquery(number),
        duty=Subquery(duty.values_list(facts)[:1]),
        last_sign_in=Subquery(last.order_by("-due_on", "-pk").values_list(answered)[:1]),
        papers=ArraySubquery(permits.values_list(papers)),
    )
    return list(rows.order_by("pk"))


@dataclass
class PaperLine:
    """A paper that a step asks for: whether somebody saw it, and what of it is in the file."""

    paper: NeededPaper
    is_seen: bool
    documents: list[Document] = field(default_factory=list)  # Within what this person may see, the newest first.

    @property
    def state(self) -> str:
        """ "have" one that is good, "expired" where all of them are over, "seen" without being in the file, or "missing"."""
        today = timezone.localdate()
        if any(not row.is_expired_on(today) for row in self.documents):
            return "have"
        return "expired" if self.documents else "seen" if self.is_seen else "missing"

    @property
    def document(self) -> Document | None:
        """The one that counts: good if there is one."""
        today = timezone.localdate()
        good = [row for row in self.documents if not row.is_expired_on(today)]
        return next(iter([*good, *self.documents]), None)


@dataclass
class StepLine:
    step: Step
    state: str  # "done", "now", "ahead": where it lies to the step at which the case stands.
    papers: list[PaperLine]


@dataclass(frozen=True)
class DutyLine:
    """The duty of somebody to sign in, as the page needs it."""

    pk: int
    next_on: date
    every_days: int
    office: str


@dataclass(frozen=True)
class AnsweredLine:
    """The last sign-in of somebody of which it is written what became of it."""

    pk: int
    due_on: date


@dataclass
class PersonLine:
    row: Any  # A ProcessPerson out of `_rows_of`.

    @cached_property
    def permits(self) -> list[Permit]:
        """What is known of the papers of this person, not saved and not to be saved."""
        return [_permit(facts) for facts in self.row.papers]

    @property
    def a_number(self) -> str:
        return self.row.a_number or ""

    @property
    def duty(self) -> DutyLine | None:
        said = self.row.duty
        if said is None:
            return None
        return DutyLine(said["pk"], date.fromisoformat(said["next_on"]), said["every_days"], said["office"] or "")

    @property
    def last(self) -> AnsweredLine | None:
        said = self.row.last_sign_in
        return AnsweredLine(said["pk"], date.fromisoformat(said["due_on"])) if said else None

    @property
    def is_protected(self) -> bool:
        """Whether they hold a paper that protects them today."""
        today = timezone.localdate()
        return any(
            permit.kind in PROTECTS
            and permit.state == "issued"
            and (permit.expires_on is None or permit.expires_on >= today)
            for permit in self.permits
        )


def _permit(facts: dict[str, Any]) -> Permit:
    ends, number = facts["expires_on"], facts["number"]
    return Permit(
        kind=facts["kind"],
        state=facts["state"],
        number=decrypt(number) if number else "",
        expires_on=date.fromisoformat(ends) if ends else None,
    )


@dataclass
class CaseFile:
    process: Process
    people: list[PersonLine]
    former: list[ProcessPerson]
    steps: list[StepLine]
    other_papers: list[Document]  # Put in the case, and asked for by no step.
    tasks: list[Task]
    appointments: list[Appointment]
    events: list[Event]
    has_more: bool
    notes_by_nationality: list[NationalityNote]
    claim: Claim | None
    plan: ReturnPlan | None
    sheets: list[Sheet]
    turns: list[WaitlistTurn]
    clocks: list[Clock]  # Of the law, that run for this case; the first to end first.
    consulate_is_silent: bool

    @property
    def now(self) -> StepLine:
        return next(line for line in self.steps if line.state == "now")

    @property
    def next_step(self) -> Step | None:
        ahead = [line.step for line in self.steps if line.state == "ahead"]
        return ahead[0] if ahead and self.process.is_open else None

    @property
    def missing(self) -> int:
        """How many checks before a return are not there."""
        return sum(len(sheet.missing) for sheet in self.sheets)

    @property
    def has_fear(self) -> bool:
        return any(
            line.what == Check.COUNSEL and not line.stands for sheet in self.sheets for line in sheet.lines
        ) and bool(self.plan and self.plan.state == "stopped_fear")

    @property
    def lacks_constancia(self) -> bool:
        """The claim has its constancia, and of somebody in it nobody wrote down a paper that protects."""
        has_it = self.claim is not None and self.claim.state in {ClaimState.CONSTANCIA, ClaimState.INTERVIEWED}
        return self.process.is_open and has_it and any(not line.is_protected for line in self.people)

    @property
    def is_us(self) -> bool:
        return self.process.version.pathway.group == Group.US_APPOINTMENT


def case_file(process: Process, staff: Any) -> CaseFile:
    """The whole page, within what this person may see. `process` comes from `processes_for_page`."""
    rows = _rows_of(process)
    ends = None if process.is_open else process.closed_at
    here = [row for row in rows if row.left_at == ends]
    persons = [row.person for row in here]
    steps = list(process.version.steps.all())
    claim, plan = getattr(process, "claim", None), getattr(process, "return_plan", None)
    tasks = _tasks(process, LATEST)
    events, has_more = _events(process, steps, tasks, staff, LATEST)
    lines = [PersonLine(row) for row in here]
    return CaseFile(
        process=process,
        people=lines,
        former=[row for row in rows if row.left_at != ends],
        steps=_steps(process, steps, papers := _documents(process, staff)),
        other_papers=[row for row in papers if not row.needed_as],
        tasks=sorted((task for task in tasks if task.is_open), key=lambda one: (not one.is_urgent, one.due_on, one.pk)),
        appointments=_appointments(persons, staff),
        events=events,
        has_more=has_more,
        notes_by_nationality=notes_for(process.version, persons),
        claim=claim,
        plan=plan,
        sheets=sheets_of(plan, here) if plan is not None and plan.is_arranged else [],
        turns=list(process.turns.order_by("-joined_on", "-pk")) if process.has_turns else [],  # type: ignore[attr-defined]
        clocks=_clocks(process, staff),
        consulate_is_silent=process.consulate_is_silent,  # type: ignore[attr-defined]
    )


def _clocks(process: Process, staff: Any) -> list[Clock]:
    """The clocks of law of a case that run, for those who may read them; no question is asked where there are none."""
    if not process.has_clocks or not may(staff, Permission.VIEW_CLOCKS):  # type: ignore[attr-defined]
        return []
    return list(Clock.objects.running().filter(process=process).select_related("rule").order_by("safe_on", "pk"))


def _documents(process: Process, staff: Any) -> list[Document]:
    """The papers that were put in a case, for those who keep papers; no question is asked where there are none."""
    if not process.has_documents or not may(staff, Permission.KEEP_DOCUMENTS):  # type: ignore[attr-defined]
        return []
    return list(Document.objects.visible_to(staff).of_case(process).select_related("person"))


def _tasks(process: Process, most: int) -> list[Task]:
    """The open tasks of a case, and the newest of those that were done; those that were dropped stand in neither."""
    rows = process.tasks.filter(dropped_at=None)
    newest = rows.filter(done_at__isnull=False).order_by("-done_at", "-pk").values("pk")[: most + 1]
    rows = rows.filter(Q(done_at=None) | Q(pk__in=newest)).select_related("owner", "person", "done_by")
    return list(rows.only(*OF_A_TASK_OF_THE_CASE))


def _steps(process: Process, steps: list[Step], documents: list[Document]) -> list[StepLine]:
    kept: dict[str, list[Document]] = {}
    for row in documents:
        kept.setdefault(row.needed_as, []).append(row)
    seen = set(process.seen_codes)  # type: ignore[attr-defined]
    here = process.step.position
    return [
        StepLine(
            step,
            "now" if step.pk == process.step_id else "done" if step.position < here else "ahead",
            [PaperLine(paper, paper.code in seen, kept.get(paper.code, [])) for paper in step.needed],
        )
        for step in sorted(steps, key=lambda step: step.position)
    ]


def _appointments(people: list[Any], staff: Any) -> list[Appointment]:
    """What these people have ahead, of whatever kind, and what is over without anybody having written how it went."""
    if not may(staff, Permission.VIEW_APPOINTMENTS):
        return []
    rows = Appointment.objects.still_on().filter(Exists(_goes(people))).select_related("kind", "office")
    return list(rows.order_by("starts_at", "pk"))


def _goes(people: list[Any]) -> Any:
    through = Appointment.people.rel.related_model._default_manager  # type: ignore[attr-defined]
    return through.filter(appointment=OuterRef("pk"), person__in=people)


# --- What happened -----------------------------------------------------------------------------------------------------


def _events(process: Process, steps: list[Step], tasks: list[Task], staff: Any, most: int) -> tuple[list[Event], bool]:
    """The newest lines of the history: what happened, what was noted, what was done; and whether there are older ones."""
    changes = list(_changes(process)[: most + 1])
    notes = list(_notes(process, staff).select_related("written_by").only(*OF_A_NOTE)[: most + 1])
    papers = paper_names(steps)
    events = [_event(change, papers) for change in changes]
    events += [_note(note) for note in notes]
    events += [_done(task) for task in tasks if task.done_at]
    events.sort(key=lambda event: event.at, reverse=True)
    return events[:most], len(events) > most


def history_of(process: Process, staff: Any, number: str | None) -> tuple[Any, list[Event]]:
    """One page of everything that happened, the newest first, and its lines: six queries at most, on whichever page."""
    changes = process.changes.order_by().values_list("at", "pk", Value("change"))
    notes = _notes(process, staff).order_by().values_list("written_at", "pk", Value("note"))
    done = process.tasks.filter(done_at__isnull=False).values_list("done_at", "pk", Value("task"))
    page = Paginator(changes.union(notes, done, all=True).order_by("-at", "-id"), LINES).get_page(number)
    keys = [(of, pk) for _at, pk, of in page.object_list]
    papers = paper_names(list(process.version.steps.all()))
    asked: dict[str, tuple[Any, Callable[[Any], Event]]] = {
        "change": (_changes(process), lambda row: _event(row, papers)),
        "note": (_notes(process, staff).select_related("written_by").only(*OF_A_NOTE), _note),
        "task": (process.tasks.select_related("person", "done_by"), _done),
    }
    events = {
        (of, row.pk): event_of(row)
        for of, (rows, event_of) in asked.items()
        for row in rows.filter(pk__in=[pk for kind, pk in keys if kind == of])
    }
    return page, [events[key] for key in keys]


def _changes(process: Process) -> Any:
    """What happened in a case, with no more of who and what it names than a line shows."""
    return process.changes.select_related("by", "person", "step", "staff").only(*OF_A_CHANGE)


def _notes(process: Process, staff: Any) -> Any:
    """The notes of a case that this person may read."""
    return ProcessNote.objects.filter(process=process, kind__in=note_kinds_of(staff))


def _event(change: ProcessChange, papers: dict[str, str]) -> Event:
    return Event(
        change.at,
        change.by or "",
        words_of(change, papers),
        STATE_OF.get(change.kind, ""),
        reason=change.reason,
        who=change.person.called if change.person else "",
    )


def _note(note: ProcessNote) -> Event:
    return Event(note.written_at, note.written_by, note.text, who=note.get_kind_display(), is_note=True)


def _done(task: Task) -> Event:
    what = {"task": task.text or task.get_kind_display(), "result": task.result}
    words = _("Done: %(task)s. %(result)s") % what if task.result else _("Done: %(task)s.") % what
    who = task.person.called if task.person else ""
    return Event(task.done_at or task.made_at, task.done_by or "", words, "ok", who=who)


# --- The caseload ------------------------------------------------------------------------------------------------------


# --- What a line of a list shows ---------------------------------------------------------------------------------------

NAME = ("person__given_names", "person__preferred_name")
OF_A_CASE = (
    *(
        "organisation",
        "opened_at",
        "family__folio",
        "owner__name",
        "owner__email",
        "claim__state",
        "return_plan__state",
    ),
    *("version__name_es", "version__name_en", "step__name_es", "step__name_en"),
)
OF_A_CHANGE = (
    *("process", "kind", "at", "code", "reason", "by__name", "by__email", "staff__name", "staff__email", *NAME),
    *("step__name_es", "step__name_en"),
)
OF_A_NOTE = ("kind", "text", "written_at", "written_by__name", "written_by__email")
OF_A_TASK_OF_THE_CASE = (
    *("process", "kind", "text", "due_on", "role", "is_urgent", "owner__name", "owner__email", *NAME),
    *("made_at", "done_at", "done_by__name", "done_by__email", "result", "dropped_at"),
)
OF_A_TASK = (
    *("kind", "text", "due_on", "role", "is_urgent", "done_at", "dropped_at", "owner__name", "owner__email", *NAME),
    *("process__family__folio", "process__version__name_es", "process__version__name_en"),
    *("process__step__name_es", "process__step__name_en"),
)


def caseload(staff: Any, *, whose: str) -> Any:
    """Open cases of the organisation: "mine", "nobody" or "all"; what is due next first. Three queries for a page of them.

    A list reads no more of each row than its line shows: of five hundred, the rest would cost more than the lines.
    """
    rows = Process.objects.visible_to(staff).open().only(*OF_A_CASE)
    rows = rows.select_related("version", "step", "owner", "family", "claim", "return_plan")
    if whose == "mine":
        rows = rows.filter(owner=staff)
    elif whose == "nobody":
        rows = rows.filter(owner=None)
    people = ProcessPerson.objects.current().select_related("person").only("process", *NAME).order_by("pk")
    tasks = Task.objects.open().filter(process=OuterRef("pk")).order_by("due_on")
    rows = rows.annotate(next_due=Subquery(tasks.values("due_on")[:1]))
    return rows.prefetch_related(Prefetch("people", people, to_attr="here")).order_by("next_due", "opened_at", "pk")


def tasks_for(staff: Any, *, whose: str, until: date | None = None) -> Any:
    """Open tasks of the organisation: "mine" (and those of one's role that are nobody's) or "all"; the urgent first."""
    rows = Task.objects.visible_to(staff).open().only(*OF_A_TASK)
    rows = rows.select_related("person", "owner", "process__version", "process__step", "process__family")
    if whose == "mine":
        rows = rows.mine(staff)
    if until is not None:
        rows = rows.filter(Q(due_on__lte=until) | Q(is_urgent=True))
    return rows.first_due_first()
