"""The roll-call on a telephone in a real browser: taps, all present, undo, two telephones, no network, no script, and print."""

import pytest
from django.urls import reverse

from ngo.permissions import Role
from shelters.models import Answer, RollCall, RollCallMark
from shelters.nights import tonight
from shelters.services import roll_call as calls
from tests.factories import BedFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory, StayFactory
from tests.shelters.test_board_browser import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite")


@pytest.fixture
def stays(shelter):
    men, women = (
        SpaceFactory(shelter=shelter, name=name, position=at) for at, name in enumerate(["Hombres", "Mujeres"])
    )
    return [
        PlacementFactory(bed=BedFactory(space=space, label=label), stay=StayFactory(shelter=shelter)).stay
        for space, label in [(men, "H-01"), (men, "H-02"), (women, "M-01")]
    ]


@pytest.fixture
def phone(live_server, page, ines, stays):
    sign_in(page, ines, live_server.url)
    page.goto(live_server.url + reverse("shelters:roll_call", args=["mezquite"]))
    return page


def row(page, stay):
    return page.locator(f"#stay-{stay.pk}")


def press(page, stay, word):
    row(page, stay).locator("label", has_text=word).click()


def said(page, stay, text):
    row(page, stay).locator(".po-said", has_text=text).wait_for(timeout=30_000)


def colour(page, stay):
    """The ground of the answer that is chosen, and the ground that means an answer on the record."""
    return page.evaluate(
        """id => { const edge = document.querySelector(`#${id} input:checked ~ .edge`);
        return getComputedStyle(edge).borderTopStyle }""",
        f"stay-{stay.pk}",
    )


def answers():
    return sorted(RollCallMark.objects.current().values_list("stay_id", "answer"))


def test_a_tap_is_saved_at_once_and_undone_from_the_toast(phone, stays):
    press(phone, stays[0], "Absent")
    said(phone, stays[0], "Inés Prueba, ")

    assert answers() == [(stays[0].pk, "absent")]
    assert colour(phone, stays[0]) == "solid"
    assert "1 of 3 people are counted" in phone.locator("#roll-head").inner_text()
    phone.locator("#roll-toasts").get_by_role("button", name="Undo").click()
    phone.locator("#roll-toasts", has_text="1 answer is taken back.").wait_for()

    assert answers() == []
    assert row(phone, stays[0]).locator("input:checked").count() == 0


def test_the_same_phone_changes_its_mind_and_the_last_answer_counts(phone, stays):
    for word in ("Present", "Absent", "On leave"):
        press(phone, stays[0], word)
    said(phone, stays[0], "Inés Prueba, ")

    phone.wait_for_function("!document.querySelector('[data-sending]')")
    assert answers() == [(stays[0].pk, "leave")]


def test_all_present_in_a_space_and_in_the_house_and_undo(phone, stays):
    phone.locator(f"#all-{stays[0].placements.get().space_id}").click()
    said(phone, stays[1], "Inés Prueba, ")
    assert len(answers()) == 2
    phone.locator("#all-house").click()
    said(phone, stays[2], "Inés Prueba, ")
    assert len(answers()) == 3

    phone.locator("#roll-toasts").get_by_role("button", name="Undo").click()
    phone.locator("#roll-toasts", has_text="1 answer is taken back.").wait_for()
    assert len(answers()) == 2
    phone.get_by_role("button", name="That was everyone").click()
    phone.get_by_role("button", name="It was not everyone: open it again").wait_for()

    assert RollCall.objects.get().closed_at is not None


def test_without_network_nothing_is_green_and_all_is_sent_when_it_is_back(phone, stays):
    phone.context.set_offline(True)
    press(phone, stays[0], "Present")
    press(phone, stays[1], "Absent")
    said(phone, stays[0], "Not sent yet")
    said(phone, stays[1], "Not sent yet")

    assert colour(phone, stays[0]) == "dashed"
    assert row(phone, stays[0]).locator("input:checked ~ .po-i").is_hidden()
    assert "Waiting: 2" in phone.locator("#po-notice").inner_text()
    assert answers() == []
    phone.context.set_offline(False)
    said(phone, stays[0], "Inés Prueba, ")
    said(phone, stays[1], "Inés Prueba, ")

    assert answers() == [(stays[0].pk, "present"), (stays[1].pk, "absent")]
    assert colour(phone, stays[0]) == "solid"
    assert RollCallMark.objects.count() == 2


def test_an_answer_that_was_lost_on_its_way_back_is_sent_again_and_stands_once(phone, stays):
    lost = []

    def lose(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch())  # The server has it; the telephone never hears of it.
        return route.abort()

    phone.route("**/roll-call/tap/", lose)
    press(phone, stays[0], "Present")
    said(phone, stays[0], "Inés Prueba, ")

    assert lost[0].status == 200
    assert RollCallMark.objects.count() == 1


