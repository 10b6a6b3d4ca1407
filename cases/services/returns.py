"""Return: the checks without which no date is confirmed, and fear, which stops everything (domain annex C).

What must stand for each person before a date: asked alone and in their language whether they fear to go back; no fear, or a
talk with a lawyer after it and still the wish to go; no open claim; the rights of LM 119 one by one; information; consent in
writing, which may be taken back until boarding; health; where they go and who awaits them; for a minor the decision of the
Procuraduría, an escort and a carer. Two people of the staff, and who asked about fear is not who took the consent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    ARRANGED,
    OF_EVERYONE,
    OF_MINORS,
    OPEN_CLAIM,
    RIGHTS,
    Appointment,
    Check,
    ClaimState,
    Family,
    Group,
    Happening,
    Person,
    Process,
    ProcessPerson,
    ReturnCheck,
    ReturnKind,
    ReturnPlan,
    ReturnState,
    TaskKind,
)
from cases.services import appointments
from cases.services.children import is_surely_adult
from cases.services.people import lock_people
from cases.services.process_log import log
from cases.services.tasks import add_task
from ngo.errors import Refused
from ngo.models import Staff
from ngo.permissions import Permission, Role, may

MOST_AHEAD = timedelta(days=366)
DETAILS_AT_MOST = 2_000
NEEDS_DETAILS = {Check.DESTINATION, Check.BEST_INTEREST, Check.ESCORT, Check.RECEIVER}
TOLD_OF_LAW = set(ClaimState) - set(OPEN_CLAIM)  # Who had a claim, or wants one, talks to a lawyer first.


@dataclass(frozen=True)
class Missing:
    """Something without which no date is confirmed: about whom, which check, and the sentence that says what to do."""

    person: Person | None
    what: Check | None
    words: str


@dataclass
class Line:
    """One check of one person as it stands: its latest answer, and whether it holds."""

    what: Check
    latest: ReturnCheck | None
    missing: Missing | None

    @property
    def stands(self) -> bool:
        return self.missing is None


@dataclass
class Sheet:
    """All checks of one person."""

    person: Person
    is_minor: bool
    lines: list[Line]

    @property
    def missing(self) -> list[Missing]:
        return [line.missing for line in self.lines if line.missing]

    @property
    def lacks_rights(self) -> bool:
        """Whether a right of LM 119 is still to be explained to them."""
        return any(line.what in RIGHTS and not line.stands for line in self.lines)


# --- What is missing ---------------------------------------------------------------------------------------------------


def missing_checks(process: Process) -> list[Missing]:
    """All that stands between a case and a date of return. Empty: nothing. Of a return that is only recorded: nothing."""
    plan = ReturnPlan.objects.filter(process=process).first()
    if plan is None:
        return [Missing(None, None, _("Write first what kind of return it is."))]
    if not plan.is_arranged:
        return []
    sheets = sheets_of(plan)
    missing = [one for sheet in sheets for one in sheet.missing]
    if not sheets:
        missing.append(Missing(None, None, _("Nobody is in this case any more.")))
    elif not missing and len(_staff_of(sheets)) < 2:
        missing.append(Missing(None, None, _("One person alone did every check. A second one must do some of them.")))
    return missing


def _staff_of(sheets: list[Sheet]) -> set[int]:
    return {line.latest.by_id for sheet in sheets for line in sheet.lines if line.latest is not None}


@dataclass(frozen=True)
class _Known:
    """What was answered about one person: the latest of each kind, and the last time that fear was said or not denied."""

    latest: dict[str, ReturnCheck]
    feared: ReturnCheck | None
    claims: set[str]


def with_claims(rows: Any) -> Any:
    """Rows of people of cases, each with `.claim_states`: the states of all claims of its person, also of closed cases."""
    claims = ProcessPerson.objects.to_the_end().filter(person=OuterRef("person"), process__claim__isnull=False)
    return rows.annotate(claim_states=ArraySubquery(claims.values("process__claim__state")))


def sheets_of(plan: ReturnPlan, rows: list[ProcessPerson] | None = None) -> list[Sheet]:
    """The checks of every person of a return, each with its latest answer. Two queries, whatever the number of people.

    `rows` are those of the case with their claims (`with_claims`), where somebody has them already: one query less.
    """
    if rows is None:
        ours = ProcessPerson.objects.to_the_end().filter(process=plan.process_id)
        rows = list(with_claims(ours).select_related("person").order_by("pk"))
    latest: dict[int, dict[str, ReturnCheck]] = {}
    feared: dict[int, ReturnCheck] = {}
    for check in ReturnCheck.objects.filter(plan=plan).select_related("by", "person__merged_into").latest_first():
        who = check.person.goes_on.pk  # What was answered under a file that was joined to another counts for that one.
        latest.setdefault(who, {}).setdefault(check.what, check)
        if check.what == Check.FEAR and check.answer is not False:
            feared.setdefault(who, check)
    day = timezone.localdate()
    return [
        _sheet(
            plan,
            row.person,
            _Known(latest.get(row.person_id, {}), feared.get(row.person_id), set(row.claim_states)),  # type: ignore[attr-defined]
            is_minor=not is_surely_adult(row.person, day),
        )
        for row in rows
    ]


def _sheet(plan: ReturnPlan, person: Person, known: _Known, *, is_minor: bool) -> Sheet:
    wanted = _wanted(plan, known, is_minor=is_minor)
    return Sheet(
        person, is_minor, [Line(what, known.latest.get(what), _missing(person, what, known)) for what in wanted]
    )


def _wanted(plan: ReturnPlan, known: _Known, *, is_minor: bool) -> list[Check]:
    """Which checks this person needs, in the order in which they are made.

    Fear that was said once asks for a lawyer, whatever is answered afterwards.
    """
    wanted = [what for what in OF_EVERYONE if plan.kind != ReturnKind.HOME_STATE or what not in RIGHTS]
    if known.feared is not None or known.claims & TOLD_OF_LAW:
        wanted.insert(1, Check.COUNSEL)
    if known.claims & set(OPEN_CLAIM):
        wanted.insert(1, Check.CLAIM)
    return wanted + (OF_MINORS if is_minor else [])


def _missing(person: Person, what: Check, known: _Known) -> Missing | None:
    words = _lacks(what, known)
    return Missing(person, what, words % {"name": person.full_name, "check": what.label}) if words else None


def _lacks(what: Check, known: _Known) -> str:
    """The sentence that says what is not there yet, or nothing where the check stands."""
    row, fear = known.latest.get(what), known.latest.get(Check.FEAR)
    if what == Check.CLAIM:
        return _(
            "%(name)s has an open claim. It must be withdrawn in writing, after talking to a lawyer, or have ended."
        )
    if row is None or row.answer is None or (what != Check.FEAR and not row.answer):
        return _("%(name)s: %(check)s.")
    if what == Check.COUNSEL and known.feared is not None and row.at < known.feared.at:
        return _("%(name)s talked to the lawyer before fear was last spoken of. They talk again.")
    if what == Check.CONSENT and fear is not None and row.at < fear.at:
        return _("%(name)s agreed before being asked about fear. Ask again.")
    if what == Check.CONSENT and fear is not None and row.by_id == fear.by_id:
        return _("%(name)s: whoever asked about fear cannot also take the consent. Somebody else takes it.")
    return ""


# --- Opening, answering ------------------------------------------------------------------------------------------------


@transaction.atomic
def open_return(*, process: Process, kind: str, by: Staff, happened_on: date | None = None) -> ReturnPlan:
    """Write what kind of return it is. A deportation, an expulsion, an order to leave: recorded with its day, never arranged."""
    if kind not in ReturnKind.values:
        raise Refused(_("Choose the kind of return."))
    row = _lock_process(process)
    if row.version.pathway.group != Group.RETURN:
        raise Refused(_("This case goes another way. Open a case of return first."))
    today = timezone.localdate()
    is_arranged = kind in ARRANGED
    if not is_arranged and (happened_on is None or happened_on > today):
        raise Refused(_("Write the day on which it happened. Only what has happened is recorded."))
    if is_arranged and happened_on is not None:
        raise Refused(_("The date of a return is confirmed after its checks, not here."))
    if ReturnPlan.objects.filter(process=row).exists():
        raise Refused(_("The kind of return is written already. To correct it, choose the other kind."))
    plan = ReturnPlan.objects.create(
        process=row,
        kind=kind,
        state=ReturnState.INTEREST if is_arranged else ReturnState.RECORDED,
        travel_on=happened_on,
        made_by=by,
    )
    log(row, Happening.FACT, by, code=f"return:{plan.kind}")
    return plan


@transaction.atomic
def correct_kind(*, plan: ReturnPlan, kind: str, by: Staff, reason: str, happened_on: date | None = None) -> ReturnPlan:
    """The kind was another. A date that was confirmed for the old kind does not hold any more."""
    row = _lock(plan)
    if kind not in ReturnKind.values or kind == row.kind:
        raise Refused(_("Choose the kind of return."))
    if not reason.strip():
        raise Refused(_("Write why it is corrected."))
    if row.state == ReturnState.TRAVELLED:
        raise Refused(_("They have travelled. What was is not changed any more."))
    if kind not in ARRANGED and (happened_on is None or happened_on > timezone.localdate()):
        raise Refused(_("Write the day on which it happened. Only what has happened is recorded."))
    if kind in ARRANGED and row.state == ReturnState.RECORDED:
        row.state = ReturnState.INTEREST
    row.kind = kind
    _take_date_away(row)
    if kind not in ARRANGED:
        row.state, row.travel_on = ReturnState.RECORDED, happened_on
    elif _fear_unheard(row):
        row.state = ReturnState.STOPPED
    elif row.state not in {ReturnState.STOPPED, ReturnState.WITHDRAWN}:
        row.state = _state_by_checks(row)
    row.save()
    log(row.process, Happening.FACT, by, code=f"return:{row.kind}", reason=reason)
    return row


@transaction.atomic
def record_check(
    *,
    plan: ReturnPlan,
    person: Person,
    what: str,
    answer: bool | None,
    by: Staff,
    language: str = "",
    in_private: bool = False,
    details: str = "",
) -> ReturnCheck:
    """Write one answer about one person. Fear, or an answer that nobody could give, stops the return and alerts the legal team.

    Raises Refused where the question was not asked as it must be, or by somebody who may not answer it.
    """
    if _calls_off(what, answer):
        _lock_families(plan)
    row = _lock(plan)
    _check_open(row)
    _check_answer(row, person, what, answer, by, language, in_private, details)
    check = ReturnCheck.objects.create(
        plan=row,
        person=person,
        what=what,
        answer=answer,
        language=language,
        in_private=in_private,
        details=details.strip(),
        by=by,
    )
    _follow(row, check, by)
    return check


def _calls_off(what: str, answer: bool | None) -> bool:
    """Fear, or a consent that is taken back: what was booked for the return does not take place."""
    return answer is not False if what == Check.FEAR else what in {Check.CONSENT, Check.COUNSEL} and answer is False


def _lock_families(plan: ReturnPlan) -> None:
    """Families before their people, as booking locks them: what was booked for the return is about to be called off."""
    people = plan.process.people.current().values("person")
    booked = Appointment.objects.still_on().filter(kind__group=Group.RETURN, people__person__in=people)
    list(Family.objects.select_for_update(no_key=True).filter(pk__in=booked.values("family")).order_by("pk"))


def _check_open(plan: ReturnPlan) -> None:
    if not plan.is_arranged:
        raise Refused(_("This return is only recorded: there is nothing to check before it."))
    if plan.state == ReturnState.TRAVELLED:
        raise Refused(_("They have travelled. What was is not changed any more."))


def _check_answer(
    plan: ReturnPlan,
    person: Person,
    what: str,
    answer: bool | None,
    by: Staff,
    language: str,
    in_private: bool,
    details: str,
) -> None:
    if what not in Check.values or what == Check.CLAIM:
        raise Refused(_("Choose what was checked."))
    if not plan.process.people.current().filter(person=person).exists():
        raise Refused(_("%(name)s is not in this case any more.") % {"name": person.full_name})
    if len(details) > DETAILS_AT_MOST:
        raise Refused(_("The details hold up to %(limit)s characters.") % {"limit": DETAILS_AT_MOST})
    if (
        what == Check.FEAR and answer is False
    ):  # Fear counts wherever it was said; that there is none, only if well asked.
        _check_fear(person, language, in_private)
    if what == Check.COUNSEL and not may(by, Permission.KEEP_LEGAL_NOTES):
        raise Refused(_("Only the legal team writes that they talked to a lawyer."))
    if answer and what in NEEDS_DETAILS and not details.strip():
        raise Refused(_("Write who or where: the name, the number of the decision, the place."))
    if answer is None and what != Check.FEAR:
        raise Refused(_("Mark yes or no."))


def _check_fear(person: Person, language: str, in_private: bool) -> None:
    if not in_private:
        raise Refused(_("This is asked alone, where nobody else hears it. Ask again in private."))
    if not language:
        raise Refused(_("Write in which language it was asked."))
    if person.speaks and language not in person.speaks:
        raise Refused(
            _("%(name)s does not speak that language, by the file. Ask with an interpreter.")
            % {"name": person.full_name}
        )


def _follow(plan: ReturnPlan, check: ReturnCheck, by: Staff) -> None:
    """What an answer means for the return."""
    if check.what == Check.FEAR and check.answer is not False:
        _stop(plan, check, by)
        return
    if check.what in {Check.CONSENT, Check.COUNSEL} and check.answer is False:
        _take_date_away(plan)
        plan.state = ReturnState.WITHDRAWN
        log(plan.process, Happening.FACT, by, person=check.person, code="return:withdrawn")
        _call_off(plan, by, _("They do not want to go any more."))
    elif plan.state == ReturnState.STOPPED and not _fear_unheard(plan):
        plan.state = _state_by_checks(plan)
    elif plan.state == ReturnState.SCHEDULED and missing_checks(plan.process):
        _take_date_away(plan)
        plan.state = _state_by_checks(plan)
    elif plan.state not in {ReturnState.STOPPED, ReturnState.SCHEDULED}:
        plan.state = _state_by_checks(plan)
    plan.save()


def _stop(plan: ReturnPlan, check: ReturnCheck, by: Staff) -> None:
    """Fear: the return stops, dates fall, what was booked for it is called off, and the legal team is told."""
    _take_date_away(plan)
    plan.state = ReturnState.STOPPED
    plan.save()
    log(plan.process, Happening.ALERT, by, person=check.person, code="fear")
    add_task(
        organisation=plan.process.organisation,
        process=plan.process,
        person=check.person,
        kind=TaskKind.FEAR,
        due_on=timezone.localdate(),
        role=Role.LEGAL,
        is_urgent=True,
        by=by,
        key=f"fear:{check.pk}",
    )
    _call_off(plan, by, _("The return was stopped."))


def _call_off(plan: ReturnPlan, by: Staff, reason: str) -> None:
    """Call off what is booked for the return and still ahead."""
    people = plan.process.people.current().values("person")
    booked = Appointment.objects.still_on().filter(
        kind__group=Group.RETURN, people__person__in=people, starts_at__gt=timezone.now()
    )
    for row in booked.distinct().order_by("pk"):
        appointments.cancel_appointment(appointment=row, by=by, reason=reason)


def _fear_unheard(plan: ReturnPlan) -> bool:
    """Whether somebody said that they fear to go back, and no lawyer has talked to them since."""
    return any(
        line.missing is not None for sheet in sheets_of(plan) for line in sheet.lines if line.what == Check.COUNSEL
    )


def _state_by_checks(plan: ReturnPlan) -> ReturnState:
    """How far the checks of everybody have come."""
    sheets = sheets_of(plan)
    stands = {
        what: all(_stands(sheet, what) for sheet in sheets) for what in (Check.INFORMED, Check.FEAR, Check.CONSENT)
    }
    if stands[Check.CONSENT] and stands[Check.FEAR]:
        return ReturnState.CONSENTED
    if stands[Check.FEAR]:
        return ReturnState.SCREENED
    return ReturnState.COUNSELLED if stands[Check.INFORMED] else ReturnState.INTEREST


def _stands(sheet: Sheet, what: Check) -> bool:
    return any(line.what == what and line.stands for line in sheet.lines)


def _take_date_away(plan: ReturnPlan) -> None:
    plan.travel_on = plan.confirmed_at = plan.confirmed_by = None


# --- The date ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_date(*, plan: ReturnPlan, travel_on: date, by: Staff) -> ReturnPlan:
    """Confirm a date of return: only where every check of every person stands. Raises Refused with the first that does not."""
    row, today = _lock(plan), timezone.localdate()
    _check_open(row)
    if row.state == ReturnState.STOPPED:
        raise Refused(_("There is fear: the return is stopped until the legal team has talked to them."))
    if row.state == ReturnState.WITHDRAWN:
        raise Refused(_("They do not want to go any more. If they change their mind, ask for the consent again."))
    missing = missing_checks(row.process)
    if missing:
        raise Refused(missing[0].words)
    if not today <= travel_on <= today + MOST_AHEAD:
        raise Refused(_("Write a day between today and a year from now."))
    row.state, row.travel_on = ReturnState.SCHEDULED, travel_on
    row.confirmed_at, row.confirmed_by = timezone.now(), by
    row.save()
    log(row.process, Happening.FACT, by, code="return:scheduled")
    return row


@transaction.atomic
def take_date_back(*, plan: ReturnPlan, by: Staff, reason: str) -> ReturnPlan:
    """The date does not hold any more. The checks stay as they are."""
    row = _lock(plan)
    if row.state != ReturnState.SCHEDULED:
        raise Refused(_("There is no date to take back."))
    if not reason.strip():
        raise Refused(_("Write why."))
    _take_date_away(row)
    row.state = _state_by_checks(row)
    row.save()
    log(row.process, Happening.FACT, by, code="return:date_taken_back", reason=reason)
    return row


@transaction.atomic
def record_travel(*, plan: ReturnPlan, by: Staff) -> ReturnPlan:
    """They have travelled, on or after the day that was confirmed."""
    row = _lock(plan)
    if row.state != ReturnState.SCHEDULED:
        raise Refused(_("No date was confirmed. A return without its checks is not written as arranged."))
    if row.travel_on is not None and row.travel_on > timezone.localdate():
        raise Refused(_("The day of travel has not come yet."))
    if missing := missing_checks(row.process):
        raise Refused(missing[0].words)
    row.state = ReturnState.TRAVELLED
    row.save(update_fields=["state"])
    log(row.process, Happening.FACT, by, code="return:travelled")
    return row


def look_again(people: Iterable[Person], by: Staff | None) -> int:
    """Something else changed about people: dates of return whose checks do not all stand any more fall. Returns how many.

    For whoever has locked these people: somebody joined the case, a claim began.
    """
    ours = ProcessPerson.objects.current().filter(process=OuterRef("process"), person__in=people)
    plans = ReturnPlan.objects.filter(Exists(ours), state=ReturnState.SCHEDULED).select_related("process")
    fallen = 0
    for plan in plans.order_by("pk"):
        if missing_checks(plan.process):
            _take_date_away(plan)
            plan.state = _state_by_checks(plan)
            plan.save()
            log(plan.process, Happening.FACT, by, code="return:date_taken_back", reason=_("A check is missing now."))
            fallen += 1
    return fallen


# --- Locks -------------------------------------------------------------------------------------------------------------


def _lock_process(process: Process) -> Process:
    """The case, open and locked, with its people locked before it (services/processes.py does the same)."""
    lock_people(Person.objects.filter(process_rows__process=process, process_rows__left_at=None))
    rows = Process.objects.select_for_update(of=("self",), no_key=True).select_related(
        "organisation", "version__pathway"
    )
    row = rows.get(pk=process.pk)
    if not row.is_open:
        raise Refused(_("This case is closed. To go on with it, open it again."))
    return row


def _lock(plan: ReturnPlan) -> ReturnPlan:
    process = _lock_process(plan.process)
    row = ReturnPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    row.process = process
    return row
