"""The page of our texts: each message in seven languages, what it costs, and how far its review is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import notice_words
from cases.languages import language_name
from cases.models import WordsReview
from cases.notice_words import Cost, Language
from ngo.messaging.email import Words

HOUR, CODE = "10:30", "482915"  # Of the examples.
TITLES: dict[str, str | Promise] = {
    "reminder": _("A reminder"),
    "reminder_hour": _("A reminder with the hour, where they asked for it"),
    "reminder_date": _("A day that matters"),
    "confirm": _("Please confirm"),
    "changed": _("Something changed"),
    "code": _("A code, to see that the number is right"),
    "answer_unknown": _("Answer to what we do not understand"),
    "answer_stranger": _("Answer to a number that nobody here has"),
    "answer_stopped": _("Answer to “no more messages”"),
    "answer_thanks": _("Answer to “yes”"),
    "answer_help": _("Answer to “help”"),
    "staff": _("To who works here"),
}
STATUS: dict[str, tuple[str, str, str | Promise]] = {
    "draft": ("warn", "pencil", _("Draft")),
    "ours": ("info", "info", _("Ours, not read by guests yet")),
    "reviewed": ("ok", "circle-check", _("Read by somebody who grew up with it")),
}


@dataclass(frozen=True)
class Line:
    """One message in one language, as it would be sent about a day."""

    key: str
    language: Language
    phone: str
    mail: Words | None
    paper: str
    cost: Cost
    shipped: str  # The status that the text came with,
    since: date  # and on which day that was written.
    review: WordsReview | None  # In force here, of the text as it stands.

    @property
    def language_name(self) -> str:
        return language_name(self.language.iso)

    @property
    def status(self) -> str:
        return "reviewed" if self.review else self.shipped

    @property
    def chip(self) -> tuple[str, str, str | Promise]:
        """State, icon and word."""
        return STATUS[self.status]

    @property
    def text_hash(self) -> str:
        return notice_words.fingerprint(self.key, self.language.code)


@dataclass(frozen=True)
class Block:
    key: str
    title: str
    lines: list[Line]


def table_of(staff: Any) -> list[Block]:
    """Every message in every language, with the reviews of this person's organisation. One query."""
    reviews = reviews_of(staff)
    return [
        Block(
            key, str(TITLES[key]), [line_of(key, language, reviews) for language in notice_words.languages().values()]
        )
        for key in notice_words.message_keys()
    ]


def reviews_of(staff: Any, key: str = "", language: str = "") -> dict[tuple[str, str, str], WordsReview]:
    """Those in force, by message, language and fingerprint: one of a text that stood there before is found by nobody."""
    rows = WordsReview.objects.visible_to(staff).in_force().select_related("by")
    rows = rows.filter(code=key, language=language) if key else rows
    return {(row.code, row.language, row.text_hash): row for row in rows}


def line_of(key: str, language: Language, reviews: Mapping[tuple[str, str, str], WordsReview]) -> Line:
    """An example of a message: about a day a week from now."""
    day = timezone.localdate() + timedelta(days=7)
    there = notice_words.messages()
    code = language.code
    return Line(
        key=key,
        language=language,
        phone=notice_words.example(key, "phone", code, day, HOUR, CODE).text,
        mail=_mail(key, code, day) if (key, "email", code) in there else None,
        paper=notice_words.example(key, "paper", code, day, HOUR, CODE).text if (key, "paper", code) in there else "",
        cost=notice_words.cost(key, code),
        shipped=there[key, "phone", code].status,
        since=there[key, "phone", code].on,
        review=reviews.get((key, code, notice_words.fingerprint(key, code))),
    )


def _mail(key: str, language: str, day: date) -> Words:
    said = notice_words.example(key, "email", language, day, HOUR, CODE)
    return Words(subject=said.subject, text=said.text)
