"""Appointments and notices, held to their word: what may not be lost, told too late, or told to the wrong ones."""

import uuid
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from cases import notice_words, people_to_call, quiet
from cases.models import (
    OF_A_TASK,
    AppointmentKind,
    AppointmentState,
    Audience,
    Happening,
    NoticeRule,
    Phone,
    Reminder,
    SignInResult,
    Task,
    TaskKind,
    Way,
)
from cases.notice_file import to_tell
from cases.services import appointments, contact, house_list, inbound, protection, reminders, sending, sign_in_clock
from cases.services.appointment_kinds import seed_kinds
from cases.services.tasks import add_task, finish_task
from cases.walltime import at_clock, instant_at
from ngo.errors import Refused
from ngo.messaging import pace
from ngo.models import Membership
from ngo.models.outbox import OutgoingState, Pace
from ngo.permissions import Role
from tests.cases.test_reminders import booked, kind_with
from tests.factories import (
    AppointmentFactory,
    ConsentFactory,
    EmailAddressFactory,
    FamilyFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
)
from tests.factories_cases import claim_of
from tests.factories_phones import PhoneFactory, PhoneReminderFactory
from tests.gateway import FakeGateway

pytestmark = pytest.mark.django_db
ZONE = "America/Tijuana"


@pytest.fixture
def house():
    organisation = OrganisationFactory()
    ShelterFactory(organisation=organisation, zone=ZONE)
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


@pytest.fixture
def phone(family):
    return PhoneFactory(family=family, number="+526565550100", channel="sms")


@pytest.fixture
def there(settings, monkeypatch):
    """A gateway that takes everything, at an hour at which phones may ring."""
    monkeypatch.setattr(quiet, "are_quiet", lambda *_: False)
    with FakeGateway() as running:
        settings.SMS_GATEWAY = running.json()
        yield running


def today():
    return at_clock(ZONE, timezone.now()).date()


def due_now():
    Reminder.objects.update(next_try_at=timezone.now())


def wrote(phone, text):
    return inbound.receive(channel="sms", provider_id=str(uuid.uuid4()), sender=phone.number, text=text)


# --- Sign-ins ----------------------------------------------------------------------------------------------------------
MONDAY = date(2026, 12, 7)
EVENING = datetime(2026, 12, 8, 3, tzinfo=UTC)  # 19:00 of that Monday in Tijuana.


def duty_of(family, worker):
    """Signs on Monday 7 December 2026; `worker` keeps the case."""
    claim = claim_of(family, worker, filed_on=date(2026, 11, 26), owner=worker)
    return protection.begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=MONDAY, by=worker)


def leaves_the_house(staff):
    Membership.objects.filter(staff=staff).update(ended_at=timezone.now())


def test_a_missed_sign_in_alerts_although_who_kept_the_case_works_here_no_more(family, worker):
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        duty_of(family, worker)
        leaves_the_house(worker)
    with time_machine.travel(EVENING, tick=False):
        assert sign_in_clock.look() == 1
    assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).count() == 1


def test_a_case_whose_keeper_left_does_not_silence_the_sign_ins_of_other_houses(family, worker):
    other = FamilyFactory(organisation=OrganisationFactory())
    keeper = StaffFactory(organisation=other.organisation, role=Role.CASEWORKER)
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        duty_of(family, worker)
        duty_of(other, keeper)
        leaves_the_house(worker)
    with time_machine.travel(EVENING, tick=False), suppress(Refused):
        sign_in_clock.look()  # Whatever becomes of the first house: is the second one told?
    assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED, organisation=other.organisation).exists()


def test_a_missed_sign_in_can_be_written_although_who_kept_the_case_works_here_no_more(house, family, worker):
    now_here = StaffFactory(organisation=house, role=Role.CASEWORKER)
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        duty = duty_of(family, worker)
        leaves_the_house(worker)
    with time_machine.travel("2026-12-07T20:00:00Z", tick=False):
        protection.record_sign_in(duty=duty, result=SignInResult.MISSED, by=now_here, reason="Estaba enferma")
    assert duty.claim.process.changes.filter(kind=Happening.ALERT, code="sign_in").exists()


