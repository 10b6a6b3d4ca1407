from django.db import models


class Heartbeat(models.Model):
    """When a part of the system last showed that it works; kept in PostgreSQL so that a dead broker cannot hide it."""

    name = models.CharField(max_length=20, unique=True)  # "worker" or "beat"
    beat_at = models.DateTimeField()

    def __str__(self):
        return f"{self.name} {self.beat_at:%Y-%m-%d %H:%M:%S}"
