"""Reading requests, the data they are about, and what is past its retention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import permissions, rules
from yankao.departments.service.privacy.models import Matter, Request, RetentionRun
from yankao.departments.service.privacy.rules import Ground, Right
from yankao.departments.service.privacy.workflow import REQUEST, Permission, State
from yankao.kernel.casework.personal import Held, everything_about, holders
from yankao.kernel.files import queries as files
from yankao.kernel.files.queries import AttachmentView
from yankao.kernel.files.rules import Purpose
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.replies import queries as replies

_SALT = "service.privacy.request"

RIGHTS = {
    Right.ACCESS: gettext_lazy("看或取得我的個人資料"),
    Right.CORRECT: gettext_lazy("更正我的聯絡資料"),
    Right.STOP: gettext_lazy("不再使用我的聯絡方式"),
    Right.ERASE: gettext_lazy("刪除我的個人資料"),
}
STATES = {
    State.UNCONFIRMED: gettext_lazy("等您確認"),
    State.OPEN: gettext_lazy("機關決定中"),
    State.GRANTED: gettext_lazy("已同意"),
    State.REFUSED: gettext_lazy("未同意"),
    State.EXPIRED: gettext_lazy("逾期未確認"),
}
TONES = {
    State.UNCONFIRMED: "paused",
    State.OPEN: "today",
    State.GRANTED: "ok",
    State.REFUSED: "closed",
    State.EXPIRED: "closed",
}
GROUNDS = {
    Ground.STATE: gettext_lazy("會妨害國家安全、外交、軍事、整體經濟或其他國家重大利益"),
    Ground.DUTY_ACCESS: gettext_lazy("會妨害機關執行法定職務"),
    Ground.OTHERS: gettext_lazy("會妨害機關或別人的重大利益"),
    Ground.CORRECT_ALREADY: gettext_lazy("查證後資料沒有錯誤或缺漏"),
    Ground.DUTY: gettext_lazy("機關執行職務還必須使用這些資料"),
    Ground.CONSENT: gettext_lazy("當事人曾以書面同意繼續使用"),
    Ground.NOT_THE_PERSON: gettext_lazy("不能確認是本人或受本人委託"),
    Ground.NOTHING_HELD: gettext_lazy("機關沒有保有這些資料"),
}


class RequestUnknown(NotVisible):
    """There is no such request, or not for this actor."""


@dataclass(frozen=True, slots=True)
class MatterView:
    """A record of a request with what is held; None once nobody is known any more."""

    matter: Matter
    kind_title: str
    held: Held | None


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """One kind of record: how long people are kept, and how many are past that now."""

    kind: str
    title: str
    months: int
    closed_before: datetime | None
    due: int
    last_run: RetentionRun | None


def _setting(name: str, default: Any) -> Any:
    return settings.CITY.get("privacy", {}).get(name, default)


def confirm_days() -> int:
    """Within how many days a request is to be confirmed (city.toml, 示範值)."""
    return int(_setting("confirm_days", 7))


def copy_days() -> int:
    """For how many days a granted copy can be fetched (city.toml, 示範值)."""
    return int(_setting("copy_days", 14))


def number_prefix() -> str:
    """How numbers of requests begin (city.toml, 示範值)."""
    return str(_setting("number_prefix", "G"))


def retention_months() -> Mapping[str, int]:
    """Kind of record → months after closing (city.toml, 示範值); a kind without is kept."""
    return {kind: int(months) for kind, months in _setting("retention_months", {}).items()}


def requests_for(actor: Actor, *, is_open: bool) -> QuerySet[Request]:
    """Requests of the agencies where the actor reads; open ones by age, others newest first."""
    rows = Request.objects.select_related("agency", "obligation")
    rows = rows.exclude(state__in=[State.UNCONFIRMED, State.EXPIRED])
    agencies = actor.agencies_for(Permission.READ)
    if agencies is not None:
        rows = rows.filter(agency__in=sorted(agencies))
    if is_open:
        return rows.filter(state=State.OPEN).order_by("opened_at", "pk")
    return rows.exclude(state=State.OPEN).order_by("-decided_at", "-pk")


def request_for(actor: Actor, request_id: int) -> Request:
    """One request. Raises RequestUnknown."""
    rows = Request.objects.select_related("agency", "obligation").prefetch_related("matters")
    row = rows.filter(pk=request_id).first()
    if row is None or not permissions.may_see(actor, row):
        raise unknown()
    return row


def unknown() -> RequestUnknown:
    """The refusal: no such request, or not for this actor."""
    return RequestUnknown("privacy.unknown", _("沒有這件請求，或連結已經失效。"))


def token_of(request: Request) -> str:
    """The signed token of what one person asked."""
    return signing.Signer(salt=_SALT).sign(request.group.hex)


def link_of(request: Request) -> str:
    """The whole address of the person's page."""
    path = reverse("service_privacy:status", args=[token_of(request)])
    return f"{settings.YANKAO_ORIGIN}{path}"


