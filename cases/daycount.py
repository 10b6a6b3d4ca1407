"""Counting days as the law counts them: pure functions, without Django and without a database.

A reading says how to count: so many working or calendar days, from the day of the event or from the day after it. A calendar
says which days do not count. Two calendars give the two results of a clock: *safe* leaves out only the days that every list
leaves out, so that it is never later than any list; *likely* leaves out every day that any list or any closure leaves out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays

ONE_DAY = timedelta(days=1)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)  # Beyond these no event is believed.
MOST = 1000  # Days of one reading.
SATURDAY = 5
WORKING, CALENDAR = "working", "calendar"  # Units.
EVENT_DAY, NEXT_DAY = "event_day", "next_day"  # Where day 1 is looked for.


class OutOfRange(ValueError):
    """The event, or the last day that would follow from it, lies beyond the years that are counted."""


# --- Lists of days that are no working days ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Cycle:
    """A day that comes every so many years: the handover of the Executive."""

    month: int
    day: int
    since: int
    every: int

    def falls_in(self, year: int) -> bool:
        return year >= self.since and (year - self.since) % self.every == 0


@dataclass(frozen=True)
class DayList:
    """One list of non-working days: those that a law writes, or those that the `holidays` package keeps for a country."""

    code: str
    fixed: tuple[tuple[int, int], ...] = ()  # (month, day) of every year.
    cycles: tuple[Cycle, ...] = ()
    country: str = ""  # ISO code: the package's public holidays of this country, those that are moved as moved.

    def days_of(self, year: int) -> frozenset[date]:
        return _days_of(self, year)


@lru_cache(maxsize=2048)
def _days_of(days: DayList, year: int) -> frozenset[date]:
    found = {date(year, month, day) for month, day in days.fixed}
    found |= {date(year, one.month, one.day) for one in days.cycles if one.falls_in(year)}
    if days.country:
        found |= {day for day in holidays.country_holidays(days.country, years=year) if day.year == year}
    return frozenset(found)


@dataclass(frozen=True)
class Span:
    """Days from the first to the last on which an authority does not work or its clocks do not run; `key` names the row."""

    first: date
    last: date
    key: int = 0


# --- Calendars ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LeftOut:
    """One day, or days in a row, from Monday to Friday, that did not count. `key` is the closure's; 0 for the lists."""

    first: date
    last: date
    key: int = 0


