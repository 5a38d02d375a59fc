"""The disk runs full under a house at work: a small file system of its own, which needs root."""

import os
import shutil
import subprocess
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from tools.chaos.house import RESERVE_MB, House, Line, at_work
from tools.chaos.writers import Ledger, Writer

MB = 1024 * 1024
SIZE_MB = 400


def full(seed: int) -> list[Line]:
    """The phase in a house on the small file system; one line when there can be none."""
    folder = Path(tempfile.mkdtemp(prefix="yankao-chaos-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:  # noqa: S603
        folder.rmdir()
        return [Line("disk full", "not tried: a small file system needs root")]
    try:
        return at_work(lambda house, counting: play(house, counting, seed), folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S603, S607
        shutil.rmtree(folder, ignore_errors=True)


def play(house: House, counting: Any, seed: int) -> list[Line]:
    """Little room: words yes, files no. No room: refused in words. Room again: all goes on."""
    ledger = Ledger()
    writer = Writer(house.port, ledger, seed)
    filler = house.home / "filler"

    grow(filler, leave_mb=RESERVE_MB - 8)
    scarce = [writer.report(tries=3) for _ in range(5)]
    upload = counting.upload_refused(_picture())

    grow(filler, leave_mb=0)
    answers = Ledger()
    desperate = Writer(house.port, answers, seed + 1)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        desperate.report(tries=1)
        grow(filler, leave_mb=0)
    filler.unlink()
    house.wait_until_up(120)
    again = writer.report(tries=50)
    ledger.numbers.update(answers.numbers)
    counting.settle()
    found = counting.count(ledger.numbers)
    told = ", ".join(f"{status or 'no answer'} × {n}" for status, n in answers.answers.items())
    rude = {status for status in answers.answers if status not in {"201", "503", "507", "0"}}
    lost = found.lost + found.without_trail + found.without_notices + found.unsent
    return [
        Line(
            f"disk nearly full (reserve {RESERVE_MB} MB): reports in words taken, files refused",
            f"{sum(scarce)} of {len(scarce)}, {upload or 'taken'}",
            all(scarce) and upload == "base.no_room_for_files",
        ),
        Line("disk full for 20 s: answers", told, not rude),
        Line("room again: next report", "taken" if again else "not taken", again),
        Line("of all acknowledged lost, or in part", f"{lost}", lost == 0),
        Line("trail verify", found.trail or "whole", not found.trail),
    ]


def grow(filler: Path, *, leave_mb: int) -> None:
    """Fill the file system up to so much."""
    with filler.open("ab") as file:
        try:
            while shutil.disk_usage(filler.parent).free > leave_mb * MB:
                file.write(b"\0" * min(MB, shutil.disk_usage(filler.parent).free))
                file.flush()
        except OSError:
            pass


def _picture() -> BytesIO:
    made = BytesIO()
    Image.new("RGB", (8, 8)).save(made, "PNG")
    made.seek(0)
    return made
