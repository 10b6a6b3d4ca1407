"""Alerts about children who are here without a carer (design: domain annex B3; LM 98, 99, 112; LGDNNA 94, 95)."""

from datetime import date
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
    plan_received_on = models.DateField(
        _("plan received on"), null=True, blank=True
    )  # Plan de restitución de derechos.
    plan_folio = models.CharField(_("file number of the plan"), max_length=60, blank=True, default="", db_default="")
    plan_recorded_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(
        "cases.ChildPlace",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alerts",
        verbose_name=_("where they sleep"),
    )
    placed_at = models.DateTimeField(_("since when"), null=True, blank=True)
    placed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
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
            models.CheckConstraint(
                condition=Q(plan_received_on=None, plan_recorded_by=None, plan_folio="")
                | Q(plan_received_on__isnull=False, plan_recorded_by__isnull=False),
                name="plan_has_day_and_author",
            ),
            models.CheckConstraint(
                condition=Q(place=None, placed_at=None, placed_by=None)
                | Q(place__isnull=False, placed_at__isnull=False, placed_by__isnull=False),
                name="place_has_time_and_author",
            ),
        ]


class ChildPlaceQuerySet(OrganisationQuerySet):
    def in_use(self) -> Self:
        return self.filter(is_active=True).order_by("name", "pk")


class ChildPlace(models.Model):
    """A place where an unaccompanied child may sleep: of the DIF, or authorised by it until a date (LGDNNA 94, 95)."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="child_places")
    name = models.CharField(_("place"), max_length=160)
    is_of_the_dif = models.BooleanField(_("it is a place of the DIF itself"), default=False)
    authorisation = models.CharField(_("number of the authorisation"), max_length=80, blank=True)
    authorised_until = models.DateField(_("authorised until"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    changed_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = ChildPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place for children")
        verbose_name_plural = _("places for children")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="one_row_per_place_for_children",
                violation_error_message=_("This place is in the list already."),
            ),
            models.CheckConstraint(
                condition=Q(is_of_the_dif=True) | (Q(authorised_until__isnull=False) & ~Q(authorisation="")),
                name="a_place_for_children_is_authorised",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_authorised_on(self, day: date) -> bool:
        """A child may sleep here on this date: a place of the DIF always, another one until its authorisation ends."""
        return self.is_of_the_dif or (self.authorised_until is not None and day <= self.authorised_until)


tracked()(ChildAlert)
tracked()(ChildPlace)
