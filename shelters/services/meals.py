"""How many eat: tonight's supper and tomorrow's meals, from the beds and from the list of tomorrow; and what was served.

Tonight's night decides, also after midnight (shelters.nights). Who eats what:
- supper tonight and breakfast tomorrow: everyone of the night whom the roll-call does not say is away;
- lunch tomorrow: everyone but those who leave for good tomorrow, and those who take a packed lunch on their way;
- supper tomorrow: everyone but those who leave for good tomorrow.
People for whom a bed is held are expected: they are said apart, never added.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, OuterRef, Q, TextChoices, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import STILL_ON, AppointmentPerson, Diet, Food, NeedCode, Person, SpecificNeed
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import (
    AWAY,
    BedNight,
    CountingMethod,
    Direction,
    Meal,
    MealCount,
    Placement,
    RollCallMark,
    Shelter,
    Source,
    Stay,
)
from shelters.services import desk

LUNCH_IS_OVER = time(15)  # Who leaves after it with a packed meal has had lunch in the house.
BEFORE_LEAVING = timedelta(minutes=15)  # A bag is ready so long before they leave.
MOST_SERVED = 9999
RECORDED_WITHIN = timedelta(days=31)
UNKNOWN_DIET = ""  # A special diet was noted, and not which.


class AgeBand(TextChoices):
    """The kitchen's ages: what is cooked differs, not how."""

    NEWBORN = "0-5m", gettext_lazy("Under 6 months")
    INFANT = "6-23m", gettext_lazy("6 to 23 months")
    CHILD = "2-11", gettext_lazy("2 to 11 years")
    TEEN = "12-17", gettext_lazy("12 to 17 years")
    ADULT = "18-59", gettext_lazy("18 to 59 years")
    OLDER = "60+", gettext_lazy("60 years and over")
    UNKNOWN = "unknown", gettext_lazy("Age not known")


def age_band(person: Person, day: date) -> AgeBand:
    """The kitchen's age of someone on a date."""
    age = person.age_on(day)
    if age is None or age < 0 or person.born_on is None:
        return AgeBand.UNKNOWN
    if age < 2:
        born = person.born_on
        months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
        return AgeBand.NEWBORN if months < 6 else AgeBand.INFANT
    bands = ((12, AgeBand.CHILD), (18, AgeBand.TEEN), (60, AgeBand.ADULT))
    return next((band for limit, band in bands if age < limit), AgeBand.OLDER)


@dataclass
class Eater:
    """One person of the night, as the kitchen needs to know them."""

    person: Person
    stay: Stay | None = None
    place: tuple[int, str, str] | None = None  # The position and name of the space; the bed, where there is one.
    is_away: bool = False  # The roll-call of tonight says so.
    leaves_for_good: bool = False  # Tomorrow, or should have left already.
    leaves_at: datetime | None = None  # Tomorrow, for an appointment: the first time.
    has_early_breakfast: bool = False
    has_bag: bool = False
    misses_lunch: bool = False
    diets: list[str] = field(default_factory=list)

    def eats(self, meal: str) -> bool:
        if meal in {"supper", "breakfast"}:
            return not self.is_away
        return not self.leaves_for_good and not (meal == "lunch" and self.misses_lunch)


@dataclass
class Heads:
    """How many eat one meal."""

    meal: Meal
    day: date
    total: int
    by_band: dict[AgeBand, int]
    by_diet: dict[str, int]


@dataclass
class EarlyMeal:
    """What must be ready before the house is up, for who leaves at one moment."""

    leaves_at: datetime
    breakfasts: int = 0
    bags: int = 0

    @property
    def ready_at(self) -> datetime:
        return self.leaves_at - BEFORE_LEAVING


