"""Safe trips: who leaves for an appointment, until when, with whom, who is told where they are not back, and how it ends.

Times and places are written while people are out and a day longer; then the trip is deleted and one line without an hour, a place
or a person stays (shelters/services/trip_alarms.py). The lock of a stay is taken before that of a trip, as at the door.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Appointment, AppointmentPerson, Person, Task, TaskKind
from cases.services.tasks import add_task, drop_all
from ngo.errors import Refused
from ngo.models import Membership, Staff
from ngo.permissions import GRANTS, Permission, Role
from shelters import nights
from shelters.models import (
    ALARM_STEPS,
    Capacity,
    Passage,
    Posting,
    Shelter,
    Stay,
    Trip,
    TripAlarm,
    TripEnd,
    TripEntry,
    TripPerson,
    TripRules,
    TripState,
    TripStep,
)

LONGEST = timedelta(days=14)
AT_THE_PLACE = timedelta(
    hours=3
)  # Where nobody says when they come back: so long there, and the way back as the way there.
SHORTEST = timedelta(hours=1)
UNDO_WITHIN = timedelta(hours=24)  # As long as a trip that ended is kept; then it is erased.
TRUE_FOR = timedelta(hours=12)  # A message: by then the chain has gone on, or they were heard of.
WORDS_AT_MOST = 300
MOST_PEOPLE = 60
OF_A_ROUND = ["state", "round", "alarm_from", "taken_at", "taken_by"]


@dataclass(frozen=True)
class Goer:
    """Someone who goes: with the stay that they leave, where they sleep in a house of ours."""

    person: Person
    stay: Stay | None = None


# --- Who is told, and until when ---------------------------------------------------------------------------------------


def rules_of(shelter: Shelter) -> TripRules:
    """What a house said, or what holds where it said nothing; not saved."""
    return TripRules.objects.filter(shelter=shelter).select_related("first", "second").first() or TripRules(
        shelter=shelter
    )


@transaction.atomic
def set_rules(*, shelter: Shelter, minutes: int, by: Staff, first: Staff | None, second: Staff | None) -> TripRules:
    """How long between the steps, and who is told where a trip names nobody. What is under way goes by it from now on."""
    if not 5 <= minutes <= 720:
        raise Refused(_("Write between 5 and 720 minutes."))
    _check_watchers(shelter, first, second)
    said = {"minutes": minutes, "first": first, "second": second, "changed_by": by}
    return TripRules.objects.update_or_create(shelter=shelter, defaults=said)[0]


def watchers_at(shelter: Shelter) -> Any:
    """Staff who may follow the trips of a house: of its organisation, and posted to it or to none."""
    roles = [role.value for role, granted in GRANTS.items() if Permission.FOLLOW_TRIPS in granted]
    ours = Membership.objects.in_force().filter(organisation=shelter.organisation_id, role__in=roles)
    posted = Posting.objects.filter(membership=OuterRef("pk"))
    ours = ours.exclude(Exists(posted), ~Exists(posted.filter(shelter=shelter)))
    return Staff.objects.filter(pk__in=ours.values("staff"), is_active=True).order_by("name", "pk")


def coordinators_of(organisation_id: int) -> list[Staff]:
    """Every coordinator who works here now. One query."""
    ours = Membership.objects.in_force().filter(organisation=organisation_id, role=Role.COORDINATOR)
    return list(Staff.objects.filter(pk__in=ours.values("staff"), is_active=True).order_by("pk"))


def usual_watchers(shelter: Shelter, appointment: Appointment | None) -> tuple[Staff | None, Staff | None]:
    """Who is told first and second where nobody says: whoever is responsible, then whom the house names, then coordinators."""
    rules = rules_of(shelter)
    wanted = [appointment.owner if appointment is not None else None, rules.first, rules.second]
    wanted += coordinators_of(shelter.organisation_id)
    may_follow = set(watchers_at(shelter).values_list("pk", flat=True))
    found: dict[int, Staff] = {}
    for one in wanted:
        if one is not None and one.pk in may_follow:
            found.setdefault(one.pk, one)
    first, second, *_rest = [*found.values(), None, None]
    return first, second


def usual_return(appointment: Appointment | None, left_at: datetime) -> datetime:
    """When they are likely back: the hour of the appointment, three hours there, and as long a way back; to a quarter hour."""
    if appointment is None:
        back = left_at + AT_THE_PLACE
    else:
        way = appointment.report_at - appointment.leave_shelter_at
        back = max(appointment.starts_at, left_at) + AT_THE_PLACE + way
    back = min(max(back, left_at + SHORTEST), left_at + LONGEST)
    over = timedelta(minutes=back.minute % 15, seconds=back.second, microseconds=back.microsecond)
    return back if not over else back + timedelta(minutes=15) - over


def appointment_today(stay: Stay, now: datetime | None = None) -> Appointment | None:
    """The appointment that somebody leaves for on this date of the house's clock, if one is on. One query."""
    midnight = nights.midnight(stay.shelter, nights.local(stay.shelter, now or timezone.now()).date())
    rows = Appointment.objects.leaving_between(midnight, midnight + timedelta(days=1))
    return rows.filter(people__person=stay.person_id, organisation=stay.shelter.organisation_id).first()


