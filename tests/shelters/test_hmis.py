"""Reading HMIS exports: a small one of our own that breaks each rule once, broken files, later exports, and a real year."""

import io
import json
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from cases.models import BirthPrecision, Family, FamilyMember, Person, Relationship, Sex
from ngo.models import Organisation
from shelters.models import Bed, BedNight, BedPeriod, CountingMethod, ExitReason, Shelter, Sleepers, Space, Stay
from shelters.services import capacity
from tests.factories import OrganisationFactory, PlacementFactory, ShelterFactory
from tests.shelters.hmis_recount import Export

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

SMALL = Path(__file__).parent / "hmis_small"
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "hmis"
TIJUANA = ZoneInfo("America/Tijuana")
FIGURES = {
    "shelters": 3,
    "people": 7,
    "families": 7,
    "stays": 10,
    "bed_nights": 7,
    "contradictions": 11,
    "rejected": 25,
}


def run(folder, *words, organisation="red-de-prueba"):
    """The lines that the command prints, and the figures of its last one."""
    out = io.StringIO()
    call_command("import_hmis", str(folder), "--organisation", organisation, *words, stdout=out)
    *lines, last = out.getvalue().splitlines()
    return lines, json.loads(last)


def listed(lines, start):
    """The places that the lines name, as "File:line"."""
    return sorted(":".join(re.search(r"(\w+)\.csv:(\d+): ", line).groups()) for line in lines if line.startswith(start))


def rows_stored():
    models = [Organisation, Shelter, Space, Bed, BedPeriod, Person, Family, FamilyMember, Stay, BedNight]
    events = [Person.pgh_event_model, Stay.pgh_event_model, BedNight.pgh_event_model]
    return {model.__name__: model.objects.count() for model in [*models, *events]}


@pytest.fixture
def small():
    return run(SMALL)


@pytest.fixture
def copy(tmp_path):
    """A copy of the small export, to be damaged."""
    return Path(shutil.copytree(SMALL, tmp_path / "export"))


def change(folder, name, old, new):
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


# --- What is printed -------------------------------------------------------------------------------------------------
def test_the_last_line_has_the_figures(small):
    assert small[1] == FIGURES


def test_what_contradicts_is_kept_and_listed_with_file_and_line(small):
    lines, _ = small

    assert listed(lines, "Kept") == sorted(
        [
            *("Client:6", "Client:8"),  # Born in 2090; a date in words, in a row of two lines.
            *("Enrollment:5", "Enrollment:10", "Enrollment:12"),  # No head; no household; a second head.
            *("Exit:7", "Exit:9", "Exit:10"),  # Before the entry; another person; has not come.
            *("Services:7", "Services:8", "Services:9"),  # On the day of exit; before the entry; another person.
        ]
    )


def test_what_cannot_be_kept_is_skipped_and_listed_with_file_and_line(small):
    lines, _ = small

    assert listed(lines, "Skipped") == sorted(
        [
            "Project:7",  # A type that does not exist.
            *(
                "Inventory:9",
                "Inventory:10",
                "Inventory:11",
                "Inventory:12",
            ),  # No project; no number; no period; no date.
            *("Client:11", "Client:12"),  # Twice; without an id. The row before them has two lines.
            *(f"Enrollment:{line}" for line in (16, 17, 18, 19, 20, 21, 23)),
            *("Exit:12", "Exit:13", "Exit:14"),  # No enrolment; a second exit; no date.
            *(f"Services:{line}" for line in (12, 13, 14, 15, 16, 17, 18, 20)),
        ]
    )


def test_no_line_names_a_person(small):
    names = re.compile("Prueba|Ensayo|Ana|Bruno|Celia|Güera")

    assert not [line for line in small[0] if names.search(line)]


def test_a_second_run_changes_nothing_and_prints_the_same(small):
    before = rows_stored()

    assert run(SMALL) == small
    assert rows_stored() == before


def test_a_dry_run_stores_nothing_and_prints_the_same(small):
    before = rows_stored()

    lines, figures = run(SMALL, "--dry-run", organisation="otra")

    assert (lines[:-1], figures) == small
    assert "dry run" in lines[-1]
    assert rows_stored() == before


def test_each_organisation_has_its_own(small):
    run(SMALL, organisation="otra")

    assert Person.objects.filter(organisation__slug="otra").count() == 7
    assert Shelter.objects.filter(organisation__slug="otra").count() == 3
    assert Shelter.objects.get(organisation__slug="otra", external_ref="P-NN").slug == "casa-ensayo-de-noche-otra"


