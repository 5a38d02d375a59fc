"""One random request: who asks what of whom, with plausible and with hostile values."""

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from tests.walls import routes, world
from tests.walls.law import TOLD, Case, Law, Petition, Truth
from tests.walls.routes import ROUTES, Route, Shape, Shows
from tests.walls.world import START, Player, Secret, World
from yankao.base import registry
from yankao.departments.service.dispatch import rules as dispatch
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, State
from yankao.departments.service.petitions import workflow as petitions
from yankao.kernel.casework import lookups
from yankao.kernel.figures.declarations import Fact, Figure
from yankao.kernel.people.lists import staff_lists

HOSTILE = (
    "'", '" OR 1=1 --', "../../../etc/passwd", "𠮷🦊", "-1", "9" * 25, "0", "null", "<b>x</b>",
    "a" * 3000, "１２３", "\u202e", "NaN", "1e400", " ", "%25", "{{7*7}}", "\x00", "2026-13-45",
)  # fmt: skip
LIST_QUERY = (
    "q", "page", "state", "agency", "district", "item", "view", "sort", "order", "kind", "format",
    "received_from", "received_until", "text", "status", "channel", "actor", "action", "subject",
    "cursor", "unassigned", "role", "period", "until", "signature", "due", "done", "month",
)  # fmt: skip
FORM = (
    "reason", "words", "public_remark", "agency", "agency_1", "words_1", "agency_2", "words_2",
    "lead", "person", "amount", "number", "code", "item", "district", "place", "description",
    "phone", "email", "name", "joins", "newest", "principal", "deputy", "lat", "lng",
    "service_code", "address_string", "role", "from_on", "last_on", "api_key", "login", "password",
    "intake_key", "account", "numbers", "do", "confirmed", "id", "group", "title", "query",
    "shared", "language", "next", "back",
)  # fmt: skip
_COMPARED = {Shows.HELD, Shows.COUNTED, Shows.PAST, Shows.REPORTER}
LONG = 8
"""Values of so many characters are unmistakable inside other text."""
_SAID = {
    "reason": world.P_TOLD, "words": world.P_TOLD, "text": world.P_TOLD, "note": world.P_SAID,
    "remark": world.P_SAID, "words_1": world.P_CONTENT, "words_2": world.P_CONTENT,
    "subject_line": world.P_DRAFT, "body": world.P_DRAFT,
}  # fmt: skip
"""What is said of a petition: any reason may be the one the citizen is told."""
NOBODY = 2_000_000_000
"""A primary key nothing has."""


@dataclass
class Ask:
    """A request as it will be sent, and what is known about it."""

    route: Route
    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    form: dict[str, Any] | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    bearer: set[str] = field(default_factory=set)
    """Numbers of cases opened by a link or code that whoever has it may use."""
    twin: "Ask | None" = None
    """The same about what does not exist: the answer must not differ."""
    stands_for: list[tuple[str, str]] = field(default_factory=list)
    said: list[Secret] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def told(self) -> str:
        """Everything the asker already knows, having said it."""
        return f"{self.address} {self.query} {self.form} {self.body!r}".lower()

    def __str__(self) -> str:
        said = self.form if self.form is not None else self.body
        return f"{self.method} {self.address}" + (f"  {said}"[:600] if said else "")


