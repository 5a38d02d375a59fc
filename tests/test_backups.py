"""Backup and restore: one instant of a working house, whole or not there at all."""

import json
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.houses import House, drop_database, make_database
from yankao.site.backups import archive

pytestmark = pytest.mark.slow

SUFFIX = os.environ.get("YANKAO_TEST_DB", "main")
FURNISHED, OTHER, EMPTY = (f"backups_{name}_{SUFFIX}" for name in ("furnished", "other", "empty"))

CASES_WITHOUT = """
    SELECT number FROM service_dispatch_case c WHERE NOT EXISTS (
        SELECT FROM kernel_trail_entry WHERE action = 'service.dispatch.received'
        AND subject_kind = 'service.dispatch' AND subject_id = c.id
    ) OR NOT EXISTS (
        SELECT FROM kernel_files_attachment
        WHERE subject_kind = 'service.dispatch' AND subject_id = c.id
    )
"""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with tables and city pack, to be copied."""
    url = make_database(FURNISHED)
    house = House(tmp_path_factory.mktemp("furnished"), url)
    house.run("migrate")
    house.run("load")
    yield FURNISHED
    drop_database(FURNISHED)


@pytest.fixture
def house(furnished: str, tmp_path: Path) -> Iterator[House]:
    """A house with three cases."""
    made = House(tmp_path / "home", make_database(OTHER, template=furnished))
    made.report(3)
    yield made
    drop_database(OTHER)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    yield House(tmp_path / "restored", make_database(EMPTY))
    drop_database(EMPTY)


def key_of(house: House) -> Path:
    return house.home / "secrets" / "secret_key"


def backups(place: Path) -> list[Path]:
    return archive.backups_in(place)


def copied(source: Path, target: Path) -> Path:
    """A backup that may be spoilt: no hard links to others."""
    return Path(shutil.copytree(source, target / source.name))


def contents(house: House) -> set[str]:
    return {path.name for path in (house.home / "files" / "content").glob("??/??/*")}


@pytest.mark.once
def test_while_cases_come_in_the_backup_is_one_instant(
    house: House, empty: House, tmp_path: Path
) -> None:
    writers = [house.start("tests.reporting", "0") for _ in range(2)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        said = house.run("backup", tmp_path / "bk")
        for writer in writers:
            assert writer.poll() is None, "the house works meanwhile"
            writer.stdout.readline()  # type: ignore[union-attr]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert "完成" in said

    said = empty.run("restore", tmp_path / "bk", "--secret-key", key_of(house))

    assert "還原完成" in said
    assert "完整" in said
    restored = [number for (number,) in empty.rows("SELECT number FROM service_dispatch_case")]
    after = house.rows("SELECT number FROM service_dispatch_case")
    serials = sorted(int(str(number)[-5:]) for number in restored)
    assert serials == list(range(1, len(restored) + 1)), "no case without those before it"
    assert 5 <= len(restored) < len(after)
    assert empty.rows(CASES_WITHOUT) == []
    assert empty.rows("SELECT last FROM service_dispatch_daynumber") == [(len(restored),)]
    used = empty.rows("SELECT DISTINCT sha256 FROM kernel_files_attachment")
    assert contents(empty) == {sha256 for (sha256,) in used}
    assert "0 個缺損" in empty.run("files", "check")
    empty.report(1)  # sequences go on where they were


def test_another_backup_links_what_it_shares_and_old_ones_go(house: House, tmp_path: Path) -> None:
    for _ in range(3):
        house.run("backup", tmp_path / "bk", "--keep", "2")
        house.report(1)
    older, newer = backups(tmp_path / "bk")
    shared = next((older / "files").rglob("[0-9a-f]" * 64))
    assert shared.stat().st_ino == (newer / shared.relative_to(older)).stat().st_ino
    assert [p for p in (tmp_path / "bk").iterdir() if p.name.endswith(".unfinished")] == []
    for path in [tmp_path / "bk", newer, *newer.glob("*.*")]:
        assert path.stat().st_mode & 0o077 == 0, f"{path} is nobody else's to read"
    assert "完整" in house.run("backup", "--check", tmp_path / "bk")
    assert "完整" in house.run("backup", "--check", older)


def test_keep_nothing_is_no_answer(house: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "bk", "--keep", "0", status=2)
    assert backups(tmp_path / "bk") == []
    assert "YANKAO_BACKUPS" in house.run("backup", status=1)


def test_every_damaged_part_is_named_and_refused(
    house: House, empty: House, tmp_path: Path
) -> None:
    house.run("backup", tmp_path / "bk", "--with-secrets")
    (good,) = backups(tmp_path / "bk")
    photo = next((good / "files").rglob("[0-9a-f]" * 64)).relative_to(good)
    for number, part in enumerate(["database.dump", str(photo), "secrets/secret_key"]):
        bad = copied(good, tmp_path / str(number))
        with (bad / part).open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            byte = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([byte[0] ^ 1]))
        assert part in house.run("backup", "--check", bad, status=2)
        assert part in empty.run("restore", bad, status=1)
        (bad / part).unlink()
        assert part in house.run("backup", "--check", bad, status=2)
    for part in ("manifest.json", "SHA256SUMS"):
        bad = copied(good, tmp_path / part)
        text = (bad / part).read_text().replace("0", "1", 1)
        (bad / part).write_text(text)
        assert part in house.run("backup", "--check", bad, status=1)
        assert part in empty.run("restore", bad, status=1)
    assert contents(empty) == set()
    assert "還原完成" in empty.run("restore", good), "the good one still goes"


def test_names_that_lead_out_of_the_backup_are_refused(
    house: House, empty: House, tmp_path: Path
) -> None:
    house.run("backup", tmp_path / "bk", "--with-secrets")
    (good,) = backups(tmp_path / "bk")
    bad = copied(good, tmp_path / "bad")
    secret = tmp_path / "secret"
    secret.write_text("mine")
    sums = (bad / "SHA256SUMS").read_text()
    (bad / "SHA256SUMS").write_text(f"{sums}{archive.sha256_of(secret)}  lake/../../../secret\n")
    read = json.loads((bad / "manifest.json").read_text())
    read.pop("digest")
    read["sums"] = archive.sha256_of(bad / "SHA256SUMS")
    read["digest"] = archive._digest_of(read)
    (bad / "manifest.json").write_text(json.dumps(read))
    assert "SHA256SUMS" in empty.run("restore", bad, status=1)


def test_a_newer_programs_backup_is_refused(house: House, empty: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "bk", "--with-secrets")
    (good,) = backups(tmp_path / "bk")
    for name, change in {
        "tables": {"migrations": [["kernel_trail", "9999_from_the_future"]]},
        "form": {"form": 2},
    }.items():
        bad = copied(good, tmp_path / name)
        read = json.loads((bad / "manifest.json").read_text()) | change
        read.pop("digest")
        read["digest"] = archive._digest_of(read)
        (bad / "manifest.json").write_text(json.dumps(read))
        assert "請先升級程式" in empty.run("restore", bad, status=1)


def test_nothing_there_is_overwritten(house: House, empty: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "bk")
    before = house.rows("SELECT number FROM service_dispatch_case")
    assert "資料庫裡已有資料表" in house.run("restore", tmp_path / "bk", status=1)
    assert house.rows("SELECT number FROM service_dispatch_case") == before

    stray = empty.home / "files" / "content" / "aa" / "bb" / ("aabb" + "0" * 60)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"somebody's")
    assert stray.name in empty.run("restore", tmp_path / "bk", "--new-secret-key", status=1)
    assert stray.read_bytes() == b"somebody's"


def test_without_its_key_a_backup_asks_for_it(house: House, empty: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "bk")
    (made,) = backups(tmp_path / "bk")
    key = key_of(house).read_text()
    assert key not in (made / "manifest.json").read_text()
    assert not (made / "secrets").exists()
    other = tmp_path / "other"
    other.write_text("k" * 67)
    assert "--secret-key" in empty.run("restore", made, status=1)
    assert "--secret-key" in empty.run("restore", made, "--secret-key", other, status=1)
    assert contents(empty) == set()
    empty.run("restore", made, "--secret-key", key_of(house))
    assert key_of(empty).read_text() == key
    assert stat.S_IMODE(key_of(empty).stat().st_mode) == 0o600


def test_the_old_key_can_be_given_up(house: House, empty: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "bk")
    index = empty.home / "search" / "current"
    index.parent.mkdir(parents=True)
    index.write_text("of another database")
    assert "還原完成" in empty.run("restore", tmp_path / "bk", "--new-secret-key")
    assert key_of(empty).read_text() != key_of(house).read_text()
    assert not index.exists()


def test_a_backup_killed_in_the_middle_never_looks_whole(
    house: House, empty: House, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text(
        '#!/bin/sh\necho half > "$(echo "$@" | sed "s/.*--file=//; s/ .*//")"\nexec sleep 60\n'
    )
    (programs / "pg_dump").chmod(0o755)
    place = tmp_path / "bk"
    backup = house.start("yankao", "backup", str(place), YANKAO_PG_BIN=str(programs))
    deadline = time.monotonic() + 30
    while not list(place.glob(".*/database.dump")) and time.monotonic() < deadline:
        time.sleep(0.05)
    twin = house.run("backup", place, status=1)
    backup.send_signal(signal.SIGKILL)
    backup.communicate()

    assert "另一個備份" in twin
    assert list(place.glob(".*/database.dump")), "it was in the middle"
    assert backups(place) == []
    assert "沒有完整的備份" in empty.run("restore", place, "--new-secret-key", status=1)
    house.run("backup", place)
    assert len(backups(place)) == 1
    assert list(place.glob(".*.unfinished")) == []


def test_a_dump_that_fails_leaves_nothing(house: House, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text("#!/bin/sh\necho no space left >&2\nexit 1\n")
    (programs / "pg_dump").chmod(0o755)
    said = house.run("backup", tmp_path / "bk", status=1, YANKAO_PG_BIN=str(programs))
    assert "no space left" in said
    assert [path.name for path in (tmp_path / "bk").iterdir()] == [".lock"]


def test_a_restore_cut_short_can_be_begun_again(house: House, empty: House, tmp_path: Path) -> None:
    house.run("backup", tmp_path / "bk", "--with-secrets")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("psql", "pg_restore"):
        (programs / name).write_text("#!/bin/sh\nexit 1\n")
        (programs / name).chmod(0o755)
    empty.run("restore", tmp_path / "bk", status=1, YANKAO_PG_BIN=str(programs))
    assert contents(empty)
    assert "還原完成" in empty.run("restore", tmp_path / "bk")


def test_what_is_not_as_it_was_is_reported(house: House, empty: House, tmp_path: Path) -> None:
    """A photograph that was spoilt before the backup is told at both ends."""
    photo = next((house.home / "files" / "content").glob("??/??/*"))
    photo.chmod(0o600)
    photo.write_bytes(b"spoilt")
    assert photo.name in house.run("backup", tmp_path / "bk", "--with-secrets", status=2)
    assert photo.name in empty.run("restore", tmp_path / "bk", status=2)


def test_a_backup_of_a_changed_trail_is_restored_and_told(
    house: House, empty: House, tmp_path: Path
) -> None:
    house.run("trail", "seal")
    with psycopg.connect(house.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE kernel_trail_entry SET reason = 'other' WHERE id = 1")
    house.run("backup", tmp_path / "bk", "--with-secrets")
    assert "不符" in empty.run("restore", tmp_path / "bk", status=2)


def test_before_tables_change_a_backup_is_made(house: House, tmp_path: Path) -> None:
    place = tmp_path / "bk"
    house.run("migrate", YANKAO_BACKUPS=str(place))
    assert not place.exists(), "nothing was to be changed"
    house.run("django", "migrate", "sessions", "zero")
    house.run("migrate", YANKAO_BACKUPS=str(place))
    (made,) = backups(place)
    names = json.loads((made / "manifest.json").read_text())["migrations"]
    assert ["sessions", "0001_initial"] not in names, "as it was before"
    assert house.rows("SELECT count(*) FROM django_session") == [(0,)]


@pytest.mark.once
def test_the_embedded_database_with_a_lake(tmp_path: Path) -> None:
    house, restored = House(tmp_path / "home"), House(tmp_path / "restored")
    house.run("migrate")
    house.run("load")
    house.report(2)
    lake = house.home / "lake" / "service.dispatch.cases" / "2026-01.parquet"
    lake.parent.mkdir(parents=True)
    lake.write_bytes(b"PAR1")
    (lake.parent / ".half").write_bytes(b"P")
    house.run("backup", tmp_path / "bk", "--with-secrets")
    assert "還原完成" in restored.run("restore", tmp_path / "bk")
    assert (restored.home / lake.relative_to(house.home)).read_bytes() == b"PAR1"
    assert not (restored.home / "lake" / "service.dispatch.cases" / ".half").exists()
    assert contents(restored) == contents(house)
    assert len(contents(house)) == 2
