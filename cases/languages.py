"""The languages that people at the door speak: ISO 639-3 codes and their names, the most frequent first.

Nahuatl has no single code there (its varieties have one each), so it carries the collective one of ISO 639-2.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FREQUENT: dict[str, str | Promise] = {
    "spa": _("Spanish"),
    "eng": _("English"),
    "hat": _("Haitian Creole"),
    "fra": _("French"),
    "por": _("Portuguese"),
    "rus": _("Russian"),
    "ara": _("Arabic"),
    "quc": _("K'iche'"),
    "mam": _("Mam"),
    "kek": _("Q'eqchi'"),
    "cab": _("Garífuna"),
    "nah": _("Nahuatl"),
}
OTHERS: dict[str, str | Promise] = {
    "amh": _("Amharic"),
    "hye": _("Armenian"),
    "aym": _("Aymara"),
    "aze": _("Azerbaijani"),
    "ben": _("Bengali"),
    "zho": _("Chinese"),
    "prs": _("Dari"),
    "ful": _("Fula"),
    "kat": _("Georgian"),
    "grn": _("Guarani"),
    "hau": _("Hausa"),
    "hin": _("Hindi"),
    "ibo": _("Igbo"),
    "ita": _("Italian"),
    "ixl": _("Ixil"),
    "jam": _("Jamaican Creole"),
    "cak": _("Kaqchikel"),
    "kaz": _("Kazakh"),
    "kin": _("Kinyarwanda"),
    "kon": _("Kongo"),
    "kir": _("Kyrgyz"),
    "lin": _("Lingala"),
    "miq": _("Miskito"),
    "nep": _("Nepali"),
    "pus": _("Pashto"),
    "fas": _("Persian"),
    "pan": _("Punjabi"),
    "kjb": _("Q'anjob'al"),
    "que": _("Quechua"),
    "ron": _("Romanian"),
    "ase": _("American Sign Language"),
    "mfs": _("Mexican Sign Language"),
    "som": _("Somali"),
    "swa": _("Swahili"),
    "tgk": _("Tajik"),
    "tir": _("Tigrinya"),
    "tur": _("Turkish"),
    "twi": _("Twi"),
    "tzh": _("Tzeltal"),
    "tzo": _("Tzotzil"),
    "ukr": _("Ukrainian"),
    "urd": _("Urdu"),
    "uzb": _("Uzbek"),
    "vie": _("Vietnamese"),
    "wol": _("Wolof"),
    "yor": _("Yoruba"),
    "yua": _("Yucatec Maya"),
    "zap": _("Zapotec"),
    "mis": _("Another language"),
}
LANGUAGES = FREQUENT | OTHERS


def language_name(code: str) -> str:
    """The name of a language for the screen; the code itself where an import brought one that we do not list."""
    return str(LANGUAGES.get(code, code))
