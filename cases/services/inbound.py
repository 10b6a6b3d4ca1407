"""What somebody writes back to us, once however often the gateway tells: what it means, and what follows from it.

A number may belong to several families, here and in other organisations. That they want no more holds for all of them; yes
and help are of the family that a message was last sent to. What a number writes that nobody has is kept for people to read
(cases/services/strangers.py).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DurationField, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.answers import Understood, understood
from cases.models import (
    Appointment,
    Inbound,
    Meaning,
    MessageWords,
    NoticeSource,
    Person,
    Phone,
    Process,
    Reminder,
    ReminderReason,
    Task,
    TaskKind,
)
from cases.services import reminders, strangers, tasks
from cases.services.appointments import confirm_appointment
from cases.services.contact import e164
from cases.services.phone_messages import language_of, write_to
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.messaging import outbox
from ngo.models import Staff
from ngo.models.outbox import OutgoingState

LONGEST_TEXT = 2_000
ASKED_ABOUT = [
    MessageWords.REMINDER,
    MessageWords.CONFIRM,
]  # Of which "1" means yes; after a change they must ask first.
OF_A_DATE = [NoticeSource.APPOINTMENT, NoticeSource.UNCONFIRMED]
SAID_LAST = [*ASKED_ABOUT, MessageWords.CHANGED]
ARRIVED = [OutgoingState.SENT, OutgoingState.DELIVERED]
# It may be on their phone before our record that it left: it is being sent, or the yes of its gateway was lost.
MAY_HAVE_ARRIVED = Q(state__in=[OutgoingState.CLAIMED, OutgoingState.PENDING], attempts__gt=0)
LATEST = 10  # So many are looked at: no more of them are on their way to one number.


@transaction.atomic
def receive(*, channel: str, provider_id: str, sender: str, text: str) -> Inbound | None:
    """Keep what was written and do what follows from it. None where it was here already: nothing is done twice."""
    number, text = _number(sender), text.replace("\x00", "").strip()[:LONGEST_TEXT]
    phones = _phones_of(number)
    if phones:
        reminders.lock_families(phone.family_id for phone in phones)
        phones = _phones_of(number)  # As they are now, and stay while the families are locked.
    said, (last, is_doubtful) = understood(text), _last_message(phones)
    addressed = next((phone for phone in phones if last and phone.pk == last.phone_id), phones[0] if phones else None)
    whose = addressed or _last_owner(number)
    row, is_new = Inbound.objects.get_or_create(
        provider_id=f"{channel}:{provider_id}"[:120],
        defaults={
            "organisation_id": whose.family.organisation_id if whose else strangers.house_of(channel),
            "phone": whose,
            "channel": channel,
            "sender": number,
            "sender_hash": keyed_hash(number),
            "text": text,
            "meaning": said.meaning,
            "language": said.language,
        },
    )
    if not is_new:
        return None
    if addressed is not None:
        with translation.override(settings.LANGUAGE_CODE):  # Of what is written into files; the gateway speaks none.
            _follow(row, said, phones, addressed, last, is_doubtful=is_doubtful)
    elif said.meaning != Meaning.STOP:
        strangers.answer(row)
    return row


@transaction.atomic
def mark_handled(*, inbound: Inbound, by: Staff) -> Inbound:
    """Somebody looked after it: it is not at the top any more, and the task that it made is done."""
    row = Inbound.objects.select_for_update(no_key=True, of=("self",)).get(pk=inbound.pk)
    if row.handled_at is not None:
        raise Refused(_("Somebody has just looked after this."))
    row.handled_at, row.handled_by = timezone.now(), by
    row.save(update_fields=["handled_at", "handled_by"])
    task = Task.objects.open().filter(organisation=row.organisation_id, key=_key(row)).first()
    if task is not None:
        tasks.finish_task(task=task, by=by)
    return row


def _number(sender: str) -> str:
    """A sender in E.164; what is no number (a name, a short code) as it came.

    A gateway with a local SIM may leave the country out. It is never guessed: only where exactly one number that we have is
    meant by it.
    """
    typed = sender.replace("\x00", "").strip()[:40]
    read = [typed] if typed.startswith("+") else [f"+{typed}", f"+52{typed}", f"+1{typed}"]
    numbers = []
    for one in read:
        with suppress(Refused):
            numbers.append(e164(one)[0])
    if typed.startswith("+"):
        return numbers[0] if numbers else typed
    hashes = {keyed_hash(number): number for number in numbers}
    ours = set(Phone.objects.filter(number_hash__in=hashes).values_list("number_hash", flat=True))
    return hashes[ours.pop()] if len(ours) == 1 else typed


def _phones_of(number: str) -> list[Phone]:
    rows = Phone.objects.filter(number_hash=keyed_hash(number), removed_at=None)
    return list(rows.select_related("family__organisation").order_by("pk"))


def _last_owner(number: str) -> Phone | None:
    """Whose number it was last: what it writes is still for their house, and for no other to read."""
    rows = Phone.objects.filter(number_hash=keyed_hash(number), removed_at__isnull=False)
    return rows.select_related("family").order_by("-removed_at", "-pk").first()


def _last_message(phones: Sequence[Phone]) -> tuple[Reminder | None, bool]:
    """What was last sent to this number about something that they can answer; and whether it is doubtful that they mean it.

    What only may have arrived counts too. Where it speaks of something else than what surely arrived, nobody knows which of the
    two they answer: nothing is confirmed, and a person reads it.
    """
    if not phones:
        return None, False
    rows = Reminder.objects.filter(MAY_HAVE_ARRIVED | Q(state__in=ARRIVED))
    rows = rows.filter(phone__in=[phone.pk for phone in phones], words__in=SAID_LAST)
    # When it left, as well as it is known.
    left_at = Coalesce("sent_at", F("claimed_until") - Value(outbox.LEASE, output_field=DurationField()), "due_at")
    last: list[Reminder] = []
    for row in rows.select_related("appointment").annotate(left_at=left_at).order_by("-left_at", "-pk")[:LATEST]:
        last.append(row)
        if row.state in ARRIVED:
            break
    if not last:
        return None, False
    meant = {(row.source in OF_A_DATE, row.source_id, row.words == MessageWords.CHANGED) for row in last}
    return last[-1] if last[-1].state in ARRIVED else last[0], len(meant) > 1


# --- What follows ------------------------------------------------------------------------------------------------------
def _follow(
    row: Inbound,
    said: Understood,
    phones: list[Phone],
    addressed: Phone,
    last: Reminder | None,
    *,
    is_doubtful: bool,
) -> None:
    if said.meaning == Meaning.STOP:
        _stop(row, said, phones, addressed)
        return
    if said.meaning in {Meaning.CONFIRM, Meaning.HELP}:
        _verify(addressed)
    if said.meaning == Meaning.CONFIRM:
        _confirm(row, None if is_doubtful else last)
    elif said.meaning == Meaning.HELP:
        _ask_for_help(row, addressed, last)
    elif addressed.opted_out_at is None:
        _answer_politely(row, addressed)


def _stop(row: Inbound, said: Understood, phones: list[Phone], addressed: Phone) -> None:
    """Nothing leaves to this number any more, whoever has it; one message says so."""
    fresh = [phone.pk for phone in phones if phone.opted_out_at is None]
    if not fresh:
        return
    language = language_of(addressed, said.language)
    Phone.objects.filter(pk__in=fresh).update(opted_out_at=timezone.now())
    reminders.withdraw(Reminder.objects.filter(phone__in=fresh), ReminderReason.OPTED_OUT)
    for phone in phones:
        if phone.pk in fresh:
            reminders.plan_for_family(family=phone.family)
    write_to(addressed, words=MessageWords.STOPPED, source_id=row.pk, channel=row.channel, language=language)
    _answered(row)


def _verify(phone: Phone) -> None:
    """Somebody at this number reads what we write: after a failure, messages leave again."""
    had_failed = phone.failed_at is not None
    Phone.objects.filter(pk=phone.pk).update(verified_at=timezone.now(), failed_at=None)
    if had_failed:
        reminders.plan_for_family(family=phone.family)


def _confirm(row: Inbound, last: Reminder | None) -> None:
    """They go. Where it is confirmed already nothing changes; where it is off or over, or nobody knows what they answer, what
    they wrote waits until somebody looks after it."""
    appointment = _asked_about(last) if last is not None and last.words in ASKED_ABOUT else None
    if appointment is None:
        return
    _about(row, appointment)
    if appointment.starts_at <= timezone.now():
        return
    try:
        confirm_appointment(appointment=appointment, by=None, reason=_("They answered the message."))
    except Refused:
        return


def _asked_about(last: Reminder) -> Appointment | None:
    """The date that a message spoke of; of an offer, the one that is to be confirmed."""
    if last.source == NoticeSource.UNCONFIRMED:
        return Appointment.objects.filter(pk=last.source_id, family=last.family_id).first()
    return last.appointment


def _ask_for_help(row: Inbound, phone: Phone, last: Reminder | None) -> None:
    family = phone.family
    appointment = _asked_about(last) if last is not None else None
    if appointment is not None:
        _about(row, appointment)
    # Whoever writes it again and again within a day asks for the same: one task, while nobody has done it.
    before = Inbound.objects.filter(phone=phone, meaning=Meaning.HELP, at__gt=row.at - timedelta(days=1), pk__lt=row.pk)
    asked = [_key(one) for one in before]
    if Task.objects.open().filter(organisation=family.organisation_id, key__in=asked).exists():
        return
    members = list(Person.objects.in_family(family))
    process = Process.objects.open().of_people([person.pk for person in members]).order_by("opened_at", "pk").first()
    owners = [one for one in (process and process.owner, appointment and appointment.owner) if one]
    owner = next((one for one in owners if tasks.works_here(one, family.organisation_id)), None)
    tasks.add_task(
        organisation=family.organisation,
        kind=TaskKind.ASKED_HELP,
        due_on=timezone.localdate(),
        by=None,
        process=process,
        person=phone.person or (members[0] if members else None),
        owner=owner,
        is_urgent=True,
        key=_key(row),
    )


def _answer_politely(row: Inbound, phone: Phone) -> None:
    """Where nobody understood it: one neutral answer a day, however much they write."""
    if strangers.was_answered(row.sender_hash):
        return
    write_to(phone, words=MessageWords.ANSWER, source_id=row.pk, channel=row.channel, language=language_of(phone))
    _answered(row)


def _about(row: Inbound, appointment: Appointment) -> None:
    row.appointment = appointment
    row.save(update_fields=["appointment"])


def _answered(row: Inbound) -> None:
    row.answered_at = timezone.now()
    row.save(update_fields=["answered_at"])


def _key(row: Inbound) -> str:
    return f"asked_help:{row.pk}"
