"""How a row of an outbox leaves: claim with a lease, look again, send outside the transaction, record.

Any number of senders may work at once: a row is claimed with FOR UPDATE SKIP LOCKED, and only the holder of its claim may
begin to send it and record how it went. A crash before the record leaves the lease to run out; another sender then sends it
again, under the same key. A crash can therefore repeat a message between the server's yes and our record, and in no other place.
"""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from random import SystemRandom
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ngo.messaging.pace import NotYet, Turns, rate_of
from ngo.models.outbox import Outgoing, OutgoingQuerySet, OutgoingState

logger = logging.getLogger(__name__)

LEASE = timedelta(
    minutes=5
)  # Longer than the slowest send: each of its dozen steps may take EMAIL_TIMEOUT, 15 seconds.
BATCH = 50  # Claimed at once; what a sweep does not come to, it gives back.
AT_MOST = 60  # Seconds after which a sweep begins with no further message: the next sweep goes on.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]  # After the last of them, a person must call.
MOST_TRIES = len(BACK_OFF) + 1
JITTER = 0.1
CRASHED = "Crashed"  # Begun as often as it may be, and never recorded: whoever sent it died of it, or with it.
_random = SystemRandom()


class NotSent(Exception):
    """The channel did not take a message. Its text is a kind of error, without address or content.

    `for_good` where trying again is of no use: there is no such address.
    """

    def __init__(self, kind: str, *, for_good: bool = False):
        super().__init__(kind)
        self.for_good = for_good


@dataclass(frozen=True)
class Ended:
    """Instead of a message: this one is not to leave any more, and why (a code)."""

    state: OutgoingState
    reason: str


@dataclass(frozen=True)
class Later:
    """Instead of a message: nothing is wrong, but not at this hour. The try does not count."""

    at: datetime


@dataclass
class Swept:
    """What one sweep did, in messages."""

    sent: int = 0
    failed: int = 0  # Tried, and to be tried again.
    given_up: int = 0  # Tried for the last time.
    ended: int = 0  # Not sent, for a reason.
    put_off: int = 0  # Not at this hour.

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Swept)))

    @property
    def touched(self) -> int:
        return self.sent + self.failed + self.given_up + self.ended + self.put_off


Send = Callable[[], str]
Prepare = Callable[[Any], Send | Ended | Later]


def sweep(
    rows: OutgoingQuerySet,
    prepare: Prepare,
    *,
    limit: int = 500,
    lease: timedelta = LEASE,
    begun: Callable[[Any], bool] | None = None,
) -> Swept:
    """Send what is due of these rows, at most `limit` of them and for about a minute, and say what became of them.

    Each waits for the turn of its channel first; then `prepare(row)` looks once more, in the light of this very moment, and
    gives back either what sends the message (a callable without arguments that returns the provider's id and raises NotSent),
    `Ended` or `Later`. One row that fails, in whatever way, never stops the rest. Let `rows` load nothing that could fail for
    one of them, such as another table's secrets. `begun(row)` does what `begin` does, where somebody does more with it.
    """
    begun = begun or (lambda row: begin(row, lease=lease))
    swept, turns, until = Swept(), Turns(), time.monotonic() + AT_MOST
    for start in range(0, limit, BATCH):
        wanted = min(BATCH, limit - start)
        batch = claim(rows, limit=wanted, lease=lease)
        for position, row in enumerate(batch):
            if time.monotonic() > until:
                release(batch[position:])
                return swept
            _in_its_turn(row, prepare, swept, turns, begun)
        if len(batch) < wanted:
            break
    return swept


def _in_its_turn(row: Any, prepare: Prepare, swept: Swept, turns: Turns, begun: Callable[[Any], bool]) -> None:
    channel = str(row.channel)
    rate = rate_of(channel)
    if rate is not None:
        try:
            turns.wait(channel, rate)
        except NotYet as wait:
            _record(row, state=OutgoingState.PENDING, next_try_at=timezone.now() + timedelta(seconds=wait.seconds))
            swept.put_off += 1
            return
    left = begun(row) and _send_one(row, prepare, swept)
    if rate is not None and not left:
        turns.give_back(channel)


def _send_one(row: Any, prepare: Prepare, swept: Swept) -> bool:
    """Whether anything was said on the channel."""
    try:
        sending = prepare(row)
        if isinstance(sending, Ended):
            record_end(row, sending)
            swept.ended += 1
            return False
        if isinstance(sending, Later):
            _record(row, state=OutgoingState.PENDING, next_try_at=sending.at, attempts=row.attempts - 1)
            swept.put_off += 1
            return False
        if row.attempts > MOST_TRIES:
            raise NotSent(CRASHED, for_good=True)
        provider_id = sending()
    except NotSent as error:
        _count_failure(swept, record_failure(row, str(error), for_good=error.for_good))
    except Exception as error:  # noqa: BLE001  A poisonous row: it is tried again later, and then given up.
        logger.warning("A message of %s could not be made: %s", row._meta.label, type(error).__name__)
        _count_failure(swept, record_failure(row, type(error).__name__))
    else:
        record_sent(row, provider_id)
        swept.sent += 1
    return True