def goers_of(appointment: Appointment, shelters: Iterable[Shelter]) -> list[Goer]:
    """Those of an appointment who sleep in one of these houses or in none, each with their stay, in its order. Two queries."""
    rows = AppointmentPerson.objects.filter(appointment=appointment).order_by("is_companion", "pk")
    people = [row.person for row in rows.select_related("person")]
    here = {shelter.pk for shelter in shelters}
    stays = {
        stay.person_id: stay
        for stay in Stay.objects.current()
        .filter(person__in=people)
        .select_related("shelter", "family")
        .order_by("arrived_at")
    }
    found = [Goer(person, stays.get(person.pk)) for person in people]
    return [goer for goer in found if goer.stay is None or goer.stay.shelter_id in here]


# --- Leaving -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_trip(
    *,
    shelter: Shelter,
    goers: Sequence[Goer],
    expected_at: datetime,
    by: Staff,
    appointment: Appointment | None = None,
    where_to: str = "",
    companion: str = "",
    capacity: str = "",
    companion_phone: str = "",
    first: Staff | None = None,
    second: Staff | None = None,
) -> Trip:
    """They leave now and are expected back at an instant. Who is told is as usual where nobody is named.

    Neither the stay nor the bed changes. Raises Refused where the return has passed or is too far away, where somebody is out on
    another trip, or left the house, and where a named person may not follow trips here.
    """
    now = timezone.now()
    _check_ours(shelter, by)
    if appointment is not None and appointment.organisation_id != shelter.organisation_id:
        raise Refused(_("This appointment does not exist here."))
    if appointment is not None and not appointment.is_on:
        raise Refused(_("This appointment is not on any more. Open the trip without it, from the door."))
    _check_return(now, expected_at, now)
    if not goers:
        raise Refused(_("Mark at least one person who leaves."))
    if len(goers) > MOST_PEOPLE:
        raise Refused(_("A trip is of up to %(limit)d people.") % {"limit": MOST_PEOPLE})
    if capacity and capacity not in Capacity.values:
        raise Refused(_("Choose as what they go along."))
    _check_watchers(shelter, first, second)
    _hold(goers, shelter)
    if first is None and second is None:
        first, second = usual_watchers(shelter, appointment)
    trip = Trip.objects.create(
        organisation_id=shelter.organisation_id,
        shelter=shelter,
        appointment=appointment,
        left_at=now,
        expected_at=expected_at,
        alarm_from=expected_at,
        where_to=where_to.strip()[:WORDS_AT_MOST],
        companion=companion.strip()[:WORDS_AT_MOST],
        capacity=capacity if companion.strip() or capacity else "",
        companion_phone=companion_phone.strip()[:40],
        first=first,
        second=second,
        opened_by=by,
    )
    try:
        with transaction.atomic():
            TripPerson.objects.bulk_create(TripPerson(trip=trip, person=goer.person, stay=goer.stay) for goer in goers)
    except IntegrityError as error:
        raise Refused(_("Somebody of them is out on another trip already. Look at the trips.")) from error
    write(trip, TripStep.OPENED, by)
    return trip


