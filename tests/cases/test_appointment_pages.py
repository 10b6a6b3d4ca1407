"""The pages of appointments and of their kinds: what they show, what they keep of what was typed, and what they cost."""

import re
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.models import (
    Appointment,
    AppointmentKind,
    AppointmentState,
    Audience,
    Case,
    Group,
    LegalProvider,
    NoticeRule,
    SlotBooking,
    WeeklySlot,
)
from cases.services import appointment_kinds, notice_rules
from cases.services.appointments import (
    cancel_appointment,
    record_outcome,
    reschedule_appointment,
    schedule_appointment,
)
from cases.services.notice_rules import RuleData
from cases.services.people import assign_owner, change_group
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from ngo.services.setup import set_up_organisation
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    CityFactory,
    EmailAddressFactory,
    FamilyFactory,
    OfficeFactory,
    OrganisationFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.


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
def client(worker):
    return browser_of(worker)


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, ages=[34, 9], folio="F-7007")


@pytest.fixture
def kind(worker):
    return AppointmentKindFactory(organisation=worker.organisation, name_en="Interview")


def browser_of(staff):
    client = Client()
    client.force_login(staff)
    return client


def page(client, route, *args, **query):
    response = client.get(reverse(f"cases:{route}", args=args), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def typed(family, kind, **given):
    """What a browser posts for an appointment on Friday of next week at nine."""
    return {
        "kind": kind.pk,
        "slot": "",
        "local_date_day": "20",
        "local_date_month": "11",
        "local_date_year": "2026",
        "local_time": "9:00",
        "report_day": "0",
        "report_time": "",
        "leave_day": "0",
        "leave_time": "8.15",
        "office": "",
        "place": "Clínica Ensayo",
        "city": "",
        "people": [family.people[0].pk],
        "food": "",
        "owner": "",
    } | given


# --- Booking in a browser ------------------------------------------------------------------------------------------------


def test_an_appointment_is_booked_on_the_page_of_its_family(client, worker, family, kind):
    url = reverse("cases:appointment_new", args=[family.pk])
    assert url in page(client, "family", family.pk)
    response = client.post(url, typed(family, kind, companions=[family.people[1].pk], owner=worker.pk))

    row = Appointment.objects.get()
    assert response["Location"] == reverse("cases:appointment", args=[row.pk])
    assert row.starts_at == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert (row.zone, row.home_zone, row.owner, row.food) == ("America/Tijuana", "America/Tijuana", worker, "none")
    shown = page(client, "family", family.pk)
    assert "Interview" in shown
    assert "They leave the house at 08:15." in shown


def test_the_place_brings_its_clock_by_its_city_or_its_office(client, family, kind):
    url = reverse("cases:appointment_new", args=[family.pk])
    mexico = CityFactory(name="Ciudad de México", zone="America/Mexico_City")
    office = OfficeFactory(name="COMAR de prueba", city=mexico, zone="America/Mexico_City")
    client.post(url, typed(family, kind, city=mexico.pk, leave_time="6:00"))
    client.post(url, typed(family, kind, office=office.pk, place="", leave_time="6:00", local_date_day="21"))

    first, second = Appointment.objects.order_by("pk")
    assert (first.place, first.zone) == ("Clínica Ensayo, Ciudad de México", "America/Mexico_City")
    assert (second.office, second.place) == (office, "")
    shown = page(client, "appointment", second.pk)
    assert '<time class="here" datetime="2026-11-21T15:00:00Z">07:00</time>' in shown
    assert "09:00 in Ciudad de México" in shown
    assert "The hour here may change" not in shown


def test_the_night_before_is_said_with_the_day(client, family, kind):
    client.post(
        reverse("cases:appointment_new", args=[family.pk]),
        typed(family, kind, local_time="4", leave_day="1", leave_time="22:30", report_time="3:30"),
    )
    row = Appointment.objects.get()
    assert "They leave the house on Thu 19 Nov, 22:30." in page(client, "appointments")
    assert row.food == "none"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": ""}, "Choose the kind of appointment."),
        ({"local_date_day": ""}, "Write the day, the month and the year"),
        ({"local_date_day": "31"}, "There is no such date"),
        ({"local_date_day": "", "local_date_month": "", "local_date_year": ""}, "Write the date."),
        ({"local_date_year": "2025"}, "That date is over."),
        ({"local_time": ""}, "Write the hour, for example"),
        ({"local_time": "25:00"}, "Write the hour with numbers"),
        ({"leave_time": "9:30"}, "They would leave after they have to be there"),
        ({"report_day": "1"}, "Write the hour, for example"),
        ({"report_time": "10:00"}, "there after it begins"),
        ({"people": []}, "Mark at least one person"),
        ({"place": ""}, "Choose the office, or write another place."),
        ({"office": "999999"}, "Select a valid choice"),
    ],
)
def test_a_mistake_says_what_is_wrong_and_keeps_what_was_typed(client, family, kind, given, sentence):
    response = client.post(
        reverse("cases:appointment_new", args=[family.pk]), typed(family, kind, accompanied_by="Inés Prueba") | given
    )
    shown = " ".join(response.content.decode().split())
    assert response.status_code in {200, 409}
    assert sentence in shown
    assert 'value="Inés Prueba"' in shown
    assert not Appointment.objects.exists()


