"""Intake: from the door to a registered family. Works without JavaScript; a script only saves and copies on the way."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.fields import country_names, language_names
from cases.forms.intake import Intake, StartForm, as_query, rows_of, with_one_more, without_removed
from cases.forms.people import MOST, PREFIX, MemberForm
from cases.models import ChildAlert, Family, IntakeDraft
from cases.services import drafts
from cases.services.contact import NOTICE
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, may, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_IN_FAMILIES)
def intake(request: HttpRequest) -> HttpResponse:
    """How many arrive; and the intakes that this person left unfinished."""
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = drafts.start_intake(by=request.user, fields=form.fields_of_draft())
        return redirect("cases:intake_draft", draft_id=draft.pk)
    mine = IntakeDraft.objects.visible_to(request.user)
    unfinished = [(draft, drafts.people_in(draft)) for draft in mine if draft.saved_at > draft.started_at]
    return render(request, "cases/intake/start.html", {"form": form, "unfinished": unfinished})


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_IN_FAMILIES)
def intake_draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The screen itself. A draft that was registered already leads to its family."""
    family = drafts.family_of_draft(draft_id, request.user)
    if family is not None:
        messages.info(request, _("This family is already registered."))
        return to_the_beds(request, family)
    draft = getters.draft(request, draft_id)
    if request.method == "GET":
        return draft_page(request, draft, Intake(without_removed(as_query(draft.values)), request.user, quiet=True))
    data = without_removed(request.POST)
    changes = {"use": use_file, "unuse": let_go_of_file, "other": is_someone_else, "add": add_person}
    pressed = next((name for name in changes if name in data), None)
    if pressed:
        changes[pressed](data, data.pop(pressed)[0])
    if not keep(request, draft, data) or pressed:
        return draft_page(request, draft, Intake(data, request.user, quiet=True), added=pressed == "add")
    if "later" in data:
        messages.success(request, _("The intake is saved. Only you can go on with it, within seven days."))
        return redirect("cases:intake")
    return register(request, draft, Intake(data, request.user))


def register(request: HttpRequest, draft: IntakeDraft, form: Intake) -> HttpResponse:
    """Register the family, unless something is wrong or there is a question that was not asked yet."""
    form.look_for_known_people()
    if not form.is_valid or form.questions:
        family = drafts.family_of_draft(draft.pk, request.user)  # Sent twice: the first has registered it meanwhile.
        return to_the_beds(request, family) if family else draft_page(request, draft, form)
    try:
        family = drafts.finish_intake(draft_id=draft.pk, by=request.user, **form.facts())
    except Refused as refusal:
        return draft_page(request, draft, form, refused=str(refusal))
    messages.success(request, _("The family is registered: file %(folio)s.") % {"folio": family.folio})
    return to_the_beds(request, family)


def to_the_beds(request: HttpRequest, family: Family) -> HttpResponse:
    """Where the desk goes on: to the alert about a child, to the beds, or to the family's page."""
    alerts = list(ChildAlert.objects.open().filter(family=family)[:20])
    if alerts and may(request.user, Permission.HANDLE_CHILD_ALERTS):
        return redirect("cases:child_alert", pk=alerts[0].pk)
    if alerts:
        warning = ngettext(
            "A child here has no carer. Call the person in charge now: the child-protection office must be told at once.",
            "%(number)s children here have no carer. Call the person in charge now: the child-protection office must be "
            "told at once.",
            len(alerts),
        )
        messages.warning(request, warning % {"number": len(alerts)})
    if may(request.user, Permission.CHECK_IN_GUESTS):
        return redirect("shelters:place_family", family_id=family.pk)
    return redirect("cases:family", family_id=family.pk)


def keep(request: HttpRequest, draft: IntakeDraft, data: QueryDict) -> bool:
    """Save what stands in the form; False, with the reason on the page, where it is too much."""
    buttons = {"csrfmiddlewaretoken", "save", "later"}
    try:
        drafts.save_draft(draft=draft, fields={name: values for name, values in data.lists() if name not in buttons})
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    return True


def draft_page(
    request: HttpRequest, draft: IntakeDraft, form: Intake, *, refused: str = "", added: bool = False
) -> HttpResponse:
    """The screen, with the questions about people whom we may know. To show a file, or to ask about one, is a reading."""
    form.look_for_known_people()
    form.mark_as_asked()
    if added or not any(person.typed_name for person in form.people):
        form.begin_at(rows_of(form.data) - 1 if added else 0)
    shown = sum(len(person.candidates) + (person.known is not None) for person in form.people)
    if shown:
        audit.log_read(request, what="duplicates", count=shown)
    context = {
        "draft": draft,
        "intake": form,
        "form": form.family,
        "formset": form.formset,
        "refused": refused,
        "notice": NOTICE,
        "countries": country_names(),
        "languages": language_names(),
        "is_full": rows_of(form.data) >= MOST,
    }
    return render(request, "cases/intake/draft.html", context)


# --- What a button changes in the fields -----------------------------------------------------------------------------


def add_person(data: QueryDict, _value: str) -> None:
    with_one_more(data)


def use_file(data: QueryDict, value: str) -> None:
    """ "3:15": the person in row 3 is the one whose file has the number 15."""
    place, _, pk = value.partition(":")
    if place.isdigit() and pk.isdigit():
        data[f"{PREFIX}-{place}-person"] = pk


def let_go_of_file(data: QueryDict, place: str) -> None:
    if place.isdigit():
        data[f"{PREFIX}-{place}-person"] = ""


def is_someone_else(data: QueryDict, place: str) -> None:
    if place.isdigit():
        data[f"{PREFIX}-{place}-other"] = data.get(f"{PREFIX}-{place}-asked", "")


# --- Fragments -------------------------------------------------------------------------------------------------------


@require_POST
@requires(Permission.TAKE_IN_FAMILIES)
def intake_autosave(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Keep what is typed so far. Answers one line: when it was saved."""
    draft = getters.draft(request, draft_id)
    fields = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    drafts.save_draft(draft=draft, fields=fields)
    return render(request, "cases/intake/_saved.html", {"saved_at": timezone.localtime(draft.saved_at)})


@require_POST
@requires(Permission.TAKE_IN_FAMILIES)
@transaction.atomic
def intake_duplicates(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Whom one row may already be, while it is typed. `place` says which row."""
    getters.draft(request, draft_id)
    place = request.POST.get("place", "")
    form: Any = MemberForm(request.POST, prefix=f"{PREFIX}-{place if place.isdecimal() else 0}")
    other = form.ids("other")
    form.candidates = [one for one in form.find_candidates(request.user) if one.person.pk not in other]
    if form.candidates:
        audit.log_read(request, what="duplicates", count=len(form.candidates))
    return render(request, "cases/intake/_duplicates.html", {"person": form})


@require_http_methods(["GET", "POST"])
@requires(Permission.TAKE_IN_FAMILIES)
def intake_discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Throw an unfinished intake away: a page of its own, because nothing of it can be brought back."""
    draft = getters.draft(request, draft_id)
    if request.method == "POST":
        drafts.discard_draft(draft=draft)
        messages.success(request, _("The unfinished intake is gone."))
        return redirect("cases:intake")
    return render(request, "cases/intake/discard.html", {"draft": draft, "people": drafts.people_in(draft)})
