"""Who may open which page, and that no organisation sees another's people.

The matrix (permission_matrix.csv) is the promise, one row per route: the status of a GET (POST where a page answers only that)
for nobody, for each role in its own organisation, and for a coordinator of another organisation. A new route without a row fails.
`POSADA_WRITE_MATRIX=1` writes what the pages answer now; read the difference before you commit it.
"""

import csv
import os
from collections.abc import Iterable
from copy import copy
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from cases.models import Group, SharedFact
from ngo.models import ReadLog
from ngo.permissions import GRANTS, Permission, Role
from tests.factories import ReferralFactory, ShelterFactory, StaffFactory
from tests.looking import (
    Look,
    NoNameOnTheOutside,
    NoSignOfALegalNote,
    NothingOfTheirs,
    Opened,
    reading,
    tables_in,
    text_of,
)
from tests.test_architecture import our_routes
from tests.world import World, make_world

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(600),
]  # Every page for everyone takes minutes on a busy machine.
MATRIX = Path(__file__).with_name("permission_matrix.csv")
COLUMNS = ["route", "method", "nobody", *[role.value for role in Role], "stranger"]

# What stands in a route's address, by the route or by the name of the argument.
ARGUMENTS = {
    "cases:calendar_feed": lambda world: {"token": "no-such-token"},
    "cases:group": lambda world: {"group": Group.UNDECIDED},
    "cases:child_alert": lambda world: {"pk": world.alert.pk},
    "cases:child_alert_close": lambda world: {"pk": world.alert.pk},
    # Cases: which of them a page is about.
    **{
        f"cases:case_return{name}": lambda world: {"process_id": world.extra["return_case"].pk}
        for name in ("", "_new", "_date", "_undate", "_travelled")
    },
    "cases:case_return_check": lambda world: {
        "process_id": world.extra["return_case"].pk,
        "person_id": world.waiting.people[0].pk,
        "what": "health",
    },
    "cases:case_return_rights": lambda world: {
        "process_id": world.extra["return_case"].pk,
        "person_id": world.waiting.people[0].pk,
    },
    **{
        f"cases:case_a_number{name}": lambda world: {
            "process_id": world.extra["us_case"].pk,
            "person_id": world.waiting.people[0].pk,
        }
        for name in ("", "_show")
    },
    "cases:case_turn_new": lambda world: {"process_id": world.extra["us_case"].pk},
    "cases:reminders_words_review": lambda world: {"message": "reminder", "language": "ht"},
    "cases:child_placed": lambda world: {"pk": world.alert.pk},
    "cases:child_plan": lambda world: {"pk": world.alert.pk},
    "cases:reminders_told_of_other_date": lambda world: {"notice_id": world.extra["other_notice"].pk},
    "cases:source_rule_switch": lambda world: {"rule_id": world.extra["source_rule"].pk},
    "shelters:statement": lambda world: {"act_id": world.extra["departure"].pk},
    "ngo:accept_invitation": lambda world: {"token": "no-such-token"},
    "ngo:catalogue_city_edit": lambda world: {"pk": world.city.pk},
    "ngo:catalogue_office_edit": lambda world: {"pk": world.office.pk},
    "ngo:resend_invitation": lambda world: {"pk": world.invited.pk},
    "ngo:staff_edit": lambda world: {"pk": world.membership.pk},
    "ngo:staff_end": lambda world: {"pk": world.membership.pk},
}
BY_NAME = {
    "slug": lambda world: world.shelter.slug,
    "space_id": lambda world: world.space.pk,
    "bed_id": lambda world: world.bed.pk,
    "family_id": lambda world: world.family.pk,
    "person_id": lambda world: world.person.pk,
    "phone_id": lambda world: world.extra["phone"].pk,
    "inbound_id": lambda world: world.extra["inbound"].pk,
    "channel": lambda world: "sms",
    "alert_id": lambda world: world.alert.pk,
    "stay_id": lambda world: world.stay.pk,
    "act_id": lambda world: world.act.pk,
    "placement_id": lambda world: world.hold.pk,
    "draft_id": lambda world: world.draft.pk,
    # Duplicates
    "pair_id": lambda world: world.extra["pair"].pk,
    "merge_id": lambda world: world.extra["merge"].pk,
    "notice_id": lambda world: world.extra["notice"].pk,
    "email_id": lambda world: world.extra["email"].pk,
    # Appointments
    "appointment_id": lambda world: world.extra["appointment"].pk,
    "awaited_id": lambda world: world.extra["awaited"].pk,
    "feed_id": lambda world: world.extra["feed"].pk,
    "kind_id": lambda world: world.extra["kind"].pk,
    "rule_id": lambda world: world.extra["rule"].pk,
    "reminder_id": lambda world: world.extra["reminder"].pk,
    "item_id": lambda world: world.extra["item"].pk,
    "lot_id": lambda world: world.extra["lot"].pk,
    "move_id": lambda world: world.extra["stock_move"].pk,
    "provider_id": lambda world: world.extra["provider"].pk,
    "slot_id": lambda world: world.extra["slot"].pk,
    "mark_id": lambda world: world.extra["mark"].pk,
    "turn_away_id": lambda world: world.extra["turn_away"].pk,
    "night": lambda world: world.extra["report"].night,
    "batch": lambda world: world.extra["extension"].batch,
    "entry_id": lambda world: world.extra["waiting"].pk,
    "space_rule_id": lambda world: world.extra["space_rule"].pk,
    "recipient_id": lambda world: world.extra["recipient"].pk,
    # Clocks
    "clock_id": lambda world: world.extra["clock"].pk,
    "closure_id": lambda world: world.extra["closure"].pk,
    "clock_rule_id": lambda world: world.extra["clock_rule"].pk,
    "result_id": lambda world: world.extra["clock_result"].pk,
    # Changes by authorities
    "event_id": lambda world: world.extra["authority_event"].pk,
    # Cases
    "process_id": lambda world: world.extra["case"].pk,
    "task_id": lambda world: world.extra["task"].pk,
    "duty_id": lambda world: world.extra["duty"].pk,
    "sign_in_id": lambda world: world.extra["sign_in"].pk,
    "turn_id": lambda world: world.extra["turn"].pk,
    "pathway_id": lambda world: world.extra["pathway"].pk,
    # Papers, consent and referrals
    "place_id": lambda world: world.extra["place"].pk,
    "document_id": lambda world: world.extra["document"].pk,
    "consent_id": lambda world: world.extra["consent"].pk,
    "referral_id": lambda world: world.extra["referral"].pk,
    "code": lambda world: world.extra["received"].code,
    "paper_code": lambda world: world.extra["shared_paper"].code,
    "number": lambda world: 1,  # Who is referred in it.
    # The door
    "passage_id": lambda world: world.extra["passage"].pk,
    "leave_id": lambda world: world.extra["leave"].pk,
    "trip_id": lambda world: world.extra["trip"].pk,
}
OPENED_BY = {"cases:legal_notes": Role.LEGAL}  # Where it is not the coordinator who may open everything.
SHARED = {
    "cases:calendar_feed",
    *("cases:hook_receipt", "cases:hook_written"),  # Nobody's: without a signature, 403 for everybody.
    "cases:reminders_words_review",  # The texts are the same for everyone.
    "ngo:catalogue_city_edit",
    "ngo:catalogue_office_edit",
    "cases:group",
    "ngo:accept_invitation",
}


