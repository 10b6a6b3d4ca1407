"""The pages of the roll-call and its sheets: the list, a tap, saving without a script, undo, paper, and who may see whom."""

import re
import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import Answer, RollCall, RollCallMark
from shelters.nights import ONE_DAY, tonight
from shelters.services import roll_call as calls
from tests.factories import (
    BedFactory,
    PassageFactory,
    PlacementFactory,
    RollCallMarkFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 11, 18)


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite", city=None, zone="America/Tijuana")


@pytest.fixture
def men(shelter):
    return SpaceFactory(shelter=shelter, name="Hombres", position=1)


@pytest.fixture
def women(shelter):
    return SpaceFactory(shelter=shelter, name="Mujeres", position=2)


@pytest.fixture
def desk(client, ines):
    client.force_login(ines)
    return client


def guest(space, **kwargs):
    label = f"C-{space.beds.count() + 1}"
    return PlacementFactory(
        bed=BedFactory(space=space, label=label), stay=StayFactory(shelter=space.shelter, **kwargs)
    ).stay


def address(name="roll_call", **query):
    return reverse(f"shelters:{name}", args=["mezquite"])


def page(answer):
    return " ".join(answer.content.decode().split())


def tap(client, guest_, answer="present", **changes):
    data = {"stay": guest_.pk, "answer": answer, "tap": uuid.uuid4(), "night": tonight(guest_.shelter).isoformat()}
    return client.post(address("roll_call_tap"), data | changes, headers={"HX-Request": "true"})


def at(hour, minute=0, days=0):
    return datetime.combine(NIGHT + days * ONE_DAY, time(hour, minute), ZoneInfo("America/Tijuana"))


# --- The list --------------------------------------------------------------------------------------------------------
def test_the_list_says_how_many_are_still_to_be_counted(desk, ines, men, women):
    stays = [guest(men), guest(men), guest(women)]
    RollCallMarkFactory(stay=stays[0], by=ines)

    shown = page(desk.get(address()))

    assert "2 people are still to be counted. 1 is present." in shown
    assert "1 of 3 people are counted" in shown
    assert shown.index("Hombres") < shown.index("Mujeres")
    assert "1 of 2 to count" in shown
    assert "Save and go on with Mujeres" in shown
    assert "Inés Prueba, " in shown


def test_who_came_in_after_they_were_marked_away_is_pointed_out_also_among_those_to_count(desk, ines, men):
    stay = guest(men)
    RollCallMarkFactory(stay=stay, by=ines, answer=Answer.ABSENT, happened_at=timezone.now() - timedelta(minutes=50))
    PassageFactory(stay=stay, direction="in", happened_at=timezone.now() - timedelta(minutes=10))

    for query in ("", "?show=missing"):
        shown = page(desk.get(address() + query))
        assert "1 person came in by the door after they were marked away: answer again." in shown
        assert "after this answer. Answer again." in shown

    tap(desk, stay)
    assert "answer again" not in page(desk.get(address()))


def test_those_who_do_not_read_names_see_initials(client, ines, men):
    person = guest(men).person
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))

    for name in ("roll_call", "roll_call_print"):
        shown = page(client.get(address(name)))
        assert person.initials in shown
        assert person.full_name not in shown
        assert f"{person.called} " not in shown


def test_the_filter_leaves_those_without_an_answer(desk, ines, men):
    counted, missing = guest(men), guest(men)
    RollCallMarkFactory(stay=counted, by=ines)

    shown = page(desk.get(address(), {"show": "missing"}))

    assert f'id="stay-{missing.pk}"' in shown
    assert f'id="stay-{counted.pk}"' not in shown


def test_the_page_that_refreshes_itself_reads_for_nobody_once_it_was_opened(desk, men):
    guest(men)
    assert "<html" in desk.get(address(), headers={"X-Posada-Poll": "1"}).content.decode()  # Not opened yet: a reading.
    assert ReadLog.objects.filter(what="roll_call").count() == 1

    refreshed = desk.get(address(), headers={"X-Posada-Poll": "1"})

    assert "<html" not in refreshed.content.decode()
    assert ReadLog.objects.filter(what="roll_call").count() == 1


@pytest.mark.parametrize("press", ["roll_call_all", "roll_call_close"])
def test_the_list_that_answers_a_press_is_a_reading_for_whoever_never_opened_it(desk, men, press):
    person = guest(men).person

    for _time in range(2):
        answer = desk.post(address(press), {"reopen": "1"}, headers={"HX-Request": "true"})
        RollCallMark.objects.all().delete()
        assert person.called in answer.content.decode()

    assert ReadLog.objects.filter(what="roll_call", count=1).count() == 1


