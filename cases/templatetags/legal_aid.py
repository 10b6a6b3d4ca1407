"""Filters of the pages about legal aid."""

from django import template

from cases.forms.legal_aid import WEEKDAYS

register = template.Library()


@register.filter
def weekday_name(number: int) -> str:
    """0 is Monday."""
    return str(dict(WEEKDAYS)[number])
