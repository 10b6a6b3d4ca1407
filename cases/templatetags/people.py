"""Filters of the pages about people."""

from django import template

from cases import words

register = template.Library()
register.filter("age", words.age_words)
register.filter("days_since", words.days_since)
register.filter("days_words", words.days_words)
register.filter("language_words", words.language_words)


@register.filter
def last_three(number: str) -> str:
    """A phone with all but its last three digits hidden."""
    return f"••• {number[-3:]}"
