"""The door and the roll-call in a real browser: taps that survive a closed page, cards read and printed, looking for somebody."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ngo.permissions import Role
from shelters.models import Answer, Passage, RollCallMark, Stay
from shelters.nights import tonight
from shelters.services import roll_call as calls
from shelters.services.cards import issue_cards, stay_of_card
from tests.factories import (
    BedFactory,
    PassageFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)
from tests.shelters.test_cards import photo
from tests.shelters.test_roll_call_browser import answers, press, row, said
from tests.shelters.test_roll_call_browser import sign_in as sign_in_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ROLL = "/shelters/mezquite/roll-call/"
KEPT = "localStorage.getItem('posada-roll')"


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite")


@pytest.fixture
def stays(shelter):
    space = SpaceFactory(shelter=shelter, name="Hombres")
    return [
        PlacementFactory(bed=BedFactory(space=space, label=label), stay=StayFactory(shelter=shelter)).stay
        for label in ("H-01", "H-02", "H-03")
    ]


@pytest.fixture
def phone(live_server, page, ines, stays):
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + ROLL)
    return page


def faults(page):
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in Axe().run(page).response["violations"]]


def again(phone, live_server, staff=None):
    """The page is closed, and opened anew on the same telephone, by the same person or by another."""
    context = phone.context
    phone.close()
    if staff:
        client = Client()
        client.force_login(staff)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
    context.set_offline(False)
    page = context.new_page()
    page.goto(live_server.url + ROLL)
    return page


def tap_two_without_network(phone, stays):
    phone.route("**/roll-call/tap/", lambda route: route.abort())  # Nothing is on its way to the server, either.
    phone.context.set_offline(True)
    press(phone, stays[0], "Present")
    press(phone, stays[1], "Absent")
    said(phone, stays[1], "Not sent yet")
    assert answers() == []


def test_taps_survive_a_closed_page_and_are_sent_when_it_is_opened_again(phone, live_server, stays):
    tap_two_without_network(phone, stays)

    page = again(phone, live_server)
    said(page, stays[0], "Inés Prueba, ")
    said(page, stays[1], "Inés Prueba, ")

    assert answers() == [(stays[0].pk, "present"), (stays[1].pk, "absent")]
    assert page.evaluate(KEPT) is None


def test_a_page_that_is_opened_again_shows_what_was_not_sent_until_the_server_has_it(phone, live_server, stays):
    tap_two_without_network(phone, stays)
    phone.context.route("**/roll-call/tap/", lambda route: route.abort())

    page = again(phone, live_server)
    said(page, stays[0], "Not sent yet")

    assert row(page, stays[0]).locator("input:checked").get_attribute("value") == "present"
    assert "Waiting: 2" in page.locator("#po-notice").inner_text()
    page.context.unroute("**/roll-call/tap/")
    said(page, stays[0], "Inés Prueba, ")
    said(page, stays[1], "Inés Prueba, ")
    assert len(answers()) == 2


def test_the_first_page_says_that_something_was_not_sent(phone, live_server, stays):
    tap_two_without_network(phone, stays)
    context = phone.context
    phone.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(live_server.url + reverse("ngo:today"))

    assert "has not sent yet: 2" in page.locator("[data-unsent-answers]").inner_text()
    page.goto(live_server.url + ROLL)
    said(page, stays[1], "Inés Prueba, ")
    page.goto(live_server.url + reverse("ngo:today"))
    assert page.locator("[data-unsent-answers]").is_hidden()


def test_what_waited_for_more_than_a_day_is_said_and_not_written(phone, live_server, stays):
    tap_two_without_network(phone, stays)
    phone.context.add_init_script(  # Before the page's own script: while the old page is open, it writes what it remembers.
        """const kept = JSON.parse(localStorage.getItem("posada-roll") || "[]"); if (kept.length === 2) {
        kept[0].at -= 25 * 3600 * 1000; localStorage.setItem("posada-roll", JSON.stringify(kept)); }"""
    )

    page = again(phone, live_server)
    said(page, stays[1], "Inés Prueba, ")

    assert "This answer waited for more than a day." in page.locator("#po-notice").inner_text()
    assert stays[0].person.full_name in page.locator("#po-notice").inner_text()
    assert answers() == [(stays[1].pk, "absent")]


def test_what_is_kept_on_the_telephone_names_nobody(phone, stays):
    tap_two_without_network(phone, stays)
    kept = phone.evaluate(KEPT)

    assert phone.evaluate("Object.keys(localStorage)") == ["posada-roll"]
    for stay in stays:
        for word in (stay.person.given_names, stay.person.first_surname, stay.person.second_surname, "mezquite"):
            assert word not in kept


def test_whoever_tapped_is_recorded_not_whoever_sends_it(phone, live_server, ines, stays):
    tap_two_without_network(phone, stays)

    page = again(phone, live_server, StaffFactory(organisation=ines.organisation, name="Marisol Ensayo"))
    said(page, stays[0], "Inés Prueba, ")
    said(page, stays[1], "Inés Prueba, ")

    assert set(RollCallMark.objects.values_list("by__name", flat=True)) == {"Inés Prueba"}


def test_a_conflict_is_shown_and_both_answers_stay(phone, live_server, ines, shelter, stays):
    tap_two_without_network(phone, stays)
    marisol = StaffFactory(organisation=ines.organisation, name="Marisol Ensayo")
    phone.wait_for_timeout(2500)  # What is younger than two seconds counts as now.
    calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stays[0], answer=Answer.LEAVE, by=marisol)

    page = again(phone, live_server)
    page.locator("#po-notice", has_text="Somebody answered later. Theirs counts").wait_for()
    said(page, stays[1], "Inés Prueba, ")

    assert stays[0].person.full_name in page.locator("#po-notice").inner_text()
    assert answers() == [(stays[0].pk, "leave"), (stays[1].pk, "absent")]
    assert row(page, stays[0]).locator(".po-said").inner_text().count("Inés Prueba") == 1
    assert RollCallMark.objects.count() == 3


def test_a_tap_about_somebody_who_left_meanwhile_is_said_and_the_others_are_sent(phone, live_server, stays):
    tap_two_without_network(phone, stays)
    stays[0].placements.all().delete()
    Stay.objects.filter(pk=stays[0].pk).update(departed_at=timezone.now() - timedelta(hours=1))

    page = again(phone, live_server)
    said(page, stays[1], "Inés Prueba, ")

    assert "is no longer on the list" in page.locator("#po-notice").inner_text()
    assert answers() == [(stays[1].pk, "absent")]
    assert page.evaluate(KEPT) is None


def test_hide_takes_what_was_not_sent_off_the_telephone(phone, stays):
    tap_two_without_network(phone, stays)
    phone.context.set_offline(False)
    phone.route("**/roll-call/tap/", lambda route: route.abort())
    phone.locator("form[data-hide] button").click()
    phone.wait_for_url("**/hidden/")

    assert phone.evaluate(KEPT) is None


def test_signing_out_says_first_how_many_it_deletes(phone, live_server, stays):
    tap_two_without_network(phone, stays)
    phone.route("**/roll-call/tap/", lambda route: route.abort())
    phone.context.set_offline(False)
    phone.goto(live_server.url + reverse("account_logout"))
    assert "has not sent yet: 2" in phone.locator("[data-unsent-answers]").inner_text()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/login/**")

    assert phone.evaluate(KEPT) is None


def test_somebody_is_found_by_name_or_bed_and_nothing_is_asked_of_the_server(phone, stays):
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    field = phone.get_by_label("Look for a name or a bed")
    for typed in (stays[1].person.second_surname.upper(), "h-02"):
        field.fill(typed)
        row(phone, stays[0]).wait_for(state="hidden")
        assert row(phone, stays[1]).is_visible()
    assert phone.locator("#find-status").inner_text() == "Shown: 1"
    press(phone, stays[1], "Present")
    said(phone, stays[1], "Inés Prueba, ")
    field.fill("")

    assert row(phone, stays[0]).is_visible()
    assert [url for url in asked if "roll-call/" not in url and "/static/" not in url] == []
    assert not [url for url in asked if "h-02" in url.lower()]


def test_a_card_that_is_typed_in_the_roll_call_marks_its_guest(phone, ines, stays):
    [card] = issue_cards(stays=[stays[2]], by=ines)
    phone.locator("#id_code").fill(" ".join(card.groups).lower())
    phone.get_by_role("button", name="Mark present").click()
    said(phone, stays[2], "Inés Prueba, ")

    assert answers() == [(stays[2].pk, "present")]
    assert phone.locator("#id_code").input_value() == ""
    assert phone.url.endswith(ROLL)
    phone.locator("#id_code").fill("7" * 28)
    phone.get_by_role("button", name="Mark present").click()
    phone.locator("#po-notice", has_text="This card opens nothing here.").wait_for()


def test_a_photo_of_a_card_in_the_roll_call_leads_to_its_guest(phone, ines, stays):
    [card] = issue_cards(stays=[stays[2]], by=ines)
    picture = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(card.token, turned=20)}
    phone.locator("#id_photo").set_input_files(picture)
    phone.get_by_role("button", name="Read the photo").click()
    phone.wait_for_url(f"**#stay-{stays[2].pk}")

    assert answers() == [(stays[2].pk, "present")]


CAMERA = """
window.BarcodeDetector = class { static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
  detect() { return Promise.resolve([{ rawValue: "%s" }]); } };
