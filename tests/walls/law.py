"""Who may learn and change what: written from the rules, not with the code it judges.

It knows the tree of agencies, roles, and who held a case when; it never calls a permission, a
predicate or a query of the house.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import connection

from tests.walls.routes import Shows
from tests.walls.world import (
    OF_REPORTER,
    PHOTO,
    PLACE,
    REMARK,
    STAFF,
    VIEW,
    Player,
    Secret,
    World,
)

EVERYWHERE = None
READERS = frozenset({"OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR", "AGENT"})
HANDLERS = frozenset({"OFFICER", "SUPERVISOR", "AGENT"})
"""Who may look at the reporter of a case."""
DIRECTORY = frozenset({"ADMINISTRATOR", "AUDITOR", "HEAD", "SUPERVISOR"})
CITYWIDE = frozenset({"COMMISSION", "AUDITOR", "AGENT", "ADMINISTRATOR"})
TOLD = frozenset({"verified", "closed", "cancelled"})
"""States in which the remark is everybody's."""

_OFFICERS = frozenset({"OFFICER", "SUPERVISOR"})
_LEADERS = frozenset({"SUPERVISOR", "HEAD"})
_CENTRE = frozenset({"COMMISSION", "AGENT"})
MOVERS: dict[str, frozenset[str]] = {
    "accept": _OFFICERS,
    "report_done": _OFFICERS,
    "ask_extension": _OFFICERS,
    "resume": _OFFICERS,
    "assign": _LEADERS,
    "grant_extension": _LEADERS,
    "refuse_extension": _LEADERS,
    "pause": _LEADERS,
    "verify": _LEADERS | {"COMMISSION"},
    "close": _LEADERS | {"COMMISSION"},
    "return": _LEADERS | {"COMMISSION"},
    "cancel": _LEADERS | {"COMMISSION"},
    "reassign": _LEADERS | _CENTRE,
    "split": _LEADERS | _CENTRE,
    "mark_urgent": _LEADERS | _CENTRE,
    "unmark_urgent": _LEADERS | _CENTRE,
    "reopen": _LEADERS | _CENTRE,
    "join": _OFFICERS | _CENTRE,
    "separate": _OFFICERS | _CENTRE,
    "photo_published": _OFFICERS,
    "photo_withdrawn": _OFFICERS,
    "undo": _OFFICERS | _LEADERS | _CENTRE,
}
ANY_MOVER = frozenset().union(*MOVERS.values())

GUARDED: dict[str, frozenset[str]] = {
    "kernel_people_assignment": frozenset({"ADMINISTRATOR"}),
    "kernel_people_agency": frozenset(),
    "kernel_people_unit": frozenset(),
    "kernel_doors_apikey": frozenset({"ADMINISTRATOR"}),
    "kernel_calendar_stopwork": frozenset({"COMMISSION"}),
    "kernel_calendar_termrule": frozenset(),
    "kernel_places_district": frozenset(),
    "kernel_notices_template": frozenset(),
    "service_dispatch_item": frozenset(),
    "service_dispatch_route": frozenset(),
}
"""Tables that only these roles write through a request."""


@dataclass(frozen=True, slots=True)
class Held:
    """One period in which an agency held a case."""

    agency: str
    from_at: datetime
    until_at: datetime | None


@dataclass(slots=True)
class Case:
    """A case as it stands."""

    id: int
    number: str
    agency: str
    state: str
    lead: int | None
    whole: int | None
    tenures: list[Held] = field(default_factory=list)
    acted: list[tuple[str, datetime]] = field(default_factory=list)
    officer: int | None = None


