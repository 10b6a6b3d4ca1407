"""A real SMTP server on the loopback for tests: it keeps what it said yes to, and fails in chosen ways."""

import asyncio
import logging
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

logging.getLogger("mail.log").setLevel(logging.ERROR)  # It would note every address.

# What can go wrong, and how often of a hundred. "after" is the cruel one: the server has the message, we never hear its yes.
TROUBLE = {"busy": 6, "unknown_error": 4, "hang_up_before": 4, "hang_up_after": 4, "slow": 4}
MOST_TROUBLES = 2  # Of one address: three more tries are left for what is killed.


@dataclass
class Taken:
    """One message that the server took, and whether its sender could hear so."""

    to: str
    message: EmailMessage
    was_heard: bool
    at: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> str:
        return self.message["Message-ID"]


class _Session(SMTP):
    """One connection; the sink knows how many are open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.open_connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open_connections -= 1
        super().connection_lost(error)


class Sink:
    """`with Sink() as sink: … sink.taken`. `sink.trouble` is what goes wrong how often, `sink.unknown` addresses that do not
    exist; `sink.answer["RCPT"]` or `["DATA"]` is said to everybody instead."""

    def __init__(self, trouble: dict[str, int] | None = None, seed: int = 20261201):
        self.taken: list[Taken] = []
        self.unknown: set[str] = set()
        self.answer: dict[str, str] = {}
        self.trouble = trouble or {}
        self.pace = 0.0  # Seconds that each message takes.
        self.connections = self.open_connections = 0
        self.troubles: Counter[str] = Counter()
        self.troubled: Counter[str] = Counter()
        self._random, self._lock = random.Random(seed), threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Sink":
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_failure: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._answer, "127.0.0.1", 0)

    def _answer(self) -> SMTP:
        self.connections += 1
        return _Session(self, loop=self._loop, hostname="prueba.example")

    @property
    def port(self) -> int:
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?rate=1000"

    def settle(self) -> None:
        """Wait until nothing is read or thought about any more: what a sender said before it died is on our books then."""
        quiet_since = time.monotonic()
        while time.monotonic() < quiet_since + 0.3:
            time.sleep(0.02)
            if self.open_connections:
                quiet_since = time.monotonic()

    def calm(self) -> None:
        self.trouble = {}

    # --- What the server calls ---------------------------------------------------------------------------------------
    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if "RCPT" in self.answer:
            return self.answer["RCPT"]
        if address in self.unknown:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.answer:
            return self.answer["DATA"]
        to, message = envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=policy.default)
        wrong = self._draw(to)
        await asyncio.sleep(self.pace)
        if wrong == "slow":
            await asyncio.sleep(0.05)
        if wrong == "busy":
            return "451 4.3.0 Come again"
        if wrong == "unknown_error":
            return "554 5.3.0 Something"
        if wrong != "hang_up_before":
            self.taken.append(Taken(to, message, was_heard=wrong != "hang_up_after"))
        if wrong in {"hang_up_before", "hang_up_after"}:
            server.transport.abort()
        return "250 OK"

    def _draw(self, to: str) -> str:
        with self._lock:
            if self.troubled[to] >= MOST_TROUBLES or not self.trouble:
                return ""
            kinds = [*self.trouble, ""]
            wrong = self._random.choices(kinds, [*self.trouble.values(), 100 - sum(self.trouble.values())])[0]
            self.troubles[wrong] += 1
            self.troubled[to] += wrong not in {"", "slow"}
            return wrong