def test_the_same_person_twice_is_a_warning_that_a_reason_answers(client, family, kind):
    url = reverse("cases:appointment_new", args=[family.pk])
    client.post(url, typed(family, kind))
    warned = client.post(url, typed(family, kind, local_time="9:30"))
    assert warned.status_code == 409
    shown = warned.content.decode()
    assert "has another appointment at that time" in shown
    assert 'name="reason"' in shown
    client.post(url, typed(family, kind, local_time="9:30", reason="One building"))
    assert Appointment.objects.count() == 2


def test_an_hour_that_does_not_exist_is_said_and_taken_as_the_next_one(client, family, kind):
    date_of_change = {"local_date_day": "14", "local_date_month": "3", "local_date_year": "2027"}
    response = client.post(
        reverse("cases:appointment_new", args=[family.pk]),
        typed(family, kind, **date_of_change, local_time="2:30", leave_time="1:00"),
        follow=True,
    )
    shown = response.content.decode()
    assert "skips 02:30. It is taken as 03:30." in shown
    assert ">03:30</time>" in shown


def test_a_legal_consultation_takes_day_and_hour_from_its_slot(client, worker, family):
    legal = AppointmentKindFactory(organisation=worker.organisation, is_legal=True)
    provider = LegalProvider.objects.create(organisation=worker.organisation, name="Defensoría Ensayo")
    slot = WeeklySlot.objects.create(
        provider=provider, weekday=4, starts_at=time(10), zone="America/Tijuana", since=date(2026, 1, 1)
    )
    url, empty = reverse("cases:appointment_new", args=[family.pk]), {"place": "", "local_time": ""}
    empty |= {"local_date_day": "", "local_date_month": "", "local_date_year": ""}
    assert "Choose a consultation that is free." in client.post(url, typed(family, legal, **empty)).content.decode()
    chosen = {"slot": f"{slot.pk}:2026-11-20"}
    assert "is at another time" in client.post(url, typed(family, legal, **chosen)).content.decode()
    client.post(url, typed(family, legal, **(empty | chosen)))
    row = Appointment.objects.get()
    assert (row.local_date, row.local_time, row.place) == (date(2026, 11, 20), time(10), "Defensoría Ensayo")
    assert "Someone has just taken" in client.post(url, typed(family, legal, **(empty | chosen))).content.decode()

    moved = {
        "slot": f"{slot.pk}:2026-11-27",
        "report_day": "0",
        "leave_day": "0",
        "leave_time": "9:00",
        "reason": "Asked",
    }
    client.post(reverse("cases:appointment_move", args=[row.pk]), moved)
    assert list(SlotBooking.objects.filter(released_at=None).values_list("day", flat=True)) == [date(2026, 11, 27)]


# --- One appointment -----------------------------------------------------------------------------------------------------


