"""How likely it is that two files are one person's: evidence for and against, added up in bits (Fellegi and Sunter, 1969).

A word that few people carry says much when it agrees, a word that many carry says little; a date of birth says most. One bit
more means twice as likely. The sum is held against how many people there are: among a million, two namesakes are no news.
Nothing here touches the database.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import log2

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from cases.models import BirthPrecision, Person

ASKED_FROM = -2.0  # One chance in five is worth a look; a person decides.
LIKELY_FROM = 6.0
NO_NEWS = 200  # So many people are added to every count, so that a house's first guests do not look rare.

PARTICLES = {"de", "del", "la", "las", "los", "el", "y", "e", "da", "das", "do", "dos"}
ALIKE, SOUNDS_ALIKE, JOINED_ALIKE = 0.75, 0.95, 88

ANOTHER_WORD = -4.0  # A word that the other name does not have, although it is as long.
WORD_MORE = -1.0  # A second surname, a middle name: people give them or leave them out.
SPELLED_OTHERWISE = -2.0  # Words alike meet by chance more often than words that are the same.
INITIAL = 1.0

SAME_DATE, SWAPPED, ONE_DIGIT, TWO_DIGITS = 13.0, 9.5, 4.5, 3.0
SAME_YEAR, SAME_DAY_OF_ANOTHER_YEAR, ANOTHER_DATE = -1.5, -1.0, -4.5
ABOUT_THE_SAME, A_YEAR_APART, SOME_YEARS_APART, FAR_APART = 3.0, 1.0, -2.0, -7.0
SAME_SEX, ANOTHER_SEX = 0.8, -5.0
SAME_COUNTRY, ANOTHER_COUNTRY = 0.8, -2.5

Rarity = Callable[[str], float]  # Of a word, in bits: 7 for one that one in 128 people carries.


@dataclass(frozen=True)
class Facts:
    """What is compared of someone: every name that they go by, in plain words, and what is known of their birth."""

    names: tuple[tuple[str, ...], ...]
    given: str = ""
    born_on: date | None = None
    precision: str = BirthPrecision.UNKNOWN
    sex: str = ""
    nationalities: frozenset[str] = frozenset()


def facts_of(person: Person) -> Facts:
    """The facts of a file."""
    surnames = f"{person.first_surname} {person.second_surname}"
    names = [person.full_name, *person.other_names.split("\n")]
    if person.preferred_name:
        names.append(f"{person.preferred_name} {surnames}")
    return Facts(
        names=tuple(dict.fromkeys(words for name in names if (words := words_of(name)))),
        given=plain(person.given_names),
        born_on=person.born_on,
        precision=_precision(person.born_on, person.birth_precision),
        sex=person.sex,
        nationalities=frozenset(person.nationalities) - {"XXX"},
    )


def _precision(born_on: date | None, precision: str) -> str:
    """The first of January is what forms say where nobody knew the day."""
    is_filler = born_on is not None and (born_on.day, born_on.month) == (1, 1)
    return BirthPrecision.YEAR if is_filler and precision == BirthPrecision.EXACT else precision


# --- Words -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """A name without accents, capitals or punctuation, as the database's name_key has it."""
    letters = (one for one in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in letters).split())


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name that tell people apart; a name of nothing but particles keeps them."""
    words = tuple(plain(name).split())
    return tuple(word for word in words if word not in PARTICLES) or words


# Letters that are written for one another in Spanish, in Haitian names and in names from English: Jean and Yan, Hernández and
# Ernandes, Bázquez and Vásquez, Quevin and Kevin, Philippe and Filip.
SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"ph", "f"),
        (r"sch|sh|ch", "x"),
        (r"ck|qu(?=[ei])|[ck](?![ei])|q", "k"),
        (r"gu(?=[ei])", "g"),
        (r"ll|j(?=[eiaou])|y|g(?=[ei])", "i"),
        (r"ou|w", "u"),
        (r"c(?=[ei])|z|ss", "s"),
        (r"[bv]", "b"),
        (r"h", ""),
        (r"(.)\1", r"\1"),
    ]
]


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """How a word sounds, roughly: what is the same for two spellings of one name."""
    for pattern, sound in SOUNDS:
        word = pattern.sub(sound, word)
    return word


@lru_cache(maxsize=200_000)
def alike(one: str, other: str) -> float:
    """0 to 1: how alike two words are, by letters or by sound."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < 3:
        return 0.0
    by_sound = SOUNDS_ALIKE if len(one) > 3 and sound_of(one) == sound_of(other) else 0.0
    return max(by_sound, OSA.normalized_similarity(one, other))


# --- Evidence ----------------------------------------------------------------------------------------------------------


