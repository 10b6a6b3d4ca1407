"""What people wait for in the United States: the A-number, the address that a court must know, and turns on lists (annex A)."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.clock_engine import engine_of
from cases.models import (
    AlienNumber,
    Appointment,
    ClockRule,
    Group,
    Happening,
    Person,
    Process,
    ProcessPerson,
    Task,
    TaskKind,
    TurnState,
    WaitlistTurn,
)
from cases.services.people import lock_people
from cases.services.process_log import log
from cases.services.protection import lock_case
from cases.services.tasks import add_task, drop_all
from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.models import Organisation, Staff

ADDRESS_RULE = (
    "us-address"  # 8 CFR 1003.15(d)(2): "within five days"; safe in calendar days, likely in U.S. working days.
)
DAYS = 5  # Where the rule is not loaded here.
CHECK_A_LIST_EVERY = timedelta(days=7)


# --- The A-number ------------------------------------------------------------------------------------------------------


def clean_a_number(text: str) -> str:
    """The nine digits of an A-number: 7, 8 or 9 are written on papers, shorter ones are filled up in front. Raises Refused."""
    digits = re.sub(r"[\s\-.#]", "", text).upper()
    digits = digits.removeprefix("A")
    if not re.fullmatch(r"[0-9]+", digits):
        raise Refused(_("An A-number has only digits after its A. Read it again on the paper."))
    if not 7 <= len(digits) <= 9:
        raise Refused(_("An A-number has 7, 8 or 9 digits; this one has %(count)s.") % {"count": len(digits)})
    if not int(digits):
        raise Refused(_("An A-number is not all zeros. Read it again on the paper."))
    return digits.zfill(9)


def hash_of_a_number(text: str) -> str:
    """The keyed hash of an A-number as somebody types it in a search, or nothing where it cannot be one."""
    try:
        return keyed_hash(f"A{clean_a_number(text)}")
    except Refused:
        return ""


@transaction.atomic
def write_a_number(*, person: Person, number: str, by: Staff) -> AlienNumber:
    """Write or correct the A-number of somebody; the one before stays in the table. Raises Refused."""
    [person] = lock_people([person])
    digits = clean_a_number(number)
    hashed = keyed_hash(f"A{digits}")
    same = AlienNumber.objects.standing().filter(person__organisation=person.organisation_id, number_hash=hashed)
    other = same.select_related("person").first()
    if other is not None and other.person_id == person.pk:
        raise Refused(_("Nothing was changed: it is so already."))
    if other is not None:
        words = _("%(name)s has this A-number in our files. Read it again, or look for a double file of one person.")
        raise Refused(words % {"name": other.person.full_name})
    AlienNumber.objects.standing().filter(person=person).update(removed_at=timezone.now())
    return AlienNumber.objects.create(person=person, number=digits, number_hash=hashed, written_by=by)


@transaction.atomic
def remove_a_number(*, person: Person, by: Staff) -> None:
    """It was not theirs."""
    lock_people([person])
    if not AlienNumber.objects.standing().filter(person=person).update(removed_at=timezone.now()):
        raise Refused(_("There is no A-number to take away."))


def people_with_a_number(text: str) -> list[int]:
    """The ids of the people whose file has this very A-number; none where it cannot be one."""
    hashed = hash_of_a_number(text)
    if not hashed:
        return []
    return list(AlienNumber.objects.standing().filter(number_hash=hashed).values_list("person_id", flat=True))


# --- The address of a court ----------------------------------------------------------------------------------------------


def days_to_tell(organisation: Organisation, day: date) -> tuple[date, date]:
    """Until when a court is told of an address of this day: the safe date, and the last one by the court's own form."""
    rule = ClockRule.objects.of(organisation.pk).in_force().filter(code=ADDRESS_RULE).first()
    if rule is None:  # Calendar days alone: the safe reading for both.
        return day + timedelta(days=DAYS), day + timedelta(days=DAYS)
    result = engine_of(organisation.pk).result(rule, day)
    return result.safe.last, result.likely.last


@transaction.atomic
def note_new_address(*, people: Iterable[Person], day: date, by: Staff | None) -> list[Task]:
    """People moved to another house on a day: whoever has a U.S. court case tells the court. One task each, made once a day.

    Due on the safe date, the fifth calendar day; the fifth U.S. working day is the last. Returns those that were made.
    """
    made = []
    for person, process in _court_cases_of(list(people)):
        safe, last = days_to_tell(person.organisation, day)
        task = add_task(
            organisation=person.organisation,
            process=process,
            person=person,
            kind=TaskKind.ADDRESS,
            due_on=safe,
            last_on=max(safe, last),
            owner=process.owner if process else None,
            by=by,
            key=f"address:{person.pk}:{day.isoformat()}",
        )
        if task is not None:
            made.append(task)
    return made


