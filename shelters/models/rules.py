"""What a space asks of those who sleep in it, from which night until which. A rule that held a night is closed, never edited."""

from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.models.base import OrganisationQuerySet, tracked
from shelters.models.places import Sleepers, Space


class SpaceRuleQuerySet(OrganisationQuerySet):
    organisation_path = "space__shelter__organisation"

    def standing(self) -> Self:
        """Rules that held a night or will."""
        return self.filter(withdrawn_at=None)

    def not_over(self, night: Any) -> Self:
        """Rules that hold a night from this one on."""
        return self.standing().exclude(nights__fully_lt=(night, None))


class SpaceRule(models.Model):
    """Whom a space is for on some nights, in the place of what its own fields say."""

    space = models.ForeignKey(Space, models.PROTECT, related_name="rules")
    nights = DateRangeField()
    sleepers = models.CharField(_("who may sleep here"), max_length=10, choices=Sleepers, default=Sleepers.ANYONE)
    min_age = models.PositiveSmallIntegerField(
        _("from age"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    max_age = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True, validators=[MaxValueValidator(120)])
    is_authorised_for_children_alone = models.BooleanField(
        _("authorised for unaccompanied children (DIF)"), default=False
    )
    isolates = models.BooleanField(_("only for who must sleep apart (isolation)"), default=False)
    note = models.CharField(_("why"), max_length=200, blank=True)
    set_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # Before it held a night: it never did.
    withdrawn_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")

    objects = SpaceRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of a space")
        ordering = ["nights", "pk"]
        constraints = [
            ExclusionConstraint(
                name="one_rule_of_a_space_per_night",
                expressions=[("space", RangeOperators.EQUAL), ("nights", RangeOperators.OVERLAPS)],
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(condition=Q(nights__isempty=False), name="a_rule_has_a_night"),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(max_age=None) | Q(min_age__lte=F("max_age")),
                name="ages_of_a_rule_in_order",
                violation_error_message=_("The lower age must not be above the upper age."),
            ),
        ]


tracked()(SpaceRule)