def _check_ours(shelter: Shelter, by: Staff) -> None:
    if by.organisation is None or shelter.organisation_id != by.organisation.pk:
        raise Refused(_("This shelter belongs to another organisation."))


def _check_return(left_at: datetime, expected_at: datetime, now: datetime) -> None:
    if expected_at <= left_at:
        raise Refused(_("They would be back before they leave. Write a later day or hour."))
    if expected_at <= now:
        raise Refused(_("That return has passed. Write the day and hour at which they come back."))
    if expected_at > left_at + LONGEST:
        raise Refused(
            _("A trip is at most %(days)d days. Who is away for longer is on leave, or leaves the house.")
            % {"days": LONGEST.days}
        )


def _check_watchers(shelter: Shelter, *watchers: Staff | None) -> None:
    named = [one.pk for one in watchers if one is not None]
    if len(set(named)) != len(named):
        raise Refused(_("The first and the second who are told must be two people."))
    if named and watchers_at(shelter).filter(pk__in=named).count() < len(named):
        raise Refused(_("Who is told must work in this house and may follow its trips. Choose somebody else."))


def _hold(goers: Sequence[Goer], shelter: Shelter) -> None:
    """Lock who leaves: of two desks one waits here, then sees what the other wrote."""
    people = [goer.person.pk for goer in goers]
    if len(set(people)) != len(people):
        raise Refused(_("Somebody is marked twice."))
    stays = lock_stays(goer.stay.pk for goer in goers if goer.stay is not None)
    if any(stay.shelter_id != shelter.pk for stay in stays.values()):
        raise Refused(_("They leave from two houses. Open a trip for each house."))
    if any(stay.departed_at is not None or stay.voided_at is not None for stay in stays.values()):
        raise Refused(_("Somebody of them has left the house. Load the page again."))
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    if TripPerson.objects.filter(person__in=people, is_out=True).exists():
        raise Refused(_("Somebody of them is out on another trip already. Look at the trips."))


def lock_stays(stays: Iterable[int]) -> dict[int, Stay]:
    """The stays with these ids, locked in their order, as they are now."""
    rows = Stay.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(stays))
    return {row.pk: row for row in rows.order_by("pk")}


# --- On the way --------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_companion(
    *, trip: Trip, by: Staff, where_to: str, companion: str, capacity: str, companion_phone: str
) -> Trip:
    """Correct where they go and who goes along, while they are out."""
    row = _still_out(trip, by)
    if capacity and capacity not in Capacity.values:
        raise Refused(_("Choose as what they go along."))
    row.where_to, row.companion = where_to.strip()[:WORDS_AT_MOST], companion.strip()[:WORDS_AT_MOST]
    row.capacity, row.companion_phone = capacity, companion_phone.strip()[:40]
    row.save(update_fields=["where_to", "companion", "capacity", "companion_phone"])
    return row


@transaction.atomic
def take_over(*, trip: Trip, by: Staff) -> Trip:
    """Somebody looks after it: the next of the chain are told only if nothing more is written within the house's minutes."""
    row = _still_out(trip, by)
    if not row.needs_someone and not row.is_late_at(timezone.now()):
        raise Refused(_("They are not late: nothing has to be looked after yet."))
    row.taken_at, row.taken_by = timezone.now(), by
    row.save(update_fields=["taken_at", "taken_by"])
    write(row, TripStep.TAKEN, by)
    return row


@transaction.atomic
def extend(*, trip: Trip, expected_at: datetime, reason: str, by: Staff) -> Trip:
    """They come back at another hour. The chain begins anew from it."""
    row = _still_out(trip, by)
    _check_return(row.left_at, expected_at, timezone.now())
    if not reason.strip():
        raise Refused(_("Write why they come back at another hour, or who said so."))
    row.expected_at = expected_at
    _begin_round(row, expected_at)
    row.save(update_fields=["expected_at", *OF_A_ROUND])
    write(row, TripStep.EXTENDED, by, reason)
    return row


