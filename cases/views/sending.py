"""How sending goes, for who looks after it; stopped and let go on by a coordinator."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.forms.notices import DayForm, PauseForm
from cases.sending import day_again, sending_of
from cases.services import pauses
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_REMINDERS)
def sending(request: HttpRequest) -> HttpResponse:
    """When the sender last worked, what waits, what left, what did not and why. Figures alone, nobody's name."""
    return _page(request, PauseForm())


@require_POST
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def sending_pause(request: HttpRequest) -> HttpResponse:
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        pauses.pause(organisation=request.user.organisation, reason=form.cleaned_data["reason"], by=request.user)
    except Refused as refusal:
        return _page(request, form, refusal)
    messages.success(request, _("Sending is stopped. What falls due waits; tell people in person."))
    return redirect("cases:reminders_sending")


@require_POST
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def sending_resume(request: HttpRequest) -> HttpResponse:
    try:
        pauses.resume(organisation=request.user.organisation, by=request.user)
    except Refused as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, _("Sending goes on. What waits and is still true leaves within a minute."))
    return redirect("cases:reminders_sending")


def _page(request: HttpRequest, form: PauseForm, refused: Refused | None = None) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "sending": sending_of(request.user),
        "form": form,
        "refused": refused,
        "zone": timezone.get_current_timezone_name(),
        "days": [today - timedelta(days=number) for number in range(7)],
    }
    return render(request, "cases/sending/sending.html", context, status=409 if refused else 200)


@require_GET
@requires(Permission.VIEW_REMINDERS)
def sending_day(request: HttpRequest) -> HttpResponse:
    """A day (`?day=2026-11-26`, yesterday without it) as if it were sent now: a dry run, from which nothing leaves."""
    form, today = DayForm(request.GET), timezone.localdate()
    asked = form.cleaned_data["day"] if form.is_valid() else today - timedelta(days=1)
    day = min(asked, today)
    context = {
        "again": day_again(request.user, day),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
    }
    return render(request, "cases/sending/day.html", context)
