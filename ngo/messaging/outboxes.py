"""How it goes in the outboxes beside that of reminders, whichever floor they belong to: what is overdue, what failed.

The tables are found by what they are, so that none that is made later is forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import CharField, Count, Q, QuerySet, Value

from ngo.models.outbox import WAITING, Outgoing, OutgoingState

SPAN = timedelta(hours=24)


@dataclass(frozen=True)
class InShort:
    overdue: int = 0  # Due, and neither left nor ended.
    failed: int = 0  # Of what was due within a day.


def outboxes_beside(main: type[Outgoing]) -> dict[str, type[Outgoing]]:
    """Every other table of messages by the name of its model, in the order of the names."""
    found = [model for model in apps.get_models() if issubclass(model, Outgoing) and model is not main]
    return dict(sorted(((str(model._meta.model_name), model) for model in found), key=lambda one: one[0]))


def in_short(rows: Mapping[str, QuerySet], now: datetime) -> dict[str, InShort]:
    """For each of these outboxes, by its name: how many of its rows are overdue, and how many failed. One query."""
    overdue = Q(state__in=WAITING, next_try_at__lte=now)
    failed = Q(state=OutgoingState.FAILED, due_at__gt=now - SPAN, due_at__lte=now)
    counted = [
        found.filter(overdue | failed)
        .order_by()
        .annotate(outbox=Value(name, output_field=CharField()))
        .values("outbox")
        .annotate(overdue=Count("pk", filter=overdue), failed=Count("pk", filter=failed))
        .values_list("outbox", "overdue", "failed")
        for name, found in rows.items()
    ]
    if not counted:
        return {}
    told = dict.fromkeys(rows, InShort())
    return told | {name: InShort(*counts) for name, *counts in counted[0].union(*counted[1:], all=True)}
