"""Appointments: booked, moved, called off, and what became of them. Every change is a row with its author and its reason.

What is typed is a wall time and a clock. The hour of the appointment and the hour to be there stand on the clock of the place
(`zone`), as the paper has them; the hour to leave stands on the clock of the house (`home_zone`), as the hall clock shows it.
On a night on which clocks change see cases/walltime.py. Appointment, people, history, reminders and a legal slot are one
transaction: all of it is there, or nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.languages import LANGUAGES
from cases.models import (
    HOUR_TO_BE_TOLD,
    RESTRICTED_DOCUMENTS,
    STILL_ON,
    Appointment,
    AppointmentChange,
    AppointmentKind,
    AppointmentPerson,
    AppointmentState,
    Capacity,
    Document,
    Family,
    FamilyMember,
    Food,
    Happening,
    InterpreterState,
    Person,
    Precision,
    ReminderReason,
    Task,
    TaskKind,
    Transport,
    WeeklySlot,
)
from cases.services import legal_aid, misses, reminders, tasks
from cases.services.before_booking import refuse_what_is_barred
from cases.services.clashes import clashes
from cases.services.process_log import log
from cases.walltime import at_clock, instant_at
from ngo.errors import Refused
from ngo.models import Membership, Office, Staff

OUTCOMES = [AppointmentState.ATTENDED, AppointmentState.MISSED, AppointmentState.TURNED_AWAY]
CAN_BE_TAKEN_BACK = [AppointmentState.CONFIRMED, *OUTCOMES]
CANCELLED = [AppointmentState.CANCELLED, AppointmentState.CANCELLED_BY_AUTHORITY]
MOST_YEARS_AHEAD = 10
REASON_AT_MOST = 200
LONGEST_WAY = timedelta(days=7)  # From the house to the place.
EARLY, LATE = time(6), time(8)  # Who leaves before takes a bag too; who leaves between has breakfast early.
MIDDAY, AFTER_LUNCH = time(11), time(14)


@dataclass(frozen=True)
class Times:
    """The three moments of an appointment, as instants."""

    leave_at: datetime
    report_at: datetime
    starts_at: datetime


@dataclass(frozen=True)
class Details:
    """How they get there, and who goes along who is not of the family. Everything may be empty."""

    accompanied_by: str = ""
    companion_as: str = ""
    interpreter_state: str = InterpreterState.NOT_NEEDED
    interpreter_language: str = ""  # A code of cases/languages.py.
    interpreter: str = ""
    transport: str = ""
    transport_note: str = ""


DETAILS = tuple(Details.__dataclass_fields__)


# --- Hours and food ----------------------------------------------------------------------------------------------------


def times_of(
    *,
    zone: str,
    home_zone: str,
    local_date: date,
    local_time: time,
    report_date: date | None = None,
    report_time: time | None = None,
    leave_date: date | None = None,
    leave_time: time | None = None,
) -> Times:
    """The instants of an appointment out of wall times; an hour without a date is of the appointment's own date.

    Without an hour to be there it is the hour of the appointment, without an hour to leave it is the hour to be there.
    """
    starts_at = instant_at(zone, local_date, local_time)
    report_at = instant_at(zone, report_date or local_date, report_time) if report_time is not None else starts_at
    leave_at = instant_at(home_zone, leave_date or local_date, leave_time) if leave_time is not None else report_at
    return Times(leave_at, report_at, starts_at)


def _hour_of(precision: str, typed: time | None) -> time:
    """The hour as it is kept: what was typed, or what stands for one that is to be told."""
    if precision != Precision.EXACT:
        return HOUR_TO_BE_TOLD
    if typed is None:
        raise Refused(_("Write the hour, or choose that only the day is known."))
    return typed


def _check_times(times: Times, appointment: Appointment, now: datetime) -> None:
    if times.starts_at <= now and (appointment.hour_is_known or appointment.local_date < _today_there(appointment)):
        raise Refused(_("That date is over. Check the day, the month and the year."))
    if times.starts_at.year - now.year > MOST_YEARS_AHEAD:
        raise Refused(_("That is more than ten years away. Check the year."))
    if times.report_at > times.starts_at:
        raise Refused(
            _("They would have to be there after it begins. Write an earlier hour, or that it is the day before.")
        )
    if times.leave_at > times.report_at:
        raise Refused(
            _("They would leave after they have to be there. Write an earlier hour, or that they leave the day before.")
        )
    if times.starts_at - times.leave_at > LONGEST_WAY:
        raise Refused(_("They would leave more than a week before. Check the dates."))


def food_for(leaves: time) -> Food:
    """What the kitchen prepares for who leaves at this hour of the house's clock, unless somebody says otherwise."""
    if leaves < EARLY:
        return Food.BOTH
    if leaves < LATE:
        return Food.BREAKFAST
    return Food.LUNCH if MIDDAY <= leaves < AFTER_LUNCH else Food.NONE