# --- What is stored --------------------------------------------------------------------------------------------------
def test_projects_become_shelters(small):
    shelters = {shelter.external_ref: shelter for shelter in Shelter.objects.all()}

    assert set(shelters) == {"P-EE", "P-NN", "P-TH"}
    assert shelters["P-EE"].slug == "casa-ensayo-de-dia"
    assert shelters["P-TH"].name == "Casa Ensayo de Día (P-TH)"  # Two of one name.
    assert shelters["P-NN"].counting == CountingMethod.NIGHT_BY_NIGHT
    assert {shelter.zone for shelter in shelters.values()} == {"America/Tijuana"}


def test_names_that_are_taken_are_told_apart():
    organisation = OrganisationFactory(slug="red-de-prueba")
    ShelterFactory(organisation=organisation, name="Casa Ensayo de Noche", slug="casa-ensayo-de-noche")

    run(SMALL)

    shelter = Shelter.objects.get(external_ref="P-NN")
    assert (shelter.name, shelter.slug) == ("Casa Ensayo de Noche (P-NN)", "casa-ensayo-de-noche-p-nn")


def test_a_project_that_stopped_is_closed_afterwards(small):
    shelter = Shelter.objects.get(external_ref="P-TH")

    last, after = (capacity.figures([shelter], date(2026, 1, day))[0] for day in (20, 21))

    assert shelter.states.get().state == "closed"
    assert [(row.nominal, row.occupied, row.free) for row in (last, after)] == [(1, 1, 0), (1, 1, 0)]
    assert shelter.states.get().period.lower == datetime(2026, 1, 21, 7, tzinfo=TIJUANA)


def test_inventory_becomes_dated_beds(small):
    spaces = {space.external_ref: space for space in Space.objects.all()}
    nights = {
        ref: {period.nights for bed in space.beds.all() for period in bed.periods.all()}
        for ref, space in spaces.items()
    }

    assert {ref: space.beds.count() for ref, space in spaces.items()} == {"I1": 2, "I2": 3, "I3": 4, "I4": 2, "I5": 1}
    assert nights["I1"] == {DateRange(date(2026, 1, 1), date(2026, 1, 11))}  # Both dates of the export are inclusive.
    assert nights["I2"] == {DateRange(date(2026, 1, 11), None)}
    assert set(Bed.objects.filter(is_surge=True).values_list("space__external_ref", flat=True)) == {"I3"}
    assert [spaces[ref].sleepers for ref in ("I1", "I4", "I5")] == [
        Sleepers.ANYONE,
        Sleepers.FAMILIES,
        Sleepers.CHILDREN,
    ]


def test_clients_become_people(small):
    people = {person.external_ref: person for person in Person.objects.all()}

    assert set(people) == {"C1", "C2", "C3", "C4", "C5", "C6", "C7"}
    assert (people["C1"].given_names, people["C1"].first_surname) == ("Ana María", "Prueba Jr.")
    assert people["C5"].first_surname == 'Ensayo, "la Güera"'
    assert people["C7"].given_names == "Gala Luz"  # A line break in a name is a space.
    assert (people["C4"].given_names, people["C4"].first_surname) == ("—", "")
    assert [people[ref].sex for ref in ("C1", "C2", "C4")] == [Sex.FEMALE, Sex.MALE, Sex.UNKNOWN]


@pytest.mark.parametrize(
    ("ref", "born_on", "precision"),
    [
        ("C1", date(1990, 6, 15), BirthPrecision.EXACT),
        ("C2", date(1988, 1, 1), BirthPrecision.ESTIMATED),
        ("C4", None, BirthPrecision.UNKNOWN),
        ("C5", None, BirthPrecision.UNKNOWN),  # Not born yet.
        ("C6", None, BirthPrecision.UNKNOWN),  # Would rather not say.
        ("C7", None, BirthPrecision.UNKNOWN),  # In words.
    ],
)
def test_birth_dates_are_as_sure_as_they_are(small, ref, born_on, precision):
    person = Person.objects.get(external_ref=ref)

    assert (person.born_on, person.birth_precision) == (born_on, precision)


