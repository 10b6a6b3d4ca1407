"""Notices of what is no appointment, to phones and lists; what changes on the way; and the pages that show all of it."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases import people_to_call, quiet
from cases.models import (
    AppointmentState,
    Audience,
    FamilyMember,
    MessageWords,
    NoticeRule,
    NoticeSource,
    Phone,
    Reminder,
    ReminderReason,
    SendingPause,
    Unit,
    Way,
)
from cases.notice_file import notices_of, to_tell
from cases.people_to_call import to_call
from cases.services import (
    appointments,
    house_list,
    inbound,
    notice_rules,
    pauses,
    phones,
    protection,
    reminders,
    sending,
)
from cases.services.notice_rules import RuleData
from cases.services.working_days import working_days_before
from cases.views.appointments import _booked
from cases.walltime import instant_at
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.messaging import outbox
from ngo.models.outbox import Channel, OutgoingState
from ngo.permissions import Role
from tests.cases.test_reminders import booked, kind_with
from tests.factories import (
    ClockFactory,
    ConsentFactory,
    DocumentFactory,
    EmailAddressFactory,
    FamilyFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)
from tests.factories_cases import claim_of
from tests.gateway import FakeGateway

pytestmark = pytest.mark.django_db
HOUSE = ZoneInfo("America/Tijuana")


@pytest.fixture
def house():
    organisation = OrganisationFactory()
    ShelterFactory(organisation=organisation, zone="America/Tijuana")
    return organisation


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def coordinator(house):
    return StaffFactory(organisation=house, role=Role.COORDINATOR)


@pytest.fixture
def family(house):
    family = FamilyFactory(organisation=house)
    ConsentFactory(family=family, purpose="reminders")
    return family


def phone_of(family, **more):
    numbers = Phone.objects.count()
    number = f"+52656555{numbers:04d}"
    return Phone.objects.create(family=family, number=number, number_hash=keyed_hash(number), country="MX", **more)


def today() -> date:
    return timezone.localdate(timezone=HOUSE)


def rule(house, source, audience, days_before, at=time(17), **more):
    return NoticeRule.objects.create(
        organisation=house, source=source, audience=audience, days_before=days_before, at_time=at, **more
    )


def rows(**where):
    return list(Reminder.objects.filter(**where).order_by("due_at", "pk"))


# --- Sources -------------------------------------------------------------------------------------------------------------
def duty_of(family, worker, next_on):
    claim = claim_of(family, worker, filed_on=today() - timedelta(days=20))
    return protection.begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=next_on, by=worker)


def test_a_sign_in_is_planned_once_and_anew_for_its_next_day(house, family, worker):
    rule(house, "sign_in", "guest", 1)
    EmailAddressFactory(family=family)
    duty = duty_of(family, worker, today() + timedelta(days=10))

    assert reminders.plan_ahead() == 1
    reminders.plan_ahead()
    (row,) = rows()
    assert (row.source, row.source_id, row.occasion) == (NoticeSource.SIGN_IN, duty.pk, duty.next_on)
    assert row.due_at == instant_at("America/Tijuana", duty.next_on - timedelta(days=1), time(17))

    duty.next_on += timedelta(days=1)
    duty.save(update_fields=["next_on"])
    reminders.plan_ahead()
    old, new = rows()
    assert (old.state, old.reason) == (OutgoingState.CANCELLED, ReminderReason.CHANGED)
    assert (new.state, new.occasion) == (OutgoingState.PENDING, duty.next_on)


def test_a_sign_in_that_was_moved_meanwhile_does_not_leave(house, family, worker):
    rule(house, "sign_in", "guest", 1)
    EmailAddressFactory(family=family)
    duty = duty_of(family, worker, today() + timedelta(days=10))
    reminders.plan_ahead()
    Reminder.objects.update(next_try_at=timezone.now())
    duty.next_on += timedelta(days=7)
    duty.save(update_fields=["next_on"])

    assert sending.send_due() == outbox.Swept(ended=1)
    (row,) = rows()
    assert (row.state, row.reason) == (OutgoingState.CANCELLED, ReminderReason.CHANGED)


def test_an_offer_is_told_until_it_is_confirmed(house, family, worker):
    rule(house, "unconfirmed", "guest", 1)
    EmailAddressFactory(family=family)
    until = instant_at("America/Tijuana", today() + timedelta(days=4), time(20))
    offer = booked(
        family, kind_with(house, []), state=AppointmentState.OFFERED, offered_at=timezone.now(), confirm_by=until
    )

    reminders.plan_ahead()
    (row,) = rows()
    assert (row.words, row.source_id, row.expires_at) == (MessageWords.CONFIRM, offer.pk, until)

    appointments.confirm_appointment(appointment=offer, by=worker)
    Reminder.objects.update(next_try_at=timezone.now())
    sending.send_due()
    row.refresh_from_db()
    assert (row.state, row.reason) == (OutgoingState.CANCELLED, ReminderReason.OVER)


@pytest.mark.parametrize(
    ("state", "reason"),
    [("failed", ""), ("expired", "too_late"), ("suppressed", "no_gateway"), ("suppressed", "quiet_hours")],
)
def test_a_sign_in_of_which_nothing_arrived_is_called(client, house, family, worker, state, reason):
    rule(house, "sign_in", "guest", 1)
    EmailAddressFactory(family=family)
    duty_of(family, worker, today() + timedelta(days=1))
    reminders.plan_ahead()
    Reminder.objects.update(state=state, reason=reason, due_at=timezone.now())  # Before it is due nobody need call.
    client.force_login(worker)
    url = reverse("cases:reminders_failed")

    assert people_to_call.failed_for(worker).count == 1
    assert "A sign-in" in client.get(url).content.decode()
    told = reverse("cases:reminders_told_of_other_date", args=[Reminder.objects.get().pk])
    client.post(told)
    client.post(told)
    assert people_to_call.failed_for(worker).count == 0
    assert "A sign-in" not in client.get(url).content.decode()

    client.force_login(StaffFactory(role=Role.CASEWORKER))
    assert client.post(told).status_code == 404


def test_a_paper_that_ends_is_told_to_who_is_responsible(house, family, worker):
    rule(house, "document", "staff", 14)
    claim = claim_of(family, worker, filed_on=today())
    claim.process.owner = worker
    claim.process.save(update_fields=["owner"])
    paper = DocumentFactory(family=family, expires_on=today() + timedelta(days=20), process=claim.process)
    DocumentFactory(family=family, expires_on=today() + timedelta(days=200), process=claim.process)

    reminders.plan_ahead()

    (row,) = rows()
    assert (row.source_id, row.staff, row.words, row.channel) == (paper.pk, worker, MessageWords.STAFF, Channel.EMAIL)


def test_a_limit_of_the_law_goes_to_the_legal_team_in_working_days_and_to_no_phone(house, family):
    lawyer = StaffFactory(organisation=house, role=Role.LEGAL)
    StaffFactory(organisation=OrganisationFactory(), role=Role.LEGAL)
    rule(house, "clock", "legal", 5, time(9), unit=Unit.WORKING)
    clock = ClockFactory(family=family, event_on=today() - timedelta(days=28))

    reminders.plan_ahead()

    (row,) = rows()
    assert (row.staff, row.source_id, row.phone) == (lawyer, clock.pk, None)
    day = working_days_before(clock.safe_on, 5)
    assert row.due_at == instant_at("America/Tijuana", day, time(9))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 27), 1, date(2026, 11, 26)),
        (date(2026, 11, 30), 1, date(2026, 11, 27)),
        (date(2026, 11, 17), 1, date(2026, 11, 13)),  # 16 November 2026 is kept for the Revolution.
        (date(2026, 12, 28), 2, date(2026, 12, 23)),
        (date(2026, 11, 29), 0, date(2026, 11, 27)),
        (date(2026, 11, 27), 0, date(2026, 11, 27)),
    ],
)
def test_working_days_are_counted_back_over_weekends_and_holidays(day, count, expected):
    assert working_days_before(day, count) == expected


def test_a_stay_that_ends_stands_once_for_a_family_on_the_list(house, family):
    rule(house, "stay", "front_desk", 1, time(9), way=Way.HOUSE)
    shelter = house.shelters.get()
    for person in family.people[:2]:
        StayFactory(shelter=shelter, person=person, family=family, expected_departure_on=today() + timedelta(days=3))

    reminders.plan_ahead()
    reminders.plan_ahead()

    (row,) = rows()
    assert (row.channel, row.family, row.occasion) == (Channel.HOUSE, family, today() + timedelta(days=3))


def test_another_organisations_rules_plan_nothing_here(house, family, worker):
    rule(OrganisationFactory(), "sign_in", "guest", 1)
    EmailAddressFactory(family=family)
    duty_of(family, worker, today() + timedelta(days=10))

    assert reminders.plan_ahead() == 0
    assert rows() == []


# --- Phones ----------------------------------------------------------------------------------------------------------------
def test_a_number_that_wants_messages_has_its_row_and_one_that_does_not_has_none(house, family):
    phone = phone_of(family=family, channel="sms", agreed_at=timezone.now())
    phone_of(family=family)
    kind = kind_with(house, [("guest", 1, time(17))])

    reminders.plan_reminders(appointment=booked(family, kind))

    (row,) = rows()
    assert (row.phone, row.channel, row.state) == (phone, Channel.SMS, OutgoingState.PENDING)


@pytest.mark.parametrize(
    ("said", "reason"),
    [("opted_out_at", ReminderReason.OPTED_OUT), ("failed_at", ReminderReason.NOT_VERIFIED)],
)
def test_a_number_that_opted_out_or_failed_is_kept_with_its_reason_and_begins_anew(house, family, said, reason):
    phone = phone_of(family=family, channel="sms", agreed_at=timezone.now(), **{said: timezone.now()})
    appointment = booked(family, kind_with(house, [("guest", 1, time(17))]))

    reminders.plan_reminders(appointment=appointment)
    (row,) = rows()
    assert (row.state, row.reason) == (OutgoingState.SUPPRESSED, reason)

    setattr(phone, said, None)
    phone.save(update_fields=[said])
    reminders.plan_for_family(family=family)
    row.refresh_from_db()
    assert (row.state, row.reason) == (OutgoingState.PENDING, "")


def test_a_carers_rule_reaches_the_phone_of_who_answers_for_the_children(house):
    family = FamilyFactory(organisation=house, ages=[40, 17])
    ConsentFactory(family=family, purpose="reminders")
    head, child = family.people
    carers = phone_of(family=family, person=head, channel="sms", agreed_at=timezone.now())
    phone_of(family=family, person=child, channel="sms", agreed_at=timezone.now())
    kind = kind_with(house, [("carer", 1, time(17))])

    reminders.plan_reminders(appointment=booked(family, kind))

    assert [row.phone for row in rows()] == [carers]


# --- Quiet hours -------------------------------------------------------------------------------------------------------------
ZONES = ["America/Tijuana", "America/Ciudad_Juarez", "America/Matamoros", "America/Hermosillo"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1), date(2026, 12, 31)])
def test_at_night_it_waits_for_eight_in_the_morning_also_when_clocks_change(zone, day):
    before = day - timedelta(days=1)
    for at in (
        instant_at(zone, before, time(20)),
        instant_at(zone, before, time(23, 59)),
        instant_at(zone, day, time(0, 30)),
    ):
        assert quiet.first_allowed(zone, at) == instant_at(zone, day, time(8))
    for at in (instant_at(zone, day, time(8)), instant_at(zone, day, time(19, 59))):
        assert quiet.first_allowed(zone, at) == at


def test_what_would_wake_them_and_come_too_late_is_not_sent(house, family):
    phone_of(family=family, channel="sms", agreed_at=timezone.now())
    kind = kind_with(house, [("guest", 0, time(5))])
    row = booked(family, kind, at=time(9))  # They leave at seven.

    reminders.plan_reminders(appointment=row)

    assert [(one.state, one.reason) for one in rows()] == [(OutgoingState.SUPPRESSED, ReminderReason.IN_QUIET_HOURS)]


# --- A change -------------------------------------------------------------------------------------------------------------
def sent(appointment):
    appointment.reminders.update(state=OutgoingState.SENT, sent_at=timezone.now())


def changed(**where):
    return rows(words=MessageWords.CHANGED, **where)


def test_who_was_told_of_a_date_is_told_once_that_something_changed(house, family, worker):
    EmailAddressFactory(family=family)
    appointment = booked(family, kind_with(house, [("guest", 3, time(17)), ("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=appointment)
    sent(appointment)

    appointments.cancel_appointment(appointment=appointment, by=worker, reason="They asked")

    (row,) = changed()
    assert (row.rule, row.state, row.appointment) == (None, OutgoingState.PENDING, appointment)
    assert row.expires_at == appointment.leave_shelter_at


def test_who_was_told_nothing_yet_gets_no_such_message(house, family, worker):
    EmailAddressFactory(family=family)
    appointment = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=appointment)

    appointments.cancel_appointment(appointment=appointment, by=worker, reason="They asked")

    assert changed() == []
    assert {row.state for row in rows()} == {OutgoingState.CANCELLED}


def test_moved_twice_before_it_left_is_one_message(house, family, worker):
    EmailAddressFactory(family=family)
    appointment = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=appointment)
    sent(appointment)

    for days in (20, 30):
        appointment = appointments.reschedule_appointment(
            appointment=appointment,
            local_date=today() + timedelta(days=days),
            local_time=time(9),
            leave_time=time(7),
            reason="They moved it",
            by=worker,
        )

    states = [row.state for row in changed()]
    assert sorted(states) == [OutgoingState.CANCELLED, OutgoingState.PENDING]


# --- A pause -----------------------------------------------------------------------------------------------------------------
def test_while_sending_is_stopped_nothing_leaves_and_what_was_too_late_is_called(house, family, worker):
    EmailAddressFactory(family=family)
    appointment = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=appointment)
    Reminder.objects.update(next_try_at=timezone.now())
    pause = SendingPause.objects.create(organisation=house, reason="The gateway repeats itself", began_by=worker)

    assert sending.send_due().touched == 0
    assert {row.state for row in rows()} == {OutgoingState.PENDING}

    Reminder.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    sending.send_due()
    assert [(row.state, row.reason) for row in rows()] == [(OutgoingState.EXPIRED, ReminderReason.PAUSED)]
    pause.ended_at = timezone.now()
    pause.save()


# --- The list of the house ------------------------------------------------------------------------------------------------
@pytest.fixture
def on_the_list(house, family):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    appointment = booked(family, kind, days=3)
    reminders.plan_reminders(appointment=appointment)
    (row,) = rows()
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    return row


def test_the_list_says_whom_to_tell_and_nothing_about_what(client, house, family, on_the_list):
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))

    page = client.get(reverse("cases:house_notices")).content.decode()

    assert family.people[0].called in page
    assert family.folio in page
    assert on_the_list.appointment.kind.name not in page
    assert on_the_list.appointment.where not in page


def test_the_kitchen_reads_how_many_and_what_they_take_and_no_name(client, house, family):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.KITCHEN, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    date = booked(family, kind, days=3, food="lunch")
    reminders.plan_reminders(appointment=date)
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    client.force_login(StaffFactory(organisation=house, role=Role.SUPPLIES))

    page = client.get(reverse("cases:kitchen_notices")).content.decode()

    assert f"{date.people.count()} p" in page
    assert "Packed lunch" in page
    assert [word for word in (family.people[0].called, family.folio, kind.name) if word in page] == []
    assert client.get(reverse("cases:house_notices")).status_code == 403
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))
    assert family.folio not in client.get(reverse("cases:house_notices")).content.decode()


def test_told_and_taken_back(client, house, on_the_list):
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))
    told = reverse("cases:house_notice_told", args=[on_the_list.pk])

    client.post(told)
    client.post(told)  # A second press.
    on_the_list.refresh_from_db()
    assert on_the_list.state == OutgoingState.SENT

    client.post(told, {"undo": "1"})
    on_the_list.refresh_from_db()
    assert (on_the_list.state, on_the_list.called_by) == (OutgoingState.PENDING, None)


def test_what_nobody_said_in_time_is_over(on_the_list, worker):
    Reminder.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    sending.send_due()

    on_the_list.refresh_from_db()
    assert (on_the_list.state, on_the_list.reason) == (OutgoingState.EXPIRED, ReminderReason.UNTOLD)
    with pytest.raises(Refused):
        house_list.tell(notice=on_the_list, by=worker)


def test_a_guest_of_another_house_sees_nobody_of_ours(client, on_the_list):
    client.force_login(StaffFactory(role=Role.FRONT_DESK))

    assert on_the_list.family.folio not in client.get(reverse("cases:house_notices")).content.decode()
    assert client.post(reverse("cases:house_notice_told", args=[on_the_list.pk])).status_code == 404


def test_the_list_takes_as_many_queries_for_many_as_for_one(client, house, on_the_list, django_assert_max_num_queries):
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))
    kind = on_the_list.appointment.kind
    for _one in range(4):
        reminders.plan_reminders(appointment=booked(FamilyFactory(organisation=house), kind, days=3))
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    with django_assert_max_num_queries(30):
        page = client.get(reverse("cases:house_notices"))
    assert page.content.decode().count("/told/") == 5


# --- What will be sent --------------------------------------------------------------------------------------------------------
def test_the_page_says_what_will_be_sent_in_which_words_and_why_not(client, house, family, worker):
    EmailAddressFactory(family=family)
    phone_of(family=family, channel="sms", agreed_at=timezone.now(), opted_out_at=timezone.now())
    kind = kind_with(house, [("guest", 3, time(17))])
    reminders.plan_reminders(appointment=booked(family, kind))
    client.force_login(worker)

    page = client.get(reverse("cases:family_notices", args=[family.pk])).content.decode()

    assert kind.name in page
    assert "3 days before at 17:00" in page
    assert "They wrote that they want no more messages" in page
    assert client.get(reverse("cases:family_notices", args=[FamilyFactory().pk])).status_code == 404


# --- Rules --------------------------------------------------------------------------------------------------------------------
def test_every_house_starts_with_rules_and_what_it_switched_off_stays_off(house, coordinator):
    count = notice_rules.seed_rules(house)
    assert count > 10
    row = NoticeRule.objects.filter(organisation=house, kind=None).first()
    notice_rules.switch_rule(rule=row, on=False, by=coordinator)

    assert notice_rules.seed_rules(house) == 0
    row.refresh_from_db()
    assert not row.is_active


@pytest.mark.parametrize(
    "wrong",
    [
        RuleData("guest", 1, time(9), source="clock"),
        RuleData("guest", 61, time(9), source="sign_in"),
        RuleData("kitchen", 1, time(9), source="sign_in", way="sms"),
        RuleData("legal", 1, time(9), source="clock", way="house"),
        RuleData("guest", 1, time(9), source="sign_in", condition="unconfirmed"),
        RuleData("guest", 1, time(9), source="appointment"),
        RuleData("nobody", 1, time(9), source="sign_in"),
    ],
)
def test_a_rule_that_makes_no_sense_or_no_secret_is_refused(house, coordinator, wrong):
    with pytest.raises(Refused):
        notice_rules.add_rule(organisation=house, rule=wrong, by=coordinator)


def test_a_coordinator_adds_and_switches_a_rule(client, house, coordinator):
    client.force_login(coordinator)
    typed = {"source": "sign_in", "audience": "guest", "days_before": "2", "at_time": "17:00", "unit": "calendar"}
    assert client.post(reverse("cases:source_rules"), typed).status_code == 302
    assert (
        client.post(reverse("cases:source_rules"), typed).status_code == 409
    )  # There is one already; what was typed stays.

    row = NoticeRule.objects.get(organisation=house)
    client.post(reverse("cases:source_rule_switch", args=[row.pk]), {"on": "0"})
    row.refresh_from_db()
    assert not row.is_active


# --- What a careful reader found --------------------------------------------------------------------------------------------
@pytest.fixture
def there(settings):
    """A gateway that takes everything."""
    with FakeGateway() as running:
        settings.SMS_GATEWAY = running.json()
        yield running


def by_day(monkeypatch):
    monkeypatch.setattr(quiet, "are_quiet", lambda *a: False)


def test_yes_to_please_confirm_confirms_the_offer(house, family, worker):
    rule(house, "unconfirmed", "guest", 1)
    phone = phone_of(family, channel="sms", agreed_at=timezone.now())
    until = instant_at("America/Tijuana", today() + timedelta(days=4), time(20))
    offer = booked(
        family, kind_with(house, []), state=AppointmentState.OFFERED, offered_at=timezone.now(), confirm_by=until
    )
    reminders.plan_ahead()
    Reminder.objects.update(state="sent", sent_at=timezone.now())
    inbound.receive(channel="sms", provider_id="x1", sender=phone.number, text="1")
    offer.refresh_from_db()
    assert offer.state == AppointmentState.CONFIRMED


def test_of_only_the_day_no_hour_leaves(house, family, there, monkeypatch):
    by_day(monkeypatch)
    phone_of(family, channel="sms", agreed_at=timezone.now(), wants_hour=True)
    day = today() + timedelta(days=10)
    at = instant_at("America/Tijuana", day, time(8))
    row = booked(family, kind_with(house, [("guest", 1, time(17))]), precision="day", starts_at=at, leave_shelter_at=at)
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(next_try_at=timezone.now())
    assert sending.send_due().sent == 1
    assert "08:00" not in there.taken[0].text
    assert "8:00" not in there.taken[0].text


def test_without_a_gateway_they_are_called(house, family, worker, settings, monkeypatch):
    by_day(monkeypatch)
    settings.SMS_GATEWAY = None
    phone_of(family, channel="sms", agreed_at=timezone.now())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(due_at=timezone.now(), next_try_at=timezone.now())
    sending.send_due()
    assert to_call(StaffFactory(organisation=house, role=Role.CASEWORKER)).count() == 1


def test_every_date_after_a_number_failed_is_called(house, family, worker):
    phone_of(family, channel="sms", agreed_at=timezone.now(), failed_at=timezone.now())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=row)
    assert to_call(worker).count() == 0  # Not before it would have left.
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert to_call(worker).count() == 1


def test_whom_nobody_told_in_the_house_is_called(house, family, worker):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    row = booked(family, kind, days=3)
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(
        due_at=timezone.now() - timedelta(hours=5),
        next_try_at=timezone.now() - timedelta(hours=5),
        expires_at=timezone.now() - timedelta(seconds=1),
    )
    sending.send_due()
    assert to_call(worker).count() == 1


def test_what_was_told_aloud_is_taken_back_aloud(house, family, worker):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    row = booked(family, kind, days=3)
    (notice,) = reminders.plan_reminders(appointment=row)
    house_list.tell(notice=notice, by=worker)
    appointments.cancel_appointment(appointment=row, by=worker, reason="x", by_authority=True)
    assert rows(words="changed")


def test_who_was_told_in_person_leaves_the_list(house, family, worker):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house,
        kind=kind,
        audience=Audience.GUEST,
        days_before=1,
        at_time=time(12),
        way=Way.HOUSE,
        condition="not_told",
    )
    row = booked(family, kind, days=3)
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    appointments.tell_in_person(appointment=row, by=worker)
    sending.send_due()
    assert to_tell(worker) == []


def test_what_is_booked_after_its_hour_is_still_said_aloud(house, family, worker):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.GUEST, days_before=3, at_time=time(0), way=Way.HOUSE
    )
    row = booked(family, kind, days=2)
    reminders.plan_reminders(appointment=row)
    assert len(to_tell(worker)) == 1


def test_the_page_opens_after_a_code_was_sent(client, house, family, worker, there):
    phone = phone_of(family, channel="sms", agreed_at=timezone.now())
    phones.send_code(phone=phone)
    client.force_login(worker)
    assert client.get(reverse("cases:family_notices", args=[family.pk])).status_code == 200


def test_a_failed_sign_in_is_counted(house, family, worker):
    rule(house, "sign_in", "guest", 1)
    phone_of(family, channel="sms", agreed_at=timezone.now())
    duty_of(family, worker, today() + timedelta(days=10))
    reminders.plan_ahead()
    Reminder.objects.update(state="failed", last_error="x")
    Reminder.objects.update(due_at=timezone.now())
    assert Reminder.objects.unreached().count() == 1
    assert people_to_call.failed_for(worker).count == 1


def test_called_off_at_night_is_said_in_the_house(house, family, worker, monkeypatch):
    phone_of(family, channel="sms", agreed_at=timezone.now())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]), days=10, at=time(7))
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(state="sent", sent_at=timezone.now())
    with time_machine.travel(instant_at("America/Tijuana", today() + timedelta(days=9), time(22)), tick=False):
        appointments.cancel_appointment(appointment=row, by=worker, reason="x", by_authority=True)
    assert rows(words="changed")


def test_the_phone_of_who_went_on_apart_gets_nothing(house, worker):
    family = FamilyFactory(organisation=house, ages=[40, 38])
    ConsentFactory(family=family, purpose="reminders")
    phone_of(family, channel="sms", agreed_at=timezone.now(), person=family.people[1])
    FamilyMember.objects.filter(person=family.people[1]).update(joined_on=today() - timedelta(days=2), left_on=today())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=row)
    assert rows() == []


def test_a_sender_without_a_country_is_matched_and_never_guessed(family):
    assert inbound._number("6561234567") == "6561234567"
    phone = phone_of(family, channel="sms", agreed_at=timezone.now())
    assert inbound._number(phone.number.removeprefix("+52")) == phone.number
    assert inbound._number(phone.number.removeprefix("+")) == phone.number


def test_the_list_never_says_what_kind_it_is(client, house, family):
    kind = kind_with(house, [])
    for audience in (Audience.CARER, Audience.FRONT_DESK):
        NoticeRule.objects.create(
            organisation=house, kind=kind, audience=audience, days_before=1, at_time=time(12), way=Way.HOUSE
        )
    reminders.plan_reminders(appointment=booked(family, kind, days=3))
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))
    assert kind.name not in client.get(reverse("cases:house_notices")).content.decode()


def test_what_was_claimed_before_the_pause_waits(house, family, worker, there, monkeypatch):
    by_day(monkeypatch)
    phone_of(family, channel="sms", agreed_at=timezone.now())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(next_try_at=timezone.now())
    real = sending._begin

    def begin(r, **k):
        pauses.pause(organisation=house, reason="stop", by=worker)
        return real(r, **k)

    monkeypatch.setattr(sending, "_begin", begin)
    assert sending.send_due().sent == 0


def test_a_slip_names_nobody_to_who_sees_no_names(client, house, family):
    row = booked(family, kind_with(house, []))
    client.force_login(StaffFactory(organisation=house, role=Role.VOLUNTEER))
    r = client.get(reverse("cases:appointment_slip", args=[row.pk]) + "?name=on")
    assert r.status_code == 200
    assert family.people[0].called not in r.content.decode()


def test_a_slip_of_the_finger_is_not_taken_back_once_it_is_off(house, family, worker):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    row = booked(family, kind, days=3)
    (notice,) = reminders.plan_reminders(appointment=row)
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    house_list.tell(notice=notice, by=worker)
    appointments.cancel_appointment(appointment=row, by=worker, reason="x")
    with pytest.raises(Refused):
        house_list.take_back(notice=notice)
    assert [one.has_changed for one in to_tell(worker)] == [True]


def test_a_try_that_would_wake_them_is_called(house, family, worker, there):
    phone_of(family, channel="sms", agreed_at=timezone.now())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]), at=time(7))
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(attempts=3, last_error="HTTP 503")
    with time_machine.travel(instant_at("America/Tijuana", today() + timedelta(days=9), time(20, 30)), tick=False):
        sending.send_due()
        assert to_call(worker).count() == 1


def test_a_booking_says_that_messages_leave_by_a_gateway_alone(house, family, there, settings):
    phone_of(family, channel="sms", agreed_at=timezone.now())
    row = booked(family, kind_with(house, [("guest", 1, time(17))]))
    reminders.plan_reminders(appointment=row)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert "by themselves" in _booked(row)


def test_the_calendar_shows_no_hour_of_only_a_day(client, house, family, worker):
    day = today() + timedelta(days=3)
    at = instant_at("America/Tijuana", day, time(8))
    booked(
        family,
        kind_with(house, []),
        precision="day",
        starts_at=at,
        leave_shelter_at=at,
        local_date=day,
        local_time=time(8),
    )
    client.force_login(worker)
    page = client.get(reverse("cases:appointment_calendar") + f"?view=day&on={day}").content.decode()
    assert "08:00" not in page


def test_planning_reads_no_more_than_what_lies_ahead(house, family, worker, monkeypatch):
    rule(house, "sign_in", "guest", 1)
    phone_of(family, channel="sms", agreed_at=timezone.now())
    duty = duty_of(family, worker, today() + timedelta(days=10))
    reminders.plan_ahead()
    old = rows()[0]
    for n in range(1, 30):
        Reminder.objects.create(
            organisation=house,
            family=family,
            source="sign_in",
            source_id=duty.pk,
            occasion=today() - timedelta(days=7 * n),
            rule=old.rule,
            phone=old.phone,
            channel="sms",
            language="es",
            state="sent",
            sent_at=timezone.now(),
            due_at=timezone.now(),
            next_try_at=timezone.now(),
        )
    seen, real = [], reminders._bring_up_to_date
    monkeypatch.setattr(reminders, "_bring_up_to_date", lambda row, wanted: seen.append(row) or real(row, wanted))
    reminders.plan_ahead()
    assert len(seen) == 1


def test_a_row_follows_the_person_to_another_family(house, worker):
    family = FamilyFactory(organisation=house, ages=[40, 38])
    rule(house, "sign_in", "guest", 1, way=Way.HOUSE)
    duty_of(family, worker, today() + timedelta(days=10))
    reminders.plan_ahead()
    other = FamilyFactory(organisation=house)
    FamilyMember.objects.filter(person=family.people[0]).update(family=other, is_head=False)
    reminders.plan_ahead()
    assert [row.family for row in rows()] == [other]


def test_a_line_of_the_house_gives_way_to_a_later_line_and_to_no_message(house, family):
    EmailAddressFactory(family=family)
    kind = kind_with(house, [("guest", 1, time(17)), ("guest", 2, time(17))])
    for days in (3, 1):
        NoticeRule.objects.create(
            organisation=house, kind=kind, audience=Audience.GUEST, days_before=days, at_time=time(12), way=Way.HOUSE
        )
    row = booked(family, kind)
    reminders.plan_reminders(appointment=row)

    first, last = rows(channel=Channel.HOUSE)
    assert (first.expires_at, last.expires_at) == (last.due_at, row.leave_shelter_at)
    first, last = rows(channel=Channel.EMAIL)
    assert (first.expires_at, last.expires_at) == (last.due_at, row.leave_shelter_at)


def test_that_they_were_told_otherwise_stays_when_a_line_is_undone(house, family, worker, coordinator):
    kind = kind_with(house, [])
    NoticeRule.objects.create(
        organisation=house, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(12), way=Way.HOUSE
    )
    row = booked(family, kind, days=3)
    (notice,) = reminders.plan_reminders(appointment=row)
    told = appointments.tell_in_person(appointment=row, by=coordinator).told_at
    house_list.tell(notice=notice, by=worker)
    house_list.take_back(notice=notice)

    row.refresh_from_db()
    assert (row.told_at, row.told_by) == (told, coordinator)


def test_the_page_of_a_family_names_the_day_of_an_offer_also_once_it_is_confirmed(client, house, family, worker):
    rule(house, "unconfirmed", "guest", 1)
    EmailAddressFactory(family=family)
    offer = booked(
        family,
        kind_with(house, []),
        state=AppointmentState.OFFERED,
        offered_at=timezone.now(),
        confirm_by=instant_at("America/Tijuana", today() + timedelta(days=4), time(20)),
    )
    reminders.plan_ahead()
    (planned,) = notices_of(family).ahead
    assert planned.day == offer.leaves.date()

    appointments.confirm_appointment(appointment=offer, by=worker)
    (planned,) = notices_of(family).ahead
    assert planned.day == offer.leaves.date()


def test_one_tap_ends_the_call_for_a_date_that_is_off_and_another_takes_it_back(client, house, family, worker):
    EmailAddressFactory(family=family)
    row = booked(family, kind_with(house, [("guest", 3, time(17))]))
    reminders.plan_reminders(appointment=row)
    sent(row)
    appointments.cancel_appointment(appointment=row, by=worker, reason="Cerrado", by_authority=True)
    Reminder.objects.filter(words="changed").update(state="failed", last_error="SMTPDataError 451")
    client.force_login(worker)
    page, told = reverse("cases:reminders_failed"), reverse("cases:reminders_told", args=[row.pk])

    assert "It was moved or called off" in client.get(page).content.decode()
    assert to_call(worker).count() == 1
    client.post(told)
    assert (to_call(worker).count(), people_to_call.told(worker).count()) == (0, 1)
    client.post(told, {"undo": "1"})
    assert (to_call(worker).count(), people_to_call.told(worker).count()) == (1, 0)

    now = timezone.now()
    type(row).objects.filter(pk=row.pk).update(leave_shelter_at=now, report_at=now)
    assert to_call(worker).count() == 0  # They have left for it.


def test_who_was_told_of_the_new_date_in_person_needs_no_call(house, family, worker):
    EmailAddressFactory(family=family)
    row = booked(family, kind_with(house, [("guest", 3, time(17))]))
    reminders.plan_reminders(appointment=row)
    sent(row)
    new = appointments.reschedule_appointment(
        appointment=row,
        local_date=today() + timedelta(days=20),
        local_time=time(9),
        leave_time=time(7),
        reason="They moved it",
        by=worker,
    )
    Reminder.objects.filter(words="changed").update(state="failed", last_error="SMTPDataError 451")
    assert list(to_call(worker)) == [row]
    appointments.tell_in_person(appointment=new, by=worker)
    assert list(to_call(worker)) == []
