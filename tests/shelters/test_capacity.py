"""The figures of a night: each rule by an example, both clock changes, and any small world against a count by hand (60 worlds
in the suite, 600 in `make soak`)."""

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngo.errors import Refused
from shelters.models import (
    Answer,
    BedBlock,
    BedNight,
    CountingMethod,
    Opening,
    Placement,
    PlacementState,
    ShelterState,
    Source,
    Stay,
)
from shelters.services import capacity
from tests import SOAK
from tests.factories import (
    BedFactory,
    OrganisationFactory,
    PersonFactory,
    PlacementFactory,
    RollCallMarkFactory,
    ShelterFactory,
    SpaceFactory,
    StayFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

TIJUANA = ZoneInfo("America/Tijuana")
NIGHT = date(2026, 11, 18)
AFTER = datetime(2026, 11, 20, 12, tzinfo=UTC)  # Long after that night.
FIELDS = [
    *("shelter", "night", "state", "nominal", "out_of_service", "held", "surge", "occupied", "occupied_surge"),
    *("free", "over", "arrivals", "departures", "turned_away", "confirmed_at", "confirmed_by"),
]


def wall(day, hour, minute=0, zone=TIJUANA):
    """An instant on the shelter's clock, `day` nights after NIGHT."""
    return datetime.combine(NIGHT + timedelta(days=day), time(hour, minute), zone)


EVENING, MORNING = wall(0, 20), wall(1, 9)


def night_of(shelter, night=NIGHT, now=AFTER):
    (row,) = capacity.figures([shelter], night, now)
    return row


def some(row, *names):
    return tuple(getattr(row, name) for name in names)


def in_bed(bed, arrived_at=EVENING, departed_at=None):
    state = PlacementState.OUT if departed_at else PlacementState.IN
    stay = StayFactory(shelter=bed.space.shelter, arrived_at=arrived_at, departed_at=departed_at)
    return PlacementFactory(bed=bed, stay=stay, state=state)


def on_the_floor(space, arrived_at=EVENING):
    return PlacementFactory(bed=None, space=space, stay=StayFactory(shelter=space.shelter, arrived_at=arrived_at))


def beds_of(shelter):
    return [bed for space in shelter.spaces.order_by("pk") for bed in space.beds.order_by("pk")]


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


# --- Places ----------------------------------------------------------------------------------------------------------
def test_an_empty_house_is_free():
    row = night_of(ShelterFactory(beds=3))

    assert some(row, "state", "nominal", "occupied", "free", "over") == ("live", 3, 0, 3, 0)
    assert some(row, "turned_away", "confirmed_at", "confirmed_by") == (None, None, None)


def test_free_beds_for_men_do_not_help_women_on_mats():
    shelter = ShelterFactory()
    men, women = SpaceFactory(shelter=shelter, beds=2), SpaceFactory(shelter=shelter, beds=1)
    in_bed(women.beds.get())
    on_the_floor(women)
    on_the_floor(women)

    row = night_of(shelter)

    assert some(row, "occupied", "occupied_surge", "free", "over") == (3, 2, 2, 2)
    assert [some(space, "occupied", "free", "over") for space in row.per_space] == [(0, 2, 0), (3, 0, 2)]
    assert [space.space for space in row.per_space] == [men, women]


def test_a_bed_out_of_service_is_nominal_but_not_free():
    shelter = ShelterFactory(beds=3)
    bed = beds_of(shelter)[0]
    BedBlock.objects.create(bed=bed, nights=DateRange(NIGHT, NIGHT + timedelta(days=1)), reason="rota")

    assert some(night_of(shelter), "nominal", "out_of_service", "free") == (3, 1, 2)
    assert some(night_of(shelter, NIGHT + timedelta(days=1)), "nominal", "out_of_service", "free") == (3, 0, 3)


def test_no_more_is_free_than_the_fire_limit_lets_in():
    shelter = ShelterFactory()
    small = SpaceFactory(shelter=shelter, beds=4, fire_limit=2)
    SpaceFactory(shelter=shelter, beds=3, fire_limit=9)
    in_bed(small.beds.first())
    assert some(night_of(shelter), "nominal", "held", "free") == (7, 0, 4)

    hold(small.beds.last(), EVENING, wall(1, 12), wall(1, 8))
    assert [some(space, "held", "free") for space in night_of(shelter).per_space] == [(1, 0), (0, 3)]
    on_the_floor(small)
    assert night_of(shelter).free == 3


@pytest.mark.parametrize("is_on_the_floor", [False, True])
def test_who_is_away_counts_against_the_fire_limit_once(is_on_the_floor):
    space = SpaceFactory(beds=4, fire_limit=2)
    place = on_the_floor(space) if is_on_the_floor else in_bed(space.beds.first())
    RollCallMarkFactory(stay=place.stay, night=NIGHT, answer=Answer.ABSENT, happened_at=EVENING)

    assert some(night_of(space.shelter), "occupied", "away", "free") == (0, 1, 1)


def test_capacity_is_that_of_the_night():
    space = SpaceFactory(beds=1)
    BedFactory(space=space, since=NIGHT + timedelta(days=1))
    BedFactory(space=space, since=NIGHT - timedelta(days=9), until=NIGHT)  # Until: the first night that it is gone.

    nominal = [night_of(space.shelter, NIGHT + timedelta(days=days)).nominal for days in (-1, 0, 1)]

    assert nominal == [2, 1, 2]


def test_surge_places_are_counted_apart():
    space = SpaceFactory(beds=1)
    in_bed(space.beds.get())
    in_bed(BedFactory(space=space, is_surge=True))
    broken = BedFactory(space=space, is_surge=True)
    BedBlock.objects.create(bed=broken, nights=DateRange(NIGHT, None), reason="rota")

    row = night_of(space.shelter)

    assert some(row, "nominal", "surge", "occupied", "occupied_surge", "free", "over") == (1, 1, 2, 1, 0, 1)


def test_people_whose_space_is_not_recorded_fill_the_free_places_and_then_count_as_over():
    shelter = ShelterFactory()
    SpaceFactory(shelter=shelter, beds=2)
    full = SpaceFactory(shelter=shelter, beds=1)
    in_bed(full.beds.get())
    for _ in range(5):
        StayFactory(shelter=shelter, arrived_at=EVENING)

    assert some(night_of(shelter), "occupied", "occupied_surge", "free", "over") == (6, 3, 0, 3)


def test_a_closed_house_has_nothing_free():
    shelter = ShelterFactory(beds=3)
    ShelterState.objects.create(shelter=shelter, state=Opening.CLOSED, period=DateTimeTZRange(EVENING, MORNING))
    paused = ShelterFactory(beds=2)
    ShelterState.objects.create(shelter=paused, state=Opening.PAUSED, period=DateTimeTZRange(EVENING, MORNING))

    assert some(night_of(shelter), "nominal", "free") == (3, 0)
    assert night_of(shelter, NIGHT + timedelta(days=1)).free == 3
    assert night_of(paused).free == 2


# --- Holds -----------------------------------------------------------------------------------------------------------
def hold(bed, start, end, expires_at, state=PlacementState.HELD):
    return PlacementFactory(bed=bed, state=state, planned=DateTimeTZRange(start, end), hold_expires_at=expires_at)


@pytest.mark.parametrize(
    ("expires_at", "now", "held"),
    [
        (wall(0, 22), wall(0, 21), 1),  # In force now.
        (wall(0, 22), wall(0, 22), 0),  # It has just run out.
        (wall(0, 22), AFTER, 0),  # It had run out when the night was counted.
        (wall(1, 8), AFTER, 1),  # It was still in force then.
    ],
)
def test_a_hold_counts_while_it_is_in_force(expires_at, now, held):
    shelter = ShelterFactory(beds=2)
    hold(beds_of(shelter)[0], EVENING, wall(1, 12), expires_at)

    assert some(night_of(shelter, now=now), "held", "free") == (held, 2 - held)


def test_a_bed_promised_for_friday_is_not_held_tonight():
    shelter = ShelterFactory(beds=1)
    hold(beds_of(shelter)[0], wall(2, 18), wall(3, 12), wall(2, 23))

    assert night_of(shelter, now=wall(0, 21)).held == 0


def test_a_hold_for_tonight_counts_from_the_morning_on():
    shelter = ShelterFactory(beds=1)
    hold(beds_of(shelter)[0], wall(0, 18), wall(1, 12), wall(0, 23))

    assert night_of(shelter, now=wall(0, 10)).held == 1


def test_a_released_hold_does_not_count():
    shelter = ShelterFactory(beds=1)
    placement = hold(beds_of(shelter)[0], EVENING, wall(1, 12), wall(1, 8))
    Placement.objects.filter(pk=placement.pk).update(state=PlacementState.RELEASED)

    assert night_of(shelter).held == 0


def test_a_hold_of_a_surge_bed_takes_no_regular_place():
    space = SpaceFactory(beds=2)
    hold(BedFactory(space=space, is_surge=True), EVENING, wall(1, 12), wall(1, 8))

    assert some(night_of(space.shelter), "held", "surge", "free") == (0, 1, 2)


def test_a_hold_in_no_particular_space_takes_a_free_place():
    shelter = ShelterFactory(beds=1)
    for _ in range(2):
        common = {"state": PlacementState.HELD, "planned": DateTimeTZRange(EVENING, wall(1, 12))}
        PlacementFactory(shelter=shelter, hold_expires_at=wall(1, 8), **common)
    StayFactory(shelter=shelter, arrived_at=EVENING)

    assert some(night_of(shelter), "held", "free", "over") == (2, 0, 1)


# --- People ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arrived", "departed", "is_in"),
    [
        (wall(0, 20), None, True),
        (wall(1, 0, 30), None, True),  # After midnight: still this night.
        (wall(1, 6, 59), None, True),
        (wall(1, 7), None, False),
        (wall(1, 7, 1), None, False),
        (wall(0, 20), wall(1, 7), True),  # Slept here, left at the morning hour sharp.
        (wall(0, 20), wall(1, 6, 59), False),
        (wall(0, 20), wall(0, 23), False),
        (wall(-9, 9), wall(9, 9), True),
    ],
)
def test_a_person_counts_where_they_are_when_the_morning_comes(arrived, departed, is_in):
    shelter = ShelterFactory(beds=1)
    StayFactory(shelter=shelter, arrived_at=arrived, departed_at=departed)

    assert night_of(shelter).occupied == is_in


