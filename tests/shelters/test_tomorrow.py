"""The list of tomorrow: who stands on it, where, in which words, and what does not stand there."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases.models import Appointment, Food, Person
from cases.services.appointments import cancel_appointment, confirm_appointment
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import SpaceKind
from shelters.nights import instant_at
from shelters.tomorrow import tomorrow_list, tomorrow_of
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    CityFactory,
    FamilyFactory,
    OfficeFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 13, 5, 0, tzinfo=UTC)  # 21:00 of Thursday the 12th in Tijuana.
FRIDAY = date(2026, 11, 13)
URL = "/tomorrow/"


@pytest.fixture(autouse=True)
def this_evening():
    with time_machine.travel(EVENING, tick=False):
        yield


@pytest.fixture
def desk():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def house(desk):
    return ShelterFactory(organisation=desk.organisation, name="Casa Ensayo", beds=4)


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


def sleeping(house, people=1, space=None, **given):
    """A family in the beds of a house."""
    family = FamilyFactory(organisation=house.organisation, people=people, **given)
    free = [bed for bed in (space or house.spaces.first()).beds.order_by("pk") if not bed.placements.exists()]
    for person, bed in zip(family.people, free, strict=False):
        PlacementFactory(bed=bed, person=person, arrived_at=EVENING - timedelta(days=3))
    return family


def leaving(house, family, hour, day=FRIDAY, **given):
    leaves = instant_at(house, day, hour)
    given = {"starts_at": leaves + timedelta(hours=2), "zone": house.zone} | given
    return AppointmentFactory(family=family, leave_shelter_at=leaves, **given)


def lines(staff, **given):
    """The lists as (house or None, [(hour, beds, people)])."""
    return [
        (sheet.shelter, [(f"{row.leaves:%H:%M}", row.beds, row.people) for row in sheet.departures])
        for sheet in tomorrow_list(staff, **given).all
    ]


# --- Who stands on it --------------------------------------------------------------------------------------------------


def test_who_leaves_tomorrow_stands_there_by_the_hour_of_leaving(desk, house):
    late, early = sleeping(house), sleeping(house, people=2)
    leaving(house, late, time(8, 15))
    leaving(house, early, time(3, 45))

    assert lines(desk) == [(house, [("03:45", "2, 3", 2), ("08:15", "1", 1)]), (None, [])]


def test_what_is_cancelled_over_or_on_another_day_does_not_stand_there(desk, house):
    family = sleeping(house)
    for state in ("cancelled", "cancelled_auth", "rescheduled", "attended", "missed"):
        leaving(house, family, time(8), state=state)
    leaving(house, family, time(0), day=FRIDAY + timedelta(days=1))

    assert lines(desk) == [(house, []), (None, [])]
    assert lines(desk, day=FRIDAY + timedelta(days=1))[0][1] == [("00:00", "1", 1)]


def test_who_still_leaves_this_evening_stands_first(desk, house):
    family = sleeping(house)
    leaving(house, family, time(22, 30), day=FRIDAY - timedelta(days=1), starts_at=instant_at(house, FRIDAY, time(4)))
    leaving(house, sleeping(house), time(20), day=FRIDAY - timedelta(days=1))  # Has left an hour ago.
    leaving(house, sleeping(house), time(6))

    sheet = tomorrow_list(desk).sheets[0]

    assert [(f"{row.leaves:%H:%M}", row.is_the_evening_before) for row in sheet.departures] == [
        ("22:30", True),
        ("06:00", False),
    ]
    assert "Thu 12 Nov 22:30" in browser_of(desk).get(URL).content.decode()
    assert lines(desk, day=FRIDAY)[0][1] == [("06:00", "3", 1)]  # The day itself, looked at by its date.


@pytest.mark.parametrize(
    ("hour", "listed"),
    [(time(23, 59), FRIDAY), (time(0, 1), FRIDAY), (time(6, 59), FRIDAY), (time(7), FRIDAY + timedelta(days=1))],
)
def test_after_midnight_it_is_still_the_list_of_the_day_that_begins(desk, house, hour, listed):
    day = FRIDAY - timedelta(days=1) if hour > time(12) else FRIDAY
    with time_machine.travel(instant_at(house, day, hour), tick=False):
        assert tomorrow_list(desk).sheets[0].day == listed


def test_each_house_has_its_own_clock_and_its_own_day(desk, house):
    juarez = ShelterFactory(
        organisation=desk.organisation, city=CityFactory(name="Ciudad Juárez", zone="America/Ciudad_Juarez"), beds=2
    )
    leaving(house, sleeping(house), time(0, 30))
    leaving(juarez, sleeping(juarez), time(0, 30))

    assert [rows for _house, rows in lines(desk)] == [[("00:30", "1", 1)], [("00:30", "1", 1)], []]
    with time_machine.travel(instant_at(juarez, FRIDAY, time(7)), tick=False):  # 06:00 in Tijuana.
        assert [sheet.day for sheet in tomorrow_list(desk).sheets] == [FRIDAY, FRIDAY + timedelta(days=1)]


@pytest.mark.parametrize(
    "zone", ["America/Tijuana", "America/Ciudad_Juarez", "America/Matamoros", "America/Hermosillo"]
)
@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2027, 3, 14)])
def test_on_the_nights_on_which_clocks_change_a_day_goes_from_midnight_to_midnight(desk, zone, day):
    house = ShelterFactory(organisation=desk.organisation, city=CityFactory(name=zone, zone=zone), beds=8)
    moments = [
        (day - timedelta(days=1), time(23, 59)),
        (day, time(0)),
        (day, time(3, 30)),
        (day, time(23, 59)),
        (day + timedelta(days=1), time(0)),
    ]
    for on, hour in moments:
        leaving(house, sleeping(house), hour, day=on)

    shown = [f"{row.leaves:%H:%M}" for row in tomorrow_list(desk, day=day).sheets[0].departures]

    assert shown == ["00:00", "03:30", "23:59"]
    with time_machine.travel(instant_at(house, day - timedelta(days=1), time(23, 30)), tick=False):
        rows = tomorrow_list(desk).sheets[0].departures
        assert [f"{row.leaves:%H:%M}" for row in rows] == ["23:59", *shown]


def test_the_first_meal_is_ready_a_quarter_before_also_when_the_clock_is_turned(desk):
    house = ShelterFactory(organisation=desk.organisation, beds=1)
    leaving(house, sleeping(house), time(3), day=date(2027, 3, 14), food=Food.BOTH)

    sheet = tomorrow_list(desk, day=date(2027, 3, 14)).sheets[0]

    assert f"{sheet.first_ready_at.astimezone(ZoneInfo(house.zone)):%H:%M}" == "01:45"  # 02:00 to 03:00 does not exist.


def test_people_of_one_appointment_who_sleep_apart_stand_on_the_list_of_their_own_house(desk, house):
    other = ShelterFactory(organisation=desk.organisation, beds=1)
    family = FamilyFactory(organisation=desk.organisation, people=3)
    for person, bed in zip(
        family.people, [house.spaces.get().beds.first(), other.spaces.get().beds.get()], strict=False
    ):
        PlacementFactory(bed=bed, person=person, arrived_at=EVENING)
    leaving(house, family, time(8))

    assert lines(desk) == [(house, [("08:00", "1", 1)]), (other, [("08:00", "1", 1)]), (None, [("08:00", "", 1)])]


def test_who_has_no_bed_stands_in_a_section_of_their_own(desk, house):
    family = FamilyFactory(organisation=desk.organisation)
    leaving(house, family, time(8))

    page = browser_of(desk).get(URL).content.decode()

    assert lines(desk)[1] == (None, [("08:00", "", 1)])
    assert "Without a bed in a house of ours" in page


def test_a_family_in_its_cubicle_is_named_by_it_and_one_on_the_floor_by_the_space(desk, house):
    cubicle = SpaceFactory(shelter=house, name="Cubículo 2", kind=SpaceKind.CUBICLE, beds=2)
    leaving(house, sleeping(house, people=2, space=cubicle), time(8))
    floor = FamilyFactory(organisation=desk.organisation)
    PlacementFactory(bed=None, space=house.spaces.first(), person=floor.people[0], arrived_at=EVENING)
    leaving(house, floor, time(9))

    assert [row[1] for row in lines(desk)[0][1]] == ["Cubículo 2", house.spaces.first().name]


def test_who_is_posted_to_one_house_sees_nobody_of_the_other(desk, house):
    other = ShelterFactory(organisation=desk.organisation, beds=1)
    row = leaving(other, sleeping(other), time(8))
    posted = StaffFactory(organisation=desk.organisation, role=Role.VOLUNTEER, shelters=[house])

    assert lines(posted) == [(house, []), (None, [])]
    told = browser_of(posted).post(reverse("shelters:tomorrow_told", args=[row.pk]))
    assert told.status_code == 404


def test_another_organisation_sees_nothing(desk, house):
    leaving(house, sleeping(house), time(8))
    stranger = StaffFactory(role=Role.COORDINATOR)

    assert lines(stranger) == [(None, [])]


# --- What it says ------------------------------------------------------------------------------------------------------


def named(family, given, surname):
    Person.objects.filter(pk=family.people[0].pk).update(given_names=given, first_surname=surname)


def test_no_place_office_kind_or_hour_of_an_appointment_stands_on_it(desk, house):
    kind = AppointmentKindFactory(
        organisation=desk.organisation, name_en="Secret hearing", name_es="Audiencia secreta", bring_en="Their folder"
    )
    office = OfficeFactory(name="Oficina secreta", city=CityFactory(name="Ciudad secreta"))
    leaving(
        house, sleeping(house), time(3, 45), kind=kind, office=office, starts_at=instant_at(house, FRIDAY, time(9, 17))
    )
    leaving(house, sleeping(house), time(4), kind=kind, place="Lugar secreto")

    page = browser_of(desk).get(URL).content.decode()

    assert "Their folder" in page
    assert not re.search(r"secret|09:17|06:00", page, re.I)


def test_names_are_a_first_name_and_a_letter_and_initials_where_the_role_or_the_reader_wants_them(desk, house):
    family = sleeping(house)
    named(family, "Bruno Ángel", "Torres")
    leaving(house, family, time(8), accompanied_by="Inés")
    volunteer = StaffFactory(organisation=desk.organisation, role=Role.VOLUNTEER, language="en")

    with_names = browser_of(desk).get(URL).content.decode()
    without = browser_of(desk).get(URL, {"initials": "1"}).content.decode()
    of_volunteer = browser_of(volunteer).get(URL, {"initials": "0"}).content.decode()

    assert "Bruno T." in with_names
    assert "Torres" not in with_names
    assert "with Inés" in with_names
    for page in (without, of_volunteer):
        assert "Bruno" not in page
        assert "B. T. E." in page
    assert "Only initials" not in of_volunteer
    assert list(ReadLog.objects.order_by("pk").values_list("what", "count")) == [
        ("tomorrow_names", 1),
        ("tomorrow", 1),
        ("tomorrow", 1),
    ]


def test_no_header_of_the_browser_keeps_a_reading_of_names_out_of_the_log(desk, house):
    leaving(house, sleeping(house), time(8))

    assert browser_of(desk).get(URL, headers={"X-Posada-Poll": "1"}).status_code == 200

    assert ReadLog.objects.filter(what="tomorrow_names").count() == 1


def test_the_kitchen_reads_how_many_and_when_the_first_must_be_ready(desk, house):
    leaving(house, sleeping(house, people=2), time(5), food=Food.BOTH)
    leaving(house, sleeping(house), time(12, 30), food=Food.LUNCH)
    leaving(house, sleeping(house), time(15), food=Food.NONE)

    page = " ".join(browser_of(desk).get(URL).content.decode().split())

    assert "2 early breakfasts." in page
    assert "3 packed lunches." in page
    assert "The first one ready at 04:45." in page


def test_with_the_bar_of_the_house_it_says_until_when_to_tell(desk, house):
    row = leaving(house, sleeping(house), time(8))
    house.curfew_at = time(22, 30)
    house.save()
    client = browser_of(desk)

    assert "In person, before 22:30." in client.get(URL).content.decode()
    client.post(reverse("shelters:tomorrow_told", args=[row.pk]))
    assert "Still to tell" not in client.get(URL).content.decode()


def test_once_the_door_has_closed_it_asks_to_tell_them_before_they_leave(desk, house):
    leaving(house, sleeping(house), time(8))
    house.curfew_at = time(22, 30)
    house.save()
    with time_machine.travel(instant_at(house, FRIDAY, time(1, 30)), tick=False):
        shown = browser_of(desk).get(URL).content.decode()
        assert "In person, before they leave." in shown
        assert "before 22:30" not in shown
        house.curfew_at = time(2)  # Not yet: this one closes after midnight.
        house.save()
        assert "In person, before 02:00." in browser_of(desk).get(URL).content.decode()


def test_told_is_one_press_and_can_be_taken_back(desk, house):
    row = leaving(house, sleeping(house), time(8))
    client, url = browser_of(desk), reverse("shelters:tomorrow_told", args=[row.pk])

    response = client.post(url, {"day": "2026-11-13", "initials": "1"})
    row.refresh_from_db()
    assert response["Location"] == f"{URL}?day=2026-11-13&initials=1"
    assert (row.told_at, row.told_by) == (EVENING, desk)

    assert client.post(url, {"undo": "1", "day": "//elsewhere.example"})["Location"] == URL
    row.refresh_from_db()
    assert row.told_at is None


def test_the_kitchen_reads_the_list_and_writes_nothing(desk, house):
    row = leaving(house, sleeping(house), time(8))
    cook = browser_of(StaffFactory(organisation=desk.organisation, role=Role.SUPPLIES, language="en"))
    url = reverse("shelters:tomorrow_told", args=[row.pk])

    assert url not in cook.get(URL).content.decode()
    assert cook.post(url).status_code == 403


def test_telling_of_what_was_just_cancelled_says_so(desk, house):
    row = leaving(house, sleeping(house), time(8))
    cancel_appointment(appointment=row, by=desk, reason="Ill")

    page = browser_of(desk).post(reverse("shelters:tomorrow_told", args=[row.pk]), follow=True).content.decode()

    assert "This appointment is cancelled" in page


def test_another_day_is_asked_for_with_three_numbers_or_in_the_address(desk, house):
    leaving(house, sleeping(house), time(8), day=FRIDAY + timedelta(days=3))
    client = browser_of(desk)

    assert "08:00" not in client.get(URL).content.decode()
    assert "08:00" in client.get(URL, {"day": "2026-11-16"}).content.decode()
    typed = {"day_day": "16", "day_month": "11", "day_year": "2026"}
    assert "08:00" in client.get(URL, typed).content.decode()
    wrong = client.get(URL, typed | {"day_day": "31"})
    assert "There is no such date" in wrong.content.decode()
    for odd in ("yesterday", "9999-99-99", "0001-01-01", "9999-12-31", "%00"):
        assert client.get(URL, {"day": odd}).status_code == 200


def test_an_empty_day_says_so(desk, house):
    assert "Nobody leaves for an appointment tomorrow." in browser_of(desk).get(URL).content.decode()


# --- What it costs, and the dashboard ----------------------------------------------------------------------------------


def test_the_list_takes_the_same_number_of_queries_whatever_the_houses_and_people(
    desk, house, django_assert_num_queries
):
    leaving(house, sleeping(house), time(8))
    client = browser_of(desk)
    client.get(URL)
    with django_assert_num_queries(3):
        tomorrow_list(desk)
    with django_assert_num_queries(PAGE):
        client.get(URL)
    for number in range(3):
        other = ShelterFactory(organisation=desk.organisation, beds=4)
        for people in (1, 2):
            leaving(other, sleeping(other, people=people), time(6 + number))
    with django_assert_num_queries(3):
        tomorrow_list(desk)
    with django_assert_num_queries(PAGE):
        client.get(URL)


PAGE = 10  # The list, the sign-in, the shell of the page and the read log.


def test_tomorrow_in_a_few_figures(desk, house, django_assert_num_queries):
    assert tomorrow_of(desk).departures == 0
    assert tomorrow_of(desk).first_leaves is None
    confirmed = leaving(house, sleeping(house, people=2), time(5))
    confirm_appointment(appointment=confirmed, by=desk)
    Appointment.objects.filter(pk=confirmed.pk).update(told_at=EVENING, told_by=desk)
    leaving(house, sleeping(house), time(9))

    with django_assert_num_queries(2):
        short = tomorrow_of(desk, shelters=[house])

    assert (short.departures, short.people, short.confirmed, short.untold) == (2, 3, 1, 1)
    assert f"{short.first_leaves:%H:%M}" == "05:00"
