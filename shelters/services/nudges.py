"""A word to whoever answers for a house whose figure has gone out of date: once for each silence, without a name in it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ngo.messaging.email import MailLine, is_configured, words
from ngo.messaging.outbox import Ended, Send, Swept, sweep
from ngo.models.outbox import OutgoingState
from shelters.models import Nudge, Opening, Shelter, ShelterState
from shelters.services.freshness import freshness

TRUE_FOR = timedelta(hours=12)  # After that the next look says more than a message of yesterday.
NO_SERVER = "no_mail_server"
NO_CONTACT = "no_contact"
SPOKEN = "confirmed_meanwhile"


def nudge_the_silent(now: datetime | None = None) -> int:
    """Make a message for each open house that has a contact and has been silent too long; how many are new.

    A house of which nobody has ever written anything is not nudged: it has not begun yet.
    """
    now = now or timezone.now()
    closed = ShelterState.objects.filter(shelter=OuterRef("pk"), state=Opening.CLOSED, period__contains=now)
    shelters = Shelter.objects.exclude(contact_email="").exclude(Exists(closed))
    known = freshness(shelters, now)
    silent = {pk: fresh.at for pk, fresh in known.items() if fresh.is_stale and fresh.at is not None}
    already = set(Nudge.objects.filter(shelter__in=silent).values_list("shelter", "silent_since"))
    rows = [
        Nudge(shelter_id=pk, silent_since=at, due_at=now, next_try_at=now, expires_at=now + TRUE_FOR)
        for pk, at in silent.items()
        if (pk, at) not in already
    ]
    Nudge.objects.bulk_create(rows, ignore_conflicts=True)  # Another worker may look at the same time.
    return len(rows)


def send_nudges(*, limit: int = 200) -> Swept:
    """Send what is due, with a last look at whether the house has spoken meanwhile."""
    with MailLine() as line:
        return sweep(Nudge.objects.select_related("shelter"), lambda row: _prepare(row, line), limit=limit)


def _prepare(row: Nudge, line: MailLine) -> Send | Ended:
    if not is_configured():
        return Ended(OutgoingState.SUPPRESSED, NO_SERVER)
    shelter = Shelter.objects.get(pk=row.shelter_id)
    if not shelter.contact_email:
        return Ended(OutgoingState.SUPPRESSED, NO_CONTACT)
    last = freshness([shelter])[shelter.pk].at
    if last is not None and last > row.silent_since:
        return Ended(OutgoingState.SUPPRESSED, SPOKEN)
    language, context = settings.LANGUAGE_CODE[:2], {"hours": shelter.stale_after}
    return lambda: line.send(
        key=row.key, to=shelter.contact_email, said=words(name="nudge", language=language, context=context)
    )