def test_tonight_counts_who_is_here_now():
    shelter = ShelterFactory(beds=3)
    StayFactory(shelter=shelter, arrived_at=wall(0, 9))
    StayFactory(shelter=shelter, arrived_at=wall(0, 19))
    StayFactory(shelter=shelter, arrived_at=wall(-1, 19), departed_at=wall(0, 11))

    at_noon, late = night_of(shelter, now=wall(0, 12)), night_of(shelter, now=wall(0, 22))

    assert some(at_noon, "occupied", "arrivals", "departures") == (1, 1, 1)
    assert some(late, "occupied", "arrivals", "departures") == (2, 2, 1)


def test_a_person_counts_once_per_shelter_and_night():
    shelter, other = ShelterFactory(beds=2), ShelterFactory(beds=2)
    person = PersonFactory(organisation=shelter.organisation)
    for house in (shelter, shelter, other):
        StayFactory(shelter=house, person=person, family=None, arrived_at=EVENING, source=Source.IMPORT)

    rows = capacity.figures([shelter, other], NIGHT, AFTER)

    assert [some(row, "occupied", "arrivals") for row in rows] == [(1, 1), (1, 1)]


def test_a_stay_that_was_undone_never_was():
    shelter = ShelterFactory(beds=1)
    StayFactory(shelter=shelter, arrived_at=EVENING, departed_at=MORNING, voided_at=MORNING)

    assert some(night_of(shelter), "occupied", "arrivals") == (0, 0)
    assert night_of(shelter, NIGHT + timedelta(days=1)).departures == 0


