"""Cases: one process of one or several people; the main one of each person decides how the person is counted."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.utils import timezone

from cases.models import (
    Case,
    Closing,
    ConsentMethod,
    Decision,
    Group,
    Happening,
    Pathway,
    PathwayVersion,
    Process,
    ProcessPerson,
    Purpose,
    Task,
    TaskKind,
)
from cases.services import processes
from cases.services.pathways import StepData, VersionData, change_pathway, seed_pathways
from cases.services.people import ConsentData, MemberData, assign_owner, change_group, register_family
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, PersonFactory, StaffFactory
from tests.factories_cases import case_of, claim_of, in_days, pathway_of, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return OrganisationFactory()


@pytest.fixture
def worker(house):
    return StaffFactory(organisation=house, role=Role.CASEWORKER)


@pytest.fixture
def family(house):
    return FamilyFactory(organisation=house, ages=[34, 36, 9], group=Group.UNDECIDED)


def group_of(person):
    case = Case.objects.open().filter(person=person).first()
    return case.group if case else None


def step(process, code):
    return process.version.steps.get(code=code)


def count_people():
    return {row.group: row.people for row in Case.objects.all().by_group(timezone.now()) if row.people}


# --- Opening -----------------------------------------------------------------------------------------------------------


def test_a_case_of_a_family_puts_each_of_them_in_its_group_and_makes_the_task_of_its_first_step(family, worker):
    process = case_of(family, "mx-protection", worker, owner=worker)

    assert {group_of(person) for person in family.people} == {Group.MEXICAN_PROTECTION}
    assert process.step.code == "inform"
    [task] = Task.objects.open()
    assert (task.kind, task.owner, task.role, task.due_on) == (TaskKind.STEP, worker, Role.LEGAL, in_days(2))


def test_several_cases_may_be_open_and_people_are_counted_by_the_main_one_alone(family, worker):
    case_of(family, "mx-protection", worker)
    second = case_of(family, "us-court", worker, is_main=False)

    assert count_people() == {Group.MEXICAN_PROTECTION: 3}
    processes.make_main(process=second, person=family.people[2], by=worker)
    assert count_people() == {Group.MEXICAN_PROTECTION: 2, Group.US_APPOINTMENT: 1}
    assert ProcessPerson.objects.main().count() == 3


def test_members_of_a_family_go_different_ways(family, worker):
    mother, father, child = family.people
    case_of(family, "mx-protection", worker, people=[mother, child])
    case_of(family, "us-court", worker, people=[father])

    assert [group_of(person) for person in (mother, father, child)] == [
        Group.MEXICAN_PROTECTION,
        Group.US_APPOINTMENT,
        Group.MEXICAN_PROTECTION,
    ]


def test_a_first_case_is_main_even_where_nobody_asked_for_it(family, worker):
    case_of(family, "return", worker, is_main=False)
    assert count_people() == {Group.RETURN: 3}


def test_nobody_has_two_open_cases_of_one_pathway(family, worker):
    case_of(family, "mx-protection", worker, people=family.people[:1])
    with pytest.raises(Refused, match="has an open case of this pathway already"):
        case_of(family, "mx-protection", worker)
    assert Process.objects.count() == 1


def test_the_database_itself_keeps_one_main_case_per_person(family, worker):
    case_of(family, "mx-protection", worker)
    other = case_of(family, "us-court", worker, is_main=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcessPerson.objects.filter(process=other).update(is_main=True)


def test_a_case_holds_people_of_its_own_organisation_alone(family, worker):
    with pytest.raises(Refused, match="does not exist here"):
        case_of(family, "mx-protection", worker, people=[family.people[0], PersonFactory()])


def test_only_somebody_who_keeps_cases_here_can_be_responsible(family, worker, house):
    for someone in (StaffFactory(role=Role.CASEWORKER), StaffFactory(organisation=house, role=Role.SUPPLIES)):
        with pytest.raises(Refused, match="must work here"):
            case_of(family, "us-court", worker, owner=someone)


def test_a_pathway_speaks_to_a_nationality(house, worker):
    version = PathwayVersion.objects.in_force().get(pathway=pathway_of(house, "mx-protection"))
    [note] = processes.notes_for(version, [PersonFactory(organisation=house, nationality="MX")])

    assert note.checked_on is not None
    assert note.source
    assert processes.notes_for(version, [PersonFactory(organisation=house, nationality="HN")]) == []


# --- The group follows the main case -----------------------------------------------------------------------------------


def test_the_group_cannot_be_changed_past_the_main_case(family, worker):
    case_of(family, "mx-protection", worker)
    with pytest.raises(Refused, match="follows the main case"):
        change_group(people=family.people, group=Group.RETURN, by=worker)
    assert count_people() == {Group.MEXICAN_PROTECTION: 3}


def test_someone_who_comes_back_keeps_the_group_of_the_main_case(family, worker, house):
    case_of(family, "us-court", worker, people=family.people[:1])
    register_family(
        organisation=house,
        members=[MemberData("Ana", person=family.people[0])],
        by=worker,
        consents=[ConsentData(Purpose.RECORD, Decision.GIVEN, ConsentMethod.WRITTEN)],
        group=Group.RETURN,
    )
    assert group_of(family.people[0]) == Group.US_APPOINTMENT


def test_who_is_responsible_for_the_people_of_a_main_case_is_responsible_for_the_case(family, worker):
    process = case_of(family, "us-court", worker)
    assign_owner(people=family.people, owner=worker, by=worker)
    process.refresh_from_db()
    assert process.owner == worker


# --- Steps -------------------------------------------------------------------------------------------------------------


def test_the_next_step_takes_the_task_of_the_last_one_away_and_brings_its_own(family, worker):
    process = case_of(family, "us-port", worker)
    process = processes.go_to_step(process=process, step=step(process, "confirm"), by=worker)

    assert [task.due_on for task in Task.objects.open()] == [in_days(1)]
    assert Task.objects.filter(dropped_at__isnull=False).count() == 1
    assert process.changes.filter(kind=Happening.STEP).count() == 2


def test_going_on_without_a_paper_leaving_steps_out_and_going_back_need_a_reason(family, worker):
    process = case_of(family, "us-court", worker)
    with pytest.raises(Refused, match="Papers of this step"):
        processes.go_to_step(process=process, step=step(process, "address"), by=worker)
    with pytest.raises(Refused, match="left out"):
        processes.go_to_step(process=process, step=step(process, "hearing"), by=worker)

    processes.see_paper(process=process, code="hearing-notice", by=worker)
    processes.see_paper(process=process, code="identification", by=worker)
    process = processes.go_to_step(process=process, step=step(process, "address"), by=worker)
    with pytest.raises(Refused, match="lies behind"):
        processes.go_to_step(process=process, step=step(process, "papers"), by=worker)
    back = processes.go_to_step(process=process, step=step(process, "papers"), by=worker, reason="Lost the sheet")

    assert back.step.code == "papers"
    assert back.changes.first().reason == "Lost the sheet"


def test_a_paper_that_was_seen_by_mistake_is_taken_back_and_both_stand_in_the_history(family, worker):
    process = case_of(family, "us-court", worker)
    processes.see_paper(process=process, code="hearing-notice", by=worker)
    processes.see_paper(process=process, code="hearing-notice", by=worker, seen=False)

    assert "hearing-notice" in processes.papers_missing(process)
    assert process.changes.filter(kind=Happening.PAPER).count() == 2
    with pytest.raises(Refused, match="belongs to no step"):
        processes.see_paper(process=process, code="passport-of-mars", by=worker)


def test_a_step_of_another_version_is_refused(family, worker):
    process, other = case_of(family, "us-court", worker), case_of(family, "us-port", worker, is_main=False)
    with pytest.raises(Refused, match="another version"):
        processes.go_to_step(process=process, step=step(other, "confirm"), by=worker)


def test_the_consulate_is_not_contacted_while_a_claim_is_open(family, worker):
    claim = claim_of(family, worker, filed_on=today())
    process = case_of(family, "return", worker, is_main=False)
    consular = step(process, "travel-document")

    with pytest.raises(Refused, match="consulate must not be told"):
        processes.go_to_step(process=process, step=consular, by=worker, reason="They want a passport")
    processes.close_process(process=claim.process, closing=Closing.LEFT, by=worker)
    with pytest.raises(Refused, match="consulate must not be told"):  # The claim is open, the case is not.
        processes.go_to_step(process=process, step=consular, by=worker, reason="They want a passport")


def test_nothing_of_a_return_goes_on_behind_its_checks(family, worker):
    process = case_of(family, "return", worker)
    for code in ("travel-document", "travel", "arrived"):
        with pytest.raises(Refused, match="checks before a return are not complete"):
            processes.go_to_step(process=process, step=step(process, code), by=worker, reason="In a hurry")


# --- Versions ----------------------------------------------------------------------------------------------------------


def new_version(pathway, worker, names, **more):
    codes = more.pop("codes", [""] * len(names))
    steps = [StepData(name_es=name, name_en=name, code=code) for name, code in zip(names, codes, strict=True)]
    return change_pathway(
        pathway=pathway, data=VersionData("Nueva", "New", steps, **more), by=worker, reason="The port changed"
    )


def test_a_case_that_runs_keeps_its_version_until_somebody_moves_it(family, worker, house):
    process = case_of(family, "us-port", worker)
    newest = new_version(pathway_of(house, "us-port"), worker, ["Pedir", "Ir"], codes=["request", ""])
    other = case_of(FamilyFactory(organisation=house), "us-port", worker)
    process.refresh_from_db()

    assert process.version.number == 1
    assert other.version == newest
    moved = processes.move_version(process=process, by=worker)
    assert (moved.version, moved.step.code, moved.step.version) == (newest, "request", newest)
    with pytest.raises(Refused, match="newest version already"):
        processes.move_version(process=moved, by=worker)


def test_where_the_newest_version_lost_the_step_one_says_from_which_it_goes_on(family, worker, house):
    process = case_of(family, "us-port", worker)
    newest = new_version(pathway_of(house, "us-port"), worker, ["Esperar"])
    with pytest.raises(Refused, match="does not have this step"):
        processes.move_version(process=process, by=worker)
    moved = processes.move_version(process=process, step=newest.steps.get(), by=worker)
    assert moved.step.name_es == "Esperar"


def test_a_version_is_written_once(house):
    version = PathwayVersion.objects.get(pathway=pathway_of(house, "return"))
    for statement in (
        "UPDATE cases_pathwayversion SET name_es = 'x' WHERE id = %s",
        "DELETE FROM cases_step WHERE version_id = %s",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [version.pk])


def test_what_a_step_asks_of_the_system_goes_along_with_its_code(house, worker):
    pathway = pathway_of(house, "return")
    codes = list(pathway.versions.get().steps.values_list("code", flat=True))
    newest = new_version(pathway, worker, [code.upper() for code in codes], codes=codes)
    assert newest.steps.get(code="checks").kind == "gate"
    assert newest.steps.get(code="travel-document").kind == "consular"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (VersionData("", "x", [StepData("a", "a")]), "name in Spanish and in English"),
        (VersionData("x", "x", []), "between 1 and"),
        (VersionData("x", "x", [StepData("a", "")]), "Step 1: write the name"),
        (VersionData("x", "x", [StepData("a", "a", role="pirate")]), "choose who does it"),
        (VersionData("x", "x", [StepData("a", "a", within_days=1000)]), "between 0 and 365"),
        (VersionData("x", "x", [StepData("a", "a", article="LM 1")]), "where it was read"),
        (VersionData("x", "x", [StepData("a", "a")], next_pathways=["mars"]), "does not exist here"),
        (VersionData("x", "x", [StepData("a", "a", code="b"), StepData("c", "c", code="b")]), "stands twice"),
    ],
)
def test_a_version_that_cannot_be_followed_is_refused(house, worker, data, words):
    with pytest.raises(Refused, match=words):
        change_pathway(pathway=pathway_of(house, "us-port"), data=data, by=worker, reason="Why not")
    assert PathwayVersion.objects.filter(pathway__code="us-port").count() == 1


def test_the_shipped_pathways_say_for_each_article_where_and_when_it_was_read(house):
    assert seed_pathways(house) == 9
    assert seed_pathways(house) == 0
    groups = set(Pathway.objects.filter(organisation=house).values_list("group", flat=True))
    assert groups == set(Group.values)
    codes = set(Pathway.objects.filter(organisation=house).values_list("code", flat=True))
    for version in PathwayVersion.objects.in_force().with_steps():
        assert set(version.next_pathways) <= codes
        assert version.in_order
        assert version.name_es
        assert version.name_en
        for each in version.in_order:
            assert not each.article or (each.source and each.checked_on)


# --- Closing -----------------------------------------------------------------------------------------------------------


def test_a_closed_case_lets_go_of_its_tasks_and_asks_to_choose_a_new_way(family, worker):
    process = case_of(family, "us-port", worker, owner=worker)
    processes.close_process(process=process, closing=Closing.CANCELLED, by=worker, reason="The port closed")

    assert count_people() == {Group.UNDECIDED: 3}
    [task] = Task.objects.open()
    assert (task.kind, task.owner) == (TaskKind.CHOOSE_WAY, worker)


def test_the_other_open_case_becomes_the_main_one(family, worker):
    first = case_of(family, "us-port", worker)
    case_of(family, "mx-protection", worker, is_main=False)
    processes.close_process(process=first, closing=Closing.CANCELLED, by=worker)

    assert count_people() == {Group.MEXICAN_PROTECTION: 3}
    assert not Task.objects.open().filter(kind=TaskKind.CHOOSE_WAY).exists()


def test_who_has_gone_waits_for_nothing_here(family, worker):
    processes.close_process(process=case_of(family, "us-court", worker), closing=Closing.LEFT, by=worker)
    assert count_people() == {}


def test_what_another_organisation_goes_on_with_leaves_the_group(family, worker):
    processes.close_process(process=case_of(family, "us-court", worker), closing=Closing.REFERRED, by=worker)
    assert count_people() == {Group.US_APPOINTMENT: 3}


def test_the_next_pathway_is_opened_for_the_same_people_and_one_that_does_not_follow_needs_a_reason(
    family, worker, house
):
    process = case_of(family, "us-port", worker, owner=worker)
    following = processes.close_process(
        process=process, closing=Closing.OTHER_WAY, by=worker, next_pathway=pathway_of(house, "mx-protection")
    )
    assert count_people() == {Group.MEXICAN_PROTECTION: 3}
    assert following.owner == worker
    with pytest.raises(Refused, match="not one that follows"):
        processes.close_process(
            process=following, closing=Closing.OTHER_WAY, by=worker, next_pathway=pathway_of(house, "us-port")
        )
    processes.close_process(
        process=following,
        closing=Closing.OTHER_WAY,
        by=worker,
        next_pathway=pathway_of(house, "us-port"),
        reason="Their turn came back",
    )
    assert count_people() == {Group.US_APPOINTMENT: 3}


def test_a_case_with_an_open_claim_is_not_closed_as_if_it_had_ended(family, worker):
    claim = claim_of(family, worker, filed_on=today())
    with pytest.raises(Refused, match="claim is still open"):
        processes.close_process(process=claim.process, closing=Closing.OTHER_WAY, by=worker)
    processes.close_process(process=claim.process, closing=Closing.NO_CONTACT, by=worker)
    claim.refresh_from_db()
    assert claim.is_open  # They may still have to sign: leaving the house ends no claim.


def test_a_closed_case_takes_no_step_and_is_opened_again_with_a_reason(family, worker):
    process = case_of(family, "us-port", worker)
    processes.close_process(process=process, closing=Closing.CANCELLED, by=worker)
    with pytest.raises(Refused, match="is closed"):
        processes.go_to_step(process=process, step=step(process, "confirm"), by=worker)
    with pytest.raises(Refused, match="why the case is opened again"):
        processes.reopen_process(process=process, by=worker, reason=" ")
    processes.reopen_process(process=process, by=worker, reason="The port opened again")

    assert count_people() == {Group.US_APPOINTMENT: 3}
    assert not Task.objects.open().filter(kind=TaskKind.CHOOSE_WAY).exists()
    with pytest.raises(Refused, match="opened this case again"):
        processes.reopen_process(process=process, by=worker, reason="Twice")


def test_someone_leaves_a_case_that_goes_on_for_the_others(family, worker):
    process = case_of(family, "mx-protection", worker)
    processes.leave_process(process=process, person=family.people[1], by=worker, reason="He wants to go home")

    assert count_people() == {Group.MEXICAN_PROTECTION: 2, Group.UNDECIDED: 1}
    processes.join_process(process=process, person=family.people[1], by=worker)
    assert count_people() == {Group.MEXICAN_PROTECTION: 3}


def test_the_last_person_does_not_leave_a_case_empty(family, worker):
    process = case_of(family, "mx-protection", worker, people=family.people[:1])
    with pytest.raises(Refused, match="last person"):
        processes.leave_process(process=process, person=family.people[0], by=worker, reason="x")


# --- Handing on, the plan ----------------------------------------------------------------------------------------------


def test_a_case_is_handed_on_with_its_tasks_and_its_people(family, worker, house):
    other = StaffFactory(organisation=house, role=Role.LEGAL)
    process = case_of(family, "us-court", worker, owner=worker)
    processes.hand_over(process=process, owner=other, by=worker, reason="Goes on leave")

    assert set(Task.objects.open().values_list("owner", flat=True)) == {other.pk}
    assert set(Case.objects.open().values_list("owner", flat=True)) == {other.pk}
    with pytest.raises(Refused, match="so already"):
        processes.hand_over(process=process, owner=other, by=worker)


def test_the_plan_is_encrypted_and_its_history_too(family, worker):
    process = case_of(family, "us-court", worker)
    processes.write_plan(process=process, plan="Buscar abogada", by=worker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT plan FROM cases_process UNION ALL SELECT plan FROM cases_processevent")
        assert not any("abogada" in row[0] for row in cursor.fetchall())
    process.refresh_from_db()
    assert process.plan == "Buscar abogada"


@pytest.mark.parametrize(
    ("kind", "role", "may"),
    [
        ("general", Role.CASEWORKER, True),
        ("health", Role.CASEWORKER, True),
        ("legal", Role.CASEWORKER, False),
        ("legal", Role.COORDINATOR, False),
        ("legal", Role.LEGAL, True),
    ],
)
def test_a_note_in_confidence_is_written_and_read_by_those_who_need_it(family, worker, house, kind, role, may):
    from cases.models import ProcessNote

    process, someone = case_of(family, "us-court", worker), StaffFactory(organisation=house, role=role)
    if may:
        processes.write_case_note(process=process, kind=kind, text="Dato", by=someone)
    else:
        with pytest.raises(Refused, match="kind of note"):
            processes.write_case_note(process=process, kind=kind, text="Dato", by=someone)
        ProcessNote.objects.create(process=process, kind=kind, text="Dato", written_by=worker)
    assert ProcessNote.objects.visible_to(someone).exists() is may


def test_what_happened_is_written_once(family, worker):
    process = case_of(family, "us-court", worker)
    with pytest.raises(ProgrammingError), transaction.atomic():
        process.changes.update(reason="Otra cosa")
    assert process.changes.filter(at__gt=timezone.now() - timedelta(minutes=1)).exists()
