"""What the pages about trips show: who is out, who is not back, who came back today, and how far the chain has gone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, Subquery
from django.utils import timezone

from ngo.models import Heartbeat, Staff
from ngo.models.health import TRIPS, is_silent
from shelters.models import ON_THE_WAY, PastTrip, Shelter, Trip, TripEnd, TripEntry, TripPerson, TripState, TripStep
from shelters.services import trip_alarms, trips

MONTHS_BACK = 3  # In the figures of what has ended.


@dataclass(frozen=True)
class TripsInShort:
    """Trips in figures, without any person."""

    out: int  # On the way, those that are late among them.
    late: int  # Not back at the hour that was agreed.
    not_back: int  # Of whom somebody wrote that they did not return.
    next_at: datetime | None  # When the next of those in time is expected.
    is_silent: bool  # Somebody is out, and nobody would be told.


def trips_in_short(shelters: Iterable[Shelter], now: datetime | None = None) -> TripsInShort:
    """Of these houses. One query."""
    now = now or timezone.now()
    on_the_way = Q(state__in=ON_THE_WAY)
    late = on_the_way & (Q(alarm_from__lte=now) | ~Q(state=TripState.OUT))
    swept = Heartbeat.objects.filter(name=TRIPS).values("beat_at")[:1]
    found = (
        Trip.objects.open()
        .filter(shelter__in=[shelter.pk for shelter in shelters])
        .aggregate(
            out=Count("pk", filter=on_the_way),
            late=Count("pk", filter=late),
            not_back=Count("pk", filter=Q(state=TripState.NOT_BACK)),
            next_at=Min("expected_at", filter=on_the_way & ~late),
            since=Min("left_at", filter=on_the_way),
            swept=Max(Subquery(swept)),
        )
    )
    since, swept_at = found.pop("since"), found.pop("swept")
    return TripsInShort(**found, is_silent=since is not None and is_silent(swept_at, since))


@dataclass(frozen=True)
class Row:
    """One trip in a list."""

    trip: Trip
    goers: list[TripPerson]
    at: datetime

    @property
    def is_late(self) -> bool:
        return self.trip.is_late_at(self.at) or self.trip.needs_someone

    @property
    def late_minutes(self) -> int:
        """Whole minutes past the hour of return."""
        late = self.at - self.trip.expected_at
        return int(late.total_seconds() // 60) if self.trip.is_on_the_way and late > timedelta(0) else 0

    @property
    def late_hours(self) -> int:
        return self.late_minutes // 60

    @property
    def late_rest(self) -> int:
        return self.late_minutes % 60

    @property
    def still_out(self) -> list[TripPerson]:
        return [goer for goer in self.goers if goer.is_out]

    @property
    def first(self) -> TripPerson | None:
        """Who stands for all of them: of those who are still out, or of all."""
        return next(iter(self.still_out or self.goers), None)

    @property
    def chip(self) -> tuple[str, str]:
        """Colour and icon of where it stands."""
        if self.trip.state == TripState.BACK:
            return "ok", "check"
        if self.trip.state == TripState.CLOSED:
            return "out", "flag"
        if self.trip.state == TripState.OUT and not self.is_late:
            return "info", "footprints"
        return "alert", "triangle-alert"


@dataclass(frozen=True)
class Trips:
    """The list: those that need someone first, then those who are out, then those who came back within a day."""

    late: list[Row] = field(default_factory=list)
    out: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    is_silent: bool = False

    @property
    def people_shown(self) -> int:
        return sum(len(row.goers) for row in [*self.late, *self.out, *self.ended])


def trip_list(shelters: Sequence[Shelter], now: datetime | None = None) -> Trips:
    """Every trip of these houses that is not erased yet. Three queries."""
    now = now or timezone.now()
    rows = Trip.objects.filter(shelter__in=[shelter.pk for shelter in shelters]).with_people()
    rows = rows.select_related("shelter", "taken_by").order_by("alarm_from", "pk")
    found = [Row(trip, trip.goers, now) for trip in rows]  # type: ignore[attr-defined]
    late = [row for row in found if not row.trip.has_ended and row.is_late]
    out = [row for row in found if not row.trip.has_ended and not row.is_late]
    ended = sorted((row for row in found if row.trip.has_ended), key=lambda row: row.trip.ended_at, reverse=True)  # type: ignore[arg-type,return-value]
    silent = False
    if watched := [row.trip.left_at for row in found if row.trip.is_on_the_way]:
        silent = is_silent(_last_look(), since=min(watched))
    return Trips(late, out, ended, silent)


def _last_look() -> datetime | None:
    return Heartbeat.objects.filter(name=TRIPS).values_list("beat_at", flat=True).first()


@dataclass(frozen=True)
class Ended:
    """How many trips of a month ended in a way, and of how many of them somebody was told."""

    month: Any
    trips: int
    people: int
    back: int
    told: int


def past_trips(staff: Staff, now: datetime | None = None) -> list[Ended]:
    """The last months of the organisation, the latest first: what remains of trips that were erased. One query."""
    since = (now or timezone.now()).date().replace(day=1) - timedelta(days=31 * (MONTHS_BACK - 1))
    rows = PastTrip.objects.visible_to(staff).filter(month__gte=since.replace(day=1)).order_by("-month")
    months: dict[Any, list[PastTrip]] = {}
    for row in rows.only("month", "people", "outcome", "told"):
        months.setdefault(row.month, []).append(row)
    return [
        Ended(
            month,
            trips=len(those),
            people=sum(row.people for row in those),
            back=sum(row.outcome == TripEnd.BACK for row in those),
            told=sum(bool(row.told) for row in those),
        )
        for month, those in months.items()
    ]


@dataclass(frozen=True)
class TripFile:
    """One trip as its page shows it."""

    row: Row
    entries: list[TripEntry]
    minutes: int  # Between two steps of the chain.
    next_step: TripStep | None
    next_at: datetime | None
    is_silent: bool
    can_be_taken_back: bool

    @property
    def trip(self) -> Trip:
        return self.row.trip

    @property
    def has_sos(self) -> bool:
        return any(one.what == TripStep.SOS and one.round == self.trip.round for one in self.entries)


def trip_file(trip: Trip, now: datetime | None = None) -> TripFile:
    """The page of a trip that was fetched with its staff. Four queries."""
    now = now or timezone.now()
    rows = TripPerson.objects.filter(trip=trip).select_related("person", "stay__family").order_by("pk")
    entries = list(trip.entries.select_related("by"))
    minutes = trips.rules_of(trip.shelter).minutes
    step, at = _next(trip, entries, minutes)
    return TripFile(
        row=Row(trip, list(rows), now),
        entries=entries,
        minutes=minutes,
        next_step=step,
        next_at=at,
        is_silent=trip.is_on_the_way and is_silent(_last_look(), since=trip.left_at),
        can_be_taken_back=trip.ended_at is not None and now < trip.ended_at + trips.UNDO_WITHIN,
    )


def _next(trip: Trip, entries: Collection[TripEntry], minutes: int) -> tuple[TripStep | None, datetime | None]:
    """Whom the chain comes to next, and when."""
    if not trip.is_on_the_way:
        return None, None
    told = {one.what: one.at for one in entries if one.round == trip.round and one.what in trip_alarms.CHAIN}
    return next(iter(trip_alarms.steps_left(trip, told, minutes)), (None, None))
