"""A clock in words: each date with an explanation that a lawyer can follow, and what to do when it has passed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases.clock_engine import Engine
from cases.daycount import EVENT_DAY, WORKING, Counted, LeftOut, Reading, Result
from cases.models import Actor, Clock, ClockRule, ClockState, Closure
from ngo.templatetags.posada import full_date

NEAR = 7  # Days before its date from which a clock is on the list of what is near.


# --- How a rule counts -------------------------------------------------------------------------------------------------


def reading_words(reading: Reading) -> str:
    """ "30 working days, day 1 is the next working day": how a text counts."""
    count = {"count": reading.count}
    if reading.unit == WORKING and reading.start == EVENT_DAY:
        text = ngettext(
            "%(count)d working day; day 1 is the day of the event itself",
            "%(count)d working days; day 1 is the day of the event itself",
            reading.count,
        )
    elif reading.unit == WORKING:
        text = ngettext(
            "%(count)d working day; day 1 is the next working day",
            "%(count)d working days; day 1 is the next working day",
            reading.count,
        )
    elif reading.start == EVENT_DAY:
        text = ngettext(
            "%(count)d calendar day; day 1 is the day of the event itself",
            "%(count)d calendar days; day 1 is the day of the event itself",
            reading.count,
        )
    else:
        text = ngettext(
            "%(count)d calendar day; day 1 is the next day",
            "%(count)d calendar days; day 1 is the next day",
            reading.count,
        )
    return text % count


def days_of(left_out: Iterable[LeftOut], closures: dict[int, Closure]) -> str:
    """The days that did not count, as they stand in a sentence: "2 Feb 2026, 21 Dec 2026 to 24 Dec 2026 (closure: DOF …)"."""
    found = []
    for one in left_out:
        words = {"first": full_date(one.first), "last": full_date(one.last)}
        text = words["first"] if one.first == one.last else _("%(first)s to %(last)s") % words
        if one.key:
            closure = closures.get(one.key)
            words = {"days": text, "source": closure.source if closure else _("withdrawn since")}
            text = _("%(days)s (closure: %(source)s)") % words
        found.append(text)
    return "; ".join(found)


def _event(counted: Counted, rule: ClockRule) -> dict[str, str]:
    return {"event": rule.event, "on": full_date(counted.event), "first": full_date(counted.first)}


def safe_words(rule: ClockRule, counted: Counted) -> str:
    """Why the safe date is what it is."""
    words = _event(counted, rule) | {"count": rule.safe_count, "days": days_of(counted.left_out, {})}
    if rule.safe_unit != WORKING:
        text = ngettext(
            "%(count)d calendar day from %(event)s on %(on)s; day 1 is %(first)s. No day is left out: no other way of "
            "counting ends earlier.",
            "%(count)d calendar days from %(event)s on %(on)s; day 1 is %(first)s. No day is left out: no other way of "
            "counting ends earlier.",
            rule.safe_count,
        )
    elif counted.left_out:
        text = ngettext(
            "%(count)d working day from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays, Sundays and "
            "only the days that every list leaves out: %(days)s.",
            "%(count)d working days from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays, Sundays and "
            "only the days that every list leaves out: %(days)s.",
            rule.safe_count,
        )
    else:
        text = ngettext(
            "%(count)d working day from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays and Sundays; "
            "no day that every list leaves out falls in this time.",
            "%(count)d working days from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays and Sundays; "
            "no day that every list leaves out falls in this time.",
            rule.safe_count,
        )
    return text % words


def likely_words(rule: ClockRule, counted: Counted, closures: dict[int, Closure], *, after_hours: bool = False) -> str:
    """Why the likely date is what it is."""
    words = _event(counted, rule) | {"count": rule.likely_count, "days": days_of(counted.left_out, closures)}
    if rule.likely_unit != WORKING:
        text = ngettext(
            "%(count)d calendar day from %(event)s on %(on)s; day 1 is %(first)s.",
            "%(count)d calendar days from %(event)s on %(on)s; day 1 is %(first)s.",
            rule.likely_count,
        )
    elif counted.left_out:
        text = ngettext(
            "%(count)d working day from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays, Sundays and "
            "every day of any list or closure: %(days)s.",
            "%(count)d working days from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays, Sundays and "
            "every day of any list or closure: %(days)s.",
            rule.likely_count,
        )
    else:
        text = ngettext(
            "%(count)d working day from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays and Sundays; "
            "no day of any list or closure falls in this time.",
            "%(count)d working days from %(event)s on %(on)s; day 1 is %(first)s. Left out are Saturdays and Sundays; "
            "no day of any list or closure falls in this time.",
            rule.likely_count,
        )
    sentences = [text % words]
    if after_hours:
        sentences.append(_("It was done when the office had shut, so it counts as done on its next working day."))
    if counted.rolled_from:
        moved = _("The count ends on %(day)s, when nobody works there, so the next working day holds.")
        sentences.append(moved % {"day": full_date(counted.rolled_from)})
    return " ".join(sentences)


# --- Where a clock stands ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How urgent a clock is: `state` colours it, `word` stands in the chip, `sentence` says what is so and what now."""

    state: str
    word: str
    sentence: str
    is_late: bool = False


