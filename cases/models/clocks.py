"""The clocks of the law: who counts which days, when an authority did not work, what a rule says, and what runs for whom.

Lists, authorities and rules are facts with an article, a source and the day they were checked; they come with the data file
(cases/services/clock_rules.py). A rule is never changed: a new version takes its place, and what runs keeps its own until
somebody moves it. Closures are what an organisation knows of; a wrong one is withdrawn, never edited.
"""

from datetime import date
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases import daycount
from cases.models.people import Family, Person
from cases.models.processes import Process
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.models.catalogue import CatalogueQuerySet, OfficeKind


def in_our_language(row: Any, name: str) -> str:
    """One of the two texts of a row, by the language of whoever reads."""
    return getattr(row, f"{name}_en" if (get_language() or "es").startswith("en") else f"{name}_es")


class Certainty(models.TextChoices):
    """How sure we are of a figure: the marks of our annex on the law."""

    READ = "V", _("Read in the source named")
    WEAK = "S", _("Read in a weak or indirect source: check it")
    UNVERIFIED = "U", _("Not verified: ask a lawyer before relying on it")


class Sourced(models.Model):
    """A fact of law: where it stands, where it was read, when, and how sure we are."""

    article = models.CharField(_("article"), max_length=120)
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=300, blank=True)
    checked_on = models.DateField(_("checked on"))
    certainty = models.CharField(_("how sure we are"), max_length=1, choices=Certainty)

    class Meta:
        abstract = True


class DayList(Sourced):
    """One list of days that are no working days. `days` are written MM-DD; `cycles` come every so many years."""

    code = models.SlugField(max_length=40, unique=True)
    name_es = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160)
    days = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    cycles = models.JSONField(default=list, blank=True)  # [{"month", "day", "since", "every"}]
    country = models.CharField(max_length=2, blank=True)  # The public holidays that the `holidays` package keeps,
    package = models.CharField(max_length=40, blank=True)  # in this release of it.

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of non-working days")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_our_language(self, "name")

    @property
    def counted(self) -> daycount.DayList:
        """The same, for counting."""
        fixed = tuple((int(month), int(day)) for month, _dash, day in (text.partition("-") for text in self.days))
        return daycount.DayList(self.code, fixed, tuple(daycount.Cycle(**one) for one in self.cycles), self.country)


class Authority(models.Model):
    """Who takes the time, or receives what must be done in time. `lists` are the codes of the lists that may hold for it."""

    code = models.SlugField(max_length=40, unique=True)
    name_es = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160)
    lists = ArrayField(models.CharField(max_length=40), default=list)
    office_kind = models.CharField(max_length=20, choices=OfficeKind, blank=True)  # Its offices in the catalogue.
    position = models.PositiveSmallIntegerField(default=0)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_our_language(self, "name")


class ClosureKind(models.TextChoices):
    CLOSED = "closed", pgettext_lazy("authority", "Closed or on holiday")
    SUSPENDED = "suspended", pgettext_lazy("authority", "Its deadlines are suspended")


class ClosureQuerySet(OrganisationQuerySet):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at=None)

    def at(self, office_id: int | None) -> Self:
        """Closures of the whole authority and, where the office is known, of that one."""
        return self.filter(Q(office=None) | Q(office=office_id)) if office_id else self.filter(office=None)


