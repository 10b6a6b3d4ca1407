"""Tasks that time makes: once for each cause, for who is responsible, and gone when what they were for is over."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Clock, ClockState, Document, Task, TaskKind, WarningDays
from cases.services.clocks import close_clock, correct_event
from cases.services.documents import Facts, add_document, correct_document
from cases.services.warnings import look, set_warning_days
from cases.tasks import look_at_dates
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import ClockFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of, in_days, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return StaffFactory(organisation=OrganisationFactory(), role=Role.CASEWORKER)


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, people=1)


@pytest.fixture
def process(family, worker):
    return case_of(family, "mx-protection", by=worker, owner=worker)


@pytest.fixture
def clock(family, process, worker):
    return ClockFactory(family=family, by=worker)


def on(clock, safe, likely=None):
    """The dates of a clock, so many days from today."""
    Clock.objects.filter(pk=clock.pk).update(
        safe_on=in_days(safe), likely_on=in_days(safe if likely is None else likely)
    )
    clock.refresh_from_db()
    return clock


def of_clocks():
    return Task.objects.open().filter(clock__isnull=False)


def test_a_limit_that_comes_near_is_a_task_of_who_is_responsible_once(clock, process, worker):
    on(clock, 6, 9)
    assert look() == 0

    on(clock, 5, 9)

    assert (look(), look()) == (1, 0)
    task = of_clocks().get()
    assert (task.kind, task.owner, task.process, task.person) == (TaskKind.CLOCK, worker, process, clock.person)
    assert (task.due_on, task.last_on, task.is_urgent) == (in_days(5), in_days(9), False)


def test_what_was_dropped_or_done_is_not_made_again(clock):
    on(clock, 2)
    look()
    Task.objects.update(done_at=timezone.now())

    assert look() == 0


def test_past_the_limit_the_legal_team_is_asked_at_once_and_the_older_task_goes(clock):
    on(clock, 2)
    look()
    assert of_clocks().get().kind == TaskKind.CLOCK

    assert look(in_days(3)) == 1

    task = of_clocks().get()
    assert (task.kind, task.role, task.is_urgent, task.due_on) == (TaskKind.CLOCK_LATE, Role.LEGAL, True, in_days(3))
    assert "see a lawyer" in task.get_kind_display()


def test_a_clock_that_ended_takes_its_task_along(clock, worker):
    on(clock, 2)
    look()

    close_clock(clock=clock, outcome=ClockState.MET, on=today(), by=worker)
    look()

    assert not of_clocks().exists()
    assert Task.objects.get(clock=clock).dropped_reason


def test_a_date_that_moved_makes_a_task_of_the_new_date_alone(clock, worker):
    on(clock, 2)
    look()
    on(clock, 4)

    assert look() == 1

    assert of_clocks().get().due_on == in_days(4)
    correct_event(clock=clock, event_on=today(), by=worker)  # Now it is far.
    assert look() == 0
    assert not of_clocks().exists()


def test_the_authority_is_asked_when_even_the_likely_date_has_passed(family, process, worker):
    clock = on(ClockFactory(family=family, rule="mx-decision", by=worker), -9, 1)
    assert look() == 0

    on(clock, -9, -1)

    assert look() == 1
    assert of_clocks().get().kind == TaskKind.CLOCK_ASK


def test_nobody_responsible_or_somebody_who_left_gives_it_to_the_role(clock, process, worker):
    type(process).objects.filter(pk=process.pk).update(owner=StaffFactory())
    on(clock, 2)

    look()

    task = of_clocks().get()
    assert (task.owner, task.role) == (None, Role.CASEWORKER)


def test_a_paper_that_ends_soon_is_a_task_until_it_is_replaced_or_corrected(family, process, worker):
    facts = {"kind": "passport", "person": family.people[0]}
    row = add_document(family=family, facts=Facts(**facts, expires_on=in_days(40)), by=worker)
    assert look() == 0
    correct_document(document=row, facts=Facts(**facts, expires_on=in_days(20)), by=worker)

    assert (look(), look()) == (1, 0)

    task = Task.objects.open().get(document=row)
    assert (task.kind, task.owner, task.process) == (TaskKind.EXPIRY, worker, process)
    correct_document(document=row, facts=Facts(**facts, expires_on=in_days(25)), by=worker)
    assert look() == 1
    add_document(family=family, facts=Facts(**facts, never_expires=True), by=worker, replaces=row)
    look()
    assert not Task.objects.open().filter(document=row).exists()


def test_of_papers_in_confidence_no_task_tells(family, worker):
    legal = StaffFactory(organisation=worker.organisation, role=Role.LEGAL)
    add_document(family=family, facts=Facts("passport", is_legal=True, expires_on=in_days(3)), by=legal)
    add_document(family=family, facts=Facts("medical", expires_on=in_days(3)), by=worker)

    assert look() == 0
    assert Document.objects.count() == 2


def test_each_organisation_says_how_long_before(clock, worker):
    coordinator = StaffFactory(organisation=worker.organisation, role=Role.COORDINATOR)
    on(clock, 9)
    look_at_dates()
    assert not of_clocks().exists()
    for wrong in ({"clock_days": 0, "paper_days": 30}, {"clock_days": 5, "paper_days": 181}):
        with pytest.raises(Refused, match="Write between"):
            set_warning_days(organisation=worker.organisation, by=coordinator, **wrong)
    client = Client()
    client.force_login(coordinator)
    where = reverse("cases:case_task_days")
    assert 'value="5"' in client.get(where).content.decode()
    client.post(where, {"clock_days": "10", "paper_days": "30"})

    look_at_dates()

    assert of_clocks().count() == 1
    assert WarningDays.objects.get().changed_by == coordinator
    client.force_login(worker)
    assert client.get(where).status_code == 403


def test_a_sweep_asks_the_same_number_of_questions_however_much_was_made_before(clock, django_assert_max_num_queries):
    on(clock, 2)
    look()
    with django_assert_max_num_queries(20) as few:
        look()
    for _more in range(3):
        on(ClockFactory(family=FamilyFactory(organisation=clock.organisation)), 2)
    look()
    with django_assert_max_num_queries(len(few)):
        assert look() == 0
    assert clock.safe_on - today() == timedelta(days=2)
