"""Drawings: what they say, that they may stand in a page, and that they are drawn once."""

import re
from datetime import date

import pytest
from django.core.cache import cache
from django.utils import translation

from yankao.kernel.figures import charts, wording
from yankao.kernel.figures.charts import Mark
from yankao.kernel.figures.rules import Grain, Period


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def said(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>(?:<tspan[^>]*>)?([^<]+)", svg)


def test_bars_are_labelled_directly() -> None:
    marks = [Mark("107/08", 2.0, "2", tick=("8", "107 年")), Mark("107/09", 3769.0, "3,769")]
    svg = charts.series_svg(marks, title="受理", as_line=False)
    assert {"2", "3,769", "8", "107/09"} <= set(said(svg))


def test_a_gap_is_no_zero() -> None:
    marks = [Mark("a", 1.0, "1"), Mark("b", None, "無資料"), Mark("c", 2.0, "2")]
    svg = charts.series_svg(marks, title="x", as_line=True)
    assert svg.count('aria-roledescription="point"') == 2


def test_a_period_without_a_number_keeps_its_place() -> None:
    marks = [Mark(f"1{n:02d}", 2.0 if n in (0, 9) else None, "") for n in range(10)]
    assert {mark.label for mark in marks} <= set(
        said(charts.series_svg(marks, title="x", as_line=False))
    )


def test_whole_numbers_have_no_ticks_between() -> None:
    marks = [Mark("a", 1.0, "1"), Mark("b", 0.0, "0")]
    assert not any("." in text for text in said(charts.series_svg(marks, title="x", as_line=False)))


def test_many_periods_keep_their_last_label_and_drop_crowded_ones() -> None:
    marks = [Mark(f"107/09/{day:02d}", 10_000.0, "10,000") for day in range(1, 31)]
    text = said(charts.series_svg(marks, title="x", as_line=False))
    assert "107/09/30" in text
    assert "107/09/29" not in text


def test_names_are_text_not_markup() -> None:
    svg = charts.bars_svg([Mark("<script>x</script>", 1.0, "<b>")], title="<i>")
    assert "<script" not in svg
    assert "<b>" not in svg
    assert "<i>" not in svg


def test_only_the_first_bars_are_drawn() -> None:
    marks = [Mark(f"n{n}", 1.0, f"t{n}") for n in range(charts.BARS_AT_MOST + 5)]
    text = said(charts.bars_svg(marks, title="x"))
    assert f"t{charts.BARS_AT_MOST - 1}" in text
    assert f"t{charts.BARS_AT_MOST}" not in text


def test_nothing_to_draw_is_still_a_drawing() -> None:
    assert charts.series_svg([], title="x", as_line=False).startswith("<svg")
    assert charts.bars_svg([], title="x").startswith("<svg")


def test_no_style_script_or_id_that_a_strict_policy_would_block() -> None:
    marks = [Mark("甲局", 1.0, "1"), Mark("乙局", 2.0, "2", is_open=True)]
    for svg in (
        charts.bars_svg(marks, title="x"),
        charts.series_svg(marks, title="x", as_line=True),
        charts.series_svg(marks, title="x", as_line=False),
    ):
        assert not re.search(r"\s(style|id|on\w+)=|<(style|script|foreignObject)", svg)


def test_the_same_content_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    def draw(spec: object) -> str:
        drawn.append(spec)
        return "<svg/>"

    monkeypatch.setattr(charts.vl_convert, "vegalite_to_svg", draw)
    for height in (1.0, 1.0, 2.0):
        charts.bars_svg([Mark("a", height, "1")], title="x")
    assert len(drawn) == 2


def test_an_axis_counts_years_as_its_reader_does() -> None:
    year, month = Period(Grain.YEAR, date(2019, 1, 1)), Period(Grain.MONTH, date(2019, 1, 1))
    assert wording.tick_text(year, is_first=True) == ("108",)
    assert wording.tick_text(month, is_first=True) == ("1", "108 年")
    with translation.override("en"):
        assert wording.tick_text(year, is_first=True) == ("2019",)
        assert "2019" in wording.tick_text(month, is_first=True)[1]


def test_nothing_at_all_stands_on_the_ground() -> None:
    """Of noughts alone Vega would draw the axis through the middle."""
    svg = charts.series_svg([Mark("1", 0, "0"), Mark("2", 0, "0")], title="零", as_line=True)
    marks = re.findall(r'role="graphics-symbol"[^>]*translate\([\d.]+,([\d.]+)\)', svg)
    assert marks
    assert min(map(float, marks)) > charts.SERIES_HEIGHT * 0.8