def test_all_present_waits_for_the_answers_before_it(phone, stays):
    lost = []

    def lose(route):
        if len(lost) > 1:
            return route.continue_()
        lost.append(1)
        return route.abort()

    phone.route("**/roll-call/tap/", lose)
    press(phone, stays[0], "Absent")
    said(phone, stays[0], "Not sent yet")
    phone.locator("#all-house").click()
    phone.locator("#po-notice", has_text="Nothing else was done").wait_for()
    assert RollCallMark.objects.count() == 0

    phone.locator("#all-house").click()  # The network is back: the answer goes first.
    said(phone, stays[1], "Inés Prueba, ")
    assert answers() == [(stays[0].pk, "absent"), (stays[1].pk, "present"), (stays[2].pk, "present")]


def test_a_new_sign_in_in_another_tab_loses_no_answer(phone, live_server, ines, stays):
    phone.context.clear_cookies()
    other = phone.context.new_page()
    sign_in(other, ines, live_server.url)
    press(phone, stays[0], "Absent")
    phone.locator("#po-notice", has_text="load the page again").wait_for()

    said(phone, stays[0], "Not sent yet")
    assert answers() == []
    phone.reload()
    said(phone, stays[0], "Inés Prueba, ")
    assert answers() == [(stays[0].pk, "absent")]


def test_a_refusal_puts_back_what_stands_on_the_record(phone, stays):
    stays[0].placements.all().delete()
    stays[0].departed_at = stays[0].arrived_at
    stays[0].save()

    press(phone, stays[0], "Present")
    phone.locator("#po-notice", has_text="is no longer on the list").wait_for()

    assert row(phone, stays[0]).locator("input:checked").count() == 0
    assert answers() == []


def test_two_telephones_see_each_others_answers(phone, new_page, live_server, ines, shelter, stays):
    marisol = StaffFactory(organisation=ines.organisation, name="Marisol Ensayo")
    calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stays[2], answer=Answer.LEAVE, by=marisol)
    late = PlacementFactory(
        bed=BedFactory(space=stays[0].placements.get().space), stay=StayFactory(shelter=shelter)
    ).stay

    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    said(phone, stays[2], "Marisol Ensayo, ")

    assert row(phone, stays[2]).locator("input:checked").get_attribute("value") == "leave"
    assert row(phone, late).locator(".po-said", has_text="Came after the roll-call had begun").count() == 1
    assert row(phone, late).locator("xpath=..").get_attribute("id") == f"list-{stays[0].placements.get().space_id}"


def test_it_is_taken_without_a_script(live_server, new_page, ines, stays):
    page = new_page(javascript=False)
    sign_in(page, ines, live_server.url)
    page.goto(live_server.url + reverse("shelters:roll_call", args=["mezquite"]))
    press(page, stays[0], "Present")
    press(page, stays[1], "On leave")
    page.get_by_role("button", name="Save and go on with Mujeres").click()
    assert page.url.endswith(f"#space-{stays[2].placements.get().space_id}")
    page.locator(f"#all-{stays[2].placements.get().space_id}").click()
    assert len(answers()) == 3

    row(page, stays[1]).get_by_role("button", name="Undo").click()
    assert answers() == [(stays[0].pk, "present"), (stays[2].pk, "present")]
    page.get_by_role("button", name="That was everyone").click()
    assert RollCall.objects.get().closed_by == ines


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_the_sheets_fit_the_paper(live_server, new_page, ines, stays, paper):
    page = new_page(viewport={"width": 1280, "height": 900})
    sign_in(page, ines, live_server.url)
    sheets = {
        reverse("shelters:roll_call_print", args=["mezquite"]): 1,
        reverse("shelters:roll_call_print", args=["mezquite"]) + "?empty=1": 1,
        reverse("cases:intake_blank"): 2,
    }
    for address, most in sheets.items():
        page.goto(live_server.url + address)
        printed = page.pdf(format=paper)
        assert 1 <= printed.count(b"/Type /Page\n") <= most, address
        page.emulate_media(media="print")
        assert not page.locator(".po-nav").is_visible()
        page.emulate_media(media="null")  # The printer decides again.


def test_a_party_is_turned_away_in_two_taps(live_server, page, ines, shelter):
    sign_in(page, ines, live_server.url)
    page.goto(live_server.url + reverse("shelters:turn_away", args=["mezquite"]))

    page.locator("label", has_text="4").first.click()
    page.get_by_role("button", name="Full").click()
    page.get_by_text("4 people turned away").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back by Inés Prueba").wait_for()
