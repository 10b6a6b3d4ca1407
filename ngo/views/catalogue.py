"""The cities and offices of the border: public facts that every organisation of this installation shares."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ngo.forms.catalogue import CityForm, OfficeForm
from ngo.models import City, Office, OfficeKind
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.EDIT_CATALOGUE)
def catalogue(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    offices = Office.objects.visible_to(request.user).filter(kind=kind).select_related("city")
    context = {
        "kind": kind if kind in OfficeKind else "",
        "kinds": OfficeKind.choices,
        "offices": offices.order_by("-is_active", "city__name", "name"),
        "cities": City.objects.visible_to(request.user).by_name() if kind not in OfficeKind else [],
    }
    return render(request, "ngo/catalogue/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CATALOGUE)
def city_new(request: HttpRequest) -> HttpResponse:
    return edit_city(request, City())


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CATALOGUE)
def city_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return edit_city(request, get_object_or_404(City.objects.visible_to(request.user), pk=pk))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CATALOGUE)
def office_new(request: HttpRequest) -> HttpResponse:
    return edit_office(request, Office(kind=request.GET.get("kind", "")))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CATALOGUE)
def office_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return edit_office(request, get_object_or_404(Office.objects.visible_to(request.user), pk=pk))


def edit_city(request: HttpRequest, city: City) -> HttpResponse:
    form = CityForm(request.POST or None, instance=city)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The city is saved."))
        return redirect("ngo:catalogue")
    return edit_page(request, "ngo/catalogue/city.html", form)


def edit_office(request: HttpRequest, office: Office) -> HttpResponse:
    form = OfficeForm(request.POST or None, instance=office)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The office is saved."))
        return redirect(f"{reverse('ngo:catalogue')}?kind={form.instance.kind}")
    return edit_page(request, "ngo/catalogue/office.html", form)


def edit_page(request: HttpRequest, template: str, form: Any) -> HttpResponse:
    """The form with what was typed; `zones` are those that the catalogue knows already, as suggestions."""
    zones = City.objects.visible_to(request.user).order_by("zone").values_list("zone", flat=True).distinct()
    return render(request, template, {"form": form, "zones": zones})
