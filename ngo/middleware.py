"""What every request passes: how long a sign-in lasts, the account's language, who writes history, and refusals."""

import time
from collections.abc import Callable
from typing import Any

import pghistory
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from ngo import audit
from ngo.context import shelters_at_hand
from ngo.errors import Refused

STARTED = "posada_started"  # When this sign-in began, in seconds.
USED = "posada_used"  # When a person last used it; written at most once a minute.
SHARED = "posada_shared"  # Whether other people use this computer.

GetResponse = Callable[[HttpRequest], HttpResponse]


class SessionLimits:
    """Ends a sign-in that nobody uses (30 minutes; 10 on a shared computer) and any sign-in after 12 hours."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        sentence = self.over(request)
        if sentence:
            logout(request)
            return self.to_the_door(request, sentence)
        self.count(request)
        response = self.get_response(request)
        patch_cache_control(response, no_store=True, private=True)
        return response

    def over(self, request: HttpRequest) -> str:
        """Why this sign-in has ended, or an empty string while it lasts."""
        now, session = time.time(), request.session
        if now - session.get(STARTED, now) > settings.SESSION_ABSOLUTE_HOURS * 3600:
            return ngettext(
                "A sign-in lasts %(hours)s hour. Sign in again to go on.",
                "A sign-in lasts %(hours)s hours. Sign in again to go on.",
                settings.SESSION_ABSOLUTE_HOURS,
            ) % {"hours": settings.SESSION_ABSOLUTE_HOURS}
        minutes = settings.SESSION_SHARED_IDLE_MINUTES if session.get(SHARED) else settings.SESSION_IDLE_MINUTES
        if now - session.get(USED, now) > minutes * 60:
            return ngettext(
                "You were signed out after %(minutes)s minute without use. Sign in again to go on.",
                "You were signed out after %(minutes)s minutes without use. Sign in again to go on.",
                minutes,
            ) % {"minutes": minutes}
        return ""

    def count(self, request: HttpRequest) -> None:
        now, session = time.time(), request.session
        session.setdefault(STARTED, now)
        if USED not in session or (not audit.is_poll(request) and now - session[USED] >= 60):
            session[USED] = now

    def to_the_door(self, request: HttpRequest, sentence: str) -> HttpResponse:
        messages.info(request, sentence)
        back = request.get_full_path() if request.method == "GET" and not request.headers.get("HX-Request") else None
        if audit.is_poll(request):
            back = None
        door = redirect_to_login(back).url if back else resolve_url(settings.LOGIN_URL)
        if request.headers.get("HX-Request") or audit.is_poll(request):
            return HttpResponse(status=401 if audit.is_poll(request) else 200, headers={"HX-Redirect": door})
        return HttpResponseRedirect(door)


class StaffPreferences:
    """The account's language comes before the browser's; signed out, the cookie or the browser decides."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        return self.get_response(request)


class HouseClock:
    """Pages about people follow the clock of the house that this person works in; a shelter's pages carry its own zone."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):  # What one request activated is gone with it.
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        match = request.resolver_match
        if match and match.namespace == "cases" and request.user.is_authenticated:
            for shelter in shelters_at_hand(request)[:1]:
                timezone.activate(shelter.zone)


class HistoryContext:
    """Every history row that this request writes carries who and where, as ids."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.history_context(request):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        """Only now is it known which route this is."""
        if request.resolver_match:
            pghistory.context(route=request.resolver_match.view_name)


class Refusals:
    """A refusal that no view put beside its form still reaches the person as a sentence, never as an error page."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        sentence = str(exception)
        if request.headers.get("HX-Request"):
            context = {"state": "alert", "sentence": sentence, "live": True}
            return render(request, "components/_banner.html", context, status=409)
        back = request.headers.get("Referer", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(
            back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            messages.error(request, sentence)
            return HttpResponseRedirect(back)
        return render(request, "409.html", {"sentence": sentence}, status=409)
