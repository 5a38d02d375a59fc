"""A full disk and an absent database are told in words, with a number to call, and no traceback."""

import errno
import logging

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from yankao.base import health, logs, outages

BROKEN = {
    "full table": psycopg.errors.DiskFull("could not extend file"),
    "full disk": OSError(errno.ENOSPC, "No space left on device"),
    "quota": OSError(errno.EDQUOT, "Disk quota exceeded"),
    "no server": psycopg.OperationalError("connection refused"),
    "shutting down": psycopg.errors.AdminShutdown("terminating connection"),
    "too many": psycopg.errors.TooManyConnections("sorry, too many clients"),
    "closed": psycopg.InterfaceError("the connection is closed"),
}
STATUS = {"full table": 507, "full disk": 507, "quota": 507}


def raised(cause: Exception) -> Exception:
    """As Django hands on what the driver raised."""
    if not isinstance(cause, psycopg.Error):
        return cause
    try:
        raise OperationalError(str(cause)) from cause
    except OperationalError as error:
        return error


@pytest.fixture(params=BROKEN)
def trouble(request, monkeypatch):
    """Every page that asks for the health meets the trouble."""
    error = raised(BROKEN[request.param])
    monkeypatch.setattr(health, "report", lambda **_: (_ for _ in ()).throw(error))
    return request.param


def test_a_page_says_what_to_do(trouble):
    answer = Client(raise_request_exception=False).get("/health/", headers={"accept": "text/html"})
    assert answer.status_code == STATUS.get(trouble, 503)
    text = answer.content.decode()
    assert "1999" in text
    assert "Traceback" not in text
    assert "系統暫時不能受理" in text


def test_a_program_gets_a_code(trouble):
    client = Client(raise_request_exception=False)
    answer = client.get("/health/", headers={"accept": "application/json"})
    expected = "base.no_room" if trouble in STATUS else "base.away"
    assert answer.json()["code"] == expected
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("ours"),
        OSError(errno.ENOENT, "no such file"),
        raised(psycopg.errors.DeadlockDetected("deadlock")),
        raised(psycopg.errors.LockNotAvailable("lock timeout")),
        raised(psycopg.errors.QueryCanceled("statement timeout")),
    ],
)
def test_our_own_faults_stay_accidents(error):
    assert outages.refusal_for(error) is None


def test_the_log_has_one_line_an_outage_and_the_whole_of_an_accident():
    for error, is_short in ((raised(BROKEN["no server"]), True), (ValueError("ours"), False)):
        record = logging.LogRecord(
            "django.request", logging.ERROR, "", 0, "Internal Server Error", (),
            (type(error), error, None),
        )  # fmt: skip
        assert logs._outage_in_one_line(record)
        assert (record.exc_info is None) is is_short


@pytest.mark.django_db
def test_postgresql_itself_out_of_room_is_recognised():
    """The state the server gives, raised by the server."""
    with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$")
    assert isinstance(outages.refusal_for(caught.value), outages.NoRoom)


def test_the_reserve_is_looked_up_where_the_folder_will_be(tmp_path, settings):
    settings.YANKAO_DISK_RESERVE_MB = 0
    outages.check_room(tmp_path / "not" / "yet")
    settings.YANKAO_DISK_RESERVE_MB = 10**9
    with pytest.raises(outages.NoRoom, match="不附檔案"):
        outages.check_room(tmp_path / "not" / "yet")
