"""``yankao import published FILE… [--source 108]``."""

from collections.abc import Sequence
from pathlib import Path

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.transactions import durable
from yankao.kernel.published import services

IMPORTER = system_actor("published-import")


def import_files(files: Sequence[Path], source: str) -> int:
    """Take the files in one transaction; show the counts and each refused line (then status 1)."""
    with durable():
        reports = services.import_files(files, source=source, actor=IMPORTER, at=clock.now())
    for file, taken in zip(files, reports, strict=True):
        print(
            f"{file.name}：新增 {taken.new:,}，改版 {taken.changed:,}，"
            f"已有 {taken.known:,}，拒收 {len(taken.refused):,}。"
        )
        for refusal in taken.refused:
            print(f"  第 {refusal.line} 行 {refusal.code or '（無代碼）'}：{refusal.reason}。")
    return 1 if any(taken.refused for taken in reports) else 0
