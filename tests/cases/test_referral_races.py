"""Two acts on one referral at the same moment: whatever comes first, nobody is seen whom nobody may see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Referral, ReferralGrant, ReferralState
from cases.services import referrals as services
from cases.services.consents import withdraw_consent
from cases.services.referrals import answer_referral, revoke_referral
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, ReferralFactory, StaffFactory
from tests.shelters.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def referral():
    staff = StaffFactory(role=Role.CASEWORKER)
    family = FamilyFactory(people=2, organisation=staff.organisation)
    there = OrganisationFactory()
    return ReferralFactory(family=family, sent_by=staff, to_organisation=there, people=family.people)


def test_accepted_while_consent_is_taken_back_it_ends_all_the_same(referral):
    theirs = StaffFactory(role=Role.CASEWORKER, organisation=referral.to_organisation)
    one, two = (grant.consent for grant in referral.grants.order_by("pk"))

    outcomes = at_once(
        [
            lambda: answer_referral(referral=referral, accepted=True, by=theirs),
            lambda: withdraw_consent(consent=one, by=referral.sent_by),
            lambda: withdraw_consent(consent=two, by=referral.sent_by),
        ]
    )

    assert outcomes[1:] == ["done", "done"]
    referral.refresh_from_db()
    assert referral.state == ReferralState.REVOKED
    assert not ReferralGrant.objects.open(timezone.now()).exists()


def test_taken_back_and_refused_at_once_it_ends_once(referral):
    theirs = StaffFactory(role=Role.CASEWORKER, organisation=referral.to_organisation)

    outcomes = at_once(
        [
            lambda: answer_referral(referral=referral, accepted=False, reason="full", by=theirs),
            lambda: revoke_referral(referral=referral, reason="a mistake", by=referral.sent_by),
        ]
    )

    assert sorted(outcomes, key=len)[0] == "done"
    assert outcomes.count("done") == 1


def test_two_sweeps_escalate_once(referral):
    Referral.objects.update(respond_by=timezone.now() - timedelta(days=1))
    found = []
    at_once([lambda: found.append(services.sweep())] * 2)
    assert sum(swept.escalated for swept in found) == 1
