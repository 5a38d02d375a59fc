"""``yankao close``, ``yankao verify``."""

from argparse import ArgumentParser, Namespace

from yankao.base import clock
from yankao.base.actors import Actor, Grant
from yankao.base.errors import Refused
from yankao.kernel.closing import queries, services
from yankao.kernel.closing.alone import alone
from yankao.kernel.closing.declarations import Unfinished
from yankao.kernel.closing.permissions import CLOSE

OPERATOR = Actor("system:command-line", "系統（命令列）", grants=frozenset({Grant(CLOSE)}))


def configure_close(parser: ArgumentParser) -> None:
    """The arguments of ``yankao close``."""
    parser.add_argument("month", help="要結帳的月份，例如 2026-10 或 115年10月")
    parser.add_argument("--note", default="", help="備註（記入稽核軌跡）")
    parser.add_argument("--check", action="store_true", help="只列出尚未完成的事項，不結帳")


def run_close(chosen: Namespace) -> int:
    """Close a month; returns the exit status."""
    try:
        month = queries.month_named(chosen.month)
        if chosen.check:
            return _print_unfinished(queries.unfinished(month))
        with alone():
            closing = services.close_month(
                month=month, actor=OPERATOR, at=clock.now(), note=chosen.note
            )
    except Refused as refusal:
        print(refusal.message)
        return 1
    rows = sum(fact["rows"] for fact in closing.manifest)
    print(f"{month.code} 已結帳：{len(closing.manifest):,} 種事實、{rows:,} 列。")
    print(f"清單的 SHA-256（請抄到別處保存）：{closing.manifest_sha256}")
    return 0


def _print_unfinished(found: list[Unfinished]) -> int:
    for debtor in queries.by_debtor(found):
        for one in debtor.lines:
            print(f"{one.title}：{one.count:,}{f'（{debtor.name}）' if debtor.name else ''}")
    print("沒有尚未完成的事項。" if not found else f"共 {len(found):,} 項尚未完成。")
    return 2 if found else 0


def configure_verify(parser: ArgumentParser) -> None:
    """``yankao verify`` has no arguments."""
    parser.description = "核對每個封存檔，並由封存檔重算每個已結帳的統計值；有差異時結束碼為 2"


def run_verify(chosen: Namespace) -> int:
    """Check the whole lake and every stored number; returns the exit status."""
    count = 0
    for fault in queries.faults():
        count += 1
        print(f"{fault.where}：{fault.what}")
    stored = queries.stored_count()
    print(f"核對 {stored.partitions:,} 個封存檔、{stored.values:,} 個統計值，{count:,} 處不符。")
    return 2 if count else 0
