"""What people await, and the case in which it is followed: opened at intake; until somebody has worked on it, it goes along."""

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, Closing, Decision, Family, Group, IntakeDraft, Person, Process, Purpose, Task, TaskKind
from cases.services import processes
from cases.services.pathways import seed_pathways, switch_pathway
from cases.services.people import ConsentData, MemberData, register_family
from cases.services.tasks import finish_task
from cases.services.ways import change_what_they_await, open_first_cases, ways_to_choose
from ngo.errors import Refused
from ngo.permissions import Role
from tests.cases.intake_data import child, person, posted
from tests.factories import FamilyFactory, StaffFactory
from tests.factories_cases import case_of, in_days, pathway_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    staff = StaffFactory(role=Role.FRONT_DESK)
    seed_pathways(staff.organisation)
    return staff


def family_in(desk, *groups):
    """A family whose members await these, in order; nobody of it has a case."""
    family = FamilyFactory(organisation=desk.organisation, people=len(groups))
    for someone, group in zip(family.people, groups, strict=True):
        Case.objects.filter(person=someone).update(group=group)
    return family


def main_of(someone):
    row = someone.process_rows.main().select_related("process__version__pathway").first()
    return row and row.process.version.pathway.code


def group_of(someone):
    return Case.objects.open().get(person=someone).group


# --- At the intake -----------------------------------------------------------------------------------------------------


def take_in(desk, *people, **more):
    client = Client()
    client.force_login(desk)
    client.post(reverse("cases:intake"), {"people": len(people)})
    draft = IntakeDraft.objects.get()
    return client.post(reverse("cases:intake_draft", args=[draft.pk]), posted(*people, **more))


def test_an_intake_opens_the_case_that_they_came_for_with_its_first_task(desk):
    answer = take_in(desk, person("Ana"), child("Luis"), group="mexican_protection")

    assert answer.status_code == 302
    process = Process.objects.get()
    assert (process.version.pathway.code, process.family, process.opened_by) == (
        "mx-protection",
        Family.objects.get(),
        desk,
    )
    assert {main_of(one) for one in Person.objects.all()} == {"mx-protection"}
    assert [(task.kind, task.due_on) for task in Task.objects.all()] == [(TaskKind.STEP, in_days(2))]


def test_two_groups_in_one_family_are_two_cases(desk):
    take_in(desk, person("Ana"), child("Luis", group="return"), group="undecided")

    assert {(one.given_names, main_of(one)) for one in Person.objects.all()} == {
        ("Ana", "undecided"),
        ("Luis", "return"),
    }


def test_which_u_s_pathway_it_is_is_asked_and_said(desk):
    assert {way.group for way in ways_to_choose(desk.organisation)} == {Group.US_APPOINTMENT}
    take_in(desk, person("Ana"), way=pathway_of(desk.organisation, "us-port").pk)

    assert Process.objects.get().version.pathway.code == "us-port"


def test_where_nobody_knows_which_no_case_is_guessed_and_somebody_chooses_with_them(desk):
    take_in(desk, person("Ana"))

    [task] = Task.objects.all()
    assert not Process.objects.exists()
    assert (task.kind, task.person.given_names, task.due_on) == (TaskKind.CHOOSE_WAY, "Ana", in_days(3))
    assert group_of(task.person) == Group.US_APPOINTMENT


def test_a_way_of_another_group_gets_a_sentence_at_its_field(desk):
    answer = take_in(desk, person("Ana"), group="return", way=pathway_of(desk.organisation, "us-court").pk)

    assert answer.status_code == 200
    assert "another way than what they are waiting for" in answer.content.decode()
    assert not Family.objects.exists()


def test_a_pathway_that_is_switched_off_opens_no_case(desk):
    switch_pathway(pathway=pathway_of(desk.organisation, "return"), on=False, by=desk)
    take_in(desk, person("Ana"), group="return")

    assert not Process.objects.exists()
    assert not Task.objects.exists()


