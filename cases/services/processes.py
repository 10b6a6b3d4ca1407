"""Cases: opened for one or several people, taken along the steps of a pathway, handed on, closed with a reason.

The group in which a person is counted follows their main case. Whoever changes a case locks its people first, always in one
order, then the case: two desks wait for each other and never in a ring.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    GONE,
    OPEN_CLAIM,
    Case,
    Claim,
    Closing,
    Family,
    FamilyMember,
    Group,
    Happening,
    NationalityNote,
    NoteKind,
    Pathway,
    PathwayVersion,
    Person,
    Process,
    ProcessNote,
    ProcessPerson,
    SeenPaper,
    SignInDuty,
    Step,
    StepKind,
    TaskKind,
    note_kinds_of,
)
from cases.services.consulate import consulate_is_silent_for
from cases.services.people import lock_people, move_to_group
from cases.services.process_log import log, log_many
from cases.services.returns import look_again, missing_checks
from cases.services.tasks import add_task, drop_all, works_here
from ngo.errors import Refused
from ngo.models import Staff

NOTE_AT_MOST = 10_000
CHOOSE_WITHIN = timedelta(days=3)
CLAIM_MAY_STAY_OPEN = {*GONE, Closing.REFERRED, Closing.MISTAKE} - {Closing.REACHED}


# --- Opening -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_process(
    *,
    people: Iterable[Person],
    pathway: Pathway,
    by: Staff,
    owner: Staff | None = None,
    is_main: bool = True,
    after: Process | None = None,
    reason: str = "",
) -> Process:
    """Open a case for people along the version of a pathway that is in force, at its first step.

    `is_main`: it becomes the main case of each of them; a person without any open case gets it as main in any case. `after` is
    the case that it follows: where its version names what may follow, anything else needs a reason. Raises Refused.
    """
    persons = lock_people(people)
    version = _version_for(persons, pathway)
    if after is not None and after.version.next_pathways and pathway.code not in after.version.next_pathways:
        _need_reason(
            reason, _("This pathway is not one that follows the one before. To open it anyway, write the reason.")
        )
    if owner is not None and not works_here(owner, pathway.organisation_id):
        raise Refused(_("Who is responsible must work here. Choose somebody else."))
    process = Process.objects.create(
        organisation=pathway.organisation,
        family=_family_of(persons),
        version=version,
        step=_first_step(version),
        owner=owner,
        opened_by=by,
    )
    log(process, Happening.OPENED, by, reason=reason)
    for person in persons:
        _join(process, person, by, is_main=is_main)
    _enter(process, process.step, by, reason="")
    return process


def _version_for(persons: list[Person], pathway: Pathway) -> PathwayVersion:
    if not persons:
        raise Refused(_("Choose at least one person."))
    if {person.organisation_id for person in persons} != {pathway.organisation_id}:
        raise Refused(_("One of the people that were chosen does not exist here."))
    if not pathway.is_active:
        raise Refused(_("This pathway is not in use any more. Choose another one."))
    there = ProcessPerson.objects.current().filter(person__in=persons, process__version__pathway=pathway)
    if (row := there.select_related("person").first()) is not None:
        raise Refused(_("%(name)s has an open case of this pathway already.") % {"name": row.person.full_name})
    return PathwayVersion.objects.in_force().get(pathway=pathway)


def _first_step(version: PathwayVersion) -> Step:
    return version.steps.order_by("position", "pk")[0]


def _family_of(persons: list[Person]) -> Family | None:
    """The family that they are in now: the head's, or that of whoever stands first."""
    rows = FamilyMember.objects.filter(person__in=persons, left_on=None).select_related("family")
    row = rows.order_by("-is_head", "pk").first()
    return row.family if row else None


def notes_for(version: PathwayVersion, people: Iterable[Person]) -> list[NationalityNote]:
    """What a version says to people of these nationalities."""
    theirs = {str(person.nationality) for person in people if person.nationality}
    return [note for note in map(NationalityNote, version.nationality_notes) if note.is_about(theirs)]


