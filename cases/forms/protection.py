"""A claim, its sign-ins and the papers that protect, as they are typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.forms.processes import reason_field
from cases.mexican_states import MEXICAN_STATES
from cases.models import (
    BEFORE_FILING,
    SAID_BEFORE,
    Claim,
    ClaimState,
    PermitKind,
    PermitState,
    Person,
    SignInDuty,
    SignInResult,
)
from cases.services.protection import can_follow, clean_curp
from ngo.errors import Refused
from ngo.models import Office, OfficeKind, Staff
from ngo.ui import DatePartsField, form_helper

OFFICES_OF_CLAIMS = [OfficeKind.COMAR, OfficeKind.INM]


def office_field(by: Staff) -> forms.ModelChoiceField:
    """The offices at which a claim is filed and signed for."""
    offices = Office.objects.visible_to(by).filter(is_active=True, kind__in=OFFICES_OF_CLAIMS)
    return forms.ModelChoiceField(
        label=_("Office"), queryset=offices.order_by("name"), required=False, empty_label=_("Not in the list")
    )


class EntryForm(forms.Form):
    """When they came into Mexico: the time to apply counts from it."""

    entered_on = DatePartsField(
        label=gettext_lazy("Day on which they entered Mexico"),
        required=False,
        help_text=gettext_lazy("The time to apply counts from it. Leave it empty where nobody knows."),
    )
    is_estimated = forms.BooleanField(label=gettext_lazy("That day is not sure"), required=False)

    def __init__(self, *args: Any, is_correction: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if is_correction:
            self.fields["reason"] = reason_field(_("Why it is corrected"), required=True)
        self.helper = form_helper(*self.fields)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ClaimStateForm(forms.Form):
    """Where the claim stands now, since which day, and which paper shows it."""

    on = DatePartsField(label=gettext_lazy("On which day"))
    paper_seen = forms.BooleanField(label=gettext_lazy("I saw the paper"), required=False)
    filed_in = forms.ChoiceField(
        label=gettext_lazy("State of the Republic"),
        choices=[("", gettext_lazy("Choose")), *((state, state) for state in MEXICAN_STATES)],
        required=False,
        help_text=gettext_lazy("Where it is filed, or to which state it moves: they must stay in it."),
    )
    told_on = DatePartsField(
        label=gettext_lazy("They were told the decision on"),
        required=False,
        help_text=gettext_lazy("The time for a review counts from it."),
    )

    def __init__(self, *args: Any, claim: Claim, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        following = can_follow(claim)
        others = [state for state in ClaimState if state not in following]  # Its own too: a day may have been wrong.
        groups = [(_("What follows"), [(state.value, state.label) for state in following])] if following else []
        groups.append((_("As a correction, with a reason"), [(state.value, state.label) for state in others]))
        self.fields["state"] = forms.ChoiceField(
            label=_("Where the claim stands"),
            choices=groups,
            error_messages={"required": _("Choose where the claim stands.")},
        )
        self.fields["office"] = office_field(by)
        self.fields["reason"] = reason_field(_("Reason"), help_text=_("Where it is a correction."))
        order = ["state", "on", "paper_seen", "filed_in", "office", "told_on", "reason"]
        if claim.state not in [*BEFORE_FILING, ClaimState.ABANDONED] and ClaimState.TRANSFERRED not in following:
            order.remove("filed_in")
        self.helper = form_helper(*order)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class DutyForm(forms.Form):
    """How often somebody signs, and when next: what their own paper says."""

    every_days = forms.IntegerField(
        label=gettext_lazy("Every how many days"),
        min_value=1,
        max_value=60,
        help_text=gettext_lazy("What the paper says: 7 is each week."),
        widget=forms.TextInput({"inputmode": "numeric", "class": "po-w-2", "autocomplete": "off", "maxlength": 2}),
        error_messages={
            "required": gettext_lazy("Write every how many days: between 1 and 60."),
            "invalid": gettext_lazy("Write it with numbers."),
        },
    )
    next_on = DatePartsField(label=gettext_lazy("Next sign-in"))

    def __init__(self, *args: Any, by: Staff, people: list[Person], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["person"] = forms.ChoiceField(
            label=_("Who signs"),
            choices=[(pk, person.full_name) for pk, person in self.people.items()],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the person.")},
        )
        self.fields["office"] = office_field(by)
        self.helper = form_helper("person", "every_days", "next_on", "office")

    def facts(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        return said | {"person": self.people[said["person"]]}


class SignInForm(forms.Form):
    """What became of the sign-in that was due."""

    result = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[choice for choice in SignInResult.choices if choice[0] not in SAID_BEFORE],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what happened.")},
    )
    on = DatePartsField(label=gettext_lazy("Signed on"), required=False)
    proof = text_field(
        gettext_lazy("What shows it"), 120, help_text=gettext_lazy("The stamp, the photo or the receipt.")
    )
    next_on = DatePartsField(
        label=gettext_lazy("Next sign-in, if the office said another day"),
        required=False,
        help_text=gettext_lazy(
            "Without it, it is counted from the day that was due, without the days on which nobody signs."
        ),
    )
    reason = reason_field(gettext_lazy("Why, where they did not sign"))
    due_on = forms.DateField(required=False, widget=forms.HiddenInput)  # Pressed twice, it answers the same sign-in.

    def __init__(self, *args: Any, duty: SignInDuty, is_correction: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if is_correction:
            del self.fields["next_on"], self.fields["due_on"]
            self.fields["reason"] = reason_field(_("Why it is corrected"), required=True)
        else:
            self.fields["on"].initial = self.fields["due_on"].initial = duty.next_on
        self.helper = form_helper(*self.fields)

    def facts(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        if said["result"] != SignInResult.SIGNED:
            said["on"] = None
        return said


class ExceptionForm(forms.Form):
    """The next sign-in is on another day, or falls away: what the office said before it."""

    moved_to = DatePartsField(
        label=gettext_lazy("The other day"),
        required=False,
        help_text=gettext_lazy("Leave it empty where the office said that this one falls away."),
    )
    reason = reason_field(
        gettext_lazy("Who at the office said so, and when"),
        required=True,
    )
    due_on = forms.DateField(required=False, widget=forms.HiddenInput)  # Pressed twice, it is about the same sign-in.

    def __init__(self, *args: Any, duty: SignInDuty, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["due_on"].initial = duty.next_on
        self.fields["reason"].error_messages["required"] = _("Write who at the office said so, and when.")
        self.helper = form_helper(*self.fields)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PermitForm(forms.Form):
    """A paper of the Mexican state: what is known of it now."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Paper"),
        choices=PermitKind.choices,
        error_messages={"required": gettext_lazy("Choose the paper.")},
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=PermitState.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the state of the paper.")},
    )
    number = text_field(
        gettext_lazy("Number"),
        60,
        help_text=gettext_lazy("Of a CURP, its 18 letters and digits. It is kept encrypted."),
    )
    applied_on = DatePartsField(label=gettext_lazy("Applied for on"), required=False)
    issued_on = DatePartsField(label=gettext_lazy("Issued on"), required=False)
    expires_on = DatePartsField(label=gettext_lazy("Valid until, that day included"), required=False)
    helper = form_helper("kind", "state", "number", "applied_on", "issued_on", "expires_on")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("number") and said.get("kind") in {PermitKind.CURP, PermitKind.CURP_TEMPORARY}:
            try:
                said["number"] = clean_curp(said["number"])
            except Refused as refusal:
                self.add_error("number", str(refusal))
        if said.get("state") == PermitState.ISSUED and not said.get("issued_on") and "issued_on" not in self.errors:
            self.add_error("issued_on", _("Write the day on which it was issued."))
        if said.get("issued_on") and said.get("expires_on") and said["expires_on"] < said["issued_on"]:
            self.add_error("expires_on", _("It would end before it was issued. Check both days."))
        return said

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
