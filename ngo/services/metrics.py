"""What `/metrics` tells a Prometheus: how old the last sweep is, what waits, what became of the messages of the last 24 hours.

Of the whole installation, and without a label that names an organisation, a person or a text.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cases.models import Reminder, SendingPause
from ngo.messaging.outboxes import in_short, outboxes_beside
from ngo.models import Heartbeat
from ngo.models.health import SWEEP, TRIPS
from ngo.timetable import TIMETABLE

QUANTILES = ("0.5", "0.95")
SPAN = timedelta(hours=24)
AGES = {
    SWEEP: ("posada_sweep_age_seconds", "Since what was due was last sent."),
    TRIPS: ("posada_trips_age_seconds", "Since it was last looked who is not back from a trip."),
    "worker": ("posada_worker_age_seconds", "Since a worker last ran a task."),
    "beat": ("posada_beat_age_seconds", "Since beat last sent one."),
}
# The organisations first: their index by day leads to the rows of one day, whatever else the table holds.
COUNTS = """
SELECT state, channel, count(*) FROM ngo_organisation organisation
JOIN cases_reminder reminder ON reminder.organisation_id = organisation.id
WHERE due_at > %(since)s AND due_at <= %(now)s GROUP BY state, channel ORDER BY state, channel
"""
WAITED = """
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - due_at))
FROM ngo_organisation organisation JOIN cases_reminder reminder ON reminder.organisation_id = organisation.id
WHERE due_at > %(since)s AND due_at <= %(now)s AND state IN ('sent', 'delivered') AND channel <> 'house'
"""
OVERDUE = """
SELECT count(*), extract(epoch FROM %(now)s - min(due_at)) FROM cases_reminder
WHERE state IN ('pending', 'claimed') AND next_try_at <= %(now)s AND channel <> 'house'
"""


class _Sending(Collector):
    def collect(self) -> Iterator[Any]:
        try:
            found = list(_gauges())
        except DatabaseError:  # An answer too: whoever watches sees that nothing else could be counted.
            found = []
        yield _gauge("posada_database_up", "Whether the database answered.", 1.0 if found else 0.0)
        yield from found


def exposition() -> bytes:
    """The figures of this moment in the text format of Prometheus. Six queries. Never raises where the database is away."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Sending())
    return generate_latest(registry)


def _gauges() -> Iterator[Any]:
    now = timezone.now()
    works = [work.name for work in TIMETABLE]
    beats = dict(Heartbeat.objects.filter(name__in=[*AGES, *works]).values_list("name", "beat_at"))
    for name, (metric, what) in AGES.items():
        if name in beats:  # What never was has no age.
            yield _gauge(metric, what, (now - beats[name]).total_seconds())
    done = GaugeMetricFamily("posada_work_age_seconds", "Since a piece of regular work was last done.", labels=["work"])
    for name in works:
        if name in beats:
            done.add_metric([name], (now - beats[name]).total_seconds())
    yield done
    when = {"now": now, "since": now - SPAN}
    with connection.cursor() as cursor:
        overdue, age = cursor.execute(OVERDUE, when).fetchone()
        counts = cursor.execute(COUNTS, when).fetchall()
        [waited] = cursor.execute(WAITED, when).fetchone()
    yield _gauge("posada_notices_overdue", "Messages that are due and have not left.", overdue)
    yield _gauge("posada_notices_oldest_due_seconds", "Age of the oldest of them; 0 where there is none.", age or 0)
    notices = GaugeMetricFamily(
        "posada_notices_last_day", "Messages that were due in the last 24 hours.", labels=["state", "channel"]
    )
    for state, channel, count in counts:
        notices.add_metric([state, channel], count)
    yield notices
    waits = GaugeMetricFamily(
        "posada_notices_wait_seconds", "From due to sent, of the last 24 hours.", labels=["quantile"]
    )
    for quantile, seconds in zip(QUANTILES, waited or [], strict=False):
        waits.add_metric([quantile], float(seconds))
    yield waits
    others = {name: model._default_manager.all() for name, model in outboxes_beside(Reminder).items()}
    late = GaugeMetricFamily("posada_outbox_overdue", "What is no reminder: due, and has not left.", labels=["outbox"])
    lost = GaugeMetricFamily(
        "posada_outbox_failed_last_day", "Of what was due in the last 24 hours, what failed.", labels=["outbox"]
    )
    for name, box in in_short(others, now).items():
        late.add_metric([name], box.overdue)
        lost.add_metric([name], box.failed)
    yield from (late, lost)
    paused = SendingPause.objects.filter(ended_at=None).count()
    yield _gauge("posada_sending_paused", "Organisations whose sending is stopped.", paused)


def _gauge(name: str, what: str, value: Any) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=float(value))
