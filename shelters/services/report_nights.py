"""The last nights of each shelter, as their reports say: for a chart and a list. A night without a report is None."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from shelters import nights
from shelters.models import CapacityReport, Shelter


@dataclass(frozen=True)
class NightBar:
    """One night of one shelter. `state` is empty where there is no report; a draft counts as none until it is frozen."""

    night: date
    occupied: int | None = None
    nominal: int | None = None
    over: int | None = None
    state: str = ""


def nights_of(shelters: Iterable[Shelter], days: int = 30, now: datetime | None = None) -> dict[int, list[NightBar]]:
    """The last `days` nights of each shelter up to its own last night, the oldest first, by shelter id. One query."""
    now = now or timezone.now()
    spans = {shelter.pk: _span(shelter, days, now) for shelter in shelters}
    if not spans:
        return {}
    rows = CapacityReport.objects.frozen().filter(shelter__in=spans, night__gte=min(span[0] for span in spans.values()))
    told = {
        (shelter_id, night): NightBar(night, occupied, nominal, over, state)
        for shelter_id, night, occupied, nominal, over, state in rows.latest_versions().values_list(
            "shelter", "night", "figures__occupied", "figures__nominal", "figures__over", "state"
        )
    }
    return {pk: [told.get((pk, night), NightBar(night)) for night in span] for pk, span in spans.items()}


def _span(shelter: Shelter, days: int, now: datetime) -> list[date]:
    last = nights.tonight(shelter, now) - nights.ONE_DAY
    return [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