def public_requests(token: str) -> list[Request]:
    """What one person asked, the first first. Raises RequestUnknown when forged or dropped."""
    try:
        group = UUID(hex=signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        raise unknown() from None
    rows = Request.objects.filter(group=group).exclude(state=State.EXPIRED)
    found = list(rows.select_related("agency").prefetch_related("matters").order_by("pk"))
    if not found:
        raise unknown()
    return found


def due_at(request: Request) -> datetime | None:
    """The last moment to decide."""
    return obligations.due_at(request.obligation_id) if request.obligation_id else None


def matters_of(request: Request, *, with_person: bool) -> list[MatterView]:
    """The request's records; what is held only for who may see it."""
    offers = holders()
    found: list[MatterView] = []
    for matter in request.matters.all():
        offer = offers.get(matter.kind)
        held = offer.held([matter.subject_id]) if offer and with_person else {}
        title = str(offer.personal_title) if offer else matter.kind
        found.append(MatterView(matter, title, held.get(matter.subject_id)))
    return found


def files_of(kind: str, id: int) -> list[AttachmentView]:
    """What the person attached, wherever the record is repeated."""
    subjects = everything_about(Subject(kind, id))
    found = [one for s in subjects for one in files.attachments_of(s, purposes=[Purpose.REPORT])]
    return list({one.sha256: one for one in found}.values())


def answers_of(kind: str, id: int) -> Sequence[Any]:
    """What the city answered the person."""
    subjects = everything_about(Subject(kind, id))
    return [sent for subject in subjects for sent in replies.sent_replies(subject)]


def asked_already(*, right: Right, kind: str, id: int, at: datetime) -> bool:
    """Whether the same is asked about the record and not decided."""
    open_now = Request.objects.filter(matters__kind=kind, matters__subject_id=id, right=right)
    waits = open_now.filter(state=State.UNCONFIRMED, until_at__gt=at)
    return waits.exists() or open_now.filter(state=State.OPEN).exists()


def under_request(kind: str) -> set[int]:
    """Records of that kind about which something is asked and not decided."""
    rows = Matter.objects.filter(kind=kind, request__state=State.OPEN)
    return set(rows.values_list("subject_id", flat=True))


def cutoff(kind: str, at: datetime) -> datetime | None:
    """People behind records closed before then are forgotten; None = this kind is kept."""
    months = retention_months().get(kind, 0)
    if months < 1:
        return None
    day = rules.months_before(at.astimezone(TAIPEI).date(), months)
    return datetime.combine(day, time.min, TAIPEI)


def retention_for(actor: Actor, *, at: datetime) -> list[RetentionRow]:
    """Every kind with how many are past their retention now. Raises RequestUnknown."""
    if not actor.holds(Permission.RETENTION):
        raise unknown()
    found = []
    last = RetentionRun.objects.order_by("kind", "-at").distinct("kind")
    runs = {run.kind: run for run in last}
    for kind, offer in holders().items():
        before = cutoff(kind, at)
        found.append(
            RetentionRow(
                kind=kind,
                title=str(offer.personal_title),
                months=retention_months().get(kind, 0),
                closed_before=before,
                due=offer.due(before) if before else 0,
                last_run=runs.get(kind),
            )
        )
    return found


class RequestSubjects:
    """Requests, for inbox, notices and trail."""

    kind = REQUEST

    def title(self, id: int) -> str:
        number = Request.objects.filter(pk=id).values_list("number", flat=True).first()
        return _("個資請求 %(number)s") % {"number": number or id}

    def address(self, id: int) -> str:
        return reverse("service_privacy:request", args=[id])

    def may_see(self, actor: Actor, id: int) -> bool:
        row = Request.objects.filter(pk=id).first()
        return row is not None and permissions.may_see(actor, row)
