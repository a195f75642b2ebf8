"""Photos: sniffed, bounded, and written anew without what the camera put into them."""

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import filetype
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1600
MOST_PHOTOS = 6
KINDS = {"image/jpeg", "image/png", "image/webp"}
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class Picture:
    """A photo ready to be kept: a JPEG without metadata. Lengths in pixels and bytes."""

    content: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The digest of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def read_picture(content: bytes) -> Picture:
    """The photo in `content`, turned upright, shrunk, stripped of EXIF (place, device, time) and re-encoded.

    Refuses what is no JPEG, PNG or WebP by its first bytes, over 12 MB, or over 50 million pixels.
    """
    if len(content) > MOST_BYTES:
        raise Refused("photo_size", _("照片太大，请换一张 12 MB 以内的。"))
    if filetype.guess_mime(content) not in KINDS:
        raise Refused("photo_kind", _("这不是照片，请选择 JPG、PNG 或 WebP 图片。"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused("photo_pixels", _("照片尺寸太大，请换一张小些的。"))
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        LookupError,
        struct.error,
        zlib.error,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise Refused("photo_broken", _("这张照片打不开，请换一张。")) from error
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = io.BytesIO()
    image.save(clean, "JPEG", quality=82, optimize=True)
    return Picture(clean.getvalue(), image.width, image.height)


def keep(picture: Picture) -> str:
    """Write the photo under a random name outside the web root, and tell its path below MEDIA_ROOT.

    It is written before its row: a file without a row is swept by the nightly job, a row never lacks its file.
    """
    name = uuid7().hex
    path = Path("orders") / name[-2:] / f"{name}.jpg"
    whole = Path(settings.MEDIA_ROOT) / path
    whole.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    whole.write_bytes(picture.content)
    return str(path)


def whole_path(path: str) -> Path:
    """Where a kept photo lies. Refuses (ValueError) a path that leads out of MEDIA_ROOT."""
    root = Path(settings.MEDIA_ROOT).resolve()
    whole = (root / path).resolve()
    if not whole.is_relative_to(root):
        raise ValueError("outside the media folder")
    return whole