def evidence(one: Facts, other: Facts, rarity: Rarity) -> float:
    """The sum of all that speaks for and against, before it is held against the number of people."""
    names = max(
        (names_evidence(mine, theirs, rarity) for mine in one.names for theirs in other.names), default=-ANOTHER_WORD
    )
    return names + dates_evidence(one, other) + _sex_and_country(one, other)


def names_evidence(one: tuple[str, ...], other: tuple[str, ...], rarity: Rarity) -> float:
    """What two names say. The order of words does not count: surnames are swapped, and given names taken for surnames."""
    shorter, longer = sorted((one, other), key=len)
    bits, matched = 0.0, 0
    for score, mine, theirs in _best_pairs(shorter, longer):
        matched += 1
        if score == 1.0:
            bits += rarity(mine)
        elif score:
            bits += max(rarity(mine), rarity(theirs)) * score + SPELLED_OTHERWISE
        else:
            bits += INITIAL
    bits += ANOTHER_WORD * (len(shorter) - matched) + WORD_MORE * (len(longer) - len(shorter))
    if matched < len(shorter) and _joined_alike(one, other):
        bits = max(bits, sum(sorted(map(rarity, longer))[-len(shorter) :]) * 0.9 + 2 * SPELLED_OTHERWISE)
    return bits


def _best_pairs(shorter: tuple[str, ...], longer: tuple[str, ...]) -> Iterable[tuple[float, str, str]]:
    """Each word with the word that it may be, each once, the most alike first; 0 where it is an initial."""
    scored = [
        (score, mine, theirs)
        for mine, word in enumerate(shorter)
        for theirs, candidate in enumerate(longer)
        if (score := alike(word, candidate)) >= ALIKE or _is_initial(word, candidate)
    ]
    used_here, used_there = set(), set()
    for score, mine, theirs in sorted(scored, reverse=True):
        if mine not in used_here and theirs not in used_there:
            used_here.add(mine)
            used_there.add(theirs)
            yield (score if score >= ALIKE else 0.0), shorter[mine], longer[theirs]


def _is_initial(one: str, other: str) -> bool:
    return 1 in {len(one), len(other)} and one[0] == other[0]


def _joined_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Words written together or apart, or letters lost across them: "jord an", "di chiera"."""
    as_written = fuzz.ratio("".join(one), "".join(other))
    return max(as_written, fuzz.ratio("".join(sorted(one)), "".join(sorted(other)))) >= JOINED_ALIKE


def dates_evidence(one: Facts, other: Facts) -> float:
    """What two dates of birth say; nothing where one is not known."""
    if one.born_on is None or other.born_on is None:
        return 0.0
    if one.precision == other.precision == BirthPrecision.EXACT:
        return _exact_dates(one.born_on, other.born_on)
    years = abs((one.born_on - other.born_on).days) / 365.25
    known = 1 if BirthPrecision.ESTIMATED not in {one.precision, other.precision} else 2
    if years <= known:
        return ABOUT_THE_SAME if one.born_on.year == other.born_on.year else A_YEAR_APART
    return SOME_YEARS_APART if years <= 2 * known else FAR_APART


def _exact_dates(one: date, other: date) -> float:
    if one == other:
        return SAME_DATE
    if (one.day, one.month, one.year) == (other.month, other.day, other.year):
        return SWAPPED
    apart = [place for place, (a, b) in enumerate(zip(_digits(one), _digits(other), strict=True)) if a != b]
    if len(apart) == 1:
        return ONE_DIGIT
    if sorted(_digits(one)) == sorted(_digits(other)) and len(apart) == 2:
        return TWO_DIGITS
    if one.year == other.year:
        return SAME_YEAR
    return SAME_DAY_OF_ANOTHER_YEAR if (one.day, one.month) == (other.day, other.month) else ANOTHER_DATE


def _digits(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _sex_and_country(one: Facts, other: Facts) -> float:
    bits = 0.0
    if one.sex and other.sex:
        bits += SAME_SEX if one.sex == other.sex else ANOTHER_SEX
    if one.nationalities and other.nationalities:
        bits += SAME_COUNTRY if one.nationalities & other.nationalities else ANOTHER_COUNTRY
    return bits


# --- Among how many people ---------------------------------------------------------------------------------------------


def rarity_of(carriers: int, people: int) -> float:
    """In bits, what it says that two share a word which so many of so many people carry."""
    return log2((people + NO_NEWS) / (carriers + 1))


def against_chance(bits: float, people: int) -> float:
    """The evidence held against how many people somebody may be: above 0 it is more likely than not."""
    return bits - log2(people + NO_NEWS)
