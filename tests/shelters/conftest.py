import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def in_english():
    """These tests quote sentences: in the language of the source, whatever the catalogue says."""
    with translation.override("en"):
        yield
