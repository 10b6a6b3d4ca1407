"""Places that are held by number: in a space, in a kind of space, or anywhere in a house. Which bed it will be is open.

A promise by number is judged under the shelter's lock: the regular beds that are free for its time, and that the fire limit of
their space lets be slept in, must be at least as many as the places held in each space, in each kind, and in the whole house.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Family
from ngo.errors import Refused
from shelters import nights
from shelters.models import PROMISED, Bed, Placement, PlacementState, Shelter, Space, SpaceKind

Scope = tuple[str, Any]  # ("space", id), ("kind", code) or ("house", None): each holds those before it.
HOUSE: Scope = ("house", None)


@dataclass(frozen=True)
class Promise:
    """One place that is held without a bed."""

    shelter_id: int
    space_id: int | None
    kind: str
    planned: Any
    expires_at: datetime


def promises(shelters: Iterable[Any], at: datetime, span: Any = None, without: Family | None = None) -> list[Promise]:
    """The places held by number in some shelters that are in force at an instant (and touch a span). One query.

    `without` leaves out those of a family: what is held for it is free to it.
    """
    rows = Placement.objects.filter(shelter__in=shelters, bed=None, planned__overlap=span or DateTimeTZRange(at, None))
    rows = rows.holds_in_force(at).select_related("space")
    if without is not None:
        rows = rows.exclude(family=without)
    return [
        Promise(
            row.shelter_id,
            row.space_id,
            row.space.kind if row.space else row.space_kind,
            row.planned,
            row.hold_expires_at or at,
        )
        for row in rows
    ]


def scopes_of(space_id: int | None, kind: str) -> list[Scope]:
    """Everything that a place counts in, the narrowest first."""
    found: list[Scope] = [("space", space_id)] if space_id else []
    return [*found, *([("kind", kind)] if kind else []), HOUSE]


def wanted(rows: Iterable[Promise]) -> Counter[Scope]:
    """How many places are held in each scope."""
    return Counter(scope for row in rows for scope in scopes_of(row.space_id, row.kind))


def free_beds(shelter: Shelter, start: datetime, end: datetime | None, now: datetime) -> Counter[Scope]:
    """The regular beds that nobody has or was promised from one instant to another, and that are there so long, by scope.

    The rest of a cubicle in which someone sleeps is that family's. One query.
    """
    in_the_way = Q(state__in=PROMISED, planned__overlap=DateTimeTZRange(start, end))
    if start <= now:
        in_the_way |= Q(state=PlacementState.IN)
    busy = Placement.objects.filter(in_the_way, shelter=shelter)
    busy = busy.exclude(state=PlacementState.HELD, hold_expires_at__lte=now)
    inside = busy.filter(space=OuterRef("space")).exclude(state=PlacementState.HELD, bed=None)
    night, until = nights.night_of(shelter, start), nights.first_untouched(shelter, start, end)
    beds = Bed.objects.filter(space__shelter=shelter, is_surge=False).usable(night).with_end(night)
    beds = beds.filter(Q(gone_on=None) | Q(gone_on__gte=until or date.max))
    beds = beds.filter(~Exists(busy.filter(bed=OuterRef("pk"))))
    beds = beds.exclude(Q(space__kind=SpaceKind.CUBICLE) & Exists(inside))
    there = inside.order_by().values("space").annotate(number=Count("pk")).values("number")
    room = Case(When(space__fire_limit__isnull=False, then=F("space__fire_limit") - Coalesce(Subquery(there), 0)))
    return _within_fire_limits(beds.annotate(room=room).order_by().values_list("space", "space__kind", "room"))


def _within_fire_limits(rows: Iterable[tuple[int, str, int | None]]) -> Counter[Scope]:
    """The beds by scope, of each space at most as many as its fire limit has room for (None: it has no limit)."""
    found, taken = Counter[Scope](), Counter[int]()
    for space_id, kind, room in rows:
        taken[space_id] += 1
        if room is None or taken[space_id] <= room:
            found.update(scopes_of(space_id, kind))
    return found


def left(shelter: Shelter, span: DateTimeTZRange, now: datetime) -> dict[Scope, int]:
    """How many places can still be promised for a span: in each space and kind, and in the house. Three queries."""
    free = free_beds(shelter, span.lower, span.upper, now)
    held = wanted(promises([shelter], now, span))
    spaces = list(Space.objects.filter(shelter=shelter).values_list("pk", "kind"))
    house = max(0, free[HOUSE] - held[HOUSE])
    found: dict[Scope, int] = {HOUSE: house}
    for kind in dict.fromkeys(kind for _pk, kind in spaces):
        found["kind", kind] = max(0, min(house, free["kind", kind] - held["kind", kind]))
    for pk, kind in spaces:
        found["space", pk] = max(0, min(found["kind", kind], free["space", pk] - held["space", pk]))
    return found


def begin(shelter: Shelter, now: datetime) -> dict[Any, int]:
    """Free the house of the promises by number that have run out, as whoever takes a place first does, and say by how much
    those that stand are short already: what `check_kept` compares with at the end of the act. One query where there is none."""
    held = Placement.objects.filter(shelter=shelter, bed=None, state=PlacementState.HELD)
    rows = list(held.values_list("pk", "hold_expires_at"))
    ran_out = [pk for pk, expires_at in rows if expires_at and expires_at <= now]
    if ran_out:
        Placement.objects.filter(pk__in=ran_out).update(state=PlacementState.EXPIRED)
    return shortages(shelter, now) if len(rows) > len(ran_out) else {}


def shortages(shelter: Shelter, now: datetime) -> dict[Any, int]:
    """By how many beds each promise by number cannot be kept. One query where there is none, else two for each span."""
    rows = promises([shelter], now)
    found = {}
    for span in {(row.planned.lower, row.planned.upper) for row in rows}:
        start, end = max(span[0], now), span[1]
        free = free_beds(shelter, start, end, now)
        meanwhile = [row for row in rows if row.planned.upper is None or row.planned.upper > start]
        meanwhile = [row for row in meanwhile if end is None or row.planned.lower < end]
        for scope, places in wanted(meanwhile).items():
            found[span, scope] = max(0, places - free[scope])
    return found


def check_kept(
    shelter: Shelter, before: dict[Any, int], now: datetime, *, adds: bool = False, chosen: bool = False
) -> None:
    """Refuse an act that took a bed which a promise by number needs. Call it at its end, under the shelter's lock.

    `before` are the shortages when it began: what was short already (a bed broke) does not stop what makes it no worse.
    Where nothing was promised then, nothing is now, unless the act itself `adds` promises. `chosen`: nobody takes the bed,
    somebody wants it out of the way.
    """
    if not before and not adds:
        return
    after = shortages(shelter, now)
    worse = [scope for (span, scope), short in after.items() if short > before.get((span, scope), 0)]
    if not worse:
        return
    rows = promises([shelter], now)
    first = min(row.expires_at for row in rows)
    sentence = ngettext(
        "The free beds are promised: %(n)d place of %(shelter)s is held, the first until %(time)s. "
        "Choose another space, or release the hold.",
        "The free beds are promised: %(n)d places of %(shelter)s are held, the first until %(time)s. "
        "Choose another space, or release the hold.",
        len(rows),
    )
    if chosen:
        sentence = ngettext(
            "The beds that are left would be too few: %(n)d place of %(shelter)s is held, the first until %(time)s. "
            "Wait until then, or release the hold.",
            "The beds that are left would be too few: %(n)d places of %(shelter)s are held, the first until %(time)s. "
            "Wait until then, or release the hold.",
            len(rows),
        )
    words = {"n": len(rows), "shelter": shelter.name, "time": f"{nights.local(shelter, first):%H:%M}"}
    raise Refused(sentence % words)


def name_of(scope: Scope, shelter: Shelter, spaces: dict[int, str]) -> str:
    """A scope in words: a space by its name, a kind by its word, else the whole house."""
    what, key = scope
    if what == "space":
        return spaces[key]
    if what == "kind":
        return str(SpaceKind(key).label)
    return _("Anywhere in %(shelter)s") % {"shelter": shelter.name}