@transaction.atomic
def they_called(*, trip: Trip, by: Staff, words: str = "") -> Trip:
    """A sign of life: nobody is told before the hour of return, nor within the house's minutes from now."""
    row = _still_out(trip, by)
    patience = timezone.now() + timedelta(minutes=rules_of(row.shelter).minutes)
    _begin_round(row, max(row.expected_at, patience))
    row.save(update_fields=OF_A_ROUND)
    write(row, TripStep.CALLED, by, words)
    return row


def _begin_round(row: Trip, alarm_from: datetime) -> None:
    drop_all(Task.objects.filter(organisation=row.organisation_id, key=_key(row)), _("They were heard of."))
    row.state, row.round, row.alarm_from = TripState.OUT, row.round + 1, alarm_from
    row.taken_at = row.taken_by = None


@transaction.atomic
def sos(*, trip: Trip, by: Staff, words: str = "") -> Trip:
    """Something is wrong: everybody is told at once, whatever the hour. Once, until they are heard of."""
    row = _still_out(trip, by)
    if row.state == TripState.NOT_BACK:
        raise Refused(_("It is written that they did not return: the legal team looks for them."))
    if row.entries.filter(round=row.round, what=TripStep.SOS).exists():
        raise Refused(_("The alarm was given already, and everybody is told."))
    tell(row, TripStep.SOS, by=by, words=words)
    return row


def tell(row: Trip, step: TripStep, *, by: Staff | None = None, words: str = "") -> list[TripAlarm]:
    """Write a step of the chain, and a message to each whom it tells. The caller holds the lock of the trip."""
    now = timezone.now()
    write(row, step, by, words)
    if step in {TripStep.EVERYBODY, TripStep.SOS}:
        row.state = TripState.ALARM
    elif row.state == TripState.OUT:
        row.state = TripState.WARNED
    row.save(update_fields=["state"])
    alarms = [
        TripAlarm(
            trip=row,
            staff=one,
            round=row.round,
            step=step,
            due_at=now,
            next_try_at=now,
            expires_at=now + TRUE_FOR,
        )
        for one in _told_by(row, step)
    ]
    return TripAlarm.objects.bulk_create(alarms, ignore_conflicts=True)


def _told_by(row: Trip, step: TripStep) -> list[Staff]:
    """Whom a step tells: the one who is named; where nobody is, or they may not follow trips any more, the coordinators."""
    named = {TripStep.FIRST: [row.first], TripStep.SECOND: [row.second]}.get(step, [row.first, row.second])
    may_follow = set(watchers_at(row.shelter).values_list("pk", flat=True))
    found = [one for one in named if one is not None and one.pk in may_follow]
    if not found or step in {TripStep.EVERYBODY, TripStep.SOS}:
        found += coordinators_of(row.organisation_id)
    return list({one.pk: one for one in found}.values())


def write(row: Trip, what: TripStep, by: Staff | None, words: str = "", *, at: datetime | None = None) -> TripEntry:
    """One line of what happened on a trip."""
    return TripEntry.objects.create(
        trip=row, round=row.round, what=what, by=by, words=words.strip()[:WORDS_AT_MOST], at=at or timezone.now()
    )


# --- Back --------------------------------------------------------------------------------------------------------------


def came_in(*, stay: Stay, passage: Passage, by: Staff) -> None:
    """The door saw somebody come in: if they are on a trip, they are back; with the last of them the trip ends. In the door's
    transaction, under the lock of the stay."""
    here = TripPerson.objects.filter(stay=stay, is_out=True, trip__left_at__lte=passage.happened_at)
    if (mine := here.first()) is None:
        return
    row = lock(mine.trip_id)
    if here.filter(pk=mine.pk).update(is_out=False, back_at=passage.happened_at, came_in=passage):
        write(row, TripStep.BACK, by, at=passage.happened_at)
        end_if_nobody_is_out(row)


def undo_came_in(*, passage: Passage, by: Staff) -> None:
    """The door takes a return back: who came in by it is out again, unless they went on another trip since."""
    mine = TripPerson.objects.filter(came_in=passage).first()
    if mine is None:
        return
    row = lock(mine.trip_id)
    if put_out_again(TripPerson.objects.filter(pk=mine.pk)):
        reopen_row(row, by)


