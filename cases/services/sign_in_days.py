"""The rhythm of sign-ins, and on which days an office takes none: what every list of days leaves out, and closures that say so.

A day that only some lists leave out counts as open: nobody may stay away on a day on which the office may be open.
"""

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from cases.clock_engine import engine_of
from cases.models import Authority, SignInDuty
from ngo.models import OfficeKind

Closed = Callable[[date], bool]  # Whether an office takes no sign-ins on a day.
LAST_ZONE = ZoneInfo("America/Tijuana")  # The last clock of the country on which a day ends.
MOST_SKIPPED = 120  # Days in a row on which no sign-in is taken.

AUTHORITIES = {OfficeKind.COMAR: "comar", OfficeKind.INM: "inm"}  # By the code of the clock engine.


def closed_days(duty: SignInDuty) -> Closed:
    """Whether the office of this duty takes no sign-in on a day. Without an office, the commission's own days hold."""
    code = AUTHORITIES.get(OfficeKind(duty.office.kind), "comar") if duty.office else "comar"
    authority = Authority.objects.filter(code=code).first()
    if authority is None:
        return at_weekends
    engine = engine_of(duty.claim.process.organisation_id)
    days = engine.shared(authority.pk)

    def is_closed(day: date) -> bool:
        closure = engine.closure_on(authority.pk, day, duty.office_id)
        return (closure is not None and closure.takes_no_sign_in) or not days.is_working(day)

    return is_closed


def at_weekends(day: date) -> bool:
    """Closed on Saturdays and Sundays alone: for whoever knows no closures of the office."""
    return day.weekday() >= 5


def first_open(day: date, is_closed: Closed) -> date:
    """This day, or the first one after it on which the office takes sign-ins."""
    for _skipped in range(MOST_SKIPPED):
        if not is_closed(day):
            return day
        day += timedelta(days=1)
    return day


def next_sign_in(due_on: date, every_days: int, is_closed: Closed = at_weekends) -> date:
    """The day of the next sign-in: so many days after the one that was due, and the next day on which the office takes them."""
    return first_open(due_on + timedelta(days=every_days), is_closed)


def after(due_on: date, meant_on: date | None, every_days: int, is_closed: Closed) -> tuple[date, date | None]:
    """The sign-in after one, and the day that was meant where the office takes none on it.

    It counts from the day that was meant: who signs on Mondays signs on Monday again after a Monday on which it was shut.
    """
    meant = (meant_on or due_on) + timedelta(days=every_days)
    while (day := first_open(meant, is_closed)) <= due_on:
        meant += timedelta(days=every_days)
    return day, meant if day != meant else None


def days_from_next(duty: SignInDuty, last: date, is_closed: Closed, *, and_one: bool = False) -> list[date]:
    """Every day until `last` on which somebody must sign, and the first one after it where asked (`and_one`).

    From the next one on of which nobody wrote what became of it: an answer that is missing does not stop the rhythm.
    """
    days, on, meant = [], duty.next_on, duty.meant_on
    while on <= last:
        days.append(on)
        on, meant = after(on, meant, duty.every_days, is_closed)
    return [*days, on] if and_one else days
