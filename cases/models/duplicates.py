"""Two files that may be one person's, the joining of two files, and how rare each word of a name is."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.people import Person
from ngo.models.base import OrganisationQuerySet, tracked


class NameWord(models.Model):
    """How many people of an organisation carry a word in their name: counted anew every day, never by hand."""

    organisation = models.ForeignKey("ngo.Organisation", models.CASCADE, related_name="+")
    word = models.TextField()
    people = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "word"], name="one_count_per_word")]


class PairState(models.TextChoices):
    OPEN = "open", _("To look at")
    MERGED = "merged", _("Joined")
    DIFFERENT = "different", _("Two people")


class PairQuerySet(OrganisationQuerySet):
    def to_look_at(self) -> Self:
        """The pairs that nobody has decided, the likeliest first."""
        still_two = {"one__merged_into": None, "other__merged_into": None}
        return self.filter(state=PairState.OPEN, **still_two).order_by("-score", "pk")

    def with_people(self) -> Self:
        """Each pair with its two people, and the families they are and were in."""
        people = Person.objects.with_family()
        pairs = self.select_related("decided_by")
        return pairs.prefetch_related(
            models.Prefetch("one", queryset=people), models.Prefetch("other", queryset=people)
        )

    def of(self, person: Person) -> Self:
        return self.filter(Q(one=person) | Q(other=person))


class PossibleDuplicate(models.Model):
    """Two files of one organisation that may be one person's: a question, until somebody says what they are."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="possible_duplicates")
    one = models.ForeignKey(Person, models.PROTECT, related_name="+")  # The older file.
    other = models.ForeignKey(Person, models.PROTECT, related_name="+")
    score = models.FloatField()  # Bits above chance: cases/matching.py.
    found_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=PairState, default=PairState.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("how it was found out"), max_length=200, blank=True)

    objects = PairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="one_question_per_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="the_older_file_stands_first"),
            models.CheckConstraint(
                condition=Q(state=PairState.OPEN, decided_at=None)
                | (~Q(state=PairState.OPEN) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_decided_pair_says_who_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-score"], condition=Q(state=PairState.OPEN), name="pairs_to_look_at"),
            models.Index(fields=["other"], name="pairs_by_the_newer_file"),
        ]


class MergeQuerySet(OrganisationQuerySet):
    def standing(self) -> Self:
        """Joinings that were not undone, the latest first."""
        return self.filter(undone_at=None).order_by("-at", "-pk")


class Merge(models.Model):
    """Two files joined in one, with all that it changed, so that it can be undone and both be seen."""

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="merges")
    kept = models.ForeignKey(Person, models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Person, models.PROTECT, related_name="merged_by")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    reason = models.CharField(_("how it was found out"), max_length=200)
    # {"moved": [[model, field, [ids]]], "changed": [[model, id, {field: [before, after]}]], "dropped": [[model, {field: value}]]}
    changed: Any = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("joining of two files")
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="a_file_is_joined_once"),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="two_files_are_joined"),
        ]
        indexes = [models.Index(fields=["organisation", "-at"], name="merges_of_an_organisation")]


for model in (PossibleDuplicate, Merge):
    tracked()(model)
