"""What the first page asks about cases: how much is late, urgent or without a paper. One query each, whatever the number."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from cases.models import Process, Task
from cases.protection_list import no_protecting_document, sign_ins_missed

__all__ = ["TaskCount", "cases_of_nobody", "no_protecting_document", "sign_ins_missed", "tasks_due"]


@dataclass(frozen=True)
class TaskCount:
    """Open tasks of somebody, and of their role that are nobody's."""

    urgent: int
    late: int
    today: int


def tasks_due(staff: Any, day: date) -> TaskCount:
    """What waits for somebody on a day. A task that is urgent and late counts in both. One query."""
    rows = Task.objects.visible_to(staff).open().mine(staff).order_by()
    return TaskCount(
        **rows.aggregate(
            urgent=Count("pk", filter=Q(is_urgent=True)),
            late=Count("pk", filter=Q(due_on__lt=day)),
            today=Count("pk", filter=Q(due_on=day)),
        )
    )


def cases_of_nobody(staff: Any) -> int:
    """How many open cases nobody is responsible for. One query."""
    return Process.objects.visible_to(staff).open().filter(owner=None).count()
