"""What became of a message, as gateways tell it: in any order, twice, and before our own record."""

import itertools
import time
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Phone, Reminder
from cases.services.receipts import note_refusal, record_receipt
from ngo.messaging import outbox
from ngo.messaging.gateways import PhoneLine, Receipt, Said
from ngo.models.outbox import OutgoingState
from tests.factories_phones import PhoneFactory, PhoneReminderFactory
from tests.gateway import FakeGateway, signed_by_gateway, signed_by_twilio
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    return PhoneReminderFactory(provider_id="SM1")


def told(outcome, row=None, provider_id="SM1", channel="sms", error="Twilio 30003", **more):
    key = row.key if row else None
    return record_receipt(
        channel=channel, receipt=Receipt(provider_id, key, outcome, error if outcome == "failed" else "", **more)
    )


def now_of(row):
    row.refresh_from_db()
    return row.state


def test_what_arrived_is_delivered(sent):
    assert told("delivered")
    assert now_of(sent) == OutgoingState.DELIVERED
    assert sent.delivered_at is not None
    assert not told("delivered")


def test_what_did_not_arrive_is_failed_and_its_number_must_be_seen_again(sent):
    assert told("failed")
    assert (now_of(sent), sent.last_error) == (OutgoingState.FAILED, "Twilio 30003")
    phone = Phone.objects.get()
    assert phone.failed_at is not None
    assert phone not in Phone.objects.reachable()


def test_who_told_the_gateway_itself_to_stop_has_opted_out(sent):
    told("failed", error="Twilio 21610", is_opt_out=True)
    phone = Phone.objects.get()
    assert (phone.opted_out_at is not None, phone.failed_at) == (True, None)


@pytest.mark.parametrize("order", sorted(set(itertools.permutations(["", "delivered", "failed", "delivered"]))))
def test_in_whichever_order_they_come_what_arrived_has_arrived(sent, order):
    for outcome in order:
        told(outcome)
    assert now_of(sent) == OutgoingState.DELIVERED
    assert sent.last_error == ""
    assert Phone.objects.get().failed_at is None


@pytest.mark.parametrize("state", ["claimed", "pending"])
@pytest.mark.parametrize("outcome", ["delivered", "failed"])
def test_a_receipt_that_comes_before_our_own_record_is_not_lost(sent, state, outcome):
    """The gateway's yes is still on its way to the sender, or was lost: the key finds the message."""
    Reminder.objects.update(state="pending", provider_id="", sent_at=None, attempts=1)
    if state == "claimed":
        (row,) = outbox.claim(Reminder.objects.all(), limit=1)
        outbox.begin(row)

    told(outcome, row=sent)

    lost = state == "pending" and outcome == "failed"  # The try whose yes was lost failed: the next one is due already.
    assert now_of(sent) == (OutgoingState.PENDING if lost else outcome)
    assert (sent.claim, sent.claimed_until) == (None, None)
    assert sent.provider_id == ("" if lost else "SM1")
    if state == "claimed":
        assert not outbox.record_sent(row, "SM1")  # The sender comes too late to say less than is known.
        assert now_of(sent) == outcome


def test_an_earlier_try_that_failed_says_nothing_of_the_one_that_left(sent):
    assert not told("failed", row=sent, provider_id="SM0")
    assert now_of(sent) == OutgoingState.SENT
    assert told("delivered", row=sent, provider_id="SM0")
    assert (now_of(sent), sent.provider_id) == (OutgoingState.DELIVERED, "SM1")


@pytest.mark.parametrize("state", ["cancelled", "suppressed", "expired"])
def test_what_was_withdrawn_and_arrived_all_the_same_stays_withdrawn(sent, state):
    Reminder.objects.update(state=state)
    told("delivered")
    assert now_of(sent) == state
    assert sent.delivered_at is not None
    assert not told("failed")


def test_a_receipt_of_another_channel_or_of_nothing_of_ours_changes_nothing(sent):
    assert not told("delivered", channel="whatsapp")
    assert not told("delivered", provider_id="SM2")
    assert not record_receipt(channel="sms", receipt=Receipt("", None, "delivered"))
    assert not record_receipt(channel="sms", receipt=Receipt("SM9", uuid4(), "failed"))
    assert now_of(sent) == OutgoingState.SENT


