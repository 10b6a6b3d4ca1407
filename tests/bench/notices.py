"""Notices to phones: how many leave in a second, how long many of them take to plan, and whether memory stays flat.

One worker of the two that an installation has, against a gateway on the loopback, beside a bare loop that claims rows, posts them
with httpx over one connection and records them: without a last look, without words made.
"""

import gc
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from datetime import timedelta
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

import httpx
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from psycopg import Connection

from cases.models import Appointment, Reminder
from cases.services import reminders
from cases.services.sending import send_due
from ngo.crypto import decrypt
from ngo.messaging.gateway_settings import gateway
from ngo.settings import BASE_DIR
from tests.bench.measuring import Row
from tests.bench.sites import Site

THROUGHPUT_GOAL, PLAN_GOAL, MEMORY_GOAL = 0.6, 4.0, 1.15
ROUNDS, NOTICES = 5, 1000
PLANNED, SENT = 100_000, 100_000  # At full size; of a smaller installation its share.
A_DATE_HAS, AT_ONCE = 3, 2000  # Notices.


def measure(site: Site, only: str = "", notices: int = NOTICES, share: float = 1.0) -> list[Row]:
    """The rows whose names hold `only`. `share` is how much of the full size is planned and sent."""
    rows = []
    if only in "reminders-throughput":
        rows.append(throughput(site, notices))
    if only in "plan-100k":
        rows.append(plan(site, max(10, int(PLANNED * share))))
    if only in "send-memory":
        rows.append(memory(site, max(100, int(SENT * share))))
    return rows


# --- Throughput ----------------------------------------------------------------------------------------------------------
def throughput(site: Site, notices: int) -> Row:
    """Notices per second of one worker, as a share of the bare loop's."""
    with a_gateway() as (port, configured), override_settings(SMS_GATEWAY=configured):
        rates: tuple[list[float], list[float]] = ([], [])
        for _round in range(ROUNDS):
            for rate, work in zip(rates, (lambda: ours(site), lambda: bare(site.by_hand, port)), strict=True):
                make_due(site.by_hand, notices)
                begun = perf_counter()
                sent = work()
                rate.append(sent / (perf_counter() - begun))
    name, unit = "reminders-throughput", "notices per second"
    return Row(name, median(rates[0]), unit, median(rates[1]), THROUGHPUT_GOAL, higher_is_better=True)


