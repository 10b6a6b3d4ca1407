"""Papers of a family: what was seen, and the file of it where one is kept (docs/documents.md).

The bytes stand outside the database, encrypted, under a random name. What opens them stands here and in no history.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Person
from cases.models.processes import Process
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.permissions import Permission, may

KEPT_AFTER_REMOVAL = timedelta(days=30)  # Until then a document that was removed can be put back.


class DocumentKind(models.TextChoices):
    PASSPORT = "passport", _("Passport")
    NATIONAL_ID = "national_id", _("National identity card")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificate")
    CONSULAR_ID = "consular_id", _("Consular card or travel document")
    FAMILY_PROOF = "family_proof", _("Proof of family: marriage, custody, a parent's permission")
    COMAR_QR = "comar_qr", _("COMAR: paper with the QR code (protects nobody yet)")
    CONSTANCIA = "constancia", _("COMAR: constancia")
    COMAR_DECISION = "comar_decision", _("COMAR: decision")
    VISITOR_CARD = "visitor_card", _("Humanitarian visitor card (TVRH)")
    RESIDENCE_CARD = "residence_card", _("Residence card")
    CURP = "curp", _("CURP")
    US_APPOINTMENT = "us_appointment", _("U.S. appointment or court notice")
    US_STATUS = "us_status", _("Other U.S. immigration paper")
    CHILD_PLAN = "child_plan", _("Child-protection office: notice, measure or plan")
    COMPLAINT = "complaint", _("Complaint to the police or a prosecutor")
    MEDICAL = "medical", _("Medical paper or vaccinations")
    SIGNED_CONSENT = "signed_consent", _("Signed consent")
    OTHER = "other", _("Another paper")


RESTRICTED_DOCUMENTS = {DocumentKind.MEDICAL, DocumentKind.COMPLAINT}


class SeenAs(models.TextChoices):
    ORIGINAL = "original", _("The original")
    COPY = "copy", _("A copy")
    PHOTO = "photo", _("A photo of it")


class FileKind(models.TextChoices):
    """What a file is, by its content. The value is how it is served."""

    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"


class DocumentQuerySet(OrganisationQuerySet):
    organisation_path = "family__organisation"

    def visible_to(self, staff: Any) -> Self:
        """Documents of our families; those for the legal team and those about health or violence only to who needs them."""
        rows = super().visible_to(staff)
        if not may(staff, Permission.KEEP_LEGAL_NOTES):
            rows = rows.filter(is_legal=False)
        if not may(staff, Permission.VIEW_RESTRICTED_NEEDS):
            rows = rows.exclude(kind__in=RESTRICTED_DOCUMENTS)
        return rows

    def kept(self) -> Self:
        """Those that nobody has removed."""
        return self.filter(removed_at=None)

    def about(self, people: Iterable[Person], family: Family | None) -> Self:
        """The papers that matter to a case of some people: their own, and those of their whole family. One query."""
        whole = Q(family=family, person=None) if family is not None else Q(pk=None)
        return self.kept().filter(Q(person__in=list(people)) | whole, replaced_by=None)

    def of_case(self, process: Process) -> Self:
        """The papers that were put in one case and count, the newest first."""
        return self.kept().filter(process=process, replaced_by=None).order_by("-added_at", "-pk")

    def expiring(self, until: date) -> Self:
        """Those that are good for no longer than a date, the first to end first; those that are over are among them."""
        return self.kept().filter(replaced_by=None, expires_on__lte=until).order_by("expires_on", "pk")

    def to_erase(self, now: Any) -> Self:
        """Removed longer ago than one can put them back, and their file still there."""
        return self.filter(removed_at__lt=now - KEPT_AFTER_REMOVAL).exclude(file_name="")


class Document(models.Model):
    """One paper of one person or of the whole family. A paper may have been seen without a copy being kept."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="documents")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="documents")
    process = models.ForeignKey(
        Process, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("case")
    )
    needed_as = models.SlugField(
        max_length=40, blank=True, default="", db_default=""
    )  # The paper that a step asks for.
    kind = models.CharField(_("kind of paper"), max_length=20, choices=DocumentKind)
    what = models.CharField(_("what it is"), max_length=80, blank=True)  # For "another paper".
    seen_as = models.CharField(_("what was seen"), max_length=10, choices=SeenAs)
    expires_on = models.DateField(_("good until"), null=True, blank=True)
    never_expires = models.BooleanField(_("does not expire"), default=False)  # Neither date nor this: unknown.
    is_legal = models.BooleanField(_("for the legal team alone"), default=False)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    removed_because = models.CharField(_("why it is removed"), max_length=200, blank=True)

    # The file: its random name in the folder, what it is, how long it is when opened, and the key that opens it, itself
    # encrypted. Without that key no copy of the file, in whatever backup, can be read any more.
    file_name = models.CharField(max_length=40, blank=True, editable=False)
    file_kind = models.CharField(max_length=20, choices=FileKind, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    file_key = models.TextField(blank=True, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["file_name"], condition=~Q(file_name=""), name="one_document_per_file"),
            models.CheckConstraint(
                condition=Q(file_name="", file_kind="", file_size=0, file_key="")
                | (Q(file_size__gt=0) & ~Q(file_name="") & ~Q(file_kind="") & ~Q(file_key="")),
                name="a_file_is_whole_or_not_there",
            ),
            models.CheckConstraint(
                condition=Q(needed_as="") | Q(process__isnull=False), name="a_step_asks_for_a_paper_in_a_case"
            ),
            models.CheckConstraint(
                condition=Q(never_expires=False) | Q(expires_on=None), name="expires_or_never_does_not_both"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None)
                | (Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_because="")),
                name="removal_has_author_and_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on"], condition=Q(removed_at=None), name="documents_by_expiry"),
        ]

    def __str__(self) -> str:
        return self.what or str(self.get_kind_display())

    @property
    def has_file(self) -> bool:
        return bool(self.file_name)

    def is_expired_on(self, day: date) -> bool | None:
        """Whether it is no longer good on a date; None where nobody wrote until when it is."""
        if self.never_expires:
            return False
        return None if self.expires_on is None else self.expires_on < day

    @property
    def file_ending(self) -> str:
        return {FileKind.PDF: "pdf", FileKind.JPEG: "jpg", FileKind.PNG: "png"}[FileKind(self.file_kind)]

    @property
    def download_name(self) -> str:
        """What the file is called on the machine that it is saved on: no name of a person in it."""
        return f"{self.kind}-{self.pk}.{self.file_ending}"


tracked(exclude=("file_key",))(Document)
