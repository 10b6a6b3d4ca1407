"""When this floor does something by itself: each task calls a service."""

from cases.services import drafts
from ngo.celery import app


@app.task
def remove_expired_drafts() -> None:
    drafts.remove_expired_drafts()
