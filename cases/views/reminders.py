"""People to call because a reminder did not reach them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.models import Reminder
from cases.people_to_call import calls, calls_from_above, from_above, other_calls, other_dates, to_call, told
from cases.services import reminders as services
from cases.views import getters
from ngo import audit
from ngo.messaging import email
from ngo.permissions import Permission, requires

PAGE = 50
TOLD = 20


@require_GET
@requires(Permission.VIEW_REMINDERS)
@transaction.atomic
def reminders_failed(request: HttpRequest) -> HttpResponse:
    """Whom to call, who leaves first first."""
    page = Paginator(to_call(request.user), PAGE).get_page(request.GET.get("page"))
    found, done = calls(page.object_list), calls(told(request.user)[:TOLD])
    others = other_calls(other_dates(request.user)[:PAGE])
    above = calls_from_above(from_above(request.user))
    audit.log_read(request, what="people_to_call", count=len(found) + len(done) + len(others) + len(above))
    context = {"page": page, "calls": found, "others": others, "told": done, "has_server": email.is_configured()}
    context |= {"above": above, "how_many": page.paginator.count + len(others) + len(above)}
    return render(request, "cases/reminders/failed.html", context)


@require_POST
@requires(Permission.VIEW_REMINDERS)
@transaction.atomic
def reminders_told(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Somebody told them otherwise; `undo` takes it back."""
    appointment = getters.appointment(request, appointment_id)
    if request.POST.get("undo"):
        services.take_back_call(appointment=appointment)
        messages.success(request, _("It is not written any more that they were told."))
    elif services.record_call(appointment=appointment, by=request.user):
        messages.success(request, _("It is written that they were told."))
    else:
        messages.info(request, _("It is written already that they were told."))
    return redirect("cases:reminders_failed")


@require_POST
@requires(Permission.VIEW_REMINDERS)
@transaction.atomic
def reminders_told_of_other_date(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Somebody told them of what is no appointment."""
    notice = get_object_or_404(Reminder.objects.visible_to(request.user).filter(appointment=None), pk=notice_id)
    if services.record_call_of_other_date(notice=notice, by=request.user):
        messages.success(request, _("It is written that they were told."))
    else:
        messages.info(request, _("It is written already that they were told."))
    return redirect("cases:reminders_failed")
