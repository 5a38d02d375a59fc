"""Attaching, serving, sweeping."""

import io
import threading
from argparse import ArgumentParser
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from PIL import Image

from tests.cast import NOW, PLAYERS
from yankao.base import subjects
from yankao.base.subjects import Subject
from yankao.kernel.files import commands, jobs, pictures, queries, rules, services
from yankao.kernel.files.models import Attachment
from yankao.kernel.files.services import keeping
from yankao.kernel.files.tests import samples
from yankao.kernel.trail import queries as trail

pytestmark = pytest.mark.django_db
CASE = Subject("service.probe", 12)
LATER = NOW.timestamp() + 10**9
"""Far in the future, so that everything kept by the tests is old."""


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.YANKAO_HOME = tmp_path
    return tmp_path


class ProbeOffer:
    """Cases that officers of ROADS and the commission see."""

    kind = "service.probe"

    def title(self, id):
        return f"案件 {id}"

    def address(self, id):
        return f"/probe/{id}/"

    def may_see(self, actor, id):
        return actor.agency == "ROADS" or actor.holds("kernel.trail.read")


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    real = subjects._offer_for
    monkeypatch.setattr(
        subjects, "_offer_for", lambda kind: ProbeOffer() if kind == CASE.kind else real(kind)
    )


def keep(content=None, name="坑洞.jpg", limits=rules.PHOTO):
    return services.keep(content=io.BytesIO(content or samples.noise()), name=name, limits=limits)


def attach(cast, kept=None, player="officer", purpose="report", subject=CASE, at=NOW):
    attachment_id = services.attach(
        kept=kept or keep(), subject=subject, purpose=purpose, actor=cast.actor(player), at=at
    )
    return Attachment.objects.get(pk=attachment_id)


