"""A family that splits or comes together keeps its beds: whose they are follows."""

import pytest
from django.urls import reverse

from cases.models import FamilyChange, Relationship
from shelters.models import Placement, PlacementState, Stay
from shelters.services.families import bring_into, split_family
from shelters.services.stays import check_out
from tests.factories import FamilyFactory, ShelterFactory, StaffFactory
from tests.shelters.test_merge import check_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    staff = StaffFactory()
    client.force_login(staff)
    return staff


@pytest.fixture
def four(desk):
    family = FamilyFactory(organisation=desk.organisation, ages=[34, 36, 9, 4])
    check_in(family, ShelterFactory(organisation=desk.organisation, beds=6), desk)
    return family


def whose(person):
    return Stay.objects.current().get(person=person).family, Placement.objects.get(person=person).family


def test_the_beds_follow_whoever_goes_on_apart_and_comes_back(desk, four):
    father = four.people[1]
    before = Placement.objects.get(person=father).bed

    new = split_family(family=four, relationships={father.pk: Relationship.HEAD}, by=desk, reason="Apart")
    assert whose(father) == (new, new)
    assert whose(four.people[0]) == (four, four)
    bring_into(family=four, relationships={father.pk: Relationship.PARTNER}, by=desk, reason="Back")

    assert whose(father) == (four, four)
    assert Placement.objects.get(person=father, state=PlacementState.IN).bed == before


def test_a_stay_that_is_over_stays_the_familys_that_it_was(desk, four):
    father = four.people[1]
    check_out(stays=Stay.objects.filter(person=father), by=desk, exit_reason="other")

    split_family(family=four, relationships={father.pk: Relationship.HEAD}, by=desk, reason="Apart")

    assert Stay.objects.get(person=father).family == four


def test_the_page_makes_two_families(client, desk, four):
    url = reverse("shelters:family_split", args=[four.pk])
    assert client.get(url).status_code == 200
    _mother, father, older, _younger = four.people
    wrong = client.post(url, {f"go-{father.pk}": "on"})
    assert set(wrong.context["form"].errors) == {f"is-{father.pk}", "reason"}
    assert "Choose at least one" in client.post(url, {"reason": "x"}).content.decode()
    chosen = {f"go-{father.pk}": "on", f"is-{father.pk}": "child", "reason": "Apart"}
    assert "Mark one of them" in client.post(url, chosen).content.decode()

    chosen |= {f"is-{father.pk}": "head", f"go-{older.pk}": "on", f"is-{older.pk}": "child"}
    answer = client.post(url, chosen, follow=True)

    assert "They have a file of their own now" in answer.content.decode()
    assert len(answer.context["file"].members) == 2


def test_the_page_brings_people_in_by_the_number_of_their_family(client, desk, four):
    sister = FamilyFactory(organisation=desk.organisation, ages=[28])
    stranger = FamilyFactory(folio="F-9999")
    url = reverse("shelters:family_join", args=[four.pk])
    assert client.get(url).status_code == 200
    for folio, says in (
        ("", "Write the file number"),
        (stranger.folio, "No family here has the file number"),
        (four.folio, "the same family"),
    ):
        assert says in client.post(url, {"folio": folio}).content.decode()
    found = client.post(url, {"folio": sister.folio.lower()})
    assert [person.pk for person in found.context["form"].people] == [sister.people[0].pk]
    pk = sister.people[0].pk

    answer = client.post(
        url,
        {"folio": sister.folio, "come": "1", f"go-{pk}": "on", f"is-{pk}": "sibling", "reason": "Sisters"},
        follow=True,
    )

    assert "They are one family now" in answer.content.decode()
    assert len(answer.context["file"].members) == 5
    assert "Nobody is in that family any more" in client.post(url, {"folio": sister.folio}).content.decode()


def test_who_left_is_offered_to_come_back(client, desk, four):
    father = four.people[1]
    new = split_family(family=four, relationships={father.pk: Relationship.HEAD}, by=desk, reason="Apart")
    url = reverse("shelters:family_join", args=[four.pk])
    assert new.folio in client.get(url).content.decode()
    data = {"folio": new.folio, "come": "1", f"go-{father.pk}": "on", f"is-{father.pk}": "partner", "reason": "Back"}

    answer = client.post(url, data, follow=True)

    assert "They are together again" in answer.content.decode()
    assert FamilyChange.objects.filter(family=four, kind="reunited").exists()
