"""Tainan's Open1999 of 2015: one JSON object a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from yankao.departments.service.dispatch.rules import imports as rules
from yankao.departments.service.dispatch.rules.imports import ImportRow

NAME = "tainan-1999-json"
LINE_BYTES = 64 * 1024


def rows(path: Path) -> Iterator[ImportRow]:
    """The records of the file; a line that is none becomes a row with its fault."""
    with path.open("rb") as file:
        for line, content in enumerate(_lines(file), start=1):
            if content is None:
                yield ImportRow(line, fault=f"這一行超過 {LINE_BYTES // 1024} KB")
            elif content.strip():
                yield rules.tainan_row(line, content)


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Line by line, None for one that is too long; never more than LINE_BYTES in memory."""
    while content := file.readline(LINE_BYTES):
        if len(content) < LINE_BYTES or content.endswith(b"\n"):
            yield content
        else:
            while content and not content.endswith(b"\n"):
                content = file.readline(LINE_BYTES)
            yield None
