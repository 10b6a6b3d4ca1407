"""The life of a daily report: drafted by each shelter's own clock, confirmed or sent unconfirmed, frozen, corrected."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse

from ngo.errors import Refused
from ngo.models import Heartbeat
from ngo.permissions import Role
from shelters.models import (
    CapacityReport,
    Opening,
    ReportDelivery,
    ReportRecipient,
    ReportState,
    ShelterState,
    TurnAway,
    TurnAwayReason,
)
from shelters.services import report_clock, report_figures, reports
from tests import SOAK
from tests.factories import (
    CityFactory,
    OrganisationFactory,
    PlacementFactory,
    ReportRecipientFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)

pytestmark = pytest.mark.django_db
NIGHT = date(2025, 12, 10)  # A Wednesday; past, for the history is written by the clock of the database.
TIJUANA = ZoneInfo("America/Tijuana")


def wall(day: int, hour: int, minute: int = 0, zone=TIJUANA) -> datetime:
    """An instant on the shelter's clock, `day` days after NIGHT."""
    return datetime.combine(NIGHT + timedelta(days=day), time(hour, minute), zone)


@pytest.fixture
def clock():
    """The evening of NIGHT, at 20:00 in Tijuana; `clock.move_to(…)` goes on."""
    with time_machine.travel(wall(0, 20), tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(clock):
    """A shelter with six beds, two guests since the afternoon, and one recipient."""
    shelter = ShelterFactory(beds=6, name="Casa Ensayo", slug="casa-ensayo")
    for bed in list(shelter.spaces.get().beds.all())[:2]:
        guest_in(bed)
    ReportRecipientFactory(shelter=shelter)
    return shelter


@pytest.fixture
def coordinator(house):
    return StaffFactory(organisation=house.organisation, name="Inés Prueba")


def guest_in(bed, arrived_at=None):
    stay = StayFactory(shelter=bed.space.shelter, arrived_at=arrived_at or wall(0, 15))
    return PlacementFactory(bed=bed, stay=stay)


def one_more_guest(shelter, arrived_at=None):
    return guest_in(shelter.spaces.get().beds.exclude(placements__isnull=False).first(), arrived_at)


def drafted(house, clock) -> CapacityReport:
    clock.move_to(wall(0, 21, 30))
    reports.draft_due()
    return CapacityReport.objects.get(shelter=house, night=NIGHT)


def frozen(house, clock, by) -> CapacityReport:
    report = drafted(house, clock)
    return reports.confirm(report=report, by=by, seen=reports.current_figures(report)[0])


def turned_away(shelter, people=3, reason=TurnAwayReason.FULL):
    return TurnAway.objects.create(
        shelter=shelter, night=NIGHT, happened_at=wall(0, 20), party_size=people, composition="men", reason=reason
    )


# --- Drafting --------------------------------------------------------------------------------------------------------
def test_a_report_is_drafted_at_the_report_hour_and_not_before(house, clock):
    with_stays_since_yesterday = CapacityReport.objects.filter(night=NIGHT)
    clock.move_to(wall(0, 21, 29))
    reports.draft_due()
    assert not with_stays_since_yesterday.exists()

    clock.move_to(wall(0, 21, 30))
    reports.draft_due()

    report = with_stays_since_yesterday.get()
    assert (report.state, report.version, report.frozen_at) == (ReportState.DRAFT, 1, None)
    assert report.figures["occupied"] == 2


def test_looking_again_drafts_nothing_more(house, clock):
    clock.move_to(wall(0, 22))
    assert reports.draft_due() == 1
    assert reports.draft_due() == 0


def test_a_report_hour_after_midnight_belongs_to_the_evening_before(house, clock):
    house.report_at = time(0, 30)
    house.save()
    clock.move_to(wall(1, 0, 29))
    reports.draft_due()
    assert not CapacityReport.objects.filter(night=NIGHT).exists()

    clock.move_to(wall(1, 0, 30))
    reports.draft_due()

    assert CapacityReport.objects.filter(night=NIGHT).count() == 1
    assert not CapacityReport.objects.filter(night=NIGHT + timedelta(days=1)).exists()


def test_a_closed_shelter_gets_no_report(house, clock):
    ShelterState.objects.create(
        shelter=house, state=Opening.CLOSED, period=DateTimeTZRange(wall(0, 12), None), reason="obra"
    )
    clock.move_to(wall(0, 23))
    reports.draft_due()

    assert not CapacityReport.objects.exists()


def test_one_that_closed_after_its_report_hour_still_has_a_report(house, clock):
    ShelterState.objects.create(
        shelter=house, state=Opening.CLOSED, period=DateTimeTZRange(wall(0, 22), None), reason="obra"
    )
    clock.move_to(wall(0, 23))
    reports.draft_due()

    assert CapacityReport.objects.filter(night=NIGHT).exists()


def test_three_days_of_downtime_are_caught_up_with(house, clock):
    clock.move_to(wall(3, 9))
    assert reports.draft_due() == 3
    assert reports.send_due() == 3

    rows = CapacityReport.objects.order_by("night")
    assert [row.night for row in rows] == [NIGHT + timedelta(days=days) for days in range(3)]
    assert {row.state for row in rows} == {ReportState.UNCONFIRMED}
    assert {row.figures["occupied"] for row in rows} == {2}
    assert ReportDelivery.objects.count() == 3


def test_a_week_at_most_is_caught_up_with_and_nothing_before_the_first_guest(house, clock):
    clock.move_to(wall(30, 12))
    reports.draft_due()
    nights = list(CapacityReport.objects.order_by("night").values_list("night", flat=True))
    assert nights == [NIGHT + timedelta(days=days) for days in range(23, 30)]

    new = ShelterFactory(organisation=house.organisation, beds=1)
    StayFactory(shelter=new, arrived_at=wall(28, 22))
    reports.draft_due()
    assert CapacityReport.objects.filter(shelter=new).count() == 2


def test_what_the_store_held_is_not_invented_for_a_night_that_is_over(house, clock):
    clock.move_to(wall(1, 22))
    reports.draft_due()

    past, tonight = CapacityReport.objects.order_by("night")
    assert past.figures["staples"] is None
    assert tonight.figures["staples"] == []


CITIES = ["America/Tijuana", "America/Ciudad_Juarez", "America/Matamoros", "America/Hermosillo"]
EVERY = 10 if SOAK else 30  # Minutes.
CHANGES = [date(2025, 3, 8), date(2025, 11, 1)]  # The evenings before the clocks change in the United States.


@pytest.mark.soak
@pytest.mark.parametrize("zone", CITIES)
@pytest.mark.parametrize("evening", CHANGES)
@pytest.mark.parametrize("report_at", [time(21, 30), time(1, 30), time(2, 30)])
def test_on_the_nights_of_a_clock_change_there_is_one_report(zone, evening, report_at):
    """Looked at again and again, for two days: one draft for each night, at the hour of the wall, and one freeze."""
    start = datetime.combine(evening, time(12), ZoneInfo(zone))
    with time_machine.travel(start, tick=False) as clock:
        shelter = ShelterFactory(city=CityFactory(name=zone, zone=zone), zone=zone, beds=1, report_at=report_at)
        StayFactory(shelter=shelter, arrived_at=start)
        drafts, freezes = [], []
        for _step in range(46 * 60 // EVERY):
            clock.shift(timedelta(minutes=EVERY))
            now = datetime.now(ZoneInfo(zone))
            drafts += [now.strftime("%d %H:%M")] * reports.draft_due()
            freezes += [now.strftime("%d %H:%M")] * reports.send_due()
    nights = [evening, evening + timedelta(days=1)]
    drafted_on = [night + timedelta(days=report_at.hour < 7) for night in nights]
    skipped = report_at == time(2, 30) and evening.month == 3 and zone != "America/Hermosillo"
    hour = "03:30" if skipped else report_at.strftime("%H:%M")  # That wall time is not there: an hour later it is.
    assert [words.split()[0] for words in drafts] == [day.strftime("%d") for day in drafted_on]
    assert drafts[0].split()[1] == hour
    assert freezes == [
        (evening + timedelta(days=1)).strftime("%d 07:00"),
        (evening + timedelta(days=2)).strftime("%d 07:00"),
    ]
    assert list(CapacityReport.objects.order_by("night").values_list("night", flat=True)) == nights


def test_no_number_of_shelters_asks_more_questions(house, clock, django_assert_num_queries):
    clock.move_to(wall(0, 22))
    reports.draft_due()
    with django_assert_num_queries(5):
        reports.draft_due()
    with django_assert_num_queries(15):
        report_figures.count([house], NIGHT)

    more = [ShelterFactory(organisation=OrganisationFactory(), beds=2) for _number in range(4)]
    for shelter in more:
        StayFactory(shelter=shelter, arrived_at=wall(0, 12))

    with django_assert_num_queries(15):
        report_figures.count([house, *more], NIGHT)
    reports.draft_due()
    with django_assert_num_queries(5):
        reports.draft_due()


# --- Confirming ------------------------------------------------------------------------------------------------------
def test_a_draft_shows_what_the_records_say_now(house, clock):
    report = drafted(house, clock)
    one_more_guest(house, wall(0, 21, 40))
    clock.move_to(wall(0, 21, 45))

    figures, counted_at = reports.current_figures(report)

    assert (figures["occupied"], report.figures["occupied"]) == (3, 2)
    assert counted_at == wall(0, 21, 45)


def test_confirming_freezes_the_figures_and_puts_them_on_their_way(house, clock, coordinator):
    report = frozen(house, clock, coordinator)

    assert (report.state, report.confirmed_by, report.version) == (ReportState.CONFIRMED, coordinator, 1)
    assert report.confirmed_at == report.frozen_at == report.counted_at == wall(0, 21, 30)
    delivery = ReportDelivery.objects.get()
    assert (delivery.report, delivery.due_at) == (report, wall(0, 21, 30))
    clock.move_to(wall(1, 8))
    assert reports.send_due() == 0


def test_confirming_what_nobody_wrote_down_says_that_nobody_was_turned_away(house, clock, coordinator):
    report = drafted(house, clock)
    assert report.figures["turned_away"] is None

    confirmed = frozen(house, clock, coordinator)

    assert confirmed.figures["turned_away"] == 0
    assert confirmed.figures["meals"] == {"breakfast": None, "lunch": None, "supper": None}


def test_who_was_turned_away_is_counted_by_reason(house, clock, coordinator):
    turned_away(house, 3)
    turned_away(house, 2)
    turned_away(house, 4, TurnAwayReason.CURFEW)

    figures = drafted(house, clock).figures

    assert (figures["turned_away"], figures["turned_away_parties"]) == (9, 3)
    assert figures["turned_away_reasons"] == {"full": 5, "curfew": 4}


def test_figures_that_moved_meanwhile_are_not_confirmed_but_shown(house, clock, coordinator):
    report = drafted(house, clock)
    seen, _at = reports.current_figures(report)
    one_more_guest(house, wall(0, 21, 29))

    with pytest.raises(reports.FiguresMoved) as refused:
        reports.confirm(report=report, by=coordinator, seen=seen)

    moved = {one.path: (one.old, one.new) for one in refused.value.differences}
    assert moved[("occupied",)] == (2, 3)
    assert moved[("free",)] == (4, 3)
    report.refresh_from_db()
    assert report.state == ReportState.DRAFT
    assert not ReportDelivery.objects.exists()


def test_a_report_is_confirmed_once(house, clock, coordinator):
    report = frozen(house, clock, coordinator)

    with pytest.raises(Refused, match="Inés Prueba"):
        reports.confirm(report=report, by=coordinator, seen=report.figures)
    assert ReportDelivery.objects.count() == 1


def test_nobody_confirms_for_another_organisation(house, clock):
    report = drafted(house, clock)
    stranger = StaffFactory(organisation=OrganisationFactory())

    with pytest.raises(Refused):
        reports.confirm(report=report, by=stranger, seen=reports.current_figures(report)[0])


# --- Sending unconfirmed ---------------------------------------------------------------------------------------------
def test_at_the_send_hour_an_unconfirmed_draft_is_counted_once_more_and_sent_as_such(house, clock):
    drafted(house, clock)
    one_more_guest(house, wall(1, 2))
    clock.move_to(wall(1, 6, 59))
    assert reports.send_due() == 0

    clock.move_to(wall(1, 7))
    assert reports.send_due() == 1

    report = CapacityReport.objects.get(night=NIGHT)
    assert (report.state, report.confirmed_by, report.confirmed_at) == (ReportState.UNCONFIRMED, None, None)
    assert report.figures["occupied"] == 3
    assert report.figures["turned_away"] is None  # Nobody said that nobody came.
    assert ReportDelivery.objects.filter(report=report).count() == 1


def test_the_store_of_the_evening_stays_in_a_report_that_is_frozen_in_the_morning(house, clock):
    report = drafted(house, clock)
    assert report.figures["staples"] == []
    clock.move_to(wall(1, 7))
    reports.send_due()

    report.refresh_from_db()
    assert report.figures["staples"] == []


def test_the_send_hour_is_that_of_the_morning_after_the_draft(house, clock):
    house.report_at, house.send_at = time(6, 30), time(6)  # Both in the morning, the wrong way round.

    assert reports.drafted_at(house, NIGHT) == wall(1, 6, 30)
    assert reports.sent_at(house, NIGHT) == wall(2, 6)


def test_two_looks_at_once_make_one_of_each(house, clock):
    clock.move_to(wall(1, 8))
    report_clock.look()
    report_clock.look()

    assert CapacityReport.objects.filter(night=NIGHT).count() == 1
    assert ReportDelivery.objects.filter(report__night=NIGHT).count() == 1
    assert Heartbeat.objects.filter(name=report_clock.CLOCK).exists()


# --- Correcting ------------------------------------------------------------------------------------------------------
def test_a_correction_is_the_next_version_beside_the_old_one(house, clock, coordinator):
    first = frozen(house, clock, coordinator)
    one_more_guest(house, wall(0, 21))
    clock.move_to(wall(2, 10))

    second = reports.correct(report=first, by=coordinator, reason="Llegó a las 21:00 y no se anotó")

    assert (second.version, second.state, second.corrected_by) == (2, ReportState.CONFIRMED, coordinator)
    assert (first.figures["occupied"], second.figures["occupied"]) == (2, 3)
    changed = {one.path[0] for one in report_figures.differences(first.figures, second.figures)}
    assert {"occupied", "free", "arrivals", "spaces", "people", "groups"} <= changed
    assert CapacityReport.objects.filter(night=NIGHT).count() == 2
    assert ReportDelivery.objects.filter(report=second).count() == 1


def test_a_correction_needs_a_reason_and_something_to_correct(house, clock, coordinator):
    report = frozen(house, clock, coordinator)

    with pytest.raises(Refused, match="why"):
        reports.correct(report=report, by=coordinator, reason="  ")
    with pytest.raises(Refused, match="Correct the stay"):
        reports.correct(report=report, by=coordinator, reason="Por si acaso")


def test_an_unconfirmed_report_may_be_confirmed_afterwards_though_nothing_differs(house, clock, coordinator):
    drafted(house, clock)
    clock.move_to(wall(1, 9))
    reports.send_due()
    report = CapacityReport.objects.get(night=NIGHT)

    second = reports.correct(report=report, by=coordinator, reason="Se revisó con la hoja")

    assert (second.version, second.state) == (2, ReportState.CONFIRMED)


def test_a_draft_is_not_corrected_but_confirmed(house, clock, coordinator):
    with pytest.raises(Refused, match="draft"):
        reports.correct(report=drafted(house, clock), by=coordinator, reason="Ya")


def test_the_latest_version_is_corrected_whichever_was_on_the_screen(house, clock, coordinator):
    first = frozen(house, clock, coordinator)
    one_more_guest(house, wall(0, 21))
    reports.correct(report=first, by=coordinator, reason="Una más")
    one_more_guest(house, wall(0, 21, 5))

    third = reports.correct(report=first, by=coordinator, reason="Y otra")

    assert (third.version, third.figures["occupied"]) == (3, 4)


# --- What is frozen stays --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shelters_capacityreport SET figures = '{}' WHERE id = %s",
        "UPDATE shelters_capacityreport SET frozen_at = NULL, state = 'draft' WHERE id = %s",
        "DELETE FROM shelters_capacityreport WHERE id = %s",
    ],
)
def test_a_frozen_report_cannot_be_changed_by_raw_sql_either(house, clock, coordinator, statement):
    report = frozen(house, clock, coordinator)
    ReportDelivery.objects.all().delete()

    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [report.pk])

    assert CapacityReport.objects.get(pk=report.pk).figures == report.figures


