"""The line that a family gets when an authority took a date of theirs away, or that was taken back. A row first, then a message.

It says that one of their dates has changed and to ask at reception; the same whatever happened, because a stranger may hold the
phone. In quiet hours none is due; a few minutes pass before the first, in which an event that was a mistake can be undone.
Whoever was not written to is told in person: the page of the event names them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases import notice_words, quiet
from cases.models import EmailAddress, FamilyMember, MessageWords, Phone, ReminderReason, SendingPause
from cases.services.occasions import zone_of_house
from cases.services.recipients import (
    addresses_of,
    agreed_to_reminders,
    families_that_agreed,
    languages_of_families,
    phones_of,
    why_not_to,
)
from ngo.messaging import gateways, outbox
from ngo.messaging.email import MailLine, is_configured
from ngo.models.outbox import OutgoingState
from shelters.models import AuthorityChange, AuthorityNotice

A_LITTLE = timedelta(minutes=10)
AFTER_A_WEEK = timedelta(days=7)  # By then they have been told otherwise.
TAKEN_BACK = "taken_back"


def plan_notices(*, event: AuthorityChange, families: Collection[int]) -> None:
    """One row for each address and each number of each family. What cannot leave is kept as a row too, with the reason.

    A fixed number of queries.
    """
    emails, phones = addresses_of(families), phones_of(families)
    reached = {*emails, *phones}
    agreed, languages = families_that_agreed(reached), languages_of_families(reached)
    due = _due(event, reached)
    to: list[tuple[int, dict[str, Any], str]] = [
        (family, {"email": row}, "") for family, rows in emails.items() for row in rows
    ]
    to += [
        (family, {"phone": row, "channel": row.channel}, why_not_to(row))
        for family, rows in phones.items()
        for row in rows
    ]
    rows = []
    for family, recipient, why_not in to:
        reason = why_not if family in agreed else ReminderReason.NO_CONSENT.value
        rows.append(
            AuthorityNotice(
                event=event,
                family_id=family,
                language=languages.get(family, "es"),
                state=OutgoingState.SUPPRESSED if reason else OutgoingState.PENDING,
                reason=reason,
                due_at=due[family],
                next_try_at=due[family],
                expires_at=due[family] + AFTER_A_WEEK,
                **recipient,
            )
        )
    AuthorityNotice.objects.bulk_create(rows)


def families_told(event: AuthorityChange) -> int:
    """To how many families something leaves, or has left."""
    rows = event.notices.exclude(state__in=[OutgoingState.SUPPRESSED, OutgoingState.CANCELLED])
    return rows.filter(is_of_undo=False).values("family").distinct().count()


def take_back(*, event: AuthorityChange) -> None:
    """An event was undone: what has not left does not leave, and who was told is told again that a date has changed."""
    event.notices.filter(state=OutgoingState.PENDING).update(state=OutgoingState.CANCELLED, reason=TAKEN_BACK)
    left = [OutgoingState.CLAIMED, OutgoingState.SENT, OutgoingState.DELIVERED]
    told = list(event.notices.filter(state__in=left, is_of_undo=False))
    due = _due(event, {row.family_id for row in told})
    AuthorityNotice.objects.bulk_create(
        AuthorityNotice(
            event=event,
            family_id=row.family_id,
            email_id=row.email_id,
            phone_id=row.phone_id,
            channel=row.channel,
            language=row.language,
            is_of_undo=True,
            due_at=due[row.family_id],
            next_try_at=due[row.family_id],
            expires_at=due[row.family_id] + AFTER_A_WEEK,
        )
        for row in told
    )


def _due(event: AuthorityChange, families: Collection[int]) -> dict[int, datetime]:
    """For each family: in a little while, and not in the quiet hours where it sleeps."""
    zones, soon = _zones(event.organisation_id, families), timezone.now() + A_LITTLE
    return {family: _first_allowed(zones[family], soon) for family in families}


def _zones(organisation_id: int, families: Collection[int]) -> dict[int, set[str]]:
    """The clocks of the houses in which the people of each family sleep; who sleeps in none goes by the organisation's first."""
    here = FamilyMember.objects.filter(
        family__in=families,
        left_on=None,
        is_imported=False,
        person__stays__isnull=False,
        person__stays__departed_at=None,
        person__stays__voided_at=None,
    )
    found: dict[int, set[str]] = {}
    for family, zone in here.values_list("family", "person__stays__shelter__zone").distinct():
        found.setdefault(family, set()).add(zone)
    usual = {zone_of_house(organisation_id)}
    return {family: found.get(family, usual) for family in families}


