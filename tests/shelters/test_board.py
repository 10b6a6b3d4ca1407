"""The bed board: states, figures, who is shown to whom, filters, the refresh, and a constant number of queries."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cases.models import Family
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.bed_card import bed_card
from shelters.board import Wanted, board_of, narrowed
from shelters.family_beds import family_beds
from shelters.models import (
    Act,
    ActKind,
    Bed,
    BedBlock,
    BedKind,
    BedNight,
    CountingMethod,
    PlacementState,
    Sleepers,
    SpaceKind,
)
from shelters.nights import ONE_DAY, tonight
from shelters.services.capacity import figures
from tests.factories import (
    BedFactory,
    ConfirmationFactory,
    FamilyFactory,
    PersonFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 13


@pytest.fixture
def ines():
    """The front desk."""
    return StaffFactory(role=Role.FRONT_DESK, name="Inés de prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def men(shelter):
    return SpaceFactory(shelter=shelter, name="Hombres", sleepers=Sleepers.MEN)


def tile(shelter, label):
    return next(tile for space in board_of(shelter).spaces for tile in space.tiles if tile.bed.label == label)


def page_of(client, staff, shelter, query=""):
    client.force_login(staff)
    return client.get(reverse("shelters:board", args=[shelter.slug]) + query).content.decode()


def found(client, staff, shelter, **asked):
    """The board after its form was sent: what is typed there goes by POST and never into an address."""
    client.force_login(staff)
    return client.post(reverse("shelters:board", args=[shelter.slug]), asked).content.decode()


# --- States of a bed ---------------------------------------------------------------------------------------------------


def test_a_bed_is_free_until_someone_is_in_it(shelter, men):
    bed = BedFactory(space=men, label="H-01")
    assert tile(shelter, "H-01").state == "free"

    placement = PlacementFactory(bed=bed)

    assert tile(shelter, "H-01").state == "occ"
    assert tile(shelter, "H-01").guest.person.pk == placement.person.pk


def test_someone_who_left_is_not_in_their_bed(shelter, men):
    PlacementFactory(bed=BedFactory(space=men, label="H-01"), state=PlacementState.OUT)

    assert tile(shelter, "H-01").state == "free"


def test_a_hold_counts_until_its_hour(shelter, men):
    hold = PlacementFactory(bed=BedFactory(space=men, label="H-01"), state=PlacementState.HELD, held_for="Five people")
    assert tile(shelter, "H-01").state == "held"

    assert board_of(shelter, hold.hold_expires_at + timedelta(seconds=1)).spaces[0].tiles[0].state == "free"


def test_a_hold_for_friday_leaves_the_bed_free_tonight(shelter, men):
    start = timezone.now() + timedelta(days=3)
    PlacementFactory(
        bed=BedFactory(space=men, label="H-01"),
        state=PlacementState.HELD,
        planned=(start, start + timedelta(days=1)),
        hold_expires_at=start + timedelta(hours=6),
    )

    assert tile(shelter, "H-01").state == "free"


def test_a_bed_out_of_service_says_why(shelter, men):
    bed = BedFactory(space=men, label="H-01")
    BedBlock.objects.create(bed=bed, nights=(tonight(shelter), None), reason="Broken slat")

    assert (tile(shelter, "H-01").state, tile(shelter, "H-01").out_reason) == ("out", "Broken slat")


def test_a_block_of_another_night_does_not_show(shelter, men):
    bed = BedFactory(space=men, label="H-01")
    BedBlock.objects.create(bed=bed, nights=(tonight(shelter) + ONE_DAY, None), reason="Broken slat")

    assert tile(shelter, "H-01").state == "free"


def test_a_bed_that_was_withdrawn_is_not_on_the_board(shelter, men):
    BedFactory(space=men, label="H-01", until=tonight(shelter))

    assert not board_of(shelter).has_beds


def test_a_surge_place_is_over_when_taken_and_not_free_when_empty(shelter, men):
    mat = BedFactory(space=men, label="C-1", kind=BedKind.MAT, is_surge=True)
    assert tile(shelter, "C-1").state == "surge"
    assert board_of(shelter).free == 0

    PlacementFactory(bed=mat)

    assert tile(shelter, "C-1").state == "over"


def test_a_free_bed_in_a_familys_cubicle_is_their_own(shelter):
    cubicle = SpaceFactory(shelter=shelter, name="Cubículo 1", kind=SpaceKind.CUBICLE)
    first = BedFactory(space=cubicle, label="1")
    BedFactory(space=cubicle, label="2")
    assert tile(shelter, "2").state == "free"

    PlacementFactory(bed=first)

    assert tile(shelter, "2").state == "own"
    assert board_of(shelter).free == 0
    assert figures([shelter])[0].free == 0


def test_people_without_a_bed_stand_in_their_space_or_apart(shelter, men):
    on_the_floor = PlacementFactory(space=men, bed=None)
    somewhere = StayFactory(shelter=shelter)

    board = board_of(shelter)

    assert [guest.person.pk for guest in board.spaces[0].without_bed] == [on_the_floor.person_id]
    assert [guest.person.pk for guest in board.without_space] == [somewhere.person_id]
    assert (board.people, board.over) == (2, 2)


def test_a_night_by_night_house_shows_who_has_a_bed_night(ines):
    house = ShelterFactory(organisation=ines.organisation, counting=CountingMethod.NIGHT_BY_NIGHT, beds=2)
    StayFactory(shelter=house)
    person = PersonFactory(organisation=ines.organisation)
    BedNight.objects.create(shelter=house, person=person, night=tonight(house))

    assert [guest.person.pk for guest in board_of(house).without_space] == [person.pk]


def test_the_board_counts_what_the_report_counts(shelter, men):
    cubicle = SpaceFactory(shelter=shelter, kind=SpaceKind.CUBICLE, beds=3)
    yard = SpaceFactory(shelter=shelter, kind=SpaceKind.TENT)
    beds = [BedFactory(space=men, label=f"H-{number}") for number in range(6)]
    mat = BedFactory(space=men, label="C-1", is_surge=True)
    BedBlock.objects.create(bed=beds[0], nights=(tonight(shelter), None), reason="Broken slat")
    PlacementFactory(bed=beds[1])
    PlacementFactory(bed=beds[2], state=PlacementState.HELD)
    PlacementFactory(bed=mat)
    PlacementFactory(bed=cubicle.beds.first())
    PlacementFactory(space=yard, bed=None)
    PlacementFactory(space=yard, bed=None)
    StayFactory(shelter=shelter)

    ours, report = board_of(shelter).figures, figures([shelter])[0]

    for name in ("nominal", "out_of_service", "held", "surge", "occupied", "occupied_surge", "free", "over"):
        assert getattr(ours, name) == getattr(report, name), name
        assert [getattr(space, name) for space in ours.per_space] == [
            getattr(space, name) for space in report.per_space
        ]


# --- The page ----------------------------------------------------------------------------------------------------------


def test_the_board_says_it_in_a_sentence(client, ines, shelter, men):
    ConfirmationFactory(shelter=shelter)
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    BedFactory(space=men, label="H-02")
    BedFactory(space=men, label="H-03")

    page = " ".join(page_of(client, ines, shelter).split())

    assert "1 person in 3 usable places. 2 are free, in Hombres." in page
    assert "2 free, men" in page
    assert "1 of 3 places" in page


def test_over_capacity_is_shown_as_over(client, ines, shelter, men):
    ConfirmationFactory(shelter=shelter)
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    PlacementFactory(space=men, bed=None)

    page = " ".join(page_of(client, ines, shelter).split())

    assert "2 people in 1 usable place. No place is free. 1 is over capacity." in page
    assert "+1 over capacity" in page
    assert "2 of 1 place" in page


def test_the_board_shows_initials_unless_names_are_asked_for(client, ines, shelter, men):
    person = PersonFactory(organisation=ines.organisation, given_names="Berenice", first_surname="Ensayo")
    PlacementFactory(bed=BedFactory(space=men, label="H-01"), person=person)

    assert "Berenice" not in page_of(client, ines, shelter)
    assert escape(person.initials) in page_of(client, ines, shelter)
    assert "Berenice" in page_of(client, ines, shelter, "?names=1")


def test_a_volunteer_never_sees_names(client, ines, shelter, men):
    person = PersonFactory(organisation=ines.organisation, given_names="Berenice")
    PlacementFactory(bed=BedFactory(space=men, label="H-01"), person=person)
    volunteer = StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER)

    page = found(client, volunteer, shelter, names="1", text="berenice")

    assert "Berenice" not in page
    assert "Show names" not in page
    assert "No bed is like that now." in page  # Nor does the search tell whether she is here.


@pytest.mark.parametrize("role", [Role.SUPPLIES, Role.NETWORK_VIEWER])
def test_who_may_not_see_the_board_does_not(client, ines, shelter, role):
    client.force_login(StaffFactory(organisation=ines.organisation, role=role))

    assert client.get(reverse("shelters:board", args=[shelter.slug])).status_code == 403


def test_a_tile_says_everything_to_a_screen_reader(client, ines, shelter, men):
    placement = PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    BedFactory(space=men, label="H-02", kind=BedKind.UPPER)

    labels = re.findall(r'aria-label="(Bed [^"]+)"', page_of(client, ines, shelter))

    assert labels[0].startswith(f"Bed H-01: Occupied, {placement.person.initials}, since ")
    assert labels[1] == "Bed H-02: free, Upper bunk"


@pytest.mark.parametrize(
    ("asked", "shown", "hidden"),
    [
        ({"state": "free"}, "H-02", "H-01"),
        ({"state": "occ"}, "H-01", "H-02"),
        ({"text": "h-02"}, "H-02", "H-01"),
        ({"text": "bd"}, "H-01", "H-02"),
        ({"state": "nonsense", "space": "x"}, "H-01", "no-such-label"),
    ],
)
def test_the_board_can_be_filtered(client, ines, shelter, men, asked, shown, hidden):
    person = PersonFactory(organisation=ines.organisation, given_names="Bruno", first_surname="Demo", second_surname="")
    PlacementFactory(bed=BedFactory(space=men, label="H-01"), person=person)
    BedFactory(space=men, label="H-02")

    labels = re.findall(r'aria-label="Bed ([\w-]+):', found(client, ines, shelter, **asked))

    assert shown in labels
    assert hidden not in labels


def test_a_name_finds_a_bed_only_where_names_show(shelter, men):
    person = PersonFactory(organisation=shelter.organisation, given_names="Ángela")
    PlacementFactory(bed=BedFactory(space=men, label="H-01"), person=person)
    board = board_of(shelter)

    assert narrowed(board, Wanted(text="ángela", names=True))
    assert narrowed(board, Wanted(text="angela", names=True))
    assert not narrowed(board, Wanted(text="ángela"))


def test_the_figures_stay_those_of_the_house_while_it_is_filtered(client, ines, shelter, men):
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    BedFactory(space=men, label="H-02")

    assert "1 of 2 places" in page_of(client, ines, shelter, "?state=free")


def test_a_house_without_spaces_says_what_is_missing(client, ines, shelter):
    page = page_of(client, ines, shelter)

    assert "Nobody is in the house, and it has no beds yet." in page
    assert "Add a space with its beds" not in page  # The front desk cannot.


def test_the_page_escapes_what_people_typed(client, ines, shelter):
    space = SpaceFactory(shelter=shelter, name="<script>alert(1)</script>")
    bed = BedFactory(space=space, label="<b>1")
    PlacementFactory(bed=bed, state=PlacementState.HELD, held_for="<img src=x>")

    page = page_of(client, ines, shelter)

    assert "<script>alert" not in page
    assert "<b>1" not in page


# --- The refresh and the read log --------------------------------------------------------------------------------------


def test_opening_the_board_is_written_down_once_and_a_refresh_is_not(client, ines, shelter, men):
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    page = page_of(client, ines, shelter, "?state=occ")
    address = re.search(r'data-poll-url="([^"]+)"', page)[1]
    line = ReadLog.objects.get()

    answer = client.get(address, headers={"X-Posada-Poll": "1"})

    assert (line.what, line.subject_id, line.count, line.staff) == ("board", shelter.pk, 1, ines)
    assert ReadLog.objects.count() == 1
    assert "<html" not in answer.content.decode()
    assert "H-01" in answer.content.decode()
    assert address.endswith("?state=occ")


def test_a_refresh_of_a_board_that_was_never_opened_is_a_reading(client, ines, shelter):
    """Whoever sends the header by hand is written down like anybody else."""
    client.force_login(ines)

    client.get(reverse("shelters:board", args=[shelter.slug]), headers={"X-Posada-Poll": "1"})

    assert ReadLog.objects.get().subject_id == shelter.pk


def test_names_have_a_line_of_their_own_even_for_who_sends_the_header_of_a_refresh(client, ines, shelter, men):
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    client.force_login(ines)
    address, refresh = reverse("shelters:board", args=[shelter.slug]), {"X-Posada-Poll": "1"}
    client.get(address)

    first = client.get(address, {"names": "1"}, headers=refresh).content.decode()
    again = client.get(address, {"names": "1"}, headers=refresh).content.decode()

    assert "<html" in first
    assert "<html" not in again
    assert list(ReadLog.objects.order_by("pk").values_list("what", "count")) == [("board", 1), ("board_names", 1)]


def test_looking_for_someone_is_never_a_refresh(client, ines, shelter, men):
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))
    client.force_login(ines)
    address = reverse("shelters:board", args=[shelter.slug])
    client.get(address)

    client.post(address, {"text": "H-01"}, headers={"X-Posada-Poll": "1"})

    assert ReadLog.objects.filter(what="board").count() == 2


def test_what_is_looked_for_stands_in_no_address(client, ines, shelter, men):
    PlacementFactory(bed=BedFactory(space=men, label="H-01"))

    page = found(client, ines, shelter, text="Berenice", names="1")

    assert not re.search(r'(?:href|action|data-poll-url)="[^"]*Berenice', page)
    assert "data-poll-url" not in page


def test_a_refresh_keeps_no_sign_in_alive(client, ines, shelter):
    client.force_login(ines)
    client.get(reverse("shelters:board", args=[shelter.slug]))
    before = client.session["posada_used"]
    session = client.session
    session["posada_used"] = before - 120
    session.save()

    client.get(reverse("shelters:board", args=[shelter.slug]), headers={"X-Posada-Poll": "1"})

    assert client.session["posada_used"] == before - 120


def fill(shelter, beds):
    """Beds in three spaces, half of them taken, some held, some out, and people without a bed."""
    for number in range(3):
        kind = SpaceKind.CUBICLE if number else SpaceKind.DORMITORY
        space = SpaceFactory(shelter=shelter, kind=kind)
        family = FamilyFactory(organisation=shelter.organisation, people=2)
        PlacementFactory(space=space, bed=None, person=family.people[0], family=family)
        for place in range(beds // 3 + 1):
            bed = BedFactory(space=space, label=f"{number}-{place}")
            if place % 4 == 0:
                PlacementFactory(bed=bed)
            elif place % 4 == 1:
                PlacementFactory(bed=bed, state=PlacementState.HELD)
            elif place % 4 == 2:
                BedBlock.objects.create(bed=bed, nights=(tonight(shelter), None), reason="Broken slat")


@pytest.mark.parametrize("query", ["", "?names=1&state=occ"])
def test_the_board_takes_as_many_queries_for_two_hundred_beds_as_for_ten(client, ines, query):
    few, many = (ShelterFactory(organisation=ines.organisation) for _ in range(2))
    fill(few, 10)
    fill(many, 200)
    client.force_login(ines)
    counts = []
    for shelter in (few, many):
        client.get(reverse("shelters:board", args=[shelter.slug]))  # Sign-in writes its session once.
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("shelters:board", args=[shelter.slug]) + query)
        counts.append([query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]])

    assert len(counts[0]) == len(counts[1])
    assert len(counts[1]) <= MOST_QUERIES, "\n".join(sql[:150] for sql in counts[1])


# --- The card of a bed -------------------------------------------------------------------------------------------------


def test_the_card_shows_who_is_in_it_by_the_viewers_rights(client, ines, shelter, men):
    person = PersonFactory(organisation=ines.organisation, given_names="Berenice", first_surname="Ensayo")
    bed = BedFactory(space=men, label="H-01")
    PlacementFactory(bed=bed, person=person)
    address = reverse("shelters:bed", args=[bed.pk])
    volunteer = StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER)

    client.force_login(ines)
    to_the_desk = client.get(address).content.decode()
    client.force_login(volunteer)
    to_a_volunteer = client.get(address).content.decode()

    assert "Berenice" in to_the_desk
    assert "Berenice" not in to_a_volunteer
    assert person.initials in to_a_volunteer
    assert [(line.what, line.subject_id, line.count) for line in ReadLog.objects.all()] == [("bed", bed.pk, 1)] * 2


def test_the_card_tells_what_happened_to_the_bed(shelter, men):
    bed = BedFactory(space=men, label="H-01")
    earlier = timezone.now() - timedelta(days=5)
    PlacementFactory(
        bed=bed,
        stay=StayFactory(shelter=shelter, arrived_at=earlier, departed_at=earlier + ONE_DAY),
        state=PlacementState.OUT,
    )
    PlacementFactory(bed=bed)
    BedBlock.objects.create(bed=bed, nights=(tonight(shelter) + ONE_DAY, None), reason="Broken slat")

    card = bed_card(bed)

    assert [one.kind for one in card.happenings] == ["blocked", "in", "out", "in"]
    assert card.block.reason == "Broken slat"
    assert card.tile.state == "occ"


def test_a_free_bed_offers_the_families_of_the_last_day_that_have_none(client, ines, shelter, men):
    waiting = FamilyFactory(organisation=ines.organisation, folio="F-7001", people=3)
    placed = FamilyFactory(organisation=ines.organisation, folio="F-7002")
    FamilyFactory(folio="F-7003")  # Another organisation's.
    StayFactory(shelter=shelter, family=placed)
    bed = BedFactory(space=men, label="H-01")
    client.force_login(ines)

    page = client.get(reverse("shelters:bed", args=[bed.pk])).content.decode()

    assert reverse("shelters:place_family", args=[waiting.pk]) in page
    assert "3 people, file F-7001" in page
    assert "F-7002" not in page
    assert "F-7003" not in page


def test_a_family_is_found_by_name_for_a_bed_and_the_search_is_written_down(client, ines, shelter, men):
    family = FamilyFactory(organisation=ines.organisation, folio="F-7001")
    FamilyFactory(organisation=ines.organisation, folio="F-7002")
    person = family.people[0]
    person.given_names = "Escolástica"
    person.save()
    bed = BedFactory(space=men, label="H-01")
    client.force_login(ines)

    page = client.post(reverse("shelters:bed", args=[bed.pk]), {"q": "escolastica"}).content.decode()

    assert "F-7001" in page
    assert "F-7002" not in page
    assert ReadLog.objects.filter(what="search", count=1).exists()
    assert ReadLog.objects.get(what="bed").count == 1
    assert not re.search(r'(?:href|action)="[^"]*escolastica', page)


def test_whom_one_looks_for_on_a_beds_card_stands_in_no_address(client, ines, shelter, men):
    FamilyFactory(organisation=ines.organisation, folio="F-7001")
    bed = BedFactory(space=men, label="H-01")
    client.force_login(ines)

    page = client.get(reverse("shelters:bed", args=[bed.pk]), {"q": "nobody"}).content.decode()

    assert "F-7001" in page  # What stands in the address looks for nothing.
    assert 'value="nobody"' not in page
    assert not ReadLog.objects.filter(what="search").exists()
    search = re.search(r"<form[^>]*role=.search.[^>]*>.*?</form>", page, re.DOTALL)[0]
    assert 'method="post"' in search
    assert "csrfmiddlewaretoken" in search


def test_the_line_of_a_beds_card_counts_everyone_it_shows(client, ines, shelter, men):
    earlier = timezone.now() - timedelta(days=5)
    bed = BedFactory(space=men, label="H-01")
    for days in (0, 2):  # Two people who were in it.
        stay = StayFactory(
            shelter=shelter, arrived_at=earlier + days * ONE_DAY, departed_at=earlier + (days + 1) * ONE_DAY
        )
        PlacementFactory(bed=bed, stay=stay, state=PlacementState.OUT)
    for folio in ("F-7001", "F-7002", "F-7003"):  # Three families at the door.
        FamilyFactory(organisation=ines.organisation, folio=folio)
    client.force_login(ines)

    client.get(reverse("shelters:bed", args=[bed.pk]))

    assert ReadLog.objects.get(what="bed").count == 5


def test_a_volunteer_sees_for_a_bed_the_families_at_the_door_and_names_of_none_but_their_own(
    client, ines, shelter, men
):
    volunteer = StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER)
    FamilyFactory(organisation=ines.organisation, folio="F-7001", registered_by=volunteer)
    theirs = FamilyFactory(organisation=ines.organisation, folio="F-7002", registered_by=ines)
    long_ago = FamilyFactory(organisation=ines.organisation, folio="F-7003", registered_by=ines)
    Family.objects.filter(pk=long_ago.pk).update(recorded_at=timezone.now() - timedelta(days=3))
    bed = BedFactory(space=men, label="H-01")
    client.force_login(volunteer)

    page = client.post(reverse("shelters:bed", args=[bed.pk]), {"q": "prueba"}).content.decode()

    assert "F-7001" in page
    assert "F-7002" in page  # Of this day and without a place: whoever has the night may give them one.
    assert theirs.people[0].full_name not in page
    assert "F-7003" not in page


# --- The beds of a family ----------------------------------------------------------------------------------------------


def test_a_familys_beds_are_a_page_and_a_fragment(client, ines, shelter, men):
    family = FamilyFactory(organisation=ines.organisation, people=2)
    bed = BedFactory(space=men, label="H-01")
    PlacementFactory(bed=bed, person=family.people[0], family=family)
    client.force_login(ines)
    address = reverse("shelters:family_beds", args=[family.pk])

    page = client.get(address).content.decode()
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "<html" in page
    assert "<html" not in fragment
    for answer in (page, fragment):
        assert reverse("shelters:bed", args=[bed.pk]) in answer
        assert "Give 1 person a bed" in answer


def test_a_familys_beds_take_the_same_queries_however_large_it_is(shelter, men):
    counts = []
    for people in (2, 8):
        family = FamilyFactory(organisation=shelter.organisation, people=people)
        for person in family.people:
            PlacementFactory(bed=BedFactory(space=men), person=person, family=family)
        with CaptureQueriesContext(connection) as queries:
            assert len(family_beds(family, shelter.organisation.shelters.all()).placed) == people
        counts.append(len(queries))

    assert counts == [5, 5]


def test_another_organisations_family_has_no_beds_here(client, ines):
    family = FamilyFactory()
    client.force_login(ines)

    for route in ("family_beds", "place_family", "move_family", "check_out", "hold"):
        assert client.get(reverse(f"shelters:{route}", args=[family.pk])).status_code == 404, route


# --- Houses that one does not work in ----------------------------------------------------------------------------------


@pytest.fixture
def divided(ines, shelter, men):
    """Two of a family are in this house and one in another, which has a hold and an act of theirs too."""
    family = FamilyFactory(organisation=ines.organisation, people=3)
    other = ShelterFactory(organisation=ines.organisation, name="Casa Jojoba", slug="jojoba", beds=2)
    theirs, held = Bed.objects.filter(space__shelter=other)
    for person, label in zip(family.people[:2], ("H-01", "H-02"), strict=True):
        PlacementFactory(bed=BedFactory(space=men, label=label), person=person, family=family)
    PlacementFactory(bed=theirs, person=family.people[2], family=family)
    PlacementFactory(bed=held, family=family, state=PlacementState.HELD)
    act = Act.objects.create(
        shelter=other, family=family, kind=ActKind.HOLD, happened_at=timezone.now(), by=ines, changed={}
    )
    return family, other, theirs, act


def test_of_a_house_one_does_not_work_in_only_that_someone_is_in_another(client, ines, shelter, divided):
    family, _other, theirs, act = divided
    posted = StaffFactory(organisation=ines.organisation, role=Role.FRONT_DESK, shelters=[shelter])
    address = reverse("shelters:family_beds", args=[family.pk])

    client.force_login(posted)
    page = client.get(address).content.decode()
    client.force_login(ines)
    to_ines = client.get(address).content.decode()

    hidden = [
        "Casa Jojoba",
        "held until",
        reverse("shelters:bed", args=[theirs.pk]),
        reverse("shelters:undo", args=[act.pk]),
        reverse("shelters:move", args=[family.people[2].stays.get().pk]),
    ]
    for words in hidden:
        assert words not in page
        assert words in to_ines
    assert page.count("In another house") == 1
    assert "In another house" not in to_ines
    assert "H-01" in page
    assert "people beds" not in page  # Who is elsewhere has a place.


@pytest.mark.parametrize("route", ["move_family", "check_out"])
def test_a_family_leaves_or_moves_in_the_houses_one_works_in(client, ines, shelter, divided, route):
    family, other, _theirs, _act = divided
    address = reverse(f"shelters:{route}", args=[family.pk])
    third = ShelterFactory(organisation=ines.organisation)

    for house, stays in ((shelter, 2), (other, 1)):
        client.force_login(StaffFactory(organisation=ines.organisation, shelters=[house]))
        answer = client.get(address)
        assert answer.status_code == 200
        assert len(answer.context["stays"]) == stays
    client.force_login(StaffFactory(organisation=ines.organisation, shelters=[third]))
    assert client.get(address).status_code == 404
