"""Words for the codes and numbers of a report: labels, what differs, and the lines that leave the house.

What is not known is said as such, never as zero. What goes into mails, files and the text for a chat is made of the publishable
figures alone (shelters/services/publishing.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from cases.models import Group
from ngo.templatetags.posada import local_time, short_date
from shelters.models import CapacityReport, Meal, ReportState, SpaceKind, TurnAwayReason
from shelters.services.publishing import publishable
from shelters.services.report_figures import AGES, GROUPS, SEXES, Difference, Figures, differences

Words = str | Promise

FIGURES: dict[str, Words] = {
    "occupied": _("In the house"),
    "nominal": _("Places"),
    "usable": _("Usable places"),
    "out_of_service": _("Out of service"),
    "held": _("Held"),
    "free": _("Free"),
    "over": _("Over capacity"),
    "surge": _("Surge places"),
    "occupied_surge": _("On surge places"),
    "away": _("Away by the roll-call"),
    "counted": _("Counted by the roll-call"),
    "arrivals": _("Arrivals"),
    "departures": _("Departures"),
    "turned_away": _("People turned away"),
    "turned_away_parties": _("Parties turned away"),
    "legal_slots": _("Free legal slots next week"),
}
SEX_WORDS: dict[str, Words] = {
    "f": _("Women and girls"),
    "m": _("Men and boys"),
    "x": pgettext_lazy("sex", "Other"),
    "unknown": _("Sex not recorded"),
}
AGE_WORDS: dict[str, Words] = {
    "0-5": _("0 to 5 years"),
    "6-11": _("6 to 11 years"),
    "12-17": _("12 to 17 years"),
    "18-59": _("18 to 59 years"),
    "60+": _("60 years and over"),
    "unknown": _("Age not known"),
}
GROUP_WORDS: dict[str, Words] = {**{group.value: group.label for group in Group}, "none": _("No group yet")}
ROLL_CALL_WORDS: dict[str, Words] = {
    "present": pgettext_lazy("roll-call", "Present"),
    "on_leave": pgettext_lazy("roll-call", "On leave"),
    "absent": pgettext_lazy("roll-call", "Absent"),
    "not_counted": pgettext_lazy("roll-call", "Not counted"),
}
ROOM_WORDS: dict[str, Words] = {
    "usable": _("Family rooms in use"),
    "taken": _("Family rooms with a family"),
    "free": _("Family rooms for another family"),
    "free_beds": _("Empty beds, counted bed by bed"),
    "kept": _("Empty beds in another family's room"),
}
COVER_WORDS: dict[str, Words] = {
    "left": pgettext_lazy("store", "Left"),
    "days": _("Days of cover"),
    "is_low": _("Fewer days than wanted"),
}
STATES: dict[str, Words] = {
    "live": pgettext_lazy("report", "live"),
    ReportState.DRAFT: pgettext_lazy("report", "draft"),
    ReportState.CONFIRMED: pgettext_lazy("report", "confirmed"),
    ReportState.UNCONFIRMED: pgettext_lazy("report", "not confirmed"),
    "corrected": pgettext_lazy("report", "corrected"),
    "no_report": pgettext_lazy("report", "no report"),
}
CHIPS: dict[str, tuple[str, Words, str]] = {
    ReportState.DRAFT: ("warn", pgettext_lazy("report", "Draft"), "pencil"),
    ReportState.CONFIRMED: ("ok", pgettext_lazy("report", "Confirmed"), "circle-check"),
    ReportState.UNCONFIRMED: ("warn", pgettext_lazy("report", "Not confirmed"), "clock"),
    "none": ("unknown", _("No report"), "circle-question-mark"),
    "coming": ("info", _("Not due yet"), "clock"),
    "closed": ("out", _("Closed"), "wrench"),
}


def said(value: Any) -> str:
    """A figure in words: unknown is unknown."""
    if value is None:
        return _now("not known")
    if isinstance(value, bool):
        return pgettext("answer", "Yes") if value else pgettext("answer", "No")
    return str(value)


# --- What differs ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """One figure that is another one now, in words. `where` is empty for a figure of the whole house."""

    where: str
    what: str
    old: str
    new: str


def changed(found: Iterable[Difference], old: Figures, new: Figures) -> list[Changed]:
    """The differences in words. Sums by kind of space say nothing that the spaces do not, and are left out."""
    names = {
        (part, one["id"]): one["name"]
        for figures in (old, new)
        for part in ("spaces", "staples")
        for one in figures.get(part) or []
    }
    return [Changed(*_label(one.path, names), said(one.old), said(one.new)) for one in found if one.path[0] != "kinds"]


def _label(path: tuple[Any, ...], names: Mapping[tuple[str, int], str]) -> tuple[str, str]:
    part = path[0]
    if part in {"spaces", "staples"} and len(path) == 3:
        words = FIGURES if part == "spaces" else COVER_WORDS
        return names.get((part, path[1]), ""), str(words.get(path[2], path[2]))
    if part == "people" and len(path) == 3:
        return str(SEX_WORDS[path[1]]), str(AGE_WORDS[path[2]])
    sections: dict[str, tuple[Words, Mapping[Any, Words]]] = {
        "groups": (_("Group"), GROUP_WORDS),
        "meals": (_("Meals served"), {meal.value: meal.label for meal in Meal}),
        "roll_call": (_("Roll-call"), ROLL_CALL_WORDS),
        "rooms": (_("Rooms and beds"), ROOM_WORDS),
        "turned_away_reasons": (_("Turned away"), {reason.value: reason.label for reason in TurnAwayReason}),
    }
    if part in sections and len(path) == 2:
        title, words = sections[part]
        return str(title), str(words.get(path[1], path[1]))
    return "", str(FIGURES.get(part, part))


# --- What leaves the house ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    label: str
    value: str


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Line]
    note: str = ""


def sections(published: Figures) -> list[Section]:
    """The publishable figures as titled lines of label and value."""
    return [
        Section(_now("Places"), _place_lines(published)),
        Section(_now("Who came and went"), _movement_lines(published)),
        *_space_sections(published),
        *_breakdowns(published),
        Section(_now("Food and legal aid"), _supply_lines(published)),
    ]


def usable(figures: Mapping[str, Any]) -> int:
    return figures["nominal"] - figures["out_of_service"]


def _place_lines(figures: Figures) -> list[Line]:
    names = ["occupied", "usable", "free", "held", "over", "out_of_service", "occupied_surge"]
    values = {**figures, "usable": usable(figures), "over": _over(figures["over"])}
    return [Line(str(FIGURES[name]), said(values[name])) for name in names]


def _over(number: int) -> str:
    return f"+{number}" if number else "0"


def _movement_lines(figures: Figures) -> list[Line]:
    hidden = _now("not shown: fewer than 5 came or went")
    moved = [
        Line(str(FIGURES[name]), hidden if figures[name] is None else said(figures[name]))
        for name in ("arrivals", "departures")
    ]
    lines = [*moved, Line(str(FIGURES["turned_away"]), said(figures["turned_away"]))]
    if figures["turned_away_reasons"]:
        lines += _cells(figures["turned_away_reasons"], {reason.value: reason.label for reason in TurnAwayReason})
    return lines


def _space_sections(figures: Figures) -> list[Section]:
    if not figures["spaces"]:
        return []
    lines = [Line(space["name"] or _now("Other spaces together"), _space_words(space)) for space in figures["spaces"]]
    return [Section(_now("By space"), lines)]


def _space_words(space: Mapping[str, Any]) -> str:
    words = _now("%(people)s of %(places)s, free %(free)s") % {
        "people": space["occupied"],
        "places": usable(space),
        "free": space["free"],
    }
    return f"{words}, +{space['over']}" if space["over"] else words


def _breakdowns(figures: Figures) -> list[Section]:
    parts: list[tuple[str, str, Mapping[str, Words]]] = [
        ("sexes", _now("By sex"), SEX_WORDS),
        ("ages", _now("By age"), AGE_WORDS),
        ("groups", _now("By group"), GROUP_WORDS),
    ]
    return [Section(title, _cells(figures[name], words)) for name, title, words in parts if figures[name]]


def _cells(breakdown: Mapping[str, Any], words: Mapping[str, Words]) -> list[Line]:
    """The cells with people in them, in the order of the words; the merged ones in one line."""
    cells = breakdown["cells"]
    lines = [Line(str(words[code]), said(cells[code])) for code in words if cells.get(code)]
    if breakdown["merged"]:
        together = ", ".join(str(words[code]) for code in words if code in breakdown["merged"])
        lines.append(Line(_now("%(groups)s, together") % {"groups": together}, said(breakdown["merged_people"])))
    return lines


def _supply_lines(figures: Figures) -> list[Line]:
    meals = [Line(str(meal.label), said(figures["meals"][meal.value])) for meal in Meal]
    staples = [Line(cover["name"], days_words(cover["days"])) for cover in figures["staples"] or []]
    return [*meals, *staples, Line(str(FIGURES["legal_slots"]), said(figures["legal_slots"]))]


def days_words(days: int | None) -> str:
    if days is None:
        return _now("not known")
    return ngettext("lasts %(count)d day", "lasts %(count)d days", days) % {"count": days}


def small_note() -> str:
    return _now("Groups of fewer than 5 people are joined with others, so that nobody can be recognised.")


def state_words(report: CapacityReport | None) -> str:
    """What stands behind the figures, for somebody who was not there: confirmed when, or by nobody."""
    if report is None or report.state == ReportState.DRAFT:
        return _now("Draft: nobody has confirmed these figures")
    hour = local_time(report.frozen_at, report.shelter)
    if report.version > 1:
        return _now("Corrected on %(when)s, version %(version)s") % {"when": hour, "version": report.version}
    if report.state == ReportState.UNCONFIRMED:
        return _now("Not confirmed: counted on %(when)s from the records") % {"when": hour}
    return _now("Confirmed on %(when)s") % {"when": hour}


def headline(figures: Mapping[str, Any], shelter: Any) -> str:
    """The line that is true when it is the only one read."""
    words = ngettext(
        "%(count)d person sleeps at %(shelter)s, with %(places)d usable places.",
        "%(count)d people sleep at %(shelter)s, with %(places)d usable places.",
        figures["occupied"],
    )
    return words % {"count": figures["occupied"], "shelter": shelter.name, "places": usable(figures)}


def mail_context(report: CapacityReport, before: CapacityReport | None) -> dict[str, Any]:
    """All that the e-mail of a frozen report says, in the language that is active."""
    figures = publishable(report.figures)
    return {
        "shelter": report.shelter.name,
        "night": short_date(report.night),
        "headline": headline(figures, report.shelter),
        "state": state_words(report),
        "is_confirmed": report.state == ReportState.CONFIRMED,
        "is_correction": report.version > 1,
        "version": report.version,
        "counted_at": local_time(report.counted_at, report.shelter),
        "reason": report.reason,
        "changes": _public_changes(before, figures) if before else [],
        "sections": sections(figures),
        "note": small_note(),
    }


def _public_changes(before: CapacityReport, new: Figures) -> list[Changed]:
    """The totals of the house that a correction changed; nothing of how many of whom."""
    old = publishable(before.figures)
    totals = [one for one in differences(old, new) if len(one.path) == 1 and one.path[0] in FIGURES]
    return [one for one in changed(totals, old, new) if one.old != one.new]


def chat_text(figures: Figures, report: CapacityReport | None, shelter: Any, night: Any) -> str:
    """A short, neutral text to paste into a chat: places, and what is missing. No person, no small group."""
    published = publishable(figures)
    lines = [
        _now("%(shelter)s, night of %(night)s") % {"shelter": shelter.name, "night": short_date(night)},
        state_words(report),
        _now("People: %(people)s of %(places)s places")
        % {"people": published["occupied"], "places": usable(published)},
        _now("Free: %(free)s. Held: %(held)s") % {"free": published["free"], "held": published["held"]},
    ]
    if published["over"]:
        lines.append(_now("Over capacity: +%(over)s") % {"over": published["over"]})
    lines.append(_now("Turned away: %(number)s") % {"number": said(published["turned_away"])})
    lines += [
        _now("%(item)s: %(days)s") % {"item": cover["name"], "days": days_words(cover["days"])}
        for cover in published["staples"] or []
        if cover["is_low"]
    ]
    if published["legal_slots"] is not None:
        lines.append(_now("Free legal slots next week: %(number)s") % {"number": published["legal_slots"]})
    return "\n".join(lines)


def table_rows(figures: Figures) -> list[list[str]]:
    """The publishable figures for a spreadsheet: part, what, value. A number stands there as a number: 3, not +3."""
    published = publishable(figures)
    parts = [part for part in sections(published) if part.title != _now("By space")]
    rows = [[part.title, line.label, line.value.removeprefix("+")] for part in parts for line in part.lines]
    for space in published["spaces"] or []:
        name = space["name"] or _now("Other spaces together")
        columns = ["occupied", "nominal", "out_of_service", "held", "free", "over"]
        rows += [[name, str(FIGURES[column]), said(space[column])] for column in columns]
    return rows


# --- For the page ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WhoTable:
    """Everyone in the house by age, in columns of sex. Columns and lines without anybody are left out."""

    sexes: list[Words]
    rows: list[tuple[Words, list[tuple[Words, int]], int]]


def who_table(figures: Figures) -> WhoTable:
    people = figures["people"]
    sexes = [sex for sex in SEXES if sum(people[sex].values())]
    ages = [age for age in AGES if sum(people[sex][age] for sex in sexes)]
    rows = [
        (AGE_WORDS[age], [(SEX_WORDS[sex], people[sex][age]) for sex in sexes], sum(people[sex][age] for sex in sexes))
        for age in ages
    ]
    return WhoTable([SEX_WORDS[sex] for sex in sexes], rows)


def group_rows(figures: Figures) -> list[tuple[Words, int]]:
    return [(GROUP_WORDS[group], figures["groups"][group]) for group in GROUPS if figures["groups"][group]]


def kind_rows(figures: Figures) -> list[tuple[Words, dict[str, int], int]]:
    """Each kind of space with its figures and its usable places; nothing where the house has only one kind."""
    kinds = figures["kinds"]
    if len(kinds) < 2:
        return []
    return [(kind.label, kinds[kind.value], usable(kinds[kind.value])) for kind in SpaceKind if kind.value in kinds]


def reason_rows(figures: Figures) -> list[tuple[Words, int]]:
    reasons = figures["turned_away_reasons"] or {}
    return [(reason.label, reasons[reason.value]) for reason in TurnAwayReason if reason.value in reasons]


def meal_rows(figures: Figures) -> list[tuple[Words, int | None]]:
    return [(meal.label, figures["meals"][meal.value]) for meal in Meal]