def _first_allowed(zones: Collection[str], at: datetime) -> datetime:
    """The first instant in the quiet hours of none of these zones. Where their days never meet, a day later at the latest."""
    until = at + timedelta(days=1)
    while at < until and (later := max(quiet.first_allowed(zone, at) for zone in zones)) > at:
        at = later
    return at


def send_notices(*, limit: int = 500) -> outbox.Swept:
    """Send what is due, with a last look at whether it is still true."""
    rows = AuthorityNotice.objects.exclude(
        event__organisation__in=SendingPause.objects.running().values("organisation")
    )
    with MailLine() as mail, gateways.PhoneLine() as phones:
        return outbox.sweep(rows, lambda row: _prepare(row, mail, phones), limit=limit)


def _prepare(
    row: AuthorityNotice, mail: MailLine, phones: gateways.PhoneLine
) -> outbox.Send | outbox.Ended | outbox.Later:
    if outbox.is_too_late(row):
        return outbox.Ended(OutgoingState.EXPIRED, ReminderReason.TOO_LATE)
    if row.event.stands == row.is_of_undo:
        return outbox.Ended(OutgoingState.CANCELLED, TAKEN_BACK)
    if reason := _why_not(row):
        return outbox.Ended(OutgoingState.CANCELLED, reason)
    return _by_mail(row, row.email, mail) if row.email else _by_phone(row, row.phone, phones)  # type: ignore[arg-type]


def _by_phone(
    row: AuthorityNotice, phone: Phone, phones: gateways.PhoneLine
) -> outbox.Send | outbox.Ended | outbox.Later:
    now = timezone.now()
    zones = _zones(row.event.organisation_id, [row.family_id])[row.family_id]
    if (allowed := _first_allowed(zones, now)) > now:
        return outbox.Later(allowed)
    if not gateways.is_configured(row.channel):
        return outbox.Ended(OutgoingState.SUPPRESSED, ReminderReason.NO_GATEWAY)
    text = notice_words.phone_text(MessageWords.CHANGED, row.language)
    said = gateways.Said(text=text, template=MessageWords.CHANGED.value, language=row.language, values=())
    return lambda: phones.send(key=row.key, channel=row.channel, to=phone.number, said=said)


def _by_mail(row: AuthorityNotice, address: EmailAddress, mail: MailLine) -> outbox.Send | outbox.Ended:
    if not is_configured():
        return outbox.Ended(OutgoingState.SUPPRESSED, ReminderReason.NO_SERVER)
    said = notice_words.email_words(MessageWords.CHANGED, row.language)
    return lambda: mail.send(key=row.key, to=address.address, said=said)


@transaction.atomic
def record_receipt(channel: str, receipt: gateways.Receipt) -> bool:
    """What became of one of these messages, as its gateway tells. False where it is none of them."""
    rows = AuthorityNotice.objects.select_for_update(no_key=True, of=("self",)).filter(channel=channel)
    row = rows.filter(key=receipt.key).first() if receipt.key is not None else None
    if row is None:  # The ids of some gateways look like a key of ours.
        row = rows.filter(~Q(provider_id=""), provider_id=receipt.provider_id[:120]).first()
    if row is None:
        return False
    on_its_way = row.state in {OutgoingState.CLAIMED, OutgoingState.SENT, OutgoingState.FAILED}
    if receipt.outcome == "delivered" and on_its_way:
        row.state, row.sent_at, row.claim, row.claimed_until = (
            OutgoingState.DELIVERED,
            row.sent_at or timezone.now(),
            None,
            None,
        )
    elif receipt.outcome == "failed" and row.state == OutgoingState.SENT:
        row.state, row.last_error = OutgoingState.FAILED, receipt.error[:80]
        if row.phone_id is not None:
            Phone.objects.filter(pk=row.phone_id).update(failed_at=timezone.now())
    row.save(update_fields=["state", "sent_at", "claim", "claimed_until", "last_error"])
    return True


def _why_not(row: AuthorityNotice) -> str:
    """Why it is not to leave any more."""
    recipient = row.email or row.phone
    if recipient is None or recipient.removed_at is not None:
        return ReminderReason.NO_ADDRESS
    if not agreed_to_reminders(row.family_id):
        return ReminderReason.NO_CONSENT
    if row.phone is None:
        return ""
    return why_not_to(row.phone) or ("" if row.phone.channel == row.channel else ReminderReason.NOT_WANTED)
