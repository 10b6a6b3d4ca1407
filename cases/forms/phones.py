"""A phone of a family: its number, whose it is, and whether messages may reach it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.fields import CountryNameField, text_field
from cases.models import Person, Phone
from cases.models.contact import PHONE_CHANNELS
from cases.services.contact import CountryMissing, e164
from cases.services.phones import Wishes
from ngo.errors import Refused
from ngo.ui import form_helper


class PhoneForm(forms.Form):
    """What they say about messages; `phone=` one that is there, or else a new number is asked for."""

    number = text_field(
        _("Phone"),
        40,
        required=True,
        help_text=_("With + and the country's code."),
        type="tel",
        inputmode="tel",
        **{"class": "po-w-m"},
    )
    country = CountryNameField(
        label=_("Country of the number"), required=False, help_text=_("Where the number has no +.")
    )
    person = forms.ModelChoiceField(
        label=_("Whose is it?"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=_("The whole family's"),
        widget=forms.Select({"class": "po-w-m"}),
    )
    shared_with = text_field(
        _("Who else uses it?"), 120, help_text=_("For example: her sister, everybody in the family.")
    )
    channel = forms.ChoiceField(
        label=_("Messages to this number"),
        choices=[("", _("No messages")), *PHONE_CHANNELS],
        required=False,
        widget=forms.RadioSelect,
    )
    agrees = forms.BooleanField(
        label=_("They agree to messages at this number"),
        required=False,
        help_text=_("Messages never say a name, a place or a procedure."),
    )
    wants_hour = forms.BooleanField(
        label=_("They want the hour in the message"),
        required=False,
        help_text=_("Only where nobody else uses the phone."),
    )
    helper = form_helper()

    def __init__(self, *args: Any, people: Any, phone: Phone | None = None, **kwargs: Any):
        if phone is not None:
            kwargs["initial"] = {
                "person": phone.person_id,
                "shared_with": phone.shared_with,
                "channel": phone.channel,
                "agrees": phone.agreed_at is not None and phone.opted_out_at is None,
                "wants_hour": phone.wants_hour,
            }
        super().__init__(*args, **kwargs)
        if phone is not None:
            del self.fields["number"], self.fields["country"]
        else:
            self.fields["number"].error_messages |= {"required": _("Write the number.")}
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = lambda person: person.full_name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("number") and "country" in cleaned:
            try:
                e164(cleaned["number"], cleaned["country"])
            except CountryMissing as missing:
                self.add_error("country", str(missing))
            except Refused as refusal:
                self.add_error("number", str(refusal))
        if cleaned.get("channel") and not cleaned.get("agrees"):
            self.add_error("agrees", _("Ask whether they agree to messages at this number, and mark that they do."))
        if cleaned.get("wants_hour") and cleaned.get("shared_with"):
            self.add_error("wants_hour", _("Others use this phone, so no hour may stand in a message to it."))
        return cleaned

    def wishes(self) -> Wishes:
        names = ("channel", "agrees", "wants_hour", "shared_with", "person")
        return Wishes(**{name: self.cleaned_data[name] for name in names})


class CodeForm(forms.Form):
    code = text_field(
        _("What does the message say?"),
        20,
        required=True,
        help_text=_("Six digits. They read them to you from the phone."),
        inputmode="numeric",
        **{"class": "po-w-m"},
    )
    helper = form_helper()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages |= {"required": _("Write the digits of the message.")}
