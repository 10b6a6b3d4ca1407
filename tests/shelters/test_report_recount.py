"""Every figure of every report, recounted from the raw rows by code that shares nothing with the service (report_recount.py).

Random weeks over a change of the clocks, on PostgreSQL: arrivals, moves, departures, holds, broken beds, roll-call answers,
parties turned away, meals, stock, groups, undo, and people typed in late. The live figures are recounted after every step, each
report in the moment in which it is frozen, and every night of the week once more at its end. 12 weeks of 35 steps in the suite,
150 of 60 in `make soak`.
"""

from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
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

from cases.models import Group
from cases.services.people import change_group
from ngo.errors import Refused
from ngo.permissions import Role
from shelters import nights
from shelters.models import (
    Answer,
    Bed,
    BedBlock,
    CapacityReport,
    ClosureKind,
    Composition,
    Meal,
    ReportState,
    RollCallMark,
    Source,
    SpaceKind,
    Stay,
    TurnAway,
    TurnAwayReason,
)
from shelters.services import holds, report_figures, reports, roll_call, spaces, stays, supplies, turn_aways, undo
from shelters.services.desk import Place
from shelters.services.meals import record_meal
from tests import SOAK
from tests.factories import (
    BedFactory,
    FamilyFactory,
    ReportRecipientFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)
from tests.factories_supplies import ItemFactory, LegalProviderFactory, WeeklySlotFactory
from tests.shelters.report_recount import Night, Tables

