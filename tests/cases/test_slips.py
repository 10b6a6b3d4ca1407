"""Slips with pictures: what they show, and above all what they do not."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import NoticeSource, Reminder
from cases.slips import part_of_day, slip_of_appointment, slip_of_notice
from ngo.models import ReadLog
from ngo.models.outbox import Channel
from ngo.permissions import Role
from tests.factories import (
    AppointmentFactory,
    AppointmentKindFactory,
    EmailAddressFactory,
    FamilyFactory,
    ShelterFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 12, 20, tzinfo=UTC)  # Noon of a Thursday in Tijuana.
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def volunteer():
    staff = StaffFactory(role=Role.VOLUNTEER, language="en")
    ShelterFactory(organisation=staff.organisation, zone="America/Tijuana")
    return staff


def appointment_of(staff, *, nights=3, hour=6, reads=("hat",), people=(34, 9), bring_es="Su carpeta", **given):
    """They leave the house at this hour of its clock, so many nights from now."""
    family = FamilyFactory(organisation=staff.organisation, ages=list(people))
    for person in family.people:
        person.reads, person.preferred_name, person.first_surname = list(reads), "Mirlande", "Ensayo"
        person.save(update_fields=["reads", "preferred_name", "first_surname"])
    kind = AppointmentKindFactory(
        organisation=staff.organisation, name_es="Firma en la COMAR", name_en="Sign-in", bring_es=bring_es, bring_en=""
    )
    leaves = datetime(2026, 11, 12, hour + 8, 15, tzinfo=UTC) + nights * DAY
    return AppointmentFactory(
        family=family,
        kind=kind,
        leave_shelter_at=leaves,
        starts_at=leaves + timedelta(hours=3),
        place="Oficina Ensayo",
        **given,
    )


def sheet(staff, row, route="appointment_slip", **query):
    client = Client()
    client.force_login(staff)
    response = client.get(reverse(f"cases:{route}", args=[row.pk]), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def paper(said):
    """What comes out of the printer."""
    return said[said.index('class="po-slip"') : said.index("</main>")]


def test_it_shows_the_day_the_part_of_it_the_nights_who_goes_and_the_folder(volunteer):
    row = appointment_of(volunteer)
    slip = slip_of_appointment(row)

    assert (slip.day, slip.nights, slip.part, slip.people, slip.folder) == (date(2026, 11, 15), 3, "sunrise", 2, True)
    drawn = paper(sheet(volunteer, row))
    assert '<span class="po-leaf">15</span>' in drawn
    assert 'aria-label="3 nights to sleep until then"' in drawn
    assert 'aria-label="2 people go"' in drawn
    assert 'aria-label="Bring the folder"' in drawn
    assert drawn.count("<svg") == 1 + 3 + 2 + 2


def test_its_sentence_is_in_their_language_and_its_direction(volunteer):
    assert '<p class="po-slip-words" lang="ht" dir="ltr">Sonje randevou ou a: dimanch 15 novanm.' in sheet(
        volunteer, appointment_of(volunteer)
    )
    arabic = sheet(volunteer, appointment_of(volunteer, reads=("ara",)))
    assert 'lang="ar" dir="rtl"' in arabic
    assert "الأحد 15 نوفمبر" in arabic
    assert "Nobody who grew up with this language has read this sentence yet." in arabic
    assert "Nobody who grew up" not in sheet(volunteer, appointment_of(volunteer, reads=("spa",)))


def test_no_name_place_kind_or_hour_stands_on_it(volunteer):
    row = appointment_of(volunteer)
    said = sheet(volunteer, row)

    for hidden in ("COMAR", "Sign-in", "Oficina Ensayo", "Ensayo", "Mirlande", row.family.folio):
        assert hidden not in said
    assert not re.search(r"\d\d?:\d\d", paper(said))
    assert not re.search(r"\b1\b|BAJA|SISPANN", paper(said).split("po-slip-words")[1])  # Paper is not answered.


def test_the_first_name_for_who_sees_names_and_a_line_for_the_bed_only_for_who_asks(volunteer):
    row = appointment_of(volunteer)
    assert "Mirlande" not in sheet(volunteer, row, name="on")
    desk = StaffFactory(organisation=volunteer.organisation, role=Role.FRONT_DESK)
    said = sheet(desk, row, name="on", bed="on")
    assert '<p class="po-slip-name"><bdi>Mirlande</bdi></p>' in said
    assert "po-slip-line" in said
    assert "Ensayo" not in said
    assert "po-slip-line" not in sheet(volunteer, row)


@pytest.mark.parametrize(
    ("nights", "moons", "number"), [(0, 0, None), (1, 1, None), (7, 7, None), (8, 1, 8), (30, 1, 30)]
)
def test_up_to_seven_nights_are_drawn_and_more_are_a_number(volunteer, nights, moons, number):
    row = appointment_of(volunteer, nights=nights, hour=15)
    slip = slip_of_appointment(row)
    assert (len(slip.moons), slip.nights_number) == (moons, number)
    drawn = paper(sheet(volunteer, row))
    assert ("<b>8</b>" in drawn) == (number == 8)
    assert ('aria-label="Today"' in drawn) == (nights == 0)


def test_many_people_are_a_number(volunteer):
    slip = slip_of_appointment(appointment_of(volunteer, people=(40, 38, 15, 12, 9, 7, 4, 2)))
    assert (len(slip.figures), slip.people_number) == (1, 8)


def test_what_is_not_a_folder_is_not_drawn_as_one(volunteer):
    assert not slip_of_appointment(appointment_of(volunteer, bring_es="Equipaje")).folder


@pytest.mark.parametrize(
    ("hour", "icon"),
    [
        (0, "moon"),
        (4, "moon"),
        (5, "sunrise"),
        (7, "sunrise"),
        (8, "sun"),
        (16, "sun"),
        (17, "sunset"),
        (20, "moon"),
        (23, "moon"),
    ],
)
def test_the_part_of_the_day(hour, icon):
    assert part_of_day(hour) == icon


def test_a_day_that_is_over_is_not_printed(volunteer):
    said = sheet(volunteer, appointment_of(volunteer, nights=-1))
    assert "That day is over." in said
    assert "po-slip-words" not in said


def test_reading_it_is_recorded(volunteer):
    row = appointment_of(volunteer)
    sheet(volunteer, row)
    line = ReadLog.objects.get(staff=volunteer)
    assert (line.what, line.subject_id) == ("slip", row.pk)


def test_the_page_of_an_appointment_leads_there(volunteer):
    desk = StaffFactory(organisation=volunteer.organisation, role=Role.FRONT_DESK, language="en")
    row = appointment_of(volunteer)
    address = reverse("cases:appointment_slip", args=[row.pk])
    assert address in sheet(desk, row, route="appointment")
    assert reverse("cases:appointment", args=[row.pk]) in sheet(desk, row)
    assert reverse("cases:appointment", args=[row.pk]) not in sheet(volunteer, row)


def test_it_costs_the_same_whoever_goes(volunteer, django_assert_num_queries):
    for people in ((34,), (34, 30, 9, 7)):
        row = appointment_of(volunteer, people=people)
        with django_assert_num_queries(1):
            slip_of_appointment(row)


def notice_of(family, **given):
    now = timezone.now()
    given = {"email": EmailAddressFactory(family=family), "language": "es"} | given
    return Reminder.objects.create(
        organisation=family.organisation,
        family=family,
        source=NoticeSource.STAY,
        source_id=1,
        due_at=now,
        next_try_at=now,
        **given,
    )


@pytest.mark.parametrize("tongue", ["en", "es"])
def test_a_notice_about_something_else_has_a_slip_of_its_day(volunteer, tongue):
    volunteer.language = tongue
    volunteer.save(update_fields=["language"])
    family = appointment_of(volunteer, reads=("fra",)).family
    row = notice_of(family, occasion=date(2026, 12, 1))
    slip = slip_of_notice(row)

    assert (slip.day, slip.part, slip.people, slip.folder, slip.language) == (date(2026, 12, 1), "", 0, False, "fr")
    assert "Le mardi 1er décembre est une date importante pour vous." in sheet(volunteer, row, route="reminder_slip")


def test_a_notice_of_an_appointment_has_the_slip_of_that(volunteer):
    row = appointment_of(volunteer)
    notice = Reminder.objects.create(
        organisation=row.organisation,
        family=row.family,
        source_id=row.pk,
        appointment=row,
        email=EmailAddressFactory(family=row.family),
        language="ht",
        due_at=timezone.now(),
        next_try_at=timezone.now(),
    )
    assert slip_of_notice(notice) == slip_of_appointment(row)


def test_without_a_day_or_a_family_there_is_no_slip(volunteer):
    family = appointment_of(volunteer).family
    client = Client()
    client.force_login(volunteer)
    for row in (
        notice_of(family),
        notice_of(family, occasion=date(2026, 12, 1), email=None, channel=Channel.HOUSE),
        notice_of(FamilyFactory(), occasion=date(2026, 12, 1)),  # Another organisation's.
    ):
        assert client.get(reverse("cases:reminder_slip", args=[row.pk])).status_code == 404
