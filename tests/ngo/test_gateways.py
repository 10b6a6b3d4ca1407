"""Messages to phones over real HTTP: both protocols, what goes wrong on the way, and who may tell us what became of it."""

import json
import time
from base64 import b64encode
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from cases import quiet
from cases.models import Reminder
from cases.services.sending import send_due
from ngo.messaging import gateways, pace, twilio
from ngo.messaging.gateway_protocol import Call, Forged, Unreadable
from ngo.messaging.gateway_settings import gateway, mail_rate, public_address
from ngo.messaging.gateways import PhoneLine, Said
from ngo.messaging.outbox import NotSent
from tests.factories import ConsentFactory
from tests.factories_phones import PhoneReminderFactory
from tests.gateway import ACCOUNT, BEARER, FROM, SECRET, TOKEN, FakeGateway, signed_by_gateway, signed_by_twilio
from tests.shelters.test_races import at_once

TO = "+526565550100"
SAID = Said("Hola. Pregunte en recepción.", "reminder", "es", ("martes",))
TEMPLATES = "reminder.es=HX" + "a" * 32


@pytest.fixture
def there():
    with FakeGateway() as there:
        yield there


@pytest.fixture(params=["twilio", "json"])
def protocol(request, there, settings):
    settings.PUBLIC_ADDRESS = "https://posada.example"
    settings.SMS_GATEWAY = getattr(there, request.param)()
    return request.param


def send(channel="sms", key=None, to=TO, said=SAID):
    with PhoneLine() as line:
        return line.send(key=key or uuid4(), channel=channel, to=to, said=said)


# --- Sending ---------------------------------------------------------------------------------------------------------
def test_a_message_arrives_with_its_key_and_gives_the_gateways_id(there, protocol):
    key = uuid4()
    provider_id = send(key=key)

    (taken,) = there.taken
    assert (taken.key, taken.to, taken.text, taken.provider_id) == (str(key), TO, SAID.text, provider_id)


def test_each_of_many_messages_has_a_connection_of_its_own(there, protocol):
    with PhoneLine() as line:
        for _number in range(5):
            line.send(key=uuid4(), channel="sms", to=TO, said=SAID)
    assert (len(there.taken), there.connections) == (5, 5)


def test_who_repeats_our_key_is_spoken_to_over_one_connection(there, settings):
    settings.SMS_GATEWAY, there.repeats_keys = there.json(), True
    with PhoneLine() as line:
        ids = [line.send(key=uuid4(), channel="sms", to=TO, said=SAID) for _number in range(9)]
    assert ids == [one.provider_id for one in there.taken]
    assert there.connections == 2  # After the first answer it is known.


def test_who_repeats_our_key_and_answers_twice_is_asked_again_and_sends_nothing_twice(there, settings):
    settings.SMS_GATEWAY, there.repeats_keys, there.trouble = there.json(), True, {"twice": 100}
    keys = [uuid4() for _number in range(20)]
    with PhoneLine() as line:
        ids = [line.send(key=key, channel="sms", to=TO, said=SAID) for key in keys]
    assert ids == [next(one.provider_id for one in there.taken if one.key == str(key)) for key in keys]
    assert len({one.provider_id for one in there.taken}) == 20
    assert len([one for one in there.taken if not one.is_again]) == 20


def test_a_refusal_on_a_connection_that_stays_is_believed_when_it_is_repeated(there, settings):
    settings.SMS_GATEWAY, there.repeats_keys = there.json(), True
    with PhoneLine() as line:
        for _number in range(3):
            line.send(key=uuid4(), channel="sms", to=TO, said=SAID)
        there.says = 503, {}
        for _number in range(2):
            with pytest.raises(NotSent, match="HTTP 503"):
                line.send(key=uuid4(), channel="sms", to=TO, said=SAID)
        there.says = None
        line.send(key=uuid4(), channel="sms", to=TO, said=SAID)
    assert len(there.taken) == 4


@pytest.mark.parametrize(
    ("says", "kind"),
    [((500, {}), "HTTP 500"), ((503, {"code": 20503}), "HTTP 503"), ((302, {}), "HTTP 302"), ((200, {}), "BadAnswer")],
)
def test_what_may_pass_is_tried_again(there, protocol, says, kind):
    there.says = says
    with pytest.raises(NotSent, match=kind) as caught:
        send()
    assert not caught.value.for_good


