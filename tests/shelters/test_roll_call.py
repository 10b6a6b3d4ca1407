"""The roll-call: who is expected, what was answered, whose answer counts, taking it back, and what it does to the figures."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.range import TimestamptzRange

from ngo.errors import Refused
from shelters.models import (
    Answer,
    CountingMethod,
    Direction,
    MarkSource,
    PlacementState,
    RollCall,
    RollCallMark,
    Source,
)
from shelters.nights import ONE_DAY, morning_after, tonight
from shelters.services import capacity
from shelters.services import roll_call as calls
from shelters.services.door import pass_door
from shelters.services.roll_call_sheet import sheet_of
from tests import SOAK
from tests.factories import (
    BedFactory,
    PlacementFactory,
    RollCallMarkFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
    TurnAwayFactory,
)

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 11, 18)
TIJUANA = ZoneInfo("America/Tijuana")


def wall(day, hour, minute=0, zone=TIJUANA):
    """An instant on the shelter's clock, `day` days after NIGHT."""
    return datetime.combine(NIGHT + timedelta(days=day), time(hour, minute), zone)


@pytest.fixture
def at_ten():
    """Ten in the evening of the night, on a clock that goes on."""
    with time_machine.travel(wall(0, 22)) as clock:
        yield clock


@pytest.fixture
def shelter():
    return ShelterFactory(city=None, zone="America/Tijuana")


@pytest.fixture
def ines(shelter):
    return StaffFactory(organisation=shelter.organisation, name="Inés Prueba")


def guest(shelter, space=None, **kwargs):
    """Someone in a new bed of a space since the afternoon."""
    space = space or shelter.spaces.first() or SpaceFactory(shelter=shelter)
    kwargs.setdefault("arrived_at", wall(0, 15))
    state = PlacementState.OUT if kwargs.get("departed_at") else PlacementState.IN
    return PlacementFactory(bed=BedFactory(space=space), stay=StayFactory(shelter=shelter, **kwargs), state=state).stay


def mark(stay, answer, by, **kwargs):
    return calls.mark_guest(
        shelter=stay.shelter, night=kwargs.pop("night", NIGHT), stay=stay, answer=answer, by=by, **kwargs
    )


def current(stay):
    return [one.answer for one in RollCallMark.objects.current().filter(stay=stay)]


def figures(shelter, night=NIGHT, now=None):
    (row,) = capacity.figures([shelter], night, now)
    return row


# --- The list --------------------------------------------------------------------------------------------------------
def test_everyone_in_the_house_is_expected_by_space_and_bed(shelter, at_ten):
    women, men = SpaceFactory(shelter=shelter, position=1), SpaceFactory(shelter=shelter, position=2)
    his, hers = guest(shelter, men), guest(shelter, women)
    nowhere = StayFactory(shelter=shelter, arrived_at=wall(0, 12))
    guest(shelter, women, departed_at=wall(0, 18))
    StayFactory(shelter=shelter, arrived_at=wall(0, 12), voided_at=wall(0, 13))

    sheet = sheet_of(shelter, NIGHT)

    assert [(group.space, [row.stay_id for row in group.rows]) for group in sheet.groups] == [
        (women, [hers.pk]),
        (men, [his.pk]),
        (None, [nowhere.pk]),
    ]
    assert (sheet.expected, sheet.counted, sheet.missing) == (3, 0, 3)


def test_whoever_comes_after_it_was_begun_is_on_the_list_as_not_counted(shelter, ines, at_ten):
    mark(guest(shelter), Answer.PRESENT, ines)
    at_ten.move_to(wall(0, 23))
    late = guest(shelter, arrived_at=wall(0, 23))

    rows = {row.stay_id: row for row in sheet_of(shelter, NIGHT).rows}

    assert rows[late.pk].is_late
    assert rows[late.pk].answer == ""
    assert sheet_of(shelter, NIGHT).missing == 1


def test_whoever_left_meanwhile_is_gone_from_the_list_and_the_answer_stays(shelter, ines, at_ten):
    stay = guest(shelter)
    mark(stay, Answer.PRESENT, ines)
    stay.placements.update(state=PlacementState.OUT, actual=TimestamptzRange(stay.arrived_at, wall(0, 22)))
    stay.departed_at = timezone.now()
    stay.save()

    assert sheet_of(shelter, NIGHT).rows == []
    assert current(stay) == ["present"]
    with pytest.raises(Refused, match="left the house at 22:00 and is no longer on the list"):
        mark(stay, Answer.ABSENT, ines)


