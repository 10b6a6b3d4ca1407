"""The card that a guest carries: a random token on paper, and here only what recognises it.

A card holds while the stay that it was made for goes on: a departure ends it and undoing the departure brings it back, without
a job or a hook that could be forgotten. A card that was lost or replaced is revoked by name.
"""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet
from shelters.models.stays import Stay


class CardEnd(models.TextChoices):
    """Why a card is no longer good, although its guest may still be in the house."""

    REPLACED = "replaced", pgettext_lazy("card", "Replaced by a new one")
    LOST = "lost", pgettext_lazy("card", "Lost")


class GuestCardQuerySet(OfShelterQuerySet):
    organisation_path = "stay__shelter__organisation"

    def in_force(self) -> Self:
        """Cards that were not revoked, of guests who have not left."""
        return self.filter(revoked_at=None, stay__in=Stay.objects.current())


class GuestCard(models.Model):
    """One printed card or wristband of one stay. The token itself is nowhere: `token_hash` is its keyed hash."""

    stay = models.ForeignKey("shelters.Stay", models.PROTECT, related_name="cards")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    batch = models.UUIDField()  # Everything that one press made: the same press sent twice makes nothing.
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    revoked_why = models.CharField(max_length=8, choices=CardEnd, blank=True)

    objects = GuestCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("guest's card")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["stay"], condition=Q(revoked_at=None), name="one_card_per_stay"),
            models.UniqueConstraint(fields=["batch", "stay"], name="one_card_per_press"),
            models.CheckConstraint(
                name="a_revoked_card_says_by_whom_and_why",
                condition=Q(revoked_at=None, revoked_by=None, revoked_why="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_why="")),
            ),
        ]
        indexes = [models.Index(fields=["batch"], name="cards_of_a_press")]


tracked(exclude=("token_hash",))(GuestCard)
