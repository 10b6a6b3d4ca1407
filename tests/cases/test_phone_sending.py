"""What is written to a number outside of every rule, through a sweep and a gateway over real HTTP."""

import pytest
from django.utils import timezone

from cases.codes import code_of
from cases.models import Phone, Reminder
from cases.services import inbound, phones, sending
from ngo.models.outbox import OutgoingState
from tests.factories_phones import PhoneFactory, PhoneReminderFactory
from tests.gateway import FakeGateway

pytestmark = pytest.mark.django_db
NUMBER = "+526565550100"


@pytest.fixture
def there(settings):
    settings.PUBLIC_ADDRESS = "https://posada.example"
    with FakeGateway() as there:
        settings.SMS_GATEWAY, settings.WHATSAPP_GATEWAY = there.json(), there.twilio()
        yield there


@pytest.fixture
def phone():
    return PhoneFactory(number=NUMBER, channel="sms")


def wrote(text, provider_id="i-1", channel="sms"):
    return inbound.receive(channel=channel, provider_id=provider_id, sender=NUMBER, text=text)


def test_the_code_arrives_and_is_the_one_that_counts(there, phone):
    message = phones.send_code(phone=phone)
    assert sending.send_due().sent == 1

    (taken,) = there.taken
    assert (taken.to, taken.key) == (NUMBER, str(message.key))
    assert code_of(message.key) in taken.text
    assert phones.check_code(phone=phone, code=code_of(message.key))


def test_no_more_in_haitian_creole_is_answered_in_it_and_nothing_else_leaves(there, phone):
    PhoneReminderFactory(phone=phone)
    waiting = PhoneReminderFactory(phone=phone, state="pending")
    wrote("Kanpe")
    sending.send_due()
    waiting.refresh_from_db()
    assert waiting.state == OutgoingState.CANCELLED
    (answer,) = there.taken
    assert answer.to == NUMBER
    row = Reminder.objects.get(words="stopped")
    assert (row.state, row.language) == (OutgoingState.SENT, "ht")

    wrote("kanpe!!", provider_id="i-2")
    wrote("poukisa?", provider_id="i-3")
    assert sending.send_due().touched == 0
    assert len(there.taken) == 1


def test_what_nobody_understands_is_answered_on_the_channel_that_it_came_by(there, phone):
    PhoneReminderFactory(phone=phone, language="fr")
    wrote("quand?", channel="whatsapp")
    assert sending.send_due().sent == 1
    (answer,) = there.taken
    assert answer.fields["To"] == f"whatsapp:{NUMBER}"
    assert Reminder.objects.get(words="answer").language == "fr"


def test_a_number_that_does_not_exist_gets_nothing_more(there, phone):
    there.unknown = {NUMBER}
    phones.send_code(phone=phone)
    assert sending.send_due().given_up == 1
    row = Reminder.objects.get(words="code")
    assert (row.state, row.last_error) == (OutgoingState.FAILED, "HTTP 422")
    assert Phone.objects.get().failed_at <= timezone.now()
    assert not Phone.objects.reachable().exists()


def test_a_gateway_that_is_busy_says_nothing_of_the_number(there, phone):
    there.says = 503, {}
    phones.send_code(phone=phone)
    assert sending.send_due().failed == 1
    assert Phone.objects.reachable().exists()
