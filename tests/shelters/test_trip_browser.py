"""A trip in a real browser, on a phone 360 pixels wide: from the door, late, looked after, and back."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from ngo.permissions import Role
from shelters.models import Trip, TripState
from shelters.services import trip_alarms
from tests.factories import BedFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory, StayFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_a_trip_from_the_door_to_the_return_on_a_phone(live_server, page, sign_in):
    ines = StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba", language="es")
    shelter = ShelterFactory(organisation=ines.organisation, slug="mezquite")
    stay = PlacementFactory(
        bed=BedFactory(space=SpaceFactory(shelter=shelter), label="H-01"), stay=StayFactory(shelter=shelter)
    ).stay
    sign_in(page, ines)
    page.goto(f"{live_server.url}/stays/{stay.pk}/trip/")
    page.fill("[name=companion]", "Compañía Ensayo")
    page.select_option("[name=capacity]", "volunteer")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/trips/*/")
    trip = Trip.objects.get()
    now = timezone.now()
    Trip.objects.filter(pk=trip.pk).update(
        left_at=now - timedelta(hours=5), expected_at=now - timedelta(hours=1), alarm_from=now - timedelta(hours=1)
    )
    trip_alarms.look()

    page.goto(f"{live_server.url}/trips/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click(f'a[href="/trips/{trip.pk}/"]')
    page.click(f'form[action="/trips/{trip.pk}/take/"] button')
    page.wait_for_selector(f'form[action="/trips/{trip.pk}/take/"]', state="detached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert Axe().run(page).response["violations"] == []
    page.click(f'form[action="/trips/{trip.pk}/back/"] button')
    page.wait_for_selector(f'form[action="/trips/{trip.pk}/undo/"]')

    assert Trip.objects.get().state == TripState.BACK
