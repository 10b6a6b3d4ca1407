"""The demo: what it makes, that it makes it once, and that every name in it is invented."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.case_counts import case_counts
from cases.models import (
    Appointment,
    ChildAlert,
    Document,
    Family,
    FamilyMember,
    Person,
    Phone,
    Process,
    Referral,
    Reminder,
    ReturnPlan,
    ReturnState,
    SlotBooking,
    Task,
    TaskKind,
)
from cases.walltime import at_clock
from ngo.dashboard import today_of
from ngo.models import Membership, Organisation, Staff
from ngo.permissions import Role
from ngo.services.demo import first_email
from ngo.services.demo.people import SURNAMES
from shelters.models import (
    BedBlock,
    CapacityReport,
    GuestCard,
    Placement,
    PlacementState,
    RollCall,
    Shelter,
    SpaceRule,
    Stay,
    TurnAway,
)
from shelters.services.capacity import figures
from shelters.services.door import late, outside
from shelters.services.supplies import days_of_cover
from tests.factories import OrganisationFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def as_new_tables(db, with_the_web_roles_rights):
    """What PostgreSQL wrote down of tables that other tests had filled and emptied: it would take thousands of rows for one,
    and plan the demo's queries for that. A new installation's tables have no such past."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT pg_clear_relation_stats('public', relname::text) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_WEB_ROLE}")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_FOLDER = tmp_path / "documents"


def made(capsys):
    call_command("demo")
    return capsys.readouterr().out


def sign_ins(output):
    return dict(re.findall(r"(\S+@\S+\.example)\s+([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})", output))


def test_the_demo_is_a_house_to_look_around_in(capsys):
    with CaptureQueriesContext(connection) as queries:
        output = made(capsys)

    assert len(queries) < 7500  # Half of them only tell the history who acts. Some seconds on a small computer.
    assert {org.slug for org in Organisation.objects.all()} == {"red-mezquite", "puente-biznaga"}
    assert set(Shelter.objects.values_list("name", "city__name")) == {
        ("Casa Mezquite", "Tijuana"),
        ("Casa Ocotillo", "Tijuana"),
        ("Casa Biznaga", "Ciudad Juárez"),
        ("Casa Nopal", "Ciudad Juárez"),
    }
    the_sign_ins_work(sign_ins(output))
    tonight_is_half_full_and_one_house_is_over()
    the_nights_before_are_there()
    names_are_invented()
    something_waits_for_everyone()
    the_evening_has_begun()
    the_door_is_kept()
    the_cases_are_there()

    again = made(capsys)

    assert "already here" in again
    assert "manage.py changepassword <e-mail>, for example coordinacion@mezquite.example" in again
    assert not sign_ins(again)
    assert Organisation.objects.count() == 2


def test_a_forgotten_password_is_set_anew_by_e_mail(capsys, monkeypatch):
    staff = StaffFactory(email=first_email())
    monkeypatch.setattr("getpass.getpass", lambda prompt: "otra-clave-de-prueba")

    call_command("changepassword", staff.email)

    staff.refresh_from_db()
    assert staff.check_password("otra-clave-de-prueba")


def the_sign_ins_work(passwords):
    assert len(passwords) == 16
    assert len(set(passwords.values())) == 16
    one = Staff.objects.get(email="coordinacion@mezquite.example")
    assert one.check_password(passwords[one.email])
    for organisation in Organisation.objects.all():
        roles = Membership.objects.in_force().filter(organisation=organisation).values_list("role", flat=True)
        assert set(roles) == set(Role)
    both = Staff.objects.get(email="puente@mezquite.example")
    assert both.memberships.in_force().count() == 2
    assert Staff.objects.get(is_staff=True).membership is None


def tonight_is_half_full_and_one_house_is_over():
    rows = {row.shelter.name: row for row in figures(Shelter.objects.all())}
    occupied, nominal = sum(row.occupied for row in rows.values()), sum(row.nominal for row in rows.values())

    assert 0.45 < occupied / nominal < 0.7
    assert rows["Casa Ocotillo"].over > 0
    assert rows["Casa Ocotillo"].occupied_surge > 0
    assert rows["Casa Mezquite"].over == 0
    assert rows["Casa Mezquite"].held >= 3
    assert rows["Casa Mezquite"].out_of_service == 2
    assert BedBlock.objects.count() == 3


def the_nights_before_are_there():
    today = timezone.localdate()
    for shelter in Shelter.objects.all():
        for days in (2, 20, 45):
            row = figures([shelter], today - timedelta(days=days))[0]
            assert row.nominal > 0
            assert row.occupied > 0, f"{shelter} was empty {days} days ago"
    assert Stay.objects.exclude(departed_at=None).count() > 300
    assert not Placement.objects.filter(state=PlacementState.OUT, actual__endswith__gt=timezone.now()).exists()