def test_after_midnight_it_is_still_the_night_of_the_evening(shelter, ines, at_ten):
    stay = guest(shelter)
    at_ten.move_to(wall(1, 2, 30))

    mark(stay, Answer.PRESENT, ines, night=tonight(shelter))

    assert RollCall.objects.get().night == NIGHT


def test_who_was_absent_last_night_too_is_pointed_out(shelter, ines, at_ten):
    stay = guest(shelter, arrived_at=wall(-2, 15))
    RollCallMarkFactory(stay=stay, night=NIGHT - ONE_DAY, answer=Answer.ABSENT)

    assert [row.was_absent for row in sheet_of(shelter, NIGHT).rows] == [True]


def test_a_house_that_counts_night_by_night_expects_its_desks_guests_and_those_with_a_bed_night(shelter, at_ten):
    shelter.counting = CountingMethod.NIGHT_BY_NIGHT
    shelter.save()
    ours = guest(shelter)
    StayFactory(shelter=shelter, source=Source.IMPORT)
    slept = StayFactory(shelter=shelter, source=Source.IMPORT, arrived_at=wall(-9, 12))
    shelter.bed_nights.create(person=slept.person, night=NIGHT)

    assert {row.stay_id for row in sheet_of(shelter, NIGHT).rows} == {ours.pk, slept.pk}


def test_the_list_takes_the_same_queries_for_one_guest_and_for_three_hundred(
    shelter, ines, at_ten, django_assert_num_queries
):
    for number in range(30):
        mark(guest(shelter), Answer.PRESENT if number % 3 else Answer.ABSENT, ines)

    with django_assert_num_queries(7):
        assert sheet_of(shelter, NIGHT).counted == 30


# --- Answers ---------------------------------------------------------------------------------------------------------
def test_the_same_tap_sent_twice_is_one_answer(shelter, ines, at_ten):
    stay, tap = guest(shelter), uuid.uuid4()

    first = mark(stay, Answer.PRESENT, ines, tap=tap)
    again = mark(stay, Answer.PRESENT, ines, tap=tap)

    assert first == again
    assert RollCallMark.objects.count() == 1


def test_a_tap_is_never_used_for_someone_else(shelter, ines, at_ten):
    tap = uuid.uuid4()
    mark(guest(shelter), Answer.PRESENT, ines, tap=tap)

    with pytest.raises(Refused, match="already used for someone else"):
        mark(guest(shelter), Answer.PRESENT, ines, tap=tap)


def test_a_later_answer_takes_the_place_of_the_earlier_and_both_stay(shelter, ines, at_ten):
    stay = guest(shelter)
    mark(stay, Answer.ABSENT, ines)
    at_ten.move_to(wall(0, 23, 50))
    mark(stay, Answer.PRESENT, ines)

    assert current(stay) == ["present"]
    assert RollCallMark.objects.count() == 2
    assert RollCallMark.objects.current().get().happened_at == pytest.approx(wall(0, 23, 50), abs=timedelta(seconds=5))


def test_an_answer_that_waited_in_a_telephone_does_not_push_out_a_later_one(shelter, ines, at_ten):
    marisol = StaffFactory(organisation=shelter.organisation)
    stay = guest(shelter)
    mark(stay, Answer.PRESENT, marisol)

    late = mark(stay, Answer.ABSENT, ines, waited=timedelta(minutes=20))

    assert not late.is_current
    assert current(stay) == ["present"]
    (row,) = sheet_of(shelter, NIGHT).rows
    assert (row.before.answer, row.before.by) == ("absent", ines)


def test_ones_own_correction_is_no_conflict(shelter, ines, at_ten):
    stay = guest(shelter)
    mark(stay, Answer.ABSENT, ines)
    mark(stay, Answer.PRESENT, ines)

    assert [row.before for row in sheet_of(shelter, NIGHT).rows] == [None]


