"""``yankao demo --year 108 --scale 0.01``: a generated year whose totals are the published ones.

Each part (a system's records) is one transaction with its line in the trail: one that was
interrupted never happened, and the next run makes what is missing.
"""

import argparse
import time
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.demo_year import ACTION, SUBJECT, YearPart, YearRun, parts
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.trail import queries as history
from yankao.kernel.trail import services as trail

ACTOR = system_actor("demo-year")
SEED = "yankao"
LEAST, MOST = Fraction(1, 10_000), Fraction(1)
_ONE_AT_A_TIME = 0x59414E59  # advisory lock
_TELL_SECONDS = 2.0


class NoDemo(Refused):
    """Generated records belong into a demo, never among real ones."""


class ScaleWrong(Invalid):
    """The scale is no number from 0.0001 to 1."""


class YearUnknown(Invalid):
    """The city pack knows no published totals of that year."""


class AnotherYearThere(Refused):
    """The year is there at another scale or of another seed; its totals would no longer hold."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Which year, how much of it, and of which draws."""
    parser.add_argument("--year", type=int, required=True, help="民國年，例如 108")
    parser.add_argument("--scale", default="0.01", help="公布總數的幾倍，0.0001 到 1；預設 0.01")
    parser.add_argument("--seed", default=SEED, help="同一個種子產生同樣的紀錄")


def run(chosen: argparse.Namespace) -> int:
    """Generate what is missing, and tell of it; refusals are printed by the command line."""
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} 秒  {line}", flush=True)

    generate(year=chosen.year, scale=chosen.scale, seed=chosen.seed, at=clock.now(), tell=tell)
    return 0


def generate(*, year: int, scale: str, seed: str, at: datetime, tell: Any = print) -> None:
    """Make every part of the year that is not there yet; opens its own transactions.

    Raises NoDemo, ScaleWrong, YearUnknown, AnotherYearThere, and what the parts refuse.
    """
    if not settings.YANKAO_DEMO:
        raise NoDemo(
            "site.demo_year_no_demo",
            "產生的紀錄不能混進真的案件，所以只在示範模式產生。"
            "請改用另一個 YANKAO_HOME，並以 YANKAO_DEMO=1 執行。",
        )
    told, size = _published(year), _scale(scale)
    for exception in told.get("exceptions", ()):
        tell(
            f"公布的數字互相矛盾：{exception['published']}，{exception['against']}。"
            f"{exception['followed']}。"
        )
    for part in parts():
        if part.name in told:
            run_of = YearRun(year, size, seed, part.name, told[part.name], at)
            _generate_part(part, run_of, tell)


def is_missing(year: int) -> bool:
    """Whether the pack tells of the year, and a part of it was not generated."""
    if not _file(year).is_file():
        return False
    told, made = _published(year), {entry["part"] for entry in _made(year)}
    return any(part.name in told and part.name not in made for part in parts())


def _generate_part(part: YearPart, run_of: YearRun, tell: Any) -> None:
    last = time.monotonic()

    def progress(done: int) -> None:
        nonlocal last
        if time.monotonic() - last > _TELL_SECONDS:
            last = time.monotonic()
            tell(f"{part.title}：{done:,}")

    with durable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        same = {"part": part.name, "scale": str(run_of.scale), "seed": run_of.seed}
        if any(_is_made(entry, same) for entry in _made(run_of.year)):
            tell(f"{part.title}：已經產生過，沒有新增。")
            return
        counts = part.generate(replace(run_of, progress=progress))
        subject = Subject(SUBJECT, run_of.year)
        new: dict[str, Any] = {**same, "records": dict(counts)}
        trail.record(actor=ACTOR, action=ACTION, subject=subject, at=run_of.at, new=new)
    shown = "、".join(f"{name} {count:,}" for name, count in counts.items())
    tell(f"{part.title}：{shown}")


def _made(year: int) -> list[Mapping[str, Any]]:
    """What the trail tells of the year's parts."""
    entries = history.history_of(Subject(SUBJECT, year))
    return [entry.new for entry in entries if entry.action == ACTION and entry.new]


def _is_made(entry: Mapping[str, Any], same: Mapping[str, str]) -> bool:
    """Whether the entry is of the same part. Raises AnotherYearThere."""
    if (entry["scale"], entry["seed"]) != (same["scale"], same["seed"]):
        raise AnotherYearThere(
            "site.demo_year_another",
            f"這裡已經有這一年，比例 {float(Fraction(entry['scale'])):g}、種子 {entry['seed']}。"
            "兩次加起來就不等於公布的總數。請改用另一個 YANKAO_HOME。",
        )
    return bool(entry["part"] == same["part"])


def _file(year: int) -> Path:
    return Path(settings.YANKAO_CITY) / f"demo_year_{year}.toml"


def _published(year: int) -> dict[str, Any]:
    path = _file(year)
    if not path.is_file():
        raise YearUnknown(
            "site.demo_year_unknown", f"城市資料包沒有民國 {year} 年的公布數字（{path.name}）。"
        )
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _scale(text: str) -> Fraction:
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError):
        scale = Fraction(0)
    if not LEAST <= scale <= MOST:
        raise ScaleWrong("site.demo_year_scale", "比例要在 0.0001 到 1 之間，例如 --scale 0.01。")
    return scale
