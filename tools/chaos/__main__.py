"""``python -m tools.chaos --kills 200 --seed 7 [--write]``; exit status 1 = something was lost.

The home of a run that went wrong is kept and named.
"""

import os
import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from tools.chaos import disk
from tools.chaos.house import ROLES, ROOT, House, Line, at_work, tell
from tools.chaos.writers import Ledger, Writer, writing

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- chaos: generated -->", "<!-- end -->"
LONGEST_BREATH = 60
OUTAGE_MINUTES = (1, 2, 4, 8, 15)


def main() -> int:
    chosen = _chosen()
    lines = at_work(lambda house, counting: play(house, counting, chosen))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as another:
        lines += another.submit(disk.full, chosen.seed).result()
    text = table(lines, chosen)
    print(text)
    if chosen.write:
        write(text)
    return 0 if all(line.is_good for line in lines) else 1


def _chosen() -> Namespace:
    parser = ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    parser.add_argument("--write", action="store_true", help="also into docs/performance.md")
    return parser.parse_args()


def play(house: House, counting: Any, chosen: Namespace) -> list[Line]:
    """The phases one after another; the lines of the table."""
    ledger = Ledger()
    lines = ill_treat(house, counting, ledger, chosen)
    lines += provider_down(house, counting, ledger, chosen)
    return lines + outcome(counting, ledger)


def ill_treat(house: House, counting: Any, ledger: Ledger, chosen: Namespace) -> list[Line]:
    """Two writers at work while processes are killed at random."""
    chance = random.Random(chosen.seed)  # noqa: S311 – drawn by lot, to be drawn again
    kills: Counter[str] = Counter()
    began = time.monotonic()
    with writing(house.port, ledger, chosen.seed):
        while kills.total() < chosen.kills:
            house.keep_up()
            if role := house.kill_one(chance):
                kills[role] += 1
                at = f"{time.monotonic() - began:.0f} s"
                tell(f"{at} {kills.total()} {role}; {len(ledger.numbers)} acknowledged")
            breathe(house, ledger, chance)
        house.wait_until_up()
    seconds = time.monotonic() - began
    settled = counting.settle()
    missing = patient_missing(house)
    roles = ", ".join(f"{role} {kills[role]}" for role in ROLES)
    failed = ledger.answers.total() - ledger.answers["201"]
    return [
        Line("kill -9", f"{kills.total()} in {seconds:.0f} s: {roles}"),
        Line("acknowledged under fire", f"{len(ledger.numbers)}"),
        Line("answers other than 201, tried again under the same key", f"{failed}"),
        Line("longest time without an acknowledgement", f"{ledger.longest_silence:.1f} s"),
        Line("reports refused for good", f"{len(ledger.refusals)}", not ledger.refusals),
        Line("processes not started again", ", ".join(missing) or "none", not missing),
        Line("settled after", f"{settled:.0f} s"),
    ]


def breathe(house: House, ledger: Ledger, chance: random.Random) -> None:
    """Until the next kill: half of them while the house is still getting up from the last one."""
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0.1, 1.0))
        return
    known, deadline = len(ledger.numbers), time.monotonic() + LONGEST_BREATH
    while len(ledger.numbers) == known and time.monotonic() < deadline:
        house.keep_up()
        time.sleep(0.1)
    time.sleep(chance.uniform(0.1, 1.5))


def patient_missing(house: House, seconds: float = 20) -> list[str]:
    """Roles still not played after a while."""
    deadline = time.monotonic() + seconds
    while (missing := house.missing()) and time.monotonic() < deadline:
        house.keep_up()
        time.sleep(0.5)
    return missing


def provider_down(house: House, counting: Any, ledger: Ledger, chosen: Namespace) -> list[Line]:
    """Both outboxes out of reach for thirty simulated minutes, reports coming in all the while."""
    outboxes = [house.home / "outbox" / name for name in ("sms", "email")]
    for outbox in outboxes:
        outbox.rename(outbox.with_suffix(".away"))
        outbox.touch()
    writer = Writer(house.port, ledger, chosen.seed + 9)
    sent = counting.sent()
    for minutes in OUTAGE_MINUTES:
        for _ in range(5):
            writer.report()
        counting.sweep()
        counting.pass_time(minutes=minutes)
    counting.sweep()
    time.sleep(5)
    waiting, meanwhile = counting.waiting_letters(), counting.sent() - sent
    for outbox in outboxes:
        outbox.unlink()
        outbox.with_suffix(".away").rename(outbox)
    counting.settle()
    late = counting.sent() - sent
    reports = 5 * len(OUTAGE_MINUTES)
    return [
        Line(
            f"providers down {sum(OUTAGE_MINUTES)} simulated minutes, {reports} reports meanwhile",
            f"{meanwhile} letters sent, {waiting} waiting",
            meanwhile == 0 and waiting == 2 * reports,
        ),
        Line("sent when they were back", f"{late}", late == 2 * reports),
    ]


def outcome(counting: Any, ledger: Ledger) -> list[Line]:
    """The house against the ledger."""
    found = counting.count(ledger.numbers)
    must_be_nothing = {
        "acknowledged cases lost": found.lost,
        "cases doubled": found.doubled_cases,
        "cases without trail row": found.without_trail,
        "cases without obligation": found.without_obligation,
        "cases without their three notices": found.without_notices,
        "notices unsent": found.unsent,
        "notices given up": found.given_up,
        "jobs left or failed": found.jobs_left,
    }
    return [
        Line("acknowledged cases", f"{len(ledger.numbers)} of {found.cases} stored"),
        *(Line(title, f"{number}", number == 0) for title, number in must_be_nothing.items()),
        Line("letters", f"{found.letters}, of these {found.doubled_letters} went out twice"),
        Line("trail verify", found.trail or "whole", not found.trail),
    ]


def table(lines: list[Line], chosen: Namespace) -> str:
    """The lines as Markdown."""
    rows = [f"| {line.title} | {line.value}{'' if line.is_good else ' **✗**'} |" for line in lines]
    cores = len(os.sched_getaffinity(0))
    head = f"`make chaos KILLS={chosen.kills} SEED={chosen.seed}`, {cores} cores"
    return "\n".join([head, "", "| what | figure |", "| --- | --- |", *rows])


def write(text: str) -> None:
    """Put the table between its marks in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
