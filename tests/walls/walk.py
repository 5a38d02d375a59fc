"""Asking step by step, checking each answer, and the shortest way back to a leak."""

import contextlib
import gzip
import io
import json
import logging
import os
import random
import re
import sys
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.signals import got_request_exception
from django.db import connection, transaction
from time_machine import Traveller

from tests.walls import routes
from tests.walls.law import Case, Law, Truth
from tests.walls.routes import ROUTES, Shows
from tests.walls.steps import LONG, Ask, Draw
from tests.walls.world import MARK, P_PHONE, P_TOLD, PHONE, START, TELEPHONE, Player, World
from yankao.kernel.search import services as search

STAYS = 10
"""Every so many-th step is not taken back."""
ALL_ROWS = 50
"""Every so many-th step all rows are compared, whatever was seen written."""
HEALTH = "/health/"
"""Says 503 where no worker runs."""
NUMBER = re.compile(r"[DP]\d{12}(?:-\d+)?", re.IGNORECASE)
REQUEST = re.compile(r"'request_id': '[0-9a-f]{32}'")
"""Drawn by lot, so now and then it looks like a telephone."""
TABLE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|COPY)\s+"?(\w+)', re.IGNORECASE)
OF_CASES = re.compile(r"service_dispatch_(?:case|reporter|extension)|kernel_obligations_|"
                      r"service_petitions_(?:petition|copy|decline|extension)|kernel_replies_reply|"
                      r"kernel_files_attachment|kernel_people_tenure")  # fmt: skip
RANDOM = re.compile(r'value="[^"]{24,}"|[0-9a-f]{32}|nonce-[\w+/=-]+|"[\w+/=.:-]{40,}"')

_ROWS = """
SELECT c.number, md5(concat_ws('#', c::text,
  (SELECT r::text FROM service_{system}_{whose} r WHERE r.{case}_id = c.id),
  (SELECT string_agg(e::text, '|' ORDER BY e.id) FROM service_{system}_{case}entry e
    WHERE e.case_id = c.id),
  (SELECT string_agg(x::text, '|' ORDER BY x.id) FROM service_{system}_extension x
    WHERE x.case_id = c.id),
  (SELECT string_agg(a::text, '|' ORDER BY a.id) FROM kernel_replies_reply a
    WHERE a.subject_kind = 'service.{system}' AND a.subject_id = c.id),
  (SELECT string_agg(o::text, '|' ORDER BY o.id) FROM kernel_obligations_obligation o
    WHERE o.subject_kind = 'service.{system}' AND o.subject_id = c.id),
  (SELECT string_agg(a::text, '|' ORDER BY a.id) FROM kernel_files_attachment a
    WHERE a.subject_kind = 'service.{system}' AND a.subject_id = c.id),
  (SELECT string_agg(t::text, '|' ORDER BY t.id) FROM kernel_people_tenure t
    WHERE t.subject_kind = 'service.{system}' AND t.subject_id = c.id)))
FROM service_{system}_{case} c
"""
ROWS = " UNION ALL ".join(
    _ROWS.format(system=system, case=case, whose=whose)
    for system, case, whose in (
        ("dispatch", "case", "reporter"),
        ("petitions", "petition", "petitioner"),
    )
)
"""Everything of a case or petition in one figure, by number."""


class Leak(AssertionError):
    """An answer, a log line or a row told or changed what it must not."""


@dataclass
class Seen:
    """What the steps were: to show that they went everywhere and that the checks can see."""

    routes: Counter[str] = field(default_factory=Counter)
    agencies: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    lawful: Counter[str] = field(default_factory=Counter)
    twins: int = 0
    moves: Counter[str] = field(default_factory=Counter)


