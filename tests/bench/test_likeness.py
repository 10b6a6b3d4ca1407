"""The lists with a truth are compared by the service itself, and leave nothing behind."""

import psycopg
import pytest
from django.db import connection

from cases.models import Person, PossibleDuplicate
from ngo.models import Membership, Organisation
from tests.bench import likeness, million
from tests.bench.sites import Site

pytestmark = pytest.mark.django_db


def test_people_typed_twice_with_the_errors_of_the_desk_are_found_again():
    found, truth = likeness.es_ht(80)

    assert len(found & truth) >= 0.9 * len(truth)
    assert len(found - truth) <= 0.05 * len(truth)
    assert not (Person.objects.exists())
    assert not (PossibleDuplicate.objects.exists())
    assert not (Organisation.objects.exists())


def test_a_list_in_the_form_of_febrl_gives_its_two_rows(tmp_path):
    (tmp_path / "dataset1.csv").write_text(
        "rec_id, given_name, surname, date_of_birth\n"
        "rec-1-org, muestrina, pruebez, 19770714\n"
        "rec-1-dup-0, pruebez, mustrina, 19770714\n"
        "rec-2-org, ejemplino, ensayol, 19991332\n",
        encoding="utf-8",
    )
    (tmp_path / "febrl1_true_links.csv").write_text("id_1,id_2\nrec-1-dup-0,rec-1-org\n", encoding="utf-8")

    rows = {row.name: row for row in likeness.measure("febrl", febrl=tmp_path)}

    assert {name: row.value for name, row in rows.items()} == {
        "duplicates-febrl-precision": 1.0,
        "duplicates-febrl-recall": 1.0,
    }
    assert all(row.met for row in rows.values())


def test_without_the_data_set_there_are_no_rows_of_it(tmp_path):
    assert likeness.measure("febrl", febrl=tmp_path / "nowhere") == []


def test_a_name_is_looked_for_as_the_page_does_it_beside_the_bare_query(transactional_db):
    site = Site(connection.settings_dict["NAME"])
    with psycopg.connect(**connection_of(site), autocommit=True) as owner:
        million.fill(owner, 600)
        million.fill(owner, 600)  # A load that is kept is not filled twice.
    organisation = Organisation.objects.get(slug=million.SLUG)
    assert organisation.people.count() == 600

    row = million.measure(site, runs=2)

    assert (row.name, row.goal, row.queries) == ("name-search-1m", 3.0, 7)
    assert row.value > 0
    assert row.limit > 0
    text = million.texts_of(organisation)[0]
    with site.using():
        found = million.search(Membership.objects.get(organisation=organisation).staff, text)
    raw = site.by_hand.execute(million.RAW, {"text": text, "organisation": organisation.pk}).fetchall()
    assert [person.pk for person in found["persons"]] == [line[0] for line in raw][:30]
    assert found["persons"][0].full_name.lower() == text
    site.wrapper.close()
    site.by_hand.close()


def connection_of(site):
    parameters = site.wrapper.get_connection_params()
    return {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if name in parameters}
