"""The pages of the trips: the list, one trip, leaving from three places, and who may do and see what."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cases.models import AppointmentState
from ngo.dashboard import today_of
from ngo.models import ReadLog
from ngo.permissions import GRANTS, Permission, Role
from shelters.models import Direction, Passage, Trip, TripEnd, TripState
from shelters.nights import instant_at, local
from shelters.services import door, trip_alarms
from shelters.services import trips as services
from tests.factories import AppointmentFactory, FamilyFactory, ShelterFactory, StaffFactory
from tests.shelters.test_trips import HOUR, MORNING, NAME, PLACE, clock, comes_in, fresh, ines, leave, lives_here  # noqa: F401

pytestmark = pytest.mark.django_db
LIST = "/trips/"


@pytest.fixture
def shelter(clock, ines):  # noqa: F811
    return ShelterFactory(
        organisation=ines.organisation, slug="mezquite", name="Casa Ensayo", curfew_at=time(22), beds=6
    )


@pytest.fixture
def stay(shelter):
    return lives_here(shelter)[0]


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def desk(ines):  # noqa: F811
    return browser_of(ines)


def works_here(ines, role):  # noqa: F811
    return StaffFactory(organisation=ines.organisation, role=role)


def page(answer):
    return " ".join(answer.content.decode().split())


def typed(stays, shelter, back, **more):
    """A form as the page posts it, with a return at an instant."""
    wall = local(shelter, back)
    form = {"who": [stay.person.pk for stay in stays], "back_hour": f"{wall:%H:%M}"}
    form |= {"back_on_day": wall.day, "back_on_month": wall.month, "back_on_year": wall.year}
    return (
        form
        | {"companion": "", "capacity": "", "companion_phone": "", "where_to": "", "first": "", "second": ""}
        | more
    )


# --- Leaving -----------------------------------------------------------------------------------------------------------


def test_from_the_door_a_family_leaves_with_a_companion(desk, ines, shelter):  # noqa: F811
    family = FamilyFactory(organisation=shelter.organisation, people=2)
    stays = lives_here(shelter, family)
    address = f"/stays/{stays[0].pk}/trip/"
    assert stays[1].person.full_name in page(desk.get(address))
    back = timezone.now() + 5 * HOUR
    answer = desk.post(
        address,
        typed(stays, shelter, back, companion=NAME, capacity="lawyer", companion_phone="664 555 0199", where_to=PLACE),
    )

    trip = Trip.objects.get()
    assert answer.url == f"/trips/{trip.pk}/"
    assert (trip.people.count(), trip.companion, trip.where_to) == (2, NAME, PLACE)
    assert trip.expected_at == back.replace(second=0, microsecond=0)
    text = page(desk.get(answer.url))
    assert NAME in text
    assert PLACE in text
    assert "On a trip until" in page(desk.get(f"/shelters/{shelter.slug}/door/"))
    assert "On a trip until" in page(desk.get(f"/shelters/{shelter.slug}/roll-call/"))


def test_what_was_typed_is_kept_and_a_return_before_leaving_is_refused_in_a_sentence(desk, shelter, stay):
    wrong = typed([stay], shelter, timezone.now() - HOUR, companion=NAME, capacity="staff", where_to=PLACE)
    answer = desk.post(f"/stays/{stay.pk}/trip/", wrong)

    assert answer.status_code == 409
    text = page(answer)
    assert "They would be back before they leave" in text
    for kept in (NAME, PLACE, wrong["back_hour"]):
        assert kept in text
    for given, sentence in [
        ({"back_hour": "25:70"}, "Write the hour with numbers"),
        ({"who": []}, "Mark at least one person"),
        ({"companion": NAME}, "Choose as what they go along"),
        ({"companion_phone": "664"}, "Write who goes with them"),
        ({"first": 10**9}, "must work in this house"),
    ]:
        answer = desk.post(f"/stays/{stay.pk}/trip/", typed([stay], shelter, timezone.now() + HOUR) | given)
        assert answer.status_code == 200
        assert sentence in page(answer)
    assert not Trip.objects.exists()


def test_an_hour_that_the_clock_skips_is_read_and_said(ines):  # noqa: F811
    with time_machine.travel(datetime(2027, 3, 14, 4, 0, tzinfo=UTC), tick=False):  # 20:00 on Saturday in Tijuana.
        shelter = ShelterFactory(organisation=ines.organisation, beds=2)
        stay = lives_here(shelter)[0]
        form = typed([stay], shelter, instant_at(shelter, date(2027, 3, 14), time(12))) | {"back_hour": "2:30"}
        answer = browser_of(ines).post(f"/stays/{stay.pk}/trip/", form, follow=True)

        assert "the clock goes forward and skips 02:30. It is taken as 03:30." in page(answer)
        assert Trip.objects.get().expected_at == datetime(2027, 3, 14, 10, 30, tzinfo=UTC)


def test_from_the_page_of_the_appointment_with_what_is_known_of_it(desk, ines, shelter, stay):  # noqa: F811
    owner = works_here(ines, Role.CASEWORKER)
    row = AppointmentFactory(
        family=stay.family, owner=owner, starts_at=timezone.now() + 2 * HOUR, accompanied_by=NAME, place=PLACE
    )
    address = f"/tomorrow/{row.pk}/trip/"
    assert address in page(desk.get(f"/appointments/{row.pk}/"))
    text = page(desk.get(address))
    assert NAME in text
    assert f'value="{owner.pk}" selected' in text
    assert "10:00" in text or local(shelter, services.usual_return(row, timezone.now())).strftime("%H:%M") in text
    desk.post(
        address, typed([stay], shelter, timezone.now() + 6 * HOUR, companion=NAME, capacity="staff", first=owner.pk)
    )

    trip = Trip.objects.get()
    assert (trip.appointment, trip.first) == (row, owner)
    assert desk.get(address).url == f"/trips/{trip.pk}/"
    assert trip.where_to == ""  # The appointment says where; nothing is written twice.
    assert f"/appointments/{row.pk}/" in page(desk.get(f"/trips/{trip.pk}/"))


def test_an_appointment_of_another_week_offers_no_trip(desk, stay):
    row = AppointmentFactory(family=stay.family)
    assert f"/tomorrow/{row.pk}/trip/" not in page(desk.get(f"/appointments/{row.pk}/"))


def test_one_press_on_the_list_and_they_are_out(desk, ines, shelter, stay):  # noqa: F811
    row = AppointmentFactory(family=stay.family, starts_at=timezone.now() + 3 * HOUR, accompanied_by=NAME)
    listed = page(desk.get(f"/tomorrow/?day={timezone.localdate()}"))
    assert f"/tomorrow/{row.pk}/leaves/" in listed
    answer = desk.post(f"/tomorrow/{row.pk}/leaves/", {"house": shelter.slug, "day": "2026-11-12"}, follow=True)

    trip = Trip.objects.get()
    assert (trip.appointment, trip.companion, trip.shelter) == (row, NAME, shelter)
    assert trip.expected_at == services.usual_return(row, timezone.now())
    text = page(answer)
    assert "They are out, and expected back:" in text
    assert f"/trips/{trip.pk}/" in text
    assert f"/tomorrow/{row.pk}/leaves/" not in text
    assert desk.post(f"/tomorrow/{row.pk}/leaves/", {"house": shelter.slug}).status_code == 409
    assert Trip.objects.count() == 1


def test_the_door_asks_whoever_goes_out_on_the_day_of_an_appointment(desk, shelter, stay):
    other = lives_here(shelter)[0]
    row = AppointmentFactory(family=stay.family, starts_at=timezone.now() + 3 * HOUR)
    passing = f"/shelters/{shelter.slug}/door/pass/"
    quiet = page(desk.post(passing, {"stay": other.pk, "direction": "out"}, follow=True))
    asked = page(desk.post(passing, {"stay": stay.pk, "direction": "out"}, follow=True))

    assert "Is this the way to it?" not in quiet
    assert "They have an appointment today. Is this the way to it?" in asked
    assert f"/stays/{stay.pk}/trip/" in asked
    assert not Trip.objects.exists()
    assert desk.get(f"/stays/{stay.pk}/trip/").url == f"/tomorrow/{row.pk}/trip/?house={shelter.slug}"
    assert desk.get(f"/stays/{stay.pk}/trip/?plain=1").status_code == 200


def test_who_sleeps_in_no_house_leaves_from_the_list_too(desk, ines, shelter):  # noqa: F811
    family = FamilyFactory(organisation=shelter.organisation)
    row = AppointmentFactory(family=family, starts_at=timezone.now() + 3 * HOUR)
    desk.post(f"/tomorrow/{row.pk}/leaves/")

    trip = Trip.objects.get()
    assert (trip.people.get().stay, trip.shelter) == (None, shelter)
    desk.post(f"/trips/{trip.pk}/back/")
    assert fresh(trip).state == TripState.BACK


# --- On the way, and back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ["abc", "", "²", "9" * 30, "0"])
def test_a_row_that_is_none_brings_nobody_back(desk, ines, stay, row):  # noqa: F811
    trip = leave(stay, ines)
    desk.post(f"/trips/{trip.pk}/back/", {"row": row})
    assert fresh(trip).state == TripState.OUT
    assert trip.people.get().is_out


def test_the_scan_of_a_card_or_a_tap_at_the_door_ends_the_trip_and_undo_opens_it(desk, ines, shelter, stay):  # noqa: F811
    trip = leave(stay, ines)
    desk.post(f"/shelters/{shelter.slug}/door/pass/", {"stay": stay.pk, "direction": "in", "source": "card"})
    assert fresh(trip).state == TripState.BACK
    passage = Passage.objects.get(direction=Direction.IN)
    desk.post(f"/door/passages/{passage.pk}/undo/")
    assert fresh(trip).state == TripState.OUT


def test_every_press_of_the_page(desk, ines, shelter, stay, clock):  # noqa: F811
    owner = works_here(ines, Role.LEGAL)
    trip = leave(stay, ines, first=owner)
    address = f"/trips/{trip.pk}/"
    assert "I am looking after it" not in page(desk.get(address))
    clock.move_to(trip.expected_at + timedelta(minutes=75))
    trip_alarms.look()
    desk = browser_of(ines)  # Hours have passed: one signs in again.
    text = page(desk.get(address))
    assert "1 h 15 min late" in text
    lawyer = browser_of(owner)
    assert "looks after it" in page(lawyer.post(f"{address}take/", follow=True))
    assert "all well" in page(lawyer.post(f"{address}called/", {"words": "In the bus"}, follow=True))
    wall = timezone.now() + 3 * HOUR
    said = typed([], shelter, wall, reason="The court is late")
    assert "The new hour is written." in page(lawyer.post(f"{address}extend/", said, follow=True))
    assert lawyer.post(f"{address}extend/", said | {"back_hour": "0:01"}).status_code == 409
    assert "everybody is told now" in page(lawyer.post(f"{address}sos/", follow=True))
    assert "given already" in page(lawyer.post(f"{address}sos/", follow=True))
    assert "Saved." in page(
        desk.post(f"{address}company/", {"companion": NAME, "capacity": "other", "where_to": PLACE}, follow=True)
    )
    assert "they are back" in page(desk.post(f"{address}back/", follow=True)).lower()
    assert "Taken back" in page(desk.post(f"{address}undo/", follow=True))
    assert desk.post(f"{address}close/", {"outcome": "elsewhere"}).status_code == 200
    closed = desk.post(f"{address}close/", {"outcome": "elsewhere", "reason": "At a sister's"}, follow=True)
    assert fresh(trip).outcome == TripEnd.ELSEWHERE
    assert "They are not back: take it back" in page(closed)
    assert "Somebody wrote it a moment ago".lower() in page(desk.post(f"{address}called/", follow=True)).lower()


def test_did_not_return_shows_what_the_law_opens(desk, ines, stay):  # noqa: F811
    trip = leave(stay, ines)
    text = page(desk.post(f"/trips/{trip.pk}/close/", {"outcome": "not_back", "reason": "No answer"}, follow=True))

    for words in ("36 hours", "amparo", "without their express consent", "Late: see a lawyer."):
        assert words in text
    assert "Out, in time" in page(desk.get(LIST))


def test_the_list_has_who_is_late_first_then_who_is_out_then_who_came_back(desk, ines, shelter, clock):  # noqa: F811
    names = {}
    for word, hours in (("out", 20), ("late", 1), ("back", 4)):
        stay = lives_here(shelter)[0]
        names[word] = stay.person.full_name
        leave(stay, ines, hours=hours)
    comes_in(stay, ines)
    clock.shift(2 * HOUR)
    text = page(desk.get(LIST))

    assert "1 trip needs somebody" in text
    assert text.index(names["late"]) < text.index(names["out"]) < text.index(names["back"])
    assert "1 h 0 min late" in text


def test_what_remains_is_counted_by_month(desk, ines, stay, clock):  # noqa: F811
    leave(stay, ines)
    comes_in(stay, ines)
    clock.shift(timedelta(days=2))
    trip_alarms.look()
    text = page(desk.get(LIST))

    assert "What remains of the others" in text
    assert "11/2026" in text


# --- Who may ------------------------------------------------------------------------------------------------------------


def test_the_place_is_for_who_sees_appointments_and_names_are_for_who_sees_names(ines, shelter, stay):  # noqa: F811
    volunteer = browser_of(works_here(ines, Role.VOLUNTEER))
    row = AppointmentFactory(family=stay.family, starts_at=timezone.now() + 3 * HOUR)
    trip = leave(stay, ines, where_to=PLACE, companion=NAME, capacity="other", appointment=row)
    text = page(volunteer.get(f"/trips/{trip.pk}/")) + page(volunteer.get(LIST))

    for hidden in (PLACE, stay.person.full_name, f"/appointments/{row.pk}/"):
        assert hidden not in text
    assert stay.person.initials in text
    assert "where_to" not in page(volunteer.get(f"/trips/{trip.pk}/company/"))
    volunteer.post(f"/trips/{trip.pk}/company/", {"companion": "Otra Ensayo", "capacity": "staff"})
    assert (fresh(trip).where_to, fresh(trip).companion) == (PLACE, "Otra Ensayo")
    assert PLACE in page(browser_of(ines).get(f"/trips/{trip.pk}/"))


ROUTES = {
    "": ("get", Permission.FOLLOW_TRIPS),
    "take/": ("post", Permission.FOLLOW_TRIPS),
    "called/": ("post", Permission.FOLLOW_TRIPS),
    "sos/": ("post", Permission.FOLLOW_TRIPS),
    "extend/": ("get", Permission.FOLLOW_TRIPS),
    "back/": ("post", Permission.KEEP_DOOR),
    "undo/": ("post", Permission.KEEP_DOOR),
    "company/": ("get", Permission.KEEP_DOOR),
    "close/": ("get", Permission.KEEP_DOOR),
}


@pytest.mark.parametrize("role", list(Role))
def test_each_press_is_for_its_permission_and_another_organisation_finds_nothing(ines, shelter, stay, role):  # noqa: F811
    trip = leave(stay, ines)
    ours, theirs = browser_of(works_here(ines, role)), browser_of(StaffFactory(role=role))
    for path, (method, permission) in ROUTES.items():
        may = permission in GRANTS[role]
        status = getattr(ours, method)(f"/trips/{trip.pk}/{path}").status_code
        assert (status != 403) is may, path
        assert getattr(theirs, method)(f"/trips/{trip.pk}/{path}").status_code == (404 if may else 403)
    assert (theirs.get(f"/stays/{stay.pk}/trip/").status_code == 404) is (Permission.KEEP_DOOR in GRANTS[role])


def test_who_works_in_another_house_only_finds_no_trip_of_this_one(ines, shelter, stay):  # noqa: F811
    other = ShelterFactory(organisation=ines.organisation)
    posted = browser_of(StaffFactory(organisation=ines.organisation, role=Role.FRONT_DESK, shelters=[other]))
    trip = leave(stay, ines)

    assert posted.get(f"/trips/{trip.pk}/").status_code == 404
    assert stay.person.full_name not in page(posted.get(LIST))


def test_the_rules_are_the_coordinators(ines, shelter):  # noqa: F811
    boss = browser_of(works_here(ines, Role.COORDINATOR))
    address = f"/shelters/{shelter.slug}/trips/rules/"
    assert browser_of(ines).get(address).status_code == 403
    assert 'value="60"' in page(boss.get(address))
    assert "Write between 5 and 720 minutes" in page(boss.post(address, {"minutes": "2", "first": "", "second": ""}))
    assert "two people" in page(boss.post(address, {"minutes": "30", "first": ines.pk, "second": ines.pk}))
    boss.post(address, {"minutes": "30", "first": ines.pk, "second": ""})
    assert (services.rules_of(shelter).minutes, services.rules_of(shelter).first) == (30, ines)


def test_reading_is_written_with_ids_and_nothing_else(desk, ines, stay):  # noqa: F811
    trip = leave(stay, ines, where_to=PLACE)
    desk.get(f"/trips/{trip.pk}/")
    desk.get(LIST)

    rows = list(ReadLog.objects.order_by("pk").values_list("what", "subject_id", "count"))
    assert rows == [("trip", trip.pk, 1), ("trips", None, 1)]


# --- How many queries ----------------------------------------------------------------------------------------------------


def test_the_pages_take_the_same_queries_whatever_the_trips(desk, ines, shelter, django_assert_num_queries):  # noqa: F811
    for _number in range(4):
        leave(lives_here(shelter)[0], ines)
    desk.get(LIST)
    with django_assert_num_queries(12) as few:
        desk.get(LIST)
    other = ShelterFactory(organisation=ines.organisation, beds=12)
    for people in (1, 3, 3):
        leave(lives_here(other, FamilyFactory(organisation=ines.organisation, people=people)), ines)
    with django_assert_num_queries(len(few)):
        desk.get(LIST)


def test_today_says_who_is_out_and_who_is_not_back_from_one_more_query(ines, shelter, stay, clock):  # noqa: F811
    def lines():
        return {task.title: task for task in today_of(ines).tasks}

    trip = leave(stay, ines)
    assert lines()["1 trip is out"].state == "info"
    clock.move_to(trip.expected_at)
    trip_alarms.look()
    line = lines()["1 trip is not back"]
    assert (line.state, line.chip, line.url) == ("alert", "Not back", LIST)
    clock.shift(timedelta(minutes=6))
    assert lines()["Nobody would be told of a trip that is late"].state == "alert"
    comes_in(stay, ines)
    assert not [title for title in lines() if re.search("trip", title)]


def test_a_departure_of_a_cancelled_appointment_is_refused_in_a_sentence(desk, shelter, stay):
    row = AppointmentFactory(family=stay.family, state=AppointmentState.CANCELLED, starts_at=timezone.now() + HOUR)
    answer = desk.post(f"/tomorrow/{row.pk}/leaves/", {"house": shelter.slug})

    assert answer.status_code == 409
    assert "not on any more" in page(answer)
    assert door.outside([shelter]) == {}
