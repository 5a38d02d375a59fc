"""/files/<uuid>/: bytes to those who may see their subject, and harmless to a browser."""

import io
import re
import uuid
from typing import BinaryIO

from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.http import require_safe

from yankao.base.http import Request
from yankao.base.routes import public
from yankao.kernel.files import queries, rules, services
from yankao.kernel.files.queries import AttachmentView
from yankao.kernel.files.stores import store

# Who may see a file changes with every hand-over: a browser keeps it, but asks before each use.
_ASK_EACH_TIME = "private, no-cache"
# Withdrawn or covered anew, it is gone from shared caches soon.
_FOR_ALL = "public, max-age=300"
LARGEST_PART = 4 * 1024 * 1024
"""A player asks again for the next."""
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@public  # who may see the subject, or holds an open address, is decided in the query
@require_safe
def file(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """Pictures inline and cleaned, never as they came; anything else as a download."""
    found = _found(request, key)
    if not found.is_picture:
        content_key = rules.content_key(found.sha256)
        return _answer(request, found, content_key, found.media_type, inline=False)
    if not services.make_cleaned(found.sha256):
        raise queries.unknown()
    media_type = rules.served_type(found.media_type)
    return _answer(request, found, rules.cleaned_key(found.sha256), media_type, inline=True)


@public  # decided in the query, as above
@require_safe
def thumbnail(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """The small picture, made now if the job has not yet."""
    found = _found(request, key)
    if not found.is_picture or not services.make_thumbnail(found.sha256):
        raise queries.unknown()
    return _answer(request, found, rules.thumbnail_key(found.sha256), rules.JPEG, inline=True)


@public  # what was published, for everybody
@require_safe
def public_copy(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """A picture as everybody may see it: small, without metadata, covers painted over."""
    sha256, covers = queries.public_copy(key)
    if not services.make_published(sha256, covers):
        raise queries.unknown()
    store_key = rules.published_key(sha256, covers)
    etag = f'"{store_key.rpartition("/")[2]}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _guarded(HttpResponseNotModified(), etag, _FOR_ALL)
    return _guarded(_bytes(_opened(store_key), rules.JPEG), etag, _FOR_ALL)


def _found(request: Request, key: uuid.UUID) -> AttachmentView:
    return queries.attachment_for(
        request.actor,
        key,
        at=request.now,
        until=request.GET.get("until", ""),
        signature=request.GET.get("signature", ""),
    )


def _answer(
    request: Request, found: AttachmentView, key: str, media_type: str, *, inline: bool
) -> HttpResponseBase:
    folder, *_, name_in_store = key.split("/")
    etag = f'"{folder}-{name_in_store}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = _part_or_all(request, _opened(key), media_type, etag)
        called = rules.clean_name(found.name, media_type)
        name = content_disposition_header(not inline, called)
        response["Content-Disposition"] = name or "attachment"
    return _guarded(response, etag)


def _opened(key: str) -> BinaryIO:
    try:
        return store().open(key)
    except FileNotFoundError:
        raise queries.unknown() from None


def _bytes(content: BinaryIO, media_type: str) -> HttpResponseBase:
    return FileResponse(content, content_type=media_type)


_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def _part_or_all(
    request: Request, content: BinaryIO, media_type: str, etag: str
) -> HttpResponseBase:
    """One range of bytes, as players ask for; several at once are answered with all."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not asked or not any(asked.groups()) or request.headers.get("If-Range", etag) != etag:
        response = _bytes(content, media_type)
        response["Accept-Ranges"] = "bytes"
        return response
    whole = content.seek(0, io.SEEK_END)
    first, last = asked.groups()
    begin = int(first) if first else max(0, whole - int(last))
    end = min(int(last), whole - 1) if first and last else whole - 1
    with content:
        if not begin <= end:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{whole}"
            return response
        content.seek(begin)
        part = content.read(min(end - begin + 1, LARGEST_PART))
    response = HttpResponse(part, content_type=media_type, status=206)
    response["Content-Range"] = f"bytes {begin}-{begin + len(part) - 1}/{whole}"
    response["Accept-Ranges"] = "bytes"
    return response


def _guarded(
    response: HttpResponseBase, etag: str, cached: str = _ASK_EACH_TIME
) -> HttpResponseBase:
    response["ETag"] = etag
    response["Cache-Control"] = cached
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
