"""``yankao trail verify|seal``."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.kernel.trail import sealing, services, words
from yankao.kernel.trail.rules import Head


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao trail``."""
    actions = parser.add_subparsers(dest="action", required=True)
    verify = actions.add_parser("verify", help="驗證整條軌跡；不完整時結束碼為 2")
    verify.add_argument(
        "--anchor",
        action="append",
        default=[],
        type=anchor,
        metavar="序號:摘要",
        help="先前抄下的鏈頭（可重複），確認軌跡仍包含它",
    )
    actions.add_parser("seal", help="立即封存等待中的紀錄")


def anchor(text: str) -> Head:
    """A head noted elsewhere, as `verify` prints it."""
    try:
        sequence, digest = text.split(":")
        return Head(int(sequence), bytes.fromhex(digest))
    except ValueError:
        raise ArgumentTypeError("請照 verify 印出的樣子填：序號:摘要") from None


def run(chosen: Namespace) -> int:
    """Run the chosen action; returns the exit status."""
    if chosen.action == "seal":
        print(f"已封存 {sealing.seal_all():,} 筆。")
        return 0
    found = services.check(
        asked_by=system_actor("command-line").key, at=clock.now(), anchors=chosen.anchor
    )
    print(words.verdict(found))
    if found.oldest_unsealed_at:
        print(f"最早等待封存的一筆：{found.oldest_unsealed_at.isoformat()}")
    if found.head.sequence:
        print(f"鏈頭（請抄到別處保存）：{found.head.sequence}:{found.head.digest.hex()}")
    return 2 if found.fault else 0
