"""What is asked about before a date is booked or moved: somebody in two places, away from the roll-call, left alone, too far.

Each is a sentence, and a reason lets all of them through: who books may know better. Four queries, whatever the family.
When somebody is back is not known: they count as away from the hour of leaving until an hour after the appointment begins.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import STILL_ON, Appointment, AppointmentPerson, FamilyMember, MayCome, Person
from cases.walltime import at_clock, instant_at
from ngo.templatetags.posada import local_time, short_date

A_WHILE = timedelta(hours=1)  # Nobody is at another appointment as long as this after the hour of the first.
BETWEEN_CITIES = timedelta(
    hours=3
)  # From one appointment to the next in another city; across the line it takes longer.
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Away:
    """From when until when somebody is taken up by an appointment, as instants, and where it is."""

    leave_at: datetime
    report_at: datetime
    starts_at: datetime
    city: str
    zone: str

    @property
    def back_at(self) -> datetime:
        return self.starts_at + A_WHILE

    def meets(self, other: "Away") -> bool:
        return other.leave_at < self.back_at and self.leave_at < other.back_at

    def is_elsewhere(self, other: "Away") -> bool:
        """Whether the two are in different cities; where one of them is not known, their clocks tell."""
        return self.city != other.city if self.city and other.city else self.zone != other.zone

    def is_too_near(self, other: "Away") -> bool:
        """Whether there is not time enough from one to the other, in different cities."""
        first, second = sorted([self, other], key=lambda one: one.starts_at)
        return self.is_elsewhere(other) and second.report_at - first.back_at < BETWEEN_CITIES


def away_of(row: Appointment) -> Away:
    return Away(row.leave_shelter_at, row.report_at, row.starts_at, city_of(row), row.zone)


def city_of(row: Appointment) -> str:
    """The city of an appointment: that of its office, or what stands after the last comma of a place that was written."""
    if row.office is not None:
        return row.office.city.name
    return row.place.rpartition(", ")[2].strip() if ", " in row.place else ""


def clashes(appointment: Appointment, people: Sequence[Person], companions: Sequence[Person]) -> list[str]:
    """What speaks against a new date, in sentences; empty where nothing does. Its three instants are set."""
    goers = [*people, *companions]
    here = _who_is_here(appointment)
    elsewhere = _elsewhere({*(person.pk for person in goers), *here}, away_of(appointment))
    along = {person.pk for person in companions}
    said = [words for person in goers for words in _of_one(person, appointment, elsewhere, is_along=person.pk in along)]
    said += _left_alone(appointment, goers, here, elsewhere)
    said += _roll_call(appointment, goers)
    said += _company(appointment, companions)
    return said


def _elsewhere(people: Collection[int], mine: Away) -> dict[int, list[Appointment]]:
    """The other appointments of these people within a day of this one, by person. One query."""
    rows = AppointmentPerson.objects.filter(
        person__in=people,
        appointment__state__in=STILL_ON,
        appointment__leave_shelter_at__lt=mine.back_at + ONE_DAY,
        appointment__starts_at__gt=mine.leave_at - ONE_DAY,
    )
    found: dict[int, list[Appointment]] = defaultdict(list)
    for row in rows.select_related("appointment__office__city").order_by("appointment__starts_at", "pk"):
        found[row.person_id].append(row.appointment)
    return found


def _of_one(
    person: Person, appointment: Appointment, elsewhere: dict[int, list[Appointment]], *, is_along: bool
) -> Iterable[str]:
    mine = away_of(appointment)
    for other in elsewhere.get(person.pk, []):
        words = {"name": person.called, "when": _when(other)}
        if not (appointment.hour_is_known and other.hour_is_known):
            if appointment.local_date == other.local_date:
                yield _("%(name)s has another appointment on that day: %(when)s.") % words
        elif mine.meets(away_of(other)):
            if is_along:
                yield _("%(name)s goes along, and has another appointment at that time: %(when)s.") % words
            else:
                yield _("%(name)s has another appointment at that time: %(when)s.") % words
        elif mine.is_too_near(away_of(other)):
            yield _("%(name)s has an appointment in another city with too little time between: %(when)s.") % words


def _when(row: Appointment) -> str:
    if row.hour_is_known:
        return local_time(row.starts_at, row.home_zone)
    return _("%(day)s, hour to be told") % {"day": short_date(row.local_date)}


# --- In the house ------------------------------------------------------------------------------------------------------
SLEEPS_HERE = Q(person__stays__departed_at=None, person__stays__voided_at=None, person__stays__isnull=False)


def _who_is_here(appointment: Appointment) -> dict[int, Person]:
    """Those of the family who sleep in a house now, by id. One query."""
    rows = FamilyMember.objects.filter(SLEEPS_HERE, family=appointment.family_id, left_on=None)
    return {row.person_id: row.person for row in rows.select_related("person").order_by("pk")}


def _left_alone(
    appointment: Appointment, goers: Sequence[Person], here: dict[int, Person], elsewhere: dict[int, list[Appointment]]
) -> list[str]:
    """Children who stay in the house while every adult of the family who sleeps there is away."""
    day, mine = appointment.local_date, away_of(appointment)
    gone = {person.pk for person in goers}
    adults = [person for person in here.values() if person.is_minor_on(day) is False]
    children = [person for person in here.values() if person.is_minor_on(day) is not False and person.pk not in gone]
    away = [
        person
        for person in adults
        if person.pk in gone or any(mine.meets(away_of(other)) for other in elsewhere.get(person.pk, []))
    ]
    if not children or not adults or len(away) < len(adults):
        return []
    names = ", ".join(person.called for person in children)
    return [_("Every adult of the family would be away, and these stay behind: %(names)s.") % {"names": names}]


def _roll_call(appointment: Appointment, goers: Sequence[Person]) -> list[str]:
    """Whoever sleeps in a house and would be away when it calls the roll: when its door closes, or else when the evening's
    report is drafted. One query."""
    if not appointment.hour_is_known:
        return []
    rows: Any = Person.objects.filter(pk__in=[person.pk for person in goers], stays__isnull=False)
    rows = rows.filter(stays__departed_at=None, stays__voided_at=None).order_by().distinct()
    houses = rows.values_list("stays__shelter__zone", "stays__shelter__curfew_at", "stays__shelter__report_at")
    mine = away_of(appointment)
    hours = sorted(
        {wall for zone, closes, reports in houses if (wall := _called_between(zone, closes or reports, mine))}
    )
    return [_("They would be away at the roll-call, at %(hour)s.") % {"hour": f"{wall:%H:%M}"} for wall in hours]


def _called_between(zone: str, wall: time, mine: Away) -> time | None:
    """The hour of the roll-call, where it is called between leaving and coming back."""
    day, last = at_clock(zone, mine.leave_at).date(), at_clock(zone, mine.back_at).date()
    while day <= last:
        if mine.leave_at <= instant_at(zone, day, wall) < mine.back_at:
            return wall
        day += ONE_DAY
    return None


def _company(appointment: Appointment, companions: Sequence[Person]) -> list[str]:
    """Who may go along, as the kind has it."""
    rule, others = appointment.kind.companions, bool(appointment.accompanied_by)
    if rule == MayCome.CALLED and (companions or others):
        return [_("Only those who are called go in to this kind of appointment: nobody goes along.")]
    if rule == MayCome.FAMILY and others:
        return [_("Only the family goes along to this kind of appointment.")]
    if rule == MayCome.REQUIRED and not companions and not others:
        return [_("Somebody must go along to this kind of appointment: write who.")]
    return []
