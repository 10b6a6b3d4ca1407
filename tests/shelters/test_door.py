"""The door: out and in, leave, how late somebody is, what the roll-call is told, and two daylight-saving nights."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.urls import reverse
from django.utils import timezone

from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from shelters.models import Answer, Direction, ExitReason, Leave, Passage, SeenBy
from shelters.nights import ONE_DAY, local, tonight
from shelters.services import door as services
from shelters.services import roll_call as calls
from shelters.services import stays as desk
from shelters.services.roll_call_sheet import sheet_of
from tests.factories import LeaveFactory, PassageFactory, PlacementFactory, ShelterFactory, StaffFactory, StayFactory
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db
TIJUANA = ZoneInfo("America/Tijuana")
ADDRESS = "/shelters/mezquite/door/"


@pytest.fixture
def ines():
    return StaffFactory(role=Role.FRONT_DESK, name="Inés Prueba")


@pytest.fixture
def shelter(ines):
    return ShelterFactory(organisation=ines.organisation, slug="mezquite", curfew_at=time(22), beds=4)


@pytest.fixture
def stay(shelter):
    arrived = timezone.now() - timedelta(days=400)
    bed = shelter.spaces.get().beds.first()
    return PlacementFactory(bed=bed, stay=StayFactory(shelter=shelter, arrived_at=arrived)).stay


@pytest.fixture
def door(client, ines, shelter, stay):
    client.force_login(ines)
    return client


def page(answer):
    return " ".join(answer.content.decode().split())


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), TIJUANA)


def go(stay, direction, by, moment=None, **more):
    return services.pass_door(stay=stay, direction=Direction(direction), by=by, happened_at=moment, **more)


def away(shelter, now=None):
    return services.outside([shelter], now)


# --- Out and in ------------------------------------------------------------------------------------------------------


def test_going_out_and_coming_back_changes_neither_stay_nor_bed(ines, shelter, stay):
    place = stay.placements.get()
    go(stay, "out", ines)
    assert away(shelter)[stay.pk].since == Passage.objects.get().happened_at
    go(stay, "in", ines, timezone.now() + timedelta(minutes=2))

    assert away(shelter) == {}
    stay.refresh_from_db()
    assert stay.departed_at is None
    assert stay.placements.get().actual == place.actual


def test_the_same_press_sent_twice_is_one_and_never_another_guests(ines, shelter, stay):
    tap = uuid.uuid4()
    first, again = go(stay, "out", ines, tap=tap), go(stay, "out", ines, tap=tap)

    assert first == again
    with pytest.raises(Refused, match="already used for someone else"):
        go(StayFactory(shelter=shelter), "out", ines, tap=tap)


@pytest.mark.django_db(transaction=True)
@pytest.mark.chaos
def test_two_telephones_at_one_door_write_one_passage(ines, stay):
    outcomes = at_once([lambda: go(stay, "out", ines) for _ in range(8)])

    assert set(outcomes) == {"done"}
    assert Passage.objects.count() == 1


def test_out_after_out_counts_from_the_last_and_in_after_in_is_a_sighting(ines, shelter, stay):
    now = timezone.now()
    go(stay, "out", ines, now - timedelta(hours=5))
    last = go(stay, "out", ines, now - timedelta(hours=1))
    assert away(shelter)[stay.pk].since == last.happened_at
    go(stay, "in", ines, now - timedelta(minutes=30))
    go(stay, "in", ines, now - timedelta(minutes=10))

    assert away(shelter) == {}
    assert Passage.objects.count() == 4


def test_paper_that_is_typed_in_late_takes_its_own_place(ines, shelter, stay):
    now = timezone.now()
    go(stay, "in", ines, now - timedelta(hours=1))
    go(stay, "out", ines, now - timedelta(hours=3), source=SeenBy.PAPER)

    assert away(shelter) == {}
    assert away(shelter, now - timedelta(hours=2))[stay.pk].went_out.source == "paper"


def test_what_was_never_so_is_refused(ines, shelter, stay):
    now = timezone.now()
    new = StayFactory(shelter=shelter, arrived_at=now - timedelta(hours=1))
    gone = StayFactory(shelter=shelter, arrived_at=now - timedelta(days=2), departed_at=now - timedelta(days=1))
    for who, moment, sentence in [
        (new, now - timedelta(hours=2), "had not arrived yet"),
        (gone, None, "has already left. To take them in again, give them a bed."),
        (stay, now + timedelta(hours=1), "has not come yet"),
        (stay, now - timedelta(days=8), "more than 7 days ago"),
    ]:
        with pytest.raises(Refused, match=sentence):
            go(who, "out", ines, moment)
    with pytest.raises(Refused, match="belongs to another organisation"):
        go(stay, "out", StaffFactory())
    assert not Passage.objects.exists()


def test_who_answered_present_after_going_out_is_not_out(ines, shelter, stay):
    go(stay, "out", ines, timezone.now() - timedelta(minutes=10))
    assert stay.pk in away(shelter)
    calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer=Answer.PRESENT, by=ines)

    assert away(shelter) == {}


def test_who_answered_present_during_a_leave_is_in_the_house_until_they_are_seen_going_out(ines, shelter, stay):
    leave = LeaveFactory(stay=stay, expected_back_at=timezone.now() + timedelta(minutes=1))
    assert away(shelter)[stay.pk].leave == leave
    calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer=Answer.PRESENT, by=ines)
    assert away(shelter) == {}
    assert away(shelter, timezone.now() + timedelta(hours=2)) == {}  # Nobody is called late who was seen.
    go(stay, "out", ines)

    assert away(shelter)[stay.pk].leave == leave


def test_who_has_left_the_house_is_not_out(ines, shelter, stay):
    go(stay, "out", ines)
    LeaveFactory(stay=stay)
    desk.check_out(stays=[stay], by=ines, exit_reason=ExitReason.OTHER)

    assert away(shelter) == {}


# --- Taking back -----------------------------------------------------------------------------------------------------


def test_a_mistake_is_taken_back_and_the_record_shows_both(ines, shelter, stay):
    passage = go(stay, "out", ines)
    services.undo_passage(passage=passage, by=ines)

    assert away(shelter) == {}
    assert [row.undone_by.by for row in services.history_of(stay)] == [ines]
    with pytest.raises(Refused, match="already been taken back"):
        services.undo_passage(passage=passage, by=ines)


def test_only_the_last_is_taken_back_and_only_tonight(ines, stay):
    now = timezone.now()
    first = go(stay, "out", ines, now - timedelta(hours=2))
    go(stay, "in", ines)
    with pytest.raises(Refused, match="Take the later passage back first"):
        services.undo_passage(passage=first, by=ines)
    with (
        time_machine.travel(now + timedelta(hours=13), tick=False),
        pytest.raises(Refused, match="more than 12 hours ago"),
    ):
        services.undo_passage(passage=Passage.objects.latest("pk"), by=ines)


def test_coming_back_ends_the_leave_and_taking_that_back_opens_it_again(ines, shelter, stay):
    leave = LeaveFactory(stay=stay)
    passage = go(stay, "in", ines)
    leave.refresh_from_db()
    assert (leave.ended_by, leave.came_in) == (ines, passage)
    services.undo_passage(passage=passage, by=ines)

    leave.refresh_from_db()
    assert (leave.ended_at, leave.ended_by, leave.came_in) == (None, None, None)
    assert away(shelter)[stay.pk].leave == leave


def test_a_return_can_be_taken_back_after_another_leave_was_given(door, ines, shelter, stay):
    old = grant(stay, ines)
    came_in = go(stay, "in", ines)
    new = grant(stay, ines, hours=48)

    answer = door.post(reverse("shelters:door_undo", args=[came_in.pk]))

    assert answer.status_code == 302
    assert away(shelter)[stay.pk].leave == new
    old.refresh_from_db()
    assert old.ended_at == came_in.happened_at


def test_a_press_on_a_page_that_was_left_open_is_another_press(door, ines, shelter, stay):
    out, now = {"direction": "out", "stay": stay.pk, "tap": str(uuid.uuid4())}, timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        door.post(f"{ADDRESS}pass/", out)
        clock.shift(timedelta(minutes=3))
        go(stay, "in", ines)
        clock.shift(timedelta(minutes=3))
        door.post(f"{ADDRESS}pass/", out)  # The page of before, by the button "back".
        assert stay.pk in away(shelter)
        clock.shift(timedelta(minutes=20))
        door.post(f"{ADDRESS}pass/", out)

    assert [row.direction for row in Passage.objects.order_by("pk")] == ["out", "in", "out", "out"]


def test_the_database_itself_keeps_what_the_door_saw(ines, stay):
    passage = go(stay, "out", ines)
    for change in ("UPDATE shelters_passage SET direction = 'in'", "DELETE FROM shelters_passage"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(change)
    assert Passage.objects.get() == passage


# --- Leave -----------------------------------------------------------------------------------------------------------


def grant(stay, by, hours=24, **more):
    return services.grant_leave(stay=stay, expected_back_at=timezone.now() + timedelta(hours=hours), by=by, **more)


def test_leave_is_one_row_whose_return_can_be_moved(ines, shelter, stay):
    first, second = grant(stay, ines, reason="Trabajo"), grant(stay, ines, hours=48, reason="Visita")

    assert first == second
    assert Leave.objects.get().reason == "Visita"
    assert away(shelter)[stay.pk].due_at == second.expected_back_at


def test_leave_that_begins_later_is_not_away_yet_and_gives_way_to_one_that_begins_now(ines, shelter, stay):
    later = grant(stay, ines, hours=72, starts_at=timezone.now() + timedelta(hours=24))
    assert away(shelter) == {}
    now = grant(stay, ines)

    later.refresh_from_db()
    assert (later.ended_at, later.ended_by) == (later.starts_at, ines)
    assert away(shelter)[stay.pk].leave == now


def test_leave_without_sense_is_refused(ines, stay):
    with pytest.raises(Refused, match="That return has passed"):
        grant(stay, ines, hours=-1)
    with pytest.raises(Refused, match="at most 60 days"):
        grant(stay, ines, hours=24 * 61)
    leave = grant(stay, ines)
    services.end_leave(leave=leave, by=ines)
    with pytest.raises(Refused, match="already ended"):
        services.end_leave(leave=leave, by=ines)
    with pytest.raises(Refused, match="belongs to another organisation"):
        grant(stay, StaffFactory())


# --- How late --------------------------------------------------------------------------------------------------------
DAY = date(2026, 11, 18)


def late(shelter, stay, now):
    return away(shelter, now)[stay.pk].late_minutes


@pytest.mark.parametrize(
    ("out", "now", "minutes"),
    [
        (at(DAY, 19, 10), at(DAY, 21, 59), 0),
        (at(DAY, 19, 10), at(DAY, 22, 30), 30),
        (at(DAY, 9), at(DAY + ONE_DAY, 1), 180),  # After midnight it is still that night's door.
        (at(DAY, 22, 45), at(DAY, 23), 15),  # Went out when it was closed already.
        (at(DAY, 19, 10), at(DAY + ONE_DAY, 12), 14 * 60),  # The next day does not forgive it.
        (at(DAY + ONE_DAY, 2), at(DAY + ONE_DAY, 2, 20), 20),
        (at(DAY + ONE_DAY, 8), at(DAY + ONE_DAY, 12), 0),  # After the morning hour: the next night's door.
    ],
)
def test_late_is_counted_from_the_hour_at_which_the_door_closes(shelter, stay, out, now, minutes):
    PassageFactory(stay=stay, happened_at=out)

    assert late(shelter, stay, now) == minutes


def test_an_agreed_return_counts_before_the_closing_of_the_door(shelter, stay):
    PassageFactory(stay=stay, happened_at=at(DAY, 19))
    LeaveFactory(stay=stay, starts_at=at(DAY, 19), expected_back_at=at(DAY + ONE_DAY, 9))

    assert late(shelter, stay, at(DAY, 23)) == 0
    assert late(shelter, stay, at(DAY + ONE_DAY, 9, 30)) == 30


def test_a_house_whose_door_never_closes_calls_nobody_late(shelter, stay):
    shelter.curfew_at = None
    PassageFactory(stay=stay, happened_at=at(DAY, 19))

    assert away(shelter, at(DAY + ONE_DAY, 5))[stay.pk].due_at is None
    assert late(shelter, stay, at(DAY + ONE_DAY, 5)) == 0


def test_a_door_that_closes_after_midnight_belongs_to_the_evening_before(shelter, stay):
    shelter.curfew_at = time(0, 30)
    PassageFactory(stay=stay, happened_at=at(DAY, 19))

    assert away(shelter, at(DAY, 23))[stay.pk].due_at == at(DAY + ONE_DAY, 0, 30)
    assert late(shelter, stay, at(DAY + ONE_DAY, 1)) == 30


@pytest.mark.parametrize(
    ("evening", "elapsed"),
    [(date(2026, 3, 7), 4 * 60), (date(2026, 10, 31), 6 * 60)],  # The clock jumps at two; it goes back at two.
)
def test_the_nights_on_which_the_clock_changes(shelter, stay, evening, elapsed):
    """From 22:00 until 3:00 by the wall it is four hours in March and six in November."""
    PassageFactory(stay=stay, happened_at=at(evening, 19))

    assert late(shelter, stay, at(evening + ONE_DAY, 3).astimezone(UTC)) == elapsed


def test_a_door_that_closes_in_the_hour_that_is_not_there(shelter, stay):
    shelter.curfew_at = time(2, 30)
    PassageFactory(stay=stay, happened_at=at(date(2026, 3, 7), 19))

    assert away(shelter, at(date(2026, 3, 8), 1))[stay.pk].due_at == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


def test_how_many_are_late_in_each_house_takes_two_queries(shelter, stay, ines, django_assert_num_queries):
    other = ShelterFactory(organisation=ines.organisation)
    PassageFactory(stay=stay, happened_at=at(DAY, 19))
    for _ in range(3):
        PassageFactory(stay=StayFactory(shelter=other, arrived_at=at(DAY, 8)), happened_at=at(DAY, 9))

    with django_assert_num_queries(2):
        assert services.late([shelter, other], at(DAY, 22, 1)) == {shelter.pk: 1, other.pk: 0}


# --- What the roll-call is told --------------------------------------------------------------------------------------


def test_the_roll_call_says_what_the_door_saw_and_still_asks(door, ines, shelter, stay):
    passage = go(stay, "out", ines)
    leave = grant(stay, ines)
    sheet = sheet_of(shelter, tonight(shelter))
    [row] = sheet.rows

    assert (row.mark, sheet.missing) == (None, 1)
    assert (row.away.went_out, row.away.leave) == (passage, leave)
    shown = page(door.get("/shelters/mezquite/roll-call/"))
    assert f"Out since {local(shelter, passage.happened_at):%H:%M}" in shown
    assert "On leave until" in shown


def test_the_printed_sheet_says_it_too(door, ines, shelter, stay):
    passage = go(stay, "out", ines)
    shown = page(door.get("/shelters/mezquite/roll-call/print/"))
    assert f"Out since {local(shelter, passage.happened_at):%H:%M}" in shown
    grant(stay, ines)

    assert "On leave until" in page(door.get("/shelters/mezquite/roll-call/print/"))


def test_the_roll_call_of_a_night_that_is_over_says_what_was_so_then(ines, shelter, stay):
    night = tonight(shelter) - ONE_DAY
    go(stay, "out", ines, at(night, 19))
    go(stay, "in", ines)

    assert sheet_of(shelter, night).rows[0].away.since == at(night, 19)
    assert sheet_of(shelter, tonight(shelter)).rows[0].away is None


# --- The pages -------------------------------------------------------------------------------------------------------


def test_two_taps_at_the_door_and_an_undo(door, ines, shelter, stay):
    shown = page(door.get(ADDRESS))
    assert stay.person.full_name in shown
    out = {"direction": "out", "stay": stay.pk, "tap": str(uuid.uuid4())}

    shown = page(door.post(f"{ADDRESS}pass/", out, follow=True))
    door.post(f"{ADDRESS}pass/", out)

    assert f"{stay.person.called} is out." in shown
    assert "1 person is out or on leave." in shown
    passage = Passage.objects.get()
    shown = page(door.post(reverse("shelters:door_undo", args=[passage.pk]), follow=True))
    assert "The door has seen nobody go out." in shown
    assert ReadLog.objects.filter(what="door").count() == 3


def test_the_page_refreshes_what_was_opened_and_that_reads_for_nobody(door, ines, stay):
    poll = {"X-Posada-Poll": "1"}
    assert "<h1>" in page(door.get(ADDRESS, headers=poll))  # Never opened: a reading, whatever it says.
    go(stay, "out", ines)
    shown = page(door.get(ADDRESS, headers=poll))

    assert "<h1>" not in shown
    assert "1 person is out or on leave." in shown
    assert ReadLog.objects.filter(what="door").count() == 1


def test_by_card_is_on_the_record(door, stay):
    address = reverse("shelters:door_person", args=[stay.pk])
    assert 'name="source" value="card"' in page(door.get(address + "?by=card"))
    door.post(f"{ADDRESS}pass/", {"direction": "out", "stay": stay.pk, "source": "card"})

    assert Passage.objects.get().source == "card"
    assert "By the card" in page(door.get(address))


@pytest.mark.parametrize(
    "sent", [{}, {"direction": "up", "stay": 1}, {"direction": "out"}, {"direction": "out", "stay": "x"}]
)
def test_a_press_that_cannot_be_read_is_said(door, sent):
    shown = page(door.post(f"{ADDRESS}pass/", sent, follow=True, headers={"Referer": f"http://testserver{ADDRESS}"}))

    assert "This press could not be read. Load the page again." in shown


def test_what_stands_on_paper_is_written_with_its_hour(door, shelter, stay):
    moment = local(shelter, timezone.now() - timedelta(days=1)).replace(hour=20, minute=5, second=0, microsecond=0)
    when = {f"happened_on_{part}": getattr(moment, part) for part in ("day", "month", "year")}
    address = reverse("shelters:door_person", args=[stay.pk])

    assert "Write the hour too." in page(door.post(address, {"direction": "out"} | when))
    assert "Write the hour that stands on the paper." in page(door.post(address, {"direction": "out"}))
    assert "Choose whether they went out" in page(door.post(address, when | {"happened_hour": "20:05"}))
    door.post(address, {"direction": "out", "happened_hour": "2005"} | when)

    assert (Passage.objects.get().happened_at, Passage.objects.get().source) == (moment, "paper")
    old = when | {"happened_on_year": moment.year - 1}
    answer = door.post(address, {"direction": "out", "happened_hour": "2005"} | old)
    assert answer.status_code == 409
    assert "more than 7 days ago" in page(answer)


def test_leave_is_written_moved_and_ended_in_the_pages(door, shelter, stay):
    back = local(shelter, timezone.now() + timedelta(days=2))
    address = reverse("shelters:door_leave", args=[stay.pk])
    sent = {f"back_on_{part}": getattr(back, part) for part in ("day", "month", "year")} | {"back_hour": "18:00"}

    shown = page(door.post(address, sent | {"reason": "Trabajo"}, follow=True))

    assert "The leave is written down. The bed stays theirs." in shown
    assert "On leave until" in shown
    leave = Leave.objects.get()
    assert local(shelter, leave.expected_back_at).time() == time(18)
    assert "Save the new return" in page(door.get(address))
    shown = page(door.post(reverse("shelters:door_leave_end", args=[leave.pk]), follow=True))
    assert "The leave has ended." in shown


def test_a_leave_that_cannot_be_is_said_and_nothing_typed_is_lost(door, stay):
    address = reverse("shelters:door_leave", args=[stay.pk])
    past = {
        "back_on_day": 1,
        "back_on_month": 2,
        "back_on_year": 2024,
        "back_hour": "18:00",
        "reason": "Visita Muestra",
    }

    answer = door.post(address, past)

    assert answer.status_code == 409
    assert "That return has passed." in page(answer)
    assert "Visita Muestra" in page(answer)
    assert "Write the hour too." in page(
        door.post(address, past | {"from_on_day": 1, "from_on_month": 2, "from_on_year": 2030})
    )


def test_the_board_of_who_is_late(door, ines, shelter, stay):
    with time_machine.travel(at(DAY, 23, 20), tick=False):
        door.force_login(ines)
        PassageFactory(stay=stay, happened_at=at(DAY, 19, 10))
        shown = page(door.get(f"{ADDRESS}late/"))

    assert "1 person is late" in shown
    assert "1 h 20 min late" in shown
    assert "The door closes at 22:00." in shown


def test_with_one_house_the_way_leads_to_its_door_and_with_two_to_both(door, ines, stay):
    assert door.get("/door/")["Location"] == ADDRESS
    ShelterFactory(organisation=ines.organisation, name="Casa Ensayo")

    assert "Casa Ensayo" in page(door.get("/door/"))


def test_a_volunteer_sees_initials(client, ines, shelter, stay):
    client.force_login(StaffFactory(organisation=ines.organisation, role=Role.VOLUNTEER))
    go(stay, "out", ines)
    for address in (ADDRESS, f"{ADDRESS}late/", reverse("shelters:door_person", args=[stay.pk])):
        shown = page(client.get(address))
        assert stay.person.full_name not in shown
        assert stay.person.initials in shown


def test_another_organisations_guest_is_not_there(door, shelter):
    theirs = PassageFactory(stay=StayFactory())
    leave = LeaveFactory(stay=theirs.stay)

    for method, address in [
        ("get", reverse("shelters:door_person", args=[theirs.stay_id])),
        ("get", reverse("shelters:door_leave", args=[theirs.stay_id])),
        ("post", reverse("shelters:door_card", args=[theirs.stay_id])),
        ("post", reverse("shelters:door_undo", args=[theirs.pk])),
        ("post", reverse("shelters:door_leave_end", args=[leave.pk])),
        ("get", reverse("shelters:door", args=[theirs.stay.shelter.slug])),
    ]:
        assert getattr(door, method)(address).status_code == 404
    assert door.post(f"{ADDRESS}pass/", {"direction": "out", "stay": theirs.stay_id}).status_code == 404
    assert Passage.objects.get() == theirs


def test_three_hundred_guests_take_the_queries_of_three(door, ines, shelter, stay, django_assert_num_queries):
    go(stay, "out", ines)
    door.get(ADDRESS)
    with django_assert_num_queries(12):
        door.get(ADDRESS)
    for number in range(60):
        other = StayFactory(shelter=shelter)
        if number % 2:
            PassageFactory(stay=other)
        else:
            LeaveFactory(stay=other)

    with django_assert_num_queries(12):
        assert "61 people are out or on leave." in page(door.get(ADDRESS))
