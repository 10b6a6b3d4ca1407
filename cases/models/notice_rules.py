"""Rules for notices: of what, how long before, to whom, on which channel, on which condition. Data, edited by a coordinator."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.appointments import AppointmentKind
from cases.models.clocks import Unit
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.outbox import Channel


class NoticeSource(models.TextChoices):
    """What a notice is about: never said in its words, always on the screens of the house."""

    APPOINTMENT = "appointment", _("An appointment")
    UNCONFIRMED = "unconfirmed", _("An appointment that must be confirmed")
    SIGN_IN = "sign_in", _("A sign-in")
    DOCUMENT = "document", _("A paper that ends")
    CLOCK = "clock", _("A limit of the law")
    STAY = "stay", _("The day until which they may stay")
    HOLD = "hold", _("Beds that are held")


class Audience(models.TextChoices):
    GUEST = "guest", _("The family")
    CARER = "carer", _("Who answers for the children")
    STAFF = "staff", _("Who is responsible")
    LEGAL = "legal", _("The legal team")
    FRONT_DESK = "front_desk", _("The front desk")
    KITCHEN = "kitchen", _("The kitchen")


TO_THE_FAMILY = [Audience.GUEST, Audience.CARER]
TO_A_LIST = [Audience.FRONT_DESK, Audience.KITCHEN]


class Way(models.TextChoices):
    """On which channel: as each recipient wants it, or on one alone."""

    AS_THEY_WANT = "any", _("As each of them wants")
    EMAIL = Channel.EMAIL.value, Channel.EMAIL.label
    SMS = Channel.SMS.value, Channel.SMS.label
    WHATSAPP = Channel.WHATSAPP.value, Channel.WHATSAPP.label
    HOUSE = Channel.HOUSE.value, Channel.HOUSE.label


class NoticeCondition(models.TextChoices):
    ALWAYS = "always", _("Always")
    UNCONFIRMED = "unconfirmed", _("Only while nobody confirmed it")
    NOT_TOLD = "not_told", _("Only while nobody told them in person")


class NoticeRuleQuerySet(OrganisationQuerySet):
    def in_use(self) -> Self:
        return self.filter(is_active=True)


class NoticeRule(models.Model):
    """So many days before, at a wall time of the house, somebody is told.

    Rules are switched off, never removed: each notice that was sent names its rule.
    """

    organisation = models.ForeignKey("ngo.Organisation", models.CASCADE, related_name="notice_rules")
    source = models.CharField(
        _("what about"), max_length=12, choices=NoticeSource, default=NoticeSource.APPOINTMENT, db_default="appointment"
    )
    # Of one kind of appointment; the other sources have none.
    kind = models.ForeignKey(AppointmentKind, models.CASCADE, null=True, blank=True, related_name="notice_rules")
    audience = models.CharField(_("who is reminded"), max_length=10, choices=Audience)
    unit = models.CharField(_("counted in"), max_length=8, choices=Unit, default=Unit.CALENDAR, db_default="calendar")
    days_before = models.PositiveSmallIntegerField(_("days before"))
    at_time = models.TimeField(_("at what time"))
    way = models.CharField(
        _("on which channel"), max_length=10, choices=Way, default=Way.AS_THEY_WANT, db_default="any"
    )
    condition = models.CharField(
        _("on which condition"),
        max_length=12,
        choices=NoticeCondition,
        default=NoticeCondition.ALWAYS,
        db_default="always",
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = NoticeRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for reminders")
        ordering = ["-days_before", "at_time", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organisation",
                    "source",
                    "kind",
                    "audience",
                    "unit",
                    "days_before",
                    "at_time",
                    "way",
                    "condition",
                ],
                nulls_distinct=False,
                name="one_notice_rule_per_moment",
            ),
            models.CheckConstraint(
                name="rules_of_appointments_have_a_kind",
                condition=Q(source="appointment", kind__isnull=False) | (~Q(source="appointment") & Q(kind=None)),
            ),
        ]


tracked()(NoticeRule)
