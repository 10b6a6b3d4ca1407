"""What families write back: once however often it is told, with what follows from it, and nothing of anybody else's."""

from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    OF_A_TASK,
    AppointmentState,
    Inbound,
    Meaning,
    MessageWords,
    Phone,
    Reminder,
    SendingPause,
    StrangerAnswer,
    Task,
    TaskKind,
)
from cases.services import inbound, sending, strangers
from cases.services.appointments import confirm_appointment
from ngo.errors import Refused
from ngo.messaging.gateway_settings import gateway
from ngo.models import ReadLog
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from tests.factories import AppointmentFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of
from tests.factories_phones import InboundFactory, PhoneFactory, PhoneReminderFactory
from tests.gateway import FROM, FakeGateway, signed_by_gateway, signed_by_twilio
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db
NUMBER, STRANGER = "+526565550100", "+526565559999"


@pytest.fixture
def phone():
    return PhoneFactory(number=NUMBER, channel="sms")


@pytest.fixture
def reminded(phone):
    """A reminder of an appointment of the day after tomorrow, sent an hour ago."""
    return PhoneReminderFactory(phone=phone)


@pytest.fixture
def there(settings):
    settings.PUBLIC_ADDRESS = "https://posada.example"
    with FakeGateway() as there:
        settings.SMS_GATEWAY, settings.WHATSAPP_GATEWAY = there.json(), there.twilio()
        yield there


def wrote(text, provider_id="SM1", sender=NUMBER, channel="sms"):
    return inbound.receive(channel=channel, provider_id=provider_id, sender=sender, text=text)


def messages(words):
    return Reminder.objects.filter(words=words)


# --- Yes -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["1", "Sí", "yes", "Wi", "oui", "sim", "да", "نعم", "١"])
def test_yes_confirms_what_the_last_reminder_was_about(reminded, text):
    PhoneReminderFactory(phone=reminded.phone, due_at=timezone.now() - timedelta(days=1))

    row = wrote(text)

    assert (row.meaning, row.appointment, row.phone) == (Meaning.CONFIRM, reminded.appointment, reminded.phone)
    reminded.appointment.refresh_from_db()
    assert reminded.appointment.state == AppointmentState.CONFIRMED
    change = reminded.appointment.changes.latest("pk")
    assert (change.by, bool(change.reason)) == (None, True)
    assert Phone.objects.get().verified_at is not None
    assert Reminder.objects.filter(appointment=None).count() == 0  # Nobody is answered.


def test_yes_to_what_is_off_over_or_confirmed_changes_nothing(reminded):
    appointment = reminded.appointment
    for state in (AppointmentState.CANCELLED, AppointmentState.CONFIRMED):
        appointment.state = state
        appointment.save()
        assert wrote("1", provider_id=state).meaning == Meaning.CONFIRM
        appointment.refresh_from_db()
        assert appointment.state == state
    appointment.state = AppointmentState.PLANNED
    appointment.leave_shelter_at = appointment.report_at = appointment.starts_at = timezone.now() - timedelta(minutes=1)
    appointment.save()
    wrote("1", provider_id="late")
    appointment.refresh_from_db()
    assert appointment.state == AppointmentState.PLANNED


def test_yes_after_a_change_confirms_nothing_that_they_have_not_seen(reminded):
    PhoneReminderFactory(
        phone=reminded.phone, appointment=reminded.appointment, words=MessageWords.CHANGED, due_at=timezone.now()
    )
    assert wrote("1").appointment is None
    reminded.appointment.refresh_from_db()
    assert reminded.appointment.state == AppointmentState.PLANNED


def test_what_was_never_sent_is_not_what_they_answer(phone):
    waiting = PhoneReminderFactory(phone=phone, state=OutgoingState.PENDING)
    assert wrote("1").appointment is None
    waiting.appointment.refresh_from_db()
    assert waiting.appointment.state == AppointmentState.PLANNED


def waiting():
    return list(Inbound.objects.unhandled())


def test_a_yes_that_confirms_nothing_waits_for_somebody(reminded, worker):
    done = wrote("1", provider_id="first")
    again = wrote("1", provider_id="again")
    assert (done.appointment, again.appointment, waiting()) == (reminded.appointment, reminded.appointment, [])

    off = PhoneReminderFactory(phone=reminded.phone, due_at=timezone.now())
    off.appointment.state = AppointmentState.CANCELLED
    off.appointment.save()
    late = wrote("1", provider_id="late")
    assert waiting() == [late]

    inbound.mark_handled(inbound=late, by=worker)
    assert waiting() == []