@dataclass
class Draw:
    """What one step draws from: the same seed, step and state give the same request."""

    rng: random.Random
    world: World
    truth: Truth
    player: Player
    key: str
    step: int
    keep: bool
    at: datetime
    shape: Shape | None = None

    def __post_init__(self) -> None:
        self.route = ROUTES[self.key]
        self.law = Law(self.world, self.truth, self.player)
        self.target = self._target()
        self.sore = self._sore()
        self.strangers: dict[str, str] = {}
        self.bearer: set[str] = set()
        self.said: list[Secret] = []

    # --- the request

    def ask(self) -> Ask:
        path = {name: self.value(name) for name in routes.parameters(self.key)}
        method = self._method()
        query = self._query()
        asked_of = set(self.strangers)
        form, body = self._form(method), self._body(method)
        ask = Ask(
            self.route, method, self._path(path), query, form, body, self._headers(),
            self.bearer, said=self.said,
        )  # fmt: skip
        if self.route.shows not in _COMPARED or not self.strangers:
            return ask
        if asked_of or self.rng.random() < 0.3:
            ask.stands_for = list(self.strangers.items())
            ask.twin = self._twin(ask, path)
        return ask

    def _twin(self, ask: Ask, path: dict[str, str]) -> Ask:
        def swap(value: Any) -> Any:
            if isinstance(value, str):
                for known, nothing in self.strangers.items():
                    if known == value or len(known) >= LONG:
                        value = value.replace(known, nothing)
                return value
            if isinstance(value, list):
                return [swap(one) for one in value]
            if isinstance(value, dict):
                return {name: swap(one) for name, one in value.items()}
            return value

        return Ask(
            ask.route, ask.method, self._path(swap(path)), [(n, swap(v)) for n, v in ask.query],
            swap(ask.form), swap(ask.body), ask.headers,
        )  # fmt: skip

    def _path(self, values: dict[str, str]) -> str:
        return routes.address(self.key, {n: quote(v, safe="") for n, v in values.items()})

    def _method(self) -> str:
        if " /" in self.key:
            return self.key.partition(" ")[0]
        if self.keep:
            return "POST"
        weights = [22, 75, 2, 1] if self.route.posts else [70, 26, 2, 2]
        return self.rng.choices(["GET", "POST", "HEAD", "DELETE"], weights)[0]

    def _query(self) -> list[tuple[str, str]]:
        names = self.shape.query if self.shape else self.route.query
        names = LIST_QUERY if names is None else names
        wanted = [n for n in names if self.rng.random() < (0.8 if n == "q" else 3 / (len(names)))]
        if self.rng.random() < 0.25:
            wanted = []
        return [(name, self.value(name)) for name in wanted]

    def _form(self, method: str) -> dict[str, Any] | None:
        if method != "POST" or self.key.startswith("POST "):
            return None
        names = [n for n in FORM + self.route.fields if n != "photos" or self._with_photos()]
        left_out = self.rng.choice(names) if self.rng.random() < 0.2 else ""
        names = [name for name in names if name != left_out]
        return {name: self.said_value(name) for name in names}

    def _with_photos(self) -> bool:
        """Photos where something is done with them; they take time."""
        return self.rng.random() < 0.6

    def _body(self, method: str) -> Any:
        if self.shape is None or self.shape.body is None or method == "GET":
            return None
        if self.rng.random() < 0.05:
            return self.rng.choice([None, [], "text", {"x": {}}, 7])
        return self._shaped(self.shape.body, "")

    def _shaped(self, schema: dict[str, Any], name: str) -> Any:
        options = schema.get("anyOf")
        if options:
            return self._shaped(self.rng.choice(options), name)
        kind = schema.get("type")
        if kind == "object":
            return {n: self._shaped(s, n) for n, s in schema.get("properties", {}).items()}
        if kind == "array":
            return [self._shaped(schema.get("items", {}), name) for _ in range(2)]
        if kind == "null":
            return None
        value = self.said_value(name)
        if kind in {"integer", "number"} and isinstance(value, str):
            try:
                return int(value) if kind == "integer" else float(value)
            except ValueError:
                return value
        return value

    def _headers(self) -> dict[str, str]:
        block = self.rng.randrange(1 << 24)
        headers = {"REMOTE_ADDR": f"10.{block >> 16}.{block >> 8 & 255}.{block & 255}"}
        if self.player.api_key:
            headers["HTTP_X_API_KEY"] = self.player.api_key
        if self.rng.random() < 0.15:
            headers["HTTP_HX_REQUEST"] = "true"
        if self.rng.random() < 0.1:
            headers["HTTP_ACCEPT"] = self.rng.choice(["text/csv", "application/json", "*/*"])
        return headers

    def _sore(self) -> str:
        """The one name, if any, whose value is hostile; several would hide each other."""
        if self.rng.random() > (0.1 if self.keep else 0.3):
            return ""
        asked = self.shape.query if self.shape else self.route.query or LIST_QUERY
        return self.rng.choice([*routes.parameters(self.key), *asked, *FORM[:24]])

    # --- whom it is about

    def _of(self) -> list[Case]:
        """What the route is about: petitions, cases, or either."""
        if re.search(r"petition|replies/", self.key):
            return list(self.truth.petitions.values())
        shared = re.match(
            r"work|notices|files/<|search|trail|badges|GET /api/(search|obl)", self.key
        )
        of_petitions = self.rng.random() < (0.4 if shared else 0)
        return list((self.truth.petitions if of_petitions else self.truth.cases).values())

    def _target(self) -> Case:
        cases = self._of()
        own = [c for c in cases if self.law.holds(c)]
        move = self.key.rpartition("/")[2].replace("-", "_")
        if move in set(Move):
            own = [c for c in own if State(c.state) in WORKFLOW.sources_of(Move(move))] or own
        past = [c for c in cases if self.law.period_end(c) is not None]
        foreign = [c for c in cases if not self.law.sees(c, Shows.PAST)]
        acts = self.route.posts or self.key.startswith("POST ")
        reads_past = self.route.shows is Shows.PAST
        weights = [55, 15, 30] if acts else [30, 35, 35] if reads_past else [30, 15, 55]
        if self.keep:
            weights = [80, 10, 10]
        pools = [(p, w) for p, w in zip((own, past, foreign), weights, strict=True) if p]
        [pool] = self.rng.choices([p for p, _ in pools], [w for _, w in pools])
        return self.rng.choice(pool)

    def other(self) -> Case:
        """Now and then another case than the one it is about."""
        if self.rng.random() < (0.95 if self.keep else 0.75):
            return self.target
        return self.rng.choice(list(self.truth.of_kind(self.target).values()))

    def stranger(self, case: Case, value: str, nothing: str) -> str:
        """Remember what to ask in the case's place, when it is not there for the player."""
        shows = self.route.shows
        shows = Shows.PAST if shows is Shows.REPORTER else shows  # there, but told why not
        if shows is not Shows.NOTHING and not self.law.sees(case, shows):
            self.strangers[value] = nothing
        return value

    # --- values

    def value(self, name: str) -> str:
        """A value for the name, hostile now and then."""
        if name == self.sore:
            return self.rng.choice(HOSTILE)
        made = getattr(self, f"value_{name}", None)
        if made is None and re.search(r"_id$|^key$|^number", name):
            raise AssertionError(f"tests/walls/steps.py: no value_{name} for {self.key}")
        return str(made() if made else self.rng.choice(["", "1", "x", "路口"]))

    def said_value(self, name: str) -> Any:
        """A value in a form or body; words get a mark, so that they are not told elsewhere."""
        if name in {"photos", "before_photos"}:
            return _picture()
        if isinstance(self.target, Petition):
            if kind := _SAID.get(name):
                return self._say(kind)
        elif name in {"reason", "words"} or name.startswith("words_"):
            return self._say(world.WORDS)
        elif name == "public_remark":
            return self._say(world.REMARK)
        if name in {"number", "id", "group"}:
            return [self.value(name) for _ in range(self.rng.choice([1, 1, 2, 3]))]
        return self.value(name)

    def _say(self, kind: str) -> str:
        serial = 500_000 + 10 * self.step + len(self.said)
        secret = Secret(kind, serial % 1_000_000, self.target.id, self.at)
        self.said.append(secret)
        return secret.text

    def value_number(self) -> str:
        if self.rng.random() < 0.06:
            return "D115030299999"
        case = self.other()
        return self.stranger(case, case.number, f"{case.number[0]}999{case.number[4:]}")

    value_lead = value_numbers = value_service_request_id = value_number

    def value_q(self) -> str:
        if self.rng.random() < 0.2:
            return self.value_number()
        case = self.other()
        kinds = world.P_CONTENT if isinstance(case, Petition) else "dpfwr"
        secrets = self.world.of_case(case.id, kinds)
        if not secrets:
            return "x"
        secret = self.rng.choice(secrets)
        told = secret.kind == world.REMARK and case.state in TOLD
        if not told and not self.law.may_learn(secret, self.route.shows):
            self.strangers[secret.key] = secret.key.replace("zq", "zj")
        return secret.key

    value_text = value_q

    def value_group(self) -> str:
        return f"{self.value_number()} {self.value_number()}"

    def value_do(self) -> str:
        return self.rng.choice([*Move, "csv", "xlsx", "ods", "print"])

    def value_confirmed(self) -> str:
        return "1"

    def value_list_name(self) -> str:
        return self.rng.choice([*staff_lists(), "nothing"])

    def value_query(self) -> str:
        return f"q={self.value_q()}&agency={self.value_agency()}"

    def value_view_id(self) -> str:
        return self._id_in("kernel_people_savedview")

    def value_passkey_id(self, name: str = "") -> str:
        return self.rng.choice(("1", "2", "7"))

    value_bulletin_id = value_passkey_id

    def value_reply_id(self) -> str:
        """Of an agency's own petitions as often as of others."""
        found = _rows(
            "SELECT id, subject_id FROM kernel_replies_reply WHERE id > %s ORDER BY id", 0
        )
        petitions = self.truth.petitions
        own = [row for row in found if self.law.may_draft(petitions[row[1]])]
        reply, petition = self.rng.choice(own if own and self.rng.random() < 0.5 else found)
        if not self.law.may_draft(petitions[petition]):
            self.strangers[str(reply)] = str(NOBODY)
        return str(reply)

    def value_ground(self) -> str:
        return self.rng.choice(list(petitions.Ground))

    def value_reply_template_id(self) -> str:
        return self._id_in("kernel_replies_template")

    def value_phrase_id(self) -> str:
        return self._id_in("kernel_replies_phrase")

    def value_survey(self) -> str:
        return self.rng.choice(["dispatch", "nothing"])

    def value_share_pct(self) -> str:
        return self.rng.choice(["0", "20", "101", "x"])

    def value_invitation_id(self) -> str:
        return self._id_in("service_satisfaction_invitation")

    def value_turn_id(self) -> str:
        return self._id_in("service_bot_turn")

    def value_gap_id(self) -> str:
        return self._id_in("kernel_answers_gap")

    def value_duty_id(self) -> str:
        return self._id_in("service_calls_duty")

    def value_swap_id(self) -> str:
        return self._id_in("service_calls_swap")

    def value_difference_id(self) -> str:
        return self._id_in("service_calls_difference")

    def value_definition_id(self) -> str:
        return str(self.rng.randint(1, 9))

    def value_closed_month(self) -> str:
        return self.rng.choice(["2026-10", "2018-09", "x"])

    def value_closing_verb(self) -> str:
        return self.rng.choice(["close", "look", "propose", "approve", "reject"])

    def value_fact(self) -> str:
        return self.rng.choice(["service.dispatch.cases", "service.calls.calls", "none"])

    def value_pair_id(self) -> str:
        return self._id_in("service_knowledge_likeness")

    def value_version_id(self) -> str:
        return self._id_in("service_knowledge_version")

    def value_topic_code(self) -> str:
        return self.rng.choice(["dispatch", "obligations", "t00001", "nothing"])

    value_topic = value_topic_code

    def value_knowledge_number(self) -> str:
        return f"K{int(self._id_in('service_knowledge_entry')):06d}"

    def value_second_id(self) -> str:
        return self._id_in("service_satisfaction_secondanswer")

    def value_request_id(self) -> str:
        return self._id_in("service_privacy_request")

    def value_subject_id(self) -> str:
        return str(self.target.id)

    def value_version(self) -> str:
        return self.rng.choice(["0", "1"])

    def value_language(self) -> str:
        return self.rng.choice(["en", "zh-hant"])

    def value_next(self) -> str:
        return self.rng.choice(["/work/", "https://walls.example/"])

    def value_move(self) -> str:
        fitting: list[str]
        if isinstance(self.target, Petition):
            at = petitions.State(self.target.state)
            flow = petitions.WORKFLOW
            fitting = [move for move in petitions.Move if at in flow.sources_of(move)]
        else:
            state = State(self.target.state)
            fitting = [move for move in Move if state in WORKFLOW.sources_of(move)]
        if fitting and self.rng.random() < 0.75:
            return self.rng.choice(fitting)
        return self.rng.choice([*Move, *petitions.Move, "received", "nothing"])

    def value_key(self) -> str:
        if "public" in self.key and self.rng.random() < 0.5:
            return self._published()
        case = self.other()
        found = _column(
            "SELECT uuid FROM kernel_files_attachment WHERE subject_kind = %s"
            " AND subject_id = %s ORDER BY id", case.kind, case.id,
        )  # fmt: skip
        nothing = str(UUID(int=self.rng.getrandbits(128)))
        if not found:
            return nothing
        if not self.law.reads(case):
            self.strangers[str(found[0])] = nothing
            return str(found[0])
        return self.stranger(case, str(self.rng.choice(found)), nothing)

    def _published(self) -> str:
        found = _column("SELECT uuid FROM kernel_files_publication ORDER BY id LIMIT %s", 500)
        return str(self.rng.choice(found))

    def value_obligation_id(self) -> str:
        """Obligations stay with the agency that owed them, so a former owner reads its own."""
        case = self.other()
        found = _column(
            "SELECT id FROM kernel_obligations_obligation WHERE subject_kind = %s"
            " AND subject_id = %s ORDER BY id", case.kind, case.id,
        )  # fmt: skip
        value = str(self.rng.choice(found)) if found else str(NOBODY)
        if not self.law.sees(case, Shows.PAST):
            self.strangers[value] = str(NOBODY + case.id)
        return value

    def value_entry_id(self) -> str:
        persons = sorted(self.player.persons) if self.rng.random() < 0.5 else []
        own = "AND e.person_id = ANY(%s)" if persons else "AND n.subject_id = %s"
        about = self.other()
        found = _rows(
            "SELECT e.id, e.person_id FROM kernel_notices_inboxentry e JOIN kernel_notices_notice n"
            f" ON n.id = e.notice_id WHERE n.subject_kind = %s {own} ORDER BY e.id",
            about.kind,
            persons or about.id,
        )
        if not found:
            return str(NOBODY)
        entry, person = self.rng.choice(found)
        if person not in self.player.persons:
            self.strangers[str(entry)] = str(NOBODY)
        return str(entry)

    def value_newest(self) -> str:
        return self.rng.choice(["0", "1000000", str(NOBODY)])

    def value_notice_id(self) -> str:
        about = self.other()
        found = _column(
            "SELECT id FROM kernel_notices_notice WHERE subject_kind = %s AND subject_id = %s"
            " ORDER BY id", about.kind, about.id,
        )  # fmt: skip
        return str(self.rng.choice(found)) if found else str(NOBODY)

    def value_template_id(self) -> str:
        found = _column("SELECT id FROM kernel_notices_template WHERE version > %s ORDER BY id", 0)
        return str(self.rng.choice(found)) if found else str(NOBODY)

    def value_token(self) -> str:
        case = self.other()
        good = signing.dumps(case.number, salt=lookups.SALT)
        chance = self.rng.random()
        if chance < 0.6:
            self.bearer.add(case.number)
            return good
        if chance < 0.8:
            return signing.dumps(case.number, salt="something.else")
        return good[:-2] + "xx"

    def value_code(self) -> str:
        if "open311" in self.key:
            return self.value_item()
        if "published" in self.key:
            return "service.dispatch.reported"
        if self.rng.random() < 0.5:
            from django.conf import settings

            self.bearer.add(self.target.number)
            if isinstance(self.target, Petition):
                return lookups.code_of(self.target.number)
            return dispatch.check_code(secret=settings.SECRET_KEY, number=self.target.number)
        return "ABC234"

    def value_joins(self) -> str:
        return ""

    def value_person_id(self) -> str:
        """Officers of the case's agency or of one's own."""
        agency = self.rng.choice([self.target.agency, *self._own_agencies()])
        role = self.rng.choice(["OFFICER", "SUPERVISOR", "HEAD"])
        person = self.world.staff.get((agency, role))
        return str(person.pk if person else NOBODY)

    value_id = value_obligation_id

    value_person = value_principal = value_deputy = value_person_id

    def _own_agencies(self) -> list[str]:
        return [agency for _role, agency, _unit in self.player.roles if agency]

    def value_agency(self) -> str:
        chance = self.rng.random()
        if chance < 0.3:
            return self.target.agency
        if chance < 0.5 and (own := self._own_agencies()):
            return self.rng.choice(own)
        return self.rng.choice([*self.world.agencies, "NOWHERE"])

    value_agency_1 = value_agency_2 = value_agency

    def value_item(self) -> str:
        return self.rng.choice([*self.world.items, "nothing"])

    value_service_code = value_item

    def value_district(self) -> str:
        home = self.world.homes[self.target.agency][1]
        return self.rng.choice([home, self.rng.choice(list(self.world.districts))])

    def _spot(self) -> Any:
        return self.world.districts[self.world.homes[self.target.agency][1]]

    def value_lat(self) -> str:
        return str(self._spot().lat)

    def value_lng(self) -> str:
        return str(self._spot().lng)

    value_long = value_lng

    def value_phone(self) -> str:
        case = self.other()
        of_petitions = isinstance(case, Petition)
        kind, prefix = (world.P_PHONE, "0971") if of_petitions else (world.TELEPHONE, "0970")
        phones = self.world.of_case(case.id, kind)
        if phones and self.rng.random() < 0.8:
            return self.world.telephone(self.rng.choice(phones).serial, prefix)
        return f"0912-{self.step % 1000:03d}-{self.rng.randrange(1000):03d}"

    def value_email(self) -> str:
        return self.rng.choice(["", f"a{self.step}@example.tw"])

    def value_place(self) -> str:
        return f"{self._spot().name}市場口"

    value_address_string = value_place

    def value_intake_key(self) -> str:
        return f"walls-{self.step:012d}"

    def value_amount(self) -> str:
        return str(self.rng.choice([1, 3, 24]))

    def value_name(self) -> str:
        if "figures" in self.key:
            return self.rng.choice([f.name for f in registry.offers(Figure)])
        if "facts" in self.key:
            return self.rng.choice([f.name for f in registry.offers(Fact)])
        return "王小明"

    def value_form(self) -> str:
        return self.rng.choice(["json", "xml"])

    def value_format(self) -> str:
        if "<sheet:" in self.key:
            return self.rng.choice(["csv", "xlsx", "ods"])
        return self.rng.choice(["csv", "json", "geojson", "txt"])

    def value_page(self) -> str:
        return self.rng.choice(["1", "2", "3", "99"])

    def value_page_size(self) -> str:
        return self.rng.choice(["5", "1000"])

    def value_limit(self) -> str:
        return "500"

    def value_offset(self) -> str:
        return self.rng.choice(["0", "100"])

    def value_state(self) -> str:
        return self.rng.choice(["open", *State, "queued", "active"])

    def value_status(self) -> str:
        return self.rng.choice(["open", "closed", "queued", "sent", "failed"])

    def value_view(self) -> str:
        views = ["mine", "unit", "agency", "all", "today", "overdue", "paused", "ended", "unread"]
        return self.rng.choice(views)

    def value_scope(self) -> str:
        return self.rng.choice(["mine", "unit", "agency", "all"])

    def value_urgency(self) -> str:
        return self.rng.choice(["today", "overdue", "paused", "ended"])

    def value_sort(self) -> str:
        return self.rng.choice(["due", "-due", "opened", "number", "agency", "kind"])

    def value_order(self) -> str:
        return self.rng.choice(["-received_at", "received_at", "due"])

    def value_kind(self) -> str:
        kind = self.target.kind
        if "replies/write" in self.key:
            return kind
        return self.rng.choice([kind, f"{kind}.handle", f"{kind}.verify", ""])

    def value_subject(self) -> str:
        return f"{self.target.kind}:{self.other().id}"

    def value_actor(self) -> str:
        return f"person:{self.value_person_id()}"

    def value_action(self) -> str:
        kind = self.target.kind
        return self.rng.choice([f"{kind}.", f"{kind}.received", f"{kind}.reporter_seen", "kernel."])

    def value_cursor(self) -> str:
        return f"{int(self.at.timestamp() * 1_000_000)}-{NOBODY}"

    def value_period(self) -> str:
        return self.rng.choice(["2026-03", "2026", "2026-Q1", "2026-03-04"])

    def value_month(self) -> str:
        return self.rng.choice(["2026-03", "2026-02"])

    value_due = value_done = value_month

    def value_part(self) -> str:
        return self.rng.choice(["all", "counted"])

    def _day(self, days: int) -> str:
        return (START + timedelta(days=days)).date().isoformat()

    def value_received_from(self) -> str:
        return self._day(-3)

    value_startdate = value_start_date = value_from_on = value_updated_after = value_received_from

    def value_received_until(self) -> str:
        return self._day(1)

    value_enddate = value_end_date = value_last_on = value_received_until

    def value_role(self) -> str:
        return self.rng.choice(["OFFICER", "SUPERVISOR", "COMMISSION", "ADMINISTRATOR"])

    def value_until(self) -> str:
        return str(int((self.at + timedelta(hours=1)).timestamp()))

    def value_signature(self) -> str:
        return "x" * 43

    def value_api_key(self) -> str:
        return self.player.api_key

    def _id_in(self, table: str, column: str = "id") -> str:
        found = _column(f"SELECT {column} FROM {table} ORDER BY {column} LIMIT %s", 200)
        return str(self.rng.choice([*found, NOBODY]))

    def value_assignment_id(self) -> str:
        return self._id_in("kernel_people_assignment")

    def value_deputation_id(self) -> str:
        return self._id_in("kernel_people_deputy")

    def value_session_id(self) -> str:
        return str(NOBODY)

    def value_factor_id(self) -> str:
        return str(NOBODY)

    def value_key_id(self) -> str:
        return self._id_in("kernel_doors_apikey")

    def value_mail_id(self) -> str:
        return self._id_in("kernel_mailboxes_mail")

    def value_program(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    value_template = value_program

    def value_member_id(self) -> str:
        return str(NOBODY)

    def value_stop_work_id(self) -> str:
        return str(NOBODY)


def _rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _column(query: str, *parameters: Any) -> list[Any]:
    return [row[0] for row in _rows(query, *parameters)]


def _picture() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (4, 4), "grey").save(content, "PNG")
    return SimpleUploadedFile("a.png", content.getvalue(), "image/png")
