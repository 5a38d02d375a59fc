"""Drawings of figures: Vega-Lite drawn on the server to SVG, kept by content.

One hue, zero-based, direct labels, no script. The SVG has neither style attributes nor ids, so it
may stand inside a page under our content security policy, several times.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

HUE = "#2f7dbd"
"""Stands out from a light and from a dark page alike (at least 4:1)."""
INK = "currentColor"
STILL_OPEN = 0.45
FONT = "Noto Sans TC, sans-serif"
VERSION = "1"
SERIES_WIDTH, SERIES_HEIGHT = 560, 220
BARS_WIDTH, BAR_STEP = 560, 28
"""Narrow enough that the letters stay readable when a phone shrinks the drawing."""
BARS_AT_MOST = 20
_LETTER, _DIGIT = 14, 8
"""Widths of a Chinese character and a digit at the size of our labels, in pixels."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar or point: its label, its height (None = a gap), the number as printed.

    Labels of a drawing differ from each other. ``tick`` is what the axis says instead, in one line
    or two (("9", "107 年")).
    """

    label: str
    height: float | None
    text: str
    is_open: bool = False
    tick: tuple[str, ...] = ()


def series_svg(marks: Sequence[Mark], *, title: str, as_line: bool) -> SafeString:
    """Marks in time, left to right: bars for amounts, a line for shares and means."""
    layers = _line_layers() if as_line else [_bars()]
    if _fits([mark.text for mark in marks], len(marks)):
        layers.append(_text(dy=-14 if as_line else -8, align="center"))
    return _drawn(
        {
            **_frame(marks, title),
            "width": SERIES_WIDTH,
            "height": SERIES_HEIGHT,
            "encoding": {
                "x": {
                    "field": "label",
                    "type": "ordinal",
                    "sort": None,
                    "axis": _axis(marks),
                    "scale": {"domain": [mark.label for mark in marks]},  # also without a number
                },
                "y": {"field": "height", "type": "quantitative", **_upright(marks)},
            },
            "layer": layers,
        }
    )


def bars_svg(marks: Sequence[Mark], *, title: str) -> SafeString:
    """Marks as horizontal bars in the given order (only the first BARS_AT_MOST)."""
    shown = marks[:BARS_AT_MOST]
    label_width = min(260, max((_width(mark.label) for mark in shown), default=0) + 12)
    axis = {
        "title": None,
        "labelLimit": label_width - 10,  # letters of the reader's machine may be wider
        "minExtent": label_width,
        "maxExtent": label_width,
        "ticks": False,
        "domain": False,
    }
    return _drawn(
        {
            **_frame(shown, title),
            "width": BARS_WIDTH - label_width - 80,
            "height": {"step": BAR_STEP},
            "padding": {"left": 4, "top": 4, "bottom": 4, "right": 80},
            "autosize": {"type": "pad"},
            "encoding": {
                "y": {"field": "label", "type": "ordinal", "sort": None, "axis": axis},
                "x": {"field": "height", "type": "quantitative", "axis": None},
            },
            "layer": [_bars(), _text(dx=6, align="left")],
        }
    )


def draw_first() -> None:
    """The first drawing of a process starts Vega, which takes about a second."""
    series_svg([Mark("1", 1, "1")], title="", as_line=False)


def _frame(marks: Sequence[Mark], title: str) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": title,
        "background": None,
        "data": {
            "values": [
                {"label": m.label, "height": m.height, "text": m.text, "open": m.is_open}
                for m in marks
            ]
        },
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": INK,
                "labelFontSize": 13,
                "gridColor": INK,
                "gridOpacity": 0.15,
                "domainColor": INK,
            },
        },
    }


def _bars() -> dict[str, Any]:
    return {"mark": {"type": "bar", "color": HUE}, "encoding": {"opacity": _faint_if_open()}}


def _line_layers() -> list[dict[str, Any]]:
    point = {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": HUE, "stroke": HUE}
    return [
        {"mark": {"type": "line", "color": HUE, "strokeWidth": 2.5}},
        {"mark": point, "encoding": {"fillOpacity": _faint_if_open()}},
    ]


def _faint_if_open() -> dict[str, Any]:
    """A period that has not ended is drawn fainter: it will still grow."""
    return {"condition": {"test": "datum.open", "value": STILL_OPEN}, "value": 1}


def _text(**where: Any) -> dict[str, Any]:
    return {
        "mark": {"type": "text", "fontSize": 13, "color": INK, "baseline": "middle", **where},
        "encoding": {"text": {"field": "text"}},
    }


def _fits(texts: Sequence[str], places: int) -> bool:
    """Whether so many places are wide enough for the longest of the texts."""
    return not texts or max(map(_width, texts)) + 2 <= SERIES_WIDTH / max(places, 1)


def _width(text: str) -> int:
    return sum(_DIGIT if letter.isascii() else _LETTER for letter in text)


def _axis(marks: Sequence[Mark]) -> dict[str, Any]:
    """Labels under the marks; where they are too many, every second, third … from the last."""
    ticks = {mark.label: mark.tick or (mark.label,) for mark in marks}
    upper = [lines[0] for lines in ticks.values()]
    every = next(n for n in range(1, len(marks) + 2) if _fits(upper, -(-len(marks) // n)))
    return {
        "title": None,
        "labelAngle": 0,
        "labelLineHeight": 18,
        "labelExpr": f"({json.dumps(ticks, ensure_ascii=False)})[datum.value]",
        "values": [mark.label for mark in marks][::-1][::every],
        "ticks": False,
        "labelPadding": 8,
    }


TICKS = 4


def _upright(marks: Sequence[Mark]) -> dict[str, Any]:
    """Whole numbers have no ticks between; where all is nought it is at the bottom, not midway."""
    heights = [mark.height for mark in marks if mark.height]
    if heights:
        few = max(heights) <= TICKS and not any(height % 1 for height in heights)
        whole = {"values": list(range(int(max(heights)) + 1))}
        return {"axis": {**_grid_axis(), **(whole if few else {})}}
    return {"axis": {**_grid_axis(), "values": [0]}, "scale": {"domain": [0, 1]}}


def _grid_axis() -> dict[str, Any]:
    return {"title": None, "tickCount": TICKS, "domain": False, "ticks": False, "format": ",~f"}


def _drawn(spec: dict[str, Any]) -> SafeString:
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    key = f"figures:svg:{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"
    svg: str | None = cache.get(key)
    if svg is None:
        svg = vl_convert.vegalite_to_svg(spec)
        cache.set(key, svg, timeout=86_400)
    return mark_safe(svg)  # noqa: S308 – drawn by us; Vega escapes the labels
