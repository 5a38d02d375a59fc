"""Listening in, and quality sampling: drawn, scored, objected to, ruled on."""

import hashlib
import tomllib
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.models import Call, ListenNote, Review
from yankao.departments.service.calls.queries import QUALITY_FORM
from yankao.departments.service.calls.workflow import KIND, Permission, State
from yankao.kernel.forms import queries as forms_read
from yankao.kernel.forms import services as forms
from yankao.kernel.forms.rules import Answers, Kind, Shape
from yankao.kernel.trail import services as trail


class SupervisorsOnly(Forbidden):
    """Listening, drawing, scoring and ruling are the supervisor's."""


class NoWords(Invalid):
    """Nothing was written."""


class ReviewState(Refused):
    """Scored already, not yet scored, or objected to already."""


class ScorePackMalformed(Invalid):
    """The score sheet of the city pack cannot be read."""


def load_score_sheets(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """call_quality/*.toml: the score sheet in versions. Raises ScorePackMalformed, ShapeRefused."""
    for row in rows:
        try:
            read = tomllib.loads(row["toml"])
            title, title_en = str(read["title"]), str(read.get("title_en", ""))
            versions = [(int(v["version"]), {"questions": v["questions"]}) for v in read["version"]]
        except (KeyError, ValueError, TypeError) as error:
            text = _("評分表 %(file)s 讀不懂：%(error)s") % {"file": row["file"], "error": error}
            raise ScorePackMalformed("calls.pack_score_sheet", text) from error
        for number, shape in sorted(versions, key=lambda one: one[0]):
            forms.load_version(
                form=QUALITY_FORM, title=title, title_en=title_en,
                version=number, shape=shape, actor=actor, at=at,
            )  # fmt: skip
    return len(rows)


def note_listening(*, number: str, words: str, actor: Actor, at: datetime) -> ListenNote:
    """Keep what was heard. Raises NotVisible, SupervisorsOnly, NoWords."""
    _check_supervisor(actor)
    call = queries.call_named(actor, number)
    kept = _words(words)
    with transaction.atomic():
        note = ListenNote.objects.create(call=call, words=kept, at=at, by_name=actor.name)
        _record("service.calls.listened", call.pk, actor, at)
    return note


def draw_sample(*, month: date, per_agent: int, seed: str, actor: Actor, at: datetime) -> int:
    """Draw so many answered calls of each agent in the month; again with the seed = the same.

    Calls drawn earlier stay and count. Returns how many are new. Raises SupervisorsOnly.
    """
    _check_supervisor(actor)
    first = month.replace(day=1)
    start = datetime.combine(first, datetime.min.time(), TAIPEI)
    end = start.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    with transaction.atomic():
        rows = Call.objects.filter(
            began_at__gte=start, began_at__lt=end, state=State.ENDED, agent__isnull=False
        )
        drawn = set(Review.objects.filter(month=first).values_list("call_id", flat=True))
        by_agent: dict[int, list[int]] = {}
        for pk, agent in rows.values_list("pk", "agent_id"):
            by_agent.setdefault(agent, []).append(pk)
        chosen = [
            (agent, pk)
            for agent, pks in sorted(by_agent.items())
            for pk in sorted(pks, key=lambda pk: (pk not in drawn, _rank(seed, pk)))[:per_agent]
            if pk not in drawn
        ]
        Review.objects.bulk_create(
            Review(call_id=pk, agent_id=agent, month=first, seed=seed) for agent, pk in chosen
        )
        new = {"month": first, "per_agent": per_agent, "seed": seed, "drawn": len(chosen)}
        _record("service.calls.sample_drawn", 0, actor, at, new=new)
    return len(chosen)


def _rank(seed: str, pk: int) -> str:
    return hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest()


def score_call(*, number: str, answers: Answers, actor: Actor, at: datetime) -> Review:
    """Keep the score sheet; the score is the sum of its numbers out of their most, in percent.

    Raises NotVisible, SupervisorsOnly, ReviewState, forms' AnswersRefused.
    """
    _check_supervisor(actor)
    with transaction.atomic():
        review = _locked(number, actor)
        if review.sheet_id is not None:
            raise ReviewState("calls.scored", _("這一通已經評過分。"))
        version = forms_read.published(QUALITY_FORM)
        sheet = forms.keep_answers(version_id=version.id, answers=answers, at=at)
        review.sheet, review.score = sheet, _score(version.shape, sheet.answers)
        review.reviewed_at, review.reviewed_by_name = at, actor.name
        review.save(update_fields=["sheet", "score", "reviewed_at", "reviewed_by_name"])
        new = {"score": review.score}
        _record("service.calls.scored", review.call_id, actor, at, new=new)
    return review


def _score(shape: Shape, answers: Answers) -> int:
    counted = [one for one in shape.questions if one.kind is Kind.NUMBER and one.most]
    most = sum(float(one.most or 0) for one in counted)
    got = sum(float(str(answers.get(one.name) or 0)) for one in counted)
    return round(100 * got / most) if most else 0


def object_to_score(*, number: str, words: str, actor: Actor, at: datetime) -> Review:
    """The agent disagrees, once. Raises NotVisible, NotYours…, ReviewState, NoWords."""
    kept = _words(words)
    with transaction.atomic():
        review = _locked(number, actor)
        if review.agent_id != actor.person_id:
            raise SupervisorsOnly("calls.not_your_score", _("只有這一通的話務人員可以提出異議。"))
        if review.sheet_id is None or review.objected_at is not None:
            raise ReviewState("calls.objected", _("還沒評分，或已經提過異議。"))
        review.objection, review.objected_at = kept, at
        review.save(update_fields=["objection", "objected_at"])
        _record("service.calls.objected", review.call_id, actor, at)
    return review


def rule_on_objection(*, number: str, words: str, score: int, actor: Actor, at: datetime) -> Review:
    """Answer the objection; the score may change. Raises NotVisible, SupervisorsOnly, NoWords."""
    _check_supervisor(actor)
    kept = _words(words)
    with transaction.atomic():
        review = _locked(number, actor)
        if review.objected_at is None or review.ruled_at is not None:
            raise ReviewState("calls.no_objection", _("沒有等待處理的異議。"))
        if not 0 <= score <= 100:
            raise NoWords("calls.score_range", _("分數是 0 到 100。"), "score")
        old, review.score = {"score": review.score}, score
        review.ruling, review.ruled_at = kept, at
        review.save(update_fields=["ruling", "ruled_at", "score"])
        _record("service.calls.ruled", review.call_id, actor, at, old=old, new={"score": score})
    return review


def _locked(number: str, actor: Actor) -> Review:
    call = queries.call_named(actor, number)
    review = Review.objects.select_for_update().filter(call=call).first()
    if review is None:
        raise queries.no_call()
    return review


def _check_supervisor(actor: Actor) -> None:
    if not actor.holds(Permission.SUPERVISE):
        raise SupervisorsOnly("calls.supervisors_only", _("這是話務督導的工作。"))


def _words(words: str) -> str:
    if not words.strip():
        raise NoWords("calls.no_words", _("請先寫下內容。"), "words")
    return words.strip()[:2_000]


def _record(action: str, id: int, actor: Actor, at: datetime, **values: Any) -> None:
    trail.record(actor=actor, action=action, subject=Subject(KIND, id), at=at, **values)
