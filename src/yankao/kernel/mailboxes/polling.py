"""Reading a mailbox: letter by letter, each in a transaction of its own, none before another's.

A letter is first noted as begun, then read without a transaction, then handed on and noted as taken
in one, then moved on the server. Killed anywhere between, the next poll goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import structlog

from yankao.base import outages
from yankao.base.transactions import durable
from yankao.kernel.files import services as files
from yankao.kernel.files.rules import Limits as FileLimits
from yankao.kernel.mailboxes import mime, postbox, queries, rules, services
from yankao.kernel.mailboxes.boxes import Box
from yankao.kernel.mailboxes.declarations import use_named
from yankao.kernel.mailboxes.models import Mail
from yankao.kernel.mailboxes.postbox import Postbox
from yankao.kernel.mailboxes.rules import Reason, State, Wish

log = structlog.get_logger(__name__)
SEEN_OF_LARGE = 128 * 1024


@dataclass(slots=True)
class Polled:
    """What a poll found: letters by what became of them; ``error`` when it was cut short.

    ``is_busy``: somebody else was reading the mailbox, so nothing was done.
    """

    taken: int = 0
    aside: int = 0
    skipped: int = 0
    error: str = ""
    is_busy: bool = False

    def count(self, state: State) -> None:
        name = {State.TAKEN: "taken", State.ASIDE: "aside", State.SKIPPED: "skipped"}.get(state)
        if name:
            setattr(self, name, getattr(self, name) + 1)


def poll(box: Box, *, at: datetime) -> Polled:
    """Read a mailbox once; troubles of the server are noted, never raised.

    One reader at a time: a server may copy a letter that two move at once.
    """
    with services.alone(box.name) as is_alone:
        return _poll(box, at=at) if is_alone else Polled(is_busy=True)


def _poll(box: Box, *, at: datetime) -> Polled:
    polled = Polled()
    try:
        with postbox.opened(box) as server:
            _grant_wishes(box, server, polled, at=at)
            server.open()
            for uid, size in server.sizes().items():
                _deal_with(box, server, uid, size, polled, at=at)
            left = max(0, server.waiting - postbox.AT_ONCE)
    except postbox.TROUBLES as error:
        if outages.refusal_for(error) is not None:
            raise
        polled.error = f"{type(error).__name__}: {error}"[:200]
        log.warning("mailboxes.unreachable", mailbox=box.name, error=polled.error)
        with durable():
            services.record_trouble(name=box.name, error=polled.error, at=at)
    else:
        with durable():
            services.record_poll(name=box.name, waiting=left, at=at)
    return polled


def _deal_with(
    box: Box, server: Postbox, uid: int, size: int, polled: Polled, *, at: datetime
) -> None:
    with durable():
        row = services.begin(box=box, uidvalidity=server.uidvalidity, uid=uid, size=size, at=at)
    state = State(row.state)
    if state == State.READING:
        state = _read(box, server, row, uid, at=at)
        polled.count(state)
    if state != State.READING:
        server.file(uid, postbox.ASIDE if state == State.ASIDE else postbox.TAKEN)


def _read(
    box: Box, server: Postbox, row: Mail, uid: int, *, at: datetime, is_wished: bool = False
) -> State:
    """What became of the letter; READING when it is to be tried again."""
    limits = mime.Limits(max_bytes=box.max_mb * mime.MB)
    is_large = row.size > limits.max_bytes
    content = server.content(uid, SEEN_OF_LARGE if is_large else limits.max_bytes + 1)
    if content is None:
        return State.READING  # gone since; somebody else moved it
    digest = queries.digest_of(content)
    try:
        if row.attempts > rules.ATTEMPTS and not is_wished:
            raise mime.Unreadable(Reason.BROKEN)
        if is_large:
            raise mime.Unreadable(Reason.TOO_LARGE)
        return _taken(box, row, mime.read(content, limits), digest, at=at, is_wished=is_wished)
    except mime.Unreadable as why:
        known = _headers_only(content)
        with durable():
            services.set_aside(mail_id=row.pk, reason=why.code, digest=digest, at=at, mail=known)
        return State.ASIDE
    except Exception as error:
        if outages.refusal_for(error) is not None or isinstance(error, outages.NoRoom):
            with durable():
                services.take_back_attempt(mail_id=row.pk)
            raise
        log.exception("mailboxes.letter_broken", mailbox=box.name, mail=row.pk)
        return State.READING


def _headers_only(content: bytes) -> mime.Mail | None:
    try:
        return mime.Mail(headers=mime.headers_of(content), leaves=(), text="")
    except mime.Unreadable:
        return None


def _taken(
    box: Box, row: Mail, mail: mime.Mail, digest: str, *, at: datetime, is_wished: bool
) -> State:
    use = use_named(box.use)
    is_for_use = is_wished or queries.verdict_on(mail, box, at=at, mail_id=row.pk) is None
    attached, refused = _kept(mail, use.mail_files) if use and is_for_use else ((), ())
    with durable():
        return services.take_in(
            mail_id=row.pk, box=box, mail=mail, digest=digest, attached=attached, refused=refused,
            at=at, is_wished=is_wished,
        )  # fmt: skip


def _kept(mail: mime.Mail, limits: FileLimits) -> tuple[Sequence[files.Kept], Sequence[str]]:
    """Files that may come in, and names of those that may not: kind, size, too many together."""
    kept: list[files.Kept] = []
    refused: list[str] = []
    for leaf in mail.files:
        name = _name_of(leaf)
        try:
            file = files.keep(content=BytesIO(leaf.content), name=name, limits=limits)
            files.check_together([*kept, file], limits)
        except files.FileRefused:
            refused.append(name)
        else:
            kept.append(file)
    return kept, refused


def _name_of(leaf: mime.Leaf) -> str:
    kind = leaf.headers.media_type.rpartition("/")[2]
    ending = {"jpeg": "jpg", "rfc822": "eml", "plain": "txt"}.get(kind, kind)
    name = leaf.headers.file_name.replace("\\", "/").rpartition("/")[2]
    return name or f"附件.{ending}"[:60]


# --- wishes --------------------------------------------------------------------------------------


def _grant_wishes(box: Box, server: Postbox, polled: Polled, *, at: datetime) -> None:
    """Do what somebody decided about letters that were set aside or passed over."""
    for row in queries.wished(box.name):
        for folder in (postbox.ASIDE, postbox.TAKEN):
            server.open(folder)
            uid = _find(box, server, row)
            if uid is not None:
                _grant(box, server, row, uid, polled, at=at)
                break
        else:
            with durable():
                services.finish(mail_id=row.pk, detail="not-found")


def _find(box: Box, server: Postbox, row: Mail) -> int | None:
    """Where the letter is now: of the same size and content."""
    most = box.max_mb * mime.MB
    for uid, size in server.all_sizes().items():
        if size == row.size:
            content = server.content(uid, SEEN_OF_LARGE if size > most else most + 1)
            if content is not None and queries.digest_of(content) == row.digest:
                return uid
    return None


def _grant(box: Box, server: Postbox, row: Mail, uid: int, polled: Polled, *, at: datetime) -> None:
    if row.wish == Wish.THROW_AWAY:
        server.delete(uid)
        with durable():
            services.finish(mail_id=row.pk)
        return
    with durable():
        may_try = services.begin_wish(mail_id=row.pk)
    if may_try:
        state = _read(box, server, row, uid, at=at, is_wished=True)
        polled.count(state)
        if state == State.TAKEN:
            server.file(uid, postbox.TAKEN)
