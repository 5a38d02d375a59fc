"""The generated month of the demo: plausible, seeded, marked as generated, made through services.

Every case goes the way a real one goes, with the past given as ``at=``; a second start makes
nothing new, an interrupted first start is continued.
"""

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from PIL import Image, ImageDraw

from yankao.base import clock
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.workflow import Permission
from yankao.kernel.files import services as files
from yankao.kernel.notices import queries as inboxes
from yankao.kernel.notices import services as notices
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role
from yankao.kernel.places import queries as places

CASES = 240
TODAYS = 14
DAYS = 35
SEED = 1999
MARK = "（示範資料，由系統產生）"
_HOURLY = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 7, 6, 7, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1)
_REMARKS = ("已到場處理完成。", "已修復並清理現場。", "已更換零件並測試正常。", "已填補並壓實。")
_OFTEN = {"坑洞": 12, "路燈不亮": 9, "路樹": 6, "積水": 5, "號誌故障": 4, "違規停車": 4}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What shall happen to one generated case, in hours after receipt (None = not yet)."""

    key: str
    item: str
    where: services.Where
    received_at: datetime
    accept_after: float
    done_after: float | None
    is_returned: bool
    verify_after: float


def prepare_demo() -> list[str]:
    """Make what is missing of the generated month up to now; returns lines to print."""
    at = clock.now()
    plans = list(_plans(at))
    made = sum(_play(plan, at) for plan in plans[:-TODAYS])
    if made:
        _read_notices(at)
    made += sum(_play(plan, at) for plan in plans[-TODAYS:])
    if made:
        _take_turns(at)
    return [f"示範資料：新產生 {made} 件派工案件。"] if made else []


def _read_notices(at: datetime) -> None:
    """The past days' notices were read; only today's wait."""
    staff = [*people.people_with(Role.OFFICER, at=at), *people.people_with(Role.SUPERVISOR, at=at)]
    for person in staff:
        actor = people.actor_of(person.id, at)
        with durable():
            newest = inboxes.inbox_state(actor).newest
            notices.mark_all_read(newest=newest, actor=actor, at=at)


def _plans(at: datetime) -> Iterator[_Plan]:
    """The month's cases, the last TODAYS of them received within the last hours."""
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    items = queries.public_items(at=at)
    districts = places.districts()
    item_weights = [_weight(item.plain_name) for item in items]
    busy, spots = settings.CITY["demo"]["busy_districts"], settings.CITY["demo"]["spots"]
    district_weights = [6 if d.name in busy else 1 for d in districts]
    for number in range(CASES):
        district = chance.choices(districts, weights=district_weights)[0]
        point = _point(chance, district.lat, district.lng)
        is_recent = number >= CASES - TODAYS
        is_late = chance.random() < 0.09
        done_after = chance.uniform(5, 40) if is_late else chance.triangular(0.7, 3.9, 2.2)
        yield _Plan(
            key=f"demo-generated-{number:05d}",
            item=chance.choices(items, weights=item_weights)[0].pk,
            where=services.Where(*point, district=district.code, words=chance.choice(spots)),
            received_at=_recent(chance, at) if is_recent else _some_day(chance, at),
            accept_after=chance.uniform(0.05, 0.6),
            done_after=None if chance.random() < 0.03 else done_after,
            is_returned=chance.random() < 0.04,
            verify_after=chance.uniform(1, 30),
        )


def _weight(name: str) -> int:
    return next((weight for word, weight in _OFTEN.items() if word in name), 1)


def _some_day(chance: random.Random, at: datetime) -> datetime:
    day = at - timedelta(days=chance.triangular(0.3, DAYS, 2))
    hour = chance.choices(range(24), weights=_HOURLY)[0]
    return min(day.replace(hour=(hour - 8) % 24), at - timedelta(hours=5))


def _recent(chance: random.Random, at: datetime) -> datetime:
    return at - timedelta(hours=chance.uniform(0.1, 3.5))


def _point(chance: random.Random, lat: float, lng: float) -> tuple[float, float]:
    """A point near a district's middle that lies in the city."""
    for _ in range(20):
        point = lat + chance.gauss(0, 0.008), lng + chance.gauss(0, 0.008)
        if places.locate(lat=point[0], lng=point[1]):
            return point
    return lat, lng


