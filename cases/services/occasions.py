"""What notices are about: one date of one thing, whatever it is. Each kind of thing says which dates lie ahead, and whether one
still holds.

A floor above adds its own kinds with `know` when it is loaded: this floor knows nothing of stays and of beds that are held.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from cases.models import (
    STILL_ON,
    Actor,
    Appointment,
    AppointmentState,
    Clock,
    Document,
    FamilyMember,
    NoticeSource,
    Person,
    SignInDuty,
)
from cases.services.sign_in_days import LAST_ZONE, Closed, closed_days, days_from_next
from cases.walltime import at_clock, instant_at
from ngo.models import Organisation

OFFICES_CLOSE_AT = time(18)  # After that nobody can sign or hand in anything on that day.


@dataclass(frozen=True)
class Occasion:
    """One date of one thing: on `day` of the house's clock (`home_zone`); from `ends_at` on, nothing about it is true.

    `day` is what is counted from. Where a notice names another one, that is `told`: an offer is counted from the last day to
    confirm it, and names the day of the appointment to the family (to who works here the last day, by which they have to act).
    """

    source: NoticeSource
    source_id: int
    organisation_id: int
    family_id: int | None
    home_zone: str
    day: date
    ends_at: datetime
    on: date | None = None  # For what may have another date later: which one this is.
    kind_id: int | None = None
    owner_id: int | None = None
    appointment: Appointment | None = None
    told: date | None = None

    @property
    def told_day(self) -> date:
        """The day that a notice names."""
        return self.told or self.day

    @property
    def key(self) -> tuple[str, int, date | None]:
        return self.source, self.source_id, self.on


Ahead = Callable[[int, date, date], list[Occasion]]
Still = Callable[[Collection[int]], list[Occasion]]


@dataclass(frozen=True)
class Known:
    """How one kind of thing is asked: for an organisation's dates between two days, and for some rows as they are now.

    A thing may have several dates at once, each with notices of its own.
    """

    ahead: Ahead
    still: Still


SOURCES: dict[NoticeSource, Known] = {}


def know(source: NoticeSource, ahead: Ahead, still: Still) -> None:
    """Say how things of a kind are asked for their dates."""
    SOURCES[source] = Known(ahead, still)


def of_appointment(row: Appointment) -> Occasion:
    """What an appointment is counted from: the day on which they leave the house."""
    return Occasion(
        source=NoticeSource.APPOINTMENT,
        source_id=row.pk,
        organisation_id=row.organisation_id,
        family_id=row.family_id,
        home_zone=row.home_zone,
        day=at_clock(row.home_zone, row.leave_shelter_at).date(),
        ends_at=row.leave_shelter_at,
        kind_id=row.kind_id,
        owner_id=row.owner_id,
        appointment=row,
    )


# --- Zones and families ------------------------------------------------------------------------------------------------
def zone_of_house(organisation_id: int) -> str:
    """The clock of an organisation's first house; UTC where it has none."""
    house = Organisation.objects.get(pk=organisation_id)
    return house.shelters.order_by("pk").values_list("zone", flat=True).first() or "UTC"  # type: ignore[attr-defined]


def zones_of_people(people: Collection[int]) -> dict[int, str]:
    """The clock of the house in which each of some people sleeps. One query."""
    here = Person.objects.filter(pk__in=people, stays__departed_at=None, stays__voided_at=None, stays__isnull=False)
    return dict(here.order_by("stays__arrived_at").values_list("pk", "stays__shelter__zone"))


def families_of(people: Collection[int]) -> dict[int, int]:
    """The family in which each of some people is now. One query."""
    now = FamilyMember.objects.filter(person__in=people, left_on=None, is_imported=False)
    return dict(now.values_list("person_id", "family_id"))


def _dated(
    source: NoticeSource, rows: Iterable[tuple[int, int, int | None, int | None, int | None, date]]
) -> list[Occasion]:
    """Occasions of rows (id, organisation, person, family, owner, date): good until the offices close on that date."""
    found = list(rows)
    people = {row[2] for row in found if row[2] is not None}
    zones, families = zones_of_people(people), families_of(people)
    usual = {organisation: zone_of_house(organisation) for organisation in {row[1] for row in found}}
    made = []
    for pk, organisation, person, family, owner, on in found:
        zone = zones.get(person or 0) or usual[organisation]
        made.append(
            Occasion(
                source=source,
                source_id=pk,
                organisation_id=organisation,
                family_id=families.get(person or 0, family),
                home_zone=zone,
                day=on,
                ends_at=instant_at(zone, on, OFFICES_CLOSE_AT),
                on=on,
                owner_id=owner,
            )
        )
    return made


# --- Sign-ins ------------------------------------------------------------------------------------------------------------
Row = tuple[int, int, int | None, int | None, int | None, date]


