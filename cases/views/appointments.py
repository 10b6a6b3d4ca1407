"""Appointments: the list, one of them, booking, moving, calling off, and what became of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.appointment_file import appointment_file
from cases.forms.appointments import (
    AppointmentForm,
    CancelForm,
    DetailsForm,
    ListFilter,
    MoveForm,
    OfferForm,
    OutcomeForm,
    PaperForm,
)
from cases.models import Appointment, Document, DocumentKind, Family, Group, Person, SeenAs
from cases.sending import channels_configured
from cases.services import appointments as services
from cases.services import documents
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.models.outbox import OutgoingState
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.VIEW_APPOINTMENTS)
@transaction.atomic
def appointments(request: HttpRequest) -> HttpResponse:
    """Those to come, by day; or those that are over and of which nobody wrote how they went (`?show=over`)."""
    now, ours = timezone.now(), Appointment.objects.visible_to(request.user)
    form = ListFilter(request.GET, by=request.user)
    over, wanted = request.GET.get("show") == "over", {}
    if form.is_valid():
        wanted = {"kind": form.cleaned_data["kind"], "owner": request.user if form.cleaned_data["mine"] else None}
    rows = ours.without_outcome(now) if over else ours.upcoming(now)
    rows = rows.filter(**{name: value for name, value in wanted.items() if value}).with_place().with_people()
    if form.is_valid() and form.cleaned_data["unchecked"]:
        rows = rows.unchecked()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="appointments", count=len(page.object_list))
    context = {"form": form, "page": page, "over": over, "open": ours.without_outcome(now).count()}
    return render(request, "cases/appointments/list.html", context | {"more": _filters_of(request)})


def _filters_of(request: HttpRequest) -> str:
    """The filters in force, for the links to the other pages of the list."""
    given = request.GET.copy()
    given.pop("page", None)
    return given.urlencode()


@require_GET
@requires(Permission.VIEW_APPOINTMENTS)
@transaction.atomic
def appointment(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """What, when on which clock, who goes, what is sent, what happened to it, and what can be done now."""
    row = getters.appointment(request, appointment_id)
    audit.log_read(request, what="appointment", subject=row)
    return render(request, "cases/appointments/page.html", {"file": appointment_file(row), "row": row})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def appointment_new(request: HttpRequest, family_id: int) -> HttpResponse:
    """Book a date for a family."""
    family = getters.family(request, family_id)
    return book(request, family, services.schedule_appointment, {"family": family})


def book(
    request: HttpRequest,
    family: Family,
    service: Callable[..., Appointment],
    given: dict[str, Any],
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page that books, by a service that takes what was typed besides what is `given`; with the paper, if one was sent."""
    members = list(Person.objects.in_family(family))
    form = AppointmentForm(
        *_sent(request),
        family=family,
        by=request.user,
        house_zone=_house_zone(family),
        members=members,
        initial=initial or {},
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                row = service(by=request.user, **given, **form.booking())
                if form.paper is not None:
                    _keep_paper(request, row, form)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _booked(row))
            return _to(request, row, form.oddities)
    audit.log_read(request, what="appointment", subject=family)
    context = {"form": form, "family": family, "members": members, "refused": refused, "awaited": given.get("awaited")}
    return render(request, "cases/appointments/new.html", context, status=409 if refused else 200)


