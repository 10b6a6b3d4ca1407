"""The pages of the reports: which nights have one, confirming, correcting, and what is handed out."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from ngo.models import ReadLog
from ngo.permissions import Role
from shelters import report_pages
from shelters.models import CapacityReport, ReportRecipient, ReportState
from shelters.services import report_figures, reports
from tests.factories import (
    FamilyFactory,
    OrganisationFactory,
    PlacementFactory,
    ShelterFactory,
    StaffFactory,
    StayFactory,
)
from tests.shelters.test_reports import NIGHT, clock, drafted, frozen, house, one_more_guest, turned_away, wall  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(house):  # noqa: F811
    return StaffFactory(organisation=house.organisation, name="Inés Prueba", role=Role.COORDINATOR, language="en")


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


def url(name, house, night=NIGHT):  # noqa: F811
    return reverse(f"shelters:{name}", args=[house.slug, night])


def text(answer, status=200) -> str:
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def seen_on(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def confirm(desk, house):  # noqa: F811
    page = text(desk.get(url("report", house)))
    return desk.post(url("report_confirm", house), {"seen": seen_on(page)})


# --- The list --------------------------------------------------------------------------------------------------------
def test_the_list_says_which_nights_are_confirmed_and_which_are_not_known(house, clock, coordinator, desk):  # noqa: F811
    frozen(house, clock, coordinator)
    clock.move_to(wall(1, 22))

    page = text(desk.get(reverse("shelters:reports")))

    assert "0 of 1 report of tonight is confirmed." in page
    assert page.count('data-state="ok"') == 1
    assert page.count("How many slept here is not known") == 14  # 13 nights before the first, and tonight.
    assert "2 people in 6 usable places" in page


def test_a_night_without_a_report_is_no_data_and_not_zero(house, clock, coordinator):  # noqa: F811
    frozen(house, clock, coordinator)
    clock.move_to(wall(2, 12))

    bars = report_pages.nights_of([house], days=4)[house.pk]

    assert [(bar.occupied, bar.state) for bar in bars] == [
        (None, "none"),
        (2, "confirmed"),
        (None, "none"),
        (None, "coming"),
    ]


def test_the_nights_of_any_number_of_shelters_take_two_queries(house, clock, coordinator, django_assert_num_queries):  # noqa: F811
    frozen(house, clock, coordinator)
    more = [ShelterFactory(organisation=house.organisation, beds=1) for _number in range(5)]
    with django_assert_num_queries(2):
        assert len(report_pages.nights_of([house, *more])) == 6


def test_the_list_takes_the_same_queries_for_more_shelters(house, clock, desk, django_assert_num_queries):  # noqa: F811
    address = reverse("shelters:reports")
    desk.get(address)
    with django_assert_num_queries(7):
        desk.get(address)
    for _number in range(4):
        ShelterFactory(organisation=house.organisation, beds=1)
    with django_assert_num_queries(7):
        desk.get(address)


# --- One report ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("night", ["2025-13-01", "2025-02-30", "hoy", "1900-01-01", "9999-12-31", "2025-12-11"])
def test_a_night_that_is_none_or_has_not_begun_is_no_page(house, clock, desk, night):  # noqa: F811
    assert desk.get(f"/shelters/{house.slug}/reports/{night}/").status_code == 404


def test_before_the_report_hour_the_page_shows_the_figures_of_the_moment(house, clock, desk):  # noqa: F811
    page = text(desk.get(url("report", house)))

    assert "2 people sleep at Casa Ensayo, with 6 usable places." in page
    assert "The report is drafted on Wed 10 Dec, 21:30." in page
    assert 'name="seen"' not in page


def test_a_night_that_nobody_reported_shows_no_figure(house, clock, desk):  # noqa: F811
    page = text(desk.get(url("report", house, NIGHT - timedelta(days=3))))

    assert "Nobody reported this night: how many slept at Casa Ensayo is not known." in page
    assert "po-figs" not in page
    assert desk.get(url("report_csv", house, NIGHT - timedelta(days=3))).status_code == 404


def test_a_draft_says_what_is_missing(house, clock, desk):  # noqa: F811
    drafted(house, clock)

    page = text(desk.get(url("report", house)))

    assert "No roll-call was taken" in page
    assert "Confirming says that nobody was." in page
    assert "Not every meal of the day was counted." in page


def test_confirming_on_the_page_freezes_what_was_seen(house, clock, desk, coordinator):  # noqa: F811
    drafted(house, clock)

    answer = confirm(desk, house)

    assert answer["Location"] == url("report", house)
    page = text(desk.get(url("report", house)))
    assert "Inés Prueba, Wed 10 Dec, 21:30" in page
    assert CapacityReport.objects.get().confirmed_by == coordinator


def test_what_moved_meanwhile_is_shown_and_not_confirmed(house, clock, desk):  # noqa: F811
    drafted(house, clock)
    page = text(desk.get(url("report", house)))
    one_more_guest(house, wall(0, 21))

    answer = desk.post(url("report_confirm", house), {"seen": seen_on(page)})

    again = text(answer, 409)
    assert "The figures have changed since you opened this page." in again
    assert "In the house: <del>2</del> <ins>3</ins>" in again
    assert desk.post(url("report_confirm", house), {"seen": seen_on(again)}).status_code == 302


@pytest.mark.parametrize("seen", ["", "x", "e30:1:2", None])
def test_what_no_page_of_ours_showed_is_not_confirmed(house, clock, desk, seen):  # noqa: F811
    drafted(house, clock)
    answer = desk.post(url("report_confirm", house), {} if seen is None else {"seen": seen})

    assert answer.status_code == 409
    assert CapacityReport.objects.get().state == ReportState.DRAFT


def test_a_volunteer_reads_and_does_not_confirm(house, clock, client):  # noqa: F811
    drafted(house, clock)
    client.force_login(StaffFactory(organisation=house.organisation, role=Role.VOLUNTEER, language="en"))

    assert 'name="seen"' not in text(client.get(url("report", house)))
    assert client.post(url("report_confirm", house)).status_code == 403
    assert client.get(url("report_correct", house)).status_code == 403


def test_a_correction_shows_first_what_will_change_and_then_what_did(house, clock, coordinator, desk):  # noqa: F811
    frozen(house, clock, coordinator)
    assert "Nothing: the records say what the report says." in text(desk.get(url("report_correct", house)))
    one_more_guest(house, wall(0, 21))
    page = text(desk.get(url("report_correct", house)))
    assert "In the house: <del>2</del> <ins>3</ins>" in page

    refused = desk.post(url("report_correct", house), {"seen": seen_on(page), "reason": ""})
    assert "Write why the report is corrected." in text(refused)
    desk.post(url("report_correct", house), {"seen": seen_on(page), "reason": "Faltaba <b>una</b>"})

    page = text(desk.get(url("report", house)))
    assert "Version 2, a correction." in page
    assert "Reason: Faltaba &lt;b&gt;una&lt;/b&gt;" in page
    assert "<del>2</del> <ins>3</ins>" in page
    old = text(desk.get(url("report", house), {"version": 1}))
    assert "This is version 1. It was corrected since." in old
    assert "2 people sleep at Casa Ensayo" in old
    assert desk.get(url("report", house), {"version": 7}).status_code == 404


def test_a_posting_to_another_house_opens_no_report(house, clock, coordinator, client):  # noqa: F811
    frozen(house, clock, coordinator)
    other = ShelterFactory(organisation=house.organisation, beds=1)
    client.force_login(StaffFactory(organisation=house.organisation, role=Role.COORDINATOR, shelters=[other]))

    assert client.get(url("report", house)).status_code == 404
    assert "Casa Ensayo" not in text(client.get(reverse("shelters:reports")))


def test_another_organisation_finds_no_report(house, clock, coordinator, client):  # noqa: F811
    frozen(house, clock, coordinator)
    client.force_login(StaffFactory(organisation=OrganisationFactory(), role=Role.COORDINATOR))

    for name in ("report", "report_print", "report_csv", "report_json", "report_text", "report_correct"):
        assert client.get(url(name, house)).status_code == 404


# --- What is handed out ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["report_print", "report_csv", "report_json", "report_text"])
def test_what_is_handed_out_is_logged(house, clock, coordinator, desk, name):  # noqa: F811
    report = frozen(house, clock, coordinator)
    desk.get(url(name, house))

    line = ReadLog.objects.latest("pk")
    assert (line.what, line.staff, line.subject_id) == (name, coordinator, report.pk)


def test_the_spreadsheet_holds_no_formula_and_no_small_group(house, clock, coordinator, desk):  # noqa: F811
    house.name = "=2+5 Casa"
    house.save()
    one_more_guest(house)
    frozen(house, clock, coordinator)

    answer = desk.get(url("report_csv", house))

    content = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content)))
    assert ["", "Shelter", "'=2+5 Casa"] in rows
    assert ["Places", "In the house", "3"] in rows
    assert all(len(row) == 3 for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert "Women" not in content
    assert "casa" not in answer["Content-Disposition"].lower()


def test_json_holds_codes_and_nulls(house, clock, coordinator, desk):  # noqa: F811
    frozen(house, clock, coordinator)

    said = json.loads(desk.get(url("report_json", house)).content)

    assert (said["state"], said["version"], said["night"]) == ("confirmed", 1, "2025-12-10")
    assert said["figures"]["occupied"] == 2
    assert said["figures"]["meals"] == {"breakfast": None, "lunch": None, "supper": None}
    assert said["figures"]["sexes"] is None  # Two people: nothing of them but their number.


def test_the_text_for_a_chat_is_short_and_says_what_is_not_known(house, clock, desk):  # noqa: F811
    page = text(desk.get(url("report_text", house)))

    box = page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
    assert "Casa Ensayo, night of Wed 10 Dec" in box
    assert "People: 2 of 6 places" in box
    assert "Turned away: not known" in box


def test_a_large_house_is_broken_down_and_nobody_can_be_told_apart(house, clock, coordinator, desk):  # noqa: F811
    women = FamilyFactory(organisation=house.organisation, ages=[30] * 8)
    for person in women.people:
        person.sex = "f"
        person.save()
        stay = StayFactory(shelter=house, person=person, family=women, arrived_at=wall(0, 16))
        PlacementFactory(stay=stay, bed=None, space=house.spaces.get())
    frozen(house, clock, coordinator)

    figures = json.loads(desk.get(url("report_json", house)).content)["figures"]

    assert figures["occupied"] == 10
    assert figures["ages"]["cells"]["18-59"] == 10
    sexes = figures["sexes"]
    assert sexes is None or all(number == 0 or number >= 5 for number in sexes["cells"].values())


def test_the_printed_sheet_says_who_printed_it(house, clock, coordinator, desk):  # noqa: F811
    frozen(house, clock, coordinator)

    assert "version 1. Printed by Inés Prueba on Wed 10 Dec, 21:30." in text(desk.get(url("report_print", house)))


# --- To whom it is sent ----------------------------------------------------------------------------------------------
def test_an_address_is_added_and_removed(house, clock, desk):  # noqa: F811
    address = reverse("shelters:report_recipients", args=[house.slug])
    given = {"name": "Red de prueba", "email": "red@prueba.example", "language": "en"}

    assert desk.post(address, given)["Location"] == address
    assert "is sent to 2 addresses" in text(desk.get(address))
    assert "already sent" in text(desk.post(address, given), 409)
    assert "This is not an e-mail address." in text(desk.post(address, given | {"email": "no"}))

    row = ReportRecipient.objects.get(email="red@prueba.example")
    remove = reverse("shelters:report_recipient_remove", args=[house.slug, row.pk])
    desk.post(remove)
    assert "is sent to 1 address" in text(desk.get(address))
    assert desk.post(remove).status_code == 404


# --- The command -----------------------------------------------------------------------------------------------------
def said_by_the_command(house, night=NIGHT):  # noqa: F811
    out = io.StringIO()
    call_command(
        "capacity_report", "--night", night.isoformat(), "--shelter", house.slug, "--format", "json", stdout=out
    )
    (row,) = json.loads(out.getvalue())
    return row


def test_the_command_says_draft_then_confirmed_then_corrected(house, clock, coordinator):  # noqa: F811
    assert said_by_the_command(house)["state"] == "live"
    report = drafted(house, clock)
    assert said_by_the_command(house)["state"] == "draft"
    one_more_guest(house, wall(0, 21))
    assert said_by_the_command(house)["occupied"] == 3  # A draft follows the records.

    reports.confirm(report=report, by=coordinator, seen=report_figures.recount(house, NIGHT))
    one_more_guest(house, wall(0, 21))
    row = said_by_the_command(house)
    assert (row["state"], row["occupied"], row["turned_away"]) == ("confirmed", 3, 0)
    assert row["confirmed_by"] == "Inés Prueba"
    assert datetime.fromisoformat(row["confirmed_at"]) == wall(0, 21, 30)

    reports.correct(report=report, by=coordinator, reason="Una más")
    row = said_by_the_command(house)
    assert (row["state"], row["occupied"]) == ("corrected", 4)


def test_the_command_says_unconfirmed_without_an_author(house, clock):  # noqa: F811
    drafted(house, clock)
    clock.move_to(wall(1, 8))
    reports.send_due()

    row = said_by_the_command(house)
    assert (row["state"], row["confirmed_at"], row["confirmed_by"]) == ("unconfirmed", None, None)


def test_a_night_that_owes_a_report_and_has_none_has_no_figures():
    """Made now by the database's clock, which the tests cannot turn: so they look from a week later."""
    shelter = ShelterFactory(beds=2)
    with time_machine.travel(timedelta(days=7) + timezone.now(), tick=False):
        night = timezone.now().date() - timedelta(days=2)
        row = said_by_the_command(shelter, night)

    assert (row["state"], row["night"]) == ("no_report", night.isoformat())
    assert {value for name, value in row.items() if name not in {"shelter", "night", "state"}} == {None}


