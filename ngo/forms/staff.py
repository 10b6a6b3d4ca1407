"""Inviting someone, what they may do, and what they write when they come."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ngo.models import Staff
from ngo.permissions import ROLE_DESCRIPTIONS, Role
from ngo.services.organisations import clock_of
from ngo.ui import DatePartsField, form_helper
from shelters.models import Shelter

LANGUAGES = Staff._meta.get_field("language").choices


class AccessForm(forms.Form):
    """Role, shelters and end of an access. `by` gives it: only shelters of theirs are offered."""

    role = forms.ChoiceField(label=_("Role"), choices=Role, widget=forms.RadioSelect)
    shelters = forms.ModelMultipleChoiceField(
        label=_("Shelters"),
        queryset=Shelter.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Without a tick: every shelter of the organisation, later ones too."),
    )
    expires_on = DatePartsField(
        label=_("Last day of access"),
        required=False,
        help_text=_("For someone who comes for a time. Access ends by itself at the end of that day."),
    )

    def __init__(self, *args: Any, by: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["role"].choices = [
            (role.value, format_html('{}<span class="po-hint">{}</span>', role.label, ROLE_DESCRIPTIONS[role]))
            for role in Role
        ]
        self.fields["shelters"].queryset = Shelter.objects.visible_to(by)
        self.helper = form_helper(*self.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        last_day = cleaned.get("expires_on")
        after = last_day and datetime.combine(last_day + timedelta(days=1), time(0), ZoneInfo(clock_of(self.by)))
        cleaned["expires_at"] = after  # Midnight after that day.
        return cleaned

    def access(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("role", "shelters", "expires_at")}


class InviteForm(AccessForm):
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"})
    )
    language = forms.ChoiceField(
        label=_("Language of the invitation"), choices=LANGUAGES, widget=forms.RadioSelect, initial="es"
    )
    field_order = ["email", "language", "role", "shelters", "expires_on"]


class PasswordField(forms.CharField):
    """A new password, checked against the house's rules and what is known of the person."""

    def __init__(self, **kwargs: Any):
        attrs = {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "none"}
        super().__init__(strip=False, max_length=200, widget=forms.PasswordInput(attrs=attrs), **kwargs)


class NewAccountForm(forms.Form):
    """Name and password of someone who accepts an invitation."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As your team reads it beside what you wrote."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = PasswordField(
        label=_("Password"), help_text=_("At least 10 characters. Four words that you remember are good.")
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.staff = staff
        self.helper = form_helper("name", "password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password"):
            likeness = Staff(email=self.staff.email, name=cleaned.get("name", ""))
            check_password_rules(self, "password", cleaned["password"], likeness)
        return cleaned


def check_password_rules(form: forms.Form, field: str, password: str, person: Staff) -> None:
    try:
        validate_password(password, person)
    except forms.ValidationError as error:
        form.add_error(field, error)
