"""Pictures: whether they are whole, how large; cleaned, small and covered versions."""

import io
import struct
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from PIL import Image, ImageDraw, ImageOps

from yankao.kernel.files.rules import HEIC, JPEG, PNG, WEBP, Cover, Limits

pillow_heif.register_heif_opener(thumbnails=False)

THUMBNAIL_SIDE = 480
_THUMBNAIL_QUALITY = 80
_CLEANED_OPTIONS: Mapping[str, Mapping[str, int]] = {
    "JPEG": {"quality": 90},
    "PNG": {},
    "WEBP": {"quality": 90, "method": 2},
}
_PILLOW_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
# Photos with a second picture for depth; what browsers cannot show.
_BECOME_JPEG = frozenset({"MPO", "HEIF"})
_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Whatever Pillow's decoders raise over hostile bytes; all mean "cannot be read".
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
)
# Pillow's own alarm, louder than ours; a warning only where warnings are errors.
TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# Each decoding may take some 200 MB; two at a time bound what one process can be made to use.
_decoding = threading.BoundedSemaphore(2)
# Cleaning needs all pixels, and once more to turn them.
_cleaning = threading.BoundedSemaphore(1)


class Unfit(Exception):
    """The content cannot be taken; ``why`` is a key of the service's sentences."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Look:
    """What the content is; the size in pixels as a viewer shows it (None for documents)."""

    media_type: str
    width: int | None
    height: int | None


def look_into(path: Path, media_type: str, limits: Limits) -> Look:
    """The picture's size as one sees it, after decoding all of it.

    Raises Unfit ``pixels``, ``animated``, ``broken``.
    """
    formats = [_PILLOW_FORMATS[media_type]]
    try:
        with _decoding:
            with Image.open(path, formats=formats) as image:
                _check_size(image.size, limits)
                image.verify()
            with Image.open(path, formats=formats) as image:
                _check_single(image)
                width, height = image.size
                _decode(image)
                sideways = _orientation(image) in _SIDEWAYS
    except TOO_MANY_PIXELS as error:
        raise Unfit("pixels") from error
    except UNREADABLE as error:
        raise Unfit("broken") from error
    return Look(media_type, height, width) if sideways else Look(media_type, width, height)


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.max_pixels or max(size) > limits.max_side:
        raise Unfit("pixels")


def _check_single(image: Image.Image) -> None:
    # Phones write a second picture beside the photo, which is the first.
    if image.format not in _BECOME_JPEG and getattr(image, "n_frames", 1) > 1:
        raise Unfit("animated")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except UNREADABLE:
        return 1


def _decode(image: Image.Image) -> None:
    """Read every byte of the picture. JPEG shrinks while decoding, which saves most memory."""
    image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


def cleaned(content: BinaryIO) -> bytes:
    """The picture in full size, upright, with nothing but pixels and colours.

    Its own format stays, but HEIC becomes JPEG.

    Place, maker, times, comments and whatever follows the picture are gone, since it is encoded
    anew. Raises Unfit ``broken`` when the content is no readable picture.
    """
    try:
        with _cleaning, Image.open(content, formats=list(_PILLOW_FORMATS.values())) as image:
            format = "JPEG" if image.format in _BECOME_JPEG else str(image.format)
            image.load()
            upright = _flat(image) if image.format == "HEIF" else _upright(image)
            # Encoders write what they find here, comments too.
            upright.info = {
                key: image.info[key]
                for key in ("icc_profile", "transparency")
                if image.info.get(key) is not None
            }
            output = io.BytesIO()
            upright.save(
                output,
                format,
                icc_profile=upright.info.get("icc_profile"),
                **_CLEANED_OPTIONS[format],
            )
            return output.getvalue()
    except (*UNREADABLE, *TOO_MANY_PIXELS) as error:
        raise Unfit("broken") from error


def _upright(image: Image.Image) -> Image.Image:
    turn = _TURNS.get(_orientation(image))
    return image.copy() if turn is None else image.transpose(turn)


PUBLISHED_SIDE = 1600


def covered(content: BinaryIO, covers: Sequence[Cover]) -> bytes:
    """A JPEG of at most 1,600 pixels a side for everybody, upright, the covers painted over.

    Painted before the picture is made smaller, so that nothing shines through at an edge; no
    metadata. Raises Unfit ``broken`` when the content is no readable picture.
    """
    try:
        with _cleaning, Image.open(content, formats=list(_PILLOW_FORMATS.values())) as image:
            image.load()
            flat = _flat(_upright(image))
            brush = ImageDraw.Draw(flat)
            for cover in covers:
                brush.rectangle(cover.pixels(*flat.size), fill="black")
            flat.thumbnail((PUBLISHED_SIDE, PUBLISHED_SIDE))
            return _encoded(flat)
    except (*UNREADABLE, *TOO_MANY_PIXELS) as error:
        raise Unfit("broken") from error


def thumbnail_of(content: BinaryIO) -> bytes:
    """A JPEG of at most 480 pixels a side, upright, on white, without any metadata.

    Raises Unfit ``broken`` when the content is no readable picture.
    """
    try:
        with _decoding, Image.open(content, formats=list(_PILLOW_FORMATS.values())) as image:
            image.draft("RGB", (THUMBNAIL_SIDE * 2, THUMBNAIL_SIDE * 2))
            image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            upright = ImageOps.exif_transpose(image) or image
            return _as_jpeg(upright)
    except (*UNREADABLE, *TOO_MANY_PIXELS) as error:
        raise Unfit("broken") from error


def _as_jpeg(image: Image.Image) -> bytes:
    return _encoded(_flat(image))


def _flat(image: Image.Image) -> Image.Image:
    """On white, in three colours, with nothing but pixels."""
    rgba = image.convert("RGBA")
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    return flat


def _encoded(flat: Image.Image) -> bytes:
    output = io.BytesIO()
    flat.save(output, "JPEG", quality=_THUMBNAIL_QUALITY, optimize=True)
    return output.getvalue()
