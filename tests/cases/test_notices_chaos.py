"""Worker, beat and PostgreSQL are killed with -9 in turn and the broker is emptied, while a gateway and a mail server fail at
random: every notice is delivered at least once and recorded exactly once.

On a PostgreSQL and a broker of the test's own, for it kills them. A message comes twice only where its yes was not heard, or was
not written down any more before a kill; under the same key, by which a gateway can tell.
"""

import random
import subprocess
import tempfile
import time as clock
from collections import Counter, defaultdict
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import redis
from django.db import connection
from django.utils import timezone

from cases.models import Appointment, AppointmentState, Consent, Reminder
from cases.services import reminders
from ngo import local
from ngo.local.servers import THROWAWAY_SETTINGS, Servers
from ngo.models.outbox import OutgoingState
from tests import SOAK
from tests.cases.test_notices import phone_of
from tests.cases.test_reminders import kind_with
from tests.factories import AppointmentFactory, ConsentFactory, EmailAddressFactory, FamilyFactory, OrganisationFactory
from tests.gateway import TROUBLE as GATEWAY_TROUBLE
from tests.gateway import FakeGateway
from tests.processes import wait_until
from tests.smtp import TROUBLE as MAIL_TROUBLE
from tests.smtp import Sink
from tests.workers import Crew

DUE = 2000 if SOAK else 200
ROUNDS = 4 if SOAK else 1  # Of each kind of accident: one may repeat a message of each process that sends.
EACH = 10  # Addresses of a family, and as many numbers: what counts here is notices, not families.
SENDERS = 2  # Processes of the worker.

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200 if SOAK else 180)]


class OwnCrew(Crew):
    """A worker and a beat on servers of their own, which this test may kill."""

    def __init__(self, folder: Path, sink: Sink, gateway: FakeGateway, servers: Servers):
        super().__init__(folder, sink)
        self.gateway, self.servers = gateway, servers

    def environment(self) -> dict[str, str]:
        where, made = self.servers.folder, self.servers.secrets
        return super().environment() | {
            "DATABASE_URL": local.database_url(where, made, "web"),
            "DATABASE_OWNER_URL": local.database_url(where, made, "owner"),
            "REDIS_URL": local.broker_url(where),
            "SMS_URL": self.gateway.json_url(),
        }

    def settle(self) -> None:
        self.gateway.settle()
        self.sink.settle()


@pytest.fixture
def servers():
    with tempfile.TemporaryDirectory(prefix="posada-chaos-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        # It is killed with -9: what it said was written must be, as in a house.
        running = Servers(folder, local.secrets(folder), THROWAWAY_SETTINGS | {"synchronous_commit": "on"})
        running.start()
        yield running
        running.stop()


@pytest.fixture
def sink():
    with Sink(MAIL_TROUBLE) as running:
        running.pace = 0.02  # A server across the network; and time to be killed in the middle.
        yield running


@pytest.fixture
def gateway():
    with FakeGateway(GATEWAY_TROUBLE) as running:
        running.pace = 0.02
        yield running


def zone_where_phones_may_ring() -> str:
    """Whatever the hour here: somewhere it is the middle of the day."""
    hour = timezone.now().hour
    return f"Etc/GMT{hour - 12:+d}"  # The sign of these names is the other way round.


def make_due(count: int) -> list[Reminder]:
    """So many notices, half to addresses and half to numbers."""
    organisation, zone = OrganisationFactory(), zone_where_phones_may_ring()
    kind = kind_with(organisation, [("guest", 1, time(12))])
    for _family in range(count // (2 * EACH)):
        family = FamilyFactory(organisation=organisation)
        ConsentFactory(family=family, purpose="reminders")
        for _one in range(EACH):
            EmailAddressFactory(family=family)
            phone_of(family, channel="sms", agreed_at=timezone.now())
        starts_at = timezone.now() + timedelta(days=5)
        appointment = AppointmentFactory(family=family, kind=kind, starts_at=starts_at, home_zone=zone)
        reminders.plan_reminders(appointment=appointment)
    Reminder.objects.update(next_try_at=timezone.now())
    return list(Reminder.objects.all())


def moved_to(servers: Servers) -> psycopg.Connection:
    """What this test made, in the PostgreSQL that it may kill."""
    programs = servers.programs
    here = psycopg.conninfo.make_conninfo(
        **{
            name: connection.settings_dict[key]
            for name, key in (("host", "HOST"), ("user", "USER"), ("password", "PASSWORD"))
        },
        dbname=connection.settings_dict["NAME"],
        **({"port": connection.settings_dict["PORT"]} if connection.settings_dict["PORT"] else {}),
    )
    there = local.database_url(servers.folder, servers.secrets, "owner")
    dump = servers.folder / "dump"
    subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, "-d", here], check=True)
    subprocess.run([programs / "pg_restore", "--no-owner", "--single-transaction", "-d", there, dump], check=True)
    return connect(servers)


def connect(servers: Servers) -> psycopg.Connection:
    return psycopg.connect(local.database_url(servers.folder, servers.secrets, "owner"), autocommit=True)


