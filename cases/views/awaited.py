"""Dates that are to be told: the list of them, writing one down, asking again, booking it, giving it up."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.forms.appointments import AskAgainForm, AwaitedForm, GiveUpForm
from cases.models import AwaitedDate, Person
from cases.services import awaited_dates as services
from cases.views import getters
from cases.views.appointments import book
from cases.views.asking import posted
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.VIEW_APPOINTMENTS)
@transaction.atomic
def awaited_dates(request: HttpRequest) -> HttpResponse:
    """Who waits to be told a date, whoever is to be asked about first first."""
    rows = AwaitedDate.objects.visible_to(request.user).open().with_people().next_first()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="awaited_dates", count=len(page.object_list))
    return render(request, "cases/awaited/list.html", {"page": page, "today": timezone.localdate()})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def awaited_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    members = list(Person.objects.in_family(family))
    form, refused = AwaitedForm(posted(request), by=request.user, members=members), None
    if request.method == "POST" and form.is_valid():
        try:
            services.await_date(family=family, by=request.user, **form.facts())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("It is written. A task asks about it on that day."))
            return redirect("cases:family", family.pk)
    audit.log_read(request, what="awaited_dates", subject=family)
    context = {"form": form, "family": family, "members": members, "refused": refused}
    return render(request, "cases/awaited/new.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def awaited(request: HttpRequest, awaited_id: int) -> HttpResponse:
    """Nobody has told it yet: another day to ask."""
    row = getters.awaited(request, awaited_id)
    form = AskAgainForm(posted(request), initial={"control_on": row.control_on, "note": row.note})
    return _ask(request, row, form, services.ask_again, "cases/awaited/page.html", _("It is asked again on that day."))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def awaited_give_up(request: HttpRequest, awaited_id: int) -> HttpResponse:
    row, form = getters.awaited(request, awaited_id), GiveUpForm(posted(request))
    said = _("Nobody waits for it any more.")
    return _ask(request, row, form, services.give_up, "cases/awaited/give_up.html", said)


def _ask(
    request: HttpRequest, row: AwaitedDate, form: Any, service: Callable[..., Any], template: str, said: str
) -> HttpResponse:
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            service(awaited=row, by=request.user, **form.facts())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, said)
            return redirect("cases:awaited_dates")
    audit.log_read(request, what="awaited_dates", subject=row.family)
    context = {"form": form, "row": row, "refused": refused}
    return render(request, template, context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def awaited_book(request: HttpRequest, awaited_id: int) -> HttpResponse:
    """The date was told: the page that books, with what is known already; booked, nobody waits for it any more."""
    row = getters.awaited(request, awaited_id)
    known = {
        "kind": row.kind_id,
        "people": [str(one.person_id) for one in row.called],  # type: ignore[attr-defined]
        "office": str(row.office_id or ""),
        "place": row.place,
    }
    return book(request, row.family, services.book_awaited, {"awaited": row}, known)
