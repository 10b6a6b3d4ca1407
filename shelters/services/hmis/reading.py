"""The files of an export: opened, decoded and cut into rows. A fault of a file refuses the whole export."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from ngo.errors import Refused

YEAR = "2026"  # The version of the standard that we read: CSVVersion "2026 v1.0" and its later revisions.
COLUMNS = {
    "Export": ("CSVVersion",),
    "Project": ("ProjectID", "ProjectName", "OperatingEndDate", "ProjectType", "DateDeleted"),
    "Inventory": (
        *("InventoryID", "ProjectID", "HouseholdType", "Availability", "BedInventory"),
        *("InventoryStartDate", "InventoryEndDate", "DateDeleted"),
    ),
    "Client": (
        *("PersonalID", "FirstName", "MiddleName", "LastName", "NameSuffix"),
        *("DOB", "DOBDataQuality", "Sex", "DateDeleted"),
    ),
    "Enrollment": (
        *("EnrollmentID", "PersonalID", "ProjectID", "EntryDate", "HouseholdID", "RelationshipToHoH"),
        "DateDeleted",
    ),
    "Exit": ("ExitID", "EnrollmentID", "PersonalID", "ExitDate", "Destination", "OtherDestination", "DateDeleted"),
    "Services": (
        *("ServicesID", "EnrollmentID", "PersonalID", "DateProvided", "RecordType", "TypeProvided"),
        "DateDeleted",
    ),
}


@dataclass(frozen=True)
class Row:
    """One row with the place that it stands at: the line on which it begins."""

    file: str
    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    @property
    def is_deleted(self) -> bool:
        return bool(self["DateDeleted"])


@dataclass(frozen=True)
class Finding:
    """Something about one row that a person should know. Ids and dates only, never a name."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}.csv:{self.line}: {self.sentence}"


@dataclass
class Findings:
    """What was found: rows kept although they contradict, and rows that could not be kept."""

    contradictions: list[Finding] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)

    def keep(self, row: Row, sentence: str) -> None:
        self.contradictions.append(Finding(row.file, row.line, sentence))

    def reject(self, row: Row, sentence: str) -> None:
        self.rejected.append(Finding(row.file, row.line, sentence))


def read_export(folder: Path, findings: Findings) -> dict[str, list[Row]]:
    """The rows of every file that we need, by file. Rows of a wrong length are listed and left out.

    Raises Refused for a missing file, an encoding other than UTF-8, a broken file, a missing column or another version.
    """
    paths = _paths(folder)
    tables = {name: _read(name, paths[name], findings) for name in COLUMNS}
    _check_version(tables["Export"])
    return tables


def _paths(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise Refused(
            _("%(folder)s is not a folder. Unpack the export and give the folder with its CSV files.")
            % {"folder": folder}
        )
    try:
        found = {path.name.lower(): path for path in folder.iterdir()}
    except OSError as error:
        raise Refused(_("%(folder)s cannot be opened: %(why)s.") % {"folder": folder, "why": error.strerror}) from error
    missing = [f"{name}.csv" for name in COLUMNS if f"{name}.csv".lower() not in found]
    if missing:
        raise Refused(_("The export lacks %(files)s. Nothing was stored.") % {"files": ", ".join(missing)})
    return {name: found[f"{name}.csv".lower()] for name in COLUMNS}


def _read(name: str, path: Path, findings: Findings) -> list[Row]:
    lines = _lines(name, _text(name, path))
    heading = next(lines, (1, []))[1]
    columns = [column.strip() for column in heading]
    _check_columns(name, columns)
    rows = []
    for line, cells in lines:
        if len(cells) == len(columns):
            tidy = [" ".join(cell.split()) for cell in cells]
            rows.append(Row(name, line, dict(zip(columns, tidy, strict=True))))
        elif cells:
            sentence = _("Cells in the row: %(cells)d, in the heading: %(columns)d; the row is skipped.")
            findings.reject(Row(name, line, {}), sentence % {"cells": len(cells), "columns": len(columns)})
    return rows


def _text(name: str, path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(_("%(file)s.csv cannot be read: %(why)s.") % {"file": name, "why": error.strerror}) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        sentence = _("%(file)s.csv is not UTF-8 (line %(line)d). Export it as UTF-8. Nothing was stored.")
        raise Refused(sentence % {"file": name, "line": line}) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        sentence = _("%(file)s.csv is damaged: it holds a NUL byte (line %(line)d). Nothing was stored.")
        raise Refused(sentence % {"file": name, "line": line})
    return text


def _lines(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row of a CSV text with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    try:
        for cells in reader:
            yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        sentence = _("%(file)s.csv is damaged from line %(line)d on (%(why)s). Nothing was stored.")
        raise Refused(sentence % {"file": name, "line": begin, "why": error}) from error


def _check_columns(name: str, columns: list[str]) -> None:
    missing = [column for column in COLUMNS[name] if column not in columns]
    if missing:
        sentence = _("%(file)s.csv lacks columns: %(columns)s. Nothing was stored.")
        raise Refused(sentence % {"file": name, "columns": ", ".join(missing)})
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        sentence = _("%(file)s.csv has columns twice: %(columns)s. Nothing was stored.")
        raise Refused(sentence % {"file": name, "columns": ", ".join(twice)})


def _check_version(exports: list[Row]) -> None:
    if not exports:
        raise Refused(_("Export.csv has no row: the version of the export is not known. Nothing was stored."))
    for row in exports:
        if not re.match(rf"(FY)?{YEAR}\b", row["CSVVersion"]):
            sentence = _("The export has the version “%(version)s”; this program reads %(year)s. Nothing was stored.")
            raise Refused(sentence % {"version": row["CSVVersion"][:40], "year": YEAR})