def test_an_appointment_is_moved_in_a_browser_and_the_old_page_leads_to_the_new(client, family, kind):
    old = AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=3))
    url = reverse("cases:appointment_move", args=[old.pk])
    form = client.get(url).content.decode()
    assert 'value="Clínica de prueba"' in form  # The place stays; the date is asked anew.
    assert 'value="11:00"' in form
    posted = {
        name: value for name, value in typed(family, kind).items() if name not in {"kind", "people", "owner", "food"}
    }
    posted |= {"place": "Clínica de prueba", "reason": "The doctor is ill"}
    assert "Write why the date moves." in client.post(url, posted | {"reason": ""}).content.decode()
    response = client.post(url, posted, follow=True)
    assert "Tell the family in person" in response.content.decode()

    shown = page(client, "appointment", old.pk)
    assert "Open the new one: Fri 20 Nov, 09:00" in re.sub(r"<[^>]+>", "", shown)
    assert "Moved to another date" in shown
    assert "The doctor is ill" in shown
    again = client.post(url, posted)
    assert again.status_code == 409
    assert "Somebody has just moved this appointment" in again.content.decode()


def test_moving_keeps_the_clock_of_the_place(client, family, kind):
    old = AppointmentFactory(
        family=family,
        kind=kind,
        zone="America/Mexico_City",
        home_zone="America/Tijuana",
        starts_at=NOON + timedelta(days=3),
    )
    posted = {
        name: value for name, value in typed(family, kind).items() if name not in {"kind", "people", "owner", "food"}
    }
    posted |= {"place": old.place, "reason": "x", "leave_time": "6:00"}
    client.post(reverse("cases:appointment_move", args=[old.pk]), posted)
    new = Appointment.objects.get(replaces=old)
    assert (new.zone, new.starts_at) == ("America/Mexico_City", datetime(2026, 11, 20, 15, tzinfo=UTC))


def test_it_is_confirmed_told_cancelled_and_what_became_of_it_written(client, family, kind):
    row = AppointmentFactory(family=family, kind=kind)

    def post(action, **data):
        return " ".join(
            client.post(reverse(f"cases:appointment_{action}", args=[row.pk]), data, follow=True)
            .content.decode()
            .split()
        )

    assert "It is confirmed." in post("confirm")
    assert "It is confirmed already." in post("confirm")
    assert "It is as it was before." in post("undo")
    assert "Told in person" in post("told")
    assert "Nobody has told them yet" in post("told", undo="1")
    assert "It has not begun yet." in post("outcome", state="missed")
    assert "Choose what became of it." in post("outcome")
    with time_machine.travel(row.starts_at + timedelta(hours=1), tick=False):
        client.force_login(StaffFactory(organisation=family.organisation, role=Role.CASEWORKER))
        assert "Missed" in post("outcome", state="missed", reason="The bus")
        assert "Write why it is corrected." in post("outcome", state="attended")
        assert "Attended" in post("outcome", state="attended", reason="They had gone")
        post("undo")
    row.refresh_from_db()
    assert row.state == AppointmentState.PLANNED
    assert "Mark who cancels it." in post("cancel", reason="x")
    assert "The appointment is cancelled." in post("cancel", who="authority", reason="Programme ended")
    row.refresh_from_db()
    assert row.state == AppointmentState.CANCELLED_BY_AUTHORITY


def test_the_page_says_of_each_reminder_whether_it_leaves_and_why_not(client, worker, family, kind):
    for days in (9, 1):
        NoticeRule.objects.create(
            organisation=kind.organisation, kind=kind, audience=Audience.STAFF, days_before=days, at_time=time(9)
        )
    row = schedule_appointment(
        family=family,
        kind=kind,
        people=family.people,
        place="x",
        zone="America/Tijuana",
        local_date=date(2026, 11, 20),
        local_time=time(9),
        owner=worker,
        by=worker,
    )
    shown = page(client, "appointment", row.pk)
    assert "Thu 19 Nov, 09:00" in shown
    assert "Its hour had passed when the appointment was booked" in shown
    cancel_appointment(appointment=row, by=worker, reason="Ill")
    assert "The appointment was cancelled" in page(client, "appointment", row.pk)


