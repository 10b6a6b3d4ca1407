"""Leaving the house: one person, a whole family, from paper, and undoing it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import Act, ExitReason, Placement, PlacementState, Stay
from shelters.nights import local
from shelters.services.desk import Place
from shelters.services.stays import check_in_family
from tests.factories import (
    FamilyFactory,
    PassageFactory,
    PlacementFactory,
    RollCallMarkFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def family(ines, shelter):
    """Three people in three beds, since the day before yesterday."""
    family = FamilyFactory(organisation=ines.organisation, people=3)
    room = SpaceFactory(shelter=shelter, beds=3)
    for person, bed in zip(family.people, room.beds.all(), strict=True):
        PlacementFactory(bed=bed, person=person, family=family, arrived_at=timezone.now() - timedelta(days=2))
    return family


def page(answer):
    return " ".join(answer.content.decode().split())


def test_the_page_says_how_many_leave_before_anything_happens(client, ines, family):
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:check_out", args=[family.pk])))

    assert "3 people leave Casa Mezquite" in shown
    assert "Write the departure of 3 people" in shown
    assert "btn-danger" in shown
    assert Stay.objects.current().count() == 3
    assert ReadLog.objects.get().count == 3


def test_the_whole_family_leaves_and_its_beds_are_free(client, ines, family):
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "crossed", "destination": "Nogales"}
    )

    assert answer.url == reverse("cases:family", args=[family.pk])
    assert not Stay.objects.current().exists()
    assert {(stay.exit_reason, stay.destination) for stay in Stay.objects.all()} == {(ExitReason.CROSSED, "Nogales")}
    assert not Placement.objects.filter(state=PlacementState.IN).exists()


def test_one_person_leaves_and_the_others_stay(client, ines, family):
    stay = family.people[1].stays.get()
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:check_out_stay", args=[stay.pk])))
    client.post(reverse("shelters:check_out_stay", args=[stay.pk]), {"exit_reason": "unknown"})

    assert f"{stay.person.called} leaves Casa Mezquite" in shown
    assert [row.person for row in Stay.objects.current().order_by("pk")] == [family.people[0], family.people[2]]


def test_a_departure_needs_its_reason(client, ines, family):
    client.force_login(ines)

    answer = client.post(reverse("shelters:check_out", args=[family.pk]), {"destination": "Nogales"})

    assert "Choose why they leave; “Left without saying” is an answer too." in page(answer)
    assert 'value="Nogales"' in page(answer)
    assert Stay.objects.current().count() == 3


def test_a_departure_may_have_happened_this_morning(client, ines, shelter, family):
    then = local(shelter, timezone.now() - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    client.force_login(ines)

    client.post(
        reverse("shelters:check_out", args=[family.pk]),
        {
            "exit_reason": "completed",
            "happened_on_day": then.day,
            "happened_on_month": then.month,
            "happened_on_year": then.year,
            "happened_hour": "8:00",
        },
    )

    assert {stay.departed_at for stay in Stay.objects.all()} == {then}


@pytest.mark.parametrize("seen", ["roll-call", "door"])
def test_a_departure_before_a_moment_at_which_they_were_seen_asks_first(client, ines, shelter, family, seen):
    person = family.people[0]
    then = local(shelter, timezone.now() - timedelta(hours=20))
    if seen == "door":
        PassageFactory(stay=person.stays.get(), direction="in", happened_at=then + timedelta(hours=3))
    else:
        RollCallMarkFactory(stay=person.stays.get(), by=ines, happened_at=then + timedelta(hours=3))
    sent = {
        "exit_reason": "unknown",
        "happened_on_day": then.day,
        "happened_on_month": then.month,
        "happened_on_year": then.year,
        "happened_hour": f"{then:%H:%M}",
    }
    client.force_login(ines)
    url = reverse("shelters:check_out", args=[family.pk])

    asked = client.post(url, sent)

    assert asked.status_code == 409
    assert f"{person.called} was seen in the house on " in page(asked)
    assert 'name="although_seen"' in page(asked)
    assert Stay.objects.current().count() == 3
    assert client.post(url, sent | {"although_seen": "1"}).status_code == 302
    assert not Stay.objects.current().exists()


def test_a_departure_now_asks_nothing(client, ines, family):
    RollCallMarkFactory(stay=family.people[0].stays.get(), by=ines)
    client.force_login(ines)

    answer = client.post(reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "other"})

    assert answer.status_code == 302


def test_nobody_leaves_before_they_came(client, ines, shelter, family):
    day = local(shelter, timezone.now() - timedelta(days=5)).date()
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out", args=[family.pk]),
        {
            "exit_reason": "completed",
            "happened_on_day": day.day,
            "happened_on_month": day.month,
            "happened_on_year": day.year,
            "happened_hour": "8:00",
        },
    )

    assert answer.status_code == 409
    assert "had not arrived yet at that moment." in page(answer)
    assert Stay.objects.current().count() == 3


def test_a_departure_is_undone_within_the_day(client, ines, family):
    client.force_login(ines)
    shown = page(client.post(reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "other"}, follow=True))
    act = Act.objects.get()

    answer = client.post(reverse("shelters:undo", args=[act.pk]), follow=True)

    assert "3 people have left." in shown
    assert reverse("shelters:undo", args=[act.pk]) in shown
    assert "The departure is undone. They are in the house again." in page(answer)
    assert Stay.objects.current().count() == 3
    assert Placement.objects.filter(state=PlacementState.IN).count() == 3


def test_after_a_day_a_departure_is_not_undone(client, ines, family):
    client.force_login(ines)
    client.post(reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "other"})
    Act.objects.update(recorded_at=timezone.now() - timedelta(hours=24, minutes=1))

    answer = client.post(reverse("shelters:undo", args=[Act.objects.get().pk]))

    assert "More than a day has passed. Check them in again" in page(answer)
    assert not Stay.objects.current().exists()


def test_a_family_that_is_not_here_cannot_leave(client, ines, shelter):
    family = FamilyFactory(organisation=ines.organisation)
    client.force_login(ines)

    answer = client.get(reverse("shelters:check_out", args=[family.pk]), follow=True)

    assert "Nobody of this family is in the house." in page(answer)


def test_someone_who_has_left_cannot_leave_again(client, ines, family):
    stay = family.people[0].stays.get()
    client.force_login(ines)
    client.post(reverse("shelters:check_out_stay", args=[stay.pk]), {"exit_reason": "other"})

    for answer in (
        client.post(reverse("shelters:check_out_stay", args=[stay.pk]), {"exit_reason": "other"}),
        client.get(reverse("shelters:check_out_stay", args=[stay.pk])),
    ):
        assert answer.status_code == 409
        assert f"{stay.person.called} has already left. To take them in again, give them a bed." in page(answer)
    assert Act.objects.count() == 1


def test_a_stay_of_another_organisation_is_not_there(client, ines):
    stay = PlacementFactory().stay
    client.force_login(ines)

    assert client.post(reverse("shelters:check_out_stay", args=[stay.pk]), {"exit_reason": "other"}).status_code == 404
    assert Stay.objects.current().count() == 1


def test_staff_posted_to_another_house_do_not_reach_this_one(client, ines, family):
    elsewhere = ShelterFactory(organisation=ines.organisation)
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER, shelters=[elsewhere]))

    stay = family.people[0].stays.get()

    assert client.get(reverse("shelters:check_out_stay", args=[stay.pk])).status_code == 404
    assert client.get(reverse("shelters:check_out", args=[family.pk])).status_code == 404


# --- A volunteer, who opens no files -----------------------------------------------------------------------------------


def test_a_volunteer_reaches_the_undo_of_the_departure_that_they_wrote(client, ines, family):
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))

    left = client.post(reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "other"}, follow=True)
    address = reverse("shelters:family_beds", args=[family.pk])
    shown = client.get(address)
    undo = reverse("shelters:undo", args=[Act.objects.get().pk])

    assert left.status_code == shown.status_code == 200
    assert undo in page(shown)
    assert client.post(undo, follow=True).status_code == 200
    assert Stay.objects.current().count() == 3

    client.post(reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "other"})
    Act.objects.update(recorded_at=timezone.now() - timedelta(minutes=61))
    assert client.get(address).status_code == 404


def test_a_volunteer_undoes_the_check_in_of_a_family_that_another_took_in(client, ines, shelter):
    family = FamilyFactory(organisation=ines.organisation, registered_by=ines)
    bed = SpaceFactory(shelter=shelter, beds=1).beds.get()
    place = Place(bed.space_id, bed.pk)
    act = check_in_family(family=family, shelter=shelter, places={family.people[0].pk: place}, by=ines)
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))

    answer = client.post(reverse("shelters:undo", args=[act.pk]), follow=True)

    assert answer.status_code == 200
    assert "The check-in is undone. They have no bed now." in page(answer)
    assert not Stay.objects.current().exists()


def test_what_the_desk_of_another_house_did_opens_nothing(client, ines, family):
    elsewhere = ShelterFactory(organisation=ines.organisation)
    client.force_login(ines)
    client.post(reverse("shelters:check_out", args=[family.pk]), {"exit_reason": "other"})

    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER, shelters=[elsewhere]))

    assert client.get(reverse("shelters:family_beds", args=[family.pk])).status_code == 404