def test_a_draft_can_be_changed(house, clock):
    report = drafted(house, clock)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shelters_capacityreport SET counted_at = %s WHERE id = %s", [datetime.now(UTC), report.pk]
        )
        assert cursor.rowcount == 1


def test_the_page_says_that_a_report_is_sent_only_where_somebody_gets_it(house, clock, coordinator):
    drafted(house, clock)
    client = Client()
    client.force_login(coordinator)
    address = reverse("shelters:report", args=[house.slug, NIGHT])
    assert "frozen and sent" in client.get(address).content.decode()

    ReportRecipient.objects.update(removed_at=wall(0, 20))
    response = client.get(address)
    shown = response.content.decode()
    assert "They are sent to nobody" in shown
    assert "frozen and sent" not in shown
    confirm = reverse("shelters:report_confirm", args=[house.slug, NIGHT])
    shown = client.post(confirm, {"seen": response.context["seal"]}, follow=True).content.decode()
    assert "It stays here: it is sent to nobody." in shown
    assert "on its way" not in shown


def test_an_older_version_is_printed_and_copied_as_it_stands_there(house, clock, coordinator):
    first = frozen(house, clock, coordinator)
    one_more_guest(house)
    correction = reports.correction_of(first)
    reports.correct(report=first, by=coordinator, reason="One more", seen=correction.figures)
    client = Client()
    client.force_login(coordinator)
    address = reverse("shelters:report", args=[house.slug, NIGHT])
    for route in ("report_csv", "report_json", "report_text", "report_print"):
        link = reverse(f"shelters:{route}", args=[house.slug, NIGHT])
        assert f'"{link}?version=1"' in client.get(f"{address}?version=1").content.decode()
        assert f'"{link}"' in client.get(address).content.decode()
    link = reverse("shelters:report_json", args=[house.slug, NIGHT])
    assert [client.get(link, asked).json()["figures"]["occupied"] for asked in ({"version": 1}, {})] == [2, 3]


def test_the_page_leads_to_what_is_missing_to_the_recipients_and_to_every_form_of_it(house, clock, coordinator):
    drafted(house, clock)
    client = Client()
    client.force_login(StaffFactory(organisation=house.organisation, role=Role.COORDINATOR))
    shown = client.get(reverse("shelters:report", args=[house.slug, NIGHT])).content.decode()
    for route in ("roll_call", "turn_away", "meals", "report_recipients"):
        assert reverse(f"shelters:{route}", args=[house.slug]) in shown
    for route in ("report_csv", "report_json", "report_text", "report_print"):
        assert reverse(f"shelters:{route}", args=[house.slug, NIGHT]) in shown
