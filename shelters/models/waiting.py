"""Who waits for a place: a family that is registered, or a party in words that name nobody. In what order, by rules that anyone
can read, and every step with its reason and its author."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked

MOST_POINTS = 20


class Factor(models.TextChoices):
    """What moves someone up the list. It counts once, however many of them there are."""

    SMALL_CHILD = "small_child", _("A child under 6")
    CHILD = "child", _("A child or adolescent")
    PREGNANT = "pregnant", _("Someone pregnant or breastfeeding")
    DISABILITY = "disability", _("Someone who needs no steps or a lower bunk")
    MEDICAL = "medical", _("Someone seriously ill")
    OLDER = "older", _("Someone of 65 or more")


class PriorityRule(models.Model):
    """How many points a factor gives in an organisation, from when until when. Changing it closes one row and opens the next."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="priority_rules")
    factor = models.CharField(_("what counts"), max_length=12, choices=Factor)
    points = models.PositiveSmallIntegerField(_("points"), validators=[MaxValueValidator(MOST_POINTS)])
    since = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("priority rule")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "factor"], condition=Q(ended_at=None), name="one_rule_of_a_factor_at_a_time"
            )
        ]


class WaitingState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("waiting list", "Waits")
    OFFERED = "offered", pgettext_lazy("waiting list", "A place is offered")
    PLACED = "placed", pgettext_lazy("waiting list", "Has a place")
    GONE = "gone", pgettext_lazy("waiting list", "Went elsewhere")
    REMOVED = "removed", pgettext_lazy("waiting list", "Taken off")


ON_LIST = [WaitingState.WAITING, WaitingState.OFFERED]


class WaitingQuerySet(OrganisationQuerySet):
    def on_list(self) -> Self:
        return self.filter(state__in=ON_LIST)

    def for_shelters(self, shelters: Any) -> Self:
        """Those who wait for one of these houses, or for any."""
        return self.filter(Q(shelter=None) | Q(shelter__in=shelters))


class WaitingEntry(models.Model):
    """One family or party on the list. `shelter` is empty for whoever takes any house of the organisation."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="waiting_entries")
    shelter = models.ForeignKey(
        "shelters.Shelter", models.PROTECT, null=True, blank=True, related_name="waiting_entries"
    )
    family = models.ForeignKey("cases.Family", models.PROTECT, null=True, blank=True, related_name="waiting_entries")
    party = models.CharField(_("who, without a name"), max_length=120, blank=True)
    people = models.PositiveSmallIntegerField(
        _("how many"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )  # Of a party; a family is counted by its members.
    factors = ArrayField(models.CharField(max_length=12, choices=Factor), default=list, blank=True)  # Seen at the door.
    contact = EncryptedTextField(_("how to reach them"), blank=True)
    since = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=WaitingState, default=WaitingState.WAITING)
    offered_shelter = models.ForeignKey(
        "shelters.Shelter", models.PROTECT, null=True, blank=True, related_name="waiting_offers"
    )
    turn_away = models.ForeignKey(
        "shelters.TurnAway", models.PROTECT, null=True, blank=True, related_name="waiting_entries"
    )
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the waiting list")
        constraints = [
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(state__in=["waiting", "offered"], family__isnull=False),
                name="a_family_waits_once",
            ),
            models.UniqueConstraint(
                fields=["turn_away"],
                condition=Q(state__in=["waiting", "offered"], turn_away__isnull=False),
                name="a_party_that_was_turned_away_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(family__isnull=False) | (~Q(party="") & Q(people__isnull=False, people__gte=1)),
                name="somebody_waits",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_shelter__isnull=False), name="an_offer_is_of_a_house"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "since"], condition=Q(state__in=["waiting", "offered"]), name="waiting_now"
            )
        ]

    @property
    def is_on_list(self) -> bool:
        return self.state in ON_LIST


class ChangeKind(models.TextChoices):
    ADDED = "added", pgettext_lazy("waiting list", "Put on the list")
    OFFERED = "offered", pgettext_lazy("waiting list", "A place was offered")
    BACK = "back", pgettext_lazy("waiting list", "Waits again")
    MOVED = "moved", pgettext_lazy("waiting list", "Corrected")
    LINKED = "linked", pgettext_lazy("waiting list", "Their file was found")
    PLACED = "placed", pgettext_lazy("waiting list", "Placed")
    PARTLY = "partly", pgettext_lazy("waiting list", "Some of them were placed")
    GONE = "gone", pgettext_lazy("waiting list", "Went elsewhere")
    REMOVED = "removed", pgettext_lazy("waiting list", "Taken off the list")
    UNDONE = "undone", pgettext_lazy("waiting list", "Undone")


class WaitingChange(models.Model):
    """One step of an entry: what, why, by whom, and what stood before it. Rows are added and never changed."""

    entry = models.ForeignKey(WaitingEntry, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=ChangeKind)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict)  # {"state", "shelter_id", "offered_shelter_id", …} as they were.
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("step on the waiting list")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["gone", "removed", "moved"]) | ~Q(reason=""),
                name="whoever_is_moved_or_off_has_a_reason",
            )
        ]


for model in (PriorityRule, WaitingEntry):
    tracked()(model)
