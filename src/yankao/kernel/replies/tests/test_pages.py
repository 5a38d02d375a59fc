"""The pages: without JavaScript, with it, for whom, and what they ask of the database."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.cast import NOW
from yankao.kernel.notices.models import Notice
from yankao.kernel.replies import panel, queries, services
from yankao.kernel.replies.models import Phrase, Presence, Reply, ReplyVersion, Template
from yankao.kernel.replies.tests.conftest import LATER, LINE, TEXT, Desk
from yankao.kernel.replies.tests.toy import KIND
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
WRITE = f"/replies/write/{KIND}/1/ROADS/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def typed(desk, **more):
    given = {"version": desk.version, "subject_line": LINE, "body": TEXT, "channel": "email"}
    return {**given, **more}


def text_of(answer) -> str:
    return answer.content.decode()


# --- writing --------------------------------------------------------------------------------------


def test_draft_by_hand(desk, client_of) -> None:
    client = client_of("officer")
    page = text_of(client.get(WRITE))
    assert "玩具案 1" in page
    assert 'name="version" id="reply-version" value="0"' in page
    answer = client.post(WRITE, typed(desk, body="第一行\r\n第二行", do="save"))
    assert answer.url == WRITE
    reply = Reply.objects.get()
    assert (reply.body, reply.version, reply.channel) == ("第一行\n第二行", 1, "email")
    assert "第一行" in text_of(client.get(WRITE))


def test_draft_saves_itself(desk, client_of) -> None:
    client = client_of("officer")
    answer = client.post(WRITE, typed(desk), headers={"HX-Request": "true"})
    fragment = text_of(answer)
    assert 'id="reply-version" value="1" hx-swap-oob="true"' in fragment
    assert "10:00:00 已自動存檔" in fragment
    assert "<html" not in fragment


def test_saving_itself_tells_of_a_lost_race_and_keeps_the_version(desk, client_of) -> None:
    desk.write("second_officer", body="別人的")
    answer = client_of("officer").post(
        WRITE, typed(desk, version=0), headers={"HX-Request": "true"}
    )
    assert "承辦乙 剛才存了新的內容" in text_of(answer)
    assert "reply-version" not in text_of(answer)
    assert Reply.objects.get().body == "別人的"


def test_a_lost_race_shows_both_texts(desk, client_of) -> None:
    desk.write("second_officer", body="明天去修。")
    client = client_of("officer")
    answer = client.post(WRITE, typed(desk, version=0, body="今天去修。", do="save"))
    page = text_of(answer)
    assert answer.status_code == 409
    assert "明天去修。" in page
    assert '<del class="yk-diff__out">' in page
    assert "今天去修。</textarea>" in page
    assert 'id="reply-version" value="1"' in page
    assert Reply.objects.get().body == "明天去修。"
    client.post(WRITE, typed(desk, version=1, body="今天去修。", do="save"))
    assert [v.body for v in ReplyVersion.objects.all()] == ["明天去修。", "今天去修。"]


def test_template_without_script(desk, client_of, cast) -> None:
    supervisor = cast.actor("supervisor")
    made = services.add_template(
        kind=KIND,
        item="",
        stage="",
        agency="ROADS",
        title="坑洞",
        subject="關於{{item}}",
        body="案號 {{number}}，天氣{{weather}}，{{citizen}}您好。",
        actor=supervisor,
        at=NOW,
    )
    client = client_of("officer")
    given = typed(desk, subject_line="", body="前面寫的", do="template", template=made.pk)
    client.post(WRITE, given)
    reply = Reply.objects.get()
    assert reply.subject_line == "關於坑洞"
    assert reply.body == "前面寫的\n\n案號 T000001，天氣晴，王小明您好。"
    assert ReplyVersion.objects.get().template_id is not None


def test_phrase_without_script(desk, client_of, cast) -> None:
    phrase = services.save_phrase(
        title="結語", body="敬請諒察。", is_shared=True, actor=cast.actor("second_officer"), at=NOW
    )
    client = client_of("officer")
    client.post(WRITE, typed(desk, do="phrase", phrase=phrase.pk))
    assert Reply.objects.get().body == f"{TEXT}\n\n敬請諒察。"
    texts = text_of(client.get(WRITE))
    stored = texts.split('<script id="reply-texts" type="application/json">')[1]
    assert json.loads(stored.split("</script>")[0])[f"phrase-{phrase.pk}"] == "敬請諒察。"


@pytest.mark.parametrize("key", ["999999", "x", "", "１"])
def test_hostile_keys_of_texts(desk, client_of, key) -> None:
    for kind in ("template", "phrase"):
        answer = client_of("officer").post(WRITE, typed(desk, do=kind, **{kind: key}))
        assert answer.status_code in {302, 404}


def test_submitting_stores_first(desk, client_of) -> None:
    client = client_of("officer")
    answer = client.post(WRITE, typed(desk, body="請於 {{due}} 前", do="submit"))
    assert answer.status_code == 422
    assert "還有沒填的欄位：due" in text_of(answer)
    assert 'id="reply-version" value="1"' in text_of(answer)
    assert Reply.objects.get().state == "draft"
    answer = client.post(WRITE, typed(desk, version=1, do="submit"))
    assert answer.url == reverse("kernel_replies:reply", args=[Reply.objects.get().pk])
    assert Reply.objects.get().state == "in_approval"
    assert client.get(WRITE).url == answer.url


def test_a_draft_given_up_meanwhile_keeps_what_was_typed(desk, client_of, cast) -> None:
    desk.write()
    services.discard_draft(reply_id=desk.id, actor=cast.actor("second_officer"), at=NOW)
    client = client_of("officer")
    answer = client.post(WRITE, typed(desk, body="還在寫", do="save"))
    assert answer.status_code == 409
    assert "還在寫</textarea>" in text_of(answer)
    assert 'id="reply-version" value="0"' in text_of(answer)
    client.post(WRITE, typed(desk, version=0, body="還在寫", do="save"))
    assert Reply.objects.get(state="draft").body == "還在寫"


def test_a_draft_that_went_on_without_us(desk, client_of) -> None:
    desk.write("second_officer")
    desk.submit("second_officer")
    client = client_of("officer")
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(WRITE, typed(desk, body="來不及", do="save"), headers=headers)
        assert answer.url == f"/replies/{desk.id}/"
    assert Reply.objects.get().body == TEXT


@pytest.mark.parametrize("field", ["version", "channel", "template_version"])
@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "", "\x00"])
def test_hostile_fields(desk, client_of, field, value) -> None:
    answer = client_of("officer").post(WRITE, typed(desk, do="save", **{field: value}))
    assert answer.status_code in {302, 400, 409, 422}


def test_text_too_long_keeps_what_was_typed(desk, client_of) -> None:
    answer = client_of("officer").post(WRITE, typed(desk, subject_line="長" * 201, do="save"))
    assert answer.status_code == 422
    assert "長" * 201 in text_of(answer)


def test_hostile_text_is_text(desk, client_of) -> None:
    hostile = "</textarea><script>alert(1)</script>{{ csrf_token }}"
    client = client_of("officer")
    client.post(WRITE, typed(desk, body=hostile, do="save"))
    page = text_of(client.get(reverse("kernel_replies:reply", args=[Reply.objects.get().pk])))
    assert "<script>alert" not in page + text_of(client.get(WRITE))


@pytest.mark.parametrize(
    ("player", "status"),
    [
        ("anonymous", 302),
        ("citizen", 403),
        ("officer", 200),
        ("second_officer", 200),
        ("supervisor", 200),
        ("head", 403),
        ("other_officer", 403),
        ("commission", 403),
        ("auditor", 403),
        ("agent", 403),
        ("administrator", 403),
    ],
)
def test_who_writes(desk, client_of, player, status) -> None:
    assert client_of(player).get(WRITE).status_code == status


def test_no_matter_no_draft(desk, client_of, matters) -> None:
    client = client_of("officer")
    assert client.get(f"/replies/write/{KIND}/99/ROADS/").status_code == 409
    assert client.get("/replies/write/no.such/1/ROADS/").status_code == 404
    assert client.get(f"/replies/write/{KIND}/1/NOWHERE/").status_code == 403
    matters.hidden.add(1)
    assert client.get(WRITE).status_code == 404
    assert client.post(WRITE, typed(desk)).status_code == 404


# --- who is working -------------------------------------------------------------------------------


def test_presence_shows_and_expires(desk, client_of) -> None:
    one, other = client_of("officer"), client_of("second_officer")
    one.get(WRITE)
    address = f"{WRITE}presence/"
    assert "承辦甲（養護工程處）正在處理" in text_of(other.post(address))
    assert "承辦乙" in text_of(one.post(address))
    assert "承辦甲" not in text_of(one.post(address))
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        assert "正在處理" not in text_of(other.post(address))
        assert Presence.objects.count() == 1


def test_presence_of_readers_is_not_kept(desk, cast, client_of) -> None:
    services.touch_presence(
        subject=desk.subject, agency="ROADS", actor=cast.actor("auditor"), at=NOW
    )
    assert not Presence.objects.exists()
    assert client_of("auditor").post(f"{WRITE}presence/").status_code == 403


# --- one reply ------------------------------------------------------------------------------------


def test_approving_on_the_page(desk, client_of) -> None:
    desk.write()
    desk.submit()
    client = client_of("supervisor")
    page = text_of(client.get(f"/replies/{desk.id}/"))
    assert "核可，看下一件" in page
    answer = client.post(
        f"/replies/{desk.id}/approve/",
        {"version": 1, "subject_line": LINE, "body": TEXT + "\r\n謝謝。", "do": "stay"},
    )
    assert answer.status_code == 302
    reply = Reply.objects.get()
    assert (reply.step, reply.body) == (1, TEXT + "\n謝謝。")
    page = text_of(client_of("head").get(f"/replies/{desk.id}/"))
    assert '<ins class="yk-diff__in">' in page
    assert "核稿時修改" in page


def test_next_one_after_approving(desk, client_of, matters, cast) -> None:
    desk.write()
    desk.submit()
    second = Desk(cast, matters.put(2))
    second.write()
    second.submit()
    client = client_of("supervisor")
    given = {"version": 1, "subject_line": LINE, "body": TEXT, "do": "next"}
    answer = client.post(f"/replies/{desk.id}/approve/", given)
    assert answer.url == f"/replies/{second.id}/"
    answer = client.post(f"/replies/{second.id}/approve/", given)
    assert answer.url == "/replies/?view=waiting"


def test_approving_what_was_not_seen(desk, client_of) -> None:
    desk.write()
    desk.submit()
    desk.approve("supervisor", body="改過了")
    answer = client_of("head").post(
        f"/replies/{desk.id}/approve/", {"version": 1, "subject_line": LINE, "body": TEXT}
    )
    assert answer.status_code == 409
    assert Reply.objects.get().step == 1


def test_returning_needs_a_reason(desk, client_of) -> None:
    desk.write()
    desk.submit()
    client = client_of("supervisor")
    answer = client.post(f"/replies/{desk.id}/return/", {"reason": ""})
    assert answer.status_code == 422
    client.post(f"/replies/{desk.id}/return/", {"reason": "太短"})
    assert Reply.objects.get().state == "draft"
    assert "太短" in text_of(client_of("officer").get(f"/replies/{desk.id}/"))


def test_stopping_within_the_minute(desk, client_of) -> None:
    desk.approved()
    client = client_of("head")
    assert "停止送出" in text_of(client.get(f"/replies/{desk.id}/"))
    assert "即將送出" in text_of(client.get("/replies/"))
    client.post(f"/replies/{desk.id}/stop/")
    assert Reply.objects.get().state == "in_approval"
    assert client.post(f"/replies/{desk.id}/stop/").status_code == 409


def test_sending_now(desk, client_of) -> None:
    desk.approved()
    client_of("head").post(f"/replies/{desk.id}/send/")
    assert Reply.objects.get().state == "sent"
    assert Notice.objects.count() == 1


def test_letter_is_printed_and_posted(desk, client_of) -> None:
    desk.approved("letter")
    desk.send()
    client = client_of("officer")
    pdf = client.get(f"/replies/{desk.id}/letter.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert client.get(f"/replies/{desk.id}/letter.odt").content.startswith(b"PK")
    taken = Entry.objects.filter(action="kernel.replies.letter_taken_out")
    assert [entry.new["form"] for entry in taken.order_by("id")] == ["pdf", "odt"]
    with time_machine.travel(LATER, tick=False):
        wrong = client.post(f"/replies/{desk.id}/posted/", {"posted_on": "2026-03-05"})
        assert wrong.status_code == 422
        client.post(f"/replies/{desk.id}/posted/", {"posted_on": "2026-03-04"})
    assert Reply.objects.get().state == "sent"
    assert client.get(f"/replies/{desk.id}/letter.pdf").content == pdf.content


def test_no_letter_of_what_went_by_mail(desk, client_of) -> None:
    desk.approved()
    desk.send()
    assert client_of("officer").get(f"/replies/{desk.id}/letter.pdf").status_code == 404


def test_comparing_any_two_versions(desk, client_of) -> None:
    for body in ("一", "一二", "一二三"):
        desk.write(body=body)
    client = client_of("officer")
    assert "一二三</ins>" not in text_of(client.get(f"/replies/{desk.id}/"))
    page = text_of(client.get(f"/replies/{desk.id}/?old=1&new=3"))
    assert "二三" in page.split("yk-diff")[-1]
    for hostile in ("old=0&new=99", "old=x&new=1", "old=１&new=2", "old=-1&new=1"):
        assert client.get(f"/replies/{desk.id}/?{hostile}").status_code == 200


MOVES = ("approve", "return", "withdraw", "discard", "stop", "send", "posted")


@pytest.mark.parametrize("player", ["other_officer", "citizen", "agent", "administrator"])
def test_another_agency_sees_nothing(desk, client_of, player) -> None:
    desk.write()
    desk.submit()
    client = client_of(player)
    for address in ("", "letter.pdf", "letter.odt"):
        assert client.get(f"/replies/{desk.id}/{address}").status_code in {403, 404}
    for move in MOVES:
        given = {"version": 1, "subject_line": "x", "body": "x", "reason": "x"}
        answer = client.post(f"/replies/{desk.id}/{move}/", given)
        assert answer.status_code in {403, 404}, move
        twin = client.post(f"/replies/{desk.id + 999}/{move}/", given)
        assert twin.status_code == answer.status_code, move
    assert Reply.objects.get().state == "in_approval"


def test_a_hidden_matter_hides_its_reply(desk, client_of, matters) -> None:
    desk.write()
    matters.hidden.add(1)
    assert client_of("officer").get(f"/replies/{desk.id}/").status_code == 404


# --- lists ----------------------------------------------------------------------------------------


def test_three_lists_and_their_emptiness(desk, client_of) -> None:
    assert "沒有等您核的稿" in text_of(client_of("supervisor").get("/replies/"))
    assert "沒有寫到一半的回復" in text_of(client_of("officer").get("/replies/"))
    assert "沒有待寄出的信" in text_of(client_of("officer").get("/replies/?view=post"))
    desk.write()
    assert "T000001" in text_of(client_of("officer").get("/replies/?view=drafts"))
    assert "T000001" not in text_of(client_of("second_officer").get("/replies/?view=drafts"))
    desk.submit()
    assert "T000001" in text_of(client_of("supervisor").get("/replies/?view=waiting"))
    assert "T000001" in text_of(client_of("head").get("/replies/?view=waiting"))
    assert "T000001" not in text_of(client_of("commission").get("/replies/?view=waiting"))
    assert client_of("auditor").get("/replies/").status_code == 200


def test_own_drafts_do_not_wait_for_oneself(desk, client_of) -> None:
    desk.write("supervisor")
    desk.submit("supervisor")
    assert "T000001" not in text_of(client_of("supervisor").get("/replies/?view=waiting"))


def test_many_are_approved_as_seen(desk, client_of, matters, cast) -> None:
    desks = [desk, *(Desk(cast, matters.put(n)) for n in (2, 3))]
    for one in desks:
        one.write()
        one.submit()
    keys = [f"{one.id}:{one.version}" for one in desks]
    keys[2] = f"{desks[2].id}:7"
    answer = client_of("supervisor").post("/replies/bulk/", {"id": [*keys, "x"], "do": "approve"})
    page = text_of(answer)
    assert "完成 2 件" in page
    assert "2 件沒有完成" in page
    assert sorted(Reply.objects.values_list("step", flat=True)) == [0, 1, 1]


def test_many_letters_are_posted(desk, client_of, matters, cast) -> None:
    desks = [desk, Desk(cast, matters.put(2))]
    for one in desks:
        one.approved("letter")
        one.send()
    client = client_of("officer")
    with time_machine.travel(LATER, tick=False):
        assert "登記寄出" in text_of(client.get("/replies/?view=post"))
        keys = [f"{one.id}:{one.version}" for one in desks]
        client.post("/replies/bulk/", {"id": keys, "do": "posted", "posted_on": "x"})
        assert Reply.objects.filter(state="to_post").count() == 2
        client.post("/replies/bulk/", {"id": keys, "do": "posted", "posted_on": "2026-03-04"})
    assert Reply.objects.filter(state="sent").count() == 2


def test_lists_ask_little(desk, client_of, matters, cast, django_assert_max_num_queries) -> None:
    for number in range(2, 14):
        one = Desk(cast, matters.put(number))
        one.write()
        one.submit()
    for player, view in (("supervisor", "waiting"), ("officer", "drafts"), ("officer", "post")):
        client = client_of(player)
        client.get("/replies/")
        with django_assert_max_num_queries(12):
            client.get(f"/replies/?view={view}")


def test_pages_of_a_list(desk, cast, matters) -> None:
    for number in range(1, 6):
        one = Desk(cast, matters.put(number))
        one.write(at=NOW + timedelta(seconds=number))
    officer = cast.actor("officer")
    first = queries.drafts_for(officer, size=2)
    assert [row.number for row in first.rows] == ["T000005", "T000004"]
    second = queries.drafts_for(officer, size=2, cursor=first.next)
    assert [row.number for row in second.rows] == ["T000003", "T000002"]


def test_from_the_inbox(desk, client_of) -> None:
    desk.write()
    desk.submit()
    client = client_of("supervisor")
    page = text_of(client.get("/work/"))
    assert "核稿" in page
    obligation = Reply.objects.get().obligation_id
    client.post("/work/bulk/", {"id": [obligation], "do": "approve_reply"})
    assert Reply.objects.get().step == 1


# --- templates and phrases ------------------------------------------------------------------------


NEW = {
    "agency": "ROADS",
    "item": "pothole",
    "stage": "first",
    "title": "坑洞初復",
    "subject": "關於{{item}}",
    "body": "{{weather}}時已修補。",
}


def test_template_is_made_changed_retired(desk, client_of) -> None:
    client = client_of("supervisor")
    answer = client.post(f"/replies/templates/new/?kind={KIND}", NEW)
    template = Template.objects.get(key=None)
    assert answer.url == f"/replies/templates/{template.pk}/"
    assert "〔天氣〕時已修補。" in text_of(client.get(answer.url))
    change = {"version": 1, "title": "坑洞初復", "subject": "關於{{item}}", "body": "已修補。"}
    client.post(f"{answer.url}change/", {**change, "reason": "去掉天氣"})
    page = text_of(client.get(answer.url))
    assert "去掉天氣" in page
    assert '<del class="yk-diff__out">' in page
    moved = client.post(f"{answer.url}change/", change)
    assert "別人剛改過" in text_of(moved)
    assert "坑洞初復" in text_of(client_of("officer").get(WRITE))
    client.post(f"{answer.url}retire/")
    assert "坑洞初復" not in text_of(client_of("officer").get(WRITE))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": "{{nonsense}}"}, "沒有這些欄位：nonsense"),
        ({"body": "{{ 案號 }}"}, "大括號只能用來寫欄位"),
        ({"subject": "}}"}, "大括號只能用來寫欄位"),
        ({"title": ""}, "請"),
        ({"item": "unicorn"}, "unicorn"),
        ({"agency": "TRAFFIC"}, "TRAFFIC"),
    ],
)
def test_template_that_cannot_be(desk, client_of, change, words) -> None:
    answer = client_of("supervisor").post(f"/replies/templates/new/?kind={KIND}", NEW | change)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Template.objects.filter(key=None).exists()


@pytest.mark.parametrize("player", ["officer", "commission", "auditor", "other_officer"])
def test_who_arranges_templates(desk, client_of, player) -> None:
    client_of("supervisor").post(f"/replies/templates/new/?kind={KIND}", NEW)
    template = Template.objects.get(key=None)
    client = client_of(player)
    assert client.get("/replies/templates/new/").status_code == 403
    assert client.post(f"/replies/templates/{template.pk}/retire/").status_code == 403
    seen = client.get(f"/replies/templates/{template.pk}/").status_code
    assert seen == (404 if player == "other_officer" else 200)
    assert Template.objects.get(pk=template.pk).retired_at is None


def test_preview_with_a_real_matter(desk, client_of, matters) -> None:
    client_of("supervisor").post(f"/replies/templates/new/?kind={KIND}", NEW)
    template = Template.objects.get(key=None)
    address = f"/replies/templates/{template.pk}/?kind={KIND}&subject=1&agency=ROADS"
    assert "晴時已修補。" in text_of(client_of("officer").get(address))
    matters.hidden.add(1)
    assert "晴時" not in text_of(client_of("officer").get(address))


def test_phrases_are_mine_or_the_units(desk, client_of) -> None:
    client = client_of("officer")
    assert "還沒有常用語" in text_of(client.get("/replies/phrases/"))
    client.post("/replies/phrases/", {"title": "自己的", "body": "甲"})
    client.post("/replies/phrases/", {"title": "大家的", "body": "乙", "shared": "on"})
    mine = Phrase.objects.get(title="自己的")
    shared = Phrase.objects.get(title="大家的")
    other = client_of("second_officer")
    page = text_of(other.get("/replies/phrases/"))
    assert "大家的" in page
    assert "自己的" not in page
    for phrase in (mine, shared):
        assert other.post(f"/replies/phrases/{phrase.pk}/delete/").status_code == 404
    assert other.get(f"/replies/phrases/{mine.pk}/change/").status_code == 404
    client.post(f"/replies/phrases/{mine.pk}/change/", {"title": "改名", "body": "甲"})
    client.post(f"/replies/phrases/{shared.pk}/delete/")
    assert list(Phrase.objects.values_list("title", flat=True)) == ["改名"]
    assert "大家的" not in text_of(client_of("other_officer").get("/replies/phrases/"))


def test_lists_of_texts_ask_little(desk, client_of, django_assert_max_num_queries) -> None:
    supervisor, officer = client_of("supervisor"), client_of("officer")
    for number in range(8):
        supervisor.post(f"/replies/templates/new/?kind={KIND}", NEW | {"title": f"範本{number}"})
        officer.post("/replies/phrases/", {"title": f"語{number}", "body": "甲", "shared": "on"})
    for client, address, most in (
        (supervisor, "/replies/templates/", 12),
        (officer, "/replies/phrases/", 12),
        (officer, WRITE, 15),
    ):
        client.get(address)
        with django_assert_max_num_queries(most):
            client.get(address)


def test_panel_for_a_page(desk, cast, matters, django_assert_max_num_queries) -> None:
    from django.template.loader import render_to_string

    desk.write()
    made = panel.panel_for(cast.actor("officer"), desk.subject, "ROADS", at=NOW)
    page = render_to_string("kernel_replies/panel.html", {"panel": made})
    assert TEXT in page
    assert f'action="{WRITE}"' in page
    seen = panel.panel_for(cast.actor("head"), desk.subject, "ROADS", at=NOW)
    assert seen.editor is None
    assert "擬稿中" in render_to_string("kernel_replies/panel.html", {"panel": seen})
    nothing = panel.panel_for(cast.actor("other_officer"), desk.subject, "TRAFFIC", at=NOW)
    assert "還沒有回復" in render_to_string("kernel_replies/panel.html", {"panel": nothing})
    with django_assert_max_num_queries(12):
        panel.panel_for(cast.actor("officer"), desk.subject, "ROADS", at=NOW)
