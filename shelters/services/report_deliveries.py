"""To whom reports are sent, and how they leave: rows of the outbox, sent by e-mail, as HTML and text."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ngo.errors import Refused
from ngo.messaging.email import MailLine, is_configured, words
from ngo.messaging.outbox import Ended, Send, Swept, sweep
from ngo.models import Staff
from ngo.models.outbox import OutgoingState
from shelters.models import CapacityReport, ReportDelivery, ReportRecipient, Shelter
from shelters.report_words import mail_context
from shelters.services import desk

SUPERSEDED = "superseded"  # A later version is on its way instead.
REMOVED = "recipient_removed"
NO_SERVER = "no_mail_server"


@transaction.atomic
def add_recipient(*, shelter: Shelter, name: str, email: str, language: str, by: Staff) -> ReportRecipient:
    """From the next report on, send this shelter's reports to one more address."""
    shelter, name, email = desk.lock(shelter, by), name.strip(), email.strip().lower()
    if not name:
        raise Refused(_("Write who it is."))
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(_("This is not an e-mail address. Write it like name@example.org.")) from None
    if ReportRecipient.objects.filter(shelter=shelter, email=email, removed_at=None).exists():
        raise Refused(_("The report is already sent to this address."))
    return ReportRecipient.objects.create(shelter=shelter, name=name, email=email, language=language, added_by=by)


@transaction.atomic
def remove_recipient(*, recipient: ReportRecipient, by: Staff) -> ReportRecipient:
    """Send nothing more to an address, not even what is on its way."""
    desk.lock(recipient.shelter, by)
    row = ReportRecipient.objects.select_for_update(no_key=True).get(pk=recipient.pk)
    if row.removed_at is not None:
        raise Refused(_("The report is no longer sent to this address."))
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])
    return row


def send_reports(*, limit: int = 500) -> Swept:
    """Send what is due, each to its recipient, with a last look at whether it still ought to go."""
    deliveries = ReportDelivery.objects.select_related("report__shelter")
    with MailLine() as line:
        return sweep(deliveries, lambda row: _prepare(row, line), limit=limit)


def _prepare(row: ReportDelivery, line: MailLine) -> Send | Ended:
    """Look once more, as things are at this moment: then the message, or why there is none."""
    if not is_configured():
        return Ended(OutgoingState.SUPPRESSED, NO_SERVER)
    recipient = ReportRecipient.objects.get(pk=row.recipient_id)
    if recipient.removed_at is not None:
        return Ended(OutgoingState.SUPPRESSED, REMOVED)
    versions = CapacityReport.objects.filter(shelter=row.report.shelter_id, night=row.report.night)
    if versions.filter(version__gt=row.report.version).exists():
        return Ended(OutgoingState.SUPPRESSED, SUPERSEDED)
    before = versions.filter(version=row.report.version - 1).first()
    context = _context(row.report, before, recipient.language)
    return lambda: line.send(
        key=row.key,
        to=recipient.email,
        said=words(name="report", language=recipient.language, context=context),
    )


def _context(report: CapacityReport, before: CapacityReport | None, language: str) -> dict[str, Any]:
    with translation.override(language):
        return mail_context(report, before)
