"""Where a child without a carer sleeps, whether that place is authorised, and the plan of the child-protection office."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import ChildPlace, FamilyMember
from cases.services.child_places import PlaceData, keep_place, place_child, record_plan
from cases.services.children import close_alert, raise_alerts, record_notice
from ngo.errors import Refused
from tests.factories import ChildPlaceFactory, FamilyFactory, StaffFactory

DAY = timedelta(days=1)


@pytest.fixture
def staff(db):
    return StaffFactory()


@pytest.fixture
def alert(staff):
    family = FamilyFactory(ages=[16], organisation=staff.organisation)
    FamilyMember.objects.filter(family=family).update(is_carer=False)
    (alert,) = raise_alerts(family, by=staff)
    return alert


@pytest.fixture
def place(staff):
    return ChildPlaceFactory(organisation=staff.organisation)


def tell(alert, staff):
    return record_notice(alert=alert, office="Procuraduría de prueba", folio="PP-1", by=staff)


# --- Places ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (PlaceData(" "), "what the place is called"),
        (PlaceData("Casa"), "needs the number of its authorisation"),
        (PlaceData("Casa", authorisation="DIF-1"), "needs the number of its authorisation"),
        (
            PlaceData("Casa", authorisation="DIF-1", authorised_until=timezone.localdate().replace(year=2099)),
            "Check the year",
        ),
    ],
)
def test_a_place_is_the_difs_or_it_is_authorised_until_a_day(staff, data, sentence):
    with pytest.raises(Refused, match=sentence):
        keep_place(organisation=staff.organisation, data=data, by=staff)
    assert not ChildPlace.objects.exists()


def test_a_place_is_kept_once_and_changed(staff):
    place = keep_place(organisation=staff.organisation, data=PlaceData(" DIF de prueba ", is_of_the_dif=True), by=staff)
    assert place.name == "DIF de prueba"
    with pytest.raises(Refused, match="in the list already"):
        keep_place(organisation=staff.organisation, data=PlaceData("dif de Prueba", is_of_the_dif=True), by=staff)
    changed = PlaceData("DIF de prueba", is_of_the_dif=True, is_active=False)
    keep_place(organisation=staff.organisation, data=changed, by=staff, place=place)
    assert not ChildPlace.objects.in_use().exists()


def test_an_authorisation_holds_through_its_last_day(place):
    assert place.is_authorised_on(place.authorised_until)
    assert not place.is_authorised_on(place.authorised_until + DAY)
    assert ChildPlace(is_of_the_dif=True).is_authorised_on(place.authorised_until + DAY)


# --- A child there ---------------------------------------------------------------------------------------------------
def test_it_is_written_where_the_child_sleeps_since_when_and_by_whom(alert, place, staff):
    since = timezone.now() - timedelta(hours=1)
    place_child(alert=alert, place=place, since=since, by=staff)
    alert.refresh_from_db()
    assert (alert.place, alert.placed_at, alert.placed_by) == (place, since, staff)


def test_no_child_is_placed_where_the_authorisation_has_ended(alert, staff):
    ended = ChildPlaceFactory(organisation=staff.organisation, authorised_until=timezone.localdate() - DAY)
    for since in (timezone.now(), timezone.now() - 2 * DAY):  # Not by a day before it ended, either.
        with pytest.raises(Refused, match=r"The authorisation of .* ended on"):
            place_child(alert=alert, place=ended, since=since, by=staff)


def test_a_place_of_another_organisation_or_out_of_use_is_refused(alert, staff):
    for place in (ChildPlaceFactory(), ChildPlaceFactory(organisation=staff.organisation, is_active=False)):
        with pytest.raises(Refused, match="not in use"):
            place_child(alert=alert, place=place, since=timezone.now(), by=staff)


@pytest.mark.parametrize(("ago", "sentence"), [(-DAY, "has not come yet"), (9 * DAY, "more than a week before")])
def test_a_moment_that_cannot_be_is_refused(alert, place, staff, ago, sentence):
    with pytest.raises(Refused, match=sentence):
        place_child(alert=alert, place=place, since=timezone.now() - ago, by=staff)


def test_a_closed_alert_takes_no_place_but_the_plan_may_still_come(alert, place, staff):
    tell(alert, staff)
    close_alert(alert=alert, reason="The DIF took charge", by=staff)
    with pytest.raises(Refused, match="already closed"):
        place_child(alert=alert, place=place, since=timezone.now(), by=staff)
    assert record_plan(alert=alert, received_on=timezone.localdate(), by=staff, folio=" PR-7 ").plan_folio == "PR-7"


def test_a_plan_comes_after_the_notice_and_not_in_the_future(alert, staff):
    today = timezone.localdate()
    with pytest.raises(Refused, match="Record the notice first"):
        record_plan(alert=alert, received_on=today, by=staff)
    tell(alert, staff)
    for day, sentence in ((today + DAY, "not come yet"), (today - 3 * DAY, "before the office was told")):
        with pytest.raises(Refused, match=sentence):
            record_plan(alert=alert, received_on=day, by=staff)


# --- Pages -----------------------------------------------------------------------------------------------------------
def test_from_the_alert_to_the_place_and_the_plan(client, alert, place, staff):
    client.force_login(staff)
    page = reverse("cases:child_alert", args=[alert.pk])
    assert "Nobody has written it" in client.get(page).content.decode()
    now = timezone.localtime()
    moment = {
        "placed_on_day": now.day,
        "placed_on_month": now.month,
        "placed_on_year": now.year,
        "placed_hour": "00:00",
    }
    assert client.post(reverse("cases:child_placed", args=[alert.pk]), moment | {"place": place.pk}).url == page
    tell(alert, staff)
    plan = {"received_on_day": now.day, "received_on_month": now.month, "received_on_year": now.year, "folio": "PR-9"}
    assert client.post(reverse("cases:child_plan", args=[alert.pk]), plan).url == page
    shown = client.get(page).content.decode()
    assert place.name in shown
    assert "PR-9" in shown
    ChildPlace.objects.update(authorised_until=timezone.localdate() - DAY)
    assert "Its authorisation has ended" in client.get(page).content.decode()


def test_places_are_added_and_changed_and_say_what_is_missing(client, place, staff):
    client.force_login(staff)
    new = reverse("cases:child_place_new")
    wrong = client.post(new, {"name": "Casa"}).context["form"].errors
    assert set(wrong) == {"authorisation", "authorised_until"}
    assert client.post(new, {"name": "DIF", "is_of_the_dif": "on", "is_active": "on"}).url == reverse(
        "cases:child_places"
    )
    ChildPlace.objects.filter(pk=place.pk).update(authorised_until=timezone.localdate() - DAY)
    listed = client.get(reverse("cases:child_places")).content.decode()
    assert "Not authorised since" in listed
    assert "A place of the DIF" in listed
    edit = reverse("cases:child_place_edit", args=[place.pk])
    assert client.post(edit, {"name": "DIF", "is_of_the_dif": "on"}).status_code == 409