def in_us_cases() -> Any:
    """Rows of people in open cases that lead to the United States."""
    return ProcessPerson.objects.current().filter(process__version__pathway__group=Group.US_APPOINTMENT)


def hearings_ahead() -> Any:
    """Dates before a U.S. court that are still to come, also of those for whom nobody has opened a case."""
    return Appointment.objects.still_on().filter(kind__is_checked_weekly=True, starts_at__gte=timezone.now())


def _court_cases_of(people: list[Person]) -> list[tuple[Person, Process | None]]:
    """Each of these people who has to do with a U.S. court, with the open case in which that is, where there is one."""
    ours = in_us_cases().filter(person__in=people)
    related = ("person", "process__organisation", "process__owner", "process__version__pathway")
    rows = list(ours.select_related(*related).order_by("-is_main", "pk"))
    called = set(hearings_ahead().filter(people__person__in=people).values_list("people__person", flat=True))
    found: dict[int, tuple[Person, Process | None]] = {}
    for row in rows:
        if row.process.version.pathway.code.startswith("us-court") or row.person_id in called:
            found.setdefault(row.person_id, (row.person, row.process))
    for person in people:  # A hearing stands also where nobody has opened a case for it.
        if person.pk in called:
            found.setdefault(person.pk, (person, None))
    return list(found.values())


# --- Turns on a list -----------------------------------------------------------------------------------------------------


@transaction.atomic
def join_a_list(
    *, process: Process, list_name: str, joined_on: date, by: Staff, number: str = "", check_on: date | None = None
) -> WaitlistTurn:
    """Write that they are on a list, with its number, and make the task to ask how far it is."""
    row = lock_case(process)
    today = timezone.localdate()
    if not list_name.strip():
        raise Refused(_("Write which list it is: who keeps it, and where."))
    if joined_on > today:
        raise Refused(_("They cannot have joined the list in the future. Check the day."))
    if len(number) > 40:
        raise Refused(_("The number has more than 40 characters. Write the number alone."))
    turn = WaitlistTurn.objects.create(
        process=row,
        list_name=list_name.strip()[:120],
        number=number.strip(),
        joined_on=joined_on,
        check_on=check_on or today + CHECK_A_LIST_EVERY,
        written_by=by,
    )
    log(row, Happening.FACT, by, code="turn:waiting")
    _ask_again(turn, row, by)
    return turn


@transaction.atomic
def hear_of_list(
    *,
    turn: WaitlistTurn,
    state: str,
    by: Staff,
    last_called: str = "",
    called_for: date | None = None,
    check_on: date | None = None,
) -> WaitlistTurn:
    """What was heard about a turn: how far the list is, that it was called, that it was lost."""
    process = lock_case(turn.process)
    row = WaitlistTurn.objects.select_for_update(no_key=True).get(pk=turn.pk)
    today = timezone.localdate()
    if state not in TurnState.values:
        raise Refused(_("Choose how it stands."))
    if row.state not in {TurnState.WAITING, TurnState.CALLED}:
        raise Refused(_("This turn is over. Write a new one where they join a list again."))
    if state == TurnState.CALLED and (called_for is None or called_for < today):
        raise Refused(_("Write the day for which they were called."))
    row.state, row.last_called, row.checked_on = state, last_called.strip()[:40], today
    row.called_for = called_for if state == TurnState.CALLED else row.called_for
    row.check_on = check_on or today + CHECK_A_LIST_EVERY
    row.save()
    drop_all(process.tasks.filter(kind=TaskKind.TURN, key__startswith=f"turn:{row.pk}:"), _("It was asked."))
    log(process, Happening.FACT, by, code=f"turn:{state}")
    called = process.tasks.filter(kind=TaskKind.TURN_CALLED, key__startswith=f"turn:{row.pk}:")
    drop_all(called, _("It was asked."))
    if state == TurnState.WAITING:
        _ask_again(row, process, by)
    elif state == TurnState.CALLED:
        _be_there(row, process, by)
    return row


def _be_there(turn: WaitlistTurn, process: Process, by: Staff) -> None:
    """Who is not there when they are called may lose the turn: an urgent task for that day."""
    add_task(
        organisation=process.organisation,
        process=process,
        kind=TaskKind.TURN_CALLED,
        due_on=turn.called_for or timezone.localdate(),
        owner=process.owner,
        is_urgent=True,
        by=by,
        key=f"turn:{turn.pk}:called:{timezone.now():%Y%m%d%H%M%S%f}",
    )


def _ask_again(turn: WaitlistTurn, process: Process, by: Staff) -> None:
    add_task(
        organisation=process.organisation,
        process=process,
        kind=TaskKind.TURN,
        due_on=turn.check_on,
        owner=process.owner,
        by=by,
        key=f"turn:{turn.pk}:{turn.check_on.isoformat()}",
    )