def home_zone_of(family: Family) -> str:
    """The clock of the house that a family leaves from: where one of them sleeps, or else the organisation's first house.

    Empty for an organisation without a house: then the clock of the place stands for both.
    """
    people = FamilyMember.objects.filter(family=family, left_on=None).values("person")
    stays = Person.objects.filter(pk__in=people, stays__departed_at=None, stays__voided_at=None, stays__isnull=False)
    here = stays.order_by("-stays__arrived_at").values_list("stays__shelter__zone", flat=True).first()
    return here or family.organisation.shelters.order_by("pk").values_list("zone", flat=True).first() or ""  # type: ignore[attr-defined]


# --- Booking -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def schedule_appointment(
    *,
    family: Family,
    kind: AppointmentKind,
    people: Iterable[Person],
    local_date: date,
    by: Staff | None,
    local_time: time | None = None,
    office: Office | None = None,
    place: str = "",
    zone: str = "",
    home_zone: str = "",
    report_time: time | None = None,
    report_date: date | None = None,
    leave_time: time | None = None,
    leave_date: date | None = None,
    companions: Iterable[Person] = (),
    accompanied_by: str = "",
    details: Details | None = None,
    food: str | None = None,
    owner: Staff | None = None,
    slot: WeeklySlot | None = None,
    reason: str = "",
    precision: str = Precision.EXACT,
    is_offer: bool = False,
    confirm_by: datetime | None = None,
    source_document: Document | None = None,
) -> Appointment:
    """Book a date: the appointment, who goes, its history, its reminders and, for a legal kind, its slot.

    `zone` is the clock of the place (an office brings its own), `home_zone` that of the house (the family's own where not
    given). `food=None` proposes it from the hour of leaving. With `precision` DAY no hour is known: those that are given mean
    nothing. `is_offer` is one that the authority offers and that must be confirmed, until the instant `confirm_by` where it says
    one. `details` stand before `accompanied_by`. Raises Refused; with `overridable` where a reason allows it (clashes.py).
    """
    zone = zone or (office.zone if office else "")
    if not zone:
        raise Refused(_("Choose the city of the place: its clock decides the hour."))
    if not kind.is_active:
        raise Refused(_("This kind of appointment is not in use any more. Choose another one."))
    home_zone = home_zone or home_zone_of(family) or zone
    if precision != Precision.EXACT:
        report_time = leave_time = None
    local_time = _hour_of(precision, local_time)
    times = times_of(
        zone=zone,
        home_zone=home_zone,
        local_date=local_date,
        local_time=local_time,
        report_date=report_date,
        report_time=report_time,
        leave_date=leave_date,
        leave_time=leave_time,
    )
    said = checked_details(details or Details(accompanied_by))
    appointment = Appointment(
        organisation=family.organisation,
        family=family,
        kind=kind,
        office=office,
        place="" if office else place.strip(),
        zone=zone,
        local_date=local_date,
        local_time=local_time,
        home_zone=home_zone,
        precision=precision,
        source_document=source_document,
        food=food_for(at_clock(home_zone, times.leave_at).time()) if food is None else food,
        owner=owner,
        made_by=by,
        **vars(said),
        **_offered(is_offer, confirm_by),
    )
    return _book(appointment, times, list(people), list(companions), slot=slot, reason=reason.strip(), by=by)


