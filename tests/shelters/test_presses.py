"""The same press sent twice, by a quick finger or after an answer that was lost, counts once."""

import re
import uuid

import pytest
from django.urls import reverse

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Bed, Placement, PlacementState, Press, TurnAway, WaitingEntry
from shelters.services import presses
from tests.factories import ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def noemi():
    return StaffFactory(role=Role.COORDINATOR)


@pytest.fixture
def shelter(noemi):
    return ShelterFactory(organisation=noemi.organisation, slug="mezquite", beds=4)


def page(answer):
    return " ".join(answer.content.decode().split())


def hidden(text):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))


PARTY = {"size": "4", "composition": "family", "reason": "full"}
PLACES = {"held_for": "Cinco del puente", "until_hour": "11:55", "where": "house-", "count": "2"}
WAITS = {"party": "Cinco del puente", "people": "5", "shelter": ""}


@pytest.mark.parametrize(
    ("name", "typed", "count"),
    [
        ("turn_away", PARTY, lambda: TurnAway.objects.count()),
        ("hold_places", PLACES, lambda: Placement.objects.filter(state=PlacementState.HELD).count() / 2),
        ("waiting_new", WAITS, lambda: WaitingEntry.objects.count()),
        ("beds_new", {"count_lower": "3"}, lambda: (Bed.objects.count() - 4) / 3),
    ],
)
def test_a_form_that_is_sent_twice_is_carried_out_once(client, noemi, shelter, name, typed, count):
    args = {"waiting_new": [], "beds_new": [shelter.slug, shelter.spaces.get().pk]}.get(name, [shelter.slug])
    url = reverse(f"shelters:{name}", args=args)
    client.force_login(noemi)
    data = hidden(client.get(url).content.decode()) | typed

    first, second = (page(client.post(url, data, follow=True)) for _press in range(2))

    assert count() == 1
    assert "Nothing was written twice." in second
    assert "Nothing was written twice." not in first


def test_who_goes_back_and_writes_another_party_means_another_one(client, noemi, shelter):
    url = reverse("shelters:turn_away", args=[shelter.slug])
    client.force_login(noemi)
    data = hidden(client.get(url).content.decode()) | PARTY
    client.post(url, data)

    client.post(url, data | {"size": "2"})

    assert sorted(TurnAway.objects.values_list("party_size", flat=True)) == [2, 4]


def test_what_was_refused_can_be_pressed_again(noemi):
    press = uuid.uuid4()

    def refuse():
        raise Refused("Not so.")

    with pytest.raises(Refused):
        presses.once(press=press, by=noemi, do=refuse)

    assert presses.once(press=press, by=noemi, do=lambda: "done") == "done"
    assert presses.once(press=press, by=noemi, do=lambda: "done") is None
    assert Press.objects.get().by == noemi
