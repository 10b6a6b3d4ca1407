"""Every page in a real browser: axe finds nothing, nothing breaks the CSP, nothing is wider than the screen."""

import re
from itertools import count

import pytest
from django.test import Client
from playwright.sync_api import Error

from ngo.permissions import Role
from tests import SOAK
from tests.test_pages import rows, url
from tests.world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600), pytest.mark.soak]
DOOR = ["/account/login/", "/account/password/reset/", "/hidden/", "/no-such-page/"]
TOO_WIDE = """document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1).slice(-3)
    .map(element => `${element.tagName}.${element.className}: ${element.innerText}`.slice(0, 120))"""
COLOURS = {"phone": ["light", "dark"][: 1 + SOAK], "laptop": ["dark", "light"][: 1 + SOAK]}
PARTS = 4  # So that several processes share them.
WIDTHS = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}


def pages(world, part=slice(None)):
    """The addresses of everything that a coordinator may open, or of a part of it: pages, and some files."""
    found = [url(row["route"], world) for row in rows() if row["method"] == "GET" and row["coordinator"] == "200"]
    return found[part]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_can_be_used_by_everyone(live_server, new_page, sign_in, axe, part):
    """Small and light, every third page wide and dark instead; in the soak all of them in every pair. Loaded once."""
    world = make_world("Prueba")
    world.staff[Role.COORDINATOR].language = "es"
    world.staff[Role.COORDINATOR].save(update_fields=["language"])
    page = new_page(viewport=WIDTHS["phone"], color_scheme="light")
    wrong, seen, turns = [], [], count()

    def look(path):
        page.set_viewport_size(WIDTHS["phone"])
        try:
            answer = page.goto(live_server.url + path)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return
        if not answer.headers["content-type"].startswith("text/html"):
            return
        seen.append(path)
        looked_at = "laptop" if next(turns) % 3 == 0 else "phone"
        for name, width in WIDTHS.items():
            page.set_viewport_size(width)
            wrong.extend((path, name, "wider than the screen", element) for element in page.evaluate(TOO_WIDE))
            for scheme in COLOURS[name] if SOAK or name == looked_at else ():
                page.emulate_media(color_scheme=scheme)
                wrong.extend((path, name, scheme, fault) for fault in axe(page))
        if page.locator("h1").count() != 1:
            wrong.append((path, "needs exactly one h1"))
        # The language of who is signed in, or of the browser at the door.
        if not page.locator("html[lang^=es]").count():
            wrong.append((path, "is not in Spanish"))

    for path in DOOR[part::PARTS]:
        look(path)
    sign_in(page, world.staff[Role.COORDINATOR])
    for path in pages(world, slice(part, None, PARTS)):
        look(path)
    assert wrong == []
    assert len(seen) > 40


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_speaks_the_persons_language(language):
    world = make_world("Prueba")
    staff = world.staff[Role.COORDINATOR]
    staff.language = language
    staff.save(update_fields=["language"])
    client = Client()
    client.force_login(staff)
    for path in pages(world) if SOAK else pages(world, slice(None, None, 7)):
        answer = client.get(path)
        if answer.headers["Content-Type"].startswith("text/html"):
            assert re.search(rf'<html[^>]* lang="{language}\b', answer.content.decode()), path
