"""Questions as XLSForm workbooks (https://xlsform.org), out and in.

Only what the room can ask is read; everything else is refused by its name, sheet and row. What
comes in is somebody's file: its weight, parts and rows are bounded before anything is opened.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import openpyxl  # type: ignore[import-untyped]
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yankao.base.errors import Invalid
from yankao.kernel.forms.rules import (
    LEVELS,
    MOST_CHOICES,
    MOST_QUESTIONS,
    NO_OPINION,
    SATISFACTION,
    YES_NO,
    Choice,
    Kind,
    Question,
    Shape,
    ShapeWrong,
    read_shape,
)
from yankao.kernel.forms.words import wrong_words

LARGEST = 1024 * 1024
LARGEST_UNPACKED = 20 * 1024 * 1024
MOST_PARTS = 100
MOST_COLUMNS = 60
MOST_ROWS = {"survey": MOST_QUESTIONS + 100, "choices": MOST_QUESTIONS * MOST_CHOICES}
MOST_PROBLEMS = 20
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZH, _EN = "中文 (zh-Hant)", "English (en)"


class WorkbookRefused(Invalid):
    """The workbook cannot be taken; ``problems`` says each thing that is wrong, and where."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = list(problems[:MOST_PROBLEMS])
        rest = len(problems) - len(shown)
        if rest:
            more = ngettext("還有 %(count)s 個問題。", "還有 %(count)s 個問題。", rest)
            shown.append(more % {"count": rest})
        super().__init__("forms.workbook_refused", shown[0], "workbook")
        self.problems = shown


@dataclass(frozen=True, slots=True)
class Read:
    """What a workbook asks, as a draft's JSON, and what of it was left out or read differently."""

    shape: dict[str, Any]
    notes: Sequence[str]


# --- out -----------------------------------------------------------------------------------------


def workbook_of(shape: Shape, *, form: str, title: str, version: int) -> bytes:
    """The questions as an .xlsx that XLSForm tools read."""
    bilingual = any(one.en or any(c.en for c in one.choices) for one in shape.questions)
    languages = [_ZH, _EN] if bilingual else [_ZH]
    book = openpyxl.Workbook()
    survey, choices, settings = book.active, book.create_sheet(), book.create_sheet()
    assert survey is not None
    survey.title, choices.title, settings.title = "survey", "choices", "settings"
    head = ["type", "name"]
    head += [f"{column}::{one}" for column in ("label", "hint") for one in languages]
    _write(survey, [*head, "required", "relevant", "constraint", "appearance"])
    _write(choices, ["list_name", "name", *(f"label::{one}" for one in languages)])
    listed: set[str] = set()
    for question in shape.questions:
        words = [question.zh, question.en][: len(languages)]
        words += [question.hint_zh, question.hint_en][: len(languages)]
        required = "yes" if question.required else ""
        looks = "likert" if question.kind is Kind.SCALE else ""
        row = [_type_of(question), question.name, *words]
        _write(survey, [*row, required, _relevant(question), _constraint(question), looks])
        if question.choices and _list_of(question) not in listed:
            listed.add(_list_of(question))
            for one in question.choices:
                labels = [one.zh, one.en][: len(languages)]
                _write(choices, [_list_of(question), one.value, *labels])
    _write(settings, ["form_title", "form_id", "version", "default_language"])
    _write(settings, [title, re.sub(r"[^A-Za-z0-9_.-]", "_", form), str(version), _ZH])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _write(sheet: Any, cells: Sequence[str]) -> None:
    """Text only: no cell is a formula, none refers to an answer."""
    sheet.append([""] * len(cells))
    for column, words in enumerate(cells, start=1):
        if words:
            cell = sheet.cell(sheet.max_row, column)
            is_logic = words.startswith(("selected(", ". ", "string-length("))
            cell.value = words if is_logic else _NOT_XML.sub("", words).replace("${", "＄{")
            cell.data_type = "s"


_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _type_of(question: Question) -> str:
    plain = {Kind.TEXT: "text", Kind.NUMBER: "decimal", Kind.DATE: "date"}
    if question.kind in plain:
        return plain[question.kind]
    several = "select_multiple" if question.kind is Kind.SEVERAL else "select_one"
    return f"{several} {_list_of(question)}"


