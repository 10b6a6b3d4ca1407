"""The door: who is out, out and in, leave, who is late, and who has been absent without word."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.forms.door import LeaveForm, PaperPassageForm, PassageForm
from shelters.models import Direction, Passage, Placement, PlacementState, SeenBy, Shelter, Stay
from shelters.services import absences, cards, trips
from shelters.services import door as doors_of_house
from shelters.services.desk import word_for
from shelters.views import getters
from shelters.views.stays import say_with_undo

OPENED = "posada_doors"  # The doors that this sign-in has opened, each with its line in the read log.


@require_GET
@requires(Permission.KEEP_DOOR)
def doors(request: HttpRequest) -> HttpResponse:
    """The houses, with how many are late in each; where there is one house, its door."""
    shelters = list(getters.shelters_of(request).with_opening(timezone.now()))
    if len(shelters) == 1:
        return redirect("shelters:door", shelters[0].slug)
    late = doors_of_house.late(shelters)
    rows = [(shelter, late[shelter.pk]) for shelter in shelters]
    return render(request, "shelters/door/list.html", {"rows": rows})


@require_GET
@requires(Permission.KEEP_DOOR)
def door(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is out and who is in, each with the one press that changes it; and a card to read.

    It refreshes what was opened before; anything else is a reading, whatever header it has.
    """
    shelter = getters.shelter(request, slug)
    context = _house(request, shelter) | {"tap": uuid.uuid4()}
    opened = request.session.get(OPENED, [])
    if audit.is_poll(request) and shelter.pk in opened:
        return render(request, "shelters/door/_lists.html", context)
    with transaction.atomic():
        audit.log_read(request, what="door", subject=shelter, count=len(context["out"]) + len(context["inside"]))
    if shelter.pk not in opened:
        request.session[OPENED] = [*opened, shelter.pk]
    return render(request, "shelters/door/door.html", context)


def _house(request: HttpRequest, shelter: Shelter) -> dict[str, Any]:
    """Everyone of the house, out or in, with their beds."""
    now = timezone.now()
    away = doors_of_house.outside([shelter], now)
    stays = Stay.objects.filter(shelter=shelter).at(now).select_related("person", "family")
    people = sorted(stays, key=lambda stay: (stay.person.name_key, stay.pk))
    beds = _beds([stay.pk for stay in people])
    return {
        "shelter": shelter,
        "out": [(one, beds.get(one.stay.pk, "")) for one in away.values()],
        "late": sum(one.is_late for one in away.values()),
        "inside": [(stay, beds.get(stay.pk, "")) for stay in people if stay.pk not in away],
        "names": may(request.user, Permission.VIEW_NAMES),
    }


def _beds(stays: list[int]) -> dict[int, str]:
    places = Placement.objects.filter(stay__in=stays, state=PlacementState.IN, bed__isnull=False)
    return dict(places.values_list("stay", "bed__label"))


@require_POST
@requires(Permission.KEEP_DOOR)
def door_pass(request: HttpRequest, slug: str) -> HttpResponse:
    """One press: someone goes out, or is back."""
    shelter = getters.shelter(request, slug)
    form = PassageForm(request.POST)
    if not form.is_valid() or form.cleaned_data["stay"] is None:
        raise Refused(_("This press could not be read. Load the page again."))
    asked = form.cleaned_data
    stay = getters.stay_ever(request, shelter, asked["stay"])
    tap = asked["tap"] and uuid.uuid5(asked["tap"], f"{stay.pk} {asked['direction']}")
    passage = doors_of_house.pass_door(
        stay=stay,
        direction=Direction(asked["direction"]),
        by=request.user,
        source=SeenBy(asked["source"] or SeenBy.LIST),
        tap=tap or None,
    )
    _say(request, passage)
    _ask_for_a_trip(request, passage)
    return redirect("shelters:door", shelter.slug)


def _ask_for_a_trip(request: HttpRequest, passage: Passage) -> None:
    """Who goes out on the day of an appointment, and is on no trip, may be on the way to it: the door asks."""
    if passage.direction != Direction.OUT or passage.stay.trip_rows.filter(is_out=True).exists():
        return
    if trips.appointment_today(passage.stay) is not None:
        said = _("They have an appointment today. Is this the way to it?")
        messages.info(request, said, extra_tags=f"leav-{passage.stay_id}")


def _say(request: HttpRequest, passage: Passage) -> None:
    stay = passage.stay
    sentence = _("%(who)s is out.") if passage.direction == Direction.OUT else _("%(who)s is in the house.")
    who = word_for(stay.person, stay.family, request.user)
    messages.success(request, sentence % {"who": who}, extra_tags=f"door-{passage.pk}")


@require_POST
@requires(Permission.KEEP_DOOR)
def passage_undo(request: HttpRequest, passage_id: int) -> HttpResponse:
    """Take back what was written by mistake."""
    passage = getters.passage(request, passage_id)
    doors_of_house.undo_passage(passage=passage, by=request.user)
    messages.success(request, _("Taken back."))
    if request.POST.get("to") == "person":
        return redirect("shelters:door_person", passage.stay_id)
    return redirect("shelters:door", passage.stay.shelter.slug)


