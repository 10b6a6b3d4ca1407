"""How many eat, and what was served."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Diet, Food, NeedCode, SpecificNeed
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import (
    Answer,
    BedNight,
    CountingMethod,
    Meal,
    MealCount,
    PlacementState,
    RollCall,
    RollCallMark,
    Source,
    Stay,
)
from shelters.nights import ONE_DAY, instant_at, tonight
from shelters.services import meals
from shelters.services.meals import AgeBand, age_band, heads, heads_of, meals_served, record_meal
from tests.factories import (
    FamilyFactory,
    PassageFactory,
    PersonFactory,
    PlacementFactory,
    ShelterFactory,
    SpaceFactory,
    StaffFactory,
    StayFactory,
)
from tests.factories_supplies import LegalAppointmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cook():
    return StaffFactory(role=Role.SUPPLIES)


@pytest.fixture
def shelter(cook):
    return ShelterFactory(organisation=cook.organisation, name="Casa Mezquite", slug="mezquite")


@pytest.fixture
def family(shelter):
    """A mother, a father, a child and a baby, each in a bed: 1 to 4."""
    family = FamilyFactory(organisation=shelter.organisation, ages=[34, 36, 9, 0])
    baby = family.people[3]
    baby.born_on = timezone.localdate() - timedelta(days=100)
    baby.save()
    space = SpaceFactory(shelter=shelter, beds=4)
    for person, bed in zip(family.people, space.beds.all(), strict=True):
        PlacementFactory(bed=bed, person=person, family=family)
    return family


def totals(plan):
    return [one.total for one in plan.meals]


def leaving(family, shelter, hour, food, people=None, days=1):
    """An appointment for which they leave at this hour, on tomorrow's date of the shelter."""
    day = tonight(shelter) + ONE_DAY * days
    leaves_at = instant_at(shelter, day, hour)
    return LegalAppointmentFactory(
        family=family, people=people, local_date=day, local_time=time(23), leaves_at=leaves_at, food=food
    )


def mark(stay, shelter, answer, night=None, is_current=True):
    roll_call, _new = RollCall.objects.get_or_create(shelter=shelter, night=night or tonight(shelter))
    RollCallMark.objects.create(
        roll_call=roll_call, stay=stay, answer=answer, happened_at=timezone.now(), is_current=is_current
    )


def test_everybody_in_the_house_eats_all_four_meals_by_their_age(shelter, family):
    plan = heads(shelter)

    assert [(one.meal, one.day) for one in plan.meals] == [
        (Meal.SUPPER, plan.night),
        (Meal.BREAKFAST, plan.night + ONE_DAY),
        (Meal.LUNCH, plan.night + ONE_DAY),
        (Meal.SUPPER, plan.night + ONE_DAY),
    ]
    assert totals(plan) == [4, 4, 4, 4]
    assert {band: count for band, count in plan.supper.by_band.items() if count} == {
        AgeBand.NEWBORN: 1,
        AgeBand.CHILD: 1,
        AgeBand.ADULT: 2,
    }


@pytest.mark.parametrize(
    ("born_on", "band"),
    [
        (date(2026, 11, 26), AgeBand.NEWBORN),
        (date(2026, 5, 27), AgeBand.NEWBORN),
        (date(2026, 5, 26), AgeBand.INFANT),
        (date(2024, 11, 27), AgeBand.INFANT),
        (date(2024, 11, 26), AgeBand.CHILD),
        (date(2014, 11, 27), AgeBand.CHILD),
        (date(2014, 11, 26), AgeBand.TEEN),
        (date(2008, 11, 27), AgeBand.TEEN),
        (date(2008, 11, 26), AgeBand.ADULT),
        (date(1966, 11, 27), AgeBand.ADULT),
        (date(1966, 11, 26), AgeBand.OLDER),
        (date(2027, 1, 1), AgeBand.UNKNOWN),
        (None, AgeBand.UNKNOWN),
    ],
)
def test_the_kitchens_ages_begin_on_the_day_itself(born_on, band):
    assert age_band(PersonFactory.build(organisation=None, born_on=born_on), date(2026, 11, 26)) == band


def test_who_leaves_for_good_tomorrow_has_breakfast_and_no_lunch(shelter, family):
    Stay.objects.filter(person=family.people[0]).update(expected_departure_on=tonight(shelter) + ONE_DAY)
    Stay.objects.filter(person=family.people[1]).update(expected_departure_on=tonight(shelter) + 2 * ONE_DAY)

    plan = heads(shelter)

    assert totals(plan) == [4, 4, 3, 3]
    assert plan.leaving_for_good == 1


