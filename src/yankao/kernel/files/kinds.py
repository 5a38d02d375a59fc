"""What a file really is: by its first bytes, then by reading all of it.

Nothing a file says about itself (name, declared type) is believed.
"""

import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from yankao.kernel.files import containers, pictures
from yankao.kernel.files.pictures import Look, Unfit
from yankao.kernel.files.rules import (
    AVI,
    DOCUMENTS,
    HEIC,
    JPEG,
    MOV,
    MP3,
    MP4,
    PDF,
    PICTURES,
    PNG,
    WAV,
    WEBP,
    WMA,
    WMV,
    Limits,
)

_ZIP, _ASF = "ZIP", "ASF"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"\xff\xd8\xff", JPEG),
    (rb"\x89PNG\r\n\x1a\n", PNG),
    (rb"RIFF....WEBP", WEBP),
    (rb"RIFF....AVI ", AVI),
    (rb"RIFF....WAVE", WAV),
    (rb"%PDF-\d", PDF),
    (rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", HEIC),
    (rb"....ftypqt  |....(moov|mdat|wide)", MOV),
    (rb"....ftyp(iso[m2-9]|mp4[12]|avc1|M4V.|MSNV|XAVC|dash|mmp4)", MP4),
    (rb"....ftyp|\x1aE\xdf\xa3", "video"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", _ASF),
    (rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", MP3),
    (rb"GIF8[79]a", "GIF"),
    (rb"BM.{12}\0{0,4}", "BMP"),
    (rb"II\*\0|MM\0\*", "TIFF"),
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", _ZIP),
    (rb"(\xef\xbb\xbf)?\s*<", "HTML"),
    (rb"MZ|\x7fELF|#!", "program"),
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), name) for pattern, name in _SIGNATURES)
_WHOLE: Mapping[str, Callable[[bytes], None]] = {
    PDF: containers.check_pdf,
    AVI: containers.check_avi,
    WAV: containers.check_wav,
    MP4: containers.check_iso_media,
    MOV: containers.check_iso_media,
    WMV: containers.check_asf,
    WMA: containers.check_asf,
    MP3: containers.check_mp3,
}


def kind_of(head: bytes) -> str:
    """The media type by its first bytes, the name of a kind we never take, or "" if unknown.

    What is a container for several kinds (ZIP, ASF) is only named.
    """
    return next((name for pattern, name in _COMPILED if pattern.match(head)), "")


def look_into(path: Path, limits: Limits) -> Look:
    """What the file at ``path`` is, after reading all of it.

    Raises Unfit: ``empty``, ``type``, ``carries`` (something else travels in it),
    ``macros``, ``locked``, ``bomb``, ``pixels``, ``animated``, ``broken``.
    """
    content = path.read_bytes()
    if not content:
        raise Unfit("empty")
    kind = _kind_within(path, content)
    if kind not in limits.media_types:
        raise Unfit("type")
    if kind in containers.ZIPPED:
        containers.check_zipped(path, kind)
        return Look(kind, None, None)
    if carries_something_else(path, content, kind):
        raise Unfit("carries")
    if kind in PICTURES:
        return pictures.look_into(path, kind, limits)
    _WHOLE[kind](content)
    return Look(kind, None, None)


def _kind_within(path: Path, content: bytes) -> str:
    kind = kind_of(content[:64])
    if kind == _ZIP:
        return containers.kind_of_zip(path) or kind
    return containers.kind_of_asf(content) if kind == _ASF else kind


# Long enough that no compressed picture contains one by chance. All bytes are searched, and they
# are the sender's: no part may repeat another that repeats.
_MARKUP = re.compile(rb"<script[\s>/]|<iframe[\s>/]|<!doctype\s|<\?php\s|<html[\s>]", re.IGNORECASE)
# So short that a large picture may have one by chance, but not several, nor an attribute with it.
_SVG = re.compile(rb"<svg[\s/]", re.IGNORECASE)
_SVG_ATTRIBUTE = re.compile(rb"xmlns=|on\w{1,20}=", re.IGNORECASE)
_SVG_HEAD = 224
_SVGS_BY_CHANCE = 3


def _is_markup(content: bytes) -> bool:
    if _MARKUP.search(content):
        return True
    ends = [found.end() for found in islice(_SVG.finditer(content), _SVGS_BY_CHANCE + 1)]
    heads = (content[end : end + _SVG_HEAD].partition(b">")[0] for end in ends)
    return len(ends) > _SVGS_BY_CHANCE or any(map(_SVG_ATTRIBUTE.search, heads))


def carries_something_else(path: Path, content: bytes, kind: str) -> bool:
    """Whether the file is also a web page, an archive, or a PDF besides what it is.

    Harmless appendices of phones (motion photos, makers' notes) are let through: files are served
    as what they were found to be, in a sandbox, and never sniffed.
    """
    if kind not in DOCUMENTS and (_is_markup(content) or b"%PDF-" in content[:1024]):
        return True
    return _is_archive(path)


def _is_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return bool(archive.namelist())
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        LookupError,
        struct.error,
    ):
        return False
