"""The embedded database: the first user of a new home is not let in too early."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from yankao.base import postgres

pytestmark = pytest.mark.slow


def test_first_start_serves_at_once_and_stays(tmp_path: Path) -> None:
    """Once the database answers, no restart of the first start cuts its users off."""
    with (
        postgres.in_use(tmp_path),
        psycopg.connect(**postgres.connection_settings(tmp_path)) as connection,
    ):
        for _ in range(200):
            connection.execute("SELECT pg_sleep(0.005)")


def test_users_share_one_server(tmp_path: Path) -> None:
    program = (
        "import sys, psycopg; from pathlib import Path; from yankao.base import postgres\n"
        "home = Path(sys.argv[1])\n"
        "with postgres.in_use(home), psycopg.connect(**postgres.connection_settings(home)) as c:\n"
        "    print(c.execute('SELECT pg_postmaster_start_time()').fetchone()[0])\n"
    )
    with postgres.in_use(tmp_path):
        said = [
            subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True,
                           text=True, check=True).stdout
            for _ in range(2)
        ]  # fmt: skip
    assert said[0] == said[1] != ""


def test_long_homes_get_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long-" * 20)
    home.mkdir()
    assert len(str(postgres.socket_folder(home))) < 100
    with postgres.in_use(home):
        psycopg.connect(**postgres.connection_settings(home)).close()


def test_a_first_start_killed_half_way_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    keeper = subprocess.Popen([sys.executable, "-m", "yankao.base.postgres", str(tmp_path)])
    while not list((tmp_path / "postgres").glob("*/PG_VERSION")):
        assert keeper.poll() is None
    keeper.kill()
    keeper.wait()
    with postgres.in_use(tmp_path):
        psycopg.connect(**postgres.connection_settings(tmp_path)).close()


def test_a_server_at_work_takes_its_share_of_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YANKAO_PG_FAST")
    with (
        postgres.in_use(tmp_path),
        psycopg.connect(**postgres.connection_settings(tmp_path)) as connection,
    ):
        settings = connection.execute(
            "SELECT name, setting::int * 8 / 1024 FROM pg_settings WHERE name = 'shared_buffers'"
            " UNION SELECT name, CASE setting WHEN 'on' THEN 1 ELSE 0 END FROM pg_settings"
            " WHERE name = 'fsync'"
        )
        found = dict(settings.fetchall())
    assert 128 <= found["shared_buffers"] <= 1024
    assert found["fsync"] == 1


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(0.25, 128), (2, 512), (4, 1024), (64, 1024)])
def test_a_quarter_of_the_memory_but_never_more_than_one_gigabyte(
    gigabytes: float, megabytes: int
) -> None:
    assert f"shared_buffers={megabytes}MB" in postgres._room(int(gigabytes * (1 << 30)))


@pytest.mark.parametrize(
    ("allowed", "less"), [("536870912\n", True), ("max\n", False), (None, False)]
)
def test_a_container_has_what_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: str | None, less: bool
) -> None:
    said = tmp_path / "memory.max"
    if allowed is not None:
        said.write_text(allowed)
    monkeypatch.setattr(postgres, "ALLOWED", said)
    assert (postgres._memory() == 1 << 29) is less
