"""The first page: what is true tonight, and what waits for someone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ngo.dashboard import today_of
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_TODAY)
def today(request: HttpRequest) -> HttpResponse:
    return render(request, "ngo/today/today.html", {"today": today_of(request.user)})
