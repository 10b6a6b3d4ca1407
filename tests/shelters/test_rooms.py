"""Bed by bed and room by room, side by side; and the fire limit, which is a wall."""

import pytest
from django.urls import reverse

from shelters.board import board_of
from shelters.models import Opening, ShelterState, SpaceKind
from shelters.services import places, report_figures
from shelters.services.capacity import figures
from tests.factories import PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return StaffFactory()


@pytest.fixture
def shelter(ines):
    """A dormitory of two, and three cubicles of three: one with a family, one with nobody, one broken."""
    shelter = ShelterFactory(organisation=ines.organisation, slug="mezquite")
    SpaceFactory(shelter=shelter, name="Sala", beds=2, fire_limit=2)
    cubicles = [SpaceFactory(shelter=shelter, kind=SpaceKind.CUBICLE, beds=3) for _number in range(3)]
    PlacementFactory(bed=cubicles[0].beds.first())
    for bed in cubicles[2].beds.all():
        places.block_bed(bed=bed, reason="Rota", by=ines)
    return shelter


ROOMS = {"usable": 2, "taken": 1, "free": 1, "free_beds": 7, "kept": 2}


def test_the_same_night_is_counted_bed_by_bed_and_room_by_room(shelter):
    [row] = figures([shelter])

    assert (row.free, row.kept, row.free_beds) == (5, 2, 7)
    assert row.rooms == ROOMS


def test_the_board_counts_as_the_report_does(shelter):
    assert board_of(shelter).figures.rooms == ROOMS
    assert report_figures.count([shelter])[shelter.pk]["rooms"] == ROOMS


def test_nothing_is_free_or_kept_in_a_closed_house(shelter):
    ShelterState.objects.create(shelter=shelter, state=Opening.CLOSED, period=("2020-01-01T00:00Z", None))

    [row] = figures([shelter])

    assert (row.free, row.kept, row.free_beds) == (0, 0, 0)


def test_the_board_says_both_and_why_a_bed_is_not_free(client, shelter, ines):
    client.force_login(ines)

    page = " ".join(client.get(reverse("shelters:board", args=[shelter.slug])).content.decode().split())

    assert "7 empty beds, 2 of them in another family's room" in page
    assert "1 of 2 family rooms taken, 1 for another family" in page
    assert "2 empty beds stand beside a family in its cubicle: they are not free to others." in page


def test_the_fire_limit_stands_on_the_board_and_is_marked_where_it_is_reached(client, shelter, ines):
    client.force_login(ines)
    address, room = reverse("shelters:board", args=[shelter.slug]), shelter.spaces.get(name="Sala")
    PlacementFactory(bed=room.beds.first())
    page = client.get(address).content.decode()
    assert "Fire limit 2, 1 inside" in page
    assert not board_of(shelter).spaces[0].is_at_fire_limit

    PlacementFactory(space=room, bed=None)

    assert "Fire limit 2, 2 inside" in client.get(address).content.decode()
    assert board_of(shelter).spaces[0].is_at_fire_limit
