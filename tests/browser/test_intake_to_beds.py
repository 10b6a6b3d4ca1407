"""Walk 1 in a real browser: a family at the door, in Spanish, on a phone 360 pixels wide; and what can go wrong on it."""

import re

import pytest
from playwright.sync_api import expect

from cases.models import Family, Group, Person
from ngo.permissions import Role
from shelters.models import BedKind, Placement, PlacementState, Sleepers, SpaceKind, Stay
from tests.factories import (
    PASSWORD,
    BedFactory,
    FamilyFactory,
    OrganisationFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
TYPED_A_SECOND = 3.5  # Keys a second of someone who types slowly: 40 words a minute.
KEYS_IN_90_SECONDS = round(90 * TYPED_A_SECOND)


@pytest.fixture
def shelter():
    """A house with a men's dormitory, a women's dormitory and two cubicles for families."""
    organisation = OrganisationFactory()
    shelter = ShelterFactory(organisation=organisation, name="Casa Ensayo", slug="casa-ensayo")
    SpaceFactory(shelter=shelter, name="Hombres", sleepers=Sleepers.MEN, beds=4, position=1)
    SpaceFactory(shelter=shelter, name="Mujeres", sleepers=Sleepers.WOMEN, beds=4, position=2)
    for number in (1, 2):
        cubicle = SpaceFactory(
            shelter=shelter,
            name=f"Cubículo {number}",
            kind=SpaceKind.CUBICLE,
            sleepers=Sleepers.FAMILIES,
            beds=5,
            position=2 + number,
        )
        BedFactory(space=cubicle, label="Cuna", kind=BedKind.CRIB, position=9)
    return shelter


@pytest.fixture
def volunteer(shelter):
    return StaffFactory(
        organisation=shelter.organisation,
        role=Role.VOLUNTEER,
        email="noche@ensayo.example",
        password=PASSWORD,
        language="es",
    )


def write_member(page, row, name, age, sex, relationship=None):
    page.fill(f"[name=members-{row}-given_names]", name)
    page.fill(f"[name=members-{row}-birth_age]", str(age))
    page.check(f"[name=members-{row}-sex][value={sex}]", force=True)
    if relationship:
        page.select_option(f"[name=members-{row}-relationship]", relationship)


def start_intake(page, live_server, people):
    page.goto(f"{live_server.url}/intake/")
    page.fill("[name=people]", str(people))
    page.get_by_role("button", name="Empezar el ingreso").click()
    page.wait_for_url(re.compile(r"/intake/[0-9a-f-]{36}/"))


def write_family_of_four(page):
    write_member(page, 0, "Marisol", 34, "f")
    page.fill("[name=members-0-first_surname]", "Luna")
    page.fill("[name=members-0-second_surname]", "Ejemplo")
    page.fill("[name=members-0-nationality]", "Honduras")
    page.fill("[name=members-0-speaks]", "Español")
    write_member(page, 1, "Joel", 36, "m", "partner")
    write_member(page, 2, "Abril", 9, "f", "child")
    write_member(page, 3, "Mateo", 4, "m", "child")
    for row in (1, 2, 3):
        if not page.input_value(f"[name=members-{row}-first_surname]"):  # Without JavaScript nothing is copied.
            page.fill(f"[name=members-{row}-first_surname]", "Luna")
    page.check("[name=group][value=mexican_protection]", force=True)
    page.check("[name=record][value=verbal]", force=True)


def save(page):
    page.get_by_role("button", name="Guardar y elegir camas").last.click()
    page.wait_for_url(re.compile(r"/families/\d+/place/"))


def test_a_volunteer_takes_in_a_family_and_gives_it_beds(live_server, page, shelter, volunteer):
    page.goto(live_server.url)
    page.fill("[name=login]", volunteer.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Casa Ensayo")

    page.get_by_role("link", name="Ingreso").first.click()
    page.fill("[name=people]", "4")
    page.get_by_role("button", name="Empezar el ingreso").click()
    write_family_of_four(page)
    assert page.input_value("[name=members-3-first_surname]") == "Luna"
    save(page)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Luna")
    expect(page.locator("main")).to_contain_text("Toda la familia en Cubículo 1")
    page.get_by_role("button", name="Dar entrada aquí").first.click()
    expect(page.get_by_role("status").filter(has_text="Luna").first).to_be_visible()
    assert Placement.objects.filter(state=PlacementState.IN, space__name="Cubículo 1").count() == 4
    assert set(Person.objects.values_list("cases__group", flat=True)) == {Group.MEXICAN_PROTECTION}

    page.get_by_role("link", name="Camas").first.click()
    expect(page.get_by_role("link", name=re.compile("M. L. E.")).first).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Marisol")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_family_of_six_by_keyboard_alone_in_ninety_seconds(live_server, page, shelter, volunteer, sign_in):
    """Counted in keys, not by the clock: ninety seconds of a slow typist are 315 keys."""
    sign_in(page, volunteer)
    page.goto(f"{live_server.url}/intake/")
    keys = 0

    def press(*names):
        nonlocal keys
        for name in names:
            page.keyboard.press(name)
            keys += 1

    def write(text):
        nonlocal keys
        page.keyboard.type(text)
        keys += len(text)

    def at(name):
        """The keyboard has arrived at this field."""
        assert page.evaluate("document.activeElement.name") == name

    def on_to(name):
        """Tab until this field: every stop on the way costs a key."""
        for _ in range(40):
            if page.evaluate("document.activeElement.name") == name:
                return
            press("Tab")
        pytest.fail(f"the keyboard does not get to {name}")

    at("people")
    write("6")
    press("Enter")
    page.wait_for_url(re.compile(r"/intake/[0-9a-f-]{36}/"))
    at("members-0-given_names")
    family = [
        ("Rosa", "38", "f", None),
        ("Saúl", "40", "m", "p"),
        ("Inés", "15", "f", "h"),
        ("Omar", "11", "m", "h"),
        ("Lía", "7", "f", "h"),
        ("Teo", "2", "m", "h"),
    ]
    for row, (name, age, sex, relation) in enumerate(family):
        on_to(f"members-{row}-given_names")
        write(name)
        press("Tab")
        if row == 0:
            write("Muestra")
        on_to(f"members-{row}-birth_age")
        write(age)
        on_to(f"members-{row}-sex")
        press("Space") if sex == "f" else press("ArrowRight")
        if relation:
            on_to(f"members-{row}-relationship")
            write(relation)
        if row == 0:
            on_to("members-0-nationality")
            write("Honduras")
            on_to("members-0-speaks")
            write("Español")
    on_to("group")
    press("Space")
    on_to("record")
    press("Space")
    press("Enter")
    page.wait_for_url(re.compile(r"/families/\d+/place/"))

    people = Person.objects.order_by("pk")
    assert [(person.given_names, person.first_surname, person.sex) for person in people] == [
        (name, "Muestra", sex) for name, _, sex, _ in family
    ]
    assert keys <= KEYS_IN_90_SECONDS, f"{keys} keys"


def test_the_walk_works_without_javascript(live_server, new_page, shelter, volunteer, sign_in):
    page = new_page(javascript=False)
    sign_in(page, volunteer)
    start_intake(page, live_server, 4)
    write_family_of_four(page)
    save(page)
    page.get_by_role("button", name="Dar entrada aquí").first.click()
    family = Family.objects.get()
    assert Stay.objects.current().count() == 4

    stay = Stay.objects.get(person__given_names="Joel")
    page.goto(f"{live_server.url}/stays/{stay.pk}/move/")
    men = shelter.spaces.get(name="Hombres")
    bed = men.beds.first()
    page.locator("main select").first.select_option(f"{men.pk}.{bed.pk}")
    page.locator("main form button.btn-primary").first.click()
    assert Placement.objects.get(stay=stay, state=PlacementState.IN).bed == bed

    page.goto(f"{live_server.url}/families/{family.pk}/check-out/")
    page.locator("[name=exit_reason]").first.select_option("completed")
    page.locator("main form .btn-danger").click()
    assert not Stay.objects.current().exists()


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(live_server, page, shelter, volunteer, sign_in):
    sign_in(page, volunteer)
    start_intake(page, live_server, 2)
    write_member(page, 0, "Marisol", 34, "f")
    page.fill("[name=members-1-given_names]", "Mateo")
    page.get_by_role("button", name="Guardar y elegir camas").last.click()

    summary = page.locator(".po-errors")
    expect(summary).to_be_visible()
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    assert page.input_value("[name=members-0-given_names]") == "Marisol"
    assert page.input_value("[name=members-1-given_names]") == "Mateo"
    assert not Family.objects.exists()


def test_an_unfinished_intake_waits_for_the_same_person_and_nobody_else(
    live_server, new_page, shelter, volunteer, sign_in
):
    page = new_page()
    sign_in(page, volunteer)
    start_intake(page, live_server, 2)
    address = page.url
    write_member(page, 0, "Marisol", 34, "f")
    with page.expect_response(re.compile("/draft/")):
        page.locator("[name=members-0-given_names]").blur()
    stored = page.evaluate("({...localStorage, ...sessionStorage})")
    assert set(stored) <= {"htmx-current-path-for-history"}  # htmx notes the page's address, nothing of its content.
    assert "Marisol" not in str(stored)
    page.context.close()

    again = new_page()
    sign_in(again, volunteer)
    again.goto(address)
    assert again.input_value("[name=members-0-given_names]") == "Marisol"

    other = new_page()
    sign_in(other, StaffFactory(organisation=shelter.organisation, role=Role.VOLUNTEER, language="es"))
    assert other.goto(address).status == 404


def test_two_desks_take_the_same_beds(live_server, new_page, shelter, sign_in):
    """Both see the same free cubicle; the second gets a sentence and still has everything to choose from."""
    first, second = (FamilyFactory(ages=[30, 8], organisation=shelter.organisation) for _ in range(2))
    desks = []
    for family in (first, second):
        page = new_page()
        sign_in(page, StaffFactory(organisation=shelter.organisation, language="es"))
        page.goto(f"{live_server.url}/families/{family.pk}/place/")
        desks.append(page)

    for page in desks:
        page.get_by_role("button", name="Dar entrada aquí").first.click()
        page.wait_for_load_state()

    assert set(Stay.objects.values_list("family", flat=True)) == {first.pk}
    expect(desks[1].get_by_role("alert").first).to_contain_text("Otra persona acaba de tomar la cama")
    expect(desks[1].get_by_role("button", name="Dar entrada aquí").first).to_be_visible()


def test_hiding_leaves_nothing_on_the_screen_or_behind_the_back_button(live_server, page, shelter, volunteer, sign_in):
    sign_in(page, volunteer)
    page.goto(f"{live_server.url}/shelters/casa-ensayo/board/")
    page.get_by_role("button", name="Ocultar").click()
    page.wait_for_url(re.compile("/hidden/"))
    expect(page).to_have_title("Posada")

    page.go_back()
    page.wait_for_load_state()
    assert "Casa Ensayo" not in page.content()
