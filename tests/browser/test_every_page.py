"""Every page in a real browser: axe finds nothing, nothing breaks the CSP, nothing is wider than the screen."""

import pytest
from django.test import Client

from ngo.permissions import Role
from tests.test_pages import rows, url
from tests.world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
DOOR = ["/account/login/", "/account/password/reset/", "/hidden/", "/no-such-page/"]
TOO_WIDE = """document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1).slice(-3)
    .map(element => `${element.tagName}.${element.className}: ${element.innerText}`.slice(0, 120))"""
WIDTHS = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}


def pages(world):
    """The addresses of every page that a coordinator may open."""
    client = Client()
    client.force_login(world.staff[Role.COORDINATOR])
    found = [url(row["route"], world) for row in rows() if row["method"] == "GET" and row["coordinator"] == "200"]
    return [path for path in found if client.get(path).headers["Content-Type"].startswith("text/html")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_can_be_used_by_everyone(live_server, new_page, sign_in, axe, width, scheme):
    world = make_world("Prueba")
    page = new_page(viewport=WIDTHS[width], color_scheme=scheme)
    wrong = []

    def look(path):
        page.goto(live_server.url + path)
        wrong.extend((path, fault) for fault in axe(page))
        wrong.extend((path, "wider than the screen", element) for element in page.evaluate(TOO_WIDE))
        if page.locator("h1").count() != 1:
            wrong.append((path, "needs exactly one h1"))

    for path in DOOR:
        look(path)
    sign_in(page, world.staff[Role.COORDINATOR])
    for path in pages(world):
        look(path)
    assert wrong == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_speaks_the_persons_language(live_server, new_page, sign_in, language):
    world = make_world("Prueba")
    staff = world.staff[Role.COORDINATOR]
    staff.language = language
    staff.save(update_fields=["language"])
    page = new_page(javascript=False)
    sign_in(page, staff)
    for path in pages(world):
        page.goto(live_server.url + path)
        assert page.locator("html").get_attribute("lang")[:2] == language, path
