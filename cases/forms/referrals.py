"""A referral as it is written: to whom, for what, who, what is told, until when; and the answers to one."""

from datetime import timedelta
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from cases.forms.consents import OUTSIDE, RecipientMixin
from cases.forms.fields import text_field
from cases.models import Document, HelpKind, Person, ReferralDesk, SharedFact
from cases.services.referrals import MOST_WORDS
from ngo.permissions import Permission, may
from ngo.ui import form_helper

RESPOND_IN = [1, 2, 3, 7, 14]  # Days.
SHARED_FOR = [30, 60, 90, 180]  # Days.
USUALLY_TOLD = [SharedFact.NAME, SharedFact.AGE, SharedFact.LANGUAGES]


def days(number: int) -> Any:
    return ngettext_lazy("%(days)d day", "%(days)d days", "days") % {"days": number}


class ReferralForm(RecipientMixin):
    """A new referral of some people of one family."""

    outside_contact = text_field(
        gettext_lazy("How are they reached?"), 200, help_text=gettext_lazy("Somebody outside: a phone or an address.")
    )
    help_kind = forms.ChoiceField(
        label=gettext_lazy("What do they need help with?"),
        error_messages={"required": gettext_lazy("Choose what they need help with.")},
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Who is referred?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Mark at least one person who is referred.")},
    )
    facts = forms.MultipleChoiceField(
        label=gettext_lazy("What is told of each of them?"),
        widget=forms.CheckboxSelectMultiple,
        initial=[fact.value for fact in USUALLY_TOLD],
        help_text=gettext_lazy("Only what they need in order to help. They see it as it is on the day they look."),
        error_messages={"required": gettext_lazy("Mark at least one thing that is told.")},
    )
    papers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Papers that they may open"),
        queryset=Document.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    message = forms.CharField(
        label=gettext_lazy("What else should they know?"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        help_text=gettext_lazy("They read it as you write it. It is gone for them when the referral ends."),
    )
    respond_in = forms.ChoiceField(
        label=gettext_lazy("Answer within"), choices=[(str(one), days(one)) for one in RESPOND_IN], initial="3",
        widget=forms.Select({"class": "po-w-m"}),
    )  # fmt: skip
    shared_for = forms.ChoiceField(
        label=gettext_lazy("They see it for at most"), choices=[(str(one), days(one)) for one in SHARED_FOR], initial="90",
        widget=forms.Select({"class": "po-w-m"}),
    )  # fmt: skip
    override_reason = text_field(
        gettext_lazy("Only where consent is missing: why can it not wait?"),
        300,
        help_text=gettext_lazy("An emergency that can harm somebody, or a child without anybody who answers for it."),
    )

    def __init__(self, *args: Any, members: list[Person], papers: Any, by: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.members = {str(person.pk): person for person in members}
        self.set_recipients(by.organisation)
        self.fields["recipient"].required = True
        self.fields["recipient"].error_messages["required"] = _("Choose who would be told.")
        self.fields["people"].choices = [(key, one.full_name) for key, one in self.members.items()]  # type: ignore[attr-defined]
        self.fields["help_kind"].choices = [("", _("Choose…")), *HelpKind.choices]  # type: ignore[attr-defined]
        hidden = set() if may(by, Permission.VIEW_RESTRICTED_NEEDS) else {SharedFact.RESTRICTED_NEEDS}
        self.fields["facts"].choices = [(one.value, one.label) for one in SharedFact if one not in hidden]  # type: ignore[attr-defined]
        self.fields["papers"].queryset = papers  # type: ignore[attr-defined]
        if len(members) == 1:
            self.fields["people"].initial = list(self.members)
        told = ["facts", *(["papers"] if papers.exists() else []), "message"]
        if "papers" not in told:
            del self.fields["papers"]
        self.to = form_helper("recipient", "recipient_name", "outside_contact", "help_kind")
        self.who = form_helper("people")
        self.told = form_helper(*told)
        self.until = form_helper(Div("respond_in", "shared_for", css_class="po-pair"), "override_reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_recipient(cleaned)
        if cleaned.get("recipient") != OUTSIDE and cleaned.get("outside_contact"):
            self.add_error("outside_contact", _("You chose an organisation here. Leave this empty."))
        return cleaned

    def new(self) -> dict[str, Any]:
        """What was typed, as `send_referral` takes it."""
        cleaned, now = self.cleaned_data, timezone.now()
        same = {name: cleaned[name] for name in ("help_kind", "facts", "message", "outside_contact", "override_reason")}
        return same | {
            "recipient": self.chosen_recipient(),
            "people": [self.members[key] for key in cleaned["people"]],
            "papers": list(cleaned.get("papers", [])),
            "respond_by": now + timedelta(days=int(cleaned["respond_in"])),
            "shared_until": now + timedelta(days=int(cleaned["shared_for"])),
        }


class AnswerReferralForm(forms.Form):
    """Accepted, or not and why."""

    accepted = forms.ChoiceField(
        label=gettext_lazy("Is it accepted?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Mark whether it is accepted.")},
    )
    reason = text_field(
        gettext_lazy("If not: why? If so: what happens next?"),
        300,
        help_text=gettext_lazy("Who sent it reads this."),
    )
    helper = form_helper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("accepted") == "no" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Write why not: who sent it looks for another way."))
        return cleaned

    def said(self) -> dict[str, Any]:
        return {"accepted": self.cleaned_data["accepted"] == "yes", "reason": self.cleaned_data["reason"]}


class OutcomeForm(forms.Form):
    outcome = text_field(gettext_lazy("What came of it?"), 300, help_text=gettext_lazy("The other side reads this."))
    helper = form_helper()


class RevokeForm(forms.Form):
    reason = text_field(gettext_lazy("Why is it taken back?"), 300, required=True)
    helper = form_helper()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why it is taken back.")


class DeskForm(forms.Form):
    """What the other organisations here see of ours."""

    is_open = forms.BooleanField(
        label=gettext_lazy("Other organisations of this system may refer people to us"),
        required=False,
        help_text=gettext_lazy("Until then they do not see that we are here."),
    )
    helps_with = forms.MultipleChoiceField(
        label=gettext_lazy("What we help with"),
        choices=HelpKind.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    about = text_field(
        gettext_lazy("What they should know first"),
        300,
        help_text=gettext_lazy("For example: only mornings; no children."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, desk: ReferralDesk | None, **kwargs: Any):
        if desk is not None:
            kwargs["initial"] = {name: getattr(desk, name) for name in ("is_open", "helps_with", "about")}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_open") and not cleaned.get("helps_with"):
            self.add_error("helps_with", _("Mark at least one thing that you help with."))
        return cleaned
