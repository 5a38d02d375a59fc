"""What a system tells this room about the records it answers. It offers a ``ReplySubject``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from django.utils.translation import gettext_lazy as _

from yankao.base import registry
from yankao.base.actors import Actor


@dataclass(frozen=True, slots=True)
class Citizen:
    """Whom the reply goes to. Personal: kept nowhere in this room but in what was sent by letter.

    ``channels``: the ways this person can be reached and agreed to, the preferred one first.
    ``language`` as they used it ("" = not known, so the city's): of what stands around the answer.
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    channels: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyBrief:
    """What is to be answered now. ``number`` and ``title`` name no private person.

    ``item`` and ``stage`` are codes that choose templates; ``route`` a key of reply_routes.csv
    ("" = ordinary); ``link`` the public address an SMS leads to; ``values`` whatever the system's
    templates name beside the common placeholders; ``unit`` whose inbox the draft belongs to.
    """

    number: str
    title: str
    citizen: Citizen
    item: str = ""
    item_name: str = ""
    stage: str = ""
    route: str = ""
    unit: str | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
    link: str = ""
    is_answerable: bool = True
    values: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class ReplySubject(Protocol):
    """One kind of record that is answered. ``kind`` also has a ``SubjectOffer`` (who may see it).

    ``reply_placeholders`` (name → words), ``reply_stages`` and ``reply_items`` (code → words) are
    what its templates may name. ``reply_brief`` gives None when that agency has nothing to answer.
    ``may_reply``: whether the actor handles the record for that agency now.
    """

    kind: str
    reply_placeholders: Mapping[str, Any]
    reply_stages: Mapping[str, Any]

    def reply_items(self) -> Mapping[str, Any]: ...

    def reply_brief(self, id: int, agency: str) -> ReplyBrief | None: ...

    def may_reply(self, actor: Actor, id: int, agency: str) -> bool: ...


COMMON: dict[str, Any] = {
    "number": _("案號"),
    "title": _("案由"),
    "item": _("項目"),
    "citizen": _("民眾姓名"),
    "received": _("受理日期"),
    "due": _("期限"),
    "today": _("今天的日期"),
    "agency": _("回復機關"),
    "officer": _("承辦人姓名"),
    "city": _("城市名稱"),
    "phone": _("市民專線"),
}
"""Placeholders every template may name, whatever it answers."""


def reply_subject(kind: str) -> ReplySubject | None:
    """The offer for that kind of record."""
    return next((one for one in registry.offers(ReplySubject) if one.kind == kind), None)


def kinds_of_subjects() -> dict[str, Any]:
    """Every kind of record that is answered, with the title of its system, in declared order."""
    return {
        offer.kind: system.title
        for system in registry.systems()
        for offer in system.offers
        if isinstance(offer, ReplySubject)
    }


def placeholders_of(kind: str) -> dict[str, Any]:
    """What templates of that kind may name, with its words; "" = of any kind."""
    offer = reply_subject(kind)
    return {**COMMON, **(offer.reply_placeholders if offer else {})}
