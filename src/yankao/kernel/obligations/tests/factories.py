"""The least valid obligation, opened by the service."""

from datetime import date, datetime
from itertools import count

from tests.cast import NOW
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.subjects import Subject
from yankao.kernel.calendar.rules import Term, Unit
from yankao.kernel.obligations import services
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.obligations.permissions import READ

OPENER = system_actor("tests")
READER = Actor("system:reader", "讀者", grants=frozenset({Grant(READ)}))
_number = count(1)

FOUR_HOURS = Term("dispatch.4h", "4 小時", Unit.HOURS, 4, "慣例", "K", date(2019, 1, 1))
SIX_DAYS = Term("petition", "6 天", Unit.WORKING_DAYS, 6, "慣例", "K", date(2019, 1, 1))
ONE_DAY = Term("one", "1 天", Unit.WORKING_DAYS, 1, "慣例", "K", date(2019, 1, 1))


def new(**fields) -> services.NewObligation:
    """What to open; everything has a default."""
    number = next(_number)
    defaults = {
        "kind": "tests.kind",
        "subject": Subject("tests.subject", number),
        "number": f"T{number:06d}",
        "title": "路面坑洞",
        "debtor_agency": "ROADS",
        "opened_at": NOW,
    }
    given = {**defaults, **fields}
    if "due_at" not in given:
        given.setdefault("term", FOUR_HOURS)
    return services.NewObligation(**given)


def open_one(*, at: datetime | None = None, **fields) -> Obligation:
    """An obligation of ROADS, four hours from NOW unless said otherwise."""
    wanted = new(**fields)
    given = {name: getattr(wanted, name) for name in wanted.__slots__}
    return services.open_obligation(**given, actor=OPENER, at=at or wanted.opened_at)
