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
    Placement,
    PlacementState,
    Shelter,
    Space,
    SpaceClosure,
)
from shelters.models.places import MOVABLE
from shelters.nights import evening_of, morning_after, tonight
from shelters.services import closures, desk, places, promises
from shelters.services.closures import cut
from shelters.services.places import ONE_NIGHT, lock_house, night_to_come

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
    before = promises.begin(shelter, timezone.now())
    for block in BedBlock.objects.filter(bed=bed, closure__isnull=False, nights__overlap=DateRange(first, None)):
        cut(block, first)  # What is carried out of a closed space is not closed with it.
    closures.leave(bed.space, bed.pk, first, by)
    for period in BedPeriod.objects.filter(bed=bed, nights__overlap=DateRange(first, None)):
        begins = max(first, period.nights.lower or first)
        rest = DateRange(begins, period.nights.upper)
        cut(period, begins)
        BedPeriod.objects.create(bed=bed, space=space, nights=rest, set_by=by, set_at=timezone.now())
    last = Bed.objects.filter(space=space).order_by("-position").values_list("position", flat=True).first()
    bed.space, bed.label, bed.position = space, label, min((last or 0) + 1, 32_767)
    bed.save(update_fields=["space", "label", "position"])
    closures.take_along(space, [bed.pk], first, by)
    promises.check_kept(shelter, before, timezone.now(), chosen=True)
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
    before = promises.begin(shelter, timezone.now())
    closure = SpaceClosure.objects.create(space=space, kind=kind, nights=nights, reason=reason.strip(), set_by=by)
    closures.close_beds(closure, BedPeriod.objects.filter(space=space), by)
    promises.check_kept(shelter, before, timezone.now(), chosen=True)
    return closure


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
    closures.bring_back(closure, first, by, Bed.objects.filter(space=closure.space_id).values_list("pk", flat=True))
    cut(closure, first)
    return space


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
