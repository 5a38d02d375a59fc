"""Questions without a good answer: masked, counted, seen by whom they concern, settled once."""

from datetime import timedelta

import pytest

from tests.cast import NOW, Cast
from yankao.base.actors import Actor
from yankao.kernel.answers import queries, services
from yankao.kernel.answers.queries import EntryKey, Gap, Outcome, Reason

pytestmark = pytest.mark.django_db


def gap(text: str = "公園可以烤肉嗎", **changes: object) -> Gap:
    services.report_gap(**{"text": text, "reason": Reason.UNANSWERED, "at": NOW, **changes})  # type: ignore[arg-type]
    return Gap.objects.latest("pk")


def test_asked_again_is_counted_however_it_is_typed() -> None:
    gap("公園可以烤肉嗎？")
    gap(" 公園可以 烤肉嗎?? ", at=NOW + timedelta(hours=1))
    [only] = Gap.objects.all()
    assert (only.times, only.first_at, only.last_at) == (2, NOW, NOW + timedelta(hours=1))


def test_what_did_not_help_is_another_matter_than_what_was_not_found() -> None:
    gap()
    gap(reason=Reason.UNHELPFUL, entry=EntryKey("service.knowledge", "7"))
    assert Gap.objects.count() == 2


@pytest.mark.parametrize("text", ["", " \x00\n", "？！…", "\u202e\u200b"])
def test_without_a_letter_nothing_is_kept(text: str) -> None:
    services.report_gap(text=text, reason=Reason.UNANSWERED, at=NOW)
    assert not Gap.objects.exists()


def test_who_asked_is_not_kept() -> None:
    kept = gap("我是王大明，電話0912-345-678，" + "路燈不亮" * 100).text
    assert "王大明" not in kept
    assert "345" not in kept
    assert len(kept) <= 200


def test_an_agency_sees_what_is_likely_its_own(cast: Cast) -> None:
    mine, nobodys = gap(agency=cast.actor("officer").agency), gap("海龜在哪裡看", agency="")
    assert list(queries.gaps_for(cast.actor("officer"))) == [mine]
    assert set(queries.gaps_for(cast.actor("commission"))) == {mine, nobodys}
    for player in ("other_officer", "citizen", "anonymous", "agent"):
        assert not queries.gaps_for(cast.actor(player))
        with pytest.raises(queries.GapUnknown):
            queries.gap_for(cast.actor(player), mine.pk)
    with pytest.raises(queries.GapUnknown):
        queries.gap_for(cast.actor("officer"), nobodys.pk)


def test_settled_once_and_then_asked_anew(commission: Actor) -> None:
    first = gap()
    settled = services.settle_gap(
        gap_id=first.pk, outcome=Outcome.ANSWERED, actor=commission, at=NOW,
        entry=EntryKey("service.knowledge", "9"),
    )  # fmt: skip
    assert settled.settled_key == "9"
    with pytest.raises(services.GapSettled):
        services.settle_gap(gap_id=first.pk, outcome=Outcome.DISMISSED, actor=commission, at=NOW)
    again = gap()
    assert list(queries.gaps_for(commission)) == [again]


def test_a_stranger_settles_nothing(other_officer: Actor) -> None:
    first = gap(agency="elsewhere")
    with pytest.raises(queries.GapUnknown):
        services.settle_gap(gap_id=first.pk, outcome=Outcome.DISMISSED, actor=other_officer, at=NOW)


def test_old_questions_are_forgotten() -> None:
    gap()
    gap("海龜在哪裡看", at=NOW - timedelta(days=181))
    assert services.forget_gaps(at=NOW) == 1
    assert Gap.objects.get().text == "公園可以烤肉嗎"
