"""Papers of a family: what is kept of them, where, who opens them, and what is never taken for a paper."""

import os
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.models import Document, DocumentKind, SeenAs
from cases.services import documents as services
from cases.services.documents import Facts, add_document, put_back, remove_document
from ngo import crypto, vault
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.papers import MOST_BYTES, Paper, examine
from ngo.permissions import GRANTS, Permission, Role
from tests.cases.papers import PROGRAM, pdf, photo, photo_with_a_place
from tests.factories import DocumentFactory, FamilyFactory, StaffFactory


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_FOLDER = tmp_path / "documents"
    return settings.DOCUMENTS_FOLDER


@pytest.fixture
def keeper(db):
    return StaffFactory(role=Role.CASEWORKER)


@pytest.fixture
def family(keeper):
    return FamilyFactory(ages=[34, 9], organisation=keeper.organisation)


@pytest.fixture
def lawyer(keeper):
    return StaffFactory(role=Role.LEGAL, organisation=keeper.organisation)


def facts(**more):
    return Facts(**{"kind": DocumentKind.PASSPORT, **more})


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


# --- What a file is --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (PROGRAM, "is a program"),
        (b"\x7fELF" + bytes(60), "is a program"),
        (b"#!/bin/sh\nrm -rf /\n", "is a program"),
        (b"PK\x03\x04" + bytes(60), "Office document or a ZIP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "web page or a drawing"),
        (b"\n <!DOCTYPE html><script>alert(1)</script>", "web page or a drawing"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(60), "HEIC"),
        (b"GIF89a" + bytes(60), "neither a photo nor a PDF"),
        (b"just words", "neither a photo nor a PDF"),
        (photo()[:60], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "damaged"),
        (b"%PDF-1.7\nno more", "cannot be read whole"),
        (pdf()[:-6], "cannot be read whole"),
        (pdf() + bytes(2000), "cannot be read whole"),
        (pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "holds a program"),
        (pdf(b"/OpenAction<</S/J#61vaScript/J#53 (app.alert(1))>>"), "holds a program"),
        (pdf(b"/Names<</EmbeddedFiles 9 0 R>>"), "holds a program"),
        (pdf(b"/AA<</O<</S/Launch/F(cmd.exe)>>>>"), "holds a program"),
        (pdf(stream=b"7 0 <</S/JavaScript/JS(app.alert(1))>>"), "holds a program"),
        (pdf(stream=b"0" * (49 * 2**20)), "unpacks to far more"),
        (pdf(b"/Encrypt 9 0 R"), "locked with a password"),
        (b"x" * (MOST_BYTES + 1), "larger than 8 MB"),
    ],
)
def test_what_is_not_a_photo_or_a_pdf_is_refused_by_its_content(content, sentence):
    with pytest.raises(Refused, match=sentence):
        examine(content)


def test_a_photo_of_too_many_pixels_is_refused_before_it_is_unpacked():
    with pytest.raises(Refused, match="too many pixels"):
        examine(photo("PNG", size=(9000, 9000)))


def test_three_letters_in_a_scanned_page_are_no_program():
    scan = b"5 0 obj<</Subtype/Image/Filter/DCTDecode>>stream\n" + b"\xff/JS \x00/Launch " * 50 + b"endstream endobj\n"
    content = pdf().replace(b"trailer", scan + b"trailer")
    assert examine(content) == Paper("application/pdf", content)


def test_of_a_photo_only_the_picture_is_kept():
    """Where it was taken, its texts and what hangs behind its end are gone; and it stands upright."""
    kept = examine(photo_with_a_place() + b"<script>alert(1)</script>")

    assert kept.kind == "image/jpeg"
    assert b"Casa de prueba" not in kept.content
    assert b"script" not in kept.content
    with Image.open(BytesIO(kept.content)) as image:
        assert image.size == (40, 60)
        assert not image.getexif()


@pytest.mark.parametrize(("sent", "kept"), [("PNG", "image/png"), ("WEBP", "image/jpeg"), ("JPEG", "image/jpeg")])
def test_a_photo_is_written_anew(sent, kept):
    assert examine(photo(sent)).kind == kept


