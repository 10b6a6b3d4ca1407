"""The clocks of law that follow a claim: to file, to decide, to ask for a review. The engine counts; here it learns from when.

What should run is told by the claim as it stands, so that a state that was written by mistake and corrected gives a clock back
that it had ended.
"""

from datetime import date

from django.utils.translation import gettext as _

from cases.models import BEFORE_FILING, Claim, ClaimState, Clock, ClockRule, ClockState
from cases.models.clocks import ClockQuerySet
from cases.services.clocks import close_clock, correct_event, reopen_clock, start_clock
from ngo.models import Staff

TO_FILE, TO_DECIDE, TO_REVIEW = "mx-claim", "mx-decision", "mx-review"
UNDECIDED = {ClaimState.FILED, ClaimState.CONSTANCIA, ClaimState.INTERVIEWED, ClaimState.TRANSFERRED}
REVIEWABLE = {ClaimState.COMPLEMENTARY, ClaimState.REFUSED, ClaimState.ABANDONED}
MET_BY = {
    TO_FILE: set(ClaimState) - {*BEFORE_FILING, ClaimState.WITHDRAWN},
    TO_DECIDE: set(ClaimState) - {*BEFORE_FILING, *UNDECIDED, ClaimState.WITHDRAWN},
    TO_REVIEW: {ClaimState.REVIEW},
}
Days = dict[str, date | None]
NONE: Days = {TO_FILE: None, TO_DECIDE: None, TO_REVIEW: None}


def running_from(claim: Claim) -> Days:
    """From which day each clock of a claim counts as it stands; None where none runs.

    Where nobody wrote when they were told of a refusal, the review counts from the decision: that is never too late.
    """
    return {
        TO_FILE: claim.entered_on if claim.state in BEFORE_FILING else None,
        TO_DECIDE: claim.filed_on if claim.state in UNDECIDED else None,
        TO_REVIEW: (claim.told_on or claim.decided_on) if claim.state in REVIEWABLE else None,
    }


def follow(claim: Claim, before: Days, on: date, by: Staff) -> None:
    """Begin, move and end what differs from `before`, what was running before the claim changed."""
    for code, day in running_from(claim).items():
        if day == before[code]:
            continue
        if day is None:
            met = claim.state in MET_BY[code]
            _end(claim, code, ClockState.MET if met else ClockState.STOPPED, on, by)
        elif (running := _clocks(claim, code).running().first()) is not None:
            correct_event(clock=running, event_on=day, by=by, event_note=_why(claim, code))
        elif before[code] is None:  # Else somebody ended it by hand, and it stays so.
            _start(claim, code, day, by)


def _clocks(claim: Claim, code: str) -> ClockQuerySet:
    return Clock.objects.filter(process=claim.process, rule__code=code).order_by("pk")


def _why(claim: Claim, code: str) -> str:
    if code == TO_REVIEW and claim.told_on is None:
        return _("Counted from the decision: it is not written when they were told.")
    return ""


def _start(claim: Claim, code: str, day: date, by: Staff) -> None:
    """Where a case has no family, or the rule is not loaded here, nothing is counted, and the page of the case says so."""
    family = claim.process.family
    if family is None or not ClockRule.objects.of(family.organisation_id).in_force().filter(code=code).exists():
        return
    ended = _clocks(claim, code).filter(event_on=day).last()
    if ended is not None:  # A mistake had ended it.
        reopen_clock(clock=ended, by=by)
        return
    start_clock(
        family=family,
        rule=code,
        event_on=day,
        by=by,
        process=claim.process,
        office=claim.office,
        event_note=_why(claim, code),
    )


def _end(claim: Claim, code: str, outcome: str, day: date, by: Staff) -> None:
    running = _clocks(claim, code).running().first()
    if running is not None:
        close_clock(clock=running, outcome=outcome, on=max(day, running.event_on), by=by)
