"""Reading a mail: bytes in, words and files out. Everything is limited before it is parsed.

The walk through the parts is our own and goes by position: the standard library's parser follows
nested parts by calling itself, and looks for every open boundary in every line.
"""

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr

from yankao.kernel.mailboxes import charsets, plaintext

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one mail: bytes, parts, depth of parts in parts, bytes of one part's headers, words."""

    max_bytes: int = 40 * MB
    max_parts: int = 200
    max_depth: int = 10
    max_header_bytes: int = 64 * 1024
    max_headers: int = 400
    max_text: int = 20_000
    max_text_bytes: int = 2 * MB


LIMITS = Limits()


class Unreadable(ValueError):
    """The mail is beyond a limit; ``code`` says which (see ``words.REASONS``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Headers:
    """A part's headers: lower-case names, values unfolded and otherwise as they came."""

    values: Mapping[str, Sequence[str]]
    media_type: str = "text/plain"
    params: Mapping[str, str] = field(default_factory=dict)
    disposition: str = ""
    file_name: str = ""

    def all(self, name: str) -> Sequence[str]:
        """Every value of the header."""
        return self.values.get(name, ())

    def first(self, name: str) -> str:
        """Its first value, or ""."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts: its headers and its bytes, decoded from base64 or quoted-printable.

    ``choice`` is the same for parts that say the same in other forms; None when there is one form.
    """

    headers: Headers
    content: bytes
    choice: int | None = None

    @property
    def is_file(self) -> bool:
        """Whether it came to be kept, not read."""
        kept = self.headers.disposition == "attachment" or self.headers.file_name
        return bool(kept) or not self.headers.media_type.startswith("text/")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it can be used: nothing in it is believed, no file's name is safe."""

    headers: Headers
    leaves: Sequence[Leaf]
    text: str

    @property
    def sender(self) -> str:
        """The address in From, lower case; "" when there is none, or it is none."""
        return _address(self.headers.first("from"))[1]

    @property
    def sender_name(self) -> str:
        return _address(self.headers.first("from"))[0]

    @property
    def subject(self) -> str:
        return charsets.header_words(self.headers.first("subject"))

    @property
    def message_id(self) -> str:
        return next(iter(ids_in(self.headers.first("message-id"))), "")

    @property
    def answers(self) -> tuple[str, ...]:
        """Message-IDs it says it answers, the nearest first."""
        near = ids_in(self.headers.first("in-reply-to"))
        return (*near, *reversed(ids_in(self.headers.first("references"))))

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address the mail was sent to, as far as it tells."""
        names = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
        found = (_ADDRESS.findall(value[:_LONGEST]) for n in names for value in self.headers.all(n))
        return tuple(address.lower() for some in found for address in some)

    @property
    def files(self) -> Iterator[Leaf]:
        return (leaf for leaf in self.leaves if leaf.is_file)


_LONGEST = 4_000
_ADDRESS = re.compile(r"[A-Za-z0-9._%+=~-]{1,100}@[A-Za-z0-9.-]{1,190}")
_NAMED = re.compile(r"([^<>]*)<([^<>@\s]+@[^<>@\s]+)>")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")


def ids_in(value: str) -> list[str]:
    """The message-ids in a header, without brackets."""
    return _MESSAGE_ID.findall(value[: 4 * _LONGEST])


def _address(value: str) -> tuple[str, str]:
    value = re.sub(r"\s+", " ", value)[:1_000]
    found = _NAMED.fullmatch(value.strip())
    if found is not None:
        name, address = found[1].strip().strip('"'), found[2]
    elif value.count("(") > 20:
        return "", ""  # the standard library calls itself for each
    else:
        name, address = parseaddr(value)
    address = address.strip().lower()
    return charsets.header_words(name), address if "@" in address else ""


# --- reading -------------------------------------------------------------------------------------


def read(content: bytes, limits: Limits = LIMITS) -> Mail:
    """Take a mail apart. Raises Unreadable."""
    if len(content) > limits.max_bytes:
        raise Unreadable("too_large")
    leaves = list(_Walk(content, limits).leaves())
    text = charsets.clean(_text_of(leaves, limits)).strip()
    if len(text) > limits.max_text:
        raise Unreadable("too_long")
    top, _body = _split(content, 0, len(content), limits)
    return Mail(headers=top, leaves=leaves, text=text)


def headers_of(content: bytes, limits: Limits = LIMITS) -> Headers:
    """The headers alone, for mails too large to be read. Raises Unreadable."""
    return _split(content, 0, len(content), limits)[0]


@dataclass(slots=True)
class _Open:
    """A stretch of the mail still to be looked into."""

    start: int
    end: int
    depth: int
    choice: int | None


class _Walk:
    def __init__(self, content: bytes, limits: Limits) -> None:
        self.content, self.limits = content, limits
        self.parts = 0

    def leaves(self) -> Iterator[Leaf]:
        waiting = [_Open(0, len(self.content), 0, None)]
        while waiting:
            here = waiting.pop()
            if here.depth > self.limits.max_depth:
                raise Unreadable("too_deep")
            headers, body = _split(self.content, here.start, here.end, self.limits)
            boundary = headers.params.get("boundary", "")
            if headers.media_type.startswith("multipart/") and 0 < len(boundary) <= 200:
                choice = here.choice
                if headers.media_type == "multipart/alternative" and choice is None:
                    choice = body
                parts = self._parts(boundary, body, here.end)
                inner = [_Open(a, b, here.depth + 1, choice) for a, b in parts]
                waiting += reversed(inner)
            else:
                yield Leaf(headers, _payload(self.content[body : here.end], headers), here.choice)

    def _parts(self, boundary: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        mark = re.escape(boundary.encode("utf-8", "replace"))
        line = re.compile(rb"^--" + mark + rb"(--)?[ \t]{0,200}\r?$", re.MULTILINE)
        begun: int | None = None
        for found in line.finditer(self.content, start, end):
            if begun is not None:
                yield self._counted(begun, found.start())
            if found[1]:
                return
            begun = min(found.end() + 1, end)
        if begun is not None:
            yield self._counted(begun, end)

    def _counted(self, start: int, end: int) -> tuple[int, int]:
        self.parts += 1
        if self.parts > self.limits.max_parts:
            raise Unreadable("too_many_parts")
        return start, end


_BLANK = re.compile(rb"\r?\n\r?\n")


def _split(content: bytes, start: int, end: int, limits: Limits) -> tuple[Headers, int]:
    """A part's headers and where its body begins. Raises Unreadable."""
    for nothing in (b"\r\n", b"\n"):
        if content.startswith(nothing, start, end):
            return _headers(b"", limits), start + len(nothing)
    furthest = min(end, start + limits.max_header_bytes)
    blank = _BLANK.search(content, start, furthest)
    if blank is None and furthest < end:
        raise Unreadable("headers_too_large")
    last, body = (blank.start(), blank.end()) if blank else (end, end)
    return _headers(content[start:last], limits), body


