"""When this floor does something by itself: each task calls a service."""

from ngo.celery import app
from shelters.services import authority_notices, report_clock, trip_alarms


@app.task
def look_after_reports() -> None:
    """Also where another worker is at it: a unique row, or a locked one, decides who drafts, freezes and sends."""
    report_clock.look()


@app.task
def tell_of_changed_dates() -> None:
    """Families whose date an authority changed: each row is claimed by one sender."""
    authority_notices.send_notices()


@app.task
def look_after_trips() -> None:
    """Who is not back is told of, and trips that ended a day ago are erased: also where another worker is at it."""
    trip_alarms.look()
