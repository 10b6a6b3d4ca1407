"""What the night guard has on paper: who sleeps where, who must come out when the alarm rings, which beds are empty.

A read model over the board, so that paper and screen say the same. Who reads initials gets initials.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import NeedCode, SpecificNeed
from shelters.board import Board, Guest, SpaceBoard, Tile, board_of
from shelters.models import AWAY, Direction, RollCallMark, Shelter, Space
from shelters.nights import local
from shelters.services.door import outside

CARRIED_UNTIL = 3  # A child of up to this age is carried out.
NEED_HELP = [
    NeedCode.STEP_FREE,
    NeedCode.OLDER,
    NeedCode.PREGNANT,
]  # What a guard must know; nothing that is restricted.


@dataclass(frozen=True)
class Line:
    """One person on a sheet: the bed ("" without one), whether the roll-call or the door says that they are out, who needs
    help how."""

    bed: str
    guest: Guest
    help: list[str] = field(default_factory=list)
    age: int | None = None
    is_out_at_the_door: bool = False
    came_in: bool = False  # The door saw them after the roll-call had said that they are away.

    @property
    def is_out(self) -> bool:
        """What was known last counts: who was absent at ten and came in at midnight must be found."""
        return self.is_out_at_the_door or (bool(self.guest.away) and not self.came_in)


@dataclass
class SpaceSheet:
    """The people of one space; of none where nobody wrote where they are."""

    space: Space | None
    lines: list[Line]

    @property
    def inside(self) -> int:
        return sum(not line.is_out for line in self.lines)

    @property
    def out(self) -> int:
        return sum(line.is_out for line in self.lines)

    @property
    def need_help(self) -> int:
        return sum(bool(line.help) and not line.is_out for line in self.lines)


@dataclass
class EvacuationList:
    at: datetime
    spaces: list[SpaceSheet]

    @property
    def people(self) -> int:
        return sum(len(space.lines) for space in self.spaces)

    inside = property(lambda self: sum(space.inside for space in self.spaces))
    out = property(lambda self: sum(space.out for space in self.spaces))
    need_help = property(lambda self: sum(space.need_help for space in self.spaces))


@dataclass(frozen=True)
class EmptyBed:
    """A bed in which nobody is. `note` says what stands in the way of giving it, if anything."""

    tile: Tile
    note: str = ""


@dataclass
class EmptyBeds:
    """The empty beds of a space: those that anybody may have, and the others."""

    board: SpaceBoard
    free: list[EmptyBed]
    others: list[EmptyBed]


def tonight_by_space(board: Board) -> list[SpaceSheet]:
    """Everyone of the house by space and bed; spaces without anybody are left out."""
    sheets = [SpaceSheet(space.space, _lines_of(space)) for space in board.spaces]
    nowhere = SpaceSheet(None, [Line("", guest) for guest in board.without_space])
    return [sheet for sheet in [*sheets, nowhere] if sheet.lines]


def _lines_of(space: SpaceBoard) -> list[Line]:
    in_bed = [Line(tile.bed.label, tile.guest) for tile in space.tiles if tile.guest]
    return in_bed + [Line("", guest) for guest in space.without_bed]


def evacuation_list(shelter: Shelter, at: datetime | None = None) -> EvacuationList:
    """Everyone who has a stay in the house now, those who are out as well, and who needs help. Eight queries."""
    at = at or timezone.now()
    board = board_of(shelter, at)
    sheets = tonight_by_space(board)
    people = [line.guest.person.pk for sheet in sheets for line in sheet.lines]
    words = dict(NeedCode.choices)
    needs: dict[int, list[str]] = {}
    rows = SpecificNeed.objects.filter(person__in=people, ended_at=None, code__in=NEED_HELP).order_by("code", "pk")
    for person_id, code in rows.values_list("person", "code"):
        needs.setdefault(person_id, []).append(str(words[code]))
    today, gone, came_in = local(shelter, at).date(), outside([shelter], at), _came_in(board)
    for sheet in sheets:
        sheet.lines = [
            replace(
                _with_help(line, needs.get(line.guest.person.pk, []), today),
                is_out_at_the_door=line.guest.stay_id in gone,
                came_in=line.guest.stay_id in came_in,
            )
            for line in sheet.lines
        ]
    return EvacuationList(at, sheets)


def _came_in(board: Board) -> set[int]:
    """The stays of which tonight's roll-call says that they are away, and the door has seen them come in since."""
    marks = RollCallMark.objects.current().filter(
        roll_call__shelter=board.shelter, roll_call__night=board.night, answer__in=AWAY
    )
    return set(marks.with_door(board.at).filter(door_since=Direction.IN).values_list("stay", flat=True))


def _with_help(line: Line, needs: list[str], today: object) -> Line:
    age = line.guest.person.age_on(today)
    carried = []
    if age is not None and age <= CARRIED_UNTIL:
        words = ngettext("To be carried: %(age)d year old", "To be carried: %(age)d years old", age)
        carried = [words % {"age": age}]
    return Line(line.bed, line.guest, [*needs, *carried], age)


def empty_beds(board: Board) -> list[EmptyBeds]:
    """The beds in which nobody is tonight, by space."""
    found = []
    for space in board.spaces:
        empty = [EmptyBed(tile, _note(tile, board)) for tile in space.tiles if not tile.guest]
        free = [one for one in empty if one.tile.state in {"free", "surge"}]
        others = [one for one in empty if one.tile.state not in {"free", "surge"}]
        if empty:
            found.append(EmptyBeds(space, free, others))
    return found


def _note(tile: Tile, board: Board) -> str:
    notes = []
    if tile.state == "held" and tile.hold:
        hour = f"{local(board.shelter, tile.hold.hold_expires_at):%H:%M}"  # type: ignore[arg-type]
        whom = tile.hold.held_for or _("Family %(name)s") % {"name": tile.hold.folio}
        notes.append(_("Held until %(hour)s: %(whom)s") % {"hour": hour, "whom": whom})
    elif tile.state == "own":
        notes.append(_("Of the family in this cubicle"))
    elif tile.state == "out":
        notes.append(_("Out of service: %(reason)s") % {"reason": tile.out_reason})
    elif tile.state == "surge":
        notes.append(_("Only when the house is full"))
    if tile.is_to_clean:
        notes.append(_("To clean"))
    return ". ".join(notes)
