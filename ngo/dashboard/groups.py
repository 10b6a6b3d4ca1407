"""How many people wait in each of the groups."""

from dataclasses import dataclass

from django.db.models import Count

from cases.models import Case, Group
from ngo.models import Staff
from ngo.permissions import Permission, may


@dataclass(frozen=True)
class InGroup:
    group: str
    label: str
    people: int


def groups_of(staff: Staff) -> list[InGroup] | None:
    """Every group with its people, those with none too. None where the role opens no files."""
    if not may(staff, Permission.VIEW_PEOPLE):
        return None
    rows = Case.objects.visible_to(staff).waiting().order_by().values("group").annotate(people=Count("person"))
    people = {row["group"]: row["people"] for row in rows}
    return [InGroup(group, str(Group(group).label), people.get(group, 0)) for group in Group.values]
