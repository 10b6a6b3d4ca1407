"""Who is in which place, and for how long. One table for places held and taken, because a constraint cannot span two.

Three truths that the database itself keeps (product.md, principle 2): one person in a bed at an instant, one bed for a person
at an instant, and one promise of a bed for any time to come.
"""

from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import NeedCode, Relationship, Sex
from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet, SpaceKind

STAY = Func(F("arrived_at"), F("departed_at"), Value("[)"), function="tstzrange", output_field=DateTimeRangeField())


class Source(models.TextChoices):
    DESK = "desk", _("Our own desk")
    IMPORT = "import", _("Another system")


class ExitReason(models.TextChoices):
    """Why someone left, mapped to HMIS where a standard word exists."""

    COMPLETED = "completed", _("Went on as planned")
    CROSSED = "crossed", _("Went to their U.S. appointment")
    OTHER_SHELTER = "other_shelter", _("Moved to another shelter")
    OWN_HOUSING = "own_housing", _("Found a place of their own")
    RETURNED = "returned", _("Returned to their country")
    LIMIT = "limit", _("The longest stay was reached")
    RULES = "rules", _("Asked to leave")
    UNKNOWN = "unknown", _("Left without saying")
    OTHER = "other", _("Other")


class StayQuerySet(OfShelterQuerySet):
    def valid(self) -> Self:
        return self.filter(voided_at=None)

    def current(self) -> Self:
        """Stays of people who have not left."""
        return self.valid().filter(departed_at=None)

    def at(self, instant: Any) -> Self:
        """Stays that were going on at an instant."""
        return self.valid().filter(Q(departed_at=None) | Q(departed_at__gt=instant), arrived_at__lte=instant)


