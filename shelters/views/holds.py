"""Places held for people who are on their way."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters.board import beds_to_hold
from shelters.forms.places import NightForm
from shelters.forms.stays import HoldForm
from shelters.models import Bed, Opening, Placement
from shelters.nights import local, tonight
from shelters.services import holds
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
            act = holds.hold_beds(
                shelter=shelter,
                beds=beds,
                by=request.user,
                family=family,
                held_for=form.cleaned_data.get("held_for", ""),
                **form.times,
            )
        except Refused as refusal:
            refused = refusal
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


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def release_hold(request: HttpRequest, placement_id: int) -> HttpResponse:
    """Give a held bed back; with `all`, every bed that was held with it."""
    hold = getters.hold(request, placement_id)
    held = Placement.objects.visible_to(request.user).held_with(hold) if request.POST.get("all") else [hold]
    act = holds.release_hold(placements=held, by=request.user)
    count = len(act.changed["released"])
    said = ngettext("%(count)d bed is free again.", "%(count)d beds are free again.", count) % {"count": count}
    say_with_undo(request, act, said)
    return redirect("shelters:board", hold.shelter.slug)