def test_who_moved_counts_where_they_slept():
    shelter = ShelterFactory()
    first, second = SpaceFactory(shelter=shelter, beds=1), SpaceFactory(shelter=shelter, beds=1)
    stay = StayFactory(shelter=shelter, arrived_at=EVENING)
    until, since = DateTimeTZRange(EVENING, MORNING), DateTimeTZRange(MORNING, None)
    PlacementFactory(bed=first.beds.get(), stay=stay, state=PlacementState.OUT, actual=until, planned=until)
    PlacementFactory(bed=second.beds.get(), stay=stay, actual=since, planned=since)

    tonight, tomorrow = night_of(shelter), night_of(shelter, NIGHT + timedelta(days=1))

    assert [space.occupied for space in tonight.per_space] == [1, 0]
    assert [space.occupied for space in tomorrow.per_space] == [0, 1]


def test_arrivals_less_departures_carry_one_night_to_the_next():
    shelter = ShelterFactory(beds=9)
    hours = [(-2, 20, None), (-1, 8, 1), (0, 2, 1), (0, 7, 2), (0, 23, 2), (1, 6, 3), (1, 7, None)]
    for day, hour, left in hours:
        departed_at = None if left is None else wall(left, 7 if day else 12)
        StayFactory(shelter=shelter, arrived_at=wall(day, hour), departed_at=departed_at)
    nights = [night_of(shelter, NIGHT + timedelta(days=days), wall(9, 12)) for days in range(-3, 6)]

    for before, after in pairwise(nights):
        assert after.occupied == before.occupied + after.arrivals - after.departures


