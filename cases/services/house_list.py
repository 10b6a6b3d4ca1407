"""Telling people in the house what a list says: the main channel, for most guests are here and many have no phone."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Reminder
from cases.services import reminders
from ngo.errors import Refused
from ngo.models import Staff
from ngo.models.outbox import Channel, OutgoingState


@transaction.atomic
def tell(*, notice: Reminder, by: Staff) -> Reminder:
    """Write that somebody said it aloud. A second press changes nothing; what is over cannot be told. Raises Refused."""
    row = _lock(notice)
    if row.state == OutgoingState.SENT:
        return row
    if row.state != OutgoingState.PENDING:
        raise Refused(_("This is not on the list any more. Look at the list again."))
    row.state, row.sent_at = OutgoingState.SENT, timezone.now()
    row.called_at, row.called_by = row.sent_at, by
    row.save(update_fields=["state", "sent_at", "called_at", "called_by"])
    return row


@transaction.atomic
def take_back(*, notice: Reminder) -> Reminder:
    """It was a slip: it stands on the list again, where it is still true."""
    row = _lock(notice)
    if row.state != OutgoingState.SENT:
        return row
    row.state, row.sent_at, row.called_at, row.called_by = OutgoingState.PENDING, None, None, None
    row.save(update_fields=["state", "sent_at", "called_at", "called_by"])
    return row


def _lock(notice: Reminder) -> Reminder:
    if notice.family_id:
        reminders.lock_family(notice.family_id)
    return Reminder.objects.select_for_update(no_key=True).get(pk=notice.pk, channel=Channel.HOUSE)
