"""Today, as one person may see it: tonight's figures per shelter, and what waits for someone.

A read model with the same number of queries whatever the number of shelters, beds and people. It holds no name of a guest:
who may know names opens the board or the file.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from cases.models import AlertKind, Case, ChildAlert, Group, IntakeDraft
from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters.models import Opening, Shelter, Sleepers
from shelters.services.capacity import ShelterFigures, figures

FREE_FOR = {
    Sleepers.ANYONE: ngettext_lazy("%(count)d free", "%(count)d free", "count"),
    Sleepers.WOMEN: ngettext_lazy("%(count)d free, women and children", "%(count)d free, women and children", "count"),
    Sleepers.MEN: ngettext_lazy("%(count)d free, men", "%(count)d free, men", "count"),
    Sleepers.FAMILIES: ngettext_lazy("%(count)d free, families", "%(count)d free, families", "count"),
    Sleepers.CHILDREN: ngettext_lazy("%(count)d free, children alone", "%(count)d free, children alone", "count"),
}
WHAT_HAPPENED = {
    AlertKind.UNACCOMPANIED: gettext_lazy("A minor came without an adult"),
    AlertKind.SEPARATED: gettext_lazy("A minor came with an adult who does not answer for them"),
    AlertKind.AGE_IN_DOUBT: gettext_lazy("Somebody may be a minor"),
}


@dataclass(frozen=True)
class Chip:
    state: str
    word: str


@dataclass(frozen=True)
class House:
    """One shelter tonight."""

    shelter: Shelter
    figures: ShelterFigures
    counted_at: datetime

    @property
    def usable(self) -> int:
        return self.figures.nominal - self.figures.out_of_service

    @property
    def is_closed(self) -> bool:
        return self.shelter.opening == Opening.CLOSED

    @property
    def counts(self) -> bool:
        """A closed house without anybody says nothing about tonight."""
        return not self.is_closed or self.figures.occupied > 0

    @property
    def chips(self) -> list[Chip]:
        """What a desk asks first: is there room, for whom, and what stands in the way."""
        row, found = self.figures, []
        if self.is_closed:
            found.append(Chip("out", _("Closed")))
        elif self.shelter.opening == Opening.PAUSED:
            found.append(Chip("warn", _("Takes nobody in")))
        if not self.is_closed:
            found += self.free_chips()
        if row.held:
            found.append(Chip("held", ngettext("%(count)d held", "%(count)d held", row.held) % {"count": row.held}))
        if row.over:
            found.append(Chip("over", ngettext("+%(count)d over", "+%(count)d over", row.over) % {"count": row.over}))
        if row.out_of_service:
            out = ngettext("%(count)d out of service", "%(count)d out of service", row.out_of_service)
            found.append(Chip("out", out % {"count": row.out_of_service}))
        return found

    def free_chips(self) -> list[Chip]:
        """Free places by whom they are for: two beds for men do not help two women."""
        if not self.figures.free:
            return [Chip("occ", _("No place free"))]
        spaces = self.figures.per_space
        if sum(space.free for space in spaces) != self.figures.free:  # Guests whose space is not recorded fill some.
            return [Chip("free", FREE_FOR[Sleepers.ANYONE] % {"count": self.figures.free})]
        return [
            Chip("free", FREE_FOR[kind] % {"count": number})
            for kind in Sleepers
            if (number := sum(space.free for space in spaces if space.space.sleepers == kind))
        ]


@dataclass(frozen=True)
class InGroup:
    """How many people are in one of the groups."""

    group: str
    label: str
    people: int


@dataclass(frozen=True)
class Today:
    """What the page shows. A list that the role may not see is None, an empty one is empty."""

    sentence: str
    now: datetime
    houses: list[House] = field(default_factory=list)
    alerts: list[ChildAlert] | None = None
    groups: list[InGroup] | None = None
    drafts: list[IntakeDraft] | None = None

    def total(self, name: str) -> int:
        return sum(getattr(house.figures, name) for house in self.houses if house.counts)

    @property
    def free(self) -> int:
        return self.total("free")

    @property
    def held(self) -> int:
        return self.total("held")

    @property
    def over(self) -> int:
        return self.total("over")

    @property
    def clock(self) -> Shelter | None:
        """A shelter whose clock stands for all of them; none where they differ."""
        zones = {house.shelter.zone for house in self.houses}
        return self.houses[0].shelter if len(zones) == 1 else None

    @property
    def zone(self) -> str:
        """The clock of hours that belong to no shelter."""
        return self.houses[0].shelter.zone if self.houses else "UTC"

    @property
    def waiting(self) -> int:
        """How many things need someone."""
        return len(self.alerts or []) + len(self.drafts or [])


def today_of(staff: Staff, now: datetime | None = None) -> Today:
    """Today for one person: every shelter that they may see, and the lists that their role opens."""
    now = now or timezone.now()
    shelters = Shelter.objects.visible_to(staff).with_opening(now).select_related("city")
    houses = [House(row.shelter, row, now) for row in figures(shelters, now=now)]
    return Today(
        sentence=sentence_of([house for house in houses if house.counts]),
        now=now,
        houses=houses,
        alerts=alerts_of(staff),
        groups=groups_of(staff),
        drafts=drafts_of(staff),
    )


def sentence_of(houses: list[House]) -> str:
    """The line that is true when it is the only one read."""
    people = sum(house.figures.occupied for house in houses)
    if not houses:
        return _("No shelter is open.")
    if len(houses) == 1:
        words = ngettext(
            "%(count)d person sleeps tonight in %(shelter)s.", "%(count)d people sleep tonight in %(shelter)s.", people
        )
        return words % {"count": people, "shelter": houses[0].shelter.name}
    words = ngettext(
        "%(count)d person sleeps tonight in %(shelters)d shelters.",
        "%(count)d people sleep tonight in %(shelters)d shelters.",
        people,
    )
    return words % {"count": people, "shelters": len(houses)}


def alerts_of(staff: Staff) -> list[ChildAlert] | None:
    """Open alerts, those of which nobody was told first."""
    if not may(staff, Permission.HANDLE_CHILD_ALERTS):
        return None
    found = list(ChildAlert.objects.visible_to(staff).open())
    return with_words(sorted(found, key=lambda alert: alert.notified_at is not None))


def with_words(alerts: list[Any]) -> list[Any]:
    """Each alert with `.what_happened`: the words of its kind, without a name."""
    for alert in alerts:
        alert.what_happened = WHAT_HAPPENED[AlertKind(alert.kind)]
    return alerts


def groups_of(staff: Staff) -> list[InGroup] | None:
    if not may(staff, Permission.VIEW_PEOPLE):
        return None
    rows = Case.objects.visible_to(staff).waiting().order_by().values("group").annotate(people=Count("person"))
    people = {row["group"]: row["people"] for row in rows}
    return [InGroup(group, str(Group(group).label), people.get(group, 0)) for group in Group.values]


def drafts_of(staff: Staff) -> list[IntakeDraft] | None:
    if not may(staff, Permission.TAKE_IN_FAMILIES):
        return None
    return list(IntakeDraft.objects.visible_to(staff).defer("fields"))
