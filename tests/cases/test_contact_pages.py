"""E-mail addresses of a family, its consent, and the people to call: pages and services."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.models import AppointmentState, Consent, EmailAddress, Reminder
from cases.people_to_call import failed_for
from cases.services import contact, reminders
from ngo.errors import Refused
from ngo.models import Heartbeat, ReadLog
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from tests.cases.test_reminders import booked, kind_with
from tests.factories import ConsentFactory, EmailAddressFactory, FamilyFactory, OrganisationFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    worker = StaffFactory(organisation=OrganisationFactory(), role=Role.CASEWORKER, language="en")
    client.force_login(worker)
    return worker


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation)


def at(name, *arguments):
    return reverse(f"cases:{name}", args=arguments)


def text(answer, status=200):
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


# --- Addresses -------------------------------------------------------------------------------------------------------
def test_an_address_is_kept_encrypted_and_found_by_its_hash(worker, family):
    email = contact.add_email(
        family=family, address=" Marisol.P@Prueba.Example ", shared_with=" su hermana ", by=worker
    )

    assert (email.address, email.shared_with) == ("Marisol.P@prueba.example", "su hermana")
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM cases_emailaddress WHERE id = %s", [email.pk])
        assert "prueba" not in cursor.fetchone()[0]
    assert EmailAddress.objects.get(address_hash=contact.hash_of_email("marisol.p@PRUEBA.example")) == email


def test_the_same_address_is_kept_once_and_may_come_back(worker, family):
    email = contact.add_email(family=family, address="a@prueba.example", by=worker)
    with pytest.raises(Refused, match="has this address already"):
        contact.add_email(family=family, address="A@prueba.example", by=worker)

    contact.remove_email(email=email)
    contact.remove_email(email=email)
    assert contact.add_email(family=family, address="a@prueba.example", by=worker) != email


@pytest.mark.parametrize(
    "typed",
    ["", "nadie", "a@b", "a b@prueba.example", "ñ@prueba.example", "a@prueba.example\nBcc: b@x.example", "@", "a@"],
)
def test_what_is_no_address_is_refused(worker, family, typed):
    with pytest.raises(Refused, match="not an e-mail address"):
        contact.add_email(family=family, address=typed, by=worker)


def test_an_address_is_added_on_a_page_and_consent_is_asked_for(client, worker, family):
    answer = client.post(at("family_email_new", family.pk), {"address": "marisol@prueba.example", "shared_with": ""})
    assert answer["Location"] == at("family_reminders", family.pk)
    assert "We keep your data" in text(client.get(answer["Location"]))

    answer = client.post(answer["Location"], {"method": "written", "notice_language": "spa"})
    assert answer["Location"] == at("family", family.pk)
    page = text(client.get(answer["Location"]))
    assert "m•••@prueba.example" in page
    assert "marisol@" not in page
    assert "They agreed to reminders." in page
    consent = Consent.objects.get()
    assert (consent.person, consent.by, consent.method) == (family.people[0], worker, "written")


def test_a_wrong_address_comes_back_with_a_sentence(client, worker, family):
    answer = client.post(at("family_email_new", family.pk), {"address": "nadie@"})
    assert "This is not an e-mail address" in text(answer)
    EmailAddressFactory(family=family, address="a@prueba.example")
    answer = client.post(at("family_email_new", family.pk), {"address": "A@PRUEBA.example"})
    assert "has this address already" in text(answer, 409)


def test_showing_the_whole_address_is_a_reading_of_its_own(client, worker, family):
    email = EmailAddressFactory(family=family, address="marisol@prueba.example")

    assert "marisol@prueba.example" in text(client.post(at("family_email", family.pk, email.pk)))
    assert ReadLog.objects.latest("pk").what == "email"


def test_an_address_is_removed_and_another_familys_is_not_there(client, worker, family):
    email = EmailAddressFactory(family=family)
    other = EmailAddressFactory(family=FamilyFactory(organisation=worker.organisation))
    assert client.post(at("family_email_remove", family.pk, other.pk)).status_code == 404

    assert client.post(at("family_email_remove", family.pk, email.pk)).status_code == 302
    email.refresh_from_db()
    assert email.removed_at is not None
    assert client.post(at("family_email", family.pk, email.pk)).status_code == 404


def test_consent_is_withdrawn_on_the_page_and_the_row_is_closed_not_gone(client, worker, family):
    ConsentFactory(family=family)

    page = text(client.post(at("family_reminders_stop", family.pk), follow=True))
    assert "They have not agreed to reminders" in page
    assert Consent.objects.get().withdrawn_at is not None
    assert "there is nothing to withdraw" in text(client.post(at("family_reminders_stop", family.pk), follow=True))


def test_a_refusal_is_closed_by_a_later_consent(worker, family):
    ConsentFactory(family=family, decision="refused")

    contact.agree_to_reminders(family=family, method="verbal", notice_language="hat", by=worker)

    assert [(row.decision, row.withdrawn_at is None) for row in Consent.objects.order_by("pk")] == [
        ("refused", False),
        ("given", True),
    ]
    with pytest.raises(Refused, match="written already"):
        contact.agree_to_reminders(family=family, method="verbal", notice_language="hat", by=worker)


# --- People to call --------------------------------------------------------------------------------------------------
def missed(family, days=2, state=OutgoingState.FAILED, reason="", **more):
    """An appointment with a reminder that did not arrive."""
    kind = kind_with(family.organisation, [("guest", 1, time(0)), ("guest", 0, time(0))])
    if not family.email_addresses.exists():
        EmailAddressFactory(family=family, agreed=True)
    appointment = booked(family, kind, days=days, **more)
    reminders.plan_reminders(appointment=appointment)
    first = appointment.reminders.order_by("due_at").first()
    Reminder.objects.filter(pk=first.pk).update(state=state, reason=reason, last_error="SMTPDataError 451")
    return appointment


def to_call(staff):
    return [call.appointment for call in failed_for(staff).first]


@pytest.mark.parametrize(
    ("state", "reason", "is_called"),
    [
        (OutgoingState.FAILED, "", True),
        (OutgoingState.EXPIRED, "too_late", True),
        (OutgoingState.SUPPRESSED, "no_server", True),
        (OutgoingState.SUPPRESSED, "no_consent", False),
        (OutgoingState.SUPPRESSED, "passed", False),
        (OutgoingState.PENDING, "", False),
    ],
)
def test_whom_no_reminder_reached_is_to_be_called(worker, family, state, reason, is_called):
    appointment = missed(family, state=state, reason=reason)

    assert to_call(worker) == ([appointment] if is_called else [])


def cancelled(appointment):
    appointment.state = AppointmentState.CANCELLED


def told_in_the_house(appointment):
    appointment.told_at, appointment.told_by = timezone.now(), StaffFactory()


def begun(appointment):
    appointment.leave_shelter_at = appointment.report_at = appointment.starts_at = timezone.now()


def a_later_one_arrived(appointment):
    later = appointment.reminders.order_by("due_at").last()
    Reminder.objects.filter(pk=later.pk).update(state=OutgoingState.SENT, sent_at=timezone.now())


@pytest.mark.parametrize("happens", [cancelled, told_in_the_house, begun, a_later_one_arrived])
def test_nobody_is_called_without_need(worker, family, happens):
    appointment = missed(family)
    happens(appointment)
    appointment.save()

    assert failed_for(worker).count == 0


def test_the_list_says_whom_where_and_why_and_one_tap_ends_it(client, worker, family):
    appointment = missed(family)
    contact.add_phone(family=family, phone=contact.PhoneData("+526565550100"), by=worker)

    page = text(client.get(at("reminders_failed")))
    assert "1 family to call" in page
    assert family.people[0].first_surname in page
    assert "••• 100" in page
    assert "The e-mail server did not take the message." in page
    assert "5550100" not in page

    page = text(client.post(at("reminders_told", appointment.pk), follow=True))
    assert "0 families to call" in page
    row = appointment.reminders.get(state=OutgoingState.FAILED)
    assert (row.called_by, row.called_at is not None) == (worker, True)

    page = text(client.post(at("reminders_told", appointment.pk), {"undo": "1"}, follow=True))
    assert "1 family to call" in page


def test_another_organisations_people_are_not_called_by_us(client, worker):
    theirs = missed(FamilyFactory())

    assert failed_for(worker).count == 0
    assert client.post(at("reminders_told", theirs.pk)).status_code == 404
    assert theirs.reminders.get(state=OutgoingState.FAILED).called_at is None


def test_who_leaves_first_is_called_first_at_the_same_cost(worker, family, django_assert_num_queries):
    late, soon = missed(family, days=4), missed(family, days=3)
    assert to_call(worker) == [soon, late]
    for _more in range(4):
        missed(FamilyFactory(organisation=worker.organisation))
    with django_assert_num_queries(8):
        found = failed_for(worker, first=3)
        assert [bool(call.name and call.phones is not None) for call in found.first] == [True] * 3
    assert found.count == 6


def test_without_a_server_the_list_says_so(client, worker, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    assert "No e-mail server is set up" in text(client.get(at("reminders_failed")))


def test_the_appointment_says_why_a_reminder_did_not_leave(client, worker, family):
    appointment = missed(family, state=OutgoingState.SUPPRESSED, reason="no_consent")

    assert "The family has not agreed to reminders" in text(client.get(at("appointment", appointment.pk)))


# --- The red banner --------------------------------------------------------------------------------------------------
SILENT = "No reminders are being sent"


def swept(minutes):
    Heartbeat.objects.note(sweep=timezone.now() - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("minutes", "is_said"), [(0, False), (4.9, False), (5.1, True), (600, True), (-0.5, False), (-10, True)]
)
def test_every_page_says_in_red_when_nothing_was_sent_for_five_minutes(client, worker, family, minutes, is_said):
    """Nor is a sweep of the future believed: the clock was set back, and what it says is not known."""
    swept(minutes)
    for page in (at("family", family.pk), at("people"), reverse("ngo:today"), reverse("ngo:preferences")):
        assert (SILENT in text(client.get(page))) == is_said


def test_a_sender_that_never_ran_is_missed_five_minutes_after_the_beginning(client, worker):
    assert SILENT not in text(client.get(at("people")))
    organisation = worker.organisation
    organisation.created_at = timezone.now() - timedelta(minutes=6)
    organisation.save()

    page = text(client.get(at("people")))
    assert SILENT in page
    assert reverse("shelters:tomorrow") in page


def test_whoever_is_not_signed_in_is_told_nothing(client, db):
    swept(60)
    assert SILENT not in text(client.get(reverse("account_login")))


def test_with_houses_the_banner_costs_no_query(client, worker, django_assert_num_queries):
    from tests.factories import ShelterFactory

    ShelterFactory(organisation=worker.organisation)
    counts = []
    for minutes in (0, 60):
        swept(minutes)
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("ngo:preferences"))
        counts.append(len([query for query in queries if "ngo_heartbeat" in query["sql"]]))
    assert counts == [1, 1]  # It comes along with the houses.
