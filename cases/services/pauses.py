"""Sending is stopped for a whole organisation, with a reason, and goes on again. What is due meanwhile waits in its rows."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import SendingPause
from ngo.errors import Refused
from ngo.models import Organisation, Staff


@transaction.atomic
def pause(*, organisation: Organisation, reason: str, by: Staff) -> SendingPause:
    """From now on nothing of this organisation leaves. Raises Refused without a reason, and where it is stopped already."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("Write why sending is stopped."))
    try:
        with transaction.atomic():  # The constraint has the last word: two may press the button at once.
            return SendingPause.objects.create(organisation=organisation, reason=reason[:200], began_by=by)
    except IntegrityError as error:
        raise Refused(_("Sending is stopped already.")) from error


@transaction.atomic
def resume(*, organisation: Organisation, by: Staff) -> SendingPause:
    """Let it go on: what is due and still true leaves with the next sweep. Raises Refused where nothing is stopped."""
    row = SendingPause.objects.select_for_update(no_key=True).filter(organisation=organisation, ended_at=None).first()
    if row is None:
        raise Refused(_("Sending is not stopped."))
    row.ended_at, row.ended_by = timezone.now(), by
    row.save(update_fields=["ended_at", "ended_by"])
    return row
