"""What the store holds and how long it lasts: read models of the store. What is not known is None, never zero.

Days of cover of a staple: what can be used before its date ÷ what is used in a day. Used in a day is the plan (people of the
night × so much per person and day), or where there is no plan the mean of what really went out in the last 14 days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from shelters import nights
from shelters.models import Item, Lot, Shelter
from shelters.services.capacity import figures

USED_OVER = 14  # Days, the day of the question included.
FOREVER = 9999  # Days: more than anybody plans for.


@dataclass(frozen=True)
class Cover:
    """How long an item lasts. `left` is None where it was never counted, `days` where its use is not known."""

    item: Item
    left: Decimal | None
    days: int | None
    is_low: bool


@dataclass
class Stock:
    """One item of a store on a day: what can be used, what has expired, and how long it lasts."""

    item: Item
    lots: list[Lot] = field(default_factory=list)  # With something left, what expires first first.
    expired: list[Lot] = field(default_factory=list)
    was_counted: bool = False
    days: int | None = None
    is_low: bool = False

    @property
    def usable(self) -> Decimal:
        return sum((lot.left for lot in self.lots), Decimal(0))

    @property
    def spoilt(self) -> Decimal:
        """What has passed its date and still stands there."""
        return sum((lot.left for lot in self.expired), Decimal(0))

    @property
    def next_expiry(self) -> date | None:
        return next((lot.expires_on for lot in self.lots if lot.expires_on), None)

    @property
    def cover(self) -> Cover:
        return Cover(self.item, self.usable if self.was_counted else None, self.days, self.is_low)


def today_at(shelter: Shelter) -> date:
    return nights.local(shelter, timezone.now()).date()


# --- The reads that others call ----------------------------------------------------------------------------------------


def days_of_cover(shelters: Iterable[Shelter], day: date) -> dict[int, list[Cover]]:
    """How long the staples of each shelter last, counted from a date, by shelter id. Seven queries for any number of shelters.

    The stock is that of now; `day` decides what has expired, which 14 days of use count, and whose heads are planned for.
    """
    shelters = list(shelters)
    items = Item.objects.in_use().filter(is_staple=True, shelter__in=shelters)
    found: dict[int, list[Cover]] = {shelter.pk: [] for shelter in shelters}
    for stock in _stock(items, shelters, {shelter.pk: day for shelter in shelters}):
        found[stock.item.shelter_id].append(stock.cover)
    return found


def low_staples(shelters: Iterable[Shelter], day: date) -> list[tuple[Shelter, Cover]]:
    """The staples that will not last as long as the house wants, what runs out first first. Seven queries."""
    shelters = list(shelters)
    covers = days_of_cover(shelters, day)
    low = [(shelter, cover) for shelter in shelters for cover in covers[shelter.pk] if cover.is_low]
    return sorted(low, key=lambda pair: (pair[1].days or 0, pair[0].name, pair[1].item.name))


def stock_of(shelter: Shelter, day: date | None = None) -> list[Stock]:
    """Every item in use of one store, in the store's order."""
    return _stock(Item.objects.in_use().filter(shelter=shelter), [shelter], {shelter.pk: day or today_at(shelter)})


def lots_that_expire(stocks: Iterable[Stock], day: date, within: int = 30) -> list[Lot]:
    """The lots that have expired or will within so many days, the oldest first. No query."""
    last = day + timedelta(days=within)
    lots = [lot for stock in stocks for lot in [*stock.expired, *stock.lots]]
    return sorted(
        (lot for lot in lots if lot.expires_on and lot.expires_on <= last), key=lambda lot: lot.expires_on or last
    )


# --- How it is worked out ----------------------------------------------------------------------------------------------


