"""What people mean who write back, in every language, however they type it."""

import json

import pytest

from cases import answers, notice_words
from cases.answers import plain, understood
from cases.models import Meaning


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("BAJA", "spa"),
        ("baja", "spa"),
        (" Bája. ", "spa"),
        ("alto!!", "spa"),
        ("No más mensajes, por favor", "spa"),
        ("cancelar", ""),  # In Spanish and in Portuguese.
        ("STOP", ""),
        ("Stop please", ""),
        ("unsubscribe", "eng"),
        ("KANPE", "hat"),
        ("sispann", "hat"),
        ("Rete tanpri", "hat"),
        ("Pa voye mesaj anko", "hat"),
        ("ARRÊT", "fra"),
        ("arret", "fra"),
        ("PARE", "por"),
        ("sair", "por"),
        ("Стоп", "rus"),
        ("ОТПИСКА", "rus"),
        ("не пишите", "rus"),
        ("توقف", "ara"),
        ("تَوَقَّفْ", "ara"),
        ("الغاء", "ara"),
        ("إلغاء.", "ara"),
        ("توقـــف", "ara"),
        ("\u200fتوقف\u200f", "ara"),
    ],
)
def test_no_more_messages_in_every_language_at_once(text, language):
    assert understood(text) == (Meaning.STOP, language)


@pytest.mark.parametrize(
    "text",
    [
        "1",
        " 1. ",
        "１",
        "١",
        "۱",
        "1️⃣",
        "Sí",
        "si",
        "SI, gracias",
        "¡Sí!",
        "yes",
        "Wi",
        "wi mèsi",
        "oui",
        "Sim",
        "да",
        "ДА!",
        "نعم",
        "نَعَم",
        "ok",
    ],
)
def test_yes(text):
    assert understood(text).meaning == Meaning.CONFIRM


@pytest.mark.parametrize(
    "text",
    ["2", "٢", "۲", "ayuda", "Ayúdenme por favor", "help", "èd", "ed", "M bezwen", "aide", "Ajuda", "помощь", "مساعدة"],
)
def test_help(text):
    assert (understood(text).meaning == Meaning.HELP) == (text != "M bezwen")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "👍",
        "3",
        "12",
        "1 2",
        "11",
        "no",
        "Estoy en Baja California",
        "baja california",
        "¿Dónde es el alto?",
        "no puedo ir",
        "la cita es a las 2",
        "si no voy qué pasa",
        "gracias",
        "baja " * 60,
        "\x00\x01",
        "'; DROP TABLE cases_phone; --",
        "a" * 100_000,
    ],
)
def test_what_is_not_one_of_the_words_is_never_guessed(text):
    assert understood(text).meaning == Meaning.UNKNOWN


def test_every_word_of_the_data_is_understood_and_no_two_meanings_share_one():
    read = {
        name: json.loads((answers.DATA / name).read_text(encoding="utf-8")) for name in ("opt_out.json", "answers.json")
    }
    kinds = {
        Meaning.STOP: read["opt_out.json"]["words"],
        Meaning.CONFIRM: read["answers.json"]["confirm"],
        Meaning.HELP: read["answers.json"]["help"],
    }
    for meaning, by_language in kinds.items():
        assert {"spa", "eng", "hat", "fra", "por", "rus", "ara"} <= set(by_language)
        for words in by_language.values():
            for word in words:
                assert plain(word), word
                assert understood(word).meaning == meaning, word
                assert understood(f" {word.lower()}!").meaning == meaning, word


def test_the_words_that_every_message_names_stop_it():
    for word in notice_words.stop_words():
        assert understood(word).meaning == Meaning.STOP, word