def test_an_imported_night_from_before_the_shelter_was_written_down_stays_live():
    shelter = ShelterFactory(beds=2)

    assert said_by_the_command(shelter, NIGHT)["state"] == "live"


# --- A report that is no longer true ---------------------------------------------------------------------------------
def test_a_frozen_report_that_the_records_contradict_says_so(house, clock, coordinator, desk):  # noqa: F811
    frozen(house, clock, coordinator)
    assert "The records say otherwise" not in text(desk.get(url("report", house)))
    one_more_guest(house, arrived_at=wall(0, 23, 35))
    turned_away(house, people=3)
    clock.move_to(wall(1, 9))
    desk.logout()  # The sign-in of the evening has run out.
    desk.force_login(coordinator)

    page = text(desk.get(url("report", house)))
    assert "The records say otherwise since this report was closed" in page
    assert "In the house: <del>2</del> <ins>3</ins>" in page
    assert "Arrivals: <del>2</del> <ins>3</ins>" in page
    assert "People turned away: <del>0</del> <ins>3</ins>" in page
    listed = text(desk.get(reverse("shelters:reports")))
    assert "1 night of which the records say otherwise than its report" in listed

    correction = seen_on(text(desk.get(url("report_correct", house))))
    desk.post(url("report_correct", house), {"seen": correction, "reason": "Llegaron después"})
    assert "The records say otherwise" not in text(desk.get(url("report", house)))
    assert "The records say otherwise" not in text(desk.get(reverse("shelters:reports")))


