"""``yankao mail poll|status``."""

from argparse import ArgumentParser, Namespace

from yankao.base import clock
from yankao.kernel.mailboxes import boxes, polling, queries


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao mail``."""
    actions = parser.add_subparsers(dest="action", required=True)
    poll = actions.add_parser("poll", help="現在收信")
    poll.add_argument("mailbox", nargs="?", help="信箱名稱；不寫就是全部")
    actions.add_parser("status", help="每個信箱的狀態")


def run(chosen: Namespace) -> int:
    """Run the chosen action; 1 when a mailbox could not be read."""
    return _poll(chosen.mailbox) if chosen.action == "poll" else _status()


def _poll(name: str | None) -> int:
    wanted = [box for box in boxes.boxes() if name in {None, box.name}]
    if not wanted:
        print("沒有可以收信的信箱：請看城市資料包的 mailboxes 與 YANKAO_MAILBOX_… 環境變數。")
        return 1
    failed = 0
    for box in wanted:
        found = polling.poll(box, at=clock.now())
        if found.is_busy:
            print(f"{box.name}\t另一個程式正在收這個信箱。")
            continue
        failed += bool(found.error)
        outcome = f"收下 {found.taken}，待處理 {found.aside}，略過 {found.skipped}"
        print(f"{box.name}\t{found.error or outcome}")
    return 1 if failed else 0


def _status() -> int:
    for row in queries.box_rows(at=clock.now()):
        print(f"{row.name}\t{row.address}\t{row.state_words}\t{row.error}")
    return 0
