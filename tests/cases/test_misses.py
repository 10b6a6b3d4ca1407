"""What follows a miss: an urgent task the same day with the next lawful step; and silence, which is asked about."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone, translation

from cases import tasks as clock_tasks
from cases.models import Appointment, AppointmentKind, AppointmentState, Process, Task, TaskKind
from cases.services import appointments, misses
from cases.services.appointment_kinds import DATA_FILE, seed_kinds
from cases.services.protection import begin_sign_ins, record_sign_in
from cases.services.tasks import finish_task
from ngo.dashboard.cases import case_lines
from ngo.permissions import Role
from tests.factories import AppointmentFactory, AppointmentKindFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of, claim_of, today

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock, translation.override("en"):
        yield clock


@pytest.fixture
def worker():
    return StaffFactory(role=Role.CASEWORKER)


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, group="us_appointment")


@pytest.fixture
def kind(worker):
    return AppointmentKindFactory(
        organisation=worker.organisation,
        group="us_appointment",
        missing_en="It may cost the case.",
        after_missing_en="See a lawyer today.",
        after_missing_source="8 CFR 1003.23",
    )


def over(family, kind, hours=2, **more):
    return AppointmentFactory(family=family, kind=kind, starts_at=timezone.now() - timedelta(hours=hours), **more)


def of_a_miss():
    return Task.objects.filter(kind__in=["missed", "turned_away", "no_outcome"])


def write(row, state, by, reason=""):
    return appointments.record_outcome(appointment=row, state=state, by=by, reason=reason)


# --- A miss that is written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["missed", "turned_away"])
def test_a_miss_is_an_urgent_task_of_the_same_day_for_who_is_responsible(worker, family, kind, state):
    way = case_of(family, "us-court", by=worker)
    row = over(family, kind, owner=worker)
    write(row, state, worker)

    task = of_a_miss().get()
    assert (task.kind, task.owner, task.is_urgent, task.due_on) == (state, worker, True, timezone.localdate())
    assert (task.appointment, task.process) == (row, way)


def test_attended_makes_no_task(worker, family, kind):
    write(over(family, kind), AppointmentState.ATTENDED, worker)
    assert not of_a_miss().exists()


def test_where_nobody_is_responsible_the_case_is_and_where_they_left_the_role_is(worker, family, kind):
    gone = StaffFactory(organisation=worker.organisation, role=Role.CASEWORKER)
    way = case_of(family, "us-court", by=worker)
    Process.objects.filter(pk=way.pk).update(owner=worker)
    gone.memberships.update(ended_at=timezone.now())
    write(over(family, kind, owner=gone), AppointmentState.MISSED, worker)
    assert of_a_miss().get().owner == worker
    other = FamilyFactory(organisation=worker.organisation)
    write(over(other, kind, owner=gone), AppointmentState.MISSED, worker)
    task = of_a_miss().latest("pk")
    assert (task.owner, task.role) == (None, Role.CASEWORKER)


def test_a_correction_ends_the_task_and_another_miss_makes_another(worker, family, kind):
    row = over(family, kind, owner=worker)
    write(row, AppointmentState.MISSED, worker)
    write(row, AppointmentState.ATTENDED, worker, reason="Their paper has the stamp")
    assert not of_a_miss().open().exists()
    write(row, AppointmentState.MISSED, worker, reason="It was another day's stamp")
    assert of_a_miss().open().count() == 1
    appointments.take_back(appointment=row, by=worker)
    assert not of_a_miss().open().exists()
    write(row, AppointmentState.TURNED_AWAY, worker)
    assert of_a_miss().open().get().kind == TaskKind.TURNED_AWAY


# --- Silence -----------------------------------------------------------------------------------------------------------


def test_silence_is_asked_about_the_day_after_by_the_clock_of_the_house_and_once(worker, family, kind, at_noon):
    row = over(family, kind, owner=worker)
    assert misses.ask_about_silence() == 0
    at_noon.move_to(datetime(2026, 11, 13, 7, 59, tzinfo=UTC))
    assert misses.ask_about_silence() == 0
    at_noon.move_to(datetime(2026, 11, 13, 8, 0, tzinfo=UTC))  # Midnight in Tijuana.
    assert [misses.ask_about_silence() for _again in range(2)] == [1, 0]

    task = of_a_miss().get()
    assert (task.kind, task.owner, task.is_urgent) == (TaskKind.NO_OUTCOME, worker, True)
    row.refresh_from_db()
    assert row.state == AppointmentState.PLANNED  # Nothing is assumed.
    finish_task(task=task, by=worker)
    assert misses.ask_about_silence() == 0


def test_what_costs_only_a_new_date_is_not_urgent_and_what_is_old_or_written_is_not_asked(
    worker, family, kind, at_noon
):
    plain = AppointmentKindFactory(organisation=worker.organisation)
    over(family, plain, hours=30)
    over(family, kind, hours=24 * 9)
    over(family, kind, hours=30, state=AppointmentState.CANCELLED)
    written = over(family, kind, hours=30)
    write(written, AppointmentState.ATTENDED, worker)
    AppointmentFactory(family=family, kind=kind)

    clock_tasks.ask_about_appointments()

    task = of_a_miss().get()
    assert (task.appointment.kind, task.is_urgent) == (plain, False)


def test_what_somebody_wrote_in_the_meantime_ends_the_question(worker, family, kind):
    row = over(family, kind, hours=30)
    misses.ask_about_silence()
    write(row, AppointmentState.MISSED, worker)

    assert list(of_a_miss().open().values_list("kind", flat=True)) == [TaskKind.MISSED]


def test_silences_of_any_number_take_the_same_queries(worker, family, kind, django_assert_max_num_queries):
    for _number in range(12):
        over(family, kind, hours=30)
    with django_assert_max_num_queries(10):
        assert misses.ask_about_silence() == 12


# --- The next step -----------------------------------------------------------------------------------------------------


def page(client, url):
    return " ".join(client.get(url).content.decode().split())


def test_the_page_of_the_appointment_and_the_task_say_the_next_step_and_its_source(client, worker, family, kind):
    row = over(family, kind, owner=worker)
    client.force_login(worker)
    address = reverse("cases:appointment", args=[row.pk])
    assert "What can be done next" not in page(client, address)
    write(row, AppointmentState.MISSED, worker)

    for url in (address, reverse("cases:case_task", args=[of_a_miss().get().pk])):
        text = page(client, url)
        for words in ("What can be done next", "It may cost the case.", "See a lawyer today.", "Source: 8 CFR 1003.23"):
            assert words in text


def test_silence_is_a_question_on_both_pages(client, worker, family, kind):
    row = over(family, kind, hours=30)
    misses.ask_about_silence()
    client.force_login(worker)
    for url in (reverse("cases:appointment", args=[row.pk]), reverse("cases:case_task", args=[of_a_miss().get().pk])):
        assert "Nobody wrote what became of it" in page(client, url)


def test_a_kind_of_which_nobody_wrote_what_follows_says_see_a_lawyer(client, worker, family):
    plain = AppointmentKindFactory(organisation=worker.organisation, missing_en="A new date is needed.")
    row = over(family, plain)
    write(row, AppointmentState.MISSED, worker)
    client.force_login(worker)
    assert "late, see a lawyer" in page(client, reverse("cases:appointment", args=[row.pk]))


def test_a_missed_sign_in_says_the_next_step_of_its_kind(client, worker):
    seed_kinds(worker.organisation)
    family = FamilyFactory(organisation=worker.organisation, group="mexican_protection")
    claim = claim_of(family, worker, filed_on=today() - timedelta(days=20))
    duty = begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=today(), by=worker)
    record_sign_in(duty=duty, result="missed", by=worker, reason="Ill")
    client.force_login(worker)

    text = page(client, reverse("cases:case_task", args=[Task.objects.get(kind=TaskKind.SIGN_IN_MISSED).pk]))

    assert "Go and sign today or first thing tomorrow" in text


def test_the_seeded_words_are_plain_and_never_say_that_it_is_too_late():
    kinds = json.loads(DATA_FILE.read_text(encoding="utf-8"))["kinds"]
    grave = [row for row in kinds if row.get("missing_es")]
    assert grave
    assert all(row.get("after_missing_es") and row.get("after_missing_en") for row in grave)
    for row in kinds:
        words = (row.get("after_missing_es", "") + row.get("after_missing_en", "")).lower()
        for never in ("ya no se puede", "ya no puede", "cannot", "demasiado tarde", "too late"):
            assert never not in words, row["code"]


def test_a_house_gets_the_words_with_its_kinds():
    house = OrganisationFactory()
    seed_kinds(house)
    court = AppointmentKind.objects.get(organisation=house, code="us-court-mpp")
    assert "180 days" in court.after_missing
    assert "1003.23" in court.after_missing_source


# --- Today -------------------------------------------------------------------------------------------------------------


def test_today_says_how_many_were_missed_and_of_how_many_nobody_wrote_from_one_query(
    worker, family, kind, django_assert_num_queries
):
    write(over(family, kind, owner=worker), AppointmentState.MISSED, worker)
    over(family, kind, hours=30, owner=worker)
    misses.ask_about_silence()
    with django_assert_num_queries(1):
        lines = {task.title: task for task in case_lines(worker, timezone.now())}

    assert lines["1 appointment was missed"].state == "alert"
    assert lines["Nobody wrote what became of 1 appointment"].state == "warn"
    assert Appointment.objects.count() == 2
