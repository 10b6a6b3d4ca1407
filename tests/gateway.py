"""A real HTTP gateway on the loopback for tests: it speaks Twilio's protocol and the plain one, keeps what it said yes to, and
fails in chosen ways. `signed_by_twilio` and `signed_by_gateway` make the calls with which such a gateway tells us something."""

import json
import random
import socket
import struct
import threading
import time
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from ngo.messaging import json_gateway, twilio
from ngo.messaging.gateway_settings import Gateway, gateway

ACCOUNT, TOKEN = "AC" + "0" * 32, "token-de-prueba"
SECRET, BEARER = "secreto-de-la-pasarela", "ficha-de-prueba"
FROM = "+15005550006"
# What can go wrong, and how often of a hundred. "hang_up_after" is the cruel one: the gateway has the message, we never hear
# its yes.
TROUBLE = {"busy": 6, "broken": 4, "hang_up_before": 4, "hang_up_after": 4, "twice": 4, "slow": 4}
MOST_TROUBLES = 2  # Of one message: three more tries are left for what is killed.


@dataclass
class Taken:
    """One message that the gateway took, and whether its sender could hear so."""

    key: str  # Ours: of the plain protocol its id, of Twilio's what stands in the address of the receipts.
    to: str
    text: str
    fields: dict[str, str]
    provider_id: str
    was_heard: bool
    is_again: bool  # The gateway had this key already: a plain gateway sends nothing for it.
    at: float = field(default_factory=time.monotonic)


