"""A name looked for among a million people: the page of the search beside the bare trigram query.

The load that everything else is measured on has a fifth of that. This row has a database of its own, with one organisation and
nothing in it but people: their names are put together by the database from the syllables of names.py, and three in ten
surnames are one of four, as common as the most common ones are.
"""

from typing import Any
from unittest.mock import patch

from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from psycopg import Connection

from cases.views import people
from ngo.models import Membership, Organisation, Staff
from ngo.permissions import Role
from tests.bench import names
from tests.bench.measuring import PAGE_GOAL, Row, medians
from tests.bench.sites import Site

PEOPLE, RUNS = 1_000_000, 30
SLUG = "a-million"

FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE cases_person DISABLE TRIGGER USER;
DROP INDEX IF EXISTS person_name_trigrams;
WITH words AS (SELECT %(given)s::text[] AS given, %(beginnings)s::text[] AS beginnings, %(middles)s::text[] AS middles,
                      %(endings)s::text[] AS endings, %(common)s::text[] AS common),
lots AS (
    SELECT number, hashint4(number) AS one, hashint4(number + 1) AS two, hashint4(number + 2) AS three,
           hashint4(number + 3) AS four
    FROM generate_series(0, 7 * (%(people)s - 1), 7) AS number
)
INSERT INTO cases_person (organisation_id, given_names, first_surname, second_surname, preferred_name, sex, gender, born_on,
                          birth_precision, nationality, speaks, reads, diets, recorded_at, external_ref)
SELECT %(organisation)s,
    given[1 + abs(one %% cardinality(given))] || ' ' || given[1 + abs(two %% cardinality(given))],
    surname(three, beginnings, middles, endings, common), surname(four, beginnings, middles, endings, common),
    '', '', '', date '1950-01-01' + abs(number %% 27000), 'exact', 'HN', '{}', '{}', '{}', now(), ''
FROM words, lots;
CREATE INDEX person_name_trigrams ON cases_person USING gin (name_key gin_trgm_ops);
ALTER TABLE cases_person ENABLE TRIGGER USER;
"""
SURNAME = """
CREATE FUNCTION pg_temp.surname(lot int, beginnings text[], middles text[], endings text[], common text[]) RETURNS text
LANGUAGE sql IMMUTABLE RETURN CASE
    WHEN abs(lot %% 10) < 3 THEN common[1 + abs(lot / 10 %% cardinality(common))]
    ELSE beginnings[1 + abs(lot / 10 %% cardinality(beginnings))] || middles[1 + abs(lot / 1000 %% cardinality(middles))]
         || endings[1 + abs(lot / 100000 %% cardinality(endings))]
END
"""
RAW = """
WITH needle AS (SELECT posada_normalise(%(text)s) AS name)
SELECT person.id, given_names, first_surname, second_surname, preferred_name, born_on,
       word_similarity(needle.name, name_key) AS likeness
FROM cases_person person, needle
WHERE organisation_id = %(organisation)s AND (name_key %%> needle.name OR name_key LIKE '%%' || needle.name || '%%')
ORDER BY likeness DESC, name_key, id LIMIT 31
"""


def fill(owner: Connection, count: int = PEOPLE) -> None:
    """One organisation with so many people and somebody who may look for them; nothing where they are there already."""
    if owner.execute("SELECT 1 FROM ngo_organisation WHERE slug = %s", [SLUG]).fetchone():
        return
    organisation = Organisation.objects.create(name="A million", slug=SLUG)
    staff = Staff.objects.create_user("million@bench.example", name="Bench")
    Membership.objects.create(
        staff=staff, organisation=organisation, role=Role.COORDINATOR, accepted_at=staff.date_joined
    )
    facts = {
        "given": names.GIVEN + names.HAITIAN,
        "common": names.COMMON,
        "people": count,
        "organisation": organisation.pk,
    }
    facts |= {
        "beginnings": names.BEGINNINGS,
        "middles": names.MIDDLES,
        "endings": names.ENDINGS + names.HAITIAN_ENDINGS,
    }
    with owner.transaction():
        owner.execute(SURNAME.replace("%%", "%"))
        for statement in FILL.replace("surname(", "pg_temp.surname(").split(";\n"):
            if statement.strip():
                owner.execute(statement, facts if "%(" in statement else None)
    owner.execute("VACUUM (ANALYZE) cases_person")


def measure(site: Site, runs: int = RUNS) -> Row:
    """The search as its view runs it, with the line in the read log, beside the query alone: what a desk types, one by one."""
    with site.using():
        organisation = Organisation.objects.get(slug=SLUG)
        staff = Membership.objects.get(organisation=organisation).staff
        texts = texts_of(organisation)

    def ours(run: int) -> Any:
        with site.using():
            return search(staff, texts[run % len(texts)])

    def raw(run: int) -> Any:
        return site.by_hand.execute(RAW, {"text": texts[run % len(texts)], "organisation": organisation.pk}).fetchall()

    mine, bare = medians([ours, raw], runs, warm=2)
    with site.using(), CaptureQueriesContext(site.wrapper) as captured:
        search(staff, texts[0])
    asked = [query for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    return Row("name-search-1m", mine, "ms", bare, PAGE_GOAL, queries=len(asked))


def search(staff: Staff, text: str) -> dict[str, Any]:
    """The answer of the page, without drawing it."""
    request: Any = RequestFactory().post("/", {"text": text})
    request.user, request.session, request.htmx = staff, {}, False
    with patch.object(people, "render", lambda _request, _template, context: context):
        return people.people(request)


def texts_of(organisation: Organisation) -> list[str]:
    """Whole names without accents and names with a surname dropped, of people from all over the list."""
    ids = organisation.people.order_by("pk")
    count = ids.count()
    some = [ids[place * count // 12] for place in range(12)]
    return [
        text for one in some for text in (one.full_name.lower(), f"{one.given_names.split()[0]} {one.first_surname}")
    ]
