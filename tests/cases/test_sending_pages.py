"""The page Sending: its figures, the switch that stops everything, and a day looked at again."""

import os
import signal
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from cases.models import (
    Appointment,
    AppointmentState,
    Audience,
    NoticeCondition,
    NoticeRule,
    Phone,
    Reminder,
    ReminderReason,
    SendingPause,
    StrangerAnswer,
)
from cases.sending import Tally, channels_configured, day_again, in_words, sending_of
from cases.services import pauses, reminders, sending
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.messaging import email
from ngo.messaging.outbox import Swept
from ngo.models import Heartbeat, ReadLog
from ngo.models.outbox import Channel, OutgoingState
from ngo.permissions import Role
from shelters.models import Trip, TripAlarm
from tests.factories import (
    AppointmentFactory,
    ConsentFactory,
    EmailAddressFactory,
    FamilyFactory,
    ShelterFactory,
    StaffFactory,
)
from tests.factories_phones import InboundFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.
ZONE = "America/Tijuana"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False), timezone.override(ZONE):
        yield


@pytest.fixture
def coordinator():
    staff = StaffFactory(role=Role.COORDINATOR, language="en", name="Coordinadora Prueba")
    ShelterFactory(organisation=staff.organisation, zone=ZONE)
    return staff


@pytest.fixture
def desk(coordinator):
    return StaffFactory(organisation=coordinator.organisation, role=Role.FRONT_DESK, language="en")


@pytest.fixture
def appointment(coordinator):
    family = FamilyFactory(organisation=coordinator.organisation, ages=[30])
    return AppointmentFactory(family=family, owner=coordinator)


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


