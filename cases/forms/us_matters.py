"""The A-number and turns on lists, as they are typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.fields import text_field
from cases.models import TurnState
from cases.services.us_matters import clean_a_number
from ngo.errors import Refused
from ngo.ui import DatePartsField, form_helper


class ANumberForm(forms.Form):
    number = text_field(
        _("A-number"),
        20,
        required=True,
        help_text=_("A and 7 to 9 digits, as the paper has it. It is kept encrypted and shown masked."),
        **{"class": "po-w-m", "inputmode": "numeric"},
    )
    helper = form_helper("number")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["number"].error_messages["required"] = _("Write the A-number.")

    def clean_number(self) -> str:
        try:
            return clean_a_number(self.cleaned_data["number"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class TurnForm(forms.Form):
    list_name = text_field(_("Which list"), 120, required=True, help_text=_("Who keeps it, and where."))
    number = text_field(_("Number on the list"), 40)
    joined_on = DatePartsField(label=_("On the list since"))
    check_on = DatePartsField(label=_("Ask again on"), required=False, help_text=_("Empty: in a week."))
    helper = form_helper("list_name", "number", "joined_on", "check_on")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["list_name"].error_messages["required"] = _("Write which list it is: who keeps it, and where.")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class HeardForm(forms.Form):
    state = forms.ChoiceField(
        label=_("How it stands"),
        choices=TurnState.choices,
        widget=forms.RadioSelect,
        initial=TurnState.WAITING,
        error_messages={"required": _("Choose how it stands.")},
    )
    last_called = text_field(_("Last number that was called"), 40)
    called_for = DatePartsField(label=_("Called for"), required=False)
    check_on = DatePartsField(label=_("Ask again on"), required=False, help_text=_("Empty: in a week."))
    helper = form_helper("state", "last_called", "called_for", "check_on")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
