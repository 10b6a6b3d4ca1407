"""Moving people: one, a whole family in one act, and undoing it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.models import Sex
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.family_beds import beds_to_hold
from shelters.models import Act, ActKind, Placement, PlacementState, Sleepers
from shelters.nights import noon_of, tonight
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
def ines():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def room(ines):
    shelter = ShelterFactory(organisation=ines.organisation, slug="mezquite")
    return SpaceFactory(shelter=shelter, name="Sala", beds=5)


@pytest.fixture
def family(ines, room):
    """Two people, in the first two beds."""
    family = FamilyFactory(organisation=ines.organisation, people=2)
    for person, bed in zip(family.people, room.beds.all()[:2], strict=True):
        PlacementFactory(bed=bed, person=person, family=family)
    return family


def placed(person):
    return Placement.objects.get(person=person, state=PlacementState.IN)


def stay_of(person):
    return person.stays.get()


def code(bed):
    return f"{bed.space_id}.{bed.pk}"


def page(answer):
    return " ".join(answer.content.decode().split())


def test_one_person_moves_and_the_old_place_is_closed(client, ines, room, family):
    person, bed = family.people[0], room.beds.last()
    stay = stay_of(person)
    client.force_login(ines)

    answer = client.post(reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": code(bed)})

    assert answer.url == reverse("cases:family", args=[family.pk])
    assert placed(person).bed == bed
    assert Placement.objects.filter(person=person, state=PlacementState.OUT).count() == 1


def test_the_page_offers_free_beds_and_the_floor_and_is_read_on_record(client, ines, room, family):
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:move", args=[stay_of(family.people[0]).pk])))

    assert shown.count("single bed</option>") == 3
    assert "Without a bed in Sala" in shown
    assert "Move the whole family (2)" in shown
    assert ReadLog.objects.get().what == "move"


def test_moving_to_a_bed_that_was_just_taken_is_said(client, ines, room, family):
    stay, bed = stay_of(family.people[0]), room.beds.last()
    PlacementFactory(bed=bed)
    client.force_login(ines)

    answer = client.post(reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": code(bed)})

    assert answer.status_code == 409
    assert "Someone has just taken bed 5. 2 are left in Sala." in page(answer)


def test_choosing_nothing_is_said_at_the_field(client, ines, room, family):
    client.force_login(ines)

    answer = client.post(reverse("shelters:move", args=[stay_of(family.people[0]).pk]), {})

    assert "Choose the new place." in page(answer)


def test_a_rule_that_bends_takes_a_reason(client, ines, room, family):
    person = family.people[0]
    person.sex = Sex.FEMALE
    person.save()
    stay = stay_of(person)
    men = SpaceFactory(shelter=room.shelter, name="Hombres", sleepers=Sleepers.MEN, beds=1)
    data = {f"place_{stay.pk}": code(men.beds.get())}
    client.force_login(ines)

    asked = client.post(reverse("shelters:move", args=[stay.pk]), data)
    client.post(reverse("shelters:move", args=[stay.pk]), data | {"reason": "Her room floods"})

    assert "Hombres is for men." in page(asked)
    assert "Continue with this reason" in page(asked)
    assert placed(person).rule_reason == "Her room floods"


def test_a_family_changes_beds_among_itself_in_one_act(client, ines, room, family):
    one, two = family.people
    first, second = placed(one).bed, placed(two).bed
    client.force_login(ines)

    client.post(
        reverse("shelters:move_family", args=[family.pk]),
        {f"place_{stay_of(one).pk}": code(second), f"place_{stay_of(two).pk}": code(first)},
    )

    assert (placed(one).bed, placed(two).bed) == (second, first)
    act = Act.objects.get()
    assert (act.kind, len(act.changed["opened"])) == (ActKind.MOVE, 2)

    client.post(reverse("shelters:undo", args=[act.pk]))

    assert (placed(one).bed, placed(two).bed) == (first, second)


def test_who_keeps_their_place_does_not_move(client, ines, room, family):
    one, two = family.people
    client.force_login(ines)

    client.post(
        reverse("shelters:move_family", args=[family.pk]),
        {f"place_{stay_of(one).pk}": code(placed(one).bed), f"place_{stay_of(two).pk}": code(room.beds.last())},
    )

    assert Placement.objects.filter(person=one).count() == 1
    assert Act.objects.get().changed["stays"] == [stay_of(two).pk]


def test_a_family_that_moves_nowhere_is_told_so(client, ines, room, family):
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:move_family", args=[family.pk]),
        {f"place_{stay_of(person).pk}": code(placed(person).bed) for person in family.people},
    )

    assert "They are all there already." in page(answer)


def test_one_bed_cannot_go_to_two_of_a_family_and_nobody_moves(client, ines, room, family):
    before = [placed(person).bed for person in family.people]
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:move_family", args=[family.pk]),
        {f"place_{stay_of(person).pk}": code(room.beds.last()) for person in family.people},
    )

    assert "Bed 5 was chosen for two people." in page(answer)
    assert [placed(person).bed for person in family.people] == before


def test_someone_whose_place_nobody_recorded_gets_one(client, ines, room):
    stay = StayFactory(shelter=room.shelter)
    client.force_login(ines)

    assert "Now in the house; nobody wrote where." in page(client.get(reverse("shelters:move", args=[stay.pk])))
    client.post(reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": code(room.beds.last())})

    assert placed(stay.person).bed == room.beds.last()


def test_a_bed_of_another_organisation_is_not_taken(client, ines, room, family):
    stay, foreign = stay_of(family.people[0]), BedFactory()
    client.force_login(ines)

    answer = client.post(reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": code(foreign)})

    assert answer.status_code == 409
    assert placed(stay.person).bed == room.beds.first()


def test_a_stay_of_another_organisation_is_not_there(client, ines):
    stay = PlacementFactory().stay
    client.force_login(ines)

    assert client.get(reverse("shelters:move", args=[stay.pk])).status_code == 404
    assert client.post(reverse("shelters:move", args=[stay.pk]), {}).status_code == 404


def test_a_volunteer_moves_someone_by_initials(client, ines, room, family):
    person = family.people[0]
    person.given_names = "Berenice"
    person.save()
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))

    shown = page(client.get(reverse("shelters:move", args=[stay_of(person).pk])))

    assert person.initials in shown
    assert "Berenice" not in shown


def test_an_act_of_another_organisation_cannot_be_undone(client, ines, room, family):
    stay = stay_of(family.people[0])
    client.force_login(ines)
    client.post(reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": code(room.beds.last())})
    client.force_login(StaffFactory(role=Role.COORDINATOR))

    assert client.post(reverse("shelters:undo", args=[Act.objects.get().pk])).status_code == 404
    assert Act.objects.get().undone_at is None


def test_undoing_twice_is_a_sentence(client, ines, room, family):
    stay = stay_of(family.people[0])
    client.force_login(ines)
    client.post(reverse("shelters:move", args=[stay.pk]), {f"place_{stay.pk}": code(room.beds.last())})
    undo = reverse("shelters:undo", args=[Act.objects.get().pk])

    client.post(undo)
    answer = client.post(undo)

    assert answer.status_code == 409
    assert "This has already been undone. Load the page again to see how it stands." in page(answer)


# --- Until when --------------------------------------------------------------------------------------------------------


def day_fields(day):
    return {"leaves_on_day": day.day, "leaves_on_month": day.month, "leaves_on_year": day.year}


def test_the_day_of_departure_is_set_for_the_whole_family_and_frees_the_beds_after_it(client, ines, room, family):
    shelter = room.shelter
    day = tonight(shelter) + timedelta(days=3)
    client.force_login(ines)

    client.post(
        reverse("shelters:leaves_on", args=[stay_of(family.people[0]).pk]), day_fields(day) | {"all_of_them": "on"}
    )

    assert {stay_of(person).expected_departure_on for person in family.people} == {day}
    assert len([bed for _space, beds in beds_to_hold(shelter, day) for bed in beds]) == 5
    shown = page(client.get(reverse("shelters:family_beds", args=[family.pk])))
    assert "Leaves on" in shown
    assert "Day of departure written" in shown

    said = page(client.post(reverse("shelters:undo", args=[Act.objects.get().pk]), follow=True))
    assert "The day of departure is as it was before." in said
    assert {stay_of(person).expected_departure_on for person in family.people} == {None}


def test_the_day_of_departure_of_one_leaves_the_others_as_they_are(client, ines, room, family):
    one, two = family.people
    day = tonight(room.shelter) + timedelta(days=3)
    client.force_login(ines)

    client.post(reverse("shelters:leaves_on", args=[stay_of(one).pk]), day_fields(day))
    client.post(reverse("shelters:leaves_on", args=[stay_of(one).pk]), {})

    assert (stay_of(one).expected_departure_on, stay_of(two).expected_departure_on) == (None, None)
    assert placed(one).planned.upper is None


def test_nobody_stays_longer_in_a_bed_that_is_promised_to_others(client, ines, room, family):
    one = family.people[0]
    friday = tonight(room.shelter) + timedelta(days=3)
    client.force_login(ines)
    client.post(reverse("shelters:leaves_on", args=[stay_of(one).pk]), day_fields(friday))
    PlacementFactory(
        bed=placed(one).bed,
        state=PlacementState.HELD,
        planned=(noon_of(room.shelter, friday), noon_of(room.shelter, friday + timedelta(days=1))),
        hold_expires_at=noon_of(room.shelter, friday + timedelta(days=1)),
    )

    answer = client.post(reverse("shelters:leaves_on", args=[stay_of(one).pk]), day_fields(friday + timedelta(days=2)))

    assert answer.status_code == 409
    assert "promised to someone else" in page(answer)
    assert stay_of(one).expected_departure_on == friday


def test_a_day_that_is_over_is_not_a_day_to_leave_on(client, ines, room, family):
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:leaves_on", args=[stay_of(family.people[0]).pk]),
        day_fields(tonight(room.shelter) - timedelta(days=2)),
    )

    assert "That day is over." in page(answer)
