"""Shelters, their spaces and beds, and what of them is in service on which night.

Capacity is dated and closed, never edited: a bed has periods in service and periods out of order, both counted in nights.
Night ranges are half open: [first night, first night after).
"""

from datetime import date, time
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject, Least
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from psycopg.types.range import DateRange

from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.catalogue import is_a_zone

FIRST_NIGHT = Func(F("nights"), function="lower", output_field=models.DateField())
NIGHT_AFTER = Func(F("nights"), function="upper", output_field=models.DateField())


class OfShelterQuerySet(OrganisationQuerySet):
    """Rows that hang on a shelter."""

    organisation_path = "shelter__organisation"


class ShelterQuerySet(OrganisationQuerySet):
    def visible_to(self, staff: Any) -> Self:
        """The organisation's shelters; where the membership is posted to some of them, only those."""
        shelters = super().visible_to(staff)
        if getattr(staff, "membership", None) is None:
            return shelters
        mine = Posting.objects.filter(membership=staff.membership)
        return shelters.filter(Q(Exists(mine.filter(shelter=OuterRef("pk")))) | ~Q(Exists(mine)))

    def with_opening(self, at: Any) -> Self:
        """Each shelter with `.opening`: whether it is open, takes nobody in, or is closed at an instant."""
        state = ShelterState.objects.filter(shelter=OuterRef("pk"), period__contains=at).values("state")
        return self.annotate(opening=Coalesce(Subquery(state[:1]), Value(Opening.OPEN.value)))


class CountingMethod(models.TextChoices):
    """How a shelter counts its nights (HMIS emergency shelter tracking method)."""

    ENTRY_EXIT = "entry_exit", _("From arrival to departure")
    NIGHT_BY_NIGHT = "night_by_night", _("Night by night")


