"""Letters as OpenDocument text, for who must change something by hand before printing."""

import io
import zipfile
from datetime import datetime

from odfdo import Document, Header, Paragraph, Style

from yankao.kernel.documents.letters import Letter, plain, points_of

_FAMILY = "Noto Serif TC"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a ZIP can name: the file says nothing about when it was made."""


def odt_of(letter: Letter) -> bytes:
    """The letter as .odt; the same letter always gives the same bytes."""
    document = Document("text")
    _describe(document, letter)
    _dress(document)
    body = document.body
    body.clear()
    body.append(Header(1, plain(letter.title), style="LetterTitle"))
    for label, words in (
        ("承辦人：", letter.handled_by),
        ("電話：", letter.phone),
        ("", letter.address),
    ):
        if words:
            _line(document, label, words, "LetterSmall")
    _line(document, "受文者：", letter.recipient, "LetterBody")
    for label, words in (
        ("發文日期：", letter.issued_words),
        ("發文字號：", letter.number),
        ("速別：", "普通件"),
        ("密等及解密條件或保密期限：", ""),
        ("附件：", ""),
    ):
        _line(document, label, words, "LetterSmall")
    body.append(Header(2, "主旨", style="LetterHeading"))
    _line(document, "", letter.subject, "LetterBody")
    if letter.explanation:
        body.append(Header(2, "說明", style="LetterHeading"))
    for point in points_of(letter.explanation):
        _line(document, point.mark, point.words, "LetterBody")
    for label, names in (("正本：", letter.original_to), ("副本：", letter.copies_to)):
        if names:
            _line(document, label, "、".join(names), "LetterSmall")
    return packed(document)


def _line(document: Document, label: str, words: str, style: str) -> None:
    document.body.append(Paragraph(label + plain(words), style=style))


def _describe(document: Document, letter: Letter) -> None:
    meta = document.meta
    meta.title, meta.language, meta.generator = plain(letter.title), "zh-TW", "Yankao"
    issued = datetime.combine(letter.issued_on, datetime.min.time())
    meta.creation_date = meta.date = issued
    meta.initial_creator = meta.creator = plain(letter.agency)


def _dress(document: Document) -> None:
    for name, size, weight, align in (
        ("LetterTitle", "20pt", "bold", "center"),
        ("LetterHeading", "16pt", "bold", "start"),
        ("LetterBody", "14pt", "normal", "start"),
        ("LetterSmall", "11pt", "normal", "start"),
    ):
        style = Style("paragraph", name=name, area="paragraph", align=align)
        text = {"fo:font-size": size, "style:font-size-asian": size}
        text |= {"fo:font-weight": weight, "style:font-weight-asian": weight}
        text |= {"fo:font-family": _FAMILY, "style:font-family-asian": _FAMILY}
        text |= {"style:language-asian": "zh", "style:country-asian": "TW"}
        style.set_properties(properties=text, area="text")
        document.insert_style(style)


def packed(document: Document) -> bytes:
    """The document's bytes without the time they were made at."""
    made, packed = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as loose, zipfile.ZipFile(packed, "w") as firm:
        for entry in loose.infolist():
            kept = zipfile.ZipInfo(entry.filename, _EPOCH)
            kept.compress_type = entry.compress_type
            firm.writestr(kept, loose.read(entry.filename))
    return packed.getvalue()