def test_whom_the_roll_call_says_away_is_not_cooked_for_tonight(shelter, family):
    stays = list(Stay.objects.order_by("pk"))
    mark(stays[0], shelter, Answer.LEAVE)
    mark(stays[1], shelter, Answer.ABSENT)
    mark(stays[2], shelter, Answer.PRESENT)
    mark(stays[3], shelter, Answer.ABSENT, is_current=False)  # Undone, or answered anew.
    mark(stays[3], shelter, Answer.ABSENT, night=tonight(shelter) - ONE_DAY)

    plan = heads(shelter)

    assert totals(plan) == [2, 2, 4, 4]
    assert plan.away == 2


def test_who_came_in_after_the_roll_call_said_away_has_breakfast(shelter, family, cook):
    came, went_again, *_rest = Stay.objects.order_by("pk")
    for stay in (came, went_again):
        mark(stay, shelter, Answer.ABSENT)
    RollCallMark.objects.update(happened_at=timezone.now() - timedelta(hours=2))
    for stay, direction, minutes in ((came, "in", 40), (went_again, "in", 40), (went_again, "out", 20)):
        PassageFactory(stay=stay, direction=direction, happened_at=timezone.now() - timedelta(minutes=minutes))

    plan = heads(shelter)

    assert (totals(plan)[:2], plan.away) == ([3, 3], 1)


def test_a_bag_takes_the_place_of_lunch_and_the_first_must_be_ready_in_time(shelter, family):
    leaving(family, shelter, time(3, 45), Food.BOTH, people=family.people[:1])
    leaving(family, shelter, time(6, 30), Food.LUNCH, people=family.people[1:2])
    leaving(family, shelter, time(8, 15), Food.NONE, people=family.people[2:3])
    leaving(family, shelter, time(17), Food.LUNCH, people=family.people[3:])

    plan = heads(shelter)

    assert totals(plan) == [4, 4, 2, 4]
    assert (plan.early_breakfasts, plan.bags) == (1, 3)
    day = plan.tomorrow
    assert [(one.ready_at, one.breakfasts, one.bags) for one in plan.early] == [
        (instant_at(shelter, day, time(3, 30)), 1, 1),
        (instant_at(shelter, day, time(6, 15)), 0, 1),
        (instant_at(shelter, day, time(16, 45)), 0, 1),
    ]


def test_only_what_is_still_on_and_leaves_tomorrow_counts(shelter, family):
    leaving(family, shelter, time(8), Food.LUNCH, days=2)
    leaving(family, shelter, time(8), Food.LUNCH, days=0)
    cancelled = leaving(family, shelter, time(8), Food.LUNCH)
    cancelled.state = "cancelled"
    cancelled.save()

    assert heads(shelter).bags == 0


def test_someone_with_two_appointments_takes_one_bag(shelter, family):
    leaving(family, shelter, time(9), Food.LUNCH, people=family.people[:1])
    leaving(family, shelter, time(6), Food.NONE, people=family.people[:1])
    leaving(family, shelter, time(12), Food.LUNCH, people=family.people[:1])

    plan = heads(shelter)

    assert plan.bags == 1
    assert [one.leaves_at for one in plan.early] == [instant_at(shelter, plan.tomorrow, time(9))]


def test_who_is_expected_is_said_apart(shelter, family):
    PlacementFactory(shelter=shelter, state=PlacementState.HELD, space=None, bed=None)
    PlacementFactory(shelter=shelter, state=PlacementState.HELD, hold_expires_at=timezone.now() - timedelta(minutes=1))

    plan = heads(shelter)

    assert plan.expected == 1
    assert totals(plan) == [4, 4, 4, 4]


def test_who_has_left_or_was_checked_in_by_mistake_does_not_eat(shelter, family):
    now = timezone.now()
    Stay.objects.filter(person=family.people[0]).update(departed_at=now)
    Stay.objects.filter(person=family.people[1]).update(voided_at=now)

    assert totals(heads(shelter)) == [2, 2, 2, 2]


