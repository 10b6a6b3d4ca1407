from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

SWEEP, TRIPS = "sweep", "trips"
NEWEST_HEARTBEAT = timedelta(seconds=-60)  # From further in the future, the clock was set back: it says nothing.
OLDEST_SWEEP = timedelta(minutes=5)  # One is due every 30 seconds. After that, the product says so itself, in red.


class HeartbeatQuerySet(models.QuerySet):
    def note(self, **beats: datetime) -> None:
        """Write when these parts last showed that they work."""
        rows: Any = [Heartbeat(name=name, beat_at=at) for name, at in beats.items()]
        self.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["beat_at"])


class Heartbeat(models.Model):
    """When a part of the system last showed that it works; kept in PostgreSQL so that a dead broker cannot hide it."""

    # "worker", "beat", "sweep": what was due was sent, "reports", "trips": the clock that notices who is not back.
    name = models.CharField(max_length=20, unique=True)
    beat_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self):
        return f"{self.name} {self.beat_at:%Y-%m-%d %H:%M:%S}"


def is_silent(swept_at: datetime | None, since: datetime) -> bool:
    """Whether nothing that was due has left for five minutes; where nothing ever did, counted since `since`.

    A sweep from further in the future says nothing: the clock was set back.
    """
    age = timezone.now() - (swept_at or since)
    return age > OLDEST_SWEEP or age < NEWEST_HEARTBEAT
