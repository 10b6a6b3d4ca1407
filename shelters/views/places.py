"""Shelters, their state, their spaces and the beds in them."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.forms.places import BedsForm, ShelterForm, SpaceForm, StateForm
from shelters.models import Bed, Opening, ShelterState, Space
from shelters.nights import tonight
from shelters.services import places, presses
from shelters.services.freshness import freshness
from shelters.views import getters


@require_GET
@requires(Permission.VIEW_TODAY)
def shelter_list(request: HttpRequest) -> HttpResponse:
    """The houses of the organisation. Figures stand on Today; here, which house is open and where to go."""
    shelters = list(getters.shelters_of(request).with_opening(timezone.now()).select_related("city"))
    known, names = freshness(shelters), may(request.user, Permission.VIEW_BOARD)
    for shelter in shelters:
        last = known[shelter.pk]
        shelter.fresh = last if names else replace(last, by="")  # type: ignore[attr-defined]
    waits = getters.waiting_of(request).on_list().count() if may(request.user, Permission.VIEW_BOARD) else None
    return render(request, "shelters/places/list.html", {"shelters": shelters, "waiting": waits})


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def shelter_new(request: HttpRequest) -> HttpResponse:
    """Make a shelter; not for who works in some shelters only: they could not open the one that they made."""
    if request.user.membership.postings.exists():
        sentence = _("You work in some shelters only. A new shelter is made by a coordinator who works in all of them.")
        context = {"form": ShelterForm(), "refused": Refused(sentence), "is_closed": True}
        return render(request, "shelters/places/shelter_form.html", context, status=403)
    form, refused = ShelterForm(getters.posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            shelter = places.create_shelter(
                organisation=request.user.organisation, by=request.user, **form.cleaned_data
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(
                request, _("%(shelter)s is there. Now add its spaces and beds.") % {"shelter": shelter.name}
            )
            return redirect("shelters:spaces", shelter.slug)
    context = {"form": form, "refused": refused}
    return render(request, "shelters/places/shelter_form.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def shelter_edit(request: HttpRequest, slug: str) -> HttpResponse:
    shelter = getters.shelter(request, slug)
    form, refused = ShelterForm(getters.posted(request), instance=shelter), None
    if request.method == "POST" and form.is_valid():
        try:
            places.update_shelter(shelter=shelter, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Saved."))
            return redirect("shelters:spaces", slug)
    context = {"shelter": shelter, "form": form, "refused": refused}
    return render(request, "shelters/places/shelter_form.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def shelter_state(request: HttpRequest, slug: str) -> HttpResponse:
    shelter = getters.shelter(request, slug)
    form = StateForm(getters.posted(request), shelter=shelter, initial={"state": shelter.opening})
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            row = places.set_shelter_state(
                shelter=shelter,
                state=form.cleaned_data["state"],
                by=request.user,
                from_at=form.moment("from"),
                until=form.moment("until"),
                reason=form.cleaned_data["reason"],
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _said_of(row))
            return redirect("shelters:state", slug)
    rows = ShelterState.objects.filter(shelter=shelter).select_related("set_by").order_by("-period")[:20]
    context = {"shelter": shelter, "form": form, "refused": refused, "rows": rows, "now": timezone.now()}
    return render(request, "shelters/places/state.html", context, status=409 if refused else 200)


def _said_of(row: ShelterState) -> str:
    if row.period.lower > timezone.now():
        return _("Noted. It changes by itself at that moment.")
    return {
        Opening.OPEN: _("%(shelter)s is open."),
        Opening.PAUSED: _("%(shelter)s takes nobody in for now. Whoever is in it stays."),
        Opening.CLOSED: _("%(shelter)s is closed."),
    }[Opening(row.state)] % {"shelter": row.shelter.name}


@require_GET
@requires(Permission.MANAGE_PLACES)
def spaces(request: HttpRequest, slug: str) -> HttpResponse:
    """Every space with its beds, those withdrawn and out of service among them."""
    shelter = getters.shelter(request, slug)
    night = tonight(shelter)
    rows = list(shelter.spaces.on_night(night).with_closure(night))
    beds = Bed.objects.filter(space__shelter=shelter).select_related("space").with_service(night)
    for space in rows:
        space.listed = [bed for bed in beds if bed.space_id == space.pk]  # type: ignore[attr-defined]
        space.counted = _counts([bed for bed in space.listed if bed.is_in_service])  # type: ignore[attr-defined]
    context = {"shelter": shelter, "spaces": rows, "night": night}
    return render(request, "shelters/places/spaces.html", context)


def _counts(beds: list[Bed]) -> dict[str, int]:
    return {
        "places": sum(not bed.is_surge for bed in beds),
        "surge": sum(bed.is_surge for bed in beds),
        "out": sum(bed.out_reason is not None for bed in beds),  # type: ignore[attr-defined]
    }


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def space_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A space and its beds in one form: "12 bunks and 4 cots in the women's dormitory"."""
    shelter = getters.shelter(request, slug)
    form, formset = SpaceForm(getters.posted(request)), BedsForm(getters.posted(request), shelter=shelter)
    refused = None
    if request.method == "POST" and form.is_valid() & formset.is_valid():
        try:
            space = places.add_space(
                shelter=shelter,
                by=request.user,
                beds=formset.bed_counts,
                prefix=formset.cleaned_data["prefix_letters"] or None,
                from_night=formset.cleaned_data["from_night"],
                **form.cleaned_data,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _added(space, sum(one.count for one in formset.bed_counts)))
            return redirect("shelters:spaces", slug)
    context = {"shelter": shelter, "form": form, "formset": formset, "refused": refused}
    return render(request, "shelters/places/space_form.html", context, status=409 if refused else 200)


