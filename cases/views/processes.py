"""Cases: the caseload, one of them, and everything that is done with it."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.processes import (
    CaseNoteForm,
    CloseForm,
    HandOverForm,
    OneOfForm,
    OpenForm,
    PlanForm,
    ReasonForm,
    StepForm,
    VersionForm,
)
from cases.models import PathwayVersion, Person, Process
from cases.process_file import case_file, caseload, history_of, tasks_for
from cases.services import processes as services
from cases.services import ways
from cases.views import getters
from cases.views.asking import Question, ask, do, posted
from ngo import audit
from ngo.permissions import Permission, requires

PAGE = 50
SOON = timedelta(days=7)
WHOSE = ("mine", "nobody", "all")


def at(process: Process) -> str:
    return reverse("cases:case", args=[process.pk])


def question(process: Process, title: str, button: str, **more: Any) -> Question:
    """A question about a case: it goes back to the page of the case."""
    return Question(title, button, at(process), process.version.name, **more)


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def cases(request: HttpRequest) -> HttpResponse:
    """My caseload: what is due within a week, and the cases that I am responsible for; or those of nobody, or of everybody."""
    whose = request.GET.get("whose") if request.GET.get("whose") in WHOSE else "mine"
    page = Paginator(caseload(request.user, whose=whose), PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    tasks = list(tasks_for(request.user, whose="mine", until=today + SOON)[:PAGE]) if page.number == 1 else []
    audit.log_read(request, what="caseload", count=sum(len(row.here) for row in page.object_list))
    context = {"page": page, "whose": whose, "tasks": tasks, "today": today}
    return render(request, "cases/processes/list.html", context)


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case(request: HttpRequest, process_id: int) -> HttpResponse:
    """Where it stands, what has to be done, who is in it, what happened."""
    process = getters.process(request, process_id)
    audit.log_read(request, what="case", subject=process)
    context = {
        "file": case_file(process, request.user),
        "process": process,
        "today": timezone.localdate(),
        "now": timezone.now(),
    }
    return render(request, "cases/processes/page.html", context)


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_history(request: HttpRequest, process_id: int) -> HttpResponse:
    """Everything that happened in a case, page by page, the newest first."""
    process = getters.process(request, process_id)
    audit.log_read(request, what="case", subject=process)
    page, events = history_of(process, request.user, request.GET.get("page"))
    return render(request, "cases/processes/history.html", {"page": page, "events": events, "process": process})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_new(request: HttpRequest, family_id: int) -> HttpResponse:
    """Open a case for a family, or for some of it."""
    family = getters.family(request, family_id)
    members = list(Person.objects.in_family(family))
    form = OpenForm(posted(request), by=request.user, members=members)
    asked = Question(
        _("Open a case"),
        _("Open the case"),
        reverse("cases:family", args=[family.pk]),
        _("File %(folio)s") % {"folio": family.folio},
        said=_("The case is open. Its first task is made."),
    )
    return ask(
        request,
        form,
        lambda facts: ways.take_way(by=request.user, **facts),
        asked,
        what="case",
        subject=family,
        go_to=at,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_step(request: HttpRequest, process_id: int) -> HttpResponse:
    """Take a case on to a step: the next one is marked."""
    process = getters.process(request, process_id)
    steps = list(process.version.steps.order_by("position"))
    ahead = [step.pk for step in steps if step.position > process.step.position]
    form = StepForm(posted(request), steps=steps, here=process.step_id, wanted=ahead[0] if ahead else None)
    asked = question(
        process, _("Which step comes now?"), _("Go on to this step"), said=_("The case stands at its new step.")
    )
    return ask(
        request,
        form,
        lambda facts: services.go_to_step(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_POST
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_paper(request: HttpRequest, process_id: int) -> HttpResponse:
    """A paper was seen; with `undo`, it was not."""
    process, code = getters.process(request, process_id), request.POST.get("code", "")
    seen = not request.POST.get("undo")
    said = _("It is written that you saw the paper.") if seen else _("It is written that the paper was not seen.")
    return do(
        request,
        lambda: services.see_paper(process=process, code=code, by=request.user, seen=seen),
        said,
        at(process),
    )


@require_POST
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_main(request: HttpRequest, process_id: int, person_id: int) -> HttpResponse:
    """Count this person by this case from now on."""
    process, person = getters.process(request, process_id), getters.person(request, person_id)
    said = _("It is the main case now, and the group follows it.")
    return do(request, lambda: services.make_main(process=process, person=person, by=request.user), said, at(process))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_join(request: HttpRequest, process_id: int) -> HttpResponse:
    """Somebody of the family goes this way too."""
    process = getters.process(request, process_id)
    there = set(process.people.current().values_list("person_id", flat=True))
    family = list(Person.objects.in_family(process.family)) if process.family else []
    people = [person for person in family if person.pk not in there]
    form = OneOfForm(posted(request), people=people, asks=_("Who goes this way too?"), needs_reason=False)
    asked = question(process, _("Somebody joins the case"), _("Into the case"), said=_("They are in the case now."))
    return ask(
        request,
        form,
        lambda facts: services.join_process(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
        nobody=not people,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_leave(request: HttpRequest, process_id: int) -> HttpResponse:
    """Somebody goes another way; the case goes on for the others."""
    process = getters.process(request, process_id)
    rows = process.people.current().select_related("person").order_by("pk")
    form = OneOfForm(
        posted(request), people=[row.person for row in rows], asks=_("Who goes another way?"), needs_reason=True
    )
    asked = question(
        process, _("Somebody leaves the case"), _("Out of the case"), said=_("They are not in the case any more.")
    )
    return ask(
        request,
        form,
        lambda facts: services.leave_process(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_owner(request: HttpRequest, process_id: int) -> HttpResponse:
    """Hand a case on."""
    process = getters.process(request, process_id)
    form = HandOverForm(posted(request), by=request.user, initial={"owner": process.owner_id})
    asked = question(
        process,
        _("Hand the case on"),
        _("Hand it on"),
        lead=_("Open tasks of who was responsible go along."),
        said=_("It is written who goes on with the case."),
    )
    return ask(
        request,
        form,
        lambda facts: services.hand_over(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_plan(request: HttpRequest, process_id: int) -> HttpResponse:
    process = getters.process(request, process_id)
    form = PlanForm(posted(request), initial={"plan": process.plan})
    asked = question(process, _("Plan of the case"), _("Save the plan"), said=_("The plan is saved."))
    return ask(
        request,
        form,
        lambda facts: services.write_plan(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_note(request: HttpRequest, process_id: int) -> HttpResponse:
    process = getters.process(request, process_id)
    form = CaseNoteForm(posted(request), by=request.user)
    asked = question(process, _("Write a note"), _("Write the note"), said=_("The note is written."))
    return ask(
        request,
        form,
        lambda facts: services.write_case_note(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_close(request: HttpRequest, process_id: int) -> HttpResponse:
    """Close a case, and open the one that follows where there is one."""
    process = getters.process(request, process_id)
    tasks = process.tasks.open().ending_with_the_case().count()
    form = CloseForm(posted(request), process=process, by=request.user)
    lead = _("No open task hangs on it.")
    if tasks:
        lead = _("Open tasks that hang on it are dropped: %(count)s.") % {"count": tasks}
    asked = question(
        process, _("Close the case"), _("Close the case"), lead=lead, said=_("The case is closed."), danger=True
    )
    return ask(
        request,
        form,
        lambda facts: services.close_process(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
        go_to=lambda following: at(following or process),
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_reopen(request: HttpRequest, process_id: int) -> HttpResponse:
    process = getters.process(request, process_id)
    form = ReasonForm(posted(request), asks=_("Why is it opened again?"))
    asked = question(process, _("Open the case again"), _("Open it again"), said=_("The case is open again."))
    return ask(
        request,
        form,
        lambda facts: services.reopen_process(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_version(request: HttpRequest, process_id: int) -> HttpResponse:
    """Let a case go by the newest version of its pathway."""
    process = getters.process(request, process_id)
    newest = get_object_or_404(PathwayVersion.objects.in_force(), pathway=process.version.pathway_id)
    form = VersionForm(posted(request), version=newest, process=process)
    asked = question(
        process,
        _("Go by the newest version"),
        _("Go by it"),
        lead=newest.reason,
        said=_("The case goes by the newest version of its pathway."),
    )
    return ask(
        request,
        form,
        lambda facts: services.move_version(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )
