"""Shelters, their state, spaces and beds: capacity is dated, and no night that is over is touched."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import (
    Bed,
    BedBlock,
    BedKind,
    BedPeriod,
    Opening,
    PlacementState,
    Shelter,
    ShelterState,
    Sleepers,
    Space,
    SpaceKind,
)
from shelters.nights import ONE_DAY, local, tonight
from shelters.services import places
from shelters.services.places import BedCount
from tests.factories import (
    BedFactory,
    CityFactory,
    OrganisationFactory,
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
def shelter(elena):
    return ShelterFactory(organisation=elena.organisation, name="Casa Mezquite", slug="mezquite")


def shelter_fields(**changes):
    fields = {
        "name": "Casa Ocotillo",
        "city": CityFactory().pk,
        "zone": "",
        "address": "Calle Inventada 12",
        "is_confidential": "on",
        "evening_at": "18:00",
        "morning_at": "07:00",
        "report_at": "21:30",
        "send_at": "07",
        "curfew_at": "2200",
        "stay_limit": "30",
    }
    return fields | changes


# --- Shelters ----------------------------------------------------------------------------------------------------------


def test_a_coordinator_makes_a_shelter_and_goes_on_to_its_spaces(client, elena):
    client.force_login(elena)

    answer = client.post(reverse("shelters:new"), shelter_fields())

    shelter = Shelter.objects.get(slug="casa-ocotillo")
    assert answer.url == reverse("shelters:spaces", args=["casa-ocotillo"])
    assert shelter.organisation == elena.organisation
    assert (shelter.zone, shelter.curfew_at, shelter.stay_limit) == ("America/Tijuana", time(22), 30)
    assert shelter.address == "Calle Inventada 12"


def test_who_works_in_some_shelters_makes_no_other(client, shelter):
    posted = StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR, shelters=[shelter])
    client.force_login(posted)

    answers = [client.get(reverse("shelters:new")), client.post(reverse("shelters:new"), shelter_fields())]

    for answer in answers:
        assert answer.status_code == 403
        assert "A new shelter is made by a coordinator who works in all of them." in answer.content.decode()
    assert list(Shelter.objects.all()) == [shelter]


def test_the_address_is_encrypted_in_the_database(elena):
    shelter = places.create_shelter(
        organisation=elena.organisation, name="Casa", city=CityFactory(), by=elena, address="Calle Inventada 12"
    )

    stored = Shelter.objects.filter(pk=shelter.pk).extra(select={"raw": "address"}).values_list("raw", flat=True)[0]
    assert "Inventada" not in stored


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"evening_at": "09:00"}, "The night starts after noon, for example at 18:00."),
        ({"morning_at": "13:00"}, "The night is counted before noon, for example at 07:00."),
        ({"report_at": "half past nine"}, "Write the hour with numbers, for example 21:30."),
        ({"city": "", "zone": "Tijuana"}, "“Tijuana” is not a time zone. Write it like America/Tijuana."),
        ({"city": "", "zone": ""}, "Choose the city, or write the time zone: the night follows that clock."),
        ({"stay_limit": "many"}, "Write a whole number, for example 12."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, elena, changes, sentence):
    client.force_login(elena)

    page = client.post(reverse("shelters:new"), shelter_fields(**changes)).content.decode()

    assert page.count(sentence) >= 2  # In the summary on top and at the field.
    assert "Casa Ocotillo" in page
    assert "<title>Error: " in page
    assert not Shelter.objects.exists()


def test_two_shelters_of_an_organisation_cannot_share_a_name(client, elena, shelter):
    client.force_login(elena)

    answer = client.post(reverse("shelters:new"), shelter_fields(name="casa mezquite"))

    assert answer.status_code == 409
    assert "There is already a shelter called casa mezquite." in answer.content.decode()


def test_two_organisations_may_use_the_same_name_and_get_different_addresses(elena):
    city = CityFactory()
    one = places.create_shelter(organisation=elena.organisation, name="Casa", city=city, by=elena)
    two = places.create_shelter(organisation=OrganisationFactory(), name="Casa", city=city, by=None)

    assert (one.slug, two.slug) == ("casa", "casa-2")


def test_a_shelter_outside_the_catalogue_has_a_zone_of_its_own(elena):
    shelter = places.create_shelter(organisation=elena.organisation, name="Casa", zone="America/Hermosillo", by=elena)

    assert shelter.zone == "America/Hermosillo"


def test_editing_keeps_the_address_of_the_page(client, elena, shelter):
    client.force_login(elena)

    client.post(reverse("shelters:edit", args=["mezquite"]), shelter_fields(name="Casa Nueva", stay_limit=""))

    shelter.refresh_from_db()
    assert (shelter.name, shelter.slug, shelter.stay_limit) == ("Casa Nueva", "mezquite", None)


def test_the_list_shows_only_the_houses_that_one_is_posted_to(client, elena, shelter):
    other = ShelterFactory(organisation=elena.organisation, name="Casa Ocotillo")
    ShelterFactory(name="Casa Ajena")
    client.force_login(StaffFactory(organisation=elena.organisation, shelters=[other]))

    page = client.get(reverse("shelters:list")).content.decode()

    assert "Casa Ocotillo" in page
    assert "Casa Mezquite" not in page
    assert "Casa Ajena" not in page


@pytest.mark.parametrize("route", ["edit", "state", "spaces", "space_new", "board", "hold_in_shelter"])
def test_the_pages_of_another_organisations_shelter_are_not_there(client, elena, route):
    ajena = ShelterFactory(name="Casa Ajena")
    client.force_login(elena)

    assert client.get(reverse(f"shelters:{route}", args=[ajena.slug])).status_code == 404


@pytest.mark.parametrize("route", ["edit", "state", "spaces", "space_new"])
def test_the_front_desk_does_not_change_places(client, elena, shelter, route):
    client.force_login(StaffFactory(organisation=elena.organisation, role=Role.FRONT_DESK))

    assert client.get(reverse(f"shelters:{route}", args=[shelter.slug])).status_code == 403


# --- State -------------------------------------------------------------------------------------------------------------


def opening(shelter, at):
    return Shelter.objects.with_opening(at).get(pk=shelter.pk).opening


def test_a_house_without_a_state_is_open(shelter):
    assert opening(shelter, timezone.now()) == Opening.OPEN


def test_closing_ends_what_went_before_and_keeps_it(shelter, elena):
    now = timezone.now()
    places.set_shelter_state(shelter=shelter, state=Opening.PAUSED, by=elena)

    places.set_shelter_state(shelter=shelter, state=Opening.CLOSED, by=elena, from_at=now + timedelta(days=2))

    assert opening(shelter, now - timedelta(minutes=1)) == Opening.OPEN
    assert opening(shelter, now + timedelta(days=1)) == Opening.PAUSED
    assert opening(shelter, now + timedelta(days=3)) == Opening.CLOSED
    assert ShelterState.objects.count() == 2


def test_a_closing_with_an_end_gives_way_to_what_was_there(shelter, elena):
    now = timezone.now()
    places.set_shelter_state(shelter=shelter, state=Opening.PAUSED, by=elena)
    places.set_shelter_state(
        shelter=shelter,
        state=Opening.CLOSED,
        by=elena,
        from_at=now + timedelta(days=2),
        until=now + timedelta(days=4),
    )

    assert opening(shelter, now + timedelta(days=3)) == Opening.CLOSED
    assert opening(shelter, now + timedelta(days=5)) == Opening.PAUSED


def test_the_past_state_is_not_changed(shelter, elena):
    with pytest.raises(Refused, match="The past is not changed"):
        places.set_shelter_state(
            shelter=shelter, state=Opening.CLOSED, by=elena, from_at=timezone.now() - timedelta(days=1)
        )


def test_closing_a_house_with_people_in_it_asks_why(client, shelter, elena):
    StayFactory(shelter=shelter)
    client.force_login(elena)
    address = reverse("shelters:state", args=[shelter.slug])

    refused = client.post(address, {"state": "closed", "reason": ""})
    closed = client.post(address, {"state": "closed", "reason": "No water tonight"})

    assert refused.status_code == 409
    assert "1 person is still in this house." in refused.content.decode()
    assert closed.status_code == 302
    assert opening(shelter, timezone.now() + timedelta(seconds=1)) == Opening.CLOSED


def test_a_closing_that_is_planned_asks_for_whom_by_what_is_written_will_still_be_there(shelter, elena):
    start = timezone.now() + timedelta(days=3)
    day = local(shelter, start).date()
    StayFactory(shelter=shelter, expected_departure_on=day)
    close = {"shelter": shelter, "state": Opening.CLOSED, "by": elena, "from_at": start}
    places.set_shelter_state(**close)  # Who is in it leaves before that.
    StayFactory(shelter=shelter, expected_departure_on=day + ONE_DAY)
    StayFactory(shelter=shelter)

    with pytest.raises(Refused, match="2 people will still be in this house then") as refused:
        places.set_shelter_state(**close)
    assert refused.value.overridable
    places.set_shelter_state(**close, reason="The roof is mended; they go to the other house")


def test_a_state_may_be_planned_by_the_shelters_own_clock(client, shelter, elena):
    client.force_login(elena)
    soon = tonight(shelter) + timedelta(days=3)

    client.post(
        reverse("shelters:state", args=[shelter.slug]),
        {
            "state": "paused",
            "from_on_day": soon.day,
            "from_on_month": soon.month,
            "from_on_year": soon.year,
            "from_hour": "8:00",
        },
    )

    row = ShelterState.objects.get()
    assert row.period.lower.astimezone(timezone.get_fixed_timezone(0)).hour in {15, 16}  # 8 in Tijuana
    assert row.period.upper is None
    assert "Planned" in client.get(reverse("shelters:state", args=[shelter.slug])).content.decode()


# --- Spaces and beds ---------------------------------------------------------------------------------------------------


def test_twelve_bunks_and_four_cots_in_the_womens_dormitory_are_one_form(client, shelter, elena):
    client.force_login(elena)

    answer = client.post(
        reverse("shelters:space_new", args=[shelter.slug]),
        {
            "name": "Mujeres",
            "kind": "dormitory",
            "sleepers": "women",
            "min_age": "",
            "max_age": "",
            "floor_area": "64.5",
            "fire_limit": "20",
            "count_lower": "6",
            "count_upper": "6",
            "count_cot": "4",
            "surge_mat": "3",
        },
    )

    space = Space.objects.get()
    beds = list(space.beds.all())
    assert answer.url == reverse("shelters:spaces", args=[shelter.slug])
    assert (space.sleepers, space.fire_limit, float(space.floor_area)) == (Sleepers.WOMEN, 20, 64.5)
    assert [bed.label for bed in beds] == [f"M-{number:02d}" for number in range(1, 20)]
    assert [bed.kind for bed in beds] == ["lower"] * 6 + ["upper"] * 6 + ["cot"] * 4 + ["mat"] * 3
    assert [bed.is_surge for bed in beds].count(True) == 3
    assert {period.nights.lower for period in BedPeriod.objects.all()} == {tonight(shelter)}


def test_a_cubicle_has_plain_numbers_and_a_second_dormitory_other_letters(shelter, elena):
    def labels(**details):
        space = places.add_space(shelter=shelter, by=elena, beds=[BedCount(BedKind.SINGLE, 2)], **details)
        return [bed.label for bed in space.beds.all()]

    assert labels(name="Mujeres") == ["M-01", "M-02"]
    assert labels(name="Menores") == ["ME-01", "ME-02"]
    assert labels(name="Cubículo 1", kind=SpaceKind.CUBICLE) == ["1", "2"]
    assert labels(name="Cubículo 2", kind=SpaceKind.CUBICLE) == ["1", "2"]
    assert labels(name="Patio", prefix="T") == ["T-01", "T-02"]


def test_beds_that_are_added_later_go_on_counting(client, shelter, elena):
    space = places.add_space(shelter=shelter, by=elena, name="Hombres", beds=[BedCount(BedKind.LOWER, 9)])
    client.force_login(elena)

    client.post(reverse("shelters:beds_new", args=[shelter.slug, space.pk]), {"count_upper": "2"})

    assert [bed.label for bed in space.beds.all()][-2:] == ["H-10", "H-11"]


def test_adding_no_beds_at_all_is_a_mistake(client, shelter, elena):
    space = SpaceFactory(shelter=shelter)
    client.force_login(elena)

    page = client.post(reverse("shelters:beds_new", args=[shelter.slug, space.pk]), {}).content.decode()

    assert "Write how many beds there are, of at least one kind." in page


def test_beds_are_not_added_to_a_night_that_is_over(client, shelter, elena):
    space, yesterday = SpaceFactory(shelter=shelter), tonight(shelter) - ONE_DAY
    client.force_login(elena)

    page = client.post(
        reverse("shelters:beds_new", args=[shelter.slug, space.pk]),
        {
            "count_lower": "1",
            "from_night_day": yesterday.day,
            "from_night_month": yesterday.month,
            "from_night_year": yesterday.year,
        },
    ).content.decode()

    assert "That night is over." in page
    with pytest.raises(Refused, match="Nights that are over are not changed"):
        places.add_beds(space=space, by=elena, beds=[BedCount(BedKind.LOWER, 1)], from_night=yesterday)
    assert not Bed.objects.exists()


def test_ages_in_the_wrong_order_are_refused(client, shelter, elena):
    client.force_login(elena)

    page = client.post(
        reverse("shelters:space_new", args=[shelter.slug]),
        {"name": "Niñez", "kind": "dormitory", "sleepers": "any", "min_age": "12", "max_age": "6"},
    ).content.decode()

    assert "The upper age must not be below the lower age." in page
    assert not Space.objects.exists()


def test_a_space_is_edited_without_touching_its_beds(client, shelter, elena):
    space = SpaceFactory(shelter=shelter, beds=2)
    client.force_login(elena)

    client.post(
        reverse("shelters:space_edit", args=[shelter.slug, space.pk]),
        {"name": "Menores", "kind": "dormitory", "is_step_free": "on", "sleepers": "children"},
    )

    space.refresh_from_db()
    assert (space.name, space.is_step_free) == ("Menores", True)
    assert space.sleepers == Sleepers.ANYONE, "whom it is for is changed from a night on, on its own page"
    assert space.beds.count() == 2


def test_a_space_of_another_shelter_is_not_found_under_this_one(client, shelter, elena):
    elsewhere = SpaceFactory(shelter=ShelterFactory(organisation=elena.organisation))
    client.force_login(elena)

    assert client.get(reverse("shelters:space_edit", args=[shelter.slug, elsewhere.pk])).status_code == 404


# --- Withdrawing and blocking ------------------------------------------------------------------------------------------


@pytest.fixture
def bed(shelter):
    return BedFactory(space=SpaceFactory(shelter=shelter, name="Mujeres"), label="M-01")


def test_withdrawing_a_bed_leaves_the_nights_before_as_they_were(shelter, elena, bed):
    night = tonight(shelter)

    places.withdraw_bed(bed=bed, by=elena, from_night=night + ONE_DAY)

    assert Bed.objects.in_service(night).count() == 1
    assert Bed.objects.in_service(date(2021, 5, 1)).count() == 1
    assert not Bed.objects.in_service(night + ONE_DAY).exists()


def test_a_bed_added_tonight_by_mistake_can_be_withdrawn_tonight(shelter, elena):
    space = places.add_space(shelter=shelter, by=elena, name="Hombres", beds=[BedCount(BedKind.LOWER, 1)])

    places.withdraw_bed(bed=space.beds.get(), by=elena)

    assert not BedPeriod.objects.exists()


def test_a_bed_comes_back_from_tonight_on_and_is_not_there_in_between(shelter, elena, bed):
    night = tonight(shelter)
    BedPeriod.objects.filter(bed=bed).update(nights=(date(2020, 1, 1), night - timedelta(days=30)))

    places.return_bed(bed=bed, by=elena)

    assert Bed.objects.in_service(night).count() == 1
    assert not Bed.objects.in_service(night - ONE_DAY).exists()


@pytest.mark.parametrize("act", ["withdraw", "block"])
def test_nobody_loses_the_bed_they_are_in(client, shelter, elena, bed, act):
    someone = PlacementFactory(bed=bed).person
    client.force_login(elena)

    answer = client.post(reverse(f"shelters:bed_{act}", args=[bed.pk]), {"reason": "Broken slat"})

    assert answer.status_code == 409
    assert f"{someone.initials} is in bed M-01. Move them to another bed first." in answer.content.decode()
    assert not BedBlock.objects.exists()
    assert BedPeriod.objects.get().nights.upper is None


@pytest.mark.parametrize("act", ["withdraw", "block"])
def test_a_bed_that_is_promised_stays(client, shelter, elena, bed, act):
    PlacementFactory(bed=bed, state=PlacementState.HELD)
    client.force_login(elena)

    answer = client.post(reverse(f"shelters:bed_{act}", args=[bed.pk]), {"reason": "Broken slat"})

    assert "Bed M-01 is held until" in answer.content.decode()


def test_a_hold_that_has_run_out_stands_in_nobodys_way(shelter, elena, bed):
    PlacementFactory(bed=bed, state=PlacementState.HELD, hold_expires_at=timezone.now() - timedelta(minutes=1))

    places.block_bed(bed=bed, reason="Broken slat", by=elena)

    assert BedBlock.objects.get().nights.lower == tonight(shelter)


def test_someone_who_leaves_before_may_sleep_until_then(shelter, elena, bed):
    now = timezone.now()
    PlacementFactory(bed=bed, planned=(now - timedelta(hours=2), now + timedelta(days=2)))

    places.block_bed(bed=bed, reason="Fumigation", by=elena, first_night=tonight(shelter) + timedelta(days=4))

    with pytest.raises(Refused, match="is in bed M-01"):
        places.withdraw_bed(bed=bed, by=elena, from_night=tonight(shelter) + ONE_DAY)


def test_a_block_has_a_reason_and_may_have_an_end(client, shelter, elena, bed):
    client.force_login(elena)
    last = tonight(shelter) + timedelta(days=2)

    client.post(
        reverse("shelters:bed_block", args=[bed.pk]),
        {
            "reason": "Broken slat",
            "last_night_day": last.day,
            "last_night_month": last.month,
            "last_night_year": last.year,
        },
    )

    block = BedBlock.objects.get()
    assert (block.nights.lower, block.nights.upper) == (tonight(shelter), last + ONE_DAY)
    assert block.set_by == elena
    assert not Bed.objects.usable(last).exists()
    assert Bed.objects.usable(last + ONE_DAY).exists()


def test_unblocking_ends_the_block_tonight_and_keeps_its_past_nights(shelter, elena, bed):
    night = tonight(shelter)
    BedBlock.objects.create(bed=bed, nights=(night - timedelta(days=3), None), reason="Broken slat")

    places.unblock_bed(bed=bed, by=elena)

    assert BedBlock.objects.get().nights.upper == night
    assert Bed.objects.usable(night).exists()
    assert not Bed.objects.usable(night - ONE_DAY).exists()


def test_unblocking_drops_a_block_that_only_begins_tonight(client, shelter, elena, bed):
    places.block_bed(bed=bed, reason="Broken slat", by=elena)
    client.force_login(elena)

    client.post(reverse("shelters:bed_unblock", args=[bed.pk]))

    assert not BedBlock.objects.exists()


def test_a_block_cannot_overlap_another(shelter, elena, bed):
    places.block_bed(bed=bed, reason="Broken slat", by=elena)

    with pytest.raises(Refused, match="already out of service"):
        places.block_bed(bed=bed, reason="Painted", by=elena)


def test_a_bed_of_another_organisation_is_not_there(client, elena):
    bed = BedFactory()
    client.force_login(elena)

    assert client.get(reverse("shelters:bed", args=[bed.pk])).status_code == 404
    assert client.post(reverse("shelters:bed_block", args=[bed.pk]), {"reason": "x"}).status_code == 404
    assert client.post(reverse("shelters:bed_unblock", args=[bed.pk])).status_code == 404


def test_the_list_of_spaces_shows_beds_withdrawn_and_out_of_service(client, shelter, elena, bed):
    gone = BedFactory(space=bed.space, label="M-02", until=date(2021, 1, 1))
    places.block_bed(bed=bed, reason="Broken slat", by=elena)
    client.force_login(elena)

    page = client.get(reverse("shelters:spaces", args=[shelter.slug])).content.decode()

    assert "Withdrawn" in page
    assert gone.label in page
    assert "Broken slat" in page
    assert "1 out of service" in page
