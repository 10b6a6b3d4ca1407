"""Return: no date before every check of every person stands, and fear stops everything."""

from datetime import time, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    OF_MINORS,
    RIGHTS,
    AppointmentKind,
    AppointmentState,
    Check,
    ClaimState,
    Group,
    Happening,
    Person,
    ReturnCheck,
    ReturnPlan,
    Task,
    TaskKind,
)
from cases.services import processes, protection, returns, tasks
from cases.services.appointment_kinds import seed_kinds
from cases.services.appointments import schedule_appointment
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import AppointmentFactory, AppointmentKindFactory, FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import answer, answer_everything, case_of, claim_of, in_days, return_of, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def other(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def lawyer(house):
    return StaffFactory(organisation=house, role=Role.LEGAL)


@pytest.fixture
def family(house):
    return FamilyFactory(organisation=house, ages=[34, 9])


@pytest.fixture
def plan(family, worker):
    return return_of(family, worker)


def confirm(plan, by, on=None):
    return returns.confirm_date(plan=plan, travel_on=on or in_days(10), by=by)


def missing(plan):
    return {one.what for one in returns.missing_checks(plan.process)}


# --- The gate ----------------------------------------------------------------------------------------------------------


def test_with_every_check_of_everybody_a_date_is_confirmed_and_they_travel(plan, worker, other):
    assert Check.FEAR in missing(plan)
    answer_everything(plan, worker, other)

    assert returns.missing_checks(plan.process) == []
    assert confirm(plan, worker, today()).state == "scheduled"
    assert returns.record_travel(plan=plan, by=worker).state == "travelled"


@pytest.mark.parametrize("what", [Check.FEAR, *RIGHTS, Check.INFORMED, Check.CONSENT, Check.HEALTH, Check.DESTINATION])
def test_a_single_missing_check_keeps_the_date_away(plan, worker, other, what):
    answer_everything(plan, worker, other, leave_out=what)
    with pytest.raises(Refused):
        confirm(plan, worker)
    assert missing(plan) == {what}


@pytest.mark.parametrize("what", OF_MINORS)
def test_a_minor_needs_a_decision_an_escort_and_a_carer(plan, worker, other, what, family):
    answer_everything(plan, worker, other, leave_out=what)
    [one] = returns.missing_checks(plan.process)
    assert (one.person, one.what) == (family.people[1], what)


def test_one_person_of_the_staff_alone_sends_nobody_away(plan, worker):
    answer_everything(plan, worker, worker)
    with pytest.raises(Refused, match="cannot also take the consent"):
        confirm(plan, worker)


def test_who_asked_about_fear_does_not_take_the_consent_whoever_did_the_rest(plan, worker, other, family):
    answer_everything(plan, worker, other)
    answer(plan, family.people[0], Check.CONSENT, worker)
    with pytest.raises(Refused, match="cannot also take the consent"):
        confirm(plan, other)


def test_a_consent_from_before_the_question_about_fear_does_not_count(plan, worker, other, family):
    answer_everything(plan, worker, other)
    answer(plan, family.people[0], Check.FEAR, worker, said=False)
    assert missing(plan) == {Check.CONSENT}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"in_private": False, "language": "spa"}, "in private"),
        ({"in_private": True, "language": ""}, "in which language"),
        ({"in_private": True, "language": "fra"}, "does not speak"),
    ],
)
def test_fear_is_asked_alone_and_in_their_language(plan, worker, family, more, words):
    with pytest.raises(Refused, match=words):
        returns.record_check(plan=plan, person=family.people[0], what=Check.FEAR, answer=False, by=worker, **more)
    assert not ReturnCheck.objects.exists()


def test_the_database_keeps_no_answer_about_fear_that_was_heard_by_others(plan, worker, family):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnCheck.objects.create(
            plan=plan, person=family.people[0], what=Check.FEAR, answer=False, language="spa", by=worker
        )


def test_an_answer_is_written_once(plan, worker, family):
    row = answer(plan, family.people[0], Check.HEALTH, worker)
    with pytest.raises(ProgrammingError), transaction.atomic():
        ReturnCheck.objects.filter(pk=row.pk).update(answer=False)


