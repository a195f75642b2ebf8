"""Photos are doubted: whatever is sent, a clean JPEG or a refusal in words comes of it."""

import io
import random
import struct
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from gongzhi.capabilities.orders.pictures import LONGEST_SIDE, read_picture
from gongzhi.core.command.running import Refused


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    image = Image.new("RGB", size, "navy")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "路灯 13912345678"
    exif.get_ifd(0x8825)[1] = "N"
    kept = io.BytesIO()
    image.save(kept, kind, exif=exif)
    return kept.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"0"))
        + chunk(b"IEND", b"")
    )


SPOILT = {
    "nothing": b"",
    "a page": b"<html><script>alert(1)</script>",
    "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a GIF": b"GIF89a" + b"\x00" * 40,
    "a beginning alone": b"\xff\xd8\xff\xe0" + b"\x00" * 40,
    "what is cut": a_photo()[:300],
    "a picture that unpacks to too much": png_that_claims(40_000, 40_000),
    "a picture without its lines": png_that_claims(6_000, 6_000),
    "PostScript behind the first bytes of a JPEG": b"\xff\xd8\xff%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_no_photo_is_refused_in_words(name: str) -> None:
    with pytest.raises(Refused, match="photo_"):
        read_picture(SPOILT[name])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_written_anew_without_what_came_along(kind: str) -> None:
    sent = a_photo(kind, (LONGEST_SIDE * 2, 900)) + b"<script>alert(1)</script>PK\x03\x04"
    picture = read_picture(sent)
    kept = Image.open(io.BytesIO(picture.content))
    assert kept.format == "JPEG"
    assert not kept.getexif()
    assert b"script" not in picture.content
    assert b"139" not in picture.content
    assert max(kept.size) == LONGEST_SIDE
    assert kept.height > kept.width  # turned upright, as the camera told


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_spoilt_byte_breaks_more_than_its_photo(kind: str) -> None:
    chance, whole = random.Random(7), a_photo(kind)  # noqa: S311 - the same spoilt bytes each time
    for _turn in range(300):
        spoilt = bytearray(whole)
        for _byte in range(chance.randint(1, 8)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        with suppress(Refused):
            assert read_picture(bytes(spoilt)).content.startswith(b"\xff\xd8")
