"""Where a family can sleep, across the houses of an organisation and the coming days: ranked, explained, deterministic.

It writes nothing. As many queries for all houses as for one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Family, Person
from ngo.models import Staff
from ngo.templatetags.posada import short_date
from shelters.models import Opening, Shelter, Space
from shelters.services import desk
from shelters.services.houses import House, is_open, look_at_all
from shelters.services.rules import Guest, Makeup
from shelters.services.suggestions import Option, options_in, rank, without_a_place
from shelters.services.two_houses import Split, splits

MOST_OFFERS = 8


@dataclass(frozen=True)
class Offer:
    """A way to place a whole family in one house: tonight, or (`day`) from a known day on."""

    shelter: Shelter
    option: Option
    day: date | None = None

    @property
    def has_all_in_beds(self) -> bool:
        return self.option.keeps_together and not self.option.without_bed


@dataclass(frozen=True)
class Offers:
    """Everything there is for a family. `tonight` and `later` are ranked, the best first."""

    houses: dict[int, House] = field(default_factory=dict)
    by_house: dict[int, list[Option]] = field(default_factory=dict)  # Of tonight, by shelter id.
    tonight: list[Offer] = field(default_factory=list)
    later: list[Offer] = field(default_factory=list)
    in_two_houses: list[Split] = field(default_factory=list)  # Of tonight, where no house has a bed for all of them.

    def elsewhere(self, shelter: Shelter) -> list[Offer]:
        """The best of every other open house in which all have beds together tonight."""
        first = {offer.shelter.pk: offer for offer in reversed(self.tonight) if offer.has_all_in_beds}
        found = [offer for offer in first.values() if offer.shelter.pk != shelter.pk]
        return sorted((offer for offer in found if is_open(offer.shelter)), key=self.tonight.index)


def offers_for(
    *,
    family: Family,
    shelters: Iterable[Shelter],
    by: Staff | None = None,
    at: datetime | None = None,
    people: list[Person] | None = None,
) -> Offers:
    """Every way to place those of a family who have no place, in the shelters given (`with_opening`; a closed one has none).

    `people` are those of them who are asked for, the head first; all where it is left out. Tonight's come as
    `suggest_places` ranks them in each house; between houses: where the rest of the family is, open before paused, then by
    the same rank. Later ones are in one space, with a bed for each, from the first day that has them.
    """
    at = at or timezone.now()
    open_ones = [one for one in shelters if getattr(one, "opening", Opening.OPEN) != Opening.CLOSED]
    people = without_a_place(family) if people is None else people
    houses = look_at_all(open_ones, at, None, family)
    if not people or not houses:
        return Offers({house.shelter.pk: house for house in houses})
    guests, makeup = desk.guests_in(people, family, at, open_ones, by), desk.makeup(family, at, open_ones[0])
    tonight, later, by_house = [], [], {}
    for house in houses:
        known = list(guests[house.shelter.pk].values())
        options = options_in(house, known, makeup, family)
        later_on = {day: house.on(day) for day in house.days()}
        first_days = {space.pk: _first_day(house, later_on, space, known, makeup, family) for space in house.spaces}
        by_house[house.shelter.pk] = [_with_the_wait(option, first_days) for option in options]
        tonight += [Offer(house.shelter, option) for option in by_house[house.shelter.pk]]
        later += [offer for offer in first_days.values() if offer]
    ranked = {house.shelter.pk: house for house in houses}
    return Offers(
        ranked,
        by_house,
        sorted(tonight, key=lambda offer: _order(offer, ranked, family))[:MOST_OFFERS],
        sorted(later, key=lambda offer: (offer.day, *_order(offer, ranked, family)))[:MOST_OFFERS],
        [] if any(not offer.option.without_bed for offer in tonight) else splits(houses, guests, makeup, family),
    )


def _order(offer: Offer, houses: dict[int, House], family: Family) -> tuple[Any, ...]:
    house, together = houses[offer.shelter.pk], family.wants_to_stay_together
    relatives = any(row.family_id == family.pk and row.is_here for row in house.sleepers)
    apart = together and not offer.option.keeps_together
    rest = rank(offer.option, house, together)
    return (apart, not relatives, not is_open(offer.shelter), *rest, offer.shelter.name, offer.shelter.pk)


def _first_day(
    house: House, later_on: dict[date, House], space: Space, guests: list[Guest], makeup: Makeup, family: Family
) -> Offer | None:
    """The first coming day on which all have a bed in a space that is too small for them tonight."""
    short = len(guests) - len(house.free.get(space.pk, []))
    if short <= 0 or short > len(house.coming.get(space.pk, [])):
        return None
    day = house.coming[space.pk][short - 1][0]
    options = options_in(later_on[day], guests, makeup, family, [space])
    if not options or options[0].without_bed:
        return None
    since = _("From %(day)s on.") % {"day": short_date(day)}
    return Offer(house.shelter, replace(options[0], reasons=[since, *options[0].reasons]), day)


def _with_the_wait(option: Option, first_days: dict[int, Offer | None]) -> Option:
    """The option with the day from which everybody would have a bed in its space, where somebody has none tonight."""
    later = first_days.get(option.spaces[0].pk) if option.keeps_together else None
    if not option.without_bed or later is None:
        return option
    sentence = ngettext("%(n)d bed short until %(day)s.", "%(n)d beds short until %(day)s.", option.without_bed)
    wait = sentence % {"n": option.without_bed, "day": short_date(later.day)}
    return replace(option, reasons=[*option.reasons, wait])
