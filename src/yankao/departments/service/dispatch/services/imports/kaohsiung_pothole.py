"""Kaohsiung's list of potholes: number, district, created (Taipei), lat, lng; no header."""

import csv
from collections.abc import Iterator
from pathlib import Path

from yankao.departments.service.dispatch.rules import imports as rules
from yankao.departments.service.dispatch.rules.imports import ImportRow
from yankao.departments.service.dispatch.services.imports.common import UnreadableFile

NAME = "kaohsiung-pothole"


def rows(path: Path) -> Iterator[ImportRow]:
    """The records of the file. Raises UnreadableFile where it is no CSV in UTF-8."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.reader(lines)
            for cells in reader:
                if cells:
                    yield rules.pothole_row(reader.line_num, cells)
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path} 不是 UTF-8 的 CSV 檔：{error}。請轉成 UTF-8 再匯入。"
        raise UnreadableFile("dispatch.import_file", message) from error
