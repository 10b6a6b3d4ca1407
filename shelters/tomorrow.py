"""The list of tomorrow: who leaves each house when, from which bed, with what in the hand, and who still has to be told.

It says no place, no office, no kind and no hour of an appointment: the sheet hangs in a kitchen and lies on a desk. The day is a
calendar date of the house; "tomorrow" is the one after its night, so that at one in the morning it is the day that begins, and
the list of that day is still the list of tomorrow. Three queries, whatever the number of houses and people.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.faces import Face, of_face
from cases.models import Appointment, AppointmentPerson, AppointmentState, Food, Transport
from cases.walltime import at_clock, instant_at
from shelters.models import PlacementState, Shelter, SpaceKind, Trip
from shelters.nights import ONE_DAY, tonight

SOON = timedelta(hours=6)
READY_BEFORE = timedelta(minutes=15)  # The kitchen has it ready before they are at the door.
OF_AN_APPOINTMENT = [
    *("family", "leave_shelter_at", "home_zone", "state", "food", "told_at", "accompanied_by"),
    *("kind__bring_es", "kind__bring_en", "precision", "transport"),
]
SAID_ON_THE_SHEET = {
    Transport.FOOT,
    Transport.PUBLIC,
    Transport.HOUSE,
    Transport.TAXI,
}  # Of these, none tells where to.
WITH_BAG, WITH_BREAKFAST = {Food.LUNCH, Food.BOTH}, {Food.BREAKFAST, Food.BOTH}


@dataclass(frozen=True)
class Goer:
    """Someone who goes, and where they sleep: their bed, or the space if it is a family's own or they have none."""

    person: Face
    is_companion: bool
    bed: str = ""
    is_in_a_house: bool = True


@dataclass(frozen=True)
class Departure:
    """One line: those who leave one house together for one appointment."""

    appointment: Appointment
    goers: list[Goer]
    day: date  # Of the list.
    zone: str  # The clock of the house that they leave.
    trip: int | None = None  # They are out on it now.
    is_soon: bool = False  # Their hour is near, or has passed: they may leave now.

    @property
    def leaves(self) -> datetime:
        """On the clock of the house."""
        return at_clock(self.zone, self.appointment.leave_shelter_at)

    @property
    def hour_is_known(self) -> bool:
        return self.appointment.hour_is_known

    @property
    def hour_words(self) -> str:
        """When they leave, or that it is to be told."""
        return f"{self.leaves:%H:%M}" if self.hour_is_known else _("To be told")

    @property
    def transport(self) -> str:
        """How they get there, where saying so does not say where or what for."""
        says = self.appointment.transport in SAID_ON_THE_SHEET
        return str(self.appointment.get_transport_display()) if says else ""

    @property
    def is_the_evening_before(self) -> bool:
        return self.leaves.date() < self.day

    @property
    def bed_names(self) -> list[str]:
        return list(dict.fromkeys(goer.bed for goer in self.goers if goer.bed))

    @property
    def beds(self) -> str:
        return ", ".join(self.bed_names)

    @property
    def first(self) -> Face:
        """Who stands for all of them: the first of those who have the appointment."""
        return min(self.goers, key=lambda goer: goer.is_companion).person

    @property
    def people(self) -> int:
        return len(self.goers)

    @property
    def companions(self) -> int:
        return sum(goer.is_companion for goer in self.goers)

    @property
    def bring(self) -> str:
        return self.appointment.kind.bring

    @property
    def is_told(self) -> bool:
        return self.appointment.told_at is not None

    @property
    def is_confirmed(self) -> bool:
        return self.appointment.state == AppointmentState.CONFIRMED

    @property
    def has_bag(self) -> bool:
        return self.appointment.food in WITH_BAG

    @property
    def has_breakfast(self) -> bool:
        return self.appointment.food in WITH_BREAKFAST


