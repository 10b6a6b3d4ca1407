"""U.S. matters: A-numbers, the address that a court must know, weekly checks of a hearing, turns on lists."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from cases.models import AlienNumber, AppointmentKind, Task, TaskKind
from cases.services import appointments, us_matters
from cases.services.appointment_kinds import seed_kinds
from cases.services.clock_rules import load_clocks
from cases.services.tasks import finish_task
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import AppointmentFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of, in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def family(house):
    return FamilyFactory(organisation=house, people=2)


# --- The A-number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("A012345678", "012345678"),
        ("a 12-345-678", "012345678"),
        ("1234567", "001234567"),
        ("A#123.456.789", "123456789"),
    ],
)
def test_an_a_number_is_kept_as_nine_digits_however_it_is_written(typed, kept):
    assert us_matters.clean_a_number(typed) == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("A12345", "7, 8 or 9 digits; this one has 5"),
        ("A1234567890", "this one has 10"),
        ("AB1234567", "only digits after its A"),
        ("", "only digits"),
        ("A000000000", "not all zeros"),
        ("A١٢٣٤٥٦٧٨", "only digits"),
    ],
)
def test_what_is_no_a_number_is_told_what_is_wrong(typed, words):
    with pytest.raises(Refused, match=words):
        us_matters.clean_a_number(typed)


def test_an_a_number_is_encrypted_in_the_row_and_in_its_history(family, worker):
    us_matters.write_a_number(person=family.people[0], number="A012345678", by=worker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cases_aliennumber UNION ALL SELECT number FROM cases_aliennumberevent")
        assert not any("12345678" in row[0] for row in cursor.fetchall())


def test_an_a_number_is_found_by_its_hash_and_belongs_to_one_person(family, worker, house):
    us_matters.write_a_number(person=family.people[0], number="A012345678", by=worker)
    assert us_matters.people_with_a_number("a 12345678") == [family.people[0].pk]
    assert us_matters.people_with_a_number("Ana") == []
    with pytest.raises(Refused, match="has this A-number in our files"):
        us_matters.write_a_number(person=family.people[1], number="12345678", by=worker)
    other = StaffFactory(role=Role.CASEWORKER)  # Another organisation may know the same person.
    theirs = FamilyFactory(organisation=other.organisation).people[0]
    us_matters.write_a_number(person=theirs, number="12345678", by=other)


def test_a_corrected_a_number_replaces_the_old_one(family, worker):
    for number in ("A012345678", "A012345679"):
        us_matters.write_a_number(person=family.people[0], number=number, by=worker)
    assert AlienNumber.objects.standing().get().number == "012345679"
    us_matters.remove_a_number(person=family.people[0], by=worker)
    assert not AlienNumber.objects.standing().exists()
    assert AlienNumber.objects.count() == 2


# --- The address of a court ----------------------------------------------------------------------------------------------


def test_the_court_is_told_within_five_days_and_by_the_form_within_five_working_days_of_the_united_states(house):
    load_clocks()
    assert us_matters.days_to_tell(house, date(2026, 11, 24)) == (
        date(2026, 11, 29),
        date(2026, 12, 2),
    )  # Thanksgiving.
    assert us_matters.days_to_tell(house, date(2026, 12, 21)) == (date(2026, 12, 26), date(2026, 12, 29))


def test_without_the_rule_the_safe_reading_holds_for_both(house):
    assert us_matters.days_to_tell(house, date(2026, 11, 24)) == (date(2026, 11, 29),) * 2


def test_whoever_has_a_court_case_gets_one_task_for_each_new_address(family, worker):
    case_of(family, "us-court", worker, people=family.people[:1])
    case_of(family, "us-port", worker, people=family.people[1:])
    day = date(2026, 11, 24)
    assert len(us_matters.note_new_address(people=family.people, day=day, by=worker)) == 1
    assert len(us_matters.note_new_address(people=family.people, day=day, by=worker)) == 0
    assert len(us_matters.note_new_address(people=family.people, day=day + timedelta(days=9), by=worker)) == 1
    assert set(Task.objects.filter(kind=TaskKind.ADDRESS).values_list("person", flat=True)) == {family.people[0].pk}


def test_a_hearing_ahead_counts_as_a_court_case_in_whatever_u_s_pathway(family, worker, house):
    seed_kinds(house)
    case_of(family, "us-parole", worker)
    court = AppointmentKind.objects.get(organisation=house, code="us-court")
    AppointmentFactory(family=family, kind=court, people=family.people[:1])
    assert len(us_matters.note_new_address(people=family.people, day=timezone.localdate(), by=worker)) == 1


# --- The weekly check of a hearing -----------------------------------------------------------------------------------------


@pytest.fixture
def hearing(family, worker, house):
    """A hearing on Wednesday 16 December 2026, booked on 25 November, for a case before a U.S. court."""
    seed_kinds(house)
    with time_machine.travel("2026-11-25T18:00:00Z", tick=False):
        case_of(family, "us-court", worker)
        yield appointments.schedule_appointment(
            family=family,
            kind=AppointmentKind.objects.get(organisation=house, code="us-court"),
            people=family.people[:1],
            local_date=date(2026, 12, 16),
            local_time=time(9),
            place="Corte de prueba",
            zone="America/Tijuana",
            owner=worker,
            by=worker,
        )


def checks():
    return list(Task.objects.open().filter(kind=TaskKind.VERIFY_HEARING).values_list("due_on", flat=True))


def test_a_hearing_is_checked_every_seven_days_until_its_date(hearing, worker):
    assert checks() == [date(2026, 12, 2)]
    for day, following in ((2, [date(2026, 12, 9)]), (9, [])):  # The third would fall on the day of the hearing itself.
        with time_machine.travel(f"2026-12-{day:02}T18:00:00Z", tick=False):
            finish_task(task=Task.objects.open().get(kind=TaskKind.VERIFY_HEARING), by=worker, result="Same date")
        assert checks() == following


def test_a_check_belongs_to_the_case_and_to_who_is_responsible(hearing, worker):
    task = Task.objects.get(kind=TaskKind.VERIFY_HEARING)
    assert (task.owner, task.process.version.pathway.code) == (worker, "us-court")


def test_a_hearing_that_is_moved_or_called_off_takes_its_checks_along(hearing, worker):
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        moved = appointments.reschedule_appointment(
            appointment=hearing,
            local_date=date(2027, 1, 20),
            local_time=hearing.local_time,
            reason="The court moved it",
            by=worker,
        )
        assert checks() == [date(2026, 12, 3)]
        appointments.cancel_appointment(appointment=moved, by=worker, reason="Closed")
    assert checks() == []


def test_other_kinds_are_not_checked(family, worker, house):
    seed_kinds(house)
    kinds = AppointmentKind.objects.filter(organisation=house, is_checked_weekly=True)
    assert set(kinds.values_list("code", flat=True)) == {"us-court", "us-court-mpp"}
    assert all(kind.missing_es and kind.missing_en for kind in kinds)


# --- Turns on a list -------------------------------------------------------------------------------------------------------


def test_a_turn_asks_again_until_it_is_over(family, worker):
    process = case_of(family, "us-waitlist", worker)
    turn = us_matters.join_a_list(process=process, list_name="Plaza", joined_on=in_days(-3), number="12", by=worker)
    us_matters.hear_of_list(turn=turn, state="waiting", last_called="9", check_on=in_days(3), by=worker)
    assert list(Task.objects.open().filter(kind=TaskKind.TURN).values_list("due_on", flat=True)) == [in_days(3)]
    us_matters.hear_of_list(turn=turn, state="lost", by=worker)
    assert not Task.objects.open().filter(kind=TaskKind.TURN).exists()
    with pytest.raises(Refused, match="turn is over"):
        us_matters.hear_of_list(turn=turn, state="waiting", by=worker)


def test_a_turn_that_was_called_makes_an_urgent_task_for_its_day_and_another_day_replaces_it(family, worker):
    turn = us_matters.join_a_list(
        process=case_of(family, "us-waitlist", worker), list_name="Lista de prueba", joined_on=in_days(-3), by=worker
    )
    for days in (2, 4):
        us_matters.hear_of_list(turn=turn, state="called", called_for=in_days(days), by=worker)
    [task] = Task.objects.open().filter(kind=TaskKind.TURN_CALLED)
    assert (task.due_on, task.is_urgent) == (in_days(4), True)
    us_matters.hear_of_list(turn=turn, state="passed", by=worker)
    assert not Task.objects.open().filter(kind__in=[TaskKind.TURN, TaskKind.TURN_CALLED]).exists()


def test_who_has_a_hearing_tells_the_court_also_where_nobody_opened_a_case(family, worker, house):
    seed_kinds(house)
    hearing = AppointmentKind.objects.filter(organisation=house, is_checked_weekly=True).first()
    AppointmentFactory(
        family=family, kind=hearing, people=family.people[:1], starts_at=timezone.now() + timedelta(days=20)
    )

    assert len(us_matters.note_new_address(people=family.people, day=in_days(0), by=worker)) == 1
    task = Task.objects.get(kind=TaskKind.ADDRESS)
    assert (task.person, task.process, task.due_on) == (family.people[0], None, in_days(5))
