"""The roll-call: the list, one tap, all present, undo, and the sheet for a night without power."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.forms.roll_call import AnswersOfPage, BatchForm, TapForm, night_asked
from shelters.models import Answer, MarkSource, RollCallMark, Shelter, Stay
from shelters.nights import ONE_DAY, tonight
from shelters.services import roll_call as calls
from shelters.services import tappers
from shelters.services.roll_call_sheet import sheet_of
from shelters.views import getters
from shelters.views.cards import stay_read

OPENED = "posada_roll_calls"  # The lists that this sign-in has opened, each with its line in the read log.
EMPTY_LINES = 24


@require_GET
@requires(Permission.TAKE_ROLL_CALL)
def roll_calls(request: HttpRequest) -> HttpResponse:
    """The houses and how far the roll-call of each has come; where there is one house, its list."""
    shelters = list(getters.shelters_of(request).with_opening(timezone.now()))
    if len(shelters) == 1:
        return redirect("shelters:roll_call", shelters[0].slug)
    status = calls.status(shelters)
    rows = [(shelter, status[shelter.pk]) for shelter in shelters]
    return render(request, "shelters/roll_call/list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_ROLL_CALL)
def roll_call(request: HttpRequest, slug: str) -> HttpResponse:
    """Everyone expected tonight, by space. `night` an earlier night; `paper` answers with the hours of a sheet of paper."""
    shelter = getters.shelter(request, slug)
    asked = request.POST if request.method == "POST" else request.GET
    night = night_asked(asked, shelter)
    calls.check_night(shelter, night)
    context = _context(request, shelter, night, asked)
    if request.method == "POST":
        return _save(request, context)
    if audit.is_poll(request) and _is_open(request, shelter, night):
        return render(request, "shelters/roll_call/_roll.html", context)
    _log_opening(request, context)
    return render(request, "shelters/roll_call/roll_call.html", context)


def _is_open(request: HttpRequest, shelter: Shelter, night: Any) -> bool:
    return f"{shelter.pk}:{night}" in request.session.get(OPENED, [])


def _log_opening(request: HttpRequest, context: dict[str, Any]) -> None:
    """The list is read: by its page, or by the answer to a press of whoever never opened that."""
    shelter, night = context["shelter"], context["night"]
    audit.log_read(request, what="roll_call", subject=shelter, count=context["sheet"].expected)
    request.session[OPENED] = list({*request.session.get(OPENED, []), f"{shelter.pk}:{night}"})


def _context(request: HttpRequest, shelter: Shelter, night: Any, asked: Any = None) -> dict[str, Any]:
    """What every answer about a list is drawn from."""
    asked = asked if asked is not None else request.POST
    sheet = sheet_of(shelter, night)
    paper = sheet.is_past or asked.get("paper") == "1"
    show = "missing" if asked.get("show") == "missing" else ""
    names = [group.space.name if group.space else _("No space recorded") for group in sheet.groups]
    groups = [
        {
            "group": group,
            "name": name,
            "next": following,
            "rows": [row for row in group.rows if not show or row.mark is None or row.came_in],
        }
        for group, name, following in zip(sheet.groups, names, [*names[1:], ""], strict=False)
    ]
    query = {"night": night.isoformat() if sheet.is_past else "", "paper": "1" if paper and not sheet.is_past else ""}
    return {
        "shelter": shelter,
        "night": night,
        "sheet": sheet,
        "groups": groups,
        "show": show,
        "paper": paper,
        "names": may(request.user, Permission.VIEW_NAMES),
        "answers": _ANSWERS,
        "here": _here(shelter, query),
        "here_missing": _here(shelter, query | {"show": "missing"}),
        "other_nights": [tonight(shelter) - ONE_DAY * back for back in range(calls.NIGHTS_BACK + 1)],
        "new_uuid": uuid.uuid4,
        "tapper": tappers.tapper_of(request.user, shelter),
    }


_ANSWERS = [
    {"value": Answer.PRESENT, "label": Answer.PRESENT.label, "state": "ok", "icon": "check"},
    {"value": Answer.ABSENT, "label": Answer.ABSENT.label, "state": "alert", "icon": "x"},
    {"value": Answer.LEAVE, "label": Answer.LEAVE.label, "state": "held", "icon": "footprints"},
]


def _here(shelter: Shelter, query: dict[str, str]) -> str:
    query = {name: value for name, value in query.items() if value}
    return reverse("shelters:roll_call", args=[shelter.slug]) + (f"?{urlencode(query)}" if query else "")


def _save(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A page of answers, sent by its button."""
    shelter, sheet = context["shelter"], context["sheet"]
    page = AnswersOfPage(sheet, request.POST, context["paper"])
    try:
        given = page.given()
        source = MarkSource.PAPER if context["paper"] else MarkSource.TAP
        if given:
            calls.mark_guests(shelter=shelter, night=sheet.night, given=given, by=request.user, source=source)
    except Refused as refusal:
        page.show_typed(sheet.groups)
        context |= {"refused": refusal, "typed_hour": request.POST.get("hour", "")[:5]}
        with transaction.atomic():
            audit.log_read(request, what="roll_call", subject=shelter, count=sheet.expected)
        return render(request, "shelters/roll_call/roll_call.html", context, status=409)
    if given:
        said = ngettext("%(count)d answer is saved.", "%(count)d answers are saved.", len(given))
        messages.success(request, said % {"count": len(given)})
    if gone := page.gone():
        said = ngettext(
            "%(count)d person has left the house meanwhile.", "%(count)d people have left the house meanwhile.", gone
        )
        messages.warning(request, said % {"count": gone})
    back = context["here_missing"] if context["show"] else context["here"]
    return redirect(f"{back}#{_next_space(context, request.POST.get('space', ''))}")


