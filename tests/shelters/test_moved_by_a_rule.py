"""Many dates moved at once, each by a rule: "one month later, and if that is a weekend, the Monday after"."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Appointment, AppointmentState, Capacity, Precision, Transport
from cases.services.appointments import check_date
from ngo.errors import Refused
from ngo.permissions import Role
from shelters.models import AuthorityChange, AuthorityEffect, LeftAlone
from shelters.services import authority_events as services
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    ClosureFactory,
    FamilyFactory,
    OfficeFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 20, tzinfo=UTC)  # Noon in Tijuana, in winter.


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def elena():
    staff = StaffFactory(role=Role.COORDINATOR)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def kind(elena):
    return AppointmentKindFactory(organisation=elena.organisation)


def at(day, hour=17, **more):
    """A date at this hour of UTC: nine in Tijuana in winter."""
    return AppointmentFactory(starts_at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC), **more)


def facts(kind, **more):
    return {
        "authority": "CBP",
        "what": "by_rule",
        "kind": kind,
        "pathway": None,
        "office": None,
        "place": "",
        "from_on": date(2026, 11, 19),
        "shift": 1,
        "shift_unit": "months",
        "closed_day": "monday",
        "keep_days": 0,
        "source": "Comunicado de prueba",
        "note": "",
    } | more


def enter(by, kind, seen="", **more):
    return services.enter_event(organisation=by.organisation, by=by, seen=seen, **facts(kind, **more))


def look(by, kind, **more):
    return services.preview(organisation=by.organisation, by=by, **facts(kind, **more))


def days_of(event):
    rows = event.effects.filter(successor__isnull=False).select_related("appointment", "successor")
    return {row.appointment.local_date: row.successor.local_date for row in rows}


def test_each_moves_a_month_and_off_the_weekend_and_keeps_its_hour_over_the_change_of_clocks(elena, kind):
    family = FamilyFactory(organisation=elena.organisation)
    days = [date(2026, 11, 30), date(2027, 1, 31), date(2027, 2, 13), date(2027, 2, 15)]
    for one in days:
        at(one, kind=kind, family=family)
    event, _new = enter(elena, kind)
    assert days_of(event) == {
        date(2026, 11, 30): date(2026, 12, 30),
        date(2027, 1, 31): date(2027, 3, 1),  # 28 February 2027 is a Sunday.
        date(2027, 2, 13): date(2027, 3, 15),  # The 13th is a Saturday.
        date(2027, 2, 15): date(2027, 3, 15),
    }
    for row in Appointment.objects.still_on():
        assert row.local_time == time(9)
        summer = row.local_date >= date(2027, 3, 14)
        assert row.starts_at.hour == (16 if summer else 17)
        assert row.starts_at - row.leave_shelter_at == timedelta(hours=1)


def test_only_those_between_two_days_move_and_who_goes_along_stays(elena, kind):
    family = FamilyFactory(organisation=elena.organisation)
    given = {"companion_as": Capacity.LAWYER, "accompanied_by": "Ana", "transport": Transport.HOUSE}
    inside = at(date(2026, 12, 1), kind=kind, family=family, made_by=elena, **given)
    outside = at(date(2026, 12, 11), kind=kind, family=family)
    check_date(appointment=inside, by=StaffFactory(organisation=elena.organisation))
    event, _new = enter(elena, kind, until_on=date(2026, 12, 10), shift=14, shift_unit="days", closed_day="keep")
    new = Appointment.objects.get(replaces=inside)
    assert (new.local_date, new.companion_as, new.transport) == (date(2026, 12, 15), "lawyer", "house")
    assert not new.is_checked
    outside.refresh_from_db()
    assert outside.is_on
    assert event.effects.count() == 1
    inside.refresh_from_db()
    assert inside.state == AppointmentState.RESCHEDULED
    assert "Comunicado de prueba" in inside.changes.first().reason


def test_the_next_working_day_of_an_authority_counts_its_closures(elena, kind):
    closure = ClosureFactory(organisation=elena.organisation, first_day=date(2027, 1, 11), last_day=date(2027, 1, 12))
    at(date(2026, 12, 11), kind=kind, family=FamilyFactory(organisation=elena.organisation))
    event, _new = enter(elena, kind, closed_day="working", days_of=closure.authority)
    assert list(days_of(event).values()) == [date(2027, 1, 13)]


def test_the_preview_says_old_and_new_who_meets_another_and_who_stays_and_why(elena, kind):
    family = FamilyFactory(organisation=elena.organisation)
    moves = at(date(2026, 12, 1), kind=kind, family=family)
    at(date(2026, 12, 8), kind=AppointmentKindFactory(organisation=elena.organisation), family=family)
    already = at(date(2026, 12, 8), hour=22, kind=kind, family=family)
    event = {"what": "moved", "new_on": date(2026, 12, 8), "shift": None, "shift_unit": "", "closed_day": "keep"}
    seen = look(elena, kind, **event)
    by_date = {row.appointment_id: row for row in seen.effects}
    assert by_date[moves.pk].successor.local_date == date(2026, 12, 8)
    assert by_date[moves.pk].meets_another
    assert by_date[already.pk].left_alone == LeftAlone.SAME_DAY
    assert not AuthorityChange.objects.exists()
    assert Appointment.objects.filter(kind=kind).count() == 2

    event, is_new = enter(elena, kind, seen=seen.seen, **event)
    assert is_new
    assert AuthorityEffect.objects.filter(left_alone="").count() == 1
    already.refresh_from_db()
    assert already.is_on


def test_pressed_twice_it_moves_once_and_undone_all_is_as_it_was(elena, kind):
    old = at(date(2026, 12, 1), kind=kind, family=FamilyFactory(organisation=elena.organisation))
    event, is_new = enter(elena, kind)
    again, is_new_again = enter(elena, kind)
    assert (is_new, is_new_again, again) == (True, False, event)
    assert Appointment.objects.still_on().count() == 1
    services.undo_event(event=event, by=elena, reason="It was a rumour")
    old.refresh_from_db()
    assert old.is_on
    assert list(Appointment.objects.still_on()) == [old]


def test_an_hour_that_is_to_be_told_stays_so_unless_the_new_one_is_said(elena, kind):
    family = FamilyFactory(organisation=elena.organisation)
    old = at(date(2026, 12, 1), hour=16, kind=kind, family=family, precision=Precision.DAY)
    enter(elena, kind)
    new = Appointment.objects.get(replaces=old)
    assert new.precision == Precision.DAY
    said = {"what": "moved", "new_on": date(2027, 1, 20), "new_time": time(9), "shift": None, "shift_unit": ""}
    enter(elena, kind, **said)
    assert Appointment.objects.get(replaces=new).precision == Precision.EXACT


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"shift": None}, "by how many days or months"),
        ({"shift": 25}, "up to two years"),
        ({"shift_unit": "years"}, "by how many days or months"),
        ({"closed_day": "working"}, "whose working days"),
        ({"until_on": date(2026, 11, 1)}, "comes after the first"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(elena, kind, given, words):
    at(date(2026, 12, 1), kind=kind, family=FamilyFactory(organisation=elena.organisation))
    with pytest.raises(Refused, match=words):
        enter(elena, kind, **given)


def test_many_take_as_many_queries_as_few(elena, kind):
    counts = []
    for first, families in ((date(2026, 12, 4), 2), (date(2027, 2, 4), 20)):
        for _number in range(families):
            family = FamilyFactory(organisation=elena.organisation)
            at(first, kind=kind, family=family)
        with CaptureQueriesContext(connection) as queries:
            enter(elena, kind, from_on=first, until_on=first)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_it_is_looked_at_and_done_in_a_browser(elena, kind):
    browser = Client()
    browser.force_login(elena)
    office = OfficeFactory(kind="port", name="Garita Ejemplo")
    old = at(
        date(2026, 12, 5), kind=kind, family=FamilyFactory(organisation=elena.organisation), office=office, place=""
    )
    typed = {
        "authority": "CBP",
        "what": "by_rule",
        "kind": kind.pk,
        "where": f"office-{office.pk}",
        "from_on_day": "1",
        "from_on_month": "12",
        "from_on_year": "2026",
        "until_on_day": "31",
        "until_on_month": "12",
        "until_on_year": "2026",
        "shift": "",
        "shift_unit": "months",
        "closed_day": "monday",
        "keep_days": "0",
        "source": "Comunicado de prueba",
        "step": "look",
    }
    url = reverse("shelters:authority_event_new")
    assert "Write by how many days or months" in browser.post(url, typed).content.decode()
    typed["shift"] = "1"
    page = browser.post(url, typed)
    said = " ".join(page.content.decode().split())
    assert "5 Dec 2026, 09:00" in said
    assert "5 Jan 2027, 09:00" in said
    assert not AuthorityChange.objects.exists()
    typed |= {"step": "enter", "seen": page.context["seen"].seen}
    assert browser.post(url, typed).status_code == 302
    assert Appointment.objects.get(replaces=old).local_date == date(2027, 1, 5)
    event = AuthorityChange.objects.get()
    done = browser.get(reverse("shelters:authority_event", args=[event.pk])).content.decode()
    assert "If it is a weekend, the Monday after" in done
