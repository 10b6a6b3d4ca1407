"""Filters of the pages about people."""

import phonenumbers
from django import template
from django_countries import countries

from cases import words
from cases.languages import language_name
from cases.models import Person

register = template.Library()
register.filter("age", words.age_words)
register.filter("days_since", words.days_since)
register.filter("days_words", words.days_words)
register.filter("diet_words", words.diet_words)
register.filter("language_name", language_name)
register.filter("language_words", words.language_words)


@register.filter
def country_name(code: str) -> str:
    return str(countries.name(code))


@register.filter
def last_three(number: str) -> str:
    """A phone with all but its last three digits hidden."""
    return f"••• {number[-3:]}"


@register.filter
def masked_email(address: str) -> str:
    """An address with all but its first letter and its domain hidden: "m•••@correo.example"."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


@register.filter
def written_phone(number: str) -> str:
    """A phone as one writes it: +52 656 555 0100."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def first_and_initial(person: Person) -> str:
    """What someone is called and the first letter of the surname: "Bruno T."."""
    surname = person.first_surname or person.second_surname
    return f"{person.called} {surname[0].upper()}." if surname else person.called


@register.filter
def a_number(digits: str) -> str:
    """An A-number as papers have it: A123-456-789."""
    return f"A{digits[:3]}-{digits[3:6]}-{digits[6:]}"
