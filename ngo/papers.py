"""What a file that is sent to us really is: a PDF or a photo, by its content, whatever its name says.

A photo is opened and written anew, so that nothing but the picture is kept: no place where it was taken, no thumbnail, nothing
hidden behind its end. A PDF is kept as it is, if it holds nothing that acts by itself, and is only ever served as a download.
"""

import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from ngo.errors import Refused

MOST_BYTES = 8 * 1024 * 1024  # deploy/nginx.conf lets 10 MB through, ngo/uploads.py keeps 9.
MOST_PIXELS = 64_000_000  # Of a JPEG, which is opened at a fraction of its size.
MOST_PIXELS_WHOLE = 24_000_000  # Of what can only be opened as a whole.
LONGEST_SIDE = 3000  # Pixels: a page is read well at that size.
MOST_INFLATED = 48 * 1024 * 1024  # Of all the compressed parts of a PDF together.
PHOTOS = ("JPEG", "PNG", "WEBP")

PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa")
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
ACTS = re.compile(  # Names of a PDF by which something happens when it is opened.
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|GoToE|GoToR|SubmitForm|ImportData|Sound|Movie|3D)(?![A-Za-z0-9])"
)
STREAM = re.compile(rb"stream\r?\n")
HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Paper:
    """A file that may be kept. `kind` is what it is served as."""

    kind: str
    content: bytes


def examine(content: bytes) -> Paper:
    """A PDF as it is, or a photo written anew as JPEG or PNG. Raises Refused, with what to do, for whatever else comes."""
    check_size(len(content))
    if not content:
        raise Refused(_("This file is empty. Choose it again."))
    if content.startswith(b"%PDF-"):
        return Paper("application/pdf", _pdf(content))
    if content.startswith(PICTURES):
        return _photo(content)
    raise Refused(_what_it_is_not(content))


def check_size(size: int) -> None:
    """Refuse a file by its size in bytes, before it is opened."""
    if size > MOST_BYTES:
        raise Refused(
            _("This file is larger than %(size)d MB. Take the photo with less detail, or save the PDF smaller.")
            % {"size": MOST_BYTES // 1024 // 1024}
        )


def _what_it_is_not(content: bytes) -> str:
    start = content[:512].lstrip().lower()
    if content.startswith(PROGRAMS):
        return _("This file is a program, whatever its name says. Only photos and PDF are kept. Delete it.")
    if content[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"}:
        return _("This photo is in a format of the iPhone (HEIC). Take a photo of the screen, or send it as JPEG.")
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _("This is an Office document or a ZIP file. Save it as PDF and choose that.")
    if start.startswith((b"<", b"\xef\xbb\xbf<")):
        return _("This is a web page or a drawing, not a photo. Only photos (JPEG, PNG, WebP) and PDF are kept.")
    return _("This file is neither a photo nor a PDF, whatever its name says. Choose a JPEG, PNG, WebP or PDF.")


# --- Photos ----------------------------------------------------------------------------------------------------------
def _photo(content: bytes) -> Paper:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of what is strange in it, only whether it can be read counts.
            return _written_anew(content)
    except Image.DecompressionBombError as error:
        raise Refused(_too_many_pixels()) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError) as error:
        raise Refused(_("This photo is damaged and cannot be opened. Take it again.")) from error


def _written_anew(content: bytes) -> Paper:
    with Image.open(BytesIO(content), formats=PHOTOS) as image:
        if image.width * image.height > (MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_WHOLE):
            raise Refused(_too_many_pixels())
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        is_photo = image.format == "JPEG" or (image.format == "WEBP" and image.mode == "RGB")
        image.load()
        upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    picture = upright.convert("RGB" if is_photo or not upright.has_transparency_data else "RGBA")
    picture.info = {}  # Neither comments nor anything else that stood in it.
    out = BytesIO()
    if is_photo:
        picture.save(out, "JPEG", quality=88, optimize=True)
        return Paper("image/jpeg", out.getvalue())
    picture.save(out, "PNG", optimize=True)
    return Paper("image/png", out.getvalue())


def _too_many_pixels() -> str:
    return _("This photo has too many pixels. Take it again with less detail.")


# --- PDF -------------------------------------------------------------------------------------------------------------
def _pdf(content: bytes) -> bytes:
    end = content.rfind(b"%%EOF")
    if end < 0 or len(content) - end > 1024 or b"obj" not in content:
        raise Refused(_damaged())
    for part in _readable(content):
        plain = HEX_IN_NAME.sub(lambda found: bytes([int(found[1], 16)]), part)  # /J#61vaScript is /JavaScript.
        if b"/Encrypt" in plain:
            raise Refused(_("This PDF is locked with a password. Save it without one, or take a photo of the paper."))
        if ACTS.search(plain):
            raise Refused(
                _("This PDF holds a program or another file. Print it to a new PDF, or take a photo of the paper.")
            )
    return content


def _readable(content: bytes) -> Iterator[bytes]:
    """What of a PDF is objects: all but its streams, and of those the ones that hold objects, unpacked.

    In pictures and fonts any three letters stand by chance.
    """
    outside, place, left = [], 0, MOST_INFLATED
    while found := STREAM.search(content, place):
        before = content[place : found.start()]
        outside.append(before)
        end = content.find(b"endstream", found.end())
        place = len(content) if end < 0 else end
        if b"ObjStm" in HEX_IN_NAME.sub(lambda two: bytes([int(two[1], 16)]), before[before.rfind(b"obj") :]):
            part = _unpacked(content[found.end() : place], left)
            left -= len(part)
            yield part
    outside.append(content[place:])
    yield b" ".join(outside)


def _unpacked(stream: bytes, most: int) -> bytes:
    try:
        part = zlib.decompressobj().decompress(stream, most + 1)
    except zlib.error as error:
        raise Refused(_damaged()) from error
    if len(part) > most:
        raise Refused(_("This PDF unpacks to far more than it says. Take a photo of the paper instead."))
    return part


def _damaged() -> str:
    return _("This PDF is damaged and cannot be read whole. Save it again, or take a photo of the paper.")
