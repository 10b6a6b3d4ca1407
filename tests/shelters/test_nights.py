"""The night of a shelter, both daylight-saving nights of every border zone among them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shelters import nights
from shelters.models import Shelter

ZONES = ["America/Tijuana", "America/Hermosillo", "America/Ciudad_Juarez", "America/Ojinaga", "America/Matamoros"]
SPRING, AUTUMN = date(2026, 3, 7), date(2026, 10, 31)  # The nights in which the clocks change, where they do.


def shelter_in(zone, morning=time(7), evening=time(18)):
    return Shelter(name="Casa", zone=zone, morning_at=morning, evening_at=evening)


def at(zone, *wall):
    return datetime(*wall, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_after_midnight_it_is_still_the_night_before(zone):
    shelter = shelter_in(zone)

    assert nights.night_of(shelter, at(zone, 2026, 11, 23, 0, 30)) == date(2026, 11, 22)
    assert nights.night_of(shelter, at(zone, 2026, 11, 23, 6, 59)) == date(2026, 11, 22)
    assert nights.night_of(shelter, at(zone, 2026, 11, 23, 7, 0)) == date(2026, 11, 23)
    assert nights.night_of(shelter, at(zone, 2026, 11, 23, 23, 59)) == date(2026, 11, 23)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", [SPRING, AUTUMN, date(2026, 12, 31), date(2027, 2, 28), date(2028, 2, 28)])
def test_every_night_ends_where_the_next_begins(zone, night):
    shelter = shelter_in(zone)
    end = nights.morning_after(shelter, night)

    assert nights.night_of(shelter, end - timedelta(microseconds=1)) == night
    assert nights.night_of(shelter, end) == night + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("America/Tijuana", (23, 25)),
        ("America/Ciudad_Juarez", (23, 25)),
        ("America/Ojinaga", (23, 25)),
        ("America/Matamoros", (23, 25)),
        ("America/Hermosillo", (24, 24)),
    ],
)
def test_the_night_of_the_change_is_an_hour_shorter_or_longer(zone, hours):
    shelter = shelter_in(zone)
    lengths = [
        nights.morning_after(shelter, night) - nights.morning_after(shelter, night - timedelta(days=1))
        for night in (SPRING, AUTUMN)
    ]

    assert tuple(length / timedelta(hours=1) for length in lengths) == hours


def test_both_one_thirties_of_the_autumn_night_belong_to_it():
    shelter = shelter_in("America/Tijuana")
    first = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)  # 01:30 by the summer clock.

    assert (
        nights.local(shelter, first).time() == nights.local(shelter, first + timedelta(hours=1)).time() == time(1, 30)
    )
    assert {nights.night_of(shelter, first + timedelta(hours=hour)) for hour in (0, 1)} == {AUTUMN}


def test_a_morning_hour_that_does_not_exist_in_spring_is_still_one_instant():
    shelter = shelter_in("America/Tijuana", morning=time(2, 30))

    assert nights.morning_after(shelter, SPRING) == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


def test_noon_comes_after_the_morning_and_before_the_evening_in_every_zone():
    for zone in ZONES:
        shelter = shelter_in(zone, morning=time(12), evening=time(12))
        for night in (SPRING, AUTUMN):
            noon = nights.noon_of(shelter, night + timedelta(days=1))
            assert nights.morning_after(shelter, night) <= noon <= nights.evening_of(shelter, night + timedelta(days=1))
