"""Signing in, and one's own password: allauth's forms in our words."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ngo.middleware import SHARED
from ngo.ui import form_helper


def password_hint() -> str:
    """What a password must be, in one line; the other rules speak up only when they are broken."""
    shortest = [
        rule.min_length for rule in get_default_password_validators() if isinstance(rule, MinimumLengthValidator)
    ]
    return gettext(
        "At least %(number)s characters. Three or four words that only you would put together are the easiest."
    ) % {"number": max(shortest, default=8)}


class SignInForm(LoginForm):
    """E-mail and password, and whether others use this computer: then the session ends sooner."""

    shared = forms.BooleanField(
        label=_("Other people use this computer"),
        help_text=_("You are signed out after 10 minutes without use. What you read is recorded."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("login", "password", "shared")
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response = super().login(request, redirect_url)
        request.session[SHARED] = self.cleaned_data["shared"]
        return response


class NewPasswordWords:
    """The two fields of a new password, wherever it is chosen."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = password_hint()
        self.fields["password2"].label = _("The new password again")


class NewPasswordForm(NewPasswordWords, SetPasswordForm):
    """Chosen by someone who is signed in and had none."""


class NewPasswordFromLinkForm(NewPasswordWords, ResetPasswordKeyForm):
    """Chosen through the link in an e-mail."""


class OtherPasswordForm(NewPasswordWords, ChangePasswordForm):
    """Changed by someone who knows the present one."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["oldpassword"].help_text = ""


class PasswordLinkForm(ResetPasswordForm):
    """Asks for the link to choose a new password."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")


class ConfirmPasswordForm(ReauthenticateForm):
    """The password once more, before a step that matters."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