def _join(process: Process, person: Person, by: Staff, *, is_main: bool) -> None:
    row = ProcessPerson.objects.create(process=process, person=person)
    log(process, Happening.JOINED, by, person=person)
    if is_main or not ProcessPerson.objects.main().filter(person=person).exists():
        _set_main([row], by)


def _set_main(rows: Sequence[ProcessPerson], by: Staff | None) -> None:
    """Make each of them the main case of its person, and put the person in its group. As many statements for many people
    as their groups and those who are responsible for them."""
    if not rows:
        return
    ProcessPerson.objects.main().filter(person__in=[row.person_id for row in rows]).update(is_main=False)
    for row in rows:
        row.is_main = True
    ProcessPerson.objects.filter(pk__in=[row.pk for row in rows]).update(is_main=True)
    log_many(((row.process, {"person": row.person}) for row in rows), Happening.MAIN, by)
    groups: dict[str, list[Person]] = defaultdict(list)
    owners: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        groups[row.process.version.pathway.group].append(row.person)
        if row.process.owner_id:
            owners[row.process.owner_id].append(row.person_id)
    for group, people in groups.items():
        move_to_group(people, group, by, "")
    for owner, persons in owners.items():
        Case.objects.open().filter(person__in=persons).update(owner=owner)


# --- Who is in it ------------------------------------------------------------------------------------------------------


@transaction.atomic
def join_process(*, process: Process, person: Person, by: Staff, is_main: bool = True) -> Process:
    """Somebody goes this way too."""
    [person] = lock_people([person])
    row = lock_process(process)
    if person.organisation_id != row.organisation_id:
        raise Refused(_("One of the people that were chosen does not exist here."))
    same = ProcessPerson.objects.current().filter(person=person, process__version__pathway=row.version.pathway_id)
    if same.exists():
        raise Refused(_("%(name)s has an open case of this pathway already.") % {"name": person.full_name})
    _join(row, person, by, is_main=is_main)
    look_again([person], by)
    return row


@transaction.atomic
def leave_process(*, process: Process, person: Person, by: Staff, reason: str) -> Process:
    """Somebody goes another way: out of this case, which goes on for the others. The last one closes it instead."""
    [person] = lock_people([person])
    row = lock_process(process)
    _need_reason(reason, _("Write why this person leaves the case."))
    here = list(row.people.current().select_related("person"))
    mine = [each for each in here if each.person_id == person.pk]
    if not mine:
        raise Refused(_("%(name)s is not in this case any more.") % {"name": person.full_name})
    if len(here) == 1:
        raise Refused(_("This is the last person of the case. Close the case instead."))
    _leave(mine[0], timezone.now())
    log(row, Happening.LEFT, by, person=person, reason=reason)
    SignInDuty.objects.running().filter(claim__process=row, person=person).update(ended_at=timezone.now())
    drop_all(row.tasks.filter(person=person), _("They left the case."))
    if mine[0].is_main:
        next_main([person], by, group=Group.UNDECIDED)
    return row


def _leave(row: ProcessPerson, at: datetime) -> None:
    row.left_at = at
    row.save(update_fields=["left_at"])


@transaction.atomic
def make_main(*, process: Process, person: Person, by: Staff) -> Process:
    """Count this person by this case from now on."""
    [person] = lock_people([person])
    row = lock_process(process)
    mine = row.people.current().filter(person=person).select_related("process__version__pathway", "person").first()
    if mine is None:
        raise Refused(_("%(name)s is not in this case any more.") % {"name": person.full_name})
    if mine.is_main:
        raise Refused(_("It is the main case already."))
    _set_main([mine], by)
    return row


def next_main(persons: list[Person], by: Staff | None, *, group: str | None) -> None:
    """Whoever has no main case any more goes by the case that is open for the longest; without one, they go to `group`.

    `group` None closes their time in a group: they wait for nothing here.
    """
    others = ProcessPerson.objects.current().filter(person__in=persons)
    rows = others.select_related("process__version__pathway", "person").order_by("person", "joined_at", "pk")
    found: dict[int, ProcessPerson] = {}
    for row in rows:
        found.setdefault(row.person_id, row)
    _set_main(list(found.values()), by)
    left = [person for person in persons if person.pk not in found]
    if group is not None:
        move_to_group(left, group, by, "")
    else:
        Case.objects.open().filter(person__in=left).update(closed_at=timezone.now())


