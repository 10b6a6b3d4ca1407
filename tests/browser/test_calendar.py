"""The calendar on a phone and on a wide screen: a list of days, a grid, usable by everyone, and neutral on paper."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.services.calendar_feeds import make_feed
from ngo.permissions import Role
from tests.factories import AppointmentFactory, AppointmentKindFactory, FamilyFactory, ShelterFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
WIDE = "document.documentElement.scrollWidth > innerWidth"
PAGES = ["?view=month", "?view=week", "?view=day", "feeds/"]
NOON = datetime(2026, 11, 20, 20, tzinfo=UTC)


def test_the_calendar_on_a_phone_on_a_wide_screen_and_on_paper(live_server, new_page, sign_in, axe):
    staff = StaffFactory(role=Role.COORDINATOR, language="es")
    ShelterFactory(organisation=staff.organisation)
    family = FamilyFactory(organisation=staff.organisation, ages=[30, 8])
    kind = AppointmentKindFactory(organisation=staff.organisation, name_es="Entrevista de prueba")
    for number in range(7):
        AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(minutes=20 * number))
    make_feed(by=staff, scope="mine")
    page = new_page(viewport={"width": 360, "height": 740}, javascript=True)
    sign_in(page, staff)
    wrong = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for path in PAGES:
            query = f"{path}&on=2026-11-20" if path.startswith("?") else path
            page.goto(f"{live_server.url}/calendar/{query}")
            wrong += [(width, path, fault) for fault in axe(page)]
            if page.evaluate(WIDE):
                wrong.append((width, path, "wider than the screen"))
        page.goto(f"{live_server.url}/calendar/?view=month&on=2026-11-20")
        empty = page.locator("td.po-cal-none").first
        assert empty.is_visible() == (width == 1280)  # On a phone only the days that hold something.
        assert page.locator("td", has=page.locator(".po-cal-row")).count() == 1
    page.locator(".po-cal-more").click()  # "and 3 more" leads to the day.
    assert page.locator("tbody tr").count() == 7
    page.emulate_media(media="print")
    printed = page.locator("main").inner_text()
    assert "Entrevista de prueba" not in printed
    assert "Clínica de prueba" not in printed
    assert wrong == []
