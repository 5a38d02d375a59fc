"""Who may learn and change what: written from the rules, not with the code it judges.

It knows the tree of agencies, roles, and who held a case when; it never calls a permission, a
predicate or a query of the house.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from django.db import connection

from tests.walls.routes import Shows
from tests.walls.world import (
    OF_PETITIONER,
    OF_PETITIONS,
    OF_REPORTER,
    P_CONTENT,
    P_DRAFT,
    P_FILE,
    PHOTO,
    PLACE,
    REMARK,
    STAFF,
    START,
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
PETITION_MOVERS: dict[str, frozenset[str]] = {
    "accept": _OFFICERS,
    "wait": _OFFICERS,
    "resume": _OFFICERS,
    "propose_decline": _OFFICERS,
    "ask_extension": _OFFICERS,
    "assign": _LEADERS,
    "record_answer": _LEADERS,
    "close": _LEADERS,
    "approve_decline": _LEADERS,
    "refuse_decline": _LEADERS,
    "grant_extension": _LEADERS,
    "refuse_extension": _LEADERS,
    "reassign": _LEADERS | _CENTRE,
    "split": _LEADERS | _CENTRE,
    "copy": _LEADERS | _CENTRE,
    "reopen": _LEADERS | _CENTRE,
    "link": _OFFICERS | _CENTRE,
    "unlink": _OFFICERS | _CENTRE,
    "conceal": _LEADERS | {"COMMISSION"},
    "reveal": _LEADERS | {"COMMISSION"},
    "withdraw": _OFFICERS | {"AGENT"},
    "undo": _OFFICERS | _LEADERS | _CENTRE,
}
UNREAD = frozenset({"accept", "assign", "reassign", "conceal", "reveal", "undo"})
"""What may be done with a confidential petition by who may not read it."""
REPLY_READERS = frozenset({"OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR"})

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
    kind: ClassVar[str] = "service.dispatch"
    movers: ClassVar[dict[str, frozenset[str]]] = MOVERS

    @property
    def holders(self) -> set[str]:
        """Agencies that read it now."""
        return {self.agency}


@dataclass(slots=True)
class Petition(Case):
    """A petition as it stands; ``lead`` is the petition of the same matter."""

    received: datetime = START
    is_confidential: bool = False
    is_to_mayor: bool = False
    copied_to: set[str] = field(default_factory=set)
    answering: set[str] = field(default_factory=set)
    """Agencies that wrote an answer."""
    kind: ClassVar[str] = "service.petitions"
    movers: ClassVar[dict[str, frozenset[str]]] = PETITION_MOVERS

    @property
    def holders(self) -> set[str]:
        return {self.agency} | self.copied_to


class Truth:
    """Cases and petitions as the tables have them now, read without the house's queries."""

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
        self.petitions = self._petitions()
        with connection.cursor() as cursor:
            cursor.execute("SELECT closed_at FROM kernel_closing_closing")
            self.closings: list[datetime] = [row[0] for row in cursor.fetchall()]
        self.every: list[Case] = [*self.cases.values(), *self.petitions.values()]

    def _petitions(self) -> dict[int, Petition]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, number, agency_id, state, same_as_id, whole_id, officer_id,"
                " received_at, is_confidential, is_to_mayor"
                " FROM service_petitions_petition ORDER BY id"
            )
            found = {
                row[0]: Petition(
                    *row[:6], officer=row[6], received=row[7], is_confidential=row[8],
                    is_to_mayor=row[9],
                )
                for row in cursor.fetchall()
            }  # fmt: skip
            cursor.execute(
                "SELECT subject_id, agency_id, from_at, until_at FROM kernel_people_tenure"
                " WHERE subject_kind = 'service.petitions'"
            )
            for id_, *held in cursor.fetchall():
                found[id_].tenures.append(Held(*held))
            cursor.execute("SELECT case_id, actor_key, at FROM service_petitions_petitionentry")
            for id_, key, at in cursor.fetchall():
                found[id_].acted.append((key, at))
            cursor.execute("SELECT petition_id, agency_id FROM service_petitions_copy")
            for id_, agency in cursor.fetchall():
                found[id_].copied_to.add(agency)
            cursor.execute(
                "SELECT subject_id, agency_id FROM kernel_replies_reply"
                " WHERE subject_kind = 'service.petitions'"
            )
            for id_, agency in cursor.fetchall():
                found[id_].answering.add(agency)
        return found

    @cached_property
    def by_number(self) -> dict[str, Case]:
        return {case.number: case for case in self.every}

    def of_kind(self, case: Case) -> Mapping[int, Case]:
        """Those among which the case's primary keys are."""
        return self.petitions if isinstance(case, Petition) else self.cases

    def near(self, case: Case) -> list[Case]:
        """The case, what it follows or is a part of, and what follows or is a part of it."""
        others = self.of_kind(case)
        above = [others[pk] for pk in (case.lead, case.whole) if pk is not None]
        if isinstance(case, Petition):
            below = [o for o in others.values() if case.id in {o.lead, o.whole}]
        else:
            below = self.tied.get(case.id, [])
        return [case, *above, *below]

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
        return self._read is EVERYWHERE or bool(case.holders & self._read)

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
        if secret.kind in OF_PETITIONS:
            return self._may_learn_of_petition(secret, shows)
        if secret.kind in OF_REPORTER:
            return shows is Shows.REPORTER and self._handles(secret.owner)
        return any(self._may_read(case, secret, shows) for case in self._family(secret))

    def _handles(self, case: int) -> bool:
        return self._is(HANDLERS, self.truth.cases[case].agency)

    def _is(self, roles: Iterable[str], agency: str) -> bool:
        agencies = self.reach(roles)
        return agencies is EVERYWHERE or agency in agencies

    def _may_learn_of_petition(self, secret: Secret, shows: Shows) -> bool:
        case = self.truth.petitions.get(secret.owner)
        if case is None or shows in {Shows.NOTHING, Shows.PEOPLE}:
            return False
        family = [case]
        if secret.kind in OF_PETITIONER | {P_CONTENT, P_FILE}:  # a part repeats the whole
            family += [p for p in self.truth.petitions.values() if p.whole == case.id]
        family = [one for one in family if self.reads(one)]
        if secret.kind in OF_PETITIONER:
            return shows is Shows.REPORTER and any(self._is(HANDLERS, p.agency) for p in family)
        if secret.kind == P_DRAFT:
            answering = any(self._is(REPLY_READERS, agency) for agency in case.answering)
            return case in family and answering and self.holds(case)
        return any(self._may_read(one, secret, shows) for one in family)

    def reads(self, case: Case) -> bool:
        """Of a confidential petition only its officer and who approves (行政程序法 §170)."""
        if not isinstance(case, Petition) or not case.is_confidential:
            return True
        approving = _LEADERS | {"COMMISSION"} if case.is_to_mayor else _LEADERS
        return case.officer in self.player.persons or self._is(approving, case.agency)

    def may_draft(self, case: Case) -> bool:
        """Whether drafts of the petition are there for the player."""
        return self.holds(case) and self.reads(case)

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
        return any(self._was_told_of(case, key, shows) for case in self.truth.every)

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
        if isinstance(case, Petition) and case.received >= START:
            return True  # whoever sent it may be looking
        if shows in {Shows.NOTHING, Shows.PEOPLE}:
            return case.whole is None and not isinstance(case, Petition)
        if shows is Shows.LOG and ("ADMINISTRATOR", "", False) in self.player.roles:
            return True
        return any(self.sees(one, shows) for one in self.truth.near(case))

    def sees(self, case: Case, shows: Shows) -> bool:
        """Whether the case is there for the player at all, in an answer that shows so much."""
        if shows in {Shows.NOTHING, Shows.PEOPLE}:
            return False
        if self.holds(case):
            return True
        if shows is Shows.COUNTED:
            return any(self.held_at(case, at) for at in self.truth.closings)
        return shows is Shows.PAST and self.period_end(case) is not None

    def held_at(self, case: Case, at: datetime) -> bool:
        """Whether the player's agencies had the case at that time."""
        return any(
            held.agency in (self._read or ())
            and held.from_at <= at
            and (held.until_at is None or at < held.until_at)
            for held in case.tenures
        )

    def may_change(self, before: Case, moves: Iterable[str]) -> bool:
        """Whether the player may have made these moves (none = some other change)."""
        for move in list(moves) or ["undo"]:
            if not self._is(before.movers.get(move, frozenset()), before.agency):
                return False
            if move not in UNREAD and not self.reads(before):
                return False
        return True

    def may_write(self, table: str) -> bool:
        """Whether a request of the player may write a guarded table."""
        allowed = GUARDED.get(table)
        return allowed is None or any(role in allowed for role, *_ in self.player.roles)
