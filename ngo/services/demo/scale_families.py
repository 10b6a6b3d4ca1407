"""The people of the demo at scale: for every space as many rounds of families as fill it forty times over.

Each round visits its space five times, in turns that never meet (scale_rows.py), so that no bed and no person is ever in two
stays at once. Written by COPY; what follows from these rows is made of them by the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from django.db import connection, models

from cases.models import (
    BirthPrecision,
    Diet,
    EmailAddress,
    Family,
    NeedCode,
    Person,
    Phone,
    Relationship,
    SpecificNeed,
)
from ngo.crypto import encrypt, keyed_hash
from ngo.services.demo.people import GROUPS, MEN, ORIGINS, SURNAMES, WOMEN
from ngo.services.demo.scale_houses import Room
from shelters.models import Sleepers, SpaceKind

ROUNDS = 40
# Sizes of families by whom a space is for, again and again until it is full; the last one takes what is left.
SIZES = {
    Sleepers.MEN: [1, 1, 1, 2, 1, 1, 1, 1],
    Sleepers.WOMEN: [1, 2, 3, 1, 1, 4, 2],
    Sleepers.FAMILIES: [3, 4, 2, 5, 3, 6, 2, 4],
    Sleepers.ANYONE: [1, 1, 2, 1, 1, 3],
}
AREA_CODES = [area for area in range(202, 320) if area % 100 not in {11, 0}]  # With 555 01xx: numbers kept for fiction.
HAS_PHONE, HAS_EMAIL, GOES_ON, BROKEN_OFF = 0.35, 0.3, 0.06, 0.15
TEMPORARY = """
CREATE TEMPORARY TABLE scale_family (
    id bigint PRIMARY KEY, organisation_id bigint, shelter_id bigint, space_id bigint, by_id bigint, zone text,
    round int, phase int, luck int, "group" text, is_here boolean, goes_on boolean, head_id bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE scale_person (
    id bigint PRIMARY KEY, family_id bigint, bed_id bigint, relationship text, is_head boolean
) ON COMMIT DROP;
"""


@dataclass
class Numbers:
    """Primary keys that were taken from a table's own sequence, all at once."""

    model: type[models.Model]
    count: int

    def __iter__(self) -> Iterator[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [self.model._meta.db_table, self.count],
            )
            return iter([number for (number,) in cursor.fetchall()])


@contextmanager
def copy_into(table: str, columns: str) -> Iterator[Any]:
    """Rows for one table by COPY: `with copy_into("t", "a, b") as copy: copy.write_row((1, 2))`."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        yield copy


@dataclass(frozen=True)
class Sleeping:
    """A family in one round of one space, as sexes and ages, with the beds it takes."""

    room: Room
    round: int
    members: list[tuple[str, int]]
    beds: list[int]


def families_of(room: Room, random: Random) -> Iterator[Sleeping]:
    """Forty rounds of families, each of which fills the beds of a space exactly."""
    beds = [bed.pk for bed in room.beds]
    for number in range(ROUNDS):
        left, turn = list(beds), number
        while left:
            size = size_of(room, len(left), turn)
            yield Sleeping(room, number, members_of(room.space.sleepers, size, random), left[:size])
            left, turn = left[size:], turn + 1


def size_of(room: Room, left: int, turn: int) -> int:
    """A cubicle is one family's; elsewhere the sizes follow one another."""
    if room.space.kind == SpaceKind.CUBICLE:
        return min(left, 7)
    sizes = SIZES[Sleepers(room.space.sleepers)]
    return min(left, sizes[turn % len(sizes)])


def members_of(sleepers: str, size: int, random: Random) -> list[tuple[str, int]]:
    """Sex and age of each, the head first: whom the space is for."""
    if sleepers == Sleepers.MEN:
        return [("m", random.randint(18, 64)) for _one in range(size)]
    head = "m" if sleepers == Sleepers.ANYONE and random.random() < 0.5 else "f"
    found = [(head, random.randint(19, 66 if size == 1 else 46))]
    if size > 2 and sleepers != Sleepers.WOMEN and random.random() < 0.7:
        found.append(("m" if head == "f" else "f", random.randint(19, 50)))
    return [*found, *((random.choice("fm"), random.randint(0, 16)) for _child in range(size - len(found)))]


def write_families(rooms: list[Room], random: Random, today: date) -> tuple[int, int]:
    """The families and people of every room, and the two temporary tables that the rest is made of: how many they are."""
    with connection.cursor() as cursor:
        cursor.execute(TEMPORARY)
    found = [family for room in rooms for family in families_of(room, random)]
    people = sum(len(family.members) for family in found)
    family_ids, person_ids = list(Numbers(Family, len(found))), iter(Numbers(Person, people))
    members = [[next(person_ids) for _member in family.members] for family in found]
    write_family_rows(found, family_ids, members, random)
    write_people(found, members, random, today)
    with copy_into("scale_person", "id, family_id, bed_id, relationship, is_head") as copy:
        for family, pk, ids in zip(found, family_ids, members, strict=True):
            for place, (person, bed, (_sex, age)) in enumerate(zip(ids, family.beds, family.members, strict=True)):
                copy.write_row((person, pk, bed, relationship(place, age), place == 0))
    return len(found), people


def relationship(place: int, age: int) -> str:
    if place == 0:
        return Relationship.HEAD
    return Relationship.PARTNER if age >= 18 else Relationship.CHILD


def write_family_rows(found: list[Sleeping], ids: list[int], members: list[list[int]], random: Random) -> None:
    """What the database has to know of each family to make its visits; the families themselves follow with their dates."""
    columns = (
        'id, organisation_id, shelter_id, space_id, by_id, zone, round, phase, luck, "group", is_here, goes_on, head_id'
    )
    groups, often = zip(*GROUPS, strict=True)
    with copy_into("scale_family", columns) as copy:
        for family, pk, people in zip(found, ids, members, strict=True):
            shelter = family.room.shelter
            where = (shelter.organisation_id, shelter.pk, family.room.space.pk, family.room.by.pk, shelter.zone)
            phase = 1 + family.room.space.pk % 5
            luck, stays = random.randrange(1_000_000), random.random() >= BROKEN_OFF
            group = random.choices(groups, often)[0]
            copy.write_row(
                (pk, *where, family.round, phase, luck, str(group), stays, random.random() < GOES_ON, people[0])
            )


def write_people(found: list[Sleeping], members: list[list[int]], random: Random, today: date) -> None:
    columns = (
        "id, organisation_id, given_names, first_surname, second_surname, preferred_name, sex, gender, born_on, "
        "birth_precision, nationality, speaks, reads, diets, recorded_at, external_ref"
    )
    origins, often = zip(*((origin[:2], origin[2]) for origin in ORIGINS), strict=True)
    now = f"{today.isoformat()} 00:00+00"
    with copy_into("cases_person", columns) as copy:
        for family, ids in zip(found, members, strict=True):
            country, tongue = random.choices(origins, often)[0]
            one, other = random.sample(SURNAMES, 2)
            for pk, (sex, age) in zip(ids, family.members, strict=True):
                born = today - timedelta(days=round(age * 365.25) + random.randint(1, 300))
                second = other if tongue == "spa" else ""
                speaks = [tongue] if tongue in {"spa", "eng"} else [tongue, "spa"]
                copy.write_row(
                    (
                        *(pk, family.room.shelter.organisation_id, given_names(sex, tongue, random), one, second),
                        *("", sex, "", born, str(BirthPrecision.EXACT), country, speaks, speaks[:1] if age > 7 else []),
                        *(diets(age, random), now, ""),
                    )
                )


def given_names(sex: str, tongue: str, random: Random) -> str:
    """One name or two: enough of them that a search has something to tell apart."""
    names = (WOMEN if sex == "f" else MEN)[tongue]
    return " ".join(random.sample(names, 2)) if random.random() < 0.8 else random.choice(names)


def diets(age: int, random: Random) -> list[str]:
    if age < 1:
        return [str(Diet.INFANT_FORMULA)]
    return [str(random.choice(Diet.values[2:]))] if random.random() < 0.06 else []


def write_needs(random: Random) -> int:
    """A need for about one person in six. The luck is the seed's, the rule the small demo's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person.id, sex, extract(year FROM age(born_on))::int, registered_at, registered_by_id"
            " FROM scale_person JOIN cases_person person USING (id) JOIN cases_family family ON family.id = family_id"
            " ORDER BY 1"
        )
        people = cursor.fetchall()
    count = 0
    with copy_into(SpecificNeed._meta.db_table, "person_id, code, noted_at, noted_by_id, ended_at") as copy:
        for person, sex, age, at, by in people:
            for code in needs_of(sex, age, random):
                copy.write_row((person, str(code), at, by, None))
                count += 1
    return count


def needs_of(sex: str, age: int, random: Random) -> Iterator[str]:
    if age < 2:
        yield NeedCode.INFANT
    if age > 62:
        yield NeedCode.LOWER_BUNK
    if sex == "f" and 18 <= age < 40 and random.random() < 0.12:
        yield NeedCode.PREGNANT
    if random.random() < 0.08:
        yield NeedCode.MEDICATION
    if age >= 18 and random.random() < 0.05:
        yield NeedCode.VIOLENCE


@cache
def hash_once(text: str) -> str:
    return keyed_hash(text)


def write_phones(random: Random) -> int:
    """A phone for about one family in three, from the numbers that are kept free for fiction."""
    columns = "family_id, number, number_hash, country, shared_with, added_at, added_by_id, removed_at"
    families = some_families(HAS_PHONE, random)
    with copy_into(Phone._meta.db_table, columns) as copy:
        for family, at, by in families:
            number = f"+1{random.choice(AREA_CODES)}55501{random.randrange(100):02d}"
            copy.write_row((family, encrypt(number), hash_once(number), "US", "", at, by, None))
    return len(families)


def write_emails(random: Random) -> int:
    """An address for about one family in three; no mail leaves for .example."""
    columns = "family_id, address, address_hash, shared_with, added_at, added_by_id, removed_at"
    families = some_families(HAS_EMAIL, random)
    with copy_into(EmailAddress._meta.db_table, columns) as copy:
        for family, at, by in families:
            address = f"familia-{family}@correo.example"
            copy.write_row((family, encrypt(address), keyed_hash(address), "", at, by, None))
    return len(families)


def some_families(share: float, random: Random) -> list[tuple[Any, ...]]:
    """Some of the families of this load: id, when they came, who wrote it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, registered_at, registered_by_id FROM cases_family WHERE id IN (SELECT id FROM scale_family) ORDER BY 1"
        )
        rows = cursor.fetchall()
    return [row for row in rows if random.random() < share]
