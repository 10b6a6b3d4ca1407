"""How fast messages leave on a channel: one timetable for all processes, kept in PostgreSQL.

A gateway, or the number behind it, takes so many messages a second and no more, whoever sends them. A sender takes its turns
here, one at a time where they are slow, a few at once where they are many.
"""

import time
from collections import deque

from django.db import connection

from ngo.messaging.outbox import NotYet

LONGEST_WAIT = 30.0  # Seconds that a message waits for its turn, while it is being sent.
AHEAD = 0.1  # Seconds for which turns are taken at once.
MOST_AT_ONCE = 50

# How long until these turns are over; no row where that lies too far ahead.
TAKE = """
INSERT INTO ngo_pace AS pace (channel, free_at) VALUES (%(channel)s, clock_timestamp() + %(takes)s * interval '1 second')
ON CONFLICT (channel) DO UPDATE
SET free_at = greatest(pace.free_at, clock_timestamp()) + %(takes)s * interval '1 second'
WHERE pace.free_at <= clock_timestamp() + %(longest)s * interval '1 second'
RETURNING extract(epoch FROM free_at - clock_timestamp())::float
"""


class Turns:
    """The turns of one sender; those that it does not use are lost."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}  # When each turn comes, on the monotonic clock.

    def wait(self, channel: str, rate: float) -> None:
        """Wait for the next turn of a channel that carries `rate` messages a second. One query where none is left.

        Raises NotYet where it would be a long time: then the message is not to be sent, and nothing is wrong with it.
        """
        turns = self._taken.setdefault(channel, deque())
        if not turns:
            turns.extend(_take(channel, rate))
        time.sleep(max(0.0, turns.popleft() - time.monotonic()))


def _take(channel: str, rate: float) -> list[float]:
    number = max(1, min(MOST_AT_ONCE, int(rate * AHEAD)))
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"channel": channel, "takes": number / rate, "longest": LONGEST_WAIT})
        found = cursor.fetchone()
    if found is None:
        raise NotYet(LONGEST_WAIT)
    first = time.monotonic() + found[0] - number / rate
    return [first + turn / rate for turn in range(number)]