def _book(
    appointment: Appointment,
    times: Times,
    people: list[Person],
    companions: list[Person],
    *,
    slot: WeeklySlot | None,
    reason: str,
    by: Staff | None,
    although: str | None = None,
) -> Appointment:
    """Write a new appointment with all that hangs on it. Locks the family, then the people (cases/services/reminders.py).

    `although` is why it is right in spite of what speaks against it; where it is left out, `reason` says so.
    """
    reminders.lock_family(appointment.family_id)
    _check_ours(appointment)
    _check_times(times, appointment, timezone.now())
    goers = _goers(appointment.family, people, companions)
    refuse_what_is_barred(appointment.kind, appointment.office, people, goers)
    appointment.leave_shelter_at, appointment.report_at = times.leave_at, times.report_at
    appointment.starts_at = times.starts_at
    _check_offer(appointment)
    if not (reason if although is None else although):
        _ask_why(clashes(appointment, people, companions))
    if appointment.kind.is_legal and slot is None:
        raise Refused(_("This kind takes a consultation of a legal provider. Choose one that is free."))
    appointment.save()
    also = {person.pk for person in companions}
    AppointmentPerson.objects.bulk_create(
        AppointmentPerson(appointment=appointment, person=person, is_companion=person.pk in also) for person in goers
    )
    AppointmentChange.objects.create(appointment=appointment, state=appointment.state, by=by, reason=reason)
    if appointment.kind.is_legal and slot is not None:
        legal_aid.take_slot(appointment=appointment, slot=slot, by=by)  # type: ignore[arg-type]
    reminders.plan_reminders(appointment=appointment)
    tasks.plan_weekly_check(appointment=appointment, by=by, after=timezone.localdate())
    return appointment


def _check_ours(appointment: Appointment) -> None:
    if appointment.kind.organisation_id != appointment.organisation_id:
        raise Refused(_("This kind of appointment does not exist here. Choose another one."))
    if appointment.office is None and not appointment.place:
        raise Refused(_("Choose the office, or write the place."))
    if appointment.food not in Food.values:
        raise Refused(_("Choose what the kitchen prepares."))
    if appointment.precision not in Precision.values:
        raise Refused(_("Choose what is known of the date."))
    if appointment.source_document is not None:
        _check_paper(appointment, appointment.source_document)
    if not _works_here(appointment.owner, appointment.organisation_id):
        raise Refused(_("Who is responsible must work here. Choose somebody else."))


def _works_here(owner: Staff | None, organisation_id: int) -> bool:
    """Whether this person can be responsible; nobody at all always can."""
    if owner is None:
        return True
    return Membership.objects.in_force().filter(staff=owner, organisation_id=organisation_id).exists()


def _check_still_together(family: Family, people: Sequence[Person]) -> None:
    """A move keeps who goes, so there is nothing to choose again: say what can be done instead."""
    if len({person.pk for person in Person.objects.in_family(family)} & {person.pk for person in people}) < len(people):
        raise Refused(
            _("Somebody of this appointment is not in this family any more. Cancel it, then book it for those who go.")
        )


def _goers(family: Family, people: list[Person], companions: list[Person]) -> list[Person]:
    """Everybody who goes, in the order of the family; locked, so that two desks book the same person one after the other."""
    if not people:
        raise Refused(_("Mark at least one person who has the appointment."))
    both = Counter(person.pk for person in [*people, *companions])
    if any(count > 1 for count in both.values()):
        raise Refused(_("The same person cannot both have the appointment and only go along."))
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=both).order_by("pk"))
    goers = list(Person.objects.in_family(family).filter(pk__in=both))
    if len(goers) != len(both):
        raise Refused(_("One of these people is not in this family any more. Look at the family and choose again."))
    return goers


def _ask_why(against: Sequence[str]) -> None:
    """Say all that speaks against a date at once; a reason lets it through."""
    if against:
        words = [*against, _("If it is right all the same, write the reason.")]
        raise Refused(" ".join(words), overridable=True)


def _check_paper(appointment: Appointment, document: Document) -> None:
    if document.family_id != appointment.family_id or document.removed_at is not None:
        raise Refused(_("That paper is not in the file of this family. Choose again."))
    if document.is_legal or document.kind in RESTRICTED_DOCUMENTS:
        raise Refused(_("That paper is kept in confidence. Choose the notice itself, or take a photo of it."))


def checked_details(details: Details) -> Details:
    """The same, without spaces around. Raises Refused where something is missing or unknown."""
    said = Details(**{name: value.strip() for name, value in vars(details).items()})
    if said.companion_as and said.companion_as not in Capacity.values:
        raise Refused(_("Choose as what somebody goes along."))
    if said.transport and said.transport not in Transport.values:
        raise Refused(_("Choose how they get there."))
    if said.interpreter_state not in InterpreterState.values:
        raise Refused(_("Choose whether an interpreter is needed."))
    if said.interpreter_language and said.interpreter_language not in LANGUAGES:
        raise Refused(_("Choose the language of the interpreter."))
    if said.interpreter_state == InterpreterState.NOT_NEEDED:
        return replace(said, interpreter="", interpreter_language="")
    if said.interpreter_state == InterpreterState.ARRANGED and not said.interpreter:
        raise Refused(_("Write who interprets."))
    return said


