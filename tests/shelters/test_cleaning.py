"""The turnaround of a bed: left, on the cleaning list, clean. It counts as free all the while."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.board import board_of
from shelters.models import Cleaning, Placement, PlacementState, Stay
from shelters.services import cleaning, places, stays, undo
from shelters.services.capacity import figures
from shelters.services.desk import Place
from shelters.services.suggestions import suggest_places
from tests.factories import FamilyFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    """The front desk."""
    return StaffFactory()


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite", cleans_beds=True)


@pytest.fixture
def room(shelter):
    return SpaceFactory(shelter=shelter, name="Mujeres", beds=3)


def came(room, *, by, bed=None, days=2):
    """A person who has slept in a bed of a room."""
    family = FamilyFactory(organisation=by.organisation)
    bed = bed or room.beds.first()
    stays.check_in_family(
        family=family,
        shelter=room.shelter,
        places={family.people[0].pk: Place(room.pk, bed.pk)},
        by=by,
        happened_at=timezone.now() - timedelta(days=days),
        reason="Así se acordó",
    )
    return family


def leave(family, by):
    return stays.check_out(stays=Stay.objects.current().filter(family=family), by=by, exit_reason="completed")


def take(room, bed, by, **given):
    family = FamilyFactory(organisation=by.organisation)
    places = {family.people[0].pk: Place(room.pk, bed.pk)}
    return stays.check_in_family(family=family, shelter=room.shelter, places=places, by=by, **given)


def waiting():
    return [row.bed.label for row in Cleaning.objects.waiting().order_by("bed__position")]


# --- Onto the list -----------------------------------------------------------------------------------------------------


def test_a_bed_that_somebody_left_is_to_be_cleaned_and_counts_as_free(shelter, room, ines):
    family = came(room, by=ines)
    leave(family, ines)

    assert waiting() == ["1"]
    [row] = figures([shelter])
    assert (row.free, row.out_of_service) == (3, 0)
    assert Cleaning.objects.get().after == Placement.objects.get()


def test_a_house_that_keeps_no_list_has_none(shelter, room, ines):
    places.update_shelter(shelter=shelter, by=ines, cleans_beds=False)

    leave(came(room, by=ines), ines)

    assert waiting() == []


def test_switching_the_list_off_empties_it(shelter, room, ines):
    leave(came(room, by=ines), ines)

    places.update_shelter(shelter=shelter, by=ines, cleans_beds=False)

    assert waiting() == []


def test_who_leaves_the_floor_leaves_no_bed_to_clean(shelter, room, ines):
    placement = PlacementFactory(space=room, bed=None)

    stays.check_out(stays=[placement.stay], by=ines, exit_reason="completed")

    assert not Cleaning.objects.exists()


def test_undoing_a_departure_takes_its_bed_off_the_list(room, ines):
    act = leave(came(room, by=ines), ines)

    undo.undo(act=act, by=ines)

    assert waiting() == []
    assert Cleaning.objects.get().dropped_at is not None  # The record keeps it.


def test_a_bed_is_to_be_cleaned_after_a_move_if_somebody_slept_in_it(room, ines):
    first, second, third = room.beds.all()
    slept, just_came = came(room, by=ines, bed=first), came(room, by=ines, bed=second, days=0)

    for family in (slept, just_came):
        stays.move(stay=Stay.objects.get(family=family), space=room, bed=third, by=ines, reason="Sí")
        stays.check_out(stays=Stay.objects.filter(family=family), by=ines, exit_reason="completed")

    assert waiting() == ["1", "3"]


def test_undoing_a_move_takes_the_old_bed_off_the_list(room, ines):
    family = came(room, by=ines)
    act = stays.move(stay=Stay.objects.get(family=family), space=room, bed=room.beds.last(), by=ines)
    assert waiting() == ["1"]

    undo.undo(act=act, by=ines)

    assert waiting() == []


def test_a_bed_is_on_the_list_once(room, ines):
    leave(came(room, by=ines), ines)

    with pytest.raises(IntegrityError), transaction.atomic():
        Cleaning.objects.create(bed=room.beds.first(), since=timezone.now())


# --- Giving a bed that is to be cleaned --------------------------------------------------------------------------------


def test_giving_an_uncleaned_bed_asks_for_a_reason_and_takes_it_off_the_list(room, ines):
    leave(came(room, by=ines), ines)
    bed = room.beds.first()

    with pytest.raises(Refused, match=r"Bed 1 is still to be cleaned\.") as refusal:
        take(room, bed, ines)
    assert refusal.value.overridable
    take(room, bed, ines, reason="No hay otra")

    assert waiting() == []
    assert Placement.objects.get(bed=bed, state=PlacementState.IN).rule_reason == "No hay otra"
    assert Cleaning.objects.get().cleaned_at is None


def test_whoever_gives_it_may_say_that_it_is_clean_now(room, ines):
    leave(came(room, by=ines), ines)
    bed = room.beds.first()

    take(room, bed, ines, clean_now=True)

    row = Cleaning.objects.get()
    assert (row.cleaned_by, row.cleaned_at is not None) == (ines, True)
    assert Placement.objects.get(bed=bed, state=PlacementState.IN).rule_reason == ""


def test_undoing_a_check_in_into_an_uncleaned_bed_puts_it_back_on_the_list(room, ines):
    leave(came(room, by=ines), ines)
    act = take(room, room.beds.first(), ines, reason="No hay otra")

    undo.undo(act=act, by=ines)

    assert waiting() == ["1"]


def test_a_clean_bed_is_suggested_before_one_to_be_cleaned(shelter, room, ines):
    first, second, third = room.beds.all()
    leave(came(room, by=ines, bed=first), ines)
    family = FamilyFactory(organisation=ines.organisation)

    [best] = suggest_places(family=family, shelter=shelter)
    assert [row.bed for row in best.assignments] == [second]

    PlacementFactory(bed=second)
    PlacementFactory(bed=third)
    [best] = suggest_places(family=family, shelter=shelter)
    assert [row.bed for row in best.assignments] == [first]
    assert "Bed 1 is still to be cleaned." in best.reasons


def test_the_page_offers_a_tap_that_it_is_clean_now(client, room, ines):
    first, _second, _third = room.beds.all()
    leave(came(room, by=ines, bed=first), ines)
    family = FamilyFactory(organisation=ines.organisation)
    client.force_login(ines)
    address = reverse("shelters:place_family", args=[family.pk])
    chosen = {"take": f"{family.people[0].pk}={room.pk}.{first.pk}"}

    asked = client.post(address, chosen)
    assert asked.status_code == 409
    assert "It is clean now: continue" in asked.content.decode()

    assert client.post(f"{address}?clean=1", chosen).status_code == 302
    assert Cleaning.objects.get().cleaned_by == ines


def test_a_move_offers_the_same_tap(client, room, ines):
    first, second, _third = room.beds.all()
    leave(came(room, by=ines, bed=first), ines)
    stay = Stay.objects.get(family=came(room, by=ines, bed=second, days=0))
    client.force_login(ines)
    address, wanted = reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": f"{room.pk}.{first.pk}"}

    assert "It is clean now: continue" in client.post(address, wanted).content.decode()
    assert client.post(f"{address}?clean=1", wanted).status_code == 302
    assert waiting() == []


# --- The list ----------------------------------------------------------------------------------------------------------


def listed(client, shelter):
    return client.get(reverse("shelters:cleaning", args=[shelter.slug])).content.decode()


def test_one_tap_makes_a_bed_clean_and_one_takes_it_back(client, shelter, room, ines):
    leave(came(room, by=ines), ines)
    row = Cleaning.objects.get()
    client.force_login(ines)
    assert "1 bed to clean." in listed(client, shelter)

    client.post(reverse("shelters:cleaning_done", args=[shelter.slug]), {"cleaning": row.pk})
    assert waiting() == []
    assert "Every bed is ready." in listed(client, shelter)
    assert ines.name in listed(client, shelter)

    client.post(reverse("shelters:cleaning_undo", args=[shelter.slug]), {"cleaning": row.pk})
    assert waiting() == ["1"]


def test_a_whole_space_is_clean_with_one_tap(client, shelter, room, ines):
    for bed in room.beds.all():
        leave(came(room, by=ines, bed=bed), ines)
    client.force_login(ines)

    ids = list(Cleaning.objects.values_list("pk", flat=True))
    client.post(reverse("shelters:cleaning_done", args=[shelter.slug]), {"cleaning": ids})

    assert waiting() == []


def test_the_second_of_two_taps_says_that_it_is_done(client, shelter, room, ines):
    leave(came(room, by=ines), ines)
    row = Cleaning.objects.get()
    cleaning.mark_clean(shelter=shelter, cleanings=[row.pk], by=ines)

    with pytest.raises(Refused, match="Somebody has just done this"):
        cleaning.mark_clean(shelter=shelter, cleanings=[row.pk], by=ines)


def test_what_was_cleaned_is_not_taken_back_under_who_sleeps_in_it(shelter, room, ines):
    leave(came(room, by=ines), ines)
    row = Cleaning.objects.get()
    cleaning.mark_clean(shelter=shelter, cleanings=[row.pk], by=ines)
    take(room, room.beds.first(), ines)

    with pytest.raises(Refused, match="Somebody sleeps in bed 1 by now"):
        cleaning.take_back(shelter=shelter, cleaning=row.pk, by=ines)


def test_a_bed_that_was_withdrawn_is_not_on_the_list(shelter, room, ines):
    leave(came(room, by=ines), ines)

    places.withdraw_bed(bed=room.beds.first(), by=ines)

    assert cleaning.cleaning_list(shelter).count == 0


def test_the_list_takes_two_queries_however_long_it_is(shelter, room, ines, django_assert_num_queries):
    for bed in room.beds.all():
        leave(came(room, by=ines, bed=bed), ines)

    with django_assert_num_queries(2):
        found = cleaning.cleaning_list(shelter)
        assert [(part.space, len(part.cleanings)) for part in found.spaces] == [(room, 3)]
        assert [row.bed.label for row in found.spaces[0].cleanings] == ["1", "2", "3"]


def test_no_tap_reaches_the_beds_of_another_organisation(client, shelter, room, ines):
    leave(came(room, by=ines), ines)
    row = Cleaning.objects.get()
    stranger = StaffFactory(role=Role.COORDINATOR)
    theirs = ShelterFactory(organisation=stranger.organisation)
    client.force_login(stranger)

    assert client.get(reverse("shelters:cleaning", args=[shelter.slug])).status_code == 404
    client.post(reverse("shelters:cleaning_done", args=[theirs.slug]), {"cleaning": row.pk})

    assert waiting() == ["1"]


def test_the_sheet_has_the_beds_with_a_box_and_no_person(client, shelter, room, ines):
    family = came(room, by=ines)
    leave(family, ines)
    client.force_login(ines)

    sheet = client.get(reverse("shelters:cleaning_print", args=[shelter.slug])).content.decode()

    assert 'class="po-box"' in sheet
    assert family.people[0].called not in sheet
    assert family.people[0].initials not in sheet


# --- The board ---------------------------------------------------------------------------------------------------------


def test_the_board_has_a_tile_and_a_line_for_it(client, shelter, room, ines):
    leave(came(room, by=ines), ines)
    client.force_login(ines)

    board = board_of(shelter)
    assert (board.to_clean, board.free) == (1, 3)
    shown = client.get(reverse("shelters:board", args=[shelter.slug])).content.decode()
    assert "Bed 1: free, to be cleaned, Single bed" in shown
    assert "1 of the beds is still to be cleaned." in shown


def test_the_board_finds_the_beds_to_clean(client, shelter, room, ines):
    leave(came(room, by=ines), ines)
    client.force_login(ines)

    shown = client.get(reverse("shelters:board", args=[shelter.slug]), {"state": "clean"}).content.decode()

    assert "Bed 1: free, to be cleaned" in shown
    assert "Bed 2: free" not in shown


def test_the_card_of_a_bed_tells_of_its_cleaning(client, shelter, room, ines):
    leave(came(room, by=ines), ines)
    client.force_login(ines)
    address = reverse("shelters:bed", args=[room.beds.first().pk])
    assert "nobody has cleaned it yet" in client.get(address).content.decode()

    cleaning.mark_clean(shelter=shelter, cleanings=[Cleaning.objects.get().pk], by=ines)

    shown = client.get(address).content.decode()
    assert "nobody has cleaned it yet" not in shown
    assert "Cleaned." in shown
