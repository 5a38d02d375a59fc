"""Files in pieces: the tus protocol, whose they are, two at once, and what a broken line leaves."""

import base64
import io
import threading
from datetime import timedelta

import pytest
import requests
import time_machine
from django.conf import settings
from django.db import connection
from django.http import UnreadablePostError
from django.test import Client
from tusclient.client import TusClient

from tests.cast import NOW
from yankao.kernel.doors.services import TooManyKnocks
from yankao.kernel.files import jobs, queries, rules
from yankao.kernel.files.declarations import Intake
from yankao.kernel.files.models import Upload
from yankao.kernel.files.services import FileRefused, store, uploads
from yankao.kernel.files.tests import samples

pytestmark = pytest.mark.django_db
INTAKE = Intake("service.petitions", rules.DOCUMENT, door="service.petitions.files")
ADDRESS = "/files/uploads/"
TUS = {"Tus-Resumable": "1.0.0"}
PHOTO = samples.noise()
SIZE = len(PHOTO)


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.YANKAO_HOME = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def metadata(**told):
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())


def begin(client, size=SIZE, name="坑洞.jpg", intake=INTAKE.name, **headers):
    told = {
        "Upload-Length": str(size),
        "Upload-Metadata": metadata(filename=name, **{"for": intake}),
    }
    return client.post(ADDRESS, headers={**TUS, **told, **headers})


def piece(client, address, content, offset=0, **headers):
    return client.patch(
        address, content, "application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": str(offset), **headers},
    )  # fmt: skip


def uploaded(client, content=PHOTO, name="坑洞.jpg"):
    address = begin(client, len(content), name)["Location"]
    assert piece(client, address, content).status_code == 204
    return address.split("/")[-2]


def owner_of(token):
    return Upload.objects.get(token=token).owner


def test_what_is_spoken(client):
    answer = client.options(ADDRESS)
    assert (answer.status_code, answer["Tus-Version"]) == (204, "1.0.0")
    assert answer["Tus-Extension"] == "creation,expiration,termination"


def test_a_file_in_three_pieces(client):
    begun = begin(client)
    assert begun.status_code == 201
    assert begun["Upload-Expires"].endswith("GMT")
    address, offset = begun["Location"], 0
    for part in (PHOTO[:1_000], PHOTO[1_000:1_001], PHOTO[1_001:]):
        answer = piece(client, address, part, offset)
        offset += len(part)
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(offset))
        told = client.head(address, headers=TUS)
        assert told["Upload-Offset"] == str(offset)
        assert (told["Upload-Length"], told["Cache-Control"]) == (str(len(PHOTO)), "no-store")
        assert told["Tus-Resumable"] == "1.0.0"
    row = Upload.objects.get()
    assert row.kept["name"] == "坑洞.jpg"
    assert store().has(rules.content_key(row.kept["sha256"]))
    assert not store().upload_path(row.token).exists()
    assert piece(client, address, b"x", offset).status_code == 413


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "１２"}, 400),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": str(10 * rules.MB + 1)}, 413),
        ({"Upload-Length": "9" * 15}, 413),
        ({"Upload-Length": "9" * 16}, 400),
        ({"Upload-Metadata": "filename"}, 404),
        ({"Upload-Metadata": "filename ???"}, 400),
        ({"Upload-Metadata": "filename /////w=="}, 400),
        ({"Upload-Metadata": "x" * 3_000}, 400),
        ({"Upload-Metadata": metadata(**{"for": "service.nothing"})}, 404),
    ],
)
def test_a_beginning_that_cannot_be(client, change, status):
    answer = begin(client, **change)
    assert answer.status_code == status
    assert answer["Tus-Resumable"] == "1.0.0"
    assert not Upload.objects.exists()


def test_pieces_that_do_not_fit(client):
    address = begin(client)["Location"]
    assert piece(client, address, b"abc", 1).status_code == 409
    assert piece(client, address, b"abc").status_code == 204
    assert piece(client, address, b"abc").status_code == 409, "the same piece again"
    assert piece(client, address, b"abc", 2**40).status_code == 409
    assert piece(client, address, PHOTO, 3).status_code == 413
    assert client.patch(address, b"a", "text/plain", headers=TUS).status_code == 415
    assert client.post(address, headers=TUS).status_code == 405
    assert client.get(address, headers=TUS).status_code == 405
    told = client.head(address, headers=TUS)
    assert told["Upload-Offset"] == "3"


def test_never_more_than_was_declared_whatever_the_length_says(client):
    row = Upload.objects.get(token=begin(client, 10)["Location"].split("/")[-2])

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(FileRefused):
        uploads.append(upload=row, intake=INTAKE, offset=0, content=endless, length=None)
    assert endless.given == 10
    assert not Upload.objects.exists(), "ten x are no file we take"