def test_three_hundred_guests_take_the_queries_of_three(desk, ines, men, django_assert_num_queries):
    for number in range(3):
        RollCallMarkFactory(stay=guest(men), by=ines, answer=list(Answer)[number])
    desk.get(address())
    with django_assert_num_queries(12):
        desk.get(address(), headers={"X-Posada-Poll": "1"})
    stays = [StayFactory(shelter=men.shelter) for _ in range(297)]
    call = RollCall.objects.get()
    RollCallMark.objects.bulk_create(
        RollCallMark(roll_call=call, stay=stay, answer=Answer.PRESENT, happened_at=timezone.now(), by=ines)
        for stay in stays
    )

    with django_assert_num_queries(12):
        shown = page(desk.get(address(), headers={"X-Posada-Poll": "1"}))

    assert "300 of 300 people are counted" in shown


def test_with_one_house_the_way_leads_to_its_list_and_with_two_to_both(desk, ines, men):
    assert desk.get(reverse("shelters:roll_calls")).url == address()
    ShelterFactory(organisation=ines.organisation, name="Casa Ocotillo")
    guest(men)

    shown = page(desk.get(reverse("shelters:roll_calls")))

    assert "Casa Ocotillo" in shown
    assert "Not begun" in shown
    assert "0 of 1 person is counted" in shown


# --- One tap ---------------------------------------------------------------------------------------------------------
def test_a_tap_is_answered_with_the_row_as_it_stands(desk, men):
    stay = guest(men)

    shown = page(tap(desk, stay, "absent"))

    assert f'id="stay-{stay.pk}"' in shown
    assert re.search(r'value="absent" checked', shown)
    assert "1 of 1 person is counted" in shown
    assert f"{stay.person.called}: Absent" in shown
    assert RollCallMark.objects.get().answer == "absent"


def test_a_tap_that_waited_keeps_its_own_moment(desk, men):
    with time_machine.travel(at(22), tick=False):
        stay = guest(men)
        tap(desk, stay, waited=600)

    assert RollCallMark.objects.get().happened_at == at(21, 50)


def test_a_tap_about_someone_who_left_is_refused_with_a_sentence(desk, men):
    stay = guest(men)
    stay.placements.all().delete()
    stay.departed_at = timezone.now()
    stay.save()

    answer = tap(desk, stay)

    assert answer.status_code == 409
    assert "is no longer on the list" in page(answer)


@pytest.mark.parametrize("changes", [{"answer": "perhaps"}, {"tap": "x"}, {"stay": "x"}, {"night": ""}, {"waited": -1}])
def test_a_tap_that_cannot_be_read_is_refused(desk, men, changes):
    answer = tap(desk, guest(men), **changes)

    assert answer.status_code == 409
    assert not RollCallMark.objects.exists()


def test_guests_of_another_house_are_not_there(desk, ines, shelter):
    other = guest(SpaceFactory(shelter=ShelterFactory(organisation=ines.organisation)))

    assert tap(desk, other).status_code == 404


# --- Without a script ------------------------------------------------------------------------------------------------
def save(client, space, answers, **more):
    """Press the button of a space: {stay: (what was on the page, what is chosen now)}."""
    data = {"space": space.pk, "night": tonight(space.shelter).isoformat(), "form_tap": uuid.uuid4()}
    for stay, (was, chosen) in answers.items():
        data |= {f"was_{stay.pk}": was, f"a_{stay.pk}": chosen}
    return client.post(address(), data | more)


def test_the_button_saves_what_was_changed_and_goes_on_with_the_next_space(desk, men, women):
    first, second, hers = guest(men), guest(men), guest(women)

    answer = save(desk, men, {first: ("", "present"), second: ("", "leave")})

    assert answer.url == f"{address()}#space-{women.pk}"
    assert {mark.stay: mark.answer for mark in RollCallMark.objects.all()} == {first: "present", second: "leave"}
    assert save(desk, women, {hers: ("", "present")}).url.endswith("#roll-foot")


def test_what_was_on_the_page_already_is_not_written_over_what_another_telephone_said(desk, ines, men):
    stay, other = guest(men), guest(men)
    RollCallMarkFactory(stay=stay, by=ines, answer=Answer.PRESENT)

    save(desk, men, {stay: ("absent", "absent"), other: ("", "present")})

    assert RollCallMark.objects.current().get(stay=stay).answer == "present"
    assert RollCallMark.objects.filter(stay=stay).count() == 1


def test_the_same_page_sent_twice_is_saved_once(desk, men):
    stay, form = guest(men), uuid.uuid4()

    for _ in range(2):
        save(desk, men, {stay: ("", "present")}, form_tap=form)

    assert RollCallMark.objects.count() == 1


def test_all_present_is_said_and_undone_from_the_toast(desk, men, women):
    for space in (men, men, women):
        guest(space)

    shown = page(desk.post(address("roll_call_all"), {"space": men.pk, "batch": uuid.uuid4()}, follow=True))
    assert "2 people are present." in shown
    assert "Marked present with one press" in shown
    undo = re.search(r'po-toast.*?action="([^"]+/undo/)"', shown)[1]
    shown = page(desk.post(undo, {"all": "1"}, follow=True))

    assert "2 answers are taken back." in shown
    assert not RollCallMark.objects.current().exists()
    assert RollCallMark.objects.count() == 2


