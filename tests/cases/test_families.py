"""Families that go on apart, come together and come back; what each is to the family; which kind of family it is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.composition import FamilyKind, kind_of
from cases.models import AlertKind, ChildAlert, FamilyChange, FamilyMember, Relationship
from cases.services.families import bring_into, set_role, split_family
from ngo.errors import Refused
from tests.factories import FamilyFactory, PersonFactory, StaffFactory

pytestmark = pytest.mark.django_db
HEAD, PARTNER, CHILD, SIBLING = Relationship.HEAD, Relationship.PARTNER, Relationship.CHILD, Relationship.SIBLING
WHY = "They want it so."


@pytest.fixture
def desk():
    return StaffFactory()


@pytest.fixture
def four(desk):
    return FamilyFactory(organisation=desk.organisation, ages=[34, 36, 9, 4])


def members(family):
    rows = family.members.filter(left_on=None).order_by("pk")
    return [(row.person, row.relationship, row.is_head) for row in rows]


def events(family):
    rows = FamilyChange.objects.filter(family=family).order_by("pk")
    return [(row.kind, set(row.people.all()), row.other_family) for row in rows]


# --- Apart -------------------------------------------------------------------------------------------------------------


def test_some_go_on_as_a_family_of_their_own_and_both_histories_say_it(desk, four):
    mother, father, older, younger = four.people

    new = split_family(family=four, relationships={father.pk: HEAD, older.pk: CHILD}, by=desk, reason=WHY)

    assert members(four) == [(mother, HEAD, True), (younger, CHILD, False)]
    assert members(new) == [(father, HEAD, True), (older, CHILD, False)]
    assert events(four) == [("left", {father, older}, new)]
    assert events(new) == [("split", {father, older}, four)]
    assert FamilyMember.objects.get(family=four, person=father).left_on == timezone.localdate()
    assert new.folio != four.folio
    assert not ChildAlert.objects.exists()


def test_a_head_who_goes_is_followed_by_an_adult_and_a_child_left_alone_raises_an_alert(desk, four):
    mother, father, older, younger = four.people

    split_family(family=four, relationships={mother.pk: HEAD}, by=desk, reason=WHY)
    assert members(four)[0] == (father, HEAD, True)
    split_family(family=four, relationships={father.pk: HEAD}, by=desk, reason=WHY)

    assert {(alert.person, alert.kind) for alert in ChildAlert.objects.open()} == {
        (older, AlertKind.UNACCOMPANIED),
        (younger, AlertKind.UNACCOMPANIED),
    }


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({}, "Choose who"),
        ({0: HEAD, 1: PARTNER, 2: CHILD, 3: CHILD}, "Nobody would be left"),
        ({1: PARTNER, 2: CHILD}, "Mark one of them"),
        ({1: HEAD, 2: HEAD}, "Mark one of them"),
        ({1: SIBLING, 2: HEAD}, "is a minor"),
    ],
)
def test_what_is_no_family_is_refused(desk, four, chosen, says):
    relationships = {four.people[place].pk: relation for place, relation in chosen.items()}

    with pytest.raises(Refused, match=says):
        split_family(family=four, relationships=relationships, by=desk, reason=WHY)


def test_a_reason_the_own_organisation_and_people_who_are_in_it_are_asked_for(desk, four):
    one = {four.people[1].pk: HEAD}
    with pytest.raises(Refused, match="reason"):
        split_family(family=four, relationships=one, by=desk, reason=" ")
    with pytest.raises(Refused, match="another organisation"):
        split_family(family=four, relationships=one, by=StaffFactory(), reason=WHY)
    split_family(family=four, relationships=one, by=desk, reason=WHY)
    with pytest.raises(Refused, match="not in this family any more"):
        split_family(family=four, relationships=one, by=desk, reason=WHY)


# --- Together ----------------------------------------------------------------------------------------------------------


def test_who_comes_back_is_reunited_and_the_old_row_stays_as_it_was(desk, four):
    father = four.people[1]
    new = split_family(family=four, relationships={father.pk: HEAD}, by=desk, reason=WHY)

    change = bring_into(family=four, relationships={father.pk: PARTNER}, by=desk, reason="Found again.")

    assert change.kind == "reunited"
    assert members(new) == []
    rows = FamilyMember.objects.filter(person=father).order_by("pk")
    assert [(row.family, row.left_on is None) for row in rows] == [(four, False), (new, False), (four, True)]
    assert events(four)[-1] == ("reunited", {father}, new)
    assert events(new)[-1] == ("left", {father}, four)


def test_another_family_joins_and_somebody_without_a_family_too(desk, four):
    sister = FamilyFactory(organisation=desk.organisation, ages=[28, 3])
    alone = PersonFactory(organisation=desk.organisation)
    relationships = {sister.people[0].pk: SIBLING, sister.people[1].pk: Relationship.OTHER_RELATIVE}

    change = bring_into(family=four, relationships=relationships | {alone.pk: SIBLING}, by=desk, reason=WHY)

    assert change.kind == "joined"
    assert len(members(four)) == 7
    assert members(sister) == []
    # The sister answered for her child and still does, in the family that they are in now.
    assert FamilyMember.objects.get(person=sister.people[0], left_on=None).is_carer
    assert not ChildAlert.objects.exists()


def test_what_cannot_come_together_is_refused(desk, four):
    other = FamilyFactory(organisation=desk.organisation)
    person = other.people[0]
    with pytest.raises(Refused, match="has a head"):
        bring_into(family=four, relationships={person.pk: HEAD}, by=desk, reason=WHY)
    with pytest.raises(Refused, match="in this family already"):
        bring_into(family=four, relationships={four.people[1].pk: SIBLING}, by=desk, reason=WHY)
    stranger = FamilyFactory().people[0]
    with pytest.raises(Refused, match="another organisation"):
        bring_into(family=four, relationships={stranger.pk: SIBLING}, by=desk, reason=WHY)
    with pytest.raises(Refused, match="does not exist here"):
        bring_into(family=four, relationships={PersonFactory().pk: SIBLING}, by=desk, reason=WHY)
    with pytest.raises(Refused, match="reason"):
        bring_into(family=four, relationships={person.pk: SIBLING}, by=desk, reason="")


# --- Roles -------------------------------------------------------------------------------------------------------------


def role(member, by, relationship, **more):
    return set_role(member=member, relationship=relationship, by=by, **{"is_carer": False, "is_guardian": False} | more)


def test_a_guardian_answers_for_the_children_and_it_is_written_whether_the_paper_was_seen(desk, four):
    FamilyMember.objects.filter(family=four).update(is_carer=False)
    member = four.members.get(person=four.people[1])

    saved = role(member, desk, SIBLING, is_guardian=True, paper_seen=False)

    assert (saved.relationship, saved.is_carer, saved.is_guardian, saved.guardian_paper_seen) == (
        SIBLING,
        True,
        True,
        False,
    )
    assert events(four) == [("role", {four.people[1]}, None)]
    assert role(member, desk, SIBLING, paper_seen=True).guardian_paper_seen is None


def test_another_head_turns_the_relation_of_the_old_one_round(desk):
    family = FamilyFactory(organisation=desk.organisation, ages=[60, 34])
    FamilyMember.objects.filter(person=family.people[1]).update(relationship=CHILD)

    role(family.members.get(person=family.people[1]), desk, HEAD)

    assert members(family) == [(family.people[0], Relationship.PARENT, False), (family.people[1], HEAD, True)]
    assert [kind for kind, _people, _other in events(family)] == ["head", "role"]


def test_what_cannot_be_is_refused(desk, four):
    head, partner, child = (four.members.get(person=four.people[place]) for place in (0, 1, 2))
    with pytest.raises(Refused, match="Mark somebody else as the head first"):
        role(head, desk, PARTNER)
    with pytest.raises(Refused, match="Only an adult"):
        role(child, desk, CHILD, is_carer=True)
    with pytest.raises(Refused, match="is a minor"):
        role(child, desk, HEAD)
    with pytest.raises(Refused, match="Choose what"):
        role(partner, desk, "aunt")
    with pytest.raises(Refused, match="another organisation"):
        role(partner, StaffFactory(), SIBLING)
    FamilyMember.objects.filter(pk=partner.pk).update(left_on=timezone.localdate())
    with pytest.raises(Refused, match="not in this family any more"):
        role(partner, desk, SIBLING)


def test_a_child_whose_carer_does_not_answer_any_more_raises_an_alert(desk):
    family = FamilyFactory(organisation=desk.organisation, ages=[30, 9])
    FamilyMember.objects.filter(person=family.people[1]).update(relationship=Relationship.OTHER_RELATIVE)

    role(family.members.get(person=family.people[0]), desk, HEAD)

    assert ChildAlert.objects.get().kind == AlertKind.SEPARATED


# --- The kind of a family ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ([], FamilyKind.NOBODY),
        ([(30, HEAD, "f")], FamilyKind.WOMAN),
        ([(30, HEAD, "m")], FamilyKind.MAN),
        ([(30, HEAD, "")], FamilyKind.ADULT),
        ([(30, HEAD, "f"), (31, PARTNER, "m")], FamilyKind.COUPLE),
        ([(30, HEAD, "f"), (31, SIBLING, "m")], FamilyKind.ADULTS),
        ([(30, HEAD, "f"), (9, CHILD, "m")], FamilyKind.ONE_PARENT),
        ([(30, HEAD, "f"), (31, PARTNER, "m"), (9, CHILD, "m")], FamilyKind.TWO_PARENTS),
        ([(30, HEAD, "f"), (61, Relationship.PARENT, "f"), (9, CHILD, "m")], FamilyKind.EXTENDED),
        ([(61, HEAD, "f"), (17, CHILD, "m"), (2, Relationship.GRANDCHILD, "m")], FamilyKind.EXTENDED),
        ([(61, HEAD, "f"), (9, Relationship.GRANDCHILD, "m")], FamilyKind.WITH_CARER),
        ([(17, HEAD, "f"), (9, SIBLING, "m")], FamilyKind.CHILDREN),
        ([(None, HEAD, "f")], FamilyKind.CHILDREN),
    ],
)
def test_the_kind_of_a_family_follows_from_its_members(who, kind):
    today = timezone.localdate()
    rows = [
        FamilyMember(
            person=PersonFactory.build(
                organisation=None,
                born_on=None if age is None else today - timedelta(days=366 * age),
                birth_precision="unknown" if age is None else "exact",
                sex=sex,
            ),
            relationship=relation,
            is_head=relation == HEAD,
        )
        for age, relation, sex in who
    ]

    assert kind_of(rows, today) == kind


# --- Pages -------------------------------------------------------------------------------------------------------------


def test_the_history_of_a_family_tells_who_left_and_who_came_back(client, desk, four):
    client.force_login(desk)
    father = four.people[1]
    new = split_family(family=four, relationships={father.pk: HEAD}, by=desk, reason=WHY)
    bring_into(family=four, relationships={father.pk: PARTNER}, by=desk, reason="Found again.")

    text = client.get(reverse("cases:family", args=[four.pk])).content.decode()

    assert f"Went to another family (file {new.folio})." in text
    assert f"Came back to this family (file {new.folio})." in text
    assert "Found again." in text
    assert "Two parents with children" in text


def test_the_role_page_saves_and_says_what_is_wrong(client, desk, four):
    client.force_login(desk)
    url = reverse("cases:person_role", args=[four.people[1].pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, {"relationship": SIBLING, "paper_seen": "yes"})
    assert set(answer.context["form"].errors) == {"is_guardian"}
    answer = client.post(url, {"relationship": HEAD, "is_guardian": "on", "paper_seen": "yes"}, follow=True)
    assert "Legal guardian; the paper was seen" in answer.content.decode()

    refused = client.post(url, {"relationship": PARTNER})

    assert "Mark somebody else as the head first" in refused.content.decode()
    assert (
        client.get(reverse("cases:person_role", args=[PersonFactory(organisation=desk.organisation).pk])).status_code
        == 302
    )
