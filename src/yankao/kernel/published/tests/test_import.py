"""Printed numbers come in as they were printed; nothing is lost, doubled or overwritten."""

import re
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from yankao.kernel.published import commands, queries, services
from yankao.kernel.published.models import Number, Series
from yankao.kernel.published.rules import Basis, Length, Mark
from yankao.kernel.published.tests.conftest import CASES, HEAD, IMPORTER, NOW, SHARE, STOCK, Import
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db


def test_a_number_keeps_its_printed_places_source_and_mark(take: Import) -> None:
    taken = take(CASES, SHARE, STOCK)
    assert (taken.new, taken.changed, taken.known, taken.refused) == (3, 0, 0, [])
    [number] = queries.series_named("a.b.share_pct").numbers
    assert str(number.value) == "33.10"
    assert (number.mark, number.mark_word, number.note) == (Mark.ABOUT, "約", "樣本不明")
    assert (number.report.code, number.section) == ("108", "一、(三)")
    assert (number.basis, number.length) == (Basis.RATIO, Length.YEAR)
    assert "原文不收" not in str(list(Number.objects.values()))


def test_again_is_nothing_new(take: Import) -> None:
    take(CASES, SHARE)
    rows, entries = list(Number.objects.values()), Entry.objects.count()
    taken = take(SHARE, CASES)
    assert (taken.new, taken.changed, taken.known) == (0, 0, 2)
    assert (list(Number.objects.values()), Entry.objects.count()) == (rows, entries)


def test_a_changed_number_is_a_new_edition_beside_the_old_one(take: Import) -> None:
    take(CASES)
    taken = take(CASES.replace("97040", "97041"))
    assert (taken.new, taken.changed) == (0, 1)
    series = queries.series_named("a.b.cases")
    assert [(n.value, n.edition) for n in series.numbers] == [(Decimal(97041), 2)]
    assert [(n.value, n.replaced_at) for n in series.replaced] == [(Decimal(97040), NOW)]
    entry = Entry.objects.filter(action="kernel.published.taken").latest("id")
    assert (entry.old["value"], entry.new["value"]) == ("97040", "97041")


def test_better_words_about_a_number_are_no_edition_of_it(take: Import) -> None:
    take(CASES, SHARE)
    taken = take(f"{CASES}口徑不明", SHARE)
    assert (taken.changed, taken.known) == (0, 2)
    [number] = queries.series_named("a.b.cases").numbers
    assert (number.note, number.edition) == ("口徑不明", 1)


def test_more_printed_places_are_another_edition(take: Import) -> None:
    take(SHARE)
    assert take(SHARE.replace("33.10", "33.1")).changed == 1


def test_going_back_to_a_former_value_is_an_edition_too(take: Import) -> None:
    for value in ("97040", "97041", "97040"):
        take(CASES.replace("97040", value))
    assert [n.edition for n in queries.series_named("a.b.cases").numbers] == [3]


