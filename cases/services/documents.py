"""Papers of a family: kept, replaced, corrected, removed, put back, and in the end erased.

The file is on the disk before the row is committed, and is taken off the disk after the row is: a machine that dies between the
two leaves a file that no row names, never a row without its file. `sweep` takes such files away (docs/documents.md).
"""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    KEPT_AFTER_REMOVAL,
    RESTRICTED_DOCUMENTS,
    Document,
    DocumentKind,
    Family,
    FamilyMember,
    Person,
    Process,
    SeenAs,
)
from ngo import vault
from ngo.errors import Refused
from ngo.models import Staff
from ngo.papers import Paper
from ngo.permissions import Permission, may

logger = logging.getLogger(__name__)

MOST_ORPHANS = 50  # A machine that dies leaves one or two.
ORPHAN_AFTER = timedelta(days=1)  # Far longer than any request lasts.
LONGEST_VALIDITY = 50  # Years ahead.


@dataclass(frozen=True)
class Facts:
    """What is written about a paper. Without `expires_on`, `never_expires` tells "does not expire" from "not known"."""

    kind: str
    seen_as: str = SeenAs.ORIGINAL
    person: Person | None = None  # None: of the whole family.
    what: str = ""
    expires_on: date | None = None
    never_expires: bool = False
    is_legal: bool = False
    process: Process | None = None  # The case that it is for,
    needed_as: str = ""  # and the paper of one of its steps that it is, by its code.


@transaction.atomic
def add_document(
    *, family: Family, facts: Facts, by: Staff, paper: Paper | None = None, replaces: Document | None = None
) -> Document:
    """Write down a paper that was seen, with its file where one is kept. `paper` comes from ngo.papers.examine.

    With `replaces` it takes the place of an older one, which stays and is no longer counted among those that end soon.
    """
    _check(family, facts, by)
    document = Document(family=family, added_by=by, replaces=_replaceable(replaces, family), **vars(facts))
    document.what = facts.what.strip()
    if paper is not None:
        stored = vault.store(paper.content)
        document.file_name, document.file_key, document.file_size = stored.name, stored.key, stored.size
        document.file_kind = paper.kind
    document.save()
    return document


@transaction.atomic
def correct_document(*, document: Document, facts: Facts, by: Staff) -> Document:
    """Correct what is written about a paper. The file stays; what stood there before stays in history."""
    row = _lock(document)
    _refuse_removed(row)
    _check(row.family, facts, by, before=row)
    for name, value in vars(facts).items():
        setattr(row, name, value)
    row.what = facts.what.strip()
    row.save(update_fields=list(vars(facts)))
    return row


@transaction.atomic
def remove_document(*, document: Document, reason: str, by: Staff) -> Document:
    """Take a document out of the file. For thirty days it can be put back, then its file is erased for good."""
    row = _lock(document)
    _refuse_removed(row)
    if not reason.strip():
        raise Refused(_("Write why it is removed."))
    row.removed_at, row.removed_by, row.removed_because = timezone.now(), by, reason.strip()
    row.save(update_fields=["removed_at", "removed_by", "removed_because"])
    return row


@transaction.atomic
def put_back(*, document: Document) -> Document:
    """Undo a removal, within thirty days of it."""
    row = _lock(document)
    if row.removed_at is None:
        raise Refused(_("This document is in the file: there is nothing to put back."))
    if row.removed_at < timezone.now() - KEPT_AFTER_REMOVAL:
        raise Refused(_("It was removed more than 30 days ago and its file is erased. Add the paper again."))
    row.removed_at, row.removed_by, row.removed_because = None, None, ""
    row.save(update_fields=["removed_at", "removed_by", "removed_because"])
    return row


def content_of(document: Document) -> bytes:
    """The file of a document, opened. Raises Refused where it cannot be."""
    if not document.has_file:
        raise Refused(_("No copy of this paper is kept here."))
    try:
        return vault.read(document.file_name, document.file_key)
    except vault.Missing as error:
        raise Refused(
            _(
                "The file of this document is not where it should be. Tell whoever looks after the server: it is in the copy."
            )
        ) from error


def _check(family: Family, facts: Facts, by: Staff, before: Document | None = None) -> None:
    if facts.kind not in DocumentKind.values or facts.seen_as not in SeenAs.values:
        raise Refused(_("Choose the kind of paper, and whether you saw the original, a copy or a photo."))
    if facts.kind == DocumentKind.OTHER and not facts.what.strip():
        raise Refused(_("Write what paper it is."))
    if facts.kind in RESTRICTED_DOCUMENTS and not may(by, Permission.VIEW_RESTRICTED_NEEDS):
        raise Refused(_("Your role does not keep papers about health or violence. Give it to the casework team."))
    if facts.is_legal and not may(by, Permission.KEEP_LEGAL_NOTES):
        raise Refused(_("Only the legal team keeps papers for itself. Leave that box empty."))
    if facts.person is not None and not _is_of(facts.person, family):
        raise Refused(_("This person is not of this family. Choose again."))
    if before is None or (facts.process, facts.needed_as) != (before.process, before.needed_as):
        _check_case(family, facts)
    if facts.expires_on and facts.never_expires:
        raise Refused(_("Write until when it is good, or mark that it does not expire: not both."))
    if facts.expires_on and facts.expires_on.year > timezone.localdate().year + LONGEST_VALIDITY:
        raise Refused(_("No paper is good for so long. Check the year."))


