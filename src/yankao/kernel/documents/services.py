"""Official letters of the city, and reports of one table.

from yankao.kernel.documents import services as documents
documents.letter_pdf(letter)
"""

from yankao.kernel.documents.letters import Letter, explanation_of
from yankao.kernel.documents.opendocument import odt_of as letter_odt
from yankao.kernel.documents.reports import Report, report_odt
from yankao.kernel.documents.typesetting import FontsMissing, GlyphMissing
from yankao.kernel.documents.typesetting import pdf_of as letter_pdf

__all__ = [
    "FontsMissing",
    "GlyphMissing",
    "Letter",
    "Report",
    "explanation_of",
    "letter_odt",
    "letter_pdf",
    "report_odt",
]
