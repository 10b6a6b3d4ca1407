"""Holding beds for people who are on their way, and giving them back."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.family_beds import beds_to_hold
from shelters.models import Act, ActKind, Placement, PlacementState
from shelters.nights import ONE_DAY, instant_at, local, noon_of, tonight
from shelters.services import places, spaces
from shelters.services.desk import Place
from shelters.services.holds import hold_beds, hold_places, release_hold
from shelters.services.stays import check_in_family
from shelters.services.undo import undo
from tests.factories import FamilyFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def beds(shelter):
    return list(SpaceFactory(shelter=shelter, name="Sala", beds=4).beds.all())


def soon(shelter):
    """An hour that has not come yet and that comes before noon tomorrow, as it is typed."""
    return f"{local(shelter, timezone.now() + timedelta(minutes=40)):%H:%M}"


def hold(client, shelter, chosen, **changes):
    data = {
        "held_for": "A family of five from the bridge",
        "until_hour": soon(shelter),
        "beds": [bed.pk for bed in chosen],
    }
    return client.post(reverse("shelters:hold_in_shelter", args=[shelter.slug]), data | changes)


def page(answer):
    return " ".join(answer.content.decode().split())


def test_beds_are_held_for_a_family_from_the_bridge(client, ines, shelter, beds):
    client.force_login(ines)

    answer = hold(client, shelter, beds[:2])
    board = page(client.get(answer.url))

    held = Placement.objects.filter(state=PlacementState.HELD)
    assert {row.bed for row in held} == set(beds[:2])
    assert {row.held_for for row in held} == {"A family of five from the bridge"}
    assert f"2 beds are held until {soon(shelter)}." in board
    assert f"held until {soon(shelter)}" in board
    assert "2 free, anyone" in board


def test_a_hold_is_undone_from_the_toast(client, ines, shelter, beds):
    client.force_login(ines)
    hold(client, shelter, beds[:2])

    answer = client.post(reverse("shelters:undo", args=[Act.objects.get().pk]))

    assert answer.url == reverse("shelters:board", args=["mezquite"])
    assert not Placement.objects.filter(state=PlacementState.HELD).exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"held_for": ""}, "Write for whom the beds are held."),
        ({"until_hour": ""}, "Write until what hour the beds are held."),
        ({"beds": []}, "Choose at least one bed."),
        ({"beds": ["999999"]}, "One of these beds has just been taken. Choose again."),
        ({"beds": ["x"]}, "One of these beds has just been taken. Choose again."),
    ],
)
def test_what_is_missing_is_said(client, ines, shelter, beds, changes, sentence):
    client.force_login(ines)

    answer = hold(client, shelter, beds[:1], **changes)

    assert answer.status_code == 200
    assert sentence in page(answer)
    assert not Placement.objects.exists()


def test_a_bed_that_is_taken_is_not_offered_and_not_held(client, ines, shelter, beds):
    PlacementFactory(bed=beds[0])
    client.force_login(ines)

    answer = hold(client, shelter, beds[:2])

    assert "One of these beds has just been taken." in page(answer)
    assert not Placement.objects.filter(state=PlacementState.HELD).exists()


def test_a_bed_occupied_today_can_be_promised_for_friday(client, ines, shelter, beds):
    night = tonight(shelter) + timedelta(days=3)
    PlacementFactory(
        bed=beds[0],
        planned=(timezone.now() - timedelta(hours=2), noon_of(shelter, tonight(shelter) + timedelta(days=2))),
    )
    PlacementFactory(bed=beds[1])  # Without a day of departure: not promised to anyone else.
    client.force_login(ines)
    query = f"?from_night_day={night.day}&from_night_month={night.month}&from_night_year={night.year}"

    answer = client.post(
        reverse("shelters:hold_in_shelter", args=[shelter.slug]) + query,
        {"held_for": "Three people", "until_hour": "22:00", "beds": [beds[0].pk]},
    )

    assert answer.status_code == 302
    row = Placement.objects.get(state=PlacementState.HELD)
    assert row.planned.lower == noon_of(shelter, night)
    assert row.hold_expires_at == instant_at(shelter, night, row.hold_expires_at.time().replace(hour=22, minute=0))
    assert beds[1] not in [bed for _space, free in beds_to_hold(shelter, night) for bed in free]
    assert beds[0] not in [bed for _space, free in beds_to_hold(shelter, night) for bed in free]
    assert beds[0] in [bed for _space, free in beds_to_hold(shelter, night + ONE_DAY) for bed in free]


def test_a_night_that_is_over_cannot_be_held(client, ines, shelter, beds):
    night = tonight(shelter) - ONE_DAY
    client.force_login(ines)
    query = f"?from_night_day={night.day}&from_night_month={night.month}&from_night_year={night.year}"

    shown = page(client.get(reverse("shelters:hold_in_shelter", args=[shelter.slug]) + query))

    assert "That night is over. Choose tonight or a later night." in shown


def test_a_family_on_its_way_has_beds_held_and_takes_them(client, ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation, people=2)
    client.force_login(ines)

    client.post(
        reverse("shelters:hold", args=[family.pk]), {"until_hour": soon(shelter), "beds": [bed.pk for bed in beds[:2]]}
    )
    shown = page(client.get(reverse("shelters:family_beds", args=[family.pk])))
    client.post(
        reverse("shelters:place_family", args=[family.pk]),
        {f"place_{person.pk}": f"{bed.space_id}.{bed.pk}" for person, bed in zip(family.people, beds[:2], strict=True)},
    )

    assert "held until" in shown
    assert {row.bed for row in Placement.objects.filter(state=PlacementState.IN)} == set(beds[:2])
    assert not Placement.objects.filter(state=PlacementState.HELD).exists()


GONE_OUT = {
    "blocked": lambda bed, by: places.block_bed(bed=bed, reason="Broken", by=by),
    "withdrawn": lambda bed, by: places.withdraw_bed(bed=bed, by=by),
    "space closed": lambda bed, by: spaces.close_space(space=bed.space, kind="repair", by=by),
    "house closed": lambda bed, by: places.set_shelter_state(shelter=bed.space.shelter, state="closed", by=by),
}


@pytest.mark.parametrize("how", GONE_OUT)
def test_a_bed_that_went_out_meanwhile_is_not_held_again(ines, shelter, beds, how):
    until = timezone.now() + timedelta(hours=3)
    hold_beds(shelter=shelter, beds=beds[:1], by=ines, held_for="Five from the bridge", expires_at=until)
    act = release_hold(placements=Placement.objects.all(), by=ines)
    GONE_OUT[how](beds[0], ines)

    with pytest.raises(Refused, match=r"out of service|closed"):
        undo(act=act, by=ines)

    assert Placement.objects.get().state == PlacementState.RELEASED


def hold_for(family, ines, shelter, beds, **kwargs):
    until = timezone.now() + timedelta(hours=3)
    return hold_beds(shelter=shelter, beds=beds, by=ines, family=family, **{"expires_at": until, **kwargs})


def arrive(family, shelter, ines, people, beds):
    where = {person.pk: Place(bed.space_id, bed.pk) for person, bed in zip(people, beds, strict=True)}
    return check_in_family(family=family, shelter=shelter, places=where, by=ines)


def held_beds():
    return {row.bed for row in Placement.objects.holds_in_force(timezone.now())}


def test_who_comes_first_leaves_the_beds_of_the_others_held(ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation, people=3)
    hold_for(family, ines, shelter, beds[:3])

    arrive(family, shelter, ines, family.people[:2], beds[:2])
    assert held_beds() == {beds[2]}

    arrive(family, shelter, ines, family.people[2:], [beds[2]])
    assert held_beds() == set()


def test_who_takes_other_beds_gives_as_many_back(ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation, people=3)
    hold_for(family, ines, shelter, beds[:3])

    arrive(family, shelter, ines, family.people[:1], [beds[3]])

    assert len(held_beds()) == 2


def test_who_comes_first_leaves_the_places_by_number_of_the_others_held(ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation, people=4)
    until = timezone.now() + timedelta(hours=3)
    hold_places(shelter=shelter, count=4, by=ines, family=family, expires_at=until)

    arrive(family, shelter, ines, family.people[:2], beds[:2])

    assert Placement.objects.holds_in_force(timezone.now()).count() == 2


def test_what_is_held_for_a_later_night_stays_held(ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation)
    start = noon_of(shelter, tonight(shelter) + timedelta(days=2))
    hold_for(family, ines, shelter, [beds[1]], starts_at=start, expires_at=start + timedelta(hours=8))

    arrive(family, shelter, ines, family.people, [beds[0]])

    row = Placement.objects.get(bed=beds[1])
    assert (row.state, row.planned.lower) == (PlacementState.HELD, start)


def test_a_check_in_is_undone_and_what_still_can_be_is_held_again(client, ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation)
    hold_for(family, ines, shelter, beds[:2])
    act = arrive(family, shelter, ines, family.people, [beds[0]])
    other = FamilyFactory(organisation=ines.organisation)
    arrive(other, shelter, ines, other.people, [beds[1]])

    client.force_login(ines)
    said = page(client.post(reverse("shelters:undo", args=[act.pk]), follow=True))

    assert held_beds() == {beds[0]}
    assert "1 place that was held for them could not be held again." in said


def test_places_by_number_are_held_again_as_far_as_there_are_beds(ines, shelter, beds):
    family = FamilyFactory(organisation=ines.organisation)
    hold_places(shelter=shelter, count=3, by=ines, family=family, expires_at=timezone.now() + timedelta(hours=3))
    act = arrive(family, shelter, ines, family.people, [beds[0]])
    others = FamilyFactory(organisation=ines.organisation, people=2)
    arrive(others, shelter, ines, others.people, beds[1:3])

    undo(act=act, by=ines)

    assert Placement.objects.holds_in_force(timezone.now()).count() == len(beds) - 2


def test_releasing_one_bed_leaves_the_others_held(client, ines, shelter, beds):
    client.force_login(ines)
    hold(client, shelter, beds[:3])
    first = Placement.objects.order_by("pk").first()

    client.post(reverse("shelters:release_hold", args=[first.pk]))

    assert Placement.objects.filter(state=PlacementState.HELD).count() == 2
    assert Act.objects.filter(kind=ActKind.RELEASE).count() == 1


def test_releasing_all_that_was_held_together_leaves_other_holds(client, ines, shelter, beds):
    client.force_login(ines)
    hold(client, shelter, beds[:2])
    hold(client, shelter, beds[2:3], held_for="Someone else")
    first = Placement.objects.order_by("pk").first()

    answer = client.post(reverse("shelters:release_hold", args=[first.pk]), {"all": "1"}, follow=True)

    assert "2 beds are free again." in page(answer)
    assert [row.held_for for row in Placement.objects.filter(state=PlacementState.HELD)] == ["Someone else"]


def test_a_hold_of_another_organisation_is_not_there(client, ines):
    row = PlacementFactory(state=PlacementState.HELD)
    client.force_login(ines)

    assert client.post(reverse("shelters:release_hold", args=[row.pk])).status_code == 404
    assert Placement.objects.get().state == PlacementState.HELD


@pytest.mark.parametrize(
    ("now", "until", "said"),
    [
        (time(20), "19:30", "That hour is over."),
        (time(22), "09:00", ""),  # Tomorrow morning.
    ],
)
def test_the_hour_is_the_next_one_by_the_shelters_clock(client, ines, shelter, beds, now, until, said):
    with time_machine.travel(instant_at(shelter, tonight(shelter) + ONE_DAY, now), tick=False):
        client.force_login(ines)

        answer = hold(client, shelter, beds[:1], until_hour=until)

    assert answer.status_code == (200 if said else 302)
    assert said in page(answer)


def test_who_does_not_work_the_door_holds_nothing(client, ines, shelter, beds):
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.LEGAL))

    assert hold(client, shelter, beds[:1]).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"all": "1", "from": "holds"}])
def test_a_release_that_is_pressed_twice_says_so(client, ines, shelter, beds, sent):
    client.force_login(ines)
    hold(client, shelter, beds[:2])
    url = reverse("shelters:release_hold", args=[Placement.objects.earliest("pk").pk])
    client.post(url, sent)

    answer = client.post(url, sent)

    assert answer.status_code == 409
    assert "This hold has already been released." in page(answer)
    assert Placement.objects.filter(state=PlacementState.RELEASED).count() == (2 if sent else 1)


def test_a_hold_that_has_run_out_or_was_given_back_is_not_extended_and_says_so(client, ines, shelter, beds):
    client.force_login(ines)
    hold(client, shelter, beds[:2])
    first, second = Placement.objects.order_by("pk")
    client.post(reverse("shelters:release_hold", args=[first.pk]))
    given_back = client.post(reverse("shelters:extend_hold", args=[first.pk]))
    Placement.objects.filter(pk=second.pk).update(hold_expires_at=timezone.now() - timedelta(minutes=1))
    run_out = client.post(reverse("shelters:extend_hold", args=[second.pk]))

    for answer in (given_back, run_out):
        assert answer.status_code == 409
        assert "This hold has run out. Hold the beds again, if they are still free." in page(answer)
    assert not Act.objects.filter(kind=ActKind.EXTEND).exists()
