"""A bed that is carried to another space; a space that closes for a time; several beds at once."""

from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ngo.ui import DatePartsField, form_helper
from shelters.forms.moments import is_touched
from shelters.models import Bed, ClosureKind, Shelter, Space
from shelters.nights import tonight


class MoveBedForm(forms.Form):
    """Where the bed goes, and its number there where the old one is taken."""

    space = forms.ModelChoiceField(label=_("Where it goes"), queryset=Space.objects.none(), empty_label=_("Choose"))
    label = forms.CharField(
        label=_("Its number there"),
        required=False,
        max_length=20,
        help_text=_("Leave it empty and it keeps its number."),
        widget=forms.TextInput(attrs={"class": "po-w-4", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, bed: Bed, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["space"].queryset = bed.space.shelter.spaces.exclude(pk=bed.space_id)
        self.helper = form_helper("space", "label")


class NightsForm(forms.Form):
    """From one night to another; the first is tonight where it is empty, the last is open."""

    first_night = DatePartsField(
        label=_("From the night of"), required=False, help_text=_("Leave it empty for tonight.")
    )
    last_night = DatePartsField(
        label=_("Last night of it"), required=False, help_text=_("Leave it empty while it is not known.")
    )

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.when = form_helper(Div("first_night", "last_night", css_class="po-pair"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_night") or tonight(self.shelter), cleaned.get("last_night")
        if first < tonight(self.shelter):
            self.add_error("first_night", _("That night is over. Choose tonight or a later night."))
        if last and last < first:
            self.add_error("last_night", _("The last night must not be before the first."))
        return cleaned

    @property
    def has_nights(self) -> bool:
        return is_touched(self, "first_night", "last_night")


class CloseSpaceForm(NightsForm):
    """Why nobody sleeps in a space, and for how long."""

    kind = forms.ChoiceField(label=_("Why it closes"), choices=ClosureKind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("What there is to know"),
        max_length=150,
        required=False,
        help_text=_("For the colleagues who ask. No names."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("kind", "reason")


class SeveralBedsForm(NightsForm):
    """What is to be done with the beds that are ticked."""

    OUT, BACK, WITHDRAW, RETURN, MOVE = "out", "back", "withdraw", "return", "move"
    WHAT = [
        (OUT, pgettext_lazy("beds", "Take them out of service")),
        (BACK, pgettext_lazy("beds", "Put them back in service, from tonight on")),
        (WITHDRAW, pgettext_lazy("beds", "Withdraw them from the house")),
        (RETURN, pgettext_lazy("beds", "Bring withdrawn ones back")),
        (MOVE, pgettext_lazy("beds", "Carry them to another space, from tonight on")),
    ]
    beds = forms.ModelMultipleChoiceField(
        label=_("Which beds"),
        queryset=Bed.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one bed.")},
    )
    what = forms.ChoiceField(label=_("What happens with them"), choices=WHAT, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("What is wrong with them"),
        max_length=200,
        required=False,
        help_text=_("Only for beds out of service: broken slats, being cleaned, quarantine. No names."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    space = forms.ModelChoiceField(
        label=_("Where they go"),
        queryset=Space.objects.none(),
        required=False,
        empty_label=_("Choose"),
        help_text=_("Only for beds that are carried."),
    )

    def __init__(self, *args: Any, space: Space, beds: list[Bed], **kwargs: Any):
        super().__init__(*args, shelter=space.shelter, **kwargs)
        self.fields["beds"].queryset = Bed.objects.filter(pk__in=[bed.pk for bed in beds])
        self.fields["beds"].choices = [(bed.pk, f"{bed.label} · {bed.kind_word}{_state(bed)}") for bed in beds]
        self.fields["space"].queryset = space.shelter.spaces.exclude(pk=space.pk)
        self.helper = form_helper("beds", "what")
        self.details = form_helper("reason", "space", Div("first_night", "last_night", css_class="po-pair"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("what") == self.OUT and not cleaned.get("reason"):
            self.add_error("reason", _("Write what is wrong with them."))
        if cleaned.get("what") == self.MOVE and not cleaned.get("space") and "space" not in self.errors:
            self.add_error("space", _("Choose the space to which they are carried."))
        return cleaned


def _state(bed: Any) -> str:
    if not bed.is_in_service:
        return f" · {_('Withdrawn')}"
    return f" · {bed.out_reason}" if bed.out_reason is not None else ""
