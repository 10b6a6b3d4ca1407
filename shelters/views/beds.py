"""One bed: who is in it, what can be done with it, and what happened to it."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.models import Family
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.bed_card import BedCard, bed_card
from shelters.family_beds import families_at_the_door
from shelters.forms.places import BlockForm, NightForm
from shelters.services import places
from shelters.views import getters


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def bed(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The card of a bed. Whoever may check in also finds here the families that are waiting for one.

    Whom they look for comes by POST: it may be somebody's name, and names do not stand in addresses.
    """
    found = getters.bed(request, bed_id)
    card = bed_card(found)
    wanted = request.POST.get("q", "").strip()
    context: dict[str, Any] = {"bed": found, "card": card, "shelter": found.space.shelter, "wanted": wanted}
    context["names"] = may(request.user, Permission.VIEW_NAMES)
    if card.tile.state in {"free", "own", "surge"} and may(request.user, Permission.CHECK_IN_GUESTS):
        search = wanted if may(request.user, Permission.VIEW_PEOPLE) else ""
        context["families"] = families_at_the_door(getters.families_of(request), search)
        if search:
            audit.log_read(request, what="search", count=len(context["families"]))
    audit.log_read(request, what="bed", subject=found, count=_shown_on(card, context.get("families", [])))
    return render(request, "shelters/beds/bed.html", context)


def _shown_on(card: BedCard, waiting: list[Family]) -> int:
    """How many people a bed's card shows, each once: in the bed, in its history, at the head of a family that waits.

    A family for which it is or was held stands there by its file number; it counts as one.
    """
    guest, hold = card.tile.guest, card.tile.hold
    people = {one.person.pk for one in card.happenings if one.person} | ({guest.person.pk} if guest else set())
    families = {one.family.pk for one in card.happenings if one.family and not one.person}
    people |= {family.current_members[0].person_id for family in waiting if family.current_members}  # type: ignore[attr-defined]
    families |= {hold.family_id} if hold and hold.family_id else set()
    return len(people) + len(families)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def bed_block(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Take a bed out of service: broken, being cleaned, in quarantine."""
    bed = getters.bed(request, bed_id)
    form, refused = BlockForm(getters.posted(request), shelter=bed.space.shelter), None
    if request.method == "POST" and form.is_valid():
        last = form.cleaned_data["last_night"]
        try:
            places.block_bed(
                bed=bed,
                reason=form.cleaned_data["reason"],
                by=request.user,
                first_night=form.cleaned_data["first_night"],
                until=last + timedelta(days=1) if last else None,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Bed %(bed)s is out of service.") % {"bed": bed.label})
            return redirect("shelters:bed", bed.pk)
    context = {"bed": bed, "shelter": bed.space.shelter, "form": form, "refused": refused}
    return render(request, "shelters/beds/block.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.MANAGE_PLACES)
def bed_unblock(request: HttpRequest, bed_id: int) -> HttpResponse:
    bed = getters.bed(request, bed_id)
    places.unblock_bed(bed=bed, by=request.user)
    messages.success(request, _("Bed %(bed)s is in service from tonight on.") % {"bed": bed.label})
    return redirect("shelters:bed", bed.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def bed_withdraw(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Take a bed out of the house's capacity from a night on. What it was before stays."""
    bed = getters.bed(request, bed_id)
    form, refused = NightForm(getters.posted(request), shelter=bed.space.shelter), None
    if request.method == "POST" and form.is_valid():
        try:
            places.withdraw_bed(bed=bed, by=request.user, from_night=form.cleaned_data["from_night"])
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(
                request, _("Bed %(bed)s is withdrawn. Past nights stay as they were.") % {"bed": bed.label}
            )
            return redirect("shelters:spaces", bed.space.shelter.slug)
    context = {"bed": bed, "shelter": bed.space.shelter, "form": form, "refused": refused}
    return render(request, "shelters/beds/withdraw.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.MANAGE_PLACES)
def bed_return(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Put a bed that was withdrawn back into the house, from tonight on."""
    bed = getters.bed(request, bed_id)
    places.return_bed(bed=bed, by=request.user)
    messages.success(request, _("Bed %(bed)s is in service from tonight on.") % {"bed": bed.label})
    return redirect("shelters:spaces", bed.space.shelter.slug)
