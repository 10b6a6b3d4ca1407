"""The A-number of somebody, and turns on lists."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.us_matters import ANumberForm, HeardForm, TurnForm
from cases.services import us_matters as services
from cases.views import getters
from cases.views.asking import ask, posted
from cases.views.processes import question
from ngo import audit
from ngo.permissions import Permission, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_a_number(request: HttpRequest, process_id: int, person_id: int) -> HttpResponse:
    """Write or correct the A-number of somebody."""
    process, person = getters.process(request, process_id), getters.person(request, person_id)
    asked = question(
        process,
        _("A-number of %(name)s") % {"name": person.called},
        _("Save the number"),
        said=_("The A-number is saved. It is kept encrypted."),
    )
    return ask(
        request,
        ANumberForm(posted(request)),
        lambda facts: services.write_a_number(person=person, by=request.user, **facts),
        asked,
        what="a_number",
        subject=person,
    )


@require_POST
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_a_number_show(request: HttpRequest, process_id: int, person_id: int) -> HttpResponse:
    """The whole number, once: showing it is a reading of its own."""
    process, person = getters.process(request, process_id), getters.person(request, person_id)
    number = get_object_or_404(person.alien_numbers.filter(removed_at=None))
    audit.log_read(request, what="a_number", subject=person)
    context = {"process": process, "person": person, "number": number}
    return render(request, "cases/us_matters/number.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_turn_new(request: HttpRequest, process_id: int) -> HttpResponse:
    """They are on a list."""
    process = getters.process(request, process_id)
    asked = question(
        process, _("A turn on a list"), _("Write the turn"), said=_("The turn is written, and when to ask again.")
    )
    return ask(
        request,
        TurnForm(posted(request)),
        lambda facts: services.join_a_list(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_turn(request: HttpRequest, turn_id: int) -> HttpResponse:
    """What was heard about a turn."""
    turn = getters.turn(request, turn_id)
    asked = question(
        turn.process,
        _("How far is the list?"),
        _("Write it"),
        lead=turn.list_name,
        said=_("It is written how the turn stands."),
    )
    return ask(
        request,
        HeardForm(posted(request)),
        lambda facts: services.hear_of_list(turn=turn, by=request.user, **facts),
        asked,
        what="case",
        subject=turn.process,
    )
