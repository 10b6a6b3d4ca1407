"""Answers as people give them."""

from datetime import date

import pytest
from django import forms
from django.utils.translation import override

from cases.forms.fields import (
    Birth,
    BirthField,
    CountryNameField,
    LanguageNamesField,
    country_names,
)
from cases.languages import LANGUAGES
from cases.models import BirthPrecision


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Honduras", "HN"),
        ("hond", "HN"),
        ("MÉXICO", "MX"),
        ("mexico", "MX"),
        ("Haití", "HT"),
        ("estados unidos", "US"),
        ("CUB", "CU"),
        ("ve", "VE"),
        ("stateless", "XXA"),
        ("Desconocido", "XXX"),
        (" ", ""),
    ],
)
def test_a_country_is_known_by_its_name_in_either_language_or_a_beginning_of_it(typed, code):
    assert CountryNameField(required=False).clean(typed) == code


@pytest.mark.parametrize("typed", ["Narnia", "corea", "c", "x" * 70, "\x00"])
def test_a_country_that_is_unclear_is_asked_about(typed):
    with pytest.raises(forms.ValidationError):
        CountryNameField(required=False).clean(typed)


def test_the_list_is_in_the_language_of_the_screen_and_sorted_with_accents():
    with override("es"):
        spanish = dict(country_names())
        rest = [name for _, name in country_names()][12:]
    with override("en"):
        english = dict(country_names())

    assert (spanish["DE"], english["DE"]) == ("Alemania", "Germany")
    assert rest.index("Åland") < rest.index("Albania") if "Åland" in rest else True
    assert len(spanish) == len(english) > 240


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Spanish", ["spa"]),
        ("spa, garifuna", ["spa", "cab"]),
        ("kiche; Q'eqchi’", ["quc", "kek"]),
        ("Haitian, haitian creole", ["hat"]),
        ("", []),
    ],
)
def test_languages_are_known_by_their_names(typed, codes):
    assert LanguageNamesField(required=False).clean(typed) == codes


@pytest.mark.parametrize("typed", ["Klingon", "a,b", ", ".join(list(LANGUAGES)[:9]), "spa\x00"])
def test_a_language_that_is_unclear_is_asked_about(typed):
    with pytest.raises(forms.ValidationError):
        LanguageNamesField(required=False).clean(typed)


def test_a_birth_that_is_known_is_shown_as_it_was_given():
    widget = BirthField().widget
    assert widget.decompress(Birth(date(1992, 2, 8), BirthPrecision.EXACT)) == [8, 2, 1992, None]
    assert widget.decompress(Birth(date(1992, 7, 1), BirthPrecision.YEAR)) == [None, None, 1992, None]
    assert widget.decompress(None) == [None] * 4
