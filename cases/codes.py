"""The code that shows that a number is right: six digits out of the key of its message.

It stands nowhere: who sends the message works it out from the key of the row, and the phone keeps its keyed hash.
"""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from ngo.crypto import keyed_hash

GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5
DIGITS = 6


def code_of(key: UUID) -> str:
    """The code that the message with this key carries, in digits."""
    made = hmac.new(settings.SECRET_KEY.encode(), b"code of a phone" + key.bytes, hashlib.sha256).digest()
    return f"{int.from_bytes(made) % 10**DIGITS:0{DIGITS}}"


def hash_of_code(phone_id: int, code: str) -> str:
    return keyed_hash(f"code:{phone_id}:{code}")
