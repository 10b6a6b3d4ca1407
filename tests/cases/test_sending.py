"""The sweep against a real SMTP server: what leaves, what does not, and what is done when it fails."""

import re
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from cases import notice_words, tasks
from cases.models import AppointmentState, Consent, EmailAddress, Group, NoticeRule, Reminder
from cases.services import contact, reminders, sending
from ngo.messaging import email, outbox
from ngo.models import Heartbeat
from ngo.models.outbox import OutgoingState
from tests.cases.test_reminders import kind_with
from tests.factories import AppointmentFactory, EmailAddressFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.smtp import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(settings):
    """Where the mail goes."""
    with Sink() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.DEFAULT_FROM_EMAIL = "Posada <avisos@posada.example>"
        settings.EMAIL_TIMEOUT = 2
        yield running


def due(count=1, organisation=None, owner=None, **more) -> list[Reminder]:
    """Reminders that are due at this moment, one per family."""
    organisation = organisation or OrganisationFactory()
    kind = kind_with(organisation, [("guest", 1, time(12)), *([("staff", 1, time(12))] if owner else [])])
    rows = []
    for _number in range(count):
        family = FamilyFactory(organisation=organisation)
        EmailAddressFactory(family=family, agreed=True)
        appointment = AppointmentFactory(
            family=family, kind=kind, owner=owner, starts_at=timezone.now() + timedelta(days=5), **more
        )
        rows += reminders.plan_reminders(appointment=appointment)
    now_due()
    return rows


def now_due() -> None:
    Reminder.objects.filter(state=OutgoingState.PENDING).update(next_try_at=timezone.now())


def state(row) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.reason or row.last_error


# --- What leaves -----------------------------------------------------------------------------------------------------
def test_what_is_due_leaves_once_and_is_recorded(sink):
    (row,) = due()

    assert sending.send_due() == outbox.Swept(sent=1)
    assert sending.send_due() == outbox.Swept()

    row.refresh_from_db()
    assert (row.state, row.claim, row.attempts) == (OutgoingState.SENT, None, 1)
    assert row.sent_at is not None
    (taken,) = sink.taken
    assert taken.to == row.email.address
    assert taken.key == row.provider_id == f"<{row.key}@posada.example>"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message["Subject"] == "Recordatorio"


def test_what_is_not_due_yet_stays(sink):
    (row,) = due()
    Reminder.objects.update(next_try_at=timezone.now() + timedelta(seconds=5))

    assert sending.send_due().touched == 0
    assert (state(row), sink.taken) == (("pending", ""), [])


def test_many_leave_over_one_connection(sink):
    due(7)

    assert sending.send_due().sent == 7
    assert sink.connections == 1


def test_who_is_responsible_is_written_to_at_work(sink):
    organisation = OrganisationFactory()
    owner = StaffFactory(organisation=organisation, language="en")
    due(organisation=organisation, owner=owner)

    assert sending.send_due().sent == 2
    assert [taken.message["Subject"] for taken in sink.taken if taken.to == owner.email] == ["Reminder"]


def test_a_sweep_takes_no_more_than_it_is_told(sink):
    due(3)

    assert sending.send_due(limit=2).sent == 2
    assert sending.send_due(limit=2).sent == 1


def test_the_task_and_the_command_do_the_same(sink, capsys):
    due(2)
    Reminder.objects.filter(pk=Reminder.objects.first().pk).update(next_try_at=timezone.now() + timedelta(hours=1))

    call_command("send_reminders")
    assert "1 sent, 0 to be tried again, 0 given up, 0 not to be sent" in capsys.readouterr().out
    now_due()
    tasks.send_due_reminders()

    assert len(sink.taken) == 2


def test_a_sweep_writes_that_it_was_there(sink):
    sending.send_due()

    assert timezone.now() - Heartbeat.objects.get(name="sweep").beat_at < timedelta(seconds=5)


def test_a_sweep_of_which_one_part_dies_does_not_say_that_it_was_there(sink, monkeypatch):
    def dies(*_args, **_more):
        raise OSError("the line is dead")

    monkeypatch.setattr(sending, "send_answers", dies)
    with pytest.raises(OSError, match="the line is dead"):
        sending.send_due()
    assert not Heartbeat.objects.filter(name="sweep").exists()


def test_each_reminder_costs_two_queries_and_each_batch_two(sink, django_assert_num_queries):
    due(4)
    claim_and_its_savepoint, claims_of_nothing, their_turns, heartbeat = 4, 3 * 3, 1, 1
    what_is_over_in_a_pause_and_on_the_list = 2
    for_all = claim_and_its_savepoint + claims_of_nothing + their_turns + heartbeat
    with django_assert_num_queries(for_all + what_is_over_in_a_pause_and_on_the_list + 4 * 2):
        sending.send_due()


# --- What does not leave ---------------------------------------------------------------------------------------------
def cancelled(row):
    row.appointment.state = AppointmentState.CANCELLED
    row.appointment.save()


