"""The line that a family gets when an authority took a date of theirs away, or that was taken back. A row first, then a message.

It says that one of their dates has changed and to ask at reception; the same whatever happened, because a stranger may hold the
phone. In quiet hours none is due; a few minutes pass before the first, in which an event that was a mistake can be undone.
Whoever was not written to is told in person: the page of the event names them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone

from cases import notice_words, quiet
from cases.models import MessageWords, ReminderReason
from cases.services.occasions import zone_of_house
from cases.services.recipients import addresses_of, agreed_to_reminders, families_that_agreed, languages_of_families
from ngo.messaging import outbox
from ngo.messaging.email import MailLine, is_configured
from ngo.models.outbox import OutgoingState
from shelters.models import AuthorityChange, AuthorityNotice

A_LITTLE = timedelta(minutes=10)
AFTER_A_WEEK = timedelta(days=7)  # By then they have been told otherwise.
TAKEN_BACK = "taken_back"


def plan_notices(*, event: AuthorityChange, families: Collection[int]) -> None:
    """One row for each address of each family. What cannot leave is kept as a row too, with the reason. Four queries."""
    found = addresses_of(families)
    agreed, languages = families_that_agreed(found), languages_of_families(found)
    due = _due(event)
    AuthorityNotice.objects.bulk_create(
        AuthorityNotice(
            event=event,
            email=row,
            language=languages.get(family, "es"),
            state=OutgoingState.PENDING if family in agreed else OutgoingState.SUPPRESSED,
            reason="" if family in agreed else ReminderReason.NO_CONSENT,
            due_at=due,
            next_try_at=due,
            expires_at=due + AFTER_A_WEEK,
        )
        for family, rows in found.items()
        for row in rows
    )


def families_told(event: AuthorityChange) -> int:
    """To how many families something leaves, or has left."""
    rows = event.notices.exclude(state__in=[OutgoingState.SUPPRESSED, OutgoingState.CANCELLED])
    return rows.filter(is_of_undo=False).values("email__family").distinct().count()


def take_back(*, event: AuthorityChange) -> None:
    """An event was undone: what has not left does not leave, and who was told is told again that a date has changed."""
    event.notices.filter(state=OutgoingState.PENDING).update(state=OutgoingState.CANCELLED, reason=TAKEN_BACK)
    due = _due(event)
    left = [OutgoingState.CLAIMED, OutgoingState.SENT, OutgoingState.DELIVERED]
    AuthorityNotice.objects.bulk_create(
        AuthorityNotice(
            event=event,
            email_id=row.email_id,
            language=row.language,
            is_of_undo=True,
            due_at=due,
            next_try_at=due,
            expires_at=due + AFTER_A_WEEK,
        )
        for row in event.notices.filter(state__in=left, is_of_undo=False)
    )


def _due(event: AuthorityChange) -> datetime:
    """In a little while, and not in the quiet hours of the house."""
    return quiet.first_allowed(zone_of_house(event.organisation_id), timezone.now() + A_LITTLE)


def send_notices(*, limit: int = 500) -> outbox.Swept:
    """Send what is due, with a last look at whether it is still true."""
    rows = AuthorityNotice.objects.all()
    with MailLine() as line:
        return outbox.sweep(rows, lambda row: _prepare(row, line), limit=limit)


def _prepare(row: AuthorityNotice, line: MailLine) -> outbox.Send | outbox.Ended:
    if outbox.is_too_late(row):
        return outbox.Ended(OutgoingState.EXPIRED, ReminderReason.TOO_LATE)
    if row.event.stands == row.is_of_undo:
        return outbox.Ended(OutgoingState.CANCELLED, TAKEN_BACK)
    if row.email.removed_at is not None:
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.NO_ADDRESS)
    if not agreed_to_reminders(row.email.family_id):
        return outbox.Ended(OutgoingState.CANCELLED, ReminderReason.NO_CONSENT)
    if not is_configured():
        return outbox.Ended(OutgoingState.SUPPRESSED, ReminderReason.NO_SERVER)
    said = notice_words.email_words(MessageWords.CHANGED, row.language)
    return lambda: line.send(key=row.key, to=row.email.address, said=said)