def page(staff, route, **query):
    response = browser_of(staff).get(reverse(f"cases:{route}"), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def rule_of(appointment, **given):
    given = {"audience": Audience.GUEST, "days_before": 1, "at_time": "17:00"} | given
    return NoticeRule.objects.create(organisation=appointment.organisation, kind=appointment.kind, **given)


def notice(appointment, *, state=OutgoingState.SENT, ago=timedelta(hours=2), took=4, **given):
    """One that was due so long ago, and left so many seconds later."""
    due = timezone.now() - ago
    if not {"email", "phone", "staff"} & set(given):
        given["email"] = EmailAddressFactory(family=appointment.family)
    if state in {OutgoingState.SENT, OutgoingState.DELIVERED}:
        given["sent_at"] = due + timedelta(seconds=took)
    return Reminder.objects.create(
        organisation=appointment.organisation,
        family=appointment.family,
        source_id=appointment.pk,
        appointment=appointment,
        language="es",
        state=state,
        due_at=due,
        next_try_at=due,
        **given,
    )


def phone_of(appointment, **given):
    number = f"+5266455501{Phone.objects.count():02}"
    family = appointment.family
    given = {"channel": Channel.SMS, "agreed_at": timezone.now()} | given
    return Phone.objects.create(family=family, number=number, number_hash=keyed_hash(number), country="MX", **given)


# --- Figures -----------------------------------------------------------------------------------------------------------
def test_what_became_of_what_was_due_is_counted_by_the_day_of_the_house(coordinator, appointment):
    for took in (2, 4, 6, 8, 100):
        notice(appointment, took=took)
    notice(appointment, state=OutgoingState.DELIVERED, ago=timedelta(days=2), took=7200)
    notice(appointment, state=OutgoingState.FAILED)
    notice(appointment, state=OutgoingState.EXPIRED, reason=ReminderReason.TOO_LATE)
    notice(appointment, state=OutgoingState.SUPPRESSED, reason=ReminderReason.NO_CONSENT)
    notice(appointment, state=OutgoingState.CANCELLED, reason=ReminderReason.NO_CONSENT)
    notice(appointment, state=OutgoingState.SUPPRESSED, reason=ReminderReason.NO_SERVER, ago=timedelta(days=3))
    notice(appointment, state=OutgoingState.PENDING, ago=timedelta(minutes=12))
    notice(appointment, state=OutgoingState.PENDING, ago=timedelta(hours=-3))  # Not due yet: counted nowhere.
    notice(appointment, ago=timedelta(days=6, hours=13))  # Before the seventh midnight back.
    notice(appointment, ago=timedelta(hours=13))  # Yesterday, by the clock of the house.
    found = sending_of(coordinator)

    today, week = found.today, found.week
    assert (today.sent, today.delivered, today.failed, today.expired, today.waiting) == (5, 0, 1, 1, 1)
    assert today.not_sent == {ReminderReason.NO_CONSENT: 2}
    assert (week.sent, week.delivered, week.suppressed) == (7, 1, 3)
    assert today.waited_p50 == pytest.approx(6)
    assert today.waited_p95 == pytest.approx(81.6)
    assert week.waited_p95 > 3600
    assert found.overdue == 1
    assert found.oldest_words == "12 min"
    assert found.sweep_age is None
    assert found.is_silent


def test_nothing_of_the_list_of_the_house_and_nothing_of_others_is_counted(coordinator, appointment):
    other = AppointmentFactory()
    notice(other)
    notice(other, state=OutgoingState.PENDING)
    notice(appointment, email=None, channel=Channel.HOUSE)
    found = sending_of(coordinator)

    assert found.today == found.week == Tally()
    assert found.overdue == 0
    assert found.oldest_words == ""


def test_the_page_shows_figures_and_no_name(coordinator, desk, appointment):
    Heartbeat.objects.create(name="sweep", beat_at=timezone.now() - timedelta(seconds=14))
    notice(appointment, state=OutgoingState.SUPPRESSED, reason=ReminderReason.NO_CONSENT)
    said = page(desk, "reminders_sending")

    assert "14 s" in said
    assert "The family has not agreed to reminders" in said
    assert "Not set up" in said
    assert appointment.family.folio not in said
    assert appointment.kind.name_en not in said
    assert "Stop sending" not in said  # That is a coordinator's.
    assert "Stop sending" in page(coordinator, "reminders_sending")


def test_the_page_costs_the_same_whatever_was_sent(desk, appointment, django_assert_max_num_queries):
    client, url = browser_of(desk), reverse("cases:reminders_sending")
    client.get(url)
    with django_assert_max_num_queries(12) as few:
        client.get(url)
    for number in range(30):
        notice(appointment, state=OutgoingState.SENT if number % 2 else OutgoingState.FAILED)
    with django_assert_max_num_queries(12) as many:
        client.get(url)
    assert len(few.captured_queries) == len(many.captured_queries)


def test_what_is_no_reminder_is_told_too_of_this_house_alone(coordinator, desk):
    house = coordinator.organisation.shelters.get()
    due = timezone.now() - timedelta(minutes=20)
    out = {"left_at": due - timedelta(hours=3), "expected_at": due, "alarm_from": due, "opened_by": coordinator}
    given = {"round": 1, "due_at": due, "next_try_at": due}
    for shelter in (house, ShelterFactory()):
        trip = Trip.objects.create(organisation=shelter.organisation, shelter=shelter, **out)
        TripAlarm.objects.create(trip=trip, staff=coordinator, step="first", state=OutgoingState.FAILED, **given)
        TripAlarm.objects.create(trip=trip, staff=coordinator, step="second", **given)
    TripAlarm.objects.filter(trip__shelter=house).get(step="second").delete()
    answer = StrangerAnswer.objects.create(
        inbound=InboundFactory(phone=None, organisation=coordinator.organisation, sender="+15005550006"),
        channel=Channel.SMS,
        language="es",
        due_at=due,
        next_try_at=due,
    )
    told = {name: (box.overdue, box.failed) for name, box in sending_of(coordinator).others}

    assert told["Alarms: not back from a trip"] == (0, 1)
    assert told["Answers to numbers of no file"] == (1, 0)
    assert set(told.values()) == {(0, 0), (0, 1), (1, 0)}
    assert len(told) == 5
    answer.delete()
    said = page(desk, "reminders_sending")
    row = '<th scope="row">{}</th><td class="n">{}</td><td class="n">{}</td>'
    assert row.format("Alarms: not back from a trip", 0, 1) in said
    assert row.format("What an authority changed for all", 0, 0) in said


def test_six_queries_for_all_figures(coordinator, appointment, django_assert_num_queries):
    notice(appointment)
    with django_assert_num_queries(6):
        sending_of(coordinator)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (-5, "0 s"),
        (8.4, "8 s"),
        (59.7, "1 min"),
        (108, "1 min 48 s"),
        (3599, "59 min"),
        (3900, "1 h 5 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_wait_in_words(seconds, words):
    assert in_words(seconds) == words


def test_the_page_is_in_spanish_for_who_reads_spanish(coordinator, appointment):
    coordinator.language = "es"
    coordinator.save(update_fields=["language"])
    notice(appointment)
    with translation.override("es"):
        response = browser_of(coordinator).get(reverse("cases:reminders_sending"))
    assert response.status_code == 200
    assert 'lang="es"' in response.content.decode()


def test_channels_that_are_not_set_up_are_told(settings):
    assert channels_configured() == {"email": True, "sms": False, "whatsapp": False, "house": True}
    settings.EMAIL_BACKEND = email.FILES
    assert not channels_configured()["email"]


# --- The switch ----------------------------------------------------------------------------------------------------------
def test_a_coordinator_stops_sending_with_a_reason_and_lets_it_go_on(coordinator, desk):
    client = browser_of(coordinator)
    response = client.post(
        reverse("cases:reminders_sending_pause"), {"reason": "La pasarela repite mensajes"}, follow=True
    )

    assert "Sending is stopped" in response.content.decode()
    row = SendingPause.objects.get()
    assert (row.reason, row.began_by, row.ended_at) == ("La pasarela repite mensajes", coordinator, None)
    said = page(desk, "reminders_sending")
    assert "La pasarela repite mensajes" in said
    assert "Coordinadora Prueba" in said
    assert "Thu 12 Nov, 12:00" in said

    client.post(reverse("cases:reminders_sending_resume"))
    row.refresh_from_db()
    assert (row.ended_at, row.ended_by) == (timezone.now(), coordinator)
    assert "Went on:" in page(desk, "reminders_sending")


def test_without_a_reason_nothing_is_stopped_and_what_was_typed_stays(coordinator):
    client, url = browser_of(coordinator), reverse("cases:reminders_sending_pause")
    assert "Write why sending is stopped." in client.post(url, {"reason": " "}).content.decode()
    long = "x" * 201
    assert long in client.post(url, {"reason": long}).content.decode()
    assert not SendingPause.objects.exists()


def test_a_second_stop_is_refused(coordinator):
    house = coordinator.organisation
    pauses.pause(organisation=house, reason="Una prueba", by=coordinator)
    with pytest.raises(Refused, match="stopped already"):
        pauses.pause(organisation=house, reason="Otra", by=coordinator)
    response = browser_of(coordinator).post(reverse("cases:reminders_sending_pause"), {"reason": "Otra"})
    assert response.status_code == 409
    assert "Sending is stopped already." in response.content.decode()
    assert SendingPause.objects.count() == 1


def test_the_database_refuses_a_second_stop_too(coordinator):
    given = {"organisation": coordinator.organisation, "reason": "Una prueba", "began_by": coordinator}
    SendingPause.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        SendingPause.objects.create(**given)


def test_what_is_not_stopped_cannot_go_on(coordinator):
    with pytest.raises(Refused, match="not stopped"):
        pauses.resume(organisation=coordinator.organisation, by=coordinator)
    response = browser_of(coordinator).post(reverse("cases:reminders_sending_resume"), follow=True)
    assert "Sending is not stopped." in response.content.decode()


def test_without_words_no_stop(coordinator):
    with pytest.raises(Refused):
        pauses.pause(organisation=coordinator.organisation, reason="  ", by=coordinator)


def test_after_it_went_on_it_can_be_stopped_again(coordinator):
    for _time in range(2):
        pauses.pause(organisation=coordinator.organisation, reason="Una prueba", by=coordinator)
        pauses.resume(organisation=coordinator.organisation, by=coordinator)
    assert SendingPause.objects.count() == 2


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.CASEWORKER, Role.LEGAL])
def test_only_a_coordinator_stops_it(coordinator, role):
    client = browser_of(StaffFactory(organisation=coordinator.organisation, role=role))
    for route in ("pause", "resume"):
        assert client.post(reverse(f"cases:reminders_sending_{route}"), {"reason": "No"}).status_code == 403
    assert not SendingPause.objects.exists()


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.SUPPLIES, Role.NETWORK_VIEWER])
def test_who_sees_no_reminders_sees_no_page_of_them(coordinator, role):
    client = browser_of(StaffFactory(organisation=coordinator.organisation, role=role))
    for route in ("reminders_sending", "reminders_sending_day", "reminders_words"):
        assert client.get(reverse(f"cases:{route}")).status_code == 403


