"""What happened to a family: who left it, who came to it, who came back. Written once, never changed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Family, Person
from ngo.models.base import OrganisationQuerySet, tracked


class FamilyChangeKind(models.TextChoices):
    SPLIT = "split", _("Went on as a family of their own")
    JOINED = "joined", _("Came to this family")
    REUNITED = "reunited", _("Came back to this family")
    LEFT = "left", _("Went to another family")
    HEAD = "head", _("Head of the family from now on")
    ROLE = "role", _("What they are to the family was corrected")


class FamilyChangeQuerySet(OrganisationQuerySet):
    organisation_path = "family__organisation"


class FamilyChange(models.Model):
    """One event of one family, with the people whom it was about. An event of two families is a row of each."""

    family = models.ForeignKey(Family, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=FamilyChangeKind)
    people = models.ManyToManyField(Person, related_name="+")
    other_family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="+")
    happened_on = models.DateField(_("day"), default=timezone.localdate)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = FamilyChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a family")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["family"], name="changes_of_a_family")]


tracked()(FamilyChange)
