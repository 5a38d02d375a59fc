"""What became of a report: every state in plain words, and saying that it is still bad."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def after(**span):
    return NOW + timedelta(**span)


def shown(reported, at=NOW) -> str:
    with time_machine.travel(at, tick=False):
        answer = Client().get(f"/status/{reported.token}/")
    assert answer.status_code == 200
    return answer.content.decode()


def in_state(town, state):
    reported = town.report()
    number, head = reported.number, town.actor("head")
    if state == "received":
        return reported
    if state == "cancelled":
        services.cancel_case(
            number=number, reason="內部原因", public_remark="這裡是私人土地。",
            actor=town.actor("supervisor"), at=after(hours=1),
        )  # fmt: skip
        return reported
    case = services.accept_case(number=number, actor=town.actor("officer"), at=after(minutes=10))
    if state == "paused":
        services.pause_case(number=number, reason="內部原因", actor=head, at=after(hours=1))
    if state in {"done", "closed", "reopened"}:
        town.finish(case, at=after(hours=1))
    if state in {"closed", "reopened"}:
        services.verify_case(number=number, words="內部原因", actor=head, at=after(hours=2))
    if state == "reopened":
        services.reopen_case(number=number, reason="內部原因", actor=head, at=after(hours=3))
    return reported


@pytest.mark.parametrize(
    ("state", "headline", "promise"),
    [
        ("received", "已派工，等機關簽收", "前處理"),
        ("accepted", "處理中", "前處理"),
        ("paused", "暫停處理", "期限順延"),
        ("done", "已處理，主管查驗中", ""),
        ("closed", "已處理完成", "已填補。"),
        ("cancelled", "這件通報不處理", "這裡是私人土地。"),
        ("reopened", "已重新派工，等機關簽收", "前處理"),
    ],
)
def test_every_state_in_words(town, state, headline, promise) -> None:
    page = shown(in_state(town, state), at=after(hours=3, minutes=1))
    assert f"{headline}</h1>" in page
    assert promise in page
    assert "內部原因" not in page
    assert ("還是沒好" in page) == (state == "closed")


def test_late_is_said_honestly(town) -> None:
    reported = town.report()
    assert "已經逾期" not in shown(reported, at=after(hours=4)), "the due instant is in time"
    assert "已經逾期" in shown(reported, at=after(hours=4, seconds=1))


def test_a_joined_report_shows_how_far_the_other_is(town) -> None:
    lead = town.report()
    joined = town.report(joins=lead.number, at=after(minutes=5))
    assert "等機關簽收" in shown(joined)
    case = services.accept_case(
        number=lead.number, actor=town.actor("officer"), at=after(minutes=10)
    )
    assert "處理中</h1>" in shown(joined)
    assert "和先前的通報一起處理" in shown(joined)
    assert lead.number not in shown(joined)
    town.finish(case, at=after(hours=1))
    services.verify_case(number=lead.number, words="", actor=town.actor("head"), at=after(hours=2))
    page = shown(joined, at=after(hours=3))
    assert "已處理完成</h1>" in page
    assert page.count("（完成）") == 4


def test_still_bad_is_asked_once_more_then_reopened(town) -> None:
    reported = in_state(town, "closed")
    address, client = f"/status/{reported.token}/still-bad/", Client()
    with time_machine.travel(after(days=1), tick=False):
        assert "還是沒好嗎" in client.get(address).content.decode()
        assert Case.objects.get().state == "closed", "looking reopens nothing"
        answer = client.post(address, {"words": "還有洞"}, follow=True).content.decode()
        assert "已重新派工</p>" in answer.replace("謝謝您告訴我們，", "").replace("。</p>", "</p>")
        assert client.post(address, {"words": "again"}).status_code == 302
    case = Case.objects.get()
    assert case.state == "received"
    assert [e.move for e in case.entries.all()][-2:] == ["still_bad", "reopen"]


@pytest.mark.parametrize("days", [7, 8])
def test_still_bad_within_seven_days(town, days) -> None:
    reported = in_state(town, "closed")
    with time_machine.travel(after(hours=2, days=days), tick=False):
        Client().post(f"/status/{reported.token}/still-bad/", {})
    assert Case.objects.get().state == ("received" if days == 7 else "closed")


def test_still_bad_words_are_limited_and_links_cannot_be_made_up(town) -> None:
    reported = in_state(town, "closed")
    with time_machine.travel(after(days=1), tick=False):
        long = Client().post(f"/status/{reported.token}/still-bad/", {"words": "x" * 501})
        forged = Client().post(f"/status/{reported.number}/still-bad/", {})
    assert (long.status_code, forged.status_code) == (422, 404)
    assert Case.objects.get().state == "closed"
