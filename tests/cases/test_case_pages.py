"""The pages of cases: what they show, what they do, who may, and in how many queries."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    AlienNumber,
    Case,
    Check,
    Claim,
    Pathway,
    PathwayVersion,
    Process,
    ProcessChange,
    ProcessNote,
    ReturnCheck,
    SignInDuty,
    Task,
)
from cases.services import processes, protection
from cases.services.clock_rules import load_clocks
from cases.services.pathways import seed_pathways
from cases.services.tasks import add_task
from ngo.models import ReadLog
from ngo.permissions import Role
from tests.factories import AppointmentFactory, FamilyFactory, OrganisationFactory, ShelterFactory, StaffFactory
from tests.factories_cases import answer_everything, case_of, claim_of, in_days, pathway_of, return_of, today

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_clock_of_the_house():
    """As a page counts days: in the evening of the house it is tomorrow already in UTC."""
    with timezone.override("America/Tijuana"):
        yield


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    ShelterFactory(organisation=house)
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def lawyer(house):
    return StaffFactory(organisation=house, role=Role.LEGAL)


@pytest.fixture
def family(house):
    return FamilyFactory(organisation=house, ages=[34, 36, 9])


@pytest.fixture
def client(client, worker):
    client.force_login(worker)
    return client


def at(name, *args):
    return reverse(f"cases:{name}", args=args)


def page(client, name, *args, status=200, **query):
    response = client.get(at(name, *args), query)
    assert response.status_code == status, response.content.decode()[:2000]
    return " ".join(response.content.decode().split())


def send(client, name, *args, status=302, **data):
    response = client.post(at(name, *args), data)
    assert response.status_code == status, re.sub(r"<[^>]+>|\s+", " ", response.content.decode())[:2500]
    return response


def day(name, value):
    return {f"{name}_{part}": getattr(value, part) for part in ("day", "month", "year")}


# --- Opening and going on ------------------------------------------------------------------------------------------------


def test_a_case_is_opened_on_the_page_of_a_family_and_taken_to_its_next_step(client, family, house):
    court = pathway_of(house, "us-port")
    assert "Open a case" in page(client, "family", family.pk)
    response = send(
        client,
        "case_new",
        family.pk,
        people=[person.pk for person in family.people[:2]],
        pathway=court.pk,
        is_main="on",
    )
    process = Process.objects.get()
    assert response.url == at("case", process.pk)
    assert process.people.count() == 2
    shown = page(client, "case", process.pk)
    assert "Next: Confirm as soon as it is offered" in shown
    assert family.people[2].full_name not in shown

    send(client, "case_step", process.pk, step=process.version.steps.get(code="confirm").pk)
    assert "In the system before there were 23 hours" in page(client, "case", process.pk)
    assert "Appointment at a port of entry" in page(client, "family", family.pk)


def test_a_step_that_needs_a_reason_says_so_above_the_form_and_loses_nothing(client, family, worker):
    process = case_of(family, "us-court", worker)
    step = process.version.steps.get(code="hearing").pk
    response = send(client, "case_step", process.pk, step=step, status=409)
    assert "Steps would be left out" in response.content.decode()
    send(client, "case_step", process.pk, step=step, reason="They have a lawyer")
    assert "Reason: They have a lawyer" in page(client, "case", process.pk)


def test_a_paper_is_ticked_and_taken_back_with_one_press(client, family, worker):
    process = case_of(family, "us-court", worker)
    send(client, "case_paper", process.pk, code="hearing-notice")
    assert "Paper seen: Hearing notice." in page(client, "case", process.pk)
    send(client, "case_paper", process.pk, code="hearing-notice", undo="1")
    assert "Paper taken back: Hearing notice." in page(client, "case", process.pk)


def test_people_join_leave_and_change_their_main_case(client, family, worker):
    process = case_of(family, "mx-protection", worker, people=family.people[:2])
    case_of(family, "us-court", worker)
    send(client, "case_join", process.pk, person=family.people[2].pk)
    send(client, "case_leave", process.pk, person=family.people[1].pk, reason="He goes home")
    send(client, "case_main", process.pk, family.people[0].pk)

    assert Case.objects.open().get(person=family.people[0]).group == "mexican_protection"
    assert "In the case until" in page(client, "case", process.pk)
    send(client, "case_join", process.pk, person=family.people[1].pk)
    other = Process.objects.exclude(pk=process.pk).get()
    send(client, "case_main", other.pk, family.people[1].pk)
    assert "Another case is the main one" in page(client, "case", process.pk)


def test_the_plan_a_note_and_who_is_responsible_stand_in_one_history(client, family, worker, house):
    other = StaffFactory(organisation=house, role=Role.CASEWORKER, name="Colega de prueba")
    process = case_of(family, "us-court", worker)
    send(client, "case_plan", process.pk, plan="Find a lawyer until Friday")
    send(client, "case_note", process.pk, kind="talk", text="She has the sheet")
    send(client, "case_owner", process.pk, owner=other.pk, reason="Nights")
    shown = page(client, "case_history", process.pk)

    for words in (
        "The plan was changed.",
        "Talk with the person",
        "She has the sheet",
        "Responsible: Colega de prueba.",
    ):
        assert words in shown
    assert "Find a lawyer until Friday" in page(client, "case", process.pk)


def test_a_case_is_closed_and_the_next_one_opened_in_one_go(client, family, worker, house):
    process = case_of(family, "us-port", worker, owner=worker)
    following = pathway_of(house, "mx-protection")
    response = send(client, "case_close", process.pk, closing="cancelled", next_pathway=following.pk)
    new = Process.objects.open().get()

    assert response.url == at("case", new.pk)
    assert new.version.pathway == following
    assert "The authority ended this way" in page(client, "case", process.pk)
    send(client, "case_close", new.pk, closing="left")
    send(client, "case_reopen", new.pk, reason="They came back")
    assert Process.objects.open().get() == new


def test_a_closed_case_shows_no_way_to_change_it(client, family, worker):
    process = case_of(family, "us-port", worker)
    processes.close_process(process=process, closing="left", by=worker)
    shown = page(client, "case", process.pk)
    assert at("case_step", process.pk) not in shown
    assert at("case_reopen", process.pk) in shown
    assert [person.full_name in shown for person in family.people] == [True] * 3


# --- Notes that not everybody reads ----------------------------------------------------------------------------------------


def test_a_legal_note_is_seen_by_the_legal_team_alone(client, family, worker, lawyer):
    process = case_of(family, "us-court", worker)
    processes.write_case_note(process=process, kind="legal", text="Estrategia", by=lawyer)
    processes.write_case_note(process=process, kind="health", text="Insulina", by=worker)
    assert "Estrategia" not in page(client, "case", process.pk)
    assert "Insulina" in page(client, "case", process.pk)
    coordinator = StaffFactory(organisation=process.organisation, role=Role.COORDINATOR)
    client.force_login(coordinator)
    assert "Estrategia" not in page(client, "case_history", process.pk)
    client.force_login(lawyer)
    assert "Estrategia" in page(client, "case", process.pk)


def test_the_kinds_of_note_that_one_may_not_read_cannot_be_written(client, family, worker):
    process = case_of(family, "us-court", worker)
    send(client, "case_note", process.pk, kind="legal", text="x", status=200)
    assert not ProcessNote.objects.exists()


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.FRONT_DESK, Role.SUPPLIES, Role.NETWORK_VIEWER])
def test_whoever_keeps_no_cases_sees_none(client, family, worker, house, role):
    process = case_of(family, "us-court", worker)
    client.force_login(StaffFactory(organisation=house, role=role))
    for name, *args in (("case", process.pk), ("cases",), ("case_tasks",), ("case_protection",)):
        assert client.get(at(name, *args)).status_code == 403


def test_another_organisations_case_is_not_there(client, worker):
    stranger = StaffFactory(role=Role.CASEWORKER)
    theirs = case_of(FamilyFactory(organisation=stranger.organisation), "us-court", stranger)
    task = Task.objects.filter(process=theirs).get()
    for name, *args in (("case", theirs.pk), ("case_step", theirs.pk), ("case_task", task.pk)):
        page(client, name, *args, status=404)
    mine = case_of(FamilyFactory(organisation=worker.organisation), "us-court", worker)
    person = theirs.people.get().person
    send(client, "case_main", mine.pk, person.pk, status=404)


def test_a_person_of_another_organisation_cannot_be_chosen(client, family, house):
    seed_pathways(house)
    stranger = FamilyFactory().people[0]
    pathway = Pathway.objects.get(organisation=house, code="us-court")
    send(client, "case_new", family.pk, people=[stranger.pk], pathway=pathway.pk, status=200)
    theirs = pathway_of(OrganisationFactory(), "us-court")
    send(client, "case_new", family.pk, people=[family.people[0].pk], pathway=theirs.pk, status=200)
    assert not Process.objects.exists()


# --- Queries -----------------------------------------------------------------------------------------------------------


def fill(process, worker, times):
    """So many notes, so many things that happened, and so many tasks done, one a minute up to now."""
    moments = [timezone.now() - timedelta(minutes=number) for number in range(times)]
    facts = {"process": process, "written_by": worker}
    ProcessNote.objects.bulk_create(ProcessNote(text="Nota de prueba", written_at=at, **facts) for at in moments)
    ProcessChange.objects.bulk_create(ProcessChange(process=process, kind="plan", at=at, by=worker) for at in moments)
    done = {"organisation": process.organisation, "process": process, "done_by": worker, "due_on": today()}
    Task.objects.bulk_create(Task(text="Tarea de prueba", done_at=at, **done) for at in moments)
    AppointmentFactory.create_batch(3, family=process.family)


@pytest.mark.parametrize("code", ["us-court", "mx-protection", "return"])
def test_the_page_of_a_case_takes_at_most_15_queries_whatever_its_history(
    client, family, worker, django_assert_max_num_queries, django_assert_num_queries, code
):
    if code == "mx-protection":  # With everything that can hang on it: a clock, a sign-in, papers.
        load_clocks()
        claim = claim_of(family, worker, filed_on=today())
        protection.begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=today(), by=worker)
        protection.write_permit(
            person=family.people[0], kind="tvrh", state="issued", issued_on=today(), number="X1", by=worker
        )
        process = claim.process
    elif code == "return":
        process = return_of(family, worker).process
    else:
        process = case_of(family, code, worker)
    assert ("Deadlines" in page(client, "case", process.pk)) or code != "mx-protection"
    fill(process, worker, 2)
    with django_assert_max_num_queries(15) as few:
        page(client, "case", process.pk)
    fill(process, worker, 198)
    with django_assert_num_queries(len(few)):
        page(client, "case", process.pk)


def test_a_long_history_is_read_page_by_page_in_the_same_number_of_queries(
    client, family, worker, lawyer, django_assert_num_queries
):
    process = case_of(family, "us-court", worker)
    fill(process, worker, 50)
    processes.write_case_note(process=process, kind="legal", text="Estrategia", by=lawyer)
    whole = process.changes.count() + 50 + 50
    page(client, "case_history", process.pk)  # Warm: the session.
    lines, words = [], ""
    for number in (1, 2, 3, 4):
        with django_assert_num_queries(14):
            response = client.get(at("case_history", process.pk), {"page": number})
        lines += response.context["events"]
        words += response.content.decode()

    assert len(lines) == whole
    assert [event.at for event in lines] == sorted((event.at for event in lines), reverse=True)
    assert "Page 2 of 4" in words
    assert "Older lines" in words
    assert words.count("Done: Tarea de prueba.") == 50
    assert "Estrategia" not in words


def test_a_caseload_takes_the_same_number_of_queries_whatever_its_length(
    client, house, worker, django_assert_num_queries
):
    def open_some(count):
        for _number in range(count):
            case_of(FamilyFactory(organisation=house, people=2), "us-court", worker, owner=worker)

    open_some(2)
    page(client, "cases")
    with django_assert_num_queries(11):
        assert "You are responsible for 2 open cases" in page(client, "cases")
    open_some(52)
    with django_assert_num_queries(11):
        assert "Page 1 of 2" in page(client, "cases")


def test_the_list_of_tasks_and_that_of_protection_take_few_queries(
    client, house, worker, django_assert_max_num_queries
):
    for _number in range(4):
        claim_of(FamilyFactory(organisation=house, people=2), worker, filed_on=today())
    page(client, "case_tasks")
    with django_assert_max_num_queries(10):
        page(client, "case_tasks", whose="all")
    with django_assert_max_num_queries(10):
        assert "8 people have no paper that protects them" in page(client, "case_protection")


# --- Tasks -------------------------------------------------------------------------------------------------------------


def test_a_task_is_written_done_and_opened_again(client, family, worker):
    process = case_of(family, "us-court", worker)
    send(client, "case_task_new", process.pk, text="Call the clinic", role="caseworker", **day("due_on", in_days(2)))
    task = Task.objects.get(made_by=worker, kind="other")
    send(client, "case_task", task.pk, result="They answered")
    assert "Done: Call the clinic. They answered" in page(client, "case", process.pk)
    send(client, "case_task_reopen", task.pk)
    send(client, "case_task_change", task.pk, owner=worker.pk, **day("due_on", in_days(5)))
    task.refresh_from_db()
    assert (task.is_open, task.owner, task.due_on) == (True, worker, in_days(5))
    send(client, "case_task_drop", task.pk, reason="The clinic called")
    assert "Not needed any more" in page(client, "case_task", task.pk)


def test_a_task_in_the_past_or_without_words_is_refused_at_its_field(client, family, worker):
    process = case_of(family, "us-court", worker)
    response = send(client, "case_task_new", process.pk, role="legal", status=200, **day("due_on", in_days(1)))
    assert "Write what has to be done." in response.content.decode()
    response = send(
        client, "case_task_new", process.pk, text="x", role="legal", status=409, **day("due_on", in_days(-1))
    )
    assert "That day is over" in response.content.decode()


def test_my_tasks_are_mine_and_those_of_my_role_that_are_nobodys(client, family, worker, lawyer):
    process = case_of(family, "us-court", worker)
    given = {"organisation": process.organisation, "process": process, "due_on": today(), "by": worker}
    add_task(text="Of the lawyers", role=Role.LEGAL, **given)
    add_task(text="Of this lawyer", owner=lawyer, **given)
    add_task(text="Mine by name", owner=worker, role=Role.LEGAL, **given)
    shown = page(client, "case_tasks")
    assert "Mine by name" in shown
    assert "Of the lawyers" not in shown
    client.force_login(lawyer)
    shown = page(client, "case_tasks")
    assert "Of the lawyers" in shown
    assert "Of this lawyer" in shown
    assert "Mine by name" not in shown


# --- Protection --------------------------------------------------------------------------------------------------------


def test_a_claim_is_followed_from_its_page_to_a_sign_in(client, family, worker):
    process = case_of(family, "mx-protection", worker)
    assert "No claim is followed yet" in page(client, "case", process.pk)
    send(client, "case_claim_new", process.pk, **day("entered_on", in_days(-10)))
    send(client, "case_claim", process.pk, state="filed", filed_in="Baja California", **day("on", in_days(-2)))
    shown = page(client, "case", process.pk)
    for words in ("Do not contact the consulate", "Must stay in Baja California", "No paper protects them"):
        assert words in shown

    mother = family.people[0]
    send(client, "case_sign_ins", process.pk, person=mother.pk, every_days=10, **day("next_on", today()))
    duty = SignInDuty.objects.get()
    send(client, "case_sign_in", duty.pk, result="signed", proof="Sello", **day("on", today()))
    answered = duty.sign_ins.get()
    send(client, "case_sign_in_correct", answered.pk, result="missed", reason="The stamp is of last week")
    assert "A sign-in was missed: talk to them today" in page(client, "case", process.pk)
    send(client, "case_permit", mother.pk, kind="constancia", state="issued", **day("issued_on", today()))
    assert page(client, "case", process.pk).count("No paper protects them") == 2
    send(client, "case_claim_consulate", process.pk, reason="Carta firmada, con Elena")
    assert not Claim.objects.get().consulate_is_silent
    send(client, "case_claim_move", process.pk, reason="Oficio 3")
    assert Claim.objects.get().may_leave_the_state
    send(client, "case_claim_entry", process.pk, reason="Stamp", **day("entered_on", in_days(-12)))
    assert Claim.objects.get().entered_on == in_days(-12)


def test_a_curp_with_a_wrong_check_digit_gets_a_sentence_at_its_field(client, family, worker):
    claim_of(family, worker)
    given = {"kind": "curp_temporary", "state": "issued", "number": "HEGG560427MVZRRL05", **day("issued_on", today())}
    response = send(client, "case_permit", family.people[0].pk, status=200, **given)
    assert response.context["form"].errors["number"] == [
        "The last digit of this CURP does not fit the others. Read it again, letter by letter."
    ]


def test_the_list_tells_who_signs_and_whose_paper_ends(client, family, worker):
    claim = claim_of(family, worker, filed_on=in_days(-40))
    protection.begin_sign_ins(claim=claim, person=family.people[0], every_days=7, next_on=in_days(0), by=worker)
    protection.write_permit(
        person=family.people[1],
        kind="tvrh",
        state="issued",
        issued_on=in_days(-300),
        expires_on=in_days(20),
        by=worker,
    )
    shown = page(client, "case_protection")
    assert "2 people have no paper that protects them" in shown
    assert "Today" in shown
    assert "Humanitarian visitor card (TVRH)" in shown


# --- Return ------------------------------------------------------------------------------------------------------------


def test_a_return_is_checked_person_by_person_and_fear_stops_it(client, house, worker):
    family = FamilyFactory(organisation=house)
    [person] = family.people
    process = case_of(family, "return", worker)
    send(client, "case_return_new", process.pk, kind="iom")
    assert "are missing before a date" in page(client, "case_return", process.pk)
    send(client, "case_return_check", process.pk, person.pk, "destination", answer="yes", details="Tía en Comayagua")
    rights = [check.value for check in Check if check.startswith("right_")]
    send(client, "case_return_rights", process.pk, person.pk, rights=rights)
    assert ReturnCheck.objects.filter(what__in=rights).count() == 7
    response = send(client, "case_return_check", process.pk, person.pk, "fear", answer="no", language="spa", status=200)
    assert "Ask again in private" in response.content.decode()
    send(client, "case_return_check", process.pk, person.pk, "fear", answer="yes", language="spa", in_private="on")

    assert "The return is stopped: there is fear" in page(client, "case_return", process.pk)
    assert "The legal team talks to them in private" in page(client, "case", process.pk)
    send(client, "case_return_date", process.pk, status=409, **day("travel_on", in_days(3)))
    assert at("case_return_check", process.pk, person.pk, "counsel") not in page(client, "case_return", process.pk)


def test_a_date_is_confirmed_and_taken_back(client, house, worker, lawyer):
    plan = return_of(FamilyFactory(organisation=house), worker)
    answer_everything(plan, worker, lawyer)
    pk = plan.process_id
    assert "Every check stands" in page(client, "case_return", pk)
    send(client, "case_return_date", pk, **day("travel_on", today()))
    assert "The date is confirmed" in page(client, "case_return", pk)
    send(client, "case_return_undate", pk, reason="No flight")
    send(client, "case_return_date", pk, **day("travel_on", today()))
    send(client, "case_return_travelled", pk)
    plan.refresh_from_db()
    assert plan.state == "travelled"


def test_without_a_kind_of_return_there_are_no_checks(client, family, worker):
    process = case_of(family, "return", worker)
    page(client, "case_return", process.pk, status=404)
    page(client, "case_claim", process.pk, status=404)


# --- United States -----------------------------------------------------------------------------------------------------


def test_an_a_number_is_shown_masked_and_whole_only_with_a_line_in_the_read_log(client, family, worker):
    process, person = case_of(family, "us-court", worker), family.people[0]
    send(client, "case_a_number", process.pk, person.pk, number="A 12 345 678")
    shown = page(client, "case", process.pk)
    assert "A••• ••• 678" in shown
    assert "012345678" not in shown
    response = send(client, "case_a_number_show", process.pk, person.pk, status=200)
    assert "A012-345-678" in response.content.decode()
    assert ReadLog.objects.filter(what="a_number", subject_id=person.pk).exists()


def test_an_a_number_of_five_digits_gets_a_sentence_at_its_field(client, family, worker):
    process = case_of(family, "us-court", worker)
    response = send(client, "case_a_number", process.pk, family.people[0].pk, number="A12345", status=200)
    assert response.context["form"].errors["number"] == ["An A-number has 7, 8 or 9 digits; this one has 5."]
    assert not AlienNumber.objects.exists()


def test_somebody_is_found_by_their_a_number(client, family, worker, house):
    process, person = case_of(family, "us-court", worker), family.people[0]
    send(client, "case_a_number", process.pk, person.pk, number="A012345678")
    found = client.post(at("people"), {"text": "a-012-345-678"}).content.decode()
    assert person.full_name in found
    client.force_login(StaffFactory(role=Role.CASEWORKER))
    assert person.full_name not in client.post(at("people"), {"text": "A012345678"}).content.decode()
    client.force_login(StaffFactory(organisation=house, role=Role.FRONT_DESK))  # Keeps no cases.
    assert person.full_name not in client.post(at("people"), {"text": "A012345678"}).content.decode()


def test_a_turn_on_a_list_is_followed(client, family, worker):
    process = case_of(family, "us-waitlist", worker)
    send(client, "case_turn_new", process.pk, list_name="Lista de la plaza", number="1204", **day("joined_on", today()))
    turn = process.turns.get()
    assert Task.objects.open().filter(kind="turn").get().due_on == in_days(7)
    send(client, "case_turn", turn.pk, state="waiting", last_called="1150")
    assert "Last called: 1150" in page(client, "case", process.pk)
    send(client, "case_turn", turn.pk, state="called", status=409)
    send(client, "case_turn", turn.pk, state="called", **day("called_for", in_days(1)))
    assert not Task.objects.open().filter(kind="turn").exists()


# --- Pathways ----------------------------------------------------------------------------------------------------------


def test_a_pathway_prints_with_its_articles_and_sources(client, house):
    pathway = pathway_of(house, "mx-protection")
    assert "Protection in Mexico (COMAR)" in page(client, "case_pathways")
    shown = page(client, "case_pathway", pathway.pk)
    assert "LRPCAP 7, 10, 18" in shown
    assert "última reforma DOF 18-02-2022" in shown
    assert "Checked on 22 Nov 2026." in shown
    assert at("case_pathway_edit", pathway.pk) not in shown
    page(client, "case_pathway_edit", pathway.pk, status=403)


@pytest.fixture
def coordinator(client, house):
    someone = StaffFactory(organisation=house, role=Role.COORDINATOR)
    client.force_login(someone)
    return someone


def as_sent(response):
    """What a browser would send of the forms of a page, untouched."""
    data = {}
    for form in [response.context["form"], *response.context["steps"], *response.context["notes"]]:
        for field in form:
            value = field.value()
            name = field.html_name
            if hasattr(value, "year"):
                data |= day(name, value)
            elif value not in (None, False):
                data[name] = value
    for formset in (response.context["steps"], response.context["notes"]):
        data |= {
            formset.management_form.add_prefix(key): value for key, value in formset.management_form.initial.items()
        }
    return data


def test_a_coordinator_writes_the_next_version_and_running_cases_keep_theirs(
    client, coordinator, family, house, worker
):
    pathway = pathway_of(house, "mx-protection")
    process = case_of(family, "mx-protection", worker)
    data = as_sent(client.get(at("case_pathway_edit", pathway.pk)))
    data |= {"name_en": "Asylum in Mexico", "reason": "COMAR moved", "steps-1-remove": "on"}
    data |= {"steps-9-name_es": "Nuevo", "steps-9-name_en": "New step", "steps-9-position": 2}
    send(client, "case_pathway_edit", pathway.pk, **data)

    first, second = PathwayVersion.objects.filter(pathway=pathway).order_by("number").with_steps()
    codes = [step.code for step in second.in_order]
    assert codes[:3] == ["inform", "new-step", "file"]
    assert second.in_order[0].article == first.in_order[0].article
    assert second.nationality_notes == first.nationality_notes
    shown = page(client, "case", process.pk)
    assert "The pathway has a newer version" in shown
    assert "1 open case follows an older version" in page(client, "case_pathway", pathway.pk)
    send(client, "case_version", process.pk, step=second.in_order[0].pk)
    assert "Goes by version 2 of the pathway." in page(client, "case", process.pk)


def test_an_article_without_its_source_gets_a_sentence_at_its_field(client, coordinator, house):
    pathway = pathway_of(house, "us-port")
    data = as_sent(client.get(at("case_pathway_edit", pathway.pk))) | {"reason": "x", "steps-2-article": "LM 1"}
    response = send(client, "case_pathway_edit", pathway.pk, status=200, **data)
    assert "source" in response.context["steps"].forms[2].errors
    assert PathwayVersion.objects.filter(pathway=pathway).count() == 1


def test_a_pathway_that_is_switched_off_is_not_offered(client, coordinator, house, family):
    pathway = pathway_of(house, "us-port")
    send(client, "case_pathway_switch", pathway.pk)
    assert "Appointment at a port of entry" not in page(client, "case_new", family.pk)
    send(client, "case_pathway_switch", pathway.pk, on="1")
    assert "Appointment at a port of entry" in page(client, "case_new", family.pk)
