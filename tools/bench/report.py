"""The table: printed, and on demand written into docs/performance.md."""

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.db import connection

from tools.bench.timing import Row
from tools.bench.walk import Page

DOCS = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- bench: generated -->", "<!-- end -->"


def table(rows: Sequence[Row]) -> str:
    """The measures in Markdown."""
    lines = [
        "| what | bare thing | bare | ours | ratio | limit | ok |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        bare = "–" if row.bare is None else _number(row.bare, row.unit)
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f}×"
        bound = "≥" if row.at_least else "≤"
        limit = (
            f"{bound} {row.limit:g}×" if row.ratio else f"{bound} {_number(row.limit, row.unit)}"
        )
        cells = (row.what, row.beside or "–", bare, _number(row.ours, row.unit), ratio, limit)
        lines.append(f"| {' | '.join(cells)} | {'yes' if row.is_ok else '**no**'} |")
    return "\n".join(lines)


def _number(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:,.0f} {unit}"
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.1f} s"


def pages_table(pages: Sequence[Page]) -> str:
    """The queries of each page in Markdown, most first."""
    lines = ["| page | as | queries |", "|---|---|--:|"]
    ordered = sorted(pages, key=lambda page: (-page.queries, page.address))
    lines += [f"| `{page.route}` | {page.player} | {page.queries} |" for page in ordered]
    return "\n".join(lines)


def circumstances(*, command: str, size: int, on: date) -> str:
    """Command, day and machine in a sentence."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [(version,)] = cursor.fetchall()
    return (
        f"`{command}` on {on}: {size:,} generated cases, {os.cpu_count()} cores"
        f" ({platform.machine()}), PostgreSQL {version}, Python {platform.python_version()}."
    )


def write(text: str) -> None:
    """Put the text between the marks of docs/performance.md."""
    before, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCS.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