@pytest.mark.parametrize("words", [MessageWords.REMINDER, MessageWords.CHANGED])
def test_where_nobody_knows_which_of_two_dates_they_mean_none_is_confirmed(reminded, words):
    """Of the second one our record is not there yet: it may have arrived, or not."""
    later = timezone.now() - timedelta(minutes=1)
    unsure = PhoneReminderFactory(phone=reminded.phone, state="pending", attempts=1, due_at=later, words=words)

    row = wrote("1")

    assert waiting() == [row]
    for one in (reminded.appointment, unsure.appointment):
        one.refresh_from_db()
        assert one.state == AppointmentState.PLANNED


def test_an_answer_after_a_failure_lets_messages_leave_again(reminded):
    Phone.objects.update(failed_at=timezone.now())
    with patch("cases.services.inbound.reminders.plan_for_family") as planned:
        wrote("1")
    assert Phone.objects.get().failed_at is None
    planned.assert_called_once_with(family=reminded.family)


# --- A shared number ---------------------------------------------------------------------------------------------------
def test_yes_is_of_the_family_that_was_written_to_last_and_of_no_other(reminded):
    elsewhere = PhoneReminderFactory(phone=PhoneFactory(number=NUMBER, channel="sms"), due_at=timezone.now())
    assert elsewhere.organisation != reminded.organisation

    row = wrote("1")

    assert (row.organisation, row.phone) == (elsewhere.organisation, elsewhere.phone)
    for one in (reminded.appointment, elsewhere.appointment, reminded.phone):
        one.refresh_from_db()
    assert elsewhere.appointment.state == AppointmentState.CONFIRMED
    assert reminded.appointment.state == AppointmentState.PLANNED
    assert reminded.phone.verified_at is None


def test_no_more_messages_holds_for_everybody_with_this_number_and_for_nobody_else(reminded):
    elsewhere, another = PhoneFactory(number=NUMBER, channel="whatsapp"), PhoneFactory(channel="sms")
    gone = PhoneFactory(number=NUMBER, channel="sms", removed_at=timezone.now())
    waiting = [
        PhoneReminderFactory(phone=one, state=OutgoingState.PENDING) for one in (reminded.phone, elsewhere, another)
    ]

    with patch("cases.services.inbound.reminders.plan_for_family") as planned:
        wrote("BAJA")

    opted_out = Phone.objects.exclude(opted_out_at=None)
    assert set(opted_out) == {reminded.phone, elsewhere}
    for row in waiting:
        row.refresh_from_db()
    assert [row.state for row in waiting] == ["cancelled", "cancelled", "pending"]
    assert {row.reason for row in waiting[:2]} == {"opted_out"}
    assert {call.kwargs["family"] for call in planned.call_args_list} == {reminded.family, elsewhere.family}
    assert gone.opted_out_at is None
    answer = messages(MessageWords.STOPPED).get()
    assert (answer.phone, answer.channel, answer.language, answer.appointment) == (reminded.phone, "sms", "es", None)


# --- No more -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ALTO", "es"),
        ("unsubscribe", "en"),
        ("KANPE", "ht"),
        ("Arrêt", "fr"),
        ("sair", "pt"),
        ("Стоп", "ru"),
        ("توقف", "ar"),
    ],
)
def test_no_more_in_each_language_is_answered_once_in_that_language(reminded, text, language):
    row = wrote(text)
    wrote(text, provider_id="SM2")

    assert row.meaning == Meaning.STOP
    answer = messages(MessageWords.STOPPED).get()
    assert (answer.language, answer.state, answer.source, answer.source_id) == (language, "pending", "phone", row.pk)
    assert answer.expires_at > timezone.now()
    assert Inbound.objects.unhandled().count() == 0


def test_who_wants_no_more_gets_no_polite_answer_either(reminded):
    wrote("stop")
    wrote("quién es?", provider_id="SM2")
    assert messages(MessageWords.ANSWER).count() == 0
    assert Inbound.objects.unhandled().count() == 1


