"""The catalogues of words: found, checked and compiled without gettext, which a fresh Debian does not have.

`compile_all` needs polib only and runs wherever Posada starts. `find_strings` needs Babel and serves the developer
(`manage.py catalogues`) and the test that no word is missing in either language.
"""

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib

BASE = Path(__file__).resolve().parent.parent
FOLDER = BASE / "ngo" / "locale"
LANGUAGES = ("es", "en")
# What guests are given to read and sign is also in these; nothing else is, so their catalogues hold these strings alone.
GUEST_LANGUAGES = ("ht", "fr", "pt", "ru", "ar")
GUEST_PAPERS = {"templates/shelters/departures/_paper.html"}
GUEST_CONTEXTS = {"weekday, short", "month, short"}
GUEST_WORDS = {  # Dates and ages on those papers.
    *("%(weekday)s %(day)s %(month)s", "%(day)s %(month)s %(year)s", "%(day)s, %(hour)s"),
    *("Age not known", "%(months)s month", "%(age)s year", "About %(age)s year"),
}
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "_": None,
    "_lazy": None,  # In files where `_` is the other of the two.
    "_now": None,
}
HEADERS = {
    "Project-Id-Version": "Posada",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
TWO = "nplurals=2; plural=(n != 1);"
PLURALS = {
    **dict.fromkeys(["es", "en", "ht", "pt"], TWO),
    "fr": "nplurals=2; plural=(n > 1);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}
Key = tuple[str | None, str]  # Context and msgid.


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "django.po"


def compile_all() -> None:
    """Write each .mo beside its .po, where it is missing or older."""
    for source in FOLDER.glob("*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            half = target.with_name(f"{target.name}.new")
            polib.pofile(str(source)).save_as_mofile(str(half))
            half.replace(target)


@cache
def find_strings() -> dict[Key, tuple[str, list[str]]]:
    """Every translatable string of ours: (context, msgid) → (plural or "", the files that use it)."""
    found: dict[Key, tuple[str, list[str]]] = {}
    for path, context, singular, plural in _all_messages():
        name = path.relative_to(BASE).as_posix()
        old_plural, files = found.get((context, singular), ("", []))
        found[context, singular] = (plural or old_plural, [*files, *([name] if name not in files else [])])
    return found


def strings_of(language: str) -> dict[Key, tuple[str, list[str]]]:
    """The strings that a language must have: all of them, or those of the papers of guests."""
    every = find_strings()
    if language not in GUEST_LANGUAGES:
        return every
    return {
        (context, msgid): (plural, files)
        for (context, msgid), (plural, files) in every.items()
        if GUEST_PAPERS & set(files) or context in GUEST_CONTEXTS or msgid in GUEST_WORDS
    }


def _all_messages() -> Iterator[tuple[Path, str | None, str, str]]:
    from babel.messages.extract import extract  # For developers; not installed where Posada only runs.
    from django.utils.translation.template import templatize

    for path in sorted(_sources()):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = re.sub(r"(?m)^[ \t]+", "", templatize(text, origin=str(path)))  # Indented as no Python would be.
        stream = io.BytesIO(text.encode())
        for _line, message, _comments, context in extract(
            "python", stream, keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            singular, plural = message if isinstance(message, tuple) else (message, "")
            if singular:
                yield path, context, singular, plural or ""


def _sources() -> Iterator[Path]:
    for folder in ("ngo", "cases", "shelters"):
        yield from (path for path in (BASE / folder).rglob("*.py") if "migrations" not in path.parts)
    yield from (path for path in (BASE / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def update(language: str) -> tuple[int, int]:
    """Bring a catalogue up to date with the sources; translations stay, unused ones go. Returns (strings, untranslated)."""
    path = path_of(language)
    old = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {(entry.msgctxt, entry.msgid): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=110)
    new.metadata = HEADERS | {"Language": language, "Plural-Forms": PLURALS[language]}
    for (context, msgid), (plural, files) in sorted(
        strings_of(language).items(), key=lambda item: (item[0][1], item[0][0] or "")
    ):
        entry = polib.POEntry(
            msgctxt=context, msgid=msgid, msgid_plural=plural, occurrences=[(name, "") for name in files]
        )
        _fill(entry, known.get((context, msgid)), language)
        if "%(" in msgid:
            entry.flags.append("python-format")
        new.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(path))
    return len(new), len(new.untranslated_entries())


def _fill(entry: polib.POEntry, old: polib.POEntry | None, language: str) -> None:
    if language == "en":  # The sources speak English: the catalogue says the same.
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid
    elif entry.msgid_plural:
        forms = int(PLURALS[language].split("nplurals=")[1][0])
        entry.msgstr_plural = dict(old.msgstr_plural) if old and old.msgstr_plural else dict.fromkeys(range(forms), "")
    elif old:
        entry.msgstr = old.msgstr


def faults(language: str) -> list[str]:
    """What is wrong with a catalogue, a sentence each: missing, empty, unused or fuzzy strings, placeholders that differ."""
    entries = {
        (entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path_of(language))) if not entry.obsolete
    }
    strings = strings_of(language)
    found = [f"missing: {key[1]!r}" for key in strings if key not in entries]
    found += [f"not used any more: {key[1]!r}" for key in entries if key not in strings]
    for entry in entries.values():
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if entry.fuzzy or not all(text.strip() for text in texts):
            found.append(f"not translated: {entry.msgid!r}")
        asked = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural or "")
        found += [
            f"placeholders differ: {entry.msgid!r}" for text in texts if text and not _placeholders(text) <= asked
        ]
        if not entry.msgid_plural and texts[0] and _placeholders(texts[0]) != asked:
            found.append(f"placeholders are missing: {entry.msgid!r}")
    return found


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]|%[sd]", text))
