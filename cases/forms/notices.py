"""What a coordinator writes about sending: why it is stopped, and who read a text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.fields import text_field
from cases.models import Reader
from ngo.ui import form_helper


class PauseForm(forms.Form):
    reason = text_field(
        _("Why is sending stopped?"), 200, required=True, help_text=_("Everybody who works here reads this. No names.")
    )
    helper = form_helper("reason")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why sending is stopped.")


class ReviewForm(forms.Form):
    """Who read a text, as a role: their name is not kept."""

    reader = forms.ChoiceField(
        label=_("Who read it?"),
        choices=Reader.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Mark who read it.")},
    )
    grew_up = forms.BooleanField(
        label=_("They grew up with this language and found the text right and polite"),
        error_messages={"required": _("Only somebody who grew up with the language can say that it is right.")},
    )
    note = text_field(_("Note"), 200, help_text=_("For example what they would say otherwise. No names."))
    text_hash = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    helper = form_helper("text_hash", "reader", "grew_up", "note")

    def facts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("reader", "note", "text_hash")}


class DayForm(forms.Form):
    """`?day=2026-11-26`: a day that is over, or today."""

    day = forms.DateField()


class SlipForm(forms.Form):
    """What the viewer wants on the slip beside its pictures: neither by default."""

    name = forms.BooleanField(label=_("With the first name"), required=False)
    bed = forms.BooleanField(label=_("With a line to write the bed on"), required=False)
    helper = form_helper("name", "bed")
