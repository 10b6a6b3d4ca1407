"""The waiting list: who is on it, in which order and why, every step with its author, and how a check-in closes it."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.models import SpecificNeed
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import (
    ChangeKind,
    Composition,
    Factor,
    PriorityRule,
    Stay,
    TurnAwayReason,
    WaitingChange,
    WaitingEntry,
    WaitingState,
)
from shelters.services import priority, waiting
from shelters.services.desk import Place
from shelters.services.stays import check_in_family
from shelters.services.turn_aways import void_turn_away
from shelters.services.undo import undo
from shelters.waiting_list import waiting_in_short, waiting_list
from tests.factories import (
    FamilyFactory,
    OrganisationFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    TurnAwayFactory,
)
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db
QUERIES = 14  # Of the page: the five of the list, the sign-in, the shelters, the rules, the line in the read log.


@pytest.fixture
def ines():
    return StaffFactory(role=Role.VOLUNTEER, name="Inés Prueba")


@pytest.fixture
def elena(ines):
    return StaffFactory(organisation=ines.organisation, role=Role.COORDINATOR, name="Elena Muestra")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, name="Casa Mezquite", slug="mezquite")


def family_of(staff, *ages):
    return FamilyFactory(organisation=staff.organisation, ages=list(ages))


def page(answer):
    return " ".join(answer.content.decode().split())


def listed(staff):
    return waiting_list(staff.organisation, WaitingEntry.objects.visible_to(staff).on_list())


def steps(entry):
    return list(entry.changes.order_by("pk").values_list("kind", "reason", "by__name"))


def party(by, **more):
    return waiting.join_list(by=by, **({"party": "Familia de cinco del puente", "people": 5} | more))


def beds_for(shelter, family, how_many=None):
    people = family.people[:how_many]
    room = SpaceFactory(shelter=shelter, beds=len(people))
    return {person.pk: Place(room.pk, bed.pk) for person, bed in zip(people, room.beds.all(), strict=True)}


# --- The order -------------------------------------------------------------------------------------------------------


def test_who_has_more_points_stands_first_then_who_came_first(ines):
    noon = timezone.now() - timedelta(hours=5)
    alone = waiting.join_list(by=ines, family=family_of(ines, 30), since=noon)
    later = waiting.join_list(by=ines, family=family_of(ines, 40), since=noon + timedelta(hours=1))
    small = waiting.join_list(by=ines, family=family_of(ines, 30, 5), since=noon + timedelta(hours=2))
    teen = waiting.join_list(by=ines, family=family_of(ines, 30, 6), since=noon + timedelta(hours=3))
    old = waiting.join_list(by=ines, family=family_of(ines, 70), since=noon + timedelta(hours=4))

    rows = listed(ines)

    assert [row.entry for row in rows] == [small, old, teen, alone, later]
    assert [row.score for row in rows] == [4, 2, 1, 0, 0]
    assert [reason.factor for reason in rows[0].reasons] == [Factor.SMALL_CHILD, Factor.CHILD]
    assert [row.position for row in rows] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("code", "factor"),
    [
        ("pregnant", "pregnant"),
        ("step_free", "disability"),
        ("lower_bunk", "disability"),
        ("medical", "medical"),
        ("older", "older"),
    ],
)
def test_an_open_need_in_the_file_counts_and_an_ended_one_does_not(ines, code, factor):
    family = family_of(ines, 30, 31)
    waiting.join_list(by=ines, family=family)
    needs = [SpecificNeed.objects.create(person=person, code=code, noted_by=ines) for person in family.people]

    assert [reason.factor for reason in listed(ines)[0].reasons] == [factor]  # Once, though two of them have it.
    for need in needs:
        need.ended_at = timezone.now()
        need.save()
    assert listed(ines)[0].reasons == []


def test_an_unknown_age_gives_no_points(ines):
    waiting.join_list(by=ines, family=FamilyFactory(organisation=ines.organisation, ages=[30, None]))

    assert listed(ines)[0].reasons == []


def test_the_rules_are_the_organisations_own_and_their_past_stays(ines, elena):
    waiting.join_list(by=ines, family=family_of(ines, 30, 5))
    waiting.join_list(by=ines, family=family_of(ines, 70))

    priority.set_points(
        organisation=elena.organisation, points={Factor.OLDER: 9, Factor.CHILD: 0, Factor.MEDICAL: 3}, by=elena
    )
    priority.set_points(organisation=elena.organisation, points={Factor.OLDER: 8}, by=elena)

    assert [row.score for row in listed(ines)] == [8, 3]
    assert {reason.factor for row in listed(ines) for reason in row.reasons} == {Factor.OLDER, Factor.SMALL_CHILD}
    rules = PriorityRule.objects.order_by("pk").values_list("factor", "points", "ended_at")
    assert [(factor, points, ended is None) for factor, points, ended in rules] == [
        ("older", 9, False),
        ("child", 0, True),
        ("older", 8, True),
    ]
    assert priority.points_of(OrganisationFactory()) == priority.USUAL_POINTS
    with pytest.raises(Refused, match="another organisation"):
        priority.set_points(organisation=OrganisationFactory(), points={Factor.OLDER: 1}, by=elena)
    with pytest.raises(Refused, match="from 0 to 20"):
        priority.set_points(organisation=elena.organisation, points={Factor.OLDER: 21}, by=elena)


def test_five_queries_for_any_length(ines, shelter, django_assert_num_queries):
    for _ in range(6):
        waiting.join_list(by=ines, family=family_of(ines, 30, 5), shelter=shelter)
    entry = party(ines)
    waiting.offer_place(entry=entry, shelter=shelter, by=ines)

    with django_assert_num_queries(5):
        rows = listed(ines)
        assert {row.people for row in rows} == {2, 5}
        assert all(str(row.entry.recorded_by) == "Inés Prueba" for row in rows)
    with django_assert_num_queries(1):
        assert waiting_in_short(ines.organisation, [shelter]).__dict__ == {"waiting": 7, "offered": 1}


# --- On the list -----------------------------------------------------------------------------------------------------


def test_a_party_without_a_name_is_put_on_the_list(client, ines, shelter):
    client.force_login(ines)

    answer = client.post(
        reverse("shelters:waiting_new"),
        {
            "party": "Familia de cinco del puente",
            "people": "5",
            "factors": ["small_child", "pregnant"],
            "shelter": shelter.pk,
            "contact": "Están en la capilla",
            "reason": "La casa está llena",
        },
        follow=True,
    )

    entry = WaitingEntry.objects.get()
    assert (entry.party, entry.people, entry.factors, entry.shelter, entry.contact) == (
        "Familia de cinco del puente",
        5,
        ["pregnant", "small_child"],
        shelter,
        "Están en la capilla",
    )
    shown = page(answer)
    assert "Number 1 of 1." in shown
    assert "6 points: A child under 6 +3, Someone pregnant or breastfeeding +3" in shown
    assert "Están en la capilla" in shown
    assert steps(entry) == [("added", "La casa está llena", "Inés Prueba")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"party": ""}, "Write who waits, in words that name nobody."),
        ({"people": ""}, "Write how many they are."),
        ({"people": "muchos"}, "Write how many they are, with a number."),
        ({"people": "0"}, "Write at least 1."),
        ({"shelter": "999999"}, "Select a valid choice"),
    ],
)
def test_a_party_needs_its_words_and_its_number(client, ines, changes, sentence):
    client.force_login(ines)

    answer = client.post(reverse("shelters:waiting_new"), {"party": "Del puente", "people": "5"} | changes)

    assert sentence in page(answer)
    assert not WaitingEntry.objects.exists()


def test_a_family_waits_once_and_only_where_someone_of_it_has_no_place(ines, shelter):
    family, housed = family_of(ines, 30), family_of(ines, 30)
    PlacementFactory(bed=SpaceFactory(shelter=shelter, beds=1).beds.get(), person=housed.people[0], family=housed)
    waiting.join_list(by=ines, family=family)

    with pytest.raises(Refused, match="on the list already"):
        waiting.join_list(by=ines, family=family)
    with pytest.raises(Refused, match="has a place already"):
        waiting.join_list(by=ines, family=housed)
    with pytest.raises(Refused, match="another organisation"):
        waiting.join_list(by=ines, family=FamilyFactory())
    with pytest.raises(Refused, match="another organisation"):
        party(ines, shelter=ShelterFactory())
    with pytest.raises(Refused, match="how many they are"):
        party(ines, people=None)


def test_a_party_that_was_turned_away_is_put_on_the_list_with_one_press(client, ines, shelter):
    row = TurnAwayFactory(
        shelter=shelter, party_size=4, composition=Composition.WOMEN_CHILDREN, reason=TurnAwayReason.FULL
    )
    client.force_login(ines)
    press = reverse("shelters:turn_away_wait", args=[row.pk])

    assert press in page(client.get(reverse("shelters:turn_away", args=["mezquite"])))
    client.post(press)
    again = client.post(press, follow=True)

    entry = WaitingEntry.objects.get()
    assert (entry.people, entry.shelter, entry.since, entry.factors) == (4, shelter, row.happened_at, ["child"])
    assert entry.party == "Women with children, turned away at the door"
    assert steps(entry) == [("added", "Full", "Inés Prueba")]
    assert "This party is on the list already." in page(again)


def test_children_alone_and_what_was_taken_back_do_not_wait(client, ines, shelter):
    children = TurnAwayFactory(shelter=shelter, composition=Composition.CHILDREN)
    back = TurnAwayFactory(shelter=shelter)
    void_turn_away(turn_away=back, by=ines)
    client.force_login(ines)

    with pytest.raises(Refused, match="Children without an adult do not wait"):
        waiting.join_from_turn_away(turn_away=children, by=ines)
    with pytest.raises(Refused, match="taken back"):
        waiting.join_from_turn_away(turn_away=back, by=ines)
    shown = page(client.get(reverse("shelters:turn_away", args=["mezquite"])))
    assert reverse("shelters:turn_away_wait", args=[children.pk]) not in shown


# --- Offered, gone, off ----------------------------------------------------------------------------------------------


def step(client, entry, name, **more):
    return client.post(reverse("shelters:waiting_step", args=[entry.pk]), {"step": name} | more, follow=True)


def test_every_step_is_written_with_who_and_why_and_is_undone(client, ines, shelter):
    entry = party(ines)
    client.force_login(ines)

    offered = step(client, entry, "offer", shelter="mezquite", reason="Cubículo 2")
    entry.refresh_from_db()
    assert (entry.state, entry.offered_shelter) == (WaitingState.OFFERED, shelter)
    assert "A place was offered" in page(offered)
    assert "A place in Casa Mezquite is offered to them already." in page(
        step(client, entry, "offer", shelter="mezquite")
    )
    step(client, entry, "again", reason="Esperan a su hermana")
    assert "nothing is offered" in page(step(client, entry, "again"))
    step(client, entry, "gone", reason="Cruzaron")
    entry.refresh_from_db()
    assert entry.state == WaitingState.GONE
    assert "They are not on the list any more: went elsewhere." in page(step(client, entry, "remove", reason="x"))

    undone = step(client, entry, "undo")
    entry.refresh_from_db()
    assert entry.state == WaitingState.WAITING
    assert "<del>Went elsewhere</del>" in page(undone)
    assert steps(entry) == [
        ("added", "", "Inés Prueba"),
        ("offered", "Cubículo 2", "Inés Prueba"),
        ("back", "Esperan a su hermana", "Inés Prueba"),
        ("gone", "Cruzaron", "Inés Prueba"),
        ("undone", "", "Inés Prueba"),
    ]
    assert "nothing of the last hour to undo" in page(step(client, entry, "undo"))


@pytest.mark.parametrize("name", ["gone", "remove"])
def test_nobody_is_taken_off_without_a_reason(client, ines, name):
    entry = party(ines)
    client.force_login(ines)

    assert "Write why they are taken off the list" in page(step(client, entry, name, reason="  "))
    entry.refresh_from_db()
    assert entry.state == WaitingState.WAITING


def test_putting_someone_on_by_mistake_is_undone_within_the_hour(ines):
    entry = party(ines)
    waiting.undo_step(entry=entry, by=ines)
    late = party(ines)

    entry.refresh_from_db()
    assert entry.state == WaitingState.REMOVED
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=61)),
        pytest.raises(Refused, match="nothing of the last hour"),
    ):
        waiting.undo_step(entry=late, by=ines)


def test_who_was_put_on_anew_is_not_put_back_twice(ines):
    family = family_of(ines, 30)
    first = waiting.join_list(by=ines, family=family)
    waiting.take_off(entry=first, by=ines, reason="Se fueron", went_elsewhere=True)
    waiting.join_list(by=ines, family=family)

    with pytest.raises(Refused, match="on the list already"):
        waiting.undo_step(entry=first, by=ines)
    assert WaitingEntry.objects.on_list().count() == 1


def test_a_correction_has_a_reason_and_keeps_what_stood_before(client, ines, shelter):
    entry = party(ines)
    client.force_login(ines)
    address = reverse("shelters:waiting_edit", args=[entry.pk])
    data = {
        "party": "Familia de seis",
        "people": "6",
        "factors": ["medical"],
        "shelter": shelter.pk,
        "contact": "Capilla",
    }

    assert "Write why this is changed" in page(client.post(address, data))
    client.post(address, data | {"reason": "Llegó la abuela"})

    entry.refresh_from_db()
    assert (entry.party, entry.people, entry.shelter) == ("Familia de seis", 6, shelter)
    change = entry.changes.get(kind=ChangeKind.MOVED)
    assert (change.reason, change.before["people"], change.before["party"]) == (
        "Llegó la abuela",
        5,
        "Familia de cinco del puente",
    )
    waiting.undo_step(entry=entry, by=ines)
    entry.refresh_from_db()
    assert (entry.people, entry.shelter, entry.factors, entry.contact) == (5, None, [], "")
    assert "Capilla" not in str(list(entry.changes.values("before")))


def test_the_history_of_the_list_cannot_be_rewritten_by_the_web(ines):
    party(ines)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'shelters_waitingchange', 'INSERT'),"
            " has_table_privilege(%s, 'shelters_waitingchange', 'UPDATE, DELETE, TRUNCATE')",
            [settings.DATABASE_WEB_ROLE] * 2,
        )
        assert cursor.fetchone() == (True, False)


def test_the_database_keeps_that_somebody_waits(ines, shelter):
    for wrong in ({"party": "", "people": 5}, {"party": "x", "people": None}, {"state": "offered"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            WaitingEntry.objects.create(
                **{"organisation": ines.organisation, "party": "x", "people": 1, "recorded_by": ines} | wrong
            )


# --- The check-in ----------------------------------------------------------------------------------------------------


def test_the_check_in_closes_the_entry_and_its_undoing_opens_it(ines, shelter):
    family = family_of(ines, 30, 5)
    entry = waiting.join_list(by=ines, family=family)
    waiting.offer_place(entry=entry, shelter=shelter, by=ines)

    act = check_in_family(family=family, shelter=shelter, places=beds_for(shelter, family), by=ines)
    entry.refresh_from_db()
    assert entry.state == WaitingState.PLACED
    with pytest.raises(Refused, match="A check-in is undone beside"):
        waiting.undo_step(entry=entry, by=ines)

    undo(act=act, by=ines)

    entry.refresh_from_db()
    assert (entry.state, entry.offered_shelter) == (WaitingState.OFFERED, shelter)
    assert [kind for kind, _reason, _by in steps(entry)] == ["added", "offered", "placed", "undone"]


def test_a_check_in_that_fails_leaves_the_list_alone(ines, shelter):
    family = family_of(ines, 30)
    entry = waiting.join_list(by=ines, family=family)
    places = beds_for(shelter, family)
    PlacementFactory(bed=SpaceFactory(shelter=shelter, beds=1).beds.get())
    bed = Place(places[family.people[0].pk].space_id, 999_999)

    with pytest.raises(Refused):
        check_in_family(family=family, shelter=shelter, places={family.people[0].pk: bed}, by=ines)

    entry.refresh_from_db()
    assert entry.state == WaitingState.WAITING
    assert entry.changes.count() == 1


def test_a_family_of_whom_only_some_have_a_place_still_waits(ines, shelter):
    family = family_of(ines, 30, 31, 5)
    entry = waiting.join_list(by=ines, family=family)

    check_in_family(family=family, shelter=shelter, places=beds_for(shelter, family, 2), by=ines)
    entry.refresh_from_db()
    assert entry.state == WaitingState.WAITING
    assert entry.changes.first().kind == ChangeKind.PARTLY

    rest = SpaceFactory(shelter=shelter, beds=1).beds.get()
    check_in_family(
        family=family,
        shelter=shelter,
        places={family.people[2].pk: Place(rest.space_id, rest.pk)},
        by=ines,
        reason="Una noche",
    )
    entry.refresh_from_db()
    assert entry.state == WaitingState.PLACED


def test_the_party_comes_gets_a_file_and_a_bed_and_leaves_the_list(client, ines, shelter):
    entry = party(ines, shelter=shelter)
    family = FamilyFactory(organisation=ines.organisation, ages=[30], registered_by=ines)
    bed = SpaceFactory(shelter=shelter, beds=1).beds.get()
    client.force_login(ines)

    found = page(client.get(reverse("shelters:waiting_link", args=[entry.pk])))
    linked = page(client.post(reverse("shelters:waiting_link", args=[entry.pk]), {"family": family.pk}, follow=True))
    place = reverse("shelters:place_family", args=[family.pk])
    client.post(f"{place}?shelter=mezquite", {f"place_{family.people[0].pk}": f"{bed.space_id}.{bed.pk}"})

    assert family.folio in found
    assert f"{place}?shelter=mezquite" in linked
    entry.refresh_from_db()
    assert entry.state == WaitingState.PLACED
    assert [kind for kind, _reason, _by in steps(entry)] == ["added", "linked", "placed"]
    assert Stay.objects.get().person == family.people[0]


def test_a_file_is_linked_once(ines):
    entry, other = party(ines), party(ines)
    family = family_of(ines, 30)
    waiting.link_family(entry=entry, family=family, by=ines)

    with pytest.raises(Refused, match="linked to this entry already"):
        waiting.link_family(entry=entry, family=family_of(ines, 30), by=ines)
    with pytest.raises(Refused, match="on the list already"):
        waiting.link_family(entry=other, family=family, by=ines)


def test_a_volunteer_places_whom_another_took_in_yesterday_because_they_wait(client, ines, shelter):
    family = family_of(ines, 30)
    type(family).objects.update(recorded_at=timezone.now() - timedelta(days=2))
    client.force_login(ines)
    address = reverse("shelters:place_family", args=[family.pk])

    assert client.get(address).status_code == 404
    entry = waiting.join_list(by=ines, family=family, shelter=shelter)
    assert client.get(address).status_code == 200
    waiting.take_off(entry=entry, by=ines, reason="Se fueron", went_elsewhere=True)
    assert client.get(address).status_code == 404


# --- Who sees what ---------------------------------------------------------------------------------------------------


def test_the_list_shows_initials_and_hides_what_is_restricted(client, ines, elena, shelter):
    family = family_of(ines, 30)
    SpecificNeed.objects.create(person=family.people[0], code="medical", noted_by=ines)
    waiting.join_list(by=ines, family=family)

    client.force_login(ines)
    for_volunteer = page(client.get(reverse("shelters:waiting") + "?names=1"))
    client.force_login(elena)
    for_coordinator = page(client.get(reverse("shelters:waiting") + "?names=1"))

    assert "3 points: A reason that is not shown here +3" in for_volunteer
    assert family.people[0].initials in for_volunteer
    assert family.people[0].called not in for_volunteer
    assert "3 points: Someone seriously ill +3" in for_coordinator
    assert family.people[0].called in for_coordinator
    assert {line.what for line in ReadLog.objects.all()} == {"waiting", "waiting_names"}


def test_another_organisation_and_another_house_see_nothing_of_it(client, ines, shelter):
    entry, for_any = party(ines, shelter=shelter), party(ines, party="Para cualquier casa")
    elsewhere = ShelterFactory(organisation=ines.organisation, slug="otra")

    client.force_login(StaffFactory(role=Role.COORDINATOR))
    assert "0 families or parties wait" in page(client.get(reverse("shelters:waiting")))
    for name in ("waiting_entry", "waiting_edit", "waiting_link"):
        assert client.get(reverse(f"shelters:{name}", args=[entry.pk])).status_code == 404
    assert step(client, entry, "gone", reason="x").status_code == 404

    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER, shelters=[elsewhere]))
    assert "Para cualquier casa" in page(client.get(reverse("shelters:waiting_in", args=["otra"])))
    assert client.get(reverse("shelters:waiting_entry", args=[entry.pk])).status_code == 404
    assert client.get(reverse("shelters:waiting_entry", args=[for_any.pk])).status_code == 200
    assert client.get(reverse("shelters:waiting_in", args=["mezquite"])).status_code == 404


def test_the_board_and_the_list_of_shelters_lead_to_it_with_a_count(client, ines, shelter):
    party(ines, shelter=shelter)
    party(ines)
    party(ines, shelter=ShelterFactory(organisation=ines.organisation))
    client.force_login(ines)

    assert "Waiting list: 2" in page(client.get(reverse("shelters:board", args=["mezquite"])))
    assert "Waiting list: 3" in page(client.get(reverse("shelters:list")))


def test_the_family_leads_to_its_entry(client, ines, elena):
    family = family_of(ines, 30)
    client.force_login(elena)
    address = reverse("shelters:family_beds", args=[family.pk])

    assert reverse("shelters:family_wait", args=[family.pk]) in page(client.get(address))
    client.post(reverse("shelters:family_wait", args=[family.pk]), {"reason": "Lleno"})
    assert reverse("shelters:waiting_entry", args=[WaitingEntry.objects.get().pk]) in page(client.get(address))


def test_the_coordinator_changes_the_rules_and_everyone_reads_them(client, ines, elena):
    points = {factor.value: "3" for factor in Factor} | {"older": "7"}
    client.force_login(elena)

    assert "Write the points with a number" in page(
        client.post(reverse("shelters:waiting_rules"), points | {"older": "x"})
    )
    client.post(reverse("shelters:waiting_rules"), points)

    client.force_login(ines)
    assert "Someone of 65 or more: 7" in page(client.get(reverse("shelters:waiting")))
    assert client.get(reverse("shelters:waiting_rules")).status_code == 403


def test_the_page_takes_the_same_queries_for_one_and_for_many(client, elena, shelter, django_assert_num_queries):
    waiting.join_list(by=elena, family=family_of(elena, 30, 5))
    client.force_login(elena)
    client.get(reverse("shelters:waiting"))
    with django_assert_num_queries(QUERIES):
        client.get(reverse("shelters:waiting"))
    for _ in range(4):
        waiting.join_list(by=elena, family=family_of(elena, 30, 5), shelter=shelter)

    with django_assert_num_queries(QUERIES):
        assert "5 families or parties wait" in page(client.get(reverse("shelters:waiting")))


# --- Two desks at once -----------------------------------------------------------------------------------------------


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_two_desks_put_one_family_on_the_list_at_once():
    ines = StaffFactory(role=Role.VOLUNTEER)
    family = FamilyFactory(organisation=ines.organisation)

    outcomes = at_once([lambda: waiting.join_list(by=ines, family=family)] * 4)

    assert outcomes.count("done") == 1
    assert set(outcomes) - {"done"} == {"This family is on the list already. Open its entry to change something."}


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_an_offer_and_a_check_in_at_once_leave_the_family_placed():
    ines = StaffFactory(role=Role.VOLUNTEER)
    shelter = ShelterFactory(organisation=ines.organisation)
    family = FamilyFactory(organisation=ines.organisation)
    entry = waiting.join_list(by=ines, family=family)
    places = beds_for(shelter, family)

    outcomes = at_once(
        [
            lambda: check_in_family(family=family, shelter=shelter, places=places, by=ines),
            lambda: waiting.offer_place(entry=entry, shelter=shelter, by=ines),
        ]
    )

    entry.refresh_from_db()
    assert entry.state == WaitingState.PLACED
    assert outcomes[0] == "done"
    assert outcomes[1] == "done" or "not on the list any more" in outcomes[1]
    assert WaitingChange.objects.filter(kind=ChangeKind.PLACED).count() == 1
