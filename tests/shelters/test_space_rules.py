"""Whom a space is for: from which night on, for whom, and in which words it is said."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from cases.models import NeedCode, SpecificNeed
from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import RULE_FIELDS, Placement, Sleepers, Space, SpaceKind, SpaceRule
from shelters.nights import ONE_DAY, tonight
from shelters.services import capacity, report_figures, space_rules, stays
from shelters.services.composition import keep_as_in_the_file
from shelters.services.desk import Place
from shelters.services.rules import Identity, identity_of
from shelters.services.suggestions import suggest_places
from tests.factories import (
    ConfirmationFactory,
    FamilyFactory,
    PersonFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 20, 21, 30, tzinfo=ZoneInfo("America/Tijuana"))


@pytest.fixture(autouse=True)
def evening():
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shelter():
    return ShelterFactory(name="Casa Ensayo", slug="ensayo")


@pytest.fixture
def coordinator(shelter):
    return StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR)


@pytest.fixture
def space(shelter):
    return SpaceFactory(shelter=shelter, name="Galera", beds=4)


def family_of(shelter, *people, **kwargs):
    """A family of (sex, age) pairs, the first the head."""
    family = FamilyFactory(organisation=shelter.organisation, people=len(people), **kwargs)
    for person, (sex, age) in zip(family.people, people, strict=True):
        person.sex, person.born_on = sex, timezone.localdate() - timedelta(days=365 * age + 200)
        person.save(update_fields=["sex", "born_on"])
    return family


def check_in(family, shelter, space, by, **kwargs):
    beds = list(space.beds.all())
    places = {person.pk: Place(space.pk, bed.pk) for person, bed in zip(family.people, beds, strict=False)}
    return stays.check_in_family(family=family, shelter=shelter, places=places, by=by, **kwargs)


def asked(space, night):
    return Space.objects.on_night(night).get(pk=space.pk).sleepers


# --- Nights ----------------------------------------------------------------------------------------------------------


def test_a_rule_begins_on_a_coming_night_and_no_earlier_one_changes(shelter, space, coordinator):
    night = tonight(shelter)
    space_rules.set_rule(space=space, by=coordinator, since=night + 2 * ONE_DAY, sleepers=Sleepers.WOMEN)

    assert [asked(space, night + days * ONE_DAY) for days in (-9, 0, 1, 2, 400)] == ["any"] * 3 + ["women"] * 2


def test_a_night_that_is_over_is_refused(shelter, space, coordinator):
    with pytest.raises(Refused, match="what it asked stays"):
        space_rules.set_rule(space=space, by=coordinator, since=tonight(shelter) - ONE_DAY, sleepers=Sleepers.MEN)


def test_a_week_for_women_stands_between_two_halves_of_what_was_before(shelter, space, coordinator):
    night = tonight(shelter)
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.MEN, note="La galera grande")
    space_rules.set_rule(
        space=space, by=coordinator, since=night + 3 * ONE_DAY, until=night + 10 * ONE_DAY, sleepers=Sleepers.WOMEN
    )

    assert [asked(space, night + days * ONE_DAY) for days in (0, 2, 3, 9, 10, 99)] == [
        *["men"] * 2,
        *["women"] * 2,
        *["men"] * 2,
    ]
    assert SpaceRule.objects.standing().count() == 3


def test_changing_tonights_rule_keeps_last_nights(shelter, space, coordinator, evening):
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.MEN)
    first = tonight(shelter)
    evening.shift(timedelta(days=3))
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.FAMILIES)

    assert [asked(space, first + days * ONE_DAY) for days in (-1, 0, 2, 3)] == ["any", "men", "men", "families"]


def test_a_rule_that_ends_gives_the_space_back_to_its_beginning(shelter, space, coordinator, evening):
    rule = space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.MEN)
    first = tonight(shelter)
    evening.shift(timedelta(days=2))
    space_rules.end_rule(rule=rule, by=coordinator)

    assert [asked(space, first + days * ONE_DAY) for days in (0, 1, 2)] == ["men", "men", "any"]
    with pytest.raises(Refused, match="over already"):
        space_rules.end_rule(rule=rule, by=coordinator)


def test_a_coming_rule_that_is_taken_back_never_was_and_is_kept_in_the_history(shelter, space, coordinator):
    rule = space_rules.set_rule(space=space, by=coordinator, since=tonight(shelter) + ONE_DAY, sleepers=Sleepers.MEN)
    space_rules.end_rule(rule=rule, by=coordinator)

    rule.refresh_from_db()
    assert rule.withdrawn_by == coordinator
    assert asked(space, tonight(shelter) + ONE_DAY) == "any"
    assert apps.get_model("shelters", "SpaceRuleEvent").objects.filter(pgh_obj_id=rule.pk).count() == 2


def test_a_space_that_was_read_for_a_night_is_not_saved_by_mistake(shelter, space, coordinator):
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.MEN)
    with pytest.raises(ValueError, match="on_night"):
        Space.objects.on_night(tonight(shelter)).get(pk=space.pk).save()


def test_another_organisation_changes_nothing(space):
    with pytest.raises(Refused, match="another organisation"):
        space_rules.set_rule(space=space, by=StaffFactory(), sleepers=Sleepers.MEN)


def test_the_figures_of_each_night_say_for_whom_it_was_without_a_further_query(
    shelter, space, coordinator, evening, django_assert_num_queries
):
    space_rules.set_rule(space=space, by=coordinator, since=tonight(shelter) + ONE_DAY, sleepers=Sleepers.WOMEN)
    evening.shift(timedelta(days=1))
    night = tonight(shelter)
    for then, expected in ((night - ONE_DAY, "any"), (night, "women")):
        with django_assert_num_queries(4):
            [row] = capacity.figures([shelter], then)
        assert [one.space.sleepers for one in row.per_space] == [expected]


def test_houses_on_two_clocks_have_each_their_own_night(shelter, space, coordinator):
    far = ShelterFactory(organisation=shelter.organisation, zone="Asia/Tokyo")
    there = SpaceFactory(shelter=far)
    for one in (space, there):
        space_rules.set_rule(space=one, by=coordinator, sleepers=Sleepers.MEN)
    space_rules.set_rule(
        space=space, by=coordinator, since=tonight(far), until=tonight(far) + ONE_DAY, sleepers=Sleepers.WOMEN
    )

    found = capacity.figures([shelter, far])

    assert tonight(far) == tonight(shelter) + ONE_DAY
    assert [row.per_space[0].space.sleepers for row in found] == ["men", "men"]


# --- For whom --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sex", "gender", "identity"),
    [
        ("f", "", Identity.WOMAN),
        ("m", "", Identity.MAN),
        ("m", "Mujer trans", Identity.WOMAN),
        ("m", "trans woman", Identity.WOMAN),
        ("f", "hombre", Identity.MAN),
        ("f", "no binario", Identity.NEITHER),
        ("m", "ni hombre ni mujer", Identity.NEITHER),
        ("x", "", Identity.NEITHER),
        ("", "", Identity.NEITHER),
    ],
)
def test_what_people_say_of_themselves_counts_before_what_was_recorded(sex, gender, identity):
    assert identity_of(PersonFactory.build(sex=sex, gender=gender)) == identity


@pytest.mark.parametrize(("gender", "may_sleep"), [("mujer trans", True), ("no binarie", True), ("", False)])
def test_a_dormitory_for_women_takes_who_says_she_is_one(shelter, space, coordinator, gender, may_sleep):
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.WOMEN)
    family = family_of(shelter, ("m", 30))
    family.people[0].gender = gender
    family.people[0].save()

    if may_sleep:
        check_in(family, shelter, space, coordinator)
    else:
        with pytest.raises(Refused) as refusal:
            check_in(family, shelter, space, coordinator)
        assert str(refusal.value) == (
            "Galera is for women and the children with them. To go on anyway, write the reason."
        )


def test_who_asked_for_a_safe_space_has_it_and_the_sentence_for_others_outs_nobody(shelter, space, coordinator):
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.LGBTQ)
    asking, other = family_of(shelter, ("f", 30)), family_of(shelter, ("f", 30))
    SpecificNeed.objects.create(person=asking.people[0], code=NeedCode.LGBTQ)

    with pytest.raises(Refused, match="Galera is kept for people who asked for it") as refusal:
        check_in(other, shelter, space, coordinator)
    assert refusal.value.overridable
    check_in(asking, shelter, space, coordinator)
    row = Placement.objects.get()
    assert row.needs == [], "what is told to few is not copied to a list of beds"
    assert "LGBT" not in str(Space.objects.on_night(tonight(shelter)).get(pk=space.pk).for_whom)


@pytest.mark.parametrize(
    ("people", "fits"),
    [
        ([("f", 30), ("f", 5)], True),
        ([("f", 50), ("f", 30), ("m", 3)], True),
        ([("f", 30), ("m", 33), ("f", 5)], False),
        ([("f", 30)], False),
        ([("m", 30), ("f", 5)], False),
    ],
)
def test_a_space_for_women_alone_with_their_children(shelter, space, coordinator, people, fits):
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.MOTHERS)
    [option, *_] = suggest_places(family=family_of(shelter, *people), shelter=shelter)
    sentences = {problem.sentence for problem in option.problems}
    assert ("Galera is for women who are alone with their children." not in sentences) == fits


@pytest.mark.parametrize("how", ["kind", "rule"])
def test_an_isolation_area_asks_for_a_reason_and_is_suggested_last(shelter, space, coordinator, how):
    apart = SpaceFactory(shelter=shelter, name="Aislamiento", beds=3, position=0)
    if how == "kind":
        Space.objects.filter(pk=apart.pk).update(kind=SpaceKind.ISOLATION)
    else:
        space_rules.set_rule(space=apart, by=coordinator, isolates=True)
    family = family_of(shelter, ("f", 30))

    [option, *_] = suggest_places(family=family, shelter=shelter)
    assert option.spaces == [space]
    with pytest.raises(Refused, match="kept for who must sleep apart"):
        check_in(family, shelter, apart, coordinator)
    check_in(family, shelter, apart, coordinator, reason="Fiebre desde ayer")
    row = Placement.objects.get()
    assert (row.rule_reason, row.decided_by) == ("Fiebre desde ayer", coordinator)


def test_ages_of_a_coming_rule_hold_from_its_night_on(shelter, space, coordinator, evening):
    space_rules.set_rule(space=space, by=coordinator, since=tonight(shelter) + ONE_DAY, min_age=18)
    young = family_of(shelter, ("m", 40), ("m", 12))

    assert suggest_places(family=young, shelter=shelter)[0].problems == []
    evening.shift(timedelta(days=1))
    assert suggest_places(family=young, shelter=shelter)[0].problems[0].sentence == (
        "Galera is for people from 18 years on."
    )


def test_a_dated_rule_for_children_alone_cannot_be_bent(shelter, space, coordinator):
    space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.CHILDREN)
    with pytest.raises(Refused, match="only for children without an adult") as refusal:
        check_in(family_of(shelter, ("f", 30)), shelter, space, coordinator, reason="No hay otra")
    assert not refusal.value.overridable


# --- What is kept of who was placed ----------------------------------------------------------------------------------


def test_who_was_placed_is_kept_when_the_file_changes(shelter, space, coordinator):
    family = family_of(shelter, ("f", 30), ("m", 8))
    SpecificNeed.objects.create(person=family.people[0], code=NeedCode.PREGNANT)
    SpecificNeed.objects.create(person=family.people[0], code=NeedCode.MEDICAL)
    born = family.people[1].born_on
    check_in(family, shelter, space, coordinator)

    family.people[1].sex, family.people[1].born_on = "f", born - timedelta(days=4000)
    family.people[1].save()

    head, child = Placement.objects.order_by("pk")
    assert (head.sex, head.relationship, head.needs) == ("f", "head", ["pregnant"])
    assert (child.sex, child.born_on, child.relationship, child.needs) == ("m", born, "partner", [])
    assert child.decided_by is None


def test_a_move_keeps_what_the_file_says_then(shelter, space, coordinator):
    family = family_of(shelter, ("f", 30))
    check_in(family, shelter, space, coordinator)
    person = family.people[0]
    person.sex = "x"
    person.save()
    stay = person.stays.get()

    stays.move(stay=stay, space=space, bed=space.beds.last(), by=coordinator)

    assert list(Placement.objects.order_by("pk").values_list("sex", flat=True)) == ["f", "x"]


def test_a_past_night_is_counted_by_sex_and_age_as_it_was_when_the_file_changes_later(
    shelter, space, coordinator, evening
):
    family = family_of(shelter, ("f", 30), ("m", 8))
    child = family.people[1]
    check_in(family, shelter, space, coordinator)
    night = tonight(shelter)
    before = report_figures.count([shelter], night)[shelter.pk]["people"]
    assert (before["f"]["18-59"], before["m"]["6-11"]) == (1, 1)

    evening.shift(timedelta(days=2))
    child.sex, child.born_on = "f", child.born_on - timedelta(days=4000)
    child.save()

    assert report_figures.count([shelter], night)[shelter.pk]["people"] == before


def test_what_was_not_known_at_the_door_is_taken_from_the_file_when_it_is(shelter, space, coordinator):
    family = family_of(shelter, ("", 30))
    person = family.people[0]
    person.born_on, person.birth_precision = None, "unknown"
    person.save()
    check_in(family, shelter, space, coordinator)
    person.sex, person.born_on, person.birth_precision = "m", timezone.localdate() - timedelta(days=9000), "exact"
    person.save()

    assert report_figures.count([shelter])[shelter.pk]["people"]["m"]["18-59"] == 1


def test_a_slip_of_the_pen_is_put_right_until_the_report_of_the_first_night_is_drafted(
    shelter, space, coordinator, evening, django_assert_num_queries
):
    family, other = family_of(shelter, ("f", 30)), family_of(shelter, ("f", 30))
    check_in(other, shelter, space, coordinator)
    evening.shift(timedelta(days=1))
    bed = space.beds.last()
    place = Place(space.pk, bed.pk)
    stays.check_in_family(family=family, shelter=shelter, places={family.people[0].pk: place}, by=coordinator)
    for person in (family.people[0], other.people[0]):
        person.sex = "m"
        person.save()

    with django_assert_num_queries(1):
        changed = keep_as_in_the_file([shelter], tonight(shelter))

    assert changed == 1
    assert dict(Placement.objects.values_list("family", "sex")) == {family.pk: "m", other.pk: "f"}


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_tonight_what_comes_and_changes_it(client, shelter, space, coordinator):
    client.force_login(coordinator)
    url = reverse("shelters:space_rules", args=["ensayo", space.pk])
    check_in(family_of(shelter, ("m", 40)), shelter, space, coordinator)

    answer = client.post(url, {"sleepers": "women", "min_age": "12", "note": "Llegan de la terminal"}, follow=True)

    page = answer.content.decode()
    assert "holds tonight" in page
    assert "From 12 years." in page
    assert "Llegan de la terminal." in page
    assert "1 person who sleeps there now goes against it" in page
    rule = SpaceRule.objects.get()
    assert (rule.sleepers, rule.min_age, rule.set_by, rule.nights.lower) == ("women", 12, coordinator, tonight(shelter))
    space.refresh_from_db()
    assert space.sleepers == "any"
    assert "Women, and children with them" in client.get(reverse("shelters:spaces", args=["ensayo"])).content.decode()

    client.post(reverse("shelters:space_rule_end", args=[rule.pk]))
    assert asked(space, tonight(shelter)) == "any"


def test_what_is_wrong_is_said_at_its_field(client, shelter, space, coordinator):
    client.force_login(coordinator)
    day = tonight(shelter) - ONE_DAY
    parts = {"first_night_day": day.day, "first_night_month": day.month, "first_night_year": day.year}

    page = client.post(
        reverse("shelters:space_rules", args=["ensayo", space.pk]),
        {"sleepers": "any", "min_age": "12", "max_age": "6", **parts},
    ).content.decode()

    assert "That night is over. Choose tonight or a later night." in page
    assert "The upper age must not be below the lower age." in page
    assert not SpaceRule.objects.exists()


def test_the_desk_and_other_organisations_do_not_change_it(client, shelter, space, coordinator):
    rule = space_rules.set_rule(space=space, by=coordinator, sleepers=Sleepers.MEN)
    urls = [
        reverse("shelters:space_rules", args=["ensayo", space.pk]),
        reverse("shelters:space_rule_end", args=[rule.pk]),
    ]
    for staff, status in (
        (StaffFactory(organisation=shelter.organisation, role=Role.VOLUNTEER), 403),
        (StaffFactory(role=Role.COORDINATOR), 404),
    ):
        client.force_login(staff)
        assert [client.post(url, {"sleepers": "any"}).status_code for url in urls] == [status, status]
    assert SpaceRule.objects.get().sleepers == "men"


@pytest.mark.parametrize("sleepers", list(Sleepers))
def test_today_and_the_board_say_for_whom_a_place_is_free(client, shelter, space, coordinator, sleepers):
    space_rules.set_rule(space=space, by=coordinator, sleepers=sleepers)
    ConfirmationFactory(shelter=shelter)
    client.force_login(coordinator)

    pages = [client.get(reverse("ngo:today")), client.get(reverse("shelters:board", args=["ensayo"]))]

    for answer in pages:
        assert answer.status_code == 200
        assert "4 free" in answer.content.decode()
        assert "LGBT" not in answer.content.decode()


def test_what_is_asked_of_a_rule_is_what_a_space_asks():
    assert {field.name for field in SpaceRule._meta.fields} > set(RULE_FIELDS)
    assert {field.name for field in Space._meta.fields} > set(RULE_FIELDS)
