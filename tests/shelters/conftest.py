from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

EVENING = datetime(2026, 11, 22, 21, 30, tzinfo=ZoneInfo("America/Tijuana"))


@pytest.fixture(autouse=True)
def in_english():
    """These tests quote sentences: in the language of the source, whatever the catalogue says."""
    with translation.override("en"):
        yield


@pytest.fixture
def evening():
    """It is an evening in Tijuana, and the clock stands; `evening.shift(…)` moves it."""
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock
