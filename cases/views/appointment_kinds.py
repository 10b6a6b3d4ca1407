"""Kinds of appointment and their reminders, as the coordinator keeps them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.appointment_kinds import KindForm
from cases.forms.notice_rules import RuleForm
from cases.models import AppointmentKind
from cases.services import appointment_kinds as services
from cases.services import notice_rules
from cases.views import getters
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def appointment_kinds(request: HttpRequest) -> HttpResponse:
    kinds = AppointmentKind.objects.visible_to(request.user).prefetch_related("notice_rules")
    return render(request, "cases/appointments/kinds.html", {"kinds": kinds.order_by("-is_active", "position", "pk")})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def appointment_kind_new(request: HttpRequest) -> HttpResponse:
    form, refused = KindForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            kind = services.add_kind(organisation=request.user.organisation, by=request.user, **form.facts())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The kind is saved. Say now when somebody is reminded."))
            return redirect("cases:appointment_kind_edit", kind.pk)
    return render(request, "cases/appointments/kind.html", {"form": form, "refused": refused})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def appointment_kind_edit(request: HttpRequest, kind_id: int) -> HttpResponse:
    kind = getters.appointment_kind(request, kind_id)
    form, refused = KindForm(request.POST or None, instance=kind), None
    if request.method == "POST" and form.is_valid():
        try:
            services.change_kind(kind=kind, by=request.user, **form.facts())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The kind is saved."))
            return redirect("cases:appointment_kinds")
    return _page(request, kind, form, RuleForm(initial={"audience": "guest"}), refused)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def notice_rule_new(request: HttpRequest, kind_id: int) -> HttpResponse:
    """One more reminder for a kind."""
    kind, form, refused = getters.appointment_kind(request, kind_id), RuleForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            notice_rules.add_rule(organisation=request.user.organisation, kind=kind, rule=form.rule(), by=request.user)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The reminder holds for what is booked from now on."))
            return redirect("cases:appointment_kind_edit", kind.pk)
    return _page(request, kind, KindForm(instance=kind), form, refused)


@require_POST
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def notice_rule_switch(request: HttpRequest, kind_id: int, rule_id: int) -> HttpResponse:
    """Switch a rule on or off; nothing is removed."""
    rule = getters.notice_rule(request, kind_id, rule_id)
    notice_rules.switch_rule(rule=rule, on=request.POST.get("on") == "1", by=request.user)
    return redirect("cases:appointment_kind_edit", rule.kind_id)


def _page(
    request: HttpRequest, kind: AppointmentKind, form: KindForm, rule_form: RuleForm, refused: Refused | None
) -> HttpResponse:
    context = {"form": form, "rule_form": rule_form, "kind": kind, "rules": kind.notice_rules.all(), "refused": refused}
    return render(request, "cases/appointments/kind.html", context, status=409 if refused else 200)