def _count_failure(swept: Swept, state: str) -> None:
    if state == OutgoingState.FAILED:
        swept.given_up += 1
    else:
        swept.failed += 1


# --- Claims ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def claim(rows: OutgoingQuerySet, *, limit: int, lease: timedelta = LEASE) -> list[Any]:
    """Take up to `limit` due rows for ourselves, the longest due first; rows that another sender looks at are passed by."""
    now, ours = timezone.now(), uuid.uuid4()
    due = rows.due(now).order_by("next_try_at", "pk").select_for_update(skip_locked=True, of=("self",), no_key=True)
    found = list(due[:limit])
    taken = {"state": OutgoingState.CLAIMED, "claim": ours, "claimed_until": now + lease}
    for row in found:
        for name, value in taken.items():
            setattr(row, name, value)
    if found:
        rows.model._default_manager.filter(pk__in=[row.pk for row in found]).update(**taken)
    return found


def begin(row: Outgoing, *, lease: timedelta = LEASE) -> bool:
    """Count one more try and make the lease new. False where the row is not ours any more: then leave it alone.

    What it waits for may have ended meanwhile: until when it is true is read anew.
    """
    row.attempts += 1
    row.claimed_until = timezone.now() + lease
    found = _write(row, attempts=row.attempts, claimed_until=row.claimed_until)
    if found:
        [row.expires_at] = found
    return bool(found)


def release(rows: list[Any]) -> None:
    """Give back what was claimed and not begun."""
    for row in rows:
        _record(row, state=OutgoingState.PENDING)


# --- Records ---------------------------------------------------------------------------------------------------------
def record_sent(row: Outgoing, provider_id: str = "") -> bool:
    """Note that it left. False where our claim had run out and another sender has the row."""
    return _record(row, state=OutgoingState.SENT, sent_at=timezone.now(), provider_id=provider_id[:120], last_error="")


def record_failure(row: Outgoing, error: str, *, for_good: bool = False) -> str:
    """Note that it did not leave, and when it is tried again. Returns the state.

    It is failed, and a person must call, after the last try, or where the next one would come too late to be true.
    """
    if for_good or row.attempts >= MOST_TRIES:
        return _give_up(row, error)
    next_try_at = timezone.now() + BACK_OFF[max(0, row.attempts - 1)] * (1 + JITTER * _random.random())
    if is_too_late(row, next_try_at):
        return _give_up(row, error)
    _record(row, state=OutgoingState.PENDING, next_try_at=next_try_at, last_error=error[:80])
    return OutgoingState.PENDING


def record_end(row: Outgoing, end: Ended) -> bool:
    """Note that it will not leave, and why."""
    return _record(row, state=end.state, reason=end.reason[:200])


def _give_up(row: Outgoing, error: str) -> str:
    _record(row, state=OutgoingState.FAILED, last_error=error[:80])
    return OutgoingState.FAILED


def _record(row: Outgoing, **fields: Any) -> bool:
    done = bool(_write(row, claim=None, claimed_until=None, **fields))
    if not done:
        logger.warning("The claim on a message of %s had run out before it was recorded.", row._meta.label)
    return done


def _write(row: Outgoing, **fields: Any) -> tuple[datetime | None] | None:
    """Change a row that is ours, and say until when it is true; None where it is not ours any more. By hand, because it stands
    twice around every message."""
    claimed = [row.pk, OutgoingState.CLAIMED.value, row.claim]
    with connection.cursor() as cursor:
        values = [*(getattr(value, "value", value) for value in fields.values()), *claimed]
        cursor.execute(_change_of_ours(type(row), tuple(fields)), values)
        return cursor.fetchone()


@cache
def _change_of_ours(model: type[Outgoing], fields: tuple[str, ...]) -> str:
    quoted = [connection.ops.quote_name(model._meta.get_field(name).column) for name in fields]
    changes = ", ".join(f"{column} = %s" for column in quoted)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"UPDATE {table} SET {changes} WHERE id = %s AND state = %s AND claim = %s RETURNING expires_at"  # noqa: S608


def is_too_late(row: Outgoing, now: datetime | None = None) -> bool:
    """Whether a message would not be true any more."""
    return row.expires_at is not None and (now or timezone.now()) >= row.expires_at
