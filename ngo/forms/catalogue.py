"""A city or an office, as a coordinator writes it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.models import City, Office
from ngo.ui import form_helper

COUNTRIES = [("MX", _("Mexico")), ("US", _("United States"))]
ZONE_HINT = _("The name of the clock that it follows, like America/Tijuana or America/Ciudad_Juarez.")


class CityForm(forms.ModelForm):
    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES, widget=forms.RadioSelect, initial="MX")

    class Meta:
        model = City
        fields = ["name", "state", "country", "zone", "inegi_code", "source", "note"]
        labels = {
            "name": _("Name"),
            "state": _("State"),
            "zone": _("Time zone"),
            "inegi_code": _("INEGI code of the municipality"),
            "source": _("Where this is known from"),
            "note": _("Note"),
        }
        help_texts = {"zone": ZONE_HINT, "inegi_code": _("Five digits.")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["zone"].widget.attrs |= {"list": "zones", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["inegi_code"].widget.attrs |= {"inputmode": "numeric", "class": "po-w-4"}
        self.helper = form_helper(*self.Meta.fields)

    def clean_inegi_code(self) -> str:
        code = self.cleaned_data["inegi_code"]
        if code and not (code.isascii() and code.isdigit() and len(code) == 5):
            raise forms.ValidationError(
                _("An INEGI code has five digits: two of the state and three of the municipality.")
            )
        return code


class OfficeForm(forms.ModelForm):
    class Meta:
        model = Office
        fields = ["kind", "name", "city", "zone", "source", "is_confirmed", "is_active"]
        labels = {
            "kind": _("Kind"),
            "name": _("Name"),
            "city": _("City"),
            "zone": _("Time zone"),
            "source": _("Where this is known from"),
            "is_confirmed": _("Confirmed by two sources"),
            "is_active": _("In use"),
        }
        help_texts = {
            "zone": ZONE_HINT,
            "source": _("Who said so, and on which day you checked it."),
            "is_active": _("Without the tick nobody can choose it any more; what was written with it stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["zone"].widget.attrs |= {"list": "zones", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["kind"].choices = [("", _("Choose…")), *Office._meta.get_field("kind").choices]
        self.fields["city"].empty_label = _("Choose…")
        self.helper = form_helper(*self.Meta.fields)
