"""What an authority does to many at once: entered once for everybody it reaches, looked at before, and undone as one act.

One request and one transaction, not a task in batches: whoever presses sees at once what was done, the page beforehand is the
act itself, done and taken back, and a server that dies in the middle leaves nothing half done, because nothing of it was
written. That holds because the number of statements does not grow with the number of families (a test counts them); two
hundred families take about a second.

Twice the same is once: the database keeps one event that stands for the same words, and whoever comes second, or meanwhile,
waits and is given the first. Locks are taken as everywhere: houses, families, people, then appointments and cases.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.clock_engine import engine_of
from cases.date_rules import ClosedDay, Rule, ShiftUnit
from cases.daycount import OutOfRange
from cases.models import (
    Appointment,
    AppointmentPerson,
    Case,
    FamilyMember,
    Person,
    Process,
    ProcessPerson,
    Task,
    TaskKind,
)
from cases.services import authority_changes, tasks
from cases.services.appointments import MOST_YEARS_AHEAD
from cases.services.people import lock_people
from cases.services.processes import CHOOSE_WITHIN
from cases.services.reminders import lock_families
from cases.walltime import instant_at
from ngo.errors import Refused
from ngo.models import Organisation, Staff
from ngo.permissions import Role
from shelters.models import LONGEST_KEPT, AuthorityChange, AuthorityEffect, LeftAlone, Shelter, WhatHappened
from shelters.services import authority_notices, desk, kept_beds

FURTHEST_BACK = timedelta(days=60)
FURTHEST_AHEAD = timedelta(days=366)
FURTHEST_SHIFT = {ShiftUnit.DAYS: 731, ShiftUnit.MONTHS: 24}
MOVES = {WhatHappened.MOVED, WhatHappened.BY_RULE}


@dataclass
class Reached:
    """Whom an event reaches: the appointments, the cases, their people, whose families these are in now, and the houses."""

    appointments: list[Appointment] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    goers: dict[int, list[int]] = field(default_factory=dict)  # People of each appointment.
    members: dict[int, list[int]] = field(default_factory=dict)  # People of each case.
    family_of: dict[int, int] = field(default_factory=dict)  # The family that each person is in.
    houses: list[Shelter] = field(default_factory=list)  # Where beds are to be kept; locked.

    @property
    def people(self) -> set[int]:
        return {pk for some in (self.goers, self.members) for pks in some.values() for pk in pks}

    @property
    def families(self) -> set[int]:
        theirs = {self.family_of[pk] for pk in self.people if pk in self.family_of}
        return theirs | {row.family_id for row in self.appointments}

    def family(self, process: Process) -> int | None:
        """The family of a case now: that of the first of its people who is in one."""
        found = [self.family_of[pk] for pk in self.members.get(process.pk, []) if pk in self.family_of]
        return found[0] if found else process.family_id


@dataclass(frozen=True)
class Preview:
    """What entering an event would do. `seen` names exactly that: whoever enters it gives it back."""

    event: AuthorityChange
    effects: list[AuthorityEffect]
    tasks: int
    told: int  # Families to whom a message would go.
    families: int
    people: int
    seen: str


@dataclass(frozen=True)
class Undone:
    """What undoing an event put back, and what was changed since and stays as it is."""

    event: AuthorityChange
    put_back: int
    left: int


# --- Entering ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def enter_event(*, organisation: Organisation, by: Staff, seen: str = "", **facts: Any) -> tuple[AuthorityChange, bool]:
    """Enter what an authority did, and do all that follows from it. Returns it, and whether it was not there already.

    With `seen` of a preview it is refused where other people, or other things of theirs, would be reached by now.
    """
    event = checked(organisation=organisation, by=by, **facts)
    try:
        with transaction.atomic():
            event.save()
    except IntegrityError:
        return AuthorityChange.objects.the_same_as(event).get(), False
    reached = _lock_and_look(event)
    if not reached.people:
        raise Refused(_("Nothing here fits that: no appointment and no case. Look at the kind, the place and the day."))
    if seen and seen != _name_of(_carry_out(event, reached)):
        raise Refused(_("Since you looked, something has changed: look again whom it reaches, then enter it."))
    if not seen:
        _carry_out(event, reached)
    return event, True


def preview(*, organisation: Organisation, by: Staff, **facts: Any) -> Preview:
    """What `enter_event` would do: it is done, looked at and taken back, so that the page cannot promise anything else.

    Raises Refused where it would, and where the same stands already.
    """
    found: list[Preview] = []
    try:
        with transaction.atomic():
            event, is_new = enter_event(organisation=organisation, by=by, **facts)
            if not is_new:
                raise Refused(_("This is entered already, and it stands. Nothing is done twice."))
            found.append(_seen(event))
            raise _OnlyLooked
    except _OnlyLooked:
        return found[0]


class _OnlyLooked(Exception):
    """Ends an act that was only looked at."""


def _seen(event: AuthorityChange) -> Preview:
    effects = list(event.effects.with_things())
    return Preview(
        event=event,
        effects=effects,
        tasks=Task.objects.filter(organisation=event.organisation, key__startswith=_key(event, "")).count(),
        told=authority_notices.families_told(event),
        families=len({row.family_id for row in effects if row.family_id}),
        people=len(event.effects.people()),
        seen=_name_of(effects),
    )


def checked(*, organisation: Organisation, by: Staff, **facts: Any) -> AuthorityChange:
    """The event as it would be, not saved. Raises Refused, with a sentence for whoever enters it."""
    event = AuthorityChange(organisation=organisation, by=by, **facts)
    _check_mine(event, by)
    today = timezone.localdate()
    if not event.authority.strip():
        raise Refused(_("Write which authority did it."))
    if not event.source.strip():
        raise Refused(_("Write the source: where it was announced, or who said so and when."))
    if event.what not in WhatHappened.values:
        raise Refused(_("Choose what the authority did."))
    if event.kind is None and event.pathway is None:
        raise Refused(_("Choose the kind of appointment, the pathway, or both."))
    if event.kind is not None and event.kind.is_legal:
        raise Refused(_("A consultation of a legal provider is not an authority's. Cancel it on its own page."))
    if event.kind is None and (event.office is not None or event.place or event.what != WhatHappened.CANCELLED):
        raise Refused(_("A case has no place and no day. Choose the kind of appointment too."))
    if event.pathway is not None and event.what != WhatHappened.CANCELLED:
        raise Refused(_("Where dates are only moved, the cases go on. Leave the pathway empty."))
    if not today - FURTHEST_BACK <= event.from_on <= today + FURTHEST_AHEAD:
        raise Refused(_("Check the year: from two months ago until a year from now."))
    if event.keep_days > LONGEST_KEPT:
        raise Refused(_("Beds are kept for up to %(days)d days.") % {"days": LONGEST_KEPT})
    if event.until_on is not None and event.until_on < event.from_on:
        raise Refused(_("The last day comes after the first. Check the days."))
    if event.until_on is not None and event.kind is None:
        raise Refused(_("A case has no place and no day. Choose the kind of appointment too."))
    _check_new_day(event, today)
    _check_rule(event)
    last = max(event.from_on, today, event.new_on or today, _last_new_day(event))
    event.kept_until = last + timedelta(days=event.keep_days) if event.keep_days else None
    event.authority, event.source, event.note = event.authority.strip(), event.source.strip(), event.note.strip()
    return event


def _check_new_day(event: AuthorityChange, today: date) -> None:
    if event.what == WhatHappened.BY_RULE:
        event.new_on = None
    elif event.what != WhatHappened.MOVED:
        event.new_on = event.new_time = None
    elif event.new_on is None:
        raise Refused(_("Write the new day, or choose that it is still to be told."))
    elif event.new_on <= today:
        raise Refused(_("The new day must be one to come. Check the day, the month and the year."))
    elif event.new_on.year - today.year > MOST_YEARS_AHEAD:
        raise Refused(_("That is more than ten years away. Check the year."))


def _check_rule(event: AuthorityChange) -> None:
    """By how much, and what holds where nobody works on the new day."""
    if event.what != WhatHappened.BY_RULE:
        event.shift, event.shift_unit = None, ""
    elif not event.shift or event.shift_unit not in ShiftUnit.values:
        raise Refused(_("Write by how many days or months each is moved."))
    elif not 0 < event.shift <= FURTHEST_SHIFT[ShiftUnit(event.shift_unit)]:
        raise Refused(_("Dates are moved by up to two years. Check by how many days or months."))
    if event.what not in MOVES:
        event.closed_day, event.days_of = ClosedDay.KEEP, None
    if event.closed_day not in ClosedDay.values:
        raise Refused(_("Choose what holds where nobody works on the new day."))
    if event.closed_day != ClosedDay.WORKING:
        event.days_of = None
    elif event.days_of is None:
        raise Refused(_("Choose the authority whose working days count."))


def _last_new_day(event: AuthorityChange) -> date:
    """The day to which a rule moves the last day that it reaches, as far as that is known before whom it reaches."""
    if event.what != WhatHappened.BY_RULE:
        return event.from_on
    try:
        return Rule(shift=event.shift or 0, unit=event.shift_unit).moved(event.until_on or event.from_on)
    except OverflowError as error:
        raise Refused(_("Dates are moved by up to two years. Check by how many days or months.")) from error


def rule_of(event: AuthorityChange) -> Rule:
    """How each date moves; the working days are those that every list and closure of the authority leaves."""
    working = None
    if event.days_of is not None:
        office = event.office_id
        working = engine_of(event.organisation_id).every(event.days_of.pk, office).working_from
    return Rule(
        shift=event.shift or 0, unit=event.shift_unit, to=event.new_on, closed=event.closed_day, working_from=working
    )


def _check_mine(event: AuthorityChange, by: Staff) -> None:
    theirs = [row.organisation_id for row in (event.kind, event.pathway) if row is not None]
    if by.organisation is None or {by.organisation.pk, *theirs} != {event.organisation_id}:
        raise Refused(_("This belongs to another organisation."))


def _lock_and_look(event: AuthorityChange) -> Reached:
    """Whom it reaches, all of it locked: looked up, locked, and looked up again, because somebody may have been quicker."""
    first = _reached(event)
    houses = kept_beds.houses_of(event.organisation_id, first.families, first.people) if event.kept_until else []
    locked = [desk.lock(shelter, event.by) for shelter in houses]
    lock_families(first.families)
    lock_people(Person(pk=pk) for pk in first.people)
    reached = _reached(event)
    appointments = {row.pk for row in first.appointments}
    processes = {row.pk for row in first.processes}
    reached.appointments = [row for row in reached.appointments if row.pk in appointments]
    reached.processes = [row for row in reached.processes if row.pk in processes]
    reached.houses = locked
    return reached


def _reached(event: AuthorityChange) -> Reached:
    """The appointments and cases that an event is about, with their people. Five queries."""
    found = Reached()
    if event.kind is not None:
        rows = Appointment.objects.filter(organisation=event.organisation_id).select_related("kind", "owner")
        rows = rows.of_an_authority(
            kind=event.kind, since=event.from_on, until=event.until_on, office=event.office, place=event.place
        )
        found.appointments = list(rows.order_by("pk"))
        found.goers = _people_of(AppointmentPerson.objects, "appointment_id", [row.pk for row in found.appointments])
    if event.pathway is not None:
        cases = Process.objects.open().filter(organisation=event.organisation_id, version__pathway=event.pathway)
        if event.where:  # A case has no place: those of the people whose date it is.
            cases = cases.of_people(found.people)
        found.processes = list(cases.select_related("version__pathway").order_by("pk"))
        found.members = _people_of(ProcessPerson.objects.current(), "process_id", [row.pk for row in found.processes])
    now = FamilyMember.objects.filter(person__in=found.people, left_on=None, is_imported=False)
    found.family_of = dict(now.values_list("person_id", "family_id"))
    return found


def _people_of(rows: Any, name: str, pks: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row, person in rows.filter(**{f"{name}__in": pks}).order_by("pk").values_list(name, "person_id"):
        found[row].append(person)
    return dict(found)


def _carry_out(event: AuthorityChange, reached: Reached) -> list[AuthorityEffect]:
    """All that follows from an event, written down with what stood there before."""
    ways = tasks.processes_of_appointments(reached.appointments)
    effects = _change_dates(event, reached)
    ended, undecided = _end_cases(event, reached)
    effects += ended
    todo = _to_do(event, reached, ways, undecided, {row.process_id for row in ended if not row.left_alone})
    tasks.add_many(todo)
    for shelter in reached.houses:
        who = {"families": reached.families, "people": reached.people}
        effects += kept_beds.keep(shelter=shelter, until=event.kept_until or event.from_on, by=event.by, **who)
    for effect in effects:
        effect.event = event
    AuthorityEffect.objects.bulk_create(effects)
    authority_notices.plan_notices(event=event, families=reached.families - _left_as_they_are(effects))
    return effects


def _left_as_they_are(effects: Iterable[AuthorityEffect]) -> set[int]:
    """Families whose dates all stay, and of whom nothing else changes: there is nothing to tell them."""
    stay: set[int | None] = set()
    change: set[int | None] = set()
    for row in effects:
        (stay if row.appointment_id and row.left_alone else change).add(row.family_id)
    return {family for family in stay - change if family is not None}


def _change_dates(event: AuthorityChange, reached: Reached) -> list[AuthorityEffect]:
    rows, reason = reached.appointments, _reason(event)
    if not rows:
        return []
    if event.what not in MOVES:
        was = authority_changes.cancel_all(rows, by=event.by, reason=reason)
        return [AuthorityEffect(appointment=row, family_id=row.family_id, was=was[row.pk]) for row in rows]
    days, stay = _new_days(event, rows)
    if not days and LeftAlone.DAY_IS_OVER in stay.values():
        raise Refused(_("The new day must be one to come. Check the day, the month and the year."))
    if not days:
        raise Refused(_("None of them would move by that. Look at the days and at the rule."))
    moves = [row for row in rows if row.pk in days]
    was, successors = authority_changes.move_all(moves, to=days, at=event.new_time, by=event.by, reason=reason)
    meets = authority_changes.meeting_others(list(successors.values()))
    effects = [
        AuthorityEffect(
            appointment=row,
            family_id=row.family_id,
            was=was[row.pk],
            successor=successors[row.pk],
            meets_another=successors[row.pk].pk in meets,
        )
        for row in moves
    ]
    return effects + [
        AuthorityEffect(appointment=row, family_id=row.family_id, left_alone=stay[row.pk])
        for row in rows
        if row.pk in stay
    ]


def _new_days(event: AuthorityChange, rows: Iterable[Appointment]) -> tuple[dict[int, date], dict[int, LeftAlone]]:
    """The new day of each appointment, by id; and why those that stay do."""
    rule, now = rule_of(event), timezone.now()
    days: dict[int, date] = {}
    stay: dict[int, LeftAlone] = {}
    for row in rows:
        try:
            day = rule.moved(row.local_date)
        except (OverflowError, OutOfRange):
            stay[row.pk] = LeftAlone.TOO_FAR
            continue
        if instant_at(row.zone, day, event.new_time or row.local_time) <= now:
            stay[row.pk] = LeftAlone.DAY_IS_OVER
        elif day.year - now.year > MOST_YEARS_AHEAD:
            stay[row.pk] = LeftAlone.TOO_FAR
        elif (day, event.new_time or row.local_time) == (row.local_date, row.local_time):
            stay[row.pk] = LeftAlone.SAME_DAY
        else:
            days[row.pk] = day
    return days, stay


def _end_cases(event: AuthorityChange, reached: Reached) -> tuple[list[AuthorityEffect], dict[int, int]]:
    """The cases that end, those that cannot, and of each that ends the first person who has no other way now."""
    stuck = authority_changes.with_open_claim([row.pk for row in reached.processes])
    ends = [row for row in reached.processes if row.pk not in stuck]
    was = authority_changes.end_cases(ends, by=event.by, reason=_reason(event)) if ends else {}
    effects = [
        AuthorityEffect(
            process=row,
            family_id=reached.family(row),
            was=was.get(row.pk, {}),
            left_alone=LeftAlone.OPEN_CLAIM if row.pk in stuck else "",
        )
        for row in reached.processes
    ]
    return effects, {pk: one["undecided"][0] for pk, one in was.items() if one["undecided"]}


def _to_do(
    event: AuthorityChange,
    reached: Reached,
    ways: dict[int, Process],
    undecided: dict[int, int],
    ended: set[int | None],
) -> list[Task]:
    """One task for each case, or for each family whose date belongs to none: a new way, or a new date to ask for.

    Where everything is moved to a day, nothing is asked: the new dates wait to be told in person.
    """
    if event.what in MOVES:
        return []
    owned = tasks.keepers_of(event.organisation_id)
    by_pk = {row.pk: row for row in reached.processes}
    rows = [
        _task(event, f"case:{pk}", by_pk[pk].owner_id, owned, process=by_pk[pk], person_id=person)
        for pk, person in undecided.items()
    ]
    goes_on = {way.pk: way for way in ways.values() if way.pk not in ended}
    rows += [_task(event, f"case:{way.pk}", way.owner_id, owned, process=way) for way in goes_on.values()]
    alone = {row.family_id: row for row in reversed(reached.appointments) if row.pk not in ways}
    keepers = _responsible({pk for row in alone.values() for pk in reached.goers.get(row.pk, [])})
    for family, row in alone.items():
        goers = reached.goers.get(row.pk, [])
        owner = row.owner_id if row.owner_id in owned else next((keepers[pk] for pk in goers if pk in keepers), None)
        rows.append(_task(event, f"family:{family}", owner, owned, appointment=row, person_id=next(iter(goers), None)))
    return rows


def _responsible(people: Collection[int]) -> dict[int, int]:
    rows = Case.objects.open().filter(person__in=people, owner__isnull=False)
    return dict(rows.values_list("person_id", "owner_id"))  # type: ignore[arg-type]


def _task(event: AuthorityChange, key: str, owner: int | None, owned: set[int], **about: Any) -> Task:
    is_new_date = event.what == WhatHappened.TO_BE_TOLD
    return Task(
        organisation_id=event.organisation_id,
        kind=TaskKind.OTHER if is_new_date else TaskKind.CHOOSE_WAY,
        text=_("The authority moved their date and has not said to when. Ask for the new one, and book it.")
        if is_new_date
        else "",
        due_on=timezone.localdate() + CHOOSE_WITHIN,
        role=Role.CASEWORKER,
        owner_id=owner if owner in owned else None,
        made_by=event.by,
        key=_key(event, key),
        **about,
    )


def _key(event: AuthorityChange, what: str) -> str:
    return f"authority:{event.pk}:{what}"


def _reason(event: AuthorityChange) -> str:
    """What stands in the history of each appointment and case."""
    return ". ".join(filter(None, [event.authority, event.note, event.source]))


def _name_of(effects: Iterable[AuthorityEffect]) -> str:
    """A name for exactly these effects, whatever the ids of their own rows."""
    rows = sorted(
        f"{row.appointment_id} {row.successor.local_date if row.successor else ''} {row.process_id} {row.stay_id} "
        f"{row.hold_id} {row.left_alone}"
        for row in effects
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


# --- Undoing -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_event(*, event: AuthorityChange, by: Staff, reason: str) -> Undone:
    """Put everything back as it was: dates with their reminders and tasks, cases with their groups, days and holds of beds.

    What somebody has changed since stays as it is, and is said. Who had a message that a date changed gets another one; what has
    not left does not leave. Raises Refused where it was undone already.
    """
    if not reason.strip():
        raise Refused(_("Write why it is undone: it stays in the history."))
    if by.organisation is None or event.organisation_id != by.organisation.pk:
        raise Refused(_("This belongs to another organisation."))
    for shelter in _houses_of(event):
        desk.lock(shelter, by)
    _lock_everybody(event)
    event = AuthorityChange.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
    if not event.stands:
        raise Refused(_("This has already been undone. Load the page again to see how it stands."))
    effects = list(event.effects.done().order_by("pk"))
    said = _("Taken back: %(reason)s") % {"reason": reason.strip()}
    back = _put_back_dates(effects, by, said) | _put_back_cases(effects, by, said) | kept_beds.put_back(effects, by=by)
    now = timezone.now()
    AuthorityEffect.objects.filter(pk__in=back).update(put_back_at=now)
    made = Task.objects.filter(organisation=event.organisation_id, key__startswith=_key(event, ""))
    tasks.drop_all(made, said[:200])
    event.undone_at, event.undone_by, event.undone_because = now, by, reason.strip()[:200]
    event.save(update_fields=["undone_at", "undone_by", "undone_because"])
    authority_notices.take_back(event=event)
    return Undone(event, len(back), len(effects) - len(back))


def _houses_of(event: AuthorityChange) -> list[Shelter]:
    stays, held = event.effects.values("stay__shelter"), event.effects.values("hold__shelter")
    return list(Shelter.objects.filter(Q(pk__in=stays) | Q(pk__in=held)).order_by("pk"))


def _lock_everybody(event: AuthorityChange) -> None:
    """The families, then the people, whom an event reached."""
    reached = event.effects.all()
    lock_families(reached.exclude(family=None).values_list("family_id", flat=True))
    lock_people(Person(pk=pk) for pk in reached.people())


def _put_back_dates(effects: list[AuthorityEffect], by: Staff, said: str) -> set[int]:
    mine = {row.appointment_id: row for row in effects if row.appointment_id}
    successors = {pk: row.successor_id for pk, row in mine.items() if row.successor_id}
    return _back(mine, lambda was: authority_changes.put_back_appointments(was, successors, by=by, reason=said))


def _put_back_cases(effects: list[AuthorityEffect], by: Staff, said: str) -> set[int]:
    mine = {row.process_id: row for row in effects if row.process_id}
    return _back(mine, lambda was: authority_changes.put_back_cases(was, by=by, reason=said))


def _back(mine: dict[Any, AuthorityEffect], put_back: Callable[[dict[int, Any]], set[int]]) -> set[int]:
    """The ids of the effects of what was put back."""
    done = put_back({pk: row.was for pk, row in mine.items()}) if mine else set()
    return {mine[pk].pk for pk in done}
