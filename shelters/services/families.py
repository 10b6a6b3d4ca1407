"""A family that splits or comes together, with the beds its people are in: where they sleep does not change, whose it is does."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from cases.models import Family, FamilyChange
from cases.services import families
from ngo.models import Staff
from shelters.models import Placement, PlacementState, Shelter, Stay
from shelters.services import desk


@transaction.atomic
def split_family(*, family: Family, relationships: Mapping[int, str], by: Staff, reason: str) -> Family:
    """See cases.services.families: and the stays and places of those who go on apart are the new family's."""
    _lock_houses_of(relationships, by)
    new = families.split_family(family=family, relationships=relationships, by=by, reason=reason)
    _follow(relationships, new)
    return new


@transaction.atomic
def bring_into(*, family: Family, relationships: Mapping[int, str], by: Staff, reason: str) -> FamilyChange:
    """See cases.services.families: and the stays and places of those who come are this family's."""
    _lock_houses_of(relationships, by)
    change = families.bring_into(family=family, relationships=relationships, by=by, reason=reason)
    _follow(relationships, family)
    return change


def _lock_houses_of(people: Iterable[int], by: Staff) -> None:
    """The houses first, as every act of the desk does, so that nobody is placed in between."""
    here = Stay.objects.current().filter(person__in=list(people)).values("shelter")
    for shelter in Shelter.objects.filter(pk__in=here).order_by("pk"):
        desk.lock(shelter, by)


def _follow(people: Iterable[int], family: Family) -> None:
    """Stays that go on, and their places. What is over stays the family's that it was then."""
    stays = Stay.objects.current().filter(person__in=list(people))
    Placement.objects.filter(stay__in=stays, state=PlacementState.IN).update(family=family)
    stays.update(family=family)