def test_it_is_closed_and_opened_again(desk, men):
    guest(men)

    shown = page(desk.post(address("roll_call_close"), {}, follow=True))
    assert "Inés Prueba said on" in shown
    assert "It was not everyone: open it again" in shown
    shown = page(desk.post(address("roll_call_close"), {"reopen": "1"}, follow=True))

    assert "That was everyone" in shown
    assert RollCall.objects.get().closed_at is None


# --- Paper -----------------------------------------------------------------------------------------------------------
def test_last_nights_paper_is_entered_with_the_hours_that_stand_on_it(desk, ines, men):
    with time_machine.travel(at(12, days=1)) as clock:
        first, second = guest(men, arrived_at=at(15)), guest(men, arrived_at=at(15))
        night = NIGHT.isoformat()
        shown = page(desk.get(address(), {"night": night}))
        assert "This night is over. A report that has been sent keeps its figures" in shown
        assert "data-roll=" not in shown
        changes = {"night": night, "hour": "21:30", f"hour_{second.pk}": "0:40"}

        refused = save(desk, men, {first: ("", "present")}, night=night)
        wrong = save(desk, men, {first: ("", "present")}, night=night, hour="9 pm")
        save(desk, men, {first: ("", "present"), second: ("", "absent")}, **changes)
        clock.shift(1)

    assert "Write the hour that stands on the paper." in page(refused)
    assert re.search(r'value="present" checked', page(refused))  # Nothing typed is lost.
    assert "Write the hour with numbers" in page(wrong)
    marks = {mark.stay: (mark.happened_at, mark.source) for mark in RollCallMark.objects.all()}
    assert marks == {first: (at(21, 30), "paper"), second: (at(0, 40, days=1), "paper")}


@pytest.mark.parametrize("nights", [-8, 1])
def test_a_night_out_of_reach_is_refused_with_a_sentence(desk, shelter, nights):
    answer = desk.get(address(), {"night": (tonight(shelter) + nights * ONE_DAY).isoformat()})

    assert answer.status_code == 409


def test_the_sheet_says_who_printed_it_and_is_a_reading(desk, ines, men):
    stay = guest(men)

    shown = page(desk.get(address("roll_call_print")))

    assert "Printed by Inés Prueba, " in shown
    assert "C-1" in shown
    assert stay.person.called in shown
    assert shown.count("po-box") == 3 * (1 + 4)  # The guest and four empty lines.
    assert ReadLog.objects.filter(what="roll_call_print", count=1).exists()


def test_the_empty_sheet_holds_nobody(desk, men):
    stay = guest(men)

    shown = page(desk.get(address("roll_call_print"), {"empty": "1"}))

    assert stay.person.called not in shown
    assert shown.count("po-box") == 3 * 24
    assert not ReadLog.objects.exists()


def test_the_empty_intake_form_is_in_both_languages_with_the_notice(desk):
    shown = page(desk.get(reverse("cases:intake_blank")))

    for words in ("Primer apellido", "First surname", "Guardamos sus datos", "We keep your data", "Notice 2026-11"):
        assert words in shown
    assert "LGBT" not in shown  # What is told in confidence is not asked on a sheet that lies at the door.


# --- The board -------------------------------------------------------------------------------------------------------
def test_the_board_shows_whose_bed_is_kept(desk, ines, men):
    leave, absent = guest(men), guest(men)
    calls.mark_guest(shelter=men.shelter, night=tonight(men.shelter), stay=leave, answer=Answer.LEAVE, by=ines)
    calls.mark_guest(shelter=men.shelter, night=tonight(men.shelter), stay=absent, answer=Answer.ABSENT, by=ines)

    shown = page(desk.get(address("board")))
    bed = page(desk.get(reverse("shelters:bed", args=[leave.placements.get().bed_id])))

    assert f'aria-label="Bed C-1: {leave.person.initials}, On leave"' in shown
    assert f'aria-label="Bed C-2: {absent.person.initials}, Absent"' in shown
    assert "0 people in 2 usable places. 2 are not here tonight and keep their places. No place is free." in shown
    assert "On leave" in bed
    assert page(desk.get(address("board"), {"state": "held"})).count("po-bed") > 2


def test_the_cubicle_of_a_family_that_is_away_is_not_offered_on_the_board(desk, ines, shelter):
    cubicle = SpaceFactory(shelter=shelter, kind="cubicle", beds=2)
    stay = guest(cubicle)
    calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer=Answer.LEAVE, by=ines)

    shown = page(desk.get(address("board")))

    assert "No room for another family" in shown
    assert "Own place" in shown
