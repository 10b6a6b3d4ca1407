"""The roll-call: who is expected in a house on a night, what was answered, and taking an answer back.

Every answer stays. One of a guest's answers counts: the one that happened last, whichever telephone was the first to send.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import (
    Answer,
    MarkSource,
    RollCall,
    RollCallMark,
    Shelter,
    Stay,
)
from shelters.services import capacity, desk
from shelters.services.roll_call_sheet import sheet_of

NIGHTS_BACK = 7  # What was written on paper is typed in within this time.


# --- Figures for the report and the first page -----------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """One night of one house by its roll-call. `expected` is everyone whose stay covers the night."""

    night: date
    expected: int
    present: int
    on_leave: int
    absent: int

    @property
    def counted(self) -> int:
        return self.present + self.on_leave + self.absent

    @property
    def not_counted(self) -> int:
        return self.expected - self.counted

    @property
    def away(self) -> int:
        return self.on_leave + self.absent


ANSWERS = """
SELECT guest.shelter_id, guest.night, count(*), count(*) FILTER (WHERE answer = 'present'),
       count(*) FILTER (WHERE answer = 'leave'), count(*) FILTER (WHERE answer = 'absent')
FROM guest LEFT JOIN answer USING (shelter_id, night, person_id)
GROUP BY guest.shelter_id, guest.night
"""


def _answers(pairs: Iterable[tuple[Shelter, date]], now: datetime | None) -> dict[tuple[int, date], Answers]:
    """Of every pair, with a roll-call or without. One query."""
    now = now or timezone.now()
    counts = [capacity.count_of(shelter, night, now) for shelter, night in pairs]
    found = {(count.shelter_id, count.night): Answers(count.night, 0, 0, 0, 0) for count in counts}
    for shelter_id, night, *numbers in capacity.lines(capacity.GUESTS + ANSWERS, counts) if counts else []:
        found[shelter_id, night] = Answers(night, *numbers)
    return found


def counts(
    shelters_and_nights: Iterable[tuple[Shelter, date]], now: datetime | None = None
) -> dict[tuple[int, date], Answers]:
    """The answers by (shelter id, night); a night without a roll-call is not among them. Two queries."""
    pairs = list(dict.fromkeys(shelters_and_nights))
    taken = RollCall.objects.filter(
        shelter__in={shelter for shelter, _n in pairs}, night__in={night for _s, night in pairs}
    )
    known = set(taken.values_list("shelter", "night"))
    return _answers([(shelter, night) for shelter, night in pairs if (shelter.pk, night) in known], now)


@dataclass(frozen=True)
class RollCallStatus:
    """How far the roll-call of a house has come. Without one, `last_mark_at` is None and nobody is counted."""

    night: date
    expected: int
    counted: int
    closed_at: datetime | None = None
    closed_by: Staff | None = None
    last_mark_at: datetime | None = None
    last_mark_by: Staff | None = None

    @property
    def missing(self) -> int:
        return self.expected - self.counted

    @property
    def is_begun(self) -> bool:
        return self.last_mark_at is not None or self.closed_at is not None


def status(shelters: Iterable[Shelter], now: datetime | None = None) -> dict[int, RollCallStatus]:
    """Tonight's roll-call of each house, by shelter id. Three queries, whatever the number of houses and people."""
    now = now or timezone.now()
    shelters = list(shelters)
    pairs = [(shelter, nights.tonight(shelter, now)) for shelter in shelters]
    answers = _answers(pairs, now)
    calls = RollCall.objects.filter(shelter__in=shelters, night__in={night for _s, night in pairs})
    by_pair = {(call.shelter_id, call.night): call for call in calls.select_related("closed_by")}
    marks = RollCallMark.objects.current().filter(roll_call__in=list(by_pair.values())).select_related("by")
    last = {
        mark.roll_call_id: mark
        for mark in marks.order_by("roll_call_id", "-happened_at", "-pk").distinct("roll_call_id")
    }
    found = {}
    for shelter, night in pairs:
        call = by_pair.get((shelter.pk, night))
        mark = last.get(call.pk) if call else None
        found[shelter.pk] = RollCallStatus(
            night=night,
            expected=answers[shelter.pk, night].expected,
            counted=answers[shelter.pk, night].counted,
            closed_at=call.closed_at if call else None,
            closed_by=call.closed_by if call else None,
            last_mark_at=mark.happened_at if mark else None,
            last_mark_by=mark.by if mark else None,
        )
    return found


# --- Answering -------------------------------------------------------------------------------------------------------


