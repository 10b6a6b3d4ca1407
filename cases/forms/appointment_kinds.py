"""A kind of appointment and its reminders, as a coordinator writes them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import AppointmentKind, Group
from ngo.ui import form_helper


class KindForm(forms.ModelForm):
    group = forms.ChoiceField(label=_("Group"), choices=[("", _("Any group")), *Group.choices], required=False)
    position = forms.IntegerField(
        label=_("Order in lists"),
        min_value=0,
        max_value=32_000,
        required=False,
        help_text=_("The smaller number stands first."),
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-4", "autocomplete": "off"}),
    )

    class Meta:
        model = AppointmentKind
        fields = [
            *("name_es", "name_en", "group", "is_legal", "bring_es", "bring_en", "missing_es", "missing_en"),
            *("after_missing_es", "after_missing_en", "after_missing_source"),
            *("severity", "companions", "is_checked_weekly", "source", "position", "is_active"),
        ]
        labels = {
            "name_es": _("Name in Spanish"),
            "name_en": _("Name in English"),
            "is_legal": _("Takes a consultation of a legal provider"),
            "bring_es": _("What to bring, in Spanish"),
            "bring_en": _("What to bring, in English"),
            "missing_es": _("What missing it means, in Spanish"),
            "missing_en": _("What missing it means, in English"),
            "severity": _("How grave it is to miss it"),
            "companions": _("Who may go along"),
            "after_missing_es": _("What to do after a miss, in Spanish"),
            "after_missing_en": _("What to do after a miss, in English"),
            "after_missing_source": _("Where it is known from what to do after a miss"),
            "is_checked_weekly": _("Its date is checked with the court every week"),
            "source": _("Where this is known from"),
            "is_active": _("In use"),
        }
        help_texts = {
            "bring_es": _("Neutral words, for a sheet that others may read: “their folder”, never what is in it."),
            "missing_es": _("Plain words, for the staff to say aloud. They stand on no message."),
            "after_missing_es": _("The next step that the law allows. Late is never lost: “late: see a lawyer”."),
            "is_checked_weekly": _("A task every seven days until the date, for who is responsible."),
            "source": _("Who said so, and on which day you checked it."),
            "is_active": _("Without the tick nobody can choose it any more; what was written with it stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["severity"].required = self.fields["companions"].required = False
        self.helper = form_helper(*self.Meta.fields)

    def _post_clean(self) -> None:
        """The service writes, not the form: the instance stays as it is."""

    def facts(self) -> dict[str, Any]:
        """What was said; what was left empty stays as it is."""
        left_out = {"position": None, "severity": "", "companions": ""}
        return {
            name: value for name, value in self.cleaned_data.items() if name not in left_out or value != left_out[name]
        }
