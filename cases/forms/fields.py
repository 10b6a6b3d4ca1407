"""Answers as people give them: a date or only an age, a country by its name, several languages in one line."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django_countries import countries

from cases.languages import FREQUENT, LANGUAGES
from cases.models import BirthPrecision
from ngo.ui import DatePartsWidget

OLDEST = 120
HALF_A_YEAR = timedelta(days=182)
APOSTROPHES = re.compile("['’ʼ`´]")


def text_field(label: Any, limit: int, *, required: bool = False, help_text: Any = "", **attrs: Any) -> forms.CharField:
    """A line of text, with a sentence of its own for what is too long."""
    return forms.CharField(
        label=label,
        max_length=limit,
        required=required,
        help_text=help_text,
        widget=forms.TextInput({"autocomplete": "off", **attrs}),
        error_messages={
            "max_length": gettext_lazy("This is too long: it has %(show_value)s letters, and %(limit_value)s fit."),
        },
    )


# --- Birth -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Birth:
    """What is known of a birth: a date, and how exactly. For a year or an age the date is the middle of what it may be."""

    born_on: date
    precision: str


class BirthWidget(DatePartsWidget):
    """Day, month, year, and beside them the age for those who know no more."""

    def __init__(self, attrs: dict[str, Any] | None = None):
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        parts = {
            "day": forms.TextInput({**digits, "class": "form-control po-w-2", "maxlength": 2}),
            "month": forms.TextInput({**digits, "class": "form-control po-w-2", "maxlength": 2}),
            "year": forms.TextInput({**digits, "class": "form-control po-w-4", "maxlength": 4}),
            "age": forms.TextInput({**digits, "class": "form-control po-w-2", "maxlength": 3}),
        }
        forms.MultiWidget.__init__(self, parts, attrs)

    def decompress(self, value: Any) -> list[Any]:
        if not isinstance(value, Birth):
            return [None, None, None, None]
        day = value.born_on
        if value.precision == BirthPrecision.EXACT:
            return [day.day, day.month, day.year, None]
        if value.precision == BirthPrecision.YEAR:
            return [None, None, day.year, None]
        return [None, None, None, age_of(day, timezone.localdate())]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = forms.MultiWidget.get_context(self, name, value, attrs)
        labels = [_("Day"), _("Month"), _("Year"), _("Or the age")]
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["label"] = label
        return context


def age_of(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


class BirthField(forms.MultiValueField):
    """A date of birth, a month and year, a year, or an age in years: whatever they know. None where it is left empty."""

    widget = BirthWidget
    default_error_messages = {
        "not_a_number": gettext_lazy("Write the date of birth with numbers, for example 27 3 2019."),
        "no_such_date": gettext_lazy("There is no such date. Write it with numbers, for example 27 3 2019."),
        "short_year": gettext_lazy("Write the year with four digits, for example 1992."),
        "no_year": gettext_lazy("The year is missing. Where they do not know it, write the age."),
        "no_month": gettext_lazy(
            "The month is missing. Where they do not know the date, the year or the age is enough."
        ),
        "future": gettext_lazy("The date of birth is in the future."),
        "too_old": gettext_lazy("That is more than 120 years ago. Check the year, or the age."),
        "disagree": gettext_lazy("The date of birth and the age do not agree. Leave one of the two."),
    }

    def __init__(self, **kwargs: Any):
        parts = [forms.CharField(required=False, max_length=10, strip=True) for _part in range(4)]
        super().__init__(fields=parts, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> Birth | None:
        try:
            return super().clean(value)
        except forms.ValidationError as error:  # One sentence for the answer as a whole, whichever part is wrong.
            raise (
                error if getattr(error, "code", None) in self.error_messages else self.fault("not_a_number")
            ) from error

    def fault(self, code: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code)

    def compress(self, parts: list[str]) -> Birth | None:
        if not any(parts):
            return None
        if not all(part.isascii() and part.isdigit() for part in parts if part):
            raise self.fault("not_a_number")
        day, month, year, age = (int(part) if part else None for part in parts)
        today = timezone.localdate()
        birth = self._from_date(day, month, year, parts[2]) if day or month or parts[2] else None
        if birth is None:
            return self._from_age(age, today)
        if birth.born_on > today and not (birth.precision == BirthPrecision.YEAR and birth.born_on.year == today.year):
            raise self.fault("future")
        if today.year - birth.born_on.year > OLDEST:
            raise self.fault("too_old")
        if age is not None and abs(age_of(birth.born_on, today) - age) > (birth.precision != BirthPrecision.EXACT):
            raise self.fault("disagree")
        return Birth(min(birth.born_on, today), birth.precision)

    def _from_date(self, day: int | None, month: int | None, year: int | None, typed_year: str) -> Birth:
        if year is None:
            raise self.fault("no_year")
        if len(typed_year) < 4:
            raise self.fault("short_year")
        if day and month is None:
            raise self.fault("no_month")
        try:
            if day and month:
                return Birth(date(year, month, day), BirthPrecision.EXACT)
            return Birth(date(year, month or 7, 15 if month else 1), BirthPrecision.YEAR)
        except (ValueError, OverflowError) as error:
            raise self.fault("no_such_date") from error

    def _from_age(self, age: int | None, today: date) -> Birth:
        if age is None:
            raise self.fault("no_such_date")  # 0 as the day or the month, and nothing else.
        if age > OLDEST:
            raise self.fault("too_old")
        birthday = date(today.year - age, today.month, min(today.day, 28))
        return Birth(birthday - HALF_A_YEAR, BirthPrecision.ESTIMATED)


# --- Names of countries and languages ----------------------------------------------------------------------------------


def plain(text: str) -> str:
    """For comparing names: no capitals, no accents, no apostrophes, no punctuation."""
    text = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text)).casefold()
    letters = (one for one in text if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in letters).split())


Names = Callable[[], Iterable[tuple[str, str]]]


@lru_cache(maxsize=8)
def in_every_language(names: Names) -> dict[str, str]:
    """Plain name → code, in the languages of the screen: someone may well type Alemania on an English page."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {plain(name): code for code, name in names()}
    return found


