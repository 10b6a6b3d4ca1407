"""Consent: each purpose and each recipient apart; given, refused, taken back; and what closes with it at once."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    Consent,
    ConsentMethod,
    Decision,
    Ending,
    FamilyMember,
    Purpose,
    ReferralGrant,
    ReferralState,
    Relationship,
)
from cases.services.consents import NOBODY, Recipient, record_answer, sharing_answer, withdraw_consent
from cases.services.contact import add_email, agree_to_reminders
from cases.services.families import split_family
from cases.services.recipients import agreed_to_reminders
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Role
from tests.factories import (
    FamilyFactory,
    OrganisationFactory,
    ReferralDeskFactory,
    ReferralFactory,
    SharingConsentFactory,
    StaffFactory,
)

CLINIC = Recipient(name="Clínica de prueba")


@pytest.fixture
def staff(db):
    return StaffFactory()


@pytest.fixture
def family(staff):
    return FamilyFactory(ages=[34, 36, 9], organisation=staff.organisation)


def ask(family, staff, person=None, **more):
    said = {"purpose": Purpose.SHARING, "agreed": True, "method": ConsentMethod.WRITTEN, "recipient": CLINIC, **more}
    return record_answer(family=family, person=person or family.people[0], notice_language="spa", by=staff, **said)


def test_each_recipient_and_each_purpose_is_a_consent_of_its_own(family, staff):
    here = Recipient(organisation=OrganisationFactory())
    ask(family, staff)
    ask(family, staff, recipient=here, agreed=False)
    ask(family, staff, purpose=Purpose.PHOTO, recipient=NOBODY)
    ask(family, staff, purpose=Purpose.STATISTICS, recipient=NOBODY)

    today = date.today()
    head = family.people[0]
    assert Consent.objects.in_force(today).count() == 4
    assert sharing_answer(head, CLINIC, today).decision == Decision.GIVEN
    assert sharing_answer(head, here, today).decision == Decision.REFUSED
    assert sharing_answer(head, Recipient(name="Otra clínica"), today) is None
    assert sharing_answer(family.people[1], CLINIC, today) is None


def test_asked_again_the_new_answer_holds_and_the_old_one_stays_in_the_record(family, staff):
    first = ask(family, staff)
    second = ask(family, staff, recipient=Recipient(name="  clínica   DE prueba "), agreed=False)

    first.refresh_from_db()
    assert (first.ending, first.ended_by) == (Ending.REPLACED, staff)
    assert list(Consent.objects.in_force(date.today())) == [second]


def test_by_word_a_signature_is_still_to_come(family, staff):
    assert ask(family, staff, method=ConsentMethod.VERBAL, witness="Testiga").decision == Decision.WRITTEN_PENDING
    assert ask(family, staff, method=ConsentMethod.THUMB, witness="Testiga").decision == Decision.GIVEN
    assert ask(family, staff, method=ConsentMethod.VERBAL, witness="T", agreed=False).decision == Decision.REFUSED


def test_what_was_agreed_for_a_time_ends_with_it_without_anybody_writing_so(family, staff):
    today = date.today()
    ask(family, staff, expires_on=today)
    assert sharing_answer(family.people[0], CLINIC, today) is not None
    assert sharing_answer(family.people[0], CLINIC, today + timedelta(days=1)) is None
    ask(family, staff)  # The row whose time is over does not stand in the way of a new one.


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"purpose": "gossip"}, "what they were asked about"),
        ({"purpose": Purpose.REMINDERS, "recipient": NOBODY}, "page of their own"),
        ({"recipient": NOBODY}, "who would be told"),
        ({"recipient": Recipient(name="   ")}, "who would be told"),
        ({"purpose": Purpose.PHOTO}, "Only where somebody is told"),
        ({"method": "nod"}, "how they answered"),
        ({"method": ConsentMethod.VERBAL}, "who was the witness"),
        ({"method": ConsentMethod.THUMB, "witness": " "}, "who was the witness"),
        ({"expires_on": date(2020, 1, 1)}, "That day is over"),
        ({"expires_on": date(2199, 1, 1)}, "Check the year"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(family, staff, given, sentence):
    with pytest.raises(Refused, match=sentence):
        ask(family, staff, **given)
    assert not Consent.objects.exists()


# --- Who may say it --------------------------------------------------------------------------------------------------
def test_an_adult_answers_for_themselves_and_a_carer_for_a_child(family, staff):
    mother, _father, child = family.people
    with pytest.raises(Refused, match="an adult and answers for themselves"):
        ask(family, staff, said_by=family.people[1])
    for nobody in (None, child, FamilyFactory().people[0]):
        with pytest.raises(Refused, match="choose who of the family answered"):
            ask(family, staff, person=child, said_by=nobody)

    assert ask(family, staff, person=child, said_by=mother).said_by == mother


def test_for_somebody_whose_age_is_in_doubt_a_carer_answers_too(staff):
    family = FamilyFactory(ages=[34, None], organisation=staff.organisation)
    with pytest.raises(Refused, match="may be a minor"):
        ask(family, staff, person=family.people[1])


def test_for_a_child_without_a_carer_nobody_here_can_answer(staff):
    family = FamilyFactory(ages=[22, 9], organisation=staff.organisation)
    FamilyMember.objects.filter(family=family).update(is_carer=False)
    FamilyMember.objects.filter(family=family, is_head=False).update(relationship=Relationship.SIBLING)
    with pytest.raises(Refused, match="The child-protection office decides"):
        ask(family, staff, person=family.people[1], said_by=family.people[0])


def test_who_has_left_the_family_is_not_asked_with_it(family, staff):
    FamilyMember.objects.filter(person=family.people[1]).update(left_on=date.today())
    with pytest.raises(Refused, match="not in this family any more"):
        ask(family, staff, person=family.people[1])


# --- Taken back ------------------------------------------------------------------------------------------------------
def test_taking_it_back_closes_what_others_see_at_once(family, staff):
    referral = ReferralFactory(family=family, people=family.people[:2], sent_by=staff)
    one, two = referral.grants.order_by("pk")

    assert withdraw_consent(consent=one.consent, by=staff) == 1
    assert list(ReferralGrant.objects.open(timezone.now())) == [two]
    referral.refresh_from_db()
    assert referral.state == ReferralState.SENT

    assert withdraw_consent(consent=two.consent, by=staff) == 1
    referral.refresh_from_db()
    assert (referral.state, referral.ended_by) == (ReferralState.REVOKED, staff)
    with pytest.raises(Refused, match="ended already"):
        withdraw_consent(consent=two.consent, by=staff)


def test_a_no_closes_what_others_see_and_a_new_yes_keeps_it_open(family, staff):
    referral = ReferralFactory(family=family, sent_by=staff)
    told = Recipient(organisation=referral.to_organisation)

    ask(family, staff, recipient=told)
    assert ReferralGrant.objects.open(timezone.now()).filter(referral=referral).exists()
    ask(family, staff, recipient=told, agreed=False)
    assert not ReferralGrant.objects.open(timezone.now()).filter(referral=referral).exists()


def test_without_the_record_nothing_may_be_told_to_anybody(family, staff):
    record = ask(family, staff, purpose=Purpose.RECORD, recipient=NOBODY)
    referral = ReferralFactory(family=family, people=family.people[:2], sent_by=staff)
    no = SharingConsentFactory(family=family, decision=Decision.REFUSED)

    assert withdraw_consent(consent=record, by=staff) == 2
    assert not ReferralGrant.objects.open(timezone.now()).exists()
    assert list(Consent.objects.filter(withdrawn_at=None)) == [no]
    referral.refresh_from_db()
    assert referral.state == ReferralState.REVOKED


def test_taking_reminders_back_here_stops_them(family, staff):
    add_email(family=family, address="prueba@correo.example", by=staff)
    consent = agree_to_reminders(family=family, method=ConsentMethod.WRITTEN, notice_language="spa", by=staff)

    withdraw_consent(consent=consent, by=staff)

    consent.refresh_from_db()
    assert (agreed_to_reminders(family.pk), consent.ending) == (False, Ending.WITHDRAWN)


def test_a_no_cannot_be_withdrawn(family, staff):
    with pytest.raises(Refused, match="nothing to withdraw"):
        withdraw_consent(consent=ask(family, staff, agreed=False), by=staff)


# --- Pages -----------------------------------------------------------------------------------------------------------
def form(**more):
    return {
        "purpose": "sharing",
        "recipient": "outside",
        "recipient_name": "Clínica de prueba",
        "agreed": "yes",
        "method": "written",
        "notice_language": "hat",
        **more,
    }


def test_an_answer_is_written_and_taken_back_on_its_pages(client, family, staff):
    client.force_login(staff)
    new, listed = (reverse(f"cases:{name}", args=[family.pk]) for name in ("consent_new", "family_consents"))
    assert client.get(new).status_code == 200
    assert client.post(new, form(person=family.people[0].pk)).url == listed
    consent = Consent.objects.get()
    assert (consent.recipient_name, consent.notice_language) == ("Clínica de prueba", "hat")
    assert "Clínica de prueba" in client.get(listed).content.decode()

    page = reverse("cases:consent_withdraw", args=[consent.pk])
    assert "It ends at once" in client.get(page).content.decode()
    assert client.post(page).url == listed
    assert "Withdrawn" in client.get(listed).content.decode()
    assert {line.what for line in ReadLog.objects.all()} == {"consents"}


def test_the_page_says_how_many_people_somebody_else_sees_no_more(client, family, staff):
    client.force_login(staff)
    consent = ReferralFactory(family=family, sent_by=staff).grants.get().consent
    page = client.get(reverse("cases:consent_withdraw", args=[consent.pk])).content.decode()
    assert "1 person is seen by somebody else" in page


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"recipient": ""}, "recipient", "Choose who would be told."),
        ({"recipient_name": ""}, "recipient_name", "Write who would be told."),
        ({"method": "verbal"}, "witness", "Write who was the witness."),
        ({"agreed": ""}, "agreed", "Mark what they said."),
        (
            {"expires_on_day": "31", "expires_on_month": "2", "expires_on_year": "2027"},
            "expires_on",
            "There is no such date.",
        ),
    ],
)
def test_what_is_missing_gets_a_sentence_at_its_field(client, family, staff, given, field, sentence):
    client.force_login(staff)
    answer = client.post(reverse("cases:consent_new", args=[family.pk]), form(person=family.people[0].pk, **given))
    assert sentence in answer.context["form"].errors[field][0]


def test_an_organisation_that_is_not_open_to_referrals_is_in_no_choice(client, family, staff):
    client.force_login(staff)
    ReferralDeskFactory(organisation=OrganisationFactory(name="Casa Abierta Ensayo"))
    ReferralDeskFactory(organisation=OrganisationFactory(name="Casa Cerrada Ensayo"), is_open=False)
    OrganisationFactory(name="Casa Callada Ensayo")

    page = client.get(reverse("cases:consent_new", args=[family.pk])).content.decode()
    assert "Casa Abierta Ensayo" in page
    assert "Casa Cerrada Ensayo" not in page
    assert "Casa Callada Ensayo" not in page


@pytest.mark.parametrize("answers", [1, 20])
def test_the_list_asks_the_same_number_of_queries_whatever_its_length(
    client, family, staff, answers, django_assert_num_queries
):
    client.force_login(staff)
    for number in range(answers):
        SharingConsentFactory(family=family, outside=f"Clínica {number}", by=staff)
    page = reverse("cases:family_consents", args=[family.pk])
    client.get(page)
    with django_assert_num_queries(11):
        assert client.get(page).status_code == 200


def test_a_kitchen_does_not_read_consents(client, family):
    client.force_login(StaffFactory(organisation=family.organisation, role=Role.SUPPLIES))
    assert client.get(reverse("cases:family_consents", args=[family.pk])).status_code == 403


def test_who_goes_on_apart_still_finds_what_they_agreed_to(client, family, staff):
    ask(family, staff, family.people[1])
    new = split_family(family=family, relationships={family.people[1].pk: Relationship.HEAD}, by=staff, reason="Apart")
    client.force_login(staff)
    page = client.get(reverse("cases:family_consents", args=[new.pk])).content.decode()
    assert CLINIC.name in page
