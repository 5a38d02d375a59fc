"""Documents, sound and video: is the container whole, and does it hold only what it should?

Nothing is decoded or unpacked to disk; what is read is bounded whatever the file claims.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from yankao.kernel.files.pictures import Unfit
from yankao.kernel.files.rules import DOCX, MB, ODT, WMA, WMV

ZIPPED = frozenset({ODT, DOCX})
LARGEST_UNPACKED = 100 * MB
MOST_PARTS = 2_000
_LARGEST_DIRECTORY = 256 * 1024
_CHUNK = 64 * 1024
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)


def check_pdf(content: bytes) -> None:
    """A PDF ends with its mark. Raises Unfit."""
    if b"%%EOF" not in content[-2048:]:
        raise Unfit("broken")


# --- ODT and DOCX: zip archives with certain parts ------------------------------------------------

_DOCX_MAIN = b"wordprocessingml.document.main+xml"
_DOCX_MACROS = re.compile(rb"macroEnabled|vbaProject|ms-office\.activeX", re.IGNORECASE)
_MACRO_PARTS = re.compile(r"(.*/)?(vbaProject\w*\.bin|vbaData\.xml)|(.*/)?(Basic|Scripts)/.*", re.I)
_ODF_LOCKED = b"encryption-data"
_ENCRYPTED = 0x1


def kind_of_zip(path: Path) -> str:
    """ODT, DOCX, or "" for any other archive."""
    try:
        with _opened(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                told = _part(archive, "mimetype", 200).strip()
                return ODT if told == ODT.encode() and "content.xml" in names else ""
            return DOCX if {"[Content_Types].xml", "word/document.xml"} <= names else ""
    except _UNREADABLE:
        return ""


def check_zipped(path: Path, kind: str) -> None:
    """Read every part to its end and look for macros and locks. Raises Unfit."""
    try:
        with _opened(path) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & _ENCRYPTED for part in parts):
                raise Unfit("locked")
            _read_all(archive, parts)
            _check_inside(archive, kind)
    except _UNREADABLE as error:
        raise Unfit("broken") from error


def _opened(path: Path) -> zipfile.ZipFile:
    """The archive, if its directory is of a size that a document's has. Raises Unfit."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 66_000))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or b"PK\x06\x07" in tail[-100:] or len(tail) < end + 22:
        raise Unfit("broken")
    if struct.unpack_from("<I", tail, end + 12)[0] > _LARGEST_DIRECTORY:
        raise Unfit("bomb")
    return zipfile.ZipFile(path)


