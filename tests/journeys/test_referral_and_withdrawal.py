"""Journey: a family is referred to a second organisation, in two browsers; it takes its consent back, and is seen no more."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cases.models import Consent, Referral, ReferralState
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, ReferralDeskFactory, ShelterFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def staff():
    organisation = OrganisationFactory(name="Casa Ejemplo")
    ShelterFactory(organisation=organisation)
    return StaffFactory(role=Role.CASEWORKER, organisation=organisation)


@pytest.fixture
def lawyer():
    organisation = OrganisationFactory(name="Abogadas Muestra")
    ReferralDeskFactory(organisation=organisation)
    return StaffFactory(role=Role.LEGAL, organisation=organisation)


@pytest.fixture
def family(staff):
    family = FamilyFactory(people=2, organisation=staff.organisation)
    family.people[0].given_names, family.people[0].first_surname = "Luz", "Ensayo"
    family.people[0].save()
    return family


def test_a_family_is_referred_answered_and_seen_no_more_once_it_takes_consent_back(
    live_server, new_page, sign_in, staff, lawyer, family
):
    ours, theirs = new_page(locale="en"), new_page(locale="en")
    sign_in(ours, staff)
    sign_in(theirs, lawyer)

    # Nobody has asked her yet: it is refused, and the way to her answer is beside the refusal.
    ours.goto(live_server.url + reverse("cases:family", args=[family.pk]))
    ours.get_by_role("link", name="Referrals to others who help").click()
    ours.get_by_role("link", name="Refer them").click()
    write_referral(ours)
    expect(ours.get_by_role("alert").first).to_contain_text("It is not written that Luz agrees")
    ours.get_by_role("link", name="Write their answer").click()
    write_consent(ours)
    expect(ours.get_by_text("Their answer is written.")).to_be_visible()

    # With her consent it goes, and the other side sees her name and nothing else of her.
    ours.goto(live_server.url + reverse("cases:referral_new", args=[family.pk]))
    write_referral(ours)
    expect(ours.get_by_text("They have not opened it yet.")).to_be_visible()
    theirs.goto(live_server.url + reverse("cases:received"))
    theirs.get_by_role("link", name="Legal help: Casa Ejemplo").click()
    expect(theirs.get_by_text("Luz Ensayo")).to_be_visible()
    assert family.people[1].full_name not in theirs.content()
    assert family.folio not in theirs.content()
    theirs.get_by_text("Yes", exact=True).click()
    theirs.get_by_label("If not: why? If so: what happens next?").fill("Monday at 9")
    theirs.get_by_role("button", name="Send the answer").click()
    expect(theirs.get_by_text("Your answer is sent.")).to_be_visible()

    # She takes it back, and the page over there, opened again, shows nobody.
    ours.goto(live_server.url + reverse("cases:family_consents", args=[family.pk]))
    ours.get_by_role("link", name="They take it back").click()
    expect(ours.get_by_text("1 person is seen by somebody else")).to_be_visible()
    ours.get_by_role("button", name="Write that they take it back").click()
    expect(ours.get_by_text("1 person is not seen by anybody else any more.")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_text("What was shared is not shown any more")).to_be_visible()
    assert "Luz" not in theirs.content()
    assert Referral.objects.get().state == ReferralState.REVOKED
    assert Consent.objects.get().ending == "withdrawn"


def write_referral(page):
    page.get_by_label("Who would be told?").select_option(label="Abogadas Muestra")
    page.get_by_label("What do they need help with?").select_option(label="Legal help")
    page.get_by_label("Luz Ensayo").check()
    page.get_by_label("Age", exact=True).uncheck()
    page.get_by_role("button", name="Send the referral").click()


def write_consent(page):
    page.get_by_text("Telling somebody else what they need to help").click()
    page.get_by_label("Who would be told?").select_option(label="Abogadas Muestra")
    page.get_by_text("They agree", exact=True).click()
    page.get_by_text("In writing").click()
    page.get_by_role("button", name="Write their answer").click()
