"""The pages: citizens, counter, officers, commission."""

from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.cast import NOW, PLAYERS
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Letter, Petition
from yankao.departments.service.petitions.tests.conftest import EAST
from yankao.kernel.casework import lookups
from yankao.kernel.doors.tests.stamps import stamped
from yankao.kernel.files import queries as files
from yankao.kernel.files.models import Upload
from yankao.kernel.files.tests import samples
from yankao.kernel.notices.models import Notice
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
WORDS = {"title": "夜間噪音", "content": "每晚都吵。", "district": EAST, "place_words": "某路"}
SENDER = {"name": "王小明", "email": "wang@example.tw", "phone": "0912-345-678"}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def picture(name: str = "photo.png") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


# --- the citizen ---------------------------------------------------------------------------------


def walk(client, words=WORDS, sender=SENDER, **files):
    client.post("/petition/", {"item": "noise"})
    client.post("/petition/words/", {**words, **files})
    return client.post("/petition/contact/", {**sender, **stamped(at=NOW)})


def test_a_petition_step_by_step(hall, client) -> None:
    assert "noise事項" in client.get("/petition/").content.decode()
    assert client.get("/petition/words/").status_code == 302, "first what it is about"
    answer = walk(client, photos=picture())
    assert answer.status_code == 302, answer.content.decode()[:2000]
    page = client.get(answer["Location"]).content.decode()
    case = Petition.objects.get()
    assert case.number in page
    assert (case.title, case.district_id, case.channel) == ("夜間噪音", EAST, "web")
    again = client.post("/petition/contact/", {**SENDER, **stamped(at=NOW)})
    assert again["Location"] == "/petition/received/"
    assert Petition.objects.count() == 1


