"""How appointments and their reminders look: state chips and the two clocks."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases.appointment_file import CHIPS, Notice
from cases.models import Appointment
from cases.walltime import clocks_of
from ngo.templatetags.posada import state

register = template.Library()


@register.simple_tag
def appointment_state(row: Appointment) -> SafeString:
    """The chip of an appointment's state; of one that is over and nobody wrote how it went, that."""
    if row.is_on and row.starts_at <= timezone.now():
        return state("warn", _("Write what became of it"), "flag")
    key, icon = CHIPS[row.state]
    return state(key, row.get_state_display(), icon)


@register.simple_tag
def reminder_state(notice: Notice) -> SafeString:
    """The chip of a reminder's state: what was sent never looks like what was delivered."""
    key, icon = notice.chip
    return state(key, notice.reminder.get_state_display(), icon)


@register.inclusion_tag("cases/appointments/_when.html")
def two_clocks(row: Appointment) -> dict[str, Any]:
    """The day, the hour here, and the hour at the place where its clock has another name."""
    clocks = clocks_of(row)
    return {"clocks": clocks, "may_change": row.is_on and clocks.may_change(timezone.now())}
