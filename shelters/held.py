"""What is held in a house and what it asked other houses to hold, with what can be undone and how often nobody came."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from shelters.models import Act, ActKind, Placement, PlacementState, Shelter, SpaceKind
from shelters.nights import night_of
from shelters.services.undo import UNDO_WITHIN

LOOKS_BACK = timedelta(days=30)


@dataclass
class Held:
    """What was held in one act: so many beds or places, for somebody, until an hour."""

    first: Placement
    rows: list[Placement]
    night: date
    is_coming: bool  # For a later night.

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def beds(self) -> str:
        return ", ".join(row.bed.label for row in self.rows if row.bed)

    @property
    def kind_word(self) -> Any:
        return SpaceKind(self.first.space_kind).label if self.first.space_kind else ""

    @property
    def spaces(self) -> str:
        return ", ".join(dict.fromkeys(row.space.name for row in self.rows if row.space))


@dataclass(frozen=True)
class NobodyCame:
    """Of the holds of the last thirty days that are over: how many ran out with nobody coming, and how many places."""

    holds: int
    places: int
    of: int


def holds_of(shelter: Shelter, now: datetime) -> list[Held]:
    """Every hold in force of a house, and every one that it asked for elsewhere, the next to run out first. One query."""
    rows = Placement.objects.filter(Q(shelter=shelter) | Q(sender=shelter)).holds_in_force(now)
    rows = rows.select_related("shelter", "space", "bed", "family", "sender", "recorded_by")
    groups: dict[Any, list[Placement]] = {}
    for row in rows.order_by("planned", "hold_expires_at", "pk"):
        groups.setdefault(_act_of(row), []).append(row)
    return [_held(together, now) for together in groups.values()]


def _act_of(row: Placement) -> tuple[Any, ...]:
    """What is the same in everything that was held at once."""
    return row.shelter_id, row.sender_id, row.family_id, row.held_for, row.hold_expires_at, row.planned.lower


def _held(rows: list[Placement], now: datetime) -> Held:
    first = rows[0]
    night = night_of(first.shelter, first.planned.lower)
    return Held(first, rows, night, is_coming=night > night_of(first.shelter, now))


def nobody_came(shelter: Shelter, now: datetime) -> NobodyCame:
    """How often nobody came, in the last thirty days, for what was held in a house. One query."""
    over = Placement.objects.filter(shelter=shelter, hold_expires_at__gt=now - LOOKS_BACK, hold_expires_at__lte=now)
    over = over.exclude(state=PlacementState.VOID)
    rows = over.values_list("family", "held_for", "hold_expires_at", "planned", "state")
    ran_out = {PlacementState.HELD, PlacementState.EXPIRED}
    missed = [row for row in rows if row[-1] in ran_out]
    return NobodyCame(_acts(missed), len(missed), _acts(rows))


def _acts(rows: Iterable[tuple[Any, ...]]) -> int:
    return len({(family, words, expiry, planned.lower) for family, words, expiry, planned, _state in rows})


def can_be_undone(shelter: Shelter, now: datetime) -> list[Act]:
    """What was held, extended or given back in the last hour. One query."""
    kinds = [ActKind.HOLD, ActKind.RELEASE, ActKind.EXTEND]
    acts = Act.objects.filter(shelter=shelter, kind__in=kinds, undone_at=None, recorded_at__gt=now - UNDO_WITHIN)
    return list(acts.select_related("by", "family"))
