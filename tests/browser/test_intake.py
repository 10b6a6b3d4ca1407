"""The intake in a real browser: by keyboard alone, without JavaScript, and what the script adds."""

import re
import time
from datetime import date

import pytest
from playwright.sync_api import expect

from cases.models import Family, IntakeDraft, Person
from ngo.permissions import Role
from tests.factories import FamilyFactory, ShelterFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE = {"width": 1280, "height": 800}
KEYSTROKE = 0.12  # Seconds: somebody who types, not somebody who races (about 100 words in two minutes).


@pytest.fixture
def desk():
    staff = StaffFactory(role=Role.FRONT_DESK)
    ShelterFactory(organisation=staff.organisation, beds=8)
    return staff


class Keyboard:
    """Presses keys and counts them: no pointer, no script, no looking into the page."""

    def __init__(self, page):
        self.page, self.strokes = page, 0

    def type(self, text):
        self.strokes += len(text)
        self.page.keyboard.type(text)

    def press(self, key, times=1):
        for _ in range(times):
            self.strokes += 1
            self.page.keyboard.press(key)

    def fill(self, *texts):
        """Fields one after the other, each left by Tab."""
        for text in texts:
            self.type(text)
            self.press("Tab")

    def choose(self, number):
        """The n-th of a row of radio buttons, by arrow keys; then on."""
        self.press("Space") if number == 1 else self.press("ArrowRight", number - 1)
        self.press("Tab")


WOMAN, MAN = 1, 2


def test_a_family_of_six_by_keyboard_alone_in_under_ninety_seconds(live_server, new_page, sign_in, desk):
    page = new_page(viewport=WIDE)
    sign_in(page, desk)
    page.goto(f"{live_server.url}/intake/")
    began, keys = time.monotonic(), Keyboard(page)

    keys.type("6")
    keys.press("Enter")
    page.wait_for_selector("#people")
    # The head: names, birth, age, sex, relation (already chosen), nationality, language; then past "more".
    keys.fill("Rosa", "Inventada", "Prueba", "8", "2", "1992", "")
    keys.choose(WOMAN)
    keys.press("Tab")
    keys.fill("hond", "spa")
    others = [
        ("Joel", "19", "6", "1990", "", MAN, "P"),  # Partner
        ("Abril", "2", "5", "2017", "", WOMAN, "S"),  # Son or daughter
        ("Mateo", "", "", "", "4", MAN, "S"),
        ("Celia", "30", "11", "2013", "", WOMAN, "S"),
        ("Elsa", "", "", "1961", "", WOMAN, "F"),  # Father or mother
    ]
    for name, day, month, year, age, sex, relation in others:
        keys.press("Tab", 2)  # Past "more" of the one before, and the heading of this one.
        keys.fill(name, "", "", day, month, year, age)  # The surnames are there already.
        keys.choose(sex)
        keys.fill(relation)
    keys.press("Tab", 2)  # "More", and "add another person".
    keys.choose(1)  # Awaiting a U.S. appointment.
    keys.press("Tab")  # Together: yes.
    keys.fill("lower bunk for Abril", "+52 656 555 0100", "", "")
    keys.choose(1)  # They agree to the record, by word.
    keys.press("Tab")  # Read in Spanish.
    keys.press("Space")  # Reminders.
    keys.press("Enter")
    page.wait_for_url("**/place/**")

    by_machine, by_hand = time.monotonic() - began, keys.strokes * KEYSTROKE
    assert by_machine + by_hand < 90, (by_machine, by_hand, keys.strokes)
    family = Family.objects.get()
    people = {member.person.given_names: member for member in family.members.select_related("person")}
    assert {name: member.relationship for name, member in people.items()} == {
        "Rosa": "head",
        "Joel": "partner",
        "Abril": "child",
        "Mateo": "child",
        "Celia": "child",
        "Elsa": "parent",
    }
    assert {member.person.first_surname for member in people.values()} == {"Inventada"}
    assert {member.person.nationality.code for member in people.values()} == {"HN"}
    assert [people[name].person.sex for name in ("Rosa", "Joel", "Mateo")] == ["f", "m", "m"]
    assert people["Celia"].person.born_on == date(2013, 11, 30)
    assert family.consents.count() == 2
    assert family.bed_wish == "lower bunk for Abril"