@dataclass
class Sheet:
    """The list of one house; without a house it is of those who sleep in none."""

    shelter: Shelter | None
    day: date
    is_tomorrow: bool
    zone: str
    is_past_curfew: bool = False  # The door closed already: whoever has not been told is told at once.
    departures: list[Departure] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(row.people for row in self.departures)

    @property
    def untold(self) -> list[Departure]:
        return [row for row in self.departures if not row.is_told]

    @property
    def bags(self) -> int:
        return sum(row.people for row in self.departures if row.has_bag)

    @property
    def breakfasts(self) -> int:
        return sum(row.people for row in self.departures if row.has_breakfast)

    @property
    def first_ready_at(self) -> datetime | None:
        """When the kitchen must have the first of it ready."""
        fed = [row for row in self.departures if row.hour_is_known and (row.has_bag or row.has_breakfast)]
        first = min((row.leaves for row in fed), default=None)
        return first.astimezone(UTC) - READY_BEFORE if first else None

    @property
    def tell_before(self) -> time | None:
        return self.shelter.curfew_at if self.shelter else None


@dataclass(frozen=True)
class Tomorrow:
    """Everything of one day: a sheet per house, and one for those who have no bed in any of them."""

    sheets: list[Sheet]
    without_bed: Sheet

    @property
    def all(self) -> list[Sheet]:
        return [*self.sheets, self.without_bed]

    @property
    def people_shown(self) -> int:
        return sum(sheet.people for sheet in self.all)


def tomorrow_list(
    staff: Any, now: datetime | None = None, day: date | None = None, shelters: Sequence[Shelter] | None = None
) -> Tomorrow:
    """The list of each house that this person works in, of a date or of each house's own tomorrow.

    The list of tomorrow begins now: who still leaves this evening for a date tomorrow stands first on it.
    """
    now = now or timezone.now()
    houses = list(Shelter.objects.visible_to(staff)) if shelters is None else list(shelters)
    sheets = {house.pk: _sheet(house, now, day) for house in houses}
    without = Sheet(None, day or _usual_day(houses, now), is_tomorrow=day is None, zone=_usual_zone(houses))
    spans = {pk: _span(sheet, now) for pk, sheet in sheets.items()}
    span_without = _span(without, now)
    everything = [*spans.values(), span_without]
    leaving = Appointment.objects.visible_to(staff).leaving_between(
        min(start for start, _end in everything), max(end for _start, end in everything)
    )
    out = Trip.objects.open().filter(appointment=OuterRef("pk"))
    houses_left = ArraySubquery(out.order_by("pk").values_list("shelter"))
    trips = ArraySubquery(out.order_by("pk").values_list("pk"))
    leaving = leaving.annotate(houses_left=houses_left, trips_out=trips)
    appointments = list(leaving.select_related("kind").only(*OF_AN_APPOINTMENT))
    people = _goers(appointment.pk for appointment in appointments)
    for appointment in appointments:
        for house_id, goers in people[appointment.pk].items():
            if house_id is None:
                sheet, span = without, span_without
            elif house_id in sheets:
                sheet, span = sheets[house_id], spans[house_id]
            else:
                continue  # They sleep in a house that this person does not work in.
            if span[0] <= appointment.leave_shelter_at < span[1]:
                is_soon = appointment.leave_shelter_at < now + SOON
                trip = _trip_of(appointment, house_id)
                sheet.departures.append(Departure(appointment, goers, sheet.day, sheet.zone, trip, is_soon))
    return Tomorrow(list(sheets.values()), without)


def _trip_of(appointment: Any, house: int | None) -> int | None:
    """The trip on which those of a house are out for an appointment; of those who sleep in none, any that began for it."""
    found = dict(zip(appointment.houses_left, appointment.trips_out, strict=True))
    return found.get(house) if house is not None else next(iter(found.values()), None)


