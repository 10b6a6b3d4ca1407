"""The calendar of appointments: a month, a week or a day of an organisation, of one person, a family, a place or a colleague.

Every date is the one on the clock of the house that somebody leaves. A day shows its first appointments and says how many more
there are: the queries are the same few, and the page as long, for ten appointments and for ten thousand.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import MD5, Left, RowNumber
from django.utils.translation import gettext as _

from cases.daycount import DayList
from cases.models import (
    STILL_ON,
    Appointment,
    AppointmentPerson,
    AppointmentState,
    Family,
    FamilyMember,
    Person,
    SignInDuty,
)
from ngo.models import Office, Staff
from ngo.permissions import Permission, may

ONE_DAY = timedelta(days=1)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
MONTH, WEEK, DAY = "month", "week", "day"
VIEWS = (MONTH, WEEK, DAY)
SHOWN = {MONTH: 4, WEEK: 20}  # Appointments in the square of a day.
MOST_SIGN_INS = 100  # On the page of a day.
CALLED_OFF = [AppointmentState.CANCELLED, AppointmentState.CANCELLED_BY_AUTHORITY, AppointmentState.RESCHEDULED]
WENT_WRONG = [AppointmentState.MISSED, AppointmentState.TURNED_AWAY]
RESTS = {code: DayList(f"rest-{code}", country=code) for code in ("MX", "US")}
OFFICE, WRITTEN = "o", "w"  # How the address names a place: an office by its id, a written one by a hash of it.


@dataclass(frozen=True)
class Period:
    """The days that a page shows: those of the month, the week (from Monday) or the day that holds `on`."""

    view: str
    on: date

    @property
    def first(self) -> date:
        if self.view == MONTH:
            return self.on.replace(day=1)
        return self.on - timedelta(days=self.on.weekday()) if self.view == WEEK else self.on

    @property
    def last(self) -> date:
        if self.view == MONTH:
            return self.on.replace(day=monthrange(self.on.year, self.on.month)[1])
        return self.first + 6 * ONE_DAY if self.view == WEEK else self.on

    @property
    def before(self) -> date | None:
        """A day of the period before; None where there is none to go to."""
        day = self.first - ONE_DAY
        return day if day >= EARLIEST else None

    @property
    def after(self) -> date | None:
        day = self.last + ONE_DAY
        return day if day <= LATEST else None

    @property
    def days(self) -> list[date]:
        return [self.first + number * ONE_DAY for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Wanted:
    """Whose appointments: nothing set is everything of the organisation."""

    person: Person | None = None
    family: Family | None = None
    office: Office | None = None
    place: str = ""  # Written by hand.
    owner: Staff | None = None
    called_off: bool = False  # Also what was cancelled or moved.

    def of(self, rows: Any) -> Any:
        """Those of some appointments that are wanted."""
        if not self.called_off:
            rows = rows.exclude(state__in=CALLED_OFF)
        if self.person:
            rows = rows.filter(Exists(AppointmentPerson.objects.filter(appointment=OuterRef("pk"), person=self.person)))
        if self.place:
            rows = rows.filter(office=None, place=self.place)
        chosen = {"family": self.family, "office": self.office, "owner": self.owner}
        return rows.filter(**{name: value for name, value in chosen.items() if value})

    def of_sign_ins(self, rows: Any) -> Any:
        """The same of the duties to sign in: those of a family are those of its members."""
        if self.place:
            return rows.none()
        if self.family:
            members = FamilyMember.objects.filter(family=self.family, left_on=None)
            rows = rows.filter(person__in=members.values("person"))
        chosen = {"person": self.person, "office": self.office, "claim__process__owner": self.owner}
        return rows.filter(**{name: value for name, value in chosen.items() if value})


@dataclass
class DaySquare:
    """One day: its first appointments, how many it has, and how bad the worst of them is."""

    day: date
    is_today: bool
    rows: list[Appointment] = field(default_factory=list)
    total: int = 0
    wrong: int = 0  # Missed, or turned away there.
    open: int = 0  # Offered and not confirmed, or over without a word of how it went.
    sign_ins: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.rows)

    @property
    def is_empty(self) -> bool:
        return not self.total and not self.sign_ins

    @property
    def mark(self) -> str:
        """The state whose colour and icon the count bears."""
        return "alert" if self.wrong else "warn" if self.open else "info"

    @property
    def closed(self) -> str:
        return closed_on(self.day)


@dataclass(frozen=True)
class Calendar:
    """A month or a week: weeks of seven squares, None for a day that is not of the month."""

    period: Period
    weeks: list[list[DaySquare | None]]

    @property
    def squares(self) -> list[DaySquare]:
        return [square for week in self.weeks for square in week if square]

    @property
    def total(self) -> int:
        return sum(square.total for square in self.squares)

    @property
    def people_shown(self) -> int:
        return people_in(row for square in self.squares for row in square.rows)


def calendar_of(staff: Any, period: Period, wanted: Wanted, *, now: datetime, today: date) -> Calendar:
    """A month or a week. Three queries for the appointments, one for sign-ins where this person may see cases."""
    squares = {day: DaySquare(day, day == today) for day in period.days}
    ours = wanted.of(Appointment.objects.visible_to(staff)).on_days(period.first, period.last).order_by()
    for day, total, wrong, open_ in ours.values_list("day").annotate(**_counts(now)):
        squares[day].total, squares[day].wrong, squares[day].open = total, wrong, open_
    number = Window(RowNumber(), partition_by=[F("day")], order_by=["starts_at", "pk"])
    first_ones = ours.annotate(number=number).filter(number__lte=SHOWN[period.view]).order_by("starts_at", "pk")
    for row in first_ones.with_place().with_people():
        squares[row.day].rows.append(row)
    for day, total in sign_ins_by_day(staff, period, wanted).items():
        squares[day].sign_ins = total
    gap: list[DaySquare | None] = [None] * period.first.weekday()
    cells = [*gap, *squares.values()]
    cells += [None] * (-len(cells) % 7)
    return Calendar(period, [cells[start : start + 7] for start in range(0, len(cells), 7)])


def _counts(now: datetime) -> dict[str, Count]:
    over = Q(state__in=STILL_ON, starts_at__lt=now)
    return {
        "total": Count("pk"),
        "wrong": Count("pk", filter=Q(state__in=WENT_WRONG)),
        "open": Count("pk", filter=Q(state=AppointmentState.OFFERED) | over),
    }


def rows_of_day(staff: Any, day: date, wanted: Wanted) -> Any:
    """All appointments of one day, for its page."""
    rows = wanted.of(Appointment.objects.visible_to(staff)).on_days(day, day)
    return rows.order_by("starts_at", "pk").with_place().with_people()


def people_in(rows: Iterable[Any]) -> int:
    return sum(len(row.goers) for row in rows)


# --- Sign-ins ----------------------------------------------------------------------------------------------------------
def _sign_ins(staff: Any, period: Period, wanted: Wanted) -> Any:
    if not may(staff, Permission.VIEW_CASES):
        return SignInDuty.objects.none()
    due = SignInDuty.objects.visible_to(staff).running().filter(next_on__gte=period.first, next_on__lte=period.last)
    return wanted.of_sign_ins(due)


def sign_ins_by_day(staff: Any, period: Period, wanted: Wanted) -> dict[date, int]:
    """How many people must sign on each day; nothing for who may not see cases."""
    found: dict[date, int] = defaultdict(int)
    found.update(_sign_ins(staff, period, wanted).order_by().values_list("next_on").annotate(Count("pk")))
    return found


def sign_ins_of_day(staff: Any, day: date, wanted: Wanted) -> list[SignInDuty]:
    """Who must sign on a day, at most so many."""
    rows = _sign_ins(staff, Period(DAY, day), wanted).select_related("person", "office", "claim")
    return list(rows.order_by("pk")[:MOST_SIGN_INS])


# --- Places ------------------------------------------------------------------------------------------------------------
def code_of(office_id: int | None, place: str, place_code: str) -> str:
    """How the address names a place: no word of what somebody wrote stands in it."""
    return f"{OFFICE}{office_id}" if office_id else f"{WRITTEN}{place_code}" if place else ""


def _with_code(rows: Any) -> Any:
    return rows.annotate(place_code=Left(MD5("place"), 16))


def places_of(staff: Any, period: Period) -> dict[str, str]:
    """The places at which there is anything in a period, by their code, in the order of their names. One query."""
    rows = Appointment.objects.visible_to(staff).on_days(period.first, period.last).order_by()
    names = ("office_id", "place", "place_code", "office__name")
    found = {
        code_of(office, place, code): name or place
        for office, place, code, name in _with_code(rows).values_list(*names).distinct()
    }
    found.pop("", None)
    return dict(sorted(found.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def written_place(staff: Any, code: str) -> str:
    """The place that somebody wrote by hand and that has this code; empty where there is none."""
    rows = _with_code(Appointment.objects.visible_to(staff).filter(office=None)).filter(place_code=code)
    return rows.order_by().values_list("place", flat=True).first() or ""


# --- Days on which offices are closed ----------------------------------------------------------------------------------
@lru_cache(maxsize=1024)
def _rests_on(day: date) -> frozenset[str]:
    return frozenset(code for code, days in RESTS.items() if day in days.days_of(day.year))


def closed_on(day: date) -> str:
    """Which country rests on a day, in words; what an authority closes on its own stands on the page of closures."""
    return {
        frozenset({"MX"}): _("Day of rest in Mexico"),
        frozenset({"US"}): _("Day of rest in the U.S."),
        frozenset({"MX", "US"}): _("Day of rest in both countries"),
    }.get(_rests_on(day), "")
