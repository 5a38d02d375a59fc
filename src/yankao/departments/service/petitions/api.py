"""The JSON face of petitions."""

import secrets
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Literal, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import BaseModel

from yankao.base.actors import Actor
from yankao.base.addresses import client_address
from yankao.base.api import Instant, Language, our
from yankao.base.errors import NotVisible
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import forms, queries, services
from yankao.departments.service.petitions.workflow import (
    KIND,
    READ_SCOPE,
    SEND_SCOPE,
    Permission,
    State,
)
from yankao.kernel.casework import lookups
from yankao.kernel.casework.forms import PHONE
from yankao.kernel.doors import faces as doors
from yankao.kernel.doors import services as knocking
from yankao.kernel.doors.queries import Client
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.files import services as files
from yankao.kernel.files.faces import Brought
from yankao.kernel.files.queries import attachments_of
from yankao.kernel.files.rules import DOCUMENT

router = Router(tags=["人民陳情"])
DOOR = "service.petitions.api"
READS = doors.HoldsOrKey(Permission.READ, door=DOOR, scope=READ_SCOPE)
GUESSING = ("service.dispatch.look_up", "service.dispatch.look_up_number")
"""Wrong check codes are counted with those of the look-up page: one number, one code."""


KEYS_LINKS = timedelta(minutes=10)


class NoSuchStatus(NotVisible):
    """Number and check code do not belong together, or there is no such petition."""


class ItemOut(Schema):
    """What can be petitioned about."""

    code: str
    name: str
    category: str


