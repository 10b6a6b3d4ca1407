"""How fast messages leave on a channel: one timetable for all processes, kept in PostgreSQL.

A gateway, or the number behind it, takes so many messages a second and no more, whoever sends them. A sweep takes its turns
here, one at a time where they are slow, a few at once where they are many. It looks at a message when its turn has come: what
happens while it waits still counts.
"""

import time
from collections import deque

from django.conf import settings
from django.db import connection

from ngo.models.outbox import Channel

LONGEST_WAIT = 30.0  # Seconds that a message waits for its turn, while it is being sent.
AHEAD = 0.1  # Seconds for which turns are taken at once.
MOST_AT_ONCE = 50

# How long until these turns are over; no row where that lies too far ahead. What lies further ahead than anybody could have
# taken is of a clock that was set back since: it counts as now.
TAKE = """
INSERT INTO ngo_pace AS pace (channel, free_at) VALUES (%(channel)s, clock_timestamp() + %(takes)s * interval '1 second')
ON CONFLICT (channel) DO UPDATE
SET free_at = CASE
    WHEN pace.free_at > clock_timestamp() + (%(longest)s + 2 * %(takes)s) * interval '1 second' THEN clock_timestamp()
    ELSE greatest(pace.free_at, clock_timestamp()) END + %(takes)s * interval '1 second'
WHERE pace.free_at <= clock_timestamp() + %(longest)s * interval '1 second'
   OR pace.free_at > clock_timestamp() + (%(longest)s + 2 * %(takes)s) * interval '1 second'
RETURNING extract(epoch FROM free_at - clock_timestamp())::float
"""


class NotYet(Exception):
    """The channel has no room for a message in this moment; in `seconds` one may look again."""

    def __init__(self, seconds: float):
        super().__init__("NotYet")
        self.seconds = seconds


class Turns:
    """The turns of one sweep; those that it does not use are lost."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}  # When each turn comes, on the monotonic clock.

    def wait(self, channel: str, rate: float) -> None:
        """Wait for the next turn of a channel that carries `rate` messages a second. One query where none is left.

        Raises NotYet where it would be a long time: then the message is not to be sent, and nothing is wrong with it.
        """
        turns = self._taken.setdefault(channel, deque())
        if not turns:
            turns.extend(_take(channel, rate))
        if (seconds := turns.popleft() - time.monotonic()) > 0:
            time.sleep(seconds)

    def give_back(self, channel: str) -> None:
        """The last turn was not needed: the next message of this sweep has it."""
        self._taken.setdefault(channel, deque()).appendleft(time.monotonic())


def rate_of(channel: str) -> float | None:
    """Messages a second that a channel carries; None where it has no pace, or nothing leaves."""
    gateway = {Channel.SMS.value: settings.SMS_GATEWAY, Channel.WHATSAPP.value: settings.WHATSAPP_GATEWAY}.get(channel)
    if gateway is not None:
        return gateway.rate
    return settings.EMAIL_RATE if channel == Channel.EMAIL else None


def _take(channel: str, rate: float) -> list[float]:
    number = max(1, min(MOST_AT_ONCE, int(rate * AHEAD)))
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"channel": channel, "takes": number / rate, "longest": LONGEST_WAIT})
        found = cursor.fetchone()
    if found is None:
        raise NotYet(LONGEST_WAIT)
    first = time.monotonic() + found[0] - number / rate
    return [first + turn / rate for turn in range(number)]
