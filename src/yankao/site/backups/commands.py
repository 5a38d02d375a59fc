"""``yankao backup`` and ``yankao restore``."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from yankao.base import clock
from yankao.base.errors import Invalid
from yankao.base.formats import file_size
from yankao.site import running
from yankao.site.backups import archive, making, restoring


class NoTarget(Invalid):
    """Nobody said where backups go."""


def configure_backup(parser: ArgumentParser) -> None:
    """The arguments of ``yankao backup``."""
    parser.add_argument(
        "target", nargs="?", type=Path, default=settings.YANKAO_BACKUPS,
        help="存放備份的資料夾（預設：環境變數 YANKAO_BACKUPS）",
    )  # fmt: skip
    parser.add_argument("--keep", type=_positive, help="完成後只留最新的幾份")
    parser.add_argument(
        "--with-secrets", action="store_true", help="把密鑰也放進去；這份備份因此要鎖得更緊"
    )
    parser.add_argument(
        "--check", action="store_true", help="不備份，只核對資料夾裡最新的一份（或指定的那一份）"
    )


def configure_restore(parser: ArgumentParser) -> None:
    """The arguments of ``yankao restore``."""
    parser.add_argument("source", type=Path, help="一份備份，或存放備份的資料夾（取最新一份）")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--secret-key", type=Path, help="另外保存的 secrets/secret_key")
    keys.add_argument(
        "--new-secret-key", action="store_true", help="放棄原來的密鑰：舊的查詢連結與查詢碼失效"
    )


def _positive(text: str) -> int:
    with suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise ArgumentTypeError("請填 1 以上的整數")


def backup(chosen: Namespace) -> int:
    """Make or check a backup; 2 when something in it, or in the house, is damaged."""
    if chosen.target is None:
        raise NoTarget(
            "site.no_backup_target", "請寫明備份要放在哪個資料夾，或設定 YANKAO_BACKUPS。"
        )
    if chosen.check:
        return _check(archive.newest_in(chosen.target))
    made = making.make(chosen.target, with_secrets=chosen.with_secrets, at=clock.now(), tell=_tell)
    manifest = made.archive.manifest
    for sha256 in made.bad_contents:
        _tell(f"檔案 {sha256} 在備份之前就不見或被改過（yankao files check）。")
    rows = sum(manifest.counts.values())
    _tell(f"完成：{made.archive.folder}（{_size(made.archive)}）")
    _tell(f"資料 {rows:,} 列、檔案 {manifest.contents:,} 個、鏈頭 {manifest.head}")
    if not manifest.with_secrets:
        _tell("密鑰不在其中：請另外保存 secrets/secret_key，還原時要用。")
    for folder in archive.prune(chosen.target, keep=chosen.keep) if chosen.keep else ():
        _tell(f"已刪除舊備份 {folder.name}")
    return 2 if made.bad_contents else 0


def _check(found: archive.Archive) -> int:
    faults = list(found.faults())
    for part in faults:
        _tell(f"不見或被改過：{part}")
    _tell(f"{found.folder.name}：{'有缺損，請改用另一份備份。' if faults else '完整。'}")
    return 2 if faults else 0


def _size(made: archive.Archive) -> str:
    return file_size(sum(path.stat().st_size for path in made.folder.rglob("*") if path.is_file()))


def restore(chosen: Namespace) -> int:
    """Restore a backup and report; 2 when the restored house is not whole."""
    with running.only_one():
        found = archive.newest_in(chosen.source)
        _tell(f"{found.folder.name}（研考 {found.manifest.version}）")
        report = restoring.restore(
            found, key=chosen.secret_key, new_key=chosen.new_secret_key, at=clock.now(), tell=_tell
        )
    for fault in report.faults:
        _tell(f"不符：{fault}")
    _tell(f"資料 {report.rows:,} 列、檔案 {report.contents:,} 個；{report.trail}")
    if report.letters_waiting:
        _tell(f"待發通知 {report.letters_waiting:,} 則，啟動後會寄出；備份之後寄過的會再寄一次。")
    _tell("還原的資料有不符之處，請勿啟用。" if report.faults else "還原完成，可以啟動。")
    return 2 if report.faults else 0


def _tell(line: str) -> None:
    print(line, flush=True)