@dataclass
class MealPlan:
    """Tonight's supper and tomorrow's meals of one shelter. `expected` are people for whom a bed is held."""

    shelter: Shelter
    night: date
    eaters: list[Eater] = field(default_factory=list)
    expected: int = 0

    @property
    def tomorrow(self) -> date:
        return self.night + nights.ONE_DAY

    @property
    def supper(self) -> Heads:
        return self.heads("supper", Meal.SUPPER, self.night)

    @property
    def meals(self) -> list[Heads]:
        """Supper tonight, then breakfast, lunch and supper tomorrow."""
        return [
            self.supper,
            self.heads("breakfast", Meal.BREAKFAST, self.tomorrow),
            self.heads("lunch", Meal.LUNCH, self.tomorrow),
            self.heads("supper_tomorrow", Meal.SUPPER, self.tomorrow),
        ]

    def heads(self, key: str, meal: Meal, day: date) -> Heads:
        eating = [eater for eater in self.eaters if eater.eats(key)]
        bands = Counter(age_band(eater.person, day) for eater in eating)
        diets = Counter(diet for eater in eating for diet in eater.diets)
        return Heads(meal, day, len(eating), {band: bands[band] for band in AgeBand}, dict(diets))

    @property
    def away(self) -> int:
        return sum(eater.is_away for eater in self.eaters)

    @property
    def leaving_for_good(self) -> int:
        return sum(eater.leaves_for_good for eater in self.eaters)

    @property
    def bags(self) -> int:
        return sum(eater.has_bag for eater in self.eaters)

    @property
    def early_breakfasts(self) -> int:
        return sum(eater.has_early_breakfast for eater in self.eaters)

    @property
    def early(self) -> list[EarlyMeal]:
        """Early breakfasts and bags by the moment at which people leave, the first first."""
        found: dict[datetime, EarlyMeal] = {}
        for eater in self.eaters:
            if eater.leaves_at and (eater.has_early_breakfast or eater.has_bag):
                entry = found.setdefault(eater.leaves_at, EarlyMeal(eater.leaves_at))
                entry.breakfasts += eater.has_early_breakfast
                entry.bags += eater.has_bag
        return [found[at] for at in sorted(found)]

    @property
    def special(self) -> list[Eater]:
        """Whom the kitchen cooks for apart, by bed."""
        last = (32_768, "", "")  # Whose place is not known stands at the end.
        apart = (eater for eater in self.eaters if eater.diets)
        return sorted(apart, key=lambda eater: (eater.place or last, eater.person.pk))


# --- Counting heads ----------------------------------------------------------------------------------------------------


def heads(shelter: Shelter, night: date | None = None, now: datetime | None = None) -> MealPlan:
    """The plan of one shelter for a night (tonight). Six queries, seven where nights are counted one by one."""
    return heads_of([shelter], night, now)[shelter.pk]


def heads_of(
    shelters: Iterable[Shelter], night: date | None = None, now: datetime | None = None
) -> dict[int, MealPlan]:
    """The plan of each shelter for a night, or each for its own tonight, by shelter id.

    Six queries for any number of shelters, seven where one of them counts night by night.
    """
    now = now or timezone.now()
    plans = {one.pk: MealPlan(one, night or nights.tonight(one, now)) for one in shelters}
    if not plans:
        return {}
    for shelter_id, eater in _eaters(list(plans.values()), now):
        plans[shelter_id].eaters.append(eater)
    _add_places(plans, now)
    _add_answers(plans, now)
    _add_ways(plans)
    _add_diets(plans)
    _add_expected(plans, now)
    return plans


def _at(plan: MealPlan, now: datetime) -> datetime:
    return nights.counting_instant(plan.shelter, plan.night, now)