def test_whom_the_door_saw_after_they_were_said_to_be_away_is_to_be_asked_again(shelter, ines, at_ten):
    stay, other = guest(shelter), guest(shelter)
    mark(stay, Answer.ABSENT, ines)
    mark(other, Answer.PRESENT, ines)
    at_ten.move_to(wall(0, 22, 40))
    for each in (stay, other):
        pass_door(stay=each, direction=Direction.IN, by=ines)
    sheet = sheet_of(shelter, NIGHT)

    assert ([row.came_in is not None for row in sheet.rows], sheet.came_in, sheet.absent) == ([True, False], 1, 1)
    assert sheet.rows[0].came_in.astimezone(TIJUANA).hour == 22
    at_ten.move_to(wall(0, 22, 50))
    mark(stay, Answer.PRESENT, ines)
    assert sheet_of(shelter, NIGHT).came_in == 0


def test_all_present_never_beats_an_answer_about_one_person_that_was_on_its_way(shelter, ines, at_ten):
    first, second = guest(shelter), guest(shelter)
    at_ten.move_to(wall(0, 22, 10))
    calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines)
    at_ten.move_to(wall(0, 22, 11))
    late = mark(first, Answer.ABSENT, ines, waited=timedelta(minutes=5))

    assert (late.is_current, current(first), current(second)) == (True, ["absent"], ["present"])
    before = {row.stay_id: row.before for row in sheet_of(shelter, NIGHT).rows}
    assert (before[first.pk].answer, before[second.pk]) == ("present", None)  # Of one account, and still to be seen.

    at_ten.move_to(wall(0, 22, 20))
    again = mark(first, Answer.LEAVE, ines)
    calls.undo_mark(mark=again, by=ines)
    assert current(first) == ["absent"]
    calls.undo_mark(mark=late, by=ines)
    assert current(first) == ["present"]


def test_correcting_one_of_all_present_is_no_conflict(shelter, ines, at_ten):
    stay = guest(shelter)
    calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines)
    at_ten.move_to(wall(0, 22, 20))
    mark(stay, Answer.ABSENT, ines)

    assert [row.before for row in sheet_of(shelter, NIGHT).rows] == [None]


def test_all_present_marks_only_those_without_an_answer(shelter, ines, at_ten):
    women, men = SpaceFactory(shelter=shelter), SpaceFactory(shelter=shelter)
    absent, other, his = guest(shelter, women), guest(shelter, women), guest(shelter, men)
    mark(absent, Answer.ABSENT, ines)

    of_space = calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines, space=women.pk)
    assert [one.stay for one in of_space] == [other]
    of_house = calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines)

    assert [one.stay for one in of_house] == [his]
    assert current(absent) == ["absent"]
    with pytest.raises(Refused, match="Everyone has an answer already"):
        calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines)


def test_all_present_sent_twice_is_one_press(shelter, ines, at_ten):
    guest(shelter)
    batch = uuid.uuid4()

    first = calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines, batch=batch)
    guest(shelter, arrived_at=wall(0, 22))
    again = calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines, batch=batch)

    assert [one.pk for one in again] == [one.pk for one in first]
    assert RollCallMark.objects.count() == 1


def test_undoing_brings_the_answer_before_it_back(shelter, ines, at_ten):
    stay = guest(shelter)
    mark(stay, Answer.LEAVE, ines)
    second = mark(stay, Answer.PRESENT, ines)

    calls.undo_mark(mark=second, by=ines)

    assert current(stay) == ["leave"]
    second.refresh_from_db()
    assert (second.undone_by, second.is_current) == (ines, False)
    with pytest.raises(Refused, match="already been undone"):
        calls.undo_mark(mark=second, by=ines)


def test_undoing_all_present_undoes_every_answer_of_that_press_and_no_other(shelter, ines, at_ten):
    stays = [guest(shelter) for _ in range(3)]
    kept = mark(stays[0], Answer.PRESENT, ines)
    batch = calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines)
    later = mark(stays[1], Answer.ABSENT, ines)

    undone = calls.undo_mark(mark=batch[0], by=ines, whole_batch=True)

    assert {one.stay for one in undone} == {stays[1], stays[2]}
    assert set(RollCallMark.objects.current()) == {kept, later}


