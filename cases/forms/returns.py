"""A return as it is typed: its kind, its checks, its date."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.processes import reason_field
from cases.languages import LANGUAGES
from cases.models import ARRANGED, Check, Person, ReturnKind
from cases.services.returns import DETAILS_AT_MOST
from ngo.ui import DatePartsField, form_helper


class KindOfReturnForm(forms.Form):
    """What kind of return; one that nobody arranges here is written with its day."""

    happened_on = DatePartsField(
        label=gettext_lazy("On which day it happened"),
        required=False,
        help_text=gettext_lazy("Only for what is recorded: an order to leave, a deportation, an expulsion."),
    )

    def __init__(self, *args: Any, is_correction: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        arranged = [(kind.value, kind.label) for kind in ReturnKind if kind in ARRANGED]
        recorded = [(kind.value, kind.label) for kind in ReturnKind if kind not in ARRANGED]
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind of return"),
            choices=[(_("Arranged here, if they want it"), arranged), (_("Only recorded"), recorded)],
            error_messages={"required": _("Choose the kind of return.")},
        )
        order = ["kind", "happened_on"]
        if is_correction:
            self.fields["reason"] = reason_field(_("Why it is corrected"), required=True)
            order.append("reason")
        self.helper = form_helper(*order)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class CheckForm(forms.Form):
    """One answer about one person."""

    details = forms.CharField(
        label=gettext_lazy("Details"),
        max_length=DETAILS_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, what: Check, person: Person, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.what = what
        is_fear = what == Check.FEAR
        answers = [("no", _("No fear")), ("yes", _("There is fear")), ("none", _("Cannot or will not say"))]
        self.fields["answer"] = forms.ChoiceField(
            label=_("Answer"),
            choices=answers if is_fear else [("yes", _("Yes")), ("no", _("No"))],
            widget=forms.RadioSelect,
            error_messages={"required": _("Mark the answer.")},
        )
        order = ["answer", "details"]
        if is_fear:
            speaks = [code for code in person.speaks if code in LANGUAGES] or list(LANGUAGES)
            self.fields["language"] = forms.ChoiceField(
                label=_("In which language it was asked"),
                choices=[("", _("Choose")), *((code, LANGUAGES[code]) for code in speaks)],
                required=False,
                initial=speaks[0] if len(speaks) == 1 else "",
            )
            self.fields["in_private"] = forms.BooleanField(
                label=_("It was asked alone: nobody else heard it"), required=False
            )
            order = ["language", "in_private", "answer"]
            del self.fields["details"]
        self.helper = form_helper(*order)

    def clean(self) -> dict[str, Any]:
        """That there is no fear holds only where it was asked well; fear is written however it was said."""
        said = super().clean() or self.cleaned_data
        if self.what == Check.FEAR and said.get("answer") == "no":
            if not said.get("language") and "language" not in self.errors:
                self.add_error("language", _("Write in which language it was asked."))
            if not said.get("in_private"):
                self.add_error(
                    "in_private", _("This is asked alone, where nobody else hears it. Ask again in private.")
                )
        return said

    def facts(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        said["answer"] = {"yes": True, "no": False}.get(said["answer"])
        return said | {"what": self.what}


class RightsForm(forms.Form):
    """The rights of LM 119, told one by one."""

    def __init__(self, *args: Any, missing: list[Check], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["rights"] = forms.MultipleChoiceField(
            label=_("What they know now"),
            choices=[(check.value, check.label) for check in missing],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Tick what was explained to them.")},
        )
        self.helper = form_helper("rights")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class DateOfReturnForm(forms.Form):
    travel_on = DatePartsField(label=gettext_lazy("Date of travel"))
    helper = form_helper("travel_on")

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
