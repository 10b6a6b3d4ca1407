"""The questions whether two files are one person's: found by comparing, decided by people. Joining two is the floor above."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import matching
from cases.models import BirthPrecision, FamilyMember, NameWord, PairState, Person, PossibleDuplicate
from ngo.errors import Refused
from ngo.models import Organisation, Staff

AT_ONCE = 25  # People compared in one transaction.
LOOK_AT = 60  # Of those whose names, or whose dates, are alike.
LOOSE = 0.4  # As in duplicates.py: how alike the database must find two names.
COUNTED_PEOPLE = ""  # The row of NameWord that says among how many people the words were counted.

COUNT_WORDS = """
INSERT INTO cases_nameword (organisation_id, word, people)
SELECT %(organisation)s, word, count(DISTINCT id)
FROM cases_person, regexp_split_to_table(name_key, ' ') AS word
WHERE organisation_id = %(organisation)s AND merged_into_id IS NULL GROUP BY word
UNION ALL
SELECT %(organisation)s, '', count(*) FROM cases_person WHERE organisation_id = %(organisation)s AND merged_into_id IS NULL
ON CONFLICT (organisation_id, word) DO UPDATE SET people = excluded.people
"""

BY_NAME = """
(SELECT id FROM cases_person
 WHERE organisation_id = %s AND merged_into_id IS NULL AND name_key %%> posada_normalise(%s)
 ORDER BY name_key <->> posada_normalise(%s), id LIMIT %s)
"""
BY_DATE = """
(SELECT id FROM cases_person
 WHERE organisation_id = %s AND merged_into_id IS NULL AND born_on = ANY(%s)
 ORDER BY name_key <->> posada_normalise(%s), id LIMIT %s)
