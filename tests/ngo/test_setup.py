"""First real use: the set-up page, its code, and the same from the terminal."""

import stat

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from ngo.models import City, Membership, Organisation, Staff
from ngo.permissions import Role
from ngo.services import setup
from ngo.services.catalogue import load_catalogue
from shelters.models import Bed, Shelter
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db

URL = "/setup/"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    cache.clear()


@pytest.fixture
def client():
    return Client(headers={"accept-language": "en"})


def answers(**changed):
    load_catalogue()
    return {
        "code": setup.setup_code(),
        "organisation": "Casa de la Prueba A. C.",
        "shelter": "Casa Ensayo",
        "city": City.objects.get(name="Ciudad Juárez").pk,
        "name": "Irma Prueba",
        "email": "Irma@Casa.example",
        "password": "cuatro palabras que recuerdo",
        "space": "Mujeres",
        "sleepers": "women",
        "count_lower": "12",
        "count_cot": "4",
    } | changed


# --- The code --------------------------------------------------------------------------------------------------------


def test_the_code_is_kept_for_our_own_user_alone_and_stays_the_same(tmp_path):
    code = setup.setup_code()

    assert len(code) == 14
    assert setup.setup_code() == code
    assert stat.S_IMODE((tmp_path / "setup-code").stat().st_mode) == 0o600


def test_there_is_no_code_once_somebody_is_here(tmp_path):
    setup.setup_code()
    StaffFactory()

    assert setup.setup_code() == ""
    assert not (tmp_path / "setup-code").exists()


def test_without_the_code_nothing_is_set_up(client):
    page = client.post(URL, answers(code="AAAA-BBBB-CCCC")).content.decode()

    assert "This is not the code" in page
    assert not Staff.objects.exists()


def test_an_empty_code_never_fits(client):
    assert "This is not the code" in client.post(URL, answers(code="")).content.decode()


def test_codes_cannot_be_tried_out(client):
    given = answers(code="AAAA-BBBB-CCCC")
    for _attempt in range(setup.GUESSES):
        client.post(URL, given)

    page = client.post(URL, given | {"code": setup.setup_code()}).content.decode()

    assert "Too many attempts" in page
    assert not Staff.objects.exists()


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_makes_the_organisation_its_coordinator_and_the_first_beds(client):
    response = client.post(URL, answers(code=f" {answers()['code'].lower()} "))

    coordinator = Staff.objects.get()
    shelter = Shelter.objects.get()
    assert response.url == "/"
    assert coordinator.email == "irma@casa.example"
    assert coordinator.membership.role == Role.COORDINATOR
    assert not coordinator.is_staff
    assert (shelter.name, shelter.zone) == ("Casa Ensayo", "America/Ciudad_Juarez")
    assert sorted(Bed.objects.values_list("kind", flat=True)) == ["cot"] * 4 + ["lower"] * 12
    assert client.get("/").status_code == 200  # Signed in.


def test_the_first_space_may_wait(client):
    client.post(URL, answers(space="", count_lower="", count_cot=""))

    assert Shelter.objects.get().spaces.count() == 0


def test_beds_without_a_space_are_asked_about(client):
    page = client.post(URL, answers(space="")).content.decode()

    assert "Write the name of the space" in page
    assert not Staff.objects.exists()


@pytest.mark.parametrize("password", ["corta", "1234567890123", "irma@casa.example"])
def test_a_weak_password_gets_a_sentence_and_nothing_is_made(client, password):
    response = client.post(URL, answers(password=password))

    assert response.status_code == 200
    assert response.context["form"].errors["password"]
    assert not Organisation.objects.exists()


def test_once_somebody_is_here_there_is_no_such_page(client):
    StaffFactory()

    assert client.get(URL).status_code == 404
    assert client.post(URL, {"code": "x"}).status_code == 404


def test_the_page_brings_the_cities_along(client):
    assert "Tijuana" in client.get(URL).content.decode()


# --- The terminal ----------------------------------------------------------------------------------------------------

WORDS = [
    "setup",
    *("--organisation", "Casa de la Prueba", "--name", "Irma Prueba", "--email", "irma@casa.example"),
    *("--shelter", "Casa Ensayo", "--city", "tijuana"),
]


def test_the_command_does_the_same(monkeypatch, capsys):
    monkeypatch.setenv("POSADA_SETUP_PASSWORD", "cuatro palabras que recuerdo")

    call_command(*WORDS, "--space", "Mujeres", "--sleepers", "women", "--lower", "12", "--cot", "4")

    assert "is set up" in capsys.readouterr().out
    assert Staff.objects.get().check_password("cuatro palabras que recuerdo")
    assert Bed.objects.count() == 16


def test_the_command_makes_a_second_organisation_and_a_coordinator_keeps_their_password(monkeypatch):
    monkeypatch.setenv("POSADA_SETUP_PASSWORD", "cuatro palabras que recuerdo")
    call_command(*WORDS)

    call_command(*WORDS, "--organisation", "Otra Prueba")

    assert Membership.objects.in_force().filter(staff__email="irma@casa.example").count() == 2
    assert Staff.objects.get().check_password("cuatro palabras que recuerdo")
    assert set(Shelter.objects.values_list("slug", flat=True)) == {"casa-ensayo", "casa-ensayo-2"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--city", "Atlantis"], "no city called Atlantis"),
        (["--email", "nobody"], "valid email"),
        (["--lower", "3"], "--space"),
    ],
)
def test_the_command_says_what_is_wrong(monkeypatch, more, sentence):
    monkeypatch.setenv("POSADA_SETUP_PASSWORD", "cuatro palabras que recuerdo")

    with pytest.raises(CommandError, match=sentence):
        call_command(*WORDS, *more)

    assert not Organisation.objects.exists()


def test_the_command_refuses_a_weak_password(monkeypatch):
    monkeypatch.setenv("POSADA_SETUP_PASSWORD", "corta")

    with pytest.raises(CommandError, match="too short"):
        call_command(*WORDS)


def test_an_organisation_is_not_made_twice(monkeypatch):
    monkeypatch.setenv("POSADA_SETUP_PASSWORD", "cuatro palabras que recuerdo")
    call_command(*WORDS)

    with pytest.raises(CommandError, match="already an organisation"):
        call_command(*WORDS)


def test_reverse_knows_the_page():
    assert reverse("ngo:setup") == URL