# --- Offered by an authority -------------------------------------------------------------------------------------------


def _offered(is_offer: bool, confirm_by: datetime | None) -> dict[str, Any]:
    if not is_offer:
        return {}
    return {"state": AppointmentState.OFFERED, "offered_at": timezone.now(), "confirm_by": confirm_by}


def _check_offer(row: Appointment) -> None:
    if row.confirm_by is not None and row.confirm_by >= row.starts_at and row.hour_is_known:
        raise Refused(_("It has to be confirmed before it begins. Check the day and the hour."))


@transaction.atomic
def write_offer(
    *, appointment: Appointment, by: Staff | None, confirm_by: datetime | None = None, reason: str = ""
) -> Appointment:
    """Write that the authority offers it and that it must be confirmed, until an instant where it says one."""
    row = _lock(appointment)
    _refuse_unless_on(row)
    if row.state == AppointmentState.CONFIRMED:
        raise Refused(_("It is confirmed already."))
    row.offered_at, row.confirm_by = row.offered_at or timezone.now(), confirm_by
    _check_offer(row)
    row.save(update_fields=["offered_at", "confirm_by"])
    _drop_unconfirmed(row, _("It has another day to be confirmed by."))
    _change(row, AppointmentState.OFFERED, by, reason.strip())
    return row


def _drop_unconfirmed(row: Appointment, why: str) -> None:
    tasks.drop_all(Task.objects.filter(appointment=row, kind=TaskKind.UNCONFIRMED), why)


# --- Moving, calling off ------------------------------------------------------------------------------------------------


@transaction.atomic
def reschedule_appointment(
    *,
    appointment: Appointment,
    local_date: date,
    reason: str,
    by: Staff | None,
    local_time: time | None = None,
    although: str = "",
    **changed: Any,
) -> Appointment:
    """Move an appointment: a new one that replaces it, while the old one stays as it was, marked as moved.

    The hours to leave and to be there are those of the new date and must be given again. `changed` takes the other
    arguments of `schedule_appointment`; what is left out (kind, people, companions, place, who accompanies, responsible) stays;
    where the one who was responsible works here no more, whoever moves it is. `although` is why the new date is right in spite of
    what speaks against it (clashes.py). No paper names the new date and nobody has read it there, unless `source_document` does.
    Nobody has been told of the new date, and nothing of it is sent that was meant for the old one. Of two desks that move it
    at the same moment one is refused.
    """
    old = _lock(appointment)
    _refuse_unless_on(old)
    reason = reason.strip()
    if not reason:
        raise Refused(_("Write why the date moves."))
    moved = [row.person for row in old.people.filter(is_companion=False).select_related("person")]
    along = [row.person for row in old.people.filter(is_companion=True).select_related("person")]
    _change(old, AppointmentState.RESCHEDULED, by, reason)
    _withdraw(old, ReminderReason.RESCHEDULED)
    zone = changed.pop("zone", "") or old.zone
    home_zone = changed.pop("home_zone", "") or home_zone_of(old.family) or old.home_zone
    hours = {name: changed.pop(name, None) for name in ("report_time", "report_date", "leave_time", "leave_date")}
    if (precision := changed.pop("precision", Precision.EXACT)) != Precision.EXACT:
        hours = {}
    local_time = _hour_of(precision, local_time)
    if (details := changed.pop("details", None)) is not None:
        changed |= vars(checked_details(details))
    times = times_of(zone=zone, home_zone=home_zone, local_date=local_date, local_time=local_time, **hours)
    offered = _offered(changed.pop("is_offer", False), changed.pop("confirm_by", None))
    people, companions = list(changed.pop("people", moved)), list(changed.pop("companions", along))
    slot, food = changed.pop("slot", None), changed.pop("food", None)
    kept = {name: getattr(old, name) for name in ("kind", "office", "place", *DETAILS)}
    kept |= {"owner": old.owner if _works_here(old.owner, old.organisation_id) else by} | changed
    _check_still_together(old.family, [*people, *companions])
    new = Appointment(
        organisation=old.organisation,
        family=old.family,
        replaces=old,
        zone=zone,
        home_zone=home_zone,
        local_date=local_date,
        local_time=local_time,
        precision=precision,
        food=food_for(at_clock(home_zone, times.leave_at).time()) if food is None else food,
        made_by=by,
        **kept,
        **offered,
    )
    if new.office:
        new.place = ""
    reminders.tell_of_change(appointment=old, true_until=times.leave_at, hour_is_known=new.hour_is_known)
    although = although.strip()
    why = ". ".join(filter(None, [reason.rstrip("."), although]))[:REASON_AT_MOST] if although else reason
    return _book(new, times, people, companions, slot=slot, reason=why, by=by, although=although)


