"""Whatever is counted in, out, lost, counted anew or undone: `left` is the sum of the moves, never below zero."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Lot, MoveKind, StockMove
from shelters.services import supplies
from tests import SOAK
from tests.factories import ShelterFactory, StaffFactory
from tests.factories_supplies import ItemFactory

STEP = settings(
    max_examples=200 if SOAK else 30,
    stateful_step_count=50 if SOAK else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
QUANTITIES = st.integers(min_value=1, max_value=30_000).map(lambda thousandths: Decimal(thousandths) / 1000)
DATES = st.one_of(st.none(), st.integers(min_value=0, max_value=3))


class Store(RuleBasedStateMachine):
    """A model beside the store: lots by date with what is in them, and what each act did to them."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.cook = StaffFactory(role=Role.SUPPLIES)
        shelter = ShelterFactory(organisation=self.cook.organisation)
        self.item = ItemFactory(shelter=shelter)
        self.today = supplies.today_at(shelter)
        self.model = {}  # Date → what is left.
        self.acts = []  # (move, {date: change}) of what was not undone, in order.

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def done(self, moves):
        changed = {move.lot.expires_on: move.quantity for move in moves}
        for day, quantity in changed.items():
            self.model[day] = self.model.get(day, Decimal(0)) + quantity
        if moves:
            self.acts.append((moves[0], changed))

    @rule(quantity=QUANTITIES, days=DATES)
    def count_in(self, quantity, days):
        day = None if days is None else self.today + timedelta(days=days)
        self.done(supplies.count_in(item=self.item, quantity=quantity, expires_on=day, by=self.cook))

    @rule(quantity=QUANTITIES)
    def count_out(self, quantity):
        possible = quantity <= sum(self.model.values())
        try:
            moves = supplies.count_out(item=self.item, quantity=quantity, by=self.cook)
        except Refused:
            assert not possible
        else:
            assert possible
            assert sum(move.quantity for move in moves) == -quantity
            self.done(moves)

    @rule(quantity=QUANTITIES, days=DATES)
    def throw_away(self, quantity, days):
        lot = self.lot(days)
        if lot is None:
            return
        try:
            self.done(supplies.throw_away(lot=lot, quantity=quantity, reason="Prueba", by=self.cook))
        except Refused:
            assert quantity > self.model[lot.expires_on]

    @rule(counted=QUANTITIES, days=DATES)
    def count(self, counted, days):
        lot = self.lot(days)
        if lot is None:
            return
        self.done(supplies.correct_count(lot=lot, counted=counted, reason="Prueba", by=self.cook))
        assert self.model[lot.expires_on] == counted

    @rule(place=st.integers(min_value=0, max_value=30))
    def undo(self, place):
        if not self.acts:
            return
        place %= len(self.acts)
        move, changed = self.acts[place]
        counted_later = any(
            later.kind == MoveKind.COUNT and set(what) & set(changed) for later, what in self.acts[place + 1 :]
        )
        too_little = any(self.model[day] < quantity for day, quantity in changed.items())
        try:
            supplies.undo_move(move=move, by=self.cook)
        except Refused:
            assert counted_later or too_little
        else:
            assert not counted_later
            assert not too_little
            del self.acts[place]
            for day, quantity in changed.items():
                self.model[day] -= quantity

    def lot(self, days):
        day = None if days is None else self.today + timedelta(days=days)
        return Lot.objects.filter(item=self.item, expires_on=day).first()

    @invariant()
    def every_lot_holds_the_sum_of_its_moves_and_never_less_than_nothing(self):
        lots = Lot.objects.filter(item=self.item).annotate(total=Sum("moves__quantity"))
        assert {lot.expires_on: lot.left for lot in lots} == {lot.expires_on: lot.total for lot in lots} == self.model
        assert all(lot.left >= 0 for lot in lots)

    @invariant()
    def nothing_that_was_written_is_gone(self):
        written = StockMove.objects.filter(lot__item=self.item)
        assert written.standing().values("act").distinct().count() == len(self.acts)


@pytest.mark.stateful
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_a_store_adds_up_whatever_is_done_to_it():
    run_state_machine_as_test(Store, settings=STEP)
