"""The virus scanner: nothing opens before it is clean, nothing infected opens ever."""

import contextlib
import shutil
import socket
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.kernel.files import jobs, queries, services
from yankao.kernel.files.models import Scan
from yankao.kernel.files.services import scanning
from yankao.kernel.files.tests import samples
from yankao.kernel.files.tests.test_attaching import (  # noqa: F401 – fixtures
    CASE,
    attach,
    home,
    keep,
    offered,
    read,
)
from yankao.kernel.trail import queries as trail

pytestmark = pytest.mark.django_db
THREAT = "Test.Marker"


@pytest.fixture
def scanner(settings, monkeypatch):
    """A scanner that says what ``says`` holds."""
    settings.YANKAO_CLAMD = "/nowhere/clamd.sock"
    says = {"stream": ("OK", None)}

    class Stub:
        def instream(self, content):
            content.read()
            if "stream" not in says:
                raise ConnectionRefusedError
            return dict(says)

        def ping(self):
            if "stream" not in says:
                raise ConnectionRefusedError
            return "PONG"

    monkeypatch.setattr(scanning, "_scanner", Stub)
    return says


def test_without_a_scanner_nothing_waits(cast, client_of):
    row = attach(cast)
    assert not Scan.objects.exists()
    assert queries.longest_scan_wait_minutes(NOW + timedelta(days=9)) == 0
    read(client_of("officer").get(f"/files/{row.uuid}/"))


def test_until_it_is_clean_nobody_opens_it(cast, client_of, scanner):
    row = attach(cast)
    services.make_cleaned(row.sha256)
    [view] = queries.attachments_of(CASE, open_until=NOW + timedelta(days=1))
    assert (view.url, view.thumbnail_url) == ("", "")
    assert "檢查中" in view.held_words
    for page in ("", "thumbnail/"):
        answer = client_of("officer").get(f"/files/{row.uuid}/{page}")
        assert answer.status_code == 409
        assert "檢查中" in answer.content.decode()
        assert client_of("other_officer").get(f"/files/{row.uuid}/{page}").status_code == 404
    services.scan(sha256=row.sha256, at=NOW)
    [view] = queries.attachments_of(CASE)
    assert (view.url, view.held_words) == (f"/files/{row.uuid}/", "")
    read(client_of("officer").get(view.url))


def test_an_infected_file_is_opened_by_nobody_and_all_are_told(cast, client_of, scanner, settings):
    kept = keep()
    row = attach(cast, kept)
    other = attach(cast, kept, subject=Subject(CASE.kind, 13))
    scanner["stream"] = ("FOUND", THREAT)
    services.scan(sha256=row.sha256, at=NOW)
    services.scan(sha256=row.sha256, at=NOW)
    for subject in (CASE, Subject(CASE.kind, other.subject_id)):
        entries = [e for e in trail.history_of(subject) if e.action == "kernel.files.quarantined"]
        assert [(e.reason, e.actor_key) for e in entries] == [(THREAT, "system:virus-scanner")]
    [view] = queries.attachments_of(CASE)
    assert view.url == ""
    assert THREAT in view.held_words
    for without in ("", settings.YANKAO_CLAMD):
        settings.YANKAO_CLAMD = without
        for player in ("officer", "commission"):
            for page in ("", "thumbnail/"):
                assert client_of(player).get(f"/files/{row.uuid}/{page}").status_code == 409


def test_what_was_published_closes_too(cast, client_of, scanner):
    row = attach(cast)
    with pytest.raises(queries.FileHeld):
        services.publish(attachment_id=row.pk, covers=[], actor=cast.actor("officer"), at=NOW)
    services.scan(sha256=row.sha256, at=NOW)
    key = services.publish(attachment_id=row.pk, covers=[], actor=cast.actor("officer"), at=NOW)
    read(client_of("anonymous").get(f"/files/public/{key}/"))
    assert queries.published_of(CASE)
    Scan.objects.update(state="infected", threat=THREAT)
    assert client_of("anonymous").get(f"/files/public/{key}/").status_code == 404
    assert queries.published_of(CASE) == []


