"""One more moment at which somebody is told, as a coordinator writes it."""

from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Audience, NoticeCondition, NoticeSource, Unit, Way
from cases.services.notice_rules import MOST_DAYS, RuleData
from ngo.ui import HourField, form_helper


class RuleForm(forms.Form):
    """Of a kind of appointment."""

    audience = forms.ChoiceField(label=_("Who is reminded"), choices=Audience.choices, widget=forms.RadioSelect)
    days_before = forms.IntegerField(
        label=_("How many days before"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("0 is the day itself."),
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 2}),
        error_messages={"required": _("Write how many days before."), "invalid": _("Write it with numbers.")},
    )
    unit = forms.ChoiceField(label=_("Counted in"), choices=Unit.choices, initial=Unit.CALENDAR, required=False)
    at_time = HourField(label=_("At what time"), help_text=_("By the clock of the house."))
    way = forms.ChoiceField(
        label=_("On which channel"),
        choices=Way.choices,
        initial=Way.AS_THEY_WANT,
        required=False,
        help_text=_("The list of the house is what somebody says aloud: it reaches who has no phone."),
    )
    condition = forms.ChoiceField(
        label=_("On which condition"), choices=NoticeCondition.choices, initial=NoticeCondition.ALWAYS, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["audience"].error_messages["required"] = _("Choose who is reminded.")
        self.fields["at_time"].error_messages["required"] = _("Write the hour, for example 17:00.")
        self.helper = form_helper(
            *self.first(), Div("days_before", "unit", css_class="po-pair"), "at_time", "way", "condition"
        )

    def first(self) -> tuple[str, ...]:
        return ("audience",)

    def rule(self) -> RuleData:
        """What was typed, as the service takes it; what was left out is what is usual."""
        return RuleData(**{name: value for name, value in self.cleaned_data.items() if value != ""})


class SourceRuleForm(RuleForm):
    """Of anything that is no appointment."""

    source = forms.ChoiceField(
        label=_("What about"),
        choices=[choice for choice in NoticeSource.choices if choice[0] != NoticeSource.APPOINTMENT],
        error_messages={"required": _("Choose what they are told of.")},
    )

    def first(self) -> tuple[str, ...]:
        return ("source", "audience")
