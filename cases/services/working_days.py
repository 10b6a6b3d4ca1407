"""Working days for notices, counted back from a day.

A reminder is better early than late: a Saturday, a Sunday and every public holiday of Mexico is no working day here, whether or
not the authority in question works on it. What the law counts is counted by the clock engine alone.
"""

from datetime import date, timedelta
from functools import cache

from cases.daycount import Calendar, DayList


@cache
def _calendar() -> Calendar:
    return Calendar([DayList("public", country="MX")])


def working_days_before(day: date, count: int) -> date:
    """The day that lies `count` working days before another one; with 0 the day itself, or the last working day before it."""
    calendar = _calendar()
    if count == 0:
        while not calendar.is_working(day):
            day -= timedelta(days=1)
        return day
    for _one in range(count):
        day -= timedelta(days=1)
        while not calendar.is_working(day):
            day -= timedelta(days=1)
    return day
