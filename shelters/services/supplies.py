"""The store: what comes in, goes out, is lost, and is counted anew. `left` of a lot is always the sum of its moves.

Every write takes the item first, so that two hands on the last tin come one after the other: one gets it, the other a sentence.
What expires first goes out first; what has expired is not given out, only thrown away, with a reason.
"""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from ngo.templatetags.posada import full_date
from ngo.templatetags.posada import quantity as in_digits
from shelters.models import Item, Lot, MoveKind, Shelter, StockMove
from shelters.services import desk
from shelters.services.cover import Cover, Stock, days_of_cover, lots_that_expire, low_staples, stock_of, today_at

__all__ = [
    "Cover",
    "Stock",
    "days_of_cover",
    "lots_that_expire",
    "low_staples",
    "stock_of",
    "today_at",
]

MOST = Decimal(999_999)  # Of one move, in the item's unit.
SMALLEST = Decimal("0.001")
LONGEST_DATE = timedelta(days=366 * 20)
UNDO_WITHIN = timedelta(hours=1)


# --- Items -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_item(
    *,
    shelter: Shelter,
    name: str,
    unit: str,
    by: Staff,
    is_staple: bool = False,
    daily_per_head: Decimal | None = None,
    low_days: int = 7,
) -> Item:
    """One more thing that the store keeps. It is empty, and unknown, until something is counted in."""
    shelter = desk.lock(shelter, by)
    item = Item(shelter=shelter)
    _describe(item, name=name, unit=unit, is_staple=is_staple, daily_per_head=daily_per_head, low_days=low_days)
    item.position = Item.objects.filter(shelter=shelter).count()
    item.save()
    return item


@transaction.atomic
def update_item(
    *,
    item: Item,
    name: str,
    unit: str,
    by: Staff,
    is_staple: bool = False,
    daily_per_head: Decimal | None = None,
    low_days: int = 7,
    is_active: bool = True,
) -> Item:
    """Correct an item. Its unit stays while something of it was counted: ten kilograms do not become ten tins."""
    desk.lock(item.shelter, by)
    item = Item.objects.select_for_update(no_key=True).select_related("shelter").get(pk=item.pk)
    if unit.strip() != item.unit and item.lots.exists():
        raise Refused(
            _("%(item)s has been counted in %(unit)s. Add another item for another unit.")
            % {"item": item.name, "unit": item.unit}
        )
    if item.is_active and not is_active and item.lots.filter(left__gt=0).exists():
        raise Refused(_("Something is left of %(item)s. Count it out first.") % {"item": item.name})
    _describe(item, name=name, unit=unit, is_staple=is_staple, daily_per_head=daily_per_head, low_days=low_days)
    item.is_active = is_active
    item.save()
    return item


def _describe(
    item: Item, *, name: str, unit: str, is_staple: bool, daily_per_head: Decimal | None, low_days: int
) -> None:
    name, unit = name.strip(), unit.strip()
    if not name or not unit:
        raise Refused(_("Write what it is, and in what it is counted."))
    if Item.objects.filter(shelter=item.shelter, name__iexact=name).exclude(pk=item.pk).exists():
        raise Refused(_("%(item)s is in the list already.") % {"item": name})
    if daily_per_head is not None and not SMALLEST <= daily_per_head <= MOST:
        raise Refused(_("The plan per person and day must be more than nothing."))
    item.name, item.unit = name, unit
    item.is_staple, item.daily_per_head, item.low_days = is_staple, daily_per_head, low_days


# --- In, out, lost, counted --------------------------------------------------------------------------------------------


@transaction.atomic
def count_in(
    *,
    item: Item,
    quantity: Decimal,
    by: Staff,
    expires_on: date | None = None,
    act: uuid.UUID | None = None,
    happened_at: datetime | None = None,
) -> list[StockMove]:
    """Add a quantity with one expiry date to the store. `act` marks one press of a button: sent twice, it counts once."""
    item, act = _lock(item, by), act or uuid.uuid4()
    if done := _done(item, act):
        return done
    _check_quantity(quantity)
    today = today_at(item.shelter)
    if expires_on is not None and expires_on < today:
        raise Refused(_("That date is past: what has expired is not counted in. Check the date."))
    if expires_on is not None and expires_on > today + LONGEST_DATE:
        raise Refused(_("That date is more than 20 years away. Check the date."))
    lot, _is_new = Lot.objects.get_or_create(item=item, expires_on=expires_on)
    return [_move(lot, MoveKind.IN, quantity, by, act, desk.when(happened_at))]


@transaction.atomic
def count_out(
    *, item: Item, quantity: Decimal, by: Staff, act: uuid.UUID | None = None, happened_at: datetime | None = None
) -> list[StockMove]:
    """Take a quantity out, of what expires first. Expired lots are not given out. Refused with what is left."""
    item, act = _lock(item, by), act or uuid.uuid4()
    if done := _done(item, act):
        return done
    _check_quantity(quantity)
    at, today = desk.when(happened_at), today_at(item.shelter)
    lots = list(Lot.objects.filter(item=item).usable(today))
    if quantity > sum(lot.left for lot in lots):
        raise Refused(_not_enough(item, lots, today))
    moves = []
    for lot in lots:
        part = min(quantity, lot.left)
        if part > 0:
            moves.append(_move(lot, MoveKind.OUT, -part, by, act, at))
            quantity -= part
    return moves


