"""``yankao files check|sweep``."""

from argparse import ArgumentParser, Namespace

from yankao.base import clock
from yankao.kernel.files import queries, services


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao files``."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("check", help="逐一核對每個附件的內容；有缺損時結束碼為 2")
    actions.add_parser("sweep", help="立即清除沒有用到的暫存內容")


def run(chosen: Namespace) -> int:
    """Run the chosen action; returns the exit status."""
    if chosen.action == "sweep":
        print(f"已清除 {services.sweep(now=clock.now().timestamp()):,} 個。")
        return 0
    outcomes = {sha256: services.state_of(sha256) for sha256 in queries.contents_in_use()}
    for sha256, state in outcomes.items():
        if state != "ok":
            print(f"{state}: {sha256}")
    bad = sum(state != "ok" for state in outcomes.values())
    print(f"核對 {len(outcomes):,} 個內容，{bad:,} 個缺損。")
    return 2 if bad else 0
