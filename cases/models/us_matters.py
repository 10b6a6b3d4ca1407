"""What people wait for in the United States, beside their appointments: their A-number, and a turn on a list (annex A)."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.models.processes import Process
from ngo.crypto import EncryptedTextField
from ngo.models.base import OrganisationQuerySet, tracked


class AlienNumberQuerySet(OrganisationQuerySet):
    organisation_path = "person__organisation"

    def standing(self) -> Self:
        return self.filter(removed_at=None)


class AlienNumber(models.Model):
    """The number of someone's file at the U.S. immigration service: nine digits, encrypted, found again by its keyed hash."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="alien_numbers")
    number = EncryptedTextField(_("A-number"))
    number_hash = models.CharField(max_length=64, db_index=True, editable=False)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AlienNumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("A-number")
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(removed_at=None), name="one_a_number_per_person"),
        ]


class TurnState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("turn", "Waits")
    CALLED = "called", pgettext_lazy("turn", "Called")
    PASSED = "passed", pgettext_lazy("turn", "Went in")
    LOST = "lost", pgettext_lazy("turn", "Turn lost")
    LIST_CLOSED = "list_closed", pgettext_lazy("turn", "The list was closed")


class TurnQuerySet(OrganisationQuerySet):
    organisation_path = "process__organisation"

    def waiting(self) -> Self:
        return self.filter(state=TurnState.WAITING)

    def to_check(self, day: date) -> Self:
        return self.waiting().filter(check_on__lte=day)


class WaitlistTurn(models.Model):
    """A place on somebody's list: no authority promises it, and whoever is not there when it is called may lose it."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="turns")
    list_name = models.CharField(_("which list"), max_length=120)
    number = EncryptedTextField(_("number on the list"), blank=True)
    joined_on = models.DateField(_("on the list since"))
    last_called = models.CharField(_("last number that was called"), max_length=40, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    check_on = models.DateField(_("ask again on"))
    state = models.CharField(_("state"), max_length=12, choices=TurnState, default=TurnState.WAITING)
    called_for = models.DateField(_("called for"), null=True, blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = TurnQuerySet.as_manager()

    class Meta:
        verbose_name = _("turn on a list")
        constraints = [
            models.CheckConstraint(condition=~Q(state="called") | Q(called_for__isnull=False), name="a_call_has_a_day"),
        ]


tracked()(AlienNumber)
tracked()(WaitlistTurn)
