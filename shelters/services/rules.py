"""Who may sleep where. Most rules bend with a reason; the safety of children and a fire limit do not.

What a space asks may change from night to night: give these functions spaces as they are on the night (Space.objects.on_night).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.utils.translation import gettext as _

from cases.models import ADULT_AT, NeedCode, Person, Sex
from shelters.models import Bed, BedKind, Sleepers, Space, SpaceKind

CRIB_AGE = 2  # Practice of shelters, not a rule of law: up to this age a crib is offered.
UPPER_BUNK_AGE = 6  # U.S. CPSC bunk-bed standard, 16 CFR 1213/1513: not under 6 in an upper bunk.


# How people say what they are, in the languages of the houses. Who says it both ways, or another way, is neither.
WOMAN_WORDS = {
    *("mujer", "mujeres", "femenino", "femenina", "niña", "transmujer"),
    *("woman", "women", "female", "girl", "femme", "fille", "mulher", "fanm", "fi"),
}
MAN_WORDS = {
    *("hombre", "hombres", "masculino", "masculina", "niño", "transhombre"),
    *("man", "men", "male", "boy", "homme", "garçon", "homem", "gason"),
}


class Identity(Enum):
    WOMAN = "woman"
    MAN = "man"
    NEITHER = "neither"  # They say it another way, or nothing is known: no rule of women or men speaks against them.


def identity_of(person: Person) -> Identity:
    """What a person says they are; where they said nothing, their sex as recorded. Nobody is asked to prove it."""
    said = set(re.findall(r"\w+", person.gender.lower()))
    if said:
        as_woman, as_man = bool(said & WOMAN_WORDS), bool(said & MAN_WORDS)
        if as_woman == as_man:
            return Identity.NEITHER
        return Identity.WOMAN if as_woman else Identity.MAN
    return {Sex.FEMALE: Identity.WOMAN, Sex.MALE: Identity.MAN}.get(Sex(person.sex), Identity.NEITHER)


@dataclass(frozen=True)
class Makeup:
    """What the rules ask of a family as a whole."""

    has_children: bool  # Somebody under age, or whose age is not known.
    is_women_alone: bool  # Its adults are women, there is one at least, and there are children with them.


def makeup_of(members: list[tuple[Person, int | None]]) -> Makeup:
    """What a family is, from its people with their ages."""
    adults = [person for person, age in members if age is not None and age >= ADULT_AT]
    has_children = len(adults) < len(members)
    women_alone = bool(adults) and all(identity_of(person) == Identity.WOMAN for person in adults)
    return Makeup(has_children, has_children and women_alone)


@dataclass(frozen=True)
class Problem:
    """One rule that a place goes against, in a sentence for the desk."""

    sentence: str
    is_hard: bool = False
    is_about_company: bool = False  # Among whom they would sleep: rather a mat where they belong than a bed there.


@dataclass(frozen=True)
class Guest:
    """What the rules need to know of one person. `word` is what the desk may be told of their name."""

    person: Person
    word: str
    age: int | None
    needs: frozenset[str]
    is_child_alone: bool  # With an open child-protection alert, or a minor without an adult of the family in the house.
    notice_given: bool  # The child-protection office has been told.
    family_id: int | None

    @property
    def is_minor(self) -> bool:
        return self.age is not None and self.age < ADULT_AT

    @property
    def is_adult(self) -> bool:
        return self.age is not None and self.age >= ADULT_AT


@dataclass(frozen=True)
class Sleeper:
    """Someone who is already in a space."""

    person_id: int
    space_id: int
    family_id: int | None
    age: int | None
    is_child_alone: bool
    until: datetime | None = None  # When they are expected to leave their place; None where nobody knows.
    is_here: bool = True  # Now, and not only since the moment that an act is about.


def safety_problems(guest: Guest, space: Space, others: list[Sleeper]) -> list[Problem]:
    """What nobody may decide away: a child alone sleeps apart from adults, in a place authorised for it (LGDNNA 94, 95).

    `others` are the people of other families in the space.
    """
    name = guest.word
    found = []
    if guest.is_child_alone:
        adults = [other for other in others if other.age is None or other.age >= ADULT_AT]
        if adults:
            sentence = _(
                "%(name)s has no carer here and cannot sleep in a space with adults. Check the carer in first, or choose a "
                "space where no adult sleeps."
            )
            found.append(Problem(sentence % {"name": name}, True))
        elif not space.is_authorised_for_children_alone and not guest.notice_given:
            found.append(
                Problem(
                    _(
                        "%(name)s has no carer here. Tell the child-protection office first and record the notice; "
                        "or choose a space authorised for unaccompanied children."
                    )
                    % {"name": name},
                    True,
                )
            )
        elif not space.is_authorised_for_children_alone:
            found.append(
                Problem(
                    _("%(space)s is not authorised for unaccompanied children. Write why %(name)s sleeps here tonight.")
                    % {"space": space.name, "name": name}
                )
            )
    elif not guest.is_minor and any(other.is_child_alone for other in others):
        found.append(
            Problem(
                _("A child without a carer sleeps in %(space)s: %(name)s cannot sleep there.")
                % {"space": space.name, "name": name},
                True,
            )
        )
    elif not guest.is_minor and space.sleepers == Sleepers.CHILDREN:
        found.append(Problem(_("%(space)s is only for children without an adult.") % {"space": space.name}, True))
    return found


def space_problems(guest: Guest, space: Space, others: list[Sleeper], family: Makeup) -> list[Problem]:
    """Rules of a space that bend with a reason. What a sentence says may be heard by the whole line: it outs nobody.

    `others` are the people of other families in the space.
    """
    name, found = guest.word, []
    who = identity_of(guest.person)
    if space.sleepers == Sleepers.WOMEN and not guest.is_minor and not _may_be(guest, who, Identity.WOMAN):
        found.append(
            Problem(
                _("%(space)s is for women and the children with them.") % {"space": space.name}, is_about_company=True
            )
        )
    if space.sleepers == Sleepers.MEN and who == Identity.WOMAN:
        found.append(Problem(_("%(space)s is for men.") % {"space": space.name}, is_about_company=True))
    if space.sleepers == Sleepers.MEN and guest.is_minor and not guest.is_child_alone:
        found.append(
            Problem(
                _("%(space)s is for men; %(name)s is a child.") % {"space": space.name, "name": name},
                is_about_company=True,
            )
        )
    if space.sleepers == Sleepers.FAMILIES and not family.has_children:
        found.append(Problem(_("%(space)s is for families with children.") % {"space": space.name}))
    if space.sleepers == Sleepers.MOTHERS and not family.is_women_alone:
        found.append(
            Problem(
                _("%(space)s is for women who are alone with their children.") % {"space": space.name},
                is_about_company=True,
            )
        )
    if space.sleepers == Sleepers.LGBTQ and NeedCode.LGBTQ not in guest.needs:
        found.append(
            Problem(_("%(space)s is kept for people who asked for it.") % {"space": space.name}, is_about_company=True)
        )
    if space.is_isolation:
        found.append(Problem(_("%(space)s is kept for who must sleep apart from the others.") % {"space": space.name}))
    if guest.age is not None and space.min_age is not None and guest.age < space.min_age:
        found.append(
            Problem(_("%(space)s is for people from %(age)d years on.") % {"space": space.name, "age": space.min_age})
        )
    if guest.age is not None and space.max_age is not None and guest.age > space.max_age:
        found.append(
            Problem(_("%(space)s is for people up to %(age)d years.") % {"space": space.name, "age": space.max_age})
        )
    if space.kind == SpaceKind.CUBICLE and others:
        found.append(Problem(_("Another family sleeps in %(space)s.") % {"space": space.name}))
    if NeedCode.STEP_FREE in guest.needs and not space.is_step_free:
        found.append(
            Problem(
                _("%(name)s cannot use steps, and there are some on the way to %(space)s.")
                % {"space": space.name, "name": name}
            )
        )
    return found


def _may_be(guest: Guest, who: Identity, wanted: Identity) -> bool:
    """Whether they are what a space asks, or said that they are neither woman nor man: then they choose where to sleep."""
    return who == wanted or (who == Identity.NEITHER and bool(guest.person.gender))


def bed_problems(guest: Guest, bed: Bed | None) -> list[Problem]:
    """Rules of a bed that bend with a reason."""
    name = guest.word
    if bed is None:
        return []
    needs_lower = guest.needs & {NeedCode.LOWER_BUNK, NeedCode.PREGNANT, NeedCode.OLDER, NeedCode.STEP_FREE}
    if bed.kind == BedKind.UPPER and needs_lower:
        return [Problem(_("%(name)s needs a lower bunk; %(bed)s is an upper one.") % {"name": name, "bed": bed.label})]
    if bed.kind == BedKind.UPPER and guest.age is not None and guest.age < UPPER_BUNK_AGE:
        return [Problem(_("%(name)s is too small for an upper bunk (%(bed)s).") % {"name": name, "bed": bed.label})]
    if bed.kind == BedKind.CRIB and (guest.age is None or guest.age > CRIB_AGE):
        return [Problem(_("%(bed)s is a crib and %(name)s is not a baby.") % {"name": name, "bed": bed.label})]
    return []


def cleaning_problems(bed: Bed | None) -> list[Problem]:
    """A bed that somebody left and nobody has cleaned; the desk says that it is clean now, or why it is given as it is."""
    if bed is None or not getattr(bed, "is_to_clean", False):
        return []
    return [Problem(_("Bed %(bed)s is still to be cleaned.") % {"bed": bed.label})]


def apart_problems(child: str, space: str) -> list[Problem]:
    """A child of a family that sleeps where no adult of the family does: it bends with a reason."""
    sentence = _("%(name)s would sleep in %(space)s without an adult of the family.") % {"name": child, "space": space}
    return [Problem(sentence)]
