"""Which day's list of departures to show."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.ui import DatePartsField, form_helper


class DayForm(forms.Form):
    """A GET form: a wrong date is said, and tomorrow is shown."""

    day = DatePartsField(label=_("Which day"))
    helper = form_helper("day")
