"""The log of reads: append-only, ids without contents. The web's database role may insert and select, nothing more."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ngo.models.base import OrganisationQuerySet


class ReadLogQuerySet(OrganisationQuerySet):
    def of(self, subject: models.Model) -> "ReadLogQuerySet":
        """Lines about one object, newest first."""
        return self.filter(subject_kind=subject._meta.label_lower, subject_id=subject.pk).select_related("staff")


class ReadLog(models.Model):
    """One opening of a person's page, a search by name, a board, or an export."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    what = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    count = models.PositiveIntegerField(null=True)

    objects = ReadLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("read")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="reads_of_a_subject"),
            models.Index(fields=["organisation", "-at"], name="reads_of_an_organisation"),
        ]
