"""A refusal as a page, a fragment or problem+json (RFC 9457), whichever was asked for."""

import json
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yankao.base.errors import Refused, TooMany
from yankao.base.http import Request

PROBLEM_TYPE = "application/problem+json"


def problem(refusal: Refused, request_id: str = "") -> dict[str, object]:
    """The members of RFC 9457; ``code`` and ``field`` are our extensions."""
    members: dict[str, object] = {
        "type": f"/api/errors/{refusal.code}",
        "title": refusal.message,
        "status": refusal.status,
        "code": refusal.code,
    }
    if refusal.field:
        members["field"] = refusal.field
    if request_id:
        members["request_id"] = request_id
    return members


def answer(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The refusal in the form the client reads."""
    response = _worded(request, refusal)
    if isinstance(refusal, TooMany) and refusal.again_after_seconds is not None:
        response["Retry-After"] = str(refusal.again_after_seconds)
    return response


def _worded(request: HttpRequest, refusal: Refused) -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    if request.path.startswith("/api/") or _prefers_json(request):
        body = json.dumps(problem(refusal, request_id), ensure_ascii=False)
        return HttpResponse(body, content_type=PROBLEM_TYPE, status=refusal.status)
    template = (
        "ui/refused.html" if getattr(cast(Request, request), "htmx", False) else "refused.html"
    )
    return render(request, template, {"refusal": refusal}, status=refusal.status)


def _prefers_json(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept
