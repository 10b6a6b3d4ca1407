"""Who looks after what comes from numbers that nobody here has, and the one neutral answer that those get.

It says nothing of us and goes to each number at most once a day: somebody may have a new number and wait for a date; and a
machine that answers machines must come to an end. Of all numbers together so many get one in an hour: whoever can write under
any number would spend our money otherwise. What is not answered is kept for people all the same.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from cases import notice_words
from cases.models import Inbound, Meaning, MessageWords, Phone, ReminderReason, SendingPause, StrangerAnswer
from cases.services.contact import e164
from cases.services.phone_messages import ANSWER_GOOD_FOR, GUEST_LANGUAGES
from ngo.errors import Refused
from ngo.messaging import gateways, outbox
from ngo.models import Organisation
from ngo.models.outbox import OutgoingState

logger = logging.getLogger(__name__)
ONE_ANSWER_IN = timedelta(days=1)
ANSWERS_IN_AN_HOUR = 30  # On the whole installation.


def house_of(channel: str) -> int | None:
    """The organisation that looks after unknown numbers of a channel: the only one here, or the one that the gateway names."""
    gateway = gateways.gateway_of(channel)
    if gateway is not None and gateway.house:
        found = Organisation.objects.filter(slug=gateway.house).values_list("pk", flat=True).first()
        if found is None:
            logger.warning("The gateway for %s names a house that is not here.", channel)
        return found
    alone = list(Organisation.objects.values_list("pk", flat=True)[:2])
    return alone[0] if len(alone) == 1 else None


def was_answered(sender_hash: str) -> bool:
    """Whether this number had an answer of any kind within a day. Who asks waits for whoever else is asking."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sender_hash])
    since = timezone.now() - ONE_ANSWER_IN
    return Inbound.objects.filter(sender_hash=sender_hash, answered_at__gt=since).exists()


def answer(row: Inbound) -> bool:
    """Plan the neutral answer to a number that nobody has now. Within a transaction. False where there is none to give.

    None to what is no number, to whoever ever said that they want no messages, to a number of our own, and beyond what is planned
    in an hour.
    """
    gateway = gateways.gateway_of(row.channel)
    try:
        e164(row.sender)
    except Refused:
        return False
    if not row.sender.startswith("+") or (gateway is not None and row.sender == gateway.sender):
        return False
    said_no = Inbound.objects.filter(sender_hash=row.sender_hash, meaning=Meaning.STOP).exists()
    opted_out = Phone.objects.filter(number_hash=row.sender_hash, opted_out_at__isnull=False).exists()
    if said_no or opted_out or was_answered(row.sender_hash) or _are_enough():
        return False
    now = timezone.now()
    StrangerAnswer.objects.create(
        inbound=row,
        language=GUEST_LANGUAGES.get(row.language, notice_words.DEFAULT),
        channel=row.channel,
        due_at=now,
        next_try_at=now,
        expires_at=now + ANSWER_GOOD_FOR,
    )
    row.answered_at = now
    row.save(update_fields=["answered_at"])
    return True


def _are_enough() -> bool:
    """Whether as many as may be were planned within an hour. Of two that ask at once, one waits for the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('answers to strangers', 0))")
    latest = StrangerAnswer.objects.order_by("-pk").values_list("due_at", flat=True)[:ANSWERS_IN_AN_HOUR]
    planned = list(latest)
    # From further in the future, the clock was set back: it says nothing.
    return len(planned) == ANSWERS_IN_AN_HOUR and abs(timezone.now() - planned[-1]) < timedelta(hours=1)


def send_answers(phones: gateways.PhoneLine, *, limit: int = 50) -> outbox.Swept:
    """Send those that are due. One query where there is none."""
    paused = SendingPause.objects.running().values("organisation")
    rows = StrangerAnswer.objects.exclude(inbound__organisation__in=paused)
    return outbox.sweep(rows, lambda row: _prepare(row, phones), limit=limit)


def _prepare(row: StrangerAnswer, phones: gateways.PhoneLine) -> Callable[[], str] | outbox.Ended:
    if outbox.is_too_late(row):
        return outbox.Ended(OutgoingState.EXPIRED, ReminderReason.TOO_LATE)
    if not gateways.is_configured(row.channel):
        return outbox.Ended(OutgoingState.SUPPRESSED, ReminderReason.NO_GATEWAY)
    written = row.inbound
    if Inbound.objects.filter(sender_hash=written.sender_hash, meaning=Meaning.STOP).exists():
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.OPTED_OUT)
    text = notice_words.phone_text(MessageWords.ANSWER, row.language, variant="stranger")
    said = gateways.Said(text=text, template=MessageWords.ANSWER.value, language=row.language, values=())
    return lambda: phones.send(key=row.key, channel=row.channel, to=written.sender, said=said)