def test_another_organisation_sees_nothing_of_it(coordinator):
    pauses.pause(organisation=coordinator.organisation, reason="Secreto de la casa", by=coordinator)
    stranger = StaffFactory(role=Role.COORDINATOR)
    ShelterFactory(organisation=stranger.organisation)
    assert "Secreto de la casa" not in page(stranger, "reminders_sending")
    assert "Secreto de la casa" not in browser_of(stranger).get(reverse("ngo:today")).content.decode()


def test_today_says_in_red_that_sending_is_stopped_and_costs_one_query_more(coordinator, django_assert_max_num_queries):
    client = browser_of(coordinator)
    client.get(reverse("ngo:today"))
    with django_assert_max_num_queries(200) as before:
        assert "Sending is stopped" not in client.get(reverse("ngo:today")).content.decode()
    pauses.pause(organisation=coordinator.organisation, reason="La pasarela repite", by=coordinator)
    with django_assert_max_num_queries(200) as after:
        said = client.get(reverse("ngo:today")).content.decode()
    assert "Sending is stopped" in said
    assert "La pasarela repite" in said
    assert 'data-state="alert"' in said
    assert len(after.captured_queries) == len(before.captured_queries) + 1


# --- A day again ---------------------------------------------------------------------------------------------------------
YESTERDAY = date(2026, 11, 11)
AGO = timedelta(days=1, hours=1)


