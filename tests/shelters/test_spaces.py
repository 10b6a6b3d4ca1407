"""Beds that are carried to another space, spaces that close for a time, several beds at once: the past stays as it was."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from psycopg.types.range import DateRange

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.board import board_of
from shelters.models import (
    Bed,
    BedBlock,
    BedKind,
    BedPeriod,
    ClosureKind,
    Placement,
    PlacementState,
    Space,
    SpaceClosure,
    Stay,
)
from shelters.nights import ONE_DAY, evening_of, tonight
from shelters.services import holds, places, report_figures, spaces, stays, undo
from shelters.services.capacity import figures
from shelters.services.closures import gaps
from shelters.services.desk import Place
from shelters.services.suggestions import suggest_places
from tests.factories import (
    BedFactory,
    FamilyFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def elena():
    """The coordinator."""
    return StaffFactory(role=Role.COORDINATOR)


@pytest.fixture
def ines(elena):
    """The front desk."""
    return StaffFactory(organisation=elena.organisation)


@pytest.fixture
def shelter(elena):
    return ShelterFactory(organisation=elena.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def women(shelter):
    return SpaceFactory(shelter=shelter, name="Mujeres", beds=3)


@pytest.fixture
def yard(shelter):
    return SpaceFactory(shelter=shelter, name="Patio", beds=1)


@pytest.fixture
def cot(women):
    return BedFactory(space=women, label="C-1", kind=BedKind.COT)


def nominal(shelter, night):
    """Regular places by space on a night."""
    [row] = figures([shelter], night)
    return {space.space.name: space.nominal for space in row.per_space}


def out_of_service(shelter, night=None):
    [row] = figures([shelter], night)
    return {space.space.name: space.out_of_service for space in row.per_space}


# --- A bed is carried --------------------------------------------------------------------------------------------------


def test_a_cot_counts_where_it_stands_tonight_and_last_night_where_it_stood(shelter, yard, cot, ines):
    night = tonight(shelter)

    spaces.move_bed(bed=cot, space=yard, by=ines)

    assert nominal(shelter, night) == {"Mujeres": 3, "Patio": 2}
    assert nominal(shelter, night - ONE_DAY) == {"Mujeres": 4, "Patio": 1}
    cot.refresh_from_db()
    assert (cot.space, cot.label) == (yard, "C-1")


def test_the_board_of_last_night_shows_the_cot_where_it_stood(shelter, women, yard, cot, ines):
    before = evening_of(shelter, tonight(shelter) - ONE_DAY)

    spaces.move_bed(bed=cot, space=yard, by=ines)

    def labels(at):
        return {space.space.name: [tile.bed.label for tile in space.tiles] for space in board_of(shelter, at).spaces}

    was, now = labels(before), labels(timezone.now())
    assert ("C-1" in was["Mujeres"], "C-1" in was["Patio"]) == (True, False)
    assert ("C-1" in now["Mujeres"], "C-1" in now["Patio"]) == (False, True)


def test_a_report_of_a_night_before_is_the_same_after_a_cot_was_carried(shelter, yard, cot, ines):
    night = tonight(shelter) - ONE_DAY
    StayFactory(shelter=shelter, arrived_at=timezone.now() - timedelta(days=5))
    before = report_figures.recount(shelter, night)

    spaces.move_bed(bed=cot, space=yard, by=ines)

    assert report_figures.recount(shelter, night) == before


def test_carried_back_the_same_night_it_never_moved(shelter, women, yard, cot, ines):
    spaces.move_bed(bed=cot, space=yard, by=ines)
    cot.refresh_from_db()

    spaces.move_bed(bed=cot, space=women, by=ines)

    night = tonight(shelter)
    assert nominal(shelter, night) == nominal(shelter, night - ONE_DAY) == {"Mujeres": 4, "Patio": 1}


def test_a_withdrawal_that_is_planned_goes_with_the_bed(shelter, yard, cot, elena):
    night = tonight(shelter)
    places.withdraw_bed(bed=cot, by=elena, from_night=night + 3 * ONE_DAY)

    spaces.move_bed(bed=cot, space=yard, by=elena)

    periods = list(BedPeriod.objects.filter(bed=cot).order_by("nights").values_list("space__name", "nights"))
    assert periods == [
        ("Mujeres", DateRange(date(2020, 1, 1), night)),
        ("Patio", DateRange(night, night + 3 * ONE_DAY)),
    ]


def test_a_bed_in_which_someone_is_stays(client, yard, cot, ines):
    someone = PlacementFactory(bed=cot).person
    client.force_login(ines)

    answer = client.post(reverse("shelters:bed_move", args=[cot.pk]), {"space": yard.pk})

    assert answer.status_code == 409
    assert f"{someone.initials} is in bed C-1. Move them to another bed first." in answer.content.decode()
    cot.refresh_from_db()
    assert cot.space != yard


def test_a_bed_that_is_promised_stays(yard, cot, ines):
    PlacementFactory(bed=cot, state=PlacementState.HELD)

    with pytest.raises(Refused, match="Release the hold first"):
        spaces.move_bed(bed=cot, space=yard, by=ines)


def test_a_number_that_is_taken_there_is_refused_until_another_is_written(client, yard, women, ines):
    bed = BedFactory(space=women, label="1b", kind=BedKind.MAT)
    BedFactory(space=yard, label="1b", kind=BedKind.MAT)
    client.force_login(ines)
    address = reverse("shelters:bed_move", args=[bed.pk])

    answer = client.post(address, {"space": yard.pk})
    assert answer.status_code == 409
    assert "There is already a bed 1b in Patio. Write another number for this one." in answer.content.decode()

    assert client.post(address, {"space": yard.pk, "label": "1c"}).status_code == 302
    bed.refresh_from_db()
    assert (bed.space, bed.label) == (yard, "1c")


def test_the_desk_carries_no_bunks_and_the_coordinator_does(women, yard, ines, elena):
    bunk = BedFactory(space=women, label="L-1", kind=BedKind.LOWER)

    with pytest.raises(Refused, match="Only cots, cribs and mats"):
        spaces.move_bed(bed=bunk, space=yard, by=ines)
    assert spaces.move_bed(bed=bunk, space=yard, by=elena).space == yard


def test_a_bed_is_not_carried_to_another_house(cot, ines, elena):
    elsewhere = SpaceFactory(shelter=ShelterFactory(organisation=elena.organisation))

    with pytest.raises(Refused, match="another house"):
        spaces.move_bed(bed=cot, space=elsewhere, by=ines)


def test_nobody_of_another_organisation_carries_a_bed(client, yard, cot):
    client.force_login(StaffFactory(role=Role.COORDINATOR))

    assert client.post(reverse("shelters:bed_move", args=[cot.pk]), {"space": yard.pk}).status_code == 404


def test_a_check_in_typed_later_is_not_put_where_the_bed_did_not_stand(shelter, yard, cot, ines):
    spaces.move_bed(bed=cot, space=yard, by=ines)
    family = FamilyFactory(organisation=ines.organisation)
    given = {"family": family, "shelter": shelter, "places": {family.people[0].pk: Place(yard.pk, cot.pk)}, "by": ines}

    with pytest.raises(Refused, match="stood in another space that night"):
        stays.check_in_family(**given, happened_at=timezone.now() - timedelta(days=2))
    assert stays.check_in_family(**given)


def test_a_departure_is_not_undone_into_a_bed_that_was_carried_away(shelter, women, yard, cot, ines):
    family = FamilyFactory(organisation=ines.organisation)
    stays.check_in_family(
        family=family, shelter=shelter, places={family.people[0].pk: Place(women.pk, cot.pk)}, by=ines
    )
    act = stays.check_out(stays=Stay.objects.filter(family=family), by=ines, exit_reason="completed")
    spaces.move_bed(bed=cot, space=yard, by=ines)

    with pytest.raises(Refused, match="Bed C-1 was carried to another space meanwhile"):
        undo.undo(act=act, by=ines)
    assert not Placement.objects.filter(state=PlacementState.IN).exists()


def test_the_card_of_a_bed_tells_where_it_stood_and_who_carried_it(client, yard, cot, ines):
    spaces.move_bed(bed=cot, space=yard, by=ines)
    client.force_login(ines)

    shown = client.get(reverse("shelters:bed", args=[cot.pk])).content.decode()

    assert "Stands in Patio from the night of" in shown
    assert ines.name in shown
    assert reverse("shelters:bed_move", args=[cot.pk]) in shown


# --- A space closes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ClosureKind.REPAIR, ClosureKind.QUARANTINE, ClosureKind.CLEANING])
def test_the_beds_of_a_space_in_repair_stay_in_the_capacity_out_of_service(shelter, women, yard, elena, kind):
    night = tonight(shelter)
    before = nominal(shelter, night)

    spaces.close_space(space=women, kind=kind, by=elena, reason="Se pinta", until=night + 2 * ONE_DAY)

    assert nominal(shelter, night) == before
    assert out_of_service(shelter) == {"Mujeres": 3, "Patio": 0}
    assert out_of_service(shelter, night - ONE_DAY) == {"Mujeres": 0, "Patio": 0}
    with time_machine.travel(evening_of(shelter, night + 2 * ONE_DAY)):
        assert out_of_service(shelter) == {"Mujeres": 0, "Patio": 0}


def test_a_mothballed_space_leaves_the_capacity_and_comes_back_by_itself(shelter, women, yard, elena):
    night = tonight(shelter)

    spaces.close_space(space=women, kind=ClosureKind.MOTHBALLED, by=elena, until=night + 5 * ONE_DAY)

    assert nominal(shelter, night) == {"Mujeres": 0, "Patio": 1}
    assert nominal(shelter, night - ONE_DAY) == {"Mujeres": 3, "Patio": 1}
    with time_machine.travel(evening_of(shelter, night + 5 * ONE_DAY)):
        assert nominal(shelter, night + 4 * ONE_DAY) == {"Mujeres": 0, "Patio": 1}
        assert nominal(shelter, night + 5 * ONE_DAY) == {"Mujeres": 3, "Patio": 1}


def test_reopening_brings_mothballed_beds_back_and_leaves_the_nights_between(shelter, women, elena):
    night = tonight(shelter)
    gone = women.beds.first()
    places.withdraw_bed(bed=gone, by=elena)
    spaces.close_space(space=women, kind=ClosureKind.MOTHBALLED, by=elena)

    with time_machine.travel(evening_of(shelter, night + 3 * ONE_DAY)):
        spaces.reopen_space(space=women, by=elena)

        assert nominal(shelter, night + 3 * ONE_DAY) == {"Mujeres": 2}  # The one that was withdrawn before stays so.
        assert nominal(shelter, night + 2 * ONE_DAY) == {"Mujeres": 0}
    assert SpaceClosure.objects.get().nights == DateRange(night, night + 3 * ONE_DAY)


def test_reopening_leaves_a_bed_out_of_service_that_is_broken_by_itself(shelter, women, elena):
    broken = women.beds.first()
    places.block_bed(bed=broken, reason="Rota", by=elena)
    spaces.close_space(space=women, kind=ClosureKind.REPAIR, by=elena)
    assert out_of_service(shelter) == {"Mujeres": 3}

    spaces.reopen_space(space=women, by=elena)

    assert out_of_service(shelter) == {"Mujeres": 1}
    assert [block.reason for block in BedBlock.objects.all()] == ["Rota"]
    assert not SpaceClosure.objects.exists()  # It never was: it closed and opened on the same night.


def test_a_closing_that_is_still_to_come_is_dropped(shelter, women, elena):
    night = tonight(shelter)
    spaces.close_space(space=women, kind=ClosureKind.MOTHBALLED, by=elena, first_night=night + 9 * ONE_DAY)

    spaces.reopen_space(space=women, by=elena)

    assert not SpaceClosure.objects.exists()
    with time_machine.travel(evening_of(shelter, night + 10 * ONE_DAY)):
        assert nominal(shelter, night + 10 * ONE_DAY) == {"Mujeres": 3}


def test_a_space_in_which_people_are_does_not_close(client, shelter, women, elena):
    PlacementFactory(space=women, bed=None)
    client.force_login(elena)

    answer = client.post(reverse("shelters:space_close", args=[shelter.slug, women.pk]), {"kind": "repair"})

    assert answer.status_code == 409
    assert "1 person sleeps in Mujeres then. Move them to another space first." in answer.content.decode()


def test_a_space_in_which_a_place_is_held_does_not_close(women, elena):
    PlacementFactory(bed=women.beds.first(), state=PlacementState.HELD)

    with pytest.raises(Refused, match="1 place in Mujeres is held then"):
        spaces.close_space(space=women, kind=ClosureKind.REPAIR, by=elena)


def test_a_space_closes_once(women, elena):
    spaces.close_space(space=women, kind=ClosureKind.REPAIR, by=elena)

    with pytest.raises(Refused, match=r"already closed on some of these nights\. Reopen it first"):
        spaces.close_space(space=women, kind=ClosureKind.MOTHBALLED, by=elena)


def test_nobody_is_placed_in_a_closed_space_not_even_on_its_floor(shelter, women, yard, elena):
    spaces.close_space(space=women, kind=ClosureKind.QUARANTINE, by=elena)
    family = FamilyFactory(organisation=elena.organisation)
    [person] = family.people

    for bed in (None, women.beds.first().pk):
        with pytest.raises(Refused):
            stays.check_in_family(
                family=family, shelter=shelter, places={person.pk: Place(women.pk, bed)}, by=elena, reason="Sí"
            )
    assert {row.space for option in suggest_places(family=family, shelter=shelter) for row in option.assignments} == {
        yard
    }


def test_no_bed_is_added_brought_back_or_carried_into_a_closed_space(women, yard, elena):
    gone = women.beds.first()
    places.withdraw_bed(bed=gone, by=elena)
    spaces.close_space(space=women, kind=ClosureKind.REPAIR, by=elena)

    for act in (
        lambda: places.add_beds(space=women, by=elena, beds=[places.BedCount(BedKind.COT, 1)]),
        lambda: places.return_bed(bed=gone, by=elena),
        lambda: places.unblock_bed(bed=women.beds.last(), by=elena),
        lambda: spaces.move_bed(bed=yard.beds.get(), space=women, by=elena, label="P-1"),
    ):
        with pytest.raises(Refused, match="Mujeres is closed"):
            act()


def usable_tomorrow(shelter, space):
    """Regular places of a space that can be slept in tomorrow night."""
    night = tonight(shelter) + ONE_DAY
    with time_machine.travel(evening_of(shelter, night)):
        [row] = figures([shelter], night)
    [found] = [one for one in row.per_space if one.space == space]
    return found.nominal - found.out_of_service


ALL_KINDS = pytest.mark.parametrize("kind", ClosureKind.values)
COMES_IN = {
    "carried": lambda bed, yard, by: spaces.move_bed(bed=bed, space=yard, by=by),
    "added": lambda bed, yard, by: places.add_beds(space=yard, by=by, beds=[places.BedCount("cot", 3)]),
    "brought back": lambda bed, yard, by: places.return_bed(bed=yard.beds.first(), by=by),
}


@ALL_KINDS
@pytest.mark.parametrize("how", COMES_IN)
def test_a_bed_that_comes_into_a_space_closes_with_it(shelter, yard, cot, elena, kind, how):
    places.withdraw_bed(bed=yard.beds.get(), by=elena)
    spaces.close_space(space=yard, kind=kind, by=elena, first_night=tonight(shelter) + ONE_DAY)

    COMES_IN[how](cot, yard, elena)

    assert nominal(shelter, tonight(shelter))["Patio"] > 0
    assert usable_tomorrow(shelter, yard) == 0
    spaces.reopen_space(space=yard, by=elena)
    assert usable_tomorrow(shelter, yard) > 0


@ALL_KINDS
def test_a_bed_that_is_carried_out_of_a_space_before_it_closes_does_not_close_with_it(
    shelter, women, yard, cot, elena, kind
):
    spaces.close_space(space=women, kind=kind, by=elena, first_night=tonight(shelter) + ONE_DAY)

    spaces.move_bed(bed=cot, space=yard, by=elena)

    assert usable_tomorrow(shelter, yard) == 2
    assert usable_tomorrow(shelter, women) == 0
    spaces.reopen_space(space=women, by=elena)
    assert usable_tomorrow(shelter, yard) == 2
    assert usable_tomorrow(shelter, women) == 3


def test_mending_a_bed_leaves_the_closing_of_its_space_as_it_is_planned(shelter, women, cot, elena):
    places.block_bed(bed=cot, reason="Broken", by=elena, until=tonight(shelter) + 5 * ONE_DAY)
    spaces.close_space(space=women, kind="quarantine", by=elena, first_night=tonight(shelter) + ONE_DAY)

    places.unblock_bed(bed=cot, by=elena)

    assert out_of_service(shelter)["Mujeres"] == 0
    assert usable_tomorrow(shelter, women) == 0
    with pytest.raises(Refused, match="is in service"):
        places.unblock_bed(bed=cot, by=elena)


CHOICES = {
    "withdrawn": lambda bed, yard, by: places.withdraw_bed(bed=bed, by=by),
    "carried": lambda bed, yard, by: spaces.move_bed(bed=bed, space=yard, by=by),
    "mothballed": lambda bed, yard, by: spaces.close_space(space=bed.space, kind="mothballed", by=by),
    "in repair": lambda bed, yard, by: spaces.close_space(space=bed.space, kind="repair", by=by),
}


@pytest.mark.parametrize("how", CHOICES)
def test_no_bed_is_put_out_of_the_way_that_a_place_held_by_number_needs(shelter, women, yard, cot, elena, how):
    late = {"by": elena, "held_for": "Four from the bridge", "expires_at": timezone.now() + timedelta(hours=3)}
    holds.hold_places(shelter=shelter, count=4, kind=women.kind, **late)
    PlacementFactory(bed=yard.beds.get())
    Space.objects.filter(pk=yard.pk).update(kind="tent")

    with pytest.raises(Refused, match="would be too few: 4 places of Casa Mezquite are held"):
        CHOICES[how](cot, yard, elena)

    places.block_bed(bed=cot, reason="Broken", by=elena)


def test_a_cot_that_is_carried_out_of_a_closed_space_can_be_slept_in(shelter, women, yard, cot, elena):
    spaces.close_space(space=women, kind=ClosureKind.REPAIR, by=elena)

    spaces.move_bed(bed=cot, space=yard, by=elena)

    assert list(Bed.objects.filter(pk=cot.pk).usable(tonight(shelter))) == [cot]


def test_a_closed_space_says_so_on_the_board_and_the_list_and_reopens_there(client, shelter, women, elena):
    client.force_login(elena)
    client.post(reverse("shelters:space_close", args=[shelter.slug, women.pk]), {"kind": "quarantine"})

    for page in ("board", "spaces"):
        assert "Closed: quarantine" in client.get(reverse(f"shelters:{page}", args=[shelter.slug])).content.decode()
    assert client.post(reverse("shelters:space_reopen", args=[shelter.slug, women.pk])).status_code == 302
    assert "Closed: quarantine" not in client.get(reverse("shelters:board", args=[shelter.slug])).content.decode()


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [(1, None)]),
        ([(1, 3)], [(3, None)]),
        ([(2, 3), (5, None)], [(1, 2), (3, 5)]),
        ([(0, 9)], [(9, None)]),
        ([(0, None)], []),
    ],
)
def test_gaps_are_the_nights_that_nothing_has(taken, left):
    def day(number):
        return None if number is None else date(2026, 1, 1) + number * ONE_DAY

    ranges = [DateRange(day(lower), day(upper)) for lower, upper in taken]

    assert gaps(DateRange(day(1), None), ranges) == [(day(lower), day(upper)) for lower, upper in left]


# --- Several beds ------------------------------------------------------------------------------------------------------


def several(client, of, beds, **data):
    address = reverse("shelters:space_beds", args=[of.shelter.slug, of.pk])
    return client.post(address, {"beds": [bed.pk for bed in beds]} | data)


def test_several_beds_go_out_of_service_and_come_back_together(client, shelter, women, elena):
    client.force_login(elena)
    beds = list(women.beds.all()[:2])

    assert several(client, women, beds, what="out", reason="Chinches").status_code == 302
    assert out_of_service(shelter) == {"Mujeres": 2}
    assert several(client, women, beds, what="back").status_code == 302
    assert out_of_service(shelter) == {"Mujeres": 0}


def test_several_beds_are_withdrawn_and_brought_back_from_a_night_on(client, shelter, women, elena):
    client.force_login(elena)
    beds, night = list(women.beds.all()[:2]), tonight(shelter)

    assert several(client, women, beds, what="withdraw").status_code == 302
    assert nominal(shelter, night) == {"Mujeres": 1}
    assert nominal(shelter, night - ONE_DAY) == {"Mujeres": 3}
    assert several(client, women, beds, what="return").status_code == 302
    assert nominal(shelter, night) == {"Mujeres": 3}


def test_all_the_beds_change_or_none(client, shelter, women, yard, elena):
    PlacementFactory(bed=women.beds.last())
    client.force_login(elena)

    answer = several(client, women, women.beds.all(), what="withdraw")

    assert answer.status_code == 409
    assert nominal(shelter, tonight(shelter)) == {"Mujeres": 3, "Patio": 1}


def test_several_cots_are_carried_together(client, shelter, women, yard, elena):
    client.force_login(elena)
    cots = [BedFactory(space=women, label=f"C-{number}", kind=BedKind.COT) for number in (1, 2)]

    assert several(client, women, cots, what="move", space=yard.pk).status_code == 302
    assert nominal(shelter, tonight(shelter)) == {"Mujeres": 3, "Patio": 3}


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("out", "Write what is wrong with them."),
        ("move", "Choose the space to which they are carried."),
    ],
)
def test_what_is_missing_is_asked_for(client, women, yard, elena, what, sentence):
    client.force_login(elena)

    assert sentence in several(client, women, women.beds.all()[:1], what=what).content.decode()


def test_beds_of_another_space_cannot_be_ticked(client, women, yard, elena):
    client.force_login(elena)

    answer = several(client, women, yard.beds.all(), what="withdraw")

    assert answer.status_code == 200
    assert BedPeriod.objects.filter(space=yard, nights__upper_inf=True).count() == 1
