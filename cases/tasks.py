"""When this floor does something by itself: each task calls a service."""

from cases.services import drafts, pairs, reminders
from ngo.celery import app


@app.task
def remove_expired_drafts() -> None:
    drafts.remove_expired_drafts()


@app.task
def send_due_reminders() -> None:
    """Also where another worker is at it: each row is claimed by one of them."""
    reminders.send_due()


@app.task
def compare_new_people() -> None:
    """Looks whether those who were registered or corrected have a file here already."""
    pairs.compare_new_people()
