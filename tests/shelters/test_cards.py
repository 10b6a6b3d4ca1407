"""Guests' cards: what is on them, that they are good exactly while they should be, and reading one: typed or from a photo."""

import re
import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import ExitReason, GuestCard, Stay
from shelters.services import card_pictures, cards
from shelters.services import stays as desk
from shelters.services.card_pictures import read_card, rows_of
from shelters.services.undo import undo
from tests.factories import FamilyFactory, PlacementFactory, ShelterFactory, StaffFactory, StayFactory
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite", beds=4)


@pytest.fixture
def stay(shelter):
    return PlacementFactory(bed=shelter.spaces.get().beds.first(), stay=StayFactory(shelter=shelter)).stay


@pytest.fixture
def door(client, ines, shelter):
    client.force_login(ines)
    return client


SCAN = "/shelters/mezquite/door/scan/"
NOTHING = "This card opens nothing here."


def page(answer):
    return " ".join(answer.content.decode().split())


def issue(stay, by):
    [printed] = cards.issue_cards(stays=[stay], by=by)
    return printed


def found(text):
    return cards.stay_of_card(text, Stay.objects.all())


def photo(token, scale=9, turned=0, form="JPEG", ground=235):
    """A photo of a card as a telephone takes it: larger than the code, grey, turned."""
    rows = rows_of(token)
    side = len(rows) * scale
    code = Image.new("L", (side, side), ground)
    pen = ImageDraw.Draw(code)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                pen.rectangle([x * scale, y * scale, (x + 1) * scale - 1, (y + 1) * scale - 1], fill=20)
    picture = Image.new("RGB", (side + 500, side + 300), (ground,) * 3)
    picture.paste(code, (250, 150))
    picture = picture.rotate(turned, fillcolor=(ground,) * 3)
    out = BytesIO()
    picture.save(out, form)
    return out.getvalue()


# --- The token -------------------------------------------------------------------------------------------------------


def test_a_token_is_140_bits_and_no_two_are_alike():
    tokens = {cards.new_token() for _ in range(500)}

    assert len(tokens) == 500
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{28}", token) for token in tokens)
    assert len(cards.SIGNS) ** cards.LENGTH >= 2**128


@pytest.mark.parametrize(
    "typed",
    [
        "7k3m-9qwx-01ab-cdef-ghjk-mnpq-rstv",
        " 7K3M 9QWX 01AB CDEF GHJK MNPQ RSTV ",
        "7K3M9QWXO1ABCDEFGHJKMNPQRSTV",  # O for 0
        "7K3M9QWX0IABCDEFGHJKMNPQRSTV",  # I for 1
        "7K3M9QWX0lABCDEFGHJKMNPQRSTV",
        "7K3M–9QWX–01AB–CDEF–GHJK–MNPQ–RSTV",
    ],
)
def test_what_people_type_is_read_as_the_token(typed):
    assert cards.token_in(typed) == "7K3M9QWX01ABCDEFGHJKMNPQRSTV"


@pytest.mark.parametrize("typed", ["", "7K3M", "U" * 28, "7" * 29, "7" * 5000, "ß" * 28, "٧" * 28, "\x00" * 28])
def test_what_can_be_no_token_is_none(typed):
    assert cards.token_in(typed) == ""


def test_the_token_is_stored_nowhere(ines, stay):
    printed = issue(stay, ines)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c::text FROM shelters_guestcard c UNION ALL SELECT e::text FROM shelters_guestcardevent e"
        )
        stored = " ".join(row[0] for row in cursor.fetchall())

    assert printed.token not in stored
    assert printed.groups[0] not in stored.upper().replace(printed.card.token_hash.upper(), "")


# --- How long a card is good -----------------------------------------------------------------------------------------


def test_a_card_is_good_from_its_making_until_the_departure_and_again_when_that_is_undone(ines, stay):
    token = issue(stay, ines).token
    assert found(token) == stay

    act = desk.check_out(stays=[stay], by=ines, exit_reason=ExitReason.OTHER)
    assert found(token) is None
    undo(act=act, by=ines)

    assert found(token) == stay


