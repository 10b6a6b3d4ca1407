"""The sheets of the night guard. Each one that is opened leaves a line in the read log."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ngo import audit
from ngo.permissions import Permission, may, requires
from shelters.board import board_of
from shelters.night_sheets import empty_beds, evacuation_list, tonight_by_space
from shelters.views import getters


@require_GET
@requires(Permission.VIEW_BOARD)
def night_sheets(request: HttpRequest, slug: str) -> HttpResponse:
    """Which sheets there are."""
    return render(request, "shelters/night/sheets.html", {"shelter": getters.shelter(request, slug)})


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def print_tonight(request: HttpRequest, slug: str) -> HttpResponse:
    """Who sleeps where tonight, by space and bed."""
    shelter = getters.shelter(request, slug)
    board = board_of(shelter)
    sheets = tonight_by_space(board)
    count = sum(len(sheet.lines) for sheet in sheets)
    context = _context(request, shelter) | {"board": board, "sheets": sheets, "night": board.night}
    audit.log_read(request, what="print_tonight", subject=shelter, count=count)
    return render(request, "shelters/night/tonight.html", context)


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def print_evacuation(request: HttpRequest, slug: str) -> HttpResponse:
    """Everyone who must be found when the alarm rings, who is out, who needs help, and the sum of each space."""
    shelter = getters.shelter(request, slug)
    found = evacuation_list(shelter)
    audit.log_read(request, what="print_evacuation", subject=shelter, count=found.people)
    return render(request, "shelters/night/evacuation.html", _context(request, shelter) | {"list": found})


@require_GET
@requires(Permission.VIEW_BOARD)
def print_empty(request: HttpRequest, slug: str) -> HttpResponse:
    """The empty beds by space: no person stands on it."""
    shelter = getters.shelter(request, slug)
    board = board_of(shelter)
    context = _context(request, shelter) | {"board": board, "parts": empty_beds(board), "night": board.night}
    return render(request, "shelters/night/empty.html", context)


def _context(request: HttpRequest, shelter: Any) -> dict[str, Any]:
    return {"shelter": shelter, "now": timezone.now(), "names": may(request.user, Permission.VIEW_NAMES)}