def lines_of(staff, day=YESTERDAY):
    return {(line.then, line.why_then, line.why_not_now): line.count for line in day_again(staff, day).lines}


@pytest.fixture
def with_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.mark.usefixtures("with_server")
def test_what_would_leave_now_is_set_beside_what_left_then(coordinator, appointment):
    ConsentFactory(family=appointment.family)
    rule = rule_of(appointment)
    notice(appointment, rule=rule, ago=AGO)
    notice(appointment, rule=rule, ago=AGO, state=OutgoingState.DELIVERED)
    notice(appointment, rule=rule, ago=AGO, state=OutgoingState.SUPPRESSED, reason=ReminderReason.NO_SERVER)
    gone = EmailAddressFactory(family=appointment.family, removed_at=timezone.now())
    notice(appointment, rule=rule, ago=AGO, email=gone)
    again = day_again(coordinator, YESTERDAY)

    assert lines_of(coordinator) == {
        ("sent", "", ""): 2,
        ("suppressed", "no_server", ""): 1,
        ("sent", "", "no_address"): 1,
    }
    assert (again.planned, again.left_then, again.leaves_now, again.other) == (4, 3, 3, 2)
    assert again.lines[0].is_other  # What differs stands first.


@pytest.mark.usefixtures("with_server")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: Appointment.objects.update(state=AppointmentState.CANCELLED_BY_AUTHORITY), "cancelled"),
        (lambda row: Appointment.objects.update(state=AppointmentState.RESCHEDULED), "rescheduled"),
        (lambda row: Appointment.objects.update(state=AppointmentState.ATTENDED), ""),  # It was on, then.
        (lambda row: NoticeRule.objects.update(is_active=False), "changed"),
        (lambda row: row.family.consents.update(withdrawn_at=timezone.now()), "no_consent"),
    ],
)
def test_it_is_judged_by_what_holds_now(coordinator, appointment, change, reason):
    ConsentFactory(family=appointment.family)
    notice(appointment, rule=rule_of(appointment), ago=AGO)
    change(appointment)
    assert lines_of(coordinator) == {("sent", "", reason): 1}


