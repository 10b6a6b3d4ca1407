"""The bed board: every place of a house at one instant, who is in it and since when.

A read model: the same few queries whether the house has ten beds or a thousand. It holds people; what of them is shown
(initials, a name) is decided by whoever draws it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from cases.faces import Face, of_face
from shelters.models import (
    AWAY,
    TAKEN,
    Bed,
    BedNight,
    CountingMethod,
    Opening,
    Placement,
    RollCallMark,
    Shelter,
    Space,
    SpaceKind,
    Stay,
)
from shelters.nights import morning_after, night_of
from shelters.services.capacity import ShelterFigures, SpaceFigures, add_up

# All that a tile, its card and the search on the board say of someone. A board is some hundreds of rows, again every minute:
# rows and light tuples, not models.
OF_A_STAY = ["pk", "arrived_at", "expected_departure_on", "family_id", "family__folio", "away"]
OF_A_HOLD = ["pk", "space_id", "bed_id", "hold_expires_at", "held_for", "family_id", "family__folio", "holds_the_night"]


class Guest(NamedTuple):
    """Someone in the house, in a bed or without one. `away` is what tonight's roll-call says of someone who is not there."""

    person: Face
    stay_id: int | None = None
    arrived_at: datetime | None = None
    leaves_on: date | None = None
    family_id: int | None = None
    folio: str = ""
    away: str = ""


class Hold(NamedTuple):
    """One held place, with or without a bed. `holds_the_night`: it reaches to the end of the night."""

    pk: int
    space_id: int | None
    bed_id: int | None
    hold_expires_at: datetime
    held_for: str
    family_id: int | None
    folio: str
    holds_the_night: bool


@dataclass
class Tile:
    """One bed: free, occ, held, own (a free bed of the family that has the cubicle), away (its guest is not in the house
    tonight), out, over (someone in a surge place) or surge (a surge place that nobody needs)."""

    bed: Bed
    state: str
    guest: Guest | None = None
    hold: Hold | None = None
    out_reason: str = ""

    @property
    def is_to_clean(self) -> bool:
        """Nobody is in it, and somebody has to make it ready."""
        return self.guest is None and getattr(self.bed, "is_to_clean", False)


@dataclass
class SpaceBoard:
    """One space with its beds, the people who are in it without a bed, and what is held in it for tonight."""

    space: Space
    tiles: list[Tile]
    without_bed: list[Guest]
    figures: SpaceFigures

    @property
    def people(self) -> int:
        """Everyone who is in this space, in a bed or on the floor."""
        return self.figures.occupied

    @property
    def usable(self) -> int:
        """Regular beds that can be slept in tonight."""
        return self.figures.nominal - self.figures.out_of_service

    @property
    def held(self) -> int:
        return self.figures.held

    @property
    def away(self) -> int:
        return self.figures.away

    @property
    def free(self) -> int:
        return self.figures.free

    @property
    def over(self) -> int:
        return self.figures.over

    @property
    def under_fire_limit(self) -> int:
        """Who counts against the fire limit: everyone who has a place here, those who are out for the night as well."""
        return self.figures.occupied + self.figures.away

    @property
    def is_at_fire_limit(self) -> bool:
        limit = self.space.fire_limit
        return limit is not None and self.under_fire_limit >= limit

    @property
    def family(self) -> Guest | None:
        """The eldest of the family that has this cubicle, where it is one family: its folio and its name stand for it."""
        guests = [tile.guest for tile in self.tiles if tile.guest] + self.without_bed
        if len({guest.family_id for guest in guests if guest.family_id}) != 1:
            return None
        return min(guests, key=lambda guest: (guest.person.born_on or date.max, guest.person.pk))

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
    def kept(self) -> int:
        return sum(space.figures.kept for space in self.spaces)

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
    figures: ShelterFigures

    @property
    def spaces(self) -> list[SpaceBoard]:
        return [space for section in self.sections for space in section.spaces]

    @property
    def people(self) -> int:
        return self.figures.occupied

    @property
    def usable(self) -> int:
        return self.figures.nominal - self.figures.out_of_service

    @property
    def away(self) -> int:
        return self.figures.away or 0

    @property
    def free(self) -> int:
        return self.figures.free

    @property
    def over(self) -> int:
        return self.figures.over

    @property
    def to_clean(self) -> int:
        """Beds that are free or held and have to be made ready first."""
        return sum(tile.is_to_clean for space in self.spaces for tile in space.tiles)

    @property
    def room_in(self) -> str:
        """The names of the spaces with a free place, the roomiest first; three at most."""
        roomy = sorted((space for space in self.spaces if space.free), key=lambda space: -space.free)
        names = ", ".join(space.space.name for space in roomy[:3])
        return f"{names}…" if len(roomy) > 3 else names

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
        if self.state == "clean":
            return tile.is_to_clean and self._names(None, tile.bed.label)
        states = {"held": {"held", "own", "away"}, "over": {"over"}}.get(self.state, {self.state})
        if self.state and tile.state not in states:
            return False
        return self._names(tile.guest, tile.bed.label, tile.hold.held_for if tile.hold else "")

    def has_guest(self, guest: Guest) -> bool:
        """People without a bed are over capacity: they show under that state; who is away for the night, among the held."""
        return self.state in {"", "held" if guest.away else "over"} and self._names(guest)

    def _names(self, guest: Guest | None, *words: str) -> bool:
        if not self.text:
            return True
        heard = [*words]
        if guest:
            heard += [guest.person.initials, guest.person.initials.replace(".", "").replace(" ", "")]
            heard += [guest.folio]
            heard += [guest.person.full_name, guest.person.preferred_name, guest.person.name_key] if self.names else []
        return any(self.text.casefold() in word.casefold() for word in heard)


