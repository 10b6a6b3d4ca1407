"""Today, as one person may see it: tonight's figures per shelter, what waits for someone, tomorrow, and the last nights.

A read model with the same number of queries whatever the number of shelters, beds and people. It holds no name of a guest:
who may know names opens the board, the list or the file.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from ngo.dashboard.evening import LegalCard, Nights, legal_card, nights_card, tomorrow_card
from ngo.dashboard.groups import InGroup, groups_of
from ngo.dashboard.houses import House, houses_of, sentence_of
from ngo.dashboard.waiting import Task, tasks_of
from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters.models import Shelter
from shelters.tomorrow import TomorrowInShort

__all__ = ["House", "InGroup", "Task", "Today", "today_of"]


@dataclass(frozen=True)
class Today:
    """What the page shows. A card that the role may not see is None; an empty one is empty."""

    sentence: str
    now: datetime
    houses: list[House] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    tomorrow: TomorrowInShort | None = None
    legal: LegalCard | None = None
    groups: list[InGroup] | None = None
    nights: Nights | None = None
    has_work: bool = True  # A role that only looks at figures has nothing waiting.

    def total(self, name: str) -> int:
        return sum(getattr(house.figures, name) for house in self.houses if house.counts)

    @property
    def unknown(self) -> int:
        """Houses whose figures are too old: the sums are without them."""
        return sum(house.is_unknown for house in self.houses)

    @property
    def is_all_unknown(self) -> bool:
        return self.unknown > 0 and not any(house.counts for house in self.houses)

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


def today_of(staff: Staff, now: datetime | None = None) -> Today:
    """Today for one person: every shelter that they may see, and the cards that their role opens."""
    now = now or timezone.now()
    houses = houses_of(staff, now)
    zone = houses[0].shelter.zone if houses else "UTC"  # The clock of hours that belong to no shelter.
    nights = nights_card(staff, houses, now)
    return Today(
        sentence=sentence_of([house for house in houses if house.counts or house.is_unknown]),
        now=now,
        houses=houses,
        tasks=tasks_of(staff, houses, nights.of_house if nights else {}, zone, now),
        tomorrow=tomorrow_card(staff, houses, now),
        legal=legal_card(staff, houses, now),
        groups=groups_of(staff),
        nights=nights,
        has_work=may(staff, Permission.VIEW_TOMORROW),
    )