def test_where_no_message_goes_to_the_family_the_page_says_so_and_does_not_promise_one(client, worker, family, kind):
    NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.GUEST, days_before=1, at_time=time(17)
    )
    NoticeRule.objects.create(
        organisation=kind.organisation, kind=kind, audience=Audience.STAFF, days_before=1, at_time=time(9)
    )
    url = reverse("cases:appointment_new", args=[family.pk])
    shown = client.post(url, typed(family, kind, owner=worker.pk), follow=True).content.decode()
    assert "Its reminders leave by themselves" not in shown
    assert "No message goes to the family: tell them in person." in shown
    assert "No message goes to the family. Tell them in person." in shown  # Beside the one to who is responsible.

    EmailAddressFactory(family=family, agreed=True)
    again = typed(family, kind, local_date_day="27", owner=worker.pk)
    shown = client.post(url, again, follow=True).content.decode()
    assert "Its reminders leave by themselves" in shown
    assert "No message goes to the family" not in shown


def test_an_hour_of_leaving_that_has_passed_is_said(client, family, kind):
    with time_machine.travel(
        datetime(2026, 11, 20, 16, 30, tzinfo=UTC), tick=False
    ):  # 08:30 at the house; they leave at 08:15 and begin at 09:00.
        url = reverse("cases:appointment_new", args=[family.pk])
        shown = client.post(url, typed(family, kind), follow=True).content.decode()
    assert "The hour at which they leave has already passed." in shown


def test_a_consultation_where_nobody_gives_any_says_what_to_do(client, worker, family):
    legal = AppointmentKindFactory(organisation=worker.organisation, is_legal=True)
    url = reverse("cases:appointment_new", args=[family.pk])
    response = client.post(url, typed(family, legal))
    assert list(response.context["form"].errors) == ["kind"]
    assert "Add hours under Legal aid" in response.content.decode()


def test_who_may_not_change_appointments_reads_them_without_a_button(family, kind):
    """Every role that reads appointments may change them today; the page asks the permission all the same."""
    row = AppointmentFactory(family=family, kind=kind)
    for role in Role:
        client = browser_of(StaffFactory(organisation=family.organisation, role=role))
        opened = client.get(reverse("cases:appointment", args=[row.pk])).status_code
        moved = client.get(reverse("cases:appointment_move", args=[row.pk])).status_code
        assert opened == moved


def test_opening_an_appointment_is_recorded(client, family, kind):
    row = AppointmentFactory(family=family, kind=kind)
    page(client, "appointment", row.pk)
    page(client, "appointments")
    lines = ReadLog.objects.order_by("pk").values_list("what", "subject_id", "count")
    assert list(lines) == [("appointment", row.pk, None), ("appointments", None, 1)]


def test_the_hour_here_may_change_is_said_while_it_can(client, family, kind):
    given = {"zone": "America/Mexico_City", "home_zone": "America/Tijuana", "family": family, "kind": kind}
    row = AppointmentFactory(starts_at=NOON + timedelta(days=200), **given)
    assert "The hour here may change" in page(client, "appointment", row.pk)
    Appointment.objects.update(state=AppointmentState.CANCELLED)
    assert "The hour here may change" not in page(client, "appointment", row.pk)


# --- The list ------------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_is_to_come_by_day_and_can_be_narrowed(client, worker, family, kind):
    other = AppointmentKindFactory(organisation=worker.organisation, name_en="Doctor")
    AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=2), owner=worker)
    AppointmentFactory(family=family, kind=other, starts_at=NOON + timedelta(days=1))
    AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=3), state="cancelled")
    AppointmentFactory(family=family, kind=kind, starts_at=NOON - timedelta(days=3))
    AppointmentFactory(kind=AppointmentKindFactory(name_en="Of strangers"), family=FamilyFactory())

    def listed(**query):
        return re.findall(r"<h3><a [^>]*>([^<]*)</a>", page(client, "appointments", **query))

    assert listed() == ["Doctor", "Interview"]
    assert listed(kind=kind.pk) == ["Interview"]
    assert listed(mine="on") == ["Interview"]
    assert listed(kind="x") == ["Doctor", "Interview"]
    assert listed(show="over") == ["Interview"]
    shown = page(client, "appointments")
    assert [day in shown for day in ("Fri 13 Nov", "Sat 14 Nov", "Sun 15 Nov")] == [True, True, False]
    assert "1 without an outcome" in shown


