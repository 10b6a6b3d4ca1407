"""Rules by which dates move in bulk: month ends, weekends, working days; and the hour that stays where clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.date_rules import ClosedDay, Rule, ShiftUnit, monday_if_weekend, months_later
from cases.walltime import instant_at

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "becomes"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)),
        (date(2026, 3, 31), 13, date(2027, 4, 30)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(day, months, becomes):
    assert months_later(day, months) == becomes


@pytest.mark.parametrize(
    ("day", "becomes"),
    [
        (date(2020, 5, 4), date(2020, 6, 4)),  # A Thursday.
        (date(2020, 5, 6), date(2020, 6, 8)),  # The 6th is a Saturday.
        (date(2020, 5, 7), date(2020, 6, 8)),  # The 7th is a Sunday.
        (date(2020, 5, 8), date(2020, 6, 8)),
        (date(2020, 5, 31), date(2020, 6, 30)),
        (date(2021, 1, 31), date(2021, 3, 1)),  # 28 February 2021 is a Sunday.
    ],
)
def test_one_month_later_and_if_it_is_a_weekend_the_monday_after(day, becomes):
    assert Rule(shift=1, unit=ShiftUnit.MONTHS, closed=ClosedDay.MONDAY).moved(day) == becomes


@given(DAYS, st.integers(min_value=1, max_value=24))
def test_months_later_lands_in_that_month_and_never_past_its_end(day, months):
    new = months_later(day, months)
    assert (new.year * 12 + new.month) - (day.year * 12 + day.month) == months
    assert new.day == day.day or (new.day < day.day and (new + timedelta(days=1)).month != new.month)


@given(DAYS, DAYS, st.integers(min_value=1, max_value=24))
def test_who_was_first_is_not_later_afterwards(one, other, months):
    rule = Rule(shift=months, unit=ShiftUnit.MONTHS, closed=ClosedDay.MONDAY)
    first, second = sorted([one, other])
    assert rule.moved(first) <= rule.moved(second)
    assert rule.moved(first).weekday() < 5


@given(DAYS, st.integers(min_value=1, max_value=731))
def test_days_later_is_so_many_days_or_the_monday_after(day, days):
    plain = Rule(shift=days).moved(day)
    assert plain - day == timedelta(days=days)
    assert Rule(shift=days, closed=ClosedDay.MONDAY).moved(day) - plain in {
        timedelta(0),
        timedelta(days=1),
        timedelta(days=2),
    }
    assert monday_if_weekend(monday_if_weekend(plain)) == monday_if_weekend(plain)


def test_to_one_day_and_to_the_next_working_day_of_an_authority():
    assert Rule(to=date(2027, 1, 16), closed=ClosedDay.MONDAY).moved(date(2026, 5, 1)) == date(2027, 1, 18)
    shut = {date(2027, 2, 1), date(2027, 2, 2)}

    def working_from(day):
        while day in shut or day.weekday() >= 5:
            day += timedelta(days=1)
        return day

    rule = Rule(shift=1, unit=ShiftUnit.MONTHS, closed=ClosedDay.WORKING, working_from=working_from)
    assert rule.moved(date(2027, 1, 1)) == date(2027, 2, 3)
    with pytest.raises(OverflowError):
        months_later(date(9999, 12, 1), 1)


# Both changes of clocks: the day before each and the day after. An hour on the wall stays, its instant does not.
@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("America/Tijuana", (8, 7), (7, 8)),
        ("America/Ciudad_Juarez", (7, 6), (6, 7)),
        ("America/Matamoros", (6, 5), (5, 6)),
        ("America/Hermosillo", (7, 7), (7, 7)),
    ],
)
def test_the_hour_on_the_wall_stays_over_both_changes_of_clocks(zone, spring, autumn):
    week = Rule(shift=7)
    for day, (before, after) in ((date(2027, 3, 10), spring), (date(2026, 10, 28), autumn)):
        new = week.moved(day)
        assert instant_at(zone, day, time(9)) == datetime(day.year, day.month, day.day, 9 + before, tzinfo=UTC)
        assert instant_at(zone, new, time(9)) == datetime(new.year, new.month, new.day, 9 + after, tzinfo=UTC)
        assert instant_at(zone, new, time(9)).astimezone(ZoneInfo(zone)).time() == time(9)