def test_too_many_requests_are_tried_again(there, protocol):
    there.says = 429, {"code": 20429, "message": "Too Many Requests"}
    with pytest.raises(NotSent) as caught:
        send()
    assert str(caught.value) == {"twilio": "Twilio 20429", "json": "HTTP 429"}[protocol]
    assert not caught.value.for_good


def test_a_number_that_does_not_exist_is_given_up_and_never_named(there, protocol):
    there.unknown = {TO}
    with pytest.raises(NotSent) as caught:
        send()
    assert str(caught.value) == {"twilio": "Twilio 21211", "json": "HTTP 422"}[protocol]
    assert caught.value.for_good
    assert TO not in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    ("code", "for_good"), [(21610, True), (21614, True), (21211, True), (20003, False), (21606, False)]
)
def test_twilios_codes_say_whether_to_try_again(there, settings, code, for_good):
    settings.SMS_GATEWAY = there.twilio()
    there.says = 400, {"code": code, "message": f"about {TO}"}
    with pytest.raises(NotSent, match=f"^Twilio {code}$") as caught:
        send()
    assert caught.value.for_good == for_good


def test_a_wrong_address_of_the_gateway_is_no_wrong_number(there, settings):
    """A page that is not there says nothing about the number: only the gateway's own "error" does."""
    settings.SMS_GATEWAY = gateway("SMS_URL", there.json_url().replace("/messages", "/elsewhere"))
    with pytest.raises(NotSent, match="HTTP 404") as caught:
        send()
    assert not caught.value.for_good


@pytest.mark.parametrize("wrong", ["hang_up_before", "hang_up_after"])
def test_a_gateway_that_dies_is_tried_again_under_the_same_key(there, protocol, wrong):
    key = uuid4()
    there.trouble = {wrong: 100}
    with pytest.raises(NotSent, match="Error") as caught:
        send(key=key)
    assert not caught.value.for_good

    there.calm()
    send(key=key)
    assert [one.was_heard for one in there.taken] == ([True] if wrong == "hang_up_before" else [False, True])
    assert {one.key for one in there.taken} == {str(key)}


def test_the_plain_gateway_takes_a_key_once(there, settings):
    settings.SMS_GATEWAY, key = there.json(), uuid4()
    assert send(key=key) == send(key=key)
    assert [one.is_again for one in there.taken] == [False, True]

    there.says = 409, {"id": "m-1"}  # Another gateway says it so.
    assert send(key=key) == "m-1"


def test_a_gateway_that_answers_twice_confuses_nobody(there, protocol):
    """Its second answer is never taken for that to the next message."""
    there.trouble = {"twice": 100}
    with PhoneLine() as line:
        ids = [line.send(key=uuid4(), channel="sms", to=TO, said=SAID) for _number in range(20)]
    assert ids == [one.provider_id for one in there.taken]


def test_a_gateway_that_says_nothing_is_not_waited_for(there, protocol, monkeypatch):
    monkeypatch.setattr(gateways, "TIMEOUT", 0.2)
    there.pace = 1.0
    started = time.monotonic()
    with pytest.raises(NotSent, match="ReadTimeout") as caught:
        send()
    assert not caught.value.for_good
    assert time.monotonic() - started < 0.9


def test_the_slowest_message_is_over_long_before_its_lease():
    steps = (gateways.TIMEOUT.connect, gateways.TIMEOUT.read, gateways.TIMEOUT.write, gateways.TIMEOUT.pool)
    assert sum(steps) + gateways.WHOLE_ANSWER + pace.LONGEST_WAIT < 120


def test_nobody_listens_there(settings):
    settings.SMS_GATEWAY = gateway("SMS_URL", f"json+http://{BEARER}@127.0.0.1:9/?secret={SECRET}")
    with pytest.raises(NotSent, match="ConnectError"):
        send()


def test_a_channel_without_a_gateway_is_not_configured(settings):
    settings.SMS_GATEWAY = settings.WHATSAPP_GATEWAY = None
    assert not gateways.is_configured("sms")
    assert not gateways.is_configured("email")
    with pytest.raises(NotSent, match="NoGateway"):
        send()


