"""Protection in Mexico: the claim of a case, sign-ins, papers; and who stands without a paper."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.forms.processes import ReasonForm
from cases.forms.protection import ClaimStateForm, DutyForm, EntryForm, ExceptionForm, PermitForm, SignInForm
from cases.models import Claim, Process, ProcessPerson
from cases.protection_list import protection_list
from cases.services import protection as services
from cases.services.sign_in_days import closed_days
from cases.views import getters
from cases.views.asking import ask, posted
from cases.views.processes import at, question
from ngo import audit
from ngo.permissions import Permission, requires
from ngo.templatetags.posada import full_date


@require_GET
@requires(Permission.VIEW_CASES)
@transaction.atomic
def case_protection(request: HttpRequest) -> HttpResponse:
    """Who holds no paper that protects them, who signs this week or did not, and whose papers end soon."""
    page = protection_list(request.user, timezone.localdate())
    audit.log_read(request, what="protection", count=page.people)
    return render(request, "cases/protection/list.html", {"page": page})


def _claim(process: Process) -> Claim:
    claim = getattr(process, "claim", None)
    if claim is None:
        raise Http404
    return claim


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_claim_new(request: HttpRequest, process_id: int) -> HttpResponse:
    """Begin to follow a claim."""
    process = getters.process(request, process_id)
    asked = question(
        process,
        _("The claim for protection"),
        _("Follow the claim"),
        lead=_("From now on nobody contacts their consulate, unless they ask for it in writing."),
        said=_("The claim is followed from now on."),
    )
    return ask(
        request,
        EntryForm(posted(request)),
        lambda facts: services.open_claim(process=process, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_claim(request: HttpRequest, process_id: int) -> HttpResponse:
    """Where the claim stands now."""
    process = getters.process(request, process_id)
    claim = _claim(process)
    asked = question(
        process,
        _("Where does the claim stand?"),
        _("Write it"),
        lead=_("Until now: %(state)s.") % {"state": claim.get_state_display()},
        said=_("It is written where the claim stands."),
    )
    return ask(
        request,
        ClaimStateForm(posted(request), claim=claim, by=request.user),
        lambda facts: services.change_claim(claim=claim, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_claim_entry(request: HttpRequest, process_id: int) -> HttpResponse:
    """The day of entry was another."""
    process = getters.process(request, process_id)
    claim = _claim(process)
    given = {"entered_on": claim.entered_on, "is_estimated": claim.entry_is_estimated}
    asked = question(process, _("Correct the day of entry"), _("Correct it"), said=_("The day of entry is corrected."))
    return ask(
        request,
        EntryForm(posted(request), initial=given, is_correction=True),
        lambda facts: services.correct_entry(claim=claim, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_claim_consulate(request: HttpRequest, process_id: int) -> HttpResponse:
    """Lift the flag that keeps the consulate from being told, or set it again."""
    process = getters.process(request, process_id)
    claim = _claim(process)
    lifts = claim.consulate_is_silent
    asked = question(
        process,
        _("May their consulate be contacted?") if lifts else _("The consulate is not to be told"),
        _("They asked for it") if lifts else _("Set the flag again"),
        lead=_("By law nobody tells it without their express consent (LRPCAP 21)."),
        said=_("It is written."),
        danger=lifts,
    )
    form = ReasonForm(
        posted(request),
        asks=_("Where their request in writing is kept, and who advised them") if lifts else _("Reason"),
        required=lifts,
        stands=lifts,
    )
    return ask(
        request,
        form,
        lambda facts: services.set_consulate_flag(
            claim=claim, is_silent=not form.stood(lifts), by=request.user, **facts
        ),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_claim_move(request: HttpRequest, process_id: int) -> HttpResponse:
    """Whether they hold written leave to move to another state."""
    process = getters.process(request, process_id)
    claim = _claim(process)
    gives = not claim.may_leave_the_state
    asked = question(
        process,
        _("Written leave to move to another state") if gives else _("The leave to move does not hold any more"),
        _("They hold it") if gives else _("It does not hold"),
        said=_("It is written."),
    )
    form = ReasonForm(
        posted(request),
        asks=_("Number or day of the leave") if gives else _("Reason"),
        required=gives,
        stands=not gives,
    )
    return ask(
        request,
        form,
        lambda facts: services.set_leave_to_move(
            claim=claim, may_leave=not form.stood(not gives), by=request.user, **facts
        ),
        asked,
        what="case",
        subject=process,
    )


# --- Sign-ins ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_sign_ins(request: HttpRequest, process_id: int) -> HttpResponse:
    """How often somebody signs, and when next."""
    process = getters.process(request, process_id)
    claim = _claim(process)
    rows = process.people.current().select_related("person").order_by("pk")
    form = DutyForm(posted(request), by=request.user, people=[row.person for row in rows])
    asked = question(
        process,
        _("Who signs, and how often?"),
        _("Write it"),
        lead=_("What the paper of each person says: it differs from person to person."),
        said=_("The next sign-in is written."),
    )
    return ask(
        request,
        form,
        lambda facts: services.begin_sign_ins(claim=claim, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_sign_in(request: HttpRequest, duty_id: int) -> HttpResponse:
    """What became of the sign-in that is due."""
    duty = getters.duty(request, duty_id)
    process = duty.claim.process
    asked = question(
        process,
        _("Did they sign?"),
        _("Write it"),
        lead=_("%(name)s, due on %(day)s.") % {"name": duty.person.full_name, "day": duty.next_on.isoformat()},
        said=_("It is written. The next sign-in stands in the case."),
    )
    return ask(
        request,
        SignInForm(posted(request), duty=duty),
        lambda facts: services.record_sign_in(duty=duty, by=request.user, is_closed=closed_days(duty), **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_sign_in_except(request: HttpRequest, duty_id: int) -> HttpResponse:
    """The office said before that the next one is on another day, or falls away."""
    duty = getters.duty(request, duty_id)
    process = duty.claim.process
    asked = question(
        process,
        _("Another day, or none"),
        _("Write it"),
        lead=_("%(name)s, due on %(day)s. The rhythm stays as it is.")
        % {"name": duty.person.full_name, "day": full_date(duty.next_on)},
        said=_("It is written. The next sign-in stands in the case."),
    )
    return ask(
        request,
        ExceptionForm(posted(request), duty=duty),
        lambda facts: services.except_sign_in(duty=duty, by=request.user, is_closed=closed_days(duty), **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_sign_in_correct(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    """What was written of a sign-in was not so."""
    row = getters.sign_in(request, sign_in_id)
    process = row.duty.claim.process
    asked = question(process, _("Correct the sign-in"), _("Correct it"), said=_("It is corrected. Both stay."))
    form = SignInForm(
        posted(request),
        duty=row.duty,
        is_correction=True,
        initial={"result": row.result, "on": row.on, "proof": row.proof},
    )
    return ask(
        request,
        form,
        lambda facts: services.correct_sign_in(sign_in=row, by=request.user, **facts),
        asked,
        what="case",
        subject=process,
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_CASES)
@transaction.atomic
def case_permit(request: HttpRequest, person_id: int) -> HttpResponse:
    """What is known of a paper of somebody."""
    person = getters.person(request, person_id)
    row = ProcessPerson.objects.current().filter(person=person).select_related("process__version").order_by("-is_main")
    mine = row.first()
    if mine is None:
        raise Http404
    asked = question(
        mine.process, _("Papers of %(name)s") % {"name": person.called}, _("Write it"), said=_("The paper is written.")
    )
    given = {"kind": request.GET.get("kind", "")}
    return ask(
        request,
        PermitForm(posted(request), initial=given),
        lambda facts: services.write_permit(person=person, by=request.user, **facts),
        asked,
        what="case",
        subject=person,
        go_to=lambda _permit: at(mine.process),
    )