def test_households_become_families(small):
    family = Family.objects.get(external_ref="H1")
    members = {member.person.external_ref: member for member in family.members.select_related("person")}

    assert family.folio == "HMIS-H1"
    assert {ref: member.relationship for ref, member in members.items()} == {
        "C1": Relationship.HEAD,
        "C2": Relationship.PARTNER,
        "C3": Relationship.CHILD,
    }
    assert {ref for ref, member in members.items() if member.is_carer} == {"C1", "C2"}
    assert {member.joined_on for member in members.values()} == {date(2026, 1, 2)}
    assert all(member.is_imported for member in members.values())


def test_a_household_has_one_head_or_none(small):
    heads = {family.external_ref: family.members.filter(is_head=True).count() for family in Family.objects.all()}

    assert heads == {"H1": 1, "H2": 0, "H3": 1, "H4": 1, "H5": 1, "H6": 1, "H7": 1}
    assert FamilyMember.objects.get(family__external_ref="H5", person__external_ref="C2").relationship == ""


def test_enrolments_become_stays(small):
    stay = Stay.objects.get(external_ref="E1")

    assert (stay.person.external_ref, stay.shelter.external_ref, stay.family.external_ref) == ("C1", "P-EE", "H1")
    assert stay.arrived_at == datetime(2026, 1, 2, 7, tzinfo=TIJUANA)
    assert stay.departed_at == datetime(2026, 1, 12, 7, tzinfo=TIJUANA)
    assert (stay.exit_reason, stay.destination) == (ExitReason.OWN_HOUSING, "HMIS 410")
    assert Stay.objects.get(external_ref="E3").destination == "Con su tía"
    assert Stay.objects.get(external_ref="E9").family is None
    assert not Stay.objects.filter(shelter__external_ref="P-NN").exists()


def test_a_stay_that_ended_on_its_first_day_covers_no_night(small):
    for ref in ("E5", "E6"):
        stay = Stay.objects.get(external_ref=ref)
        assert stay.departed_at == stay.arrived_at


def test_an_exit_that_was_deleted_or_that_lies_ahead_leaves_the_stay_open(small):
    deleted, ahead = Stay.objects.get(external_ref="E4"), Stay.objects.get(external_ref="E20")

    assert (deleted.departed_at, ahead.departed_at) == (None, None)
    assert ahead.expected_departure_on == date(2999, 12, 1)


def test_bed_nights_are_distinct(small):
    nights = BedNight.objects.values_list("shelter__external_ref", "person__external_ref", "night")

    assert sorted(nights) == [
        ("P-NN", "C1", date(2026, 1, 19)),
        ("P-NN", "C1", date(2026, 1, 20)),
        ("P-NN", "C1", date(2026, 1, 21)),
        ("P-NN", "C2", date(2026, 1, 20)),
        ("P-NN", "C3", date(2026, 1, 22)),
        ("P-NN", "C4", date(2026, 1, 21)),
        ("P-NN", "C4", date(2026, 1, 23)),
    ]


def test_history_says_where_the_rows_came_from(small):
    event = Person.pgh_event_model.objects.first()

    assert event.pgh_context == {"command": "import_hmis"}


@pytest.mark.parametrize("zone", ["America/Matamoros", "America/Hermosillo"])
def test_new_shelters_stand_in_the_zone_that_was_given(zone):
    run(SMALL, "--zone", zone)

    assert set(Shelter.objects.values_list("zone", flat=True)) == {zone}
    assert Stay.objects.get(external_ref="E1").arrived_at == datetime(2026, 1, 2, 7, tzinfo=ZoneInfo(zone))


# --- Nights against a count by hand ----------------------------------------------------------------------------------
def assert_nights_agree(folder, nights):
    by_hand = Export(folder)
    shelters = list(Shelter.objects.filter(organisation__slug="red-de-prueba"))
    assert {shelter.external_ref for shelter in shelters} == set(by_hand.shelters)
    for night in nights:
        for row in capacity.figures(shelters, night):
            expected = by_hand.night(row.shelter.external_ref, night)
            assert {name: getattr(row, name) for name in expected} == expected, (row.shelter.name, night)


def every(days, first, last):
    return [first + timedelta(days=step) for step in range(0, (last - first).days + 1, days)]


def test_the_small_exports_nights_are_as_by_hand(small):
    assert_nights_agree(SMALL, every(1, date(2025, 12, 31), date(2026, 2, 2)))


