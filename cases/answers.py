"""What somebody means who writes back: yes, help, no more; or something else, which a person must read.

Only a whole message counts, as one of the words of cases/data/: "estoy en Baja California" stops nothing. What is not
understood is never guessed.
"""

import json
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cases.models import Meaning

DATA = Path(__file__).resolve().parent / "data"
LETTERS_READ = 200  # Whoever writes more means something of their own.
# Letters that are written in two ways, after their marks are gone.
SAME_LETTER = str.maketrans({"ى": "ي", "ة": "ه", "ـ": None, "ё": "е", "ı": "i"})


class Understood(NamedTuple):
    meaning: Meaning
    language: str  # Of the word, where only one language has it (ISO 639-3); or empty.


def plain(text: str) -> str:
    """A text without case, accents, vowel signs, punctuation and emoji, its digits 0 to 9, one space between words."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    found = []
    for letter in text.translate(SAME_LETTER):
        kind = unicodedata.category(letter)
        if kind == "Nd":
            found.append(str(unicodedata.digit(letter)))
        elif kind[0] in "LN":
            found.append(letter)
        elif (
            kind[0] not in "MC" or letter in "\r\n\t"
        ):  # Marks and invisible signs leave nothing behind, the others a space.
            found.append(" ")
    return " ".join("".join(found).split())


def understood(text: str) -> Understood:
    """What a message means, in whichever of the languages it is written."""
    if len(text) > LETTERS_READ:
        return Understood(Meaning.UNKNOWN, "")
    words = _words()
    whole = plain(text)
    return words.get(whole) or words.get(_without_politeness(whole)) or Understood(Meaning.UNKNOWN, "")


@lru_cache(maxsize=1)
def _words() -> dict[str, Understood]:
    """Every word and what it means. No more messages comes first: whoever may mean it gets none."""
    answers, opt_out = _read("answers.json"), _read("opt_out.json")
    found: dict[str, Understood] = {}
    for meaning, by_language in (
        (Meaning.STOP, opt_out["words"]),
        (Meaning.CONFIRM, answers["confirm"]),
        (Meaning.HELP, answers["help"]),
    ):
        for language, words in by_language.items():
            for word in map(plain, words):
                there = found.get(word)
                if there is None:
                    found[word] = Understood(meaning, "" if language == "mul" else language)
                elif there.meaning == meaning and there.language != language:
                    found[word] = Understood(meaning, "")  # Several languages have it.
    return found


@lru_cache(maxsize=1)
def _polite() -> list[str]:
    """Words of politeness, the longest first."""
    words = {plain(word) for words in _read("answers.json")["polite"].values() for word in words}
    return sorted(words, key=lambda word: (-len(word), word))


def _without_politeness(text: str) -> str:
    padded = f" {text} "
    for word in _polite():
        padded = padded.replace(f" {word} ", " ")
    return padded.strip()


def _read(name: str) -> dict:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
