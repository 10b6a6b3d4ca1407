"""The page of a family and its notes."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from cases.family_file import file_of
from cases.forms.families import NoteForm
from cases.services import people as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_PEOPLE)
@transaction.atomic
def family(request: HttpRequest, family_id: int) -> HttpResponse:
    """Who they are, where they sleep, what they wait for, what was agreed and what happened."""
    family = getters.family(request, family_id)
    audit.log_read(request, what="family", subject=family)
    return render(request, "cases/families/page.html", {"file": file_of(family, request.user), "note_form": NoteForm()})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def family_note(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    form, refused = NoteForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.write_note(family=family, text=form.cleaned_data["text"], by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            return redirect("cases:family", family_id=family.pk)
    return render(request, "cases/families/note.html", {"form": form, "family": family, "refused": refused})
