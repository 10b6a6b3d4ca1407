"""The hours in which no phone rings: from eight in the evening to eight in the morning, on the clock of the house.

A practice of houses, not a law. Only a person may wake somebody; a machine waits until the morning.
"""

from datetime import datetime, time, timedelta

from cases.walltime import at_clock, instant_at

FROM, UNTIL = time(20), time(8)


def are_quiet(zone: str, at: datetime) -> bool:
    """Whether an instant falls in the quiet hours of a zone."""
    wall = at_clock(zone, at).time()
    return wall >= FROM or wall < UNTIL


def first_allowed(zone: str, at: datetime) -> datetime:
    """The instant itself, or the next morning at eight."""
    if not are_quiet(zone, at):
        return at
    here = at_clock(zone, at)
    day = here.date() + timedelta(days=1) if here.time() >= FROM else here.date()
    return instant_at(zone, day, UNTIL)