# --- Steps and papers --------------------------------------------------------------------------------------------------


@transaction.atomic
def go_to_step(*, process: Process, step: Step, by: Staff, reason: str = "") -> Process:
    """Take a case to a step. Leaving steps out, going back, and going on without the papers of the step need a reason.

    Two things are hard: nobody's consulate is contacted while a claim is open and the person did not say otherwise, and no
    return passes its checks before they all stand. Raises Refused.
    """
    row = _lock_with_people(process)
    if step.version_id != row.version_id:
        raise Refused(_("This step belongs to another version of the pathway. Open the page again."))
    if step.pk == row.step_id:
        raise Refused(_("The case stands at this step already."))
    _check_consulate(row, step)
    _check_gate(row, step)
    _check_order(row, step, reason)
    row.step, row.step_since = step, timezone.now()
    row.save(update_fields=["step", "step_since"])
    drop_all(row.tasks.filter(kind=TaskKind.STEP), _("The case went on to another step."))
    _enter(row, step, by, reason)
    return row


def _enter(process: Process, step: Step, by: Staff | None, reason: str) -> None:
    """Write that the case stands at a step, and make its task."""
    change = log(process, Happening.STEP, by, step=step, reason=reason)
    if step.within_days is None:
        return
    add_task(
        organisation=process.organisation,
        process=process,
        kind=TaskKind.STEP,
        due_on=timezone.localdate() + timedelta(days=step.within_days),
        owner=process.owner,
        role=step.role,
        by=by,
        key=f"step:{change.pk}",
    )


def _check_consulate(process: Process, step: Step) -> None:
    if step.kind == StepKind.CONSULAR and consulate_is_silent_for(_people_of(process)):
        raise Refused(
            _(
                "There is a claim for protection, and the consulate must not be told. This step stays closed until they "
                "ask for it in writing after talking to a lawyer, or the claim is withdrawn."
            )
        )


def _check_gate(process: Process, step: Step) -> None:
    gate = process.version.steps.filter(kind=StepKind.GATE).order_by("position").first()
    if gate is None or step.position <= gate.position:
        return
    if missing_checks(process):
        raise Refused(_("The checks before a return are not complete. Nothing about a date or a journey can go on."))


def _check_order(process: Process, step: Step, reason: str) -> None:
    here = process.step
    if step.position < here.position:
        _need_reason(reason, _("This step lies behind. To go back to it, write the reason."))
    elif process.version.steps.filter(position__gt=here.position, position__lt=step.position).exists():
        _need_reason(reason, _("Steps would be left out. To go on anyway, write the reason."))
    elif papers_missing(process):
        _need_reason(reason, _("Papers of this step have not been seen. To go on anyway, write the reason."))


def papers_missing(process: Process) -> list[str]:
    """The codes of the papers of the step at which a case stands that nobody has seen."""
    seen = set(process.seen_papers.filter(taken_back_at=None).values_list("code", flat=True))
    return [paper.code for paper in process.step.needed if paper.code not in seen]


@transaction.atomic
def see_paper(*, process: Process, code: str, by: Staff, seen: bool = True) -> Process:
    """Write that a paper was seen with one's own eyes, or take that back."""
    row = lock_process(process)
    if code not in {paper["code"] for step in row.version.steps.all() for paper in step.papers}:
        raise Refused(_("This paper belongs to no step of the case. Open the page again."))
    there = row.seen_papers.filter(code=code, taken_back_at=None)
    if seen == there.exists():
        return row
    if seen:
        SeenPaper.objects.create(process=row, code=code, seen_by=by)
    else:
        there.update(taken_back_at=timezone.now())
    log(row, Happening.PAPER, by, code=code, reason="" if seen else _("Taken back"))
    return row


