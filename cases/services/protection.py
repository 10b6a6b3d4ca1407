"""Protection in Mexico: the claim and its states, sign-ins of each person, and the papers that protect (domain annex B).

No date of law is counted here: the clocks count from the days that stand in the claim. What the desk must know on the day
itself is here: a sign-in that was missed, a person without a paper, somebody with an open claim in another state.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    BEFORE_FILING,
    ENDED,
    GRANTED,
    NEXT_STATES,
    SAID_BEFORE,
    Appointment,
    Claim,
    ClaimChange,
    ClaimState,
    Group,
    Happening,
    Permit,
    PermitKind,
    PermitState,
    Person,
    Process,
    ProcessPerson,
    SignIn,
    SignInDuty,
    SignInResult,
    Task,
    TaskKind,
)
from cases.services import claim_clocks
from cases.services.before_booking import OWN_CONSULATE
from cases.services.consulate import open_claims_of
from cases.services.people import lock_people
from cases.services.process_log import log
from cases.services.returns import look_again
from cases.services.sign_in_days import Closed, after, at_weekends, days_from_next, next_sign_in
from cases.services.tasks import add_task, drop_all
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.models import Office, Organisation, Staff
from ngo.permissions import Role
from ngo.templatetags.posada import full_date

logger = logging.getLogger(__name__)

OLDEST_ENTRY = timedelta(days=20 * 366)
CURP_TEMPORARY_DAYS = 180  # Natural days, renewable once for as long: the rule mx-curp-temporary has its source.
WARN_BEFORE = timedelta(days=30)
SILENT_FOR = timedelta(days=8)  # Of silent sign-ins that are older, the first alone alerts: it stands for all of them.


# --- The claim ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_claim(*, process: Process, by: Staff, entered_on: date | None = None, is_estimated: bool = False) -> Claim:
    """Begin to follow a claim in a case of protection. The flag that keeps the consulate silent stands from the start."""
    row = lock_case(process)
    if row.version.pathway.group != Group.MEXICAN_PROTECTION:
        raise Refused(_("This case goes another way. Open a case of protection first."))
    if Claim.objects.filter(process=row).exists():
        raise Refused(_("The claim of this case is written already."))
    _check_past(entered_on, _("The day of entry"))
    claim = Claim.objects.create(process=row, entered_on=entered_on, entry_is_estimated=is_estimated)
    ClaimChange.objects.create(claim=claim, state=claim.state, on=timezone.localdate(), by=by)
    log(row, Happening.FACT, by, code=f"claim:{claim.state}")
    claim_clocks.follow(claim, claim_clocks.NONE, timezone.localdate(), by)
    look_again(Person.objects.filter(process_rows__process=row, process_rows__left_at=None), by)
    _warn_of_consulate(row, by)
    return claim


def _warn_of_consulate(process: Process, by: Staff) -> None:
    """Somebody has an appointment at their own consulate from before: it is called off by a person, who asks them first."""
    people = process.people.current().values("person")
    booked = Appointment.objects.still_on().filter(kind__code=OWN_CONSULATE, people__person__in=people)
    for row in booked.filter(starts_at__gt=timezone.now()).distinct().order_by("pk"):
        add_task(
            organisation=process.organisation,
            process=process,
            appointment=row,
            text=_(
                "They have an appointment at their own consulate, which must not be told. Talk to them and call it off."
            ),
            due_on=timezone.localdate(),
            role=Role.LEGAL,
            is_urgent=True,
            by=by,
            key=f"consulate:{row.pk}",
        )


def _check_past(day: date | None, what: str) -> None:
    today = timezone.localdate()
    if day is None:
        return
    if day > today:
        raise Refused(_("%(what)s is in the future. Check the day, the month and the year.") % {"what": what})
    if day < today - OLDEST_ENTRY:
        raise Refused(_("%(what)s lies more than twenty years back. Check the year.") % {"what": what})


@transaction.atomic
def change_claim(
    *,
    claim: Claim,
    state: str,
    on: date,
    by: Staff,
    paper_seen: bool = False,
    reason: str = "",
    filed_in: str = "",
    office: Office | None = None,
    told_on: date | None = None,
) -> Claim:
    """Put a claim in its next state, on the day on which it happened. Another way than the law's own is a correction: why?

    Filing needs the state of the Republic in which it was filed: who has an open claim may not move to another. A withdrawal
    is in writing: its paper must have been seen. Raises Refused.
    """
    row = _lock_claim(claim)
    before, was, since = claim_clocks.running_from(row), row.state, row.changed_at
    _check_state(row, state, on, reason)
    filed_in = filed_in.strip() or (row.filed_in if state == was == ClaimState.FILED else "")
    if state == ClaimState.WITHDRAWN and row.state not in BEFORE_FILING and not paper_seen:
        raise Refused(_("A claim is withdrawn in writing, after talking to a lawyer. See the paper first."))
    if state == ClaimState.FILED:
        if not filed_in:
            raise Refused(_("Write in which state it was filed: they must stay in it."))
        row.filed_on, row.filed_in = on, filed_in
    if state == ClaimState.TRANSFERRED:
        if not filed_in:
            raise Refused(_("Write to which state it was moved: they must stay in it from now on."))
        row.filed_in, row.may_leave_the_state = filed_in, False
    if state not in BEFORE_FILING and row.filed_on is None and state != ClaimState.WITHDRAWN:
        raise Refused(_("The day of filing is not written. Write first that it was filed."))
    if state in BEFORE_FILING:  # It was written by mistake that it was filed.
        row.filed_on, row.filed_in = None, ""
    _decide(row, state, on, told_on)
    row.state, row.office, row.changed_at = state, office or row.office, timezone.now()
    row.save()
    ClaimChange.objects.create(claim=row, state=state, on=on, paper_seen=paper_seen, by=by, reason=reason.strip())
    log(row.process, Happening.FACT, by, code=f"claim:{state}", reason=reason)
    claim_clocks.follow(row, before, on, by)
    if state in ENDED:
        _end_duties(row, _("The claim has ended."))
    elif was in ENDED and state not in NEXT_STATES[was]:
        _give_duties_back(row, since)
    look_again(Person.objects.filter(process_rows__process=row.process, process_rows__left_at=None), by)
    return row


def _check_state(row: Claim, state: str, on: date, reason: str) -> None:
    if state not in ClaimState.values:
        raise Refused(_("Choose where the claim stands."))
    if state == row.state and state != ClaimState.TRANSFERRED and not reason.strip():
        raise Refused(_("The claim stands there already. To correct its days, write the reason."))
    if state not in {*NEXT_STATES[row.state], row.state} and not reason.strip():
        raise Refused(_("That does not follow from where the claim stands. To correct it, write the reason."))
    _check_past(on, _("That day"))
    if row.entered_on is not None and on < row.entered_on:
        raise Refused(_("That is before the day on which they entered Mexico. Check both days."))
    last = row.changes.order_by("-at", "-pk").exclude(state__in=BEFORE_FILING).first()
    if last is not None and on < last.on and not reason.strip():
        raise Refused(_("That is before the day of the last change. To correct it, write the reason."))


def _decide(row: Claim, state: str, on: date, told_on: date | None) -> None:
    """The day of a decision, and the day on which they were told: from it the time for a review runs."""
    if state not in {*GRANTED, ClaimState.REFUSED, ClaimState.FINAL, ClaimState.ABANDONED}:
        if state in {*BEFORE_FILING, *claim_clocks.UNDECIDED}:
            row.decided_on = row.told_on = None
        return
    if told_on is None and state == row.state:
        told_on = row.told_on
    _check_past(told_on, _("The day on which they were told"))
    if told_on is not None and told_on < on:
        raise Refused(_("They cannot have been told before it was decided. Check both days."))
    row.decided_on, row.told_on = on, told_on


@transaction.atomic
def correct_entry(*, claim: Claim, entered_on: date | None, is_estimated: bool, by: Staff, reason: str) -> Claim:
    """The day of entry was another. Whatever counts from it is counted anew."""
    row = _lock_claim(claim)
    if not reason.strip():
        raise Refused(_("Write why it is corrected."))
    _check_past(entered_on, _("The day of entry"))
    if entered_on is not None and row.filed_on is not None and entered_on > row.filed_on:
        raise Refused(_("That is after the day on which the claim was filed. Check both days."))
    before = claim_clocks.running_from(row)
    row.entered_on, row.entry_is_estimated = entered_on, is_estimated
    row.save(update_fields=["entered_on", "entry_is_estimated"])
    log(row.process, Happening.FACT, by, code="claim:entry", reason=reason)
    claim_clocks.follow(row, before, timezone.localdate(), by)
    return row


@transaction.atomic
def set_consulate_flag(*, claim: Claim, is_silent: bool, by: Staff, reason: str) -> Claim:
    """Lift the flag because the person asked for it in writing after advice, or set it again; also when the case is closed."""
    row = _lock_claim(claim, also_closed=True)
    if row.consulate_is_silent == is_silent:
        raise Refused(_("Nothing was changed: it is so already."))
    if not is_silent and not reason.strip():
        raise Refused(_("Write where their request in writing is kept, and who advised them."))
    row.consulate_is_silent = is_silent
    row.save(update_fields=["consulate_is_silent"])
    log(
        row.process,
        Happening.FACT,
        by,
        code="claim:consulate_on" if is_silent else "claim:consulate_off",
        reason=reason,
    )
    return row


@transaction.atomic
def set_leave_to_move(*, claim: Claim, may_leave: bool, by: Staff, reason: str) -> Claim:
    """Whether they hold the commission's written leave to move to another state."""
    row = _lock_claim(claim)
    if row.may_leave_the_state == may_leave:
        raise Refused(_("Nothing was changed: it is so already."))
    if may_leave and not reason.strip():
        raise Refused(_("Write the number or the day of the written leave."))
    row.may_leave_the_state = may_leave
    row.save(update_fields=["may_leave_the_state"])
    log(row.process, Happening.FACT, by, code="claim:may_move" if may_leave else "claim:must_stay", reason=reason)
    return row