@pytest.mark.parametrize("is_done", [False, True])
def test_the_next_sign_in_is_reminded_of_although_nobody_wrote_what_became_of_the_last(house, family, worker, is_done):
    """Every seven days, whether or not somebody typed the last one: the duty does not wait for the desk."""
    NoticeRule.objects.create(
        organisation=house, source="sign_in", audience=Audience.GUEST, days_before=1, at_time=time(17)
    )
    EmailAddressFactory(family=family)
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        duty_of(family, worker)
    with time_machine.travel(EVENING, tick=False):
        sign_in_clock.look()
        if is_done:
            finish_task(task=Task.objects.get(kind=TaskKind.SIGN_IN_MISSED), by=worker)
    with time_machine.travel(EVENING + timedelta(days=3), tick=False):
        reminders.plan_ahead()
    assert Reminder.objects.filter(source="sign_in", occasion=MONDAY + timedelta(days=7)).exists()


def test_a_second_sign_in_of_which_nobody_wrote_anything_alerts_too(family, worker):
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        duty_of(family, worker)
    with time_machine.travel(EVENING, tick=False):
        sign_in_clock.look()
        finish_task(task=Task.objects.get(kind=TaskKind.SIGN_IN_MISSED), by=worker)  # "I called: nobody answers."
    with time_machine.travel(EVENING + timedelta(days=7), tick=False):
        sign_in_clock.look()
    assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).exists()


def test_an_alert_for_a_role_that_nobody_here_has_is_told_to_the_coordinator(house, coordinator):
    """A small house without a lawyer: nobody's list shows the task, and no letter leaves."""
    add_task(
        organisation=house,
        kind=TaskKind.SIGN_IN_MISSED,
        due_on=timezone.localdate(),
        by=None,
        role=Role.LEGAL,
        is_urgent=True,
        key="signin:1:2026-12-07",
    )
    assert [row.staff for row in Reminder.objects.filter(source=OF_A_TASK)] == [coordinator]


def test_that_somebody_did_not_come_back_is_told_to_the_legal_team_by_e_mail_too(house):
    """ "Somebody did not come back: legal team, today": it cannot wait until somebody opens the page."""
    lawyer = StaffFactory(organisation=house, role=Role.LEGAL)
    add_task(
        organisation=house,
        kind=TaskKind.NOT_BACK,
        due_on=timezone.localdate(),
        by=None,
        role=Role.LEGAL,
        is_urgent=True,
        key="trip:1:1",
    )
    assert [row.staff for row in Reminder.objects.filter(source=OF_A_TASK)] == [lawyer]


def test_without_celery_a_silent_sign_in_alerts_too(family, worker):
    """docs/running.md: "Without Celery, three commands do the same work from the same rows"."""
    with time_machine.travel("2026-11-26T18:00:00Z", tick=False):
        duty_of(family, worker)
    with time_machine.travel(EVENING, tick=False):
        for command in ("send_reminders", "send_reports", "watch_trips"):
            call_command(command)
    assert Task.objects.open().filter(kind=TaskKind.SIGN_IN_MISSED).exists()


# --- What the family is told -------------------------------------------------------------------------------------------
def test_please_confirm_names_the_day_of_the_appointment_and_not_the_last_day_to_confirm(house, family, phone, there):
    NoticeRule.objects.create(
        organisation=house, source="unconfirmed", audience=Audience.GUEST, days_before=1, at_time=time(17)
    )
    until = instant_at(ZONE, today() + timedelta(days=4), time(20))
    offer = booked(
        family, kind_with(house, []), state=AppointmentState.OFFERED, offered_at=timezone.now(), confirm_by=until
    )
    reminders.plan_ahead()
    due_now()
    sending.send_due()

    [taken] = there.taken  # "Hola, confirme su cita del {day}."
    assert notice_words.day_in_words(offer.leaves.date(), "es") in taken.text


def test_an_offer_that_is_called_off_is_told_to_who_was_asked_to_confirm_it(house, family, phone, worker):
    NoticeRule.objects.create(
        organisation=house, source="unconfirmed", audience=Audience.GUEST, days_before=1, at_time=time(17)
    )
    until = instant_at(ZONE, today() + timedelta(days=4), time(20))
    offer = booked(
        family, kind_with(house, []), state=AppointmentState.OFFERED, offered_at=timezone.now(), confirm_by=until
    )
    reminders.plan_ahead()
    Reminder.objects.update(state="sent", sent_at=timezone.now())
    appointments.cancel_appointment(appointment=offer, by=worker, reason="Ya no hay citas", by_authority=True)
    assert Reminder.objects.filter(words="changed").exists()


