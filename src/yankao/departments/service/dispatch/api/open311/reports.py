"""Reporting by POST, for applications with a key; the address is the one that is read by GET."""

import hashlib
from typing import Any, cast

from django import forms
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, Refused, Unreadable
from yankao.base.http import Request
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import rules, services
from yankao.departments.service.dispatch.api.open311 import asked, views
from yankao.departments.service.dispatch.api.open311.answers import (
    READING,
    Misasked,
    admitted,
    answer,
    georeport,
)
from yankao.departments.service.dispatch.forms import LONGEST_DESCRIPTION
from yankao.kernel.casework.forms import PHONE
from yankao.kernel.doors import faces as doors
from yankao.kernel.doors.queries import Client
from yankao.kernel.places import queries as places

POSTING = "service.dispatch.open311.post"
CHANNEL = "open311"


class KeyMissing(Forbidden):
    """Reporting needs a key."""


class ReportForm(forms.Form):
    """The arguments of POST Service Request that are read; others are not kept."""

    service_code = forms.CharField(max_length=60)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    long = forms.FloatField(required=False, min_value=-180, max_value=180)
    address_string = forms.CharField(required=False, max_length=200)
    address_id = forms.CharField(required=False, max_length=16)
    description = forms.CharField(required=False, max_length=LONGEST_DESCRIPTION)
    email = forms.EmailField(required=False)
    phone = forms.RegexField(PHONE, required=False, max_length=30)
    first_name = forms.CharField(required=False, max_length=30)
    last_name = forms.CharField(required=False, max_length=29)
    media_url = forms.CharField(
        required=False, max_length=200, validators=[URLValidator(schemes=["http", "https"])]
    )


@georeport("GET", "HEAD", "POST")
def requests(request: HttpRequest, *, form: str) -> HttpResponse:
    """GET: a page of requests. POST: report one."""
    if request.method != "POST":
        return views.listing(request, form=form)
    _check_readable(request)
    client = admitted(request, door=READING, scope=POSTING)
    if client is None:
        message = _("通報要有 API 金鑰：請帶 api_key 參數或 X-Api-Key 標頭。")
        raise KeyMissing("dispatch.open311_key_missing", message, "api_key")
    asked.check_jurisdiction(request.POST, request.GET)
    reported = _report(cast(Request, request), client)
    due = formats.roc_datetime(reported.due_at)
    told = {
        "service_request_id": reported.number,
        "service_notice": _("承諾在 %(due)s 前處理。") % {"due": due},
        "account_id": None,
    }
    return answer(request, "service_requests", [told], form, seconds=0)


def _check_readable(request: HttpRequest) -> None:
    try:
        len(request.POST)
    except (BadRequest, SuspiciousOperation, MultiPartParserError):
        message = _("送出的內容讀不出來，或太大。請用 application/x-www-form-urlencoded。")
        raise Unreadable("dispatch.open311_unreadable", message) from None


def _report(request: Request, client: Client) -> services.Reported:
    told = _told(request)
    name = _full_name(told["first_name"], told["last_name"])
    with durable():
        return services.report_case(
            item=told["service_code"],
            where=_where(told),
            description=_description(told),
            contact=services.Contact(name, told["phone"], told["email"]),
            photos=(),
            channel=CHANNEL,
            actor=Actor(key=f"client:{client.id}", name=client.application),
            at=request.now,
            intake_key=_intake_key(request, client),
        )


def _told(request: Request) -> dict[str, Any]:
    """The arguments in their shape. Raises Misasked, naming every field."""
    form = ReportForm(request.POST)
    if form.is_valid():
        return form.cleaned_data
    faults: list[Refused] = [
        Invalid("dispatch.open311_field", _field_fault(name, str(words)), name)
        for name, errors in form.errors.items()
        for words in errors
    ]
    raise Misasked(faults)


def _field_fault(name: str, words: str) -> str:
    return _("欄位 %(name)s：%(words)s") % {"name": name, "words": words}


def _where(told: dict[str, Any]) -> services.Where:
    """The point; without one the district of ``address_id``, or the first that the address names.

    Raises Invalid when neither tells a district.
    """
    words = told["address_string"]
    if told["lat"] is not None and told["long"] is not None:
        return services.Where(told["lat"], told["long"], None, words)
    district = _district(told["address_id"], words)
    if district is None or not words:
        message = _(
            "請給 lat 與 long，或在 address_string 寫出行政區與地點，例如「○○區建國路 100 號前」。"
        )
        raise Invalid("dispatch.open311_place", message, "address_string")
    return services.Where(None, None, district, words)


def _district(address_id: str, words: str) -> str | None:
    """``address_id`` is, as in answers, the code of a village or district."""
    names = {district.code: district.name for district in places.districts()}
    by_code = next((code for code in names if address_id.startswith(code)), None)
    return by_code or rules.district_named(words, names)


def _description(told: dict[str, Any]) -> str:
    """The words, and the address of a picture as text: nothing is fetched from outside."""
    if not told["media_url"]:
        return str(told["description"])
    seen = _("通報附的圖片網址（未經檢查）：%(url)s") % {"url": told["media_url"]}
    return f"{told['description']}\n{seen}".strip()


def _full_name(first: str, last: str) -> str:
    """王小明, but Mary Smith."""
    together = f"{first} {last}".strip()
    return together if together.isascii() else f"{last}{first}"


def _intake_key(request: Request, client: Client) -> str | None:
    """The client's Idempotency-Key, apart from those of other clients."""
    key = request.headers.get(doors.ONCE_HEADER)
    return hashlib.sha256(f"{CHANNEL} {client.id} {key}".encode()).hexdigest() if key else None