class Truth:
    """The cases as the tables have them now, read without the house's queries."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, number, agency_id, state, lead_id, whole_id, officer_id"
                " FROM service_dispatch_case ORDER BY id"
            )
            self.cases = {row[0]: Case(*row[:6], officer=row[6]) for row in cursor.fetchall()}
            cursor.execute(
                "SELECT subject_id, agency_id, from_at, until_at FROM kernel_people_tenure"
                " WHERE subject_kind = 'service.dispatch'"
            )
            for id_, *held in cursor.fetchall():
                self.cases[id_].tenures.append(Held(*held))
            cursor.execute("SELECT case_id, actor_key, at FROM service_dispatch_caseentry")
            for id_, key, at in cursor.fetchall():
                self.cases[id_].acted.append((key, at))

    @cached_property
    def by_number(self) -> dict[str, Case]:
        return {case.number: case for case in self.cases.values()}

    @cached_property
    def tied(self) -> dict[int, list[Case]]:
        """Case → cases that follow it or are parts of it."""
        found: dict[int, list[Case]] = {}
        for case in self.cases.values():
            for other in (case.lead, case.whole):
                if other is not None:
                    found.setdefault(other, []).append(case)
        return found


class Law:
    """What one player may learn and change as things stand."""

    def __init__(self, world: World, truth: Truth, player: Player) -> None:
        self.world, self.truth, self.player = world, truth, player

    def reach(self, roles: Iterable[str]) -> frozenset[str] | None:
        """Agencies at which the player has one of the roles; None = everywhere."""
        found: set[str] = set()
        for role, agency, only_unit in self.player.roles:
            if role in roles:
                if not agency:
                    return EVERYWHERE
                found |= {agency} if only_unit else self._below(agency)
        return frozenset(found)

    def _below(self, agency: str) -> set[str]:
        parents = self.world.parents
        return {code for code in parents if agency in self._line(code)} | {agency}

    def _line(self, code: str) -> list[str]:
        line = [code]
        while above := self.world.parents.get(line[-1]):
            line.append(above)
        return line

    @cached_property
    def _read(self) -> frozenset[str] | None:
        return self.reach(READERS)

    def holds(self, case: Case) -> bool:
        """Reads at the agency that has the case now."""
        return self._read is EVERYWHERE or case.agency in self._read

    def period_end(self, case: Case) -> datetime | None:
        """When the player's agencies last gave the case away; None = never had it, or has it."""
        if self.holds(case):
            return None
        ends = [t.until_at for t in case.tenures if t.agency in (self._read or ()) and t.until_at]
        return max(ends, default=None)

    def may_learn(self, secret: Secret, shows: Shows) -> bool:
        """Whether the mark may stand in an answer that shows so much."""
        if secret.kind == STAFF:
            own = secret.owner in self.player.persons
            return own or (shows is not Shows.NOTHING and self._may_name(secret.owner, shows))
        if secret.kind == VIEW:
            return shows is not Shows.NOTHING and self.world.of_agency[secret.owner] == self._seat
        if secret.kind in OF_REPORTER:
            return shows is Shows.REPORTER and self._handles(secret.owner)
        return any(self._may_read(case, secret, shows) for case in self._family(secret))

    def _handles(self, case: int) -> bool:
        agencies = self.reach(HANDLERS)
        return agencies is EVERYWHERE or self.truth.cases[case].agency in agencies

    def _may_read(self, case: Case, secret: Secret, shows: Shows) -> bool:
        if secret.kind == REMARK and case.state in TOLD:
            return True
        if shows in {Shows.NOTHING, Shows.PEOPLE}:
            return False
        if self.holds(case):
            return True
        until = self.period_end(case) if shows is Shows.PAST else None
        return until is not None and secret.at <= until

    def _family(self, secret: Secret) -> list[Case]:
        """Cases that share the text: parts have the whole's place and photos, followers its end."""
        case = self.truth.cases.get(secret.owner)
        if case is None:
            return []
        tied = self.truth.tied.get(case.id, [])
        if secret.kind in {PLACE, PHOTO}:
            return [case, *(other for other in tied if other.whole == case.id)]
        if secret.kind == REMARK:
            return [case, *(other for other in tied if other.lead == case.id)]
        return [case]

    def _may_name(self, person: int, shows: Shows) -> bool:
        agency = self.world.of_agency[person]
        agencies = self.reach(READERS | DIRECTORY)
        if agencies is EVERYWHERE or agency in agencies or agency in self._home():
            return True
        key = f"person:{person}"
        return any(self._was_told_of(case, key, shows) for case in self.truth.cases.values())

    @property
    def _seat(self) -> str | None:
        """The agency the player sits in; a deputy's is the principal's."""
        sits = self.player.principal or self.player.person
        return self.world.of_agency[sits.pk] if sits is not None else None

    def _home(self) -> set[str]:
        """Colleagues of one's agency may be chosen as deputies."""
        return {self.world.of_agency[pk] for pk in self.player.persons} - {""}

    def _was_told_of(self, case: Case, key: str, shows: Shows) -> bool:
        times = [at for actor, at in case.acted if actor == key]
        if self.holds(case):
            return bool(times) or f"person:{case.officer}" == key
        until = self.period_end(case) if shows is Shows.PAST else None
        return until is not None and any(at <= until for at in times)

    def may_know(self, case: Case, shows: Shows) -> bool:
        """Whether the number may stand in an answer: a part's never in what anybody reads."""
        if shows in {Shows.NOTHING, Shows.PEOPLE}:
            return case.whole is None
        if shows is Shows.LOG and ("ADMINISTRATOR", "", False) in self.player.roles:
            return True
        cases = self.truth.cases
        others = [cases[pk] for pk in (case.lead, case.whole) if pk is not None]
        near = [case, *others, *self.truth.tied.get(case.id, [])]
        return any(self.sees(one, shows) for one in near)

    def sees(self, case: Case, shows: Shows) -> bool:
        """Whether the case is there for the player at all, in an answer that shows so much."""
        if shows in {Shows.NOTHING, Shows.PEOPLE}:
            return False
        return self.holds(case) or (shows is Shows.PAST and self.period_end(case) is not None)

    def may_change(self, before: Case, moves: Iterable[str]) -> bool:
        """Whether the player may have made these moves (none = some other change)."""
        for move in list(moves) or ["undo"]:
            agencies = self.reach(MOVERS.get(move, frozenset()))
            if agencies is not EVERYWHERE and before.agency not in agencies:
                return False
        return True

    def may_write(self, table: str) -> bool:
        """Whether a request of the player may write a guarded table."""
        allowed = GUARDED.get(table)
        return allowed is None or any(role in allowed for role, *_ in self.player.roles)
