"""The sheets of the night guard: who sleeps where, who must be found, which beds are empty. Names for who may read names."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases.models import NeedCode, SpecificNeed
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.board import board_of
from shelters.models import Answer, BedKind, Cleaning, Direction, PlacementState, SpaceKind
from shelters.night_sheets import empty_beds, evacuation_list
from shelters.nights import tonight
from shelters.services import places, roll_call
from shelters.services.door import pass_door
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    """The front desk: may read names."""
    return StaffFactory()


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def room(shelter):
    return SpaceFactory(shelter=shelter, name="Mujeres", beds=4)


def sleeper(room, number, **person):
    """Somebody in a bed of a room."""
    someone = PersonFactory(organisation=room.shelter.organisation, **person)
    family = FamilyFactory(organisation=room.shelter.organisation)
    stay = StayFactory(shelter=room.shelter, person=someone, family=family)
    return PlacementFactory(bed=room.beds.all()[number], stay=stay)


def shown(client, name, shelter):
    return " ".join(client.get(reverse(f"shelters:{name}", args=[shelter.slug])).content.decode().split())


# --- Evacuation --------------------------------------------------------------------------------------------------------


def test_everyone_is_on_the_list_who_is_out_as_well_with_the_sum_of_each_space(shelter, room, ines):
    yard = SpaceFactory(shelter=shelter, name="Patio")
    here, out = sleeper(room, 0), sleeper(room, 1)
    PlacementFactory(space=yard, bed=None)
    StayFactory(shelter=shelter)  # Nobody wrote where.
    given = {"shelter": shelter, "night": tonight(shelter), "by": ines}
    roll_call.mark_guest(stay=out.stay, answer=Answer.LEAVE, **given)
    roll_call.mark_guest(stay=here.stay, answer=Answer.PRESENT, **given)

    found = evacuation_list(shelter)

    sums = [(sheet.space and sheet.space.name, sheet.inside, sheet.out) for sheet in found.spaces]
    assert sums == [("Mujeres", 1, 1), ("Patio", 1, 0), (None, 1, 0)]
    assert (found.people, found.inside, found.out) == (4, 3, 1)


@time_machine.travel(datetime(2026, 11, 22, 23, 50, tzinfo=ZoneInfo("America/Tijuana")), tick=False)
def test_what_was_known_last_says_who_is_out_the_roll_call_or_the_door(shelter, room, ines):
    """A list that calls somebody out whom the door has seen come in sends nobody to look for them."""
    came, went_again, said_later, at_night = (sleeper(room, number).stay for number in range(4))
    began = timezone.now() - timedelta(minutes=50)
    given = {"shelter": shelter, "night": tonight(shelter), "by": ines}
    for stay in (came, went_again):
        roll_call.mark_guest(stay=stay, answer=Answer.ABSENT, happened_at=began, **given)
    pass_door(stay=came, direction=Direction.IN, by=ines, happened_at=began + timedelta(minutes=10))
    pass_door(stay=went_again, direction=Direction.IN, by=ines, happened_at=began + timedelta(minutes=10))
    pass_door(stay=went_again, direction=Direction.OUT, by=ines, happened_at=began + timedelta(minutes=20))
    pass_door(stay=said_later, direction=Direction.IN, by=ines, happened_at=began + timedelta(minutes=10))
    roll_call.mark_guest(stay=said_later, answer=Answer.LEAVE, happened_at=began + timedelta(minutes=30), **given)
    SpecificNeed.objects.create(person=came.person, code=NeedCode.STEP_FREE)

    found = evacuation_list(shelter)

    assert [line.guest.stay_id for line in found.spaces[0].lines if not line.is_out] == [came.pk, at_night.pk]
    assert (found.inside, found.out, found.need_help) == (2, 2, 1)


def test_who_needs_help_is_marked_and_nothing_that_is_restricted(shelter, room):
    wheelchair, other = sleeper(room, 0), sleeper(room, 2)
    sleeper(room, 1, age=1)
    SpecificNeed.objects.create(person=wheelchair.person, code=NeedCode.STEP_FREE)
    SpecificNeed.objects.create(person=wheelchair.person, code=NeedCode.LGBTQ)
    SpecificNeed.objects.create(person=other.person, code=NeedCode.VIOLENCE)
    SpecificNeed.objects.create(person=other.person, code=NeedCode.OLDER, ended_at=timezone.now())

    [sheet] = evacuation_list(shelter).spaces

    assert [line.help for line in sheet.lines] == [
        ["Wheelchair or no steps"],
        ["To be carried: 1 year old"],
        [],
    ]
    assert sheet.need_help == 2


def test_the_list_says_whom_to_find_and_leaves_a_line_in_the_read_log(client, shelter, room, ines):
    someone = sleeper(room, 0)
    client.force_login(ines)

    page = shown(client, "print_evacuation", shelter)

    assert "1 person to be found." in page
    assert someone.person.called in page
    assert 'class="po-box"' in page
    line = ReadLog.objects.get()
    assert (line.what, line.subject_id, line.count) == ("print_evacuation", shelter.pk, 1)


@pytest.mark.parametrize("name", ["print_evacuation", "print_tonight"])
def test_who_needs_no_names_gets_initials(client, shelter, room, ines, name):
    someone = sleeper(room, 0).person
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))

    page = shown(client, name, shelter)

    assert someone.initials in page
    assert someone.called not in page
    assert someone.first_surname not in page


def test_the_list_takes_the_same_queries_for_any_house(shelter, room, django_assert_num_queries):
    def count():
        with django_assert_num_queries(8):
            return evacuation_list(shelter).people

    sleeper(room, 0)
    assert count() == 1
    for number in range(5):
        PlacementFactory(bed=BedFactory(space=SpaceFactory(shelter=shelter), label=str(number)))
    assert count() == 6


def test_nobody_of_another_organisation_prints_them(client, shelter, room):
    client.force_login(StaffFactory(role=Role.COORDINATOR))

    for name in ("night_sheets", "print_evacuation", "print_tonight", "print_empty"):
        assert client.get(reverse(f"shelters:{name}", args=[shelter.slug])).status_code == 404


# --- Tonight and the empty beds ----------------------------------------------------------------------------------------


def test_tonight_by_space_has_every_bed_with_who_is_in_it(client, shelter, room, ines):
    someone = sleeper(room, 0)
    PlacementFactory(space=room, bed=None)
    client.force_login(ines)

    page = shown(client, "print_tonight", shelter)

    assert "Mujeres: 2 people" in page
    assert someone.family.folio in page
    assert "No bed" in page
    assert ReadLog.objects.get().what == "print_tonight"


def test_who_went_out_at_the_door_is_out_and_stays_on_the_list(client, shelter, room, ines):
    stay = sleeper(room, 0).stay
    pass_door(stay=stay, direction=Direction.OUT, by=ines)
    client.force_login(ines)

    found, page = evacuation_list(shelter), shown(client, "print_evacuation", shelter)

    assert (found.people, found.inside, found.out) == (1, 0, 1)
    assert "Went out" in page


def test_the_empty_beds_say_what_stands_in_the_way(shelter, room, ines):
    beds = list(room.beds.all())
    sleeper(room, 0)
    PlacementFactory(
        bed=beds[1],
        state=PlacementState.HELD,
        hold_expires_at=timezone.now() + timedelta(hours=1),
        held_for="A family of five from the bridge",
    )
    places.block_bed(bed=beds[2], reason="Rota", by=ines)
    Cleaning.objects.create(bed=beds[3], since=timezone.now())
    BedFactory(space=room, label="S", kind=BedKind.MAT, is_surge=True, position=9)

    [part] = empty_beds(board_of(shelter))

    assert [(one.tile.bed.label, one.note) for one in part.free] == [
        ("4", "To clean"),
        ("S", "Only when the house is full"),
    ]
    assert [one.tile.bed.label for one in part.others] == ["2", "3"]
    assert [one.note.partition(" ")[0] for one in part.others] == ["Held", "Out"]
    assert part.others[0].note.endswith(": A family of five from the bridge")


def test_an_empty_bed_beside_a_family_is_of_that_family(shelter, ines):
    cubicle = SpaceFactory(shelter=shelter, kind=SpaceKind.CUBICLE, beds=2)
    sleeper(cubicle, 0)

    [part] = empty_beds(board_of(shelter))

    assert (part.free, [one.note for one in part.others]) == ([], ["Of the family in this cubicle"])


def test_the_sheet_of_empty_beds_has_no_person(client, shelter, room, ines):
    someone = sleeper(room, 0).person
    client.force_login(ines)

    page = shown(client, "print_empty", shelter)

    assert "Mujeres: 3 free. Dormitory. Anyone." in page
    for word in (someone.called, someone.initials):
        assert word not in page
    assert not ReadLog.objects.exists()


def test_the_board_leads_to_the_sheets(client, shelter, room, ines):
    client.force_login(ines)

    assert reverse("shelters:night_sheets", args=[shelter.slug]) in shown(client, "board", shelter)
    page = shown(client, "night_sheets", shelter)
    for name in ("print_evacuation", "print_tonight", "print_empty", "roll_call_print", "cleaning_print"):
        assert reverse(f"shelters:{name}", args=[shelter.slug]) in page
    assert reverse("shelters:kitchen", args=[shelter.slug]) not in page  # The desk keeps no kitchen.