class PetitionIn(Schema):
    """A petition of one matter; true name, and a telephone number or an e-mail address."""

    item: str = Field(max_length=60)
    title: str = Field(max_length=forms.LONGEST_TITLE)
    content: str = Field(max_length=forms.LONGEST_CONTENT)
    district: str | None = Field(None, max_length=20)
    place: str = Field("", max_length=200)
    name: str = Field(max_length=60)
    phone: str = Field("", max_length=30, pattern=PHONE)
    email: str = Field("", max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")
    address: str = Field("", max_length=200)
    language: Language = ""
    to_mayor: bool = False
    """Kept until its sender confirms it by e-mail; the number comes then."""
    confidential: bool = False
    files: list[str] = Field(default_factory=list, max_length=20)
    """Tokens of POST /files."""
    intake_key: str | None = Field(None, min_length=16, max_length=64)


class ReceivedOut(Schema):
    """The answer: keep number and code, they open the status."""

    number: str
    code: str
    status_url: str
    due_at: datetime


class WaitingOut(Schema):
    """A letter to the mayor waits for its sender's confirmation until then."""

    until_at: datetime


class FileOut(Schema):
    """What the file was found to be; ``token`` belongs to one petition within a day."""

    token: str
    name: str
    media_type: str
    size: int
    expires_at: datetime


class StatusIn(Schema):
    """Number and check code; in the body, so that no log keeps the code."""

    number: str = Field(max_length=40)
    code: str = Field(max_length=20)


class StatusOut(Schema):
    """What whoever has number and code may know: no person, none of the petition's words."""

    number: str
    item: str
    agency: str
    state: str
    received_at: datetime
    due_at: datetime
    accepted_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    question: str
    answer: str
    ground: str
    was_extended: bool
    other_agencies: list[str]


class CaseOut(BaseModel):
    """A petition as its agency sees it in lists; who petitions is not told."""

    number: str
    title: str
    item: str
    district: str | None
    agency: str
    state: str
    channel: str
    to_mayor: bool
    confidential: bool
    received_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None


class AttachmentOut(BaseModel):
    """A file; ``url`` opens it for who is signed in, with a key for ten minutes.

    Empty while it is scanned or in quarantine, and of sound and video with a key.
    """

    name: str
    media_type: str
    size: int
    at: datetime
    url: str


class DetailOut(CaseOut):
    """One petition; ``content`` is null for who may not read a confidential one."""

    content: str | None
    place: str
    attachments: list[AttachmentOut]


class CasesOut(BaseModel):
    """A page of petitions; ``next`` and ``previous`` are cursors, empty at the ends."""

    total: int = Field(description="件數；超過 10,000 件時不再數")
    total_is_exact: bool
    next: str
    previous: str
    cases: list[CaseOut]


class CaseQuery(Schema):
    """Narrowing and order of the list, as on the page."""

    q: str = Field("", max_length=100)
    state: Literal["", "open", *State] = ""  # type: ignore[valid-type]
    clock: Literal["", "today", "overdue"] = ""
    officer: Literal["", "mine", "none"] = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    channel: str = ""
    mayor: bool = False
    waiting: bool = False
    received_from: Instant | None = None
    received_until: Instant | None = None
    order: Literal[*queries.ORDERS] = "-received_at"  # type: ignore[valid-type]
    cursor: str = Field("", max_length=400)


def _reader(request: HttpRequest) -> Actor:
    """Who was let in: a person, or a key reading for its agency."""
    return cast(Actor, request.auth)  # type: ignore[attr-defined]


@router.get("/items", response=list[ItemOut], summary="可陳情的事項")
@public
def items(request: HttpRequest) -> Any:
    shown = queries.items_in_force(at=our(request).now)
    return [ItemOut(code=i.pk, name=i.name, category=i.category.name) for i in shown]


@router.post("/files", response={201: FileOut}, summary="上傳附件")
@public  # with a key
def upload(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """One file, to be named by its token in the petition sent afterwards with the same key.

    Refusals: files.type, files.too_large, files.macros, files.broken and others of files.
    """
    ours = our(request)
    client = doors.admit_client(ours, door=DOOR, scope=SEND_SCOPE)
    put = files.uploads.put(
        intake=services.UPLOADS,
        owner=doors.client_key(client),
        content=cast(BinaryIO, file),
        name=file.name or "",
        at=ours.now,
    )
    kept = files.Kept(**(put.kept or {}))
    out = FileOut(
        token=put.token,
        name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
        expires_at=put.expires_at,
    )
    return Status(201, out)


@router.post("/cases", response={201: ReceivedOut, 202: WaitingOut}, summary="送出陳情")
@public  # with a key
def receive(request: HttpRequest, body: PetitionIn) -> Any:
    """Refusals: petitions.item_closed, petitions.name_missing, petitions.contact_missing, and more.

    With an Idempotency-Key the petition is taken in once, however often it is sent in 24 hours.
    202: a letter to the mayor; its sender gets an e-mail and confirms.
    """
    ours = our(request)
    client = doors.admit_client(ours, door=DOOR, scope=SEND_SCOPE)
    owner = doors.client_key(client)
    this = body.intake_key or ours.headers.get(doors.ONCE_HEADER) or secrets.token_urlsafe(24)
    tokens = list(dict.fromkeys(body.files))
    brought = Brought(services.UPLOADS, owner, tokens, f"{owner}:{this[:64]}")
    attached = brought.collect(ours)
    files.check_together(attached, DOCUMENT)

    def work() -> Status[Any]:
        brought.claim(ours)
        return _take_in(ours, body, attached, client)

    return doors.once(ours, work, client=client)


def _take_in(
    request: Request, body: PetitionIn, attached: list[files.Kept], client: Client
) -> Status[Any]:
    how: dict[str, Any] = {
        "matter": services.Matter(
            item=body.item,
            title=body.title,
            content=body.content,
            district=body.district or None,
            place_words=body.place,
        ),
        "sender": services.Sender(body.name, body.phone, body.email, body.address, body.language),
        "attached": attached,
        "is_confidential": body.confidential,
        "actor": Actor(doors.client_key(client), client.application),
        "at": request.now,
        "intake_key": body.intake_key,
    }
    if body.to_mayor:
        return Status(202, WaitingOut(until_at=services.send_letter(**how).until_at))
    received = services.receive_petition(channel="api", **how)
    address = request.build_absolute_uri(f"/petition/status/{received.token}/")
    out = ReceivedOut(
        number=received.number, code=received.code, status_url=address, due_at=received.due_at
    )
    return Status(201, out)


@router.post("/status", response=StatusOut, summary="以案號與查詢碼查進度")
@public  # number and code are the key; guesses are counted
def status(request: HttpRequest, body: StatusIn) -> Any:
    """Refusals: petitions.status_not_found, doors.too_many."""
    ours = our(request)
    number = body.number.strip().upper()
    guessers = (Knocker.at(client_address(ours)), Knocker.on(number))
    knocks = list(zip(GUESSING, guessers, strict=True))
    for door, who in knocks:
        knocking.knock(door=door, who=who, at=ours.now)
    address = lookups.address_by_code(number, body.code) or ""
    if not address.startswith("/petition/"):
        message = _("案號與查詢碼不符，或不是陳情案件。")
        raise NoSuchStatus("petitions.status_not_found", message, "code")
    for door, who in knocks:
        knocking.forgive(door=door, who=who, at=ours.now)
    found = queries.status_by_token(lookups.token_of(number))
    return {name: getattr(found, name) for name in StatusOut.model_fields}


@router.get("/cases", response=CasesOut, auth=READS, summary="陳情清單")
def cases(request: HttpRequest, wanted: Query[CaseQuery]) -> Any:
    """By session, or with a key for its agency. Refusals: base.cursor_wrong."""
    asked = wanted.dict()
    cursor, text = asked.pop("cursor"), asked.pop("q")
    narrowed = queries.PetitionFilter(text=text, **asked)
    page = queries.petitions_for(_reader(request), narrowed, at=our(request).now, cursor=cursor)
    return CasesOut(
        total=page.total,
        total_is_exact=page.total_is_exact,
        next=page.next,
        previous=page.previous,
        cases=[CaseOut(**_told(case)) for case in page.rows],
    )


@router.get("/cases/{number}", response=DetailOut, auth=READS, summary="一件陳情")
def case(request: HttpRequest, number: str) -> Any:
    """What the agency holds now or was given a copy of; others' are 404."""
    actor, ours = _reader(request), our(request)
    found = queries.held_petition_for(actor, number, at=ours.now)
    return DetailOut(
        **_told(found.case),
        content=found.case.content if found.may_read_content else None,
        place=found.case.place_words if found.may_read_content else "",
        attachments=[
            AttachmentOut(
                name=file.name, media_type=file.media_type, size=file.size, at=file.at, url=file.url
            )
            for file in _attachments(actor, found, at=ours.now)
        ],
    )


def _attachments(actor: Actor, found: queries.PetitionDetail, *, at: datetime) -> Any:
    """A key has no session to open a file with: its addresses are signed, for a while."""
    if actor.person_id is not None or not found.may_read_content:
        return found.attachments
    return attachments_of(Subject(KIND, found.case.pk), open_until=at + KEYS_LINKS)


def _told(case: Any) -> dict[str, Any]:
    """``hide_titles`` has been done."""
    return {
        "number": case.number,
        "title": case.title,
        "item": case.item_id,
        "district": case.district_id,
        "agency": case.agency_id,
        "state": case.state,
        "channel": case.channel,
        "to_mayor": case.is_to_mayor,
        "confidential": case.is_confidential,
        "received_at": case.received_at,
        "due_at": case.handling.due_at,
        "answered_at": case.answered_at,
        "closed_at": case.closed_at,
    }
