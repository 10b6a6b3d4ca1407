"""The kitchen: how many eat, who eats something else, and what was served."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from shelters.forms.supplies import MealForm
from shelters.kitchen import sheet_of
from shelters.models import Meal
from shelters.services import meals as services
from shelters.services.supplies import today_at
from shelters.views import getters

DAYS_SHOWN = 14


@require_GET
@requires(Permission.VIEW_SUPPLIES)
def kitchens(request: HttpRequest) -> HttpResponse:
    """How many eat tonight in each house; straight to its kitchen where there is one."""
    shelters = list(getters.shelters_of(request))
    if len(shelters) == 1:
        return redirect("shelters:kitchen", shelters[0].slug)
    plans = services.heads_of(shelters)
    return render(request, "shelters/meals/kitchens.html", {"plans": [plans[shelter.pk] for shelter in shelters]})


@require_GET
@requires(Permission.VIEW_SUPPLIES)
@transaction.atomic
def kitchen(request: HttpRequest, slug: str) -> HttpResponse:
    """The kitchen's sheet: heads by age and diet, what leaves early, and the special diets by bed."""
    shelter = getters.shelter(request, slug)
    plan = services.heads(shelter)
    sheet = sheet_of(plan, names=may(request.user, Permission.VIEW_NAMES))
    if sheet.special:
        audit.log_read(request, what="kitchen", count=len(sheet.special))
    context = {"shelter": shelter, "plan": plan, "sheet": sheet, "now": timezone.now()}
    return render(request, "shelters/meals/kitchen.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def meals(request: HttpRequest, slug: str) -> HttpResponse:
    """What was served in the last two weeks, and a form for what was served now."""
    shelter = getters.shelter(request, slug)
    form, refused = MealForm(getters.posted(request), shelter=shelter), None
    if request.method == "POST" and form.is_valid():
        try:
            row = services.record_meal(shelter=shelter, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            said = ngettext("%(meal)s: %(count)s portion.", "%(meal)s: %(count)s portions.", row.served)
            messages.success(request, said % {"meal": Meal(row.meal).label, "count": row.served})
            return redirect("shelters:meals", slug)
    context = {"shelter": shelter, "form": form, "refused": refused, "days": _days(shelter)}
    return render(request, "shelters/meals/meals.html", context, status=409 if refused else 200)


def _days(shelter: Any) -> list[tuple[Any, list[tuple[Any, int | None]]]]:
    """The last days, the latest first, each with its meals in words; None where nobody counted."""
    today = today_at(shelter)
    days = [today - timedelta(days=number) for number in range(DAYS_SHOWN)]
    served = services.meals_served([(shelter, day) for day in days])
    return [(day, [(meal.label, count) for meal, count in served[shelter.pk, day].items()]) for day in days]
