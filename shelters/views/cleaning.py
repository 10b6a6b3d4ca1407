"""The list of beds to clean: one tap a bed, a space at once, taken back, and on paper. Beds alone, no people."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ngo.permissions import Permission, requires
from shelters.services import cleaning
from shelters.views import getters


@require_GET
@requires(Permission.CHECK_IN_GUESTS)
def cleaning_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What is to be cleaned, by space, and what was cleaned in this shift."""
    shelter = getters.shelter(request, slug)
    context = {"shelter": shelter, "list": cleaning.cleaning_list(shelter), "now": timezone.now()}
    return render(request, "shelters/cleaning/list.html", context)


@require_GET
@requires(Permission.CHECK_IN_GUESTS)
def cleaning_print(request: HttpRequest, slug: str) -> HttpResponse:
    """The same list on paper, with a box for each bed."""
    shelter = getters.shelter(request, slug)
    context = {"shelter": shelter, "list": cleaning.cleaning_list(shelter), "now": timezone.now()}
    return render(request, "shelters/cleaning/print.html", context)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def cleaning_done(request: HttpRequest, slug: str) -> HttpResponse:
    """These beds are clean: one, or all of a space."""
    shelter = getters.shelter(request, slug)
    done = cleaning.mark_clean(shelter=shelter, cleanings=_ids(request), by=request.user)
    labels = ", ".join(row.bed.label for row in done)
    said = ngettext("Bed %(beds)s is clean.", "Beds %(beds)s are clean.", len(done))
    messages.success(request, said % {"beds": labels})
    return redirect("shelters:cleaning", slug)


@require_POST
@requires(Permission.CHECK_IN_GUESTS)
def cleaning_undo(request: HttpRequest, slug: str) -> HttpResponse:
    """It was not cleaned after all."""
    shelter = getters.shelter(request, slug)
    row = cleaning.take_back(shelter=shelter, cleaning=next(iter(_ids(request)), 0), by=request.user)
    messages.success(request, _("Bed %(bed)s is on the list again.") % {"bed": row.bed.label})
    return redirect("shelters:cleaning", slug)


def _ids(request: HttpRequest) -> list[int]:
    """The rows that were tapped; what is no number is left out."""
    return [int(one) for one in request.POST.getlist("cleaning") if one.isdecimal() and len(one) < 19]
