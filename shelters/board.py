"""The bed board: every place of a house at one instant, who is in it and since when.

A read model: the same few queries whether the house has ten beds or a thousand. It holds people; what of them is shown
(initials, a name) is decided by whoever draws it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from cases.models import Family, Person
from shelters.models import (
    TAKEN,
    Bed,
    BedNight,
    CountingMethod,
    Placement,
    PlacementState,
    Shelter,
    Space,
    SpaceKind,
    Stay,
)
from shelters.nights import morning_after, night_of

STATES = ["free", "occ", "held", "own", "out", "over", "surge"]


@dataclass(frozen=True)
class Guest:
    """Someone in the house, in a bed or without one."""

    person: Person
    family: Family | None
    stay_id: int | None = None
    arrived_at: datetime | None = None
    leaves_on: date | None = None


@dataclass
class Tile:
    """One bed: free, occ, held, own (a free bed of the family that has the cubicle), out, over (someone in a surge place)
    or surge (a surge place that nobody needs)."""

    bed: Bed
    state: str
    guest: Guest | None = None
    hold: Placement | None = None
    out_reason: str = ""


@dataclass
class SpaceBoard:
    """One space with its beds, and the people who are in it without a bed. Figures as capacity_report counts them."""

    space: Space
    tiles: list[Tile]
    without_bed: list[Guest] = field(default_factory=list)

    def count(self, *states: str) -> int:
        return sum(tile.state in states for tile in self.tiles)

    @property
    def people(self) -> int:
        """Everyone who is in this space, in a bed or on the floor."""
        return sum(tile.guest is not None for tile in self.tiles) + len(self.without_bed)

    @property
    def usable(self) -> int:
        """Regular beds that can be slept in tonight."""
        return sum(not tile.bed.is_surge and tile.state != "out" for tile in self.tiles)

    @property
    def held(self) -> int:
        """Regular beds that are promised, the empty ones of a family's own cubicle among them."""
        return sum(not tile.bed.is_surge and tile.state in {"held", "own"} for tile in self.tiles)

    @property
    def free(self) -> int:
        return max(0, self.usable - self.held - self.people)

    @property
    def over(self) -> int:
        return max(0, self.people - self.usable)

    @property
    def family(self) -> Family | None:
        """The family that has this cubicle, where it is one family."""
        return self._the_one_family()[0]

    @property
    def family_head(self) -> Person | None:
        return self._the_one_family()[1]

    def _the_one_family(self) -> tuple[Family | None, Person | None]:
        guests = [tile.guest for tile in self.tiles if tile.guest] + self.without_bed
        families = {guest.family.pk: guest for guest in guests if guest.family}
        if len(families) != 1:
            return None, None
        eldest = min(guests, key=lambda guest: (guest.person.born_on or date.max, guest.person.pk))
        return eldest.family, eldest.person

    @property
    def held_until(self) -> datetime | None:
        """When the first hold of this space runs out."""
        return min((tile.hold.hold_expires_at for tile in self.tiles if tile.hold), default=None)


@dataclass
class Section:
    """A heading of the board: one space, or all the family cubicles of the house together."""

    spaces: list[SpaceBoard]

    @property
    def is_cubicles(self) -> bool:
        return self.spaces[0].space.kind == SpaceKind.CUBICLE

    @property
    def key(self) -> str:
        return f"s{self.spaces[0].space.pk}"

    def total(self, what: str) -> int:
        return sum(getattr(space, what) for space in self.spaces)

    people = property(lambda self: self.total("people"))
    usable = property(lambda self: self.total("usable"))
    held = property(lambda self: self.total("held"))
    free = property(lambda self: self.total("free"))
    over = property(lambda self: self.total("over"))

    @property
    def free_cubicles(self) -> int:
        """Cubicles in which another family can sleep: nobody in them, and a place that is free."""
        return sum(not space.people and space.free > 0 for space in self.spaces)


@dataclass
class Board:
    shelter: Shelter
    night: date
    at: datetime
    sections: list[Section]
    without_space: list[Guest]

    @property
    def spaces(self) -> list[SpaceBoard]:
        return [space for section in self.sections for space in section.spaces]

    @property
    def people(self) -> int:
        return sum(space.people for space in self.spaces) + len(self.without_space)

    @property
    def usable(self) -> int:
        return sum(space.usable for space in self.spaces)

    @property
    def free(self) -> int:
        """Free places, less those that the people whose space nobody recorded must be filling."""
        return max(0, sum(space.free for space in self.spaces) - len(self.without_space))

    @property
    def over(self) -> int:
        unplaced = max(0, len(self.without_space) - sum(space.free for space in self.spaces))
        return sum(space.over for space in self.spaces) + unplaced

    @property
    def spaces_with_room(self) -> list[Space]:
        return [space.space for space in self.spaces if space.free]

    @property
    def has_beds(self) -> bool:
        return any(space.tiles for space in self.spaces)


