"""Return: its checks, person by person, and the date that follows them."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.processes import ReasonForm
from cases.forms.returns import CheckForm, DateOfReturnForm, KindOfReturnForm, RightsForm
from cases.models import RIGHTS, Check, Process, ReturnPlan
from cases.services import returns as services
from cases.views import getters
from cases.views.asking import Question, ask, do, posted
from cases.views.processes import question
from ngo import audit
from ngo.permissions import Permission, requires


def _plan(process: Process) -> ReturnPlan:
    plan = getattr(process, "return_plan", None)
    if plan is None:
        raise Http404
    return plan


def _at(process: Process) -> str:
    return reverse("cases:case_return", args=[process.pk])


def _question(process: Process, title: str, button: str, **more: str) -> Question:
    """A question about a return: it goes back to the page of its checks."""
    return Question(title, button, _at(process), _("Checks before a return"), **more)  # type: ignore[arg-type]


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_return_new(request: HttpRequest, process_id: int) -> HttpResponse:
    """What kind of return it is; once written, what kind it was instead."""
    process = getters.process(request, process_id)
    plan = getattr(process, "return_plan", None)
    asked = question(
        process,
        _("What kind of return is it?"),
        _("Write it"),
        lead=_("Only a return that they want is arranged here. Everything else is written down, and nothing more."),
        said=_("It is written what kind of return it is."),
    )
    form = KindOfReturnForm(posted(request), is_correction=plan is not None)

    def write(facts: dict) -> ReturnPlan:
        if plan is None:
            return services.open_return(process=process, by=request.user, **facts)
        return services.correct_kind(plan=plan, by=request.user, **facts)

    return ask(request, form, write, asked, what="case", subject=process)


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_return(request: HttpRequest, process_id: int) -> HttpResponse:
    """Every check of every person, and what is missing before a date."""
    process = getters.process(request, process_id)
    plan = _plan(process)
    audit.log_read(request, what="return", subject=process)
    context = {"process": process, "plan": plan, "sheets": services.sheets_of(plan) if plan.is_arranged else []}
    context["missing"] = services.missing_checks(process)
    return render(request, "cases/returns/page.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_return_check(request: HttpRequest, process_id: int, person_id: int, what: str) -> HttpResponse:
    """One answer about one person."""
    process, person = getters.process(request, process_id), getters.person(request, person_id)
    plan = _plan(process)
    if what not in Check.values or what == Check.CLAIM:
        raise Http404
    check = Check(what)
    lead = ""
    if check == Check.FEAR:
        lead = _("Ask alone, in their own language. Why they fear is not written here: the legal team asks.")
    asked = _question(process, str(check.label), _("Write the answer"), lead=lead, said=_("The answer is written."))
    return ask(
        request,
        CheckForm(posted(request), what=check, person=person),
        lambda facts: services.record_check(plan=plan, person=person, by=request.user, **facts),
        asked,
        what="return",
        subject=person,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_return_rights(request: HttpRequest, process_id: int, person_id: int) -> HttpResponse:
    """Which rights of LM 119 somebody knows now, several at once."""
    process, person = getters.process(request, process_id), getters.person(request, person_id)
    plan = _plan(process)
    known = set(plan.checks.filter(person=person, what__in=RIGHTS, answer=True).values_list("what", flat=True))
    form = RightsForm(posted(request), missing=[right for right in RIGHTS if right not in known])
    asked = _question(
        process,
        _("Rights of %(name)s before a return") % {"name": person.called},
        _("They know them"),
        lead=_("Ley de Migración, article 119. Explain each one; tick those that were explained."),
        said=_("It is written what they know."),
    )

    def write(facts: dict) -> None:
        for right in facts["rights"]:
            services.record_check(plan=plan, person=person, what=right, answer=True, by=request.user)

    return ask(request, form, write, asked, what="return", subject=person, nobody=len(known) == len(RIGHTS))


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_return_date(request: HttpRequest, process_id: int) -> HttpResponse:
    """Confirm a date, where every check stands."""
    process = getters.process(request, process_id)
    plan = _plan(process)
    asked = _question(
        process,
        _("Confirm the date of travel"),
        _("Confirm the date"),
        lead=_("They may take their consent back until boarding."),
        said=_("The date is confirmed."),
    )
    return ask(
        request,
        DateOfReturnForm(posted(request)),
        lambda facts: services.confirm_date(plan=plan, by=request.user, **facts),
        asked,
        what="return",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_return_undate(request: HttpRequest, process_id: int) -> HttpResponse:
    """The date does not hold any more."""
    process = getters.process(request, process_id)
    plan = _plan(process)
    asked = _question(process, _("Take the date back"), _("Take it back"), said=_("There is no date any more."))
    return ask(
        request,
        ReasonForm(posted(request), asks=_("Why")),
        lambda facts: services.take_date_back(plan=plan, by=request.user, **facts),
        asked,
        what="return",
        subject=process,
    )


@require_POST
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_return_travelled(request: HttpRequest, process_id: int) -> HttpResponse:
    process = getters.process(request, process_id)
    plan = _plan(process)
    said = _("It is written that they travelled. Ask how they arrived.")
    return do(request, lambda: services.record_travel(plan=plan, by=request.user), said, _at(process))