def test_it_is_closed_and_opened_again_and_whoever_comes_later_is_still_marked(shelter, ines, at_ten):
    stay = guest(shelter)

    calls.close_roll_call(shelter=shelter, night=NIGHT, by=ines)
    mark(stay, Answer.PRESENT, ines)
    closed = RollCall.objects.get()
    calls.reopen_roll_call(shelter=shelter, night=NIGHT, by=ines)

    assert closed.closed_by == ines
    assert RollCall.objects.get().closed_at is None
    assert current(stay) == ["present"]


def test_paper_is_entered_the_next_day_with_the_hour_that_stands_on_it(shelter, ines, at_ten):
    stay = guest(shelter)
    at_ten.move_to(wall(1, 12))

    with pytest.raises(Refused, match="To enter what was on paper"):
        mark(stay, Answer.PRESENT, ines)
    with pytest.raises(Refused, match="That hour does not belong to the night of 2026-11-18"):
        mark(stay, Answer.PRESENT, ines, happened_at=wall(1, 11))
    with pytest.raises(Refused, match="has not come yet"):
        mark(stay, Answer.PRESENT, ines, happened_at=wall(1, 13))
    (written,) = calls.mark_guests(
        shelter=shelter,
        night=NIGHT,
        given=[calls.Given(stay.pk, Answer.ABSENT, wall(0, 21, 30))],
        by=ines,
        source=MarkSource.PAPER,
    )

    assert (written.happened_at, written.source) == (wall(0, 21, 30), "paper")
    assert figures(shelter).away == 1


def test_a_night_that_has_not_begun_or_is_long_over_is_refused(shelter, ines, at_ten):
    stay = guest(shelter, arrived_at=wall(-20, 12))

    with pytest.raises(Refused, match="has not begun"):
        mark(stay, Answer.PRESENT, ines, night=NIGHT + ONE_DAY)
    with pytest.raises(Refused, match="more than 7 nights ago"):
        mark(stay, Answer.PRESENT, ines, night=NIGHT - 8 * ONE_DAY, happened_at=wall(-8, 21))
    mark(stay, Answer.PRESENT, ines, night=NIGHT - 7 * ONE_DAY, happened_at=wall(-7, 21))


def test_nobody_of_another_house_or_organisation_marks_or_is_marked(shelter, ines, at_ten):
    stranger = StaffFactory()
    elsewhere = guest(ShelterFactory(organisation=shelter.organisation))

    with pytest.raises(Refused, match="another organisation"):
        mark(guest(shelter), Answer.PRESENT, stranger)
    with pytest.raises(Refused, match="not in the house"):
        calls.mark_guest(shelter=shelter, night=NIGHT, stay=elsewhere, answer=Answer.PRESENT, by=ines)
    assert not RollCallMark.objects.exists()


acts = st.lists(
    st.tuples(st.sampled_from(["tap", "late", "all", "undo", "undo all"]), st.integers(0, 2), st.integers(0, 2)),
    max_size=14,
)


@pytest.mark.stateful
@settings(
    max_examples=200 if SOAK else 20,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts)
def test_whatever_is_tapped_and_undone_the_last_answer_that_stands_counts(acts):
    """Against a model of the simplest kind: a list of answers for each guest, without those that were taken back.

    One about a guest counts before "all present".
    """
    with time_machine.travel(wall(0, 22), tick=False) as clock, translation.override("en"):
        shelter = ShelterFactory(city=None, zone="America/Tijuana")
        ines = StaffFactory(organisation=shelter.organisation)
        space = SpaceFactory(shelter=shelter)
        stays = [guest(shelter, space) for _ in range(3)]
        known = []  # Every answer that stands.
        for kind, who, what in acts:
            clock.shift(60)
            if kind in {"tap", "late"}:
                waited = timedelta(minutes=3) if kind == "late" else timedelta(0)
                known.append(mark(stays[who], list(Answer)[what], ines, waited=waited))
            elif kind == "all" and any(not current(stay) for stay in stays):
                known += calls.mark_all_present(shelter=shelter, night=NIGHT, by=ines)
            elif kind.startswith("undo") and known:
                undone = calls.undo_mark(mark=known[who % len(known)], by=ines, whole_batch=kind == "undo all")
                known = [one for one in known if one not in undone]
            for stay in stays:
                of_stay = [one for one in known if one.stay_id == stay.pk]
                last = max(of_stay, key=lambda one: (one.batch is None, one.happened_at, one.pk), default=None)
                assert current(stay) == ([last.answer] if last else [])