def _list_of(question: Question) -> str:
    return "yes_no" if question.kind is Kind.YES_NO else f"{question.name}_list"


def _relevant(question: Question) -> str:
    rule = question.show_if
    if rule is None:
        return ""
    return " or ".join(f"selected(${{{rule.question}}}, '{value}')" for value in rule.values)


def _constraint(question: Question) -> str:
    if question.kind is Kind.TEXT:
        return f"string-length(.) <= {question.most:f}" if question.most is not None else ""
    bounds = ((">=", question.least), ("<=", question.most))
    return " and ".join(f". {sign} {bound:f}" for sign, bound in bounds if bound is not None)


# --- in ------------------------------------------------------------------------------------------


def read_workbook(content: bytes) -> Read:
    """The questions of an .xlsx. Raises WorkbookRefused with everything that is wrong."""
    sheets = _sheets(content)
    reading = _Reading(_choices(sheets.get("choices", [])))
    if "survey" not in sheets:
        raise WorkbookRefused([_("活頁簿裡沒有名為 survey 的工作表。題目要寫在那裡。")])
    for number, row in sheets["survey"]:
        reading.take(number, row)
    if reading.problems:
        raise WorkbookRefused(reading.problems)
    shape = {"questions": reading.rows}
    try:
        read_shape(shape)
    except ShapeWrong as error:
        where = reading.numbers[error.place - 1] if error.place else 1
        told = {"row": where, "wrong": wrong_words(error)}
        refused = _("工作表 survey 第 %(row)s 列：%(wrong)s") % told
        raise WorkbookRefused([refused]) from error
    return Read(shape, list(dict.fromkeys(reading.notes)))


Cells = Mapping[str, str]
Sheet = list[tuple[int, Cells]]


