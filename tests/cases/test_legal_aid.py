"""Legal aid: slots that are taken once, providers, and what is free."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse
from django.utils import translation

from cases.models import LegalProvider, SlotBooking, WeeklySlot
from cases.services import legal_aid
from cases.services.legal_aid import (
    free_slots,
    free_slots_next_week,
    release_slot,
    slot_choices,
    slot_chosen,
    take_slot,
)
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, ShelterFactory, StaffFactory
from tests.factories_supplies import LegalAppointmentFactory, LegalProviderFactory, WeeklySlotFactory

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 30)  # The tests are told on the Thursday before it.
THURSDAY = datetime(2026, 11, 26, 20, tzinfo=UTC)


@pytest.fixture
def lawyer():
    return StaffFactory(role=Role.LEGAL)


@pytest.fixture
def organisation(lawyer):
    return lawyer.organisation


@pytest.fixture
def provider(organisation):
    return LegalProviderFactory(organisation=organisation, name="Abogada Ejemplo")


@pytest.fixture
def slot(provider):
    return WeeklySlotFactory(provider=provider)


@pytest.fixture(autouse=True)
def thursday():
    with time_machine.travel(THURSDAY, tick=True):
        yield


def visit(organisation, day=MONDAY, hour=time(10), **more):
    return LegalAppointmentFactory(
        family=FamilyFactory(organisation=organisation), local_date=day, local_time=hour, **more
    )


def said(slots):
    return [str(one) for one in slots]


# --- What is free ------------------------------------------------------------------------------------------------------


def test_a_slot_is_free_each_week_in_its_time(organisation, provider):
    WeeklySlotFactory(provider=provider, since=date(2026, 12, 1), until=date(2026, 12, 14))
    WeeklySlotFactory(provider=provider, weekday=1, starts_at=time(9), until=date(2026, 12, 1))
    WeeklySlotFactory(provider=LegalProviderFactory(organisation=organisation, is_active=False))
    WeeklySlotFactory()  # Another organisation's.

    free = free_slots(organisation, MONDAY, MONDAY + timedelta(days=28))

    assert said(free) == ["Tue 1 Dec 09:00", "Mon 7 Dec 10:00", "Mon 14 Dec 10:00"]


def test_the_first_date_belongs_to_the_time_asked_for_and_the_last_does_not(organisation, slot):
    assert said(free_slots(organisation, MONDAY, MONDAY + timedelta(days=7))) == ["Mon 30 Nov 10:00"]
    assert free_slots(organisation, MONDAY - timedelta(days=6), MONDAY) == []
    assert free_slots(organisation, MONDAY, MONDAY) == []


def test_a_slot_begins_by_its_own_clock_on_both_sides_of_a_clock_change(organisation, slot):
    free = free_slots(organisation, date(2026, 10, 26), date(2026, 11, 3))

    assert [one.starts_at.hour for one in free] == [17, 18]  # Tijuana left daylight-saving time on 1 November.


def test_what_is_free_takes_two_queries(organisation, provider, django_assert_num_queries):
    for hour in range(8, 16):
        WeeklySlotFactory(provider=provider, starts_at=time(hour))

    with django_assert_num_queries(2):
        assert len(free_slots(organisation, MONDAY, MONDAY + timedelta(days=14))) == 16


def test_next_week_is_monday_to_sunday_and_unknown_where_nobody_gives_consultations(organisation, lawyer):
    assert free_slots_next_week(organisation, MONDAY) is None
    provider = LegalProviderFactory(organisation=organisation)
    assert free_slots_next_week(organisation, MONDAY) == 0
    slots = [WeeklySlotFactory(provider=provider, weekday=day) for day in (0, 6)]
    assert free_slots_next_week(organisation, MONDAY - timedelta(days=1)) == 2
    take_slot(appointment=visit(organisation), slot=slots[0], by=lawyer)
    assert free_slots_next_week(organisation, MONDAY - timedelta(days=1)) == 1
    provider.is_active = False
    provider.save()
    assert free_slots_next_week(organisation, MONDAY) is None


def test_the_form_of_an_appointment_is_given_free_slots_and_turns_them_back(organisation, slot, lawyer):
    taken = visit(organisation)
    take_slot(appointment=taken, slot=slot, by=lawyer)

    choices = slot_choices(organisation, MONDAY, 14)

    assert choices == [(f"{slot.pk}:2026-12-07", "Mon 7 Dec 10:00 · Abogada Ejemplo")]
    chosen = slot_chosen(organisation, choices[0][0])
    assert (chosen.slot, chosen.day) == (slot, date(2026, 12, 7))


@pytest.mark.parametrize("value", ["", ":", "x:y", "9:2026-12-07", "1:2026-02-30", f"{'9' * 40}:2026-12-07", "1:1:1"])
def test_a_slot_that_is_none_is_not_chosen(organisation, value):
    assert slot_chosen(organisation, value) is None


def test_a_slot_that_has_begun_is_not_offered(organisation, provider):
    WeeklySlotFactory(provider=provider, weekday=3, starts_at=time(11))  # Thursday, an hour ago in Tijuana.
    WeeklySlotFactory(provider=provider, weekday=3, starts_at=time(13))

    assert [words for _value, words in slot_choices(organisation, THURSDAY.date(), 1)] == [
        "Thu 26 Nov 13:00 · Abogada Ejemplo"
    ]


# --- Taking and releasing ----------------------------------------------------------------------------------------------


def test_a_slot_is_taken_by_one_appointment_and_the_second_is_told_what_is_free(organisation, provider, slot, lawyer):
    WeeklySlotFactory(provider=provider, weekday=3, starts_at=time(9))
    first, second = visit(organisation), visit(organisation)
    booking = take_slot(appointment=first, slot=slot, by=lawyer)

    with pytest.raises(Refused) as refused:
        take_slot(appointment=second, slot=slot, by=lawyer)

    assert str(refused.value) == (
        "Someone else has just taken this slot. Free: Thu 3 Dec 09:00, Mon 7 Dec 10:00, Thu 10 Dec 09:00."
    )
    assert (booking.day, booking.booked_by, SlotBooking.objects.count()) == (MONDAY, lawyer, 1)


def test_the_database_itself_refuses_to_book_a_slot_twice(organisation, slot, lawyer):
    take_slot(appointment=visit(organisation), slot=slot, by=lawyer)

    with pytest.raises(IntegrityError, match="a_slot_is_taken_once"), transaction.atomic():
        SlotBooking.objects.create(slot=slot, day=MONDAY, appointment=visit(organisation))


def test_a_released_slot_is_free_again_and_the_record_keeps_who_had_it(organisation, slot, lawyer):
    first, second = visit(organisation), visit(organisation)
    take_slot(appointment=first, slot=slot, by=lawyer)

    release_slot(appointment=first)
    release_slot(appointment=first)  # Nothing is left to release.
    take_slot(appointment=second, slot=slot, by=lawyer)

    assert [(row.appointment, row.released_at is None) for row in SlotBooking.objects.order_by("pk")] == [
        (first, False),
        (second, True),
    ]


def test_an_appointment_takes_one_slot(organisation, provider, slot, lawyer):
    appointment = visit(organisation)
    beside = WeeklySlotFactory(provider=LegalProviderFactory(organisation=organisation))
    take_slot(appointment=appointment, slot=slot, by=lawyer)

    with pytest.raises(Refused, match="has a slot already"):
        take_slot(appointment=appointment, slot=beside, by=lawyer)


@pytest.mark.parametrize(
    ("changes", "day", "hour", "sentence"),
    [
        ({}, MONDAY + timedelta(days=1), time(10), "gives no consultation then"),
        ({"until": MONDAY - timedelta(days=1)}, MONDAY, time(10), "gives no consultation then"),
        ({"since": MONDAY + timedelta(days=1)}, MONDAY, time(10), "gives no consultation then"),
        ({}, MONDAY, time(10, 30), "This slot begins on Mon 30 Nov at 10:00"),
        ({"zone": "America/Ciudad_Juarez"}, MONDAY, time(10), "This slot begins on Mon 30 Nov at 10:00"),
    ],
)
def test_a_slot_must_take_place_on_that_day_at_that_hour(organisation, provider, lawyer, changes, day, hour, sentence):
    slot = WeeklySlotFactory(provider=provider, **changes)

    with pytest.raises(Refused, match=sentence):
        take_slot(appointment=visit(organisation, day, hour), slot=slot, by=lawyer)
    assert not SlotBooking.objects.exists()


def test_the_hour_is_compared_as_an_instant_not_as_digits(organisation, provider, lawyer):
    """Ten in Ciudad Juárez is nine in Tijuana in winter."""
    slot = WeeklySlotFactory(provider=provider, zone="America/Ciudad_Juarez")

    assert take_slot(appointment=visit(organisation, MONDAY, time(9)), slot=slot, by=lawyer)


def test_another_organisations_slot_is_not_there(organisation, lawyer):
    with pytest.raises(Refused, match="does not exist here"):
        take_slot(appointment=visit(organisation), slot=WeeklySlotFactory(), by=lawyer)


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
def test_twenty_desks_want_the_same_slot_and_one_gets_it():
    lawyer = StaffFactory(role=Role.LEGAL)
    slot = WeeklySlotFactory(provider=LegalProviderFactory(organisation=lawyer.organisation))
    appointments = [visit(lawyer.organisation) for _ in range(20)]
    barrier = threading.Barrier(len(appointments))

    def book(appointment):
        barrier.wait(timeout=60)
        translation.activate("en")
        try:
            take_slot(appointment=appointment, slot=slot, by=lawyer)
            return "booked"
        except Refused as refused:
            return str(refused)[:40]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(appointments)) as pool:
        outcomes = list(pool.map(book, appointments))

    assert sorted(outcomes) == sorted(["booked", *["Someone else has just taken this slot. F"] * 19])
    assert SlotBooking.objects.count() == 1
    connection.close()


# --- Providers and slots ----------------------------------------------------------------------------------------------


def test_a_slot_ends_only_after_what_is_booked(organisation, slot, lawyer):
    take_slot(appointment=visit(organisation), slot=slot, by=lawyer)

    with pytest.raises(Refused) as refused:
        legal_aid.end_slot(slot=slot, until=MONDAY - timedelta(days=1), by=lawyer)
    assert str(refused.value) == ("Somebody is booked then: Mon 30 Nov 10:00. Move or cancel those appointments first.")
    legal_aid.end_slot(slot=slot, until=MONDAY, by=lawyer)

    assert free_slots(organisation, MONDAY, MONDAY + timedelta(days=28)) == []
    with pytest.raises(Refused, match="has ended already"):
        legal_aid.end_slot(slot=slot, until=MONDAY, by=lawyer)


def test_a_slot_that_never_took_place_is_taken_off(provider, lawyer):
    slot = WeeklySlotFactory(provider=provider, since=MONDAY)

    legal_aid.end_slot(slot=slot, until=MONDAY - timedelta(days=3), by=lawyer)

    assert not WeeklySlot.objects.exists()


def test_a_provider_who_is_booked_cannot_be_switched_off(organisation, provider, slot, lawyer):
    appointment = visit(organisation)
    take_slot(appointment=appointment, slot=slot, by=lawyer)
    facts = {"provider": provider, "name": provider.name, "is_active": False, "by": lawyer}

    with pytest.raises(Refused, match="Somebody is booked then: Mon 30 Nov"):
        legal_aid.update_provider(**facts)
    release_slot(appointment=appointment)
    legal_aid.update_provider(**facts)

    assert not LegalProvider.objects.get().is_active


def test_one_slot_of_a_provider_at_an_hour_in_any_time(provider, slot, lawyer):
    facts = {"provider": provider, "weekday": 0, "starts_at": time(10), "minutes": 45, "zone": slot.zone, "by": lawyer}

    with pytest.raises(Refused, match="has a slot at that hour already"):
        legal_aid.add_slot(since=MONDAY, **facts)
    legal_aid.end_slot(slot=slot, until=MONDAY, by=lawyer)
    with pytest.raises(Refused, match="has a slot at that hour already"):
        legal_aid.add_slot(since=MONDAY, **facts)
    assert legal_aid.add_slot(since=MONDAY + timedelta(days=1), **facts)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"minutes": 4}, "between 5 minutes and 8 hours"),
        ({"minutes": 481}, "between 5 minutes and 8 hours"),
        ({"until": MONDAY - timedelta(days=1)}, "must not be before the first"),
        ({"by": None}, "another organisation"),
    ],
)
def test_a_slot_that_cannot_be_is_refused(provider, lawyer, changes, sentence):
    facts = {
        "provider": provider,
        "weekday": 0,
        "starts_at": time(10),
        "minutes": 45,
        "zone": "America/Tijuana",
        "since": MONDAY,
        "by": lawyer,
    } | changes
    facts["by"] = facts["by"] or StaffFactory(role=Role.LEGAL)

    with pytest.raises(Refused, match=sentence):
        legal_aid.add_slot(**facts)


def test_one_provider_per_name(organisation, provider, lawyer):
    with pytest.raises(Refused, match="of this name already"):
        legal_aid.add_provider(organisation=organisation, name="ABOGADA ejemplo", by=lawyer)
    with pytest.raises(Refused, match="another organisation"):
        legal_aid.add_provider(organisation=OrganisationFactory(), name="Otra", by=lawyer)


# --- The pages --------------------------------------------------------------------------------------------------------


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_page_says_what_is_free_and_what_is_taken_and_names_nobody(client, organisation, provider, slot, lawyer):
    WeeklySlotFactory(provider=provider, weekday=1, starts_at=time(9), minutes=30)
    ShelterFactory(organisation=organisation)
    appointment = visit(organisation)
    take_slot(appointment=appointment, slot=slot, by=lawyer)
    client.force_login(lawyer)

    page = text(client.get(reverse("cases:legal_aid")))

    assert "Mon 30 Nov to Sun 6 Dec: 1 free, 1 taken" in page
    assert "Mon 23 Nov to Sun 29 Nov: 0 free, 0 taken" in page
    assert "Tue 1 Dec, 09:00" in page
    assert appointment.family.people[0].first_surname not in page
    assert appointment.family.folio not in page


def test_the_page_takes_the_same_queries_for_any_number_of_slots(
    client, organisation, provider, lawyer, django_assert_max_num_queries
):
    client.force_login(lawyer)
    for hour in range(8, 18):
        WeeklySlotFactory(provider=provider, starts_at=time(hour))
        WeeklySlotFactory(provider=LegalProviderFactory(organisation=organisation), starts_at=time(hour))

    with django_assert_max_num_queries(12):
        client.get(reverse("cases:legal_aid"))


def test_a_provider_and_their_slot_are_written_down_and_ended(client, organisation, lawyer):
    ShelterFactory(organisation=organisation)
    client.force_login(lawyer)

    answer = client.post(
        reverse("cases:legal_provider_new"), {"name": "Licenciada Prueba", "licence": "", "speaks": "Spanish, Mam"}
    )
    provider = LegalProvider.objects.get()
    assert answer.url == reverse("cases:legal_slot_new", args=[provider.pk])
    assert provider.speaks == ["spa", "mam"]

    since = {"since_day": 30, "since_month": 11, "since_year": 2026}
    answer = client.post(
        answer.url, {"weekday": 2, "starts_at": "9.30", "minutes": 60, "zone": "America/Tijuana"} | since
    )
    slot = WeeklySlot.objects.get()
    assert (slot.weekday, slot.starts_at, slot.minutes, slot.since) == (2, time(9, 30), 60, MONDAY)
    assert "Wednesday, 09:30, 60 minutes" in text(client.get(reverse("cases:legal_aid")))

    until = {"until_day": 31, "until_month": 12, "until_year": 2026}
    client.post(reverse("cases:legal_slot_end", args=[slot.pk]), until)
    slot.refresh_from_db()
    assert slot.until == date(2026, 12, 31)
