"""Reminders of appointments: planned with the appointment, looked at again when they leave.

`plan_reminders` may be called as often as one likes: it makes the rows match what holds now (the rules, who is responsible, the
addresses, what the family agreed to). What cannot leave is kept as a row too, with the reason, so that a person sees why nobody
was written to. Every writer locks the family first and the rows of reminders last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.formats import date_format

from cases.models import (
    STILL_ON,
    Appointment,
    Audience,
    Consent,
    Decision,
    EmailAddress,
    Family,
    FamilyMember,
    NoticeRule,
    Purpose,
    Reminder,
    ReminderReason,
)
from cases.walltime import at_clock, instant_at
from ngo.crypto import decrypt
from ngo.messaging import email, outbox
from ngo.models import Heartbeat, Membership, Staff
from ngo.models.health import SWEEP
from ngo.models.outbox import OutgoingState

PLANNED = ["state", "reason", "language", "due_at", "next_try_at", "expires_at"]


class Recipient(NamedTuple):
    email: EmailAddress | None
    staff: Staff | None
    language: str
    agreed: bool


# --- Planning --------------------------------------------------------------------------------------------------------
def plan_reminders(*, appointment: Appointment) -> list[Reminder]:
    """One row per rule, address and member of staff, in the transaction of the appointment. Returns all rows of it."""
    plan_many(appointments=[appointment])
    return list(appointment.reminders.order_by("due_at", "pk"))


@transaction.atomic
def plan_many(*, appointments: Sequence[Appointment]) -> None:
    """The same for any number of appointments: as many queries for many as for one, and one more for each row to mend."""
    lock_families(row.family_id for row in appointments)
    on = [row for row in appointments if row.is_on]
    known = _known(on)
    wanted = {_key(row): row for appointment in on for row in _wanted(appointment, known)}
    there = Reminder.objects.filter(appointment__in=[row.pk for row in appointments])
    found = {_key(row): row for row in there.select_for_update(no_key=True)}
    Reminder.objects.bulk_create(
        [row for key, row in wanted.items() if key not in found],
        ignore_conflicts=True,  # The constraint has the last word: no notice is recorded twice.
    )
    for key, row in found.items():
        _bring_up_to_date(row, wanted.get(key))


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


@transaction.atomic
def forget_address(*, address: EmailAddress) -> None:
    """An address was removed: nothing leaves to it any more."""
    lock_family(address.family_id)
    _withdraw(address.reminders.all(), ReminderReason.NO_ADDRESS)


@transaction.atomic
def record_call(*, appointment: Appointment, by: Staff) -> int:
    """Somebody told them otherwise: nobody needs to call them any more. Says how many reminders that stands for."""
    lock_family(appointment.family_id)
    return appointment.reminders.unreached().update(called_at=timezone.now(), called_by=by)


@transaction.atomic
def take_back_call(*, appointment: Appointment) -> int:
    """It was a slip: they are to be called again."""
    lock_family(appointment.family_id)
    return appointment.reminders.filter(called_at__isnull=False).update(called_at=None, called_by=None)


def lock_family(family_id: int) -> Family:
    """Whoever changes what a family is reminded of does so one after the other: consent and booking never miss each other."""
    return Family.objects.select_for_update(no_key=True).get(pk=family_id)


def lock_families(family_ids: Iterable[int]) -> list[Family]:
    """The same for several, always in one order."""
    return list(Family.objects.select_for_update(no_key=True).filter(pk__in=set(family_ids)).order_by("pk"))


def _withdraw(rows: Iterable[Reminder], reason: str) -> int:
    pending = Reminder.objects.filter(pk__in=[row.pk for row in rows], state=OutgoingState.PENDING)
    return pending.update(state=OutgoingState.CANCELLED, reason=reason[:200])


def _key(row: Reminder) -> tuple[int, int, int | None, int | None]:
    return row.appointment_id, row.rule_id, row.email_id, row.staff_id


class _Known(NamedTuple):
    """What decides which reminders there are, of the kinds and the families of some appointments."""

    rules: dict[int, list[NoticeRule]]
    addresses: dict[int, list[EmailAddress]]
    agreed: set[int]
    languages: dict[int, str]


def _known(appointments: Sequence[Appointment]) -> _Known:
    """Two queries, and two more where there is anybody to write to."""
    rules: dict[int, list[NoticeRule]] = defaultdict(list)
    for rule in NoticeRule.objects.filter(kind__in={row.kind_id for row in appointments}, is_active=True):
        rules[rule.kind_id].append(rule)
    addresses = addresses_of({row.family_id for row in appointments}) if rules else {}
    return _Known(rules, addresses, families_that_agreed(addresses), languages_of_families(addresses))


def addresses_of(families: Collection[int]) -> dict[int, list[EmailAddress]]:
    """The addresses at which each family is written to now, by family. One query."""
    found: dict[int, list[EmailAddress]] = defaultdict(list)
    for row in EmailAddress.objects.filter(family__in=families, removed_at=None).order_by("pk"):
        found[row.family_id].append(row)
    return found


def _wanted(appointment: Appointment, known: _Known) -> list[Reminder]:
    rules = known.rules.get(appointment.kind_id, [])
    now = timezone.now()
    rows: list[Reminder] = []
    for audience in Audience:
        moments = [(due_at(appointment, rule), rule) for rule in rules if rule.audience == audience]
        for recipient in _recipients(appointment, audience, known) if moments else []:
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
    elif not recipient.agreed:
        reason = ReminderReason.NO_CONSENT
    elif due <= now:
        reason = ReminderReason.PASSED
    return Reminder(
        organisation_id=appointment.organisation_id,
        family_id=appointment.family_id,
        source_id=appointment.pk,
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
    if wanted is None:
        if row.state == OutgoingState.PENDING:
            _withdraw([row], ReminderReason.CHANGED)
    elif _may_begin_anew(row, wanted):
        values = {name: getattr(wanted, name) for name in PLANNED}
        if any(getattr(row, name) != value for name, value in values.items()):
            Reminder.objects.filter(pk=row.pk, state=row.state).update(**values, attempts=0, last_error="")


def _may_begin_anew(row: Reminder, wanted: Reminder) -> bool:
    if wanted.reason == ReminderReason.PASSED:  # It may be due at this very moment, or wait for its next try.
        return False
    if row.state == OutgoingState.PENDING:
        return row.attempts == 0 or wanted.state != OutgoingState.PENDING
    return row.state == OutgoingState.CANCELLED or row.reason == ReminderReason.NO_CONSENT


def _recipients(appointment: Appointment, audience: Audience, known: _Known) -> list[Recipient]:
    if audience == Audience.STAFF:
        owner = appointment.owner
        return [Recipient(None, owner, language_of_staff(owner), agreed=True)] if owner and owner.is_active else []
    family = appointment.family_id
    addresses = known.addresses.get(family, [])
    return [Recipient(one, None, known.languages.get(family, "es"), family in known.agreed) for one in addresses]


def agreed_to_reminders(family_id: int) -> bool:
    return family_id in families_that_agreed([family_id])


def families_that_agreed(families: Collection[int]) -> set[int]:
    """Those of some families that agree to reminders. One query, none where there are no families."""
    given = Consent.objects.filter(purpose=Purpose.REMINDERS, decision=Decision.GIVEN, withdrawn_at=None)
    return set(given.filter(family__in=families).values_list("family_id", flat=True)) if families else set()


def languages_of_families(families: Collection[int]) -> dict[int, str]:
    """Of the texts that we have: English where the head of the family reads it and no Spanish, or else Spanish. One query."""
    if not families:
        return {}
    rows = FamilyMember.objects.filter(family__in=families, left_on=None).order_by("family", "-is_head", "pk")
    heads = rows.distinct("family").values_list("family_id", "person__reads", "person__speaks")
    return {family: _language_of(reads or speaks) for family, reads, speaks in heads}


def _language_of(languages: Collection[str]) -> str:
    return "en" if "eng" in languages and "spa" not in languages else "es"


def language_of_staff(staff: Staff) -> str:
    return "en" if staff.language.startswith("en") else "es"


# --- Sending ---------------------------------------------------------------------------------------------------------
def send_due(*, limit: int = 500) -> outbox.Swept:
    """Send what is due, at most `limit` of them, and write that it was looked after. Beat calls this every 30 seconds.

    Two queries for each batch of claims; for each reminder one that begins it, one that looks at everything once more, and
    one that records how it went. Any number of these may run at once.
    """
    with email.MailLine() as line:
        swept = outbox.sweep(Reminder.objects.to_send(), lambda row: _prepare(row, line), limit=limit)
    Heartbeat.objects.note(**{SWEEP: timezone.now()})
    return swept


class Facts(NamedTuple):
    """What decides whether a reminder leaves, and to whom, as it is at this moment."""

    state: str
    home_zone: str
    leave_shelter_at: datetime
    owner_id: int | None
    rule_is_active: bool
    address: str | None  # As it is stored.
    address_removed_at: datetime | None
    staff_email: str | None
    staff_is_active: bool | None
    family_agreed: bool


FACTS = """
SELECT appointment.state, appointment.home_zone, appointment.leave_shelter_at, appointment.owner_id, rule.is_active,
       mail.address, mail.removed_at, staff.email, staff.is_active,
       EXISTS (SELECT FROM cases_consent consent WHERE consent.family_id = appointment.family_id
               AND purpose = 'reminders' AND decision = 'given' AND withdrawn_at IS NULL)
