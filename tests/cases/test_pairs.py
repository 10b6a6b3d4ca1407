"""The questions about two files: found once, decided by people, never asked twice."""

from datetime import date

import pytest

from cases.models import FamilyMember, PairState, Person, PossibleDuplicate, Relationship
from cases.services import pairs
from cases.services.pairs import ask_again, compare_new_people, say_different
from cases.services.people import MemberData, correct_person
from cases.tasks import compare_new_people as task
from ngo.errors import Refused
from tests.factories import FamilyFactory, OrganisationFactory, PersonFactory, StaffFactory

pytestmark = pytest.mark.django_db
BORN = date(1992, 2, 8)


@pytest.fixture
def desk():
    return StaffFactory()


def person(desk, given, first, second="", born_on=BORN, **more):
    return PersonFactory(
        organisation=desk.organisation,
        given_names=given,
        first_surname=first,
        second_surname=second,
        born_on=born_on,
        sex="",
        **more,
    )


@pytest.fixture
def twice(desk):
    """One woman with two files, and others who are somebody else."""
    for number, given in enumerate(["Bruno", "Celia", "Elsa", "Fabio", "Gala"]):
        person(desk, given, "Ensayo", f"Muestra{number}", date(1960 + number, 5, 5 + number))
    return person(desk, "Marisol Inés", "Luna", "Ejemplo"), person(desk, "Mariçol", "Ejemplo", "Luna")


def asked():
    return [(pair.one, pair.other) for pair in PossibleDuplicate.objects.to_look_at()]


def test_two_files_of_one_person_are_asked_about_once(desk, twice):
    assert compare_new_people() == 7
    assert asked() == [twice]
    assert compare_new_people() == 0

    Person.objects.update(compared_at=None)
    task()

    assert asked() == [twice]


def test_a_swapped_date_a_dropped_surname_or_an_alias_is_enough(desk):
    one = person(desk, "Marisol Inés", "Luna", "Ejemplo")
    other = person(desk, "Marisol", "Luna", born_on=date(1992, 8, 2))
    alias = person(desk, "Xochi", "Quiroga", other_names="Marisol Luna Ejemplo")

    compare_new_people()

    assert set(asked()) == {(one, other), (one, alias), (other, alias)}


def test_namesakes_of_another_age_are_no_question_where_the_name_is_common(desk):
    crowd = [person(desk, "Marisol", "Muestra", born_on=date(1950 + n, 1 + n % 12, 3 + n % 20)) for n in range(30)]

    compare_new_people()

    assert crowd
    assert asked() == []


def test_people_of_two_organisations_are_not_compared(desk, twice):
    _one, other = twice
    Person.objects.filter(pk=other.pk).update(organisation=OrganisationFactory())

    compare_new_people()

    assert asked() == []


def test_twins_of_one_family_are_no_question_and_one_person_typed_twice_in_it_is(desk):
    family = FamilyFactory(organisation=desk.organisation)
    twins = [person(desk, given, "Luna", "Ejemplo") for given in ("Bruno", "Celia", "Bruno")]
    for one in twins:
        FamilyMember.objects.create(family=family, person=one, relationship=Relationship.CHILD)

    compare_new_people()

    assert asked() == [(twins[0], twins[2])]


def test_who_was_told_apart_is_not_asked_about_again_unless_somebody_wants_it(desk, twice):
    compare_new_people()
    [pair] = PossibleDuplicate.objects.to_look_at()

    say_different(pair=pair, by=desk, reason=" They stood here together. ")

    pair.refresh_from_db()
    assert (pair.state, pair.decided_by, pair.reason) == (PairState.DIFFERENT, desk, "They stood here together.")
    Person.objects.update(compared_at=None)
    compare_new_people()
    assert asked() == []

    ask_again(pair=pair, by=desk)

    assert asked() == [twice]


def test_a_pair_is_decided_once_and_with_a_reason(desk, twice):
    compare_new_people()
    [pair] = PossibleDuplicate.objects.to_look_at()
    with pytest.raises(Refused, match="found out"):
        say_different(pair=pair, by=desk, reason=" ")
    with pytest.raises(Refused, match="not among"):
        ask_again(pair=pair, by=desk)
    say_different(pair=pair, by=desk, reason="Sisters")

    with pytest.raises(Refused, match="decided this already"):
        say_different(pair=pair, by=desk, reason="Sisters")


def test_whoever_is_corrected_is_compared_again_and_a_question_that_fell_away_is_taken_back(desk, twice):
    compare_new_people()
    _one, other = twice

    correct_person(person=other, facts=MemberData("Beatriz", "Quiroga", "Ensayo", born_on=date(1971, 6, 17)), by=desk)

    assert compare_new_people() == 1
    assert asked() == []


def test_what_is_left_over_is_done_the_next_time(desk, twice, monkeypatch):
    monkeypatch.setattr(pairs, "AT_ONCE", 2)

    assert compare_new_people(at_most=2) == 4
    assert compare_new_people(at_most=2) == 3
    assert asked() == [twice]


def test_a_whole_batch_is_compared_with_few_queries_beside_one_for_each_person(
    desk, twice, django_assert_max_num_queries
):
    with django_assert_max_num_queries(7 + 18):
        compare_new_people()
