"""What is in the store, in lots with an expiry date; every count in and out is a row. And meals that were served."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet


class ItemQuerySet(OfShelterQuerySet):
    def in_use(self) -> Self:
        return self.filter(is_active=True)


class Item(models.Model):
    """One thing that a shelter keeps: rice in kilograms, formula in tins."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="items")
    name = models.CharField(_("name"), max_length=80)
    unit = models.CharField(_("unit"), max_length=20)
    is_staple = models.BooleanField(_("a staple: say how many days it lasts"), default=False)
    daily_per_head = models.DecimalField(  # Where empty, what was really used in the last 14 days counts.
        _("planned per person and day"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    low_days = models.PositiveSmallIntegerField(_("warn when it lasts fewer days than"), default=7)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["shelter", "name"], name="one_item_per_name"),
            models.CheckConstraint(
                condition=Q(daily_per_head=None) | Q(daily_per_head__gt=0), name="planned_use_is_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LotQuerySet(OfShelterQuerySet):
    organisation_path = "item__shelter__organisation"

    def usable(self, day: date) -> Self:
        """Lots with something left that have not expired on a date, what expires first first."""
        fresh = Q(expires_on=None) | Q(expires_on__gte=day)
        return self.filter(fresh, left__gt=0).order_by(models.F("expires_on").asc(nulls_last=True), "pk")


class Lot(models.Model):
    """A quantity of one item with one expiry date. `left` is the sum of its moves; the database keeps it from below zero."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="lots")
    expires_on = models.DateField(_("use until"), null=True, blank=True)  # The last day on which it may be used.
    left = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    opened_at = models.DateTimeField(default=timezone.now)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        constraints = [
            models.CheckConstraint(
                condition=Q(left__gte=0),
                name="stock_is_never_below_zero",
                violation_error_message=_("There is not that much left."),
            ),
            models.UniqueConstraint(
                fields=["item", "expires_on"], name="one_lot_per_expiry_date", nulls_distinct=False
            ),
        ]


class MoveKind(models.TextChoices):
    IN = "in", pgettext_lazy("store", "Came in")
    OUT = "out", pgettext_lazy("store", "Went out")
    LOSS = "loss", pgettext_lazy("store", "Lost or thrown away")
    COUNT = "count", pgettext_lazy("store", "Corrected by a count")
    UNDO = "undo", pgettext_lazy("store", "Undone")


class MoveQuerySet(OfShelterQuerySet):
    organisation_path = "lot__item__shelter__organisation"

    def standing(self) -> Self:
        """Moves that were not undone, without those that undo others."""
        return self.exclude(kind=MoveKind.UNDO).filter(undone_by=None)


class StockMove(models.Model):
    """One count in or out of a lot. Written once; a mistake is corrected by another, which may name it.

    `act` joins what one press of a button did: a count out may draw from several lots. The same press sent twice is one.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=5, choices=MoveKind)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)  # Signed: what it adds to the lot.
    happened_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    act = models.UUIDField(default=uuid.uuid4)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    objects = MoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("move of the store")
        ordering = ["-happened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_move_has_the_sign_of_its_kind",
                condition=Q(kind=MoveKind.IN, quantity__gt=0)
                | Q(kind__in=[MoveKind.OUT, MoveKind.LOSS], quantity__lt=0)
                | (Q(kind__in=[MoveKind.COUNT, MoveKind.UNDO]) & ~Q(quantity=0)),
            ),
            models.CheckConstraint(
                name="losses_and_corrections_have_a_reason",
                condition=Q(kind__in=[MoveKind.IN, MoveKind.OUT, MoveKind.UNDO]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="what_undoes_names_what_it_undoes",
                condition=Q(kind=MoveKind.UNDO, undoes__isnull=False) | (~Q(kind=MoveKind.UNDO) & Q(undoes=None)),
            ),
            models.UniqueConstraint(fields=["act", "lot"], name="one_move_of_a_lot_per_act"),
        ]
        indexes = [models.Index(fields=["lot", "-happened_at"], name="moves_of_a_lot")]


class Meal(models.TextChoices):
    BREAKFAST = "breakfast", _("Breakfast")
    LUNCH = "lunch", _("Lunch")
    SUPPER = "supper", _("Supper")


class MealCount(models.Model):
    """How many portions of one meal were served on a day: what the kitchen counted, not what was planned."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="meal_counts")
    day = models.DateField()
    meal = models.CharField(max_length=10, choices=Meal)
    served = models.PositiveIntegerField(_("portions served"))
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = OfShelterQuerySet.as_manager()

    class Meta:
        verbose_name = _("meals served")
        constraints = [models.UniqueConstraint(fields=["shelter", "day", "meal"], name="one_count_per_meal")]


for model in (Item, Lot, StockMove, MealCount):
    tracked()(model)
