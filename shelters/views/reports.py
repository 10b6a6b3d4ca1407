"""The daily reports: which nights have one, what it says, confirming and correcting it, and taking it out of the house."""

import csv
import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo import audit
from ngo.errors import Refused
from ngo.messaging.email import is_configured
from ngo.permissions import Permission, requires
from shelters import report_pages, report_words
from shelters.forms.reports import CorrectForm, RecipientForm, seal, unseal
from shelters.models import CapacityReport, ReportRecipient, ReportState
from shelters.report_pages import ReportPage
from shelters.services import report_deliveries
from shelters.services import reports as service
from shelters.services.publishing import publishable
from shelters.spreadsheets import harmless
from shelters.views import getters


@require_GET
@requires(Permission.VIEW_REPORTS)
def reports(request: HttpRequest) -> HttpResponse:
    houses = report_pages.houses_with_nights(getters.shelters_of(request).select_related("city"))
    context = {"houses": houses, "sentence": report_pages.sentence_of(houses), "mail_is_configured": is_configured()}
    return render(request, "shelters/reports/list.html", context)


@require_GET
@requires(Permission.VIEW_REPORTS)
def report(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    return _show(request, _page(request, slug, night))


def _page(request: HttpRequest, slug: str, night: date) -> ReportPage:
    """One night of a shelter of ours, in the version that was asked for, else the latest."""
    asked = request.GET.get("version", "")
    version = int(asked) if asked.isdecimal() and len(asked) < 5 else None
    page = report_pages.page_of(getters.shelter(request, slug), night, version=version)
    if page is None:
        raise Http404
    return page


def _with_figures(request: HttpRequest, slug: str, night: date) -> ReportPage:
    page = _page(request, slug, night)
    if page.figures is None:
        raise Http404
    return page


def _show(request: HttpRequest, page: ReportPage, refused: Refused | None = None) -> HttpResponse:
    context = _context(page) | {"refused": refused, "seal": seal(page.figures) if page.is_draft else ""}
    if page.is_draft:
        recipients = ReportRecipient.objects.filter(shelter=page.shelter, removed_at=None)
        context["is_sent"] = is_configured() and recipients.exists()
    if isinstance(refused, service.FiguresMoved) and page.figures is not None:
        context["moved"] = report_words.changed(refused.differences, page.figures, page.figures)
    return render(request, "shelters/reports/report.html", context, status=409 if refused else 200)


def _context(page: ReportPage) -> dict[str, Any]:
    context: dict[str, Any] = {"page": page, "shelter": page.shelter, "figures": page.figures}
    if page.figures is not None:
        context |= {
            "who": report_words.who_table(page.figures),
            "groups": report_words.group_rows(page.figures),
            "kinds": report_words.kind_rows(page.figures),
            "reasons": report_words.reason_rows(page.figures),
            "meals": report_words.meal_rows(page.figures),
        }
    return context


# --- Confirming and correcting ---------------------------------------------------------------------------------------


@require_POST
@requires(Permission.CONFIRM_REPORTS)
def report_confirm(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    page = _page(request, slug, night)
    if page.report is None:
        raise Http404
    try:
        frozen = service.confirm(report=page.report, by=request.user, seen=unseal(request.POST.get("seen", "")))
    except Refused as refused:
        return _show(request, _page(request, slug, night), refused)
    said = (
        _("Confirmed. The report is on its way.")
        if _leaves(frozen)
        else _("Confirmed. It stays here: it is sent to nobody.")
    )
    messages.success(request, said)
    return redirect("shelters:report", slug, night)


def _leaves(report: CapacityReport) -> bool:
    """Whether somebody gets it: it has a recipient, and this machine a mail server."""
    return is_configured() and report.deliveries.exists()


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_REPORTS)
def report_correct(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    page = _page(request, slug, night)
    if page.report is None or page.report.frozen_at is None:
        raise Http404
    form, refused = CorrectForm(getters.posted(request)), None
    if request.method == "POST" and form.is_valid():
        seen = unseal(request.POST.get("seen", ""))
        try:
            if seen is None:
                raise service.FiguresMoved([])
            new = service.correct(report=page.report, by=request.user, reason=form.cleaned_data["reason"], seen=seen)
        except Refused as refusal:
            refused = refusal
        else:
            said = _("Corrected. The new version stays beside the old one, and is sent to nobody.")
            if _leaves(new):
                said = _("Corrected. The new version is on its way, beside the old one.")
            messages.success(request, said)
            return redirect("shelters:report", slug, night)
    correction = service.correction_of(page.report)
    context = {
        "page": page,
        "shelter": page.shelter,
        "form": form,
        "refused": refused,
        "latest": correction.latest,
        "changes": report_words.changed(correction.differences, correction.latest.figures, correction.figures),
        "is_needed": bool(correction.differences) or correction.latest.state == ReportState.UNCONFIRMED,
        "seal": seal(correction.figures),
    }
    return render(request, "shelters/reports/correct.html", context, status=409 if refused else 200)


# --- Taking it out of the house --------------------------------------------------------------------------------------


def _log_export(request: HttpRequest, page: ReportPage, what: str) -> None:
    audit.log_read(request, what=what, subject=page.report or page.shelter)


def _file_name(page: ReportPage, ending: str) -> str:
    return f'attachment; filename="posada-{page.night.isoformat()}.{ending}"'


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_print(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    """The house's own sheet, with small groups in it; it says who printed it and when."""
    page = _with_figures(request, slug, night)
    _log_export(request, page, "report_print")
    return render(request, "shelters/reports/print.html", _context(page))


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_csv(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    """For a spreadsheet: with a mark of its encoding, and no cell that would be taken for a formula."""
    page = _with_figures(request, slug, night)
    _log_export(request, page, "report_csv")
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = _file_name(page, "csv")
    writer = csv.writer(response)
    writer.writerow([_("Part"), _("Figure"), _("Value")])
    head = [("", _("Shelter"), page.shelter.name), ("", _("Night"), night.isoformat())]
    rows = [
        *head,
        ("", _("State"), report_words.state_words(page.report)),
        *report_words.table_rows(page.figures or {}),
    ]
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return response


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_json(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    """For another system: codes and numbers, no words; what is not known is null."""
    page = _with_figures(request, slug, night)
    _log_export(request, page, "report_json")
    said = _as_json(page)
    response = HttpResponse(json.dumps(said, ensure_ascii=False, indent=2), content_type="application/json")
    response["Content-Disposition"] = _file_name(page, "json")
    return response


def _as_json(page: ReportPage) -> dict[str, Any]:
    report: CapacityReport | None = page.report
    confirmed_at = report.confirmed_at.isoformat() if report and report.confirmed_at else None
    return {
        "shelter": page.shelter.name,
        "night": page.night.isoformat(),
        "zone": page.shelter.zone,
        "state": page.state,
        "version": report.version if report else None,
        "counted_at": page.counted_at.isoformat() if page.counted_at else None,
        "confirmed_at": confirmed_at,
        "figures": publishable(page.figures or {}),
    }


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_text(request: HttpRequest, slug: str, night: date) -> HttpResponse:
    """A few lines to paste into a chat."""
    page = _with_figures(request, slug, night)
    _log_export(request, page, "report_text")
    text = report_words.chat_text(page.figures or {}, page.report, page.shelter, night)
    return render(request, "shelters/reports/text.html", {"page": page, "shelter": page.shelter, "text": text})


# --- To whom it is sent ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_REPORTS)
def report_recipients(request: HttpRequest, slug: str) -> HttpResponse:
    shelter = getters.shelter(request, slug)
    form, refused = RecipientForm(getters.posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            report_deliveries.add_recipient(shelter=shelter, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("From the next report on, it is sent to this address too."))
            return redirect("shelters:report_recipients", slug)
    recipients = ReportRecipient.objects.filter(shelter=shelter, removed_at=None)
    context = {"shelter": shelter, "recipients": recipients, "form": form, "refused": refused}
    context["mail_is_configured"] = is_configured()
    return render(request, "shelters/reports/recipients.html", context, status=409 if refused else 200)


@require_POST
@requires(Permission.MANAGE_REPORTS)
def report_recipient_remove(request: HttpRequest, slug: str, recipient_id: int) -> HttpResponse:
    recipient = getters.report_recipient(request, slug, recipient_id)
    report_deliveries.remove_recipient(recipient=recipient, by=request.user)
    messages.success(request, _("Nothing more is sent to this address."))
    return redirect("shelters:report_recipients", slug)
