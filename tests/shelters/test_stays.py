"""Check in, move, check out, extend, undo: what the desk does, and what it refuses."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.models import AlertKind, ChildAlert, NeedCode, Sex, SpecificNeed
from ngo.errors import Refused
from ngo.permissions import Role
from shelters import nights
from shelters.models import (
    Act,
    BedBlock,
    BedKind,
    Opening,
    Placement,
    PlacementState,
    ShelterState,
    Sleepers,
    SpaceKind,
    Stay,
)
from shelters.services import holds, spaces, stays, undo
from shelters.services.desk import Place
from tests.factories import (
    BedFactory,
    FamilyFactory,
    PersonFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)
from tests.shelters.conftest import EVENING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evening")]


@pytest.fixture
def shelter():
    return ShelterFactory(beds=4)


@pytest.fixture
def desk(shelter):
    return StaffFactory(organisation=shelter.organisation)


def beds_of(shelter):
    return [bed for space in shelter.spaces.all() for bed in space.beds.all()]


def places_for(family, beds):
    return {person.pk: Place(bed.space_id, bed.pk) for person, bed in zip(family.people, beds, strict=False)}


def check_in(family, shelter, desk, beds=None, **kwargs):
    places = places_for(family, beds or beds_of(shelter))
    return stays.check_in_family(family=family, shelter=shelter, places=places, by=desk, **kwargs)


def who_is_in(shelter):
    rows = Placement.objects.filter(shelter=shelter, state=PlacementState.IN)
    return {(row.person_id, row.bed_id) for row in rows}


def test_a_family_gets_its_beds(shelter, desk):
    family = FamilyFactory(people=3, organisation=shelter.organisation)

    act = check_in(family, shelter, desk)

    beds = beds_of(shelter)
    assert who_is_in(shelter) == {(person.pk, bed.pk) for person, bed in zip(family.people, beds, strict=False)}
    assert Stay.objects.current().count() == 3
    assert act.by == desk


def test_a_family_is_never_split_by_a_full_shelter(shelter, desk):
    check_in(FamilyFactory(people=2, organisation=shelter.organisation), shelter, desk)
    late = FamilyFactory(people=3, organisation=shelter.organisation)

    with pytest.raises(Refused, match=r"Someone has just taken bed 2\. 2 are left in"):
        check_in(late, shelter, desk, beds_of(shelter)[1:])

    assert not Stay.objects.filter(family=late).exists()


def test_a_guest_without_a_bed_is_counted_like_any_other(shelter, desk):
    family = FamilyFactory(organisation=shelter.organisation)
    space = shelter.spaces.get()

    places = {family.people[0].pk: Place(space.pk)}
    stays.check_in_family(family=family, shelter=shelter, places=places, by=desk)

    assert who_is_in(shelter) == {(family.people[0].pk, None)}


def test_nobody_is_in_two_shelters(shelter, desk):
    family = FamilyFactory(organisation=shelter.organisation)
    other = ShelterFactory(beds=1, organisation=shelter.organisation)
    check_in(family, shelter, desk)

    with pytest.raises(Refused, match="is already in"):
        check_in(family, other, desk)


def test_one_bed_is_not_given_to_two_of_a_family(shelter, desk):
    family = FamilyFactory(people=2, organisation=shelter.organisation)
    bed = beds_of(shelter)[0]

    with pytest.raises(Refused, match="was chosen for two people"):
        check_in(family, shelter, desk, [bed, bed])


def test_a_bed_of_another_shelter_is_refused(shelter, desk):
    family = FamilyFactory(organisation=shelter.organisation)
    foreign = ShelterFactory(beds=1)

    with pytest.raises(Refused, match="not in this shelter any more"):
        check_in(family, shelter, desk, beds_of(foreign))


def test_staff_of_another_organisation_are_refused(shelter):
    family = FamilyFactory(organisation=shelter.organisation)

    with pytest.raises(Refused, match="another organisation"):
        check_in(family, shelter, StaffFactory())


def test_a_family_of_another_organisation_is_refused(shelter, desk):
    with pytest.raises(Refused, match="another organisation"):
        check_in(FamilyFactory(), shelter, desk)


def test_the_future_is_refused(shelter, desk):
    family = FamilyFactory(organisation=shelter.organisation)

    with pytest.raises(Refused, match="has not come yet"):
        check_in(family, shelter, desk, happened_at=timezone.now() + timedelta(hours=1))


def test_paper_from_a_night_without_power_keeps_its_own_time(shelter, desk):
    family = FamilyFactory(organisation=shelter.organisation)
    then = timezone.now() - timedelta(days=2)

    check_in(family, shelter, desk, happened_at=then)

    stay = Stay.objects.get()
    assert stay.arrived_at == then
    assert stay.recorded_at == timezone.now()


def test_paper_cannot_put_someone_in_a_bed_that_was_taken_later(shelter, desk):
    beds = beds_of(shelter)[:1]
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds)

    with pytest.raises(
        Refused, match=r"given to someone else on 11/22/2026 at 21:30. Choose the bed that they have now"
    ):
        check_in(
            FamilyFactory(organisation=shelter.organisation),
            shelter,
            desk,
            beds,
            happened_at=timezone.now() - timedelta(days=1),
        )


def test_paper_cannot_put_someone_in_a_bed_in_which_someone_was(shelter, desk, evening):
    beds = beds_of(shelter)[:1]
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds)
    evening.shift(timedelta(hours=3))

    with pytest.raises(Refused, match="Someone else was in bed 1 at that moment"):
        check_in(
            FamilyFactory(organisation=shelter.organisation),
            shelter,
            desk,
            beds,
            happened_at=timezone.now() - timedelta(hours=1),
        )


def test_a_stay_that_is_over_is_typed_in_without_the_bed_that_was_given_again(shelter, desk, evening):
    bed, family = beds_of(shelter)[0], FamilyFactory(organisation=shelter.organisation)
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, [bed])
    evening.shift(timedelta(hours=11))
    places = {family.people[0].pk: Place(bed.space_id)}

    came, left = EVENING - timedelta(hours=2), EVENING - timedelta(minutes=10)
    stays.check_in_family(family=family, shelter=shelter, places=places, by=desk, happened_at=came)
    stays.check_out(stays=family.people[0].stays.all(), by=desk, exit_reason="completed", happened_at=left)

    assert Placement.objects.get(person=family.people[0]).actual.upper == left


def test_a_bed_out_of_service_is_refused(shelter, desk):
    bed = beds_of(shelter)[0]
    tonight = nights.tonight(shelter)
    BedBlock.objects.create(bed=bed, nights=(tonight, None), reason="Broken board")

    with pytest.raises(Refused, match="out of service"):
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, [bed])


def test_a_bed_occupied_today_can_be_promised_for_friday(shelter, desk):
    bed = beds_of(shelter)[0]
    friday = date(2026, 11, 27)
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, [bed], expected_departure_on=friday)

    holds.hold_beds(
        shelter=shelter,
        beds=[bed],
        by=desk,
        held_for="A family of five from the bridge",
        starts_at=nights.noon_of(shelter, friday),
        expires_at=nights.evening_of(shelter, friday),
    )

    assert Placement.objects.filter(bed=bed, state=PlacementState.HELD).count() == 1


def test_a_stay_cannot_be_extended_over_a_promise(shelter, desk):
    bed = beds_of(shelter)[0]
    friday = date(2026, 11, 27)
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, [bed], expected_departure_on=friday)
    start, end = nights.noon_of(shelter, friday), nights.evening_of(shelter, friday)
    holds.hold_beds(shelter=shelter, beds=[bed], by=desk, held_for="Someone", starts_at=start, expires_at=end)

    with pytest.raises(Refused, match="promised to someone else"):
        stays.extend_stay(stay=Stay.objects.get(), expected_departure_on=date(2026, 11, 29), by=desk)

    stay = Stay.objects.get()
    assert stay.expected_departure_on == friday
    stays.extend_stay(stay=stay, expected_departure_on=date(2026, 11, 26), by=desk)
    assert Stay.objects.get().expected_departure_on == date(2026, 11, 26)


def test_a_promised_bed_asks_for_a_departure_date(shelter, desk):
    bed = beds_of(shelter)[0]
    friday = date(2026, 11, 27)
    start, end = nights.noon_of(shelter, friday), nights.evening_of(shelter, friday)
    holds.hold_beds(shelter=shelter, beds=[bed], by=desk, held_for="Someone", starts_at=start, expires_at=end)
    family = FamilyFactory(organisation=shelter.organisation)

    with pytest.raises(Refused, match="promised from 2026-11-27 on"):
        check_in(family, shelter, desk, [bed])

    check_in(family, shelter, desk, [bed], expected_departure_on=friday)
    assert who_is_in(shelter) == {(family.people[0].pk, bed.pk)}


def test_a_guest_who_overstays_keeps_the_bed_from_the_next(shelter, desk, evening):
    bed = beds_of(shelter)[0]
    check_in(
        FamilyFactory(organisation=shelter.organisation), shelter, desk, [bed], expected_departure_on=date(2026, 11, 24)
    )
    evening.shift(timedelta(days=3))

    with pytest.raises(Refused, match="just taken"):
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, [bed])


def test_a_hold_keeps_others_out_until_it_runs_out(shelter, desk, evening):
    beds = beds_of(shelter)[:2]
    holds.hold_beds(
        shelter=shelter, beds=beds, by=desk, held_for="A family", expires_at=timezone.now() + timedelta(hours=2)
    )
    family = FamilyFactory(organisation=shelter.organisation)

    with pytest.raises(Refused, match="is held until 23:30"):
        check_in(family, shelter, desk, beds)

    evening.shift(timedelta(hours=2))
    check_in(family, shelter, desk, beds)
    assert Placement.objects.get(bed=beds[0], state=PlacementState.EXPIRED)


def test_a_family_takes_the_beds_that_were_held_for_it(shelter, desk):
    family = FamilyFactory(people=2, organisation=shelter.organisation)
    beds = beds_of(shelter)
    holds.hold_beds(
        shelter=shelter, beds=beds[:2], by=desk, family=family, expires_at=timezone.now() + timedelta(hours=2)
    )

    check_in(family, shelter, desk, beds[:2])

    assert not Placement.objects.filter(state=PlacementState.HELD).exists()


def test_a_move_closes_one_place_and_opens_the_next(shelter, desk, evening):
    family = FamilyFactory(organisation=shelter.organisation)
    beds = beds_of(shelter)
    check_in(family, shelter, desk, beds)
    evening.shift(timedelta(hours=1))

    stays.move(stay=Stay.objects.get(), space=beds[2].space, bed=beds[2], by=desk)

    old, new = Placement.objects.order_by("pk")
    assert old.actual.upper == new.actual.lower == timezone.now()
    assert who_is_in(shelter) == {(family.people[0].pk, beds[2].pk)}


def test_a_move_into_a_taken_bed_is_refused_and_changes_nothing(shelter, desk):
    first, second = (FamilyFactory(organisation=shelter.organisation) for _ in range(2))
    beds = beds_of(shelter)
    check_in(first, shelter, desk, beds[:1])
    check_in(second, shelter, desk, beds[1:2])
    before = who_is_in(shelter)

    with pytest.raises(Refused, match="just taken bed 2"):
        stays.move(stay=Stay.objects.get(family=first), space=beds[1].space, bed=beds[1], by=desk)

    assert who_is_in(shelter) == before


def test_a_family_leaves_together(shelter, desk, evening):
    family = FamilyFactory(people=3, organisation=shelter.organisation)
    check_in(family, shelter, desk)
    evening.shift(timedelta(hours=10))

    stays.check_out(stays=Stay.objects.current(), by=desk, exit_reason="completed", destination="Monterrey")

    assert who_is_in(shelter) == set()
    assert {(stay.exit_reason, stay.destination) for stay in Stay.objects.all()} == {("completed", "Monterrey")}


def test_nobody_leaves_before_they_came(shelter, desk):
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk)

    with pytest.raises(Refused, match="had not arrived yet"):
        stays.check_out(
            stays=Stay.objects.all(), by=desk, exit_reason="other", happened_at=timezone.now() - timedelta(hours=3)
        )


def test_nobody_leaves_twice(shelter, desk):
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk)
    stale = list(Stay.objects.all())
    stays.check_out(stays=stale, by=desk, exit_reason="other")

    with pytest.raises(Refused, match="has already left"):
        stays.check_out(stays=stale, by=desk, exit_reason="other")


class TestUndo:
    def test_a_check_in(self, shelter, desk):
        family = FamilyFactory(people=2, organisation=shelter.organisation)
        act = check_in(family, shelter, desk)

        undo.undo(act=act, by=desk)

        assert who_is_in(shelter) == set()
        assert not Stay.objects.valid().exists()
        check_in(family, shelter, desk)

    def test_a_check_in_gives_the_hold_back(self, shelter, desk):
        family = FamilyFactory(organisation=shelter.organisation)
        bed = beds_of(shelter)[0]
        holds.hold_beds(
            shelter=shelter, beds=[bed], by=desk, family=family, expires_at=timezone.now() + timedelta(hours=2)
        )
        act = check_in(family, shelter, desk, [bed])

        undo.undo(act=act, by=desk)

        assert Placement.objects.get(state=PlacementState.HELD).bed == bed

    def test_a_move(self, shelter, desk, evening):
        family = FamilyFactory(organisation=shelter.organisation)
        beds = beds_of(shelter)
        check_in(family, shelter, desk, beds[:1], expected_departure_on=date(2026, 12, 1))
        evening.shift(timedelta(minutes=5))
        act = stays.move(stay=Stay.objects.get(), space=beds[1].space, bed=beds[1], by=desk)

        undo.undo(act=act, by=desk)

        row = Placement.objects.get(state=PlacementState.IN)
        assert (row.bed, row.planned.upper) == (beds[0], nights.noon_of(shelter, date(2026, 12, 1)))

    def until(self, shelter):
        row = Placement.objects.get(state=PlacementState.IN)
        return row.stay.expected_departure_on, row.planned.upper and nights.local(shelter, row.planned.upper).date()

    def test_a_day_of_departure(self, shelter, desk):
        check_in(FamilyFactory(people=2, organisation=shelter.organisation), shelter, desk)
        [act] = stays.extend_stays(stays=Stay.objects.all(), expected_departure_on=date(2026, 11, 29), by=desk)

        undo.undo(act=act, by=desk)

        assert set(Stay.objects.values_list("expected_departure_on", flat=True)) == {None}
        assert all(row.planned.upper is None for row in Placement.objects.all())

    def test_a_day_of_departure_leaves_no_act_where_it_was_that_day_already(self, shelter, desk):
        day = date(2026, 11, 29)
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, expected_departure_on=day)

        assert stays.extend_stays(stays=Stay.objects.all(), expected_departure_on=day, by=desk) == []

    def test_a_move_not_before_the_day_that_was_written_after_it(self, shelter, desk):
        beds = beds_of(shelter)
        check_in(
            FamilyFactory(organisation=shelter.organisation),
            shelter,
            desk,
            beds[:1],
            expected_departure_on=date(2026, 11, 25),
        )
        act = stays.move(stay=Stay.objects.get(), space=beds[1].space, bed=beds[1], by=desk)
        stays.extend_stay(stay=Stay.objects.get(), expected_departure_on=date(2026, 11, 29), by=desk)

        with pytest.raises(Refused, match="Day of departure written"):
            undo.undo(act=act, by=desk)

        undo.undo(act=Act.objects.first(), by=desk)
        assert self.until(shelter) == (date(2026, 11, 25), date(2026, 11, 25))
        undo.undo(act=act, by=desk)
        assert self.until(shelter) == (date(2026, 11, 25), date(2026, 11, 25))

    def test_a_move_promises_the_old_bed_until_the_day_that_stands_now(self, shelter, desk):
        beds, day = beds_of(shelter), date(2026, 11, 29)
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds[:1])
        act = stays.move(stay=Stay.objects.get(), space=beds[1].space, bed=beds[1], by=desk)
        stays.extend_stay(stay=Stay.objects.get(), expected_departure_on=day, by=desk, beyond_limit=True)

        undo.undo(act=act, by=desk)

        assert self.until(shelter) == (day, day)

    def test_a_check_out(self, shelter, desk, evening):
        check_in(FamilyFactory(people=2, organisation=shelter.organisation), shelter, desk)
        before = who_is_in(shelter)
        evening.shift(timedelta(minutes=30))
        act = stays.check_out(stays=Stay.objects.all(), by=desk, exit_reason="other")

        undo.undo(act=act, by=desk)

        assert who_is_in(shelter) == before
        assert set(Stay.objects.values_list("departed_at", "exit_reason")) == {(None, "")}

    def test_a_departure_in_the_very_moment_of_arrival(self, shelter, desk):
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk)
        act = stays.check_out(stays=Stay.objects.all(), by=desk, exit_reason="other")

        undo.undo(act=act, by=desk)

        row = Placement.objects.get(state=PlacementState.IN)
        assert (row.actual.lower, row.planned.lower) == (timezone.now(), timezone.now())

    def test_not_when_the_bed_went_to_someone_else(self, shelter, desk):
        bed = beds_of(shelter)[:1]
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, bed)
        act = stays.check_out(stays=Stay.objects.all(), by=desk, exit_reason="other")
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, bed)

        with pytest.raises(Refused, match="taken by someone else"):
            undo.undo(act=act, by=desk)

        assert Stay.objects.current().count() == 1

    def test_not_after_an_hour(self, shelter, desk, evening):
        act = check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk)
        evening.shift(timedelta(minutes=61))

        with pytest.raises(Refused, match="More than an hour"):
            undo.undo(act=act, by=desk)

    def test_not_twice(self, shelter, desk):
        act = check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk)
        undo.undo(act=act, by=desk)

        with pytest.raises(Refused, match="already been undone"):
            undo.undo(act=act, by=desk)

    def test_the_later_act_first(self, shelter, desk):
        beds = beds_of(shelter)
        act = check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds[:1])
        stays.move(stay=Stay.objects.get(), space=beds[1].space, bed=beds[1], by=desk)

        with pytest.raises(Refused, match="Undo that first"):
            undo.undo(act=act, by=desk)

    def test_a_hold_and_a_release(self, shelter, desk):
        bed = beds_of(shelter)[0]
        act = holds.hold_beds(
            shelter=shelter, beds=[bed], by=desk, held_for="x", expires_at=timezone.now() + timedelta(hours=1)
        )
        released = holds.release_hold(placements=Placement.objects.all(), by=desk)
        undo.undo(act=released, by=desk)
        assert Placement.objects.get().state == PlacementState.HELD
        undo.undo(act=act, by=desk)
        assert Placement.objects.get().state == PlacementState.RELEASED

    def test_the_record_shows_who_undid_it(self, shelter, desk):
        other = StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR)
        act = check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk)

        undo.undo(act=act, by=other)

        row = Act.objects.get()
        assert (row.by, row.undone_by) == (desk, other)


class TestRules:
    @pytest.fixture
    def women(self, shelter):
        space = SpaceFactory(shelter=shelter, name="Women", sleepers=Sleepers.WOMEN, beds=2)
        return list(space.beds.all())

    def test_a_rule_warns_and_takes_a_reason(self, shelter, desk, women):
        family = FamilyFactory(organisation=shelter.organisation)
        family.people[0].sex = Sex.MALE
        family.people[0].save(update_fields=["sex"])

        with pytest.raises(Refused, match="Women is for women") as refused:
            check_in(family, shelter, desk, women)
        assert refused.value.overridable

        check_in(family, shelter, desk, women, reason="The only bed left")
        assert Placement.objects.get().rule_reason == "The only bed left"

    def test_a_small_child_in_an_upper_bunk(self, shelter, desk):
        family = FamilyFactory(ages=[30, 4], organisation=shelter.organisation)
        beds = beds_of(shelter)
        upper = BedFactory(space=beds[0].space, label="U", kind=BedKind.UPPER)

        with pytest.raises(Refused, match="too small for an upper bunk") as refused:
            check_in(family, shelter, desk, [beds[0], upper])
        assert refused.value.overridable

    def test_a_wheelchair_and_steps(self, shelter, desk):
        family = FamilyFactory(organisation=shelter.organisation)
        SpecificNeed.objects.create(person=family.people[0], code=NeedCode.STEP_FREE)

        with pytest.raises(Refused, match="cannot use steps"):
            check_in(family, shelter, desk)

    def test_another_familys_cubicle(self, shelter, desk):
        space = SpaceFactory(shelter=shelter, kind=SpaceKind.CUBICLE, beds=4)
        beds = list(space.beds.all())
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds[:1])

        with pytest.raises(Refused, match="Another family sleeps in") as refused:
            check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds[1:])
        assert refused.value.overridable

    def test_the_fire_limit_is_hard(self, shelter, desk):
        space = shelter.spaces.get()
        space.fire_limit = 1
        space.save(update_fields=["fire_limit"])

        with pytest.raises(Refused, match="because of fire") as refused:
            check_in(FamilyFactory(people=2, organisation=shelter.organisation), shelter, desk, reason="Please")
        assert not refused.value.overridable


class TestAChildAlone:
    @pytest.fixture
    def child(self, shelter):
        family = FamilyFactory(ages=[15], organisation=shelter.organisation)
        ChildAlert.objects.create(person=family.people[0], family=family, kind=AlertKind.UNACCOMPANIED)
        return family

    def give_notice(self, desk):
        ChildAlert.objects.update(notified_at=timezone.now(), notified_by=desk, office="Procuraduría")

    def test_never_with_adults_whatever_the_reason(self, shelter, desk, child):
        beds = beds_of(shelter)
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds[:1])
        self.give_notice(desk)

        with pytest.raises(Refused, match="cannot sleep in a space with adults") as refused:
            check_in(child, shelter, desk, beds[1:], reason="No other bed")
        assert not refused.value.overridable

    def test_not_before_the_office_is_told(self, shelter, desk, child):
        with pytest.raises(Refused, match="Tell the child-protection office first") as refused:
            check_in(child, shelter, desk, reason="No other bed")
        assert not refused.value.overridable

    def test_alone_in_a_space_with_a_reason_once_the_office_is_told(self, shelter, desk, child):
        self.give_notice(desk)
        with pytest.raises(Refused, match="not authorised for unaccompanied children") as refused:
            check_in(child, shelter, desk)
        assert refused.value.overridable

        check_in(child, shelter, desk, reason="The office collects them at 08:00")
        assert len(who_is_in(shelter)) == 1

    def test_in_an_authorised_space_at_once(self, shelter, desk, child):
        space = SpaceFactory(shelter=shelter, sleepers=Sleepers.CHILDREN, is_authorised_for_children_alone=True, beds=2)
        check_in(child, shelter, desk, list(space.beds.all()))
        assert len(who_is_in(shelter)) == 1

    def test_no_adult_is_put_with_them_later(self, shelter, desk, child):
        self.give_notice(desk)
        beds = beds_of(shelter)
        check_in(child, shelter, desk, beds[:1], reason="The office collects them at 08:00")

        with pytest.raises(Refused, match="A child without a carer sleeps in"):
            check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, beds[1:], reason="Full house")

    def test_without_an_alert_too(self, shelter, desk):
        family = FamilyFactory(ages=[15], organisation=shelter.organisation)

        with pytest.raises(Refused, match="Tell the child-protection office first"):
            check_in(family, shelter, desk)


class TestNobodyGoesAroundAChildsSafety:
    """By an earlier hour, by an undo, or by leaving: the rule is about who sleeps there now."""

    @pytest.fixture
    def room(self, shelter):
        return list(SpaceFactory(shelter=shelter, name="Small room", beds=3).beds.all())

    @pytest.fixture
    def child(self, shelter, desk):
        family = FamilyFactory(ages=[15], organisation=shelter.organisation)
        alert = {"kind": AlertKind.UNACCOMPANIED, "notified_at": timezone.now(), "notified_by": desk}
        ChildAlert.objects.create(person=family.people[0], family=family, **alert)
        return family

    def test_not_by_an_earlier_hour(self, shelter, desk, room, child, evening):
        check_in(child, shelter, desk, room[:1], reason="The office collects them at 08:00")
        evening.shift(timedelta(minutes=30))
        adult = FamilyFactory(organisation=shelter.organisation)

        with pytest.raises(Refused, match="A child without a carer sleeps in"):
            check_in(
                adult, shelter, desk, room[1:], happened_at=timezone.now() - timedelta(hours=2), reason="It was so"
            )

    def test_not_by_undoing_a_departure(self, shelter, desk, room, child):
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, room[:1])
        left = stays.check_out(stays=Stay.objects.current(), by=desk, exit_reason="other")
        check_in(child, shelter, desk, room[1:], reason="The office collects them at 08:00")

        with pytest.raises(Refused, match="A child without a carer sleeps in"):
            undo.undo(act=left, by=desk)

        assert Stay.objects.current().get().family == child

    def test_not_the_fire_limit_by_undo_either(self, shelter, desk, room):
        room[0].space.fire_limit = 1
        room[0].space.save(update_fields=["fire_limit"])
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, room[:1])
        left = stays.check_out(stays=Stay.objects.current(), by=desk, exit_reason="other")
        check_in(FamilyFactory(organisation=shelter.organisation), shelter, desk, room[1:])

        with pytest.raises(Refused, match="because of fire"):
            undo.undo(act=left, by=desk)

    def test_the_alert_is_raised_when_the_last_adult_leaves(self, shelter, desk, room):
        family = FamilyFactory(ages=[34, 7], organisation=shelter.organisation)
        check_in(family, shelter, desk, room)

        stays.check_out(stays=[Stay.objects.get(person=family.people[0])], by=desk, exit_reason="other")

        assert ChildAlert.objects.open().get().person == family.people[1]

    def test_no_alert_when_they_leave_together(self, shelter, desk, room):
        check_in(FamilyFactory(ages=[34, 7], organisation=shelter.organisation), shelter, desk, room)

        stays.check_out(stays=Stay.objects.current(), by=desk, exit_reason="other")

        assert not ChildAlert.objects.exists()

    def test_the_check_in_of_the_mother_is_not_undone_before_that_of_her_child(self, shelter, desk, room):
        family = FamilyFactory(ages=[34, 7], organisation=shelter.organisation)
        places = places_for(family, room)
        mother, child = (
            stays.check_in_family(family=family, shelter=shelter, places={one.pk: places[one.pk]}, by=desk)
            for one in family.people
        )

        with pytest.raises(Refused, match="would be alone here"):
            undo.undo(act=mother, by=desk)

        undo.undo(act=child, by=desk)
        undo.undo(act=mother, by=desk)
        assert who_is_in(shelter) == set()

    def test_the_alert_is_raised_when_the_check_in_of_the_last_adult_is_undone(self, shelter, desk, room):
        family = FamilyFactory(ages=[34, 7], organisation=shelter.organisation)
        PlacementFactory(bed=room[0], family=family, person=family.people[1])
        places = {family.people[0].pk: Place(room[1].space_id, room[1].pk)}
        act = stays.check_in_family(family=family, shelter=shelter, places=places, by=desk)

        undo.undo(act=act, by=desk)

        assert ChildAlert.objects.open().get().person == family.people[1]

    def test_a_child_apart_from_its_family_needs_a_reason(self, shelter, desk, room):
        family = FamilyFactory(ages=[34, 7], organisation=shelter.organisation)

        with pytest.raises(Refused, match="without an adult of the family") as refused:
            check_in(family, shelter, desk, [beds_of(shelter)[0], room[0]])
        assert refused.value.overridable

    def test_moving_the_mother_away_from_it_too(self, shelter, desk, room):
        family = FamilyFactory(ages=[34, 7], organisation=shelter.organisation)
        check_in(family, shelter, desk, room)
        bed = beds_of(shelter)[0]

        with pytest.raises(Refused, match="without an adult of the family"):
            stays.move(stay=Stay.objects.get(person=family.people[0]), space=bed.space, bed=bed, by=desk)

    def test_a_child_whose_mother_has_not_come_is_a_child_alone(self, shelter, desk, room):
        family = FamilyFactory(ages=[34, 7], organisation=shelter.organisation)
        places = {family.people[1].pk: Place(room[0].space_id, room[0].pk)}

        with pytest.raises(Refused, match="Tell the child-protection office first") as refused:
            stays.check_in_family(family=family, shelter=shelter, places=places, by=desk, reason="Please")
        assert not refused.value.overridable


class TestWhoIsInNoFamily:
    """An imported stay often has none. What is hard is hard for them too, and two of them are strangers to each other."""

    @pytest.fixture
    def guest(self, shelter):
        def place(number, **who):
            stay = StayFactory(
                shelter=shelter, family=None, person=PersonFactory(organisation=shelter.organisation, **who)
            )
            return PlacementFactory(bed=beds_of(shelter)[number], family=None, stay=stay).stay

        return place

    def move(self, stay, space, desk, **kwargs):
        return stays.move(stay=stay, space=space, bed=space.beds.first(), by=desk, **kwargs)

    def test_not_beyond_the_fire_limit(self, shelter, desk, guest):
        room = SpaceFactory(shelter=shelter, beds=2, fire_limit=0)

        with pytest.raises(Refused, match="because of fire"):
            self.move(guest(0), room, desk)

    def test_not_into_a_closed_space(self, shelter, desk, guest):
        room = SpaceFactory(shelter=shelter)
        spaces.close_space(space=room, kind="repair", by=desk)

        with pytest.raises(Refused, match="is closed"):
            self.move(guest(0), room, desk)

    def test_no_adult_into_the_space_of_children(self, shelter, desk, guest):
        room = SpaceFactory(shelter=shelter, beds=2, sleepers=Sleepers.CHILDREN)

        with pytest.raises(Refused, match="only for children"):
            self.move(guest(0), room, desk)

    def test_no_child_among_adults(self, shelter, desk, guest):
        room, child, adult = SpaceFactory(shelter=shelter, beds=2), guest(0, age=15), guest(1)
        self.move(adult, room, desk)

        with pytest.raises(Refused, match="cannot sleep in a space with adults"):
            stays.move(stay=child, space=room, bed=room.beds.last(), by=desk, reason="Please")

    def test_not_two_of_them_as_one_family(self, shelter, desk, guest):
        room = SpaceFactory(shelter=shelter, beds=2, kind=SpaceKind.CUBICLE)
        one, two = guest(0), guest(1)
        with pytest.raises(Refused, match="Move them one by one"):
            stays.move_together(moves={one: Place(room.pk), two: Place(room.pk)}, by=desk)
        self.move(one, room, desk)

        with pytest.raises(Refused, match="Another family sleeps in"):
            stays.move(stay=two, space=room, bed=room.beds.last(), by=desk)


def test_a_sentence_calls_someone_by_initials_where_names_are_not_for_the_reader(shelter):
    volunteer = StaffFactory(organisation=shelter.organisation, role=Role.VOLUNTEER)
    family = FamilyFactory(organisation=shelter.organisation)
    person = family.people[0]
    SpecificNeed.objects.create(person=person, code=NeedCode.STEP_FREE)

    with pytest.raises(Refused) as refused:
        check_in(family, shelter, volunteer)

    assert person.initials in str(refused.value)
    assert person.called not in str(refused.value)


def test_a_closed_shelter_holds_nothing(shelter, desk):
    ShelterState.objects.create(shelter=shelter, state=Opening.CLOSED, period=(timezone.now(), None))
    later = timezone.now() + timedelta(hours=1)

    with pytest.raises(Refused, match="closed"):
        holds.hold_beds(shelter=shelter, beds=beds_of(shelter)[:1], by=desk, held_for="x", expires_at=later)
