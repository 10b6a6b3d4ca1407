"""A bad night: ninety people in one shift, placed by one volunteer on a phone, page by page, and reported.

Families of one to seven, two adolescents on their own, a woman in a wheelchair, a dormitory that is full too soon, a broken bunk.
"""

from collections import Counter
from datetime import time

import pytest
from django.db.models import Count
from playwright.sync_api import expect

from cases.models import AlertKind, ChildAlert, Family, Person
from ngo.permissions import Role
from shelters.models import BedBlock, BedKind, Placement, Sleepers, SpaceKind, Stay
from shelters.nights import tonight
from shelters.services import report_clock
from shelters.services.capacity import figures
from tests.factories import BedFactory, OrganisationFactory, ShelterFactory, SpaceFactory, StaffFactory
from tests.journeys.test_roll_call_to_report import zone_where_it_is_evening

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

FAMILIES = [  # Who stands in the line, as sex and age; the first is the head.
    ["f38", "m40", "f15", "m11", "f7", "m2", "f70"],
    ["f29", "m9", "f8", "m6", "f3", "m1"],
    ["m44", "f41", "m17", "f13", "m10", "f4"],
    ["f33", "m35", "m12", "f9", "m5"],
    ["f31", "f10", "m7", "f4", "m0"],
    ["m52", "f50", "f21", "m19", "f16"],
    *(["f27", "m28", "f6", "m3"] for _number in range(4)),
    *(["f24", "m5", "f2"] for _number in range(5)),
    *(["f22", "m1"] for _number in range(3)),
    *(["f58", "m61"] for _number in range(2)),
]
MEN = ["m19", "m23", "m26", "m31", "m37", "m42", "m48", "m66"]
WOMEN = ["f20", "f35", "f44", "f62"]
WHEELCHAIR, ALONE = "f51", ["m15", "f16"]
EVERYONE = 90
# A surname of their own for each party, so that nobody looks like somebody else. All invented.
SURNAMES = [
    "Abeto",
    "Biznaga",
    "Cardón",
    "Damiana",
    "Encino",
    "Fresno",
    "Gobernadora",
    "Huizache",
    "Incienso",
    "Jojoba",
]
SURNAMES += ["Kalanchoe", "Lechuguilla", "Mezquite", "Nopal", "Ocotillo", "Palmilla", "Quelite", "Romerillo", "Sotol"]
SURNAMES += [
    "Tepozán",
    "Uvalama",
    "Vinorama",
    "Yuca",
    "Zacate",
    "Álamo",
    "Candelilla",
    "Chamizo",
    "Duraznillo",
    "Espino",
]
SURNAMES += ["Guayule", "Hierbabuena", "Laurel", "Manzanita", "Nogalillo", "Orégano", "Pitahaya", "Roble", "Saguaro"]
# What is typed and chosen, all of it at once: keys and taps are for other journeys. Says which fields or choices are not there.
TYPE = """typed => Object.entries(typed).filter(([name, value]) => {
    const found = [...document.getElementsByName(name)].filter(field => field.type !== "radio" || field.value === value);
    found.forEach(field => field.type === "radio" ? field.checked = true : field.value = value);
    return found.length !== 1 || found[0].value !== value;
}).map(([name]) => name)"""
GIVEN = ["Amparo", "Benicio", "Casilda", "Dionisio", "Eufemia", "Fabricio", "Griselda"]


