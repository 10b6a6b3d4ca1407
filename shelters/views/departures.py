"""Leaving the house: one person, a family, people of several families; the statement that they sign."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from cases.models import Family
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters import nights
from shelters.departures import DRAFTS, PAGE_LANGUAGE, departure_of, statement_language
from shelters.endings import Leaver, leavers
from shelters.forms.departures import CheckOutForm
from shelters.models import ActKind, ExitReason, Shelter, Stay
from shelters.services import stays as desk
from shelters.services.departures import children_left_alone
from shelters.views import getters
from shelters.views.stays import say_with_undo, stays_of, to_family

LANGUAGES = [  # Those that the statement is written in, each in itself.
    ("es", "Español"),
    ("en", "English"),
    ("ht", "Kreyòl ayisyen"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("ar", "العربية"),
]
NOT_THEIR_WISH = {ExitReason.LIMIT, ExitReason.RULES}  # Nobody signs that they left because they wanted to.


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def check_out_family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Everyone of a family who is in one shelter leaves."""
    family = getters.family(request, family_id)
    stays = stays_of(request, family)
    if not stays:
        messages.info(request, _("Nobody of this family is in the house."))
        return to_family(request, family)
    return _check_out(request, family, [getters.stay(request, stay.pk) for stay in stays])


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def check_out_stay(request: HttpRequest, stay_id: int) -> HttpResponse:
    """One person leaves."""
    stay = getters.stay_or_left(request, stay_id)
    desk.refuse_if_left(stay=stay, by=request.user)
    return _check_out(request, stay.family, [stay])


def _check_out(request: HttpRequest, family: Family | None, stays: list[Stay]) -> HttpResponse:
    shelter = stays[0].shelter
    names = getters.shows_names(request, family) if family else may(request.user, Permission.VIEW_NAMES)
    form, refused = CheckOutForm(getters.posted(request), shelter=shelter), None
    if request.method == "POST" and form.is_valid():
        try:
            act = desk.check_out(stays=stays, by=request.user, **form.what)
        except Refused as refusal:
            refused = refusal
        else:
            said = ngettext("%(count)d person has left.", "%(count)d people have left.", len(stays))
            say_with_undo(request, act, said % {"count": len(stays)})
            return to_family(request, family)
    with transaction.atomic():
        audit.log_read(request, what="check_out", subject=family or stays[0], count=len(stays))
    context = {"shelter": shelter, "family": family, "stays": stays, "names": names, "form": form, "refused": refused}
    left_alone = children_left_alone([family], shelter, timezone.now(), [stay.pk for stay in stays])
    context["asks_seen"] = refused is not None and refused.overridable
    context["alone"] = left_alone.get(family.pk) if family else None
    return render(request, "shelters/departures/check_out.html", context, status=409 if refused else 200)


# --- People of several families --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def check_out_many(request: HttpRequest, slug: str) -> HttpResponse:
    """What would happen if those who were ticked on the list left together; with `confirm`, it happens, all or none."""
    shelter = getters.shelter(request, slug)
    chosen = [int(pk) for pk in request.POST.getlist("stay") if pk.isdecimal() and len(pk) < 19]
    if request.method == "GET" or not chosen:
        if request.method == "POST":
            messages.error(request, _("Tick who leaves, then look at what would happen."))
        return redirect("shelters:ending_in", shelter.slug)
    groups = _by_family(leavers(shelter, chosen))
    found = [row for _family, rows in groups for row in rows]
    form = CheckOutForm(request.POST if request.POST.get("confirm") else None, shelter=shelter)
    refused = None if len(found) == len(set(chosen)) else Refused(_some_have_left(len(set(chosen)) - len(found)))
    if not found:
        messages.error(request, str(refused))
        return redirect("shelters:ending_in", shelter.slug)
    if form.is_bound and form.is_valid() and not refused:
        try:
            acts = desk.check_out_many(stays=[row.stay for row in found], by=request.user, **form.what)
        except Refused as refusal:
            refused = refusal
        else:
            return _said_of_many(request, shelter, len(found), len(acts))
    with transaction.atomic():
        audit.log_read(request, what="check_out_many", subject=shelter, count=len(found))
    ids = [row.stay.pk for row in found]
    alone = children_left_alone((family for family, _rows in groups), shelter, timezone.now(), ids)
    context = {
        "shelter": shelter,
        "groups": [(family, rows, alone.get(family.pk) if family else None) for family, rows in groups],
        "people": found,
        "names": may(request.user, Permission.VIEW_NAMES),
        "form": form,
        "refused": refused,
        "asks_seen": refused is not None and refused.overridable,
    }
    return render(request, "shelters/departures/check_out_many.html", context, status=409 if refused else 200)


def _some_have_left(count: int) -> str:
    said = ngettext(
        "%(count)d of those whom you ticked is not in this house any more. Look at who is left, and confirm again.",
        "%(count)d of those whom you ticked are not in this house any more. Look at who is left, and confirm again.",
        count,
    )
    return said % {"count": count}


def _by_family(rows: list[Leaver]) -> list[tuple[Family | None, list[Leaver]]]:
    groups: dict[Any, tuple[Family | None, list[Leaver]]] = {}
    for row in rows:
        key = row.stay.family_id or f"stay {row.stay.pk}"
        groups.setdefault(key, (row.stay.family, []))[1].append(row)
    return list(groups.values())


def _said_of_many(request: HttpRequest, shelter: Shelter, people: int, families: int) -> HttpResponse:
    said = ngettext("%(count)d person has left.", "%(count)d people have left.", people) % {"count": people}
    if families > 1:
        said = f"{said} {_('Each family can be undone by itself, below.')}"
    messages.success(request, said)
    return redirect("shelters:ending_in", shelter.slug)


# --- The statement ---------------------------------------------------------------------------------------------------


@require_GET
@requires(Permission.CHECK_IN_GUESTS)
@transaction.atomic
def statement(request: HttpRequest, act_id: int) -> HttpResponse:
    """What those who left in an act sign, to be printed: in their language where we have it, or `?language=` of the page."""
    act = getters.act(request, act_id)
    left = departure_of(act) if act.kind == ActKind.CHECK_OUT else None
    if left is None:
        raise Http404
    names = getters.shows_names(request, act.family) if act.family else may(request.user, Permission.VIEW_NAMES)
    theirs, missing = statement_language(left.people)
    asked = request.GET.get("language", "")
    paper = asked if asked in PAGE_LANGUAGE.values() else theirs
    day = nights.local(act.shelter, act.happened_at).date()
    audit.log_read(request, what="statement", subject=act.family or left.stays[0], count=len(left.people))
    context = {
        "act": act,
        "left": left,
        "names": names,
        "paper": paper,
        "papers": dict.fromkeys([paper, "es"]),  # What the house keeps it can read.
        "is_draft": paper in DRAFTS,
        "languages": LANGUAGES,
        "missing": missing,
        "is_their_wish": left.stays[0].exit_reason not in NOT_THEIR_WISH,
        "adults": [person for person in left.people if person.is_minor_on(day) is False],
        "children": [person for person in left.people if person.is_minor_on(day) is not False],
        "now": timezone.now(),
    }
    return render(request, "shelters/departures/statement.html", context)
