"""Pathways: what each says in the version in force, with its sources; and their next version."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.pathways import NationalityForm, Notes, PathwayForm, StepForm, Steps, version_data
from cases.models import NationalityNote, Pathway, PathwayVersion
from cases.services import pathways as services
from cases.views import getters
from cases.views.asking import posted
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_pathways(request: HttpRequest) -> HttpResponse:
    """The pathways of the house, in use or not."""
    rows = Pathway.objects.visible_to(request.user).with_version()
    return render(request, "cases/pathways/list.html", {"pathways": rows})


def _version(pathway: Pathway) -> PathwayVersion:
    return get_object_or_404(PathwayVersion.objects.in_force().with_steps(), pathway=pathway)


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_pathway(request: HttpRequest, pathway_id: int) -> HttpResponse:
    """One pathway as it is in force: every step with article, source and the day on which it was checked. It prints."""
    pathway = getters.pathway(request, pathway_id)
    version = _version(pathway)
    context = {
        "pathway": pathway,
        "version": version,
        "notes": [NationalityNote(row) for row in version.nationality_notes],
        "versions": pathway.versions.select_related("made_by").order_by("-number"),
        "older": services.running_on_older(pathway),
        "following": PathwayVersion.objects.in_force()
        .filter(pathway__organisation=pathway.organisation_id, pathway__code__in=version.next_pathways)
        .order_by("pathway__position"),
    }
    return render(request, "cases/pathways/page.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PATHWAYS)
@transaction.atomic
def case_pathway_edit(request: HttpRequest, pathway_id: int) -> HttpResponse:
    """Write the next version. Cases that run keep theirs."""
    pathway = getters.pathway(request, pathway_id)
    version, refused, data = _version(pathway), None, posted(request)
    form = PathwayForm(data, pathway=pathway, version=version)
    steps = Steps(data, prefix="steps", initial=[StepForm.of(step) for step in version.in_order])  # type: ignore[attr-defined]
    notes = Notes(data, prefix="notes", initial=[NationalityForm.of(row) for row in version.nationality_notes])
    if data is not None and all([form.is_valid(), steps.is_valid(), notes.is_valid()]):
        try:
            new = services.change_pathway(
                pathway=pathway,
                data=version_data(form, steps, notes),
                by=request.user,
                reason=form.cleaned_data["reason"],
            )
        except Refused as refusal:
            refused = refusal
        else:
            said = _("Version %(number)s is in force for new cases. Those that run keep theirs.")
            messages.success(request, said % {"number": new.number})
            return redirect("cases:case_pathway", pathway.pk)
    context: dict[str, Any] = {"pathway": pathway, "version": version, "form": form, "steps": steps, "notes": notes}
    context["refused"] = refused
    return render(request, "cases/pathways/edit.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.EDIT_PATHWAYS)
@transaction.atomic
def case_pathway_switch(request: HttpRequest, pathway_id: int) -> HttpResponse:
    """Offer a pathway for new cases, or not any more."""
    pathway = getters.pathway(request, pathway_id)
    on = bool(request.POST.get("on"))
    services.switch_pathway(pathway=pathway, on=on, by=request.user)
    said = _("New cases can take this pathway.") if on else _("New cases cannot take this pathway any more.")
    messages.success(request, said)
    return redirect("cases:case_pathway", pathway.pk)
