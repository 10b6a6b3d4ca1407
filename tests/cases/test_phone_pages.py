"""The phones of a family: what they want at each number, whether it is right, and the pages of it."""

from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases.codes import code_of
from cases.models import MessageWords, Phone, Reminder
from cases.services import phones
from cases.services.contact import CountryMissing
from cases.services.phones import Wishes
from cases.wa_link import wa_link
from ngo.errors import Refused
from ngo.messaging.gateway_settings import gateway
from ngo.models import ReadLog
from ngo.permissions import Role
from tests.factories import AppointmentFactory, ConsentFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_phones import PhoneFactory, PhoneReminderFactory

pytestmark = pytest.mark.django_db
NUMBER = "+526565550100"
SMS = Wishes(channel="sms", agrees=True)


@pytest.fixture
def worker(client):
    worker = StaffFactory(organisation=OrganisationFactory(), role=Role.CASEWORKER, language="en")
    client.force_login(worker)
    return worker


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, people=2)


@pytest.fixture
def phone(family):
    return PhoneFactory(family=family, number=NUMBER, channel="sms")


@pytest.fixture
def there(settings):
    settings.SMS_GATEWAY = gateway("SMS_URL", "json+http://t@127.0.0.1:9/?secret=0123456789abcdef")


@pytest.fixture
def planned():
    with patch("cases.services.phones.reminders.plan_for_family") as planned:
        yield planned


def at(name, *arguments):
    return reverse(f"cases:{name}", args=arguments)


def text(answer, status=200):
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def add(family, by, number=NUMBER, country="", wishes=SMS):
    return phones.add_phone(family=family, number=number, country=country, wishes=wishes, by=by)


# --- What they want --------------------------------------------------------------------------------------------------
def test_a_number_is_kept_with_who_agreed_to_messages_and_when(worker, family, planned):
    phone = add(family, worker, wishes=Wishes("whatsapp", agrees=True, wants_hour=True, person=family.people[1]))

    phone.refresh_from_db()
    assert (phone.number, phone.country, phone.channel, phone.wants_hour) == (NUMBER, "MX", "whatsapp", True)
    assert (phone.agreed_by, phone.person) == (worker, family.people[1])
    assert phone.agreed_at is not None
    assert phone in Phone.objects.reachable()
    planned.assert_called_once_with(family=family)


def test_ten_digits_without_a_country_are_asked_about(worker, family):
    with pytest.raises(CountryMissing):
        add(family, worker, number="656 555 0100")
    assert add(family, worker, number="656 555 0100", country="MX").number == NUMBER


def test_a_number_is_kept_once_and_may_come_back(worker, family):
    phone = add(family, worker)
    with pytest.raises(Refused, match="has this number already"):
        add(family, worker, number="+52 1 656 555 0100")
    phones.remove_phone(phone=phone)
    assert add(family, worker) != phone


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (Wishes("sms"), "Ask whether they agree"),
        (Wishes("email", agrees=True), "Choose how messages reach"),
        (Wishes("sms", agrees=True, wants_hour=True, shared_with="su hermana"), "no hour may stand"),
    ],
)
def test_what_they_did_not_say_is_refused(worker, family, wishes, why):
    with pytest.raises(Refused, match=why):
        add(family, worker, wishes=wishes)
    assert not Phone.objects.exists()


def test_whose_it_is_must_be_of_the_family(worker, family):
    stranger = FamilyFactory(organisation=worker.organisation).people[0]
    with pytest.raises(Refused, match="must be in this family"):
        add(family, worker, wishes=Wishes(person=stranger))


def test_another_channel_is_agreed_to_anew_and_none_withdraws_what_waits(worker, phone, planned):
    waiting = PhoneReminderFactory(phone=phone, state="pending")
    with pytest.raises(Refused, match="Ask whether they agree"):
        phones.change_phone(phone=phone, wishes=Wishes("whatsapp"), by=worker)
    before = phone.agreed_at
    assert phones.change_phone(phone=phone, wishes=Wishes("sms", shared_with="vecina"), by=worker).agreed_at == before

    row = phones.change_phone(phone=phone, wishes=Wishes(), by=worker)

    assert (row.channel, row.agreed_at, row.agreed_by) == ("", None, None)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("cancelled", "not_wanted")
    assert planned.call_count == 2


