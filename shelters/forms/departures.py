"""Leaving the house: why, where to, what of theirs stays, and when."""

from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _

from ngo.ui import DatePartsField, form_helper
from shelters.forms.moments import EarlierMixin, is_touched
from shelters.models import Belongings, Destination, ExitReason
from shelters.services.departures import Facts

D = Destination
GROUPS = [  # As the desk looks for them: each answer stands once.
    (_("On their way"), [D.UNITED_STATES, D.HOME_COUNTRY, D.SHELTER, D.TRANSITIONAL]),
    (
        _("With people they know"),
        [D.FAMILY_FOR_NOW, D.FAMILY_TO_STAY, D.FRIENDS_FOR_NOW, D.FRIENDS_TO_STAY, D.HOST_HOME],
    ),
    (_("A place that they pay"), [D.RENTED, D.OWN, D.HOTEL]),
    (_("In care or held"), [D.HOSPITAL, D.PSYCHIATRIC, D.TREATMENT, D.NURSING_HOME, D.CHILDREN_HOME, D.DETENTION]),
    (_("Anything else"), [D.STREET, D.OTHER, D.DECEASED]),
    (_("Not known"), [D.DOES_NOT_KNOW, D.NOT_SAID]),
]
DESTINATIONS: list[Any] = [
    ("", D.NOT_ASKED.label),
    *((word, [(one.value, one.label) for one in answers]) for word, answers in GROUPS),
]
BELONGINGS = [(one.value, one.label) for one in (Belongings.NOT_ASKED, Belongings.TAKEN, Belongings.STORED)]


class CheckOutForm(EarlierMixin):
    """Why they leave, where to, what of theirs stays, and when."""

    exit_reason = forms.ChoiceField(
        label=_("Why they leave"),
        choices=[("", _("Choose")), *ExitReason.choices],
        error_messages={"required": _("Choose why they leave; “Left without saying” is an answer too.")},
        widget=forms.Select(attrs={"class": "po-w-l"}),
    )
    went_to = forms.ChoiceField(label=_("Where to"), choices=DESTINATIONS, required=False)
    destination = forms.CharField(
        label=_("The place, in words"),
        max_length=120,
        required=False,
        help_text=_("A city is enough. No address."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    belongings = forms.ChoiceField(label=_("Their belongings"), choices=BELONGINGS, required=False)
    kept_where = forms.CharField(
        label=_("What stays, and where"),
        max_length=120,
        required=False,
        help_text=_("For example: a blue suitcase, shelf 4."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kept_until = DatePartsField(label=_("Kept until"), required=False)
    although_seen = forms.BooleanField(required=False)  # They were seen after that moment, and had left all the same.

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("exit_reason", "went_to", "destination")
        self.kept = form_helper("belongings", "kept_where", "kept_until")
        self.when = form_helper(Div(*self.earlier, css_class="po-pair"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        keeps = cleaned.get("kept_until") or cleaned.get("kept_where")
        if keeps and cleaned.get("belongings") != Belongings.STORED:
            self.add_error("belongings", _("Choose that something stays, or empty what is written of it."))
        return cleaned

    @property
    def keeps_something(self) -> bool:
        """Whether the page should show the belongings open."""
        return is_touched(self, "belongings", "kept_where", "kept_until")

    @property
    def facts(self) -> Facts:
        asked = self.cleaned_data
        return Facts(asked["went_to"], asked["belongings"], asked["kept_until"], asked["kept_where"])

    @property
    def what(self) -> dict[str, Any]:
        """All that the service asks for, but who leaves."""
        return {
            "exit_reason": self.cleaned_data["exit_reason"],
            "destination": self.cleaned_data["destination"],
            "happened_at": self.happened_at,
            "facts": self.facts,
            "although_seen": self.cleaned_data["although_seen"],
        }
