"""Restoring a backup into an empty home and database, and looking whether it is whole."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from yankao.base.actors import system_actor
from yankao.base.errors import Refused
from yankao.kernel.files import queries as files
from yankao.kernel.files import services as file_services
from yankao.kernel.notices import queries as notices
from yankao.kernel.trail import services as trail
from yankao.kernel.trail import words
from yankao.kernel.trail.commands import anchor
from yankao.site.backups import archive, database, making
from yankao.site.backups.archive import Archive, BackupUnreadable
from yankao.site.backups.making import Tell


class HomeNotEmpty(Refused):
    """Restoring would mix with, or overwrite, what is there."""


class KeyMissing(Refused):
    """The key that signed links and check codes is neither here nor in the backup."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at after restoring; ``faults`` empty = the restored house is whole."""

    rows: int
    contents: int
    trail: str
    letters_waiting: int
    faults: list[str]


def restore(found: Archive, *, key: Path | None, new_key: bool, at: datetime, tell: Tell) -> Report:
    """Restore into the home and database of the settings, which must be empty, and look it over.

    The database comes last and in one transaction, so an interrupted restore leaves it empty and
    may be begun again. ``key`` is a file with the secret key, ``new_key`` gives the old one up.
    Raises BackupDamaged, BackupUnreadable, HomeNotEmpty, KeyMissing, NotWritten,
    DumpFailed.
    """
    _check_known(found)
    _check_empty(found)
    tell("核對備份……")
    for part in found.faults():
        raise archive.damaged(found.folder, part)
    with archive.on_disk():
        _settle_key(found, key=key, new_key=new_key)
        tell("檔案……")
        _copy_files(found)
        _forget_index()
    tell("資料庫……")
    database.load(found.folder / archive.DUMP)
    tell("核對還原後的資料……")
    return _look_over(found, at=at)


def _check_known(found: Archive) -> None:
    known = set(MigrationLoader(connection).disk_migrations)
    unknown = [name for app, name in found.manifest.migrations if (app, name) not in known]
    if unknown:
        raise BackupUnreadable(
            "site.backup_newer",
            f"備份是較新版的研考（{found.manifest.version}）做的，"
            f"這一版不認得它的資料表（{unknown[0]}）。請先升級程式，再還原。",
        )


def _check_empty(found: Archive) -> None:
    """No table, and no file but those of this very backup: the rest of an interrupted restore."""
    ours = {part for _, part in found.parts()}
    strange = next((part for part in _files_there() if part not in ours), "")
    if strange or not database.is_empty():
        what = strange or "資料庫裡已有資料表"
        raise HomeNotEmpty(
            "site.home_not_empty",
            f"還原只寫入空的 YANKAO_HOME 與空的資料庫（{what}）。"
            "請把舊的 YANKAO_HOME 移開或另指定一個；自有 PostgreSQL 請另建一個空的資料庫。",
        )


def _files_there() -> Iterator[str]:
    for sha256 in file_services.contents():
        yield making.part_of(sha256)
    lake = _lake()
    for path in lake.rglob("*"):
        if path.is_file():
            yield f"{archive.LAKE}/{path.relative_to(lake).as_posix()}"


def _settle_key(found: Archive, *, key: Path | None, new_key: bool) -> None:
    """Put the right key in place: the one here, the one named, or the one in the backup."""
    here = making.secret_key_path()
    inside = found.folder / archive.SECRET_KEY if found.manifest.with_secrets else None
    for path in (here, key, inside):
        if path and making.fingerprint(path.read_text()) == found.manifest.key:
            if path != here:
                _replace(here, path.read_text())
            return
    if not new_key:
        raise KeyMissing(
            "site.key_missing",
            "這份備份沒有（或不是）原來的密鑰。請以 --secret-key 檔案 提供當初另存的 "
            "secrets/secret_key；找不到時可用 --new-secret-key 放棄它："
            "已寄出的查詢連結、民眾手上的查詢碼與同仁的驗證程式將全部失效。",
        )


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    archive.sync_folder(path.parent)


def _copy_files(found: Archive) -> None:
    for _, part in found.parts():
        source = found.folder / part
        if part.startswith(f"{archive.FILES}/"):
            file_services.put_back(sha256=source.name, source=source)
        elif part.startswith(f"{archive.LAKE}/"):
            target = _lake() / Path(part).relative_to(archive.LAKE)
            target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _forget_index() -> None:
    """The search index of another database; the worker builds one anew."""
    shutil.rmtree(Path(settings.YANKAO_HOME) / "search", ignore_errors=True)


def _lake() -> Path:
    return Path(settings.YANKAO_HOME) / archive.LAKE


def _look_over(found: Archive, *, at: datetime) -> Report:
    """Rows as counted in the snapshot, the trail unbroken, every file what its name says."""
    counts = database.counts()
    expected = found.manifest.counts
    faults = [
        f"{table}：{counts.get(table, 0):,} 列，備份時 {rows:,} 列"
        for table, rows in expected.items()
        if counts.get(table) != rows
    ]
    call_command("migrate", interactive=False, verbosity=0)
    head = anchor(found.manifest.head)
    verdict = trail.check(
        asked_by=system_actor("restore").key, at=at, anchors=[head] if head.sequence else []
    )
    if verdict.fault:
        faults.append(words.verdict(verdict))
    contents = list(files.contents_in_use())
    faults += [
        f"檔案 {sha256}：{state}"
        for sha256 in contents
        if (state := file_services.state_of(sha256)) != "ok"
    ]
    return Report(
        rows=sum(expected.values()),
        contents=len(contents),
        trail=words.verdict(verdict),
        letters_waiting=notices.waiting_count(),
        faults=faults,
    )