class Closure(models.Model):
    """Days on which an authority, or one of its offices, did not work or its deadlines did not run. Withdrawn, never edited."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="closures")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="closures", verbose_name=_("authority"))
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    kind = models.CharField(_("what it is"), max_length=10, choices=ClosureKind, default=ClosureKind.CLOSED)
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=300, blank=True)
    takes_no_sign_in = models.BooleanField(_("no sign-in is taken"), default=True)
    entered_at = models.DateTimeField(default=timezone.now)
    entered_by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_because = models.CharField(_("why it is withdrawn"), max_length=300, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closure")
        ordering = ["-first_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_closure_ends_after_it_starts",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                name="a_withdrawal_has_time_author_and_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "authority", "first_day"], name="closures_of_an_authority")]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_closure_is_never_edited", exclude=["withdrawn_at", "withdrawn_by", "withdrawn_because"]
            ),
            pgtrigger.Protect(
                name="a_withdrawal_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]

    @property
    def span(self) -> daycount.Span:
        return daycount.Span(self.first_day, self.last_day, self.pk or -1)

    @property
    def where(self) -> str:
        return str(self.office) if self.office_id else self.authority.name


class Actor(models.TextChoices):
    """Whose time it is."""

    PERSON = "person", _("The person must act")
    AUTHORITY = "authority", _("The authority must act")


class Unit(models.TextChoices):
    WORKING = daycount.WORKING, _("working days")
    CALENDAR = daycount.CALENDAR, _("calendar days")


class Start(models.TextChoices):
    EVENT_DAY = daycount.EVENT_DAY, _("the day of the event itself")
    NEXT_DAY = daycount.NEXT_DAY, _("the day after the event")


class ClockRuleQuerySet(models.QuerySet):
    def visible_to(self, staff: Any) -> Self:
        """The rules that come with Posada, and those that this person's organisation wrote."""
        membership = getattr(staff, "membership", None)
        return self.of(membership.organisation_id) if membership else self.none()

    def of(self, organisation_id: int) -> Self:
        return self.filter(Q(organisation=None) | Q(organisation=organisation_id))

    def in_force(self) -> Self:
        """The version of each rule that holds today: the organisation's own where it wrote one."""
        return self.filter(replaced_at=None).order_by("code", F("organisation").asc(nulls_last=True)).distinct("code")