def _keep_paper(request: HttpRequest, row: Appointment, form: Any) -> Appointment:
    """Put the photo of a notice among the papers of the family, and name it as that of the date."""
    is_us = row.kind.group == Group.US_APPOINTMENT
    facts = documents.Facts(
        kind=DocumentKind.US_APPOINTMENT if is_us else DocumentKind.OTHER,
        what="" if is_us else _("Notice of a date"),
        seen_as=SeenAs.PHOTO,
    )
    document: Document = documents.add_document(family=row.family, facts=facts, by=request.user, paper=form.paper)
    return services.attach_paper(appointment=row, document=document, by=request.user)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def appointment_move(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Another date. The old one stays in the record, marked as moved."""
    row = getters.appointment(request, appointment_id)
    form = MoveForm(_posted(request), appointment=row, by=request.user, house_zone=_house_zone(row.family))
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            new = services.reschedule_appointment(appointment=row, by=request.user, **form.move())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The appointment is moved. Tell the family in person: what was told is old."))
            return _to(request, new, form.oddities)
    audit.log_read(request, what="appointment", subject=row)
    context = {"form": form, "row": row, "refused": refused}
    return render(request, "cases/appointments/move.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def appointment_cancel(request: HttpRequest, appointment_id: int) -> HttpResponse:
    row, form = getters.appointment(request, appointment_id), CancelForm(_posted(request))

    def cancel(said: dict[str, Any]) -> None:
        services.cancel_appointment(
            appointment=row, by=request.user, reason=said["reason"], by_authority=said["who"] == "authority"
        )

    return _ask(request, row, form, cancel, "cases/appointments/cancel.html", _("The appointment is cancelled."))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def appointment_outcome(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """What became of it, or a correction of that."""
    row = getters.appointment(request, appointment_id)
    form = OutcomeForm(_posted(request), is_correction=row.state in services.OUTCOMES)

    def record(said: dict[str, Any]) -> None:
        services.record_outcome(appointment=row, by=request.user, **said)

    return _ask(request, row, form, record, "cases/appointments/outcome.html", _("It is written what became of it."))


def _ask(
    request: HttpRequest, row: Appointment, form: Any, act: Callable[[dict[str, Any]], None], template: str, said: str
) -> HttpResponse:
    """A page that asks, does it, and goes back to the appointment."""
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, said)
            return redirect("cases:appointment", row.pk)
    audit.log_read(request, what="appointment", subject=row)
    context = {"form": form, "row": row, "file": appointment_file(row), "refused": refused}
    return render(request, template, context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def appointment_offer(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The authority offers it: until when it must be confirmed."""
    row = getters.appointment(request, appointment_id)
    form = OfferForm(_posted(request), appointment=row)

    def offer(said: dict[str, Any]) -> None:
        until = form.confirm_by(row.home_zone)
        services.write_offer(appointment=row, by=request.user, confirm_by=until, reason=said["reason"])

    return _ask(
        request, row, form, offer, "cases/appointments/offer.html", _("It is written that it must be confirmed.")
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENTS)
@transaction.atomic
def appointment_details(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Who goes along, who interprets, how they get there."""
    row = getters.appointment(request, appointment_id)
    form = DetailsForm(_posted(request), appointment=row)

    def change(_said: dict[str, Any]) -> None:
        services.change_details(appointment=row, details=form.details(), by=request.user)

    return _ask(request, row, form, change, "cases/appointments/details.html", _("It is written."))


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def appointment_paper(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The paper that names the date: one of the family's, or a photo."""
    row = getters.appointment(request, appointment_id)
    form = PaperForm(*_sent(request), appointment=row, by=request.user)

    def attach(said: dict[str, Any]) -> None:
        if form.paper is not None:
            _keep_paper(request, row, form)
        else:
            services.attach_paper(appointment=row, document=said["source"], by=request.user)

    said = _("The paper is there. Somebody else reads the date on it now.")
    return _ask(request, row, form, attach, "cases/appointments/paper.html", said)


@require_POST
@requires(Permission.EDIT_APPOINTMENTS)
def appointment_check(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Somebody else than who booked it read the paper: the date is right; with `undo`, they did not."""
    row, checked = getters.appointment(request, appointment_id), not request.POST.get("undo")
    said = _("It is written that the date is right.") if checked else _("It is written that nobody else read it.")
    return _do(request, row, services.check_date, said, checked=checked)


@require_POST
@requires(Permission.EDIT_APPOINTMENTS)
def appointment_confirm(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The family said that it goes, or confirmed what was offered."""
    row = getters.appointment(request, appointment_id)
    if row.was_not_confirmed_by(timezone.now()):
        messages.warning(request, _("Its time to confirm was over. Ask whether the date is still theirs."))
    return _do(request, row, services.confirm_appointment, _("It is confirmed."))


@require_POST
@requires(Permission.EDIT_APPOINTMENTS)
def appointment_undo(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Take a confirmation or an outcome back."""
    row = getters.appointment(request, appointment_id)
    return _do(request, row, services.take_back, _("It is as it was before. Both stay in the history."))


@require_POST
@requires(Permission.EDIT_APPOINTMENTS)
def appointment_told(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """They were told in person; with `undo`, they were not."""
    row, told = getters.appointment(request, appointment_id), not request.POST.get("undo")
    said = _("It is written that they were told.") if told else _("It is written that they were not told.")
    return _do(request, row, services.tell_in_person, said, told=told)


def _do(request: HttpRequest, row: Appointment, service: Callable[..., Any], said: str, **given: Any) -> HttpResponse:
    try:
        service(appointment=row, by=request.user, **given)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("cases:appointment", row.pk)


def _booked(row: Appointment) -> str:
    """That reminders leave is said only where one of them is meant for the family and can leave."""
    waiting = row.reminders.to_families().filter(state=OutgoingState.PENDING).values_list("channel", flat=True)
    if any(channels_configured()[channel] for channel in set(waiting)):
        return _("The appointment is booked. Its reminders leave by themselves.")
    return _("The appointment is booked. No message goes to the family: tell them in person.")


def _to(request: HttpRequest, row: Appointment, oddities: list[str]) -> HttpResponse:
    for words in oddities:
        messages.warning(request, words)
    if row.hour_is_known and row.leave_shelter_at <= timezone.now():
        messages.warning(
            request, _("The hour at which they leave has already passed. Check whether they still arrive.")
        )
    return redirect("cases:appointment", row.pk)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _house_zone(family: Family) -> str:
    return services.home_zone_of(family) or timezone.get_current_timezone_name()
