"""Who goes out and comes in, apart from the stay: whoever is out for the evening still lives in the house.

What was seen at the door is written once and never changed: a mistake is taken back by another row that names it.
"""

import uuid
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet

AWAY_FOR = Func(F("starts_at"), F("ended_at"), Value("[)"), function="tstzrange", output_field=DateTimeRangeField())


class Direction(models.TextChoices):
    OUT = "out", pgettext_lazy("door", "Went out")
    IN = "in", pgettext_lazy("door", "Came in")
    UNDO = "undo", pgettext_lazy("door", "Taken back")


class SeenBy(models.TextChoices):
    """How whoever stood at the door knew who it was."""

    LIST = "list", _("From the list")
    CARD = "card", _("By the card")
    PAPER = "paper", _("From paper")


class PassageQuerySet(OfShelterQuerySet):
    organisation_path = "stay__shelter__organisation"

    def standing(self) -> Self:
        """What was seen and not taken back."""
        return self.exclude(direction=Direction.UNDO).filter(undone_by=None)

    def last_of_each(self) -> Self:
        """The last that stands of every stay."""
        return self.standing().order_by("stay_id", "-happened_at", "-pk").distinct("stay_id")


class Passage(models.Model):
    """One person through the door, once. Append-only: the web's database role may insert and nothing else."""

    stay = models.ForeignKey("shelters.Stay", models.PROTECT, related_name="passages")
    direction = models.CharField(max_length=4, choices=Direction)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    source = models.CharField(max_length=5, choices=SeenBy, default=SeenBy.LIST)
    tap = models.UUIDField(default=uuid.uuid4, unique=True)  # The same press sent twice is one.
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = _("passage of the door")
        ordering = ["-happened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_passage_taken_back_is_named",
                condition=Q(direction=Direction.UNDO, undoes__isnull=False)
                | (~Q(direction=Direction.UNDO) & Q(undoes=None)),
            )
        ]
        indexes = [models.Index(fields=["stay", "-happened_at"], name="passages_of_a_stay")]


class LeaveQuerySet(OfShelterQuerySet):
    organisation_path = "stay__shelter__organisation"

    def open(self) -> Self:
        """Leave that was neither ended by coming back nor cancelled; it may be over its hour, or begin later."""
        return self.filter(ended_at=None)

    def at(self, instant: Any) -> Self:
        """Leave that somebody was on at an instant, also past the hour at which they were expected."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=instant), starts_at__lte=instant)


class Leave(models.Model):
    """Someone will be away for a while and comes back: the bed stays theirs. Ends when they are seen coming in."""

    stay = models.ForeignKey("shelters.Stay", models.PROTECT, related_name="leaves")
    starts_at = models.DateTimeField()
    expected_back_at = models.DateTimeField(_("expected back"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    came_in = models.ForeignKey(Passage, models.PROTECT, null=True, blank=True, related_name="leaves_ended")

    objects = LeaveQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("from the house", "leave")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="one_leave_of_a_stay_at_a_time",
                expressions=[("stay", RangeOperators.EQUAL), (AWAY_FOR, RangeOperators.OVERLAPS)],
                violation_error_message=_("This person has another leave at that time."),
            ),
            models.CheckConstraint(
                condition=Q(expected_back_at__gt=F("starts_at")),
                name="leave_ends_after_it_starts",
                violation_error_message=_("The return must be after the leave begins."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, came_in=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_at__gte=F("starts_at")),
                name="leave_that_ended_says_by_whom",
            ),
        ]


tracked()(Leave)
