"""The bed board."""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ngo import audit
from ngo.permissions import Permission, may, requires
from shelters.board import Wanted, board_of, narrowed
from shelters.forms.places import BoardFilter
from shelters.views import getters


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Every bed of a house now. A page that refreshes itself gets the inside only, and reads for nobody."""
    shelter = getters.shelter(request, slug)
    drawn = board_of(shelter)
    names = request.GET.get("names") == "1" and may(request.user, Permission.VIEW_NAMES)
    form = BoardFilter(request.GET, spaces=[space.space for space in drawn.spaces])
    wanted = _wanted(form, names)
    context = {
        "shelter": shelter,
        "board": drawn,
        "sections": narrowed(drawn, wanted),
        "names": names,
        "wanted": wanted,
        "without_space": [guest for guest in drawn.without_space if wanted.has_guest(guest) and not wanted.space],
    }
    context |= {"form": form, "here": _address(wanted, names), "other_way": _address(wanted, not names)}
    if audit.is_poll(request):
        return render(request, "shelters/board/_board.html", context)
    audit.log_read(request, what="board", subject=shelter, count=drawn.people)
    return render(request, "shelters/board/board.html", context)


def _wanted(form: BoardFilter, names: bool) -> Wanted:
    """What the filter asks for; a wrong value is the same as none."""
    form.is_valid()
    asked = form.cleaned_data
    space = int(asked["space"]) if asked.get("space") else None
    return Wanted(asked.get("state", ""), space, asked.get("text", "").strip(), names)


def _address(wanted: Wanted, names: bool) -> str:
    """The query string of this view of the board, for its refresh and for the switch of names."""
    asked: dict[str, Any] = {"state": wanted.state, "space": wanted.space, "text": wanted.text, "names": names and "1"}
    return urlencode({key: value for key, value in asked.items() if value})