class ClockRule(Sourced):
    """One version of one rule of law. Where `organisation` is empty it came with Posada; else the organisation wrote it."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="rules")
    actor = models.CharField(_("whose time it is"), max_length=10, choices=Actor)
    name_es = models.CharField(_("name in Spanish"), max_length=160)
    name_en = models.CharField(_("name in English"), max_length=160)
    event_es = models.CharField(_("counted from, in Spanish"), max_length=160)
    event_en = models.CharField(_("counted from, in English"), max_length=160)
    quote = models.CharField(_("the words of the law"), max_length=300, blank=True)
    note_es = models.CharField(_("note in Spanish"), max_length=500, blank=True)
    note_en = models.CharField(_("note in English"), max_length=500, blank=True)
    safe_count = models.PositiveSmallIntegerField(_("safe: how many days"))
    safe_unit = models.CharField(_("safe: which days"), max_length=10, choices=Unit)
    safe_start = models.CharField(_("safe: day 1 is looked for from"), max_length=10, choices=Start)
    likely_count = models.PositiveSmallIntegerField(_("likely: how many days"))
    likely_unit = models.CharField(_("likely: which days"), max_length=10, choices=Unit)
    likely_start = models.CharField(_("likely: day 1 is looked for from"), max_length=10, choices=Start)
    likely_rolls = models.BooleanField(_("a last day without work becomes the next working day"), default=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = ClockRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of a clock")
        ordering = ["position", "code", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code", "version"], name="one_clock_rule_per_version", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["organisation", "code"],
                condition=Q(replaced_at=None),
                name="one_clock_rule_in_force",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_clock_rule_counts_days_that_can_be_counted",
                condition=Q(safe_count__range=(1, daycount.MOST)) & Q(likely_count__range=(1, daycount.MOST)),
                violation_error_message=_("A rule counts from 1 to 1000 days."),
            ),
        ]
        triggers = [pgtrigger.ReadOnly(name="a_version_is_never_edited", exclude=["replaced_at", "position"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_our_language(self, "name")

    @property
    def event(self) -> str:
        return in_our_language(self, "event")

    @property
    def note(self) -> str:
        return in_our_language(self, "note")

    @property
    def safe(self) -> daycount.Reading:
        return daycount.Reading(self.safe_count, self.safe_unit, self.safe_start)

    @property
    def likely(self) -> daycount.Reading:
        return daycount.Reading(self.likely_count, self.likely_unit, self.likely_start, self.likely_rolls)


class ClockState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("clock", "Running")
    MET = "met", pgettext_lazy("clock", "Done in time")
    PASSED = "passed", pgettext_lazy("clock", "The time passed")
    STOPPED = "stopped", pgettext_lazy("clock", "Not needed any more")


COUNTED_AGAIN = [ClockState.RUNNING, ClockState.PASSED]  # A closure found later may show that it did not pass.


class ClockQuerySet(OrganisationQuerySet):
    def running(self) -> Self:
        return self.filter(state=ClockState.RUNNING)

    def counted_again(self) -> Self:
        return self.filter(state__in=COUNTED_AGAIN)

    def until(self, day: date) -> Self:
        """Running clocks whose safe date is this day or has passed, the most urgent first."""
        return self.running().filter(safe_on__lte=day).order_by("safe_on", "pk")

    def with_rule(self) -> Self:
        return self.select_related("rule__authority", "office", "family", "person", "started_by", "closed_by")


class Clock(models.Model):
    """One time limit that runs for a person, or for a whole family, from an event. Both results stand in the row."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="clocks")
    family = models.ForeignKey(Family, models.PROTECT, related_name="clocks")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="clocks")
    process = models.ForeignKey(Process, models.PROTECT, null=True, blank=True, related_name="clocks")  # Its case.
    rule = models.ForeignKey(ClockRule, models.PROTECT, related_name="clocks")
    office = models.ForeignKey("ngo.Office", models.PROTECT, null=True, blank=True, related_name="+")
    event_on = models.DateField(_("day of the event"))
    after_hours = models.BooleanField(_("done when the office had shut"), default=False)
    event_note = models.CharField(_("why this day"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ClockState, default=ClockState.RUNNING)
    safe_on = models.DateField()
    likely_on = models.DateField()
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)  # The day on which it was done, passed or was dropped.
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    closing_note = models.CharField(_("note"), max_length=200, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        ordering = ["safe_on", "pk"]
        constraints = [
            models.CheckConstraint(name="safe_is_never_after_likely", condition=Q(safe_on__lte=F("likely_on"))),
            models.CheckConstraint(
                name="a_closed_clock_has_day_time_and_author",
                condition=Q(state=ClockState.RUNNING, closed_on=None, closed_at=None, closed_by=None)
                | (
                    ~Q(state=ClockState.RUNNING)
                    & Q(closed_on__isnull=False, closed_at__isnull=False, closed_by__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "safe_on"], condition=Q(state=ClockState.RUNNING), name="running_clocks_by_date"
            ),
            models.Index(fields=["family", "safe_on"], name="clocks_of_a_family"),
        ]

    @property
    def due_on(self) -> date:
        """The date that counts: the earlier one for what a person must do, the later one for what an authority may take."""
        return self.safe_on if self.rule.actor == Actor.PERSON else self.likely_on


class Cause(models.TextChoices):
    STARTED = "started", pgettext_lazy("clock", "It began")
    CLOSURE = "closure", pgettext_lazy("clock", "A closure was entered")
    WITHDRAWAL = "withdrawal", pgettext_lazy("clock", "A closure was withdrawn")
    EVENT = "event", pgettext_lazy("clock", "The day of the event was corrected")
    RULE = "rule", pgettext_lazy("clock", "A new version of the rule was taken")
    REOPENED = "reopened", pgettext_lazy("clock", "It was opened again")
    LIST = "list", pgettext_lazy("clock", "A list of days was brought up to date")


class ClockResultQuerySet(OrganisationQuerySet):
    organisation_path = "clock__organisation"

    def to_tell(self) -> Self:
        """Changes of dates of which nobody has told the family yet, the newest first."""
        return self.filter(told_at=None, clock__state__in=COUNTED_AGAIN).exclude(cause=Cause.STARTED)


class ClockResult(models.Model):
    """What was counted once: both dates with what they left out, why it was counted again, and who was told of the change."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="results")
    cause = models.CharField(max_length=10, choices=Cause)
    closure = models.ForeignKey(Closure, models.PROTECT, null=True, blank=True, related_name="results")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, related_name="+")
    event_on = models.DateField()
    was_safe_on = models.DateField(null=True)
    was_likely_on = models.DateField(null=True)
    safe_on = models.DateField()
    likely_on = models.DateField()
    left_out = models.JSONField(default=list)  # Of the likely count: [first, last, closure or 0].
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    told_whom = models.CharField(_("who was told"), max_length=120, blank=True)

    objects = ClockResultQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="who_was_told_has_time_and_author",
                condition=Q(told_at=None, told_by=None, told_whom="")
                | (Q(told_at__isnull=False, told_by__isnull=False) & ~Q(told_whom="")),
            ),
        ]
        indexes = [
            models.Index(fields=["clock", "-at"], name="results_of_a_clock"),
            models.Index(
                fields=["-at"], condition=Q(told_at=None) & ~Q(cause=Cause.STARTED), name="clock_changes_to_tell"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="a_result_is_never_edited", exclude=["told_at", "told_by", "told_whom"]),
            pgtrigger.Protect(
                name="who_was_told_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__told_at__isnull=False),
            ),
        ]


for model in (DayList, Authority, Closure, ClockRule, Clock, ClockResult):
    tracked()(model)
