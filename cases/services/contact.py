"""How a family is reached and what it agreed to."""

from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from cases.models import Consent, ConsentMethod, Decision, EmailAddress, Family, Person, Phone, Purpose
from cases.services import recipients, reminders
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.models import Staff
from ngo.models.outbox import Channel


@dataclass(frozen=True)
class Notice:
    """What is read to a family before anything about them is kept (LFPDPPP, articles 8, 15 and 16)."""

    version: str
    text: str | Promise


NOTICE = Notice(
    version="2026-11",
    text=gettext_lazy(
        "We keep your data to give you a bed and to remind you of your appointments. Only the people who work here read "
        "them, and each reading is recorded. You may say no to what is optional and you will have a bed all the same. "
        "You may ask at any time to see, correct or remove what we keep."
    ),
)

LONGEST_EMAIL = 254


@dataclass(frozen=True)
class PhoneData:
    """A number as it was typed. Without + and a country's code, `country` (ISO alpha-2) must say whose number it is."""

    number: str
    country: str = ""
    shared_with: str = ""


@dataclass(frozen=True)
class ConsentData:
    purpose: str
    decision: str
    method: str = ConsentMethod.VERBAL
    notice_version: str = NOTICE.version
    notice_language: str = "spa"


class CountryMissing(Refused):
    """Ten digits alone may be Mexican or from the U.S.: a guess would one day text a stranger."""


def e164(number: str, country: str = "") -> tuple[str, str]:
    """A typed number in E.164 and the country that it belongs to. Never guesses a country.

    Raises CountryMissing where neither the number nor `country` names one, Refused where it is no number of it.
    """
    typed = number.strip()
    typed = f"+{typed[2:]}" if typed.startswith("00") else typed
    if not typed.startswith("+") and not country:
        raise CountryMissing(_("Which country is this number from? Choose it, or write + and the country's code."))
    try:
        parsed = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException as error:
        raise Refused(_("This is not a phone number. Write its digits, for example +52 656 555 0100.")) from error
    parsed = _without_the_old_one(parsed)
    region = phonenumbers.region_code_for_number(parsed) or ""
    if not phonenumbers.is_valid_number(parsed):
        raise Refused(_("There is no such phone number. Check the country and the digits."))
    if country and region != country:
        raise Refused(
            _("This is not a number of %(country)s. Check the country and the digits.")
            % {"country": countries.name(country)}
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), region