# --- The boundary of a state -------------------------------------------------------------------------------------------


def bound_to_a_state(people: Iterable[Person], state: str) -> list[Claim]:
    """Open claims that oblige one of these people to stay in another state of the Republic than this one.

    For whoever gives a bed: who moves without leave may lose the claim. A state that is not known binds nobody.
    """
    if not state:
        return []
    ours = open_claims_of(person.pk for person in people)
    return list(_binding(ours, state).select_related("process__organisation"))


def rows_bound_elsewhere(state: str) -> Any:
    """The same as rows of people in cases, for a query about people: all whom an open claim keeps out of this state."""
    if not state:
        return ProcessPerson.objects.none()
    claims = _binding(Claim.objects.running(), state)
    return ProcessPerson.objects.to_the_end().filter(process__claim__in=claims)


def _binding(claims: Any, state: str) -> Any:
    return claims.filter(may_leave_the_state=False).exclude(filed_in="").exclude(filed_in__iexact=state)


@transaction.atomic
def note_other_state(*, claims: Iterable[Claim], by: Staff | None, day: date) -> list[Task]:
    """Someone with one of these open claims sleeps in another state (`bound_to_a_state`): an urgent task for the legal team.

    Returns those that were made.
    """
    made = []
    for claim in claims:
        task = add_task(
            organisation=claim.process.organisation,
            process=claim.process,
            kind=TaskKind.OTHER_STATE,
            due_on=day,
            role=Role.LEGAL,
            is_urgent=True,
            by=by,
            key=f"state:{claim.pk}:{day.isoformat()}",
        )
        if task is not None:
            made.append(task)
            log(claim.process, Happening.ALERT, by, code="other_state")
    return made


