"""What citizens see of an entry: published by a second person, withdrawn, merged, looked at."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid
from yankao.departments.service.knowledge import permissions, queries
from yankao.departments.service.knowledge.models import Entry, Remark, Version
from yankao.departments.service.knowledge.services import common, writing
from yankao.departments.service.knowledge.workflow import Move, Permission, Stage, State
from yankao.kernel.casework.desk import MoveRefused, name_of

COMPARE = "service.knowledge.compare"
MOST_RELATED = 8


class NotMergeable(Invalid):
    """The other entry is none that this one could be merged into."""


class RelatedWrong(Invalid):
    """Related entries are others that are published."""


def approve(*, number: str, actor: Actor, at: datetime, read: str | None = None) -> Entry:
    """The proposed text is in force from now on, as the entry's next version.

    ``read`` is the text the actor looked at (``queries.reading_of``); None = whichever waits.
    Raises NotVisible, Overtaken, MoveRefused (also to whoever wrote it), TextMoved.
    """
    with transaction.atomic():
        entry, text = common.locked(number, actor, Move.APPROVE)
        assert text is not None, "permitted"
        if read is not None and read != queries.reading_of(text):
            message = _("內容在您看過之後改過了。請重新整理頁面，看過再核定。")
            raise writing.TextMoved("knowledge.text_moved", message)
        common.fulfil(text.deciding_id, actor=actor, at=at)
        text.decided_by_name = name_of(actor)
        fields = put_in_force(entry, text, at=at)
        common.open_review(entry, actor=actor, at=at)
        _close_remarks(entry, name_of(actor), _("已發布新的一版"), at=at)
        common.moved(
            entry, Move.APPROVE, [*fields, "review"], actor=actor, at=at, words=text.reason
        )
        compare_later(entry)
        return entry


def put_in_force(entry: Entry, text: Version, *, at: datetime) -> list[str]:
    """The version's words become the entry's; returns the columns to be stored."""
    text.stage, text.published_at, text.version = Stage.PUBLISHED, at, entry.version + 1
    text.save()
    entry.version = entry.version + 1
    entry.first_published_at = entry.first_published_at or at
    entry.revised_on, entry.ended_at = at.astimezone(TAIPEI).date(), None
    names = ("question", "answer", "sources", "valid_from", "valid_to")
    for name in names:
        setattr(entry, name, getattr(text, name))
    common.set_categories(entry, text.categories)
    return [*names, "version", "first_published_at", "revised_on", "ended_at"]


def compare_later(entry: Entry) -> None:
    """After commit it is compared with the others."""
    jobs.defer(COMPARE, entry_id=entry.pk)


def confirm(*, number: str, actor: Actor, at: datetime) -> Entry:
    """Looked at: it is still right as it stands. Raises NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        entry, _text = common.locked(number, actor, Move.CONFIRM)
        common.open_review(entry, actor=actor, at=at)
        entry.revised_on = at.astimezone(TAIPEI).date()
        return common.moved(entry, Move.CONFIRM, ["review", "revised_on"], actor=actor, at=at)


def withdraw(*, number: str, reason: str, actor: Actor, at: datetime) -> Entry:
    """Show it no more, at once. Raises NotVisible, Overtaken, MoveRefused, NoReason."""
    with transaction.atomic():
        entry, _text = common.locked(number, actor, Move.WITHDRAW)
        reason = common.needed(reason, _("請寫下架的原因。"))
        _stop_review(entry, reason, actor=actor, at=at)
        entry.ended_at = at
        common.moved(entry, Move.WITHDRAW, ["review", "ended_at"], actor=actor, at=at, words=reason)
        return entry


