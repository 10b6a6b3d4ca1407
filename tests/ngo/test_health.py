import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ngo import tasks
from ngo.celery import app
from ngo.models import Heartbeat
from ngo.services import health
from shelters.models import Trip
from tests.factories import ShelterFactory, StaffFactory


def ask(client, path: str) -> tuple[int, dict]:
    answer = client.get(path)
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, json.loads(answer.content)


def beat(**ages: int) -> None:
    for name, seconds in ages.items():
        Heartbeat.objects.create(name=name, beat_at=timezone.now() - timedelta(seconds=seconds))


def test_the_process_lives_without_a_database(client):
    assert ask(client, "/healthz") == (200, {"status": "ok"})


@pytest.mark.django_db
def test_all_is_ready(client):
    beat(worker=3, beat=5, sweep=40)

    status, found = ask(client, "/readyz")

    assert (status, found["status"]) == (200, "ready")
    assert found["database"] and found["migrations"] and found["worker"] and found["beat"] and found["sweep"]  # noqa: PT018
    assert 3 <= found["worker_age_seconds"] < 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ages", "silent"),
    [
        ({"worker": 3}, "beat"),
        ({"worker": 3, "beat": 61}, "beat"),
        ({"worker": 61, "beat": 61}, "worker"),
        ({"worker": 3, "beat": -90}, "beat"),  # The clock was set back: a heartbeat from the future proves nothing.
        ({"worker": -3600, "beat": 5}, "worker"),
        ({"worker": 3, "beat": 5}, "sweep"),
        ({"worker": 3, "beat": 5, "sweep": 301}, "sweep"),
        ({"worker": 3, "beat": 5, "sweep": 40, "trips": 301}, "trips"),
    ],
)
def test_whoever_has_been_silent_for_a_minute_is_named(client, ages, silent):
    beat(**ages)

    status, found = ask(client, "/readyz")

    assert (status, found["status"], found[silent]) == (503, "not ready", False)


@pytest.mark.django_db
@pytest.mark.parametrize(("left_ago", "ready"), [(None, True), (60, True), (301, False), (-3600, False)])
def test_where_nobody_ever_looked_who_is_back_it_is_ready_as_long_as_nobody_is_out_there(client, left_ago, ready):
    beat(worker=3, beat=5, sweep=40)
    if left_ago is not None:
        shelter = ShelterFactory()
        left_at = timezone.now() - timedelta(seconds=left_ago)
        back = {"expected_at": left_at + timedelta(hours=3), "alarm_from": left_at + timedelta(hours=3)}
        by = StaffFactory(organisation=shelter.organisation)
        Trip.objects.create(organisation=shelter.organisation, shelter=shelter, left_at=left_at, opened_by=by, **back)
        over = {"state": "back", "outcome": "back", "ended_at": timezone.now(), "left_at": left_at - timedelta(days=1)}
        Trip.objects.create(organisation=shelter.organisation, shelter=shelter, opened_by=by, **back | over)

    status, found = ask(client, "/readyz")

    assert (found["trips"], status) == (ready, 200 if ready else 503)


@pytest.mark.django_db
def test_a_migration_that_was_not_run_is_counted(client, monkeypatch):
    beat(worker=3, beat=5, sweep=40)
    applied = MigrationRecorder(connection).applied_migrations()
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda self: dict(list(applied.items())[1:]))

    status, found = ask(client, "/readyz")

    assert (status, found["migrations"], found["migrations_missing"]) == (503, False, 1)


def test_a_database_that_is_away_is_an_answer_and_no_error(client, monkeypatch):
    def away(self):
        raise OperationalError("could not connect")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)

    status, found = ask(client, "/readyz")

    assert (status, found["database"], found["worker"]) == (503, False, False)


@pytest.mark.django_db
def test_a_heartbeat_says_when_the_worker_ran_and_when_beat_sent_it():
    sent_at = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)

    tasks.heartbeat(sent_at.isoformat())
    health.record_heartbeat(sent_at=sent_at + timedelta(seconds=10))

    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    assert beats["beat"] == sent_at + timedelta(seconds=10)
    assert abs(beats["worker"] - timezone.now()) < timedelta(seconds=10)


def test_the_timetable_holds_intervals_in_utc_and_tasks_that_exist():
    app.loader.import_default_modules()

    assert app.conf.timezone == "UTC"
    assert app.conf.enable_utc
    for entry in app.conf.beat_schedule.values():
        assert isinstance(entry["schedule"], timedelta)  # No crontab: it misfires when the clock changes.
        assert entry["task"] in app.tasks


def test_no_task_is_put_off_by_the_broker():
    """`eta` and `countdown` beyond the broker's visibility timeout run a task again and again."""
    for floor in "ngo", "cases", "shelters":
        for path in (settings.BASE_DIR / floor).rglob("*.py"):
            text = path.read_text()
            assert "countdown=" not in text, path
            assert "eta=" not in text.replace("timedelta=", "").replace("Meta=", ""), path


def test_what_was_measured_is_what_is_set():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["unacked_restore_throttle"] == 1
    assert app.conf.broker_transport_options["visibility_timeout"] == 1800
    assert app.conf.accept_content == ["json"]
