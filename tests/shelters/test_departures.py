"""Departures in full: where they went by the list, belongings, the statement, several families at once, and undoing it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import AlertKind, BirthPrecision, ChildAlert
from cases.services.children import close_alert, record_notice
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.departures import departures_of, undoable_departures
from shelters.forms.departures import DESTINATIONS
from shelters.models import HMIS, Act, Belongings, Departure, Destination, ExitReason, Placement, PlacementState, Stay
from shelters.services.departures import Facts, children_left_alone
from shelters.services.stays import check_out, check_out_many
from shelters.services.undo import undo
from tests.factories import FamilyFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


def in_house(shelter, ages):
    """A family in beds of its own since the day before yesterday."""
    family = FamilyFactory(organisation=shelter.organisation, ages=ages)
    room = SpaceFactory(shelter=shelter, beds=len(ages))
    for person, bed in zip(family.people, room.beds.all(), strict=True):
        PlacementFactory(bed=bed, person=person, family=family, arrived_at=timezone.now() - timedelta(days=2))
    return family


def stays_of(*families):
    return list(Stay.objects.current().filter(family__in=families).order_by("pk"))


def page(answer):
    return " ".join(answer.content.decode().split())


def parts(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


# --- The list of destinations ----------------------------------------------------------------------------------------


def test_every_destination_has_its_hmis_number_and_stands_once_in_the_form():
    offered = [value for _word, group in DESTINATIONS[1:] for value, _label in group]

    assert set(HMIS) == set(Destination)
    assert sorted(offered) == sorted(one.value for one in Destination if one)
    assert set(HMIS.values()) <= {
        *(116, 101, 302, 312, 313, 332, 314, 422, 423, 410, 411),
        *(206, 204, 205, 225, 215, 207, 24, 17, 8, 9, 99),
    }


@pytest.mark.parametrize(
    ("went_to", "reason", "number"),
    [("rented", "completed", 410), ("family_to_stay", "other", 422), ("", "other", 99), ("", "unknown", 30)],
)
def test_a_departure_says_its_hmis_number(ines, shelter, went_to, reason, number):
    family = in_house(shelter, [30])

    check_out(stays=stays_of(family), by=ines, exit_reason=reason, facts=Facts(went_to=went_to))

    assert Departure.objects.get().hmis == number


# --- One family ------------------------------------------------------------------------------------------------------


def test_the_desk_writes_where_to_and_what_stays(client, ines, shelter):
    family = in_house(shelter, [34, 9])
    until = timezone.localdate() + timedelta(days=30)
    client.force_login(ines)

    client.post(
        reverse("shelters:check_out", args=[family.pk]),
        {
            "exit_reason": "completed",
            "went_to": "family_for_now",
            "destination": "Monterrey",
            "belongings": "stored",
            "kept_where": "Una maleta azul, repisa 4",
            **parts("kept_until", until),
        },
    )

    rows = list(Departure.objects.order_by("pk"))
    assert [(row.went_to, row.belongings, row.kept_until) for row in rows] == [("family_for_now", "stored", until)] * 2
    assert {row.kept_where for row in rows} == {"Una maleta azul, repisa 4"}
    shown = page(client.get(reverse("shelters:family_beds", args=[family.pk])))
    assert "Went on as planned. With family, for a time: Monterrey" in shown
    assert "In storage until" in shown
    assert "Una maleta azul, repisa 4" in shown
    assert ". Inés Prueba" in shown


def test_what_is_kept_needs_that_something_stays(client, ines, shelter):
    family = in_house(shelter, [34])
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out", args=[family.pk]),
        {"exit_reason": "other", "belongings": "taken", "kept_where": "Una maleta"},
    )

    assert "Choose that something stays, or empty what is written of it." in page(answer)
    assert Stay.objects.current().count() == 1


def test_nothing_is_kept_until_a_day_that_is_over(ines, shelter):
    family = in_house(shelter, [34])
    yesterday = timezone.localdate() - timedelta(days=2)

    with pytest.raises(Refused, match="must be kept until the day they leave"):
        check_out(
            stays=stays_of(family),
            by=ines,
            exit_reason="other",
            facts=Facts("", Belongings.STORED, kept_until=yesterday),
        )
    assert not Departure.objects.exists()


def test_undoing_a_departure_restores_the_stay_its_bed_and_takes_the_facts_and_the_alert_back(ines, shelter):
    family = in_house(shelter, [34, 9])
    before = list(Placement.objects.order_by("pk").values("pk", "state", "actual", "planned", "bed"))
    mother = stays_of(family)[:1]
    act = check_out(stays=mother, by=ines, exit_reason="crossed", destination="Nogales", facts=Facts("united_states"))
    assert ChildAlert.objects.open().filter(person=family.people[1]).exists()

    undo(act=act, by=ines)

    stay = Stay.objects.get(pk=mother[0].pk)
    assert (stay.departed_at, stay.exit_reason, stay.destination) == (None, "", "")
    assert list(Placement.objects.order_by("pk").values("pk", "state", "actual", "planned", "bed")) == before
    assert Departure.objects.get().undone_at is not None
    assert not ChildAlert.objects.open().exists()
    check_out(stays=mother, by=ines, exit_reason="other")  # And they may leave again.
    assert Departure.objects.standing().count() == 1


def test_an_alert_that_was_open_before_the_departure_stays_open_after_its_undoing(ines, shelter):
    family = in_house(shelter, [34, 9])
    alert = ChildAlert.objects.create(person=family.people[1], family=family, kind="separated", raised_by=ines)
    act = check_out(stays=stays_of(family)[:1], by=ines, exit_reason="other")

    undo(act=act, by=ines)

    assert list(ChildAlert.objects.open()) == [alert]


def test_a_notice_that_was_given_meanwhile_keeps_its_alert_open(ines, shelter):
    family = in_house(shelter, [34, 9])
    act = check_out(stays=stays_of(family)[:1], by=ines, exit_reason="other")
    ChildAlert.objects.update(notified_at=timezone.now(), notified_by=ines)

    undo(act=act, by=ines)

    assert ChildAlert.objects.open().count() == 1


def test_the_page_warns_that_a_child_would_stay_alone(client, ines, shelter):
    family = in_house(shelter, [34, 9])
    client.force_login(ines)

    alone = page(client.get(reverse("shelters:check_out_stay", args=[stays_of(family)[0].pk])))
    together = page(client.get(reverse("shelters:check_out", args=[family.pk])))

    assert "1 child would stay without an adult" in alone
    assert "would stay without an adult" not in together


def test_the_departures_of_a_family_take_two_queries(ines, shelter, django_assert_num_queries):
    family = in_house(shelter, [34, 9, 5, 3])
    for stay in stays_of(family):
        check_out(stays=[stay], by=ines, exit_reason="other")

    with django_assert_num_queries(2):
        found = departures_of(family, [shelter])
        assert [len(left.people) for left in found] == [1, 1, 1, 1]
        assert {(str(left.by), left.shelter.name) for left in found} == {("Inés Prueba", "Casa Mezquite")}


def test_a_departure_that_another_system_brought_says_what_it_knows(client, ines, shelter):
    family = in_house(shelter, [34])
    Placement.objects.all().delete()
    Stay.objects.update(departed_at=timezone.now(), exit_reason="own_housing", destination="HMIS 410")
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:family_beds", args=[family.pk])))

    assert "Found a place of their own. HMIS 410" in shown
    assert "Statement to sign" not in shown


# --- Several families at once ----------------------------------------------------------------------------------------


@pytest.fixture
def two(shelter):
    return in_house(shelter, [34, 9]), in_house(shelter, [40])


def test_nothing_happens_before_it_is_confirmed(client, ines, shelter, two):
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out_many", args=["mezquite"]), {"stay": [stay.pk for stay in stays_of(*two)]}
    )

    shown = page(answer)
    assert answer.status_code == 200
    assert "3 people would leave Casa Mezquite" in shown
    assert "2 families, each of which can be undone by itself for a day." in shown
    assert all(person.called in shown for family in two for person in family.people)
    assert Stay.objects.current().count() == 3
    assert ReadLog.objects.get(what="check_out_many").count == 3


def test_the_preview_takes_the_same_queries_for_one_family_and_for_many(
    client, ines, shelter, django_assert_num_queries
):
    client.force_login(ines)

    def look(*families):
        data = {"stay": [stay.pk for stay in stays_of(*families)]}
        return page(client.post(reverse("shelters:check_out_many", args=["mezquite"]), data))

    few = [in_house(shelter, [34, 9])]
    look(*few)
    with django_assert_num_queries(13):
        look(*few)
    many = [*few, *(in_house(shelter, [34, 9]) for _ in range(4))]
    with django_assert_num_queries(13):
        assert "10 people would leave" in look(*many)


def test_confirmed_they_leave_in_one_act_for_each_family(client, ines, shelter, two):
    client.force_login(ines)
    data = {
        "stay": [stay.pk for stay in stays_of(*two)],
        "confirm": "1",
        "exit_reason": "completed",
        "went_to": "shelter",
    }

    answer = client.post(reverse("shelters:check_out_many", args=["mezquite"]), data, follow=True)

    shown = page(answer)
    acts = list(Act.objects.order_by("pk"))
    assert [act.family for act in acts] == list(two)
    assert "3 people have left. Each family can be undone by itself, below." in shown
    assert all(reverse("shelters:undo", args=[act.pk]) in shown for act in acts)

    client.post(reverse("shelters:undo", args=[acts[0].pk]))

    assert {stay.family for stay in Stay.objects.current()} == {two[0]}


def test_a_departure_of_several_needs_its_reason_and_keeps_who_was_ticked(client, ines, shelter, two):
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out_many", args=["mezquite"]),
        {"stay": [stay.pk for stay in stays_of(*two)], "confirm": "1"},
    )

    assert "Choose why they leave" in page(answer)
    assert page(answer).count('name="stay"') == 3
    assert Stay.objects.current().count() == 3


def test_where_one_has_left_meanwhile_nobody_leaves_and_the_page_says_so(client, ines, shelter, two):
    everyone = [stay.pk for stay in stays_of(*two)]
    check_out(stays=stays_of(two[1]), by=ines, exit_reason="other")
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out_many", args=["mezquite"]),
        {"stay": everyone, "confirm": "1", "exit_reason": "other"},
    )

    assert answer.status_code == 409
    assert "1 of those whom you ticked is not in this house any more." in page(answer)
    assert Stay.objects.current().count() == 2


def test_the_service_lets_all_leave_or_none(ines, shelter, two):
    stays = stays_of(*two)
    Stay.objects.filter(pk=stays[-1].pk).update(arrived_at=timezone.now() + timedelta(hours=3))

    with pytest.raises(Refused, match="had not arrived yet"):
        check_out_many(stays=stays, by=ines, exit_reason="other")
    assert Stay.objects.current().count() == 3
    assert not Act.objects.exists()
    assert not Departure.objects.exists()


def test_several_houses_do_not_leave_together(ines, shelter, two):
    other = in_house(ShelterFactory(organisation=ines.organisation), [30])

    with pytest.raises(Refused, match="one shelter at a time"):
        check_out_many(stays=stays_of(two[0], other), by=ines, exit_reason="other")
    with pytest.raises(Refused, match="Choose who leaves"):
        check_out_many(stays=[], by=ines, exit_reason="other")


def test_who_is_not_in_this_house_cannot_be_ticked(client, ines, shelter, two):
    strangers = in_house(ShelterFactory(), [30])
    colleagues = in_house(ShelterFactory(organisation=ines.organisation), [30])
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:check_out_many", args=["mezquite"]),
        {"stay": [stay.pk for stay in stays_of(strangers, colleagues)], "confirm": "1", "exit_reason": "other"},
        follow=True,
    )

    assert "2 of those whom you ticked are not in this house any more." in page(answer)
    assert Stay.objects.current().count() == 5
    assert (
        client.post(reverse("shelters:check_out_many", args=[strangers.stays.first().shelter.slug])).status_code == 404
    )


def test_without_a_tick_the_list_comes_back(client, ines, shelter, two):
    client.force_login(ines)

    answer = client.post(reverse("shelters:check_out_many", args=["mezquite"]), {"stay": "x"}, follow=True)

    assert "Tick who leaves, then look at what would happen." in page(answer)


def test_what_can_be_undone_in_a_house_takes_three_queries(ines, shelter, two, django_assert_num_queries):
    check_out_many(stays=stays_of(*two), by=ines, exit_reason="other")
    old = in_house(shelter, [50])
    check_out(stays=stays_of(old), by=ines, exit_reason="other")
    Act.objects.filter(family=old).update(recorded_at=timezone.now() - timedelta(hours=25))

    with django_assert_num_queries(3):
        found = undoable_departures(shelter)
        assert [left.stays[0].family for left in found] == [two[1], two[0]]


# --- The statement ---------------------------------------------------------------------------------------------------


def statement_of(client, ines, family, **facts):
    act = check_out(stays=stays_of(family), by=ines, exit_reason="completed", facts=Facts(**facts))
    client.force_login(ines)
    return act, reverse("shelters:statement", args=[act.pk])


def test_the_statement_is_in_the_language_of_the_guest(client, ines, shelter):
    family = in_house(shelter, [34, 9])
    head = family.people[0]
    head.reads, head.speaks = ["eng"], ["eng", "spa"]
    head.save()
    _act, address = statement_of(client, ines, family, belongings="taken")
    ines.language = "es"
    ines.save()

    shown = page(client.get(address))

    assert '<html lang="es"' in shown
    assert '<div class="po-sheet" lang="en">' in shown
    assert "I take with me everything that is mine. Nothing of mine stays in the house." in shown
    assert "I answer for the children and adolescents who leave with me" in shown
    assert head.full_name in shown


@pytest.mark.parametrize(
    ("speaks", "code", "title"),
    [
        ("hat", "ht", "Deklarasyon depa"),
        ("fra", "fr", "Déclaration de départ"),
        ("por", "pt", "Declaração de saída"),
        ("rus", "ru", "Заявление о выезде"),
        ("ara", "ar", "إقرار بالمغادرة"),
    ],
)
def test_a_guest_signs_in_their_language_and_the_house_keeps_it_in_spanish_too(
    client, ines, shelter, speaks, code, title
):
    family = in_house(shelter, [34, 2])
    family.people[0].reads, family.people[0].speaks = [speaks], [speaks, "spa"]
    family.people[0].save()
    _act, address = statement_of(
        client, ines, family, belongings="stored", kept_until=timezone.localdate() + timedelta(days=30)
    )

    shown = page(client.get(address))

    theirs, spanish = shown.split('<div class="po-sheet" lang="')[1:]
    assert theirs.startswith(code + '"' + (' dir="rtl"' if code == "ar" else ""))
    assert title in theirs
    assert spanish.startswith("es")
    assert "Responsiva de salida" in spanish
    assert "Nobody who grew up with this language has read this translation yet" in shown
    assert "papers" not in theirs
    assert "documentos" not in theirs or code == "pt"


def test_a_language_in_which_it_is_not_written_is_said_and_it_is_read_aloud(client, ines, shelter):
    family = in_house(shelter, [34])
    family.people[0].reads, family.people[0].speaks = [], ["nah"]
    family.people[0].save()
    _act, address = statement_of(client, ines, family)

    shown = page(client.get(address))
    in_english = page(client.get(address + "?language=en"))

    assert shown.count('<div class="po-sheet"') == 1
    assert '<div class="po-sheet" lang="es">' in shown
    assert "We do not have it in " in shown
    assert '<div class="po-sheet" lang="en">' in in_english


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("crossed", "I leave this house because I want to."),
        (ExitReason.RULES, "The house has told me why my stay ends"),
        (ExitReason.LIMIT, "The house has told me why my stay ends"),
    ],
)
def test_nobody_who_was_sent_away_signs_that_they_wanted_to_go(client, ines, shelter, reason, sentence):
    family = in_house(shelter, [34])
    act = check_out(stays=stays_of(family), by=ines, exit_reason=reason)
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:statement", args=[act.pk]) + "?language=en"))

    assert sentence in shown
    assert ("because I want to" in shown) == (reason == "crossed")


def test_the_statement_does_not_say_where_they_go(client, ines, shelter):
    family = in_house(shelter, [34])
    act = check_out(
        stays=stays_of(family),
        by=ines,
        exit_reason="crossed",
        destination="Ciudad Ensayo",
        facts=Facts("united_states"),
    )
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:statement", args=[act.pk]) + "?language=en"))

    assert "Ciudad Ensayo" not in shown
    assert "United States" not in shown
    assert ReadLog.objects.get(what="statement").count == 1


def test_a_volunteer_prints_initials_and_a_line_for_the_name(client, ines, shelter):
    family = in_house(shelter, [34])
    _act, address = statement_of(client, ines, family)
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))

    shown = page(client.get(address))

    assert family.people[0].full_name not in shown
    assert f"{family.people[0].initials} ____" in shown


def test_an_undone_departure_and_another_organisation_have_no_statement(client, ines, shelter):
    family = in_house(shelter, [34])
    act, address = statement_of(client, ines, family)
    check_in = Act.objects.create(shelter=shelter, family=family, kind="check_in", happened_at=timezone.now(), by=ines)

    client.force_login(StaffFactory(role=Role.COORDINATOR))
    assert client.get(address).status_code == 404
    client.force_login(ines)
    assert client.get(reverse("shelters:statement", args=[check_in.pk])).status_code == 404
    undo(act=act, by=ines)
    assert client.get(address).status_code == 404
    assert Placement.objects.filter(state=PlacementState.IN).count() == 1


# --- Two desks at once -----------------------------------------------------------------------------------------------


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_two_desks_let_the_same_people_leave_at_once():
    ines = StaffFactory(role=Role.FRONT_DESK)
    house = ShelterFactory(organisation=ines.organisation)
    families = [in_house(house, [34, 9]), in_house(house, [40])]
    stays = stays_of(*families)

    outcomes = at_once([lambda: check_out_many(stays=stays, by=ines, exit_reason="other")] * 3)

    assert outcomes.count("done") == 1
    assert all("has already left" in outcome for outcome in outcomes if outcome != "done")
    assert Act.objects.count() == 2
    assert Departure.objects.count() == 3


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_departure_is_undone_once_by_two_desks():
    ines = StaffFactory(role=Role.FRONT_DESK)
    family = in_house(ShelterFactory(organisation=ines.organisation), [34, 9])
    act = check_out(stays=stays_of(family), by=ines, exit_reason="other")

    outcomes = at_once([lambda: undo(act=act, by=ines)] * 2)

    assert sorted(outcomes) == ["This has already been undone. Load the page again to see how it stands.", "done"]
    assert Stay.objects.current().count() == 2
    assert Departure.objects.standing().count() == 0


def test_whose_age_is_in_doubt_is_left_alone_too_until_somebody_settles_it(ines, shelter):
    """A parent leaves: the one without a birth date, and the one of about eighteen, are taken for minors."""
    family = in_house(shelter, [34, None, 18])
    nearly = family.people[2]
    nearly.birth_precision = BirthPrecision.ESTIMATED
    nearly.save()
    stays = stays_of(family)

    alone = children_left_alone([family], shelter, timezone.now(), [stays[0].pk])
    assert alone == {family.pk: stays[1:]}

    raised = [
        ChildAlert.objects.create(person=person, family=family, kind=AlertKind.AGE_IN_DOUBT, raised_by=ines)
        for person in family.people[1:]
    ]
    for alert in raised:
        record_notice(alert=alert, office="Procuraduría de prueba", by=ines)
        close_alert(alert=alert, reason="A paper was seen: of age", by=ines)
    assert children_left_alone([family], shelter, timezone.now(), [stays[0].pk]) == {}
