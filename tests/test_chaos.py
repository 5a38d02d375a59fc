"""A short ``make chaos``: three kills, the providers' outage, and under root the full disk."""

import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.once]


def test_three_kills_lose_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.chaos", "--kills", "3", "--seed", "1"],
        env={name: value for name, value in os.environ.items() if name != "PGOPTIONS"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr[-4000:]
    assert "| acknowledged cases lost | 0 |" in ended.stdout
    assert "| kill -9 | 3 in" in ended.stdout
