"""``yankao answers rebuild|status|evaluate``."""

from argparse import ArgumentParser, Namespace

from yankao.base import clock, formats
from yankao.base.transactions import durable
from yankao.kernel.answers import queries, services


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao answers``."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("rebuild", help="從已公布的問答重建索引")
    actions.add_parser("status", help="索引與最近的評估；沒有索引時結束碼為 2")
    actions.add_parser("evaluate", help="用城市自備的問題評估，並留下結果")


def run(chosen: Namespace) -> int:
    """Run the chosen action; returns the exit status."""
    if chosen.action == "rebuild" and services.rebuild(at=clock.now()) is None:
        print("另一個程序正在建索引。")
    if chosen.action == "evaluate":
        with durable():
            services.evaluate(at=clock.now())
    return _show()


def _show() -> int:
    build = queries.last_build()
    if build is None or not queries.has_index():
        print("沒有可用的問答索引。執行 yankao answers rebuild，或等背景工作。")
        return 2
    print(f"索引：{formats.roc_datetime(build.built_at)}，{build.entries:,} 則。")
    for row in queries.last_evaluations(2):
        print(f"評估（{row.part}）：{formats.roc_datetime(row.evaluated_at)}，"
              f"有答案的 {row.asked} 題回答 {row.answered} 題，"
              f"沒答案的 {row.foreign} 題誤答 {row.answered_foreign} 題，"
              f"答對 {row.right}；第一個就對 {row.first}，前五個有對的 {row.five}。")  # fmt: skip
    return 0
