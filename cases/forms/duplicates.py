"""What somebody says of two files that may be one person's."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.fields import text_field
from ngo.ui import form_helper


class DifferentForm(forms.Form):
    reason = text_field(
        _("How do you know that they are two people?"),
        200,
        required=True,
        help_text=_("For example: both were here at the same time; they are sisters."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, auto_id="id_different_%s", **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write how it was found out.")
