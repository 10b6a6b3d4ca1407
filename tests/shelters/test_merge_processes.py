"""Two files joined that are both in cases: one main case, one row in a case of both, one number, and the group that follows."""

import pytest
from django.utils import timezone

from cases.models import AlienNumber, Case, Group, Permit, PermitKind, PermitState, ProcessPerson
from cases.services.us_matters import remove_a_number, write_a_number
from ngo.errors import Refused
from ngo.permissions import Role
from shelters.services.merge import merge, undo_merge
from tests.factories import FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of
from tests.shelters.test_merge import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def two(house):
    return [FamilyFactory(organisation=house, group=Group.UNDECIDED).people[0] for _ in range(2)]


def join(two, by, **more):
    return merge(kept=two[0], merged=two[1], by=by, reason="One person", **more)


def in_case(by, code, *people):
    return case_of(people[0].family_memberships.get().family, code, by=by, people=list(people))


def group_of(person):
    return Case.objects.open().get(person=person).group


@pytest.mark.parametrize("chosen", ["kept", "merged"])
def test_of_two_main_cases_the_chosen_one_goes_on_and_both_come_back(worker, two, chosen):
    cases = {
        "kept": in_case(worker, "us-court", two[0]),
        "merged": in_case(worker, "mx-protection", two[1]),
    }
    before = everything()

    done = join(two, worker, case_of=chosen)

    assert ProcessPerson.objects.main().get(person=two[0]).process == cases[chosen]
    assert ProcessPerson.objects.current().filter(person=two[0]).count() == 2
    assert group_of(two[0]) == cases[chosen].version.pathway.group
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_the_group_follows_the_only_main_case(worker, two):
    process = in_case(worker, "mx-protection", two[1])

    join(two, worker, case_of="kept")

    assert group_of(two[0]) == process.version.pathway.group


def test_in_a_case_of_both_they_are_once_and_two_again_afterwards(worker, house):
    family = FamilyFactory(organisation=house, people=2, group=Group.UNDECIDED)
    process = in_case(worker, "us-court", *family.people)
    before = everything()

    done = join(family.people, worker)

    assert process.people.filter(left_at=None).count() == 1
    assert ProcessPerson.objects.main().filter(person=family.people[0]).exists()
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_two_numbers_that_differ_speak_for_two_people_and_one_number_goes_along(worker, two):
    write_a_number(person=two[0], number="A200000001", by=worker)
    write_a_number(person=two[1], number="A200000002", by=worker)
    with pytest.raises(Refused, match="two different A-numbers"):
        join(two, worker)
    remove_a_number(person=two[0], by=worker)

    join(two, worker)

    assert AlienNumber.objects.standing().get().person == two[0]


def test_of_two_papers_of_a_kind_the_later_one_stands(worker, two):
    today = timezone.localdate()
    for person in two:
        Permit.objects.create(
            person=person,
            kind=PermitKind.values[0],
            state=PermitState.ISSUED,
            issued_on=today,
            written_by=worker,
        )

    join(two, worker)

    assert Permit.objects.filter(person=two[0], replaced_at=None).count() == 1
    assert Permit.objects.filter(person=two[0]).count() == 2
