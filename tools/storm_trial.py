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
    """Live reports of the rows that lie in the city, set-based, each with a reporter; how many."""
    from django.db import transaction

    from yankao.base.clock import TAIPEI
    from yankao.base.subjects import Subject
    from yankao.departments.service.dispatch import rules
    from yankao.departments.service.dispatch.models import Case, CaseEntry, Item, Reporter
    from yankao.departments.service.dispatch.services import common, intake
    from yankao.departments.service.dispatch.workflow import KIND, State
    from yankao.kernel.calendar import queries as calendar
    from yankao.kernel.obligations import services as obligations
    from yankao.kernel.people import services as people
    from yankao.kernel.places import queries as places

    Item.objects.filter(pk=ITEM).update(term=TERM)
    item = Item.objects.get(pk=ITEM)
    routes = intake.route_rows(item)
    spots = places.locate_many([row.lat for row in rows], [row.lng for row in rows])
    cases = []
    for row, spot in zip(rows, spots, strict=True):
        if spot is None:
            continue
        where = spot.district_code
        route = rules.route_for(routes, item=item.pk, group=item.group_id, district=where)
        if route is None:
            continue
        cases.append(
            Case(
                number=row.number, item=item, state=State.RECEIVED, channel="phone",
                received_at=row.received_at, recorded_at=row.received_at,
                district_id=where, village_id=spot.village_code,
                lat=round(row.lat, 6), lng=round(row.lng, 6),
                place_words=f"{spot.district_name}{spot.village_name}",
                agency_id=route.agency, unit_id=route.unit,
            )
        )  # fmt: skip
    with transaction.atomic():
        for case, pk in zip(cases, intake.reserve_ids(len(cases)), strict=True):
            case.pk = pk
        promises = obligations.open_obligations(
            [
                obligations.NewObligation(
                    kind=common.HANDLE, subject=Subject(KIND, case.pk), number=case.number,
                    title=item.plain_name, place=case.place_words,
                    address=f"/dispatch/cases/{case.number}/", debtor_agency=case.agency_id or "",
                    debtor_unit=case.unit_id, district=case.district_id,
                    term=calendar.term_in_force(
                        item.term, case.received_at.astimezone(TAIPEI).date()
                    ),
                    opened_at=case.received_at,
                )
                for case in cases
            ],
            actor=actor,
            at=at,
        )  # fmt: skip
        for case, promise in zip(cases, promises, strict=True):
            case.promise_id = case.handling_id = promise
        Case.objects.bulk_create(cases, batch_size=2_000)
        Reporter.objects.bulk_create(
            Reporter(case=case, phone=f"0900{place:06d}") for place, case in enumerate(cases)
        )
        people.open_tenures(
            ((Subject(KIND, c.pk), c.agency_id or "", c.received_at) for c in cases), actor=actor
        )
        CaseEntry.objects.bulk_create(
            common.entry_of(case, "received", actor=actor, at=case.received_at) for case in cases
        )
    return len(cases)


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
