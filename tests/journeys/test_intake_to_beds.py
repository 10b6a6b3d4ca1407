"""Walk 1: a mother and her son stand at the door at night, and a volunteer gives them beds; in Spanish, page by page."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from cases.models import Family, IntakeDraft
from ngo.permissions import Role
from shelters.models import Act
from shelters.services.capacity import figures
from tests.cases.intake_data import child, person, posted
from tests.factories import OrganisationFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelter():
    """One room for anyone, with three beds."""
    shelter = ShelterFactory(organisation=OrganisationFactory(), name="Casa Ensayo", slug="casa-ensayo")
    SpaceFactory(shelter=shelter, name="Sala", beds=3)
    return shelter


@pytest.fixture
def volunteer(shelter):
    """At the door in Spanish; may give beds, may not open files."""
    client = Client(headers={"accept-language": "es"})
    client.force_login(StaffFactory(organisation=shelter.organisation, role=Role.VOLUNTEER, language="es"))
    return client


def test_a_volunteer_takes_in_a_family_gives_it_beds_and_takes_it_back(volunteer, shelter):
    nobody_is_there_yet(volunteer, shelter)
    draft = the_volunteer_starts_an_intake_for_two(volunteer)
    place = the_family_is_written_down(volunteer, draft)
    suggestion = the_page_suggests_beds_together(volunteer, place)
    one_press_checks_them_in(volunteer, place, suggestion)
    the_board_shows_their_beds_taken(volunteer, shelter)
    the_figures_of_tonight_count_them(shelter)
    it_was_the_wrong_family_and_is_undone(volunteer)
    nobody_is_there_yet(volunteer, shelter)


def nobody_is_there_yet(volunteer, shelter):
    assert beds_on_the_board(volunteer, shelter) == ["free", "free", "free"]
    tonight = figures([shelter])[0]
    assert (tonight.nominal, tonight.occupied, tonight.free) == (3, 0, 3)


def the_volunteer_starts_an_intake_for_two(volunteer):
    answer = volunteer.post(reverse("cases:intake"), {"people": 2})
    draft = IntakeDraft.objects.get()
    assert answer["Location"] == reverse("cases:intake_draft", args=[draft.pk])
    assert "Persona 2" in text(volunteer.get(answer["Location"]))
    return draft


def the_family_is_written_down(volunteer, draft):
    mother = person("Marisol", first_surname="Luna", second_surname="Ejemplo", nationality="Honduras", speaks="Español")
    answer = volunteer.post(reverse("cases:intake_draft", args=[draft.pk]), posted(mother, child("Mateo")))

    family = Family.objects.get()
    assert answer["Location"] == reverse("shelters:place_family", args=[family.pk])
    assert family.members.count() == 2
    assert not IntakeDraft.objects.exists()
    return answer["Location"]


def the_page_suggests_beds_together(volunteer, place):
    page = text(volunteer.get(place))
    assert "Toda la familia en Sala" in page
    return re.search(r'name="take" value="([^"]+)"', page)[1]


def one_press_checks_them_in(volunteer, place, suggestion):
    answer = volunteer.post(place, {"take": suggestion})
    family = Family.objects.get()
    assert answer["Location"] == reverse("shelters:family_beds", args=[family.pk])  # Their beds, not their file.
    assert "Deshacer" in text(volunteer.get(answer["Location"]))
    assert volunteer.get(reverse("cases:family", args=[family.pk])).status_code == 403


def the_board_shows_their_beds_taken(volunteer, shelter):
    assert beds_on_the_board(volunteer, shelter) == ["occ", "occ", "free"]
    page = text(volunteer.get(board(shelter)))
    assert "M. L. E." in page
    assert "Marisol" not in page


def the_figures_of_tonight_count_them(shelter):
    tonight = figures([shelter])[0]
    assert (tonight.occupied, tonight.free, tonight.arrivals) == (2, 1, 2)


def it_was_the_wrong_family_and_is_undone(volunteer):
    answer = volunteer.post(reverse("shelters:undo", args=[Act.objects.get().pk]), follow=True)
    assert escape("Se deshizo la entrada") in text(answer)


def board(shelter):
    return reverse("shelters:board", args=[shelter.slug])


def beds_on_the_board(volunteer, shelter):
    return re.findall(r'class="po-bed" data-state="(\w+)"', text(volunteer.get(board(shelter))))


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())
