"""What follows when somebody was not at an appointment, and when nobody wrote whether they were.

A miss that is written makes an urgent task the same day, for who is responsible, with the next lawful step on its page.
Silence is no miss: the day after, somebody is asked what became of it. Each cause makes its task once, whatever became of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    OF_A_MISS,
    Appointment,
    AppointmentChange,
    AppointmentKind,
    AppointmentState,
    Task,
    TaskKind,
)
from cases.services.tasks import add_many, drop_all, keepers_of, processes_of_appointments
from ngo.models import Staff
from ngo.permissions import Role

KIND_OF = {AppointmentState.MISSED: TaskKind.MISSED, AppointmentState.TURNED_AWAY: TaskKind.TURNED_AWAY}
ASKED_FOR = timedelta(
    days=8
)  # What is older stands in the list of those without an outcome, and makes no task any more.
SIGN_IN = (
    "comar-sign-in"  # The kind whose words hold for a sign-in that was missed, whether a date was booked for it or not.
)


def alert_of_a_miss(*, appointment: Appointment, change: AppointmentChange, by: Staff | None) -> int:
    """The task of a miss, or of being turned away, that was just written; nothing for any other outcome."""
    kind = KIND_OF.get(AppointmentState(change.state))
    if kind is None:
        return 0
    return _add([appointment], kind, {appointment.pk: f"miss:{change.pk}"}, by=by)


def withdraw(*, appointment: Appointment) -> int:
    """It was taken back that they missed it: what was to be done about it is not needed."""
    rows = Task.objects.filter(appointment=appointment, kind__in=OF_A_MISS)
    return drop_all(rows, _("What became of it was taken back."))


def ask_about_silence(now: datetime | None = None) -> int:
    """A task for each appointment whose day is over by the clock of the house and of which nobody wrote what became of it.

    Safe to repeat, and by several at once. Returns how many are new.
    """
    now = now or timezone.now()
    key = Concat(Value("silent:"), Cast(OuterRef("pk"), CharField()))
    asked = Task.objects.filter(organisation=OuterRef("organisation"), key=key)
    rows = Appointment.objects.without_outcome(now).filter(~Exists(asked), starts_at__gt=now - ASKED_FOR)
    over = [row for row in rows.select_related("kind") if row.day_here < now.astimezone(ZoneInfo(row.home_zone)).date()]
    by_house: dict[int, list[Appointment]] = {}
    for row in over:
        by_house.setdefault(row.organisation_id, []).append(row)
    return sum(_ask(found) for found in by_house.values())


@transaction.atomic
def _ask(rows: Sequence[Appointment]) -> int:
    """Of one house; what somebody wrote in this very moment is not asked about."""
    still = Appointment.objects.still_on().filter(pk__in=[row.pk for row in rows]).select_for_update(no_key=True)
    on = set(still.order_by("pk").values_list("pk", flat=True))
    rows = [row for row in rows if row.pk in on]
    return _add(rows, TaskKind.NO_OUTCOME, {row.pk: f"silent:{row.pk}" for row in rows}, by=None)


def _add(rows: Sequence[Appointment], kind: TaskKind, keys: dict[int, str], *, by: Staff | None) -> int:
    """For who is responsible for the appointment, or else for its case; where they left, for the role."""
    if not rows:
        return 0
    ways, keepers = processes_of_appointments(rows), keepers_of(rows[0].organisation_id)
    tasks = []
    for row in rows:
        way = ways.get(row.pk)
        owners = [row.owner_id, way.owner_id if way is not None else None]
        tasks.append(
            Task(
                organisation_id=row.organisation_id,
                kind=kind,
                appointment=row,
                process=way,
                due_on=timezone.localdate(),
                role=Role.CASEWORKER,
                owner_id=next((pk for pk in owners if pk in keepers), None),
                is_urgent=kind != TaskKind.NO_OUTCOME or row.kind.is_grave,
                made_by=by,
                key=keys[row.pk],
            )
        )
    return add_many(tasks)


def kind_of_task(task: Task) -> AppointmentKind | None:
    """The kind whose words say what to do next: that of the appointment, or of the sign-in that was missed."""
    if task.kind in OF_A_MISS and task.appointment is not None:
        return task.appointment.kind
    if task.kind == TaskKind.SIGN_IN_MISSED:
        return AppointmentKind.objects.filter(organisation=task.organisation_id, code=SIGN_IN).first()
    return None
