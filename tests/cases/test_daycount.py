"""Counting days without a database: the values of the annex on the law (B4), and what holds for every date."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.daycount import (
    CALENDAR,
    EVENT_DAY,
    MOST,
    NEXT_DAY,
    WORKING,
    Calendar,
    Cycle,
    DayList,
    LeftOut,
    OutOfRange,
    Reading,
    Span,
    both,
    counted,
)

LFT = DayList("lft", country="MX")
LFPA = DayList(
    "lfpa",
    fixed=((1, 1), (2, 5), (3, 21), (5, 1), (5, 5), (9, 1), (9, 16), (11, 20), (12, 25)),
    cycles=(Cycle(12, 1, since=2024, every=6),),
)
US = DayList("us", country="US")
CHRISTMAS = Span(date(2026, 12, 21), date(2027, 1, 5), 7)
day = date.fromisoformat


# --- The values of the annex -------------------------------------------------------------------------------------------

# Event, count: by the LFT alone, by the safe rule, by the LFPA alone.
B4 = [
    ("2026-01-12", 30, "2026-02-24", "2026-02-23", "2026-02-24"),
    ("2026-03-02", 30, "2026-04-14", "2026-04-13", "2026-04-13"),
    ("2026-04-20", 30, "2026-06-02", "2026-06-02", "2026-06-03"),
    ("2026-08-17", 30, "2026-09-29", "2026-09-29", "2026-09-30"),
    ("2026-11-09", 30, "2026-12-22", "2026-12-21", "2026-12-22"),
    ("2026-12-01", 30, "2027-01-14", "2027-01-14", "2027-01-14"),
    ("2026-01-12", 45, "2026-03-18", "2026-03-16", "2026-03-17"),
    ("2026-11-09", 15, "2026-12-01", "2026-11-30", "2026-12-01"),
]


@pytest.mark.parametrize(("event", "count", "by_lft", "safe", "by_lfpa"), B4)
def test_the_values_of_the_annex_hold(event, count, by_lft, safe, by_lfpa):
    calendars = [Calendar([LFT]), Calendar([LFT, LFPA], shared=True), Calendar([LFPA])]

    last = [str(counted(Reading(count), day(event), calendar).last) for calendar in calendars]

    assert last == [by_lft, safe, by_lfpa]


@pytest.mark.parametrize(("event", "last"), [("2026-11-09", "2027-01-07"), ("2026-12-01", "2027-01-28")])
def test_the_values_of_the_annex_with_a_christmas_closure_hold(event, last):
    assert str(counted(Reading(30), day(event), Calendar([LFT], [CHRISTMAS])).last) == last


def test_the_labour_list_alone_is_not_safe():
    """Against the agencies' own list it ends a day late in two of the cases."""
    late = [event for event, count, by_lft, _safe, by_lfpa in B4 if by_lft > by_lfpa]

    assert late == ["2026-03-02", "2026-01-12"]


def test_forty_five_days_from_12_january_are_16_and_19_march():
    result = both(
        Reading(45), Reading(45), day("2026-01-12"), Calendar([LFT, LFPA], shared=True), Calendar([LFT, LFPA])
    )

    assert (result.safe.last, result.likely.last) == (date(2026, 3, 16), date(2026, 3, 19))
    assert result.safe.left_out == ()
    assert [one.first for one in result.likely.left_out] == [date(2026, 2, 2), date(2026, 2, 5), date(2026, 3, 16)]


# --- The lists ---------------------------------------------------------------------------------------------------------


def test_the_package_knows_the_rest_days_of_the_labour_law():
    assert sorted(LFT.days_of(2026)) == [
        *(date(2026, 1, 1), date(2026, 2, 2), date(2026, 3, 16), date(2026, 5, 1), date(2026, 9, 16)),
        *(date(2026, 11, 16), date(2026, 12, 25)),
    ]
    assert date(2030, 10, 1) in LFT.days_of(2030)
    assert date(2026, 10, 1) not in LFT.days_of(2026)


def test_the_handover_of_the_agencies_list_is_still_1_december():
    assert date(2030, 12, 1) in LFPA.days_of(2030)
    assert date(2029, 12, 1) not in LFPA.days_of(2029)


def test_holidays_of_the_united_states_are_taken_on_the_day_they_are_moved_to():
    calendar = Calendar([US])

    assert not calendar.is_working(date(2026, 7, 3))  # The 4th is a Saturday.
    assert not calendar.is_working(date(2027, 12, 31))  # For 1 January 2028.
    assert calendar.is_working(date(2026, 5, 5))


