"""A plain gateway, such as a telephone with a local SIM card and a small program on it (docs/gateways.md has the whole protocol).

A message is `{"id": our key, "to": "+52…", "text": "…"}` with a bearer token. The gateway takes a key once: the same key again is
the same message, so that nobody gets one twice because an answer was lost. What it tells us is signed as the app "SMS Gateway for
Android" signs: HMAC-SHA256 over the body and the timestamp behind it.
"""

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID

from ngo.messaging.gateway_protocol import Answer, Call, Forged, Receipt, Request, Said, Unreadable, Written, key_of
from ngo.messaging.gateway_settings import Gateway
from ngo.messaging.outbox import NotSent

THANKS = ("{}", "application/json")
SIGNATURE, TIMESTAMP = "X-Signature", "X-Timestamp"
TOLERANCE = 300  # Seconds that the gateway's clock may be off, and that a call may be old.
FOR_GOOD = {404, 410, 422}  # "There is no such number", in whichever way it says so.
TAKEN_BEFORE = 409


# --- Sending ---------------------------------------------------------------------------------------------------------
def request(gateway: Gateway, *, key: UUID, channel: str, to: str, said: Said) -> Request:
    return Request(
        url=gateway.url,
        content=json.dumps({"id": str(key), "to": to, "text": said.text}, ensure_ascii=False).encode(),
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Accept": "application/json",
            "Authorization": f"Bearer {gateway.token}",
        },
    )


def taken(answer: Answer) -> str:
    """The gateway's id of a message that it took, now or before. Raises NotSent."""
    if answer.is_yes or answer.status == TAKEN_BEFORE:
        if found := answer.text("id"):
            return found
        raise NotSent("BadAnswer")
    raise NotSent(f"HTTP {answer.status}", for_good=answer.status in FOR_GOOD and "error" in answer.fields)


# --- What comes back ---------------------------------------------------------------------------------------------------
def signature(secret: str, body: bytes, timestamp: str) -> str:
    """64 hex digits."""
    return hmac.new(secret.encode(), body + timestamp.encode(), hashlib.sha256).hexdigest()


def _proved(gateway: Gateway, call: Call) -> dict[str, Any]:
    """The fields of a call that the gateway signed a moment ago. Raises Forged; Unreadable where it signed something else."""
    timestamp = call.headers.get(TIMESTAMP, "")
    expected = signature(gateway.secret, call.body, timestamp)
    if not hmac.compare_digest(expected.encode(), call.headers.get(SIGNATURE, "").lower().encode()):
        raise Forged("The signature is not the gateway's.")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(time.time() - int(timestamp[:12])) > TOLERANCE:
        raise Forged("It was signed too long ago, or the gateway's clock is wrong.")
    try:
        fields = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is no JSON.") from error
    if not isinstance(fields, dict):
        raise Unreadable("The body is no JSON object.")
    return fields


def receipt(gateway: Gateway, call: Call) -> Receipt:
    fields = _proved(gateway, call)
    status, provider_id = _text(fields, "status"), _text(fields, "id")
    if not provider_id:
        raise Unreadable("id is missing.")
    return Receipt(
        provider_id=provider_id,
        key=key_of(_text(fields, "key")) or key_of(provider_id),
        outcome=status if status in {"delivered", "failed"} else "",  # type: ignore[arg-type]
        error="Gateway failed" if status == "failed" else "",
    )


def written(gateway: Gateway, call: Call) -> Written:
    fields = _proved(gateway, call)
    found = Written(_text(fields, "id"), _text(fields, "from"), _text(fields, "text"))
    if not found.provider_id or not found.sender:
        raise Unreadable("id or from is missing.")
    return found


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""