def test_the_list_and_one_page_take_the_same_number_of_queries(client, family, kind, django_assert_num_queries):
    row = AppointmentFactory(family=family, kind=kind)
    page(client, "appointments")
    with django_assert_num_queries(12):
        page(client, "appointments")
    AppointmentFactory.create_batch(54, family=family, kind=kind)
    with django_assert_num_queries(12):
        assert "Page 1 of 2" in page(client, "appointments")
    with django_assert_num_queries(12):
        page(client, "appointment", row.pk)


def test_a_familys_page_with_appointments_takes_one_more_query_whatever_their_number(
    client, family, kind, django_assert_num_queries
):
    AppointmentFactory(family=family, kind=kind)
    page(client, "family", family.pk)
    with django_assert_num_queries(21):
        page(client, "family", family.pk)
    AppointmentFactory.create_batch(4, family=family, kind=kind)
    with django_assert_num_queries(21):
        page(client, "family", family.pk)


def test_the_history_of_a_family_tells_what_became_of_its_appointments(client, worker, family, kind):
    row = AppointmentFactory(family=family, kind=kind, starts_at=NOON - timedelta(hours=3))
    assert "Write what became of it" in page(client, "family", family.pk)
    record_outcome(appointment=row, state="turned_away", by=worker, reason="The gate was closed")
    shown = page(client, "family", family.pk)
    assert "Interview, Thu 12 Nov, 09:00: Turned away there." in shown
    assert "Reason: The gate was closed" in shown
    assert reverse("cases:appointment", args=[row.pk]) not in shown


# --- People by group -----------------------------------------------------------------------------------------------------


def rows_of_group(client, **query):
    return re.findall(r'<th scope="row">.*?<bdi>(.*?)</bdi>', page(client, "group", "us_appointment", **query))


def test_a_group_shows_the_next_date_the_wait_and_who_is_responsible(client, worker, family, kind):
    old = AppointmentFactory(family=family, kind=kind, starts_at=NOON - timedelta(days=1))
    AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=9))
    cancelled = AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=1), state="cancelled")
    row = AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=4))
    later = FamilyFactory(organisation=worker.organisation)
    Case.objects.filter(person=later.people[0]).update(opened_at=NOON - timedelta(days=20))
    assign_owner(people=family.people, owner=worker, by=worker)

    shown = page(client, "group", "us_appointment")
    assert "Mon 16 Nov, 12:00" in shown
    assert reverse("cases:appointment", args=[row.pk]) in shown
    for other in (old, cancelled):
        assert reverse("cases:appointment", args=[other.pk]) not in shown
    assert "20 days" in shown
    assert "None booked" in shown
    assert str(worker) in shown
    names = [person.full_name for person in family.people]
    assert rows_of_group(client) == [later.people[0].full_name, *names]
    assert rows_of_group(client, by="date") == [*names, later.people[0].full_name]


def test_a_group_with_dates_takes_the_same_number_of_queries(client, worker, family, kind, django_assert_num_queries):
    url = reverse("cases:group", args=["us_appointment"])
    client.get(url)
    with django_assert_num_queries(11):
        client.get(url, {"by": "date"})
    for _ in range(12):
        other = FamilyFactory(organisation=worker.organisation)
        AppointmentFactory(family=other, kind=kind)
        assign_owner(people=other.people, owner=StaffFactory(organisation=worker.organisation), by=worker)
    with django_assert_num_queries(11):
        client.get(url, {"by": "date"})


def test_the_list_of_groups_names_the_next_date_of_each(client, worker, family, kind):
    AppointmentFactory(family=family, kind=kind, starts_at=NOON - timedelta(hours=1))
    AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(days=1))
    AppointmentFactory(family=family, kind=kind, starts_at=NOON + timedelta(hours=1), state="cancelled")
    AppointmentFactory(starts_at=NOON + timedelta(hours=2))  # Of another organisation.
    shown = page(client, "people")
    assert "Next date: Fri 13 Nov" in shown
    assert shown.count("Next date") == 1