def test_the_safe_calendar_leaves_out_the_four_days_of_every_list():
    safe = Calendar([LFT, LFPA], [CHRISTMAS], shared=True)
    weekdays = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    off = [one for one in weekdays if one.weekday() < 5 and not safe.is_working(one)]

    assert off == [date(2026, 1, 1), date(2026, 5, 1), date(2026, 9, 16), date(2026, 12, 25)]


# --- Readings ----------------------------------------------------------------------------------------------------------


def test_a_count_that_begins_on_the_day_itself_ends_a_day_earlier():
    calendar = Calendar([LFT])

    assert counted(Reading(15, start=EVENT_DAY), day("2026-11-09"), calendar).last == date(2026, 11, 30)
    assert counted(Reading(15, start=NEXT_DAY), day("2026-11-09"), calendar).last == date(2026, 12, 1)


def test_what_happens_on_a_sunday_begins_on_monday_either_way():
    firsts = {
        counted(Reading(5, start=start), date(2026, 11, 8), Calendar([LFT])).first for start in (EVENT_DAY, NEXT_DAY)
    }

    assert firsts == {date(2026, 11, 9)}


def test_what_was_filed_after_hours_counts_as_of_the_next_working_day():
    friday = date(2026, 11, 13)  # Monday 16 is a rest day.

    usual = counted(Reading(3), friday, Calendar([LFT]))
    late = counted(Reading(3), friday, Calendar([LFT]), after_hours=True)

    assert (usual.first, usual.last) == (date(2026, 11, 17), date(2026, 11, 19))
    assert (late.first, late.last) == (date(2026, 11, 18), date(2026, 11, 20))


def test_calendar_days_leave_nothing_out():
    result = counted(Reading(5, CALENDAR), date(2026, 12, 23), Calendar([LFT], [CHRISTMAS]))

    assert (result.last, result.left_out) == (date(2026, 12, 28), ())


def test_a_last_day_without_work_moves_on_where_the_rule_says_so():
    result = counted(Reading(5, CALENDAR, rolls=True), date(2026, 12, 23), Calendar([LFT], [CHRISTMAS]))

    assert (result.last, result.rolled_from) == (date(2027, 1, 6), date(2026, 12, 28))
    assert result.left_out[0].first == date(2026, 12, 28)


def test_five_calendar_days_are_the_safe_reading_of_five_working_days():
    result = both(Reading(5, CALENDAR), Reading(5), date(2026, 11, 25), Calendar([US], shared=True), Calendar([US]))

    assert (result.safe.last, result.likely.last) == (date(2026, 11, 30), date(2026, 12, 3))


def test_a_closure_is_named_once_and_a_holiday_in_it_stands_by_itself():
    result = counted(Reading(30), date(2026, 12, 1), Calendar([LFT], [CHRISTMAS]))

    assert result.left_out == (
        LeftOut(date(2026, 12, 21), date(2026, 12, 24), 7),
        LeftOut(date(2026, 12, 25), date(2026, 12, 25), 0),
        LeftOut(date(2026, 12, 28), date(2026, 12, 31), 7),
        LeftOut(date(2027, 1, 1), date(2027, 1, 1), 0),
        LeftOut(date(2027, 1, 4), date(2027, 1, 5), 7),
    )


def test_a_suspension_of_months_is_counted_over():
    whole_year = Span(date(2020, 3, 24), date(2020, 12, 31), 1)

    assert counted(Reading(1), date(2020, 3, 23), Calendar([LFT], [whole_year])).last == date(2021, 1, 4)


@pytest.mark.parametrize(
    ("count", "event"), [(MOST + 1, date(2026, 1, 12)), (0, date(2026, 1, 12)), (5, date(1999, 12, 31))]
)
def test_what_nobody_believes_is_not_counted(count, event):
    with pytest.raises(OutOfRange):
        counted(Reading(count), event, Calendar([LFT]))


def test_days_behind_are_counted_too():
    """A calendar that began with a late year works an earlier one out when it is asked for."""
    calendar = Calendar([LFT])
    calendar.is_working(date(2030, 1, 2))

    assert calendar.nth_working(day("2026-01-12"), 30) == date(2026, 2, 24)
    assert calendar.working_between(date(2026, 2, 2), date(2026, 2, 8)) == 4


# --- What holds for every date -----------------------------------------------------------------------------------------

events = st.dates(date(2019, 1, 1), date(2034, 12, 31))
readings = st.builds(
    Reading,
    count=st.integers(1, 120),
    unit=st.sampled_from([WORKING, CALENDAR]),
    start=st.sampled_from([EVENT_DAY, NEXT_DAY]),
    rolls=st.booleans(),
)
spans = st.builds(
    lambda first, days, key: Span(first, first + timedelta(days=days), key),
    st.dates(date(2019, 1, 1), date(2035, 6, 30)),
    st.integers(0, 60),
    st.integers(1, 9),
)
bounded = settings(max_examples=40, deadline=None)


