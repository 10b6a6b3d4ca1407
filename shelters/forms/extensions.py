"""Asking for a stay beyond the limit of the house."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ngo.ui import DatePartsField, form_helper
from shelters.models import Shelter
from shelters.nights import noon_of


class RefusalForm(forms.Form):
    """Why an extension is refused; one field, drawn by hand beside the button."""

    note = forms.CharField(
        max_length=200,
        error_messages={"required": _("Write why it is refused: the family has a right to hear it.")},
    )


class ExtensionForm(forms.Form):
    """Until when, why, and for whom."""

    to_on = DatePartsField(label=_("The new day on which they leave"))
    reason = forms.CharField(
        label=_("Why they should stay longer"),
        max_length=200,
        help_text=_("What they wait for, in a few words. No illness and no legal matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write why they should stay longer: whoever decides reads it.")},
    )
    all_of_them = forms.BooleanField(label=_("For the whole family"), required=False, initial=True)

    def __init__(self, *args: Any, shelter: Shelter, is_family: bool, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        if not is_family:
            del self.fields["all_of_them"]
        self.helper = form_helper(*self.fields)

    def clean_to_on(self) -> date | None:
        day = self.cleaned_data["to_on"]
        if day and noon_of(self.shelter, day) <= timezone.now():
            raise forms.ValidationError(_("That day is over. Write a later one."))
        return day
