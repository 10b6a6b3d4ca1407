"""The notices of an appointment: one row each, made and withdrawn in the transaction that makes and ends the appointment."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cases.models import Appointment, Audience, NoticeRule, Reminder
from cases.walltime import at_clock, instant_at
from ngo.models.outbox import OutgoingState


@transaction.atomic
def plan_reminders(*, appointment: Appointment) -> list[Reminder]:
    """One row per rule and recipient whose moment is still to come, on the clock of the house."""
    now, day = timezone.now(), at_clock(appointment.home_zone, appointment.starts_at).date()
    rows = []
    for rule in NoticeRule.objects.filter(kind=appointment.kind_id, is_active=True):
        due_at = instant_at(appointment.home_zone, day - timedelta(days=rule.days_before), rule.at_time)
        if now < due_at < appointment.starts_at:
            rows += [Reminder(rule=rule, due_at=due_at, **to) for to in _recipients(appointment, rule)]
    for row in rows:
        row.appointment, row.next_try_at, row.expires_at = appointment, row.due_at, appointment.starts_at
    return Reminder.objects.bulk_create(rows)


def _recipients(appointment: Appointment, rule: NoticeRule) -> list[dict]:
    if rule.audience == Audience.STAFF:
        return [{"staff": appointment.owner, "language": appointment.owner.language}] if appointment.owner else []
    addresses = appointment.family.email_addresses.filter(removed_at=None).order_by("pk")
    return [{"email": address, "language": "es"} for address in addresses]


@transaction.atomic
def withdraw_reminders(*, appointment: Appointment, reason: str) -> int:
    """End every notice of an appointment that has not left."""
    rows = Reminder.objects.filter(appointment=appointment).waiting()
    return rows.update(state=OutgoingState.CANCELLED, reason=reason, claim=None, claimed_until=None)
