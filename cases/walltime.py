"""Wall clocks and instants: the hour that a paper names, the hour of the house, and the moment that both mean.

An instant is made from a wall time and a zone, never by adding hours. On the two nights a year on which clocks change, PEP 495
decides with fold 0: an hour that comes twice is the first of the two, and an hour that is skipped is read by the clock as it
went before the change, so that 02:30 is shown as 03:30.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from ngo.templatetags.posada import short_date


def instant_at(zone: str, day: date, wall: time) -> datetime:
    """The instant, in UTC, at which the clock of a zone shows this wall time on this date."""
    return datetime.combine(day, wall, ZoneInfo(zone)).astimezone(UTC)


def at_clock(zone: str, instant: datetime) -> datetime:
    """An instant on the clock of a zone."""
    return instant.astimezone(ZoneInfo(zone))


def about_the_hour(zone: str, day: date, wall: time) -> str:
    """What to say of a wall time on a night on which the clocks change; empty for every other one."""
    typed = datetime.combine(day, wall, ZoneInfo(zone))
    shown = typed.astimezone(UTC).astimezone(ZoneInfo(zone))
    words = {"day": short_date(day), "hour": f"{wall:%H:%M}", "read": f"{shown:%H:%M}"}
    if shown.replace(tzinfo=None) != typed.replace(tzinfo=None):
        return _("On %(day)s the clock goes forward and skips %(hour)s. It is taken as %(read)s.") % words
    if typed.utcoffset() != typed.replace(fold=1).utcoffset():
        return _("On %(day)s the clock goes back and shows %(hour)s twice. The first one is meant.") % words
    return ""


def gap(here: str, there: str, instant: datetime) -> timedelta:
    """How far the clock there is ahead of the clock here at an instant."""
    ahead, own = (at_clock(zone, instant).utcoffset() or timedelta() for zone in (there, here))
    return ahead - own


@dataclass(frozen=True)
class TwoClocks:
    """One instant on the clock of the house and on the clock of the place."""

    at: datetime
    here: str
    there: str
    city: str = ""  # Where the place is, in words; empty where nobody wrote it.

    @property
    def local(self) -> datetime:
        return at_clock(self.here, self.at)

    @property
    def there_words(self) -> str:
        """ "10:00 in Ciudad de México", "Same hour in El Paso"; nothing where both follow one clock."""
        if self.here == self.there:
            return ""
        if not gap(self.here, self.there, self.at):
            return _("Same hour in %(city)s") % {"city": self.city} if self.city else _("Same hour at the place")
        there = at_clock(self.there, self.at)
        if there.date() != self.local.date():
            moment = _("%(day)s, %(hour)s") % {"day": short_date(there.date()), "hour": f"{there:%H:%M}"}
        else:
            moment = f"{there:%H:%M}"
        if self.city:
            return _("%(hour)s in %(city)s") % {"hour": moment, "city": self.city}
        return _("%(hour)s at the place") % {"hour": moment}

    def may_change(self, now: datetime) -> bool:
        """Whether one of the two clocks changes, and the other does not, between now and then."""
        return self.at > now and gap(self.here, self.there, now) != gap(self.here, self.there, self.at)


def clocks_of(appointment: Any) -> TwoClocks:
    """The two clocks of an appointment."""
    city = appointment.office.city.name if appointment.office_id else ""
    return TwoClocks(appointment.starts_at, appointment.home_zone, appointment.zone, city)