def test_a_hold_that_ran_out_and_a_meal_contradict_no_report(house, clock, coordinator):  # noqa: F811
    frozen(house, clock, coordinator)
    [bar] = report_pages.nights_of([house], days=1)[house.pk]
    assert report_pages.contradicted({house.pk: [bar]}, [house]) == set()

    PlacementFactory(
        bed=house.spaces.get().beds.last(),
        stay=None,
        person=None,
        state="held",
        actual=None,
        planned=(wall(0, 20), wall(1, 12)),
        hold_expires_at=wall(1, 12),
        held_for="una familia",
    )
    assert report_pages.contradicted({house.pk: [bar]}, [house]) == set()


def test_any_number_of_nights_are_compared_in_one_query(house, clock, coordinator, django_assert_num_queries):  # noqa: F811
    frozen(house, clock, coordinator)
    clock.move_to(wall(1, 22))
    reports.draft_due()
    report = CapacityReport.objects.get(state=ReportState.DRAFT)
    reports.confirm(report=report, by=coordinator, seen=reports.current_figures(report)[0])
    bars = report_pages.nights_of([house], days=3)
    one_more_guest(house, arrived_at=wall(0, 23))
    with django_assert_num_queries(1):
        wrong = report_pages.contradicted(bars, [house])

    assert wrong == {(house.pk, NIGHT), (house.pk, NIGHT + timedelta(days=1))}
