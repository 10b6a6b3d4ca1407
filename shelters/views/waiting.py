"""The waiting list: of every house and of one, an entry with its history, and the rules of the order."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Family
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.family_beds import families_at_the_door
from shelters.forms.waiting import LinkForm, RulesForm, StepForm, WaitingForm, initial_of
from shelters.models import Shelter
from shelters.services import presses, priority
from shelters.services import waiting as services
from shelters.views import getters
from shelters.views.stays import family_title
from shelters.waiting_list import waiting_list


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def waiting(request: HttpRequest) -> HttpResponse:
    """Everyone who waits for a house of the viewer, or for any."""
    return _list(request, list(getters.shelters_of(request)), None)


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def waiting_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Who waits for one house, or for any."""
    shelter = getters.shelter(request, slug)
    return _list(request, [shelter], shelter)


def _list(request: HttpRequest, shelters: list[Shelter], shelter: Shelter | None) -> HttpResponse:
    organisation = request.user.organisation
    rows = waiting_list(organisation, getters.waiting_of(request).on_list().for_shelters(shelters))
    names = request.GET.get("names") == "1" and may(request.user, Permission.VIEW_NAMES)
    people = [row.people for row in rows]
    audit.log_read(
        request, what="waiting_names" if names else "waiting", subject=shelter, count=sum(one or 0 for one in people)
    )
    context = {
        "shelter": shelter,
        "rows": rows,
        "people": sum(one or 0 for one in people),
        "names": names,
        "rules": sorted(priority.points_of(organisation).items(), key=lambda rule: -rule[1]),
    }
    return render(request, "shelters/waiting/list.html", context)


# --- On the list -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def waiting_new(request: HttpRequest) -> HttpResponse:
    """Put a party on the list that gave no name; `?shelter=` chooses the house."""
    return _join(request, None)


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def family_wait(request: HttpRequest, family_id: int) -> HttpResponse:
    """Put a family that is registered on the list."""
    return _join(request, getters.family(request, family_id))


def _join(request: HttpRequest, family: Family | None) -> HttpResponse:
    shelters = list(getters.shelters_of(request))
    chosen = next((str(one.pk) for one in shelters if one.slug == request.GET.get("shelter")), "")
    form, refused = _form(request, shelters, family is not None, {"shelter": chosen}), None
    if request.method == "POST" and form.is_valid():
        try:
            entry = presses.once(
                press=form.press,
                by=request.user,
                do=lambda: services.join_list(by=request.user, family=family, **form.asked),
            )
        except Refused as refusal:
            refused = refusal
        else:
            if entry is None:
                getters.say_done_already(request)
                return redirect("shelters:waiting")
            messages.success(request, _("They are on the list."))
            return redirect("shelters:waiting_entry", entry.pk)
    title = ""
    if family:
        with transaction.atomic():
            audit.log_read(request, what="family_wait", subject=family, count=1)
        title = family_title(family, getters.shows_names(request, family))
    context = {"form": form, "refused": refused, "family": family, "title": title}
    return render(request, "shelters/waiting/join.html", context, status=409 if refused else 200)


def _form(
    request: HttpRequest, shelters: list[Shelter], for_family: bool, initial: dict[str, Any], corrects: bool = False
) -> WaitingForm:
    posted = getters.posted(request)
    return WaitingForm(posted, shelters=shelters, for_family=for_family, corrects=corrects, initial=initial)


@require_POST
@requires(Permission.LOG_TURN_AWAYS)
def turn_away_wait(request: HttpRequest, turn_away_id: int) -> HttpResponse:
    """Put a party that was turned away on the list, with one press."""
    row = getters.turn_away(request, turn_away_id)
    entry = services.join_from_turn_away(turn_away=row, by=request.user)
    messages.success(request, _("They are on the list. Write how to reach them."))
    return redirect("shelters:waiting_entry", entry.pk)


# --- An entry --------------------------------------------------------------------------------------------------------


