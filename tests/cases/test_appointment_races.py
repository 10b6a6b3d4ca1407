"""Desks that act on one appointment at the same instant, on real connections: one wins, the others get a sentence."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cases.models import Appointment, AppointmentChange, Group, LegalProvider, SlotBooking, WeeklySlot
from cases.services import appointments as services
from cases.services.people import assign_owner, change_group
from cases.services.reminders import record_call, take_back_call
from ngo.errors import Refused
from tests.factories import AppointmentFactory, AppointmentKindFactory, FamilyFactory, StaffFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
DAY = timezone.localdate() + timedelta(days=30)
NINE = time(9)


def at_once(acts):
    """Run every act in its own thread and connection, all released at one moment. Outcomes: "done" or the refusal."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        barrier.wait(timeout=30)
        translation.activate("en")
        try:
            act()
            return "done"
        except Refused as refused:
            return str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def moving(row, days, desk):
    return lambda: services.reschedule_appointment(
        appointment=row, local_date=DAY + timedelta(days=days), local_time=NINE, reason=f"Desk {days}", by=desk
    )


def test_of_desks_that_move_one_appointment_one_does_it():
    row = AppointmentFactory()
    desk = StaffFactory(organisation=row.organisation)

    outcomes = at_once([moving(row, days, desk) for days in range(6)])

    assert outcomes.count("done") == 1
    assert set(outcomes) == {
        "done",
        "Somebody has just moved this appointment. Open the new date and look at it again.",
    }
    assert Appointment.objects.filter(state="planned").count() == 1
    assert AppointmentChange.objects.filter(state="rescheduled").count() == 1


def test_moving_and_cancelling_at_once_leaves_one_of_the_two():
    row = AppointmentFactory()
    desk = StaffFactory(organisation=row.organisation)

    outcomes = at_once(
        [moving(row, 1, desk), lambda: services.cancel_appointment(appointment=row, by=desk, reason="They are ill")]
    )

    assert outcomes.count("done") == 1
    row.refresh_from_db()
    assert Appointment.objects.filter(state="planned").count() == (1 if row.state == "rescheduled" else 0)


def test_two_desks_cannot_book_one_person_twice_without_noticing():
    family = FamilyFactory(people=2)
    kind = AppointmentKindFactory(organisation=family.organisation)
    desk = StaffFactory(organisation=family.organisation)

    def booking():
        return services.schedule_appointment(
            family=family,
            kind=kind,
            people=family.people[:1],
            place="Clínica de prueba",
            zone="America/Tijuana",
            local_date=DAY,
            local_time=NINE,
            by=desk,
        )

    outcomes = at_once([booking] * 6)

    assert outcomes.count("done") == 1
    assert all("has another appointment at that time" in outcome for outcome in outcomes if outcome != "done")


def test_one_legal_slot_goes_to_one_family():
    desk = StaffFactory()
    organisation = desk.organisation
    provider = LegalProvider.objects.create(organisation=organisation, name="Defensoría Ensayo")
    slot = WeeklySlot.objects.create(
        provider=provider, weekday=DAY.weekday(), starts_at=NINE, zone="America/Tijuana", since=DAY - timedelta(days=40)
    )
    legal = AppointmentKindFactory(organisation=organisation, is_legal=True)
    families = [FamilyFactory(organisation=organisation) for _ in range(5)]

    def booking(family):
        return lambda: services.schedule_appointment(
            family=family,
            kind=legal,
            people=family.people,
            place="Sala",
            zone="America/Tijuana",
            local_date=DAY,
            local_time=NINE,
            slot=slot,
            by=desk,
        )

    outcomes = at_once([booking(family) for family in families])

    assert outcomes.count("done") == 1
    assert all(outcome.startswith("Someone else has just taken") for outcome in outcomes if outcome != "done")
    assert Appointment.objects.count() == SlotBooking.objects.count() == 1


@pytest.mark.parametrize("outcome", ["attended", "missed"])
def test_two_desks_that_write_the_same_outcome_write_it_once(outcome):
    row = AppointmentFactory(starts_at=timezone.now() - timedelta(hours=1))
    desk = StaffFactory(organisation=row.organisation)

    outcomes = at_once([lambda: services.record_outcome(appointment=row, state=outcome, by=desk)] * 4)

    assert outcomes.count("done") == 1
    assert AppointmentChange.objects.filter(state=outcome).count() == 1


def locks(act):
    """The tables whose rows an act locks or writes, in the order in which it does."""
    with CaptureQueriesContext(connection) as queries:
        act()
    found = (re.search(r'^(?:UPDATE "(\w+)"|SELECT .* FROM "(\w+)".* FOR )', query["sql"]) for query in queries)
    return [match[1] or match[2] for match in found if match]


def test_whoever_writes_a_call_takes_the_family_before_its_reminders():
    row = AppointmentFactory()
    desk = StaffFactory(organisation=row.organisation)

    for act in (lambda: record_call(appointment=row, by=desk), lambda: take_back_call(appointment=row)):
        assert locks(act) == ["cases_family", "cases_reminder"]


def test_the_group_and_who_is_responsible_are_written_in_one_order_of_locks():
    family = FamilyFactory()
    desk = StaffFactory(organisation=family.organisation)

    assert locks(lambda: assign_owner(people=family.people, owner=desk, by=desk))[:2] == ["cases_person", "cases_case"]
    assert locks(lambda: change_group(people=family.people, group=Group.UNDECIDED, by=desk))[:1] == ["cases_person"]
