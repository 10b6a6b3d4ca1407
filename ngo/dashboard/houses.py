"""Each shelter tonight: how full, for whom there is room, and how fresh that is and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters.models import Act, Opening, Shelter, Sleepers
from shelters.services import roll_call
from shelters.services.capacity import ShelterFigures, figures
from shelters.services.roll_call import RollCallStatus

STALE_AFTER = timedelta(hours=18)  # From then on the page says so: nobody has written anything in that house since.

FREE_FOR = {
    Sleepers.ANYONE: ngettext_lazy("%(count)d free", "%(count)d free", "count"),
    Sleepers.WOMEN: ngettext_lazy("%(count)d free, women and children", "%(count)d free, women and children", "count"),
    Sleepers.MEN: ngettext_lazy("%(count)d free, men", "%(count)d free, men", "count"),
    Sleepers.FAMILIES: ngettext_lazy("%(count)d free, families", "%(count)d free, families", "count"),
    Sleepers.CHILDREN: ngettext_lazy("%(count)d free, children alone", "%(count)d free, children alone", "count"),
    Sleepers.MOTHERS: ngettext_lazy(
        "%(count)d free, women with their children", "%(count)d free, women with their children", "count"
    ),
    Sleepers.LGBTQ: ngettext_lazy(
        "%(count)d free, for who asked for it", "%(count)d free, for who asked for it", "count"
    ),
}


@dataclass(frozen=True)
class Chip:
    state: str
    word: str


@dataclass(frozen=True)
class Freshness:
    """When somebody last wrote down what is so in a house, who, and how: by roll-call or at the desk."""

    at: datetime | None
    by: str  # Empty for those who need no names of staff.
    roll_call: RollCallStatus
    is_stale: bool
    is_desk_later: bool = False  # A check-in or a departure after the last word of the roll-call.

    @property
    def is_confirmed(self) -> bool:
        """The roll-call of tonight has been closed, and the desk has written nothing since: its figure is the house's."""
        return self.roll_call.closed_at is not None and not self.is_desk_later


@dataclass(frozen=True)
class House:
    """One shelter tonight."""

    shelter: Shelter
    figures: ShelterFigures
    counted_at: datetime
    freshness: Freshness

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


def houses_of(staff: Staff, now: datetime) -> list[House]:
    """Every shelter that someone may see, with tonight's figures. Eight queries, whatever the number of shelters."""
    last = Act.objects.filter(shelter=OuterRef("pk"), undone_at=None).order_by("-recorded_at")
    shelters = list(
        Shelter.objects.visible_to(staff)
        .with_opening(now)
        .select_related("city")
        .annotate(wrote_at=Subquery(last.values("recorded_at")[:1]), wrote_by=Subquery(last.values("by__name")[:1]))
    )
    if not shelters:
        return []
    calls, names = roll_call.status(shelters, now), may(staff, Permission.VIEW_BOARD)
    return [
        House(row.shelter, row, now, freshness_of(row.shelter, calls[row.shelter.pk], now, names))
        for row in figures(shelters, now=now)
    ]


def freshness_of(shelter: Shelter, call: RollCallStatus, now: datetime, names: bool) -> Freshness:
    """The latest of what was written at the desk and at the roll-call."""
    known = [(shelter.wrote_at, shelter.wrote_by or "")]  # type: ignore[attr-defined]
    known += [(call.last_mark_at, call.last_mark_by.name if call.last_mark_by else "")]
    known += [(call.closed_at, call.closed_by.name if call.closed_by else "")]
    at, by = max(((at, by) for at, by in known if at), default=(None, ""))
    later = shelter.wrote_at is not None and shelter.wrote_at == at  # type: ignore[attr-defined]
    stale = at is None or now - at > STALE_AFTER
    return Freshness(at, by if names else "", call, is_stale=stale, is_desk_later=later)


def sentence_of(houses: Sequence[House]) -> str:
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
