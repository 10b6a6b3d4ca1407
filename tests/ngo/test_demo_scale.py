"""The demo at scale, small: counts, no orphan, figures that add up, pages that open, history as it was."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Family, FamilyMember, Person
from ngo.dashboard import today_of
from ngo.models import Organisation, Staff
from ngo.services.demo.people import SURNAMES
from ngo.services.demo.scale import make_scale
from ngo.services.demo.scale_houses import house_sizes
from shelters.models import Bed, Lot, Placement, RollCallMark, Shelter, Stay
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
    assert count("SELECT count(*) FROM (SELECT person_id FROM shelters_stay GROUP BY 1 HAVING count(*) <> 5) other") == 0
    here = Stay.objects.current().count()
    assert here == Placement.objects.filter(state="in").count()
    assert 0.6 < here / (PEOPLE // 40) <= 1
    assert not Case.objects.filter(closed_at=None, person__stays=None).exists()
    assert count("SELECT count(*) FROM shelters_stay WHERE departed_at > now() OR arrived_at > now()") == 0
    with_places = "SELECT count(*) FROM shelters_placement JOIN shelters_stay stay ON stay.id = stay_id WHERE {} IS DISTINCT FROM {}"
    assert count(with_places.format("actual", "tstzrange(stay.arrived_at, stay.departed_at)")) == 0
    assert count(with_places.format("shelters_placement.shelter_id", "stay.shelter_id")) == 0


def the_figures_add_up():
    rows = figures(Shelter.objects.all())
    assert sum(row.occupied for row in rows) == Stay.objects.current().count()
    assert sum(row.nominal for row in rows) == PEOPLE // 40
    assert all(row.over == 0 for row in rows)
    before = figures(Shelter.objects.all(), timezone.now().date() - timezone.timedelta(days=400))
    assert sum(row.occupied for row in before) > PEOPLE // 80


def the_evening_is_there():
    assert RollCallMark.objects.count() > 0
    assert not RollCallMark.objects.exclude(stay__shelter=models_f("roll_call__shelter")).exists()
    assert all(lot.left == sum(move.quantity for move in lot.moves.all()) for lot in Lot.objects.all())