def consent_withdrawn(row):
    Consent.objects.update(withdrawn_at=timezone.now())


def address_removed(row):
    EmailAddress.objects.update(removed_at=timezone.now())


def rule_switched_off(row):
    NoticeRule.objects.update(is_active=False)


def expired(row):
    Reminder.objects.update(expires_at=timezone.now())


def they_have_left(row):
    Reminder.objects.update(expires_at=timezone.now() + timedelta(days=9))
    row.appointment.leave_shelter_at = timezone.now()
    row.appointment.save()


@pytest.mark.parametrize(
    ("happens", "ends"),
    [
        (cancelled, ("cancelled", "not_on")),
        (consent_withdrawn, ("cancelled", "no_consent")),
        (address_removed, ("cancelled", "no_address")),
        (rule_switched_off, ("cancelled", "changed")),
        (expired, ("expired", "too_late")),
        (they_have_left, ("expired", "too_late")),
    ],
)
def test_it_is_looked_at_once_more_before_it_leaves(sink, happens, ends):
    """Whatever was changed, and whoever changed it without telling the reminders."""
    (row,) = due()
    happens(row)

    assert sending.send_due() == outbox.Swept(ended=1)
    assert state(row) == ends
    assert sink.taken == []


def test_one_that_is_claimed_already_is_not_sent_after_a_cancel(sink, monkeypatch):
    """The cancel comes between the claim of a batch and the moment at which its second message would leave."""
    first, second = due(2)
    send = email.MailLine.send

    def send_and_cancel_the_other(line, **words):
        provider_id = send(line, **words)
        contact_now_gone(second)
        return provider_id

    def contact_now_gone(row):
        cancelled(row)
        assert reminders.withdraw_reminders(appointment=row.appointment, reason="cancelled") == 0

    monkeypatch.setattr(email.MailLine, "send", send_and_cancel_the_other)
    assert sending.send_due() == outbox.Swept(sent=1, ended=1)
    assert (state(first)[0], state(second)) == ("sent", ("cancelled", "not_on"))


def test_without_a_server_nothing_is_said_to_be_sent(sink, settings):
    (row,) = due()
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    assert sending.send_due() == outbox.Swept(ended=1)
    assert state(row) == ("suppressed", "no_server")


# --- What fails ------------------------------------------------------------------------------------------------------
def test_a_busy_server_is_tried_again_after_1_5_15_and_60_minutes_and_then_somebody_must_call(sink):
    (row,) = due()
    sink.answer["DATA"] = "451 Come again"
    for minutes in (1, 5, 15, 60):
        before = timezone.now()
        assert sending.send_due() == outbox.Swept(failed=1)
        assert state(row) == ("pending", "SMTPDataError 451")
        wait = (row.next_try_at - before).total_seconds() / 60
        assert minutes <= wait < minutes * 1.1 + 0.1
        now_due()

    assert sending.send_due() == outbox.Swept(given_up=1)
    assert state(row) == ("failed", "SMTPDataError 451")
    assert sending.send_due().touched == 0


def test_a_next_try_that_would_come_too_late_is_none(sink):
    (row,) = due()
    Reminder.objects.update(expires_at=timezone.now() + timedelta(seconds=50))
    sink.answer["DATA"] = "451 Come again"

    assert sending.send_due() == outbox.Swept(given_up=1)
    assert state(row) == ("failed", "SMTPDataError 451")


def test_an_address_that_does_not_exist_is_believed_at_once_and_does_not_hold_up_the_others(sink):
    wrong, right = due(2)
    sink.unknown.add(wrong.email.address)

    assert sending.send_due() == outbox.Swept(sent=1, given_up=1)
    assert state(wrong) == ("failed", "SMTPRecipientsRefused 550")
    assert state(right)[0] == "sent"


def test_an_address_that_is_refused_for_now_is_tried_again(sink):
    (row,) = due()
    sink.answer["RCPT"] = "450 Greylisted"

    assert sending.send_due() == outbox.Swept(failed=1)
    assert state(row) == ("pending", "SMTPRecipientsRefused 450")


@pytest.mark.parametrize("how", ["hang_up_before", "hang_up_after"])
def test_a_server_that_hangs_up_is_called_again(sink, how):
    due(2)
    sink.trouble = {how: 100}
    assert sending.send_due() == outbox.Swept(failed=2)
    sink.calm()
    now_due()

    assert sending.send_due() == outbox.Swept(sent=2)
    keys = [taken.key for taken in sink.taken]
    assert len(set(keys)) == 2
    assert len(keys) == (4 if how == "hang_up_after" else 2)  # Twice the same key: a mailbox can tell.


def test_a_server_that_is_away_is_a_failure_of_each_one(sink, settings):
    rows = due(2)
    settings.EMAIL_PORT = 1

    assert sending.send_due() == outbox.Swept(failed=2)
    assert {state(row) for row in rows} == {("pending", "ConnectionRefusedError")}