def _play(plan: _Plan, now: datetime) -> bool:
    """Let the case happen up to now; False when it was there already."""
    with durable():
        if queries.has_intake_key(plan.key):
            return False
        reported = services.report_case(
            item=plan.item,
            where=plan.where,
            description=MARK,
            contact=_contact(plan.key),
            photos=(),
            channel="demo",
            actor=_worker("demo-citizen"),
            at=plan.received_at,
            intake_key=plan.key,
        )
        _work(plan, reported.number, now)
    return True


def _contact(key: str) -> services.Contact:
    """Every third reporter left a number nobody has, so that there is somebody to ask later."""
    number = int(key.rpartition("-")[2])
    if number % 3:
        return services.Contact()
    return services.Contact(name="示範民眾", phone=f"0900000{number:03}")


def _work(plan: _Plan, number: str, now: datetime) -> None:
    """Sign in, report and verify as far as the plan has come by ``now``."""
    officer, supervisor = _officer_of(number, now), _worker("demo-supervisor", Permission.VERIFY)
    clock_at = plan.received_at + timedelta(hours=plan.accept_after)
    if clock_at > now:
        return
    services.accept_case(number=number, actor=officer, at=clock_at)
    for attempt in range(2 if plan.is_returned else 1):
        if plan.done_after is None:
            return
        clock_at += timedelta(hours=plan.done_after)
        if clock_at > now:
            return
        services.report_done(
            number=number,
            words=MARK,
            public_remark=_REMARKS[len(plan.item) % len(_REMARKS)],
            photos=[_proof()],
            actor=officer,
            at=clock_at,
        )
        clock_at += timedelta(hours=plan.verify_after)
        if clock_at > now:
            return
        if attempt == 0 and plan.is_returned:
            reason = f"照片看不出完工範圍，請補拍。{MARK}"
            services.return_case(number=number, reason=reason, actor=supervisor, at=clock_at)
        else:
            services.verify_case(number=number, words=MARK, actor=supervisor, at=clock_at)


def _take_turns(now: datetime) -> None:
    """A few of today's cases leave the straight path, so that every turn can be looked at."""
    head = _worker("demo-head", Permission.URGENT, Permission.PAUSE, Permission.CANCEL)
    turns: tuple[Callable[[str], object], ...] = (
        lambda n: services.mark_urgent(number=n, reason=f"有人摔倒{MARK}", actor=head, at=now),
        lambda n: services.pause_case(number=n, reason=f"豪雨停工{MARK}", actor=head, at=now),
        lambda n: services.ask_extension(
            number=n, amount=2, reason=f"等待材料{MARK}", actor=_officer_of(n, now), at=now
        ),
        lambda n: services.cancel_case(
            number=n,
            reason=f"重複登錄{MARK}",
            public_remark="與另一件通報相同，已在那一件處理。",
            actor=head,
            at=now,
        ),
    )
    for number, turn in zip(queries.latest_at_work(MARK), turns, strict=False):
        with durable():
            turn(number)


def _officer_of(number: str, at: datetime) -> Actor:
    """A demo officer of the case's agency where there is one, so that inboxes are not empty."""
    generated = _worker("demo-officer", Permission.HANDLE)
    case = queries.case_for(generated, number, at=at).case
    officers = queries.officers_for(case, at)
    if not officers:
        return generated
    return people.actor_of(officers[case.pk % len(officers)].id, at)


def _worker(name: str, *permissions: str) -> Actor:
    grants = frozenset(Grant(permission) for permission in (*permissions, Permission.READ))
    return Actor(key=system_actor(name).key, name="示範人員", grants=grants)


def _proof() -> files.Kept:
    """A drawn picture that says what it is; the same content is stored once."""
    picture = Image.new("RGB", (640, 420), "#dfe7ef")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(200, 420), (280, 120), (360, 120), (440, 420)], fill="#5b6770")
    for top in range(150, 420, 60):
        draw.rectangle([(314, top), (326, top + 34)], fill="#ffffff")
    draw.text((20, 20), "GENERATED DEMO PICTURE", fill="#1d2b36")
    content = io.BytesIO()
    picture.save(content, "PNG")
    content.seek(0)
    return files.keep(content=content, name="demo.png")