@transaction.atomic
def move_version(*, process: Process, by: Staff, step: Step | None = None) -> Process:
    """Let a running case go by the newest version of its pathway, at the step of the same code or at the one that is given."""
    row = _lock_with_people(process)
    newest = PathwayVersion.objects.in_force().get(pathway=row.version.pathway_id)
    if newest.pk == row.version_id:
        raise Refused(_("The case goes by the newest version already."))
    same = newest.steps.filter(code=row.step.code).first()
    target = step if step is not None and step.version_id == newest.pk else same
    if target is None:
        raise Refused(_("The newest version does not have this step any more. Choose the step to go on from."))
    row.version = newest
    if target.code != row.step.code:
        _check_consulate(row, target)
        _check_gate(row, target)
    changed = target.code != row.step.code
    row.step = target
    row.save(update_fields=["version", "step"])
    log(row, Happening.MOVED, by, step=target, code=str(newest.number))
    if changed:
        drop_all(row.tasks.filter(kind=TaskKind.STEP), _("The case went on to another step."))
        _enter(row, target, by, reason="")
    return row


# --- Who is responsible, the plan, notes ---------------------------------------------------------------------------------


@transaction.atomic
def hand_over(*, process: Process, owner: Staff | None, by: Staff, reason: str = "") -> Process:
    """Somebody else is responsible from now on, or nobody; open tasks of who it was go along."""
    row = _lock_with_people(process)
    if owner is not None and not works_here(owner, row.organisation_id):
        raise Refused(_("Who is responsible must work here. Choose somebody else."))
    before = row.owner
    if (before.pk if before else None) == (owner.pk if owner else None):
        raise Refused(_("Nothing was changed: it is so already."))
    row.owner = owner
    row.save(update_fields=["owner"])
    row.tasks.open().filter(owner=before).update(owner=owner)
    main = row.people.main().values("person")
    Case.objects.open().filter(person__in=main).update(owner=owner)
    log(row, Happening.OWNER, by, staff=owner, reason=reason)
    return row


@transaction.atomic
def write_plan(*, process: Process, plan: str, by: Staff) -> Process:
    """What was agreed with the people of a case. The history keeps what stood there."""
    row = lock_process(process)
    plan = plan.strip()
    if len(plan) > NOTE_AT_MOST:
        raise Refused(_("A plan holds up to %(limit)s characters.") % {"limit": NOTE_AT_MOST})
    if plan == row.plan:
        raise Refused(_("Nothing was changed: it is so already."))
    row.plan = plan
    row.save(update_fields=["plan"])
    log(row, Happening.PLAN, by)
    return row


@transaction.atomic
def write_case_note(*, process: Process, kind: str, text: str, by: Staff) -> ProcessNote:
    """A dated note of a kind. It is not changed afterwards, only followed by another; also in a closed case."""
    text = text.strip()
    if kind not in NoteKind.values or kind not in note_kinds_of(by):
        raise Refused(_("Choose the kind of note."))
    if not text:
        raise Refused(_("The note is empty."))
    if len(text) > NOTE_AT_MOST:
        raise Refused(_("A note holds up to %(limit)s characters. Split this one in two.") % {"limit": NOTE_AT_MOST})
    return ProcessNote.objects.create(process=process, kind=kind, text=text, written_by=by)


# --- The end -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def close_process(
    *, process: Process, closing: str, by: Staff, reason: str = "", next_pathway: Pathway | None = None
) -> Process | None:
    """Close a case; with `next_pathway`, open the one that follows for the same people, and return it.

    Whoever has no other open case is undecided from then on, with a task to choose a way, unless they wait for nothing here
    any more. What another organisation goes on with leaves the group as it is. Raises Refused.
    """
    row = _lock_with_people(process)
    if closing not in Closing.values:
        raise Refused(_("Choose why the case is closed."))
    if closing == Closing.MISTAKE:
        _need_reason(reason, _("Write what the mistake was."))
    if closing not in CLAIM_MAY_STAY_OPEN and Claim.objects.filter(process=row, state__in=OPEN_CLAIM).exists():
        raise Refused(_("The claim is still open. Write first what became of it: decided, withdrawn, abandoned."))
    here = list(row.people.current().select_related("person"))
    persons, main = [each.person for each in here], [each.person for each in here if each.is_main]
    _shut(row, here, closing, by, reason)
    if next_pathway is not None:
        return open_process(
            people=persons, pathway=next_pathway, by=by, owner=row.owner, is_main=bool(main), after=row, reason=reason
        )
    if closing in GONE:
        next_main(main, by, group=None)
    elif closing != Closing.REFERRED:
        next_main(main, by, group=Group.UNDECIDED)
        _ask_to_choose(row, main, by)
    return None