def _added(space: Any, beds: int) -> str:
    return ngettext("%(space)s is there, with %(beds)d place.", "%(space)s is there, with %(beds)d places.", beds) % {
        "space": space.name,
        "beds": beds,
    }


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def space_edit(request: HttpRequest, slug: str, space_id: int) -> HttpResponse:
    space = getters.space(request, slug, space_id)
    form, refused = SpaceForm(getters.posted(request), instance=space), None
    if request.method == "POST" and form.is_valid():
        try:
            places.update_space(space=space, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Saved."))
            return redirect("shelters:spaces", slug)
    context = {"shelter": space.shelter, "space": space, "form": form, "refused": refused}
    return render(request, "shelters/places/space_form.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def beds_new(request: HttpRequest, slug: str, space_id: int) -> HttpResponse:
    space = getters.space(request, slug, space_id)
    form = BedsForm(getters.posted(request), shelter=space.shelter, needs_one=True)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            made = presses.once(press=form.press, by=request.user, do=lambda: _add_beds(request, space, form))
        except Refused as refusal:
            refused = refusal
        else:
            if made is None:
                getters.say_done_already(request)
            else:
                said = ngettext("%(count)d bed added: %(labels)s.", "%(count)d beds added: %(labels)s.", len(made))
                messages.success(request, said % {"count": len(made), "labels": _from_to(made)})
            return redirect("shelters:spaces", slug)
    context = {"shelter": space.shelter, "space": space, "form": form, "refused": refused}
    return render(request, "shelters/places/beds_form.html", context, status=409 if refused else 200)


def _add_beds(request: HttpRequest, space: Space, form: BedsForm) -> list[Bed]:
    return places.add_beds(
        space=space,
        by=request.user,
        beds=form.bed_counts,
        prefix=form.cleaned_data["prefix_letters"] or None,
        from_night=form.cleaned_data["from_night"],
    )


def _from_to(beds: list[Bed]) -> str:
    return beds[0].label if len(beds) == 1 else f"{beds[0].label} – {beds[-1].label}"
