"""Comparing two files that may be one person's, joining them, and putting them apart again."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.comparison import compare, families_of
from cases.forms.duplicates import DifferentForm
from cases.models import Family, PairState, PossibleDuplicate
from cases.views import getters as cases_getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters.forms.merge import MergeForm
from shelters.services import merge as services
from shelters.views import getters


@require_GET
@requires(Permission.EDIT_PEOPLE)
@transaction.atomic
def pair(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Both files side by side, what joining would do, and the two answers."""
    return _page(request, cases_getters.pair(request, pair_id))


@require_http_methods(["GET", "POST"])
@requires(Permission.MERGE_FILES)
def pair_join(request: HttpRequest, pair_id: int) -> HttpResponse:
    """They are one person: one file of both."""
    pair = cases_getters.pair(request, pair_id)
    if request.method == "GET":
        return redirect("shelters:pair", pair.pk)
    form = _form(request, pair)
    if not form.is_valid():
        return _page(request, pair, form)
    try:
        done = services.merge(by=request.user, **form.joining())
    except Refused as refusal:
        return _page(request, pair, form, refused=str(refusal))
    messages.success(request, _("The two files are one now. Under Possible duplicates they can be put apart again."))
    family = Family.objects.with_member(done.kept).first()
    return redirect("cases:family", family.pk) if family else redirect("cases:duplicates")


def _form(request: HttpRequest, pair: PossibleDuplicate) -> MergeForm:
    lines = compare(pair.one, pair.other)
    seen = services.preview(kept=pair.one, merged=pair.other, by=request.user)
    return MergeForm(
        getters.posted(request), one=pair.one, other=pair.other, lines=lines, seen=seen, initial={"keep": "one"}
    )


def _page(
    request: HttpRequest, pair: PossibleDuplicate, form: MergeForm | None = None, *, refused: str = ""
) -> HttpResponse:
    form = form or _form(request, pair)
    families = families_of([pair.one, pair.other])
    context: dict[str, Any] = {
        "pair": pair,
        "lines": compare(pair.one, pair.other),
        "families": [families[pair.one_id], families[pair.other_id]],
        "form": form,
        "seen": form.seen,
        "different": DifferentForm(),
        "refused": refused or (form.seen.refused if pair.state == PairState.OPEN else ""),
    }
    audit.log_read(request, what="pair", subject=pair, count=2)
    return render(request, "shelters/merge/pair.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MERGE_FILES)
def merge_undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """What was joined, by whom and why, and putting it apart again."""
    merge = cases_getters.merge(request, merge_id)
    refused = ""
    if request.method == "POST":
        try:
            services.undo_merge(merge=merge, by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("They are two files again."))
            return redirect("cases:duplicates")
    audit.log_read(request, what="merge", subject=merge, count=2)
    return render(request, "shelters/merge/undo.html", {"merge": merge, "refused": refused})
