"""Messages that no rule asked for: a code, an answer, that no more will come. Rows of the outbox like the others.

They are answers to somebody who has the phone in hand, so that neither consent nor an opt-out stands in their way.
"""

from datetime import timedelta

from django.utils import timezone

from cases.models import OF_A_PHONE, MessageWords, Phone, Reminder
from cases.services import recipients
from ngo.models.outbox import OutgoingState

ANSWER_GOOD_FOR = timedelta(hours=12)
GUEST_LANGUAGES = {"spa": "es", "eng": "en", "hat": "ht", "fra": "fr", "por": "pt", "rus": "ru", "ara": "ar"}


def write_to(
    phone: Phone,
    *,
    words: MessageWords,
    source_id: int,
    channel: str,
    language: str,
    good_for: timedelta = ANSWER_GOOD_FOR,
) -> Reminder:
    """One message to a number, due now and untrue after `good_for`. `language` is one of the texts' ("es")."""
    now = timezone.now()
    return Reminder.objects.create(
        organisation_id=phone.family.organisation_id,
        family_id=phone.family_id,
        source=OF_A_PHONE,
        source_id=source_id,
        words=words,
        phone=phone,
        channel=channel,
        language=language,
        state=OutgoingState.PENDING,
        due_at=now,
        next_try_at=now,
        expires_at=now + good_for,
    )


def language_of(phone: Phone, heard: str = "") -> str:
    """In which language to write to a number: of the word that came from it, of what it was sent last, or its family's."""
    if heard in GUEST_LANGUAGES:
        return GUEST_LANGUAGES[heard]
    last = phone.reminders.order_by("-due_at").values_list("language", flat=True).first()
    return last or recipients.languages_of_families([phone.family_id]).get(phone.family_id, "es")
