"""What the protocols of gateways share: what is said and posted, what is answered, and what they call us with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True)
class Said:
    """One message: its text, and the words, language and values that made it, for channels that want a template's name."""

    text: str
    template: str
    language: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One message as it is posted."""

    url: str
    content: bytes
    headers: dict[str, str]
    auth: tuple[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    status: int
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 300

    def text(self, name: str) -> str:
        """One field as text; empty where it is not there, or is no text."""
        value = self.fields.get(name)
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    def repeats(self, key: str) -> bool:
        """Whether it surely answers the message with this key: it says so, or takes our key for its own id."""
        return key in {self.text("key"), self.text("id")}


@dataclass(frozen=True)
class Call:
    """A request of a gateway to us: the address behind the host, with its question mark, the headers and the raw body."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Forged(Exception):
    """Whoever calls has not proved to be the gateway."""


class Unreadable(Exception):
    """The gateway itself, but not as docs/gateways.md has it. The text names no content."""


Outcome = Literal["delivered", "failed", ""]


@dataclass(frozen=True)
class Receipt:
    """What became of a message. `outcome` is empty while it is still on its way; `error` is a kind of error, without text."""

    provider_id: str
    key: UUID | None  # Ours, where the gateway repeats it.
    outcome: Outcome
    error: str = ""
    is_opt_out: bool = False  # It failed because they told the gateway itself that they want no more.


@dataclass(frozen=True)
class Written:
    """What somebody wrote, and from which number, as the gateway has it."""

    provider_id: str
    sender: str
    text: str


def key_of(text: str) -> UUID | None:
    """Our key, where a text is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