def _next_space(context: dict[str, Any], key: str) -> str:
    """Where to go on: the space after the one that was saved, or the end of the list."""
    keys = [str(one["group"].key) for one in context["groups"]]
    after = keys[keys.index(key) + 1 :] if key in keys else []
    return f"space-{after[0]}" if after else "roll-foot"


# --- One press -------------------------------------------------------------------------------------------------------


@require_POST
@requires(Permission.TAKE_ROLL_CALL)
def roll_call_tap(request: HttpRequest, slug: str) -> HttpResponse:
    """One answer, sent by the page's script as it is tapped. Gives the row back, as it stands on the record."""
    shelter = getters.shelter(request, slug)
    form = TapForm(request.POST)
    if "waited" in form.errors:
        raise Refused(_("This answer waited for more than a day. Ask for the person and answer again."))
    if not form.is_valid():
        raise Refused(_("This answer could not be read. Load the page again."))
    asked = form.cleaned_data
    mark = calls.mark_guest(
        shelter=shelter,
        night=asked["night"],
        stay=getters.stay_ever(request, shelter, asked["stay"]),
        answer=Answer(asked["answer"]),
        by=tappers.who_tapped(asked["tapper"], shelter, request.user),
        tap=asked["tap"],
        waited=form.waited_for,
    )
    return _row(request, shelter, mark)


def _row(request: HttpRequest, shelter: Shelter, mark: RollCallMark) -> HttpResponse:
    """One guest's row, as it stands on the record now."""
    context = _context(request, shelter, mark.roll_call.night)
    found = [(one, row) for one in context["groups"] for row in one["group"].rows if row.stay_id == mark.stay_id]
    if not found:
        raise Refused(_("This person is not in the house. Look at the list again."))
    context |= {"one": found[0][0], "row": found[0][1], "mark": mark}
    return render(request, "shelters/roll_call/_tapped.html", context)


@require_POST
@requires(Permission.TAKE_ROLL_CALL)
def roll_call_scan(request: HttpRequest, slug: str) -> HttpResponse:
    """The card of somebody who stands here: they are present, whoever they are."""
    shelter = getters.shelter(request, slug)
    stay = stay_read(request, Stay.objects.filter(shelter=shelter))
    mark = calls.mark_guest(shelter=shelter, night=tonight(shelter), stay=stay, answer=Answer.PRESENT, by=request.user)
    if request.htmx:  # type: ignore[attr-defined]
        return _row(request, shelter, mark)
    messages.success(request, _("Marked present."))
    return redirect(f"{_here(shelter, {})}#stay-{stay.pk}")


