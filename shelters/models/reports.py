"""The daily capacity report: one per shelter and night, in versions. Frozen ones are never changed, by nobody.

Draft → confirmed by a person, or not confirmed by the send hour → frozen and sent. A correction is the next version.
A night without a row is "no report", never zero.
"""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from ngo.models.outbox import Outgoing, OutgoingQuerySet
from shelters.models.places import OfShelterQuerySet


class ReportState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("report", "Draft")
    CONFIRMED = "confirmed", pgettext_lazy("report", "Confirmed")
    UNCONFIRMED = "unconfirmed", pgettext_lazy("report", "Not confirmed")


class ReportQuerySet(OfShelterQuerySet):
    def latest_versions(self) -> Self:
        """Of each shelter and night the version that counts now."""
        return self.order_by("shelter_id", "night", "-version").distinct("shelter_id", "night")

    def frozen(self) -> Self:
        return self.filter(frozen_at__isnull=False)


class CapacityReport(models.Model):
    """What one shelter says of one night. `figures` holds every number with its words' codes, as docs/capacity.md lists."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="reports")
    night = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=ReportState, default=ReportState.DRAFT)
    figures = models.JSONField()
    drafted_at = models.DateTimeField(default=timezone.now)
    counted_at = models.DateTimeField()  # The figures are of this moment.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    corrected_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason for the correction"), max_length=300, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("capacity report")
        ordering = ["-night", "shelter", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["shelter", "night", "version"], name="one_report_per_night_and_version"),
            models.UniqueConstraint(
                fields=["shelter", "night"], condition=Q(frozen_at=None), name="one_open_report_per_night"
            ),
            models.CheckConstraint(
                name="only_a_draft_is_open",
                condition=Q(state=ReportState.DRAFT, frozen_at=None)
                | (~Q(state=ReportState.DRAFT) & Q(frozen_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_confirmed_report_has_time_and_author",
                condition=Q(state=ReportState.CONFIRMED, confirmed_at__isnull=False, confirmed_by__isnull=False)
                | (~Q(state=ReportState.CONFIRMED) & Q(confirmed_at=None, confirmed_by=None)),
            ),
            models.CheckConstraint(
                name="a_correction_has_author_and_reason",
                condition=Q(version=1, corrected_by=None, reason="")
                | (Q(version__gt=1, corrected_by__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(fields=["shelter", "-night", "-version"], name="reports_of_a_shelter")]
        triggers = [
            pgtrigger.Protect(
                name="a_frozen_report_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__frozen_at__isnull=False),
            )
        ]


class ReportRecipient(models.Model):
    """Someone to whom a shelter's report is sent each day."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="report_recipients")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(
        _("language"), max_length=5, default="es", choices=[("es", "Español"), ("en", "English")]
    )
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = OfShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient of the report")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shelter", "email"], condition=Q(removed_at=None), name="one_recipient_per_address"
            )
        ]


class ReportDeliveryQuerySet(OutgoingQuerySet):
    organisation_path = "report__shelter__organisation"


class ReportDelivery(Outgoing):
    """One frozen version on its way to one recipient; made in the transaction that froze it."""

    report = models.ForeignKey(CapacityReport, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(ReportRecipient, models.PROTECT, related_name="deliveries")

    objects = ReportDeliveryQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["report", "recipient"], name="one_delivery_per_version_and_recipient"),
        ]


for model in (CapacityReport, ReportRecipient):
    tracked()(model)