def arguments(route: str, world: World) -> dict:
    """The arguments of a route, with the ids of a world."""
    if route in ARGUMENTS:
        return ARGUMENTS[route](world)
    names = argument_names(route)
    return {name: BY_NAME[name](world) for name in names}


def argument_names(route: str) -> list[str]:
    from django.urls import get_resolver

    namespace, _, name = route.rpartition(":")
    resolver = get_resolver()
    for part in filter(None, namespace.split(":")):
        resolver = resolver.namespace_dict[part][1]
    return list(resolver.reverse_dict.getlist(name)[0][0][0][1])


def url(route: str, world: World) -> str:
    try:
        return reverse(route, kwargs=arguments(route, world))
    except (NoReverseMatch, KeyError) as error:
        pytest.fail(f"Tell tests/test_pages.py what stands in the address of {route}: {error!r}")


def signed_in(staff) -> SimpleCookie:
    """The cookies of somebody who has signed in: one sign-in serves any number of clients."""
    client = Client()
    if staff:
        client.force_login(staff)
    return client.cookies


def visitor(cookies: SimpleCookie) -> Client:
    """A browser of their own for each request: what one answer puts there must not be there for the next."""
    client = Client(raise_request_exception=True)
    client.cookies = copy(cookies)
    return client


def answer(route: str, method: str, world: World, cookies: SimpleCookie) -> HttpResponse:
    return getattr(visitor(cookies), method.lower())(url(route, world))