def test_a_slip_on_the_list_of_the_house_stands_on_it_again_when_it_is_undone(house, family, worker):
    """The rule that every house starts from: "only while nobody told them in person"."""
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
    reminders.plan_reminders(appointment=booked(family, kind, days=3))
    Reminder.objects.update(due_at=timezone.now() - timedelta(minutes=5), next_try_at=timezone.now())
    [line] = to_tell(worker)

    house_list.tell(notice=line.notice.row, by=worker)  # The wrong line.
    house_list.take_back(notice=line.notice.row)

    assert [one.notice.row.pk for one in to_tell(worker)] == [line.notice.row.pk]


@pytest.fixture
def usual(house):
    """A kind with the rules that every house starts from (cases/data/appointment_kinds.json, "usual")."""
    seed_kinds(house)
    kind = AppointmentKind.objects.get(organisation=house, code="us-court")
    assert {rule.way for rule in kind.notice_rules.all()} >= {Way.HOUSE, Way.AS_THEY_WANT}
    return kind


def the_day_before(hour):
    return instant_at(ZONE, date(2026, 12, 8), hour)


def of_the_ninth(family, kind):
    starts_at = instant_at(ZONE, date(2026, 12, 9), time(9))
    return AppointmentFactory(family=family, kind=kind, starts_at=starts_at, leave_shelter_at=starts_at)


def test_in_the_evening_the_list_of_the_house_still_names_who_leaves_tomorrow(family, usual, worker):
    """Guests come home after five. Without a phone the list is all that they have."""
    with time_machine.travel("2026-12-01T18:00:00Z", tick=False):
        reminders.plan_reminders(appointment=of_the_ninth(family, usual))
    with time_machine.travel(the_day_before(time(13)), tick=False):
        assert [one.notice.row.family for one in to_tell(worker)] == [family]
    with time_machine.travel(the_day_before(time(19)), tick=False):
        sending.send_due()
        assert [one.notice.row.family for one in to_tell(worker)] == [family]


@pytest.mark.parametrize("has_phone", [True, False])
def test_a_date_of_tomorrow_that_is_booked_in_the_evening_stands_on_some_list(family, usual, worker, has_phone):
    if has_phone:
        PhoneFactory(family=family, channel="sms")
    with time_machine.travel(the_day_before(time(18)), tick=False):
        reminders.plan_reminders(appointment=of_the_ninth(family, usual))
        sending.send_due()
        assert to_tell(worker) or people_to_call.failed_for(worker).count


# --- Something changed -------------------------------------------------------------------------------------------------
def moved_to_tomorrow(family, worker, kind):
    """A family that had a message of a date in five days, which is now tomorrow morning; its reminders have passed."""
    old = booked(family, kind, days=5)
    reminders.plan_reminders(appointment=old)
    Reminder.objects.update(state="sent", sent_at=timezone.now())
    new = appointments.reschedule_appointment(
        appointment=old,
        local_date=today() + timedelta(days=1),
        local_time=time(11),
        leave_time=time(9),
        reason="Lo adelantaron",
        although="Lo dijo la oficina",
        by=worker,
    )
    return old, new


@pytest.mark.parametrize("outcome", ["failed", "expired"])
def test_whom_the_news_of_a_change_did_not_reach_is_to_be_called(house, family, phone, worker, outcome):
    kind = kind_with(house, [("guest", 3, time(17))])
    moved_to_tomorrow(family, worker, kind)
    Reminder.objects.filter(words="changed").update(state=outcome, reason="too_late" if outcome == "expired" else "")

    assert people_to_call.failed_for(worker).count == 1


def test_whom_the_news_of_a_cancelled_date_did_not_reach_is_to_be_called(house, family, phone, worker):
    row = booked(family, kind_with(house, [("guest", 3, time(17))]), days=2)
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(state="sent", sent_at=timezone.now())
    appointments.cancel_appointment(appointment=row, by=worker, reason="Cerrado", by_authority=True)
    Reminder.objects.filter(words="changed").update(state="failed", last_error="HTTP 503")

    assert people_to_call.failed_for(worker).count == 1


