"""One's own account: preferences, language, the organisation one works for now, and hiding the screen."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.flows.logout import logout
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo.forms.account import PreferencesForm
from ngo.models import Membership, Staff
from ngo.permissions import Permission, public, requires
from ngo.services import organisations

A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "POST"])
@requires(Permission.USE_ACCOUNT)
def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(request.user.language):
            messages.success(request, _("Your preferences are saved."))
        return remember_language(redirect("ngo:preferences"), request.user.language)
    memberships = Membership.objects.in_force().filter(staff=request.user).select_related("organisation")
    return render(request, "ngo/account/preferences.html", {"form": form, "memberships": memberships})


@require_POST
@public
def language(request: HttpRequest) -> HttpResponse:
    """Spanish or English, with an account or without one, and back to the page it was chosen on."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return redirect(back)
    if request.user.is_authenticated:
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return remember_language(redirect(back), chosen)


def remember_language(response: HttpResponse, chosen: str) -> HttpResponse:
    """So that the pages before the door speak it too."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
@requires(Permission.USE_ACCOUNT)
def switch_organisation(request: HttpRequest) -> HttpResponse:
    mine = Membership.objects.in_force().filter(staff=request.user)
    to = get_object_or_404(mine, pk=whole_number(request.POST.get("membership")))
    organisations.switch_organisation(to=to, by=request.user)
    return redirect("ngo:today")


def whole_number(text: str | None) -> int:
    """The id in a form field; 0, which no row has, where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def sign_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Sign in someone who has just proved who they are, through the library's own steps: a second factor joins them there."""
    if request.user.is_authenticated:
        logout(request, show_message=False)
    login = Login(user=staff, email=staff.email, redirect_url=reverse("ngo:today"))
    return perform_password_login(request, {"email": staff.email}, login)


@require_POST
@public
def hide(request: HttpRequest) -> HttpResponse:
    """Somebody came to the desk: nothing is asked, the sign-in ends, drafts are on the server."""
    logout(request, show_message=False)
    response = redirect("ngo:hidden")
    # What the roll-call's script kept in this browser goes too, also where the script did not run.
    response["Clear-Site-Data"] = '"storage"'
    return response


@require_GET
@never_cache
@public
def hidden(request: HttpRequest) -> HttpResponse:
    """A page that says nothing of what was on the screen."""
    return render(request, "ngo/account/hidden.html")


@require_GET
@requires(Permission.USE_ACCOUNT)
def more(request: HttpRequest) -> HttpResponse:
    """Everything that this person may open: the phone's fifth place in the bar."""
    memberships = Membership.objects.in_force().filter(staff=request.user).select_related("organisation")
    return render(request, "ngo/account/more.html", {"memberships": memberships})