@dataclass(frozen=True)
class Wanted:
    """What the person at the desk looks for: a state, a space, a text (bed number, initials; a name where names show)."""

    state: str = ""
    space: int | None = None
    text: str = ""
    names: bool = False

    def __bool__(self) -> bool:
        return bool(self.state or self.space or self.text)

    def has(self, tile: Tile) -> bool:
        states = {"held": {"held", "own"}, "over": {"over"}}.get(self.state, {self.state})
        if self.state and tile.state not in states:
            return False
        return self._names(tile.guest, tile.bed.label, tile.hold.held_for if tile.hold else "")

    def has_guest(self, guest: Guest) -> bool:
        """People without a bed are over capacity: they show under that state."""
        return self.state in {"", "over"} and self._names(guest)

    def _names(self, guest: Guest | None, *words: str) -> bool:
        if not self.text:
            return True
        heard = [*words]
        if guest:
            heard += [guest.person.initials, guest.person.initials.replace(".", "").replace(" ", "")]
            heard += [guest.family.folio] if guest.family else []
            heard += [guest.person.full_name, guest.person.preferred_name, guest.person.name_key] if self.names else []
        return any(self.text.casefold() in word.casefold() for word in heard)


def board_of(shelter: Shelter, at: datetime | None = None) -> Board:
    """The board of a shelter at an instant. Four queries, whatever the number of beds."""
    at = at or timezone.now()
    night = night_of(shelter, at)
    until_morning = TimestamptzRange(at, max(morning_after(shelter, night), at), "[]")
    spaces = list(Space.objects.filter(shelter=shelter))
    beds = list(Bed.objects.filter(space__shelter=shelter).in_service(night).with_service(night))
    rows = Placement.objects.filter(shelter=shelter).filter(
        Q(state__in=TAKEN, actual__contains=at)
        | Q(state=PlacementState.HELD, hold_expires_at__gt=at, planned__overlap=until_morning)
    )
    rows = list(rows.select_related("person", "family", "stay").order_by("planned", "pk"))
    taken = [row for row in rows if row.state in TAKEN]
    holds = {row.bed_id: row for row in reversed(rows) if row.state == PlacementState.HELD and row.bed_id}
    in_bed = {row.bed_id: _guest(row.stay, row.person, row.family) for row in taken if row.bed_id}
    known = {bed.pk for bed in beds}
    elsewhere = defaultdict(list)  # In a space without a bed, or in a bed that is not in service tonight.
    for row in taken:
        if row.bed_id not in known:
            elsewhere[row.space_id].append(_guest(row.stay, row.person, row.family))
    by_space = defaultdict(list)
    for bed in beds:
        by_space[bed.space_id].append(_tile(bed, in_bed.get(bed.pk), holds.get(bed.pk)))
    drawn = [SpaceBoard(space, _with_own(space, by_space[space.pk]), elsewhere[space.pk]) for space in spaces]
    placed = {row.person_id for row in taken}
    nowhere = elsewhere[None] + [guest for guest in _unplaced(shelter, at, night) if guest.person.pk not in placed]
    return Board(shelter, night, at, _sections(drawn), nowhere)


def _guest(stay: Stay, person: Person, family: Family | None) -> Guest:
    return Guest(person, family, stay.pk, stay.arrived_at, stay.expected_departure_on)


def _tile(bed: Bed, guest: Guest | None, hold: Placement | None) -> Tile:
    if guest:
        return Tile(bed, "over" if bed.is_surge else "occ", guest)
    if bed.out_reason is not None:  # type: ignore[attr-defined]
        return Tile(bed, "out", out_reason=bed.out_reason)  # type: ignore[attr-defined]
    if hold:
        return Tile(bed, "held", hold=hold)
    return Tile(bed, "surge" if bed.is_surge else "free")


def _with_own(space: Space, tiles: list[Tile]) -> list[Tile]:
    """A free bed beside a family in its cubicle is not free to anyone else."""
    if space.is_for_one_family and any(tile.guest for tile in tiles):
        for tile in tiles:
            tile.state = "own" if tile.state == "free" else tile.state
    return tiles


def _unplaced(shelter: Shelter, at: datetime, night: date) -> list[Guest]:
    """People who are in the house, and nobody wrote where: typed from paper, or brought in from another system."""
    if shelter.counting == CountingMethod.NIGHT_BY_NIGHT:
        bed_nights = BedNight.objects.filter(shelter=shelter, night=night).select_related("person")
        return [Guest(row.person, None) for row in bed_nights.order_by("pk")]
    placed = Placement.objects.filter(stay=OuterRef("pk"), state__in=TAKEN, actual__contains=at)
    stays = Stay.objects.filter(~Exists(placed), shelter=shelter).at(at).select_related("person", "family")
    one_each = {stay.person_id: stay for stay in stays.order_by("-arrived_at")}
    return [_guest(stay, stay.person, stay.family) for stay in one_each.values()]


def _sections(spaces: Iterable[SpaceBoard]) -> list[Section]:
    """One section a space, in the house's order; the cubicles together, where the first of them stands."""
    sections: list[Section] = []
    cubicles: Section | None = None
    for space in spaces:
        if space.space.kind != SpaceKind.CUBICLE:
            sections.append(Section([space]))
        elif cubicles is None:
            sections.append(cubicles := Section([space]))
        else:
            cubicles.spaces.append(space)
    return sections


def narrowed(board: Board, wanted: Wanted) -> list[dict[str, Any]]:
    """The sections as they are drawn: the spaces, and of each the beds and people that are looked for."""
    drawn = []
    for section in board.sections:
        spaces = []
        for space in section.spaces:
            if wanted.space and space.space.pk != wanted.space:
                continue
            tiles = [tile for tile in space.tiles if wanted.has(tile)]
            guests = [guest for guest in space.without_bed if wanted.has_guest(guest)]
            if tiles or guests or not wanted:
                spaces.append({"board": space, "tiles": tiles, "without_bed": guests})
        if spaces:
            drawn.append({"section": section, "spaces": spaces})
    return drawn
