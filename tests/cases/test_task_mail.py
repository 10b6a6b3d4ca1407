"""What cannot wait is told by e-mail on the same day: to who is responsible, once, and without saying what it is."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from cases.models import OF_A_TASK, Reminder, Task, TaskKind
from cases.services import inbound, sending
from cases.services.appointments import record_outcome
from cases.services.tasks import add_task, finish_task
from ngo.permissions import Role
from tests.factories import AppointmentFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_phones import PhoneReminderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER, language="en")


def letters():
    return Reminder.objects.filter(source=OF_A_TASK).order_by("staff__pk")


def missed(house, owner, by, state="missed"):
    family = FamilyFactory(organisation=house)
    row = AppointmentFactory(family=family, owner=owner, starts_at=timezone.now() - timedelta(hours=2))
    record_outcome(appointment=row, state=state, by=by)
    return family


@pytest.mark.parametrize("state", ["missed", "turned_away"])
def test_who_is_responsible_gets_a_letter_that_names_nobody(house, worker, state):
    StaffFactory(organisation=house, role=Role.CASEWORKER)
    desk = StaffFactory(organisation=house, role=Role.FRONT_DESK)
    family = missed(house, worker, desk, state)

    assert sending.send_due().sent == 1

    [letter] = mail.outbox
    assert letter.to == [worker.email]
    said = f"{letter.subject} {letter.body}"
    for secret in (family.folio, *(person.full_name for person in family.people), "appointment", "missed", "turned"):
        assert secret not in said
    assert [one.family for one in letters()] == [None]
    record = letters().get()
    sending.send_due()
    assert (len(mail.outbox), record.words) == (1, "staff")


def test_where_nobody_is_responsible_everybody_of_the_role_is_told_but_who_wrote_it(house, worker):
    other = StaffFactory(organisation=house, role=Role.CASEWORKER)
    StaffFactory(organisation=house, role=Role.VOLUNTEER)
    StaffFactory(role=Role.CASEWORKER)  # Of another house.
    missed(house, None, worker)
    assert [one.staff for one in letters()] == [other]


def test_who_wrote_it_needs_no_letter(house, worker):
    missed(house, worker, worker)
    assert not letters().exists()


def test_an_alert_goes_to_the_whole_role_and_to_who_keeps_the_case(house, worker):
    team = [StaffFactory(organisation=house, role=Role.LEGAL) for _number in range(2)]

    def alert():
        return add_task(
            organisation=house,
            kind=TaskKind.SIGN_IN_MISSED,
            due_on=timezone.localdate(),
            by=None,
            owner=worker,
            role=Role.LEGAL,
            is_urgent=True,
            key="signin:1:2026-12-01",
        )

    assert alert() is not None
    assert alert() is None  # A second look makes neither a task nor a letter.
    assert {one.staff for one in letters()} == {worker, *team}


def test_whoever_asks_for_help_by_phone_is_told_of_at_once(worker):
    reminded = PhoneReminderFactory()
    StaffFactory(organisation=reminded.organisation, role=Role.CASEWORKER)
    inbound.receive(channel="sms", provider_id="SM1", sender=reminded.phone.number, text="2")
    assert letters().count() == 1


def test_what_was_done_meanwhile_or_is_two_days_old_is_not_told(house, worker):
    desk = StaffFactory(organisation=house, role=Role.CASEWORKER)
    missed(house, worker, desk)
    finish_task(task=Task.objects.get(), by=worker)
    assert (sending.send_due().ended, letters().get().state) == (1, "cancelled")
    missed(house, worker, desk)
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        sending.send_due()
    assert [one.state for one in letters().order_by("pk")] == ["cancelled", "expired"]
    assert mail.outbox == []


def test_what_can_wait_makes_no_letter(house, worker):
    add_task(
        organisation=house, kind=TaskKind.NO_OUTCOME, due_on=timezone.localdate(), by=None, owner=worker, key="silent:1"
    )
    add_task(organisation=house, text="Llamar", due_on=timezone.localdate(), by=None, owner=worker)
    assert not letters().exists()
