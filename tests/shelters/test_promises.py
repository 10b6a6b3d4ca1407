"""Places held by number: in a space, a kind of space, a house; asked by another house, extended, missed, undone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters import held
from shelters.board import board_of
from shelters.models import Bed, Placement, PlacementState, SpaceKind, Stay
from shelters.nights import ONE_DAY, noon_of, tonight
from shelters.services import capacity, holds, stays
from shelters.services.desk import Place
from shelters.services.suggestions import suggest_places
from shelters.services.undo import undo
from tests.factories import ConfirmationFactory, FamilyFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 20, 21, 30, tzinfo=ZoneInfo("America/Tijuana"))


@pytest.fixture(autouse=True)
def evening():
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shelter():
    return ShelterFactory(name="Casa Ensayo", slug="ensayo")


@pytest.fixture
def desk(shelter):
    return StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR)


@pytest.fixture
def women(shelter):
    return SpaceFactory(shelter=shelter, name="Mujeres", beds=4, position=1)


@pytest.fixture
def men(shelter):
    return SpaceFactory(shelter=shelter, name="Hombres", beds=3, position=2)


def hold(shelter, count, desk, hours=2, **kwargs):
    kwargs.setdefault("held_for", "A family of five from the bridge")
    expires_at = kwargs.pop("expires_at", timezone.now() + timedelta(hours=hours))
    return holds.hold_places(shelter=shelter, count=count, by=desk, expires_at=expires_at, **kwargs)


def take(space, beds, desk, **kwargs):
    """A family takes beds of a space."""
    family = FamilyFactory(organisation=space.shelter.organisation, people=len(beds))
    places = {person.pk: Place(space.pk, bed.pk) for person, bed in zip(family.people, beds, strict=True)}
    stays.check_in_family(family=family, shelter=space.shelter, places=places, by=desk, **kwargs)
    return family


def tonight_of(shelter):
    [row] = capacity.figures([shelter])
    return row.held, row.free


# --- Nothing is promised twice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["space", "kind", "house"])
def test_no_more_is_held_than_there_is(shelter, women, men, desk, where):
    asked = {"space": {"space": women}, "kind": {"kind": SpaceKind.DORMITORY}, "house": {}}[where]
    most = {"space": 4, "kind": 7, "house": 7}[where]
    hold(shelter, most - 1, desk, **asked)

    with pytest.raises(Refused, match=r"only 1 place can still be held for that time. Ask for fewer"):
        hold(shelter, 2, desk, **asked)
    hold(shelter, 1, desk, **asked)
    assert tonight_of(shelter) == (most, 7 - most)


def test_what_is_held_in_a_space_is_not_held_again_in_its_kind_or_its_house(shelter, women, men, desk):
    hold(shelter, 4, desk, space=women)
    hold(shelter, 2, desk, kind=SpaceKind.DORMITORY)
    hold(shelter, 1, desk)

    for asked in ({"space": men}, {"kind": SpaceKind.DORMITORY}, {}):
        with pytest.raises(Refused, match="only 0 places"):
            hold(shelter, 1, desk, **asked)
    assert tonight_of(shelter) == (7, 0)


def test_beds_that_are_taken_held_or_broken_are_not_promised(shelter, women, desk):
    beds = list(women.beds.all())
    take(women, beds[:1], desk)
    holds.hold_beds(
        shelter=shelter, beds=beds[1:2], by=desk, held_for="x", expires_at=timezone.now() + timedelta(hours=1)
    )
    beds[2].blocks.create(nights=(tonight(shelter), None), reason="Tabla rota")

    with pytest.raises(Refused, match="only 1 place"):
        hold(shelter, 2, desk, space=women)


def test_a_cubicle_with_a_family_in_it_has_no_place_for_others(shelter, desk):
    cubicle = SpaceFactory(shelter=shelter, kind=SpaceKind.CUBICLE, beds=4)
    take(cubicle, list(cubicle.beds.all())[:2], desk)

    with pytest.raises(Refused, match="only 0 places"):
        hold(shelter, 1, desk)


@pytest.mark.parametrize("how", ["check_in", "move", "hold_beds"])
def test_the_last_free_beds_are_kept_for_those_who_were_promised_them(shelter, women, men, desk, how):
    hold(shelter, 3, desk, space=women)
    beds = list(women.beds.all())
    sleeping = take(men, list(men.beds.all())[:1], desk)
    take(women, beds[:1], desk)

    later = timezone.now() + timedelta(hours=1)
    acts = {
        "check_in": lambda: take(women, beds[1:2], desk),
        "move": lambda: stays.move(stay=Stay.objects.get(family=sleeping), space=women, bed=beds[1], by=desk),
        "hold_beds": lambda: holds.hold_beds(shelter=shelter, beds=beds[1:2], by=desk, held_for="x", expires_at=later),
    }

    with pytest.raises(Refused, match=r"3 places of Casa Ensayo are held, the first until 23:30"):
        acts[how]()
    take(men, list(men.beds.all())[1:2], desk)


def test_suggestions_leave_what_is_held(shelter, women, men, desk):
    hold(shelter, 3, desk, space=women)
    family = FamilyFactory(organisation=shelter.organisation, people=3)

    [best, *_] = suggest_places(family=family, shelter=shelter)
    assert (best.spaces, best.without_bed) == ([men], 0)

    hold(shelter, 2, desk, kind=SpaceKind.DORMITORY)
    [best, *_] = suggest_places(family=family, shelter=shelter)
    assert best.without_bed == 1, "two beds of the kind are left, wherever they are"


def test_the_family_for_which_places_are_held_takes_them(shelter, women, desk):
    family = FamilyFactory(organisation=shelter.organisation, people=4)
    hold(shelter, 4, desk, space=women, family=family, held_for="")

    [best, *_] = suggest_places(family=family, shelter=shelter)
    assert not best.without_bed
    places = {row.person.pk: Place(row.space.pk, row.bed.pk) for row in best.assignments}
    act = stays.check_in_family(family=family, shelter=shelter, places=places, by=desk)
    assert tonight_of(shelter) == (0, 0)
    assert set(Placement.objects.exclude(state=PlacementState.IN).values_list("state", flat=True)) == {"released"}
    undo(act=act, by=desk)
    assert tonight_of(shelter) == (4, 0)


def test_a_promise_that_ran_out_frees_its_places_and_is_counted_as_missed(shelter, women, desk, evening):
    hold(shelter, 4, desk, space=women, hours=1)
    evening.shift(timedelta(hours=1))
    assert tonight_of(shelter) == (0, 4)

    take(women, list(women.beds.all()), desk)

    assert Placement.objects.filter(state=PlacementState.EXPIRED).count() == 4
    assert Placement.objects.nobody_came(timezone.now()).count() == 4


def test_places_for_a_later_night_count_on_beds_whose_guests_leave_before(shelter, women, desk):
    beds, today = list(women.beds.all()), tonight(shelter)
    take(women, beds[:3], desk, expected_departure_on=today + 2 * ONE_DAY)
    take(women, beds[3:], desk)
    times = {
        "starts_at": noon_of(shelter, today + 2 * ONE_DAY),
        "expires_at": noon_of(shelter, today + 2 * ONE_DAY) + timedelta(hours=8),
    }

    with pytest.raises(Refused, match="only 3 places"):
        hold(shelter, 4, desk, space=women, **times)
    hold(shelter, 3, desk, space=women, **times)
    assert tonight_of(shelter) == (0, 0)
    with pytest.raises(Refused, match="The free beds are promised"):
        stays.extend_stays(
            stays=Stay.objects.filter(expected_departure_on__isnull=False),
            expected_departure_on=today + 4 * ONE_DAY,
            by=desk,
        )


def test_tonights_beds_stay_free_when_tomorrows_leave_enough(shelter, women, desk):
    today = tonight(shelter)
    take(women, list(women.beds.all())[:2], desk, expected_departure_on=today + ONE_DAY)
    start = noon_of(shelter, today + ONE_DAY)
    hold(shelter, 2, desk, space=women, starts_at=start, expires_at=start + timedelta(hours=9))

    [best, *_] = suggest_places(family=FamilyFactory(organisation=shelter.organisation, people=2), shelter=shelter)
    assert not best.without_bed


def test_a_bed_that_broke_does_not_stop_what_makes_it_no_worse(shelter, women, men, desk):
    hold(shelter, 4, desk, space=women)
    women.beds.first().blocks.create(nights=(tonight(shelter), None), reason="Tabla rota")

    take(men, list(men.beds.all())[:1], desk)

    assert Stay.objects.count() == 1


# --- An hour more, and undo ------------------------------------------------------------------------------------------


def test_one_tap_is_an_hour_more_and_no_longer_than_the_promise(shelter, women, desk, evening):
    hold(shelter, 2, desk, space=women)
    before = Placement.objects.first().hold_expires_at
    act = holds.extend_hold(placements=Placement.objects.all(), by=desk)
    assert {row.hold_expires_at for row in Placement.objects.all()} == {before + timedelta(hours=1)}

    undo(act=act, by=desk)
    assert {row.hold_expires_at for row in Placement.objects.all()} == {before}

    Placement.objects.update(hold_expires_at=noon_of(shelter, tonight(shelter) + ONE_DAY))
    with pytest.raises(Refused, match="until the end of its time already"):
        holds.extend_hold(placements=Placement.objects.all(), by=desk)
    evening.shift(timedelta(days=1))
    with pytest.raises(Refused, match="This hold has run out"):
        holds.extend_hold(placements=Placement.objects.all(), by=desk)


def test_what_was_given_back_is_not_held_again_where_the_beds_are_taken(shelter, women, desk):
    hold(shelter, 4, desk, space=women)
    act = holds.release_hold(placements=Placement.objects.all(), by=desk)
    take(women, list(women.beds.all())[:2], desk)

    with pytest.raises(Refused, match="The free beds are promised"):
        undo(act=act, by=desk)
    assert tonight_of(shelter) == (0, 2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"count": 0}, "Write how many places are held"),
        ({"held_for": " "}, "Write for whom the beds are held"),
        ({"hours": -1}, "would already have run out"),
    ],
)
def test_what_is_no_promise_is_refused(shelter, women, desk, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        hold(shelter, desk=desk, **({"count": 1} | changes))


def test_no_more_places_are_promised_than_the_fire_limit_lets_in(shelter, women, desk):
    women.fire_limit = 2
    women.save()
    hold(shelter, 1, desk, space=women)

    with pytest.raises(Refused, match="only 1 place can still be held"):
        hold(shelter, 2, desk, space=women)
    hold(shelter, 1, desk, space=women)


def test_another_organisation_holds_and_asks_for_nothing(shelter, women, desk):
    stranger = ShelterFactory()
    with pytest.raises(Refused, match="another organisation"):
        hold(shelter, 1, StaffFactory())
    with pytest.raises(Refused, match="another organisation"):
        hold(shelter, 1, desk, sender=stranger)
    with pytest.raises(Refused, match="in another shelter"):
        hold(shelter, 1, desk, space=SpaceFactory(shelter=stranger, beds=2))


# --- The pages -------------------------------------------------------------------------------------------------------


def post_hold(client, slug, query="", **changes):
    data = {"held_for": "Cinco del puente", "where": "house-", "count": "2", "until_hour": "23:00"}
    return client.post(reverse("shelters:hold_places", args=[slug]) + query, data | changes, follow=True)


def page_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_desk_holds_places_extends_them_and_gives_them_back(client, shelter, women, desk):
    client.force_login(desk)
    ConfirmationFactory(shelter=shelter)
    url = reverse("shelters:hold_places", args=["ensayo"])
    assert "Mujeres: 4 left" in page_of(client.get(url))

    page = page_of(post_hold(client, "ensayo", where=f"space-{women.pk}"))
    assert "2 places are held in Casa Ensayo until 23:00." in page
    assert "2 places in Mujeres" in page
    first = Placement.objects.first()
    page = page_of(client.post(reverse("shelters:extend_hold", args=[first.pk]), follow=True))
    assert "Held until 00:00." in page
    assert Placement.objects.values("hold_expires_at").distinct().count() == 1
    answer = client.post(reverse("shelters:release_hold", args=[first.pk]), {"all": "1", "from": "holds"}, follow=True)
    assert "Nothing is held in this house." in page_of(answer)
    assert ReadLog.objects.filter(what="holds").exists()
    assert page_of(answer).count("Undo<span") == 3


def test_more_than_there_is_is_refused_on_the_page(client, shelter, women, desk):
    client.force_login(desk)
    answer = post_hold(client, "ensayo", count="9")
    assert answer.status_code == 409
    assert "Anywhere in Casa Ensayo: only 4 places can still be held" in page_of(answer)
    assert 'value="9"' in page_of(answer)


def test_a_house_asks_another_and_both_see_it(client, shelter, women, desk):
    asking = ShelterFactory(name="Casa Prueba", slug="prueba", organisation=shelter.organisation)
    sender = StaffFactory(organisation=shelter.organisation, role=Role.FRONT_DESK, shelters=[asking])
    receiver = StaffFactory(organisation=shelter.organisation, role=Role.FRONT_DESK, shelters=[shelter])
    client.force_login(sender)

    page = page_of(post_hold(client, "prueba", "?shelter=ensayo"))
    assert "Asked of other houses" in page
    assert "Casa Ensayo: 2 places, anywhere in the house" in page
    hold_id = Placement.objects.first().pk
    assert client.get(reverse("shelters:holds", args=["ensayo"])).status_code == 404
    assert client.post(reverse("shelters:extend_hold", args=[hold_id])).url == reverse(
        "shelters:holds", args=["prueba"]
    )

    client.force_login(receiver)
    assert "Asked by Casa Prueba" in page_of(client.get(reverse("shelters:holds", args=["ensayo"])))
    assert client.get(reverse("shelters:holds", args=["prueba"])).status_code == 404
    client.force_login(StaffFactory(role=Role.COORDINATOR))
    assert client.get(reverse("shelters:holds", args=["ensayo"])).status_code == 404
    assert client.post(reverse("shelters:extend_hold", args=[hold_id])).status_code == 404


def test_a_house_of_another_organisation_is_not_asked(client, shelter, women, desk):
    ShelterFactory(slug="ajena")
    client.force_login(desk)
    answer = post_hold(client, "ensayo", "?shelter=ajena")
    assert answer.redirect_chain[-1][0] == reverse("shelters:holds", args=["ensayo"])
    assert not Placement.objects.exists()


def test_the_page_says_how_often_nobody_came(client, shelter, women, desk, evening):
    client.force_login(desk)
    hold(shelter, 2, desk, space=women, hours=1)
    family = FamilyFactory(organisation=shelter.organisation)
    hold(shelter, 1, desk, family=family, held_for="", hours=1)
    bed = women.beds.first()
    stays.check_in_family(
        family=family, shelter=shelter, places={family.people[0].pk: Place(women.pk, bed.pk)}, by=desk
    )
    evening.shift(timedelta(hours=3))

    page = page_of(client.get(reverse("shelters:holds", args=["ensayo"])))

    assert "In the last 30 days 2 holds came to their hour. Nobody came for 1 of them, 2 places in all." in page


def test_as_many_queries_for_many_holds_as_for_one(client, shelter, desk, django_assert_num_queries):
    space = SpaceFactory(shelter=shelter, beds=30)
    for number in range(12):
        hold(shelter, 2, desk, space=space if number % 2 else None, held_for=f"Grupo {number}")

    with django_assert_num_queries(3):
        rows = held.holds_of(shelter, timezone.now())
        held.nobody_came(shelter, timezone.now())
        held.can_be_undone(shelter, timezone.now())
        assert [(row.count, row.beds) for row in rows] == [(2, "")] * 12


def test_the_board_counts_what_is_held_without_a_bed(client, shelter, women, men, desk):
    hold(shelter, 2, desk, space=women)
    hold(shelter, 1, desk)
    client.force_login(desk)

    figures = board_of(shelter).figures
    [row] = capacity.figures([shelter])
    assert (figures.held, figures.free) == (row.held, row.free) == (3, 4)
    assert client.get(reverse("shelters:board", args=["ensayo"])).status_code == 200
    assert Bed.objects.count() == 7
