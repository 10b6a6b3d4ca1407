"""Encrypted fields and the keyed hash that finds them again.

Values are Fernet tokens under the first key of FIELD_KEYS; older keys still read (rotation). The hash is HMAC-SHA256 under
SEARCH_KEY, so that a dump of the database cannot be searched by guessing numbers. A wrong key raises, it never shows ciphertext.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class WrongKey(Exception):
    """A stored value cannot be read with the keys that are set: the keys are wrong, or the value was altered."""


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def fernet() -> MultiFernet:
    return _fernet(tuple(settings.FIELD_KEYS))


def encrypt(value: str) -> str:
    """The token that is stored for a text."""
    return fernet().encrypt(value.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind a stored token. Raises WrongKey where no key fits."""
    try:
        return fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise WrongKey("A stored value cannot be decrypted. Check POSADA_FIELD_KEYS.") from error


def keyed_hash(value: str) -> str:
    """64 hex digits that stand for a value in exact search."""
    return hmac.new(settings.SEARCH_KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """A text that is encrypted in the database and plain in Python. Empty stays empty. It cannot be filtered on."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull"}:
            raise TypeError(f"{self.name} is encrypted: search by its keyed hash instead.")
        return super().get_lookup(lookup_name)