def _eaters(plans: Sequence[MealPlan], now: datetime) -> list[tuple[int, Eater]]:
    """Who is in each house: by their stays, and where nights are counted one by one by what was counted too."""
    at = {plan.shelter.pk: _at(plan, now) for plan in plans}
    by_night = [plan for plan in plans if plan.shelter.counting == CountingMethod.NIGHT_BY_NIGHT]
    ids = {plan.shelter.pk for plan in by_night}
    stays = Stay.objects.valid().filter(
        Q(departed_at=None) | Q(departed_at__gt=min(at.values())), shelter__in=at, arrived_at__lte=max(at.values())
    )
    found: dict[tuple[int, int], Eater] = {}
    for stay in stays.select_related("person").order_by("pk"):
        instant = at[stay.shelter_id]
        is_there = stay.arrived_at <= instant and (stay.departed_at is None or stay.departed_at > instant)
        if is_there and (stay.shelter_id not in ids or stay.source == Source.DESK):
            found[stay.shelter_id, stay.person_id] = Eater(stay.person, stay)
    of_night = Q(pk__in=[])
    for plan in by_night:
        of_night |= Q(shelter=plan.shelter, night=plan.night)
    for row in BedNight.objects.filter(of_night).select_related("person"):
        found.setdefault((row.shelter_id, row.person_id), Eater(row.person))
    last = {plan.shelter.pk: plan.tomorrow for plan in plans}
    for (shelter_id, _person), eater in found.items():
        leaves = eater.stay.expected_departure_on if eater.stay else None
        eater.leaves_for_good = leaves is not None and leaves <= last[shelter_id]
    return [(shelter_id, eater) for (shelter_id, _person), eater in found.items()]


def _add_places(plans: dict[int, MealPlan], now: datetime) -> None:
    """Where each one sleeps: a bed's number is told with its space, for another space has the same number."""
    at = {pk: _at(plan, now) for pk, plan in plans.items()}
    by_stay = _by_stay(plans)
    rows = Placement.objects.filter(stay__in=list(by_stay), space__isnull=False, actual__isnull=False)
    fields = ("stay_id", "shelter_id", "actual", "space__name", "space__position", "bed__label")
    for row in rows.select_related("space", "bed").only(*fields):
        if at[row.shelter_id] in row.actual and row.space is not None and row.stay_id is not None:
            place = (row.space.position, row.space.name, row.bed.label if row.bed else "")
            by_stay[row.stay_id].place = place


def _by_stay(plans: dict[int, MealPlan]) -> dict[int, Eater]:
    return {eater.stay.pk: eater for plan in plans.values() for eater in plan.eaters if eater.stay}


def _add_answers(plans: dict[int, MealPlan], now: datetime) -> None:
    """Who the roll-call of the night says is away, but for those whom the door saw come in after that."""
    by_stay = _by_stay(plans)
    until = Case(*[When(roll_call__shelter=pk, then=Value(_at(plan, now))) for pk, plan in plans.items()])
    marks = RollCallMark.objects.current().filter(stay__in=list(by_stay), answer__in=AWAY)
    marks = marks.annotate(until=until).with_door(OuterRef("until"))
    fields = ("stay_id", "roll_call__shelter_id", "roll_call__night", "door_since")
    for stay_id, shelter_id, night, door_since in marks.values_list(*fields):
        if shelter_id in plans and plans[shelter_id].night == night and door_since != Direction.IN:
            by_stay[stay_id].is_away = True


def _add_ways(plans: dict[int, MealPlan]) -> None:
    """Who leaves tomorrow for an appointment, when first, and with what food: the list of tomorrow."""
    days = {pk: _day(plan) for pk, plan in plans.items()}
    start, end = min(day[0] for day in days.values()), max(day[1] for day in days.values())
    by_person = {eater.person.pk: (pk, eater) for pk, plan in plans.items() for eater in plan.eaters}
    goers = AppointmentPerson.objects.filter(
        person__in=list(by_person),
        appointment__state__in=STILL_ON,
        appointment__leave_shelter_at__gte=start,
        appointment__leave_shelter_at__lt=end,
    ).select_related("appointment")
    for goer in goers.order_by("appointment__leave_shelter_at", "pk"):
        shelter_id, eater = by_person[goer.person_id]
        leaves_at = goer.appointment.leave_shelter_at
        if days[shelter_id][0] <= leaves_at < days[shelter_id][1]:
            _send_off(eater, leaves_at, goer.appointment.food, plans[shelter_id])