def first_night(shelter: Shelter, now: datetime | None = None) -> date:
    """The oldest night whose paper can still be typed in."""
    return nights.tonight(shelter, now) - nights.ONE_DAY * NIGHTS_BACK


def check_night(shelter: Shelter, night: date, now: datetime | None = None) -> None:
    """Refuse a night that has not begun, and one that is too long ago."""
    if night > nights.tonight(shelter, now):
        raise Refused(_("That night has not begun. Choose tonight or an earlier night."))
    if night < first_night(shelter, now):
        raise Refused(
            _("That night is more than %(nights)d nights ago. Its roll-call can no longer be changed.")
            % {"nights": NIGHTS_BACK}
        )


def _opened(shelter: Shelter, night: date, by: Staff) -> RollCall:
    """The one roll-call of the night, begun now if nobody has, and locked: a second telephone waits here.

    Raises Refused where the person does not work in the shelter's organisation, and for a night out of reach.
    """
    if by.organisation is None or shelter.organisation_id != by.organisation.pk:
        raise Refused(_("This shelter belongs to another organisation."))
    check_night(shelter, night)
    roll_call, _created = RollCall.objects.get_or_create(shelter=shelter, night=night, defaults={"opened_by": by})
    return RollCall.objects.select_for_update(no_key=True).get(pk=roll_call.pk)


def _when(shelter: Shelter, night: date, happened_at: datetime | None) -> datetime:
    """The moment of an answer: now, or the hour that stands on the paper. Raises Refused outside the night."""
    at = desk.when(happened_at)
    if nights.night_of(shelter, at) == night:
        return at
    if happened_at is None:
        raise Refused(_("That night is over. To enter what was on paper, write the hour that stands on it."))
    raise Refused(
        _("That hour does not belong to the night of %(night)s. Write an hour of that evening or night.")
        % {"night": night.isoformat()}
    )


def _check_was_there(stay: Stay, roll_call: RollCall, at: datetime) -> None:
    until = nights.morning_after(roll_call.shelter, roll_call.night)
    if stay.shelter_id != roll_call.shelter_id or stay.voided_at is not None or stay.arrived_at >= until:
        raise Refused(_("This person is not in the house. Look at the list again."))
    if stay.departed_at is not None and stay.departed_at <= at:
        hour = f"{nights.local(roll_call.shelter, stay.departed_at):%H:%M}"
        raise Refused(_("This person left the house at %(hour)s and is no longer on the list.") % {"hour": hour})


@dataclass(frozen=True)
class Given:
    """One answer as it came in. `tap` was made where it was given: the same one twice is one answer."""

    stay_id: int
    answer: Answer
    happened_at: datetime | None = None
    tap: uuid.UUID = field(default_factory=uuid.uuid4)


@transaction.atomic
def mark_guest(
    *,
    shelter: Shelter,
    night: date,
    stay: Stay,
    answer: Answer,
    by: Staff,
    tap: uuid.UUID | None = None,
    happened_at: datetime | None = None,
    waited: timedelta = timedelta(0),
) -> RollCallMark:
    """Write one answer about one guest. The same `tap` sent twice is one answer, given back as it was written.

    What happened last counts: an answer that arrives late with an earlier hour is kept beside the one that counts
    (`is_current` tells). `waited` is how long the tap lay in the telephone before it could be sent. Raises Refused outside
    the night, or for someone who had left.
    """
    if happened_at is None and waited > timedelta(0):
        happened_at = timezone.now() - waited
    given = Given(stay.pk, answer, happened_at, tap or uuid.uuid4())
    return mark_guests(shelter=shelter, night=night, given=[given], by=by)[0]


@transaction.atomic
def mark_guests(
    *, shelter: Shelter, night: date, given: Sequence[Given], by: Staff, source: MarkSource = MarkSource.TAP
) -> list[RollCallMark]:
    """Write several answers, all or none: a page without a script, or a sheet of paper. See `mark_guest`."""
    roll_call = _opened(shelter, night, by)
    known = {mark.tap: mark for mark in RollCallMark.objects.filter(tap__in=[one.tap for one in given])}
    stays = Stay.objects.in_bulk([one.stay_id for one in given])
    marks = []
    for one in given:
        old = known.get(one.tap)
        if old is not None and (old.stay_id, old.roll_call_id) != (one.stay_id, roll_call.pk):
            raise Refused(_("This answer was already used for someone else. Load the page again."))
        if old is not None:
            continue
        at = _when(shelter, night, one.happened_at)
        _check_was_there(stays[one.stay_id], roll_call, at)
        marks.append(
            RollCallMark(
                roll_call=roll_call,
                stay_id=one.stay_id,
                answer=one.answer,
                happened_at=at,
                by=by,
                source=source,
                tap=one.tap,
            )
        )
    _write(roll_call, marks)
    written = known | {mark.tap: mark for mark in marks}
    return [written[one.tap] for one in given]