def test_a_mexican_who_goes_to_their_own_state_needs_no_rights_of_foreigners_but_is_asked_about_fear(house, worker):
    plan = return_of(FamilyFactory(organisation=house), worker, "home_state")
    assert not missing(plan) & set(RIGHTS)
    assert Check.FEAR in missing(plan)


# --- Fear --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [True, None])
def test_fear_or_no_answer_stops_the_return_takes_its_date_and_tells_the_legal_team(
    plan, worker, other, family, house, said
):
    answer_everything(plan, worker, other)
    confirm(plan, worker)
    travel = AppointmentFactory(
        family=family, kind=AppointmentKindFactory(organisation=house, group=Group.RETURN), starts_at=_soon()
    )
    clinic = AppointmentFactory(family=family, starts_at=_soon())
    answer(plan, family.people[0], Check.FEAR, other, said=said)

    plan.refresh_from_db()
    assert (plan.state, plan.travel_on, plan.confirmed_by) == ("stopped_fear", None, None)
    task = Task.objects.get(kind=TaskKind.FEAR)
    assert (task.role, task.is_urgent, task.due_on, task.person) == (Role.LEGAL, True, today(), family.people[0])
    assert plan.process.changes.filter(kind=Happening.ALERT, code="fear").exists()
    travel.refresh_from_db()
    clinic.refresh_from_db()
    assert (travel.state, clinic.state) == (AppointmentState.CANCELLED, AppointmentState.PLANNED)
    with pytest.raises(Refused, match="stopped until the legal team"):
        confirm(plan, worker)


def _soon():
    return timezone.now() + timedelta(days=2)


def test_a_later_no_does_not_let_a_stopped_return_go_on(plan, worker, other, family):
    answer_everything(plan, worker, other)
    answer(plan, family.people[0], Check.FEAR, worker, said=True)
    answer(plan, family.people[0], Check.FEAR, worker, said=False)
    answer(plan, family.people[0], Check.CONSENT, other)

    assert missing(plan) == {Check.COUNSEL}
    with pytest.raises(Refused, match="stopped until the legal team"):
        confirm(plan, worker)


def test_only_the_legal_team_lets_it_go_on_after_they_talked(plan, worker, other, lawyer, family):
    answer_everything(plan, worker, other)
    answer(plan, family.people[0], Check.FEAR, worker, said=True)
    with pytest.raises(Refused, match="Only the legal team"):
        answer(plan, family.people[0], Check.COUNSEL, other)
    answer(plan, family.people[0], Check.COUNSEL, lawyer)
    answer(plan, family.people[0], Check.CONSENT, other)

    assert confirm(plan, worker).state == "scheduled"


def test_who_does_not_want_to_go_after_talking_to_the_lawyer_does_not_go(plan, worker, other, lawyer, family):
    answer_everything(plan, worker, other)
    answer(plan, family.people[0], Check.FEAR, worker, said=True)
    answer(plan, family.people[0], Check.COUNSEL, lawyer, said=False)
    plan.refresh_from_db()
    assert plan.state == "withdrawn"
    with pytest.raises(Refused, match="do not want to go"):
        confirm(plan, worker)


# --- Consent, claims ---------------------------------------------------------------------------------------------------


def test_consent_is_taken_back_until_boarding_and_the_date_falls(plan, worker, other, family):
    answer_everything(plan, worker, other)
    confirm(plan, worker, today())
    answer(plan, family.people[0], Check.CONSENT, other, said=False)

    plan.refresh_from_db()
    assert (plan.state, plan.travel_on) == ("withdrawn", None)
    with pytest.raises(Refused, match="No date was confirmed"):
        returns.record_travel(plan=plan, by=worker)


def test_nobody_with_an_open_claim_gets_a_date(plan, worker, other, lawyer, family):
    claim = claim_of(family, worker, filed_on=in_days(-5), is_main=False)
    answer_everything(plan, worker, other)
    assert missing(plan) == {Check.CLAIM}

    protection.change_claim(claim=claim, state=ClaimState.WITHDRAWN, on=today(), paper_seen=True, by=worker)
    assert missing(plan) == {Check.COUNSEL}  # Withdrawn after legal advice, or not at all.
    for person in family.people:
        answer(plan, person, Check.COUNSEL, lawyer)
    assert returns.missing_checks(plan.process) == []


