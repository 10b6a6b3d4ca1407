"""Desks that act at the same instant, on real connections: one gets the bed, the others a sentence, nobody an error."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone, translation

from ngo.errors import Refused
from shelters.models import Bed, BedKind, Cleaning, ClosureKind, Placement, SpaceClosure, Stay
from shelters.services import cleaning, holds, spaces, stays
from shelters.services.desk import Place
from tests.factories import FamilyFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]


def at_once(acts):
    """Run every act in its own thread and connection, all released at one moment. Outcomes: "done" or the refusal."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        barrier.wait(timeout=30)
        translation.activate("en")  # Each thread begins in the house's own language.
        try:
            act()
            return "done"
        except Refused as refused:
            return str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def check_in(family, shelter, bed, desk):
    places = {family.people[0].pk: Place(bed.space_id, bed.pk)}
    return lambda: stays.check_in_family(family=family, shelter=shelter, places=places, by=desk)


@pytest.mark.parametrize("desks", [2, 50])
def test_desks_race_for_one_bed(desks):
    shelter = ShelterFactory(beds=1)
    bed = Bed.objects.get()
    acts = [
        check_in(
            FamilyFactory(organisation=shelter.organisation),
            shelter,
            bed,
            StaffFactory(organisation=shelter.organisation),
        )
        for _ in range(desks)
    ]

    outcomes = at_once(acts)

    assert outcomes.count("done") == 1
    assert {outcome for outcome in outcomes if outcome != "done"} == {
        f"Someone has just taken bed 1. 0 are left in {bed.space.name}."
    }
    assert Stay.objects.count() == Placement.objects.count() == 1


def test_one_family_at_two_shelters_at_once():
    first = ShelterFactory(beds=1)
    second = ShelterFactory(beds=1, organisation=first.organisation)
    family = FamilyFactory(organisation=first.organisation)
    desk = StaffFactory(organisation=first.organisation)

    outcomes = at_once(
        [check_in(family, shelter, shelter.spaces.get().beds.get(), desk) for shelter in (first, second)]
    )

    assert outcomes.count("done") == 1
    assert "is already in" in next(outcome for outcome in outcomes if outcome != "done")


def test_a_hold_and_a_check_in_for_one_bed():
    shelter = ShelterFactory(beds=1)
    bed = Bed.objects.get()
    desk = StaffFactory(organisation=shelter.organisation)
    later = timezone.now() + timedelta(hours=1)

    outcomes = at_once(
        [
            check_in(FamilyFactory(organisation=shelter.organisation), shelter, bed, desk),
            lambda: holds.hold_beds(shelter=shelter, beds=[bed], by=desk, held_for="x", expires_at=later),
        ]
    )

    assert outcomes.count("done") == 1


def test_a_cot_is_carried_away_or_given_to_someone():
    shelter = ShelterFactory(beds=1)
    bed, yard = Bed.objects.get(), SpaceFactory(shelter=shelter, name="Patio")
    Bed.objects.update(kind=BedKind.COT)
    desk = StaffFactory(organisation=shelter.organisation)

    outcomes = at_once(
        [
            check_in(FamilyFactory(organisation=shelter.organisation), shelter, bed, desk),
            lambda: spaces.move_bed(bed=Bed.objects.get(), space=yard, by=desk),
        ]
    )

    assert outcomes.count("done") == 1
    placement = Placement.objects.select_related("bed").first()
    assert placement is None or placement.bed.space_id == placement.space_id


def test_a_space_closes_or_someone_gets_a_bed_in_it():
    shelter = ShelterFactory(beds=1)
    bed = Bed.objects.select_related("space__shelter").get()
    desk = StaffFactory(organisation=shelter.organisation)

    outcomes = at_once(
        [
            check_in(FamilyFactory(organisation=shelter.organisation), shelter, bed, desk),
            lambda: spaces.close_space(space=bed.space, kind=ClosureKind.REPAIR, by=desk),
        ]
    )

    assert outcomes.count("done") == 1
    assert SpaceClosure.objects.count() + Placement.objects.count() == 1


def test_two_people_tap_the_same_bed_clean():
    shelter = ShelterFactory(beds=1)
    row = Cleaning.objects.create(bed=Bed.objects.get(), since=timezone.now())
    desks = [StaffFactory(organisation=shelter.organisation) for _number in range(2)]

    outcomes = at_once(
        [lambda by=desk: cleaning.mark_clean(shelter=shelter, cleanings=[row.pk], by=by) for desk in desks]
    )

    assert sorted(outcomes) == ["Somebody has just done this. Look at the list again.", "done"]


def test_the_constraint_holds_without_the_lock():
    """Safety does not hang on the courtesy: two rows written side by side cannot share a bed."""
    shelter = ShelterFactory(beds=1)
    bed = Bed.objects.get()
    desk = StaffFactory(organisation=shelter.organisation)
    check_in(FamilyFactory(organisation=shelter.organisation), shelter, bed, desk)()
    other = FamilyFactory(organisation=shelter.organisation)
    row = Placement.objects.get()

    with connection.cursor() as cursor, pytest.raises(Exception, match="one_person_per_bed"):
        cursor.execute(
            "INSERT INTO shelters_placement (shelter_id, space_id, bed_id, stay_id, person_id, family_id, state, actual, planned,"
            " held_for, space_kind, rule_reason, sex, relationship, needs, recorded_at)"
            " SELECT shelter_id, space_id, bed_id, stay_id, %s, %s, 'out',"
            " tstzrange(lower(actual), lower(actual) + interval '1 hour'), tstzrange(lower(actual), lower(actual) + interval"
            " '1 hour'), '', '', '', '', '', '{}', now() FROM shelters_placement WHERE id = %s",
            [other.people[0].pk, other.pk, row.pk],
        )


def test_desks_that_hold_the_same_places_by_number_do_not_promise_more_than_there_are():
    shelter = ShelterFactory(beds=3)
    desks = [StaffFactory(organisation=shelter.organisation) for _ in range(10)]
    later = timezone.now() + timedelta(hours=1)

    def promise(desk):
        return lambda: holds.hold_places(shelter=shelter, count=1, by=desk, held_for="x", expires_at=later)

    outcomes = at_once([promise(desk) for desk in desks])

    assert outcomes.count("done") == 3
    assert Placement.objects.count() == 3
    refusals = {outcome for outcome in outcomes if outcome != "done"}
    assert len(refusals) == 1
    assert refusals.pop().startswith(f"Anywhere in {shelter.name}: only 0 places can still be held for that time.")


def test_a_promise_by_number_and_a_check_in_for_the_last_bed():
    shelter = ShelterFactory(beds=1)
    bed = Bed.objects.get()
    desk = StaffFactory(organisation=shelter.organisation)
    later = timezone.now() + timedelta(hours=1)

    outcomes = at_once(
        [
            check_in(FamilyFactory(organisation=shelter.organisation), shelter, bed, desk),
            lambda: holds.hold_places(shelter=shelter, count=1, by=desk, held_for="x", expires_at=later),
        ]
    )

    assert outcomes.count("done") == 1
