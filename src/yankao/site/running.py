"""``yankao run``: web and worker as children of one supervisor that leaves nothing behind.

The children ask the kernel to be ended when the supervisor dies, however it dies; a child that
ends on its own is started again.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.management import call_command

from yankao.base import clock, packs, postgres, registry
from yankao.base.actors import system_actor
from yankao.base.errors import Refused
from yankao.base.registry import DemoStep
from yankao.base.transactions import durable
from yankao.kernel.people import demo
from yankao.site import demo_year, upgrading

RESTART_PAUSE_SECONDS = 1.0
GRACE_SECONDS = 10.0


class AlreadyRunning(Refused):
    """Another ``yankao run`` uses this home."""


class PortTaken(Refused):
    """Something else listens on the port, or it may not be used."""


def run(*, host: str, port: int, with_parent: bool) -> int:
    """Prepare the database, then serve until told to stop. Returns the exit status.

    Raises AlreadyRunning when another supervisor holds the home, PortTaken.
    """
    if with_parent:
        postgres.die_with_parent()
    with only_one():
        _check_port(host, port)
        _prepare()
        supervisor = Supervisor(children(host, port), _once())
        return supervisor.run(greeting=f"http://{_shown(host)}:{port}/")


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the home for oneself; the kernel lets go of it when the process dies.

    Raises AlreadyRunning.
    """
    with (settings.YANKAO_HOME / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                "site.already_running",
                f"這個 YANKAO_HOME（{settings.YANKAO_HOME}）已經有一個 yankao run 在執行。"
                "請先停掉它，或另外指定 YANKAO_HOME。",
            ) from error
        yield


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                "site.port_taken",
                f"{host}:{port} 不能用（{error.strerror}）。請另選一個埠，例如 PORT=8001。",
            ) from error


def _prepare() -> None:
    upgrading.migrate()
    with durable():
        packs.load_pack(settings.YANKAO_CITY, actor=system_actor("city-pack"), at=clock.now())
    demo.refuse_outside_demo_mode()
    if settings.YANKAO_DEMO:
        accounts = demo.prepare(
            home=settings.YANKAO_HOME, pack=settings.YANKAO_CITY, at=clock.now()
        )
        for step in sorted(registry.offers(DemoStep), key=lambda step: step.order):
            print(*step.prepare(), sep="\n", flush=True)
        print(demo.printed_list(accounts), flush=True)


def _once() -> dict[str, list[str]]:
    """What is done once beside the running house, so that the first page waits for nothing."""
    year = settings.YANKAO_DEMO_YEAR
    if not (settings.YANKAO_DEMO and year and demo_year.is_missing(year)):
        return {}
    return {"demo-year": [sys.executable, "-m", "yankao", "demo", "--year", str(year)]}


def _shown(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104


def children(host: str, port: int) -> dict[str, list[str]]:
    """The commands to keep running, by name."""
    granian = f"-m granian --interface wsgi --host {host} --port {port} --workers 1 "
    tuning = "--blocking-threads 4 --respawn-failed-workers --no-ws --log-level error"
    worker = [sys.executable, "-m", "yankao", "worker"]
    return {
        "web": [sys.executable, *f"{granian}{tuning}".split(), "yankao.site.wsgi:application"],
        **{f"worker-{number + 1}": worker for number in range(settings.YANKAO_WORKERS)},
    }


@dataclass
class Supervisor:
    """Keeps children running until TERM or INT; those of ``once`` may end by themselves."""

    commands: dict[str, list[str]]
    once: dict[str, list[str]] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    stopping: bool = False

    def run(self, *, greeting: str) -> int:
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self._stop)
        for name, command in (self.commands | self.once).items():
            self._start(name, command)
        print(f"研考已啟動：{greeting}（停止：Ctrl-C）", flush=True)
        while not self.stopping:
            time.sleep(0.2)
            for name, command in self.commands.items():
                if self.running[name].poll() is not None and not self.stopping:
                    time.sleep(RESTART_PAUSE_SECONDS)
                    self._start(name, command)
            if settings.YANKAO_EMBEDDED:
                postgres.ensure_keeper(settings.YANKAO_HOME)
        self._end_children()
        return 0

    def _start(self, name: str, command: list[str]) -> None:
        self.running[name] = subprocess.Popen(  # noqa: S603 – our own commands
            command,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "yankao.site.settings"},
            start_new_session=True,  # Ctrl-C reaches us first; we end the children in order
            preexec_fn=_last_in_line if name in self.once else postgres.die_with_parent,
        )

    def _stop(self, signum: int, frame: types.FrameType | None) -> None:
        self.stopping = True

    def _end_children(self) -> None:
        for child in self.running.values():
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.running.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def _last_in_line() -> None:
    """Of a child that others do not wait for."""
    postgres.die_with_parent()
    os.nice(19)


def work() -> int:
    """Run jobs until TERM or INT; the job at hand is finished first."""
    call_command("procrastinate", "worker", "--concurrency", "2", "--delete-jobs", "successful")
    return 0
