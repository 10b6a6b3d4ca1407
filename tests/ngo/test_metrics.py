"""/metrics: for whom it is there, and what it tells."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from cases.models import Reminder, SendingPause, StrangerAnswer
from cases.services import pauses
from ngo.models import Heartbeat
from ngo.models.outbox import Channel, OutgoingState
from ngo.permissions import Role
from ngo.services import metrics
from tests.factories import AppointmentFactory, EmailAddressFactory, StaffFactory
from tests.factories_phones import InboundFactory

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
TOKEN = "a token of the tests, long enough to be one"


def told(client, **headers):
    """Every sample by its name and the values of its labels: (name, state, channel), (name, quantile)."""
    response = client.get("/metrics", **headers)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in response["Cache-Control"]
    families = text_string_to_metric_families(response.content.decode())
    samples = [one for family in families for one in family.samples]
    return {(one.name, *(one.labels[name] for name in sorted(one.labels, reverse=True))): one.value for one in samples}


def notice(appointment, state, *, ago=timedelta(hours=1), took=2, **given):
    due = timezone.now() - ago
    if state in {OutgoingState.SENT, OutgoingState.DELIVERED}:
        given["sent_at"] = due + timedelta(seconds=took)
    if given.get("channel") != Channel.HOUSE:
        given["email"] = EmailAddressFactory(family=appointment.family)
    return Reminder.objects.create(
        organisation=appointment.organisation,
        family=appointment.family,
        source_id=appointment.pk,
        appointment=appointment,
        language="es",
        state=state,
        due_at=due,
        next_try_at=due,
        **given,
    )


@pytest.mark.django_db
def test_it_tells_ages_counts_and_waits(client):
    Heartbeat.objects.create(name="sweep", beat_at=timezone.now() - timedelta(seconds=12))
    one, other = AppointmentFactory(), AppointmentFactory()
    for took in (1, 2, 3):
        notice(one, OutgoingState.SENT, took=took)
    notice(other, OutgoingState.DELIVERED, took=4)
    notice(other, OutgoingState.FAILED)
    notice(one, OutgoingState.SENT, ago=timedelta(hours=25))
    notice(one, OutgoingState.PENDING, ago=timedelta(minutes=10))
    notice(one, OutgoingState.PENDING, ago=timedelta(minutes=-10))
    notice(one, OutgoingState.SENT, channel=Channel.HOUSE)
    coordinator = StaffFactory(role=Role.COORDINATOR)
    pauses.pause(organisation=coordinator.organisation, reason="Una prueba", by=coordinator)
    found = told(client)

    assert found["posada_database_up",] == 1
    assert 12 <= found["posada_sweep_age_seconds",] < 60
    assert ("posada_worker_age_seconds",) not in found  # It never was there: no age.
    assert found["posada_notices_overdue",] == 1
    assert 600 <= found["posada_notices_oldest_due_seconds",] < 700
    assert found["posada_notices_last_day", "sent", "email"] == 3
    assert found["posada_notices_last_day", "delivered", "email"] == 1
    assert found["posada_notices_last_day", "failed", "email"] == 1
    assert found["posada_notices_last_day", "pending", "email"] == 1
    assert found["posada_notices_last_day", "sent", "house"] == 1
    assert found["posada_notices_wait_seconds", "0.5"] == pytest.approx(2.5)
    assert found["posada_notices_wait_seconds", "0.95"] == pytest.approx(3.85)
    assert found["posada_sending_paused",] == 1


@pytest.mark.django_db
def test_with_nothing_sent_there_is_nothing_to_wait_for(client):
    found = told(client)
    assert found["posada_notices_oldest_due_seconds",] == 0
    assert not [key for key in found if key[0] in {"posada_notices_wait_seconds", "posada_notices_last_day"}]


@pytest.mark.django_db
def test_every_other_outbox_tells_what_is_overdue_and_what_failed_in_the_last_day(client):
    def row(state, ago):
        due = timezone.now() - ago
        inbound = InboundFactory(phone=None, organisation=None, sender="+15005550006")
        given = {"channel": Channel.SMS, "state": state, "due_at": due, "next_try_at": due, "language": "es"}
        StrangerAnswer.objects.create(inbound=inbound, **given)

    row(OutgoingState.PENDING, timedelta(minutes=10))
    row(OutgoingState.PENDING, timedelta(days=2))
    row(OutgoingState.PENDING, timedelta(minutes=-10))
    row(OutgoingState.FAILED, timedelta(hours=23))
    row(OutgoingState.FAILED, timedelta(hours=25))
    row(OutgoingState.CANCELLED, timedelta(hours=1))
    notice(AppointmentFactory(), OutgoingState.FAILED)
    found = told(client)

    named = {key[1] for key in found if key[0] == "posada_outbox_overdue"}
    assert named == {"authoritynotice", "nudge", "referralnotice", "reportdelivery", "strangeranswer", "tripalarm"}
    assert found["posada_outbox_overdue", "strangeranswer"] == 2
    assert found["posada_outbox_failed_last_day", "strangeranswer"] == 1
    assert sum(value for key, value in found.items() if key[0].startswith("posada_outbox")) == 3


@pytest.mark.django_db
def test_no_label_names_an_organisation_or_a_person(client):
    row = AppointmentFactory()
    notice(row, OutgoingState.SENT)
    text = client.get("/metrics").content.decode()

    assert set(re.findall(r"(\w+)=\"", text)) == {"state", "channel", "quantile", "outbox"}
    assert row.organisation.name not in text
    assert row.organisation.slug not in text


@pytest.mark.django_db
def test_it_costs_the_same_however_much_was_sent(client, django_assert_num_queries):
    row = AppointmentFactory()
    for _each in range(20):
        notice(row, OutgoingState.SENT)
    with django_assert_num_queries(6):
        metrics.exposition()


def test_a_database_that_is_away_is_an_answer_and_no_error(client, monkeypatch):
    def away():
        raise OperationalError("could not connect")
        yield

    monkeypatch.setattr(metrics, "_gauges", away)
    assert told(client) == {("posada_database_up",): 0}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_it_answers_this_machine(client, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        ELSEWHERE,
        {"REMOTE_ADDR": "10.0.0.1"},
        {"REMOTE_ADDR": ""},
        {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_X_FORWARDED_FOR": "192.0.2.7",
        },  # A proxy of this machine, for somebody else.
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "192.0.2.7"},
        ELSEWHERE | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        ELSEWHERE | {"HTTP_AUTHORIZATION": "Bearer "},
        ELSEWHERE | {"HTTP_AUTHORIZATION": "Bearer"},
    ],
)
@pytest.mark.django_db
def test_to_everybody_else_it_is_not_there(client, asked):
    assert client.get("/metrics", **asked).status_code == 404


@pytest.mark.django_db
def test_behind_a_proxy_nobody_is_from_here(client, settings):
    settings.BEHIND_PROXY = True
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 404),
        (f"Bearer {TOKEN[:-1]}", 404),
        (f"Basic {TOKEN}", 404),
        ("Bearer ñandú", 404),
        (TOKEN, 404),
        ("", 404),
    ],
)
def test_whoever_knows_the_token_is_answered(client, settings, said, status):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", HTTP_AUTHORIZATION=said, **ELSEWHERE).status_code == status


@pytest.mark.django_db
def test_where_tls_is_on_a_token_is_taken_through_it_alone(client, settings):
    settings.METRICS_TOKEN, settings.HTTPS = TOKEN, True
    asked = ELSEWHERE | {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}
    assert client.get("/metrics", **asked).status_code == 404
    assert client.get("/metrics", secure=True, **asked).status_code == 200


@pytest.mark.django_db
def test_only_reading_is_possible(client):
    assert client.post("/metrics").status_code == 405
    assert not SendingPause.objects.exists()
