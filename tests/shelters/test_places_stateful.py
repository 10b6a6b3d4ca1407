"""The truths of places under any sequence of acts (hypothesis, on PostgreSQL).

A model in plain Python is kept beside the database; after every step both must say the same, and the house's truths must hold:
nobody in two places, no bed with two people, people in the house = arrivals − departures, an undo restores what was, in
whatever order, and the report of a night that is over stays what it was.
40 runs of 30 steps in the suite, 200 of 50 in `make soak`.
"""

import contextlib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ngo.errors import Refused
from shelters import nights
from shelters.models import Bed, Opening, Placement, PlacementState, ShelterState, Space, SpaceKind, Stay
from shelters.services import holds, places, stays, undo
from shelters.services.capacity import ShelterFigures, figures
from shelters.services.desk import Place
from shelters.services.suggestions import suggest_places
from tests import SOAK
from tests.factories import BedFactory, FamilyFactory, ShelterFactory, SpaceFactory, StaffFactory

START = datetime(2026, 10, 31, 20, 0, tzinfo=ZoneInfo("America/Tijuana"))  # The evening before the clocks change.
STEP = settings(
    max_examples=200 if SOAK else 14,
    stateful_step_count=50 if SOAK else 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
index = st.integers(0, 1000)
minutes_to_hold = st.integers(1, 240) | st.integers(600, 900)  # Some last into the morning.


class House(RuleBasedStateMachine):
    """One shelter with two spaces, nine beds (one of them surge) and six families of one to three."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.where: dict[int, tuple[int, int | None]] = {}  # person → (space, bed)
        self.held: dict[int, tuple[int, datetime]] = {}  # bed → (hold's id, expiry)
        self.promised: dict[int, tuple[int | None, datetime]] = {}  # hold's id → (space or none, expiry), one a place
        self.acts: list[tuple] = []  # (act, what was before, what was after)
        self.nights_over: dict[date, ShelterFigures] = {}  # What was counted of each night in the morning after it.

    def teardown(self):
        try:
            self.no_night_that_is_over_has_changed()
        finally:
            self.leave()

    def leave(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def a_house(self):
        self.shelter = ShelterFactory()
        first = SpaceFactory(shelter=self.shelter, beds=4)
        second = SpaceFactory(shelter=self.shelter, beds=4)
        BedFactory(space=second, label="S", is_surge=True)
        self.beds = list(Bed.objects.filter(space__in=[first, second]).select_related("space").order_by("pk"))
        self.desk = StaffFactory(organisation=self.shelter.organisation)
        self.families = [
            FamilyFactory(people=1 + number % 3, organisation=self.shelter.organisation) for number in range(6)
        ]
        self.blocked: set[int] = set()
        self.closed: datetime | None = None  # Since when.

    # --- what the desk does ---

    @rule(family=index, first=index, days=st.none() | st.integers(1, 3), floor=st.booleans())
    def check_in(self, family, first, days, floor):
        family = self.families[family % 6]
        beds = [self.beds[(first + step) % len(self.beds)] for step in range(len(family.people))]
        places = {
            person.pk: Place(bed.space_id, None if floor and not position else bed.pk)
            for position, (person, bed) in enumerate(zip(family.people, beds, strict=True))
        }
        leaves_on = days and nights.local(self.shelter, timezone.now()).date() + timedelta(days=days)
        wanted = [place.bed_id for place in places.values() if place.bed_id]
        before = self.snapshot()
        try:
            act = stays.check_in_family(
                family=family, shelter=self.shelter, places=places, by=self.desk, expected_departure_on=leaves_on
            )
        except Refused:
            cause = (
                self.closed
                or self.is_in(family)
                or any(not self.is_free(bed) for bed in wanted)
                or self.would_break(wanted)
            )
            assert cause, "refused without a cause"
            return
        assert not self.would_break(wanted), "a bed was given that was promised by number"
        assert not self.is_in(family)
        assert not self.closed
        assert all(self.is_free(bed) for bed in wanted), "a bed was given that was not free"
        self.where |= {person_id: (place.space_id, place.bed_id) for person_id, place in places.items()}
        self.did(act, before)

    @rule(family=index)
    def check_in_where_suggested(self, family):
        family = self.families[family % 6]
        options = suggest_places(family=family, shelter=self.shelter)
        if self.is_in(family):
            assert options == []
            return
        before = self.snapshot()
        best = options[0]
        free = [bed.pk for bed in self.beds if self.is_free(bed.pk)]
        room = {space: sum(bed.pk in free for bed in self.beds if bed.space_id == space) for space in self.space_ids()}
        if max(room.values()) >= len(family.people) and not self.promises():
            assert best.keeps_together, "one space would have held them"
        places = {row.person.pk: Place(row.space.pk, row.bed and row.bed.pk) for row in best.assignments}
        assert all(place.bed_id is None or place.bed_id in free for place in places.values())
        if self.closed:
            with pytest.raises(Refused):
                stays.check_in_family(family=family, shelter=self.shelter, places=places, by=self.desk)
            return
        act = stays.check_in_family(family=family, shelter=self.shelter, places=places, by=self.desk)
        self.where |= {person_id: (place.space_id, place.bed_id) for person_id, place in places.items()}
        self.did(act, before)

    @precondition(lambda self: self.where)
    @rule(person=index, bed=index)
    def move(self, person, bed):
        person_id = sorted(self.where)[person % len(self.where)]
        bed = self.beds[bed % len(self.beds)]
        before = self.snapshot()
        stay = Stay.objects.current().get(person_id=person_id)
        try:
            act = stays.move(stay=stay, space=bed.space, bed=bed, by=self.desk)
        except Refused:
            promised = stay.expected_departure_on is not None
            assert promised or not self.is_free(bed.pk) or self.promises(), "refused without a cause"
            return
        assert self.is_free(bed.pk)
        self.where[person_id] = (bed.space_id, bed.pk)
        self.did(act, before)

    @precondition(lambda self: self.where)
    @rule(family=index)
    def check_out(self, family):
        here = [family for family in self.families if self.is_in(family)]
        family = here[family % len(here)]
        before = self.snapshot()
        leaving = Stay.objects.current().filter(family=family)
        act = stays.check_out(stays=leaving, by=self.desk, exit_reason="completed")
        for person in family.people:
            del self.where[person.pk]
        self.did(act, before)

    @rule(bed=index, minutes=minutes_to_hold)
    def hold(self, bed, minutes):
        bed = self.beds[bed % len(self.beds)]
        expires_at = self.held_until(minutes)
        before = self.snapshot()
        try:
            act = holds.hold_beds(shelter=self.shelter, beds=[bed], by=self.desk, held_for="x", expires_at=expires_at)
        except Refused:
            assert self.closed or not self.is_free(bed.pk) or self.would_break([bed.pk]), "refused without a cause"
            return
        assert self.is_free(bed.pk)
        assert not self.would_break([bed.pk]), "a bed was held that was promised by number"
        self.held[bed.pk] = (act.changed["opened"][0], expires_at)
        self.did(act, before)

    @precondition(lambda self: self.holds_in_force())
    @rule(bed=index)
    def release(self, bed):
        beds = sorted(self.holds_in_force())
        bed_id = beds[bed % len(beds)]
        before = self.snapshot()
        act = holds.release_hold(placements=Placement.objects.filter(pk=self.held.pop(bed_id)[0]), by=self.desk)
        self.did(act, before)

    @rule(space=st.none() | index, count=st.integers(1, 4), minutes=minutes_to_hold)
    def hold_by_number(self, space, count, minutes):
        spaces = {bed.space_id: bed.space for bed in self.beds}
        where = None if space is None else spaces[self.space_ids()[space % len(spaces)]]
        expires_at = self.held_until(minutes)
        left = self.left(where and where.pk)
        before = self.snapshot()
        try:
            act = holds.hold_places(
                shelter=self.shelter, count=count, space=where, by=self.desk, held_for="y", expires_at=expires_at
            )
        except Refused:
            assert self.closed or count > left, "refused without a cause"
            return
        assert count <= left, "more was promised than there is"
        self.promised |= dict.fromkeys(act.changed["opened"], (where and where.pk, expires_at))
        self.did(act, before)

    @precondition(lambda self: self.holds_in_force() or self.promises())
    @rule(which=index)
    def extend(self, which):
        ids = sorted([self.held[bed][0] for bed in self.holds_in_force()] + list(self.promises()))
        hold = ids[which % len(ids)]
        before = self.snapshot()
        try:
            act = holds.extend_hold(placements=Placement.objects.filter(pk=hold), by=self.desk)
        except Refused:
            return  # It lasts until noon already.
        expiry = Placement.objects.get(pk=hold).hold_expires_at
        self.held = {bed: (pk, expiry if pk == hold else until) for bed, (pk, until) in self.held.items()}
        self.promised = {pk: (space, expiry if pk == hold else until) for pk, (space, until) in self.promised.items()}
        self.did(act, before)

    @precondition(lambda self: self.promises())
    @rule(which=index)
    def give_back_by_number(self, which):
        ids = sorted(self.promises())
        hold = ids[which % len(ids)]
        before = self.snapshot()
        act = holds.release_hold(placements=Placement.objects.filter(pk=hold), by=self.desk)
        del self.promised[hold]
        self.did(act, before)

    @precondition(lambda self: self.acts)
    @rule(back=st.integers(0, 4))
    def undo_one(self, back):
        """The last act, or one before it: that one is refused where something later stands on it."""
        act, before, after = self.acts[-1 - min(back, len(self.acts) - 1)]
        as_it_was = self.snapshot()
        over = [night for night in self.nights_over if act.happened_at < nights.morning_after(self.shelter, night)]
        self.no_night_that_is_over_has_changed(over)
        try:
            undo.undo(act=act, by=self.desk)
        except Refused:
            return  # Too long ago, the old place has gone, or something stands on it: the invariants see that nothing changed.
        # What is undone never was: the nights that it was in are counted without it, the others as they were.
        self.nights_over |= {night: self.report_of(night) for night in over}
        self.acts = [one for one in self.acts if one[0] != act]
        # Only what the act itself changed goes back; a hold that has run out meanwhile does not come back.
        now = timezone.now()
        self.where = put_back(as_it_was[0], before[0], after[0])
        self.held = {bed: hold for bed, hold in put_back(as_it_was[1], before[1], after[1]).items() if hold[1] > now}
        promised = put_back(as_it_was[2], before[2], after[2])
        self.promised = {pk: hold for pk, hold in promised.items() if hold[1] > now}

    @rule(bed=index)
    def break_or_mend(self, bed):
        bed = self.beds[bed % len(self.beds)]
        if bed.pk in self.blocked:
            places.unblock_bed(bed=bed, by=self.desk)
            self.blocked.discard(bed.pk)
        elif self.is_free(bed.pk):
            with contextlib.suppress(Refused):  # Places held by number need it.
                places.block_bed(bed=bed, reason="Broken", by=self.desk)
                self.blocked.add(bed.pk)

    @rule()
    def close_or_open(self):
        """A closed house takes nobody in and holds nothing; who is in it may move and leave."""
        now, ours = timezone.now(), ShelterState.objects.filter(shelter=self.shelter)
        if self.closed:
            ours.filter(period__startswith=now).delete()
            ours.filter(period__contains=now).update(period=DateTimeTZRange(self.closed, now))
            self.closed = None
        else:
            self.closed = now
            ours.create(shelter=self.shelter, state=Opening.CLOSED, period=DateTimeTZRange(now, None))

    @precondition(lambda self: self.where)
    @rule(person=index, days=st.none() | st.integers(1, 4))
    def stay_longer_or_shorter(self, person, days):
        stay = Stay.objects.current().get(person_id=sorted(self.where)[person % len(self.where)])
        leaves_on = days and nights.local(self.shelter, timezone.now()).date() + timedelta(days=days)
        try:
            stays.extend_stay(stay=stay, expected_departure_on=leaves_on, by=self.desk)
        except Refused:
            return  # The bed is promised to somebody by then.

    @rule(kind=st.sampled_from([SpaceKind.DORMITORY, SpaceKind.TENT, SpaceKind.CUBICLE]), space=index)
    def call_a_space_something_else(self, kind, space):
        space = Space.objects.get(pk=self.space_ids()[space % 2])
        had_guests = Placement.objects.filter(space=space).exclude(state=PlacementState.VOID).exists()
        if had_guests and kind != space.kind:
            with pytest.raises(Refused):
                places.update_space(space=space, kind=kind, by=self.desk)

    @rule(minutes=st.integers(1, 300) | st.integers(300, 1200))
    def time_goes_by(self, minutes):
        before = nights.tonight(self.shelter)
        self.traveller.shift(timedelta(minutes=minutes))
        if nights.tonight(self.shelter) > before:
            self.no_night_that_is_over_has_changed()
            self.nights_over[before] = self.report_of(before)

    # --- what must be true after each step ---

    @invariant()
    def the_database_says_what_the_model_says(self):
        if not hasattr(self, "shelter"):
            return
        rows = Placement.objects.filter(shelter=self.shelter, state=PlacementState.IN)
        assert {row.person_id: (row.space_id, row.bed_id) for row in rows} == self.where
        assert len(rows) == len(self.where)
        in_force = Placement.objects.filter(shelter=self.shelter).holds_in_force(timezone.now())
        assert {row.bed_id for row in in_force if row.bed_id} == self.holds_in_force()
        assert {row.pk: row.space_id for row in in_force if not row.bed_id} == self.promises()

    @invariant()
    def no_bed_has_two_people(self):
        beds = [bed for _, bed in self.where.values() if bed]
        assert len(beds) == len(set(beds))

    @invariant()
    def people_in_the_house_are_arrivals_less_departures(self):
        if not hasattr(self, "shelter"):
            return
        ours = Stay.objects.valid().filter(shelter=self.shelter)
        assert ours.count() - ours.filter(departed_at__isnull=False).count() == len(self.where)

    def no_night_that_is_over_has_changed(self, some=None):
        """Asked when a night ends, before an undo and at the end of each run: after each step it would take minutes."""
        for night in self.nights_over if some is None else some:
            assert self.report_of(night) == self.nights_over[night], night

    @invariant()
    def the_figures_are_true(self):
        if not hasattr(self, "shelter"):
            return
        [tonight] = figures([self.shelter], nights.tonight(self.shelter))
        regular = [bed for bed in self.beds if not bed.is_surge]
        assert tonight.occupied == len(self.where)
        assert tonight.nominal == len(regular)
        assert tonight.out_of_service == len([bed for bed in regular if bed.pk in self.blocked])
        through = set(self.through_the_night())
        bed_holds = {bed.pk for bed in regular if bed.pk in self.holds_in_force() and self.held[bed.pk][0] in through}
        promised = [space for pk, space in self.promises().items() if pk in through]
        assert tonight.held == len(bed_holds) + len(promised)
        free = over = 0
        for space in self.space_ids():
            usable = len([bed for bed in regular if bed.space_id == space and bed.pk not in self.blocked])
            held = len([bed for bed in self.beds if bed.space_id == space and bed.pk in bed_holds])
            held += promised.count(space)
            people = len([place for place in self.where.values() if place[0] == space])
            free += max(0, usable - held - people)
            over += max(0, people - usable)
        free = 0 if self.closed else max(0, free - promised.count(None))
        assert (tonight.free, tonight.over) == (free, over)

    # --- helpers ---

    def held_until(self, minutes):
        """At most until noon, when the time ends for which the beds are promised."""
        noon = nights.noon_of(self.shelter, nights.tonight(self.shelter) + timedelta(days=1))
        return min(timezone.now() + timedelta(minutes=minutes), noon)

    def report_of(self, night):
        return figures([self.shelter], night)[0]

    def space_ids(self):
        return sorted({bed.space_id for bed in self.beds})

    def is_in(self, family):
        return any(person.pk in self.where for person in family.people)

    def holds_in_force(self):
        return {bed for bed, (_, expires_at) in self.held.items() if expires_at > timezone.now()}

    def through_the_night(self):
        """The holds that reach to the end of tonight: one that was made before the morning hour ends at noon."""
        last = nights.last_moment_of(self.shelter, nights.tonight(self.shelter))
        return Placement.objects.filter(shelter=self.shelter, planned__contains=last).values_list("pk", flat=True)

    def promises(self):
        """What is held by number and in force: hold's id → its space, or none for the house."""
        return {pk: space for pk, (space, expires_at) in self.promised.items() if expires_at > timezone.now()}

    def left(self, space=None, without=()):
        """How many places can be promised in a space or the house: its free regular beds less what is held by number."""
        free = [bed for bed in self.beds if not bed.is_surge and self.is_free(bed.pk) and bed.pk not in without]
        house = len(free) - len(self.promises())
        if space is None:
            return house
        own = sum(bed.space_id == space for bed in free) - list(self.promises().values()).count(space)
        return min(house, own)

    def would_break(self, beds):
        """Whether a promise by number would be shorter of beds without these than it is now."""
        scopes = set(self.promises().values()) | ({None} if self.promises() else set())
        own = {bed.pk: bed for bed in self.beds}
        regular = [own[pk] for pk in beds if not own[pk].is_surge and self.is_free(pk)]

        def worse(space):
            now = self._spare(space)
            return any(space in (None, bed.space_id) for bed in regular) and self._spare(space, beds) < min(0, now)

        return any(worse(space) for space in scopes)

    def _spare(self, space, without=()):
        free = [bed for bed in self.beds if not bed.is_surge and self.is_free(bed.pk) and bed.pk not in without]
        wanted = [one for one in self.promises().values() if space in (None, one)]
        return sum(space in (None, bed.space_id) for bed in free) - len(wanted)

    def is_free(self, bed_id):
        taken = {bed for _, bed in self.where.values()}
        return bed_id not in taken and bed_id not in self.holds_in_force() and bed_id not in self.blocked

    def snapshot(self):
        return dict(self.where), dict(self.held), dict(self.promised)

    def did(self, act, before):
        self.acts.append((act, before, self.snapshot()))


def put_back(now, before, after):
    """What holds now, with all that differs between before and after as it was before."""
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    kept = {key: value for key, value in now.items() if key not in changed}
    return kept | {key: before[key] for key in changed if key in before}


@pytest.mark.stateful
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_places_stay_true_whatever_the_desk_does():
    run_state_machine_as_test(House, settings=STEP)