@transaction.atomic
def throw_away(*, lot: Lot, quantity: Decimal, reason: str, by: Staff, act: uuid.UUID | None = None) -> list[StockMove]:
    """Write off a quantity of one lot, with the reason: expired, spoilt, stolen."""
    item, lot, act = _lock_lot(lot, by, act)
    if done := _done(item, act):
        return done
    _check_quantity(quantity)
    if quantity > lot.left:
        raise Refused(_only_left(item, lot.left))
    return [_move(lot, MoveKind.LOSS, -quantity, by, act, timezone.now(), _reason(reason))]


@transaction.atomic
def correct_count(
    *, lot: Lot, counted: Decimal, reason: str, by: Staff, act: uuid.UUID | None = None
) -> list[StockMove]:
    """Write what is really there of one lot, with the reason why it differs. An empty list where it agrees."""
    item, lot, act = _lock_lot(lot, by, act)
    if done := _done(item, act):
        return done
    if counted < 0 or counted > MOST:
        raise Refused(_("Write how much is there, from 0 on."))
    if counted == lot.left:
        return []
    return [_move(lot, MoveKind.COUNT, counted - lot.left, by, act, timezone.now(), _reason(reason))]


@transaction.atomic
def undo_move(*, move: StockMove, by: Staff) -> list[StockMove]:
    """Take back, within the hour, all that one act did, by counter-moves. Both stay in the record."""
    item = _lock(move.lot.item, by)
    moves = list(
        StockMove.objects.filter(act=move.act, lot__item=item).select_related("lot", "undone_by").order_by("pk")
    )
    _check_undoable(moves)
    act, now = uuid.uuid4(), timezone.now()
    for one in moves:
        if one.lot.left < one.quantity:
            raise Refused(
                _("Some of it has gone out since: %(left)s %(unit)s left. Correct it by a count.")
                % {"left": in_digits(one.lot.left), "unit": item.unit}
            )
    return [_move(one.lot, MoveKind.UNDO, -one.quantity, by, act, now, undoes=one) for one in moves]


def can_be_undone(move: StockMove, now: datetime | None = None) -> bool:
    """Whether a move is young enough to be taken back, and neither undone nor an undoing. Needs `undone_by` fetched."""
    young = (now or timezone.now()) - move.recorded_at <= UNDO_WITHIN
    return young and move.kind != MoveKind.UNDO and not hasattr(move, "undone_by")


def _check_undoable(moves: list[StockMove]) -> None:
    if any(move.kind == MoveKind.UNDO or hasattr(move, "undone_by") for move in moves):
        raise Refused(_("This has already been undone. Load the page again to see how it stands."))
    if not all(can_be_undone(move) for move in moves):
        raise Refused(_("More than an hour has passed. Correct it by a count; both will be seen."))
    later = StockMove.objects.standing().filter(kind=MoveKind.COUNT)
    if any(later.filter(lot=move.lot_id, pk__gt=move.pk).exists() for move in moves):
        raise Refused(_("It was counted after that, and the count holds. Count again if it is wrong."))


# --- What every move shares --------------------------------------------------------------------------------------------


def _lock(item: Item, by: Staff) -> Item:
    """The item, held until the transaction ends. Raises Refused where it is another organisation's."""
    found = Item.objects.select_for_update(of=("self",), no_key=True).select_related("shelter").get(pk=item.pk)
    if by.organisation is None or found.shelter.organisation_id != by.organisation.pk:
        raise Refused(_("This shelter belongs to another organisation."))
    return found


def _lock_lot(lot: Lot, by: Staff, act: uuid.UUID | None) -> tuple[Item, Lot, uuid.UUID]:
    """The item under its lock, the lot as it stands then, and the act."""
    item = _lock(lot.item, by)
    return item, Lot.objects.get(pk=lot.pk), act or uuid.uuid4()


def _done(item: Item, act: uuid.UUID) -> list[StockMove]:
    """What this act has done to the item already: the same press of a button, sent twice."""
    return list(StockMove.objects.filter(act=act, lot__item=item).order_by("pk"))


def _check_quantity(quantity: Decimal) -> None:
    if not SMALLEST <= quantity <= MOST or quantity != quantity.quantize(SMALLEST):
        raise Refused(_("Write a quantity between 0.001 and 999999, with three decimals at most."))


def _move(
    lot: Lot,
    kind: MoveKind,
    signed: Decimal,
    by: Staff,
    act: uuid.UUID,
    at: datetime,
    reason: str = "",
    undoes: StockMove | None = None,
) -> StockMove:
    lot.left += signed
    lot.save(update_fields=["left"])
    return StockMove.objects.create(
        lot=lot, kind=kind, quantity=signed, happened_at=at, by=by, reason=reason, act=act, undoes=undoes
    )


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused(_("Write the reason."))
    return reason.strip()[:200]


def _only_left(item: Item, left: Decimal) -> str:
    return _("Of %(item)s there are %(left)s %(unit)s left. Nothing was changed.") % {
        "item": item.name,
        "left": in_digits(left),
        "unit": item.unit,
    }


def _not_enough(item: Item, lots: list[Lot], today: date) -> str:
    """What is left to use, and that the rest has expired where there is a rest."""
    said = _only_left(item, sum((lot.left for lot in lots), Decimal(0)))
    expired = Lot.objects.filter(item=item, left__gt=0, expires_on__lt=today).order_by("expires_on").first()
    if expired is None:
        return said
    return f"{said} " + _("What expired on %(day)s does not count: throw it away.") % {
        "day": full_date(expired.expires_on)
    }
