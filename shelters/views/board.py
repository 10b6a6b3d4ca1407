"""The bed board."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ngo import audit
from ngo.permissions import Permission, may, requires
from shelters.board import Wanted, board_of, narrowed
from shelters.forms.places import BoardFilter
from shelters.services import freshness as figures_of
from shelters.services.freshness import freshness
from shelters.views import getters

OPENED = (
    "posada_boards"  # The boards that this sign-in has opened, with names or without, each with its line in the log.
)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Every bed of a house now. A page that refreshes itself gets the inside only, and reads for nobody.

    It refreshes what was opened before, with names or without them; anything else is a reading, whatever header it has.
    What is looked for comes by POST, because it may be somebody's name and names do not stand in addresses.
    """
    shelter = getters.shelter(request, slug)
    drawn = board_of(shelter)
    asked = (request.POST or request.GET).copy()
    if request.method == "GET":
        asked.pop("text", None)
    names = asked.get("names") == "1" and may(request.user, Permission.VIEW_NAMES)
    form = BoardFilter(asked, spaces=[space.space for space in drawn.spaces])
    wanted = _wanted(form, names)
    context = {
        "shelter": shelter,
        "board": drawn,
        "sections": narrowed(drawn, wanted),
        "names": names,
        "wanted": wanted,
        "without_space": [guest for guest in drawn.without_space if wanted.has_guest(guest) and not wanted.space],
    }
    context["fresh"] = freshness([shelter])[shelter.pk]
    context |= {"form": form, "here": _address(wanted, names), "other_way": _address(wanted, not names)}
    opened, this = request.session.get(OPENED, []), f"{shelter.pk}:{int(names)}"
    if audit.is_poll(request) and request.method == "GET" and not wanted.text and this in opened:
        return render(request, "shelters/board/_board.html", context)
    audit.log_read(request, what="board_names" if names else "board", subject=shelter, count=drawn.people)
    if this not in opened:
        request.session[OPENED] = [*opened, this]
    context["waiting"] = getters.waiting_of(request).on_list().for_shelters([shelter]).count()
    return render(request, "shelters/board/board.html", context)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def confirm_figures(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody looked: the figures of the house are still so."""
    shelter = getters.shelter(request, slug)
    figures_of.confirm(shelter=shelter, by=request.user)
    messages.success(request, _("Confirmed: the figures of %(shelter)s are still so.") % {"shelter": shelter.name})
    return redirect("ngo:today") if request.POST.get("next") == "today" else redirect("shelters:board", slug)


def _wanted(form: BoardFilter, names: bool) -> Wanted:
    """What the filter asks for; a wrong value is the same as none."""
    form.is_valid()
    asked = form.cleaned_data
    space = int(asked["space"]) if asked.get("space") else None
    return Wanted(asked.get("state", ""), space, asked.get("text", "").strip(), names)


def _address(wanted: Wanted, names: bool) -> str:
    """The query string of this view of the board, for its refresh and for the switch of names: without what was typed."""
    asked: dict[str, Any] = {"state": wanted.state, "space": wanted.space, "names": names and "1"}
    return urlencode({key: value for key, value in asked.items() if value})
