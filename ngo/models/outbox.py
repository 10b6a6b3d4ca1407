"""Messages that must leave: one row each, claimed with a lease, sent outside the transaction, then recorded.

The row is the truth, the broker only a wake-up (docs/architecture.md). `key` is the same in every attempt: whoever takes
the message can tell a repetition by it.
"""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import OrganisationQuerySet


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    HOUSE = "house", _("In person, from the list of the house")


class OutgoingState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("message", "Waiting")
    CLAIMED = "claimed", pgettext_lazy("message", "Being sent")
    SENT = "sent", pgettext_lazy("message", "Sent")
    DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
    FAILED = "failed", pgettext_lazy("message", "Not delivered")
    SUPPRESSED = "suppressed", pgettext_lazy("message", "Not to be sent")
    EXPIRED = "expired", pgettext_lazy("message", "Too late to be true")
    CANCELLED = "cancelled", pgettext_lazy("message", "Withdrawn")


WAITING = [OutgoingState.PENDING, OutgoingState.CLAIMED]


class Pace(models.Model):
    """When the next message of a channel may leave: its number or its server takes so many a second, whichever process sends."""

    channel = models.CharField(max_length=10, unique=True, choices=Channel)
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.channel} {self.free_at:%H:%M:%S}"


class OutgoingQuerySet(OrganisationQuerySet):
    def due(self, now: datetime) -> Self:
        """What can be claimed now: its time has come, or whoever claimed it has not come back.

        What was claimed was due then: the index ends at now for both, however many wait for a later hour.
        """
        return self.filter(
            Q(state=OutgoingState.PENDING) | Q(state=OutgoingState.CLAIMED, claimed_until__lte=now),
            next_try_at__lte=now,
        )

    def waiting(self) -> Self:
        """What has neither left nor ended."""
        return self.filter(state__in=WAITING)

    def failed(self) -> Self:
        return self.filter(state=OutgoingState.FAILED)


class Outgoing(models.Model):
    """One message to one recipient on one channel. States: pending → claimed → sent → delivered; the others end it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    state = models.CharField(max_length=10, choices=OutgoingState, default=OutgoingState.PENDING)
    due_at = models.DateTimeField()  # When it ought to leave.
    next_try_at = models.DateTimeField()  # When it is tried next: due_at, then later after each failure.
    expires_at = models.DateTimeField(null=True, blank=True)  # From then on it would not be true any more.
    claim = models.UUIDField(null=True, blank=True)  # Who is sending it now; only they may record how it went.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)
    last_error = models.CharField(max_length=80, blank=True)  # The kind of error, never an address or a text.
    reason = models.CharField(max_length=200, blank=True)  # A code: why it was suppressed, expired or withdrawn.

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_claim_has_a_lease",
                condition=Q(state=OutgoingState.CLAIMED, claim__isnull=False, claimed_until__isnull=False)
                | (~Q(state=OutgoingState.CLAIMED) & Q(claim=None, claimed_until=None)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_sent_has_a_time",
                condition=~Q(state__in=[OutgoingState.SENT, OutgoingState.DELIVERED]) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(state__in=["pending", "claimed"]),
                name="%(class)s_due",
            ),
        ]