def _stock(items: Iterable[Item], shelters: Sequence[Shelter], days: dict[int, date]) -> list[Stock]:
    counted = Exists(Lot.objects.filter(item=OuterRef("pk")))
    stocks = {item.pk: Stock(item) for item in items.annotate(was_counted=counted)}  # type: ignore[attr-defined]
    for lot in Lot.objects.filter(item__in=list(stocks), left__gt=0).order_by("expires_on", "pk"):
        stock = stocks[lot.item_id]
        lot.item = stock.item
        is_expired = lot.expires_on is not None and lot.expires_on < days[stock.item.shelter_id]
        (stock.expired if is_expired else stock.lots).append(lot)
    used, heads = _used(shelters, days), _heads(shelters, days)
    for stock in stocks.values():
        stock.was_counted = stock.item.was_counted  # type: ignore[attr-defined]
        _measure(stock, days[stock.item.shelter_id], used.get(stock.item.pk), heads.get(stock.item.shelter_id, 0))
    return list(stocks.values())


def _measure(stock: Stock, day: date, used: Decimal | None, heads: int) -> None:
    """Set how many days it lasts, and whether that is too few. Nothing left of what was counted is too few in any case."""
    planned = stock.item.daily_per_head * heads if stock.item.daily_per_head is not None else None
    rate = planned or used
    if rate and stock.was_counted:
        lasts = days_lasting(stock.lots, rate, day)
        stock.days, stock.is_low = int(lasts), lasts < stock.item.low_days
    elif stock.was_counted:
        stock.is_low = stock.usable == 0


def days_lasting(lots: Iterable[Lot], rate: Decimal, day: date) -> Decimal:
    """How many days lots last, from a date on, what expires first used first. What expires unused does not count."""
    lasts = Decimal(0)
    for lot in lots:
        until = Decimal((lot.expires_on - day).days + 1) if lot.expires_on else Decimal(FOREVER)
        usable = min(lot.left, rate * max(Decimal(0), until - lasts))
        lasts = min(Decimal(FOREVER), lasts + usable / rate)
    return lasts


def _heads(shelters: Sequence[Shelter], days: dict[int, date]) -> dict[int, int]:
    """How many people each shelter plans for: those of the night of the day, or of tonight where that has not come."""
    coming = [shelter for shelter in shelters if days[shelter.pk] >= nights.tonight(shelter)]
    past = [shelter for shelter in shelters if shelter not in coming]
    rows = figures(coming) + (figures(past, min(days[shelter.pk] for shelter in past)) if past else [])
    return {row.shelter.pk: row.occupied for row in rows}


USED = """
WITH asked AS (
    SELECT * FROM unnest(%(shelter)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        AS asked(shelter_id, since, until)
)
SELECT item.id, item.shelter_id, out.quantity, first.at
FROM asked
JOIN shelters_item item ON item.shelter_id = asked.shelter_id
CROSS JOIN LATERAL (
    SELECT -sum(move.quantity) AS quantity
    FROM shelters_lot lot JOIN shelters_stockmove move ON move.lot_id = lot.id
    WHERE lot.item_id = item.id AND move.kind = 'out'
      AND move.happened_at >= asked.since AND move.happened_at < asked.until
      AND NOT EXISTS (SELECT FROM shelters_stockmove other WHERE other.undoes_id = move.id)
) out
CROSS JOIN LATERAL (
    SELECT min(move.happened_at) AS at
    FROM shelters_lot lot JOIN shelters_stockmove move ON move.lot_id = lot.id
    WHERE lot.item_id = item.id
) first
WHERE out.quantity > 0
"""


def _used(shelters: Sequence[Shelter], days: dict[int, date]) -> dict[int, Decimal]:
    """What went out of each item in a day, in the mean of the last 14 days, or of as many as it has been counted."""
    by_id = {shelter.pk: shelter for shelter in shelters}
    asked: dict[str, list[Any]] = {
        "shelter": list(by_id),
        "since": [nights.midnight(one, days[one.pk] - timedelta(days=USED_OVER - 1)) for one in by_id.values()],
        "until": [nights.midnight(one, days[one.pk] + timedelta(days=1)) for one in by_id.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(USED, asked)
        rows = cursor.fetchall()
    found = {}
    for item_id, shelter_id, quantity, first_at in rows:
        counted = (days[shelter_id] - nights.local(by_id[shelter_id], first_at).date()).days + 1
        found[item_id] = quantity / min(USED_OVER, max(1, counted))
    return found
