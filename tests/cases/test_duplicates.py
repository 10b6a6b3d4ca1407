"""People we may already know: found through accents, typing errors, and surnames dropped or swapped."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.models import BirthPrecision
from cases.services.people import find_duplicates
from ngo.permissions import Role
from tests.factories import FamilyFactory, PersonFactory, ShelterFactory, StaffFactory, StayFactory

pytestmark = pytest.mark.django_db
BORN = date(1992, 2, 8)


@pytest.fixture
def desk():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def marisol(desk):
    crowd = [
        ("Mario", "Lugo", "Ensayo"),
        ("María", "Luna", "Prueba"),
        ("Marta", "Soler", "Ejemplo"),
        ("Sol", "Luna", "Ejemplo"),
    ]
    for given, first, second in crowd:
        PersonFactory(
            organisation=desk.organisation,
            given_names=given,
            first_surname=first,
            second_surname=second,
            born_on=date(1970, 5, 5),
        )
    return PersonFactory(
        organisation=desk.organisation,
        given_names="Marisol Inés",
        first_surname="Lúna",
        second_surname="Ejemplo",
        born_on=BORN,
    )


def found(staff, *names, born_on=BORN, **more):
    return [candidate.person for candidate in find_duplicates(staff=staff, names=names, born_on=born_on, **more)]


@pytest.mark.parametrize(
    "names",
    [
        ("Marisol Inés", "Luna", "Ejemplo"),
        ("MARISOL INES", "LUNA", "EJEMPLO"),
        ("Marisol", "Luna", "Ejemplo"),
        ("Marisol Inés", "Luna", ""),
        ("Marisol", "Luna", ""),
        ("Marisol Inés", "Ejemplo", "Luna"),
        ("Marisol Inés", "Ejemplo", ""),
        ("Marizol Ines", "Luna", "Ejemplo"),
        ("Marisol Luna Ejemplo", "", ""),
        ("Mariso", "Luna", "Egemplo"),
    ],
)
def test_she_is_found_again(desk, marisol, names):
    assert found(desk, *names) == [marisol]


@pytest.mark.parametrize(
    ("names", "born_on"),
    [
        (("Marisol Inés", "Luna", "Ejemplo"), date(1961, 2, 8)),
        (("Beatriz", "Luna", "Ejemplo"), BORN),
        (("Marisol", "Quiroga", "Ensayo"), BORN),
        (("Ma", "", ""), BORN),
        (("%_'", "\\", ""), BORN),
        (("", "", ""), None),
    ],
)
def test_she_is_not_taken_for_someone_else(desk, marisol, names, born_on):
    assert found(desk, *names, born_on=born_on) == []


def test_day_and_month_swapped_a_year_alone_or_no_date_still_find_her(desk, marisol):
    names = ("Marisol Inés", "Luna", "Ejemplo")
    assert found(desk, *names, born_on=date(1992, 8, 2)) == [marisol]
    assert found(desk, *names, born_on=date(1993, 1, 1), precision=BirthPrecision.ESTIMATED) == [marisol]
    assert found(desk, *names, born_on=None) == [marisol]


def test_only_people_of_the_own_organisation_are_found(marisol):
    assert found(StaffFactory(), "Marisol Inés", "Luna", "Ejemplo") == []
    assert found(StaffFactory(organisation=None), "Marisol Inés", "Luna", "Ejemplo") == []


def test_the_candidate_says_which_file_and_when_they_left(desk):
    shelter = ShelterFactory(organisation=desk.organisation)
    family = FamilyFactory(organisation=desk.organisation, people=1)
    left = timezone.now() - timedelta(days=9)
    StayFactory(shelter=shelter, family=family, arrived_at=left - timedelta(days=5), departed_at=left)
    StayFactory(shelter=shelter, family=family, arrived_at=left, departed_at=left + timedelta(days=3), voided_at=left)
    person = family.people[0]
    names = (person.given_names, person.first_surname, person.second_surname)

    (candidate,) = find_duplicates(staff=desk, names=names, born_on=person.born_on)

    assert (candidate.person, candidate.folio, candidate.left_at, candidate.is_here) == (
        person,
        family.folio,
        left,
        False,
    )
    StayFactory(shelter=shelter, family=family)
    assert find_duplicates(staff=desk, names=names, born_on=person.born_on)[0].is_here


def test_a_volunteer_learns_only_of_someone_with_the_same_year_of_birth(desk, marisol):
    volunteer = StaffFactory(organisation=desk.organisation, role=Role.VOLUNTEER)
    names = ("Marisol Inés", "Luna", "Ejemplo")

    assert found(volunteer, *names) == [marisol]
    assert found(volunteer, *names, born_on=date(1993, 2, 8), precision=BirthPrecision.YEAR) == []
    assert found(volunteer, *names, born_on=None) == []


def test_looking_takes_the_same_number_of_queries_however_many_people_there_are(
    desk, marisol, django_assert_num_queries
):
    desk.membership  # noqa: B018  (loaded once per request)
    names = ("Marisol Inés", "Luna", "Ejemplo")
    with django_assert_num_queries(8):
        found(desk, *names)
    for _ in range(20):
        PersonFactory(
            organisation=desk.organisation, given_names="Marisol", first_surname="Luna", second_surname="", born_on=BORN
        )
    with django_assert_num_queries(8):
        assert len(found(desk, *names)) == 3
