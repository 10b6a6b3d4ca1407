"""The store: what comes in and goes out, never below zero, and how long it lasts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import Item, Lot, MoveKind, StockMove
from shelters.nights import local, tonight
from shelters.services import supplies
from shelters.services.cover import days_lasting
from tests.factories import FamilyFactory, PlacementFactory, ShelterFactory, SpaceFactory, StaffFactory
from tests.factories_supplies import ItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cook():
    return StaffFactory(role=Role.SUPPLIES)


@pytest.fixture
def shelter(cook):
    return ShelterFactory(organisation=cook.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def rice(shelter):
    return ItemFactory(shelter=shelter, name="Arroz", unit="kg")


@pytest.fixture
def today(shelter):
    return supplies.today_at(shelter)


def put_in(item, quantity, by, expires_on=None):
    return supplies.count_in(item=item, quantity=Decimal(quantity), expires_on=expires_on, by=by)[0]


def take(item, quantity, by):
    return supplies.count_out(item=item, quantity=Decimal(quantity), by=by)


def left(item):
    return {lot.expires_on: lot.left for lot in Lot.objects.filter(item=item)}


def test_what_comes_in_stands_in_a_lot_of_its_date(rice, cook, today):
    soon = today + timedelta(days=5)

    put_in(rice, "10", cook)
    put_in(rice, "2.5", cook, soon)
    put_in(rice, "1.5", cook, soon)

    assert left(rice) == {None: Decimal(10), soon: Decimal(4)}


def test_what_expires_first_goes_out_first_and_what_has_no_date_last(rice, cook, today):
    soon, later = today + timedelta(days=2), today + timedelta(days=9)
    put_in(rice, "5", cook)
    put_in(rice, "3", cook, later)
    put_in(rice, "2", cook, soon)

    moves = take(rice, "6", cook)

    assert [(move.lot.expires_on, move.quantity) for move in moves] == [(soon, -2), (later, -3), (None, -1)]
    assert len({move.act for move in moves}) == 1
    assert left(rice) == {soon: 0, later: 0, None: 4}


def test_never_more_goes_out_than_is_left_and_the_sentence_says_how_much(rice, cook):
    put_in(rice, "1.5", cook)

    with pytest.raises(Refused) as refused:
        take(rice, "2", cook)

    assert str(refused.value) == "Of Arroz there are 1.5 kg left. Nothing was changed."
    assert left(rice) == {None: Decimal("1.5")}


def test_what_has_expired_is_not_given_out_but_thrown_away_with_a_reason(rice, cook, today):
    lot = Lot.objects.create(item=rice, expires_on=today - timedelta(days=1), left=0)
    supplies.correct_count(lot=lot, counted=Decimal(3), reason="Found on the shelf", by=cook)
    put_in(rice, "1", cook)

    with pytest.raises(Refused, match="does not count: throw it away"):
        take(rice, "2", cook)
    with pytest.raises(Refused, match="Write the reason"):
        supplies.throw_away(lot=lot, quantity=Decimal(3), reason=" ", by=cook)
    supplies.throw_away(lot=lot, quantity=Decimal(3), reason="Expired", by=cook)

    assert left(rice) == {today - timedelta(days=1): 0, None: 1}


def test_the_last_day_of_a_lot_is_a_day_on_which_it_may_be_used(rice, cook, today):
    put_in(rice, "1", cook, today)

    take(rice, "1", cook)

    assert left(rice) == {today: 0}


def test_the_database_itself_refuses_less_than_nothing(rice, cook):
    put_in(rice, "1", cook)

    with pytest.raises(IntegrityError, match="stock_is_never_below_zero"), transaction.atomic():
        Lot.objects.filter(item=rice).update(left=-1)


def test_a_count_corrects_a_lot_with_a_reason_and_one_that_agrees_changes_nothing(rice, cook):
    lot = put_in(rice, "10", cook).lot

    assert supplies.correct_count(lot=lot, counted=Decimal(10), reason="", by=cook) == []
    with pytest.raises(Refused, match="Write the reason"):
        supplies.correct_count(lot=lot, counted=Decimal(8), reason="", by=cook)
    supplies.correct_count(lot=lot, counted=Decimal(8), reason="Counted on Sunday", by=cook)

    assert left(rice) == {None: 8}


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1000000", "1.0005"])
def test_a_quantity_has_sensible_bounds(rice, cook, quantity):
    put_in(rice, "5", cook)

    for act in (put_in, take):
        with pytest.raises(Refused, match=r"between 0\.001 and 999999"):
            act(rice, quantity, cook)


def test_what_is_past_its_date_is_not_counted_in(rice, cook, today):
    with pytest.raises(Refused, match="That date is past"):
        put_in(rice, "1", cook, today - timedelta(days=1))
    with pytest.raises(Refused, match="more than 20 years"):
        put_in(rice, "1", cook, today + timedelta(days=366 * 21))


def test_the_same_press_of_a_button_sent_twice_counts_once(rice, cook):
    first = put_in(rice, "5", cook)
    again = supplies.count_in(item=rice, quantity=Decimal(5), by=cook, act=first.act)

    assert again == [first]
    assert left(rice) == {None: 5}


# --- Undo --------------------------------------------------------------------------------------------------------------


def test_an_act_is_undone_by_counter_moves_and_both_are_seen(rice, cook, today):
    soon = today + timedelta(days=2)
    put_in(rice, "2", cook, soon)
    put_in(rice, "5", cook)
    moves = take(rice, "3", cook)

    supplies.undo_move(move=moves[0], by=cook)

    assert left(rice) == {soon: 2, None: 5}
    assert [(move.kind, move.undone_by.quantity) for move in StockMove.objects.filter(act=moves[0].act)] == [
        (MoveKind.OUT, 1),
        (MoveKind.OUT, 2),
    ]
    with pytest.raises(Refused, match="already been undone"):
        supplies.undo_move(move=moves[1], by=cook)


def test_what_undoes_cannot_be_undone(rice, cook):
    move = put_in(rice, "2", cook)
    counter = supplies.undo_move(move=move, by=cook)[0]

    with pytest.raises(Refused, match="already been undone"):
        supplies.undo_move(move=counter, by=cook)


def test_what_came_in_and_went_out_again_cannot_be_undone(rice, cook):
    move = put_in(rice, "2", cook)
    take(rice, "1", cook)

    with pytest.raises(Refused, match="Some of it has gone out since: 1 kg left"):
        supplies.undo_move(move=move, by=cook)


def test_after_an_hour_or_a_count_nothing_is_undone(rice, cook):
    put_in(rice, "9", cook)
    move = take(rice, "1", cook)[0]
    supplies.correct_count(lot=move.lot, counted=Decimal(7), reason="Counted", by=cook)

    with pytest.raises(Refused, match="the count holds"):
        supplies.undo_move(move=move, by=cook)
    later = take(rice, "1", cook)[0]
    StockMove.objects.filter(pk=later.pk).update(recorded_at=timezone.now() - timedelta(minutes=61))
    with pytest.raises(Refused, match="More than an hour"):
        supplies.undo_move(move=later, by=cook)


# --- Items -------------------------------------------------------------------------------------------------------------


def test_an_item_keeps_its_unit_once_it_was_counted(rice, cook):
    facts = {"name": "Arroz", "by": cook}
    supplies.update_item(item=rice, unit="bolsas", **facts)
    put_in(rice, "3", cook)

    with pytest.raises(Refused, match="has been counted in bolsas"):
        supplies.update_item(item=rice, unit="kg", **facts)
    with pytest.raises(Refused, match="Something is left of Arroz"):
        supplies.update_item(item=rice, unit="bolsas", is_active=False, **facts)


def test_one_item_per_name(shelter, rice, cook):
    with pytest.raises(Refused, match="in the list already"):
        supplies.add_item(shelter=shelter, name="ARROZ", unit="kg", by=cook)

    assert supplies.add_item(shelter=shelter, name="Frijol", unit="kg", by=cook) in Item.objects.all()


def test_another_organisation_counts_nothing_here(rice, cook):
    lot = put_in(rice, "3", cook).lot
    stranger = StaffFactory(role=Role.SUPPLIES)

    for act in (
        lambda: put_in(rice, "1", stranger),
        lambda: take(rice, "1", stranger),
        lambda: supplies.throw_away(lot=lot, quantity=Decimal(1), reason="x", by=stranger),
        lambda: supplies.correct_count(lot=lot, counted=Decimal(1), reason="x", by=stranger),
        lambda: supplies.update_item(item=rice, name="x", unit="x", by=stranger),
        lambda: supplies.undo_move(move=lot.moves.get(), by=stranger),
    ):
        with pytest.raises(Refused, match="another organisation"):
            act()
    assert left(rice) == {None: 3}


# --- How long it lasts -------------------------------------------------------------------------------------------------


def cover(shelter, item, day):
    return next(one for one in supplies.days_of_cover([shelter], day)[shelter.pk] if one.item == item)


def house(shelter, people):
    """So many people in the beds of a shelter."""
    space = SpaceFactory(shelter=shelter, beds=people)
    for bed in space.beds.all():
        family = FamilyFactory(organisation=shelter.organisation)
        PlacementFactory(bed=bed, person=family.people[0], family=family)


def test_a_staple_lasts_as_long_as_the_people_of_tonight_need_by_the_plan(shelter, cook, today):
    house(shelter, 4)
    rice = ItemFactory(shelter=shelter, daily_per_head=Decimal("0.25"), low_days=7)
    put_in(rice, "6.5", cook)

    found = cover(shelter, rice, today)

    assert (found.left, found.days, found.is_low) == (Decimal("6.5"), 6, True)


def test_without_a_plan_what_went_out_in_14_days_counts_and_not_what_was_lost_or_undone(shelter, cook, rice, today):
    put_in(rice, "100", cook)
    StockMove.objects.update(happened_at=timezone.now() - timedelta(days=40))
    take(rice, "14", cook)
    supplies.undo_move(move=take(rice, "50", cook)[0], by=cook)
    supplies.throw_away(lot=Lot.objects.get(), quantity=Decimal(6), reason="Wet", by=cook)

    found = cover(shelter, rice, today)

    assert (found.left, found.days, found.is_low) == (80, 80, False)


def test_an_item_that_is_new_is_measured_by_the_days_that_it_is_counted(shelter, cook, rice, today):
    put_in(rice, "10", cook)
    take(rice, "2", cook)

    assert cover(shelter, rice, today).days == 4


def test_what_went_out_longer_ago_does_not_count(shelter, cook, rice, today):
    put_in(rice, "10", cook)
    take(rice, "2", cook)
    StockMove.objects.update(happened_at=timezone.now() - timedelta(days=15))

    assert cover(shelter, rice, today).days is None


def test_what_is_not_known_is_unknown_and_never_zero(shelter, cook, rice, today):
    assert cover(shelter, rice, today) == supplies.Cover(rice, None, None, False)
    put_in(rice, "10", cook)
    assert cover(shelter, rice, today) == supplies.Cover(rice, Decimal(10), None, False)


def test_a_staple_of_which_nothing_is_left_is_low_whatever_its_use(shelter, cook, rice, today):
    lot = put_in(rice, "10", cook).lot
    supplies.throw_away(lot=lot, quantity=Decimal(10), reason="Mice", by=cook)

    assert cover(shelter, rice, today) == supplies.Cover(rice, Decimal(0), None, True)
    assert supplies.low_staples([shelter], today) == [(shelter, cover(shelter, rice, today))]


def test_stock_that_expires_before_it_can_be_used_does_not_count(shelter, today):
    lots = [
        Lot(left=Decimal(100), expires_on=today + timedelta(days=1)),  # Two days: today and tomorrow.
        Lot(left=Decimal(10), expires_on=today + timedelta(days=30)),
    ]

    assert days_lasting(lots, Decimal(10), today) == 3
    assert days_lasting(lots[:1], Decimal(10), today) == 2


def test_only_staples_in_use_are_measured(shelter, rice, today):
    ItemFactory(shelter=shelter, is_staple=False)
    ItemFactory(shelter=shelter, is_active=False)

    assert [one.item for one in supplies.days_of_cover([shelter], today)[shelter.pk]] == [rice]


@pytest.mark.parametrize("houses", [1, 4])
def test_the_cover_of_any_number_of_shelters_takes_seven_queries(cook, today, houses, django_assert_num_queries):
    shelters = [ShelterFactory(organisation=cook.organisation) for _ in range(houses)]
    for shelter in shelters:
        house(shelter, 2)
        put_in(ItemFactory(shelter=shelter, daily_per_head=1), "30", cook)

    with django_assert_num_queries(7):
        covers = supplies.days_of_cover(shelters, today)

    assert {pk: [one.days for one in found] for pk, found in covers.items()} == {one.pk: [15] for one in shelters}


def test_an_earlier_night_is_planned_for_the_people_of_that_night(shelter, cook, today):
    house(shelter, 4)
    rice = ItemFactory(shelter=shelter, daily_per_head=1)
    put_in(rice, "40", cook)

    found = cover(shelter, rice, tonight(shelter) - timedelta(days=3))

    assert found.days is None  # Nobody was in the house then, and nothing has gone out.
    assert local(shelter, timezone.now()).date() == today
