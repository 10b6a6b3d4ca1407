"""Referrals that we sent: the list, a new one, one of them, its letter, and its end; and our desk for those of others."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.referrals import AnswerReferralForm, DeskForm, OutcomeForm, ReferralForm, RevokeForm
from cases.models import OPEN_REFERRAL, Document, Person, Referral, ReferralDesk
from cases.referral_file import our_side, papers_seen_by, referral_counts, shared_with_them
from cases.services import referrals as services
from cases.views import getters
from cases.views.consents import known_names
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referrals(request: HttpRequest) -> HttpResponse:
    """Those that we sent: what nobody answered in time first; or those that have ended (`?show=ended`)."""
    now, ended = timezone.now(), request.GET.get("show") == "ended"
    ours = Referral.objects.visible_to(request.user).select_related("family", "to_organisation")
    still = Q(state__in=OPEN_REFERRAL) | Q(must_tell_since__isnull=False, told_at=None)
    rows = (
        ours.exclude(still).order_by("-ended_at", "-pk") if ended else ours.filter(still).order_by("respond_by", "pk")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="referrals", count=len(page.object_list))
    context = {"page": page, "ended": ended, "now": now, "counts": referral_counts(request.user.organisation, now)}
    return render(request, "cases/referrals/list.html", context)


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def family_referrals(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    rows = Referral.objects.visible_to(request.user).filter(family=family).select_related("family", "to_organisation")
    audit.log_read(request, what="referrals", subject=family)
    context = {"family": family, "rows": list(rows), "now": timezone.now()}
    return render(request, "cases/referrals/family.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family, refused = getters.family(request, family_id), None
    papers = Document.objects.visible_to(request.user).kept().filter(family=family).exclude(file_name="")
    posted = request.POST if request.method == "POST" else None
    form = ReferralForm(posted, members=list(Person.objects.in_family(family)), papers=papers, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.send_referral(family=family, by=request.user, **form.new())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _sent(row))
            return redirect("cases:referral", referral_id=row.pk)
    audit.log_read(request, what="referrals", subject=family)
    context = {"form": form, "family": family, "refused": refused, "desks": list(form.desks.values())}
    context |= {"known": known_names(request)}
    return render(request, "cases/referrals/new.html", context, status=409 if refused else 200)


def _sent(row: Referral) -> str:
    if row.to_organisation_id:
        return _("The referral is sent. They see it from now on.")
    return _("The referral is written. Print its letter, or tell them by phone.")


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral(request: HttpRequest, referral_id: int) -> HttpResponse:
    row = getters.referral(request, referral_id)
    return _page(request, row, AnswerReferralForm(), OutcomeForm(), RevokeForm())


def _page(
    request: HttpRequest, row: Referral, answer: Any, outcome: Any, revoke: Any, refused: str = ""
) -> HttpResponse:
    audit.log_read(request, what="referral", subject=row)
    file = our_side(row, request.user, timezone.now())
    context = {"file": file, "row": row, "answer": answer, "outcome": outcome, "revoke": revoke, "refused": refused}
    return render(request, "cases/referrals/page.html", context, status=409 if refused else 200)


@require_GET
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral_letter(request: HttpRequest, referral_id: int) -> HttpResponse:
    """What is told, on one sheet of paper: exactly what the other side would see, nothing else."""
    row = getters.referral(request, referral_id)
    audit.log_read(request, what="referral_letter", subject=row)
    told, ours = (
        shared_with_them(row, timezone.now()),
        set(papers_seen_by(row, request.user).values_list("code", flat=True)),
    )
    told = replace(told, papers=[paper for paper in told.papers if paper.code in ours])
    context = {"row": row, "told": told, "now": timezone.now()}
    return render(request, "cases/referrals/letter.html", context)


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral_answer(request: HttpRequest, referral_id: int) -> HttpResponse:
    """What somebody outside answered, written down by us."""
    row, form = getters.referral(request, referral_id), AnswerReferralForm(request.POST)

    def write() -> None:
        services.answer_referral(referral=row, by=request.user, **form.said())

    return _act(request, row, form, write, _("Their answer is written."), {"answer": form})


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral_done(request: HttpRequest, referral_id: int) -> HttpResponse:
    row, form = getters.referral(request, referral_id), OutcomeForm(request.POST)

    def finish() -> None:
        services.finish_referral(referral=row, by=request.user, **form.cleaned_data)

    return _act(
        request, row, form, finish, _("The referral is done. They see nothing of it any more."), {"outcome": form}
    )


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral_revoke(request: HttpRequest, referral_id: int) -> HttpResponse:
    row, form = getters.referral(request, referral_id), RevokeForm(request.POST)

    def revoke() -> None:
        services.revoke_referral(referral=row, by=request.user, **form.cleaned_data)

    return _act(request, row, form, revoke, _("It is taken back. They see nothing of it any more."), {"revoke": form})


def _act(
    request: HttpRequest, row: Referral, form: Any, act: Callable[[], None], said: str, sent: dict[str, Any]
) -> HttpResponse:
    refused, forms = "", {"answer": AnswerReferralForm(), "outcome": OutcomeForm(), "revoke": RevokeForm()} | sent
    if form.is_valid():
        try:
            act()
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, said)
            return redirect("cases:referral", referral_id=row.pk)
    return _page(request, row, **forms, refused=refused)


@require_POST
@requires(Permission.HANDLE_REFERRALS)
@transaction.atomic
def referral_told(request: HttpRequest, referral_id: int) -> HttpResponse:
    """Somebody outside was asked to destroy what they have on paper."""
    row = getters.referral(request, referral_id)
    services.told_outside(referral=row, by=request.user)
    messages.success(request, _("It is written that they were asked to destroy it."))
    return redirect("cases:referral", referral_id=row.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.OPEN_TO_REFERRALS)
@transaction.atomic
def referral_desk(request: HttpRequest) -> HttpResponse:
    """Whether the other organisations here see ours, and for what they may refer people to it."""
    ours = request.user.organisation
    desk = ReferralDesk.objects.visible_to(request.user).first()
    form = DeskForm(request.POST if request.method == "POST" else None, desk=desk)
    if request.method == "POST" and form.is_valid():
        services.set_desk(organisation=ours, by=request.user, **form.cleaned_data)
        messages.success(request, _("It is kept."))
        return redirect("cases:referrals")
    return render(request, "cases/referrals/desk.html", {"form": form})
