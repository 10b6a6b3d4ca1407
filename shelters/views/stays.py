"""Giving beds, moving, undoing."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Family, Person
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.departures import departures_of
from shelters.endings import extensions_of
from shelters.family_beds import FamilyBeds, family_beds
from shelters.forms.stays import LeavesOnForm, MoveForm, PlaceForm, option_code, place_code
from shelters.models import Act, ActKind, Cleaning, Opening, Placement, Shelter, Stay
from shelters.services import freshness, limits
from shelters.services import stays as desk
from shelters.services.desk import Place
from shelters.services.houses import House, look_at
from shelters.services.offers import offers_for
from shelters.services.suggestions import Option
from shelters.services.undo import undo as undo_act
from shelters.views import getters

MOST_OTHER_WAYS = 4


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def beds_of_family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Tonight's beds of a family, inside its page (by htmx) or as a page of its own."""
    family = getters.family(request, family_id)
    audit.log_read(request, what="family_beds", subject=family)
    context = _family_context(request, family) | _family_history(request, family)
    template = "shelters/stays/_family_beds.html" if request.htmx else "shelters/stays/family_beds.html"
    return render(request, template, context)


def _family_context(request: HttpRequest, family: Family) -> dict[str, Any]:
    names = getters.shows_names(request, family)
    beds = family_beds(family, getters.shelters_of(request))
    return {"family": family, "beds": beds, "names": names, "title": family_title(family, names)}


def _family_history(request: HttpRequest, family: Family) -> dict[str, Any]:
    """Who left when, which extensions were asked for and what they wait for, in the houses that this person works in."""
    shelters = list(getters.shelters_of(request))
    return {
        "departures": departures_of(family, shelters),
        "extensions": extensions_of(family, shelters),
        "waits": getters.waiting_of(request).on_list().filter(family=family).first(),
    }


def family_title(family: Any, names: bool) -> str:
    """What a page calls a family: by its surnames where the viewer may read names, else by its file number."""
    members = getattr(family, "current_members", [])
    if not names or not members:
        return _("Family %(name)s") % {"name": family.folio}
    head = members[0].person
    return _("Family %(name)s") % {
        "name": " ".join(filter(None, [head.first_surname, head.second_surname])) or head.called
    }


