"""Who came to the door and was not taken in. Without a name: they may never have given one."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.models.base import tracked
from shelters.models.places import OfShelterQuerySet


class Composition(models.TextChoices):
    MEN = "men", pgettext_lazy("party", "Men")
    WOMEN = "women", pgettext_lazy("party", "Women")
    WOMEN_CHILDREN = "women_children", pgettext_lazy("party", "Women with children")
    FAMILY = "family", pgettext_lazy("party", "Family")
    CHILDREN = "children", pgettext_lazy("party", "Children alone")
    MIXED = "mixed", pgettext_lazy("party", "Other")


class TurnAwayReason(models.TextChoices):
    FULL = "full", _("Full")
    COMPOSITION = "composition", _("No place for them together")
    CURFEW = "curfew", _("After the door had closed")
    NO_ID = "no_id", _("No papers")
    OTHER = "other", _("Other reason")


class TurnAwayQuerySet(OfShelterQuerySet):
    def standing(self) -> "TurnAwayQuerySet":
        """Those that were not taken back."""
        return self.filter(voided_at=None)


class TurnAway(models.Model):
    """A party that was turned away: how many, who, why, where they were sent. Feeds the report of the night."""

    shelter = models.ForeignKey("shelters.Shelter", models.PROTECT, related_name="turn_aways")
    night = models.DateField()  # Kept, not derived: the shelter's morning hour may change later.
    happened_at = models.DateTimeField()
    party_size = models.PositiveSmallIntegerField(
        _("how many"), validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    composition = models.CharField(_("who"), max_length=15, choices=Composition)
    reason = models.CharField(_("why"), max_length=12, choices=TurnAwayReason)
    sent_to = models.CharField(_("where they were sent"), max_length=120, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = TurnAwayQuerySet.as_manager()

    class Meta:
        verbose_name = _("party turned away")
        ordering = ["-happened_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(party_size__gte=1), name="a_party_has_someone")]
        indexes = [models.Index(fields=["shelter", "night"], name="turn_aways_of_a_night")]


tracked()(TurnAway)
