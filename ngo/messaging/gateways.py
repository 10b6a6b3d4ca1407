"""Messages to phones, through the gateways that are configured and to nobody else.

    with PhoneLine() as line:
        line.send(key=row.key, channel=row.channel, to="+52…", said=Said(…))

A gateway speaks one of two protocols (ngo/messaging/twilio.py, ngo/messaging/json_gateway.py). Both tell us afterwards what
became of a message and what somebody wrote back; who tells us that proves by a signature that it is the gateway.
"""

import json
import ssl
import time
from functools import cache
from types import ModuleType
from typing import Any, Self
from uuid import UUID

import httpx
from django.conf import settings

from ngo.messaging import json_gateway, twilio
from ngo.messaging.gateway_protocol import Answer, Call, Forged, Receipt, Request, Said, Written
from ngo.messaging.gateway_settings import JSON, TWILIO, Gateway
from ngo.messaging.outbox import NotSent
from ngo.models.outbox import Channel

__all__ = [
    "Forged",
    "PhoneLine",
    "Receipt",
    "Said",
    "Written",
    "is_configured",
    "read_receipt",
    "read_written",
    "says_of_the_number",
    "thanks",
]

PROTOCOLS: dict[str, ModuleType] = {TWILIO: twilio, JSON: json_gateway}
TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)  # Seconds, for each step; the lease of a message is five minutes.
WHOLE_ANSWER = 20.0  # Seconds in which an answer must be read, however slowly it drips.
LARGEST_ANSWER = 64 * 1024


def is_configured(channel: str) -> bool:
    """Whether a message on this channel really leaves."""
    return gateway_of(channel) is not None


def gateway_of(channel: str) -> Gateway | None:
    return {Channel.SMS.value: settings.SMS_GATEWAY, Channel.WHATSAPP.value: settings.WHATSAPP_GATEWAY}.get(
        str(channel)
    )


WRONG_NUMBER = {"Twilio 21211", "Twilio 21214", "Twilio 21217", "Twilio 21614", "Twilio 63003", "Twilio 63024"} | {
    f"HTTP {status}" for status in json_gateway.FOR_GOOD
}
OPTED_OUT = f"Twilio {twilio.OPTED_OUT}"


def says_of_the_number(kind: str) -> str:
    """What a refusal for good says of a number: "wrong", "opted_out", or nothing (its text is ours to mend, or the account)."""
    return "opted_out" if kind == OPTED_OUT else "wrong" if kind in WRONG_NUMBER else ""


# --- Sending ---------------------------------------------------------------------------------------------------------
class PhoneLine:
    """One HTTP client for many messages, opened with the first one.

    A message has a connection of its own: a gateway that answers twice would otherwise answer the next message too, and with the
    id of this one. Only with a gateway that repeats our key in its answers does a connection stay for the next message; an answer
    on it without that key is not believed, and the message goes once more, on a new connection and under the same key.
    """

    def __init__(self) -> None:
        self._client: httpx.Client | None = None
        self._repeats: set[str] = set()  # Addresses of gateways whose last answer repeated our key.
        self._stays: set[str] = set()  # Those to which a connection is open.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None
        self._repeats.clear()
        self._stays.clear()

    def send(self, *, key: UUID, channel: str, to: str, said: Said) -> str:
        """Send one message to a number in E.164 and return the gateway's id of it.

        Raises NotSent with a kind of error, without number or text: "Twilio 21211", "HTTP 503", "ReadTimeout".
        """
        gateway = gateway_of(channel)
        if gateway is None:
            raise NotSent("NoGateway")
        protocol = PROTOCOLS[gateway.kind]
        request = protocol.request(gateway, key=key, channel=str(channel), to=to, said=said)
        return protocol.taken(self._ask(request, str(key)))

    def _ask(self, request: Request, key: str) -> Answer:
        had_stayed, may_stay = request.url in self._stays, request.url in self._repeats
        self._repeats.discard(request.url)
        self._stays.discard(request.url)
        answer = self._post(request, may_stay=may_stay)
        if may_stay and not answer.repeats(key):
            self.close()
            if had_stayed:
                answer = self._post(request, may_stay=False)
        elif may_stay:
            self._stays.add(request.url)
        if answer.repeats(key):
            self._repeats.add(request.url)
        return answer

    def _post(self, request: Request, *, may_stay: bool) -> Answer:
        headers = request.headers | ({} if may_stay else {"Connection": "close"})
        try:
            with self._open().stream(
                "POST", request.url, content=request.content, headers=headers, auth=request.auth
            ) as response:
                return Answer(response.status_code, _fields(_body(response)))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSent(type(error).__name__) from None

    def _open(self) -> httpx.Client:
        if self._client is None:
            # No proxy and no password that merely stand in the environment, and no other address than the one configured.
            self._client = httpx.Client(
                timeout=TIMEOUT, follow_redirects=False, trust_env=False, verify=_certificates()
            )
        return self._client


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: to read them takes as long as to send some messages."""
    return httpx.create_ssl_context(trust_env=False)


def _body(response: httpx.Response) -> bytes:
    until, found = time.monotonic() + WHOLE_ANSWER, b""
    for piece in response.iter_bytes():
        found += piece
        if len(found) > LARGEST_ANSWER or time.monotonic() > until:
            raise NotSent("AnswerTooLong")
    return found


def _fields(body: bytes) -> dict[str, Any]:
    """What a gateway answered; nothing where it is no JSON object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# --- What comes back ---------------------------------------------------------------------------------------------------
def read_receipt(channel: str, call: Call) -> Receipt:
    """What became of a message, as the gateway of this channel tells us. Raises Forged."""
    gateway = _gateway_that_signs(channel)
    return PROTOCOLS[gateway.kind].receipt(gateway, call)


def read_written(channel: str, call: Call) -> Written:
    """What somebody wrote to us, as the gateway of this channel tells us. Raises Forged."""
    gateway = _gateway_that_signs(channel)
    return PROTOCOLS[gateway.kind].written(gateway, call)


def thanks(channel: str) -> tuple[str, str]:
    """What the gateway of this channel wants to hear: a body and its content type."""
    return PROTOCOLS[_gateway_that_signs(channel).kind].THANKS


def _gateway_that_signs(channel: str) -> Gateway:
    gateway = gateway_of(channel)
    if gateway is None:
        raise Forged("There is no gateway for this channel.")
    return gateway