def asked(servers: Servers, statement: str) -> list[tuple]:
    """Asked anew whenever the server is away for a moment."""
    until = clock.monotonic() + 30
    while True:
        try:
            with connect(servers) as db:
                cursor = db.execute(statement)
                return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            if clock.monotonic() > until:
                raise
            servers.mend()
            clock.sleep(0.1)


NOBODY_WAITS = """
UPDATE cases_reminder SET next_try_at = now() WHERE state = 'pending';
UPDATE cases_reminder SET claimed_until = now() WHERE state = 'claimed' AND claimed_until > now()
"""


def is_over(servers: Servers) -> bool:
    return not asked(servers, "SELECT 1 FROM cases_reminder WHERE state IN ('pending', 'claimed') LIMIT 1")


def test_whatever_dies_every_notice_is_delivered_and_recorded_once(tmp_path, servers, sink, gateway):
    rows = make_due(DUE)
    off = list(Appointment.objects.order_by("pk").values_list("pk", flat=True)[:1])
    Appointment.objects.filter(pk__in=off).update(state=AppointmentState.CANCELLED)
    silent = Appointment.objects.exclude(pk__in=off).order_by("pk").first().family_id
    Consent.objects.filter(family=silent).update(withdrawn_at=timezone.now())
    late = [row.pk for row in rows if row.appointment_id not in off and row.family_id != silent][:4]
    Reminder.objects.filter(pk__in=late).update(expires_at=timezone.now() - timedelta(seconds=1))
    moved_to(servers).close()
    chance, killed_at = random.Random(20261201), []

    def how_many() -> int:
        return len(sink.taken) + len(gateway.taken)

    with OwnCrew(tmp_path, sink, gateway, servers) as crew:
        accidents = ["crew", "postgres", "broker"] * ROUNDS
        for accident in accidents:
            crew.start()
            goal = how_many() + DUE // (len(accidents) * 2)
            assert wait_until(lambda at=goal: how_many() >= at or is_over(servers), 60), crew.said
            clock.sleep(chance.random() * 0.3)
            if accident == "crew":
                crew.kill()
            elif accident == "postgres":
                servers.running["postgres"].kill()
                servers.running["postgres"].wait()
                killed_at.append(clock.monotonic())
                crew.settle()
                asked(servers, "SELECT 1")
                crew.kill()
            else:
                redis.Redis(unix_socket_path=str(servers.sockets / "valkey.sock")).flushall()
                crew.kill()
            crew.settle()
            killed_at += crew.killed_at[-1:]
            for statement in NOBODY_WAITS.split(";"):
                asked(servers, statement)
        crew.start()

        def finishes() -> bool:
            asked(servers, NOBODY_WAITS.split(";")[0])
            return is_over(servers)

        assert wait_until(finishes, 600 if SOAK else 60), crew.said
        crew.kill()

    states = {
        pk: (state, reason) for pk, state, reason in asked(servers, "SELECT id, state, reason FROM cases_reminder")
    }
    for row in rows:
        if row.appointment_id in off:
            assert states[row.pk] == (OutgoingState.CANCELLED, "not_on")
        elif row.family_id == silent:
            assert states[row.pk] == (OutgoingState.CANCELLED, "no_consent")
        elif row.pk in late:
            assert states[row.pk] == (OutgoingState.EXPIRED, "too_late")
        else:
            assert states[row.pk][0] == OutgoingState.SENT
    left = {str(row.key) for row in rows if states[row.pk][0] == OutgoingState.SENT}
    heard = [(taken.key.strip("<>").partition("@")[0], taken) for taken in sink.taken]
    heard += [(taken.key, taken) for taken in gateway.taken]
    assert {key for key, _taken in heard} == left  # All of them at least once, and nothing else.
    unexplained, again = repetitions(heard, killed_at)
    assert unexplained == []
    if SOAK:
        troubles = dict(gateway.troubles) | {f"mail {name}": number for name, number in sink.troubles.items()}
        print(f"{len(accidents)} accidents; {len(left)} left, {len(heard)} heard, {again} again after one; {troubles}")
        assert again / len(left) < 0.01
    assert gateway.troubles["hang_up_after"] + gateway.troubles["busy"] > 0  # They did fail at random.


def repetitions(heard, killed_at) -> tuple[list, int]:
    """Messages that came again though their yes was heard and no accident fell between; and how many came again after one.

    One accident can explain one message for each process that sends, and no more.
    """
    times, explained, unexplained = defaultdict(list), Counter(), []
    for key, taken in heard:
        times[key].append(taken)
    for key, deliveries in times.items():
        for first, second in pairwise(sorted(deliveries, key=lambda one: one.at)):
            if not first.was_heard:
                continue
            between = [at for at in killed_at if first.at <= at <= second.at and explained[at] < SENDERS]
            if between:
                explained[between[0]] += 1
            else:
                unexplained.append((key, first.at, second.at, killed_at))
    return unexplained, explained.total()