# --- Sign-ins ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin_sign_ins(
    *, claim: Claim, person: Person, every_days: int, next_on: date, by: Staff, office: Office | None = None
) -> SignInDuty:
    """Write how often one person signs and when next: what their own paper says. One that runs is replaced."""
    row = _lock_claim(claim)
    if not row.is_open:
        raise Refused(_("Only an open claim has sign-ins. Write first that it was filed."))
    if not row.process.people.current().filter(person=person).exists():
        raise Refused(_("%(name)s is not in this case any more.") % {"name": person.full_name})
    if not 1 <= every_days <= 60:
        raise Refused(_("Write every how many days: between 1 and 60."))
    today = timezone.localdate()
    if not today <= next_on <= today + timedelta(days=60):
        raise Refused(_("The next sign-in lies between today and 60 days from now. Check the day."))
    SignInDuty.objects.running().filter(claim=row, person=person).update(ended_at=timezone.now())
    duty = SignInDuty.objects.create(
        claim=row, person=person, office=office, every_days=every_days, next_on=next_on, began_by=by
    )
    log(row.process, Happening.FACT, by, person=person, code="sign_in:begins")
    return duty


@transaction.atomic
def record_sign_in(
    *,
    duty: SignInDuty,
    result: str,
    by: Staff,
    on: date | None = None,
    proof: str = "",
    reason: str = "",
    next_on: date | None = None,
    is_closed: Closed = at_weekends,
    due_on: date | None = None,
) -> SignIn:
    """What became of the sign-in that is due, and when the next one is (`next_on` where the office said another day).

    `due_on` is the sign-in that was asked about: pressed twice, it does not answer the one after it. A miss alerts the same
    day: one can be enough to lose the claim. Raises Refused.
    """
    row = _lock_duty(duty)
    if due_on is not None and due_on != row.next_on:
        words = _("That sign-in is answered already. The next one is on %(day)s.")
        raise Refused(words % {"day": full_date(row.next_on)})
    _check_sign_in(row, result, on, proof)
    answer = SignIn.objects.create(
        duty=row, due_on=row.next_on, result=result, on=on, proof=proof.strip(), reason=reason.strip(), by=by
    )
    row.next_on, row.meant_on = _following(row, next_on, is_closed)
    row.save(update_fields=["next_on", "meant_on"])
    _drop_alerts_between(row, answer.due_on)
    log(row.claim.process, Happening.FACT, by, person=row.person, code=f"sign_in:{result}", reason=reason)
    if result == SignInResult.MISSED:
        _alert_missed(answer, row, by)
    else:
        _withdraw_alert(row, answer.due_on)
    return answer


