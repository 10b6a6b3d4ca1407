"""Is this person already known? A question for the desk, never a stop (design: ui.md, section 6.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q
from rapidfuzz import fuzz

from cases.matching import plain
from cases.models import BirthPrecision, FamilyMember, Person
from ngo.models import Staff
from ngo.permissions import Permission, may

LOOSE = 0.4  # How alike PostgreSQL must find two names before we look closer; its own default of 0.6 loses short names.
LOOK_AT = 60  # Candidates that are ranked again.
SHOWN = 3
ALIKE = 84  # Of 100, after the birth date had its say.


@dataclass(frozen=True)
class Candidate:
    """Someone whom we may already know. `left_at` is when they last left a house, `is_here` whether they are in one now.

    `has_family` is whether they belong to a family with others now, which they would leave.
    """

    person: Person
    folio: str
    score: float
    left_at: datetime | None
    is_here: bool
    has_family: bool


def find_duplicates(
    *,
    staff: Staff,
    names: Sequence[str],
    born_on: date | None,
    precision: str = BirthPrecision.EXACT,
    exclude: Sequence[int] = (),
) -> list[Candidate]:
    """People of the staff's own organisation who may be this one, the most alike first; three at most.

    `names` are the parts as typed: given names, first and second surname. Roles that may not open files learn only of
    someone with the same year of birth.
    """
    typed = " ".join(part.strip() for part in names if part and part.strip())
    if len(typed) < 3:
        return []
    found = _alike_in_the_database(staff, names, typed, exclude)
    scored = sorted(
        ((_score(typed, born_on, precision, person), person) for person in found), key=lambda pair: -pair[0]
    )
    best = [(score, person) for score, person in scored if score >= ALIKE]
    if not may(staff, Permission.VIEW_PEOPLE):
        best = [(score, person) for score, person in best if _same_year(born_on, person)]
    families = _families([person for _score, person in best[:SHOWN]])
    return [
        Candidate(person, folio, score, person.left_at, person.stays_now > 0, has_family)
        for score, person in best[:SHOWN]
        for folio, has_family in [families.get(person.pk, ("", False))]
    ]


def _alike_in_the_database(staff: Staff, names: Sequence[str], typed: str, exclude: Sequence[int]) -> list[Any]:
    """A wide net: the whole name, and the given names with each surname alone, for surnames dropped or swapped."""
    given, *surnames = [part.strip() for part in names]
    needles = {typed, *(f"{given} {surname}" for surname in surnames if surname)}
    people = Person.objects.visible_to(staff).exclude(pk__in=exclude)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = %s", [LOOSE])
        keys = {
            pk for needle in sorted(needles) for pk in people.named_like(needle).values_list("pk", flat=True)[:LOOK_AT]
        }
    # `stays` is the floor above seen through its relation to this one: when they left, never more than that.
    valid = Q(stays__voided_at=None)
    return list(
        people.filter(pk__in=keys).annotate(
            left_at=Max("stays__departed_at", filter=valid),
            stays_now=Count("stays", filter=valid & Q(stays__departed_at=None, stays__isnull=False)),
        )
    )


def _score(typed: str, born_on: date | None, precision: str, person: Person) -> float:
    """0 to 100: how alike the names are, less what the birth dates say against it."""
    best = max(_names_alike(plain(typed), plain(name)) for name in [person.full_name, *person.aliases])
    return best - _dates_apart(born_on, precision, person)


def _names_alike(one: str, other: str) -> float:
    """Word order does not count; a missing surname costs little, a different one much."""
    whole = fuzz.token_sort_ratio(one, other)
    shorter, longer = sorted((one.split(), other.split()), key=len)
    if len(shorter) < 2 or len(shorter) == len(longer):
        return whole
    best = [max(fuzz.ratio(word, candidate) for candidate in longer) for word in shorter]
    return max(whole, min(best) - 4 * (len(longer) - len(shorter)) if min(best) > 80 else 0)


def _dates_apart(born_on: date | None, precision: str, person: Person) -> float:
    """What the two birth dates say against their being one person: 0 nothing, 60 that they are not."""
    if born_on is None or person.born_on is None:
        return 6
    exact = precision == person.birth_precision == BirthPrecision.EXACT
    years = abs(born_on.year - person.born_on.year)
    if not exact:
        return 0 if years <= 1 else 8 if years <= 3 else 60
    one, other = born_on, person.born_on
    if one == other:
        return -10
    if (one.day, one.month, one.year) == (other.month, other.day, other.year):
        return 0
    if (one.day, one.month) == (other.day, other.month):  # One digit of the year typed wrong.
        return 4 if sum(a != b for a, b in zip(str(one.year), str(other.year), strict=True)) == 1 else 60
    return 60 if years else 0 if one.day == other.day or one.month == other.month else 10


def _same_year(born_on: date | None, person: Person) -> bool:
    return born_on is not None and person.born_on is not None and born_on.year == person.born_on.year


def _families(people: list[Person]) -> dict[int, tuple[str, bool]]:
    """The file number of the family that each was last in, and whether they are in it now with others."""
    others = FamilyMember.objects.filter(family=OuterRef("family"), left_on=None).exclude(person=OuterRef("person"))
    rows = (
        FamilyMember.objects.filter(person__in=people)
        .order_by(F("left_on").asc(nulls_last=True), "joined_on", "pk")
        .values_list("person_id", "family__folio", Q(left_on=None) & Exists(others))
    )
    return {person_id: (folio, has_family) for person_id, folio, has_family in rows}
