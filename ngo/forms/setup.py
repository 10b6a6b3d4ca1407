"""The one form of a new installation."""

from typing import Any

from crispy_forms.layout import Div, Field, Fieldset
from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.forms.staff import PasswordField, check_password_rules
from ngo.models import City, Staff
from ngo.services.setup import FirstSpace
from ngo.ui import form_helper
from shelters.forms.places import MOST_OF_A_KIND, PLURAL_KINDS, CountField
from shelters.models import Sleepers
from shelters.services.places import BedCount


def text(label: Any, most: int, autocomplete: str = "off", **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=most, widget=widget, **more)


class SetupForm(forms.Form):
    code = text(_("Code"), 40, help_text=_("It stands in the window where Posada was started."))
    organisation = text(_("Name of your organisation"), 120)
    shelter = text(_("Name of the first shelter"), 120)
    city = forms.ModelChoiceField(
        label=_("City"),
        queryset=City.objects.filter(country="MX").by_name(),
        empty_label=_("Choose…"),
        help_text=_("The clocks of the shelter follow its city."),
    )
    name = text(_("Your name"), 120, "name")
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("With it you sign in."),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "inputmode": "email"}),
    )
    password = PasswordField(
        label=_("Password"), help_text=_("At least 10 characters. Four words that you remember are good.")
    )
    space = text(
        _("Name of the space"), 80, required=False, help_text=_("As the house says it: Women, Cubicle 3, Yard.")
    )
    sleepers = forms.ChoiceField(
        label=_("Who may sleep here"), choices=Sleepers, initial=Sleepers.ANYONE, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        counts = [f"count_{kind}" for kind in PLURAL_KINDS]
        for kind, label in PLURAL_KINDS.items():
            self.fields[f"count_{kind}"] = CountField(label=label, max_value=MOST_OF_A_KIND)
        self.fields["code"].widget.attrs |= {"autocapitalize": "characters", "spellcheck": "false", "class": "po-w-m"}
        self.helper = form_helper(
            "code",
            Fieldset(str(_("The house")), "organisation", "shelter", Field("city", css_class="po-w-m")),
            Fieldset(str(_("You, the coordinator")), "name", "email", "password"),
        )
        self.first_space = form_helper(
            "space", Field("sleepers", css_class="po-w-m"), Div(*counts, css_class="po-counts")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password"):
            person = Staff(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            check_password_rules(self, "password", cleaned["password"], person)
        if self.bed_counts and not cleaned.get("space"):
            self.add_error("space", _("Write the name of the space in which these beds stand."))
        return cleaned

    @property
    def bed_counts(self) -> list[BedCount]:
        return [BedCount(kind, number) for kind in PLURAL_KINDS if (number := self.cleaned_data.get(f"count_{kind}"))]

    @property
    def first(self) -> FirstSpace | None:
        """The first space, where one was written."""
        name = self.cleaned_data["space"]
        return FirstSpace(name, self.cleaned_data["sleepers"] or Sleepers.ANYONE, self.bed_counts) if name else None
