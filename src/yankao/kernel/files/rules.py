"""What may come in, what it is called, where it lies: pure decisions about files."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

MB = 1024 * 1024

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
PDF, ODT = "application/pdf", "application/vnd.oasis.opendocument.text"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
AVI, WMV, MP4, MOV = "video/x-msvideo", "video/x-ms-wmv", "video/mp4", "video/quicktime"
WAV, WMA, MP3 = "audio/wav", "audio/x-ms-wma", "audio/mpeg"

PICTURES = frozenset({JPEG, PNG, WEBP, HEIC})
DOCUMENTS = frozenset({PDF, ODT, DOCX})
RECORDINGS = frozenset({AVI, WMV, MP4, MOV, WAV, WMA, MP3})

EXTENSIONS: Mapping[str, tuple[str, ...]] = {
    JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    PNG: (".png",),
    WEBP: (".webp",),
    HEIC: (".heic", ".heif"),
    PDF: (".pdf",),
    ODT: (".odt",),
    DOCX: (".docx",),
    AVI: (".avi",),
    WMV: (".wmv",),
    MP4: (".mp4", ".m4v"),
    MOV: (".mov", ".qt"),
    WAV: (".wav",),
    WMA: (".wma",),
    MP3: (".mp3",),
}
"""Extensions that agree with a media type; the first is the one given to a name without."""

TYPE_NAMES: Mapping[str, str] = {
    **{kind: extensions[0][1:].upper() for kind, extensions in EXTENSIONS.items()},
    JPEG: "JPEG",
    WEBP: "WebP",
}
"""As people call them, in the order lists tell them."""


class Purpose(StrEnum):
    """Why a file is attached."""

    REPORT = "report"
    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may bring: types, bytes each and together, count, pixels each."""

    key: str
    media_types: frozenset[str]
    max_bytes: int
    max_total_bytes: int
    max_files: int
    max_pixels: int
    max_side: int = 16_384


PHOTO = Limits(
    key="photo",
    media_types=PICTURES,
    max_bytes=10 * MB,
    max_total_bytes=20 * MB,
    max_files=6,
    max_pixels=50_000_000,
)
"""Photos with a report or as proof. 10 MB each, 20 MB together as with petitions (K); six files and
fifty million pixels are 示範值. A city changes them in city.toml, table ``files.photo``."""

DOCUMENT = Limits(
    key="document",
    media_types=PICTURES | DOCUMENTS | RECORDINGS,
    max_bytes=10 * MB,
    max_total_bytes=20 * MB,
    max_files=6,
    max_pixels=50_000_000,
)
"""Whatever shows or tells something: pictures, documents, sound and video (10 MB each and 20 MB
together: K); table ``files.document`` of city.toml."""


def type_names(media_types: Iterable[str]) -> list[str]:
    """What people call these types, pictures first."""
    return [name for kind, name in TYPE_NAMES.items() if kind in set(media_types)]


def accepted(media_types: Iterable[str]) -> str:
    """The types for a file input's ``accept``; extensions too, for systems that know no others."""
    known = [kind for kind in EXTENSIONS if kind in set(media_types)]
    return ",".join([*known, *(extension for kind in known for extension in EXTENSIONS[kind])])


def served_type(media_type: str) -> str:
    """What a browser is given: of HEIC the JPEG that was made of it."""
    return JPEG if media_type == HEIC else media_type


def limits_in(city: Mapping[str, Any], limits: Limits) -> Limits:
    """The limits as the city sets them in its table ``files.<key>``.

    ``max_mb``, ``max_total_mb``, ``max_files``, ``max_pixels``; which types are safe is ours to
    know.
    """
    table: Mapping[str, int] = city.get("files", {}).get(limits.key, {})
    return replace(
        limits,
        max_bytes=table.get("max_mb", limits.max_bytes // MB) * MB,
        max_total_bytes=table.get("max_total_mb", limits.max_total_bytes // MB) * MB,
        max_files=table.get("max_files", limits.max_files),
        max_pixels=table.get("max_pixels", limits.max_pixels),
    )


WHOLE = 10_000
"""A side of a picture, in the parts that covers are told in."""
MOST_COVERS = 40


@dataclass(frozen=True, slots=True)
class Cover:
    """A rectangle that hides a face or a plate, in ten-thousandths of the sides, left to right."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        """Raises ValueError for a rectangle outside the picture or without area."""
        across = 0 <= self.left < self.right <= WHOLE
        if not (across and 0 <= self.top < self.bottom <= WHOLE):
            raise ValueError("no rectangle of the picture")

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels, all inclusive; a touched pixel is covered whole."""
        return (
            self.left * width // WHOLE,
            self.top * height // WHOLE,
            min(width - 1, -(-self.right * width // WHOLE)),
            min(height - 1, -(-self.bottom * height // WHOLE)),
        )


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*%;&$`\\/]')
_LONGEST_NAME = 100
NAMELESS = "附件"
_ANY_EXTENSION = tuple(extension for group in EXTENSIONS.values() for extension in group)


def clean_name(name: str, media_type: str) -> str:
    """A harmless name that agrees with the content.

    Folders, control and invisible characters (also those that reverse the direction of text),
    quotes and shell characters go; a wrong picture extension is replaced, a missing one added.
    """
    stem = _harmless(name)
    extension = EXTENSIONS[media_type][0]
    for known in _ANY_EXTENSION:
        if stem.lower().endswith(known):
            extension = known if known in EXTENSIONS[media_type] else extension
            stem = stem[: -len(known)]
            break
    stem = stem.strip(" .")[: _LONGEST_NAME - len(extension)].rstrip(" .")
    return (stem or NAMELESS) + extension


def shown_name(name: str) -> str:
    """The name as it may appear in a sentence, whatever the content turns out to be."""
    return _harmless(name).strip(" .")[:_LONGEST_NAME] or NAMELESS


def _harmless(name: str) -> str:
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    visible = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
    return " ".join(_FORBIDDEN.sub("_", visible).split())


_SHA256 = re.compile(r"[0-9a-f]{64}")


def content_key(sha256: str) -> str:
    """Where content lies in the store. Raises ValueError for anything but a SHA-256 in hex."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return f"content/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def cleaned_key(sha256: str) -> str:
    """Where the picture lies as it is served: upright, without place, maker or comments."""
    return content_key(sha256).replace("content/", "cleaned/", 1)


def published_key(sha256: str, covers: Iterable[Cover]) -> str:
    """Where the picture lies as everybody may see it; other covers, another place."""
    told = f"{sha256} {[(c.left, c.top, c.right, c.bottom) for c in covers]}"
    digest = hashlib.sha256(told.encode()).hexdigest()
    return content_key(digest).replace("content/", "published/", 1) + ".jpg"


def thumbnail_key(sha256: str) -> str:
    """Where the content's small picture lies."""
    return content_key(sha256).replace("content/", "thumbnails/", 1) + ".jpg"
