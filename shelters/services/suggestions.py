"""Which beds fit a family tonight, best first, each with its reasons. Deterministic, and it writes nothing."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import ADULT_AT, Family, Person
from ngo.models import Staff
from shelters.models import Bed, BedKind, Placement, PlacementState, Shelter, Space
from shelters.services import desk
from shelters.services.houses import House, look_at
from shelters.services.promises import scopes_of
from shelters.services.rules import Guest, Makeup, Problem, apart_problems

MOST_OPTIONS = 4


@dataclass(frozen=True)
class Assignment:
    """One person in one place. `bed` is None on the floor of a space."""

    person: Person
    space: Space
    bed: Bed | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Option:
    """A way to place a whole family. `reasons` are sentences for the desk."""

    assignments: list[Assignment]
    reasons: list[str] = field(default_factory=list)

    @property
    def spaces(self) -> list[Space]:
        return list({row.space.pk: row.space for row in self.assignments}.values())

    @property
    def keeps_together(self) -> bool:
        return len(self.spaces) == 1

    @property
    def problems(self) -> list[Problem]:
        return [problem for row in self.assignments for problem in row.problems]

    @property
    def is_allowed(self) -> bool:
        return not any(problem.is_hard for problem in self.problems)

    @property
    def without_bed(self) -> int:
        return sum(row.bed is None for row in self.assignments)

    def taking(self, bed: Bed) -> "Option":
        """The same way with one bed changed for another of its kind and space: the rules look at nothing else of a bed."""
        taken = {row.bed for row in self.assignments}
        alike = (
            row
            for row in self.assignments
            if row.bed and (row.bed.space_id, row.bed.kind, row.bed.is_surge) == (bed.space_id, bed.kind, bed.is_surge)
        )
        changed = None if bed in taken else next(alike, None)
        return replace(self, assignments=[replace(row, bed=bed) if row is changed else row for row in self.assignments])


def suggest_places(
    *, family: Family, shelter: Shelter, by: Staff | None = None, at: datetime | None = None, until: date | None = None
) -> list[Option]:
    """Options for the members who have no place yet, best first; empty where nothing is allowed at all.

    An option in one space comes before any that splits the family (unless they do not mind); then fewer rules bent, more
    people in beds, fewer surge places, the tightest fit.
    """
    at = at or timezone.now()
    people = without_a_place(family)
    if not people:
        return []
    house = look_at(shelter, at, until, family)
    guests = desk.guests(people, family, at, shelter, by)
    return options_in(house, list(guests.values()), desk.makeup(family, at, shelter), family)


def without_a_place(family: Family) -> list[Person]:
    """The members of a family who have no place yet, the head first. Two queries."""
    members = family.members.filter(left_on=None).select_related("person").order_by("-is_head", "pk")
    here = set(Placement.objects.filter(family=family, state=PlacementState.IN).values_list("person_id", flat=True))
    return [row.person for row in members if row.person_id not in here]


def options_in(
    house: House, guests: list[Guest], makeup: Makeup, family: Family, spaces: list[Space] | None = None
) -> list[Option]:
    """The ways to place people in one house as it is, best first: in one space (of `spaces`, all), or spread over all."""
    ordered = sorted(guests, key=_hardest_to_place_first)
    options = [_in_spaces(house, ordered, [space], makeup) for space in spaces or house.spaces]
    if spaces is None:
        options.append(_in_spaces(house, ordered, house.spaces, makeup))
    allowed = [option for option in options if option and _is_possible(house, option)]
    unique = {
        tuple((row.person.pk, row.bed and row.bed.pk, row.space.pk) for row in option.assignments): option
        for option in allowed
    }
    ranked = sorted(unique.values(), key=lambda option: rank(option, house, family.wants_to_stay_together))
    ages = {guest.person.pk: guest.age for guest in guests}
    return [_explained(option, ages) for option in ranked[:MOST_OPTIONS]]


def _hardest_to_place_first(guest: Guest) -> tuple:
    small = guest.age if guest.age is not None else 99
    return (not guest.needs, small > 6, small, guest.person.pk)


def _in_spaces(house: House, guests: list[Guest], spaces: list[Space], makeup: Makeup) -> Option | None:
    """Put every guest in the best free bed of these spaces, one after the other; on the floor where the beds run out."""
    left = {space.pk: list(house.free.get(space.pk, [])) for space in spaces}
    if len(spaces) != 1 and not any(left.values()):
        return None  # Spread over many floors: any one floor is better.
    chosen: list[Assignment] = []
    for guest in guests:
        used = {row.space.pk for row in chosen}
        candidates = []
        for space in spaces:
            others = house.in_space.get(space.pk, [])
            for bed in _one_of_each_kind(left[space.pk]):
                ends = desk.ends_of(space, bed) if house.until is None else []
                problems = (*desk.problems_of(guest, space, bed, others, makeup), *ends)
                candidates.append(Assignment(guest.person, space, bed, problems))
        best = min(candidates, key=lambda row: _fit(row, guest, used))
        if best.bed is not None:
            left[best.space.pk].remove(best.bed)
        chosen.append(best)
    chosen.sort(key=lambda row: [guest.person.pk for guest in guests].index(row.person.pk))
    return Option(_with_children_apart(house, guests, chosen))


def _with_children_apart(house: House, guests: list[Guest], chosen: list[Assignment]) -> list[Assignment]:
    """The same places, with what must be said of children who would sleep where no adult of their family does."""
    known = {guest.person.pk: guest for guest in guests}
    families = {guest.family_id for guest in guests}
    with_adult = {row.space.pk for row in chosen if known[row.person.pk].is_adult}
    with_adult |= {
        other.space_id
        for other in house.sleepers
        if other.is_here and other.family_id in families and other.age is not None and other.age >= ADULT_AT
    }

    def is_apart(row: Assignment) -> bool:
        guest = known[row.person.pk]
        return not guest.is_adult and not guest.is_child_alone and row.space.pk not in with_adult

    return [
        replace(row, problems=(*row.problems, *apart_problems(known[row.person.pk].word, row.space.name)))
        if is_apart(row)
        else row
        for row in chosen
    ]


def _one_of_each_kind(beds: list[Bed]) -> list[Bed | None]:
    """The first free bed of every kind (the rules look at nothing else of a bed), or the floor where none is left."""
    alike = {
        (bed.kind, bed.is_surge, getattr(bed, "is_to_clean", False), getattr(bed, "gone_on", None)): bed
        for bed in reversed(beds)
    }
    return [*alike.values()] or [None]


def _fit(row: Assignment, guest: Guest, used: set[int]) -> tuple:
    hard = sum(problem.is_hard for problem in row.problems)
    bed = row.bed
    small = guest.age is not None and guest.age <= 2
    wrong_size = bed is not None and ((bed.kind == BedKind.CRIB) != small)
    could_climb = not guest.needs and guest.age is not None and guest.age >= 12
    wastes_lower = bed is not None and could_climb and bed.kind != BedKind.UPPER
    return (
        hard,
        sum(problem.is_about_company for problem in row.problems),
        bed is None,
        len(row.problems),
        row.space.pk not in used,
        bed is not None and bed.is_surge,
        wrong_size,
        wastes_lower,
        row.space.position,
        row.space.pk,
        (bed.position, bed.pk) if bed else (0, 0),
    )


def _is_possible(house: House, option: Option) -> bool:
    return option.is_allowed and _within_fire_limits(house, option) and _keeps_promises(house, option)


def _keeps_promises(house: House, option: Option) -> bool:
    """Whether the beds that are left are enough for the places held by number (in a space, a kind, the house)."""
    taken = Counter(
        scope
        for row in option.assignments
        if row.bed and not row.bed.is_surge
        for scope in scopes_of(row.space.pk, row.space.kind)
    )
    return all(taken[scope] <= left or not taken[scope] for scope, left in house.room.items())


def _within_fire_limits(house: House, option: Option) -> bool:
    for space in option.spaces:
        there = sum(other.is_here for other in house.in_space.get(space.pk, []))
        arriving = sum(row.space.pk == space.pk for row in option.assignments)
        if space.fire_limit is not None and there + arriving > space.fire_limit:
            return False
    return True


def rank(option: Option, house: House, together: bool) -> tuple:
    beds_left = sum(len(house.free.get(space.pk, [])) for space in option.spaces) - len(option.assignments)
    surge = sum(row.bed is not None and row.bed.is_surge for row in option.assignments)
    return (
        (len(option.spaces) > 1) if together else False,
        sum(problem.is_about_company for problem in option.problems),
        option.without_bed,
        len(option.problems),
        surge,
        len(option.spaces),
        beds_left,
        option.spaces[0].position,
        option.spaces[0].pk,
    )


def _explained(option: Option, ages: dict[int, int | None]) -> Option:
    names = ", ".join(space.name for space in option.spaces)
    reasons = [
        _("All together in %(space)s.") % {"space": names}
        if option.keeps_together
        else _("In %(spaces)s.") % {"spaces": names}
    ]
    surge = sum(row.bed is not None and row.bed.is_surge for row in option.assignments)
    if surge:
        reasons.append(
            ngettext(
                "%(n)d place for when the house is over capacity.",
                "%(n)d places for when the house is over capacity.",
                surge,
            )
            % {"n": surge}
        )
    if option.without_bed:
        reasons.append(
            ngettext("%(n)d person without a bed.", "%(n)d people without a bed.", option.without_bed)
            % {"n": option.without_bed}
        )
    reasons += dict.fromkeys(problem.sentence for problem in option.problems)
    if not option.problems and not surge and not option.without_bed:
        reasons.append(_("It fits every rule."))
    reasons += [
        _("The upper bunk %(bed)s is for the %(age)d-year-old.") % {"bed": row.bed.label, "age": age}
        for row in option.assignments
        if row.bed and row.bed.kind == BedKind.UPPER and (age := ages[row.person.pk]) is not None and age < ADULT_AT
    ]
    return Option(option.assignments, reasons)
