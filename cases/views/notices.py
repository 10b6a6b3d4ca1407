"""What will be sent about a family and why; whom the house tells aloud; and the rules of what is no appointment."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.notice_rules import SourceRuleForm
from cases.models import NoticeRule, Reminder
from cases.notice_file import for_the_kitchen, notices_of, to_tell, told_today
from cases.services import house_list, notice_rules
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.models.outbox import Channel
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_REMINDERS)
@transaction.atomic
def family_notices(request: HttpRequest, family_id: int) -> HttpResponse:
    """What will be sent, when, to whom, in which words and why; and what will not."""
    family = getters.family(request, family_id)
    audit.log_read(request, what="family", subject=family)
    return render(request, "cases/reminders/family.html", {"family": family, "file": notices_of(family)})


@require_GET
@requires(Permission.TELL_OF_TOMORROW)
@transaction.atomic
def house_notices(request: HttpRequest) -> HttpResponse:
    """Whom to tell today, by the name by which the house calls them; made to be printed too."""
    rows, told = to_tell(request.user), told_today(request.user)
    for family in {one.notice.row.family for one in [*rows, *told] if one.notice.row.family}:
        audit.log_read(request, what="house list", subject=family)
    return render(request, "cases/reminders/house.html", {"rows": rows, "told": told})


@require_GET
@requires(Permission.VIEW_SUPPLIES)
def kitchen_notices(request: HttpRequest) -> HttpResponse:
    """For how many the kitchen prepares something, and when they leave."""
    return render(request, "cases/reminders/kitchen.html", {"rows": for_the_kitchen(request.user)})


@require_POST
@requires(Permission.TELL_OF_TOMORROW)
def house_notice_told(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Somebody said it; with `undo`, it was a slip."""
    notice = get_object_or_404(Reminder.objects.visible_to(request.user).filter(channel=Channel.HOUSE), pk=notice_id)
    try:
        if request.POST.get("undo"):
            house_list.take_back(notice=notice)
        else:
            house_list.tell(notice=notice, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:house_notices")


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def source_rules(request: HttpRequest) -> HttpResponse:
    """When somebody is told of a sign-in, a paper that ends, a limit of the law, a stay or a bed that is held."""
    form, refused = SourceRuleForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            notice_rules.add_rule(organisation=request.user.organisation, rule=form.rule(), by=request.user)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The reminder holds from now on."))
            return redirect("cases:source_rules")
    rules = NoticeRule.objects.visible_to(request.user).filter(kind=None)
    context = {
        "form": form,
        "refused": refused,
        "rules": rules.order_by("source", "audience", "-days_before", "at_time", "pk"),
    }
    return render(request, "cases/reminders/rules.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def source_rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Switch a rule on or off; nothing is removed."""
    rule = get_object_or_404(NoticeRule.objects.visible_to(request.user).filter(kind=None), pk=rule_id)
    notice_rules.switch_rule(rule=rule, on=request.POST.get("on") == "1", by=request.user)
    return redirect("cases:source_rules")