def _headers(content: bytes, limits: Limits) -> Headers:
    parsed = HeaderParser().parsestr(charsets.decoded(content).replace("\0", ""))
    pairs = list(parsed.raw_items())
    if len(pairs) > limits.max_headers:
        raise Unreadable("headers_too_large")
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name.lower(), []).append(re.sub(r"\r?\n(?=[ \t])", "", str(value)))
    of_part: Message = Message()
    for name in ("content-type", "content-disposition"):
        for value in values.get(name, ())[:1]:
            of_part[name] = value[:_LONGEST_PARAMS]
    return Headers(
        values=values,
        media_type=of_part.get_content_type(),
        params=_params(of_part),
        disposition=(of_part.get_content_disposition() or "")[:40],
        file_name=_file_name(of_part),
    )


_LONGEST_PARAMS = 2_000
"""The standard library's reading of parameters takes the square of their length."""


def _params(message: Message) -> dict[str, str]:
    names = ("boundary", "charset", "format", "delsp", "report-type")
    return {name: _param(message, name) for name in names}


def _param(message: Message, name: str, header: str = "content-type") -> str:
    """A parameter as words, also of RFC 2231; "" when it is absent or beyond understanding."""
    try:
        found = message.get_param(name, "", header)
    except (ValueError, LookupError, TypeError):
        return ""
    if isinstance(found, tuple):
        label, _language, value = found
        return charsets.decoded(value.encode("latin-1", "replace"), label or "")
    return str(found).strip()


def _file_name(message: Message) -> str:
    name = _param(message, "filename", "content-disposition") or _param(message, "name")
    return charsets.header_words(name)[:200]


def _payload(content: bytes, headers: Headers) -> bytes:
    encoding = headers.first("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        return charsets.from_base64(content)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(content)
    return content


# --- the words -----------------------------------------------------------------------------------


def _text_of(leaves: Sequence[Leaf], limits: Limits) -> str:
    """What is there to be read: of parts that say the same the plain one, if it says anything."""
    readable = [leaf for leaf in leaves if not leaf.is_file]
    plain = {
        leaf.choice for leaf in readable if leaf.headers.media_type != "text/html"
        and leaf.content.strip()
    }  # fmt: skip
    texts = []
    for leaf in readable:
        is_html = leaf.headers.media_type == "text/html"
        if leaf.choice is None or is_html != (leaf.choice in plain):
            texts.append(_text(leaf, limits))
    return "\n\n".join(filter(None, (text.strip("\n") for text in texts)))


def _text(leaf: Leaf, limits: Limits) -> str:
    if len(leaf.content) > limits.max_text_bytes:
        raise Unreadable("too_long")
    params = leaf.headers.params
    text = charsets.decoded(leaf.content, params.get("charset", ""))
    if leaf.headers.media_type == "text/html":
        return plaintext.from_html(text)
    text = text.replace("\r\n", "\n")
    if params.get("format", "").lower() == "flowed":
        return plaintext.unflowed(text, del_sp=params.get("delsp", "").lower() == "yes")
    return text
