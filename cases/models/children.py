"""Alerts about children who are here without a carer (design: domain annex B3; LM 98, 99, 112; LGDNNA 94, 95)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Person
from ngo.models.base import OrganisationQuerySet, tracked


class ChildAlertQuerySet(OrganisationQuerySet):
    organisation_path = "person__organisation"

    def open(self) -> Self:
        """Alerts that nobody has closed yet, oldest first."""
        return self.filter(closed_at=None).order_by("raised_at", "pk")


class AlertKind(models.TextChoices):
    UNACCOMPANIED = "unaccompanied", _("Unaccompanied: no adult with them")
    SEPARATED = "separated", _("Separated: with an adult who does not answer for them")
    AGE_IN_DOUBT = "age_in_doubt", _("Age in doubt: treat as a minor")


class ChildAlert(models.Model):
    """A minor without a carer. Raised by intake; the child-protection office must be told at once, and it is recorded here."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="child_alerts")
    family = models.ForeignKey(Family, models.PROTECT, related_name="child_alerts")
    kind = models.CharField(_("kind"), max_length=15, choices=AlertKind)
    raised_at = models.DateTimeField(default=timezone.now)
    raised_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    office = models.CharField(_("office that was told"), max_length=160, blank=True)
    told_to = models.CharField(_("person at the office"), max_length=120, blank=True)
    folio = models.CharField(_("file number of the notice"), max_length=60, blank=True)
    notified_at = models.DateTimeField(_("told at"), null=True, blank=True)
    notified_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    closing_reason = models.CharField(_("why it is closed"), max_length=200, blank=True)

    objects = ChildAlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("child-protection alert")
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(closed_at=None), name="one_open_alert_per_child"),
            models.CheckConstraint(
                condition=Q(notified_at=None, notified_by=None)
                | Q(notified_at__isnull=False, notified_by__isnull=False),
                name="notice_has_time_and_author",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closing_reason="")),
                name="closing_has_author_and_reason",
            ),
        ]


tracked()(ChildAlert)
