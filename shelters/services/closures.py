"""What the closing of a space does to the nights of its beds, also of those that come into it later."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone
from psycopg.types.range import DateRange

from ngo.models import Staff
from shelters.models import BedBlock, BedPeriod, ClosureKind, Space, SpaceClosure

Gap = tuple[date, date | None]


def take_along(space: Space, beds: Iterable[int], first: date, by: Staff | None) -> None:
    """Beds that are in a space from a night on go out of service with it on the nights for which it is to close."""
    closings = SpaceClosure.objects.filter(space=space, nights__overlap=DateRange(first, None)).order_by("nights")
    for closure in closings:
        close_beds(closure, BedPeriod.objects.filter(bed__in=list(beds), space=space), by)


def close_beds(closure: SpaceClosure, periods: Any, by: Staff | None) -> None:
    """Take beds out of the capacity, or out of service, for the nights of a closure."""
    found = list(periods.filter(nights__overlap=closure.nights).order_by("pk"))
    if closure.kind == ClosureKind.MOTHBALLED:
        withdraw(closure, found, by)
    else:
        block(closure, found, by)


def withdraw(closure: SpaceClosure, periods: Iterable[BedPeriod], by: Staff | None) -> None:
    """End the periods before the first night, and go on with them after the last where one is known."""
    first, until = closure.nights.lower, closure.nights.upper
    for period in periods:
        bed_id, begins, ends = period.bed_id, max(first, period.nights.lower or first), period.nights.upper
        closure.withdrew.append([bed_id, begins.isoformat(), ends.isoformat() if ends else None])
        cut(period, begins)
        if until is not None and (ends is None or ends > until):
            nights = DateRange(until, ends)
            BedPeriod.objects.create(
                bed_id=bed_id, space_id=closure.space_id, nights=nights, set_by=by, set_at=timezone.now()
            )
    closure.save(update_fields=["withdrew"])


def block(closure: SpaceClosure, periods: Iterable[BedPeriod], by: Staff | None) -> None:
    """Put every bed out of service for the nights on which it is not already."""
    words = str(ClosureKind(closure.kind).label)
    reason = f"{words}: {closure.reason}"[:200] if closure.reason else words
    beds = {period.bed_id for period in periods}
    own: dict[int, list[DateRange]] = {bed_id: [] for bed_id in beds}
    for row in BedBlock.objects.filter(bed__in=beds, nights__overlap=closure.nights).order_by("nights"):
        own[row.bed_id].append(row.nights)
    BedBlock.objects.bulk_create(
        BedBlock(bed_id=bed_id, nights=DateRange(*gap), reason=reason, closure=closure, set_by=by)
        for bed_id in sorted(beds)
        for gap in gaps(closure.nights, own[bed_id])
    )


def gaps(span: DateRange, taken: Iterable[DateRange]) -> list[Gap]:
    """The nights of a span that none of these ranges has, in order."""
    found: list[Gap] = []
    start: date | None = span.lower
    for one in sorted(taken, key=lambda one: one.lower or date.min):
        if start is None:
            break
        if one.lower is not None and one.lower > start:
            found.append((start, one.lower))
        start = None if one.upper is None else max(start, one.upper)
    if start is not None and (span.upper is None or start < span.upper):
        found.append((start, span.upper))
    return found


def cut(row: BedPeriod | BedBlock | SpaceClosure, first: date) -> None:
    """End a row of nights before a night; a row that only begins then was never true and goes."""
    lower = row.nights.lower
    if lower is not None and lower >= first:
        row.delete()
        return
    row.nights = DateRange(lower, first)
    row.save(update_fields=["nights"])


def leave(space: Space, bed_id: int, first: date, by: Staff | None) -> None:
    """A bed that is carried out of a space from a night on is not out of the capacity with it."""
    closings = SpaceClosure.objects.filter(space=space, nights__overlap=DateRange(first, None))
    for closure in closings.filter(kind=ClosureKind.MOTHBALLED):
        bring_back(closure, first, by, [bed_id])
        if any(row[0] == bed_id for row in closure.withdrew):
            closure.withdrew = [row for row in closure.withdrew if row[0] != bed_id]
            closure.save(update_fields=["withdrew"])


def bring_back(closure: SpaceClosure, first: date, by: Staff | None, beds: Iterable[int]) -> None:
    """Those of some beds that the closure took out of the capacity are in it again, in its space, from a night on."""
    here = set(beds)
    for bed_id, began, ended in closure.withdrew:
        begins = max(first, date.fromisoformat(began))
        ends = min((one for one in (ended and date.fromisoformat(ended), closure.nights.upper) if one), default=None)
        nights = DateRange(begins, ends)
        if bed_id not in here or (ends and ends <= begins):
            continue
        for gap in gaps(nights, [row.nights for row in BedPeriod.objects.filter(bed=bed_id, nights__overlap=nights)]):
            BedPeriod.objects.create(
                bed_id=bed_id,
                space_id=closure.space_id,
                nights=DateRange(*gap),
                set_by=by,
                set_at=timezone.now(),
            )