def _check_sign_in(row: SignInDuty, result: str, on: date | None, proof: str) -> None:
    today = timezone.localdate()
    if result not in SignInResult.values or result in SAID_BEFORE:
        raise Refused(_("Choose what happened."))
    if result == SignInResult.SIGNED:
        if on is None or on > today:
            raise Refused(_("Write the day on which they signed: today or before."))
        if on < row.next_on - timedelta(days=row.every_days):
            raise Refused(_("That is before the sign-in that is due. Check the day."))
        if not proof.strip():
            raise Refused(_("Write what shows it: the stamp, the photo or the receipt."))
    elif row.next_on > today:
        raise Refused(_("That sign-in has not come yet."))


def _following(row: SignInDuty, next_on: date | None, is_closed: Closed) -> tuple[date, date | None]:
    """The next sign-in, and the day that was meant where the office takes none on it: by the rhythm, or the day it was told."""
    if next_on is None:
        return after(row.next_on, row.meant_on, row.every_days, is_closed)
    if not row.next_on < next_on <= row.next_on + timedelta(days=120):
        raise Refused(_("The next sign-in comes after this one, within 120 days. Check the day."))
    return next_on, None


@transaction.atomic
def except_sign_in(
    *,
    duty: SignInDuty,
    by: Staff,
    reason: str,
    moved_to: date | None = None,
    is_closed: Closed = at_weekends,
    due_on: date | None = None,
) -> SignIn:
    """The office said that the next sign-in is on another day, or, without a day, that it falls away. The rhythm goes on from
    the day that was meant. `due_on` is the sign-in that was asked about. Raises Refused.
    """
    row = _lock_duty(duty)
    if due_on is not None and due_on != row.next_on:
        words = _("That sign-in is answered already. The next one is on %(day)s.")
        raise Refused(words % {"day": full_date(row.next_on)})
    if not reason.strip():
        raise Refused(_("Write who at the office said so, and when."))
    if moved_to is not None:
        _check_other_day(row, moved_to)
    result = SignInResult.WAIVED if moved_to is None else SignInResult.MOVED
    facts = {"result": result, "on": moved_to, "reason": reason.strip()[:200], "by": by}
    answer = SignIn.objects.create(duty=row, due_on=row.next_on, **facts)
    if moved_to is None:
        row.next_on, row.meant_on = _following(row, None, is_closed)
    else:
        row.meant_on, row.next_on = row.meant_on or row.next_on, moved_to
    row.save(update_fields=["next_on", "meant_on"])
    _withdraw_alert(row, answer.due_on)
    _drop_alerts_between(row, answer.due_on)
    log(row.claim.process, Happening.FACT, by, person=row.person, code=f"sign_in:{result}", reason=reason)
    return answer


def _check_other_day(row: SignInDuty, moved_to: date) -> None:
    today = timezone.localdate()
    if moved_to == row.next_on:
        raise Refused(_("That is the day on which it is due. Write the other day."))
    if not today <= moved_to <= max(today, row.next_on) + timedelta(days=120):
        raise Refused(_("The other day lies between today and 120 days after the one that was due. Check the day."))
    if row.sign_ins.filter(due_on=moved_to, replaced_at=None).exists():
        raise Refused(_("What became of the sign-in of that day is written already. Choose another day."))


