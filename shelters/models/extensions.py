"""Stays that may go on beyond the longest stay of a house: who asked why, and who decided. A row is never edited into another."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet


class ExtensionState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("extension", "Asked for")
    APPROVED = "approved", pgettext_lazy("extension", "Approved")
    REFUSED = "refused", pgettext_lazy("extension", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("extension", "Taken back")
    UNDONE = "undone", pgettext_lazy("extension", "Undone")


class ExtensionQuerySet(OfShelterQuerySet):
    organisation_path = "stay__shelter__organisation"

    def waiting(self) -> "ExtensionQuerySet":
        """Those that nobody has decided, of people who are still in the house."""
        return self.filter(state=ExtensionState.ASKED, stay__departed_at=None, stay__voided_at=None)

    def approved(self) -> "ExtensionQuerySet":
        return self.filter(state=ExtensionState.APPROVED)


class StayExtension(models.Model):
    """One person's stay, from the day on which it would end to a later one. People for whom it was asked together share a
    `batch`, and are decided together."""

    stay = models.ForeignKey("shelters.Stay", models.PROTECT, related_name="extensions")
    batch = models.UUIDField(default=uuid.uuid4, db_index=True)
    from_on = models.DateField()  # The morning on which the stay would have ended.
    to_on = models.DateField()
    before_on = models.DateField(
        null=True, blank=True
    )  # What stood as the stay's day: empty where the limit alone counted.
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(max_length=10, choices=ExtensionState, default=ExtensionState.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    decision_note = models.CharField(_("why it is refused"), max_length=200, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension of a stay")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stay"], condition=Q(state=ExtensionState.ASKED), name="one_extension_asked_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(to_on__gt=F("from_on")),
                name="an_extension_is_longer",
                violation_error_message=_("The new day must be later than the one that stands."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_extension_has_its_reason"),
            models.CheckConstraint(
                condition=Q(state=ExtensionState.ASKED, decided_at=None, decided_by=None)
                | (~Q(state=ExtensionState.ASKED) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_decided_extension_has_who_and_when",
            ),
        ]


tracked()(StayExtension)