# --- Two telephones --------------------------------------------------------------------------------------------------
def at_once(acts):
    barrier = threading.Barrier(len(acts))

    def run(act):
        barrier.wait(timeout=30)
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_telephones_that_begin_at_the_same_instant_make_one_roll_call_and_one_answer_counts():
    shelter = ShelterFactory(beds=1)
    stay = StayFactory(shelter=shelter)
    staff = [StaffFactory(organisation=shelter.organisation) for _ in range(8)]
    night = tonight(shelter)

    def tap(by, answer):
        return lambda: mark(stay, answer, by, night=night)

    at_once([tap(by, answer) for by, answer in zip(staff, [*Answer, *Answer, *Answer], strict=False)])

    assert RollCall.objects.count() == 1
    assert RollCallMark.objects.count() == 8
    counting = RollCallMark.objects.current().get()
    assert counting == RollCallMark.objects.order_by("-happened_at", "-pk").first()


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_tap_that_is_sent_twice_at_the_same_instant_is_one_answer():
    shelter = ShelterFactory(beds=1)
    stay, ines, tap = StayFactory(shelter=shelter), StaffFactory(organisation=shelter.organisation), uuid.uuid4()
    night = tonight(shelter)

    outcomes = at_once([lambda: mark(stay, Answer.PRESENT, ines, tap=tap, night=night).pk] * 6)

    assert len(set(outcomes)) == 1
    assert RollCallMark.objects.count() == 1


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_two_presses_of_all_present_at_the_same_instant_mark_each_guest_once():
    shelter = ShelterFactory()
    stays = [StayFactory(shelter=shelter) for _ in range(5)]
    staff = [StaffFactory(organisation=shelter.organisation) for _ in range(4)]
    night = tonight(shelter)

    def press(by):
        def act():
            try:
                return len(calls.mark_all_present(shelter=shelter, night=night, by=by))
            except Refused:
                return 0

        return act

    assert sorted(at_once([press(by) for by in staff])) == [0, 0, 0, len(stays)]
    assert RollCallMark.objects.count() == len(stays)


# --- The figures of the night ----------------------------------------------------------------------------------------
def some(row, *names):
    return tuple(getattr(row, name) for name in names)


def test_without_a_roll_call_nothing_is_known_of_who_is_away(shelter, at_ten):
    guest(shelter)

    assert some(figures(shelter), "occupied", "away", "counted", "not_counted", "guests") == (1, None, None, None, 1)


def test_who_is_away_does_not_sleep_here_and_the_bed_stays_theirs(shelter, ines, at_ten):
    space = SpaceFactory(shelter=shelter, beds=1)
    stays = [guest(shelter, space) for _ in range(4)]
    for stay, answer in zip(stays, [Answer.PRESENT, Answer.ABSENT, Answer.LEAVE], strict=False):
        mark(stay, answer, ines)

    row = figures(shelter)

    assert some(row, "nominal", "occupied", "away", "held", "free", "over") == (5, 2, 2, 2, 1, 0)
    assert some(row, "counted", "not_counted", "guests") == (3, 1, 4)
    assert some(row.per_space[0], "occupied", "away", "held", "free") == (2, 2, 2, 1)


def test_who_was_absent_and_comes_at_ten_to_midnight_sleeps_here(shelter, ines, at_ten):
    stay = guest(shelter)
    mark(stay, Answer.ABSENT, ines)
    assert some(figures(shelter), "occupied", "away") == (0, 1)
    at_ten.move_to(wall(0, 23, 50))

    mark(stay, Answer.PRESENT, ines)

    assert some(figures(shelter), "occupied", "away", "free") == (1, 0, 0)


