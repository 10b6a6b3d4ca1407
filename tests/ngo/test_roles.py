"""The table of who may: every role is described, every permission is granted to someone, and the promises of the roles hold."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils import translation

from ngo.permissions import GRANTS, ROLE_DESCRIPTIONS, Permission, Role, may, public, requires
from tests.factories import StaffFactory

P = Permission
NAMES = {P.VIEW_NAMES, P.VIEW_PEOPLE, P.EDIT_PEOPLE, P.VIEW_RESTRICTED_NEEDS}


def test_every_role_says_what_it_is_for():
    assert set(ROLE_DESCRIPTIONS) == set(Role)
    assert all(str(words).endswith(".") for words in ROLE_DESCRIPTIONS.values())


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_words_of_the_roles_differ_from_each_other(language):
    with translation.override(language):
        assert len({str(role.label) for role in Role}) == len(Role)
        assert len({str(words) for words in ROLE_DESCRIPTIONS.values()}) == len(Role)


def test_the_table_covers_every_role_and_every_permission():
    assert set(GRANTS) == set(Role)
    assert set().union(*GRANTS.values()) == set(Permission)


def test_everyone_has_an_account_and_sees_today():
    assert all({P.USE_ACCOUNT, P.VIEW_TODAY} <= granted for granted in GRANTS.values())


def test_the_coordinator_answers_for_the_house_but_reads_no_legal_note():
    assert set(Permission) - GRANTS[Role.COORDINATOR] == {P.KEEP_LEGAL_NOTES}


def test_what_was_said_in_confidence_is_read_by_the_legal_team_alone():
    assert [role for role in Role if P.KEEP_LEGAL_NOTES in GRANTS[role]] == [Role.LEGAL]


@pytest.mark.parametrize("permission", [P.MANAGE_STAFF, P.MANAGE_PLACES, P.EDIT_CATALOGUE, P.VIEW_READ_LOG])
def test_only_the_coordinator_runs_the_house(permission):
    assert [role for role in Role if permission in GRANTS[role]] == [Role.COORDINATOR]


def test_who_needs_figures_gets_figures_and_no_person():
    assert GRANTS[Role.NETWORK_VIEWER] == {P.VIEW_TODAY, P.USE_ACCOUNT}


def test_the_kitchen_sees_meals_and_the_store_and_no_name():
    kitchen = {P.VIEW_TOMORROW, P.VIEW_SUPPLIES, P.MANAGE_SUPPLIES}
    assert GRANTS[Role.SUPPLIES] == kitchen | {P.VIEW_TODAY, P.USE_ACCOUNT}


def test_a_volunteer_sees_initials_and_no_files():
    assert not GRANTS[Role.VOLUNTEER] & NAMES


def test_whoever_handles_alerts_may_see_whom_they_are_about():
    assert all(P.VIEW_PEOPLE in granted for granted in GRANTS.values() if P.HANDLE_CHILD_ALERTS in granted)


@pytest.mark.parametrize("staff", [None, AnonymousUser()])
def test_nobody_may_nothing(staff):
    assert not any(may(staff, permission) for permission in Permission)


@pytest.mark.django_db
def test_an_administrator_of_the_installation_has_no_rights_in_a_house():
    administrator = StaffFactory(organisation=None, is_staff=True, is_superuser=True)

    assert not any(may(administrator, permission) for permission in Permission)


@pytest.mark.django_db
def test_a_guarded_view_refuses_and_says_what_it_asks_for():
    @requires(P.VIEW_READ_LOG)
    def page(request):
        return "open"

    request = RequestFactory().get("/")
    request.user = StaffFactory(role=Role.COORDINATOR)
    assert page(request) == "open"
    request.user = StaffFactory(role=Role.LEGAL)
    with pytest.raises(PermissionDenied):
        page(request)
    assert page.permission == P.VIEW_READ_LOG


def test_an_open_view_says_so():
    assert public(lambda request: None).permission == "public"
