"""Plausible families with plainly invented names: every surname says that it is an example."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

from cases.models import BirthPrecision, Group, NeedCode, Relationship
from cases.services.people import MemberData
from ngo.models import Organisation

SURNAMES = ["Ejemplo", "Muestra", "Prueba", "Ensayo", "Modelo", "Ficticio", "Supuesto", "Inventado"]
WOMEN = {
    "spa": [
        "Ana",
        "Berta",
        "Celia",
        "Dora",
        "Elsa",
        "Fátima",
        "Gloria",
        "Irma",
        "Julia",
        "Lidia",
        "Mirna",
        "Noemí",
        "Yolanda",
    ],
    "hat": ["Nadège", "Wideline", "Roselaure", "Mirlande"],
    "por": ["Taís", "Joana", "Luzia"],
    "rus": ["Daria", "Olga", "Vera"],
    "eng": ["Abena", "Esi"],
}
MEN = {
    "spa": [
        "Abel",
        "Bruno",
        "Darío",
        "Efraín",
        "Fabio",
        "Gael",
        "Hugo",
        "Iván",
        "Joel",
        "Lucas",
        "Nery",
        "Óscar",
        "Saúl",
    ],
    "hat": ["Wilner", "Jocelyn", "Frantz", "Dieudonné"],
    "por": ["Caio", "Davi", "Rui"],
    "rus": ["Artiom", "Ilia", "Timur"],
    "eng": ["Kofi", "Kwame"],
}
# Nationality, language, how often.
ORIGINS = [
    ("HN", "spa", 6),
    ("VE", "spa", 6),
    ("MX", "spa", 4),
    ("SV", "spa", 3),
    ("GT", "spa", 3),
    ("HT", "hat", 3),
    ("EC", "spa", 2),
    ("CO", "spa", 2),
    ("CU", "spa", 2),
    ("NI", "spa", 1),
    ("BR", "por", 1),
    ("RU", "rus", 1),
    ("GH", "eng", 1),
]
GROUPS = [
    (Group.US_APPOINTMENT, 3),
    (Group.MEXICAN_PROTECTION, 4),
    (Group.RETURN, 1),
    (Group.UNDECIDED, 3),
    (Group.OTHER, 1),
]


class Families:
    """Makes families, the same ones for the same seed and day."""

    def __init__(self, random: Random, today: date, organisation: Organisation):
        self.random, self.today, self.organisation = random, today, organisation

    def of(self, shape: Iterable[tuple[str, int]]) -> list[MemberData]:
        """A family by sex and age, head first: [("f", 31), ("m", 8)]. A second adult is the partner, minors are children."""
        country, language = self.pick([((country, tongue), often) for country, tongue, often in ORIGINS])
        surnames = self.random.sample(SURNAMES, 2)
        members = []
        for number, (sex, age) in enumerate(shape):
            member = self.member(sex, age, country, language, surnames)
            if number:
                member.relationship = Relationship.PARTNER if age >= 18 else Relationship.CHILD
            members.append(member)
        return members

    def member(self, sex: str, age: int, country: str, language: str, surnames: list[str]) -> MemberData:
        names = (WOMEN if sex == "f" else MEN)[language]
        estimated = age > 3 and self.random.random() < 0.05
        return MemberData(
            given_names=self.random.choice(names),
            first_surname=surnames[0],
            second_surname=surnames[1] if language == "spa" else "",
            sex=sex,
            born_on=self.born(age),
            birth_precision=BirthPrecision.ESTIMATED if estimated else BirthPrecision.EXACT,
            nationality=country,
            speaks=[language] if language in {"spa", "eng"} else [language, "spa"][: self.random.randint(1, 2)],
            reads=[language] if age > 7 and self.random.random() < 0.9 else [],
            needs=self.needs(sex, age),
        )

    def born(self, age: int) -> date:
        return self.today - timedelta(days=round(age * 365.25) + self.random.randint(1, 300))

    def needs(self, sex: str, age: int) -> list[str]:
        found: list[str] = []
        if age < 2:
            found.append(NeedCode.INFANT)
        if age > 62:
            found.append(NeedCode.LOWER_BUNK)
        if sex == "f" and 18 <= age < 40 and self.random.random() < 0.12:
            found.append(NeedCode.PREGNANT)
        if self.random.random() < 0.08:
            found.append(NeedCode.MEDICATION)
        if age >= 18 and self.random.random() < 0.05:
            found.append(NeedCode.VIOLENCE)
        return found

    def group(self) -> str:
        return self.pick(GROUPS)

    def pick(self, choices: list[tuple[Any, int]]) -> Any:
        values, weights = zip(*choices, strict=True)
        return self.random.choices(values, weights)[0]
