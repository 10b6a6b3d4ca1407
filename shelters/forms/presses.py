"""The key of a press: made with the page, so that the same page sent twice is one."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _


class PressMixin(forms.Form):
    """For a form that adds something: sent twice it would count twice."""

    act = forms.UUIDField(
        widget=forms.HiddenInput,
        required=False,
        initial=uuid.uuid4,
        error_messages={"invalid": _("Open this page again.")},
    )

    @property
    def press(self) -> uuid.UUID | None:
        """Of this page and of what was typed: who goes back and writes something else means another thing."""
        act = self.cleaned_data.get("act")
        typed = sorted((name, str(value)) for name, value in self.cleaned_data.items())
        return uuid.uuid5(act, repr(typed)) if act else None
