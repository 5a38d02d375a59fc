"""The page of the mailboxes, and of a letter set aside."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW
from yankao.kernel.mailboxes import services
from yankao.kernel.mailboxes.models import BoxState, Mail, Words
from yankao.kernel.mailboxes.tests.conftest import declare
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "shown")]


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shown(settings, monkeypatch, toy, tmp_path) -> None:
    declare(settings, monkeypatch, 1, tmp_path)


def aside(n: int = 1, *, state: str = "aside", reason: str = "too_many", **more: object) -> Mail:
    mail = Mail.objects.create(
        mailbox="mayor", uidvalidity=1, uid=n, found_at=NOW - timedelta(hours=n), size=1_000,
        state=state, reason=reason, **more,
    )  # fmt: skip
    Words.objects.create(
        mail=mail, sender="wang@example.tw", subject=f"<b>第 {n} 封</b>", text="每晚<script>都吵"
    )
    return mail


@pytest.mark.parametrize(
    ("player", "status", "letters"),
    [
        ("anonymous", 302, False), ("citizen", 403, False), ("officer", 403, False),
        ("head", 403, False), ("auditor", 403, False), ("administrator", 200, False),
        ("commission", 200, True), ("agent", 200, True),
    ],
)  # fmt: skip
def test_who_sees_what(client_of, player: str, status: int, letters: bool) -> None:
    mail = aside()
    client = client_of(player)
    page = client.get("/mail/")
    assert page.status_code == status
    assert ("wang@example.tw" in page.content.decode()) is letters
    if status == 200:
        assert "mayor@city.example.tw" in page.content.decode()
    one = client.get(f"/mail/{mail.pk}/")
    assert (one.status_code == 200) is letters
    assert client.post(f"/mail/{mail.pk}/take-in/").status_code in (
        {302} if letters else {302, 403}
    )
    mail.refresh_from_db()
    assert mail.wish == ("take_in" if letters else "")


def test_reading_is_written_down_and_shows_no_markup(client_of) -> None:
    mail = aside()
    page = client_of("agent").get(f"/mail/{mail.pk}/").content.decode()
    assert "每晚&lt;script&gt;都吵" in page
    assert "&lt;b&gt;第 1 封" in page
    assert "同一個地址在短時間內寄來太多信" in page
    assert Entry.objects.filter(action="kernel.mailboxes.read", subject_id=mail.pk).count() == 1


def test_throwing_away_needs_a_reason(client_of) -> None:
    mail = aside()
    client = client_of("commission")
    assert client.post(f"/mail/{mail.pk}/", {"reason": " "}).status_code == 422
    mail.refresh_from_db()
    assert mail.wish == ""
    assert client.post(f"/mail/{mail.pk}/", {"reason": "垃圾信"}).status_code == 302
    mail.refresh_from_db()
    assert (mail.wish, mail.decided_by_name != "") == ("throw_away", True)
    entry = Entry.objects.get(action="kernel.mailboxes.throw_away")
    assert entry.reason == "垃圾信"
    assert client.post(f"/mail/{mail.pk}/take-in/").status_code == 404, "decided is decided"


@pytest.mark.parametrize("reason", ["too_large", "bounce", "own", "twice"])
def test_what_cannot_be_let_in_has_no_button(client_of, reason: str) -> None:
    mail = aside(reason=reason)
    client = client_of("agent")
    page = client.get(f"/mail/{mail.pk}/").content.decode()
    assert "aside 資料夾" in page
    assert "收下這封信" not in page
    assert "丟棄這封信" in page
    assert client.post(f"/mail/{mail.pk}/take-in/").status_code == 422


@pytest.mark.parametrize("state", ["taken", "done", "reading"])
def test_letters_that_are_over_are_not_there(client_of, state: str) -> None:
    became = {"subject_kind": "toy", "subject_id": 1} if state == "taken" else {}
    mail = aside(state=state, reason="", **became)
    assert client_of("agent").get(f"/mail/{mail.pk}/").status_code == 404


def test_skipped_ones_have_a_view_of_their_own(client_of) -> None:
    aside(1)
    aside(2, state="skipped", reason="automatic")
    client = client_of("agent")
    first, second = (client.get(f"/mail/{q}").content.decode() for q in ("", "?view=skipped"))
    assert "第 1 封" in first
    assert "第 2 封" not in first
    assert "第 2 封" in second
    assert "自動回覆或系統信" in second


def test_the_state_of_mailboxes(client_of) -> None:
    BoxState.objects.create(
        name="mayor", tried_at=NOW, polled_at=NOW - timedelta(minutes=20), error="TimeoutError: x"
    )
    page = client_of("administrator").get("/mail/").content.decode()
    assert "收不到信" in page
    assert "TimeoutError" in page


def test_without_mailboxes_the_page_says_where_they_are_set(client_of, settings) -> None:
    settings.CITY = {**settings.CITY, "mailboxes": {}}
    assert "沒有信箱" in client_of("agent").get("/mail/").content.decode()


def test_the_list_costs_few_queries(client_of, django_assert_max_num_queries) -> None:
    for n in range(1, 41):
        aside(n)
    client = client_of("agent")
    client.get("/mail/")
    with django_assert_max_num_queries(12):
        page = client.get("/mail/")
    assert page.content.decode().count("wang@example.tw") == 30


def test_senders_of_old_letters_passed_over_are_forgotten() -> None:
    old, new = (
        aside(24 * 31, state="skipped", reason="bulk"),
        aside(2, state="skipped", reason="own"),
    )
    kept = aside(24 * 40)
    assert services.forget_old(at=NOW) == 1
    assert {w.mail_id for w in Words.objects.all()} == {new.pk, kept.pk}
    assert Mail.objects.filter(pk=old.pk).exists()


def test_the_vital_signs_are_told(client_of) -> None:
    aside()
    page = client_of("administrator").get("/health/", headers={"accept": "application/json"})
    told = page.json()
    assert told["mail_set_aside"] == 1
    assert "mailbox_silent_minutes" in told["alarms"], "it was never read"