def board_of(shelter: Shelter, at: datetime | None = None) -> Board:
    """The board of a shelter at an instant. Four queries, whatever the number of beds."""
    at = at or timezone.now()
    night = night_of(shelter, at)
    spaces = list(Space.objects.filter(shelter=shelter).on_night(night).with_closure(night))
    beds = Bed.objects.filter(space__shelter=shelter).with_service(night).with_cleaning()
    beds = list(beds.filter(is_in_service=True))
    known = {bed.pk for bed in beds}
    in_bed: dict[int, Guest] = {}
    elsewhere = defaultdict(list)  # In a space without a bed, or in a bed that is not in service tonight.
    unplaced = {}
    for place, space, bed, guest in _guests(shelter, at, night):
        if place is None:
            unplaced.setdefault(guest.person.pk, guest)
        elif bed in known:
            in_bed[bed] = guest
        else:
            elsewhere[space].append(guest)
    if shelter.counting == CountingMethod.NIGHT_BY_NIGHT:
        unplaced = _by_their_bed_night(shelter, night)
    holds = _holds(shelter, at, night)
    held_beds = {hold.bed_id: hold for hold in reversed(holds) if hold.bed_id}
    by_space = defaultdict(list)
    for bed in beds:
        by_space[bed.stood_in].append(_tile(bed, in_bed.get(bed.pk), held_beds.get(bed.pk)))
    placed = {guest.person.pk for guest in chain(in_bed.values(), *elsewhere.values())}
    nowhere = elsewhere[None] + [guest for person, guest in unplaced.items() if person not in placed]
    held = Counter(hold.space_id for hold in holds if hold.holds_the_night)
    drawn = [_space(space, by_space[space.pk], elsewhere[space.pk], held[space.pk]) for space in spaces]
    figures = ShelterFigures(shelter, night, per_space=[space.figures for space in drawn])
    away = sum(bool(guest.away) for guest in nowhere)
    nobody_knows = SpaceFigures(Space(), held=held[None], occupied=len(nowhere) - away, away=away, roll_calls=1)
    add_up(figures, nobody_knows, getattr(shelter, "opening", None) == Opening.CLOSED)
    return Board(shelter, night, at, _sections(drawn), nowhere, figures)


