"""What is said on a phone, in an e-mail and on a slip: in seven languages, and never more than a day."""

import json
import re
import string
import unicodedata
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django_countries import countries

from cases import notice_words
from cases.models import MessageWords
from cases.notice_words import email_words, language_for, messages, paper_text, phone_text, segments
from ngo.messaging.segments import BASIC, EXTENSION, GSM_7, UCS_2, Segments

LANGUAGES = ["es", "en", "ht", "fr", "pt", "ru", "ar"]
DAYS = [date(2026, 11, 27) + timedelta(days=number) for number in range(14)]
FORBIDDEN = json.loads(Path(__file__).with_name("forbidden_words.json").read_text(encoding="utf-8"))
WORD = r"[^\W_]+"
ALLOWED = {"day", "hour", "code", "stop"}
CODE, HOUR = "482915", "8:15"


# --- What nothing may say --------------------------------------------------------------------------------------------
@cache
def plain(text: str) -> str:
    """Without case and accents: "Comisión" and "COMISION" are one word."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


@cache
def names() -> list[str]:
    """Offices, cities, agencies, countries and kinds of appointment, by which a text would say where or what."""
    catalogue = json.loads((settings.BASE_DIR / "ngo/data/catalogue.json").read_text(encoding="utf-8"))
    kinds = json.loads((settings.BASE_DIR / "cases/data/appointment_kinds.json").read_text(encoding="utf-8"))
    found = [*FORBIDDEN["names"]]
    found += [value for row in _rows(catalogue) for name, value in row.items() if name.startswith("name")]
    found += [kind[name] for kind in kinds["kinds"] for name in ("name_es", "name_en")]
    for language in ("es", "en", "fr", "pt", "ru", "ar"):
        with translation.override(language):
            found += [str(name) for _code, name in countries]
    return sorted({plain(name) for name in found if len(name) > 2})


def _rows(value):
    if isinstance(value, dict):
        yield {name: one for name, one in value.items() if isinstance(one, str)}
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _rows(one)


def faults(text: str, language: str) -> list[str]:
    """The words of a text that must not stand in it, and whatever looks like an hour, a year or an address."""
    said = plain(text)
    words = set(re.findall(r"[^\W\d_]+", said))
    own = FORBIDDEN["languages"][language]
    found = [stem for stem in own["stems"] if any(plain(stem) in word for word in words)]
    found += [word for word in own["words"] if plain(word) in words]
    row = in_a_row(said)
    found += [name for name in names() if in_a_row(name) in row]
    found += re.findall(r"\d{1,2}[:.]\d\d|\b\d{3,}\b|https?:|www\.|@", text)
    return found


@cache
def in_a_row(text: str) -> str:
    """Its words with one space around each, so that a name is found as whole words."""
    return f" {' '.join(re.findall(WORD, text))} "


def fields_of(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def everything_said():
    """(name, language, text) of every message in every language, on every day of two weeks, in every variant."""
    for message in messages().values():
        for day in DAYS if "{day}" in message.text else DAYS[:1]:
            said = notice_words.example(message.key, message.way, message.language, day, HOUR, CODE)
            yield f"{message.key} {message.way} {day}", message.language, f"{said.subject}\n{said.text}"


def test_no_message_says_more_than_a_day():
    wrong = {}
    for name, language, text in everything_said():
        bare = text.replace(CODE, "") if name.startswith("code ") else text
        bare = bare.replace(HOUR, "") if "_hour " in name else bare
        if found := faults(bare, language):
            wrong[name, language] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Hola, recuerde su AUDIENCIA del martes."),
        ("es", "Hola, lo espera el abogado."),
        ("es", "Su cita de Protección Internacional"),
        ("es", "Su cita es en la Corte."),
        ("es", "Bienvenida al albergue"),
        ("en", "Your court date is on Tuesday"),
        ("en", "Bring your VISA"),
        ("en", "Ask your lawyers"),
        ("ht", "Mande avoka ou"),
        ("ht", "Demann azil ou a"),
        ("fr", "Votre demande d'ASILE"),
        ("fr", "Le juge vous attend"),
        ("pt", "Fale com a sua advogada"),
        ("pt", "O seu visto"),
        ("ru", "Ваш АДВОКАТ ждёт"),
        ("ru", "Приходите в суд"),
        ("ar", "موعدك في المحكمة"),
        ("ar", "طلب اللجوء"),
        ("es", "Su cita del martes en la COMAR"),
        ("ru", "Вас ждут в INM"),
        ("fr", "Rendez-vous à TIJUANA"),
        ("es", "Recuerde su cita en Ciudad Juarez"),
        ("es", "Viaje a Honduras"),
        ("en", "Legal consultation"),
        ("es", "Su cita es a las 8:15"),
        ("es", "El martes 1 de diciembre de 2026"),
        ("en", "See https://posada.example"),
    ],
)
def test_a_text_that_says_more_is_found(language, text):
    assert faults(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Corteza, puertas y visajes"),  # A short word counts only as a whole.
        ("en", "Support and courtesy"),
        ("ru", "судьба"),
    ],
)
def test_a_word_that_only_looks_like_one_is_left_alone(language, text):
    assert faults(text, language) == []


# --- The data --------------------------------------------------------------------------------------------------------
def test_every_message_is_there_in_seven_languages_and_says_how_far_its_review_is():
    assert list(notice_words.languages()) == LANGUAGES
    of_an_answer = {MessageWords.STOPPED}  # Said as a variant of an answer.
    assert {key.split("_")[0] for key in notice_words.message_keys()} == set(MessageWords.values) - of_an_answer
    for key, way in {(key, way) for key, way, _language in messages()}:
        found = [messages()[key, way, language] for language in LANGUAGES]
        assert {message.status for message in found} <= {"draft", "ours", "reviewed"}
        assert all(bool(message.subject) == (way == "email") for message in found)
    assert all(
        message.status == ("ours" if message.language in {"es", "en"} else "draft") for message in messages().values()
    )


def test_a_text_has_only_the_fields_that_its_message_may_tell():
    """The hour where it was asked for, the code in its own message, the day and the word that ends it all."""
    for (key, way, language), message in messages().items():
        allowed = {"day"} | ({"stop"} if way == "phone" else set())
        allowed |= {"hour"} if key.endswith("_hour") else set()
        allowed = {"code"} if key == "code" else allowed
        assert fields_of(message.text) <= allowed <= ALLOWED, (key, way, language)
        assert fields_of(message.subject) == set(), (key, way, language)
    assert not fields_of("Hola, {name}") <= ALLOWED


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_answered_says_how_it_is_ended(language):
    ended = notice_words.stop_words()
    for key in ("reminder", "reminder_hour", "reminder_date", "confirm", "changed", "answer_unknown"):
        text = messages()[key, "phone", language].text
        assert "{stop}" in text
        assert re.search(r"\b2 = ", text)
    *_numbers, word = re.findall(r"(\w+) = ", phone_text("changed", language))
    assert word.casefold() in ended


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_have_names_that_are_our_own(language):
    days = [notice_words.day_in_words(date(2026, month, day), language) for month in range(1, 13) for day in (1, 2)]
    assert len({re.sub(r"\d+\w*", "", day) for day in days}) == 24  # No month is called like another.
    assert len({notice_words.day_in_words(day, language) for day in DAYS}) == 14


# --- Written -----------------------------------------------------------------------------------------------------------
TUESDAY = date(2026, 12, 1)


def test_the_texts_as_a_phone_shows_them():
    said = phone_text("reminder", "es", day=TUESDAY)
    assert said == (
        "Hola, recuerde su cita del martes 1 de diciembre. Pregunte en la entrada. "
        "Responda 1 = confirmo, 2 = ayuda, BAJA = sin mensajes."
    )
    assert "Tuesday 1 December" in phone_text("confirm", "en", day=TUESDAY)
    assert "madi 1 desanm" in phone_text(MessageWords.REMINDER, "ht", day=TUESDAY)
    assert "mardi 1er décembre" in phone_text("reminder", "fr", day=TUESDAY)
    assert "вторник, 1 декабря" in phone_text("reminder", "ru", day=TUESDAY)
    assert "الثلاثاء 1 ديسمبر" in phone_text("reminder", "ar", day=TUESDAY)
    assert phone_text("code", "pt", code=CODE).count(CODE) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hour_stands_only_in_a_text_that_was_asked_for_with_it(language):
    assert HOUR not in phone_text("reminder", language, day=TUESDAY)
    assert HOUR in phone_text("reminder", language, day=TUESDAY, hour=HOUR)
    assert HOUR in email_words("reminder", language, day=TUESDAY, hour=HOUR).text
    assert HOUR not in phone_text("confirm", language, day=TUESDAY, hour=HOUR)  # It has no such variant.
    assert HOUR not in phone_text("reminder", language, day=TUESDAY, hour=HOUR, variant="date")
    assert HOUR not in paper_text(language, day=TUESDAY)


@pytest.mark.parametrize("variant", ["unknown", "stopped", "thanks", "help"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_they_wrote_is_answered(language, variant):
    assert phone_text("answer", language, variant=variant)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["reminder", "confirm", "changed", "staff"])
def test_an_email_says_that_nobody_reads_an_answer(language, words):
    said = email_words(words, language, day=TUESDAY)
    assert said.subject
    assert said.html == ""
    assert said.text.endswith("\n")
    assert "{" not in said.text + said.subject
    assert said.text.count("\n\n") >= 2


def test_a_text_without_its_day_or_code_is_never_sent_with_a_gap():
    with pytest.raises(ValueError, match="needs day"):
        phone_text("reminder", "es")
    with pytest.raises(ValueError, match="needs code"):
        phone_text("code", "es")
    with pytest.raises(KeyError):
        email_words("code", "es")
    with pytest.raises(KeyError):
        phone_text("answer", "es", variant="insult")
    with pytest.raises(KeyError):
        phone_text("reminder", "de", day=TUESDAY)


@pytest.mark.parametrize(
    ("speaks", "reads", "language"),
    [
        ([], [], "es"),
        (["hat", "spa"], ["hat"], "ht"),  # What they read counts before what they speak.
        (["hat"], [], "ht"),
        (["quc", "spa"], ["quc"], "es"),  # Of what they read we have nothing.
        ({"fra", "eng"}, set(), "en"),  # English is ours, French a draft.
        (["fra"], ["eng", "spa"], "es"),
        (["ara"], ["ara"], "ar"),
        (["rus"], ["kaz"], "ru"),
        (["por"], ["por"], "pt"),
        (["mam"], ["mam"], "es"),
    ],
)
def test_which_language_somebody_is_written_to_in(speaks, reads, language):
    assert language_for(speaks, reads) == language


def test_a_fingerprint_is_of_all_that_is_said():
    prints = {
        (key, language): notice_words.fingerprint(key, language)
        for key in notice_words.message_keys()
        for language in LANGUAGES
    }
    assert len(set(prints.values())) == len(prints)
    assert all(len(one) == 64 for one in prints.values())


# --- What it costs -----------------------------------------------------------------------------------------------------
def test_the_tables_of_gsm():
    assert len(BASIC) == 127  # 128 places, of which one is the escape.
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION
    for character in BASIC:
        assert segments(character) == Segments(1, GSM_7, 1, 159)
    for character in EXTENSION:
        assert segments(character) == Segments(1, GSM_7, 2, 158)


@pytest.mark.parametrize("character", "éñüèàùìòÉÑÜÇ¿¡£¥§")
def test_what_of_spanish_french_and_creole_is_gsm(character):
    assert segments(character).encoding == GSM_7


@pytest.mark.parametrize("character", "áíóúÁÍÓÚçâêîôûãõïëœ’“”–…ºª°´`ёЯجِ，\t\u00a0\u200f😀")
def test_what_is_not(character):
    assert segments(character).encoding == UCS_2


@pytest.mark.parametrize(
    ("length", "count", "left"),
    [(0, 0, 160), (1, 1, 159), (160, 1, 0), (161, 2, 145), (306, 2, 0), (307, 3, 152), (459, 3, 0), (460, 4, 152)],
)
def test_plain_letters_count_160_and_153(length, count, left):
    assert segments("n" * length) == Segments(count, GSM_7, length, left)


@pytest.mark.parametrize(
    ("length", "count", "left"),
    [(1, 1, 69), (70, 1, 0), (71, 2, 63), (134, 2, 0), (135, 3, 66), (201, 3, 0), (202, 4, 66)],
)
@pytest.mark.parametrize("letter", "óдم")
def test_other_letters_count_70_and_67(letter, length, count, left):
    assert segments(letter * length) == Segments(count, UCS_2, length, left)


def test_one_accent_makes_all_of_it_cost_more():
    assert segments("n" * 159 + "é").count == 1
    assert segments("n" * 159 + "ó") == Segments(3, UCS_2, 160, 41)


def test_an_extension_character_is_never_parted():
    assert segments("€" * 80) == Segments(1, GSM_7, 160, 0)
    assert segments("€" * 81) == Segments(2, GSM_7, 162, 143)  # 76 of them in the first: its 153rd place stays empty.
    assert segments("n" * 152 + "€" + "n" * 151) == Segments(2, GSM_7, 305, 0)
    assert segments("n" * 152 + "€" + "n" * 152).count == 3
    assert segments("n" * 151 + "€" + "n" * 153).count == 2


def test_a_pair_of_surrogates_counts_two_and_is_never_parted():
    assert segments("😀") == Segments(1, UCS_2, 2, 68)
    assert segments("😀" * 35) == Segments(1, UCS_2, 70, 0)
    assert segments("😀" * 36) == Segments(2, UCS_2, 72, 61)  # 33 in the first: its 67th unit stays empty.
    assert segments("ó" * 66 + "😀" + "ó" * 65) == Segments(2, UCS_2, 133, 0)
    assert segments("ó" * 66 + "😀" + "ó" * 66).count == 3


@pytest.mark.parametrize(("key", "language"), list(product(notice_words.message_keys(), LANGUAGES)))
def test_every_text_costs_as_little_as_it_can(key, language):
    """One message where its letters are GSM's, two where the day or the language has others."""
    cost = notice_words.cost(key, language)
    assert cost.most.count <= (1 if cost.most.encoding == GSM_7 else 2)
    if language in {"en", "ht", "fr"}:
        assert cost.most.encoding == GSM_7
    if language in {"es", "pt"}:
        assert cost.least.encoding == GSM_7


def test_spanish_costs_two_on_saturdays_alone():
    for day in notice_words.LONG_DAYS:
        cost = segments(phone_text("reminder", "es", day=day))
        assert (cost.count, cost.encoding) == ((2, UCS_2) if day.weekday() == 5 else (1, GSM_7))