class Calendar:
    """Which days are working days: the years are worked out when they are first asked for.

    `shared` leaves out only what all lists leave out, and no closure: the safe reading. Without it every list and every span
    counts: the likely one.
    """

    def __init__(self, lists: Sequence[DayList], spans: Iterable[Span] = (), *, shared: bool = False):
        self.lists, self.shared = tuple(lists), shared
        self._closed: dict[int, int] = {}
        for span in () if shared else spans:
            first, last = max(span.first, EARLIEST), min(span.last, LATEST)
            for day in range(first.toordinal(), last.toordinal() + 1):
                self._closed.setdefault(day, span.key)
        self._working: list[int] = []  # Ordinals of the working days, of the years that are worked out.
        self._left_out: list[tuple[int, int]] = []  # Ordinals of the other weekdays, each with the key of its closure.
        self._from = self._until = 0  # The years that are worked out: [from, until).

    def is_working(self, day: date) -> bool:
        self._reach(day.year, day.year)
        return _holds(self._working, day.toordinal())

    def working_from(self, day: date) -> date:
        """The first working day on this day or after it."""
        return self.nth_working(day - ONE_DAY, 1)

    def nth_working(self, after: date, count: int) -> date:
        """The working day that is the `count`-th one after a day."""
        if not 1 <= count <= MOST:
            raise OutOfRange(count)
        self._reach(after.year, after.year)
        place = bisect_right(self._working, after.toordinal()) + count - 1
        while place >= len(self._working):
            self._reach(self._until, self._until)
        return date.fromordinal(self._working[place])

    def working_between(self, first: date, last: date) -> int:
        """How many working days there are from the first to the last, both counted."""
        if last < first:
            return 0
        self._reach(first.year, last.year)
        return bisect_right(self._working, last.toordinal()) - bisect_left(self._working, first.toordinal())

    def left_out(self, first: date, last: date) -> tuple[LeftOut, ...]:
        """The days from Monday to Friday in between that do not count; what one closure takes stands together."""
        if last < first:
            return ()
        self._reach(first.year, last.year)
        begin = bisect_left(self._left_out, (first.toordinal(), -1))
        found: list[LeftOut] = []
        for ordinal, key in self._left_out[begin:]:
            if ordinal > last.toordinal():
                break
            day = date.fromordinal(ordinal)
            if key and found and found[-1].key == key:
                found[-1] = LeftOut(found[-1].first, day, key)
            else:
                found.append(LeftOut(day, day, key))
        return tuple(found)

    def _reach(self, first: int, last: int) -> None:
        """Work the years from the first to the last out, and those between them and what is there."""
        if not EARLIEST.year - 1 <= first <= last <= LATEST.year:
            raise OutOfRange((first, last))
        if self._until == 0:
            self._from = self._until = first
        for year in range(self._from - 1, first - 1, -1):
            working, left_out = self._year(year)
            self._working[:0], self._left_out[:0] = working, left_out
            self._from = year
        for year in range(self._until, last + 1):
            working, left_out = self._year(year)
            self._working += working
            self._left_out += left_out
            self._until = year + 1

    def _year(self, year: int) -> tuple[list[int], list[tuple[int, int]]]:
        days = [one.days_of(year) for one in self.lists]
        listed = frozenset.intersection(*days) if self.shared and days else frozenset().union(*days)
        off = {day.toordinal() for day in listed}
        first, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        weekdays = [day for day in range(first, end + 1) if (day - 1) % 7 < SATURDAY]  # Ordinal 1 is a Monday.
        working = [day for day in weekdays if day not in off and day not in self._closed]
        # A day of a list that also lies in a closure is left out by the list: it would be without the closure, too.
        left_out = [
            (day, 0 if day in off else self._closed[day]) for day in weekdays if day in off or day in self._closed
        ]
        return working, left_out


def _holds(ordinals: list[int], ordinal: int) -> bool:
    place = bisect_left(ordinals, ordinal)
    return place < len(ordinals) and ordinals[place] == ordinal


# --- Readings of a rule ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """How a text counts. `rolls`: a last day on which nobody works becomes the next working day."""

    count: int
    unit: str = WORKING
    start: str = NEXT_DAY
    rolls: bool = False


@dataclass(frozen=True)
class Counted:
    """What came of it, with everything that an explanation needs."""

    event: date
    first: date  # Day 1.
    last: date
    left_out: tuple[LeftOut, ...] = field(default=())
    rolled_from: date | None = None  # The last day as counted, where it moved on.


def counted(reading: Reading, event: date, calendar: Calendar, *, after_hours: bool = False) -> Counted:
    """The last day of a reading. `after_hours`: what was done when the office had shut counts as done on its next day."""
    if not EARLIEST <= event <= LATEST:
        raise OutOfRange(event)
    happened = calendar.working_from(event + ONE_DAY) if after_hours else event
    before = happened - ONE_DAY if reading.start == EVENT_DAY else happened
    if reading.unit == WORKING:
        first, last = calendar.nth_working(before, 1), calendar.nth_working(before, reading.count)
        return Counted(event, first, last, calendar.left_out(min(event, before) + ONE_DAY, last))
    first, last = before + ONE_DAY, before + timedelta(days=reading.count)
    moved = calendar.working_from(last) if reading.rolls else last
    rolled_from = last if moved != last else None
    return Counted(event, first, moved, calendar.left_out(last, moved) if rolled_from else (), rolled_from)


@dataclass(frozen=True)
class Result:
    """Both ends of a clock: by when the person must have acted, and until when the authority may take."""

    safe: Counted
    likely: Counted


def both(
    safe: Reading,
    likely: Reading,
    event: date,
    shared: Calendar,
    every: Calendar,
    *,
    after_hours: bool = False,
) -> Result:
    """The two results of a rule. Whatever its readings say, *safe* is the earlier one: nobody relies on the later date."""
    early, late = counted(safe, event, shared), counted(likely, event, every, after_hours=after_hours)
    return Result(early, late) if early.last <= late.last else Result(late, late)
