"""Slips with pictures, for those who do not read."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.forms.notices import SlipForm
from cases.models import Appointment, Reminder
from cases.slips import Slip, slip_of_appointment, slip_of_notice
from cases.views import getters
from ngo import audit
from ngo.permissions import Permission, may, requires


@require_GET
@requires(Permission.TELL_OF_TOMORROW)
@transaction.atomic
def appointment_slip(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """For whoever tells them: of the appointment it shows no place, no kind and no hour."""
    row = getters.appointment(request, appointment_id)
    return _page(request, row, slip_of_appointment(row))


@require_GET
@requires(Permission.TELL_OF_TOMORROW)
@transaction.atomic
def reminder_slip(request: HttpRequest, reminder_id: int) -> HttpResponse:
    """The same for a notice about whatever else has a day."""
    reminder = getters.reminder(request, reminder_id)
    slip = slip_of_notice(reminder)
    if slip is None:
        raise Http404
    return _page(request, reminder.appointment or reminder, slip)


def _page(request: HttpRequest, subject: Appointment | Reminder, slip: Slip) -> HttpResponse:
    form = SlipForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    audit.log_read(request, what="slip", subject=subject)
    context = {
        "slip": slip,
        "form": form,
        "name": slip.name if wanted.get("name") and may(request.user, Permission.VIEW_NAMES) else "",
        "bed": wanted.get("bed", False),
        "appointment": subject if isinstance(subject, Appointment) else None,
    }
    return render(request, "cases/reminders/slip.html", context)
