"""Appointments: what kind, where, when on which clock, who goes, and what became of them.

Three clocks for a date (docs/architecture.md): the wall time at the place, the zone of the place, and the instant. If a zone's
rule changes after booking, the wall time is what was promised. A rescheduled appointment stays as it was; its successor names it.
"""

from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Group, Person
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.catalogue import is_a_zone


class AppointmentKindQuerySet(OrganisationQuerySet):
    def in_use(self) -> Self:
        return self.filter(is_active=True)


class AppointmentKind(models.Model):
    """A kind of appointment: data of the organisation, seeded when it is set up, edited by its coordinator."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="appointment_kinds")
    code = models.SlugField(_("short name"), max_length=40)
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    group = models.CharField(_("group"), max_length=20, choices=Group, blank=True)
    is_legal = models.BooleanField(_("takes a slot of a legal provider"), default=False)
    # Neutral words: they stand on a sheet that lies about. "Their folder", never what is in it.
    bring_es = models.CharField(_("what to bring, in Spanish"), max_length=200, blank=True)
    bring_en = models.CharField(_("what to bring, in English"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    # What follows for somebody who is not there, in plain words. For the page of the appointment, never for a phone.
    missing_es = models.CharField(_("what missing it means, in Spanish"), max_length=400, blank=True)
    missing_en = models.CharField(_("what missing it means, in English"), max_length=400, blank=True)
    # What to do then, in plain words, and where that is known from. "Late: see a lawyer", never that it is too late.
    after_missing_es = models.CharField(_("what to do after a miss, in Spanish"), max_length=500, blank=True)
    after_missing_en = models.CharField(_("what to do after a miss, in English"), max_length=500, blank=True)
    after_missing_source = models.CharField(_("source of what to do after a miss"), max_length=300, blank=True)
    is_checked_weekly = models.BooleanField(_("its date is checked with the court every week"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order in lists"), default=0)

    objects = AppointmentKindQuerySet.as_manager()

    class Meta:
        verbose_name = _("kind of appointment")
        verbose_name_plural = _("kinds of appointment")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="one_appointment_kind_per_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "es").startswith("en") else self.name_es

    @property
    def bring(self) -> str:
        return self.bring_en if (get_language() or "es").startswith("en") else self.bring_es

    @property
    def missing(self) -> str:
        return self.missing_en if (get_language() or "es").startswith("en") else self.missing_es

    @property
    def after_missing(self) -> str:
        return self.after_missing_en if (get_language() or "es").startswith("en") else self.after_missing_es

    @property
    def is_grave(self) -> bool:
        """Whether a miss may cost more than a new date: it belongs to a pathway, or somebody wrote what missing it means."""
        return bool(self.group or self.missing_es or self.missing_en)


class AppointmentState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("appointment", "Planned")
    OFFERED = "offered", pgettext_lazy("appointment", "Offered, to be confirmed")
    CONFIRMED = "confirmed", pgettext_lazy("appointment", "Confirmed")
    ATTENDED = "attended", pgettext_lazy("appointment", "Attended")
    MISSED = "missed", pgettext_lazy("appointment", "Missed")
    TURNED_AWAY = "turned_away", pgettext_lazy("appointment", "Turned away there")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled by the family")
    CANCELLED_BY_AUTHORITY = "cancelled_auth", pgettext_lazy("appointment", "Cancelled by the authority")
    RESCHEDULED = "rescheduled", pgettext_lazy("appointment", "Moved to another date")


STILL_ON = [AppointmentState.PLANNED, AppointmentState.OFFERED, AppointmentState.CONFIRMED]


class Food(models.TextChoices):
    """What the kitchen prepares for who leaves."""

    NONE = "none", pgettext_lazy("food on the way", "Nothing special")
    BREAKFAST = "breakfast", pgettext_lazy("food on the way", "Early breakfast")
    LUNCH = "lunch", pgettext_lazy("food on the way", "Packed lunch")
    BOTH = "both", pgettext_lazy("food on the way", "Early breakfast and packed lunch")


class AppointmentQuerySet(OrganisationQuerySet):
    def still_on(self) -> Self:
        return self.filter(state__in=STILL_ON)

    def upcoming(self, now: datetime) -> Self:
        """Appointments that are on and have not begun, the next first."""
        return self.still_on().filter(starts_at__gte=now).order_by("starts_at", "pk")

    def leaving_between(self, start: datetime, end: datetime) -> Self:
        """Appointments that are on and for which somebody leaves the house in [start, end), who leaves first first."""
        return (
            self.still_on()
            .filter(leave_shelter_at__gte=start, leave_shelter_at__lt=end)
            .order_by("leave_shelter_at", "pk")
        )

    def without_outcome(self, now: datetime) -> Self:
        """Appointments that have begun, and nobody wrote what became of them; the latest first."""
        return self.still_on().filter(starts_at__lt=now).order_by("-starts_at", "-pk")

    def of_an_authority(self, *, kind: AppointmentKind, since: date, office: Any = None, place: str = "") -> Self:
        """Those of a kind that are on, from a day on: at an office, at a place that was written by hand, or everywhere."""
        rows = self.still_on().filter(kind=kind, local_date__gte=since)
        if office is not None:
            return rows.filter(office=office)
        return rows.filter(office=None, place=place) if place else rows

    def with_place(self) -> Self:
        return self.select_related("kind", "office__city", "family", "owner", "told_by")

    def with_people(self) -> Self:
        """Each appointment with `.goers`: its rows of people, in the order of the family."""
        rows = AppointmentPerson.objects.select_related("person").order_by("is_companion", "pk")
        return self.prefetch_related(models.Prefetch("people", queryset=rows, to_attr="goers"))


class Appointment(models.Model):
    """One date that must not be missed. `local_date` and `local_time` are the wall clock of the place (`zone`)."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="appointments")
    family = models.ForeignKey(Family, models.PROTECT, related_name="appointments")
    kind = models.ForeignKey(AppointmentKind, models.PROTECT, related_name="appointments")
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(_("place"), max_length=160, blank=True)  # Where it is no office of the catalogue.
    zone = models.CharField(_("time zone of the place"), max_length=60, validators=[is_a_zone])
    local_date = models.DateField(_("date"))
    local_time = models.TimeField(_("hour"))
    starts_at = models.DateTimeField()
    home_zone = models.CharField(max_length=60, validators=[is_a_zone])  # The clock of the house they leave from.
    leave_shelter_at = models.DateTimeField(_("leaves the house at"))
    report_at = models.DateTimeField(_("must be there at"))
    accompanied_by = models.CharField(_("who goes with them"), max_length=120, blank=True)
    food = models.CharField(_("food"), max_length=10, choices=Food, default=Food.NONE)
    owner = models.ForeignKey(
        "ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    state = models.CharField(_("state"), max_length=15, choices=AppointmentState, default=AppointmentState.PLANNED)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    told_at = models.DateTimeField(null=True, blank=True)  # In person, in the house: the main channel.
    told_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="leave_then_report_then_start",
                condition=Q(leave_shelter_at__lte=F("report_at")) & Q(report_at__lte=F("starts_at")),
                violation_error_message=_("They leave the house first, then have to be there, then it begins."),
            ),
            models.CheckConstraint(
                name="told_has_time_and_author",
                condition=Q(told_at=None, told_by=None) | Q(told_at__isnull=False, told_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "leave_shelter_at"], name="appointments_by_leaving"),
            models.Index(fields=["family", "starts_at"], name="appointments_of_a_family"),
            models.Index(
                fields=["organisation", "starts_at"], condition=Q(state__in=STILL_ON), name="appointments_still_on"
            ),
        ]

    @property
    def is_on(self) -> bool:
        return self.state in STILL_ON

    @property
    def day_here(self) -> date:
        """The date on the clock of the house."""
        return timezone.localdate(self.starts_at, ZoneInfo(self.home_zone))

    @property
    def leaves(self) -> datetime:
        """When they leave, on the clock of the house."""
        return timezone.localtime(self.leave_shelter_at, ZoneInfo(self.home_zone))

    @property
    def where(self) -> str:
        return str(self.office) if self.office_id else self.place

    @property
    def has_two_clocks(self) -> bool:
        """Whether the clock at the place shows another hour than the clock of the house."""
        here, there = (timezone.localtime(self.starts_at, ZoneInfo(name)) for name in (self.home_zone, self.zone))
        return here.utcoffset() != there.utcoffset()


class AppointmentPerson(models.Model):
    """Someone who goes: called there, or with them."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="people")
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointment_rows")
    is_companion = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "person"], name="one_row_per_person_of_an_appointment")
        ]
        indexes = [models.Index(fields=["person"], name="appointments_of_a_person")]


class AppointmentChange(models.Model):
    """A state that an appointment was put in: when, by whom, why. Written once, never changed."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="changes")
    state = models.CharField(max_length=15, choices=AppointmentState)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]


for model in (AppointmentKind, Appointment, AppointmentPerson, AppointmentChange):
    tracked()(model)
