"""The clocks of the law: what is late or near, those of a family, and one with its history."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import clock_file
from cases.forms.clocks import ClockForm, EndForm, EventForm, ToldForm, event_initial
from cases.models import Clock
from cases.services import clocks as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.VIEW_CLOCKS)
@transaction.atomic
def clocks(request: HttpRequest) -> HttpResponse:
    """What is late and what is near; `show` says late, near or all."""
    show = request.GET.get("show", "near")
    show = show if show in clock_file.SHOWN else "near"
    page = Paginator(clock_file.clocks_shown(request.user, show), PAGE).get_page(request.GET.get("page"))
    lines = clock_file.lines_of(page.object_list, request.user.organisation.pk)
    audit.log_read(request, what="clocks", count=len(lines))
    counts = clock_file.clock_counts(request.user)
    context = {"page": page, "lines": lines, "show": show, "counts": counts}
    return render(request, "cases/clocks/list.html", context)


@require_GET
@requires(Permission.VIEW_CLOCKS)
@transaction.atomic
def clock_changes(request: HttpRequest) -> HttpResponse:
    """Dates that moved, of which nobody has told the family yet."""
    results = clock_file.with_causes(clock_file.changes_to_tell(request.user))
    page = Paginator(results, PAGE).get_page(request.GET.get("page"))
    changes = clock_file.changes_of(page.object_list, request.user.organisation.pk)
    audit.log_read(request, what="clock_changes", count=len(changes))
    return render(request, "cases/clocks/changes.html", {"page": page, "changes": changes})


@require_POST
@requires(Permission.EDIT_CLOCKS)
def clock_told(request: HttpRequest, result_id: int) -> HttpResponse:
    """Somebody was told, in person, that their date moved."""
    result, form = getters.clock_result(request, result_id), ToldForm(request.POST)
    try:
        whom = form.cleaned_data["whom"] if form.is_valid() else ""
        services.tell_change(result=result, whom=whom, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is written who was told."))
    return redirect("cases:clock", result.clock_id) if request.POST.get("back") else redirect("cases:clock_changes")


@require_GET
@requires(Permission.VIEW_CLOCKS)
@transaction.atomic
def family_clocks(request: HttpRequest, family_id: int) -> HttpResponse:
    """Every clock of a family, each date with its explanation."""
    family = getters.family(request, family_id)
    lines = clock_file.family_lines(family)
    audit.log_read(request, what="family_clocks", subject=family)
    return render(request, "cases/clocks/family.html", {"family": family, "lines": lines})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CLOCKS)
def clock_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    form, refused = ClockForm(request.POST or None, staff=request.user, family=family), None
    if request.method == "POST" and form.is_valid():
        try:
            clock = services.start_clock(family=family, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The clock runs. Read both dates to the person."))
            return redirect("cases:clock", clock.pk)
    context = {"form": form, "refused": refused, "family": family}
    return render(request, "cases/clocks/new.html", context, status=409 if refused else 200)


@require_GET
@requires(Permission.VIEW_CLOCKS)
@transaction.atomic
def clock(request: HttpRequest, clock_id: int) -> HttpResponse:
    """One clock: both dates, why, and everything that moved them."""
    clock = getters.clock(request, clock_id)
    [line] = clock_file.lines_of([clock], clock.organisation_id)
    changes = clock_file.changes_of(clock_file.with_causes(clock.results.all()), clock.organisation_id)
    audit.log_read(request, what="clock", subject=clock.family)
    return render(request, "cases/clocks/page.html", {"line": line, "clock": clock, "changes": changes})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CLOCKS)
def clock_end(request: HttpRequest, clock_id: int) -> HttpResponse:
    """Say how it ended."""
    clock = getters.clock(request, clock_id)
    form, refused = EndForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            services.close_clock(clock=clock, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("It is written how it ended."))
            return redirect("cases:clock", clock.pk)
    return _form_page(request, "cases/clocks/end.html", clock, form, refused)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CLOCKS)
def clock_event(request: HttpRequest, clock_id: int) -> HttpResponse:
    """The event was on another day."""
    clock = getters.clock(request, clock_id)
    form, refused = EventForm(request.POST or None, initial=event_initial(clock)), None
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_event(clock=clock, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("It is counted from that day now. Tell the person both dates."))
            return redirect("cases:clock", clock.pk)
    return _form_page(request, "cases/clocks/event.html", clock, form, refused)


def _form_page(
    request: HttpRequest, template: str, clock: Clock, form: EndForm | EventForm, refused: Refused | None
) -> HttpResponse:
    context = {"clock": clock, "form": form, "refused": refused, "today": timezone.localdate()}
    return render(request, template, context, status=409 if refused else 200)


@require_POST
@requires(Permission.EDIT_CLOCKS)
def clock_reopen(request: HttpRequest, clock_id: int) -> HttpResponse:
    """Take back that it ended."""
    return _do(request, clock_id, services.reopen_clock, _("The clock runs again."))


@require_POST
@requires(Permission.EDIT_CLOCKS)
def clock_newest(request: HttpRequest, clock_id: int) -> HttpResponse:
    """Count it with the newest version of its rule."""
    return _do(request, clock_id, services.take_newest_rule, _("It is counted with the newest version of the rule."))


def _do(request: HttpRequest, clock_id: int, service: object, done: str) -> HttpResponse:
    clock = get_object_or_404(Clock.objects.visible_to(request.user), pk=clock_id)
    try:
        service(clock=clock, by=request.user)  # type: ignore[operator]
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("cases:clock", clock.pk)