def _write(roll_call: RollCall, marks: list[RollCallMark]) -> None:
    """Store answers: each counts unless an answer that happened later does. Under the roll-call's lock.

    "All present" is of those who have no answer: an answer about one person counts before it, also one that was on its way.
    """
    standing = {
        mark.stay_id: mark
        for mark in roll_call.marks.filter(is_current=True, stay__in=[mark.stay_id for mark in marks])
    }
    overtaken = []
    for mark in marks:
        other = standing.get(mark.stay_id)
        mark.is_current = other is None or _counts_before(mark, other)
        if other is not None and mark.is_current:
            overtaken.append(other.pk)
    if overtaken:
        RollCallMark.objects.filter(pk__in=overtaken).update(is_current=False)
    RollCallMark.objects.bulk_create(marks)


def _counts_before(mark: RollCallMark, other: RollCallMark) -> bool:
    if (mark.batch is None) != (other.batch is None):
        return mark.batch is None
    return other.happened_at <= mark.happened_at


@transaction.atomic
def mark_all_present(
    *,
    shelter: Shelter,
    night: date,
    by: Staff,
    space: int | None = None,
    batch: uuid.UUID | None = None,
    happened_at: datetime | None = None,
    source: MarkSource = MarkSource.ALL,
) -> list[RollCallMark]:
    """Mark everyone present who has no answer yet: in one space (0: those without one), or in the whole house.

    The same `batch` sent twice marks nobody twice. Raises Refused where everyone has an answer.
    """
    roll_call = _opened(shelter, night, by)
    batch = batch or uuid.uuid4()
    if known := list(roll_call.marks.filter(batch=batch)):
        return known
    at = _when(shelter, night, happened_at)
    groups = [group for group in sheet_of(shelter, night).groups if space is None or group.key == space]
    waiting = [row for group in groups for row in group.rows if row.mark is None]
    if not waiting:
        raise Refused(_("Everyone has an answer already."))
    marks = [
        RollCallMark(
            roll_call=roll_call,
            stay_id=row.stay_id,
            answer=Answer.PRESENT,
            happened_at=at,
            by=by,
            source=source,
            batch=batch,
            tap=uuid.uuid5(batch, str(row.stay_id)),
        )
        for row in waiting
    ]
    _write(roll_call, marks)
    return marks


@transaction.atomic
def undo_mark(*, mark: RollCallMark, by: Staff, whole_batch: bool = False) -> list[RollCallMark]:
    """Take an answer back, or all that one press of "All present" wrote; the answer before it counts again.

    Raises Refused where it has been taken back already.
    """
    roll_call = _opened(mark.roll_call.shelter, mark.roll_call.night, by)
    these = Q(batch=mark.batch) if whole_batch and mark.batch else Q(pk=mark.pk)
    undone = list(roll_call.marks.filter(these, undone_at=None))
    if not undone:
        raise Refused(_("This has already been undone. Load the page again to see how it stands."))
    RollCallMark.objects.filter(pk__in=[row.pk for row in undone]).update(
        is_current=False, undone_at=timezone.now(), undone_by=by
    )
    stays = {row.stay_id for row in undone if row.is_current}
    of_one_first = F("batch").asc(nulls_first=True)  # As in `_counts_before`; a guest is in one batch at most.
    standing = roll_call.marks.filter(stay__in=stays, undone_at=None)
    standing = standing.order_by("stay_id", of_one_first, "-happened_at", "-pk")
    again = list(standing.distinct("stay_id").values_list("pk", flat=True))
    RollCallMark.objects.filter(pk__in=again).update(is_current=True)
    return undone


@transaction.atomic
def close_roll_call(*, shelter: Shelter, night: date, by: Staff) -> RollCall:
    """Say: that was everyone. Whoever comes later can still be marked."""
    roll_call = _opened(shelter, night, by)
    if roll_call.closed_at is None:
        roll_call.closed_at, roll_call.closed_by = timezone.now(), by
        roll_call.save(update_fields=["closed_at", "closed_by"])
    return roll_call


@transaction.atomic
def reopen_roll_call(*, shelter: Shelter, night: date, by: Staff) -> RollCall:
    """It was not everyone."""
    roll_call = _opened(shelter, night, by)
    roll_call.closed_at = roll_call.closed_by = None
    roll_call.save(update_fields=["closed_at", "closed_by"])
    return roll_call
