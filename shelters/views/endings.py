"""Whose stay ends soon: of every house and of one, where people are ticked to leave together. Extensions beyond the limit."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.departures import undoable_departures
from shelters.endings import USUAL, WITHIN, endings_within, extensions_waiting
from shelters.forms.extensions import ExtensionForm, RefusalForm
from shelters.models import ExtensionState, Shelter, Stay, StayExtension
from shelters.services import extensions, limits
from shelters.views import getters
from shelters.views.stays import to_family


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def ending(request: HttpRequest) -> HttpResponse:
    """Whose stay ends in any house of the viewer; `?days=` 3, 7 or 14."""
    shelters = list(getters.shelters_of(request))
    return render(request, "shelters/endings/endings.html", _endings(request, shelters, None))


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def ending_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Whose stay ends in one house, to be ticked; `?days=all` is everyone who is in it."""
    shelter = getters.shelter(request, slug)
    context = _endings(request, [shelter], shelter)
    context["departures"] = undoable_departures(shelter) if may(request.user, Permission.CHECK_IN_GUESTS) else []
    return render(request, "shelters/endings/endings.html", context)


def _endings(request: HttpRequest, shelters: list[Shelter], shelter: Shelter | None) -> dict[str, Any]:
    asked = request.GET.get("days", "")
    everyone = shelter is not None and asked == "all"
    days = int(asked) if asked in {str(choice) for choice in WITHIN} else USUAL
    names = request.GET.get("names") == "1" and may(request.user, Permission.VIEW_NAMES)
    houses = endings_within(shelters, None if everyone else days)
    waiting = extensions_waiting(shelters)
    people = sum(house.people for house in houses) + sum(len(one.rows) for one in waiting)
    audit.log_read(request, what="endings_names" if names else "endings", subject=shelter, count=people)
    return {
        "shelter": shelter,
        "houses": houses,
        "people": sum(house.people for house in houses),
        "overdue": sum(house.overdue for house in houses),
        "waiting": waiting,
        "days": days,
        "everyone": everyone,
        "within": WITHIN,
        "names": names,
    }


# --- Extensions ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def extension_ask(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Ask that someone, or their family with them, may stay beyond the limit; who may approve has approved by asking."""
    stay = getters.stay(request, stay_id)
    family, shelter = stay.family, stay.shelter
    stays = list(Stay.objects.current().filter(family=family, shelter=shelter)) if family else [stay]
    form, refused = ExtensionForm(getters.posted(request), shelter=shelter, is_family=len(stays) > 1), None
    if request.method == "POST" and form.is_valid():
        try:
            said = _ask(request, stays if form.cleaned_data.get("all_of_them") else [stay], form)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, said)
            return to_family(request, family)
    with transaction.atomic():
        audit.log_read(request, what="extension", subject=family or stay, count=1)
    extended = limits.extended_to(stay)
    context = {
        "shelter": shelter,
        "family": family,
        "stay": stay,
        "names": getters.shows_names(request, family) if family else may(request.user, Permission.VIEW_NAMES),
        "last_day": limits.limit_day(shelter, stay.arrived_at, extended),
        "form": form,
        "refused": refused,
    }
    return render(request, "shelters/endings/extension.html", context, status=409 if refused else 200)


@transaction.atomic
def _ask(request: HttpRequest, stays: list[Stay], form: ExtensionForm) -> str:
    rows = extensions.ask_for_extension(
        stays=stays, to_on=form.cleaned_data["to_on"], reason=form.cleaned_data["reason"], by=request.user
    )
    if not may(request.user, Permission.APPROVE_EXTENSIONS):
        return _("The extension is asked for. The coordinator decides; until then the old day stands.")
    extensions.approve_extension(batch=rows[0].batch, by=request.user)
    return _said_of_approval(rows)


def _said_of_approval(rows: list[StayExtension]) -> str:
    said = ngettext("%(count)d person may stay longer.", "%(count)d people may stay longer.", len(rows))
    return said % {"count": len(rows)}


@require_POST
@requires(Permission.APPROVE_EXTENSIONS)
def extension_approve(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """Let them stay until the day that was asked for."""
    row = getters.extension(request, batch)
    rows = extensions.approve_extension(batch=row.batch, by=request.user)
    messages.success(request, _said_of_approval(rows))
    return redirect("shelters:ending_in", row.stay.shelter.slug)


@require_POST
@requires(Permission.APPROVE_EXTENSIONS)
def extension_refuse(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """Say no, with the reason."""
    row = getters.extension(request, batch)
    note = getters.words(RefusalForm(request.POST))["note"]
    extensions.refuse_extension(batch=row.batch, note=note, by=request.user)
    messages.success(request, _("Refused. The day that stood still stands."))
    return redirect("shelters:ending_in", row.stay.shelter.slug)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def extension_take_back(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """Take back what was asked; an approval is taken back by whoever may give one."""
    row = getters.extension(request, batch)
    if row.state == ExtensionState.APPROVED:
        if not may(request.user, Permission.APPROVE_EXTENSIONS):
            raise Refused(_("Only the coordinator takes back an approval. Ask them."))
        extensions.undo_decision(batch=row.batch, by=request.user)
        messages.success(request, _("The approval is undone. The day that stood before stands again."))
    else:
        extensions.withdraw_extension(batch=row.batch, by=request.user)
        messages.success(request, _("Taken back."))
    return redirect("shelters:ending_in", row.stay.shelter.slug)
