"""Private calendar feeds: an address that a calendar program reads without signing in, made by one person, revocable."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.models.base import OrganisationQuerySet, tracked


class FeedScope(models.TextChoices):
    MINE = "mine", _("Those that I am responsible for")
    HOUSE = "house", _("All of the organisation")


class CalendarFeedQuerySet(OrganisationQuerySet):
    def standing(self) -> Self:
        return self.filter(revoked_at=None)

    def of(self, staff: models.Model) -> Self:
        """Those of one person that stand, the newest first."""
        return self.standing().filter(staff=staff).order_by("-made_at", "-pk")


class CalendarFeed(models.Model):
    """One address. Its token is shown once; here stands its hash alone. Whether it answers is judged at every reading."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="calendar_feeds")
    staff = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256, in hex.
    scope = models.CharField(_("which appointments"), max_length=10, choices=FeedScope)
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["staff", "organisation"], name="calendar_feeds_of_a_person")]


# That it was read is no change of it, and a hash has no place in history.
tracked(exclude=("token_hash", "last_read_at"))(CalendarFeed)
