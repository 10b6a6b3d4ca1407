"""An intake that is not finished: kept on the server, encrypted, for the person who is typing it, for seven days."""

import json
import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.crypto import EncryptedTextField

KEPT_FOR = timedelta(days=7)


class IntakeDraftQuerySet(models.QuerySet):
    def visible_to(self, staff: Any) -> Self:
        """Drafts of this person in the organisation that they are working for now; nobody else's."""
        membership = getattr(staff, "membership", None)
        if membership is None:
            return self.none()
        return self.filter(
            staff=staff, organisation_id=membership.organisation_id, saved_at__gt=timezone.now() - KEPT_FOR
        )

    def expired(self) -> Self:
        return self.filter(saved_at__lte=timezone.now() - KEPT_FOR)


class IntakeDraft(models.Model):
    """What stands in the intake form, field by field. Removed when the family is registered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("ngo.Organisation", models.CASCADE, related_name="+")
    staff = models.ForeignKey("ngo.Staff", models.CASCADE, related_name="intake_drafts")
    fields = EncryptedTextField(blank=True)  # JSON: {field name: [values]}, as the browser posted it.
    started_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = IntakeDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake draft")
        ordering = ["-saved_at"]

    @property
    def values(self) -> dict[str, list[str]]:
        """The fields as they were typed."""
        return json.loads(self.fields) if self.fields else {}
