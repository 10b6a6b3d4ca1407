"""Whom a space is for, from which night on."""

from datetime import date
from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.ui import DatePartsField, form_helper
from shelters.forms.moments import is_touched
from shelters.forms.places import CountField
from shelters.models import RULE_FIELDS, Shelter, SpaceRule
from shelters.nights import ONE_DAY, tonight


class SpaceRuleForm(forms.ModelForm):
    """What the space asks of its sleepers from tonight or a later night on, until a last night or until someone changes it."""

    min_age = CountField(label=_("From age"), max_value=120)
    max_age = CountField(label=_("To age"), max_value=120)
    first_night = DatePartsField(
        label=_("From the night of"), required=False, help_text=_("Leave it empty for tonight.")
    )
    last_night = DatePartsField(
        label=_("Last night"), required=False, help_text=_("Leave it empty while it is not known.")
    )

    class Meta:
        model = SpaceRule
        fields = [*RULE_FIELDS, "note"]
        labels = {
            "sleepers": _("Who may sleep here"),
            "is_authorised_for_children_alone": _(
                "Authorised by the child-protection office for unaccompanied children"
            ),
            "isolates": _("Only for who must sleep apart from the others (isolation)"),
            "note": _("Why"),
        }
        help_texts = {
            "sleepers": _("What people say of themselves counts. Nobody is asked to prove it."),
            "note": _("For the colleagues who ask. No names."),
        }
        widgets = {"note": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, shelter: Shelter, **kwargs: Any):
        self.shelter = shelter
        super().__init__(*args, **kwargs)
        self.helper = form_helper(
            Field("sleepers", css_class="po-w-m"),
            Div("min_age", "max_age", css_class="po-pair"),
            "is_authorised_for_children_alone",
            "isolates",
            "note",
        )
        self.when = form_helper("first_night", "last_night")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_night") or tonight(self.shelter), cleaned.get("last_night")
        lowest, highest = cleaned.get("min_age"), cleaned.get("max_age")
        if first < tonight(self.shelter):
            self.add_error("first_night", _("That night is over. Choose tonight or a later night."))
        if last and last < first:
            self.add_error("last_night", _("The last night must not be before the first."))
        if lowest is not None and highest is not None and lowest > highest:
            self.add_error("max_age", _("The upper age must not be below the lower age."))
        return cleaned

    @property
    def has_nights(self) -> bool:
        return is_touched(self, "first_night", "last_night")

    @property
    def rule(self) -> dict[str, Any]:
        """What the service is to set: what is asked, why, and the nights (half open)."""
        last: date | None = self.cleaned_data["last_night"]
        asks = {name: self.cleaned_data[name] for name in (*RULE_FIELDS, "note")}
        return asks | {"since": self.cleaned_data["first_night"], "until": last + ONE_DAY if last else None}