def restore(*, number: str, actor: Actor, at: datetime) -> Entry:
    """Show again what was withdrawn, as it was. Raises NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        entry, _text = common.locked(number, actor, Move.RESTORE)
        common.open_review(entry, actor=actor, at=at)
        entry.ended_at = None
        common.moved(entry, Move.RESTORE, ["review", "ended_at"], actor=actor, at=at)
        compare_later(entry)
        return entry


def merge(*, number: str, into: str, actor: Actor, at: datetime) -> Entry:
    """Its address leads to the other entry from now on.

    Raises NotVisible, Overtaken, MoveRefused, NotMergeable.
    """
    with transaction.atomic():
        into = into.strip().upper()
        both = Entry.objects.filter(number__in=[number, into]).order_by("pk")
        list(both.select_for_update())  # in one order: two who merge crosswise wait for each other
        entry, _text = common.locked(number, actor, Move.MERGE)
        other = Entry.objects.filter(number=into).first()
        if other is None or other.pk == entry.pk or other.state != State.PUBLISHED:
            message = _("請填另一則發布中的問答的編號。")
            raise NotMergeable("knowledge.not_mergeable", message, "into")
        if not actor.holds(Permission.APPROVE, other.agency_id):
            message = _("另一則是別的機關的，請研考會合併。")
            raise MoveRefused("knowledge.merge_elsewhere", message, "into")
        reason = _("併入 %(number)s") % {"number": other.number}
        _stop_review(entry, reason, actor=actor, at=at)
        entry.merged_into, entry.ended_at = other, at
        fields = ["review", "merged_into", "ended_at"]
        common.moved(entry, Move.MERGE, fields, actor=actor, at=at, words=reason)
        Entry.objects.filter(merged_into=entry).update(merged_into=other, changed_at=at)
        _close_remarks(entry, name_of(actor), reason, at=at)
        return entry


def unmerge(*, number: str, actor: Actor, at: datetime) -> Entry:
    """It stands by itself again. Raises NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        entry, _text = common.locked(number, actor, Move.UNMERGE)
        entry.merged_into = entry.ended_at = None
        common.open_review(entry, actor=actor, at=at)
        fields = ["review", "merged_into", "ended_at"]
        common.moved(entry, Move.UNMERGE, fields, actor=actor, at=at)
        compare_later(entry)
        return entry


def hand_over(
    *, number: str, agency: str, reason: str, unit: str | None = None, actor: Actor, at: datetime
) -> Entry:
    """Another agency owns it from now on, with what is owed about it.

    Raises NotVisible, Overtaken, MoveRefused, NoReason, NoSuchAgency.
    """
    with transaction.atomic():
        entry, text = common.locked(number, actor, Move.HAND_OVER)
        reason = common.needed(reason, _("請寫為什麼移交。"))
        writing.check_agency(agency, unit)
        if agency == entry.agency_id:
            message = _("已經是這個機關的。")
            raise common.NoSuchAgency("knowledge.same_agency", message, "agency")
        if text is not None and text.deciding_id is not None:
            message = _("內容正在等核定，請先核定或退回再移交。")
            raise MoveRefused("knowledge.waits_for_approval", message)
        _stop_review(entry, reason, actor=actor, at=at)
        entry.agency_id, entry.unit_id = agency, unit
        if entry.state == State.PUBLISHED:
            common.open_review(entry, actor=actor, at=at)
        return common.moved(
            entry, Move.HAND_OVER, ["agency", "unit", "review"], actor=actor, at=at, words=reason
        )


def relate(*, number: str, to: Iterable[str], actor: Actor, at: datetime) -> Entry:
    """Name the entries shown under this one. Raises NotVisible, Overtaken, MoveRefused, Invalid."""
    with transaction.atomic():
        entry = common.DESK.locked(number, actor, Move.WRITE)
        numbers = sorted({one.strip().upper() for one in to if one.strip()} - {entry.number})
        found = Entry.objects.filter(number__in=numbers, state=State.PUBLISHED)
        if len(found) != len(numbers) or len(numbers) > MOST_RELATED:
            message = _("請填發布中的問答的編號，最多 %(most)s 個，以空格隔開。")
            words = message % {"most": MOST_RELATED}
            raise RelatedWrong("knowledge.related_wrong", words, "related")
        entry.related.set(found)
        return common.moved(entry, Move.WRITE, actor=actor, at=at, words="、".join(numbers))


def _stop_review(entry: Entry, reason: str, *, actor: Actor, at: datetime) -> None:
    common.lapse(entry.review_id, reason, actor=actor, at=at)
    entry.review_id = None


def _close_remarks(entry: Entry, name: str, words: str, *, at: datetime) -> None:
    open_ones = Remark.objects.filter(entry=entry, dealt_at=None)
    open_ones.update(dealt_at=at, dealt_by_name=name, dealt_words=words)


def close_remarks(*, number: str, words: str, actor: Actor, at: datetime) -> Entry:
    """What readers found unhelpful was looked at. Raises NotVisible, MoveRefused, NoReason."""
    with transaction.atomic():
        entry = common.DESK.seen(number, actor)
        if not (permissions.sees_inside(actor, entry) and actor.holds(Permission.WRITE)):
            raise queries.not_visible()
        words = common.needed(words, _("請寫怎麼處理，例如：答案已改寫、問題不在這一則。"), "words")
        _close_remarks(entry, name_of(actor), words[:300], at=at)
        common.DESK.write_entry(entry, "remarks", actor=actor, at=at, words=words[:300])
        return entry
