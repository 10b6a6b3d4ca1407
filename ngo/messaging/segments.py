"""How many messages a text for a phone costs: 3GPP TS 23.038 (GSM 03.38) and what follows from it for SMS.

A text of which every character stands in the tables below is sent in seven bits: 160 in one message, 153 in each of several.
A single other character makes all of it UCS-2: 70 units of 16 bits in one message, 67 in each of several.
"""

from collections.abc import Iterable
from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # Written as an escape and a letter: two of the 160.
GSM_7, UCS_2 = "GSM-7", "UCS-2"
IN_ONE = {GSM_7: 160, UCS_2: 70}
IN_EACH = {GSM_7: 153, UCS_2: 67}  # Six bytes of each say which part of the whole it is.


class Segments(NamedTuple):
    """`count` messages in this encoding; `characters` as the network counts them, `left` that still fit into the last one."""

    count: int
    encoding: str
    characters: int
    left: int


def segments(text: str) -> Segments:
    """What a text costs as SMS. Characters of two units are never parted, so that a part may end with one unit unused."""
    is_gsm = all(character in BASIC or character in EXTENSION for character in text)
    encoding = GSM_7 if is_gsm else UCS_2
    sizes = [_size(character, is_gsm) for character in text]
    used = sum(sizes)
    if used <= IN_ONE[encoding]:
        return Segments(int(used > 0), encoding, used, IN_ONE[encoding] - used)
    count, last = _fill(sizes, IN_EACH[encoding])
    return Segments(count, encoding, used, IN_EACH[encoding] - last)


def _size(character: str, is_gsm: bool) -> int:
    if is_gsm:
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1  # A pair of surrogates.


def _fill(sizes: Iterable[int], most: int) -> tuple[int, int]:
    """How many parts, and how full the last one is."""
    count, filled = 1, 0
    for size in sizes:
        if filled + size > most:
            count, filled = count + 1, 0
        filled += size
    return count, filled
