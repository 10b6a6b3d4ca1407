"""The waiting list as it is read: in its order, with what counts for each. Five queries, whatever its length."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from cases.models import FamilyMember, Person
from ngo.models import Organisation
from shelters.models import Shelter, WaitingEntry, WaitingState
from shelters.services.priority import Reason, points_of, reasons_for


@dataclass(frozen=True)
class Waiting:
    """One line: its place in the order, how many they are (None where nobody knows), and why it stands there."""

    position: int
    entry: WaitingEntry
    reasons: list[Reason]

    @property
    def score(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def members(self) -> list[Person]:
        family: Any = self.entry.family
        return [row.person for row in family.current_members] if family else []

    @property
    def people(self) -> int | None:
        return len(self.members) if self.entry.family else self.entry.people

    @property
    def days(self) -> int:
        return (timezone.now() - self.entry.since).days


def waiting_list(organisation: Organisation, entries: QuerySet[WaitingEntry]) -> list[Waiting]:
    """Entries of an organisation in their order: by points, then by who came first. Five queries."""
    members = FamilyMember.objects.filter(left_on=None).select_related("person").order_by("-is_head", "pk")
    rows = entries.select_related("shelter", "offered_shelter", "family", "recorded_by").prefetch_related(
        Prefetch("family__members", queryset=members, to_attr="current_members")
    )
    found = list(rows)
    reasons = reasons_for(found, points_of(organisation), timezone.localdate())
    ordered = sorted(found, key=lambda row: (-sum(one.points for one in reasons[row.pk]), row.since, row.pk))
    return [Waiting(number, row, reasons[row.pk]) for number, row in enumerate(ordered, start=1)]


# --- For the dashboard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WaitingInShort:
    """Figures without any person: entries on the list, and of them those to whom a place is offered."""

    waiting: int
    offered: int


def waiting_in_short(organisation: Organisation, shelters: Iterable[Shelter]) -> WaitingInShort:
    """Of those who wait for one of these houses, or for any. One query."""
    rows = WaitingEntry.objects.on_list().filter(organisation=organisation).for_shelters(list(shelters))
    states = list(rows.values_list("state", flat=True))
    return WaitingInShort(len(states), states.count(WaitingState.OFFERED))
