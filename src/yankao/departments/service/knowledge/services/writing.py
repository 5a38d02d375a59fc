"""Writing an entry: a draft that is saved as often as one likes, proposed, returned, discarded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import reserve_ids
from yankao.base.errors import Invalid, Refused
from yankao.departments.service.knowledge import permissions, queries
from yankao.departments.service.knowledge.models import Category, Entry, Version
from yankao.departments.service.knowledge.rules import texts
from yankao.departments.service.knowledge.services import common
from yankao.departments.service.knowledge.workflow import (
    OPEN,
    Move,
    Permission,
    Stage,
    State,
)
from yankao.kernel.casework.desk import MoveRefused, name_of
from yankao.kernel.people import queries as people


class TextWrong(Invalid):
    """A part of the text is missing or cannot stand like that."""


class TextMoved(Refused):
    """Somebody else saved the draft meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an entry says. ``sources`` are (title, address); ``valid_to`` is the last day."""

    question: str
    answer: str
    categories: Sequence[str]
    sources: Sequence[tuple[str, str]] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    reason: str = ""


def write_entry(
    *, text: Text, agency: str, unit: str | None = None, actor: Actor, at: datetime
) -> Entry:
    """A new entry of the agency with a draft; nobody outside sees it.

    Raises TextWrong, NoSuchAgency, MoveRefused.
    """
    with transaction.atomic():
        check_agency(agency, unit)
        if not actor.holds(Permission.WRITE, agency):
            raise MoveRefused("knowledge.may_not_write", _("請選擇您可以撰寫的機關。"), "agency")
        checked = checked_text(text)
        [id_] = reserve_ids(Entry, 1)
        entry = Entry(
            id=id_,
            number=queries.number_of(id_),
            state=State.NEW,
            agency_id=agency,
            unit_id=unit,
            changed_at=at,
            **_copied(checked),
        )
        entry.save(force_insert=True)
        common.set_categories(entry, checked.categories)
        _open_version(entry, checked, actor=actor, at=at)
        return common.moved(entry, Move.WRITE, actor=actor, at=at)


def save_draft(*, number: str, text: Text, edits: int, actor: Actor, at: datetime) -> Version:
    """Write at the draft, or begin one beside what is published.

    ``edits`` is how often the draft had been saved when the actor opened it (0 = there was none).
    Raises NotVisible, Overtaken, MoveRefused, TextWrong, TextMoved.
    """
    with transaction.atomic():
        entry, draft = common.locked(number, actor, Move.WRITE)
        checked = checked_text(text)
        if (draft.edits if draft else 0) != edits:
            message = _("%(name)s剛存過這份草稿。請重新整理，把您的修改再寫進去。")
            name = draft.written_by_name if draft else ""
            raise TextMoved("knowledge.text_moved", message % {"name": name})
        if draft is None:
            draft = _open_version(entry, checked, actor=actor, at=at)
        else:
            _write_version(draft, checked, actor=actor, at=at)
        if entry.state == State.NEW:
            for name, value in _copied(checked).items():
                setattr(entry, name, value)
            entry.save(update_fields=list(_copied(checked)))
            common.set_categories(entry, checked.categories)
        common.moved(entry, Move.WRITE, actor=actor, at=at)
        return draft


def propose(*, number: str, actor: Actor, at: datetime) -> Entry:
    """Ask somebody else to approve the draft. Raises NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        entry, draft = common.locked(number, actor, Move.PROPOSE)
        assert draft is not None, "permitted"
        draft.stage, draft.returned_words = Stage.PROPOSED, ""
        draft.writers = sorted({*draft.writers, *permissions.hands(actor)})
        draft.deciding_id = common.open_approval(entry, actor=actor, at=at)
        draft.save(update_fields=["stage", "returned_words", "writers", "deciding"])
        return common.moved(entry, Move.PROPOSE, actor=actor, at=at, words=draft.reason)


