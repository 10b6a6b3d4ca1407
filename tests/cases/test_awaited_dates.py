"""Dates that are to be told: asked about on a day, booked in one act, or given up with a reason."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.models import Appointment, AwaitedDate, AwaitedState, Task, TaskKind
from cases.services import awaited_dates as services
from cases.services.tasks import finish_task
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import AppointmentKindFactory, FamilyFactory, ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)
IN_A_WEEK = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, ages=[34, 9])


@pytest.fixture
def kind(worker):
    return AppointmentKindFactory(organisation=worker.organisation, name_en="Hearing")


@pytest.fixture
def waits(worker, family, kind):
    def make(**given):
        usual = {"family": family, "kind": kind, "people": family.people, "control_on": IN_A_WEEK, "by": worker}
        return services.await_date(**(usual | given))

    return make


def tasks():
    return list(Task.objects.open().filter(kind=TaskKind.AWAITED).values_list("due_on", "owner"))


BOOKING = {
    "place": "Corte de prueba",
    "zone": "America/Tijuana",
    "local_date": date(2026, 12, 4),
    "local_time": time(9),
    "leave_time": time(8),
}


def test_who_waits_has_a_task_on_the_day_on_which_somebody_asks_again(waits, worker):
    row = waits(note="They said: before Christmas")
    assert (row.state, row.people.count()) == (AwaitedState.OPEN, 2)
    assert tasks() == [(IN_A_WEEK, worker.pk)]
    services.ask_again(awaited=row, control_on=date(2026, 11, 26), note="Not yet", by=worker)
    assert tasks() == [(date(2026, 11, 26), worker.pk)]
    services.ask_again(awaited=row, control_on=IN_A_WEEK, note="After all", by=worker)
    assert tasks() == [(IN_A_WEEK, worker.pk)]


def test_the_date_was_told_books_it_and_ends_the_waiting_in_one_act(waits, worker, family, kind):
    row = waits()
    with pytest.raises(Refused):
        services.book_awaited(awaited=row, by=worker, kind=kind, people=[], **BOOKING)
    assert AwaitedDate.objects.get().is_open
    appointment = services.book_awaited(awaited=row, by=worker, kind=kind, people=family.people, **BOOKING)
    row.refresh_from_db()
    assert (row.state, row.appointment, row.ended_by) == (AwaitedState.BOOKED, appointment, worker)
    assert tasks() == []
    with pytest.raises(Refused, match="just booked"):
        services.book_awaited(awaited=row, by=worker, kind=kind, people=family.people, **BOOKING)
    assert Appointment.objects.count() == 1


def test_giving_up_says_why(waits, worker):
    row = waits()
    with pytest.raises(Refused, match="why nobody waits"):
        services.give_up(awaited=row, reason=" ", by=worker)
    row = services.give_up(awaited=row, reason="They went on", by=worker)
    assert (row.state, row.ended_because, tasks()) == (AwaitedState.GIVEN_UP, "They went on", [])
    with pytest.raises(Refused, match="gave it up"):
        services.ask_again(awaited=row, control_on=IN_A_WEEK, note="", by=worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        AwaitedDate.objects.filter(pk=row.pk).update(state=AwaitedState.BOOKED)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"people": []}, "at least one person"),
        ({"control_on": date(2026, 11, 11)}, "That day is over"),
        ({"control_on": date(2029, 1, 1)}, "more than a year"),
    ],
)
def test_what_cannot_be_awaited_is_refused(waits, given, words):
    with pytest.raises(Refused, match=words):
        waits(**given)


def test_kinds_and_people_of_others_are_refused(waits):
    with pytest.raises(Refused):
        waits(kind=AppointmentKindFactory())
    with pytest.raises(Refused):
        waits(people=FamilyFactory().people)


def test_a_task_that_was_done_does_not_come_back(waits, worker):
    row = waits()
    finish_task(task=Task.objects.get(kind=TaskKind.AWAITED), by=worker, result="Asked")
    services.ask_again(awaited=row, control_on=IN_A_WEEK, note="Asked", by=worker)
    assert tasks() == []


# --- Pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(worker):
    browser = Client()
    browser.force_login(worker)
    return browser


def shown(client, route, *args):
    response = client.get(reverse(f"cases:{route}", args=args))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_date_is_awaited_and_booked_in_a_browser(client, family, kind):
    url = reverse("cases:awaited_new", args=[family.pk])
    assert url in shown(client, "family", family.pk)
    day = {"control_on_day": "19", "control_on_month": "11", "control_on_year": "2026"}
    said = {"kind": kind.pk, "people": [family.people[0].pk], "place": "Corte de prueba", "note": "Soon"}
    assert "Write the date" in client.post(url, said).content.decode()
    assert client.post(url, said | day).status_code == 302
    row = AwaitedDate.objects.get()
    for page in (shown(client, "family", family.pk), shown(client, "awaited_dates")):
        assert "Hearing" in page
        assert "Ask on Thu 19 Nov" in page
    booking = shown(client, "awaited_book", row.pk)
    assert 'value="Corte de prueba"' in booking
    assert f'<option value="{kind.pk}" selected' in booking
    typed = {
        "kind": kind.pk,
        "local_date_day": "4",
        "local_date_month": "12",
        "local_date_year": "2026",
        "local_time": "9",
        "report_day": "0",
        "leave_day": "0",
        "leave_time": "8",
        "place": "Corte de prueba",
        "people": [family.people[0].pk],
    }
    assert client.post(reverse("cases:awaited_book", args=[row.pk]), typed).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.appointment) == (AwaitedState.BOOKED, Appointment.objects.get())
    assert "Nobody waits to be told a date" in shown(client, "awaited_dates")


def test_asking_again_and_giving_up_in_a_browser(client, waits):
    row = waits()
    later = {"control_on_day": "26", "control_on_month": "11", "control_on_year": "2026", "note": "Not yet"}
    assert client.post(reverse("cases:awaited", args=[row.pk]), later).status_code == 302
    row.refresh_from_db()
    assert (row.control_on, row.note) == (date(2026, 11, 26), "Not yet")
    url = reverse("cases:awaited_give_up", args=[row.pk])
    assert "Write why nobody waits" in client.post(url, {"reason": ""}).content.decode()
    assert client.post(url, {"reason": "They went on"}).status_code == 302
    assert client.post(url, {"reason": "They went on"}).status_code == 409


def test_those_of_another_house_are_not_found(client):
    other = StaffFactory(role=Role.CASEWORKER)
    family = FamilyFactory(organisation=other.organisation)
    kind = AppointmentKindFactory(organisation=other.organisation)
    row = services.await_date(
        family=family, kind=kind, people=family.people, control_on=IN_A_WEEK + timedelta(days=1), by=other
    )
    for route in ("awaited", "awaited_book", "awaited_give_up"):
        assert client.get(reverse(f"cases:{route}", args=[row.pk])).status_code == 404


def test_the_list_takes_the_same_number_of_queries(client, waits, worker, kind, django_assert_num_queries):
    waits()
    shown(client, "awaited_dates")
    with django_assert_num_queries(10) as few:
        shown(client, "awaited_dates")
    for _number in range(5):
        family = FamilyFactory(organisation=worker.organisation)
        waits(family=family, people=family.people)
    with django_assert_num_queries(len(few)):
        shown(client, "awaited_dates")