class FakeGateway:
    """`with FakeGateway() as there: … there.taken`. `there.trouble` is what goes wrong how often, `there.unknown` numbers that do
    not exist; `there.says = (503, {})` is said to everybody instead, and `there.pace` are the seconds that each answer takes.
    `there.repeats_keys`: a plain gateway repeats our key in its answers, so that one connection carries many messages."""

    def __init__(self, trouble: dict[str, int] | None = None, seed: int = 20261201):
        self.taken: list[Taken] = []
        self.requests: list[tuple[str, dict[str, str]]] = []  # Path and headers of everything that was asked.
        self.unknown: set[str] = set()
        self.says: tuple[int, dict[str, Any]] | None = None
        self.trouble = trouble or {}
        self.pace = 0.0
        self.repeats_keys = False
        self.connections = self.open_connections = 0
        self.troubles: Counter[str] = Counter()
        self.troubled: Counter[str] = Counter()
        self._random, self._lock = random.Random(seed), threading.Lock()

    def __enter__(self) -> "FakeGateway":
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.gateway = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def twilio_url(self, rate: int = 1000) -> str:
        """What SMS_URL or WHATSAPP_URL says where this is Twilio."""
        return f"twilio+http://{ACCOUNT}:{TOKEN}@127.0.0.1:{self.port}?from={FROM}&rate={rate}"

    def json_url(self, rate: int = 1000) -> str:
        """The same where this is a plain gateway."""
        return f"json+http://{BEARER}@127.0.0.1:{self.port}/messages?secret={SECRET}&rate={rate}"

    def twilio(self, templates: str = "", rate: int = 1000) -> Gateway:
        return gateway("WHATSAPP_URL", self.twilio_url(rate), templates)

    def json(self, rate: int = 1000) -> Gateway:
        return gateway("SMS_URL", self.json_url(rate))

    def calm(self) -> None:
        self.trouble = {}

    def settle(self) -> None:
        """Wait until nobody speaks to us any more: what a sender said before it died is on our books then."""
        quiet_since = time.monotonic()
        while time.monotonic() < quiet_since + 0.3:
            time.sleep(0.02)
            if self.open_connections:
                quiet_since = time.monotonic()

    # --- What a conversation calls -----------------------------------------------------------------------------------
    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[str, int, dict[str, Any]]:
        """What goes wrong (or ""), the status, and the fields of the answer."""
        is_twilio = path.startswith("/2010-04-01/")
        with self._lock:
            self.requests.append((path, headers))
        if refused := _refused(is_twilio, path, headers):
            return "", *refused
        fields = dict(parse_qsl(body.decode())) if is_twilio else json.loads(body)
        to = (fields["To"] if is_twilio else fields["to"]).removeprefix("whatsapp:")
        key = _key_of(fields) if is_twilio else fields["id"]
        time.sleep(self.pace)
        if self.says is not None:
            return "", *self.says
        if to in self.unknown:
            no = {"code": 21211, "message": f"Invalid 'To' Phone Number: {to}", "status": 400}
            return ("", 400, no) if is_twilio else ("", 422, {"error": f"no such number: {to}"})
        wrong = self._draw(key or to)
        if wrong == "slow":
            time.sleep(0.05)
        if wrong == "busy":
            return wrong, 429, {"code": 20429, "message": "Too Many Requests", "status": 429} if is_twilio else {}
        if wrong == "broken":
            return wrong, 500, {}
        if wrong == "hang_up_before":
            return wrong, 0, {}
        provider_id = self._take(is_twilio, key, to, fields, was_heard=wrong != "hang_up_after")
        if is_twilio:
            return wrong, 201, {"sid": provider_id, "status": "queued"}
        return wrong, 201, {"id": provider_id} | ({"key": key} if self.repeats_keys else {})

    def _take(self, is_twilio: bool, key: str, to: str, fields: dict[str, str], was_heard: bool) -> str:
        with self._lock:
            before = [one for one in self.taken if key and one.key == key]
            number = len(self.taken) + 1
            provider_id = f"SM{number:032x}" if is_twilio else (before[0].provider_id if before else f"m-{number}")
            text = fields.get("Body", "") if is_twilio else fields["text"]
            self.taken.append(Taken(key, to, text, fields, provider_id, was_heard, is_again=bool(before)))
            return provider_id

    def _draw(self, of: str) -> str:
        with self._lock:
            if self.troubled[of] >= MOST_TROUBLES or not self.trouble:
                return ""
            kinds = [*self.trouble, ""]
            wrong = self._random.choices(kinds, [*self.trouble.values(), max(0, 100 - sum(self.trouble.values()))])[0]
            self.troubles[wrong] += 1
            self.troubled[of] += wrong not in {"", "slow", "twice"}
            return wrong


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gateway: FakeGateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up on us is no news here."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.server.gateway.connections += 1
        self.server.gateway.open_connections += 1
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.server.gateway.open_connections -= 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        wrong, status, fields = self.server.gateway.answer(self.path, dict(self.headers), body)
        if wrong in {"hang_up_before", "hang_up_after"}:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        for _time in range(2 if wrong == "twice" else 1):
            self._say(status, fields)

    def _say(self, status: int, fields: dict[str, Any]) -> None:
        content = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_what: object) -> None:
        pass


def _refused(is_twilio: bool, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
    if is_twilio:
        known = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        wanted = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    else:
        known, wanted = f"Bearer {BEARER}", "/messages"
    if headers.get("Authorization") != known:
        return 401, {"code": 20003, "message": "Authenticate", "status": 401}
    return None if path == wanted else (404, {"code": 20404, "message": "Not found", "status": 404})


def _key_of(fields: dict[str, str]) -> str:
    return parse_qs(urlsplit(fields.get("StatusCallback", "")).query).get("key", [""])[0]


# --- What such a gateway tells us ---------------------------------------------------------------------------------------
def signed_by_twilio(address: str, fields: dict[str, str], token: str = TOKEN) -> dict[str, Any]:
    """A call to a whole address, as keyword arguments of Django's test client (without the path)."""
    return {
        "data": urlencode(fields),
        "content_type": "application/x-www-form-urlencoded",
        "headers": {twilio.SIGNATURE: twilio.signature(token, address, list(fields.items()))},
    }


def signed_by_gateway(fields: dict[str, Any], secret: str = SECRET, at: float | None = None) -> dict[str, Any]:
    body, timestamp = json.dumps(fields), str(int(time.time() if at is None else at))
    signature = json_gateway.signature(secret, body.encode(), timestamp)
    return {
        "data": body,
        "content_type": "application/json",
        "headers": {json_gateway.SIGNATURE: signature, json_gateway.TIMESTAMP: timestamp},
    }