class Logs(logging.Handler):
    """Every line that any logger writes."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.lines.append(f"{record.msg} {record.args} {trace}")


class Walk:
    """One seed's steps over one world, from the same beginning as often as wanted."""

    def __init__(self, world: World, seed: int, traveller: Traveller) -> None:
        self.world, self.seed, self.traveller = world, seed, traveller
        self.shapes = routes.shapes()
        self.deck = [key for key, route in sorted(ROUTES.items()) for _ in range(route.weight)]
        random.Random(f"routes {seed}").shuffle(self.deck)
        self.players = [*world.players]
        random.Random(f"players {seed}").shuffle(self.players)
        self.seen, self.logs = Seen(), Logs()
        self.errors: list[BaseException] = []
        self.written: set[str] = set()
        self.secrets = dict(world.secrets)
        self.begin = transaction.savepoint()

    # --- running

    def run(self, steps: Iterable[int]) -> None:
        """The steps in order, from the world as it was made. Raises Leak."""
        self._rewind()
        with self._watching():
            for step in steps:
                self.last = step
                self._step(step)

    def _rewind(self) -> None:
        transaction.savepoint_rollback(self.begin)
        self.begin = transaction.savepoint()
        self.world.secrets = dict(self.secrets)
        for player in [*self.world.players, *self.world.others]:
            player.client = None
        self.truth, self.rows = Truth(), self._all_rows()

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        root = logging.getLogger()
        level, handlers = root.level, root.handlers
        root.handlers = [self.logs]
        root.setLevel(logging.INFO)
        got_request_exception.connect(self._caught)
        try:
            with connection.execute_wrapper(self._executed):
                yield
        finally:
            got_request_exception.disconnect(self._caught)
            root.handlers = handlers
            root.setLevel(level)

    def _caught(self, **_: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            self.errors.append(error)

    def _executed(self, execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        found = TABLE.match(str(sql))
        if found:
            self.written.add(found.group(1).lower())
        return execute(sql, parameters, many, context)

    def shortest(self, step: int) -> list[int]:
        """The fewest steps found that end in the same leak: mostly the last one alone."""
        kept = [n for n in range(step) if self._keeps(n)]
        if self._leaks([step]):
            return [step]
        if not self._leaks([*kept, step]):
            return [*range(step + 1)]
        size = max(1, len(kept) // 2)
        while kept and size:
            for start in range(0, len(kept), size):
                fewer = kept[:start] + kept[start + size :]
                if self._leaks([*fewer, step]):
                    kept = fewer
                    break
            else:
                size //= 2
        return [*kept, step]

    def _leaks(self, steps: list[int]) -> bool:
        try:
            self.run(steps)
        except Leak:
            return self.last == steps[-1]
        return False

    # --- one step

    def _keeps(self, step: int) -> bool:
        return step % STAYS == STAYS - 1

    def _player(self, step: int, rng: random.Random) -> Player:
        if rng.random() < 0.3:
            others = self.world.others
            return rng.choices(others, [len(player.roles) or 1 for player in others])[0]
        return self.players[step % len(self.players)]

    def _step(self, step: int) -> None:
        rng = random.Random(f"{self.seed} {step}")
        key = self.deck[step % len(self.deck)]
        at = START + timedelta(seconds=step + 1)
        self.traveller.move_to(at)
        player = self._player(step, rng)
        keep = self._keeps(step) and ROUTES[key].keeps
        shape = routes.shape_of(key, self.shapes)
        ask = Draw(rng, self.world, self.truth, player, key, step, keep, at, shape).ask()
        self._note(key, player)
        player.browser()
        try:
            self._asked(player, ask, keep=keep, follow=rng.random() < 0.5)
            if step % ALL_ROWS == 0:
                self._compare_all()
        except Leak as leak:
            leak.args = (f"step {step}: {player.name}: {ask}\n{leak}",)
            raise
        if keep and step % (10 * STAYS) == 10 * STAYS - 1:
            search.keep_fresh()

    def _note(self, key: str, player: Player) -> None:
        self.seen.routes[key] += 1
        self.seen.agencies |= {agency for _role, agency, _unit in player.roles}

    def _asked(self, player: Player, ask: Ask, *, keep: bool, follow: bool) -> None:
        twin = None
        if ask.twin is not None:
            with self._taken_back(player, keep=False):
                twin = self._send(player, ask.twin)
        for secret in ask.said:
            self.world.secrets[secret.kind, secret.serial] = secret
        with self._taken_back(player, keep=keep):
            self.written.clear()
            answer = self._send(player, ask)
            self._check_answer(player, ask, answer)
            self._check_writes(player, ask)
            if twin is not None:
                self._check_twin(ask, twin, answer)
            if follow and answer.location:
                self._follow(player, ask, answer.location)
        self._settle(ask, keep=keep)

    def _settle(self, ask: Ask, *, keep: bool) -> None:
        """After a step that stays, what is true is read anew; else its words are forgotten."""
        if keep and self.written:
            self.truth, self.rows = Truth(), self._all_rows()
        else:
            for secret in ask.said:
                del self.world.secrets[secret.kind, secret.serial]

    @contextlib.contextmanager
    def _taken_back(self, player: Player, *, keep: bool) -> Iterator[None]:
        """Undo database and cookies afterwards, unless it stays."""
        browser = player.browser()
        cookies = browser.cookies.output()
        before = {name: morsel.value for name, morsel in browser.cookies.items()}
        block = transaction.atomic()
        block._from_testcase = True  # type: ignore[attr-defined]  # so that durable() may begin
        with block:
            yield
            if not keep:
                transaction.set_rollback(True)
        if not keep and browser.cookies.output() != cookies:
            browser.cookies.clear()
            for name, value in before.items():
                browser.cookies[name] = value

    def _follow(self, player: Player, ask: Ask, location: str) -> None:
        """Where the answer leads, before anything is taken back."""
        if not location.startswith("/"):
            return
        truth, self.truth = self.truth, Truth() if ask.method == "POST" else self.truth
        try:
            there = Ask(routes.Route(_shown_at(location)), "GET", location, bearer=ask.bearer)
            self._check_answer(player, there, self._send(player, there), said=ask.told())
        finally:
            self.truth = truth

    def _send(self, player: Player, ask: Ask) -> "Answer":
        browser = player.browser()
        how = {**ask.headers, "QUERY_STRING": ask.address.partition("?")[2]}
        path = ask.path
        if ask.body is not None:
            content = json.dumps(ask.body)
            response = browser.generic(ask.method, path, content, "application/json", **how)
        elif ask.method == "POST":
            form = {k: v for k, v in (ask.form or {}).items() if v is not None}
            for value in form.values():
                if hasattr(value, "seek"):
                    value.seek(0)
            response = browser.post(path, form, **how)
        else:
            response = browser.generic(ask.method, path, **how)
        return Answer.of(response)

    # --- checks

    def _check_answer(self, player: Player, ask: Ask, answer: "Answer", said: str = "") -> None:
        self.seen.statuses[answer.status] += 1
        if answer.status >= 500 and ask.path != HEALTH:
            error = self.errors[-1] if self.errors else None
            trace = "".join(traceback.format_exception(error)) if error else ""
            raise Leak(f"answered {answer.status}\n{trace}")
        law = Law(self.world, self.truth, player)
        shows = Shows.NOTHING if not player.roles else ask.route.shows
        known = said + ask.told() + self._opened(ask.bearer)
        self._check_marks(law, shows, answer.text, known)
        self._check_numbers(law, shows, answer.text, known)
        lines, self.logs.lines = REQUEST.sub("", "\n".join(self.logs.lines)), []
        if found := MARK.search(lines.lower()) or PHONE.search(lines):
            raise Leak(f"the log has {found.group(0)}: {_around(lines, found.group(0))}")

    def _opened(self, numbers: set[str]) -> str:
        """What links tell: the number, and of a petition what the citizen was asked or told."""
        ids = {self.truth.by_number[number].id for number in numbers if number.startswith("P")}
        secrets = self.world.secrets.values() if ids else ()
        told = [s.text for s in secrets if s.kind == P_TOLD and s.owner in ids]
        return " ".join([*numbers, *told]).lower()

    def _check_marks(self, law: Law, shows: Shows, text: str, known: str) -> None:
        for word, secret in self._marks_in(text):
            if word in known:
                continue
            if not law.may_learn(secret, shows):
                raise Leak(f"tells {secret} where {shows.name}: {_around(text, word)}")
            self.seen.lawful[secret.kind] += 1

    def _marks_in(self, text: str) -> Iterator[tuple[str, Any]]:
        found = {m.group(0): (m.group(1), int(m.group(2))) for m in MARK.finditer(text)}
        for match in PHONE.finditer(text):
            whose, *serial = match.groups()
            found[match.group(0)] = (TELEPHONE if whose == "0" else P_PHONE, int("".join(serial)))
        for word, name in found.items():
            if name in self.world.secrets:
                yield word, self.world.secrets[name]

    def _check_numbers(self, law: Law, shows: Shows, text: str, known: str) -> None:
        for number in {found.upper() for found in NUMBER.findall(text)}:
            case = self.truth.by_number.get(number)
            if case is None or number.lower() in known or law.may_know(case, shows):
                continue
            raise Leak(f"tells the number {number} of {case.agency}: {_around(text, number)}")

    def _check_twin(self, ask: Ask, twin: "Answer", answer: "Answer") -> None:
        self.seen.twins += 1
        if twin.status != answer.status:
            raise Leak(
                f"answers {answer.status}, but {twin.status} to the same about what does not exist:"
                f" {ask.twin}"
            )
        if all(len(value) >= LONG for value, _nothing in ask.stands_for):
            one, other = answer.told(), twin.told()
            for value, nothing in ask.stands_for:
                one, other = one.replace(value.lower(), "@"), other.replace(nothing.lower(), "@")
            one, other = RANDOM.sub("", one), RANDOM.sub("", other)
            if one != other:
                place = next(
                    (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0
                )
                raise Leak(
                    f"answers otherwise than about what does not exist ({ask.twin}):"
                    f"\n{one[max(0, place - 80) : place + 80]!r}"
                    f"\n{other[max(0, place - 80) : place + 80]!r}"
                )

    def _check_writes(self, player: Player, ask: Ask) -> None:
        law = Law(self.world, self.truth, player)
        for table in self.written:
            if not law.may_write(table):
                raise Leak(f"wrote {table}")
        if any(OF_CASES.match(table) for table in self.written):
            self._check_cases(law, ask)
        if "kernel_notices_inboxentry" in self.written:
            self._check_inboxes(player)

    def _check_cases(self, law: Law, ask: Ask) -> None:
        now = self._all_rows()
        changed = {number for number, row in self.rows.items() if now.get(number) != row}
        made = self._moves(changed)
        self.seen.moves.update(move for moves in made.values() for move in moves)
        truth = self.truth.by_number
        lawful = {
            number for number in changed
            if number in ask.bearer or law.may_change(truth[number], made[number])
        }  # fmt: skip
        for number in changed - lawful:
            if not {case.number for case in self._goes_with(truth[number])} & lawful:
                raise Leak(f"changed {number} of {truth[number].agency}: {made[number]}")

    def _goes_with(self, case: Case) -> list[Case]:
        """The followers of a case go with it; the whole of a petition ends with its last part."""
        if case.kind == "service.petitions":
            return self.truth.near(case)
        return [self.truth.cases[pk] for pk in (case.lead, case.whole) if pk is not None]

    def _moves(self, numbers: set[str]) -> dict[str, list[str]]:
        """Lines of history that are new."""
        found: dict[str, list[str]] = {number: [] for number in numbers}
        with connection.cursor() as cursor:
            for case in ("dispatch_case", "petitions_petition"):
                cursor.execute(
                    f"SELECT number, move FROM service_{case}entry e JOIN service_{case} c"
                    " ON c.id = e.case_id WHERE number = ANY(%s) ORDER BY e.id", [sorted(numbers)],
                )  # fmt: skip
                for number, move in cursor.fetchall():
                    found[number].append(move)
        before = {number: len(self.truth.by_number[number].acted) for number in numbers}
        return {number: moves[before[number] :] for number, moves in found.items()}

    def _all_rows(self) -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(ROWS)
            return dict(cursor.fetchall())

    def _compare_all(self) -> None:
        if self._all_rows() != self.rows:
            raise Leak("rows differ from what was seen written")

    def _check_inboxes(self, player: Player) -> None:
        """Nobody reads the letters of another."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT person_id FROM kernel_notices_inboxentry WHERE read_at >= %s",
                [START + timedelta(seconds=self.last + 1)],
            )
            readers = {row[0] for row in cursor.fetchall()}
        if readers - player.persons:
            raise Leak(f"marked read in the inbox of {readers - player.persons}")


@dataclass(frozen=True)
class Answer:
    """Everything an answer carries, as text in lower case: headers, body, what is packed in it."""

    status: int
    head: str
    body: str
    location: str

    @property
    def text(self) -> str:
        return f"{self.head}\n{self.body}"

    def told(self) -> str:
        """The body and where it leads."""
        return f"{self.location.lower()}\n{self.body}"

    @classmethod
    def of(cls, response: Any) -> "Answer":
        body = b"".join(response.streaming_content) if response.streaming else response.content
        head = "\n".join(f"{name}: {value}" for name, value in response.items())
        location = response.headers.get("Location", "")
        head = f"{head}\n{response.cookies.output()}".lower()
        return cls(response.status_code, head, unpacked(body).lower(), location)


def unpacked(body: bytes) -> str:
    """The text of a body: of XLSX, ODS and other archives that of every member."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "\n".join(
                f"{name}\n{unpacked(archive.read(name))}" for name in archive.namelist()
            )
    if body[:2] == b"\x1f\x8b":
        return unpacked(gzip.decompress(body))
    return body.decode("utf-8", errors="replace")


def _around(text: str, word: str) -> str:
    place = text.lower().find(word.lower())
    return repr(text[max(0, place - 160) : place + len(word) + 80])


def _shown_at(location: str) -> Shows:
    """What the page a redirect leads to may show: that of the route it belongs to."""
    path = location.partition("?")[0]
    for key, route in ROUTES.items():
        if " /" not in key and re.fullmatch(_expression(key), path):
            return route.shows
    return Shows.NOTHING


def _expression(key: str) -> str:
    if key.startswith("^"):
        return "/" + key[1:].removesuffix("$")
    return "/" + "[^/]+".join(re.escape(part) for part in routes.PARAMETER.split(key)[::4])


def options() -> tuple[int, int, list[int] | None]:
    """Seed, how many steps, or which ones alone, from the environment."""
    only = os.environ.get("WALLS_ONLY")
    chosen = [int(step) for step in only.split(",")] if only else None
    return (
        int(os.environ.get("WALLS_SEED", "1")),
        int(os.environ.get("WALLS_STEPS", "2000")),
        chosen,
    )
