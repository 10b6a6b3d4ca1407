"""What became of a message, as its gateway tells: it arrived, or it did not.

Receipts come in any order, several times, and sometimes before our own record that the message left. A message is found by
our key, which the gateway repeats, or by the gateway's own id. What arrived has arrived, whatever is told afterwards; a
message that was sent twice under one key has arrived where one of the two has.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.models import Phone, Reminder
from cases.services import reminders
from ngo.messaging import gateways
from ngo.messaging.gateways import Receipt
from ngo.models.outbox import OutgoingState

ON_ITS_WAY = [OutgoingState.PENDING, OutgoingState.CLAIMED, OutgoingState.SENT]
NO_CLAIM = {"claim": None, "claimed_until": None}


# A floor above sends messages of its own: what it does with a receipt that is none of ours; True where it was one of its.
OTHERS: list[Callable[[str, Receipt], bool]] = []


@transaction.atomic
def record_receipt(*, channel: str, receipt: Receipt) -> bool:
    """Write what became of a message; False where it is none of ours, or nothing new. The family is locked, then the row."""
    if not receipt.outcome:
        return False
    found = _find(channel, receipt)
    if found is None:
        return any(handle(channel, receipt) for handle in OTHERS)
    if found.family_id is not None:
        reminders.lock_family(found.family_id)
    row = Reminder.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)
    return _arrived(row, receipt) if receipt.outcome == "delivered" else _did_not_arrive(row, receipt)


@transaction.atomic
def note_refusal(*, reminder: Reminder, kind: str) -> None:
    """The gateway refused a message for good when it was to leave: what that says of the number holds for what follows.

    Called by the sender, that records the message itself. The family is locked here: hold no row of reminders.
    """
    said = gateways.says_of_the_number(kind)
    if not said or reminder.phone_id is None:
        return
    if reminder.family_id is not None:
        reminders.lock_family(reminder.family_id)
    _write_phone(reminder, **{"opted_out_at" if said == "opted_out" else "failed_at": timezone.now()})


def _find(channel: str, receipt: Receipt) -> Reminder | None:
    rows = Reminder.objects.filter(channel=channel, phone__isnull=False)
    if receipt.key is not None and (row := rows.filter(key=receipt.key).first()):
        return row
    return rows.filter(~Q(provider_id=""), provider_id=receipt.provider_id[:120]).first()


def _arrived(row: Reminder, receipt: Receipt) -> bool:
    """It is on their phone. Where it was still on its way here, that ends it: nobody sends it once more."""
    if row.delivered_at is not None:
        return False
    row.delivered_at = timezone.now()
    if row.state in {*ON_ITS_WAY, OutgoingState.FAILED}:
        if row.state == OutgoingState.FAILED and row.phone_id:
            _write_phone(row, failed_at=None)  # What failed was this message, or an earlier one.
        row.state = OutgoingState.DELIVERED
        row.sent_at = row.sent_at or row.delivered_at
        row.provider_id = row.provider_id or receipt.provider_id[:120]
        row.last_error, row.claim, row.claimed_until = "", None, None
    row.save(update_fields=["state", "delivered_at", "sent_at", "provider_id", "last_error", *NO_CLAIM])
    return True


def _did_not_arrive(row: Reminder, receipt: Receipt) -> bool:
    if row.state not in ON_ITS_WAY or (row.provider_id and row.provider_id != receipt.provider_id[:120]):
        return False  # It is over; or an earlier try failed, and this one may still arrive.
    if row.state == OutgoingState.PENDING:
        return False  # A try whose yes was lost has failed: the next one is on its way already.
    row.state, row.last_error = OutgoingState.FAILED, receipt.error[:80]
    row.provider_id = row.provider_id or receipt.provider_id[:120]
    row.claim = row.claimed_until = None
    row.save(update_fields=["state", "last_error", "provider_id", *NO_CLAIM])
    now = timezone.now()
    if row.phone_id is not None:
        _write_phone(row, **({"opted_out_at": now} if receipt.is_opt_out else {"failed_at": now}))
    return True


def _write_phone(row: Reminder, **facts: object) -> None:
    """What is now known of the number decides what else is sent to it."""
    if row.phone_id is not None:
        Phone.objects.filter(pk=row.phone_id).update(**facts)
    if row.family is not None:
        reminders.plan_for_family(family=row.family)
