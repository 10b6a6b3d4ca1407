"""The roll-call of a night: who was asked for, what was answered, by whom. Every tap stays; one of them counts."""

import uuid
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.door import Passage
from shelters.models.places import OfShelterQuerySet


class RollCall(models.Model):
    """One roll-call per shelter and night, also after midnight and after a second start."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="roll_calls")
    night = models.DateField()
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)  # Somebody said: that was everyone.
    closed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("roll-call")
        ordering = ["-night"]
        constraints = [models.UniqueConstraint(fields=["shelter", "night"], name="one_roll_call_per_night")]


class Answer(models.TextChoices):
    PRESENT = "present", pgettext_lazy("roll-call", "Present")
    LEAVE = "leave", pgettext_lazy("roll-call", "On leave")
    ABSENT = "absent", pgettext_lazy("roll-call", "Absent")


AWAY = [Answer.LEAVE, Answer.ABSENT]  # They do not sleep in the house this night; their bed stays theirs.


class MarkSource(models.TextChoices):
    TAP = "tap", _("One by one")
    ALL = "all", _("All present")
    PAPER = "paper", _("From paper")


class MarkQuerySet(OfShelterQuerySet):
    organisation_path = "roll_call__shelter__organisation"

    def current(self) -> "MarkQuerySet":
        return self.filter(is_current=True)

    def with_door(self, until: Any) -> "MarkQuerySet":
        """`door_since`: what the door saw last of the person after this answer and up to a moment, None where nothing."""
        seen = Passage.objects.standing().filter(
            stay=OuterRef("stay"), happened_at__gt=OuterRef("happened_at"), happened_at__lte=until
        )
        last = seen.order_by("-happened_at", "-pk").values("direction")[:1]
        return self.annotate(door_since=Subquery(last))


class RollCallMark(models.Model):
    """One answer about one guest. A later one takes its place; undoing it brings the earlier one back; all stay."""

    roll_call = models.ForeignKey(RollCall, models.PROTECT, related_name="marks")
    stay = models.ForeignKey("shelters.Stay", models.PROTECT, related_name="roll_call_marks")
    answer = models.CharField(max_length=8, choices=Answer)
    happened_at = models.DateTimeField()  # On paper: the hour that was written there.
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=8, choices=MarkSource, default=MarkSource.TAP)
    tap = models.UUIDField(
        default=uuid.uuid4, unique=True
    )  # Made where the finger was: the same tap sent twice is one.
    batch = models.UUIDField(null=True, blank=True)  # Everyone whom one press marked, so that one press undoes it.
    is_current = models.BooleanField(default=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer of a roll-call")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["roll_call", "stay"], condition=Q(is_current=True), name="one_answer_per_guest_and_night"
            ),
            models.CheckConstraint(
                name="an_undone_answer_does_not_count", condition=Q(undone_at=None) | Q(is_current=False)
            ),
        ]


for model in (RollCall, RollCallMark):
    tracked()(model)
