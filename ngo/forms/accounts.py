"""Signing in."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ngo.middleware import SHARED
from ngo.ui import form_helper


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
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response = super().login(request, redirect_url)
        request.session[SHARED] = self.cleaned_data["shared"]
        return response