def _sheet(house: Shelter, now: datetime, day: date | None) -> Sheet:
    coming = tonight(house, now) + ONE_DAY
    listed = day or coming
    past = listed == coming and _has_closed(house, coming - ONE_DAY, now)
    return Sheet(house, listed, is_tomorrow=day is None, zone=house.zone, is_past_curfew=past)


def _has_closed(house: Shelter, night: date, now: datetime) -> bool:
    """Whether the door has closed for this night; an hour before the morning one belongs to the next date."""
    if house.curfew_at is None:
        return False
    closes_on = night if house.curfew_at >= house.morning_at else night + ONE_DAY
    return now >= instant_at(house.zone, closes_on, house.curfew_at)


def _usual_zone(houses: list[Shelter]) -> str:
    return houses[0].zone if houses else timezone.get_current_timezone_name()


def _usual_day(houses: list[Shelter], now: datetime) -> date:
    return (tonight(houses[0], now) if houses else timezone.localdate(now)) + ONE_DAY


def _span(sheet: Sheet, now: datetime) -> tuple[datetime, datetime]:
    """The instants of a list: its date from midnight to midnight by the house's clock, from now on where it is tomorrow's."""
    start, end = (instant_at(sheet.zone, day, time()) for day in (sheet.day, sheet.day + ONE_DAY))
    return (min(start, now) if sheet.is_tomorrow else start), end


def _goers(appointments: Iterable[int]) -> dict[int, dict[int | None, list[Goer]]]:
    """Who goes to each of these appointments (ids), by the house that they leave, in the order of the family. One query.

    Whoever has several stays leaves the last one.
    """
    stays = Q(person__stays__departed_at=None, person__stays__voided_at=None)
    places = Q(person__placements__state=PlacementState.IN)
    rows = AppointmentPerson.objects.filter(appointment__in=list(appointments)).annotate(
        stay=FilteredRelation("person__stays", condition=stays),
        place=FilteredRelation("person__placements", condition=places),
    )
    rows = rows.order_by("is_companion", "pk", "stay__arrived_at", "stay__id")
    last_stays = {
        row[1]: row
        for row in rows.values_list(
            *("appointment_id", "pk", "is_companion", "stay__shelter_id", "stay__id", "place__stay_id"),
            *("place__space__name", "place__space__kind", "place__bed__label"),
            *of_face("person"),
        )
    }
    found: dict[int, dict[int | None, list[Goer]]] = defaultdict(lambda: defaultdict(list))
    for appointment, _pk, is_companion, house, stay, stay_of_place, *rest in last_stays.values():
        bed = _bed_name(*rest[:3]) if stay is not None and stay == stay_of_place else ""
        goer = Goer(Face(*rest[3:]), is_companion, bed, is_in_a_house=house is not None)
        found[appointment][house].append(goer)
    return found


def _bed_name(space: str | None, kind: str | None, bed: str | None) -> str:
    """A family has its cubicle; everybody else has a bed, or the floor of a space."""
    return space if space and (bed is None or kind == SpaceKind.CUBICLE) else bed or ""


# --- For the dashboard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TomorrowInShort:
    """Tomorrow in a few figures, without any person. Departures are lines of the list."""

    departures: int
    people: int
    confirmed: int
    untold: int
    first_leaves: datetime | None  # On the clock of the house that they leave; of those whose hour is known.


def tomorrow_of(staff: Any, now: datetime | None = None, shelters: Sequence[Shelter] | None = None) -> TomorrowInShort:
    """What tomorrow's list holds for this person. As many queries as the list; one fewer with the shelters at hand."""
    rows = [row for sheet in tomorrow_list(staff, now, shelters=shelters).all for row in sheet.departures]
    return TomorrowInShort(
        departures=len(rows),
        people=sum(row.people for row in rows),
        confirmed=sum(row.is_confirmed for row in rows),
        untold=sum(not row.is_told for row in rows),
        first_leaves=min((row.leaves for row in rows if row.hour_is_known), default=None),
    )
