"""``python -m tools.closing_kills --kills 200 --seed 7 [--write]``; exit status 1 = a half closing.

The home of a run that went wrong is kept and named.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tools.chaos.house import ROOT, House, Line, tell

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- kills: generated -->", "<!-- end kills -->"
DATABASE = ("keeper", "postmaster", "backend")
DATABASE_SHARE = 0.125
UNHARMED = 0.1
YEAR = 2019


def main() -> int:
    chosen = _chosen()
    folder = chosen.home or Path(tempfile.mkdtemp(prefix="yankao-kills-"))
    folder.chmod(0o711)  # under root the database may run as an account of its own
    tell(f"the house lies in {folder}")
    shutil.rmtree(folder / "pack", ignore_errors=True)
    house = House(folder)
    url = os.environ.get("DATABASE_URL", "")  # of a server that is not killed
    os.environ.update({**house.environment, "YANKAO_DEMO": "1", "DATABASE_URL": url})
    commands = (["migrate"], ["load"], ["demo", "--year", "108", "--scale", chosen.scale])
    for command in commands:
        subprocess.run(  # noqa: S603 – our own command
            [sys.executable, "-m", "yankao", *command], check=True, stdout=subprocess.DEVNULL
        )
    lines = Trial(house, chosen).play()
    text = table(lines, chosen)
    print(text)
    if chosen.write:
        write(text)
    is_good = all(line.is_good for line in lines)
    if is_good and not chosen.home:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if is_good else 1


def _chosen() -> Namespace:
    parser = ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    parser.add_argument("--scale", default="0.001", help="of the demo year")
    parser.add_argument("--months", type=int, default=12, help="of the year")
    parser.add_argument("--every", type=int, default=10, help="kills between verifications")
    parser.add_argument(
        "--minutes", type=float, default=60, help="fewer kills when it takes longer"
    )
    parser.add_argument("--home", type=Path, help="a home that may be there already and is kept")
    parser.add_argument("--write", action="store_true", help="also into docs/performance.md")
    return parser.parse_args()


@dataclass
class Trial:
    """Months are closed one after another, most of them killed; a year that is closed is opened."""

    house: House
    chosen: Namespace
    kills: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    orphans: int = 0
    checks: int = 0
    verified: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    lengths: list[float] = field(default_factory=list)

    def play(self) -> list[Line]:
        """Kill, look, and go on until there were enough; then close what is open."""
        from tools.closing_kills import closing

        self.closing: Any = closing
        self.forks = get_context("forkserver")
        self.forks.set_forkserver_preload(["tools.closing_kills.closing"])
        self.chance = random.Random(self.chosen.seed)  # noqa: S311 – drawn by lot, to be drawn again
        self.months = closing.months(YEAR)[: self.chosen.months]
        began = time.monotonic()
        with ExitStack() as held:
            self.held = held
            closing.settle(held)
            closing.open_again()
            for _first_is_slow in range(2):
                self._close_whole(self.months[0])
                closing.open_again()
            until = began + 60 * self.chosen.minutes
            while self.kills.total() < self.chosen.kills and time.monotonic() < until:
                self._one()
            for month in self._open():
                self._close_whole(month)
            self._verify()
            return self._lines(time.monotonic() - began)

    def _open(self) -> list[str]:
        return [month for month in self.months if not self.closing.is_closed(month)]

    def _close_whole(self, month: str) -> None:
        began = time.monotonic()
        closing = self._started(month)
        closing.join()
        self.lengths.append(time.monotonic() - began)
        if closing.exitcode or not self.closing.is_closed(month):
            self.faults.append(f"{month} does not close")
        self._look(month)

    def _started(self, month: str) -> Any:
        process = self.forks.Process(target=self.closing.close, args=(month,))
        process.start()
        return process

    def _one(self) -> None:
        """A closing, mostly killed (or what it stands on) at a moment of its whole length."""
        month = next(iter(self._open()), None)
        if month is None:
            self._verify()
            self.closing.open_again()
            return
        if self.chance.random() < UNHARMED:  # months differ in length, and so does the machine
            self._close_whole(month)
            return
        database = self.chance.random() < DATABASE_SHARE
        moment = self.chance.uniform(0, 1.1 * self.lengths[-1])
        began = time.monotonic()
        process = self._started(month)
        process.join(moment)
        if process.exitcode is not None:
            self.lengths.append(time.monotonic() - began)
            self.ended["before its kill"] += 1
        elif not database:
            process.kill()
            process.join()
            self.kills["closing"] += 1
        elif role := self._kill_database():
            self.kills[role] += 1
        process.join()
        self._look(month)
        if self.kills.total() >= self.chosen.every * (self.checks + 1):
            self.checks += 1
            self._verify()
        if process.exitcode:
            tell(f"{self.kills.total()} kills; {month}; {len(self.faults)} faults")

    def _kill_database(self) -> str:
        role = self.chance.choice(DATABASE)
        if not (there := self.house.processes()[role]):
            return ""
        with suppress(ProcessLookupError):
            os.kill(self.chance.choice(there), signal.SIGKILL)
        return role

    def _look(self, month: str) -> None:
        """Half closings; and once a month is closed, whether it swept what others left."""
        state = self.closing.patient(self.held, lambda: self.closing.state_of(month))
        self.ended["closed" if state.is_closed else "open"] += 1
        self.faults += state.half
        self.orphans += state.orphans
        if state.is_closed and state.orphans:
            self.faults.append(f"{state.orphans} files of nobody after {month} was closed")

    def _verify(self) -> None:
        self.verified += 1
        self.faults += self.closing.patient(self.held, self.closing.faults)

    def _lines(self, seconds: float) -> list[Line]:
        roles = ", ".join(f"{role} {count}" for role, count in sorted(self.kills.items()))
        closed = len(self.months) - len(self._open())
        numbers, left = self.closing.numbers(), self.closing.orphans()
        return [
            Line("kill -9", f"{self.kills.total()} in {seconds:.0f} s: {roles}"),
            Line("a closing takes", f"{min(self.lengths):.1f}–{max(self.lengths):.1f} s"),
            Line("month open afterwards", f"{self.ended['open']}"),
            Line("month closed afterwards", f"{self.ended['closed']}"),
            Line("of these ended before their kill", f"{self.ended['before its kill']}"),
            Line("files of nobody seen in between", f"{self.orphans}"),
            Line("times all was verified", f"{self.verified}"),
            Line("faults", "; ".join(self.faults[:5]) or "0", not self.faults),
            Line(
                "months closed in the end",
                f"{closed} of {len(self.months)}",
                closed == len(self.months),
            ),
            Line("numbers stored in the end", f"{numbers}", numbers > 0),
            Line("files of nobody in the end", f"{left}", left == 0),
        ]


def table(lines: list[Line], chosen: Namespace) -> str:
    """The lines as Markdown."""
    rows = [f"| {line.title} | {line.value}{'' if line.is_good else ' **✗**'} |" for line in lines]
    cores = len(os.sched_getaffinity(0))
    head = f"`make kills KILLS={chosen.kills} SEED={chosen.seed}`, {cores} cores"
    return "\n".join([head, "", "| what | figure |", "| --- | --- |", *rows])


def write(text: str) -> None:
    """Put the table between its marks in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
