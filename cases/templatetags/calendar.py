"""What the calendar of appointments draws for each row."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.appointment_calendar import DaySquare
from cases.appointment_file import CHIPS
from cases.models import Appointment
from cases.walltime import at_clock, clocks_of
from ngo.templatetags.posada import MONTHS, icon, local_time, state, state_icon

register = template.Library()


@register.filter
def hour_there(row: Appointment) -> str:
    """The hour at the place in words; nothing where its clock and that of the house show the same."""
    return clocks_of(row).there_words if row.has_two_clocks else ""


@register.filter
def short_hour_there(row: Appointment) -> str:
    """The same in a small square: "12:30 there"."""
    if not row.has_two_clocks:
        return ""
    there, here = at_clock(row.zone, row.starts_at), at_clock(row.home_zone, row.starts_at)
    hour = f"{there:%H:%M}" if there.date() == here.date() else local_time(row.starts_at, row.zone)
    return _("%(hour)s there") % {"hour": hour}


@register.filter
def month_name(day: Any) -> str:
    """ "Nov 2026"."""
    return _("%(month)s %(year)s") % {"month": MONTHS[day.month - 1], "year": day.year}


@register.filter
def state_key(row: Appointment) -> str:
    return _chip(row)[0]


@register.simple_tag
def state_sign(row: Appointment) -> SafeString:
    """The icon of the state, which says its word to who cannot see it."""
    _key, word, drawing = _chip(row)
    return icon(drawing, label=word)


@register.simple_tag
def state_chip(row: Appointment) -> SafeString:
    return state(*_chip(row))


@register.simple_tag
def day_count(square: DaySquare) -> SafeString:
    """How many appointments a day has, in the colour of the worst of them. In the grid its words are read aloud alone."""
    words = ngettext("appointment that day", "appointments that day", square.total)
    if square.wrong:
        words += _(", %(number)d missed or turned away") % {"number": square.wrong}
    elif square.open:
        words += _(", %(number)d to look at") % {"number": square.open}
    drawing = icon("calendar-days" if square.mark == "info" else state_icon(square.mark))
    return format_html(
        '<span class="po-state" data-state="{}">{}<span>{}<span class="po-cal-words"> {}</span></span></span>',
        *(square.mark, drawing, square.total, words),
    )


def _chip(row: Appointment) -> tuple[str, str, str]:
    """Colour, word and icon of a state; of one that is over and nobody wrote how it went, that."""
    if row.is_on and row.starts_at <= timezone.now():
        return "warn", _("Write what became of it"), "flag"
    key, drawing = CHIPS.get(row.state, ("warn", "calendar-clock"))
    return key, str(row.get_state_display()), drawing
