"""Referrals: sent with consent or a reason, answered, done, taken back; what happens when nobody answers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    Decision,
    DocumentKind,
    FamilyMember,
    GrantEnd,
    HelpKind,
    Referral,
    ReferralGrant,
    ReferralNotice,
    ReferralState,
    SharedFact,
)
from cases.referral_file import referral_counts
from cases.services import referral_notices
from cases.services import referrals as services
from cases.services.consents import Recipient, record_answer, withdraw_consent
from cases.services.documents import Facts, add_document
from cases.services.referrals import answer_referral, finish_referral, revoke_referral, send_referral, told_outside
from cases.tasks import sweep_referrals
from ngo.errors import Refused
from ngo.messaging import email
from ngo.models import ReadLog
from ngo.papers import Paper
from ngo.permissions import GRANTS, Permission, Role
from tests.cases.papers import pdf
from tests.factories import (
    DocumentFactory,
    FamilyFactory,
    OrganisationFactory,
    ReferralDeskFactory,
    ReferralFactory,
    SharingConsentFactory,
    StaffFactory,
)

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_FOLDER = tmp_path / "documents"


@pytest.fixture
def staff(db):
    return StaffFactory(role=Role.CASEWORKER)


@pytest.fixture
def family(staff):
    return FamilyFactory(ages=[34, 36, 9], organisation=staff.organisation)


@pytest.fixture
def desk(db):
    return ReferralDeskFactory(organisation=OrganisationFactory(name="Casa Vecina de prueba"))


@pytest.fixture
def theirs(desk):
    return StaffFactory(role=Role.CASEWORKER, organisation=desk.organisation)


def send(family, staff, to, people=None, **more):
    now = timezone.now()
    told = {
        "recipient": to if isinstance(to, Recipient) else Recipient(organisation=to.organisation),
        "help_kind": HelpKind.LEGAL,
        "facts": [SharedFact.NAME],
        "respond_by": now + 3 * DAY,
        "shared_until": now + 90 * DAY,
    }
    return send_referral(family=family, people=people or family.people[:1], by=staff, **(told | more))


def agree(family, desk, person=None, **more):
    return SharingConsentFactory(
        family=family, person=person or family.people[0], organisation=desk.organisation, **more
    )


# --- Sending ---------------------------------------------------------------------------------------------------------
def test_with_consent_it_is_sent_and_one_grant_per_person_rests_on_it(family, staff, desk):
    consents = [agree(family, desk, person) for person in family.people[:2]]

    row = send(family, staff, desk, family.people[:2], facts=["name", "phone"], message=" Llame antes ")

    assert (row.state, row.facts, row.message, row.override_reason) == ("sent", ["name", "phone"], "Llame antes", "")
    assert [grant.consent for grant in row.grants.order_by("pk")] == consents
    assert ReferralGrant.objects.open(timezone.now()).count() == 2


def test_without_consent_it_needs_a_reason(family, staff, desk):
    with pytest.raises(Refused, match="It is not written that") as refused:
        send(family, staff, desk)
    assert refused.value.overridable
    row = send(family, staff, desk, override_reason="Her life is in danger")
    assert row.grants.get().consent is None
    assert row.override_reason == "Her life is in danger"


def test_agreed_by_word_it_needs_a_signature_or_a_reason(family, staff, desk):
    consent = agree(family, desk, decision=Decision.WRITTEN_PENDING)
    with pytest.raises(Refused, match="agreed by word alone") as refused:
        send(family, staff, desk)
    assert refused.value.overridable
    assert send(family, staff, desk, override_reason="The clinic closes today").grants.get().consent == consent


def test_who_said_no_is_not_told_of_whatever_the_reason(family, staff, desk):
    agree(family, desk, decision=Decision.REFUSED)
    with pytest.raises(Refused, match="said no") as refused:
        send(family, staff, desk, override_reason="We know better")
    assert not refused.value.overridable


def test_for_a_child_a_reason_goes_through_where_a_carer_said_no(family, staff, desk):
    child = family.people[2]
    agree(family, desk, child, decision=Decision.REFUSED, said_by=family.people[0])
    assert (
        send(family, staff, desk, [child], override_reason="The child-protection office asks").grants.get().person
        == child
    )


def test_consent_to_tell_one_is_not_consent_to_tell_another(family, staff, desk):
    agree(family, desk)
    for other in (ReferralDeskFactory(), Recipient(name="Casa Vecina de prueba")):
        with pytest.raises(Refused, match="It is not written that"):
            send(family, staff, other)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"help_kind": "magic"}, "what they need help with"),
        ({"facts": []}, "at least one thing that is told"),
        ({"facts": ["name", "everything"]}, "at least one thing that is told"),
        ({"message": "x" * 2001}, "too long"),
        ({"respond_by": timezone.now() - DAY}, "a moment that is over"),
        ({"respond_by": timezone.now() + 61 * DAY}, "at most 60 days"),
        ({"shared_until": timezone.now() + DAY}, "before they have to answer"),
        ({"shared_until": timezone.now() + 400 * DAY}, "more than a year"),
        ({"recipient": Recipient()}, "who is asked"),
    ],
)
def test_a_referral_that_cannot_be_is_refused(family, staff, desk, given, sentence):
    agree(family, desk)
    with pytest.raises(Refused, match=sentence):
        send(family, staff, desk, **given)
    assert not Referral.objects.exists()


def test_an_organisation_is_asked_only_while_it_is_open_and_for_what_it_helps_with(family, staff, desk):
    agree(family, desk)
    desk.helps_with = [HelpKind.MEDICAL]
    desk.save()
    with pytest.raises(Refused, match="does not help with this"):
        send(family, staff, desk)
    desk.is_open = False
    desk.save()
    ours = ReferralDeskFactory(organisation=staff.organisation)
    for closed in (desk, ours):
        with pytest.raises(Refused, match="takes no referrals now"):
            send(family, staff, closed)


def test_only_people_of_the_family_and_papers_of_who_is_referred(family, staff, desk):
    agree(family, desk)
    kept = Paper("application/pdf", pdf())
    of_the_other = add_document(family=family, facts=Facts("passport", person=family.people[1]), paper=kept, by=staff)
    of_strangers = DocumentFactory(family=FamilyFactory(organisation=staff.organisation))
    FamilyMember.objects.filter(person=family.people[2]).update(left_on=timezone.localdate())

    with pytest.raises(Refused, match="Mark at least one person"):
        send_referral(
            family=family, people=[], by=staff, recipient=Recipient(name="X"), help_kind="legal", facts=["name"],
            respond_by=timezone.now() + DAY, shared_until=timezone.now() + 9 * DAY,
        )  # fmt: skip
    with pytest.raises(Refused, match="not in this family any more"):
        send(family, staff, desk, [family.people[0], family.people[2]])
    with pytest.raises(Refused, match="of somebody who is not referred"):
        send(family, staff, desk, papers=[of_the_other])
    with pytest.raises(Refused, match="not in the file any more"):
        send(family, staff, desk, papers=[of_strangers])


def test_the_same_is_not_asked_twice(family, staff, desk):
    agree(family, desk)
    row = send(family, staff, desk)
    with pytest.raises(Refused, match="referred there for this already"):
        send(family, staff, desk)
    send(family, staff, desk, help_kind=HelpKind.MEDICAL)
    revoke_referral(referral=row, reason="A mistake", by=staff)
    send(family, staff, desk)


# --- Answered, done, taken back --------------------------------------------------------------------------------------
def test_accepted_and_done_then_they_see_nobody(family, staff, desk, theirs):
    agree(family, desk)
    row = send(family, staff, desk)
    with pytest.raises(Refused, match="Nobody has answered it yet"):
        finish_referral(referral=row, by=theirs)
    answer_referral(referral=row, accepted=True, reason="On Monday at 9", by=theirs)
    with pytest.raises(Refused, match="answered already"):
        answer_referral(referral=row, accepted=False, reason="Changed our mind", by=theirs)
    finish_referral(referral=row, outcome="She has a lawyer", by=theirs)

    row.refresh_from_db()
    assert (row.state, row.answer, row.ending) == (ReferralState.DONE, "On Monday at 9", "She has a lawyer")
    assert row.grants.get().ended_because == GrantEnd.ENDED
    assert not ReferralGrant.objects.open(timezone.now()).exists()


def test_not_accepted_it_says_why_and_they_see_nobody_any_more(family, staff, desk, theirs):
    agree(family, desk)
    row = send(family, staff, desk)
    with pytest.raises(Refused, match="Write why not"):
        answer_referral(referral=row, accepted=False, reason=" ", by=theirs)
    answer_referral(referral=row, accepted=False, reason="We are full", by=theirs)

    row.refresh_from_db()
    assert (row.state, row.answer) == (ReferralState.REFUSED, "We are full")
    assert not ReferralGrant.objects.open(timezone.now()).exists()
    for act, by in ((revoke_referral, staff), (finish_referral, theirs)):
        with pytest.raises(Refused, match="has ended"):
            act(referral=row, by=by, **({"reason": "x"} if act is revoke_referral else {}))


def test_each_side_acts_for_itself_and_a_third_one_for_nobody(family, staff, desk, theirs):
    agree(family, desk)
    row, third = send(family, staff, desk), StaffFactory(role=Role.COORDINATOR)
    for by in (staff, third, StaffFactory(organisation=None)):
        with pytest.raises(Refused, match="another organisation"):
            answer_referral(referral=row, accepted=True, by=by)
    for by in (theirs, third):
        with pytest.raises(Refused, match="Another organisation"):
            revoke_referral(referral=row, reason="x", by=by)
    answer_referral(referral=row, accepted=True, by=theirs)
    with pytest.raises(Refused, match="between other organisations"):
        finish_referral(referral=row, by=third)
    finish_referral(referral=row, by=staff)


def test_who_answers_too_late_for_anybody_to_be_seen_is_told_so(family, staff, desk, theirs):
    consent = agree(family, desk)
    row = send(family, staff, desk)
    type(consent).objects.update(expires_on=timezone.localdate() - DAY)
    with pytest.raises(Refused, match="time of this referral is over"):
        answer_referral(referral=row, accepted=True, by=theirs)


def test_somebody_outside_is_asked_to_destroy_what_they_have(family, staff):
    clinic = Recipient(name="Clínica de prueba")
    consent = SharingConsentFactory(family=family, person=family.people[0], outside=clinic.name)
    row = send(family, staff, clinic, outside_contact="664 555 0100")
    with pytest.raises(Refused, match="nobody to tell"):
        told_outside(referral=row, by=staff)
    answer_referral(referral=row, accepted=True, by=staff)

    withdraw_consent(consent=consent, by=staff)

    assert referral_counts(staff.organisation, timezone.now()).to_tell == 1
    told_outside(referral=row, by=staff)
    assert referral_counts(staff.organisation, timezone.now()).to_tell == 0
    row.refresh_from_db()
    assert (row.state, row.told_by) == (ReferralState.REVOKED, staff)


def test_somebody_outside_is_asked_too_where_it_was_done_long_before_consent_is_taken_back(family, staff):
    row = ReferralFactory(family=family, to_outside="Clínica de prueba", sent_by=staff)
    answer_referral(referral=row, accepted=True, by=staff)
    finish_referral(referral=row, by=staff)
    assert referral_counts(staff.organisation, timezone.now()).to_tell == 0

    assert withdraw_consent(consent=row.grants.get().consent, by=staff) == 0
    assert referral_counts(staff.organisation, timezone.now()).to_tell == 1
    row.refresh_from_db()
    assert row.state == ReferralState.DONE


# --- The clock -------------------------------------------------------------------------------------------------------
def test_when_nobody_answers_it_is_late_at_once_and_the_sweep_writes_it_down_once(family, staff, desk):
    agree(family, desk)
    row = send(family, staff, desk)
    later = row.respond_by + timedelta(seconds=1)

    assert referral_counts(staff.organisation, timezone.now()).unanswered == 0
    assert referral_counts(staff.organisation, later).unanswered == 1  # Before any sweep.
    assert referral_counts(desk.organisation, later).to_answer_late == 1
    assert services.sweep(timezone.now()) == services.Swept(0, 0, 0)
    assert services.sweep(later) == services.Swept(1, 0, 0)
    assert services.sweep(later + DAY) == services.Swept(0, 0, 0)
    row.refresh_from_db()
    assert (row.escalated_at, row.state) == (later, ReferralState.SENT)


def late_referral(family, staff, desk):
    return ReferralFactory(
        family=family,
        sent_by=staff,
        to_organisation=desk.organisation,
        respond_by=timezone.now() - DAY,
        message="Secreto",
    )


def test_who_sent_it_and_the_coordinators_of_both_sides_are_told_once_and_nothing_of_it(
    family, staff, desk, mailoutbox
):
    ours = StaffFactory(role=Role.COORDINATOR, organisation=staff.organisation)
    there = StaffFactory(role=Role.COORDINATOR, organisation=desk.organisation, language="es")
    StaffFactory(role=Role.COORDINATOR)
    late_referral(family, staff, desk)

    for _ in range(2):
        sweep_referrals()

    assert sorted(to for mail in mailoutbox for to in mail.to) == sorted([staff.email, ours.email, there.email])
    words = " ".join(mail.subject + mail.body for mail in mailoutbox)
    assert "no tiene respuesta a tiempo" in words
    for secret in (
        family.people[0].first_surname,
        family.folio,
        str(desk.organisation),
        str(staff.organisation),
        "Secreto",
    ):
        assert secret not in words


def test_what_is_answered_meanwhile_or_of_who_has_left_is_not_sent(family, staff, desk, theirs, mailoutbox):
    answered, other = (
        late_referral(family, staff, desk),
        late_referral(FamilyFactory(organisation=staff.organisation), staff, desk),
    )
    services.sweep()
    answer_referral(referral=answered, accepted=True, by=theirs)
    staff.memberships.update(ended_at=timezone.now(), ended_by=theirs)
    referral_notices.send_notices()

    assert mailoutbox == []
    reasons = set(ReferralNotice.objects.values_list("referral", "reason"))
    assert {(answered.pk, "answered"), (other.pk, "works_there_no_more")} <= reasons


def test_without_a_mail_server_nothing_leaves_and_it_still_stands_first(client, settings, family, staff, desk):
    settings.EMAIL_BACKEND = email.FILES
    late_referral(family, staff, desk)
    sweep_referrals()
    assert set(ReferralNotice.objects.values_list("state", "reason")) == {("suppressed", "no_mail_server")}
    client.force_login(staff)
    assert "1 referral has no answer in time" in client.get(reverse("cases:referrals")).content.decode()


def test_an_answer_that_comes_late_still_counts(family, staff, desk, theirs):
    agree(family, desk)
    row = send(family, staff, desk)
    Referral.objects.update(respond_by=timezone.now() - DAY)
    services.sweep()
    assert answer_referral(referral=row, accepted=True, by=theirs).state == ReferralState.ACCEPTED


def test_when_its_time_is_over_nobody_is_seen_and_the_sweep_ends_it(family, staff, desk):
    agree(family, desk)
    row = send(family, staff, desk)
    over = row.grants.get().expires_at

    assert ReferralGrant.objects.open(over - timedelta(seconds=1)).exists()
    assert not ReferralGrant.objects.open(over).exists()  # Before any sweep.
    assert services.sweep(over) == services.Swept(1, 1, 1)
    row.refresh_from_db()
    assert (row.state, row.ended_by) == (ReferralState.REVOKED, None)
    assert row.grants.get().ended_because == GrantEnd.EXPIRED


def test_the_clocks_task_sweeps(family, staff, desk):
    ReferralFactory(family=family, respond_by=timezone.now() - DAY)
    sweep_referrals()
    assert Referral.objects.get().escalated_at is not None


# --- Our pages -------------------------------------------------------------------------------------------------------
def form(family, desk, **more):
    return {
        "recipient": str(desk.organisation_id),
        "help_kind": "legal",
        "people": [str(family.people[0].pk)],
        "facts": ["name", "age"],
        "respond_in": "3",
        "shared_for": "90",
        **more,
    }


def test_only_these_roles_refer():
    roles = {role for role in Role if Permission.HANDLE_REFERRALS in GRANTS[role]}
    assert roles == {Role.CASEWORKER, Role.LEGAL, Role.COORDINATOR}
    assert {role for role in Role if Permission.OPEN_TO_REFERRALS in GRANTS[role]} == {Role.COORDINATOR}


def test_a_referral_from_the_family_to_the_letter(client, family, staff, desk):
    client.force_login(staff)
    new = reverse("cases:referral_new", args=[family.pk])
    assert client.get(new).status_code == 200
    refused = client.post(new, form(family, desk))
    assert refused.status_code == 409
    assert "It is not written that" in refused.content.decode()
    agree(family, desk)
    answer = client.post(new, form(family, desk, message="Habla creole"))
    row = Referral.objects.get()
    assert answer.url == reverse("cases:referral", args=[row.pk])

    page = client.get(answer.url).content.decode()
    assert "They have not opened it yet" in page
    letter = client.get(reverse("cases:referral_letter", args=[row.pk])).content.decode()
    assert family.people[0].full_name in letter
    assert "Habla creole" in letter
    assert family.people[1].full_name not in letter
    client.post(reverse("cases:referral_revoke", args=[row.pk]), {"reason": "Another way was found"})
    assert (
        family.people[0].full_name not in client.get(reverse("cases:referral_letter", args=[row.pk])).content.decode()
    )
    assert {line.what for line in ReadLog.objects.all()} == {"referrals", "referral", "referral_letter"}


def test_what_somebody_outside_answers_is_written_down_and_ended(client, family, staff):
    client.force_login(staff)
    row = ReferralFactory(family=family, to_outside="Clínica de prueba", sent_by=staff)
    page = reverse("cases:referral", args=[row.pk])
    no = client.post(reverse("cases:referral_answer", args=[row.pk]), {"accepted": "no", "reason": ""})
    assert no.context["answer"].errors["reason"] == ["Write why not: who sent it looks for another way."]
    assert client.post(reverse("cases:referral_answer", args=[row.pk]), {"accepted": "yes"}).url == page
    assert client.post(reverse("cases:referral_done", args=[row.pk]), {"outcome": "Seen by a doctor"}).url == page
    assert "Seen by a doctor" in client.get(page).content.decode()
    assert client.post(reverse("cases:referral_revoke", args=[row.pk]), {"reason": "x"}).status_code == 409


def test_a_late_one_stands_first_and_says_so(client, family, staff):
    client.force_login(staff)
    ReferralFactory(family=family, sent_by=staff, help_kind=HelpKind.SCHOOL)
    ReferralFactory(family=family, sent_by=staff, help_kind=HelpKind.WORK, respond_by=timezone.now() - DAY)
    page = client.get(reverse("cases:referrals")).content.decode()
    assert "1 referral has no answer in time" in page
    assert page.index("Work:") < page.index("School:")
    assert "No answer in time" in page


def test_the_desk_opens_with_what_it_helps_with(client, staff):
    client.force_login(StaffFactory(role=Role.COORDINATOR, organisation=staff.organisation))
    page = reverse("cases:referral_desk")
    assert client.post(page, {"is_open": "on"}).context["form"].errors["helps_with"]
    assert client.post(page, {"is_open": "on", "helps_with": ["legal"], "about": "Lunes"}).status_code == 302
    assert staff.organisation.referral_desk.helps_with == ["legal"]
    assert client.post(page, {}).status_code == 302
    staff.organisation.referral_desk.refresh_from_db()
    assert not staff.organisation.referral_desk.is_open


@pytest.mark.parametrize("number", [1, 20])
def test_lists_ask_the_same_number_of_queries_whatever_their_length(client, staff, number, django_assert_num_queries):
    client.force_login(staff)
    for _ in range(number):
        ReferralFactory(family=FamilyFactory(organisation=staff.organisation), sent_by=staff)
        ReferralFactory(to_organisation=staff.organisation)
    for page, queries in (("cases:referrals", 12), ("cases:received", 10)):
        client.get(reverse(page))
        with django_assert_num_queries(queries):
            client.get(reverse(page))


def test_counts_for_the_first_page_take_two_queries(family, staff, django_assert_num_queries):
    ReferralFactory(family=family, sent_by=staff)
    with django_assert_num_queries(2):
        referral_counts(staff.organisation, timezone.now())


def test_papers_about_health_are_offered_and_shared_by_their_kind_alone(client, family, staff, desk):
    client.force_login(staff)
    facts = Facts(DocumentKind.MEDICAL, person=family.people[0])
    paper = add_document(family=family, facts=facts, paper=Paper("application/pdf", pdf()), by=staff)
    agree(family, desk)
    client.post(reverse("cases:referral_new", args=[family.pk]), form(family, desk, papers=[paper.pk]))
    assert Referral.objects.get().papers.get().document == paper


def test_a_paper_for_the_legal_team_alone_is_named_to_nobody_else_on_our_side(client, family, staff, desk):
    lawyer = StaffFactory(organisation=staff.organisation, role=Role.LEGAL)
    facts = Facts(DocumentKind.OTHER, person=family.people[0], what="Papel del caso", is_legal=True)
    paper = add_document(family=family, facts=facts, paper=Paper("application/pdf", pdf()), by=lawyer)
    agree(family, desk)
    row = send(family, lawyer, desk, papers=[paper])
    for somebody, sees in ((staff, False), (lawyer, True)):
        client.force_login(somebody)
        for name in ("referral", "referral_letter"):
            page = client.get(reverse(f"cases:{name}", args=[row.pk])).content.decode()
            assert ("Papel del caso" in page) == sees


# --- A reason in the place of consent, and their word afterwards --------------------------------------------------------


def test_who_says_no_afterwards_is_not_seen_any_more_by_a_reason_either(family, staff, desk):
    both = family.people[:2]
    row = send(family, staff, desk, both, override_reason="Her life is in danger")
    outside = send(family, staff, Recipient(name="Clínica"), both[:1], override_reason="Her life is in danger")
    answer = {"family": family, "purpose": "sharing", "method": "written", "notice_language": "spa", "by": staff}
    there = Recipient(organisation=desk.organisation)
    record_answer(person=both[0], agreed=False, recipient=there, **answer)

    assert [grant.person for grant in ReferralGrant.objects.open(timezone.now()).filter(referral=row)] == [both[1]]
    assert ReferralGrant.objects.open(timezone.now()).filter(referral=outside).exists()  # Of others nothing was said.
    consent = record_answer(person=both[1], agreed=True, recipient=there, **answer)
    assert row.grants.get(person=both[1]).consent == consent
    withdraw_consent(consent=consent, by=staff)
    row.refresh_from_db()
    assert row.state == "revoked"


def test_without_the_record_a_reason_tells_nobody_of_the_adults_either(family, staff, desk):
    answer = {"family": family, "method": "written", "notice_language": "spa", "by": staff}
    record = record_answer(person=family.people[0], purpose="record", agreed=True, **answer)
    row = send(family, staff, Recipient(name="Clínica"), [family.people[0]], override_reason="It cannot wait")
    child = send(family, staff, desk, [family.people[2]], override_reason="The child-protection office asks")

    assert withdraw_consent(consent=record, by=staff) == 1
    row.refresh_from_db()
    assert (row.state, row.must_tell_since is not None) == ("revoked", True)
    assert ReferralGrant.objects.open(timezone.now()).filter(referral=child).exists()
