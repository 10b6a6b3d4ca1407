"""Days on which an authority did not work: entered with a source, withdrawn with a reason, and everything counted again."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.clock_engine import engine_of
from cases.models import Authority, Cause, Clock, Closure, ClosureKind
from cases.services import clock_results
from cases.services.clock_results import Moved
from ngo.errors import Refused
from ngo.models import Office, Organisation, Staff

LONGEST = timedelta(days=400)  # In 2020 everything stood still for months; more than that is a slip of the hand.
EARLIEST = date(2015, 1, 1)
AHEAD = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Effect:
    """What a closure, or its withdrawal, does to one clock that runs."""

    clock: Clock
    moved: Moved

    @property
    def days(self) -> int:
        """By how many days the likely date moves; negative where it becomes earlier."""
        return (self.moved.result.likely.last - self.moved.was_likely_on).days


@transaction.atomic
def enter_closure(*, organisation: Organisation, by: Staff, **facts: Any) -> tuple[Closure, int]:
    """Enter a closure, also one of the past, and count everything again that it may move. Returns it and how many moved.

    The same dates of the same place are entered once: the second time gives back the first row.
    """
    closure = checked(organisation=organisation, by=by, **facts)
    clock_results.hold(organisation)
    there = Closure.objects.in_force().filter(
        organisation=organisation, authority=closure.authority, office=closure.office,
        first_day=closure.first_day, last_day=closure.last_day,
    )  # fmt: skip
    if (same := there.first()) is not None:
        return same, 0
    closure.save()
    return closure, _count(closure, Cause.CLOSURE, by)


def checked(*, organisation: Organisation, by: Staff, **facts: Any) -> Closure:
    """The closure as it would be, not saved. Raises Refused, with a sentence for whoever enters it."""
    _check_mine(organisation, by)
    authority: Authority = facts["authority"]
    office: Office | None = facts.get("office")
    first, last = facts["first_day"], facts["last_day"]
    if last < first:
        raise Refused(_("The last day must not be before the first."))
    if last - first > LONGEST:
        raise Refused(_("This is longer than a year. Check the dates, or enter it in parts."))
    if first < EARLIEST or last > timezone.localdate() + AHEAD:
        raise Refused(_("Check the year: closures are entered from 2015 on and for three years ahead."))
    if office is not None and office.kind != authority.office_kind:
        raise Refused(_("%(office)s is not an office of %(authority)s.") % {"office": office, "authority": authority})
    if facts.get("kind", ClosureKind.CLOSED) not in ClosureKind.values:
        raise Refused(_("Choose what it is."))
    source = facts.pop("source", "").strip()
    if not source:
        raise Refused(_("Write the source: the DOF of which day, or who said so and when."))
    return Closure(organisation=organisation, entered_by=by, source=source, **facts)


@transaction.atomic
def withdraw_closure(*, closure: Closure, reason: str, by: Staff) -> tuple[Closure, int]:
    """Take a closure back that was wrong. It stays on the list with the reason; everything is counted again."""
    _check_mine(closure.organisation, by)
    clock_results.hold(closure.organisation)
    closure = Closure.objects.select_for_update(no_key=True, of=("self",)).get(pk=closure.pk)
    if closure.withdrawn_at is not None:
        raise Refused(_("This closure was withdrawn already."))
    if not reason.strip():
        raise Refused(_("Write why it is withdrawn."))
    closure.withdrawn_at, closure.withdrawn_by, closure.withdrawn_because = timezone.now(), by, reason.strip()
    closure.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    return closure, _count(closure, Cause.WITHDRAWAL, by)


def _count(closure: Closure, cause: Cause, by: Staff) -> int:
    return clock_results.count_again(
        organisation=closure.organisation,
        cause=cause,
        by=by,
        closure=closure,
        clocks=clock_results.affected_by(closure),
    )


def _check_mine(organisation: Organisation, by: Staff) -> None:
    if by.organisation is None or by.organisation.pk != organisation.pk:
        raise Refused(_("This belongs to another organisation."))


def effects_of(closure: Closure) -> list[Effect]:
    """Whom a closure would move if it were entered, or, where it is in force, if it were withdrawn; the most moved first.

    Nothing is written. The same number of queries whatever the number of clocks.
    """
    saved = closure.pk is not None
    engine = engine_of(
        closure.organisation_id, with_closure=None if saved else closure, without=closure if saved else None
    )
    clocks = clock_results.affected_by(closure)
    moved = {one.clock_id: one for one in clock_results.moved_clocks(engine, clocks)}
    rows = clocks.filter(pk__in=moved).with_rule()
    return sorted((Effect(row, moved[row.pk]) for row in rows), key=lambda one: (-abs(one.days), one.clock.pk))