@pytest.mark.django_db(transaction=True)
def test_told_at_one_moment_it_is_written_once():
    sent, found = PhoneReminderFactory(provider_id="SM1"), []
    at_once([lambda: found.append(told("delivered"))] * 3 + [lambda: told("failed")])
    assert found.count(True) == 1
    assert now_of(sent) == OutgoingState.DELIVERED


@pytest.mark.parametrize(
    ("kind", "failed", "opted_out"),
    [
        ("Twilio 21211", True, False),
        ("HTTP 422", True, False),
        ("Twilio 21610", False, True),
        ("Twilio 63016", False, False),  # Our text, and not their number.
        ("HTTP 503", False, False),
    ],
)
def test_what_a_refusal_says_of_the_number(sent, kind, failed, opted_out):
    note_refusal(reminder=sent, kind=kind)
    phone = Phone.objects.get()
    assert (phone.failed_at is not None, phone.opted_out_at is not None) == (failed, opted_out)


# --- Over HTTP -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def there(settings):
    settings.PUBLIC_ADDRESS = "https://posada.example"
    with FakeGateway() as there:
        settings.SMS_GATEWAY, settings.WHATSAPP_GATEWAY = there.json(), there.twilio()
        yield there


def send(channel):
    """A reminder that really left, and whose sender died before it was recorded."""
    row = PhoneReminderFactory(phone=PhoneFactory(channel=channel), channel=channel, state="pending", attempts=1)
    with PhoneLine() as line:
        line.send(key=row.key, channel=channel, to=row.phone.number, said=Said("Hola", "reminder", "es"))
    return row


def test_twilio_tells_at_the_address_that_it_was_given(client, there):
    row = send("whatsapp")
    (taken,) = there.taken
    address = taken.fields["StatusCallback"]
    fields = {"MessageSid": taken.provider_id, "MessageStatus": "delivered", "To": taken.fields["To"]}
    answer = client.post(address.removeprefix("https://posada.example"), **signed_by_twilio(address, fields))
    assert answer.status_code == 200
    assert (now_of(row), row.provider_id) == (OutgoingState.DELIVERED, taken.provider_id)


def test_the_plain_gateway_tells_with_its_id_and_ours(client, there):
    row = send("sms")
    (taken,) = there.taken
    said = {"id": taken.provider_id, "key": taken.key, "status": "delivered"}
    path = reverse("cases:hook_receipt", args=["sms"])
    assert client.post(path, **signed_by_gateway(said)).status_code == 200
    assert now_of(row) == OutgoingState.DELIVERED


def test_a_forged_an_old_and_a_large_receipt_are_refused(client, there, sent):
    path = reverse("cases:hook_receipt", args=["sms"])
    said = {"id": "SM1", "status": "delivered"}
    assert client.post(path, said["id"], content_type="text/plain").status_code == 403
    assert client.post(path, **signed_by_gateway(said, secret="otro secreto cualquiera")).status_code == 403
    assert client.post(path, **signed_by_gateway(said, at=time.time() - 400)).status_code == 403
    assert client.post(path, **signed_by_gateway(said | {"more": "x" * 20_000})).status_code == 413
    assert client.post(path, **signed_by_gateway({})).status_code == 400
    assert client.get(path).status_code == 405
    assert now_of(sent) == OutgoingState.SENT


def test_what_is_refused_is_logged_without_a_word_of_it(client, there, sent, caplog):
    path = reverse("cases:hook_receipt", args=["sms"])
    client.post(f"{path}?key={sent.key}", '{"id": "SM1", "to": "+526565550100"}', content_type="application/json")
    assert "+526565550100" not in caplog.text
    assert "A call for sms was refused" in caplog.text


def test_a_receipt_needs_no_csrf_token_and_no_sign_in(there, sent):
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post(
        reverse("cases:hook_receipt", args=["sms"]), **signed_by_gateway({"id": "SM1", "status": "delivered"})
    )
    assert answer.status_code == 200
    assert now_of(sent) == OutgoingState.DELIVERED
    assert sent.delivered_at <= timezone.now()
