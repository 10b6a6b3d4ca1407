"""Hostile input in every field of every form: never an error of ours, never shown unescaped, nothing half stored.

The forms are found by reading the pages themselves, so that a new form is tested from its first day.
"""

from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.test import Client

from ngo.permissions import Role
from tests import SOAK
from tests.test_pages import rows, url
from tests.world import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

MARKUP = "<script>alert('x')</script><img src=x onerror=alert(1)>"
HOSTILE = {
    "markup": MARKUP,
    "template": "{{ request.user.password }}{% debug %}",
    "sql": "'; DROP TABLE shelters_bed; -- \\",
    "formula": '=HYPERLINK("http://x.example","x")',
    "nul": "Ana\x00Prueba",
    "surrogates and other planes": "𝒜𝓃𝒶 👩‍👧‍👦 \U0010ffff",
    "right to left": "\u202eAna\u202c مريم",
    "very long": "Ñandú " * 20_000,
    "a huge number": "9" * 400,
    "not a number": "-1e309",
    "blank": " \t\u00a0\u200b",
}
NOT_OFFERED = ["999999999999999999999", "\x00", "zz"]
PARTS = 4
EVERY = 1 if SOAK else 3
LEFT_ALONE = {"csrfmiddlewaretoken", "next"}


class Forms(HTMLParser):
    """The forms of a page that are posted: [(action, {name: [values as they stand]}, {names that take text})]."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.form = None
        self.select = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if tag == "form" and attrs.get("method", "").lower() == "post":
            self.form = (attrs.get("action", ""), {}, set())
            self.found.append(self.form)
        elif self.form is None:
            return
        elif tag == "select" and name:
            self.select = name
            self.form[1].setdefault(name, [])
        elif tag == "option" and self.select and ("selected" in attrs or not self.form[1][self.select]):
            self.form[1][self.select] = [attrs.get("value", "")]
        elif tag == "textarea" and name:
            self.form[1].setdefault(name, [""])
            self.form[2].add(name)
        elif tag == "input" and name:
            kind = attrs.get("type", "text")
            if kind in {"radio", "checkbox"} and "checked" not in attrs:
                self.form[1].setdefault(name, [])
                return
            self.form[1].setdefault(name, []).append(attrs.get("value", ""))
            if kind not in {"hidden", "radio", "checkbox", "submit"}:
                self.form[2].add(name)

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None


def forms_of(client, path):
    reader = Forms()
    reader.feed(client.get(path).content.decode())
    return [(action or path, fields, texts) for action, fields, texts in reader.found if "/account/" not in action]


def attempts(fields, texts, number):
    """What is sent to a form, the `number`-th of its part: {kind: data}. Every kind in the soak; otherwise choices that are not
    offered, and every third kind of text, of which the next form gets the next."""
    of_text = list(HOSTILE.items())[number % EVERY :: EVERY] if texts else []
    sent = {
        kind: {name: text if name in texts and name not in LEFT_ALONE else values for name, values in fields.items()}
        for kind, text in of_text
    }
    sent["choices that are not offered"] = {
        name: values if name in texts or name in LEFT_ALONE else NOT_OFFERED for name, values in fields.items()
    }
    return sent


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))  # So that several processes share the pages.
def test_no_form_breaks(part):
    """Each form of a page as it was found: what earlier attempts stored is taken back."""
    world = make_world("Prueba")
    client = Client()
    client.force_login(world.staff[Role.COORDINATOR])
    wrong, forms, kinds = [], 0, set()
    paths = [url(row["route"], world) for row in rows() if row["method"] == "GET" and row["coordinator"] == "200"]
    for path in paths[part::PARTS]:
        for action, fields, texts in forms_of(client, path):
            if "hide" in action:
                continue
            forms += bool(texts)
            for kind, data in attempts(fields, texts, forms).items():
                kinds.add(kind)
                before = transaction.savepoint()
                response = client.post(action, data)
                body = response.content.decode(errors="replace")
                if response.status_code >= 500 or MARKUP[:30] in body:
                    wrong.append((path, action, kind, response.status_code))
                transaction.savepoint_rollback(before)
    assert forms > 8
    assert len(kinds) == len(HOSTILE) + 1
    assert wrong == []
