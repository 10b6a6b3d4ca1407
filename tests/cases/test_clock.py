"""Pages about people follow the clock of the house, not the server's."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases import tasks
from cases.models import Case, IntakeDraft, Person
from ngo.celery import app
from ngo.permissions import Role
from tests.cases.intake_data import person, posted
from tests.factories import FamilyFactory, ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 12, 4, 30, tzinfo=UTC)  # 20:30 of the 11th in Tijuana; the 12th on the server.


@pytest.fixture
def desk():
    staff = StaffFactory(role=Role.FRONT_DESK)
    ShelterFactory(organisation=staff.organisation, zone="America/Tijuana")
    return staff


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


def test_a_birthday_tomorrow_is_not_today_yet(desk):
    with time_machine.travel(EVENING, tick=False):
        client = browser_of(desk)
        family = FamilyFactory(organisation=desk.organisation, people=1)
        Person.objects.update(born_on="1990-11-12")

        assert "35 years" in client.get(reverse("cases:family", args=[family.pk])).content.decode()


def test_days_of_waiting_are_local_days(desk):
    with time_machine.travel(EVENING, tick=False):
        client = browser_of(desk)
        FamilyFactory(organisation=desk.organisation, people=1)
        Case.objects.update(opened_at=datetime(2026, 11, 11, 23, 0, tzinfo=UTC))  # This afternoon.

        assert "Since today" in client.get(reverse("cases:group", args=["us_appointment"])).content.decode()


def test_nobody_is_born_tomorrow_and_the_draft_says_the_local_hour(desk):
    with time_machine.travel(EVENING, tick=False):
        client = browser_of(desk)
        draft = client.post(reverse("cases:intake"), {"people": "1"})["Location"]

        assert "Draft saved at 20:30" in client.get(draft).content.decode()
        assert "in the future" in client.post(draft, posted(person(born="12 11 2026"))).content.decode()
        assert "in the future" not in client.post(draft, posted(person(born="11 11 2026"))).content.decode()


def test_expired_drafts_go_by_themselves(desk):
    IntakeDraft.objects.create(
        organisation=desk.organisation, staff=desk, saved_at=datetime(2026, 1, 1, tzinfo=UTC), fields="{}"
    )
    entry = app.conf.beat_schedule["expired-drafts"]

    assert entry["task"] == tasks.remove_expired_drafts.name
    tasks.remove_expired_drafts()

    assert not IntakeDraft.objects.exists()
