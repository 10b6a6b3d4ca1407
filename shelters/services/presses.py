"""The same press sent twice is one: a page without a script, a quick finger, an answer that was lost on its way back."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from ngo.models import Staff
from shelters.models import Press

Made = TypeVar("Made")


@transaction.atomic
def once(*, press: UUID | None, by: Staff, do: Callable[[], Made]) -> Made | None:
    """Do what a press of a button asks, and give back what it made; None where the same press has done it already.

    A second one that arrives meanwhile waits for the first. What is refused leaves no trace: it can be pressed again.
    Without `press` (a page from before there were any) it is simply done.
    """
    if press is not None:
        _row, is_new = Press.objects.get_or_create(key=press, defaults={"by": by})
        if not is_new:
            return None
    return do()
