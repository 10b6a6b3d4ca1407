"""What is asked about before a date is booked or moved, and that a reason lets it through."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from cases.models import Appointment, Precision
from cases.services import appointments as services
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import (
    AppointmentKindFactory,
    CityFactory,
    FamilyFactory,
    OfficeFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.
NEXT_WEEK = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker():
    return StaffFactory(role=Role.CASEWORKER)


@pytest.fixture
def house(worker):
    return ShelterFactory(organisation=worker.organisation, curfew_at=time(21), report_at=time(21, 30))


@pytest.fixture
def family(worker, house):
    family = FamilyFactory(organisation=worker.organisation, ages=[34, 36, 9])
    for person in family.people:
        StayFactory(shelter=house, family=family, person=person)
    return family


@pytest.fixture
def kind(worker):
    return AppointmentKindFactory(organisation=worker.organisation)


@pytest.fixture
def book(worker, family, kind):
    def make(**given):
        usual = {
            "family": family,
            "kind": kind,
            "people": family.people[:1],
            "place": "Clínica de prueba",
            "zone": "America/Tijuana",
            "local_date": NEXT_WEEK,
            "local_time": time(9),
            "leave_time": time(8, 15),
            "by": worker,
        }
        return services.schedule_appointment(**(usual | given))

    return make


def warned(book, words, **given):
    """It is a warning; with a reason it is booked."""
    with pytest.raises(Refused, match=words) as refusal:
        book(**given)
    assert refusal.value.overridable
    return book(reason="It is right", **given)


def test_somebody_in_two_places_and_who_goes_along_and_is_called_elsewhere(book, family):
    book()
    warned(book, "has another appointment at that time", local_time=time(9, 30), leave_time=time(9))
    warned(
        book,
        "goes along, and has another appointment at that time",
        people=family.people[1:2],
        companions=family.people[:1],
    )


def test_everything_that_speaks_against_it_is_said_at_once(book, family):
    book()
    with pytest.raises(Refused) as refusal:
        book(people=family.people[:2])
    assert "another appointment" in str(refusal.value)
    assert "these stay behind" in str(refusal.value)
    assert str(refusal.value).endswith("write the reason.")


def test_a_child_left_alone_in_the_house_while_every_adult_is_away(book, family):
    row = warned(book, "these stay behind", people=family.people[:2])
    services.cancel_appointment(appointment=row, by=None, reason="Asked")
    book(people=family.people[:2], companions=family.people[2:])  # Nobody stays behind.


def test_an_adult_who_is_at_another_appointment_is_away_too(book, family):
    book(people=family.people[1:2])
    warned(book, "these stay behind", people=family.people[:1], local_time=time(9, 15))


def test_a_family_that_sleeps_in_no_house_leaves_nobody_alone_in_it(book, worker, kind):
    family = FamilyFactory(organisation=worker.organisation, ages=[34, 9])
    assert book(family=family, people=family.people[:1], home_zone="America/Tijuana").pk


@pytest.mark.parametrize(
    ("hour", "leaves", "is_away"),
    [(time(20, 30), time(20), True), (time(19), time(18), False), (time(21, 30), time(21, 1), False)],
)
def test_who_would_be_away_at_the_roll_call(book, hour, leaves, is_away):
    given = {"local_time": hour, "leave_time": leaves}
    if is_away:
        warned(book, "away at the roll-call, at 21:00", **given)
    else:
        book(**given)


def test_who_leaves_the_evening_before_is_away_at_that_roll_call(book):
    warned(book, "away at the roll-call", leave_date=NEXT_WEEK - timedelta(days=1), leave_time=time(20))


def test_a_house_whose_door_does_not_close_calls_the_roll_before_its_report(book, house):
    house.curfew_at = None
    house.save(update_fields=["curfew_at"])
    warned(book, "at the roll-call, at 21:30", local_time=time(21, 15), leave_time=time(20))


def test_too_little_time_between_two_cities(book):
    tijuana = OfficeFactory(city=CityFactory(name="Tijuana", zone="America/Tijuana"), zone="America/Tijuana")
    mexicali = OfficeFactory(city=CityFactory(name="Mexicali", zone="America/Tijuana"), zone="America/Tijuana")
    book(office=tijuana)
    book(office=tijuana, local_time=time(11), leave_time=time(10, 30))  # In one city two hours are enough.
    warned(
        book,
        "in another city with too little time",
        office=mexicali,
        local_time=time(14, 30),
        leave_time=time(12, 30),
    )
    book(office=mexicali, local_time=time(18), leave_time=time(16))


def test_of_only_the_day_another_appointment_on_that_day_is_said(book):
    book(precision=Precision.DAY)
    warned(book, "on that day: .*hour to be told", local_time=time(17), leave_time=time(16))


@pytest.mark.parametrize(
    ("rule", "words"),
    [("called", "Only those who are called"), ("family", "Only the family"), ("required", "must go along")],
)
def test_who_may_go_along_is_what_the_kind_says(book, family, kind, rule, words):
    kind.companions = rule
    kind.save(update_fields=["companions"])
    given = {} if rule == "required" else {"accompanied_by": "Ana, voluntaria"}
    warned(book, words, **given)


def test_moving_is_asked_about_too_and_has_a_reason_of_its_own(book, worker, family):
    book(local_date=date(2026, 11, 27))
    row = book()
    to = {
        "appointment": row,
        "local_date": date(2026, 11, 27),
        "local_time": time(9, 15),
        "leave_time": time(8, 30),
        "reason": "The court wrote",
        "by": worker,
    }
    with pytest.raises(Refused, match="another appointment") as refusal:
        services.reschedule_appointment(**to)
    assert refusal.value.overridable
    assert Appointment.objects.get(pk=row.pk).is_on
    new = services.reschedule_appointment(**to, although="Same building")
    assert new.changes.get().reason == "The court wrote. Same building"


def test_it_takes_as_many_queries_for_a_large_family(worker, house, kind, django_assert_num_queries):
    from cases.services.clashes import clashes

    counts = []
    for ages in ([34, 9], [34, 36, 60, 12, 9, 7, 5, 2]):
        family = FamilyFactory(organisation=worker.organisation, ages=ages)
        for person in family.people:
            StayFactory(shelter=house, family=family, person=person)
        row = services.schedule_appointment(
            family=family,
            kind=kind,
            people=family.people,
            place="Clínica",
            zone="America/Tijuana",
            local_date=NEXT_WEEK,
            local_time=time(9),
            by=worker,
        )
        with django_assert_num_queries(3):
            counts.append(clashes(row, family.people, []))
    assert all(any("another appointment" in words for words in said) for said in counts)
