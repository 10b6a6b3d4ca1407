"""Facts about people in words: ages, waits, names of languages. Pages and messages say them alike."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.languages import language_name
from cases.models import BirthPrecision, Diet, Person

INFANT = 2  # Below this age months say more than years.


def age_words(person: Person, day: date | None = None) -> str:
    """ "34 years", "8 months", "About 4 years", "Age not known"."""
    day = day or timezone.localdate()
    age = person.age_on(day)
    if age is None:
        return _("Age not known")
    if person.birth_precision == BirthPrecision.EXACT and age < INFANT:
        months = (day.year - person.born_on.year) * 12 + day.month - person.born_on.month
        months -= day.day < person.born_on.day
        return ngettext("%(months)s month", "%(months)s months", months) % {"months": max(0, months)}
    if person.birth_precision == BirthPrecision.EXACT:
        return ngettext("%(age)s year", "%(age)s years", age) % {"age": age}
    return ngettext("About %(age)s year", "About %(age)s years", age) % {"age": age}


def days_since(instant, day: date | None = None) -> int:
    """Whole days from the local date of an instant until a day (today)."""
    return max(0, ((day or timezone.localdate()) - timezone.localdate(instant)).days)


def days_words(days: int) -> str:
    """How long someone waits: "Since today", "45 days"."""
    if not days:
        return _("Since today")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def language_words(codes: Iterable[str]) -> str:
    return ", ".join(language_name(code) for code in codes)


def diet_words(codes: Iterable[str]) -> str:
    """What the kitchen cooks for someone: "No pork, Soft food"."""
    return ", ".join(str(Diet(code).label) for code in codes)
