"""Printed numbers as bars: one picture for each length of period, so that nothing joins them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from yankao.kernel.published import wording
from yankao.kernel.published.queries import NumberView, SeriesView
from yankao.kernel.published.rules import Length
from yankao.kernel.published.wording import Break

HEIGHT, TOP, BASE = 220, 34, 176
BAR, SLOT, LETTER = 46, 104, 8
WIDTH = 640
"""At least so wide, or a single bar would fill the page: pictures are stretched to their place."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: where its middle is, how high, what stands above and below.

    ``sign``: a break lies before it, drawn at ``edge``.
    """

    middle: int
    top: int
    value: str
    label: str
    sign: str
    edge: int

    @property
    def above(self) -> int:
        return self.top - 8

    @property
    def left(self) -> int:
        return self.middle - BAR // 2

    @property
    def height(self) -> int:
        return BASE - self.top


@dataclass(frozen=True, slots=True)
class Picture:
    """The numbers of one length (and unit), ready to be shown with a caption."""

    length: str
    unit: str
    svg: SafeString


def pictures_of(series: SeriesView, breaks: Mapping[int, Break]) -> list[Picture]:
    """One picture for each run of numbers of the same length and unit that may stand together."""
    order = list(Length)
    placed = sorted(
        enumerate(series.numbers),
        key=lambda pair: (order.index(pair[1].length), pair[1].unit, pair[0]),
    )
    pictures = []
    for (length, unit), group in groupby(placed, key=lambda pair: (pair[1].length, pair[1].unit)):
        pairs = list(group)
        signs = [breaks[place].sign if place in breaks else "" for place, _number in pairs]
        svg = _svg([number for _place, number in pairs], signs)
        pictures.append(Picture(str(wording.LENGTH_WORDS[length]), unit, svg))
    return pictures


def _svg(numbers: Sequence[NumberView], signs: Sequence[str]) -> SafeString:
    most = max((float(number.value) for number in numbers), default=0) or 1
    texts = [f"{number.value:,}" for number in numbers]
    labels = [wording.period_words(number.period_start, number.period_end) for number in numbers]
    slot = max(SLOT, *(_width(text) + 16 for text in (*texts, *labels)))
    bars = [
        Bar(
            place * slot + slot // 2,
            BASE - round(max(float(number.value), 0) / most * (BASE - TOP)),
            text,
            label,
            sign,
            max(place * slot, 8),
        )
        for place, (number, text, label, sign) in enumerate(
            zip(numbers, texts, labels, signs, strict=True)
        )
    ]
    context = {"bars": bars, "width": max(WIDTH, slot * len(bars)), "height": HEIGHT, "base": BASE}
    return render_to_string("kernel_published/bars.svg", context)


def _width(text: str) -> int:
    return sum(LETTER if letter.isascii() else 2 * LETTER for letter in text)