def test_one_poisonous_row_never_stops_the_rest(sink):
    """Its address was written under a key that nobody has any more."""
    poison, good = due(2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_emailaddress SET address = 'no token' WHERE id = %s", [poison.email_id])

    assert sending.send_due() == outbox.Swept(sent=1, failed=1)
    assert state(poison) == ("pending", "WrongKey")
    assert state(good)[0] == "sent"


def test_one_that_takes_its_sender_along_every_time_is_given_up(sink):
    (row,) = due()
    for _crash in range(outbox.MOST_TRIES):
        (claimed,) = outbox.claim(Reminder.objects.all(), limit=5)
        assert outbox.begin(claimed)
        Reminder.objects.update(claimed_until=timezone.now())

    assert sending.send_due() == outbox.Swept(given_up=1)
    assert state(row) == ("failed", "Crashed")


def test_no_address_stands_in_the_log_or_in_the_row(sink, caplog):
    (row,) = due()
    sink.answer["RCPT"] = f"550 {row.email.address} is unknown to us"

    sending.send_due()

    row.refresh_from_db()
    assert row.email.address not in caplog.text + row.last_error + row.reason


# --- Claims ----------------------------------------------------------------------------------------------------------
def test_what_another_sender_claimed_is_left_alone_until_its_lease_runs_out(sink):
    (row,) = due()
    (claimed,) = outbox.claim(Reminder.objects.all(), limit=5)
    assert sending.send_due().touched == 0

    with time_machine.travel(timezone.now() + outbox.LEASE + timedelta(seconds=1)):
        assert sending.send_due() == outbox.Swept(sent=1)
        assert not outbox.begin(claimed)
        assert not outbox.record_sent(claimed)
    assert state(row)[0] == "sent"


def test_what_waits_for_a_later_hour_is_not_looked_through():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Reminder.objects.due(timezone.now()).order_by("next_try_at", "pk").explain()
    assert re.search(r"Index Cond: \(next_try_at <= ", plan), plan


def test_what_a_sweep_does_not_come_to_it_gives_back(sink, monkeypatch):
    rows = due(3)
    monkeypatch.setattr(outbox, "AT_MOST", -1)

    assert sending.send_due().touched == 0
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.claim, row.attempts) == (OutgoingState.PENDING, None, 0)


# --- The text (its words: tests/cases/test_notice_words.py) ------------------------------------------------------------


@pytest.mark.parametrize("reads", [["spa"], ["eng"]])
@pytest.mark.parametrize("group", [Group.US_APPOINTMENT, Group.RETURN])
def test_no_field_of_the_appointment_stands_in_what_leaves(sink, reads, group):
    organisation = OrganisationFactory(name="Organización Muestra")
    owner = StaffFactory(organisation=organisation, name="Encargada Muestra")
    kind = kind_with(organisation, [("guest", 1, time(12)), ("staff", 1, time(12))])
    family = FamilyFactory(organisation=organisation, people=2, group=group)
    family.people[0].reads = reads
    family.people[0].save()
    EmailAddressFactory(family=family, agreed=True)
    appointment = AppointmentFactory(
        family=family,
        kind=kind,
        owner=owner,
        place="Oficina Muestra, calle Ensayo 42",
        starts_at=timezone.now() + timedelta(days=5),
        accompanied_by="Acompañante Muestra",
    )
    reminders.plan_reminders(appointment=appointment)
    now_due()
    assert sending.send_due().sent == 2

    secrets = {str(getattr(appointment, name)) for name in ("place", "zone", "accompanied_by", "local_date")}
    secrets |= {kind.name_es, kind.name_en, kind.code, family.folio, organisation.name, organisation.slug, owner.name}
    secrets |= {appointment.starts_at.strftime("%H:%M"), appointment.local_time.strftime("%H:%M"), "Muestra", "Ensayo"}
    for person in family.people:
        secrets |= {person.given_names, person.full_name, "Honduras"}
    for taken in sink.taken:
        for part in taken.message.walk():
            if not part.is_multipart():
                text = f"{taken.message['Subject']} {taken.message['From']} {part.get_content()}"
                assert [secret for secret in secrets if secret in text] == []
        day = appointment.leave_shelter_at.astimezone(ZoneInfo(appointment.home_zone)).date()
        assert str(day.day) in taken.message.get_body(("plain",)).get_content()


def test_the_day_is_said_in_words():
    assert notice_words.day_in_words(date(2026, 12, 1), "es") == "martes 1 de diciembre"
    assert notice_words.day_in_words(date(2026, 12, 1), "en") == "Tuesday 1 December"


# --- Consent ---------------------------------------------------------------------------------------------------------
def test_consent_withdrawn_through_the_service_lets_nothing_leave(sink):
    (row,) = due()
    contact.withdraw_reminders_consent(family=row.appointment.family)

    assert sending.send_due().touched == 0
    assert state(row) == ("suppressed", "no_consent")
