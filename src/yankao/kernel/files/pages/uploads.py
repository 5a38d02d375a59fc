"""tus 1.0.0: core, creation, expiration, termination. Uploads belong to a session or a person."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from yankao.base import refusals
from yankao.base.addresses import client_address
from yankao.base.errors import NotVisible, Refused, Unreadable
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.files import declarations, queries
from yankao.kernel.files.declarations import Intake
from yankao.kernel.files.faces import owner_of
from yankao.kernel.files.services import uploads as service

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PIECE = "application/offset+octet-stream"
_LONGEST_METADATA = 2_000


class VersionUnknown(Refused):
    """The client speaks another version of the protocol."""

    status = 412


class NotAPiece(Refused):
    """A PATCH of another content type."""

    status = 415


class NoSuchIntake(NotVisible):
    """No form takes uploads under this name."""


@public  # whoever may fill in the form; what is uploaded opens nothing and expires
def uploads(request: Request) -> HttpResponse:
    """OPTIONS tells what is spoken here, POST begins an upload."""
    if request.method == "OPTIONS":
        answer = HttpResponse(status=204)
        answer["Tus-Version"], answer["Tus-Extension"] = VERSION, EXTENSIONS
        return _tus(answer)
    return _answered(request, {"POST": lambda: _begin(request)})


@public  # only the owner's, others' are unknown
def upload(request: Request, token: str) -> HttpResponse:
    """HEAD tells how much has come, PATCH brings more, DELETE forgets it."""
    return _answered(
        request,
        {
            "HEAD": lambda: _tell(request, token),
            "PATCH": lambda: _append(request, token),
            "DELETE": lambda: _end(request, token),
        },
    )


def _answered(request: Request, verbs: Mapping[str, Callable[[], HttpResponse]]) -> HttpResponse:
    """The answer of the verb, or the refusal, both with the protocol's version."""
    verb = request.headers.get("X-HTTP-Method-Override", request.method or "")
    if verb not in verbs:
        response = HttpResponse(status=405)
        response["Allow"] = ", ".join(verbs)
        return _tus(response)
    try:
        if request.headers.get("Tus-Resumable") != VERSION:
            message = _("上傳的協定版本須為 tus %s。") % VERSION
            raise VersionUnknown("files.tus_version", message)
        return _tus(verbs[verb]())
    except Refused as refusal:
        return _tus(refusals.answer(request, refusal))


def _tus(response: HttpResponse) -> HttpResponse:
    response["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response["Tus-Version"] = VERSION
    response["Cache-Control"] = "no-store"
    return response


def _begin(request: Request) -> HttpResponse:
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    intake = _intake(told.get("for", ""))
    size = _count(request, "Upload-Length")
    who = Knocker.at(client_address(request))
    doors.knock(door=intake.door, who=who, at=request.now)
    owner = owner_of(request, new=True)  # a new session stays, whatever is refused below
    with durable():
        begun = service.begin(
            intake=intake,
            owner=owner,
            name=told.get("filename", ""),
            size=size,
            at=request.now,
        )
    response = HttpResponse(status=201)
    response["Location"] = reverse("kernel_files:upload", args=[begun.token])
    response["Upload-Offset"] = "0"
    return _with_expiry(response, begun)


def _tell(request: Request, token: str) -> HttpResponse:
    found = _found(request, token)
    response = HttpResponse(status=200)
    response["Upload-Offset"] = str(service.bytes_of(found))
    response["Upload-Length"] = str(found.size)
    return _with_expiry(response, found)


def _append(request: Request, token: str) -> HttpResponse:
    found = _found(request, token)
    if request.content_type != PIECE:
        raise NotAPiece("files.not_a_piece", _("上傳的內容須為 %s。") % PIECE)
    length = request.META.get("CONTENT_LENGTH") or ""
    offset = service.append(
        upload=found,
        intake=_intake(found.intake),
        offset=_count(request, "Upload-Offset"),
        content=cast(BinaryIO, request),
        length=int(length) if length.isdecimal() else None,
    )
    response = HttpResponse(status=204)
    response["Upload-Offset"] = str(offset)
    return _with_expiry(response, found)


def _end(request: Request, token: str) -> HttpResponse:
    found = _found(request, token)
    with durable():
        service.end(upload=found)
    return HttpResponse(status=204)


def _found(request: Request, token: str) -> Any:
    return queries.upload_of(owner_of(request), token, at=request.now)


def _intake(name: str) -> Intake:
    found = declarations.intake(name)
    if found is None:
        raise NoSuchIntake("files.no_such_intake", _("沒有收這種檔案的表單。"))
    return found


def _with_expiry(response: HttpResponse, upload: Any) -> HttpResponse:
    response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return response


def _count(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Unreadable("files.tus_header", _("缺少 %s，或不是數字。") % header)
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """The names and values of Upload-Metadata; what cannot be read is refused."""
    try:
        if len(header) > _LONGEST_METADATA:
            raise ValueError("too long")
        pairs = (pair.strip().partition(" ") for pair in header.split(",") if pair.strip())
        told = {
            name: base64.b64decode(value.strip(), validate=True).decode()
            for name, _, value in pairs
        }
    except (binascii.Error, ValueError) as error:
        message = _("Upload-Metadata 的格式不對。")
        raise Unreadable("files.tus_metadata", message) from error
    return {name: value.replace("\0", "") for name, value in told.items()}
