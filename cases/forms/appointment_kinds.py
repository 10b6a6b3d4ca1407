"""A kind of appointment and its reminders, as a coordinator writes them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import AppointmentKind, Audience, Group
from cases.services.appointment_kinds import MOST_DAYS
from ngo.ui import HourField, form_helper


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
            *("is_checked_weekly", "source", "position", "is_active"),
        ]
        labels = {
            "name_es": _("Name in Spanish"),
            "name_en": _("Name in English"),
            "is_legal": _("Takes a consultation of a legal provider"),
            "bring_es": _("What to bring, in Spanish"),
            "bring_en": _("What to bring, in English"),
            "missing_es": _("What missing it means, in Spanish"),
            "missing_en": _("What missing it means, in English"),
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
        self.helper = form_helper(*self.Meta.fields)

    def _post_clean(self) -> None:
        """The service writes, not the form: the instance stays as it is."""

    def facts(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        if facts["position"] is None:
            del facts["position"]
        return facts


class RuleForm(forms.Form):
    """One more moment at which somebody is reminded."""

    audience = forms.ChoiceField(label=_("Who is reminded"), choices=Audience.choices, widget=forms.RadioSelect)
    days_before = forms.IntegerField(
        label=_("How many days before"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("0 is the day itself."),
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 2}),
        error_messages={"required": _("Write how many days before."), "invalid": _("Write it with numbers.")},
    )
    at_time = HourField(label=_("At what time"), help_text=_("By the clock of the house."))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["audience"].error_messages["required"] = _("Choose who is reminded.")
        self.fields["at_time"].error_messages["required"] = _("Write the hour, for example 17:00.")
        self.helper = form_helper("audience", "days_before", "at_time")
