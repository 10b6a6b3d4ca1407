"""The log of who was turned away: two taps, what is missing, children alone, taking back, and the sum for the report."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Composition, TurnAway, TurnAwayReason
from shelters.nights import ONE_DAY, local, tonight
from shelters.services import capacity, turn_aways
from tests.factories import OfficeFactory, ShelterFactory, StaffFactory, TurnAwayFactory

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 11, 18)


@pytest.fixture
def ines():
    return StaffFactory(role=Role.VOLUNTEER, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite")


@pytest.fixture
def door(client, ines, shelter):
    client.force_login(ines)
    return client


ADDRESS = "/shelters/mezquite/turned-away/"


def page(answer):
    return " ".join(answer.content.decode().split())


def log(client, follow=True, **changes):
    data = {"size": "4", "composition": "family", "reason": "full"} | changes
    return client.post(ADDRESS, data, follow=follow)


def test_two_taps_write_a_party_down_and_it_is_seen_with_who_wrote_it(door, ines, shelter):
    shown = page(log(door))

    row = TurnAway.objects.get()
    assert (row.party_size, row.composition, row.reason, row.night) == (4, "family", "full", tonight(shelter))
    assert row.recorded_by == ines
    assert "Written down." in shown
    assert "4 people turned away" in shown
    assert "4 people. Family." in shown
    assert ", Inés Prueba" in shown


def test_the_next_party_begins_with_who_the_last_one_was(door):
    assert 'value="family" id="id_composition_3" checked' in page(door.get(ADDRESS))

    shown = page(log(door, composition="men"))

    assert 'value="men" id="id_composition_0" checked' in shown


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": ""}, "Choose how many they were."),
        ({"size": "7"}, "Write how many they were."),
        ({"number": "0"}, "Write at least 1."),
        ({"number": "501"}, "Write at most 500"),
        ({"number": "many"}, "Write how many they are, with a number."),
        ({"composition": ""}, "Choose who they are."),
        ({"reason": ""}, "Choose why."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(door, changes, sentence):
    assert sentence in page(log(door, **changes))
    assert not TurnAway.objects.exists()


def test_a_number_goes_before_the_buttons(door):
    log(door, size="7", number="23", sent_to="Casa Ocotillo")

    assert (TurnAway.objects.get().party_size, TurnAway.objects.get().sent_to) == (23, "Casa Ocotillo")


def test_it_is_taken_back_from_the_toast_or_the_list_and_the_record_shows_both(door):
    log(door)
    row = TurnAway.objects.get()

    shown = page(door.post(reverse("shelters:turn_away_void", args=[row.pk]), follow=True))

    row.refresh_from_db()
    assert row.voided_at is not None
    assert "<del>4 people. Family.</del>" in shown
    assert "Taken back by Inés Prueba" in shown
    assert "people turned away" not in shown
    again = page(door.post(reverse("shelters:turn_away_void", args=[row.pk])))
    assert "This has already been taken back." in again


def test_children_alone_bring_a_warning_first_and_are_still_written_down_truly(door, shelter):
    OfficeFactory(city=shelter.city, name="Procuraduría Muestra")

    shown = page(log(door, composition="children", size="2"))
    assert "Children without an adult must not be sent away" in shown
    assert "Procuraduría Muestra" in shown
    assert reverse("cases:intake") in shown
    assert not TurnAway.objects.exists()
    shown = page(log(door, composition="children", size="2", children_alone="1"))

    assert "Tell the coordinator and the child-protection office now." in shown
    assert TurnAway.objects.get().composition == "children"
    assert 'value="family" id="id_composition_3" checked' in page(door.get(ADDRESS))  # Never the usual party.


def test_paper_is_entered_with_its_own_day_and_hour(door, shelter):
    moment = local(shelter, timezone.now() - timedelta(days=2)).replace(hour=21, minute=15, second=0, microsecond=0)
    day = moment.date()
    when = {"happened_on_day": day.day, "happened_on_month": day.month, "happened_on_year": day.year}

    log(door, **when, happened_hour="21:15")

    assert (TurnAway.objects.get().night, TurnAway.objects.get().happened_at) == (day, moment)


def write(shelter, by, **kwargs):
    return turn_aways.log_turn_away(
        shelter=shelter,
        party_size=kwargs.pop("party_size", 2),
        composition=Composition.MEN,
        reason=TurnAwayReason.CURFEW,
        by=by,
        **kwargs,
    )


def test_after_midnight_it_belongs_to_the_night_before(ines, shelter):
    with time_machine.travel(datetime.combine(NIGHT + ONE_DAY, time(2, 30), ZoneInfo("America/Tijuana"))):
        assert write(shelter, ines).night == NIGHT


def test_what_has_not_come_and_what_is_long_ago_is_refused(ines, shelter):
    now = timezone.now()
    with pytest.raises(Refused, match="has not come yet"):
        write(shelter, ines, happened_at=now + timedelta(hours=1))
    with pytest.raises(Refused, match="more than 7 days ago"):
        write(shelter, ines, happened_at=now - timedelta(days=9))
    old = TurnAwayFactory(shelter=shelter, night=tonight(shelter) - 9 * ONE_DAY)
    with pytest.raises(Refused, match="more than 7 days ago"):
        turn_aways.void_turn_away(turn_away=old, by=ines)


def test_another_organisation_writes_and_takes_back_nothing(shelter):
    stranger = StaffFactory(role=Role.COORDINATOR)
    with pytest.raises(Refused, match="another organisation"):
        write(shelter, stranger)
    with pytest.raises(Refused, match="another organisation"):
        turn_aways.void_turn_away(turn_away=TurnAwayFactory(shelter=shelter), by=stranger)


def test_the_sum_of_a_night_is_of_what_stands_and_nothing_written_is_not_zero(shelter, django_assert_num_queries):
    night = tonight(shelter)
    other = ShelterFactory(organisation=shelter.organisation)
    TurnAwayFactory(shelter=shelter, party_size=3)
    TurnAwayFactory(shelter=shelter, party_size=4)
    TurnAwayFactory(shelter=shelter, party_size=9, voided_at=timezone.now())
    TurnAwayFactory(shelter=shelter, party_size=1, night=night - ONE_DAY)
    pairs = [(shelter.pk, night), (shelter.pk, night - ONE_DAY), (shelter.pk, night - 2 * ONE_DAY), (other.pk, night)]

    with django_assert_num_queries(1):
        found = turn_aways.turned_away(pairs)

    assert [found[pair] for pair in pairs] == [7, 1, None, None]
    assert [row.turned_away for row in capacity.figures([shelter, other], night)] == [7, None]


def test_the_page_takes_the_same_queries_however_many_parties(door, shelter, ines, django_assert_num_queries):
    TurnAwayFactory(shelter=shelter, recorded_by=ines)
    door.get(ADDRESS)
    with django_assert_num_queries(6):
        door.get(ADDRESS)
    for _ in range(8):
        TurnAwayFactory(shelter=shelter, recorded_by=ines)
    with django_assert_num_queries(6):
        door.get(ADDRESS)
