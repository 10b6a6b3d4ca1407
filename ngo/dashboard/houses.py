"""Each shelter tonight: how full, for whom there is room, and how fresh that is and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters.models import ConfirmedHow, Opening, Shelter, Sleepers
from shelters.services import freshness, roll_call
from shelters.services.capacity import ShelterFigures, figures
from shelters.services.roll_call import RollCallStatus

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
    """When somebody last knew what is so in a house, who, and how: see shelters/services/freshness.py."""

    at: datetime | None
    by: str  # Empty for those who need no names of staff.
    how: str
    roll_call: RollCallStatus
    is_stale: bool

    @property
    def is_confirmed(self) -> bool:
        """The roll-call of tonight has been closed, and nobody has written anything since: its figure is the house's."""
        return self.roll_call.closed_at is not None and self.how == ConfirmedHow.ROLL_CALL


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
    def is_unknown(self) -> bool:
        """Nobody has confirmed the figures lately: they may be so or not, and are not shown as if they were."""
        return self.freshness.is_stale and not (self.is_closed and not self.figures.occupied)

    @property
    def counts(self) -> bool:
        """A closed house without anybody says nothing about tonight; nor does one whose figures are too old."""
        return not self.is_unknown and (not self.is_closed or self.figures.occupied > 0)

    @property
    def chips(self) -> list[Chip]:
        """What a desk asks first: is there room, for whom, and what stands in the way."""
        row, found = self.figures, []
        if self.is_closed:
            found.append(Chip("out", _("Closed")))
        elif self.shelter.opening == Opening.PAUSED:
            found.append(Chip("warn", _("Takes nobody in")))
        if self.is_unknown:
            return [*found, Chip("unknown", _("Free places unknown"))]
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
    """Every shelter that someone may see, with tonight's figures. Nine queries, whatever the number of shelters."""
    shelters = list(Shelter.objects.visible_to(staff).with_opening(now).select_related("city"))
    if not shelters:
        return []
    calls, names = roll_call.status(shelters, now), may(staff, Permission.VIEW_BOARD)
    last = freshness.freshness(shelters, now)
    return [
        House(row.shelter, row, now, freshness_of(last[row.shelter.pk], calls[row.shelter.pk], names))
        for row in figures(shelters, now=now)
    ]


def freshness_of(last: freshness.Freshness, call: RollCallStatus, names: bool) -> Freshness:
    """The latest word about a house, with who said it for those who may know."""
    return Freshness(last.at, last.by if names else "", last.how, call, is_stale=last.is_stale)


def sentence_of(houses: Sequence[House]) -> str:
    """The line that is true when it is the only one read."""
    known = [house for house in houses if not house.is_unknown]
    people = sum(house.figures.occupied for house in known)
    if not houses:
        return _("No shelter is open.")
    if not known:
        return ngettext(
            "Nobody has confirmed the figures of %(shelter)s.",
            "Nobody has confirmed the figures of the %(count)d shelters.",
            len(houses),
        ) % {"count": len(houses), "shelter": houses[0].shelter.name}
    if len(known) < len(houses):
        words = ngettext(
            "%(count)d person sleeps tonight in %(known)d of %(shelters)d shelters; of the others it is not known.",
            "%(count)d people sleep tonight in %(known)d of %(shelters)d shelters; of the others it is not known.",
            people,
        )
        return words % {"count": people, "known": len(known), "shelters": len(houses)}
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
