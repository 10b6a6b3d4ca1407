"""The longest stay of a house: the last morning that it allows someone, and the sentence where a day is beyond it."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import ngettext

from ngo.errors import Refused
from shelters import nights
from shelters.models import Shelter, Stay, StayExtension


def limit_day(shelter: Shelter, arrived_at: datetime, extended_to: date | None = None) -> date | None:
    """The morning on which a stay must end: so many nights after the first one, or the day of an approved extension.

    None where the house has no limit.
    """
    if shelter.stay_limit is None:
        return None
    day = nights.night_of(shelter, arrived_at) + timedelta(days=shelter.stay_limit)
    return max(day, extended_to) if extended_to else day


def end_of(stay: Stay, extended_to: date | None = None) -> date | None:
    """The morning on which a stay ends: the day that was written, or the last one that the house allows."""
    return stay.expected_departure_on or limit_day(stay.shelter, stay.arrived_at, extended_to)


def extended_to(stay: Stay) -> date | None:
    """The latest day to which an approved extension leads. One query."""
    found: dict[str, Any] = StayExtension.objects.approved().filter(stay=stay).aggregate(day=Max("to_on"))
    return found["day"]


def refuse_beyond(shelter: Shelter, arrived_at: datetime, day: date | None, extended: date | None = None) -> None:
    """Stop at a day of departure that is later than the house allows."""
    last = limit_day(shelter, arrived_at, extended)
    if day is None or last is None or day <= last:
        return
    said = ngettext(
        "The longest stay in %(house)s is %(count)d night: until %(day)s. Write no later day, or ask for an extension.",
        "The longest stay in %(house)s is %(count)d nights: until %(day)s. Write no later day, or ask for an extension.",
        shelter.stay_limit or 0,
    )
    raise Refused(
        said % {"house": shelter.name, "count": shelter.stay_limit, "day": date_format(last, "SHORT_DATE_FORMAT")}
    )