# --- Help --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["2", "ayuda", "help", "èd", "aide", "ajuda", "помощь", "مساعدة"])
def test_help_is_a_task_and_stays_in_sight(reminded, text):
    row = wrote(text)

    task = Task.objects.get()
    assert (task.kind, task.is_urgent, task.role) == (TaskKind.ASKED_HELP, True, Role.CASEWORKER)
    assert (task.organisation, task.person) == (reminded.organisation, reminded.family.people[0])
    assert row.appointment == reminded.appointment
    assert list(Inbound.objects.unhandled()) == [row]


def test_help_goes_to_whoever_keeps_their_case(reminded):
    worker = StaffFactory(organisation=reminded.organisation, role=Role.CASEWORKER)
    case = case_of(reminded.family, "mx-protection", worker, owner=worker)
    wrote("2")
    task = Task.objects.get(kind=TaskKind.ASKED_HELP)
    assert (task.owner, task.process) == (worker, case)


def test_who_looked_after_it_does_its_task_too(reminded):
    worker = StaffFactory(organisation=reminded.organisation, role=Role.CASEWORKER)
    row = wrote("2")
    inbound.mark_handled(inbound=row, by=worker)

    assert Task.objects.get().done_by == worker
    assert Inbound.objects.unhandled().count() == 0
    with pytest.raises(Refused, match="just looked after"):
        inbound.mark_handled(inbound=row, by=worker)


def test_help_that_is_asked_for_again_makes_one_task_and_letter_a_day_while_nobody_looked(reminded):
    worker = StaffFactory(organisation=reminded.organisation, role=Role.CASEWORKER)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = wrote("2")
        for number in range(3):
            clock.shift(timedelta(minutes=5))
            again = wrote("2", provider_id=f"again{number}")
        assert (Task.objects.count(), Reminder.objects.filter(source=OF_A_TASK).count()) == (1, 1)
        assert Inbound.objects.unhandled().count() == 4
        assert again.appointment == reminded.appointment

        inbound.mark_handled(inbound=first, by=worker)
        wrote("2", provider_id="after")  # Somebody talked to them, and they need help again.
        assert Task.objects.open().count() == 1
        clock.shift(timedelta(days=1, minutes=1))
        wrote("2", provider_id="next day")
    assert Task.objects.open().count() == 2


# --- Something else ----------------------------------------------------------------------------------------------------
def test_what_nobody_understands_is_answered_at_most_once_a_day(reminded):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(3):
            wrote("¿a qué hora?", provider_id=f"SM{number}")
            clock.shift(timedelta(hours=7))
        assert messages(MessageWords.ANSWER).count() == 1
        clock.shift(timedelta(hours=4))
        wrote("¿a qué hora?", provider_id="SM9")
    assert messages(MessageWords.ANSWER).count() == 2
    assert Inbound.objects.unhandled().count() == 4


def test_a_number_that_nobody_has_is_kept_for_people():
    row = wrote("BAJA", sender="+15005550006")
    assert (row.phone, row.organisation, row.sender, row.meaning) == (None, None, "+15005550006", Meaning.STOP)
    assert wrote("1", provider_id="SM2", sender="MARCA").sender == "MARCA"
    assert not Phone.objects.exists()
    assert not Reminder.objects.exists()
    assert not StrangerAnswer.objects.exists()  # One wants no messages, the other is no number.


def test_a_number_that_nobody_has_gets_one_neutral_answer_a_day_in_its_own_language(there):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert wrote("oui", sender=STRANGER).meaning == Meaning.CONFIRM
        wrote("qui êtes-vous ?", provider_id="SM2", sender=STRANGER)
        assert sending.send_due().sent == 0  # It is no reminder, and not counted as one.
        clock.shift(timedelta(hours=23))
        wrote("bonjour", provider_id="SM3", sender=STRANGER)
        sending.send_due()
        clock.shift(timedelta(hours=2))
        wrote("hola", provider_id="SM4", sender=STRANGER)
        sending.send_due()
    assert [(one.to, one.text[:12]) for one in there.taken] == [(STRANGER, "Merci pour v"), (STRANGER, "Gracias por ")]
    first, second = StrangerAnswer.objects.order_by("pk")
    assert (first.state, second.state, str(first.key)) == ("sent", "sent", there.taken[0].key)


