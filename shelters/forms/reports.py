"""Confirming, correcting, and to whom a report is sent."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from ngo.ui import form_helper
from shelters.models import ReportRecipient
from shelters.services.report_figures import Figures
from shelters.services.reports import REASON_AT_MOST

SALT = "posada.report.seen"


def seal(figures: Figures) -> str:
    """The figures that a page shows, to come back with what is pressed on it."""
    return signing.dumps(figures, salt=SALT, compress=True)


def unseal(text: str) -> Figures | None:
    """What somebody saw when they pressed; None where it is not what a page of ours had sealed."""
    try:
        found = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) else None


class CorrectForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the report is corrected"),
        max_length=REASON_AT_MOST,
        help_text=_("It goes out with the correction. Name nobody."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write why the report is corrected.")},
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("reason")


class RecipientForm(forms.ModelForm):
    class Meta:
        model = ReportRecipient
        fields = ["name", "email", "language"]
        labels = {"name": _("Who it is"), "email": _("E-mail"), "language": _("Language of the message")}
        error_messages = {
            "name": {"required": _("Write who it is.")},
            "email": {
                "required": _("Write the e-mail address."),
                "invalid": _("This is not an e-mail address. Write it like name@example.org."),
            },
        }
        widgets = {"language": forms.RadioSelect, "email": forms.EmailInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("name", "email", "language")