def working_by_hand(first: date, last: date, closed: list[Span]) -> list[date]:
    """The same, day by day and without a calendar."""
    off = {one for year in range(first.year, last.year + 1) for one in LFT.days_of(year) | LFPA.days_of(year)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [
        one
        for one in days
        if one.weekday() < 5 and one not in off and not any(span.first <= one <= span.last for span in closed)
    ]


@bounded
@given(events, st.integers(1, 120), st.lists(spans, max_size=4))
def test_the_last_working_day_is_the_one_that_a_finger_on_the_wall_finds(event, count, closed):
    result = counted(Reading(count), event, Calendar([LFT, LFPA], closed))

    found = working_by_hand(event + timedelta(days=1), result.last, closed)
    assert (len(found), found[0], found[-1]) == (count, result.first, result.last)


@bounded
@given(readings, events, st.integers(0, 40), st.lists(spans, max_size=3), st.booleans())
def test_a_later_event_never_ends_earlier(reading, event, days, closed, after_hours):
    calendar = Calendar([LFT, LFPA], closed)

    first, later = (
        counted(reading, one, calendar, after_hours=after_hours) for one in (event, event + timedelta(days=days))
    )

    assert first.last <= later.last


@bounded
@given(events, st.integers(1, 120), st.booleans(), st.lists(spans, max_size=4), st.sampled_from([EVENT_DAY, NEXT_DAY]))
def test_it_never_lands_on_a_day_without_work(event, count, rolls, closed, start):
    calendar = Calendar([LFT, LFPA], closed)

    working = counted(Reading(count, WORKING, start), event, calendar)
    rolled = counted(Reading(count, CALENDAR, start, rolls=True), event, calendar)

    assert calendar.is_working(working.last)
    assert calendar.is_working(rolled.last)


@bounded
@given(readings, readings, events, st.lists(spans, max_size=3), spans, st.booleans())
def test_one_more_closure_never_moves_likely_earlier_and_never_moves_safe(
    safe, likely, event, closed, one_more, after_hours
):
    lists = [LFT, LFPA]
    shared = Calendar(lists, shared=True)

    before, after = (
        both(safe, likely, event, shared, Calendar(lists, known), after_hours=after_hours)
        for known in (closed, [*closed, one_more])
    )

    assert before.likely.last <= after.likely.last
    assert before.safe.last <= after.safe.last
    assert after.safe.last <= after.likely.last
    if before.safe == counted(safe, event, shared):  # Where the readings are told apart as the rule has them.
        assert after.safe.last == before.safe.last


@bounded
@given(events, st.integers(1, 120), st.lists(spans, max_size=3))
def test_safe_is_never_later_than_any_single_list(event, count, closed):
    reading, safe = Reading(count), Calendar([LFT, LFPA], closed, shared=True)

    last = counted(reading, event, safe).last

    assert all(last <= counted(reading, event, Calendar([one], closed)).last for one in (LFT, LFPA))


@bounded
@given(events, st.integers(1, 120), st.lists(spans, max_size=3))
def test_what_was_counted_and_what_was_left_out_are_all_the_weekdays(event, count, closed):
    calendar = Calendar([LFT, LFPA], closed)
    result = counted(Reading(count), event, calendar)

    between = [event + timedelta(days=n) for n in range(1, (result.last - event).days + 1)]
    weekdays = [one for one in between if one.weekday() < 5]
    left_out = [one for one in weekdays if any(out.first <= one <= out.last for out in result.left_out)]

    assert len(weekdays) == count + len(left_out)
    assert not any(calendar.is_working(one) for one in left_out)


def test_the_package_has_the_eleven_holidays_of_the_law_of_the_united_states():
    """5 U.S.C. 6103: what falls on a Saturday is kept on the Friday before, on a Sunday on the Monday after."""
    for year in range(2024, 2035):
        fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
        fixed.append(date(year + 1, 1, 1))  # On a Saturday it is kept in this year.
        moved = {
            one - timedelta(days=1) if one.weekday() == 5 else one + timedelta(days=one.weekday() == 6) for one in fixed
        }
        mondays = {_nth_monday(year, month, n) for month, n in ((1, 3), (2, 3), (9, 1), (10, 2))}
        memorial = max(date(year, 5, n) for n in range(25, 32) if date(year, 5, n).weekday() == 0)
        thanks = [date(year, 11, n) for n in range(22, 29) if date(year, 11, n).weekday() == 3]
        wanted = {one for one in moved if one.year == year} | mondays | {memorial, *thanks}

        assert {one for one in US.days_of(year) if one.weekday() < 5} == wanted


def _nth_monday(year, month, n):
    return [date(year, month, day) for day in range(1, 29) if date(year, month, day).weekday() == 0][n - 1]