def standing_of(clock: Clock, result: Result, today: date, engine: Engine) -> Standing:
    """Where a clock stands today. Past a limit it never says that somebody cannot apply: a lawyer may see a way."""
    if clock.state != ClockState.RUNNING:
        state = {ClockState.MET: "ok", ClockState.PASSED: "alert"}.get(ClockState(clock.state), "out")
        late = clock.state == ClockState.PASSED
        sentence = _("Late: see a lawyer. There may be a way.") if late else str(clock.get_state_display())
        return Standing(state, str(clock.get_state_display()), sentence, is_late=late)
    safe, likely = result.safe.last, result.likely.last
    if clock.rule.actor == Actor.AUTHORITY:
        return _of_the_authority(safe, likely, today, clock, engine)
    if today > likely:
        late = engine.every(clock.rule.authority_id, clock.office_id).working_between(likely, today) - 1
        text = ngettext(
            "The limit passed %(count)d working day ago. Late: see a lawyer. There may be a way.",
            "The limit passed %(count)d working days ago. Late: see a lawyer. There may be a way.",
            max(late, 0),
        )
        return Standing("alert", _("See a lawyer"), text % {"count": max(late, 0)}, is_late=True)
    if today > safe:
        text = _(
            "By the safe count the limit passed; by the likely one there is time until %(day)s. Act today and see a lawyer."
        )
        return Standing("alert", _("See a lawyer"), text % {"day": full_date(likely)}, is_late=True)
    return _ahead(safe, today)


def _ahead(safe: date, today: date) -> Standing:
    days = (safe - today).days
    if days == 0:
        return Standing("alert", _("Today"), _("It must be done today."))
    text = ngettext("%(count)d day left by the safe count.", "%(count)d days left by the safe count.", days)
    word = ngettext("%(count)d day", "%(count)d days", days)
    return Standing("warn" if days <= NEAR else "info", word % {"count": days}, text % {"count": days})


def _of_the_authority(safe: date, likely: date, today: date, clock: Clock, engine: Engine) -> Standing:
    if today > likely:
        sentence = _("The authority is past its time by every count: see a lawyer.")
        return Standing("warn", _("Past its time"), sentence, is_late=True)
    if today > safe:
        sentence = _("By the safe count its time is over; it may count until %(day)s.")
        return Standing("info", _("May be past its time"), sentence % {"day": full_date(likely)})
    sentence = _("The authority may take until %(day)s.")
    return Standing("info", pgettext("clock of an authority", "Runs"), sentence % {"day": full_date(likely)})


def used_words(clock: Clock, result: Result, today: date, engine: Engine) -> str:
    """ "Day 12 of 30 working days", by the safe count; empty before day 1 and after the last."""
    counted, rule = result.safe, clock.rule
    if not counted.first <= today <= counted.last or clock.state != ClockState.RUNNING:
        return ""
    if rule.safe_unit == WORKING:
        day = engine.shared(rule.authority_id).working_between(counted.first, today)
        text = ngettext(
            "Day %(day)d of %(count)d working day", "Day %(day)d of %(count)d working days", rule.safe_count
        )
    else:
        day = (today - counted.first).days + 1
        text = ngettext(
            "Day %(day)d of %(count)d calendar day", "Day %(day)d of %(count)d calendar days", rule.safe_count
        )
    return text % {"day": day, "count": rule.safe_count}


def kept_left_out(kept: Iterable[Any]) -> list[LeftOut]:
    """What a record kept of a count, for `days_of`."""
    return [LeftOut(date.fromisoformat(first), date.fromisoformat(last), key) for first, last, key in kept]
