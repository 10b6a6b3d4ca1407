"""Where unaccompanied children may sleep, where one sleeps, and the plan for one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.forms.child_places import PlacedForm, PlaceForm, PlanForm
from cases.models import ChildAlert, ChildPlace
from cases.services import child_places as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.HANDLE_CHILD_ALERTS)
def child_places(request: HttpRequest) -> HttpResponse:
    """The places, those whose authorisation ends first before those that never end."""
    rows = ChildPlace.objects.visible_to(request.user).order_by(
        "-is_active", "is_of_the_dif", "authorised_until", "name"
    )
    today = timezone.localdate()
    context = {"rows": rows, "today": today, "soon": today + services.SOON}
    return render(request, "cases/children/places.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_CHILD_ALERTS)
@transaction.atomic
def child_place_new(request: HttpRequest) -> HttpResponse:
    return _keep(request, None)


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_CHILD_ALERTS)
@transaction.atomic
def child_place_edit(request: HttpRequest, place_id: int) -> HttpResponse:
    return _keep(request, getters.child_place(request, place_id))


def _keep(request: HttpRequest, place: ChildPlace | None) -> HttpResponse:
    form, refused = PlaceForm(_posted(request), place=place), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_place(
                organisation=request.user.organisation, data=form.data_of(), by=request.user, place=place
            )
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The place is kept."))
            return redirect("cases:child_places")
    context = {"form": form, "place": place, "refused": refused}
    return render(request, "cases/children/place_edit.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_CHILD_ALERTS)
@transaction.atomic
def child_placed(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the child of an alert sleeps."""
    alert = getters.alert(request, pk)
    form = PlacedForm(_posted(request), alert=alert, by=request.user)

    def place() -> None:
        services.place_child(alert=alert, by=request.user, **form.facts())

    return _ask(request, alert, form, place, "cases/children/placed.html", _("It is written where the child sleeps."))


@require_http_methods(["GET", "POST"])
@requires(Permission.HANDLE_CHILD_ALERTS)
@transaction.atomic
def child_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of the child-protection office has come."""
    alert = getters.alert(request, pk)
    form = PlanForm(_posted(request), alert=alert)

    def record() -> None:
        services.record_plan(alert=alert, by=request.user, **form.cleaned_data)

    return _ask(request, alert, form, record, "cases/children/plan.html", _("It is written that the plan has come."))


def _ask(
    request: HttpRequest, alert: ChildAlert, form: Any, act: Callable[[], None], template: str, said: str
) -> HttpResponse:
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, said)
            return redirect("cases:child_alert", pk=alert.pk)
    audit.log_read(request, what="child_alert", subject=alert)
    context = {"form": form, "alert": alert, "refused": refused}
    return render(request, template, context, status=409 if refused else 200)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
