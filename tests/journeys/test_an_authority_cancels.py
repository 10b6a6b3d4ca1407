"""Journey: a government ends the appointment programme overnight. Two hundred families, one act on the page, and back."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import STILL_ON, Appointment, AppointmentState, Task, TaskKind
from ngo.permissions import Role
from shelters.models import AuthorityChange
from tests.factories import AppointmentKindFactory, ShelterFactory, StaffFactory
from tests.shelters.test_authority_events import many_families

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
FAMILIES = 200


@pytest.fixture
def coordinator():
    return StaffFactory(role=Role.COORDINATOR, language="es")


@pytest.fixture
def kind(coordinator):
    return AppointmentKindFactory(
        organisation=coordinator.organisation,
        group="us_appointment",
        name_es="Cita en garita",
        name_en="Port appointment",
    )


def test_a_government_ends_the_appointments_overnight(live_server, page, sign_in, coordinator, kind):
    house = ShelterFactory(organisation=coordinator.organisation, stay_limit=20)
    many_families(coordinator, kind, house, FAMILIES, now=timezone.now())
    sign_in(page, coordinator)

    # From the list of appointments she enters it, and looks first whom it reaches.
    page.goto(live_server.url + reverse("cases:appointments"))
    page.get_by_role("link", name="Cambios de autoridades").click()
    page.get_by_role("link", name="Anotar un cambio").click()
    write_change(page)
    page.get_by_role("button", name="Ver a quién alcanza").click()
    expect(page.get_by_text("200 familias; personas: 400")).to_be_visible()
    expect(page.get_by_text("200 pendientes para quien es responsable")).to_be_visible()
    expect(page.get_by_text("200 familias reciben un mensaje")).to_be_visible()
    assert Appointment.objects.still_on().count() == FAMILIES

    # One act does it for all of them; pressed twice, it is one.
    began = time.monotonic()
    page.get_by_role("button", name="Hacerlo para 200 familias").dblclick()
    expect(page.get_by_role("heading", name="CBP: Canceló")).to_be_visible(timeout=60_000)
    assert time.monotonic() - began < 60
    assert AuthorityChange.objects.count() == 1
    assert Appointment.objects.filter(state=AppointmentState.CANCELLED_BY_AUTHORITY).count() == FAMILIES
    assert Task.objects.open().filter(kind=TaskKind.CHOOSE_WAY, owner=coordinator).count() == FAMILIES

    # Whoever is responsible finds the task; the list of who leaves soon says that the beds are kept.
    page.goto(live_server.url + reverse("cases:cases"))
    expect(page.get_by_text("Elija con ellas una ruta nueva").first).to_be_visible()

    # It was a rumour: undone in one act, everything is as it was.
    page.goto(live_server.url + reverse("shelters:authority_event", args=[AuthorityChange.objects.get().pk]))
    page.get_by_role("link", name="Deshacerlo todo").click()
    page.get_by_label("Por qué se deshace").fill("Fue un rumor")
    page.get_by_role("button", name="Deshacerlo todo").click()
    expect(page.get_by_text("Todo está como estaba", exact=False).first).to_be_visible(timeout=60_000)
    assert Appointment.objects.filter(state__in=STILL_ON).count() == FAMILIES
    assert not Task.objects.open().filter(kind=TaskKind.CHOOSE_WAY).exists()


def write_change(page):
    tomorrow = timezone.localdate() + timedelta(days=1)
    page.get_by_label("Qué autoridad").fill("CBP")
    page.get_by_text("Canceló", exact=True).click()
    page.get_by_label("Qué citas").select_option(label="Cita en garita")
    for part, value in (("day", tomorrow.day), ("month", tomorrow.month), ("year", tomorrow.year)):
        page.fill(f"[name=from_on_{part}]", str(value))
    page.get_by_label("Procesos que terminan con esto").select_option(label="Cita en un puerto de entrada")
    page.get_by_label("Fuente").fill("Comunicado de prueba")
