"""The list of tomorrow, on screen and on paper: the main channel by which a family hears of its date."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.services.appointments import tell_in_person
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.forms.tomorrow import DayForm
from shelters.tomorrow import tomorrow_list
from shelters.views import getters


@require_GET
@requires(Permission.VIEW_TOMORROW)
@transaction.atomic
def tomorrow(request: HttpRequest) -> HttpResponse:
    """Who leaves when; `?day=` or the three fields of a date for another day, `?initials=1` without names."""
    form = DayForm(request.GET) if {"day_day", "day_month", "day_year"} & set(request.GET) else DayForm()
    day = _day(request) or (form.cleaned_data["day"] if form.is_bound and form.is_valid() else None)
    names = may(request.user, Permission.VIEW_NAMES) and request.GET.get("initials") != "1"
    found = tomorrow_list(request.user, day=day, shelters=list(getters.shelters_of(request).select_related("city")))
    audit.log_read(request, what="tomorrow_names" if names else "tomorrow", count=found.people_shown)
    context = {"found": found, "names": names, "form": form, "day": day, "now": timezone.now()}
    return render(request, "shelters/tomorrow/tomorrow.html", context)


def _day(request: HttpRequest) -> date | None:
    """The date in the address, written 2026-11-13; anything else is tomorrow."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


@require_POST
@requires(Permission.TELL_OF_TOMORROW)
def tomorrow_told(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """They were told in person; with `undo`, they were not."""
    row, told = getters.departure(request, appointment_id), not request.POST.get("undo")
    try:
        tell_in_person(appointment=row, by=request.user, told=told)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("It is written that they were told.") if told else _("It is written that they were not told.")
        messages.success(request, said)
    return redirect(_back(request))


def _back(request: Any) -> str:
    """The same list as before: of the same day, with or without names."""
    kept = {name: request.POST[name] for name in ("day", "initials") if request.POST.get(name)}
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value.replace("-", "").isalnum())
    return reverse("shelters:tomorrow") + (f"?{query}" if query else "")