def test_what_was_typed_stays_and_mistakes_are_named(hall, client) -> None:
    client.post("/petition/", {"item": "noise"})
    answer = client.post("/petition/words/", {"title": "吵", "content": "", "place_words": "某路"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="吵"' in page
    assert "請寫下發生什麼事" in page
    assert "請一併選擇行政區" in page
    client.post("/petition/words/", WORDS)
    answer = client.post("/petition/contact/", {"name": "王", **stamped(at=NOW)})
    assert answer.status_code == 422
    assert "請填電子郵件或電話" in answer.content.decode()
    assert not Petition.objects.exists()


def test_files_are_kept_and_can_be_removed(hall, client) -> None:
    client.post("/petition/", {"item": "noise"})
    page = client.post("/petition/words/", {**WORDS, "photos": picture("掃描.png"), "more": "1"})
    assert "掃描" in page.content.decode()
    bad = client.post(
        "/petition/words/", {**WORDS, "photos": SimpleUploadedFile("x.exe", b"MZ" * 99)}
    )
    assert bad.status_code == 422


def test_the_mailbox_is_confirmed_by_a_button(hall, client) -> None:
    answer = walk(client, sender={**SENDER, "is_to_mayor": "on"})
    page = client.get(answer["Location"]).content.decode()
    assert "還差一步" in page
    assert not Petition.objects.exists()
    body = Notice.objects.get(template_key="petitions.confirm").envelope.body
    path = next(word for word in body.split() if "/petition/confirm/" in word)
    path = path[path.index("/petition/") :]
    assert "確認送出" in client.get(path).content.decode()
    assert not Petition.objects.exists(), "a mail program that opens links confirms nothing"
    assert client.post(path)["Location"] == "/petition/received/"
    assert Petition.objects.get().is_to_mayor
    assert client.post(path)["Location"] == "/petition/received/"
    assert (Petition.objects.count(), Letter.objects.count()) == (1, 1)
    assert client.get("/petition/confirm/forged/").status_code == 404


@pytest.mark.parametrize(("told", "stored"), [("app", "app"), ("web", "web"), ("", "web")])
def test_the_installed_site_says_so(hall, client, told, stored) -> None:
    assert walk(client, sender={**SENDER, "channel": told}).status_code == 302
    assert Petition.objects.get().channel == stored


def test_no_other_channel_can_be_claimed(hall, client) -> None:
    assert walk(client, sender={**SENDER, "channel": "counter"}).status_code == 422
    assert not Petition.objects.exists()


@pytest.mark.parametrize(("told", "stored"), [("app", "app"), ("web", "mailbox")])
def test_a_letter_to_the_mayor_keeps_its_channel(hall, client, told, stored) -> None:
    walk(client, sender={**SENDER, "is_to_mayor": "on", "channel": told})
    body = Notice.objects.get(template_key="petitions.confirm").envelope.body
    path = next(word for word in body.split() if "/petition/confirm/" in word)
    client.post(path[path.index("/petition/") :])
    case = Petition.objects.get()
    assert (case.is_to_mayor, case.channel) == (True, stored)


def test_one_look_up_page_for_both_kinds(hall, client) -> None:
    received = hall.receive()
    wrong = client.post("/status/", {"number": received.number, "code": "AAAAAA"})
    assert wrong.status_code == 422
    answer = client.post("/status/", {"number": received.number, "code": received.code})
    assert answer["Location"].startswith("/petition/status/")
    page = client.get(answer["Location"])
    assert "依規定應於" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    for secret in ("王小明", "夜間噪音", "0912345678", "wang@"):
        assert secret not in page.content.decode()


def test_the_public_page_of_every_ending(hall, client) -> None:
    for make, words in (
        (hall.answered, "已電話說明。"),
        (hall.accepted, "處理中"),
        (hall.declining, "處理中"),
    ):
        case = make(sender=services.Sender("王", email=f"{make.__name__}@example.tw"))
        from yankao.kernel.casework import lookups

        page = client.get(f"/petition/status/{lookups.token_of(case.number)}/").content.decode()
        assert words in page
    assert client.get("/petition/status/forged/").status_code == 404


# --- the counter ---------------------------------------------------------------------------------


TAKEN = {
    "channel": "phone", "phone": "0912345678", "name": "王小明", "item": "noise事項",
    "title": "噪音", "content": "每晚都吵。", "place": "三民某路", "intake_key": "k" * 24,
}  # fmt: skip


def test_taken_in_by_phone_and_read_back(hall, client_of) -> None:
    client = client_of("agent")
    assert client.get("/petitions/take-in/").status_code == 200
    answer = client.post("/petitions/take-in/", TAKEN)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    page = client.get("/petitions/take-in/").content.decode()
    case = Petition.objects.get()
    assert case.number in page
    assert "我記下的是：每晚都吵。" in page
    assert (case.channel, case.district_id) == ("phone", EAST)
    client.post("/petitions/take-in/", TAKEN)
    assert Petition.objects.count() == 1


def test_a_scan_comes_with_a_letter(hall, client_of) -> None:
    told = {**TAKEN, "channel": "letter", "paper_number": "字第 1 號", "photos": picture()}
    client_of("agent").post("/petitions/take-in/", told)
    case = Petition.objects.get()
    page = client_of("officer").get(f"/petitions/{case.number}/").content.decode()
    assert "字第 1 號" in page
    assert "photo.png" in page


def test_an_unclear_item_is_asked_back(hall, client_of) -> None:
    answer = client_of("agent").post("/petitions/take-in/", {**TAKEN, "item": "事項"})
    assert answer.status_code == 422
    assert "請選清楚是哪一項" in answer.content.decode()


def test_the_caller_history_of_both_systems_is_in_the_trail(hall, client_of) -> None:
    hall.receive()
    client = client_of("agent")
    page = client.post("/petitions/take-in/caller/", {"phone": "0912345678"}).content.decode()
    assert "noise事項" in page
    assert Entry.objects.filter(action="service.petitions.caller_seen").count() == 1
    dispatch = client.post("/dispatch/take-in/caller/", {"phone": "0912-345-678"})
    assert "noise事項" in dispatch.content.decode(), "the same call, the same history"
    assert Entry.objects.filter(action="service.petitions.caller_seen").count() == 2
    hidden = hall.receive(is_confidential=True).number
    for address in ("/petitions/take-in/caller/", "/dispatch/take-in/caller/"):
        listed = client.post(address, {"phone": "0912345678"}, headers={"HX-Request": "true"})
        assert hidden not in listed.content.decode()
    assert client_of("officer").get("/petitions/take-in/").status_code == 403


# --- officers ------------------------------------------------------------------------------------


def test_every_move_has_its_page(hall, client_of) -> None:
    from yankao.departments.service.petitions.pages import moves

    case = hall.accepted()
    client = client_of("officer")
    for move, face in moves.FACES.items():
        if face.form is not moves.Form:
            assert client.get(f"/petitions/{case.number}/{move}/").status_code == 200, move
    assert client.get(f"/petitions/{case.number}/nonsense/").status_code == 404


def test_a_case_in_every_state_for_every_reader(hall, client_of) -> None:
    made = [hall.received(), hall.accepted(), hall.declining(), hall.answered()]
    services.ask_extension(
        number=made[1].number, amount=1, reason="要會勘", actor=hall.actor("officer"), at=NOW
    )
    for player in PLAYERS:
        reads = player not in {"anonymous", "citizen", "other_officer", "administrator"}
        for case in made:
            code = client_of(player).get(f"/petitions/{case.number}/").status_code
            assert (code == 200) == reads, (player, case.state, code)
    page = client_of("supervisor").get(f"/petitions/{made[2].number}/").content.decode()
    assert "第 173 條第 1 款" in page
    assert (
        "工作天，要在" in client_of("officer").get(f"/petitions/{made[0].number}/").content.decode()
    )


def test_moves_by_buttons_and_forms(hall, client_of) -> None:
    case = hall.received()
    client = client_of("officer")
    client.post(f"/petitions/{case.number}/accept/")
    assert hall.fresh(case).state == "accepted"
    empty = client.post(f"/petitions/{case.number}/wait/", {"reason": ""})
    assert empty.status_code == 422
    client.post(f"/petitions/{case.number}/wait/", {"reason": "哪一戶？"})
    assert hall.fresh(case).state == "waiting"
    client.post(f"/petitions/{case.number}/undo/")
    assert hall.fresh(case).state == "accepted"
    handed = client_of("supervisor").post(
        f"/petitions/{case.number}/reassign/", {"agency": "TRAFFIC", "reason": "公車"}
    )
    assert handed["Location"] == "/petitions/"
    page = client.get(f"/petitions/{case.number}/").content.decode()
    assert "已改由其他機關主辦" in page


def test_the_answer_is_written_beside_the_petition(hall, client_of) -> None:
    case = hall.accepted()
    page = client_of("officer").get(f"/petitions/{case.number}/").content.decode()
    assert 'id="reply-body"' in page
    assert (
        'id="reply-body"'
        not in client_of("auditor").get(f"/petitions/{case.number}/").content.decode()
    )


def test_the_petitioner_is_shown_by_a_button_only(hall, client_of) -> None:
    case = hall.accepted()
    client = client_of("officer")
    assert "王小明" not in client.get(f"/petitions/{case.number}/").content.decode()
    assert client.get(f"/petitions/{case.number}/petitioner/").status_code == 405
    page = client.post(f"/petitions/{case.number}/petitioner/").content.decode()
    assert "王小明" in page
    assert "0912345678" in page
    assert Entry.objects.filter(action="service.petitions.petitioner_seen").count() == 1
    other = client_of("other_officer").post(f"/petitions/{case.number}/petitioner/")
    assert other.status_code == 404


def test_a_secret_shows_that_it_is_there(hall, client_of) -> None:
    case = hall.accepted(is_confidential=True)
    for player, reads in (("officer", True), ("second_officer", False), ("commission", False)):
        page = client_of(player).get(f"/petitions/{case.number}/").content.decode()
        assert ("每晚都吵" in page) == reads, player
        listed = client_of(player).get("/petitions/").content.decode()
        assert case.number in listed
        assert ("夜間噪音" in listed) == reads, player


def test_the_list_narrows_and_leaves_the_house(hall, client_of) -> None:
    hall.accepted(is_to_mayor=True)
    hall.received(matter={"item": "bus"})
    client = client_of("commission")
    assert client.get("/petitions/?mayor=on").content.decode().count("/petitions/P") == 1
    for format in ("csv", "xlsx", "ods"):
        sheet = client.get(f"/petitions.{format}?state=open")
        assert sheet.status_code == 200
        assert b"".join(sheet)
    rows = b"".join(client.get("/petitions.csv")).decode()
    assert "夜間噪音" in rows
    assert "王小明" not in rows
    assert Entry.objects.filter(action="service.petitions.exported").count() == 4
    assert "沒有符合的陳情" in client.get("/petitions/?q=nothing").content.decode()
    assert client.get("/petitions/counts/").status_code == 200


@pytest.mark.parametrize("player", ["officer", "commission"])
def test_lists_cost_few_queries(hall, client_of, django_assert_max_num_queries, player) -> None:
    for number in range(8):
        hall.accepted(sender=services.Sender("王", email=f"{number}@example.tw"))
    client = client_of(player)
    client.get("/petitions/")
    with django_assert_max_num_queries(12):
        assert client.get("/petitions/?state=open").status_code == 200


# --- the commission ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("player", "address", "most"),
    [
        ("commission", "/petitions/{}/", 12),
        ("commission", "/petitions/{}/reassign/", 12),
        ("anonymous", "/petition/status/{}/", 12),
        ("supervisor", "/petitions/{}/", 21),  # the editor of the answer is on the page
    ],
)
def test_a_page_of_one_costs_few_queries(
    hall, client_of, django_assert_max_num_queries, player, address, most
) -> None:
    number = hall.accepted().number
    page = address.format(lookups.token_of(number) if "status" in address else number)
    browser = client_of(player)
    assert browser.get(page).status_code == 200
    with django_assert_max_num_queries(most):
        browser.get(page)


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_the_monthly_report(hall, client_of, django_assert_max_num_queries) -> None:
    hall.answered()
    hall.received(is_to_mayor=True)
    client = client_of("commission")
    client.get("/petitions/monthly/")
    with django_assert_max_num_queries(12):
        page = client.get("/petitions/monthly/").content.decode()
    assert hall.cast.roads.name in page
    assert "全市" in page
    sheet = b"".join(client.get("/petitions/monthly.csv")).decode()
    head, first, total = sheet.strip().splitlines()
    assert head.lstrip("\ufeff").split(",")[:4] == ["機關", "受理", "受理：上月", "受理：去年同月"]
    assert first.split(",")[:4] == [hall.cast.roads.name, "2", "0", "0"]
    assert total.split(",")[1] == "2"
    sheet = client.get("/petitions/monthly.ods")
    assert sheet.status_code == 200
    assert b"".join(sheet)
    assert client.get("/petitions/monthly/?month=2018-09").status_code == 200
    assert client.get("/petitions/monthly/?month=nonsense").status_code == 422
    assert client_of("officer").get("/petitions/monthly/").status_code == 403


def test_overdue_and_on_time_are_told_apart(hall, client_of) -> None:
    hall.answered()
    hall.accepted()
    with time_machine.travel(NOW + timedelta(days=12), tick=False):
        sheet = b"".join(client_of("commission").get("/petitions/monthly.csv")).decode()
    total = sheet.strip().splitlines()[-1].split(",")
    head = sheet.strip().splitlines()[0].lstrip("\ufeff").split(",")
    assert total[head.index("準時率（%）")] == "50.0"
    assert total[head.index("逾期")] == "1"


# --- files that come in pieces -------------------------------------------------------------------

TUS = {"Tus-Resumable": "1.0.0"}


def upload(client, content: bytes, name: str = "現場.mp4") -> str:
    """The token of a file that came before its form."""
    told = ((b"filename", name.encode()), (b"for", b"service.petitions"))
    metadata = ",".join(f"{key.decode()} {b64encode(value).decode()}" for key, value in told)
    headers = {**TUS, "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
    address = client.post("/files/uploads/", headers=headers)["Location"]
    kind = "application/offset+octet-stream"
    client.patch(address, content, kind, headers={**TUS, "Upload-Offset": "0"})
    return address.split("/")[-2]


def names_of(case: Petition) -> list[str]:
    return [a.name for a in files.attachments_of(Subject("service.petitions", case.pk))]


def test_a_video_in_pieces_comes_with_the_petition(hall, client) -> None:
    token = upload(client, samples.mp4())
    answer = walk(client, words={**WORDS, "uploads": token}, photos=picture("掃描.png"))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    case = Petition.objects.get()
    assert names_of(case) == ["掃描.png", "現場.mp4"]
    assert Upload.objects.get().claimed_for
    again = walk(client, words={**WORDS, "uploads": token})
    assert again.status_code == 302
    assert Petition.objects.count() == 1, "a token is good for one petition"


def test_an_upload_survives_mistakes_in_other_fields(hall, client) -> None:
    client.post("/petition/", {"item": "noise"})
    token = upload(client, samples.mp4())
    page = client.post("/petition/words/", {"title": "吵", "content": "", "uploads": token})
    assert page.status_code == 422
    assert "現場.mp4" in page.content.decode()
    client.post("/petition/words/", WORDS)
    client.post("/petition/contact/", {**SENDER, **stamped(at=NOW)})
    assert names_of(Petition.objects.get()) == ["現場.mp4"]


def test_somebody_elses_upload_cannot_be_sent(hall, client) -> None:
    token = upload(Client(), samples.mp4())
    client.post("/petition/", {"item": "noise"})
    page = client.post("/petition/words/", {**WORDS, "uploads": token})
    assert page.status_code == 422
    assert "請重新選擇檔案" in page.content.decode()


def test_uploads_count_with_the_rest(hall, client, settings) -> None:
    settings.CITY = {**settings.CITY, "files": {"document": {"max_files": 1}}}
    client.post("/petition/", {"item": "noise"})
    token = upload(client, samples.mp4())
    page = client.post("/petition/words/", {**WORDS, "uploads": token, "photos": picture()})
    assert page.status_code == 422
    assert "一次最多 1 個" in page.content.decode()


def test_the_counter_sends_scans_in_pieces(hall, client_of) -> None:
    agent = client_of("agent")
    token = upload(agent, samples.PDF, "來信.pdf")
    told = {
        "item": "noise事項", "title": "夜間噪音", "content": "每晚都吵。", "place": "",
        "name": "王小明", "phone": "0912345678", "channel": "letter", "uploads": token,
        "intake_key": "k" * 24,
    }  # fmt: skip
    page = agent.post("/petitions/take-in/", {**told, "content": ""})
    assert page.status_code == 422
    assert token in page.content.decode(), "it need not be chosen again"
    for _twice in range(2):
        assert agent.post("/petitions/take-in/", told).status_code == 302
    case = Petition.objects.get()
    assert names_of(case) == ["來信.pdf"]
    other = agent.post("/petitions/take-in/", {**told, "intake_key": "l" * 24})
    assert other.status_code == 422
    assert Petition.objects.count() == 1


def test_from_a_petition_on_to_the_next_case_of_any_kind(hall, client_of) -> None:
    first, second = hall.accepted(), hall.accepted()
    officer = client_of("officer")
    page = officer.get(f"/petitions/{first.number}/").content.decode()
    assert f'href="/work/next/?after={first.number}"' in page
    assert 'data-key="q"' in page
    assert officer.get(f"/work/next/?after={first.number}").url == f"/petitions/{second.number}/"
    agents = client_of("agent").get(f"/petitions/{first.number}/").content.decode()
    assert "/work/next/" not in agents, "agents owe nothing"