@transaction.atomic
def cancel_appointment(
    *, appointment: Appointment, by: Staff | None, reason: str, by_authority: bool = False
) -> Appointment:
    """Call an appointment off, for the family or because the authority did. What waits to be sent is withdrawn."""
    row = _lock(appointment)
    _refuse_unless_on(row)
    if not reason.strip():
        raise Refused(_("Write why it is cancelled."))
    state = AppointmentState.CANCELLED_BY_AUTHORITY if by_authority else AppointmentState.CANCELLED
    _change(row, state, by, reason.strip())
    _withdraw(row, ReminderReason.CANCELLED)
    reminders.tell_of_change(appointment=row, true_until=row.leave_shelter_at, hour_is_known=row.hour_is_known)
    return row


def _withdraw(appointment: Appointment, reason: str) -> None:
    reminders.withdraw_reminders(appointment=appointment, reason=reason)
    legal_aid.release_slot(appointment=appointment)
    tasks.drop_of_appointment(appointment, _("The appointment was moved or called off."))


# --- Confirmed, told, and what became of it ----------------------------------------------------------------------------


@transaction.atomic
def confirm_appointment(*, appointment: Appointment, by: Staff | None, reason: str = "") -> Appointment:
    """Write that the family said that it goes, or confirmed what was offered; also where its time to confirm is over."""
    row = _lock(appointment)
    _refuse_unless_on(row)
    if row.state == AppointmentState.CONFIRMED:
        raise Refused(_("It is confirmed already."))
    _drop_unconfirmed(row, _("It is confirmed."))
    _change(row, AppointmentState.CONFIRMED, by, reason.strip())
    return row


@transaction.atomic
def tell_in_person(*, appointment: Appointment, by: Staff, told: bool = True) -> Appointment:
    """Write that the family was told in the house, or take that back. Who told them first stays written."""
    row = _lock(appointment)
    _refuse_unless_on(row)
    if told == (row.told_at is not None):
        return row
    row.told_at, row.told_by = (timezone.now(), by) if told else (None, None)
    row.save(update_fields=["told_at", "told_by"])
    return row


@transaction.atomic
def record_outcome(
    *, appointment: Appointment, state: str, by: Staff | None, reason: str = "", next_step: str = ""
) -> Appointment:
    """Write what became of it: attended, missed, or turned away there; and what comes next, in a few words.

    Another outcome than before is a correction: why?
    """
    if state not in OUTCOMES:
        raise Refused(_("Choose what became of it."))
    row = _lock(appointment)
    if row.state == state:
        raise Refused(_("This is written already."))
    if row.state not in OUTCOMES:
        _refuse_unless_on(row)
    if row.starts_at > timezone.now() and (row.hour_is_known or row.local_date > _today_there(row)):
        raise Refused(_("It has not begun yet. Write what became of it afterwards, or cancel it."))
    if row.state in OUTCOMES and not reason.strip():
        raise Refused(_("Write why it is corrected."))
    reminders.withdraw_reminders(appointment=row, reason=ReminderReason.OVER)
    tasks.drop_of_appointment(row, _("The appointment is over."))
    _tell_the_case(row, state, by, reason)
    change = _change(row, state, by, reason.strip(), next_step.strip())
    misses.alert_of_a_miss(appointment=row, change=change, by=by)
    return row


def _today_there(row: Appointment) -> date:
    return at_clock(row.zone, timezone.now()).date()


def _tell_the_case(row: Appointment, state: str, by: Staff | None, reason: str) -> None:
    """What became of it stands in the history of the case that it was for. A kind that belongs to no pathway (a doctor) is
    nobody's matter there."""
    process = tasks.process_of_appointment(row) if row.kind.group else None
    if process is not None:
        log(process, Happening.FACT, by, code=f"appointment:{state}", reason=reason)


