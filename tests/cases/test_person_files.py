"""What a file says of somebody beyond the door: other names, several nationalities, needs with their dates."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.comparison import birth_words, compare
from cases.models import BirthPrecision, NeedCode, Person, SpecificNeed
from cases.services.duplicates import find_duplicates
from ngo.permissions import Role
from tests.factories import PersonFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    staff = StaffFactory(role=Role.CASEWORKER)
    client.force_login(staff)
    return staff


@pytest.fixture
def person(worker):
    return PersonFactory(
        organisation=worker.organisation, given_names="Xochi", first_surname="Muestra", second_surname=""
    )


def save(client, person, **data):
    given = {
        "given_names": "Xochi",
        "birth_day": "8",
        "birth_month": "2",
        "birth_year": "1992",
        "sex": "f",
        "nationality": "Honduras",
    }
    return client.post(reverse("cases:person_edit", args=[person.pk]), given | data)


def test_other_names_and_nationalities_are_kept_and_found(client, worker, person):
    names = "  Marisol  Luna Ejemplo \n\nSol de Prueba\nSol de Prueba"

    answer = save(client, person, other_names=names, other_nationalities="Guatemala; Honduras, MX")

    assert answer.status_code == 302
    person = Person.objects.get()
    assert person.aliases == ["Marisol Luna Ejemplo", "Sol de Prueba"]
    assert person.nationalities == ["HN", "GT", "MX"]
    assert list(Person.objects.visible_to(worker).named_like("marisol luna")) == [person]
    page = client.get(reverse("cases:person_edit", args=[person.pk])).content.decode()
    assert "Sol de Prueba" in page
    assert "Guatemala, Mexico" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("other_names", "\n".join(f"Nombre {n}" for n in range(9)), "Up to 8"),
        ("other_names", "N" * 121, "too long"),
        ("other_nationalities", "Atlantis", "no country called"),
        ("other_nationalities", "HN, GT, SV, NI, MX, CU", "Up to 5"),
        ("birth_year", "2031", "in the future"),
        ("birth_year", "1899", "more than 120 years ago"),
        ("birth_month", "13", "no such date"),
    ],
)
def test_a_bad_value_has_its_sentence_at_its_field(client, person, field, value, says):
    answer = save(client, person, **{field: value})

    errors = answer.context["form"].errors
    assert list(errors) == [field.removesuffix("_year").removesuffix("_month")]
    assert says in str(errors)


def test_the_first_nationality_is_asked_before_others(client, person):
    answer = save(client, person, nationality="", other_nationalities="GT")

    assert set(answer.context["form"].errors) == {"nationality"}


def test_an_alias_is_enough_for_the_warning_at_the_door(worker, person):
    Person.objects.filter(pk=person.pk).update(other_names="Marisol Luna Ejemplo")

    found = find_duplicates(staff=worker, names=("Marisol", "Luna", "Ejemplo"), born_on=person.born_on)

    assert [one.person for one in found] == [person]


def test_needs_are_listed_with_their_dates_and_who_wrote_them_for_those_who_need_to_know(client, worker, person):
    writer = StaffFactory(organisation=worker.organisation, name="Escribiente de prueba")
    then = timezone.now() - timedelta(days=9)
    for code, ended in ((NeedCode.DIET, timezone.now()), (NeedCode.TORTURE, None)):
        SpecificNeed.objects.create(person=person, code=code, noted_by=writer, noted_at=then, ended_at=ended)
    url = reverse("cases:person_edit", args=[person.pk])

    page = client.get(url)
    assert [need.code for need in page.context["needs"]] == ["diet", "torture"]
    assert page.content.decode().count("Escribiente de prueba") == 2

    client.force_login(StaffFactory(organisation=worker.organisation, role=Role.FRONT_DESK))
    assert [need.code for need in client.get(url).context["needs"]] == ["diet"]


@pytest.mark.parametrize(
    ("born_on", "precision", "says"),
    [
        (date(1992, 2, 8), BirthPrecision.EXACT, "8 Feb 1992 ("),
        (date(1992, 7, 1), BirthPrecision.YEAR, "1992, only the year is known"),
        (None, BirthPrecision.UNKNOWN, ""),
    ],
)
def test_a_birth_is_never_said_more_exactly_than_it_is_known(born_on, precision, says):
    words = birth_words(Person(born_on=born_on, birth_precision=precision))

    assert words.startswith(says)
    assert bool(words) == bool(says)


def test_two_files_are_compared_by_what_either_knows(worker, person):
    other = PersonFactory(organisation=worker.organisation, given_names="Xochi", first_surname="", born_on=None)

    lines = {line.name: line for line in compare(person, other)}

    assert not lines["given_names"].differs
    assert (lines["born_on"].other, lines["born_on"].differs) == ("", False)
    assert "gender" not in lines