def _space(space: Space, tiles: list[Tile], without_bed: list[Guest], held: int) -> SpaceBoard:
    """One space with its figures, as the report counts them (shelters/services/capacity.py)."""
    in_bed = [tile for tile in tiles if tile.guest and not tile.guest.away]
    on_the_floor = [guest for guest in without_bed if not guest.away]
    away = [tile for tile in tiles if tile.guest and tile.guest.away]
    regular = [tile.bed for tile in tiles if not tile.bed.is_surge]
    theirs = sum(not tile.bed.is_surge and tile.bed.out_reason is None for tile in away)
    figures = SpaceFigures(
        space,
        nominal=len(regular),
        out_of_service=sum(bed.out_reason is not None for bed in regular),
        held=held + theirs,
        held_away=theirs,
        surge=sum(tile.bed.is_surge and tile.bed.out_reason is None for tile in tiles),
        occupied=len(in_bed) + len(on_the_floor),
        occupied_surge=sum(tile.bed.is_surge for tile in in_bed) + len(on_the_floor),
        away=len(away) + len(without_bed) - len(on_the_floor),
    )
    return SpaceBoard(space, _with_own(space, tiles, bool(figures.occupied or figures.away)), without_bed, figures)


def _away(shelter: Shelter, night: date, stay: str) -> Subquery:
    """ "leave" or "absent" where the night's roll-call says so of a stay."""
    marks = RollCallMark.objects.current().filter(
        roll_call__shelter=shelter, roll_call__night=night, stay=OuterRef(stay), answer__in=AWAY
    )
    return Subquery(marks.values("answer")[:1])


def _guests(shelter: Shelter, at: datetime, night: date) -> Iterator[tuple[int | None, int | None, int | None, Guest]]:
    """Everyone whose stay goes on: their placement, its space and bed, and who they are. Without a place, the last to
    arrive first: typed from paper, or brought in from another system, and nobody wrote where."""
    place = FilteredRelation("placements", condition=Q(placements__state__in=TAKEN, placements__actual__contains=at))
    stays = Stay.objects.filter(shelter=shelter).at(at).annotate(place=place, away=_away(shelter, night, "pk"))
    rows = stays.order_by("place__planned", "place__pk", "-arrived_at").values_list(
        "place__pk", "place__space_id", "place__bed_id", *OF_A_STAY, *of_face("person")
    )
    for placement, space, bed, stay, arrived_at, leaves_on, family, folio, away, *person in rows:
        yield placement, space, bed, Guest(Face(*person), stay, arrived_at, leaves_on, family, folio or "", away or "")


def _by_their_bed_night(shelter: Shelter, night: date) -> dict[int, Guest]:
    """The people of a house that counts night by night, by their id."""
    rows = BedNight.objects.filter(shelter=shelter, night=night).order_by("pk").values_list(*of_face("person"))
    return {person[0]: Guest(Face(*person)) for person in rows}


def _holds(shelter: Shelter, at: datetime, night: date) -> list[Hold]:
    """What is held between an instant and the morning, the first to begin first."""
    until_morning = TimestamptzRange(at, morning_after(shelter, night) - timedelta(microseconds=1), "[]")
    until_the_end = ExpressionWrapper(Q(planned__contains=until_morning.upper), output_field=BooleanField())
    rows = Placement.objects.filter(shelter=shelter, planned__overlap=until_morning).holds_in_force(at)
    rows = rows.annotate(holds_the_night=until_the_end).order_by("planned", "pk")
    return [Hold(*row) for row in rows.values_list(*OF_A_HOLD)]


def _tile(bed: Bed, guest: Guest | None, hold: Hold | None) -> Tile:
    if guest:
        return Tile(bed, "away" if guest.away else "over" if bed.is_surge else "occ", guest)
    if bed.out_reason is not None:  # type: ignore[attr-defined]
        return Tile(bed, "out", out_reason=bed.out_reason)  # type: ignore[attr-defined]
    if hold:
        return Tile(bed, "held", hold=hold)
    return Tile(bed, "surge" if bed.is_surge else "free")


def _with_own(space: Space, tiles: list[Tile], has_people: bool) -> list[Tile]:
    """A free bed beside a family in its cubicle is not free to anyone else, nor where the family is away for a night."""
    if space.is_for_one_family and has_people:
        for tile in tiles:
            tile.state = "own" if tile.state == "free" else tile.state
    return tiles


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
