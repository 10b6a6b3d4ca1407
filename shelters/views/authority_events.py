"""What an authority cancelled or moved for many at once: the list, entering one, whom it reached, and undoing it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters import authority_file
from shelters.forms.authority_events import AuthorityEventForm, UndoForm
from shelters.services import authority_events as services
from shelters.services.authority_events import Preview
from shelters.views import getters

PAGE = 50
SHOWN = 100  # Families of a preview; how many there are is always said.


@require_GET
@requires(Permission.VIEW_CASES)
def events(request: HttpRequest) -> HttpResponse:
    page = Paginator(authority_file.events_of(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "shelters/authority_events/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.ENTER_AUTHORITY_EVENTS)
@transaction.atomic
def event_new(request: HttpRequest) -> HttpResponse:
    """First whom it reaches, then the act itself: `step` says which of the two was pressed."""
    form, refused, seen = AuthorityEventForm(getters.posted(request), by=request.user), None, None
    if request.method == "POST" and form.is_valid():
        given = {"organisation": request.user.organisation, "by": request.user, **form.facts()}
        try:
            if request.POST.get("step") == "enter":
                event, is_new = services.enter_event(seen=form.cleaned_data["seen"], **given)
                return _done(request, event, is_new=is_new)
            seen = services.preview(**given)
            audit.log_read(request, what="authority_event_preview", count=seen.people)
        except Refused as refusal:
            refused = refusal
    context = {"form": form, "refused": refused, **_shown(seen)}
    return render(request, "shelters/authority_events/new.html", context, status=409 if refused else 200)


def _shown(seen: Preview | None) -> dict[str, Any]:
    if seen is None:
        return {}
    lines = authority_file.lines_of(seen.effects)
    totals = authority_file.totals_of(seen.event, seen.effects, seen.people)
    return {"seen": seen, "totals": totals, "lines": authority_file.with_people(lines[:SHOWN])}


def _done(request: HttpRequest, event: Any, *, is_new: bool) -> HttpResponse:
    count = event.effects.exclude(family=None).values("family").distinct().count()
    said = ngettext("It is done for %(count)d family.", "It is done for %(count)d families.", count)
    if is_new:
        messages.success(request, said % {"count": count})
    else:
        messages.info(request, _("This was entered already, and it stands. Nothing was done twice."))
    return redirect("shelters:authority_event", event.pk)


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """What was done, to whom, who was written to, and what could not be done."""
    row = getters.authority_event(request, event_id)
    effects = list(row.effects.with_things())
    page = Paginator(authority_file.lines_of(effects), PAGE).get_page(request.GET.get("page"))
    lines = authority_file.with_notices(row, authority_file.with_people(page.object_list))
    people = row.effects.people()
    audit.log_read(request, what="authority_event", subject=row, count=sum(len(line.people) for line in lines))
    context = {
        "event": row,
        "pathway": authority_file.pathway_name(row),
        "totals": authority_file.totals_of(row, effects, len(people)),
        "page": page,
        "lines": lines,
    }
    return render(request, "shelters/authority_events/page.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.ENTER_AUTHORITY_EVENTS)
def event_undo(request: HttpRequest, event_id: int) -> HttpResponse:
    """Everything as it was before, for all of them at once."""
    row, form, refused = getters.authority_event(request, event_id), UndoForm(getters.posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            undone = services.undo_event(event=row, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, authority_file.said_of(undone))
            return redirect("shelters:authority_event", row.pk)
    effects = list(row.effects.with_things())
    totals = authority_file.totals_of(row, effects, len(row.effects.people()))
    context = {"event": row, "form": form, "refused": refused, "totals": totals}
    return render(request, "shelters/authority_events/undo.html", context, status=409 if refused else 200)
