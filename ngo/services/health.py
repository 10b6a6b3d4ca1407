"""Is everything that should run running? Liveness is kept in PostgreSQL, so that a dead broker cannot hide itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ngo.models import Heartbeat
from ngo.models.health import NEWEST_HEARTBEAT, OLDEST_SWEEP, SWEEP, TRIPS

OLDEST_HEARTBEAT = timedelta(seconds=60)  # Beat sends one every 10 seconds.
FIRST_OUT = "SELECT min(left_at) FROM shelters_trip WHERE state IN ('out', 'warned', 'alarm')"


@dataclass(frozen=True)
class Readiness:
    """What `/readyz` answers. Ages are in seconds; None where there never was a heartbeat or nobody could look."""

    database: bool
    migrations_missing: int | None
    worker_age: float | None
    beat_age: float | None
    sweep_age: float | None = None  # Since what was due was last sent.
    trips_age: float | None = None  # Since it was last looked who is not back.
    out_age: float | None = None  # Since the first of those left who are out now.

    @property
    def migrations(self) -> bool:
        return self.migrations_missing == 0

    @property
    def worker(self) -> bool:
        return _is_fresh(self.worker_age)

    @property
    def beat(self) -> bool:
        return _is_fresh(self.beat_age)

    @property
    def sweep(self) -> bool:
        return _is_fresh(self.sweep_age, OLDEST_SWEEP)

    @property
    def trips(self) -> bool:
        """Where nobody ever looked, nobody is out there, or they left a moment ago."""
        age = self.out_age if self.trips_age is None else self.trips_age
        return age is None or _is_fresh(age, OLDEST_SWEEP)

    @property
    def is_ready(self) -> bool:
        return self.database and self.migrations and self.worker and self.beat and self.sweep and self.trips


def _is_fresh(age: float | None, oldest: timedelta = OLDEST_HEARTBEAT) -> bool:
    return age is not None and NEWEST_HEARTBEAT.total_seconds() <= age <= oldest.total_seconds()


@transaction.atomic
def record_heartbeat(*, sent_at: datetime) -> None:
    """Note that a worker ran a task now that beat had sent at this instant."""
    Heartbeat.objects.note(worker=timezone.now(), beat=sent_at)


def readiness() -> Readiness:
    """Look at everything once. Never raises on a database that is away: that is one of the answers."""
    try:
        missing = len(_migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations()))
        beats = dict(Heartbeat.objects.values_list("name", "beat_at")) if not missing else {}
        left_at = _first_out() if not missing and TRIPS not in beats else None
    except DatabaseError:
        return Readiness(database=False, migrations_missing=None, worker_age=None, beat_age=None)
    now = timezone.now()
    ages = {name: round((now - beat_at).total_seconds(), 1) for name, beat_at in beats.items()}
    out_age = round((now - left_at).total_seconds(), 1) if left_at else None
    return Readiness(True, missing, ages.get("worker"), ages.get("beat"), ages.get(SWEEP), ages.get(TRIPS), out_age)


def _first_out() -> datetime | None:
    """When the first of those left who are on a trip now."""
    with connection.cursor() as cursor:
        return cursor.execute(FIRST_OUT).fetchone()[0]


@cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    """Read once: a process runs the code that it started with."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(key for key, migration in loader.disk_migrations.items() if not migration.replaces)
