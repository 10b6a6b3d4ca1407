"""Files for the tests of documents: honest ones, and those that are not what they say."""

import zlib
from io import BytesIO

from PIL import Image


def photo(kind="JPEG", size=(60, 40), **more) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#27447d").save(out, kind, **more)
    return out.getvalue()


def photo_with_a_place() -> bytes:
    """A photo that says where it was taken, and that it stands on its side."""
    exif = Image.Exif()
    exif[0x010E] = "Casa de prueba"
    exif[0x0112] = 6  # Turned.
    exif.get_ifd(0x8825)[1] = "N"
    return photo(size=(60, 40), exif=exif, comment=b"Casa de prueba")


def pdf(extra: bytes = b"", *, stream: bytes = b"") -> bytes:
    """One empty page. `extra` stands in the catalogue; `stream` is compressed into an object stream."""
    packed = zlib.compress(stream)
    holder = b""
    if stream:
        holder = b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (
            len(packed),
            packed,
        )
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R" + extra + b">>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n"
        + holder
        + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200) + b"This program cannot be run in DOS mode."