navigator.mediaDevices.getUserMedia = () => { const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d"); setInterval(() => pen.fillRect(0, 0, 9, 9), 50);
  return Promise.resolve(canvas.captureStream(20)); };
"""  # Chromium on Linux reads no codes; telephones do.


def test_where_the_browser_reads_codes_the_camera_is_offered_and_sends_what_it_read(live_server, new_page, ines, stays):
    [card] = issue_cards(stays=[stays[0]], by=ines)
    page = new_page()
    page.add_init_script(CAMERA % card.token)
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + "/shelters/mezquite/door/")
    page.get_by_role("button", name="Read it with the camera").click()
    page.wait_for_url(re.compile(r"by=card$"))

    assert stays[0].person.full_name in page.locator("h1").inner_text()
    page.get_by_role("button", name="Goes out").click()
    page.get_by_text(" is out.").wait_for()
    assert Passage.objects.get().source == "card"


def test_without_a_reader_of_codes_no_camera_is_offered(live_server, page, ines, stays):
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + "/shelters/mezquite/door/")

    assert page.get_by_role("button", name="Read it with the camera").is_hidden()
    assert page.locator("#id_photo").is_visible()


def test_the_door_refreshes_itself_and_keeps_what_was_looked_for(live_server, page, ines, stays):
    sign_in_at(page, ines, live_server.url)
    page.clock.install()
    page.goto(live_server.url + "/shelters/mezquite/door/")
    page.get_by_label("Look for a name or a bed").fill("h-02")
    PassageFactory(stay=stays[1])
    PassageFactory(stay=stays[2])
    page.clock.fast_forward(31_000)
    page.locator("#door-lists", has_text="2 people are out or on leave.").wait_for()

    assert page.locator(f'[form="door-in"][value="{stays[1].pk}"]').is_visible()
    assert page.locator(f'[form="door-in"][value="{stays[2].pk}"]').is_hidden()
    assert page.locator("#find-status").inner_text() == "Shown: 1"


def test_out_and_in_at_the_door_without_a_script(live_server, new_page, ines, stays):
    page = new_page(javascript=False)
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + "/shelters/mezquite/door/")
    page.locator(f'[form="door-out"][value="{stays[1].pk}"]').click()
    page.locator(f'[form="door-in"][value="{stays[1].pk}"]').click()

    assert list(Passage.objects.order_by("pk").values_list("stay", "direction")) == [
        (stays[1].pk, "out"),
        (stays[1].pk, "in"),
    ]


@pytest.mark.parametrize("paper", ["Letter", "A4"])
@pytest.mark.parametrize("shape", ["Cards", "Wristbands"])
def test_the_sheet_of_cards_fits_the_paper_and_can_be_read(live_server, new_page, ines, shelter, stays, paper, shape):
    for _ in range(13):
        StayFactory(shelter=shelter)
    page = new_page(viewport={"width": 1280, "height": 900})
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + "/shelters/mezquite/door/cards/")
    page.locator("label", has_text=shape).click()
    page.get_by_role("button", name="Make the cards and show the sheet").click()
    page.locator(".po-qr").first.wait_for()

    assert faults(page) == []
    printed = page.pdf(format=paper)
    assert printed.count(b"/Type /Page\n") == {"Cards": 2, "Wristbands": 3}[shape]
    page.emulate_media(media="print")
    assert not page.locator(".po-nav").is_visible()
    cuts = [cut.bounding_box() for cut in page.locator(".po-card-cut").all()]
    assert len(cuts) == 16
    codes = page.locator(".po-card-code").all_inner_texts()
    assert {stay_of_card(code, Stay.objects.all()) for code in codes} == set(Stay.objects.all())
    assert all(re.fullmatch(r"[0-9A-Z]{28}", "".join(code.split())) for code in codes)


def test_the_sheet_can_be_used_on_a_phone(live_server, page, ines, stays):
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + reverse("shelters:door_person", args=[stays[0].pk]))
    page.get_by_role("button", name="New wristband").click()
    page.locator(".po-qr").wait_for()

    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_roll_call_of_three_hundred_is_looked_through_at_once(live_server, page, ines, shelter, stays):
    many = [StayFactory(shelter=shelter) for _ in range(297)]
    sign_in_at(page, ines, live_server.url)
    page.goto(live_server.url + ROLL)
    took = page.evaluate(
        """text => { const field = document.querySelector("#find"); field.value = text; const begun = performance.now();
        field.dispatchEvent(new Event("input")); return performance.now() - begun; }""",
        many[150].person.second_surname,
    )

    assert row(page, many[150]).is_visible()
    assert took < 1000
    press(page, many[150], "Present")
    said(page, many[150], "Inés Prueba, ")
    assert answers() == [(many[150].pk, "present")]
