"""A night that is over stays as it was, whatever is done afterwards."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters import nights
from shelters.models import Placement, Stay
from shelters.services import holds, places, stays, undo
from shelters.services.desk import Place
from shelters.services.report_figures import count
from tests.factories import FamilyFactory, ShelterFactory, StaffFactory
from tests.shelters.conftest import EVENING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evening")]


@pytest.fixture
def shelter():
    return ShelterFactory(beds=4)


@pytest.fixture
def desk(shelter):
    return StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR)


def first_beds(shelter, number=1):
    return list(shelter.spaces.get().beds.order_by("pk")[:number])


def check_in(family, shelter, desk, **when):
    beds = zip(family.people, first_beds(shelter, 4), strict=False)
    where = {person.pk: Place(bed.space_id, bed.pk) for person, bed in beds}
    return stays.check_in_family(family=family, shelter=shelter, places=where, by=desk, **when)


def held(act):
    return Placement.objects.filter(pk__in=act.changed["opened"])


@pytest.mark.parametrize("by_number", [False, True])
def test_a_hold_that_is_given_back_afterwards_held_in_that_night(shelter, desk, evening, by_number):
    what = {"count": 1} if by_number else {"beds": first_beds(shelter)}
    far = {"expires_at": timezone.now() + timedelta(days=4), "until": timezone.now() + timedelta(days=5)}
    hold = holds.hold_places if by_number else holds.hold_beds
    act = hold(shelter=shelter, by=desk, held_for="una familia", **what, **far)
    night = nights.tonight(shelter)
    evening.shift(timedelta(days=2))
    as_it_was = count([shelter], night)
    assert as_it_was[shelter.pk]["held"] == 1

    released = holds.release_hold(placements=held(act), by=desk)
    assert count([shelter], night) == as_it_was
    assert count([shelter])[shelter.pk]["held"] == 0

    undo.undo(act=released, by=desk)
    assert count([shelter], night) == as_it_was


def test_a_hold_that_is_given_back_in_the_night_did_not_hold_at_its_end(shelter, desk, evening):
    act = holds.hold_beds(
        shelter=shelter,
        beds=first_beds(shelter),
        by=desk,
        held_for="una familia",
        expires_at=timezone.now() + timedelta(hours=12),
    )
    night = nights.tonight(shelter)
    evening.shift(timedelta(hours=1))
    holds.release_hold(placements=held(act), by=desk)
    evening.shift(timedelta(days=1))

    assert count([shelter], night)[shelter.pk]["held"] == 0


def test_a_hold_that_is_used_in_the_morning_held_in_the_night_unless_they_had_come_then(shelter, desk, evening):
    family, night = FamilyFactory(people=1, organisation=shelter.organisation), nights.tonight(shelter)
    holds.hold_beds(
        shelter=shelter,
        beds=first_beds(shelter),
        by=desk,
        family=family,
        expires_at=timezone.now() + timedelta(hours=12),
        until=timezone.now() + timedelta(days=1),
    )
    evening.shift(timedelta(hours=10))  # Half an hour after the morning hour.
    as_it_was = count([shelter], night)

    act = check_in(family, shelter, desk)
    assert count([shelter], night) == as_it_was

    undo.undo(act=act, by=desk)
    check_in(family, shelter, desk, happened_at=EVENING + timedelta(hours=1))  # From paper.
    figures = count([shelter], night)[shelter.pk]
    assert (figures["held"], figures["occupied"], figures["free"]) == (0, 1, 3)


def test_the_kind_of_a_space_in_which_somebody_slept_stays(shelter, desk, evening):
    space = shelter.spaces.get()
    places.update_space(space=space, by=desk, kind="tent")  # Nobody has been in it yet.
    check_in(FamilyFactory(people=1, organisation=shelter.organisation), shelter, desk)
    night = nights.tonight(shelter)
    evening.shift(timedelta(days=3))
    as_it_was = count([shelter], night)

    with pytest.raises(Refused, match="carry the beds to it"):
        places.update_space(space=space, by=desk, kind="cubicle")
    places.update_space(space=space, by=desk, kind="tent", name="Patio")

    now = count([shelter], night)[shelter.pk]
    assert now | {"spaces": None} == as_it_was[shelter.pk] | {"spaces": None}


def test_the_morning_hour_stays_where_a_night_would_be_counted_otherwise(shelter, desk, evening):
    check_in(FamilyFactory(people=1, organisation=shelter.organisation), shelter, desk)
    night = nights.tonight(shelter)
    evening.shift(timedelta(hours=11))  # 8:30, after the morning hour at 7.
    stays.check_out(stays=Stay.objects.current(), by=desk, exit_reason="completed")
    evening.shift(timedelta(days=3))
    as_it_was = count([shelter], night)

    with pytest.raises(Refused, match="1 arrival or departure"):
        places.update_shelter(shelter=shelter, by=desk, morning_at=time(9))
    places.update_shelter(shelter=shelter, by=desk, morning_at=time(8, 30))
    shelter.refresh_from_db()

    assert count([shelter], night) == as_it_was