def _alert_missed(answer: SignIn, row: SignInDuty, by: Staff | None) -> Task | None:
    log(row.claim.process, Happening.ALERT, by, person=row.person, code="sign_in")
    return add_task(
        organisation=row.claim.process.organisation,
        process=row.claim.process,
        person=row.person,
        kind=TaskKind.SIGN_IN_MISSED,
        due_on=timezone.localdate(),
        owner=row.claim.process.owner,
        role=Role.LEGAL,
        is_urgent=True,
        by=by,
        key=_key_of_alert(row, answer.due_on),
    )


@transaction.atomic
def correct_sign_in(
    *, sign_in: SignIn, result: str, by: Staff, reason: str, on: date | None = None, proof: str = ""
) -> SignIn:
    """What was written of a sign-in was not so. Both stay; the alert of a miss that was none is dropped."""
    row = _lock_duty(sign_in.duty)
    old = SignIn.objects.select_for_update(no_key=True).get(pk=sign_in.pk)
    if old.replaced_at is not None:
        raise Refused(_("Somebody has just corrected this. Open the page again."))
    if old.result in SAID_BEFORE or result in SAID_BEFORE:
        raise Refused(_("What the office said before stays. Write anew on which day the next sign-in is."))
    if not reason.strip():
        raise Refused(_("Write why it is corrected."))
    if result == SignInResult.SIGNED and (on is None or on > timezone.localdate() or not proof.strip()):
        raise Refused(_("Write the day on which they signed, and what shows it."))
    old.replaced_at = timezone.now()
    old.save(update_fields=["replaced_at"])
    new = SignIn.objects.create(
        duty=row, due_on=old.due_on, result=result, on=on, proof=proof.strip(), reason=reason.strip(), by=by
    )
    log(row.claim.process, Happening.FACT, by, person=row.person, code=f"sign_in:{result}", reason=reason)
    if result == SignInResult.MISSED:
        _alert_missed(new, row, by)
    else:
        _withdraw_alert(row, old.due_on)
    return new


def _withdraw_alert(row: SignInDuty, due_on: date) -> None:
    alerts = Task.objects.filter(organisation=row.claim.process.organisation_id, key=_key_of_alert(row, due_on))
    drop_all(alerts, _("It was not missed."))


def _drop_alerts_between(row: SignInDuty, answered: date) -> None:
    """The office said another day: what the rhythm had between the sign-in that was answered and that day was none."""
    days = [answered + timedelta(days=count) for count in range(1, (row.next_on - answered).days)]
    keys = [_key_of_alert(row, day) for day in days]
    alerts = Task.objects.filter(organisation=row.claim.process.organisation_id, key__in=keys)
    drop_all(alerts, _("The office said another day."))


def _key_of_alert(row: SignInDuty, due_on: date) -> str:
    return f"signin:{row.pk}:{due_on.isoformat()}"


def alert_of_silent_sign_ins(
    organisation: Organisation, day: date, is_closed_for: Callable[[SignInDuty], Closed] | None = None
) -> int:
    """For the clock: each sign-in that was due by a day and of which nobody wrote anything alerts the same day; returns how many.

    The rhythm goes on whether or not somebody wrote what became of the last one: who is silent twice is told of twice. Where
    the office took none on that day, the sign-in is written as such and the next one stands. Safe to repeat. Each duty has a
    transaction of its own: where one of them fails, the others alert all the same.
    """
    made = 0
    due = SignInDuty.objects.running().filter(claim__process__organisation=organisation, next_on__lte=day)
    for duty in due.select_related("claim__process__owner", "claim__process__organisation", "person").order_by("pk"):
        try:
            made += _look_at(duty, day, is_closed_for(duty) if is_closed_for else at_weekends)
        except (OperationalError, InterfaceError):  # It is away, or busy: the next look goes on.
            raise
        except Exception:
            logger.exception("The sign-ins of duty %s were not looked at.", duty.pk)
    return made


