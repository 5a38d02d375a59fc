"""Who holds the look-up link adds to a petition; nobody else, nor without end, nor after it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.services import supplementing
from yankao.departments.service.petitions.services.supplementing import (
    EndedAlready,
    NothingAdded,
    TooManySupplements,
)
from yankao.kernel.casework import lookups
from yankao.kernel.notices.models import Notice
from yankao.kernel.trail.models import Entry

SOON = NOW + timedelta(hours=1)


def supplement(case: Petition, words: str = "門牌是 12 號。", **changes: Any) -> Petition:
    told = {"token": lookups.token_of(case.number), "attached": (), "at": SOON, **changes}
    return services.supplement_petition(words=words, **told)


def added(case: Petition) -> list[str]:
    rows = case.entries.filter(move=supplementing.SUPPLEMENT)
    return list(rows.values_list("words", flat=True))


def test_words_and_files_join_the_case_and_the_agency_is_told(hall, home) -> None:
    case = hall.accepted()
    supplement(case, attached=[hall.picture()])
    assert added(case) == ["門牌是 12 號。"]
    assert hall.fresh(case).state == "accepted", "who handles it decides whether that was all"
    told = Notice.objects.filter(title__contains="補充")
    assert {notice.channel for notice in told} == {"in_app"}
    entry = Entry.objects.select_related("personal").get(action="service.petitions.supplement")
    assert "門牌" not in str(entry.new)
    assert "門牌" in entry.personal.content


def _wait(hall, case: Petition, at: Any) -> None:
    services.wait_for_citizen(
        number=case.number, reason="門牌幾號？", actor=hall.actor("officer"), at=at
    )


def test_waiting_ends_with_the_supplement_not_with_the_officers_click(hall) -> None:
    """Asked on Wednesday, told on Thursday: these two do not count, Friday is the first day."""
    case = hall.accepted()
    asked = hall.fresh(case).handling.due_at
    _wait(hall, case, SOON)
    told_at = SOON + timedelta(days=1)
    supplement(case, at=told_at)
    case = hall.fresh(case)
    assert (case.state, case.handling.state) == ("accepted", "open")
    pause = case.handling.pauses.get()
    assert (pause.from_at, pause.until_at) == (SOON, told_at)
    assert case.handling.due_at - asked == timedelta(days=1)
    moves = list(case.entries.values_list("move", "actor_key"))
    assert moves[-2:] == [("supplement", "anonymous"), ("resume", "system:status-page")]
    assert Notice.objects.filter(template_key="petitions.supplemented").exists()
    supplement(case, "還有三樓。", at=told_at + timedelta(hours=1))
    assert case.entries.filter(move="resume").count() == 1, "only the first one ends the waiting"
    _wait(hall, case, told_at + timedelta(hours=2))
    assert hall.fresh(case).state == "waiting", "the officer may ask again"


def test_a_long_text_is_kept_whole(hall) -> None:
    case = hall.accepted()
    text = "很長。" * 1_500
    supplement(case, text)
    assert "".join(added(case)) == text


@pytest.mark.parametrize("words", ["", "  \n "])
def test_nothing_is_not_added(hall, words) -> None:
    case = hall.accepted()
    with pytest.raises(NothingAdded):
        supplement(case, words)
    assert added(case) == []


def test_an_ended_petition_takes_nothing_more(hall) -> None:
    case = hall.answered()
    assert hall.fresh(case).state == "closed"
    with pytest.raises(EndedAlready):
        supplement(case, at=NOW + timedelta(hours=5))


def test_a_day_has_its_share(hall) -> None:
    case = hall.accepted()
    for _time in range(supplementing.A_DAY):
        supplement(case)
    with pytest.raises(TooManySupplements):
        supplement(case)
    supplement(case, at=SOON + timedelta(days=1, minutes=1))
    assert len(added(case)) == supplementing.A_DAY + 1


def test_a_forged_link_adds_nothing(hall) -> None:
    case = hall.accepted()
    good = lookups.token_of(case.number)
    for token in ("", "x", good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), case.number):
        with pytest.raises(Exception, match=r"查詢連結|已過期"):
            supplement(case, token=token)
    assert added(case) == []


@time_machine.travel(SOON, tick=False)
def test_the_page(hall, home) -> None:
    case, client = hall.accepted(), Client()
    address = f"/petition/status/{lookups.token_of(case.number)}/"
    page = client.get(address).content.decode()
    assert "補充說明" in page
    empty = client.post(address, {"words": ""})
    assert empty.status_code == 422
    with time_machine.travel(SOON + timedelta(minutes=1), tick=False):
        sheet = client.get(address).context["guard"].sheet
        assert sheet is not None
    closed = hall.answered()
    page = client.get(f"/petition/status/{lookups.token_of(closed.number)}/").content.decode()
    assert "補充說明" not in page
    refused = client.post(f"/petition/status/{lookups.token_of(closed.number)}/", {"words": "x"})
    assert refused.status_code == 200
    assert added(closed) == []
