"""A new house, a new state: what it means for an open claim and for a case before a U.S. court."""

from datetime import timedelta

import pytest

from cases.models import ProcessChange, Task, TaskKind
from cases.services.tasks import change_task, finish_task
from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Stay
from shelters.services.desk import Place
from shelters.services.stays import check_in_family, check_out
from shelters.services.undo import undo
from tests.factories import CityFactory, FamilyFactory, OrganisationFactory, ShelterFactory, StaffFactory
from tests.factories_cases import case_of, claim_of, in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def coordinator(house):
    return StaffFactory(organisation=house, role=Role.COORDINATOR)


@pytest.fixture
def family(house):
    return FamilyFactory(organisation=house)


def arrive(family, shelter, by, **more):
    [bed] = shelter.spaces.get().beds.all()
    places = {family.people[0].pk: Place(bed.space_id, bed.pk)}
    return check_in_family(family=family, shelter=shelter, places=places, by=by, **more)


def leave(family, by):
    check_out(stays=Stay.objects.current().filter(family=family), by=by, exit_reason="other")


def tasks(kind):
    return Task.objects.open().filter(kind=kind)


def test_someone_with_an_open_claim_is_not_taken_to_another_state_without_a_reason(house, family, coordinator):
    claim_of(family, coordinator, filed_on=in_days(-5), state="Chiapas")
    shelter = ShelterFactory(organisation=house, beds=1)
    with pytest.raises(Refused, match="should not stay in another state") as refusal:
        arrive(family, shelter, coordinator)
    assert refusal.value.overridable
    assert "claim" not in str(refusal.value)  # The desk need not know why.

    arrive(family, shelter, coordinator, reason="The lawyer agreed by phone")
    task = tasks(TaskKind.OTHER_STATE).get()
    assert (task.role, task.is_urgent) == (Role.LEGAL, True)


def test_in_the_state_of_the_claim_nobody_asks(house, family, coordinator):
    claim_of(family, coordinator, filed_on=in_days(-5), state="Baja California")
    arrive(family, ShelterFactory(organisation=house, beds=1), coordinator)
    assert not tasks(TaskKind.OTHER_STATE).exists()


def test_a_new_house_is_a_new_address_for_a_u_s_court_and_the_same_house_is_none(house, family, coordinator):
    case_of(family, "us-court", coordinator)
    first, second = ShelterFactory(organisation=house, beds=1), ShelterFactory(organisation=house, beds=1)
    arrive(family, first, coordinator)
    [task] = tasks(TaskKind.ADDRESS)
    task.delete()
    leave(family, coordinator)
    arrive(family, first, coordinator)
    assert not tasks(TaskKind.ADDRESS).exists()
    leave(family, coordinator)
    arrive(family, second, coordinator)
    assert tasks(TaskKind.ADDRESS).count() == 1


def test_a_house_across_the_border_or_without_a_city_is_in_no_state(house, family, coordinator):
    claim_of(family, coordinator, filed_on=in_days(-5), state="Chiapas")
    texas = CityFactory(name="Laredo de prueba", state="Texas", country="US", zone="America/Chicago")
    arrive(family, ShelterFactory(organisation=house, city=texas, beds=1), coordinator)
    assert not tasks(TaskKind.OTHER_STATE).exists()


# --- Undone ------------------------------------------------------------------------------------------------------------


def test_undoing_a_check_in_takes_back_what_the_arrival_asked_for(house, family, coordinator):
    claim_of(family, coordinator, filed_on=in_days(-5), state="Chiapas")
    case_of(family, "us-court", coordinator, is_main=False)
    act = arrive(family, ShelterFactory(organisation=house, beds=1), coordinator, reason="The lawyer agreed by phone")
    kinds = (TaskKind.OTHER_STATE, TaskKind.ADDRESS)
    assert {task.kind for task in Task.objects.open()} > set(kinds)

    undo(act=act, by=coordinator)

    assert not Task.objects.open().filter(kind__in=kinds).exists()
    dropped = Task.objects.filter(kind__in=kinds)
    assert {(task.key, task.dropped_reason) for task in dropped} == {("", "The check-in was undone.")}
    assert ProcessChange.objects.filter(code="other_state_undone").count() == 1


def test_what_was_taken_back_is_asked_for_again_when_they_do_arrive(house, family, coordinator):
    case_of(family, "us-court", coordinator)
    shelter = ShelterFactory(organisation=house, beds=1)
    undo(act=arrive(family, shelter, coordinator), by=coordinator)
    arrive(family, shelter, coordinator)

    assert tasks(TaskKind.ADDRESS).count() == 1


@pytest.mark.parametrize("work", ["done", "taken", "another_day"])
def test_a_task_on_which_somebody_has_worked_stays_as_it_is(house, family, coordinator, work):
    case_of(family, "us-court", coordinator)
    act = arrive(family, ShelterFactory(organisation=house, beds=1), coordinator)
    [task] = tasks(TaskKind.ADDRESS)
    if work == "done":
        finish_task(task=task, by=coordinator)
    else:
        owner, days = (coordinator, 0) if work == "taken" else (None, 1)
        change_task(task=task, by=coordinator, owner=owner, due_on=task.due_on - timedelta(days=days))

    undo(act=act, by=coordinator)

    task.refresh_from_db()
    assert task.dropped_at is None
