"""How notices leave: each is looked at once more, in the light of this very moment, and goes by the channel of its recipient."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from cases import notice_words, quiet
from cases.codes import code_of
from cases.models import (
    OF_A_PHONE,
    OF_A_TASK,
    STILL_ON,
    AppointmentState,
    Audience,
    Inbound,
    Meaning,
    MessageWords,
    NoticeCondition,
    NoticeSource,
    Reminder,
    ReminderReason,
    SendingPause,
)
from cases.services.occasions import SOURCES
from cases.services.receipts import note_refusal
from cases.services.strangers import send_answers
from cases.services.task_mail import is_to_do
from cases.walltime import at_clock
from ngo.crypto import decrypt
from ngo.messaging import email, gateways, outbox
from ngo.models import Heartbeat, Membership
from ngo.models.health import SWEEP
from ngo.models.outbox import Channel, OutgoingState

A_MOMENT = timedelta(minutes=1)


def send_due(*, limit: int = 500) -> outbox.Swept:
    """Send what is due, at most `limit` of them, and write that it was looked after. Beat calls this every 30 seconds.

    First what somebody waits for with the phone in hand, then letters, then messages to phones, whose pace may be slow.
    Two queries for each batch of claims; for each reminder one that begins it and looks at everything once more, and one that
    records how it went. Any number of these may run at once.
    """
    expire_while_paused()
    rows = Reminder.objects.to_send().exclude(organisation__in=SendingPause.objects.running().values("organisation"))
    at_once = Q(source__in=[OF_A_PHONE, OF_A_TASK])
    total = outbox.Swept()
    with email.MailLine() as mail, gateways.PhoneLine() as phones:
        for which in (at_once, ~at_once & Q(channel=Channel.EMAIL), ~at_once & ~Q(channel=Channel.EMAIL)):
            some = rows.filter(which)
            prepare = partial(_prepare, mail=mail, phones=phones)
            total += outbox.sweep(some, prepare, limit=limit - total.touched, begun=_begin)
        send_answers(phones)
    expire_the_list()
    Heartbeat.objects.note(**{SWEEP: timezone.now()})  # Of the whole: a part that dies must not look alive.
    return total


def expire_while_paused() -> int:
    """What became untrue while an organisation had stopped its sending is written so: somebody must call. Returns how many."""
    paused = SendingPause.objects.running().values("organisation")
    late = Reminder.objects.to_send().filter(
        organisation__in=paused,
        state=OutgoingState.PENDING,
        next_try_at__lte=timezone.now(),
        expires_at__lte=timezone.now(),
    )
    return late.update(state=OutgoingState.EXPIRED, reason=ReminderReason.PAUSED)


def expire_the_list() -> int:
    """What stood on the list of the house and nobody said in time is over."""
    now = timezone.now()
    over = Reminder.objects.filter(
        channel=Channel.HOUSE, state=OutgoingState.PENDING, next_try_at__lte=now, expires_at__lte=now
    )
    return over.update(state=OutgoingState.EXPIRED, reason=ReminderReason.UNTOLD)


class Facts(NamedTuple):
    """What decides whether a reminder leaves, and to whom, as it is at this moment."""

    state: str | None  # Of the appointment, where it is about one.
    home_zone: str | None
    leave_shelter_at: datetime | None
    owner_id: int | None
    is_told: bool
    hour_is_known: bool | None
    is_paused: bool
    rule_is_active: bool | None
    condition: str | None
    audience: str | None
    address: str | None  # As it is stored, as is the number.
    address_removed_at: datetime | None
    number: str | None
    number_removed_at: datetime | None
    channel: str | None  # That the number wants now.
    opted_out_at: datetime | None
    failed_at: datetime | None
    wants_hour: bool | None
    owner_of_phone_left: bool
    staff_email: str | None
    staff_is_active: bool | None
    family_agreed: bool


# In the database: planned once for a connection. To plan it anew takes longer than to find everything and send a message.
FACTS = """
WITH begun AS (
    UPDATE cases_reminder SET attempts = %s, claimed_until = %s WHERE id = %s AND state = 'claimed' AND claim = %s
    RETURNING id, expires_at)
