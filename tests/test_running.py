"""``yankao run`` as a newcomer sees it: comes up, refuses a twin, leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from yankao.base import postgres

pytestmark = [pytest.mark.slow, pytest.mark.once]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(home: Path, port: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "YANKAO_HOME": str(home),
        "YANKAO_ORIGIN": f"http://localhost:{port}",
    }
    environment.pop("DATABASE_URL", None)
    environment.pop("YANKAO_DEMO", None)
    with (home.parent / "run.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "yankao", "run", "--port", str(port), "--with-parent"],
            env=environment,
            stdout=log,
            stderr=log,
        )


def wait_until_up(process: "subprocess.Popen[bytes]", port: int, seconds: float = 240) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2)
        except OSError:
            time.sleep(0.1)
        else:
            return time.monotonic() - began
    raise AssertionError("did not come up")


def processes_of(home: Path) -> list[str]:
    """Command lines of processes that name the home or have it in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(home).encode() in environment + command and state != "Z":
            found.append(command.replace(b"\0", b" ").decode())
    return found


def wait_until_gone(home: Path, seconds: float = 60) -> list[str]:
    deadline = time.monotonic() + seconds
    while (left := processes_of(home)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    yield folder
    assert wait_until_gone(folder) == []


def test_first_start_then_a_twin_then_every_way_to_stop(home: Path) -> None:
    port = free_port()
    first = start(home, port)
    wait_until_up(first, port)

    twin = subprocess.run(
        [sys.executable, "-m", "yankao", "run", "--port", str(free_port())],
        env={**os.environ, "YANKAO_HOME": str(home)}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert twin.returncode == 1
    assert "已經有一個 yankao run" in twin.stderr

    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=90) == 0
    assert wait_until_gone(home) == []

    for sig in (signal.SIGINT, signal.SIGKILL):
        again = start(home, port)
        assert wait_until_up(again, port) < 90, "a second start is quick, on a busy machine too"
        again.send_signal(sig)
        again.wait(timeout=90)
        assert wait_until_gone(home) == [], sig


def test_killed_children_come_back(home: Path) -> None:
    port = free_port()
    supervisor = start(home, port)
    wait_until_up(supervisor, port)
    try:
        for mark in ("granian", "yankao worker", "postgres -D", "yankao.base.postgres"):
            victims = [
                int(folder.name)
                for folder in Path("/proc").iterdir()
                if folder.name.isdigit() and _is(folder, home, mark)
            ]
            assert victims, mark
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            time.sleep(2)
            wait_until_up(supervisor, port)
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(timeout=90)


def test_a_killed_web_servers_process_goes_with_it(home: Path) -> None:
    """Left behind it would go on answering on the same port, with the old program."""
    port = free_port()
    supervisor = start(home, port)
    wait_until_up(supervisor, port)
    try:
        first, second = sorted(web_of(home))
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 90
        while second in web_of(home):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        wait_until_up(supervisor, port)
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(timeout=90)


def web_of(home: Path) -> list[int]:
    """The web server and its process, the server first."""
    folders = [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [int(folder.name) for folder in folders if _is(folder, home, "granian")]


def test_a_keeper_killed_while_postgresql_recovers(tmp_path: Path) -> None:
    """PostgreSQL 18 never ends when told to shut down fast in the recovery after a crash."""
    with postgres.in_use(tmp_path):
        (keeper,) = pids_of(f"yankao.base.postgres {tmp_path}")
        (postmaster,) = pids_of(f"postgres -D {tmp_path}")
        recovery = stopped_recovery(postmaster)
        os.kill(keeper, signal.SIGKILL)
        time.sleep(0.2)
        os.kill(recovery, signal.SIGCONT)
        with postgres.in_use(tmp_path):
            assert pids_of(f"postgres -D {tmp_path}") != [postmaster]
    assert wait_until_gone(tmp_path) == []


def test_postgresql_killed_while_a_new_keeper_starts_it(tmp_path: Path) -> None:
    """The keeper notices at once; it does not first wait for that server to be ready."""
    with postgres.in_use(tmp_path):
        (keeper,) = pids_of(f"yankao.base.postgres {tmp_path}")
        (former,) = pids_of(f"postgres -D {tmp_path}")
        os.kill(keeper, signal.SIGKILL)
        while not (fresh := [p for p in pids_of(f"postgres -D {tmp_path}") if p != former]):
            postgres.ensure_keeper(tmp_path)
        os.kill(fresh[0], signal.SIGKILL)
        began = time.monotonic()
        with postgres.in_use(tmp_path):
            assert time.monotonic() - began < postgres.START_SECONDS / 3
    assert wait_until_gone(tmp_path) == []


def test_recovery_killed_while_it_recovers(tmp_path: Path) -> None:
    """PostgreSQL 18 then waits for a recovery that nobody does; the keeper starts it anew."""
    with postgres.in_use(tmp_path):
        (postmaster,) = pids_of(f"postgres -D {tmp_path}")
        os.kill(stopped_recovery(postmaster), signal.SIGKILL)
        with postgres.in_use(tmp_path):
            pass
    assert wait_until_gone(tmp_path) == []


def stopped_recovery(postmaster: int) -> int:
    """Crash PostgreSQL until its recovery, which is short, could be stopped on the way."""
    for _ in range(50):
        while not (writer := child_of(postmaster, "walwriter")):
            time.sleep(0.01)
        os.kill(writer, signal.SIGKILL)
        while child_of(postmaster, "walwriter") in {writer, 0}:
            if recovery := child_of(postmaster, "startup"):
                os.kill(recovery, signal.SIGSTOP)
                return recovery
    raise AssertionError("recovery was over each time")


def child_of(postmaster: int, name: str) -> int:
    """The process of that name, 0 when there is none now."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
    return next(
        (
            int(pid)
            for pid in children.split()
            if _commands(Path("/proc") / pid, f"postgres: {name}")
        ),
        0,
    )


def pids_of(command: str) -> list[int]:
    """Processes whose command line holds these words."""
    return [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _commands(folder, command)
    ]


def _commands(folder: Path, command: str) -> bool:
    try:
        return command in (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return False


def _is(folder: Path, home: Path, mark: str) -> bool:
    try:
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        environment = (folder / "environ").read_bytes()
    except OSError:
        return False
    return mark in command and str(home).encode() in environment + command.encode()
