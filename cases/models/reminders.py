"""One row per notice of an appointment: made in the same transaction as the appointment, sent by the outbox.

Unique per appointment (each version of it is a row of its own), rule, channel and recipient: a second one cannot be recorded.
"""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models.appointments import Appointment, NoticeRule
from cases.models.contact import EmailAddress
from ngo.models.outbox import Outgoing, OutgoingQuerySet, OutgoingState


class ReminderReason(models.TextChoices):
    """Why one did not leave. Another text in `Outgoing.reason` is what whoever withdrew it gave as theirs."""

    PASSED = "passed", _("Its hour had passed when the appointment was booked")
    AFTER_LEAVING = "after_leaving", _("Its hour is after they leave the house")
    NO_CONSENT = "no_consent", _("The family has not agreed to reminders")
    NO_ADDRESS = "no_address", _("The address was removed")
    NO_SERVER = "no_server", _("No e-mail server is set up")
    CANCELLED = "cancelled", _("The appointment was cancelled")
    RESCHEDULED = "rescheduled", _("The appointment was moved to another date")
    OVER = "over", _("The appointment is over")
    NOT_ON = "not_on", _("The appointment is no longer on")
    TOO_LATE = "too_late", _("It was too late to be true")
    CHANGED = "changed", _("The rules or the person responsible changed")
    NOT_WORKING_HERE = "not_working_here", _("This person no longer works here")


class ReminderQuerySet(OutgoingQuerySet):
    organisation_path = "appointment__organisation"

    def unreached(self) -> Self:
        """Of those to families: what did not arrive, while nobody told them since and no later one arrived."""
        arrived = Reminder.objects.filter(
            appointment=OuterRef("appointment"),
            email__isnull=False,
            state__in=[OutgoingState.SENT, OutgoingState.DELIVERED],
            due_at__gte=OuterRef("due_at"),
        )
        did_not = Q(state__in=[OutgoingState.FAILED, OutgoingState.EXPIRED]) | Q(reason=ReminderReason.NO_SERVER)
        return self.filter(did_not, email__isnull=False, called_at=None).exclude(Exists(arrived))


class Reminder(Outgoing):
    """A neutral text to one recipient about one appointment: no name, place, hour, agency or kind in it."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="reminders")
    rule = models.ForeignKey(NoticeRule, models.PROTECT, related_name="reminders")
    email = models.ForeignKey(EmailAddress, models.PROTECT, null=True, blank=True, related_name="reminders")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=3)  # Of the text: es or en.
    called_at = models.DateTimeField(null=True, blank=True)  # It failed, and somebody told them otherwise.
    called_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReminderQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(
                fields=["appointment", "rule", "channel", "email"],
                condition=Q(email__isnull=False),
                name="one_reminder_per_rule_and_address",
            ),
            models.UniqueConstraint(
                fields=["appointment", "rule", "channel", "staff"],
                condition=Q(staff__isnull=False),
                name="one_reminder_per_rule_and_member_of_staff",
            ),
            models.CheckConstraint(
                name="a_reminder_has_one_recipient",
                condition=Q(email__isnull=False, staff=None) | Q(email=None, staff__isnull=False),
            ),
        ]
