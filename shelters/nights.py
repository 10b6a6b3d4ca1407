"""The night of a shelter: named by the evening's local date, counted at the shelter's morning hour.

Everything here is local to the shelter's zone and exact across daylight-saving changes: instants are made from wall time and
zone, never by adding hours. A wall time that does not exist on the night of a change is read by the rule of the hour before it
(PEP 495, fold 0).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from shelters.models import Shelter

ONE_DAY = timedelta(days=1)


def zone(shelter: Shelter) -> ZoneInfo:
    return ZoneInfo(shelter.zone)


def local(shelter: Shelter, instant: datetime) -> datetime:
    """An instant on the shelter's own clock."""
    return instant.astimezone(zone(shelter))


def instant_at(shelter: Shelter, day: date, wall: time) -> datetime:
    """The instant, in UTC, at which the shelter's clock shows this wall time on this date."""
    return datetime.combine(day, wall, zone(shelter)).astimezone(UTC)


def evening_of(shelter: Shelter, night: date) -> datetime:
    """When the night begins to be spoken of: the shelter's evening hour."""
    return instant_at(shelter, night, shelter.evening_at)


def morning_after(shelter: Shelter, night: date) -> datetime:
    """The instant at which the night is counted: the shelter's morning hour on the next date."""
    return instant_at(shelter, night + ONE_DAY, shelter.morning_at)


def midnight(shelter: Shelter, day: date) -> datetime:
    """The instant at which a date begins on the shelter's clock."""
    return instant_at(shelter, day, time(0))


def noon_of(shelter: Shelter, day: date) -> datetime:
    """Midday: after every morning hour and before every evening hour. Dates without an hour are stored here."""
    return instant_at(shelter, day, time(12))


def hour_of_night(shelter: Shelter, night: date, hour: time) -> datetime:
    """The instant of an hour in a night: before the morning hour it is the day after the evening's date."""
    return instant_at(shelter, night if hour >= shelter.morning_at else night + ONE_DAY, hour)


def night_of(shelter: Shelter, instant: datetime) -> date:
    """The night to which an instant belongs: before the morning hour it is still the night before."""
    today = local(shelter, instant).date()
    return today if instant >= instant_at(shelter, today, shelter.morning_at) else today - ONE_DAY


def tonight(shelter: Shelter, now: datetime | None = None) -> date:
    """The night that is coming or going on now."""
    return night_of(shelter, now or timezone.now())


def first_untouched(shelter: Shelter, start: datetime, end: datetime | None) -> date | None:
    """The first night on which a place that is promised from one instant to another is not needed; None without an end.

    Who leaves at noon needs no bed that night; who is promised one into the evening does.
    """
    if end is None:
        return None
    day = local(shelter, end).date()
    return max(day if evening_of(shelter, day) >= end else day + ONE_DAY, night_of(shelter, start) + ONE_DAY)


def last_moment_of(shelter: Shelter, night: date) -> datetime:
    """The last moment that belongs to the night: who leaves at the morning hour sharp has slept here, who comes then has not."""
    return morning_after(shelter, night) - timedelta(microseconds=1)


def counting_instant(shelter: Shelter, night: date, now: datetime | None = None) -> datetime:
    """Where people count for a night: at its last moment, or now while that has not come."""
    return min(last_moment_of(shelter, night), now or timezone.now())
