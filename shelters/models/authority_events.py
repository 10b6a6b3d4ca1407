"""What an authority does to many at once: "cancelled everything of kind K at place P from date D". One row, and one for each
appointment, case, stay and hold that it changed, so that it can be put back and both be seen.

It stands on this floor because beds are kept with it. (Tables whose names end in "event" are histories, which nobody changes:
hence `AuthorityChange`.)
"""

from typing import Any, Self

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.date_rules import ClosedDay, ShiftUnit
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.outbox import Outgoing, OutgoingQuerySet

LONGEST_KEPT = 180  # Days.


class WhatHappened(models.TextChoices):
    CANCELLED = "cancelled", pgettext_lazy("authority", "Cancelled")
    MOVED = "moved", pgettext_lazy("authority", "Moved to another day")
    TO_BE_TOLD = "to_be_told", pgettext_lazy("authority", "Moved, the day is still to be told")
    BY_RULE = "by_rule", pgettext_lazy("authority", "Moved, each by a rule")


class AuthorityChangeQuerySet(OrganisationQuerySet):
    def standing(self) -> Self:
        return self.filter(undone_at=None)

    def the_same_as(self, event: "AuthorityChange") -> Self:
        """The one that says the same and stands, if there is one."""
        return self.standing().filter(**{name: getattr(event, name) for name in SAYS})


SAYS = (
    *("organisation", "kind", "pathway", "office", "place", "from_on", "until_on", "what", "new_on", "new_time"),
    *("shift", "shift_unit", "closed_day", "days_of"),
)


class AuthorityChange(models.Model):
    """What an authority announced, as far as it concerns us. Never edited: what was wrong is undone and entered anew."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="authority_events")
    authority = models.CharField(_("authority"), max_length=120)
    what = models.CharField(_("what it did"), max_length=10, choices=WhatHappened)
    kind = models.ForeignKey(
        "cases.AppointmentKind", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("appointments")
    )
    pathway = models.ForeignKey(
        "cases.Pathway", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pathway")
    )
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(_("place"), max_length=160, blank=True)  # Where it is no office of the catalogue.
    from_on = models.DateField(_("from this day on"))
    until_on = models.DateField(_("until this day, that day included"), null=True, blank=True)
    new_on = models.DateField(_("new day"), null=True, blank=True)
    new_time = models.TimeField(_("new hour"), null=True, blank=True)  # Empty: each at its own.
    # "One month later; if that is a weekend, the Monday after" (cases/date_rules.py).
    shift = models.SmallIntegerField(_("moved by so many"), null=True, blank=True)
    shift_unit = models.CharField(_("days or months"), max_length=6, choices=ShiftUnit, blank=True, db_default="")
    closed_day = models.CharField(
        _("if that is no day for it"),
        max_length=7,
        choices=ClosedDay,
        default=ClosedDay.KEEP,
        db_default=ClosedDay.KEEP,
    )
    days_of = models.ForeignKey(
        "cases.Authority", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("whose working days")
    )
    source = models.CharField(_("source"), max_length=300)
    note = models.CharField(_("note"), max_length=300, blank=True)
    keep_days = models.PositiveSmallIntegerField(
        _("beds are kept for so many days"), default=0, validators=[MaxValueValidator(LONGEST_KEPT)]
    )
    kept_until = models.DateField(null=True, blank=True)  # The morning until which beds are kept.
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    undone_because = models.CharField(_("why it is undone"), max_length=200, blank=True)

    objects = AuthorityChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change by an authority")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=SAYS,
                condition=Q(undone_at=None),
                name="an_authority_event_is_entered_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind__isnull=False) | Q(pathway__isnull=False), name="an_authority_event_is_about_something"
            ),
            models.CheckConstraint(
                condition=Q(what=WhatHappened.MOVED, new_on__isnull=False, shift=None, shift_unit="")
                | (Q(what=WhatHappened.BY_RULE, new_on=None, shift__isnull=False) & ~Q(shift_unit=""))
                | Q(
                    what__in=[WhatHappened.CANCELLED, WhatHappened.TO_BE_TOLD],
                    new_on=None,
                    new_time=None,
                    shift=None,
                    shift_unit="",
                    closed_day=ClosedDay.KEEP,
                ),
                name="who_moves_everything_says_to_when",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="an_authority_event_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(closed_day=ClosedDay.WORKING, days_of__isnull=False)
                | (~Q(closed_day=ClosedDay.WORKING) & Q(days_of=None)),
                name="working_days_are_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undone_because="")
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_because="")),
                name="an_undone_event_says_by_whom_and_why",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="an_authority_event_is_never_edited", exclude=["undone_at", "undone_by", "undone_because"]
            )
        ]

    @property
    def where(self) -> str:
        return str(self.office) if self.office_id else self.place

    @property
    def stands(self) -> bool:
        return self.undone_at is None


class LeftAlone(models.TextChoices):
    """Why something that an authority's change reaches was left as it is."""

    OPEN_CLAIM = "open_claim", _("Its claim is open: write first what became of it")
    BED_PROMISED = "bed_promised", _("The bed is promised to somebody else by then")
    BED_GOES = "bed_goes", _("The bed or its space is out of service by then")
    BY_NUMBER = "by_number", _("It is held without a bed: look at it in the house")
    DAY_IS_OVER = "day_over", _("Its new day would be over: move it on its own page")
    TOO_FAR = "too_far", _("Its new day is too far away: move it on its own page")
    SAME_DAY = "same_day", _("It is on that day and hour already")


