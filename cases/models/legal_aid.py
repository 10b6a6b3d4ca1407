"""Legal aid: who gives it, their weekly slots, what is booked, and the notes that only the legal team reads."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.appointments import Appointment
from cases.models.people import Family
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.catalogue import is_a_zone
from ngo.permissions import Permission, may


class LegalProvider(models.Model):
    """A lawyer, a paralegal or an organisation that gives consultations."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="legal_providers")
    name = models.CharField(_("name"), max_length=120)
    licence = models.CharField(_("may practise as"), max_length=120, blank=True)
    speaks = ArrayField(models.CharField(max_length=3), verbose_name=_("speaks"), default=list, blank=True)  # ISO 639-3
    is_active = models.BooleanField(_("gives consultations"), default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal provider")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="one_legal_provider_per_name")]

    def __str__(self) -> str:
        return self.name


class WeeklySlotQuerySet(OrganisationQuerySet):
    organisation_path = "provider__organisation"

    def on(self, day: date) -> Self:
        """Slots that take place on a date."""
        return self.filter(
            Q(until=None) | Q(until__gte=day), provider__is_active=True, weekday=day.weekday(), since__lte=day
        )


class WeeklySlot(models.Model):
    """One consultation a week: a weekday and an hour on the provider's own clock, for one family at a time."""

    provider = models.ForeignKey(LegalProvider, models.PROTECT, related_name="slots")
    weekday = models.PositiveSmallIntegerField(_("day of the week"), validators=[MaxValueValidator(6)])  # 0 is Monday.
    starts_at = models.TimeField(_("begins at"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=45, validators=[MinValueValidator(5)])
    zone = models.CharField(_("time zone"), max_length=60, validators=[is_a_zone])
    since = models.DateField(_("from"))
    until = models.DateField(_("until, that day included"), null=True, blank=True)

    objects = WeeklySlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("weekly slot")
        ordering = ["weekday", "starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="slot_has_a_weekday"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="slot_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["provider", "weekday", "starts_at"], condition=Q(until=None), name="one_open_slot_per_hour"
            ),
        ]


class SlotBooking(models.Model):
    """A slot on one date, taken by one appointment. Released when the appointment moves or ends; never doubly taken."""

    slot = models.ForeignKey(WeeklySlot, models.PROTECT, related_name="bookings")
    day = models.DateField()
    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="slot_bookings")
    booked_at = models.DateTimeField(default=timezone.now)
    booked_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("booked slot")
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "day"],
                condition=Q(released_at=None),
                name="a_slot_is_taken_once",
                violation_error_message=_("Someone else has just taken this slot."),
            ),
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(released_at=None), name="an_appointment_takes_one_slot"
            ),
        ]


class LegalNoteQuerySet(OrganisationQuerySet):
    organisation_path = "family__organisation"

    def visible_to(self, staff: Any) -> Self:
        """The notes of the organisation for the legal role; for everyone else, the coordinator too, there are none."""
        return super().visible_to(staff) if may(staff, Permission.KEEP_LEGAL_NOTES) else self.none()


class LegalNote(models.Model):
    """What was said in confidence. Encrypted; read and written by the legal role alone, not even by the coordinator."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="legal_notes")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="legal_notes")
    text = EncryptedTextField(_("legal note"))
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")

    objects = LegalNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal note")
        ordering = ["-written_at", "-pk"]


for model in (LegalProvider, WeeklySlot, SlotBooking, LegalNote):
    tracked()(model)