def _shut(row: Process, here: list[ProcessPerson], closing: str, by: Staff, reason: str) -> None:
    now = timezone.now()
    row.closed_at, row.closed_by, row.closing = now, by, closing
    row.save(update_fields=["closed_at", "closed_by", "closing"])
    for each in here:
        _leave(each, now)
    log(row, Happening.CLOSED, by, code=closing, reason=reason)
    SignInDuty.objects.running().filter(claim__process=row).update(ended_at=now)
    drop_all(row.tasks.ending_with_the_case(), _("The case is closed."))


def _ask_to_choose(row: Process, persons: list[Person], by: Staff) -> None:
    waiting = ProcessPerson.objects.main().filter(person__in=persons).values_list("person_id", flat=True)
    left = [person for person in persons if person.pk not in set(waiting)]
    if left:
        add_task(
            organisation=row.organisation,
            process=row,
            person=left[0],
            kind=TaskKind.CHOOSE_WAY,
            due_on=timezone.localdate() + CHOOSE_WITHIN,
            owner=row.owner,
            by=by,
            key=f"choose:{row.pk}",
        )


@transaction.atomic
def reopen_process(*, process: Process, by: Staff, reason: str) -> Process:
    """Open a closed case again for those who were in it to its end. Their main case stays what it is now."""
    persons = lock_people(Person.objects.filter(process_rows__process=process))
    row = Process.objects.select_for_update(of=("self",), no_key=True).select_related(*WITH).get(pk=process.pk)
    if row.is_open:
        raise Refused(_("Somebody has just opened this case again."))
    _need_reason(reason, _("Write why the case is opened again."))
    stayed = set(row.people.filter(left_at=row.closed_at).values_list("person_id", flat=True))
    closed_at = row.closed_at
    row.closed_at, row.closed_by, row.closing = None, None, ""
    row.save(update_fields=["closed_at", "closed_by", "closing"])
    log(row, Happening.REOPENED, by, reason=reason)
    row.tasks.filter(dropped_at__gte=closed_at).update(dropped_at=None, dropped_reason="")
    drop_all(row.tasks.filter(kind=TaskKind.CHOOSE_WAY), _("The case was opened again."))
    for person in persons:
        if person.pk in stayed:
            _come_back(row, person, by)
    _sign_again(row, closed_at)
    return row


def _sign_again(row: Process, closed_at: datetime | None) -> None:
    """What ended with the case goes on with it: whose claim is open signs again, and is missed."""
    ended = SignInDuty.objects.filter(claim__process=row, claim__state__in=OPEN_CLAIM, ended_at=closed_at)
    ended.filter(person__in=row.people.current().values("person")).update(ended_at=None)


def _come_back(row: Process, person: Person, by: Staff) -> None:
    same = ProcessPerson.objects.current().filter(person=person, process__version__pathway=row.version.pathway_id)
    if same.exists():
        raise Refused(_("%(name)s has an open case of this pathway already.") % {"name": person.full_name})
    _join(row, person, by, is_main=False)


# --- Locks -------------------------------------------------------------------------------------------------------------

WITH = ("organisation", "version__pathway", "step")


def _lock_with_people(process: Process) -> Process:
    """The case as it is now and open, with its people locked before it."""
    lock_people(Person.objects.filter(process_rows__process=process, process_rows__left_at=None))
    return lock_process(process)


def lock_process(process: Process) -> Process:
    """The case as it is now, locked; refused where somebody has closed it meanwhile."""
    rows = Process.objects.select_for_update(of=("self",), no_key=True).select_related(*WITH)
    row = rows.get(pk=process.pk)
    if not row.is_open:
        raise Refused(_("This case is closed. To go on with it, open it again."))
    return row


def _people_of(process: Process) -> list[int]:
    return list(process.people.current().values_list("person_id", flat=True))


def _need_reason(reason: str, words: str) -> None:
    if not reason.strip():
        raise Refused(words)
