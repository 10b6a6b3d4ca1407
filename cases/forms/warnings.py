"""How many days before a date a task is made."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import WarningDays
from ngo.ui import form_helper


class WarningDaysForm(forms.Form):
    clock_days = forms.IntegerField(
        label=_("Days before a limit of law"),
        min_value=1,
        max_value=60,
        widget=forms.NumberInput({"class": "form-control po-w-4", "inputmode": "numeric"}),
        help_text=_("The safe date counts. Once it has passed, the legal team gets an urgent task."),
        error_messages={
            "required": _("Write how many days."),
            "invalid": _("Write a number of days, in digits."),
            "min_value": _("Write between 1 and 60 days before a limit of law."),
            "max_value": _("Write between 1 and 60 days before a limit of law."),
        },
    )
    paper_days = forms.IntegerField(
        label=_("Days before a paper ends"),
        min_value=1,
        max_value=180,
        widget=forms.NumberInput({"class": "form-control po-w-4", "inputmode": "numeric"}),
        help_text=_("Of papers for the legal team alone, and of those about health or violence, no task is made."),
        error_messages={
            "required": _("Write how many days."),
            "invalid": _("Write a number of days, in digits."),
            "min_value": _("Write between 1 and 180 days before a paper ends."),
            "max_value": _("Write between 1 and 180 days before a paper ends."),
        },
    )
    helper = form_helper()

    def __init__(self, *args: Any, said: WarningDays, **kwargs: Any):
        super().__init__(*args, initial={"clock_days": said.clock_days, "paper_days": said.paper_days}, **kwargs)
