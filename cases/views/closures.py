"""Closures of authorities, and the rules with their sources as a lawyer checks them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import clock_file
from cases.forms.clocks import ClosureForm, RuleVersionForm, WithdrawForm
from cases.services import clock_rules, closures
from cases.services.closures import Effect
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

PAGE, SHOWN = 50, 100


@require_GET
@requires(Permission.VIEW_CLOCKS)
def closure_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(clock_file.closures_shown(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "cases/clocks/closures.html", {"page": page, "today": timezone.localdate()})


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_CLOSURES)
@transaction.atomic
def closure_new(request: HttpRequest) -> HttpResponse:
    """First whom it moves, then the closure itself: `step` says which of the two was pressed."""
    form, refused, effects = ClosureForm(request.POST or None, staff=request.user), None, None
    if request.method == "POST" and form.is_valid():
        given = {"organisation": request.user.organisation, "by": request.user, **form.facts()}
        try:
            if request.POST.get("step") == "enter":
                _closure, moved = closures.enter_closure(**given)
                return _done(request, moved)
            effects = closures.effects_of(closures.checked(**given))
            audit.log_read(request, what="closure_preview", count=len(effects))
        except Refused as refusal:
            refused = refusal
    context = {"form": form, "refused": refused, **_shown(effects)}
    return render(request, "cases/clocks/closure_new.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_CLOSURES)
@transaction.atomic
def closure_withdraw(request: HttpRequest, closure_id: int) -> HttpResponse:
    """A wrong one is withdrawn, with a reason; it stays on the list."""
    closure = getters.closure(request, closure_id)
    form, refused = WithdrawForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            _closure, moved = closures.withdraw_closure(closure=closure, by=request.user, **form.cleaned_data)
            return _done(request, moved)
        except Refused as refusal:
            refused = refusal
    effects = closures.effects_of(closure) if closure.withdrawn_at is None else []
    audit.log_read(request, what="closure_preview", count=len(effects))
    context = {"form": form, "refused": refused, "closure": closure, **_shown(effects)}
    return render(request, "cases/clocks/closure_withdraw.html", context, status=409 if refused else 200)


def _shown(effects: list[Effect] | None) -> dict[str, object]:
    found = effects or []
    return {"previewed": effects is not None, "effects": found[:SHOWN], "count": len(found)}


def _done(request: HttpRequest, moved: int) -> HttpResponse:
    text = ngettext(
        "Counted again: the date of %(count)d clock moved. Tell whoever it is about.",
        "Counted again: the dates of %(count)d clocks moved. Tell whoever they are about.",
        moved,
    )
    messages.success(request, text % {"count": moved} if moved else _("Counted again: no date moved."))
    return redirect("cases:clock_changes" if moved else "cases:closures")


# --- Rules -------------------------------------------------------------------------------------------------------------


@require_GET
@requires(Permission.VIEW_CLOCKS)
def clock_rules_page(request: HttpRequest) -> HttpResponse:
    """Every figure with its article, its source and the day it was checked; made to be printed."""
    context = {"rules": clock_file.rules_page(request.user), "now": timezone.now()}
    return render(request, "cases/clocks/rules.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_CLOSURES)
def clock_rule_edit(request: HttpRequest, clock_rule_id: int) -> HttpResponse:
    """A version of the organisation's own: another figure, or the same one checked today."""
    rule = getters.clock_rule(request, clock_rule_id)
    form, refused = RuleVersionForm(request.POST or None, rule=rule), None
    if request.method == "POST" and form.is_valid():
        try:
            clock_rules.write_rule(rule=rule, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The version is in force for clocks that begin from now on."))
            return redirect("cases:clock_rules")
    context = {"form": form, "refused": refused, "rule": rule}
    return render(request, "cases/clocks/rule.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.KEEP_CLOSURES)
def clock_rule_drop(request: HttpRequest, clock_rule_id: int) -> HttpResponse:
    """Use the version that came with Posada again."""
    try:
        clock_rules.drop_own_rule(rule=getters.clock_rule(request, clock_rule_id), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The version that came with Posada is in force again."))
    return redirect("cases:clock_rules")
