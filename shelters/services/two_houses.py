"""A family in two houses, each in a bed: what is left where no house has a bed for all of them tonight. It writes nothing.

No child, and nobody whose age is not known, is put in a house without an adult of the family who goes there with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from django.utils.translation import ngettext

from cases.models import Family
from shelters.models import Shelter
from shelters.services.houses import House, is_open
from shelters.services.rules import Guest, Makeup
from shelters.services.suggestions import Option, options_in

MOST_HOUSES = 6  # Those with the most free beds: every pair of them is looked at.
MOST_WAYS = 3


@dataclass(frozen=True)
class Part:
    """Those of a family who would sleep in one of two houses, all in beds."""

    shelter: Shelter
    option: Option


@dataclass(frozen=True)
class Split:
    """One way to have all of a family in beds tonight, in two houses: first where the head of the family sleeps."""

    parts: tuple[Part, Part]

    @property
    def apart(self) -> int:
        """How many sleep in the other house."""
        return len(self.parts[1].option.assignments)


def splits(houses: Iterable[House], guests: dict[int, dict[int, Guest]], makeup: Makeup, family: Family) -> list[Split]:
    """The ways, those first that send the fewest people to another house, then that bend the fewest rules.

    `guests` are the people to place, by shelter id and person id, the head of the family first.
    """
    known = [house for house in houses if is_open(house.shelter) and _beds(house)]
    most = sorted(known, key=lambda house: (-_beds(house), house.shelter.name, house.shelter.pk))[:MOST_HOUSES]
    found = [_split(one, other, guests, makeup, family) for one, other in permutations(most, 2)]
    return sorted((split for split in found if split), key=_order)[:MOST_WAYS]


def who_goes(guests: Sequence[Guest], number: int) -> list[Guest]:
    """So many of a family for another house: the last of its adults, and with one of them the oldest children.

    The head of the family stays with the youngest. Empty where that cannot be without leaving a child without an adult.
    """
    adults = [guest for guest in guests if guest.is_adult]
    children = sorted((guest for guest in guests if not guest.is_adult), key=_oldest_first)
    going = adults[1:][-number:]
    missing = number - len(going)
    if not adults or (missing and not going) or missing > len(children):
        return []
    return [*going, *children[:missing]]


def _oldest_first(guest: Guest) -> tuple[bool, int, int]:
    """Whose age is not known may be the youngest."""
    return guest.age is None, -(guest.age or 0), guest.person.pk


def _beds(house: House) -> int:
    return sum(len(house.free.get(space.pk, [])) for space in house.spaces)


def _split(
    stays: House, other: House, guests: dict[int, dict[int, Guest]], makeup: Makeup, family: Family
) -> Split | None:
    """The way between two houses that sends the fewest to the other one, or None."""
    people = list(guests[stays.shelter.pk].values())
    for number in range(max(1, len(people) - _beds(stays)), min(len(people) - 1, _beds(other)) + 1):
        going = {guest.person.pk for guest in who_goes(people, number)}
        if not going:
            return None  # With more of them the same adults would be missing.
        staying = [guest for guest in people if guest.person.pk not in going]
        there = [guest for guest in guests[other.shelter.pk].values() if guest.person.pk in going]
        parts = _part(stays, staying, makeup, family), _part(other, there, makeup, family)
        if parts[0] and parts[1]:
            return Split((parts[0], parts[1]))
    return None


def _part(house: House, guests: list[Guest], makeup: Makeup, family: Family) -> Part | None:
    """The best way of some of them in a house that has a bed for each."""
    options = [option for option in options_in(house, guests, makeup, family) if not option.without_bed]
    if not options:
        return None
    best, spaces = options[0], ", ".join(space.name for space in options[0].spaces)
    who = ngettext("%(n)d person, in %(spaces)s.", "%(n)d people, in %(spaces)s.", len(guests))
    return Part(house.shelter, replace(best, reasons=[who % {"n": len(guests), "spaces": spaces}, *best.reasons[1:]]))


def _order(split: Split) -> tuple[object, ...]:
    stays, goes = split.parts
    problems = len(stays.option.problems) + len(goes.option.problems)
    names = (stays.shelter.name, stays.shelter.pk, goes.shelter.name, goes.shelter.pk)
    return split.apart, problems, *names
