"""When this floor does something by itself: each task calls a service."""

from cases.services import (
    documents,
    drafts,
    misses,
    pairs,
    referral_notices,
    referrals,
    reminders,
    sending,
    sign_in_clock,
    warnings,
)
from ngo.celery import app


@app.task
def remove_expired_drafts() -> None:
    drafts.remove_expired_drafts()


@app.task
def send_due_reminders() -> None:
    """Also where another worker is at it: each row is claimed by one of them."""
    sending.send_due()


@app.task
def plan_notices() -> None:
    """What no page plans: notices of sign-ins, papers, limits of the law, stays and beds that are held."""
    reminders.plan_ahead()


@app.task
def look_after_sign_ins() -> None:
    """A sign-in of which nobody wrote anything alerts on the evening of its day: each of them once."""
    sign_in_clock.look()


@app.task
def ask_about_appointments() -> None:
    """An appointment of which nobody wrote what became of it is asked about the day after: each of them once."""
    misses.ask_about_silence()


@app.task
def compare_new_people() -> None:
    """Looks whether those who were registered or corrected have a file here already."""
    pairs.compare_new_people()


@app.task
def look_at_dates() -> None:
    """Limits of law and papers whose end comes near become tasks, each of them once."""
    warnings.look()


@app.task
def sweep_documents() -> None:
    """Erase the files of documents that were removed a month ago, and those that no row names."""
    documents.sweep()


@app.task
def sweep_referrals() -> None:
    """Write down which referrals nobody answered in time and which times of sharing are over; tell who must look."""
    referrals.sweep()
    referral_notices.send_notices()
