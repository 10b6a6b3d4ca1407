"""How a family is reached by e-mail, and whether it agrees to reminders."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.fields import text_field
from cases.languages import LANGUAGES
from cases.models import ConsentMethod
from cases.services.contact import LONGEST_EMAIL, written_email
from ngo.errors import Refused
from ngo.ui import form_helper


class EmailForm(forms.Form):
    address = text_field(
        _("E-mail"),
        LONGEST_EMAIL,
        required=True,
        type="email",
        inputmode="email",
        autocapitalize="none",
        spellcheck="false",
    )
    shared_with = text_field(
        _("Who else reads it?"), 120, help_text=_("For example: her sister, everybody in the family.")
    )
    helper = form_helper()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["address"].error_messages |= {"required": _("Write the e-mail address.")}

    def clean_address(self) -> str:
        try:
            return written_email(self.cleaned_data["address"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class AgreeForm(forms.Form):
    method = forms.ChoiceField(
        label=_("How did they agree?"),
        choices=ConsentMethod.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Mark how they agreed.")},
    )
    notice_language = forms.ChoiceField(
        label=_("Language in which it was read to them"),
        choices=[(code, name) for code, name in LANGUAGES.items() if code != "mis"],
        widget=forms.Select({"class": "po-w-m"}),
    )
    helper = form_helper()
