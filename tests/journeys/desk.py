"""A desk with one browser: who sits at it changes, days pass, and every page that is opened must fit a phone.

What the journeys through a case share. They walk by links and buttons, as a hand does; an address is typed only where somebody
could have kept it.
"""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from playwright.sync_api import expect

HOUSE = ZoneInfo("America/Tijuana")


class Desk:
    def __init__(self, page, live_server, sign_in, traveller):
        self.page, self.root, self.sign_in, self.traveller = page, live_server.url, sign_in, traveller

    def on(self, day: date, hour: int, staff):
        """Another day or hour, and who sits here then: every sign-in has ended meanwhile. The day begins with Today."""
        self.traveller.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=HOUSE))
        self.sits(staff)

    def sits(self, staff):
        self.sign_in(self.page, staff)
        self.open("ngo:today")

    def open(self, name, *args):
        self.page.goto(self.root + reverse(name, args=args))
        self.fits()

    def fits(self):
        """Nothing is pushed off the side of the screen."""
        self.page.wait_for_load_state()
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"

    def place(self, name):
        """One of the places of the navigation: at the bottom of a phone."""
        self.page.locator("nav.po-nav").get_by_role("link", name=name, exact=True).first.click()
        self.fits()

    def follow(self, name, within=None):
        """Press a link of the page by its words; `within` a row that says so."""
        self._at(within).get_by_role("link", name=name).first.click()
        self.fits()

    def press(self, name, within=None):
        self._at(within).get_by_role("button", name=name).first.click()
        self.fits()

    def _at(self, within):
        main = self.page.locator("main")
        return main.locator("li, tr").filter(has_text=within) if within else main

    def write(self, **fields):
        """Fill fields by their names: a day into three boxes, True and False into one to tick, a list of boxes, words."""
        for name, value in fields.items():
            if isinstance(value, date):
                for part in ("day", "month", "year"):
                    self.page.fill(f"[name={name}_{part}]", str(getattr(value, part)))
            elif isinstance(value, bool):
                self.page.set_checked(f"[name={name}]", value, force=True)
            else:
                self._write_one(name, value)

    def _write_one(self, name, value):
        field = self.page.locator(f"main [name={name}]")
        if field.first.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        elif field.first.get_attribute("type") in {"radio", "checkbox"}:
            self.page.locator(f"main [name={name}][value='{value}']").check(force=True)
        else:
            field.first.fill(value)

    def send(self):
        """The filled button of the page."""
        self.page.locator("main .po-actions button[type=submit]").last.click()
        self.fits()

    def sees(self, *texts):
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def sees_not(self, *texts):
        for text in texts:
            expect(self.page.locator("main")).not_to_contain_text(text)

    def is_told(self, text):
        """What the page says of what was just done."""
        expect(self.page.get_by_role("status").filter(has_text=text).first).to_be_visible()

    def is_refused(self, text):
        """What stands above the form that was sent."""
        expect(self.page.get_by_role("alert").filter(has_text=text).first).to_be_visible()

    def takes_in(self, group, *people):
        """Intake from Today to the page of the family: `people` as (name, age, sex, relation), the head first."""
        page = self.page
        self.follow("Ingreso")
        page.fill("[name=people]", str(len(people)))
        self.press("Empezar el ingreso")
        for row, (name, age, sex, relation) in enumerate(people):
            page.fill(f"[name=members-{row}-given_names]", name)
            page.fill(f"[name=members-{row}-birth_age]", str(age))
            page.check(f"[name=members-{row}-sex][value={sex}]", force=True)
            if relation:
                page.select_option(f"[name=members-{row}-relationship]", relation)
            else:
                page.fill(f"[name=members-{row}-first_surname]", "Luna")
                page.fill(f"[name=members-{row}-second_surname]", "Ejemplo")
                page.fill(f"[name=members-{row}-nationality]", "Honduras")
                page.fill(f"[name=members-{row}-speaks]", "Español")
        page.check(f"[name=group][value={group}]", force=True)
        page.check("[name=record][value=verbal]", force=True)
        page.get_by_role("button", name="Guardar y elegir camas").last.click()
        page.wait_for_url(re.compile(r"/families/\d+/place/"))
        self.press("Dar entrada aquí")
        expect(page.get_by_role("status").first).to_be_visible()