def test_who_comes_and_goes_twice_in_a_day_counts_each_time():
    shelter, other = ShelterFactory(beds=2), ShelterFactory(beds=2)
    person, second = PersonFactory(organisation=shelter.organisation), PersonFactory(organisation=shelter.organisation)
    for arrived_at, departed_at in ((wall(0, 9), wall(0, 12)), (wall(0, 15), None)):
        StayFactory(shelter=shelter, person=person, family=None, arrived_at=arrived_at, departed_at=departed_at)
    for arrived_at, departed_at in ((wall(-1, 20), wall(0, 9)), (wall(0, 12), wall(0, 15))):
        StayFactory(shelter=other, person=second, family=None, arrived_at=arrived_at, departed_at=departed_at)

    assert some(night_of(shelter), "occupied", "arrivals", "departures") == (1, 2, 1)
    assert some(night_of(other), "occupied", "arrivals", "departures") == (0, 1, 2)
    assert night_of(other, NIGHT - timedelta(days=1)).occupied == 1


def test_two_stays_of_an_import_that_overlap_are_one_visit():
    shelter = ShelterFactory(beds=2)
    person = PersonFactory(organisation=shelter.organisation)
    for arrived_at, departed_at in ((wall(-1, 20), wall(0, 12)), (wall(0, 11), wall(0, 16)), (wall(0, 16), None)):
        StayFactory(
            shelter=shelter,
            person=person,
            family=None,
            arrived_at=arrived_at,
            departed_at=departed_at,
            source=Source.IMPORT,
        )

    assert some(night_of(shelter), "occupied", "arrivals", "departures") == (1, 0, 0)


def test_night_by_night_a_bed_night_and_a_stay_of_our_own_are_one_visit():
    shelter = ShelterFactory(beds=2, counting=CountingMethod.NIGHT_BY_NIGHT)
    stay = StayFactory(shelter=shelter, arrived_at=wall(-1, 20), departed_at=wall(1, 9))
    BedNight.objects.create(shelter=shelter, person=stay.person, night=NIGHT)
    nights = [night_of(shelter, NIGHT + timedelta(days=days)) for days in (-2, -1, 0, 1)]

    assert [some(row, "occupied", "arrivals", "departures") for row in nights] == [
        (0, 0, 0),
        (1, 1, 0),
        (1, 0, 0),
        (0, 0, 1),
    ]


def test_night_by_night_counts_bed_nights_whatever_the_stays_say():
    shelter = ShelterFactory(beds=2, counting=CountingMethod.NIGHT_BY_NIGHT)
    StayFactory(shelter=shelter, arrived_at=wall(-3, 20), source=Source.IMPORT)
    slept = [PersonFactory(organisation=shelter.organisation) for _ in range(4)]
    nights = {slept[0]: [-1, 0], slept[1]: [-1], slept[2]: [0], slept[3]: [0]}
    for person, days in nights.items():
        for day in days:
            BedNight.objects.create(shelter=shelter, person=person, night=NIGHT + timedelta(days=day))

    row = night_of(shelter)

    assert some(row, "occupied", "free", "over", "arrivals", "departures") == (3, 0, 1, 2, 1)


def test_whom_our_own_desk_checked_in_counts_in_a_night_by_night_shelter_too():
    shelter = ShelterFactory(beds=2, counting=CountingMethod.NIGHT_BY_NIGHT)
    stay = StayFactory(shelter=shelter, arrived_at=wall(0, 20))
    BedNight.objects.create(shelter=shelter, person=stay.person, night=NIGHT)  # And once, not twice.
    StayFactory(shelter=shelter, arrived_at=wall(0, 21))

    assert some(night_of(shelter), "occupied", "free", "arrivals") == (2, 0, 2)