class AuthorityEffectQuerySet(OrganisationQuerySet):
    organisation_path = "event__organisation"

    def done(self) -> Self:
        return self.filter(left_alone="")

    def with_things(self) -> Self:
        """Each effect with what it is of, in the order of the families."""
        return self.select_related(
            "family", "appointment", "successor", "process__version__pathway", "stay__shelter", "hold__shelter"
        ).order_by("family", "pk")

    def people(self) -> set[int]:
        """The ids of everybody whose appointment or case it is. Two queries."""
        of = self.model._meta.apps.get_model
        going = of("cases", "AppointmentPerson").objects.filter(appointment__in=self.values("appointment"))
        cases = of("cases", "ProcessPerson").objects.to_the_end().filter(process__in=self.values("process"))
        return {*going.values_list("person_id", flat=True), *cases.values_list("person_id", flat=True)}


class AuthorityEffect(models.Model):
    """One appointment, case, stay or hold that an authority's change reached: what stood there before, what took its place."""

    event = models.ForeignKey(AuthorityChange, models.PROTECT, related_name="effects")
    family = models.ForeignKey("cases.Family", models.PROTECT, null=True, related_name="+")
    appointment = models.ForeignKey("cases.Appointment", models.PROTECT, null=True, related_name="+")
    successor = models.ForeignKey("cases.Appointment", models.PROTECT, null=True, related_name="+")
    process = models.ForeignKey("cases.Process", models.PROTECT, null=True, related_name="+")
    stay = models.ForeignKey("shelters.Stay", models.PROTECT, null=True, related_name="+")
    extension = models.ForeignKey("shelters.StayExtension", models.PROTECT, null=True, related_name="+")
    hold = models.ForeignKey("shelters.Placement", models.PROTECT, null=True, related_name="+")
    was: Any = models.JSONField(default=dict)  # cases/services/authority_changes.py, shelters/services/kept_beds.py
    left_alone = models.CharField(max_length=12, choices=LeftAlone, blank=True)
    meets_another = models.BooleanField(default=False, db_default=False)  # Somebody has another appointment then.
    put_back_at = models.DateTimeField(null=True, blank=True)  # Of an event that was undone; empty: changed since.

    objects = AuthorityEffectQuerySet.as_manager()

    class Meta:
        verbose_name = _("effect of a change by an authority")
        constraints = [
            models.UniqueConstraint(fields=["event", "appointment"], name="one_effect_per_appointment"),
            models.UniqueConstraint(fields=["event", "process"], name="one_effect_per_case"),
            models.UniqueConstraint(fields=["event", "stay"], name="one_effect_per_stay"),
            models.UniqueConstraint(fields=["event", "hold"], name="one_effect_per_hold"),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, process=None, stay=None, hold=None)
                | Q(appointment=None, process__isnull=False, stay=None, hold=None)
                | Q(appointment=None, process=None, stay__isnull=False, hold=None)
                | Q(appointment=None, process=None, stay=None, hold__isnull=False),
                name="an_effect_is_of_one_thing",
            ),
        ]


class AuthorityNoticeQuerySet(OutgoingQuerySet):
    organisation_path = "event__organisation"


class AuthorityNotice(Outgoing):
    """A line to one address or number of a family: ask at reception, one of your dates changed. No name, place or kind."""

    event = models.ForeignKey(AuthorityChange, models.PROTECT, related_name="notices")
    family = models.ForeignKey("cases.Family", models.PROTECT, related_name="+")
    email = models.ForeignKey("cases.EmailAddress", models.PROTECT, null=True, blank=True, related_name="+")
    phone = models.ForeignKey("cases.Phone", models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=3)  # Of the text: one of the seven.
    is_of_undo = models.BooleanField(default=False)  # Who was told of the change is told when it is taken back.

    objects = AuthorityNoticeQuerySet.as_manager()

    class Meta(Outgoing.Meta):
        abstract = False
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["event", "email", "is_of_undo"], name="one_notice_per_event_and_address"),
            models.UniqueConstraint(fields=["event", "phone", "is_of_undo"], name="one_notice_per_event_and_number"),
            models.CheckConstraint(
                name="an_authority_notice_has_one_recipient",
                condition=Q(email__isnull=False, phone=None, channel="email")
                | Q(email=None, phone__isnull=False, channel__in=["sms", "whatsapp"]),
            ),
        ]


for model in (AuthorityChange, AuthorityEffect):
    tracked()(model)
