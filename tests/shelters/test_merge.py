"""Two files of one person joined and put apart: everything goes along, comes back, or it is refused with the reason."""

from datetime import date, timedelta

import pghistory.models
import pytest
from django.apps import apps
from django.utils import timezone

from cases.models import (
    AlertKind,
    AppointmentPerson,
    AwaitedDate,
    AwaitedPerson,
    Case,
    ChildAlert,
    ConsentMethod,
    Decision,
    FamilyChange,
    FamilyMember,
    Group,
    Merge,
    NeedCode,
    PairState,
    Person,
    Phone,
    PossibleDuplicate,
    Purpose,
    SpecificNeed,
)
from cases.services.contact import ConsentData, PhoneData, add_phone
from cases.services.merging import relations_to
from cases.services.pairs import compare_new_people
from cases.services.people import MemberData, register_family
from ngo.errors import Refused
from shelters.models import BedNight, Placement, PlacementState, Stay
from shelters.services.desk import Place
from shelters.services.merge import merge, overlaps, preview, undo_merge
from shelters.services.stays import check_in_family, check_out
from tests.factories import AppointmentFactory, FamilyFactory, OrganisationFactory, ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return StaffFactory()


@pytest.fixture
def shelter(desk):
    return ShelterFactory(organisation=desk.organisation, beds=6)


@pytest.fixture
def two(desk):
    """The older file of a woman alone, and the newer one, with which she came with her two children."""
    old = FamilyFactory(organisation=desk.organisation, people=1, group=Group.UNDECIDED)
    new = FamilyFactory(organisation=desk.organisation, ages=[30, 9, 4])
    FamilyMember.objects.filter(family=old).update(joined_on=timezone.localdate() - timedelta(days=300))
    kept, merged = old.people[0], new.people[0]
    for person, names in ((kept, ("Marisol Inés", "Luna", "Ejemplo")), (merged, ("Marisol", "Ejemplo", ""))):
        person.given_names, person.first_surname, person.second_surname = names
        person.sex, person.born_on = "f", date(1992, 2, 8)
        person.save(update_fields=["given_names", "first_surname", "second_surname", "sex", "born_on"])
    return old, new, kept, merged


def check_in(family, shelter, by, first=0, at=None, people=None):
    beds = list(shelter.spaces.get().beds.order_by("pk"))[first:]
    people = people or family.people
    places = {person.pk: Place(bed.space_id, bed.pk) for person, bed in zip(people, beds, strict=False)}
    return check_in_family(family=family, shelter=shelter, places=places, by=by, happened_at=at)


