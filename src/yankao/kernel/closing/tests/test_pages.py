"""/closing/: who may do what, and a month from its check list to an approved restatement."""

import errno
from pathlib import Path

import pytest
import time_machine
from django.db import OperationalError
from django.db.models import F
from django.test import Client
from psycopg.errors import DiskFull

from tests.factories import make_agency, make_person
from yankao.base.errors import Refused
from yankao.kernel.closing import jobs, queries
from yankao.kernel.closing.models import LOST_AFTER, Attempt, Closing, Restatement
from yankao.kernel.closing.tests.test_closing import change
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.figures.tests.toy import Repair, store, taipei
from yankao.kernel.lake.models import Partition
from yankao.kernel.people.rules import AGENCY_ROLES, Role

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("toy_and_pages", "lake_home"),
]
AT = taipei(2019, 10, 5, 9)
SEPTEMBER = parse_period("2019-09")


def client_of(role: str, name: str) -> Client:
    client = Client()
    agency = make_agency("PWB") if role in AGENCY_ROLES else None
    client.force_login(make_person(name, name=f"示範{name}", role=role, agency=agency))
    return client


@pytest.fixture
def clerk() -> Client:
    return client_of("COMMISSION", "clerk")


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.mark.parametrize("role", list(Role))
def test_who_may_look_and_who_may_close(role: Role) -> None:
    client = client_of(role, "somebody")
    looks, closes = role in ("COMMISSION", "AUDITOR"), role == "COMMISSION"
    for path in ("/closing/", "/closing/2019-09/", "/closing/definitions/"):
        assert (client.get(path).status_code == 200) is looks, (path, role)
    posted = client.post("/closing/2019-09/close/", {"note": ""})
    assert (posted.status_code == 302) is closes
    assert (client.post("/closing/definitions/7/approve/").status_code == 403) is not closes


def test_nobody_without_an_account() -> None:
    assert Client().get("/closing/").status_code in (302, 403)


@pytest.mark.parametrize("path", ["2019", "2019-13", "x", "2019-Q3"])
def test_what_is_no_month_is_told(clerk: Client, path: str) -> None:
    assert clerk.get(f"/closing/{path}/").status_code in (404, 422, 400)


def close() -> None:
    jobs.close("2019-09", "", "person:1", "示範clerk")


@pytest.mark.django_db(transaction=True)
def test_a_month_from_its_check_list_to_an_approved_restatement(clerk: Client) -> None:
    store([Repair(taipei(2019, 9, day), agency="AB"[day % 2]) for day in range(1, 13)])
    assert "結帳前的檢查" in clerk.get("/closing/2019-09/").content.decode()
    assert clerk.post("/closing/2019-09/close/", {"note": "好"}).status_code == 302
    close()
    close()  # asked twice: closed once
    assert Closing.objects.count() == 1
    again = clerk.post("/closing/2019-09/close/", {"note": ""})
    assert again.status_code == 422
    assert "已經結帳" in again.content.decode()
    file = clerk.get("/closing/2019-09/files/toy.repairs.cases.parquet")
    assert b"".join(file.streaming_content)[:4] == b"PAR1"  # type: ignore[attr-defined]
    assert clerk.get("/closing/2019-09/files/no.such.parquet").status_code == 404

    change()
    assert clerk.post("/closing/2019-09/look/").status_code == 302
    assert queries.closing_of(SEPTEMBER).pending
    assert clerk.post("/closing/2019-09/propose/", {"reason": ""}).status_code == 422
    assert clerk.post("/closing/2019-09/propose/", {"reason": "<b>補登</b>"}).status_code == 302
    page = clerk.get("/closing/2019-09/").content.decode()
    assert "&lt;b&gt;補登" in page
    assert "提出的人不能自己核定" in page
    assert clerk.post("/closing/2019-09/approve/", {"reason": ""}).status_code == 422
    other = client_of("COMMISSION", "chief")
    assert "核定更正" in other.get("/closing/2019-09/").content.decode()
    assert other.post("/closing/2019-09/approve/", {"reason": ""}).status_code == 302
    assert Restatement.objects.get().state == Restatement.State.APPROVED
    assert list(queries.faults()) == []


