"""What is planned, when it is due, and what becomes of it when something changes."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from cases.models import Appointment, AppointmentState, NoticeRule, Reminder
from cases.services import appointments, contact, reminders, sending
from cases.services.occasions import of_appointment
from cases.walltime import instant_at
from ngo.models import Membership
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    ConsentFactory,
    EmailAddressFactory,
    FamilyFactory,
    OrganisationFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
HOUSE = ZoneInfo("America/Tijuana")  # Its date is not the server's in the evening.
THREE_AND_ONE = [("guest", 3, time(18)), ("guest", 1, time(18))]


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def kind(organisation):
    return kind_with(organisation, THREE_AND_ONE)


@pytest.fixture
def family(organisation):
    return FamilyFactory(organisation=organisation)


@pytest.fixture
def address(family):
    return EmailAddressFactory(family=family, agreed=True)


def kind_with(organisation, rules):
    kind = AppointmentKindFactory(organisation=organisation)
    for audience, days_before, at_time in rules:
        NoticeRule.objects.create(
            organisation=kind.organisation, kind=kind, audience=audience, days_before=days_before, at_time=at_time
        )
    return kind


def booked(family, kind, days=10, at=time(9), zone="America/Tijuana", **more) -> Appointment:
    """An appointment in so many days at an hour of the house's clock, which they leave two hours before."""
    day = timezone.localdate(timezone=HOUSE) + timedelta(days=days)
    starts_at = instant_at(zone, day, at)
    return AppointmentFactory(
        family=family,
        kind=kind,
        zone=zone,
        **{"starts_at": starts_at, "leave_shelter_at": starts_at - timedelta(hours=2)} | more,
    )


def planned(appointment):
    return reminders.plan_reminders(appointment=appointment)


def states(appointment):
    return [(row.state, row.reason) for row in appointment.reminders.order_by("due_at", "pk")]


# --- What is planned -------------------------------------------------------------------------------------------------
def test_one_row_for_each_rule_and_address(family, kind, address):
    EmailAddressFactory(family=family)
    EmailAddressFactory(family=family, removed_at=timezone.now())

    rows = planned(booked(family, kind))

    assert len(rows) == 4
    assert {row.state for row in rows} == {OutgoingState.PENDING}
    assert all(row.next_try_at == row.due_at for row in rows)


def test_a_second_plan_changes_nothing(family, kind, address):
    appointment = booked(family, kind)
    before = list(planned(appointment))

    after = planned(appointment)

    fields = ("pk", "key", "due_at", "state")
    assert [[getattr(row, name) for name in fields] for row in after] == [
        [getattr(row, name) for name in fields] for row in before
    ]


def test_a_late_one_is_never_untrue_it_expires_when_the_next_is_due_and_when_they_leave(family, kind, address):
    appointment = booked(family, kind)

    first, second = planned(appointment)

    assert first.expires_at == second.due_at
    assert second.expires_at == appointment.leave_shelter_at


def test_a_moment_that_has_passed_when_it_is_booked_is_kept_with_its_reason(family, kind, address):
    assert states_of_a_new(booked(family, kind, days=2)) == [("suppressed", "passed"), ("pending", "")]


def test_a_moment_after_they_have_left_is_kept_with_its_reason(organisation, family, address):
    kind = kind_with(organisation, [("guest", 0, time(8)), ("guest", 0, time(6))])

    assert states_of_a_new(booked(family, kind)) == [("pending", ""), ("suppressed", "after_leaving")]


def states_of_a_new(appointment):
    planned(appointment)
    return states(appointment)


def test_without_consent_nothing_is_to_be_sent_and_the_row_says_why(family, kind):
    EmailAddressFactory(family=family)

    assert states_of_a_new(booked(family, kind)) == [("suppressed", "no_consent")] * 2


@pytest.mark.parametrize("decision", ["refused", "pending"])
def test_only_a_consent_that_was_given_counts(family, kind, decision):
    EmailAddressFactory(family=family)
    ConsentFactory(family=family, decision=decision)

    assert states_of_a_new(booked(family, kind)) == [("suppressed", "no_consent")] * 2


def test_without_an_address_or_a_rule_there_is_nothing(organisation, family, kind):
    assert planned(booked(family, kind)) == []
    EmailAddressFactory(family=family, agreed=True)
    assert planned(booked(family, kind_with(organisation, []))) == []


def test_who_is_responsible_is_reminded_at_work_in_their_language(organisation, family):
    kind = kind_with(organisation, [("staff", 2, time(10))])
    owner = StaffFactory(organisation=organisation, language="en")

    (row,) = planned(booked(family, kind, owner=owner))
    assert (row.staff, row.email, row.language, row.state) == (owner, None, "en", OutgoingState.PENDING)
    assert planned(booked(family, kind)) == []