@pytest.fixture
def ours():
    return make_world("Nuestra")


@pytest.fixture
def theirs():
    return make_world("Ajena")


def opener(route: str) -> Role:
    return OPENED_BY.get(route, Role.COORDINATOR)


def visitors(ours: World, theirs: World) -> dict[str, SimpleCookie]:
    """Everyone who comes by; a stranger is whoever may open most in the other organisation."""
    everyone = {"nobody": None, **{role.value: ours.staff[role] for role in Role}}
    strangers = {f"stranger {role}": theirs.staff[role] for role in {Role.COORDINATOR, *OPENED_BY.values()}}
    return {name: signed_in(staff) for name, staff in (everyone | strangers).items()}


def rows() -> list[dict]:
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def measured(
    route: str, method: str, ours: World, come: dict[str, SimpleCookie], looks: Iterable[Look] = ()
) -> dict[str, str]:
    """A row of the matrix as it is; each of `looks` is shown every answer to a GET."""
    answers = {}
    for name in COLUMNS[2:]:
        cookies = come[f"stranger {opener(route)}" if name == "stranger" else name]
        mark = transaction.savepoint()  # What a POST changed must not be there for the next visitor.
        with reading() as captured:
            response = (ask := partial(answer, route, method, ours, cookies))()
        transaction.savepoint_rollback(mark)
        answers[name] = str(response.status_code)
        if looks and method == "GET":
            opened = Opened(route, name, response, text_of(response), tables_in(captured), ask)
            for look in looks:
                look(opened)
    return {"route": route, "method": method} | answers


def test_every_route_stands_in_the_matrix(ours, theirs):
    routes = [name for name, _ in our_routes()]
    if os.environ.get("POSADA_WRITE_MATRIX") == "1":
        write_matrix(routes, ours, theirs)

    assert sorted({row["route"] for row in rows()}) == sorted(routes)


def write_matrix(routes: list[str], ours: World, theirs: World) -> None:
    lines, come = [], visitors(ours, theirs)
    for route in sorted(routes):
        opened = answer(route, "GET", ours, come[opener(route).value])
        method = "POST" if opened.status_code == 405 else "GET"
        lines.append(measured(route, method, ours, come))
    with MATRIX.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


@pytest.mark.parametrize("part", range(4))  # Four parts, so that several processes share them.
def test_each_page_answers_as_the_matrix_says_and_shows_nothing_that_it_must_not(ours, theirs, part):
    """Every page of ours, opened by everyone: the answer of the matrix, and what the looks say."""
    come = visitors(ours, theirs)
    looks = [NothingOfTheirs(theirs), NoNameOnTheOutside(ours), note := NoSignOfALegalNote(ours)]
    wrong = [
        (row["route"], name, f"says {row[name]}", f"is {found[name]}")
        for row in rows()[part::4]
        for found in [measured(row["route"], row["method"], ours, come, looks)]
        for name in COLUMNS[2:]
        if row[name] != found[name]
    ]
    assert wrong == []
    assert {type(look).__name__: look.found for look in looks if look.found} == {}
    assert {"cases_legalnote", "cases_legalnoteevent"} <= note.left_in


def test_the_looks_see_what_they_look_for(ours, theirs):
    """The legal team's page of notes, looked at as if the front desk of another organisation had got it."""
    note, foreign, outside = NoSignOfALegalNote(ours), NothingOfTheirs(ours), NoNameOnTheOutside(ours)
    ask = partial(answer, "cases:legal_notes", "GET", ours, signed_in(ours.staff[Role.LEGAL]))
    with reading() as captured:
        response = ask()
    response.headers["Location"] = f"/{ours.mark}/"
    page = Opened("cases:legal_notes", "front_desk", response, text_of(response), tables_in(captured), ask)
    for look in (note, foreign, outside):
        look(page)
    assert [look.found for look in (note, foreign, outside)] == [[("cases:legal_notes", "front_desk")]] * 3


