"""How appointments and their reminders look: state chips and the two clocks."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases import languages
from cases.appointment_file import CHIPS, SEVERITY_CHIPS, Notice
from cases.models import Appointment, AppointmentKind, Precision
from cases.walltime import clocks_of
from ngo.templatetags.posada import local_day, local_time, short_date, state, when

register = template.Library()


@register.simple_tag
def appointment_state(row: Appointment) -> SafeString:
    """The chip of an appointment's state; of one that is over and nobody wrote how it went, that."""
    now = timezone.now()
    if row.is_on and row.asked_at <= now:
        return state("warn", _("Write what became of it"), "flag")
    if row.was_not_confirmed_by(now):
        return state("alert", _("Not confirmed in time"), "clock")
    key, icon = CHIPS[row.state]
    return state(key, row.get_state_display(), icon)


@register.simple_tag
def severity(kind: AppointmentKind) -> SafeString:
    """The chip of how grave it is to miss an appointment of a kind: a word and an icon, never a colour alone."""
    key, icon = SEVERITY_CHIPS[kind.severity]
    return state(key, kind.get_severity_display(), icon)


@register.simple_tag
def date_and_hour(row: Appointment) -> SafeString | str:
    """When it is, on the clock of the house; where only the day is known, the day and that the hour is to be told."""
    return when(row.starts_at, row.home_zone) if row.hour_is_known else date_in_words(row)


@register.simple_tag
def date_in_words(row: Appointment) -> str:
    """The same, as text alone."""
    if row.hour_is_known:
        return local_time(row.starts_at, row.home_zone)
    return _("%(day)s, hour to be told") % {"day": short_date(row.local_date)}


@register.simple_tag
def leaving(row: Appointment) -> SafeString | str:
    """When they leave the house, on its clock; where only the day is known, that."""
    return when(row.leave_shelter_at, row.home_zone) if row.hour_is_known else date_and_hour(row)


@register.simple_tag
def next_date(case: Any) -> SafeString | str:
    """The next date of a case that was read with it (`with_next_date`)."""
    if case.next_precision == Precision.EXACT:
        return when(case.next_at, case.next_zone)
    return _("%(day)s, hour to be told") % {"day": local_day(case.next_at, case.next_zone)}


@register.filter
def language_name(code: str) -> str:
    return languages.language_name(code)


@register.simple_tag
def reminder_state(notice: Notice) -> SafeString:
    """The chip of a reminder's state: what was sent never looks like what was delivered."""
    key, icon = notice.chip
    return state(key, notice.reminder.get_state_display(), icon)


@register.inclusion_tag("cases/appointments/_when.html")
def two_clocks(row: Appointment) -> dict[str, Any]:
    """The day, the hour here, and the hour at the place where its clock has another name."""
    clocks = clocks_of(row)
    may_change = row.is_on and row.hour_is_known and clocks.may_change(timezone.now())
    return {"row": row, "clocks": clocks, "may_change": may_change}
