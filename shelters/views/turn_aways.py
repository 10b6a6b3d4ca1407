"""The log of who was turned away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ngo.errors import Refused
from ngo.models import Office, OfficeKind
from ngo.permissions import Permission, requires
from shelters.forms.turn_aways import TurnAwayForm
from shelters.models import Composition, Shelter, TurnAway, TurnAwayReason
from shelters.nights import tonight
from shelters.services import presses, turn_aways
from shelters.views import getters

LAST = "posada_last_party"  # Who the last party of this sign-in was: at one door the next is often the same.


@require_http_methods(["GET", "POST"])
@requires(Permission.LOG_TURN_AWAYS)
def turn_away(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a party down, and see tonight's. Children without an adult bring a warning first."""
    shelter = getters.shelter(request, slug)
    usual = request.session.get(LAST, Composition.FAMILY.value)
    form = TurnAwayForm(getters.posted(request), shelter=shelter, initial={"composition": usual})
    refused, children_alone = None, False
    if request.method == "POST" and form.is_valid():
        children_alone = form.is_about_children_alone
        try:
            if not children_alone:
                return _log(request, shelter, form)
        except Refused as refusal:
            refused = refusal
    context = _tonights(request, shelter) | {"form": form, "refused": refused, "children_alone": children_alone}
    if children_alone:
        offices = Office.objects.visible_to(request.user).filter(kind=OfficeKind.CHILD_PROTECTION, is_active=True)
        context["offices"] = offices.filter(city=shelter.city)
    return render(request, "shelters/turn_aways/turn_away.html", context, status=409 if refused else 200)


def _tonights(request: HttpRequest, shelter: Shelter) -> dict[str, Any]:
    night = tonight(shelter)
    rows = list(
        TurnAway.objects.visible_to(request.user)
        .filter(shelter=shelter, night=night)
        .select_related("recorded_by", "voided_by")
    )
    return {
        "shelter": shelter,
        "night": night,
        "rows": rows,
        "people": sum(row.party_size for row in rows if row.voided_at is None),
        "reasons": TurnAwayReason.choices,
    }


def _log(request: HttpRequest, shelter: Shelter, form: TurnAwayForm) -> HttpResponse:
    row = presses.once(press=form.press, by=request.user, do=lambda: _write(request, shelter, form))
    if row is None:
        getters.say_done_already(request)
    elif row.composition == Composition.CHILDREN:
        messages.warning(request, _("Written down. Tell the coordinator and the child-protection office now."))
    else:
        request.session[LAST] = row.composition
        messages.success(request, _("Written down."), extra_tags=f"turn-{row.pk}")
    return redirect("shelters:turn_away", shelter.slug)


def _write(request: HttpRequest, shelter: Shelter, form: TurnAwayForm) -> TurnAway:
    asked = form.cleaned_data
    return turn_aways.log_turn_away(
        shelter=shelter,
        party_size=asked["party_size"],
        composition=Composition(asked["composition"]),
        reason=TurnAwayReason(asked["reason"]),
        sent_to=asked["sent_to"],
        happened_at=form.happened_at,
        by=request.user,
    )


@require_POST
@requires(Permission.LOG_TURN_AWAYS)
def turn_away_void(request: HttpRequest, turn_away_id: int) -> HttpResponse:
    """Take back what was written by mistake."""
    row = getters.turn_away(request, turn_away_id)
    turn_aways.void_turn_away(turn_away=row, by=request.user)
    messages.success(request, _("Taken back."))
    return redirect("shelters:turn_away", row.shelter.slug)