def test_where_nights_are_counted_one_by_one_the_counted_eat(cook):
    shelter = ShelterFactory(organisation=cook.organisation, counting=CountingMethod.NIGHT_BY_NIGHT)
    counted = PersonFactory(organisation=cook.organisation)
    BedNight.objects.create(shelter=shelter, person=counted, night=tonight(shelter))
    StayFactory(shelter=shelter, source=Source.IMPORT)
    StayFactory(shelter=shelter)

    assert totals(heads(shelter)) == [2, 2, 2, 2]


def test_diets_are_counted_at_each_meal_and_one_that_nobody_wrote_is_unknown(shelter, family):
    mother, father, child, _baby = family.people
    mother.diets = [Diet.NO_MEAT, Diet.ALLERGY]
    mother.save()
    SpecificNeed.objects.create(person=father, code=NeedCode.DIET)
    SpecificNeed.objects.create(person=mother, code=NeedCode.DIET)
    SpecificNeed.objects.create(person=child, code=NeedCode.DIET, ended_at=timezone.now())
    Stay.objects.filter(person=mother).update(expected_departure_on=tonight(shelter) + ONE_DAY)

    plan = heads(shelter)

    assert plan.supper.by_diet == {Diet.NO_MEAT: 1, Diet.ALLERGY: 1, "": 1}
    assert plan.meals[2].by_diet == {"": 1}
    assert [(one.place[2], one.diets) for one in plan.special] == [("1", [Diet.NO_MEAT, Diet.ALLERGY]), ("2", [""])]


# --- Tonight, after midnight and when clocks change --------------------------------------------------------------------


def test_after_midnight_tonight_is_still_the_night_before(shelter, family):
    evening = instant_at(shelter, date(2026, 11, 20), time(23))
    Stay.objects.update(arrived_at=evening)
    after_midnight = instant_at(shelter, date(2026, 11, 21), time(0, 30))
    LegalAppointmentFactory(
        family=family,
        local_date=date(2026, 11, 21),
        leaves_at=instant_at(shelter, date(2026, 11, 21), time(4)),
        food=Food.LUNCH,
    )

    plan = heads(shelter, now=after_midnight)

    assert plan.night == date(2026, 11, 20)
    assert [one.day.day for one in plan.meals] == [20, 21, 21, 21]
    assert plan.bags == 4


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 10, 31), 25), (date(2026, 3, 7), 23)], ids=["clocks back", "clocks forward"]
)
def test_tomorrow_is_the_whole_day_where_the_clocks_change(shelter, family, night, hours):
    """In Tijuana the day after these nights has 25 and 23 hours: who leaves at 23:30 leaves tomorrow, at 00:10 not."""
    Stay.objects.update(arrived_at=instant_at(shelter, night, time(20)))
    tomorrow = night + ONE_DAY
    late, too_late = instant_at(shelter, tomorrow, time(23, 30)), instant_at(shelter, tomorrow + ONE_DAY, time(0, 10))
    for person, at in zip(family.people, (late, too_late), strict=False):
        LegalAppointmentFactory(
            family=family,
            people=[person],
            local_date=tomorrow + ONE_DAY,
            local_time=time(5),
            leaves_at=at,
            food=Food.LUNCH,
        )

    plan = heads(shelter, now=instant_at(shelter, night, time(21)))

    start, end = (instant_at(shelter, tomorrow + ONE_DAY * number, time(0)) for number in (0, 1))
    assert end - start == timedelta(hours=hours)
    assert [one.leaves_at for one in plan.early] == [late.astimezone(UTC)]


@pytest.mark.parametrize("houses", [1, 4])
def test_the_heads_of_any_number_of_shelters_take_six_queries(cook, houses, django_assert_num_queries):
    shelters = [ShelterFactory(organisation=cook.organisation) for _ in range(houses)]
    for shelter in shelters:
        for bed in SpaceFactory(shelter=shelter, beds=3).beds.all():
            PlacementFactory(bed=bed)

    with django_assert_num_queries(6):
        plans = heads_of(shelters)
        found = {pk: totals(plan) for pk, plan in plans.items()}

    assert found == {shelter.pk: [3, 3, 3, 3] for shelter in shelters}


