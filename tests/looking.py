"""What pages say and read, held against each other: for the tests that open every page of the site."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from cases.models import LegalNote
from cases.services.legal_aid import write_legal_note
from ngo.permissions import Role
from tests.world import World

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


# --- Looks: what is looked for in each page --------------------------------------------------------------------------
@dataclass(frozen=True)
class Opened:
    """A page as one visitor saw it."""

    route: str
    visitor: str
    response: HttpResponse
    text: str
    read: set[str]  # Tables.
    again: Callable[[], HttpResponse]  # The same visitor opens it once more.


Look = Callable[[Opened], None]


class NothingOfTheirs:
    """No page that one of ours opens shows a name of another organisation, in whatever list or choice."""

    def __init__(self, theirs: World):
        self.theirs, self.found = theirs, []

    def __call__(self, page: Opened) -> None:
        if page.visitor in Role and self.theirs.mark in page.text:
            self.found.append((page.route, page.visitor))


class NoNameOnTheOutside:
    """Titles and addresses stay in a browser's history: nobody's name stands in them."""

    def __init__(self, ours: World):
        self.ours, self.found = ours, []

    def __call__(self, page: Opened) -> None:
        title = re.search(r"<title>(.*?)</title>", page.text, re.S)
        in_title = title and f"Nombre{self.ours.mark}" in title[1]
        if in_title or self.ours.mark in page.response.headers.get("Location", ""):
            self.found.append((page.route, page.visitor))


class NoSignOfALegalNote:
    """Nobody but the legal team can tell from a page that there is a note. A page that reads no table in which one leaves
    anything cannot show it; each of the others is opened again with a note there, and is letter by letter the same."""

    TEXT = "Lo que dijo ante la jueza de prueba"

    def __init__(self, ours: World):
        self.ours, self.found = ours, []
        LegalNote.objects.filter(family=ours.family).delete()
        mark, before = transaction.savepoint(), written_so_far()
        self.write()
        self.left_in = written_since(before)
        transaction.savepoint_rollback(mark)

    def write(self) -> None:
        write_legal_note(family=self.ours.family, text=self.TEXT, by=self.ours.staff[Role.LEGAL])

    def __call__(self, page: Opened) -> None:
        if page.visitor == Role.LEGAL or page.response.status_code == 403 or not page.read & self.left_in:
            return
        mark = transaction.savepoint()
        self.write()
        response = page.again()
        text = text_of(response)
        transaction.savepoint_rollback(mark)
        if self.TEXT in text or answer_of(response, text) != answer_of(page.response, page.text):
            self.found.append((page.route, page.visitor))
