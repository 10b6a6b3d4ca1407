"""Two files side by side: what each says, and where they differ. Read for the page on which somebody decides."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django_countries import countries

from cases.models import BirthPrecision, Family, FamilyMember, Person
from cases.words import age_words, language_words
from ngo.templatetags.posada import full_date


@dataclass(frozen=True)
class Line:
    """One fact of both files. `name` is the field, `differs` whether both know it and say it differently."""

    name: str
    label: str
    one: str
    other: str
    differs: bool


def compare(one: Person, other: Person) -> list[Line]:
    """The facts of two files in the order of the form; a fact that neither knows is left out."""
    lines = []
    for name in SAID:
        label = str(Person._meta.get_field(name).verbose_name)
        mine, theirs = said(one, name), said(other, name)
        if mine or theirs:
            lines.append(Line(name, label, mine, theirs, bool(mine and theirs and mine != theirs)))
    return lines


SAID = ["given_names", "first_surname", "second_surname", "preferred_name", "other_names", "born_on", "sex", "gender"]
SAID += ["nationality", "speaks"]


def said(person: Person, name: str) -> str:
    """A fact in words, empty where it is not known."""
    value: Any = getattr(person, name)
    if name == "born_on":
        return birth_words(person)
    if name == "sex":
        return str(person.get_sex_display()) if person.sex else ""
    if name == "nationality":
        return ", ".join(str(countries.name(code)) for code in person.nationalities)
    if name == "other_names":
        return ", ".join(person.aliases)
    return language_words(value) if name == "speaks" else str(value)


def birth_words(person: Person) -> str:
    """ "8 Feb 1992 (34 years)", "1992, only the year is known", "About 34 years": never more exact than what is known."""
    if person.born_on is None:
        return ""
    if person.birth_precision == BirthPrecision.EXACT:
        day = full_date(person.born_on)
        return _("%(day)s (%(age)s)") % {"day": day, "age": age_words(person)}
    if person.birth_precision == BirthPrecision.YEAR:
        return _("%(year)s, only the year is known") % {"year": person.born_on.year}
    return age_words(person)


def families_of(people: list[Person]) -> dict[int, list[Family]]:
    """The families that each was in, the latest first. One query."""
    rows = FamilyMember.objects.filter(person__in=people).select_related("family").order_by("-joined_on", "-pk")
    found: dict[int, list[Family]] = {person.pk: [] for person in people}
    for row in rows:
        if row.family not in found[row.person_id]:
            found[row.person_id].append(row.family)
    return found