# --- Check in --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def place_family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Beds for the members of a family who have none: suggestions, best first, or each bed by hand."""
    family = getters.family(request, family_id)
    context = _family_context(request, family)
    people = _asked_for(request, [row.person for row in context["beds"].waiting])
    shelters = list(getters.shelters_of(request).with_opening(timezone.now()).exclude(opening=Opening.CLOSED))
    shelter = _chosen_shelter(request, shelters, context["beds"])
    context |= {"shelters": shelters, "shelter": shelter, "people": people}
    if not people or shelter is None:
        return render(request, "shelters/stays/nobody_to_place.html", context)
    with transaction.atomic():
        audit.log_read(request, what="place_family", subject=family, count=len(people))
        others = [other for other in shelters if other.pk != shelter.pk]
        offers = offers_for(family=family, shelters=[shelter, *freshness.fresh(others)], by=request.user, people=people)
        house = offers.houses[shelter.pk]
        options = _with_asked_bed(request, offers.by_house.get(shelter.pk, []), house)
    form = PlaceForm(
        getters.posted(request),
        shelter=shelter,
        people=people,
        house=house,
        option=options[0] if options else None,
        names=context["names"],
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            return _check_in(request, family, shelter, form, context["title"])
        except Refused as refusal:
            refused = refusal
    context |= {
        "form": form,
        "refused": refused,
        "asks_reason": refused is not None and refused.overridable and may(request.user, Permission.BEND_RULES),
        "asks_clean": _asks_clean(refused, form.places.values() if refused else []),
        "options": [(option, option_code(option)) for option in options],
        "has_room": _has_room(options),
        "elsewhere": [] if _has_room(options) else offers.elsewhere(shelter),
        "other_houses": [offer for offer in offers.tonight if offer.shelter.pk != shelter.pk][:MOST_OTHER_WAYS],
        "later": offers.later[:MOST_OTHER_WAYS],
        "in_two_houses": offers.in_two_houses,
    }
    return render(request, "shelters/stays/place.html", context, status=409 if refused else 200)


def _asked_for(request: HttpRequest, people: list[Person]) -> list[Person]:
    """Those whom the page is asked for (`who`, a person's number, as often as needed), of those without a place; else all."""
    who = request.GET.getlist("who")
    return [person for person in people if str(person.pk) in who] or people


def _chosen_shelter(request: HttpRequest, shelters: list[Any], beds: FamilyBeds) -> Any:
    """The shelter asked for, else where the rest of the family is, else the first that takes people in."""
    asked = request.GET.get("shelter", "")
    theirs = {shelter.pk for shelter in beds.shelters}
    order = [
        lambda shelter: shelter.slug == asked,
        lambda shelter: shelter.pk in theirs,
        lambda shelter: shelter.opening == Opening.OPEN,
        lambda shelter: True,
    ]
    return next((shelter for test in order for shelter in shelters if test(shelter)), None)


def _with_asked_bed(request: HttpRequest, options: list[Option], house: House) -> list[Option]:
    """Coming from a bed's card, the options in its space come first, and the first of them takes that bed."""
    asked = request.GET.get("bed", "")
    if not asked.isdecimal() or len(asked) > 18:
        return options
    bed = getters.bed(request, int(asked))
    ordered = sorted(options, key=lambda option: bed.space not in option.spaces)
    if ordered and bed in house.free.get(bed.space_id, []):
        ordered[0] = ordered[0].taking(bed)
    return ordered


def _check_in(request: HttpRequest, family: Family, shelter: Shelter, form: PlaceForm, title: str) -> HttpResponse:
    act = desk.check_in_family(
        family=family,
        shelter=shelter,
        places=form.places,
        by=request.user,
        happened_at=form.happened_at,
        expected_departure_on=form.leaving_on,
        reason=_reason(request, form),
        clean_now=_says_clean(request),
    )
    say_with_undo(request, act, _said_of_check_in(act, title))
    return to_family(request, family)


def _says_clean(request: HttpRequest) -> bool:
    """Whoever gives the beds pressed: they are clean now."""
    return request.GET.get("clean") == "1"


def _asks_clean(refused: Refused | None, places: Iterable[Place]) -> bool:
    """Whether one of the beds that were refused is still to be cleaned."""
    beds = [place.bed_id for place in places if place.bed_id] if refused and refused.overridable else []
    return bool(beds) and Cleaning.objects.waiting().filter(bed__in=beds).exists()


def _reason(request: HttpRequest, form: Any) -> str:
    """The reason that was written, from someone who may bend rules."""
    return form.cleaned_data["reason"] if may(request.user, Permission.BEND_RULES) else ""


def _said_of_check_in(act: Act, title: str) -> str:
    rows = Placement.objects.filter(pk__in=act.changed["opened"]).select_related("bed", "space")
    rows = rows.order_by("space__position", "bed__position", "bed__pk")
    beds = [row.bed.label for row in rows if row.bed]
    spaces = ", ".join(dict.fromkeys(row.space.name for row in rows if row.space))
    if not beds:
        return _("%(family)s sleeps in %(space)s, without a bed.") % {"family": title, "space": spaces}
    return ngettext(
        "%(family)s has bed %(beds)s in %(space)s.", "%(family)s has beds %(beds)s in %(space)s.", len(beds)
    ) % {"family": title, "beds": ", ".join(beds), "space": spaces}


def _has_room(options: list[Option]) -> bool:
    """Whether they can be together here, each in a bed."""
    return bool(options) and options[0].keeps_together and not options[0].without_bed


def say_with_undo(request: HttpRequest, act: Act, sentence: str) -> None:
    """A toast that offers to undo what was just done; the same undo stays beside the family's beds."""
    messages.success(request, sentence, extra_tags=f"undo-{act.pk}")


def to_family(request: HttpRequest, family: Family | None) -> HttpResponse:
    """The family's page, or its beds for those who do not open files."""
    if family is None:
        return redirect("ngo:today")
    return redirect("cases:family" if may(request.user, Permission.VIEW_PEOPLE) else "shelters:family_beds", family.pk)


# --- Move ------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def move(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Another place in the house for one person."""
    return _move(request, [getters.stay(request, stay_id)])


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def move_family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Other places in the house for a family, in one act: they may also change beds among themselves."""
    family = getters.family(request, family_id)
    stays = stays_of(request, family)
    if not stays:
        return redirect("shelters:place_family", family.pk)
    return _move(request, [getters.stay(request, stay.pk) for stay in stays])


def stays_of(request: HttpRequest, family: Family) -> list[Stay]:
    """Those of a family who are in one house, of the houses that this person works in; 404 where all are in others."""
    beds = family_beds(family, getters.shelters_of(request))
    stays = [row.stay for row in beds.placed if row.stay]
    if beds.elsewhere and not stays:
        raise Http404
    return [stay for stay in stays if stay.shelter_id == stays[0].shelter_id]


def _move(request: HttpRequest, stays: list[Stay]) -> HttpResponse:
    shelter, family = stays[0].shelter, stays[0].family
    names = getters.shows_names(request, family) if family else may(request.user, Permission.VIEW_NAMES)
    now_in = {
        row.stay_id: row
        for row in Placement.objects.filter(stay__in=stays, state="in").select_related("space", "bed", "shelter")
    }
    house = look_at(shelter, timezone.now(), None, family)
    first = _asked_place(request)
    form = MoveForm(
        getters.posted(request), shelter=shelter, stays=stays, now_in=now_in, house=house, names=names, first=first
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            act = desk.move_together(
                moves=form.moves,
                by=request.user,
                happened_at=form.happened_at,
                reason=_reason(request, form),
                clean_now=_says_clean(request),
            )
        except Refused as refusal:
            refused = refusal
        else:
            say_with_undo(request, act, _said_of_move(act, stays, names))
            return to_family(request, family)
    with transaction.atomic():
        audit.log_read(request, what="move", subject=family or stays[0], count=len(stays))
    context = {
        "shelter": shelter,
        "family": family,
        "stays": [(stay, now_in.get(stay.pk)) for stay in stays],
        "relatives": Stay.objects.current().filter(family=family, shelter=shelter).count() if family else 1,
        "names": names,
        "form": form,
        "refused": refused,
        "asks_reason": refused is not None and refused.overridable and may(request.user, Permission.BEND_RULES),
        "asks_clean": _asks_clean(refused, form.moves.values() if refused else []),
    }
    return render(request, "shelters/stays/move.html", context, status=409 if refused else 200)


def _asked_place(request: HttpRequest) -> str:
    """Coming from a bed's card: that bed, chosen already."""
    asked = request.GET.get("bed", "")
    if not asked.isdecimal() or len(asked) > 18:
        return ""
    bed = getters.bed(request, int(asked))
    return place_code(bed.space, bed)


def _said_of_move(act: Act, stays: list[Stay], names: bool) -> str:
    rows = list(Placement.objects.filter(pk__in=act.changed["opened"]).select_related("bed", "space", "person"))
    if len(rows) > 1:
        return ngettext("%(count)d person moved.", "%(count)d people moved.", len(rows)) % {"count": len(rows)}
    row = rows[0]
    who = row.person.called if names else row.person.initials
    if row.bed is None:
        return _("%(who)s is now in %(space)s, without a bed.") % {"who": who, "space": row.space.name}
    return _("%(who)s is now in bed %(bed)s, %(space)s.") % {"who": who, "bed": row.bed.label, "space": row.space.name}


# --- Until when ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def leaves_on(request: HttpRequest, stay_id: int) -> HttpResponse:
    """The day on which one person, or the family with them, is expected to leave: until then their beds are promised."""
    stay = getters.stay(request, stay_id)
    family, shelter = stay.family, stay.shelter
    stays = list(Stay.objects.current().filter(family=family, shelter=shelter)) if family else [stay]
    form = LeavesOnForm(
        getters.posted(request),
        shelter=shelter,
        is_family=len(stays) > 1,
        initial={"leaves_on": stay.expected_departure_on},
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        whom = stays if form.cleaned_data.get("all_of_them") else [stay]
        try:
            acts = desk.extend_stays(stays=whom, expected_departure_on=form.cleaned_data["leaves_on"], by=request.user)
        except Refused as refusal:
            refused = refusal
        else:
            if acts:
                say_with_undo(request, acts[0], _("Saved."))
            else:
                messages.success(request, _("Saved."))
            return to_family(request, family)
    with transaction.atomic():
        audit.log_read(request, what="leaves_on", subject=family or stay, count=1)
    names = getters.shows_names(request, family) if family else may(request.user, Permission.VIEW_NAMES)
    context = {"shelter": shelter, "family": family, "stay": stay, "names": names, "form": form, "refused": refused}
    context["last_day"] = limits.limit_day(shelter, stay.arrived_at, limits.extended_to(stay))
    return render(request, "shelters/stays/leaves_on.html", context, status=409 if refused else 200)


# --- Undo ------------------------------------------------------------------------------------------------------------


SAID_OF_UNDO = {
    ActKind.CHECK_IN: _lazy("The check-in is undone. They have no bed now."),
    ActKind.MOVE: _lazy("The move is undone. They have the places that they had before."),
    ActKind.CHECK_OUT: _lazy("The departure is undone. They are in the house again."),
    ActKind.HOLD: _lazy("The hold is undone. The beds are free again."),
    ActKind.RELEASE: _lazy("The beds are held again."),
    ActKind.EXTEND: _lazy("The hold runs out at its first hour again."),
    ActKind.UNTIL: _lazy("The day of departure is as it was before."),
}


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def undo(request: HttpRequest, act_id: int) -> HttpResponse:
    """Put things back as they were before an act of the last hour, or a departure of the last day."""
    act = getters.act(request, act_id)
    undone = undo_act(act=act, by=request.user)
    messages.success(request, SAID_OF_UNDO[ActKind(act.kind)])
    if lost := len(undone.changed.get("not_held_again", [])):
        said = ngettext(
            "%(n)d place that was held for them could not be held again.",
            "%(n)d places that were held for them could not be held again.",
            lost,
        )
        messages.warning(request, said % {"n": lost})
    if act.family_id is None:
        return redirect("shelters:board", act.shelter.slug)
    return to_family(request, act.family)