def test_a_guest_on_the_floor_who_is_away_holds_no_bed_and_is_not_over(shelter, ines, at_ten):
    space = SpaceFactory(shelter=shelter, beds=1)
    stay = PlacementFactory(bed=None, space=space, stay=StayFactory(shelter=shelter, arrived_at=wall(0, 15))).stay
    surge = PlacementFactory(
        bed=BedFactory(space=space, is_surge=True), stay=StayFactory(shelter=shelter, arrived_at=wall(0, 15))
    ).stay
    mark(stay, Answer.ABSENT, ines)
    mark(surge, Answer.LEAVE, ines)

    assert some(figures(shelter), "occupied", "occupied_surge", "away", "held", "free", "over") == (0, 0, 2, 0, 1, 0)


def test_a_bed_out_of_service_is_not_held_as_well_for_whoever_is_away(shelter, ines, at_ten):
    stay = guest(shelter, SpaceFactory(shelter=shelter, beds=1))
    bed = stay.placements.get().bed
    bed.blocks.create(nights=(NIGHT, None), reason="rota")
    mark(stay, Answer.ABSENT, ines)

    assert some(figures(shelter), "nominal", "out_of_service", "held", "free") == (2, 1, 0, 1)


def test_the_cubicle_of_a_family_that_is_away_stays_theirs(shelter, ines, at_ten):
    cubicle = SpaceFactory(shelter=shelter, kind="cubicle", beds=3)
    assert cubicle.is_for_one_family
    mark(guest(shelter, cubicle), Answer.LEAVE, ines)

    assert some(figures(shelter), "nominal", "occupied", "away", "held", "free") == (4, 0, 1, 4, 0)


def test_who_has_no_recorded_space_and_is_away_keeps_a_place_that_is_left(shelter, ines, at_ten):
    SpaceFactory(shelter=shelter, beds=2)
    stays = [StayFactory(shelter=shelter, arrived_at=wall(0, 15)) for _ in range(4)]
    mark(stays[0], Answer.ABSENT, ines)
    assert some(figures(shelter), "occupied", "away", "held", "free", "over") == (3, 1, 0, 0, 1)
    mark(stays[1], Answer.ABSENT, ines)
    mark(stays[2], Answer.ABSENT, ines)

    assert some(figures(shelter), "occupied", "away", "held", "free", "over") == (1, 3, 1, 0, 0)


def test_who_left_and_came_back_is_not_away_by_the_answer_about_the_stay_before(shelter, ines, at_ten):
    first = StayFactory(shelter=shelter, arrived_at=wall(0, 12))
    mark(first, Answer.ABSENT, ines)
    first.departed_at = timezone.now()
    first.save()
    StayFactory(shelter=shelter, person=first.person, family=first.family, arrived_at=timezone.now())

    assert some(figures(shelter), "occupied", "away", "counted", "guests") == (1, 0, 0, 1)


def test_whoever_is_counted_or_away_one_night_is_the_night_before_and_the_arrivals_less_the_departures(shelter, ines):
    stays = []
    for day in range(3):
        with time_machine.travel(wall(day, 22)):
            night = NIGHT + day * ONE_DAY
            stays += [guest(shelter, arrived_at=wall(day, 15 + n)) for n in range(3)]
            leaver = stays.pop(0)
            leaver.placements.update(
                state=PlacementState.OUT, actual=TimestamptzRange(leaver.arrived_at, wall(day, 20))
            )
            leaver.departed_at = wall(day, 20)
            leaver.save()
            for number, stay in enumerate(stays):
                if number % 3:
                    mark(stay, Answer.ABSENT if number % 2 else Answer.LEAVE, ines, night=night)
    with time_machine.travel(wall(4, 12)):
        rows = [figures(shelter, NIGHT + day * ONE_DAY) for day in (-1, 0, 1, 2)]

    for before, row in pairwise(rows):
        assert row.guests == before.guests + row.arrivals - row.departures
    assert [row.guests for row in rows] == [0, 2, 4, 6]
    assert [row.away for row in rows] == [None, 1, 2, 4]