START = datetime(2025, 10, 31, 17, 0, tzinfo=ZoneInfo("America/Tijuana"))  # A Friday; on Sunday the clocks change.
SIZES = settings(
    max_examples=150 if SOAK else 6,
    stateful_step_count=60 if SOAK else 35,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
index = st.integers(0, 1000)
SAME = [
    *report_figures.TOTALS,
    "turned_away",
    "turned_away_parties",
    "turned_away_reasons",
    "roll_call",
    "rooms",
    "meals",
]


def check(shelter, night, figures, now, *, is_confirmed=False):
    """Hold the figures of a report against the count by hand."""
    by_hand = Night(Tables(connection), shelter.pk, night, now)
    wanted = by_hand.figures()
    if is_confirmed and wanted["turned_away"] is None:
        wanted |= {"turned_away": 0, "turned_away_parties": 0, "turned_away_reasons": {}}
    assert {name: figures[name] for name in SAME} == {name: wanted[name] for name in SAME}
    for space in figures["spaces"]:
        row = wanted["spaces"][space["id"]]
        assert {name: space[name] for name in report_figures.PLACES} == {
            name: row.get(name, 0) for name in report_figures.PLACES
        }
    for kind, row in wanted["kinds"].items():
        assert figures["kinds"][kind] == {name: row.get(name, 0) for name in report_figures.PLACES}
    people = {(sex, age): number for sex, ages in figures["people"].items() for age, number in ages.items() if number}
    assert people == wanted["people"]
    assert {group: number for group, number in figures["groups"].items() if number} == wanted["groups"]
    assert sum(people.values()) == sum(wanted["groups"].values()) == figures["occupied"]
    if now < nights.morning_after(shelter, night):
        check_the_store(figures, by_hand)


def check_the_store(figures, by_hand):
    assert figures["legal_slots"] == by_hand.legal_slots()
    kept = [{**cover, "left": cover["left"] and Decimal(cover["left"])} for cover in figures["staples"]]
    wanted = {cover["id"]: cover for cover in by_hand.staples()}
    assert {cover["id"]: {name: cover[name] for name in ("id", "left", "days", "is_low")} for cover in kept} == wanted


class Week(RuleBasedStateMachine):
    """One house with a dormitory, a cubicle and a room with a surge bed; seven families; two staples; a lawyer's hours."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.acts, self.frozen = [], set()

    def teardown(self):
        try:
            self.at_the_end_every_night_is_recounted()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def at_the_end_every_night_is_recounted(self):
        if hasattr(self, "shelter"):
            now, night = timezone.now(), nights.night_of(self.shelter, START)
            while night <= nights.tonight(self.shelter, now):
                check(self.shelter, night, report_figures.recount(self.shelter, night, now), now)
                night += timedelta(days=1)

    @initialize()
    def a_house(self):
        self.shelter = shelter = ShelterFactory(report_at=time(21, 30), send_at=time(7))
        rooms = [
            SpaceFactory(shelter=shelter, beds=4),
            SpaceFactory(shelter=shelter, beds=3, kind=SpaceKind.CUBICLE),
            SpaceFactory(shelter=shelter, beds=1),
        ]
        BedFactory(space=rooms[2], label="S", is_surge=True)
        self.rooms = rooms
        self.look_at_the_beds()
        self.desk = StaffFactory(organisation=shelter.organisation, role=Role.COORDINATOR)
        ages = [[34, 9], [None], [71], [29, 4, 15], [18], [40, 0], [22, 22]]
        groups = [*Group.values, Group.OTHER, Group.UNDECIDED]
        self.families = [
            FamilyFactory(ages=those, group=group, organisation=shelter.organisation)
            for those, group in zip(ages, groups, strict=True)
        ]
        self.rice = ItemFactory(shelter=shelter, name="Arroz", daily_per_head=Decimal("0.25"))
        self.beans = ItemFactory(shelter=shelter, name="Frijol")
        provider = LegalProviderFactory(organisation=shelter.organisation)
        for weekday in (0, 3):
            WeeklySlotFactory(provider=provider, weekday=weekday)
        ReportRecipientFactory(shelter=shelter)

    def tonight(self):
        return nights.tonight(self.shelter)

    def current(self):
        return list(Stay.objects.current().filter(shelter=self.shelter, source=Source.DESK).order_by("pk"))

    def try_to(self, service, /, **given):
        """What the desk may refuse; the figures must be true either way."""
        try:
            with transaction.atomic():
                return service(by=self.desk, **given)
        except Refused:
            return None

    # --- What happens in a house ---

    @rule(family=index, first=index, floor=st.booleans(), ago=st.integers(0, 600))
    def check_in(self, family, first, floor, ago):
        family = self.families[family % len(self.families)]
        beds = [self.beds[(first + step) % len(self.beds)] for step in range(len(family.people))]
        places = {
            person.pk: Place(bed.space_id, None if floor and not position else bed.pk)
            for position, (person, bed) in enumerate(zip(family.people, beds, strict=True))
        }
        happened_at = max(timezone.now() - timedelta(minutes=ago), START) if ago > 300 else None
        given = {"family": family, "shelter": self.shelter, "places": places, "happened_at": happened_at}
        act = self.try_to(stays.check_in_family, **given, reason="Así se acordó")
        self.acts += [act] if act else []

    @precondition(lambda self: self.current())
    @rule(stay=index, bed=index)
    def move(self, stay, bed):
        rows, bed = self.current(), self.beds[bed % len(self.beds)]
        stay = rows[stay % len(rows)]
        act = self.try_to(stays.move, stay=stay, space=bed.space, bed=bed, reason="Así se acordó")
        self.acts += [act] if act else []

    @precondition(lambda self: self.current())
    @rule(stay=index)
    def check_out(self, stay):
        rows = self.current()
        leaving = Stay.objects.current().filter(family=rows[stay % len(rows)].family)
        act = self.try_to(stays.check_out, stays=leaving, exit_reason="completed")
        self.acts += [act] if act else []

    @rule(bed=index, minutes=st.integers(1, 900))
    def hold(self, bed, minutes):
        expires_at = timezone.now() + timedelta(minutes=minutes)
        given = {"beds": [self.beds[bed % len(self.beds)]], "held_for": "Prueba", "expires_at": expires_at}
        act = self.try_to(holds.hold_beds, shelter=self.shelter, **given)
        self.acts += [act] if act else []

    @precondition(lambda self: self.acts)
    @rule()
    def undo_the_last(self):
        self.try_to(undo.undo, act=self.acts.pop())

    @rule(bed=index, days=st.none() | st.integers(1, 3))
    def a_bed_breaks(self, bed, days):
        bed, night = self.beds[bed % len(self.beds)], self.tonight()
        if not BedBlock.objects.filter(bed=bed, nights__overlap=(night, None)).exists():
            until = days and night + timedelta(days=days)
            BedBlock.objects.create(bed=bed, nights=(night, until), reason="Rota")

    @rule(bed=index, room=index)
    def a_bed_is_carried(self, bed, room):
        given = {"bed": self.beds[bed % len(self.beds)], "space": self.rooms[room % len(self.rooms)]}
        if self.try_to(spaces.move_bed, **given, label=f"N{bed}"):
            self.look_at_the_beds()

    @rule(room=index, kind=st.sampled_from(ClosureKind.values), days=st.none() | st.integers(1, 3))
    def a_space_closes(self, room, kind, days):
        given = {"space": self.rooms[room % len(self.rooms)], "until": days and self.tonight() + timedelta(days=days)}
        self.try_to(spaces.close_space, kind=kind, **given)

    @rule(room=index)
    def a_space_opens(self, room):
        self.try_to(spaces.reopen_space, space=self.rooms[room % len(self.rooms)])

    def look_at_the_beds(self):
        self.beds = list(Bed.objects.filter(space__in=self.rooms).select_related("space").order_by("pk"))

    @rule(person=index)
    def somebody_is_imported_without_a_place(self, person):
        family = self.families[person % len(self.families)]
        StayFactory(
            shelter=self.shelter,
            family=family,
            person=family.people[0],
            source=Source.IMPORT,
            arrived_at=timezone.now(),
        )

    @precondition(lambda self: self.current())
    @rule(stay=index, answer=st.sampled_from(Answer.values))
    def answer_at_the_roll_call(self, stay, answer):
        rows = self.current()
        given = {"stay": rows[stay % len(rows)], "answer": answer, "night": self.tonight()}
        self.try_to(roll_call.mark_guest, shelter=self.shelter, **given)

    @rule()
    def all_present(self):
        self.try_to(roll_call.mark_all_present, shelter=self.shelter, night=self.tonight())

    @rule(mark=index)
    def take_an_answer_back(self, mark):
        marks = list(RollCallMark.objects.filter(roll_call__night=self.tonight(), undone_at=None).order_by("pk"))
        if marks:
            self.try_to(roll_call.undo_mark, mark=marks[mark % len(marks)])

    @rule(people=st.integers(1, 9), reason=st.sampled_from(TurnAwayReason.values))
    def turn_a_party_away(self, people, reason):
        given = {"party_size": people, "composition": Composition.FAMILY, "reason": reason}
        self.try_to(turn_aways.log_turn_away, shelter=self.shelter, **given)

    @rule(party=index)
    def void_a_party(self, party):
        parties = list(TurnAway.objects.standing().order_by("pk"))
        if parties:
            self.try_to(turn_aways.void_turn_away, turn_away=parties[party % len(parties)])

    @rule(meal=st.sampled_from(Meal.values), served=st.integers(0, 60), back=st.integers(0, 1))
    def count_a_meal(self, meal, served, back):
        day = nights.local(self.shelter, timezone.now()).date() - timedelta(days=back)
        self.try_to(record_meal, shelter=self.shelter, day=day, meal=meal, served=served)

    @rule(rice=st.booleans(), quantity=st.decimals(Decimal("0.5"), 40, places=1), out=st.booleans())
    def move_stock(self, rice, quantity, out):
        item = self.rice if rice else self.beans
        self.try_to(supplies.count_out if out else supplies.count_in, item=item, quantity=quantity)

    @rule(family=index, group=st.sampled_from(Group.values))
    def change_a_group(self, family, group):
        self.try_to(change_group, people=self.families[family % len(self.families)].people[:1], group=group)

    # --- The clock of the reports ---

    @rule(minutes=st.integers(20, 420))
    def time_goes_by(self, minutes):
        self.traveller.shift(timedelta(minutes=minutes))
        reports.draft_due()
        reports.send_due()
        self.what_was_frozen_now_is_recounted()

    @rule()
    def the_morning_comes(self):
        after = nights.morning_after(self.shelter, self.tonight()) + timedelta(minutes=10)
        self.traveller.move_to(after - timedelta(hours=9))
        reports.draft_due()
        self.traveller.move_to(max(after, timezone.now()))
        reports.send_due()
        self.what_was_frozen_now_is_recounted()

    @rule()
    def somebody_confirms(self):
        draft = CapacityReport.objects.filter(state=ReportState.DRAFT).select_related("shelter").first()
        if draft:
            seen, _at = reports.current_figures(draft)
            reports.confirm(report=draft, by=self.desk, seen=seen)
            self.what_was_frozen_now_is_recounted()

    @rule(night=index)
    def somebody_corrects(self, night):
        frozen = list(CapacityReport.objects.frozen().select_related("shelter").order_by("pk"))
        if frozen:
            self.try_to(reports.correct, report=frozen[night % len(frozen)], reason="Se revisó")
            self.what_was_frozen_now_is_recounted()

    def what_was_frozen_now_is_recounted(self):
        for report in CapacityReport.objects.frozen().exclude(pk__in=self.frozen):
            self.frozen.add(report.pk)
            is_confirmed = report.state == ReportState.CONFIRMED
            assert report.counted_at == timezone.now()
            check(self.shelter, report.night, report.figures, report.counted_at, is_confirmed=is_confirmed)

    # --- What must be true after each step ---

    @invariant()
    def the_figures_of_tonight_are_those_of_a_count_by_hand(self):
        if hasattr(self, "shelter"):
            now = timezone.now()
            check(self.shelter, self.tonight(), report_figures.count([self.shelter], now=now)[self.shelter.pk], now)

    @invariant()
    def one_report_a_night_and_one_message_for_each_frozen_version(self):
        if hasattr(self, "shelter"):
            keys = [(row.night, row.version) for row in CapacityReport.objects.all()]
            assert len(keys) == len(set(keys))
            assert [row.deliveries.count() for row in CapacityReport.objects.frozen()] == [1] * len(self.frozen)


@pytest.mark.stateful
@pytest.mark.django_db
@pytest.mark.timeout(10_800)
def test_every_figure_of_every_report_is_that_of_a_count_by_hand():
    run_state_machine_as_test(Week, settings=SIZES)