@pytest.mark.skipif(
    not (REAL / "fy2026_full").is_dir(), reason="the real year of HMIS data is not beside this checkout"
)
def test_a_real_years_nights_are_as_by_hand():
    _, figures = run(REAL / "fy2026_full")

    assert figures == {
        "shelters": 4,
        "people": 514,
        "families": 473,
        "stays": 277,
        "bed_nights": 6367,
        "contradictions": 83,
        "rejected": 0,
    }
    assert_nights_agree(REAL / "fy2026_full", every(7, date(2021, 6, 20), date(2022, 10, 10)))
    assert_nights_agree(REAL / "fy2026_full", every(90, date(2009, 6, 1), date(2025, 12, 31)))
    words = ["--night", "2022-01-15", "--organisation", "red-de-prueba", "--format", "json"]
    out = io.StringIO()
    call_command("capacity_report", *words, stdout=out)
    by_hand = Export(REAL / "fy2026_full")
    by_name = {row["ProjectName"]: by_hand.night(ref, date(2022, 1, 15)) for ref, row in by_hand.shelters.items()}
    for row in json.loads(out.getvalue()):
        assert row.items() >= by_name[row["shelter"]].items()


@pytest.mark.skipif(not (REAL / "small").is_dir(), reason="the real troubles of HMIS data are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("bom_test", {"people": 3, "bed_nights": 17, "contradictions": 4, "rejected": 0}),
        ("duplicate_primary_keys", {"people": 3, "bed_nights": 17, "contradictions": 4, "rejected": 3}),
        ("enrollment_with_deletes_test_files", {"people": 2, "bed_nights": 0, "contradictions": 2, "rejected": 15}),
    ],
)
def test_real_troubles(name, figures):
    assert run(REAL / "small" / name)[1] == {"shelters": 1, "families": 0, "stays": 0} | figures
    assert_nights_agree(REAL / "small" / name, every(3, date(2015, 10, 1), date(2016, 1, 31)))


@pytest.mark.skipif(not (REAL / "small").is_dir(), reason="the real troubles of HMIS data are not beside this checkout")
def test_an_export_without_its_services_is_refused():
    with pytest.raises(CommandError, match=r"lacks Services\.csv"):
        run(REAL / "small" / "ensure_households")


# --- Faults of a file ------------------------------------------------------------------------------------------------
def damage(how):
    def at(folder, name):
        path = folder / f"{name}.csv"
        path.write_bytes(how(path.read_bytes()))

    return at


def into_folder(folder, name):
    (folder / f"{name}.csv").unlink()
    (folder / f"{name}.csv").mkdir()


@pytest.mark.parametrize("name", ["Export", "Project", "Inventory", "Client", "Enrollment", "Exit", "Services"])
@pytest.mark.parametrize(
    "at_fault",
    [
        lambda folder, name: (folder / f"{name}.csv").unlink(),
        into_folder,
        damage(lambda raw: b""),
        damage(lambda raw: raw.replace(b"ID,", b"Id,").replace(b"Version", b"Edition")),
        damage(lambda raw: raw.replace(b"\n", b",Caf\xe9\n")),
        damage(lambda raw: raw.decode("utf-8-sig").encode("utf-16")),
        damage(lambda raw: raw + b"\0"),
        damage(lambda raw: raw + b'"an open quote\n'),
        damage(lambda raw: raw.replace(b",ExportID", b",ProjectID,ProjectID").replace(b"ExportID,", b"CSVVersion,")),
    ],
    ids=["missing", "a folder", "empty", "columns", "latin-1", "utf-16", "NUL", "open quote", "columns twice"],
)
def test_a_fault_of_a_file_stores_nothing_and_says_why(copy, name, at_fault):
    at_fault(copy, name)

    with pytest.raises(CommandError, match=rf"{name}\.csv") as error:
        run(copy)

    assert str(error.value).endswith(".")
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("version", ["2024 v1.3", "", "20260", "v2026"])
def test_another_version_is_refused(copy, version):
    change(copy, "Export", "2026 v1.0", version)

    with pytest.raises(CommandError, match="version"):
        run(copy)

    assert not Organisation.objects.exists()


def test_an_export_that_does_not_say_its_version_is_refused(copy):
    path = copy / "Export.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")

    with pytest.raises(CommandError, match="version"):
        run(copy)


@pytest.mark.parametrize(
    "words",
    [
        ["--organisation", "no es un nombre"],
        ["--organisation", ""],
        ["--organisation", "x" * 61],
        ["--organisation", "red", "--zone", "Tijuana"],
    ],
)
def test_a_wrong_word_gets_a_sentence(words):
    with pytest.raises(CommandError) as error:
        call_command("import_hmis", str(SMALL), *words)

    assert str(error.value).endswith(".")
    assert not Organisation.objects.exists()