"""


# --- Comparing ---------------------------------------------------------------------------------------------------------


def compare_new_people(at_most: int = 40, organisation: Organisation | None = None) -> int:
    """Compare whoever is new, or was corrected, with everybody else of their organisation. How many people were compared.

    `at_most` so many transactions: what is left is done the next time. Two workers take different people.
    With `organisation`, only its people.
    """
    compared = 0
    for _turn in range(at_most):
        done = _compare_some({"organisation": organisation} if organisation else {})
        compared += done
        if done < AT_ONCE:
            break
    return compared


@transaction.atomic
def _compare_some(of: dict[str, Organisation]) -> int:
    new = Person.objects.filter(compared_at=None, merged_into=None, **of).order_by("recorded_at")
    people = list(new.select_for_update(no_key=True, skip_locked=True)[:AT_ONCE])
    for organisation in sorted({person.organisation_id for person in people}):
        _compare(organisation, [person for person in people if person.organisation_id == organisation])
    Person.objects.filter(pk__in=[person.pk for person in people]).update(compared_at=timezone.now())
    return len(people)


def _compare(organisation: int, people: list[Person]) -> None:
    """Write the pairs of these people that are worth a question; take back the open ones that are not any more."""
    total = _count_words_where_needed(organisation)
    candidates = {person.pk: _candidates(person) for person in people}
    files = {person.pk: person for person in people}
    files |= Person.objects.in_bulk({pk for found in candidates.values() for pk in found} - set(files))
    facts = {pk: matching.facts_of(person) for pk, person in files.items()}
    rarity = _rarity(organisation, facts.values(), total)
    pairs: dict[tuple[int, int], float] = {}
    for person in people:
        for other in candidates[person.pk]:
            score = matching.against_chance(matching.evidence(facts[person.pk], facts[other], rarity), total)
            if score >= matching.ASKED_FROM:
                pairs[min(person.pk, other), max(person.pk, other)] = score
    relatives = _relatives(pairs, facts)
    _write(organisation, people, {pair: score for pair, score in pairs.items() if pair not in relatives})


def _candidates(person: Person) -> set[int]:
    """Everybody who may be this person: alike by name, in any order and with a surname dropped, or born on the same day."""
    whole = [person.full_name, *person.aliases]
    surnames = [surname for surname in (person.first_surname, person.second_surname) if surname]
    needles = dict.fromkeys([*whole, *(f"{person.given_names} {surname}" for surname in surnames)])
    parts: list[str] = []
    values: list[Any] = []
    for needle in needles:
        parts.append(BY_NAME)
        values += [person.organisation_id, needle, needle, LOOK_AT]
    if dates := _dates(person):
        parts.append(BY_DATE)
        values += [person.organisation_id, dates, person.full_name, LOOK_AT]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LOOSE)])
        cursor.execute(" UNION ".join(parts), values)
        return {pk for (pk,) in cursor.fetchall()} - {person.pk}


def _dates(person: Person) -> list[date]:
    """The day somebody was born, and what it is with day and month swapped; nothing where only a year is known."""
    born = person.born_on
    if born is None or person.birth_precision != BirthPrecision.EXACT or (born.day, born.month) == (1, 1):
        return []
    return [born, born.replace(day=born.month, month=born.day)] if born.day <= 12 else [born]


def _relatives(pairs: Iterable[tuple[int, int]], facts: dict[int, matching.Facts]) -> set[tuple[int, int]]:
    """Pairs in one family now whose first names differ: brothers and sisters, or twins, and no question."""
    ids = {pk for pair in pairs for pk in pair}
    families: dict[int, set[int]] = {}
    for person, family in FamilyMember.objects.filter(person__in=ids, left_on=None).values_list("person", "family"):
        families.setdefault(person, set()).add(family)
    return {
        (one, other)
        for one, other in pairs
        if families.get(one, set()) & families.get(other, set())
        and not _given_alike(facts[one].given, facts[other].given)
    }


def _given_alike(one: str, other: str) -> bool:
    """Whether the first of the first names may be the same name."""
    return matching.alike(one.split(" ")[0], other.split(" ")[0]) >= matching.ALIKE


def _write(organisation: int, people: list[Person], pairs: dict[tuple[int, int], float]) -> None:
    PossibleDuplicate.objects.bulk_create(
        [
            PossibleDuplicate(organisation_id=organisation, one_id=one, other_id=other, score=score)
            for (one, other), score in sorted(pairs.items())
        ],
        update_conflicts=True,
        unique_fields=["one", "other"],
        update_fields=["score"],
    )
    ids = [person.pk for person in people]
    before = PossibleDuplicate.objects.filter(Q(one__in=ids) | Q(other__in=ids), state=PairState.OPEN)
    gone = [row.pk for row in before if (row.one_id, row.other_id) not in pairs]
    PossibleDuplicate.objects.filter(pk__in=gone).delete()


# --- How rare a word is ------------------------------------------------------------------------------------------------


def _count_words_where_needed(organisation: int) -> int:
    """How many people there are; the words are counted anew once there are a fifth more than at the last time."""
    people = Person.objects.filter(organisation=organisation, merged_into=None).count()
    counted = NameWord.objects.filter(organisation=organisation, word=COUNTED_PEOPLE)
    before = counted.values_list("people", flat=True).first()
    if before is None or people > before * 1.2:
        with connection.cursor() as cursor:
            cursor.execute(COUNT_WORDS, {"organisation": organisation})
    return people


def _rarity(organisation: int, facts: Iterable[matching.Facts], total: int) -> matching.Rarity:
    words = sorted({word for one in facts for name in one.names for word in name})
    rows = NameWord.objects.filter(organisation=organisation, word__in=words)
    known = dict(rows.values_list("word", "people"))
    return lambda word: matching.rarity_of(known.get(word, 0), total)


# --- Deciding ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def say_different(*, pair: PossibleDuplicate, by: Staff, reason: str) -> PossibleDuplicate:
    """Write that two files are two people's: they are not asked about again."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("Write how it was found out."))
    pair = _open(pair)
    pair.state, pair.decided_at, pair.decided_by, pair.reason = PairState.DIFFERENT, timezone.now(), by, reason
    pair.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    return pair


@transaction.atomic
def ask_again(*, pair: PossibleDuplicate, by: Staff) -> PossibleDuplicate:
    """Put a pair that was said to be two people back among the questions."""
    pair = PossibleDuplicate.objects.select_for_update().get(pk=pair.pk)
    if pair.state != PairState.DIFFERENT:
        raise Refused(_("This pair is not among those that were told apart."))
    pair.state, pair.decided_at, pair.decided_by, pair.reason = PairState.OPEN, None, None, ""
    pair.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    return pair


def _open(pair: PossibleDuplicate) -> PossibleDuplicate:
    pair = PossibleDuplicate.objects.select_for_update().get(pk=pair.pk)
    if pair.state != PairState.OPEN:
        raise Refused(_("Somebody has decided this already: %(what)s.") % {"what": PairState(pair.state).label})
    return pair


def pair_of(one: Person, other: Person) -> PossibleDuplicate | None:
    """The question about two people, whichever of them is named first."""
    first, second = sorted((one.pk, other.pk))
    return PossibleDuplicate.objects.filter(one=first, other=second).first()


def compare_again(people: Sequence[Person]) -> None:
    """Facts of these people changed: they are compared once more."""
    Person.objects.filter(pk__in=[person.pk for person in people]).update(compared_at=None)
