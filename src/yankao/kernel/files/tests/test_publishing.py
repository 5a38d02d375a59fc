"""Pictures for everybody: painted over, without metadata, only while published."""

import io
import uuid

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.kernel.files import jobs, pictures, queries, rules, services
from yankao.kernel.files.models import Publication
from yankao.kernel.files.rules import WHOLE, Cover
from yankao.kernel.files.tests import samples
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
CASE = Subject("service.probe", 12)


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.YANKAO_HOME = tmp_path
    return tmp_path


def attached(cast, content=None, subject=CASE):
    kept = services.keep(content=io.BytesIO(content or samples.noise()), name="x.jpg")
    return services.attach(
        kept=kept, subject=subject, purpose="after", actor=cast.actor("officer"), at=NOW
    )


def publish(cast, attachment, *covers):
    key = services.publish(
        attachment_id=attachment, covers=covers, actor=cast.actor("officer"), at=NOW
    )
    return reverse("kernel_files:public", args=[key])


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(b"".join(answer.streaming_content))).convert("RGB")


def etag_of(client, address):
    answer = client.get(address)
    b"".join(answer.streaming_content)
    return answer["ETag"]


def white(width=400, height=200, **save):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, save.pop("format", "PNG"), **save)
    return out.getvalue()


sides = st.integers(0, WHOLE)
covers = st.tuples(sides, sides, sides, sides).filter(lambda s: s[0] < s[2] and s[1] < s[3])


@given(covers, st.integers(1, 5000), st.integers(1, 5000))
def test_a_touched_pixel_is_covered_whole(sides, width, height) -> None:
    left, top, right, bottom = Cover(*sides).pixels(width, height)
    assert 0 <= left <= right < width
    assert 0 <= top <= bottom < height
    assert left * WHOLE <= sides[0] * width
    assert right == width - 1 or right * WHOLE >= sides[2] * width


@pytest.mark.parametrize(
    "sides",
    [(0, 0, 0, 10), (10, 0, 5, 10), (-1, 0, 5, 5), (0, 0, WHOLE + 1, 5), (0, 5, 5, 5)],
)
def test_no_rectangle_of_the_picture(sides) -> None:
    with pytest.raises(ValueError, match="no rectangle"):
        Cover(*sides)


def test_what_is_covered_is_black_and_the_rest_is_not(cast, client) -> None:
    picture = shown(client, publish(cast, attached(cast, white()), Cover(2500, 5000, 5000, 10000)))
    assert picture.size == (400, 200)
    for at in ((101, 101), (150, 150), (199, 199)):
        assert max(picture.getpixel(at)) < 16
    for at in ((50, 150), (150, 50), (250, 150)):
        assert min(picture.getpixel(at)) > 240


def test_a_picture_on_its_side_is_covered_as_it_is_seen(cast, client) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = white(400, 200, format="JPEG", exif=exif)
    picture = shown(client, publish(cast, attached(cast, content), Cover(0, 0, 10000, 2500)))
    assert picture.size == (200, 400), "upright"
    assert max(picture.getpixel((100, 50))) < 16
    assert min(picture.getpixel((100, 300))) > 240


def test_large_ones_are_made_smaller_after_painting(cast, client) -> None:
    content = white(3200, 800, format="JPEG")
    picture = shown(client, publish(cast, attached(cast, content), Cover(0, 0, 5000, 10000)))
    assert picture.size == (pictures.PUBLISHED_SIDE, 400)
    assert max(picture.getpixel((795, 200))) < 40


def test_nothing_but_pixels_leaves(cast, client) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER"
    content = white(format="JPEG", exif=exif, comment=b"SECRET-COMMENT")
    answer = client.get(publish(cast, attached(cast, content)))
    body = b"".join(answer.streaming_content)
    assert b"SECRET" not in body
    assert not Image.open(io.BytesIO(body)).getexif()
    assert "x.jpg" not in str(answer.headers)
    assert answer["Cache-Control"] == "public, max-age=300"


def test_other_covers_other_picture_same_address(cast, client) -> None:
    attachment = attached(cast, white())
    address = publish(cast, attachment)
    first = etag_of(client, address)
    assert publish(cast, attachment, Cover(0, 0, 10000, 10000)) == address
    assert max(shown(client, address).getpixel((200, 100))) < 16
    newest = etag_of(client, address)
    assert newest != first, "the browser's copy is old"
    assert client.get(address, headers={"If-None-Match": newest}).status_code == 304


def test_withdrawn_or_removed_it_is_gone(cast, client) -> None:
    first, second = attached(cast), attached(cast, white())
    addresses = [publish(cast, first), publish(cast, second)]
    services.withdraw(attachment_id=first, actor=cast.actor("officer"), at=NOW)
    services.remove(attachment_id=second, reason="x", actor=cast.actor("officer"), at=NOW)
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    assert queries.published_of(CASE) == []
    with pytest.raises(queries.AttachmentUnknown):
        services.withdraw(attachment_id=first, actor=cast.actor("officer"), at=NOW)


def test_what_was_never_published_has_no_address(cast, client) -> None:
    attached(cast)
    assert client.get(reverse("kernel_files:public", args=[uuid.uuid4()])).status_code == 404
    row = queries.attachments_of(CASE)[0]
    assert client.get(reverse("kernel_files:public", args=[row.uuid])).status_code == 404


def test_the_worker_makes_the_copy_and_withdrawal_meanwhile_is_no_error(cast, home) -> None:
    attachment = attached(cast)
    publish(cast, attachment, Cover(0, 0, 10, 10))
    row = Publication.objects.get()
    jobs.make_published(row.pk)
    assert list((home / "files" / "published").rglob("*.jpg"))
    services.withdraw(attachment_id=attachment, actor=cast.actor("officer"), at=NOW)
    assert queries.to_publish(row.pk) is None


def test_every_decision_is_in_the_trail(cast) -> None:
    attachment = attached(cast)
    publish(cast, attachment, Cover(1, 2, 3, 4))
    publish(cast, attachment)
    services.withdraw(attachment_id=attachment, actor=cast.actor("officer"), at=NOW)
    rows = Entry.objects.filter(action__startswith="kernel.files.").order_by("id")
    assert [row.action.rpartition(".")[2] for row in rows] == [
        "attached", "published", "published", "withdrawn",
    ]  # fmt: skip
    assert rows[1].new["covers"] == [[1, 2, 3, 4]]


def test_too_many_covers_and_documents_are_refused(cast) -> None:
    attachment = attached(cast)
    with pytest.raises(services.FileRefused):
        publish(cast, attachment, *[Cover(0, 0, 1, 1)] * (rules.MOST_COVERS + 1))
    kept = services.keep(
        content=io.BytesIO(b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"),
        name="x.pdf",
        limits=rules.DOCUMENT,
    )
    document = services.attach(
        kept=kept, subject=CASE, purpose="other", actor=cast.actor("officer"), at=NOW
    )
    with pytest.raises(services.FileRefused):
        publish(cast, document)


def test_the_pictures_of_many_in_one_query(cast, django_assert_num_queries) -> None:
    for id in (1, 2, 3):
        publish(cast, attached(cast, white(100 + id, 50), Subject("service.probe", id)))
    with django_assert_num_queries(1):
        found = queries.published_among("service.probe", [1, 2, 3, 4])
    assert {id: len(pictures) for id, pictures in found.items()} == {1: 1, 2: 1, 3: 1}