def test_a_reminder_whose_yes_was_lost_counts_as_one_that_may_have_reached_them(house, family, phone, worker):
    """The gateway took it, and its answer came too late: they read a date that is moved a moment afterwards."""
    row = booked(family, kind_with(house, [("guest", 3, time(17))]), days=5)
    reminders.plan_reminders(appointment=row)
    Reminder.objects.update(state="pending", attempts=1, last_error="ReadTimeout", next_try_at=timezone.now())
    appointments.cancel_appointment(appointment=row, by=worker, reason="Cerrado", by_authority=True)

    assert Reminder.objects.filter(words="changed").exists()


def test_who_was_told_of_one_change_is_told_of_the_next(house, family, phone, worker):
    """They asked at the desk what had changed, and heard the second date; that one is called off too."""
    kind = kind_with(house, [("guest", 3, time(17))])
    _old, new = moved_to_tomorrow(family, worker, kind)
    Reminder.objects.filter(words="changed").update(state="sent", sent_at=timezone.now())
    appointments.cancel_appointment(appointment=new, by=worker, reason="Cerrado", by_authority=True)

    assert Reminder.objects.filter(words="changed", appointment=new).exists()


@pytest.mark.parametrize("state", ["claimed", "pending"])
def test_yes_to_a_message_of_which_our_record_is_not_there_yet_confirms(family, phone, state):
    lease = (
        {"claim": uuid.uuid4(), "claimed_until": timezone.now() + timedelta(minutes=5)} if state == "claimed" else {}
    )
    row = PhoneReminderFactory(phone=phone, state=state, attempts=1, **lease)
    wrote(phone, "1")
    row.appointment.refresh_from_db()
    assert row.appointment.state == AppointmentState.CONFIRMED


def test_a_day_whose_hour_is_not_known_is_taken_back_until_the_day_is_over(house, family, phone, worker):
    """08:00 stands for the hour that nobody told; they may be meant to go in the afternoon."""
    day = date(2026, 12, 9)
    at = instant_at(ZONE, day, time(8))
    with time_machine.travel(instant_at(ZONE, day, time(8, 30)), tick=False):
        kind = kind_with(house, [("guest", 1, time(17))])
        row = booked(family, kind, precision="day", starts_at=at, leave_shelter_at=at)
        PhoneReminderFactory(phone=phone, appointment=row)
        appointments.cancel_appointment(appointment=row, by=worker, reason="Cerrado", by_authority=True)
        changed = Reminder.objects.filter(words="changed")
        assert [one.state for one in changed] == [OutgoingState.PENDING]
        assert all(one.expires_at > timezone.now() for one in changed)


# --- The pace of all who send -------------------------------------------------------------------------------------------
@pytest.fixture
def waiting(monkeypatch):
    """What happens while a message waits for its turn, of up to thirty seconds: `waiting(…)`."""
    happens = []

    def wait(_turns, _channel, _rate):
        if happens:
            happens.pop()()

    monkeypatch.setattr(pace.Turns, "wait", wait)
    return happens.append


def to_leave(phone):
    return PhoneReminderFactory(
        phone=phone, state="pending", due_at=timezone.now(), expires_at=timezone.now() + timedelta(hours=5)
    )


def test_no_more_messages_that_comes_while_one_waits_for_its_turn_stops_it(there, phone, waiting):
    row = to_leave(phone)
    waiting(lambda: wrote(phone, "ALTO"))
    sending.send_due(limit=1)
    assert Phone.objects.get().opted_out_at is not None
    assert str(row.key) not in {taken.key for taken in there.taken}


def test_a_consent_that_is_withdrawn_while_a_message_waits_for_its_turn_stops_it(there, phone, waiting):
    to_leave(phone)
    waiting(lambda: contact.withdraw_reminders_consent(family=phone.family))
    sending.send_due(limit=1)
    assert there.taken == []


def test_what_becomes_untrue_while_it_waits_for_its_turn_does_not_leave(there, phone, waiting):
    row = to_leave(phone)
    waiting(lambda: Reminder.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1)))
    sending.send_due(limit=1)
    assert there.taken == []


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=365)])
def test_a_clock_that_was_set_back_does_not_stop_all_messages(there, phone, ahead):
    """A machine that starts with a wrong clock sends one message, then learns the hour: the timetable lies in the future."""
    Pace.objects.create(channel="sms", free_at=timezone.now() + ahead)
    to_leave(phone)
    assert sending.send_due().sent == 1