def test_who_wanted_no_more_agrees_anew_in_person(worker, phone):
    Phone.objects.update(opted_out_at=timezone.now())
    with pytest.raises(Refused, match="Ask whether they agree"):
        phones.change_phone(phone=phone, wishes=Wishes("sms"), by=worker)
    row = phones.change_phone(phone=phone, wishes=SMS, by=worker)
    assert (row.opted_out_at, row.agreed_by) == (None, worker)


def test_a_number_that_was_removed_gets_nothing_more(worker, phone, planned):
    waiting = PhoneReminderFactory(phone=phone, state="pending")
    phones.remove_phone(phone=phone)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("cancelled", "no_address")
    planned.assert_called_once_with(family=phone.family)
    with pytest.raises(Refused, match="was removed"):
        phones.change_phone(phone=phone, wishes=SMS, by=worker)


# --- Is it right? ------------------------------------------------------------------------------------------------------
def test_a_code_is_sent_read_back_and_stands_nowhere(worker, phone, there, planned):
    Phone.objects.update(failed_at=timezone.now())
    message = phones.send_code(phone=phone)

    code = code_of(message.key)
    assert (message.words, message.channel, message.phone, message.source) == ("code", "sms", phone, "phone")
    assert message.expires_at - message.due_at == timedelta(minutes=10)
    assert (len(code), code.isdigit()) == (6, True)
    phone.refresh_from_db()
    assert code not in phone.code_hash
    assert not phones.check_code(phone=phone, code="000000" if code != "000000" else "1")
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert phones.check_code(phone=phone, code=f" {arabic[:3]} {arabic[3:]} ")

    phone.refresh_from_db()
    assert (phone.verified_at is not None, phone.failed_at, phone.code_hash, phone.code_tries) == (True, None, "", 0)
    planned.assert_called_once_with(family=phone.family)
    with pytest.raises(Refused, match="not good any more"):
        phones.check_code(phone=phone, code=code)


def test_after_five_wrong_tries_the_right_code_is_of_no_use(phone, there):
    code = code_of(phones.send_code(phone=phone).key)
    for _try in range(5):
        assert not phones.check_code(phone=phone, code="x")
    with pytest.raises(Refused, match="too many tries"):
        phones.check_code(phone=phone, code=code)


def test_a_code_is_good_for_ten_minutes(phone, there):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        code = code_of(phones.send_code(phone=phone).key)
        clock.shift(timedelta(minutes=10, seconds=1))
        with pytest.raises(Refused, match="not good any more"):
            phones.check_code(phone=phone, code=code)


def test_another_code_takes_the_place_of_the_first_and_not_too_many_are_sent(phone, there):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = phones.send_code(phone=phone)
        with pytest.raises(Refused, match="Wait a minute"):
            phones.send_code(phone=phone)
        for _code in range(4):
            clock.shift(timedelta(minutes=2))
            phones.send_code(phone=phone)
        first.refresh_from_db()
        assert first.state == "cancelled"
        assert not phones.check_code(phone=phone, code=code_of(first.key))
        clock.shift(timedelta(minutes=2))
        with pytest.raises(Refused, match="as many codes"):
            phones.send_code(phone=phone)
        clock.shift(timedelta(days=1))
        phones.send_code(phone=phone)


def test_no_code_leaves_without_a_gateway_or_against_their_will(phone, settings):
    settings.SMS_GATEWAY = None
    with pytest.raises(Refused, match="No gateway"):
        phones.send_code(phone=phone)
    Phone.objects.update(opted_out_at=timezone.now())
    with pytest.raises(Refused, match="no more messages"):
        phones.send_code(phone=phone)
    assert not Reminder.objects.exists()


