"""How long a sign-in lasts, what it speaks, what it writes into history, and what becomes of an uncaught refusal."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.http import HttpResponse
from django.urls import NoReverseMatch, include, path, reverse
from django.utils import timezone, translation
from pghistory.models import Events

from ngo.errors import Refused
from ngo.models import Staff
from ngo.permissions import Role
from tests.factories import PASSWORD, ShelterFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def refuses(request):
    raise Refused("Someone has just taken this bed. <b>2</b> are left.")


def speaks(request):
    return HttpResponse(translation.get_language())


urlpatterns = [
    path("test/refuses/", refuses),
    path("test/speaks/", speaks),
    path("", include("ngo.urls")),
]

PAGE = "/test/speaks/"
DOOR = "/account/login/"


@pytest.fixture
def alice(client):
    """Signed in, on a computer of her own."""
    staff = StaffFactory(password=PASSWORD)
    client.force_login(staff)
    return staff


@pytest.fixture
def clock(time_machine):
    """`clock(minutes=5)` lets time pass."""
    time_machine.move_to(timezone.now(), tick=False)

    def passes(**how_long):
        time_machine.shift(timedelta(**how_long))

    return passes


def sign_in(client, staff, **fields):
    return client.post(DOOR, {"login": staff.email, "password": PASSWORD} | fields)


def is_in(client):
    return "_auth_user_id" in client.session


# --- How long a sign-in lasts ----------------------------------------------------------------------------------------


def test_a_sign_in_that_is_used_stays(client, alice, clock):
    for _step in range(10):
        client.get(PAGE)
        clock(minutes=25)
    assert client.get(PAGE).status_code == 200


def test_thirty_minutes_without_use_end_it_with_a_sentence(client, alice, clock):
    client.get(PAGE)
    clock(minutes=31)

    answer = client.get(PAGE, follow=True)

    assert answer.redirect_chain == [(f"{DOOR}?next={PAGE}", 302)]
    assert not is_in(client)
    assert "30" in str(next(iter(get_messages(answer.wsgi_request)), "")) or "30 minut" in answer.content.decode()


def test_ten_minutes_on_a_shared_computer(client, clock):
    staff = StaffFactory(password=PASSWORD)
    sign_in(client, staff, shared="on")
    client.get(PAGE)
    clock(minutes=9)
    assert client.get(PAGE).status_code == 200
    clock(minutes=11)
    assert client.get(PAGE).status_code == 302
    assert not is_in(client)


def test_a_computer_of_ones_own_has_thirty(client, clock):
    sign_in(client, StaffFactory(password=PASSWORD))
    client.get(PAGE)
    clock(minutes=20)
    assert client.get(PAGE).status_code == 200


def test_the_shared_box_is_ticked_beforehand(client):
    assert client.get(DOOR).context["form"]["shared"].value() is True


def test_twelve_hours_end_it_however_much_it_is_used(client, alice, clock):
    client.get(PAGE)
    for _step in range(36):
        clock(minutes=20)
        assert client.get(PAGE).status_code == 200
    clock(minutes=1)
    assert client.get(PAGE).status_code == 302


def test_a_poll_neither_keeps_it_alive_nor_ends_it_early(client, alice, clock):
    client.get(PAGE)
    for _step in range(59):
        clock(seconds=30)
        assert client.get(PAGE, headers={"X-Posada-Poll": "1"}).status_code == 200
    clock(seconds=60)

    answer = client.get(PAGE, headers={"X-Posada-Poll": "1"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == DOOR
    assert not is_in(client)


def test_htmx_is_sent_to_the_door_as_a_whole_page(client, alice, clock):
    client.get(PAGE)
    clock(minutes=31)
    answer = client.get(PAGE, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == DOOR
    assert answer.content == b""


def test_the_last_use_is_written_at_most_once_a_minute(client, alice, clock, django_assert_num_queries):
    client.get(PAGE)
    clock(seconds=40)
    before = client.session["posada_used"]
    client.get(PAGE)
    assert client.session["posada_used"] == before
    clock(seconds=40)
    client.get(PAGE)
    assert client.session["posada_used"] > before


def test_nothing_of_a_signed_in_page_is_kept_by_the_browser(client, alice):
    assert "no-store" in client.get(PAGE).headers["Cache-Control"]


# --- Language --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_account_decides_the_language_not_the_browser(client, language):
    client.force_login(StaffFactory(language=language))
    other = {"es": "en", "en": "es"}[language]
    assert client.get(PAGE, headers={"Accept-Language": other}).content.decode() == language


def test_before_the_door_the_browser_decides_and_spanish_is_the_rest(client):
    assert 'lang="en"' in client.get(DOOR, headers={"Accept-Language": "en"}).content.decode()
    assert 'lang="es"' in client.get(DOOR, headers={"Accept-Language": "fr"}).content.decode()


# --- Refusals --------------------------------------------------------------------------------------------------------


def test_a_refusal_goes_back_to_the_page_it_came_from_with_its_sentence(client, alice):
    answer = client.post("/test/refuses/", headers={"Referer": "http://testserver/more/"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "http://testserver/more/"
    assert "Someone has just taken this bed" in next(str(message) for message in get_messages(answer.wsgi_request))


@pytest.mark.parametrize("referer", ["", "http://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_a_refusal_never_leads_to_another_site(client, alice, referer):
    answer = client.post("/test/refuses/", headers={"Referer": referer})
    assert answer.status_code == 409
    assert "&lt;b&gt;2&lt;/b&gt; are left" in answer.content.decode()


def test_a_refused_get_is_a_page_not_a_loop(client, alice):
    answer = client.get("/test/refuses/", headers={"Referer": "http://testserver/test/refuses/"})
    assert answer.status_code == 409


def test_htmx_gets_the_refusal_as_a_banner(client, alice):
    answer = client.post("/test/refuses/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


# --- History ---------------------------------------------------------------------------------------------------------


def test_history_says_who_and_by_which_route_and_nothing_else(client, alice):
    client.post("/language/", {"language": "es", "next": "/more/?q=secreto"}, headers={"User-Agent": "secreto"})

    event = Events.objects.tracks(Staff.objects.get(pk=alice.pk)).filter(pgh_label="update").latest("pgh_id")

    assert event.pgh_context == {"staff": alice.pk, "organisation": alice.organisation.pk, "route": "ngo:language"}


# --- The door --------------------------------------------------------------------------------------------------------


def test_sign_up_is_closed(client):
    page = client.get(reverse("account_signup"))
    assert "account/signup_closed.html" in [template.name for template in page.templates]
    client.post(
        reverse("account_signup"), {"email": "nueva@prueba.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not Staff.objects.filter(email="nueva@prueba.example").exists()


def test_a_wrong_password_keeps_the_address_and_says_nothing_of_whether_it_exists(client):
    staff = StaffFactory(password=PASSWORD)
    known = client.post(DOOR, {"login": staff.email, "password": "no-es-esta"}, headers={"Accept-Language": "en"})
    unknown = client.post(
        DOOR, {"login": "nadie@prueba.example", "password": "no-es-esta"}, headers={"Accept-Language": "en"}
    )
    assert staff.email in known.content.decode()
    assert [str(e) for e in known.context["form"].non_field_errors()] == [
        str(e) for e in unknown.context["form"].non_field_errors()
    ]


@pytest.mark.parametrize("target", ["http://elsewhere.example/", "//elsewhere.example/", "http://localhost/more/"])
def test_signing_in_never_leads_to_another_host(client, target):
    answer = sign_in(client, StaffFactory(password=PASSWORD), next=target)
    assert answer.headers["Location"] == "/"


def test_signing_in_leads_back_to_where_one_was(client):
    answer = sign_in(client, StaffFactory(password=PASSWORD), next="/more/")
    assert answer.headers["Location"] == "/more/"


def test_a_password_reset_mails_only_addresses_that_have_an_account(client):
    staff = StaffFactory(password=PASSWORD)
    for address in (staff.email, "nadie@prueba.example"):
        answer = client.post(reverse("account_reset_password"), {"email": address})
        assert answer.headers["Location"] == reverse("account_reset_password_done")
    assert [message.to for message in mail.outbox] == [[staff.email]]
    assert staff.name not in mail.outbox[0].subject + mail.outbox[0].body


@pytest.mark.parametrize("name", ["account_email", "account_confirm_email", "account_confirm_login_code"])
def test_routes_of_the_library_that_we_do_not_offer_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


# --- The shell -------------------------------------------------------------------------------------------------------


def shell_of(client, url="/more/"):
    return client.get(url).context


def entries(context):
    return {item["url"] for item in context["nav"]}


def test_the_bar_names_the_only_shelter_and_its_night(client, alice, time_machine):
    ShelterFactory(organisation=alice.organisation, name="Casa de prueba", zone="America/Tijuana")
    time_machine.move_to("2026-11-13T09:00:00Z", tick=False)  # 01:00 in Tijuana: still the night of the 12th.
    context = shell_of(client)
    assert context["shell"]["house"] == "Casa de prueba"
    assert str(context["shell"]["night"]) == "2026-11-12"


def test_with_several_shelters_the_bar_names_the_organisation(client, alice):
    ShelterFactory.create_batch(2, organisation=alice.organisation)
    assert shell_of(client)["shell"]["house"] == alice.organisation.name


def test_shelters_of_others_are_not_in_the_shell(client, alice):
    ShelterFactory(name="Casa ajena")
    assert "Casa ajena" not in client.get("/more/").content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_the_navigation_offers_only_what_opens(client, role):
    staff = StaffFactory(role=role)
    ShelterFactory(organisation=staff.organisation)
    client.force_login(staff)
    for url in entries(shell_of(client)):
        assert client.get(url, follow=True).status_code == 200, url  # With one house some lead straight there.


@pytest.mark.parametrize("role", list(Role))
def test_a_thumb_reaches_at_most_five(client, role):
    staff = StaffFactory(role=role)
    ShelterFactory(organisation=staff.organisation)
    client.force_login(staff)
    on_a_phone = [item for item in shell_of(client)["nav"] if not item["width"].startswith("wide")]
    assert len(on_a_phone) <= 5


def test_exactly_one_entry_is_current_on_each_width(client, alice):
    ShelterFactory(organisation=alice.organisation)
    nav = shell_of(client, "/preferences/")["nav"]
    assert [item["width"].split()[0] for item in nav if item["current"]] == ["wide", "slim"]


def test_the_shell_costs_one_query_of_its_own_and_one_for_the_membership(client, alice, django_assert_max_num_queries):
    ShelterFactory.create_batch(5, organisation=alice.organisation)
    client.get("/hidden/")
    with django_assert_max_num_queries(4):  # Session, account, membership, shelters.
        client.get("/hidden/")
