"""What happens to places and figures between two nights: a space that is closed, a bed to be cleaned, a figure confirmed."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from ngo.models.outbox import Outgoing, OutgoingQuerySet
from shelters.models.places import OfShelterQuerySet


class ClosureKind(models.TextChoices):
    """Why nobody sleeps in a space. Only mothballed beds leave the house's capacity; the others stay in it, out of service."""

    REPAIR = "repair", pgettext_lazy("closed space", "Repair")
    QUARANTINE = "quarantine", pgettext_lazy("closed space", "Quarantine")
    CLEANING = "cleaning", pgettext_lazy("closed space", "Cleaning")
    MOTHBALLED = "mothballed", pgettext_lazy("closed space", "Not in use for now")


class SpaceClosureQuerySet(OfShelterQuerySet):
    organisation_path = "space__shelter__organisation"

    def on(self, night: Any) -> "SpaceClosureQuerySet":
        return self.filter(nights__contains=night)


class SpaceClosure(models.Model):
    """Nights on which nobody sleeps in a whole space. What it means for the beds stands in their periods and blocks."""

    space = models.ForeignKey("shelters.Space", models.PROTECT, related_name="closures")
    kind = models.CharField(_("why"), max_length=12, choices=ClosureKind)
    nights = DateRangeField()
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    withdrew = models.JSONField(default=list)  # The beds that it took out of the capacity: ids, to bring back.
    set_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    objects = SpaceClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closed space")
        ordering = ["-nights", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="one_closure_of_a_space_per_night",
                expressions=[("space", RangeOperators.EQUAL), ("nights", RangeOperators.OVERLAPS)],
                violation_error_message=_("This space is already closed then."),
            ),
            models.CheckConstraint(condition=Q(nights__isempty=False), name="closure_has_a_night"),
        ]


class CleaningQuerySet(OfShelterQuerySet):
    organisation_path = "bed__space__shelter__organisation"

    def waiting(self) -> "CleaningQuerySet":
        """Beds that somebody still has to clean."""
        return self.filter(cleaned_at=None, dropped_at=None)


class Cleaning(models.Model):
    """A bed that was left and has to be made ready. It counts as free; whoever gives it to someone is told.

    `dropped_at`: it was never to be cleaned, because the departure was undone or someone slept in it as it was.
    """

    bed = models.ForeignKey("shelters.Bed", models.PROTECT, related_name="cleanings")
    since = models.DateTimeField()
    after = models.ForeignKey("shelters.Placement", models.PROTECT, null=True, related_name="cleanings")
    cleaned_at = models.DateTimeField(null=True, blank=True)
    cleaned_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = CleaningQuerySet.as_manager()

    class Meta:
        verbose_name = _("bed to clean")
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bed"], condition=Q(cleaned_at=None, dropped_at=None), name="one_open_cleaning_of_a_bed"
            ),
            models.CheckConstraint(
                condition=Q(cleaned_at=None) | Q(cleaned_by__isnull=False), name="who_cleaned_is_known"
            ),
        ]


class ConfirmedHow(models.TextChoices):
    """How somebody knew that the figure of a house is true."""

    DESK = "desk", pgettext_lazy("figure confirmed", "At the desk")
    ROLL_CALL = "roll_call", pgettext_lazy("figure confirmed", "By roll-call")
    REPORT = "report", pgettext_lazy("figure confirmed", "By the daily report")
    STILL_SO = "still_so", pgettext_lazy("figure confirmed", "Looked at, still so")


class Confirmation(models.Model):
    """Somebody looked at the figure of a house, and it was still so. The desk and the roll-call have rows of their own."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="confirmations")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=ConfirmedHow, default=ConfirmedHow.STILL_SO)

    objects = OfShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation of a figure")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["shelter", "-at"], name="confirmations_of_a_shelter")]


class NudgeQuerySet(OutgoingQuerySet):
    organisation_path = "shelter__organisation"


class Nudge(Outgoing):
    """A word to a house's contact that its figure is out of date: once for each time that it went out of date."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="nudges")
    silent_since = models.DateTimeField()  # The last thing that anybody had written then.

    objects = NudgeQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        verbose_name = _("reminder about a figure")
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["shelter", "silent_since"], name="one_nudge_per_silence"),
            models.CheckConstraint(condition=Q(due_at__gt=F("silent_since")), name="a_nudge_comes_after_the_silence"),
        ]


for model in (SpaceClosure, Cleaning, Confirmation):
    tracked()(model)