class Stay(models.Model):
    """One visit of one person: from arrival to departure. `happened` and `recorded` differ when paper is typed in later."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="stays")
    person = models.ForeignKey("cases.Person", models.PROTECT, related_name="stays")
    family = models.ForeignKey("cases.Family", models.PROTECT, null=True, related_name="stays")
    arrived_at = models.DateTimeField()
    expected_departure_on = models.DateField(_("leaves on"), null=True, blank=True)  # The morning of this local date.
    departed_at = models.DateTimeField(null=True, blank=True)
    exit_reason = models.CharField(_("reason"), max_length=15, choices=ExitReason, blank=True)
    destination = models.CharField(_("destination"), max_length=120, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)  # Undone: it never was, but the record keeps it.
    source = models.CharField(max_length=8, choices=Source, default=Source.DESK)
    external_ref = models.CharField(max_length=80, blank=True)

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay")
        constraints = [
            ExclusionConstraint(
                name="one_stay_of_a_person_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), (STAY, RangeOperators.OVERLAPS)],
                condition=Q(voided_at=None, source=Source.DESK),
                violation_error_message=_("This person is already in a shelter at that time."),
            ),
            models.CheckConstraint(
                condition=Q(departed_at=None) | Q(departed_at__gte=F("arrived_at")),
                name="stay_ends_after_it_starts",
                violation_error_message=_("A stay cannot end before it starts."),
            ),
            models.UniqueConstraint(
                fields=["shelter", "external_ref"],
                condition=~Q(external_ref=""),
                name="one_stay_per_imported_enrolment",
            ),
        ]
        indexes = [
            models.Index(fields=["shelter", "arrived_at"], name="stays_of_a_shelter"),
            models.Index(fields=["shelter", "departed_at"], name="stays_by_departure"),
            models.Index(fields=["shelter"], condition=Q(departed_at=None, voided_at=None), name="stays_now"),
            models.Index(
                fields=["family"], condition=Q(departed_at=None, voided_at=None), name="stays_of_a_family_now"
            ),
        ]


class PlacementState(models.TextChoices):
    HELD = "held", _("Held")
    IN = "in", _("In the house")
    OUT = "out", _("Left")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Nobody came")
    VOID = "void", _("Undone")


TAKEN = [PlacementState.IN, PlacementState.OUT]
PROMISED = [PlacementState.HELD, PlacementState.IN]


class PlacementQuerySet(OfShelterQuerySet):
    def taken_at(self, instant: Any) -> Self:
        """Placements in which someone was at an instant."""
        return self.filter(state__in=TAKEN, actual__contains=instant)

    def holds_in_force(self, at: Any) -> Self:
        """Holds that have not run out. Judged when read: no job has to expire them."""
        return self.filter(state=PlacementState.HELD, hold_expires_at__gt=at)

    def held_with(self, hold: "Placement") -> Self:
        """Everything that was held in the same act: for the same people, in the same house, until the same moment."""
        same = {"shelter": hold.shelter_id, "family": hold.family_id, "held_for": hold.held_for}
        return self.filter(state=PlacementState.HELD, hold_expires_at=hold.hold_expires_at, **same)

    def nobody_came(self, at: Any) -> Self:
        """Holds that ran out before anybody came."""
        return self.filter(state__in=[PlacementState.HELD, PlacementState.EXPIRED], hold_expires_at__lte=at)

    def expired_holds(self, at: Any) -> Self:
        return self.filter(state=PlacementState.HELD, hold_expires_at__lte=at)


class Placement(models.Model):
    """A place held for, or taken by, someone. `bed` may be empty: a guest on the floor is counted like any other.

    `actual` is when the person was really there: [moved in, moved out). `planned` is what is promised: until the expected
    departure, or without end.
    """

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="placements")
    space = models.ForeignKey("shelters.Space", models.PROTECT, null=True, related_name="placements")
    bed = models.ForeignKey("shelters.Bed", models.PROTECT, null=True, related_name="placements")
    stay = models.ForeignKey(Stay, models.PROTECT, null=True, related_name="placements")
    person = models.ForeignKey("cases.Person", models.PROTECT, null=True, related_name="placements")
    family = models.ForeignKey("cases.Family", models.PROTECT, null=True, related_name="placements")
    state = models.CharField(max_length=8, choices=PlacementState)
    actual = DateTimeRangeField(null=True, blank=True)
    planned = DateTimeRangeField()
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    held_for = models.CharField(_("held for"), max_length=120, blank=True)
    # A hold may be of so many places of a space or of a kind of space, one row for each: which bed it will be is open.
    space_kind = models.CharField(_("kind of space"), max_length=12, choices=SpaceKind, blank=True)
    sender = models.ForeignKey("shelters.Shelter", models.PROTECT, null=True, related_name="asked_of_others")
    rule_reason = models.CharField(_("reason for going against the rule"), max_length=200, blank=True)
    decided_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")  # Who gave that reason.
    # What the file said of them when they were placed, so that a past night stays countable when the file changes. Empty:
    # it was not known then. Of the needs only those that a bed or a way to it must answer; none that is told to few.
    sex = models.CharField(max_length=1, choices=Sex, blank=True, default=Sex.UNKNOWN)
    born_on = models.DateField(null=True, blank=True)
    relationship = models.CharField(max_length=12, choices=Relationship, blank=True)
    needs = ArrayField(models.CharField(max_length=20, choices=NeedCode), default=list, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        constraints = [
            ExclusionConstraint(
                name="one_person_per_bed",
                expressions=[("bed", RangeOperators.EQUAL), ("actual", RangeOperators.OVERLAPS)],
                condition=Q(state__in=TAKEN, bed__isnull=False),
                violation_error_message=_("Someone else has this bed at that time."),
            ),
            ExclusionConstraint(
                name="one_bed_per_person",
                expressions=[("person", RangeOperators.EQUAL), ("actual", RangeOperators.OVERLAPS)],
                condition=Q(state__in=TAKEN, person__isnull=False),
                violation_error_message=_("This person already has a place at that time."),
            ),
            ExclusionConstraint(
                name="a_bed_is_promised_once",
                expressions=[("bed", RangeOperators.EQUAL), ("planned", RangeOperators.OVERLAPS)],
                condition=Q(state__in=PROMISED, bed__isnull=False),
                violation_error_message=_("This bed is promised to someone else for a part of that time."),
            ),
            models.CheckConstraint(
                name="placement_state_fits_its_fields",
                condition=(
                    Q(state=PlacementState.HELD, actual=None, stay=None, hold_expires_at__isnull=False)
                    | Q(
                        state=PlacementState.IN,
                        actual__isnull=False,
                        actual__upper_inf=True,
                        stay__isnull=False,
                        person__isnull=False,
                    )
                    | Q(state=PlacementState.OUT, actual__isnull=False, stay__isnull=False, person__isnull=False)
                    | Q(state__in=[PlacementState.RELEASED, PlacementState.EXPIRED, PlacementState.VOID])
                ),
            ),
            models.CheckConstraint(name="a_bed_stands_in_a_space", condition=Q(bed=None) | Q(space__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["shelter"], condition=Q(state__in=PROMISED), name="placements_in_force"),
            models.Index(fields=["stay"], name="placements_of_a_stay"),
            models.Index(
                fields=["shelter", "hold_expires_at"],
                condition=Q(hold_expires_at__isnull=False),
                name="holds_of_a_shelter",
            ),
        ]


class ActKind(models.TextChoices):
    CHECK_IN = "check_in", _("Check-in")
    MOVE = "move", pgettext_lazy("act of the desk", "Move")  # What was done; the button says what to do.
    CHECK_OUT = "check_out", _("Departure")
    HOLD = "hold", _("Hold")
    RELEASE = "release", _("Hold released")
    EXTEND = "extend", _("Hold extended")
    UNTIL = "until", _("Day of departure written")


class Act(models.Model):
    """One thing that the desk did, with all that it changed, so that it can be undone and still be seen."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="acts")
    family = models.ForeignKey("cases.Family", models.PROTECT, null=True, related_name="acts")
    kind = models.CharField(max_length=10, choices=ActKind)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    changed = models.JSONField(
        default=dict
    )  # {"stays": [ids], "opened": [...], "closed": [...], "released": [...]} of placements
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("act of the desk")
        ordering = ["-recorded_at", "-pk"]
        indexes = [
            models.Index(fields=["family", "-recorded_at"], name="acts_of_a_family"),
            models.Index(fields=["shelter", "-recorded_at"], name="acts_of_a_shelter"),  # Who wrote last in each house.
        ]


class BedNight(models.Model):
    """A night that a person spent in a shelter that counts night by night."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="bed_nights")
    person = models.ForeignKey("cases.Person", models.PROTECT, related_name="bed_nights")
    night = models.DateField()
    source = models.CharField(max_length=8, choices=Source, default=Source.DESK)

    class Meta:
        verbose_name = _("bed night")
        constraints = [models.UniqueConstraint(fields=["shelter", "night", "person"], name="one_bed_night_per_person")]


for model in (Stay, Placement, Act, BedNight):
    tracked()(model)