# --- The folder ------------------------------------------------------------------------------------------------------
def test_the_bytes_on_the_disk_are_encrypted_under_a_random_name(folder, keeper, family):
    content = pdf(b"/Title(Confidencial de prueba)")
    row = add_document(family=family, facts=facts(), paper=examine(content), by=keeper)

    [path] = files(folder)
    assert path.name == row.file_name
    assert len(row.file_name) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"Confidencial" not in path.read_bytes()
    assert b"PDF" not in path.read_bytes()
    assert services.content_of(row) == content


def test_the_key_of_a_file_stands_in_no_history(keeper, family):
    row = add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e.*)::text FROM cases_documentevent e")
        assert [line for (line,) in cursor.fetchall() if row.file_key in line or "file_key" in line] == []


def test_a_file_opens_with_its_own_row_alone(folder, keeper, family):
    """Files that are exchanged on the disk, or altered there, do not open; nor does a path in place of a name."""
    one, two = (add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper) for _ in range(2))
    here, there = vault._place(one.file_name), vault._place(two.file_name)
    here.write_bytes(there.read_bytes())
    with pytest.raises(vault.Missing):
        vault.read(one.file_name, two.file_key)
    with pytest.raises(Refused, match="not where it should be"):
        services.content_of(one)
    with pytest.raises(vault.Missing):
        vault.read("../../secrets.json", two.file_key)


def test_keys_are_changed_without_touching_a_file(settings, keeper, family):
    row = add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert services.content_of(row) == pdf()

    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    with pytest.raises(crypto.WrongKey):
        services.content_of(row)


def test_a_request_that_fails_leaves_at_most_a_file_that_the_sweep_takes_away(folder, keeper, family):
    def die():
        with transaction.atomic():
            add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
            raise RuntimeError("the machine dies")

    with pytest.raises(RuntimeError, match="dies"):
        die()
    kept = add_document(family=family, facts=facts(), paper=examine(photo()), by=keeper)
    draft = folder / kept.file_name[:2] / ".half"
    draft.write_bytes(b"half")
    assert len(files(folder)) == 3

    assert services.sweep() == services.Swept(0, 0, 0)  # It may belong to a request that goes on.
    for path in files(folder):
        os.utime(path, (0, 0))
    assert services.sweep() == services.Swept(erased=0, orphans=1, drafts=1)
    assert [path.name for path in files(folder)] == [kept.file_name]


def test_a_folder_that_is_newer_than_the_table_is_not_emptied(folder, monkeypatch, keeper, family):
    """As after a restore of an older copy of the database alone."""
    monkeypatch.setattr(services, "MOST_ORPHANS", 2)
    for _ in range(3):
        vault.store(b"a paper")
    for path in files(folder):
        os.utime(path, (0, 0))

    assert services.sweep().orphans == 0
    assert len(files(folder)) == 3


def test_nothing_of_a_file_is_written_where_the_disk_is_full(folder, monkeypatch, keeper, family):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vault.os, "fsync", full)
    folder.mkdir()
    with pytest.raises(OSError, match="No space"), transaction.atomic():
        add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    assert files(folder) == []
    assert not Document.objects.exists()


def test_after_a_restore_one_command_says_what_is_missing(folder, keeper, family):
    rows = [add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper) for _ in range(3)]
    add_document(family=family, facts=facts(), by=keeper)
    out, err = StringIO(), StringIO()
    call_command("check_documents", stdout=out)
    assert out.getvalue() == "3 whole, 0 named by no document\n"

    vault.erase(rows[0].file_name)
    vault._place(rows[1].file_name).write_bytes(b"another thing")
    vault.store(b"nobody's")
    with pytest.raises(CommandError, match="no file that can be read"):
        call_command("check_documents", stdout=(out := StringIO()), stderr=err)
    assert out.getvalue() == "1 whole, 1 named by no document\n"
    assert err.getvalue() == f"1 missing: {rows[0].pk}\n1 altered, or of other keys: {rows[1].pk}\n"


# --- Kept, corrected, removed ----------------------------------------------------------------------------------------
def test_a_paper_may_have_been_seen_without_a_copy(folder, keeper, family):
    row = add_document(family=family, facts=facts(seen_as=SeenAs.ORIGINAL, person=family.people[1]), by=keeper)
    assert (row.has_file, row.is_expired_on(date.today())) == (False, None)
    assert files(folder) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "exe"}, "Choose the kind"),
        ({"seen_as": "heard"}, "Choose the kind"),
        ({"kind": DocumentKind.OTHER, "what": "  "}, "what paper it is"),
        ({"expires_on": date(2027, 1, 1), "never_expires": True}, "not both"),
        ({"expires_on": date(2127, 1, 1)}, "Check the year"),
        ({"is_legal": True}, "Only the legal team"),
    ],
)
def test_what_cannot_be_is_refused(keeper, family, given, sentence):
    with pytest.raises(Refused, match=sentence):
        add_document(family=family, facts=facts(**given), by=keeper)
    assert not Document.objects.exists()


