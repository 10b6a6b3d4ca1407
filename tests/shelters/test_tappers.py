"""Whose answer a tap of the roll-call is: of whoever tapped, also where somebody else's sign-in sends it."""

import uuid

import pytest
import time_machine
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import RollCallMark
from shelters.nights import tonight
from shelters.services import tappers
from tests.factories import ShelterFactory, StaffFactory, StayFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelter():
    return ShelterFactory(slug="mezquite")


@pytest.fixture
def ines(shelter):
    return StaffFactory(organisation=shelter.organisation, role=Role.VOLUNTEER, name="Inés Prueba")


@pytest.fixture
def marisol(shelter):
    return StaffFactory(organisation=shelter.organisation, name="Marisol Ensayo")


def test_the_note_names_whoever_tapped(shelter, ines, marisol):
    note = tappers.tapper_of(ines, shelter)

    assert tappers.who_tapped(note, shelter, marisol) == ines
    assert tappers.who_tapped(note, shelter, ines) is ines
    assert tappers.who_tapped("", shelter, marisol) is marisol


def test_a_note_that_is_not_ours_is_of_another_house_or_too_old_names_nobody(shelter, ines, marisol):
    note = tappers.tapper_of(ines, shelter)
    other = ShelterFactory(organisation=shelter.organisation)
    stranger = StaffFactory()
    for bad in (note[:-2], "nonsense", "\x00", tappers.tapper_of(ines, other), tappers.tapper_of(stranger, shelter)):
        with pytest.raises(Refused, match="Nobody can be named any more"):
            tappers.who_tapped(bad, shelter, marisol)
    with (
        time_machine.travel(timezone.now() + 1.1 * tappers.TAPPER_LASTS),
        pytest.raises(Refused, match="Nobody can be named any more"),
    ):
        tappers.who_tapped(note, shelter, marisol)


@pytest.mark.parametrize("change", [{"role": Role.SUPPLIES}, {"ended_at": timezone.now()}])
def test_who_no_longer_takes_the_roll_here_is_not_named(shelter, ines, marisol, change):
    note = tappers.tapper_of(ines, shelter)
    type(ines.membership).objects.filter(pk=ines.membership.pk).update(**change)

    with pytest.raises(Refused, match="Nobody can be named any more"):
        tappers.who_tapped(note, shelter, marisol)


def test_the_page_carries_the_note_and_the_tap_is_written_for_it(client, shelter, ines, marisol):
    stay = StayFactory(shelter=shelter)
    client.force_login(ines)
    note = client.get("/shelters/mezquite/roll-call/").context["tapper"]
    client.force_login(marisol)
    sent = {"stay": stay.pk, "answer": "present", "tap": str(uuid.uuid4()), "night": tonight(shelter), "tapper": note}

    answer = client.post("/shelters/mezquite/roll-call/tap/", sent, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert RollCallMark.objects.get().by == ines
    history = RollCallMark.objects.get().events.get(pgh_label="insert")
    assert history.pgh_context["staff"] == marisol.pk  # Who sent it stands in the history.
    refused = client.post(
        "/shelters/mezquite/roll-call/tap/",
        sent | {"tap": str(uuid.uuid4()), "tapper": "forged"},
        headers={"HX-Request": "true"},
    )
    assert refused.status_code == 409
    assert RollCallMark.objects.count() == 1