def test_a_recognised_refugee_talks_to_a_lawyer_first(plan, worker, other, family):
    claim = claim_of(family, worker, filed_on=in_days(-5), is_main=False)
    protection.change_claim(claim=claim, state=ClaimState.RECOGNISED, on=today(), by=worker)
    answer_everything(plan, worker, other)
    assert missing(plan) == {Check.COUNSEL}


def test_a_check_that_falls_takes_the_date_with_it(plan, worker, other, family):
    answer_everything(plan, worker, other)
    confirm(plan, worker)
    answer(plan, family.people[0], Check.HEALTH, worker, said=False)
    plan.refresh_from_db()
    assert (plan.state, plan.travel_on) == ("consented", None)


# --- Kinds, dates ------------------------------------------------------------------------------------------------------


def test_a_deportation_is_recorded_and_never_arranged(house, worker, other):
    process = case_of(FamilyFactory(organisation=house), "return", worker)
    with pytest.raises(Refused, match="day on which it happened"):
        returns.open_return(process=process, kind="deportation", by=worker)
    plan = returns.open_return(process=process, kind="deportation", happened_on=in_days(-2), by=worker)

    assert plan.state == "recorded"
    with pytest.raises(Refused, match="only recorded"):
        confirm(plan, worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnPlan.objects.filter(pk=plan.pk).update(
            state="scheduled", travel_on=today(), confirmed_by=worker, confirmed_at=process.opened_at
        )


def test_a_date_is_taken_back_with_a_reason_and_the_checks_stay(plan, worker, other):
    answer_everything(plan, worker, other)
    confirm(plan, worker)
    with pytest.raises(Refused, match="Write why"):
        returns.take_date_back(plan=plan, by=worker, reason="")
    assert returns.take_date_back(plan=plan, by=worker, reason="No flight").state == "consented"
    assert returns.missing_checks(plan.process) == []


def test_a_return_belongs_to_a_case_of_return(family, worker):
    with pytest.raises(Refused, match="goes another way"):
        returns.open_return(process=case_of(family, "us-court", worker), kind="iom", by=worker)


def test_behind_the_checks_the_case_goes_on(plan, worker, other):
    answer_everything(plan, worker, other)
    step = plan.process.version.steps.get(code="travel-document")
    moved = processes.go_to_step(process=plan.process, step=step, by=worker, reason="Checked before")
    assert moved.step.code == "travel-document"


def test_the_checks_take_two_queries_whatever_the_number_of_people(house, worker, django_assert_num_queries):
    plan = return_of(FamilyFactory(organisation=house, people=5), worker)
    with django_assert_num_queries(2):
        assert len(returns.sheets_of(plan)) == 5


# --- What comes in between ---------------------------------------------------------------------------------------------


def test_fear_that_was_said_where_others_heard_it_stops_the_return_too(plan, worker, family, client):
    client.force_login(worker)
    where = reverse("cases:case_return_check", args=[plan.process_id, family.people[0].pk, "fear"])
    for field in ({"answer": "no"}, {"answer": "no", "in_private": "on"}, {"answer": "no", "language": "spa"}):
        assert client.post(where, field).status_code == 200  # That there is none holds only where it was asked well.
    assert not ReturnCheck.objects.exists()
    assert client.post(where, {"answer": "yes"}).status_code == 302

    plan.refresh_from_db()
    assert plan.state == "stopped_fear"
    assert Task.objects.get(kind=TaskKind.FEAR).is_urgent


def test_neither_a_closed_case_nor_a_caseworker_takes_fear_from_the_legal_team(plan, worker, lawyer, family):
    answer(plan, family.people[0], Check.FEAR, worker, said=True)
    processes.close_process(process=plan.process, closing="other_way", by=worker)
    [task] = Task.objects.open().filter(kind=TaskKind.FEAR, role=Role.LEGAL)
    for end in (tasks.drop_task, tasks.finish_task):
        with pytest.raises(Refused, match="Only the legal team ends"):
            end(task=task, by=worker, **({"reason": "x"} if end is tasks.drop_task else {}))
    assert tasks.finish_task(task=task, by=lawyer).done_at


def test_a_wrong_kind_that_is_corrected_washes_no_fear_away(plan, worker, family):
    answer(plan, family.people[0], Check.FEAR, worker, said=True)
    returns.correct_kind(plan=plan, kind="deportation", by=worker, reason="x", happened_on=today())
    assert returns.correct_kind(plan=plan, kind="iom", by=worker, reason="It was none").state == "stopped_fear"


def test_who_joins_a_return_that_has_a_date_takes_the_date_away(house, plan, worker, other):
    late = FamilyFactory(organisation=house).people[0]
    answer_everything(plan, worker, other)
    confirm(plan, worker)
    processes.join_process(process=plan.process, person=late, by=worker)

    plan.refresh_from_db()
    assert (plan.travel_on, plan.state) == (None, "interest")
    assert plan.process.changes.filter(code="return:date_taken_back").exists()


def test_a_claim_that_is_filed_takes_the_date_of_a_return_away(plan, worker, other, family):
    answer_everything(plan, worker, other)
    confirm(plan, worker)
    claim_of(family, worker, is_main=False)  # The wish alone: a lawyer talks to them first.
    plan.refresh_from_db()
    assert plan.travel_on is None


def test_nobody_has_travelled_without_the_checks(plan, worker, other, family):
    answer_everything(plan, worker, other)
    confirm(plan, worker, today())
    Person.objects.filter(pk=family.people[0].pk).update(born_on=in_days(-17 * 365))  # They were younger than written.
    with pytest.raises(Refused, match="Minor"):
        returns.record_travel(plan=plan, by=worker)


@pytest.mark.parametrize("state", [ClaimState.ABANDONED, ClaimState.REFUSED])
def test_whose_claim_was_lost_talks_to_a_lawyer_first(plan, worker, other, family, state):
    claim = claim_of(family, worker, filed_on=in_days(-5), is_main=False)
    protection.change_claim(claim=claim, state=state, on=today(), by=worker)
    if state == ClaimState.REFUSED:
        protection.change_claim(claim=claim, state=ClaimState.FINAL, on=today(), by=worker)
    answer_everything(plan, worker, other)
    assert missing(plan) == {Check.COUNSEL}


# --- What is booked ----------------------------------------------------------------------------------------------------


def book(family, house, code, by):
    if not AppointmentKind.objects.filter(organisation=house).exists():
        seed_kinds(house)
    kind = AppointmentKind.objects.get(organisation=house, code=code)
    facts = {"local_date": in_days(9), "local_time": time(9), "place": "Prueba", "zone": "America/Tijuana", "by": by}
    return schedule_appointment(family=family, kind=kind, people=family.people, **facts)


def test_a_journey_is_booked_after_its_date_and_called_off_with_the_consent(plan, house, family, worker, other):
    with pytest.raises(Refused, match="No date of return is confirmed for"):
        book(family, house, "return-travel", worker)
    answer_everything(plan, worker, other)
    confirm(plan, worker)
    journey = book(family, house, "return-travel", worker)

    answer(plan, family.people[0], Check.CONSENT, other, said=False)
    journey.refresh_from_db()
    assert journey.state == AppointmentState.CANCELLED
    with pytest.raises(Refused, match="No date of return is confirmed for"):
        book(family, house, "return-travel", worker)


def test_nothing_is_booked_at_a_consulate_that_is_not_to_be_told(house, family, worker):
    claim = claim_of(family, worker, filed_on=in_days(-5))
    with pytest.raises(Refused, match="must not be seen at their consulate"):
        book(family, house, "own-consulate", worker)
    protection.set_consulate_flag(claim=claim, is_silent=False, by=worker, reason="Carta, con Elena")
    assert book(family, house, "own-consulate", worker).is_on


def test_an_appointment_at_the_consulate_from_before_the_claim_is_for_the_legal_team_to_call_off(house, family, worker):
    booked = book(family, house, "own-consulate", worker)
    claim_of(family, worker)
    task = Task.objects.open().get(appointment=booked)
    assert (task.role, task.is_urgent, task.due_on) == (Role.LEGAL, True, today())