def test_the_same_period_in_two_reports_is_two_numbers(take: Import) -> None:
    take(CASES)
    assert take(CASES.replace("97040", "97041"), source="109").new == 1
    assert len(queries.series_named("a.b.cases").numbers) == 2


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (CASES.replace("97040", "97,040"), "欄位比第一行多"),
        (CASES.replace("97040", '"97,040"'), "value"),
        (CASES.replace("97040", "９７０４０"), "value"),
        (CASES.replace("97040", "NaN"), "value"),
        (CASES.replace("97040", "1e9"), "value"),
        (CASES.replace("97040", "1" * 21), "value"),
        (CASES.replace("97040", "=1+1"), "value"),
        (CASES.replace("97040", ""), "缺少 value"),
        (CASES.replace("a.b.cases", "Cases"), "code"),
        (CASES.replace("a.b.cases", "a.b." + "c" * 120), "code"),
        (CASES.replace("2019-12-31", "2018-12-31"), "period_end 早於"),
        (CASES.replace("2019-12-31", "108/12/31"), "日期"),
        (CASES.replace("2019-01-01", "0108-01-01"), "日期"),
        (CASES.replace("flow", "guess"), "basis"),
        (CASES.replace("flow", "stock"), "同一天"),
        (CASES.replace("件", "件" * 41), "unit 超過 40"),
        (CASES.replace("一、(二)", ""), "缺少 section"),
        (CASES.replace("案件數", "案\x00件"), "控制字元"),
        (CASES + "字" * 2001, "超過 2,000"),
        ("a.b.cases", "缺少"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_the_rest_is_taken(
    take: Import, row: str, why: str
) -> None:
    taken = take(STOCK, row, SHARE)
    assert taken.new == 2
    [refusal] = taken.refused
    assert refusal.line == 3
    assert why in refusal.reason


def test_lines_are_counted_as_an_editor_counts_them(take: Import) -> None:
    two_lines = SHARE.replace("[概數:約] 樣本不明", '"兩\n行"')
    taken = take(two_lines, "x")
    assert [one.line for one in taken.refused] == [4]


def test_a_number_given_twice_with_two_values_is_refused(take: Import) -> None:
    taken = take(CASES, CASES.replace("97040", "1"), CASES)
    assert taken.new == 1
    assert [(one.line, "第 2 行" in one.reason) for one in taken.refused] == [(3, True)]


def test_a_script_in_a_text_stays_text(take: Import, client: object) -> None:
    take(CASES.replace("案件數", "<script>alert(1)</script>"))
    html = client.get("/published/a.b.cases/").content.decode()  # type: ignore[attr-defined]
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "缺少欄位"),
        (b"code,value\na.b.c,1\n", "缺少欄位"),
        (HEAD.encode() + b'\n"open', "不是 CSV"),
        ("編碼".encode("big5"), "UTF-8"),
        (HEAD.encode() + b"\n" + b"x" * 200_000, "不是 CSV"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(tmp_path: Path, content: bytes, why: str) -> None:
    file, good = tmp_path / "bad.csv", tmp_path / "108.csv"
    file.write_bytes(content)
    good.write_text(f"{HEAD}\n{CASES}\n", encoding="utf-8")
    with pytest.raises(services.FileUnreadable, match=why):
        services.import_files([good, file], actor=IMPORTER, at=NOW)
    assert not Number.objects.exists()


def test_the_report_is_said_by_source_else_row_else_file_name(take: Import) -> None:
    head, row = f"{HEAD},report", f"{CASES},109"
    assert take(row, head=head, source="").new == 1
    assert take(row, head=head, source="110").new == 1
    assert take(CASES, source="", name="114.csv").new == 1
    reports = {n.report.code for n in queries.series_named("a.b.cases").numbers}
    assert reports == {"109", "110", "114"}
    assert take(CASES, source="../../etc").refused


def test_the_command_imports_several_files_and_says_what_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.transaction import atomic

    monkeypatch.setattr(commands, "durable", atomic)
    for name in ("107", "108"):
        (tmp_path / f"{name}.csv").write_text(f"{HEAD}\n{CASES}\nwrong\n", encoding="utf-8")
    assert commands.import_files(sorted(tmp_path.iterdir()), "") == 1
    told = capsys.readouterr().out
    assert re.findall(r"(\d+).csv：新增 1，改版 0，已有 0，拒收 1", told) == ["107", "108"]
    assert "第 3 行 wrong：" in told


def test_what_was_exported_can_be_imported_again(
    take: Import, client: object, tmp_path: Path
) -> None:
    take(CASES, SHARE, STOCK)
    sheet = client.get("/published/numbers.csv")  # type: ignore[attr-defined]
    file = tmp_path / "again.csv"
    file.write_bytes(b"".join(sheet.streaming_content))
    assert b"33.10" in file.read_bytes()
    [taken] = services.import_files([file], actor=IMPORTER, at=NOW)
    assert (taken.new, taken.changed, taken.known, taken.refused) == (0, 0, 3, [])


def test_the_pack_does_not_undo_an_imported_correction(take: Import) -> None:
    services.load_series([{"code": "a.b.cases", "title": "案件數"}], actor=IMPORTER, at=NOW)
    row = {
        "report": "108", "code": "a.b.cases", "value": "97040", "unit": "件", "basis": "flow",
        "period_start": "2019-01-01", "period_end": "2019-12-31", "section": "一、(二)",
    }  # fmt: skip
    later = NOW + timedelta(days=1)
    services.load_numbers([row], actor=IMPORTER, at=NOW)
    assert take(CASES.replace("97040", "97041")).changed == 1
    services.load_numbers([row], actor=IMPORTER, at=later)
    assert [n.value for n in queries.series_named("a.b.cases").numbers] == [Decimal(97041)]
    services.load_numbers([{**row, "value": "97042"}], actor=IMPORTER, at=later)
    assert [n.value for n in queries.series_named("a.b.cases").numbers] == [Decimal(97042)]


def test_what_the_pack_no_longer_says_is_ended_and_stays(take: Import) -> None:
    services.load_series([{"code": "a.b.cases", "title": "案件數"}], actor=IMPORTER, at=NOW)
    row = dict(zip(HEAD.split(","), CASES.split(","), strict=True)) | {"report": "108"}
    services.load_numbers([row], actor=IMPORTER, at=NOW)
    services.load_numbers([], actor=IMPORTER, at=NOW)
    series = queries.series_named("a.b.cases")
    assert (len(series.numbers), len(series.replaced)) == (0, 1)
    assert queries.all_series() == []


@pytest.mark.parametrize(
    "row", [{"code": "a.b.other"}, {"value": "x"}, {"code": "a.b.cases", "period_end": ""}]
)
def test_a_wrong_row_of_the_pack_stops_the_load(row: dict[str, str]) -> None:
    services.load_series([{"code": "a.b.cases", "title": "案件數"}], actor=IMPORTER, at=NOW)
    whole = dict(zip(HEAD.split(","), CASES.split(","), strict=True)) | {"report": "108"} | row
    with pytest.raises(services.PackWrong):
        services.load_numbers([whole], actor=IMPORTER, at=NOW)
    assert not Number.objects.exists()


def test_the_database_holds_one_edition_in_force(take: Import) -> None:
    take(CASES)
    number = Number.objects.get()
    number.pk, number.edition = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        number.save()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_store_a_number_once(tmp_path: Path) -> None:
    file = tmp_path / "108.csv"
    file.write_text(f"{HEAD}\n{CASES}\n{SHARE}\n", encoding="utf-8")
    told: list[int] = []

    def run() -> None:
        try:
            [taken] = services.import_files([file], actor=IMPORTER, at=NOW)
            told.append(taken.new)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [0, 2]
    assert Series.objects.count() == 2
