"""A list of people with Spanish and Haitian names, invented by code, each typed twice: the second time as a desk types it.

The errors are those of the domain: two surnames of which one is dropped or which change places, accents lost, H left out, J and
Y and LL, B and V, S and Z and C written for one another, a slip of a key, a nickname, day and month swapped, a digit wrong,
only the year. Nobody is called like this: the names are put together from syllables.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from cases.models import BirthPrecision

SEED = 5
GIVEN = [
    "Ejemplina",
    "Pruebito",
    "Muestrina",
    "Ensayo",
    "Josefacio",
    "Jazmuel",
    "Yolensa",
    "Hermundo",
    "Xochival",
    "Vicendal",
]
GIVEN += [
    "Zulejandra",
    "Guillerbo",
    "Ángelupe",
    "Inésca",
    "Juliardo",
    "Benjaluz",
    "Chelona",
    "Rosarbel",
    "Quetilo",
    "Beraldina",
]
HAITIAN = [
    "Jhonsay",
    "Jeanpwov",
    "Yvenèl",
    "Widlejan",
    "Philipwòs",
    "Rosemuès",
    "Kervensay",
    "Djoulin",
    "Wislèt",
    "Guerdilòn",
]
BEGINNINGS = [
    "Ba",
    "Va",
    "Her",
    "Ji",
    "Zu",
    "Que",
    "Llo",
    "Ce",
    "Gue",
    "Ri",
    "Mo",
    "San",
    "Car",
    "Fu",
    "Pe",
    "Yba",
    "Ola",
    "Tre",
]
MIDDLES = [
    "ben",
    "ja",
    "ve",
    "llo",
    "zar",
    "ci",
    "rru",
    "ña",
    "que",
    "hor",
    "bal",
    "xi",
    "gi",
    "mon",
    "der",
    "zqui",
    "tu",
    "pal",
]
ENDINGS = ["púz", "bedo", "chán", "rel", "fiz", "gurro", "ñate", "xol", "midez", "toque", "lvir", "juca"]
HAITIAN_ENDINGS = ["prèv", "nòl", "sykou", "javil", "wòn", "lyphe", "dwa", "chan"]
COMMON = ["Muestra", "Ejemplo", "Prueba", "Ensayo"]  # As many carry as carry Hernández or López.


@dataclass(frozen=True)
class Name:
    """One person as typed once."""

    given: str
    first: str
    second: str
    born_on: date
    precision: str = BirthPrecision.EXACT
    nationality: str = "HN"


def people(count: int, random: Random) -> Iterator[Name]:
    """So many different people: three in four from the south, one in four from Haiti, who has one surname."""
    for _one in range(count):
        born = date(1950, 1, 1) + timedelta(days=random.randrange(27_000))
        if random.random() < 0.25:
            given = " ".join(random.sample(HAITIAN, random.choice([1, 1, 2])))
            yield Name(given, surname(random, HAITIAN_ENDINGS), "", born, nationality="HT")
        else:
            given = " ".join(random.sample(GIVEN, random.choice([1, 2, 2])))
            yield Name(given, surname(random, ENDINGS), surname(random, ENDINGS), born)


def surname(random: Random, endings: list[str]) -> str:
    if random.random() < 0.3:
        return random.choice(COMMON)
    return random.choice(BEGINNINGS) + random.choice(MIDDLES) + random.choice(endings)


# --- The second time ---------------------------------------------------------------------------------------------------

LETTERS = [("h", ""), ("j", "y"), ("y", "j"), ("ll", "y"), ("b", "v"), ("v", "b"), ("z", "s"), ("c", "k"), ("ph", "f")]
LETTERS += [("qu", "k"), ("rr", "r"), ("ci", "si"), ("gui", "gi"), ("ou", "u"), ("w", "ou")]
ACCENTS = str.maketrans("áéíóúüñèò", "aeiouuneo")
SLIPS = "abcdefghijklmnopqrstuvwxyz"


def without_accents(name: Name, random: Random) -> Name:
    return replace(
        name,
        given=name.given.translate(ACCENTS),
        first=name.first.translate(ACCENTS),
        second=name.second.translate(ACCENTS),
    )


def second_dropped(name: Name, random: Random) -> Name:
    return replace(name, second="")


def first_dropped(name: Name, random: Random) -> Name:
    return replace(name, first=name.second or name.first, second="")


def swapped(name: Name, random: Random) -> Name:
    return (
        replace(name, first=name.second, second=name.first)
        if name.second
        else replace(name, given=name.first, first=name.given)
    )


def given_dropped(name: Name, random: Random) -> Name:
    return replace(name, given=random.choice(name.given.split()))


def as_it_sounds(name: Name, random: Random) -> Name:
    part = random.choice(["given", "first"])
    text = getattr(name, part).lower()
    usable = [(old, new) for old, new in LETTERS if old in text]
    old, new = random.choice(usable or [("", "")])
    return replace(name, **{part: text.replace(old, new, 1).title() if old else text.title()})


def a_slip(name: Name, random: Random) -> Name:
    part = random.choice(["given", "first"])
    text = list(getattr(name, part))
    place = random.randrange(1, len(text))
    kind = random.randrange(3)
    if kind == 0:
        text[place] = random.choice(SLIPS)
    elif kind == 1:
        del text[place]
    else:
        text[place - 1], text[place] = text[place], text[place - 1]
    return replace(name, **{part: "".join(text)})


def day_and_month_swapped(name: Name, random: Random) -> Name:
    born = name.born_on
    return replace(name, born_on=born.replace(day=born.month, month=born.day)) if born.day <= 12 else name


def a_digit_wrong(name: Name, random: Random) -> Name:
    year = name.born_on.year + random.choice([-10, -1, 1, 10])
    return replace(name, born_on=name.born_on.replace(year=max(1940, year), day=min(name.born_on.day, 28)))


def only_the_year(name: Name, random: Random) -> Name:
    return replace(name, born_on=date(name.born_on.year, 7, 1), precision=BirthPrecision.YEAR)


Error = Callable[[Name, Random], Name]
OF_NAMES: list[Error] = [without_accents, second_dropped, first_dropped, swapped, given_dropped, as_it_sounds, a_slip]
OF_DATES: list[Error] = [day_and_month_swapped, a_digit_wrong, only_the_year]


def typed_again(name: Name, random: Random) -> Name:
    """With one or two errors in the name, and every fourth time one in the date."""
    for error in random.sample(OF_NAMES, random.choice([1, 1, 2])):
        name = error(name, random)
    return random.choice(OF_DATES)(name, random) if random.random() < 0.25 else name