@transaction.atomic
def take_back(*, appointment: Appointment, by: Staff | None, reason: str = "") -> Appointment:
    """Undo a confirmation or an outcome: the appointment is again what it was before. Both stay in its history."""
    row = _lock(appointment)
    if row.state not in CAN_BE_TAKEN_BACK:
        raise Refused(_("There is nothing to undo here. Look at the appointment again."))
    states = [state for state in row.changes.values_list("state", flat=True) if state in STILL_ON]
    if row.state == AppointmentState.CONFIRMED:
        states = [AppointmentState.OFFERED if row.offered_at else AppointmentState.PLANNED]
    misses.withdraw(appointment=row)
    _change(row, states[0] if states else AppointmentState.PLANNED, by, reason.strip())
    return row


def _lock(appointment: Appointment) -> Appointment:
    """The appointment as it is now; a second desk waits here, then sees what the first one did. The family comes first."""
    reminders.lock_family(appointment.family_id)
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("family__organisation", "organisation", "kind", "office", "owner").get(pk=appointment.pk)


def _refuse_unless_on(row: Appointment) -> None:
    if row.state in STILL_ON:
        return
    if row.state == AppointmentState.RESCHEDULED:
        raise Refused(_("Somebody has just moved this appointment. Open the new date and look at it again."))
    if row.state in CANCELLED:
        raise Refused(_("This appointment is cancelled. To have it again, book a new one."))
    raise Refused(_("This appointment is over: what became of it is written. It can be corrected."))


def _change(row: Appointment, state: str, by: Staff | None, reason: str, next_step: str = "") -> AppointmentChange:
    row.state = state
    row.save(update_fields=["state"])
    return AppointmentChange.objects.create(appointment=row, state=state, by=by, reason=reason, next_step=next_step)


# --- Who goes along, the paper, and what the clocks do -----------------------------------------------------------------


@transaction.atomic
def change_details(*, appointment: Appointment, details: Details, by: Staff) -> Appointment:
    """Write who goes along, who interprets, and how they get there. What stood there before stays in history."""
    row = _lock(appointment)
    _refuse_unless_on(row)
    for name, value in vars(checked_details(details)).items():
        setattr(row, name, value)
    row.save(update_fields=list(DETAILS))
    return row


@transaction.atomic
def attach_paper(*, appointment: Appointment, document: Document, by: Staff) -> Appointment:
    """Write which paper of the family names the date. Whoever read it on another paper did not read it on this one."""
    row = _lock(appointment)
    _check_paper(row, document)
    if row.source_document_id != document.pk:
        row.source_document, row.date_checked_at, row.date_checked_by = document, None, None
        row.save(update_fields=["source_document", "date_checked_at", "date_checked_by"])
    return row


@transaction.atomic
def check_date(*, appointment: Appointment, by: Staff, checked: bool = True) -> Appointment:
    """Write that somebody read the paper and that the date is what it says, or take that back. Never who booked it."""
    row = _lock(appointment)
    _refuse_unless_on(row)
    if checked and row.made_by_id == by.pk:
        raise Refused(_("You wrote this date yourself: somebody else must read it on the paper."))
    if checked == row.is_checked:
        return row
    row.date_checked_at, row.date_checked_by = (timezone.now(), by) if checked else (None, None)
    row.save(update_fields=["date_checked_at", "date_checked_by"])
    return row


def recompute_instants(now: datetime | None = None) -> int:
    """Where the rule of a zone changed after a date was booked, the wall time is what was promised: count its instant anew.

    They leave, and have to be there, as long before as they would have. Reads every appointment to come; writes those that
    moved, each with a line in its history. Returns how many. Safe to repeat.
    """
    now = now or timezone.now()
    ahead = Appointment.objects.still_on().filter(starts_at__gt=now).order_by("pk")
    rows = ahead.values_list("pk", "zone", "local_date", "local_time", "starts_at")
    moved = [pk for pk, zone, day, wall, at in rows.iterator() if instant_at(zone, day, wall) != at]
    return sum(_recompute(pk) for pk in moved)


@transaction.atomic
def _recompute(pk: int) -> bool:
    row = _lock(Appointment.objects.only("pk", "family_id").get(pk=pk))
    starts_at = instant_at(row.zone, row.local_date, row.local_time)
    by_how_much = starts_at - row.starts_at
    if not by_how_much or not row.is_on:
        return False
    row.starts_at, row.report_at = starts_at, row.report_at + by_how_much
    row.leave_shelter_at += by_how_much
    row.save(update_fields=["starts_at", "report_at", "leave_shelter_at"])
    words = _(
        "The rule of the clock changed there. The hour on the paper stays, and so does how long before they leave."
    )
    _change(row, row.state, None, words[:REASON_AT_MOST])
    reminders.plan_reminders(appointment=row)
    return True