def test_whatsapp_goes_by_its_template_and_without_one_as_text(there, settings):
    settings.WHATSAPP_GATEWAY = there.twilio(TEMPLATES)
    assert gateways.is_configured("whatsapp")
    send("whatsapp")
    send("whatsapp", said=Said("Bonjou", "reminder", "ht"))

    first, second = (one.fields for one in there.taken)
    assert (first["To"], first["From"]) == (f"whatsapp:{TO}", f"whatsapp:{FROM}")
    assert first["ContentSid"] == "HX" + "a" * 32
    assert json.loads(first["ContentVariables"]) == {"1": "martes"}
    assert "Body" not in first
    assert second["Body"] == "Bonjou"


def test_twilio_is_told_where_to_call_back_and_nowhere_that_it_cannot_reach(there, settings):
    key = uuid4()
    settings.PUBLIC_ADDRESS, settings.SMS_GATEWAY = "https://posada.example", there.twilio()
    send(key=key)
    assert there.taken[0].fields["StatusCallback"] == f"https://posada.example/hooks/sms/receipts/?key={key}"

    settings.PUBLIC_ADDRESS = "http://127.0.0.1:8000"
    settings.SMS_GATEWAY = gateway("SMS_URL", f"twilio://{ACCOUNT}:{TOKEN}@api.twilio.com?from={FROM}")
    request = twilio.request(settings.SMS_GATEWAY, key=key, channel="sms", to=TO, said=SAID)
    assert b"StatusCallback" not in request.content
    assert request.url == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_a_messaging_service_stands_in_place_of_a_number(there, settings):
    settings.SMS_GATEWAY = gateway("SMS_URL", there.twilio_url().replace(FROM, "MG" + "0" * 32))
    send()
    assert there.taken[0].fields["MessagingServiceSid"] == "MG" + "0" * 32
    assert "From" not in there.taken[0].fields


@pytest.mark.django_db(transaction=True)
def test_each_channel_keeps_its_pace_however_many_send():
    started = time.monotonic()
    assert at_once([lambda: pace.Turns().wait("sms", 10)] * 4) == ["done"] * 4
    assert time.monotonic() - started >= 0.3


@pytest.mark.django_db
def test_where_many_leave_turns_are_taken_some_at_a_time(django_assert_num_queries):
    turns = pace.Turns()
    with django_assert_num_queries(2):
        for _number in range(60):
            turns.wait("sms", 1000)
    started = time.monotonic()
    for _number in range(21):
        turns.wait("whatsapp", 100)
    assert time.monotonic() - started >= 0.19


@pytest.mark.django_db
def test_a_turn_that_was_not_needed_is_the_next_messages(django_assert_num_queries):
    turns = pace.Turns()
    started = time.monotonic()
    with django_assert_num_queries(1):
        for _number in range(20):
            turns.wait("sms", 2)
            turns.give_back("sms")
    assert time.monotonic() - started < 0.4


@pytest.mark.django_db
def test_who_would_wait_too_long_comes_again_later_and_has_not_tried(there, settings, monkeypatch):
    settings.SMS_GATEWAY = there.json(rate=0.05)
    monkeypatch.setattr(pace, "LONGEST_WAIT", 1)
    rows = [PhoneReminderFactory(state="pending") for _number in range(2)]
    monkeypatch.setattr(quiet, "are_quiet", lambda *_: False)
    for row in rows:
        ConsentFactory(family=row.family)

    swept = send_due()

    assert (swept.sent, swept.put_off) == (1, 1)
    (later,) = Reminder.objects.filter(state="pending")
    assert (later.attempts, later.last_error) == (0, "")
    assert later.next_try_at > timezone.now()


def test_each_channel_has_the_pace_of_its_setting(there, settings):
    settings.EMAIL_RATE, settings.SMS_GATEWAY, settings.WHATSAPP_GATEWAY = 7, there.json(rate=2), None
    assert [pace.rate_of(channel) for channel in ("email", "sms", "whatsapp", "house")] == [7, 2, None, None]


