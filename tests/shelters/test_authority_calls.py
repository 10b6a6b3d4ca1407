"""Whom nobody could tell that an authority took a date of theirs away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import people_to_call
from cases.models import Reminder
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from shelters.models import AuthorityNotice
from shelters.services import authority_events as services
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    ConsentFactory,
    EmailAddressFactory,
    FamilyFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def elena():
    elena = StaffFactory(role=Role.COORDINATOR)
    ShelterFactory(organisation=elena.organisation)
    return elena


@pytest.fixture
def appointment(elena):
    family = FamilyFactory(organisation=elena.organisation)
    ConsentFactory(family=family, purpose="reminders")
    EmailAddressFactory(family=family)
    kind = AppointmentKindFactory(organisation=elena.organisation)
    return AppointmentFactory(family=family, kind=kind, starts_at=timezone.now() + timedelta(days=5))


@pytest.fixture
def event(elena, appointment):
    event, _new = services.enter_event(
        organisation=elena.organisation,
        by=elena,
        authority="CBP",
        what="cancelled",
        kind=appointment.kind,
        pathway=None,
        office=None,
        place="",
        from_on=timezone.localdate() + timedelta(days=1),
        new_on=None,
        new_time=None,
        keep_days=0,
        source="Comunicado de prueba",
        note="",
    )
    became(OutgoingState.FAILED)
    return event


def became(state, **more):
    now = timezone.now()
    sent = {"sent_at": now} if state == OutgoingState.SENT else {}
    AuthorityNotice.objects.update(state=state, due_at=now - timedelta(minutes=1), **sent, **more)


def to_call(staff):
    return list(people_to_call.from_above(staff))


@pytest.mark.parametrize(
    ("state", "reason", "is_called"),
    [
        (OutgoingState.FAILED, "", True),
        (OutgoingState.EXPIRED, "too_late", True),
        (OutgoingState.SUPPRESSED, "no_gateway", True),
        (OutgoingState.SUPPRESSED, "no_consent", False),
        (OutgoingState.PENDING, "", False),
        (OutgoingState.SENT, "", False),
    ],
)
def test_who_got_no_such_message_is_to_be_called(elena, appointment, event, state, reason, is_called):
    became(state, reason=reason)
    assert to_call(elena) == ([appointment.pk] if is_called else [])


def test_where_one_of_them_arrived_nobody_is_called(elena, appointment, event):
    notice = AuthorityNotice.objects.get()
    notice.pk, notice.key, notice.email = None, "7b6f0b7e-1111-4c4c-8a8a-000000000001", EmailAddressFactory()
    notice.state, notice.sent_at = OutgoingState.SENT, timezone.now()
    notice.save()
    assert to_call(elena) == []


def test_after_they_would_have_left_nobody_is_called(elena, appointment, event):
    now = timezone.now()
    type(appointment).objects.filter(pk=appointment.pk).update(leave_shelter_at=now, report_at=now, starts_at=now)
    assert to_call(elena) == []


def test_another_organisation_calls_nobody_of_ours(event):
    stranger = StaffFactory(role=Role.COORDINATOR)
    assert to_call(stranger) == []


def test_one_tap_writes_who_told_them_and_another_takes_it_back(client, elena, appointment, event):
    client.force_login(elena)
    page = reverse("cases:reminders_failed")
    told = reverse("cases:reminders_told", args=[appointment.pk])
    assert "1 family to call" in client.get(page).content.decode()

    assert "0 families to call" in client.post(told, follow=True).content.decode()
    line = Reminder.objects.get(appointment=appointment, words="changed")
    assert (line.channel, line.state, line.called_by) == ("house", OutgoingState.SENT, elena)
    client.post(told)  # A second press.
    assert Reminder.objects.filter(words="changed").count() == 1

    assert "1 family to call" in client.post(told, {"undo": "1"}, follow=True).content.decode()
    line.refresh_from_db()
    assert (line.state, line.called_by) == (OutgoingState.PENDING, None)


def test_what_was_undone_asks_nobody_to_tell_the_change(elena, event):
    services.undo_event(event=event, by=elena, reason="Era otra oficina")
    assert to_call(elena) == []