def test_a_new_card_makes_the_old_one_useless_and_the_record_says_why(ines, stay):
    old, new = issue(stay, ines), issue(stay, ines)

    assert (found(old.token), found(new.token)) == (None, stay)
    old.card.refresh_from_db()
    assert (old.card.revoked_why, old.card.revoked_by) == ("replaced", ines)


def test_a_lost_card_is_good_no_longer_even_after_a_departure_was_undone(ines, stay):
    token = issue(stay, ines).token
    cards.revoke_card(stay=stay, by=ines)
    act = desk.check_out(stays=[stay], by=ines, exit_reason=ExitReason.OTHER)
    undo(act=act, by=ines)

    assert found(token) is None
    with pytest.raises(Refused, match="has no card that is good"):
        cards.revoke_card(stay=stay, by=ines)


def test_who_comes_again_needs_a_new_card(ines, shelter, stay):
    token = issue(stay, ines).token
    desk.check_out(stays=[stay], by=ines, exit_reason=ExitReason.OTHER)
    again = StayFactory(shelter=shelter, person=stay.person, family=stay.family, arrived_at=timezone.now())

    assert found(token) is None
    assert found(issue(again, ines).token) == again


def test_the_same_press_twice_leaves_the_printed_cards_good(ines, stay):
    batch = uuid.uuid4()
    [first] = cards.issue_cards(stays=[stay], by=ines, batch=batch)
    with pytest.raises(Refused, match="already made, and they are good"):
        cards.issue_cards(stays=[stay], by=ines, batch=batch)

    assert found(first.token) == stay


def test_cards_are_made_for_all_or_for_none(ines, shelter, stay):
    gone = StayFactory(shelter=shelter, departed_at=stay.arrived_at + timedelta(hours=1))
    elsewhere = StayFactory(shelter=ShelterFactory(organisation=ines.organisation))
    for stays, sentence in [
        ([], "Choose for whom"),
        ([stay, gone], "has left the house meanwhile"),
        ([stay, elsewhere], "in different shelters"),
    ]:
        with pytest.raises(Refused, match=sentence):
            cards.issue_cards(stays=stays, by=ines)
    with pytest.raises(Refused, match="belongs to another organisation"):
        cards.issue_cards(stays=[stay], by=StaffFactory())
    assert not GuestCard.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
def test_many_desks_that_make_a_card_for_one_guest_leave_one_that_is_good(ines, stay):
    printed = []

    outcomes = at_once([lambda: printed.append(issue(stay, ines)) for _ in range(12)])

    assert set(outcomes) == {"done"}
    assert [one.token for one in printed if found(one.token)] == [
        one.token for one in printed if GuestCard.objects.get(pk=one.card.pk).revoked_at is None
    ]
    assert GuestCard.objects.in_force().count() == 1


# --- Photos ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [0, 13, 90, 180, 271])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_card_is_read_from_a_photo_however_it_lies(turned, form):
    token = cards.new_token()

    assert read_card(photo(token, turned=turned, form=form)) == token


def test_a_small_code_in_a_large_photo_is_read():
    token = cards.new_token()
    picture = Image.open(BytesIO(photo(token, scale=4)))
    large = Image.new("RGB", (3200, 2400), (200, 190, 180))
    large.paste(picture, (1500, 900))
    out = BytesIO()
    large.save(out, "JPEG")

    assert read_card(out.getvalue()) == token


