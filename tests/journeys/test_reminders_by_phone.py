"""Journeys: dates and the phones of a family, through a real worker, beat, broker, SMTP server and a gateway over real HTTP.

A booking to attendance with two reminders answered by "1"; a date that moves; everything called off; a wrong number; an
opt-out in Haitian Creole; a sign-in that was missed. What is written back comes to the running server as signed calls.
"""

import re
from datetime import time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import (
    Appointment,
    AppointmentState,
    Audience,
    Inbound,
    NoticeRule,
    Phone,
    Reminder,
    Task,
    TaskKind,
    Way,
)
from cases.services import appointments, protection, reminders, sending, sign_in_clock
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from tests.cases.test_notices_chaos import zone_where_phones_may_ring
from tests.factories import (
    AppointmentKindFactory,
    CityFactory,
    ConsentFactory,
    EmailAddressFactory,
    FamilyFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
)
from tests.factories_cases import claim_of
from tests.gateway import FakeGateway, signed_by_gateway
from tests.processes import wait_until
from tests.smtp import Sink
from tests.workers import Crew

pytestmark = [pytest.mark.browser, pytest.mark.chaos, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
NUMBER = "+526565550142"
NUMBERS = count(1)
SECRETS = ["Oficina Muestra", "Trámite Muestra", "Marisol", "Luna", "Casa Ensayo", "10:30", "8:15", "Honduras"]


@pytest.fixture
def gateway(settings):
    with FakeGateway() as running:
        settings.SMS_GATEWAY = running.json()
        yield running


@pytest.fixture
def house():
    organisation = OrganisationFactory(name="Organización Ensayo")
    city = CityFactory(name="Ciudad Ensayo", zone=zone_where_phones_may_ring())
    ShelterFactory(organisation=organisation, name="Casa Ensayo", slug="casa-ensayo", city=city, zone=city.zone)
    return organisation


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER, language="es")


@pytest.fixture
def kind(house):
    kind = AppointmentKindFactory(organisation=house, name_es="Trámite Muestra")
    for days in (3, 1):
        NoticeRule.objects.create(
            organisation=house, kind=kind, audience=Audience.GUEST, days_before=days, at_time=time(12)
        )
    return kind


@pytest.fixture
def family(house):
    family = FamilyFactory(organisation=house, people=2)
    head = family.people[0]
    head.given_names, head.first_surname = "Marisol", "Luna"
    head.save()
    ConsentFactory(family=family, purpose="reminders")
    return family


@pytest.fixture
def phone(family):
    from ngo.crypto import keyed_hash

    return Phone.objects.create(
        family=family,
        number=NUMBER,
        number_hash=keyed_hash(NUMBER),
        country="MX",
        channel="sms",
        agreed_at=timezone.now(),
    )


def writes(live_server, text, sender=NUMBER):
    """A guest writes back: the gateway tells the running server over HTTP. Twice, as gateways do."""
    call = signed_by_gateway({"id": f"in-{next(NUMBERS)}", "from": sender, "text": text})
    address = f"{live_server.url}{reverse('cases:hook_written', args=['sms'])}"
    for _again in range(2):
        answer = httpx.post(
            address, content=call["data"].encode(), headers={"Content-Type": call["content_type"], **call["headers"]}
        )
        assert answer.status_code == 200


def tells(live_server, message, status):
    """The gateway says what became of a message."""
    call = signed_by_gateway({"id": message.provider_id, "key": message.key, "status": status})
    address = f"{live_server.url}{reverse('cases:hook_receipt', args=['sms'])}"
    answer = httpx.post(
        address, content=call["data"].encode(), headers={"Content-Type": call["content_type"], **call["headers"]}
    )
    assert answer.status_code == 200


def due_now(**which):
    Reminder.objects.filter(state=OutgoingState.PENDING, **which).update(
        due_at=timezone.now(), next_try_at=timezone.now()
    )