def test_what_cannot_be_taken_is_refused_and_forgotten(client):
    address = begin(client, len(samples.HTML), "a.jpg")["Location"]
    answer = piece(client, address, samples.HTML, Accept="application/json")
    assert answer.status_code == 422
    assert answer.json()["code"] == "files.type"
    assert client.head(address, headers=TUS).status_code == 404
    assert list((store().root / "uploads").iterdir()) == []


def test_a_broken_line_keeps_what_came(client):
    row = Upload.objects.get(token=begin(client)["Location"].split("/")[-2])

    class Breaking(io.RawIOBase):
        parts = [PHOTO[:500], PHOTO[500:700]]

        def read(self, size=-1):
            if not self.parts:
                raise UnreadablePostError("gone")
            return self.parts.pop(0)

    said = len(PHOTO)
    here = uploads.append(upload=row, intake=INTAKE, offset=0, content=Breaking(), length=said)
    assert (here, uploads.bytes_of(row)) == (700, 700)


def test_a_process_killed_in_the_middle_goes_on_from_the_disk(client):
    address = begin(client)["Location"]
    token = address.split("/")[-2]
    store().upload_path(token).write_bytes(PHOTO[:1_234])  # what it had written
    assert client.head(address, headers=TUS)["Upload-Offset"] == "1234"
    assert piece(client, address, PHOTO[1_234:], 1_234).status_code == 204
    assert Upload.objects.get().kept["size"] == len(PHOTO)


def test_killed_after_the_last_byte_it_is_looked_into_when_the_form_comes(client):
    token = begin(client)["Location"].split("/")[-2]
    store().upload_path(token).write_bytes(PHOTO)
    owner = owner_of(token)
    [kept] = uploads.collect(intake=INTAKE, owner=owner, tokens=[token], by="a", at=NOW)
    assert kept.media_type == "image/jpeg"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_on_one_upload(client):
    row = Upload.objects.get(token=begin(client)["Location"].split("/")[-2])
    reading, go_on = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def read(self, size=-1):
            reading.set()
            assert go_on.wait(20)
            return super().read(size)

    def first():
        try:
            uploads.append(upload=row, intake=INTAKE, offset=0, content=Slow(PHOTO), length=None)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert reading.wait(20)
    again = Upload.objects.get(pk=row.pk)
    with pytest.raises(uploads.UploadBusy):
        uploads.append(upload=again, intake=INTAKE, offset=0, content=io.BytesIO(b"x"), length=1)
    go_on.set()
    thread.join(20)
    again.refresh_from_db()
    assert again.kept["size"] == len(PHOTO)


def test_somebody_elses_is_unknown(client, client_of):
    address = begin(client)["Location"]
    for other in (Client(), client_of("officer")):
        assert other.head(address, headers=TUS).status_code == 404
        assert piece(other, address, b"x").status_code == 404
        assert other.delete(address, headers=TUS).status_code == 404
    own = begin(client_of("officer"))["Location"]
    assert client_of("officer").head(own, headers=TUS).status_code == 200
    assert client_of("second_officer").head(own, headers=TUS).status_code == 404
    assert client.head(own, headers=TUS).status_code == 404


def test_two_files_chosen_at_once_have_one_owner(client):
    client.post("/petition/", {"item": "x"})
    first, second = (begin(client)["Location"].split("/")[-2] for _ in range(2))
    assert owner_of(first) == owner_of(second)
    assert client.session.session_key not in owner_of(first)


def test_no_token_no_upload():
    guarded = Client(enforce_csrf_checks=True)
    assert begin(guarded).status_code == 403
    assert not Upload.objects.exists()


def test_one_forgets_an_upload(client):
    address = begin(client)["Location"]
    piece(client, address, PHOTO[:10])
    assert client.delete(address, headers=TUS).status_code == 204
    assert client.head(address, headers=TUS).status_code == 404
    assert list((store().root / "uploads").iterdir()) == []


def test_forgotten_while_the_last_piece_comes(client):
    row = Upload.objects.get(token=begin(client)["Location"].split("/")[-2])

    class Ending(io.BytesIO):
        def read(self, size=-1):
            uploads.end(upload=row)
            return super().read(size)

    again = Upload.objects.get(pk=row.pk)
    with pytest.raises(queries.UploadUnknown):
        uploads.append(upload=again, intake=INTAKE, offset=0, content=Ending(PHOTO), length=None)
    assert not Upload.objects.exists()