def broken():
    whole = photo("7" * 28)
    return whole[: len(whole) // 3]


def many_pixels():
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")  # 50 KB that would fill the memory.
    return out.getvalue()


def some_pixels():
    out = BytesIO()
    Image.new("1", (5_000, 5_000)).save(out, "PNG")
    return out.getvalue()


def without_code():
    out = BytesIO()
    Image.new("RGB", (800, 600), (120, 90, 60)).save(out, "JPEG")
    return out.getvalue()


def drawing():
    out = BytesIO()
    Image.new("P", (20, 20)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (lambda: b"not a picture", "not a photo that can be read"),
        (lambda: b"", "not a photo that can be read"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a photo that can be read"),
        (drawing, "not a photo that can be read"),
        (broken, "not a photo that can be read"),
        (many_pixels, "too many pixels"),
        (some_pixels, "too many pixels"),
        (without_code, "No card can be seen"),
        (lambda: b"\xff\xd8\xff" + b"x" * card_pictures.MOST_BYTES, "larger than 8 MB"),
    ],
)
def test_a_bad_photo_gets_a_sentence(picture, sentence):
    with pytest.raises(Refused, match=sentence):
        read_card(picture())


# --- Reading at the door ---------------------------------------------------------------------------------------------


def test_a_typed_card_leads_to_its_guest_and_the_reading_is_on_record(door, ines, stay):
    token = issue(stay, ines).token

    answer = door.post(SCAN, {"code": token.lower()})

    assert answer["Location"] == reverse("shelters:door_person", args=[stay.pk]) + "?by=card"
    assert token not in answer["Location"]
    assert ReadLog.objects.get(what="card").subject_id == stay.pk


def test_a_photo_leads_to_its_guest_and_nothing_of_it_is_kept(door, ines, stay, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    token = issue(stay, ines).token
    picture = SimpleUploadedFile("tarjeta.jpg", photo(token) + b"\0" * 3_000_000, "image/jpeg")

    answer = door.post(SCAN, {"photo": picture})

    assert answer["Location"].startswith(reverse("shelters:door_person", args=[stay.pk]))
    assert not list(tmp_path.iterdir())


def test_whatever_opens_nothing_gets_one_sentence(door, ines, shelter, stay):
    old, theirs = issue(stay, ines).token, StayFactory()
    issue(stay, ines)
    gone = StayFactory(shelter=shelter)
    gone_token = issue(gone, ines).token
    desk.check_out(stays=[gone], by=ines, exit_reason=ExitReason.OTHER)
    their_token = issue(theirs, StaffFactory(organisation=theirs.shelter.organisation)).token
    said = set()
    for code in [old, gone_token, their_token, cards.new_token(), "nonsense", "'; DROP TABLE"]:
        shown = page(door.post(SCAN, {"code": code}, follow=True))
        said.add(re.search(r'role="alert">.*?<p>(.*?)</p>', shown)[1])

    assert len(said) == 1
    assert said.pop().startswith(NOTHING)
    assert ReadLog.objects.filter(what="card_unknown").count() == 6


def test_each_card_that_opens_nothing_takes_the_same_queries(door, ines, stay, django_assert_num_queries):
    issue(stay, ines)
    theirs = StayFactory()
    their_token = issue(theirs, StaffFactory(organisation=theirs.shelter.organisation)).token
    door.post(SCAN, {"code": "x"})
    for code in ["nonsense", their_token, cards.new_token()]:
        with django_assert_num_queries(7):
            door.post(SCAN, {"code": code})


def test_who_tries_many_cards_must_wait_and_a_colleague_need_not(door, client, ines, stay):
    token = issue(stay, ines).token
    for _ in range(20):
        door.post(SCAN, {"code": cards.new_token()})

    assert "Too many cards opened nothing. Wait ten minutes" in page(door.post(SCAN, {"code": token}, follow=True))
    client.force_login(StaffFactory(organisation=ines.organisation))
    assert "by=card" in client.post(SCAN, {"code": token})["Location"]


def test_who_works_in_another_house_reads_nothing_from_a_card_of_this_one(client, ines, stay):
    token = issue(stay, ines).token
    other = ShelterFactory(organisation=ines.organisation, slug="otra")
    client.force_login(StaffFactory(organisation=ines.organisation, shelters=[other]))

    assert NOTHING in page(client.post("/shelters/otra/door/scan/", {"code": token}, follow=True))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Type the signs of the card, or take a photo of it."),
        ({"photo": SimpleUploadedFile("a.jpg", b"")}, "This photo is empty."),
        ({"photo": SimpleUploadedFile("a.jpg", b"x")}, "not a photo that can be read"),
        ({"photo": SimpleUploadedFile("a.jpg", b"x" * (10 * 1024 * 1024))}, "larger than 8 MB"),
        ({"code": "x" * 5000}, "at most 120"),
    ],
)
def test_what_cannot_be_read_is_said(door, sent, sentence):
    assert sentence in page(door.post(SCAN, sent, follow=True))


