"""The catalogue: what the data file brings, what a coordinator changed, and the pages."""

import json
import zoneinfo

import pghistory
import pytest
from django.core.management import call_command
from django.urls import reverse

from ngo.models import City, Office, OfficeKind
from ngo.permissions import Role
from ngo.services.catalogue import DATA_FILE, load_catalogue
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db

DATA = json.loads(DATA_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def coordinator(client):
    staff = StaffFactory(role=Role.COORDINATOR)
    client.force_login(staff)
    return staff


def changed_by_a_person(row, **fields):
    with pghistory.context(staff=1):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


def file_with(tmp_path, **cities):
    """The data file with other facts about some cities."""
    data = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    for city in data["cities"]:
        city |= cities.get(city["name"], {})
    path = tmp_path / "newer.json"
    path.write_text(json.dumps(data | {"version": "later"}), encoding="utf-8")
    return path


# --- The data file ---------------------------------------------------------------------------------------------------


def test_the_file_holds_the_border_its_ports_and_their_clocks():
    border = [city for city in DATA["cities"] if city["inegi_code"]]
    ports = [office for office in DATA["offices"] if office["kind"] == OfficeKind.PORT]

    assert len(border) == 28
    assert len(ports) == 44
    assert {city["zone"] for city in DATA["cities"]} | {
        o["zone"] for o in DATA["offices"]
    } <= zoneinfo.available_timezones()
    assert {office["name"] for office in ports if not office["is_confirmed"]} == {"Sasabe", "Los Ebanos (ferry)"}
    assert all(row["source"] for row in [*DATA["cities"], *DATA["offices"]])
    assert {office["kind"] for office in DATA["offices"]} == {"port", "comar", "inm", "consulate", "court"}


def test_only_what_was_read_in_a_source_counts_as_confirmed():
    confirmed = {(office["kind"], office["name"]) for office in DATA["offices"] if office["is_confirmed"]}

    assert ("comar", "COMAR Tijuana") in confirmed
    assert ("comar", "COMAR Ciudad Juárez") not in confirmed
    assert not [key for key in confirmed if key[0] in {"consulate", "court", "inm"}]


def test_loading_twice_changes_nothing(capsys):
    call_command("load_catalogue")
    again = load_catalogue()

    assert "added" in capsys.readouterr().out
    assert (again.added, again.updated, again.left_alone) == (0, 0, 0)
    assert (City.objects.count(), Office.objects.count()) == (len(DATA["cities"]), len(DATA["offices"]))


def test_a_newer_file_mends_what_nobody_touched(tmp_path):
    load_catalogue()

    loaded = load_catalogue(file_with(tmp_path, Tecate={"zone": "America/Hermosillo"}))

    assert loaded.updated == 1
    assert City.objects.get(name="Tecate").zone == "America/Hermosillo"


def test_a_newer_file_never_overwrites_what_a_person_changed(tmp_path):
    load_catalogue()
    changed_by_a_person(City.objects.get(name="Tecate"), note="Ours")

    loaded = load_catalogue(file_with(tmp_path, Tecate={"zone": "America/Hermosillo", "note": "Theirs"}))

    tecate = City.objects.get(name="Tecate")
    assert (loaded.updated, loaded.left_alone) == (0, 1)
    assert (tecate.zone, tecate.note) == ("America/Tijuana", "Ours")


def test_a_city_that_was_renamed_here_does_not_come_back_under_its_old_name():
    load_catalogue()
    changed_by_a_person(City.objects.get(name="Sonoyta"), name="Sonoita")

    load_catalogue()

    assert not City.objects.filter(name="Sonoyta").exists()
    assert Office.objects.get(kind=OfficeKind.PORT, name="Lukeville").city.name == "Sonoita"


# --- The pages -------------------------------------------------------------------------------------------------------


def test_a_coordinator_adds_a_city(client, coordinator):
    fields = {"name": "Villa Ensayo", "state": "Sonora", "country": "MX", "zone": "America/Hermosillo"}

    response = client.post(reverse("ngo:catalogue_city_new"), fields)

    assert response.url == reverse("ngo:catalogue")
    assert City.objects.get(name="Villa Ensayo").zone == "America/Hermosillo"
    assert "Villa Ensayo" in client.get(reverse("ngo:catalogue")).content.decode()


def test_a_zone_that_does_not_exist_gets_a_sentence_and_nothing_typed_is_lost(client, coordinator):
    fields = {"name": "Villa Ensayo", "state": "Sonora", "country": "MX", "zone": "Sonora time"}

    page = client.post(reverse("ngo:catalogue_city_new"), fields).content.decode()

    assert "“Sonora time” is not a time zone. Write it like America/Tijuana." in page
    assert "Villa Ensayo" in page
    assert not City.objects.filter(name="Villa Ensayo").exists()


def test_an_inegi_code_has_five_digits(client, coordinator):
    fields = {
        "name": "Villa Ensayo",
        "state": "Sonora",
        "country": "MX",
        "zone": "America/Hermosillo",
        "inegi_code": "26x",
    }

    assert "five digits" in client.post(reverse("ngo:catalogue_city_new"), fields).content.decode()


def test_an_office_is_corrected_and_taken_out_of_use(client, coordinator):
    load_catalogue()
    office = Office.objects.get(name="COMAR Ciudad Juárez")
    fields = {"kind": "comar", "name": office.name, "city": office.city_id, "zone": office.zone, "source": "Seen there"}

    response = client.post(reverse("ngo:catalogue_office_edit", args=[office.pk]), fields)

    office.refresh_from_db()
    assert response.url == f"{reverse('ngo:catalogue')}?kind=comar"
    assert (office.source, office.is_active) == ("Seen there", False)


def test_two_offices_of_a_kind_cannot_share_a_name(client, coordinator):
    load_catalogue()
    office = Office.objects.get(name="COMAR Tijuana")
    fields = {"kind": "comar", "name": "COMAR Saltillo", "city": office.city_id, "zone": office.zone, "is_active": "on"}

    response = client.post(reverse("ngo:catalogue_office_edit", args=[office.pk]), fields)

    assert response.status_code == 200
    office.refresh_from_db()
    assert office.name == "COMAR Tijuana"


@pytest.mark.parametrize("kind", ["", *OfficeKind.values, "nonsense"])
def test_every_kind_has_its_list(client, coordinator, kind):
    load_catalogue()

    assert client.get(reverse("ngo:catalogue"), {"kind": kind}).status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role != Role.COORDINATOR])
def test_nobody_else_edits_the_catalogue(client, role):
    client.force_login(StaffFactory(role=role))

    assert client.get(reverse("ngo:catalogue")).status_code == 403
    assert client.post(reverse("ngo:catalogue_city_new"), {}).status_code == 403
