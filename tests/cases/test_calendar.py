"""The calendar of appointments: whose, of which days, by which clock, with how much of it shown, and what it costs."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases.appointment_calendar import MONTH, WEEK, Period, Wanted, calendar_of, closed_on
from cases.models import Appointment, AppointmentPerson, AppointmentState
from cases.services.protection import begin_sign_ins
from ngo.models import ReadLog
from ngo.permissions import Role
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    CityFactory,
    FamilyFactory,
    OfficeFactory,
    ShelterFactory,
    StaffFactory,
)
from tests.factories_cases import claim_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.
URL = "/calendar/"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def client(worker):
    return browser_of(worker)


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, ages=[34, 9], folio="F-7007")


@pytest.fixture
def kind(worker):
    return AppointmentKindFactory(organisation=worker.organisation, name_en="Interview")


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


def page(client, **query):
    response = client.get(URL, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def square(shown, day):
    """The cell of a day, by the link to its page."""
    found = re.search(rf"<td[^>]*>(?:(?!</td>).)*on={day}(?:(?!</td>).)*</td>", shown)
    return found.group() if found else ""


def count(shown, day):
    """What the square of a day says in its chip, to who hears it."""
    chip = re.search(r'<span class="po-state".*?</span></span></span>', square(shown, day)).group()
    return re.sub(r"<[^>]+>", "", chip).strip()


def numbers(shown):
    """The appointments that a page links to, in their order."""
    return [int(number) for number in re.findall(r'href="/appointments/(\d+)/"', shown)]


# --- Which days, whose -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "on", "first", "last"),
    [
        ("month", date(2026, 2, 14), date(2026, 2, 1), date(2026, 2, 28)),
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        ("week", date(2026, 11, 12), date(2026, 11, 9), date(2026, 11, 15)),
        ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        ("day", date(2026, 11, 12), date(2026, 11, 12), date(2026, 11, 12)),
    ],
)
def test_a_period_has_its_first_and_its_last_day(view, on, first, last):
    period = Period(view, on)
    assert (period.first, period.last) == (first, last)
    assert period.before == first - timedelta(days=1)
    assert period.after == last + timedelta(days=1)


def test_the_calendar_ends_where_its_links_end():
    assert Period("month", date(2000, 1, 5)).before is None
    assert Period("day", date(2100, 12, 31)).after is None


def test_a_month_shows_each_appointment_on_its_day_with_its_state(client, family, kind):
    planned = AppointmentFactory(family=family, kind=kind, starts_at=datetime(2026, 11, 20, 17, tzinfo=UTC))
    missed = AppointmentFactory(
        family=family, kind=kind, starts_at=datetime(2026, 11, 3, 17, tzinfo=UTC), state=AppointmentState.MISSED
    )
    other_month = AppointmentFactory(family=family, kind=kind, starts_at=datetime(2026, 12, 2, 17, tzinfo=UTC))

    shown = page(client)
    assert "Appointments, Nov 2026" in shown
    assert "2 appointments." in shown
    assert numbers(shown) == [missed.pk, planned.pk]
    assert "09:00" in square(shown, "2026-11-20")
    assert 'aria-label="Planned"' in square(shown, "2026-11-20")
    assert count(shown, "2026-11-03") == "1 appointment that day, 1 missed or turned away"
    assert 'class="po-cal-none"' in square(shown, "2026-11-04")
    assert 'aria-current="date"' in square(shown, "2026-11-12")
    assert numbers(page(client, on="2026-12-31")) == [other_month.pk]


def test_the_table_has_a_header_for_each_weekday_and_begins_on_monday(client):
    shown = page(client)
    head = re.search(r"<thead>.*?</thead>", shown).group()
    assert re.findall(r'<th scope="col">(\w+)</th>', head)[::6] == ["Monday", "Sunday"]
    first_week = re.search(r"<tbody>\s*<tr>(.*?)</tr>", shown).group(1)
    assert first_week.count("po-cal-not") == 6  # 1 November 2026 is a Sunday.


def test_one_at_midnight_stands_on_the_date_of_the_house_and_both_hours_are_shown(client, family, kind):
    """Half past midnight in Mexico City is the evening before in Tijuana."""
    mexico = CityFactory(name="Ciudad de México", zone="America/Mexico_City")
    office = OfficeFactory(name="COMAR de prueba", city=mexico, zone=mexico.zone)
    row = AppointmentFactory(
        family=family,
        kind=kind,
        place="",
        office=office,
        zone=mexico.zone,
        home_zone="America/Tijuana",
        starts_at=datetime(2026, 11, 20, 6, 30, tzinfo=UTC),
    )
    shown = page(client)
    assert numbers(square(shown, "2026-11-19")) == [row.pk]
    assert "22:30" in square(shown, "2026-11-19")
    assert "Fri 20 Nov, 00:30 there" in square(shown, "2026-11-19")
    assert "Fri 20 Nov, 00:30 in Ciudad de México" in page(client, view="week", on="2026-11-19")
    assert numbers(page(client, view="day", on="2026-11-20")) == []
    day = page(client, view="day", on="2026-11-19")
    assert numbers(day) == [row.pk]
    assert "00:30 in Ciudad de México" in day


@pytest.mark.parametrize(
    ("zone", "instant", "day", "hour"),
    [
        ("America/Tijuana", datetime(2026, 11, 1, 8, 30, tzinfo=UTC), "2026-11-01", "01:30"),  # The first of two.
        ("America/Tijuana", datetime(2026, 11, 1, 9, 30, tzinfo=UTC), "2026-11-01", "01:30"),  # The second.
        ("America/Tijuana", datetime(2026, 11, 2, 7, 59, tzinfo=UTC), "2026-11-01", "23:59"),  # A day of 25 hours.
        ("America/Tijuana", datetime(2026, 3, 8, 10, 0, tzinfo=UTC), "2026-03-08", "03:00"),  # The skipped hour.
        ("America/Tijuana", datetime(2026, 3, 9, 6, 59, tzinfo=UTC), "2026-03-08", "23:59"),  # A day of 23 hours.
        ("America/Ciudad_Juarez", datetime(2026, 11, 2, 6, 59, tzinfo=UTC), "2026-11-01", "23:59"),
        ("America/Hermosillo", datetime(2026, 3, 9, 6, 59, tzinfo=UTC), "2026-03-08", "23:59"),
        ("America/Matamoros", datetime(2026, 3, 9, 4, 59, tzinfo=UTC), "2026-03-08", "23:59"),
    ],
)
def test_days_are_right_when_clocks_change(client, family, kind, zone, instant, day, hour):
    row = AppointmentFactory(family=family, kind=kind, zone=zone, starts_at=instant)
    shown = page(client, on=day)
    assert numbers(square(shown, day)) == [row.pk]
    assert f'"po-cal-at">{hour} ' in square(shown, day)
    assert numbers(page(client, view="day", on=day)) == [row.pk]


def test_it_is_of_one_person_a_family_a_place_or_who_is_responsible(client, worker, family, kind):
    other = FamilyFactory(organisation=worker.organisation, ages=[40])
    office = OfficeFactory(name="COMAR de prueba")
    given = {"kind": kind, "starts_at": datetime(2026, 11, 20, 17, tzinfo=UTC)}
    child = AppointmentFactory(family=family, people=[family.people[1]], owner=worker, place="Clínica Ensayo", **given)
    both = AppointmentFactory(family=family, place="", office=office, **given)
    theirs = AppointmentFactory(family=other, place="Clínica Ensayo", **given)

    assert numbers(page(client)) == [child.pk, both.pk, theirs.pk]
    assert numbers(page(client, person=family.people[0].pk)) == [both.pk]
    assert numbers(page(client, person=family.people[1].pk)) == [child.pk, both.pk]
    assert numbers(page(client, family=family.pk)) == [child.pk, both.pk]
    assert f"&amp;person={family.people[1].pk}" in page(client, family=family.pk)
    assert numbers(page(client, owner=worker.pk)) == [child.pk]
    shown = page(client)
    places = dict(re.findall(r'<option value="([ow]\w+)">([^<]+)</option>', shown))
    by_name = {name: code for code, name in places.items()}
    assert numbers(page(client, place=by_name["COMAR de prueba"])) == [both.pk]
    at_the_clinic = page(client, place=by_name["Clínica Ensayo"], view="week", on="2026-11-20")
    assert numbers(at_the_clinic) == [child.pk, theirs.pk]
    assert "Ensayo" not in by_name["Clínica Ensayo"]  # What somebody wrote stands in no address.
    assert f"place={by_name['Clínica Ensayo']}" in at_the_clinic


def test_what_was_called_off_is_shown_to_who_asks(client, family, kind):
    given = {"family": family, "kind": kind, "starts_at": datetime(2026, 11, 20, 17, tzinfo=UTC)}
    moved = AppointmentFactory(state=AppointmentState.RESCHEDULED, **given)
    cancelled = AppointmentFactory(state=AppointmentState.CANCELLED_BY_AUTHORITY, **given)
    assert numbers(page(client)) == []
    assert numbers(page(client, off="on")) == [moved.pk, cancelled.pk]


def test_an_offered_one_and_one_without_an_outcome_are_to_be_looked_at(client, family, kind):
    AppointmentFactory(family=family, kind=kind, state="offered", starts_at=datetime(2026, 11, 20, 17, tzinfo=UTC))
    AppointmentFactory(family=family, kind=kind, starts_at=datetime(2026, 11, 10, 17, tzinfo=UTC))
    shown = page(client)
    assert count(shown, "2026-11-20") == "1 appointment that day, 1 to look at"
    assert count(shown, "2026-11-10") == "1 appointment that day, 1 to look at"
    assert 'aria-label="Write what became of it"' in square(shown, "2026-11-10")
    assert "Offered, to be confirmed" in page(client, view="day", on="2026-11-20")


def test_sign_ins_that_are_due_are_counted_for_who_may_see_cases(client, worker, family):
    claim = claim_of(family, worker, filed_on=date(2026, 11, 3))
    begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=date(2026, 11, 18), by=worker)
    assert "1 sign-in due" in square(page(client), "2026-11-18")
    day = page(client, view="day", on="2026-11-18")
    assert "Sign-ins due" in day
    assert reverse("cases:case", args=[claim.process_id]) in day
    assert "sign-in due" not in page(client, person=family.people[1].pk)
    assert "1 sign-in due" in page(client, family=family.pk)
    desk = StaffFactory(organisation=worker.organisation, role=Role.FRONT_DESK)
    assert "sign-in due" not in page(browser_of(desk))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 16), "Day of rest in Mexico"),
        (date(2026, 11, 26), "Day of rest in the U.S."),
        (date(2026, 12, 25), "Day of rest in both countries"),
        (date(2026, 11, 17), ""),
    ],
)
def test_days_of_rest_are_said(day, words):
    from django.utils import translation

    with translation.override("en"):
        assert closed_on(day) == words


# --- What is written in the address --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"on": "2026-13-01"}, "There is no such date in the calendar."),
        ({"on": "mañana"}, "There is no such date in the calendar."),
        ({"on": "9999-12-31"}, "There is no such date in the calendar."),
        ({"on": "0001-01-01", "view": "month"}, "There is no such date in the calendar."),
        ({"on": "2026-02-30", "view": "week"}, "There is no such date in the calendar."),
        ({"view": "year"}, "The calendar shows a month, a week or a day."),
        ({"person": "Ana"}, "The address names nobody that can be found."),
        ({"family": "-1"}, "The address names nobody that can be found."),
        ({"owner": "1" * 30}, "The address names nobody that can be found."),
        ({"day_day": "31", "day_month": "2", "day_year": "2026"}, "There is no such date"),
        ({"day_day": "1", "day_month": "1", "day_year": "1950"}, "There is no such date in the calendar."),
    ],
)
def test_what_cannot_be_read_is_a_sentence(client, query, sentence):
    assert sentence in page(client, **query)


@pytest.mark.parametrize(
    "query", [{"place": "o999999"}, {"place": "wffffffffffffffff"}, {"place": "x\x00"}, {"place": "o"}]
)
def test_a_place_that_is_not_there_is_not_there(client, query):
    assert client.get(URL, query).status_code == 404


def test_nothing_of_another_organisation_is_there(client, worker, family, kind):
    stranger = StaffFactory(role=Role.CASEWORKER)
    theirs = FamilyFactory(organisation=stranger.organisation, ages=[30])
    AppointmentFactory(family=theirs, place="Clínica Ajena", starts_at=datetime(2026, 11, 20, 17, tzinfo=UTC))
    shown = page(browser_of(stranger))
    [code] = re.findall(r'<option value="(w\w+)">', shown)
    for query in ({"person": theirs.people[0].pk}, {"family": theirs.pk}, {"owner": stranger.pk}, {"place": code}):
        assert client.get(URL, query).status_code == 404
    shown = page(client)
    assert numbers(shown) == []
    assert "Ajena" not in shown


def test_a_typed_day_goes_there_and_links_keep_the_filters(client, worker, family):
    shown = page(client, view="week", family=family.pk, owner=worker.pk, day_day="1", day_month="12", day_year="2026")
    assert "30 Nov 2026 to 6 Dec 2026" in shown
    assert f"?view=week&amp;on=2026-11-29&amp;owner={worker.pk}&amp;family={family.pk}" in shown
    assert f"?view=week&amp;on=2026-12-07&amp;owner={worker.pk}&amp;family={family.pk}" in shown
    assert f"?view=week&amp;on=2026-11-12&amp;owner={worker.pk}&amp;family={family.pk}" in shown
    assert f"?view=week&amp;on=2026-12-01&amp;owner={worker.pk}" in shown  # Everybody's.


# --- Names, paper, the log -----------------------------------------------------------------------------------------------


def test_names_are_shown_to_who_may_see_them_and_asks(client, family, kind):
    person = family.people[0]
    person.given_names, person.first_surname, person.second_surname = "Ximena", "Prueba", "Ensayo"
    person.save(update_fields=["given_names", "first_surname", "second_surname"])
    AppointmentFactory(family=family, kind=kind, people=[person], starts_at=datetime(2026, 11, 20, 17, tzinfo=UTC))
    for query in ({}, {"view": "week", "on": "2026-11-20"}, {"view": "day", "on": "2026-11-20"}):
        assert "Ximena" in page(client, **query)
        without = page(client, initials=1, **query)
        assert "Ximena" not in without
        assert "X. P. E." in without
    assert list(ReadLog.objects.order_by("pk").values_list("what", "count"))[:2] == [
        ("calendar_names", 1),
        ("calendar", 1),
    ]


def test_on_paper_no_kind_and_no_place_is_read(client, family, kind):
    """Whatever names them stands in an element that is not printed."""
    AppointmentFactory(
        family=family, kind=kind, place="Clínica Ensayo", starts_at=datetime(2026, 11, 20, 17, tzinfo=UTC)
    )
    for view in ("month", "week", "day"):
        shown = page(client, view=view, on="2026-11-20")
        printed = re.sub(r"<(details|span|td)[^>]*po-screen[^>]*>.*?</\1>", "", shown)
        assert "Interview" not in printed
        assert "Clínica Ensayo" not in printed
        assert "Destroy it at the end of the day" in printed


def test_hostile_words_are_shown_and_do_nothing(client, family, worker):
    bad = '<script>alert("x")</script>'
    kind = AppointmentKindFactory(organisation=worker.organisation, name_en=bad)
    AppointmentFactory(family=family, kind=kind, place=bad, starts_at=datetime(2026, 11, 20, 17, tzinfo=UTC))
    for view in ("month", "week", "day"):
        assert bad not in page(client, view=view, on="2026-11-20")


# --- How much ------------------------------------------------------------------------------------------------------------


def many(family, kind, number, day=date(2026, 11, 20)):
    first = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    rows = Appointment.objects.bulk_create(
        Appointment(
            organisation=family.organisation,
            family=family,
            kind=kind,
            place="Clínica de prueba",
            zone="America/Tijuana",
            home_zone="America/Tijuana",
            starts_at=first + timedelta(seconds=place),
            report_at=first + timedelta(seconds=place),
            leave_shelter_at=first,
            local_date=day,
            local_time=(first + timedelta(hours=-8, seconds=place)).time(),
        )
        for place in range(number)
    )
    AppointmentPerson.objects.bulk_create(AppointmentPerson(appointment=row, person=family.people[0]) for row in rows)


def test_a_month_of_a_thousand_is_one_page_that_says_how_many_more(client, family, kind, django_assert_num_queries):
    for number in range(1, 26):
        many(family, kind, 40, date(2026, 11, number))
    page(client)
    with django_assert_num_queries(13):
        shown = page(client)
    assert "1000 appointments." in shown
    assert len(numbers(shown)) == 25 * 4
    assert "and 36 more" in square(shown, "2026-11-20")
    assert len(shown) < 150_000
    with django_assert_num_queries(13):
        week = page(client, view="week", on="2026-11-20")
    assert "and 20 more" in square(week, "2026-11-20")
    assert len(numbers(page(client, view="day", on="2026-11-20"))) == 40


def test_a_full_day_has_pages(client, family, kind, django_assert_num_queries):
    many(family, kind, 130)
    page(client, view="day", on="2026-11-20")
    with django_assert_num_queries(13):
        shown = page(client, view="day", on="2026-11-20")
    assert "Page 1 of 2" in shown
    assert len(numbers(shown)) == 100
    assert len(numbers(page(client, view="day", on="2026-11-20", page=2))) == 30


def test_the_same_queries_for_an_empty_month_and_a_full_one(worker, family, kind, django_assert_num_queries):
    def look(view):
        return calendar_of(worker, Period(view, date(2026, 11, 20)), Wanted(), now=NOON, today=date(2026, 11, 12))

    with django_assert_num_queries(3):  # No people without appointments.
        assert look(MONTH).total == 0
    many(family, kind, 30)
    with django_assert_num_queries(4):
        assert look(MONTH).total == 30
    with django_assert_num_queries(4):
        assert look(WEEK).people_shown == 20