def test_of_all_strangers_together_so_many_get_an_answer_in_an_hour_and_the_others_are_kept_for_people(monkeypatch):
    monkeypatch.setattr(strangers, "ANSWERS_IN_AN_HOUR", 3)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(5):
            wrote("hola", provider_id=f"SM{number}", sender=f"+1500555{number:04}")
        assert (StrangerAnswer.objects.count(), Inbound.objects.unhandled().count()) == (3, 5)
        assert Inbound.objects.filter(answered_at=None).count() == 2
        clock.shift(timedelta(minutes=59))
        wrote("hola", provider_id="SM8", sender="+15005550008")
        assert StrangerAnswer.objects.count() == 3
        clock.shift(timedelta(minutes=2))
        wrote("hola", provider_id="SM9", sender="+15005550009")
        assert StrangerAnswer.objects.count() == 4
        clock.shift(timedelta(days=-30))  # Set back: what was planned "later" stops nothing.
        for number in range(4):
            wrote("hola", provider_id=f"SN{number}", sender=f"+1500556{number:04}")
        assert StrangerAnswer.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_strangers_who_write_at_one_moment_share_the_answers_that_are_left(monkeypatch):
    monkeypatch.setattr(strangers, "ANSWERS_IN_AN_HOUR", 3)
    at_once([lambda one=one: wrote("hola", provider_id=f"SM{one}", sender=f"+1500555{one:04}") for one in range(6)])
    assert (Inbound.objects.count(), StrangerAnswer.objects.count()) == (6, 3)


def test_a_stranger_who_wants_nothing_is_never_answered_again(there):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        wrote("hola", sender=STRANGER)
        wrote("STOP", provider_id="SM2", sender=STRANGER)
        sending.send_due()
        clock.shift(timedelta(days=3))
        wrote("hola", provider_id="SM3", sender=STRANGER)
        sending.send_due()
    assert there.taken == []
    assert StrangerAnswer.objects.get().reason == "opted_out"


@pytest.mark.parametrize("sender", ["22333", "MARCA", FROM])
def test_what_is_no_number_or_our_own_is_not_answered(there, sender):
    wrote("hola", sender=sender, channel="whatsapp")
    assert not StrangerAnswer.objects.exists()


def test_the_answer_waits_while_its_house_has_stopped_its_sending_and_then_is_too_late(there):
    house = OrganisationFactory()
    pause = SendingPause.objects.create(organisation=house, reason="x", began_by=StaffFactory(organisation=house))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert wrote("hola", sender=STRANGER).organisation == house
        sending.send_due()
        assert StrangerAnswer.objects.get().state == "pending"
        clock.shift(timedelta(hours=13))
        pause.ended_at = timezone.now()
        pause.ended_by = pause.began_by
        pause.save()
        sending.send_due()
    assert StrangerAnswer.objects.get().state == "expired"
    assert there.taken == []


def test_without_a_gateway_no_stranger_is_answered_and_it_is_said_why(settings):
    settings.SMS_GATEWAY = None
    wrote("hola", sender=STRANGER)
    sending.send_due()
    row = StrangerAnswer.objects.get()
    assert (row.state, row.reason) == ("suppressed", "no_gateway")


def test_what_strangers_write_is_for_the_only_house_or_for_the_one_that_the_gateway_names(there, settings):
    one = OrganisationFactory(slug="casa-uno")
    assert wrote("hola", provider_id="SM1", sender=STRANGER).organisation == one
    OrganisationFactory(slug="casa-dos")
    assert wrote("hola", provider_id="SM2", sender=STRANGER).organisation is None
    settings.SMS_GATEWAY = gateway("SMS_URL", there.json_url() + "&house=casa-dos")
    assert wrote("hola", provider_id="SM3", sender=STRANGER).organisation.slug == "casa-dos"
    settings.SMS_GATEWAY = gateway("SMS_URL", there.json_url() + "&house=otra")
    assert wrote("hola", provider_id="SM4", sender=STRANGER).organisation is None


