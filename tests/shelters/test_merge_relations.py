"""What hangs on a person or a family goes along when two files are joined, and comes back: each table, each rule of one only."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import connection
from django.db.models import UniqueConstraint
from django.utils import timezone

from cases.models import (
    AlienNumber,
    Check,
    Clock,
    ClockState,
    Closing,
    Consent,
    Decision,
    Family,
    FamilyMember,
    FileLink,
    GrantEnd,
    Group,
    Person,
    Phone,
    ProcessPerson,
    Purpose,
    ReferralGrant,
    SignInDuty,
)
from cases.services.consents import withdraw_consent
from cases.services.merging import LEFT_ALONE, label_of, naming, relations_to
from cases.services.processes import close_process
from cases.services.protection import begin_sign_ins
from cases.services.returns import missing_checks, sheets_of
from cases.services.tasks import add_task
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import WaitingEntry
from shelters.services.merge import merge, preview, undo_merge
from tests.factories import (
    ClockFactory,
    DocumentFactory,
    FamilyFactory,
    OrganisationFactory,
    ReferralFactory,
    SharingConsentFactory,
    StaffFactory,
)
from tests.factories_cases import answer, case_of, claim_of, in_days, return_of, today
from tests.shelters.test_merge import everything

pytestmark = pytest.mark.django_db

# Of each rule that only one row may keep: what becomes of the second one, and in which test it is seen.
RESOLVED = {
    "one_family_at_a_time": "one family goes on: test_merge",
    "one_head_per_family": "the next adult: test_merge",
    "one_main_case_per_person": "the chosen group goes on: test_merge",
    "one_open_need_per_code": "ended: test_merge",
    "one_row_per_person_of_an_appointment": "said twice, dropped: test_merge",
    "one_row_per_person_of_an_awaited_date": "said twice, dropped: test_merge",
    "one_open_alert_per_child": "the one told goes on: test_merge",
    "one_row_per_person_of_a_case": "dropped: test_merge_processes, and here for closed cases",
    "one_main_process_per_person": "the chosen one goes on: test_merge_processes",
    "one_consent_in_force_per_person": "the later answer, or refused: here",
    "one_consent_in_force_per_purpose": "that of the family that goes on; the other stays with the empty one: here",
    "one_sign_in_duty_per_person": "the earlier one goes on: here",
    "one_standing_paper_per_kind": "the later one stands: test_merge_processes",
    "one_grant_per_person_of_a_referral": "ended: here",
    "one_a_number_per_person": "refused, or once where it is the same: test_merge_processes, here",
    "one_stay_of_a_person_at_a_time": "one never was, or refused: test_merge",
    "one_person_per_bed": "by the stays: test_merge",
    "one_bed_per_person": "by the stays: test_merge",
    "a_bed_is_promised_once": "by the stays: test_merge",
    "one_bed_night_per_person": "said twice, dropped: test_merge",
    "one_row_per_phone_of_a_family": "stays with the empty family: test_merge",
    "one_row_per_address_of_a_family": "stays with the empty family, as a phone does",
    "a_family_waits_once": "refused: here",
}


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def two(house):
    """Two people alone, each in a family file of their own; the second came later."""
    people = [FamilyFactory(organisation=house, group=Group.UNDECIDED).people[0] for _ in range(2)]
    FamilyMember.objects.filter(person=people[0]).update(joined_on=today() - timedelta(days=90))
    return people


def family_of(person):
    return person.family_memberships.get(left_on=None).family


def join(two, by, **more):
    return merge(kept=two[0], merged=two[1], by=by, reason="One person", **more)


# --- Every relation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Person, Family])
def test_every_relation_is_moved_or_left_alone_for_a_reason(model):
    """Also those that are hidden (`related_name="+"`): a table that is made tomorrow is moved, or this says why it is not."""
    moved = {label_of(one) for one in relations_to(model)}
    seen = {label_of(row.field) for row in model._meta.related_objects if not row.many_to_many}
    assert seen, "related_objects has to find something"
    assert {one for one in seen if "Event." not in one} <= moved | set(LEFT_ALONE)
    through = [row.through._meta.label for row in model._meta.related_objects if row.many_to_many]
    assert all(any(one.startswith(f"{label}.") for one in moved | set(LEFT_ALONE)) for label in through)
    assert all(LEFT_ALONE[label_of(one)].strip() for one in naming(model) if label_of(one) not in moved)


def test_what_is_left_alone_is_there():
    named = {label_of(one) for model in (Person, Family) for one in naming(model)}
    assert set(LEFT_ALONE) <= named


@pytest.mark.parametrize("model", [Person, Family])
def test_what_may_not_be_written_in_is_declared(model):
    """The web role joins files: a table in which it may change nothing has to be left alone, or nobody could join any."""
    with connection.cursor() as cursor:
        for one in naming(model):
            table = one.model._meta.db_table
            cursor.execute("SELECT has_table_privilege(%s, %s, 'UPDATE')", [settings.DATABASE_WEB_ROLE, table])
            assert cursor.fetchone() == (True,) or label_of(one) in LEFT_ALONE, label_of(one)


@pytest.mark.parametrize("model", [Person, Family])
def test_every_rule_of_one_only_is_resolved_in_a_way_that_is_written_here(model):
    rules = {
        rule.name
        for one in relations_to(model)
        for rule in one.model._meta.constraints
        if (isinstance(rule, UniqueConstraint) and one.name in rule.fields)
        or (isinstance(rule, ExclusionConstraint) and any(one.name in str(part) for part, _how in rule.expressions))
    }
    assert rules <= set(RESOLVED)
    assert not [one for one in relations_to(model) if one.unique]


def test_papers_tasks_clocks_consents_and_referrals_go_along_and_come_back(worker, house, two):
    family = family_of(two[1])
    process = case_of(family, "mx-protection", by=worker)
    document = DocumentFactory(family=family, person=two[1], process=process, added_by=worker)
    referral = ReferralFactory(family=family, people=[two[1]], sent_by=worker)
    received = ReferralFactory(to_organisation=house)
    link = FileLink.objects.create(grant=received.grants.get(), person=two[1], how="Prueba", made_by=worker)
    clock = ClockFactory(family=family, person=two[1], by=worker)
    task = add_task(
        organisation=house, kind="other", text="Llamar", due_on=in_days(1), person=two[1], process=process, by=worker
    )
    said = SharingConsentFactory(family=family, person=two[1], said_by=two[1], outside="Clínica de prueba", by=worker)
    before = everything()

    done = join(two, worker)

    for row in (document, referral.grants.get(), link, clock, task, said):
        row.refresh_from_db()
        assert row.person == two[0], row
    goes_on = family_of(two[0])
    assert (said.said_by, goes_on) == (two[0], family)  # The family that was joined last.
    assert {row.family for row in (document, clock)} == {goes_on}
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_what_hangs_on_the_empty_family_goes_to_the_other(worker, house, two):
    old, new = family_of(two[0]), family_of(two[1])
    document = DocumentFactory(family=old, added_by=worker)
    referral = ReferralFactory(family=old, people=[two[0]], sent_by=worker)
    clock = ClockFactory(family=old, person=None, by=worker)
    process = case_of(old, "us-court", by=worker)
    for family in (old, new):
        Consent.objects.create(
            family=family, person=two[0] if family == old else two[1], purpose=Purpose.RECORD, decision=Decision.GIVEN,
            method="written", notice_version="1", notice_language="spa", by=worker,
        )  # fmt: skip
        Phone.objects.create(
            family=family, number="+526645550101", number_hash=keyed_hash("+526645550101"), country="MX"
        )
    before = everything()

    done = join(two, worker)

    for row in (document, referral, clock, process):
        row.refresh_from_db()
        assert row.family == new
    assert Consent.objects.get(family=new, purpose=Purpose.RECORD)
    undo_merge(merge=done, by=worker)
    assert everything() == before


# --- One of two ----------------------------------------------------------------------------------------------------------


def test_twice_in_one_claim_they_sign_in_once_on_the_earlier_day(worker, house):
    family = FamilyFactory(organisation=house, people=2, group=Group.UNDECIDED)
    claim = claim_of(family, worker, filed_on=today() - timedelta(days=3))
    for person, days in zip(family.people, (9, 4), strict=True):
        begin_sign_ins(claim=claim, person=person, every_days=15, next_on=in_days(days), by=worker)
    before = everything()

    done = join(family.people, worker)

    duty = SignInDuty.objects.running().get()
    assert (duty.person, duty.next_on) == (family.people[0], in_days(4))
    assert not SignInDuty.objects.filter(person=family.people[1]).exists()
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_twice_in_a_closed_case_they_stand_in_it_once(worker, house):
    family = FamilyFactory(organisation=house, people=2, group=Group.UNDECIDED)
    process = case_of(family, "us-court", by=worker)
    close_process(process=process, closing=Closing.MISTAKE, by=worker, reason="Prueba")

    join(family.people, worker)

    assert ProcessPerson.objects.filter(process=process).count() == 1


def test_the_same_number_in_two_files_is_one_number(worker, two):
    for person in two:
        AlienNumber.objects.create(
            person=person, number="200000001", number_hash=keyed_hash("A200000001"), written_by=worker
        )
    before = everything()

    done = join(two, worker)

    assert AlienNumber.objects.standing().get().person == two[0]
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_of_two_answers_that_agree_the_later_one_holds_and_what_rested_on_the_other_rests_on_it(worker, two):
    clinic = "Clínica de prueba"
    referral = ReferralFactory(family=family_of(two[0]), to_outside=clinic, sent_by=worker)
    older = referral.grants.get().consent
    newer = SharingConsentFactory(family=family_of(two[1]), person=two[1], outside=clinic, by=worker)
    before = everything()

    done = join(two, worker)

    assert Consent.objects.get(person=two[0], withdrawn_at=None) == newer
    grant = ReferralGrant.objects.open(timezone.now()).get()
    assert (grant.person, grant.consent) == (two[0], newer)
    undo_merge(merge=done, by=worker)
    assert everything() == before
    older.refresh_from_db()
    assert older.withdrawn_at is None


def test_what_was_taken_back_since_does_not_come_back_by_undoing(worker, two):
    for person in two:
        SharingConsentFactory(family=family_of(person), person=person, outside="Clínica de prueba", by=worker)
    done = join(two, worker)
    withdraw_consent(consent=Consent.objects.get(person=two[0], withdrawn_at=None), by=worker)

    with pytest.raises(Refused, match="consent"):
        undo_merge(merge=done, by=worker)

    assert not Consent.objects.filter(person__in=two, withdrawn_at=None).exists()


def test_yes_in_one_file_and_no_in_the_other_is_asked_again_first(worker, two):
    answers = [
        SharingConsentFactory(
            family=family_of(person), person=person, outside="Clínica de prueba", by=worker, decision=decision
        )
        for person, decision in zip(two, (Decision.GIVEN, Decision.REFUSED), strict=True)
    ]
    with pytest.raises(Refused, match="One file says that they agreed"):
        join(two, worker)
    Consent.objects.filter(pk=answers[0].pk).update(withdrawn_at=timezone.now())

    join(two, worker)

    assert Consent.objects.get(person=two[0], withdrawn_at=None).decision == Decision.REFUSED


@pytest.mark.parametrize("closed", [0, 1, None])
def test_twice_in_one_referral_they_are_seen_once_and_not_at_all_where_one_was_closed(worker, house, closed):
    family = FamilyFactory(organisation=house, people=2, group=Group.UNDECIDED)
    referral = ReferralFactory(family=family, people=family.people, sent_by=worker)
    if closed is not None:
        now = timezone.now()
        referral.grants.filter(person=family.people[closed]).update(ended_at=now, ended_because=GrantEnd.WITHDRAWN)
    before = everything()

    done = join(family.people, worker)

    seen = list(ReferralGrant.objects.open(timezone.now()).filter(referral=referral).values_list("person", flat=True))
    assert seen == ([family.people[0].pk] if closed is None else [])
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_the_same_clock_runs_once(worker, two):
    clocks = [ClockFactory(family=family_of(person), person=person, by=worker) for person in two]
    later = ClockFactory(family=family_of(two[1]), person=two[1], by=worker, event_on=today() - timedelta(days=4))
    before = everything()

    done = join(two, worker)

    running = list(Clock.objects.running().order_by("pk"))
    assert running == [clocks[0], later]
    assert Clock.objects.get(pk=clocks[1].pk).state == ClockState.STOPPED
    undo_merge(merge=done, by=worker)
    assert everything() == before


def test_two_entries_of_the_waiting_list_are_refused_until_one_is_taken_off(worker, house, two):
    entries = [
        WaitingEntry.objects.create(organisation=house, family=family_of(person), recorded_by=worker) for person in two
    ]
    assert "waiting list" in preview(kept=two[0], merged=two[1], by=worker).refused
    with pytest.raises(Refused, match="waiting list"):
        join(two, worker)
    WaitingEntry.objects.filter(pk=entries[0].pk).update(state="removed")

    join(two, worker)

    assert WaitingEntry.objects.on_list().get().family == family_of(two[0])


# --- What is written once ----------------------------------------------------------------------------------------------


def test_fear_that_was_said_under_the_other_file_still_stops_the_return(worker, house):
    """The answers of a return cannot be changed: they are read as answers of the file that goes on."""
    family = FamilyFactory(organisation=house, people=2, group=Group.UNDECIDED)
    kept, merged = family.people
    plan = return_of(family, worker)
    answer(plan, merged, Check.FEAR, worker, said=True)
    answer(plan, kept, Check.FEAR, worker, said=False)

    done = join([kept, merged], worker)

    [sheet] = sheets_of(plan)
    assert Check.COUNSEL in [line.what for line in sheet.lines]
    assert Check.COUNSEL in [one.what for one in missing_checks(plan.process)]
    undo_merge(merge=done, by=worker)
    by_person = {sheet.person: [line.what for line in sheet.lines] for sheet in sheets_of(plan)}
    assert (Check.COUNSEL in by_person[merged], Check.COUNSEL in by_person[kept]) == (True, False)


def test_a_third_file_leads_to_the_one_that_goes_on(worker, house, two):
    third = FamilyFactory(organisation=house, group=Group.UNDECIDED).people[0]
    merge(kept=two[1], merged=third, by=worker, reason="One person")
    join(two, worker)

    third.refresh_from_db()
    assert third.goes_on == two[0]
