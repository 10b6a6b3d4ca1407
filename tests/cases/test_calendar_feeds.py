"""Private calendar feeds: what is in one and what never is, for whom it answers, and where its token is not."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from cases.models import AppointmentState, CalendarFeed
from cases.services import calendar_feeds as services
from cases.services.appointments import cancel_appointment, confirm_appointment, reschedule_appointment
from cases.services.calendar_feeds import make_feed, revoke_feed
from ngo.errors import Refused
from ngo.logs import HideTokens
from ngo.models import ReadLog
from ngo.permissions import Role
from ngo.services.staff import end_membership
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    FamilyFactory,
    MembershipFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)
LEAVES = datetime(2026, 11, 20, 16, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, ages=[34, 9], folio="F-7007")


@pytest.fixture
def feed(worker):
    return make_feed(by=worker, scope="house")[1]


def read(token, **headers):
    return Client().get(f"/calendar/{token}.ics", headers=headers)


def events(token):
    response = read(token)
    assert response.status_code == 200
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def book(family, **given):
    return AppointmentFactory(family=family, starts_at=LEAVES + timedelta(minutes=45), leave_shelter_at=LEAVES, **given)


# --- What is in it -------------------------------------------------------------------------------------------------------


def test_an_event_says_when_they_leave_and_the_number_of_a_page(worker, family, feed):
    row = book(family)
    [event] = events(feed)
    assert event.decoded("dtstart") == LEAVES
    assert str(event["summary"]) == f"Posada {row.pk}"
    assert str(event["url"]) == f"http://testserver/appointments/{row.pk}/"
    assert (str(event["status"]), str(event["class"])) == ("CONFIRMED", "PRIVATE")
    assert event["sequence"] == 0
    assert b"DTSTART:20261120T161500Z" in read(feed).content
    assert Client().get(reverse("cases:appointment", args=[row.pk])).status_code == 302  # Its page asks for a sign-in.


def test_nothing_that_somebody_wrote_is_in_it(worker, family, feed):
    """The whole text is made of these lines, whatever stands in the appointment."""
    bad = "COMAR\r\nATTENDEE:mailto:x@prueba.example\r\nBEGIN:VALARM;,\\ <script> \u202e 🚪"
    kind = AppointmentKindFactory(organisation=worker.organisation, name_es=bad, name_en=bad, bring_es=bad)
    person = family.people[0]
    person.given_names, person.first_surname = "Ximena", "Ensayo"
    person.save(update_fields=["given_names", "first_surname"])
    book(family, kind=kind, place=bad, accompanied_by=bad, owner=worker)
    organisation = worker.organisation
    organisation.name = "Albergue COMAR"
    organisation.save(update_fields=["name"])
    text = read(feed).content.decode()
    known = {
        "BEGIN": r"VCALENDAR|VEVENT",
        "END": r"VCALENDAR|VEVENT",
        "VERSION": r"2\.0",
        "PRODID": r"-//Posada//Posada//EN",
        "METHOD": "PUBLISH",
        "X-WR-CALNAME": "Posada",
        "X-PUBLISHED-TTL": "PT1H",
        "REFRESH-INTERVAL;VALUE=DURATION": "PT1H",
        "UID": r"[0-9a-f-]{36}@posada",
        **dict.fromkeys(["DTSTAMP", "LAST-MODIFIED", "DTSTART"], r"\d{8}T\d{6}Z"),
        "SEQUENCE": r"\d+",
        "SUMMARY": r"Posada \d+",
        "URL": r"http://testserver/appointments/\d+/",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "TRANSP": "TRANSPARENT",
    }
    lines = [line.partition(":") for line in text.removesuffix("\r\n").split("\r\n")]
    assert [name for name, _colon, value in lines if not re.fullmatch(known.get(name, "never"), value)] == []
    for word in ("COMAR", "Ximena", "Ensayo", "F-7007", "Clínica", "script"):
        assert word not in text


@pytest.mark.parametrize(
    ("zone", "leaves", "stamp"),
    [
        (
            "America/Tijuana",
            datetime(2027, 3, 14, 10, 0, tzinfo=UTC),
            b"20270314T100000Z",
        ),  # 03:00, the hour that follows 01:59.
        ("America/Tijuana", datetime(2027, 11, 7, 8, 30, tzinfo=UTC), b"20271107T083000Z"),  # 01:30, the first one.
        ("America/Tijuana", datetime(2027, 11, 7, 9, 30, tzinfo=UTC), b"20271107T093000Z"),  # 01:30, the second.
        ("America/Ciudad_Juarez", datetime(2027, 3, 14, 9, 0, tzinfo=UTC), b"20270314T090000Z"),
    ],
)
def test_the_instant_is_the_same_when_clocks_change(family, feed, zone, leaves, stamp):
    AppointmentFactory(family=family, zone=zone, starts_at=leaves + timedelta(hours=1), leave_shelter_at=leaves)
    with time_machine.travel(leaves - timedelta(days=3), tick=False):
        response = read(feed)
        assert b"DTSTART:" + stamp in response.content
        assert Calendar.from_ical(response.content).walk("VEVENT")[0].decoded("dtstart") == leaves


def test_the_id_stays_and_the_sequence_grows_when_it_changes(worker, family, feed):
    row = book(family)
    [before] = events(feed)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        confirm_appointment(appointment=row, by=worker)
        [after] = events(feed)
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)


def test_what_was_called_off_is_told_as_cancelled_for_thirty_days(worker, family, feed):
    cancelled, moved = book(family), book(family)
    cancel_appointment(appointment=cancelled, by=worker, reason="El consulado llamó", by_authority=True)
    new = reschedule_appointment(
        appointment=moved,
        by=worker,
        local_date=datetime(2027, 1, 20).date(),
        local_time=datetime(2027, 1, 20, 9).time(),
        leave_time=datetime(2027, 1, 20, 8).time(),
        reason="El consulado llamó",
    )
    told = {str(event["summary"]): str(event["status"]) for event in events(feed)}
    assert told == {
        f"Posada {cancelled.pk}": "CANCELLED",
        f"Posada {moved.pk}": "CANCELLED",
        f"Posada {new.pk}": "CONFIRMED",
    }
    ids = [str(event["uid"]) for event in events(feed)]
    assert len(set(ids)) == 3
    with time_machine.travel(LEAVES + timedelta(days=6), tick=False):
        assert len(events(feed)) == 3
    far = AppointmentFactory(family=family, state=AppointmentState.CANCELLED, starts_at=LEAVES + timedelta(days=60))
    assert f"Posada {far.pk}" in {str(event["summary"]) for event in events(feed)}
    with time_machine.travel(NOON + timedelta(days=31), tick=False):
        assert f"Posada {far.pk}" not in {str(event["summary"]) for event in events(feed)}


def test_it_holds_a_week_back_and_ninety_days_ahead(family, feed):
    inside = [
        AppointmentFactory(family=family, starts_at=NOON + ahead, leave_shelter_at=NOON + ahead)
        for ahead in (-services.BACK, timedelta(0), services.AHEAD - timedelta(seconds=1))
    ]
    for ahead in (-services.BACK - timedelta(seconds=1), services.AHEAD):
        AppointmentFactory(family=family, starts_at=NOON + ahead, leave_shelter_at=NOON + ahead)
    assert [str(event["summary"]) for event in events(feed)] == [f"Posada {row.pk}" for row in inside]


def test_mine_are_those_that_i_am_responsible_for(worker, family, feed):
    mine, other = book(family, owner=worker), book(family)
    _feed, token = make_feed(by=worker, scope="mine")
    assert [str(event["summary"]) for event in events(token)] == [f"Posada {mine.pk}"]
    assert len(events(feed)) == 2
    assert other.owner is None


def test_an_offered_one_is_tentative(family, feed):
    book(family, state=AppointmentState.OFFERED)
    assert [str(event["status"]) for event in events(feed)] == ["TENTATIVE"]


# --- For whom it answers -------------------------------------------------------------------------------------------------


def test_another_organisations_appointments_are_not_in_it(family, feed):
    book(FamilyFactory(ages=[30]))
    assert events(feed) == []


def test_a_revoked_one_and_one_that_never_was_are_the_same_404(worker, feed):
    revoke_feed(feed=CalendarFeed.objects.get())
    gone, never = read(feed), read("A" * 43)
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.content == never.content == b""
    assert gone.headers == never.headers
    assert not gone.cookies


def test_it_ends_with_the_membership_the_account_and_the_right(worker, feed):
    membership = worker.membership
    membership.role = Role.VOLUNTEER
    membership.save(update_fields=["role"])
    assert read(feed).status_code == 404
    membership.role = Role.LEGAL
    membership.save(update_fields=["role"])
    assert read(feed).status_code == 200
    worker.is_active = False
    worker.save(update_fields=["is_active"])
    assert read(feed).status_code == 404
    worker.is_active = True
    worker.save(update_fields=["is_active"])
    coordinator = StaffFactory(organisation=worker.organisation, role=Role.COORDINATOR)
    end_membership(membership=membership, by=coordinator)
    assert read(feed).status_code == 404


def test_working_elsewhere_too_opens_nothing(worker, family, feed):
    """The feed is of one organisation, also while its owner works for another one now."""
    book(family)
    other = MembershipFactory(staff=worker, organisation=OrganisationFactory(), role=Role.COORDINATOR)
    worker.current_membership = other
    worker.save(update_fields=["current_membership"])
    assert len(events(feed)) == 1
    membership = worker.memberships.exclude(pk=other.pk).get()
    membership.expires_at = NOON - timedelta(hours=1)
    membership.invited_at = NOON - timedelta(days=9)
    membership.save(update_fields=["expires_at", "invited_at"])
    assert read(feed).status_code == 404


# --- HTTP ----------------------------------------------------------------------------------------------------------------


def test_its_headers_and_that_nothing_changed_is_said_in_short(family, feed):
    book(family)
    first = read(feed)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, no-store"
    assert first["X-Robots-Tag"] == "noindex, nofollow"
    with time_machine.travel(NOON + timedelta(minutes=20), tick=False):
        again = read(feed, if_none_match=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert (again["Cache-Control"], again["ETag"]) == (first["Cache-Control"], first["ETag"])
        book(family)
        assert read(feed, if_none_match=first["ETag"]).status_code == 200
    assert Client().post(f"/calendar/{feed}.ics").status_code == 405


def test_each_reading_that_gave_events_out_is_a_line_of_the_log(worker, family, feed):
    book(family)
    etag = read(feed)["ETag"]
    row = CalendarFeed.objects.get()
    line = ReadLog.objects.get(what="calendar_feed")
    assert (line.staff, line.organisation, line.subject_id, line.count) == (worker, worker.organisation, row.pk, 1)
    assert row.last_read_at == NOON
    read(feed, if_none_match=etag)
    assert ReadLog.objects.filter(what="calendar_feed").count() == 1
    with time_machine.travel(NOON + timedelta(minutes=4), tick=False):
        read(feed, if_none_match=etag)
        assert CalendarFeed.objects.get().last_read_at == NOON
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        read(feed, if_none_match=etag)
        assert CalendarFeed.objects.get().last_read_at == NOON + timedelta(minutes=5)


def test_a_reading_takes_the_same_number_of_queries(family, feed, django_assert_num_queries):
    for number in (1, 30):
        for _one in range(number):
            book(family)
        with django_assert_num_queries(8 if number == 1 else 7):  # The first one also writes when it was read.
            read(feed)


def test_who_reads_too_often_waits(feed, monkeypatch):
    monkeypatch.setattr(services, "cache", LocMemCache("feeds", {}))  # Others empty the one that all share.
    monkeypatch.setattr(services, "READS", 3)
    codes = [read(feed).status_code for _time in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert read(feed)["Retry-After"] == "600"
    monkeypatch.setattr(services, "TRIES", 6)
    assert read("x" * 43).status_code == 429  # Whoever tries addresses has used up theirs.


def test_without_a_broker_it_still_answers(feed, monkeypatch):
    from redis.exceptions import ConnectionError as NoBroker

    def fails(*_given, **_more):
        raise NoBroker

    monkeypatch.setattr(services.cache, "add", fails)
    assert read(feed).status_code == 200


# --- Where the token is not ----------------------------------------------------------------------------------------------


def test_the_token_stands_nowhere_in_the_database(worker, family, feed):
    read(feed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" row WHERE row::text LIKE %s', [f"%{feed}%"])
            assert cursor.fetchone()[0] == 0, table
    assert CalendarFeed.objects.get().token_hash == services.hash_of(feed)
    assert len(feed) == 43


def test_the_token_stands_in_no_log(feed, caplog, monkeypatch):
    revoke_feed(feed=CalendarFeed.objects.get())
    with caplog.at_level(logging.DEBUG):
        assert read(feed).status_code == 404
        monkeypatch.setattr(services, "READS", 0)
        assert read(feed).status_code == 429
        Client().get(f"/invitation/{feed}/")
    assert "/calendar/…" in caplog.text
    assert feed not in caplog.text


def test_every_line_that_is_written_passes_the_filter():
    assert settings.LOGGING["handlers"]["out"]["filters"] == ["secrets"]
    record = logging.LogRecord(
        "x", logging.WARNING, "", 0, "%s %s", ("/calendar/abc.ics?x=1", "/calendar/feeds/"), None
    )
    assert HideTokens().filter(record)
    assert record.getMessage() == "/calendar/…?x=1 /calendar/feeds/"


# --- One's own page ------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(worker):
    client = Client()
    client.force_login(worker)
    return client


def test_the_address_is_shown_once(client, worker, family):
    book(family)
    shown = client.post("/calendar/feeds/", {"scope": "mine"}).content.decode()
    [token] = re.findall(r"http://testserver/calendar/([\w-]{43})\.ics", shown)
    assert read(token).status_code == 200
    again = client.get("/calendar/feeds/").content.decode()
    assert token not in again
    assert "Those that I am responsible for" in again
    assert "Last read" in again
    assert "/calendar/feeds/" in client.get("/preferences/").content.decode()


def test_a_scope_must_be_chosen(client):
    response = client.post("/calendar/feeds/", {"scope": "everyone"})
    assert "po-errors" in response.content.decode()
    assert not CalendarFeed.objects.exists()


def test_one_revokes_ones_own_and_nobody_elses(client, worker, feed):
    row = CalendarFeed.objects.get()
    coordinator = StaffFactory(organisation=worker.organisation, role=Role.COORDINATOR)
    theirs = Client()
    theirs.force_login(coordinator)
    url = reverse("cases:appointment_feed_revoke", args=[row.pk])
    assert theirs.post(url).status_code == 404
    assert read(feed).status_code == 200
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 404
    assert read(feed).status_code == 404
    assert "You have made none." in client.get("/calendar/feeds/").content.decode()


def test_five_are_enough(client, worker):
    for _number in range(5):
        make_feed(by=worker, scope="mine")
    with pytest.raises(Refused):
        make_feed(by=worker, scope="mine")
    response = client.post("/calendar/feeds/", {"scope": "mine"})
    assert response.status_code == 409
    assert "You have five addresses already." in response.content.decode()
    revoke_feed(feed=CalendarFeed.objects.first())
    make_feed(by=worker, scope="mine")


def test_history_keeps_that_it_was_made_and_revoked_without_its_hash(feed):
    read(feed)
    revoke_feed(feed=CalendarFeed.objects.get())
    history = CalendarFeed.pgh_event_model.objects.order_by("pgh_id")
    assert list(history.values_list("pgh_label", flat=True)) == ["insert", "update"]
    assert not hasattr(history[0], "token_hash")
