"""The evening of the demo: dates, reminders, a roll-call half done, reports, the store, the kitchen and the lawyers.

Through the services wherever it happens today; nights that are over are written in bulk, as the services would have left them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.models import (
    Appointment,
    AppointmentKind,
    ConsentMethod,
    Diet,
    Family,
    Person,
    Reminder,
)
from cases.services.appointments import schedule_appointment
from cases.services.contact import add_email, agree_to_reminders
from cases.services.legal_aid import add_provider, add_slot, free_slots
from cases.services.recipients import agreed_to_reminders
from ngo.models import City, Membership, Office, Organisation, Staff
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from ngo.services.demo.door import keep_the_door, promise_places
from shelters.models import (
    Answer,
    CapacityReport,
    Composition,
    Meal,
    MealCount,
    ReportState,
    Shelter,
    Stay,
    TurnAway,
    TurnAwayReason,
)
from shelters.nights import instant_at, tonight
from shelters.services import report_figures, reports, roll_call
from shelters.services.extensions import ask_for_extension
from shelters.services.limits import limit_day
from shelters.services.roll_call_sheet import expected
from shelters.services.supplies import add_item, count_in, count_out
from shelters.services.turn_aways import log_turn_away
from shelters.services.waiting import join_from_turn_away

REPORTED = 30  # Nights.
WITHOUT_REPORT, NOT_CONFIRMED = 6, 3  # So many nights ago, in the last house and in the first.
ONE_DAY = timedelta(days=1)
MANY = 500  # Of a staple: for a long time.


@dataclass(frozen=True)
class Date:
    """One appointment as it is told on the telephone: in how many days, what, in which city, at what hours."""

    days: int
    kind: str
    city: str
    at: time
    report: time | None = None
    leave: time | None = None
    leave_days_before: int = 0
    place: str = ""


DATES = {
    "red-mezquite": [
        Date(1, "us-court-mpp", "San Diego", time(7, 30), time(6), time(3, 45)),  # They leave before dawn.
        Date(1, "comar-sign-in", "Tijuana", time(10), leave=time(9)),
        Date(1, "medical", "Tijuana", time(12, 30), leave=time(11, 45), place="Clínica de prueba"),
        Date(3, "own-consulate", "Ciudad de México", time(11), time(10, 30), time(14), leave_days_before=1),
        Date(5, "comar-interview", "Tijuana", time(9), time(8, 30), time(7, 45)),
        Date(8, "us-court", "San Diego", time(13), time(12), time(10, 30)),
    ],
    "puente-biznaga": [
        Date(1, "us-court-mpp", "El Paso", time(8, 30), time(7), time(5, 30)),
        Date(1, "comar-sign-in", "Ciudad Juárez", time(11), leave=time(10)),
        Date(4, "inm", "Ciudad Juárez", time(9, 30), leave=time(8, 30)),
        Date(9, "own-consulate", "Ciudad de México", time(12), time(11, 30), time(13), leave_days_before=1),
    ],
}
# Name, unit, planned per person and day (nothing for what is no staple), how much came in and went out.
STORE: list[tuple[str, str, str | None, int, int]] = [
    ("Arroz", "kg", "0.12", MANY, 40),
    ("Frijol", "kg", "0.10", 40, 37),  # It runs low.
    ("Aceite", "l", "0.03", 120, 12),
    ("Fórmula infantil", "lata", None, 36, 9),
    ("Pañales", "pieza", None, 600, 140),
]


def add_the_evening(organisation: Organisation, by: Staff, now: datetime | None = None) -> None:
    """Everything of this evening for one organisation, whose houses are filled."""
    now = now or timezone.now()
    houses = list(Shelter.objects.filter(organisation=organisation).order_by("pk"))
    families = list(
        Family.objects.filter(organisation=organisation, stays__in=Stay.objects.current())
        .distinct()
        .order_by("pk")
        .with_members()
    )
    say_diets(families)
    reachable(families[::3], by)
    today = tonight(houses[0], now)
    for plan, family in zip(DATES[organisation.slug], families, strict=False):
        book(plan, family, today, by)
    lawyers(organisation, families[-1], houses[0].zone, today, by)
    let_one_fail(organisation)
    for number, house in enumerate(houses):
        fill_store(house, by, today)
        turn_some_away(house, by, now)
        count_meals(house, by, today)
        ask_to_stay(house, by)
        keep_the_door(house, by, now)
        if number == 0:
            promise_places(house, by, now)
            begin_roll_call(house, by, now)


# --- People and their dates ----------------------------------------------------------------------------------------------


def say_diets(families: list[Family]) -> None:
    """A few people for whom the kitchen cooks apart."""
    people = [row.person for family in families for row in family.current_members]  # type: ignore[attr-defined]
    wishes = [[Diet.NO_PORK], [Diet.NO_SUGAR], [Diet.NO_MEAT], [Diet.ALLERGY], [Diet.SOFT]]
    for person, diets in zip(people[4::9], wishes, strict=False):
        person.diets = [str(diet) for diet in diets]
    Person.objects.bulk_update(people, ["diets"])


def reachable(families: list[Family], by: Staff) -> None:
    """Some families have an address and agreed to reminders."""
    for family in families:
        add_email(family=family, address=f"familia-{family.pk}@correo.example", by=by)
        if not agreed_to_reminders(family.pk):
            agree_to_reminders(family=family, method=ConsentMethod.VERBAL, notice_language="spa", by=by)


def book(plan: Date, family: Family, today: date, by: Staff) -> Appointment:
    """A date for the whole family: the head is called, the others go along."""
    head, *others = [row.person for row in family.current_members]  # type: ignore[attr-defined]
    day = today + timedelta(days=plan.days)
    office = None if plan.place else Office.objects.filter(city__name=plan.city, is_active=True).order_by("pk").first()
    where: dict[str, Any] = {"office": office}
    if office is None:
        where = {"place": plan.place or plan.city, "zone": City.objects.get(name=plan.city).zone}
    return schedule_appointment(
        family=family,
        kind=AppointmentKind.objects.get(organisation=family.organisation, code=plan.kind),
        people=[head],
        companions=others,
        local_date=day,
        local_time=plan.at,
        report_time=plan.report,
        leave_time=plan.leave,
        leave_date=day - timedelta(days=plan.leave_days_before) if plan.leave_days_before else None,
        reason="Viajan de noche" if plan.leave_days_before else "",
        owner=by,
        by=by,
        **where,
    )


def lawyers(organisation: Organisation, family: Family, zone: str, today: date, by: Staff) -> None:
    """A provider with an hour on every working day, and one of them taken."""
    provider = add_provider(organisation=organisation, name="Clínica legal de prueba", by=by, speaks=["spa", "eng"])
    for weekday in range(5):
        for hour in (time(10), time(11)):
            add_slot(
                provider=provider,
                weekday=weekday,
                starts_at=hour,
                minutes=45,
                zone=zone,
                since=today - timedelta(days=30),
                by=by,
            )
    free = free_slots(organisation, today + 2 * ONE_DAY, today + timedelta(days=9))[0]
    schedule_appointment(
        family=family,
        kind=AppointmentKind.objects.get(organisation=organisation, code="legal-consultation"),
        people=[family.current_members[0].person],  # type: ignore[attr-defined]
        place=provider.name,
        zone=free.slot.zone,
        local_date=free.day,
        local_time=free.slot.starts_at,
        slot=free.slot,
        reason="La consulta es en la casa",
        by=by,
    )


def let_one_fail(organisation: Organisation) -> None:
    """A reminder that no server took: somebody has to call."""
    waiting = Reminder.objects.waiting().to_families().filter(organisation=organisation)
    row = waiting.order_by("appointment__leave_shelter_at", "due_at").first()
    if row is not None:
        row.state, row.attempts, row.last_error = OutgoingState.FAILED, 5, "SMTPServerDisconnected"
        row.save(update_fields=["state", "attempts", "last_error"])


# --- The houses ----------------------------------------------------------------------------------------------------------


def begin_roll_call(house: Shelter, by: Staff, now: datetime) -> None:
    """Half of the house was asked: one is on leave, one absent, the others are here."""
    night = tonight(house, now)
    stays = list(expected(house, night).order_by("pk"))
    given = [
        roll_call.Given(stay.pk, answer)
        for stay, answer in zip(
            stays[: len(stays) // 2], [Answer.LEAVE, Answer.ABSENT, *[Answer.PRESENT] * len(stays)], strict=False
        )
    ]
    roll_call.mark_guests(shelter=house, night=night, given=given, by=by)


def turn_some_away(house: Shelter, by: Staff, now: datetime) -> None:
    """One party this evening or the last, through the service; those of the weeks before as it left them."""
    party = log_turn_away(
        shelter=house,
        party_size=3,
        composition=Composition.FAMILY,
        reason=TurnAwayReason.FULL,
        sent_to="Otro albergue de prueba",
        by=by,
        happened_at=now - timedelta(hours=2),
    )
    join_from_turn_away(turn_away=party, by=by)
    rows = []
    for ago in range(2, REPORTED, 4):
        night = tonight(house, now) - timedelta(days=ago)
        at = instant_at(house, night, time(20, 10))
        rows.append(
            TurnAway(
                shelter=house,
                night=night,
                happened_at=at,
                recorded_at=at,
                party_size=1 + ago % 4,
                composition=[Composition.MEN, Composition.WOMEN_CHILDREN][ago % 8 // 4],
                reason=[TurnAwayReason.FULL, TurnAwayReason.CURFEW][ago % 8 // 4],
                recorded_by=by,
            )
        )
    TurnAway.objects.bulk_create(rows)


def ask_to_stay(house: Shelter, by: Staff) -> None:
    """A family that needs ten days more than the house gives: somebody has to decide."""
    first = Stay.objects.current().filter(shelter=house, family__isnull=False).order_by("arrived_at", "pk").first()
    if first is None or house.stay_limit is None:
        return
    stays = Stay.objects.current().filter(shelter=house, family=first.family).select_related("shelter")
    last = max(day for stay in stays if (day := limit_day(house, stay.arrived_at)))
    ask_for_extension(stays=stays, to_on=last + 10 * ONE_DAY, reason="Espera su cita de prueba", by=by)


def fill_store(house: Shelter, by: Staff, today: date) -> None:
    for name, unit, per_head, came, went in STORE:
        item = add_item(
            shelter=house,
            name=name,
            unit=unit,
            by=by,
            is_staple=per_head is not None,
            daily_per_head=Decimal(per_head) if per_head else None,
        )
        for quantity, days in ((came // 4, 25), (came - came // 4, 160)):
            count_in(item=item, quantity=Decimal(quantity), expires_on=today + timedelta(days=days), by=by)
        count_out(item=item, quantity=Decimal(went), by=by)


def count_meals(house: Shelter, by: Staff, today: date) -> None:
    """Portions of the last two weeks, by who was in the house."""
    people = Stay.objects.current().filter(shelter=house).count()
    shares = {Meal.BREAKFAST: 0.9, Meal.LUNCH: 0.7, Meal.SUPPER: 1.0}
    MealCount.objects.bulk_create(
        MealCount(
            shelter=house, day=today - timedelta(days=ago), meal=meal, served=round(people * share) + ago % 4, by=by
        )
        for ago in range(1, 15)
        for meal, share in shares.items()
    )


def report_the_nights(organisations: Iterable[Organisation], now: datetime) -> None:
    """The reports of the last thirty nights: of each organisation one that nobody confirmed, and one that is not there."""
    mine = [list(Shelter.objects.filter(organisation=one).order_by("pk")) for one in organisations]
    houses = [house for theirs in mine for house in theirs]
    missing = {theirs[-1].pk for theirs in mine}
    unconfirmed = {theirs[0].pk for theirs in mine}
    by = {theirs[0].organisation_id: first_coordinator(theirs[0]) for theirs in mine}
    rows = []
    for ago in range(REPORTED, 0, -1):
        night = min(tonight(house, now) for house in houses) - timedelta(days=ago)
        counted = report_figures.count(houses, night, now)
        for house in houses:
            if ago == WITHOUT_REPORT and house.pk in missing:
                continue
            is_confirmed = not (ago == NOT_CONFIRMED and house.pk in unconfirmed)
            rows.append(report_of(house, night, counted[house.pk], by[house.organisation_id] if is_confirmed else None))
    CapacityReport.objects.bulk_create(rows)


def first_coordinator(house: Shelter) -> Staff:
    memberships = Membership.objects.filter(organisation=house.organisation_id, role=Role.COORDINATOR)
    return memberships.select_related("staff").order_by("pk")[0].staff


def report_of(house: Shelter, night: date, figures: dict[str, Any], by: Staff | None) -> CapacityReport:
    """A frozen report: confirmed twenty minutes after its draft, or sent in the morning without that."""
    drafted_at = reports.drafted_at(house, night)
    at = drafted_at + timedelta(minutes=20) if by else reports.sent_at(house, night)
    return CapacityReport(
        shelter=house,
        night=night,
        state=ReportState.CONFIRMED if by else ReportState.UNCONFIRMED,
        figures=figures,
        drafted_at=drafted_at,
        counted_at=at,
        frozen_at=at,
        confirmed_at=at if by else None,
        confirmed_by=by,
    )