@pytest.fixture
def house():
    """Ninety-two beds, six of them for men; one bunk of theirs is broken."""
    zone = zone_where_it_is_evening()
    shelter = ShelterFactory(
        organisation=OrganisationFactory(),
        name="Casa Ensayo",
        slug="casa-ensayo",
        zone=zone,
        city=None,
        report_at=time(18),
    )
    men = SpaceFactory(shelter=shelter, name="Hombres", sleepers=Sleepers.MEN, beds=7, position=1)
    SpaceFactory(shelter=shelter, name="Mujeres", sleepers=Sleepers.WOMEN, beds=8, position=2, is_step_free=True)
    for number in range(1, 9):
        cubicle = SpaceFactory(
            shelter=shelter,
            name=f"Cubículo {number}",
            kind=SpaceKind.CUBICLE,
            sleepers=Sleepers.FAMILIES,
            beds=5,
            position=2 + number,
        )
        BedFactory(space=cubicle, label="Cuna", kind=BedKind.CRIB, position=9)
    SpaceFactory(shelter=shelter, name="Familias", sleepers=Sleepers.FAMILIES, beds=28, position=11)
    SpaceFactory(
        shelter=shelter,
        name="Adolescentes",
        sleepers=Sleepers.CHILDREN,
        beds=2,
        position=12,
        is_authorised_for_children_alone=True,
    )
    BedBlock.objects.create(bed=men.beds.first(), nights=(tonight(shelter), None), reason="Tabla rota")
    return shelter


@pytest.fixture
def phone(new_page, sign_in, house):
    """The volunteer of the night, in Spanish. Without JavaScript: the network is bad, and every page is a page."""
    page = new_page(javascript=False, viewport={"width": 360, "height": 740})
    page.route("**/static/**", lambda route: route.abort())  # So bad that only the words come through.
    sign_in(page, StaffFactory(organisation=house.organisation, role=Role.VOLUNTEER, language="es"))
    return page


def test_ninety_people_are_placed_in_one_shift_and_reported(live_server, phone, new_page, sign_in, house):
    line = [*FAMILIES[:9], ALONE[:1], *([one] for one in MEN), [WHEELCHAIR], ALONE[1:]]
    line += [*FAMILIES[9:], *([one] for one in WOMEN)]
    assert sum(len(party) for party in line) == EVERYONE
    for number, party in enumerate(line):
        they_are_written_down(phone, live_server, number, party)
        they_get_beds(phone)

    everyone_has_a_place_and_nobody_shares_a_bed(house)
    families_are_together()
    the_two_on_their_own_are_among_children_and_the_office_must_be_told()
    the_wheelchair_needs_no_steps()
    nobody_sleeps_in_the_broken_bunk()
    the_men_who_found_their_dormitory_full_are_not_among_women()
    the_night_is_reported_as_it_is(live_server, new_page, sign_in, house)


def they_are_written_down(phone, live_server, number, party):
    phone.goto(f"{live_server.url}/intake/")
    phone.fill("[name=people]", str(len(party)))
    with phone.expect_navigation():  # The whole form, to its end.
        phone.get_by_role("button", name="Empezar el ingreso").click()
    typed = {}
    for row, who in enumerate(party):
        typed[f"members-{row}-given_names"] = GIVEN[(number + row) % len(GIVEN)]
        typed[f"members-{row}-first_surname"] = SURNAMES[number]
        typed[f"members-{row}-birth_age"] = who[1:]
        typed[f"members-{row}-sex"] = who[0]
        if row:
            typed[f"members-{row}-relationship"] = relation_of(who, party[0])
    assert phone.evaluate(TYPE, typed) == []
    if party == [WHEELCHAIR]:
        more = phone.locator("details", has=phone.locator("[name=members-0-needs]")).last
        if more.get_attribute("open") is None:
            more.locator("summary").first.click()
        phone.check("[name=members-0-needs][value=step_free]", force=True)
    phone.check("[name=group][value=undecided]", force=True)
    phone.check("[name=record][value=verbal]", force=True)
    phone.get_by_role("button", name="Guardar y elegir camas").last.click()
    if (
        "/place/" not in phone.url
    ):  # The form asks once more: somebody much like them is in the files, or a child is alone.
        phone.get_by_role("button", name="Guardar y elegir camas").last.click()
    assert phone.url.endswith("/place/"), phone.locator("main").inner_text()