def _send_off(eater: Eater, leaves_at: datetime, food: str, plan: MealPlan) -> None:
    has_bag = food in {Food.LUNCH, Food.BOTH}
    has_breakfast = food in {Food.BREAKFAST, Food.BOTH}
    if not (eater.has_bag or eater.has_early_breakfast):  # What is cooked for waits for the first who takes food.
        eater.leaves_at = leaves_at if eater.leaves_at is None or has_bag or has_breakfast else eater.leaves_at
    eater.has_bag |= has_bag
    eater.has_early_breakfast |= has_breakfast
    eater.misses_lunch |= has_bag and nights.local(plan.shelter, leaves_at).time() < LUNCH_IS_OVER


def _day(plan: MealPlan) -> tuple[datetime, datetime]:
    """Tomorrow on the shelter's clock: from midnight to midnight, 23 or 25 hours where the clocks change."""
    tomorrow = plan.tomorrow
    return nights.midnight(plan.shelter, tomorrow), nights.midnight(plan.shelter, tomorrow + nights.ONE_DAY)


def _add_diets(plans: dict[int, MealPlan]) -> None:
    """What is cooked apart. A special diet that was noted without saying which is unknown: somebody must ask."""
    eaters = [eater for plan in plans.values() for eater in plan.eaters]
    needs = SpecificNeed.objects.filter(
        person__in=[eater.person.pk for eater in eaters], code=NeedCode.DIET, ended_at=None
    )
    noted = set(needs.values_list("person_id", flat=True))
    for eater in eaters:
        known = [diet for diet in Diet.values if diet in eater.person.diets]
        eater.diets = known or ([UNKNOWN_DIET] if eater.person.pk in noted else [])


def _add_expected(plans: dict[int, MealPlan], now: datetime) -> None:
    """One held place is one person who may come."""
    for hold in Placement.objects.holds_in_force(now).filter(shelter__in=plans).only("shelter_id", "planned"):
        plan = plans[hold.shelter_id]
        plan.expected += nights.last_moment_of(plan.shelter, plan.night) in hold.planned


# --- What was served ---------------------------------------------------------------------------------------------------


def meals_served(pairs: Iterable[tuple[Any, date]]) -> dict[tuple[int, date], dict[Meal, int | None]]:
    """Portions of each meal by (shelter id, date); None where the kitchen counted nothing. One query for any number.

    `pairs` are (shelter or its id, date); the date of a night's supper is the night's own.
    """
    asked = [(getattr(shelter, "pk", shelter), day) for shelter, day in pairs]
    found: dict[tuple[int, date], dict[Meal, int | None]] = {pair: dict.fromkeys(Meal) for pair in asked}
    rows = MealCount.objects.filter(shelter__in={pk for pk, _day in asked}, day__in={day for _pk, day in asked})
    for row in rows:
        if (row.shelter_id, row.day) in found:
            found[row.shelter_id, row.day][Meal(row.meal)] = row.served
    return found


@transaction.atomic
def record_meal(*, shelter: Shelter, day: date, meal: str, served: int, by: Staff) -> MealCount:
    """Write how many portions were served. A second count corrects the first; the history keeps both."""
    shelter = desk.lock(shelter, by)
    today = nights.local(shelter, timezone.now()).date()
    if meal not in Meal.values:
        raise Refused(_("Choose the meal."))
    if day > today:
        raise Refused(_("That day has not come. Write what was served, afterwards."))
    if today - day > RECORDED_WITHIN:
        raise Refused(_("That is more than a month ago. Check the date."))
    if not 0 <= served <= MOST_SERVED:
        raise Refused(_("Write how many portions, between 0 and %(most)s.") % {"most": MOST_SERVED})
    row, _is_new = MealCount.objects.update_or_create(
        shelter=shelter, day=day, meal=meal, defaults={"served": served, "at": timezone.now(), "by": by}
    )
    return row
