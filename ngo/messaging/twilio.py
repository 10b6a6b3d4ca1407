"""Twilio's REST API for messages: SMS, and WhatsApp with approved templates.

Twilio has no idempotency key for messages: where its yes is lost on the way, the next try is a second message to them. Our key
goes along in the address of the receipts, so that a receipt which comes before our own record still finds its message, and a
message whose yes was lost is not sent again once its receipt is here.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from ngo.messaging.gateway_protocol import Answer, Call, Forged, Receipt, Request, Said, Unreadable, Written, key_of
from ngo.messaging.gateway_settings import Gateway
from ngo.messaging.outbox import NotSent
from ngo.models.outbox import Channel

THANKS = ("<Response/>", "text/xml")  # Twilio takes the body of an answer for what it should say to them: nothing.
SIGNATURE = "X-Twilio-Signature"
MOST_FIELDS = 100
OPTED_OUT = "21610"  # They wrote STOP to Twilio itself, which blocks what follows.
# Trying again is of no use: the number is none, is no mobile, cannot be reached from ours, has no WhatsApp or wants nothing.
FOR_GOOD = {"21211", "21214", "21217", "21408", OPTED_OUT, "21612", "21614", "63003", "63016", "63024"}
DELIVERED, FAILED = {"delivered", "read"}, {"undelivered", "failed"}


# --- Sending ---------------------------------------------------------------------------------------------------------
def request(gateway: Gateway, *, key: UUID, channel: str, to: str, said: Said) -> Request:
    prefix = "whatsapp:" if channel == Channel.WHATSAPP else ""
    fields = {"To": f"{prefix}{to}"}
    if gateway.sender.startswith("MG"):
        fields["MessagingServiceSid"] = gateway.sender
    else:
        fields["From"] = f"{prefix}{gateway.sender}"
    template = gateway.templates.get((said.template, said.language), "") if prefix else ""
    if template:
        fields["ContentSid"] = template
        if said.values:
            fields["ContentVariables"] = json.dumps({str(place): value for place, value in enumerate(said.values, 1)})
    else:
        fields["Body"] = said.text
    if callback := _callback(gateway, key, channel):
        fields["StatusCallback"] = callback
    return Request(
        url=f"{gateway.url}/2010-04-01/Accounts/{gateway.account}/Messages.json",
        content=urlencode(fields).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        auth=(gateway.account, gateway.token),
    )


def _callback(gateway: Gateway, key: UUID, channel: str) -> str:
    """Where Twilio tells us what became of it; nowhere while this installation has no address that it could reach."""
    if not settings.PUBLIC_ADDRESS.startswith("https://") and not gateway.is_near:
        return ""
    return f"{settings.PUBLIC_ADDRESS}{reverse('cases:hook_receipt', args=[channel])}?key={key}"


def taken(answer: Answer) -> str:
    """Twilio's id of a message that it took. Raises NotSent."""
    if answer.is_yes:
        if sid := answer.text("sid"):
            return sid
        raise NotSent("BadAnswer")
    code = answer.text("code")
    if answer.status < 500 and code.isascii() and code.isdigit():
        raise NotSent(f"Twilio {code[:6]}", for_good=code in FOR_GOOD)
    raise NotSent(f"HTTP {answer.status}")


# --- What comes back ---------------------------------------------------------------------------------------------------
def signature(token: str, url: str, fields: list[tuple[str, str]]) -> str:
    """Base64 of the HMAC-SHA1 of the whole address and of every field behind it, in the order of their names."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _proved(gateway: Gateway, call: Call) -> dict[str, str]:
    """The fields of a call that Twilio signed. Raises Forged."""
    try:
        fields = parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Forged("This is no form of Twilio's.") from error
    expected = signature(gateway.token, f"{settings.PUBLIC_ADDRESS}{call.path}", fields)
    if not hmac.compare_digest(expected.encode(), call.headers.get(SIGNATURE, "").encode()):
        raise Forged("The signature is not Twilio's.")
    return dict(fields)


def receipt(gateway: Gateway, call: Call) -> Receipt:
    fields = _proved(gateway, call)
    status, code = fields.get("MessageStatus", ""), fields.get("ErrorCode", "")
    outcome = "delivered" if status in DELIVERED else "failed" if status in FAILED else ""
    return Receipt(
        provider_id=_sid(fields),
        key=key_of(parse_qs(urlsplit(call.path).query).get("key", [""])[0]),
        outcome=outcome,  # type: ignore[arg-type]
        error=f"Twilio {code[:6] if code.isascii() and code.isdigit() else status}" if outcome == "failed" else "",
        is_opt_out=outcome == "failed" and code == OPTED_OUT,
    )


def written(gateway: Gateway, call: Call) -> Written:
    fields = _proved(gateway, call)
    return Written(_sid(fields), fields.get("From", "").removeprefix("whatsapp:"), fields.get("Body", ""))


def _sid(fields: dict[str, str]) -> str:
    if sid := fields.get("MessageSid") or fields.get("SmsSid", ""):
        return sid
    raise Unreadable("MessageSid is missing.")
