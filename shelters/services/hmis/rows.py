"""What every check needs: rows by their id, rows that name other rows, and the dates in cells."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from shelters.services.hmis.reading import Findings, Row

LONGEST_ID = 80
OLDEST_YEAR, NEWEST_YEAR = 1900, 9998
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?", re.ASCII)


@dataclass
class Table:
    """The rows of one file by their id: those that count, and those with DateDeleted."""

    live: dict[str, Row]
    deleted: dict[str, Row]


def by_id(rows: Iterable[Row], column: str, findings: Findings) -> Table:
    table = Table({}, {})
    for row in rows:
        ref = row[column]
        if row.is_deleted:
            table.deleted[ref] = row
        elif not ref:
            findings.reject(row, _("%(column)s is empty; the row is skipped.") % {"column": column})
        elif len(ref) > LONGEST_ID:
            sentence = _("%(column)s is longer than %(most)d characters; the row is skipped.")
            findings.reject(row, sentence % {"column": column, "most": LONGEST_ID})
        elif first := table.live.get(ref):
            sentence = _("%(column)s %(ref)s stands already in line %(line)d; this row is skipped.")
            findings.reject(row, sentence % {"column": column, "ref": shown(ref), "line": first.line})
        else:
            table.live[ref] = row
    table.deleted = {ref: row for ref, row in table.deleted.items() if ref not in table.live}
    return table


def refers(row: Row, column: str, there: dict, file: str, findings: Findings) -> bool:
    """Whether the row that this one names is kept. Where it is unknown, deleted or skipped, this row is skipped too."""
    if row[column] in there:
        return True
    sentence = _("%(column)s %(ref)s stands in no row of %(file)s.csv that counts; this row is skipped.")
    findings.reject(row, sentence % {"column": column, "ref": shown(row[column]), "file": file})
    return False


def shown(text: str) -> str:
    """A value of the export inside a sentence: short, on one line, nothing that a terminal obeys."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"“{clean[:40]}”" if clean[:40] else "“”"


def day_in(text: str) -> date | None:
    """The date in a cell, with or without an hour; None where it holds none that can be true."""
    match = DAY.fullmatch(text)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
    return day if day and OLDEST_YEAR <= day.year <= NEWEST_YEAR else None


def past_day(row: Row, column: str, today: date, findings: Findings) -> date | None:
    """The date in a cell that must hold one and that cannot lie ahead; else None, and the row is listed as skipped."""
    day = day_in(row[column])
    if day is None:
        sentence = _("%(column)s %(text)s is not a date; the row is skipped.")
        findings.reject(row, sentence % {"column": column, "text": shown(row[column])})
    elif day > today:
        sentence = _("%(column)s %(text)s has not come yet; the row is skipped.")
        findings.reject(row, sentence % {"column": column, "text": shown(row[column])})
        return None
    return day