def booked(family, kind, worker, days=9):
    zone = family.organisation.shelters.get().zone
    day = timezone.localdate(timezone=ZoneInfo(zone)) + timedelta(days=days)
    return appointments.schedule_appointment(
        family=family,
        kind=kind,
        people=family.people[:1],
        local_date=day,
        local_time=time(10, 30),
        leave_time=time(8, 15),
        place="Oficina Muestra",
        zone=zone,
        owner=worker,
        by=worker,
    )


def test_from_a_booking_to_attendance_with_two_reminders_answered_by_1(
    tmp_path, live_server, page, sign_in, gateway, house, worker, kind, family, phone
):
    EmailAddressFactory(family=family)
    date = booked(family, kind, worker)
    first, second = date.reminders.filter(phone=phone).order_by("due_at")
    with Sink() as sink, PhoneCrew(tmp_path, sink, gateway) as crew:
        crew.start()
        for reminder in (first, second):
            due_now(rule=reminder.rule)
            sent = len(gateway.taken)
            assert wait_until(lambda at=sent: len(gateway.taken) > at, 60), crew.said
            assert wait_until(lambda row=reminder: Reminder.objects.get(pk=row.pk).state == OutgoingState.SENT, 20), (
                crew.said
            )
            tells(live_server, gateway.taken[-1], "delivered")
            assert Reminder.objects.get(pk=reminder.pk).state == OutgoingState.DELIVERED
            writes(live_server, "1")
            date.refresh_from_db()
            assert date.state == AppointmentState.CONFIRMED
        assert wait_until(lambda: len(sink.taken) == 2, 30), crew.said  # The address is told as well.

    for taken in gateway.taken:
        assert taken.to == NUMBER
        assert [secret for secret in SECRETS if secret in taken.text] == []
        assert f" {date.leaves.day} de " in taken.text
    assert Inbound.objects.count() == 2
    phone.refresh_from_db()
    assert phone.verified_at is not None

    sign_in(page, worker)
    page.goto(f"{live_server.url}{reverse('cases:appointment', args=[date.pk])}")
    expect(page.get_by_text("Confirmada", exact=False).first).to_be_visible()
    Appointment.objects.filter(pk=date.pk).update(
        leave_shelter_at=timezone.now() - timedelta(hours=3),
        report_at=timezone.now() - timedelta(hours=2),
        starts_at=timezone.now() - timedelta(hours=2),
    )
    page.goto(f"{live_server.url}{reverse('cases:appointment_outcome', args=[date.pk])}")
    page.check("[name=state][value=attended]", force=True)
    page.locator("main .po-actions button[type=submit]").click()
    page.wait_for_url(re.compile(rf"/appointments/{date.pk}/$"))
    assert Appointment.objects.get(pk=date.pk).state == AppointmentState.ATTENDED


class PhoneCrew(Crew):
    """A crew whose messages to phones go to a gateway of the test's."""

    def __init__(self, folder, sink, gateway):
        super().__init__(folder, sink)
        self.gateway = gateway

    def environment(self):
        return super().environment() | {"SMS_URL": self.gateway.json_url()}


def test_a_date_that_moves_is_told_once_and_reminded_of_anew(gateway, kind, family, phone, worker):
    old = booked(family, kind, worker)
    due_now(rule__days_before=3)
    assert sending.send_due().sent == 1

    new = appointments.reschedule_appointment(
        appointment=old,
        local_date=old.local_date + timedelta(days=7),
        local_time=time(10, 30),
        leave_time=time(8, 15),
        reason="La oficina la movió",
        by=worker,
    )
    due_now()
    swept = sending.send_due()

    changed, *again = gateway.taken[1:]
    assert "cambio" in changed.text
    assert swept.sent == 3  # That something changed, and both reminders of the new date.
    assert {row.state for row in old.reminders.filter(rule__isnull=False)} == {
        OutgoingState.SENT,
        OutgoingState.CANCELLED,
    }
    assert all(f" {new.leaves.day} de " in taken.text for taken in again)