def _days_to_sign(duties: QuerySet[SignInDuty]) -> list[Row]:
    """Every day from the next one on to the first one after today, whether or not somebody wrote what became of those before."""
    today, found = timezone.now().astimezone(LAST_ZONE).date(), list[Row]()
    closed: dict[tuple[int, int | None], Closed] = {}
    for duty in duties.select_related("claim__process", "office").order_by("pk"):
        case, days = duty.claim.process, [duty.next_on]
        if duty.next_on <= today:
            key = (case.organisation_id, duty.office_id)
            if key not in closed:
                closed[key] = closed_days(duty)
            days = days_from_next(duty, today, closed[key], and_one=True)
        who = (duty.pk, case.organisation_id, duty.person_id, case.family_id, case.owner_id)
        found += [(*who, day) for day in days]
    return found


def _sign_ins_ahead(organisation_id: int, first: date, last: date) -> list[Occasion]:
    """Days on which somebody must sign; without those for which an appointment of the same kind is booked on that day."""
    duties = SignInDuty.objects.running().filter(claim__process__organisation=organisation_id, next_on__lte=last)
    rows = [row for row in _days_to_sign(duties) if first <= row[-1] <= last]
    dates = Appointment.objects.filter(
        people__person__in={row[2] for row in rows},
        state__in=STILL_ON,
        local_date__gte=first,
        local_date__lte=last,
        kind__code="comar-sign-in",
    )
    booked = set(dates.values_list("people__person", "local_date"))
    return _dated(NoticeSource.SIGN_IN, [row for row in rows if (row[2], row[-1]) not in booked])


def _sign_ins_now(ids: Collection[int]) -> list[Occasion]:
    return _dated(NoticeSource.SIGN_IN, _days_to_sign(SignInDuty.objects.running().filter(pk__in=ids)))


# --- Offers that must be confirmed -----------------------------------------------------------------------------------------
def _offers(rows: Iterable[Appointment]) -> list[Occasion]:
    """Until when an offer is to be confirmed; what is confirmed, or is not on, is no offer any more."""
    return [
        Occasion(
            source=NoticeSource.UNCONFIRMED,
            source_id=row.pk,
            organisation_id=row.organisation_id,
            family_id=row.family_id,
            home_zone=row.home_zone,
            day=at_clock(row.home_zone, row.confirm_by).date(),
            ends_at=row.confirm_by,
            on=at_clock(row.home_zone, row.confirm_by).date(),
            owner_id=row.owner_id,
            told=at_clock(row.home_zone, row.leave_shelter_at).date(),
        )
        for row in rows
        if row.confirm_by is not None
    ]


def _offers_ahead(organisation_id: int, first: date, last: date) -> list[Occasion]:
    begin, end = (instant_at("UTC", day, time()) for day in (first, last + timedelta(days=1)))
    rows = Appointment.objects.filter(
        organisation=organisation_id, state=AppointmentState.OFFERED, confirm_by__gte=begin, confirm_by__lt=end
    )
    return _offers(rows.order_by("pk"))


def _offers_now(ids: Collection[int]) -> list[Occasion]:
    rows = Appointment.objects.filter(pk__in=ids, state=AppointmentState.OFFERED, confirm_by__isnull=False)
    return _offers(rows)


# --- Papers that end -------------------------------------------------------------------------------------------------------
DOCUMENT = ("pk", "family__organisation_id", "person_id", "family_id", "process__owner_id", "expires_on")


def _papers_ahead(organisation_id: int, first: date, last: date) -> list[Occasion]:
    papers = Document.objects.expiring(last).filter(family__organisation=organisation_id, expires_on__gte=first)
    return _dated(NoticeSource.DOCUMENT, papers.values_list(*DOCUMENT))


def _papers_now(ids: Collection[int]) -> list[Occasion]:
    papers = Document.objects.kept().filter(pk__in=ids, replaced_by=None, expires_on__isnull=False)
    return _dated(NoticeSource.DOCUMENT, papers.values_list(*DOCUMENT))


# --- Limits of the law -------------------------------------------------------------------------------------------------------
CLOCK = ("pk", "organisation_id", "person_id", "family_id", "process__owner_id", "safe_on")


def _limits_ahead(organisation_id: int, first: date, last: date) -> list[Occasion]:
    """What people must do by a day: the safe reading. What an authority may take until stands in the tasks."""
    clocks = Clock.objects.running().filter(
        organisation=organisation_id, rule__actor=Actor.PERSON, safe_on__gte=first, safe_on__lte=last
    )
    return _dated(NoticeSource.CLOCK, clocks.order_by("pk").values_list(*CLOCK))


def _limits_now(ids: Collection[int]) -> list[Occasion]:
    clocks = Clock.objects.running().filter(pk__in=ids, rule__actor=Actor.PERSON)
    return _dated(NoticeSource.CLOCK, clocks.values_list(*CLOCK))


know(NoticeSource.UNCONFIRMED, _offers_ahead, _offers_now)
know(NoticeSource.SIGN_IN, _sign_ins_ahead, _sign_ins_now)
know(NoticeSource.DOCUMENT, _papers_ahead, _papers_now)
know(NoticeSource.CLOCK, _limits_ahead, _limits_now)

FURTHEST = timedelta(days=1)  # Zones differ by less: a day more at each end misses none.
