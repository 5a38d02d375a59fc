"""``yankao <command>``: commands of the house and those the systems declare.

Every command joins the embedded database (starting it if need be) unless DATABASE_URL names one.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import django
from django.conf import settings
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from yankao.base import clock, packs, postgres, registry
from yankao.base.actors import system_actor
from yankao.base.errors import Invalid, Refused
from yankao.base.registry import Command, ImportFormat
from yankao.base.transactions import durable


class UnknownFormat(Invalid):
    """No system offers that form of records."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status (1 for a refusal, whose reason is printed)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yankao.site.settings")
    django.setup()
    chosen = _parser().parse_args(arguments)
    try:
        with database():
            return int(chosen.run(chosen))
    except (Refused, postgres.DatabaseUnavailable) as refusal:
        print(f"yankao: {refusal}", file=sys.stderr)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        print(
            "yankao: 資料庫還沒有資料表。請先執行 yankao migrate 與 yankao load。", file=sys.stderr
        )
    return 1


@contextlib.contextmanager
def database() -> Iterator[None]:
    """The embedded database held running, or nothing to do when there is a real one."""
    if settings.YANKAO_EMBEDDED:
        with postgres.in_use(settings.YANKAO_HOME):
            yield
    else:
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yankao", description="研考：城市兌現承諾的平台")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="<command>")
    declared = [command for system in registry.systems() for command in system.commands]
    for command in [*HOUSE_COMMANDS, *declared]:
        subparser = subparsers.add_parser(command.name, help=command.help)
        command.configure(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def _migrate(chosen: argparse.Namespace) -> int:
    from yankao.site import upgrading  # noqa: PLC0415 – needs set-up settings

    upgrading.migrate()
    return 0


def _load(chosen: argparse.Namespace) -> int:
    with durable():
        counts = packs.load_pack(Path(chosen.pack), actor=system_actor("city-pack"), at=clock.now())
    for table, rows in counts.items():
        print(f"{table}: {rows}")
    return 0


def _django(chosen: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["yankao", *chosen.arguments])
    return 0


def _run(chosen: argparse.Namespace) -> int:
    from yankao.site import running  # noqa: PLC0415 – granian is needed here only

    return running.run(host=chosen.host, port=chosen.port, with_parent=chosen.with_parent)


def _worker(chosen: argparse.Namespace) -> int:
    from yankao.site import running  # noqa: PLC0415

    return running.work()


def _backup(chosen: argparse.Namespace) -> int:
    from yankao.site.backups import commands  # noqa: PLC0415 – needs set-up settings

    return commands.backup(chosen)


def _restore(chosen: argparse.Namespace) -> int:
    from yankao.site.backups import commands  # noqa: PLC0415 – needs set-up settings

    return commands.restore(chosen)


def _health(chosen: argparse.Namespace) -> int:
    from yankao.site import watching  # noqa: PLC0415 – needs set-up settings

    return watching.health_command()


def _demo(chosen: argparse.Namespace) -> int:
    from yankao.site import demo_year  # noqa: PLC0415 – needs set-up settings

    return demo_year.run(chosen)


def _import(chosen: argparse.Namespace) -> int:
    offered = registry.offers(ImportFormat)
    own = [offer for offer in offered if offer.system == chosen.system]
    named = [offer for offer in own if offer.name == chosen.format]
    for offer in named or (own if not chosen.format and len(own) == 1 else []):
        if offer.takes_many:
            return offer.run(chosen.file, chosen.source)
        return max(offer.run(file) for file in chosen.file)
    known = "、".join(f"{offer.system} --format {offer.name}" for offer in offered)
    raise UnknownFormat("site.import_format", f"沒有這種匯入格式。可用的有：{known}。")


def _nothing(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def _configure_load(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", nargs="?", default=str(settings.YANKAO_CITY))


def _configure_backup(parser: argparse.ArgumentParser) -> None:
    from yankao.site.backups import commands  # noqa: PLC0415 – needs set-up settings

    commands.configure_backup(parser)


def _configure_restore(parser: argparse.ArgumentParser) -> None:
    from yankao.site.backups import commands  # noqa: PLC0415 – needs set-up settings

    commands.configure_restore(parser)


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("system", help="例如 dispatch")
    parser.add_argument("file", type=Path, nargs="+")
    parser.add_argument("--format", default="", help="只有一種格式的不必寫")
    parser.add_argument("--source", default="", help="published：哪一份報告，例如 108")


def _configure_demo(parser: argparse.ArgumentParser) -> None:
    from yankao.site import demo_year  # noqa: PLC0415 – needs set-up settings

    demo_year.configure(parser)


def _configure_django(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("arguments", nargs=argparse.REMAINDER)


def _configure_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the calling process dies"
    )


HOUSE_COMMANDS = (
    Command("run", "啟動網站、背景工作與資料庫", _configure_run, _run),
    Command("worker", "只執行背景工作", _nothing, _worker),
    Command("migrate", "建立或更新資料表", _nothing, _migrate),
    Command("load", "載入城市資料包（可重複執行）", _configure_load, _load),
    Command("health", "檢查是否正常；0 正常、1 有警示、2 停擺", _nothing, _health),
    Command("backup", "備份資料庫、檔案與關帳資料；系統照常運作", _configure_backup, _backup),
    Command("restore", "把備份還原到空的 YANKAO_HOME 與資料庫", _configure_restore, _restore),
    Command("import", "匯入真實紀錄（可重複執行）", _configure_import, _import),
    Command("demo", "產生一個示範年度，總數等於公布的數字（只限示範模式）", _configure_demo, _demo),
    Command("django", "執行 Django 管理指令", _configure_django, _django),
)
