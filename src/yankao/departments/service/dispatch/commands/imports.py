"""``yankao import dispatch``."""

import argparse
import time
from pathlib import Path

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.services import ImportReport

FORMATS = {"kaohsiung-pothole": services.import_potholes}


def configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("system", choices=["dispatch"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--format", choices=sorted(FORMATS), required=True)


def run_import(chosen: argparse.Namespace) -> int:
    """Import the file, showing progress on standard error and each refused row with its reason."""
    began = time.perf_counter()
    report = FORMATS[chosen.format](
        chosen.file,
        actor=system_actor("dispatch-import"),
        at=clock.now(),
        progress=lambda so_far: print(f"已讀 {so_far.read:,} 列，新增 {so_far.new:,}", flush=True),
    )
    _print_report(report, seconds=time.perf_counter() - began)
    return 0


def _print_report(report: ImportReport, *, seconds: float) -> None:
    print(
        f"完成：讀 {report.read:,} 列，新增 {report.new:,}（其中地點不明 {report.place_unknown:,}），"
        f"已存在 {report.known:,}，拒收 {len(report.refused):,}；"
        f"{seconds:.1f} 秒，每秒 {report.read / max(seconds, 0.001):,.0f} 列。"
    )
    for refusal in report.refused:
        print(f"  第 {refusal.line} 行 {refusal.number or '（無案號）'}：{refusal.reason}")