@transaction.atomic
def _look_at(duty: SignInDuty, day: date, is_closed: Closed) -> int:
    row = _lock_duty(duty)
    if row.next_on > day:
        return 0
    if is_closed(row.next_on):
        SignIn.objects.create(duty=row, due_on=row.next_on, result=SignInResult.CLOSED)
        row.meant_on = row.meant_on or row.next_on
        row.next_on = next_sign_in(row.next_on, 1, is_closed)
        row.save(update_fields=["next_on", "meant_on"])
        log(row.claim.process, Happening.FACT, None, person=row.person, code="sign_in:closed")
        return 0
    silent = [on for on in days_from_next(row, day, is_closed) if on == row.next_on or on > day - SILENT_FOR]
    keys = [_key_of_alert(row, on) for on in silent]
    made = Task.objects.filter(organisation=row.claim.process.organisation_id, key__in=keys)
    there = set(made.values_list("key", flat=True))
    return sum(_alert_of_silence(row, key, day) for key in keys if key not in there)


def _alert_of_silence(row: SignInDuty, key: str, day: date) -> bool:
    task = add_task(
        organisation=row.claim.process.organisation,
        process=row.claim.process,
        person=row.person,
        kind=TaskKind.SIGN_IN_MISSED,
        due_on=day,
        owner=row.claim.process.owner,
        role=Role.LEGAL,
        is_urgent=True,
        by=None,
        key=key,
    )
    return task is not None


def _end_duties(claim: Claim, reason: str) -> None:
    SignInDuty.objects.running().filter(claim=claim).update(ended_at=claim.changed_at)
    drop_all(Task.objects.filter(process=claim.process_id, kind=TaskKind.SIGN_IN_MISSED), reason)


def _give_duties_back(claim: Claim, ended_at: datetime) -> None:
    """An end that was written by mistake ended no duty: whoever is still in the case signs on, and is missed as before."""
    here = claim.process.people.current().values("person")
    SignInDuty.objects.filter(claim=claim, ended_at=ended_at, person__in=here).update(ended_at=None)
    missed = Task.objects.filter(process=claim.process_id, kind=TaskKind.SIGN_IN_MISSED, person__in=here)
    missed.filter(dropped_at__gte=ended_at).update(dropped_at=None, dropped_reason="")


# --- Papers ------------------------------------------------------------------------------------------------------------

CURP = re.compile(r"[A-Z]{4}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-ZÑ]{3}[A-Z0-9]\d")
CURP_LETTERS = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def clean_curp(text: str) -> str:
    """The 18 letters and digits of a CURP, checked: form, date, and the check digit. Raises Refused."""
    curp = re.sub(r"[\s\-.]", "", text).upper()
    if len(curp) != 18:
        raise Refused(_("A CURP has 18 letters and digits; this one has %(count)s.") % {"count": len(curp)})
    if not CURP.fullmatch(curp):
        raise Refused(_("This is not how a CURP is written: 4 letters, 6 digits, H, M or X, 5 letters, and 2 more."))
    if not _is_a_day(curp):
        raise Refused(_("The digits 5 to 10 of a CURP are a date of birth; these are no date. Check them."))
    if curp[17] != curp_check_digit(curp):
        raise Refused(_("The last digit of this CURP does not fit the others. Read it again, letter by letter."))
    return curp


def _is_a_day(curp: str) -> bool:
    century = 1900 if curp[16].isdigit() else 2000
    try:
        return date(century + int(curp[4:6]), int(curp[6:8]), int(curp[8:10])) <= timezone.localdate()
    except ValueError:
        return False


def curp_check_digit(curp: str) -> str:
    """The last digit of a CURP out of the 17 before it: each by its weight from 18 to 2, ten minus the rest by ten."""
    total = sum(CURP_LETTERS.index(letter) * (18 - place) for place, letter in enumerate(curp[:17]))
    return str((10 - total % 10) % 10)


@transaction.atomic
def write_permit(
    *,
    person: Person,
    kind: str,
    state: str,
    by: Staff,
    number: str = "",
    applied_on: date | None = None,
    issued_on: date | None = None,
    expires_on: date | None = None,
) -> Permit:
    """What is known of a paper from now on; what was known before stays. A paper that ends makes a task before it does.

    A CURP is checked, and a temporary one ends at the latest 180 days after its day. Raises Refused.
    """
    [person] = lock_people([person])
    if kind not in PermitKind.values or state not in PermitState.values:
        raise Refused(_("Choose the paper and its state."))
    number = _checked_number(kind, number)
    _check_permit_days(state, applied_on, issued_on, expires_on)
    old = Permit.objects.standing().filter(person=person, kind=kind).first()
    was_renewed = False
    if kind == PermitKind.CURP_TEMPORARY and state == PermitState.ISSUED and issued_on is not None:
        expires_on, was_renewed = _curp_ends(issued_on, expires_on, old)
    Permit.objects.standing().filter(person=person, kind=kind).update(replaced_at=timezone.now())
    permit = Permit.objects.create(
        person=person,
        kind=kind,
        state=state,
        number=number,
        number_hash=keyed_hash(number) if number else "",
        applied_on=applied_on,
        issued_on=issued_on,
        expires_on=expires_on,
        was_renewed=was_renewed,
        written_by=by,
    )
    if old is not None:
        drop_all(Task.objects.filter(key=f"expiry:{old.pk}"), _("The paper was written anew."))
    _plan_renewal(permit, by)
    return permit


