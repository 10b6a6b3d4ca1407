"""Show-up rates: of the appointments that are over, how many were attended, by kind and by month, and by how they were told.

It is a count, no trial: who gets a message differs from who gets none in more than that. Small numbers are not
shown: a row stands there only where each of its counts is zero or at least five; the others stand together as one row, with a
further one where somebody could tell them from the total. Periods are whole months, of four lengths, so that what lies
between two of them is never a few days.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from django.db.models import Case, CharField, Count, DateField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Appointment, AppointmentState, MessageWords, Reminder
from ngo.models.outbox import OutgoingState
from ngo.templatetags.posada import MONTHS
from shelters.nights import ONE_DAY
from shelters.services.publishing import FEWEST

PERIODS = (3, 6, 12, 24)  # Months, the present one included.
OUTCOMES = [AppointmentState.ATTENDED, AppointmentState.MISSED, AppointmentState.TURNED_AWAY]
NOTICE, IN_PERSON, NEITHER = "notice", "in_person", "neither"
TOLD: dict[str, str | Promise] = {
    NOTICE: _("With a message that arrived before they left"),
    IN_PERSON: _("Told in person, without such a message"),
    NEITHER: _("With neither"),
}
Counts = tuple[
    int, ...
]  # Attended, missed, turned away; or attended and not; or the latter for each way of being told.
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Group:
    """Appointments of one kind, that began in one month, whose people were told in one way."""

    kind: int
    month: date  # Its first day.
    told: str
    counts: Counts


def groups_of(staff: Any, first: date, last: date) -> tuple[list[Group], dict[int, tuple[str, str]]]:
    """What the database counts: the groups of a period, and the names of their kinds in Spanish and English. One query."""
    arrived = Reminder.objects.to_families().filter(
        appointment=OuterRef("pk"),
        state__in=[OutgoingState.SENT, OutgoingState.DELIVERED],
        sent_at__lte=OuterRef("leave_shelter_at"),
        words__in=[MessageWords.REMINDER, MessageWords.CONFIRM, MessageWords.CHANGED],
    )
    told = Case(
        When(Exists(arrived), then=Value(NOTICE)),
        When(told_at__lte=F("starts_at"), then=Value(IN_PERSON)),
        default=Value(NEITHER),
        output_field=CharField(),
    )
    rows = Appointment.objects.visible_to(staff).filter(state__in=OUTCOMES).on_days(first, last).order_by()
    rows = rows.annotate(month=TruncMonth("day", output_field=DateField()), told=told)
    rows = rows.values_list("kind_id", "kind__name_es", "kind__name_en", "month", "told")
    counted = rows.annotate(**{f"n_{state}": Count("pk", filter=Q(state=state)) for state in OUTCOMES})
    groups, names = [], {}
    for kind, name_es, name_en, month, told_as, *counts in counted:
        names[kind] = (name_es, name_en)
        groups.append(Group(kind, month, told_as, tuple(counts)))
    return groups, names


# --- What may be told ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tellable(Generic[Key]):
    """Rows that may be shown, and the others with their sum."""

    shown: dict[Key, Counts]
    merged: list[Key] = field(default_factory=list)
    rest: Counts = ()


def may_be_told(counts: Counts) -> bool:
    return all(number == 0 or number >= FEWEST for number in counts)


def sum_of(rows: Iterable[Counts]) -> Counts:
    return tuple(sum(column) for column in zip(*rows, strict=True))


def tell(rows: Mapping[Key, Counts], besides: Iterable[Key] = ()) -> Tellable[Key] | None:
    """Merge the rows that hold a small number, and further ones with them; None where nothing but the total would be left.

    At least two different rows are merged, and their sum holds no small number: whoever takes the shown ones from the total
    learns that sum. `besides` are merged whatever they hold.
    """
    there = {key: counts for key, counts in rows.items() if any(counts)}
    merged = {key: counts for key, counts in there.items() if key in set(besides) or not may_be_told(counts)}
    while merged and (len(set(merged.values())) == 1 or not may_be_told(sum_of(merged.values()))):
        left = [key for key in there if key not in merged]
        if not left:
            return None
        smallest = min(left, key=lambda key: sum(there[key]))
        merged[smallest] = there[smallest]
    if merged and len(merged) == len(there):
        return None
    shown = {key: counts for key, counts in there.items() if key not in merged}
    return Tellable(shown, [key for key in there if key in merged], sum_of(merged.values()) if merged else ())


# --- The page ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rate:
    """Appointments with an outcome, those of them that were attended, and where it may be told what became of the others."""

    counts: Counts

    @property
    def over(self) -> int:
        return sum(self.counts)

    @property
    def attended(self) -> int:
        return self.counts[0]

    @property
    def did_not_get_in(self) -> int:
        return self.over - self.attended

    @property
    def missed(self) -> int | None:
        return self.counts[1] if len(self.counts) == len(OUTCOMES) else None

    @property
    def turned_away(self) -> int | None:
        return self.counts[2] if len(self.counts) == len(OUTCOMES) else None

    @property
    def share(self) -> int | None:
        """Per cent attended, rounded half up."""
        return (200 * self.attended + self.over) // (2 * self.over) if self.over else None


@dataclass(frozen=True)
class Line:
    """One row of a table. `told` has the rate of each way of being told, None where it may not be shown."""

    name: str
    rate: Rate
    told: list[Rate | None] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """Rows by name, and those of few appointments together. None of `lines`: only the total could be told."""

    is_detailed: bool = False  # Missed and turned away apart.
    lines: list[Line] = field(default_factory=list)
    rest: Rate | None = None
    merged: int = 0  # How many rows stand in the rest.


@dataclass(frozen=True)
class ShowUps:
    first: date
    last: date
    total: Rate | None  # None where it holds a small number itself: then `over` is all that is said.
    over: int
    by_told: Table
    by_kind: Table
    by_month: Table


def show_ups(staff: Any, *, months: int, today: date, language: str) -> ShowUps:
    """The rates of the last months, today's included. One query."""
    first = first_of(today, months)
    groups, names = groups_of(staff, first, today)
    place = 1 if language.startswith("en") else 0
    by_name = sorted(names, key=lambda kind: (names[kind][place].casefold(), kind))
    total = sum_of(group.counts for group in groups) if groups else (0,) * len(OUTCOMES)
    return ShowUps(
        first=first,
        last=today,
        total=next((Rate(counts) for counts in (total, in_two(total)) if may_be_told(counts)), None),
        over=sum(total),
        by_told=_table(groups, lambda group: group.told, {code: str(words) for code, words in TOLD.items()}),
        by_kind=_table(groups, lambda group: group.kind, {kind: names[kind][place] for kind in by_name}, split=True),
        by_month=_table(groups, lambda group: group.month, _months(first, today), split=True),
    )


