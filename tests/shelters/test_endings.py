"""The longest stay of a house, extensions beyond it, and the list of whose stay ends soon."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.endings import endings_in_short, endings_within, extensions_of, extensions_waiting
from shelters.models import ExtensionState, Placement, Stay, StayExtension
from shelters.nights import noon_of
from shelters.services import extensions, limits
from shelters.services.desk import Place
from shelters.services.holds import hold_places
from shelters.services.stays import check_in_family, check_out, extend_stay
from shelters.services.undo import undo
from tests.factories import FamilyFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 20, tzinfo=UTC)  # Noon in Tijuana, in winter.
TODAY = date(2026, 11, 18)


def day(number):
    return TODAY + timedelta(days=number)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def ines():
    return StaffFactory(role=Role.VOLUNTEER, name="Inés Prueba")


@pytest.fixture
def elena(ines):
    return StaffFactory(organisation=ines.organisation, role=Role.COORDINATOR, name="Elena Muestra")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite", stay_limit=30)


def in_house(shelter, nights_ago, people=1, leaves_on=None):
    """A family that has been in beds for so many nights."""
    family = FamilyFactory(organisation=shelter.organisation, people=people)
    room = SpaceFactory(shelter=shelter, beds=people)
    for person, bed in zip(family.people, room.beds.all(), strict=True):
        PlacementFactory(bed=bed, person=person, family=family, arrived_at=NOON - timedelta(days=nights_ago))
    Stay.objects.filter(family=family).update(expected_departure_on=leaves_on)
    return family


def stays_of(family):
    return list(Stay.objects.filter(family=family).order_by("pk"))


def page(answer):
    return " ".join(answer.content.decode().split())


def parts(name, of_day):
    return {f"{name}_day": of_day.day, f"{name}_month": of_day.month, f"{name}_year": of_day.year}


def ask(family, by, to_on=None, reason="Espera su cita"):
    return extensions.ask_for_extension(stays=stays_of(family), to_on=to_on or day(40), reason=reason, by=by)


# --- The limit -------------------------------------------------------------------------------------------------------


def test_thirty_nights_end_on_the_thirtieth_morning(shelter):
    evening = datetime(2026, 11, 19, 3, tzinfo=UTC)  # 19:00 of the 18th.
    small_hours = datetime(2026, 11, 19, 10, tzinfo=UTC)  # 02:00 of the 19th is still the night of the 18th.
    shelter.stay_limit = 1

    assert limits.limit_day(shelter, evening) == limits.limit_day(shelter, small_hours) == date(2026, 11, 19)
    shelter.stay_limit = None
    assert limits.limit_day(shelter, evening) is None


def test_a_check_in_without_a_day_is_proposed_the_limit_and_takes_it(client, ines, shelter):
    family = FamilyFactory(organisation=ines.organisation, registered_by=ines)
    bed = SpaceFactory(shelter=shelter, beds=1).beds.get()
    client.force_login(ines)
    address = reverse("shelters:place_family", args=[family.pk])

    shown = client.get(address)
    form = shown.context["form"]
    data = {f"place_{family.people[0].pk}": f"{bed.space_id}.{bed.pk}", **parts("leaves_on", form.proposed)}
    client.post(address, data)

    assert "The longest stay here is 30 nights." in page(shown)
    assert Stay.objects.get().expected_departure_on == form.proposed == day(30)
    assert Placement.objects.get().planned.upper == noon_of(shelter, day(30))


def test_what_is_typed_from_paper_counts_the_limit_from_its_own_night(client, ines, shelter):
    family = FamilyFactory(organisation=ines.organisation, registered_by=ines)
    bed = SpaceFactory(shelter=shelter, beds=1).beds.get()
    client.force_login(ines)

    client.post(
        reverse("shelters:place_family", args=[family.pk]),
        {
            f"place_{family.people[0].pk}": f"{bed.space_id}.{bed.pk}",
            **parts("leaves_on", day(30)),
            **parts("happened_on", day(-3)),
            "happened_hour": "20:00",
        },
    )

    assert Stay.objects.get().expected_departure_on == day(27)


def test_nobody_is_checked_in_beyond_the_limit(elena, shelter):
    family = FamilyFactory(organisation=elena.organisation)
    bed = SpaceFactory(shelter=shelter, beds=1).beds.get()
    places = {family.people[0].pk: Place(bed.space_id, bed.pk)}

    with pytest.raises(Refused, match=r"is 30 nights: until .* ask for an extension"):
        check_in_family(family=family, shelter=shelter, places=places, by=elena, expected_departure_on=day(31))
    check_in_family(family=family, shelter=shelter, places=places, by=elena, expected_departure_on=day(30))


def test_a_day_beyond_the_limit_is_not_simply_written(client, elena, shelter):
    [stay] = stays_of(in_house(shelter, 10))
    client.force_login(elena)

    answer = client.post(reverse("shelters:leaves_on", args=[stay.pk]), parts("leaves_on", day(21)))

    assert answer.status_code == 409
    assert "ask for an extension" in page(answer)
    assert extend_stay(stay=stay, expected_departure_on=day(20), by=elena).expected_departure_on == day(20)


# --- Extensions ------------------------------------------------------------------------------------------------------


def test_a_volunteer_asks_and_the_coordinator_approves(client, ines, elena, shelter):
    family = in_house(shelter, 10, people=2)
    client.force_login(ines)
    asked = client.post(
        reverse("shelters:extension_ask", args=[stays_of(family)[0].pk]),
        {"reason": "Espera su cita", "all_of_them": "on", **parts("to_on", day(40))},
        follow=True,
    )
    rows = list(StayExtension.objects.order_by("pk"))
    approve = reverse("shelters:extension_approve", args=[rows[0].batch])

    assert "The coordinator decides; until then the old day stands." in page(asked)
    assert [(row.state, row.from_on, row.to_on, row.asked_by) for row in rows] == [
        ("asked", day(20), day(40), ines)
    ] * 2
    assert client.post(approve).status_code == 403
    assert {stay.expected_departure_on for stay in stays_of(family)} == {None}

    client.force_login(elena)
    approved = client.post(approve, follow=True)

    assert "2 people may stay longer." in page(approved)
    assert {stay.expected_departure_on for stay in stays_of(family)} == {day(40)}
    assert {row.planned.upper for row in Placement.objects.all()} == {noon_of(shelter, day(40))}
    row = StayExtension.objects.first()
    assert (row.state, row.decided_by, row.decided_at) == (ExtensionState.APPROVED, elena, NOON)


def test_who_may_approve_has_approved_by_asking(client, elena, shelter):
    family = in_house(shelter, 10)
    client.force_login(elena)

    client.post(
        reverse("shelters:extension_ask", args=[stays_of(family)[0].pk]),
        {"reason": "Espera su cita", **parts("to_on", day(40))},
    )

    assert StayExtension.objects.get().state == ExtensionState.APPROVED
    assert stays_of(family)[0].expected_departure_on == day(40)


def test_where_the_bed_is_promised_to_another_nothing_is_asked_nor_approved(client, elena, shelter):
    family = in_house(shelter, 10, leaves_on=day(20))
    stay = stays_of(family)[0]
    extend_stay(stay=stay, expected_departure_on=day(20), by=elena)
    bed = Placement.objects.get().bed
    start = noon_of(shelter, day(25))
    PlacementFactory(
        bed=bed, state="held", planned=(start, start + timedelta(days=1)), hold_expires_at=start + timedelta(days=1)
    )
    client.force_login(elena)

    answer = client.post(
        reverse("shelters:extension_ask", args=[stay.pk]), {"reason": "Espera", **parts("to_on", day(40))}
    )

    assert answer.status_code == 409
    assert "promised to someone else" in page(answer)
    assert not StayExtension.objects.exists()


def test_a_refusal_needs_its_reason_and_the_old_day_stands(client, ines, elena, shelter):
    family = in_house(shelter, 10)
    [row] = ask(family, ines)
    client.force_login(elena)
    address = reverse("shelters:extension_refuse", args=[row.batch])

    assert "Write why it is refused" in page(client.post(address, {"note": " "}))
    client.post(address, {"note": "Hay lugar en otra casa"})

    row.refresh_from_db()
    assert (row.state, row.decision_note) == (ExtensionState.REFUSED, "Hay lugar en otra casa")
    assert stays_of(family)[0].expected_departure_on is None
    shown = page(client.get(reverse("shelters:family_beds", args=[family.pk])))
    assert "Refused: Elena Muestra" in shown
    assert "Hay lugar en otra casa" in shown


def test_what_was_asked_is_taken_back_and_then_asked_again(client, ines, shelter):
    family = in_house(shelter, 10)
    [row] = ask(family, ines)
    with pytest.raises(Refused, match="already been asked for"):
        ask(family, ines)
    client.force_login(ines)

    client.post(reverse("shelters:extension_take_back", args=[row.batch]))

    row.refresh_from_db()
    assert row.state == ExtensionState.WITHDRAWN
    assert ask(family, ines)


def test_an_approval_is_undone_within_the_hour_by_who_may_approve(client, ines, elena, shelter):
    family = in_house(shelter, 10, people=2, leaves_on=day(15))
    batch = ask(family, ines)[0].batch
    extensions.approve_extension(batch=batch, by=elena)
    address = reverse("shelters:extension_take_back", args=[batch])

    client.force_login(ines)
    assert "Only the coordinator takes back an approval." in page(client.post(address))
    client.force_login(elena)
    client.post(address)

    assert {stay.expected_departure_on for stay in stays_of(family)} == {day(15)}
    assert {row.planned.upper for row in Placement.objects.all()} == {noon_of(shelter, day(15))}
    assert {row.state for row in StayExtension.objects.all()} == {ExtensionState.UNDONE}


def test_an_approval_is_not_undone_after_an_hour_nor_after_the_day_was_changed(ines, elena, shelter):
    family = in_house(shelter, 10)
    batch = ask(family, ines)[0].batch
    extensions.approve_extension(batch=batch, by=elena)

    with time_machine.travel(NOON + timedelta(minutes=61)), pytest.raises(Refused, match="last hour"):
        extensions.undo_decision(batch=batch, by=elena)
    extend_stay(stay=stays_of(family)[0], expected_departure_on=day(35), by=elena)
    with pytest.raises(Refused, match="Something happened after it"):
        extensions.undo_decision(batch=batch, by=elena)


def test_an_approval_is_not_undone_over_a_place_that_is_held_by_number(ines, elena, shelter):
    family = in_house(shelter, 10)
    batch = ask(family, ines)[0].batch
    extensions.approve_extension(batch=batch, by=elena)
    start = noon_of(shelter, day(41))
    late = {"starts_at": start, "expires_at": start + timedelta(hours=9)}
    hold_places(shelter=shelter, count=1, by=elena, held_for="One from the bridge", **late)

    with pytest.raises(Refused, match="The free beds are promised"):
        extensions.undo_decision(batch=batch, by=elena)

    assert stays_of(family)[0].expected_departure_on == day(40)


def test_the_limit_of_who_has_an_extension_is_its_day(ines, elena, shelter):
    family = in_house(shelter, 10)
    extensions.approve_extension(batch=ask(family, ines)[0].batch, by=elena)
    [stay] = stays_of(family)

    extend_stay(stay=stay, expected_departure_on=None, by=elena)

    assert [row.ends_on for row in endings_within([shelter], None)[0].rows] == [day(40)]
    assert extend_stay(stay=stay, expected_departure_on=day(40), by=elena)
    with pytest.raises(Refused, match=r"Until .* they may stay anyway"):
        ask(family, ines, to_on=day(39))


def test_a_decision_is_made_once(ines, elena, shelter):
    batch = ask(in_house(shelter, 10), ines)[0].batch
    extensions.refuse_extension(batch=batch, note="No hay lugar", by=elena)

    with pytest.raises(Refused, match="already been decided: refused"):
        extensions.approve_extension(batch=batch, by=elena)


def test_who_has_left_is_not_extended(ines, elena, shelter):
    family = in_house(shelter, 10)
    batch = ask(family, ines)[0].batch
    act = check_out(stays=stays_of(family), by=ines, exit_reason="other")

    with pytest.raises(Refused, match="has already left"):
        extensions.approve_extension(batch=batch, by=elena)
    with pytest.raises(Refused, match="has already left"):
        ask(family, ines)
    assert extensions_waiting([shelter]) == []
    undo(act=act, by=ines)
    assert len(extensions_waiting([shelter])) == 1


def test_who_came_later_and_may_stay_that_long_anyway_is_not_extended(ines, shelter):
    family = in_house(shelter, 25, people=2)
    Stay.objects.filter(person=family.people[1]).update(arrived_at=NOON - timedelta(days=1))

    rows = ask(family, ines, to_on=day(10))

    assert [(row.stay.person, row.from_on) for row in rows] == [(family.people[0], day(5))]


def test_a_day_that_was_written_before_the_house_had_a_limit_still_counts(ines, shelter):
    family = in_house(shelter, 10, leaves_on=day(50))

    with pytest.raises(Refused, match=r"Until .* they may stay anyway"):
        ask(family, ines, to_on=day(45))
    assert ask(family, ines, to_on=day(55))[0].from_on == day(50)


def test_a_house_without_a_limit_has_nothing_to_extend(ines):
    house = ShelterFactory(organisation=ines.organisation)

    with pytest.raises(Refused, match="no longest stay"):
        ask(in_house(house, 10), ines)


def test_the_database_keeps_one_asking_a_stay_and_its_reason(ines, shelter):
    [row] = ask(in_house(shelter, 10), ines)
    row.pk = None

    for change in ({}, {"state": "approved", "reason": ""}, {"state": "approved"}):
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
        row.pk = None


def test_another_organisation_does_not_reach_an_extension(client, ines, shelter):
    [row] = ask(in_house(shelter, 10), ines)
    client.force_login(StaffFactory(role=Role.COORDINATOR))

    for name in ("extension_approve", "extension_refuse", "extension_take_back"):
        assert client.post(reverse(f"shelters:{name}", args=[row.batch])).status_code == 404
    assert client.get(reverse("shelters:extension_ask", args=[row.stay_id])).status_code == 404


# --- The list --------------------------------------------------------------------------------------------------------


def test_who_should_have_left_stands_first_and_who_has_no_end_not_at_all(shelter, ines):
    over = in_house(shelter, 33)
    today = in_house(shelter, 5, leaves_on=TODAY)
    soon = in_house(shelter, 5, leaves_on=day(3))
    later = in_house(shelter, 5, leaves_on=day(4))
    free = ShelterFactory(organisation=ines.organisation)
    in_house(free, 400)

    three, no_limit = endings_within([shelter, free], 3)
    seven, _no_limit = endings_within([shelter, free], 7)

    assert [(row.stay.family, row.days) for row in three.rows] == [(over, -3), (today, 0), (soon, 3)]
    assert [row.is_by_limit for row in three.rows] == [True, False, False]
    assert (three.overdue, no_limit.rows) == (1, [])
    assert [row.stay.family for row in seven.rows] == [over, today, soon, later]
    assert endings_in_short([shelter, free]).__dict__ == {"overdue": 1, "ending": 2, "asked": 0}


def test_a_house_further_east_is_already_at_the_next_day(ines):
    east = ShelterFactory(organisation=ines.organisation, city=None, zone="America/Matamoros")
    in_house(east, 5, leaves_on=day(1))

    with time_machine.travel(datetime(2026, 11, 19, 6, 30, tzinfo=UTC)):  # 22:30 in Tijuana, 00:30 in Matamoros.
        [row] = endings_within([east], 3)[0].rows

    assert row.days == 0


def test_three_queries_for_any_number_of_houses_and_people(shelter, ines, django_assert_num_queries):
    houses = [shelter, *(ShelterFactory(organisation=ines.organisation, stay_limit=10) for _ in range(3))]
    in_house(shelter, 33, people=4)
    for house in houses[1:]:
        in_house(house, 12, people=3)
    ask(in_house(shelter, 28), ines)

    with django_assert_num_queries(3):
        found = endings_within(houses, 14)
        assert sum(house.people for house in found) == 14
        assert all(row.place.bed.label and row.stay.family.folio for house in found for row in house.rows)
    with django_assert_num_queries(1):
        assert [one.first.stay.person.called for one in extensions_waiting(houses)]
    with django_assert_num_queries(2):
        assert endings_in_short(houses).__dict__ == {"overdue": 13, "ending": 1, "asked": 1}


def test_the_page_takes_the_same_queries_for_one_and_for_many(client, shelter, elena, django_assert_num_queries):
    in_house(shelter, 33)
    client.force_login(elena)
    client.get(reverse("shelters:ending"))
    with django_assert_num_queries(12):
        client.get(reverse("shelters:ending"))
    for _ in range(3):
        in_house(shelter, 33, people=3)
    ask(in_house(shelter, 28), elena)

    with django_assert_num_queries(12):
        shown = page(client.get(reverse("shelters:ending")))

    assert "11 people leave within 7 days" in shown


def test_the_list_of_one_house_ticks_and_decides(client, shelter, elena, ines):
    over, asked = in_house(shelter, 33), in_house(shelter, 28)
    in_house(shelter, 1)
    ask(asked, ines)
    client.force_login(elena)

    shown = page(client.get(reverse("shelters:ending_in", args=["mezquite"])))
    everyone = page(client.get(reverse("shelters:ending_in", args=["mezquite"]) + "?days=all&names=1"))

    assert "2 people leave within 7 days" in shown
    assert "1 of them should have left already." in shown
    assert "3 days over" in shown
    assert "1 extension to decide" in shown
    assert shown.count('name="stay"') == 2
    assert over.people[0].called not in shown
    assert "3 people are in the house" in everyone
    assert over.people[0].called in everyone


def test_a_volunteer_sees_initials_even_when_they_ask_for_names(client, shelter, ines):
    over = in_house(shelter, 33)
    client.force_login(ines)

    shown = page(client.get(reverse("shelters:ending_in", args=["mezquite"]) + "?names=1"))

    assert over.people[0].called not in shown
    assert over.people[0].initials in shown


def test_nobody_sees_a_house_that_they_are_not_posted_to(client, shelter, ines):
    in_house(shelter, 33)
    elsewhere = ShelterFactory(organisation=ines.organisation)
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER, shelters=[elsewhere]))

    assert "0 people leave within 7 days" in page(client.get(reverse("shelters:ending")))
    assert client.get(reverse("shelters:ending_in", args=["mezquite"])).status_code == 404


def test_the_history_of_a_family_takes_one_query(shelter, ines, django_assert_num_queries):
    family = in_house(shelter, 10, people=3)
    for _ in range(3):
        extensions.withdraw_extension(batch=ask(family, ines)[0].batch, by=ines)

    with django_assert_num_queries(1):
        found = extensions_of(family, [shelter])
        assert [len(one.rows) for one in found] == [3, 3, 3]
        assert {str(one.first.decided_by) for one in found} == {"Inés Prueba"}


# --- Two desks at once -----------------------------------------------------------------------------------------------


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_refusal_at_once_leave_one_decision():
    elena = StaffFactory(role=Role.COORDINATOR)
    house = ShelterFactory(organisation=elena.organisation, stay_limit=30)
    family = in_house(house, 10, people=2)
    batch = ask(family, elena)[0].batch

    outcomes = at_once(
        [
            lambda: extensions.approve_extension(batch=batch, by=elena),
            lambda: extensions.refuse_extension(batch=batch, note="No hay lugar", by=elena),
            lambda: extensions.withdraw_extension(batch=batch, by=elena),
        ]
    )

    states = {row.state for row in StayExtension.objects.filter(batch=batch)}
    days = {stay.expected_departure_on for stay in stays_of(family)}
    assert outcomes.count("done") == 1
    assert all("already been decided" in outcome for outcome in outcomes if outcome != "done")
    assert len(states) == 1
    assert days == ({day(40)} if states == {ExtensionState.APPROVED} else {None})


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_two_desks_ask_for_one_family_at_once():
    ines = StaffFactory(role=Role.VOLUNTEER)
    family = in_house(ShelterFactory(organisation=ines.organisation, stay_limit=30), 10, people=2)

    outcomes = at_once([lambda: ask(family, ines)] * 3)

    assert outcomes.count("done") == 1
    assert set(outcomes) - {"done"} == {
        "An extension has already been asked for. It must be decided or taken back first."
    }
    assert StayExtension.objects.count() == 2