@pytest.mark.parametrize(
    ("reads", "speaks", "language"),
    [
        (["spa"], ["spa"], "es"),
        (["eng"], ["eng"], "en"),
        (["eng", "spa"], ["eng"], "es"),
        (["eng"], ["eng", "spa"], "en"),
        ([], ["eng"], "en"),
        (["hat"], ["hat", "eng"], "ht"),
        ([], [], "es"),
    ],
)
def test_the_language_is_that_which_the_head_of_the_family_reads(family, kind, address, reads, speaks, language):
    head = family.people[0]
    head.reads, head.speaks = reads, speaks
    head.save()

    assert {row.language for row in planned(booked(family, kind))} == {language}


# --- Clocks ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "leaves_on", "due"),
    [
        # The clock goes back in the night to 1 November 2026, and forward in the night to 14 March 2027.
        ("America/Tijuana", date(2026, 11, 1), datetime(2026, 11, 1, 1, 0, tzinfo=UTC)),
        ("America/Tijuana", date(2026, 11, 2), datetime(2026, 11, 2, 2, 0, tzinfo=UTC)),
        ("America/Tijuana", date(2027, 3, 14), datetime(2027, 3, 14, 2, 0, tzinfo=UTC)),
        ("America/Tijuana", date(2027, 3, 15), datetime(2027, 3, 15, 1, 0, tzinfo=UTC)),
        ("America/Ciudad_Juarez", date(2026, 11, 1), datetime(2026, 11, 1, 0, 0, tzinfo=UTC)),
        ("America/Ciudad_Juarez", date(2026, 11, 2), datetime(2026, 11, 2, 1, 0, tzinfo=UTC)),
        ("America/Ciudad_Juarez", date(2027, 3, 14), datetime(2027, 3, 14, 1, 0, tzinfo=UTC)),
        ("America/Ciudad_Juarez", date(2027, 3, 15), datetime(2027, 3, 15, 0, 0, tzinfo=UTC)),
        ("America/Matamoros", date(2026, 11, 1), datetime(2026, 10, 31, 23, 0, tzinfo=UTC)),
        ("America/Matamoros", date(2026, 11, 2), datetime(2026, 11, 2, 0, 0, tzinfo=UTC)),
        ("America/Matamoros", date(2027, 3, 14), datetime(2027, 3, 14, 0, 0, tzinfo=UTC)),
        ("America/Matamoros", date(2027, 3, 15), datetime(2027, 3, 14, 23, 0, tzinfo=UTC)),
        ("America/Hermosillo", date(2026, 11, 1), datetime(2026, 11, 1, 1, 0, tzinfo=UTC)),
        ("America/Hermosillo", date(2026, 11, 2), datetime(2026, 11, 2, 1, 0, tzinfo=UTC)),
        ("America/Hermosillo", date(2027, 3, 14), datetime(2027, 3, 14, 1, 0, tzinfo=UTC)),
        ("America/Hermosillo", date(2027, 3, 15), datetime(2027, 3, 15, 1, 0, tzinfo=UTC)),
    ],
)
def test_it_is_due_at_the_wall_time_of_the_house_on_both_nights_of_the_clocks(
    organisation, family, zone, leaves_on, due
):
    kind = kind_with(organisation, [("guest", 1, time(18))])
    starts_at = instant_at(zone, leaves_on, time(9))
    row = AppointmentFactory(family=family, kind=kind, zone=zone, starts_at=starts_at, leave_shelter_at=starts_at)

    assert reminders.due_at(of_appointment(row), kind.notice_rules.get()) == due


@pytest.mark.parametrize(
    ("day", "hour", "due"),
    [
        (date(2027, 3, 14), time(2, 30), datetime(2027, 3, 14, 10, 30, tzinfo=UTC)),  # Skipped: shown as 03:30.
        (date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),  # Comes twice: the first.
    ],
)
def test_an_hour_that_the_clock_skips_or_shows_twice_has_one_moment(organisation, family, day, hour, due):
    kind = kind_with(organisation, [("guest", 0, hour)])
    starts_at = instant_at("America/Tijuana", day, time(12))
    row = AppointmentFactory(family=family, kind=kind, starts_at=starts_at, leave_shelter_at=starts_at)

    assert reminders.due_at(of_appointment(row), kind.notice_rules.get()) == due


def test_the_days_count_from_the_day_on_which_they_leave_on_the_clock_of_the_house(organisation, family):
    """At 0:30 in El Paso's summer it is 0:30 in Juárez too; at 1:30 in Matamoros they left Juárez the day before."""
    kind = kind_with(organisation, [("guest", 1, time(18))])
    starts_at = instant_at("America/Matamoros", date(2027, 6, 2), time(0, 30))
    row = AppointmentFactory(
        family=family,
        kind=kind,
        zone="America/Matamoros",
        home_zone="America/Ciudad_Juarez",
        starts_at=starts_at,
        leave_shelter_at=starts_at - timedelta(minutes=10),
    )

    assert reminders.due_at(of_appointment(row), kind.notice_rules.get()) == instant_at(
        "America/Ciudad_Juarez", date(2027, 5, 31), time(18)
    )


