"""Parties that came to the door and were not taken in: how many, who, why, where they were sent. Never a name."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.models import Staff
from shelters import nights
from shelters.models import Composition, Shelter, TurnAway, TurnAwayReason
from shelters.services import desk

DAYS_BACK = 7  # Paper is typed in within this time, and what was written is taken back within it.


def turned_away(pairs: Iterable[tuple[int, date]]) -> dict[tuple[int, date], int | None]:
    """How many people were turned away, by (shelter id, night); None where nothing was written. One query.

    None is not zero: only a person who confirms the report says that nobody came.
    """
    pairs = set(pairs)
    rows = TurnAway.objects.standing().filter(
        shelter__in={shelter for shelter, _night in pairs}, night__in={night for _shelter, night in pairs}
    )
    summed = rows.order_by().values_list("shelter", "night").annotate(people=Sum("party_size"))
    found = {(shelter, night): people for shelter, night, people in summed}
    return {pair: found.get(pair) for pair in pairs}


@transaction.atomic
def log_turn_away(
    *,
    shelter: Shelter,
    party_size: int,
    composition: Composition,
    reason: TurnAwayReason,
    by: Staff,
    sent_to: str = "",
    happened_at: datetime | None = None,
) -> TurnAway:
    """Write down a party that was not taken in, now or at the hour that stands on the paper.

    Raises Refused for an hour that has not come, and for one that is older than a week.
    """
    shelter = desk.lock(shelter, by)
    at = desk.when(happened_at)
    night = nights.night_of(shelter, at)
    if night < nights.tonight(shelter) - nights.ONE_DAY * DAYS_BACK:
        raise Refused(_too_long_ago())
    return TurnAway.objects.create(
        shelter=shelter,
        night=night,
        happened_at=at,
        party_size=party_size,
        composition=composition,
        reason=reason,
        sent_to=sent_to.strip(),
        recorded_by=by,
    )


def _too_long_ago() -> str:
    return _("That is more than %(days)d days ago. Tell the coordinator, who can correct the report.") % {
        "days": DAYS_BACK
    }


@transaction.atomic
def void_turn_away(*, turn_away: TurnAway, by: Staff) -> TurnAway:
    """Take back what was written by mistake; the record keeps both."""
    shelter = desk.lock(turn_away.shelter, by)
    row = TurnAway.objects.select_for_update().get(pk=turn_away.pk)
    if row.voided_at is not None:
        raise Refused(_("This has already been taken back."))
    if row.night < nights.tonight(shelter) - nights.ONE_DAY * DAYS_BACK:
        raise Refused(_too_long_ago())
    row.voided_at, row.voided_by = timezone.now(), by
    row.save(update_fields=["voided_at", "voided_by"])
    return row