# --- Settings ----------------------------------------------------------------------------------------------------------
def test_the_pace_of_letters_stands_in_their_address():
    assert (mail_rate(""), mail_rate("smtp+tls://a:b@host:587"), mail_rate("smtps://host?rate=0.5")) == (5, 5, 0.5)
    for wrong in ("smtp://host?rate=fast", "smtp://host?rate=0", "smtp://host?ratio=2"):
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is not understood"):
            mail_rate(wrong)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://x", "must begin with"),
        ("twilio://AC1:t@", "names no host"),
        ("twilio://api.twilio.com?from=+15550100000", "the account and its token"),
        ("twilio://AC1:t@api.twilio.com", "from="),
        ("twilio://AC1:t@api.twilio.com?from=5550100", "from="),
        ("twilio://AC1:t@api.twilio.com?from=+15550100000&rate=0", "rate="),
        ("twilio://AC1:t@api.twilio.com?from=+15550100000&rate=many", "rate="),
        ("twilio://AC1:t@api.twilio.com?from=+15550100000&to=x", "question mark"),
        ("twilio://AC1:t@api.twilio.com/path?from=+15550100000", "between the host"),
        ("twilio+http://AC1:t@api.twilio.com?from=+15550100000", "without TLS"),
        ("json+http://t@gateway.example/?secret=0123456789abcdef", "without TLS"),
        ("json+http://t@192.168.1.7/?secret=0123456789abcdef", "without TLS"),
        ("json+https://gateway.example/?secret=0123456789abcdef", "token"),
        ("json+https://t:p@gateway.example/?secret=0123456789abcdef", "no more"),
        ("json+https://t@gateway.example/?secret=short", "16 characters"),
        ("json+https://t@gateway.example/", "16 characters"),
        ("json+https://t@gateway.example:port/?secret=0123456789abcdef", "no address"),
        ("json+https://t%0A@gateway.example/?secret=0123456789abcdef", "plain letters"),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence_that_repeats_no_secret(url, why):
    with pytest.raises(ImproperlyConfigured, match="SMS_URL is not understood") as caught:
        gateway("SMS_URL", url)
    assert why in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)


def test_a_setting_that_is_right(settings):
    assert gateway("SMS_URL", "") is None
    one = gateway("SMS_URL", "twilio://AC1:a%2Fb@api.twilio.com?from=+15550100000")
    assert (one.url, one.account, one.token, one.sender, one.rate) == (
        "https://api.twilio.com",
        "AC1",
        "a/b",
        "+15550100000",
        1.0,
    )
    assert "a/b" not in repr(one)
    two = gateway("SMS_URL", "json+https://t@gateway.example:8443/send?rate=0.2&secret=0123456789abcdef")
    assert (two.url, two.rate) == ("https://gateway.example:8443/send", 0.2)
    with pytest.raises(ImproperlyConfigured, match="WHATSAPP_TEMPLATES"):
        gateway("WHATSAPP_URL", "twilio://AC1:t@api.twilio.com?from=+15550100000", "reminder=HX1")


def test_the_public_address_is_the_first_host_or_what_is_said():
    assert public_address("", ["posada.example", "other.example"], True) == "https://posada.example"
    assert public_address("", ["*"], True) == ""
    assert public_address("http://127.0.0.1:8000/", ["x.example"], True) == "http://127.0.0.1:8000"
    with pytest.raises(ImproperlyConfigured, match="POSADA_ADDRESS"):
        public_address("posada.example", [], True)


# --- Signatures --------------------------------------------------------------------------------------------------------
ADDRESS, PATH = "https://posada.example/hooks/sms/receipts/?key=k", "/hooks/sms/receipts/?key=k"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": TO}


def test_the_signature_is_that_of_twilios_own_example():
    """The whole address with its question mark, then every field in the order of the names, with nothing between."""
    fields = {"CallSid": "CA1234567890ABCDE", "From": "+12349013030", "Digits": "1234", "To": "+18005551212"}
    given = twilio.signature(
        "12345", "https://mycompany.com/myapp.php?foo=1&bar=2", [*fields.items(), ("Caller", "+12349013030")]
    )
    assert given == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def call_of(signed, path=PATH):
    return Call(path, signed["headers"], signed["data"].encode())


@pytest.fixture
def on_twilio(there, settings):
    settings.PUBLIC_ADDRESS, settings.SMS_GATEWAY = "https://posada.example", there.twilio()


@pytest.fixture
def on_json(there, settings):
    settings.SMS_GATEWAY = there.json()