def test_after_a_day_it_is_over(client):
    address = begin(client)["Location"]
    piece(client, address, PHOTO[:10])
    with time_machine.travel(NOW + uploads.LASTING, tick=False):
        assert client.head(address, headers=TUS).status_code == 404
        jobs.expire_uploads(timestamp=0)
    assert not Upload.objects.exists()
    assert list((store().root / "uploads").iterdir()) == []
    later = begin(client)["Location"]
    jobs.expire_uploads(timestamp=0)
    assert client.head(later, headers=TUS).status_code == 200


def test_how_much_one_visitor_may_begin(client, settings):
    settings.CITY = {**settings.CITY, "files": {"document": {"max_files": 2}}}
    assert [begin(client).status_code for _ in range(9)] == [201] * 8 + [422]
    assert begin(Client()).status_code == 201
    settings.CITY = {**settings.CITY, "files": {"document": {"max_total_mb": 10}}}
    other = Client()
    sizes = [begin(other, 10 * rules.MB).status_code for _ in range(5)]
    assert sizes == [201] * 4 + [413]


def test_the_door_counts_beginnings(client, settings):
    settings.CITY = {**settings.CITY, "doors": {INTAKE.door: {"limits": [[2, 3600]]}}}
    assert [begin(client).status_code for _ in range(3)] == [201, 201, TooManyKnocks.status]


def test_a_token_is_claimed_once_and_only_by_its_owner(client):
    token = uploaded(client)
    owner = owner_of(token)

    def claim(by="one", owner=owner, intake=INTAKE, tokens=(token,)):
        uploads.claim(intake=intake, owner=owner, tokens=tokens, by=by, at=NOW)

    for wrong in (
        {"owner": "visitor:x"},
        {"owner": ""},
        {"intake": Intake("other", rules.PHOTO, "x")},
        {"tokens": (token, "x" * 43)},
    ):
        with pytest.raises(uploads.UploadGone):
            claim(**wrong)
    claim()
    claim()
    with pytest.raises(uploads.UploadGone):
        claim("two")
    with pytest.raises(uploads.UploadGone):
        uploads.collect(intake=INTAKE, owner=owner, tokens=[token], by="two", at=NOW)
    assert uploads.collect(intake=INTAKE, owner=owner, tokens=[token], by="one", at=NOW)
    assert queries.uploads_of(owner, [token], at=NOW) == []


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_cannot_both_have_it(client):
    token = uploaded(client)
    owner, ready, outcomes = owner_of(token), threading.Barrier(2), []

    def claim(by):
        try:
            ready.wait(20)
            uploads_claim(token, owner, by)
            outcomes.append("claimed")
        except uploads.UploadGone:
            outcomes.append("gone")
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(by,)) for by in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["claimed", "gone"]


def uploads_claim(token, owner, by):
    from yankao.base.transactions import durable

    with durable():
        uploads.claim(intake=INTAKE, owner=owner, tokens=[token], by=by, at=NOW)


def test_an_unfinished_one_cannot_be_sent(client):
    address = begin(client)["Location"]
    token = address.split("/")[-2]
    piece(client, address, PHOTO[:10])
    with pytest.raises(uploads.UploadGone, match="還沒傳完"):
        uploads.collect(intake=INTAKE, owner=owner_of(token), tokens=[token], by="a", at=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_standard(live_server):
    """tuspy: pieces of 64 KB, and a new client half-way that goes on."""
    web = requests.Session()
    web.get(f"{live_server.url}/petition/", timeout=10)
    page = web.post(f"{live_server.url}/petition/", timeout=10)
    assert page.status_code == 403, "no token in the form"
    token = web.cookies[settings.CSRF_COOKIE_NAME]
    begun = web.post(
        live_server.url + ADDRESS, timeout=10,
        headers={**TUS, "X-CSRFToken": token, "Upload-Length": "5",
                 "Upload-Metadata": metadata(filename="a.mp4", **{"for": INTAKE.name})},
    )  # fmt: skip
    assert begun.status_code == 201
    headers = {
        "X-CSRFToken": token,
        "Cookie": "; ".join(f"{name}={value}" for name, value in web.cookies.items()),
    }
    content = samples.mov() + samples.box(b"free", b"\0" * 200_000)
    client = TusClient(live_server.url + ADDRESS, headers)
    how = {
        "file_stream": io.BytesIO(content),
        "chunk_size": 64_000,
        "metadata": {"filename": "IMG_0001.mov", "for": INTAKE.name},
    }
    first = client.uploader(**how)
    first.upload(stop_at=128_000)
    second = client.uploader(**how, url=first.url)
    assert second.offset == 128_000
    second.upload()
    row = Upload.objects.exclude(kept=None).get()
    assert row.kept["media_type"] == rules.MOV
    assert row.kept["name"] == "IMG_0001.mov"
    assert uploads.bytes_of(row) == len(content)
    assert row.expires_at - row.begun_at == timedelta(hours=24)
