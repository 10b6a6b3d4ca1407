"""When this floor does something by itself: each task calls a service."""

from cases.services import drafts, pairs, reminders, sign_in_clock
from ngo.celery import app


@app.task
def remove_expired_drafts() -> None:
    drafts.remove_expired_drafts()


@app.task
def send_due_reminders() -> None:
    """Also where another worker is at it: each row is claimed by one of them."""
    reminders.send_due()


@app.task
def look_after_sign_ins() -> None:
    """A sign-in of which nobody wrote anything alerts on the evening of its day: each of them once."""
    sign_in_clock.look()


@app.task
def compare_new_people() -> None:
    """Looks whether those who were registered or corrected have a file here already."""
    pairs.compare_new_people()
