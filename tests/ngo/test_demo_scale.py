"""The demo at scale, small: counts, no orphan, figures that add up, pages that open, history as it was."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    Appointment,
    Case,
    Claim,
    Family,
    FamilyMember,
    Person,
    Process,
    ProcessNote,
    ProcessPerson,
    Reminder,
    Task,
)
from cases.services.occasions import of_appointment
from cases.services.reminders import due_at
from ngo.dashboard import today_of
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Role
from ngo.services.demo.people import SURNAMES
from ngo.services.demo.scale import make_scale, prove
from ngo.services.demo.scale_houses import house_sizes
from shelters.models import Bed, CapacityReport, Lot, Placement, RollCallMark, Shelter, Stay
from shelters.services.capacity import figures
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

PEOPLE = 800


@pytest.fixture
def as_owner(db):
    """Only the owner of the tables may switch their triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")


@pytest.fixture
def scale(as_owner):
    return make_scale(PEOPLE, say=lambda line: None)


def count(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_the_scale_holds_what_it_promises(scale):
    assert (scale.people, scale.stays, scale.beds) == (PEOPLE, 5 * PEOPLE, PEOPLE // 40)
    assert Person.objects.count() == PEOPLE
    assert Stay.objects.count() == Placement.objects.count() == 5 * PEOPLE
    assert Bed.objects.count() == PEOPLE // 40
    assert Organisation.objects.count() == len(scale.sign_ins) == 2
    assert len(set(Shelter.objects.values_list("zone", flat=True))) == 2
    names_and_families_are_plausible()
    everyone_has_five_stays_and_a_place_for_each()
    the_figures_add_up()
    every_family_has_a_case_of_its_group()
    the_evening_is_there()
    pages_open_for(Staff.objects.get(email=scale.sign_ins[0].email))


def names_and_families_are_plausible():
    assert set(Person.objects.values_list("first_surname", flat=True)) <= set(SURNAMES)
    sizes = {family.members.count() for family in Family.objects.all()}
    assert min(sizes) == 1
    assert 4 <= max(sizes) <= 7
    assert FamilyMember.objects.filter(is_head=True).count() == Family.objects.count()
    assert Case.objects.count() == PEOPLE


def everyone_has_five_stays_and_a_place_for_each():
    assert (
        count("SELECT count(*) FROM (SELECT person_id FROM shelters_stay GROUP BY 1 HAVING count(*) <> 5) other") == 0
    )
    here = Stay.objects.current().count()
    assert here == Placement.objects.filter(state="in").count()
    assert 0.6 < here / (PEOPLE // 40) <= 1
    assert not Case.objects.filter(closed_at=None, person__stays=None).exists()
    assert count("SELECT count(*) FROM shelters_stay WHERE departed_at > now() OR arrived_at > now()") == 0
    with_places = (
        "SELECT count(*) FROM shelters_placement one JOIN shelters_stay stay ON stay.id = stay_id WHERE {} <> {}"
    )
    assert count(with_places.format("actual", "tstzrange(stay.arrived_at, stay.departed_at)")) == 0
    assert count(with_places.format("one.shelter_id", "stay.shelter_id")) == 0


def the_figures_add_up():
    rows = figures(Shelter.objects.all())
    assert sum(row.guests for row in rows) == Stay.objects.current().count()  # Some of them are away tonight.
    assert sum(row.nominal for row in rows) == PEOPLE // 40
    assert all(row.over == 0 for row in rows)
    before = figures(Shelter.objects.all(), timezone.now().date() - timedelta(days=400))
    assert sum(row.occupied for row in before) > PEOPLE // 80


def every_family_has_a_case_of_its_group():
    assert Process.objects.count() == Family.objects.count()
    rows = ProcessPerson.objects.select_related("process__version__pathway", "process__step", "process__owner")
    groups = {case.person_id: (case.group, case.closed_at, case.owner_id) for case in Case.objects.all()}
    assert rows.count() == PEOPLE
    for row in rows:
        process = row.process
        assert groups[row.person_id] == (process.version.pathway.group, process.closed_at, process.owner_id)
        assert process.step.version_id == process.version_id
        assert row.left_at == process.closed_at
    for caseworker in Staff.objects.filter(memberships__role=Role.CASEWORKER):
        assert Process.objects.open().filter(owner=caseworker).count() >= PEOPLE // 40
    undone = Task.objects.open().filter(process__closed_at=None).values("process").distinct()
    assert undone.count() == Process.objects.open().count()
    assert not Task.objects.open().exclude(process__closed_at=None).exists()
    assert all(note.text for note in ProcessNote.objects.all()[:5])
    assert max(Process.objects.annotate(lines=Count("notes")).values_list("lines", flat=True)) > PEOPLE // 100
    assert Claim.objects.running().exists()


def the_evening_is_there():
    assert RollCallMark.objects.count() > 0
    elsewhere = "SELECT count(*) FROM shelters_rollcallmark mark JOIN shelters_rollcall roll_call ON roll_call.id = roll_call_id"
    assert (
        count(f"{elsewhere} JOIN shelters_stay stay ON stay.id = stay_id WHERE stay.shelter_id <> roll_call.shelter_id")
        == 0
    )
    assert all(lot.left == sum(move.quantity for move in lot.moves.all()) for lot in Lot.objects.all())
    assert CapacityReport.objects.frozen().count() == 30 * Shelter.objects.count() - Organisation.objects.count()
    upcoming = Appointment.objects.upcoming(timezone.now())
    assert upcoming.count() > 10
    assert Reminder.objects.waiting().filter(appointment__in=upcoming).exists()
    for reminder in Reminder.objects.waiting().select_related("appointment", "rule"):
        assert reminder.due_at == due_at(of_appointment(reminder.appointment), reminder.rule)


def pages_open_for(coordinator):
    client = Client()
    client.force_login(coordinator)
    shelters, family = Shelter.objects.visible_to(coordinator), Family.objects.visible_to(coordinator).first()
    assert today_of(coordinator).houses
    for address in (
        reverse("ngo:today"),
        reverse("shelters:board", args=[shelters.first().slug]),
        reverse("cases:people"),
        reverse("cases:cases"),
        reverse("cases:case", args=[family.processes.get().pk]),
        reverse("cases:family", args=[family.pk]),
        reverse("shelters:family_beds", args=[family.pk]),
    ):
        assert client.get(address).status_code == 200, address
    assert client.post(reverse("cases:people"), {"text": family.folio}).status_code == 200


def test_the_history_is_kept_again_after_the_load_and_nothing_of_the_load_is_in_it(scale):
    assert count("SELECT count(*) FROM cases_personevent") == 0
    family = Family.objects.first()

    family.bed_wish = "Cerca de la puerta"
    family.save()

    assert count("SELECT count(*) FROM cases_familyevent") == 1
    assert count("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'") == 0


def test_a_load_that_fails_leaves_nothing_and_switches_the_history_on_again(as_owner):
    def fail(line):
        if "stays" in line:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_scale(PEOPLE, say=fail)

    assert not Organisation.objects.exists()
    assert not Person.objects.exists()
    assert count("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'") == 0


def test_a_row_that_points_nowhere_stops_the_load(scale):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shelters_stay DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("UPDATE shelters_stay SET person_id = -1 WHERE id = (SELECT min(id) FROM shelters_stay)")

        with pytest.raises(Refused, match=r"shelters_stay\.person_id"):
            prove(lambda line: None)
        transaction.set_rollback(True)


def test_a_second_run_changes_nothing(as_owner, capsys):
    call_command("demo", scale=400)
    first = capsys.readouterr().out
    call_command("demo", scale=400)
    again = capsys.readouterr().out

    assert "400 people, 2,000 stays, 10 beds" in first
    assert "already here" in again
    assert Person.objects.count() == 400


@pytest.mark.parametrize("people", [0, 39, 410, -400])
def test_a_number_that_does_not_fill_the_houses_is_refused(as_owner, people):
    with pytest.raises(CommandError, match=r"multiple of 40|múltiplo de 40"):
        call_command("demo", scale=people)


def test_the_scale_does_not_come_among_real_organisations(as_owner):
    OrganisationFactory()

    with pytest.raises(CommandError, match="organisations of its own"):
        call_command("demo", scale=400)

    assert not Person.objects.exists()


def test_houses_have_all_the_beds_whatever_their_number():
    for beds in (10, 20, 499, 500, 501, 1234, 5000):
        sizes = [size for _number, _part, size in house_sizes(beds)]
        assert sum(sizes) == beds
    assert {size for _number, _part, size in house_sizes(500)} == {250, 60, 80, 50}
    assert {size for _number, _part, size in house_sizes(5000)} == {2500, 375, 125, 250, 60, 80, 50}
    assert len({(number, part) for number, part, _size in house_sizes(5000)}) == 10