def test_when_everything_is_called_off_nothing_leaves_but_that_it_changed(gateway, kind, family, phone, worker):
    dates = [booked(family, kind, worker, days) for days in (9, 12, 15)]
    due_now(appointment=dates[0], rule__days_before=3)
    assert sending.send_due().sent == 1

    for date in dates:
        appointments.cancel_appointment(appointment=date, reason="Se canceló todo", by=worker, by_authority=True)
    due_now()
    assert sending.send_due().sent == 1

    assert not Reminder.objects.waiting().exists()
    assert "cambio" in gateway.taken[-1].text
    assert len(gateway.taken) == 2


def test_a_wrong_number_is_called_and_written_to_no_more(
    live_server, page, sign_in, gateway, kind, family, phone, worker
):
    date = booked(family, kind, worker)
    due_now(rule__days_before=3)
    sending.send_due()
    tells(live_server, gateway.taken[-1], "failed")

    phone.refresh_from_db()
    assert phone.failed_at is not None
    assert date.reminders.get(rule__days_before=1).state == OutgoingState.SUPPRESSED
    sign_in(page, worker)
    page.goto(f"{live_server.url}{reverse('cases:reminders_failed')}")
    expect(page.get_by_text("El mensaje no llegó al teléfono.")).to_be_visible()

    writes(live_server, "2")  # Somebody answers from it after all, and needs help.
    phone.refresh_from_db()
    assert phone.failed_at is None
    assert date.reminders.get(rule__days_before=1).state == OutgoingState.PENDING
    task = Task.objects.open().get(kind=TaskKind.ASKED_HELP)
    assert task.owner in {worker, None}


def test_an_opt_out_in_haitian_creole_ends_it_at_once_and_says_so_in_creole(
    live_server, gateway, kind, family, phone, worker
):
    head = family.people[0]
    head.speaks, head.reads = ["hat"], ["hat"]
    head.save()
    date = booked(family, kind, worker)
    due_now(rule__days_before=3)
    sending.send_due()
    assert gateway.taken[-1].text.startswith("Bonjou")

    writes(live_server, "Sispann!")
    due_now()
    sending.send_due()

    phone.refresh_from_db()
    assert phone.opted_out_at is not None
    last = date.reminders.get(rule__days_before=1)
    assert (last.state, last.reason) == (OutgoingState.SUPPRESSED, "opted_out")
    assert len(gateway.taken) == 2  # The reminder before, and one word that no more will come.
    assert "cambio" not in gateway.taken[-1].text
    writes(live_server, "Sispann")
    sending.send_due()
    assert len(gateway.taken) == 2


def test_a_missed_sign_in_was_reminded_of_and_is_an_alert_the_same_evening(gateway, house, family, phone, worker):
    NoticeRule.objects.create(
        organisation=house, source="sign_in", audience=Audience.GUEST, days_before=1, at_time=time(12)
    )
    NoticeRule.objects.create(
        organisation=house, source="sign_in", audience=Audience.GUEST, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    zone = ZoneInfo(house.shelters.get().zone)
    day = timezone.localdate(timezone=zone) + timedelta(days=5)
    claim = claim_of(family, worker, filed_on=timezone.localdate() - timedelta(days=5))
    duty = protection.begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=day, by=worker)

    reminders.plan_ahead()
    due_now()
    assert sending.send_due().sent == 1
    assert [secret for secret in SECRETS if secret in gateway.taken[-1].text] == []
    client = Client()
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))
    assert family.folio in client.get(reverse("cases:house_notices")).content.decode()

    type(duty).objects.filter(pk=duty.pk).update(next_on=timezone.localdate() - timedelta(days=2))
    assert sign_in_clock.look() == 1
    assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED, process=claim.process).exists()