def _without_the_old_one(parsed: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Until 2019 mobiles in Mexico were written +52 1 and ten digits; many people still say it so."""
    national = str(parsed.national_number)
    if parsed.country_code == 52 and len(national) == 11 and national.startswith("1"):
        return phonenumbers.PhoneNumber(country_code=52, national_number=int(national[1:]))
    return parsed


def hash_of(text: str) -> str:
    """The hash that finds a phone, where a text is one with + and its country's code; or an empty string."""
    if not text.strip().startswith("+"):
        return ""
    try:
        return keyed_hash(e164(text)[0])
    except Refused:
        return ""


def add_phone(*, family: Family, phone: PhoneData, by: Staff, agreed: bool = False) -> Phone:
    """Keep a family's number, encrypted, with the hash that finds it again. `agreed`: to messages at it, which go by SMS."""
    number, region = e164(phone.number, phone.country)
    return Phone.objects.create(
        family=family,
        number=number,
        number_hash=keyed_hash(number),
        country=region,
        shared_with=phone.shared_with,
        added_by=by,
        **({"channel": Channel.SMS, "agreed_at": timezone.now(), "agreed_by": by} if agreed else {}),
    )


def record_consents(*, family: Family, person: Person, consents: list[ConsentData], by: Staff) -> list[Consent]:
    """What the head of the family said to each purpose, after which notice."""
    return Consent.objects.bulk_create(
        Consent(
            family=family,
            person=person,
            purpose=consent.purpose,
            decision=consent.decision,
            method=consent.method,
            notice_version=consent.notice_version,
            notice_language=consent.notice_language,
            by=by,
        )
        for consent in consents
    )


def check_consents(consents: list[ConsentData], phone: PhoneData | None) -> None:
    """Refuse a record that nobody agreed to, and reminders that have nowhere to go."""
    said = {consent.purpose: consent.decision for consent in consents}
    if said.get(Purpose.RECORD) is None:
        raise Refused(_("Ask whether they agree to the record, and mark the answer."))
    if said[Purpose.RECORD] == Decision.REFUSED:
        raise Refused(
            _(
                "They did not agree to the record, so nothing may be kept. Give them a bed and note on paper how many they are."
            )
        )
    if said.get(Purpose.REMINDERS) == Decision.GIVEN and phone is None:
        raise Refused(_("Reminders need a phone. Write the number, or leave the reminders out."))


# --- E-mail ----------------------------------------------------------------------------------------------------------
def written_email(typed: str) -> str:
    """An address as it is kept, and always in the same way. Raises Refused where it is none."""
    local, _at, domain = typed.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    try:
        validate_email(address)
        address.encode("ascii")
    except (ValidationError, UnicodeError) as error:
        raise Refused(
            _("This is not an e-mail address. Write it whole, for example persona@correo.example.")
        ) from error
    if len(address) > LONGEST_EMAIL:
        raise Refused(_("This e-mail address is too long. Check it."))
    return address


def hash_of_email(address: str) -> str:
    """The keyed hash that finds an address; capitals do not matter."""
    return keyed_hash(address.lower())


@transaction.atomic
def add_email(*, family: Family, address: str, by: Staff, shared_with: str = "") -> EmailAddress:
    """Keep an address of a family, and plan its reminders of what lies ahead. Raises Refused."""
    reminders.lock_family(family.pk)
    written = written_email(address)
    if family.email_addresses.filter(address_hash=hash_of_email(written), removed_at=None).exists():
        raise Refused(_("The family has this address already."))
    email = EmailAddress.objects.create(
        family=family,
        address=written,
        address_hash=hash_of_email(written),
        shared_with=shared_with.strip(),
        added_by=by,
    )
    reminders.plan_for_family(family=family)
    return email


@transaction.atomic
def remove_email(*, email: EmailAddress) -> None:
    """The family does not use it any more: nothing leaves to it. That it was there, and who removed it, stays in history."""
    reminders.lock_family(email.family_id)
    locked = EmailAddress.objects.select_for_update(no_key=True).get(pk=email.pk)
    if locked.removed_at is None:
        locked.removed_at = timezone.now()
        locked.save(update_fields=["removed_at"])
        reminders.forget_address(address=locked)


@transaction.atomic
def agree_to_reminders(*, family: Family, method: str, notice_language: str, by: Staff) -> Consent:
    """The head of the family agrees to reminders; what they said before is closed, and stays. Raises Refused."""
    reminders.lock_family(family.pk)
    if recipients.agreed_to_reminders(family.pk):
        raise Refused(_("It is written already that they agree to reminders."))
    head = Person.objects.in_family(family).first()
    if head is None:
        raise Refused(_("Nobody is in this family any more: there is nobody to remind."))
    _close_consents(family)
    said = ConsentData(Purpose.REMINDERS, Decision.GIVEN, method, notice_language=notice_language)
    (consent,) = record_consents(family=family, person=head, consents=[said], by=by)
    reminders.plan_for_family(family=family)
    return consent


@transaction.atomic
def withdraw_reminders_consent(*, family: Family) -> None:
    """The family does not want reminders any more: none leaves from now on. Raises Refused where none were agreed to."""
    reminders.lock_family(family.pk)
    if not recipients.agreed_to_reminders(family.pk):
        raise Refused(_("The family gets no reminders: there is nothing to withdraw."))
    _close_consents(family)
    reminders.plan_for_family(family=family)


def _close_consents(family: Family) -> None:
    for consent in family.consents.filter(purpose=Purpose.REMINDERS, withdrawn_at=None):
        consent.withdrawn_at = timezone.now()
        consent.save(update_fields=["withdrawn_at"])