def _checked_number(kind: str, number: str) -> str:
    number = " ".join(number.split())
    if number and kind in {PermitKind.CURP, PermitKind.CURP_TEMPORARY}:
        return clean_curp(number)
    if len(number) > 40:
        raise Refused(_("The number has more than 40 characters. Write the number alone."))
    return number


def _check_permit_days(state: str, applied_on: date | None, issued_on: date | None, expires_on: date | None) -> None:
    _check_past(applied_on, _("The day of the application"))
    _check_past(issued_on, _("The day on which it was issued"))
    if state == PermitState.ISSUED and issued_on is None:
        raise Refused(_("Write the day on which it was issued."))
    if issued_on and expires_on and expires_on < issued_on:
        raise Refused(_("It would end before it was issued. Check both days."))
    if applied_on and issued_on and issued_on < applied_on:
        raise Refused(_("It would be issued before it was applied for. Check both days."))


def _curp_ends(issued_on: date, expires_on: date | None, old: Permit | None) -> tuple[date, bool]:
    """When a temporary CURP ends, and whether this one is the renewal of one that was there."""
    latest = issued_on + timedelta(days=CURP_TEMPORARY_DAYS)
    is_renewal = old is not None and old.state == PermitState.ISSUED and old.issued_on is not None
    is_renewal = is_renewal and old is not None and old.issued_on != issued_on
    if is_renewal and old is not None and old.was_renewed:
        raise Refused(_("A temporary CURP is renewed once, and this one was. Ask the legal team what follows."))
    if expires_on is not None and expires_on > latest:
        raise Refused(_("A temporary CURP lasts 180 days at most. Check the day on which it ends."))
    return expires_on or latest, is_renewal or bool(old and old.was_renewed)


def _plan_renewal(permit: Permit, by: Staff) -> None:
    if permit.state != PermitState.ISSUED or permit.expires_on is None:
        return
    today = timezone.localdate()
    main = ProcessPerson.objects.main().filter(person=permit.person).select_related("process__owner").first()
    add_task(
        organisation=permit.person.organisation,
        process=main.process if main else None,
        person=permit.person,
        kind=TaskKind.EXPIRY,
        due_on=max(today, permit.expires_on - WARN_BEFORE),
        owner=main.process.owner if main else None,
        by=by,
        key=f"expiry:{permit.pk}",
    )


# --- Locks -------------------------------------------------------------------------------------------------------------


def lock_case(process: Process, *, also_closed: bool = False) -> Process:
    """The case, open and locked, with its people locked before it (services/processes.py does the same)."""
    lock_people(Person.objects.filter(process_rows__process=process, process_rows__left_at=None))
    rows = Process.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("organisation", "version__pathway", "owner", "family__organisation").get(pk=process.pk)
    if not row.is_open and not also_closed:
        raise Refused(_("This case is closed. To go on with it, open it again."))
    return row


def _lock_claim(claim: Claim, *, also_closed: bool = False) -> Claim:
    process = lock_case(claim.process, also_closed=also_closed)
    row = Claim.objects.select_for_update(of=("self",), no_key=True).select_related("office").get(pk=claim.pk)
    row.process = process
    return row


def _lock_duty(duty: SignInDuty) -> SignInDuty:
    rows = SignInDuty.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("claim__process__organisation", "claim__process__owner", "person").get(pk=duty.pk)
    if row.ended_at is not None:
        raise Refused(_("This duty to sign has ended. Write the new one first."))
    return row


def can_follow(claim: Claim) -> list[ClaimState]:
    """The states that follow from where a claim stands."""
    return [ClaimState(state) for state in NEXT_STATES[claim.state]]
