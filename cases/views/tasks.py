"""Tasks: what has to be done, by when, by whom."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.processes import ChangeTaskForm, DoneForm, ReasonForm, TaskForm
from cases.forms.warnings import WarningDaysForm
from cases.models import Task
from cases.process_file import tasks_for
from cases.services import tasks as services
from cases.services.misses import kind_of_task
from cases.services.warnings import set_warning_days, warning_days
from cases.views import getters
from cases.views.asking import Question, ask, do, posted
from ngo import audit
from ngo.permissions import Permission, requires

PAGE = 50


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_tasks(request: HttpRequest) -> HttpResponse:
    """Every open task: mine and my role's, or everybody's; the urgent first, then by day."""
    whose = "all" if request.GET.get("whose") == "all" else "mine"
    page = Paginator(tasks_for(request.user, whose=whose), PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="tasks", count=len(page.object_list))
    context = {"page": page, "whose": whose, "today": timezone.localdate()}
    return render(request, "cases/processes/tasks.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_PATHWAYS)
@transaction.atomic
def case_task_days(request: HttpRequest) -> HttpResponse:
    """How many days before a limit of law, or the end of a paper, a task is made."""
    house = request.user.organisation
    form = WarningDaysForm(posted(request), said=warning_days(house))
    if request.method == "POST" and form.is_valid():
        set_warning_days(organisation=house, by=request.user, **form.cleaned_data)
        messages.success(request, _("It is kept. Tasks that were made before stay."))
        return redirect("cases:case_tasks")
    return render(request, "cases/processes/task_days.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_task_new(request: HttpRequest, process_id: int) -> HttpResponse:
    process = getters.process(request, process_id)
    rows = process.people.current().select_related("person").order_by("pk")
    form = TaskForm(posted(request), by=request.user, people=[row.person for row in rows])
    back = reverse("cases:case", args=[process.pk])
    asked = Question(_("New task"), _("Write the task"), back, process.version.name, said=_("The task is written."))
    return ask(
        request,
        form,
        lambda facts: services.add_task(organisation=process.organisation, process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


def _back(task: Task) -> str:
    return reverse("cases:case", args=[task.process_id]) if task.process_id else reverse("cases:case_tasks")


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task: write that it is done."""
    task = getters.task(request, task_id)
    form = DoneForm(posted(request))
    asked = Question(task.words, _("It is done"), _back(task), _("Back"), said=_("It is written that it is done."))
    return ask(
        request,
        form,
        lambda facts: services.finish_task(task=task, by=request.user, **facts),
        asked,
        what="task",
        subject=task,
        template="cases/processes/task.html",
        task=task,
        kind=kind_of_task(task),
        today=timezone.localdate(),
    )


@require_POST
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_task_reopen(request: HttpRequest, task_id: int) -> HttpResponse:
    task = getters.task(request, task_id)
    said = _("The task is open again.")
    return do(request, lambda: services.reopen_task(task=task, by=request.user), said, _back(task))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_task_change(request: HttpRequest, task_id: int) -> HttpResponse:
    """Another day, or another person."""
    task = getters.task(request, task_id)
    form = ChangeTaskForm(posted(request), by=request.user, task=task)
    back = reverse("cases:case_task", args=[task.pk])
    asked = Question(
        _("Another day or another person"), _("Change the task"), back, task.words, said=_("The task is changed.")
    )
    return ask(
        request,
        form,
        lambda facts: services.change_task(task=task, by=request.user, **facts),
        asked,
        what="task",
        subject=task,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_task_drop(request: HttpRequest, task_id: int) -> HttpResponse:
    task = getters.task(request, task_id)
    form = ReasonForm(posted(request), asks=_("Why is it not needed?"))
    asked = Question(
        _("Drop the task"), _("Drop it"), _back(task), task.words, said=_("The task is dropped."), danger=True
    )
    return ask(
        request,
        form,
        lambda facts: services.drop_task(task=task, by=request.user, **facts),
        asked,
        what="task",
        subject=task,
    )
