"""Mails that could not be delivered and came back (RFC 3464): which notice, and for good or not."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from yankao.kernel.mailboxes import charsets, mime, rules
from yankao.kernel.mailboxes.mime import Leaf, Mail
from yankao.kernel.notices.rules import Failure

_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
_STATUSES = {"message/delivery-status", "message/global-delivery-status"}
_FULL = "2.2"
LONGEST_REPORT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report says about one notice; ``failure`` "" = it arrived."""

    uuid: str
    failure: str
    status: str


def is_report(mail: Mail) -> bool:
    """Whether the mail reports what became of another one."""
    return any(leaf.headers.media_type in _STATUSES for leaf in mail.leaves)


def bounce_of(mail: Mail, own: Collection[str]) -> Bounce | None:
    """What the report says; None when it is not about one mail of ours, or says nothing for sure.

    Delays are nothing: the server goes on trying.
    """
    notices = set(_notices(mail, own))
    told = set(_told(mail))
    if len(notices) != 1 or len(told) != 1:
        return None
    action, status = next(iter(told))
    failure = _failure(action, status)
    return None if failure is None else Bounce(notices.pop(), failure, status)


def _failure(action: str, status: str) -> str | None:
    if action == "delivered":
        return ""
    if action != "failed" or status[:2] not in {"4.", "5."}:
        return None
    is_final = status.startswith("5.") and status[2:] != _FULL
    return (Failure.PERMANENT if is_final else Failure.TEMPORARY).value


def _notices(mail: Mail, own: Collection[str]) -> Iterator[str]:
    """The notices it may be about: by the address it came back to, by what it gives back."""
    yield from (_plain(token) for token in rules.tokens_in(mail.recipients, own))
    for leaf in mail.leaves:
        if leaf.headers.media_type in _RETURNED:
            yield from filter(None, [_returned(leaf)])


def _returned(leaf: Leaf) -> str:
    try:
        headers = mime.headers_of(leaf.content)
    except mime.Unreadable:
        return ""
    ids = mime.ids_in(headers.first("message-id"))
    return _plain(rules.notice_in(ids[0])) if ids else ""


def _plain(token: str) -> str:
    return token.replace("-", "")


def _told(mail: Mail) -> Iterator[tuple[str, str]]:
    """(action, status) of each recipient."""
    for leaf in mail.leaves:
        if leaf.headers.media_type in _STATUSES:
            report = charsets.decoded(leaf.content[:LONGEST_REPORT]).replace("\r\n", "\n")
            for block in report.split("\n\n"):
                action, status = _field(block, "action"), _field(block, "status")
                if action:
                    yield action.lower(), status


def _field(block: str, name: str) -> str:
    found = re.search(rf"^{name}:[ \t]*(\S{{1,20}})", block, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""