@contextmanager
def a_gateway() -> Iterator[tuple[int, Any]]:
    """A gateway in a process of its own: its port, and what SMS_GATEWAY is with it."""
    words = [sys.executable, "-m", "tests.bench.gateway_sink"]
    with subprocess.Popen(words, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdin
        assert sink.stdout
        port = int(sink.stdout.readline())
        try:
            yield (
                port,
                gateway(
                    "SMS_URL", f"json+http://bench@127.0.0.1:{port}/messages?secret=bench-secret-bench&rate=100000"
                ),
            )
        finally:
            sink.stdin.close()


# The demo's families have a phone; here each of them wants messages on it, in a place where it is the middle of the day.
WANT_MESSAGES = """
UPDATE cases_phone SET channel = 'sms', agreed_at = now(), opted_out_at = NULL, failed_at = NULL WHERE removed_at IS NULL
"""
AWAKE = "UPDATE cases_appointment SET home_zone = %(zone)s WHERE leave_shelter_at > now() AND home_zone <> %(zone)s"
OFF = "UPDATE cases_reminder SET state = 'cancelled', claim = NULL, claimed_until = NULL WHERE state IN ('pending', 'claimed')"
DUE = """
INSERT INTO cases_reminder (key, channel, state, due_at, next_try_at, expires_at, attempts, provider_id, last_error, reason,
                            organisation_id, family_id, source, source_id, occasion, appointment_id, rule_id, words, phone_id,
                            language)
SELECT gen_random_uuid(), 'sms', 'pending', now(), now() - interval '1 minute', now() + interval '1 hour', 0, '', '', '',
       appointment.organisation_id, appointment.family_id, 'appointment', appointment.id, current_date + time_round::int,
       appointment.id, NULL, 'reminder', phone.id, 'es'
FROM generate_series(1, %(times)s) AS time_round
CROSS JOIN (SELECT * FROM cases_appointment WHERE state = 'planned' AND leave_shelter_at > now() + interval '1 day') appointment
JOIN cases_phone phone ON phone.family_id = appointment.family_id AND phone.removed_at IS NULL
WHERE EXISTS (SELECT FROM cases_consent consent WHERE consent.family_id = appointment.family_id AND purpose = 'reminders'
              AND decision = 'given' AND withdrawn_at IS NULL)
ORDER BY time_round, appointment.id LIMIT %(notices)s
"""


def make_due(db: Connection, notices: int) -> int:
    """So many notices to phones are due now, and nothing else is. There are fewer families than notices: each round of them is
    about another day."""
    hour = timezone.now().hour
    db.execute(WANT_MESSAGES)
    db.execute(AWAKE, {"zone": f"Etc/GMT{hour - 12:+d}"})
    db.execute(OFF)
    db.execute("DELETE FROM cases_reminder WHERE rule_id IS NULL")
    made = db.execute(DUE, {"notices": notices, "times": notices}).rowcount
    if not made:
        sys.exit("There is no family that could be sent a notice.")
    return made


def ours(site: Site) -> int:
    with site.using():
        sent = 0
        while (swept := send_due()).touched:
            sent += swept.sent
        return sent


CLAIM = """
UPDATE cases_reminder SET state = 'claimed', claim = %(claim)s, claimed_until = now() + interval '5 minutes'
WHERE id IN (SELECT id FROM cases_reminder WHERE state = 'pending' AND next_try_at <= now()
             ORDER BY next_try_at, id LIMIT 50 FOR UPDATE SKIP LOCKED)
RETURNING id, key, (SELECT number FROM cases_phone WHERE id = phone_id)
"""
RECORD = """
UPDATE cases_reminder
SET state = 'sent', claim = NULL, claimed_until = NULL, attempts = 1, sent_at = now(), provider_id = %(said)s
WHERE id = %(id)s AND claim = %(claim)s
"""
TEXT = "Hola, recuerde su cita del martes 1 de diciembre."


def bare(db: Connection, port: int) -> int:
    """Claim, post, record."""
    sent = 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer bench"}) as client:
        while claimed := db.execute(CLAIM, {"claim": (claim := uuid.uuid4())}).fetchall():
            for pk, key, number in claimed:
                answer = client.post("/messages", json={"id": str(key), "to": decrypt(number), "text": TEXT})
                db.execute(RECORD, {"id": pk, "claim": claim, "said": answer.json()["id"]})
                sent += 1
    return sent


# --- Planning ---------------------------------------------------------------------------------------------------------------
class Undone(Exception):
    """Ends a transaction that was only measured."""


def plan(site: Site, notices: int) -> Row:
    """Planning so many notices, as after an authority moved everybody: seconds beside writing the same rows and no more.

    Of the appointments that lie ahead; where those are too few, of the same on later days too, which are undone.
    """
    took, bare_took, made = [0.0], [0.0], []
    with site.using(), suppress(Undone), transaction.atomic():
        rows = ahead(max(1, notices // A_DATE_HAS))
        with measured(rows) as took:
            begun = perf_counter()
            reminders.plan_many(appointments=rows)
            took.append(perf_counter() - begun)
            made = list(Reminder.objects.filter(appointment__in=rows))
        for row in made:
            row.pk, row.key = None, uuid.uuid4()
        with measured(rows) as bare_took:
            begun = perf_counter()
            Reminder.objects.bulk_create(made, batch_size=2000)
            bare_took.append(perf_counter() - begun)
        raise Undone
    return Row("plan-100k", took[0], f"s for {len(made)} notices", bare_took[0], PLAN_GOAL)


def ahead(dates: int) -> list[Appointment]:
    """So many appointments that lie ahead, within a transaction that is undone."""
    there = Appointment.objects.upcoming(timezone.now() + timedelta(days=1)).select_related("kind")
    rows = list(there[:dates])
    for days in count(1):
        if len(rows) >= dates:
            return rows
        again = [copy(row) for row in rows[: min(len(there), dates - len(rows))]]
        for row in again:
            row.pk, row._state.adding = None, True
            row.local_date += timedelta(days=days)
            for name in ("leave_shelter_at", "report_at", "starts_at"):
                setattr(row, name, getattr(row, name) + timedelta(days=days))
        rows += Appointment.objects.bulk_create(again, batch_size=2000)
    raise AssertionError


@contextmanager
def measured(rows: list[Appointment]) -> Iterator[list[float]]:
    """Without a notice of these appointments, and as it was before afterwards."""
    took: list[float] = []
    with suppress(Undone), transaction.atomic():
        Reminder.objects.filter(appointment__in=rows).delete()
        yield took
        raise Undone


# --- Memory -----------------------------------------------------------------------------------------------------------------
def memory(site: Site, notices: int) -> Row:
    """What the process holds after it sent so many, beside what it held after the first of them; in megabytes."""
    with a_gateway() as (_port, configured), override_settings(SMS_GATEWAY=configured):
        sent, first = 0, 0.0
        while sent < notices:
            make_due(site.by_hand, min(AT_ONCE, notices))
            now = ours(site)
            if not now:
                sys.exit("Nothing was sent: memory cannot be measured.")
            sent += now
            first = first or held()
    return Row("send-memory", held(), f"MB after {sent} notices", first, MEMORY_GOAL)


def held() -> float:
    """Megabytes of this process in memory now."""
    gc.collect()
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