def test_the_same_without_a_script_on_a_phone(live_server, new_page, sign_in, desk):
    page = new_page(javascript=False)
    sign_in(page, desk)
    page.goto(f"{live_server.url}/intake/")
    page.fill("[name=people]", "1")
    page.keyboard.press("Enter")
    page.fill("[name=members-0-given_names]", "Rosa")
    page.fill("[name=members-0-first_surname]", "Inventada")
    page.locator("[name=add]").click()

    assert page.input_value("[name=members-1-first_surname]") == "Inventada"
    page.fill("[name=members-1-given_names]", "Mateo")
    page.select_option("[name=members-1-relationship]", "child")
    page.locator("button.btn-primary[name=save]").click()
    expect(page).to_have_title(re.compile("^Error: "))
    assert page.locator(".po-errors li").count() == 4  # Two births, the group, the record.
    assert page.input_value("[name=members-1-given_names]") == "Mateo"

    page.fill("[name=members-0-birth_age]", "30")
    page.fill("[name=members-1-birth_age]", "4")
    page.check("[name=group][value=undecided]", force=True)
    page.check("[name=record][value=verbal]", force=True)
    page.locator("button.btn-primary[name=save]").click()

    assert page.url.endswith(f"/families/{Family.objects.get().pk}/place/")
    assert Person.objects.count() == 2


def start(page, live_server, people=1):
    page.goto(f"{live_server.url}/intake/")
    page.fill("[name=people]", str(people))
    page.keyboard.press("Enter")
    page.wait_for_selector("#people")


def test_a_person_is_added_in_place_with_the_surname_of_the_first(live_server, page, sign_in, desk):
    sign_in(page, desk)
    start(page, live_server)
    page.fill("[name=members-0-first_surname]", "Inventada")
    page.fill("[name=members-0-nationality]", "Honduras")
    address = page.url

    page.locator("[name=add]").click()

    assert page.url == address
    expect(page.locator("[name=members-1-given_names]")).to_be_focused()
    assert page.input_value("[name=members-1-first_surname]") == "Inventada"
    assert page.locator("[name=members-1-nationality]").input_value() == "Honduras"
    page.keyboard.type("Mateo")
    expect(page.locator("[data-row-title]").nth(1)).to_have_text("Mateo Inventada")
    page.fill("[name=members-0-first_surname]", "Corregida")
    page.keyboard.press("Tab")
    assert page.input_value("[name=members-1-first_surname]") == "Inventada"  # Typed or added: never overwritten.


def test_what_is_typed_is_saved_by_itself_and_nothing_stays_in_the_browser(live_server, page, sign_in, desk):
    sign_in(page, desk)
    start(page, live_server)
    with page.expect_response("**/draft/") as saved:
        page.fill("[name=members-0-given_names]", "Rosa")

    assert "Draft saved at" in saved.value.text()
    expect(page.locator("[data-autosave-status]")).to_contain_text("Draft saved at")
    assert "Rosa" in str(IntakeDraft.objects.get().values)
    kept = page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")
    assert "Rosa" not in kept
    page.reload()
    assert page.input_value("[name=members-0-given_names]") == "Rosa"


def test_a_known_person_is_asked_about_while_typing(live_server, page, sign_in, desk):
    known = FamilyFactory(organisation=desk.organisation, people=1)
    Person.objects.update(given_names="Rosa", first_surname="Inventada", second_surname="", born_on=date(1992, 2, 8))
    sign_in(page, desk)
    start(page, live_server)

    page.locator("[name=members-0-given_names]").press_sequentially("Rosa")
    page.locator("[name=members-0-first_surname]").press_sequentially("Inbentada")
    banner = page.locator("[data-duplicates='0'] .po-banner")
    expect(banner).to_contain_text(known.folio)
    page.get_by_role("button", name="It is another person").click()
    expect(banner).to_have_count(0)
    page.locator("[name=members-0-second_surname]").press_sequentially("Prueba")
    page.wait_for_timeout(1200)
    expect(banner).to_have_count(0)


def test_the_summary_leads_to_the_field_and_opens_its_row(live_server, page, sign_in, desk):
    sign_in(page, desk)
    start(page, live_server, people=2)
    page.fill("[name=members-0-given_names]", "Rosa")
    page.fill("[name=members-0-birth_age]", "30")
    page.fill("[name=members-1-given_names]", "Mateo")
    page.keyboard.press("Enter")
    expect(page.locator(".po-errors")).to_be_focused()
    page.locator("#people details.po-more").nth(1).evaluate("row => { row.open = false }")

    page.get_by_role("link", name="Person 2, Mateo, Date of birth").click()

    expect(page.locator("[name=members-1-birth_day]")).to_be_focused()
    assert page.locator("#people details.po-more").nth(1).evaluate("row => row.open")
