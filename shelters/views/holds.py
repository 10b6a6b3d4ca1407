"""Places held for people who are on their way."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters import held
from shelters.family_beds import beds_to_hold
from shelters.forms.places import NightForm
from shelters.forms.stays import HoldForm, HoldPlacesForm
from shelters.models import Bed, Opening, Placement, PlacementState
from shelters.nights import ONE_DAY, local, noon_of, tonight
from shelters.services import freshness, holds, presses, promises
from shelters.views import getters
from shelters.views.stays import family_title, say_with_undo, to_family


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def hold_in_shelter(request: HttpRequest, slug: str) -> HttpResponse:
    """Hold beds for people whom nobody has written down yet: "a family of five from the bridge"."""
    return _hold(request, getters.shelter(request, slug), None)


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def hold_for_family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Hold beds for a family that is written down and on its way."""
    family = getters.family(request, family_id)
    shelters = list(getters.shelters_of(request).with_opening(timezone.now()).exclude(opening=Opening.CLOSED))
    asked = request.GET.get("shelter", "")
    shelter = next((one for one in shelters if one.slug == asked), shelters[0] if shelters else None)
    if shelter is None:
        messages.error(request, _("No shelter is open."))
        return to_family(request, family)
    audit.log_read(request, what="hold", subject=family)
    return _hold(request, shelter, family, shelters)


