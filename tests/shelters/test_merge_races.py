"""Two desks that join, or put apart, the same two files at one moment: one does it, the other gets a sentence."""

import pytest

from cases.models import FamilyMember, Merge, Person
from shelters.models import Placement, PlacementState, Stay
from shelters.services.merge import merge, undo_merge
from tests.factories import FamilyFactory, ShelterFactory, StaffFactory
from tests.shelters.test_merge import check_in
from tests.shelters.test_races import at_once
from tests.shelters.test_races import check_in as race_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]


def test_two_desks_join_two_files_once_whichever_of_them_goes_on_and_undo_it_once():
    desk = StaffFactory()
    one, other = (FamilyFactory(organisation=desk.organisation).people[0] for _ in range(2))

    outcomes = at_once(
        [
            lambda: merge(kept=one, merged=other, by=desk, reason="One"),
            lambda: merge(kept=other, merged=one, by=desk, reason="One"),
        ]
    )

    assert sorted(outcomes, key=len)[0] == "done"
    assert "joined to another already" in sorted(outcomes, key=len)[1]
    done = Merge.objects.get()
    assert Person.objects.filter(merged_into=None).count() == 1
    outcomes = at_once([lambda: undo_merge(merge=done, by=desk)] * 2)
    assert outcomes.count("done") == 1
    assert FamilyMember.objects.filter(left_on=None).count() == 2


def test_a_bed_that_comes_free_by_joining_is_given_once():
    desk = StaffFactory()
    shelter = ShelterFactory(organisation=desk.organisation, beds=2)
    one, other, third = (FamilyFactory(organisation=desk.organisation) for _ in range(3))
    check_in(one, shelter, desk)
    check_in(other, shelter, desk, first=1)
    bed = Placement.objects.get(person=other.people[0]).bed
    stay = Stay.objects.get(person=other.people[0])

    outcomes = at_once(
        [
            lambda: merge(kept=one.people[0], merged=other.people[0], by=desk, reason="One", never_were={stay.pk}),
            race_for(third, shelter, bed, desk),
        ]
    )

    assert "done" in outcomes
    assert Merge.objects.exists()
    assert Placement.objects.filter(bed=bed, state=PlacementState.IN).count() <= 1
