"""Answers to pages that ask again every minute: short, and empty while nothing changed."""

from hashlib import blake2b

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

STOP_POLLING = 286
"""htmx asks no more after it."""


def answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with an ETag, or 304 when the page shows it already."""
    etag = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    fresh: HttpResponse = response
    if request.headers.get("If-None-Match") == etag:
        fresh = HttpResponseNotModified()
    fresh["ETag"] = etag
    return fresh


def stop() -> HttpResponse:
    """Whoever was signed out meanwhile asks no more; what they typed stays."""
    return HttpResponse(status=STOP_POLLING, headers={"HX-Reswap": "none"})
