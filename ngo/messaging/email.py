"""E-mail: plain text and HTML from `templates/messages/<language>/`, sent at once.

Nothing that says what we do may stand in a subject. Without EMAIL_URL the messages are written into the data folder, where
only this installation's own user can read them.
"""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

FILES = "django.core.mail.backends.filebased.EmailBackend"


def is_configured() -> bool:
    """Whether a message really leaves this machine."""
    return settings.EMAIL_BACKEND != FILES


def send_email(*, to: str, name: str, language: str, context: dict[str, Any]) -> bool:
    """Send `messages/<language>/<name>` to one address, and say whether it went out.

    False where no server is configured (the message is a file then) and where the server did not take it: the caller
    has another way, such as handing the link over.
    """
    folder = f"messages/{language}/{name}"
    message = EmailMultiAlternatives(
        subject=render_to_string(f"{folder}_subject.txt", context).strip(),
        body=render_to_string(f"{folder}.txt", context),
        to=[to],
    )
    message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    if not is_configured():
        settings.EMAIL_FILE_PATH.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        message.send()
    except (SMTPException, OSError) as error:
        logger.warning("An e-mail was not sent: %s", type(error).__name__)  # Never the address.
        return False
    return is_configured()
