"""Beds that are carried from one space to another, and spaces that close for a time. No night that is over changes."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.types.range import DateRange, TimestamptzRange

from ngo.errors import Refused
from ngo.models import Staff
from ngo.permissions import Permission, may
from shelters.models import (
    Bed,
    BedBlock,
    BedPeriod,
    ClosureKind,
    Placement,
    PlacementState,
    Shelter,
    Space,
    SpaceClosure,
)
from shelters.models.places import MOVABLE
from shelters.nights import evening_of, morning_after, tonight
from shelters.services import desk, places
from shelters.services.places import ONE_NIGHT, cut, lock_house, night_to_come

Gap = tuple[date, date | None]


# --- A bed moves -----------------------------------------------------------------------------------------------------


@transaction.atomic
def move_bed(*, bed: Bed, space: Space, by: Staff, label: str = "") -> Bed:
    """Carry a bed to another space of its house, from tonight on; on past nights it stays where it stood.

    `label` is its number there, where that of today is taken. Raises Refused while someone is in it or it is promised. To
    undo it the same night, carry it back: then it has stood there all the time.
    """
    shelter = lock_house(bed.space.shelter)
    bed = Bed.objects.select_related("space").get(pk=bed.pk)
    first, label = tonight(shelter), label.strip() or bed.label
    if bed.kind not in MOVABLE and not may(by, Permission.MANAGE_PLACES):
        raise Refused(_("Only cots, cribs and mats are carried by the desk. Ask the coordinator to move this bed."))
    if space.shelter_id != shelter.pk:
        raise Refused(_("That space is in another house. Withdraw the bed here, and add one there."))
    if space.pk == bed.space_id:
        raise Refused(_("Bed %(bed)s stands in %(space)s already.") % {"bed": bed.label, "space": space.name})
    desk.check_spaces_are_open([space], first)
    places.refuse_while_needed(shelter, bed, first, None)
    if Bed.objects.filter(space=space, label=label).exists():
        raise Refused(
            _("There is already a bed %(bed)s in %(space)s. Write another number for this one.")
            % {"bed": label, "space": space.name}
        )
    for block in BedBlock.objects.filter(bed=bed, closure__isnull=False, nights__overlap=DateRange(first, None)):
        cut(block, first)  # What is carried out of a closed space is not closed with it.
    for period in BedPeriod.objects.filter(bed=bed, nights__overlap=DateRange(first, None)):
        begins = max(first, period.nights.lower or first)
        rest = DateRange(begins, period.nights.upper)
        cut(period, begins)
        BedPeriod.objects.create(bed=bed, space=space, nights=rest, set_by=by, set_at=timezone.now())
    last = Bed.objects.filter(space=space).order_by("-position").values_list("position", flat=True).first()
    bed.space, bed.label, bed.position = space, label, min((last or 0) + 1, 32_767)
    bed.save(update_fields=["space", "label", "position"])
    return bed


# --- A whole space closes --------------------------------------------------------------------------------------------


@transaction.atomic
def close_space(
    *,
    space: Space,
    kind: str,
    by: Staff,
    reason: str = "",
    first_night: date | None = None,
    until: date | None = None,
) -> SpaceClosure:
    """Let nobody sleep in a space from a night (tonight) on; `until` is the first night on which one sleeps there again.

    Mothballed beds leave the house's capacity; for a repair, a quarantine or a cleaning they stay in it, out of service.
    Raises Refused while anybody is there or a place in it is promised for one of these nights.
    """
    shelter = lock_house(space.shelter)
    first = night_to_come(shelter, first_night)
    if until is not None and until <= first:
        raise Refused(_("The space opens on a later night than the one it closes on."))
    nights = DateRange(first, until)
    if SpaceClosure.objects.filter(space=space, nights__overlap=nights).exists():
        raise Refused(
            _("%(space)s is already closed on some of these nights. Reopen it first.") % {"space": space.name}
        )
    _refuse_while_space_needed(shelter, space, first, until)
    closure = SpaceClosure.objects.create(space=space, kind=kind, nights=nights, reason=reason.strip(), set_by=by)
    periods = BedPeriod.objects.filter(space=space, nights__overlap=nights).order_by("pk")
    if kind == ClosureKind.MOTHBALLED:
        _withdraw(closure, list(periods), by)
    else:
        _block(closure, list(periods), by)
    return closure


def _withdraw(closure: SpaceClosure, periods: Iterable[BedPeriod], by: Staff) -> None:
    """End the periods before the first night, and go on with them after the last where one is known."""
    first, until = closure.nights.lower, closure.nights.upper
    for period in periods:
        bed_id, begins, ends = period.bed_id, max(first, period.nights.lower or first), period.nights.upper
        closure.withdrew.append([bed_id, begins.isoformat(), ends.isoformat() if ends else None])
        cut(period, begins)
        if until is not None and (ends is None or ends > until):
            nights = DateRange(until, ends)
            BedPeriod.objects.create(
                bed_id=bed_id, space_id=closure.space_id, nights=nights, set_by=by, set_at=timezone.now()
            )
    closure.save(update_fields=["withdrew"])


def _block(closure: SpaceClosure, periods: Iterable[BedPeriod], by: Staff) -> None:
    """Put every bed out of service for the nights on which it is not already."""
    words = str(ClosureKind(closure.kind).label)
    reason = f"{words}: {closure.reason}"[:200] if closure.reason else words
    beds = {period.bed_id for period in periods}
    own: dict[int, list[DateRange]] = {bed_id: [] for bed_id in beds}
    for block in BedBlock.objects.filter(bed__in=beds, nights__overlap=closure.nights).order_by("nights"):
        own[block.bed_id].append(block.nights)
    BedBlock.objects.bulk_create(
        BedBlock(bed_id=bed_id, nights=DateRange(*gap), reason=reason, closure=closure, set_by=by)
        for bed_id in sorted(beds)
        for gap in gaps(closure.nights, own[bed_id])
    )


def gaps(span: DateRange, taken: Iterable[DateRange]) -> list[Gap]:
    """The nights of a span that none of these ranges has, in order."""
    found: list[Gap] = []
    start: date | None = span.lower
    for one in sorted(taken, key=lambda one: one.lower or date.min):
        if start is None:
            break
        if one.lower is not None and one.lower > start:
            found.append((start, one.lower))
        start = None if one.upper is None else max(start, one.upper)
    if start is not None and (span.upper is None or start < span.upper):
        found.append((start, span.upper))
    return found


@transaction.atomic
def reopen_space(*, space: Space, by: Staff, from_night: date | None = None) -> Space:
    """Open a closed space again from a night (tonight) on, or drop a closing that is still to come.

    Its beds come back as they were; what a bed has of its own, a broken slat, stays.
    """
    shelter = lock_house(space.shelter)
    first = night_to_come(shelter, from_night)
    still = SpaceClosure.objects.filter(space=space, nights__overlap=DateRange(first, None)).order_by("nights")
    closure = still.first()
    if closure is None:
        raise Refused(_("%(space)s is open then.") % {"space": space.name})
    first = max(first, closure.nights.lower)
    for block in BedBlock.objects.filter(closure=closure, nights__overlap=DateRange(first, None)):
        cut(block, first)
    _bring_back(closure, first, by)
    cut(closure, first)
    return space


def _bring_back(closure: SpaceClosure, first: date, by: Staff) -> None:
    """The beds that the closure took out of the capacity and that still stand in its space, from a night on."""
    here = set(Bed.objects.filter(space=closure.space_id).values_list("pk", flat=True))
    for bed_id, began, ended in closure.withdrew:
        begins = max(first, date.fromisoformat(began))
        ends = min((one for one in (ended and date.fromisoformat(ended), closure.nights.upper) if one), default=None)
        nights = DateRange(begins, ends)
        if bed_id not in here or (ends and ends <= begins):
            continue
        for gap in gaps(nights, [row.nights for row in BedPeriod.objects.filter(bed=bed_id, nights__overlap=nights)]):
            BedPeriod.objects.create(
                bed_id=bed_id,
                space_id=closure.space_id,
                nights=DateRange(*gap),
                set_by=by,
                set_at=timezone.now(),
            )


def _refuse_while_space_needed(shelter: Shelter, space: Space, first: date, until: date | None) -> None:
    """Refuse where people are in a space, or a place in it is promised, on a night of [first, until)."""
    end = morning_after(shelter, until - ONE_NIGHT) if until else None
    then = TimestamptzRange(evening_of(shelter, first), end)
    rows = Placement.objects.filter(Q(space=space) | Q(bed__space=space))
    inside = rows.filter(state=PlacementState.IN)
    if first > tonight(shelter):
        inside = inside.filter(planned__overlap=then)
    if people := inside.count():
        raise Refused(
            ngettext(
                "%(count)d person sleeps in %(space)s then. Move them to another space first.",
                "%(count)d people sleep in %(space)s then. Move them to another space first.",
                people,
            )
            % {"count": people, "space": space.name}
        )
    if held := rows.holds_in_force(timezone.now()).filter(planned__overlap=then).count():
        raise Refused(
            ngettext(
                "%(count)d place in %(space)s is held then. Release the hold first.",
                "%(count)d places in %(space)s are held then. Release the holds first.",
                held,
            )
            % {"count": held, "space": space.name}
        )


# --- Several beds at once --------------------------------------------------------------------------------------------


@transaction.atomic
def block_beds(
    *, beds: Iterable[Bed], reason: str, by: Staff, first_night: date | None = None, until: date | None = None
) -> list[BedBlock]:
    """Put several beds out of service, all or none."""
    return [
        places.block_bed(bed=bed, reason=reason, by=by, first_night=first_night, until=until) for bed in _chosen(beds)
    ]


@transaction.atomic
def unblock_beds(*, beds: Iterable[Bed], by: Staff) -> list[Bed]:
    return [places.unblock_bed(bed=bed, by=by) for bed in _chosen(beds)]


@transaction.atomic
def withdraw_beds(*, beds: Iterable[Bed], by: Staff, from_night: date | None = None) -> list[Bed]:
    return [places.withdraw_bed(bed=bed, by=by, from_night=from_night) for bed in _chosen(beds)]


@transaction.atomic
def return_beds(*, beds: Iterable[Bed], by: Staff, from_night: date | None = None) -> list[BedPeriod]:
    return [places.return_bed(bed=bed, by=by, from_night=from_night) for bed in _chosen(beds)]


@transaction.atomic
def move_beds(*, beds: Iterable[Bed], space: Space, by: Staff) -> list[Bed]:
    return [move_bed(bed=bed, space=space, by=by) for bed in _chosen(beds)]


def _chosen(beds: Iterable[Bed]) -> list[Bed]:
    found = list(beds)
    if not found:
        raise Refused(_("Choose at least one bed."))
    return found
