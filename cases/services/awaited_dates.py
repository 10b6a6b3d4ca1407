"""Dates that are to be told: written down, asked about again on a day, and booked, or given up with a reason.

Each that is open has one task, due on the day on which somebody asks again. Families are locked first, as for appointments.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    Appointment,
    AppointmentKind,
    AwaitedDate,
    AwaitedPerson,
    AwaitedState,
    Family,
    Person,
    Task,
    TaskKind,
)
from cases.services import tasks
from cases.services.appointments import schedule_appointment
from cases.services.reminders import lock_family
from ngo.errors import Refused
from ngo.models import Office, Staff
from ngo.permissions import Role

FURTHEST_CONTROL = timedelta(days=366)
TEXT_AT_MOST = 200


@transaction.atomic
def await_date(
    *,
    family: Family,
    kind: AppointmentKind,
    people: Iterable[Person],
    control_on: date,
    by: Staff,
    office: Office | None = None,
    place: str = "",
    note: str = "",
) -> AwaitedDate:
    """Write that a date is to be told, and on which day somebody asks again: whoever writes it has the task. Raises Refused."""
    lock_family(family.pk)
    people = list(people)
    if kind.organisation_id != family.organisation_id or not kind.is_active:
        raise Refused(_("This kind of appointment is not in use any more. Choose another one."))
    if not people:
        raise Refused(_("Mark at least one person whose date it is."))
    ours = set(Person.objects.in_family(family).values_list("pk", flat=True))
    if not {person.pk for person in people} <= ours:
        raise Refused(_("One of these people is not in this family any more. Look at the family and choose again."))
    _check_control(control_on)
    row = AwaitedDate.objects.create(
        organisation=family.organisation,
        family=family,
        kind=kind,
        office=office,
        place="" if office else place.strip(),
        control_on=control_on,
        note=note.strip()[:TEXT_AT_MOST],
        made_by=by,
    )
    AwaitedPerson.objects.bulk_create(AwaitedPerson(awaited=row, person=person) for person in people)
    _plan_task(row, people[0], by)
    return row


@transaction.atomic
def ask_again(*, awaited: AwaitedDate, control_on: date, note: str, by: Staff) -> AwaitedDate:
    """Nobody has told it yet: another day to ask, and what was said."""
    row = _lock(awaited)
    _check_control(control_on)
    row.control_on, row.note = control_on, note.strip()[:TEXT_AT_MOST]
    row.save(update_fields=["control_on", "note"])
    _drop_tasks(row, _("It is asked again on another day."), but=_key(row))
    first = row.people.select_related("person").order_by("pk").first()
    _plan_task(row, first.person if first else None, by)
    return row


@transaction.atomic
def book_awaited(*, awaited: AwaitedDate, by: Staff, **booking: Any) -> Appointment:
    """The date was told: book it, and nobody waits for it any more. `booking` is what `schedule_appointment` takes.

    Of two desks that were told at the same moment the second is refused.
    """
    row = _lock(awaited)
    appointment = schedule_appointment(family=row.family, by=by, **booking)
    _end(row, AwaitedState.BOOKED, by, appointment=appointment)
    _drop_tasks(row, _("The date was told."))
    return appointment


@transaction.atomic
def give_up(*, awaited: AwaitedDate, reason: str, by: Staff) -> AwaitedDate:
    """Nobody waits for it any more, and why."""
    row = _lock(awaited)
    if not reason.strip():
        raise Refused(_("Write why nobody waits for it any more."))
    _end(row, AwaitedState.GIVEN_UP, by, ended_because=reason.strip()[:TEXT_AT_MOST])
    _drop_tasks(row, _("Nobody waits for it any more."))
    return row


def _end(row: AwaitedDate, state: AwaitedState, by: Staff, **facts: Any) -> None:
    values = {"state": state, "ended_at": timezone.now(), "ended_by": by} | facts
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _lock(awaited: AwaitedDate) -> AwaitedDate:
    lock_family(awaited.family_id)
    rows = AwaitedDate.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("family__organisation", "kind", "office").get(pk=awaited.pk)
    if row.state == AwaitedState.BOOKED:
        raise Refused(_("Somebody has just booked this date. Look at the family's appointments."))
    if row.state == AwaitedState.GIVEN_UP:
        raise Refused(_("Nobody waits for this date any more: somebody gave it up."))
    return row


def _check_control(control_on: date) -> None:
    today = timezone.localdate()
    if control_on < today:
        raise Refused(_("That day is over. Write today or a day to come."))
    if control_on > today + FURTHEST_CONTROL:
        raise Refused(_("That is more than a year away. Check the year."))


# --- Its task ----------------------------------------------------------------------------------------------------------


def _key(row: AwaitedDate) -> str:
    return f"awaited:{row.pk}:{row.control_on.isoformat()}"


def _plan_task(row: AwaitedDate, person: Person | None, by: Staff) -> None:
    made = tasks.add_task(
        organisation=row.organisation,
        person=person,
        kind=TaskKind.AWAITED,
        due_on=row.control_on,
        owner=by if tasks.works_here(by, row.organisation_id) else None,
        role=Role.CASEWORKER,
        by=by,
        key=_key(row),
    )
    if made is None:  # It was put off, and is put back to the day that it had before.
        again = Task.objects.filter(organisation=row.organisation_id, key=_key(row), done_at=None)
        again.update(dropped_at=None, dropped_reason="")


def _drop_tasks(row: AwaitedDate, reason: str, but: str = "") -> None:
    mine = Task.objects.filter(organisation=row.organisation_id, key__startswith=f"awaited:{row.pk}:")
    tasks.drop_all(mine.exclude(key=but), reason)