FROM cases_reminder reminder
JOIN cases_appointment appointment ON appointment.id = reminder.appointment_id
JOIN cases_noticerule rule ON rule.id = reminder.rule_id
LEFT JOIN cases_emailaddress mail ON mail.id = reminder.email_id
LEFT JOIN ngo_staff staff ON staff.id = reminder.staff_id
WHERE reminder.id = %s
"""


def _prepare(row: Reminder, line: email.MailLine) -> outbox.Send | outbox.Ended:
    """Look at everything once more, as it is at this moment: then the message, or why there is none."""
    with connection.cursor() as cursor:
        facts = Facts(*cursor.execute(FACTS, [row.pk]).fetchone())
    if ended := _why_not(row, facts):
        return ended
    day = at_clock(facts.home_zone, facts.leave_shelter_at).date()
    return lambda: line.send(
        key=row.key,
        to=decrypt(facts.address) if facts.address else facts.staff_email or "",
        said=_words("reminder" if row.email_id else "reminder_staff", row.language, day),
    )


@lru_cache(maxsize=64)
def _words(name: str, language: str, day: date) -> email.Words:
    """A day's reminders all say the same: the day is their only fact."""
    return email.words(name=name, language=language, context={"day": day_in_words(day, language)}, is_plain=True)


def _why_not(row: Reminder, facts: Facts) -> outbox.Ended | None:
    """Why this one does not leave; None where nothing is in its way."""
    if facts.state not in STILL_ON:
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.NOT_ON)
    now = timezone.now()
    if outbox.is_too_late(row, now) or now >= facts.leave_shelter_at:
        return outbox.Ended(OutgoingState.EXPIRED, ReminderReason.TOO_LATE)
    if reason := _guest_not(facts) if row.email_id else _staff_not(row, facts):
        return outbox.Ended(OutgoingState.CANCELLED, reason)
    if not facts.rule_is_active:
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.CHANGED)
    if not email.is_configured():
        return outbox.Ended(OutgoingState.SUPPRESSED, ReminderReason.NO_SERVER)
    return None


def _guest_not(facts: Facts) -> str:
    if facts.address_removed_at is not None:
        return ReminderReason.NO_ADDRESS
    return "" if facts.family_agreed else ReminderReason.NO_CONSENT


def _staff_not(row: Reminder, facts: Facts) -> str:
    if facts.owner_id != row.staff_id:
        return ReminderReason.CHANGED
    works_here = Membership.objects.in_force().filter(staff=row.staff_id, organisation__appointments=row.appointment_id)
    return "" if facts.staff_is_active and works_here.exists() else ReminderReason.NOT_WORKING_HERE


def day_in_words(day: date, language: str) -> str:
    """ "martes 1 de diciembre", "Tuesday 1 December": the only fact that a reminder tells."""
    with translation.override(language):
        return date_format(day, r"l j \d\e F" if language == "es" else "l j F")
