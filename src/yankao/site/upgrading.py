"""Tables brought up to the program, after a backup of what was there."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from yankao.base import clock
from yankao.site.backups import making


def migrate() -> None:
    """Create or update tables; with YANKAO_BACKUPS set, back up first if there is anything to lose.

    The way back from an upgrade is that backup and the former program.
    """
    if settings.YANKAO_BACKUPS is not None and _changes_tables():
        print("升級資料表之前先備份。", flush=True)
        made = making.make(settings.YANKAO_BACKUPS, with_secrets=False, at=clock.now(), tell=print)
        print(f"完成：{made.archive.folder}", flush=True)
    call_command("migrate", interactive=False, verbosity=0)


def _changes_tables() -> bool:
    executor = MigrationExecutor(connection)
    is_new = not executor.loader.applied_migrations
    return not is_new and bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
