"""The evening's cards: who leaves tomorrow and what the kitchen prepares, who can still be seen by a lawyer, the last nights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cases.services.legal_aid import free_slots_next_week
from ngo.charts import Bar
from ngo.dashboard.houses import House
from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters import nights
from shelters.report_pages import NightBar, nights_of
from shelters.tomorrow import TomorrowInShort, tomorrow_of

NIGHTS = 30  # On the chart.


def tomorrow_card(staff: Staff, houses: Sequence[House], now: datetime) -> TomorrowInShort | None:
    if not may(staff, Permission.VIEW_TOMORROW) or not houses:
        return None
    return tomorrow_of(staff, now, [house.shelter for house in houses])


@dataclass(frozen=True)
class LegalCard:
    """How many consultations are free next week; None where nobody gives any."""

    free: int | None


def legal_card(staff: Staff, houses: Sequence[House], now: datetime) -> LegalCard | None:
    if not may(staff, Permission.VIEW_LEGAL_AID) or staff.organisation is None:
        return None
    today = nights.local(houses[0].shelter, now).date() if houses else now.date()
    return LegalCard(free_slots_next_week(staff.organisation, today))


@dataclass(frozen=True)
class Nights:
    """The last thirty nights of all the houses together, and of each by itself for who needs to know which one is silent."""

    bars: list[Bar]
    of_house: Mapping[int, list[NightBar]]

    @property
    def is_known(self) -> bool:
        return any(bar.value is not None for bar in self.bars)


def nights_card(staff: Staff, houses: Sequence[House], now: datetime) -> Nights | None:
    if not may(staff, Permission.VIEW_REPORTS) or not houses:
        return None
    of_house = nights_of([house.shelter for house in houses], NIGHTS + 1, now)
    return Nights(together(list(of_house.values())), of_house)


def together(rows: Sequence[Sequence[NightBar]]) -> list[Bar]:
    """One bar a night for several houses. Where one of them has no report the sum is partial; where none has, it is unknown.

    A house is asked for from its first report on: before that it may not have been there. One that was closed is not asked.
    Tonight stands there once a house has sent its report.
    """
    by_night: dict[date, list[NightBar]] = {}
    for bars in rows:
        first = next((bar.night for bar in bars if bar.occupied is not None), None)
        for bar in bars:
            asked = by_night.setdefault(bar.night, [])
            if first is not None and bar.night >= first and bar.state != "closed":
                asked.append(bar)
    found = [_sum(night, bars) for night, bars in sorted(by_night.items())]
    return found[-NIGHTS:] if found and found[-1].value is not None else found[:-1]


def _sum(night: date, bars: list[NightBar]) -> Bar:
    known = [bar for bar in bars if bar.occupied is not None]
    if not known:
        return Bar(night, None, None)
    return Bar(
        night,
        value=sum(bar.occupied or 0 for bar in known),
        limit=None if len(known) < len(bars) else sum(bar.nominal or 0 for bar in known),
        over=sum(bar.over or 0 for bar in known),
        is_partial=len(known) < len(bars),
    )
