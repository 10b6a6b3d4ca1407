"""What cannot wait until somebody opens the page: a letter to who is responsible, the same day. It names nobody and no kind."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from cases.models import ALERTS, OF_A_TASK, MessageWords, Reminder, Task, TaskKind
from cases.services.recipients import language_of_staff
from ngo.models import Membership
from ngo.models.outbox import Channel, OutgoingState
from ngo.permissions import Role

# By e-mail too: somebody was not where they had to be, did not come back, or asks for help.
TOLD = [TaskKind.MISSED, TaskKind.TURNED_AWAY, TaskKind.ASKED_HELP, TaskKind.NOT_BACK, *ALERTS]
GOOD_FOR = timedelta(days=2)


def tell_of(keys: Iterable[str], *, organisation: int) -> int:
    """One letter for each of these tasks that cannot wait, in the transaction that made them; however often it is called.

    To who is responsible; where that is nobody, to everybody of the role. An alert goes to the whole role. Where nobody here has
    the role, the coordinators stand in for it. None to who made it. Three queries at most.
    """
    tasks = list(Task.objects.open().filter(organisation=organisation, key__in=list(keys), kind__in=TOLD))
    if not tasks:
        return 0
    team = _team(organisation, tasks)
    now = timezone.now()
    rows = [
        Reminder(
            organisation_id=organisation,
            source=OF_A_TASK,
            source_id=task.pk,
            occasion=task.due_on,
            words=MessageWords.STAFF,
            staff=member.staff,
            channel=Channel.EMAIL,
            language=language_of_staff(member.staff),
            state=OutgoingState.PENDING,
            due_at=now,
            next_try_at=now,
            expires_at=now + GOOD_FOR,
        )
        for task in tasks
        for member in _recipients(task, team)
    ]
    return len(Reminder.objects.bulk_create(rows, ignore_conflicts=True))


def _team(organisation: int, tasks: Sequence[Task]) -> list[Membership]:
    """Everybody here who may be told of one of these."""
    wanted = Q(role__in={Role.COORDINATOR, *(task.role for task in tasks)}) | Q(
        staff__in={task.owner_id for task in tasks if task.owner_id}
    )
    rows = Membership.objects.in_force().filter(wanted, organisation=organisation, staff__is_active=True)
    return list(rows.select_related("staff").order_by("pk"))


def _recipients(task: Task, team: Sequence[Membership]) -> list[Membership]:
    owner = [member for member in team if member.staff_id == task.owner_id]
    role = [member for member in team if member.role == task.role]
    role = role or [member for member in team if member.role == Role.COORDINATOR]
    role = [member for member in role if member not in owner]
    told = owner + role if not owner or task.kind in ALERTS else owner
    return [member for member in told if member.staff_id != task.made_by_id]


def is_to_do(task_id: int) -> bool:
    """Whether it is still open: done or dropped, nobody is told."""
    return Task.objects.open().filter(pk=task_id).exists()
