"""Whom a space is for, with its nights and its history."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ngo.errors import Refused
from ngo.permissions import Permission, requires
from shelters.forms.space_rules import SpaceRuleForm
from shelters.models import RULE_FIELDS, Space, SpaceRule
from shelters.nights import ONE_DAY, tonight
from shelters.services import space_rules
from shelters.views import getters


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def rules(request: HttpRequest, slug: str, space_id: int) -> HttpResponse:
    """What a space asks tonight, what it will ask and what it asked; and a form to change it from a night on."""
    space = getters.space(request, slug, space_id)
    now = Space.objects.on_night(tonight(space.shelter)).get(pk=space.pk)
    form = SpaceRuleForm(
        getters.posted(request), shelter=space.shelter, initial={name: getattr(now, name) for name in RULE_FIELDS}
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            rule = space_rules.set_rule(space=space, by=request.user, **form.rule)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _said(rule, space_rules.against_it(rule, request.user)))
            return redirect("shelters:space_rules", slug, space_id)
    context = {
        "shelter": space.shelter,
        "space": space,
        "now": now,
        "rules": [_row(rule, tonight(space.shelter)) for rule in space_rules.rules_of(space)],
        "form": form,
        "refused": refused,
    }
    return render(request, "shelters/places/space_rules.html", context, status=409 if refused else 200)


def _row(rule: SpaceRule, night: Any) -> dict[str, Any]:
    """One line of the list: its rule as a space would be described, its nights, and whether it can still be ended."""
    until = rule.nights.upper
    what = Space(kind=rule.space.kind, **{name: getattr(rule, name) for name in RULE_FIELDS})
    is_over = until is not None and until <= night
    return {
        "rule": rule,
        "what": what,
        "last": until - ONE_DAY if until else None,
        "is_now": night in rule.nights,
        "is_over": is_over,
    }


def _said(rule: SpaceRule, against: int) -> str:
    if not against:
        return _("Saved. Past nights stay as they were.")
    return ngettext(
        "Saved. %(count)d person who sleeps there now goes against it: talk with them, and move them if they wish.",
        "Saved. %(count)d people who sleep there now go against it: talk with them, and move them if they wish.",
        against,
    ) % {"count": against}


@require_POST
@requires(Permission.MANAGE_PLACES)
def rule_end(request: HttpRequest, space_rule_id: int) -> HttpResponse:
    """From tonight on the space asks again what it asked from its beginning; a coming rule never comes."""
    rule = getters.space_rule(request, space_rule_id)
    space_rules.end_rule(rule=rule, by=request.user)
    messages.success(request, _("The rule has ended. Past nights stay as they were."))
    return redirect("shelters:space_rules", rule.space.shelter.slug, rule.space_id)