# --- The kitchen's sheet ----------------------------------------------------------------------------------------------


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_kitchen_sees_beds_and_initials_and_the_coordinator_names(client, cook, shelter, family):
    mother = family.people[0]
    mother.given_names, mother.first_surname, mother.second_surname = "Xochitl Ana", "Muestra", ""
    mother.diets = [Diet.NO_MEAT]
    mother.save()

    client.force_login(cook)
    of_the_cook = text(client.get(reverse("shelters:kitchen", args=["mezquite"])))
    client.force_login(StaffFactory(organisation=cook.organisation, role=Role.COORDINATOR))
    of_the_coordinator = text(client.get(reverse("shelters:kitchen", args=["mezquite"])))

    assert "X. M." in of_the_cook
    assert "Xochitl" not in of_the_cook
    assert "<bdi>Xochitl M.</bdi>" in of_the_coordinator
    assert "Muestra" not in of_the_coordinator
    assert "No meat" in of_the_cook
    assert ReadLog.objects.filter(what="kitchen", count=1).count() == 2


def test_the_sheet_says_when_the_first_bag_must_be_ready(client, cook, shelter, family):
    leaving(family, shelter, time(3, 45), Food.LUNCH)
    client.force_login(cook)

    page = text(client.get(reverse("shelters:kitchen", args=["mezquite"])))

    assert "The first must be ready at <b>03:30</b>." in page
    assert "4 people for supper." in page


def test_with_one_house_the_kitchen_opens_at_once_and_with_two_it_asks(client, cook, shelter, family):
    client.force_login(cook)
    first = client.get(reverse("shelters:kitchens"))
    ShelterFactory(organisation=cook.organisation, name="Casa Ocotillo")

    second = text(client.get(reverse("shelters:kitchens")))

    assert first.url == reverse("shelters:kitchen", args=["mezquite"])
    assert "4 for tonight's supper" in second
    assert "0 for tonight's supper" in second


# --- What was served --------------------------------------------------------------------------------------------------


def today_of(shelter):
    return timezone.now().astimezone(meals.nights.zone(shelter)).date()


def test_a_second_count_of_a_meal_corrects_the_first_and_the_history_keeps_both(shelter, cook):
    day = today_of(shelter)
    for served in (40, 42):
        record_meal(shelter=shelter, day=day, meal=Meal.SUPPER, served=served, by=cook)

    assert MealCount.objects.get().served == 42
    assert list(MealCount.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", "served")) == [
        ("insert", 40),
        ("update", 42),
    ]


def test_a_meal_that_nobody_counted_is_unknown_and_none_served_is_zero(shelter, cook):
    day, other = today_of(shelter), ShelterFactory()
    record_meal(shelter=shelter, day=day, meal=Meal.LUNCH, served=0, by=cook)

    assert meals_served([(shelter, day), (other.pk, day)]) == {
        (shelter.pk, day): {Meal.BREAKFAST: None, Meal.LUNCH: 0, Meal.SUPPER: None},
        (other.pk, day): {Meal.BREAKFAST: None, Meal.LUNCH: None, Meal.SUPPER: None},
    }


@pytest.mark.parametrize(
    ("days", "served", "sentence"),
    [
        (1, 5, "That day has not come"),
        (-32, 5, "more than a month ago"),
        (0, -1, "between 0 and"),
        (0, 10_000, "0 and"),
    ],
)
def test_what_cannot_have_been_served_is_refused(shelter, cook, days, served, sentence):
    with pytest.raises(Refused, match=sentence):
        record_meal(shelter=shelter, day=today_of(shelter) + ONE_DAY * days, meal="lunch", served=served, by=cook)
    with pytest.raises(Refused, match="another organisation"):
        record_meal(shelter=shelter, day=today_of(shelter), meal="lunch", served=1, by=StaffFactory())


def test_portions_are_written_on_the_page_and_stand_in_its_table(client, cook, shelter):
    client.force_login(cook)
    address = reverse("shelters:meals", args=["mezquite"])
    day = today_of(shelter)
    data = {"day_0": day.day, "day_1": day.month, "day_2": day.year, "meal": "supper", "served": "137"}
    names = {"day_0": "day_day", "day_1": "day_month", "day_2": "day_year"}

    answer = client.post(address, {names.get(key, key): value for key, value in data.items()})
    page = text(client.get(address))

    assert answer.status_code == 302
    assert '<td class="n" data-label="Supper">137</td>' in page
    assert "Supper: 137 portions." in page


def test_an_instant_is_what_it_says():
    """The factory of appointments keeps wall time and instant together: these tests stand on it."""
    appointment = LegalAppointmentFactory(local_date=date(2026, 7, 1), local_time=time(10))

    assert appointment.starts_at == datetime(2026, 7, 1, 17, tzinfo=UTC)
