"""Telling people in the house what a list says: the main channel, for most guests are here and many have no phone."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import TO_THE_FAMILY, MessageWords, Reminder
from cases.services import reminders
from cases.services.appointments import tell_in_person
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
    if (
        row.appointment is not None
        and row.rule is not None
        and row.rule.audience in TO_THE_FAMILY
        and row.appointment.is_on
    ):
        told_before = row.appointment.told_at
        told = tell_in_person(appointment=row.appointment, by=by)
        if told_before is None and told.told_at is not None:
            row.sent_at = told.told_at  # One moment: by this a slip knows what is its own to take back.
    row.called_at, row.called_by = row.sent_at, by
    row.save(update_fields=["state", "sent_at", "called_at", "called_by"])
    return row


@transaction.atomic
def take_back(*, notice: Reminder) -> Reminder:
    """It was a slip: it stands on the list again, and nobody told them. Raises Refused where it is not true any more.

    That they were told otherwise, before or after, stays written.
    """
    row = _lock(notice)
    if row.state != OutgoingState.SENT:
        return row
    is_off = row.appointment is not None and not row.appointment.is_on and row.words != MessageWords.CHANGED
    if is_off or (row.expires_at is not None and row.expires_at <= timezone.now()):
        raise Refused(_("It is over: there is nobody to tell any more."))
    if (
        row.appointment is not None
        and row.called_by is not None
        and row.appointment.is_on
        and (row.appointment.told_at, row.appointment.told_by_id) == (row.sent_at, row.called_by_id)
    ):
        tell_in_person(appointment=row.appointment, by=row.called_by, told=False)
    row.state, row.sent_at, row.called_at, row.called_by = OutgoingState.PENDING, None, None, None
    row.save(update_fields=["state", "sent_at", "called_at", "called_by"])
    return row


def _lock(notice: Reminder) -> Reminder:
    if notice.family_id:
        reminders.lock_family(notice.family_id)
    rows = Reminder.objects.select_for_update(no_key=True, of=("self",)).select_related("appointment", "rule")
    return rows.get(pk=notice.pk, channel=Channel.HOUSE)
