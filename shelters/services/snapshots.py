"""Many queries that see the same moment: what is counted and then frozen must not be one half before an act, one half after."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import SerializationFailure

ATTEMPTS = 5
Result = TypeVar("Result")


def in_one_snapshot(work: Callable[[], Result]) -> Result:
    """Do some work in a transaction that sees the rows as they stood at its first query, and again where that cannot be kept.

    The database refuses to change a row that somebody else has changed since; then the work begins anew, on the rows as they
    are by then. Inside another transaction the work sees what that one sees.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, SerializationFailure) or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("The last attempt returns or raises.")
