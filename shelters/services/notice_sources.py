"""What this floor has notices about: the day until which somebody may stay, and beds that are held until an hour."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta

from cases import notice_file, people_to_call
from cases.models import NoticeSource
from cases.services import reminders
from cases.services.occasions import Occasion, know
from cases.services.receipts import OTHERS
from cases.walltime import at_clock, instant_at
from shelters.authority_calls import is_asked, unreached
from shelters.authority_file import lines_of_family
from shelters.models import Placement, PlacementState, Stay
from shelters.services.authority_notices import record_receipt

LEAVES_AT = time(12)  # Of the day that was agreed: until then it can still be talked about.


def _stays(rows: Iterable[Stay]) -> list[Occasion]:
    """One for each family and day, not one for each of its people; who came without a family has their own."""
    found: dict[tuple, Occasion] = {}
    for row in rows:
        on = row.expected_departure_on
        key = (row.shelter_id, row.family_id or -row.pk, on)
        if on is not None and key not in found:
            zone = row.shelter.zone
            found[key] = Occasion(
                source=NoticeSource.STAY,
                source_id=row.pk,
                organisation_id=row.shelter.organisation_id,
                family_id=row.family_id,
                home_zone=zone,
                day=on,
                ends_at=instant_at(zone, on, LEAVES_AT),
                on=on,
            )
    return list(found.values())


def _stays_ahead(organisation_id: int, first: date, last: date) -> list[Occasion]:
    rows = Stay.objects.current().filter(
        shelter__organisation=organisation_id, expected_departure_on__gte=first, expected_departure_on__lte=last
    )
    return _stays(rows.select_related("shelter").order_by("pk"))


def _stays_now(ids: Collection[int]) -> list[Occasion]:
    return _stays(Stay.objects.current().filter(pk__in=ids).select_related("shelter").order_by("pk"))


def _holds(rows: Iterable[Placement]) -> list[Occasion]:
    """One for each act of holding, whatever the number of its beds: the first of its rows stands for all."""
    found: dict[tuple, Occasion] = {}
    for row in rows:
        key = (row.shelter_id, row.family_id, row.held_for, row.hold_expires_at)
        if row.hold_expires_at is not None and key not in found:
            zone = row.shelter.zone
            day = at_clock(zone, row.hold_expires_at).date()
            found[key] = Occasion(
                source=NoticeSource.HOLD,
                source_id=row.pk,
                organisation_id=row.shelter.organisation_id,
                family_id=row.family_id,
                home_zone=zone,
                day=day,
                ends_at=row.hold_expires_at,
                on=day,
            )
    return list(found.values())


def _holds_ahead(organisation_id: int, first: date, last: date) -> list[Occasion]:
    begin = datetime.combine(first, time(), UTC)
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    rows = Placement.objects.filter(
        shelter__organisation=organisation_id,
        state=PlacementState.HELD,
        hold_expires_at__gte=begin,
        hold_expires_at__lt=end,
    )
    return _holds(rows.select_related("shelter").order_by("pk"))


def _holds_now(ids: Collection[int]) -> list[Occasion]:
    rows = Placement.objects.filter(pk__in=ids, state=PlacementState.HELD, hold_expires_at__isnull=False)
    return _holds(rows.select_related("shelter").order_by("pk"))


def make_known() -> None:
    """Tell the floor below; called once, when this floor is loaded."""
    know(NoticeSource.STAY, _stays_ahead, _stays_now)
    know(NoticeSource.HOLD, _holds_ahead, _holds_now)
    if record_receipt not in OTHERS:
        OTHERS.append(record_receipt)
    if lines_of_family not in notice_file.OTHERS:
        notice_file.OTHERS.append(lines_of_family)
    if unreached not in people_to_call.ABOVE:
        people_to_call.ABOVE.append(unreached)
        reminders.ASKED_ABOVE.append(is_asked)