# --- Which nights, and how many questions ----------------------------------------------------------------------------
def test_a_night_that_has_not_begun_is_refused():
    with pytest.raises(Refused, match="has not begun"):
        night_of(ShelterFactory(beds=1), NIGHT, now=wall(0, 6, 59))

    assert night_of(ShelterFactory(beds=1), NIGHT, now=wall(0, 7)).nominal == 1


def test_without_a_night_every_shelter_has_its_own_tonight():
    juarez, tijuana = ShelterFactory(zone="America/Ciudad_Juarez"), ShelterFactory(zone="America/Tijuana")

    rows = capacity.figures([juarez, tijuana], now=wall(0, 6, 30))  # 7:30 in Juárez.

    assert [row.night for row in rows] == [NIGHT, NIGHT - timedelta(days=1)]


def test_the_same_queries_for_one_bed_and_for_many(django_assert_num_queries):
    one = ShelterFactory(beds=1)
    many = [ShelterFactory(organisation=one.organisation, beds=beds) for beds in (4, 3, 5)]
    for shelter in many:
        for bed in beds_of(shelter)[:2]:
            in_bed(bed)

    for shelters in ([one], [one, *many]):
        with django_assert_num_queries(4):
            rows = capacity.figures(shelters, NIGHT, AFTER)
        assert [row.shelter for row in rows] == shelters
    assert capacity.figures([], NIGHT) == []


@pytest.mark.parametrize(
    "zone", ["America/Tijuana", "America/Ciudad_Juarez", "America/Matamoros", "America/Hermosillo"]
)
@pytest.mark.parametrize("changes_on", [date(2026, 3, 8), date(2026, 11, 1)])  # At two in the morning, where they do.
def test_nights_of_the_clock_change(zone, changes_on):
    clock = ZoneInfo(zone)
    shelter = ShelterFactory(city=None, zone=zone, beds=9)
    for hour, minute in ((0, 30), (1, 30), (6, 59), (7, 1)):
        arrived_at = datetime.combine(changes_on, time(hour, minute), clock)
        StayFactory(shelter=shelter, arrived_at=arrived_at)
    again = datetime.combine(changes_on, time(1, 30), clock).replace(
        fold=1
    )  # In autumn, an hour later by the same name.
    StayFactory(shelter=shelter, arrived_at=again)

    nights = [night_of(shelter, changes_on + timedelta(days=days)) for days in (-2, -1, 0)]

    assert [row.occupied for row in nights] == [0, 4, 5]
    assert [row.arrivals for row in nights] == [0, 4, 1]


# --- Any small world -------------------------------------------------------------------------------------------------
DAYS = 4
FIRST = date(2026, 10, 30)  # The clocks change in the second of these nights.
hours = st.integers(0, DAYS * 24)
places = st.tuples(st.integers(0, 2), st.one_of(st.none(), st.integers(0, 4)))
worlds = st.fixed_dictionaries(
    {
        "spaces": st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=3),
        "blocks": st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, DAYS), st.integers(1, 3)), max_size=4
        ),
        "guests": st.lists(
            st.tuples(
                st.integers(0, 5), hours, st.one_of(st.none(), st.integers(0, 60)), st.none() | places, st.booleans()
            ),
            max_size=10,
        ),
        "holds": st.lists(st.tuples(places, hours, st.integers(1, 40), hours), max_size=4),
        "night": st.integers(0, DAYS - 1),
        "now": hours,
    }
)


def instant(hour):
    return datetime.combine(FIRST, time(0), TIJUANA).astimezone(UTC) + timedelta(hours=hour)


def stored(model, **fields):
    """The row, or None where the database refuses it: a bed with two people is no world of ours."""
    try:
        with transaction.atomic():
            return model.objects.create(**fields)
    except IntegrityError:
        return None