def put_out_again(rows: Any) -> int:
    """These people are out again. None where one of them went on another trip since."""
    try:
        with transaction.atomic():
            return rows.update(is_out=True, back_at=None, came_in=None)
    except IntegrityError:
        return 0


def reopen_row(row: Trip, by: Staff) -> None:
    """A trip goes on. If it had ended and its hour has passed, the chain begins anew at once: somebody is not back."""
    if row.has_ended:
        row.ended_at, row.outcome = None, ""
        _begin_round(row, max(row.expected_at, row.alarm_from))
        row.save(update_fields=["ended_at", "outcome", *OF_A_ROUND])
    write(row, TripStep.UNDONE, by)


def end_if_nobody_is_out(row: Trip) -> None:
    """With the last one back the trip is over; the caller holds its lock."""
    if row.has_ended or row.people.filter(is_out=True).exists():
        return
    came_back = row.people.exclude(back_at=None).exists()
    if came_back:
        end(row, TripState.BACK, TripEnd.BACK)
    else:
        end(row, TripState.CLOSED, TripEnd.DEPARTED)


def end(row: Trip, state: TripState, outcome: TripEnd) -> None:
    """It is over as of now: what stands on paper of an earlier hour can still be taken back for a day."""
    row.state, row.outcome, row.ended_at = state, outcome, timezone.now()
    row.taken_at = row.taken_by = None
    row.save(update_fields=["state", "outcome", "ended_at", "taken_at", "taken_by"])
    drop_all(Task.objects.filter(organisation=row.organisation_id, key=_key(row)), _("They were heard of."))


@transaction.atomic
def close(*, trip: Trip, outcome: str, reason: str, by: Staff) -> Trip:
    """It is over without a return through the door, and why: called off, safe somewhere else, left for good, a mistake."""
    if outcome not in TripEnd.values or outcome == TripEnd.BACK:
        raise Refused(_("Choose how it ended."))
    row = _still_out(trip, by)
    if not reason.strip():
        raise Refused(_("Write how you know."))
    row.people.filter(is_out=True).update(is_out=False)
    end(row, TripState.CLOSED, TripEnd(outcome))
    write(row, TripStep.CLOSED, by, reason)
    return row


@transaction.atomic
def did_not_return(*, trip: Trip, reason: str, by: Staff) -> Trip:
    """Nobody waits for them to come by themselves any more: the legal team looks for them. Nothing is erased before they
    are found."""
    row = _still_out(trip, by)
    if row.state == TripState.NOT_BACK:
        raise Refused(_("This is written already."))
    if not reason.strip():
        raise Refused(_("Write what is known."))
    row.state = TripState.NOT_BACK
    row.save(update_fields=["state"])
    write(row, TripStep.NOT_BACK, by, reason)
    add_task(
        organisation=row.organisation,
        kind=TaskKind.NOT_BACK,
        appointment=row.appointment,
        due_on=timezone.localdate(),
        role=Role.LEGAL,
        is_urgent=True,
        by=by,
        key=_key(row),
    )
    return row


def _key(row: Trip) -> str:
    return f"trip:{row.pk}:{row.round}"


def lock(trip_id: int) -> Trip:
    """A trip as it is now; a second desk, and the sweep, wait here."""
    rows = Trip.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organisation", "shelter", "first", "second").get(pk=trip_id)


def _still_out(trip: Trip, by: Staff) -> Trip:
    """The trip, locked, if somebody is still out on it."""
    try:
        row = lock(trip.pk)
    except Trip.DoesNotExist as error:
        raise Refused(_("This trip ended some days ago, and was erased.")) from error
    _check_ours(row.shelter, by)
    if row.has_ended:
        raise Refused(_("This trip has ended: somebody wrote it a moment ago."))
    return row


def told_of(trip: Trip) -> TripStep | None:
    """How far the chain has gone, in any of its rounds."""
    steps: Collection[str] = set(trip.entries.filter(what__in=ALARM_STEPS).values_list("what", flat=True))
    return next((step for step in reversed(ALARM_STEPS) if step in steps), None)
