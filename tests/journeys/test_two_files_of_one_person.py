"""Journey: somebody was registered twice. The queue asks, the files are joined, and put apart again: each gets back its own."""

from datetime import date

import pytest
from playwright.sync_api import expect

from cases.models import Merge, PairState, Person, PossibleDuplicate
from cases.services.pairs import compare_new_people
from shelters.models import Stay
from tests.factories import FamilyFactory, PlacementFactory
from tests.factories_cases import case_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
MONDAY = date(2026, 11, 30)


@pytest.fixture
def twice(house):
    """Marisol came with her son and sleeps here; months before, somebody had written her down with a day for a month."""
    families = [FamilyFactory(organisation=house.organisation, ages=ages) for ages in ([34], [34, 9])]
    before, now = (family.people[0] for family in families)
    for person, names, born in (
        (before, ("Marisol", "Luna", ""), date(1992, 8, 2)),
        (now, ("Marisol Inés", "Luna", "Ejemplo"), date(1992, 2, 8)),
    ):
        person.given_names, person.first_surname, person.second_surname = names
        person.born_on, person.sex = born, "f"
        person.save()
    case_of(families[0], "us-waitlist", house.caseworker)
    for person, bed in zip(families[1].people, house.first.spaces.first().beds.all(), strict=False):
        PlacementFactory(bed=bed, person=person, family=families[1])
    compare_new_people()
    return before, now


def test_two_files_are_joined_out_of_the_queue_and_put_apart_again(desk, house, twice):
    before, now = twice
    desk.on(MONDAY, 10, house.caseworker)
    the_queue_asks(desk)
    they_are_joined(desk)
    everything_stands_in_one_file(before, now)
    the_wrong_join_is_put_apart(desk)
    each_has_its_own_again(before, now)


def the_queue_asks(desk):
    desk.place("Personas")
    desk.follow("Personas que quizá tienen dos expedientes")
    desk.sees("1 par de expedientes")
    desk.follow("Marisol Luna")
    desk.sees("Dato", "Marisol Inés", "El expediente más antiguo")


def they_are_joined(desk):
    desk.press("Juntar los dos expedientes")
    expect(desk.page.locator(".po-errors")).to_contain_text("Escriba")
    desk.write(**{"keep": "one", "fact-given_names": "other", "fact-born_on": "other"})
    desk.write(reason="Ella lo dijo, y trae su acta.")
    desk.press("Juntar los dos expedientes")
    desk.is_told("Los dos expedientes son uno ahora")
    desk.sees("Marisol Inés Luna Ejemplo")


def everything_stands_in_one_file(before, now):
    before.refresh_from_db()
    assert (before.full_name, before.born_on) == ("Marisol Inés Luna Ejemplo", date(1992, 2, 8))
    assert Person.objects.get(pk=now.pk).merged_into_id == before.pk
    assert Stay.objects.current().filter(person=before).exists()
    assert not Stay.objects.filter(person=now).exists()


def the_wrong_join_is_put_apart(desk):
    desk.place("Personas")
    desk.follow("Personas que quizá tienen dos expedientes")
    desk.follow("Separar", within="Marisol Inés")
    desk.sees("Ella lo dijo, y trae su acta.")
    desk.press("Volver a hacer dos expedientes")
    desk.is_told("Son otra vez dos expedientes.")


def each_has_its_own_again(before, now):
    before.refresh_from_db()
    now.refresh_from_db()
    assert (before.full_name, before.born_on) == ("Marisol Luna", date(1992, 8, 2))
    assert (now.full_name, now.merged_into_id) == ("Marisol Inés Luna Ejemplo", None)
    assert Stay.objects.current().filter(person=now).exists()
    assert [row.process.version.pathway.code for row in before.process_rows.all()] == ["us-waitlist"]
    assert not now.process_rows.exists()
    assert Merge.objects.get().undone_at is not None
    assert PossibleDuplicate.objects.get().state == PairState.OPEN
