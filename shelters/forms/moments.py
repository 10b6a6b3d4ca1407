"""Moments, typed on the clock of a shelter."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.ui import DatePartsField, HourField
from shelters.models import Shelter
from shelters.nights import instant_at, local


class EarlierMixin(forms.Form):
    """“This happened earlier”: date and hour on the shelter's clock. Without an hour it happened now.

    For paper that was written on a night without power and is typed in the next day.
    """

    happened_on = DatePartsField(label=_("On which day"), required=False)
    happened_hour = HourField(label=_("At what time"), required=False, help_text=_("By the shelter's clock."))
    earlier = ("happened_on", "happened_hour")

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.fields["happened_on"].initial = local(shelter, timezone.now()).date()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day, hour = cleaned.get("happened_on"), cleaned.get("happened_hour")
        if "happened_on" in self.errors or "happened_hour" in self.errors:
            return cleaned
        if hour is not None and day is None:
            self.add_error("happened_on", _("Write the day too."))
        if hour is None and day not in {None, local(self.shelter, timezone.now()).date()}:
            self.add_error("happened_hour", _("Write the hour too."))
        return cleaned

    @property
    def happened_at(self) -> datetime | None:
        """The moment that was typed, or None for now."""
        day, hour = self.cleaned_data.get("happened_on"), self.cleaned_data.get("happened_hour")
        return instant_at(self.shelter, day, hour) if day and hour is not None else None

    @property
    def is_earlier(self) -> bool:
        """Whether the page should show these fields open: the day alone is filled from the start."""
        return is_touched(self, "happened_hour") or (self.is_bound and "happened_on" in self.errors)


def is_touched(form: forms.BaseForm, *names: str) -> bool:
    """Whether something was typed into one of these fields, or is wrong with it: what folds them away is then open."""
    if not form.is_bound:
        return False
    keys = tuple(form.add_prefix(name) for name in names)
    filled = (key for key, value in form.data.items() if value)
    return any(name in form.errors for name in names) or any(
        key == name or key.startswith(f"{name}_") for key in filled for name in keys
    )


def next_time(shelter: Shelter, hour: time, after: datetime) -> datetime:
    """The next instant at which the shelter's clock shows this hour."""
    day = local(shelter, after).date()
    today = instant_at(shelter, day, hour)
    return today if today > after else instant_at(shelter, day + timedelta(days=1), hour)
