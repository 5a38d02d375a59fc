"""HTML and flowed text as plain text, in time that grows with length only.

Not the standard library's HTMLParser: 50 kB of ``<a/`` keep it busy for twenty seconds.
"""

import html
import re

_BREAKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "div", "dl",
        "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
        "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    }
)  # fmt: skip
_HIDDEN = frozenset({"script", "style", "title", "template", "svg"})
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9]{0,20})")
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}["']?(https?://[^\s"'<>]{1,500})""", re.IGNORECASE)
LONGEST_TAG = 10_000


def from_html(source: str) -> str:
    """The words of a page of mail: no tags, comments, scripts; links are followed by their address.

    Each character is looked at a fixed number of times, however broken the page is.
    """
    pieces: list[str] = []
    at, link = 0, ""
    while (start := source.find("<", at)) >= 0:
        pieces.append(_words(source[at:start]))
        at, name, tag = _tag(source, start)
        if not name:
            pieces.append(tag)
        elif name == "a":
            if link and link not in "".join(pieces[-3:]):
                pieces.append(f"（{link}）")
            found = _HREF.search(tag)
            link = html.unescape(found[1]) if found else ""
        elif name in _BREAKS:
            pieces.append("\n")
        elif name in {"td", "th"}:
            pieces.append("\t")
    pieces.append(_words(source[at:]))
    return _tidy("".join(pieces))


def _tag(source: str, start: int) -> tuple[int, str, str]:
    """Where reading goes on, the tag's name (with "" a text to keep) and its words."""
    if source.startswith("<!--", start):
        return _after(source, "-->", start), "!", ""
    named = _NAME.match(source, start + 1)
    if named is None and source[start + 1 : start + 2] not in {"!", "?"}:
        return start + 1, "", "<"
    end = source.find(">", start)
    if end < 0:
        return len(source), "!", ""
    tag = source[start : min(end, start + LONGEST_TAG)]
    name = named[1].lower() if named else "!"
    if name in _HIDDEN and source[start + 1] != "/" and not tag.endswith("/"):
        return _after_hidden(source, name, end), "!", ""
    return end + 1, name, tag


def _after(source: str, mark: str, start: int) -> int:
    found = source.find(mark, start)
    return found + len(mark) if found >= 0 else len(source)


def _after_hidden(source: str, name: str, start: int) -> int:
    closing = re.compile(f"</{name}", re.IGNORECASE).search(source, start)
    return _after(source, ">", closing.start()) if closing else len(source)


def _words(source: str) -> str:
    source = re.sub(r"&#[0-9]{9,}", "", source)  # no character; too long for int()
    return re.sub(r"[ \t\r\n\f]+", " ", html.unescape(source))


def _tidy(text: str) -> str:
    lines = [" ".join(line.split(" ")).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def unflowed(text: str, *, del_sp: bool = False) -> str:
    """Paragraphs of format=flowed (RFC 3676) on one line each; quoted lines stay as they are."""
    paragraphs: list[str] = []
    is_open = False
    for line in text.split("\n"):
        is_quoted = line.startswith(">")
        bare = line if is_quoted else line.removeprefix(" ")
        if is_open and not is_quoted and bare != "-- ":
            paragraphs[-1] += bare
        else:
            paragraphs.append(bare)
        is_open = bare.endswith(" ") and bare != "-- " and not is_quoted
        if is_open and del_sp:
            paragraphs[-1] = paragraphs[-1][:-1]
    return "\n".join(paragraphs)
