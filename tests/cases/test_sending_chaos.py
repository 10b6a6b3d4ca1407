"""Worker and beat are killed with -9 in the middle of what is due, while the mail server fails at random.

Every reminder is recorded once, and the server has each of them at least once. It has one twice only where a yes of its was
not heard, or not written down any more before the kill; and nothing of what was cancelled ever leaves.
"""

import random
import threading
from collections import defaultdict
from datetime import time, timedelta
from itertools import pairwise
from time import sleep

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Appointment, AppointmentState, Reminder
from cases.services import reminders, sending
from ngo.models import Heartbeat
from ngo.models.outbox import OutgoingState
from tests import SOAK
from tests.cases.test_reminders import kind_with
from tests.factories import AppointmentFactory, EmailAddressFactory, FamilyFactory, OrganisationFactory
from tests.processes import wait_until
from tests.smtp import TROUBLE, Sink
from tests.workers import Crew, command_in_this_database

DUE = 2000 if SOAK else 200
KILLS = 40 if SOAK else 4
ADDRESSES = 10  # Of each family: what counts here is reminders, not families.
SENDERS = 2  # Processes of the worker.

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200 if SOAK else 180)]


@pytest.fixture
def sink():
    with Sink(TROUBLE) as running:
        running.pace = 0.02  # A server across the network; and time to be killed in the middle.
        yield running


@pytest.fixture
def crew(tmp_path, sink):
    with Crew(tmp_path, sink) as ours:
        yield ours


def make_due(count: int) -> list[Reminder]:
    organisation = OrganisationFactory()
    kind = kind_with(organisation, [("guest", 1, time(12))])
    for _family in range(count // ADDRESSES):
        family = FamilyFactory(organisation=organisation)
        for _address in range(ADDRESSES):
            EmailAddressFactory(family=family, agreed=True)
        starts_at = timezone.now() + timedelta(days=5)
        reminders.plan_reminders(appointment=AppointmentFactory(family=family, kind=kind, starts_at=starts_at))
    nobody_waits()
    return list(Reminder.objects.all())


def nobody_waits() -> None:
    """The minutes until the next try, and of the leases of the dead, have passed."""
    Reminder.objects.filter(state=OutgoingState.PENDING).update(next_try_at=timezone.now())


def the_leases_of_the_dead_run_out() -> None:
    Reminder.objects.filter(state=OutgoingState.CLAIMED).update(claimed_until=timezone.now())


def test_kill_9_in_the_middle_loses_nothing_and_records_nothing_twice(sink, crew):
    rows = make_due(DUE)
    off = Appointment.objects.order_by("pk")[: DUE // ADDRESSES // 10]
    Appointment.objects.filter(pk__in=[row.pk for row in off]).update(state=AppointmentState.CANCELLED)
    chance = random.Random(20261201)

    were_waiting = []
    for _kill in range(KILLS):
        before = len(sink.taken)
        crew.start()
        in_the_middle = before + DUE // (KILLS * 2)
        assert wait_until(lambda at=in_the_middle: len(sink.taken) >= at or is_over(), 60), crew.said
        sleep(chance.random() * 0.3)
        crew.kill()
        were_waiting.append(not is_over())
        the_leases_of_the_dead_run_out()
        nobody_waits()

    crew.start()
    assert wait_until(finishes, 600 if SOAK else 60), crew.said
    crew.kill()
    assert all(were_waiting[: KILLS // 2])  # They were killed in the middle.

    cancelled = {row.pk for row in Reminder.objects.filter(appointment__in=[row.pk for row in off])}
    states = dict(Reminder.objects.values_list("pk", "state"))
    assert {states[pk] for pk in cancelled} == {OutgoingState.CANCELLED}
    assert {state for pk, state in states.items() if pk not in cancelled} == {OutgoingState.SENT}
    expected = {f"<{row.key}@posada.example>" for row in rows if row.pk not in cancelled}
    assert {taken.key for taken in sink.taken} == expected
    unexplained = repetitions_that_nothing_explains(sink.taken, crew.killed_at)
    assert unexplained == []
    assert sink.troubles["hang_up_after"] + sink.troubles["busy"] > 0  # It did fail at random.


def is_over() -> bool:
    return not Reminder.objects.waiting().exists()


def finishes() -> bool:
    nobody_waits()
    return is_over()


def repetitions_that_nothing_explains(taken, killed_at) -> list[tuple]:
    """A message came again though its yes was heard, and no kill fell between that yes and the next time.

    One kill can explain one message for each process that sends, and no more.
    """
    unexplained, explained_by = [], defaultdict(int)
    times = defaultdict(list)
    for each in taken:
        times[each.key].append(each)
    for key, deliveries in times.items():
        for first, again in pairwise(deliveries):
            if not first.was_heard:
                continue
            between = [at for at in killed_at if first.at <= at <= again.at]
            if not between or explained_by[between[0]] >= SENDERS:
                unexplained.append((key, first.at, again.at, killed_at))
            else:
                explained_by[between[0]] += 1
    return unexplained


def test_a_worker_that_starts_looks_at_once_after_what_fell_due(sink, crew):
    sink.calm()
    make_due(ADDRESSES)
    crew.start()

    assert wait_until(is_over, 60), crew.said
    assert wait_until(lambda: Heartbeat.objects.filter(name="sweep").exists(), 10), crew.said
    assert len(sink.taken) == ADDRESSES


def test_the_command_does_the_same_without_a_worker(sink, crew):
    sink.calm()
    make_due(ADDRESSES)

    done = command_in_this_database(crew, "send_reminders")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "10 sent, 0 to be tried again, 0 given up, 0 not to be sent\n"
    assert len(sink.taken) == ADDRESSES


def test_several_sweeps_at_once_send_each_reminder_once(sink, settings):
    sink.calm()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    make_due(60)
    swept, gate = [], threading.Barrier(4)

    def sweep():
        gate.wait()
        try:
            while done := sending.send_due(limit=7).sent:
                swept.append(done)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert is_over()
    assert sum(swept) == len({taken.key for taken in sink.taken}) == len(sink.taken) == 60
