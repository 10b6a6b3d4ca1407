"""The clocks of law that follow a claim: to file, to decide, to ask for a review. The engine counts; here it learns from when."""

from datetime import date

from cases.models import Claim, ClaimState, Clock, ClockRule, ClockState
from cases.services.clocks import close_clock, correct_event, start_clock
from ngo.models import Staff

TO_FILE, TO_DECIDE, TO_REVIEW = "mx-claim", "mx-decision", "mx-review"
DECIDED = {ClaimState.RECOGNISED, ClaimState.COMPLEMENTARY, ClaimState.REFUSED, ClaimState.ABANDONED}
REVIEWABLE = {ClaimState.COMPLEMENTARY, ClaimState.REFUSED, ClaimState.ABANDONED}
OVER = {ClaimState.WITHDRAWN, ClaimState.FINAL}


def follow_entry(claim: Claim, by: Staff) -> None:
    """The time to file runs from the day of entry; a corrected day counts it anew."""
    if claim.entered_on is None or claim.filed_on is not None:
        return
    running = _running(claim, TO_FILE)
    if running is not None:
        correct_event(clock=running, event_on=claim.entered_on, by=by)
    else:
        _start(claim, TO_FILE, claim.entered_on, by)


def follow_state(claim: Claim, state: str, on: date, by: Staff) -> None:
    """What a state begins and ends: filing ends the time to file and begins that to decide, a refusal that of a review."""
    if state == ClaimState.FILED:
        _end(claim, TO_FILE, ClockState.MET, on, by)
        _start(claim, TO_DECIDE, on, by)
    if state in DECIDED:
        _end(claim, TO_DECIDE, ClockState.MET, on, by)
    if state in REVIEWABLE and claim.told_on is not None:
        _start(claim, TO_REVIEW, claim.told_on, by)
    if state == ClaimState.REVIEW:
        _end(claim, TO_REVIEW, ClockState.MET, on, by)
    if state in OVER:
        for code in (TO_FILE, TO_DECIDE, TO_REVIEW):
            _end(claim, code, ClockState.STOPPED, on, by)


def _running(claim: Claim, code: str) -> Clock | None:
    rows = Clock.objects.running().filter(process=claim.process, rule__code=code)
    return rows.order_by("pk").first()


def _start(claim: Claim, code: str, day: date, by: Staff) -> None:
    """Where a case has no family, or the rule is not loaded here, nothing is counted, and the page of the case says so."""
    family = claim.process.family
    if family is None or not ClockRule.objects.of(family.organisation_id).in_force().filter(code=code).exists():
        return
    start_clock(family=family, rule=code, event_on=day, by=by, process=claim.process, office=claim.office)


def _end(claim: Claim, code: str, outcome: str, day: date, by: Staff) -> None:
    running = _running(claim, code)
    if running is not None:
        close_clock(clock=running, outcome=outcome, on=max(day, running.event_on), by=by)