# --- One guest -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
def person(request: HttpRequest, stay_id: int) -> HttpResponse:
    """One guest at the door: out or in, leave, card, what the door saw. Posted: what stands on paper."""
    stay = getters.stay(request, stay_id)
    form, refused = PaperPassageForm(getters.posted(request), shelter=stay.shelter), None
    if request.method == "POST" and form.is_valid():
        try:
            doors_of_house.pass_door(
                stay=stay,
                direction=Direction(form.cleaned_data["direction"]),
                by=request.user,
                source=SeenBy.PAPER,
                happened_at=form.happened_at,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Saved."))
            return redirect("shelters:door_person", stay.pk)
    with transaction.atomic():
        audit.log_read(request, what="door_person", subject=stay, count=1)
    context = _guest(request, stay) | {"form": form, "refused": refused}
    return render(request, "shelters/door/person.html", context, status=409 if refused else 200)


def _guest(request: HttpRequest, stay: Stay) -> dict[str, Any]:
    return {
        "stay": stay,
        "shelter": stay.shelter,
        "names": _shows_names(request, stay),
        "away": doors_of_house.outside([stay.shelter]).get(stay.pk),
        "leave": stay.leaves.open().first(),
        "bed": _beds([stay.pk]).get(stay.pk, ""),
        "card": cards.card_of(stay),
        "old_cards": stay.cards.exclude(revoked_at=None).select_related("revoked_by")[:20],
        "old_leaves": stay.leaves.exclude(ended_at=None).select_related("ended_by")[:20],
        "history": doors_of_house.history_of(stay),
        "source": SeenBy.CARD if request.GET.get("by") == "card" else SeenBy.LIST,
        "tap": uuid.uuid4(),
        "batch": uuid.uuid4(),
    }


def _shows_names(request: HttpRequest, stay: Stay) -> bool:
    return getters.shows_names(request, stay.family) if stay.family else may(request.user, Permission.VIEW_NAMES)


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
def leave(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Until when someone is away; a leave that goes on is moved to another return."""
    stay = getters.stay(request, stay_id)
    standing = stay.leaves.open().first()
    initial = {"reason": standing.reason} if standing else {}
    form, refused = LeaveForm(getters.posted(request), shelter=stay.shelter, initial=initial), None
    if request.method == "POST" and form.is_valid():
        try:
            doors_of_house.grant_leave(stay=stay, by=request.user, reason=form.cleaned_data["reason"], **form.times)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The leave is written down. The bed stays theirs."))
            return redirect("shelters:door_person", stay.pk)
    with transaction.atomic():
        audit.log_read(request, what="door_person", subject=stay, count=1)
    context = {"stay": stay, "shelter": stay.shelter, "leave": standing, "form": form, "refused": refused}
    context["names"] = _shows_names(request, stay)
    return render(request, "shelters/door/leave.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.KEEP_DOOR)
def leave_end(request: HttpRequest, leave_id: int) -> HttpResponse:
    """The leave is over, or will not be taken."""
    row = getters.leave(request, leave_id)
    doors_of_house.end_leave(leave=row, by=request.user)
    messages.success(request, _("The leave has ended."))
    return redirect("shelters:door_person", row.stay_id)


# --- Lists -----------------------------------------------------------------------------------------------------------


@require_GET
@requires(Permission.KEEP_DOOR)
def door_late(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is out, until when, and how late: the board for the hour at which the door closes."""
    shelter = getters.shelter(request, slug)
    away = list(doors_of_house.outside([shelter]).values())
    beds = _beds([one.stay.pk for one in away])
    rows = [(one, beds.get(one.stay.pk, "")) for one in away]
    with transaction.atomic():
        audit.log_read(request, what="curfew", subject=shelter, count=len(rows))
    context = {
        "shelter": shelter,
        "now": timezone.now(),
        "late": [row for row in rows if row[0].is_late],
        "others": [row for row in rows if not row[0].is_late],
        "names": may(request.user, Permission.VIEW_NAMES),
    }
    return render(request, "shelters/door/late.html", context)


@require_GET
@requires(Permission.CHECK_IN_GUESTS)
def door_absent(request: HttpRequest, slug: str) -> HttpResponse:
    """Who has been absent without word for as many nights as the house waits, and the departure that is proposed."""
    shelter = getters.shelter(request, slug)
    found = absences.proposals([shelter])
    with transaction.atomic():
        audit.log_read(request, what="absent", subject=shelter, count=sum(len(one.stays) for one in found))
    context = {"shelter": shelter, "proposals": found, "names": may(request.user, Permission.VIEW_NAMES)}
    return render(request, "shelters/door/absent.html", context)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def absent_confirm(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Write the departure that was proposed, as the person saw it."""
    stay = getters.stay_or_left(request, stay_id)
    leaves_at = _moment(request.POST.get("leaves_at", ""))
    act = absences.confirm_departure(stay=stay, leaves_at=leaves_at, by=request.user)
    count = len(act.changed["stays"])
    said = ngettext("%(count)d person has left.", "%(count)d people have left.", count)
    say_with_undo(request, act, said % {"count": count})
    return redirect("shelters:door_absent", stay.shelter.slug)


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise Refused(_("This press could not be read. Load the page again."))
    return moment
