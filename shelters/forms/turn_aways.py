"""A party that was turned away, in two taps: how many, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shelters.forms.moments import EarlierMixin
from shelters.forms.presses import PressMixin
from shelters.models import Composition, TurnAwayReason

BUTTONS = [(str(size), str(size)) for size in range(1, 7)] + [("7", "7+")]


class TurnAwayForm(PressMixin, EarlierMixin):
    """The reason is the button that sends it."""

    size = forms.ChoiceField(label=_("How many"), choices=BUTTONS, required=False, widget=forms.RadioSelect)
    number = forms.IntegerField(
        label=_("If they are 7 or more, the number"),
        min_value=1,
        max_value=500,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "class": "po-w-2", "maxlength": 3}),
        error_messages={
            "invalid": _("Write how many they are, with a number."),
            "min_value": _("Write at least 1."),
            "max_value": _("Write at most 500, and the others as another party."),
        },
    )
    composition = forms.ChoiceField(
        label=_("Who they are"),
        choices=Composition.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who they are.")},
    )
    sent_to = forms.CharField(
        label=_("Where they were sent (optional)"),
        max_length=120,
        required=False,
        help_text=_("Another shelter, an office, a church. No name and no telephone of theirs."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    reason = forms.ChoiceField(
        label=_("Why"), choices=TurnAwayReason.choices, error_messages={"required": _("Choose why.")}
    )
    children_alone = forms.BooleanField(required=False)  # Somebody has read what must happen instead.
    says_optional = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "number" in self.errors or "size" in self.errors:
            return cleaned
        size = cleaned.get("number") or int(cleaned.get("size") or 0)
        if not size:
            self.add_error("size", _("Choose how many they were."))
        elif not cleaned.get("number") and cleaned["size"] == "7":
            self.add_error("number", _("Write how many they were."))
        cleaned["party_size"] = size
        return cleaned

    @property
    def is_about_children_alone(self) -> bool:
        """Children without an adult, and nobody has yet said that it has already happened."""
        cleaned = self.cleaned_data
        return cleaned["composition"] == Composition.CHILDREN and not cleaned["children_alone"]