def _check_case(family: Family, facts: Facts) -> None:
    if facts.process is None:
        if facts.needed_as:
            raise Refused(_("Choose the case that asks for this paper."))
        return
    if facts.process.organisation_id != family.organisation_id or not _concerns(facts.process, family):
        raise Refused(_("That case is not of this family. Choose again."))
    if facts.needed_as and facts.needed_as not in papers_asked_for(facts.process):
        raise Refused(_("No step of that case asks for this paper. Choose again."))


def _concerns(process: Process, family: Family) -> bool:
    """A case that was opened for a family, or in which somebody is or was who is or was of it."""
    return process.family_id == family.pk or process.people.filter(person__family_memberships__family=family).exists()


def papers_asked_for(process: Process) -> dict[str, str]:
    """The papers that the steps of a case ask for: code and name, in the order of the steps."""
    steps = sorted(process.version.steps.all(), key=lambda step: step.position)
    return {paper.code: paper.name for step in steps for paper in step.needed}


def cases_for(family: Family, staff: Any) -> list[Process]:
    """The open cases that a paper of this family may be for, each with its steps. Three queries."""
    theirs = Q(family=family) | Q(people__person__family_memberships__family=family)
    keys = Process.objects.visible_to(staff).open().filter(theirs).order_by().values("pk")
    rows = Process.objects.filter(pk__in=keys).select_related("version").prefetch_related("version__steps")
    return list(rows.order_by("opened_at", "pk"))


def _is_of(person: Person, family: Family) -> bool:
    return FamilyMember.objects.filter(family=family, person=person).exists()


def _replaceable(document: Document | None, family: Family) -> Document | None:
    if document is None:
        return None
    row = _lock(document)
    _refuse_removed(row)
    if row.family_id != family.pk:
        raise Refused(_("That paper is of another family. Choose again."))
    if Document.objects.filter(replaces=row).exists():
        raise Refused(_("Somebody has replaced that paper already. Look at the list again."))
    return row


def _lock(document: Document) -> Document:
    rows = Document.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("family", "person", "process").get(pk=document.pk)


def _refuse_removed(row: Document) -> None:
    if row.removed_at is not None:
        raise Refused(_("Somebody has removed this document meanwhile. Put it back first."))


# --- The folder and the table ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Swept:
    """What a sweep took away, in files."""

    erased: int  # Removed more than thirty days ago.
    orphans: int  # Named by no row: their request never came to its end.
    drafts: int  # Begun and never finished.


def sweep() -> Swept:
    """Erase what was removed long enough ago, and take away what no row names."""
    erased = sum(_erase(pk) for pk in list(Document.objects.to_erase(timezone.now()).values_list("pk", flat=True)))
    orphans = _orphans()
    for name in orphans:
        vault.erase(name)
    return Swept(erased, len(orphans), vault.clear_drafts(ORPHAN_AFTER))


def _orphans() -> list[str]:
    """Old files that no row names. Where they are many the table is an older copy than the folder: then none is touched."""
    old = list(vault.old_names(ORPHAN_AFTER))
    known = set(Document.objects.filter(file_name__in=old).values_list("file_name", flat=True))
    orphans = [name for name in old if name not in known]
    if len(orphans) > MOST_ORPHANS:
        logger.warning(
            "%d files of documents are named by no row: nothing is erased. See docs/documents.md.", len(orphans)
        )
        return []
    return orphans


@transaction.atomic
def _erase(pk: int) -> int:
    """Forget the key and then the file of one document; one that was put back meanwhile is left alone."""
    row = Document.objects.select_for_update(no_key=True).to_erase(timezone.now()).filter(pk=pk).first()
    if row is None:
        return 0
    transaction.on_commit(partial(vault.erase, row.file_name))
    row.file_name, row.file_kind, row.file_size, row.file_key = "", "", 0, ""
    row.save(update_fields=["file_name", "file_kind", "file_size", "file_key"])
    return 1


@dataclass(frozen=True)
class Health:
    """How the folder and the table agree: ids of rows, never what is in them."""

    whole: int
    missing: list[int]
    altered: list[int]
    orphans: int


def check_files(*, opening: bool = True) -> Health:
    """Whether every row has its file; with `opening`, whether each can be opened and is as long as it was."""
    whole, missing, altered, known = 0, [], [], set()
    rows: Any = Document.objects.exclude(file_name="").order_by("pk").iterator()
    for row in rows:
        known.add(row.file_name)
        if not vault.is_there(row.file_name):
            missing.append(row.pk)
        elif opening and not _opens(row):
            altered.append(row.pk)
        else:
            whole += 1
    return Health(whole, missing, altered, len(set(vault.names()) - known))


def _opens(row: Document) -> bool:
    try:
        return len(vault.read(row.file_name, row.file_key)) == row.file_size
    except (vault.Missing, vault.WrongKey):
        return False
