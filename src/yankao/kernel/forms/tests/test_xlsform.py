"""Workbooks out and in: what others' tools read, and what a stranger's file may not do."""

import contextlib
import zipfile
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yankao.kernel.forms import xlsform
from yankao.kernel.forms.rules import read_shape
from yankao.kernel.forms.tests.test_rules import LEVEL, SHAPE, SLOW, WHY, WORDS
from yankao.kernel.forms.xlsform import WorkbookRefused, read_workbook

ALL_KINDS = [
    {**LEVEL, "no_opinion": True},
    WHY,
    SLOW,
    {**WORDS, "most": 500, "hint_zh": "請不要寫姓名。", "hint_en": "No names.", "en": "More?"},
    {"name": "back", "kind": "yes_no", "zh": "會再來嗎？"},
    {"name": "on", "kind": "date", "zh": "哪一天？",
     "show_if": {"question": "back", "values": ["no"]}},
    {"name": "one", "kind": "one", "zh": "一個", "choices": [
        {"value": "a", "zh": "甲", "en": "A"}, {"value": "b-1", "zh": "乙"}]},
    {"name": "own", "kind": "scale", "zh": "快嗎？", "choices": [
        {"value": str(n), "zh": f"第{n}級"} for n in range(1, 6)]},
    {"name": "n", "kind": "number", "zh": "=1+1", "least": "-1.5", "hint_zh": "${level}"},
]  # fmt: skip


def out(shape):
    return xlsform.workbook_of(shape, form="satisfaction.toy", title="玩具", version=2)


def workbook(survey, choices=(), **others):
    book = openpyxl.Workbook()
    book.active.title = "survey"
    for row in survey:
        book.active.append(row)
    for title, rows in {"choices": choices, **others}.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


HEAD = ["type", "name", "label"]
WHOLE = out(SHAPE)


def test_there_and_back():
    shape = read_shape({"questions": ALL_KINDS})
    read = read_workbook(out(shape))
    again = read_shape(read.shape)
    expected = read_shape(
        {"questions": [*ALL_KINDS[:-1], {**ALL_KINDS[-1], "hint_zh": "＄{level}"}]}
    )
    assert again == expected
    assert read.notes == []


def test_pyxform_takes_what_we_write():
    """The reference implementation turns every kind of question into an XForm without a warning."""
    from pyxform.xls2xform import convert

    shape = read_shape({"questions": ALL_KINDS})
    result = convert(out(shape), file_type=".xlsx")
    assert not [w for w in result.warnings if "language" not in w.lower()]
    for one in shape.questions:
        assert f'nodeset="/data/{one.name}"' in result.xform
    assert "selected( /data/why , 'slow')" in result.xform
    assert 'lang="English (en)"' in result.xform


def test_what_others_write_is_read():
    survey = [
        ["type", "name", "label::English (en)", "label::中文 (zh)", "Label::Français (fr)",
         "required",
         "relevant", "appearance", "constraint"],
        ["select_one  yn", "Old", "Old?", "舊的？", "Vieux ?", "TRUE", None, "minimal", None],
        [None],
        ["integer", "n", "How many?", None, None, True, "${Old} = 'yes'", None,
         ". >= 1 and . <= 9.5"],
        ["text", "t", "Why?", "為何？", None, "false", 'selected(${Old}, "no")', None,
         "string-length(.) <= 20"],
    ]  # fmt: skip
    choices = [
        ["list name", "name", "label::English (en)", "label::中文 (zh)", "image"],
        ["yn", "yes", "Yes", "對", "a.png"],
        ["yn", "no", "No", "錯", None],
        ["numbers", 1, "One", "一", None],
    ]
    read = read_workbook(workbook(survey, choices, settings=[["form_title"], ["X"]]))
    old, n, t = read_shape(read.shape).questions
    assert (old.name, old.kind, old.zh, old.en, old.required) == (
        "old",
        "one",
        "舊的？",
        "Old?",
        True,
    )
    assert (n.zh, n.required, str(n.least), str(n.most)) == ("How many?", True, "1", "9.5")
    assert n.show_if.values == ("yes",)
    assert (t.show_if.values, t.most, t.required) == (("no",), 20, False)
    assert len(read.notes) == 3


