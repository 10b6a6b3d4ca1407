"""Registering a family: what is kept, and each sentence of what cannot be."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import (
    AlertKind,
    BirthPrecision,
    Case,
    ChildAlert,
    Consent,
    ConsentMethod,
    Decision,
    Family,
    FamilyMember,
    Group,
    NeedCode,
    Person,
    Purpose,
    Relationship,
    Sex,
    SpecificNeed,
)
from cases.services.contact import ConsentData, PhoneData
from cases.services.people import MemberData, next_folios, register_family
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from tests.factories import FamilyFactory, OrganisationFactory, PersonFactory, StaffFactory

pytestmark = pytest.mark.django_db

AGREED = ConsentData(Purpose.RECORD, Decision.WRITTEN_PENDING, ConsentMethod.VERBAL)
MOTHER = MemberData("Marisol", "Luna", "Ejemplo", sex=Sex.FEMALE, born_on=date(1992, 2, 8), nationality="HN")


def child(name="Mateo", age=4, **more):
    born = date(timezone.localdate().year - age, 1, 1)
    return MemberData(name, "Luna", "Ejemplo", born_on=born, relationship=Relationship.CHILD, **more)


def register(*members, by=None, **more):
    by = by or StaffFactory()
    facts = {"group": Group.US_APPOINTMENT, "consents": [AGREED]} | more
    return register_family(organisation=by.organisation, members=list(members), by=by, **facts)


def refused(*members, **more):
    with pytest.raises(Refused) as refusal:
        register(*members, **more)
    assert not Family.objects.exists()
    assert not Person.objects.exists()
    return str(refusal.value)


def test_a_family_is_registered_whole():
    staff = StaffFactory()
    partner = MemberData("Joel", "Luna", sex=Sex.MALE, born_on=date(1990, 6, 19), relationship=Relationship.PARTNER)
    family = register(
        MOTHER,
        partner,
        child(needs=[NeedCode.LOWER_BUNK, NeedCode.MEDICAL], group=Group.RETURN),
        by=staff,
        phone=PhoneData("+52 656 555 0100", shared_with="her sister"),
        consents=[AGREED, ConsentData(Purpose.REMINDERS, Decision.GIVEN, notice_language="hat")],
        bed_wish="near the bathroom",
    )

    members = FamilyMember.objects.filter(family=family).order_by("pk")
    assert [(m.person.full_name, m.relationship, m.is_head) for m in members] == [
        ("Marisol Luna Ejemplo", "head", True),
        ("Joel Luna", "partner", False),
        ("Mateo Luna Ejemplo", "child", False),
    ]
    groups = dict(Case.objects.open().values_list("person__given_names", "group"))
    assert groups == {"Marisol": "us_appointment", "Joel": "us_appointment", "Mateo": "return"}
    assert set(SpecificNeed.objects.values_list("person__given_names", "code")) == {
        ("Mateo", "lower_bunk"),
        ("Mateo", "medical"),
    }
    phone = family.phones.get()
    assert (phone.number, phone.country, phone.shared_with) == ("+526565550100", "MX", "her sister")
    assert phone.number_hash == keyed_hash("+526565550100")
    assert (phone.channel, phone.agreed_by, phone.agreed_at is not None) == ("sms", staff, True)
    consents = {
        c.purpose: (c.decision, c.method, c.notice_version, c.notice_language, c.person.given_names)
        for c in Consent.objects.all()
    }
    assert consents == {
        "record": ("pending", "verbal", AGREED.notice_version, "spa", "Marisol"),
        "reminders": ("given", "verbal", AGREED.notice_version, "hat", "Marisol"),
    }
    assert not family.child_alerts.exists()
    assert family.registered_by == staff


def test_a_single_traveller_is_a_family_of_one():
    family = register(MOTHER)

    assert family.members.get().is_head


def test_files_are_numbered_within_the_organisation():
    staff, other = StaffFactory(), StaffFactory()
    FamilyFactory(organisation=staff.organisation, folio="F-9999")
    FamilyFactory(organisation=staff.organisation, folio="HMIS-7")

    assert register(MOTHER, by=staff).folio == "F-10000"
    assert register(MOTHER, by=staff).folio == "F-10001"
    assert register(MOTHER, by=other).folio == "F-0001"
    assert next_folios(other.organisation, 3) == ["F-0002", "F-0003", "F-0004"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([], "Write at least one person."),
        ([MemberData("  ", born_on=date(1990, 1, 1))], "Person 1 has no name. Write at least what they are called."),
        ([child()], "Mark who is the head of the family."),
        (
            [MOTHER, MemberData("Joel", "Luna", born_on=date(1990, 6, 19))],
            "A family has one head: Marisol Luna Ejemplo and Joel Luna",
        ),
        ([MemberData("Ana", born_on=date(2100, 1, 1))], "Ana: the date of birth is in the future."),
        ([MemberData("Ana", born_on=date(1880, 1, 1))], "years old. Check the date of birth."),
        (
            [
                MemberData("Mateo", born_on=date(2020, 1, 1)),
                MemberData("Ana", born_on=date(1990, 1, 1), relationship="parent"),
            ],
            "Mateo is a minor. Mark an adult as the head of the family.",
        ),
        ([MOTHER, child(is_carer=True)], "Only an adult can answer for the children"),
    ],
)
def test_what_cannot_be_a_family_is_refused_with_a_sentence(members, says):
    assert says in refused(*members)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"group": "moon"}, "Choose what the family is waiting for."),
        ({"consents": []}, "Ask whether they agree to the record"),
        (
            {"consents": [ConsentData(Purpose.RECORD, Decision.REFUSED)]},
            "They did not agree to the record, so nothing may be kept.",
        ),
        ({"consents": [AGREED, ConsentData(Purpose.REMINDERS, Decision.GIVEN)]}, "Reminders need a phone."),
        ({"phone": PhoneData("656 555 0100")}, "Which country is this number from?"),
    ],
)
def test_what_may_not_be_kept_is_refused_with_a_sentence(facts, says):
    assert says in refused(MOTHER, **facts)


def test_the_names_of_another_organisation_are_out_of_reach():
    stranger = PersonFactory()

    with pytest.raises(Refused, match="does not exist here"):
        register(MemberData("Ana", person=stranger, born_on=date(1990, 1, 1)))


def test_a_known_person_keeps_their_file_and_only_its_gaps_are_filled():
    staff = StaffFactory()
    old = FamilyFactory(organisation=staff.organisation, people=2, group=Group.RETURN)
    known, left_behind = old.people
    Person.objects.filter(pk=known.pk).update(preferred_name="", gender="", nationality="HN")

    family = register(
        MemberData("Somebody", "Else", preferred_name="Mari", nationality="GT", person=known, needs=[NeedCode.DIET]),
        by=staff,
    )

    known.refresh_from_db()
    assert (known.given_names, known.preferred_name, known.nationality) == (old.people[0].given_names, "Mari", "HN")
    assert family.members.get().person == known
    assert known.family_memberships.get(family=old).left_on == timezone.localdate()
    assert old.members.get(person=left_behind).is_head
    assert [case.group for case in known.cases.order_by("pk")] == ["return", "us_appointment"]
    assert known.cases.filter(closed_at=None).count() == 1
    assert Person.objects.count() == 2


def test_what_the_kitchen_cooks_is_kept_and_fills_a_file_that_did_not_know():
    staff = StaffFactory()
    known = PersonFactory(organisation=staff.organisation, given_names="Mateo", born_on=date(2020, 1, 1))
    told = PersonFactory(organisation=staff.organisation, given_names="Luz", born_on=date(2021, 1, 1), diets=["soft"])
    mother = replace(MOTHER, diets=["no_pork"])
    children = [
        replace(child(), given_names=person.given_names, person=person, diets=["no_milk"]) for person in (known, told)
    ]

    family = register(mother, *children, by=staff)

    assert [person.diets for person in Person.objects.in_family(family)] == [["no_pork"], ["no_milk"], ["soft"]]


def test_a_child_left_behind_by_their_carer_raises_an_alert():
    staff = StaffFactory()
    old = FamilyFactory(organisation=staff.organisation, ages=[34, 7])
    mother, left_behind = old.people
    assert not ChildAlert.objects.exists()

    register(MemberData(mother.given_names, mother.first_surname, person=mother), by=staff)

    alert = ChildAlert.objects.open().get()
    assert (alert.person, alert.family, alert.kind) == (left_behind, old, AlertKind.UNACCOMPANIED)
    assert alert.raised_by == staff


def test_a_family_that_moves_over_whole_raises_no_alert():
    staff = StaffFactory()
    mother, daughter = FamilyFactory(organisation=staff.organisation, ages=[34, 7]).people

    register(
        MemberData(mother.given_names, person=mother),
        MemberData(daughter.given_names, person=daughter, relationship=Relationship.CHILD),
        by=staff,
    )

    assert not ChildAlert.objects.exists()


def test_one_file_cannot_be_two_people():
    staff = StaffFactory()
    known = PersonFactory(organisation=staff.organisation)
    twice = [
        MemberData("Ana", person=known, born_on=date(1990, 1, 1)),
        MemberData("Eva", person=known, born_on=date(1990, 1, 1), relationship=Relationship.SIBLING),
    ]
    with pytest.raises(Refused, match="The same file is used for two people"):
        register(*twice, by=staff)


def test_paper_of_another_night_is_entered_with_its_own_time():
    before = timezone.now() - timedelta(days=2)

    family = register(MOTHER, registered_at=before)

    assert family.registered_at == before
    assert family.recorded_at > before
    assert family.members.get().joined_on == timezone.localdate(before)


def test_an_unknown_age_is_kept_as_unknown():
    family = register(MOTHER, MemberData("Abuela", relationship=Relationship.PARENT))

    grandmother = Person.objects.get(given_names="Abuela")
    assert (grandmother.born_on, grandmother.birth_precision) == (None, BirthPrecision.UNKNOWN)
    assert family.child_alerts.get().person == grandmother


def test_registering_costs_the_same_number_of_queries_whatever_the_family(django_assert_num_queries):
    staff = StaffFactory()
    assert staff.membership
    with django_assert_num_queries(16):
        register(MOTHER, by=staff)
    with django_assert_num_queries(16):
        register(MOTHER, child("Uno"), child("Dos"), child("Tres"), child("Cuatro"), by=staff)


@pytest.mark.django_db(transaction=True)
def test_families_registered_at_once_get_a_number_each():
    staff, gate, folios = StaffFactory(), threading.Barrier(5, timeout=20), []
    assert staff.membership

    def arrive():
        gate.wait()
        folios.append(register(MOTHER, by=staff).folio)
        connection.close()

    threads = [threading.Thread(target=arrive) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(folios) == ["F-0001", "F-0002", "F-0003", "F-0004", "F-0005"]


def test_two_organisations_count_apart():
    assert register(MOTHER).folio == register(MOTHER).folio == "F-0001"
    assert OrganisationFactory().families.count() == 0


def test_who_has_left_does_not_wait_any_more():
    """In a house, never in one, and back again: they wait. Who left does not; an undone check-in is as if it never was."""
    from shelters.models import Stay  # The question is about both floors.
    from tests.factories import FamilyFactory, ShelterFactory

    shelter = ShelterFactory()
    here, never, left, back, undone = (FamilyFactory(organisation=shelter.organisation).people[0] for _ in range(5))
    now = timezone.now()

    def stay(person, days_ago, **more):
        began = now - timedelta(days=days_ago)
        return Stay.objects.create(shelter=shelter, person=person, arrived_at=began, **more)

    stay(here, 3)
    stay(left, 3, departed_at=now)
    stay(back, 9, departed_at=now - timedelta(days=5))
    stay(back, 1)
    stay(undone, 2, departed_at=now, voided_at=now)

    waiting = Case.objects.waiting()

    assert set(waiting.values_list("person", flat=True)) == {person.pk for person in (here, never, back, undone)}
    assert sum(row.people for row in Case.objects.all().by_group(timezone.now())) == 4
