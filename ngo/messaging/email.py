"""E-mail: plain text and HTML from `templates/messages/<language>/`, sent at once.

Nothing that says what we do may stand in a subject. Without EMAIL_URL the messages are written into the data folder, where
only this installation's own user can read them.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from ngo.messaging.outbox import NotSent

logger = logging.getLogger(__name__)

FILES = "django.core.mail.backends.filebased.EmailBackend"
MOST_PER_CONNECTION = 50  # Many servers hang up after a hundred.


def is_configured() -> bool:
    """Whether a message really leaves this machine."""
    return settings.EMAIL_BACKEND != FILES


@dataclass(frozen=True)
class Words:
    """What a message says, the same for everyone who gets it."""

    subject: str
    text: str
    html: str = ""  # Empty: the text is all that there is.


def words(*, name: str, language: str, context: dict[str, Any], is_plain: bool = False) -> Words:
    """`messages/<language>/<name>`, rendered as text and, unless it is a plain line or two, as HTML."""
    folder = f"messages/{language}/{name}"
    return Words(
        subject=render_to_string(f"{folder}_subject.txt", context).strip(),
        text=render_to_string(f"{folder}.txt", context),
        html="" if is_plain else render_to_string(f"{folder}.html", context),
    )


def _addressed(said: Words, to: str, **more: Any) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(subject=said.subject, body=said.text, to=[to], **more)
    if said.html:
        message.attach_alternative(said.html, "text/html")
    return message


def send_email(*, to: str, name: str, language: str, context: dict[str, Any]) -> bool:
    """Send `messages/<language>/<name>` to one address, and say whether it went out.

    False where no server is configured (the message is a file then) and where the server did not take it: the caller
    has another way, such as handing the link over.
    """
    message = _addressed(words(name=name, language=language, context=context), to)
    if not is_configured():
        settings.EMAIL_FILE_PATH.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        message.send()
    except (SMTPException, OSError) as error:
        logger.warning("An e-mail was not sent: %s", type(error).__name__)  # Never the address.
        return False
    return is_configured()


# --- Many messages, from an outbox -----------------------------------------------------------------------------------
def message_id(key: UUID) -> str:
    """The same in every attempt: a mailbox that gets a message twice can tell."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


class MailLine:
    """One connection to the server for many messages: opened with the first one, opened anew after a failure.

    with MailLine() as line:
        line.send(key=row.key, to=…, said=words(name="reminder", language="es", context={…}))
    """

    def __init__(self) -> None:
        self._connection: Any = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def send(self, *, key: UUID, to: str, said: Words) -> str:
        """Send one message and return its Message-ID. Raises NotSent, with the kind of error and nothing else.

        A server that refuses the address for good (5xx) is believed at once; everything else may be tried again.
        """
        headers = {"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"}
        message = _addressed(said, to, headers=headers)
        try:
            self._open().send_messages([message])
        except SMTPRecipientsRefused as error:
            self.close()
            codes = [code for code, _text in error.recipients.values()]
            raise NotSent(_kind(error, *codes), for_good=all(500 <= code < 600 for code in codes)) from None
        except (SMTPException, OSError) as error:
            self.close()
            codes = [error.smtp_code] if isinstance(error, SMTPResponseException) else []
            raise NotSent(_kind(error, *codes)) from None
        self._sent += 1
        return headers["Message-ID"]

    def close(self) -> None:
        if self._connection is not None:
            with suppress(SMTPException, OSError):  # It may be gone already.
                self._connection.close()
        self._connection, self._sent = None, 0

    def _open(self) -> Any:
        if self._sent >= MOST_PER_CONNECTION:
            self.close()
        if self._connection is None:
            self._connection = get_connection()
            self._connection.open()
        return self._connection


def _kind(error: Exception, *codes: int) -> str:
    """The kind of an error without its text, which may hold the address."""
    return " ".join([type(error).__name__, *(str(code) for code in codes)])
