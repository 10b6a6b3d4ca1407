"""The clock of the reports: one look at what is due. As often as one likes, from any number of workers, after any downtime."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ngo.models import Heartbeat
from shelters.services import nudges, report_deliveries, reports

CLOCK = "reports"  # Its line among the heartbeats.


@dataclass(frozen=True)
class Looked:
    """What one look did."""

    drafted: int
    frozen: int
    sent: int
    failed: int


def look(now: datetime | None = None) -> Looked:
    """Draft what is due, freeze what nobody confirmed in time, send what is frozen; and nudge the houses that say nothing."""
    drafted = reports.draft_due(now)
    frozen = reports.send_due(now)
    swept = report_deliveries.send_reports()
    nudges.nudge_the_silent(now)
    nudges.send_nudges()
    Heartbeat.objects.note(**{CLOCK: timezone.now()})
    return Looked(drafted, frozen, swept.sent, swept.failed + swept.given_up)
