"""The board and the giving of beds in a real browser: the refresh, the keyboard, and all of it without JavaScript."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import Placement, PlacementState, Stay
from tests.factories import BedFactory, FamilyFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK)


@pytest.fixture
def room(ines):
    return SpaceFactory(shelter=ShelterFactory(organisation=ines.organisation, slug="mezquite"), name="Sala")


def sign_in(page, staff, address):
    client = Client()
    client.force_login(staff)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": address}])


def test_the_board_refreshes_itself_and_keeps_the_focus_where_it_was(live_server, page, ines, room):
    first, second = BedFactory(space=room, label="M-01"), BedFactory(space=room, label="M-02")
    sign_in(page, ines, live_server.url)
    page.clock.install()
    page.goto(live_server.url + reverse("shelters:board", args=["mezquite"]))
    page.locator("#board-legend summary").click()
    page.locator(f'a[href="{reverse("shelters:bed", args=[second.pk])}"]').focus()
    PlacementFactory(bed=first)

    with page.expect_response(lambda answer: answer.request.headers.get("x-posada-poll") == "1"):
        page.clock.run_for(31_000)
    page.locator('a[data-state="occ"]').wait_for()

    focused = page.evaluate("document.activeElement.getAttribute('href')")
    assert focused == reverse("shelters:bed", args=[second.pk])
    assert page.locator("#board-legend").get_attribute("open") is not None
    assert ReadLog.objects.filter(what="board").count() == 1


def test_the_board_waits_while_someone_is_choosing_a_filter(live_server, page, ines, room):
    bed = BedFactory(space=room, label="M-01")
    sign_in(page, ines, live_server.url)
    page.clock.install()
    page.goto(live_server.url + reverse("shelters:board", args=["mezquite"]))
    page.locator("#board-filter summary").click()
    page.locator("#id_text").fill("m-0")
    page.locator("h1").click()
    PlacementFactory(bed=bed)

    page.clock.run_for(65_000)

    assert page.locator("#id_text").input_value() == "m-0"


def test_a_bed_is_reached_and_opened_by_keyboard_alone(live_server, page, ines, room):
    bed = BedFactory(space=room, label="M-01")
    sign_in(page, ines, live_server.url)
    page.goto(live_server.url + reverse("shelters:board", args=["mezquite"]))

    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "po-bed":
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('shelters:bed', args=[bed.pk])}")

    assert "M-01" in page.locator("h1").inner_text()


def test_beds_are_given_moved_and_given_back_without_javascript(live_server, new_page, ines, room):
    for number in (1, 2, 3):
        BedFactory(space=room, label=f"M-0{number}", position=number)
    family = FamilyFactory(organisation=ines.organisation, people=2)
    page = new_page(javascript=False)
    sign_in(page, ines, live_server.url)

    page.goto(live_server.url + reverse("shelters:place_family", args=[family.pk]))
    page.get_by_role("button", name="Check in here").first.click()
    page.goto(live_server.url + reverse("shelters:family_beds", args=[family.pk]))
    assert Stay.objects.current().count() == 2

    page.get_by_role("link", name="Move", exact=False).first.click()
    page.locator("select").first.select_option(label="M-03, single bed")
    page.get_by_role("button", name="Move").click()
    assert Placement.objects.filter(bed__label="M-03", state=PlacementState.IN).count() == 1

    page.goto(live_server.url + reverse("shelters:check_out", args=[family.pk]))
    page.locator("select").first.select_option("crossed")
    page.get_by_role("button", name="Write the departure of 2 people").click()
    assert not Stay.objects.current().exists()

    page.get_by_role("button", name="Undo").first.click()
    assert Stay.objects.current().count() == 2


def test_pressing_enter_in_the_form_takes_the_best_way(live_server, page, ines, room):
    BedFactory(space=room, label="M-01")
    family = FamilyFactory(organisation=ines.organisation)
    sign_in(page, ines, live_server.url)
    page.goto(live_server.url + reverse("shelters:place_family", args=[family.pk]))

    page.get_by_text("This happened earlier").click()
    page.locator("#id_happened_hour").press("Enter")
    page.wait_for_url(f"**{reverse('cases:family', args=[family.pk])}")

    assert Placement.objects.get().bed.label == "M-01"
