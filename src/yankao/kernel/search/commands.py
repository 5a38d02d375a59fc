"""``yankao search rebuild|status``."""

from argparse import ArgumentParser, Namespace

from yankao.kernel.search import queries, services


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao search``."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("rebuild", help="重建搜尋索引；建好以前仍用舊的")
    actions.add_parser("status", help="索引有幾筆、幾筆還沒編入；沒有索引時結束碼為 2")


def run(chosen: Namespace) -> int:
    """Run the chosen action; returns the exit status."""
    if chosen.action == "rebuild":
        total = services.rebuild(progress=_show)
        print(f"已重建搜尋索引，共 {total:,} 筆。")
        return 0
    found = queries.status()
    print("沒有可用的索引。" if found.documents is None else f"索引：{found.documents:,} 筆。")
    print(f"等待編入：{found.waiting:,} 筆。")
    if found.building is not None:
        print(f"正在重建：已讀 {found.building:,} 筆。")
    return 2 if found.documents is None else 0


def _show(kind: str, total: int) -> None:
    print(f"{kind}：{total:,} 筆", flush=True)
