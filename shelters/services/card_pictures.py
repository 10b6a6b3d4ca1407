"""The QR code of a card: drawn for paper, and read from a photo. Neither the photo nor what it shows is kept."""

import warnings
from io import BytesIO
from typing import Any

import zxingcpp
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from ngo.errors import Refused

MOST_BYTES = 8 * 1024 * 1024  # deploy/nginx.conf lets 10 MB through.
MOST_PIXELS = 64_000_000  # Of a JPEG, which is opened at a fraction of its size.
MOST_PIXELS_WHOLE = 16_000_000  # Of what can only be opened as a whole.
SIZES = (1200, 2600)  # Longest side, in pixels: the small one finds nearly every card and is quick.
FORMATS = ("JPEG", "PNG", "WEBP")
QR_CODES: Any = zxingcpp.BarcodeFormat.QRCode


def rows_of(token: str) -> list[list[bool]]:
    """The code's modules, row by row, with its quiet zone: True is dark."""
    picture: Any = zxingcpp.create_barcode(token, QR_CODES, ec_level="Q").to_image(scale=1)
    rows: Any = memoryview(picture).tolist()
    return [[dot < 128 for dot in row] for row in rows]


def check_size(size: int) -> None:
    """Refuse a photo by its size in bytes, before it is opened."""
    if size > MOST_BYTES:
        raise Refused(
            _("This photo is larger than %(size)d MB. Take it again with less detail, or type the signs of the card.")
            % {"size": MOST_BYTES // 1024 // 1024}
        )


def read_card(picture: bytes) -> str:
    """The text of the QR code in a photo. Raises Refused, with what to do, for whatever else comes."""
    check_size(len(picture))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of what is strange in it, only whether it can be read counts.
            found = _read(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError) as error:
        sentence = _("This file is not a photo that can be read. Take a photo (JPEG, PNG or WebP) of the card.")
        raise Refused(sentence) from error
    if not found:
        raise Refused(
            _(
                "No card can be seen in this photo. Hold the card flat, in good light, so that it fills the picture; or "
                "type its signs."
            )
        )
    return found


def _read(picture: bytes) -> str:
    try:
        opened = Image.open(BytesIO(picture), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise Refused(_too_many_pixels()) from error
    with opened as image:
        pixels = image.width * image.height
        if pixels > (MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_WHOLE):
            raise Refused(_too_many_pixels())
        image.draft("L", (SIZES[-1], SIZES[-1]))
        grey = image.convert("L")
    for size in SIZES:
        small = grey.copy()
        small.thumbnail((size, size))
        codes = zxingcpp.read_barcodes(small, formats=QR_CODES)
        texts = [str(code.text) for code in codes if code.valid and code.text]
        if texts or small.size == grey.size:
            return next(iter(texts), "")
    return ""


def _too_many_pixels() -> str:
    return _("This photo has too many pixels. Take it again with less detail, or type the signs of the card.")
