"""Carrying beds from one space to another, closing spaces for a time, and changing several beds at once."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters.forms.places import NightForm
from shelters.forms.spaces import CloseSpaceForm, MoveBedForm, SeveralBedsForm
from shelters.models import Bed, SpaceClosure
from shelters.nights import tonight
from shelters.services import spaces
from shelters.views import getters

ONE_DAY = timedelta(days=1)


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def bed_move(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Carry a bed to another space. A cot, crib or mat by the desk; any other bed by who manages the places."""
    bed = getters.bed(request, bed_id)
    form, refused = MoveBedForm(getters.posted(request), bed=bed), None
    if request.method == "POST" and form.is_valid():
        try:
            moved = spaces.move_bed(bed=bed, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            said = _("Bed %(bed)s stands in %(space)s from tonight on. Past nights stay as they were.")
            messages.success(request, said % {"bed": moved.label, "space": moved.space.name})
            return redirect("shelters:bed", bed.pk)
    context = {"bed": bed, "shelter": bed.space.shelter, "form": form, "refused": refused}
    return render(request, "shelters/beds/move.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def space_close(request: HttpRequest, slug: str, space_id: int) -> HttpResponse:
    """Let nobody sleep in a space for a time: repair, quarantine, cleaning, or not in use."""
    space = getters.space(request, slug, space_id)
    form, refused = CloseSpaceForm(getters.posted(request), shelter=space.shelter), None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        until = asked["last_night"] + ONE_DAY if asked["last_night"] else None
        given = {"kind": asked["kind"], "reason": asked["reason"], "first_night": asked["first_night"], "until": until}
        try:
            spaces.close_space(space=space, by=request.user, **given)
        except Refused as refusal:
            refused = refusal
        else:
            said = _("%(space)s is closed. Past nights stay as they were.")
            messages.success(request, said % {"space": space.name})
            return redirect("shelters:spaces", slug)
    rows = SpaceClosure.objects.filter(space=space).select_related("set_by")[:20]
    context = {"shelter": space.shelter, "space": space, "form": form, "refused": refused, "rows": rows}
    return render(request, "shelters/places/space_close.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def space_reopen(request: HttpRequest, slug: str, space_id: int) -> HttpResponse:
    """Open a closed space again, from tonight or a later night on."""
    space = getters.space(request, slug, space_id)
    form, refused = NightForm(getters.posted(request), shelter=space.shelter), None
    if request.method == "POST" and form.is_valid():
        try:
            spaces.reopen_space(space=space, by=request.user, from_night=form.cleaned_data["from_night"])
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("%(space)s opens again.") % {"space": space.name})
            return redirect("shelters:spaces", slug)
    context = {"shelter": space.shelter, "space": space, "form": form, "refused": refused}
    return render(request, "shelters/places/space_reopen.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def space_beds(request: HttpRequest, slug: str, space_id: int) -> HttpResponse:
    """Several beds of a space at once: out of service, back, withdrawn, returned, carried elsewhere. All or none."""
    space = getters.space(request, slug, space_id)
    beds = list(Bed.objects.filter(space=space).with_service(tonight(space.shelter)))
    form, refused = SeveralBedsForm(getters.posted(request), space=space, beds=beds), None
    if request.method == "POST" and form.is_valid():
        try:
            done = _change(form.cleaned_data, request.user)
        except Refused as refusal:
            refused = refusal
        else:
            said = ngettext("%(count)d bed is changed.", "%(count)d beds are changed.", len(done))
            messages.success(request, said % {"count": len(done)})
            return redirect("shelters:spaces", slug)
    context = {"shelter": space.shelter, "space": space, "form": form, "refused": refused, "beds": beds}
    return render(request, "shelters/places/space_beds.html", context, status=409 if refused else 200)


def _change(asked: dict[str, Any], by: Any) -> list[Any]:
    """Do what was asked with the beds that were ticked."""
    beds, first, last = asked["beds"], asked["first_night"], asked["last_night"]
    what = asked["what"]
    if what == SeveralBedsForm.OUT:
        until = last + ONE_DAY if last else None
        return spaces.block_beds(beds=beds, reason=asked["reason"], by=by, first_night=first, until=until)
    if what == SeveralBedsForm.BACK:
        return spaces.unblock_beds(beds=beds, by=by)
    if what == SeveralBedsForm.WITHDRAW:
        return spaces.withdraw_beds(beds=beds, by=by, from_night=first)
    if what == SeveralBedsForm.RETURN:
        return spaces.return_beds(beds=beds, by=by, from_night=first)
    return spaces.move_beds(beds=beds, space=asked["space"], by=by)
