"""Beds that are kept for people whose date an authority took away: no stay and no hold of theirs ends before a day.

A stay that would end earlier, by its day or by the longest stay of the house, is extended: an approved extension with its
reason, as the desk sees it on the list of who leaves soon and among the family's beds. A house takes as many statements for a
hundred stays as for one; only where a promise by number stands in the way is it asked bed by bed. The caller locks the houses.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import (
    PROMISED,
    AuthorityEffect,
    Bed,
    ExtensionState,
    LeftAlone,
    Placement,
    PlacementState,
    Shelter,
    Space,
    Stay,
    StayExtension,
)
from shelters.services import desk, limits, promises
from shelters.services.stays import extend_stay, put_back_departure


@dataclass(frozen=True)
class _Ending:
    """Someone whose stay ends too early, and the place that they are in."""

    stay: Stay
    ends_on: date
    place: Placement | None


def houses_of(organisation_id: int, families: Collection[int], people: Collection[int]) -> list[Shelter]:
    """The houses in which one of them is, or a place is held for them, in the order in which they are locked."""
    here = _stays(families, people).values("shelter")
    held = Placement.objects.filter(state=PlacementState.HELD, family__in=families).values("shelter")
    return list(Shelter.objects.filter(Q(pk__in=here) | Q(pk__in=held), organisation=organisation_id).order_by("pk"))


def _stays(families: Collection[int], people: Collection[int]) -> QuerySet[Stay]:
    return Stay.objects.current().filter(Q(family__in=families) | Q(person__in=people))


def keep(
    *, shelter: Shelter, families: Collection[int], people: Collection[int], until: date, by: Staff
) -> list[AuthorityEffect]:
    """Keep the beds of these people in one house until the morning of a day. One effect, not saved, for each stay and hold that
    would have ended before, also for one that cannot be kept."""
    now = timezone.now()
    effects = _keep_stays(shelter, _endings(shelter, families, people, until), until, by, now)
    return [*effects, *_keep_holds(shelter, families, until, now)]


# --- Stays ---------------------------------------------------------------------------------------------------------------


def _endings(shelter: Shelter, families: Collection[int], people: Collection[int], until: date) -> list[_Ending]:
    """Whose stay would end before a day, in this house. Two queries."""
    extended = StayExtension.objects.approved().filter(stay=OuterRef("pk")).order_by()
    latest = Subquery(extended.values("stay").annotate(day=Max("to_on")).values("day"))
    stays = _stays(families, people).filter(shelter=shelter).annotate(extended_to=latest)
    ends = [
        (stay, limits.end_of(stay, stay.extended_to))  # type: ignore[attr-defined]
        for stay in stays.select_related("shelter", "family", "person").order_by("pk")
    ]
    places = Placement.objects.filter(stay__in=[stay.pk for stay, _day in ends], state=PlacementState.IN)
    place = {row.stay_id: row for row in places}
    return [_Ending(stay, day, place.get(stay.pk)) for stay, day in ends if day is not None and day < until]


def _keep_stays(
    shelter: Shelter, endings: list[_Ending], until: date, by: Staff, now: datetime
) -> list[AuthorityEffect]:
    if not endings:
        return []
    places = [one.place for one in endings if one.place is not None]
    stopped = _in_the_way(shelter, places, until, now)
    alone = {one.stay.pk: stopped[one.place.pk] for one in endings if one.place and one.place.pk in stopped}
    free = [one for one in endings if one.stay.pk not in alone]
    try:
        with transaction.atomic():
            _lengthen(shelter, free, until, now)
    except (Refused, IntegrityError):  # Promised by number, or changed under our hands: as many as can be.
        alone |= {one.stay.pk: LeftAlone.BED_PROMISED for one in free if not _lengthened_alone(one.stay, until, by)}
    kept = [one for one in endings if one.stay.pk not in alone]
    extension = {row.stay_id: row for row in StayExtension.objects.bulk_create(_extensions(kept, until, by, now))}
    return [
        AuthorityEffect(
            stay=one.stay,
            family_id=one.stay.family_id,
            extension=extension.get(one.stay.pk),
            left_alone=alone.get(one.stay.pk, ""),
        )
        for one in endings
    ]


def _lengthen(shelter: Shelter, endings: Sequence[_Ending], until: date, now: datetime) -> None:
    before = promises.begin(shelter, now)
    places = [one.place for one in endings if one.place is not None]
    noon = nights.noon_of(shelter, until)
    for place in places:
        place.planned = DateTimeTZRange(place.planned.lower, noon)
    Placement.objects.bulk_update(places, ["planned"])
    Stay.objects.filter(pk__in=[one.stay.pk for one in endings]).update(expected_departure_on=until)
    promises.check_kept(shelter, before, now)


def _lengthened_alone(stay: Stay, until: date, by: Staff) -> bool:
    try:
        extend_stay(stay=stay, expected_departure_on=until, by=by, beyond_limit=True)
    except Refused:
        return False
    return True


def _extensions(endings: Iterable[_Ending], until: date, by: Staff, now: datetime) -> list[StayExtension]:
    """One approved extension for each; those of a family in one house are one batch."""
    batches: dict[Any, uuid.UUID] = defaultdict(uuid.uuid4)
    return [
        StayExtension(
            stay=one.stay,
            batch=batches[one.stay.family_id or f"alone {one.stay.pk}"],
            from_on=one.ends_on,
            before_on=one.stay.expected_departure_on,
            to_on=until,
            reason=_("An authority took their date away: their place is kept."),
            state=ExtensionState.APPROVED,
            asked_at=now,
            asked_by=by,
            decided_at=now,
            decided_by=by,
        )
        for one in endings
    ]


# --- Holds ---------------------------------------------------------------------------------------------------------------


def _keep_holds(shelter: Shelter, families: Collection[int], until: date, now: datetime) -> list[AuthorityEffect]:
    """What is held for these families does not run out before the day."""
    noon = nights.noon_of(shelter, until)
    held = Placement.objects.filter(shelter=shelter, family__in=families).holds_in_force(now)
    rows = [row for row in held.order_by("pk") if _runs_out(row, noon)]
    beds = [row for row in rows if row.bed_id]
    alone = {row.pk: LeftAlone.BY_NUMBER for row in rows if not row.bed_id} | _in_the_way(shelter, beds, until, now)
    free = [row for row in beds if row.pk not in alone]
    was = {row.pk: _as_it_was(row) for row in free}
    try:
        with transaction.atomic():
            _hold_on(shelter, free, noon, now)
    except (Refused, IntegrityError):
        alone |= {row.pk: LeftAlone.BED_PROMISED for row in free}
    return [
        AuthorityEffect(hold=row, family_id=row.family_id, was=was.get(row.pk, {}), left_alone=alone.get(row.pk, ""))
        for row in rows
    ]


def _runs_out(hold: Placement, noon: datetime) -> bool:
    ends = hold.planned.upper is not None and hold.planned.upper < noon
    return ends or (hold.hold_expires_at is not None and hold.hold_expires_at < noon)


def _as_it_was(hold: Placement) -> dict[str, Any]:
    upper = hold.planned.upper
    expires = hold.hold_expires_at
    return {"planned": upper.isoformat() if upper else None, "expires": expires.isoformat() if expires else None}


def _hold_on(shelter: Shelter, holds: list[Placement], noon: datetime, now: datetime) -> None:
    before = promises.begin(shelter, now)
    for row in holds:
        upper = row.planned.upper
        row.planned = DateTimeTZRange(row.planned.lower, None if upper is None else max(upper, noon))
        row.hold_expires_at = max(row.hold_expires_at or noon, noon)
    Placement.objects.bulk_update(holds, ["planned", "hold_expires_at"])
    promises.check_kept(shelter, before, now)


# --- What stands in the way ----------------------------------------------------------------------------------------------


def _in_the_way(shelter: Shelter, places: Sequence[Placement], until: date, now: datetime) -> dict[int, LeftAlone]:
    """The places that cannot be promised until a day, and why. Four statements, whatever their number."""
    beds = {row.bed_id for row in places if row.bed_id}
    desk.release_expired_holds(beds, now)
    noon, tonight = nights.noon_of(shelter, until), nights.tonight(shelter)
    ending: Any = Bed.objects.filter(pk__in=beds).with_end(tonight).only("pk")
    spaces = Space.objects.filter(pk__in={row.space_id for row in places if row.space_id})
    closing: Any = spaces.with_closing(tonight).only("pk")
    gone = _gone_by(until, ((bed.pk, bed.gone_on) for bed in ending))
    closed = _gone_by(until, ((space.pk, space.closes_on) for space in closing))
    others: dict[int, list[Placement]] = defaultdict(list)
    ours = [row.pk for row in places]
    rows = Placement.objects.filter(bed__in=beds, state__in=PROMISED, planned__overlap=DateTimeTZRange(now, noon))
    for row in rows.exclude(pk__in=ours):
        others[row.bed_id].append(row)  # type: ignore[index]
    found: dict[int, LeftAlone] = {}
    for place in places:
        if any(_meets(place, other, noon) for other in others.get(place.bed_id or 0, [])):
            found[place.pk] = LeftAlone.BED_PROMISED
        elif place.bed_id in gone or place.space_id in closed:
            found[place.pk] = LeftAlone.BED_GOES
    return found


def _gone_by(until: date, rows: Iterable[tuple[int, date | None]]) -> set[int]:
    return {pk for pk, day in rows if day is not None and day < until}


def _meets(place: Placement, other: Placement, noon: datetime) -> bool:
    """Whether another promise of the bed lies between where ours begins and the noon until which it would be kept."""
    begins_before = other.planned.lower is None or other.planned.lower < noon
    return begins_before and (other.planned.upper is None or other.planned.upper > place.planned.lower)


# --- Putting back --------------------------------------------------------------------------------------------------------


def put_back(effects: Sequence[AuthorityEffect], *, by: Staff) -> set[int]:
    """The days and the holds that stood before stand again. Gives back the ids of those effects; what was changed since, or whose
    bed somebody else was promised for then, stays as it is."""
    done = _put_back_stays([one for one in effects if one.extension_id], by)
    return done | _put_back_holds([one for one in effects if one.hold_id])


def _put_back_stays(effects: Sequence[AuthorityEffect], by: Staff) -> set[int]:
    now = timezone.now()
    rows = StayExtension.objects.select_for_update(of=("self",)).filter(
        pk__in=[one.extension_id for one in effects], state=ExtensionState.APPROVED
    )
    standing = {row.pk: row for row in rows.select_related("stay__shelter").order_by("pk")}
    mine = {one.pk: standing[one.extension_id] for one in effects if one.extension_id in standing}
    mine = {pk: row for pk, row in mine.items() if _is_untouched(row)}
    try:
        with transaction.atomic():
            _shorten(list(mine.values()), now)
    except IntegrityError:  # A bed that was promised without end, and that was promised to another meanwhile.
        mine = {pk: row for pk, row in mine.items() if _shortened_alone(row)}
    undone = StayExtension.objects.filter(pk__in=[row.pk for row in mine.values()])
    undone.update(state=ExtensionState.UNDONE, decided_by=by, decided_at=now)
    return set(mine)


def _is_untouched(row: StayExtension) -> bool:
    gone = row.stay.departed_at is not None or row.stay.voided_at is not None
    return not gone and row.stay.expected_departure_on == row.to_on


def _shorten(rows: Sequence[StayExtension], now: datetime) -> None:
    """As `put_back_departure` does for one: the old day; where that is over, or none was written, a bed without an end."""
    stays: Mapping[int, Stay] = {row.stay_id: row.stay for row in rows}
    for row in rows:
        row.stay.expected_departure_on = row.before_on
    Stay.objects.bulk_update(stays.values(), ["expected_departure_on"])
    places = list(Placement.objects.filter(stay__in=list(stays), state=PlacementState.IN))
    for place in places:
        stay = stays[place.stay_id]  # type: ignore[index]
        noon = nights.noon_of(stay.shelter, stay.expected_departure_on) if stay.expected_departure_on else None
        place.planned = DateTimeTZRange(place.planned.lower, noon if noon and noon > now else None)
    Placement.objects.bulk_update(places, ["planned"])


def _shortened_alone(row: StayExtension) -> bool:
    try:
        with transaction.atomic():
            put_back_departure(stay=row.stay, expected_departure_on=row.before_on)
    except Refused:
        return False
    return True


def _put_back_holds(effects: Sequence[AuthorityEffect]) -> set[int]:
    held = Placement.objects.filter(pk__in=[one.hold_id for one in effects], state=PlacementState.HELD)
    rows = {row.pk: row for row in held.select_related("shelter")}
    mine = {one.pk: (rows[one.hold_id], one.was) for one in effects if one.hold_id in rows}
    for row, was in mine.values():
        upper = datetime.fromisoformat(was["planned"]) if was["planned"] else None
        row.planned = DateTimeTZRange(row.planned.lower, upper)
        row.hold_expires_at = datetime.fromisoformat(was["expires"])
    Placement.objects.bulk_update([row for row, _was in mine.values()], ["planned", "hold_expires_at"])
    return set(mine)
