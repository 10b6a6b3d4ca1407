"""The phones of a family: whose they are, whether and how messages reach them, and that they are right.

Every change locks the family, and brings what is planned to be sent up to date.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.answers import plain
from cases.codes import GOOD_FOR, MOST_TRIES, code_of, hash_of_code
from cases.models import Family, MessageWords, Person, Phone, Reminder, ReminderReason
from cases.services import contact, reminders
from cases.services.contact import PhoneData
from cases.services.phone_messages import language_of, write_to
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.messaging import gateways
from ngo.models import Staff
from ngo.models.outbox import Channel, OutgoingState

ONE_CODE_IN = timedelta(minutes=1)
A_DAY, MOST_CODES_A_DAY = timedelta(days=1), 5


@dataclass(frozen=True)
class Wishes:
    """What somebody said about messages to a number. `channel` is "sms", "whatsapp", or empty for none."""

    channel: str = ""
    agrees: bool = False  # Said now: to messages at this number, on this channel.
    wants_hour: bool = False
    shared_with: str = ""
    person: Person | None = None  # Whose it is; nobody: the family's.


@transaction.atomic
def add_phone(*, family: Family, number: str, country: str, wishes: Wishes, by: Staff) -> Phone:
    """Keep a number with what they said about it. Raises Refused, CountryMissing where no country is named."""
    reminders.lock_family(family.pk)
    digits, _region = contact.e164(number, country)
    if family.phones.filter(number_hash=keyed_hash(digits), removed_at=None).exists():
        raise Refused(_("The family has this number already."))
    phone = contact.add_phone(family=family, phone=PhoneData(number, country), by=by)
    _write_wishes(phone, wishes, by)
    reminders.plan_for_family(family=family)
    return phone


@transaction.atomic
def change_phone(*, phone: Phone, wishes: Wishes, by: Staff) -> Phone:
    """Whose it is, how messages reach it, and whether they agree. Raises Refused."""
    row = _lock(phone)
    _write_wishes(row, wishes, by)
    reminders.plan_for_family(family=row.family)
    return row


@transaction.atomic
def remove_phone(*, phone: Phone) -> Phone:
    """They do not use it any more: nothing leaves to it. That it was there stays in history."""
    row = _lock(phone)
    row.removed_at = timezone.now()
    row.code_hash = ""
    row.save(update_fields=["removed_at", "code_hash"])
    _withdraw(row, ReminderReason.NO_ADDRESS)
    reminders.plan_for_family(family=row.family)
    return row


def _write_wishes(phone: Phone, wishes: Wishes, by: Staff) -> None:
    shared_with = wishes.shared_with.strip()
    if wishes.channel and wishes.channel not in {Channel.SMS, Channel.WHATSAPP}:
        raise Refused(_("Choose how messages reach this number."))
    if wishes.wants_hour and shared_with:
        raise Refused(_("Others use this phone, so no hour may stand in a message to it."))
    if wishes.person is not None and not Person.objects.in_family(phone.family).filter(pk=wishes.person.pk).exists():
        raise Refused(_("Whose phone it is must be in this family. Choose somebody else."))
    is_new = wishes.channel != phone.channel or phone.agreed_at is None or phone.opted_out_at is not None
    if wishes.channel and is_new:
        if not wishes.agrees:
            raise Refused(_("Ask whether they agree to messages at this number, and mark that they do."))
        phone.agreed_at, phone.agreed_by, phone.opted_out_at = timezone.now(), by, None
    elif not wishes.channel:
        phone.agreed_at = phone.agreed_by = None
    phone.channel = wishes.channel
    phone.wants_hour = wishes.wants_hour and bool(wishes.channel)
    phone.shared_with, phone.person = shared_with, wishes.person
    phone.save(
        update_fields=["channel", "agreed_at", "agreed_by", "opted_out_at", "wants_hour", "shared_with", "person"]
    )
    if not phone.channel:
        _withdraw(phone, ReminderReason.NOT_WANTED)


# --- Is it right? ------------------------------------------------------------------------------------------------------
@transaction.atomic
def send_code(*, phone: Phone) -> Reminder:
    """Send six digits, that whoever has the phone in hand reads out at the desk. Raises Refused."""
    row, now = _lock(phone), timezone.now()
    channel = row.channel or Channel.SMS
    if row.opted_out_at is not None:
        raise Refused(_("They wrote that they want no more messages. Ask whether they agree anew."))
    if not gateways.is_configured(channel):
        raise Refused(_("No gateway for messages to phones is set up, so no code can be sent."))
    if row.code_sent_at is not None and now - row.code_sent_at < ONE_CODE_IN:
        raise Refused(_("A code was sent a moment ago. Wait a minute before you send another one."))
    codes = row.reminders.filter(words=MessageWords.CODE)
    if codes.filter(due_at__gt=now - A_DAY).count() >= MOST_CODES_A_DAY:
        raise Refused(_("Today this number was sent as many codes as it may be. Try again tomorrow."))
    codes.filter(state=OutgoingState.PENDING).update(state=OutgoingState.CANCELLED, reason=ReminderReason.CHANGED)
    message = write_to(
        row,
        words=MessageWords.CODE,
        source_id=codes.count(),
        channel=channel,
        language=language_of(row),
        good_for=GOOD_FOR,
    )
    row.code_hash, row.code_sent_at, row.code_tries = hash_of_code(row.pk, code_of(message.key)), now, 0
    row.save(update_fields=["code_hash", "code_sent_at", "code_tries"])
    return message


@transaction.atomic
def check_code(*, phone: Phone, code: str) -> bool:
    """Whether these are the digits that were sent. False counts as a try, so the caller must let it be written.

    Raises Refused where no code is good any more.
    """
    row, now = _lock(phone), timezone.now()
    if not row.code_hash or row.code_sent_at is None or now - row.code_sent_at > GOOD_FOR:
        raise Refused(_("The code is not good any more. Send another one."))
    if row.code_tries >= MOST_TRIES:
        raise Refused(_("There were too many tries with this code. Send another one."))
    typed = plain(code).replace(" ", "")
    if not hmac.compare_digest(hash_of_code(row.pk, typed), row.code_hash):
        row.code_tries += 1
        row.save(update_fields=["code_tries"])
        return False
    row.code_hash, row.code_tries, row.verified_at, row.failed_at = "", 0, now, None
    row.save(update_fields=["code_hash", "code_tries", "verified_at", "failed_at"])
    reminders.plan_for_family(family=row.family)
    return True


def _lock(phone: Phone) -> Phone:
    """The phone as it is now, its family locked first. Raises Refused where it was removed."""
    reminders.lock_family(phone.family_id)
    row = Phone.objects.select_for_update(no_key=True, of=("self",)).select_related("family", "person").get(pk=phone.pk)
    if row.removed_at is not None:
        raise Refused(_("This number was removed. Look at the family again."))
    return row


def _withdraw(phone: Phone, reason: str) -> None:
    reminders.withdraw(phone.reminders.all(), reason)