def build(world):
    """Store a world and say in plain lists what is in it."""
    shelter = ShelterFactory()
    spaces = [SpaceFactory(shelter=shelter) for _ in world["spaces"]]
    beds = [
        [BedFactory(space=space, is_surge=number >= regular) for number in range(regular + surge)]
        for space, (regular, surge) in zip(spaces, world["spaces"], strict=True)
    ]
    blocks, stays, placed, holds = [], [], [], []
    for place, number, day, length in world["blocks"]:
        if bed := bed_at(beds, place, number):
            first, last = FIRST + timedelta(days=day), FIRST + timedelta(days=day + length)
            if stored(BedBlock, bed=bed, nights=DateRange(first, last), reason="rota"):
                blocks.append((bed.pk, first, last))
    people = [PersonFactory(organisation=shelter.organisation) for _ in range(6)]
    for who, start, length, place, is_void in world["guests"]:
        since, until = instant(start), None if length is None else instant(start + length)
        stay = Stay.objects.create(
            shelter=shelter,
            person=people[who],
            arrived_at=since,
            departed_at=until,
            voided_at=since if is_void else None,
            source=Source.IMPORT,
        )
        stays.append((who, since, until, is_void))
        if place is not None and until != since and not is_void and place[0] < len(spaces):
            bed = bed_at(beds, *place)
            state = PlacementState.IN if until is None else PlacementState.OUT
            common = {"shelter": shelter, "space": spaces[place[0]], "bed": bed, "stay": stay, "person": people[who]}
            period = DateTimeTZRange(since, until)
            if stored(Placement, state=state, actual=period, planned=period, **common):
                placed.append((who, place[0], bed, since, until))
    for (place, number), start, length, expires in world["holds"]:
        if place < len(spaces):
            bed = bed_at(beds, place, number)
            planned = DateTimeTZRange(instant(start), instant(start + length))
            common = {"shelter": shelter, "space": spaces[place], "bed": bed, "state": PlacementState.HELD}
            if stored(Placement, planned=planned, hold_expires_at=instant(expires), **common):
                counts = place if bed is None or not bed.is_surge else None  # A surge bed is no regular place.
                holds.append((counts, instant(start), instant(start + length), instant(expires)))
    return shelter, beds, blocks, stays, placed, holds


def bed_at(beds, place, number):
    return beds[place][number] if place < len(beds) and number is not None and number < len(beds[place]) else None


def by_hand(world, beds, blocks, stays, placed, holds):
    """The same figures, counted one by one."""
    night = FIRST + timedelta(days=world["night"])

    def morning(day):
        return datetime.combine(day + timedelta(days=1), time(7), TIJUANA).astimezone(UTC)

    before, end = morning(night - timedelta(days=1)), morning(night)
    now = max(instant(world["now"]), before)
    sharp = end <= now  # The night is over: people count just before its morning hour.

    def covers(since, until):
        if sharp:
            return since < end and (until is None or until >= end)
        return since <= now and (until is None or until > now)

    def happened(at):
        return at is not None and before <= at < end and at <= now

    blocked = {bed for bed, first, last in blocks if first <= night < last}
    inside = {who for who, since, until, is_void in stays if not is_void and covers(since, until)}
    where = {who: (place, bed) for who, place, bed, since, until in placed if who in inside and covers(since, until)}
    figures = dict.fromkeys(["nominal", "out_of_service", "held", "surge", "free", "over"], 0)
    figures |= {"occupied": len(inside), "occupied_surge": 0}
    for place, of_space in enumerate(beds):
        regular = [bed for bed in of_space if not bed.is_surge]
        out = sum(bed.pk in blocked for bed in regular)
        held = sum(
            hold == place and since < end <= until and (expires >= end if sharp else expires > now)
            for hold, since, until, expires in holds
        )
        guests = [bed for at, bed in where.values() if at == place]
        figures["nominal"] += len(regular)
        figures["out_of_service"] += out
        figures["held"] += held
        figures["surge"] += sum(bed.is_surge and bed.pk not in blocked for bed in of_space)
        figures["occupied_surge"] += sum(bed is None or bed.is_surge for bed in guests)
        figures["free"] += max(0, len(regular) - out - held - len(guests))
        figures["over"] += max(0, len(guests) - (len(regular) - out))
    for _ in inside - set(where):
        if figures["free"]:
            figures["free"] -= 1
        else:
            figures["over"] += 1
            figures["occupied_surge"] += 1
    visits = visits_of([(who, since, until) for who, since, until, is_void in stays if not is_void and since <= now])
    figures["arrivals"] = sum(happened(since) for since, _ in visits)
    figures["departures"] = sum(happened(until) for _, until in visits)
    return night, now, figures