class Shelter(models.Model):
    """One house. Its clocks follow its city's zone; its night is named by the evening's local date."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="shelters")
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    city = models.ForeignKey(
        "ngo.City", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("city")
    )
    zone = models.CharField(_("time zone"), max_length=60, validators=[is_a_zone])
    evening_at = models.TimeField(_("the night starts at"), default=time(18))
    morning_at = models.TimeField(_("the night is counted at"), default=time(7))
    report_at = models.TimeField(_("the report is drafted at"), default=time(21, 30))
    send_at = models.TimeField(_("the report is sent at"), default=time(7))
    curfew_at = models.TimeField(_("the door closes at"), null=True, blank=True)
    stay_limit = models.PositiveSmallIntegerField(_("longest stay, in nights"), null=True, blank=True)
    absent_nights = models.PositiveSmallIntegerField(  # A person decides; the house only proposes.
        _("nights absent without word before a departure is proposed"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    address = EncryptedTextField(_("address"), blank=True)
    is_confidential = models.BooleanField(_("the address is confidential"), default=False)
    counting = models.CharField(max_length=20, choices=CountingMethod, default=CountingMethod.ENTRY_EXIT)
    cleans_beds = models.BooleanField(_("a bed is cleaned after each departure"), default=True)
    stale_after = models.PositiveSmallIntegerField(
        _("its figure is unknown after, in hours"),
        default=18,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
    )
    contact_email = models.EmailField(_("e-mail of who answers for the figure"), blank=True)
    external_ref = models.CharField(max_length=80, blank=True)

    objects = ShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("shelter")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_shelter_per_name"),
            models.UniqueConstraint(
                fields=["organisation", "external_ref"],
                condition=~Q(external_ref=""),
                name="one_shelter_per_imported_project",
            ),
            models.CheckConstraint(
                condition=Q(morning_at__lte=time(12)) & Q(evening_at__gte=time(12)),
                name="the_night_spans_midnight",
                violation_error_message=_("The night starts after noon and is counted before noon."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Posting(models.Model):
    """A membership limited to a shelter. A membership without any works in every shelter of its organisation."""

    membership = models.ForeignKey("ngo.Membership", models.CASCADE, related_name="postings")
    shelter = models.ForeignKey(Shelter, models.CASCADE, related_name="postings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "shelter"], name="one_posting_per_shelter")]


class Opening(models.TextChoices):
    OPEN = "open", _("Open")
    PAUSED = "paused", _("Open, but takes nobody in")
    CLOSED = "closed", _("Closed")


class ShelterState(models.Model):
    """Whether a shelter is open, takes nobody in, or is closed, in a period. Without a row it is open."""

    shelter = models.ForeignKey(Shelter, models.CASCADE, related_name="states")
    state = models.CharField(_("state"), max_length=8, choices=Opening)
    period = DateTimeRangeField()
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    set_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_state_of_a_shelter_at_a_time",
                expressions=[("shelter", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            )
        ]


class SpaceKind(models.TextChoices):
    DORMITORY = "dormitory", _("Dormitory")
    CUBICLE = "cubicle", _("Family cubicle")
    ISOLATION = "isolation", _("Isolation area")
    TENT = "tent", _("Tent or yard")
    COMMON = "common", _("Common room")


class Sleepers(models.TextChoices):
    """Whom a space is for."""

    ANYONE = "any", _("Anyone")
    WOMEN = "women", _("Women, and children with them")
    MEN = "men", _("Men")
    FAMILIES = "families", _("Families")
    MOTHERS = "mothers", _("Women alone with their children")
    CHILDREN = "children", _("Children and adolescents without an adult")
    LGBTQ = "lgbtq", _("LGBTQ+ people who ask for it")


class SpaceQuerySet(OfShelterQuerySet):
    def on_night(self, night: Any) -> Self:
        """Each space as it is on a night (a date, or an expression over its rules): a dated rule stands in for its own fields."""
        rules = self.model._meta.apps.get_model("shelters", "SpaceRule").objects.standing()
        rules = rules.filter(space=OuterRef("pk"), nights__contains=night)
        return self.annotate(asked=Subquery(rules.values(asked=JSONObject(**{name: name for name in RULE_FIELDS}))[:1]))

    def with_closing(self, night: Any) -> Self:
        """Each space with `.closes_on`: the first night after this one on which it is closed, as far as it is planned."""
        closures = self.model._meta.apps.get_model("shelters", "SpaceClosure").objects
        later = closures.filter(space=OuterRef("pk"), nights__startswith__gt=night)
        return self.annotate(closes_on=Subquery(later.order_by("nights").values(first=FIRST_NIGHT)[:1]))

    def with_closure(self, night: Any, last: date | None = None) -> Self:
        """Each space with `.closed_kind`, `.closed_because` and `.closed_nights` where nobody sleeps in it on a night.

        With `last`, on one of the nights until then: a space comes once for each closure.
        """
        then = Q(closures__nights__contains=night)
        if last is not None and last > night:
            then = Q(closures__nights__overlap=DateRange(night, last, "[]"))
        on_the_night = FilteredRelation("closures", condition=then)
        return self.annotate(
            closing=on_the_night,
            closed_kind=F("closing__kind"),
            closed_because=F("closing__reason"),
            closed_nights=F("closing__nights"),
        )


def night_of_each(nights: dict[int, Any], shelter: str) -> Any:
    """The night of each shelter (by id) for a query: one date, or one by `shelter`, the path to it, where clocks differ."""
    by_night: dict[Any, list[int]] = {}
    for shelter_id, night in nights.items():
        by_night.setdefault(night, []).append(shelter_id)
    if len(by_night) == 1:
        return next(iter(by_night))
    cases = [When(**{f"{shelter}__in": ids}, then=Value(night)) for night, ids in by_night.items()]
    return Case(*cases, output_field=models.DateField())


# What a space asks of those who sleep in it. The fields of a space say what it asked from its beginning; what it asks from
# some night on stands in its rules (shelters/models/rules.py), so that a change never rewrites a past night.
RULE_FIELDS = ("sleepers", "min_age", "max_age", "is_authorised_for_children_alone", "isolates")


class Space(models.Model):
    """A room, cubicle, tent or yard where people sleep, and whom it is for."""

    shelter = models.ForeignKey(Shelter, models.PROTECT, related_name="spaces")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=SpaceKind, default=SpaceKind.DORMITORY)
    sleepers = models.CharField(_("who may sleep here"), max_length=10, choices=Sleepers, default=Sleepers.ANYONE)
    min_age = models.PositiveSmallIntegerField(
        _("from age"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    max_age = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True, validators=[MaxValueValidator(120)])
    is_step_free = models.BooleanField(_("no steps on the way"), default=False)
    is_authorised_for_children_alone = models.BooleanField(
        _("authorised for unaccompanied children (DIF)"), default=False
    )
    isolates = models.BooleanField(_("only for who must sleep apart (isolation)"), default=False)
    floor_area = models.DecimalField(
        _("floor area in m²"), max_digits=6, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    fire_limit = models.PositiveSmallIntegerField(_("fire limit, in persons"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("order on the board"), default=0)
    external_ref = models.CharField(max_length=80, blank=True)

    objects = SpaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("space")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["shelter", "name"], name="one_space_per_name"),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(max_age=None) | Q(min_age__lte=F("max_age")),
                name="ages_of_a_space_in_order",
                violation_error_message=_("The lower age must not be above the upper age."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A space that was read for a night carries that night's rule: to save it would rewrite the nights before."""
        if self.asked is not None:
            raise ValueError("Read the space without on_night() to save it.")
        super().save(*args, **kwargs)

    @property
    def is_for_one_family(self) -> bool:
        """A free bed in another family's cubicle is not free."""
        return self.kind == SpaceKind.CUBICLE

    @property
    def is_isolation(self) -> bool:
        return self.isolates or self.kind == SpaceKind.ISOLATION

    @property
    def for_whom(self) -> Any:
        """Whom it is for, in words that anyone may read beside the names of those who sleep there: they out nobody."""
        return _("Who asked for it") if self.sleepers == Sleepers.LGBTQ else Sleepers(self.sleepers).label

    @property
    def asked(self) -> dict[str, Any] | None:
        """The rule of the night that this space was read for; None where it asks what its own fields say."""
        return self.__dict__.get("_asked")

    @asked.setter
    def asked(self, rule: dict[str, Any] | None) -> None:
        self.__dict__["_asked"] = rule
        for name, value in (rule or {}).items():
            setattr(self, name, value)


