"""``yankao suggestions train|status``."""

from argparse import ArgumentParser, Namespace

from yankao.base import clock, formats, jobs
from yankao.base.transactions import durable
from yankao.kernel.suggestions import queries, services
from yankao.kernel.suggestions.texts import AGENCY


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao suggestions``."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("train", help="從現有案件重新訓練機關建議；案件太少時結束碼為 2")
    actions.add_parser("status", help="最近一次訓練的結果；沒有可用的模型時結束碼為 2")


def run(chosen: Namespace) -> int:
    """Run the chosen action; returns the exit status."""
    if chosen.action == "train":
        services.train(kind=AGENCY, at=clock.now())
    return _show()


def _show() -> int:
    found = queries.last_training(AGENCY)
    if found is None:
        print("還沒有訓練過。")
        return 2
    print(f"訓練時間：{formats.roc_datetime(found.trained_at)}（{found.library}）")
    sources = "、".join(f"{source} {count:,}" for source, count in found.sources.items())
    print(f"來源：{sources or '沒有'}。學到 {len(found.labels)} 個機關，共 {found.rows:,} 筆。")
    if found.left_out:
        names = "、".join(f"{name}（{count}）" for name, count in found.left_out)
        print(f"筆數太少、不建議的機關：{names}")
    if found.accuracy_pct is not None:
        print(f"留下五分之一來測：第一個就對 {found.accuracy_pct}%，"
              f"前三個有對的 {found.top_accuracy_pct}%。")  # fmt: skip
    if not found.is_usable:
        print("沒有可用的模型，不會建議。")
    return 0 if found.is_usable else 2


def prepare_demo() -> list[str]:
    """In demo mode the worker learns from the demo's cases."""
    with durable():
        jobs.defer("kernel.suggestions.train")
    return []
