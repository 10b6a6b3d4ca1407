"""The words of notices, in seven languages: data, with the state of their review (cases/data/messages.json).

Whoever holds the phone learns that there is something on a day, and nothing else: no name, place, hour, office, country or kind.
The hour alone may be told, where the person asked for it. tests/cases/test_notice_words.py holds this.
"""

import hashlib
import json
from collections.abc import Collection
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ngo.messaging import email
from ngo.messaging.segments import Segments, segments

__all__ = ["Segments", "segments"]  # Told here too: who writes a text asks at once what it costs.

FILE = Path(__file__).with_name("data") / "messages.json"
DEFAULT = "es"
# Every weekday of every month, its number in two digits: what a text costs at most.
LONG_DAYS = [date(2026, month, day) for month in range(1, 13) for day in range(20, 27)]


class Language(NamedTuple):
    """One of the seven: its code here (a template's, a reminder's), its ISO 639-3 code, and which way it is written."""

    code: str
    iso: str
    direction: str


class Message(NamedTuple):
    """One text: `key` is the code of `MessageWords`, with its variant after an underscore; `way` phone, email or paper."""

    key: str
    way: str
    language: str
    subject: str  # Of an e-mail; empty elsewhere.
    text: str
    status: str  # "draft", "ours" or "reviewed".
    on: date  # On which day it was written, or its status last changed.


@cache
def _data() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def languages() -> dict[str, Language]:
    """By code, in the order of the file: Spanish first."""
    return {code: Language(code, one["iso"], one["direction"]) for code, one in _data()["languages"].items()}


@cache
def messages() -> dict[tuple[str, str, str], Message]:
    """Every text by key, way and language, in the order of the file."""
    return {
        (key, way, language): Message(
            key, way, language, one.get("subject", ""), one["text"], one["status"], date.fromisoformat(one["on"])
        )
        for key, ways in _data()["messages"].items()
        for way, texts in ways.items()
        for language, one in texts.items()
    }


@cache
def message_keys() -> tuple[str, ...]:
    return tuple(_data()["messages"])


@cache
def stop_words() -> dict[str, str]:
    """Every word that means "no more messages", in lower case, with its language (the first of them, where it is of several).

    All of them count in every language at once: nobody is asked to know which one we take them to speak.
    """
    found: dict[str, str] = {}
    for code, one in _data()["languages"].items():
        for word in one["stop"]:
            found.setdefault(word.casefold(), code)
    return found


def language_for(speaks: Collection[str], reads: Collection[str]) -> str:
    """Which of the seven somebody is written to in, from ISO 639-3 codes. What they read counts before what they speak.

    Where several would do, it is the first of the file: Spanish and English are not drafts.
    """
    for known in (reads, speaks):
        for one in languages().values():
            if one.iso in known:
                return one.code
    return DEFAULT


def day_in_words(day: date, language: str) -> str:
    """ "martes 1 de diciembre", "mardi 1er décembre": by data of ours, since Haitian Creole has no other."""
    one = _data()["languages"][language]
    number = one["first"] if day.day == 1 and "first" in one else str(day.day)
    return one["date"].format(weekday=one["weekdays"][day.weekday()], day=number, month=one["months"][day.month - 1])


def phone_text(
    words: str, language: str, *, day: date | None = None, hour: str = "", code: str = "", variant: str = ""
) -> str:
    """What is said on a phone. `hour` ("8:15") only where the person wants it: it counts where the text has such a variant.

    `variant` is "date" of a reminder (a day that matters, without an appointment), or of an answer "unknown", "stopped", "thanks"
    or "help". Raises KeyError where there is no such text, ValueError where it lacks the day or the code that it tells.
    """
    return _said(_find(words, "phone", language, hour, variant), day, hour, code).text


def email_words(
    words: str, language: str, *, day: date | None = None, hour: str = "", variant: str = ""
) -> email.Words:
    """The same as an e-mail; codes and answers have none. Raises KeyError and ValueError as `phone_text` does."""
    said = _said(_find(words, "email", language, hour, variant), day, hour, "")
    return email.Words(subject=said.subject, text=said.text)


def paper_text(language: str, *, day: date, variant: str = "") -> str:
    """What stands on a slip that a guest carries: nothing to answer on it."""
    return _said(_find("reminder", "paper", language, "", variant), day, "", "").text


def _find(words: str, way: str, language: str, hour: str, variant: str) -> Message:
    name = str(getattr(words, "value", words))
    wanted = [f"{name}_{variant}"] if variant else [f"{name}_hour", name] if hour else [name]
    for key in wanted:
        if (found := messages().get((key, way, language))) is not None:
            return found
    raise KeyError(f"{wanted[-1]} as {way} in {language}")


@lru_cache(maxsize=512)
def _said(message: Message, day: date | None, hour: str, code: str) -> Message:
    """A day's notices all say the same: written once."""
    given = {
        "day": day_in_words(day, message.language) if day else "",
        "hour": hour,
        "code": code,
        "stop": _data()["languages"][message.language]["stop"][0],
    }
    for name, value in given.items():
        if not value and f"{{{name}}}" in message.text:
            raise ValueError(f"{message.key} needs {name}")
    # A sentence may begin with the day, which Haitian Creole and English write differently there.
    text = message.text.format(**given)
    return message._replace(text="\n".join(line[:1].upper() + line[1:] for line in text.split("\n")))


def variant_of(words: str, source: str) -> str:
    """Which variant of a text fits what a notice is about: a reminder of what is no appointment speaks of a day alone."""
    is_appointment = source in {"appointment", "unconfirmed"}
    return "date" if words == "reminder" and not is_appointment else ""


def example(key: str, way: str, language: str, day: date, hour: str, code: str) -> Message:
    """A message as it would be sent, by its key: for the pages that show it, and the tests that read them all."""
    return _said(messages()[key, way, language], day, hour, code)


# --- What the review of a text stands on ---------------------------------------------------------------------------------
@cache
def fingerprint(key: str, language: str) -> str:
    """SHA-256 (hex) of all that a message says in a language, with the words of its days: another text, another fingerprint."""
    said = [
        [one.way, one.subject, one.text] for one in messages().values() if (one.key, one.language) == (key, language)
    ]
    whole = json.dumps([said, _data()["languages"][language]], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


class Cost(NamedTuple):
    """What a text costs on a day that is written in few letters, and on one that is written in many."""

    least: Segments
    most: Segments


@cache
def cost(key: str, language: str) -> Cost:
    """Of the phone's text of a message, over every weekday of every month."""
    found = sorted(segments(example(key, "phone", language, day, "10:30", "482915").text) for day in LONG_DAYS)
    return Cost(found[0], found[-1])
