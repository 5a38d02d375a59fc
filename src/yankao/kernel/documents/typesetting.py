"""Letters as PDF, set by Typst; values go in as JSON and come out as text."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst
from django.conf import settings
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.kernel.documents.letters import Letter, plain, points_of

_FACE = Path(__file__).with_name("letter.typ")
STANDARD: Literal["ua-1"] = "ua-1"
"""ISO 14289-1: headings, reading order and language are in the file."""


class FontsMissing(Refused):
    """The typefaces for printing are not there."""


class GlyphMissing(Refused):
    """A character the typefaces lack: nobody's name is printed as an empty box."""


def pdf_of(letter: Letter) -> bytes:
    """The letter as PDF/UA-1; the same letter always gives the same bytes.

    Raises FontsMissing, GlyphMissing.
    """
    folder = settings.YANKAO_ASSETS / "print"
    setter = typst.Compiler(
        _FACE.read_bytes(),
        root=folder,
        font_paths=_fonts(str(folder)),
        sys_inputs={"letter": json.dumps(_shown(letter), ensure_ascii=False)},
    )
    try:
        made = setter.compile(format="pdf", pdf_standards=[STANDARD], timestamp=0)
    except typst.TypstError as error:
        raise _refusal(error) or error from error
    assert isinstance(made, bytes)
    return made


def _refusal(error: typst.TypstError) -> GlyphMissing | None:
    lacking = re.search(r'the text `"(.+)"` could not be displayed', str(error.message), re.S)
    if lacking is None:
        return None
    message = _("列印用的字型沒有這個字：%(glyph)s。請改用 ODT，以有這個字的字型列印。")
    return GlyphMissing("documents.glyph_missing", message % {"glyph": lacking[1]})


@lru_cache(maxsize=2)
def _fonts(folder: str) -> typst.Fonts:
    """Only our own typefaces, so that a letter looks alike on every machine."""
    if not list(Path(folder).glob("*.ttf")):
        message = _("列印用的字型還沒有安裝。請管理人執行 make assets 後再試。")
        raise FontsMissing("documents.fonts_missing", message)
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )


def _shown(letter: Letter) -> dict[str, Any]:
    words = {
        "title": letter.title,
        "agency": letter.agency,
        "recipient": letter.recipient,
        "address": letter.address,
        "issued": letter.issued_words,
        "number": letter.number,
        "subject": letter.subject,
        "original_to": "、".join(letter.original_to),
        "copies_to": "、".join(letter.copies_to),
        "handled_by": letter.handled_by,
        "phone": letter.phone,
    }
    points = [
        {"mark": point.mark, "words": plain(point.words)} for point in points_of(letter.explanation)
    ]
    return {**{name: plain(text) for name, text in words.items()}, "points": points}
