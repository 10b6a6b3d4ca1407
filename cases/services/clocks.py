"""Clocks of people and families: when one begins, when it ends, what moved it, and who was told."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.clock_engine import engine_of
from cases.daycount import OutOfRange, Result
from cases.models import Authority, Cause, Clock, ClockResult, ClockRule, ClockState, Closure, Family, Person, Process
from cases.services import clock_results
from cases.services.clock_results import Moved
from ngo.errors import Refused
from ngo.models import Office, Organisation, Staff


def rule_in_force(organisation: Organisation, code: str) -> ClockRule:
    """The version of a rule that holds for an organisation today. Raises ClockRule.DoesNotExist for a code that is not there."""
    return ClockRule.objects.of(organisation.pk).in_force().get(code=code)


@transaction.atomic
def start_clock(
    *,
    family: Family,
    rule: ClockRule | str,
    event_on: date,
    by: Staff,
    person: Person | None = None,
    process: Process | None = None,
    office: Office | None = None,
    after_hours: bool = False,
    event_note: str = "",
) -> Clock:
    """Begin a clock for one person, or for the whole family, with the version of the rule that holds today.

    `rule` is a row or a code such as "mx-claim", `process` the case that it belongs to. The same rule runs once for the same
    person from the same day: the second call gives back the first clock.
    """
    organisation = family.organisation
    _check_mine(organisation, by)
    clock_results.hold(organisation)
    if isinstance(rule, str):
        rule = rule_in_force(organisation, rule)
    elif rule.organisation_id not in {None, organisation.pk} or rule.replaced_at is not None:
        raise Refused(_("This version of the rule is not in force. Choose the rule again."))
    if person is not None and not person.family_memberships.filter(family=family).exists():
        raise Refused(_("This person is not of this family."))
    if process is not None and process.organisation_id != organisation.pk:
        raise Refused(_("This belongs to another organisation."))
    _check_event(event_on)
    same = Clock.objects.running().filter(family=family, person=person, rule__code=rule.code, event_on=event_on)
    if (there := same.first()) is not None:
        return there
    result = _counted(organisation, rule, event_on, office, after_hours)
    clock = Clock.objects.create(
        organisation=organisation,
        family=family,
        person=person,
        process=process,
        rule=rule,
        office=office,
        event_on=event_on,
        after_hours=after_hours,
        event_note=event_note.strip(),
        safe_on=result.safe.last,
        likely_on=result.likely.last,
        started_by=by,
    )
    ClockResult.objects.create(
        clock=clock, cause=Cause.STARTED, by=by, event_on=event_on, safe_on=clock.safe_on, likely_on=clock.likely_on,
        left_out=clock_results.left_out(result.likely),
    )  # fmt: skip
    return clock


def _counted(
    organisation: Organisation, rule: ClockRule, event_on: date, office: Office | None, after_hours: bool
) -> Result:
    try:
        engine = engine_of(organisation.pk)
        return engine.result(rule, event_on, office.pk if office else None, after_hours=after_hours)
    except OutOfRange as error:
        raise Refused(_("Check the year of the event.")) from error


def _check_event(event_on: date) -> None:
    if event_on > timezone.localdate():
        raise Refused(_("The day of the event cannot be in the future."))


def _check_mine(organisation: Organisation, by: Staff) -> None:
    if by.organisation is None or by.organisation.pk != organisation.pk:
        raise Refused(_("This belongs to another organisation."))


def _held(clock: Clock, by: Staff) -> Clock:
    """The clock as it is now, held until the transaction ends; after the organisation, as everywhere here."""
    _check_mine(clock.organisation, by)
    clock_results.hold(clock.organisation)
    rows = Clock.objects.select_related("rule", "organisation", "office")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=clock.pk)


@transaction.atomic
def close_clock(*, clock: Clock, outcome: str, on: date, by: Staff, note: str = "") -> Clock:
    """Say how it ended: done, the time passed, or not needed any more. It stays in the file."""
    clock = _held(clock, by)
    if clock.state != ClockState.RUNNING:
        raise Refused(_("This clock has ended already."))
    if outcome not in {ClockState.MET, ClockState.PASSED, ClockState.STOPPED}:
        raise Refused(_("Choose how it ended."))
    if not clock.event_on <= on <= timezone.localdate():
        raise Refused(_("The day lies between the event and today."))
    if outcome == ClockState.PASSED and on <= clock.likely_on:
        raise Refused(_("By one of the counts there is still time. See a lawyer before you write that it passed."))
    clock.state, clock.closed_on, clock.closed_at, clock.closed_by = ClockState(outcome), on, timezone.now(), by
    clock.closing_note = note.strip()
    clock.save(update_fields=["state", "closed_on", "closed_at", "closed_by", "closing_note"])
    return clock


@transaction.atomic
def reopen_clock(*, clock: Clock, by: Staff) -> Clock:
    """Take back that it ended. It is counted again: closures may have come in meanwhile."""
    clock = _held(clock, by)
    if clock.state == ClockState.RUNNING:
        raise Refused(_("This clock runs already."))
    clock.state, clock.closed_on, clock.closed_at, clock.closed_by = ClockState.RUNNING, None, None, None
    clock.closing_note = ""
    clock.save(update_fields=["state", "closed_on", "closed_at", "closed_by", "closing_note"])
    clock_results.count_again(
        organisation=clock.organisation, cause=Cause.REOPENED, by=by, clocks=Clock.objects.filter(pk=clock.pk)
    )
    return Clock.objects.get(pk=clock.pk)


@transaction.atomic
def correct_event(*, clock: Clock, event_on: date, by: Staff, after_hours: bool = False, event_note: str = "") -> Clock:
    """The event was on another day. What was counted before stays in the record."""
    clock = _held(clock, by)
    if clock.state != ClockState.RUNNING:
        raise Refused(_("This clock has ended already."))
    _check_event(event_on)
    return _count_one(clock, Cause.EVENT, by, event_on=event_on, after_hours=after_hours, event_note=event_note.strip())


@transaction.atomic
def take_newest_rule(*, clock: Clock, by: Staff) -> Clock:
    """Count a clock with the version of its rule that holds today."""
    clock = _held(clock, by)
    rule = rule_in_force(clock.organisation, clock.rule.code)
    if clock.state != ClockState.RUNNING or rule.pk == clock.rule_id:
        raise Refused(_("This clock is counted with the newest version already."))
    return _count_one(clock, Cause.RULE, by, rule=rule)


def _count_one(clock: Clock, cause: Cause, by: Staff, **facts: Any) -> Clock:
    """Write what changed of one clock and count it again, with a record also where the dates stay."""
    for name, value in facts.items():
        setattr(clock, name, value)
    was = clock.safe_on, clock.likely_on
    result = _counted(clock.organisation, clock.rule, clock.event_on, clock.office, clock.after_hours)
    clock.safe_on, clock.likely_on = result.safe.last, result.likely.last
    clock.save(update_fields=[*facts, "safe_on", "likely_on"])
    clock_results.record([Moved(clock.pk, clock.event_on, *was, result)], cause=cause, by=by)
    return clock


@transaction.atomic
def tell_change(*, result: ClockResult, whom: str, by: Staff) -> ClockResult:
    """Write that somebody was told, in person, that a date of theirs moved. Older changes of the same clock are told with it."""
    result = ClockResult.objects.select_for_update(no_key=True, of=("self",)).select_related("clock").get(pk=result.pk)
    _check_mine(result.clock.organisation, by)
    if result.told_at is not None:
        raise Refused(_("It was written already who was told."))
    if not whom.strip():
        raise Refused(_("Write who was told: their first name, or how they are called."))
    same = ClockResult.objects.filter(clock=result.clock, told_at=None, at__lte=result.at).exclude(cause=Cause.STARTED)
    same.update(told_at=timezone.now(), told_by=by, told_whom=whom.strip())
    return ClockResult.objects.get(pk=result.pk)


# --- For whoever asks about days ---------------------------------------------------------------------------------------


def closure_on(
    organisation: Organisation, authority: str, day: date, *, office: Office | None = None
) -> Closure | None:
    """The closure in which a day lies at an authority ("comar") or one of its offices: no sign-in is missed then."""
    one = Authority.objects.get(code=authority)
    return engine_of(organisation.pk).closure_on(one.pk, day, office.pk if office else None)


def next_working_day(organisation: Organisation, authority: str, day: date, *, office: Office | None = None) -> date:
    """This day, or the next one on which an authority works by every list and closure that is known here."""
    one = Authority.objects.get(code=authority)
    return engine_of(organisation.pk).every(one.pk, office.pk if office else None).working_from(day)
