"""What somebody answered when they were asked, and how."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.fields import text_field
from cases.languages import LANGUAGES
from cases.models import OF_EACH_PERSON, ConsentMethod, Person, Purpose, ReferralDesk
from cases.services.children import is_surely_adult
from cases.services.consents import NOBODY, Recipient
from ngo.ui import DatePartsField, form_helper

OUTSIDE = "outside"
ASKED_HERE = [purpose for purpose in Purpose if purpose != Purpose.REMINDERS]  # Reminders have a page of their own.


class RecipientMixin(forms.Form):
    """Who is told: an organisation here that is open to it, or somebody outside by name."""

    recipient = forms.ChoiceField(label=gettext_lazy("Who would be told?"), required=False)
    recipient_name = text_field(
        gettext_lazy("If somebody outside: who?"),
        160,
        help_text=gettext_lazy("The clinic, the office, the lawyer: by the name that they were told."),
        list="recipients",
    )

    def set_recipients(self, organisation: Any) -> None:
        self.desks = {str(desk.organisation_id): desk for desk in ReferralDesk.objects.open_to(organisation)}
        here = [(key, desk.organisation.name) for key, desk in self.desks.items()]
        self.fields["recipient"].choices = [("", _("Choose…")), *here, (OUTSIDE, _("Somebody outside this system"))]  # type: ignore[attr-defined]

    def check_recipient(self, cleaned: dict[str, Any]) -> None:
        chosen, name = cleaned.get("recipient"), cleaned.get("recipient_name")
        if not chosen and "recipient" not in self.errors:
            self.add_error("recipient", _("Choose who would be told."))
        if chosen == OUTSIDE and not name and "recipient_name" not in self.errors:
            self.add_error("recipient_name", _("Write who would be told."))
        if chosen and chosen != OUTSIDE and name:
            self.add_error("recipient_name", _("You chose an organisation here. Leave this empty."))

    def chosen_recipient(self) -> Recipient:
        chosen = self.cleaned_data["recipient"]
        if chosen == OUTSIDE:
            return Recipient(name=self.cleaned_data["recipient_name"])
        return Recipient(organisation=self.desks[chosen].organisation)


class AnswerForm(RecipientMixin):
    """One person, one purpose, one answer."""

    person = forms.ChoiceField(
        label=gettext_lazy("About whom?"),
        error_messages={"required": gettext_lazy("Choose about whom they were asked.")},
    )
    said_by = forms.ChoiceField(
        label=gettext_lazy("If it is about a minor: who answered for them?"),
        required=False,
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What were they asked about?"),
        choices=[(purpose.value, purpose.label) for purpose in ASKED_HERE],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what they were asked about.")},
    )
    agreed = forms.ChoiceField(
        label=gettext_lazy("What did they say?"),
        choices=[("yes", gettext_lazy("They agree")), ("no", gettext_lazy("They do not agree"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Mark what they said.")},
    )
    method = forms.ChoiceField(
        label=gettext_lazy("How?"),
        choices=ConsentMethod.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Mark how they answered.")},
    )
    witness = text_field(
        gettext_lazy("Witness"), 120, help_text=gettext_lazy("For an answer by word or with a thumbprint.")
    )
    notice_language = forms.ChoiceField(
        label=gettext_lazy("Language in which it was read to them"),
        choices=[(code, name) for code, name in LANGUAGES.items() if code != "mis"],
        widget=forms.Select({"class": "po-w-m"}),
    )
    expires_on = DatePartsField(
        label=gettext_lazy("Until when does it hold?"),
        required=False,
        help_text=gettext_lazy("Leave it empty where they set no end."),
    )

    def __init__(self, *args: Any, members: Iterable[Person], by: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.members = {str(person.pk): person for person in members}
        today = timezone.localdate()
        adults = [(key, one.full_name) for key, one in self.members.items() if is_surely_adult(one, today)]
        self.fields["person"].choices = [(key, one.full_name) for key, one in self.members.items()]  # type: ignore[attr-defined]
        self.fields["said_by"].choices = [("", _("They answered themselves")), *adults]  # type: ignore[attr-defined]
        self.set_recipients(by.organisation)
        self.about = form_helper("purpose", "recipient", "recipient_name")
        self.who = form_helper("person", "said_by")
        self.answer = form_helper(
            "agreed", "method", "witness", Div("notice_language", css_class="po-pair"), "expires_on"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("purpose") == Purpose.SHARING:
            self.check_recipient(cleaned)
        by_word = cleaned.get("method") in {ConsentMethod.VERBAL, ConsentMethod.THUMB}
        if by_word and not cleaned.get("witness") and "witness" not in self.errors:
            self.add_error("witness", _("Write who was the witness."))
        return cleaned

    def said(self) -> dict[str, Any]:
        """What was typed, as `record_answer` takes it."""
        cleaned = self.cleaned_data
        each = cleaned["purpose"] in OF_EACH_PERSON
        told = self.chosen_recipient() if cleaned["purpose"] == Purpose.SHARING else NOBODY
        same = {name: cleaned[name] for name in ("purpose", "method", "witness", "notice_language", "expires_on")}
        return same | {
            "person": self.members[cleaned["person"]],
            "said_by": self.members.get(cleaned["said_by"]) if each else None,
            "agreed": cleaned["agreed"] == "yes",
            "recipient": told,
        }
