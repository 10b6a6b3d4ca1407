"""Legal aid: who gives it and when, and the notes that the legal role alone reads."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.forms.fields import language_names
from cases.forms.legal_aid import EndSlotForm, LegalNoteForm, ProviderForm, SlotForm
from cases.legal_week import providers_of, weeks_of
from cases.models import LegalNote
from cases.services import legal_aid as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_LEGAL_AID)
def legal_aid(request: HttpRequest) -> HttpResponse:
    """This week's and next week's slots, free and taken, and who gives consultations. It names nobody who is booked."""
    context = {"weeks": weeks_of(request.user, timezone.localdate()), "providers": providers_of(request.user)}
    return render(request, "cases/legal_aid/page.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_LEGAL_AID)
def legal_provider_new(request: HttpRequest) -> HttpResponse:
    form, refused = ProviderForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            provider = services.add_provider(
                organisation=request.user.organisation, by=request.user, **form.cleaned_data
            )
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("%(provider)s is in the list. Now add the hours.") % {"provider": provider})
            return redirect("cases:legal_slot_new", provider.pk)
    context = {"form": form, "refused": refused, "languages": language_names(), "countries": []}
    return render(request, "cases/legal_aid/provider.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_LEGAL_AID)
def legal_provider_edit(request: HttpRequest, provider_id: int) -> HttpResponse:
    provider = getters.legal_provider(request, provider_id)
    form, refused = ProviderForm(request.POST or None, instance=getters.legal_provider(request, provider_id)), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.update_provider(provider=provider, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:legal_aid")
    context = {"form": form, "refused": refused, "provider": provider, "languages": language_names(), "countries": []}
    return render(request, "cases/legal_aid/provider.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_LEGAL_AID)
def legal_slot_new(request: HttpRequest, provider_id: int) -> HttpResponse:
    provider = getters.legal_provider(request, provider_id)
    form, refused = SlotForm(request.POST or None, organisation=request.user.organisation), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.add_slot(provider=provider, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The slot is there, every week from then on."))
            return redirect("cases:legal_aid")
    context = {"form": form, "refused": refused, "provider": provider}
    return render(request, "cases/legal_aid/slot.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_LEGAL_AID)
def legal_slot_end(request: HttpRequest, slot_id: int) -> HttpResponse:
    slot = getters.weekly_slot(request, slot_id)
    form, refused = EndSlotForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.end_slot(slot=slot, until=form.cleaned_data["until"], by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The slot ends then. What was booked stays in the record."))
            return redirect("cases:legal_aid")
    context = {"form": form, "refused": refused, "slot": slot}
    return render(request, "cases/legal_aid/slot_end.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_LEGAL_NOTES)
@transaction.atomic
def legal_notes(request: HttpRequest, family_id: int) -> HttpResponse:
    """What was said in confidence to the legal team. Whether there is a note at all is known to them alone."""
    family = getters.family(request, family_id)
    form, refused = LegalNoteForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.write_legal_note(family=family, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal)
        else:
            return redirect("cases:legal_notes", family.pk)
    audit.log_read(request, what="legal_notes", subject=family)
    notes: Any = LegalNote.objects.visible_to(request.user).filter(family=family).select_related("written_by")
    context = {"family": family, "form": form, "refused": refused, "notes": notes}
    return render(request, "cases/legal_aid/notes.html", context)
