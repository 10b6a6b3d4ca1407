"""Places held for a family that is on its way. A hold frees itself: its expiry is judged when it is read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Family
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Act, ActKind, Bed, Placement, PlacementState, Shelter, Space
from shelters.services import desk, promises

ONE_TAP = timedelta(hours=1)  # By how much a hold is extended.


@transaction.atomic
def hold_beds(
    *,
    shelter: Shelter,
    beds: Iterable[Bed],
    by: Staff,
    expires_at: datetime,
    family: Family | None = None,
    held_for: str = "",
    starts_at: datetime | None = None,
    until: datetime | None = None,
) -> Act:
    """Hold beds for a family, or for people described in words, from a moment (now) until another (noon after the night).

    Raises Refused where one of the beds is taken, held or promised in that time.
    """
    shelter = desk.lock(shelter, by)
    now = desk.when(None)
    start, end = _span(shelter, starts_at, until, now)
    rows = list(
        Bed.objects.filter(pk__in=[bed.pk for bed in beds], space__shelter=shelter).select_related("space__shelter")
    )
    if not rows:
        raise Refused(_("Choose at least one bed to hold."))
    _check_promise(shelter, family, held_for, expires_at, start, end, now)
    before = promises.begin(shelter, now)
    desk.release_expired_holds([bed.pk for bed in rows], now)
    planned = DateTimeTZRange(start, end)
    check_nobody_stays_on(rows, planned)
    try:
        with transaction.atomic():
            held = Placement.objects.bulk_create(
                Placement(
                    shelter=shelter,
                    space=bed.space,
                    bed=bed,
                    family=family,
                    state=PlacementState.HELD,
                    planned=planned,
                    hold_expires_at=expires_at,
                    held_for=held_for.strip(),
                    recorded_by=by,
                )
                for bed in rows
            )
    except IntegrityError as error:
        raise Refused(
            _("One of these beds is taken or promised in that time. Look at the board and choose again.")
        ) from error
    promises.check_kept(shelter, before, now)
    return desk.record(
        kind=ActKind.HOLD, shelter=shelter, family=family, at=now, by=by, opened=[row.pk for row in held]
    )


@transaction.atomic
def hold_places(
    *,
    shelter: Shelter,
    count: int,
    by: Staff,
    expires_at: datetime,
    space: Space | None = None,
    kind: str = "",
    family: Family | None = None,
    held_for: str = "",
    starts_at: datetime | None = None,
    until: datetime | None = None,
    sender: Shelter | None = None,
) -> Act:
    """Hold so many places in a space, in a kind of space, or anywhere in the house; which beds they will be is open.

    `sender` is another house of the organisation that asks for it. Raises Refused where fewer are left for that time.
    """
    shelter = desk.lock(shelter, by)
    now = desk.when(None)
    start, end = _span(shelter, starts_at, until, now)
    if count < 1:
        raise Refused(_("Write how many places are held."))
    if space is not None and space.shelter_id != shelter.pk:
        raise Refused(_("This space is in another shelter. Choose one of this house."))
    if sender is not None and sender.organisation_id != shelter.organisation_id:
        raise Refused(_("This shelter belongs to another organisation."))
    _check_promise(shelter, family, held_for, expires_at, start, end, now)
    promises.begin(shelter, now)
    span = DateTimeTZRange(start, end)
    scope = promises.scopes_of(space.pk if space else None, kind)[0]
    left = promises.left(shelter, span, now).get(scope, 0)
    if count > left:
        where = promises.name_of(scope, shelter, {space.pk: space.name} if space else {})
        sentence = ngettext(
            "%(where)s: only %(left)d place can still be held for that time. Ask for fewer, or look in another space or house.",
            "%(where)s: only %(left)d places can still be held for that time. Ask for fewer, or look in another space or house.",
            left,
        )
        raise Refused(sentence % {"where": where, "left": left})
    held = Placement.objects.bulk_create(
        Placement(
            shelter=shelter,
            space=space,
            space_kind="" if space else kind,
            family=family,
            state=PlacementState.HELD,
            planned=span,
            hold_expires_at=expires_at,
            held_for=held_for.strip(),
            sender=None if sender is None or sender.pk == shelter.pk else sender,
            recorded_by=by,
        )
        for _number in range(count)
    )
    return desk.record(
        kind=ActKind.HOLD, shelter=shelter, family=family, at=now, by=by, opened=[row.pk for row in held]
    )


def _span(
    shelter: Shelter, starts_at: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """From a moment that is not over (now) until another (noon after the night)."""
    start = max(starts_at or now, now)
    return start, until or nights.noon_of(shelter, nights.night_of(shelter, start) + timedelta(days=1))


def _check_promise(
    shelter: Shelter,
    family: Family | None,
    held_for: str,
    expires_at: datetime,
    start: datetime,
    end: datetime,
    now: datetime,
) -> None:
    """What every hold must be: for somebody, not run out already, not in a closed house."""
    if family is None and not held_for.strip():
        raise Refused(_("Write for whom the beds are held."))
    if family is not None and family.organisation_id != shelter.organisation_id:
        raise Refused(_("This family is in another organisation's care."))
    if expires_at <= now:
        raise Refused(_("The hold would already have run out. Give a later hour."))
    if end <= start:
        raise Refused(_("The hold must end after it begins."))
    check_open(shelter, start)


def check_open(shelter: Shelter, start: datetime) -> None:
    """Refuse to hold anything in a house that is closed when the hold begins."""
    desk.refuse_or_bend([problem for problem in desk.check_opening(shelter, start) if problem.is_hard], "")


@transaction.atomic
def extend_hold(*, placements: Iterable[Placement], by: Staff) -> Act:
    """Hold the same places for an hour more, at most until the end of the time for which they are promised.

    Raises Refused where the hold has run out or cannot go further.
    """
    ids = [row.pk for row in placements]
    first = Placement.objects.select_related("shelter", "family").filter(pk__in=ids).first()
    if first is None:
        raise Refused(_("This hold has run out. Hold the beds again, if they are still free."))
    shelter = desk.lock(first.shelter, by)
    now = desk.when(None)
    held = list(Placement.objects.filter(pk__in=ids, shelter=shelter).holds_in_force(now))
    if not held:
        raise Refused(_("This hold has run out. Hold the beds again, if they are still free."))
    changed = []
    for row in held:
        before = row.hold_expires_at or now
        row.hold_expires_at = min(before + ONE_TAP, row.planned.upper or before + ONE_TAP)
        if row.hold_expires_at > before:
            changed.append([row.pk, before.isoformat()])
    if not changed:
        raise Refused(_("This hold lasts until the end of its time already. Hold the beds for the next night."))
    Placement.objects.bulk_update(held, ["hold_expires_at"])
    return desk.record(kind=ActKind.EXTEND, shelter=shelter, family=first.family, at=now, by=by, extended=changed)


def check_nobody_stays_on(beds: list[Bed], planned: DateTimeTZRange) -> None:
    """Refuse a bed in which someone is who should have left before the hold begins but has not, and one out of service
    on one of its nights."""
    start, shelter = planned.lower, beds[0].space.shelter
    night, until = nights.night_of(shelter, start), nights.first_untouched(shelter, start, planned.upper)
    usable: Any = Bed.objects.filter(pk__in=[bed.pk for bed in beds]).usable(night).with_end(night)
    gone = {bed.pk: bed.gone_on for bed in usable}
    taken = Placement.objects.filter(bed__in=beds, state=PlacementState.IN, actual__contains=start)
    overdue = {
        row.bed_id
        for row in taken
        if start <= desk.when(None) or row.planned.upper is None or row.planned.upper > start
    }
    for bed in beds:
        if bed.pk not in gone:
            raise Refused(_("Bed %(bed)s is out of service. Choose another one.") % {"bed": bed.label})
        day = gone[bed.pk]
        if day and (until is None or day < until):
            raise Refused(
                _("Bed %(bed)s is out of service from %(day)s on. Hold it until that day, or choose another one.")
                % {"bed": bed.label, "day": date_format(day, "SHORT_DATE_FORMAT")}
            )
        if bed.pk in overdue:
            raise Refused(_("Someone is in bed %(bed)s. Choose another one.") % {"bed": bed.label})


@transaction.atomic
def release_hold(*, placements: Iterable[Placement], by: Staff) -> Act:
    """Give held places back."""
    ids = [row.pk for row in placements]
    first = Placement.objects.select_related("shelter", "family").filter(pk__in=ids).first()
    if first is None:
        raise Refused(_("This hold has already been released."))
    shelter = desk.lock(first.shelter, by)
    held = Placement.objects.filter(pk__in=ids, shelter=shelter, state=PlacementState.HELD)
    released = list(held.values_list("pk", flat=True))
    if not released:
        raise Refused(_("This hold has already been released."))
    Placement.objects.filter(pk__in=released).update(state=PlacementState.RELEASED)
    at = desk.when(None)
    return desk.record(kind=ActKind.RELEASE, shelter=shelter, family=first.family, at=at, by=by, released=released)
