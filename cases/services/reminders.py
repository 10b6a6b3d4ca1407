"""Notices: planned with what they are about, looked at again when they leave (cases/services/sending.py).

`plan_reminders` may be called as often as one likes: it makes the rows match what holds now (the rules, who is responsible, the
addresses and numbers, what the family agreed to). What cannot leave is kept as a row too, with the reason, so that a person sees
why nobody was written to. What stands on no page of its own (a sign-in, a paper, a limit of the law) is planned by a sweep,
`plan_ahead`. Every writer locks the family first and the rows of reminders last.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db import DatabaseError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from cases import quiet
from cases.models import (
    TO_A_LIST,
    TO_THE_FAMILY,
    Appointment,
    EmailAddress,
    Family,
    MessageWords,
    NoticeRule,
    NoticeSource,
    Phone,
    Reminder,
    ReminderReason,
    Unit,
)
from cases.services.occasions import FURTHEST, SOURCES, Occasion, of_appointment
from cases.services.recipients import (
    Contacts,
    Recipient,
    contacts_of,
    recipients,
)
from cases.services.working_days import working_days_before
from cases.walltime import at_clock, instant_at
from ngo.models import Staff
from ngo.models.outbox import Channel, OutgoingState

logger = logging.getLogger(__name__)

# Whether a floor above had something to tell about an appointment that reached nobody (cases/people_to_call.py).
ASKED_ABOVE: list[Callable[[Appointment], bool]] = []

PLANNED = ["family_id", "state", "reason", "language", "due_at", "next_try_at", "expires_at"]
ARRIVED = [OutgoingState.CLAIMED, OutgoingState.SENT, OutgoingState.DELIVERED]
# A try that failed may have arrived all the same: the gateway took it, and its yes was lost. It waited for its next try.
TRIED = Q(attempts__gt=0) & (
    Q(state=OutgoingState.PENDING)
    | Q(state=OutgoingState.CANCELLED) & (~Q(last_error="") | Q(reason__in=["cancelled", "rescheduled"]))
)


# --- Planning --------------------------------------------------------------------------------------------------------
def plan_reminders(*, appointment: Appointment) -> list[Reminder]:
    """One row per rule and recipient, in the transaction of the appointment. Returns all rows of it."""
    plan_many(appointments=[appointment])
    return list(appointment.reminders.order_by("due_at", "pk"))


@transaction.atomic
def plan_many(*, appointments: Sequence[Appointment]) -> None:
    """The same for any number of appointments: as many queries for many as for one, and one more for each row to mend."""
    lock_families(row.family_id for row in appointments)
    on = [of_appointment(row) for row in appointments if row.is_on]
    kinds = {one.kind_id for one in on}
    rules = list(NoticeRule.objects.in_use().filter(kind__in=kinds)) if kinds else []
    there = Reminder.objects.filter(appointment__in=[row.pk for row in appointments], rule__isnull=False)
    _plan(on, rules, there)


def plan_ahead(now: datetime | None = None) -> int:
    """Plan what no page plans: of sign-ins, papers, limits, and what floors above know. Returns how many rows there are.

    Safe to repeat and by several at once: the constraint has the last word. A transaction for each organisation and each kind of
    thing: where one of them fails, the others are planned all the same. One query where nobody has such a rule.
    """
    today = (now or timezone.now()).date()
    rules = NoticeRule.objects.exclude(source=NoticeSource.APPOINTMENT)
    wide = rules.values("organisation", "source").annotate(days=Max("days_before")).order_by("organisation", "source")
    count = 0
    for organisation, source, days in list(wide.values_list("organisation", "source", "days")):
        if source not in SOURCES:
            continue
        try:
            count += _plan_source(organisation, NoticeSource(source), days, today)
        except DatabaseError:
            raise
        except Exception:
            logger.exception("Notices of %s of organisation %s were not planned.", source, organisation)
    return count


@transaction.atomic
def _plan_source(organisation: int, source: NoticeSource, days: int, today: date) -> int:
    """Working days before reach further back than days of the calendar; twice as far and two weeks is enough."""
    first, last = today - FURTHEST, today + timedelta(days=days * 2 + 14) + FURTHEST
    ahead = SOURCES[source].ahead(organisation, first, last)
    there = Reminder.objects.filter(organisation=organisation, source=source, rule__isnull=False)
    there = there.filter(
        Q(state=OutgoingState.PENDING) | Q(source_id__in=[one.source_id for one in ahead], occasion__gte=first)
    )
    return _plan(ahead, list(NoticeRule.objects.in_use().filter(organisation=organisation, source=source)), there)


def _plan(occasions: Sequence[Occasion], rules: list[NoticeRule], there: QuerySet[Reminder]) -> int:
    """Make the rows of some occasions what they ought to be; `there` are those that stand already."""
    by_kind: dict[int | None, list[NoticeRule]] = defaultdict(list)
    for rule in rules:
        by_kind[rule.kind_id].append(rule)
    known, now = contacts_of(occasions, rules), timezone.now()
    wanted = {_key(row): row for one in occasions for row in _wanted(one, by_kind.get(one.kind_id, []), known, now)}
    found = {_key(row): row for row in there.order_by("pk").select_for_update(no_key=True)}
    Reminder.objects.bulk_create(
        [row for key, row in wanted.items() if key not in found],
        ignore_conflicts=True,  # The constraint has the last word: no notice is recorded twice.
        batch_size=2000,
    )
    for key, row in found.items():
        _bring_up_to_date(row, wanted.get(key))
    return len(wanted)


@transaction.atomic
def withdraw_reminders(*, appointment: Appointment, reason: str) -> int:
    """Withdraw what has not left yet, and say how many. What is being sent at this moment, the sender looks at once more."""
    lock_family(appointment.family_id)
    return _withdraw(appointment.reminders.all(), reason)


@transaction.atomic
def tell_of_change(*, appointment: Appointment, true_until: datetime, hour_is_known: bool) -> int:
    """One neutral "something changed, ask at the desk" to each whom a notice of this appointment may have reached already.

    Who was told nothing yet needs no such message. Who was asked to confirm it was told of it; so was who heard that an earlier
    date of the same chain of moves had changed, and asked at the desk. Returns how many there are. Nobody is woken by it, and an
    earlier one of the same chain that has not left is withdrawn: one is enough. Where the hour is not known, `true_until` stands
    for its whole day: they may be meant to go in the afternoon.
    """
    lock_family(appointment.family_id)
    now = timezone.now()
    if not hour_is_known:
        true_until = _end_of_day(appointment.home_zone, true_until)
    changes = Reminder.objects.filter(
        source=NoticeSource.APPOINTMENT, source_id__in=_moved_from(appointment), words=MessageWords.CHANGED
    )
    changes = changes.exclude(state=OutgoingState.CANCELLED)
    earlier = list(changes.order_by("pk").select_for_update(no_key=True)) if appointment.replaces_id else []
    _withdraw(earlier, ReminderReason.CHANGED)  # Those that wait.
    of_it = Reminder.objects.filter(
        Q(source=NoticeSource.APPOINTMENT) | Q(source=NoticeSource.UNCONFIRMED), source_id=appointment.pk
    )
    told = of_it.to_families().filter(Q(state__in=ARRIVED) | TRIED)
    by_machine = [*(row for row in earlier if row.channel != Channel.HOUSE), *told.order_by("pk")]
    reached = {(row.channel, row.email_id, row.phone_id): row for row in by_machine}
    made = [_changed(appointment, row, now, true_until) for row in reached.values()]
    # Who was told aloud is told aloud; so is who sleeps now and leaves before a phone may ring.
    aloud = of_it.filter(channel=Channel.HOUSE, state=OutgoingState.SENT).exclude(rule__audience__in=TO_A_LIST)
    in_vain = any(row.state != OutgoingState.PENDING for row in made)
    was_aloud = any(row.channel == Channel.HOUSE for row in earlier) or appointment.told_at is not None
    if (in_vain or was_aloud or aloud.exists()) and now < true_until:
        made.append(_changed(appointment, Reminder(channel=Channel.HOUSE, language="es"), now, true_until))
    return len(Reminder.objects.bulk_create(made, ignore_conflicts=True))


def _end_of_day(zone: str, at: datetime) -> datetime:
    return instant_at(zone, at_clock(zone, at).date() + timedelta(days=1), time())


def _moved_from(appointment: Appointment) -> list[int]:
    """The dates in whose place this one came, the last first. A query for each move."""
    found: list[int] = []
    before = appointment.replaces_id
    while before is not None and before not in found:
        found.append(before)
        before = Appointment.objects.filter(pk=before).values_list("replaces_id", flat=True).first()
    return found


def _changed(appointment: Appointment, like: Reminder, now: datetime, true_until: datetime) -> Reminder:
    """That something changed, to the recipient of another row."""
    due = quiet.first_allowed(appointment.home_zone, now) if like.phone_id else now
    would_wake = due >= true_until
    return Reminder(
        organisation_id=appointment.organisation_id,
        family_id=appointment.family_id,
        source=NoticeSource.APPOINTMENT,
        source_id=appointment.pk,
        appointment=appointment,
        words=MessageWords.CHANGED,
        channel=like.channel,
        email_id=like.email_id,
        phone_id=like.phone_id,
        language=like.language,
        state=OutgoingState.SUPPRESSED if would_wake else OutgoingState.PENDING,
        reason=ReminderReason.IN_QUIET_HOURS if would_wake else "",
        due_at=now,
        next_try_at=due,
        expires_at=true_until,
    )


@transaction.atomic
def plan_for_family(*, family: Family) -> None:
    """An address, a number or a consent came or went: bring the reminders of all that lies ahead up to date."""
    lock_family(family.pk)
    plan_many(appointments=list(family.appointments.upcoming(timezone.now())))


@transaction.atomic
def forget_address(*, address: EmailAddress) -> None:
    """An address was removed: nothing leaves to it any more."""
    lock_family(address.family_id)
    _withdraw(address.reminders.all(), ReminderReason.NO_ADDRESS)


@transaction.atomic
def forget_phone(*, phone: Phone, reason: str = ReminderReason.NO_ADDRESS) -> None:
    """A number was removed, or wants nothing any more: nothing leaves to it."""
    lock_family(phone.family_id)
    _withdraw(phone.reminders.all(), reason)


@transaction.atomic
def record_call(*, appointment: Appointment, by: Staff) -> int:
    """Somebody told them otherwise: nobody needs to call them any more. Says how many reminders that stands for."""
    lock_family(appointment.family_id)
    is_asked_above = any(is_asked(appointment) for is_asked in ASKED_ABOVE)
    count = appointment.reminders.unreached().update(called_at=timezone.now(), called_by=by)
    return count + (_say_aloud(appointment, by) if is_asked_above else 0)


def _say_aloud(appointment: Appointment, by: Staff) -> int:
    """Write that somebody said that a date changed: as the line of the house, which may stand there already."""
    now = timezone.now()
    said = {"state": OutgoingState.SENT, "reason": "", "sent_at": now, "called_at": now, "called_by": by}
    lines = appointment.reminders.filter(words=MessageWords.CHANGED, channel=Channel.HOUSE)
    if lines.update(**said):
        return 1
    until = appointment.leave_shelter_at
    if not appointment.hour_is_known:
        until = _end_of_day(appointment.home_zone, until)
    row = _changed(appointment, Reminder(channel=Channel.HOUSE, language="es"), now, until)
    for name, value in said.items():
        setattr(row, name, value)
    row.save()
    return 1


@transaction.atomic
def record_call_of_other_date(*, notice: Reminder, by: Staff) -> int:
    """The same for what is no appointment: of that family, that thing and that date. Says how many notices that stands for."""
    if notice.family_id is not None:
        lock_family(notice.family_id)
    same = Reminder.objects.filter(
        family=notice.family_id, source=notice.source, source_id=notice.source_id, occasion=notice.occasion
    )
    return same.unreached().update(called_at=timezone.now(), called_by=by)


@transaction.atomic
def take_back_call(*, appointment: Appointment) -> int:
    """It was a slip: they are to be called again. What was said aloud of a change stands on the list of the house again."""
    lock_family(appointment.family_id)
    lines = appointment.reminders.filter(words=MessageWords.CHANGED, channel=Channel.HOUSE, called_at__isnull=False)
    lines = lines.filter(state=OutgoingState.SENT, expires_at__gt=timezone.now())
    said = list(lines.values_list("pk", flat=True))
    Reminder.objects.filter(pk__in=said).update(state=OutgoingState.PENDING, sent_at=None)
    return appointment.reminders.filter(called_at__isnull=False).update(called_at=None, called_by=None)


def lock_family(family_id: int) -> Family:
    """Whoever changes what a family is reminded of does so one after the other: consent and booking never miss each other."""
    return Family.objects.select_for_update(no_key=True).get(pk=family_id)


def lock_families(family_ids: Iterable[int]) -> list[Family]:
    """The same for several, always in one order."""
    return list(Family.objects.select_for_update(no_key=True).filter(pk__in=set(family_ids)).order_by("pk"))


def withdraw(rows: QuerySet[Reminder], reason: str) -> int:
    """Withdraw those of some rows that wait. Locked in the order of their ids, as every writer does: nobody waits in a circle."""
    waiting = rows.filter(state=OutgoingState.PENDING).order_by("pk").select_for_update(no_key=True, of=("self",))
    pending = Reminder.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))
    return pending.update(state=OutgoingState.CANCELLED, reason=reason[:200])


def _withdraw(rows: Iterable[Reminder], reason: str) -> int:
    return withdraw(Reminder.objects.filter(pk__in=[row.pk for row in rows]), reason)


class _Key(NamedTuple):
    """What makes two rows the same notice: see the constraints of Reminder."""

    source: str
    source_id: int
    occasion: date | None
    rule_id: int | None
    channel: str
    email_id: int | None
    phone_id: int | None
    staff_id: int | None


def _key(row: Reminder) -> _Key:
    return _Key(*(getattr(row, name) for name in _Key._fields))


def _wanted(occasion: Occasion, rules: list[NoticeRule], known: Contacts, now: datetime) -> list[Reminder]:
    due = {rule.pk: due_at(occasion, rule) for rule in rules}
    to = [(rule, recipient) for rule in rules for recipient in recipients(occasion, rule, known)]
    dues: dict[tuple[object, ...], list[datetime]] = defaultdict(list)
    for rule, recipient in to:
        dues[_line(rule, recipient)].append(due[rule.pk])
    rows: list[Reminder] = []
    for rule, recipient in to:
        later = (one for one in dues[_line(rule, recipient)] if one > due[rule.pk])
        rows.append(_row(occasion, rule, due[rule.pk], recipient, min(later, default=occasion.ends_at), now))
    return rows


def _line(rule: NoticeRule, recipient: Recipient) -> tuple[object, ...]:
    """Where a later notice takes the place of an earlier one: at the same address or number. A line of the house gives way to
    a later line of the same sort alone: what leaves by a machine may reach nobody, and then the list is all that they have."""
    sort = rule.condition if recipient.channel == Channel.HOUSE else ""
    to = [one.pk if one else None for one in (recipient.email, recipient.phone, recipient.staff)]
    return rule.audience, recipient.channel, sort, *to


def due_at(occasion: Occasion, rule: NoticeRule) -> datetime:
    """So many days, or working days, before the day that counts; at a wall time of the house."""
    if rule.unit == Unit.WORKING:
        day = working_days_before(occasion.day, rule.days_before)
    else:
        day = occasion.day - timedelta(days=rule.days_before)
    return instant_at(occasion.home_zone, day, rule.at_time)


def _row(
    occasion: Occasion, rule: NoticeRule, due: datetime, recipient: Recipient, next_due: datetime, now: datetime
) -> Reminder:
    """The row as it ought to be. A late one is never untrue: it expires when the next one to the same recipient is due, or when
    they leave."""
    expires = min(next_due, occasion.ends_at)
    leaves = quiet.first_allowed(occasion.home_zone, due) if recipient.phone else due
    reason = _why_not(occasion, recipient, due, leaves, expires, now)
    return Reminder(
        organisation_id=occasion.organisation_id,
        family_id=occasion.family_id,
        source=occasion.source,
        source_id=occasion.source_id,
        occasion=occasion.on,
        appointment=occasion.appointment,
        rule=rule,
        words=_words_of(occasion, rule),
        channel=recipient.channel,
        email=recipient.email,
        phone=recipient.phone,
        staff=recipient.staff,
        language=recipient.language,
        state=OutgoingState.SUPPRESSED if reason else OutgoingState.PENDING,
        reason=reason,
        due_at=due,
        next_try_at=leaves,
        expires_at=expires,
    )


def _words_of(occasion: Occasion, rule: NoticeRule) -> MessageWords:
    if rule.audience not in TO_THE_FAMILY:
        return MessageWords.STAFF
    return MessageWords.CONFIRM if occasion.source == NoticeSource.UNCONFIRMED else MessageWords.REMINDER


def _why_not(
    occasion: Occasion, recipient: Recipient, due: datetime, leaves: datetime, expires: datetime, now: datetime
) -> str:
    if due >= occasion.ends_at:
        return ReminderReason.AFTER_LEAVING
    if recipient.why_not:
        return recipient.why_not
    if due <= now and not (recipient.channel == Channel.HOUSE and now < expires):
        return ReminderReason.PASSED  # What is said aloud can still be said.
    return ReminderReason.IN_QUIET_HOURS if leaves >= expires else ""


def _bring_up_to_date(row: Reminder, wanted: Reminder | None) -> None:
    """Begin a row anew, mend its hour, or withdraw it; what was sent, failed or is being sent stays as it is."""
    if wanted is None:
        if row.state == OutgoingState.PENDING:
            _withdraw([row], ReminderReason.CHANGED)
    elif _may_begin_anew(row, wanted):
        values = {name: getattr(wanted, name) for name in PLANNED}
        if any(getattr(row, name) != value for name, value in values.items()):
            Reminder.objects.filter(pk=row.pk, state=row.state).update(**values, attempts=0, last_error="")


BEGIN_ANEW = {
    ReminderReason.NO_CONSENT.value,
    ReminderReason.OPTED_OUT.value,
    ReminderReason.NOT_VERIFIED.value,
    ReminderReason.NOT_WANTED.value,
}


def _may_begin_anew(row: Reminder, wanted: Reminder) -> bool:
    if wanted.reason == ReminderReason.PASSED:  # It may be due at this very moment, or wait for its next try.
        return False
    if row.state == OutgoingState.PENDING:
        return row.attempts == 0 or wanted.state != OutgoingState.PENDING
    return row.state == OutgoingState.CANCELLED or row.reason in BEGIN_ANEW