def visits_of(stays):
    """The stays of each person, those that overlap or touch as one; one that lasted no time is none."""
    visits = []
    for who in {who for who, _, _ in stays}:
        edges = sorted({at for one, *span in stays if one == who for at in span if at})
        inside = [
            any(one == who and since <= at and (until is None or until > at) for one, since, until in stays)
            for at in edges
        ]
        begun = None
        for at, is_inside in zip(edges, inside, strict=True):
            if is_inside and begun is None:
                begun = at
            elif not is_inside and begun is not None:
                visits.append((begun, at))
                begun = None
        if begun is not None:
            visits.append((begun, None))
    return visits


@pytest.mark.stateful
@settings(
    max_examples=600 if SOAK else 60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds)
def test_any_world_counts_as_by_hand(world):
    shelter, *known = build(world)
    night, now, expected = by_hand(world, *known)

    row = night_of(shelter, night, now)

    assert {name: getattr(row, name) for name in expected} == expected
    assert 0 <= row.occupied_surge <= row.occupied
    assert row.over <= row.occupied


# --- The command -----------------------------------------------------------------------------------------------------
def report(*words):
    out = io.StringIO()
    call_command("capacity_report", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def two_houses():
    ours = OrganisationFactory(slug="nuestra")
    ShelterFactory(organisation=ours, name="Casa Segunda", slug="segunda", beds=1)
    shelter = ShelterFactory(organisation=ours, name="=2+5 Casa\nPrimera", slug="primera", beds=2)
    StayFactory(shelter=shelter, arrived_at=EVENING)
    ShelterFactory(slug="ajena", beds=5)
    return shelter


def test_json_is_an_array_with_an_object_per_shelter(two_houses):
    rows = json.loads(report("--night", NIGHT.isoformat(), "--organisation", "nuestra", "--format", "json"))

    assert [list(row) for row in rows] == [FIELDS, FIELDS]
    assert [row["shelter"] for row in rows] == ["=2+5 Casa\nPrimera", "Casa Segunda"]
    assert rows[0] == {
        "shelter": "=2+5 Casa\nPrimera",
        "night": "2026-11-18",
        "state": "live",
        "nominal": 2,
        "out_of_service": 0,
        "held": 0,
        "surge": 0,
        "occupied": 1,
        "occupied_surge": 0,
        "free": 1,
        "over": 0,
        "arrivals": 1,
        "departures": 0,
        "turned_away": None,
        "confirmed_at": None,
        "confirmed_by": None,
    }
    assert len(json.loads(report("--night", NIGHT.isoformat(), "--format", "json"))) == 3


def test_csv_has_a_heading_and_no_cell_that_calculates(two_houses):
    rows = list(
        csv.DictReader(io.StringIO(report("--night", NIGHT.isoformat(), "--shelter", "primera", "--format", "csv")))
    )

    assert list(rows[0]) == FIELDS
    assert rows[0]["shelter"] == "'=2+5 Casa\nPrimera"
    assert (rows[0]["occupied"], rows[0]["turned_away"]) == ("1", "")


def test_text_is_a_table(two_houses):
    for _ in range(3):
        StayFactory(shelter=two_houses, arrived_at=EVENING)

    heading, line = report("--night", NIGHT.isoformat(), "--shelter", "primera").splitlines()

    assert "=2+5 Casa Primera" in line
    assert "+2" in line.split()  # Over is shown as over.
    assert "?" in line.split()  # Unknown is not zero.
    assert len(heading.split("  ")) > 10


def test_an_installation_without_shelters_has_an_empty_report():
    assert report("--format", "json") == "[]\n"
    assert report("--format", "csv").strip() == ",".join(FIELDS)
    assert report().strip()


@pytest.mark.parametrize(
    "words",
    [
        ["--night", "ayer"],
        ["--night", "2026-02-30"],
        ["--night", "0001-01-01"],
        ["--night", "9999-12-31"],
        ["--night", "2026-11-18", "--organisation", "ninguna"],
        ["--night", "2026-11-18", "--shelter", "ninguna"],
        ["--night", "2026-11-18", "--organisation", "nuestra", "--shelter", "ajena"],
    ],
)
def test_a_wrong_word_gets_a_sentence(two_houses, words):
    with pytest.raises(CommandError) as error:
        report(*words)

    assert str(error.value).endswith(".")