def test_the_matrix_agrees_with_the_table_of_grants():
    """The matrix is written by machine and read by people: this holds it against the permissions themselves."""
    marks = {name: view.permission for name, view in our_routes()}
    wrong = []
    for row in rows():
        permission = marks[row["route"]]
        if permission == "public":
            continue
        for role in Role:
            refused = row[role.value] == "403"
            if refused != (Permission(permission) not in GRANTS[role]) and row[role.value] != "404":
                wrong.append((row["route"], role.value, row[role.value], permission))
        if row["nobody"] != "302":
            wrong.append((row["route"], "nobody", row["nobody"], permission))
    assert wrong == []


def test_another_organisations_rows_are_not_there():
    wrong = [
        (row["route"], row["stranger"])
        for row in rows()
        if argument_names(row["route"]) and row["route"] not in SHARED and row["stranger"] != "404"
    ]
    assert wrong == []


OF_A_HOUSE = {
    "act_id",
    "bed_id",
    "item_id",
    "leave_id",
    "lot_id",
    "mark_id",
    "move_id",
    "passage_id",
    "placement_id",
    "recipient_id",
    "slug",
    "space_id",
    "space_rule_id",
    "stay_id",
    "turn_away_id",
}


def test_who_is_posted_to_another_house_of_ours_finds_nothing_of_this_one(ours):
    """A posting limits shelters, boards and beds; people's files and children's alerts are the organisation's."""
    elsewhere = ShelterFactory(organisation=ours.organisation, beds=1)
    client = Client()
    client.force_login(
        StaffFactory(organisation=ours.organisation, role=Role.COORDINATOR, shelters=[elsewhere], language="en")
    )
    wrong = []
    for row in rows():
        if not OF_A_HOUSE & set(argument_names(row["route"])):
            continue
        for method in ("get", "post"):
            code = getattr(client, method)(url(row["route"], ours)).status_code
            if code not in {404, 405}:
                wrong.append((row["route"], method, code))
    assert wrong == []
    assert ours.shelter.name not in client.get(url("ngo:today", ours)).content.decode()
    assert ours.shelter.name not in client.get(url("shelters:family_beds", ours)).content.decode()


def test_with_the_other_organisations_ids_no_request_answers_or_changes_anything(ours, theirs):
    """Each route replayed by our coordinator with their ids, as GET and as POST. They have referred a family to us: that opens
    the referral's own page, which has a number of its own, and nothing by an id of theirs."""
    from django.db import connection

    ReferralFactory(family=theirs.family, to_organisation=ours.organisation, facts=[SharedFact.AGE])
    who = {opener(row["route"]) for row in rows()}
    come = {role: signed_in(ours.staff[role]) for role in who}
    before = fingerprint(connection)
    wrong = []
    for row in rows():
        if not argument_names(row["route"]) or row["route"] in SHARED:
            continue
        for method in ("GET", "POST"):
            response = answer(row["route"], method, theirs, come[opener(row["route"])])
            if response.status_code not in {404, 405} or theirs.mark in text_of(response):
                wrong.append((row["route"], method, response.status_code))
    assert wrong == []
    assert fingerprint(connection) == before


def fingerprint(connection) -> dict:
    """How many history rows stand in each table: any write would add one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ 'event$'")
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def test_pages_with_people_are_not_kept_by_the_browser(ours):
    client = Client()
    client.force_login(ours.staff[Role.COORDINATOR])
    for route in ("ngo:today", "shelters:board", "cases:family", "cases:people"):
        response = client.get(url(route, ours))
        assert "no-store" in response["Cache-Control"], route


@pytest.mark.parametrize("route", ["cases:family", "shelters:board"])
def test_opening_a_page_with_people_leaves_a_line_in_the_read_log(ours, route):
    client = Client()
    client.force_login(ours.staff[Role.COORDINATOR])
    before = ReadLog.objects.count()

    client.get(url(route, ours))

    assert ReadLog.objects.count() == before + 1
    assert ReadLog.objects.latest("pk").staff == ours.staff[Role.COORDINATOR]
