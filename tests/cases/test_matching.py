"""How likely two files are of one person: what speaks for it, what against, and how much among how many."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import matching
from cases.matching import Facts, alike, evidence, sound_of, words_of
from cases.models import BirthPrecision, Person

EXACT, YEAR, ESTIMATED = BirthPrecision.EXACT, BirthPrecision.YEAR, BirthPrecision.ESTIMATED
BORN = date(1992, 2, 8)


def facts(name, born_on=BORN, precision=EXACT, **more):
    return Facts(names=(words_of(name),), born_on=born_on, precision=precision, **more)


def bits(one, other, rarity=lambda word: 7.0):
    return evidence(one, other, rarity)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hernandez", "ernandes"),
        ("jimenez", "gimenez"),
        ("llanos", "yanos"),
        ("vasquez", "bazquez"),
        ("kevin", "quevin"),
        ("filip", "philip"),
        ("yan", "ian"),
        ("guerline", "gerline"),
    ],
)
def test_spellings_of_one_sound_are_one_name(one, other):
    assert sound_of(one) == sound_of(other)


def test_other_names_sound_otherwise():
    assert alike("muestra", "ensayo") < matching.ALIKE
    assert sound_of("carmen") != sound_of("sarmen")


def test_words_alike_count_whatever_their_order_and_their_accents():
    assert bits(facts("Marisol Inés Luna Ejemplo"), facts("EJEMPLO LUNA, INES MARISOL")) == 28 + matching.SAME_DATE


def test_a_dropped_surname_costs_less_than_another_one():
    whole, dropped, other = facts("Marisol Luna Ejemplo"), facts("Marisol Luna"), facts("Marisol Luna Quiroga")

    assert bits(whole, whole) > bits(whole, dropped) > bits(whole, other)


def test_a_rare_word_says_more_than_a_common_one():
    rarity = {"marisol": 4.0, "zurbedo": 12.0, "muestra": 3.0}.get

    assert bits(facts("Marisol Zurbedo"), facts("Zurbedo Marisol"), rarity) > bits(
        facts("Marisol Muestra"), facts("Muestra Marisol"), rarity
    )


def test_words_written_together_or_apart_are_the_same():
    apart = bits(facts("Rosa de la Muestra Prue Ba"), facts("Rosa Muestra Prueba"))

    assert apart > bits(facts("Rosa Muestra Prueba"), facts("Rosa Quiroga Ensayo"))


def test_an_initial_says_a_little():
    assert bits(facts("M. Luna"), facts("Marisol Luna")) == 7 + matching.INITIAL + matching.SAME_DATE


@pytest.mark.parametrize(
    ("born_on", "precision", "says"),
    [
        (BORN, EXACT, matching.SAME_DATE),
        (date(1992, 8, 2), EXACT, matching.SWAPPED),
        (date(1993, 2, 8), EXACT, matching.ONE_DIGIT),
        (date(1992, 2, 9), EXACT, matching.ONE_DIGIT),
        (date(1929, 2, 8), EXACT, matching.TWO_DIGITS),
        (date(1992, 11, 30), EXACT, matching.SAME_YEAR),
        (date(1980, 2, 8), EXACT, matching.SAME_DAY_OF_ANOTHER_YEAR),
        (date(1971, 6, 17), EXACT, matching.ANOTHER_DATE),
        (date(1992, 7, 1), YEAR, matching.ABOUT_THE_SAME),
        (date(1991, 8, 1), ESTIMATED, matching.A_YEAR_APART),
        (date(1989, 7, 1), ESTIMATED, matching.SOME_YEARS_APART),
        (date(1970, 7, 1), YEAR, matching.FAR_APART),
        (None, BirthPrecision.UNKNOWN, 0),
    ],
)
def test_what_two_dates_of_birth_say(born_on, precision, says):
    assert matching.dates_evidence(facts("X"), facts("X", born_on, precision)) == says


def test_the_first_of_january_is_a_year_and_no_date():
    person = Person(given_names="Ana", born_on=date(1990, 1, 1), birth_precision=EXACT)

    assert matching.facts_of(person).precision == YEAR


def test_sex_and_country_speak_for_it_or_against_it_and_unknown_says_nothing():
    woman = facts("Ana Prueba", sex="f", nationalities=frozenset({"HN"}))
    both = facts("Ana Prueba", sex="f", nationalities=frozenset({"GT", "HN"}))
    man = facts("Ana Prueba", sex="m", nationalities=frozenset({"HT"}))
    unknown = facts("Ana Prueba")

    assert bits(woman, both) > bits(woman, unknown) > bits(woman, man)


def test_every_name_that_somebody_goes_by_is_compared():
    person = Person(
        given_names="Xochi",
        first_surname="Muestra",
        preferred_name="Luz",
        other_names="Marisol Luna\nSol Ejemplo",
        nationality="HN",
        other_nationalities=["MX"],
    )

    found = matching.facts_of(person)

    assert found.names == (("xochi", "muestra"), ("marisol", "luna"), ("sol", "ejemplo"), ("luz", "muestra"))
    assert found.nationalities == {"HN", "MX"}
    assert bits(found, facts("Luna Marisol", None)) == 14


def test_the_same_evidence_is_news_among_few_and_none_among_many():
    assert matching.against_chance(15, 100) > 0 > matching.against_chance(15, 1_000_000)
    assert matching.rarity_of(0, 1000) > matching.rarity_of(50, 1000)


names = st.lists(st.text("abcdehjlmnorsuvyz", min_size=1, max_size=9), min_size=1, max_size=4).map(" ".join)
dates = st.none() | st.dates(date(1930, 1, 1), date(2026, 1, 1))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(names, names, dates, dates)
def test_the_evidence_is_the_same_from_both_sides_and_nobody_is_likelier_than_oneself(one, other, born, also_born):
    mine = facts(one, born, EXACT if born else BirthPrecision.UNKNOWN)
    theirs = facts(other, also_born, EXACT if also_born else BirthPrecision.UNKNOWN)

    assert bits(mine, theirs) == pytest.approx(bits(theirs, mine))
    assert bits(mine, mine) >= bits(mine, theirs) or born is None
