"""What gateways tell us: what became of a message, and what somebody wrote. No sign-in: the signature proves who calls.

The answer is quick, and the same for what is new and for what was here already.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cases.services.inbound import receive
from cases.services.receipts import record_receipt
from ngo.messaging import gateways
from ngo.messaging.gateway_protocol import Call, Unreadable
from ngo.permissions import public

logger = logging.getLogger(__name__)
LARGEST = (
    16 * 1024
)  # Of a body, in bytes: a long message with everything that Twilio says of it has about two thousand.


@public
@csrf_exempt
@require_POST
def hook_receipt(request: HttpRequest, channel: str) -> HttpResponse:
    """What became of a message."""

    def act(call: Call) -> None:
        record_receipt(channel=channel, receipt=gateways.read_receipt(channel, call))

    return _answer(request, channel, act)


@public
@csrf_exempt
@require_POST
def hook_written(request: HttpRequest, channel: str) -> HttpResponse:
    """What somebody wrote to us."""

    def act(call: Call) -> None:
        found = gateways.read_written(channel, call)
        receive(channel=channel, provider_id=found.provider_id, sender=found.sender, text=found.text)

    return _answer(request, channel, act)


def _answer(request: HttpRequest, channel: str, act: Callable[[Call], None]) -> HttpResponse:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST:
        return HttpResponse(status=413)
    try:
        act(Call(request.get_full_path(), request.headers, request.body))
    except gateways.Forged as error:
        logger.warning("A call for %s was refused: %s", channel, error)
        return HttpResponse(status=403)
    except Unreadable as error:
        logger.warning("A call for %s was not understood: %s", channel, error)
        return HttpResponse(status=400)
    body, kind = gateways.thanks(channel)
    return HttpResponse(body, content_type=kind)
