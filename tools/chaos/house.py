"""A house to be ill-treated: its own home, port and city pack; its processes by role."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("web", "worker", "keeper", "postmaster", "backend", "supervisor")
RESERVE_MB = 48
WEIGHTS = (4, 4, 2, 3, 5, 1)
_MARKS = {
    "granian": "web",
    "yankao worker": "worker",
    "yankao.base.postgres": "keeper",
    "yankao run": "supervisor",
}


@dataclass(frozen=True)
class Line:
    """A row of the table; not good = the run failed."""

    title: str
    value: str
    is_good: bool = True


def tell(line: str) -> None:
    """Progress, apart from the table."""
    print(line, file=sys.stderr, flush=True)


def at_work(play: Callable[["House", Any], list[Line]], folder: Path | None = None) -> list[Line]:
    """A house in a folder of its own, played upon; lines of the table.

    Once a process: settings know one home. The folder of a run that went wrong is kept and named.
    """
    folder = folder or Path(tempfile.mkdtemp(prefix="yankao-chaos-"))
    folder.chmod(0o711)  # under root the database may run as an account of its own
    tell(f"the house lies in {folder}")
    house = House(folder)
    os.environ.update(house.environment)
    from tools.chaos import counting  # after the environment
    from yankao.site.commandline import database

    house.widen(counting.doors())
    house.start()
    try:
        house.wait_until_up(120)
        with database():
            counting.staff()
            lines = play(house, counting)
    finally:
        house.stop()
    left = house.left_behind()
    lines.append(Line("processes left behind in the end", f"{left}", left == 0))
    if all(line.is_good for line in lines):
        shutil.rmtree(folder, ignore_errors=True)
    return lines


class House:
    """``yankao run`` in a home of its own with two workers.

    What kills the supervisor must start it again, as systemd does; all else it restarts itself.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = _free_port()
        self.pack = home / "pack"
        self.log = home / "run.log"
        self._supervisor: subprocess.Popen[bytes] | None = None
        shutil.copytree(ROOT / "citypacks" / "kaohsiung", self.pack)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "YANKAO_HOME": str(self.home),
            "YANKAO_CITY": str(self.pack),
            "YANKAO_ORIGIN": f"http://localhost:{self.port}",
            "YANKAO_WORKERS": "2",
            "YANKAO_DEMO": "",
            "YANKAO_DISK_RESERVE_MB": str(RESERVE_MB),
            "YANKAO_LOG_LEVEL": "WARNING",
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "yankao.site.settings",
        }

    def widen(self, doors: list[str]) -> None:
        """One address may knock as often as it likes: limits of doors are tested elsewhere."""
        limits = "".join(f'\n[doors."{name}"]\nlimits = [[1000000, 60]]\n' for name in doors)
        with (self.pack / "city.toml").open("a", encoding="utf-8") as city:
            city.write(limits)

    def start(self) -> None:
        """Start it; `keep_up` does so again."""
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603 – our own command
                [sys.executable, "-m", "yankao", "run", "--port", str(self.port), "--with-parent"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def keep_up(self) -> None:
        """What systemd does with ``Restart=always``."""
        if self._supervisor is not None and self._supervisor.poll() is not None:
            self.start()

    def stop(self) -> None:
        if self._supervisor is not None:
            self._supervisor.terminate()
            self._supervisor.wait(timeout=60)
            self._supervisor = None

    def left_behind(self, seconds: float = 60) -> int:
        """Processes that are still there a while after the end; the keeper goes last."""
        deadline = time.monotonic() + seconds
        while (count := sum(map(len, self.processes().values()))) and time.monotonic() < deadline:
            time.sleep(0.2)
        return count

    def wait_until_up(self, seconds: float = 60) -> float:
        """Until the health page answers well; how long that took. Raises TimeoutError."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            self.keep_up()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return time.monotonic() - began
        raise TimeoutError(f"the house does not come up; see {self.log}")

    def kill_one(self, chance: random.Random) -> str:
        """SIGKILL a process of a role drawn by lot; the role, or "" when none was there."""
        there = self.processes()
        (role,) = chance.choices(ROLES, WEIGHTS)
        if not there[role]:
            return ""
        try:
            os.kill(chance.choice(there[role]), signal.SIGKILL)
        except ProcessLookupError:
            return ""
        return role

    def missing(self) -> list[str]:
        """Roles nobody plays at the moment, or too few."""
        wanted = {role: 2 if role in {"web", "worker"} else 1 for role in ROLES}
        there = self.processes()
        return [role for role, count in wanted.items() if len(there[role]) < count]

    def processes(self) -> dict[str, list[int]]:
        """Process ids by role."""
        found: dict[str, list[int]] = {role: [] for role in ROLES}
        parents: dict[int, int] = {}
        for pid, parent, command, ours in _all_processes(str(self.home)):
            parents[pid] = parent
            if f"postgres -D {self.home}" in command:
                found["postmaster"].append(pid)
            elif ours:
                role = next((role for mark, role in _MARKS.items() if mark in command), None)
                if role:
                    found[role].append(pid)
        found["backend"] = [pid for pid, parent in parents.items() if parent in found["postmaster"]]
        return found


def _all_processes(home: str) -> Iterator[tuple[int, int, str, bool]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            ours = f"YANKAO_HOME={home}\0".encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        if state != "Z":
            yield int(folder.name), int(parent), command, ours


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