def first_of(today: date, months: int) -> date:
    """The first day of a period of so many months that ends with this one."""
    number = today.year * 12 + today.month - months
    return date(number // 12, number % 12 + 1, 1)


def _months(first: date, last: date) -> dict[date, str]:
    found, day = {}, first
    while day <= last:
        found[day] = f"{MONTHS[day.month - 1]} {day.year}"
        day = (day + 31 * ONE_DAY).replace(day=1)
    return found


def in_two(counts: Counts) -> Counts:
    """Attended, and not: missed and turned away together."""
    return counts[0], sum(counts[1:])


def _table(groups: list[Group], key_of: Any, names: Mapping[Any, str], *, split: bool = False) -> Table:
    rows: dict[Any, list[Counts]] = defaultdict(list)
    for group in groups:
        rows[key_of(group)].append(group.counts)
    sums = {key: sum_of(rows[key]) for key in names if key in rows}
    detailed, plain = tell(sums), tell({key: in_two(counts) for key, counts in sums.items()})
    found = plain
    if detailed and (plain is None or len(detailed.shown) >= len(plain.shown)):
        found = detailed
    if found is None:
        return Table()
    told = _split(groups, key_of, found) if split else {}
    lines = [Line(names[key], Rate(counts), told.get(key, [None] * len(TOLD))) for key, counts in found.shown.items()]
    return Table(found is detailed, lines, Rate(found.rest) if found.rest else None, len(found.merged))


def _split(groups: list[Group], key_of: Any, found: Tellable) -> dict[Any, list[Rate | None]]:
    """The rows whose ways of being told may be shown too: every count of theirs, and those that are left, by the same rule."""
    cells: dict[Any, dict[str, Counts]] = defaultdict(lambda: dict.fromkeys(TOLD, (0, 0)))
    for group in groups:
        row = cells[key_of(group)]
        row[group.told] = sum_of([row[group.told], in_two(group.counts)])
    vectors = {key: tuple(number for told in TOLD for number in row[told]) for key, row in cells.items()}
    tellable = tell(vectors, besides=found.merged)
    if tellable is None:
        return {}
    return {
        key: [
            Rate(vector[start : start + 2]) if any(vector[start : start + 2]) else None
            for start in range(0, len(vector), 2)
        ]
        for key, vector in tellable.shown.items()
    }
