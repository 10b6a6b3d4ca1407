"""Giving a family beds: suggestions, by hand, against a rule with a reason, from paper, and two desks at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases.models import AlertKind, ChildAlert, Family
from ngo.models import ReadLog
from ngo.permissions import GRANTS, Permission, Role
from shelters.forms.stays import option_code, places_of
from shelters.models import Act, Opening, Placement, PlacementState, ShelterState, Sleepers, SpaceKind, Stay
from shelters.nights import local, tonight
from shelters.services.suggestions import suggest_places
from tests.factories import (
    BedFactory,
    ConfirmationFactory,
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
    """The front desk."""
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def volunteer(ines):
    return StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER)


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def family(ines):
    return FamilyFactory(organisation=ines.organisation, ages=[34, 9])


def address(family, query=""):
    return reverse("shelters:place_family", args=[family.pk]) + query


def best(family, shelter):
    return option_code(suggest_places(family=family, shelter=shelter)[0])


def page(answer):
    return " ".join(answer.content.decode().split())


def test_a_press_takes_the_whole_suggestion_and_the_family_is_together(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, name="Patio", beds=1)
    room = SpaceFactory(shelter=shelter, name="Sala", beds=2)
    client.force_login(ines)
    shown = page(client.get(address(family)))

    answer = client.post(address(family), {"take": best(family, shelter)}, follow=False)

    assert "All together in Sala." in shown
    assert answer.url == reverse("cases:family", args=[family.pk])
    assert {row.space for row in Placement.objects.filter(state=PlacementState.IN)} == {room}
    assert Stay.objects.current().count() == 2


def test_the_page_has_one_filled_button_and_says_who_read_it(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, beds=4)
    client.force_login(ines)

    shown = page(client.get(address(family)))

    assert shown.count("btn btn-primary") == 1
    assert ReadLog.objects.get().what == "place_family"


def test_the_toast_offers_the_undo(client, ines, shelter, family, volunteer):
    SpaceFactory(shelter=shelter, name="Sala", beds=2)
    family.registered_by = volunteer
    family.save()
    client.force_login(volunteer)

    shown = page(client.post(address(family), {"take": best(family, shelter)}, follow=True))

    assert "has beds 1, 2 in Sala." in shown
    assert reverse("shelters:undo", args=[Act.objects.get().pk]) in shown


def test_each_bed_can_be_chosen_by_hand_and_someone_can_come_later(client, ines, shelter, family):
    room = SpaceFactory(shelter=shelter, beds=3)
    bed = room.beds.last()
    head, child = family.people
    client.force_login(ines)

    client.post(address(family), {f"place_{head.pk}": f"{room.pk}.{bed.pk}", f"place_{child.pk}": ""})

    assert Placement.objects.get().bed == bed
    assert [stay.person for stay in Stay.objects.all()] == [head]
    assert "Give 1 person a bed" in page(client.get(reverse("shelters:family_beds", args=[family.pk])))


def test_someone_may_sleep_without_a_bed(client, ines, shelter, family):
    yard = SpaceFactory(shelter=shelter, kind=SpaceKind.TENT)
    client.force_login(ines)

    client.post(address(family), {f"place_{person.pk}": f"{yard.pk}.0" for person in family.people})

    assert [row.bed for row in Placement.objects.all()] == [None, None]


@pytest.mark.parametrize(
    "data", [{}, {"take": "nonsense"}, {"take": "1=2"}, {"take": "9" * 4000}, {"take": "²=1.1"}, {"take": "1=٣.٣"}]
)
def test_nothing_chosen_is_a_sentence_and_not_an_error_page(client, ines, shelter, family, data):
    SpaceFactory(shelter=shelter, beds=2)
    client.force_login(ines)

    answer = client.post(address(family), data)

    assert answer.status_code == 200
    assert "Choose a bed for at least one person." in page(answer)


def test_a_choice_is_read_back_as_it_was_written(ines, shelter, family):
    SpaceFactory(shelter=shelter, beds=2)
    option = suggest_places(family=family, shelter=shelter)[0]

    places = places_of(option_code(option))

    assert {person: place.bed_id for person, place in places.items()} == {
        row.person.pk: row.bed.pk for row in option.assignments
    }


def test_a_bed_that_was_taken_meanwhile_is_said_with_what_is_left(client, ines, shelter, family):
    room = SpaceFactory(shelter=shelter, name="Sala", beds=4)
    wanted = best(family, shelter)
    taken = places_of(wanted)[family.people[0].pk].bed_id
    PlacementFactory(bed=room.beds.get(pk=taken))
    client.force_login(ines)

    answer = client.post(address(family), {"take": wanted, "leaves_on_day": "", "happened_hour": ""})

    assert answer.status_code == 409
    assert "Someone has just taken bed" in page(answer)
    assert "3 are left in Sala." in page(answer)
    assert 'role="alert"' in page(answer)
    assert not Stay.objects.filter(family=family).exists()
    assert "Check in here" in page(answer)  # With beds that are still free.


def test_a_bed_of_another_house_or_organisation_is_refused(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, beds=2)
    foreign = BedFactory()
    client.force_login(ines)

    answer = client.post(address(family), {f"place_{family.people[0].pk}": f"{foreign.space_id}.{foreign.pk}"})

    assert answer.status_code == 409
    assert not Placement.objects.exists()


# --- Rules -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def mens_room(shelter):
    return SpaceFactory(shelter=shelter, name="Hombres", sleepers=Sleepers.MEN, beds=3)


def test_a_rule_that_bends_asks_for_a_reason_and_nothing_is_lost(client, ines, mens_room, family):
    beds = list(mens_room.beds.all())
    chosen = {
        f"place_{person.pk}": f"{mens_room.pk}.{bed.pk}" for person, bed in zip(family.people, beds, strict=False)
    }
    day = local(mens_room.shelter, timezone.now()).date() + timedelta(days=4)
    chosen |= {"leaves_on_day": day.day, "leaves_on_month": day.month, "leaves_on_year": day.year}
    client.force_login(ines)

    asked = client.post(address(family), chosen)
    take = f"{family.people[0].pk}={mens_room.pk}.{beds[0].pk};{family.people[1].pk}={mens_room.pk}.{beds[1].pk}"

    assert asked.status_code == 409
    assert "To go on anyway, write the reason." in page(asked)
    assert f'name="take" value="{take}"' in page(asked)
    assert f'value="{day.year}"' in page(asked)

    client.post(address(family), chosen | {"take": take, "reason": "The women's dorm is being fumigated"})

    rows = Placement.objects.filter(state=PlacementState.IN)
    assert {row.rule_reason for row in rows} == {"The women's dorm is being fumigated"}
    assert {row.stay.expected_departure_on for row in rows} == {day}


def test_who_may_not_bend_rules_is_not_offered_to(client, volunteer, mens_room, family, monkeypatch):
    monkeypatch.setitem(GRANTS, Role.VOLUNTEER, GRANTS[Role.VOLUNTEER] - {Permission.BEND_RULES})
    family.registered_by = volunteer
    family.save()
    bed = mens_room.beds.first()
    client.force_login(volunteer)

    answer = client.post(
        address(family), {f"place_{family.people[1].pk}": f"{mens_room.pk}.{bed.pk}", "reason": "I say so"}
    )

    assert answer.status_code == 409
    assert "Continue with this reason" not in page(answer)
    assert not Placement.objects.exists()


def test_a_child_without_a_carer_is_not_placed_among_adults_whatever_the_reason(client, ines, shelter):
    alone = FamilyFactory(organisation=ines.organisation, ages=[14])
    ChildAlert.objects.create(person=alone.people[0], family=alone, kind=AlertKind.UNACCOMPANIED)
    room = SpaceFactory(shelter=shelter, beds=2)
    PlacementFactory(bed=room.beds.first())
    client.force_login(ines)

    answer = client.post(
        address(alone),
        {f"place_{alone.people[0].pk}": f"{room.pk}.{room.beds.last().pk}", "reason": "There is no other bed"},
    )

    assert answer.status_code == 409
    assert "has no carer here and cannot sleep in a space with adults. Check the carer in first" in page(answer)
    assert "Continue with this reason" not in page(answer)
    assert not Stay.objects.filter(family=alone).exists()


def test_a_house_that_takes_nobody_in_needs_a_reason_and_a_closed_one_is_not_offered(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, beds=2)
    closed = ShelterFactory(organisation=ines.organisation, name="Casa Cerrada", beds=2)
    now = timezone.now()
    ShelterState.objects.create(shelter=shelter, state=Opening.PAUSED, period=(now - timedelta(hours=1), None))
    ShelterState.objects.create(shelter=closed, state=Opening.CLOSED, period=(now - timedelta(hours=1), None))
    client.force_login(ines)

    assert "Casa Cerrada" not in page(client.get(address(family)))
    answer = client.post(address(family), {"take": best(family, shelter)})

    assert "Casa Mezquite is not taking anyone in at the moment." in page(answer)


# --- Earlier, and which house ------------------------------------------------------------------------------------------


def test_paper_from_a_night_without_power_keeps_its_own_hour(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, beds=2)
    client.force_login(ines)
    evening = local(shelter, timezone.now() - timedelta(days=1)).replace(hour=22, minute=15, second=0, microsecond=0)

    client.post(
        address(family),
        {
            "take": best(family, shelter),
            "happened_on_day": evening.day,
            "happened_on_month": evening.month,
            "happened_on_year": evening.year,
            "happened_hour": "22:15",
        },
    )

    stay = Stay.objects.first()
    assert stay.arrived_at == evening
    assert stay.recorded_at > stay.arrived_at
    assert Act.objects.get().happened_at == evening


@pytest.mark.parametrize(
    ("days", "hour", "sentence"),
    [
        (1, "", "Write the hour too."),
        (-2, "23:00", "That moment has not come yet."),
        (1, "late", "Write the hour with"),
    ],
)
def test_an_hour_that_cannot_be_is_said(client, ines, shelter, family, days, hour, sentence):
    SpaceFactory(shelter=shelter, beds=2)
    client.force_login(ines)
    day = local(shelter, timezone.now()).date() - timedelta(days=days)

    answer = client.post(
        address(family),
        {
            "take": best(family, shelter),
            "happened_on_day": day.day,
            "happened_on_month": day.month,
            "happened_on_year": day.year,
            "happened_hour": hour,
        },
    )

    assert sentence in page(answer)
    assert '<details class="po-more po-card" open>' in page(answer)  # What is wrong is not folded away.
    assert not Stay.objects.exists()


def test_without_room_here_the_page_says_where_they_can_be_together(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, name="Sala", beds=1)
    other = ShelterFactory(organisation=ines.organisation, name="Casa Ocotillo", slug="ocotillo")
    SpaceFactory(shelter=other, name="Familias", beds=4)
    ConfirmationFactory(shelter=other)
    ShelterFactory(name="Casa Ajena", beds=9)
    client.force_login(ines)

    shown = page(client.get(address(family)))

    assert "There are not 2 beds together in Casa Mezquite tonight." in shown
    assert "Casa Ocotillo has them, in Familias" in shown
    assert "Casa Ajena" not in shown
    assert "2 people, tonight in Casa Ocotillo." in page(client.get(address(family, "?shelter=ocotillo")))


def test_coming_from_a_beds_card_its_space_comes_first(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, name="Sala", beds=2, position=1)
    room = SpaceFactory(shelter=shelter, name="Comedor", beds=2, position=2)
    client.force_login(ines)

    shown = page(client.get(address(family, f"?bed={room.beds.first().pk}")))

    assert shown.index("All together in Comedor.") < shown.index("All together in Sala.")


def test_coming_from_a_beds_card_one_traveller_gets_that_bed(client, ines, shelter):
    room = SpaceFactory(shelter=shelter, name="Sala", beds=4)
    alone, bed = FamilyFactory(organisation=ines.organisation), room.beds.last()
    client.force_login(ines)

    shown = page(client.get(address(alone, f"?bed={bed.pk}")))

    assert f'value="{alone.people[0].pk}={room.pk}.{bed.pk}"' in shown


def test_everyone_placed_is_said(client, ines, shelter, family):
    room = SpaceFactory(shelter=shelter, beds=2)
    for person, bed in zip(family.people, room.beds.all(), strict=True):
        PlacementFactory(bed=bed, person=person, family=family)
    client.force_login(ines)

    assert "have a place" in page(client.get(address(family)))


def test_no_open_house_is_said(client, ines, family):
    client.force_login(ines)

    assert "No house is open" in page(client.get(address(family)))


# --- Rights ------------------------------------------------------------------------------------------------------------


def test_a_volunteer_places_the_family_that_they_took_in_and_sees_how_they_are_called(client, volunteer, shelter):
    SpaceFactory(shelter=shelter, beds=2)
    family = FamilyFactory(organisation=volunteer.organisation, registered_by=volunteer)
    client.force_login(volunteer)

    assert escape(family.people[0].called) in page(client.get(address(family)))


@pytest.mark.parametrize("role", [Role.LEGAL, Role.SUPPLIES, Role.NETWORK_VIEWER])
def test_who_does_not_work_the_door_does_not_give_beds(client, ines, family, role):
    client.force_login(StaffFactory(organisation=ines.organisation, role=role))

    assert client.get(address(family)).status_code == 403
    assert client.post(address(family), {"take": "1=1.1"}).status_code == 403


def test_the_night_of_the_arrival_is_tonight(client, ines, shelter, family):
    SpaceFactory(shelter=shelter, beds=2)
    client.force_login(ines)

    client.post(address(family), {"take": best(family, shelter)})

    assert tonight(shelter, Stay.objects.first().arrived_at) == tonight(shelter)


def test_who_is_on_shift_at_night_places_the_family_that_was_taken_in_hours_ago(client, volunteer, ines, shelter):
    """The volunteer who took them in, or the next one: a family at the door is never out of everybody's reach."""
    room = SpaceFactory(shelter=shelter, beds=2)
    families = [FamilyFactory(organisation=ines.organisation, people=1, registered_by=by) for by in (volunteer, ines)]
    Family.objects.update(recorded_at=timezone.now() - timedelta(minutes=61))
    client.force_login(volunteer)

    for one in families:
        answer = client.get(address(one))
        assert answer.status_code == 200
        assert one.people[0].called not in page(answer)  # Names are told within the hour; beds are given all night.
    placed = families[0]
    client.post(address(placed), {f"place_{placed.people[0].pk}": f"{room.pk}.{room.beds.first().pk}"})
    assert Stay.objects.get().family == placed


def test_a_family_that_had_a_place_or_was_taken_in_days_ago_is_none_of_a_volunteers(client, volunteer, ines, shelter):
    gone, old = (FamilyFactory(organisation=ines.organisation, people=1) for _family in range(2))
    StayFactory(shelter=shelter, person=gone.people[0], family=gone, departed_at=timezone.now())
    Family.objects.filter(pk=gone.pk).update(recorded_at=timezone.now() - timedelta(hours=3))
    Family.objects.filter(pk=old.pk).update(recorded_at=timezone.now() - timedelta(hours=25))
    client.force_login(volunteer)

    assert [client.get(address(one)).status_code for one in (gone, old)] == [404, 404]