SELECT begun.expires_at, facts.* FROM begun CROSS JOIN LATERAL posada_facts_of_notice(begun.id) facts
"""


class When(NamedTuple):
    """What a notice is about, as it stands now."""

    day: date
    ends_at: datetime
    home_zone: str
    owner_id: int | None
    leaves_at: datetime | None = None


def _begin(row: Reminder) -> bool:
    """As `outbox.begin`, and read everything that decides whether it leaves. False where the row is not ours any more."""
    row.attempts += 1
    row.claimed_until = timezone.now() + outbox.LEASE
    with connection.cursor() as cursor:
        found = cursor.execute(FACTS, [row.attempts, row.claimed_until, row.pk, row.claim]).fetchone()
    if found is None:
        return False
    row.expires_at, *facts = found
    row.facts = Facts(*facts)  # type: ignore[attr-defined]
    return True


def _prepare(
    row: Reminder, mail: email.MailLine, phones: gateways.PhoneLine
) -> outbox.Send | outbox.Ended | outbox.Later:
    """Look at everything once more, as it is at this moment: then the message, or why there is none."""
    facts = row.facts  # type: ignore[attr-defined]
    if facts.is_paused:  # Stopped since it was claimed.
        return outbox.Later(timezone.now() + A_MOMENT)
    when = _when(row, facts)
    if isinstance(when, outbox.Ended):
        return when
    if ended := _why_not(row, facts, when):
        return ended
    if row.phone_id and row.source != OF_A_PHONE and quiet.are_quiet(when.home_zone, timezone.now()):
        morning = quiet.first_allowed(when.home_zone, timezone.now())
        if outbox.is_too_late(row, morning):
            return outbox.Ended(OutgoingState.SUPPRESSED, ReminderReason.IN_QUIET_HOURS)
        return outbox.Later(morning)
    return _by_phone(row, facts, when, phones) if row.phone_id else _by_email(row, facts, when, mail)


def _when(row: Reminder, facts: Facts) -> When | outbox.Ended:
    """The date that a notice is about; ended where that date, or the thing itself, is not there any more."""
    if facts.state is not None and facts.leave_shelter_at is not None and facts.home_zone is not None:
        ends = facts.leave_shelter_at
        day = at_clock(facts.home_zone, facts.leave_shelter_at).date()
        if row.words == MessageWords.CHANGED:
            ends = row.expires_at or ends
        return When(day, ends, facts.home_zone, facts.owner_id, facts.leave_shelter_at)
    if row.source == OF_A_PHONE:
        at = timezone.now()
        return When(at.date(), row.expires_at or at, "UTC", None)
    if row.source == OF_A_TASK:
        if row.occasion is None or row.expires_at is None or not is_to_do(row.source_id):
            return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.OVER)
        return When(row.occasion, row.expires_at, "UTC", None)
    known = SOURCES.get(NoticeSource(row.source))
    dates = {one.on: one for one in known.still([row.source_id])} if known else {}
    if not dates:
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.OVER)
    if (now := dates.get(row.occasion)) is None:
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.CHANGED)
    day = now.day if row.words == MessageWords.STAFF else now.told_day
    return When(day, now.ends_at, now.home_zone, now.owner_id)


def _by_email(row: Reminder, facts: Facts, when: When, mail: email.MailLine) -> outbox.Send:
    return lambda: mail.send(
        key=row.key,
        to=decrypt(facts.address) if facts.address else facts.staff_email or "",
        said=notice_words.email_words(
            row.words, row.language, day=when.day, variant=notice_words.variant_of(row.words, row.source)
        ),
    )


def _by_phone(row: Reminder, facts: Facts, when: When, phones: gateways.PhoneLine) -> outbox.Send:
    hour = ""
    if facts.wants_hour and facts.hour_is_known and when.leaves_at is not None and row.words == MessageWords.REMINDER:
        hour = f"{at_clock(when.home_zone, when.leaves_at):%H:%M}"
    said = gateways.Said(
        text=_phone_text(row, when.day, hour),
        template=row.words,
        language=row.language,
        values=_values(row, when.day),
    )
    number = decrypt(facts.number or "")

    def send() -> str:
        try:
            return phones.send(key=row.key, channel=row.channel, to=number, said=said)
        except outbox.NotSent as error:
            if error.for_good:
                note_refusal(reminder=row, kind=str(error))
            raise

    return send


def _values(row: Reminder, day: date) -> tuple[str, ...]:
    """What fills a template of a gateway that wants one: the day or the code, as the words have it."""
    if row.words == MessageWords.CODE:
        return (code_of(row.key),)
    return (notice_words.day_in_words(day, row.language),) if row.words in TELL_A_DAY else ()


TELL_A_DAY = {MessageWords.REMINDER, MessageWords.CONFIRM, MessageWords.STAFF}
ANSWERS = {Meaning.CONFIRM: "thanks", Meaning.HELP: "help", Meaning.STOP: "stopped", Meaning.UNKNOWN: "unknown"}


def _phone_text(row: Reminder, day: date, hour: str) -> str:
    if row.words == MessageWords.CODE:
        return notice_words.phone_text(row.words, row.language, code=code_of(row.key))
    if row.words == MessageWords.STOPPED:
        return notice_words.phone_text("answer", row.language, variant=ANSWERS[Meaning.STOP])
    if row.words == MessageWords.ANSWER:
        meaning = Inbound.objects.filter(pk=row.source_id).values_list("meaning", flat=True).first()
        return notice_words.phone_text("answer", row.language, variant=ANSWERS[Meaning(meaning or Meaning.UNKNOWN)])
    variant = notice_words.variant_of(row.words, row.source)
    return notice_words.phone_text(row.words, row.language, day=day, hour=hour, variant=variant)


def _why_not(row: Reminder, facts: Facts, when: When) -> outbox.Ended | None:
    """Why this one does not leave; None where nothing is in its way."""
    if facts.state is not None and facts.state not in STILL_ON and row.words != MessageWords.CHANGED:
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.NOT_ON)
    now = timezone.now()
    if outbox.is_too_late(row, now) or now >= when.ends_at:
        return outbox.Ended(OutgoingState.EXPIRED, ReminderReason.TOO_LATE)
    if reason := _not_to(row, facts, when) or _not_by(row, facts):
        return outbox.Ended(OutgoingState.CANCELLED, reason)
    is_on = email.is_configured() if row.channel == Channel.EMAIL else gateways.is_configured(row.channel)
    if not is_on:
        none = ReminderReason.NO_SERVER if row.channel == Channel.EMAIL else ReminderReason.NO_GATEWAY
        return outbox.Ended(OutgoingState.SUPPRESSED, none)
    return None


def _not_to(row: Reminder, facts: Facts, when: When) -> str:
    """Why the recipient is not one any more."""
    if row.staff_id:
        return _staff_not(row, facts, when)
    if row.source == OF_A_PHONE:  # An answer to who has the phone in hand: no consent and no opt-out stands in its way.
        return ReminderReason.NO_ADDRESS if facts.number_removed_at is not None else ""
    if not facts.family_agreed:
        return ReminderReason.NO_CONSENT
    if row.email_id:
        return ReminderReason.NO_ADDRESS if facts.address_removed_at is not None else ""
    if facts.number_removed_at is not None:
        return ReminderReason.NO_ADDRESS
    if facts.owner_of_phone_left:
        return ReminderReason.LEFT
    if facts.opted_out_at is not None:
        return ReminderReason.OPTED_OUT
    if facts.channel != row.channel:
        return ReminderReason.NOT_WANTED
    return ReminderReason.NOT_VERIFIED if facts.failed_at is not None else ""


def _staff_not(row: Reminder, facts: Facts, when: When) -> str:
    if facts.audience == Audience.STAFF and when.owner_id != row.staff_id:
        return ReminderReason.CHANGED
    works_here = Membership.objects.in_force().filter(staff=row.staff_id, organisation=row.organisation_id)
    return "" if facts.staff_is_active and works_here.exists() else ReminderReason.NOT_WORKING_HERE


def _not_by(row: Reminder, facts: Facts) -> str:
    """What its rule says of this moment."""
    if row.rule_id is None:
        return ""
    if not facts.rule_is_active:
        return ReminderReason.CHANGED
    if facts.condition == NoticeCondition.UNCONFIRMED and facts.state == AppointmentState.CONFIRMED:
        return ReminderReason.CONFIRMED
    return ReminderReason.TOLD if facts.condition == NoticeCondition.NOT_TOLD and facts.is_told else ""
