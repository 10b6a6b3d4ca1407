"""How a row of an outbox leaves: claim with a lease, look again, send outside the transaction, record.

Any number of senders may work at once: a row is claimed with FOR UPDATE SKIP LOCKED, and only the holder of its claim may
record how it went. A crash before the record leaves the lease to run out; another sender then sends it again, under the same
key. A crash can therefore repeat a message between the server's yes and our record, and in no other place.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ngo.models.outbox import Outgoing, OutgoingQuerySet, OutgoingState

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # Longer than the slowest send: EMAIL_TIMEOUT is 15 seconds.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]  # After the last of them, a person must call.
JITTER = 0.1
_random = SystemRandom()


class NotSent(Exception):
    """The channel did not take a message. Its text is a kind of error, without address or content."""


@dataclass(frozen=True)
class Ended:
    """Instead of a message: this one is not to leave any more, and why (a code)."""

    state: OutgoingState
    reason: str


@dataclass
class Swept:
    """What one sweep did, in messages."""

    sent: int = 0
    failed: int = 0  # Tried, and to be tried again.
    given_up: int = 0  # Tried for the last time.
    ended: int = 0  # Not sent, for a reason.

    @property
    def touched(self) -> int:
        return self.sent + self.failed + self.given_up + self.ended


Prepare = Callable[[Any], Callable[[], str] | Ended]


def sweep(rows: OutgoingQuerySet, prepare: Prepare, *, limit: int = 100, lease: timedelta = LEASE) -> Swept:
    """Send what is due of these rows, at most `limit` of them, and say what became of them.

    `prepare(row)` looks once more, in the light of this very moment, and gives back either what sends the message (a
    callable without arguments that returns the provider's id and raises NotSent) or `Ended`. One row that fails, in whatever
    way, never stops the rest.
    """
    swept = Swept()
    for row in claim(rows, limit=limit, lease=lease):
        try:
            _send_one(row, prepare, swept)
        except Exception as error:  # noqa: BLE001  A poisonous row: it is tried again later, and then given up.
            logger.warning("A message of %s could not be made: %s", row._meta.label, type(error).__name__)
            _count_failure(swept, record_failure(row, type(error).__name__))
    return swept


def _send_one(row: Any, prepare: Prepare, swept: Swept) -> None:
    send = prepare(row)
    if isinstance(send, Ended):
        record_end(row, send)
        swept.ended += 1
        return
    try:
        provider_id = send()
    except NotSent as error:
        _count_failure(swept, record_failure(row, str(error)))
        return
    record_sent(row, provider_id)
    swept.sent += 1


def _count_failure(swept: Swept, state: str) -> None:
    if state == OutgoingState.FAILED:
        swept.given_up += 1
    else:
        swept.failed += 1


@transaction.atomic
def claim(rows: OutgoingQuerySet, *, limit: int, lease: timedelta = LEASE) -> list[Any]:
    """Take up to `limit` due rows for ourselves, the longest due first; rows that another sender looks at are passed by."""
    now, ours = timezone.now(), uuid.uuid4()
    due = rows.due(now).order_by("next_try_at", "pk").select_for_update(skip_locked=True, of=("self",))
    found = list(due[:limit])
    for row in found:
        row.state, row.claim, row.claimed_until = OutgoingState.CLAIMED, ours, now + lease
        row.attempts += 1
    rows.model._default_manager.filter(pk__in=[row.pk for row in found]).update(
        state=OutgoingState.CLAIMED, claim=ours, claimed_until=now + lease, attempts=F("attempts") + 1
    )
    return found


def record_sent(row: Outgoing, provider_id: str = "") -> bool:
    """Note that it left. False where our claim had run out and another sender has the row."""
    return _record(row, state=OutgoingState.SENT, sent_at=timezone.now(), provider_id=provider_id[:120], last_error="")


def record_failure(row: Outgoing, error: str) -> str:
    """Note that it did not leave, and when it is tried again; after the last attempt it is failed. Returns the state."""
    if row.attempts > len(BACK_OFF):
        _record(row, state=OutgoingState.FAILED, last_error=error[:80])
        return OutgoingState.FAILED
    wait = BACK_OFF[row.attempts - 1] * (1 + JITTER * _random.random())
    _record(row, state=OutgoingState.PENDING, next_try_at=timezone.now() + wait, last_error=error[:80])
    return OutgoingState.PENDING


def record_end(row: Outgoing, end: Ended) -> bool:
    """Note that it will not leave, and why."""
    return _record(row, state=end.state, reason=end.reason[:200])


def _record(row: Outgoing, **fields: Any) -> bool:
    ours = type(row)._default_manager.filter(pk=row.pk, state=OutgoingState.CLAIMED, claim=row.claim)
    done = ours.update(claim=None, claimed_until=None, **fields)
    if not done:
        logger.warning("The claim on a message of %s had run out before it was recorded.", row._meta.label)
    return bool(done)


def is_too_late(row: Outgoing, now: datetime | None = None) -> bool:
    """Whether a message would not be true any more."""
    return row.expires_at is not None and (now or timezone.now()) >= row.expires_at
