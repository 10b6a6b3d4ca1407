"""Who opened what, and when."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.models import Family
from ngo.audit import log_read
from ngo.forms.reads import ReadsFilter, words_of
from ngo.models import ReadLog
from ngo.permissions import Permission, requires
from ngo.services.organisations import clock_of

ON_A_PAGE = 50
FROM_OTHERS = {"referral_received", "referral_paper"}


@require_GET
@requires(Permission.VIEW_READ_LOG)
def reads(request: HttpRequest) -> HttpResponse:
    form = ReadsFilter(request.GET, by=request.user, zone=clock_of(request.user))
    lines = form.of(ReadLog.objects.visible_to(request.user).select_related("staff"))
    page = Paginator(lines, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": described(request, page),
        "zone": form.zone,
        "query": form.query(),
    }
    log_read(request, what="reads")
    return render(request, "ngo/reads/list.html", context)


def described(request: HttpRequest, lines: Any) -> list[Any]:
    """Each line with `.words` and, where it is about a family of ours, `.family`. Names stay in the files."""
    found = list(lines)
    ids = {line.subject_id for line in found if line.subject_kind == Family._meta.label_lower}
    families = Family.objects.visible_to(request.user).in_bulk(ids)
    for line in found:
        if line.what in FROM_OTHERS:
            line.subject_id = None  # An id of theirs.
        line.words = words_of(line.what)
        line.family = families.get(line.subject_id) if line.subject_kind == Family._meta.label_lower else None
    return found
