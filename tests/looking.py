"""What pages say and read, held against each other: for the tests that open every page of the site."""

import re
from collections.abc import Iterable

from django.db import connection
from django.test.utils import CaptureQueriesContext

# What is another one at every opening of the same page.
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|name="act" value="[^"]*"|nonce="[^"]*"|\d{2}:\d{2}(:\d{2})?'
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # A press of the roll-call has a number of its own each time,
    r'|data-tapper="[^"]*"'  # and a note of who tapped, signed with the hour.
)


def text_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def answer_of(response, text: str | None = None) -> tuple[int, str]:
    """The status and the text, without what changes from one opening to the next."""
    return response.status_code, CHANGING.sub("", text_of(response) if text is None else text)


def reading() -> CaptureQueriesContext:
    """What is asked from now on. Django keeps the last 9,000 statements and would capture nothing after them."""
    connection.queries_log.clear()
    return CaptureQueriesContext(connection)


def tables_in(captured: Iterable) -> set[str]:
    return set(re.findall(r'\b(?:FROM|JOIN)\s+"?(\w+)', " ".join(query["sql"] for query in captured), re.IGNORECASE))


def written_so_far() -> dict[str, int]:
    """Rows that this transaction has written, by table: what triggers write among them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def written_since(before: dict[str, int]) -> set[str]:
    """The tables in which rows were written since `before = written_so_far()`."""
    return {table for table, number in written_so_far().items() if number != before.get(table, 0)}