# --- Making and printing ---------------------------------------------------------------------------------------------


def make(client, address, **changes):
    return client.post(address, {"shape": "cards", "whom": "none", "batch": str(uuid.uuid4())} | changes)


def test_the_sheet_of_a_house_holds_a_code_for_each_and_no_name(door, shelter, stay):
    PlacementFactory(bed=shelter.spaces.get().beds.last(), stay=StayFactory(shelter=shelter))

    answer = make(door, "/shelters/mezquite/door/cards/")
    shown = page(answer)
    sheet = shown[shown.index("po-cards-sheet") :]

    assert sheet.count('class="po-qr"') == 2
    assert stay.person.full_name not in sheet
    assert shelter.name not in sheet
    assert "no-store" in answer["Cache-Control"]
    tokens = {
        "".join(re.findall(r"<span>(\w{4})</span>", code)) for code in re.findall(r'po-card-code">(.*?)</p>', sheet)
    }
    assert {found(token) for token in tokens} == set(Stay.objects.all())
    assert ReadLog.objects.get(what="cards_print").count == 2


def test_what_is_printed_can_be_read_and_holds_the_token_alone(door, stay):
    shown = page(make(door, reverse("shelters:door_card", args=[stay.pk]), shape="bands"))
    size = int(re.search(r'viewBox="0 0 (\d+)', shown[shown.index("po-qr") :])[1])
    token = "".join(re.findall(r"<span>(\w{4})</span>", shown))
    picture = Image.new("L", (size * 8, size * 8), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", shown):
        x, y, run = int(x) * 8, int(y) * 8, int(run) * 8
        pen.rectangle([x, y, x + run - 1, y + 7], fill=0)
    out = BytesIO()
    picture.save(out, "PNG")

    assert read_card(out.getvalue()) == token
    assert found(token) == stay


def test_only_who_has_none_gets_one_unless_everyone_is_asked_for(door, ines, shelter, stay):
    token = issue(stay, ines).token
    address = "/shelters/mezquite/door/cards/"

    assert "Everyone has a card that is good." in page(make(door, address))
    assert found(token) == stay
    assert page(make(door, address, whom="all")).count('class="po-qr"') == 1
    assert found(token) is None


def test_a_family_gets_its_cards_and_one_that_is_not_in_the_house_has_none(door, ines, shelter):
    family = FamilyFactory(organisation=ines.organisation, people=2)
    for person in family.people:
        StayFactory(shelter=shelter, family=family, person=person)
    StayFactory(shelter=shelter)

    assert page(make(door, reverse("shelters:door_family_cards", args=[family.pk]))).count('class="po-qr"') == 2
    absent = FamilyFactory(organisation=ines.organisation)
    assert door.get(reverse("shelters:door_family_cards", args=[absent.pk])).status_code == 404


def test_a_lost_card_is_revoked_at_the_guests_page(door, ines, stay):
    token = issue(stay, ines).token

    shown = page(door.post(reverse("shelters:door_card_lost", args=[stay.pk]), follow=True))

    assert "The card is good no longer." in shown
    assert "Has no card that is good." in shown
    assert found(token) is None


def test_a_volunteer_sees_initials(client, ines, shelter, stay):
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))
    shown = page(client.get("/shelters/mezquite/door/cards/"))

    assert stay.person.full_name not in shown
    assert stay.person.initials in shown


def test_the_list_of_cards_takes_the_same_queries_however_many_guests(door, shelter, stay, django_assert_num_queries):
    address = "/shelters/mezquite/door/cards/"
    door.get(address)
    with django_assert_num_queries(10):
        door.get(address)
    for _ in range(20):
        StayFactory(shelter=shelter)
    with django_assert_num_queries(10):
        door.get(address)
