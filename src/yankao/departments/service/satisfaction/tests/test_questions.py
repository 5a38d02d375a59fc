"""The commission changes what is asked: drafts, previews, workbooks, new versions."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests.cast import NOW, PLAYERS
from yankao.base.actors import system_actor
from yankao.departments.service.satisfaction import services
from yankao.departments.service.satisfaction.models import Response, SurveyVersion
from yankao.departments.service.satisfaction.tests.conftest import QUESTIONS
from yankao.kernel.forms import queries as declared
from yankao.kernel.forms.models import FormVersion
from yankao.kernel.forms.tests.test_xlsform import HEAD, workbook
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
BASE = "/satisfaction/surveys/toy/questions/"
FORM = "satisfaction.toy"


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def desk(office, client_of):
    return client_of("commission")


def do(browser, what):
    return browser.post(f"{BASE}do/", {"do": what})


def names():
    return [row["name"] for row in declared.draft(FORM).rows]


def add(browser, **given):
    return browser.post(f"{BASE}new/", {"kind": "text", "zh": "新題", **given})


def test_a_draft_becomes_a_version_and_old_links_ask_the_old(office, desk, client):
    office.closed.put(1)
    office.invite()
    old = office.token()
    do(desk, "start")
    assert add(desk, required="on").url == f"{BASE}#q-q1"
    assert names() == ["level", "words", "q1"]
    assert declared.published(FORM).version == 1
    do(desk, "publish")
    assert (declared.published(FORM).version, declared.draft(FORM)) == (2, None)
    current = SurveyVersion.objects.get(closed_at=None)
    assert (current.form_version.version, current.share_pct) == (2, 100)
    office.closed.put(2)
    office.invite()
    for id, last in ((1, "check/"), (2, "q/q1/")):
        begin = f"/survey/{office.token(id)}/q/"
        client.post(f"{begin}level/", {"q-level": "1"})
        assert client.post(f"{begin}words/", {}).url.endswith(last)
    client.post(f"/survey/{old}/check/")
    assert Response.objects.get().sheet.version.version == 1


def test_every_step_can_be_undone(desk):
    do(desk, "start")
    add(desk)
    desk.post(f"{BASE}q/words/move/", {"do": "down"})
    assert names() == ["level", "q1", "words"]
    desk.post(f"{BASE}q/level/move/", {"do": "remove"})
    assert names() == ["q1", "words"]
    for expected in (["level", "q1", "words"], ["level", "words", "q1"], ["level", "words"]):
        do(desk, "undo")
        assert names() == expected
    assert "沒有可以復原的修改" in desk.post(f"{BASE}do/", {"do": "undo"}, follow=True).text
    do(desk, "discard")
    assert declared.draft(FORM) is None
    actions = Entry.objects.filter(action__startswith="kernel.forms.").order_by("pk")
    assert [one.action.rpartition(".")[2] for one in actions][-8:] == [
        "drafted", "drafted", "drafted", "drafted", "drafted", "drafted", "drafted", "discarded",
    ]  # fmt: skip


def test_logic_is_kept_and_guarded(desk):
    do(desk, "start")
    add(
        desk,
        zh="哪裡？",
        kind="several",
        choices="slow｜等太久｜Slow\n態度",
        show_if=["level=4", "level=5"],
    )
    question = declared.draft(FORM).shape.question("q1")
    assert question.show_if.values == ("4", "5")
    assert [(c.value, c.zh, c.en) for c in question.choices] == [
        ("slow", "等太久", "Slow"), ("a2", "態度", ""),
    ]  # fmt: skip
    page = desk.get(f"{BASE}q/q1/").text
    assert "slow｜等太久｜Slow" in page
    assert len(re.findall(r'value="level=[45]"[^>]* checked', page)) == 2
    refused = desk.post(f"{BASE}q/level/move/", {"do": "remove"}, follow=True).text
    assert "第 2 題要看「level」的答案" in refused
    desk.post(f"{BASE}q/words/move/", {"do": "up"})
    refused = desk.post(f"{BASE}q/q1/move/", {"do": "up"}, follow=True).text
    assert names() == ["words", "level", "q1"]
    assert "第 2 題要看「level」的答案" in refused


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"zh": ""}, "請填寫中文題目"),
        ({"kind": "map"}, "選"),
        ({"kind": "one"}, "2 到 50 個答案"),
        ({"kind": "one", "choices": "只有一個"}, "2 到 50 個答案"),
        ({"kind": "one", "choices": "a b｜甲\nc｜乙"}, "代碼"),
        ({"kind": "number", "least": "x"}, "不是數字"),
        ({"kind": "number", "least": "5", "most": "3"}, "下限比上限大"),
        ({"kind": "scale", "choices": "好\n壞"}, "1 到 5"),
        ({"show_if": ["level=1", "nothing=1"]}, "選"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(desk, given, said):
    do(desk, "start")
    page = add(desk, **given)
    assert page.status_code == 422
    assert said in page.text
    assert names() == ["level", "words"]


def test_only_answers_of_one_question_decide(desk):
    do(desk, "start")
    add(desk, kind="yes_no", zh="會嗎？")
    page = add(desk, show_if=["level=1", "q1=yes"])
    assert "請只勾同一題的答案" in page.text


@pytest.mark.parametrize("what", ["publish", "undo", "discard"])
def test_without_a_draft_there_is_nothing_to_do(desk, what):
    assert do(desk, what).status_code == 404
    assert SurveyVersion.objects.get(closed_at=None).form_version.version == 1


def test_what_cannot_be_published(desk):
    do(desk, "start")
    assert "不需要發布" in desk.post(f"{BASE}do/", {"do": "publish"}, follow=True).text
    desk.post(f"{BASE}q/level/move/", {"do": "remove"})
    assert "至少要有一題五級量表" in desk.post(f"{BASE}do/", {"do": "publish"}, follow=True).text
    assert FormVersion.objects.filter(published_at=None).count() == 1


def test_the_pack_goes_on_beside_versions_made_here(desk):
    do(desk, "start")
    add(desk)
    do(desk, "publish")
    second = QUESTIONS.replace("version = 1", "version = 2").replace("還有嗎？", "其他？")
    both = QUESTIONS + second[second.index("[[version]]") :]
    loader = system_actor("city-pack")
    for _again in range(2):
        services.load_surveys([{"file": "toy.toml", "toml": both}], actor=loader, at=NOW)
    kept = FormVersion.objects.filter(form=FORM).values_list("version", "pack_version")
    assert sorted(kept, key=lambda one: one[0]) == [(1, 1), (2, None), (3, 2)]
    assert SurveyVersion.objects.get(closed_at=None).form_version.version == 3


def upload(browser, content, name="a.xlsx"):
    return browser.post(f"{BASE}file/", {"workbook": SimpleUploadedFile(name, content)})


GOOD = workbook(
    [[*HEAD, "appearance"], ["select_one s", "level", "好嗎？<b>", "likert"], ["note", "", ""]][:2],
    [["list_name", "name", "label"], *(["s", n, f"{n}級"] for n in range(1, 6))],
)


def test_a_workbook_is_shown_before_it_is_taken(desk):
    page = upload(desk, GOOD)
    assert "好嗎？&lt;b&gt;" in page.text
    assert declared.draft(FORM) is None
    signed = page.context["signed"]
    assert desk.post(f"{BASE}take/", {"signed": signed}).status_code == 302
    assert names() == ["level"]
    do(desk, "undo")
    assert names() == ["level", "words"]


def test_a_workbook_shown_to_another_survey_or_forged_is_not_taken(desk):
    signed = upload(desk, GOOD).context["signed"]
    for wrong in ("", "x", signed[:-2] + "aa"):
        assert "請重新上傳" in desk.post(f"{BASE}take/", {"signed": wrong}, follow=True).text
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        desk.post(f"{BASE}take/", {"signed": signed})
    assert declared.draft(FORM) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (b"x" * 100, "這不是 Excel 活頁簿"),
        (workbook([HEAD, ["geopoint", "a", "甲"]]), "survey 第 2 列：題型「geopoint」"),
        (workbook([HEAD, ["text", "a", "甲"]]), "至少要有一題五級量表"),
    ],
    ids=["empty", "no-zip", "kind", "no-scale"],
)
def test_a_workbook_that_cannot_be_asked(desk, content, said):
    page = upload(desk, content)
    assert page.status_code == 422
    assert said in page.text


def test_a_version_leaves_as_a_workbook_that_comes_back(desk):
    response = desk.get(f"{BASE}1.xlsx")
    assert response["Content-Disposition"] == 'attachment; filename="toy-1.xlsx"'
    signed = upload(desk, response.content).context["signed"]
    desk.post(f"{BASE}take/", {"signed": signed})
    assert declared.draft(FORM).shape == declared.published(FORM).shape
    assert desk.get(f"{BASE}9.xlsx").status_code == 404


def test_the_preview_walks_as_a_citizen_and_keeps_nothing(desk):
    first = desk.get(f"{BASE}preview/").text
    assert "第 1 題，後面最多還有 2 題" in first
    assert "請回答這一題" in desk.get(f"{BASE}preview/?after=level").text
    assert 'name="q-level" value="5"' in desk.get(f"{BASE}preview/?after=level&q-level=5").text
    again = "&q-level=5&q-words=x"
    assert "要請主管再回復" in desk.get(f"{BASE}preview/?after=words{again}").text
    done = desk.get(f"{BASE}preview/?after=again{again}&q-again=no").text
    assert "題目到這裡為止" in done
    assert "第 1 題" in desk.get(f"{BASE}preview/?ask=words").text
    assert not Response.objects.exists()


ADDRESSES = (BASE, f"{BASE}new/", f"{BASE}q/level/", f"{BASE}preview/", f"{BASE}1.xlsx")


@pytest.mark.parametrize("player", PLAYERS)
def test_only_the_commission_changes_questions(office, client_of, player):
    do(client_of("commission"), "start")
    browser, allowed = client_of(player), player == "commission"
    for address in ADDRESSES:
        assert (browser.get(address).status_code == 200) == allowed, address
    for address, data in (
        (f"{BASE}q/words/move/", {"do": "remove"}),
        (f"{BASE}new/", {"kind": "text", "zh": "新題"}),
        (f"{BASE}take/", {"signed": "x"}),
        (f"{BASE}do/", {"do": "discard"}),
    ):
        browser.post(address, data)
    assert (declared.draft(FORM) is None) == allowed
    if not allowed:
        assert names() == ["level", "words"]


def test_the_list_asks_little_of_the_database(desk, django_assert_max_num_queries):
    do(desk, "start")
    for _ in range(20):
        add(desk)
    with django_assert_max_num_queries(12):
        assert desk.get(BASE).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_editors_do_not_undo_each_other(office):
    actor = office.actor("commission")
    services.start_draft(survey="toy", actor=actor, at=NOW)

    def one(n):
        row = {"name": f"x{n}", "kind": "text", "zh": "新題"}
        services.save_question(survey="toy", row=row, replaces="", actor=actor, at=NOW)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(8)))
    assert sorted(names()) == sorted(["level", "words", *(f"x{n}" for n in range(8))])