def test_in_one_press_somebody_is_responsible_for_a_family(client, worker, family):
    url = reverse("cases:person_owner", args=[family.people[1].pk])
    response = client.post(url, {"mine": "1", "whole_family": "1", "back": "group"})
    assert response["Location"] == reverse("cases:group", args=["us_appointment"])
    assert set(Case.objects.filter(person__in=family.people).values_list("owner", flat=True)) == {worker.pk}

    other = StaffFactory(organisation=worker.organisation, role=Role.LEGAL)
    client.post(url, {"owner": other.pk})
    assert [case.owner for case in Case.objects.order_by("person")] == [worker, other]
    client.post(url, {"owner": "", "whole_family": "on"})
    assert not Case.objects.exclude(owner=None).exists()


def test_only_who_keeps_files_here_can_be_responsible(client, worker, family):
    url = reverse("cases:person_owner", args=[family.people[0].pk])
    for nobody in (StaffFactory(), StaffFactory(organisation=worker.organisation, role=Role.SUPPLIES)):
        assert client.post(url, {"owner": nobody.pk}).status_code == 200
    assert not Case.objects.exclude(owner=None).exists()
    with pytest.raises(Refused, match="must work here"):
        assign_owner(people=family.people, owner=StaffFactory(), by=worker)
    Case.objects.update(closed_at=NOON)
    with pytest.raises(Refused, match="in no group"):
        assign_owner(people=family.people, owner=worker, by=worker)


def test_who_is_responsible_stays_so_in_the_next_group(worker, family):
    assign_owner(people=family.people[:1], owner=worker, by=worker)
    change_group(people=family.people, group=Group.RETURN, by=worker)
    owners = Case.objects.open().filter(group=Group.RETURN).order_by("person").values_list("owner", flat=True)
    assert list(owners) == [worker.pk, None]


# --- Kinds ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def coordinator(worker):
    return StaffFactory(organisation=worker.organisation, role=Role.COORDINATOR)


def test_an_organisation_starts_with_kinds_and_their_rules():
    set_up_organisation(
        organisation="Casa Ensayo",
        email="a@prueba.example",
        name="Ana",
        password="x",
        shelter="Casa",
        city=CityFactory(),
    )
    kinds = AppointmentKind.objects.all()
    assert kinds.count() >= 15
    assert kinds.filter(is_legal=True).count() == 1
    sign_in = kinds.get(code="comar-sign-in")
    guest = sign_in.notice_rules.filter(audience=Audience.GUEST, way="any").values_list("days_before", "at_time")
    assert list(guest) == [(2, time(17)), (1, time(17)), (0, time(8))]
    court = kinds.get(code="us-court-mpp").notice_rules.filter(audience=Audience.GUEST, way="any")
    assert list(court.values_list("days_before", "at_time")) == [(7, time(17)), (3, time(17)), (1, time(17))]
    assert not kinds.filter(name_es="").exists()
    assert not kinds.filter(notice_rules=None).exists()


def test_existing_organisations_get_them_once_and_what_people_changed_stays(worker, coordinator):
    call_command("load_catalogue", verbosity=0)
    kinds = AppointmentKind.objects.filter(organisation=worker.organisation)
    count, rules = kinds.count(), NoticeRule.objects.count()
    medical = kinds.get(code="medical")
    appointment_kinds.change_kind(
        kind=medical, by=coordinator, name_es="Doctora", name_en="Doctor", is_active=False, group="", bring_es=""
    )
    notice_rules.switch_rule(rule=medical.notice_rules.first(), on=False, by=coordinator)

    call_command("load_catalogue", verbosity=0)
    assert appointment_kinds.seed_all_kinds() == 0
    medical.refresh_from_db()
    assert (medical.name_es, medical.bring_es, medical.is_active) == ("Doctora", "", False)
    assert not medical.notice_rules.first().is_active
    assert (kinds.count(), NoticeRule.objects.count()) == (count, rules)
    OrganisationFactory()
    assert appointment_kinds.seed_all_kinds() == count


