"""Papers of a family: the list, a new one, one of them, its file, and its removal; and those that end soon."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.forms.documents import DocumentForm, FactsForm, RemoveForm, case_key
from cases.models import Document, DocumentKind, Family, FileKind, Person, Process
from cases.services import documents as services
from cases.views import getters
from ngo import audit
from ngo.errors import Refused
from ngo.permissions import Permission, requires

SOON = timedelta(days=30)
# What kind of paper the papers of the shipped pathways usually are; who writes it may say otherwise.
USUALLY = {
    "passport": DocumentKind.PASSPORT,
    "hearing-notice": DocumentKind.US_APPOINTMENT,
    "confirmation": DocumentKind.US_APPOINTMENT,
    "qr": DocumentKind.COMAR_QR,
    "constancia": DocumentKind.CONSTANCIA,
    "decision": DocumentKind.COMAR_DECISION,
    "resident-card": DocumentKind.RESIDENCE_CARD,
    "curp": DocumentKind.CURP,
}
PAGE = 50


@require_GET
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def documents(request: HttpRequest) -> HttpResponse:
    """Papers that are over or end within thirty days, of every family."""
    today = timezone.localdate()
    rows = (
        Document.objects.visible_to(request.user)
        .expiring(today + SOON)
        .select_related("family", "person", "process__version")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    audit.log_read(request, what="documents", count=len(page.object_list))
    return render(request, "cases/documents/expiring.html", {"page": page, "today": today})


@require_GET
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def family_documents(request: HttpRequest, family_id: int) -> HttpResponse:
    family = getters.family(request, family_id)
    audit.log_read(request, what="documents", subject=family)
    return render(request, "cases/documents/list.html", _list_of(family, request.user))


def _list_of(family: Family, staff: Any) -> dict[str, Any]:
    """The papers that count, those that were replaced, and those that can still be put back."""
    ours = (
        Document.objects.visible_to(staff)
        .filter(family=family)
        .select_related("person", "replaced_by", "added_by", "process__version")
    )
    rows = list(ours)
    kept = [row for row in rows if row.removed_at is None]
    gone = [row for row in rows if row.removed_at is not None and row.has_file]
    return {
        "family": family,
        "current": [row for row in kept if not hasattr(row, "replaced_by")],
        "replaced": [row for row in kept if hasattr(row, "replaced_by")],
        "gone": gone,
        "today": timezone.localdate(),
    }


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def document_new(request: HttpRequest, family_id: int) -> HttpResponse:
    family, refused = getters.family(request, family_id), ""
    ours = Document.objects.visible_to(request.user).kept().filter(family=family, replaced_by=None)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    cases = services.cases_for(family, request.user)
    form = DocumentForm(
        *posted,
        members=Person.objects.in_family(family),
        by=request.user,
        replaceable=ours,
        cases=cases,
        initial=_asked_for(request, cases),
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.add_document(family=family, by=request.user, **form.new())
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The paper is in the file."))
            if request.GET.get("case") and (process := form.facts().process) is not None:
                return redirect("cases:case", process_id=process.pk)
            return redirect("cases:family_documents", family_id=family.pk)
    audit.log_read(request, what="documents", subject=family)
    context = {"form": form, "family": family, "refused": refused}
    return render(request, "cases/documents/new.html", context, status=409 if refused else 200)


def _asked_for(request: HttpRequest, cases: list[Process]) -> dict[str, str]:
    """The case and the paper that the page was opened for (`?case=&paper=`), and the kind of paper that it usually is."""
    process = next((one for one in cases if str(one.pk) == request.GET.get("case")), None)
    if process is None:
        return {}
    code = request.GET.get("paper", "")
    code = code if code in services.papers_asked_for(process) else ""
    return {"case": case_key(process, code), "kind": USUALLY.get(code, "")}


@require_http_methods(["GET", "POST"])
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def document(request: HttpRequest, document_id: int) -> HttpResponse:
    """What is written about one paper; sent, corrects it."""
    row, refused = getters.document(request, document_id), ""
    members = Person.objects.filter(family_memberships__family=row.family).distinct().order_by("pk")
    posted = request.POST if request.method == "POST" else None
    cases = services.cases_for(row.family, request.user)
    form = FactsForm(posted, members=members, by=request.user, document=row, cases=cases)
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_document(document=row, facts=form.facts(), by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("It is corrected. What stood there before stays in the history."))
            return redirect("cases:document", document_id=row.pk)
    audit.log_read(request, what="document", subject=row)
    context = {"row": row, "form": form, "refused": refused, "remove": RemoveForm(), "today": timezone.localdate()}
    return render(request, "cases/documents/page.html", context, status=409 if refused else 200)


@require_GET
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def document_file(request: HttpRequest, document_id: int) -> HttpResponse:
    """The file itself. Each opening is a reading of its own. A photo may be shown by the browser, a PDF is only saved."""
    row = getters.document(request, document_id)
    content = services.content_of(row)
    audit.log_read(request, what="document_file", subject=row)
    return as_file(row, content)


def as_file(row: Document, content: bytes, name: str = "") -> HttpResponse:
    """How a file leaves us: never guessed at, never kept by the browser, never with anything that runs."""
    shown = "attachment" if row.file_kind == FileKind.PDF else "inline"
    headers = {
        "Content-Disposition": f'{shown}; filename="{name or row.download_name}"',
        "Cache-Control": "no-store, private",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type=row.file_kind, headers=headers)


@require_POST
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def document_remove(request: HttpRequest, document_id: int) -> HttpResponse:
    row, form = getters.document(request, document_id), RemoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write why it is removed."))
        return redirect("cases:document", document_id=row.pk)
    services.remove_document(document=row, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("It is removed. For 30 days it can be put back."))
    return redirect("cases:family_documents", family_id=row.family_id)


@require_POST
@requires(Permission.KEEP_DOCUMENTS)
@transaction.atomic
def document_put_back(request: HttpRequest, document_id: int) -> HttpResponse:
    row = getters.document(request, document_id)
    services.put_back(document=row)
    messages.success(request, _("It is in the file again."))
    return redirect("cases:document", document_id=row.pk)
