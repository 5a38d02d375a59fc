"""Bytes to words: charsets as mails really come, labels that lie, words of headers (RFC 2047)."""

import binascii
import re
import unicodedata
from collections.abc import Iterator

_LABELS = {
    "usascii": "utf-8", "ascii": "utf-8", "utf8": "utf-8", "unicode11utf8": "utf-8",
    "big5": "cp950", "cp950": "cp950", "big5hkscs": "big5hkscs", "xxbig5": "cp950",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030",
    "hzgb2312": "hz", "iso2022jp": "iso2022_jp_ext", "shiftjis": "cp932", "xsjis": "cp932",
    "sjis": "cp932", "windows31j": "cp932", "eucjp": "euc_jp", "iso2022kr": "iso2022_kr",
    "euckr": "cp949", "ksc56011987": "cp949", "euctw": "cp950", "utf16": "utf-16",
    "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf7": "utf-7",
    "iso88591": "cp1252", "latin1": "cp1252", "windows1252": "cp1252", "iso885915": "iso8859_15",
    "iso88592": "iso8859_2", "windows1250": "cp1250", "windows1251": "cp1251",
    "koi8r": "koi8_r", "windows1258": "cp1258", "tis620": "tis_620", "windows874": "cp874",
}  # fmt: skip
"""What may be decoded; a label not here ("zip", "idna", "punycode") is no charset of a mail."""
_SEVEN_BIT = {"iso2022_jp_ext", "iso2022_kr", "hz", "utf-7", "utf-16", "utf-16-le", "utf-16-be"}
_LOCAL = ("cp950", "big5hkscs", "gb18030")
"""What words without a label are here, the likeliest first; UTF-8 comes before."""


def codec_of(label: str) -> str:
    """The codec for a charset's label as mails write it; "" for none that is known."""
    plain = label.partition("*")[0].lower()
    return _LABELS.get(re.sub(r"[^a-z0-9]", "", plain), "")


def decoded(content: bytes, label: str = "") -> str:
    """The words; never fails. Whatever is valid UTF-8 is UTF-8, whatever its label says."""
    codec = codec_of(label)
    likely = (codec,) if codec in _SEVEN_BIT else ("utf-8", codec, *_LOCAL)
    for name in filter(None, likely):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return content.decode(_least_broken(content, codec), "replace")


def _least_broken(content: bytes, codec: str) -> str:
    """Of the codecs that all fail the one that loses least: a cut-off letter is no other script."""
    codecs = list(dict.fromkeys(filter(None, (codec, "utf-8", "cp950"))))
    head = content[:10_000]
    return min(codecs, key=lambda name: head.decode(name, "replace").count("\ufffd"))


# --- headers -------------------------------------------------------------------------------------

_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
LONGEST_HEADER = 4_000


def header_words(value: str) -> str:
    """A header's words: encoded ones decoded, also where a letter is cut between two of them."""
    value = re.sub(r"\r?\n[ \t]*", " ", value[:LONGEST_HEADER])
    pieces: list[tuple[str, bytes]] = []
    for label, content in _pieces(value):
        if pieces and label and pieces[-1][0] == label:
            content = pieces.pop()[1] + content
        pieces.append((label, content))
    return one_line("".join(_piece(label, content) for label, content in pieces))


def _piece(label: str, content: bytes) -> str:
    return decoded(content, label) if label else content.decode("utf-8", "replace")


def _pieces(value: str) -> Iterator[tuple[str, bytes]]:
    """Charset and bytes of each encoded word; "" and UTF-8 for what stands between."""
    end = 0
    for found in _ENCODED.finditer(value):
        between = value[end : found.start()]
        if between.strip() or end == 0:
            yield "", between.encode("utf-8", "replace")
        read = _from_base64 if found[2] in "bB" else _from_q
        yield found[1].lower(), read(found[3].encode("ascii", "replace"))
        end = found.end()
    yield "", value[end:].encode("utf-8", "replace")


def _from_q(content: bytes) -> bytes:
    return binascii.a2b_qp(content, header=True)


def _from_base64(content: bytes) -> bytes:
    return from_base64(content)


def from_base64(content: bytes) -> bytes:
    """Whatever of it is base64; strangers between and a torn end are passed over."""
    bare = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    whole = bare[: len(bare) - (len(bare) % 4 == 1)]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


# --- clean ---------------------------------------------------------------------------------------

_JOINERS = {"\u200c", "\u200d"}
"""Invisible, but parts of words and pictures in some scripts."""


def clean(text: str) -> str:
    """Without what cannot be seen or turns the direction of writing; lines end with a line feed."""
    lines = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text)
    return "".join(c for c in lines if c in "\n\t" or c in _JOINERS or not _is_invisible(c))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def one_line(text: str) -> str:
    """Clean, and on one line."""
    return " ".join(clean(text).split())