def everything():
    """Every row of every table of ours but what tells of the joining itself, so that two states can be held side by side."""
    told = {"Merge", "PossibleDuplicate", "FamilyChange", "FamilyChange_people", "NameWord", "ReadLog"}
    models = [
        model
        for label in ("cases", "shelters")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if not issubclass(model, pghistory.models.Event) and model.__name__ not in told
    ]
    rows = {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
    for person in rows["cases.Person"]:
        del person["compared_at"]
    return rows


def join(two, by, **more):
    _old, _new, kept, merged = two
    return merge(kept=kept, merged=merged, by=by, reason="She showed both cards.", **more)


# --- Joining -----------------------------------------------------------------------------------------------------------


def test_everything_of_both_files_is_of_one_afterwards(desk, shelter, two):
    _old, new, kept, merged = two
    check_in(new, shelter, desk)
    appointment = AppointmentFactory(family=new)
    SpecificNeed.objects.create(person=merged, code=NeedCode.DIET, noted_by=desk)

    done = join(two, desk)

    merged.refresh_from_db()
    kept.refresh_from_db()
    assert merged.merged_into == kept
    for relation in relations_to(Person):
        assert not relation.model._default_manager.filter(**{relation.name: merged}).exists(), relation
    assert Stay.objects.current().get(person=kept).family == new
    assert Placement.objects.get(person=kept).state == PlacementState.IN
    assert appointment.people.filter(person=kept).exists()
    assert kept.needs.get().code == NeedCode.DIET
    assert (done.kept, done.merged, done.by, done.reason) == (kept, merged, desk, "She showed both cards.")


def test_the_family_of_the_newer_file_goes_on_with_its_head(desk, two):
    old, new, kept, _merged = two

    join(two, desk)

    member = FamilyMember.objects.get(person=kept, left_on=None)
    assert (member.family, member.is_head) == (new, True)
    assert not old.members.filter(left_on=None).exists()
    assert ChildAlert.objects.count() == 0  # The children have their mother.
    told = FamilyChange.objects.filter(people=kept).order_by("pk").values_list("family", "kind", "other_family")
    assert list(told) == [(old.pk, "left", new.pk), (new.pk, "joined", old.pk)]


def test_what_hangs_on_the_file_of_the_empty_family_goes_along(desk, two):
    old, new, _kept, _merged = two
    for family, number in ((old, "6645550111"), (new, "6645550111"), (old, "6645550122")):
        add_phone(family=family, phone=PhoneData(number, "MX"), by=desk)
    appointment = AppointmentFactory(family=old)

    join(two, desk)

    appointment.refresh_from_db()
    assert appointment.family == new
    assert {phone.number[-3:] for phone in Phone.objects.filter(family=new)} == {"111", "122"}
    assert {phone.number[-3:] for phone in Phone.objects.filter(family=old)} == {
        "111"
    }  # It has its like there already.


def test_a_family_with_others_left_in_it_keeps_its_file_and_gets_another_head(desk, two):
    old, new, kept, _merged = two
    FamilyMember.objects.filter(family=new).update(joined_on=timezone.localdate() - timedelta(days=900))
    add_phone(family=new, phone=PhoneData("6645550111", "MX"), by=desk)

    join(two, desk)

    assert FamilyMember.objects.get(person=kept, left_on=None).family == old
    head = new.members.get(left_on=None, is_head=True)
    assert head.person in new.people[1:]
    assert new.phones.count() == 1
    assert ChildAlert.objects.filter(family=new).count() == 2  # Nobody answers for them now, and it is said.


def test_one_person_typed_twice_in_one_family_is_one_member(desk):
    family = FamilyFactory(organisation=desk.organisation, ages=[30, 30, 9])
    head, twin, child = family.people

    done = merge(kept=twin, merged=head, by=desk, reason="Typed twice")

    members = family.members.filter(left_on=None).order_by("pk")
    assert [(row.person, row.is_head) for row in members] == [(twin, True), (child, False)]
    undo_merge(merge=done, by=desk)
    assert [(row.person, row.is_head) for row in members.order_by("pk")] == [
        (head, True),
        (twin, False),
        (child, False),
    ]


def test_gaps_are_filled_chosen_facts_taken_and_the_other_name_is_kept(desk, two):
    _old, _new, kept, merged = two
    Person.objects.filter(pk=kept.pk).update(nationality="HN", speaks=["spa"], gender="")
    Person.objects.filter(pk=merged.pk).update(nationality="GT", speaks=["cab", "spa"], gender="mujer")

    join(two, desk, facts={"given_names": "merged"})

    kept.refresh_from_db()
    assert (kept.full_name, kept.gender, kept.speaks) == ("Marisol Luna Ejemplo", "mujer", ["spa", "cab"])
    assert kept.aliases == ["Marisol Inés Luna Ejemplo", "Marisol Ejemplo"]
    assert kept.nationalities == ["HN", "GT"]
    assert Person.objects.visible_to(desk).named_like("marisol ines luna").first() == kept


@pytest.mark.parametrize(("case_of", "group"), [("kept", Group.UNDECIDED), ("merged", Group.US_APPOINTMENT)])
def test_of_two_open_cases_the_one_that_was_chosen_goes_on(desk, two, case_of, group):
    join(two, desk, case_of=case_of)

    kept = two[2]
    assert Case.objects.open().get(person=kept).group == group
    assert Case.objects.filter(person=kept).count() == 2


def test_a_need_of_both_files_stays_open_once(desk, two):
    for person in two[2:]:
        SpecificNeed.objects.create(person=person, code=NeedCode.TORTURE, noted_by=desk)

    join(two, desk)

    assert [need.ended_at is None for need in two[2].needs.order_by("pk")] == [True, False]


def test_of_two_alerts_the_one_goes_on_of_which_the_office_was_told(desk):
    children = [FamilyFactory(organisation=desk.organisation, ages=[9]).people[0] for _ in range(2)]
    told, untold = (
        ChildAlert.objects.create(
            person=child, family=child.family_memberships.get().family, kind=AlertKind.UNACCOMPANIED
        )
        for child in reversed(children)
    )
    ChildAlert.objects.filter(pk=told.pk).update(notified_at=timezone.now(), notified_by=desk, office="Oficina")

    merge(kept=children[0], merged=children[1], by=desk, reason="One child")

    assert ChildAlert.objects.open().get().office == "Oficina"
    assert ChildAlert.objects.get(pk=untold.pk).closing_reason


def test_one_appointment_of_both_files_has_one_row(desk, two):
    _old, new, kept, merged = two
    appointment = AppointmentFactory(family=new)
    AppointmentPerson.objects.create(appointment=appointment, person=kept)

    done = join(two, desk)

    assert appointment.people.filter(person=kept).count() == 1
    undo_merge(merge=done, by=desk)
    assert appointment.people.filter(person__in=[kept, merged]).count() == 2


def test_one_awaited_date_of_both_files_has_one_row(desk, two):
    _old, new, kept, merged = two
    kind = AppointmentFactory(family=new).kind
    awaited = AwaitedDate.objects.create(
        organisation=new.organisation, family=new, kind=kind, control_on=date(2026, 11, 30)
    )
    for person in (kept, merged):
        AwaitedPerson.objects.create(awaited=awaited, person=person)

    done = join(two, desk)

    assert awaited.people.filter(person=kept).count() == 1
    undo_merge(merge=done, by=desk)
    assert awaited.people.filter(person__in=[kept, merged]).count() == 2


def test_one_night_of_both_files_is_counted_once(desk, shelter, two):
    night = date(2026, 11, 1)
    for person in two[2:]:
        BedNight.objects.create(shelter=shelter, person=person, night=night)
    BedNight.objects.create(shelter=shelter, person=two[3], night=night + timedelta(days=1))

    done = join(two, desk)

    assert BedNight.objects.filter(person=two[2]).count() == 2
    undo_merge(merge=done, by=desk)
    assert BedNight.objects.filter(person=two[3]).count() == 2


# --- Stays that meet ---------------------------------------------------------------------------------------------------


def test_two_stays_at_one_time_are_refused_until_somebody_says_which_never_was(desk, shelter, two):
    old, new, kept, merged = two
    check_in(old, shelter, desk, first=4)
    check_in(new, shelter, desk)
    [pair] = overlaps(kept, merged)

    with pytest.raises(Refused, match="which of the two never was"):
        join(two, desk)
    join(two, desk, never_were={pair.of_kept.pk})

    stay = Stay.objects.current().get(person=kept)
    assert stay.pk == pair.of_merged.pk
    bed = Placement.objects.get(stay=pair.of_kept)
    assert bed.state == PlacementState.VOID
    assert Stay.objects.get(pk=pair.of_kept.pk).voided_at


def test_stays_one_after_the_other_are_no_hindrance(desk, shelter, two):
    old, new, kept, _merged = two
    check_in(old, shelter, desk, at=timezone.now() - timedelta(hours=5))
    check_out(stays=Stay.objects.filter(person=kept), by=desk, exit_reason="other")
    check_in(new, shelter, desk, first=1)

    join(two, desk)

    assert Stay.objects.valid().filter(person=kept).count() == 2


def test_only_stays_that_meet_are_taken_back_and_only_in_a_house_of_ones_own(desk, shelter, two):
    old, new, _kept, merged = two
    check_in(new, shelter, desk)
    stay = Stay.objects.get(person=merged)
    with pytest.raises(Refused, match="meets another one"):
        join(two, desk, never_were={stay.pk})
    check_in(old, shelter, desk, first=4)
    elsewhere = ShelterFactory(organisation=desk.organisation)
    posted = StaffFactory(organisation=desk.organisation, shelters=[elsewhere])

    with pytest.raises(Refused, match="You do not work in"):
        join(two, posted, never_were={stay.pk})


# --- What is refused ---------------------------------------------------------------------------------------------------


def test_files_of_two_organisations_are_never_joined(desk, two):
    Person.objects.filter(pk=two[3].pk).update(organisation=OrganisationFactory())

    with pytest.raises(Refused, match="Files of two organisations are never joined"):
        join(two, desk)
    with pytest.raises(Refused, match="Files of two organisations are never joined"):
        join(two, StaffFactory())


def test_a_reason_and_two_files_that_are_still_two_are_asked_for(desk, two):
    kept, merged = two[2:]
    with pytest.raises(Refused, match="how it was found out"):
        merge(kept=kept, merged=merged, by=desk, reason=" ")
    with pytest.raises(Refused, match="not two files"):
        merge(kept=kept, merged=kept, by=desk, reason="x")
    join(two, desk)
    with pytest.raises(Refused, match="joined to another already"):
        join(two, desk)


def test_a_refused_joining_changes_nothing(desk, shelter, two):
    check_in(two[0], shelter, desk, first=4)
    check_in(two[1], shelter, desk)
    before = everything()

    with pytest.raises(Refused):
        join(two, desk)

    assert everything() == before


# --- Looking first -----------------------------------------------------------------------------------------------------


def test_the_preview_says_what_would_happen_and_does_nothing(desk, shelter, two):
    old, new, kept, merged = two
    check_in(old, shelter, desk, first=4)
    check_in(new, shelter, desk)
    before = everything()

    seen = preview(kept=kept, merged=merged, by=desk)

    assert everything() == before
    assert not Merge.objects.exists()
    assert dict(seen.moves)["stay"] == 2  # Of the file that goes, and of the family file that nobody is in any more.
    assert set(seen.clashes) == {"given_names", "first_surname"}
    assert seen.groups == [Group.UNDECIDED, Group.US_APPOINTMENT]
    assert [(pair.of_kept.person, pair.of_merged.person) for pair in seen.overlaps] == [(kept, merged)]
    assert seen.refused == ""


# --- Undoing -----------------------------------------------------------------------------------------------------------


def test_undoing_puts_back_every_row_as_it_was(desk, shelter, two):
    old, new, kept, merged = two
    check_in(old, shelter, desk, first=4)
    check_in(new, shelter, desk)
    add_phone(family=old, phone=PhoneData("6645550111", "MX"), by=desk)
    AppointmentFactory(family=old)
    AppointmentFactory(family=new)
    SpecificNeed.objects.create(person=kept, code=NeedCode.TORTURE, noted_by=desk)
    SpecificNeed.objects.create(person=merged, code=NeedCode.TORTURE, noted_by=desk)
    [pair] = overlaps(kept, merged)
    compare_new_people()
    before = everything()
    done = join(two, desk, never_were={pair.of_kept.pk}, facts={"given_names": "merged"}, case_of="merged")
    assert everything() != before
    question = PossibleDuplicate.objects.get()
    assert question.state == PairState.MERGED

    undone = undo_merge(merge=done, by=desk)

    assert everything() == before
    assert (undone.undone_by, undone.undone_at is not None) == (desk, True)
    question.refresh_from_db()
    assert question.state == PairState.OPEN


def test_what_was_added_since_stays_with_the_file_that_went_on(desk, two):
    _old, new, kept, merged = two
    done = join(two, desk)
    later = SpecificNeed.objects.create(person=kept, code=NeedCode.DIET, noted_by=desk)
    appointment = AppointmentFactory(family=new)

    undo_merge(merge=done, by=desk)

    assert later.person == kept
    assert appointment.people.filter(person=kept).exists()
    assert FamilyMember.objects.get(person=merged, left_on=None).family == new


def test_it_is_undone_once_in_order_and_by_the_own_organisation(desk, two):
    done = join(two, desk)
    third = FamilyFactory(organisation=desk.organisation).people[0]
    later = merge(kept=two[2], merged=third, by=desk, reason="Also she")
    with pytest.raises(Refused, match="another organisation"):
        undo_merge(merge=later, by=StaffFactory())
    with pytest.raises(Refused, match="yet another one"):
        undo_merge(merge=done, by=desk)
    undo_merge(merge=later, by=desk)
    with pytest.raises(Refused, match="apart already"):
        undo_merge(merge=later, by=desk)
    undo_merge(merge=done, by=desk)
    assert not Person.objects.exclude(merged_into=None).exists()


def test_what_was_changed_since_is_not_overwritten(desk, two):
    done = join(two, desk)
    Person.objects.filter(pk=two[2].pk).update(gender="otra", other_names="Otra")

    with pytest.raises(Refused, match="changed since"):
        undo_merge(merge=done, by=desk)

    assert Person.objects.get(pk=two[2].pk).other_names == "Otra"


def test_a_bed_that_was_given_to_somebody_else_meanwhile_is_not_given_back(desk, shelter, two):
    old, new, kept, merged = two
    check_in(old, shelter, desk, first=4)
    check_in(new, shelter, desk)
    [pair] = overlaps(kept, merged)
    done = join(two, desk, never_were={pair.of_kept.pk})
    check_in(FamilyFactory(organisation=desk.organisation), shelter, desk, first=4)
    before = everything()

    with pytest.raises(Refused, match="took the place"):
        undo_merge(merge=done, by=desk)

    assert everything() == before


def test_a_file_that_was_joined_is_not_found_any_more_and_no_intake_takes_it(desk, two):
    _old, _new, kept, merged = two
    join(two, desk)
    with pytest.raises(Refused, match="does not exist here"):
        register_family(
            organisation=desk.organisation,
            members=[MemberData(merged.given_names, person=merged)],
            by=desk,
            consents=[ConsentData(Purpose.RECORD, Decision.WRITTEN_PENDING, ConsentMethod.VERBAL)],
            group=Group.UNDECIDED,
        )

    assert list(Person.objects.visible_to(desk).named_like("marisol")) == [kept]
    assert FamilyMember.objects.filter(person=merged).count() == 0
