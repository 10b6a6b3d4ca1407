"""The rules by which the waiting list is ordered: data of the organisation, with ours where it has written none.

A score is the sum of the points of what is true of a family, each once; who has more stands first, then who came first. It is
counted when the list is read, so that a birthday, a need that ended or a changed rule shows at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import ADULT_AT, FamilyMember, NeedCode, SpecificNeed
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from shelters.models import Factor, PriorityRule, WaitingEntry
from shelters.models.waiting import MOST_POINTS

SMALL_UNTIL = 6  # Under this age; LGDNNA calls it early childhood.
OLD_FROM = 65
USUAL_POINTS = {
    Factor.SMALL_CHILD: 3,
    Factor.CHILD: 1,
    Factor.PREGNANT: 3,
    Factor.DISABILITY: 3,
    Factor.MEDICAL: 3,
    Factor.OLDER: 2,
}
NEEDS = {
    NeedCode.PREGNANT: Factor.PREGNANT,
    NeedCode.STEP_FREE: Factor.DISABILITY,
    NeedCode.LOWER_BUNK: Factor.DISABILITY,
    NeedCode.MEDICAL: Factor.MEDICAL,
    NeedCode.OLDER: Factor.OLDER,
}


@dataclass(frozen=True)
class Reason:
    """One thing that counts, and how much. `is_restricted`: shown in words only to whoever may read such needs."""

    factor: Factor
    points: int

    @property
    def is_restricted(self) -> bool:
        return self.factor == Factor.MEDICAL


def points_of(organisation: Organisation) -> dict[Factor, int]:
    """What each factor gives in an organisation now. One query."""
    rows = PriorityRule.objects.filter(organisation=organisation, ended_at=None).values_list("factor", "points")
    return USUAL_POINTS | {Factor(factor): points for factor, points in rows}


@transaction.atomic
def set_points(*, organisation: Organisation, points: dict[Factor, int], by: Staff) -> list[PriorityRule]:
    """Change what some factors give; the rows that stood are closed, not edited. Those that stay the same are left alone."""
    if by.organisation is None or by.organisation.pk != organisation.pk:
        raise Refused(_("These rules are another organisation's."))
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    now, old = timezone.now(), points_of(organisation)
    changed = {factor: number for factor, number in points.items() if old[factor] != number}
    if any(not 0 <= number <= MOST_POINTS for number in changed.values()):
        raise Refused(_("Points go from 0 to %(most)d.") % {"most": MOST_POINTS})
    PriorityRule.objects.filter(organisation=organisation, factor__in=changed, ended_at=None).update(ended_at=now)
    return [
        PriorityRule.objects.create(organisation=organisation, factor=factor, points=number, since=now, set_by=by)
        for factor, number in changed.items()
    ]


def reasons_for(entries: Iterable[WaitingEntry], points: dict[Factor, int], today: date) -> dict[int, list[Reason]]:
    """What counts for each entry, by its id, in the order of the rules: what is in the file, and what was seen at the door.

    Two queries. What gives no points is not a reason.
    """
    entries = list(entries)
    families = {entry.family_id for entry in entries if entry.family_id}
    facts = _facts_of(families, today)
    return {
        entry.pk: [
            Reason(factor, points[factor])
            for factor in Factor
            if points[factor] and factor in {*entry.factors, *facts.get(entry.family_id or 0, ())}
        ]
        for entry in entries
    }


def _facts_of(families: Iterable[int], today: date) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    members = FamilyMember.objects.filter(family__in=list(families), left_on=None).select_related("person")
    of_person: dict[int, int] = {}
    for row in members:
        of_person[row.person_id] = row.family_id
        found.setdefault(row.family_id, set()).update(_by_age(row.person.age_on(today)))
    needs: Any = SpecificNeed.objects.filter(person__in=list(of_person), ended_at=None, code__in=list(NEEDS))
    for person_id, code in needs.values_list("person_id", "code"):
        found[of_person[person_id]].add(NEEDS[NeedCode(code)])
    return found


def _by_age(age: int | None) -> set[str]:
    if age is None:
        return set()
    if age < SMALL_UNTIL:
        return {Factor.SMALL_CHILD, Factor.CHILD}
    return {Factor.CHILD} if age < ADULT_AT else {Factor.OLDER} if age >= OLD_FROM else set()