def test_a_coordinator_adds_and_changes_kinds(coordinator):
    client = browser_of(coordinator)
    facts = {"name_es": "Firma", "name_en": "Sign-in", "group": "mexican_protection", "is_active": "on", "position": ""}
    client.post(reverse("cases:appointment_kind_new"), facts)
    kind = AppointmentKind.objects.get()
    assert (kind.code, kind.position) == ("sign-in", 10)
    # Nobody has to remember to write its rules: it reminds like the others.
    assert {(rule.audience, rule.days_before, rule.way) for rule in kind.notice_rules.in_use()} == {
        ("guest", 7, "any"),
        ("guest", 3, "any"),
        ("guest", 1, "any"),
        ("guest", 1, "house"),
        ("staff", 1, "any"),
    }
    edit = reverse("cases:appointment_kind_edit", args=[kind.pk])
    response = client.post(edit, facts | {"name_es": ""})
    assert "This field is required" in response.content.decode()
    client.post(edit, facts | {"bring_en": "Their folder", "is_active": "", "position": "7"})
    kind.refresh_from_db()
    assert (kind.bring_en, kind.is_active, kind.position) == ("Their folder", False, 7)
    client.post(reverse("cases:appointment_kind_new"), facts)
    assert AppointmentKind.objects.filter(code="sign-in-2").exists()


def test_kinds_from_before_the_list_of_the_house_get_it_and_others_stay_as_they_are():
    migration = import_module("cases.migrations.0020_the_list_of_the_house_for_every_kind")
    old, silent, off = (AppointmentKindFactory(organisation=OrganisationFactory()) for _number in range(3))
    for kind in (old, off):
        NoticeRule.objects.create(
            organisation=kind.organisation,
            kind=kind,
            audience="guest",
            days_before=3,
            at_time=time(17),
            is_active=kind == old,
        )
    for _twice in range(2):
        with connection.cursor() as cursor:
            cursor.execute(migration.FILL)
    told = old.notice_rules.get(way="house")
    assert (told.organisation, told.audience, told.at_time, told.condition) == (
        old.organisation,
        "guest",
        time(12),
        "not_told",
    )
    assert not NoticeRule.objects.filter(kind__in=[silent, off], way="house").exists()


def test_rules_are_switched_off_and_on_and_never_doubled(coordinator, kind):
    client = browser_of(coordinator)
    new = reverse("cases:appointment_rule_new", args=[kind.pk])
    posted = {"audience": "guest", "days_before": "2", "at_time": "17"}
    client.post(new, posted)
    rule = kind.notice_rules.get()
    assert (rule.days_before, rule.at_time, rule.is_active) == (2, time(17), True)
    again = client.post(new, posted)
    assert again.status_code == 409
    assert "There is a reminder at that moment already." in again.content.decode()
    assert "Write how many days before." in client.post(new, posted | {"days_before": ""}).content.decode()

    switch = reverse("cases:appointment_rule_switch", args=[kind.pk, rule.pk])
    client.post(switch, {"on": "0"})
    assert not kind.notice_rules.get().is_active
    client.post(new, posted)  # Written again, it is the same rule.
    assert kind.notice_rules.get().is_active
    with pytest.raises(Refused, match="at most 60 days before"):
        notice_rules.add_rule(
            organisation=kind.organisation, kind=kind, rule=RuleData("guest", 61, time(9)), by=coordinator
        )


def test_a_kind_out_of_use_is_not_offered_and_still_named(client, family, kind):
    row = AppointmentFactory(family=family, kind=kind)
    AppointmentKind.objects.update(is_active=False)
    assert "Interview</option>" not in page(client, "appointment_new", family.pk)
    assert "Interview" in page(client, "appointment", row.pk)
    moved = reschedule_appointment(
        appointment=row, local_date=date(2026, 11, 30), local_time=time(9), reason="Asked", by=None
    )
    assert moved.kind == kind