class BedKind(models.TextChoices):
    LOWER = "lower", _("Lower bunk")
    UPPER = "upper", _("Upper bunk")
    SINGLE = "single", _("Single bed")
    COT = "cot", _("Cot")
    CRIB = "crib", _("Crib")
    MAT = "mat", _("Mat")


MOVABLE = [BedKind.COT, BedKind.CRIB, BedKind.MAT]  # What two hands carry: the desk moves it too.

KIND_WORDS = {  # Where there is room for one word: a tile of the board.
    BedKind.LOWER: pgettext_lazy("bunk", "Lower"),
    BedKind.UPPER: pgettext_lazy("bunk", "Upper"),
    BedKind.SINGLE: pgettext_lazy("bed", "Single"),
    BedKind.COT: _("Cot"),
    BedKind.CRIB: _("Crib"),
    BedKind.MAT: _("Mat"),
}


class BedQuerySet(OrganisationQuerySet):
    organisation_path = "space__shelter__organisation"

    def in_service(self, night: Any) -> Self:
        """Beds that exist on a night, those out of order among them."""
        return self.filter(Exists(BedPeriod.objects.filter(bed=OuterRef("pk"), nights__contains=night)))

    def out_of_order(self, night: Any) -> Self:
        return self.filter(Exists(BedBlock.objects.filter(bed=OuterRef("pk"), nights__contains=night)))

    def with_service(self, night: Any) -> Self:
        """Each bed with `.is_in_service` on a night, `.stood_in` (the space in which it stands that night) and
        `.out_reason`: why it cannot be slept in, None where it can."""
        then = {
            "period": FilteredRelation("periods", condition=Q(periods__nights__contains=night)),
            "block": FilteredRelation("blocks", condition=Q(blocks__nights__contains=night)),
        }
        in_service = ExpressionWrapper(Q(period__isnull=False), output_field=models.BooleanField())
        return self.annotate(**then).annotate(
            is_in_service=in_service, stood_in=F("period__space"), out_reason=F("block__reason")
        )

    def with_end(self, night: Any) -> Self:
        """Each bed with `.gone_on`: the first night after this one on which it cannot be slept in where it stands, as far
        as it is planned; None where it stays. A night, or an expression over its periods and blocks (`bed__…`)."""
        blocks = BedBlock.objects.filter(bed=OuterRef("pk"), nights__startswith__gt=night)
        ends = BedPeriod.objects.filter(bed=OuterRef("pk"), nights__endswith__gt=night).annotate(end=NIGHT_AFTER)
        goes_on = BedPeriod.objects.filter(
            bed=OuterRef("bed"), space=OuterRef("space"), nights__contains=OuterRef("end")
        )
        blocked = Subquery(blocks.order_by("nights").values(first=FIRST_NIGHT)[:1])
        ended = Subquery(ends.exclude(Exists(goes_on)).order_by("end").values("end")[:1])
        return self.annotate(gone_on=Least(blocked, ended))

    def with_cleaning(self) -> Self:
        """Each bed with `.is_to_clean`: somebody left it, and nobody has made it ready yet."""
        waiting = FilteredRelation("cleanings", condition=Q(cleanings__cleaned_at=None, cleanings__dropped_at=None))
        is_waiting = ExpressionWrapper(Q(to_clean__isnull=False), output_field=models.BooleanField())
        return self.annotate(to_clean=waiting, is_to_clean=is_waiting)

    def usable(self, night: Any) -> Self:
        """Beds that exist on a night and can be slept in."""
        return self.in_service(night).filter(
            ~Exists(BedBlock.objects.filter(bed=OuterRef("pk"), nights__contains=night))
        )


