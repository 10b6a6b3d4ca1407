"""Booking, moving, calling off; what became of it; wall times on the nights on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases.models import (
    Appointment,
    AppointmentChange,
    AppointmentState,
    Audience,
    Food,
    LegalProvider,
    NoticeRule,
    Reminder,
    SlotBooking,
    WeeklySlot,
)
from cases.services import appointments as services
from cases.walltime import TwoClocks, about_the_hour, clocks_of, instant_at
from ngo.errors import Refused
from ngo.models.outbox import OutgoingState
from ngo.permissions import Role
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    CityFactory,
    FamilyFactory,
    OfficeFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.
FRIDAY, NEXT_WEEK = date(2026, 11, 13), date(2026, 11, 20)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, ages=[34, 36, 9])


@pytest.fixture
def kind(worker):
    kind = AppointmentKindFactory(organisation=worker.organisation)
    for days in (3, 1):
        NoticeRule.objects.create(
            organisation=kind.organisation, kind=kind, audience=Audience.STAFF, days_before=days, at_time=time(17)
        )
    return kind


@pytest.fixture
def book(worker, family, kind):
    """Book an appointment for next Friday at nine; what is given replaces what stands here."""

    def make(**given):
        usual = {
            "family": family,
            "kind": kind,
            "people": family.people[:1],
            "place": "Clínica de prueba",
            "zone": "America/Tijuana",
            "local_date": NEXT_WEEK,
            "local_time": time(9),
            "leave_time": time(8, 15),
            "owner": worker,
            "by": worker,
        }
        return services.schedule_appointment(**(usual | given))

    return make


def states(appointment):
    return list(appointment.changes.order_by("pk").values_list("state", flat=True))


def reminders_of(appointment):
    return list(Reminder.objects.filter(appointment=appointment).values_list("state", flat=True))


# --- Booking ---------------------------------------------------------------------------------------------------------


def test_booking_keeps_the_wall_time_the_zone_and_the_instants(book, family, worker):
    row = book(report_time=time(8, 40), companions=family.people[2:], accompanied_by=" Ensayo ")

    assert (row.local_date, row.local_time, row.zone) == (NEXT_WEEK, time(9), "America/Tijuana")
    assert row.starts_at == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert row.report_at == datetime(2026, 11, 20, 16, 40, tzinfo=UTC)
    assert row.leave_shelter_at == datetime(2026, 11, 20, 16, 15, tzinfo=UTC)
    goers = row.people.order_by("pk").values_list("person", "is_companion")
    assert list(goers) == [(family.people[0].pk, False), (family.people[2].pk, True)]
    assert (row.accompanied_by, row.made_by, row.state) == ("Ensayo", worker, AppointmentState.PLANNED)
    assert states(row) == ["planned"]


def test_the_reminders_stand_there_from_the_same_moment(book):
    assert reminders_of(book()) == [OutgoingState.PENDING, OutgoingState.PENDING]


def test_what_is_refused_leaves_nothing_behind(book, family):
    other = FamilyFactory(organisation=family.organisation)
    with pytest.raises(Refused, match="not in this family any more"):
        book(people=other.people)
    assert not Appointment.objects.exists()
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"local_date": date(2026, 11, 11)}, "That date is over"),
        ({"local_date": date(2026, 11, 12), "local_time": time(12)}, "That date is over"),
        ({"local_date": date(2037, 1, 1)}, "more than ten years away"),
        ({"report_time": time(9, 30)}, "there after it begins"),
        ({"report_time": time(8)}, "leave after they have to be there"),
        ({"leave_time": time(9, 1)}, "leave after they have to be there"),
        ({"leave_date": date(2026, 11, 1), "leave_time": time(8)}, "more than a week before"),
        ({"people": []}, "at least one person"),
        ({"place": " "}, "Choose the office, or write the place"),
        ({"zone": ""}, "Choose the city of the place"),
        ({"food": "cake"}, "what the kitchen prepares"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(book, given, sentence):
    with pytest.raises(Refused, match=sentence):
        book(**given)


def test_the_same_person_does_not_go_twice(book, family):
    with pytest.raises(Refused, match="cannot both have the appointment and only go along"):
        book(companions=family.people[:1])


def test_kinds_and_staff_of_another_house_are_refused(book):
    with pytest.raises(Refused, match="does not exist here"):
        book(kind=AppointmentKindFactory())
    with pytest.raises(Refused, match="must work here"):
        book(owner=StaffFactory())


def test_the_list_is_read_in_its_own_order_and_not_past_what_is_over(worker):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    ours = Appointment.objects.visible_to(worker)
    for rows in (ours.upcoming(NOON), ours.without_outcome(NOON)):
        assert "appointments_still_on" in rows.explain()


def test_a_kind_out_of_use_is_not_booked(book, kind):
    kind.is_active = False
    with pytest.raises(Refused, match="not in use any more"):
        book()


def test_an_office_brings_its_own_clock(book):
    office = OfficeFactory(city=CityFactory(name="El Paso", zone="America/Denver"), zone="America/Denver")
    row = book(office=office, zone="", place="what was typed before", leave_time=time(7))
    assert (row.zone, row.place, row.where) == ("America/Denver", "", office.name)


def test_who_sleeps_in_a_house_leaves_by_the_clock_of_that_house(book, family):
    juarez = ShelterFactory(
        organisation=family.organisation, city=CityFactory(name="Ciudad Juárez", zone="America/Ciudad_Juarez")
    )
    assert services.home_zone_of(family) == "America/Tijuana"  # The organisation's first house.
    StayFactory(shelter=juarez, family=family, person=family.people[1])
    assert services.home_zone_of(family) == "America/Ciudad_Juarez"
    assert book(zone="America/Denver").home_zone == "America/Ciudad_Juarez"


def test_the_night_before_can_be_the_hour_to_leave(book):
    row = book(local_time=time(4), leave_date=NEXT_WEEK - timedelta(days=1), leave_time=time(22, 30))
    assert row.starts_at - row.leave_shelter_at == timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    ("leaves", "food"),
    [
        (time(3, 45), Food.BOTH),
        (time(6), Food.BREAKFAST),
        (time(7, 59), Food.BREAKFAST),
        (time(8, 15), Food.NONE),
        (time(12, 30), Food.LUNCH),
        (time(14), Food.NONE),
    ],
)
def test_food_is_proposed_from_the_hour_of_leaving(book, leaves, food):
    assert book(local_time=time(18), leave_time=leaves).food == food
    assert book(local_time=time(18), leave_time=leaves, food="none", reason="again").food == Food.NONE


def test_one_person_in_two_appointments_needs_a_reason(book, family):
    book()
    with pytest.raises(Refused, match=family.people[0].called) as refused:
        book(local_time=time(9, 30))
    assert refused.value.overridable
    assert "Trial" not in str(refused.value)
    assert book(people=family.people[1:2], local_time=time(9, 30)).pk  # Another person of the family may.
    row = book(local_time=time(9, 30), reason="Both are in the same building")
    assert row.changes.get().reason == "Both are in the same building"


@pytest.mark.parametrize(
    ("hour", "is_free"), [(time(8), False), (time(10, 44), False), (time(11), True), (time(6), True)]
)
def test_two_appointments_a_while_apart_are_fine(book, hour, is_free):
    book()
    leaves = {"leave_time": None}
    if is_free:
        assert book(local_time=hour, **leaves).pk
    else:
        book(local_time=time(9, 59), reason="first")
        with pytest.raises(Refused):
            book(local_time=hour, **leaves)


def test_a_cancelled_appointment_is_in_nobodys_way(book, worker):
    services.cancel_appointment(appointment=book(), by=worker, reason="They are ill")
    assert book().pk


# --- Moving ----------------------------------------------------------------------------------------------------------


def test_moving_makes_a_new_one_and_keeps_the_old(book, worker, family):
    old = book(companions=family.people[1:2], accompanied_by="Ensayo")
    services.tell_in_person(appointment=old, by=worker)
    new = services.reschedule_appointment(
        appointment=old,
        local_date=NEXT_WEEK + timedelta(days=1),
        local_time=time(11),
        leave_time=time(10),
        reason="The office asked",
        by=worker,
    )
    old.refresh_from_db()
    assert (old.state, old.local_date, new.replaces) == (AppointmentState.RESCHEDULED, NEXT_WEEK, old)
    assert (new.state, new.told_at, new.accompanied_by, new.owner) == ("planned", None, "Ensayo", worker)
    assert [row.person for row in new.people.order_by("pk")] == family.people[:2]
    changed = old.reminders.get(words="changed")  # They were told in person, and are told aloud that it moved.
    assert (changed.channel, changed.state) == ("house", OutgoingState.PENDING)
    assert {row.state for row in old.reminders.exclude(pk=changed.pk)} == {OutgoingState.CANCELLED}
    assert set(reminders_of(new)) == {OutgoingState.PENDING}
    assert states(old) == ["planned", "rescheduled"]
    assert {change.reason for change in AppointmentChange.objects.filter(state="rescheduled")} == {"The office asked"}


def test_an_appointment_of_somebody_who_works_here_no_more_can_still_be_moved(book, worker):
    gone = StaffFactory(organisation=worker.organisation, role=Role.CASEWORKER)
    old = book(owner=gone)
    gone.memberships.update(ended_at=timezone.now())

    new = services.reschedule_appointment(
        appointment=old, local_date=NEXT_WEEK, local_time=time(11), leave_time=time(10), reason="Moved", by=worker
    )

    assert (new.owner, Appointment.objects.get(pk=old.pk).owner) == (worker, gone)


def test_moving_says_what_to_do_where_somebody_left_the_family(book, worker, family):
    old = book(companions=family.people[1:2])
    family.members.filter(person=family.people[1]).update(left_on=date(2026, 11, 12))

    with pytest.raises(Refused, match="Cancel it, then book it for those who go"):
        services.reschedule_appointment(
            appointment=old, local_date=NEXT_WEEK, local_time=time(11), leave_time=time(10), reason="Moved", by=worker
        )

    old.refresh_from_db()
    assert old.state == AppointmentState.PLANNED


def test_moving_to_the_same_hours_does_not_clash_with_itself(book, worker):
    new = services.reschedule_appointment(
        appointment=book(), local_date=NEXT_WEEK, local_time=time(9, 15), reason="A quarter later", by=worker
    )
    assert new.leave_shelter_at == new.starts_at  # Hours are given anew with a date.


def test_what_is_over_or_moved_is_not_moved_again(book, worker):
    old = book()
    given = {"local_date": NEXT_WEEK, "local_time": time(12), "by": worker}
    with pytest.raises(Refused, match="why the date moves"):
        services.reschedule_appointment(appointment=old, reason=" ", **given)
    services.reschedule_appointment(appointment=old, reason="Asked", **given)
    with pytest.raises(Refused, match="Somebody has just moved"):
        services.reschedule_appointment(appointment=old, reason="Asked", **given)
    with pytest.raises(Refused, match="Somebody has just moved"):
        services.cancel_appointment(appointment=old, by=worker, reason="x")
    with transaction.atomic(), pytest.raises(IntegrityError):
        AppointmentFactory(family=old.family, kind=old.kind, replaces=old)  # The database itself says it too.


def test_a_refused_move_leaves_the_old_one_on(book, worker):
    old = book()
    with pytest.raises(Refused, match="That date is over"):
        services.reschedule_appointment(
            appointment=old, local_date=date(2026, 11, 1), local_time=time(9), reason="x", by=worker
        )
    old.refresh_from_db()
    assert old.is_on
    assert set(reminders_of(old)) == {OutgoingState.PENDING}


# --- Cancelled, confirmed, told, over ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("by_authority", "state"), [(False, "cancelled"), (True, "cancelled_auth")])
def test_cancelling_withdraws_what_waits_to_be_sent(book, worker, by_authority, state):
    row = book()
    with pytest.raises(Refused, match="why it is cancelled"):
        services.cancel_appointment(appointment=row, by=worker, reason="")
    services.cancel_appointment(appointment=row, by=worker, reason="Programme ended", by_authority=by_authority)
    row.refresh_from_db()
    assert (row.state, set(reminders_of(row))) == (state, {OutgoingState.CANCELLED})
    with pytest.raises(Refused, match="book a new one"):
        services.cancel_appointment(appointment=row, by=worker, reason="again")
    with pytest.raises(Refused, match="book a new one"):
        services.tell_in_person(appointment=row, by=worker)


def test_told_in_person_keeps_who_told_them_first_and_can_be_taken_back(book, worker):
    row, other = book(), StaffFactory(organisation=worker.organisation)
    services.tell_in_person(appointment=row, by=worker)
    assert services.tell_in_person(appointment=row, by=other).told_by == worker
    assert services.tell_in_person(appointment=row, by=other, told=False).told_at is None


def test_what_became_of_it_is_not_written_before_it_has_begun(book, worker):
    row = book()
    with pytest.raises(Refused, match="has not begun yet"):
        services.record_outcome(appointment=row, state="attended", by=worker)
    with pytest.raises(Refused, match="Choose what became"):
        services.record_outcome(appointment=row, state="cancelled", by=worker)
    with time_machine.travel(row.starts_at, tick=False):
        services.record_outcome(appointment=row, state="attended", by=worker)
    row.refresh_from_db()
    assert row.state == "attended"
    assert OutgoingState.PENDING not in reminders_of(row)


def test_an_outcome_is_corrected_with_a_reason_or_taken_back(book, worker):
    row = services.confirm_appointment(appointment=book(), by=worker)
    with pytest.raises(Refused, match="confirmed already"):
        services.confirm_appointment(appointment=row, by=worker)
    with time_machine.travel(row.starts_at + timedelta(hours=2), tick=False):
        services.record_outcome(appointment=row, state="missed", by=worker)
        with pytest.raises(Refused, match="written already"):
            services.record_outcome(appointment=row, state="missed", by=worker)
        with pytest.raises(Refused, match="why it is corrected"):
            services.record_outcome(appointment=row, state="turned_away", by=worker)
        services.record_outcome(appointment=row, state="turned_away", by=worker, reason="The gate was closed")
        with pytest.raises(Refused, match="can be corrected"):
            services.cancel_appointment(appointment=row, by=worker, reason="x")
        assert services.take_back(appointment=row, by=worker).state == "confirmed"
    assert services.take_back(appointment=row, by=worker).state == "planned"
    assert states(row) == ["planned", "confirmed", "missed", "turned_away", "confirmed", "planned"]
    with pytest.raises(Refused, match="nothing to undo"):
        services.take_back(appointment=row, by=worker)


# --- Legal slots -----------------------------------------------------------------------------------------------------


@pytest.fixture
def slot(worker):
    provider = LegalProvider.objects.create(organisation=worker.organisation, name="Defensoría Ensayo")
    return WeeklySlot.objects.create(
        provider=provider, weekday=4, starts_at=time(9), zone="America/Tijuana", since=date(2026, 1, 1)
    )


def test_a_legal_kind_takes_a_slot_and_gives_it_back(book, worker, slot):
    legal = AppointmentKindFactory(organisation=worker.organisation, is_legal=True)
    with pytest.raises(Refused, match="Choose one that is free"):
        book(kind=legal)
    row = book(kind=legal, slot=slot)
    assert SlotBooking.objects.get().day == NEXT_WEEK
    moved = services.reschedule_appointment(
        appointment=row,
        local_date=NEXT_WEEK + timedelta(days=7),
        local_time=time(9),
        slot=slot,
        reason="Asked",
        by=worker,
    )
    assert list(SlotBooking.objects.filter(released_at=None).values_list("appointment", "day")) == [
        (moved.pk, NEXT_WEEK + timedelta(days=7))
    ]
    services.cancel_appointment(appointment=moved, by=worker, reason="They left")
    assert not SlotBooking.objects.filter(released_at=None).exists()


def test_a_slot_that_is_taken_keeps_the_appointment_from_being_booked(book, worker, slot, family):
    legal = AppointmentKindFactory(organisation=worker.organisation, is_legal=True)
    book(kind=legal, slot=slot)
    with pytest.raises(Refused, match="Someone else has just taken this slot"):
        book(kind=legal, slot=slot, people=family.people[1:2])
    assert Appointment.objects.count() == 1


# --- Two clocks ------------------------------------------------------------------------------------------------------


def test_an_appointment_in_el_paso_seen_from_juarez_is_at_the_same_hour():
    clocks = TwoClocks(
        instant_at("America/Denver", date(2026, 11, 19), time(8, 30)),
        "America/Ciudad_Juarez",
        "America/Denver",
        "El Paso",
    )
    assert f"{clocks.local:%H:%M}" == "08:30"
    assert clocks.there_words == "Same hour in El Paso"
    for day in (date(2026, 7, 1), date(2026, 11, 1), date(2027, 3, 14)):  # All the year round.
        there = instant_at("America/Denver", day, time(8, 30))
        assert TwoClocks(there, "America/Ciudad_Juarez", "America/Denver").there_words == "Same hour at the place"
    assert not clocks.may_change(datetime(2026, 7, 1, tzinfo=UTC))


def test_an_appointment_in_mexico_city_seen_from_tijuana_is_two_hours_earlier_here():
    at = instant_at("America/Mexico_City", date(2026, 11, 17), time(10))
    clocks = TwoClocks(at, "America/Tijuana", "America/Mexico_City", "Ciudad de México")
    assert f"{clocks.local:%H:%M}" == "08:00"
    assert clocks.there_words == "10:00 in Ciudad de México"
    assert not clocks.may_change(datetime(2026, 11, 12, tzinfo=UTC))
    assert clocks.may_change(datetime(2026, 10, 31, tzinfo=UTC))  # Tijuana's clock goes back in between.
    summer = TwoClocks(at + timedelta(days=180), "America/Tijuana", "America/Mexico_City")
    assert summer.may_change(NOON)
    assert not summer.may_change(summer.at)


def test_hermosillo_and_tucson_never_drift_apart_but_hermosillo_and_tijuana_do():
    at = instant_at("America/Phoenix", date(2027, 5, 3), time(9))
    assert not TwoClocks(at, "America/Hermosillo", "America/Phoenix").may_change(NOON)
    assert TwoClocks(at, "America/Hermosillo", "America/Tijuana").may_change(NOON)


def test_another_date_there_is_named():
    at = instant_at("America/Mexico_City", date(2026, 11, 18), time(0, 30))
    assert TwoClocks(at, "America/Tijuana", "America/Mexico_City").there_words == "Wed 18 Nov, 00:30 at the place"


def test_one_clock_needs_no_second_line(book):
    assert clocks_of(book()).there_words == ""


# --- The nights on which clocks change -----------------------------------------------------------------------------------

FALL, SPRING = date(2026, 11, 1), date(2027, 3, 14)
BORDER = {"America/Tijuana": (-8, -7), "America/Ciudad_Juarez": (-7, -6), "America/Matamoros": (-6, -5)}


@pytest.mark.parametrize(("zone", "offsets"), BORDER.items())
def test_the_wall_time_is_kept_on_both_nights(zone, offsets):
    winter, summer = offsets
    for day, wall, offset in [
        (FALL, time(0, 30), summer),
        (FALL, time(1, 30), summer),  # Comes twice: the first.
        (FALL, time(2, 30), winter),
        (SPRING, time(1, 30), winter),
        (SPRING, time(3, 30), summer),
    ]:
        instant = instant_at(zone, day, wall)
        assert instant == datetime.combine(day, wall, UTC) - timedelta(hours=offset)
        assert instant.astimezone(ZoneInfo(zone)).time() == wall
    skipped = instant_at(zone, SPRING, time(2, 30))
    assert skipped.astimezone(ZoneInfo(zone)).time() == time(3, 30)


@pytest.mark.parametrize("zone", BORDER)
def test_what_is_odd_about_an_hour_is_said(zone):
    assert about_the_hour(zone, FALL, time(1, 30)) == (
        "On Sun 1 Nov the clock goes back and shows 01:30 twice. The first one is meant."
    )
    assert about_the_hour(zone, SPRING, time(2, 30)) == (
        "On Sun 14 Mar the clock goes forward and skips 02:30. It is taken as 03:30."
    )
    for day, wall in [
        (FALL, time(0, 59)),
        (FALL, time(2)),
        (SPRING, time(1, 59)),
        (SPRING, time(3)),
        (FRIDAY, time(2)),
    ]:
        assert about_the_hour(zone, day, wall) == ""


def test_hermosillo_has_no_such_night():
    for day in (FALL, SPRING):
        for wall in (time(1, 30), time(2, 30)):
            assert instant_at("America/Hermosillo", day, wall) == datetime.combine(day, wall, UTC) + timedelta(hours=7)
            assert about_the_hour("America/Hermosillo", day, wall) == ""


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Tijuana", FALL, 8),
        ("America/Ciudad_Juarez", FALL, 8),
        ("America/Matamoros", FALL, 8),
        ("America/Hermosillo", FALL, 7),
        ("America/Tijuana", SPRING, 6),
        ("America/Ciudad_Juarez", SPRING, 6),
        ("America/Matamoros", SPRING, 6),
        ("America/Hermosillo", SPRING, 7),
    ],
)
def test_who_leaves_before_the_change_and_is_there_after_it_is_away_as_long_as_it_takes(book, family, zone, day, hours):
    """23:00 the evening before until 06:00: an hour more when the clock goes back, one less when it goes forward."""
    with time_machine.travel(datetime(2026, 10, 20, tzinfo=UTC), tick=False):
        row = book(
            zone=zone,
            home_zone=zone,
            local_date=day,
            local_time=time(6),
            leave_date=day - timedelta(days=1),
            leave_time=time(23),
        )
    row.refresh_from_db()
    here = ZoneInfo(zone)
    assert row.leave_shelter_at.astimezone(here).time() == time(23)
    assert (row.starts_at.astimezone(here).date(), row.starts_at.astimezone(here).time()) == (day, time(6))
    assert row.starts_at - row.leave_shelter_at == timedelta(hours=hours)


def test_the_order_of_hours_is_judged_by_instants_and_not_by_the_numbers_on_the_clocks(book):
    """An hour to be there of 01:40 the second time round cannot be written: the first one is meant, and stays before 02:00."""
    with time_machine.travel(datetime(2026, 10, 20, tzinfo=UTC), tick=False):
        row = book(local_date=FALL, local_time=time(2), report_time=time(1, 40), leave_time=time(1, 30))
        assert row.starts_at - row.report_at == timedelta(hours=1, minutes=20)
        # Leaving by Tijuana's clock at 08:45 is too late for 10:00 in Mexico City, two hours ahead.
        with pytest.raises(Refused, match="leave after they have to be there"):
            book(local_date=date(2026, 11, 17), local_time=time(10), zone="America/Mexico_City", leave_time=time(8, 45))
        assert book(
            local_date=date(2026, 11, 17), local_time=time(10), zone="America/Mexico_City", leave_time=time(7)
        ).pk


def test_now_is_not_yet_over(book):
    at = timezone.now() + timedelta(minutes=1)
    assert book(local_date=FRIDAY - timedelta(days=1), local_time=time(12, 1), leave_time=None).starts_at == at