@pytest.mark.parametrize(
    "zone", ["America/Tijuana", "America/Ciudad_Juarez", "America/Matamoros", "America/Hermosillo"]
)
@pytest.mark.parametrize("changes_on", [date(2026, 3, 8), date(2026, 11, 1)])  # At two in the morning, where they do.
def test_the_nights_of_the_clock_change(zone, changes_on):
    clock = ZoneInfo(zone)
    night = changes_on - ONE_DAY
    shelter = ShelterFactory(city=None, zone=zone, beds=9)
    with time_machine.travel(datetime.combine(night, time(12), clock)):
        ines = StaffFactory(organisation=shelter.organisation)

    def hour(day, wall_hour, minute=0, fold=0):
        return datetime.combine(day, time(wall_hour, minute, fold=fold), clock).astimezone(UTC)

    stays = [StayFactory(shelter=shelter, arrived_at=hour(night, 15)) for _ in range(4)]
    moments = [hour(night, 23), hour(changes_on, 1, 30), hour(changes_on, 1, 30, fold=1), hour(changes_on, 6, 59)]
    for stay, moment in zip(stays, moments, strict=True):
        with time_machine.travel(moment, tick=False):
            assert tonight(shelter) == night
            calls.mark_guest(shelter=shelter, night=night, stay=stay, answer=Answer.ABSENT, by=ines)
    with time_machine.travel(hour(changes_on, 7), tick=False), pytest.raises(Refused, match="That night is over"):
        calls.mark_guest(shelter=shelter, night=night, stay=stays[0], answer=Answer.PRESENT, by=ines)

    with time_machine.travel(hour(changes_on, 12)):
        rows = [figures(shelter, night), figures(shelter, changes_on)]
    assert [some(row, "occupied", "away", "counted") for row in rows] == [(0, 4, 4), (4, None, None)]
    assert (morning_after(shelter, night) - hour(night, 23)).total_seconds() / 3600 in {7, 8, 9}


def test_the_figures_still_take_four_queries(shelter, ines, at_ten, django_assert_num_queries):
    for _ in range(4):
        mark(guest(shelter), Answer.ABSENT, ines)
    TurnAwayFactory(shelter=shelter)

    with django_assert_num_queries(4):
        row = figures(shelter)
    assert some(row, "away", "turned_away") == (4, 3)


# --- For the report and the first page -------------------------------------------------------------------------------
def test_the_status_of_every_house_takes_three_queries(ines, shelter, at_ten, django_assert_num_queries):
    other = ShelterFactory(organisation=shelter.organisation, city=None, zone="America/Tijuana")
    stays = [guest(shelter) for _ in range(3)]
    guest(other)
    mark(stays[0], Answer.PRESENT, ines)
    at_ten.shift(60)
    last = mark(stays[1], Answer.ABSENT, ines)
    calls.close_roll_call(shelter=shelter, night=NIGHT, by=ines)

    with django_assert_num_queries(3):
        found = calls.status([shelter, other])

    here, there = found[shelter.pk], found[other.pk]
    assert some(here, "night", "expected", "counted", "missing", "last_mark_at", "last_mark_by") == (
        NIGHT,
        3,
        2,
        1,
        last.happened_at,
        ines,
    )
    assert here.closed_by == ines
    assert some(there, "expected", "counted", "is_begun", "last_mark_at", "closed_at") == (1, 0, False, None, None)
    assert calls.status([]) == {}


def test_the_counts_of_several_nights_and_houses(ines, shelter, at_ten, django_assert_num_queries):
    stays = [guest(shelter, arrived_at=wall(-3, 15)) for _ in range(3)]
    RollCallMarkFactory(stay=stays[0], night=NIGHT - ONE_DAY, answer=Answer.LEAVE)
    mark(stays[0], Answer.ABSENT, ines)
    mark(stays[1], Answer.PRESENT, ines)
    pairs = [(shelter, NIGHT), (shelter, NIGHT - ONE_DAY), (shelter, NIGHT - 2 * ONE_DAY)]

    with django_assert_num_queries(2):
        found = calls.counts(pairs)

    assert set(found) == {(shelter.pk, NIGHT), (shelter.pk, NIGHT - ONE_DAY)}
    names = ("expected", "present", "on_leave", "absent", "counted", "not_counted", "away")
    assert some(found[shelter.pk, NIGHT], *names) == (3, 1, 0, 1, 2, 1, 1)
    assert some(found[shelter.pk, NIGHT - ONE_DAY], *names) == (3, 0, 1, 0, 1, 2, 1)