def _hold(request: HttpRequest, shelter: Any, family: Any, shelters: list[Any] | None = None) -> HttpResponse:
    other_night = NightForm(request.GET if "from_night_day" in request.GET else None, shelter=shelter)
    night = (other_night.is_valid() and other_night.cleaned_data["from_night"]) or tonight(shelter)
    form = HoldForm(
        getters.posted(request),
        shelter=shelter,
        night=night,
        free=beds_to_hold(shelter, night),
        for_family=family is not None,
        initial={"beds": request.GET.getlist("bed")},
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        beds = Bed.objects.visible_to(request.user).filter(pk__in=form.cleaned_data["beds"])
        try:
            act = presses.once(
                press=form.press,
                by=request.user,
                do=lambda: holds.hold_beds(
                    shelter=shelter,
                    beds=beds,
                    by=request.user,
                    family=family,
                    held_for=form.cleaned_data.get("held_for", ""),
                    **form.times,
                ),
            )
        except Refused as refusal:
            refused = refusal
        else:
            if act is None:
                getters.say_done_already(request)
            else:
                say_with_undo(request, act, _said(shelter, len(beds), form.times["expires_at"]))
            return to_family(request, family) if family else redirect("shelters:board", shelter.slug)
    context = {
        "shelter": shelter,
        "shelters": shelters,
        "family": family,
        "title": family and family_title(family, getters.shows_names(request, family)),
        "form": form,
        "other_night": other_night,
        "night": night,
        "refused": refused,
    }
    return render(request, "shelters/stays/hold.html", context, status=409 if refused else 200)


def _said(shelter: Any, count: int, expires_at: Any) -> str:
    return ngettext("%(count)d bed is held until %(hour)s.", "%(count)d beds are held until %(hour)s.", count) % {
        "count": count,
        "hour": f"{local(shelter, expires_at):%H:%M}",
    }


# --- By number: a space, a kind of space, a house -----------------------------------------------------------------------


@require_GET
@requires(Permission.CHECK_IN_GUESTS)
@transaction.atomic
def holds_of_shelter(request: HttpRequest, slug: str) -> HttpResponse:
    """What is held in a house, and what it asked other houses to hold."""
    shelter, now = getters.shelter(request, slug), timezone.now()
    rows = held.holds_of(shelter, now)
    audit.log_read(request, what="holds", subject=shelter, count=len(rows))
    context = {
        "shelter": shelter,
        "here": [row for row in rows if row.first.shelter_id == shelter.pk],
        "asked": [row for row in rows if row.first.shelter_id != shelter.pk],
        "missed": held.nobody_came(shelter, now),
        "acts": held.can_be_undone(shelter, now),
    }
    return render(request, "shelters/stays/holds.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def hold_places(request: HttpRequest, slug: str) -> HttpResponse:
    """Hold so many places in this house, or ask another house of the organisation for them."""
    ours = getters.shelter(request, slug)
    houses = list(getters.houses_to_ask(request))
    shelter = next((one for one in houses if one.slug == request.GET.get("shelter", slug)), None)
    if shelter is None:
        messages.error(request, _("This house is closed. Ask another one."))
        return redirect("shelters:holds", slug)
    asked = request.GET.get("family", "")
    family = getters.family(request, int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    other_night = NightForm(request.GET if "from_night_day" in request.GET else None, shelter=shelter)
    night = (other_night.is_valid() and other_night.cleaned_data["from_night"]) or tonight(shelter)
    is_unknown = freshness.is_stale(shelter)
    places = [(code, name, None if is_unknown else number) for code, name, number in _places_left(shelter, night)]
    form = HoldPlacesForm(
        getters.posted(request), shelter=shelter, night=night, left=places, for_family=family is not None
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            act = presses.once(
                press=form.press,
                by=request.user,
                do=lambda: _hold_places(request, shelter, ours, family, form),
            )
        except Refused as refusal:
            refused = refusal
        else:
            if act is None:
                getters.say_done_already(request)
            else:
                _say(request, act, _said_of_places(shelter, form.cleaned_data["count"], form.times["expires_at"]))
            return redirect("shelters:holds", slug)
    if family:
        audit.log_read(request, what="hold", subject=family)
    context = {
        "ours": ours,
        "shelter": shelter,
        "shelters": houses,
        "family": family,
        "title": family and family_title(family, getters.shows_names(request, family)),
        "form": form,
        "other_night": other_night,
        "night": night,
        "is_unknown": is_unknown,
        "refused": refused,
    }
    return render(request, "shelters/stays/hold_places.html", context, status=409 if refused else 200)


def _places_left(shelter: Any, night: Any) -> list[tuple[str, str, int]]:
    """(code, name, how many are left) of the house, each kind and each space that has beds, for a night."""
    now = timezone.now()
    start = now if night == tonight(shelter) else noon_of(shelter, night)
    found = promises.left(shelter, DateTimeTZRange(start, noon_of(shelter, night + ONE_DAY)), now)
    spaces = {space.pk: space.name for space in shelter.spaces.all()}
    return [
        ("-".join(str(part or "") for part in scope), promises.name_of(scope, shelter, spaces), number)
        for scope, number in found.items()
    ]


def _hold_places(request: HttpRequest, shelter: Any, ours: Any, family: Any, form: HoldPlacesForm) -> Any:
    what, key = form.scope
    return holds.hold_places(
        shelter=shelter,
        count=form.cleaned_data["count"],
        space=shelter.spaces.get(pk=key) if what == "space" else None,
        kind=key if what == "kind" else "",
        family=family,
        held_for=form.cleaned_data.get("held_for", ""),
        sender=ours,
        by=request.user,
        **form.times,
    )


def _said_of_places(shelter: Any, count: int, expires_at: Any) -> str:
    return ngettext(
        "%(count)d place is held in %(house)s until %(hour)s.",
        "%(count)d places are held in %(house)s until %(hour)s.",
        count,
    ) % {"count": count, "house": shelter.name, "hour": f"{local(shelter, expires_at):%H:%M}"}


def _say(request: HttpRequest, act: Any, sentence: str) -> None:
    """With an undo, for who works in the house of the act."""
    if getters.shelters_of(request).filter(pk=act.shelter_id).exists():
        say_with_undo(request, act, sentence)
    else:
        messages.success(request, sentence)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def extend_hold(request: HttpRequest, placement_id: int) -> HttpResponse:
    """One tap: everything that was held with it, for an hour more."""
    hold = getters.hold(request, placement_id)
    act = holds.extend_hold(placements=_held_with(request, hold), by=request.user)
    hold.refresh_from_db()
    _say(request, act, _("Held until %(hour)s.") % {"hour": f"{local(hold.shelter, hold.hold_expires_at):%H:%M}"})
    return redirect("shelters:holds", _house_of(request, hold).slug)


def _held_with(request: HttpRequest, hold: Placement) -> Any:
    """Everything that was held with it; of one that is over, nothing else."""
    is_held = hold.state == PlacementState.HELD
    return Placement.objects.visible_to(request.user).held_with(hold) if is_held else [hold]


def _house_of(request: HttpRequest, hold: Placement) -> Any:
    """The house on whose page this person sees a hold: where it is, else the one that asked for it."""
    mine = getters.shelters_of(request).filter(pk=hold.shelter_id).exists()
    return hold.shelter if mine or hold.sender is None else hold.sender


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def release_hold(request: HttpRequest, placement_id: int) -> HttpResponse:
    """Give a held bed back; with `all`, every bed that was held with it."""
    hold = getters.hold(request, placement_id)
    rows = _held_with(request, hold) if request.POST.get("all") else [hold]
    act = holds.release_hold(placements=rows, by=request.user)
    count = len(act.changed["released"])
    said = ngettext("%(count)d bed is free again.", "%(count)d beds are free again.", count) % {"count": count}
    _say(request, act, said)
    house = _house_of(request, hold)
    return redirect("shelters:holds" if request.POST.get("from") == "holds" else "shelters:board", house.slug)