def test_the_list_asks_little(clerk: Client, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert clerk.get("/closing/").status_code == 200


def test_a_closing_is_asked_for_once_and_seen_to_run(clerk: Client) -> None:
    assert clerk.post("/closing/2019-09/close/", {}).status_code == 302
    page = clerk.get("/closing/2019-09/").content.decode()
    assert "正在結帳" in page
    assert 'action="/closing/2019-09/close/"' not in page
    again = clerk.post("/closing/2019-09/close/", {})
    assert again.status_code == 422
    assert "已經要求結帳" in again.content.decode()
    assert "結帳中" in clerk.get("/closing/").content.decode()


def test_an_attempt_that_was_lost_may_be_asked_for_again(clerk: Client) -> None:
    assert clerk.post("/closing/2019-09/close/", {}).status_code == 302
    Attempt.objects.update(asked_at=F("asked_at") - LOST_AFTER)
    assert "正在結帳" not in clerk.get("/closing/2019-09/").content.decode()
    assert clerk.post("/closing/2019-09/close/", {}).status_code == 302
    assert "正在結帳" in clerk.get("/closing/2019-09/").content.decode()


def of_the_database() -> Exception:
    full = OperationalError("no space left on device")
    full.__cause__ = DiskFull()
    return full


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("trouble", "words"), [
    (OSError(errno.ENOSPC, "full"), "磁碟滿了"),
    (of_the_database(), "磁碟滿了"),
    (PermissionError(errno.EACCES, "no"), "讀不到或寫不進去"),
    (ZeroDivisionError(), "系統發生錯誤"),
], ids=["full", "full database", "away", "ours"])  # fmt: skip
def test_a_closing_that_fails_says_why_and_may_be_tried_again(
    clerk: Client, monkeypatch: pytest.MonkeyPatch, trouble: Exception, words: str
) -> None:
    store([Repair(taipei(2019, 9, 1))])
    assert clerk.post("/closing/2019-09/close/", {}).status_code == 302

    def fail(*_given: object, **_more: object) -> None:
        raise trouble

    with monkeypatch.context() as broken:
        broken.setattr("yankao.kernel.lake.stores.FolderStore.put", fail)
        with pytest.raises((Refused, ZeroDivisionError)):
            close()
    assert not Closing.objects.exists()
    assert not Partition.objects.exists()
    page = clerk.get("/closing/2019-09/").content.decode()
    assert words in page
    assert "結帳沒有完成" in clerk.get("/closing/").content.decode()
    assert clerk.post("/closing/2019-09/close/", {}).status_code == 302
    close()
    assert not Attempt.objects.exists()
    assert "已結帳" in clerk.get("/closing/2019-09/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_who_proposed_a_restatement_takes_it_back(clerk: Client) -> None:
    store([Repair(taipei(2019, 9, day), agency="AB"[day % 2]) for day in range(1, 13)])
    close()
    change()
    assert clerk.post("/closing/2019-09/propose/", {"reason": "補登"}).status_code == 302
    other = client_of("COMMISSION", "chief")
    assert "撤回更正" not in other.get("/closing/2019-09/").content.decode()
    assert other.post("/closing/2019-09/withdraw/", {}).status_code == 422
    assert "撤回更正" in clerk.get("/closing/2019-09/").content.decode()
    assert clerk.post("/closing/2019-09/withdraw/", {}).status_code == 302
    assert Restatement.objects.get().state == Restatement.State.WITHDRAWN
    assert Partition.objects.filter(is_current=False).count() == 0
    assert clerk.post("/closing/2019-09/propose/", {"reason": "再補登"}).status_code == 302
    assert list(queries.faults()) == []


@pytest.mark.django_db(transaction=True)
def test_a_damaged_or_missing_file_is_no_download(clerk: Client, lake_home: Path) -> None:
    store([Repair(taipei(2019, 9, 1))])
    close()
    [path] = lake_home.glob("facts/*/*/*.parquet")
    whole = path.read_bytes()
    path.chmod(0o600)
    for content in (whole[:-1] + b"!", b"", None):
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        refused = clerk.get("/closing/2019-09/files/toy.repairs.cases.parquet")
        assert refused.status_code == 503
        assert "yankao verify" in refused.content.decode()
