"""The card of one bed: its state now, who is in it, what is promised, and the last things that happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from cases.models import Family, Person
from ngo.models import Staff
from shelters.board import Tile, board_of
from shelters.models import (
    Bed,
    BedBlock,
    BedPeriod,
    Cleaning,
    Placement,
    PlacementState,
)

MOST_HAPPENINGS = 12


@dataclass(frozen=True)
class Happening:
    """A line in the history of a bed. `kind`: in, out, held, released, ran_out, undone, blocked, stands (in a space, from a
    night on), to_clean, cleaned."""

    kind: str
    at: datetime
    person: Person | None = None
    family: Family | None = None
    by: Staff | None = None
    words: str = ""
    nights: Any = None


@dataclass(frozen=True)
class BedCard:
    tile: Tile
    is_in_service: bool
    block: BedBlock | None
    next_promise: Placement | None
    happenings: list[Happening]


def bed_card(bed: Bed, at: datetime | None = None) -> BedCard:
    """What there is to say of one bed at an instant: state, who is in it, what is promised, the last things that happened."""
    at = at or timezone.now()
    board = board_of(bed.space.shelter, at)
    tiles = [tile for space in board.spaces for tile in space.tiles if tile.bed.pk == bed.pk]
    placements = Placement.objects.filter(bed=bed).select_related("person", "family", "recorded_by")
    later = placements.holds_in_force(at).filter(planned__startswith__gt=at).order_by("planned").first()
    blocks = list(BedBlock.objects.filter(bed=bed).select_related("set_by").order_by("-set_at")[:MOST_HAPPENINGS])
    stood = (
        BedPeriod.objects.filter(bed=bed, set_at__isnull=False).select_related("space", "set_by").order_by("-set_at")
    )
    cleanings = Cleaning.objects.filter(bed=bed).select_related("cleaned_by").order_by("-since")[:MOST_HAPPENINGS]
    standing = [block for block in blocks if block.nights.upper is None or block.nights.upper > board.night]
    return BedCard(
        tile=tiles[0] if tiles else Tile(bed, "out"),
        is_in_service=bool(tiles),
        block=min(standing, key=lambda block: block.nights.lower, default=None),
        next_promise=later,
        happenings=_happenings(
            placements.order_by("-recorded_at", "-pk")[:MOST_HAPPENINGS], blocks, stood[:MOST_HAPPENINGS], cleanings
        ),
    )


def _happenings(
    placements: Iterable[Placement],
    blocks: Iterable[BedBlock],
    stood: Iterable[BedPeriod],
    cleanings: Iterable[Cleaning],
) -> list[Happening]:
    """The last things that happened to a bed, newest first."""
    found = [Happening("blocked", row.set_at, by=row.set_by, words=row.reason, nights=row.nights) for row in blocks]
    found += [Happening("stands", row.set_at, by=row.set_by, words=row.space.name, nights=row.nights) for row in stood]
    found += [Happening("cleaned", row.cleaned_at, by=row.cleaned_by) for row in cleanings if row.cleaned_at]
    found += [Happening("to_clean", row.since) for row in cleanings if not row.cleaned_at and not row.dropped_at]
    for row in placements:
        who = {"person": row.person, "family": row.family}
        if row.state == PlacementState.VOID:
            found.append(Happening("undone", row.recorded_at, by=row.recorded_by, **who))
        elif row.actual is not None:
            found.append(Happening("in", row.actual.lower, by=row.recorded_by, words=row.rule_reason, **who))
            if row.actual.upper is not None:
                found.append(Happening("out", row.actual.upper, **who))
        else:
            kind = {PlacementState.HELD: "held", PlacementState.EXPIRED: "ran_out"}.get(row.state, "released")
            found.append(Happening(kind, row.recorded_at, by=row.recorded_by, words=row.held_for, **who))
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_HAPPENINGS]
