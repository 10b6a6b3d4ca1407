"""The first page: what is true tonight, and what waits for someone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.models import SendingPause
from cases.sending import current_pause
from ngo.context import shelters_at_hand
from ngo.dashboard import today_of
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_TODAY)
def today(request: HttpRequest) -> HttpResponse:
    return render(request, "ngo/today/today.html", {"today": today_of(request.user), "pause": _pause(request)})


def _pause(request: HttpRequest) -> SendingPause | None:
    """What stops the reminders now. Only while something does, it costs a query: the shelters bring that with them."""
    is_stopped = any(shelter.paused_at for shelter in shelters_at_hand(request))  # type: ignore[attr-defined]
    return current_pause(request.user.organisation) if is_stopped else None
