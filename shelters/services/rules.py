"""Who may sleep where. Most rules bend with a reason; the safety of children and a fire limit do not."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.models import ADULT_AT, NeedCode, Person, Sex
from shelters.models import Bed, BedKind, Sleepers, Space, SpaceKind

CRIB_AGE = 2  # Practice of shelters, not a rule of law: up to this age a crib is offered.
UPPER_BUNK_AGE = 6  # U.S. CPSC bunk-bed standard, 16 CFR 1213/1513: not under 6 in an upper bunk.


@dataclass(frozen=True)
class Problem:
    """One rule that a place goes against, in a sentence for the desk."""

    sentence: str
    is_hard: bool = False


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
            found.append(
                Problem(_("%(name)s has no carer here and cannot sleep in a space with adults.") % {"name": name}, True)
            )
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


def space_problems(guest: Guest, space: Space, others: list[Sleeper], family_has_children: bool) -> list[Problem]:
    """Rules of a space that bend with a reason."""
    name, found = guest.word, []
    woman_or_child = guest.person.sex == Sex.FEMALE or guest.is_minor
    if space.sleepers == Sleepers.WOMEN and not woman_or_child:
        found.append(Problem(_("%(space)s is for women and the children with them.") % {"space": space.name}))
    if space.sleepers == Sleepers.MEN and guest.person.sex == Sex.FEMALE:
        found.append(Problem(_("%(space)s is for men.") % {"space": space.name}))
    if space.sleepers == Sleepers.MEN and guest.is_minor and not guest.is_child_alone:
        found.append(Problem(_("%(space)s is for men; %(name)s is a child.") % {"space": space.name, "name": name}))
    if space.sleepers == Sleepers.FAMILIES and not family_has_children:
        found.append(Problem(_("%(space)s is for families with children.") % {"space": space.name}))
    if guest.age is not None and space.min_age is not None and guest.age < space.min_age:
        found.append(
            Problem(_("%(space)s is for people from %(age)d years on.") % {"space": space.name, "age": space.min_age})
        )
    if guest.age is not None and space.max_age is not None and guest.age > space.max_age:
        found.append(
            Problem(_("%(space)s is for people up to %(age)d years.") % {"space": space.name, "age": space.max_age})
        )
    if space.kind == SpaceKind.CUBICLE and any(other.family_id != guest.family_id for other in others):
        found.append(Problem(_("Another family sleeps in %(space)s.") % {"space": space.name}))
    if NeedCode.STEP_FREE in guest.needs and not space.is_step_free:
        found.append(
            Problem(
                _("%(name)s cannot use steps, and there are some on the way to %(space)s.")
                % {"space": space.name, "name": name}
            )
        )
    return found


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