def _sheets(content: bytes) -> dict[str, Sheet]:
    """Every sheet we know with its rows, numbered as the spreadsheet does. Nothing unbounded."""
    _check_package(content)
    try:
        book = openpyxl.load_workbook(
            BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        found = {
            sheet.title.strip().lower(): list(_rows(sheet.title, sheet))
            for sheet in book.worksheets
            if sheet.title.strip().lower() in MOST_ROWS
        }
        book.close()
    except WorkbookRefused:
        raise
    except Exception as error:  # the library raises whatever a broken part makes it raise
        raise WorkbookRefused([_("這個檔案讀不出來，請另存成 Excel 活頁簿（.xlsx）。")]) from error
    return found


def _check_package(content: bytes) -> None:
    if len(content) > LARGEST:
        raise WorkbookRefused([_("檔案太大，最多 1 MB。")])
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
            # a part never yields more than it declares, so the sum bounds what is unpacked
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
                raise WorkbookRefused([_("檔案解開後太大，請刪去圖片與其他工作表再試。")])
            declares = any(b"<!DOCTYPE" in package.read(one).replace(b"\0", b"") for one in parts)
    except WorkbookRefused:
        raise
    except Exception as error:  # whatever a broken package makes the library raise
        raise WorkbookRefused([_("這不是 Excel 活頁簿（.xlsx）。")]) from error
    if declares:  # entities; no spreadsheet program writes them
        raise WorkbookRefused([_("這個檔案讀不出來，請另存成 Excel 活頁簿（.xlsx）。")])


def _rows(title: str, sheet: Any) -> Iterator[tuple[int, Cells]]:
    most = MOST_ROWS[title.strip().lower()] + 1
    rows = sheet.iter_rows(max_row=most + 1, max_col=MOST_COLUMNS, values_only=True)
    head: list[str] | None = None
    for number, values in enumerate(rows, start=1):
        cells = [_text(one) for one in values]
        if not any(cells):
            continue
        if number > most:
            told = {"sheet": title, "most": most}
            refused = _("工作表 %(sheet)s 超過 %(most)s 列，太長了。") % told
            raise WorkbookRefused([refused])
        if head is None:
            head = [_column(one) for one in cells]
            continue
        yield number, {name: cell for name, cell in zip(head, cells, strict=False) if name and cell}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _column(title: str) -> str:
    """The column's plain name: label, label.en, hint … ; of other languages the title itself."""
    base, found, language = re.sub(r"\s*::?\s*", "::", title.strip(), count=1).partition("::")
    base = base.strip().lower()
    if base not in ("label", "hint"):
        return title.strip().lower()
    lowered = language.lower()
    if not found or "zh" in lowered or "中" in lowered or "chinese" in lowered:
        return base
    if "(en" in lowered or lowered in ("en", "english"):
        return f"{base}.en"
    return title.strip()


def _choices(sheet: Sheet) -> dict[str, list[dict[str, str]]]:
    lists: dict[str, list[dict[str, str]]] = {}
    for _number, row in sheet:
        name = row.get("list_name") or row.get("list name") or ""
        one = {"value": row.get("name") or row.get("value") or "", "zh": row.get("label", "")}
        one["zh"] = one["zh"] or row.get("label.en", "")
        if row.get("label.en"):
            one["en"] = row["label.en"]
        lists.setdefault(name, []).append(one)
    return lists


_SELECTED = re.compile(r"selected\(\s*\$\{\s*([\w.-]+)\s*\}\s*,\s*(['\"])([^'\"]+)\2\s*\)")
_EQUALS = re.compile(r"\$\{\s*([\w.-]+)\s*\}\s*=\s*(['\"]?)([A-Za-z0-9_-]+)\2")
_BOUND = re.compile(r"(string-length\(\s*\.\s*\)|\.)\s*(>=|<=)\s*(-?[0-9]+(?:\.[0-9]+)?)")
_PLAIN = {
    "text": Kind.TEXT,
    "string": Kind.TEXT,
    "decimal": Kind.NUMBER,
    "integer": Kind.NUMBER,
    "int": Kind.NUMBER,
    "date": Kind.DATE,
}
_SELECT = {
    "select_one": Kind.ONE, "select one": Kind.ONE,
    "select_multiple": Kind.SEVERAL, "select multiple": Kind.SEVERAL,
}  # fmt: skip
_TRUE, _FALSE = {"yes", "true", "true()", "1"}, {"", "no", "false", "false()", "0"}
_CHANGES_ANSWERS = (
    "calculation", "calculate", "choice_filter", "default", "trigger", "read_only", "readonly",
    "repeat_count", "disabled",
)  # fmt: skip
_KNOWN = {
    "type", "name", "label", "label.en", "hint", "hint.en", "required", "relevant", "relevance",
    "constraint", "appearance", *_CHANGES_ANSWERS,
}  # fmt: skip


@dataclass(slots=True)
class _Reading:
    lists: Mapping[str, list[dict[str, str]]]
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, number: int, row: Cells) -> None:
        """One row of the survey: a question, or what is wrong with it."""
        before = len(self.problems)
        kind, choices = self._kind(number, row)
        taken: dict[str, Any] = {"name": row.get("name", "").lower(), "kind": kind, "zh": ""}
        taken["zh"] = row.get("label") or row.get("label.en", "")
        texts = {"en": "label.en", "hint_zh": "hint", "hint_en": "hint.en"}
        taken |= {key: row[column] for key, column in texts.items() if row.get(column)}
        required = row.get("required", "").lower()
        if required not in _TRUE | _FALSE:
            self._wrong(number, "required", required)
        if required in _TRUE:
            taken["required"] = True
        if kind is Kind.SCALE and choices and choices[-1]["value"] == NO_OPINION:
            choices, taken["no_opinion"] = choices[:-1], True
        if choices and kind is not Kind.YES_NO and not (kind is Kind.SCALE and _usual(choices)):
            taken["choices"] = choices
        taken |= self._show_if(number, row) | self._bounds(number, row, kind)
        self._look_over(number, row)
        if len(self.problems) == before:
            self.rows.append(taken)
            self.numbers.append(number)

    def _kind(self, number: int, row: Cells) -> tuple[Kind | None, list[dict[str, str]]]:
        said = " ".join(row.get("type", "").split())
        if said.lower() in _PLAIN:
            if said.lower() in ("integer", "int"):
                note = _("第 %(row)s 列的整數題，這裡也收小數。")
                self.notes.append(note % {"row": number})
            return _PLAIN[said.lower()], []
        for word, kind in _SELECT.items():
            if said.lower().startswith(f"{word} "):
                return self._chosen(number, row, kind, said[len(word) + 1 :].strip())
        told = {"row": number, "type": said}
        if said:
            message = _(
                "工作表 survey 第 %(row)s 列：題型「%(type)s」這裡沒有，請改掉或刪去這一列。"
            )
        else:
            message = _("工作表 survey 第 %(row)s 列：沒有填題型（type）。")
        self.problems.append(message % told)
        return None, []

    def _chosen(
        self, number: int, row: Cells, kind: Kind, name: str
    ) -> tuple[Kind | None, list[dict[str, str]]]:
        choices = self.lists.get(name)
        if choices is None:
            told = {"row": number, "list": name}
            message = _("工作表 survey 第 %(row)s 列：工作表 choices 裡沒有「%(list)s」這組答案。")
            self.problems.append(message % told)
            return None, []
        values = tuple(one["value"] for one in choices)
        is_scale = values in (LEVELS, (*LEVELS, NO_OPINION))
        if kind is Kind.ONE and is_scale and "likert" in row.get("appearance", "").lower():
            return Kind.SCALE, list(choices)
        if kind is Kind.ONE and _as_choices(choices) == YES_NO:
            return Kind.YES_NO, []
        return kind, list(choices)

    def _show_if(self, number: int, row: Cells) -> dict[str, Any]:
        logic = row.get("relevant") or row.get("relevance", "")
        if not logic:
            return {}
        matches = [_either(term) for term in re.split(r"\s+or\s+", logic)]
        terms = [match for match in matches if match is not None]
        names = {name for name, _value in terms}
        if len(terms) != len(matches) or len(names) != 1:
            told = {"row": number, "logic": logic[:80]}
            message = _(
                "工作表 survey 第 %(row)s 列：條件「%(logic)s」看不懂。"
                "這裡只能看前面一題選了哪些答案，例如 selected(${level}, '4')，用 or 連接。"
            )
            self.problems.append(message % told)
            return {}
        values = list(dict.fromkeys(value for _name, value in terms))
        return {"show_if": {"question": names.pop().lower(), "values": values}}

    def _bounds(self, number: int, row: Cells, kind: Kind | None) -> dict[str, Any]:
        logic = row.get("constraint", "")
        found: dict[str, Any] = {}
        for term in re.split(r"\s+and\s+", logic) if logic else ():
            match = _BOUND.fullmatch(term.strip("() \n"))
            measured = (match[1] == ".", match[2]) if match else None
            fits = {Kind.NUMBER: ((True, ">="), (True, "<=")), Kind.TEXT: ((False, "<="),)}
            if match is None or kind is None or measured not in fits.get(kind, ()):
                self._wrong(number, "constraint", logic)
                return {}
            found["least" if match[2] == ">=" else "most"] = match[3]
        return found

    def _look_over(self, number: int, row: Cells) -> None:
        """Columns that would change what is asked are refused, those of looks are left out."""
        for column in _CHANGES_ANSWERS:
            if row.get(column, "").lower() not in _FALSE:
                self._wrong(number, column, row[column])
        left = sorted(row.keys() - _KNOWN)
        if row.get("appearance") and "likert" not in row["appearance"].lower():
            left.append("appearance")
        for column in left:
            self.notes.append(_("欄位「%(column)s」沒有讀入。") % {"column": column[:60]})

    def _wrong(self, number: int, column: str, said: str) -> None:
        told = {"row": number, "column": column, "said": said[:80]}
        message = _("工作表 survey 第 %(row)s 列：欄位 %(column)s 的「%(said)s」這裡不能用。")
        self.problems.append(message % told)


def _either(term: str) -> tuple[str, str] | None:
    match = _SELECTED.fullmatch(term.strip()) or _EQUALS.fullmatch(term.strip("() \n"))
    return (match[1], match[3]) if match else None


def _as_choices(choices: Sequence[Mapping[str, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(one["value"], one["zh"], one.get("en", "")) for one in choices)


def _usual(choices: Sequence[Mapping[str, str]]) -> bool:
    return _as_choices(choices) == SATISFACTION
