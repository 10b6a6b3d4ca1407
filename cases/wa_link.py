"""A chat in WhatsApp that a person of the house opens with one tap, with the neutral words of a reminder in it."""

from urllib.parse import quote

from django.utils import timezone

from cases import notice_words
from cases.models import Phone
from cases.services.phone_messages import language_of
from cases.walltime import at_clock


def wa_link(number: str, text: str = "") -> str:
    """The address that opens a chat with a number in E.164; `text` stands in it, ready to be sent."""
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    return f"https://wa.me/{digits}" + (f"?text={quote(text.strip(), safe='')}" if text.strip() else "")


def reminder_link(phone: Phone) -> str:
    """A chat with this number about the next appointment of its family; an empty chat where none lies ahead."""
    ahead = phone.family.appointments.upcoming(timezone.now()).order_by("leave_shelter_at", "pk").first()
    if ahead is None:
        return wa_link(phone.number)
    language = language_of(phone)
    day = at_clock(ahead.home_zone, ahead.leave_shelter_at).date()
    return wa_link(phone.number, notice_words.phone_text("reminder", language, day=day))
