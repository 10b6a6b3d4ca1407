"""Tasks: made by a step, a clock or a person; done, handed on, or dropped with a reason. Never lost, and never made twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    Appointment,
    AppointmentPerson,
    Clock,
    Document,
    Happening,
    Person,
    Process,
    ProcessPerson,
    Task,
    TaskKind,
)
from cases.services import task_mail
from cases.services.process_log import log
from ngo.errors import Refused
from ngo.models import Membership, Organisation, Staff
from ngo.permissions import GRANTS, Permission, Role, may

MOST_AHEAD = timedelta(days=3 * 366)
TEXT_AT_MOST = 1_000
A_WEEK = timedelta(days=7)


def works_here(owner: Staff, organisation_id: int) -> bool:
    """Whether somebody works in an organisation in a role that keeps cases."""
    roles = [role.value for role, granted in GRANTS.items() if Permission.EDIT_CASES in granted]
    ours = Membership.objects.in_force().filter(organisation=organisation_id, staff=owner, role__in=roles)
    return ours.exists()


def keepers_of(organisation_id: int) -> set[int]:
    """The ids of everybody of whom `works_here` is true. One query."""
    roles = [role.value for role, granted in GRANTS.items() if Permission.EDIT_CASES in granted]
    ours = Membership.objects.in_force().filter(organisation=organisation_id, role__in=roles)
    return set(ours.values_list("staff_id", flat=True))


@transaction.atomic
def add_task(
    *,
    organisation: Organisation,
    due_on: date,
    by: Staff | None,
    kind: str = TaskKind.OTHER,
    text: str = "",
    process: Process | None = None,
    person: Person | None = None,
    appointment: Appointment | None = None,
    clock: Clock | None = None,
    document: Document | None = None,
    owner: Staff | None = None,
    role: str = Role.CASEWORKER,
    is_urgent: bool = False,
    last_on: date | None = None,
    key: str = "",
) -> Task | None:
    """Write something to do. With a `key` it is made once, whatever happens to it afterwards: None where it was there.

    Raises Refused where it says nothing, or where its day or its owner cannot be. What a cause makes (`key`) is never refused for
    its owner: whoever works here no more keeps no task, it is the role's.
    """
    text = text.strip()
    if kind == TaskKind.OTHER and not text:
        raise Refused(_("Write what has to be done."))
    if len(text) > TEXT_AT_MOST:
        raise Refused(_("A task holds up to %(limit)s characters.") % {"limit": TEXT_AT_MOST})
    if not key:
        check_day(due_on)
    if owner is not None and not works_here(owner, organisation.pk):
        if not key:
            raise Refused(_("Who is responsible must work here. Choose somebody else."))
        owner = None
    row = Task(
        organisation=organisation,
        process=process,
        person=person,
        appointment=appointment,
        clock=clock,
        document=document,
        kind=kind,
        text=text,
        due_on=due_on,
        last_on=last_on,
        role=role,
        owner=owner,
        is_urgent=is_urgent,
        key=key,
        made_by=by,
    )
    if not key:
        row.save()
        return row
    return None if not add_many([row]) else Task.objects.get(organisation=organisation, key=key)


def add_many(rows: list[Task]) -> int:
    """Write tasks of one organisation that each have a `key`: what made it, made it once. Says how many were not there."""
    if not rows:
        return 0
    before = timezone.now()
    for row in rows:
        row.made_at = before
    keys = [row.key for row in rows]
    there = set(Task.objects.filter(organisation=rows[0].organisation_id, key__in=keys).values_list("key", flat=True))
    fresh = [row for row in rows if row.key not in there]
    Task.objects.bulk_create(fresh, ignore_conflicts=True)  # Two at once: the constraint keeps one.
    if urgent := [row.key for row in fresh if row.kind in task_mail.TOLD]:
        task_mail.tell_of(urgent, organisation=rows[0].organisation_id)
    return len(fresh)


def check_day(due_on: date) -> None:
    today = timezone.localdate()
    if due_on < today:
        raise Refused(_("That day is over. Write today or a day to come."))
    if due_on > today + MOST_AHEAD:
        raise Refused(_("That is more than three years away. Check the year."))


@transaction.atomic
def finish_task(*, task: Task, by: Staff, result: str = "") -> Task:
    """Write that it is done. A weekly check of a hearing makes the next one, until the day of the hearing."""
    row = _open(task)
    _check_theirs(row, by)
    row.done_at, row.done_by, row.result = timezone.now(), by, result.strip()[:TEXT_AT_MOST]
    row.save(update_fields=["done_at", "done_by", "result"])
    if row.kind == TaskKind.VERIFY_HEARING and row.appointment is not None:
        plan_weekly_check(appointment=row.appointment, by=by, after=timezone.localdate())
    return row


@transaction.atomic
def reopen_task(*, task: Task, by: Staff) -> Task:
    """It was not done, or is needed after all."""
    row = _lock(task)
    if row.is_open:
        raise Refused(_("This task is open already."))
    if row.process is not None and not row.process.is_open:
        raise Refused(_("Its case is closed. Open the case again first."))
    row.done_at = row.done_by = row.dropped_at = None
    row.result = row.dropped_reason = ""
    row.save(update_fields=["done_at", "done_by", "result", "dropped_at", "dropped_reason"])
    return row


@transaction.atomic
def drop_task(*, task: Task, by: Staff | None, reason: str) -> Task:
    """Write that it is not needed any more, and why."""
    row = _open(task)
    _check_theirs(row, by)
    if not reason.strip():
        raise Refused(_("Write why it is not needed."))
    row.dropped_at, row.dropped_reason = timezone.now(), reason.strip()[:200]
    row.save(update_fields=["dropped_at", "dropped_reason"])
    return row


@transaction.atomic
def change_task(*, task: Task, by: Staff, owner: Staff | None, due_on: date) -> Task:
    """Another day, or another person."""
    row = _open(task)
    if due_on != row.due_on:
        check_day(due_on)
    if row.last_on is not None and due_on > row.last_on:
        raise Refused(_("A rule sets the last day of this task. It cannot be later."))
    if owner is not None and not works_here(owner, row.organisation_id):
        raise Refused(_("Who is responsible must work here. Choose somebody else."))
    row.owner, row.due_on = owner, due_on
    row.save(update_fields=["owner", "due_on"])
    return row


def _lock(task: Task) -> Task:
    rows = Task.objects.select_for_update(of=("self",), no_key=True).select_related("process", "appointment__kind")
    return rows.get(pk=task.pk)


def _open(task: Task) -> Task:
    row = _lock(task)
    if row.done_at is not None:
        raise Refused(_("Somebody has just done this task."))
    if row.dropped_at is not None:
        raise Refused(_("This task is not needed any more: somebody dropped it."))
    return row


def _check_theirs(row: Task, by: Staff | None) -> None:
    """Whether somebody who fears to go back was talked to is said by who talks to them, and by nobody else."""
    if row.kind == TaskKind.FEAR and not may(by, Permission.KEEP_LEGAL_NOTES):
        raise Refused(_("Only the legal team ends this task, after talking to them. Tell the legal team."))


Made = tuple[int, int | None, str]  # A task as it was made: its id, whose it was, and its day.


def as_made(task: Task) -> Made:
    """What an act keeps of a task that it made, so that it can take back what nobody has worked on."""
    return task.pk, task.owner_id, task.due_on.isoformat()


@transaction.atomic
def take_back(made: Iterable[Made], by: Staff, reason: str) -> int:
    """What made these tasks did not happen: drop those on which nobody has worked. Returns how many.

    A task that was done, dropped, taken by somebody or given another day is somebody's work, and stays. One that is taken back
    gives up its key, so that the same cause makes it again when it does happen.
    """
    rows = {pk: (owner, due_on) for pk, owner, due_on in made}
    if not rows:
        return 0
    tasks = Task.objects.open().filter(pk__in=rows).select_for_update(of=("self",), no_key=True)
    left = [task for task in tasks.select_related("process").order_by("pk") if as_made(task)[1:] == rows[task.pk]]
    for task in left:
        task.key, task.dropped_at, task.dropped_reason = "", timezone.now(), reason
        task.save(update_fields=["key", "dropped_at", "dropped_reason"])
        if task.kind == TaskKind.OTHER_STATE and task.process is not None:
            log(task.process, Happening.ALERT, by, code="other_state_undone")
    return len(left)


def drop_all(rows: Any, reason: str) -> int:
    """Drop every open task of a queryset: what they were for is over."""
    return rows.open().update(dropped_at=timezone.now(), dropped_reason=reason)


# --- Tasks that other things make --------------------------------------------------------------------------------------


def plan_weekly_check(*, appointment: Appointment, by: Staff | None, after: date) -> int:
    """A task to check the date of a hearing a week from a day, where a check still fits before the hearing."""
    return plan_weekly_checks(appointments=[appointment], by=by, after=after)


def plan_weekly_checks(*, appointments: Sequence[Appointment], by: Staff | None, after: date) -> int:
    """The same for any number of appointments of one organisation. Says how many tasks were made."""
    due = after + A_WEEK
    wanted = [row for row in appointments if row.kind.is_checked_weekly and row.is_on and due < row.day_here]
    if not wanted:
        return 0
    ways, keepers = processes_of_appointments(wanted), keepers_of(wanted[0].organisation_id)
    return add_many(
        [
            Task(
                organisation_id=row.organisation_id,
                kind=TaskKind.VERIFY_HEARING,
                appointment=row,
                process=ways.get(row.pk),
                due_on=due,
                role=Role.CASEWORKER,
                owner_id=row.owner_id if row.owner_id in keepers else None,
                made_by=by,
                key=f"verify:{row.pk}:{due.isoformat()}",
            )
            for row in wanted
        ]
    )


def warn_of_offers(*, organisation: Organisation, now: datetime) -> int:
    """One urgent task for each offer that was not confirmed in time, whatever becomes of the task. Says how many were made."""
    late = Appointment.objects.filter(organisation=organisation).not_confirmed_in_time(now)
    rows = list(late.select_related("kind").order_by("pk"))
    if not rows:
        return 0
    ways, keepers = processes_of_appointments(rows), keepers_of(organisation.pk)
    return add_many(
        [
            Task(
                organisation=organisation,
                kind=TaskKind.UNCONFIRMED,
                appointment=row,
                process=ways.get(row.pk),
                due_on=timezone.localdate(now),
                role=Role.CASEWORKER,
                owner_id=row.owner_id if row.owner_id in keepers else None,
                is_urgent=True,
                key=f"offer:{row.pk}:{row.confirm_by:%Y-%m-%dT%H:%M}",
            )
            for row in rows
        ]
    )


def process_of_appointment(appointment: Appointment) -> Process | None:
    """The open case that an appointment belongs to: of its people, in the group of its kind, the oldest."""
    return processes_of_appointments([appointment]).get(appointment.pk)


def processes_of_appointments(appointments: Sequence[Appointment]) -> dict[int, Process]:
    """The open case of each appointment that belongs to one, by the id of the appointment. Two queries."""
    goers = AppointmentPerson.objects.filter(appointment__in=[row.pk for row in appointments])
    going = list(goers.order_by("pk").values_list("appointment_id", "person_id"))
    rows = ProcessPerson.objects.current().filter(person__in={person for _row, person in going})
    rows = rows.filter(process__closed_at=None).select_related("process__version__pathway")
    by_person: dict[int, list[Process]] = defaultdict(list)
    for row in rows.order_by("process__opened_at", "process", "pk"):
        by_person[row.person_id].append(row.process)
    group = {row.pk: row.kind.group for row in appointments}
    found: dict[int, list[Process]] = defaultdict(list)
    for appointment, person in going:
        ways = by_person.get(person, [])
        wanted = group[appointment]
        found[appointment] += [way for way in ways if not wanted or way.version.pathway.group == wanted]
    return {pk: min(ways, key=lambda way: (way.opened_at, way.pk)) for pk, ways in found.items() if ways}


def drop_of_appointment(appointment: Appointment, reason: str) -> int:
    """Drop what waits to be done for an appointment that is off, moved or over."""
    return drop_all(Task.objects.filter(appointment=appointment), reason)
