"""``yankao import dispatch``."""

import time
from dataclasses import replace
from pathlib import Path

from yankao.base import clock
from yankao.base.actors import Grant, system_actor
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.services import ImportReport
from yankao.departments.service.dispatch.workflow import Permission

_IMPORTER = replace(system_actor("dispatch-import"), grants=frozenset({Grant(Permission.TAKE_IN)}))


def import_file(source: str, file: Path) -> int:
    """Import a file of that format, showing progress and each refused row with its reason."""
    began = time.perf_counter()
    report = services.import_records(
        file,
        source=source,
        actor=_IMPORTER,
        at=clock.now(),
        progress=_print_progress,
    )
    _print_report(report, seconds=time.perf_counter() - began)
    return 0


def _print_progress(so_far: ImportReport) -> None:
    print(f"已讀 {so_far.read:,} 列，新增 {so_far.new:,}", flush=True)


def _print_report(report: ImportReport, *, seconds: float) -> None:
    print(
        f"完成：讀 {report.read:,} 列，新增 {report.new:,}"
        f"（其中地點不明 {report.place_unknown:,}），"
        f"已存在 {report.known:,}，拒收 {len(report.refused):,}；"
        f"{seconds:.1f} 秒，每秒 {report.read / max(seconds, 0.001):,.0f} 列。"
    )
    for refusal in report.refused:
        print(f"  第 {refusal.line} 行 {refusal.number or '（無案號）'}：{refusal.reason}")