def test_whoever_comes_back_with_a_case_goes_on_in_it(desk):
    before = FamilyFactory(organisation=desk.organisation)
    case_of(before, "us-court", desk)
    family = register_family(
        organisation=desk.organisation,
        members=[MemberData("Ana", person=before.people[0])],
        by=desk,
        consents=[ConsentData(Purpose.RECORD, Decision.GIVEN)],
        group=Group.RETURN,
    )

    assert open_first_cases(family=family, by=desk) == []
    assert main_of(before.people[0]) == "us-court"


# --- They await something else -------------------------------------------------------------------------------------------


def test_a_case_on_which_nobody_has_worked_goes_along_with_the_group(desk):
    family = family_in(desk, Group.UNDECIDED, Group.UNDECIDED)
    [first] = open_first_cases(family=family, by=desk)

    change_what_they_await(people=family.people, group=Group.RETURN, by=desk, reason="They decided it")

    first.refresh_from_db()
    assert first.closing == Closing.OTHER_WAY
    assert {(group_of(one), main_of(one)) for one in family.people} == {(Group.RETURN, "return")}
    assert [task.process.version.pathway.code for task in Task.objects.open()] == ["return"]
    assert not Case.objects.filter(group=Group.UNDECIDED, closed_at=None).exists()


def test_one_of_a_family_goes_another_way_and_the_case_goes_on_for_the_others(desk):
    family = family_in(desk, Group.UNDECIDED, Group.UNDECIDED)
    [first] = open_first_cases(family=family, by=desk)

    change_what_they_await(people=family.people[:1], group=Group.MEXICAN_PROTECTION, by=desk)

    first.refresh_from_db()
    assert first.is_open
    assert [main_of(one) for one in family.people] == ["mx-protection", "undecided"]


def test_to_a_group_with_several_ways_they_go_without_a_case_and_with_a_task(desk):
    family = family_in(desk, Group.RETURN)
    open_first_cases(family=family, by=desk)

    change_what_they_await(people=family.people, group=Group.US_APPOINTMENT, by=desk)

    assert (group_of(family.people[0]), main_of(family.people[0])) == (Group.US_APPOINTMENT, None)
    assert [task.kind for task in Task.objects.open()] == [TaskKind.CHOOSE_WAY]


def test_those_who_are_there_already_do_not_hold_up_the_others(desk):
    family = family_in(desk, Group.RETURN, Group.UNDECIDED)
    open_first_cases(family=family, by=desk)

    change_what_they_await(people=family.people, group=Group.RETURN, by=desk)

    assert [group_of(one) for one in family.people] == [Group.RETURN, Group.RETURN]


@pytest.mark.parametrize("work", ["note", "task", "step"])
def test_a_case_on_which_somebody_has_worked_rules(desk, work):
    family = family_in(desk, Group.MEXICAN_PROTECTION)
    [process] = open_first_cases(family=family, by=desk)
    if work == "note":
        processes.write_case_note(process=process, kind="general", text="Prueba", by=desk)
    elif work == "task":
        finish_task(task=process.tasks.get(), by=desk)
    else:
        step = process.version.steps.get(code="pre-register")
        processes.go_to_step(process=process, step=step, by=desk, reason="Prueba")

    with pytest.raises(Refused, match="follows the main case"):
        change_what_they_await(people=family.people, group=Group.RETURN, by=desk)
    assert (group_of(family.people[0]), main_of(family.people[0])) == (Group.MEXICAN_PROTECTION, "mx-protection")


def test_the_page_of_the_group_changes_both(desk):
    family = family_in(desk, Group.UNDECIDED)
    open_first_cases(family=family, by=desk)
    client = Client()
    client.force_login(desk)

    answer = client.post(reverse("cases:family_group", args=[family.pk]), {"group": Group.OTHER})

    assert answer.status_code == 302
    assert (group_of(family.people[0]), main_of(family.people[0])) == (Group.OTHER, "other")
