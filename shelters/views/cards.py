"""Guests' cards: made and printed, lost, and read at the door."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.models import ReadLog
from ngo.permissions import Permission, may, requires
from shelters.forms.door import CardForm, CardsForm
from shelters.models import GuestCard, Placement, PlacementState, Shelter, Stay
from shelters.services import cards
from shelters.services.card_pictures import rows_of
from shelters.views import getters

MISSES, WITHIN = 20, timedelta(minutes=10)  # Cards that open nothing, by one person, before they must wait.


# --- Reading ---------------------------------------------------------------------------------------------------------


def stay_read(request: HttpRequest, stays: Any) -> Stay:
    """The guest of the card that was posted, among `stays`. Raises Refused, with one sentence for whatever opens nothing."""
    form = CardForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused(" ".join(sentence for sentences in form.errors.values() for sentence in sentences))
    missed = ReadLog.objects.visible_to(request.user).filter(staff=request.user, what="card_unknown")
    if missed.filter(at__gt=timezone.now() - WITHIN).count() >= MISSES:
        raise Refused(_("Too many cards opened nothing. Wait ten minutes, or look for the person in the list."))
    stay = cards.stay_of_card(form.text, stays)
    if stay is None:
        audit.log_read(request, what="card_unknown", count=0)
        raise Refused(cards.nothing_found())
    audit.log_read(request, what="card", subject=stay, count=1)
    return stay


@require_POST
@requires(Permission.KEEP_DOOR)
def door_scan(request: HttpRequest, slug: str) -> HttpResponse:
    """A card, read by a camera, from a photo or typed, leads to its guest."""
    shelter = getters.shelter(request, slug)
    try:
        stay = stay_read(request, Stay.objects.filter(shelter__in=getters.shelters_of(request)))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("shelters:door", shelter.slug)
    response = redirect("shelters:door_person", stay.pk)
    response["Location"] += "?by=card"
    return response


# --- Making ----------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
def cards_of_house(request: HttpRequest, slug: str) -> HttpResponse:
    """Cards for a whole house: who has one that is good, and the sheet for the others."""
    shelter = getters.shelter(request, slug)
    stays = Stay.objects.current().filter(shelter=shelter).select_related("person", "family").order_by("pk")
    return _cards(request, shelter, list(stays), None)


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
def cards_of_family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Cards for those of a family who are in a house of ours."""
    family = getters.family(request, family_id)
    rows = Stay.objects.current().filter(family=family, shelter__in=getters.shelters_of(request))
    stays = list(rows.select_related("person", "family", "shelter").order_by("pk"))
    if not stays:
        raise Http404
    shelter = stays[0].shelter
    return _cards(request, shelter, [stay for stay in stays if stay.shelter_id == shelter.pk], family)


def _cards(request: HttpRequest, shelter: Shelter, stays: list[Stay], family: Any) -> HttpResponse:
    good = set(GuestCard.objects.in_force().filter(stay__in=stays).values_list("stay", flat=True))
    form, refused = CardsForm(getters.posted(request), initial={"batch": uuid.uuid4()}), None
    if request.method == "POST" and form.is_valid():
        everyone = form.cleaned_data["whom"] == CardsForm.EVERYONE
        try:
            chosen = [stay for stay in stays if everyone or stay.pk not in good]
            return _printed(request, shelter, chosen, form.cleaned_data, family)
        except Refused as refusal:
            refused = refusal
    with transaction.atomic():
        audit.log_read(request, what="cards", subject=family or shelter, count=len(stays))
    context = {
        "shelter": shelter,
        "family": family,
        "rows": [(stay, stay.pk in good) for stay in stays],
        "without": len(stays) - len(good),
        "names": getters.shows_names(request, family) if family else may(request.user, Permission.VIEW_NAMES),
        "form": form,
        "refused": refused,
    }
    return render(request, "shelters/cards/cards.html", context, status=409 if refused else 200)


@never_cache
@require_POST
@requires(Permission.KEEP_DOOR)
def card_of_guest(request: HttpRequest, stay_id: int) -> HttpResponse:
    """A new card for one guest; the one that they had is good no longer."""
    stay = getters.stay(request, stay_id)
    form = CardsForm(
        {"whom": CardsForm.EVERYONE, "shape": request.POST.get("shape"), "batch": request.POST.get("batch")}
    )
    if not form.is_valid():
        raise Refused(_("This press could not be read. Load the page again."))
    return _printed(request, stay.shelter, [stay], form.cleaned_data, None)


def _printed(
    request: HttpRequest, shelter: Shelter, stays: Iterable[Stay], asked: dict[str, Any], family: Any
) -> HttpResponse:
    """The sheet: the only page that ever shows these tokens. It is not kept, and cannot be asked for again."""
    stays = list(stays)
    if not stays:
        raise Refused(_("Everyone has a card that is good. To make new ones all the same, choose “Everyone”."))
    with transaction.atomic():
        printed = cards.issue_cards(stays=stays, by=request.user, batch=asked["batch"])
        audit.log_read(request, what="cards_print", subject=shelter, count=len(printed))
    beds = Placement.objects.filter(stay__in=stays, state=PlacementState.IN, bed__isnull=False)
    labels = dict(beds.values_list("stay", "bed__label"))
    context = {
        "shelter": shelter,
        "family": family,
        "stay": stays[0] if len(stays) == 1 else None,
        "shape": asked["shape"],
        "cards": [(one, path_of(one.token), labels.get(one.card.stay_id, "")) for one in printed],
    }
    return render(request, "shelters/cards/print.html", context)


def path_of(token: str) -> dict[str, Any]:
    """The QR code as one path of an SVG, a unit per module: `{"size": 33, "d": "M4 4h7v1h-7z…"}`."""
    rows = rows_of(token)
    return {"size": len(rows), "d": "".join(_runs(y, row) for y, row in enumerate(rows))}


def _runs(y: int, row: list[bool]) -> str:
    """The dark modules of one row, those side by side as one piece."""
    found, x = "", 0
    while x < len(row):
        end = x
        while end < len(row) and row[end]:
            end += 1
        if end > x:
            found += f"M{x} {y}h{end - x}v1h-{end - x}z"
        x = end + 1
    return found


@require_POST
@requires(Permission.KEEP_DOOR)
def card_lost(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Whoever finds the card opens nothing with it."""
    stay = getters.stay(request, stay_id)
    cards.revoke_card(stay=stay, by=request.user)
    messages.success(request, _("The card is good no longer. Make a new one when they need it."))
    return redirect("shelters:door_person", stay.pk)
