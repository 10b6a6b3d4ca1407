"""What happened in a case, as rows that are written once."""

from collections.abc import Iterable
from typing import Any

from cases.models import Happening, Person, Process, ProcessChange, Step
from ngo.models import Staff

REASON_AT_MOST = 300


def log(
    process: Process,
    kind: Happening,
    by: Staff | None,
    *,
    person: Person | None = None,
    step: Step | None = None,
    staff: Staff | None = None,
    code: str = "",
    reason: str = "",
) -> ProcessChange:
    """One line of the history of a case, in the caller's transaction."""
    reason = reason.strip()[:REASON_AT_MOST]
    return ProcessChange.objects.create(
        process=process, kind=kind, by=by, person=person, step=step, staff=staff, code=code, reason=reason
    )


def log_many(
    rows: Iterable[tuple[Process, dict[str, Any]]], kind: Happening, by: Staff | None, *, reason: str = ""
) -> None:
    """The same line in the histories of many cases, each with its own facts (`person`, `code`). One statement."""
    reason = reason.strip()[:REASON_AT_MOST]
    ProcessChange.objects.bulk_create(
        ProcessChange(process=process, kind=kind, by=by, reason=reason, **facts) for process, facts in rows
    )
