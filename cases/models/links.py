"""The person of a referral that was accepted here, and a file of ours, are one person: said, never merged.

The two files stay two, each with its organisation. A link stands for as long as the grant that it rests on is open, which is
judged whenever it is read; what our side sees of the other file is what the referral shares, and nothing of it is copied.
"""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Person
from cases.models.referrals import ReferralGrant, ReferralState
from ngo.models.base import OrganisationQuerySet, tracked


class FileLinkQuerySet(OrganisationQuerySet):
    """`visible_to` is the side that received the referral: the person named here is of theirs."""

    organisation_path = "person__organisation"

    def standing(self, now: datetime) -> Self:
        """Links that nobody has undone, of people who are shown at this moment under a referral that was accepted."""
        shown = ReferralGrant.objects.open(now).filter(referral__state=ReferralState.ACCEPTED).order_by()
        return self.filter(ended_at=None, grant__in=shown).order_by("pk")


class FileLink(models.Model):
    """That the person of a grant has a file of their own with who received the referral. Undone, never removed."""

    grant = models.ForeignKey(ReferralGrant, models.PROTECT, related_name="links")
    person = models.ForeignKey(Person, models.PROTECT, related_name="file_links")  # Of who received the referral.
    how = models.CharField(_("how it was found out"), max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = FileLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link between files")
        constraints = [
            models.UniqueConstraint(fields=["grant"], condition=Q(ended_at=None), name="one_file_per_shared_person"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_link_is_undone_by_somebody",
            ),
        ]


tracked()(FileLink)
