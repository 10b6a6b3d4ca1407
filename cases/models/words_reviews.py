"""Who grew up with a language and read what we say in it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.models.base import OrganisationQuerySet, tracked


class Reader(models.TextChoices):
    """What whoever read a text is here; never who."""

    GUEST = "guest", _("Somebody who stays or stayed here")
    STAFF = "staff", _("Somebody who works here")
    INTERPRETER = "interpreter", _("An interpreter")
    OTHER = "other", _("Somebody else")


class WordsReviewQuerySet(OrganisationQuerySet):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at=None)


class WordsReview(models.Model):
    """Somebody read one message in one language and found it right. It is of the text that stood there then (`text_hash`):
    when the text changes, it counts no more.
    """

    organisation = models.ForeignKey("ngo.Organisation", models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)  # Of the message: cases.notice_words.message_keys().
    language = models.CharField(max_length=3)
    text_hash = models.CharField(max_length=64)
    reader = models.CharField(_("who read it"), max_length=12, choices=Reader)
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")  # Who wrote it down.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("ngo.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = WordsReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a text")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code", "language", "text_hash"],
                condition=Q(withdrawn_at=None),
                name="one_review_of_a_text_in_force",
            ),
            models.CheckConstraint(
                name="a_withdrawn_review_has_time_and_author",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]


tracked()(WordsReview)