# --- Pages ---------------------------------------------------------------------------------------------------------------
def test_a_phone_is_added_on_its_page_and_consent_is_asked_for(client, worker, family):
    typed = {"number": "656 555 0100", "country": "", "channel": "sms", "shared_with": "su hermana"}
    page = text(client.post(at("family_phone_new", family.pk), typed))
    assert "Which country is this number from?" in page
    assert "Ask whether they agree to messages" in page
    assert 'value="su hermana"' in page

    done = client.post(at("family_phone_new", family.pk), typed | {"country": "Mexico", "agrees": "on"})
    assert done["Location"] == at("family_reminders", family.pk)
    page = text(client.get(at("family", family.pk)))
    assert "••• 100" in page
    assert "6565550100" not in page
    assert "Messages by SMS: they agreed on" in page
    assert worker.name in page
    assert "Also used by: su hermana" in page


def test_the_page_says_what_became_of_a_number(client, worker, family, phone):
    Phone.objects.update(person=family.people[1], failed_at=timezone.now())
    page = text(client.get(at("family", family.pk)))
    assert f"Of {family.people[1].called}" in page
    assert "A message did not arrive on" in page
    Phone.objects.update(opted_out_at=timezone.now())
    assert "that they want no more messages" in text(client.get(at("family", family.pk)))
    assert "until they agree anew" in text(client.get(at("family_phone_edit", family.pk, phone.pk)))


def test_what_they_want_is_changed_on_its_page(client, worker, family, phone):
    ConsentFactory(family=family)
    path = at("family_phone_edit", family.pk, phone.pk)
    assert NUMBER not in text(client.get(path))
    wrong = client.post(path, {"channel": "sms", "agrees": "on", "wants_hour": "on", "shared_with": "vecina"})
    assert "no hour may stand in a message" in text(wrong)
    assert client.post(path, {"channel": "sms", "agrees": "on", "wants_hour": "on"})["Location"] == at(
        "family", family.pk
    )
    phone.refresh_from_db()
    assert phone.wants_hour


def test_the_code_is_sent_and_read_back_on_the_pages(client, worker, family, phone, there):
    sent = client.post(at("family_phone_code", family.pk, phone.pk))
    assert sent["Location"] == at("family_phone_verify", family.pk, phone.pk)
    assert "not the digits" in text(client.post(sent["Location"], {"code": "12"}))
    phone.refresh_from_db()
    assert phone.code_tries == 1
    code = code_of(Reminder.objects.get(words=MessageWords.CODE).key)
    assert client.post(sent["Location"], {"code": code})["Location"] == at("family", family.pk)
    assert "not good any more" in text(client.post(sent["Location"], {"code": code}), 409)


def test_without_a_gateway_the_page_says_so(client, worker, family, phone, settings):
    settings.SMS_GATEWAY = None
    page = text(client.post(at("family_phone_code", family.pk, phone.pk), follow=True))
    assert "No gateway for messages to phones is set up" in page


def test_showing_the_number_is_a_reading_and_gives_a_way_to_write(client, worker, family, phone):
    AppointmentFactory(family=family)
    page = text(client.post(at("family_phone", family.pk, phone.pk)))
    assert "+52 656 555 0100" in page
    assert 'href="https://wa.me/526565550100?text=' in page
    assert 'rel="noopener noreferrer"' in page
    assert ReadLog.objects.latest("pk").what == "phone"
    Phone.objects.update(opted_out_at=timezone.now())
    assert "wa.me" not in text(client.post(at("family_phone", family.pk, phone.pk)))


def test_a_number_is_removed_and_another_familys_is_not_there(client, worker, family, phone):
    other = PhoneFactory(family=FamilyFactory(organisation=worker.organisation))
    for name in (
        "family_phone",
        "family_phone_code",
        "family_phone_remove",
        "family_phone_edit",
        "family_phone_verify",
    ):
        assert client.post(at(name, family.pk, other.pk)).status_code == 404
        assert client.post(at(name, other.family.pk, phone.pk)).status_code == 404
    assert client.post(at("family_phone_remove", family.pk, phone.pk)).status_code == 302
    phone.refresh_from_db()
    assert phone.removed_at is not None
    assert "They gave no phone." in text(client.get(at("family", family.pk)))


# --- One tap -----------------------------------------------------------------------------------------------------------
def test_the_link_has_nothing_but_digits_and_the_text():
    assert wa_link(NUMBER) == "https://wa.me/526565550100"
    assert wa_link(NUMBER, "¿Sí? & más\n") == "https://wa.me/526565550100?text=%C2%BFS%C3%AD%3F%20%26%20m%C3%A1s"