def test_a_paper_of_somebody_elses_family_is_refused(keeper, family):
    stranger = FamilyFactory(organisation=keeper.organisation).people[0]
    with pytest.raises(Refused, match="not of this family"):
        add_document(family=family, facts=facts(person=stranger), by=keeper)


def test_a_renewed_paper_takes_the_place_of_the_old_one_once(keeper, family):
    old = DocumentFactory(family=family, expires_on=date.today())
    other = DocumentFactory(family=FamilyFactory(organisation=keeper.organisation))
    new = add_document(family=family, facts=facts(expires_on=date.today()), by=keeper, replaces=old)

    assert list(Document.objects.expiring(date.today())) == [new]
    for again, sentence in ((old, "replaced that paper already"), (other, "of another family")):
        with pytest.raises(Refused, match=sentence):
            add_document(family=family, facts=facts(), by=keeper, replaces=again)


def test_a_case_of_some_of_a_family_has_their_papers_and_those_of_all(keeper, family, django_assert_num_queries):
    mother, child = family.people
    whole = DocumentFactory(family=family)
    hers = DocumentFactory(family=family, person=mother)
    DocumentFactory(family=family, person=child)
    old = DocumentFactory(family=family, person=mother)
    new = DocumentFactory(family=family, person=mother, replaces=old)
    with django_assert_num_queries(1):
        assert set(Document.objects.about([mother], family)) == {whole, hers, new}
    assert set(Document.objects.about([mother], None)) == {hers, new}


