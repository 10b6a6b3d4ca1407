"""A button was pressed: what must not happen twice when the answer is lost, or the finger is quick."""

from django.db import models
from django.utils import timezone


class Press(models.Model):
    """One press that was carried out. The key is made with the page, and of what was typed into it."""

    key = models.UUIDField(primary_key=True)
    by = models.ForeignKey("ngo.Staff", models.PROTECT, related_name="+")
    pressed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "press of a button"
