"""``yankao simulate-exchange``: a generated day told over the webhook."""

import time
from argparse import ArgumentParser, Namespace
from datetime import date, timedelta

from django.conf import settings

from yankao.base import clock
from yankao.base.clock import TAIPEI
from yankao.departments.service.calls.rules import day as days
from yankao.departments.service.calls.services import simulated

SEATS = tuple(f"a{number:02}" for number in range(1, 34))
STEP_SECONDS = 2


def configure(parser: ArgumentParser) -> None:
    """Which day, how many calls, how fast, to whom."""
    parser.add_argument("--to", default=settings.YANKAO_ORIGIN, help="網站的位址")
    parser.add_argument("--calls", type=int, default=days.CALLS_A_DAY, help="一天幾通")
    parser.add_argument("--day", type=date.fromisoformat, help="哪一天；預設昨天")
    parser.add_argument("--speed", type=float, default=0, help="幾倍速；0 是不等待，整天一次送完")


def simulate(chosen: Namespace) -> int:
    """Tell the day; every call of it is generated, and its number begins with sim-."""
    yesterday = clock.now().astimezone(TAIPEI).date() - timedelta(days=1)
    day = chosen.day or yesterday
    plan = list(days.planned_calls(day, zone=TAIPEI, seats=SEATS, calls=chosen.calls))
    first, last = plan[0].events[0].at, max(call.events[-1].at for call in plan)
    told, since = 0, first
    while since <= last:
        step = timedelta(seconds=STEP_SECONDS * chosen.speed) if chosen.speed else last - first
        until = since + step + timedelta(microseconds=1)
        batch = list(simulated.events_between(plan, since, until))
        told += simulated.deliver(chosen.to, batch, at=clock.now())
        since = until
        if chosen.speed:
            time.sleep(STEP_SECONDS)
    print(f"模擬的交換機：{day}，{len(plan):,} 通、{told:,} 件事件，都是產生的資料。")
    return 0