@require_POST
@requires(Permission.TAKE_ROLL_CALL)
def roll_call_all(request: HttpRequest, slug: str) -> HttpResponse:
    """All present: in one space, or in the house; only those who have no answer yet."""
    shelter = getters.shelter(request, slug)
    night = night_asked(request.POST, shelter)
    form = BatchForm(request.POST)
    if not form.is_valid():
        raise Refused(_("This answer could not be read. Load the page again."))
    asked = form.cleaned_data
    marks = calls.mark_all_present(
        shelter=shelter, night=night, by=request.user, space=asked["space"], batch=asked["batch"]
    )
    said = ngettext("%(count)d person is present.", "%(count)d people are present.", len(marks))
    return _answer(request, shelter, night, said % {"count": len(marks)}, undo=marks[0])


@require_POST
@requires(Permission.TAKE_ROLL_CALL)
def roll_call_undo(request: HttpRequest, mark_id: int) -> HttpResponse:
    """Take one answer back, or with `all` everything that the same press wrote."""
    mark = getters.roll_call_mark(request, mark_id)
    undone = calls.undo_mark(mark=mark, by=request.user, whole_batch=request.POST.get("all") == "1")
    said = ngettext("%(count)d answer is taken back.", "%(count)d answers are taken back.", len(undone))
    return _answer(request, mark.roll_call.shelter, mark.roll_call.night, said % {"count": len(undone)})


@require_POST
@requires(Permission.TAKE_ROLL_CALL)
def roll_call_close(request: HttpRequest, slug: str) -> HttpResponse:
    """That was everyone; with `reopen`, it was not."""
    shelter = getters.shelter(request, slug)
    night = night_asked(request.POST, shelter)
    if request.POST.get("reopen") == "1":
        calls.reopen_roll_call(shelter=shelter, night=night, by=request.user)
        return _answer(request, shelter, night, _("The roll-call is open again."))
    calls.close_roll_call(shelter=shelter, night=night, by=request.user)
    return _answer(request, shelter, night, _("The roll-call is closed. Whoever comes later can still be marked."))


def _answer(
    request: HttpRequest, shelter: Shelter, night: Any, said: str, undo: RollCallMark | None = None
) -> HttpResponse:
    """The list as it stands now, for the page's script; for a page without one, back to it."""
    if request.htmx:  # type: ignore[attr-defined]
        context = _context(request, shelter, night) | {"said": said, "undo": undo}
        if not _is_open(request, shelter, night):
            _log_opening(request, context)
        return render(request, "shelters/roll_call/_acted.html", context)
    messages.success(request, said, extra_tags=f"roll-{undo.pk}" if undo else "")
    return redirect(_here(shelter, {"night": night.isoformat() if night != tonight(shelter) else ""}))


# --- On paper --------------------------------------------------------------------------------------------------------


@require_GET
@requires(Permission.TAKE_ROLL_CALL)
def roll_call_print(request: HttpRequest, slug: str) -> HttpResponse:
    """The sheet for tonight, by space and bed, with boxes; with `empty`, lines alone, to keep for a night without power."""
    shelter = getters.shelter(request, slug)
    empty = request.GET.get("empty") == "1"
    context = {"shelter": shelter, "now": timezone.now(), "empty": empty, "answers": _ANSWERS}
    if empty:
        return render(request, "shelters/roll_call/print.html", context | {"lines": range(EMPTY_LINES)})
    sheet = sheet_of(shelter, tonight(shelter))
    with transaction.atomic():
        audit.log_read(request, what="roll_call_print", subject=shelter, count=sheet.expected)
    context |= {"sheet": sheet, "night": sheet.night, "names": may(request.user, Permission.VIEW_NAMES)}
    return render(request, "shelters/roll_call/print.html", context)
