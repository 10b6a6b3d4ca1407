"""Show-up rates, on a page and for a spreadsheet: figures, no person."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.walltime import at_clock
from ngo import audit
from ngo.permissions import Permission, requires
from shelters.show_ups import PERIODS, TOLD, Line, Rate, ShowUps, Table, show_ups
from shelters.spreadsheets import harmless
from shelters.views import getters

USUAL = 12  # Months.


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_show_ups(request: HttpRequest) -> HttpResponse:
    """`?months=3|6|12|24`; anything else is a year."""
    found = _figures(request)
    context = {"found": found, "months": _months(request), "periods": PERIODS, "told": TOLD.values()}
    return render(request, "shelters/reports/show_ups.html", context)


@require_GET
@requires(Permission.VIEW_REPORTS)
def report_show_ups_csv(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet: with a mark of its encoding, and no cell that would be taken for a formula."""
    audit.log_read(request, what="show_ups_csv")
    found = _figures(request)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="posada-{found.first}-{found.last}.csv"'
    writer = csv.writer(response)
    counted = [_("Appointments"), _("Attended"), _("Missed"), _("Turned away"), _("Attended, per cent")]
    writer.writerow([_("By"), _("Which"), _("How they were told"), *counted])
    writer.writerows([harmless(cell) for cell in row] for row in _rows(found))
    return response


def _months(request: HttpRequest) -> int:
    asked = request.GET.get("months", "")
    return next((months for months in PERIODS if str(months) == asked), USUAL)


def _figures(request: Any) -> ShowUps:
    """By the date of the house: of the first one, where there are several."""
    zone = next((shelter.zone for shelter in getters.shelters_of(request)[:1]), "UTC")
    today = at_clock(zone, timezone.now()).date()
    return show_ups(request.user, months=_months(request), today=today, language=get_language() or "es")


def _rows(found: ShowUps) -> Iterator[list[Any]]:
    everything = _("Everything")
    yield [everything, "", "", *(_cells(found.total) if found.total else [found.over, "", "", "", ""])]
    parts = [(_("How they were told"), found.by_told), (_("Kind"), found.by_kind), (_("Month"), found.by_month)]
    for part, table in parts:
        for line in table.lines:
            yield [part, line.name, "", *_cells(line.rate)]
            yield from _told_rows(part, line)
        yield from _rest_row(part, table)


def _told_rows(part: str, line: Line) -> Iterator[list[Any]]:
    for words, rate in zip(TOLD.values(), line.told, strict=False):
        if rate:
            yield [part, line.name, str(words), *_cells(rate)]


def _rest_row(part: str, table: Table) -> Iterator[list[Any]]:
    if table.rest:
        yield [part, _("The others together, each of few"), "", *_cells(table.rest)]


def _cells(rate: Rate) -> list[Any]:
    missed = "" if rate.missed is None else rate.missed
    away = "" if rate.turned_away is None else rate.turned_away
    return [rate.over, rate.attended, missed, away, rate.share if rate.over else ""]
