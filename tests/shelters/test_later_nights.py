"""A bed or a space that goes out of service on a later night: it is given, held and promised until then, and not beyond."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Placement, PlacementState, Stay
from shelters.nights import evening_of, first_untouched, noon_of
from shelters.services import holds, places, promises, spaces, stays
from shelters.services.capacity import figures
from shelters.services.desk import Place
from shelters.services.offers import offers_for
from shelters.services.suggestions import suggest_places
from tests.factories import FamilyFactory, ShelterFactory, StaffFactory
from tests.shelters.conftest import EVENING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evening")]
GONE = date(2026, 11, 24)


@pytest.fixture
def shelter():
    return ShelterFactory(beds=4)


@pytest.fixture
def elena(shelter):
    return StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR)


@pytest.fixture
def family(shelter):
    return FamilyFactory(organisation=shelter.organisation)


@pytest.fixture
def bed(shelter):
    return shelter.spaces.get().beds.first()


def block(bed, by, first=GONE):
    places.block_bed(bed=bed, reason="Broken slat", by=by, first_night=first)


def withdraw(bed, by, first=GONE):
    places.withdraw_bed(bed=bed, by=by, from_night=first)


def close(bed, by, first=GONE):
    spaces.close_space(space=bed.space, kind="repair", by=by, first_night=first)


def mothball(bed, by, first=GONE):
    spaces.close_space(space=bed.space, kind="mothballed", by=by, first_night=first)


EVERY_WAY = pytest.mark.parametrize("go_out", [block, withdraw, close, mothball])


def check_in(family, bed, by, **kwargs):
    places_of = {family.people[0].pk: Place(bed.space_id, bed.pk)}
    return stays.check_in_family(family=family, shelter=bed.space.shelter, places=places_of, by=by, **kwargs)


@EVERY_WAY
def test_a_bed_that_goes_out_of_service_is_given_until_then(shelter, elena, family, bed, go_out):
    go_out(bed, elena)

    with pytest.raises(Refused, match=r"from 11/24/2026 on. Give a departure on or before that day"):
        check_in(family, bed, elena)
    with pytest.raises(Refused, match="Give a departure on or before that day"):
        check_in(family, bed, elena, expected_departure_on=GONE + timedelta(days=1))

    check_in(family, bed, elena, expected_departure_on=GONE)
    assert Placement.objects.get().planned.upper == noon_of(shelter, GONE)


def test_a_guest_in_a_bed_that_went_out_took_no_other_free_place(shelter, elena, family, bed, evening):
    withdraw(bed, elena)
    check_in(family, bed, elena, expected_departure_on=GONE)
    evening.move_to(noon_of(shelter, GONE) - timedelta(hours=3))
    stays.check_out(stays=Stay.objects.all(), by=elena, exit_reason="completed")

    [found] = figures([shelter])
    assert (found.nominal, found.occupied, found.free) == (3, 0, 3)


def test_nobody_sleeps_on_the_floor_of_a_space_beyond_its_closing(shelter, elena, family, bed):
    close(bed, elena)
    floor = {family.people[0].pk: Place(bed.space_id)}

    with pytest.raises(Refused, match=r"closes on 11/24/2026. Give a departure"):
        stays.check_in_family(family=family, shelter=shelter, places=floor, by=elena)

    stays.check_in_family(family=family, shelter=shelter, places=floor, by=elena, expected_departure_on=GONE)


@EVERY_WAY
def test_nobody_moves_into_it_beyond_that_day(shelter, elena, family, bed, go_out):
    second = shelter.spaces.get().beds.last()
    room = places.add_space(shelter=shelter, by=elena, name="Yard", beds=[places.BedCount("cot", 1)])
    check_in(family, room.beds.get(), elena)
    go_out(second, elena)

    with pytest.raises(Refused, match="Give a departure on or before that day"):
        stays.move(stay=Stay.objects.get(), space=second.space, bed=second, by=elena)


@EVERY_WAY
def test_no_stay_is_made_longer_over_it(shelter, elena, family, bed, go_out):
    check_in(family, bed, elena, expected_departure_on=date(2026, 11, 23))
    go_out(bed, elena)
    stay = Stay.objects.get()
    stays.extend_stay(stay=stay, expected_departure_on=GONE, by=elena)

    for later in (GONE + timedelta(days=1), None):
        with pytest.raises(Refused, match="Give a departure on or before that day"):
            stays.extend_stay(stay=stay, expected_departure_on=later, by=elena)

    stays.extend_stay(stay=stay, expected_departure_on=date(2026, 11, 23), by=elena)


@EVERY_WAY
def test_paper_is_not_typed_into_a_bed_that_has_gone_out_since(shelter, elena, family, bed, evening, go_out):
    evening.move_to(noon_of(shelter, GONE))
    go_out(bed, elena)

    with pytest.raises(Refused, match=r"out of service since|is closed"):
        check_in(family, bed, elena, happened_at=EVENING)


@EVERY_WAY
def test_a_bed_is_held_until_then(shelter, elena, bed, go_out):
    go_out(bed, elena)
    late, held = timezone.now() + timedelta(days=4), {"held_for": "Five from the bridge", "by": elena}

    with pytest.raises(Refused, match=r"out of service from 11/24/2026 on. Hold it until that day"):
        holds.hold_beds(shelter=shelter, beds=[bed], expires_at=late, until=late, **held)

    until = noon_of(shelter, GONE)
    holds.hold_beds(shelter=shelter, beds=[bed], expires_at=until, until=until, **held)
    assert Placement.objects.get().state == PlacementState.HELD


@EVERY_WAY
def test_places_by_number_count_on_the_beds_that_are_there_all_the_time(shelter, elena, bed, go_out):
    go_out(bed, elena)
    left = 0 if go_out in {close, mothball} else 3

    for until, places_left in ((GONE, 4), (GONE + timedelta(days=1), left)):
        span = (timezone.now(), noon_of(shelter, until))
        assert promises.free_beds(shelter, *span, timezone.now())[promises.HOUSE] == places_left


def test_a_later_bed_is_not_offered_from_the_day_on_which_it_is_in_repair(shelter, elena, family):
    house = ShelterFactory(organisation=elena.organisation, beds=1)
    bed = house.spaces.get().beds.get()
    check_in(FamilyFactory(organisation=elena.organisation), bed, elena, expected_departure_on=GONE)
    assert offers_for(family=family, shelters=[house]).later
    block(bed, elena)

    assert not offers_for(family=family, shelters=[house]).later


@EVERY_WAY
def test_a_suggestion_says_until_when_and_comes_after_what_fits(shelter, elena, family, bed, go_out):
    go_out(bed, elena)

    best, *_rest = suggest_places(family=family, shelter=shelter)
    if go_out in {close, mothball}:
        assert any("write a departure by then" in sentence for sentence in best.reasons)
    else:
        assert best.assignments[0].bed != bed
        assert "It fits every rule." in best.reasons
    until = [option.assignments[0] for option in suggest_places(family=family, shelter=shelter, until=GONE)]
    assert all(not row.problems for row in until)
    beyond = suggest_places(family=family, shelter=shelter, until=GONE + timedelta(days=1))
    assert all(row.assignments[0].bed != bed for row in beyond)


def test_the_page_still_gives_the_bed_to_who_leaves_in_time(client, shelter, elena, family, bed):
    mothball(bed, elena)
    client.force_login(elena)
    url = reverse("shelters:place_family", args=[family.pk])
    chosen = {f"place_{family.people[0].pk}": f"{bed.space_id}.{bed.pk}"}

    refused = client.post(url, chosen)
    assert refused.status_code == 409
    assert "Give a departure on or before that day" in refused.content.decode()

    day = {"leaves_on_day": "24", "leaves_on_month": "11", "leaves_on_year": "2026"}
    assert client.post(url, chosen | day).status_code == 302


def test_a_bed_that_is_withdrawn_and_brought_back_at_once_stays(shelter, elena, family, bed):
    withdraw(bed, elena)
    places.return_bed(bed=bed, by=elena, from_night=GONE)

    check_in(family, bed, elena)


@pytest.mark.parametrize(
    ("end", "night"),
    [
        (datetime(2026, 11, 23, 12), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 2), date(2026, 11, 23)),
        (datetime(2026, 11, 22, 23, 30), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 23), date(2026, 11, 25)),
    ],
)
def test_the_first_night_that_a_promise_leaves_alone(shelter, end, night):
    local = end.replace(tzinfo=EVENING.tzinfo)
    assert first_untouched(shelter, EVENING, local) == night
    assert first_untouched(shelter, EVENING, None) is None
    assert evening_of(shelter, night) >= local
