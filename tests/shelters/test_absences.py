"""Absent without word: when a departure is proposed, from which moment, and that only a person writes it."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from cases.models import ChildAlert
from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Answer, Direction, Passage, Stay
from shelters.nights import ONE_DAY, morning_after
from shelters.services import absences, door, stays, undo
from tests.factories import (
    FamilyFactory,
    LeaveFactory,
    PassageFactory,
    PlacementFactory,
    RollCallMarkFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db
TIJUANA = ZoneInfo("America/Tijuana")
TONIGHT = date(2026, 11, 18)
NOW = datetime.combine(TONIGHT, time(23), TIJUANA)


def before(nights, hour=20):
    return datetime.combine(TONIGHT - nights * ONE_DAY, time(hour), TIJUANA)


@pytest.fixture(autouse=True)
def evening():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite", beds=6)


@pytest.fixture
def stay(shelter):
    bed = shelter.spaces.get().beds.first()
    return PlacementFactory(bed=bed, stay=StayFactory(shelter=shelter, arrived_at=before(20))).stay


def answers(stay, **by_night):
    """`answers(stay, n3="present", n2="absent")`: what the roll-call of three nights ago said, and of two."""
    for name, answer in by_night.items():
        night = TONIGHT - int(name[1:]) * ONE_DAY
        RollCallMarkFactory(
            stay=stay, night=night, answer=Answer(answer), happened_at=datetime.combine(night, time(22), TIJUANA)
        )


def proposed(shelter):
    return [
        ([stay.pk for stay in one.stays], one.nights_absent, one.last_night, one.leaves_at)
        for one in absences.proposals([shelter])
    ]


def test_three_nights_absent_propose_a_departure_on_the_morning_after_the_last_night_seen(shelter, stay):
    answers(stay, n3="present", n2="absent", n1="absent")
    assert proposed(shelter) == []
    answers(stay, n0="absent")

    last = TONIGHT - 3 * ONE_DAY
    assert proposed(shelter) == [([stay.pk], 3, last, morning_after(shelter, last))]
    stay.refresh_from_db()
    assert stay.departed_at is None  # Proposed, not done.


def test_the_number_of_nights_is_the_houses_own(shelter, stay):
    answers(stay, n2="present", n1="absent", n0="absent")
    assert proposed(shelter) == []
    shelter.absent_nights = 2
    shelter.save()

    assert len(proposed(shelter)) == 1


def test_a_night_without_an_answer_is_unknown_it_neither_counts_nor_forgives(shelter, stay):
    answers(stay, n5="present", n4="absent", n2="absent")
    assert proposed(shelter) == []
    answers(stay, n0="absent")

    assert proposed(shelter)[0][1:3] == (3, TONIGHT - 5 * ONE_DAY)


@pytest.mark.parametrize("answer", ["present", "leave"])
def test_an_answer_that_accounts_for_somebody_begins_the_count_anew(shelter, stay, answer):
    answers(stay, n6="absent", n5="absent", n4="absent", n3=answer, n2="absent", n1="absent")

    assert proposed(shelter) == []


def test_who_was_never_seen_since_arriving_left_on_the_first_morning(shelter):
    stay = StayFactory(shelter=shelter, arrived_at=before(3))
    answers(stay, n2="absent", n1="absent", n0="absent")

    assert proposed(shelter)[0][2:] == (TONIGHT - 3 * ONE_DAY, morning_after(shelter, TONIGHT - 3 * ONE_DAY))


def test_who_was_seen_going_out_left_then(shelter, stay):
    answers(stay, n4="present", n2="absent", n1="absent", n0="absent")
    PassageFactory(stay=stay, happened_at=before(3, 19))

    assert proposed(shelter)[0][2:] == (TONIGHT - 4 * ONE_DAY, before(3, 19))


def test_who_was_seen_coming_in_is_not_absent_without_word(shelter, stay):
    answers(stay, n3="absent", n2="absent", n1="absent", n0="absent")
    PassageFactory(stay=stay, happened_at=before(1, 12), direction="in")

    assert proposed(shelter) == []


def test_agreed_leave_is_word_until_the_return_and_not_after(shelter, stay):
    answers(stay, n5="present", n4="absent", n3="absent", n2="absent", n1="absent", n0="absent")
    leave = LeaveFactory(stay=stay, starts_at=before(5), expected_back_at=before(-1))
    assert proposed(shelter) == []
    leave.expected_back_at = before(2, 12)
    leave.save()

    assert proposed(shelter) == [([stay.pk], 3, TONIGHT - 3 * ONE_DAY, before(2, 12))]


def test_who_was_moved_to_another_bed_meanwhile_left_no_earlier_than_that(shelter, stay, ines):
    answers(stay, n4="present", n3="absent", n2="absent", n1="absent")
    bed = shelter.spaces.get().beds.last()
    stays.move(stay=stay, space=bed.space, bed=bed, by=ines, happened_at=before(2), reason="Limpieza")

    assert proposed(shelter)[0][3] == before(2)


def test_a_family_that_went_together_is_one_proposal(shelter, ines):
    family = FamilyFactory(organisation=ines.organisation, ages=[34, 9])
    both = [StayFactory(shelter=shelter, family=family, person=each, arrived_at=before(9)) for each in family.people]
    for stay in both:
        answers(stay, n3="present", n2="absent", n1="absent", n0="absent")

    [(stays_of, *_rest)] = proposed(shelter)
    assert stays_of == [stay.pk for stay in both]
    absences.confirm_departure(stay=both[0], leaves_at=absences.proposals([shelter])[0].leaves_at, by=ines)

    assert not Stay.objects.current().exists()
    assert not ChildAlert.objects.exists()  # Nobody was left behind.


def test_a_person_writes_it_and_it_can_be_undone(client, ines, shelter, stay):
    answers(stay, n3="present", n2="absent", n1="absent", n0="absent")
    client.force_login(ines)
    shown = client.get("/shelters/mezquite/door/absent/").content.decode()
    assert stay.person.full_name in shown
    [one] = absences.proposals([shelter])
    assert one.leaves_at.isoformat() in shown

    client.post(reverse("shelters:door_absent_confirm", args=[stay.pk]), {"leaves_at": one.leaves_at.isoformat()})

    stay.refresh_from_db()
    assert (stay.departed_at, stay.exit_reason) == (one.leaves_at, "unknown")
    assert proposed(shelter) == []
    undo.undo(act=shelter.acts.latest("pk"), by=ines)
    assert len(proposed(shelter)) == 1


def test_a_proposed_departure_that_is_pressed_twice_says_so(client, ines, shelter, stay):
    answers(stay, n3="present", n2="absent", n1="absent", n0="absent")
    [one] = absences.proposals([shelter])
    client.force_login(ines)
    url, sent = reverse("shelters:door_absent_confirm", args=[stay.pk]), {"leaves_at": one.leaves_at.isoformat()}
    client.post(url, sent)

    answer = client.post(url, sent)

    assert answer.status_code == 409
    assert "has already left. To take them in again" in answer.content.decode()


def test_what_changed_since_the_page_was_shown_is_not_done(client, ines, shelter, stay):
    answers(stay, n3="present", n2="absent", n1="absent", n0="absent")
    [one] = absences.proposals([shelter])
    PassageFactory(stay=stay, happened_at=before(1, 12), direction="in")
    with pytest.raises(Refused, match="Something is known of them since"):
        absences.confirm_departure(stay=stay, leaves_at=one.leaves_at, by=ines)
    client.force_login(ines)
    for sent in ("", "yesterday", "2026-13-40T00:00:00+00:00", "2026-11-16T15:00:00"):
        answer = client.post(reverse("shelters:door_absent_confirm", args=[stay.pk]), {"leaves_at": sent})
        assert answer.status_code == 409

    stay.refresh_from_db()
    assert stay.departed_at is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
def test_who_comes_back_while_the_departure_is_written_is_in_the_house_or_out_of_it_never_both(shelter, stay, ines):
    answers(stay, n3="present", n2="absent", n1="absent", n0="absent")
    [one] = absences.proposals([shelter])

    outcomes = at_once(
        [
            lambda: absences.confirm_departure(stay=stay, leaves_at=one.leaves_at, by=ines),
            lambda: door.pass_door(stay=stay, direction=Direction.IN, by=ines),
            lambda: absences.confirm_departure(stay=stay, leaves_at=one.leaves_at, by=ines),
        ]
    )

    stay.refresh_from_db()
    came = Passage.objects.filter(stay=stay).exists()
    assert (stay.departed_at is None) == came
    assert outcomes.count("done") == 1


def test_the_list_takes_five_queries_for_any_number_of_houses_and_people(
    shelter, stay, ines, django_assert_num_queries
):
    other = ShelterFactory(organisation=ines.organisation)
    for one in [
        stay,
        *(StayFactory(shelter=house, arrived_at=before(9)) for house in (shelter, other) for _ in range(5)),
    ]:
        answers(one, n2="absent", n1="absent", n0="absent")

    with django_assert_num_queries(5):
        assert len(absences.proposals([shelter, other])) == 11


def test_another_organisations_house_proposes_nothing_here(client, ines, shelter):
    theirs = StayFactory(arrived_at=before(9))
    answers(theirs, n2="absent", n1="absent", n0="absent")
    client.force_login(ines)

    assert "Nobody has been absent for so long." in client.get("/shelters/mezquite/door/absent/").content.decode()
    assert client.post(reverse("shelters:door_absent_confirm", args=[theirs.pk])).status_code == 404