@pytest.mark.parametrize(
    "kind",
    [
        "geopoint", "image", "begin group", "end group", "begin repeat", "note", "calculate",
        "rank x",
        "audit", "start", "select_one_from_file a.csv", "select_one yn or_other", "select_one gone",
        "range", "time", "datetime", "barcode", "file", "acknowledge", "hidden", "",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name_and_row(kind):
    content = workbook(
        [HEAD, ["text", "a", "甲"], [kind, "b", "乙"]], [["list_name", "name", "label"]]
    )
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(content)
    assert "survey 第 3 列" in caught.value.message
    name = (
        "gone"
        if "gone" in kind
        else kind.removeprefix("select_one ")
        if "or_other" in kind
        else kind
    )
    assert name in caught.value.message


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("calculation", "1+1"), ("choice_filter", "a=b"), ("default", "x"), ("read_only", "yes"),
        ("required", "${a} = 'x'"), ("relevant", "${a} != 'x'"),
        ("relevant", "${a} = 'x' or ${b} = 'y'"),
        ("relevant", "${a} > 3"), ("relevant", "jr:choice-name(1)"),
        ("constraint", "regex(., 'a+')"),
        ("constraint", ". <= 5"), ("constraint", "string-length(.) >= 2"),
    ],
)  # fmt: skip
def test_logic_that_is_not_ours_is_refused(column, said):
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(workbook([[*HEAD, column], ["text", "b", "乙", said]]))
    assert "survey 第 2 列" in caught.value.message


def test_everything_wrong_is_said_at_once_but_not_without_end():
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(workbook([HEAD, *[["image", f"a{n}", "圖"] for n in range(50)]]))
    assert len(caught.value.problems) == xlsform.MOST_PROBLEMS + 1
    assert "還有 30 個" in caught.value.problems[-1]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["text", "a", ""]], "沒有中文"),
        ([["text", "", "甲"]], "代碼"),
        ([["text", "a b", "甲"]], "代碼"),
        ([["text", "a", "甲"], [], ["text", "a", "乙"]], "survey 第 4 列"),
        ([["text", "a", "字" * 1001]], "太長"),
        ([], "題目要有"),
        ([["text", f"a{n}", "甲"] for n in range(101)], "題目要有"),
        ([["text", f"a{n}", "甲"] for n in range(300)], "太長了"),
    ],
)
def test_forms_that_contradict_themselves(rows, said):
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(workbook([HEAD, *rows]))
    assert said in caught.value.message


def packed(*parts, method=zipfile.ZIP_DEFLATED):
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", method) as package:
        for name, content in parts:
            package.writestr(name, content)
    return kept.getvalue()


HOSTILE = {
    "nothing": b"",
    "no_zip": b"type,name,label\ntext,a,b",
    "old_excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "empty_zip": packed(),
    "no_workbook": packed(("a.txt", "a")),
    "bomb": packed(("xl/workbook.xml", b"\0" * (21 * 1024 * 1024))),
    "parts": packed(*((f"p{n}", "") for n in range(101))),
    "heavy": packed(("a", b"\0" * (1024 * 1024 + 1)), method=zipfile.ZIP_STORED),
    "cut": workbook([HEAD, ["text", "a", "甲"]])[:-300],
    "other_sheets": workbook([HEAD]).replace(b"survey", b"sarvey"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name):
    with pytest.raises(WorkbookRefused):
        read_workbook(HOSTILE[name])


def rewritten(content, name, change):
    source = zipfile.ZipFile(BytesIO(content))
    return packed(*((i.filename, change(source.read(i)) if i.filename == name else source.read(i))
                    for i in source.infolist()))  # fmt: skip


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entities_are_refused(part):
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    bad = rewritten(
        workbook([HEAD, ["text", "a", "甲"]]), part,
        lambda xml: laughs + xml.split(b"?>", 1)[-1].replace(b">", b">&b;", 1),
    )  # fmt: skip
    with pytest.raises(WorkbookRefused):
        read_workbook(bad)


def test_a_row_far_down_costs_nothing():
    content = workbook([HEAD, ["text", "a", "甲"]])
    far = rewritten(content, "xl/worksheets/sheet1.xml",
                    lambda xml: xml.replace(b'<row r="2"', b'<row r="1048576"'))  # fmt: skip
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(far)
    assert "題目要有" in caught.value.message


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_taken_or_refused(content):
    with pytest.raises(WorkbookRefused):
        read_workbook(content)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_damaged_workbook_is_read_or_refused(damages):
    content = bytearray(WHOLE)
    for place, byte in damages:
        content[place % len(content)] = byte
    with contextlib.suppress(WorkbookRefused):
        read_shape(read_workbook(bytes(content)).shape)