def test_twilio_is_believed_where_its_signature_is_right(on_twilio):
    found = gateways.read_receipt("sms", call_of(signed_by_twilio(ADDRESS, FIELDS)))
    assert (found.provider_id, found.outcome, found.key) == ("SM1", "delivered", None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: call_of(signed_by_twilio(ADDRESS, FIELDS, token="another")),
        lambda: call_of(signed_by_twilio("https://elsewhere.example/hooks/sms/receipts/?key=k", FIELDS)),
        lambda: call_of(signed_by_twilio(ADDRESS, FIELDS), path="/hooks/sms/receipts/?key=other"),
        lambda: call_of(signed_by_twilio(ADDRESS, FIELDS), path="/hooks/sms/messages/"),
        lambda: Call(PATH, signed_by_twilio(ADDRESS, FIELDS)["headers"], b"MessageSid=SM2&MessageStatus=delivered"),
        lambda: Call(PATH, {}, b"MessageSid=SM1"),
        lambda: Call(PATH, {twilio.SIGNATURE: "ñ"}, b"MessageSid=SM1"),
        lambda: Call(PATH, signed_by_twilio(ADDRESS, FIELDS)["headers"], b"\xff\xfe"),
        lambda: Call(PATH, {twilio.SIGNATURE: b64encode(b"x" * 20).decode()}, b"a=1&" * 500),
    ],
)
def test_whoever_is_not_twilio_is_not_believed(on_twilio, call):
    with pytest.raises(Forged):
        gateways.read_receipt("sms", call())


@pytest.mark.parametrize(
    ("status", "code", "outcome", "error", "opted_out"),
    [
        ("queued", "", "", "", False),
        ("sent", "", "", "", False),
        ("read", "", "delivered", "", False),
        ("undelivered", "30003", "failed", "Twilio 30003", False),
        ("failed", "", "failed", "Twilio failed", False),
        ("failed", "21610", "failed", "Twilio 21610", True),
    ],
)
def test_what_twilio_says_became_of_a_message(on_twilio, status, code, outcome, error, opted_out):
    fields = {"MessageSid": "SM1", "MessageStatus": status} | ({"ErrorCode": code} if code else {})
    found = gateways.read_receipt("sms", call_of(signed_by_twilio(ADDRESS, fields)))
    assert (found.outcome, found.error, found.is_opt_out) == (outcome, error, opted_out)


def test_the_key_comes_back_in_the_address(on_twilio):
    key = uuid4()
    path = f"/hooks/sms/receipts/?key={key}"
    assert (
        gateways.read_receipt("sms", call_of(signed_by_twilio(f"https://posada.example{path}", FIELDS), path)).key
        == key
    )


def test_the_plain_gateway_is_believed_for_five_minutes(on_json):
    key = uuid4()
    found = gateways.read_receipt(
        "sms", call_of(signed_by_gateway({"id": "m-1", "key": str(key), "status": "delivered"}))
    )
    assert (found.provider_id, found.key, found.outcome) == ("m-1", key, "delivered")
    written = gateways.read_written("sms", call_of(signed_by_gateway({"id": "i-1", "from": TO, "text": "1\x00"})))
    assert (written.provider_id, written.sender, written.text) == ("i-1", TO, "1")


@pytest.mark.parametrize(
    "call",
    [
        lambda: call_of(signed_by_gateway({"id": "m-1"}, secret="another")),
        lambda: call_of(signed_by_gateway({"id": "m-1"}, at=time.time() - 301)),
        lambda: call_of(signed_by_gateway({"id": "m-1"}, at=time.time() + 301)),
        lambda: Call(PATH, signed_by_gateway({"id": "m-1"})["headers"], b'{"id": "m-2"}'),
        lambda: Call(PATH, signed_by_gateway({"id": "m-1"})["headers"] | {"X-Timestamp": "0"}, b'{"id": "m-1"}'),
        lambda: Call(PATH, {}, b'{"id": "m-1"}'),
    ],
)
def test_whoever_is_not_the_gateway_is_not_believed(on_json, call):
    with pytest.raises(Forged):
        gateways.read_receipt("sms", call())


@pytest.mark.parametrize("fields", [[], {}, {"id": ""}, {"id": 7}])
def test_what_the_gateway_signed_and_nobody_understands(on_json, fields):
    with pytest.raises(Unreadable):
        gateways.read_receipt("sms", call_of(signed_by_gateway(fields)))
    with pytest.raises(Unreadable):
        gateways.read_written("sms", call_of(signed_by_gateway(fields)))


def test_a_channel_without_a_gateway_believes_nobody(settings):
    settings.SMS_GATEWAY = None
    with pytest.raises(Forged):
        gateways.read_receipt("sms", call_of(signed_by_gateway({"id": "m-1"})))