def take_back(*, number: str, actor: Actor, at: datetime) -> Entry:
    """Go on writing at what was proposed. Raises NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        entry, text = common.locked(number, actor, Move.TAKE_BACK)
        assert text is not None, "permitted"
        _back_to_draft(text, _("取回修改"), actor=actor, at=at)
        return common.moved(entry, Move.TAKE_BACK, actor=actor, at=at)


def return_text(*, number: str, words: str, actor: Actor, at: datetime) -> Entry:
    """Not like this: who wrote it goes on. Raises NotVisible, Overtaken, MoveRefused, NoReason."""
    with transaction.atomic():
        entry, text = common.locked(number, actor, Move.RETURN)
        assert text is not None, "permitted"
        words = common.needed(words, _("請寫要改什麼，讓撰寫的人知道。"), "words")
        text.returned_words = words[:1000]
        common.fulfil(text.deciding_id, actor=actor, at=at)
        text.stage, text.deciding_id = Stage.DRAFT, None
        text.save(update_fields=["stage", "deciding", "returned_words"])
        return common.moved(entry, Move.RETURN, actor=actor, at=at, words=words)


def _back_to_draft(text: Version, why: str, *, actor: Actor, at: datetime) -> None:
    common.lapse(text.deciding_id, why, actor=actor, at=at)
    text.stage, text.deciding_id = Stage.DRAFT, None
    text.save(update_fields=["stage", "deciding"])


def discard(*, number: str, actor: Actor, at: datetime) -> Entry:
    """Write at it no more; the words stay readable in the history.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        entry, draft = common.locked(number, actor, Move.DISCARD)
        assert draft is not None, "permitted"
        draft.stage = Stage.DISCARDED
        draft.save(update_fields=["stage"])
        return common.moved(entry, Move.DISCARD, actor=actor, at=at)


def checked_text(text: Text) -> Text:
    """The text tidied. Raises TextWrong."""
    question, answer = texts.one_line(text.question), texts.tidy(text.answer)
    if not question or len(question) > texts.LONGEST_QUESTION:
        most = {"most": texts.LONGEST_QUESTION}
        message = _("請寫民眾會怎麼問，最多 %(most)s 個字。") % most
        raise TextWrong("knowledge.question_wrong", message, "question")
    if not answer or len(answer) > texts.LONGEST_ANSWER:
        message = _("請寫答案，最多 %(most)s 個字。") % {"most": texts.LONGEST_ANSWER}
        raise TextWrong("knowledge.answer_wrong", message, "answer")
    if text.valid_from and text.valid_to and text.valid_to < text.valid_from:
        message = _("最後一天要在開始之後。")
        raise TextWrong("knowledge.validity_wrong", message, "valid_to")
    return Text(
        question=question,
        answer=answer,
        categories=_checked_categories(text.categories),
        sources=_checked_sources(text.sources),
        valid_from=text.valid_from,
        valid_to=text.valid_to,
        reason=texts.one_line(text.reason)[:300],
    )


def _checked_categories(codes: Sequence[str]) -> tuple[str, ...]:
    known = set(Category.objects.filter(pk__in=codes).values_list("pk", flat=True))
    if not codes or set(codes) - known:
        message = _("請選擇至少一個類別。")
        raise TextWrong("knowledge.category_wrong", message, "categories")
    return tuple(dict.fromkeys(codes))


def _checked_sources(sources: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = tuple((texts.one_line(title)[:200], address.strip()) for title, address in sources)
    if len(found) > texts.MOST_SOURCES or any(
        not title or (address and not texts.is_address(address)) for title, address in found
    ):
        message = _("來源一行一個：名稱，空一格，網址（https://…）；最多 %(most)s 個。")
        words = message % {"most": texts.MOST_SOURCES}
        raise TextWrong("knowledge.source_wrong", words, "sources")
    return found


def check_agency(agency: str, unit: str | None = None) -> None:
    """Raises NoSuchAgency."""
    known = {one.code for one in people.agencies()}
    units = {one.code for one in people.units_of(agency)} if unit else set()
    if agency not in known or (unit and unit not in units):
        message = _("沒有這個機關或科室，請從清單挑選。")
        raise common.NoSuchAgency("knowledge.agency_unknown", message, "agency")


def _copied(text: Text) -> Mapping[str, Any]:
    """The columns entry and version have in common."""
    return {
        "question": text.question,
        "answer": text.answer,
        "sources": [{"title": title, "address": address} for title, address in text.sources],
        "valid_from": text.valid_from,
        "valid_to": text.valid_to,
    }


def _open_version(entry: Entry, text: Text, *, actor: Actor, at: datetime) -> Version:
    assert not entry.versions.filter(stage__in=OPEN).exists(), "one at a time"
    return Version.objects.create(
        entry=entry, stage=Stage.DRAFT, **version_columns(text, actor, at)
    )


def version_columns(text: Text, actor: Actor, at: datetime) -> dict[str, Any]:
    """The columns of a version with this text, written by the actor."""
    return {
        **_copied(text),
        "categories": list(text.categories),
        "reason": text.reason,
        "writers": sorted(permissions.hands(actor)),
        "written_by_name": name_of(actor),
        "written_at": at,
    }


def _write_version(draft: Version, text: Text, *, actor: Actor, at: datetime) -> None:
    columns = version_columns(text, actor, at)
    columns["writers"] = sorted({*draft.writers, *columns["writers"]})
    for name, value in {**columns, "edits": draft.edits + 1}.items():
        setattr(draft, name, value)
    draft.save()
