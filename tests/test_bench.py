"""A short ``make bench``: every part runs, and no page asks the database more than twelve times."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.once]
OURS = {"YANKAO_HOME", "YANKAO_ORIGIN", "YANKAO_SECOND_FACTOR", "PGOPTIONS"}


def test_everything_is_measured(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "tools.bench",
            "--size",
            "2500",
            "--short",
            "--home",
            tmp_path / "a",
        ],
        env={name: value for name, value in os.environ.items() if name not in OURS},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr[-4000:]
    for first_and_last in ("SQL: list by", "monthly matrix", "take in a report", "in the index"):
        assert first_and_last in ended.stdout
    assert "| `petitions/monthly/` |" in ended.stdout