class Bed(models.Model):
    """One place to sleep. When it exists, and where it stood on which night, stands in its periods; `space` is where it is."""

    space = models.ForeignKey(Space, models.PROTECT, related_name="beds")
    label = models.CharField(_("number"), max_length=20)
    kind = models.CharField(_("kind"), max_length=8, choices=BedKind)
    is_surge = models.BooleanField(_("only when the house is over capacity"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = BedQuerySet.as_manager()

    class Meta:
        verbose_name = _("bed")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["space", "label"], name="one_bed_per_label")]

    def __str__(self) -> str:
        return self.label

    @property
    def is_movable(self) -> bool:
        return self.kind in MOVABLE

    @property
    def kind_word(self) -> Any:
        return KIND_WORDS[BedKind(self.kind)]


class BedPeriod(models.Model):
    """Nights on which a bed is part of the house's capacity, and the space in which it stands then.

    Withdrawing or moving a bed closes its period; the past stays, and every figure of a night takes the space from here.
    """

    bed = models.ForeignKey(Bed, models.CASCADE, related_name="periods")
    space = models.ForeignKey(Space, models.PROTECT, related_name="bed_periods")
    nights = DateRangeField()
    set_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(null=True)  # Null where the bed was here before anybody wrote it down.

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_period_of_a_bed_per_night",
                expressions=[("bed", RangeOperators.EQUAL), ("nights", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(nights__isempty=False), name="bed_period_has_a_night"),
        ]


class BedBlock(models.Model):
    """Nights on which a bed cannot be slept in: broken, being cleaned, in quarantine."""

    bed = models.ForeignKey(Bed, models.CASCADE, related_name="blocks")
    nights = DateRangeField()
    reason = models.CharField(_("reason"), max_length=200)
    closure = models.ForeignKey(
        "shelters.SpaceClosure", models.PROTECT, null=True, related_name="blocks"
    )  # The whole space is closed; reopening it ends this block, and none that the bed has of its own.
    set_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_block_of_a_bed_per_night",
                expressions=[("bed", RangeOperators.EQUAL), ("nights", RangeOperators.OVERLAPS)],
                violation_error_message=_("This bed is already out of service then."),
            ),
        ]


for model in (Shelter, Posting, ShelterState, Space, Bed, BedPeriod, BedBlock):
    tracked()(model)
