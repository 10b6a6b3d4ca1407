"""Hours as people type them."""

from datetime import time

import pytest
from django import forms

from ngo.ui import HourField


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("21:30", time(21, 30)),
        ("21.30", time(21, 30)),
        ("2130", time(21, 30)),
        ("930", time(9, 30)),
        ("9", time(9)),
        ("09", time(9)),
        ("17", time(17)),  # Not seven past one.
        ("0", time(0)),
    ],
)
def test_an_hour_is_read_as_it_is_meant(typed, hour):
    assert HourField().clean(typed) == hour


@pytest.mark.parametrize("typed", ["24", "24:00", "9:75", "nine", "-1", "²"])
def test_what_is_no_hour_is_refused(typed):
    with pytest.raises(forms.ValidationError, match=r"."):
        HourField().clean(typed)
