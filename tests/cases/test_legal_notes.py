"""Notes in confidence: the legal role alone knows what is in them, and that they are there."""

from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from cases.models import LegalNote
from cases.services.legal_aid import write_legal_note
from ngo.errors import Refused
from ngo.models import ReadLog, Staff
from ngo.permissions import GRANTS, Permission, Role
from tests.factories import FamilyFactory, MembershipFactory, StaffFactory
from tests.looking import answer_of, reading, tables_in, written_since, written_so_far
from tests.test_architecture import routes
from tests.test_pages import rows, url
from tests.world import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
SECRET = "Lo que dijo ante la jueza de prueba"


@pytest.fixture
def lawyer():
    return StaffFactory(role=Role.LEGAL)


@pytest.fixture
def family(lawyer):
    return FamilyFactory(organisation=lawyer.organisation)


def test_only_the_legal_role_holds_the_right():
    assert {role for role in Role if Permission.KEEP_LEGAL_NOTES in GRANTS[role]} == {Role.LEGAL}


def test_a_note_is_written_and_read_on_its_page_and_the_reading_is_logged(client, lawyer, family):
    client.force_login(lawyer)
    address = reverse("cases:legal_notes", args=[family.pk])

    answer = client.post(address, {"text": SECRET})
    page = client.get(answer.url).content.decode()

    assert SECRET in page
    assert lawyer.name in page
    assert [(line.what, line.subject_id, line.count) for line in ReadLog.objects.all()] == [
        ("legal_notes", family.pk, None)
    ]


def test_what_is_empty_or_too_long_is_not_kept(lawyer, family):
    for text, sentence in (("  ", "The note is empty"), ("x" * 20_001, "Split this one in two")):
        with pytest.raises(Refused, match=sentence):
            write_legal_note(family=family, text=text, by=lawyer)
    assert not LegalNote.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.LEGAL])
def test_no_other_role_opens_writes_or_finds_one(client, lawyer, family, role):
    write_legal_note(family=family, text=SECRET, by=lawyer)
    staff = StaffFactory(organisation=lawyer.organisation, role=role)
    client.force_login(staff)
    address = reverse("cases:legal_notes", args=[family.pk])

    assert client.get(address).status_code == client.post(address, {"text": "x"}).status_code == 403
    assert not LegalNote.objects.visible_to(staff).exists()
    with pytest.raises(Refused, match="does not open legal notes"):
        write_legal_note(family=family, text="x", by=staff)


def test_the_legal_team_of_another_organisation_finds_nothing(client, lawyer, family):
    write_legal_note(family=family, text=SECRET, by=lawyer)
    stranger = StaffFactory(role=Role.LEGAL)
    client.force_login(stranger)
    address = reverse("cases:legal_notes", args=[family.pk])

    assert client.get(address).status_code == client.post(address, {"text": "x"}).status_code == 404
    assert not LegalNote.objects.visible_to(stranger).exists()
    with pytest.raises(Refused, match="another organisation"):
        write_legal_note(family=family, text="x", by=stranger)


def test_the_text_is_encrypted_in_the_table_and_in_its_history(lawyer, family):
    write_legal_note(family=family, text=SECRET, by=lawyer)

    with connection.cursor() as cursor:
        for table in ("cases_legalnote", "cases_legalnoteevent"):
            cursor.execute(f"SELECT text, to_jsonb({table}.*)::text FROM {table}")
            stored = cursor.fetchall()
            assert len(stored) == 1
            assert stored[0][0].startswith("gAAAA")
            assert "jueza" not in stored[0][1]


class Crawl:
    """What each of these sees of the site, without what changes from one opening to the next, and the tables that it read:
    {(who, page): answer}, {(who, page): names of tables}."""

    def __init__(self, world, who, posts, only=None):
        self.seen, self.read, self.only = {}, {}, only
        for name, staff in who.items():
            mark = transaction.savepoint()  # What a page writes in the read log must not be there the next time.
            client = Client()
            client.force_login(staff)
            for row in rows() if name not in Role else ():  # For the roles tests/test_pages.py opens every page.
                self.ask((name, row["route"]), client.get, url(row["route"], world))
            for number, (address, data) in enumerate(posts):
                self.ask((name, f"{address} {number}"), client.post, address, data)
            if name == "administrator":
                for address in installation_pages():
                    self.ask(("installation", address), client.get, address)
            transaction.savepoint_rollback(mark)

    def ask(self, key, method, *words):
        if self.only is not None and key not in self.only:
            return
        with reading() as captured:
            self.seen[key] = answer_of(method(*words))
        self.read[key] = tables_in(captured)


def installation_pages():
    """The addresses of the administrator's site that need no row."""
    for name, _view in routes():
        if name.startswith("admin:") and "logout" not in name:
            with suppress(NoReverseMatch):
                yield reverse(name)


def test_no_search_and_no_page_shows_the_administrator_or_a_stranger_that_there_is_a_note():
    """A search, for every role of ours but the legal one; every page (lists, file, history, read log, exports, downloads) for
    strangers and for the administrator of the installation. A page that reads no table in which a note leaves anything cannot
    show it; each of the others is letter by letter the same before a note and after it."""
    world, other = make_world("Nuestra"), make_world("Ajena")
    legal = world.staff[Role.LEGAL]
    administrator = Staff.objects.create_superuser("raiz@prueba.example", name="Administración de prueba")
    working = Staff.objects.create_superuser("raiz2@prueba.example", name="Administración que coordina")
    MembershipFactory(staff=working, organisation=world.organisation, role=Role.COORDINATOR)
    who = {role.value: world.staff[role] for role in Role if role != Role.LEGAL}
    who |= {"administrator": administrator, "coordinating administrator": working}
    who["legal of another organisation"] = other.staff[Role.LEGAL]
    search = [(reverse("cases:people"), {"text": SECRET}), (reverse("cases:people"), {"text": world.family.folio})]
    notes = reverse("cases:legal_notes", args=[world.family.pk])
    LegalNote.objects.filter(family=world.family).delete()
    open_as(legal, notes)

    before = Crawl(world, who, search)
    written = written_so_far()
    write_legal_note(family=world.family, text=SECRET, by=legal)
    left_in = written_since(written)
    may_differ = {key for key, tables in before.read.items() if tables & left_in}
    after = Crawl(world, who, search, only=may_differ)

    assert {"cases_legalnote", "cases_legalnoteevent"} <= left_in
    assert [key for key in after.seen if before.seen[key] != after.seen[key]] == []
    assert [key for key, (_status, page) in after.seen.items() if SECRET in page] == []
    assert len(before.seen) > 500
    with reading() as captured:
        assert SECRET in open_as(legal, notes)
    assert tables_in(captured) & left_in  # Whoever reads it is seen to read it.


def open_as(staff, address):
    client = Client()
    client.force_login(staff)
    return client.get(address).content.decode()


def test_the_administrators_site_knows_no_legal_note():
    from ngo.admin import installation

    assert {model._meta.model_name for model in installation._registry if "legal" in model._meta.model_name} == set()
