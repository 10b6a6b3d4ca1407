"""What the pages of clocks show: read with the same number of queries whatever runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from cases.clock_engine import Engine, engine_of
from cases.clock_words import (
    NEAR,
    Standing,
    days_of,
    kept_left_out,
    likely_words,
    reading_words,
    safe_words,
    standing_of,
    used_words,
)
from cases.daycount import Result
from cases.models import (
    Authority,
    Certainty,
    Clock,
    ClockResult,
    ClockRule,
    ClockState,
    Closure,
    DayList,
    Family,
)
from ngo.models import Staff
from ngo.permissions import Permission, may


@dataclass(frozen=True)
class ClockLine:
    """One clock with its explanations."""

    clock: Clock
    result: Result
    standing: Standing
    engine: Engine
    today: date

    @property
    def rule(self) -> ClockRule:
        return self.clock.rule

    @cached_property
    def safe_words(self) -> str:
        return safe_words(self.rule, self.result.safe)

    @cached_property
    def likely_words(self) -> str:
        return likely_words(self.rule, self.result.likely, self.engine.by_key, after_hours=self.clock.after_hours)

    @cached_property
    def used(self) -> str:
        return used_words(self.clock, self.result, self.today, self.engine)

    @property
    def is_doubtful(self) -> bool:
        return self.rule.certainty != Certainty.READ

    @property
    def has_newer_rule(self) -> bool:
        """Whether the version that it runs by is not the one in force any more."""
        return self.rule.replaced_at is not None


def lines_of(clocks: Iterable[Clock], organisation_id: int, today: date | None = None) -> list[ClockLine]:
    """Clocks (with_rule) as they stand today. Three queries, whatever their number."""
    engine, today = engine_of(organisation_id), today or timezone.localdate()
    found = []
    for clock in clocks:
        result = engine.of_clock(clock)
        found.append(ClockLine(clock, result, standing_of(clock, result, today, engine), engine, today))
    return found


def family_lines(family: Family, today: date | None = None) -> list[ClockLine]:
    """Every clock of a family: those that run by their date, then those that ended, the last first. Four queries."""
    clocks = Clock.objects.filter(family=family).with_rule().order_by("safe_on", "pk")
    lines = lines_of(clocks, family.organisation_id, today)
    running = [line for line in lines if line.clock.state == ClockState.RUNNING]
    ended = [line for line in lines if line.clock.state != ClockState.RUNNING]
    return running + sorted(ended, key=lambda line: (line.clock.closed_on, line.clock.pk), reverse=True)


# --- The list of what is late and near ---------------------------------------------------------------------------------

SHOWN = ("late", "near", "all")


def clocks_shown(staff: Staff, show: str, today: date | None = None) -> Any:
    """The running clocks of a list: late, near (with the late ones), or all of them; the most urgent first."""
    today = today or timezone.localdate()
    clocks = Clock.objects.visible_to(staff).running()
    if show == "late":
        clocks = clocks.filter(late(today))
    elif show == "near":
        clocks = clocks.filter(late(today) | near(today))
    return clocks.with_rule().order_by("safe_on", "pk")


def late(today: date) -> Q:
    """Past the date that counts: the safe one of a person, the likely one of an authority."""
    return Q(rule__actor="person", safe_on__lt=today) | Q(rule__actor="authority", likely_on__lt=today)


def near(today: date) -> Q:
    return Q(rule__actor="person", safe_on__gte=today, safe_on__lte=today + timedelta(days=NEAR))


@dataclass(frozen=True)
class ClockCounts:
    """For the dashboard: how many clocks are late and near, and how many changes nobody told of."""

    late: int = 0
    near: int = 0
    to_tell: int = 0


def clock_counts(staff: Staff, today: date | None = None) -> ClockCounts:
    """Two queries; nothing for a role that does not see clocks. An authority's lateness is not counted as work to do."""
    if not may(staff, Permission.VIEW_CLOCKS):
        return ClockCounts()
    today = today or timezone.localdate()
    dates = list(
        Clock.objects.visible_to(staff)
        .until(today + timedelta(days=NEAR))
        .filter(rule__actor="person")
        .order_by()
        .values_list("safe_on", flat=True)
    )
    passed = sum(day < today for day in dates)
    return ClockCounts(passed, len(dates) - passed, changes_to_tell(staff).count())


# --- Changes of which somebody is to be told ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A date that moved: by what, from when to when, and what it leaves out now."""

    result: ClockResult
    engine: Engine

    @property
    def days(self) -> str:
        return days_of(kept_left_out(self.result.left_out), self.engine.by_key)


def changes_to_tell(staff: Staff) -> Any:
    return ClockResult.objects.visible_to(staff).to_tell()


def changes_of(results: Iterable[ClockResult], organisation_id: int) -> list[Change]:
    engine = engine_of(organisation_id)
    return [Change(result, engine) for result in results]


def with_causes(results: Any) -> Any:
    """Results with all that a line about a change needs."""
    return results.select_related(
        "clock__rule__authority", "clock__family", "clock__person", "closure", "by", "told_by"
    )


# --- The rules, as a lawyer checks them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleLine:
    """A rule in force: how it counts in words, and whether the organisation wrote it."""

    rule: ClockRule
    shipped_since: bool  # Posada brought a newer version after the organisation had written its own.

    @property
    def safe(self) -> str:
        return reading_words(self.rule.safe)

    @property
    def likely(self) -> str:
        return reading_words(self.rule.likely)


@dataclass(frozen=True)
class ListLine:
    """A list of days, with the days themselves for two years."""

    row: DayList
    years: list[tuple[int, list[date]]]


@dataclass(frozen=True)
class AuthorityPart:
    authority: Authority
    lists: list[str]
    rules: list[RuleLine]


@dataclass(frozen=True)
class RulesPage:
    parts: list[AuthorityPart]
    lists: list[ListLine]
    unverified: int


def rules_page(staff: Staff, today: date | None = None) -> RulesPage:
    """Every rule in force for an organisation, by authority, and every list of days. Four queries."""
    year = (today or timezone.localdate()).year
    rules = list(ClockRule.objects.visible_to(staff).in_force().select_related("authority", "made_by"))
    shipped = dict(ClockRule.objects.filter(organisation=None, replaced_at=None).values_list("code", "made_at"))
    lines = [
        RuleLine(rule, rule.organisation_id is not None and rule.code in shipped and shipped[rule.code] > rule.made_at)
        for rule in sorted(rules, key=lambda rule: (rule.position, rule.code))
    ]
    lists = list(DayList.objects.visible_to(staff).order_by("pk"))
    names = {one.code: one.name for one in lists}
    parts = [
        AuthorityPart(
            authority,
            [names[code] for code in authority.lists],
            [line for line in lines if line.rule.authority_id == authority.pk],
        )
        for authority in Authority.objects.visible_to(staff)
    ]
    days = [ListLine(one, [(when, sorted(one.counted.days_of(when))) for when in (year, year + 1)]) for one in lists]
    return RulesPage(parts, days, sum(line.rule.certainty != Certainty.READ for line in lines))


def closures_shown(staff: Staff) -> Any:
    """Closures of an organisation, those of the latest days first; withdrawn ones stay on the list."""
    rows = Closure.objects.visible_to(staff).select_related("authority", "office", "entered_by", "withdrawn_by")
    return rows.order_by("-first_day", "-pk")