@pytest.mark.usefixtures("with_server")
@pytest.mark.parametrize(
    ("condition", "change", "reason"),
    [
        (NoticeCondition.UNCONFIRMED, {"state": AppointmentState.CONFIRMED}, "confirmed"),
        (NoticeCondition.UNCONFIRMED, {}, ""),
        (NoticeCondition.NOT_TOLD, {"told_at": NOON}, "told"),
        (NoticeCondition.NOT_TOLD, {}, ""),
    ],
)
def test_conditions_of_a_rule_hold_there_too(coordinator, appointment, condition, change, reason):
    ConsentFactory(family=appointment.family)
    notice(appointment, rule=rule_of(appointment, condition=condition), ago=AGO)
    if "told_at" in change:
        change["told_by"] = coordinator
    Appointment.objects.update(**change or {"place": "Igual"})
    assert lines_of(coordinator) == {("sent", "", reason): 1}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"opted_out_at": NOON}, "opted_out"),
        ({"failed_at": NOON}, "not_verified"),
        ({"removed_at": NOON}, "no_address"),
        ({"channel": ""}, "not_wanted"),
        ({}, "no_gateway"),
    ],
)
def test_a_number_that_wants_nothing_gets_nothing(coordinator, appointment, given, reason):
    ConsentFactory(family=appointment.family)
    notice(appointment, phone=phone_of(appointment, **given), channel=Channel.SMS, ago=AGO)
    assert lines_of(coordinator) == {("sent", "", reason): 1}


@pytest.mark.usefixtures("with_server")
def test_who_works_here_no_more_gets_nothing(coordinator, desk, appointment):
    notice(appointment, staff=desk, rule=rule_of(appointment, audience=Audience.STAFF), ago=AGO)
    assert lines_of(coordinator) == {("sent", "", ""): 1}
    desk.memberships.update(ended_at=timezone.now())
    assert lines_of(coordinator) == {("sent", "", "not_working_here"): 1}


@pytest.mark.usefixtures("with_server")
def test_what_its_date_decided_it_would_decide_again(coordinator, appointment):
    ConsentFactory(family=appointment.family)
    notice(appointment, ago=AGO, state=OutgoingState.SUPPRESSED, reason=ReminderReason.PASSED)
    assert lines_of(coordinator) == {("suppressed", "passed", "passed"): 1}


def test_a_day_begins_at_the_midnight_of_the_house(coordinator, appointment):
    notice(appointment, ago=timedelta(hours=12, seconds=1))
    notice(appointment, ago=timedelta(hours=12))
    assert day_again(coordinator, YESTERDAY).planned == 1
    assert day_again(coordinator, date(2026, 11, 12)).planned == 1


def test_looking_at_a_day_again_sends_and_changes_nothing(
    coordinator, appointment, mailoutbox, django_assert_num_queries
):
    row = notice(appointment, ago=AGO, state=OutgoingState.PENDING)
    with django_assert_num_queries(1):
        day_again(coordinator, YESTERDAY)
    said = page(coordinator, "reminders_sending_day")

    row.refresh_from_db()
    assert (row.state, row.attempts, mailoutbox) == (OutgoingState.PENDING, 0, [])
    assert "Wednesday 11 November" in said
    assert "It would not be sent" in said
    assert not ReadLog.objects.filter(staff=coordinator).exists()


@pytest.mark.parametrize(
    ("asked", "shown"), [("2026-11-09", "Monday 9"), ("nonsense", "Wednesday 11"), ("2027-01-01", "Thursday 12")]
)
def test_any_day_that_is_over_can_be_asked_for(coordinator, asked, shown):
    assert shown in page(coordinator, "reminders_sending_day", day=asked)


# --- The loop ------------------------------------------------------------------------------------------------------------
def test_the_loop_goes_on_until_it_is_told_to_end(monkeypatch, capsys):
    swept = []

    def send_due():
        swept.append(timezone.now())
        if len(swept) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return Swept(sent=len(swept))

    monkeypatch.setattr(sending, "send_due", send_due)
    monkeypatch.setattr(reminders, "plan_ahead", lambda: 0)  # The loop gives its connection back: it is the test's.
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with time_machine.travel(NOON, tick=True):
        try:
            call_command("send_reminders", "--loop", "--every", "1")
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    assert len(swept) == 2
    assert "1 sent" in capsys.readouterr().out