def test_what_is_no_folder_is_refused(tmp_path):
    for path in (tmp_path / "no", SMALL / "Client.csv"):
        with pytest.raises(CommandError, match="is not a folder"):
            run(path)


def test_marks_line_ends_and_capitals_of_the_files_are_no_fault(copy, small):
    for path in copy.iterdir():
        text = path.read_text(encoding="utf-8-sig")
        path.unlink()
        (copy / path.name.upper()).write_text(text, encoding="utf-8-sig", newline="\r\n")

    assert run(copy) == small


def test_hostile_cells_are_kept_or_listed_and_break_nothing(copy):
    change(copy, "Client", "C1,Ana,María", "C1,=1+1<script>\x1b[31m🛏,\u202e" + "ñ" * 300)
    change(copy, "Client", "C2,", "C" * 81 + ",")
    change(copy, "Project", "Casa Ensayo de Noche", "\x1b[2J" + "🏠" * 200)
    change(copy, "Services", "S12,E77", "S12,\x1b[31m" + "7" * 90_000)
    change(copy, "Inventory", "muchas", "9" * 40)
    change(copy, "Inventory", "2026-01-31", "9999-12-31")

    lines, figures = run(copy)

    assert figures["people"] == 6
    assert "\x1b" not in "".join(lines)
    assert max(map(len, lines)) < 400


# --- A later export --------------------------------------------------------------------------------------------------
def test_a_later_export_closes_what_was_open(copy, small):
    change(copy, "Exit", "X4,E4,C4,2026-01-07,30,,2026-01-30 10:00:00", "X4,E4,C4,2026-01-28,30,,")
    change(
        copy, "Inventory", "I2,P-EE,XX-500,1,1,0,3,1,2026-01-11,,", "I2,P-EE,XX-500,1,1,0,3,1,2026-01-11,2026-01-25,"
    )
    change(copy, "Client", "C1,Ana", "C1,Otra")
    Person.objects.filter(external_ref="C1").update(given_names="Anita")  # What the staff corrected stays.

    run(copy)

    assert Stay.objects.get(external_ref="E4").departed_at == datetime(2026, 1, 28, 7, tzinfo=TIJUANA)
    periods = BedPeriod.objects.filter(bed__space__external_ref="I2")
    assert {period.nights for period in periods} == {DateRange(date(2026, 1, 11), date(2026, 1, 26))}
    assert Person.objects.get(external_ref="C1").given_names == "Anita"
    assert_nights_agree(copy, every(1, date(2025, 12, 31), date(2026, 2, 2)))


def test_what_a_later_export_deletes_counts_no_more(copy, small):
    change(copy, "Enrollment", "E7,C6,P-EE,2026-01-09,H4,1,", "E7,C6,P-EE,2026-01-09,H4,1,2026-02-03 10:00:00")
    change(copy, "Enrollment", "E12,C4,P-NN,2026-01-21,H6,1,", "E12,C4,P-NN,2026-01-21,H6,1,2026-02-03 10:00:00")
    change(copy, "Services", "S4,E11,C2,2026-01-20,200,200,", "S4,E11,C2,2026-01-20,200,200,2026-02-03 10:00:00")

    run(copy)

    assert Stay.objects.get(external_ref="E7").voided_at is not None
    assert not BedNight.objects.filter(person__external_ref__in=["C2", "C4"]).exists()
    assert_nights_agree(copy, every(1, date(2025, 12, 31), date(2026, 2, 2)))


def test_who_has_a_bed_here_is_not_sent_away_by_an_export(copy, small):
    bed = Bed.objects.filter(space__external_ref="I2").first()
    for ref, place in (("E4", {"bed": bed}), ("E20", {"bed": None, "space": bed.space})):
        PlacementFactory(stay=Stay.objects.get(external_ref=ref), **place)
    change(copy, "Exit", "X4,E4,C4,2026-01-07,30,,2026-01-30 10:00:00", "X4,E4,C4,2026-01-28,30,,")
    change(copy, "Enrollment", "E20,C3,P-EE,2026-01-12,H1,5,", "E20,C3,P-EE,2026-01-12,H1,5,2026-02-03 10:00:00")

    lines, _ = run(copy)

    assert {"Exit:5", "Enrollment:22"} <= set(listed(lines, "Kept"))
    assert not Stay.objects.filter(external_ref__in=["E4", "E20"]).exclude(departed_at=None, voided_at=None)
