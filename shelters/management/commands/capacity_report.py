"""`manage.py capacity_report --night 2026-11-22`: the figures of every shelter on one night, for people and for machines."""

import csv
import io
import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ngo.errors import Refused
from ngo.models import Organisation
from shelters.models import CapacityReport, Shelter
from shelters.report_words import STATES
from shelters.services import capacity, reports
from shelters.services.capacity import ShelterFigures
from shelters.spreadsheets import harmless

KNOWN_ANYWAY = {"shelter", "night"}
FIRST_NIGHT = date(1900, 1, 1)
# The fields of the report, in order, with the heading of each in the table.
HEADINGS = {
    "shelter": _("Shelter"),
    "night": _("Night"),
    "state": _("State"),
    "nominal": _("Places"),
    "out_of_service": _("Out of service"),
    "held": _("Held"),
    "surge": _("Surge places"),
    "occupied": _("Occupied"),
    "occupied_surge": _("On surge places"),
    "free": _("Free"),
    "over": _("Over"),
    "arrivals": _("Arrivals"),
    "departures": _("Departures"),
    "turned_away": _("Turned away"),
    "confirmed_at": _("Confirmed at"),
    "confirmed_by": _("Confirmed by"),
}


class Command(BaseCommand):
    help = (
        "Print the capacity figures of one night, one line per shelter: of a frozen report what it says, else live. "
        "Unknown figures are null or empty, never zero."
    )

    def add_arguments(self, parser):
        parser.add_argument("--night", help="the evening's date, like 2026-11-22; without it, each shelter's tonight")
        parser.add_argument("--organisation", metavar="SLUG", help="only the shelters of this organisation")
        parser.add_argument("--shelter", metavar="SLUG", help="only this shelter")
        parser.add_argument("--format", choices=["json", "csv", "text"], default="text")

    def handle(self, *args, **options):
        night = the_night(options["night"])
        shelters = the_shelters(options["organisation"], options["shelter"])
        try:
            rows = rows_of(shelters, night)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(FORMATS[options["format"]](rows), ending="")


def rows_of(shelters: list[Shelter], night: date | None) -> list[dict[str, Any]]:
    """A row per shelter: what its report says, live figures where none is due, nothing but the state where one is missing."""
    now = timezone.now()
    live = capacity.figures(shelters, night, now)
    latest = reports.latest_of([(row.shelter, row.night) for row in live])
    missing = reports.without_report([(row.shelter, row.night) for row in live], now)
    return [
        row_of(row, latest.get((row.shelter.pk, row.night)), (row.shelter.pk, row.night) in missing) for row in live
    ]


def row_of(live: ShelterFigures, report: CapacityReport | None, is_missing: bool) -> dict[str, Any]:
    row = live.as_row()
    if is_missing:
        return {name: row[name] if name in KNOWN_ANYWAY else None for name in row} | {"state": "no_report"}
    if report is None:
        return row
    if report.frozen_at is None:
        return row | {"state": report.state}
    frozen = {name: value for name, value in report.figures.items() if name in row}
    return (
        row
        | frozen
        | {
            "state": "corrected" if report.version > 1 else report.state,
            "confirmed_at": report.confirmed_at.isoformat() if report.confirmed_at else None,
            "confirmed_by": str(report.confirmed_by) if report.confirmed_by else None,
        }
    )


def the_night(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        night = date.fromisoformat(text)
    except ValueError:
        night = None
    if night is None or night < FIRST_NIGHT:
        raise CommandError(gettext("“%(text)s” is not a date of a night. Write it like 2026-11-22.") % {"text": text})
    return night


def the_shelters(organisation: str | None, shelter: str | None) -> list[Shelter]:
    shelters = Shelter.objects.order_by("organisation__slug", "slug")
    if organisation is not None:
        if not Organisation.objects.filter(slug=organisation).exists():
            raise CommandError(gettext("There is no organisation “%(slug)s” here.") % {"slug": organisation})
        shelters = shelters.filter(organisation__slug=organisation)
    if shelter is not None:
        shelters = shelters.filter(slug=shelter)
        if not shelters:
            raise CommandError(gettext("There is no shelter “%(slug)s” here.") % {"slug": shelter})
    return list(shelters)


def as_json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def as_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(HEADINGS))
    writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def as_text(rows: list[dict[str, Any]]) -> str:
    """A table with a line per shelter; what is unknown is a question mark."""
    if not rows:
        return gettext("There is no shelter yet.") + "\n"
    table = [
        [str(heading) for heading in HEADINGS.values()],
        *([cell(name, row[name]) for name in HEADINGS] for row in rows),
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "".join(aligned(line, widths) + "\n" for line in table)


def cell(name: str, value: Any) -> str:
    if value is None:
        return "?"
    if name == "over" and value:
        return f"+{value}"
    words = " ".join(str(STATES.get(value, value) if name == "state" else value).split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def aligned(line: list[str], widths: list[int]) -> str:
    """Words to the left, figures to the right."""
    words = 3  # Shelter, night, state.
    cells = [text.ljust(width) for text, width in zip(line[:words], widths[:words], strict=True)]
    cells += [text.rjust(width) for text, width in zip(line[words:], widths[words:], strict=True)]
    return "  ".join(cells).rstrip()


FORMATS = {"json": as_json, "csv": as_csv, "text": as_text}
