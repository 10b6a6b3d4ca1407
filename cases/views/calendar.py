"""The calendar of appointments: a month, a week or a day, on screen and on paper."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from cases.appointment_calendar import (
    DAY,
    OFFICE,
    VIEWS,
    WRITTEN,
    Period,
    Wanted,
    calendar_of,
    closed_on,
    people_in,
    places_of,
    rows_of_day,
    sign_ins_of_day,
    written_place,
)
from cases.forms.calendar import Address, CalendarFilter, read_address
from cases.models import Person
from cases.views import getters
from ngo import audit
from ngo.models import Membership, Office
from ngo.permissions import Permission, may, requires

PAGE = 100


@require_GET
@requires(Permission.VIEW_APPOINTMENTS)
@transaction.atomic
def appointment_calendar(request: HttpRequest) -> HttpResponse:
    """`?view=month|week|day&on=2026-12-01`, of a person, a family, a place or who is responsible; `&initials=1` without names."""
    said, now, today = read_address(request.GET), timezone.now(), timezone.localdate()
    wanted = _wanted(request, said)
    period = Period(said.view, said.on or today)
    form = _filter(request, period, wanted)
    if form.is_valid() and form.cleaned_data["day"]:
        period = Period(said.view, form.cleaned_data["day"])
    names = may(request.user, Permission.VIEW_NAMES) and request.GET.get("initials") != "1"
    context: dict[str, Any] = {"period": period, "wanted": wanted, "names": names, "form": form, "now": now}
    if period.view == DAY:
        page = Paginator(rows_of_day(request.user, period.on, wanted), PAGE).get_page(request.GET.get("page"))
        duties = sign_ins_of_day(request.user, period.on, wanted)
        context |= {"page": page, "duties": duties, "closed": closed_on(period.on)}
        shown = people_in(page.object_list) + len(duties)
    else:
        context["calendar"] = calendar_of(request.user, period, wanted, now=now, today=today)
        shown = context["calendar"].people_shown
    audit.log_read(request, what="calendar_names" if names else "calendar", count=shown)
    if wanted.family:
        context["members"] = list(Person.objects.in_family(wanted.family))
    context |= {"today": today, "views": VIEWS, "sentences": said.sentences} | _links(request, wanted)
    return render(request, "cases/appointments/calendar.html", context)


def _filter(request: HttpRequest, period: Period, wanted: Wanted) -> CalendarFilter:
    places = places_of(request.user, period)
    code = request.GET.get("place", "")
    if code and code not in places:
        places[code] = str(wanted.office or wanted.place)
    return CalendarFilter(request.GET, by=request.user, places=places, owner=wanted.owner)


def _wanted(request: HttpRequest, said: Address) -> Wanted:
    """Whose calendar this is. What is not ours is not there (404)."""
    office, place = _place(request, request.GET.get("place", ""))
    return Wanted(
        person=getters.person(request, said.person) if said.person is not None else None,
        family=getters.family(request, said.family) if said.family is not None else None,
        office=office,
        place=place,
        owner=_owner(request, said.owner) if said.owner is not None else None,
        called_off=bool(request.GET.get("off")),
    )


def _owner(request: Any, pk: int) -> Any:
    """Whoever works here or did: what they were responsible for stays theirs."""
    rows = Membership.objects.filter(organisation=request.user.organisation, staff=pk).select_related("staff")
    if found := rows.first():
        return found.staff
    raise Http404


def _place(request: Any, code: str) -> tuple[Office | None, str]:
    """The office, or the words of the place, that a code of the address stands for."""
    if not code:
        return None, ""
    rest = code[1:]
    if code[0] == OFFICE and rest.isascii() and rest.isdigit() and len(rest) < 19:
        return get_object_or_404(Office.objects.visible_to(request.user), pk=int(rest)), ""
    is_hash = len(rest) == 16 and set(rest) <= set("0123456789abcdef")
    if code[0] == WRITTEN and is_hash and (place := written_place(request.user, rest)):
        return None, place
    raise Http404


def _links(request: HttpRequest, wanted: Wanted) -> dict[str, str]:
    """The filters in force, for the links: all of them, those without a person, a family or a day, and with other names."""
    kept = {name: request.GET[name] for name in ("place", "owner", "off", "initials") if request.GET.get(name)}
    if not wanted.owner:  # It could not be read: the links do not carry the fault on.
        kept.pop("owner", None)
    who = {name: row.pk for name, row in (("person", wanted.person), ("family", wanted.family)) if row}
    other = {name: value for name, value in (kept | who).items() if name != "initials"}
    return {"more": _query(kept | who), "more_of_all": _query(kept), "more_names": _query(other)}


def _query(given: dict[str, Any]) -> str:
    return f"&{urlencode(given)}" if given else ""
