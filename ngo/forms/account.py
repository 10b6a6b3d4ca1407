"""What a member of staff says about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.models import Staff, Theme
from ngo.ui import form_helper


class PreferencesForm(forms.ModelForm):
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme, widget=forms.RadioSelect, required=False)

    class Meta:
        model = Staff
        fields = ["name", "language", "theme"]
        labels = {"name": _("Your name"), "language": _("Language")}
        help_texts = {"name": _("As your team reads it beside what you wrote.")}
        widgets = {"language": forms.RadioSelect}

    says_optional = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = Staff._meta.get_field("language").choices
        self.helper = form_helper("name", "language", "theme")
