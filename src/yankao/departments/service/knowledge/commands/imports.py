"""``yankao import knowledge FILE --format kaohsiung-faq``."""

import time
from pathlib import Path

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.departments.service.knowledge import services
from yankao.departments.service.knowledge.services import ImportReport
from yankao.kernel.people import queries as people

_IMPORTER = system_actor("knowledge-import")


def import_file(file: Path) -> int:
    """Import a file of questions and answers; show the counts and each refused line."""
    began = time.perf_counter()
    report = services.import_faq(file, actor=_IMPORTER, at=clock.now(), progress=_print_progress)
    _print_report(report, seconds=time.perf_counter() - began)
    return 0


def _print_progress(so_far: ImportReport) -> None:
    print(f"已讀 {so_far.read:,} 列，新增 {so_far.new:,}", flush=True)


def _print_report(report: ImportReport, *, seconds: float) -> None:
    print(
        f"完成：讀 {report.read:,} 列，新增 {report.new:,}，改版 {report.changed:,}，"
        f"已存在 {report.known:,}，拒收 {len(report.refused):,}；"
        f"{len(report.agencies)} 個機關；{seconds:.1f} 秒。"
    )
    names = {one.code: one.name for one in people.agencies()}
    for code, count in sorted(report.agencies.items(), key=lambda pair: -pair[1]):
        print(f"  {names.get(code, code)} {count:,}")
    for refusal in report.refused:
        print(f"  第 {refusal.line} 行 {refusal.source or '（無來源）'}：{refusal.reason}")
