"""Reminders of appointments: planned with the appointment, looked at again when they leave.

`plan_reminders` may be called as often as one likes: it makes the rows match what holds now (the rules, who is responsible, the
addresses, what the family agreed to). What cannot leave is kept as a row too, with the reason, so that a person sees why nobody
was written to. Every writer locks the family first and the rows of reminders last.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from cases.models import (
    Appointment,
    Audience,
    Consent,
    Decision,
    EmailAddress,
    Family,
    NoticeRule,
    Person,
    Purpose,
    Reminder,
    ReminderReason,
)
from cases.walltime import at_clock, instant_at
from ngo.models import Staff
from ngo.models.outbox import OutgoingState

# Rows in these states begin anew where what ended them no longer holds.
REVIVED = {OutgoingState.CANCELLED: None, OutgoingState.SUPPRESSED: ReminderReason.NO_CONSENT}


class Recipient(NamedTuple):
    email: EmailAddress | None
    staff: Staff | None
    language: str
    agreed: bool


# --- Planning --------------------------------------------------------------------------------------------------------
@transaction.atomic
def plan_reminders(*, appointment: Appointment) -> list[Reminder]:
    """One row per rule, address and member of staff, in the transaction of the appointment. Returns all rows of it."""
    lock_family(appointment.family_id)
    wanted = {_key(row): row for row in _wanted(appointment)} if appointment.is_on else {}
    found = {_key(row): row for row in appointment.reminders.select_for_update(no_key=True)}
    Reminder.objects.bulk_create(
        [row for key, row in wanted.items() if key not in found],
        ignore_conflicts=True,  # The constraint has the last word: no notice is recorded twice.
    )
    for key, row in found.items():
        _bring_up_to_date(row, wanted.get(key))
    return list(appointment.reminders.order_by("due_at", "pk"))


@transaction.atomic
def withdraw_reminders(*, appointment: Appointment, reason: str) -> int:
    """Withdraw what has not left yet, and say how many. What is being sent at this moment, the sender looks at once more."""
    lock_family(appointment.family_id)
    return _withdraw(appointment.reminders.all(), reason)


@transaction.atomic
def plan_for_family(*, family: Family) -> None:
    """An address or a consent came or went: bring the reminders of all that lies ahead up to date."""
    lock_family(family.pk)
    for appointment in family.appointments.upcoming(timezone.now()):
        plan_reminders(appointment=appointment)


def lock_family(family_id: int) -> Family:
    """Whoever changes what a family is reminded of does so one after the other: consent and booking never miss each other."""
    return Family.objects.select_for_update(no_key=True).get(pk=family_id)


def _withdraw(rows: Iterable[Reminder], reason: str) -> int:
    pending = Reminder.objects.filter(pk__in=[row.pk for row in rows], state=OutgoingState.PENDING)
    return pending.update(state=OutgoingState.CANCELLED, reason=reason[:200])


def _key(row: Reminder) -> tuple[int, int | None, int | None]:
    return row.rule_id, row.email_id, row.staff_id


def _wanted(appointment: Appointment) -> list[Reminder]:
    rules = list(NoticeRule.objects.filter(kind=appointment.kind_id, is_active=True))
    now = timezone.now()
    rows: list[Reminder] = []
    for audience in Audience:
        moments = [(due_at(appointment, rule), rule) for rule in rules if rule.audience == audience]
        for recipient in _recipients(appointment, audience) if moments else []:
            rows += [_row(appointment, rule, due, recipient, moments, now) for due, rule in moments]
    return rows


def due_at(appointment: Appointment, rule: NoticeRule) -> datetime:
    """So many days before the day on which they leave the house, at a wall time of the house."""
    leaving = at_clock(appointment.home_zone, appointment.leave_shelter_at).date()
    return instant_at(appointment.home_zone, leaving - timedelta(days=rule.days_before), rule.at_time)


def _row(
    appointment: Appointment,
    rule: NoticeRule,
    due: datetime,
    recipient: Recipient,
    moments: list[tuple[datetime, NoticeRule]],
    now: datetime,
) -> Reminder:
    """The row as it ought to be. A late one is never untrue: it expires when the next one is due, or when they leave."""
    reason = ""
    if due >= appointment.leave_shelter_at:
        reason = ReminderReason.AFTER_LEAVING
    elif due <= now:
        reason = ReminderReason.PASSED
    elif not recipient.agreed:
        reason = ReminderReason.NO_CONSENT
    return Reminder(
        appointment=appointment,
        rule=rule,
        email=recipient.email,
        staff=recipient.staff,
        language=recipient.language,
        state=OutgoingState.SUPPRESSED if reason else OutgoingState.PENDING,
        reason=reason,
        due_at=due,
        next_try_at=due,
        expires_at=min([*(later for later, _rule in moments if later > due), appointment.leave_shelter_at]),
    )


def _bring_up_to_date(row: Reminder, wanted: Reminder | None) -> None:
    """Begin a row anew, mend its hour, or withdraw it; what was sent, failed or is being sent stays as it is."""
    if row.state == OutgoingState.PENDING and wanted is None:
        _withdraw([row], ReminderReason.CHANGED)
        return
    again = row.state in REVIVED and REVIVED[OutgoingState(row.state)] in {None, row.reason}
    waiting = row.state == OutgoingState.PENDING and (row.attempts == 0 or wanted.state != OutgoingState.PENDING)
    if wanted is None or not (again or waiting) or (again and wanted.reason == ReminderReason.PASSED):
        return
    fields = ["state", "reason", "language", "due_at", "next_try_at", "expires_at"]
    if any(getattr(row, name) != getattr(wanted, name) for name in fields):
        values = {name: getattr(wanted, name) for name in fields}
        Reminder.objects.filter(pk=row.pk, state=row.state).update(**values, attempts=0, last_error="")


def _recipients(appointment: Appointment, audience: Audience) -> list[Recipient]:
    if audience == Audience.STAFF:
        owner = appointment.owner
        return [Recipient(None, owner, language_of_staff(owner), agreed=True)] if owner and owner.is_active else []
    addresses = list(EmailAddress.objects.filter(family=appointment.family_id, removed_at=None).order_by("pk"))
    if not addresses:
        return []
    agreed = agreed_to_reminders(appointment.family_id)
    language = language_of_family(appointment.family_id)
    return [Recipient(address, None, language, agreed) for address in addresses]


def agreed_to_reminders(family_id: int) -> bool:
    return Consent.objects.filter(
        family=family_id, purpose=Purpose.REMINDERS, decision=Decision.GIVEN, withdrawn_at=None
    ).exists()


def language_of_family(family_id: int) -> str:
    """Of the texts that we have: English where the head of the family reads it and no Spanish, or else Spanish."""
    people = Person.objects.filter(family_memberships__family=family_id, family_memberships__left_on=None)
    head = people.order_by("-family_memberships__is_head", "family_memberships__pk").only("reads", "speaks").first()
    languages = (head.reads or head.speaks) if head else []
    return "en" if "eng" in languages and "spa" not in languages else "es"


def language_of_staff(staff: Staff) -> str:
    return "en" if staff.language.startswith("en") else "es"
