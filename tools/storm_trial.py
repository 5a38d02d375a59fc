"""Tries storm mode on real days: the city's pothole records as if they came in live.

    YANKAO_SHARED=../shared .venv/bin/python -m tools.storm_trial          # 5 Sep 2018
    YANKAO_SHARED=../shared .venv/bin/python -m tools.storm_trial --all    # Aug and Sep 2018

Imported records are closed with unknown outcome (ADR 0008), so the rows are taken in anew, in a
home and database that are thrown away afterwards; nothing of them is kept. Prints what came of it.
"""

import argparse
import csv
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

DAY = ("2018-09-05",)
MONTHS = ("2018-08-", "2018-09-")
FILE = "data/kaohsiung/1999_pothole_2017_2018.csv"
ITEM, TERM = "pothole-1", "dispatch.24h"
"""In 2018 a danger was handled within 24 hours."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a live report needs of a record."""

    number: str
    received_at: datetime
    lat: float
    lng: float


def read_rows(path: Path, beginnings: Sequence[str]) -> tuple[list[Row], int]:
    """The rows of the days, oldest first, and how many of them have no usable point."""
    from yankao.base.clock import TAIPEI

    chosen, unplaced = [], 0
    with path.open(encoding="utf-8", newline="") as lines:
        for cells in csv.reader(lines):
            if len(cells) < 3 or not cells[2].startswith(tuple(beginnings)):
                continue
            try:
                at = datetime.fromisoformat(cells[2]).replace(tzinfo=TAIPEI)
                chosen.append(Row(cells[0].strip(), at, float(cells[3]), float(cells[4])))
            except (ValueError, IndexError):
                unplaced += 1
    return sorted(chosen, key=lambda row: (row.received_at, row.number)), unplaced


def take_in(rows: Sequence[Row], *, actor: Any, at: datetime) -> int:
    """Live reports of the rows that lie in the city, each with a reporter; how many."""
    from yankao.departments.service.dispatch import services
    from yankao.departments.service.dispatch.models import Item

    Item.objects.filter(pk=ITEM).update(term=TERM)
    reports = [
        services.Report(
            item=ITEM,
            lat=row.lat,
            lng=row.lng,
            received_at=row.received_at,
            contact=services.Contact(phone=f"0900{place:06d}"),
            number=row.number,
        )
        for place, row in enumerate(rows)
    ]
    taken = services.report_cases(reports, channel="phone", actor=actor, at=at)
    return sum(1 for one in taken if one is not None)


@dataclass
class Trial:
    """What came of it; seconds by step."""

    reports: int = 0
    orders: int = 0
    in_orders: int = 0
    largest: int = 0
    joined: int = 0
    closed: int = 0
    told: int = 0
    told_twice: int = 0
    seconds: dict[str, float] | None = None


def run(rows: Sequence[Row], *, reach_m: int | None = None) -> Trial:
    """Take in, cluster, join, sign in, report done, verify; all of it on one instant a step."""
    from django.db.models import Count

    from yankao.base.actors import Actor, Grant
    from yankao.departments.service.dispatch import queries, services
    from yankao.departments.service.dispatch.models import Case
    from yankao.departments.service.dispatch.workflow import Permission
    from yankao.kernel.notices.models import Notice

    grants = frozenset(Grant(permission) for permission in Permission)
    chief = Actor(key="system:storm-trial-chief", name="試行主管", grants=grants)
    crew = Actor(key="system:storm-trial-crew", name="試行工班", grants=grants)
    trial, at = Trial(seconds={}), rows[-1].received_at + timedelta(minutes=10)

    def timed(step: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        done = work()
        assert trial.seconds is not None, "made with a dict"
        trial.seconds[step] = round(time.perf_counter() - begun, 2)
        return done

    trial.reports = timed("take in", lambda: take_in(rows, actor=crew, at=at))
    choice = queries.StormChoice(rows[0].received_at, at, reach_m=reach_m)
    storm = timed("cluster", lambda: queries.storm_for(chief, choice))
    trial.orders = len(storm.proposals)
    trial.in_orders = sum(p.count for p in storm.proposals)
    trial.largest = max((p.count for p in storm.proposals), default=0)
    groups = [
        services.Group(p.lead.number, tuple(r.number for r in p.reports[1:]))
        for p in storm.proposals
    ]
    outcomes = timed(
        "join",
        lambda: services.join_groups(groups=groups, reason="試行", actor=chief, at=at),
    )
    trial.joined = sum(one.joined for one in outcomes)
    photo = _photo()
    leads = [group.lead for group in groups]
    later = at + timedelta(hours=2)
    timed("sign in", lambda: [
        services.accept_case(number=n, actor=crew, at=at) for n in leads
    ])  # fmt: skip
    timed("report done", lambda: [
        services.report_done(number=n, words="", public_remark="已填補。", photos=[photo],
                             actor=crew, at=later)
        for n in leads
    ])  # fmt: skip
    timed("verify and close", lambda: [
        services.verify_case(number=n, words="", actor=chief, at=later + timedelta(hours=1))
        for n in leads
    ])  # fmt: skip
    trial.closed = Case.objects.filter(state="closed").count()
    told = Notice.objects.filter(template__key="dispatch.closed", channel="sms")
    by_case = told.values("subject_id").annotate(n=Count("pk")).values_list("n", flat=True)
    trial.told, trial.told_twice = len(by_case), sum(1 for n in by_case if n > 1)
    return trial


def _photo() -> Any:
    from PIL import Image

    from yankao.kernel.files import services as files

    content = io.BytesIO()
    Image.new("RGB", (8, 8), "grey").save(content, "PNG")
    content.seek(0)
    return files.keep(content=content, name="done.png")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures of one trial; returns 1 when the real records are not there."""
    parser = argparse.ArgumentParser(description="Try storm mode on the real days.")
    parser.add_argument("--all", action="store_true", help="August and September 2018")
    parser.add_argument("--reach", type=int, default=None, help="metres; default: the item's own")
    chosen = parser.parse_args(arguments)
    path = Path(os.environ.get("YANKAO_SHARED", "")) / FILE
    if not path.is_file():
        print("The real records are not here: set YANKAO_SHARED.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="yankao-storm-") as home:
        os.chmod(home, 0o711)  # noqa: S103 – PostgreSQL runs as somebody else
        os.environ |= {"YANKAO_HOME": home, "YANKAO_LOG_LEVEL": "ERROR"}
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yankao.site.settings")
        return _try(path, MONTHS if chosen.all else DAY, chosen.reach)


def _try(path: Path, beginnings: Sequence[str], reach_m: int | None) -> int:
    import django

    django.setup()
    from django.conf import settings

    from yankao.base import clock, packs
    from yankao.base.actors import system_actor
    from yankao.site import commandline, upgrading

    with commandline.database():
        upgrading.migrate()
        packs.load_pack(Path(settings.YANKAO_CITY), actor=system_actor("pack"), at=clock.now())
        rows, unplaced = read_rows(path, beginnings)
        trial = run(rows, reach_m=reach_m)
    print(f"rows {len(rows) + unplaced}, without a point {unplaced}, taken in {trial.reports}")
    print(f"work orders {trial.orders}, reports in them {trial.in_orders}, largest {trial.largest}")
    print(f"joined {trial.joined}, closed {trial.closed}")
    print(f"reporters told of the end {trial.told}, told twice {trial.told_twice}")
    for step, seconds in (trial.seconds or {}).items():
        print(f"{step}: {seconds} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
