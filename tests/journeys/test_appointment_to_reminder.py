"""Journey: a date is booked in a real browser, and its reminder leaves through a real worker, beat, broker and SMTP server.

What is cancelled never leaves. The minutes until a reminder is due are the only thing that is not waited for.
"""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Appointment, Audience, NoticeRule, Reminder
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from tests.factories import (
    PASSWORD,
    AppointmentKindFactory,
    CityFactory,
    FamilyFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
)
from tests.processes import wait_until
from tests.smtp import Sink
from tests.workers import Crew

pytestmark = [
    pytest.mark.browser,
    pytest.mark.chaos,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]
ADDRESS = "luna@prueba.example"
SECRETS = [
    "Oficina Muestra",
    "Trámite Muestra",
    "Marisol",
    "Luna",
    "Casa Ensayo",
    "10:30",
    "8:15",
    "Honduras",
    "Juárez",
]


@pytest.fixture
def sink():
    with Sink() as running:
        yield running


@pytest.fixture
def crew(tmp_path, sink):
    with Crew(tmp_path, sink) as ours:
        yield ours


@pytest.fixture
def organisation():
    organisation = OrganisationFactory(name="Organización Ensayo")
    city = CityFactory(name="Ciudad Juárez", state="Chihuahua", inegi_code="08037", zone="America/Ciudad_Juarez")
    ShelterFactory(organisation=organisation, name="Casa Ensayo", slug="casa-ensayo", city=city)
    return organisation


@pytest.fixture
def kind(organisation):
    kind = AppointmentKindFactory(organisation=organisation, name_es="Trámite Muestra")
    NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(18)
    )
    return kind


@pytest.fixture
def family(organisation):
    family = FamilyFactory(organisation=organisation, people=2)
    head = family.people[0]
    head.given_names, head.first_surname = "Marisol", "Luna"
    head.save()
    return family


@pytest.fixture
def desk(page, live_server, organisation):
    """A caseworker who has signed in, in Spanish, on a phone."""
    StaffFactory(
        organisation=organisation,
        role=Role.CASEWORKER,
        email="casos@ensayo.example",
        password=PASSWORD,
        language="es",
    )
    page.goto(f"{live_server.url}{reverse('account_login')}")
    page.fill("[name=login]", "casos@ensayo.example")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    return page


def test_a_date_is_booked_and_its_reminder_arrives_and_nothing_of_a_cancelled_one(
    desk, live_server, family, kind, sink, crew
):
    file = f"{live_server.url}{reverse('cases:family', args=[family.pk])}"
    the_family_gives_an_address_and_agrees(desk, file)
    going = a_date_is_booked(desk, file, kind, days=9)
    off = a_date_is_booked(desk, file, kind, days=12)
    the_date_is_cancelled(desk, live_server, off)

    crew.start()
    everything_falls_due()
    assert wait_until(lambda: sink.taken, 60), crew.said
    assert wait_until(lambda: not Reminder.objects.waiting().exists(), 20), crew.said

    one_neutral_message_in_spanish_arrived(sink, going)
    the_page_says_what_became_of_it(desk, live_server, going, off)
    several_sweeps_later_nothing_more_has_left(sink)


def the_family_gives_an_address_and_agrees(desk, file):
    desk.goto(file)
    desk.get_by_role("link", name="Agregar un correo electrónico").click()
    desk.fill("[name=address]", ADDRESS)
    desk.get_by_role("button", name="Guardar la dirección").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("¿Aceptan recordatorios?")
    desk.check("[name=method][value=written]", force=True)
    desk.get_by_role("button", name="Aceptan").click()
    expect(desk.get_by_text("Aceptaron los recordatorios.")).to_be_visible()


def a_date_is_booked(desk, file, kind, days):
    day = timezone.localdate() + timedelta(days=days)
    desk.goto(f"{file}appointments/new/")
    desk.select_option("[name=kind]", str(kind.pk))
    for position, part in enumerate([day.day, day.month, day.year]):
        desk.fill(f"[name=local_date_{['day', 'month', 'year'][position]}]", str(part))
    desk.fill("[name=local_time]", "10:30")
    desk.fill("[name=leave_time]", "8:15")
    desk.fill("[name=place]", "Oficina Muestra")
    for box in desk.locator("[name=people]").all():
        box.check(force=True)
    desk.locator("main .po-actions button[type=submit]").click()
    desk.wait_for_url(re.compile(r"/appointments/\d+/$"))
    expect(desk.get_by_text("En espera")).to_be_visible()
    return Appointment.objects.latest("pk")


def the_date_is_cancelled(desk, live_server, appointment):
    desk.goto(f"{live_server.url}{reverse('cases:appointment_cancel', args=[appointment.pk])}")
    desk.check("[name=who] >> nth=0", force=True)
    desk.fill("[name=reason]", "Ya no va")
    desk.locator("main .po-actions button[type=submit]").click()
    desk.wait_for_url(re.compile(rf"/appointments/{appointment.pk}/$"))


def everything_falls_due():
    """The clock of each reminder is set to now, also of those that were withdrawn."""
    Reminder.objects.update(due_at=timezone.now(), next_try_at=timezone.now())


def one_neutral_message_in_spanish_arrived(sink, appointment):
    (taken,) = sink.taken
    assert taken.to == ADDRESS
    assert taken.message["Subject"] == "Recordatorio"
    assert taken.key == f"<{appointment.reminders.get().key}@posada.example>"
    text = "".join(part.get_content() for part in taken.message.walk() if not part.is_multipart())
    assert "Recuerde su cita del " in text
    assert f"{appointment.local_date.day} de " in text
    assert [secret for secret in SECRETS if secret in f"{text} {taken.message['Subject']}"] == []


def the_page_says_what_became_of_it(desk, live_server, going, off):
    desk.goto(f"{live_server.url}{reverse('cases:appointment', args=[going.pk])}")
    expect(desk.locator("section[aria-labelledby=h-notices]").get_by_text("Enviado")).to_be_visible()
    desk.goto(f"{live_server.url}{reverse('cases:appointment', args=[off.pk])}")
    expect(desk.locator("section[aria-labelledby=h-notices]").get_by_text("Retirado")).to_be_visible()
    assert off.reminders.get().state == OutgoingState.CANCELLED


def several_sweeps_later_nothing_more_has_left(sink):
    from ngo.models import Heartbeat

    last = Heartbeat.objects.get(name="sweep").beat_at
    assert wait_until(lambda: Heartbeat.objects.get(name="sweep").beat_at > last + timedelta(seconds=2), 30)
    assert len(sink.taken) == 1
