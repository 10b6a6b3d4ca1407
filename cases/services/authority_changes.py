"""Many appointments and cases at once: what an authority cancels, moves or ends, and putting it back.

The rules are those of one of them (`cancel_appointment`, `reschedule_appointment`, `close_process`); the statements are as many
for two hundred families as for one. Each change gives back, by the id of the row, what stood there before: `put_back_…` takes
just that. Families and people are locked by the caller, in that order. The whole act: shelters.services.authority_events.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    OPEN_CLAIM,
    STILL_ON,
    Appointment,
    AppointmentChange,
    AppointmentPerson,
    AppointmentState,
    Case,
    Claim,
    Closing,
    Group,
    Happening,
    Precision,
    Process,
    ProcessPerson,
    Reminder,
    ReminderReason,
    SignInDuty,
    Task,
)
from cases.services import reminders, tasks
from cases.services.appointments import DETAILS, food_for
from cases.services.clashes import A_WHILE
from cases.services.process_log import log_many
from cases.services.processes import next_main
from cases.walltime import at_clock, instant_at
from ngo.models import Membership, Staff
from ngo.models.outbox import OutgoingState

Was = dict[str, Any]  # What stood in a row, and the ids of what went with it, as JSON keeps it.
REASON_AT_MOST = 200


# --- Appointments --------------------------------------------------------------------------------------------------------


def cancel_all(appointments: Sequence[Appointment], *, by: Staff, reason: str) -> dict[int, Was]:
    """Call appointments off because the authority did. What waits to be sent or to be done for them is withdrawn."""
    return _put_in(AppointmentState.CANCELLED_BY_AUTHORITY, appointments, ReminderReason.CANCELLED, by, reason)


def move_all(
    appointments: Sequence[Appointment], *, to: Mapping[int, date], at: time | None, by: Staff, reason: str
) -> tuple[dict[int, Was], dict[int, Appointment]]:
    """Move appointments, each to its day (`to`, by id), at an hour or each at its own; they leave the house as long before as
    they would have. Who goes along, who interprets and how they get there stays; nobody has read the new date on a paper.

    The old ones stay as they were, marked as moved. Gives back what stood there, and the new ones by the id of the old.
    """
    ours = _works_here(appointments)
    new = [_moved(row, to[row.pk], at, by, ours) for row in appointments]
    was = _put_in(AppointmentState.RESCHEDULED, appointments, ReminderReason.RESCHEDULED, by, reason)
    Appointment.objects.bulk_create(new)
    successor = {row.replaces_id: row for row in new}
    AppointmentPerson.objects.bulk_create(
        AppointmentPerson(
            appointment=successor[row.appointment_id], person_id=row.person_id, is_companion=row.is_companion
        )
        for row in AppointmentPerson.objects.filter(appointment__in=list(successor)).order_by("appointment", "pk")
    )
    _write(new, by, reason)
    reminders.plan_many(appointments=new)
    tasks.plan_weekly_checks(appointments=new, by=by, after=timezone.localdate())
    return was, successor  # type: ignore[return-value]


def meeting_others(appointments: Sequence[Appointment]) -> set[int]:
    """The ids of those of which somebody has another appointment at that time, or on that day where an hour is not known.

    Two queries.
    """
    if not appointments:
        return set()
    by_pk = {row.pk: row for row in appointments}
    goers = AppointmentPerson.objects.filter(appointment__in=list(by_pk)).values_list("person_id", "appointment_id")
    mine: dict[int, list[int]] = defaultdict(list)
    for person, appointment in goers:
        mine[person].append(appointment)
    first = min(row.leave_shelter_at for row in appointments) - timedelta(days=1)
    last = max(row.starts_at for row in appointments) + timedelta(days=1)
    others = AppointmentPerson.objects.filter(
        person__in=list(mine),
        appointment__state__in=STILL_ON,
        appointment__leave_shelter_at__lt=last,
        appointment__starts_at__gt=first,
    ).select_related("appointment")
    return {
        pk
        for other in others
        for pk in mine[other.person_id]
        if pk != other.appointment_id and _meet(by_pk[pk], other.appointment)
    }


def _meet(one: Appointment, other: Appointment) -> bool:
    if not (one.hour_is_known and other.hour_is_known):
        return one.local_date == other.local_date
    return other.leave_shelter_at < one.starts_at + A_WHILE and one.leave_shelter_at < other.starts_at + A_WHILE


def _moved(old: Appointment, to: date, at: time | None, by: Staff, ours: set[int]) -> Appointment:
    precision = Precision.EXACT if at is not None else old.precision
    at = at or old.local_time
    starts_at = instant_at(old.zone, to, at)
    leave_at = starts_at - (old.starts_at - old.leave_shelter_at)
    same_hour = at == old.local_time
    return Appointment(
        organisation_id=old.organisation_id,
        family_id=old.family_id,
        kind=old.kind,
        office_id=old.office_id,
        place=old.place,
        zone=old.zone,
        local_date=to,
        local_time=at,
        precision=precision,
        starts_at=starts_at,
        home_zone=old.home_zone,
        leave_shelter_at=leave_at,
        report_at=starts_at - (old.starts_at - old.report_at),
        **{name: getattr(old, name) for name in DETAILS},
        food=old.food if same_hour else food_for(at_clock(old.home_zone, leave_at).time()),
        owner=old.owner if old.owner_id is None or old.owner_id in ours else by,
        replaces=old,
        made_by=by,
    )


def _works_here(appointments: Sequence[Appointment]) -> set[int]:
    houses = {row.organisation_id for row in appointments}
    return set(Membership.objects.in_force().filter(organisation__in=houses).values_list("staff_id", flat=True))


def _put_in(
    state: AppointmentState, appointments: Sequence[Appointment], why: str, by: Staff, reason: str
) -> dict[int, Was]:
    """Put appointments in a state, and withdraw what waits for them."""
    was: dict[int, Was] = {row.pk: {"state": str(row.state), "reminders": [], "tasks": []} for row in appointments}
    for row in appointments:
        row.state = state
    Appointment.objects.filter(pk__in=list(was)).update(state=state)
    _write(appointments, by, reason)
    waiting = Reminder.objects.filter(appointment__in=list(was), state=OutgoingState.PENDING).order_by("pk")
    for pk, appointment in waiting.select_for_update(no_key=True).values_list("pk", "appointment_id"):
        was[appointment]["reminders"].append(pk)
    Reminder.objects.filter(pk__in=_all(was, "reminders")).update(state=OutgoingState.CANCELLED, reason=why)
    todo = Task.objects.open().filter(appointment__in=list(was))
    for pk, appointment in todo.order_by("pk").values_list("pk", "appointment_id"):
        was[appointment]["tasks"].append(pk)
    tasks.drop_all(Task.objects.filter(pk__in=_all(was, "tasks")), _("The appointment was moved or called off."))
    return was


def _write(appointments: Iterable[Appointment], by: Staff, reason: str) -> None:
    """A line in the history of each."""
    AppointmentChange.objects.bulk_create(
        AppointmentChange(appointment=row, state=row.state, by=by, reason=reason[:REASON_AT_MOST])
        for row in appointments
    )


def put_back_appointments(was: Mapping[int, Was], successors: Mapping[int, int], *, by: Staff, reason: str) -> set[int]:
    """What was called off or moved is on again as it was, with its reminders and its tasks; a new date is off again.

    Gives back the ids of those: one that was changed since, or whose new date was, stays as it is.
    """
    rows = _locked([*was, *successors.values()])
    off = (AppointmentState.CANCELLED_BY_AUTHORITY, AppointmentState.RESCHEDULED)
    back = [rows[pk] for pk in was if rows[pk].state in off and (pk not in successors or rows[successors[pk]].is_on)]
    ids = {row.pk for row in back}
    new = [rows[successors[pk]] for pk in sorted(ids & set(successors))]
    _put_in(AppointmentState.CANCELLED_BY_AUTHORITY, new, ReminderReason.NOT_ON, by, reason)
    Appointment.objects.filter(pk__in=[row.pk for row in new]).update(replaces=None)
    by_state: dict[str, list[int]] = defaultdict(list)
    for row in back:
        row.state = was[row.pk]["state"]
        by_state[row.state].append(row.pk)
    for state, pks in by_state.items():
        Appointment.objects.filter(pk__in=pks).update(state=state)
    _write(back, by, reason)
    mine = {pk: was[pk] for pk in ids}
    withdrawn = Reminder.objects.filter(pk__in=_all(mine, "reminders"), state=OutgoingState.CANCELLED)
    withdrawn.update(state=OutgoingState.PENDING, reason="")
    _take_up(_all(mine, "tasks"))
    reminders.plan_many(appointments=back)  # Who agreed, an address or a rule may have changed since.
    return ids


def _locked(pks: Collection[int]) -> dict[int, Appointment]:
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk")
    return {row.pk: row for row in rows.select_related("kind", "owner")}


def _take_up(pks: Collection[int]) -> None:
    """Tasks that were dropped are to be done again."""
    dropped = Task.objects.filter(pk__in=pks, dropped_at__isnull=False)
    dropped.update(dropped_at=None, dropped_reason="")


def _all(was: Mapping[int, Was], name: str) -> list[int]:
    return [pk for one in was.values() for pk in one[name]]


# --- Cases ---------------------------------------------------------------------------------------------------------------


def with_open_claim(processes: Collection[int]) -> set[int]:
    """Those that cannot be ended: what became of their claim must be written first."""
    return set(Claim.objects.filter(process__in=processes, state__in=OPEN_CLAIM).values_list("process_id", flat=True))


def end_cases(processes: Sequence[Process], *, by: Staff, reason: str) -> dict[int, Was]:
    """Close cases because the authority ended their way. Whoever has no other open case is undecided from then on.

    None of them may have an open claim, and nobody may be in two of them. `undecided` names who has to choose a new way.
    """
    now = timezone.now()
    here = list(ProcessPerson.objects.current().filter(process__in=processes).select_related("person").order_by("pk"))
    was: dict[int, Was] = {
        row.pk: {
            "at": now.isoformat(),
            "people": [],
            "duties": [],
            "tasks": [],
            "groups": [],
            "led": [],
            "undecided": [],
        }
        for row in processes
    }
    for each in here:
        was[each.process_id]["people"].append(each.pk)
    Process.objects.filter(pk__in=list(was)).update(closed_at=now, closed_by=by, closing=Closing.CANCELLED)
    ProcessPerson.objects.filter(pk__in=[each.pk for each in here]).update(left_at=now)
    log_many(((row, {"code": Closing.CANCELLED}) for row in processes), Happening.CLOSED, by, reason=reason)
    duties = SignInDuty.objects.running().filter(claim__process__in=list(was))
    for pk, process in duties.order_by("pk").values_list("pk", "claim__process_id"):
        was[process]["duties"].append(pk)
    SignInDuty.objects.filter(pk__in=_all(was, "duties")).update(ended_at=now)
    todo = Task.objects.open().filter(process__in=list(was))
    for pk, process in todo.order_by("pk").values_list("pk", "process_id"):
        was[process]["tasks"].append(pk)
    tasks.drop_all(Task.objects.filter(pk__in=_all(was, "tasks")), _("The case is closed."))
    _go_by_another(was, [each for each in here if each.is_main], by)
    return was


def _go_by_another(was: dict[int, Was], main: list[ProcessPerson], by: Staff) -> None:
    """Whoever was counted by a case that ended goes by another one, or is undecided; what that changed is noted."""
    persons = [each.person for each in main]
    before = _groups_of(persons)
    next_main(persons, by, group=Group.UNDECIDED)
    after = _groups_of(persons)
    led = dict(ProcessPerson.objects.main().filter(person__in=persons).values_list("person_id", "pk"))
    for each in main:
        group, owner = before.get(each.person_id, (None, None))
        now_in, _owner = after.get(each.person_id, (None, None))
        was[each.process_id]["groups"].append([each.person_id, group, owner, now_in])
        if each.person_id in led:
            was[each.process_id]["led"].append(led[each.person_id])
        else:
            was[each.process_id]["undecided"].append(each.person_id)


def _groups_of(persons: Iterable[Any]) -> dict[int, tuple[int, int | None]]:
    """The open row of the group of each person, and who is responsible there."""
    rows = Case.objects.open().filter(person__in=persons).values_list("person_id", "pk", "owner_id")
    return {person: (pk, owner) for person, pk, owner in rows}


def put_back_cases(was: Mapping[int, Was], *, by: Staff, reason: str) -> set[int]:
    """Cases that an authority ended are open again, and their people are in the groups that they were in.

    Gives back the ids of those. One that was opened or closed again since, and one of whose people somebody goes another way by
    now, stays as it is.
    """
    locked = Process.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(was)).order_by("pk")
    rows = {row.pk: row for row in locked}
    untouched = {
        pk for pk, row in rows.items() if row.closed_at and row.closed_at.isoformat() == was[pk]["at"]
    } - _gone_on(was)
    mine = {pk: was[pk] for pk in untouched}
    ProcessPerson.objects.filter(pk__in=_all(mine, "led")).update(is_main=False)
    Process.objects.filter(pk__in=untouched).update(closed_at=None, closed_by=None, closing="")
    ProcessPerson.objects.filter(pk__in=_all(mine, "people")).update(left_at=None)
    log_many(((rows[pk], {}) for pk in sorted(untouched)), Happening.REOPENED, by, reason=reason)
    _put_back_groups([group for one in mine.values() for group in one["groups"]])
    SignInDuty.objects.filter(pk__in=_all(mine, "duties")).update(ended_at=None)
    _take_up(_all(mine, "tasks"))
    return untouched


def _gone_on(was: Mapping[int, Was]) -> set[int]:
    """The cases of which somebody has joined another one since, or is in another group."""
    people = dict(ProcessPerson.objects.filter(pk__in=_all(was, "people")).values_list("pk", "person_id"))
    of_person: dict[int, set[int]] = defaultdict(set)
    for process, one in was.items():
        for pk in one["people"]:
            of_person[people[pk]].add(process)
    now_in = {person: group for person, (group, _owner) in _groups_of(list(of_person)).items()}
    joined = ProcessPerson.objects.current().filter(person__in=list(of_person))
    moved = {
        process
        for process, one in was.items()
        for person, _before, _owner, after in one["groups"]
        if now_in.get(person) != after
    }
    for person, at in joined.values_list("person_id", "joined_at"):
        moved |= {process for process in of_person[person] if at > datetime.fromisoformat(was[process]["at"])}
    return moved


def _put_back_groups(groups: Collection[list[Any]]) -> None:
    """The rows of the groups as they were: what was opened is taken away, what was closed goes on."""
    opened = [now_in for _person, before, _owner, now_in in groups if now_in is not None and now_in != before]
    Case.objects.filter(pk__in=opened).delete()
    owners: dict[int | None, list[int]] = defaultdict(list)
    for _person, before, owner, _now_in in groups:
        if before is not None:
            owners[owner].append(before)
    for owner, pks in owners.items():
        Case.objects.filter(pk__in=pks).update(closed_at=None, owner=owner)
