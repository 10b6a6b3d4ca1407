"""Safe trips: who leaves until when, the chain of those who are told, the return through the door, and what is erased."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from cases.models import AppointmentState, Task, TaskKind
from ngo.errors import Refused
from ngo.messaging.outbox import Ended
from ngo.models import Heartbeat
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from shelters import tasks
from shelters.models import (
    ALARM_STEPS,
    Direction,
    Passage,
    PastTrip,
    Trip,
    TripAlarm,
    TripEnd,
    TripEntry,
    TripPerson,
    TripState,
    TripStep,
)
from shelters.nights import instant_at, tonight
from shelters.services import absences, door, trip_alarms, trip_returns
from shelters.services import roll_call as calls
from shelters.services import trips as services
from shelters.services.capacity import figures
from shelters.services.roll_call_sheet import sheet_of
from shelters.services.stays import check_out
from shelters.services.trips import Goer
from shelters.trip_list import trip_file, trip_list, trips_in_short
from tests.factories import (
    AppointmentFactory,
    FamilyFactory,
    LeaveFactory,
    MembershipFactory,
    PlacementFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)
from tests.shelters.test_races import at_once
from tests.smtp import Sink

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)  # 6:00 of a Thursday in Tijuana.
HOUR = timedelta(hours=1)
PLACE, NAME, NUMBER = "Garita Chaparral ensayo", "Lic. Compañera Ensayo", "+52 664 555 0199"


@pytest.fixture
def clock(request):
    """It is early in the morning, and the clock stands; `clock.shift(…)` moves it."""
    with time_machine.travel(MORNING, tick=False) as moved:
        yield moved


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


def works_here(ines, role, **more):
    return StaffFactory(organisation=ines.organisation, role=role, **more)


@pytest.fixture
def worker(ines):
    return works_here(ines, Role.CASEWORKER)


@pytest.fixture
def coordinator(ines):
    return works_here(ines, Role.COORDINATOR)


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite", curfew_at=time(22), beds=6)


def lives_here(shelter, family=None, **more):
    family = family or FamilyFactory(organisation=shelter.organisation)
    stays = []
    for person in family.people:
        bed = shelter.spaces.get().beds.exclude(placements__isnull=False).first()
        arrived = timezone.now() - timedelta(days=3)
        stay = StayFactory(shelter=shelter, family=family, person=person, arrived_at=arrived, **more)
        stays.append(PlacementFactory(bed=bed, stay=stay).stay)
    return stays


@pytest.fixture
def stay(clock, shelter):
    return lives_here(shelter)[0]


@pytest.fixture
def sink(settings):
    with Sink() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.DEFAULT_FROM_EMAIL = "Posada <avisos@posada.example>"
        settings.EMAIL_TIMEOUT = 2
        yield running


def leave(stays, by, hours=4, **more):
    """They leave now, and are expected in some hours."""
    stays = stays if isinstance(stays, list) else [stays]
    back = timezone.now() + hours * HOUR
    goers = [Goer(stay.person, stay) for stay in stays]
    more = {"expected_at": back, "goers": goers} | more
    return services.open_trip(shelter=stays[0].shelter, by=by, **more)


def fresh(trip):
    return Trip.objects.select_related("shelter").get(pk=trip.pk)


def comes_in(stay, by):
    return door.pass_door(stay=stay, direction=Direction.IN, by=by)


def told(trip=None):
    """To whom each step was told, in its order."""
    rows = TripAlarm.objects.order_by("pk") if trip is None else trip.alarms.order_by("pk")
    return [(row.step, row.staff) for row in rows.select_related("staff")]


# --- Leaving -----------------------------------------------------------------------------------------------------------


def test_a_trip_changes_neither_bed_nor_figures_and_the_roll_call_knows_it(ines, shelter, stay):
    [before] = figures([shelter])
    trip = leave(stay, ines)

    assert figures([shelter]) == [before]
    away = door.outside([shelter])[stay.pk]
    assert (away.trip, away.due_at, away.went_out, away.leave) == (trip, trip.expected_at, None, None)
    assert away.since == trip.left_at
    [row] = sheet_of(shelter, tonight(shelter)).rows
    assert row.away.trip == trip
    assert not Passage.objects.exists()


def test_who_is_on_leave_and_on_a_trip_is_expected_back_from_the_trip_first(ines, shelter, stay):
    LeaveFactory(stay=stay, expected_back_at=timezone.now() + timedelta(days=3))
    trip = leave(stay, ines)

    away = door.outside([shelter])[stay.pk]
    assert (away.trip, away.due_at) == (trip, trip.expected_at)
    assert away.leave is not None


def test_the_door_takes_two_queries_whoever_is_out(ines, shelter, clock, django_assert_num_queries):
    family = FamilyFactory(organisation=shelter.organisation, people=4)
    leave(lives_here(shelter, family), ines)
    with django_assert_num_queries(2):
        assert len(door.outside([shelter])) == 4
    with django_assert_num_queries(2):
        assert door.late([shelter]) == {shelter.pk: 0}


def test_who_is_told_is_who_is_responsible_then_whom_the_house_names_then_coordinators(
    ines, worker, coordinator, shelter, stay
):
    appointment = AppointmentFactory(family=stay.family, owner=worker)
    assert services.usual_watchers(shelter, appointment) == (worker, coordinator)
    assert services.usual_watchers(shelter, None) == (coordinator, None)
    services.set_rules(shelter=shelter, minutes=30, first=ines, second=None, by=coordinator)

    trip = leave(stay, ines, appointment=appointment)

    assert (trip.first, trip.second) == (worker, ines)


def test_who_left_or_works_in_another_house_only_is_not_named(ines, worker, shelter, stay):
    elsewhere = works_here(ines, Role.CASEWORKER, shelters=[ShelterFactory(organisation=ines.organisation)])
    worker.memberships.update(ended_at=timezone.now())
    cook = works_here(ines, Role.SUPPLIES)

    for one in (elsewhere, worker, cook, StaffFactory(role=Role.CASEWORKER)):
        assert one not in services.watchers_at(shelter)
        with pytest.raises(Refused, match="must work in this house"):
            leave(stay, ines, first=one)
    assert services.usual_watchers(shelter, AppointmentFactory(family=stay.family, owner=worker)) == (None, None)
    with pytest.raises(Refused, match="two people"):
        leave(stay, ines, first=ines, second=ines)


def test_the_usual_return_is_after_the_hour_there_and_as_long_a_way_back(shelter, stay):
    starts = timezone.now() + 3 * HOUR
    appointment = AppointmentFactory(
        family=stay.family, starts_at=starts, report_at=starts - HOUR, leave_shelter_at=starts - 2 * HOUR
    )
    assert services.usual_return(appointment, timezone.now()) == starts + 4 * HOUR
    odd = timezone.now() + timedelta(minutes=7)
    assert services.usual_return(None, odd) == timezone.now() + timedelta(hours=3, minutes=15)
    assert services.usual_return(appointment, starts + 9 * HOUR) == starts + 13 * HOUR


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"expected_at": MORNING}, "back before they leave"),
        ({"expected_at": MORNING - HOUR}, "back before they leave"),
        ({"expected_at": MORNING + timedelta(days=15)}, "at most 14 days"),
        ({"goers": []}, "at least one person"),
        ({"companion": "X", "capacity": "spy"}, "Choose as what"),
    ],
)
def test_what_cannot_be_is_refused(ines, stay, given, sentence):
    with pytest.raises(Refused, match=sentence):
        leave(stay, ines, **given)
    assert not Trip.objects.exists()


def test_nobody_is_on_two_trips_and_nobody_leaves_who_has_left_or_lives_elsewhere(ines, shelter, stay):
    leave(stay, ines)
    gone = StayFactory(
        shelter=shelter, arrived_at=timezone.now() - timedelta(days=2), departed_at=timezone.now() - HOUR
    )
    other = StayFactory(shelter=ShelterFactory(organisation=ines.organisation))
    for goers, sentence in [
        ([Goer(stay.person, stay)], "another trip already"),
        ([Goer(gone.person, gone)], "has left the house"),
        ([Goer(other.person, other)], "two houses"),
        ([Goer(gone.person), Goer(gone.person)], "marked twice"),
    ]:
        with pytest.raises(Refused, match=sentence):
            services.open_trip(shelter=shelter, goers=goers, expected_at=timezone.now() + HOUR, by=ines)
    with pytest.raises(Refused, match="another organisation"):
        leave(stay, StaffFactory())
    with pytest.raises(IntegrityError), transaction.atomic():  # The database says so too.
        TripPerson.objects.create(trip=Trip.objects.get(), person=gone.person, stay=stay)


def test_an_appointment_that_is_off_or_of_somebody_else_opens_none(ines, stay):
    off = AppointmentFactory(family=stay.family, state=AppointmentState.CANCELLED)
    with pytest.raises(Refused, match="not on any more"):
        leave(stay, ines, appointment=off)
    with pytest.raises(Refused, match="does not exist here"):
        leave(stay, ines, appointment=AppointmentFactory())


# --- The chain ---------------------------------------------------------------------------------------------------------

# Minutes after the hour of return at which the sweep looks, and to how many steps of the chain it has come by then.
CHAIN = [(-1, 0), (0, 1), (1, 1), (59, 1), (60, 2), (119, 2), (120, 3), (121, 3), (600, 3)]


def test_the_chain_goes_from_the_first_to_the_second_to_every_coordinator(ines, worker, coordinator, stay, clock):
    second = works_here(ines, Role.COORDINATOR)
    trip = leave(stay, ines, first=worker, second=ines)
    states = []
    for minutes, steps in CHAIN:
        clock.move_to(trip.expected_at + timedelta(minutes=minutes))
        trip_alarms.tell_the_next(timezone.now())
        assert trip.entries.filter(what__in=ALARM_STEPS).count() == steps, minutes
        states.append(fresh(trip).state)

    assert states[0] == TripState.OUT
    assert set(states[1:6]) == {TripState.WARNED}
    assert set(states[6:]) == {TripState.ALARM}
    everybody = [worker, ines, coordinator, second]
    assert told(trip) == [("first", worker), ("second", ines), *(("everybody", one) for one in everybody)]


def test_the_minutes_are_the_houses_own(ines, worker, coordinator, shelter, stay, clock):
    services.set_rules(shelter=shelter, minutes=15, first=worker, second=None, by=coordinator)
    trip = leave(stay, ines)
    clock.move_to(trip.expected_at + timedelta(minutes=30))

    assert trip_alarms.tell_the_next(timezone.now()) == 3
    for minutes in (4, 721):
        with pytest.raises(Refused, match="between 5 and 720"):
            services.set_rules(shelter=shelter, minutes=minutes, first=None, second=None, by=coordinator)


def test_a_sweep_that_was_dead_for_a_day_tells_every_step_once(ines, worker, coordinator, stay, clock):
    trip = leave(stay, ines, first=worker)
    clock.move_to(trip.expected_at + timedelta(days=1))

    assert [trip_alarms.look().told for _again in range(3)] == [3, 0, 0]
    # Nobody was named second: the coordinators stand in.
    assert told(trip) == [
        ("first", worker),
        ("second", coordinator),
        ("everybody", worker),
        ("everybody", coordinator),
    ]


def test_who_takes_it_over_has_as_long_before_the_next_are_told(ines, worker, coordinator, stay, clock):
    trip = leave(stay, ines, first=worker, second=ines)
    with pytest.raises(Refused, match="not late"):
        services.take_over(trip=trip, by=worker)
    clock.move_to(trip.expected_at + timedelta(minutes=50))
    trip_alarms.tell_the_next(timezone.now())
    services.take_over(trip=trip, by=worker)

    file = trip_file(fresh(trip))
    assert (file.next_step, file.next_at) == (TripStep.SECOND, trip.expected_at + timedelta(minutes=110))
    for minutes, steps in [(109, 1), (110, 2), (169, 2), (170, 3)]:
        clock.move_to(trip.expected_at + timedelta(minutes=minutes))
        trip_alarms.tell_the_next(timezone.now())
        assert trip.entries.filter(what__in=ALARM_STEPS).count() == steps, minutes


def test_another_hour_and_a_sign_of_life_begin_the_chain_anew(ines, worker, stay, clock):
    trip = leave(stay, ines, first=worker)
    clock.move_to(trip.expected_at)
    trip_alarms.look()
    assert fresh(trip).state == TripState.WARNED

    services.extend(trip=trip, expected_at=timezone.now() + 2 * HOUR, reason="The court is late", by=ines)
    later = fresh(trip)
    assert (later.state, later.taken_by, later.alarm_from) == (TripState.OUT, None, later.expected_at)
    clock.shift(2 * HOUR)
    services.they_called(trip=trip, by=ines)
    assert fresh(trip).alarm_from == timezone.now() + HOUR
    assert trip_alarms.look().told == 0
    clock.shift(HOUR)
    assert trip_alarms.look().told == 1

    assert [row.round for row in trip.alarms.order_by("pk")] == [1, 3]
    for given, sentence in [({"reason": " "}, "Write why"), ({"expected_at": MORNING}, "before they leave")]:
        facts = {"expected_at": timezone.now() + HOUR, "reason": "Late"} | given
        with pytest.raises(Refused, match=sentence):
            services.extend(trip=trip, by=ines, **facts)


def test_a_sign_of_life_before_the_hour_moves_nothing_forward(ines, stay):
    trip = leave(stay, ines, hours=6)
    services.they_called(trip=trip, by=ines, words="They wait")

    assert fresh(trip).alarm_from == trip.expected_at


def test_an_alarm_tells_everybody_at_once_and_is_given_once(ines, worker, coordinator, stay):
    trip = leave(stay, ines, first=worker, second=ines)
    services.sos(trip=trip, by=ines, words="They were stopped")

    assert told(trip) == [("sos", worker), ("sos", ines), ("sos", coordinator)]
    assert fresh(trip).state == TripState.ALARM
    assert trips_in_short([stay.shelter]).late == 1
    with pytest.raises(Refused, match="given already"):
        services.sos(trip=trip, by=worker)
    services.they_called(trip=trip, by=ines)
    services.sos(trip=trip, by=ines)
    assert trip.alarms.count() == 6


def test_the_message_says_no_name_no_place_and_no_kind(ines, worker, stay, clock, sink):
    ines.language = "es"
    ines.save()
    trip = leave(stay, ines, first=worker, second=ines, where_to=PLACE, companion=NAME, capacity="lawyer")
    clock.move_to(trip.expected_at + HOUR)
    trip_alarms.look()

    assert {taken.to for taken in sink.taken} == {worker.email, ines.email}
    texts = {taken.to: taken.message.get_content() for taken in sink.taken}
    assert "Someone is not back at the hour that was agreed. Open Posada." in texts[worker.email]
    assert "Alguien no ha vuelto a la hora acordada. Abra Posada." in texts[ines.email]
    everything = " ".join([*texts.values(), *(taken.message["Subject"] for taken in sink.taken)])
    for word in (PLACE, NAME, stay.person.given_names, stay.shelter.name, "lawyer", f"/{trip.pk}"):
        assert word not in everything
    trip_alarms.look()
    assert len(sink.taken) == 2


def test_without_a_server_the_rows_say_so_and_the_page_is_red(ines, worker, stay, clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    trip = leave(stay, ines, first=worker)
    clock.move_to(trip.expected_at)
    trip_alarms.look()

    assert trip.alarms.get().state == OutgoingState.SUPPRESSED
    assert trips_in_short([stay.shelter]).late == 1


@pytest.mark.parametrize("what", ["back", "extended", "left"])
def test_nothing_leaves_that_is_not_true_any_more(ines, worker, stay, clock, sink, what):
    trip = leave(stay, ines, first=worker)
    clock.move_to(trip.expected_at)
    trip_alarms.tell_the_next(timezone.now())
    if what == "back":
        comes_in(stay, ines)
    elif what == "extended":
        services.extend(trip=trip, expected_at=timezone.now() + HOUR, reason="Late", by=ines)
    else:
        worker.memberships.update(ended_at=timezone.now() - HOUR)
    trip_alarms.send_alarms()

    assert sink.taken == []
    assert trip.alarms.get().state == OutgoingState.CANCELLED


def test_a_clock_that_stands_still_is_seen(ines, stay, clock, shelter):
    assert trip_list([shelter]).is_silent is False  # Nobody is out.
    trip = leave(stay, ines)
    assert (trips_in_short([shelter]).is_silent, trip_list([shelter]).is_silent) == (False, False)
    clock.shift(timedelta(minutes=6))
    assert (trips_in_short([shelter]).is_silent, trip_list([shelter]).is_silent) == (True, True)
    assert trip_file(fresh(trip)).is_silent

    tasks.look_after_trips()

    assert Heartbeat.objects.get(name="trips").beat_at == timezone.now()
    assert (trips_in_short([shelter]).is_silent, trip_list([shelter]).is_silent) == (False, False)


def test_the_clock_without_celery(ines, stay, clock, capsys):
    trip = leave(stay, ines)
    clock.move_to(trip.expected_at)
    call_command("watch_trips")

    assert "1 steps told" in capsys.readouterr().out


# --- Back --------------------------------------------------------------------------------------------------------------


def test_the_door_ends_the_trip_with_the_last_one_and_its_undo_begins_it_again(ines, shelter, clock):
    family = FamilyFactory(organisation=shelter.organisation, people=2)
    stays = lives_here(shelter, family)
    trip = leave(stays, ines)
    clock.shift(HOUR)
    comes_in(stays[0], ines)
    assert fresh(trip).state == TripState.OUT
    last = comes_in(stays[1], ines)

    ended = fresh(trip)
    assert (ended.state, ended.outcome, ended.ended_at) == (TripState.BACK, TripEnd.BACK, timezone.now())
    assert door.outside([shelter]) == {}
    door.undo_passage(passage=last, by=ines)
    again = fresh(trip)
    assert (again.state, again.ended_at, again.outcome) == (TripState.OUT, None, "")
    assert list(door.outside([shelter])) == [stays[1].pk]


def test_a_return_that_was_undone_after_the_hour_tells_the_first_again(ines, worker, stay, clock):
    trip = leave(stay, ines, first=worker)
    clock.move_to(trip.expected_at)
    trip_alarms.look()
    passage = comes_in(stay, ines)
    assert trip_alarms.look().told == 0
    door.undo_passage(passage=passage, by=ines)

    assert trip_alarms.look().told == 1
    assert told(trip) == [("first", worker), ("first", worker)]


def test_after_another_trip_the_undo_leaves_the_first_one_ended(ines, stay, clock):
    first = leave(stay, ines)
    clock.shift(HOUR)
    passage = comes_in(stay, ines)
    clock.shift(timedelta(minutes=5))
    second = leave(stay, ines)
    door.undo_passage(passage=passage, by=ines)

    assert (fresh(first).state, fresh(second).state) == (TripState.BACK, TripState.OUT)


def test_on_the_page_who_sleeps_here_is_written_at_the_door_and_who_does_not_is_written_there(
    ines, shelter, stay, clock
):
    outside = FamilyFactory(organisation=shelter.organisation).people[0]
    trip = services.open_trip(
        shelter=shelter,
        goers=[Goer(stay.person, stay), Goer(outside)],
        expected_at=timezone.now() + HOUR,
        by=ines,
    )
    clock.shift(timedelta(minutes=30))
    [other] = TripPerson.objects.filter(trip=trip, stay=None)
    trip_returns.come_back(trip=trip, by=ines, people=[other.pk])
    assert fresh(trip).state == TripState.OUT
    clock.shift(timedelta(minutes=5))
    trip_returns.come_back(trip=trip, by=ines)

    assert fresh(trip).state == TripState.BACK
    assert Passage.objects.get().stay == stay
    with pytest.raises(Refused, match="Nobody of them is out"):
        trip_returns.come_back(trip=trip, by=ines)
    trip_returns.take_back(trip=trip, by=ines)
    assert fresh(trip).state == TripState.OUT
    assert list(TripPerson.objects.filter(trip=trip, is_out=True)) == [TripPerson.objects.get(trip=trip, stay=stay)]
    with pytest.raises(Refused, match="nothing to take back"):
        trip_returns.take_back(trip=trip, by=ines)


def test_a_trip_that_ended_otherwise_says_how_and_can_be_taken_back(ines, stay):
    trip = leave(stay, ines)
    for outcome, reason, sentence in [
        ("back", "X", "Choose how"),
        ("lost", "X", "Choose"),
        ("elsewhere", " ", "how you"),
    ]:
        with pytest.raises(Refused, match=sentence):
            services.close(trip=trip, outcome=outcome, reason=reason, by=ines)
    services.close(trip=trip, outcome="elsewhere", reason="They called from the bus", by=ines)

    assert (fresh(trip).state, fresh(trip).outcome) == (TripState.CLOSED, TripEnd.ELSEWHERE)
    assert door.outside([stay.shelter]) == {}
    with pytest.raises(Refused, match="has ended"):
        services.they_called(trip=trip, by=ines)
    trip_returns.take_back(trip=trip, by=ines)
    assert door.outside([stay.shelter])[stay.pk].trip == trip


def test_who_did_not_return_is_the_legal_teams_and_is_never_erased_by_itself(ines, stay, clock):
    trip = leave(stay, ines)
    clock.move_to(trip.expected_at + 6 * HOUR)
    services.did_not_return(trip=trip, reason="Nobody answers", by=ines)

    task = Task.objects.get(kind=TaskKind.NOT_BACK)
    assert (task.role, task.is_urgent, task.is_open) == (Role.LEGAL, True, True)
    with pytest.raises(Refused, match="written already"):
        services.did_not_return(trip=trip, reason="X", by=ines)
    short = trips_in_short([stay.shelter])
    assert (short.out, short.late, short.not_back) == (0, 0, 1)
    clock.shift(timedelta(days=40))
    assert trip_alarms.look().erased == 0
    assert door.outside([stay.shelter])[stay.pk].is_late
    comes_in(stay, ines)
    task.refresh_from_db()
    assert (fresh(trip).state, task.is_open) == (TripState.BACK, False)


def test_who_left_the_house_for_good_is_not_waited_for(ines, stay, clock):
    trip = leave(stay, ines)
    clock.shift(HOUR)
    check_out(stays=[stay], by=ines, exit_reason="crossed")
    clock.move_to(trip.expected_at + HOUR)
    done = trip_alarms.look()

    assert (done.told, done.ended) == (0, 1)
    assert (fresh(trip).state, fresh(trip).outcome) == (TripState.CLOSED, TripEnd.DEPARTED)


def test_no_departure_is_proposed_for_who_is_out_on_a_trip(ines, shelter, stay, clock):
    trip = leave(stay, ines, hours=24 * 6)
    for _night in range(shelter.absent_nights):
        clock.shift(timedelta(days=1))
        calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer="absent", by=ines)
    clock.shift(timedelta(hours=12))
    assert absences.proposals([shelter]) == []
    services.close(trip=trip, outcome="elsewhere", reason="At a sister's", by=ines)

    assert len(absences.proposals([shelter])) == 1


def test_who_left_without_saying_is_still_looked_for(ines, worker, stay, clock):
    trip = leave(stay, ines, first=worker)
    clock.shift(HOUR)
    check_out(stays=[stay], by=ines, exit_reason="unknown")
    clock.move_to(trip.expected_at)
    done = trip_alarms.look()

    assert (done.told, done.ended) == (1, 0)
    trip_returns.come_back(trip=trip, by=ines)
    assert fresh(trip).state == TripState.BACK


def test_a_return_that_is_typed_in_from_paper_days_later_can_be_taken_back(ines, stay, clock):
    trip = leave(stay, ines)
    clock.shift(timedelta(days=3))
    paper = door.pass_door(
        stay=stay, direction=Direction.IN, by=ines, happened_at=timezone.now() - timedelta(days=2), source="paper"
    )
    assert trip_alarms.look().erased == 0
    assert fresh(trip).state == TripState.BACK
    trip_returns.take_back(trip=trip, by=ines)
    assert fresh(trip).state == TripState.OUT
    assert Passage.objects.filter(undoes=paper).exists()


def test_an_answer_present_of_the_roll_call_puts_them_in_the_house_but_silences_no_alarm(
    ines, worker, shelter, stay, clock
):
    trip = leave(stay, ines, first=worker, hours=14)
    clock.move_to(trip.expected_at - timedelta(minutes=10))
    calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer="present", by=ines)
    clock.move_to(trip.expected_at)

    assert door.outside([shelter]) == {}
    assert trip_alarms.look().told == 1


# --- Whatever happens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_each_step_is_told_once_and_nothing_is_told_of_who_is_heard_of(
    ines, worker, shelter, clock, seed
):
    """Fifty acts in any order, refused or not, with the sweep between them."""
    dice = Random(seed)
    stays = lives_here(shelter, FamilyFactory(organisation=shelter.organisation, people=3))
    trip = leave(stays, ines, first=worker, second=ines)
    acts = [
        lambda: door.pass_door(stay=dice.choice(stays), direction=dice.choice([Direction.IN, Direction.OUT]), by=ines),
        lambda: door.undo_passage(passage=Passage.objects.filter(undoes=None).latest("pk"), by=ines),
        lambda: services.take_over(trip=trip, by=worker),
        lambda: services.they_called(trip=trip, by=ines),
        lambda: services.extend(trip=trip, expected_at=timezone.now() + dice.randint(1, 9) * HOUR, reason="X", by=ines),
        lambda: services.sos(trip=trip, by=ines),
        lambda: services.did_not_return(trip=trip, reason="X", by=ines),
        lambda: services.close(trip=trip, outcome="called_off", reason="X", by=ines),
        lambda: trip_returns.come_back(trip=trip, by=ines),
        lambda: trip_returns.take_back(trip=trip, by=ines),
        lambda: clock.shift(timedelta(minutes=dice.randint(5, 90))),
        lambda: trip_alarms.tell_the_next(timezone.now()),
    ]
    for _turn in range(50):
        with suppress(Refused, Passage.DoesNotExist), transaction.atomic():
            dice.choice(acts)()
        row, out = fresh(trip), TripPerson.objects.filter(trip=trip, is_out=True)
        steps = list(trip.entries.filter(what__in=ALARM_STEPS).values_list("round", "what"))
        assert len(steps) == len(set(steps))
        assert row.has_ended is not out.exists()
        if not row.is_on_the_way:
            assert trip_alarms.tell_the_next(timezone.now() + timedelta(days=9)) == 0
            waiting = trip.alarms.filter(state=OutgoingState.PENDING)
            assert {type(trip_alarms.last_look(one)) for one in waiting} <= {Ended}
        if row.is_on_the_way and row.alarm_from <= timezone.now():
            trip_alarms.tell_the_next(timezone.now())
            assert fresh(trip).needs_someone
    assert {one.pk for one in TripPerson.objects.filter(is_out=True)} == {one.pk for one in out}


# --- Clocks that change ------------------------------------------------------------------------------------------------


def test_a_return_on_the_night_on_which_the_clock_goes_back_is_told_at_the_first_of_two_hours(ines, worker, shelter):
    with time_machine.travel(datetime(2026, 11, 1, 5, 0, tzinfo=UTC), tick=False) as clock:  # 22:00 on Saturday.
        stay = lives_here(shelter)[0]
        back = instant_at(shelter, date(2026, 11, 1), time(1, 30))
        leave(stay, ines, expected_at=back, first=worker)
        assert back == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
        clock.move_to(back - timedelta(seconds=1))
        assert trip_alarms.look().told == 0
        clock.move_to(back)
        assert trip_alarms.look().told == 1
        clock.move_to(back + HOUR)  # 1:30 again: an hour has passed, whatever the wall says.
        assert trip_alarms.look().told == 1
        assert trip_list([shelter]).late[0].late_minutes == 60


def test_an_hour_that_the_clock_skips_is_the_hour_after(shelter):
    spring = instant_at(shelter, date(2027, 3, 14), time(2, 30))
    assert spring.astimezone(ZoneInfo("America/Tijuana")).time() == time(3, 30)


# --- Erased --------------------------------------------------------------------------------------------------------------


def whatever_is_stored():
    """Every row of every table of ours, as text; history and the read log among them."""
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            fields = [field.attname for field in model._meta.concrete_fields]
            for row in model._default_manager.values(*fields):
                yield model._meta.label, str(row)


def test_a_day_after_the_return_no_hour_no_place_and_nobody_of_it_is_left_anywhere(
    client, ines, worker, shelter, clock
):
    family = FamilyFactory(organisation=shelter.organisation, people=2)
    stays = lives_here(shelter, family)
    appointment = AppointmentFactory(family=family, owner=worker, starts_at=timezone.now() + 2 * HOUR)
    client.force_login(ines)
    clock.shift(timedelta(minutes=3, seconds=21))
    trip = leave(
        stays, ines, appointment=appointment, where_to=PLACE, companion=NAME, capacity="lawyer", companion_phone=NUMBER
    )
    assert PLACE in client.get(f"/trips/{trip.pk}/").content.decode()
    clock.move_to(trip.expected_at + timedelta(minutes=61))
    services.extend(trip=trip, expected_at=timezone.now() + HOUR, reason=f"Tarde en {PLACE}", by=ines)
    clock.shift(HOUR)
    trip_alarms.look()
    moments = [trip.left_at, trip.expected_at, fresh(trip).expected_at, *TripEntry.objects.values_list("at", flat=True)]
    clock.shift(timedelta(minutes=17))
    for stay in stays:
        comes_in(stay, ines)
    before = list(whatever_is_stored())
    assert any(PLACE in text for _label, text in before)
    clock.shift(timedelta(hours=24, seconds=-1))
    assert trip_alarms.look().erased == 0
    clock.shift(timedelta(seconds=2))
    assert [trip_alarms.look().erased for _again in range(2)] == [1, 0]

    assert not any(model.objects.exists() for model in (Trip, TripPerson, TripEntry, TripAlarm))
    after = list(whatever_is_stored())
    # That somebody of the staff opened a page at an hour stands in the read log, and that the door saw them come in at the door.
    of_the_trip = [(label, text) for label, text in after if label not in {"ngo.ReadLog", "shelters.Passage"}]
    for mark in (PLACE, NAME, NUMBER, *(repr(moment) for moment in moments)):
        assert [label for label, text in of_the_trip if mark in text] == [], mark
    assert not [text for _label, text in after if PLACE in text or NAME in text or NUMBER in text]
    past = PastTrip.objects.get()
    assert (past.people, past.outcome, past.told) == (2, TripEnd.BACK, TripStep.FIRST)
    assert past.month == date(2026, 11, 1)
    later = Client()
    later.force_login(ines)
    assert later.get(f"/trips/{trip.pk}/").status_code == 404


def test_what_remains_of_a_trip_leads_to_nobody():
    """Neither to its people nor to its appointment, which names them, the place and the hour."""
    leads_to = [field.name for field in PastTrip._meta.get_fields() if field.is_relation]
    assert leads_to == ["organisation", "shelter"]


def test_nothing_of_a_trip_has_a_history():
    tables = connection.introspection.table_names()
    assert [name for name in tables if "trip" in name and name.endswith("event")] == ["shelters_triprulesevent"]


# --- Two at once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
def test_two_sweeps_at_once_tell_and_erase_once(ines, worker, coordinator, shelter):
    stay = lives_here(shelter)[0]
    trip = leave(stay, ines, first=worker)
    now = trip.expected_at + 3 * HOUR

    assert set(at_once([lambda: trip_alarms.tell_the_next(now) for _ in range(6)])) == {"done"}
    assert trip.entries.filter(what__in=ALARM_STEPS).count() == 3
    assert len(told(trip)) == 4
    comes_in(stay, ines)
    late = timezone.now() + timedelta(days=2)
    assert set(at_once([lambda: trip_alarms.erase(late) for _ in range(6)])) == {"done"}
    assert PastTrip.objects.count() == 1
    assert not Trip.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
@pytest.mark.parametrize("number", range(3))
def test_a_return_while_the_alarm_goes_out_leaves_no_alarm_behind(ines, worker, shelter, sink, number):
    stays = lives_here(shelter, FamilyFactory(organisation=shelter.organisation, people=2))
    trip = leave(stays, ines, first=worker)
    now = trip.expected_at + 3 * HOUR
    acts = [lambda: trip_alarms.tell_the_next(now)] * 2 + [lambda stay=stay: comes_in(stay, ines) for stay in stays]
    acts.append(lambda: trip_returns.come_back(trip=trip, by=ines))

    outcomes = at_once(acts)

    assert {one for one in outcomes if one != "done"} <= {
        "Nobody of them is out any more: somebody wrote it a moment ago."
    }
    assert fresh(trip).state == TripState.BACK
    trip_alarms.send_alarms()
    assert sink.taken == []
    assert trip_alarms.tell_the_next(now) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
def test_two_desks_that_let_the_same_family_leave_open_one_trip(ines, shelter):
    stays = lives_here(shelter, FamilyFactory(organisation=shelter.organisation, people=2))

    outcomes = at_once([lambda: leave(stays, ines) for _ in range(6)])

    assert outcomes.count("done") == 1
    assert {one for one in outcomes if one != "done"} == {
        "Somebody of them is out on another trip already. Look at the trips."
    }
    assert Trip.objects.count() == 1


def test_a_coordinator_of_another_house_hears_nothing(ines, coordinator, stay, clock):
    stranger = StaffFactory(role=Role.COORDINATOR)
    MembershipFactory(staff=stranger, organisation=StaffFactory().organisation, role=Role.COORDINATOR)
    trip = leave(stay, ines)
    clock.move_to(trip.expected_at + 3 * HOUR)
    trip_alarms.tell_the_next(timezone.now())

    assert {one for _step, one in told(trip)} == {coordinator}
