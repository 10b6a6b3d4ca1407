"""When silence about a sign-in becomes an alert: in the evening of its own day."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from cases.models import SignInDuty
from cases.services.protection import alert_of_silent_sign_ins
from cases.services.sign_in_days import LAST_ZONE, closed_days
from ngo.models import Organisation

OFFICES_CLOSE_AT = time(18)  # LFPA 30: without another hour, an agency works from 8:00 to 18:00.


def day_that_is_over(now: datetime) -> date:
    """The last day on which every office of the country has shut already: the last clock says so, on which it strikes last."""
    here = now.astimezone(LAST_ZONE)
    return here.date() if here.time() >= OFFICES_CLOSE_AT else here.date() - timedelta(days=1)


def look(now: datetime | None = None) -> int:
    """Alert of every sign-in whose day is over without a word; safe to repeat, and by several at once. Returns how many."""
    day = day_that_is_over(now or timezone.now())
    due = SignInDuty.objects.running().filter(next_on__lte=day)
    houses = Organisation.objects.filter(pk__in=due.values("claim__process__organisation")).order_by("pk")
    return sum(alert_of_silent_sign_ins(house, day, closed_days) for house in houses)