def test_the_same_content_again_is_known(cast, scanner):
    kept = keep()
    row = attach(cast, kept)
    scanner["stream"] = ("FOUND", THREAT)
    services.scan(sha256=row.sha256, at=NOW)
    again = attach(cast, kept, subject=Subject(CASE.kind, 14))
    [view] = queries.attachments_of(Subject(CASE.kind, 14))
    assert view.url == ""
    actions = [e.action for e in trail.history_of(Subject(CASE.kind, again.subject_id))]
    assert actions[-1] == "kernel.files.quarantined"
    services.remove(attachment_id=row.pk, reason="x", actor=cast.actor("officer"), at=NOW)
    services.remove(attachment_id=again.pk, reason="x", actor=cast.actor("officer"), at=NOW)
    assert services.sweep(now=NOW.timestamp() + 10**9) == 1
    assert Scan.objects.get().threat == THREAT


def test_a_scanner_that_is_away_is_asked_again(cast, scanner):
    row = attach(cast)
    del scanner["stream"]
    jobs.scan(row.sha256)
    jobs.scan_waiting(timestamp=0)
    assert Scan.objects.get().state == "waiting"
    later = NOW + timedelta(minutes=20)
    assert queries.longest_scan_wait_minutes(later) == 20
    scanner["stream"] = ("OK", None)
    jobs.scan_waiting(timestamp=0)
    assert Scan.objects.get().state == "clean"
    assert queries.longest_scan_wait_minutes(later) == 0


@pytest.mark.parametrize("answer", [("ERROR", "no idea"), ("", None)])
def test_no_verdict_is_not_clean(cast, scanner, answer):
    row = attach(cast)
    scanner["stream"] = answer
    with pytest.raises(services.ScannerAway):
        services.scan(sha256=row.sha256, at=NOW)
    assert Scan.objects.get().state == "waiting"


def test_what_came_before_the_scanner_is_scanned_too(cast, scanner, settings):
    address, settings.YANKAO_CLAMD = settings.YANKAO_CLAMD, ""
    attach(cast)
    settings.YANKAO_CLAMD = address
    assert "檢查中" in queries.attachments_of(CASE)[0].held_words
    jobs.scan_waiting(timestamp=0)
    assert queries.attachments_of(CASE)[0].held_words == ""


def test_an_address_that_cannot_be_reached(cast, settings, tmp_path):
    for address in (str(tmp_path / "none.sock"), f"unix:{tmp_path}/none.sock", "127.0.0.1:1"):
        settings.YANKAO_CLAMD = address
        assert not services.scanner_answers()
    row = attach(cast)
    with pytest.raises(services.ScannerAway):
        services.scan(sha256=row.sha256, at=NOW)


# --- the real one ---------------------------------------------------------------------------------

CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
MARKER = b"yankao-test-marker-5c1f"


@pytest.fixture
def clamd(tmp_path, settings):
    """A daemon with one signature of ours, on a socket of its own."""
    if CLAMD is None:
        pytest.skip("no clamd on this machine: apt-get install clamav-daemon")
    database = tmp_path / "signatures"
    database.mkdir()
    (database / "test.ndb").write_text(f"{THREAT}:0:*:{MARKER.hex()}\n")
    address = Path("/tmp") / f"yankao-clamd-{tmp_path.name[-40:]}.sock"
    configuration = tmp_path / "clamd.conf"
    configuration.write_text(
        f"Foreground yes\nDatabaseDirectory {database}\nLocalSocket {address}\n"
        "StreamMaxLength 25M\n"
    )
    daemon = subprocess.Popen(
        [CLAMD, "--config-file", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 20
        while not _listens(address):
            assert daemon.poll() is None, "clamd ended"
            assert time.monotonic() < until, "clamd does not listen"
            time.sleep(0.1)
        settings.YANKAO_CLAMD = str(address)
        yield daemon
    finally:
        daemon.terminate()
        daemon.wait(20)
        address.unlink(missing_ok=True)


def _listens(address):
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(str(address))
        return True
    return False


@pytest.mark.once
@pytest.mark.slow
def test_a_real_scanner(cast, client_of, clamd):
    good = attach(cast, keep(samples.noise((900, 900))))
    bad = attach(cast, keep(samples.picture() + MARKER))
    assert services.scanner_answers()
    jobs.scan_waiting(timestamp=0)
    states = dict(Scan.objects.values_list("sha256", "state"))
    assert states == {good.sha256: "clean", bad.sha256: "infected"}
    assert THREAT in Scan.objects.get(pk=bad.sha256).threat
    read(client_of("officer").get(f"/files/{good.uuid}/"))
    assert client_of("officer").get(f"/files/{bad.uuid}/").status_code == 409
    clamd.terminate()
    clamd.wait(20)
    late = attach(cast, keep(samples.noise((80, 80))))
    jobs.scan_waiting(timestamp=0)
    assert Scan.objects.get(pk=late.sha256).state == "waiting"
