"""Which kind of family this is, worked out from who is in it: never typed, so that it cannot contradict the members."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils.translation import pgettext_lazy

from cases.models import FamilyMember, Relationship, Sex
from cases.services.children import is_surely_adult


class FamilyKind(models.TextChoices):
    """The codes that reports and partners ask for."""

    NOBODY = "nobody", pgettext_lazy("kind of family", "Nobody is in this family now")
    WOMAN = "woman", pgettext_lazy("kind of family", "Woman alone")
    MAN = "man", pgettext_lazy("kind of family", "Man alone")
    ADULT = "adult", pgettext_lazy("kind of family", "Adult alone")
    COUPLE = "couple", pgettext_lazy("kind of family", "Couple without children")
    ONE_PARENT = "one_parent", pgettext_lazy("kind of family", "One parent with children")
    TWO_PARENTS = "two_parents", pgettext_lazy("kind of family", "Two parents with children")
    EXTENDED = "extended", pgettext_lazy("kind of family", "Extended family with children")
    WITH_CARER = "with_carer", pgettext_lazy("kind of family", "Children with an adult who is not their parent")
    CHILDREN = "children", pgettext_lazy("kind of family", "Children alone")
    ADULTS = "adults", pgettext_lazy("kind of family", "Adults together")


ALONE = {Sex.FEMALE: FamilyKind.WOMAN, Sex.MALE: FamilyKind.MAN}


def kind_of(members: Iterable[FamilyMember], day: date) -> FamilyKind:
    """The kind of a family on a day, from its members with their people. Who may be a minor counts as one."""
    members = list(members)
    adults = [one for one in members if is_surely_adult(one.person, day)]
    minors = [one for one in members if one not in adults]
    if not members:
        return FamilyKind.NOBODY
    if not adults:
        return FamilyKind.CHILDREN
    if not minors:
        return _of_adults(adults)
    return _with_children(adults, minors)


def _of_adults(adults: list[FamilyMember]) -> FamilyKind:
    if len(adults) == 1:
        return ALONE.get(Sex(adults[0].person.sex), FamilyKind.ADULT)
    is_couple = len(adults) == 2 and {one.relationship for one in adults} == {Relationship.HEAD, Relationship.PARTNER}
    return FamilyKind.COUPLE if is_couple else FamilyKind.ADULTS


def _with_children(adults: list[FamilyMember], minors: list[FamilyMember]) -> FamilyKind:
    """Parents are the head and the head's partner, where the minors are the head's children."""
    heads = [one for one in adults if one.is_head]
    partners = [one for one in adults if one.relationship == Relationship.PARTNER]
    if not heads or any(one.relationship != Relationship.CHILD for one in minors):
        is_family = any(one.relationship == Relationship.CHILD for one in minors) and heads
        return FamilyKind.EXTENDED if is_family else FamilyKind.WITH_CARER
    if len(adults) > len(heads) + len(partners):
        return FamilyKind.EXTENDED
    return FamilyKind.TWO_PARENTS if partners else FamilyKind.ONE_PARENT