@require_GET
@requires(Permission.VIEW_BOARD)
@transaction.atomic
def waiting_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry: where it stands and why, what can be done, and everything that was done."""
    entry = getters.waiting_entry(request, entry_id)
    rows = waiting_list(request.user.organisation, getters.waiting_of(request).on_list())
    family: Any = entry.family
    names = getters.shows_names(request, family) if family else False
    audit.log_read(request, what="waiting_entry", subject=family or entry.shelter, count=1)
    changes = entry.changes.select_related("by", "shelter", "undone_by", "undoes").order_by("-pk")
    context = {
        "entry": entry,
        "row": next((row for row in rows if row.entry.pk == entry.pk), None),
        "of": len(rows),
        "names": names,
        "title": family_title(family, names) if family else entry.party,
        "changes": changes,
        "last_step": services.last_step(entry),
        "shelters": getters.shelters_of(request),
    }
    return render(request, "shelters/waiting/entry.html", context)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def waiting_step(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Offered, waits again, went elsewhere, taken off, or the latest of these undone: `step` says which."""
    entry, by = getters.waiting_entry(request, entry_id), request.user
    asked = getters.words(StepForm(request.POST))
    step, reason = asked["step"], asked["reason"]
    if step == "offer":
        shelter = getters.shelter(request, asked["shelter"])
        services.offer_place(entry=entry, shelter=shelter, by=by, reason=reason)
        said = _("It is written that a place was offered. It holds no bed: hold one if they are on their way.")
    elif step == "again":
        services.wait_again(entry=entry, by=by, reason=reason)
        said = _("They wait again, where they stood.")
    elif step in {"gone", "remove"}:
        services.take_off(entry=entry, by=by, reason=reason, went_elsewhere=step == "gone")
        said = _("They are off the list.")
    else:
        services.undo_step(entry=entry, by=by)
        said = _("Undone.")
    messages.success(request, said)
    return redirect("shelters:waiting_entry", entry.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def waiting_edit(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Correct an entry, with the reason."""
    entry = getters.waiting_entry(request, entry_id)
    shelters = list(getters.shelters_of(request))
    form, refused = _form(request, shelters, entry.family_id is not None, initial_of(entry), corrects=True), None
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_entry(entry=entry, by=request.user, **form.asked)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Saved."))
            return redirect("shelters:waiting_entry", entry.pk)
    with transaction.atomic():
        audit.log_read(request, what="waiting_edit", subject=entry.family or entry.shelter, count=1)
    context = {"entry": entry, "form": form, "refused": refused}
    return render(request, "shelters/waiting/edit.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.CHECK_IN_GUESTS)
def waiting_link(request: HttpRequest, entry_id: int) -> HttpResponse:
    """The party has come: which file is theirs, of those that wait at the door. What is looked for comes by POST."""
    entry = getters.waiting_entry(request, entry_id)
    names = may(request.user, Permission.VIEW_NAMES)
    asked = getters.words(LinkForm(request.POST))
    if request.method == "POST" and asked["family"]:
        family = getters.family(request, asked["family"])
        services.link_family(entry=entry, family=family, by=request.user)
        messages.success(request, _("Their file is linked. Give them beds: then they leave the list by themselves."))
        return redirect("shelters:waiting_entry", entry.pk)
    text = asked["text"]
    found = families_at_the_door(getters.families_of(request), text)
    with transaction.atomic():
        audit.log_read(request, what="waiting_link", count=len(found))
    rows = [(family, family_title(family, names or getters.shows_names(request, family))) for family in found]
    return render(request, "shelters/waiting/link.html", {"entry": entry, "rows": rows, "text": text})


# --- The rules -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def waiting_rules(request: HttpRequest) -> HttpResponse:
    """How many points each thing gives in this organisation."""
    organisation = request.user.organisation
    form = RulesForm(getters.posted(request), points=priority.points_of(organisation))
    if request.method == "POST" and form.is_valid():
        priority.set_points(organisation=organisation, points=form.points, by=request.user)
        messages.success(request, _("Saved. The list is ordered by these rules from now on."))
        return redirect("shelters:waiting")
    return render(request, "shelters/waiting/rules.html", {"form": form})