def code_of(text: str, names: Names) -> str | None:
    """The code of a name as typed: whole, by its code, or by a beginning that only one name has. None where it is unclear."""
    known, typed = in_every_language(names), plain(text)
    if typed in known:
        return known[typed]
    by_code = {code.casefold(): code for code in known.values()}
    if typed in by_code:
        return by_code[typed]
    begins = {code for name, code in known.items() if name.startswith(typed)} if len(typed) >= 3 else set()
    return begins.pop() if len(begins) == 1 else None


def country_names() -> list[tuple[str, str]]:
    """Those that come most often, stateless and unknown among them, then all others by name in the language of the screen."""
    return _country_names(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=8)
def _country_names(language: str) -> list[tuple[str, str]]:
    first = ["HN", "GT", "SV", "VE", "HT", "CU", "CO", "EC", "NI", "MX", "XXX", "XXA"]
    named = {code: str(name) for code, name in countries}
    rest = sorted((code for code in named if code not in first), key=lambda code: plain(named[code]))
    return [(code, named[code]) for code in [*first, *rest]]


def language_names() -> list[tuple[str, str]]:
    frequent = [(code, str(name)) for code, name in FREQUENT.items()]
    others = sorted(
        ((code, str(LANGUAGES[code])) for code in LANGUAGES if code not in FREQUENT), key=lambda pair: plain(pair[1])
    )
    return [*frequent, *others]


class CountryNameField(forms.CharField):
    """A country by its name, from a search field with a native list; gives its code, or an empty string."""

    default_error_messages = {
        "unknown": gettext_lazy("We know no country called “%(text)s”. Choose it from the list, or write Unknown."),
    }

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("widget", forms.TextInput({"list": "countries", "autocomplete": "off", "class": "po-w-m"}))
        super().__init__(max_length=60, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return str(countries.name(value)) or value if value in dict(country_names()) else value

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        code = code_of(text, country_names)
        if code is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown", params={"text": text})
        return code


class CountryNamesField(forms.CharField):
    """Several countries by their names, with commas between; gives their codes, each once."""

    default_error_messages = CountryNameField.default_error_messages | {
        "many": gettext_lazy("Up to 5 countries can be written."),
    }

    def __init__(self, **kwargs: Any):
        super().__init__(max_length=200, widget=forms.TextInput({"autocomplete": "off"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        is_list = isinstance(value, list | tuple)
        return ", ".join(str(countries.name(code)) or code for code in value) if is_list else value

    def clean(self, value: Any) -> list[str]:
        codes: list[str] = []
        for part in filter(None, (part.strip() for part in super().clean(value).replace(";", ",").split(","))):
            code = code_of(part, country_names)
            if code is None:
                raise forms.ValidationError(self.error_messages["unknown"], code="unknown", params={"text": part})
            codes.append(code)
        if len(codes) > 5:
            raise forms.ValidationError(self.error_messages["many"], code="many")
        return list(dict.fromkeys(codes))


class OtherNamesField(forms.CharField):
    """Other names somebody goes by, one in a line; gives them as the file keeps them."""

    MOST, LONGEST = 8, 120
    default_error_messages = {
        "many": gettext_lazy("Up to 8 other names can be written."),
        "long": gettext_lazy("“%(text)s…” is too long for a name: 120 letters fit in a line."),
    }

    def __init__(self, **kwargs: Any):
        super().__init__(max_length=2000, widget=forms.Textarea({"rows": 2, "autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> str:
        lines = [" ".join(line.split()) for line in super().clean(value).splitlines()]
        names = list(dict.fromkeys(filter(None, lines)))
        for name in names:
            if len(name) > self.LONGEST:
                raise forms.ValidationError(self.error_messages["long"], code="long", params={"text": name[:20]})
        if len(names) > self.MOST:
            raise forms.ValidationError(self.error_messages["many"], code="many")
        return "\n".join(names)


class LanguageNamesField(forms.CharField):
    """One or more languages by their names, with commas between; gives their codes, each once."""

    default_error_messages = {
        "unknown": gettext_lazy(
            "We know no language called “%(text)s”. Choose it from the list, or write Another language."
        ),
        "many": gettext_lazy("Up to 8 languages can be written."),
    }

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("widget", forms.TextInput({"list": "languages", "autocomplete": "off"}))
        super().__init__(max_length=200, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(LANGUAGES.get(code, code)) for code in value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        codes: list[str] = []
        for part in filter(None, (part.strip() for part in super().clean(value).replace(";", ",").split(","))):
            code = code_of(part, language_names)
            if code is None:
                raise forms.ValidationError(self.error_messages["unknown"], code="unknown", params={"text": part})
            codes.append(code)
        if len(codes) > 8:
            raise forms.ValidationError(self.error_messages["many"], code="many")
        return list(dict.fromkeys(codes))