def test_what_is_removed_can_be_put_back_for_thirty_days_and_is_then_erased(
    folder, keeper, family, django_capture_on_commit_callbacks
):
    row = add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    with pytest.raises(Refused, match="Write why"):
        remove_document(document=row, reason=" ", by=keeper)
    remove_document(document=row, reason="Of somebody else", by=keeper)
    with pytest.raises(Refused, match="removed this document meanwhile"):
        remove_document(document=row, reason="Again", by=keeper)
    assert services.sweep().erased == 0
    put_back(document=row)
    assert services.content_of(row) == pdf()

    remove_document(document=row, reason="Of somebody else", by=keeper)
    Document.objects.update(removed_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert services.sweep().erased == 1
    row.refresh_from_db()
    assert (row.has_file, row.file_key, files(folder)) == (False, "", [])
    with pytest.raises(Refused, match="more than 30 days ago"):
        put_back(document=row)


# --- Who opens them --------------------------------------------------------------------------------------------------
def test_only_these_roles_keep_papers():
    assert {role for role in Role if Permission.KEEP_DOCUMENTS in GRANTS[role]} == {
        Role.CASEWORKER,
        Role.LEGAL,
        Role.COORDINATOR,
    }


def test_a_paper_for_the_legal_team_is_there_for_nobody_else(client, keeper, lawyer, family):
    row = add_document(
        family=family, facts=facts(is_legal=True, expires_on=date.today()), paper=examine(pdf()), by=lawyer
    )
    coordinator = StaffFactory(role=Role.COORDINATOR, organisation=keeper.organisation)
    for staff, status in ((keeper, 404), (coordinator, 404), (lawyer, 200)):
        client.force_login(staff)
        for name in ("document", "document_file"):
            assert client.get(reverse(f"cases:{name}", args=[row.pk])).status_code == status
        for page in (reverse("cases:documents"), reverse("cases:family_documents", args=[family.pk])):
            assert ("Passport" in client.get(page).content.decode()) == (staff == lawyer)


def test_the_file_is_served_as_what_it_is_kept_by_nobody_and_each_opening_is_recorded(client, keeper, family):
    scan = add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    picture = add_document(family=family, facts=facts(), paper=examine(photo()), by=keeper)
    client.force_login(keeper)

    answer = client.get(reverse("cases:document_file", args=[scan.pk]))
    assert answer.content == pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="passport-{scan.pk}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"

    shown = client.get(reverse("cases:document_file", args=[picture.pk]))
    assert (shown["Content-Type"], shown["Content-Disposition"][:6]) == ("image/jpeg", "inline")
    lines = ReadLog.objects.filter(what="document_file").order_by("pk").values_list("subject_id", "staff")
    assert list(lines) == [(scan.pk, keeper.pk), (picture.pk, keeper.pk)]


def test_a_paper_without_a_copy_or_with_a_lost_file_says_so(client, keeper, family):
    client.force_login(keeper)
    bare = add_document(family=family, facts=facts(), by=keeper)
    lost = add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    vault.erase(lost.file_name)
    for row, sentence in ((bare, "No copy of this paper"), (lost, "not where it should be")):
        answer = client.get(reverse("cases:document_file", args=[row.pk]))
        assert answer.status_code == 409
        assert sentence in answer.content.decode()


# --- Pages -----------------------------------------------------------------------------------------------------------
def send(client, family, file=None, **more):
    form = {"kind": "passport", "person": "", "seen_as": "original", **more}
    return client.post(reverse("cases:document_new", args=[family.pk]), form | ({"file": file} if file else {}))


def test_a_paper_is_added_with_its_photo(client, keeper, family):
    client.force_login(keeper)
    answer = send(
        client,
        family,
        SimpleUploadedFile("mi pasaporte.jpg", photo(), "image/jpeg"),
        person=str(family.people[0].pk),
        expires_on_day="5",
        expires_on_month="3",
        expires_on_year="2030",
    )

    row = Document.objects.get()
    assert answer.url == reverse("cases:family_documents", args=[family.pk])
    assert (row.person, row.expires_on, row.file_kind) == (family.people[0], date(2030, 3, 5), "image/jpeg")
    page = client.get(answer.url).content.decode()
    assert "Good until 5 Mar 2030" in page
    assert "A copy is kept" in page


def test_a_program_named_pdf_gets_a_sentence_at_its_field_and_nothing_is_kept(client, keeper, family, folder):
    client.force_login(keeper)
    answer = send(client, family, SimpleUploadedFile("acta.pdf", PROGRAM, "application/pdf"), what="Acta")

    assert answer.context["form"].errors["file"] == [
        "This file is a program, whatever its name says. Only photos and PDF are kept. Delete it."
    ]
    assert 'id="id_file_error"' in answer.content.decode()
    assert (Document.objects.count(), files(folder)) == (0, [])


def test_a_file_that_is_too_large_gets_its_sentence(client, keeper, family):
    client.force_login(keeper)
    for size in (MOST_BYTES + 1, 12 * 2**20):
        answer = send(client, family, SimpleUploadedFile("acta.pdf", pdf() + bytes(size)))
        assert "larger than 8 MB" in answer.context["form"].errors["file"][0]


def test_facts_are_corrected_removed_and_put_back_on_its_page(client, keeper, family):
    client.force_login(keeper)
    row = add_document(family=family, facts=facts(), paper=examine(pdf()), by=keeper)
    page = reverse("cases:document", args=[row.pk])
    client.post(page, {"kind": "curp", "person": "", "seen_as": "copy", "never_expires": "on"})
    row.refresh_from_db()
    assert (row.kind, row.seen_as, row.never_expires) == ("curp", "copy", True)

    assert client.post(reverse("cases:document_remove", args=[row.pk]), {"reason": ""}).url == page
    client.post(reverse("cases:document_remove", args=[row.pk]), {"reason": "Is of another family"})
    listed = client.get(reverse("cases:family_documents", args=[family.pk])).content.decode()
    assert "Is of another family" in listed
    assert "Put back" in listed
    client.post(reverse("cases:document_put_back", args=[row.pk]))
    row.refresh_from_db()
    assert row.removed_at is None


@pytest.mark.parametrize("papers", [1, 30])
def test_lists_ask_the_same_number_of_queries_whatever_their_length(
    client, keeper, family, papers, django_assert_num_queries
):
    client.force_login(keeper)
    for person in [None, *family.people] * (papers // 3 + 1):
        DocumentFactory(family=family, person=person, expires_on=date.today(), added_by=keeper)
    client.get(reverse("cases:documents"))
    with django_assert_num_queries(10):
        client.get(reverse("cases:documents"))
    with django_assert_num_queries(10):
        client.get(reverse("cases:family_documents", args=[family.pk]))
