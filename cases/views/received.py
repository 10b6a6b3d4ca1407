"""Referrals that others sent to us. Each is found by its own random code, and shows what was shared and nothing besides."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.forms.referrals import AnswerReferralForm, OutcomeForm
from cases.link_file import linked_files
from cases.models import Referral, ReferralGrant, ReferralState
from cases.referral_file import paper_open_to_them, shared_with_them
from cases.services import referrals as services
from cases.services.documents import content_of
from cases.views import getters
from cases.views.documents import as_file
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received(request: HttpRequest) -> HttpResponse:
    """Those that wait for us and those that we accepted; or those of which we see nothing any more (`?show=ended`)."""
    now, ended = timezone.now(), request.GET.get("show") == "ended"
    seen = Exists(ReferralGrant.objects.open(now).filter(referral=OuterRef("pk")).order_by())
    rows = Referral.objects.received_by(request.user).select_related("organisation")
    rows = rows.exclude(seen).order_by("-sent_at", "-pk") if ended else rows.filter(seen).order_by("respond_by", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="referrals_received", count=len(page.object_list))
    return render(request, "cases/referrals/received.html", {"page": page, "ended": ended, "now": now})


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received_one(request: HttpRequest, code: UUID) -> HttpResponse:
    return _page(request, getters.received(request, code), AnswerReferralForm(), OutcomeForm())


def _page(request: HttpRequest, row: Referral, answer: Any, outcome: Any, refused: str = "") -> HttpResponse:
    """The template is given words alone: not the row, from which it could reach the family."""
    audit.log_read(request, what="referral_received", subject=row)
    now = timezone.now()
    context = {"told": shared_with_them(row, now), "answer": answer, "outcome": outcome, "refused": refused}
    context |= {"links": linked_files(row, now), "may_link": row.state == ReferralState.ACCEPTED}
    return render(request, "cases/referrals/received_one.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received_answer(request: HttpRequest, code: UUID) -> HttpResponse:
    row, form = getters.received(request, code), AnswerReferralForm(request.POST)

    def answer() -> None:
        services.answer_referral(referral=row, by=request.user, **form.said())

    return _act(request, row, form, answer, _("Your answer is sent."), {"answer": form, "outcome": OutcomeForm()})


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received_done(request: HttpRequest, code: UUID) -> HttpResponse:
    row, form = getters.received(request, code), OutcomeForm(request.POST)

    def finish() -> None:
        services.finish_referral(referral=row, by=request.user, **form.cleaned_data)

    said = _("It is done. What was shared is not shown any more.")
    return _act(request, row, form, finish, said, {"answer": AnswerReferralForm(), "outcome": form})


def _act(
    request: HttpRequest, row: Referral, form: Any, act: Callable[[], None], said: str, forms: dict[str, Any]
) -> HttpResponse:
    refused = ""
    if form.is_valid():
        try:
            act()
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, said)
            return redirect("cases:received_one", code=row.code)
    return _page(request, row, **forms, refused=refused)


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def received_paper(request: HttpRequest, code: UUID, paper_code: UUID) -> HttpResponse:
    """A paper that was shared, for as long as it is."""
    row = getters.received(request, code)
    document = paper_open_to_them(row, paper_code, timezone.now())
    if document is None:
        raise Http404
    content = content_of(document)
    audit.log_read(request, what="referral_paper", subject=row)
    return as_file(document, content, name=f"{document.kind}.{document.file_ending}")