def test_a_number_that_was_removed_is_answered_like_any_other_unless_it_had_opted_out(there, phone):
    Phone.objects.update(removed_at=timezone.now())
    wrote("hola")
    sending.send_due()
    assert [one.to for one in there.taken] == [NUMBER]
    Phone.objects.update(opted_out_at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        wrote("hola", provider_id="SM2")
        sending.send_due()
    assert len(there.taken) == 1


def test_what_comes_from_a_number_that_was_removed_is_still_for_its_house_alone(phone):
    Phone.objects.update(removed_at=timezone.now())
    row = wrote("2")
    assert (row.organisation, row.phone) == (phone.family.organisation, phone)
    assert not Task.objects.exists()


@pytest.mark.parametrize("sender", [NUMBER, "+5216565550100", "526565550100", " +52 656 555 0100 "])
def test_a_number_is_the_same_however_the_gateway_writes_it(phone, sender):
    assert wrote("2", sender=sender).phone == phone


def test_what_they_write_is_kept_encrypted_and_within_bounds(phone):
    row = wrote("x\x00y" + "z" * 5000)
    assert len(row.text) == 2000
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT text, sender FROM cases_inbound")
        stored = cursor.fetchone()
    assert "zzz" not in stored[0]
    assert "6565550100" not in stored[1]


# --- Once --------------------------------------------------------------------------------------------------------------
def test_told_twice_it_happens_once(reminded):
    assert wrote("qué") is not None
    assert wrote("qué") is None
    assert (Inbound.objects.count(), messages(MessageWords.ANSWER).count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["1", "2", "BAJA", "¿?"])
def test_told_twice_at_one_moment_it_happens_once(text):
    reminded = PhoneReminderFactory(phone=PhoneFactory(number=NUMBER, channel="sms"))

    assert at_once([lambda: wrote(text)] * 4) == ["done"] * 4

    assert Inbound.objects.count() == 1
    assert reminded.appointment.changes.count() == (2 if text == "1" else 1)
    assert Task.objects.count() == (1 if text == "2" else 0)
    assert messages(MessageWords.STOPPED).count() == (1 if text == "BAJA" else 0)
    assert messages(MessageWords.ANSWER).count() == (1 if text == "¿?" else 0)


@pytest.mark.django_db(transaction=True)
def test_two_that_nobody_understands_at_one_moment_get_one_answer():
    PhoneFactory(number=NUMBER, channel="sms")
    at_once([lambda one=one: wrote("hola", provider_id=f"SM{one}") for one in range(4)])
    assert (Inbound.objects.count(), messages(MessageWords.ANSWER).count()) == (4, 1)


@pytest.mark.django_db(transaction=True)
def test_an_unknown_number_told_twice_at_one_moment_is_one_row():
    assert at_once([lambda: wrote("hola", sender=STRANGER)] * 4) == ["done"] * 4
    assert Inbound.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_stranger_who_writes_four_times_at_one_moment_gets_one_answer():
    at_once([lambda one=one: wrote("hola", provider_id=f"SM{one}", sender=STRANGER) for one in range(4)])
    assert (Inbound.objects.count(), StrangerAnswer.objects.count()) == (4, 1)


# --- Over HTTP -----------------------------------------------------------------------------------------------------------
def test_twilio_tells_what_was_written_in_whatsapp(client, there, reminded):
    path = reverse("cases:hook_written", args=["whatsapp"])
    fields = {"MessageSid": "SM7", "From": "whatsapp:+5216565550100", "To": f"whatsapp:{FROM}", "Body": "Sí, gracias"}
    for _time in range(2):
        answer = client.post(path, **signed_by_twilio(f"https://posada.example{path}", fields))
        assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "text/xml", b"<Response/>")
    assert Inbound.objects.get().provider_id == "whatsapp:SM7"
    reminded.appointment.refresh_from_db()
    assert reminded.appointment.state == AppointmentState.CONFIRMED


def test_the_plain_gateway_tells_what_was_written(client, there, reminded):
    path = reverse("cases:hook_written", args=["sms"])
    said = signed_by_gateway({"id": "i-1", "from": NUMBER, "text": "توقف"})
    for _time in range(2):  # The second is a replay, within its five minutes.
        assert client.post(path, **said).status_code == 200
    assert Inbound.objects.get().meaning == Meaning.STOP


