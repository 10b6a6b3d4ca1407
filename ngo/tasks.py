"""When the roof does what: each task calls a service."""

from datetime import datetime

from ngo.celery import app
from ngo.services import health


@app.task
def heartbeat(sent_at: str) -> None:
    """The worker lives, for it runs this; beat lived when it sent it."""
    health.record_heartbeat(sent_at=datetime.fromisoformat(sent_at))
