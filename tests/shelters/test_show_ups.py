"""Show-up rates: recounted by hand and by another way of counting, and nothing small in them."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Appointment, AppointmentState, MessageWords, Reminder
from ngo.models import ReadLog
from ngo.models.outbox import Channel, OutgoingState
from ngo.permissions import Role
from shelters.show_ups import (
    IN_PERSON,
    NEITHER,
    NOTICE,
    OUTCOMES,
    first_of,
    groups_of,
    in_two,
    may_be_told,
    show_ups,
    sum_of,
    tell,
)
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    EmailAddressFactory,
    FamilyFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)
TODAY = date(2026, 11, 12)
URL = "/reports/show-ups/"
ATTENDED, MISSED, TURNED_AWAY = OUTCOMES


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def staff():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def family(staff):
    return FamilyFactory(organisation=staff.organisation, ages=[34])


@pytest.fixture
def address(family):
    return EmailAddressFactory(family=family, agreed=True)


@pytest.fixture
def kind(staff):
    return AppointmentKindFactory(organisation=staff.organisation, name_en="Interview")


@pytest.fixture
def client(staff):
    client = Client()
    client.force_login(staff)
    return client


def rows(number, family, kind, state=ATTENDED, starts_at=NOON - timedelta(days=3), **given):
    """So many appointments that are over, without people."""
    return Appointment.objects.bulk_create(
        Appointment(
            organisation=family.organisation,
            family=family,
            kind=kind,
            place="Clínica de prueba",
            zone="America/Tijuana",
            home_zone="America/Tijuana",
            starts_at=starts_at,
            report_at=starts_at,
            leave_shelter_at=starts_at - timedelta(hours=1),
            local_date=starts_at.date(),
            local_time=starts_at.time(),
            state=state,
            **given,
        )
        for _number in range(number)
    )


def notice(appointment, address, sent_at=None, state=OutgoingState.SENT, **given):
    sent_at = sent_at or appointment.leave_shelter_at - timedelta(days=1)
    given = {"email": address, "channel": Channel.EMAIL, "words": MessageWords.REMINDER} | given
    return Reminder.objects.create(
        organisation=appointment.organisation,
        family=appointment.family,
        appointment=appointment,
        source_id=appointment.pk,
        language="es",
        state=state,
        sent_at=sent_at if state in {OutgoingState.SENT, OutgoingState.DELIVERED} else None,
        due_at=sent_at,
        next_try_at=sent_at,
        **given,
    )


# --- Counting ------------------------------------------------------------------------------------------------------------


def test_recounted_by_hand(staff, family, kind, address, django_assert_num_queries):
    """Twenty attended with a message, ten in person, six with neither; of each five or more did not get in."""
    for state, number in ((ATTENDED, 20), (MISSED, 5)):
        for row in rows(number, family, kind, state):
            notice(row, address)
    told = {"told_at": NOON - timedelta(days=5), "told_by": staff}
    rows(10, family, kind, ATTENDED, **told)
    rows(6, family, kind, TURNED_AWAY, **told)
    rows(6, family, kind, ATTENDED)
    rows(9, family, kind, MISSED)
    with django_assert_num_queries(1):
        found = show_ups(staff, months=3, today=TODAY, language="en")

    assert found.over == 56
    assert (found.total.attended, found.total.missed, found.total.turned_away, found.total.share) == (36, 14, 6, 64)
    by_told = [(line.rate.over, line.rate.attended, line.rate.share) for line in found.by_told.lines]
    assert by_told == [(25, 20, 80), (16, 10, 63), (15, 6, 40)]
    [line] = found.by_kind.lines
    assert (line.name, line.rate.over) == ("Interview", 56)
    assert [(rate.share, rate.over) for rate in line.told] == [(80, 25), (63, 16), (40, 15)]
    assert [line.name for line in found.by_month.lines] == ["Nov 2026"]


def test_only_a_message_to_the_family_that_arrived_before_they_left_counts(staff, family, kind, address):
    def told_as(row):
        [group] = groups_of(staff, date(2026, 11, 1), TODAY)[0]
        row.delete()
        return group.told

    def with_notice(**given):
        [row] = rows(1, family, kind)
        one = notice(row, address, **given)
        found = groups_of(staff, date(2026, 11, 1), TODAY)[0][0].told
        one.delete()
        row.delete()
        return found

    assert with_notice() == NOTICE
    assert with_notice(state=OutgoingState.DELIVERED) == NOTICE
    assert with_notice(state=OutgoingState.FAILED) == NEITHER
    assert with_notice(state=OutgoingState.EXPIRED) == NEITHER
    assert with_notice(sent_at=NOON) == NEITHER  # After they had left.
    assert with_notice(words=MessageWords.ANSWER) == NEITHER
    assert with_notice(email=None, staff=staff) == NEITHER  # To a colleague.
    assert with_notice(email=None, channel=Channel.HOUSE) == NEITHER  # A line on a list is no message.
    assert told_as(rows(1, family, kind, told_at=NOON - timedelta(days=4), told_by=staff)[0]) == IN_PERSON
    assert told_as(rows(1, family, kind, told_at=NOON, told_by=staff)[0]) == NEITHER  # Told when it was over.


def test_only_what_is_over_with_an_outcome_in_the_period_of_ones_own_organisation(staff, family, kind):
    rows(1, family, kind, ATTENDED)
    for state in set(AppointmentState) - set(OUTCOMES):
        rows(1, family, kind, state)
    rows(1, family, kind, ATTENDED, starts_at=datetime(2026, 9, 1, 6, 59, tzinfo=UTC))  # 23:59 on 31 August here.
    rows(1, family, kind, ATTENDED, starts_at=datetime(2026, 9, 1, 7, 0, tzinfo=UTC))  # Midnight here.
    AppointmentFactory(state=ATTENDED, starts_at=NOON - timedelta(days=3))
    groups, _names = groups_of(staff, first_of(TODAY, 3), TODAY)
    assert sorted((group.month, sum(group.counts)) for group in groups) == [
        (date(2026, 9, 1), 1),
        (date(2026, 11, 1), 1),
    ]


@pytest.mark.parametrize(
    ("months", "first"),
    [(3, date(2026, 9, 1)), (6, date(2026, 6, 1)), (12, date(2025, 12, 1)), (24, date(2024, 12, 1))],
)
def test_a_period_begins_on_the_first_of_a_month(months, first):
    assert first_of(TODAY, months) == first


STATES = [AppointmentState.PLANNED, AppointmentState.CANCELLED, *OUTCOMES]
ONE = st.tuples(
    st.sampled_from(STATES),
    st.integers(0, 1),  # Which kind.
    st.integers(0, 120),  # Days ago.
    st.sampled_from([None, OutgoingState.SENT, OutgoingState.DELIVERED, OutgoingState.FAILED]),
    st.integers(-2, 1),  # When it was sent, in days from their leaving.
    st.booleans(),  # Told in person.
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ONE, max_size=12))
def test_the_database_counts_as_a_child_would(staff, family, address, given_rows):
    Reminder.objects.all().delete()
    Appointment.objects.all().delete()
    kinds = [AppointmentKindFactory(organisation=staff.organisation) for _number in range(2)]
    first = first_of(TODAY, 3)
    naive = defaultdict(lambda: [0, 0, 0])
    for state, which, ago, sent, days, told in given_rows:
        starts_at = NOON - timedelta(days=ago, hours=5)
        facts = {"told_at": starts_at - timedelta(hours=3), "told_by": staff} if told else {}
        [row] = rows(1, family, kinds[which], state, starts_at=starts_at, **facts)
        arrived = False
        if sent:
            sent_at = row.leave_shelter_at + timedelta(days=days)
            notice(row, address, sent_at=sent_at, state=sent)
            arrived = sent != OutgoingState.FAILED and sent_at <= row.leave_shelter_at
        day = row.day_here
        if state in OUTCOMES and first <= day <= TODAY:
            key = (kinds[which].pk, day.replace(day=1), NOTICE if arrived else IN_PERSON if told else NEITHER)
            naive[key][OUTCOMES.index(state)] += 1
    groups, _names = groups_of(staff, first, TODAY)
    assert {(group.kind, group.month, group.told): list(group.counts) for group in groups} == dict(naive)


# --- What may be told ----------------------------------------------------------------------------------------------------
COUNT = st.one_of(st.integers(0, 12), st.integers(0, 200))


@given(
    st.integers(1, 6).flatmap(lambda width: st.lists(st.tuples(*[COUNT] * width), max_size=8)),
    st.sets(st.integers(0, 7), max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_no_small_number_is_shown_or_can_be_had_by_subtraction(vectors, besides):
    there = dict(enumerate(vectors))
    found = tell(there, besides)
    if found is None:
        return
    assert all(may_be_told(counts) for counts in found.shown.values())
    assert not set(found.shown) & besides
    assert set(found.shown) | set(found.merged) == {key for key, counts in there.items() if any(counts)}
    if found.merged:
        assert len(found.merged) >= 2
        assert may_be_told(found.rest)
        assert found.rest == sum_of(there[key] for key in found.merged)


def test_a_single_small_row_takes_another_one_with_it():
    found = tell({"a": (40, 10), "b": (20, 6), "c": (9, 2)})
    assert found.shown == {"a": (40, 10)}
    assert (found.merged, found.rest) == (["b", "c"], (29, 8))
    assert tell({"a": (40, 10), "b": (9, 2)}) is None
    assert tell({"a": (40, 10), "b": (9, 0)}).shown == {"a": (40, 10), "b": (9, 0)}
    assert tell({}).shown == {}
    assert in_two((7, 2, 3)) == (7, 5)


def test_what_is_shown_of_kinds_tells_nothing_small_of_any_of_them(staff, family):
    """One kind of which two were missed stands with another; how they were told is not shown of either."""
    kinds = [
        AppointmentKindFactory(organisation=staff.organisation, name_en=name) for name in ("Alpha", "Beta", "Gamma")
    ]
    for kind, missed in zip(kinds, (10, 2, 6), strict=True):
        rows(20 + missed, family, kind, ATTENDED)
        rows(missed, family, kind, MISSED)
    table = show_ups(staff, months=3, today=TODAY, language="en").by_kind
    assert [line.name for line in table.lines] == ["Alpha"]
    assert (table.merged, table.rest.over, table.rest.did_not_get_in) == (2, 56, 8)


def test_turned_away_is_put_with_missed_where_it_is_small(staff, family, kind):
    rows(20, family, kind, ATTENDED)
    rows(6, family, kind, MISSED)
    rows(2, family, kind, TURNED_AWAY)
    found = show_ups(staff, months=3, today=TODAY, language="en")
    assert (found.total.missed, found.total.did_not_get_in) == (None, 8)
    assert not found.by_kind.is_detailed


# --- The page ------------------------------------------------------------------------------------------------------------


def test_the_page_says_what_it_is_and_quotes_the_trial(client, family, kind):
    rows(20, family, kind, ATTENDED)
    rows(5, family, kind, MISSED)
    shown = " ".join(client.get(URL).content.decode().split())
    assert "Attended: 80 % of 25." in shown
    assert "This is a count and not a trial." in shown
    assert "a fall of 21 %" in shown
    assert "10.1126/science.abb6591" in shown
    assert "26 %" not in shown
    assert "Show-up rates" in client.get("/reports/").content.decode()


def test_the_page_of_an_empty_house_and_of_a_small_one(client, family, kind):
    assert "0 appointments." in " ".join(client.get(URL).content.decode().split())
    rows(2, family, kind, ATTENDED)
    rows(1, family, kind, MISSED)
    shown = " ".join(client.get(URL, {"months": "x"}).content.decode().split())
    assert "3 appointments." in shown
    assert "There are too few to show them apart." in shown
    assert "67 %" not in shown


def test_the_page_takes_the_same_number_of_queries(client, staff, family, kind, django_assert_num_queries):
    client.get(URL)
    with django_assert_num_queries(6):
        client.get(URL)
    for number in range(8):
        other = AppointmentKindFactory(organisation=staff.organisation)
        rows(12, family, other, ATTENDED, starts_at=NOON - timedelta(days=30 * number + 1))
    with django_assert_num_queries(6):
        client.get(URL)


def test_the_spreadsheet_holds_the_same_and_no_formula(client, staff, family):
    kind = AppointmentKindFactory(organisation=staff.organisation, name_en='=HYPERLINK("http://x.example")')
    rows(20, family, kind, ATTENDED)
    rows(5, family, kind, MISSED)
    response = client.get(f"{URL}csv/", {"months": 3})
    assert response["Content-Disposition"] == 'attachment; filename="posada-2026-09-01-2026-11-12.csv"'
    text = response.content.decode()
    assert text.startswith("\ufeff")
    lines = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert lines[1] == ["Everything", "", "", "25", "20", "5", "0", "80"]
    assert ["Kind", '\'=HYPERLINK("http://x.example")', "", "25", "20", "5", "0", "80"] in lines
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert ReadLog.objects.filter(what="show_ups_csv", staff=staff).count() == 1


def test_who_sees_no_reports_sees_no_rates(staff):
    cook = StaffFactory(organisation=staff.organisation, role=Role.SUPPLIES)
    client = Client()
    client.force_login(cook)
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}csv/").status_code == 403


def test_nothing_of_another_organisation_is_counted(client):
    other = FamilyFactory(organisation=OrganisationFactory(), ages=[30])
    rows(20, other, AppointmentKindFactory(organisation=other.organisation, name_en="Ajena"), ATTENDED)
    shown = " ".join(client.get(URL).content.decode().split())
    assert "0 appointments." in shown
    assert "Ajena" not in shown
