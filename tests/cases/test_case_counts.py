"""What the first page counts in the cases: each number is that of the list which its line opens, in one query."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.case_counts import CaseCounts, case_counts
from cases.clock_file import clock_counts
from cases.models import ChildPlace, PossibleDuplicate, Process, Referral, Task, TaskKind
from cases.protection_list import protection_list
from cases.referral_file import referral_counts
from cases.services import protection
from cases.services.children import raise_alerts
from cases.services.tasks import add_task
from ngo.permissions import Role
from tests.factories import (
    ChildPlaceFactory,
    ClockFactory,
    FamilyFactory,
    OrganisationFactory,
    PossibleDuplicateFactory,
    ReferralFactory,
    StaffFactory,
)
from tests.factories_cases import case_of, claim_of, in_days, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return StaffFactory(role=Role.CASEWORKER)


@pytest.fixture
def busy(worker):
    """One or two of everything that waits."""
    house = worker.organisation
    family = FamilyFactory(organisation=house, people=2)
    claim = claim_of(family, worker, filed_on=in_days(-9))
    person = claim.process.people.first().person
    protection.begin_sign_ins(claim=claim, person=person, every_days=7, next_on=today(), by=worker)
    claim.duties.update(next_on=in_days(-1))
    case_of(family, "us-court", worker, is_main=False, owner=worker)
    Task.objects.all().delete()
    for due, more in ((0, {"is_urgent": True, "owner": worker}), (1, {"is_urgent": True}), (0, {"role": Role.LEGAL})):
        add_task(organisation=house, text="Prueba", due_on=in_days(due), by=worker, **more)
    Task.objects.filter(owner=None, role=Role.CASEWORKER).update(due_on=in_days(-2))
    ClockFactory(family=family, by=worker, event_on=in_days(-90))
    ours = ReferralFactory(family=family, sent_by=worker)
    Referral.objects.filter(pk=ours.pk).update(respond_by=timezone.now() - timedelta(hours=1))
    ReferralFactory(to_organisation=house)
    PossibleDuplicateFactory(organisation=house)
    ChildPlaceFactory(organisation=house, authorised_until=in_days(12))
    return family


def test_every_number_is_that_of_its_list_and_all_take_one_query(worker, busy, django_assert_num_queries):
    now = timezone.now()
    assert worker.membership
    with django_assert_num_queries(1):
        found = case_counts(worker, now)

    clocks, shown = clock_counts(worker), protection_list(worker, today())
    referrals = referral_counts(worker.organisation, now)
    mine = Task.objects.visible_to(worker).open().mine(worker)
    assert found == CaseCounts(
        clocks_late=clocks.late,
        clocks_near=clocks.near,
        clocks_to_tell=clocks.to_tell,
        tasks_urgent=mine.filter(is_urgent=True).count(),
        tasks_late=mine.filter(due_on__lt=today()).count(),
        tasks_today=mine.filter(due_on=today()).count(),
        cases_of_nobody=Process.objects.visible_to(worker).open().filter(owner=None).count(),
        unprotected=len(shown.unprotected),
        sign_ins_missed=len(shown.missed),
        referrals_to_answer=referrals.to_answer,
        referrals_to_answer_late=referrals.to_answer_late,
        referrals_unanswered=referrals.unanswered,
        referrals_to_tell=referrals.to_tell,
        pairs=PossibleDuplicate.objects.visible_to(worker).to_look_at().count(),
        child_places_ending=ChildPlace.objects.visible_to(worker).in_use().count(),
    )
    assert (found.tasks_urgent, found.tasks_late, found.tasks_today) == (2, 1, 1)
    assert (found.unprotected, found.sign_ins_missed, found.cases_of_nobody, found.clocks_late) == (2, 1, 1, 1)
    assert (found.referrals_to_answer, found.referrals_unanswered, found.pairs) == (1, 1, 1)


@pytest.mark.parametrize("has_lawyer", [False, True])
def test_what_is_for_a_role_that_nobody_here_has_is_the_coordinators(worker, has_lawyer):
    """And with a lawyer whose access has ended, or who may not sign in."""
    house = worker.organisation
    elena = StaffFactory(organisation=house, role=Role.COORDINATOR)
    StaffFactory(organisation=house, role=Role.LEGAL).memberships.update(expires_at=timezone.now() - timedelta(days=1))
    StaffFactory(organisation=house, role=Role.LEGAL, is_active=False)
    StaffFactory(organisation=OrganisationFactory(), role=Role.LEGAL)
    if has_lawyer:
        StaffFactory(organisation=house, role=Role.LEGAL)
    for owner in (None, worker):
        add_task(
            organisation=house,
            kind=TaskKind.SIGN_IN_MISSED,
            due_on=today(),
            by=None,
            owner=owner,
            role=Role.LEGAL,
            is_urgent=True,
            key=f"signin:1:{owner}",
        )
    add_task(organisation=house, text="Prueba", due_on=today(), by=worker, owner=worker, role=Role.LEGAL)
    add_task(organisation=house, text="Prueba", due_on=today(), by=worker)

    mine = Task.objects.visible_to(elena).open().mine(elena)
    assert mine.count() == case_counts(elena, timezone.now()).tasks_today == (0 if has_lawyer else 2)


def test_another_organisation_and_a_role_without_cases_count_nothing(worker, busy, django_assert_num_queries):
    stranger = StaffFactory(role=Role.COORDINATOR, organisation=OrganisationFactory())
    assert case_counts(stranger, timezone.now()) == CaseCounts()
    kitchen = StaffFactory(role=Role.SUPPLIES, organisation=worker.organisation)
    assert kitchen.membership
    with django_assert_num_queries(0):
        assert case_counts(kitchen, timezone.now()) == CaseCounts()


def test_the_front_desk_counts_what_it_may_open_alone(worker, busy):
    desk = StaffFactory(role=Role.FRONT_DESK, organisation=worker.organisation)
    assert case_counts(desk, timezone.now()) == CaseCounts(pairs=1, child_places_ending=1)


def test_a_paper_that_protects_and_a_file_that_was_joined_are_counted_no_more(worker, busy):
    before = case_counts(worker, timezone.now())
    person = busy.people[0]
    protection.write_permit(
        person=person, kind="constancia", state="issued", issued_on=in_days(-5), expires_on=in_days(30), by=worker
    )
    pair = PossibleDuplicate.objects.get()
    type(pair.other).objects.filter(pk=pair.other_id).update(merged_into=pair.one)

    after = case_counts(worker, timezone.now())

    assert (before.unprotected - after.unprotected, after.pairs) == (1, 0)


def test_children_are_alerts_of_their_own_and_no_number_here(worker):
    family = FamilyFactory(ages=[16], organisation=worker.organisation)
    raise_alerts(family, by=worker)
    assert case_counts(worker, timezone.now()) == CaseCounts()