# --- What changes ----------------------------------------------------------------------------------------------------
def test_a_cancelled_appointment_withdraws_what_waits_and_leaves_what_was_sent(family, kind, address):
    appointment = booked(family, kind)
    first, _second = planned(appointment)
    Reminder.objects.filter(pk=first.pk).update(state=OutgoingState.SENT, sent_at=timezone.now())

    assert reminders.withdraw_reminders(appointment=appointment, reason="cancelled") == 1
    assert states(appointment) == [("sent", ""), ("cancelled", "cancelled")]


def test_moving_an_appointment_withdraws_the_old_ones_and_plans_new_ones(family, kind, address):
    staff = StaffFactory(organisation=family.organisation, role=Role.COORDINATOR)
    old = booked(family, kind)
    planned(old)

    new = appointments.reschedule_appointment(
        appointment=old,
        local_date=old.local_date + timedelta(days=5),
        local_time=time(10),
        reason="Nueva fecha",
        by=staff,
    )

    assert {state for state, _reason in states(old)} == {OutgoingState.CANCELLED}
    assert {state for state, _reason in states(new)} == {OutgoingState.PENDING}


def test_a_booking_that_fails_leaves_no_reminder(family, kind, address):
    mark = transaction.savepoint()
    planned(booked(family, kind))
    transaction.savepoint_rollback(mark)

    assert not Reminder.objects.exists()


def test_an_address_that_comes_later_is_reminded_and_one_that_goes_is_not(family, kind):
    staff = StaffFactory(organisation=family.organisation)
    ConsentFactory(family=family)
    appointment = booked(family, kind)
    over = booked(family, kind, state=AppointmentState.CANCELLED)
    assert planned(appointment) == []

    email = contact.add_email(family=family, address="Persona@Prueba.example", by=staff)
    assert states(appointment) == [("pending", "")] * 2
    assert states(over) == []

    contact.remove_email(email=email)
    assert states(appointment) == [("cancelled", "no_address")] * 2


def test_a_new_plan_leaves_alone_what_is_due_at_this_moment(family, kind, address):
    appointment = booked(family, kind)
    planned(appointment)
    with time_machine.travel(timezone.now() + timedelta(days=8, hours=12), tick=False):
        assert states_of_a_new(appointment) == [("pending", "")] * 2


def test_consent_given_later_revives_and_consent_withdrawn_ends(family, kind):
    staff = StaffFactory(organisation=family.organisation)
    EmailAddressFactory(family=family)
    soon, late = booked(family, kind, days=2), booked(family, kind)
    planned(soon), planned(late)

    contact.agree_to_reminders(family=family, method="written", notice_language="spa", by=staff)
    assert states(late) == [("pending", "")] * 2
    assert states(soon) == [("suppressed", "no_consent"), ("pending", "")]  # The first one's hour has passed.

    contact.withdraw_reminders_consent(family=family)
    assert states(late) == [("suppressed", "no_consent")] * 2

    contact.agree_to_reminders(family=family, method="verbal", notice_language="spa", by=staff)
    assert states(late) == [("pending", "")] * 2


def test_another_person_responsible_is_reminded_in_place_of_the_first(organisation, family):
    kind = kind_with(organisation, [("staff", 2, time(10))])
    first, second = StaffFactory(organisation=organisation), StaffFactory(organisation=organisation)
    appointment = booked(family, kind, owner=first)
    planned(appointment)

    appointment.owner = second
    appointment.save()
    planned(appointment)

    assert {(row.staff, row.state) for row in appointment.reminders.all()} == {
        (first, OutgoingState.CANCELLED),
        (second, OutgoingState.PENDING),
    }


def test_whoever_does_not_work_here_any_more_is_not_written_to(organisation, family):
    kind = kind_with(organisation, [("staff", 2, time(10))])
    owner = StaffFactory(organisation=organisation)
    appointment = booked(family, kind, owner=owner)
    planned(appointment)
    Membership.objects.filter(staff=owner).update(ended_at=timezone.now())
    Reminder.objects.update(next_try_at=timezone.now())

    sending.send_due()

    assert states(appointment) == [("cancelled", "not_working_here")]


@pytest.mark.django_db(transaction=True)
def test_a_consent_and_a_booking_at_the_same_moment_do_not_miss_each_other():
    family = FamilyFactory()
    kind = kind_with(family.organisation, THREE_AND_ONE)
    EmailAddressFactory(family=family)
    staff, appointment = StaffFactory(organisation=family.organisation), booked(family, kind)
    threads = [
        threading.Thread(target=in_a_thread, args=[work])
        for work in (
            lambda: planned(appointment),
            lambda: contact.agree_to_reminders(family=family, method="written", notice_language="spa", by=staff),
            lambda: planned(appointment),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert states(appointment) == [("pending", "")] * 2


def in_a_thread(work):
    try:
        work()
    finally:
        connection.close()


def test_planning_costs_the_same_whatever_the_number_of_addresses(family, kind, address, django_assert_num_queries):
    few, many = booked(family, kind), booked(family, kind)
    with django_assert_num_queries(11):
        planned(few)
    for _more in range(5):
        EmailAddressFactory(family=family)
    with django_assert_num_queries(11):
        planned(many)