def names_are_invented():
    assert set(Person.objects.values_list("first_surname", flat=True)) <= set(SURNAMES)
    assert all(phone.number.startswith("+120255501") for phone in Phone.objects.all())
    sizes = {family.members.count() for family in Family.objects.filter(stays__departed_at=None)}
    assert {1, 7} <= sizes
    assert FamilyMember.objects.filter(is_head=True).count() == Family.objects.count()
    assert len(set(Person.objects.values_list("nationality", flat=True))) >= 8


def something_waits_for_everyone():
    alerts = ChildAlert.objects.open()
    assert {alert.notified_at is None for alert in alerts} == {True, False}
    coordinator = Staff.objects.get(email="coordinacion@mezquite.example")
    today = today_of(coordinator)
    assert today.tasks
    assert all(row.people for row in today.groups)


def the_door_is_kept():
    """Cards for everyone, somebody out and late, somebody on leave, places held by number, a rule of next week."""
    here = Stay.objects.current().count()
    assert GuestCard.objects.filter(revoked_at=None).count() == here
    for shelter in Shelter.objects.all():
        away = outside([shelter]).values()
        assert len(away) >= 2
        assert sum(one.leave is not None for one in away) <= 1
    assert any(late(Shelter.objects.all()).values())
    organisations = Organisation.objects.count()
    assert Placement.objects.filter(bed=None, state=PlacementState.HELD).count() == 2 * organisations
    assert SpaceRule.objects.standing().count() == organisations


def the_cases_are_there():
    """Each organisation: a family on two ways, a claim with a sign-in missed, a return stopped, tasks, papers, one pair; and
    referrals between the two."""
    organisations = list(Organisation.objects.order_by("pk"))
    for organisation in organisations:
        lawyer = Membership.objects.get(
            organisation=organisation, role=Role.LEGAL, staff__email__startswith="legal"
        ).staff
        lawyer.current_membership = lawyer.memberships.get(organisation=organisation)
        counts = case_counts(lawyer, timezone.now())
        assert counts.tasks_urgent >= 2  # A missed sign-in, and fear of going back.
        assert min(counts.sign_ins_missed, counts.unprotected, counts.clocks_late, counts.child_places_ending) >= 1
        coordinator = Membership.objects.get(organisation=organisation, role=Role.COORDINATOR).staff
        assert case_counts(coordinator, timezone.now()).pairs == 1
        ours = Process.objects.filter(organisation=organisation)
        assert {"us-court", "mx-protection", "return"} <= set(ours.values_list("version__pathway__code", flat=True))
        assert ReturnPlan.objects.get(process__in=ours).state == ReturnState.STOPPED
        assert Task.objects.open().filter(organisation=organisation, kind=TaskKind.VERIFY_HEARING, process__in=ours)
        assert Document.objects.filter(family__organisation=organisation).exclude(file_name="").count() == 3
    assert Process.objects.values("family").annotate(ways=Count("version__pathway", distinct=True)).filter(ways=2)
    assert set(Referral.objects.values_list("organisation__slug", "state")) == {
        ("red-mezquite", "sent"),
        ("red-mezquite", "accepted"),
    }


def the_evening_has_begun():
    """Dates on other clocks and before dawn, a reminder that failed, half a roll-call, reports, a store, lawyers, diets."""
    upcoming = Appointment.objects.upcoming(timezone.now())
    places = {row.office.city.name for row in upcoming.select_related("office__city") if row.office}
    assert {"El Paso", "Ciudad de México"} <= places
    assert any(at_clock(row.home_zone, row.leave_shelter_at).hour < 5 for row in upcoming)
    assert any(row.has_two_clocks for row in upcoming)
    organisations = Organisation.objects.count()
    assert Reminder.objects.failed().count() == organisations
    assert Reminder.objects.waiting().filter(email__isnull=False).exists()
    for call in RollCall.objects.all():
        assert call.closed_at is None
        answers = set(call.marks.values_list("answer", flat=True))
        assert answers == {"present", "leave", "absent"}
        assert call.marks.count() < Stay.objects.current().filter(shelter=call.shelter).count()
    states = Counter(CapacityReport.objects.values_list("state", flat=True))
    shelters = Shelter.objects.count()
    assert states == {"unconfirmed": organisations, "confirmed": 30 * shelters - 2 * organisations}
    assert CapacityReport.objects.exclude(figures__occupied=0).count() > 25 * shelters
    cover = days_of_cover(Shelter.objects.all(), timezone.localdate())
    assert all(any(one.is_low for one in items) and not all(one.is_low for one in items) for items in cover.values())
    assert SlotBooking.objects.filter(released_at=None).count() == organisations
    assert Person.objects.exclude(diets=[]).count() >= 5
    assert TurnAway.objects.values("shelter").distinct().count() == shelters


def test_the_demo_does_not_come_among_real_organisations():
    OrganisationFactory()

    with pytest.raises(CommandError, match="organisations of its own"):
        call_command("demo")

    assert Organisation.objects.count() == 1
