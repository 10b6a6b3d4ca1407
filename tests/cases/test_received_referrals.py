"""The other side of a referral, and a hostile guest there: what was shared until it ends, and not one field or id more."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    Group,
    NeedCode,
    Phone,
    Referral,
    ReferralGrant,
    ReferralPaper,
    SharedFact,
    SpecificNeed,
)
from cases.referral_file import shared_with_them
from cases.services.consents import withdraw_consent
from cases.services.documents import Facts, add_document, remove_document
from cases.services.referrals import answer_referral, finish_referral, revoke_referral
from ngo.crypto import keyed_hash
from ngo.models import ReadLog
from ngo.papers import Paper
from ngo.permissions import Role
from tests.cases.papers import pdf
from tests.factories import FamilyFactory, OrganisationFactory, ReferralFactory, StaffFactory
from tests.looking import reading, tables_in, written_since, written_so_far
from tests.test_pages import rows, url
from tests.world import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_FOLDER = tmp_path / "documents"


@pytest.fixture
def guest():
    """Who receives, with every right that there is over there."""
    return StaffFactory(role=Role.COORDINATOR, organisation=OrganisationFactory(name="Casa Vecina de prueba"))


@pytest.fixture
def family():
    """Ids far from one another and from small numbers, so that one on a page is no coincidence."""
    family = FamilyFactory(ages=[34, 36, 9], folio="ZZ-777001", pk=98_765_001)
    for number, person in enumerate(family.people):
        person.given_names, person.first_surname = f"Nombre{number}", f"Secreto{number}"
        person.second_surname, person.nationality, person.speaks = "", "HN", ["hat"]
        person.save()
        SpecificNeed.objects.create(person=person, code=NeedCode.PREGNANT)
        SpecificNeed.objects.create(person=person, code=NeedCode.TORTURE)
    Phone.objects.create(family=family, number="+526565550100", number_hash=keyed_hash("+526565550100"), country="MX")
    return family


@pytest.fixture
def referral(family, guest):
    return ReferralFactory(
        pk=98_765_002, family=family, to_organisation=guest.organisation, people=family.people[:1], message="Mensaje Secreto",
        sent_by=StaffFactory(organisation=family.organisation, name="Remitente Secreta"),
    )  # fmt: skip


def see(staff, referral):
    client = Client()
    client.force_login(staff)
    return client.get(reverse("cases:received_one", args=[referral.code])).content.decode()


# --- What is shared --------------------------------------------------------------------------------------------------
SAID = {
    SharedFact.NAME: "Nombre0 Secreto0",
    SharedFact.AGE: "34 years",
    SharedFact.BIRTH_DATE: "1 Jan",
    SharedFact.SEX: "man",
    SharedFact.NATIONALITY: "Honduras",
    SharedFact.LANGUAGES: "Haitian Creole",
    SharedFact.PHONE: "+526565550100",
    SharedFact.GROUP: "Awaiting a U.S. appointment",
    SharedFact.NEEDS: "Pregnant or breastfeeding",
    SharedFact.RESTRICTED_NEEDS: "Has suffered torture",
}


@pytest.mark.parametrize("fact", list(SharedFact))
def test_they_see_the_fact_that_was_chosen_and_none_of_the_others(referral, guest, fact):
    """Each fact alone: what its page says is what was chosen."""
    Referral.objects.filter(pk=referral.pk).update(facts=[fact])
    page = see(guest, referral)
    body = page[page.index("<main") : page.index("</main")].lower()
    body = re.sub(r'value="[^"]{40,}"', "", body)  # A token of chance may hold any short word.
    seen = {other for other, words in SAID.items() if words.lower() in body}
    assert seen == {fact}


def test_they_see_nobody_else_of_the_family_and_nobody_of_ours(referral, guest):
    page = see(guest, referral)
    assert "Nombre0" in page
    for hidden in ("Nombre1", "Nombre2", "Secreto1", "Remitente", "ZZ-777001", "98765001", "98765002", "98,765"):
        assert hidden not in page


def test_what_was_shared_is_words_and_never_a_row(referral):
    """The template of the other side gets nothing from which it could reach a person, a family or an id."""
    told = shared_with_them(referral, timezone.now())
    kinds = {type(value) for value in vars(told).values()} | {type(v) for p in told.people for v in vars(p).values()}
    kinds |= {type(value) for person in told.people for line in person.lines for value in vars(line).values()}
    ours = {kind.__name__ for kind in kinds if kind.__module__.startswith(("cases", "shelters", "ngo"))}
    assert ours <= {"SharedPerson", "SharedPaper", "Line", "ReferralState"}
    assert not [kind for kind in kinds if hasattr(kind, "_meta")]


def test_unknown_is_said_and_not_left_out(referral, guest):
    Phone.objects.all().delete()
    Referral.objects.filter(pk=referral.pk).update(facts=["phone"])
    assert "Nobody wrote it" in see(guest, referral)


# --- Until it ends ---------------------------------------------------------------------------------------------------
def by_withdrawal(referral, guest):
    withdraw_consent(consent=referral.grants.get().consent, by=referral.sent_by)


def by_revoking(referral, guest):
    revoke_referral(referral=referral, reason="x", by=referral.sent_by)


def by_refusing(referral, guest):
    answer_referral(referral=referral, accepted=False, reason="full", by=guest)


def by_finishing(referral, guest):
    answer_referral(referral=referral, accepted=True, by=guest)
    finish_referral(referral=referral, by=guest)


def by_time(referral, guest):
    ReferralGrant.objects.update(expires_at=timezone.now())


def by_the_time_of_consent(referral, guest):
    consent = referral.grants.get().consent
    consent.expires_on = timezone.localdate() - DAY
    consent.save()


@pytest.mark.parametrize(
    "end",
    [by_withdrawal, by_revoking, by_refusing, by_finishing, by_time, by_the_time_of_consent],
    ids=lambda end: end.__name__,
)
def test_once_it_ends_nothing_is_seen_in_any_way(referral, guest, end):
    """Neither person, nor message, nor paper: at once, without a sweep."""
    paper = share_paper(referral)
    client = Client()
    client.force_login(guest)
    file = reverse("cases:received_paper", args=[referral.code, paper.code])
    assert client.get(file).content == pdf()
    assert "Mensaje Secreto" in see(guest, referral)

    end(referral, guest)

    page = see(guest, referral)
    assert "not shown any more" in page
    assert "Secreto" not in page
    assert "Passport" not in page
    assert client.get(file).status_code == 404
    assert "Secreto" not in client.get(reverse("cases:received") + "?show=ended").content.decode()
    assert client.post(reverse("cases:received_answer", args=[referral.code]), {"accepted": "yes"}).status_code == 409


def test_of_two_people_only_the_one_who_took_it_back_is_gone(family, guest):
    referral = ReferralFactory(family=family, to_organisation=guest.organisation, people=family.people[:2])
    withdraw_consent(consent=referral.grants.order_by("pk")[0].consent, by=referral.sent_by)
    page = see(guest, referral)
    assert "Nombre1" in page
    assert "Nombre0" not in page


# --- Papers ----------------------------------------------------------------------------------------------------------
def share_paper(referral, person=None, **facts):
    keeper = StaffFactory(role=Role.LEGAL, organisation=referral.organisation)
    person = person or referral.family.people[0]
    document = add_document(
        family=referral.family,
        facts=Facts("passport", person=person, **facts),
        paper=Paper("application/pdf", pdf()),
        by=keeper,
    )
    return ReferralPaper.objects.create(referral=referral, document=document)


def test_a_shared_paper_opens_by_its_own_code_and_each_opening_is_recorded(referral, guest):
    paper = share_paper(referral)
    client = Client()
    client.force_login(guest)
    assert reverse("cases:received_paper", args=[referral.code, paper.code]) in see(guest, referral)

    answer = client.get(reverse("cases:received_paper", args=[referral.code, paper.code]))
    assert answer["Content-Disposition"] == 'attachment; filename="passport.pdf"'  # No id of ours in its name.
    assert ReadLog.objects.get(what="referral_paper").organisation == guest.organisation
    for code in (uuid.uuid4(), referral.code):
        assert client.get(reverse("cases:received_paper", args=[referral.code, code])).status_code == 404


def test_a_paper_of_somebody_whom_they_do_not_see_or_that_is_removed_does_not_open(referral, guest, family):
    client = Client()
    client.force_login(guest)
    of_another = share_paper(referral, family.people[1])
    removed = share_paper(referral)
    remove_document(document=removed.document, reason="x", by=referral.sent_by)
    for paper in (of_another, removed):
        assert client.get(reverse("cases:received_paper", args=[referral.code, paper.code])).status_code == 404
    assert "Passport" not in see(guest, referral)


def test_a_paper_of_another_referral_does_not_open_through_this_one(referral, guest, family):
    other = ReferralFactory(family=family, to_outside="Clínica de prueba")
    paper = share_paper(other)
    client = Client()
    client.force_login(guest)
    assert client.get(reverse("cases:received_paper", args=[referral.code, paper.code])).status_code == 404


# --- The hostile guest -----------------------------------------------------------------------------------------------
def test_no_page_of_the_guests_own_shows_more_for_the_referral():
    """Every page, list and count over there: the same with a referral as without it, but for what is about referrals. A page that
    reads no table in which a referral leaves anything cannot show it; each of the others is opened again with one there.

    That no address with the sender's ids opens anything for the guest is held in tests/test_pages.py.
    """
    ours, theirs = make_world("Nuestra"), make_world("Ajena")
    client, seen, read = Client(), {}, {}
    client.force_login(theirs.staff[Role.COORDINATOR])

    def look(route):
        return set(re.findall(r"\w*Nuestra\w*", client.get(url(route, theirs)).content.decode(errors="replace")))

    for row in rows():
        if row["method"] == "GET" and row["coordinator"] == "200" and not row["route"].startswith("ngo:reads"):
            with reading() as captured:
                seen[row["route"]] = look(row["route"])
            read[row["route"]] = tables_in(captured)
    before = written_so_far()
    ReferralFactory(family=ours.family, to_organisation=theirs.organisation, facts=[SharedFact.NAME])
    left_in = {table for table in written_since(before) if table.startswith("cases_")}  # Not who wrote it.

    assert "cases_referral" in left_in
    may_differ = [route for route in seen if read[route] & left_in]
    changed = {route: words - seen[route] for route in may_differ if (words := look(route)) != seen[route]}
    assert {"cases:received", "cases:referrals"} <= set(may_differ)
    assert changed == {"cases:received": {"Nuestra"}}  # The name of who sent it.
    for text in ("NombreNuestra", "ApellidoNuestra", ours.family.folio):
        page = client.post(reverse("cases:people"), {"text": text}).content.decode()
        assert "NombreNuestra ApellidoNuestra" not in page


def test_the_guests_own_log_of_reads_shows_no_id_of_the_sender(referral, guest):
    client = Client()
    client.force_login(guest)
    client.get(reverse("cases:received_one", args=[referral.code]))
    page = client.get(reverse("ngo:reads")).content.decode()
    assert "A referral that others sent us" in page
    assert "cases.referral" not in page
    assert ReadLog.objects.get(what="referral_received").subject_id == referral.pk  # The sender can count the openings.


def test_a_third_organisation_and_the_sender_find_nothing_on_the_guests_side(referral, guest):
    for staff in (StaffFactory(role=Role.COORDINATOR), referral.sent_by, StaffFactory(organisation=None)):
        client = Client()
        client.force_login(staff)
        for name in ("received_one", "received_answer", "received_done"):
            path = reverse(f"cases:{name}", args=[referral.code])
            assert {client.get(path).status_code, client.post(path).status_code} <= {403, 404, 405}
    client = Client()
    client.force_login(StaffFactory(role=Role.COORDINATOR, organisation=referral.organisation))
    assert client.get(reverse("cases:received_one", args=[referral.code])).status_code == 404


def test_the_senders_number_of_a_referral_opens_nothing_for_the_guest(referral, guest):
    client = Client()
    client.force_login(guest)
    for name in ("referral", "referral_letter", "referral_answer", "referral_done", "referral_revoke", "referral_told"):
        path = reverse(f"cases:{name}", args=[referral.pk])
        assert {client.get(path).status_code, client.post(path, {"reason": "x"}).status_code} <= {404, 405}
    referral.refresh_from_db()
    assert referral.state == "sent"


def test_a_role_that_does_not_handle_referrals_sees_none(referral, guest):
    client = Client()
    client.force_login(StaffFactory(role=Role.FRONT_DESK, organisation=guest.organisation))
    assert client.get(reverse("cases:received")).status_code == 403
    assert client.get(reverse("cases:received_one", args=[referral.code])).status_code == 403


def test_who_works_for_both_sees_each_side_only_while_working_for_it(referral, guest):
    from tests.factories import MembershipFactory

    both = StaffFactory(organisation=referral.organisation, role=Role.COORDINATOR)
    there = MembershipFactory(staff=both, organisation=guest.organisation, role=Role.COORDINATOR)
    client = Client()
    client.force_login(both)
    inside, outside = reverse("cases:referral", args=[referral.pk]), reverse("cases:received_one", args=[referral.code])
    assert (client.get(inside).status_code, client.get(outside).status_code) == (200, 404)
    both.current_membership = there
    both.save()
    assert (client.get(inside).status_code, client.get(outside).status_code) == (404, 200)


def test_hostile_words_are_shown_as_words(family, guest):
    bad = "<script>alert(1)</script>{{ request.user }}\u202e"
    family.people[0].given_names = bad
    family.people[0].save()
    row = ReferralFactory(family=family, to_organisation=guest.organisation, message=bad)
    page = see(guest, row)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;{{ request.user }}") == 2


# --- Answering -------------------------------------------------------------------------------------------------------
def test_the_guest_answers_and_ends_it_on_its_page(referral, guest):
    client = Client()
    client.force_login(guest)
    page = reverse("cases:received_one", args=[referral.code])
    no = client.post(reverse("cases:received_answer", args=[referral.code]), {"accepted": "no", "reason": ""})
    assert no.context["answer"].errors["reason"] == ["Write why not: who sent it looks for another way."]
    assert (
        client.post(reverse("cases:received_answer", args=[referral.code]), {"accepted": "yes", "reason": "Lunes"}).url
        == page
    )
    assert client.post(reverse("cases:received_done", args=[referral.code]), {"outcome": "Tiene abogada"}).url == page

    ours = Client()
    ours.force_login(StaffFactory(role=Role.CASEWORKER, organisation=referral.organisation))
    told = ours.get(reverse("cases:referral", args=[referral.pk])).content.decode()
    assert "Lunes" in told
    assert "Tiene abogada" in told
    assert "They opened it" in told
    assert guest.name not in told  # Nor do we learn who works over there.


def test_the_page_takes_the_same_number_of_queries_whatever_is_shared(guest, django_assert_num_queries):
    big = FamilyFactory(people=8, group=Group.RETURN)
    small = ReferralFactory(
        family=FamilyFactory(), to_organisation=guest.organisation, facts=list(SharedFact), help_kind="school"
    )
    large = ReferralFactory(family=big, to_organisation=guest.organisation, people=big.people, facts=list(SharedFact))
    client = Client()
    client.force_login(guest)
    for row in (small, large):
        page = reverse("cases:received_one", args=[row.code])
        client.get(page)
        with django_assert_num_queries(15):
            client.get(page)
