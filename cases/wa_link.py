"""A chat in WhatsApp that a person of the house opens with one tap, with the neutral words of a reminder in it."""

from urllib.parse import quote

from django.utils import timezone

from cases.models import Phone
from cases.services.phone_messages import language_of
from cases.services.reminders import day_in_words
from cases.walltime import at_clock
from ngo.messaging import email


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
    said = email.words(name="reminder", language=language, context={"day": day_in_words(day, language)}, is_plain=True)
    return wa_link(phone.number, said.text)
