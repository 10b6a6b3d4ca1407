"""Invitations, roles, shelters, expiry, the end of access, and working for two organisations."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.messaging import email as messaging
from ngo.models import Membership, Staff
from ngo.permissions import Role
from ngo.services import staff as services
from shelters.models import Posting
from tests.factories import PASSWORD, MembershipFactory, OrganisationFactory, ShelterFactory, StaffFactory

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "cuatro palabras que recuerdo"
STRANGER = "nueva@prueba.example"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def alice():
    """Coordinates the organisation."""
    return StaffFactory(role=Role.COORDINATOR, name="Alicia Prueba")


@pytest.fixture
def charlie():
    """Coordinates another organisation."""
    return StaffFactory(role=Role.COORDINATOR, name="Carlos Ensayo", password=PASSWORD)


@pytest.fixture
def client(alice):
    client = Client(headers={"accept-language": "en"})
    client.force_login(alice)
    return client


@pytest.fixture
def visitor():
    return Client(headers={"accept-language": "en"})


def invited(by, **changed):
    return services.invite_staff(**{"email": STRANGER, "role": Role.VOLUNTEER, "by": by} | changed)


def path_of(invitation):
    return reverse("ngo:accept_invitation", args=[invitation.token])


def link_in(text):
    return re.search(r"http://testserver(/invitation/[\w-]+/)", text).group(1)


# --- Inviting --------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_in_the_chosen_language_with_a_neutral_subject(client, alice):
    fields = {"email": " Nueva@Prueba.example ", "language": "es", "role": Role.FRONT_DESK}

    page = client.post(reverse("ngo:invite"), fields).content.decode()

    message = mail.outbox[0]
    assert message.to == [STRANGER]
    assert message.subject == "Una invitación para usted"
    assert "elija su contraseña" in message.body
    assert link_in(message.body) in message.alternatives[0].content
    assert link_in(message.body) not in page  # It went by mail: the inviter need not have it.


def test_only_the_hash_of_the_link_is_kept(alice):
    invitation = invited(alice)

    kept = Membership.objects.get(pk=invitation.membership.pk)
    assert kept.invitation_hash == keyed_hash(invitation.token)
    assert timedelta(days=6, hours=23) < kept.invitation_expires_at - timezone.now() <= timedelta(days=7)


def test_without_a_mail_server_the_link_is_shown_once_and_written_to_the_data_folder(client, settings, tmp_path):
    settings.EMAIL_BACKEND = messaging.FILES
    settings.EMAIL_FILE_PATH = tmp_path / "mail"

    page = client.post(
        reverse("ngo:invite"), {"email": STRANGER, "language": "en", "role": Role.VOLUNTEER}
    ).content.decode()

    link = link_in(page)
    assert link in next((tmp_path / "mail").iterdir()).read_text()
    assert oct((tmp_path / "mail").stat().st_mode)[-3:] == "700"
    assert link not in client.get(reverse("ngo:staff_list")).content.decode()


def test_a_mail_server_that_does_not_answer_leaves_the_link_to_hand_over(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    page = client.post(
        reverse("ngo:invite"), {"email": STRANGER, "language": "en", "role": Role.VOLUNTEER}
    ).content.decode()

    assert "The mail server did not take the message" in page
    assert link_in(page)
    assert Membership.objects.pending().filter(staff__email=STRANGER).exists()


def test_a_wrong_answer_gets_a_sentence_and_nothing_is_made(client):
    response = client.post(reverse("ngo:invite"), {"email": "nobody", "language": "es", "expires_on_day": "40"})

    assert set(response.context["form"].errors) == {"email", "role", "expires_on"}
    assert not Membership.objects.pending().exists()


def test_the_same_person_is_not_invited_twice(client, alice):
    invited(alice)

    page = client.post(
        reverse("ngo:invite"), {"email": STRANGER, "language": "en", "role": Role.LEGAL}
    ).content.decode()

    assert "on your list already" in page
    assert Membership.objects.filter(staff__email=STRANGER).count() == 1


def test_the_inviter_cannot_tell_whether_an_account_existed(client, charlie):
    unknown = client.post(reverse("ngo:invite"), {"email": STRANGER, "language": "en", "role": Role.LEGAL})
    known = client.post(reverse("ngo:invite"), {"email": charlie.email, "language": "en", "role": Role.LEGAL})

    assert unknown.status_code == known.status_code == 200
    pages = [client.get(reverse("ngo:staff_list")).content.decode()]
    for membership in Membership.objects.pending():
        pages += [
            client.get(reverse(f"ngo:{name}", args=[membership.pk])).content.decode()
            for name in ("staff_edit", "staff_end")
        ]
    assert charlie.name not in "".join([known.content.decode(), *pages])
    assert charlie.email in pages[0]


def test_an_invitation_is_sent_again_and_the_old_link_stops(client, alice, visitor):
    first = invited(alice)

    client.post(reverse("ngo:resend_invitation", args=[first.membership.pk]))

    assert visitor.get(path_of(first)).status_code == 404
    assert visitor.get(link_in(mail.outbox[0].body)).status_code == 200


def test_an_accepted_invitation_is_not_sent_again(client, alice):
    bob = StaffFactory(organisation=alice.organisation)

    assert client.post(reverse("ngo:resend_invitation", args=[bob.membership.pk])).status_code == 404
    with pytest.raises(Refused):
        services.renew_invitation(membership=bob.membership, by=alice)


# --- Accepting -------------------------------------------------------------------------------------------------------


def test_someone_new_chooses_name_and_password_and_is_in(alice, visitor):
    invitation = invited(alice, role=Role.CASEWORKER)

    response = visitor.post(path_of(invitation), {"name": "Berta Prueba", "password": NEW_PASSWORD})

    berta = Staff.objects.get(email=STRANGER)
    assert response.url == "/"
    assert berta.check_password(NEW_PASSWORD)
    assert (berta.membership.role, berta.organisation) == (Role.CASEWORKER, alice.organisation)
    assert visitor.get("/").status_code == 200
    assert UserSession.objects.filter(user=berta).count() == 1


def test_a_link_works_once(alice, visitor):
    invitation = invited(alice)
    visitor.post(path_of(invitation), {"name": "Berta Prueba", "password": NEW_PASSWORD})

    again = Client().post(path_of(invitation), {"name": "Otra", "password": "otra clave bien larga"})

    assert again.status_code == 404
    assert Staff.objects.get(email=STRANGER).name == "Berta Prueba"
    with pytest.raises(Refused):
        services.accept_invitation(token=invitation.token, name="Otra", password="otra clave bien larga")


def test_a_link_is_good_for_seven_days(alice, visitor):
    invitation = invited(alice)
    Membership.objects.filter(pk=invitation.membership.pk).update(invitation_expires_at=timezone.now())

    page = visitor.get(path_of(invitation))

    assert page.status_code == 404
    assert "Ask your coordinator for a new one" in page.content.decode()


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "%00"])
def test_a_guessed_link_opens_nothing(visitor, token):
    assert visitor.get(f"/invitation/{token}/").status_code == 404


@pytest.mark.parametrize("password", ["corta", "1234567890123", STRANGER])
def test_a_weak_password_is_not_taken(alice, visitor, password):
    invitation = invited(alice)

    response = visitor.post(path_of(invitation), {"name": "Berta Prueba", "password": password})

    assert response.context["form"].errors["password"]
    assert Membership.objects.get(pk=invitation.membership.pk).accepted_at is None


def test_someone_with_an_account_accepts_by_signing_in(alice, charlie, visitor):
    invitation = invited(alice, email=charlie.email.upper(), role=Role.LEGAL)
    page = visitor.get(path_of(invitation)).content.decode()
    assert f"{reverse('account_login')}?next=" in page

    visitor.post(path_of(invitation), {"name": "Intruso", "password": NEW_PASSWORD})  # Not signed in: nothing happens.
    assert Staff.objects.get(pk=charlie.pk).check_password(PASSWORD)
    login = visitor.post(
        reverse("account_login") + f"?next={path_of(invitation)}", {"login": charlie.email, "password": PASSWORD}
    )
    assert login.url == path_of(invitation)
    assert visitor.post(path_of(invitation)).url == "/"

    charlie = Staff.objects.get(pk=charlie.pk)
    assert (charlie.organisation, charlie.membership.role) == (alice.organisation, Role.LEGAL)
    assert charlie.name == "Carlos Ensayo"


def test_an_invitation_cannot_be_accepted_by_somebody_else(alice, charlie):
    invitation = invited(alice, email=charlie.email)
    eve = Client(headers={"accept-language": "en"})
    eve.force_login(StaffFactory())

    page = eve.post(path_of(invitation)).content.decode()

    assert "another account" in page
    assert charlie.email not in page
    assert Membership.objects.get(pk=invitation.membership.pk).accepted_at is None


def test_an_invited_account_cannot_sign_in_before_it_accepts(alice, visitor):
    invited(alice)

    visitor.post(reverse("account_login"), {"login": STRANGER, "password": ""})

    assert visitor.get("/").status_code == 302


# --- Roles, shelters, expiry -----------------------------------------------------------------------------------------


def test_access_can_be_limited_to_shelters_and_to_a_last_day(client, alice):
    shelter = ShelterFactory(organisation=alice.organisation)
    day = timezone.localdate() + timedelta(days=10)
    fields = {"email": STRANGER, "language": "es", "role": Role.VOLUNTEER, "shelters": [shelter.pk]}
    fields |= {"expires_on_day": day.day, "expires_on_month": day.month, "expires_on_year": day.year}

    client.post(reverse("ngo:invite"), fields)

    membership = Membership.objects.get(staff__email=STRANGER)
    assert [posting.shelter for posting in membership.postings.all()] == [shelter]
    assert services.last_day(membership, shelter.zone) == day
    page = client.get(reverse("ngo:staff_edit", args=[membership.pk]))
    assert page.context["form"].initial["expires_on"] == day


def test_access_does_not_end_in_the_past(client, alice):
    fields = {"email": STRANGER, "language": "en", "role": Role.VOLUNTEER}
    fields |= {"expires_on_day": "1", "expires_on_month": "1", "expires_on_year": "2020"}

    assert "cannot end in the past" in client.post(reverse("ngo:invite"), fields).content.decode()


def test_expired_access_opens_nothing(alice):
    bob = StaffFactory(organisation=alice.organisation, expires_at=timezone.now())
    client = Client()
    client.force_login(bob)

    assert bob.membership is None
    assert client.get("/").status_code == 403


def test_a_role_changes_from_the_next_click(client, alice):
    bob = StaffFactory(organisation=alice.organisation, role=Role.VOLUNTEER)
    desk = Client()
    desk.force_login(bob)
    assert desk.get(reverse("ngo:reads")).status_code == 403

    response = client.post(reverse("ngo:staff_edit", args=[bob.membership.pk]), {"role": Role.COORDINATOR})

    assert response.url == reverse("ngo:staff_list")
    assert desk.get(reverse("ngo:reads")).status_code == 200


def test_a_shelter_of_another_organisation_is_never_granted(client, alice, charlie):
    theirs = ShelterFactory(organisation=charlie.organisation)
    fields = {"email": STRANGER, "language": "en", "role": Role.VOLUNTEER, "shelters": [theirs.pk]}

    response = client.post(reverse("ngo:invite"), fields)

    assert response.context["form"].errors["shelters"]
    assert theirs.name not in response.content.decode()
    with pytest.raises(Refused, match="another organisation"):
        invited(alice, shelters=[theirs])


def test_who_coordinates_one_shelter_grants_that_one_alone(alice):
    here, there = ShelterFactory.create_batch(2, organisation=alice.organisation)
    bob = StaffFactory(organisation=alice.organisation, role=Role.COORDINATOR, shelters=[here])

    assert invited(bob, shelters=[here])
    for shelters in ([], [there], [here, there]):
        with pytest.raises(Refused, match="some shelters only"):
            invited(bob, email="otra@prueba.example", shelters=shelters)
    with pytest.raises(Refused, match="some shelters only"):
        services.end_membership(membership=alice.membership, by=bob)


def test_changing_shelters_replaces_them(client, alice):
    here, there = ShelterFactory.create_batch(2, organisation=alice.organisation)
    bob = StaffFactory(organisation=alice.organisation, shelters=[here])

    client.post(reverse("ngo:staff_edit", args=[bob.membership.pk]), {"role": Role.LEGAL, "shelters": [there.pk]})

    assert [posting.shelter for posting in Posting.objects.filter(membership=bob.membership)] == [there]


# --- Ending ----------------------------------------------------------------------------------------------------------


def test_ending_access_signs_the_person_out_everywhere(client, alice):
    bob = StaffFactory(organisation=alice.organisation, password=PASSWORD)
    desk = Client()
    desk.post(reverse("account_login"), {"login": bob.email, "password": PASSWORD})
    assert desk.get("/").status_code == 200

    response = client.post(reverse("ngo:staff_end", args=[bob.membership.pk]))

    assert response.url == reverse("ngo:staff_list")
    assert desk.get("/").status_code == 302
    assert Membership.objects.get(pk=bob.membership.pk).ended_by == alice


def test_withdrawing_an_invitation_kills_its_link(client, alice, visitor):
    invitation = invited(alice)

    client.post(reverse("ngo:staff_end", args=[invitation.membership.pk]))

    assert visitor.get(path_of(invitation)).status_code == 404


def test_someone_whose_access_ended_can_be_invited_again(client, alice):
    bob = StaffFactory(organisation=alice.organisation)
    services.end_membership(membership=bob.membership, by=alice)

    assert invited(alice, email=bob.email)
    with pytest.raises(Refused, match="has ended in the meantime"):
        services.end_membership(membership=bob.membership, by=alice)


@pytest.mark.parametrize("change", ["role", "expiry", "shelter"])
def test_the_last_coordinator_stays(alice, change):
    shelter = ShelterFactory(organisation=alice.organisation)
    StaffFactory(organisation=alice.organisation, role=Role.COORDINATOR, expires_at=timezone.now() + timedelta(days=9))
    with pytest.raises(Refused, match="only coordinator"):
        services.end_membership(membership=alice.membership, by=alice)
    same = {"membership": alice.membership, "role": Role.COORDINATOR, "shelters": [], "expires_at": None, "by": alice}
    other = {
        "role": {"role": Role.LEGAL},
        "expiry": {"expires_at": timezone.now() + timedelta(days=9)},
        "shelter": {"shelters": [shelter]},
    }

    with pytest.raises(Refused, match="only coordinator"):
        services.change_membership(**same | other[change])

    assert services.change_membership(**same)


def test_a_coordinator_leaves_once_there_is_another(client, alice):
    StaffFactory(organisation=alice.organisation, role=Role.COORDINATOR)

    response = client.post(reverse("ngo:staff_edit", args=[alice.membership.pk]), {"role": Role.LEGAL})

    assert response.url == "/"
    assert client.get(reverse("ngo:staff_list")).status_code == 403


def test_the_refusal_stands_above_the_form(client, alice):
    page = client.post(reverse("ngo:staff_edit", args=[alice.membership.pk]), {"role": Role.LEGAL}).content.decode()

    assert "only coordinator" in page
    assert 'role="alert"' in page


# --- Who may, and whom they see --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["staff_edit", "staff_end", "resend_invitation"])
def test_staff_of_another_organisation_is_not_found(client, charlie, name):
    url = reverse(f"ngo:{name}", args=[charlie.membership.pk])

    assert client.get(url).status_code in {404, 405}
    assert client.post(url, {"role": Role.LEGAL}).status_code == 404
    assert charlie.name not in client.get(reverse("ngo:staff_list")).content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.COORDINATOR])
def test_only_coordinators_manage_staff(alice, role):
    client = Client()
    client.force_login(StaffFactory(organisation=alice.organisation, role=role))

    assert client.get(reverse("ngo:staff_list")).status_code == 403
    assert client.post(reverse("ngo:invite"), {"email": STRANGER, "role": Role.COORDINATOR}).status_code == 403
    assert client.post(reverse("ngo:staff_end", args=[alice.membership.pk])).status_code == 403


def test_the_list_shows_everyone_by_where_they_stand(client, alice):
    invited(alice)
    StaffFactory(organisation=alice.organisation, name="Dora Ensayo", expires_at=timezone.now())
    gone = StaffFactory(organisation=alice.organisation, name="Eva Ensayo")
    services.end_membership(membership=gone.membership, by=alice)

    context = client.get(reverse("ngo:staff_list")).context

    assert [one.staff for one in context["working"]] == [alice]
    assert [one.staff.email for one in context["invited"]] == [STRANGER]
    assert [one.staff.name for one in context["run_out"]] == ["Dora Ensayo"]
    assert [one.staff for one in context["ended"]] == [gone]


def test_the_list_takes_the_same_queries_however_many_they_are(client, alice, django_assert_num_queries):
    def add(number):
        for _one in range(number):
            StaffFactory(organisation=alice.organisation, shelters=[ShelterFactory(organisation=alice.organisation)])

    add(1)
    client.get(reverse("ngo:staff_list"))  # The first page of a session also saves the session.
    with django_assert_num_queries(9):
        client.get(reverse("ngo:staff_list"))
    add(4)
    with django_assert_num_queries(9):
        client.get(reverse("ngo:staff_list"))


# --- Two organisations -----------------------------------------------------------------------------------------------


def test_someone_in_two_organisations_changes_between_them(alice):
    other = MembershipFactory(staff=alice, organisation=OrganisationFactory(name="La otra"), role=Role.LEGAL)
    client = Client()
    client.force_login(alice)
    assert client.get(reverse("ngo:staff_list")).status_code == 200

    assert "La otra" in client.get(reverse("ngo:more")).content.decode()
    client.post(reverse("ngo:switch_organisation"), {"membership": other.pk})

    assert Staff.objects.get(pk=alice.pk).organisation == other.organisation
    assert client.get(reverse("ngo:staff_list")).status_code == 403


@pytest.mark.parametrize("which", ["of_another", "ended", "expired", "pending", "nonsense"])
def test_nobody_changes_to_where_they_do_not_work(alice, charlie, which):
    now, there = timezone.now(), OrganisationFactory()
    membership = {
        "of_another": lambda: charlie.membership.pk,
        "ended": lambda: MembershipFactory(staff=alice, organisation=there, ended_at=now, ended_by=alice).pk,
        "expired": lambda: MembershipFactory(staff=alice, organisation=there, expires_at=now).pk,
        "pending": lambda: MembershipFactory(staff=alice, organisation=there, accepted_at=None).pk,
        "nonsense": lambda: "²",
    }[which]()
    client = Client()
    client.force_login(alice)

    assert client.post(reverse("ngo:switch_organisation"), {"membership": membership}).status_code == 404
    assert Staff.objects.get(pk=alice.pk).organisation == alice.organisation


# --- One's own account -----------------------------------------------------------------------------------------------


def test_preferences_are_kept_and_the_page_answers_in_the_new_language(client, alice):
    response = client.post(reverse("ngo:preferences"), {"name": "Alicia Ensayo", "language": "es", "theme": "dark"})

    alice.refresh_from_db()
    assert (alice.name, alice.language, alice.theme) == ("Alicia Ensayo", "es", "dark")
    assert response.cookies["posada_language"].value == "es"
    assert '<html lang="es"' in client.get(reverse("ngo:preferences")).content.decode()


@pytest.mark.parametrize(
    ("back", "where"),
    [
        ("/preferences/", "/preferences/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_language_is_chosen_without_an_account_and_leads_nowhere_else(visitor, back, where):
    response = visitor.post(reverse("ngo:language"), {"language": "es", "next": back})

    assert response.url == where
    assert '<html lang="es"' in visitor.get(reverse("account_login")).content.decode()


def test_the_language_of_an_account_is_remembered(client, alice):
    client.post(reverse("ngo:language"), {"language": "es", "next": "/"})
    assert Staff.objects.get(pk=alice.pk).language == "es"

    client.post(reverse("ngo:language"), {"language": "xx", "next": "/"})
    assert Staff.objects.get(pk=alice.pk).language == "es"


def test_hiding_ends_the_sign_in_and_says_nothing(client):
    response = client.post(reverse("ngo:hide"), follow=True)

    page = response.content.decode()
    assert response.redirect_chain == [("/hidden/", 302)]
    assert "<title>Posada</title>" in page
    assert "no-store" in response.headers["Cache-Control"]
    assert client.get("/").status_code == 302


def test_hiding_works_when_the_sign_in_has_ended_already(visitor):
    assert visitor.post(reverse("ngo:hide")).url == "/hidden/"
