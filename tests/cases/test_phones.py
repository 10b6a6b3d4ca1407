"""A phone number has an explicit country. It is asked for, never guessed."""

import pytest

from cases.services.contact import CountryMissing, e164
from ngo.errors import Refused


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("+52 656 555 0100", "", ("+526565550100", "MX")),
        ("+52 1 656 555 0100", "", ("+526565550100", "MX")),
        ("656 555 0100", "MX", ("+526565550100", "MX")),
        ("00 504 9999 9999", "", ("+50499999999", "HN")),
        ("+509 34 00 12 34", "HT", ("+50934001234", "HT")),
        ("(619) 555-0123", "US", ("+16195550123", "US")),
    ],
)
def test_a_number_is_kept_in_e164_with_its_country(typed, country, kept):
    assert e164(typed, country) == kept


@pytest.mark.parametrize("typed", ["6565550100", "656 555 0100", "915 555 0100"])
def test_ten_digits_without_a_country_are_asked_about(typed):
    with pytest.raises(CountryMissing, match="Which country is this number from"):
        e164(typed)


@pytest.mark.parametrize(
    ("typed", "country", "says"),
    [
        ("664 123 4567", "US", "no such phone number"),  # A city of Mexico.
        ("+1 664 491 1234", "US", "not a number of United States"),  # Montserrat shares +1.
        ("+52 656 555 0100", "HN", "not a number of Honduras"),
        ("+52 656", "", "no such phone number"),
        ("call me", "MX", "This is not a phone number"),
        ("+", "", "This is not a phone number"),
        ("٠١٢٣", "MX", "no such phone number"),
    ],
)
def test_what_is_no_number_of_that_country_is_refused(typed, country, says):
    with pytest.raises(Refused, match=says):
        e164(typed, country)
