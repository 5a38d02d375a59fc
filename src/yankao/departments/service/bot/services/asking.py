"""Asking a question, saying whether the answer helped, forgetting the words."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.errors import NotVisible, TooMany
from yankao.departments.service.bot import queries, rules
from yankao.departments.service.bot.models import Conversation, Turn
from yankao.departments.service.bot.workflow import Channel, State
from yankao.kernel.answers import queries as answers
from yankao.kernel.answers import rules as questions
from yankao.kernel.answers import services as gaps
from yankao.kernel.places import queries as places


class TooManyQuestions(TooMany):
    """One conversation asked more than people ask in a day."""


class TurnUnknown(NotVisible):
    """No such answer in this conversation."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: State
    understood: str = ""
    found: answers.Found = field(default_factory=answers.Found)


def ask_question(
    *, key: str, channel: Channel, question: str, at: datetime, keeps_gap: bool = True
) -> Turn:
    """Look for the published entry that answers, and keep what was asked without who.

    ``key`` is the conversation's. A follow-up carries the question before. What nothing answers
    becomes work for who keeps the knowledge, once a conversation, unless its face says that too
    much came already (``keeps_gap``). Raises TooManyQuestions.
    """
    with transaction.atomic():
        conversation, _new = Conversation.objects.get_or_create(
            key=key, defaults={"channel": channel, "started_at": at}
        )
        _refuse_floods(conversation, at)
        kept = questions.kept(question)
        outcome = _outcome(kept, queries.understood_last(conversation.pk), at)
        hits = outcome.found.hits
        before = conversation.turns.filter(state=State.UNSURE, understood=outcome.understood)
        is_gap = keeps_gap and outcome.state == State.UNSURE and not before.exists()
        turn = Turn.objects.create(
            conversation=conversation,
            asked_at=at,
            question=kept,
            understood=outcome.understood,
            state=outcome.state,
            shown=[[hit.source, hit.entry.key] for hit in hits],
            agency=hits[0].entry.agency if outcome.state == State.ANSWERED else "",
            percent=hits[0].percent if hits else 0,
        )
        if is_gap:
            gaps.report_gap(
                text=outcome.understood,
                reason=answers.Reason.UNANSWERED,
                at=at,
                agency=hits[0].entry.agency if hits else "",
            )
    return turn


def judge_answer(
    *, key: str, turn_id: int, is_helpful: bool, at: datetime, keeps_gap: bool = True
) -> Turn:
    """Keep whether the answer helped; what did not becomes work. The first word counts.

    The same of one conversation is work once, and none without ``keeps_gap``.

    Raises TurnUnknown, also for what is no answer.
    """
    with transaction.atomic():
        turn = (
            Turn.objects.select_for_update(of=("self",))
            .filter(pk=turn_id, conversation__key=key, state=State.ANSWERED)
            .first()
        )
        if turn is None:
            raise TurnUnknown("bot.turn_unknown", _("找不到這則回答。請重新問一次。"))
        if turn.is_helpful is None:
            same = Turn.objects.filter(
                conversation=turn.conversation_id, understood=turn.understood, is_helpful=False
            )
            is_gap = keeps_gap and not is_helpful and not same.exists()
            turn.is_helpful = is_helpful
            turn.save(update_fields=["is_helpful"])
            if is_gap:
                gaps.report_gap(
                    text=turn.understood,
                    reason=answers.Reason.UNHELPFUL,
                    at=at,
                    entry=answers.EntryKey(*turn.shown[0]),
                    agency=turn.agency,
                )
    return turn


def erase_words(*, at: datetime) -> int:
    """Empty the words of old questions, and forget events of LINE; counts stay. How many."""
    before = at - timedelta(days=queries.text_days())
    queries.events_before(at - timedelta(days=2)).delete()
    old = Turn.objects.filter(asked_at__lt=before).exclude(question="", understood="", worded="")
    return old.update(question="", understood="", worded="")


def _refuse_floods(conversation: Conversation, at: datetime) -> None:
    lately = conversation.turns.filter(asked_at__gt=at - timedelta(days=1)).count()
    if lately >= rules.MOST_A_DAY:
        raise too_many_questions()


def too_many_questions() -> TooManyQuestions:
    """The refusal for more questions than people ask in a day."""
    return TooManyQuestions("bot.too_many", _("今天問得太多了。請明天再問，或撥打市民熱線。"))


def _outcome(kept: str, before: str, at: datetime) -> _Outcome:
    """The first reading that something answers, else the likeliest reading unanswered."""
    if not questions.fold(kept) or rules.talk(kept):
        return _Outcome(State.TALK)
    names = [district.name for district in places.districts()] if before else []
    outcomes = []
    for reading in rules.readings(kept, before, names):
        found = answers.ask(reading, at=at)
        if found.answer is not None:
            return _Outcome(State.ANSWERED, reading, found)
        outcomes.append(_Outcome(State.UNSURE, reading, found))
    return outcomes[0]