def read(answer):
    """All bytes; this also closes the file the way a server does."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_an_attachment_is_listed_and_in_the_trail(cast):
    kept = keep()
    attach(cast, kept)
    attach(cast, kept, purpose="after", at=NOW + timedelta(hours=1))
    before, after = queries.attachments_of(CASE)
    assert (before.purpose, before.name, before.media_type) == ("report", "坑洞.jpg", "image/jpeg")
    assert (before.size, before.width, before.height) == (kept.size, 320, 240)
    assert (before.at, before.is_picture) == (NOW, True)
    assert before.url == f"/files/{before.uuid}/"
    assert before.thumbnail_url == f"/files/{before.uuid}/thumbnail/"
    assert [a.purpose for a in queries.attachments_of(CASE, purposes=["after"])] == ["after"]
    assert queries.counts_of(CASE.kind, [12, 13]) == {12: 2}
    entry = trail.history_of(CASE)[0]
    assert entry.action == "kernel.files.attached"
    assert entry.new["sha256"] == kept.sha256
    assert entry.personal == {"name": "坑洞.jpg"}
    assert after.at > before.at


def test_the_same_again_is_the_same_attachment(cast):
    kept = keep()
    assert attach(cast, kept) == attach(cast, kept)
    assert len(trail.history_of(CASE)) == 1


def test_an_unknown_purpose_is_a_mistake_of_ours(cast):
    with pytest.raises(ValueError, match="selfie"):
        attach(cast, purpose="selfie")


def test_what_was_swept_must_be_uploaded_again(cast):
    kept = keep()
    services.store().delete(rules.content_key(kept.sha256))
    with pytest.raises(services.ContentGone, match="重新選擇"):
        attach(cast, kept)
    assert not Attachment.objects.exists()


def test_the_attachment_is_rolled_back_with_its_cause(cast):
    kept = keep()
    with transaction.atomic():
        attach(cast, kept)
        transaction.set_rollback(True)
    assert queries.attachments_of(CASE) == []


SEERS = {"officer", "second_officer", "supervisor", "head", "commission", "auditor"}


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("page", ["file", "thumbnail"])
def test_who_may_see_the_file(cast, client_of, player, page):
    row = attach(cast)
    answer = client_of(player).get(reverse(f"kernel_files:{page}", args=[row.uuid]))
    assert answer.status_code == (200 if player in SEERS else 404)
    read(answer)


def test_a_file_of_a_kind_nobody_offers_is_seen_by_nobody(cast, client_of):
    row = attach(cast, subject=Subject("service.unknown", 1))
    assert client_of("commission").get(f"/files/{row.uuid}/").status_code == 404


def test_a_file_is_served_as_what_it_is_and_harmless(cast, client_of):
    row = attach(cast, keep(samples.noise()))
    answer = client_of("officer").get(f"/files/{row.uuid}/")
    assert read(answer).startswith(b"\xff\xd8\xff")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["ETag"] != f'"{row.sha256}"'
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_known_etag_costs_no_bytes_but_asks_permission_first(cast, client_of):
    row = attach(cast)
    first = client_of("officer").get(f"/files/{row.uuid}/")
    read(first)
    etag = {"If-None-Match": f'W/"x", {first["ETag"]}'}
    answer = client_of("officer").get(f"/files/{row.uuid}/", headers=etag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == first["ETag"]
    assert answer["Cache-Control"] == "private, no-cache"
    assert client_of("anonymous").get(f"/files/{row.uuid}/", headers=etag).status_code == 404
    assert client_of("other_officer").get(f"/files/{row.uuid}/", headers=etag).status_code == 404


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("made_before", [True, False])
def test_a_picture_is_served_without_what_it_tells(cast, client_of, format, made_before):
    original = samples.telling(format)
    row = attach(cast, keep(original))
    if made_before:
        jobs.make_thumbnail(row.sha256)
        assert services.store().has(rules.cleaned_key(row.sha256))
    for page in ("", "thumbnail/"):
        answer = client_of("officer").get(f"/files/{row.uuid}/{page}")
        assert answer["ETag"] != f'"{row.sha256}"'
        served = read(answer)
        assert not [secret for secret in samples.SECRETS if secret in served]
        assert not Image.open(io.BytesIO(served)).getexif()
    with services.store().open(rules.content_key(row.sha256)) as evidence:
        assert evidence.read() == original


def test_the_bytes_that_came_are_never_served_instead(cast, client_of, monkeypatch):
    def unreadable(content):
        raise pictures.Unfit("broken")

    row = attach(cast, keep(samples.telling("JPEG")))
    monkeypatch.setattr(pictures, "cleaned", unreadable)
    assert client_of("officer").get(f"/files/{row.uuid}/").status_code == 404


def test_a_document_is_a_download(cast, client_of):
    row = attach(cast, keep(samples.PDF, "報告.pdf", rules.DOCUMENT))
    client = client_of("officer")
    answer = client.get(f"/files/{row.uuid}/")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    read(answer)
    assert client.get(f"/files/{row.uuid}/thumbnail/").status_code == 404
    assert queries.attachments_of(CASE)[0].thumbnail_url == ""


def test_only_reading(cast, client_of):
    row = attach(cast)
    assert client_of("officer").post(f"/files/{row.uuid}/").status_code == 405


def test_bytes_that_went_missing_are_not_found(cast, client_of):
    row = attach(cast)
    services.store().delete(rules.content_key(row.sha256))
    for page in ("", "thumbnail/"):
        assert client_of("officer").get(f"/files/{row.uuid}/{page}").status_code == 404


def test_an_open_address_works_for_anybody_until_it_ends(cast, client_of):
    row = attach(cast, purpose="after")
    [view] = queries.attachments_of(CASE, open_until=NOW + timedelta(days=1))
    _, _, query = view.url.partition("?")
    until, signature = (part.partition("=")[2] for part in query.split("&"))

    def may(at, *, key=row.uuid, until=until, signature=signature):
        try:
            queries.attachment_for(
                cast.actor("anonymous"), key, at=at, until=until, signature=signature
            )
        except queries.AttachmentUnknown:
            return False
        return True

    assert may(NOW)
    assert may(NOW + timedelta(days=1))
    assert not may(NOW + timedelta(days=1, seconds=1))
    assert not may(NOW, until=str(int(until) + 1))
    assert not may(NOW, signature=signature[:-1])
    assert not may(NOW, signature="")
    assert not may(NOW, until="x")
    assert not may(NOW, until="9" * 30)
    other = attach(cast, keep(samples.noise((50, 50))))
    assert not may(NOW, key=other.uuid)


def test_an_open_address_asks_again_each_time(cast, client_of, time_machine):
    time_machine.move_to(NOW)
    attach(cast)
    [view] = queries.attachments_of(CASE, open_until=NOW + timedelta(days=1))
    for address in (view.url, view.thumbnail_url):
        answer = client_of("anonymous").get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-cache"
        read(answer)


def test_the_job_makes_the_small_picture_once(cast):
    row = attach(cast)
    key = rules.thumbnail_key(row.sha256)
    assert not services.store().has(key)
    jobs.make_thumbnail(row.sha256)
    assert services.store().has(key)
    assert services.make_thumbnail(row.sha256)
    assert services.make_cleaned(row.sha256)


def test_attaching_defers_the_job(cast, monkeypatch):
    deferred = []
    monkeypatch.setattr(
        keeping.jobs, "defer", lambda name, **arguments: deferred.append((name, arguments))
    )
    row = attach(cast)
    attach(cast, keep(samples.PDF, "a.pdf", rules.DOCUMENT))
    assert deferred == [("kernel.files.make_thumbnail", {"sha256": row.sha256})]


def test_a_thumbnail_has_a_tag_of_its_own(cast, client_of):
    row = attach(cast)
    answer = client_of("officer").get(f"/files/{row.uuid}/thumbnail/")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["ETag"] != f'"{row.sha256}"'
    read(answer)


def test_removing_takes_the_file_away_and_keeps_that_it_was_there(cast, client_of):
    row = attach(cast)
    services.remove(attachment_id=row.pk, reason="拍到路人", actor=cast.actor("supervisor"), at=NOW)
    assert queries.attachments_of(CASE) == []
    assert client_of("officer").get(f"/files/{row.uuid}/").status_code == 404
    removed = trail.history_of(CASE)[-1]
    assert (removed.action, removed.reason) == ("kernel.files.removed", "拍到路人")
    assert services.sweep(now=LATER) == 1
    with pytest.raises(queries.AttachmentUnknown):
        services.remove(attachment_id=row.pk, reason="x", actor=cast.actor("officer"), at=NOW)


def test_removing_wants_a_reason(cast):
    row = attach(cast)
    with pytest.raises(services.FileRefused, match="理由"):
        services.remove(attachment_id=row.pk, reason=" ", actor=cast.actor("officer"), at=NOW)
    assert len(queries.attachments_of(CASE)) == 1


def test_the_sweep_forgets_only_what_is_old_and_unused(cast):
    row = attach(cast)
    orphan = keep(samples.noise((40, 40)))
    for content in (row, orphan):
        jobs.make_thumbnail(content.sha256)
    store = services.store()
    young = store.age_seconds(rules.content_key(orphan.sha256), 0) * -1
    assert services.sweep(now=young + services.ORPHAN_SECONDS - 1) == 0
    assert services.sweep(now=LATER) == 1
    assert not store.has(rules.content_key(orphan.sha256))
    assert not store.has(rules.thumbnail_key(orphan.sha256))
    assert not store.has(rules.cleaned_key(orphan.sha256))
    assert store.has(rules.content_key(row.sha256))
    assert store.has(rules.thumbnail_key(row.sha256))
    assert store.has(rules.cleaned_key(row.sha256))
    assert services.sweep(now=LATER) == 0


def test_content_still_used_elsewhere_survives_a_removal(cast):
    kept = keep()
    row = attach(cast, kept)
    attach(cast, kept, subject=Subject(CASE.kind, 13))
    services.remove(attachment_id=row.pk, reason="x", actor=cast.actor("officer"), at=NOW)
    assert services.sweep(now=LATER) == 0


@pytest.mark.django_db(transaction=True)
def test_the_sweep_waits_for_somebody_who_is_attaching(cast):
    """Between looking and deleting somebody may attach: the lock must order the two."""
    kept, actor = keep(), cast.actor("officer")
    attached, go_on = threading.Event(), threading.Event()

    def attach_slowly():
        try:
            with transaction.atomic():
                services.attach(kept=kept, subject=CASE, purpose="report", actor=actor, at=NOW)
                attached.set()
                go_on.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=attach_slowly)
    thread.start()
    assert attached.wait(20)
    threading.Timer(0.3, go_on.set).start()
    assert services.sweep(now=LATER) == 0
    thread.join(20)
    assert services.store().has(rules.content_key(kept.sha256))
    assert len(queries.attachments_of(CASE)) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_goes_while_a_backup_reads():
    kept = keep()
    reading, done = threading.Event(), threading.Event()

    def back_up():
        try:
            with services.without_sweeping():
                reading.set()
                done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=back_up)
    thread.start()
    assert reading.wait(20)
    assert services.sweep(now=LATER) == 0
    done.set()
    thread.join(20)
    assert services.sweep(now=LATER) == 1
    assert services.state_of(kept.sha256) == "missing"


def test_the_command_finds_missing_and_changed_contents(cast, capsys, home):
    good, gone, bad = (attach(cast, keep(samples.noise((side, side)))) for side in (40, 50, 60))
    chosen = commands_parser().parse_args(["check"])
    assert commands.run(chosen) == 0
    store = services.store()
    store.delete(rules.content_key(gone.sha256))
    path = store.root / rules.content_key(bad.sha256)
    path.chmod(0o600)
    path.write_bytes(b"changed")
    assert commands.run(chosen) == 2
    printed = capsys.readouterr().out
    assert f"missing: {gone.sha256}" in printed
    assert f"changed: {bad.sha256}" in printed
    assert good.sha256 not in printed
    assert commands.run(commands_parser().parse_args(["sweep"])) == 0


def commands_parser():

    parser = ArgumentParser()
    commands.configure(parser)
    return parser


def test_a_video_is_a_download_for_who_handles_the_case_only(cast, client_of, time_machine):
    time_machine.move_to(NOW)
    row = attach(cast, keep(samples.mp4(), "現場.mp4", rules.DOCUMENT))
    answer = client_of("officer").get(f"/files/{row.uuid}/")
    assert samples.PLACE in read(answer), "as it came: it is the evidence"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    [view] = queries.attachments_of(CASE, open_until=NOW + timedelta(days=1))
    assert (view.url, view.thumbnail_url) == ("", "")
    forged = queries._opening(row.uuid, NOW + timedelta(days=1))
    assert client_of("anonymous").get(f"/files/{row.uuid}/{forged}").status_code == 404
    with pytest.raises(services.FileRefused):
        services.publish(attachment_id=row.pk, covers=[], actor=cast.actor("officer"), at=NOW)


def test_a_heic_photo_is_shown_as_jpeg(cast, client_of):
    row = attach(cast, keep(samples.heic(), "IMG_1.HEIC", rules.DOCUMENT))
    answer = client_of("officer").get(f"/files/{row.uuid}/")
    served = read(answer)
    assert (answer["Content-Type"], served[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert 'filename="IMG_1.jpg"' in answer["Content-Disposition"]
    assert not [secret for secret in samples.SECRETS if secret in served]
    assert queries.attachments_of(CASE)[0].thumbnail_url


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=-99999999", 206, slice(None)),
        ("bytes=0-99999999", 206, slice(None)),
        ("bytes=99999999-", 416, slice(0)),
        ("bytes=9-3", 416, slice(0)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("", 200, slice(None)),
    ],
)
def test_players_ask_for_parts(cast, client_of, asked, status, part):
    content = samples.mp3()
    row = attach(cast, keep(content, "a.mp3", rules.DOCUMENT))
    answer = client_of("officer").get(f"/files/{row.uuid}/", headers={"Range": asked})
    assert answer.status_code == status
    assert read(answer) == content[part]
    assert "private" in answer["Cache-Control"]
    if status == 206:
        begin, end, _ = part.indices(len(content))
        assert answer["Content-Range"] == f"bytes {begin}-{end - 1}/{len(content)}"


def test_a_part_of_what_changed_is_the_whole(cast, client_of):
    row = attach(cast, keep(samples.mp3(), "a.mp3", rules.DOCUMENT))
    headers = {"Range": "bytes=0-1", "If-Range": '"other"'}
    answer = client_of("officer").get(f"/files/{row.uuid}/", headers=headers)
    assert (answer.status_code, read(answer)) == (200, samples.mp3())
