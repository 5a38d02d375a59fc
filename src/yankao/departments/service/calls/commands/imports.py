"""``yankao import calls FILE --format cdr-csv``."""

from pathlib import Path

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.departments.service.calls import services

IMPORTER = system_actor("calls-import")


def import_cdr(file: Path) -> int:
    """Hold the exchange's file against the log and say what differs."""
    report = services.reconcile(file, actor=IMPORTER, at=clock.now())
    print(
        f"完成：讀 {report.read:,} 列，拒收 {len(report.refused):,} 列；"
        f"新的差異 {report.new:,} 筆，已消失 {report.gone:,} 筆。請到 /calls/differences/ 處理。"
    )
    for line, why in report.refused.items():
        print(f"  第 {line} 行：{why}")
    return 0
