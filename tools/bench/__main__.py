"""``python -m tools.bench``; see ``--help`` and docs/performance.md."""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Build or reuse the home, measure, print; 1 when a limit is broken."""
    chosen = _parser().parse_args()
    folder = (chosen.home or ROOT / "build" / "bench" / str(chosen.size)).resolve()
    if folder.exists() and not chosen.reuse:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {"YANKAO_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "tools.bench.settings"}
    os.environ["YANKAO_LOG_LEVEL"] = "WARNING"
    for name in ("YANKAO_DEMO", "YANKAO_PG_FAST", "DATABASE_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from tools.bench import running
    from yankao.base import postgres

    with postgres.in_use(folder):
        broken = running.run(chosen, _tell)
    if not chosen.reuse:
        _leave(folder)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="generated cases")
    parser.add_argument("--home", type=Path, help="default: build/bench/SIZE")
    parser.add_argument("--reuse", action="store_true", help="keep the home, and use it again")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--short", action="store_true", help="few repetitions; only queries count")
    parser.add_argument(
        "--only", default="", help="sql, letters, web, desk, flows, pages; comma separated"
    )
    return parser


_began = time.monotonic()


def _tell(what: str) -> None:
    print(f"{time.monotonic() - _began:6.1f} s  {what}", file=sys.stderr, flush=True)


def _leave(folder: Path) -> None:
    """Remove the home as soon as its database has shut down."""
    while (folder / "postgres" / "cluster" / "postmaster.pid").exists():
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
