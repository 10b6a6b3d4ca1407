"""Places held for a family that is on its way. A hold frees itself: its expiry is judged when it is read."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from cases.models import Family
from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Act, ActKind, Bed, Placement, PlacementState, Shelter
from shelters.services import desk


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
    start = max(starts_at or now, now)
    end = until or nights.noon_of(shelter, nights.night_of(shelter, start) + timedelta(days=1))
    rows = list(
        Bed.objects.filter(pk__in=[bed.pk for bed in beds], space__shelter=shelter).select_related("space__shelter")
    )
    if not rows:
        raise Refused(_("Choose at least one bed to hold."))
    if family is None and not held_for.strip():
        raise Refused(_("Write for whom the beds are held."))
    if family is not None and family.organisation_id != shelter.organisation_id:
        raise Refused(_("This family is in another organisation's care."))
    if expires_at <= now:
        raise Refused(_("The hold would already have run out. Give a later hour."))
    if end <= start:
        raise Refused(_("The hold must end after it begins."))
    closed = [problem for problem in desk.check_opening(shelter, start) if problem.is_hard]
    desk.refuse_or_bend(closed, "")
    desk.release_expired_holds([bed.pk for bed in rows], now)
    _check_nobody_stays_on(rows, start)
    planned = DateTimeTZRange(start, end)
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
    return desk.record(
        kind=ActKind.HOLD, shelter=shelter, family=family, at=now, by=by, opened=[row.pk for row in held]
    )


def _check_nobody_stays_on(beds: list[Bed], start: datetime) -> None:
    """Refuse a bed in which someone is who should have left before the hold begins but has not, and one out of service."""
    usable = Bed.objects.filter(pk__in=[bed.pk for bed in beds]).usable(nights.night_of(beds[0].space.shelter, start))
    usable_ids = set(usable.values_list("pk", flat=True))
    taken = Placement.objects.filter(bed__in=beds, state=PlacementState.IN, actual__contains=start)
    overdue = {
        row.bed_id
        for row in taken
        if start <= desk.when(None) or row.planned.upper is None or row.planned.upper > start
    }
    for bed in beds:
        if bed.pk not in usable_ids:
            raise Refused(_("Bed %(bed)s is out of service. Choose another one.") % {"bed": bed.label})
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