def _read_all(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Sizes in the directory are claims: what really comes out is counted, and checked by CRC."""
    if len(parts) > MOST_PARTS:
        raise Unfit("bomb")
    unpacked = 0
    for part in parts:
        if _MACRO_PARTS.fullmatch(part.filename):
            raise Unfit("macros")
        with archive.open(part) as file:
            while chunk := file.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > LARGEST_UNPACKED:
                    raise Unfit("bomb")


def _check_inside(archive: zipfile.ZipFile, kind: str) -> None:
    if kind == ODT:
        if _ODF_LOCKED in _part(archive, "META-INF/manifest.xml"):
            raise Unfit("locked")
        return
    types = _part(archive, "[Content_Types].xml")
    if _DOCX_MACROS.search(types):
        raise Unfit("macros")
    if _DOCX_MAIN not in types:
        raise Unfit("type")


def _part(archive: zipfile.ZipFile, name: str, most: int = MB) -> bytes:
    with archive.open(name) as file:
        return file.read(most)


# --- ISO base media: MP4 and QuickTime ------------------------------------------------------------


def check_iso_media(content: bytes) -> None:
    """Boxes from the first byte to the last, an index with a track, and media. Raises Unfit."""
    found = list(_boxes(content, 0, len(content)))
    index = next(((start, end) for name, start, end in found if name == b"moov"), None)
    names = {name for name, _start, _end in found}
    if index is None or not names & {b"mdat", b"moof"}:
        raise Unfit("broken")
    if not any(name == b"trak" for name, _start, _end in _boxes(content, *index)):
        raise Unfit("broken")


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of what each box holds. Raises Unfit when one leaves its parent."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = struct.unpack_from(">Q", content, at + 8)[0], 16
        if size == 0:
            size = end - at
        if size < head or at + size > end:
            raise Unfit("broken")
        yield name, at + head, at + size
        at += size


# --- RIFF: AVI and WAV ----------------------------------------------------------------------------


def check_avi(content: bytes) -> None:
    """A header and frames. Raises Unfit."""
    lists = {content[at : at + 4] for name, at, _end in _chunks(content) if name == b"LIST"}
    if not {b"hdrl", b"movi"} <= lists:
        raise Unfit("broken")


def check_wav(content: bytes) -> None:
    """A format and samples. Raises Unfit."""
    if not {b"fmt ", b"data"} <= {name for name, _at, _end in _chunks(content)}:
        raise Unfit("broken")


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of each chunk. Raises Unfit when the file is cut off."""
    at, whole = 12, struct.unpack_from("<I", content, 4)[0] + 8
    if whole > len(content) + 1:
        raise Unfit("broken")
    while at + 8 <= min(whole, len(content)):
        name, size = struct.unpack_from("<4sI", content, at)
        if at + 8 + size > len(content):
            raise Unfit("broken")
        yield name, at + 8, at + 8 + size
        at += 8 + size + size % 2


# --- ASF: WMV and WMA -----------------------------------------------------------------------------


def _guid(text: str) -> bytes:
    first, second, third, fourth, fifth = text.split("-")
    numbers = struct.pack("<IHH", int(first, 16), int(second, 16), int(third, 16))
    return numbers + bytes.fromhex(fourth + fifth)


_STREAM = _guid("B7DC0791-A9B7-11CF-8EE6-00C00C205365")
_VIDEO = _guid("BC19EFC0-5B4D-11CF-A8FD-00805F5C442B")
_AUDIO = _guid("F8699E40-5B4D-11CF-A8FD-00805F5C442B")
_DATA = _guid("75B22636-668E-11CF-A6D9-00AA0062CE6C")
# Players open addresses these name: old ways of bringing somebody to a page.
_SCRIPT = _guid("1EFB1A30-0B62-11D0-A39B-00A0C90348F6")
_LICENCES = frozenset(
    {_guid("2211B3FB-BD23-11D2-B4B7-00A0C955FC6E"), _guid("298AE614-2622-4C17-B935-DAE07EE9289C")}
)


def kind_of_asf(content: bytes) -> str:
    """WMV with a stream of video, WMA with sound only, else ""."""
    streams = {
        content[at : at + 16] for name, at, _end in _head_objects(content) if name == _STREAM
    }
    if _VIDEO in streams:
        return WMV
    return WMA if _AUDIO in streams else ""


def check_asf(content: bytes) -> None:
    """A header without scripts or licences, then data. Raises Unfit."""
    names = {name for name, _at, _end in _head_objects(content)}
    if _SCRIPT in names:
        raise Unfit("carries")
    if names & _LICENCES:
        raise Unfit("locked")
    begin = struct.unpack_from("<Q", content, 16)[0]
    if content[begin : begin + 16] != _DATA:
        raise Unfit("broken")


def _head_objects(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The header's objects, as many as are whole."""
    if len(content) < 30:
        return
    at, end = 30, min(struct.unpack_from("<Q", content, 16)[0], len(content))
    while at + 24 <= end:
        size = struct.unpack_from("<Q", content, at + 16)[0]
        if size < 24 or at + size > end:
            return
        yield content[at : at + 16], at + 24, at + size
        at += size


# --- MP3 ------------------------------------------------------------------------------------------

_BITRATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
FRAMES_READ = 3


def check_mp3(content: bytes) -> None:
    """After a tag, if any, frames that follow each other. Raises Unfit."""
    at = _after_tag(content)
    for _ in range(FRAMES_READ):
        length = _frame_length(content[at : at + 4])
        if not length or at + length > len(content):
            raise Unfit("broken")
        at += length


def _after_tag(content: bytes) -> int:
    at = 0
    while content[at : at + 3] == b"ID3" and at + 10 <= len(content):
        size = 0
        for byte in content[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size
    while at < len(content) and content[at] == 0:
        at += 1
    return at


def _frame_length(head: bytes) -> int:
    """Bytes of the layer III frame with this head; 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version not in _RATES or not 0 < bitrate < 15 or rate == 3:
        return 0
    is_first = version == 3
    kilobits, samples = _BITRATES[is_first][bitrate], 144 if is_first else 72
    return samples * kilobits * 1000 // _RATES[version][rate] + (head[2] >> 1 & 1)
