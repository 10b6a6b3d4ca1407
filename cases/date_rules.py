"""Rules by which dates move in bulk: so many days or months later, and what holds where nobody works on that day.

Dates of the calendar alone: the hour stays on the wall clock of the place, whatever its zone does in between.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import pgettext_lazy


class ShiftUnit(models.TextChoices):
    DAYS = "days", pgettext_lazy("rule", "days later")
    MONTHS = "months", pgettext_lazy("rule", "months later")


class ClosedDay(models.TextChoices):
    """What holds where the new day is one on which nobody works."""

    KEEP = "keep", pgettext_lazy("rule", "That day all the same")
    MONDAY = "monday", pgettext_lazy("rule", "If it is a weekend, the Monday after")
    WORKING = "working", pgettext_lazy("rule", "If it is no working day, the next one of the authority")


@dataclass(frozen=True)
class Rule:
    """How one date becomes another. Either `to`, or `shift` of a `unit`; then what `closed` says, by `working_from`.

    `working_from` gives a day, or the first one after it on which the authority works; it is asked for WORKING alone.
    """

    shift: int = 0
    unit: str = ShiftUnit.DAYS
    to: date | None = None
    closed: str = ClosedDay.KEEP
    working_from: Callable[[date], date] | None = None

    def moved(self, day: date) -> date:
        """The new date. Raises OverflowError where the calendar ends before it."""
        if self.to is not None:
            new = self.to
        elif self.unit == ShiftUnit.MONTHS:
            new = months_later(day, self.shift)
        else:
            new = day + timedelta(days=self.shift)
        if self.closed == ClosedDay.MONDAY:
            return monday_if_weekend(new)
        if self.closed == ClosedDay.WORKING and self.working_from is not None:
            return self.working_from(new)
        return new


def months_later(day: date, months: int) -> date:
    """The same day so many months later; where that month is shorter, its last day. Raises OverflowError past the calendar."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("The calendar ends before that date.")
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def monday_if_weekend(day: date) -> date:
    """A Saturday or a Sunday becomes the Monday after; every other day stays."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day
