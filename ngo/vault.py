"""Files that are kept outside the database: encrypted, under random names, in one folder (docs/documents.md).

Each file has a key of its own (AES-256-GCM), which is itself encrypted under FIELD_KEYS and kept by whoever owns the row. So
keys are changed without touching a file, and to forget the key of a file is to erase every copy of it.

A file is written whole before the row that names it is committed: written beside its place, flushed to the disk, and only then
given its name. A machine that dies in the middle leaves at most a file that no row names; `orphans` finds those. A file is
never changed after it has its name.
"""

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from ngo.crypto import WrongKey, decrypt, encrypt

NAME = re.compile(r"[0-9a-f]{32}")
HEADER = b"POSADA1\n"  # What kind of file this is, for whoever finds one in a backup.
NONCE = 12  # Bytes.


class Missing(Exception):
    """The folder does not hold the file that a row names, or it was altered there."""


@dataclass(frozen=True)
class Stored:
    """A file that is on the disk: what its row must keep."""

    name: str
    key: str  # Encrypted under FIELD_KEYS.
    size: int  # Of the content, in bytes.


def folder() -> Path:
    return Path(settings.DOCUMENTS_FOLDER)


def _place(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Missing("There is no such file.")
    return folder() / name[:2] / name


def store(content: bytes) -> Stored:
    """Write a content and return what opens it. When this returns, the file has survived the machine's death."""
    name, key, nonce = secrets.token_hex(16), AESGCM.generate_key(bit_length=256), secrets.token_bytes(NONCE)
    place = _place(name)
    _make_folder(place.parent)
    sealed = AESGCM(key).encrypt(nonce, content, name.encode())
    draft = place.with_name(f".{name}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(HEADER + nonce + sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _flush_folder(place.parent)
    return Stored(name, encrypt(key.hex()), len(content))


def read(name: str, key: str) -> bytes:
    """The content of a file. Raises Missing where it is not there whole, WrongKey where FIELD_KEYS are not the right ones."""
    opener = AESGCM(bytes.fromhex(decrypt(key)))
    try:
        sealed = _place(name).read_bytes()
    except OSError as error:
        raise Missing("The file is not in the folder of documents.") from error
    if not sealed.startswith(HEADER):
        raise Missing("The file in the folder of documents is not one of ours.")
    sealed = sealed[len(HEADER) :]
    try:
        return opener.decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise Missing("The file in the folder of documents was altered.") from error


def is_there(name: str) -> bool:
    return _place(name).is_file()


def erase(name: str) -> None:
    """Take a file away. What is not there is erased already."""
    place = _place(name)
    place.unlink(missing_ok=True)
    if place.parent.is_dir():
        _flush_folder(place.parent)


def names() -> Iterator[str]:
    """The name of every whole file in the folder."""
    for place in folder().glob("??/*"):
        if NAME.fullmatch(place.name):
            yield place.name


def old_names(age: timedelta) -> Iterator[str]:
    """The names of whole files that were written longer ago than this."""
    before = (timezone.now() - age).timestamp()
    for name in names():
        if _written_at(_place(name), before) < before:
            yield name


def clear_drafts(age: timedelta) -> int:
    """Take away what somebody began to write longer ago than this and never finished. Returns how many."""
    before, cleared = (timezone.now() - age).timestamp(), 0
    for place in folder().glob("??/.*"):
        if _written_at(place, before) < before:
            place.unlink(missing_ok=True)
            cleared += 1
    return cleared


def _written_at(place: Path, otherwise: float) -> float:
    try:
        return place.stat().st_mtime
    except FileNotFoundError:  # Gone meanwhile.
        return otherwise


def _make_folder(path: Path) -> None:
    for one in (path.parent, path):
        if not one.is_dir():
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
            _flush_folder(one.parent)


def _flush_folder(path: Path) -> None:
    """A name in a folder survives the machine's death only once the folder itself is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


__all__ = ["Missing", "Stored", "WrongKey", "clear_drafts", "erase", "is_there", "names", "old_names", "read", "store"]
