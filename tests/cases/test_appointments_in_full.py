"""Offers, dates without an hour, who goes along, the paper that is read twice, and clocks whose rule changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases.models import (
    Appointment,
    AppointmentChange,
    AppointmentKind,
    AppointmentState,
    Capacity,
    Document,
    InterpreterState,
    MayCome,
    Precision,
    Severity,
    Task,
    TaskKind,
    Transport,
)
from cases.services import appointment_kinds, warnings
from cases.services import appointments as services
from cases.services.appointments import Details
from cases.services.tasks import drop_task
from cases.walltime import instant_at
from ngo.errors import Refused
from ngo.permissions import Role
from tests.cases.papers import photo
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    CityFactory,
    DocumentFactory,
    FamilyFactory,
    OfficeFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.
NEXT_WEEK = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def worker():
    staff = StaffFactory(role=Role.CASEWORKER)
    ShelterFactory(organisation=staff.organisation)
    return staff


@pytest.fixture
def colleague(worker):
    return StaffFactory(role=Role.LEGAL, organisation=worker.organisation)


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, ages=[34, 9])


@pytest.fixture
def kind(worker):
    return AppointmentKindFactory(organisation=worker.organisation, name_en="Interview", severity=Severity.GRAVE)


@pytest.fixture
def book(worker, family, kind):
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


def browser_of(staff):
    browser = Client()
    browser.force_login(staff)
    return browser


def shown(browser, route, *args, **query):
    response = browser.get(reverse(f"cases:{route}", args=args), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# --- Offered, to be confirmed ----------------------------------------------------------------------------------------


def test_an_offer_is_confirmed_and_the_confirmation_taken_back_is_an_offer_again(book, worker):
    row = book(is_offer=True, confirm_by=NOON + timedelta(hours=23))
    assert (row.state, row.offered_at) == (AppointmentState.OFFERED, NOON)
    assert row.confirm_by == NOON + timedelta(hours=23)
    row = services.confirm_appointment(appointment=row, by=worker)
    assert row.state == AppointmentState.CONFIRMED
    assert services.take_back(appointment=row, by=worker).state == AppointmentState.OFFERED


def test_a_date_that_stands_is_offered_later(book, worker):
    row = book()
    with pytest.raises(Refused, match="before it begins"):
        services.write_offer(appointment=row, confirm_by=row.starts_at, by=worker)
    row = services.write_offer(appointment=row, confirm_by=NOON + timedelta(hours=2), by=worker, reason="By phone")
    assert row.state == AppointmentState.OFFERED
    assert list(row.changes.values_list("state", flat=True)) == ["offered", "planned"]


def test_what_must_be_confirmed_was_offered(book):
    row = book()
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(confirm_by=NOON)


def test_an_offer_that_nobody_confirmed_in_time_makes_one_urgent_task_and_says_so(book, worker, clock):
    row = book(is_offer=True, confirm_by=NOON + timedelta(hours=1))
    warnings.look()
    assert not Task.objects.filter(kind=TaskKind.UNCONFIRMED).exists()
    clock.shift(timedelta(hours=2))
    assert warnings.look() == 1
    assert warnings.look() == 0
    task = Task.objects.get(kind=TaskKind.UNCONFIRMED)
    assert (task.is_urgent, task.owner, task.appointment) == (True, worker, row)
    browser = browser_of(worker)
    assert "Not confirmed in time" in shown(browser, "appointments")
    assert "Not confirmed in time" in shown(browser, "appointment", row.pk)

    drop_task(task=task, by=worker, reason="Called them")
    assert warnings.look() == 0  # Once, whatever became of it.
    said = browser.post(reverse("cases:appointment_confirm", args=[row.pk]), follow=True).content.decode()
    assert "Its time to confirm was over" in said
    assert Appointment.objects.get(pk=row.pk).state == AppointmentState.CONFIRMED


def test_who_confirms_late_has_no_task_any_more(book, worker, clock):
    row = book(is_offer=True, confirm_by=NOON + timedelta(hours=1))
    clock.shift(timedelta(hours=2))
    warnings.look()
    services.confirm_appointment(appointment=row, by=worker)
    assert not Task.objects.open().filter(kind=TaskKind.UNCONFIRMED).exists()


def test_offers_are_looked_after_with_as_many_queries_for_many(book, family, kind, django_assert_max_num_queries):
    from cases.services.tasks import warn_of_offers

    late = {"state": AppointmentState.OFFERED, "offered_at": NOON, "confirm_by": NOON - timedelta(hours=1)}
    AppointmentFactory.create_batch(12, family=family, kind=kind, **late)
    with django_assert_max_num_queries(8):
        assert warn_of_offers(organisation=family.organisation, now=NOON) == 12


# --- Only the day ----------------------------------------------------------------------------------------------------


def test_of_only_the_day_no_hour_is_shown_anywhere(book, worker, family, clock):
    row = book(precision=Precision.DAY, local_time=time(13, 7), report_time=time(12), leave_time=time(11))
    assert (row.local_time, row.leave_shelter_at, row.report_at) == (time(8), row.starts_at, row.starts_at)
    browser = browser_of(worker)
    for page in (
        shown(browser, "appointments"),
        shown(browser, "appointment", row.pk),
        shown(browser, "family", family.pk),
    ):
        assert "our to be told" in page
        assert "08:00" not in page
    clock.shift(timedelta(days=7))
    browser = browser_of(worker)  # The session of a week ago is over.
    tomorrow = browser.get(reverse("shelters:tomorrow")).content.decode()
    assert "To be told" in tomorrow
    assert "08:00" not in tomorrow
    assert "08:00" not in browser.get(reverse("ngo:today")).content.decode()


def test_a_date_of_only_the_day_is_over_with_its_day_and_its_outcome_is_written_on_it(book, worker, clock):
    row = book(precision=Precision.DAY)
    clock.move_to(datetime(2026, 11, 19, 20, tzinfo=UTC))
    with pytest.raises(Refused, match="has not begun"):
        services.record_outcome(appointment=row, state="attended", by=worker)
    clock.move_to(datetime(2026, 11, 20, 15, 30, tzinfo=UTC))  # 07:30 on its day.
    ours = Appointment.objects.visible_to(worker)
    assert list(ours.upcoming(datetime(2026, 11, 21, 7, 30, tzinfo=UTC))) == [row]  # 23:30 on its day.
    assert not ours.without_outcome(datetime(2026, 11, 21, 7, 30, tzinfo=UTC)).exists()
    assert list(ours.without_outcome(datetime(2026, 11, 21, 8, 30, tzinfo=UTC))) == [row]
    services.record_outcome(appointment=row, state="attended", by=worker)


def test_a_date_of_today_without_an_hour_can_still_be_booked(book, clock):
    clock.move_to(datetime(2026, 11, 20, 23, tzinfo=UTC))  # 15:00.
    assert book(precision=Precision.DAY).local_date == NEXT_WEEK
    with pytest.raises(Refused, match="is over"):
        book(precision=Precision.DAY, local_date=date(2026, 11, 19))


def test_an_exact_date_has_an_hour(book):
    with pytest.raises(Refused, match="Write the hour"):
        book(local_time=None)


def test_the_hour_is_told_later_by_moving_it(book, worker):
    row = book(precision=Precision.DAY)
    new = services.reschedule_appointment(
        appointment=row,
        local_date=NEXT_WEEK,
        local_time=time(10),
        leave_time=time(9),
        reason="The hour was told",
        by=worker,
    )
    assert (new.precision, new.local_time) == (Precision.EXACT, time(10))


# --- Who goes along, interpreter, transport --------------------------------------------------------------------------


def test_who_goes_along_and_how_stays_when_the_date_moves_and_can_be_changed(book, worker):
    details = Details(" Ana ", Capacity.LAWYER, InterpreterState.NEEDED, "hat", "", Transport.HOUSE, "Con la van")
    row = book(details=details)
    assert (row.accompanied_by, row.companion_as, row.transport) == ("Ana", "lawyer", "house")
    new = services.reschedule_appointment(
        appointment=row,
        local_date=NEXT_WEEK,
        local_time=time(11),
        leave_time=time(10),
        reason="Asked",
        by=worker,
    )
    assert (new.interpreter_language, new.transport_note) == ("hat", "Con la van")
    with pytest.raises(Refused, match="who interprets"):
        services.change_details(
            appointment=new, details=Details(interpreter_state=InterpreterState.ARRANGED), by=worker
        )
    new = services.change_details(
        appointment=new,
        details=Details(interpreter_state="arranged", interpreter_language="hat", interpreter="Jean Ejemplo"),
        by=worker,
    )
    assert (new.interpreter, new.companion_as) == ("Jean Ejemplo", "")
    page = shown(browser_of(worker), "appointment", new.pk)
    assert "Jean Ejemplo. Haitian Creole. Arranged" in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"companion_as": "king"}, "as what"),
        ({"transport": "rocket"}, "how they get there"),
        ({"interpreter_state": "perhaps"}, "interpreter is needed"),
        ({"interpreter_state": "needed", "interpreter_language": "tlh"}, "language"),
    ],
)
def test_details_that_cannot_be_are_refused(book, given, words):
    with pytest.raises(Refused, match=words):
        book(details=Details(**given))


def test_no_interpreter_is_needed_then_none_is_named(book):
    row = book(details=Details(interpreter="Jean", interpreter_language="hat"))
    assert (row.interpreter, row.interpreter_language) == ("", "")


# --- The paper -------------------------------------------------------------------------------------------------------


def test_the_date_is_read_on_the_paper_by_somebody_else(book, worker, colleague):
    row = book()
    with pytest.raises(Refused, match="somebody else"):
        services.check_date(appointment=row, by=worker)
    row = services.check_date(appointment=row, by=colleague)
    assert (row.is_checked, row.date_checked_by) == (True, colleague)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(date_checked_by=worker)
    assert not services.check_date(appointment=row, by=worker, checked=False).is_checked


def test_moving_and_another_paper_make_it_unread(book, worker, colleague, family):
    row = services.check_date(appointment=book(), by=colleague)
    row = services.attach_paper(appointment=row, document=DocumentFactory(family=family), by=worker)
    assert not row.is_checked
    row = services.check_date(appointment=row, by=colleague)
    new = services.reschedule_appointment(
        appointment=row, local_date=NEXT_WEEK, local_time=time(11), leave_time=time(10), reason="Asked", by=worker
    )
    assert (new.is_checked, new.source_document) == (False, None)


def test_only_a_paper_of_this_family_that_is_not_in_confidence_names_a_date(book, worker, family):
    row = book()
    for document in (
        DocumentFactory(family=FamilyFactory(organisation=family.organisation)),
        DocumentFactory(family=family, is_legal=True),
        DocumentFactory(family=family, kind="medical"),
    ):
        with pytest.raises(Refused):
            services.attach_paper(appointment=row, document=document, by=worker)


def test_a_photo_is_put_among_the_papers_as_that_of_the_date_in_one_step(book, worker, family):
    row = book()
    browser = browser_of(worker)
    url = reverse("cases:appointment_paper", args=[row.pk])
    assert "Choose the paper, or take a photo of it" in browser.post(url, {}).content.decode()
    response = browser.post(url, {"photo": SimpleUploadedFile("aviso.jpg", photo())})
    assert response.status_code == 302
    document = Document.objects.get(family=family)
    row.refresh_from_db()
    assert (row.source_document, document.seen_as, document.has_file) == (document, "photo", True)
    assert reverse("cases:document", args=[document.pk]) in shown(browser, "appointment", row.pk)


def test_the_button_is_there_for_somebody_else_and_the_list_can_be_narrowed_to_what_nobody_read(
    book, worker, colleague
):
    row = book()
    label = "I read the paper: the date is right"
    assert label not in shown(browser_of(worker), "appointment", row.pk)
    browser = browser_of(colleague)
    assert label in shown(browser, "appointment", row.pk)
    link = reverse("cases:appointment", args=[row.pk])
    assert link in shown(browser, "appointments", unchecked="on")
    browser.post(reverse("cases:appointment_check", args=[row.pk]))
    assert link not in shown(browser, "appointments", unchecked="on")
    assert link in shown(browser, "appointments")
    assert "read it: the date is right" in shown(browser, "appointment", row.pk)


# --- Kinds and outcomes ----------------------------------------------------------------------------------------------


def test_how_grave_it_is_is_a_word_and_an_icon_in_the_list_and_on_the_page(book, worker):
    row = book()
    browser = browser_of(worker)
    for page in (shown(browser, "appointments"), shown(browser, "appointment", row.pk)):
        assert "Grave if missed" in page


def test_kinds_are_seeded_with_how_grave_they_are_and_edited(worker):
    appointment_kinds.seed_kinds(worker.organisation)
    kinds = {row.code: row for row in AppointmentKind.objects.filter(organisation=worker.organisation)}
    assert kinds["us-court"].severity == kinds["comar-sign-in"].severity == Severity.GRAVE
    assert kinds["us-consulate"].severity == Severity.IMPORTANT
    assert kinds["medical"].severity == Severity.ROUTINE
    assert kinds["us-waitlist"].companions == MayCome.FAMILY
    row = kinds["medical"]
    facts = {"name_es": row.name_es, "name_en": row.name_en}
    changed = appointment_kinds.change_kind(kind=row, by=worker, severity="grave", companions="required", **facts)
    assert (changed.severity, changed.companions) == (Severity.GRAVE, MayCome.REQUIRED)
    with pytest.raises(Refused, match="how grave"):
        appointment_kinds.change_kind(kind=row, by=worker, severity="dire", **facts)


def test_what_comes_next_is_written_with_what_became_of_it(worker, family, kind):
    row = AppointmentFactory(family=family, kind=kind, starts_at=NOON - timedelta(hours=3), made_by=worker)
    browser = browser_of(worker)
    said = {"state": "missed", "reason": "Fever", "next_step": "Ask for another date"}
    assert browser.post(reverse("cases:appointment_outcome", args=[row.pk]), said).status_code == 302
    assert AppointmentChange.objects.filter(appointment=row).first().next_step == "Ask for another date"
    assert "Next step: Ask for another date" in shown(browser, "appointment", row.pk)


# --- In a browser ----------------------------------------------------------------------------------------------------


def typed(family, kind, **given):
    return {
        "kind": kind.pk,
        "local_date_day": "20",
        "local_date_month": "11",
        "local_date_year": "2026",
        "local_time": "9:00",
        "report_day": "0",
        "leave_day": "0",
        "leave_time": "8.15",
        "place": "Clínica Ensayo",
        "people": [family.people[0].pk],
    } | given


def test_everything_of_it_is_booked_in_a_browser(worker, family, kind):
    browser = browser_of(worker)
    given = {
        "is_offer": "on",
        "confirm_on_day": "13",
        "confirm_on_month": "11",
        "confirm_on_year": "2026",
        "confirm_time": "11:00",
        "companion_as": "volunteer",
        "interpreter_state": "needed",
        "interpreter_language": "hat",
        "transport": "taxi",
        "photo": SimpleUploadedFile("aviso.jpg", photo()),
    }
    response = browser.post(reverse("cases:appointment_new", args=[family.pk]), typed(family, kind, **given))
    assert response.status_code == 302, response.content.decode()
    row = Appointment.objects.get()
    assert row.confirm_by == datetime(2026, 11, 13, 19, tzinfo=UTC)
    assert (row.state, row.companion_as, row.transport) == ("offered", "volunteer", "taxi")
    assert row.source_document == Document.objects.get()


def test_an_hour_beside_only_the_day_is_asked_about_and_what_was_typed_stays(worker, family, kind):
    browser = browser_of(worker)
    url = reverse("cases:appointment_new", args=[family.pk])
    said = browser.post(url, typed(family, kind, precision="day", transport_note="Con la van")).content.decode()
    assert "Leave the hour empty" in said
    assert "Con la van" in said
    response = browser.post(url, typed(family, kind, precision="day", local_time="", leave_time=""))
    assert response.status_code == 302
    assert Appointment.objects.get().precision == Precision.DAY


def test_an_offer_and_the_details_are_written_on_their_own_pages(book, worker):
    row = book()
    browser = browser_of(worker)
    until = {"confirm_on_day": "14", "confirm_on_month": "11", "confirm_on_year": "2026", "confirm_time": ""}
    url = reverse("cases:appointment_offer", args=[row.pk])
    assert "Write the hour too" in browser.post(url, until).content.decode()
    assert browser.post(url, until | {"confirm_time": "9"}).status_code == 302
    assert "Offered, to be confirmed" in shown(browser, "appointment", row.pk)
    details = reverse("cases:appointment_details", args=[row.pk])
    assert "Write who interprets" in browser.post(details, {"interpreter_state": "arranged"}).content.decode()
    assert browser.post(details, {"transport": "foot"}).status_code == 302
    row.refresh_from_db()
    assert row.transport == Transport.FOOT


def test_the_front_desk_books_without_being_asked_for_a_paper(worker, family, kind):
    desk = browser_of(StaffFactory(role=Role.FRONT_DESK, organisation=worker.organisation))
    assert 'name="photo"' not in shown(desk, "appointment_new", family.pk)
    assert 'name="photo"' in shown(browser_of(worker), "appointment_new", family.pk)


# --- Clocks ----------------------------------------------------------------------------------------------------------


def test_where_the_rule_of_a_zone_changes_after_booking_the_wall_time_wins(book, worker, monkeypatch):
    """As in 2022, when Ciudad Juárez changed its clock for good in thirty days."""
    with monkeypatch.context() as old_rules:
        old = {"America/Ciudad_Juarez": "America/Chihuahua"}
        old_rules.setattr("cases.walltime.ZoneInfo", lambda name: ZoneInfo(old.get(name, name)))
        row = book(zone="America/Ciudad_Juarez", home_zone="America/Ciudad_Juarez", report_time=time(8, 40))
    assert row.starts_at == datetime(2026, 11, 20, 15, tzinfo=UTC)

    assert warnings.look() == 0  # The sweep counts it anew by itself.
    row.refresh_from_db()
    assert (
        row.starts_at
        == instant_at("America/Ciudad_Juarez", NEXT_WEEK, time(9))
        == datetime(2026, 11, 20, 16, tzinfo=UTC)
    )
    assert row.starts_at - row.report_at == timedelta(minutes=20)
    assert row.starts_at - row.leave_shelter_at == timedelta(minutes=45)
    last = row.changes.first()
    assert (last.state, last.by) == (AppointmentState.PLANNED, None)
    assert "rule of the clock" in last.reason
    assert services.recompute_instants() == 0


def test_dates_that_are_right_are_only_read(book, family, kind, django_assert_num_queries):
    book()
    AppointmentFactory.create_batch(5, family=family, kind=kind)
    with django_assert_num_queries(1):
        assert services.recompute_instants() == 0


def test_an_appointment_in_el_paso_seen_from_juarez(book):
    office = OfficeFactory(city=CityFactory(name="El Paso", zone="America/Denver"), zone="America/Denver")
    given = {"office": office, "zone": "", "home_zone": "America/Ciudad_Juarez"}
    for day, hours in ((date(2027, 3, 12), 7), (date(2027, 3, 15), 6), (date(2027, 11, 5), 6), (date(2027, 11, 8), 7)):
        row = book(local_date=day, **given)
        assert row.starts_at == datetime(day.year, day.month, day.day, 9 + hours, tzinfo=UTC)
        assert not row.has_two_clocks


def test_the_list_is_still_read_by_its_index(worker):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    ours = Appointment.objects.visible_to(worker)
    for rows in (ours.upcoming(NOON).unchecked(), ours.without_outcome(NOON)):
        assert "appointments_still_on" in rows.explain()
