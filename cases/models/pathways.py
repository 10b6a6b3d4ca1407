"""Pathways: the ways that people go, as data. What is right changes overnight, so a pathway is edited, and keeps its versions.

A version and its steps are written once and never changed: a case says which version it follows, and keeps it until somebody
moves it. What a law says stands beside the step with its article, its source and the day on which it was checked.
"""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases.models.people import Group
from ngo.models.base import OrganisationQuerySet, tracked
from ngo.permissions import Role


def in_our_language(es: str, en: str) -> str:
    """One of two texts, by the language of the page; the other where one is missing."""
    return (en or es) if (get_language() or "es").startswith("en") else (es or en)


class PathwayQuerySet(OrganisationQuerySet):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def with_version(self) -> Self:
        """Each pathway with `.latest`: its version in force, in a list of one."""
        newest = PathwayVersion.objects.in_force()
        return self.prefetch_related(models.Prefetch("versions", queryset=newest, to_attr="latest"))


class Pathway(models.Model):
    """A way that people go, of one organisation: a hearing in the United States, protection in Mexico, a return."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="pathways")
    code = models.SlugField(_("short name"), max_length=40)
    group = models.CharField(_("group"), max_length=20, choices=Group)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order in lists"), default=0)

    objects = PathwayQuerySet.as_manager()

    class Meta:
        verbose_name = _("pathway")
        verbose_name_plural = _("pathways")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="one_pathway_per_code")]

    def __str__(self) -> str:
        return self.code


class PathwayVersionQuerySet(OrganisationQuerySet):
    organisation_path = "pathway__organisation"

    def in_force(self) -> Self:
        """The newest version of each pathway: what a new case follows."""
        newer = PathwayVersion._default_manager.filter(
            pathway=models.OuterRef("pathway"), number__gt=models.OuterRef("number")
        )
        return self.filter(~models.Exists(newer))

    def with_steps(self) -> Self:
        """Each version with `.in_order`: its steps from the first to the last."""
        steps = Step.objects.order_by("position", "pk")
        return self.prefetch_related(models.Prefetch("steps", queryset=steps, to_attr="in_order"))


class PathwayVersion(models.Model):
    """What a pathway says from one day on. Written once; the next edit is the next number."""

    pathway = models.ForeignKey(Pathway, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    about_es = models.CharField(_("what it is, in Spanish"), max_length=600, blank=True)
    about_en = models.CharField(_("what it is, in English"), max_length=600, blank=True)
    next_pathways = ArrayField(
        models.CharField(max_length=40), verbose_name=_("what may follow"), default=list, blank=True
    )  # Codes of pathways of the same organisation. Empty: any.
    # [{"nationalities": ["HN"], "es": "…", "en": "…", "source": "…", "checked_on": "2026-11-20"}]; no nationality: for all.
    nationality_notes = models.JSONField(_("notes by nationality"), default=list, blank=True)
    reason = models.CharField(_("reason for the change"), max_length=200, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = PathwayVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a pathway")
        ordering = ["pathway", "-number"]
        constraints = [models.UniqueConstraint(fields=["pathway", "number"], name="one_pathway_version_per_number")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_our_language(self.name_es, self.name_en)

    @property
    def about(self) -> str:
        return in_our_language(self.about_es, self.about_en)


class StepKind(models.TextChoices):
    """What a step asks of the system, beside being a step."""

    ORDINARY = "ordinary", pgettext_lazy("step", "A step")
    CONSULAR = "consular", pgettext_lazy("step", "Their consulate is contacted")
    GATE = "gate", pgettext_lazy("step", "Checks before a date of return")
    TRAVEL = "travel", pgettext_lazy("step", "A date of return is set")
    LAST = "last", pgettext_lazy("step", "The end of the way")


class Step(models.Model):
    """One step of a version: who does it, which papers it needs, which clock of law runs, and where that is written."""

    version = models.ForeignKey(PathwayVersion, models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField(_("order"))
    code = models.SlugField(_("short name"), max_length=40)
    kind = models.CharField(_("kind of step"), max_length=10, choices=StepKind, default=StepKind.ORDINARY)
    name_es = models.CharField(_("name in Spanish"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    explain_es = models.CharField(_("in plain words, in Spanish"), max_length=600, blank=True)
    explain_en = models.CharField(_("in plain words, in English"), max_length=600, blank=True)
    role = models.CharField(_("who does it"), max_length=20, choices=Role, default=Role.CASEWORKER)
    papers = models.JSONField(_("papers needed"), default=list, blank=True)  # [{"code", "es", "en"}]
    clock = models.SlugField(_("clock of law"), max_length=60, blank=True)  # The code of a rule of the clock engine.
    within_days = models.PositiveSmallIntegerField(_("days to do it in"), null=True, blank=True)  # Natural days; ours.
    article = models.CharField(_("article"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        ordering = ["version", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_step_per_place_in_a_version"),
            models.UniqueConstraint(fields=["version", "code"], name="one_step_per_code_in_a_version"),
            models.CheckConstraint(
                condition=Q(article="") | (~Q(source="") & Q(checked_on__isnull=False)),
                name="an_article_has_a_source_and_a_day",
                violation_error_message=_("Beside an article write where it was read and on which day."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_our_language(self.name_es, self.name_en)

    @property
    def explain(self) -> str:
        return in_our_language(self.explain_es, self.explain_en)

    @property
    def needed(self) -> list["NeededPaper"]:
        return [NeededPaper(row) for row in self.papers]


class NeededPaper:
    """A paper that a step asks for: its code, and its name in the language of the page."""

    def __init__(self, row: dict[str, Any]):
        self.code: str = row["code"]
        self.name = in_our_language(row.get("es", ""), row.get("en", ""))


class NationalityNote:
    """What a version says to people of some nationalities, with its source."""

    def __init__(self, row: dict[str, Any]):
        self.nationalities: list[str] = row.get("nationalities", [])
        self.text = in_our_language(row.get("es", ""), row.get("en", ""))
        self.source: str = row.get("source", "")
        self.checked_on = date.fromisoformat(row["checked_on"]) if row.get("checked_on") else None

    def is_about(self, nationalities: set[str]) -> bool:
        return not self.nationalities or bool(nationalities & set(self.nationalities))


tracked()(Pathway)