def relation_of(who, head):
    years = int(head[1:]) - int(who[1:])
    return "child" if years >= 15 else "parent" if years <= -15 else "partner"


def they_get_beds(phone):
    """The first way that the page offers; where it asks why, the reason is the night itself."""
    phone.get_by_role("button", name="Dar entrada aquí").first.click()
    if phone.locator("[name=reason]").count():
        phone.fill("[name=reason]", "No hay otro lugar esta noche")
        phone.get_by_role("button", name="Continuar con este motivo").click()
    assert phone.url.endswith("/beds/"), phone.locator("main").inner_text()


def everyone_has_a_place_and_nobody_shares_a_bed(house):
    assert Stay.objects.current().count() == Person.objects.count() == EVERYONE
    places = Placement.objects.filter(shelter=house, state="in")
    assert places.count() == EVERYONE
    beds = [row.bed_id for row in places if row.bed_id]
    assert len(beds) == len(set(beds))


def families_are_together():
    """All of them up to five, because there was a cubicle or a dormitory; the larger ones as the page explained it."""
    for family in Family.objects.all():
        spaces = Counter(Placement.objects.filter(family=family, state="in").values_list("space", flat=True))
        assert len(spaces) == 1, (family, spaces)


def the_two_on_their_own_are_among_children_and_the_office_must_be_told():
    alerts = ChildAlert.objects.open().filter(kind=AlertKind.UNACCOMPANIED)
    assert alerts.count() == 2
    for alert in alerts:
        place = Placement.objects.select_related("space").get(person=alert.person, state="in")
        assert place.space.name == "Adolescentes"
    assert not Placement.objects.filter(space__name="Adolescentes", state="in").exclude(
        person__in=alerts.values("person")
    )


def the_wheelchair_needs_no_steps():
    place = Placement.objects.select_related("space", "bed").get(person__needs__code="step_free", state="in")
    assert place.space.is_step_free
    assert place.bed is not None
    assert place.bed.kind != BedKind.UPPER


def nobody_sleeps_in_the_broken_bunk():
    assert not Placement.objects.filter(bed__in=BedBlock.objects.values("bed"), state="in").exists()


def the_men_who_found_their_dormitory_full_are_not_among_women():
    """Six have beds in it. Of the others it is written why they are where they are, and who decided."""
    ones = Family.objects.annotate(people=Count("members")).filter(people=1)
    alone = Placement.objects.filter(state="in", sex="m", family__in=ones).exclude(space__name="Adolescentes")
    assert alone.count() == len(MEN)
    assert alone.filter(space__name="Hombres", rule_reason="").count() == 6
    for place in alone.exclude(rule_reason=""):
        assert place.space.sleepers == Sleepers.FAMILIES
        assert place.rule_reason == "No hay otro lugar esta noche"
        assert place.decided_by is not None


def the_night_is_reported_as_it_is(live_server, new_page, sign_in, house):
    tonights = figures([house])[0]
    men = next(space for space in tonights.per_space if space.space.name == "Hombres")
    assert (tonights.occupied, tonights.arrivals, tonights.out_of_service) == (EVERYONE, EVERYONE, 1)
    assert (men.occupied, men.free, men.out_of_service) == (6, 0, 1)
    assert tonights.over == sum(space.over for space in tonights.per_space)

    report_clock.look()
    page = new_page(javascript=False, viewport={"width": 360, "height": 740})
    sign_in(page, StaffFactory(organisation=house.organisation, role=Role.COORDINATOR, language="es"))
    page.goto(f"{live_server.url}/shelters/{house.slug}/reports/{tonight(house)}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{EVERYONE} personas duermen en Casa Ensayo")
    page.get_by_role("button", name="Confirmar estas cifras").click()
    expect(page.locator("main")).to_contain_text("Confirmado")
    if tonights.over:
        expect(page.locator("main")).to_contain_text(f"+{tonights.over}")
