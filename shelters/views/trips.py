"""Safe trips: who is out and who is not back, one trip, leaving, another hour, a sign of life, an alarm, and how it ended."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Appointment
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires
from ngo.templatetags.posada import local_moment
from shelters.forms.trips import NOT_BACK, CloseForm, CompanyForm, ExtendForm, TripForm, TripRulesForm, WordsForm
from shelters.models import Shelter, Stay, Trip
from shelters.services import trip_returns
from shelters.services import trips as services
from shelters.services.trips import Goer
from shelters.trip_list import past_trips, trip_file, trip_list
from shelters.views import getters


@require_GET
@requires(Permission.FOLLOW_TRIPS)
@transaction.atomic
def trips(request: HttpRequest) -> HttpResponse:
    """Those that need someone first, then who is out, then who came back within a day; and what remains of the others."""
    shelters = list(getters.shelters_of(request))
    found = trip_list(shelters)
    audit.log_read(request, what="trips", count=found.people_shown)
    context = {
        "found": found,
        "past": past_trips(request.user),
        "shelters": shelters,
        "several": len(shelters) > 1,
        "names": may(request.user, Permission.VIEW_NAMES),
    }
    return render(request, "shelters/trips/list.html", context)


@require_GET
@requires(Permission.FOLLOW_TRIPS)
@transaction.atomic
def trip(request: HttpRequest, trip_id: int) -> HttpResponse:
    """Who is out, until when, who is told when, what happened, and what can be done now."""
    row = getters.trip(request, trip_id)
    file = trip_file(row)
    audit.log_read(request, what="trip", subject=row, count=len(file.row.goers))
    return render(request, "shelters/trips/page.html", _of(request, row) | {"file": file})


def _of(request: HttpRequest, row: Trip) -> dict[str, Any]:
    return {"trip": row, "shelter": row.shelter, "names": may(request.user, Permission.VIEW_NAMES)}


# --- Leaving -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
@transaction.atomic
def trip_of_stay(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Somebody leaves, with others of their family or alone; for an appointment of today, or without one (`?plain=1`)."""
    stay = getters.stay(request, stay_id)
    today = services.appointment_today(stay)
    if request.method == "GET" and today is not None and not request.GET.get("plain"):
        return redirect(f"{reverse('shelters:trip_of_appointment', args=[today.pk])}?house={stay.shelter.slug}")
    family = Stay.objects.current().filter(shelter=stay.shelter, family=stay.family_id) if stay.family_id else None
    together = (
        list(family.select_related("person", "family", "shelter").order_by("pk")) if family is not None else [stay]
    )
    goers = [Goer(one.person, one) for one in together]
    back = reverse("shelters:door_person", args=[stay.pk])
    return _open(request, stay.shelter, goers, None, back=back, marked=[stay.person_id], subject=stay)


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
@transaction.atomic
def trip_of_appointment(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Those who go to an appointment leave; of those who leave from several houses, those of one (`?house=`). Who is out on it
    already is shown."""
    row = getters.departure(request, appointment_id)
    shelter, goers = _house_and_goers(request, row, request.GET.get("house", ""))
    out = Trip.objects.open().filter(appointment=row, shelter=shelter).order_by("pk").first()
    if request.method == "GET" and out is not None:
        return redirect("shelters:trip", out.pk)
    sees = may(request.user, Permission.VIEW_APPOINTMENTS)
    back = reverse("cases:appointment", args=[row.pk]) if sees else reverse("shelters:tomorrow")
    return _open(request, shelter, goers, row, back=back, marked=[goer.person.pk for goer in goers], subject=row)


@require_POST
@requires(Permission.KEEP_DOOR)
def trip_now(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """One press on the list of tomorrow: they leave now, are back at the usual hour, and the usual people are told."""
    row = getters.departure(request, appointment_id)
    shelter, goers = _house_and_goers(request, row, request.POST.get("house", ""))
    opened = services.open_trip(
        shelter=shelter,
        goers=goers,
        appointment=row,
        expected_at=services.usual_return(row, timezone.now()),
        companion=row.accompanied_by,
        by=request.user,
    )
    _say_they_left(request, opened)
    kept = {name: request.POST[name] for name in ("day", "initials") if request.POST.get(name)}
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value.replace("-", "").isalnum())
    return redirect(reverse("shelters:tomorrow") + (f"?{query}" if query else ""))


def _house_and_goers(request: HttpRequest, row: Appointment, slug: str) -> tuple[Shelter, list[Goer]]:
    """From which house, and who of the appointment sleeps there. Who sleeps in none leaves by the clock of the first house."""
    shelters = list(getters.shelters_of(request))
    goers = services.goers_of(row, shelters)
    here = {goer.stay.shelter_id for goer in goers if goer.stay is not None}
    found = [shelter for shelter in shelters if shelter.slug == slug] or [one for one in shelters if one.pk in here]
    shelter = next(iter(found or shelters), None)
    if shelter is None:
        raise Refused(_("There is no house to leave from yet."))
    ours = [goer for goer in goers if goer.stay is not None and goer.stay.shelter_id == shelter.pk]
    return shelter, ours or [goer for goer in goers if goer.stay is None]


def _open(
    request: HttpRequest,
    shelter: Shelter,
    goers: list[Goer],
    appointment: Appointment | None,
    *,
    back: str,
    marked: list[int],
    subject: Any,
) -> HttpResponse:
    """The page that asks who leaves until when, and opens the trip."""
    first, second = services.usual_watchers(shelter, appointment)
    initial = {
        "who": [str(pk) for pk in marked],
        "companion": appointment.accompanied_by if appointment is not None else "",
        "first": first.pk if first else None,
        "second": second.pk if second else None,
    }
    form, refused = (
        TripForm(
            getters.posted(request),
            shelter=shelter,
            goers=goers,
            names=_names(request, goers),
            back_at=services.usual_return(appointment, timezone.now()),
            sees_places=may(request.user, Permission.VIEW_APPOINTMENTS),
            initial=initial,
        ),
        None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            opened = services.open_trip(shelter=shelter, appointment=appointment, by=request.user, **form.trip())
        except Refused as refusal:
            refused = refusal
        else:
            if form.oddity:
                messages.warning(request, form.oddity)
            _say_they_left(request, opened)
            return redirect("shelters:trip", opened.pk)
    audit.log_read(request, what="trip_open", subject=subject, count=len(goers))
    context = {"form": form, "shelter": shelter, "appointment": appointment, "refused": refused, "back": back}
    return render(request, "shelters/trips/open.html", context, status=409 if refused else 200)


def _names(request: HttpRequest, goers: list[Goer]) -> bool:
    families = [goer.stay.family for goer in goers if goer.stay is not None and goer.stay.family_id]
    mine = bool(families) and all(getters.shows_names(request, family) for family in families if family is not None)
    return may(request.user, Permission.VIEW_NAMES) or mine


def _say_they_left(request: HttpRequest, opened: Trip) -> None:
    said = _("They are out, and expected back: %(when)s.") % {"when": local_moment(opened.expected_at, opened.shelter)}
    messages.success(request, said, extra_tags=f"trip-{opened.pk}")


# --- On the way --------------------------------------------------------------------------------------------------------


@require_POST
@requires(Permission.FOLLOW_TRIPS)
def trip_take(request: HttpRequest, trip_id: int) -> HttpResponse:
    """Somebody looks after it."""
    return _do(request, trip_id, services.take_over, _("It is written that you look after it."))


@require_POST
@requires(Permission.FOLLOW_TRIPS)
def trip_called(request: HttpRequest, trip_id: int) -> HttpResponse:
    """A sign of life."""
    words = getters.words(WordsForm(request.POST))["words"]
    return _do(request, trip_id, services.they_called, _("It is written that they called."), words=words)


@require_POST
@requires(Permission.FOLLOW_TRIPS)
def trip_sos(request: HttpRequest, trip_id: int) -> HttpResponse:
    """Everybody is told at once."""
    words = getters.words(WordsForm(request.POST))["words"]
    return _do(request, trip_id, services.sos, _("The alarm is given: everybody is told now."), words=words)


@require_POST
@requires(Permission.KEEP_DOOR)
def trip_back(request: HttpRequest, trip_id: int) -> HttpResponse:
    """All of them are back, or those who were pressed (`row`). A row that is none is nobody, and never everybody."""
    asked = request.POST.getlist("row")
    people = [int(pk) for pk in asked if pk.isascii() and pk.isdecimal() and len(pk) < 19] if asked else None
    return _do(request, trip_id, trip_returns.come_back, _("It is written that they are back."), people=people)


@require_POST
@requires(Permission.KEEP_DOOR)
def trip_undo(request: HttpRequest, trip_id: int) -> HttpResponse:
    """The return, or the closing, was written by mistake: they are still out."""
    said = _("Taken back: they are out. If their hour has passed, somebody is told.")
    return _do(request, trip_id, trip_returns.take_back, said)


def _do(request: HttpRequest, trip_id: int, service: Callable[..., Any], said: str, **given: Any) -> HttpResponse:
    row = getters.trip(request, trip_id)
    try:
        service(trip=row, by=request.user, **given)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("shelters:trip", row.pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.FOLLOW_TRIPS)
@transaction.atomic
def trip_extend(request: HttpRequest, trip_id: int) -> HttpResponse:
    """Another hour of return."""
    row = getters.trip(request, trip_id)
    form = ExtendForm(getters.posted(request), shelter=row.shelter, back_at=row.expected_at)

    def extend() -> None:
        services.extend(trip=row, expected_at=form.expected_at, reason=form.cleaned_data["reason"], by=request.user)
        if form.oddity:
            messages.warning(request, form.oddity)

    return _ask(request, row, form, extend, "shelters/trips/extend.html", _("The new hour is written."))


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
@transaction.atomic
def trip_company(request: HttpRequest, trip_id: int) -> HttpResponse:
    """Who goes along, and where to, while they are out."""
    row = getters.trip(request, trip_id)
    sees = may(request.user, Permission.VIEW_APPOINTMENTS)
    form = CompanyForm(getters.posted(request), trip=row, sees_places=sees)

    def change() -> None:
        services.change_companion(trip=row, by=request.user, **form.facts())

    return _ask(request, row, form, change, "shelters/trips/company.html", _("Saved."))


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOOR)
@transaction.atomic
def trip_close(request: HttpRequest, trip_id: int) -> HttpResponse:
    """It ended without a return through the door; or they did not return."""
    row, form = getters.trip(request, trip_id), CloseForm(getters.posted(request))

    def close() -> None:
        said = form.cleaned_data
        if said["outcome"] == NOT_BACK:
            services.did_not_return(trip=row, reason=said["reason"], by=request.user)
        else:
            services.close(trip=row, outcome=said["outcome"], reason=said["reason"], by=request.user)

    return _ask(request, row, form, close, "shelters/trips/close.html", _("It is written how it ended."))


def _ask(request: HttpRequest, row: Trip, form: Any, act: Callable[[], None], template: str, said: str) -> HttpResponse:
    """A page that asks, does it, and goes back to the trip."""
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, said)
            return redirect("shelters:trip", row.pk)
    audit.log_read(request, what="trip", subject=row)
    context = _of(request, row) | {"form": form, "refused": refused}
    return render(request, template, context, status=409 if refused else 200)


# --- What a house says -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_PLACES)
def trip_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """How long a house waits between the steps, and whom it names where a trip names nobody."""
    shelter = getters.shelter(request, slug)
    form, refused = TripRulesForm(getters.posted(request), shelter=shelter, rules=services.rules_of(shelter)), None
    if request.method == "POST" and form.is_valid():
        try:
            services.set_rules(shelter=shelter, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("It is kept, and holds for the trips that are out too."))
            return redirect("shelters:trips")
    context = {"form": form, "shelter": shelter, "refused": refused}
    return render(request, "shelters/trips/rules.html", context, status=409 if refused else 200)
