"""Files that may be one person's: the questions, and what was decided of them. To compare two of them: the floor above."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.forms.duplicates import DifferentForm
from cases.matching import LIKELY_FROM
from cases.models import Merge, PairState, PossibleDuplicate
from cases.services import pairs as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

PAGE = 30
LATELY = 10


@require_GET
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def duplicates(request: HttpRequest) -> HttpResponse:
    """What is to be looked at, the likeliest first; and what was joined or told apart lately."""
    mine = PossibleDuplicate.objects.visible_to(request.user)
    page = Paginator(mine.to_look_at().with_people(), PAGE).get_page(request.GET.get("page"))
    apart = mine.filter(state=PairState.DIFFERENT).order_by("-decided_at", "-pk").with_people()[:LATELY]
    joined = Merge.objects.visible_to(request.user).standing().select_related("kept", "merged", "by")[:LATELY]
    found = list(page.object_list)
    audit.log_read(request, what="duplicates", count=2 * (len(found) + len(apart) + len(joined)))
    context = {"page": page, "pairs": found, "apart": apart, "joined": joined, "likely_from": LIKELY_FROM}
    return render(request, "cases/duplicates/list.html", context)


@require_POST
@requires(Permission.EDIT_PEOPLE)
def duplicate_different(request: HttpRequest, pair_id: int) -> HttpResponse:
    """They are two people: not asked about again."""
    pair, form = getters.pair(request, pair_id), DifferentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write how it was found out."))
        return redirect("shelters:pair", pair.pk)
    try:
        services.say_different(pair=pair, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is written that they are two people."))
    return redirect("cases:duplicates")


@require_POST
@requires(Permission.EDIT_PEOPLE)
def duplicate_ask_again(request: HttpRequest, pair_id: int) -> HttpResponse:
    """It was a mistake to tell them apart: back among the questions."""
    pair = getters.pair(request, pair_id)
    try:
        services.ask_again(pair=pair, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("They are asked about again."))
    return redirect("cases:duplicates")
