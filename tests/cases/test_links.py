"""Files of two organisations are linked under a grant and never joined: who may, what each side sees, and when it ends."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.link_file import likely_files, linked_files, shared_of, shared_people_like
from cases.models import FileLink, Person, ReferralGrant, ReferralState, SharedFact
from cases.referral_file import our_side
from cases.services.consents import withdraw_consent
from cases.services.links import link_file, unlink_file
from cases.services.referrals import finish_referral, revoke_referral
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, ReferralFactory, StaffFactory
from tests.shelters.test_merge import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    """Who received the referral and accepted it."""
    return StaffFactory(role=Role.CASEWORKER, organisation=OrganisationFactory(name="Casa Vecina de prueba"))


@pytest.fixture
def theirs():
    """The family of the other organisation, of which the first one is shared."""
    family = FamilyFactory(ages=[34, 36], folio="ZZ-777001")
    names = {"given_names": "Elvia", "first_surname": "Muestra", "second_surname": "Ensayo", "other_names": "Chivis"}
    Person.objects.filter(pk=family.people[0].pk).update(**names)
    Person.objects.filter(pk=family.people[1].pk).update(given_names="Rogelio", first_surname="Muestra")
    return family


@pytest.fixture
def referral(theirs, guest):
    row = ReferralFactory(family=theirs, to_organisation=guest.organisation, people=theirs.people)
    row.state, row.answered_at = ReferralState.ACCEPTED, timezone.now()
    row.save()
    return row


@pytest.fixture
def grant(referral):
    return referral.grants.order_by("pk").first()


@pytest.fixture
def ours(guest):
    """Her file over here, by another name."""
    family = FamilyFactory(organisation=guest.organisation, people=1, folio="AA-000042")
    Person.objects.filter(pk=family.people[0].pk).update(given_names="Elvia María", first_surname="Muestra")
    return family


def now():
    return timezone.now()


def link(grant, ours, by, **more):
    return link_file(grant=grant, person=ours.people[0], by=by, how="Mostró su credencial", **more)


def page(staff, route, *arguments):
    client = Client()
    client.force_login(staff)
    return client.get(reverse(f"cases:{route}", args=arguments)).content.decode()


def test_it_is_said_by_somebody_by_name_and_nothing_of_the_other_file_is_copied(grant, ours, guest):
    before = everything()

    made = link(grant, ours, guest)

    assert (made.made_by, made.how, made.person) == (guest, "Mostró su credencial", ours.people[0])
    after = everything()
    assert after.pop("cases.FileLink") != before.pop("cases.FileLink")
    assert after == before


def test_our_side_sees_its_file_beside_what_is_shared_and_the_other_side_only_that_there_is_one(grant, ours, guest):
    link(grant, ours, guest)
    sender = StaffFactory(organisation=grant.referral.organisation, role=Role.COORDINATOR)

    assert {number: (one.folio, one.family) for number, one in linked_files(grant.referral, now()).items()} == {
        1: ("AA-000042", ours.pk)
    }
    received = page(guest, "received_one", grant.referral.code)
    family = page(guest, "family", ours.pk)
    sent = page(sender, "referral", grant.referral.pk)
    assert "AA-000042" in received
    assert str(grant.referral.organisation) in family
    assert str(grant.referral.code) in family
    assert our_side(grant.referral, sender, now()).known_there == {grant.pk}
    assert "They have a file of their own of this person." in sent
    for hidden in ("AA-000042", "Elvia María", "Mostró su credencial", guest.name):
        assert hidden not in sent
    for hidden in ("ZZ-777001", "Rogelio", "Chivis"):
        assert hidden not in family


@pytest.mark.parametrize("end", ["withdrawn", "revoked", "done", "expired"])
def test_it_ends_with_the_grant_whatever_ends_that(grant, ours, guest, end):
    link(grant, ours, guest)
    sender = grant.referral.sent_by
    if end == "withdrawn":
        withdraw_consent(consent=grant.consent, by=sender)
    elif end == "revoked":
        revoke_referral(referral=grant.referral, reason="Prueba", by=sender)
    elif end == "done":
        finish_referral(referral=grant.referral, outcome="Listo", by=guest)
    else:
        ReferralGrant.objects.filter(pk=grant.pk).update(expires_at=now() - timedelta(minutes=1))
    grant.referral.refresh_from_db()

    assert linked_files(grant.referral, now()) == {}
    assert shared_of([ours.people[0].pk], guest, now()) == []
    assert our_side(grant.referral, guest, now()).known_there == set()
    assert str(grant.referral.code) not in page(guest, "family", ours.pk)
    assert FileLink.objects.count() == 1  # What was said stays written.


def test_it_is_undone_by_its_own_side_alone_and_can_be_made_again(grant, ours, guest):
    made = link(grant, ours, guest)
    with pytest.raises(Refused, match="Another organisation made this link"):
        unlink_file(link=made, by=grant.referral.sent_by)

    undone = unlink_file(link=made, by=guest)

    assert undone.ended_by == guest
    assert linked_files(grant.referral, now()) == {}
    with pytest.raises(Refused, match="undone this link already"):
        unlink_file(link=made, by=guest)
    assert link(grant, ours, guest).pk != made.pk


def test_what_is_not_ones_own_to_say_is_refused(grant, ours, guest, theirs):
    other = grant.referral.grants.exclude(pk=grant.pk).get()
    with pytest.raises(Refused, match="not sent to your organisation"):
        link(grant, ours, grant.referral.sent_by)
    with pytest.raises(Refused, match="not a file of yours"):
        link(grant, theirs, guest)
    with pytest.raises(Refused, match="how it was found out"):
        link_file(grant=grant, person=ours.people[0], by=guest, how=" ")
    link(grant, ours, guest)
    with pytest.raises(Refused, match="linked with a file of yours already"):
        link(grant, FamilyFactory(organisation=guest.organisation), guest)
    with pytest.raises(Refused, match="another person of this referral"):
        link(other, ours, guest)


def test_without_an_answer_a_consent_or_an_open_grant_nothing_is_linked(grant, ours, guest):
    type(grant.referral).objects.filter(pk=grant.referral_id).update(state=ReferralState.SENT)
    with pytest.raises(Refused, match="Accept the referral first"):
        link(grant, ours, guest)
    type(grant.referral).objects.filter(pk=grant.referral_id).update(state=ReferralState.ACCEPTED)
    consent, grant.consent = grant.consent, None
    grant.save()
    with pytest.raises(Refused, match="without their consent"):
        link(grant, ours, guest)
    grant.consent = consent
    grant.save()
    withdraw_consent(consent=consent, by=grant.referral.sent_by)
    with pytest.raises(Refused, match="not shown to you any more"):
        link(grant, ours, guest)


def test_a_search_finds_whom_others_share_by_the_shared_name_alone_and_its_sender_sees_it(referral, ours, guest):
    client = Client()
    client.force_login(guest)
    found = client.post(reverse("cases:people"), {"text": "elvia muestra"}).content.decode()
    assert str(referral.code) in found
    assert ReadLog.objects.of(referral).filter(organisation=guest.organisation).count() == 1

    assert [one.number for one in shared_people_like(guest, "Rogelio", now())] == [2]
    assert shared_people_like(guest, "Chivis", now()) == []  # Another name of hers, which is not shared.
    assert shared_people_like(StaffFactory(role=Role.COORDINATOR), "elvia muestra", now()) == []
    desk = StaffFactory(role=Role.FRONT_DESK, organisation=guest.organisation)
    assert shared_people_like(desk, "elvia muestra", now()) == []
    type(referral).objects.filter(pk=referral.pk).update(state=ReferralState.SENT)
    assert shared_people_like(guest, "elvia muestra", now()) == []
    type(referral).objects.filter(pk=referral.pk).update(state=ReferralState.ACCEPTED, facts=[SharedFact.AGE])
    assert shared_people_like(guest, "elvia muestra", now()) == []


def test_likely_files_are_found_by_nothing_but_what_is_shared(grant, ours, guest):
    assert [one.person for one in likely_files(grant, guest)] == [ours.people[0]]
    grant.referral.facts = [SharedFact.AGE]
    assert likely_files(grant, guest) == []


def test_the_page_offers_a_file_links_it_and_undoes_it(grant, ours, guest):
    client = Client()
    client.force_login(guest)
    where = reverse("cases:received_link", args=[grant.referral.code, 1])
    assert "AA-000042" in client.get(where).content.decode()
    unsaid = client.post(where, {"person": ours.people[0].pk, "how": ""})
    assert "Write how it was found out" in unsaid.content.decode()
    assert client.post(where, {"look": "1", "text": "a\x00b"}).status_code == 200
    looked = client.post(where, {"look": "1", "text": "AA-000042"}).content.decode()
    assert "Elvia María" in looked

    client.post(where, {"person": ours.people[0].pk, "how": "Lo dijo"})
    assert FileLink.objects.standing(now()).get().made_by == guest
    client.post(reverse("cases:received_unlink", args=[grant.referral.code, 1]))
    assert not FileLink.objects.standing(now()).exists()
    assert client.get(reverse("cases:received_link", args=[grant.referral.code, 3])).status_code == 404


def test_the_number_of_a_person_stays_theirs_when_another_is_not_shown_any_more(referral, guest):
    first, second = referral.grants.order_by("pk")
    withdraw_consent(consent=first.consent, by=referral.sent_by)

    client = Client()
    client.force_login(guest)
    assert client.get(reverse("cases:received_link", args=[referral.code, 1])).status_code == 404
    assert "Rogelio" in client.get(reverse("cases:received_link", args=[referral.code, 2])).content.decode()
    assert second.pk != first.pk
