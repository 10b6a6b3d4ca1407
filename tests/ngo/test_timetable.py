"""One list says what is done regularly: beat and the commands without Celery do the same."""

import time

import pytest
from django.core.management import call_command, load_command_class
from django.utils import timezone

from cases import tasks
from cases.services import drafts, sign_in_clock
from ngo import timetable
from ngo.celery import app, note_what_was_done
from ngo.models import Heartbeat
from ngo.services.metrics import exposition
from ngo.tasks import heartbeat

COMMANDS = {timetable.SENDER: "cases", timetable.REPORTS: "shelters", timetable.TRIPS: "shelters"}


def test_beat_does_all_of_the_list_and_nothing_else_but_show_that_it_lives():
    entries = {name: (entry["task"], entry["schedule"]) for name, entry in app.conf.beat_schedule.items()}
    assert entries.pop("heartbeat")[0] == "ngo.tasks.heartbeat"
    assert entries == {work.name: (work.task, work.every) for work in timetable.TIMETABLE}


def test_each_piece_belongs_to_a_command_that_knows_it():
    assert {work.command for work in timetable.TIMETABLE} == set(COMMANDS)
    for name, floor in COMMANDS.items():
        command = load_command_class(floor, name)
        assert command.name == name
        assert set(command.does) <= {work.name for work in timetable.of_command(name)}


def test_a_name_fits_among_the_heartbeats():
    assert all(len(work.name) <= 20 for work in timetable.TIMETABLE)
    assert not {work.name for work in timetable.TIMETABLE} & {"worker", "beat", "sweep", "reports", "trips"}


@pytest.mark.django_db
def test_the_commands_do_everything_and_write_that_they_did():
    for command in COMMANDS:
        call_command(command)
    done = set(Heartbeat.objects.values_list("name", flat=True))
    assert {work.name for work in timetable.TIMETABLE} <= done
    assert b'posada_work_age_seconds{work="silent-sign-ins"}' in exposition()


@pytest.mark.django_db
def test_a_piece_that_fails_stops_no_other_and_has_no_heartbeat(monkeypatch, capsys):
    def fails():
        raise ValueError("No")

    monkeypatch.setattr(sign_in_clock, "look", fails)
    call_command(timetable.SENDER)
    done = set(Heartbeat.objects.values_list("name", flat=True))
    assert "silent-sign-ins was not done: ValueError" in capsys.readouterr().err
    assert "silent-sign-ins" not in done
    assert {"referrals", "documents", "changed-dates"} <= done


@pytest.mark.django_db
def test_a_loop_does_each_piece_as_often_as_the_list_says(monkeypatch):
    command, looked = load_command_class("cases", timetable.SENDER), []
    monkeypatch.setattr(drafts, "remove_expired_drafts", lambda: looked.append(second))
    for second in range(0, 8000, 1000):
        monkeypatch.setattr(time, "monotonic", lambda now=float(second): now)
        command.round()
    assert looked == [0, 4000]


@pytest.mark.django_db
def test_a_worker_writes_what_it_did():
    note_what_was_done(sender=tasks.look_after_sign_ins)
    note_what_was_done(sender=heartbeat)
    [beat] = Heartbeat.objects.all()
    assert (beat.name, beat.beat_at <= timezone.now()) == ("silent-sign-ins", True)