def test_without_a_signature_nothing_is_read(client, there, reminded):
    path = reverse("cases:hook_written", args=["sms"])
    said = signed_by_gateway({"id": "i-1", "from": NUMBER, "text": "BAJA"})
    assert client.get(path).status_code == 405
    assert client.post(path, said["data"], content_type="application/json").status_code == 403
    assert client.post(path, **said | {"data": said["data"].replace("BAJA", "ALTO")}).status_code == 403
    old = signed_by_gateway({"id": "i-1", "from": NUMBER, "text": "BAJA"}, at=1_700_000_000)
    assert client.post(path, **old).status_code == 403
    other = reverse("cases:hook_written", args=["whatsapp"])
    assert client.post(other, **said).status_code == 403
    assert client.post(reverse("cases:hook_written", args=["email"]), **said).status_code == 403
    assert client.post(path, **signed_by_gateway({"id": "i-1"})).status_code == 400
    assert client.post(path, **signed_by_gateway({"id": "i", "from": NUMBER, "text": "x" * 17_000})).status_code == 413
    assert not Inbound.objects.exists()


# --- The page ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def worker(client):
    worker = StaffFactory(organisation=OrganisationFactory(), role=Role.CASEWORKER, language="en")
    client.force_login(worker)
    return worker


def page_of(client):
    answer = client.get(reverse("cases:inbound"))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_shows_what_waits_first_and_never_another_houses(client, worker):
    family = FamilyFactory(organisation=worker.organisation)
    phone = PhoneFactory(family=family, channel="sms")
    InboundFactory(phone=phone, text="quiero <b>ayuda</b>", meaning=Meaning.HELP, at=timezone.now() - timedelta(days=3))
    done = AppointmentFactory(family=family)
    confirm_appointment(appointment=done, by=None, reason="They answered")
    InboundFactory(phone=phone, text="sí", meaning=Meaning.CONFIRM, appointment=done)
    InboundFactory(phone=None, text="¿quién es?", at=timezone.now() - timedelta(hours=1))
    InboundFactory(text="de otra casa")

    page = page_of(client)

    assert "de otra casa" not in page
    assert page.index("A number that nobody here has") < page.index("quiero &lt;b&gt;") < page.index("<bdi>sí</bdi>")
    assert family.people[0].full_name in page
    # Several houses share this installation: whose guest it was, nobody knows, so that none of them reads it.
    assert [said for said in ("+526565559999", "¿quién es?") if said in page] == []
    assert (ReadLog.objects.latest("pk").what, ReadLog.objects.latest("pk").count) == ("inbound", 3)


def test_the_house_that_looks_after_strange_numbers_reads_what_they_wrote(client, worker):
    wrote("¿quién es?", sender=STRANGER)

    page = page_of(client)

    assert "A number that nobody here has: <bdi>+526565559999</bdi>" in page
    assert "¿quién es?" in page


def test_the_page_costs_the_same_whatever_stands_on_it(client, worker, django_assert_num_queries):
    def fill(number):
        for _one in range(number):
            phone = PhoneFactory(family=FamilyFactory(organisation=worker.organisation, people=2), channel="sms")
            InboundFactory(phone=phone)

    fill(1)
    client.get(reverse("cases:inbound"))
    with django_assert_num_queries(13):
        client.get(reverse("cases:inbound"))
    fill(4)
    with django_assert_num_queries(13):
        client.get(reverse("cases:inbound"))


def test_it_is_marked_on_the_page_and_another_houses_is_not_there(client, worker):
    row = InboundFactory(phone=PhoneFactory(family=FamilyFactory(organisation=worker.organisation)))
    other = InboundFactory()
    assert client.post(reverse("cases:inbound_handled", args=[other.pk])).status_code == 404
    assert client.post(reverse("cases:inbound_handled", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.handled_by == worker
    assert "looked after it" in page_of(client)


def test_an_empty_page_says_that_nobody_can_write(client, worker, settings):
    settings.SMS_GATEWAY = settings.WHATSAPP_GATEWAY = None
    assert "nothing can come back" in page_of(client)
    assert "Nobody has written back." in page_of(client)


def test_who_sees_no_reminders_sees_nothing(client):
    client.force_login(StaffFactory(role=Role.VOLUNTEER))
    assert client.get(reverse("cases:inbound")).status_code == 403


def test_a_reminder_of_an_appointment_that_is_gone_does_not_break_an_answer(phone):
    row = PhoneReminderFactory(phone=phone, appointment=AppointmentFactory(family=phone.family, state="missed"))
    wrote("1")
    row.appointment.refresh_from_db()
    assert row.appointment.state == AppointmentState.MISSED
